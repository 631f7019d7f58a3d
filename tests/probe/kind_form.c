/* kind_form.c -- probe kind "form": the fields and files of a posted form, fed whole or in pieces.
 */
#include "probe.h"

#include <carafe/crypto.h>
#include <carafe/formdata.h>

static int64_t limit(const cf_map *limits, const char *name)
{
    cf_value value = cf_map_get(limits, name);

    return cf_is(value, CF_TYPE_INT) && value.as.integer > 0 ? value.as.integer : 0;
}

static cf_form_limits read_limits(const probe_case *c)
{
    cf_value      value = cf_map_get(c->in, "limits");
    const cf_map *map = cf_is(value, CF_TYPE_MAP) ? value.as.map : cf_map_new(c->arena);

    return (cf_form_limits){
        .max_memory = limit(map, "max_memory"),
        .max_body = limit(map, "max_body"),
        .max_parts = (size_t)limit(map, "max_parts"),
        .max_part_size = limit(map, "max_part_size"),
        .max_header_size = (size_t)limit(map, "max_header_size"),
        .max_header_count = (size_t)limit(map, "max_header_count"),
    };
}

/* A sink that collects what outgrows memory, so that cases go through it. */
static bool sink_open(void *data, const cf_upload *upload, void **spool, cf_error *err)
{
    cf_buf *buf = cf_new(data, cf_buf);

    (void)upload;
    (void)err;
    *buf = cf_buf_in(data, 0);
    *spool = buf;
    return true;
}

static bool sink_write(void *data, void *spool, cf_str bytes, cf_error *err)
{
    (void)data;
    cf_buf_str(spool, bytes);
    return cf_buf_ok(spool, err);
}

static bool sink_close(void *data, void *spool, cf_error *err)
{
    (void)data;
    return cf_buf_ok(spool, err);
}

static cf_value b64(cf_arena *arena, cf_str bytes)
{
    return cf_string_of(cf_b64_encode(arena, bytes));
}

static void put_form(probe_case *c, const cf_formdata *form)
{
    cf_list *fields = cf_list_new(c->arena), *files = cf_list_new(c->arena);

    for (size_t i = 0; i < form->fields.len; i++) {
        cf_list *pair = cf_list_new(c->arena);
        cf_list_add(pair, cf_string_of(form->fields.items[i].name));
        cf_list_add(pair, b64(c->arena, form->fields.items[i].value));
        cf_list_add(fields, cf_from_list(pair));
    }
    for (size_t i = 0; i < form->file_count; i++) {
        const cf_upload *file = &form->files[i];
        cf_map          *map = cf_map_new(c->arena);
        cf_map_set(map, "name", cf_string_of(file->name));
        cf_map_set(map, "filename", cf_string_of(file->filename));
        cf_map_set(map, "content_type",
                   file->content_type.ptr ? cf_string_of(file->content_type) : cf_none());
        cf_map_set(map, "data_b64",
                   b64(c->arena, file->spool ? cf_buf_view(file->spool) : file->data));
        cf_list_add(files, cf_from_map(map));
    }
    probe_put(c, "fields", cf_from_list(fields));
    probe_put(c, "files", cf_from_list(files));
}

void probe_form(probe_case *c)
{
    cf_upload_sink  sink = { sink_open, sink_write, sink_close, c->arena };
    cf_form_limits  limits = read_limits(c);
    cf_form_parser *parser = cf_form_parser_new(c->arena, probe_text(c, "content_type"), &limits,
                                                &sink);
    int64_t         chunk = probe_int(c, "chunk", 0);
    cf_formdata     form;
    cf_error        err = { 0 };
    cf_str          body;
    bool            good = true;

    if (!probe_b64(c, "body_b64", &body)) {
        probe_error(c, "body_b64 is missing or malformed");
        return;
    }
    while (good && body.len) {
        cf_str piece = cf_str_slice(body, 0, chunk > 0 ? (size_t)chunk : body.len);
        body = cf_str_slice(body, piece.len, body.len);
        good = cf_form_parser_feed(parser, piece, &err);
    }
    if (good && cf_form_parser_finish(parser, &form, &err))
        put_form(c, &form);
    else
        probe_error(c, err.code == CF_ELIMIT ? "too_large" : "malformed");
}
