/* schema_type.c -- column types and defaults: what spellings mean, and how an engine spells them.
 *
 * One table of names serves both engines: SQLite takes any name, and people bring theirs. */
#include <carafe/json.h>
#include <carafe/uuid.h>

#include "db/schema.h"
#include "db/sql_token.h"

cf__flavor cf__flavor_of(const cf_database *database)
{
    return strcmp(database->engine->name, "sqlite") == 0 ? CF__SQLITE : CF__POSTGRESQL;
}

const char *cf__flavor_name(cf__flavor flavor)
{
    return flavor == CF__SQLITE ? "sqlite" : flavor == CF__POSTGRESQL ? "postgresql" : "models";
}

/* ---- types ---- */

static const struct {
    const char   *name;
    cf__type_kind kind;
} names[] = {
    { "boolean", CF__TYPE_BOOL },
    { "bool", CF__TYPE_BOOL },
    { "integer", CF__TYPE_INT32 },
    { "int", CF__TYPE_INT32 },
    { "int4", CF__TYPE_INT32 },
    { "mediumint", CF__TYPE_INT32 },
    { "smallint", CF__TYPE_INT32 },
    { "int2", CF__TYPE_INT32 },
    { "tinyint", CF__TYPE_INT32 },
    { "serial", CF__TYPE_INT32 },
    { "bigint", CF__TYPE_INT64 },
    { "int8", CF__TYPE_INT64 },
    { "bigserial", CF__TYPE_INT64 },
    { "unsigned big int", CF__TYPE_INT64 },
    { "double precision", CF__TYPE_DOUBLE },
    { "double", CF__TYPE_DOUBLE },
    { "float", CF__TYPE_DOUBLE },
    { "float8", CF__TYPE_DOUBLE },
    { "real", CF__TYPE_DOUBLE },
    { "float4", CF__TYPE_DOUBLE },
    { "decimal", CF__TYPE_DECIMAL },
    { "numeric", CF__TYPE_DECIMAL },
    { "varchar", CF__TYPE_TEXT },
    { "character varying", CF__TYPE_TEXT },
    { "varying character", CF__TYPE_TEXT },
    { "nvarchar", CF__TYPE_TEXT },
    { "character", CF__TYPE_TEXT },
    { "native character", CF__TYPE_TEXT },
    { "char", CF__TYPE_TEXT },
    { "nchar", CF__TYPE_TEXT },
    { "bpchar", CF__TYPE_TEXT },
    { "text", CF__TYPE_TEXT },
    { "clob", CF__TYPE_TEXT },
    { "citext", CF__TYPE_TEXT },
    { "name", CF__TYPE_TEXT },
    { "blob", CF__TYPE_BYTES },
    { "bytea", CF__TYPE_BYTES },
    { "binary", CF__TYPE_BYTES },
    { "varbinary", CF__TYPE_BYTES },
    { "datetime", CF__TYPE_TIME },
    { "timestamp", CF__TYPE_TIME },
    { "timestamptz", CF__TYPE_TIME },
    { "timestamp with time zone", CF__TYPE_TIME },
    { "timestamp without time zone", CF__TYPE_TIME },
    { "date", CF__TYPE_DATE },
    { "time", CF__TYPE_CLOCK },
    { "time without time zone", CF__TYPE_CLOCK },
    { "uuid", CF__TYPE_UUID },
    { "guid", CF__TYPE_UUID },
    { "json", CF__TYPE_JSON },
    { "jsonb", CF__TYPE_JSON },
};

/* Cuts "VARCHAR (80) x" into its name in lower case and up to two numbers. Returns how many. */
static int cut_type(cf_arena *arena, cf_str spelling, cf_str *name, int64_t numbers[2])
{
    cf_buf    out = cf_buf_in(arena, 0);
    cf__lexer lexer;
    int       count = 0;
    bool      inside = false;

    for (cf__lexer_start(&lexer, spelling); lexer.token.kind != CF__TOKEN_END;
         cf__lexer_next(&lexer)) {
        if (cf__lexer_is(&lexer, "(") || cf__lexer_is(&lexer, ")")) {
            inside = cf__lexer_is(&lexer, "(");
        } else if (inside) {
            if (count < 2 && cf_str_to_i64(lexer.token.text, &numbers[count]))
                count++;
        } else {
            if (out.len)
                cf_buf_putc(&out, ' ');
            cf_buf_str(&out, lexer.token.text);
        }
    }
    *name = cf_str_lower(arena, cf_buf_view(&out));
    return count;
}

