/* sqlite_checkpoint.c -- copying the write-ahead log into the database, off the loop's thread.
 *
 * A checkpoint waits for the disk (ten milliseconds for 1,000 pages), which SQLite would do inside
 * the COMMIT that crosses the mark, and every request of the worker would wait with it. Here a
 * fiber has the thread pool do it on a connection of its own, and when the log grows faster than it
 * is copied, those who want to write sleep meanwhile. Where nobody else waits (a command) it is
 * done at once. */
#include <stdlib.h>

#include "db/sqlite.h"

/* Pages in the log after which it is copied; after which writers wait for that; and after which,
 * since long reads elsewhere seem to hold it up, it is tried after each commit as well. */
#define ENOUGH   1000
#define MANY     2000
#define TOO_MANY 10000
/* How often one checkpoint goes on to what was written while it ran. */
#define PASSES 3

/* Outlives the database when that is closed while a checkpoint runs. */
struct cf__sqlite_checkpoint {
    char *file;
    bool  running;
    bool  rest;     /* More was written than was copied. */
    bool  orphaned; /* The database is gone: whoever ends last frees this. */
};

static int count_pages(void *data, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    *(int *)data = pages;
    return SQLITE_OK;
}

void cf__sqlite_checkpoint_watch(cf__sqlite_conn *conn)
{
    /* This replaces SQLite's own checkpoints. */
    sqlite3_wal_hook(conn->db, count_pages, &conn->wal_pages);
}

static void copy_log(void *data)
{
    struct cf__sqlite_checkpoint *checkpoint = data;
    sqlite3                      *db = NULL;
    int                           pages = 0, copied = 0;

    /* A connection knows of the log once it has read. What fails here is tried again after the next
     * commit. */
    if (sqlite3_open_v2(checkpoint->file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) == SQLITE_OK)
        sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
    sqlite3_close(db);
    checkpoint->rest = copied < pages;
}

static void free_checkpoint(struct cf__sqlite_checkpoint *checkpoint)
{
    free(checkpoint->file);
    free(checkpoint);
}

static void run_checkpoint(void *data)
{
    struct cf__sqlite_checkpoint *checkpoint = data;

    for (int i = 0; i < PASSES && (i == 0 || checkpoint->rest) && !checkpoint->orphaned; i++)
        if (!cf_offload(copy_log, checkpoint, NULL))
            break;
    checkpoint->running = false;
    if (checkpoint->orphaned)
        free_checkpoint(checkpoint);
}

static struct cf__sqlite_checkpoint *get(cf__sqlite_state *state)
{
    if (!state->checkpoint) {
        state->checkpoint = cf_xcalloc(1, sizeof(*state->checkpoint));
        state->checkpoint->file = cf_xstrdup(state->url.file);
    }
    return state->checkpoint;
}

void cf__sqlite_checkpoint(cf__sqlite_state *state)
{
    struct cf__sqlite_checkpoint *checkpoint;

    if (state->writer->wal_pages < ENOUGH)
        return;
    checkpoint = get(state);
    if (checkpoint->running && state->writer->wal_pages < TOO_MANY)
        return;
    if (!checkpoint->running && state->writer->wal_pages < TOO_MANY && cf_fiber_current() &&
        cf_fiber_spawn("checkpoint", run_checkpoint, checkpoint, NULL)) {
        checkpoint->running = true;
        return;
    }
    sqlite3_wal_checkpoint_v2(state->writer->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

bool cf__sqlite_checkpoint_waits(const cf__sqlite_state *state)
{
    return state->checkpoint && state->checkpoint->running && state->writer->wal_pages >= MANY &&
           cf_fiber_current();
}

void cf__sqlite_checkpoint_end(cf__sqlite_state *state)
{
    if (!state->checkpoint)
        return;
    if (state->checkpoint->running)
        state->checkpoint->orphaned = true;
    else
        free_checkpoint(state->checkpoint);
    state->checkpoint = NULL;
}
