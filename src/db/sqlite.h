/* sqlite.h -- what the files of the SQLite engine share. */
#ifndef CARAFE_DB_SQLITE_H
#define CARAFE_DB_SQLITE_H

#include <sqlite3.h>

#include <carafe/fiber.h>

#include "db/engine.h"

/* Prepared statements a connection keeps. */
#define CF__SQLITE_STATEMENTS 256

/* A prepared statement in its connection's cache: a hash chain and a list by latest use. */
typedef struct cf__sqlite_stmt {
    struct cf__sqlite_stmt *chain, *newer, *older;
    sqlite3_stmt           *handle;
    char                   *text;
    size_t                  len;
    uint64_t                hash;
    int                     params;
    bool                    read_only;
    bool                    running;
} cf__sqlite_stmt;

typedef struct cf__sqlite_conn {
    cf__conn         base; /* First. */
    sqlite3         *db;
    const char      *file; /* NULL: memory. */
    cf__sqlite_stmt *table[CF__SQLITE_STATEMENTS];
    cf__sqlite_stmt *newest, *oldest;
    size_t           count;
    bool             reading;   /* Inside a transaction that only reads. */
    bool             schema;    /* The transaction changes tables: keys are checked at its end. */
    int              wal_pages; /* In the log after the latest commit. */
} cf__sqlite_conn;

/* One a database and process. */
typedef struct cf__sqlite_state {
    cf__sqlite_url                url;
    cf__sqlite_conn              *reader, *writer; /* The same for a database in memory. */
    cf_db                        *reading; /* The session whose reads share the open transaction. */
    struct cf__sqlite_state      *next_reading;
    cf_fiber_lock                 lock;  /* Held by whoever has the writing transaction. */
    unsigned                      forks; /* cf__sqlite_forks when the connections were opened. */
    struct cf__sqlite_checkpoint *checkpoint;
} cf__sqlite_state;

/* The latest failure of a connection as an error; returns false. */
bool cf__sqlite_fail(sqlite3 *db, const char *file, cf__outcome *out, cf_error *err);

/* Opens and sets up a connection; NULL with an error. */
cf__sqlite_conn *cf__sqlite_connect(cf_database *database, const cf__sqlite_url *url,
                                    cf_error *err);
void             cf__sqlite_close(cf__sqlite_conn *conn);

/* The prepared statement of a text, from the cache; NULL with an error. */
cf__sqlite_stmt *cf__sqlite_prepare(cf__sqlite_conn *conn, const cf__sql *sql, cf_error *err);

/* Runs a fixed text without parameters, such as "COMMIT". */
bool cf__sqlite_exec(cf__sqlite_conn *conn, const char *text, cf_error *err);

/* Statements with parameters and rows, and several at once; see cf__engine. */
bool cf__sqlite_run(cf__conn *base, const cf__sql *sql, const cf__param *params, size_t count,
                    cf__row_fn *row, void *data, cf__outcome *out, cf_error *err);
bool cf__sqlite_script(cf__conn *base, cf_str text, cf_error *err);
bool cf__sqlite_columns(cf_arena *arena, cf__conn *base, const char *table, cf__live_column **out,
                        size_t *count, cf_error *err);

/* Defines cf_like() and cf_ilike(), the LIKE that minds case and the one that folds it. */
bool cf__sqlite_functions(sqlite3 *db);

/* Counts the pages of the log; copies it when there are enough, after a commit; and lets go of what
 * that needs. */
void cf__sqlite_checkpoint_watch(cf__sqlite_conn *conn);
void cf__sqlite_checkpoint(cf__sqlite_state *state);
/* Whether a writer should wait for a running copy. */
bool cf__sqlite_checkpoint_waits(const cf__sqlite_state *state);
void cf__sqlite_checkpoint_end(cf__sqlite_state *state);

extern const cf__dialect cf__dialect_sqlite;

#endif
