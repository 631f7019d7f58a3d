/* postgres_connect.c -- opening connections, and giving up those that are in the middle of
 * something.
 *
 * libpq resolves names and shakes hands by blocking calls, so on a fiber that happens on the thread
 * pool. The session's settings are made in one statement, which also finds out whether a pooler
 * such as PgBouncer stands between: then the server's process is not the one that greeted us. */
#include <carafe/log.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/postgres.h"
#include "net/loop.h"

/* Microseconds: a failure that comes sooner is worth another try. */
#define SOON INT64_C(500000)

bool cf__pg_lost(PGconn *pg, cf_error *err)
{
    cf_str message = cf_str_trim(cf_str_of(pg ? PQerrorMessage(pg) : "")), line, rest;

    cf_str_cut(message, '\n', &line, &rest);
    return cf_fail(err, CF_EUNAVAILABLE, "the connection to the database was lost%s%.*s",
                   line.len ? ": " : "", CF_STR_ARG(line));
}

typedef struct connecting {
    cf__pg_state *state;
    PGconn       *pg;
    bool          pooled, healthy;
} connecting;

static void no_notice(void *data, const PGresult *result)
{
    (void)data;
    (void)result;
}

/* Settings of the session. Through a pooler only those it keeps track of. */
static bool set_up(connecting *c)
{
    static const char settings[] = "SELECT pg_backend_pid(), set_config('TimeZone', 'UTC', false), "
                                   "set_config('DateStyle', 'ISO, YMD', false), "
                                   "set_config('standard_conforming_strings', 'on', false)";
    char              text[200];
    const char       *timeout[1] = { text };
    PGresult         *result = PQexec(c->pg, settings);
    bool              ok = PQresultStatus(result) == PGRES_TUPLES_OK;

    if (ok)
        c->pooled = strtol(PQgetvalue(result, 0, 0), NULL, 10) != PQbackendPID(c->pg);
    PQclear(result);
    if (!ok || c->pooled)
        return ok;
    snprintf(text, sizeof(text), "%lld", (long long)c->state->url.statement_timeout);
    result = PQexecParams(c->pg,
                          "SELECT set_config('statement_timeout', $1, false), "
                          "set_config('bytea_output', 'hex', false), "
                          "set_config('IntervalStyle', 'postgres', false), "
                          "set_config('extra_float_digits', '1', false)",
                          1, NULL, timeout, NULL, NULL, 0);
    ok = PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    return ok;
}

static bool is_ready(const PGconn *pg)
{
    return PQstatus(pg) == CONNECTION_OK && PQpipelineStatus(pg) == PQ_PIPELINE_ON;
}

static void try_once(connecting *c)
{
    PQfinish(c->pg);
    c->pg = PQconnectdbParams(c->state->url.keys, c->state->url.values, 0);
    if (PQstatus(c->pg) != CONNECTION_OK)
        return;
    PQsetNoticeReceiver(c->pg, no_notice, NULL);
    if (set_up(c) && PQsetnonblocking(c->pg, 1) == 0)
        PQenterPipelineMode(c->pg);
}

/* On a thread of the pool, or the caller's. A server that was there a moment ago gets a second
 * chance: somebody may have ended just this connection. */
static void connect_now(void *data)
{
    connecting *c = data;
    int64_t     start = cf_monotonic_us();

    try_once(c);
    if (!is_ready(c->pg) && c->healthy && cf_monotonic_us() - start < SOON)
        try_once(c);
}

PGconn *cf__pg_connect(cf__pg_state *state, cf_error *err)
{
    connecting c = { .state = state, .healthy = !state->backoff };
    cf_error   error = { 0 };

    if (!cf_offload(connect_now, &c, err))
        return NULL;
    if (is_ready(c.pg)) {
        if (c.pooled && !state->pooled)
            cf_log(CF_INFO, "a connection pooler answers at %s: statements are not prepared%s",
                   state->database->url,
                   state->url.prepare == 1
                       ? ", unless prepare=1 in DATABASE_URL says so, as it does"
                       : "");
        state->pooled = c.pooled;
        cf__pg_up(state);
        return c.pg;
    }
    cf_fail(&error, CF_EUNAVAILABLE, "cannot connect to the database %s: %.*s",
            state->database->url, CF_STR_ARG(cf_str_trim(cf_str_of(PQerrorMessage(c.pg)))));
    PQfinish(c.pg);
    cf__pg_down(state, &error);
    if (err)
        *err = error;
    return NULL;
}

/* ---- giving up ---- */

typedef struct farewell {
    PGcancel *cancel;
    PGconn   *pg;
} farewell;

static void cancel_now(void *data)
{
    farewell *f = data;
    char      message[256];

    if (f->cancel)
        PQcancel(f->cancel, message, sizeof(message));
}

static void bid_farewell(void *data)
{
    farewell *f = data;

    cf_offload(cancel_now, f, NULL);
    PQfreeCancel(f->cancel);
    PQfinish(f->pg);
    free(f);
}

void cf__pg_abandon(PGconn *pg)
{
    cf__loop *loop = cf__loop_peek();
    farewell *f;

    if (!pg)
        return;
    if (PQstatus(pg) != CONNECTION_OK) {
        PQfinish(pg);
        return;
    }
    f = cf_xcalloc(1, sizeof(*f));
    f->pg = pg;
    f->cancel = PQgetCancel(pg);
    /* Canceling opens a connection of its own, which must not hold the loop up. */
    if (!loop || !loop->live || !cf_fiber_spawn("postgres cancel", bid_farewell, f, NULL))
        bid_farewell(f);
}
