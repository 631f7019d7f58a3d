/* shell_db.c -- `db`: db.session.add(p), db.session.commit(), db.engine, as Flask-SQLAlchemy's.
 *
 * In a sandbox a commit is a savepoint: what came before it survives a rollback(), and nothing
 * survives the shell. */
#include "cli/shell.h"

#include <stdio.h>

static cf_db *session(cf_error *err)
{
    if (!cf__shell->now.db && err)
        *err = cf__shell->db_error;
    return cf__shell->now.db;
}

/* ---- commit and rollback ---- */

bool cf__shell_commit(shell *sh, cf_error *err)
{
    cf_db *db = session(err);

    if (!db)
        return false;
    if (sh->sandbox) {
        if (!cf_db_flush(db, err) || (cf_db_in_transaction(db) && !cf_db_begin_nested(db, err)))
            return false;
        sh->saved = cf_db_in_transaction(db);
        sh->nested = 0;
        return true;
    }
    if (!cf_db_commit(db, err))
        return false;
    cf_db_expire(db);
    return true;
}

void cf__shell_rollback(shell *sh)
{
    cf_db *db = sh->now.db;

    if (!db)
        return;
    if (!sh->saved) {
        cf_db_rollback(db);
    } else {
        cf_error ignored = { 0 };

        /* Back to the savepoint of the last commit(), which is made anew. */
        for (; sh->nested; sh->nested--)
            cf_db_rollback_nested(db);
        cf_db_rollback_nested(db);
        sh->saved = cf_db_in_transaction(db) && cf_db_begin_nested(db, &ignored);
        if (!sh->saved)
            cf_db_rollback(db);
    }
    sh->nested = 0;
    cf_db_expire(db);
}

/* ---- methods of db.session ---- */

/* A method takes its arguments from the call and may be given a row. */
typedef bool method_fn(cf_call *call, cf_db *db, cf_value *result);

static bool row_of(cf_call *call, cf_value v, const char *method, void **out)
{
    const cf_model *model = v.type == CF_TYPE_OBJECT ? cf_row_model(v.as.object) : NULL;

    *out = model ? v.as.object : NULL;
    if (model)
        return true;
    if (cf__shell_model_of(v))
        return cf_fail(call->eval->err, CF_ETYPE, "%s() takes a row, such as %s(…), not the model",
                       method, cf__shell_model_of(v)->name);
    return cf_fail(call->eval->err, CF_ETYPE, "%s() takes a row of a model, not '%s'", method,
                   cf_type_name(v));
}

static bool one_row(cf_call *call, const char *method, void **out)
{
    static const char *const names[] = { "row", NULL };

    return cf_args_check(call, method, 1, 1, names) &&
           row_of(call, cf_arg(call, 0, "row"), method, out);
}

static bool no_arguments(cf_call *call, const char *method)
{
    static const char *const none[] = { NULL };

    return cf_args_check(call, method, 0, 0, none);
}

static bool do_add(cf_call *call, cf_db *db, cf_value *result)
{
    void *row;

    (void)result;
    if (!one_row(call, "add", &row))
        return false;
    cf_db_add(db, row);
    return true;
}

static bool do_add_all(cf_call *call, cf_db *db, cf_value *result)
{
    static const char *const names[] = { "rows", NULL };
    cf_iter                  iter;
    cf_value                 v;
    bool                     done = false;
    void                    *row;

    (void)result;
    if (!cf_args_check(call, "add_all", 1, 1, names) ||
        !cf_iterate(call->eval, cf_arg(call, 0, "rows"), &iter))
        return false;
    while (cf_iter_next(&iter, call->eval, &v, &done) && !done) {
        if (!row_of(call, v, "add_all", &row))
            return false;
        cf_db_add(db, row);
    }
    return done;
}

static bool do_delete(cf_call *call, cf_db *db, cf_value *result)
{
    void *row;

    (void)result;
    if (!one_row(call, "delete", &row))
        return false;
    cf_db_delete(db, row);
    return true;
}

