/* postgres.h -- what the files of the PostgreSQL engine share. */
#ifndef CARAFE_DB_POSTGRES_H
#define CARAFE_DB_POSTGRES_H

#include <libpq-fe.h>

#include <carafe/fiber.h>

#include "db/engine.h"

/* Statements a connection remembers. */
#define CF__PG_STATEMENTS 256
/* Statements that were found to write although they look as if they read. */
#define CF__PG_WRITES 64
/* Milliseconds that we wait longer than the server's own limit before we give a connection up. */
#define CF__PG_GRACE 3000
/* Microseconds after which who waits for an answer looks whether the server is still there. */
#define CF__PG_PULSE INT64_C(1000000)

typedef struct cf__pg_state cf__pg_state;

/* What a postgresql URL says: libpq's own words, and ours. */
typedef struct cf__pg_url {
    const char **keys, **values;    /* For PQconnectdbParams(); end with NULL. */
    int64_t      pool;              /* Connections of a process for writes and raw SQL. */
    int64_t      readers;           /* Connections that the reads of all fibers share. */
    int64_t      statement_timeout; /* Milliseconds; 0: none. */
    int          prepare;           /* 0: never; 1: always; -1: unless a pooler is between. */
} cf__pg_url;
bool cf__pg_url_parse(cf_arena *arena, cf_str url, cf__pg_url *out, cf_error *err);

/* ---- texts (postgres_text.c) ---- */

/* The length of the token at `at`: a quoted string or name, a comment, a number or word, or one
 * character. At least 1 and never past `end`. */
size_t cf__pg_token(const char *at, const char *end);
/* The length of white space and comments at `at`. */
size_t cf__pg_blank(const char *at, const char *end);
/* Writes a text with '?' as $1, $2 … ("??" as "?") and returns how many parameters it has. */
size_t cf__pg_convert(cf_str text, cf_buf *out);
/* The length of the first statement of a script, without its semicolon. */
size_t cf__pg_split(cf_str script);
/* Whether a raw statement may be tried as one that only reads. */
bool cf__pg_looks_read_only(cf_str text);
/* Whether a SELECT that the query layer built has no LIMIT. */
bool cf__pg_lacks_limit(cf_str text);

/* ---- statements (postgres_statement.c) ---- */

/* A statement in its connection's cache: a hash chain and a list by latest use. */
typedef struct cf__pg_stmt {
    struct cf__pg_stmt  *chain, *newer, *older;
    char                *text, *converted;
    size_t               len;
    uint64_t             hash;
    size_t               params;
    unsigned             uses;
    unsigned             pins; /* Requests under way that use it. */
    bool                 prepared;
    bool                 read;           /* A SELECT that the query layer wrote. */
    bool                 binary;         /* Prepared, it gives only types of a binary form. */
    struct cf__pg_shape *shape;          /* Of its latest result; NULL before one. */
    bool                 unnamed;        /* It is not to be prepared. */
    bool                 several, empty; /* Not one statement. */
    char                 name[48];
} cf__pg_stmt;

typedef struct cf__pg_cache {
    cf__pg_stmt *table[CF__PG_STATEMENTS];
    cf__pg_stmt *newest, *oldest;
    size_t       count;
} cf__pg_cache;

/* The entry of a text, made if need be. *evicted receives one that was dropped for it and that the
 * server may still have prepared: the caller deallocates it there, then frees it. */
cf__pg_stmt *cf__pg_stmt_of(cf__pg_cache *cache, const cf__sql *sql, cf__pg_stmt **evicted);
void         cf__pg_stmt_free(cf__pg_stmt *stmt);
void         cf__pg_cache_clear(cf__pg_cache *cache);
/* Gives a statement a name to be prepared under. */
void cf__pg_name(cf__pg_stmt *stmt);

/* Parameters in libpq's form. */
typedef struct cf__pg_bound {
    const char **values;
    int         *lengths, *formats;
    int          count;
    void        *memory;
    size_t       size;
} cf__pg_bound;
void cf__pg_bind(cf__pg_bound *bound, const cf__param *params, size_t count);

/* ---- results (postgres_cell.c) ---- */

