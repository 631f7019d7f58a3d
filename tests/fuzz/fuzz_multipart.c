/* fuzz_multipart.c -- multipart bodies of a fixed boundary: what was parsed, written again and
 * parsed once more, must be the same. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/formdata.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool parse(cf_arena *arena, cf_str body, cf_formdata *form)
{
    cf_form_parser *parser = cf_form_parser_new(arena, CF_STR("multipart/form-data; boundary=b"),
                                                NULL, NULL);

    return cf_form_parser_feed(parser, body, NULL) && cf_form_parser_finish(parser, form, NULL);
}

/* Every byte of a name that could end it, as RFC 2231 encodes it. */
static void write_name(cf_buf *out, const char *parameter, cf_str name)
{
    cf_buf_printf(out, "; %s*=utf-8''", parameter);
    for (size_t i = 0; i < name.len; i++)
        cf_buf_printf(out, "%%%02x", (unsigned)(unsigned char)name.ptr[i]);
}

static void write_part(cf_buf *out, cf_str name, const cf_str *filename, cf_str content)
{
    cf_buf_puts(out, "--a long boundary that no content holds\r\nContent-Disposition: form-data");
    write_name(out, "name", name);
    if (filename)
        write_name(out, "filename", *filename);
    cf_buf_puts(out, "\r\n\r\n");
    cf_buf_str(out, content);
    cf_buf_puts(out, "\r\n");
}

static bool can_be_written(cf_str name, cf_str content)
{
    return name.len > 0 && name.len < 1000 && *name.ptr != '"' &&
           cf_str_find(content, CF_STR("--a long boundary")) == CF_NPOS;
}

static void round_trip(cf_arena *arena, const cf_formdata *form)
{
    cf_buf          out = cf_buf_in(arena, 0);
    cf_form_parser *parser = cf_form_parser_new(
        arena, CF_STR("multipart/form-data; boundary=\"a long boundary that no content holds\""),
        NULL, NULL);
    cf_formdata again;

    for (size_t i = 0; i < form->fields.len; i++) {
        if (!can_be_written(form->fields.items[i].name, form->fields.items[i].value))
            return;
        write_part(&out, form->fields.items[i].name, NULL, form->fields.items[i].value);
    }
    for (size_t i = 0; i < form->file_count; i++) {
        const cf_upload *file = &form->files[i];
        if (!can_be_written(file->name, file->data) || !can_be_written(file->filename, file->data))
            return;
        write_part(&out, file->name, &file->filename, file->data);
    }
    cf_buf_puts(&out, "--a long boundary that no content holds--");
    if (!cf_form_parser_feed(parser, cf_buf_view(&out), NULL) ||
        !cf_form_parser_finish(parser, &again, NULL) || !again.complete ||
        again.fields.len != form->fields.len || again.file_count != form->file_count)
        abort();
    for (size_t i = 0; i < form->fields.len; i++)
        if (!cf_str_eq(form->fields.items[i].name, again.fields.items[i].name) ||
            !cf_str_eq(form->fields.items[i].value, again.fields.items[i].value))
            abort();
    for (size_t i = 0; i < form->file_count; i++)
        if (!cf_str_eq(form->files[i].filename, again.files[i].filename) ||
            !cf_str_eq(form->files[i].data, again.files[i].data))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena   *arena = cf_arena_new();
    cf_formdata form;

    if (parse(arena, cf_str_n((const char *)data, size), &form) && form.complete)
        round_trip(arena, &form);
    cf_arena_free(arena);
    return 0;
}
