/* fuzz_postgres_text.c -- any bytes as SQL for PostgreSQL: taken apart without leaving the text or
 * standing still, and converted without touching anything but its question marks. */
#include <stdint.h>
#include <stdlib.h>

#include "db/postgres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Tokens follow each other without a gap. */
static void check_tokens(cf_str text)
{
    const char *end = text.ptr + text.len;

    for (const char *at = text.ptr; at < end;) {
        size_t len = cf__pg_token(at, end);

        if (!len || len > (size_t)(end - at))
            abort();
        at += len;
    }
}

/* A script is used up by its statements. */
static void check_split(cf_str text)
{
    while (text.len) {
        size_t len = cf__pg_split(text);

        if (len > text.len || (len < text.len && text.ptr[len] != ';'))
            abort();
        if (cf__pg_blank(text.ptr, text.ptr + text.len) > text.len)
            abort();
        text = cf_str_slice(text, len + (len < text.len), text.len);
    }
}

static void check_convert(cf_arena *arena, cf_str text)
{
    cf_buf once = cf_buf_in(arena, 0), twice = cf_buf_in(arena, 0);
    size_t count = cf__pg_convert(text, &once), marks = 0;

    for (size_t i = 0; i < text.len; i++)
        marks += text.ptr[i] == '?';
    if (!marks && !cf_str_eq(cf_buf_view(&once), text))
        abort();
    if (marks && count > marks && count >= 1000000)
        abort();
    /* What "??" became is a '?' again; else nothing is left to convert. */
    if (cf_str_find(text, CF_STR("??")) == CF_NPOS) {
        cf__pg_convert(cf_buf_view(&once), &twice);
        if (!cf_str_eq(cf_buf_view(&once), cf_buf_view(&twice)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_str    text = cf_str_n(cf_strndup(arena, (const char *)data, size), size);

    check_tokens(text);
    check_split(text);
    check_convert(arena, text);
    cf__pg_looks_read_only(text);
    cf__pg_lacks_limit(text);
    cf_arena_free(arena);
    return 0;
}