/* Memory for what has to be made of a row's cells. */
typedef struct cf__pg_scratch {
    size_t used;
    void  *blocks; /* What found no room: a list, each begins with the next. */
    char   room[200];
} cf__pg_scratch;
void cf__pg_scratch_reset(cf__pg_scratch *scratch);
/* A cell of a type as text or in binary form; what is malformed becomes a text that says so. */
void cf__pg_read_text(cf__pg_scratch *scratch, Oid type, cf_str text, cf__datum *out);
void cf__pg_read_binary(cf__pg_scratch *scratch, Oid type, cf_str bytes, cf__datum *out);
/* Columns of a result whose types are remembered. */
#define CF__PG_KNOWN 64
/* How the columns of a result are read. */
typedef struct cf__pg_shape {
    int           columns; /* 0: nothing is known yet. */
    bool          binary;  /* Its cells are bytes, not texts. */
    bool          legible; /* All of its types have a binary form that is read. */
    Oid           types[CF__PG_KNOWN];
    unsigned char forms[CF__PG_KNOWN];
} cf__pg_shape;

/* Takes in from a prepared statement's result whether its rows can be had in binary form. False:
 * these came so and cannot be read, for a column's type has changed; the statement is to be run
 * again. Behind a pooler the server says nothing of such a change. */
bool cf__pg_learn(cf__pg_stmt *stmt, const PGresult *result);
/* Whether a result says that its statement is not prepared, or not for tables as they are. The
 * statement may then be run again, outside of a transaction. */
bool cf__pg_unprepare(cf__pg_stmt *stmt, const PGresult *result, bool pooled);
/* Hands a result's rows out; false when the receiver stopped. `shape`: the result's, or NULL. */
bool cf__pg_rows(PGresult *result, const cf__pg_shape *shape, cf__row_fn *row, void *data,
                 cf__outcome *out, cf_error *err);
/* How many rows a finished statement changed. */
int64_t cf__pg_affected(const PGresult *result);

/* ---- connections (postgres_connect.c, postgres_pool.c) ---- */

typedef struct cf__pg_conn {
    cf__conn            base; /* First. */
    struct cf__pg_conn *next; /* In the pool. */
    PGconn             *pg;   /* NULL: closed. */
    cf__pg_cache        cache;
    cf__pg_bound        bound;
    int64_t             idle_since;
    unsigned            era;           /* See cf__pg_is_stale(). */
    int                 owed;          /* Results of a rollback that nobody waited for. */
    bool                begin_pending; /* BEGIN goes out with the first statement. */
    bool                schema;        /* The transaction changes tables: no time limit. */
    bool                dirty;         /* Its settings were changed: closed when given back. */
    bool                lost;          /* Broken, or given up in the middle of something. */
    cf_error            failed;        /* What aborted the transaction; CF_OK when nothing did. */
} cf__pg_conn;

/* Opens a connection, off the loop's thread when on a fiber, one at a time; NULL with
 * CF_EUNAVAILABLE. */
PGconn *cf__pg_connect(cf__pg_state *state, cf_error *err);

/* One a database and process. */
struct cf__pg_state {
    cf_database           *database;
    cf__pg_url             url;
    cf__conn               front; /* Stands for "a read on whatever connection". */
    unsigned               forks; /* When the connections were opened. */
    cf__pg_conn           *idle;  /* Latest first. */
    int64_t                open;  /* Connections that exist or are being made. */
    bool                   connecting;
    struct cf__pg_waiter  *first, *last; /* Who waits for one, in their order. */
    int64_t                down_until;   /* Monotonic microseconds: no attempt before. */
    int64_t                backoff;      /* Milliseconds; 0: the server is there. */
    cf_error               down;         /* Why. */
    int64_t                heard;   /* When the server said something last, on any connection. */
    unsigned               era;     /* How often all connections were given up. */
    bool                   asking;  /* For a sign of life. */
    cf_fiber_lock          connect; /* Held while a connection is being made. */
    bool                   pooled;  /* A pooler answers: no prepared statements. */
    uint64_t               writes[CF__PG_WRITES];
    struct cf__pg_rule    *rules; /* Constraints looked up. */
    struct cf__pg_readers *readers;
};

/* A connection for this caller alone. `wait`: whether to queue for one. NULL with CF_EUNAVAILABLE,
 * CF_ECANCELED or CF_ETIMEOUT. */
