/* sqlite_statement.c -- SQLite statements: prepared once, bound, stepped, read. */
#include "db/sqlite.h"

#include <limits.h>
#include <stdlib.h>

/* ---- the cache of prepared statements ---- */

static void unlink_use(cf__sqlite_conn *conn, cf__sqlite_stmt *stmt)
{
    if (stmt->newer)
        stmt->newer->older = stmt->older;
    else
        conn->newest = stmt->older;
    if (stmt->older)
        stmt->older->newer = stmt->newer;
    else
        conn->oldest = stmt->newer;
}

static void link_use(cf__sqlite_conn *conn, cf__sqlite_stmt *stmt)
{
    stmt->newer = NULL;
    stmt->older = conn->newest;
    if (conn->newest)
        conn->newest->newer = stmt;
    else
        conn->oldest = stmt;
    conn->newest = stmt;
}

static cf__sqlite_stmt **bucket(cf__sqlite_conn *conn, uint64_t hash)
{
    return &conn->table[hash % CF__SQLITE_STATEMENTS];
}

static void forget(cf__sqlite_conn *conn, cf__sqlite_stmt *stmt)
{
    cf__sqlite_stmt **at = bucket(conn, stmt->hash);

    while (*at != stmt)
        at = &(*at)->chain;
    *at = stmt->chain;
    unlink_use(conn, stmt);
    conn->count--;
    sqlite3_finalize(stmt->handle);
    free(stmt->text);
    free(stmt);
}

/* Whether what follows a statement is another one. */
static bool has_more(sqlite3 *db, const char *tail)
{
    sqlite3_stmt *second = NULL;
    bool          more;

    if (!tail || !*tail)
        return false;
    more = sqlite3_prepare_v3(db, tail, -1, 0, &second, NULL) != SQLITE_OK || second;
    sqlite3_finalize(second);
    return more;
}

static cf__sqlite_stmt *prepare_new(cf__sqlite_conn *conn, const cf__sql *sql, cf_error *err)
{
    cf__sqlite_stmt *stmt, **at;
    sqlite3_stmt    *handle = NULL;
    const char      *tail = NULL;
    char            *text;

    if (sql->text.len > INT_MAX / 2) {
        cf_fail(err, CF_ELIMIT, "a statement of %zu bytes is too long", sql->text.len);
        return NULL;
    }
    text = cf_xmalloc(sql->text.len + 1);
    memcpy(text, sql->text.ptr, sql->text.len);
    text[sql->text.len] = '\0';
    if (sqlite3_prepare_v3(conn->db, text, (int)sql->text.len + 1, SQLITE_PREPARE_PERSISTENT,
                           &handle, &tail) != SQLITE_OK)
        cf__sqlite_fail(conn->db, conn->file, NULL, err);
    else if (!handle)
        cf_fail(err, CF_EINVAL, "there is no statement in the SQL text");
    else if (has_more(conn->db, tail))
        cf_fail(err, CF_EINVAL, "the SQL text holds more than one statement");
    else {
        stmt = cf_xcalloc(1, sizeof(*stmt));
        *stmt = (cf__sqlite_stmt){ .handle = handle,
                                   .text = text,
                                   .len = sql->text.len,
                                   .hash = sql->hash,
                                   .params = sqlite3_bind_parameter_count(handle),
                                   .read_only = sqlite3_stmt_readonly(handle) != 0 };
        at = bucket(conn, stmt->hash);
        stmt->chain = *at;
        *at = stmt;
        link_use(conn, stmt);
        conn->count++;
        return stmt;
    }
    sqlite3_finalize(handle);
    free(text);
    return NULL;
}

cf__sqlite_stmt *cf__sqlite_prepare(cf__sqlite_conn *conn, const cf__sql *sql, cf_error *err)
{
    cf__sqlite_stmt *stmt = *bucket(conn, sql->hash);

    while (stmt && !(stmt->hash == sql->hash && stmt->len == sql->text.len &&
                     memcmp(stmt->text, sql->text.ptr, stmt->len) == 0))
        stmt = stmt->chain;
    if (!stmt) {
        if (conn->count >= CF__SQLITE_STATEMENTS && !conn->oldest->running)
            forget(conn, conn->oldest);
        return prepare_new(conn, sql, err);
    }
    if (conn->newest != stmt) {
        unlink_use(conn, stmt);
        link_use(conn, stmt);
    }
    return stmt;
}

void cf__sqlite_close(cf__sqlite_conn *conn)
{
    if (!conn)
        return;
    while (conn->oldest)
        forget(conn, conn->oldest);
    sqlite3_close(conn->db);
    free(conn);
}

/* ---- running ---- */

