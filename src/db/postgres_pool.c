/* postgres_pool.c -- a process' own connections: few, shared out in the order they were asked for.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <carafe/log.h>

#include "db/postgres.h"
#include "net/loop.h"

/* Microseconds after which a connection that nobody used is closed. */
#define IDLE_US INT64_C(60000000)

typedef struct cf__pg_waiter {
    struct cf__pg_waiter *next;
    cf_fiber             *fiber;
    cf__pg_conn          *conn; /* Handed over. */
    bool                  woken;
} cf__pg_waiter;

/* ---- queueing ---- */

static void enqueue(cf__pg_state *state, cf__pg_waiter *waiter)
{
    if (state->last)
        state->last->next = waiter;
    else
        state->first = waiter;
    state->last = waiter;
}

static void leave_queue(cf__pg_state *state, const cf__pg_waiter *waiter)
{
    cf__pg_waiter *before = NULL, *at = state->first;

    while (at && at != waiter) {
        before = at;
        at = at->next;
    }
    if (!at)
        return;
    if (before)
        before->next = at->next;
    else
        state->first = at->next;
    if (state->last == at)
        state->last = before;
}

/* Lets the longest waiting look again, or hands it a connection. */
static bool wake_first(cf__pg_state *state, cf__pg_conn *conn)
{
    cf__pg_waiter *waiter = state->first;

    if (!waiter)
        return false;
    leave_queue(state, waiter);
    waiter->conn = conn;
    waiter->woken = true;
    cf_fiber_resume(waiter->fiber);
    return true;
}

void cf__pg_wake_all(cf__pg_state *state)
{
    while (wake_first(state, NULL))
        continue;
}

static bool wait_turn(cf__pg_state *state, int64_t until, cf__pg_conn **out, cf_error *err)
{
    cf__pg_waiter waiter = { .fiber = cf_fiber_current() };
    cf__wake      wake = CF__WOKEN;

    enqueue(state, &waiter);
    while (!waiter.woken && wake == CF__WOKEN)
        wake = cf__fiber_wait(until);
    *out = waiter.conn;
    if (waiter.woken)
        return true;
    leave_queue(state, &waiter);
    if (wake == CF__CANCELED || cf_monotonic_us() < until)
        return cf__wake_fail(wake, err);
    return cf_fail(err, CF_EUNAVAILABLE,
                   "all %lld database connections of this process are in use (pool=%lld in "
                   "DATABASE_URL)",
                   (long long)state->open, (long long)state->url.pool);
}

/* ---- connections ---- */

static cf__pg_conn *new_conn(cf__pg_state *state, PGconn *pg)
{
    cf__pg_conn *conn = cf_xcalloc(1, sizeof(*conn));

    conn->base.database = state->database;
    conn->pg = pg;
    conn->era = state->era;
    return conn;
}

static void close_conn(cf__pg_state *state, cf__pg_conn *conn)
{
    state->open--;
    PQfinish(conn->pg);
    cf__pg_cache_clear(&conn->cache);
    free(conn->bound.memory);
    free(conn);
}

bool cf__pg_is_stale(const cf__pg_conn *conn)
{
    const cf__pg_state *state = conn->base.database->state;

    return conn->era != state->era;
}

/* Whether an idle connection still is one: the server says goodbye before it closes. */
static bool is_alive(cf__pg_conn *conn)
{
    struct pollfd item = { .fd = PQsocket(conn->pg), .events = POLLIN };

    if (item.fd < 0)
        return false;
    if (poll(&item, 1, 0) <= 0)
        return true;
    return PQconsumeInput(conn->pg) && PQstatus(conn->pg) == CONNECTION_OK &&
           !(item.revents & (POLLERR | POLLHUP));
}

static cf__pg_conn *take_idle(cf__pg_state *state)
{
    cf__pg_conn *conn;

    while ((conn = state->idle) != NULL) {
        state->idle = conn->next;
        conn->next = NULL;
        if (is_alive(conn))
            return conn;
        close_conn(state, conn);
    }
    return NULL;
}

