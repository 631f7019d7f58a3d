/* postgres_statement.c -- statements a connection remembers, and parameters.
 *
 * Parameters travel as text, whose types the server infers, except bytes: so one fits a column of
 * whatever type its text can be read as. */
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
    free(stmt->shape);
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

    stmt->read = sql->source == CF__SQL_BUILT && cf_str_starts(sql->text, CF_STR("SELECT"));
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

/* "cached plan must not change result type"; a function may raise the same code for its own. */
static bool plan_is_old(const PGresult *result)
{
    const char *raised_by = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);

    return cf__pg_is(result, "0A000") && raised_by &&
           strcmp(raised_by, "RevalidateCachedQuery") == 0;
}

bool cf__pg_unprepare(cf__pg_stmt *stmt, const PGresult *result, bool pooled)
{
    bool changed = plan_is_old(result);

    if (!changed && !cf__pg_is(result, "26000"))
        return false;
    stmt->prepared = stmt->binary = false;
    stmt->uses = 0;
    /* A pooler takes the same text under another name for the same statement. */
    stmt->unnamed = stmt->unnamed || (changed && pooled);
    return true;
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
