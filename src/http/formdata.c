/* formdata.c -- forms out of posted bytes: limits, fields, files in memory or in the sink. */
#include <carafe/field.h>

#include "http/field_internal.h"
#include "http/formdata_internal.h"

#define MAX_BOUNDARY 256

static void set_limits(cf_form_limits *limits)
{
    if (!limits->max_body)
        limits->max_body = (int64_t)CF_MIB(16);
    if (!limits->max_memory)
        limits->max_memory = 500000;
    if (!limits->max_parts)
        limits->max_parts = 1000;
    if (!limits->max_fields)
        limits->max_fields = 1000;
    if (!limits->max_part_size)
        limits->max_part_size = limits->max_body;
    if (!limits->max_header_size)
        limits->max_header_size = CF_KIB(8);
    if (!limits->max_header_count)
        limits->max_header_count = 16;
    if (!limits->spool_above)
        limits->spool_above = CF_KIB(64);
}

bool cf_is_form_type(cf_str content_type)
{
    cf_str type, options;

    cf_str_cut(content_type, ';', &type, &options);
    type = cf_str_trim(type);
    return cf_str_iis(type, "application/x-www-form-urlencoded") ||
           cf_str_iis(type, "multipart/form-data");
}

cf_form_parser *cf_form_parser_new(cf_arena *arena, cf_str content_type,
                                   const cf_form_limits *limits, const cf_upload_sink *sink)
{
    cf_form_parser *form = cf_new(arena, cf_form_parser);
    cf_params       options = cf_params_in(arena);
    cf_str          type = cf_field_options(arena, content_type, &options), boundary;

    form->arena = arena;
    if (limits)
        form->limits = *limits;
    if (sink)
        form->sink = *sink;
    set_limits(&form->limits);
    form->data.fields = cf_params_in(arena);
    form->content = cf_buf_in(arena, (size_t)form->limits.max_body + 1);
    boundary = cf_params_get(&options, "boundary");
    if (cf_str_iis(type, "application/x-www-form-urlencoded")) {
        form->kind = CF__FORM_URLENCODED;
    } else if (cf_str_iis(type, "multipart/form-data") && boundary.len) {
        form->kind = CF__FORM_MULTIPART;
        if (boundary.len <= MAX_BOUNDARY)
            form->multipart = cf__multipart_new(form, boundary);
        else
            cf_fail(&form->failed, CF_EPARSE, "the form's boundary is longer than %d bytes",
                    MAX_BOUNDARY);
    }
    return form;
}

/* Content of files may carry any charset; fields of one that is not ours are read as UTF-8. */
static cf_str part_charset(cf_arena *arena, cf_str content_type)
{
    cf_params options = cf_params_in(arena);

    cf_field_options(arena, content_type, &options);
    return cf_params_get(&options, "charset");
}

static void choose_transfer(cf__transfer *transfer, cf_str encoding)
{
    *transfer = (cf__transfer){ .kind = CF__TRANSFER_PLAIN };
    if (cf_str_iis(encoding, "base64"))
        transfer->kind = CF__TRANSFER_BASE64;
    else if (cf_str_iis(encoding, "quoted-printable"))
        transfer->kind = CF__TRANSFER_QUOTED;
}

bool cf__form_part(cf_form_parser *form, const cf_headers *headers, cf_error *err)
{
    cf_params options = cf_params_in(form->arena);
    cf_str    disposition = cf_headers_get(headers, "Content-Disposition");
    cf_str    filename;

    if (++form->parts > form->limits.max_parts)
        return cf_fail(err, CF_ELIMIT, "the form has more than %zu parts", form->limits.max_parts);
    if (!disposition.ptr)
        return cf_fail(err, CF_EPARSE, "a part has no Content-Disposition");
    cf_field_options(form->arena, disposition, &options);
    form->upload = (cf_upload){
        .name = cf_params_get(&options, "name"),
        .content_type = cf_headers_get(headers, "Content-Type"),
        .headers = *headers,
    };
    if (!form->upload.name.ptr)
        return cf_fail(err, CF_EPARSE, "a part's Content-Disposition has no name");
    filename = cf_params_get(&options, "filename");
    form->is_file = filename.ptr != NULL;
    form->upload.filename = filename;
    form->charset = part_charset(form->arena, form->upload.content_type);
    choose_transfer(&form->transfer, cf_headers_get(headers, "Content-Transfer-Encoding"));
    cf_buf_clear(&form->content);
    return true;
}

/* Moves a file that has outgrown memory to the sink. */
static bool spill(cf_form_parser *form, cf_error *err)
{
    cf_upload *upload = &form->upload;

    if (!upload->spool && !form->sink.open(form->sink.data, upload, &upload->spool, err))
        return false;
    if (form->content.len &&
        !form->sink.write(form->sink.data, upload->spool, cf_buf_view(&form->content), err))
        return false;
    cf_buf_clear(&form->content);
    return true;
}