cf__pg_conn *cf__pg_take(cf__pg_state *state, bool wait, cf_error *err);
void         cf__pg_give(cf__pg_conn *conn);
/* Puts a fresh connection in the place of a lost one. */
bool cf__pg_renew(cf__pg_conn *conn, cf_error *err);
void cf__pg_close_idle(cf__pg_state *state);
/* Closes a child's copy of a connection's descriptor, which says nothing to the server. */
void cf__pg_close_copy(PGconn *pg);
/* Forgets connections of before a fork. */
void cf__pg_check_fork(cf__pg_state *state);
/* Makes everybody who waits for a connection look again. */
void cf__pg_wake_all(cf__pg_state *state);
/* Whether a connection is of before the server fell silent, and must not be used any more. */
bool cf__pg_is_stale(const cf__pg_conn *conn);

/* ---- is the server there? (postgres_alive.c) ---- */

/* Says that the server was reached, or was not. */
void cf__pg_up(cf__pg_state *state);
void cf__pg_down(cf__pg_state *state, const cf_error *error);
/* False, with the error, while the server was just found to be away. */
bool cf__pg_may_connect(const cf__pg_state *state, cf_error *err);
/* Says that somebody waits for an answer on a connection that has been silent since then. */
void cf__pg_silent(cf__pg_state *state, int64_t since);

/* ---- giving up (postgres_cancel.c) ---- */

/* Has the statement canceled that a connection is at. Does not wait. */
void cf__pg_cancel(PGconn *pg);
/* Closes a connection that may be in the middle of a statement, which is canceled. */
void cf__pg_abandon(PGconn *pg);
/* Whether a cancellation of this process may still hit whatever the server does next. */
bool cf__pg_cancels(void);

/* ---- transactions, texts (postgres_transaction.c, postgres_script.c) ---- */

cf__conn *cf__pg_begin(cf_database *database, bool schema, cf_error *err);
bool      cf__pg_commit(cf__conn *base, cf_error *err);
void      cf__pg_rollback(cf__conn *base);
/* Runs a fixed text. */
bool cf__pg_exec(cf__pg_conn *conn, const char *text, cf_error *err);
bool cf__pg_script(cf__conn *base, cf_str text, cf_error *err);

/* ---- running (postgres_run.c) ---- */

bool cf__pg_run(cf__conn *base, const cf__sql *sql, const cf__param *params, size_t count,
                cf__row_fn *row, void *data, cf__outcome *out, cf_error *err);
bool cf__pg_run_many(cf__conn *base, const cf__sql *sql, const cf__many *many, size_t *done,
                     cf__outcome *out, cf_error *err);
bool cf__pg_columns(cf_arena *arena, cf__conn *base, const char *table, cf__live_column **out,
                    size_t *count, cf_error *err);
bool cf__pg_key_taken(cf__conn *base, const char *table, const char *key, cf_error *err);

/* Runs a read on a connection of its own, again if that breaks. */
bool cf__pg_read_alone(cf__pg_state *state, const cf__sql *sql, const cf__param *params,
                       size_t count, cf__row_fn *row, void *data, cf__outcome *out, cf_error *err);
/* Whether statements are prepared. */
bool cf__pg_prepares(const cf__pg_state *state);

/* ---- shared reads (postgres_batch.c) ---- */

/* Runs a SELECT that changes nothing together with those of other fibers. Only on a fiber. */
bool cf__pg_batch_run(cf__pg_state *state, const cf__sql *sql, const cf__param *params,
                      size_t count, cf__row_fn *row, void *data, cf__outcome *out, cf_error *err);
/* Gives the shared connections up: who waits on them is told. */
void cf__pg_batch_lose(cf__pg_state *state);
/* Closes the shared connections, unless somebody uses them; all of this process; in a child. */
void cf__pg_batch_end(cf__pg_state *state);
void cf__pg_batch_end_all(void);
void cf__pg_batch_disown(cf__pg_state *state);

/* ---- errors (postgres_error.c) ---- */

/* A failed result as an error; returns false. `sql` tells a delete from an insert. */
bool cf__pg_fail(cf__pg_state *state, const PGresult *result, cf_str sql, cf__outcome *out,
                 cf_error *err);
/* Whether a result failed with a SQLSTATE. */
bool cf__pg_is(const PGresult *result, const char *sqlstate);
/* A broken connection's error. */
bool cf__pg_lost(PGconn *pg, cf_error *err);
void cf__pg_rules_free(cf__pg_state *state);

extern const cf__dialect cf__dialect_postgres;

#endif
