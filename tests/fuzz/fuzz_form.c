/* fuzz_form.c -- posted forms: fed whole and in pieces they must give the same fields and files.
 *
 * Input: a byte for the pieces' size, a line with the content type, the body. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/formdata.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void note(cf_buf *out, cf_str text)
{
    cf_buf_printf(out, "%zu:", text.len);
    cf_buf_str(out, text);
    cf_buf_putc(out, '\n');
}

static void note_form(cf_buf *out, const cf_formdata *form)
{
    cf_buf_printf(out, "%d %zu %zu\n", form->complete, form->fields.len, form->file_count);
    for (size_t i = 0; i < form->fields.len; i++) {
        note(out, form->fields.items[i].name);
        note(out, form->fields.items[i].value);
    }
    for (size_t i = 0; i < form->file_count; i++) {
        const cf_upload *file = &form->files[i];
        cf_str           content = file->spool ? cf_buf_view(file->spool) : file->data;
        note(out, file->name);
        note(out, file->filename);
        note(out, file->content_type);
        note(out, content);
        if (content.len != (size_t)file->size)
            abort();
    }
}

static cf_buf read_form(cf_arena *arena, cf_str type, cf_str body, size_t chunk)
{
    static const cf_form_limits limits = { .max_memory = 3000,
                                           .max_body = 60000,
                                           .max_parts = 20,
                                           .max_fields = 20,
                                           .max_part_size = 20000,
                                           .max_header_size = 500,
                                           .max_header_count = 6,
                                           .spool_above = 50 };
    cf_upload_sink              sink = { sink_open, sink_write, sink_close, arena };
    cf_form_parser             *parser = cf_form_parser_new(arena, type, &limits, &sink);
    cf_buf                      out = cf_buf_in(arena, 0);
    cf_formdata                 form;
    cf_error                    err = { 0 };
    bool                        good = true;

    while (good && body.len) {
        size_t size = body.len < chunk ? body.len : chunk;
        char  *piece = malloc(size);
        memcpy(piece, body.ptr, size);
        body = cf_str_slice(body, size, body.len);
        good = cf_form_parser_feed(parser, cf_str_n(piece, size), &err);
        free(piece);
    }
    if (good && cf_form_parser_finish(parser, &form, &err))
        note_form(&out, &form);
    else if (err.code != CF_EPARSE && err.code != CF_ELIMIT)
        abort();
    else
        cf_buf_puts(&out, "failed");
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_buf    whole, split;
    cf_str    type, body;

    if (size > 1) {
        cf_str_cut(cf_str_n((const char *)data + 1, size - 1), '\n', &type, &body);
        whole = read_form(arena, type, body, size);
        split = read_form(arena, type, body, (size_t)data[0] + 1);
        if (!cf_str_eq(cf_buf_view(&whole), cf_buf_view(&split)))
            abort();
    }
    cf_arena_free(arena);
    return 0;
}
