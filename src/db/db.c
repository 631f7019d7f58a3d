/* db.c -- opening databases, and sessions: their transaction, savepoints and error.
 *
 * A session reads on a shared connection until its first write; from then on everything it does
 * goes over the connection that holds its transaction, until commit or rollback. */
#include <carafe/db.h>

#include <stdlib.h>

#include <carafe/fiber.h>
#include <carafe/log.h>

#include "db/session.h"

#define BUSY_TIMEOUT    5000
#define KEPT_STATEMENTS 200
/* Milliseconds after which a transaction is worth a warning. */
#define LONG_TRANSACTION 1000

/* ---- databases ---- */

static void close_database(void *data)
{
    cf_database_disconnect(data);
}

/* SQLite keeps numbers as doubles, which are exact to 15 digits. */
static bool check_decimals(const cf_database *database, cf_error *err)
{
    const cf_models *models = database->models;

    if (strcmp(database->engine->name, "sqlite") != 0)
        return true;
    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; j < models->mappers[i].ncolumns; j++) {
            const cf__column *column = &models->mappers[i].columns[j];

            if (column->kind == CF_KIND_DECIMAL &&
                cf__precision(&column->member->column) > CF__SQLITE_DIGITS)
                return cf_fail(
                    err, CF_EUNSUPPORTED,
                    "%s: SQLite keeps decimals of at most %d digits; make .precision "
                    "smaller, count in the smallest unit in an int64_t, or use "
                    "PostgreSQL",
                    cf__declared(database->arena, models->mappers[i].model, column->member),
                    CF__SQLITE_DIGITS);
        }
    return true;
}

cf_database *cf_database_open(cf_arena *arena, const char *url, const cf_database_options *options,
                              cf_error *err)
{
    cf_database *database = cf_new(arena, cf_database);
    cf_str       text = cf_str_trim(cf_str_of(url)), rest;

    database->arena = arena;
    if (options)
        database->options = *options;
    if (!database->options.busy_timeout)
        database->options.busy_timeout = BUSY_TIMEOUT;
    database->models = database->options.models;
    database->url = cf__url_masked(arena, text);
    database->engine = cf__engine_of_url(text, &rest, err);
    if (!database->engine || !database->engine->open(database, rest, err))
        return NULL;
    if (database->models && !check_decimals(database, err))
        return NULL;
    if (database->models)
        database->sql = cf_new_array(arena, cf__mapper_sql, database->models->count + 1);
    cf_arena_defer(arena, close_database, database);
    return database;
}

void cf_database_disconnect(cf_database *database)
{
    database->engine->disconnect(database);
}

bool cf_database_ping(cf_database *database, cf_error *err)
{
    cf_arena *arena = cf_arena_new();
    bool      ok = cf_db_execute(cf_db_new(arena, database), "SELECT 1", NULL, 0, NULL, err);

    cf_arena_free(arena);
    return ok;
}

const char *cf_database_engine(const cf_database *database)
{
    return database->engine->name;
}

const char *cf_database_url(const cf_database *database)
{
    return database->url;
}

const char *cf_database_file(const cf_database *database)
{
    return database->engine->file ? database->engine->file(database) : NULL;
}

const cf_models *cf_database_models(const cf_database *database)
{
    return database->models;
}

/* Tries again, with growing sleeps, until it works, fails otherwise or the limit is reached. */
static bool keep_trying(cf_database *database, bool (*again)(void *data, cf_error *err), void *data,
                        cf_error *err)
{
    int64_t limit = database->options.busy_timeout, delay = 1, left;
    int64_t deadline = cf_monotonic_us() + (limit > 0 ? limit : 0) * 1000;

    do {
        left = (deadline - cf_monotonic_us()) / 1000;
        if (err->code != CF_EBUSY || left <= 0)
            return false;
        /* Spread the waiters out: a delay between half and all of what it is due. */
        if (!cf_sleep(delay - cf_monotonic_us() % (delay / 2 + 1), err))
            return false;
        delay = delay < 25 ? delay * 2 : 25;
        delay = delay < left ? delay : left;
    } while (!again(data, err));
    cf_error_clear(err);
    return true;
}

bool cf__retry(cf_database *database, bool (*again)(void *data, cf_error *err), void *data,
               cf_error *err)
{
    CF_NO_ERROR(own);

    err = err ? err : &own;
    return again(data, err) || keep_trying(database, again, data, err);
}

/* ---- sessions ---- */

static void end_session(void *data)
{
    cf_db *db = data;

    if (db->conn)
        db->database->engine->rollback(db->conn);
    db->conn = NULL;
    db->database->engine->read_end(db->database, db);
}

cf_db *cf_db_new(cf_arena *arena, cf_database *database)
{
    cf_db *db = cf_alloc(arena, sizeof(*db));

    memset(db, 0, offsetof(cf_db, err));
    cf_error_clear(&db->err);
    db->arena = arena;
    db->database = database;
    if (database->options.record)
        db->statements = cf_new_array(arena, cf_statement, KEPT_STATEMENTS);
    cf_arena_defer(arena, end_session, db);
    return db;
}