static bool do_refresh(cf_call *call, cf_db *db, cf_value *result)
{
    void *row;

    (void)result;
    if (!one_row(call, "refresh", &row))
        return false;
    if (cf_db_refresh(db, row))
        return true;
    *call->eval->err = *cf_db_error(db);
    return false;
}

static bool do_commit(cf_call *call, cf_db *db, cf_value *result)
{
    bool something = cf_db_in_transaction(db) || cf_db_is_dirty(db);

    (void)result;
    if (!no_arguments(call, "commit") || !cf__shell_commit(cf__shell, call->eval->err))
        return false;
    if (cf__shell->interactive && !something)
        puts("(there was nothing to commit)");
    else if (cf__shell->interactive && cf__shell->sandbox)
        puts("(sandbox: kept until the shell ends)");
    return true;
}

static bool do_rollback(cf_call *call, cf_db *db, cf_value *result)
{
    (void)db;
    (void)result;
    if (!no_arguments(call, "rollback"))
        return false;
    cf__shell_rollback(cf__shell);
    return true;
}

static bool do_flush(cf_call *call, cf_db *db, cf_value *result)
{
    (void)result;
    return no_arguments(call, "flush") && cf_db_flush(db, call->eval->err);
}

static bool do_expire_all(cf_call *call, cf_db *db, cf_value *result)
{
    (void)result;
    if (!no_arguments(call, "expire_all"))
        return false;
    cf_db_expire(db);
    return true;
}

/* Whether the latest savepoint is a sandbox's commit(), which stays until the next. */
static bool is_last_commit(const shell *sh)
{
    return sh->saved && !sh->nested;
}

static bool do_begin_nested(cf_call *call, cf_db *db, cf_value *result)
{
    (void)result;
    if (!no_arguments(call, "begin_nested") || !cf_db_begin_nested(db, call->eval->err))
        return false;
    cf__shell->nested++;
    return true;
}

static bool do_release(cf_call *call, cf_db *db, cf_value *result)
{
    (void)result;
    if (!no_arguments(call, "release"))
        return false;
    if (is_last_commit(cf__shell))
        return cf_fail(call->eval->err, CF_EINVAL, "there is no savepoint to release");
    if (!cf_db_release(db, call->eval->err))
        return false;
    cf__shell->nested -= cf__shell->nested > 0;
    return true;
}

static bool do_rollback_nested(cf_call *call, cf_db *db, cf_value *result)
{
    (void)result;
    if (!no_arguments(call, "rollback_nested"))
        return false;
    if (is_last_commit(cf__shell))
        return true;
    cf_db_rollback_nested(db);
    cf__shell->nested -= cf__shell->nested > 0;
    return true;
}

static bool model_arg(cf_call *call, const char *method, const cf_model **out)
{
    *out = cf__shell_model_of(cf_arg(call, 0, "model"));
    return *out || cf_fail(call->eval->err, CF_ETYPE, "%s() takes a model, such as %s(User)",
                           method, method);
}

static bool do_query(cf_call *call, cf_db *db, cf_value *result)
{
    static const char *const names[] = { "model", NULL };
    const cf_model          *model;

    if (!cf_args_check(call, "query", 1, 1, names) || !model_arg(call, "query", &model))
        return false;
    *result = cf_from_object(cf__db_query(db, model));
    return true;
}

static bool do_get(cf_call *call, cf_db *db, cf_value *result)
{
    static const char *const names[] = { "model", "id", NULL };
    const cf_model          *model;
    void                    *row;

    if (!cf_args_check(call, "get", 2, 2, names) || !model_arg(call, "get", &model))
        return false;
    cf_db_clear_error(db);
    row = cf__db_get(db, model, cf_arg(call, 1, "id"));
    if (!row && cf_db_error(db)->code) {
        *call->eval->err = *cf_db_error(db);
        return false;
    }
    *result = cf_from_object(row);
    return true;
}

/* ---- execute ---- */

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || c == '_' || ((unsigned char)c | 32u) - 'a' < 26;
}

