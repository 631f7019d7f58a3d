/* engine.h -- what a database engine provides to the rest of the room.
 *
 * An engine gives connections, runs statements with parameters and hands out their rows. It knows
 * nothing of models. Statement texts use '?'; cf__dialect says how names and types are spelled. An
 * engine may suspend the fiber in every function that takes a cf_error. */
#ifndef CARAFE_DB_ENGINE_H
#define CARAFE_DB_ENGINE_H

#include <carafe/db.h>

/* Who wrote a statement. */
typedef enum cf__sql_source {
    CF__SQL_OWN,   /* This room: fixed texts, transaction control. */
    CF__SQL_BUILT, /* The query layer: a SELECT of it changes nothing and may run twice. */
    CF__SQL_RAW,   /* The application: anything. */
} cf__sql_source;

/* Statements with parameters come from a text that is hashed once. */
typedef struct cf__sql {
    cf_str         text;
    uint64_t       hash;
    cf__sql_source source;
} cf__sql;

/* A parameter. CF_KIND_NONE is NULL; CF_KIND_TEXT is in `text` here, not a C string. */
typedef struct cf__param {
    cf_kind kind;
    union {
        bool    boolean;
        int64_t integer;
        double  number;
        cf_str  text; /* TEXT and BYTES */
        cf_time time;
    } as;
} cf__param;

/* What a column of a result row holds. */
typedef enum cf__cell {
    CF__CELL_NULL,
    CF__CELL_INT,
    CF__CELL_FLOAT,
    CF__CELL_TIME,  /* Microseconds since 1970 in `integer`, UTC, in the years 1 to 9999. */
    CF__CELL_DATE,  /* Days since 1970, in the same years. */
    CF__CELL_CLOCK, /* Microseconds since midnight, less than a day. */
    CF__CELL_TEXT,
    CF__CELL_BYTES
} cf__cell;

/* A column of a result row. Views are valid until the next row. */
typedef struct cf__datum {
    cf__cell cell;
    union {
        int64_t integer; /* INT, TIME, DATE, CLOCK */
        double  number;
        cf_str  text; /* TEXT and BYTES. */
    } as;
} cf__datum;

/* The current row of a running statement. */
typedef struct cf__cursor {
    const struct cf__cursor_ops *ops;
    void                        *handle;
    int                          columns;
    int                          rows; /* That came together with it, where known; or 0. */
} cf__cursor;

typedef struct cf__cursor_ops {
    void (*read)(const cf__cursor *cursor, int i, cf__datum *out);
    const char *(*name)(const cf__cursor *cursor, int i);
    /* Columns [first, first + count) at once; may be NULL. */
    void (*read_many)(const cf__cursor *cursor, int first, int count, cf__datum *out);
} cf__cursor_ops;

/* A column known to be an integer, or a text; 0 and empty when it is not. */
int64_t cf__cursor_integer(const cf__cursor *cursor, int i);
cf_str  cf__cursor_text(const cf__cursor *cursor, int i);

/* A time, date or time of day as text, "2026-11-23 16:25:33.5", with its length; other cells give
 * an empty one. */
cf_str cf__datum_text(const cf__datum *datum, char out[32]);

/* Receives a row; false stops the statement with the error it set. It must not suspend. */
typedef bool cf__row_fn(void *data, const cf__cursor *cursor, cf_error *err);

/* What a statement did. */
typedef struct cf__outcome {
    int64_t rows;        /* Handed out. */
    int64_t affected;    /* Inserted, updated or deleted. */
    int64_t last_id;     /* Generated key of the last INSERT. */
    bool    foreign_key; /* It failed, and by a foreign key rule whose column is not known. */
    bool    writes;      /* It failed since it writes, and was run as one that only reads. */
} cf__outcome;

/* One statement several times. */
typedef struct cf__many {
    const cf__param *params;
    size_t           count, times; /* Parameters of each, and how often. */
    cf__row_fn      *row;          /* Takes rows; may be NULL. */
    void            *data;         /* Of the first; of the next it is `stride` bytes further. */
    size_t           stride;
    int64_t         *affected; /* Rows that each changed; may be NULL. */
} cf__many;

/* A connection. Engines put their own behind it. */
typedef struct cf__conn {
    cf_database *database;
    bool in_transaction; /* A writing one; false once it is over, even by a failed commit. */
} cf__conn;

/* How this engine spells things. */
typedef struct cf__dialect {
    const char *name;
    /* Generated keys come back by RETURNING rather than last_id, and an INSERT whose generated key
     * is taken gives no row: see key_taken. */
    bool returning;
    /* LIKE, with and without case: what stands before and after the column's name; one of each pair
     * holds the '?'. */
    const char *like_before, *ilike_before, *like_after, *ilike_after;
    bool        nulls_high; /* NULL sorts above all else; without, below. */
    const char *limit_all;  /* What stands after LIMIT for none when there is an OFFSET. */
} cf__dialect;

