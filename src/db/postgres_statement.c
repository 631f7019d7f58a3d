/* postgres_statement.c -- statements a connection remembers, parameters, and cells of results.
 *
 * Everything travels as text, whose types the server infers, except bytes: so a parameter fits a
 * column of whatever type its text can be read as. */
#include "db/postgres.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <carafe/crypto.h>
#include <carafe/query.h>

/* ---- the cache ---- */

static void unlink_use(cf__pg_cache *cache, cf__pg_stmt *stmt)
{
    if (stmt->newer)
        stmt->newer->older = stmt->older;
    else
        cache->newest = stmt->older;
    if (stmt->older)
        stmt->older->newer = stmt->newer;
    else
        cache->oldest = stmt->newer;
}

static void link_use(cf__pg_cache *cache, cf__pg_stmt *stmt)
{
    stmt->newer = NULL;
    stmt->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = stmt;
    else
        cache->oldest = stmt;
    cache->newest = stmt;
}

void cf__pg_stmt_free(cf__pg_stmt *stmt)
{
    if (!stmt)
        return;
    free(stmt->text);
    free(stmt->converted);
    free(stmt);
}

static void forget(cf__pg_cache *cache, cf__pg_stmt *stmt)
{
    cf__pg_stmt **at = &cache->table[stmt->hash % CF__PG_STATEMENTS];

    while (*at != stmt)
        at = &(*at)->chain;
    *at = stmt->chain;
    unlink_use(cache, stmt);
    cache->count--;
}

static void count_statements(cf__pg_stmt *stmt, cf_str text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;

    at += cf__pg_blank(at, end);
    stmt->empty = at == end || *at == ';';
    at += cf__pg_split(cf_str_n(at, (size_t)(end - at)));
    while (at < end && (*at == ';' || cf__pg_blank(at, end)))
        at += *at == ';' ? 1 : cf__pg_blank(at, end);
    stmt->several = at < end;
}

static cf__pg_stmt *make(cf__pg_cache *cache, const cf__sql *sql)
{
    cf__pg_stmt *stmt = cf_xcalloc(1, sizeof(*stmt)), **at;
    cf_buf       converted = { 0 };

    stmt->params = cf__pg_convert(sql->text, &converted);
    count_statements(stmt, sql->text);
    /* More rows than this are refused anyhow, and must not fill the memory first. */
    if (sql->source == CF__SQL_BUILT && cf__pg_lacks_limit(sql->text))
        cf_buf_printf(&converted, " LIMIT %d", CF_QUERY_MAX_ROWS + 1);
    stmt->converted = cf_xstrdup(cf_buf_cstr(&converted));
    cf_buf_free(&converted);
    stmt->text = cf_xmalloc(sql->text.len + 1);
    memcpy(stmt->text, sql->text.ptr, sql->text.len);
    stmt->len = sql->text.len;
    stmt->hash = sql->hash;
    at = &cache->table[stmt->hash % CF__PG_STATEMENTS];
    stmt->chain = *at;
    *at = stmt;
    link_use(cache, stmt);
    cache->count++;
    return stmt;
}

cf__pg_stmt *cf__pg_stmt_of(cf__pg_cache *cache, const cf__sql *sql, cf__pg_stmt **evicted)
{
    cf__pg_stmt *stmt = cache->table[sql->hash % CF__PG_STATEMENTS];

    *evicted = NULL;
    while (stmt && !(stmt->hash == sql->hash && stmt->len == sql->text.len &&
                     memcmp(stmt->text, sql->text.ptr, stmt->len) == 0))
        stmt = stmt->chain;
    if (!stmt) {
        if (cache->count >= CF__PG_STATEMENTS && !cache->oldest->pins) {
            *evicted = cache->oldest;
            forget(cache, *evicted);
        }
        return make(cache, sql);
    }
    if (cache->newest != stmt) {
        unlink_use(cache, stmt);
        link_use(cache, stmt);
    }
    return stmt;
}

/* Nobody else's: behind a pooler others prepare on the same connection, and a name that leads to
 * somebody else's statement would give somebody else's rows. */