/* The end of a quoted text, a comment or a cast at i; i itself where there is none. */
static size_t skip_quoted(cf_str sql, size_t i)
{
    char   c = sql.ptr[i], next = i + 1 < sql.len ? sql.ptr[i + 1] : '\0';
    size_t end = i + 1;

    if (c == ':' && next == ':')
        return i + 2;
    if (c == '-' && next == '-') {
        while (end < sql.len && sql.ptr[end] != '\n')
            end++;
        return end;
    }
    if (c == '/' && next == '*') {
        size_t close = cf_str_find(cf_str_slice(sql, i, sql.len), CF_STR("*/"));

        return close == CF_NPOS ? sql.len : i + close + 2;
    }
    if (c != '\'' && c != '"')
        return i;
    while (end < sql.len && sql.ptr[end] != c)
        end++;
    return end < sql.len ? end + 1 : end;
}

/* :name becomes '?', and its value the next parameter. */
static bool name_parameters(cf_call *call, cf_str sql, const cf_map *named, cf_buf *out,
                            cf_list *params)
{
    for (size_t i = 0; i < sql.len;) {
        size_t end = skip_quoted(sql, i);
        cf_str name;

        if (end > i) {
            cf_buf_str(out, cf_str_slice(sql, i, end));
            i = end;
            continue;
        }
        for (end = i + 1; sql.ptr[i] == ':' && end < sql.len && is_name(sql.ptr[end]);)
            end++;
        name = cf_str_slice(sql, i + 1, end);
        if (sql.ptr[i] != ':' || !name.len) {
            cf_buf_putc(out, sql.ptr[i++]);
            continue;
        }
        if (!cf_map_find(named, cf_string_of(name)))
            return cf_fail(call->eval->err, CF_EINVAL, "there is no value for the parameter :%.*s",
                           CF_STR_ARG(name));
        cf_buf_putc(out, '?');
        cf_list_add(params, cf_map_get_str(named, name));
        i = end;
    }
    return true;
}

static bool list_parameters(cf_call *call, cf_value given, cf_list *params)
{
    cf_iter  iter;
    cf_value v;
    bool     done = false;

    if (given.type == CF_TYPE_STRING || !cf_iterate(call->eval, given, &iter))
        return cf_fail(call->eval->err, CF_ETYPE,
                       "the parameters are a list for '?' or a dict for :name");
    while (cf_iter_next(&iter, call->eval, &v, &done) && !done)
        cf_list_add(params, v);
    return done;
}

static bool do_execute(cf_call *call, cf_db *db, cf_value *result)
{
    static const char *const names[] = { "sql", "params", NULL };
    cf_value                 sql = cf_arg(call, 0, "sql"), given = cf_arg(call, 1, "params");
    cf_list                 *params = cf_list_new(call->eval->arena);
    cf_buf                   text = cf_buf_in(call->eval->arena, 0);
    cf_result                rows;

    if (!cf_args_check(call, "execute", 1, 2, names))
        return false;
    if (sql.type != CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "execute() takes SQL as text");
    if (given.type == CF_TYPE_MAP) {
        if (!name_parameters(call, cf_text(sql), given.as.map, &text, params))
            return false;
    } else {
        cf_buf_str(&text, cf_text(sql));
        if (!cf_is_missing(given) && !list_parameters(call, given, params))
            return false;
    }
    if (!cf_db_execute(db, cf_buf_cstr(&text), params->items, params->len, &rows, call->eval->err))
        return false;
    *result = cf__shell_result(call->eval->arena, &rows);
    return true;
}

/* ---- the objects ---- */

static const struct method {
    const char *name;
    method_fn  *call;
} methods[] = {
    { "add", do_add },
    { "add_all", do_add_all },
    { "begin_nested", do_begin_nested },
    { "commit", do_commit },
    { "delete", do_delete },
    { "execute", do_execute },
    { "expire_all", do_expire_all },
    { "flush", do_flush },
    { "get", do_get },
    { "query", do_query },
    { "refresh", do_refresh },
    { "release", do_release },
    { "rollback", do_rollback },
    { "rollback_nested", do_rollback_nested },
};
#define METHODS (sizeof methods / sizeof methods[0])

