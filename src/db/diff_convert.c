/* diff_convert.c -- what becomes of values when their column's type changes, and what rows get in a
 * column that takes no NULL. */
#include "db/diff.h"

static bool is_integer(cf__type_kind kind)
{
    return kind == CF__TYPE_INT32 || kind == CF__TYPE_INT64;
}

static bool is_number(cf__type_kind kind)
{
    return is_integer(kind) || kind == CF__TYPE_DOUBLE || kind == CF__TYPE_DECIMAL;
}

/* SQLite keeps numbers as they come and everything else as text. */
static const char *convert_sqlite(cf_arena *arena, const char *e, cf__type_kind from,
                                  cf__type_kind to)
{
    if (to == CF__TYPE_TEXT && from == CF__TYPE_BOOL)
        return cf_printf(arena, "CASE %s WHEN 0 THEN 'false' WHEN 1 THEN 'true' END", e);
    if (to == CF__TYPE_TEXT)
        return is_number(from) || from == CF__TYPE_BYTES ? cf_printf(arena, "CAST(%s AS TEXT)", e)
                                                         : e;
    if (from == CF__TYPE_TEXT && to == CF__TYPE_BOOL)
        return cf_printf(arena, "lower(%s) IN ('true', 't', '1', 'yes', 'on')", e);
    if (from == CF__TYPE_TEXT)
        return to == CF__TYPE_BYTES ? cf_printf(arena, "CAST(%s AS BLOB)", e) : e;
    if (is_number(from) && is_integer(to))
        return is_integer(from) ? e : cf_printf(arena, "CAST(round(%s) AS INTEGER)", e);
    if (is_number(from) && to == CF__TYPE_BOOL)
        return cf_printf(arena, "%s <> 0", e);
    if ((is_number(from) || from == CF__TYPE_BOOL) && is_number(to))
        return e;
    if (from == CF__TYPE_TIME && to == CF__TYPE_DATE)
        return cf_printf(arena, "substr(%s, 1, 10)", e);
    if (from == CF__TYPE_TIME && to == CF__TYPE_CLOCK)
        return cf_printf(arena, "substr(%s, 12)", e);
    if (from == CF__TYPE_DATE && to == CF__TYPE_TIME)
        return cf_printf(arena, "%s || ' 00:00:00.000000'", e);
    return NULL;
}

static const char *type_name(cf_arena *arena, const cf__type *type)
{
    cf_buf   out = cf_buf_in(arena, 0);
    cf__type plain = *type;

    plain.text = NULL;
    plain.length = 0; /* A cast to VARCHAR(n) would cut silently; the assignment refuses. */
    cf__type_write(&out, &plain, CF__POSTGRESQL);
    return cf_buf_cstr(&out);
}

/* A time as the time of day and date it is in UTC. */
static const char *in_utc(cf_arena *arena, const char *e, const cf__type *from)
{
    bool plain = from->text && from->flavor == CF__POSTGRESQL && strstr(from->text, "without");

    return plain ? e : cf_printf(arena, "(%s AT TIME ZONE 'UTC')", e);
}

static const char *convert_postgres(cf_arena *arena, const char *e, const cf__type *from,
                                    const cf__type *to)
{
    const char *name = type_name(arena, to);

    if (to->kind == CF__TYPE_TEXT && from->kind == CF__TYPE_TIME)
        return cf_printf(arena, "to_char(%s, 'YYYY-MM-DD HH24:MI:SS.US')", in_utc(arena, e, from));
    if (to->kind == CF__TYPE_TEXT && from->kind == CF__TYPE_BYTES)
        return cf_printf(arena, "convert_from(%s, 'UTF8')", e);
    if (to->kind == CF__TYPE_TEXT)
        return cf_printf(arena, "%s::text", e);
    if (from->kind == CF__TYPE_TEXT && to->kind == CF__TYPE_TIME)
        return cf_printf(arena, "%s::timestamp AT TIME ZONE 'UTC'", e);
    if (from->kind == CF__TYPE_TEXT && to->kind == CF__TYPE_BYTES)
        return cf_printf(arena, "convert_to(%s, 'UTF8')", e);
    if (from->kind == CF__TYPE_TEXT || (is_number(from->kind) && is_number(to->kind)))
        return cf_printf(arena, "%s::%s", e, name);
    if (from->kind == CF__TYPE_BOOL && is_number(to->kind))
        return cf_printf(arena, "%s::integer::%s", e, name);
    if (is_number(from->kind) && to->kind == CF__TYPE_BOOL)
        return cf_printf(arena, "%s <> 0", e);
    if (from->kind == CF__TYPE_TIME && (to->kind == CF__TYPE_DATE || to->kind == CF__TYPE_CLOCK))
        return cf_printf(arena, "%s::%s", in_utc(arena, e, from), name);
    if (from->kind == CF__TYPE_DATE && to->kind == CF__TYPE_TIME)
        return cf_printf(arena, "%s::timestamp AT TIME ZONE 'UTC'", e);
    return NULL;
}

