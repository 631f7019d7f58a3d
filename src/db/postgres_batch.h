/* postgres_batch.h -- shared reads: connections, what is under way on them, and who waits for it.
 */
#ifndef CARAFE_DB_POSTGRES_BATCH_H
#define CARAFE_DB_POSTGRES_BATCH_H

#include "db/postgres.h"
#include "net/loop.h"

typedef struct cf__pg_reader cf__pg_reader;
typedef struct cf__pg_entry  cf__pg_entry;

/* How a request stands. */
typedef enum cf__pg_standing {
    CF__PG_WAITING,
    CF__PG_DONE,   /* There is a result. */
    CF__PG_AGAIN,  /* Another's error kept the server from it. */
    CF__PG_BROKEN, /* The connection broke. */
} cf__pg_standing;

/* A fiber that waits for its rows; lies on its stack. */
typedef struct cf__pg_rider {
    cf_fiber       *fiber;
    cf__pg_entry   *entry; /* While it is under way. */
    cf__pg_reader  *reader;
    cf__row_fn     *row; /* Takes the rows as they come in, outside of the fiber. */
    void           *data;
    cf__outcome    *out;
    cf_error       *err;
    bool            handed, ok; /* It took them; all. */
    PGresult       *result;
    cf__pg_standing standing;
    int             suspicions; /* How often a connection broke while the server was at it. */
} cf__pg_rider;

typedef enum cf__pg_entry_kind {
    CF__PG_ENTRY_QUERY,
    CF__PG_ENTRY_PREPARE,
    CF__PG_ENTRY_FORGET,
    CF__PG_ENTRY_SYNC,
} cf__pg_entry_kind;

/* What was sent; answers come in the same order. */
struct cf__pg_entry {
    cf__pg_entry     *next;
    cf__pg_entry_kind kind;
    cf__pg_stmt      *stmt;
    cf__pg_rider     *rider; /* NULL: nobody waits any more. */
    PGresult         *result;
    bool              prepared; /* A query: sent by its statement's name; */
    int64_t           sent;     /* A query: when, in monotonic microseconds. */
};

struct cf__pg_reader {
    cf__pg_reader *next_dirty;
    cf__pg_state  *state;
    PGconn        *pg; /* NULL: not connected. */
    uv_poll_t     *poll;
    cf__pg_cache   cache;
    cf__pg_entry  *first, *last;
    size_t         queries;  /* Under way. */
    cf__pg_rider  *watcher;  /* Wakes now and then to see whether the server is still there. */
    bool           unsynced; /* Something was put in since the latest sync. */
    bool           listed;   /* Among those with something to send. */
    bool           writing;  /* The socket takes no more now. */
    int64_t heard; /* When the server said something last, or had nothing to say anything about. */
};

struct cf__pg_readers {
    struct cf__pg_readers *next; /* Of all in this process. */
    cf__pg_reader         *items;
    size_t                 count;
    bool                   connecting;
    cf__pg_bound           bound;
    cf__pg_entry          *spare;
    struct waiting        *waiting; /* For a first connection. */
};

/* When this turn of the loop began, in monotonic microseconds. */
static inline int64_t cf__pg_now(void)
{
    return (int64_t)uv_now(&cf__loop_get()->uv) * 1000;
}

/* Makes a connection of libpq's a reader; false when its socket cannot be watched. */
bool cf__pg_reader_open(cf__pg_reader *r, cf__pg_state *state, PGconn *pg);
/* Closes it; whoever waits on it is told CF__PG_BROKEN. */
void cf__pg_reader_lose(cf__pg_reader *r);
/* Puts a request into the buffer, which goes out when the turn of the loop ends; `alone`: between
 * syncs of its own. False: the connection is broken. */
bool cf__pg_reader_put(cf__pg_reader *r, cf__pg_rider *rider, const cf__sql *sql, bool alone);
/* In a child: what was to be sent is the parent's business. */
void cf__pg_reader_forget_all(void);

#endif