static int bind_text(sqlite3_stmt *handle, int i, cf_str text, bool bytes)
{
    if (bytes)
        return sqlite3_bind_blob64(handle, i, text.ptr ? text.ptr : "", text.len, SQLITE_STATIC);
    return sqlite3_bind_text64(handle, i, text.ptr ? text.ptr : "", text.len, SQLITE_STATIC,
                               SQLITE_UTF8);
}

static int bind(sqlite3_stmt *handle, int i, const cf__param *param)
{
    char text[32];

    switch (param->kind) {
    case CF_KIND_BOOL:
        return sqlite3_bind_int(handle, i, param->as.boolean);
    case CF_KIND_INT32:
    case CF_KIND_INT64:
        return sqlite3_bind_int64(handle, i, param->as.integer);
    case CF_KIND_DOUBLE:
        return sqlite3_bind_double(handle, i, param->as.number);
    case CF_KIND_TEXT:
        return bind_text(handle, i, param->as.text, false);
    case CF_KIND_BYTES:
        return bind_text(handle, i, param->as.text, true);
    case CF_KIND_TIME:
        return sqlite3_bind_text(handle, i, text, (int)cf__time_text(param->as.time, text),
                                 SQLITE_TRANSIENT);
    default: /* CF_KIND_NONE is NULL; there are no other kinds of parameters. */
        break;
    }
    return sqlite3_bind_null(handle, i);
}

/* The value is read at once, through one call that checks the column: reading it by several
 * sqlite3_column_…() calls costs more than all the rest of a row. */
static inline void take_column(sqlite3_stmt *handle, int i, cf__datum *out)
{
    sqlite3_value *value = sqlite3_column_value(handle, i);

    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        out->cell = CF__CELL_INT;
        out->as.integer = sqlite3_value_int64(value);
        break;
    case SQLITE_FLOAT:
        out->cell = CF__CELL_FLOAT;
        out->as.number = sqlite3_value_double(value);
        break;
    case SQLITE_TEXT:
        out->cell = CF__CELL_TEXT;
        out->as.text.ptr = (const char *)sqlite3_value_text(value);
        out->as.text.len = (size_t)sqlite3_value_bytes(value);
        break;
    case SQLITE_BLOB:
        out->cell = CF__CELL_BYTES;
        out->as.text.ptr = sqlite3_value_blob(value);
        out->as.text.len = (size_t)sqlite3_value_bytes(value);
        break;
    default:
        out->cell = CF__CELL_NULL;
        break;
    }
}

static void read_column(const cf__cursor *cursor, int i, cf__datum *out)
{
    take_column(cursor->handle, i, out);
}

static void read_columns(const cf__cursor *cursor, int first, int count, cf__datum *out)
{
    for (int i = 0; i < count; i++)
        take_column(cursor->handle, first + i, &out[i]);
}

static const char *name(const cf__cursor *cursor, int i)
{
    return sqlite3_column_name(cursor->handle, i);
}

static const cf__cursor_ops cursor_ops = { read_column, name, read_columns };

static bool step_all(cf__sqlite_conn *conn, cf__sqlite_stmt *stmt, cf__row_fn *row, void *data,
                     cf__outcome *out, cf_error *err)
{
    cf__cursor cursor = { &cursor_ops, stmt->handle, 0 };
    int        rc;

    while ((rc = sqlite3_step(stmt->handle)) == SQLITE_ROW) {
        out->rows++;
        /* A table that was altered meanwhile gives other columns. */
        cursor.columns = sqlite3_data_count(stmt->handle);
        if (row && !row(data, &cursor, err))
            return false;
    }
    return rc == SQLITE_DONE || cf__sqlite_fail(conn->db, conn->file, out, err);
}

bool cf__sqlite_run(cf__conn *base, const cf__sql *sql, const cf__param *params, size_t count,
                    cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    cf__sqlite_conn *conn = (cf__sqlite_conn *)base;
    cf__sqlite_stmt *stmt = cf__sqlite_prepare(conn, sql, err);
    sqlite3_int64    before = 0;
    bool             ok = true;

    *out = (cf__outcome){ 0 };
    if (!stmt)
        return false;
    if ((size_t)stmt->params != count)
        return cf_fail(err, CF_EINVAL, "the statement has %d parameters, but %zu were given",
                       stmt->params, count);
    for (size_t i = 0; ok && i < count; i++)
        ok = bind(stmt->handle, (int)i + 1, &params[i]) == SQLITE_OK;
    if (!ok)
        return cf__sqlite_fail(conn->db, conn->file, out, err);
    if (!stmt->read_only)
        before = sqlite3_total_changes64(conn->db);
    stmt->running = true;
    ok = step_all(conn, stmt, row, data, out, err);
    sqlite3_reset(stmt->handle);
    stmt->running = false;
    if (ok && !stmt->read_only) {
        out->last_id = sqlite3_last_insert_rowid(conn->db);
        if (sqlite3_total_changes64(conn->db) != before)
            out->affected = sqlite3_changes64(conn->db);
    }
    return ok;
}

