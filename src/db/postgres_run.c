/* postgres_run.c -- one statement on a connection of one's own, and what its failure leaves.
 *
 * A raw statement in a transaction runs within a savepoint, so that a mistake in it does not take
 * the transaction with it. One that never arrived is sent once more over another connection. */
#include <stdio.h>

#include "db/postgres_trip.h"

#define SAVE    "SAVEPOINT cf_raw"
#define FORGET  "RELEASE SAVEPOINT cf_raw"
#define GO_BACK "ROLLBACK TO SAVEPOINT cf_raw"

bool cf__pg_prepares(const cf__pg_state *state)
{
    return state->url.prepare == 1 || (state->url.prepare < 0 && !state->pooled);
}

/* What is to be run, and who receives its rows. */
typedef struct request {
    const cf__sql *sql;
    cf__many       many;
    cf__outcome   *out;
    bool           own_transaction;
} request;

static bool is_raw(const cf__sql *sql)
{
    return sql->source == CF__SQL_RAW;
}

/* ---- sending ---- */

/* What begins a transaction. Through a pooler the limit is set anew each time. */
static bool put_begin(cf__pg_trip *t)
{
    const cf__pg_state *state = t->conn->base.database->state;
    char                text[100];

    if (!cf__pg_trip_put(t, "BEGIN"))
        return false;
    if (!state->pooled)
        return true;
    snprintf(text, sizeof(text), "SET LOCAL statement_timeout = %lld",
             (long long)state->url.statement_timeout);
    return cf__pg_trip_put(t, text);
}

