/* postgres_run.c -- statements on a connection of one's own: sent together, awaited, handed out.
 *
 * Connections are in libpq's pipeline mode: what belongs together (BEGIN and the first statement, a
 * statement and its preparation) goes out in one message with one sync and costs one journey. After
 * the sync the connection is at rest again, whatever failed. A connection that is left before that
 * is given up. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <carafe/log.h>
#include <carafe/query.h>

#include "db/postgres.h"

/* Where one may go back to when a raw statement fails, so that it does not take the transaction
 * with it. */
#define SAVE    "SAVEPOINT cf_raw"
#define FORGET  "RELEASE SAVEPOINT cf_raw"
#define GO_BACK "ROLLBACK TO SAVEPOINT cf_raw"

typedef enum step { STEP_FIXED, STEP_PREPARE, STEP_QUERY } step;

/* Statements that were sent together. */
typedef struct trip {
    cf__pg_conn   *conn;
    cf__pg_state  *state;
    const cf__sql *sql;
    cf__pg_stmt   *stmt;
    unsigned char  steps[8];
    size_t         count;
    bool           single;  /* Rows come one by one. */
    bool           stopped; /* The receiver wants no more rows. */
    int64_t        until;   /* Monotonic microseconds; 0: no limit. */
    PGresult      *failed;  /* The first error. */
    char           tag[24]; /* What the latest statement says it did. */
    cf__row_fn    *row;
    void          *data;
    cf__outcome   *out;
    cf_error      *err;
} trip;

typedef enum ending {
    ARRIVED,  /* All of it went through. */
    REFUSED,  /* trip.failed says why; the connection is at rest. */
    HELD,     /* The receiver of the rows stopped, with its error. */
    LOST,     /* The connection broke. */
    GIVEN_UP, /* Canceled, or out of time. */
} ending;

/* ---- waiting ---- */

static int64_t limit_of(const cf__pg_conn *conn)
{
    const cf__pg_state *state = conn->base.database->state;
    int64_t             timeout = state->url.statement_timeout;

    return conn->schema || !timeout ? 0 : cf_monotonic_us() + (timeout + CF__PG_GRACE) * 1000;
}

/* Waits until the connection has a result. */
static ending await(trip *t)
{
    PGconn *pg = t->conn->pg;

    for (;;) {
        int     flush = PQflush(pg), ready = 0;
        int64_t left = t->until ? t->until - cf_monotonic_us() : 1;

        if (flush < 0 || PQstatus(pg) != CONNECTION_OK)
            return LOST;
        if (!PQisBusy(pg))
            return ARRIVED;
        if (left <= 0) {
            cf_fail(t->err, CF_ETIMEOUT, "timed out while waiting");
            return GIVEN_UP;
        }
        if (!cf_wait_fd(PQsocket(pg), flush ? POLLIN | POLLOUT : POLLIN,
                        t->until ? (left + 999) / 1000 + 1 : -1, &ready, t->err))
            return GIVEN_UP;
        if ((ready & ~POLLOUT) && !PQconsumeInput(pg))
            return LOST;
    }
}

/* ---- what came back ---- */

static void take_result(trip *t, step kind, PGresult *result)
{
    cf_str command;

    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
        if (kind == STEP_QUERY && !t->stopped)
            t->stopped = !cf__pg_rows(result, t->row, t->data, t->out, t->err);
        if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
            break;
        /* fall through */
    case PGRES_COMMAND_OK:
        command = cf_str_of(PQcmdStatus(result));
        snprintf(t->tag, sizeof(t->tag), "%.*s", CF_STR_ARG(command));
        if (kind == STEP_PREPARE)
            t->stmt->prepared = true;
        else if (kind == STEP_QUERY && !cf_str_starts(command, CF_STR("SELECT")))
            t->out->affected = cf__pg_affected(result);
        /* A setting outlives the transaction, and must not meet the next user. */
        if (t->sql && t->sql->source == CF__SQL_RAW &&
            (cf_str_starts(command, CF_STR("SET")) || cf_str_starts(command, CF_STR("LISTEN")) ||
             cf_str_starts(command, CF_STR("RESET")) || cf_str_starts(command, CF_STR("D"))))
            t->conn->dirty |= !cf_str_starts(command, CF_STR("DELETE"));
        break;
    case PGRES_PIPELINE_ABORTED:
        break;
    default:
        if (!t->failed) {
            t->failed = result;
            return;
        }
        break;
    }
    PQclear(result);
}