cf_arena *cf_db_arena(const cf_db *db)
{
    return db->arena;
}

cf_database *cf_db_database(const cf_db *db)
{
    return db->database;
}

const cf_error *cf_db_error(const cf_db *db)
{
    return &db->err;
}

void cf_db_clear_error(cf_db *db)
{
    cf_error_clear(&db->err);
    db->broken = false;
}

int64_t cf_db_query_count(const cf_db *db)
{
    return db->queries;
}

const cf_statement *cf_db_statement(const cf_db *db, size_t i)
{
    size_t first = db->nstatements > KEPT_STATEMENTS ? db->nstatements - KEPT_STATEMENTS : 0;

    if (!db->statements || first + i >= db->nstatements)
        return NULL;
    return &db->statements[(first + i) % KEPT_STATEMENTS];
}

bool cf__session_fail(cf_db *db, const cf_error *error, cf_error *err)
{
    db->err = *error;
    db->failures++;
    if (err && err != error)
        *err = *error;
    return false;
}

/* ---- running statements ---- */

static void note(cf_db *db, const cf__sql *sql, int64_t us, const cf__outcome *out)
{
    const cf_database_options *options = &db->database->options;
    int64_t                    rows = out->rows ? out->rows : out->affected;

    if (db->statements)
        db->statements[db->nstatements++ % KEPT_STATEMENTS] = (cf_statement){
            cf_str_dup(db->arena, sql->text), us, rows
        };
    if (options->slow && us >= options->slow)
        cf_log(CF_WARNING, "slow SQL: %lld us, %lld rows: %.*s", (long long)us, (long long)rows,
               CF_STR_ARG(sql->text));
    else if (options->log)
        cf_log(CF_DEBUG, "SQL: %lld us, %lld rows: %.*s", (long long)us, (long long)rows,
               CF_STR_ARG(sql->text));
}

typedef struct attempt {
    cf_db           *db;
    const cf__sql   *sql;
    const cf__param *params;
    size_t           count;
    cf__row_fn      *row;
    void            *data;
    cf__outcome     *out;
} attempt;

static bool read_once(void *data, cf_error *err)
{
    attempt          *a = data;
    cf_db            *db = a->db;
    const cf__engine *engine = db->database->engine;
    cf__conn         *conn = engine->read(db->database, db, err);

    if (!conn)
        return false;
    if (engine->run(conn, a->sql, a->params, a->count, a->row, a->data, a->out, err))
        return true;
    engine->read_end(db->database, db);
    /* Rows that were handed out cannot be taken back: then there is no second try. */
    if (err->code == CF_EBUSY && a->out->rows)
        err->code = CF_EUNAVAILABLE;
    return false;
}

bool cf__session_run(cf_db *db, const cf__sql *sql, const cf__param *params, size_t count,
                     cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    const cf_database_options *options = &db->database->options;
    bool                       timed = options->record || options->log || options->slow;
    int64_t                    start = timed ? cf_monotonic_us() : 0;
    attempt                    a = { db, sql, params, count, row, data, out };
    bool                       ok;

    *out = (cf__outcome){ 0 };
    db->queries++;
    if (db->conn)
        ok = db->database->engine->run(db->conn, sql, params, count, row, data, out, err);
    else
        ok = cf__retry(db->database, read_once, &a, err);
    if (timed)
        note(db, sql, cf_monotonic_us() - start, out);
    return ok;
}

bool cf__session_run_many(cf_db *db, const cf__sql *sql, const cf__many *many, size_t *done,
                          cf__outcome *out, cf_error *err)
{
    int64_t start = cf_monotonic_us();
    bool    ok;

    *out = (cf__outcome){ 0 };
    db->queries += (int64_t)many->times;
    ok = db->database->engine->run_many(db->conn, sql, many, done, out, err);
    note(db, sql, cf_monotonic_us() - start, out);
    return ok;
}

/* Transaction control and the like: on the transaction, not counted. */
static bool control(cf_db *db, const char *text, cf_error *err)
{
    cf__sql     sql = cf__sql_of(cf_str_of(text));
    cf__outcome out;

    return db->database->engine->run(db->conn, &sql, NULL, 0, NULL, NULL, &out, err);
}

/* ---- transactions ---- */

static bool begin_once(void *data, cf_error *err)
{
    cf_db *db = data;

    db->conn = db->database->engine->begin(db->database, false, err);
    return db->conn != NULL;
}

bool cf__session_begin(cf_db *db, cf_error *err)
{
    if (db->conn)
        return true;
    db->database->engine->read_end(db->database, db);
    if (!cf__retry(db->database, begin_once, db, err))
        return false;
    db->began = cf_monotonic_us();
    return true;
}

/* Others could not write meanwhile. */
static void note_duration(const cf_db *db)
{
    int64_t ms = (cf_monotonic_us() - db->began) / 1000;

    if (ms >= LONG_TRANSACTION)
        cf_log(CF_WARNING,
               "a transaction held the database for %lld ms: commit before what takes long",
               (long long)ms);
}

typedef struct schema_begin {
    cf_database *database;
    cf__conn    *conn;
} schema_begin;

