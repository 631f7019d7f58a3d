/* postgres_connect.c -- opening connections.
 *
 * libpq resolves names and shakes hands by blocking calls, so on a fiber that happens on the thread
 * pool, where it takes one thread and not more. The session's settings are made in one statement,
 * which also finds out whether a pooler such as PgBouncer stands between: then the server's process
 * is not the one that greeted us. */
#include <carafe/log.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/postgres.h"
#include "net/loop.h"

/* A failure that comes sooner, in microseconds, is worth another try, and so many. */
#define SOON      INT64_C(1000000)
#define MAX_TRIES 3
/* Milliseconds for a connection's first statements when connect_timeout sets no limit. */
#define NO_LIMIT 60000

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
    int64_t       until; /* For the first statements. */
    bool          pooled, healthy, silent;
} connecting;

static void no_notice(void *data, const PGresult *result)
{
    (void)data;
    (void)result;
}

static int64_t connect_timeout(const cf__pg_url *url)
{
    int64_t seconds = 0;

    for (size_t i = 0; url->keys[i]; i++)
        if (strcmp(url->keys[i], "connect_timeout") == 0)
            cf_str_to_i64(cf_str_of(url->values[i]), &seconds);
    return seconds > 0 ? seconds * 1000 : NO_LIMIT;
}

/* Takes in what has come; false once there is nothing to wait for any more. */
static bool wait_for_input(PGconn *pg, int64_t until)
{
    struct pollfd item = { .fd = PQsocket(pg), .events = POLLIN };
    int           rest = PQflush(pg);
    int64_t       left = (until - cf_monotonic_us()) / 1000;

    if (rest < 0 || left <= 0)
        return false;
    item.events |= rest > 0 ? POLLOUT : 0;
    return poll(&item, 1, (int)left) >= 0 && PQconsumeInput(pg);
}

/* Runs one statement of one row within the time left; NULL when it failed. */
static PGresult *ask(connecting *c, const char *text, const char *parameter)
{
    PGresult *result = NULL, *next;

    if (!PQsendQueryParams(c->pg, text, parameter != NULL, NULL, &parameter, NULL, NULL, 0))
        return NULL;
    for (;;) {
        while (PQisBusy(c->pg))
            if (!wait_for_input(c->pg, c->until)) {
                PQclear(result);
                return NULL;
            }
        next = PQgetResult(c->pg);
        if (!next)
            break;
        PQclear(result);
        result = next;
    }
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return result;
    PQclear(result);
    return NULL;
}

/* Settings of the session: through a pooler only those it keeps track of. By the server's
 * keepalives it notices, too, when we are cut off, and lets go of what we locked. */
static bool set_up(connecting *c)
{
    char      text[40];
    bool      ok;
    PGresult *result = ask(c,
                           "SELECT pg_backend_pid(), set_config('TimeZone', 'UTC', false), "
                           "set_config('DateStyle', 'ISO, YMD', false), "
                           "set_config('standard_conforming_strings', 'on', false)",
                           NULL);

    if (!result)
        return false;
    c->pooled = strtol(PQgetvalue(result, 0, 0), NULL, 10) != PQbackendPID(c->pg);
    PQclear(result);
    if (c->pooled)
        return true;
    snprintf(text, sizeof(text), "%lld", (long long)c->state->url.statement_timeout);
    result = ask(c,
                 "SELECT set_config('statement_timeout', $1, false), "
                 "set_config('bytea_output', 'hex', false), "
                 "set_config('IntervalStyle', 'postgres', false), "
                 "set_config('extra_float_digits', '1', false), "
                 "set_config('tcp_keepalives_idle', '30', false), "
                 "set_config('tcp_keepalives_interval', '10', false), "
                 "set_config('tcp_keepalives_count', '3', false)",
                 text);
    ok = result != NULL;
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
    c->until = cf_monotonic_us() + connect_timeout(&c->state->url) * 1000;
    if (PQsetnonblocking(c->pg, 1) == 0 && set_up(c))
        PQenterPipelineMode(c->pg);
    else
        c->silent = cf_monotonic_us() >= c->until;
}

/* On a thread of the pool, or the caller's. A server that was there a moment ago gets a second
 * chance: somebody may have ended just this connection. */
static void connect_now(void *data)
{
    connecting *c = data;
    int64_t     start = cf_monotonic_us();

    try_once(c);
    for (int i = 1; i < MAX_TRIES && !is_ready(c->pg) && c->healthy; i++)
        if (cf_monotonic_us() - start < SOON)
            try_once(c);
}

static PGconn *connected(cf__pg_state *state, const connecting *c)
{
    if (c->pooled && !state->pooled)
        cf_log(CF_INFO, "a connection pooler answers at %s: statements are not prepared%s",
               state->database->url,
               state->url.prepare == 1 ? ", unless prepare=1 in DATABASE_URL says so, as it does"
                                       : "");
    state->pooled = c->pooled;
    cf__pg_up(state);
    return c->pg;
}

static PGconn *not_connected(cf__pg_state *state, const connecting *c, cf_error *err)
{
    cf_str   message = cf_str_trim(cf_str_of(PQerrorMessage(c->pg)));
    cf_error error = { 0 };

    if (c->silent)
        message = CF_STR("it greets, and then does not answer");
    cf_fail(&error, CF_EUNAVAILABLE, "cannot connect to the database %s: %.*s",
            state->database->url, CF_STR_ARG(message));
    PQfinish(c->pg);
    cf__pg_down(state, &error);
    if (err)
        *err = error;
    return NULL;
}

PGconn *cf__pg_connect(cf__pg_state *state, cf_error *err)
{
    connecting c = { .state = state };
    PGconn    *pg = NULL;

    if (!cf_fiber_lock_take(&state->connect, err))
        return NULL;
    c.healthy = !state->backoff;
    /* While this one waited for its turn the server may have been found to be away. */
    if (!state->down_until || cf_monotonic_us() >= state->down_until) {
        if (cf_offload(connect_now, &c, err))
            pg = is_ready(c.pg) ? connected(state, &c) : not_connected(state, &c, err);
    } else if (err) {
        *err = state->down;
    }
    cf_fiber_lock_drop(&state->connect);
    return pg;
}