/* The results of one step, up to the NULL that ends them. */
static ending collect_step(trip *t, step kind)
{
    PGconn *pg = t->conn->pg;

    if (kind == STEP_QUERY && t->single)
        PQsetSingleRowMode(pg);
    for (;;) {
        ending    fate = await(t);
        PGresult *result = fate == ARRIVED ? PQgetResult(pg) : NULL;

        if (fate != ARRIVED || !result)
            return fate;
        if (PQresultStatus(result) >= PGRES_COPY_OUT && PQresultStatus(result) <= PGRES_COPY_IN) {
            PQclear(result);
            cf_fail(t->err, CF_EUNSUPPORTED, "COPY is not possible here");
            return GIVEN_UP;
        }
        take_result(t, kind, result);
    }
}

static ending collect_sync(trip *t)
{
    ending    fate = await(t);
    PGresult *result = fate == ARRIVED ? PQgetResult(t->conn->pg) : NULL;
    bool      sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;

    PQclear(result);
    return fate != ARRIVED ? fate : sync ? ARRIVED : LOST;
}

/* Takes in what a rollback left to come. */
static ending settle(cf__pg_conn *conn, cf_error *err)
{
    trip   t = { .conn = conn, .until = limit_of(conn), .err = err };
    ending fate = ARRIVED;

    while (fate == ARRIVED && conn->owed) {
        fate = collect_step(&t, STEP_FIXED);
        if (fate == ARRIVED)
            fate = collect_sync(&t);
        conn->owed--;
    }
    PQclear(t.failed);
    return fate;
}

static ending collect(trip *t)
{
    ending fate = ARRIVED;

    for (size_t i = 0; fate == ARRIVED && i < t->count; i++)
        fate = collect_step(t, t->steps[i]);
    if (fate == ARRIVED)
        fate = collect_sync(t);
    if (fate == LOST || fate == GIVEN_UP)
        return fate;
    if (PQstatus(t->conn->pg) != CONNECTION_OK)
        return LOST;
    return t->failed ? REFUSED : t->stopped ? HELD : ARRIVED;
}

/* ---- sending ---- */