static bool begin_schema_once(void *data, cf_error *err)
{
    schema_begin *s = data;

    s->conn = s->database->engine->begin(s->database, true, err);
    return s->conn != NULL;
}

cf__conn *cf__schema_begin(cf_database *database, cf_error *err)
{
    schema_begin s = { database, NULL };

    database->engine->read_end(database, NULL);
    cf__retry(database, begin_schema_once, &s, err);
    return s.conn;
}

typedef struct closing {
    cf_db *db;
    bool   committed;
} closing;

/* True when there is nothing to try again: it is committed, or over. */
static bool commit_once(void *data, cf_error *err)
{
    closing *c = data;

    c->committed = c->db->database->engine->commit(c->db->conn, err);
    return c->committed || !c->db->conn->in_transaction;
}

static bool commit(cf_db *db, cf_error *err)
{
    closing c = { db, false };
    CF_NO_ERROR(error);

    if (!cf__retry(db->database, commit_once, &c, &error) || !c.committed) {
        *err = error;
        return false;
    }
    return true;
}

static void rollback_all(cf_db *db)
{
    if (db->conn) {
        db->database->engine->rollback(db->conn);
        note_duration(db);
    }
    db->conn = NULL;
    db->nsavepoints = 0;
    cf__session_undo(db, 0);
}

/* Takes back what a failed flush did: to the latest savepoint, or everything. */
static void rollback_flush(cf_db *db)
{
    if (!db->nsavepoints) {
        rollback_all(db);
        return;
    }
    if (!control(db, cf_printf(db->arena, "ROLLBACK TO cf_%zu", db->nsavepoints), NULL))
        rollback_all(db);
    else
        cf__session_undo(db, db->savepoints[db->nsavepoints - 1].undo);
}

void cf__session_undo_flush(cf_db *db)
{
    rollback_flush(db);
}

static bool flush(cf_db *db, cf_error *err)
{
    bool ok;

    if (db->flushing)
        return true;
    db->related = false;
    if (!cf_db_is_dirty(db))
        return true;
    db->flushing = true;
    ok = cf__session_begin(db, err) && cf__flush_rows(db, err);
    db->flushing = false;
    return ok;
}

bool cf_db_flush(cf_db *db, cf_error *err)
{
    CF_NO_ERROR(error);

    if (flush(db, &error))
        return true;
    rollback_flush(db);
    return cf__session_fail(db, &error, err);
}

bool cf__autoflush(cf_db *db)
{
    if (cf_db_flush(db, NULL))
        return true;
    /* The caller may only see a query without a result; the next commit says it again. */
    db->broken = true;
    return false;
}

bool cf__autoflush_rows(cf_db *db)
{
    return (!db->added.len && !db->removed.len && !db->related) || cf__autoflush(db);
}

bool cf_db_commit(cf_db *db, cf_error *err)
{
    CF_NO_ERROR(error);
    bool ok;

    if (db->broken) {
        error = db->err;
        db->broken = false;
        rollback_all(db);
        return cf__session_fail(db, &error, err);
    }
    ok = flush(db, &error) && (!db->conn || commit(db, &error));
    if (!ok) {
        rollback_all(db);
        return cf__session_fail(db, &error, err);
    }
    if (db->conn)
        note_duration(db);
    db->conn = NULL;
    db->nsavepoints = 0;
    db->nundo = 0;
    cf_db_clear_error(db);
    return true;
}

void cf_db_rollback(cf_db *db)
{
    rollback_all(db);
    cf_db_clear_error(db);
}

bool cf_db_begin_nested(cf_db *db, cf_error *err)
{
    CF_NO_ERROR(error);

    if (!cf_db_flush(db, err))
        return false;
    if (!cf__session_begin(db, &error) ||
        !control(db, cf_printf(db->arena, "SAVEPOINT cf_%zu", db->nsavepoints + 1), &error))
        return cf__session_fail(db, &error, err);
    if (db->nsavepoints == db->cap_savepoints) {
        size_t size = sizeof(*db->savepoints), more = db->cap_savepoints * 2 + 4;

        db->savepoints = cf_grow(db->arena, db->savepoints, db->cap_savepoints * size, more * size);
        db->cap_savepoints = more;
    }
    db->savepoints[db->nsavepoints++].undo = db->nundo;
    return true;
}

bool cf_db_release(cf_db *db, cf_error *err)
{
    CF_NO_ERROR(error);

    if (!db->nsavepoints) {
        cf_fail(&error, CF_EINVAL, "there is no savepoint to release");
        return cf__session_fail(db, &error, err);
    }
    if (!cf_db_flush(db, err))
        return false;
    if (!control(db, cf_printf(db->arena, "RELEASE cf_%zu", db->nsavepoints), &error))
        return cf__session_fail(db, &error, err);
    db->nsavepoints--;
    return true;
}

void cf_db_rollback_nested(cf_db *db)
{
    if (!db->nsavepoints)
        return;
    rollback_flush(db);
    if (db->nsavepoints) {
        control(db, cf_printf(db->arena, "RELEASE cf_%zu", db->nsavepoints), NULL);
        db->nsavepoints--;
    }
    cf_db_clear_error(db);
}