const char *cf__convert(cf_arena *arena, const char *expression, const cf__type *from,
                        const cf__type *to, cf__flavor flavor, bool *lossy)
{
    const char *out = NULL;

    *lossy = false;
    if (from->kind == to->kind)
        return expression;
    if (from->kind == CF__TYPE_OTHER || to->kind == CF__TYPE_OTHER)
        out = NULL;
    else if (flavor == CF__SQLITE)
        out = convert_sqlite(arena, expression, from->kind, to->kind);
    else
        out = convert_postgres(arena, expression, from, to);
    *lossy = !out;
    return out ? out : "NULL";
}

/* ---- what rows get ---- */

static const char *zero(const cf__type *type, cf__flavor flavor)
{
    switch (type->kind) {
    case CF__TYPE_BOOL:
        return "FALSE";
    case CF__TYPE_INT32:
    case CF__TYPE_INT64:
    case CF__TYPE_DOUBLE:
    case CF__TYPE_DECIMAL:
        return "0";
    case CF__TYPE_BYTES:
        return flavor == CF__SQLITE ? "x''" : "''::bytea";
    case CF__TYPE_TIME:
        return "'1970-01-01 00:00:00'";
    case CF__TYPE_DATE:
        return "'1970-01-01'";
    case CF__TYPE_CLOCK:
        return "'00:00:00'";
    case CF__TYPE_UUID:
        return "'00000000-0000-0000-0000-000000000000'";
    case CF__TYPE_JSON:
        return "'null'";
    case CF__TYPE_TEXT:
    case CF__TYPE_OTHER:
        break;
    }
    return "''";
}

static bool is_unique(const cf__schema_table *table, const char *column)
{
    for (size_t i = 0; i < table->nindexes; i++)
        if (table->indexes[i].unique && table->indexes[i].nparts == 1 &&
            strcmp(table->indexes[i].parts[0].column, column) == 0)
            return true;
    return false;
}

/* The key's own value, where every row needs another one; NULL when it does not serve. */
static const char *from_key(cf_arena *arena, const cf__schema_table *table,
                            const cf__schema_column *column)
{
    cf_buf                   out = cf_buf_in(arena, 0);
    const cf__schema_column *key = table->nkey == 1 ? cf__table_column(table, table->key[0]) : NULL;

    if (!key || key == column || !is_unique(table, column->name))
        return NULL;
    cf__name_write(&out, key->name);
    if (is_number(column->type.kind) && is_integer(key->type.kind))
        return cf_buf_cstr(&out);
    if (column->type.kind == CF__TYPE_TEXT && !column->words)
        return cf_printf(arena, "CAST(%s AS TEXT)", cf_buf_cstr(&out));
    return NULL;
}

const char *cf__fill_sql(const cf__diff *d, const cf__schema_table *table,
                         const cf__schema_column *column, bool forward, cf__flavor flavor)
{
    cf_buf      out = cf_buf_in(d->arena, 0);
    const char *given = forward ? cf__diff_fill(d, table->name, column->name) : NULL;
    cf_str      word, rest;

    if (given) {
        cf__literal_write(&out, given, &column->type);
        return cf_buf_cstr(&out);
    }
    if (column->standard.kind == CF__DEFAULT_LITERAL || column->standard.kind == CF__DEFAULT_NOW) {
        cf__default_write(&out, &column->standard, &column->type, flavor);
        return cf_buf_cstr(&out);
    }
    if (column->words) {
        cf_str_cut(cf_str_trim(cf_str_of(column->words)), ' ', &word, &rest);
        cf__text_write(&out, cf_str_dup(d->arena, word));
        return cf_buf_cstr(&out);
    }
    if (from_key(d->arena, table, column))
        return from_key(d->arena, table, column);
    return zero(&column->type, flavor);
}