cf__type cf__type_of(cf_arena *arena, cf_str spelling, cf__flavor flavor)
{
    cf__type type = { .flavor = flavor, .text = cf_str_dup(arena, cf_str_trim(spelling)) };
    int64_t  numbers[2] = { 0, 0 };
    int32_t  most = flavor == CF__SQLITE ? CF__SQLITE_DIGITS : CF_DECIMAL_DIGITS;
    cf_str   name;
    int      count = cut_type(arena, spelling, &name, numbers);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (cf_str_is(name, names[i].name))
            type.kind = names[i].kind;
    if (type.kind == CF__TYPE_TEXT && count && numbers[0] > 0)
        type.length = numbers[0];
    if (type.kind == CF__TYPE_TEXT && !count && flavor == CF__POSTGRESQL &&
        (cf_str_is(name, "character") || cf_str_is(name, "bpchar")))
        type.length = cf_str_is(name, "character");
    if (type.kind == CF__TYPE_TEXT && type.length == 36 && cf_str_is(name, "char") &&
        flavor == CF__SQLITE)
        type.kind = CF__TYPE_UUID;
    if (type.kind == CF__TYPE_DECIMAL && count && numbers[0] > 0 && numbers[0] < 1001) {
        type.precision = (int32_t)numbers[0];
        type.scale = numbers[1] >= 0 && numbers[1] <= numbers[0] ? (int32_t)numbers[1] : 0;
    }
    if (type.kind == CF__TYPE_DECIMAL && (type.precision < 1 || type.precision > most))
        type.kind = CF__TYPE_OTHER; /* More digits than a cf_decimal holds there. */
    if (cf_str_is(name, "tinyint") && count && numbers[0] == 1)
        type.kind = CF__TYPE_BOOL;
    type.any_integer = type.kind == CF__TYPE_INT32 && flavor == CF__SQLITE;
    return type;
}

static void write_text_type(cf_buf *out, const cf__type *type)
{
    if (type->length)
        cf_buf_printf(out, "VARCHAR(%lld)", (long long)type->length);
    else
        cf_buf_puts(out, "TEXT");
}

static void write_decimal(cf_buf *out, const cf__type *type, const char *name)
{
    cf_buf_puts(out, name);
    if (type->precision)
        cf_buf_printf(out, "(%d, %d)", (int)type->precision, (int)type->scale);
}