static bool add_content(cf_form_parser *form, cf_str bytes, bool last, cf_error *err)
{
    size_t before = form->content.len;

    cf__transfer_decode(&form->transfer, bytes, last, &form->content);
    if (!cf_buf_ok(&form->content, err))
        return false;
    form->upload.size += (int64_t)(form->content.len - before);
    if (!form->is_file)
        form->memory += (int64_t)(form->content.len - before);
    if (form->memory > form->limits.max_memory)
        return cf_fail(err, CF_ELIMIT, "the form's fields are longer than %lld bytes",
                       (long long)form->limits.max_memory);
    if (form->upload.size > form->limits.max_part_size)
        return cf_fail(err, CF_ELIMIT, "a part of the form is longer than %lld bytes",
                       (long long)form->limits.max_part_size);
    if (form->is_file && form->sink.open &&
        (form->upload.spool || form->content.len > form->limits.spool_above))
        return spill(form, err);
    return true;
}

bool cf__form_content(cf_form_parser *form, cf_str bytes, cf_error *err)
{
    return add_content(form, bytes, false, err);
}

static void add_file(cf_form_parser *form)
{
    cf_formdata *data = &form->data;

    if (data->file_count == form->file_cap) {
        size_t cap = form->file_cap ? 2 * form->file_cap : 4;
        data->files = cf_grow(form->arena, data->files, form->file_cap * sizeof *data->files,
                              cap * sizeof *data->files);
        form->file_cap = cap;
    }
    data->files[data->file_count++] = form->upload;
}

bool cf__form_part_end(cf_form_parser *form, cf_error *err)
{
    cf_upload *upload = &form->upload;
    cf_str     content;

    if (!add_content(form, CF_STR(""), true, err))
        return false;
    content = cf_buf_view(&form->content);
    if (!form->is_file) {
        content = cf__charset_to_utf8(form->arena, content, form->charset);
        cf_params_push(&form->data.fields, upload->name,
                       cf_str_n(cf_str_dup(form->arena, content), content.len));
        return true;
    }
    if (upload->spool) {
        if (!form->sink.close(form->sink.data, upload->spool, err))
            return false;
    } else {
        upload->data = cf_str_n(cf_str_dup(form->arena, content), content.len);
    }
    add_file(form);
    return true;
}

static bool feed_urlencoded(cf_form_parser *form, cf_str bytes, cf_error *err)
{
    if (form->total > form->limits.max_memory)
        return cf_fail(err, CF_ELIMIT, "the form is longer than %lld bytes",
                       (long long)form->limits.max_memory);
    cf_buf_str(&form->content, bytes);
    return cf_buf_ok(&form->content, err);
}

bool cf_form_parser_feed(cf_form_parser *form, cf_str bytes, cf_error *err)
{
    bool     good = true;
    cf_error local = { 0 };

    if (form->failed.code == CF_OK) {
        form->total += (int64_t)bytes.len;
        if (form->total > form->limits.max_body)
            good = cf_fail(&local, CF_ELIMIT, "the content is longer than %lld bytes",
                           (long long)form->limits.max_body);
        else if (form->kind == CF__FORM_URLENCODED)
            good = feed_urlencoded(form, bytes, &local);
        else if (form->kind == CF__FORM_MULTIPART)
            good = cf__multipart_feed(form->multipart, bytes, &local);
        if (good)
            return true;
        form->failed = local;
    }
    if (err)
        *err = form->failed;
    return false;
}

bool cf_form_parser_finish(cf_form_parser *form, cf_formdata *out, cf_error *err)
{
    cf_str content = cf_buf_view(&form->content);

    if (form->failed.code != CF_OK) {
        if (err)
            *err = form->failed;
        return false;
    }
    if (form->kind == CF__FORM_MULTIPART)
        form->data.complete = cf__multipart_done(form->multipart);
    if (form->kind == CF__FORM_URLENCODED) {
        form->data.complete = cf_str_is_utf8(content);
        if (form->data.complete &&
            !cf_params_parse(&form->data.fields, content, form->limits.max_fields, err))
            return false;
    }
    if (!form->data.complete) {
        form->data.fields.len = 0;
        form->data.file_count = 0;
    }
    *out = form->data;
    return true;
}

const cf_upload *cf_formdata_file(const cf_formdata *form, const char *name)
{
    for (size_t i = 0; i < form->file_count; i++)
        if (cf_str_is(form->files[i].name, name))
            return &form->files[i];
    return NULL;
}
