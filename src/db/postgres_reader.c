/* postgres_reader.c -- a connection that many fibers read over: what goes out, what comes back.
 *
 * Requests are put into libpq's buffer, which goes out with one sync when the turn of the loop
 * ends. The answers come in the order of the entries. */
#include <stdio.h>
#include <stdlib.h>

#include "db/postgres_batch.h"

static cf__pg_reader *dirty; /* With something to send. */

static void on_ready(uv_poll_t *poll, int failed, int events);

/* ---- entries ---- */

static cf__pg_entry *add_entry(cf__pg_reader *r, cf__pg_entry_kind kind, cf__pg_stmt *stmt,
                               cf__pg_rider *rider)
{
    struct cf__pg_readers *readers = r->state->readers;
    cf__pg_entry          *e = readers->spare;

    if (e)
        readers->spare = e->next;
    else
        e = cf_xmalloc(sizeof(*e));
    *e = (cf__pg_entry){ .kind = kind, .stmt = stmt, .rider = rider };
    if (stmt)
        stmt->pins++;
    if (r->last)
        r->last->next = e;
    else
        r->first = e;
    r->last = e;
    if (kind == CF__PG_ENTRY_QUERY && r->queries++ == 0) {
        uv_ref((uv_handle_t *)r->poll);
        r->heard = cf__pg_now();
    }
    return e;
}

static void drop_entry(cf__pg_reader *r)
{
    cf__pg_entry *e = r->first;

    r->first = e->next;
    if (!r->first)
        r->last = NULL;
    if (e->stmt)
        e->stmt->pins--;
    if (e->kind == CF__PG_ENTRY_QUERY && --r->queries == 0 && r->poll)
        uv_unref((uv_handle_t *)r->poll);
    PQclear(e->result);
    e->next = r->state->readers->spare;
    r->state->readers->spare = e;
}

static void answer(cf__pg_entry *e, cf__pg_standing standing, PGresult *result)
{
    cf__pg_rider *rider = e->rider;

    if (!rider) {
        PQclear(result);
        return;
    }
    e->rider = NULL;
    rider->entry = NULL;
    rider->standing = standing;
    PQclear(rider->result);
    rider->result = result;
    /* While the result is in the cache, and so that libpq can use its memory for the next. */
    if (standing == CF__PG_DONE && PQresultStatus(result) == PGRES_TUPLES_OK) {
        rider->handed = true;
        rider->ok = cf__pg_rows(result, e->prepared ? e->stmt->shape : NULL, rider->row,
                                rider->data, rider->out, rider->err);
        PQclear(result);
        rider->result = NULL;
    }
    cf_fiber_resume(rider->fiber);
}

/* ---- the connection ---- */

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

static void close_reader(cf__pg_reader *r)
{
    cf__pg_reader **at = &dirty;

    while (*at && *at != r)
        at = &(*at)->next_dirty;
    if (*at)
        *at = r->next_dirty;
    if (r->poll) {
        uv_poll_stop(r->poll);
        uv_close((uv_handle_t *)r->poll, free_poll);
    }
    r->poll = NULL;
    PQfinish(r->pg);
    r->pg = NULL;
    r->next_dirty = NULL;
    r->unsynced = r->listed = r->writing = false;
}

/* The connection broke: all that are under way go over another. */
void cf__pg_reader_lose(cf__pg_reader *r)
{
    close_reader(r);
    for (cf__pg_entry *e = r->first; e; e = e->next)
        if (e->kind == CF__PG_ENTRY_QUERY) {
            if (e->rider)
                e->rider->suspicions++;
            break;
        }
    while (r->first) {
        if (r->first->kind == CF__PG_ENTRY_QUERY)
            answer(r->first, CF__PG_BROKEN, NULL);
        drop_entry(r);
    }
    cf__pg_cache_clear(&r->cache);
}

static void watch(cf__pg_reader *r)
{
    uv_poll_start(r->poll, r->writing ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_ready);
}