void cf__type_write(cf_buf *out, const cf__type *type, cf__flavor flavor)
{
    static const char *const spelled[][3] = {
        [CF__TYPE_BOOL] = { "", "BOOLEAN", "BOOLEAN" },
        [CF__TYPE_INT32] = { "", "INTEGER", "INTEGER" },
        [CF__TYPE_INT64] = { "", "BIGINT", "BIGINT" },
        [CF__TYPE_DOUBLE] = { "", "DOUBLE PRECISION", "DOUBLE PRECISION" },
        [CF__TYPE_BYTES] = { "", "BLOB", "BYTEA" },
        [CF__TYPE_TIME] = { "", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE" },
        [CF__TYPE_DATE] = { "", "DATE", "DATE" },
        [CF__TYPE_CLOCK] = { "", "TIME", "TIME" },
        [CF__TYPE_UUID] = { "", "CHAR(36)", "UUID" },
        [CF__TYPE_JSON] = { "", "TEXT", "JSONB" },
    };

    if (type->text && type->flavor == flavor)
        cf_buf_puts(out, type->text);
    else if (type->kind == CF__TYPE_TEXT)
        write_text_type(out, type);
    else if (type->kind == CF__TYPE_DECIMAL)
        write_decimal(out, type, flavor == CF__SQLITE ? "DECIMAL" : "NUMERIC");
    else if (type->kind == CF__TYPE_OTHER)
        cf_buf_puts(out, type->text && *type->text ? type->text : "TEXT");
    else if (type->any_integer && flavor == CF__POSTGRESQL)
        cf_buf_puts(out, "BIGINT");
    else
        cf_buf_puts(out, spelled[type->kind][flavor]);
}

static bool is_integer(const cf__type *type)
{
    return type->kind == CF__TYPE_INT32 || type->kind == CF__TYPE_INT64;
}

/* Whether SQLite has no other type for both. */
static bool same_in_sqlite(const cf__type *live, const cf__type *model)
{
    if (live->flavor != CF__SQLITE)
        return false;
    if (model->kind == CF__TYPE_JSON)
        return live->kind == CF__TYPE_TEXT && !live->length;
    if (model->kind == CF__TYPE_TEXT)
        return live->kind == CF__TYPE_UUID && model->length == 36;
    return model->kind == CF__TYPE_UUID && live->kind == CF__TYPE_TEXT && live->length == 36;
}

bool cf__type_fits(const cf__type *live, const cf__type *model, bool key)
{
    if (is_integer(live) && is_integer(model))
        return key || live->any_integer || live->kind == model->kind;
    if (live->kind != model->kind)
        return same_in_sqlite(live, model);
    if (live->kind == CF__TYPE_TEXT)
        return live->length == model->length || live->any_length || model->any_length;
    if (live->kind == CF__TYPE_DECIMAL)
        return live->precision == model->precision && live->scale == model->scale;
    return live->kind != CF__TYPE_OTHER || cf__same_text(live->text, model->text);
}

/* ---- defaults ---- */

static bool is_now(cf__lexer *l)
{
    static const char *const words[] = {
        "current_timestamp",     "current_date",        "current_time",
        "localtimestamp",        "localtime",           "now",
        "transaction_timestamp", "statement_timestamp", "clock_timestamp"
    };
    static const char *const functions[] = { "strftime", "datetime", "date", "time", "timezone" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (cf__lexer_is(l, words[i]))
            return true;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (cf__lexer_accept(l, functions[i])) {
            while (l->token.kind != CF__TOKEN_END && !cf_str_iis(l->token.text, "'now'") &&
                   !cf__lexer_is(l, "now") && !cf__lexer_is(l, "current_timestamp"))
                cf__lexer_next(l);
            return l->token.kind != CF__TOKEN_END;
        }
    return false;
}

/* What the tokens after brackets are; the text of a literal in *text. */
static cf__default_kind read_default(cf_arena *arena, cf__lexer *l, const char **text)
{
    bool minus = cf__lexer_accept(l, "-");

    while (!minus && cf__lexer_accept(l, "+"))
        continue;
    if (minus && cf__lexer_accept(l, "("))
        return CF__DEFAULT_OTHER;
    if (l->token.kind == CF__TOKEN_NUMBER)
        *text = cf_printf(arena, "%s%.*s", minus ? "-" : "", CF_STR_ARG(l->token.text));
    else if (minus)
        return CF__DEFAULT_OTHER;
    else if (l->token.kind == CF__TOKEN_STRING || l->token.kind == CF__TOKEN_NAME)
        *text = cf__sql_name(arena, &l->token);
    else if (cf__lexer_is(l, "true") || cf__lexer_is(l, "false"))
        *text = cf_str_dup(arena, cf_str_lower(arena, l->token.text));
    else if (cf__lexer_is(l, "null"))
        *text = NULL;
    else
        return is_now(l) ? CF__DEFAULT_NOW : CF__DEFAULT_OTHER;
    cf__lexer_next(l);
    return *text ? CF__DEFAULT_LITERAL : CF__DEFAULT_NONE;
}

/* Whether only closing brackets and casts are left. */
static bool only_casts(cf__lexer *l)
{
    while (l->token.kind != CF__TOKEN_END) {
        if (cf__lexer_accept(l, ")"))
            continue;
        if (!cf__lexer_accept(l, "::"))
            return false;
        while (l->token.kind == CF__TOKEN_WORD || l->token.kind == CF__TOKEN_NAME ||
               l->token.kind == CF__TOKEN_NUMBER || cf__lexer_is(l, "(") || cf__lexer_is(l, ",") ||
               cf__lexer_is(l, ".") || cf__lexer_is(l, "[") || cf__lexer_is(l, "]"))
            cf__lexer_next(l);
    }
    return true;
}

cf__default cf__default_of(cf_arena *arena, cf_str sql, cf__flavor flavor)
{
    cf__default standard = { .flavor = flavor };
    cf__lexer   lexer;

    sql = cf_str_trim(sql);
    if (!sql.len)
        return standard;
    standard.sql = cf_str_dup(arena, sql);
    flavor == CF__SQLITE ? cf__lexer_start_sqlite(&lexer, sql) : cf__lexer_start(&lexer, sql);
    while (cf__lexer_accept(&lexer, "("))
        continue;
    standard.kind = read_default(arena, &lexer, &standard.text);
    if (standard.kind != CF__DEFAULT_NOW && standard.kind != CF__DEFAULT_OTHER &&
        !only_casts(&lexer))
        standard.kind = CF__DEFAULT_OTHER;
    if (standard.kind == CF__DEFAULT_OTHER)
        standard.text = standard.sql;
    if (standard.kind == CF__DEFAULT_NONE)
        standard.sql = NULL;
    return standard;
}

static bool is_number_type(const cf__type *type)
{
    return is_integer(type) || type->kind == CF__TYPE_DOUBLE || type->kind == CF__TYPE_DECIMAL;
}

static bool is_true(const char *text)
{
    return strchr("tTyY1", text[0]) != NULL || cf_str_iis(cf_str_of(text), "on");
}

void cf__literal_write(cf_buf *out, const char *text, const cf__type *type)
{
    double number;

    if (type->kind == CF__TYPE_BOOL)
        cf_buf_puts(out, *text && is_true(text) ? "TRUE" : "FALSE");
    else if (is_number_type(type) && cf_str_to_double(cf_str_of(text), &number))
        cf_buf_puts(out, text);
    else
        cf__text_write(out, text);
}

void cf__default_write(cf_buf *out, const cf__default *standard, const cf__type *type,
                       cf__flavor flavor)
{
    if (standard->sql && standard->flavor == flavor) {
        cf_buf_puts(out, standard->sql);
    } else if (standard->kind == CF__DEFAULT_LITERAL) {
        cf__literal_write(out, standard->text, type);
    } else if (standard->kind == CF__DEFAULT_NOW) {
        cf_buf_puts(out, type->kind == CF__TYPE_DATE    ? "CURRENT_DATE"
                         : type->kind == CF__TYPE_CLOCK ? "CURRENT_TIME"
                                                        : "CURRENT_TIMESTAMP");
    } else {
        cf_buf_printf(out, "(%s)", standard->text);
    }
}

/* As cf_equal() has it, but that true is not 1. */
static bool same_value(cf_value a, cf_value b)
{
    if ((a.type == CF_TYPE_BOOL) != (b.type == CF_TYPE_BOOL) || !cf_equal(a, b))
        return false;
    if (a.type == CF_TYPE_LIST)
        for (size_t i = 0; i < a.as.list->len; i++)
            if (!same_value(a.as.list->items[i], b.as.list->items[i]))
                return false;
    if (a.type == CF_TYPE_MAP)
        for (size_t i = 0; i < a.as.map->len; i++)
            if (!same_value(a.as.map->entries[i].value,
                            *cf_map_find(b.as.map, a.as.map->entries[i].key)))
                return false;
    return true;
}

static bool same_json(const char *a, const char *b)
{
    cf_arena *arena = cf_arena_new();
    cf_value  x, y;
    bool      same = cf_json_parse(arena, cf_str_of(a), &x, NULL) &&
                cf_json_parse(arena, cf_str_of(b), &y, NULL) && same_value(x, y);

    cf_arena_free(arena);
    return same;
}

/* Whether two literals that differ mean the same: PostgreSQL prints its own way what a column's
 * type has understood. */
static bool same_literal(const char *live, const char *model, cf__type_kind kind)
{
    cf_str   a = cf_str_of(live), b = cf_str_of(model);
    cf_time  time[2];
    cf_clock clock[2];
    cf_uuid  uuid[2];

    if (kind == CF__TYPE_TIME)
        return cf_time_from_iso(a, &time[0]) && cf_time_from_iso(b, &time[1]) &&
               time[0].us == time[1].us;
    if (kind == CF__TYPE_CLOCK)
        return cf_clock_parse(a, &clock[0]) && cf_clock_parse(b, &clock[1]) &&
               clock[0].us == clock[1].us;
    if (kind == CF__TYPE_UUID)
        return cf_uuid_parse(a, &uuid[0]) && cf_uuid_parse(b, &uuid[1]) &&
               cf_uuid_equal(uuid[0], uuid[1]);
    return kind == CF__TYPE_JSON && same_json(live, model);
}

bool cf__default_fits(const cf__default *live, const cf__default *model, const cf__type *type)
{
    double a, b;

    if (live->kind == CF__DEFAULT_OTHER && model->kind == CF__DEFAULT_NONE)
        return true; /* Models cannot say it: it is left alone. */
    if (live->kind != model->kind)
        return false;
    if (live->kind != CF__DEFAULT_LITERAL)
        return true;
    if (type->kind == CF__TYPE_BOOL)
        return (*live->text && is_true(live->text)) == (*model->text && is_true(model->text));
    if (is_number_type(type) && cf_str_to_double(cf_str_of(live->text), &a) &&
        cf_str_to_double(cf_str_of(model->text), &b))
        return a >= b && a <= b;
    return strcmp(live->text, model->text) == 0 ||
           same_literal(live->text, model->text, type->kind);
}
