/* engine_sqlite.c -- SQLite: connections, read transactions that are shared, one writer.
 *
 * A process has one connection for reading and one for writing. SQLite never waits by itself (that
 * would stop every fiber): a lock is CF_EBUSY, and the session tries again after a sleep.
 * Four fifths of what a one-row read costs is locking, so on a fiber the reads of a session share
 * one transaction. It ends when the fiber waits, the session writes or ends, or another reads.
 * Writers of one process queue at a fiber lock and begin IMMEDIATE, so that a transaction which
 * has begun does not fail half-way by a lock. */
#include <pthread.h>

#include "db/schema.h"
#include "db/session.h"
#include "db/sqlite.h"
#include "net/loop.h"

/* Counts forks in this process' line: connections of before are not ours to use. */
static unsigned forks;

/* Databases with an open reading transaction. */
static cf__sqlite_state *reading;

static void count_fork(void)
{
    forks++;
    reading = NULL;
}

/* ---- connections ---- */

static bool configure(cf__sqlite_conn *conn, const cf__sqlite_url *url, cf_error *err)
{
    sqlite3 *db = conn->db;

    sqlite3_extended_result_codes(db, 1);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* A misspelt "column" is an error, not a string. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    if (!cf__sqlite_functions(db))
        return cf__sqlite_fail(db, conn->file, NULL, err);
    if (conn->file && !cf__sqlite_exec(conn, "PRAGMA journal_mode = WAL", err))
        return false;
    return cf__sqlite_exec(conn,
                           url->full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                           err) &&
           cf__sqlite_exec(conn, "PRAGMA foreign_keys = ON", err) &&
           cf__sqlite_exec(conn, "PRAGMA temp_store = MEMORY", err);
}

cf__sqlite_conn *cf__sqlite_connect(cf_database *database, const cf__sqlite_url *url, cf_error *err)
{
    cf__sqlite_conn *conn = cf_xcalloc(1, sizeof(*conn));
    int              flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int              rc;

    conn->base.database = database;
    conn->file = url->file;
    rc = sqlite3_open_v2(url->file ? url->file : ":memory:", &conn->db, flags, NULL);
    if (rc != SQLITE_OK)
        cf__sqlite_fail(conn->db, conn->file, NULL, err);
    else if (configure(conn, url, err))
        return conn;
    cf__sqlite_close(conn);
    return NULL;
}

/* Forgets connections that were opened before a fork: their locks belong to the other process. */
static void check_fork(cf__sqlite_state *state)
{
    if (state->forks == forks)
        return;
    state->forks = forks;
    state->reader = state->writer = NULL;
    state->checkpoint = NULL;
    state->reading = NULL;
    state->next_reading = NULL;
    state->lock = (cf_fiber_lock){ 0 };
}

static void sqlite_interrupt(cf_database *database)
{
    const cf__sqlite_state *state = database->state;

    if (state->forks != forks)
        return;
    if (state->reader)
        sqlite3_interrupt(state->reader->db);
    if (state->writer)
        sqlite3_interrupt(state->writer->db);
}

static bool connect_all(cf_database *database, cf_error *err)
{
    cf__sqlite_state *state = database->state;

    check_fork(state);
    if (!state->writer)
        state->writer = cf__sqlite_connect(database, &state->url, err);
    if (!state->writer)
        return false;
    if (state->url.file)
        cf__sqlite_checkpoint_watch(state->writer);
    if (!state->reader)
        state->reader = state->url.file ? cf__sqlite_connect(database, &state->url, err)
                                        : state->writer;
    return state->reader != NULL;
}

/* ---- reading ---- */

static void stop_reading(cf__sqlite_state *state)
{
    cf__sqlite_state **at = &reading;

    if (!state->reading)
        return;
    while (*at != state)
        at = &(*at)->next_reading;
    *at = state->next_reading;
    state->reading = NULL;
    state->reader->reading = false;
    /* A COMMIT of reads cannot fail; if it does, the connection is in autocommit already. */
    cf__sqlite_exec(state->reader, "COMMIT", NULL);
}

static void before_wait(void)
{
    while (reading)
        stop_reading(reading);
}