static bool flush(cf__pg_reader *r)
{
    int  rest = PQflush(r->pg);
    bool writing = rest > 0;

    if (rest < 0)
        return false;
    if (writing != r->writing) {
        r->writing = writing;
        watch(r);
    }
    return true;
}

static bool sync_reader(cf__pg_reader *r)
{
    r->unsynced = false;
    if (!PQpipelineSync(r->pg))
        return false;
    add_entry(r, CF__PG_ENTRY_SYNC, NULL, NULL);
    return flush(r);
}

/* All fibers of this turn have run: what they asked for goes out. */
static void turn_ended(void)
{
    while (dirty) {
        cf__pg_reader *r = dirty;

        dirty = r->next_dirty;
        r->next_dirty = NULL;
        r->listed = false;
        if (r->pg && r->unsynced && !sync_reader(r))
            cf__pg_reader_lose(r);
    }
}

static void mark_dirty(cf__pg_reader *r)
{
    r->unsynced = true;
    if (r->listed)
        return;
    r->listed = true;
    r->next_dirty = dirty;
    dirty = r;
}

/* ---- answers ---- */

static bool took_too_long(const cf__pg_reader *r, const cf__pg_entry *e)
{
    int64_t timeout = r->state->url.statement_timeout;

    return timeout && cf__pg_now() - e->sent >= timeout * 1000;
}

/* What becomes of a request whose statement was answered. */
static cf__pg_standing judge(cf__pg_reader *r, const cf__pg_entry *e)
{
    ExecStatusType got = PQresultStatus(e->result);

    /* libpq's own error, not the server's. */
    if (!e->result ||
        (got == PGRES_FATAL_ERROR && !PQresultErrorField(e->result, PG_DIAG_SQLSTATE)))
        return CF__PG_BROKEN;
    if (got == PGRES_PIPELINE_ABORTED)
        return e->rider && e->rider->result ? CF__PG_DONE : CF__PG_AGAIN;
    if (got == PGRES_TUPLES_OK)
        return !e->prepared || cf__pg_learn(e->stmt, e->result) ? CF__PG_DONE : CF__PG_AGAIN;
    if (got != PGRES_FATAL_ERROR)
        return CF__PG_BROKEN;
    if (e->prepared && cf__pg_unprepare(e->stmt, e->result, r->state->pooled))
        return CF__PG_AGAIN;
    /* The cancellation was for another, unless it took too long. */
    if (cf__pg_is(e->result, "57014") && cf__pg_cancels() && !took_too_long(r, e))
        return CF__PG_AGAIN;
    return cf__pg_is(e->result, "57P") ? CF__PG_BROKEN : CF__PG_DONE;
}

static void finish_entry(cf__pg_reader *r)
{
    cf__pg_entry   *e = r->first;
    PGresult       *result = e->result;
    cf__pg_standing standing;

    if (e->kind == CF__PG_ENTRY_PREPARE && PQresultStatus(result) != PGRES_COMMAND_OK) {
        e->stmt->prepared = e->stmt->binary = false;
        /* The error belongs to whoever asked for it; the statement itself will be skipped. */
        if (e->rider && PQresultStatus(result) == PGRES_FATAL_ERROR && !cf__pg_is(result, "57P") &&
            PQresultErrorField(result, PG_DIAG_SQLSTATE)) {
            PQclear(e->rider->result);
            e->rider->result = result;
            e->result = NULL;
        }
    }
    if (e->kind == CF__PG_ENTRY_QUERY) {
        standing = judge(r, e);
        if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED && standing == CF__PG_DONE) {
            /* Its preparation said why. */
            result = e->rider->result;
            e->rider->result = NULL;
        } else {
            e->result = NULL;
        }
        answer(e, standing, result);
    }
    drop_entry(r);
}