static bool session_method(cf_call *call, cf_object *self, cf_str name, cf_value *result,
                           bool *found)
{
    cf_db *db;

    (void)self;
    *found = false;
    for (size_t i = 0; i < METHODS; i++)
        if (cf_str_is(name, methods[i].name)) {
            *found = true;
            *result = cf_none();
            db = session(call->eval->err);
            return db && methods[i].call(call, db, result);
        }
    return true;
}

static bool session_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    static const struct {
        const char *name;
        cf_change   kind;
    } changes[] = { { "new", CF_CHANGE_NEW },
                    { "dirty", CF_CHANGE_DIRTY },
                    { "deleted", CF_CHANGE_DELETED } };
    cf_db *db;

    (void)self;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        if (cf_str_is(name, changes[i].name)) {
            db = session(eval->err);
            if (!db)
                return false;
            *out = cf_from_list(cf_db_changes(db, eval->arena, changes[i].kind));
            return true;
        }
    return true;
}

static void session_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    (void)eval;
    (void)self;
    for (size_t i = 0; i < METHODS; i++)
        cf_list_add(out, cf_string(methods[i].name));
    cf_list_add(out, cf_string("new"));
    cf_list_add(out, cf_string("dirty"));
    cf_list_add(out, cf_string("deleted"));
}

static bool session_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    cf_db *db = cf__shell->now.db;

    (void)self;
    *safe = false;
    if (!db) {
        cf_buf_puts(out, "<Session: no database>");
        return true;
    }
    cf_buf_printf(out, "<Session: %zu new, %zu changed, %zu to delete%s>",
                  cf_db_changes(db, eval->arena, CF_CHANGE_NEW)->len,
                  cf_db_changes(db, eval->arena, CF_CHANGE_DIRTY)->len,
                  cf_db_changes(db, eval->arena, CF_CHANGE_DELETED)->len,
                  cf_db_in_transaction(db) ? ", in a transaction" : "");
    return true;
}

static const cf_class session_class = { .name = "Session",
                                        .get = session_get,
                                        .method = session_method,
                                        .text = session_text,
                                        .names = session_names };
static cf_object      session_object = { &session_class };

static bool engine_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_database *database = cf_app_database(cf__shell->app, eval->err);

    (void)self;
    if (!database)
        return false;
    if (cf_str_is(name, "name"))
        *out = cf_string(cf_database_engine(database));
    else if (cf_str_is(name, "url"))
        *out = cf_string(cf_database_url(database));
    else if (cf_str_is(name, "file"))
        *out = cf_string(cf_database_file(database));
    return true;
}

static bool engine_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    cf_database *database = cf_app_database(cf__shell->app, eval->err);

    (void)self;
    *safe = false;
    if (database)
        cf_buf_printf(out, "<Engine %s>", cf_database_url(database));
    return database != NULL;
}

static void engine_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    (void)eval;
    (void)self;
    cf_list_add(out, cf_string("name"));
    cf_list_add(out, cf_string("url"));
    cf_list_add(out, cf_string("file"));
}

static const cf_class engine_class = {
    .name = "Engine", .get = engine_get, .text = engine_text, .names = engine_names
};
static cf_object engine_object = { &engine_class };

static bool db_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)eval;
    (void)self;
    if (cf_str_is(name, "session"))
        *out = cf_from_object(&session_object);
    else if (cf_str_is(name, "engine"))
        *out = cf_from_object(&engine_object);
    return true;
}

static bool db_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)self;
    return engine_text(eval, &engine_object, out, safe);
}

static void db_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    (void)eval;
    (void)self;
    cf_list_add(out, cf_string("session"));
    cf_list_add(out, cf_string("engine"));
}

static const cf_class db_class = {
    .name = "Database", .get = db_get, .text = db_text, .names = db_names
};
static cf_object db_object = { &db_class };

cf_value cf__shell_db(void)
{
    return cf_from_object(&db_object);
}

bool cf__shell_session_call(cf_call *call, const char *name, cf_value *result)
{
    bool found;

    return session_method(call, &session_object, cf_str_of(name), result, &found);
}