static cf__pg_conn *connect_one(cf__pg_state *state, cf_error *err)
{
    PGconn *pg;

    state->open++;
    state->connecting = true;
    pg = cf__pg_connect(state, err);
    state->connecting = false;
    if (pg) {
        if (state->open < state->url.pool)
            wake_first(state, NULL);
        return new_conn(state, pg);
    }
    state->open--;
    /* Who waits shall not wait for a server that is away. */
    cf__pg_wake_all(state);
    return NULL;
}

cf__pg_conn *cf__pg_take(cf__pg_state *state, bool wait, cf_error *err)
{
    int64_t      limit = state->database->options.busy_timeout;
    int64_t      until = cf_monotonic_us() + (limit > 0 ? limit : 0) * 1000;
    bool         fiber = cf_fiber_current() != NULL;
    cf__pg_conn *conn;

    cf__pg_check_fork(state);
    if (!cf_fiber_check(err))
        return NULL;
    for (bool first = true;; first = false) {
        /* Nobody overtakes those that wait, except who was just told to look again. */
        conn = first && state->first ? NULL : take_idle(state);
        if (conn)
            return conn;
        if (!cf__pg_may_connect(state, err))
            return NULL;
        if (!fiber || (!state->connecting && state->open < state->url.pool))
            return connect_one(state, err);
        if (!wait) {
            cf_fail(err, CF_EUNAVAILABLE, "no database connection is free");
            return NULL;
        }
        if (!wait_turn(state, until, &conn, err))
            return NULL;
        if (conn)
            return conn;
    }
}

void cf__pg_give(cf__pg_conn *conn)
{
    cf__pg_state *state = conn->base.database->state;
    int64_t       now = cf_monotonic_us();

    conn->base.in_transaction = conn->begin_pending = conn->schema = false;
    cf_error_clear(&conn->failed);
    if (conn->lost || conn->dirty || cf__pg_is_stale(conn) || state->open > state->url.pool) {
        if ((conn->lost || conn->owed) && !cf__pg_is_stale(conn)) {
            cf__pg_abandon(conn->pg);
            conn->pg = NULL;
        }
        close_conn(state, conn);
        wake_first(state, NULL);
        return;
    }
    conn->idle_since = now;
    if (wake_first(state, conn))
        return;
    conn->next = state->idle;
    state->idle = conn;
    for (cf__pg_conn **at = &conn->next; *at;) {
        cf__pg_conn *old = *at;

        if (now - old->idle_since > IDLE_US) {
            *at = old->next;
            close_conn(state, old);
        } else {
            at = &old->next;
        }
    }
}

bool cf__pg_renew(cf__pg_conn *conn, cf_error *err)
{
    cf__pg_state *state = conn->base.database->state;
    PGconn       *pg;

    if (!cf__pg_may_connect(state, err))
        return false;
    pg = cf__pg_connect(state, err);
    if (!pg)
        return false;
    cf__pg_abandon(conn->pg);
    cf__pg_cache_clear(&conn->cache);
    conn->pg = pg;
    conn->era = state->era;
    conn->owed = 0;
    conn->lost = conn->dirty = false;
    return true;
}

void cf__pg_close_idle(cf__pg_state *state)
{
    while (state->idle) {
        cf__pg_conn *conn = state->idle;

        state->idle = conn->next;
        close_conn(state, conn);
    }
}

/* ---- forks ---- */

static unsigned forks;

static void count_fork(void)
{
    forks++;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, count_fork);
}

/* The parent's connections, kept where a leak checker finds them. */
static cf__pg_conn *inherited;

void cf__pg_close_copy(PGconn *pg)
{
    if (PQsocket(pg) >= 0)
        close(PQsocket(pg));
}

static void disown(cf__pg_conn *conn)
{
    cf__pg_close_copy(conn->pg);
    conn->next = inherited;
    inherited = conn;
}

void cf__pg_check_fork(cf__pg_state *state)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_forks);
    if (state->forks == forks)
        return;
    state->forks = forks;
    while (state->idle) {
        cf__pg_conn *conn = state->idle;

        state->idle = conn->next;
        disown(conn);
    }
    cf__pg_batch_disown(state);
    state->open = 0;
    state->connecting = state->asking = false;
    state->connect = (cf_fiber_lock){ 0 };
    state->first = state->last = NULL;
    state->down_until = state->backoff = 0;
}
