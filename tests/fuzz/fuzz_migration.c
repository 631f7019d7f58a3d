/* fuzz_migration.c -- any bytes as a migration file, and as what a database says of its tables.
 *
 * A file is refused with a place, or its parts lie in it. A CREATE TABLE is refused, or what is
 * written of it reads again. A condition's common form is its own.
 *
 * The input's first line is the file's name, the rest is its text. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/migrate.h>

#include "db/schema.h"

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
    if (!m.joins) {
        check_part(text, m.up, m.up_line);
        if (m.reversible)
            check_part(text, m.down, m.down_line);
    } else if (m.nparents < 2 || m.up.len || m.down.len) {
        abort();
    }
    for (size_t i = 0; i < m.nparents; i++)
        if (strlen(m.parents[i]) < 4)
            abort();
    if (m.number < 1 || !m.revision[0])
        abort();
}

/* What is written of a table reads again, and is the same. */
static void table(cf_arena *arena, cf_str sql)
{
    cf__schema_table first, second;
    cf_buf           out = cf_buf_in(arena, CF_MIB(4));
    cf_error         err = { 0 };

    if (!cf__sqlite_read_table(arena, sql, &first, &err)) {
        if (!err.code || !err.message[0])
            abort();
        return;
    }
    cf__ddl_table(&out, &first, NULL, CF__SQLITE, NULL);
    if (!cf_buf_ok(&out, NULL) || strlen(cf_buf_cstr(&out)) != out.len)
        return;
    if (!cf__sqlite_read_table(arena, cf_buf_view(&out), &second, &err))
        abort();
    if (second.ncolumns != first.ncolumns || second.nforeigns != first.nforeigns ||
        second.nchecks != first.nchecks)
        abort();
    out.len = 0;
    cf__ddl_table(&out, &first, NULL, CF__POSTGRESQL, NULL);
}

/* A common form is its own, and so is that of the form that both engines understand; `t` (may be
 * NULL): whose columns' types are known. */
static void expression(cf_arena *arena, const cf__schema_table *t, const char *sql)
{
    bool        understood, again;
    const char *canonical = cf__expression(arena, t, sql, &understood), *about;
    const char *portable = cf__expression_portable(arena, t, sql);

    if (strcmp(cf__expression(arena, t, canonical, &again), canonical) != 0 || again != understood)
        abort();
    if (strcmp(cf__expression(arena, t, portable, &again), canonical) != 0 || again != understood)
        abort();
    if (strcmp(cf__expression_portable(arena, t, portable), portable) != 0)
        abort();
    cf__expression_words(arena, canonical, &about);
    cf__expression_rename(arena, sql, "a", "b");
    cf__default_of(arena, cf_str_of(sql), CF__POSTGRESQL);
    cf__type_of(arena, cf_str_of(sql), CF__SQLITE);
}

static cf__schema_table typed_table(cf_arena *arena)
{
    static const char *const types[][2] = {
        { "a", "integer" },        { "b", "text" },
        { "c", "numeric(10, 2)" }, { "at", "timestamp with time zone" },
        { "d", "date" },           { "t", "time without time zone" },
        { "n", "bigint" },         { "name", "character varying(20)" },
        { "status", "mood" },      { "x", "double precision" },
    };
    cf__schema_table table = { .name = "t" };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        cf__schema_column *column = CF__PUSH(arena, table.columns, table.ncolumns);

        column->name = types[i][0];
        column->type = cf__type_of(arena, cf_str_of(types[i][1]), CF__POSTGRESQL);
    }
    return table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena   *arena = cf_arena_new();
    cf_str      input = cf_str_n(cf_strndup(arena, (const char *)data, size), size), name, text;
    const char *path;
    cf__schema_index index;
    cf__schema_table known = typed_table(arena);

    cf_str_cut(input, '\n', &name, &text);
    path = cf_str_dup(arena, name);
    parse(arena, path, text, "sqlite");
    parse(arena, path, text, "postgresql");
    parse(arena, "migrations/0001_fuzz.sql", input, "sqlite");
    table(arena, input);
    cf__sqlite_read_index(arena, input, &index, NULL);
    expression(arena, NULL, input.ptr);
    expression(arena, &known, input.ptr);
    cf_arena_free(arena);
    return 0;
}