static bool put_all(cf__pg_trip *t, const request *q)
{
    bool save = t->conn->base.in_transaction && is_raw(t->sql);

    return (!t->conn->begin_pending || put_begin(t)) &&
           (!q->own_transaction || cf__pg_trip_put(t, "BEGIN READ ONLY")) &&
           (!save || cf__pg_trip_put(t, SAVE)) &&
           cf__pg_trip_put_query(t, q->many.params, q->many.count) &&
           (!save || cf__pg_trip_put(t, FORGET)) &&
           (!q->own_transaction || cf__pg_trip_put(t, "COMMIT"));
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

/* Finds or makes the statement. */
static bool make_ready(cf__pg_trip *t, size_t count)
{
    cf__pg_conn *conn = t->conn;
    cf__pg_stmt *evicted;

    t->stmt = cf__pg_stmt_of(&conn->cache, t->sql, &evicted);
    drop_evicted(conn, evicted);
    if (t->stmt->empty)
        return cf_fail(t->err, CF_EINVAL, "there is no statement in the SQL text");
    if (t->stmt->several)
        return cf_fail(t->err, CF_EINVAL, "the SQL text holds more than one statement");
    if (t->stmt->params != count)
        return cf_fail(t->err, CF_EINVAL, "the statement has %zu parameters, but %zu were given",
                       t->stmt->params, count);
    return true;
}

/* ---- failures ---- */

static void go_back(cf__pg_conn *conn)
{
    cf_error ignored = { 0 };

    if (cf__pg_exec(conn, GO_BACK, &ignored))
        cf__pg_exec(conn, FORGET, &ignored);
}

/* What of the transaction is left? */
static void recover(cf__pg_trip *t)
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

/* Says why. True: the statement was the first of its transaction, and prepared for tables that have
 * changed since; nothing has begun, and it may be run again. */
static bool refused(cf__pg_trip *t, bool first)
{
    cf__pg_conn  *conn = t->conn;
    cf__pg_state *state = conn->base.database->state;
    cf_error      ignored = { 0 };
    bool          again;

    /* The rest of a transaction that failed earlier. */
    if (cf__pg_is(t->failed, "25P02") && conn->failed.code)
        cf_fail(t->err, conn->failed.code, "an earlier statement of this transaction failed: %s",
                conn->failed.message);
    else
        cf__pg_fail(state, t->failed, t->sql->text, t->out, t->err);
    again = t->by_name && cf__pg_unprepare(t->stmt, t->failed, state->pooled) && first &&
            !t->out->rows;
    PQclear(t->failed);
    if (again && PQtransactionStatus(conn->pg) == PQTRANS_INERROR)
        cf__pg_exec(conn, "ROLLBACK", &ignored);
    else if (!again)
        recover(t);
    return again;
}

static bool lost(cf__pg_trip *t)
{
    cf__pg_conn  *conn = t->conn;
    cf__pg_state *state = conn->base.database->state;

    if (PQresultErrorField(t->failed, PG_DIAG_SQLSTATE))
        cf__pg_fail(state, t->failed, t->sql->text, t->out, t->err);
    else if (cf__pg_is_stale(conn))
        *t->err = state->down;
    else
        cf__pg_lost(conn->pg, t->err);
    t->err->code = CF_EUNAVAILABLE;
    cf__pg_trip_close(t);
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

/* ---- one statement ---- */

/* Whether a statement that came to nothing may be run once more. */
typedef enum retry { NO_RETRY, RETRY_HERE, RETRY_ELSEWHERE } retry;

/* What came of it: the transaction has begun, whatever the statement did. */
static bool settle(cf__pg_trip *t, cf__pg_ending fate, bool first, retry *again)
{
    cf__pg_conn *conn = t->conn;

    if (fate == CF__PG_REFUSED && refused(t, first)) {
        *again = RETRY_HERE;
        return false;
    }
    conn->begin_pending = false;
    if (is_over(conn))
        return fail_over(conn, t->err);
    if (fate != CF__PG_REFUSED && conn->failed.code &&
        PQtransactionStatus(conn->pg) == PQTRANS_INTRANS)
        cf_error_clear(&conn->failed); /* Back at a savepoint. */
    if (fate == CF__PG_ARRIVED && t->unread)
        *again = RETRY_HERE;
    return fate == CF__PG_ARRIVED && !t->unread;
}

/* Runs a statement on a connection of the caller's. */
static bool run_on(cf__pg_conn *conn, const request *q, size_t *done, retry *again, cf_error *err)
{
    cf__pg_trip   t = { .sql = q->sql, .single = is_raw(q->sql), .out = q->out };
    bool          first = conn->begin_pending || !conn->base.in_transaction;
    cf__pg_ending fate = cf__pg_trip_start(&t, conn, err);

    *again = NO_RETRY;
    *done = 0;
    t.times = q->many.times;
    t.row = q->many.row;
    t.data = q->many.data;
    t.stride = q->many.stride;
    t.affected = q->many.affected;
    if (fate == CF__PG_ARRIVED && is_over(conn))
        return fail_over(conn, err);
    if (fate == CF__PG_ARRIVED && !make_ready(&t, q->many.count))
        return false;
    if (fate == CF__PG_ARRIVED)
        fate = put_all(&t, q) ? cf__pg_trip_make(&t) : CF__PG_LOST;
    if (fate == CF__PG_GIVEN_UP) {
        cf__pg_trip_close(&t);
        return false;
    }
    *done = t.done;
    if (fate != CF__PG_LOST)
        return settle(&t, fate, first, again);
    *again = first && !q->out->rows ? RETRY_ELSEWHERE : NO_RETRY;
    return lost(&t);
}

#define MAX_TRIES 3

/* The same, and once more, if need be over a new connection; nothing is done twice. */
static bool run_surely(cf__pg_conn *conn, const request *q, size_t *done, cf_error *err)
{
    retry again = NO_RETRY;
    bool  ok;

    *done = 0;
    *q->out = (cf__outcome){ 0 };
    if (!conn->pg)
        return cf__pg_lost(NULL, err);
    ok = run_on(conn, q, done, &again, err);
    for (int tries = 1; again && tries < MAX_TRIES; tries++) {
        if (again == RETRY_ELSEWHERE && !cf__pg_renew(conn, err))
            return false;
        cf_error_clear(err);
        ok = run_on(conn, q, done, &again, err);
    }
    return ok;
}

/* ---- reads, on whatever connection ---- */

static bool read_once(cf__pg_state *state, const request *q, retry *again, cf_error *err)
{
    cf__pg_conn *conn = cf__pg_take(state, true, err);
    size_t       done;
    bool         ok;

    *again = NO_RETRY;
    if (!conn)
        return false;
    ok = run_on(conn, q, &done, again, err);
    cf__pg_give(conn);
    return ok;
}

bool cf__pg_read_alone(cf__pg_state *state, const cf__sql *sql, const cf__param *params,
                       size_t count, cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    request q = { sql, { params, count, 1, row, data, 0, NULL }, out, is_raw(sql) };
    retry   again;
    bool    ok = read_once(state, &q, &again, err);

    for (int tries = 1; again && tries < MAX_TRIES; tries++) {
        cf_error_clear(err);
        ok = read_once(state, &q, &again, err);
    }
    if (out->writes)
        state->writes[sql->hash % CF__PG_WRITES] = sql->hash;
    return ok;
}

/* ---- whatever the session asks for ---- */

bool cf__pg_run(cf__conn *base, const cf__sql *sql, const cf__param *params, size_t count,
                cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    cf__pg_state *state = base->database->state;
    request       q = { sql, { params, count, 1, row, data, 0, NULL }, out, false };
    CF_NO_ERROR(own);
    size_t done;

    *out = (cf__outcome){ 0 };
    err = err ? err : &own;
    if (base != &state->front)
        return run_surely((cf__pg_conn *)base, &q, &done, err);
    /* PgBouncer 1.18 takes a client's server away when a sync is answered, although part of the
     * client's next batch is there already; the rest goes to another server, and the next client
     * gets the rows of that part for its own. So behind a pooler nothing is sent before an answer.
     */
    if (sql->source == CF__SQL_BUILT && !state->pooled && cf_fiber_current() &&
        cf_str_starts(sql->text, CF_STR("SELECT")))
        return cf__pg_batch_run(state, sql, params, count, row, data, out, err);
    return cf__pg_read_alone(state, sql, params, count, row, data, out, err);
}

bool cf__pg_run_many(cf__conn *base, const cf__sql *sql, const cf__many *many, size_t *done,
                     cf__outcome *out, cf_error *err)
{
    request q = { sql, *many, out, false };
    CF_NO_ERROR(own);

    return run_surely((cf__pg_conn *)base, &q, done, err ? err : &own);
}
