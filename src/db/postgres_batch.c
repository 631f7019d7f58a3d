/* postgres_batch.c -- reads of all fibers over a few shared connections, sent together.
 *
 * A fiber puts its SELECT into a connection's buffer and waits. When all that were ready have run,
 * the buffer goes out with one sync, and the answers come back in the same order. Up to the sync
 * the server takes them for one transaction: when one fails it skips the rest, which are then sent
 * again, each with a sync of its own, so that only the one that failed fails. The same happens to
 * those on a connection that breaks: only statements that change nothing may come here. */
#include <stdio.h>
#include <stdlib.h>

#include "db/postgres_batch.h"

/* As many requests under way on every connection make it worth opening another. */
#define CROWDED 4
/* So many more go over a connection that has something to send anyhow, before another is asked: a
 * turn of the loop that sends on one connection costs less than one that sends on four. */
#define TOGETHER 16
/* Microseconds: a connection whose first request waits longer is avoided. */
#define SLOW INT64_C(20000)
/* How often a request is sent, and how often a connection may break when it was first. */
#define MAX_TRIES      8
#define MAX_SUSPICIONS 2

typedef struct waiting {
    struct waiting *next;
    cf_fiber       *fiber;
    bool            woken;
} waiting;

static struct cf__pg_readers *all;

/* ---- choosing a connection ---- */

static size_t load_of(const cf__pg_reader *r, int64_t now)
{
    size_t load = r->queries;

    if (r->first && r->first->sent && now - r->first->sent > SLOW)
        load += 1000;
    return load;
}

/* What it costs to put a request there. */
static size_t price_of(const cf__pg_reader *r, int64_t now)
{
    return load_of(r, now) + (r->unsynced ? 0 : TOGETHER);
}

static void wake_waiting(struct cf__pg_readers *readers)
{
    while (readers->waiting) {
        waiting *w = readers->waiting;

        readers->waiting = w->next;
        w->woken = true;
        cf_fiber_resume(w->fiber);
    }
}

static bool wait_for_reader(struct cf__pg_readers *readers, cf_error *err)
{
    waiting   self = { readers->waiting, cf_fiber_current(), false };
    waiting **at = &readers->waiting;
    cf__wake  wake = CF__WOKEN;

    readers->waiting = &self;
    while (!self.woken && wake == CF__WOKEN)
        wake = cf__fiber_wait(0);
    if (self.woken)
        return true;
    while (*at != &self)
        at = &(*at)->next;
    *at = self.next;
    return cf__wake_fail(wake, err);
}

static bool connect_reader(cf__pg_state *state, cf__pg_reader *r, cf_error *err)
{
    struct cf__pg_readers *readers = state->readers;
    PGconn                *pg;

    readers->connecting = true;
    pg = cf__pg_connect(state, err);
    readers->connecting = false;
    wake_waiting(readers);
    return pg && (cf__pg_reader_open(r, state, pg) ||
                  cf_fail(err, CF_EUNAVAILABLE, "the database's socket cannot be watched"));
}

/* Loses a connection on which the server should have said something long ago; one that is silent
 * makes somebody ask whether the server is still there. */
static void look_after(cf__pg_reader *r)
{
    int64_t timeout = r->state->url.statement_timeout, silence = cf_monotonic_us() - r->heard;

    if (!r->pg || !r->queries)
        return;
    if (timeout && silence > (timeout + CF__PG_GRACE) * 1000)
        cf__pg_reader_lose(r);
    else
        cf__pg_silent(r->state, r->heard);
}

/* The least loaded connection and one that is not open yet; either may be NULL. */
static void look(struct cf__pg_readers *readers, cf__pg_reader **best, cf__pg_reader **closed)
{
    int64_t now = cf__pg_now();

    *best = *closed = NULL;
    for (size_t i = 0; i < readers->count; i++) {
        cf__pg_reader *r = &readers->items[i];

        if (!r->pg)
            *closed = *closed ? *closed : r;
        else if (!*best || price_of(r, now) < price_of(*best, now))
            *best = r;
    }
}

/* The least loaded connection, or a new one when all are crowded. NULL with an error. */
static cf__pg_reader *choose(cf__pg_state *state, cf_error *err)
{
    struct cf__pg_readers *readers = state->readers;
    cf__pg_reader         *best, *closed;
    CF_NO_ERROR(unheard); /* Of a connection that would have been one more. */

    /* A fiber that may not wait must not go on trying to connect. */
    while (cf_fiber_check(err)) {
        look(readers, &best, &closed);
        if (best && (load_of(best, cf__pg_now()) < CROWDED || !closed || readers->connecting ||
                     !cf__pg_may_connect(state, NULL)))
            return best;
        if (!best && !cf__pg_may_connect(state, err))
            return NULL;
        if (readers->connecting) {
            if (!wait_for_reader(readers, err))
                return NULL;
        } else if (!connect_reader(state, closed, best ? &unheard : err) && !best) {
            return NULL;
        }
    }
    return NULL;
}

/* ---- giving up ---- */

/* Detaches a request that its fiber no longer waits for. If the server is at it, it is told to
 * leave it off. */
static void abandon(cf__pg_rider *rider)
{
    cf__pg_reader *r = rider->reader;

    if (r->first == rider->entry)
        cf__pg_cancel(r->pg);
    for (cf__pg_entry *at = r->first; at; at = at->next)
        if (at->rider == rider)
            at->rider = NULL;
    rider->entry = NULL;
}