static void take_answers(cf__pg_reader *r)
{
    /* Once the connection is lost, libpq has forgotten what it asked for, and makes something else
     * of the answers it still holds. */
    while (r->pg && r->first && !PQisBusy(r->pg) && PQstatus(r->pg) == CONNECTION_OK) {
        PGresult *result = PQgetResult(r->pg);

        bool sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;

        /* Out of step: whose answers come is not known any more. */
        if (sync != (r->first->kind == CF__PG_ENTRY_SYNC)) {
            PQclear(result);
            cf__pg_reader_lose(r);
            return;
        }
        if (sync) {
            PQclear(result);
            drop_entry(r);
        } else if (!result) {
            finish_entry(r);
        } else if (r->first->result) {
            PQclear(result);
        } else {
            r->first->result = result;
        }
    }
}

static void on_ready(uv_poll_t *poll, int failed, int events)
{
    cf__pg_reader *r = poll->data;
    bool           sound = failed == 0;

    r->heard = r->state->heard = cf__pg_now();
    if (sound && (events & UV_READABLE))
        sound = PQconsumeInput(r->pg) == 1;
    take_answers(r);
    if (!r->pg)
        return;
    /* Only what a sync ended: half a batch is worth no message. */
    if (!sound || PQstatus(r->pg) != CONNECTION_OK || (r->writing && !flush(r)))
        cf__pg_reader_lose(r);
}

/* ---- sending ---- */

static bool forget_evicted(cf__pg_reader *r, cf__pg_stmt *evicted)
{
    char text[80];
    bool ok = true;

    if (evicted && evicted->prepared) {
        snprintf(text, sizeof(text), "DEALLOCATE %s", evicted->name);
        ok = PQsendQueryParams(r->pg, text, 0, NULL, NULL, NULL, NULL, 0) == 1;
        if (ok)
            add_entry(r, CF__PG_ENTRY_FORGET, NULL, NULL);
    }
    cf__pg_stmt_free(evicted);
    return ok;
}

static bool send_query(cf__pg_reader *r, cf__pg_rider *rider, cf__pg_stmt *stmt)
{
    const cf__pg_bound *b = &r->state->readers->bound;

    if (++stmt->uses > 1 && !stmt->prepared && !stmt->unnamed && cf__pg_prepares(r->state)) {
        cf__pg_name(stmt);
        if (!PQsendPrepare(r->pg, stmt->name, stmt->converted, 0, NULL))
            return false;
        add_entry(r, CF__PG_ENTRY_PREPARE, stmt, rider);
        stmt->prepared = true;
    }
    if (stmt->prepared ? !PQsendQueryPrepared(r->pg, stmt->name, b->count, b->values, b->lengths,
                                              b->formats, stmt->binary)
                       : !PQsendQueryParams(r->pg, stmt->converted, b->count, NULL, b->values,
                                            b->lengths, b->formats, 0))
        return false;
    rider->entry = add_entry(r, CF__PG_ENTRY_QUERY, stmt, rider);
    rider->entry->prepared = stmt->prepared;
    rider->entry->sent = cf__pg_now();
    return true;
}

/* Puts a request into a connection's buffer; `alone`: between syncs of its own. */
bool cf__pg_reader_put(cf__pg_reader *r, cf__pg_rider *rider, const cf__sql *sql, bool alone)
{
    cf__pg_stmt *evicted, *stmt;

    if (alone && r->unsynced && !sync_reader(r))
        return false;
    stmt = cf__pg_stmt_of(&r->cache, sql, &evicted);
    mark_dirty(r);
    rider->reader = r;
    return forget_evicted(r, evicted) && send_query(r, rider, stmt) && (!alone || sync_reader(r));
}

/* ---- opening ---- */

bool cf__pg_reader_open(cf__pg_reader *r, cf__pg_state *state, PGconn *pg)
{
    r->state = state;
    r->pg = pg;
    r->poll = cf_xcalloc(1, sizeof(*r->poll));
    r->poll->data = r;
    cf__turn_ended = turn_ended;
    if (uv_poll_init(&cf__loop_get()->uv, r->poll, PQsocket(pg)) == 0) {
        watch(r);
        uv_unref((uv_handle_t *)r->poll);
        return true;
    }
    free(r->poll);
    r->poll = NULL;
    close_reader(r);
    return false;
}

void cf__pg_reader_forget_all(void)
{
    for (; dirty; dirty = dirty->next_dirty)
        dirty->listed = false;
}