void cf__pg_name(cf__pg_stmt *stmt)
{
    static uint64_t mark, number;
    static pid_t    process;

    if (process != getpid()) {
        process = getpid();
        cf_random(&mark, sizeof(mark));
    }
    snprintf(stmt->name, sizeof(stmt->name), "cf_%016llx_%llu", (unsigned long long)mark,
             (unsigned long long)++number);
}

void cf__pg_cache_clear(cf__pg_cache *cache)
{
    while (cache->oldest) {
        cf__pg_stmt *stmt = cache->oldest;

        forget(cache, stmt);
        cf__pg_stmt_free(stmt);
    }
}

/* ---- parameters ---- */

/* Bytes a parameter takes as text, with its NUL. */
static size_t room_for(const cf__param *param)
{
    return param->kind == CF_KIND_TEXT ? param->as.text.len + 1 : 40;
}

static int write_number(char *out, double number)
{
    if (isnan(number))
        return snprintf(out, 40, "NaN");
    if (isinf(number))
        return snprintf(out, 40, number > 0 ? "Infinity" : "-Infinity");
    return snprintf(out, 40, "%.17g", number);
}

static int write_integer(char *out, int64_t integer)
{
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    char     digits[24];
    int      count = 0, len = 0;

    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (integer < 0)
        out[len++] = '-';
    while (count)
        out[len++] = digits[--count];
    out[len] = '\0';
    return len;
}

/* Writes a parameter and returns how many bytes it took, with its NUL. */
static size_t write_text(char *out, const cf__param *param)
{
    size_t len;

    switch (param->kind) {
    case CF_KIND_BOOL:
        memcpy(out, param->as.boolean ? "true\0" : "false", 6);
        return param->as.boolean ? 5 : 6;
    case CF_KIND_DOUBLE:
        return (size_t)write_number(out, param->as.number) + 1;
    case CF_KIND_TEXT:
        memcpy(out, param->as.text.ptr ? param->as.text.ptr : "", param->as.text.len);
        out[param->as.text.len] = '\0';
        return param->as.text.len + 1;
    case CF_KIND_TIME:
        len = cf__time_text(param->as.time, out);
        memcpy(out + len, "+00", 4);
        return len + 4;
    default:
        return (size_t)write_integer(out, param->as.integer) + 1;
    }
}

void cf__pg_bind(cf__pg_bound *bound, const cf__param *params, size_t count)
{
    size_t size = count * (sizeof(char *) + 2 * sizeof(int));
    char  *text;

    for (size_t i = 0; i < count; i++)
        size += room_for(&params[i]);
    if (size > bound->size) {
        bound->size = size * 2 + 256;
        free(bound->memory);
        bound->memory = cf_xmalloc(bound->size);
    }
    bound->count = (int)count;
    bound->values = bound->memory;
    bound->lengths = (int *)(void *)(bound->values + count);
    bound->formats = bound->lengths + count;
    text = (char *)(bound->formats + count);
    for (size_t i = 0; i < count; i++) {
        const cf__param *param = &params[i];

        bound->formats[i] = param->kind == CF_KIND_BYTES;
        bound->lengths[i] = 0;
        bound->values[i] = NULL;
        if (param->kind == CF_KIND_NONE)
            continue;
        if (param->kind == CF_KIND_BYTES) {
            bound->values[i] = param->as.text.ptr ? param->as.text.ptr : "";
            bound->lengths[i] = (int)param->as.text.len;
            continue;
        }
        bound->values[i] = text;
        text += write_text(text, param);
    }
}

/* ---- results ---- */

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_TIMESTAMPTZ = 1184,
    OID_NUMERIC = 1700,
};

typedef struct result_cursor {
    PGresult *result;
    int       row;
    void     *bytes; /* Decoded for this row: a list, each block begins with the next. */
} result_cursor;

static bool read_integer(cf_str text, int64_t *out)
{
    uint64_t number = 0;
    size_t   i = text.len && text.ptr[0] == '-';

    if (text.len == i || text.len - i > 18)
        return cf_str_to_i64(text, out);
    for (size_t j = i; j < text.len; j++) {
        if (text.ptr[j] < '0' || text.ptr[j] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.ptr[j] - '0');
    }
    *out = i ? -(int64_t)number : (int64_t)number;
    return true;
}