/* One timer a connection will do: another of those who wait takes it over. */
static void pass_watch(cf__pg_reader *r)
{
    const cf__pg_entry *e = r->first;

    r->watcher = NULL;
    while (e && !e->rider)
        e = e->next;
    if (e)
        cf_fiber_resume(e->rider->fiber);
}

/* Waits for the answer; false when the fiber must not wait any longer. */
static bool await(cf__pg_rider *rider, cf_error *err)
{
    cf__pg_reader *r = rider->reader;
    bool           ok = true;

    while (ok && rider->standing == CF__PG_WAITING) {
        cf__wake wake;

        if (!r->watcher)
            r->watcher = rider;
        wake = cf__fiber_wait(r->watcher == rider ? cf_monotonic_us() + CF__PG_PULSE : 0);
        if (rider->standing != CF__PG_WAITING || wake == CF__WOKEN)
            continue;
        ok = cf_fiber_check(err);
        if (!ok)
            abandon(rider);
        else
            look_after(r);
    }
    if (r->watcher == rider)
        pass_watch(r);
    return ok;
}

/* ---- running ---- */

static struct cf__pg_readers *make_readers(cf__pg_state *state)
{
    struct cf__pg_readers *readers = cf_xcalloc(1, sizeof(*readers));

    readers->count = (size_t)state->url.readers;
    readers->items = cf_xcalloc(readers->count, sizeof(*readers->items));
    readers->next = all;
    all = readers;
    cf__loop_ends = cf__pg_batch_end_all;
    return readers;
}

/* One journey. */
static bool go(cf__pg_state *state, cf__pg_rider *rider, const cf__sql *sql,
               const cf__param *params, size_t count, bool alone, cf_error *err)
{
    cf__pg_reader *r = choose(state, err);

    if (!r)
        return false;
    /* Connecting may have told that a pooler is there. */
    if (state->pooled) {
        rider->standing = CF__PG_AGAIN;
        return true;
    }
    rider->standing = CF__PG_WAITING;
    PQclear(rider->result);
    rider->result = NULL;
    cf__pg_bind(&state->readers->bound, params, count);
    if (!cf__pg_reader_put(r, rider, sql, alone)) {
        cf__pg_reader_lose(r);
        rider->standing = CF__PG_BROKEN;
        return true;
    }
    return await(rider, err);
}

bool cf__pg_batch_run(cf__pg_state *state, const cf__sql *sql, const cf__param *params,
                      size_t count, cf__row_fn *row, void *data, cf__outcome *out, cf_error *err)
{
    cf__pg_rider rider = { .fiber = cf_fiber_current(), .row = row, .data = data };

    rider.out = out;
    rider.err = err;
    cf__pg_check_fork(state);
    if (!cf_fiber_check(err))
        return false;
    if (!state->readers)
        state->readers = make_readers(state);
    for (int i = 0; i < MAX_TRIES && rider.suspicions <= MAX_SUSPICIONS; i++) {
        if (!go(state, &rider, sql, params, count, i > 0, err)) {
            PQclear(rider.result);
            return false;
        }
        if (rider.handed)
            return rider.ok;
        if (rider.standing == CF__PG_DONE) {
            cf__pg_fail(state, rider.result, sql->text, out, err);
            PQclear(rider.result);
            return false;
        }
        if (state->pooled) {
            PQclear(rider.result);
            return cf__pg_read_alone(state, sql, params, count, row, data, out, err);
        }
    }
    PQclear(rider.result);
    return cf_fail(err, CF_EUNAVAILABLE, "the database's connections break: %s",
                   rider.suspicions ? "it is restarting, or this statement ends its process"
                                    : "the statement was not answered");
}

/* ---- the end ---- */

void cf__pg_batch_lose(cf__pg_state *state)
{
    for (size_t i = 0; state->readers && i < state->readers->count; i++)
        if (state->readers->items[i].pg)
            cf__pg_reader_lose(&state->readers->items[i]);
}

static bool is_idle(const struct cf__pg_readers *readers)
{
    for (size_t i = 0; i < readers->count; i++)
        for (const cf__pg_entry *e = readers->items[i].first; e; e = e->next)
            if (e->rider)
                return false;
    return !readers->connecting;
}

void cf__pg_batch_end(cf__pg_state *state)
{
    struct cf__pg_readers *readers = state->readers, **at = &all;

    if (!readers || !is_idle(readers))
        return;
    cf__pg_batch_lose(state);
    while (readers->spare) {
        cf__pg_entry *e = readers->spare;

        readers->spare = e->next;
        free(e);
    }
    while (*at != readers)
        at = &(*at)->next;
    *at = readers->next;
    free(readers->bound.memory);
    free(readers->items);
    free(readers);
    state->readers = NULL;
}

void cf__pg_batch_end_all(void)
{
    for (struct cf__pg_readers *readers = all; readers; readers = readers->next)
        for (size_t i = 0; i < readers->count; i++)
            if (readers->items[i].pg)
                cf__pg_reader_lose(&readers->items[i]);
}

/* Kept where a leak checker finds it. */
static struct cf__pg_readers *inherited;

void cf__pg_batch_disown(cf__pg_state *state)
{
    struct cf__pg_readers *readers = state->readers, **at = &all;

    if (!readers)
        return;
    while (*at && *at != readers)
        at = &(*at)->next;
    if (*at)
        *at = readers->next;
    for (size_t i = 0; i < readers->count; i++)
        if (readers->items[i].pg && PQsocket(readers->items[i].pg) >= 0)
            cf__pg_close_copy(readers->items[i].pg);
    readers->next = inherited;
    inherited = readers;
    cf__pg_reader_forget_all();
    state->readers = NULL;
}
