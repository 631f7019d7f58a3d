/* postgres_trip.c -- statements on a connection of one's own: sent together, awaited, handed out.
 *
 * Connections are in libpq's pipeline mode: what belongs together (BEGIN and the first statement, a
 * statement and its preparation) goes out in one message with one sync and costs one journey. After
 * the sync the connection is at rest again, whatever failed. A connection that is left before that
 * is given up. */
#include "db/postgres_trip.h"

#include <poll.h>
#include <stdio.h>

/* ---- waiting ---- */

static cf__pg_state *state_of(const cf__pg_conn *conn)
{
    return conn->base.database->state;
}

/* Until when so many statements have to be answered. The server keeps its answers back until the
 * sync, or until they are many. */
static int64_t limit_of(const cf__pg_conn *conn, size_t statements)
{
    int64_t timeout = state_of(conn)->url.statement_timeout * (int64_t)statements;

    return conn->schema || !timeout ? 0 : cf_monotonic_us() + (timeout + CF__PG_GRACE) * 1000;
}

/* Waits a while for the socket. False when the fiber may not wait any longer. */
static bool listen_to(cf__pg_trip *t, bool writing, int *ready)
{
    int64_t now = cf_monotonic_us(), left = t->until ? t->until - now : CF__PG_PULSE;
    int64_t wait = left < CF__PG_PULSE ? left : CF__PG_PULSE;
    CF_NO_ERROR(late);

    *ready = 0;
    if (left <= 0)
        return cf_fail(t->err, CF_EUNAVAILABLE, "the database gave no answer within %lld ms",
                       (long long)state_of(t->conn)->url.statement_timeout + CF__PG_GRACE);
    if (cf_wait_fd(PQsocket(t->conn->pg), writing ? POLLIN | POLLOUT : POLLIN, wait / 1000 + 1,
                   ready, &late)) {
        t->heard = state_of(t->conn)->heard = cf_monotonic_us();
        return true;
    }
    if (late.code != CF_ETIMEOUT || !cf_fiber_check(&late)) {
        *t->err = late;
        return false;
    }
    cf__pg_silent(state_of(t->conn), t->heard);
    return true;
}

/* Waits until the connection has a result. */
static cf__pg_ending await(cf__pg_trip *t)
{
    PGconn *pg = t->conn->pg;

    for (;;) {
        int flush = PQflush(pg), ready;

        if (flush < 0 || PQstatus(pg) != CONNECTION_OK)
            return CF__PG_LOST;
        if (!PQisBusy(pg))
            return CF__PG_ARRIVED;
        if (cf__pg_is_stale(t->conn))
            return CF__PG_LOST;
        if (!listen_to(t, flush > 0, &ready))
            return CF__PG_GIVEN_UP;
        if ((ready & ~POLLOUT) && !PQconsumeInput(pg))
            return CF__PG_LOST;
    }
}

/* ---- what came back ---- */

/* A setting outlives the transaction, and must not meet the next user. */
static bool changes_settings(cf_str command)
{
    return cf_str_starts(command, CF_STR("SET")) || cf_str_starts(command, CF_STR("LISTEN")) ||
           cf_str_starts(command, CF_STR("RESET")) ||
           (cf_str_starts(command, CF_STR("D")) && !cf_str_starts(command, CF_STR("DELETE")));
}

static void take_command(cf__pg_trip *t, cf__pg_step kind, PGresult *result)
{
    cf_str command = cf_str_of(PQcmdStatus(result));

    snprintf(t->tag, sizeof(t->tag), "%.*s", CF_STR_ARG(command));
    if (kind == CF__PG_STEP_PREPARE)
        t->stmt->prepared = true;
    else if (kind == CF__PG_STEP_QUERY && !cf_str_starts(command, CF_STR("SELECT")))
        t->out->affected += cf__pg_affected(result);
    if (t->sql && t->sql->source == CF__SQL_RAW)
        t->conn->dirty |= changes_settings(command);
}

static void take_result(cf__pg_trip *t, cf__pg_step kind, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
        if (kind == CF__PG_STEP_QUERY && t->by_name && !cf__pg_learn(t->stmt, result))
            t->unread = true;
        else if (kind == CF__PG_STEP_QUERY && !t->stopped)
            t->stopped = !cf__pg_rows(result, NULL, t->row, t->data, t->out, t->err);
        if (PQresultStatus(result) == PGRES_TUPLES_OK)
            take_command(t, kind, result);
        break;
    case PGRES_COMMAND_OK:
        take_command(t, kind, result);
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
static cf__pg_ending collect_step(cf__pg_trip *t, cf__pg_step kind)
{
    PGconn *pg = t->conn->pg;

    if (kind == CF__PG_STEP_QUERY && t->single)
        PQsetSingleRowMode(pg);
    for (;;) {
        cf__pg_ending fate = await(t);
        PGresult     *result = fate == CF__PG_ARRIVED ? PQgetResult(pg) : NULL;

        if (fate != CF__PG_ARRIVED || !result)
            return fate;
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return CF__PG_LOST; /* A step too early: whose answers come is not known any more. */
        }
        if (PQresultStatus(result) >= PGRES_COPY_OUT && PQresultStatus(result) <= PGRES_COPY_IN) {
            PQclear(result);
            cf_fail(t->err, CF_EUNSUPPORTED, "COPY is not possible here");
            return CF__PG_GIVEN_UP;
        }
        take_result(t, kind, result);
    }
}

