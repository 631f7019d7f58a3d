/* postgres_transaction.c -- how transactions begin and end.
 *
 * BEGIN travels with the first statement; a rollback is sent and not waited for. A COMMIT whose
 * answer does not come may have taken place: it is told as unknown, and never sent again. */
#include "db/postgres_trip.h"

/* The lock that keeps apart who changes tables: any number, the same everywhere. */
#define SCHEMA_LOCK "SELECT pg_advisory_xact_lock(7166187240)"

/* A transaction that came to nothing or to something unknown must not be committed again. */
static bool commit_failed(cf__pg_conn *conn)
{
    conn->base.in_transaction = false;
    return false;
}

/* Whether there is anything that COMMIT could be sent for; an error otherwise. */
static bool may_commit(const cf__pg_conn *conn, cf_error *err)
{
    if (conn->failed.code)
        return cf_fail(err, conn->failed.code,
                       "an earlier statement of this transaction failed: %s", conn->failed.message);
    /* What was to be its first statement may have been the end of the connection. */
    return (!conn->lost && conn->pg && !cf__pg_is_stale(conn)) || cf__pg_lost(conn->pg, err);
}

static bool send_commit(cf__pg_conn *conn, cf_error *err)
{
    cf__outcome   out = { 0 };
    cf__pg_trip   t = { .out = &out };
    cf__pg_ending fate = cf__pg_trip_text(&t, conn, "COMMIT", err);

    if (fate == CF__PG_ARRIVED && strcmp(t.tag, "COMMIT") == 0)
        return true;
    if (fate == CF__PG_ARRIVED)
        return cf_fail(err, CF_EDB,
                       "the database rolled the transaction back instead of committing it");
    if (fate == CF__PG_REFUSED) {
        cf__pg_fail(conn->base.database->state, t.failed, (cf_str){ 0 }, &out, err);
        PQclear(t.failed);
        return false;
    }
    cf__pg_trip_close(&t);
    return cf_fail(err, CF_EUNAVAILABLE,
                   "the connection was lost during COMMIT: whether the transaction took place is "
                   "not known");
}

bool cf__pg_commit(cf__conn *base, cf_error *err)
{
    cf__pg_conn *conn = (cf__pg_conn *)base;
    cf_error     own = { 0 };

    err = err ? err : &own;
    if (!base->in_transaction)
        return cf_fail(err, CF_EUNAVAILABLE, "the transaction is over already");
    if (!may_commit(conn, err) || (!conn->begin_pending && !send_commit(conn, err)))
        return commit_failed(conn);
    cf__pg_give(conn);
    return true;
}

/* Does not wait: the next user of the connection takes the answer in. */
void cf__pg_rollback(cf__conn *base)
{
    cf__pg_conn *conn = (cf__pg_conn *)base;

    if (!conn->lost && !conn->begin_pending && !cf__pg_is_stale(conn) &&
        PQtransactionStatus(conn->pg) != PQTRANS_IDLE) {
        conn->owed++;
        conn->lost = !PQsendQueryParams(conn->pg, "ROLLBACK", 0, NULL, NULL, NULL, NULL, 0) ||
                     !PQpipelineSync(conn->pg);
    }
    cf__pg_give(conn);
}

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