bool cf__sqlite_exec(cf__sqlite_conn *conn, const char *sql, cf_error *err)
{
    cf__sql     statement = cf__sql_of(cf_str_of(sql));
    cf__outcome out;

    return cf__sqlite_run(&conn->base, &statement, NULL, 0, NULL, NULL, &out, err);
}

static int line_at(const char *start, const char *at)
{
    int line = 1;

    for (; start < at; start++)
        line += *start == '\n';
    return line;
}

/* Where a statement really begins: past white space and comments. */
static const char *skip_blank(const char *at, const char *end)
{
    return at + cf__sql_blank(cf_str_n(at, (size_t)(end - at)), false);
}

/* The line matters more here than a column that a rule has named. */
static bool fail_at(cf_error *err, int line)
{
    if (err) {
        err->input[0] = '\0';
        err->input_line = 0;
    }
    return cf_fail_in(err, "SQL", line, 0);
}

static bool script_step(cf__sqlite_conn *conn, const char *start, const char **at, const char *end,
                        cf_error *err)
{
    sqlite3_stmt *handle = NULL;
    const char   *from = skip_blank(*at, end);
    const char   *word = cf__sql_control(cf_str_n(from, (size_t)(end - from)), false);
    cf__outcome   out = { 0 };
    int           rc;

    if (word) {
        cf_fail(err, CF_EINVAL, "%s does not belong here: the script runs in a transaction", word);
        return fail_at(err, line_at(start, from));
    }
    rc = sqlite3_prepare_v2(conn->db, from, -1, &handle, at);
    if (rc != SQLITE_OK) {
        int offset = sqlite3_error_offset(conn->db);

        cf__sqlite_fail(conn->db, conn->file, &out, err);
        return fail_at(err, line_at(start, offset > 0 ? from + offset : from));
    }
    while (handle && (rc = sqlite3_step(handle)) == SQLITE_ROW)
        continue;
    if (handle && rc != SQLITE_DONE)
        cf__sqlite_fail(conn->db, conn->file, &out, err);
    sqlite3_finalize(handle);
    if (handle && rc != SQLITE_DONE)
        return fail_at(err, line_at(start, from));
    if (sqlite3_get_autocommit(conn->db)) {
        cf_fail(err, CF_EINVAL, "the script must not end the transaction it runs in");
        return fail_at(err, line_at(start, from));
    }
    return true;
}

bool cf__sqlite_script(cf__conn *base, cf_str script, cf_error *err)
{
    cf__sqlite_conn *conn = (cf__sqlite_conn *)base;
    char            *copy = cf_xmalloc(script.len + 1);
    const char      *at = copy;
    bool             ok = true;

    memcpy(copy, script.ptr, script.len);
    copy[script.len] = '\0';
    while (ok && *skip_blank(at, copy + script.len))
        ok = script_step(conn, copy, &at, copy + script.len, err);
    free(copy);
    return ok;
}

/* ---- the catalog ---- */

typedef struct column_list {
    cf_arena        *arena;
    cf__live_column *items;
    size_t           len;
} column_list;

static bool add_column(void *data, const cf__cursor *cursor, cf_error *err)
{
    column_list *list = data;
    size_t       size = sizeof(*list->items);

    (void)err;
    list->items = cf_grow(list->arena, list->items, list->len * size, (list->len + 1) * size);
    list->items[list->len++] = (cf__live_column){
        .name = cf_str_dup(list->arena, cf__cursor_text(cursor, 0)),
        .type = cf_str_dup(list->arena, cf__cursor_text(cursor, 1)),
        .not_null = cf__cursor_integer(cursor, 2) != 0,
        .has_default = cf__cursor_integer(cursor, 3) != 0,
        .key = cf__cursor_integer(cursor, 4) != 0,
    };
    return true;
}

bool cf__sqlite_columns(cf_arena *arena, cf__conn *base, const char *table, cf__live_column **out,
                        size_t *count, cf_error *err)
{
    cf__sql     sql = cf__sql_of(CF_STR(
            "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info(?)"));
    cf__param   param = { .kind = CF_KIND_TEXT, .as.text = cf_str_of(table) };
    column_list list = { .arena = arena };
    cf__outcome outcome;

    if (!cf__sqlite_run(base, &sql, &param, 1, add_column, &list, &outcome, err))
        return false;
    *out = list.items;
    *count = list.len;
    return true;
}