/* A live table's column, for cf_schema_check(). */
typedef struct cf__live_column {
    const char *name, *type;
    bool        not_null, has_default, key;
} cf__live_column;

struct cf__schema;

typedef struct cf__engine {
    const char        *name;
    const cf__dialect *dialect;
    /* Checks the URL and keeps what it says; connects to nothing. */
    bool (*open)(cf_database *database, cf_str rest, cf_error *err);
    void (*disconnect)(cf_database *database);
    /* Stops the statement that computes in this process; in a signal handler. May be NULL. */
    void (*interrupt)(cf_database *database);
    /* The file of a database that is one; may be NULL. */
    const char *(*file)(const cf_database *database);
    /* A connection for this session's reads. Reads that follow each other without a wait between
     * see one state of the database. CF_EBUSY: worth trying again. */
    cf__conn *(*read)(cf_database *database, cf_db *session, cf_error *err);
    /* The session's reads are over, or a wait comes; NULL: whoever's. */
    void (*read_end)(cf_database *database, cf_db *session);
    /* A connection with a writing transaction, for one session alone until commit or rollback.
     * CF_EBUSY: worth trying again. `schema`: for changes of tables: foreign keys are checked at
     * commit instead of at each statement. */
    cf__conn *(*begin)(cf_database *database, bool schema, cf_error *err);
    bool (*commit)(cf__conn *conn, cf_error *err);
    void (*rollback)(cf__conn *conn);
    /* Runs one statement. */
    bool (*run)(cf__conn *conn, const cf__sql *sql, const cf__param *params, size_t count,
                cf__row_fn *row, void *data, cf__outcome *out, cf_error *err);
    /* Runs one statement several times, one after the other, and stops at the first that fails;
     * *done says how many did not. In a transaction only. NULL where it would save nothing. */
    bool (*run_many)(cf__conn *conn, const cf__sql *sql, const cf__many *many, size_t *done,
                     cf__outcome *out, cf_error *err);
    /* Runs several statements; err->input_line is the line in `text`. */
    bool (*script)(cf__conn *conn, cf_str text, cf_error *err);
    /* Whether a statement only reads; unknown ones fail. */
    bool (*is_read_only)(cf_database *database, const cf__sql *sql, bool *out, cf_error *err);
    /* A generated key turned out to be taken, by a row whose key was picked by hand: makes the next
     * ones come after all that exist. NULL where that cannot happen. */
    bool (*key_taken)(cf__conn *conn, const char *table, const char *key, cf_error *err);
    /* The columns of a live table; none when there is no such table. */
    bool (*columns)(cf_arena *arena, cf__conn *conn, const char *table, cf__live_column **out,
                    size_t *count, cf_error *err);
    /* The whole live schema; see schema.h. */
    bool (*schema)(cf_arena *arena, cf__conn *conn, struct cf__schema *out, cf_error *err);
} cf__engine;

extern const cf__engine cf__engine_sqlite, cf__engine_postgres;

/* The engine of a URL: *rest is what follows "scheme:". NULL with an error. */
const cf__engine *cf__engine_of_url(cf_str url, cf_str *rest, cf_error *err);

/* A URL with its password replaced by "***". */
const char *cf__url_masked(cf_arena *arena, cf_str url);

/* Where a sqlite URL leads: sqlite:///rel sqlite:////abs sqlite://:memory: ?synchronous=full. */
typedef struct cf__sqlite_url {
    const char *file; /* NULL: memory. */
    bool        full; /* synchronous=full */
} cf__sqlite_url;
bool cf__sqlite_url_parse(cf_arena *arena, cf_str rest, cf__sqlite_url *out, cf_error *err);

/* The digits of a decimal column, and those after the point. */
static inline int32_t cf__precision(const cf_column *column)
{
    return column->precision ? column->precision : 12;
}
static inline int32_t cf__scale(const cf_column *column)
{
    return column->scale < 0 ? 0 : column->scale ? column->scale : 2;
}

/* Bytes of the longest word of an enum, the size of its column. */
int cf__longest_word(const char *words);

cf__sql cf__sql_of(cf_str text);

/* The white space, semicolons and comments that a text begins with, by the rules of one engine. */
size_t cf__sql_blank(cf_str sql, bool postgres);
/* The first word of a statement that would begin, end or leave a transaction (COMMIT, ATTACH, …);
 * NULL for other statements. */
const char *cf__sql_control(cf_str sql, bool postgres);

/* Appends a name in double quotes, those inside doubled. */
void cf__quote(cf_buf *out, const char *name);

/* A time as it is stored in text: "2026-11-23 16:25:33.123456". Returns the length, 26. */
size_t cf__time_text(cf_time time, char out[32]);

struct cf_database {
    cf_arena              *arena;
    const cf__engine      *engine;
    const cf_models       *models;
    cf_database_options    options;
    const char            *url;   /* Masked. */
    void                  *state; /* The engine's. */
    struct cf__mapper_sql *sql;   /* One a model: prepared texts. */
};

#endif