/* "-12.75": at most 15 digits divided by a power of ten, both of which a double holds exactly, so
 * that the quotient is the nearest double. False for everything else. */
static bool read_short(cf_str text, double *out)
{
    static const double powers[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    bool                negative = text.len && text.ptr[0] == '-', point = false;
    uint64_t            number = 0;
    size_t              digits = 0, after = 0;

    for (size_t i = negative; i < text.len; i++) {
        if (text.ptr[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || ++digits > 15)
            return false;
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
        after += point;
    }
    *out = (double)number / powers[after];
    *out = negative ? -*out : *out;
    return digits > after;
}

static bool read_number(cf_str text, double *out)
{
    if (read_short(text, out) || cf_str_to_double(text, out))
        return true;
    if (cf_str_is(text, "NaN"))
        *out = (double)NAN;
    else if (cf_str_is(text, "Infinity"))
        *out = (double)INFINITY;
    else if (cf_str_is(text, "-Infinity"))
        *out = -(double)INFINITY;
    else
        return false;
    return true;
}

static void free_bytes(result_cursor *c)
{
    while (c->bytes) {
        void *block = c->bytes;

        memcpy(&c->bytes, block, sizeof(void *));
        free(block);
    }
}

static int nibble(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* "\x0aff" */
static cf_str read_bytes(result_cursor *c, cf_str text)
{
    size_t len = text.len >= 2 ? (text.len - 2) / 2 : 0;
    char  *block = cf_xmalloc(sizeof(void *) + len + 1), *out = block + sizeof(void *);

    memcpy(block, &c->bytes, sizeof(void *));
    c->bytes = block;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(nibble(text.ptr[2 + 2 * i]) << 4 | nibble(text.ptr[3 + 2 * i]));
    return cf_str_n(out, len);
}

static void read_cell(const cf__cursor *cursor, int i, cf__datum *out)
{
    result_cursor *c = cursor->handle;
    const char    *value = PQgetvalue(c->result, c->row, i);
    cf_str         text = { value, (size_t)PQgetlength(c->result, c->row, i) };

    out->cell = CF__CELL_TEXT;
    out->as.text = text;
    if (!text.len && PQgetisnull(c->result, c->row, i)) {
        out->cell = CF__CELL_NULL;
        return;
    }
    switch ((int)PQftype(c->result, i)) {
    case OID_INT8:
    case OID_INT4:
    case OID_INT2:
    case OID_OID:
    case OID_NUMERIC:
        /* A number with a fraction stays text, which loses nothing. */
        if (read_integer(text, &out->as.integer))
            out->cell = CF__CELL_INT;
        else
            out->as.text = text;
        break;
    case OID_BOOL:
        out->cell = CF__CELL_INT;
        out->as.integer = *value == 't';
        break;
    case OID_FLOAT4:
    case OID_FLOAT8:
        if (read_number(text, &out->as.number))
            out->cell = CF__CELL_FLOAT;
        else
            out->as.text = text;
        break;
    case OID_BYTEA:
        out->cell = CF__CELL_BYTES;
        out->as.text = read_bytes(c, text);
        break;
    case OID_TIMESTAMPTZ:
        /* The session's zone is UTC. */
        if (cf_str_ends(text, CF_STR("+00")))
            out->as.text.len -= 3;
        break;
    default:
        break;
    }
}

static const char *cell_name(const cf__cursor *cursor, int i)
{
    const result_cursor *c = cursor->handle;

    return PQfname(c->result, i);
}

static const cf__cursor_ops cursor_ops = { read_cell, cell_name };

bool cf__pg_rows(PGresult *result, cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    result_cursor c = { result, 0, NULL };
    cf__cursor    cursor = { &cursor_ops, &c, PQnfields(result) };
    int           count = PQntuples(result);
    bool          ok = true;

    for (; ok && c.row < count; c.row++) {
        out->rows++;
        ok = !row || row(data, &cursor, err);
        free_bytes(&c);
    }
    return ok;
}

int64_t cf__pg_affected(const PGresult *result)
{
    /* libpq leaves its argument alone, but does not say so. */
    cf_str  text = cf_str_of(PQcmdTuples((PGresult *)(uintptr_t)result));
    int64_t count = 0;

    return cf_str_to_i64(text, &count) ? count : 0;
}