static bool send_fixed(trip *t, const char *text)
{
    t->steps[t->count++] = STEP_FIXED;
    return PQsendQueryParams(t->conn->pg, text, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

bool cf__pg_prepares(const cf__pg_state *state)
{
    return state->url.prepare == 1 || (state->url.prepare < 0 && !state->pooled);
}

/* A statement is prepared when it comes a second time: many never do. */
static bool send_query(trip *t)
{
    cf__pg_stmt        *stmt = t->stmt;
    const cf__pg_bound *b = &t->conn->bound;
    PGconn             *pg = t->conn->pg;
    bool                prepare;

    prepare = ++stmt->uses > 1 && !stmt->prepared && cf__pg_prepares(t->state);
    if (prepare) {
        cf__pg_name(stmt);
        t->steps[t->count++] = STEP_PREPARE;
        if (!PQsendPrepare(pg, stmt->name, stmt->converted, 0, NULL))
            return false;
    }
    t->steps[t->count++] = STEP_QUERY;
    if (stmt->prepared || prepare)
        return PQsendQueryPrepared(pg, stmt->name, b->count, b->values, b->lengths, b->formats,
                                   0) == 1;
    return PQsendQueryParams(pg, stmt->converted, b->count, NULL, b->values, b->lengths, b->formats,
                             0) == 1;
}

/* What begins a transaction. Through a pooler the limit is set anew each time. */
static bool send_begin(trip *t)
{
    char text[100];

    if (!send_fixed(t, "BEGIN"))
        return false;
    if (!t->state->pooled)
        return true;
    snprintf(text, sizeof(text), "SET LOCAL statement_timeout = %lld",
             (long long)t->state->url.statement_timeout);
    return send_fixed(t, text);
}

static bool is_raw(const cf__sql *sql)
{
    return sql->source == CF__SQL_RAW;
}

static bool send_all(trip *t, bool own_transaction)
{
    bool in_transaction = t->conn->base.in_transaction;
    bool save = in_transaction && is_raw(t->sql);

    return (!t->conn->begin_pending || send_begin(t)) &&
           (!own_transaction || send_fixed(t, "BEGIN READ ONLY")) &&
           (!save || send_fixed(t, SAVE)) && send_query(t) && (!save || send_fixed(t, FORGET)) &&
           (!own_transaction || send_fixed(t, "COMMIT")) && PQpipelineSync(t->conn->pg) == 1;
}

static void drop_evicted(cf__pg_conn *conn, cf__pg_stmt *evicted)
{
    char     text[80];
    cf_error ignored = { 0 };

    if (evicted && evicted->prepared) {
        snprintf(text, sizeof(text), "DEALLOCATE %s", evicted->name);
        cf__pg_exec(conn, text, &ignored);
    }
    cf__pg_stmt_free(evicted);
}

/* ---- one statement ---- */

static bool give_up(trip *t)
{
    cf__pg_conn *conn = t->conn;

    conn->lost = true;
    cf__pg_abandon(conn->pg);
    conn->pg = NULL;
    return false;
}

static void go_back(cf__pg_conn *conn)
{
    cf_error ignored = { 0 };

    if (cf__pg_exec(conn, GO_BACK, &ignored))
        cf__pg_exec(conn, FORGET, &ignored);
}

/* After a failure: what of the transaction is left? */
static void recover(trip *t)
{
    cf__pg_conn *conn = t->conn;
    cf_error     ignored = { 0 };

    if (PQtransactionStatus(conn->pg) != PQTRANS_INERROR)
        return;
    if (!conn->base.in_transaction)
        cf__pg_exec(conn, "ROLLBACK", &ignored);
    else if (is_raw(t->sql) && !conn->failed.code)
        go_back(conn);
    else if (!conn->failed.code && t->err)
        conn->failed = *t->err;
}

static bool refused(trip *t)
{
    cf__pg_conn *conn = t->conn;

    /* The rest of a transaction that failed earlier. */
    if (cf__pg_is(t->failed, "25P02") && conn->failed.code)
        cf_fail(t->err, conn->failed.code, "an earlier statement of this transaction failed: %s",
                conn->failed.message);
    else
        cf__pg_fail(t->state, t->failed, t->sql->text, t->out, t->err);
    /* Not prepared here after all, or for tables that have changed since. */
    if (cf__pg_is(t->failed, "26000") || cf__pg_is(t->failed, "0A000"))
        t->stmt->prepared = false;
    recover(t);
    PQclear(t->failed);
    return false;
}

/* Whether the transaction is over although nobody here ended it: what comes next would be
 * committed on its own. */
static bool is_over(const cf__pg_conn *conn)
{
    return conn->base.in_transaction && !conn->begin_pending &&
           PQtransactionStatus(conn->pg) == PQTRANS_IDLE;
}

static bool fail_over(cf__pg_conn *conn, cf_error *err)
{
    cf_fail(&conn->failed, CF_EINVAL, "a statement ended the transaction it was in");
    return cf_fail(err, CF_EINVAL, "%s", conn->failed.message);
}

/* Runs a statement on a connection of the caller's; *again: it never arrived, and may be sent once
 * more. */
static bool run_on(cf__pg_conn *conn, const cf__sql *sql, const cf__param *params, size_t count,
                   cf__row_fn *row, void *data, cf__outcome *out, bool own_transaction, bool *again,
                   cf_error *err)
{
    trip         t = { .conn = conn, .state = conn->base.database->state, .sql = sql, .row = row };
    bool         first = conn->begin_pending || !conn->base.in_transaction;
    cf__pg_stmt *evicted;
    ending       fate;

    *again = false;
    t.data = data;
    t.out = out;
    t.err = err;
    t.until = limit_of(conn);
    t.single = is_raw(sql);
    fate = settle(conn, err);
    if (fate == ARRIVED && is_over(conn))
        return fail_over(conn, err);
    if (fate == ARRIVED) {
        t.stmt = cf__pg_stmt_of(&conn->cache, sql, &evicted);
        drop_evicted(conn, evicted);
        if (t.stmt->empty)
            return cf_fail(err, CF_EINVAL, "there is no statement in the SQL text");
        if (t.stmt->several)
            return cf_fail(err, CF_EINVAL, "the SQL text holds more than one statement");
        if (t.stmt->params != count)
            return cf_fail(err, CF_EINVAL, "the statement has %zu parameters, but %zu were given",
                           t.stmt->params, count);
        cf__pg_bind(&conn->bound, params, count);
        fate = send_all(&t, own_transaction) ? collect(&t) : LOST;
    }
    switch (fate) {
    case ARRIVED:
    case HELD:
        conn->begin_pending = false;
        if (is_over(conn))
            return fail_over(conn, err);
        if (conn->failed.code && PQtransactionStatus(conn->pg) == PQTRANS_INTRANS)
            cf_error_clear(&conn->failed); /* Back at a savepoint. */
        return fate == ARRIVED;
    case REFUSED:
        conn->begin_pending = false;
        refused(&t);
        return is_over(conn) && fail_over(conn, err);
    case LOST:
        *again = first && !out->rows;
        if (PQresultErrorField(t.failed, PG_DIAG_SQLSTATE))
            cf__pg_fail(t.state, t.failed, sql->text, out, err);
        else
            cf__pg_lost(conn->pg, err);
        if (err && err->code != CF_EUNAVAILABLE)
            err->code = CF_EUNAVAILABLE;
        break;
    case GIVEN_UP:
        break;
    }
    PQclear(t.failed);
    return give_up(&t);
}

/* Runs a text of this room's own; *result receives what it said. */
static ending run_fixed(cf__pg_conn *conn, const char *text, trip *t, cf_error *err)
{
    ending fate;

    t->until = limit_of(conn);
    t->err = err;
    if (!conn->pg)
        return LOST;
    fate = settle(conn, err);
    if (fate == ARRIVED)
        fate = send_fixed(t, text) && PQpipelineSync(conn->pg) ? collect(t) : LOST;
    return fate;
}

/* *position: where in the text the server found fault, in characters from 1; 0: nowhere. */
static bool exec_at(cf__pg_conn *conn, const char *text, int *position, cf_error *err)
{
    cf__sql     sql = cf__sql_of(cf_str_of(text));
    cf__outcome out = { 0 };
    trip        t = { .conn = conn, .state = conn->base.database->state, .out = &out };
    ending      fate = run_fixed(conn, text, &t, err);
    int64_t     number;

    if (fate == ARRIVED)
        return true;
    if (fate == LOST) {
        PQclear(t.failed);
        cf__pg_lost(conn->pg, err);
        return give_up(&t);
    }
    if (fate == GIVEN_UP) {
        PQclear(t.failed);
        return give_up(&t);
    }
    *position = 0;
    if (cf_str_to_i64(cf_str_of(PQresultErrorField(t.failed, PG_DIAG_STATEMENT_POSITION)), &number))
        *position = (int)number;
    cf__pg_fail(t.state, t.failed, sql.text, &out, err);
    PQclear(t.failed);
    return false;
}

bool cf__pg_exec(cf__pg_conn *conn, const char *text, cf_error *err)
{
    int position;

    return exec_at(conn, text, &position, err);
}

/* ---- reads, on whatever connection ---- */

static bool read_once(cf__pg_state *state, const cf__sql *sql, const cf__param *params,
                      size_t count, cf__row_fn *row, void *data, cf__outcome *out, bool *again,
                      cf_error *err)
{
    cf__pg_conn *conn = cf__pg_take(state, true, err);
    bool         ok;

    *again = false;
    if (!conn)
        return false;
    ok = run_on(conn, sql, params, count, row, data, out, is_raw(sql), again, err);
    cf__pg_give(conn);
    return ok;
}

bool cf__pg_read_alone(cf__pg_state *state, const cf__sql *sql, const cf__param *params,
                       size_t count, cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    bool again = true, ok = false;

    for (int tries = 0; again && tries < 3; tries++) {
        cf_error_clear(err);
        ok = read_once(state, sql, params, count, row, data, out, &again, err);
    }
    if (out->writes)
        state->writes[sql->hash % CF__PG_WRITES] = sql->hash;
    return ok;
}

bool cf__pg_run(cf__conn *base, const cf__sql *sql, const cf__param *params, size_t count,
                cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    cf__pg_state *state = base->database->state;
    cf__pg_conn  *conn = (cf__pg_conn *)base;
    cf_error      own = { 0 };
    bool          again, ok;

    *out = (cf__outcome){ 0 };
    err = err ? err : &own;
    /* A pooler in transaction mode loses its way among pipelined requests of several clients. */
    if (base == &state->front && sql->source == CF__SQL_BUILT && !state->pooled &&
        cf_fiber_current() && cf_str_starts(sql->text, CF_STR("SELECT")))
        return cf__pg_batch_run(state, sql, params, count, row, data, out, err);
    if (base == &state->front)
        return cf__pg_read_alone(state, sql, params, count, row, data, out, err);
    if (!conn->pg)
        return cf__pg_lost(NULL, err);
    ok = run_on(conn, sql, params, count, row, data, out, false, &again, err);
    /* The transaction had not begun: nothing was done twice. */
    if (!ok && again && cf__pg_renew(conn, err)) {
        cf_error_clear(err);
        ok = run_on(conn, sql, params, count, row, data, out, false, &again, err);
    }
    return ok;
}

/* ---- transactions ---- */

/* A transaction that came to nothing or to something unknown must not be committed again. */
static bool commit_failed(cf__pg_conn *conn)
{
    conn->base.in_transaction = false;
    return false;
}

bool cf__pg_commit(cf__conn *base, cf_error *err)
{
    cf__pg_conn *conn = (cf__pg_conn *)base;
    cf__outcome  out = { 0 };
    trip         t = { .conn = conn, .state = base->database->state, .out = &out };
    cf_error     own = { 0 };
    ending       fate;

    err = err ? err : &own;
    if (!base->in_transaction)
        return cf_fail(err, CF_EUNAVAILABLE, "the transaction is over already");
    if (conn->failed.code) {
        cf_fail(err, conn->failed.code, "an earlier statement of this transaction failed: %s",
                conn->failed.message);
        return commit_failed(conn);
    }
    /* What was to be its first statement may have been the end of the connection. */
    if (conn->lost || !conn->pg) {
        cf__pg_lost(conn->pg, err);
        return commit_failed(conn);
    }
    if (conn->begin_pending) {
        cf__pg_give(conn);
        return true;
    }
    fate = run_fixed(conn, "COMMIT", &t, err);
    if (fate == ARRIVED && strcmp(t.tag, "COMMIT") == 0) {
        cf__pg_give(conn);
        return true;
    }
    if (fate == ARRIVED)
        cf_fail(err, CF_EDB, "the database rolled the transaction back instead of committing it");
    else if (fate == REFUSED)
        cf__pg_fail(t.state, t.failed, (cf_str){ 0 }, &out, err);
    else
        cf_fail(err, CF_EUNAVAILABLE,
                "the connection was lost during COMMIT: whether the transaction took place is not "
                "known");
    PQclear(t.failed);
    if (fate == LOST || fate == GIVEN_UP)
        give_up(&t);
    return commit_failed(conn);
}

/* Does not wait: the next user of the connection takes the answer in. */
void cf__pg_rollback(cf__conn *base)
{
    cf__pg_conn *conn = (cf__pg_conn *)base;

    if (!conn->lost && !conn->begin_pending && PQtransactionStatus(conn->pg) != PQTRANS_IDLE) {
        conn->owed++;
        conn->lost = !PQsendQueryParams(conn->pg, "ROLLBACK", 0, NULL, NULL, NULL, NULL, 0) ||
                     !PQpipelineSync(conn->pg);
    }
    cf__pg_give(conn);
}

/* The lock that keeps apart who changes tables: any number, the same everywhere. */
#define SCHEMA_LOCK "SELECT pg_advisory_xact_lock(7166187240)"

cf__conn *cf__pg_begin(cf_database *database, bool schema, cf_error *err)
{
    cf__pg_state *state = database->state;
    cf__pg_conn  *conn = cf__pg_take(state, true, err);

    if (!conn)
        return NULL;
    conn->base.in_transaction = true;
    conn->begin_pending = !schema;
    conn->schema = schema;
    if (!schema)
        return &conn->base;
    if ((cf__pg_exec(conn, "BEGIN", err) ||
         (conn->lost && cf__pg_renew(conn, err) && cf__pg_exec(conn, "BEGIN", err))) &&
        cf__pg_exec(conn, "SET LOCAL statement_timeout = 0", err) &&
        cf__pg_exec(conn, SCHEMA_LOCK, err)) {
        cf_error_clear(err);
        return &conn->base;
    }
    cf__pg_rollback(&conn->base);
    return NULL;
}

/* ---- scripts ---- */

static int line_at(const char *start, const char *at)
{
    int line = 1;

    for (; start < at; start++)
        line += *start == '\n';
    return line;
}

/* The byte of a character's number, which counts from 1. */
static const char *character(const char *text, int number)
{
    for (; *text && number > 1; number--)
        do
            text++;
        while (((unsigned char)*text & 0xC0) == 0x80);
    return text;
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

static bool script_step(cf__pg_conn *conn, const char *start, const char *from, size_t len,
                        cf_error *err)
{
    const char *word = cf__sql_control(cf_str_n(from, len), true);
    int         position = 0, line;
    char       *text;
    bool        ok;

    if (word) {
        cf_fail(err, CF_EINVAL, "%s does not belong here: the script runs in a transaction", word);
        return fail_at(err, line_at(start, from));
    }
    text = cf_xmalloc(len + 1);
    memcpy(text, from, len);
    text[len] = '\0';
    ok = exec_at(conn, text, &position, err);
    line = line_at(start, from) + line_at(text, character(text, position)) - 1;
    free(text);
    return ok || fail_at(err, line);
}

bool cf__pg_script(cf__conn *base, cf_str script, cf_error *err)
{
    cf__pg_conn *conn = (cf__pg_conn *)base;
    const char  *at = script.ptr, *end = script.ptr + script.len;
    bool         ok = true;

    while (ok) {
        size_t len;

        at += cf__pg_blank(at, end);
        if (at < end && *at == ';') {
            at++;
            continue;
        }
        if (at == end)
            break;
        len = cf__pg_split(cf_str_n(at, (size_t)(end - at)));
        ok = script_step(conn, script.ptr, at, len, err);
        at += len;
    }
    return ok;
}
