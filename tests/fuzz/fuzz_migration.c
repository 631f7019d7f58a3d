/* fuzz_migration.c -- any bytes as a migration file: refused with a place, or parts that lie in it.
 *
 * The input's first line is the file's name, the rest is its text. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/migrate.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A part is a view into the text, begins at the start of a line, and its line number is right. */
static void check_part(cf_str text, cf_str part, int line)
{
    int lines = 1;

    if (part.ptr < text.ptr || part.ptr + part.len > text.ptr + text.len)
        abort();
    if (part.ptr > text.ptr && part.ptr[-1] != '\n')
        abort();
    for (const char *p = text.ptr; p < part.ptr; p++)
        lines += *p == '\n';
    if (lines != line)
        abort();
}

static void parse(cf_arena *arena, const char *path, cf_str text, const char *engine)
{
    cf_migration m;
    cf_error     err = { 0 };

    if (!cf_migration_parse(arena, path, text, engine, &m, &err)) {
        if (!err.code || !err.message[0])
            abort();
        return;
    }
    check_part(text, m.up, m.up_line);
    if (m.reversible)
        check_part(text, m.down, m.down_line);
    if (m.number < 1 || !m.revision[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena   *arena = cf_arena_new();
    cf_str      input = cf_str_n(cf_strndup(arena, (const char *)data, size), size), name, text;
    const char *path;

    cf_str_cut(input, '\n', &name, &text);
    path = cf_str_dup(arena, name);
    parse(arena, path, text, "sqlite");
    parse(arena, path, text, "postgresql");
    parse(arena, "migrations/0001_fuzz.sql", input, "sqlite");
    cf_arena_free(arena);
    return 0;
}
