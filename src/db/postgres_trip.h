/* postgres_trip.h -- statements that are sent together on a connection of one's own, and what comes
 * back.
 *
 *     cf__pg_trip t = { .row = row, … };
 *     fate = cf__pg_trip_start(&t, conn, err);
 *     if (fate == CF__PG_ARRIVED)
 *         fate = cf__pg_trip_put(&t, "BEGIN") && … ? cf__pg_trip_make(&t) : CF__PG_LOST; */
#ifndef CARAFE_DB_POSTGRES_TRIP_H
#define CARAFE_DB_POSTGRES_TRIP_H

#include "db/postgres.h"

/* Statements of one trip at most. */
#define CF__PG_STEPS 8

typedef enum cf__pg_step { CF__PG_STEP_FIXED, CF__PG_STEP_PREPARE, CF__PG_STEP_QUERY } cf__pg_step;

typedef enum cf__pg_ending {
    CF__PG_ARRIVED,  /* All of it went through. */
    CF__PG_REFUSED,  /* trip.failed says why; the connection is at rest. */
    CF__PG_HELD,     /* The receiver of the rows stopped, with its error. */
    CF__PG_LOST,     /* The connection broke. */
    CF__PG_GIVEN_UP, /* Canceled, or out of time, with an error. */
} cf__pg_ending;

typedef struct cf__pg_trip {
    cf__pg_conn   *conn;
    const cf__sql *sql; /* NULL: nothing but this engine's own texts. */
    cf__pg_stmt   *stmt;
    unsigned char  steps[CF__PG_STEPS];
    size_t         count;
    bool           by_name; /* The statement is a prepared one. */
    bool           single;  /* Rows come one by one. */
    bool           stopped; /* The receiver wants no more rows. */
    bool           unread;  /* Rows came that cannot be read: see cf__pg_learn(). */
    int64_t        until;   /* Monotonic microseconds; 0: no limit. */
    int64_t        heard;   /* When the server said something last, or the trip began. */
    PGresult      *failed;  /* The first error. */
    char           tag[24]; /* What the latest statement says it did. */
    cf__row_fn    *row;
    char          *data;
    size_t         stride, times; /* The query is run so often, each with its part of `data`. */
    size_t         done;          /* So many of them went through. */
    int64_t       *affected;      /* Rows that each changed; or NULL. */
    cf__outcome   *out;
    cf_error      *err;
} cf__pg_trip;

/* Takes a connection for the trip, and in what a rollback left to come. */
cf__pg_ending cf__pg_trip_start(cf__pg_trip *t, cf__pg_conn *conn, cf_error *err);
/* Puts a text of this engine's own. False: the connection is broken. */
bool cf__pg_trip_put(cf__pg_trip *t, const char *text);
/* Puts trip.stmt trip.times times with `count` parameters each, prepared from its second use on. */
bool cf__pg_trip_put_query(cf__pg_trip *t, const cf__param *params, size_t count);
/* Sends it all with one sync and takes in the answers, until the connection is at rest again. */
cf__pg_ending cf__pg_trip_make(cf__pg_trip *t);
/* Start, one text, and make. */
cf__pg_ending cf__pg_trip_text(cf__pg_trip *t, cf__pg_conn *conn, const char *text, cf_error *err);
/* Closes a connection that was lost or given up in the middle of a trip. */
void cf__pg_trip_close(cf__pg_trip *t);

#endif