static void register_hooks(void)
{
    /* Nobody reads SQLite's account of its memory, which takes a lock at every allocation. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    pthread_atfork(NULL, NULL, count_fork);
    cf__before_wait = before_wait;
}

static bool start_reading(cf__sqlite_state *state, cf_db *session, cf_error *err)
{
    if (!cf__sqlite_exec(state->reader, "BEGIN", err))
        return false;
    state->reader->reading = true;
    state->reading = session;
    state->next_reading = reading;
    reading = state;
    return true;
}

/* A database in memory has one connection: readers wait until the writer is done. */
static bool wait_for_writer(cf__sqlite_state *state, cf_error *err)
{
    if (state->url.file || !state->writer->base.in_transaction)
        return true;
    if (!cf_fiber_lock_take(&state->lock, err))
        return cf_fail_prefix(err, "the database in memory is being written");
    cf_fiber_lock_drop(&state->lock);
    return true;
}

static cf__conn *sqlite_read(cf_database *database, cf_db *session, cf_error *err)
{
    cf__sqlite_state *state = database->state;

    if (!state->reader || state->forks != forks)
        if (!connect_all(database, err))
            return NULL;
    if (!state->url.file)
        return wait_for_writer(state, err) ? &state->reader->base : NULL;
    if (state->reading == session && session)
        return &state->reader->base;
    stop_reading(state);
    if (session && cf_fiber_current() && !start_reading(state, session, err))
        return NULL;
    return &state->reader->base;
}

static void sqlite_read_end(cf_database *database, cf_db *session)
{
    cf__sqlite_state *state = database->state;

    if (state->forks == forks && (!session || state->reading == session))
        stop_reading(state);
}

/* ---- writing ---- */

static cf__conn *sqlite_begin(cf_database *database, bool schema, cf_error *err)
{
    cf__sqlite_state *state = database->state;
    cf__sqlite_conn  *conn;
    cf_error          locked = { 0 };

    if (!connect_all(database, err))
        return NULL;
    if (cf__sqlite_checkpoint_waits(state)) {
        cf_fail(err, CF_EBUSY, "the database's log is being copied");
        return NULL;
    }
    if (!cf_fiber_lock_take(&state->lock, &locked)) {
        /* Nobody would ever drop the lock that this very fiber or thread holds. */
        if (locked.code == CF_EINVAL || locked.code == CF_EBUSY)
            cf_fail(err, CF_EINVAL,
                    "another session here is in a transaction; commit or roll it back first");
        else if (err)
            *err = locked;
        return NULL;
    }
    conn = state->writer;
    if ((!schema || cf__sqlite_exec(conn, "PRAGMA foreign_keys = OFF", err)) &&
        cf__sqlite_exec(conn, "BEGIN IMMEDIATE", err)) {
        conn->base.in_transaction = true;
        conn->schema = schema;
        return &conn->base;
    }
    if (schema)
        cf__sqlite_exec(conn, "PRAGMA foreign_keys = ON", NULL);
    cf_fiber_lock_drop(&state->lock);
    return NULL;
}

static void end_transaction(cf__sqlite_conn *conn)
{
    cf__sqlite_state *state = conn->base.database->state;

    conn->base.in_transaction = false;
    if (conn->schema)
        cf__sqlite_exec(conn, "PRAGMA foreign_keys = ON", NULL);
    conn->schema = false;
    cf_fiber_lock_drop(&state->lock);
}

static bool found_orphan(void *data, const cf__cursor *cursor, cf_error *err)
{
    cf_str table = cf__cursor_text(cursor, 0), parent = cf__cursor_text(cursor, 2);

    (void)data;
    return cf_fail(err, CF_ECONFLICT,
                   "row %lld of table %.*s would reference a row of %.*s that does not exist",
                   (long long)cf__cursor_integer(cursor, 1), CF_STR_ARG(table), CF_STR_ARG(parent));
}

static bool sqlite_commit(cf__conn *base, cf_error *err)
{
    cf__sqlite_conn *conn = (cf__sqlite_conn *)base;
    cf__sql          check = cf__sql_of(CF_STR("PRAGMA foreign_key_check"));
    cf__outcome      out;

    if (conn->schema && !cf__sqlite_run(base, &check, NULL, 0, found_orphan, NULL, &out, err))
        return false;
    if (!cf__sqlite_exec(conn, "COMMIT", err))
        return false;
    end_transaction(conn);
    if (conn->file)
        cf__sqlite_checkpoint(base->database->state);
    return true;
}

static void sqlite_rollback(cf__conn *base)
{
    cf__sqlite_conn *conn = (cf__sqlite_conn *)base;

    /* Some failures (a full disk) have rolled back already. */
    if (!sqlite3_get_autocommit(conn->db))
        cf__sqlite_exec(conn, "ROLLBACK", NULL);
    end_transaction(conn);
}

/* ---- the engine ---- */

static bool sqlite_open(cf_database *database, cf_str rest, cf_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    cf__sqlite_state     *state = cf_new(database->arena, cf__sqlite_state);

    database->state = state;
    if (!cf__sqlite_url_parse(database->arena, rest, &state->url, err))
        return false;
    pthread_once(&once, register_hooks);
    state->forks = forks;
    return true;
}

static void sqlite_disconnect(cf_database *database)
{
    cf__sqlite_state *state = database->state;

    check_fork(state);
    stop_reading(state);
    /* A session is in the middle of something: its connection stays until it is done. */
    if (state->writer && state->writer->base.in_transaction)
        return;
    if (state->reader != state->writer)
        cf__sqlite_close(state->reader);
    cf__sqlite_close(state->writer);
    cf__sqlite_checkpoint_end(state);
    state->reader = state->writer = NULL;
}

static const char *sqlite_file(const cf_database *database)
{
    const cf__sqlite_state *state = database->state;

    return state->url.file;
}

static bool sqlite_is_read_only(cf_database *database, const cf__sql *sql, bool *out, cf_error *err)
{
    cf__sqlite_state *state = database->state;
    cf__sqlite_stmt  *stmt;

    if (!connect_all(database, err))
        return false;
    stmt = cf__sqlite_prepare(state->writer, sql, err);
    if (stmt)
        *out = stmt->read_only;
    return stmt != NULL;
}

const cf__dialect cf__dialect_sqlite = {
    .name = "sqlite",
    .limit_all = "-1",
    .like_before = "cf_like(?, ",
    .ilike_before = "cf_ilike(?, ",
    .like_after = ")",
    .ilike_after = ")",
};

const cf__engine cf__engine_sqlite = {
    .name = "sqlite",
    .dialect = &cf__dialect_sqlite,
    .open = sqlite_open,
    .disconnect = sqlite_disconnect,
    .interrupt = sqlite_interrupt,
    .file = sqlite_file,
    .read = sqlite_read,
    .read_end = sqlite_read_end,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .run = cf__sqlite_run,
    .script = cf__sqlite_script,
    .is_read_only = sqlite_is_read_only,
    .columns = cf__sqlite_columns,
    .schema = cf__sqlite_schema,
};