static cf__pg_ending collect_sync(cf__pg_trip *t)
{
    cf__pg_ending fate = await(t);
    PGresult     *result = fate == CF__PG_ARRIVED ? PQgetResult(t->conn->pg) : NULL;
    bool          sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;

    PQclear(result);
    return fate != CF__PG_ARRIVED ? fate : sync ? CF__PG_ARRIVED : CF__PG_LOST;
}

/* ---- making one ---- */

cf__pg_ending cf__pg_trip_start(cf__pg_trip *t, cf__pg_conn *conn, cf_error *err)
{
    cf__pg_ending fate = CF__PG_ARRIVED;

    t->conn = conn;
    t->err = err;
    t->until = limit_of(conn, 1);
    t->heard = cf_monotonic_us();
    if (!conn->pg || cf__pg_is_stale(conn))
        return CF__PG_LOST;
    while (fate == CF__PG_ARRIVED && conn->owed) {
        fate = collect_step(t, CF__PG_STEP_FIXED);
        if (fate == CF__PG_ARRIVED)
            fate = collect_sync(t);
        conn->owed--;
    }
    PQclear(t->failed);
    t->failed = NULL;
    return fate;
}

bool cf__pg_trip_put(cf__pg_trip *t, const char *text)
{
    t->steps[t->count++] = CF__PG_STEP_FIXED;
    return PQsendQueryParams(t->conn->pg, text, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static bool send_query(cf__pg_conn *conn, const cf__pg_stmt *stmt, bool prepared)
{
    const cf__pg_bound *b = &conn->bound;

    if (prepared)
        return PQsendQueryPrepared(conn->pg, stmt->name, b->count, b->values, b->lengths,
                                   b->formats, stmt->binary) == 1;
    return PQsendQueryParams(conn->pg, stmt->converted, b->count, NULL, b->values, b->lengths,
                             b->formats, 0) == 1;
}

/* A statement is prepared when it comes a second time: many never do. */
bool cf__pg_trip_put_query(cf__pg_trip *t, const cf__param *params, size_t count)
{
    cf__pg_conn *conn = t->conn;
    cf__pg_stmt *stmt = t->stmt;
    bool         prepare, ok = true;

    stmt->uses += (unsigned)t->times;
    prepare = stmt->uses > 1 && !stmt->prepared && !stmt->unnamed &&
              cf__pg_prepares(state_of(conn));
    if (prepare) {
        cf__pg_name(stmt);
        t->steps[t->count++] = CF__PG_STEP_PREPARE;
        ok = PQsendPrepare(conn->pg, stmt->name, stmt->converted, 0, NULL) == 1;
    }
    t->steps[t->count++] = CF__PG_STEP_QUERY;
    t->by_name = stmt->prepared || prepare;
    for (size_t i = 0; ok && i < t->times; i++) {
        cf__pg_bind(&conn->bound, params + i * count, count);
        ok = send_query(conn, stmt, t->by_name);
    }
    return ok;
}

/* The answers to the query, however often it was sent. */
static cf__pg_ending collect_query(cf__pg_trip *t)
{
    cf__pg_ending fate = CF__PG_ARRIVED;

    for (size_t i = 0; fate == CF__PG_ARRIVED && i < t->times; i++) {
        int64_t before = t->out->affected;

        t->until = limit_of(t->conn, t->times - i);
        fate = collect_step(t, CF__PG_STEP_QUERY);
        t->data = t->stride ? t->data + t->stride : t->data;
        t->done += fate == CF__PG_ARRIVED && !t->failed;
        if (t->affected)
            t->affected[i] = t->out->affected - before;
    }
    return fate;
}

cf__pg_ending cf__pg_trip_make(cf__pg_trip *t)
{
    cf__pg_ending fate = PQpipelineSync(t->conn->pg) ? CF__PG_ARRIVED : CF__PG_LOST;

    t->until = limit_of(t->conn, t->times ? t->times : 1);
    for (size_t i = 0; fate == CF__PG_ARRIVED && i < t->count; i++)
        fate = t->steps[i] == CF__PG_STEP_QUERY ? collect_query(t) : collect_step(t, t->steps[i]);
    if (fate == CF__PG_ARRIVED)
        fate = collect_sync(t);
    if (fate != CF__PG_ARRIVED)
        return fate;
    if (PQstatus(t->conn->pg) != CONNECTION_OK)
        return CF__PG_LOST;
    return t->failed ? CF__PG_REFUSED : t->stopped ? CF__PG_HELD : CF__PG_ARRIVED;
}

cf__pg_ending cf__pg_trip_text(cf__pg_trip *t, cf__pg_conn *conn, const char *text, cf_error *err)
{
    cf__pg_ending fate = cf__pg_trip_start(t, conn, err);

    if (fate != CF__PG_ARRIVED)
        return fate;
    return cf__pg_trip_put(t, text) ? cf__pg_trip_make(t) : CF__PG_LOST;
}

void cf__pg_trip_close(cf__pg_trip *t)
{
    cf__pg_conn *conn = t->conn;

    PQclear(t->failed);
    t->failed = NULL;
    conn->lost = true;
    /* A server that does not answer is not asked to cancel. */
    if (cf__pg_is_stale(conn))
        PQfinish(conn->pg);
    else
        cf__pg_abandon(conn->pg);
    conn->pg = NULL;
}
