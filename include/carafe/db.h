/* db.h -- the database, and sessions: rows in memory that are written back as one.
 *
 * A cf_database is opened once in every process and hands out connections. A cf_db is a session:
 * it knows each row at most once (identity map), notices what changed by comparing with what was
 * loaded, and writes it in the right order in one transaction at cf_db_commit(). A request has
 * one; a command makes its own. Functions without an `err` record their failure in the session
 * (cf_db_error()) and return NULL or false.
 *
 * Nothing is lost by forgetting: an uncommitted session is rolled back when its arena ends. */
#ifndef CARAFE_DB_H
#define CARAFE_DB_H

#include <carafe/model.h>

typedef struct cf_database cf_database;

/* How to open a database. Zero means the default everywhere. */
typedef struct cf_database_options {
    const cf_models *models;       /* Needed for rows and queries; NULL: raw SQL only. */
    int64_t          busy_timeout; /* Milliseconds to wait for a lock; 5,000; -1: not at all. */
    bool             record;       /* Sessions keep their SQL for cf_db_statement(). */
    bool             log;          /* Every statement is logged with its time at CF_DEBUG. */
    int64_t          slow; /* Microseconds; slower statements are logged as warnings; 0: off. */
} cf_database_options;

/* Opens the database that a DATABASE_URL names. Nothing is connected before it is first used, and a
 * process that forks afterwards opens connections of its own.
 *
 * Args:
 *   arena: owns the result, and closes it when it ends.
 *   url: "sqlite:///app.db" (relative to the working folder), "sqlite:////var/lib/app.db"
 *     (absolute) or "sqlite://:memory:" (this process only). After '?': synchronous=full|normal.
 *   options: NULL for the defaults. `models` must outlive the database.
 *
 * Errors: CF_EINVAL with what is wrong in the URL (a password in it is never shown),
 *   CF_EUNSUPPORTED for an unknown scheme.
 */
cf_database *cf_database_open(cf_arena *arena, const char *url, const cf_database_options *options,
                              cf_error *err);

/* Connects, if need be, and runs the cheapest statement: is the database there? */
bool cf_database_ping(cf_database *database, cf_error *err) CF_SUSPENDS;

/* Closes this process' connections; they are opened again when needed. */
void cf_database_disconnect(cf_database *database);

/* Makes the statement that is running fail with CF_ECANCELED; may be called in a signal handler. An
 * engine that waits for a server is interrupted by cf_fiber_cancel() instead. */
void cf_database_interrupt(cf_database *database);

/* "sqlite"; the URL without its password; the file of a SQLite database, or NULL. */
const char      *cf_database_engine(const cf_database *database);
const char      *cf_database_url(const cf_database *database);
const char      *cf_database_file(const cf_database *database);
const cf_models *cf_database_models(const cf_database *database);

/* Sets the environment by which psql and other programs of PostgreSQL's reach this database:
 * PGHOST, PGUSER, PGPASSWORD and the like. Errors: CF_EUNSUPPORTED for SQLite. */
bool cf_database_environment(const cf_database *database, cf_error *err);

/* ---- sessions ---- */

/* Begins a session. Its rows live in the arena; when that ends, what is uncommitted is undone. */
cf_db       *cf_db_new(cf_arena *arena, cf_database *database);
cf_arena    *cf_db_arena(const cf_db *db);
cf_database *cf_db_database(const cf_db *db);

/* The latest failure: code CF_OK when there was none since the last commit, rollback or
 * cf_db_clear_error(). For CF_ECONFLICT `input` is the column ("slug") when it is known. */
const cf_error *cf_db_error(const cf_db *db);
void            cf_db_clear_error(cf_db *db);

/* The row with a primary key, or NULL: absent when cf_db_error() holds nothing. A row the session
 * already knows costs no query. A key of several columns is given in the model's order:
 *
 *     Post   *post = cf_db_get(db, Post, 7);
 *     Member *member = cf_db_get(db, Member, user->id, team->id);
 */
#define cf_db_get(db, type, ...) ((type *)cf__db_get((db), &type##_model, CF__KEY(__VA_ARGS__)))
/* One value, or a list of two to four. */
#define CF__KEY(...)                                                                               \
    CF__KEY_PICK(__VA_ARGS__, CF__KEY_4, CF__KEY_3, CF__KEY_2, CF__KEY_1, )(__VA_ARGS__)
#define CF__KEY_PICK(a, b, c, d, pick, ...) pick
#define CF__KEY_1(a)                        cf_value_of(a)
#define CF__KEY_2(a, b)                     CF__KEY_LIST(2, cf_value_of(a), cf_value_of(b))
#define CF__KEY_3(a, b, c)                  CF__KEY_LIST(3, cf_value_of(a), cf_value_of(b), cf_value_of(c))
#define CF__KEY_4(a, b, c, d)                                                                      \
    CF__KEY_LIST(4, cf_value_of(a), cf_value_of(b), cf_value_of(c), cf_value_of(d))
#define CF__KEY_LIST(n, ...)                                                                       \
    cf_from_list(&(cf_list){ .items = (cf_value[]){ __VA_ARGS__ }, .len = (n), .tuple = true })
void *cf__db_get(cf_db *db, const cf_model *model, cf_value id) CF_SUSPENDS;
#define cf_db_get_value cf__db_get

/* A new row with its defaults set, not yet added. Never NULL. */
#define cf_db_new_row(db, type) ((type *)cf__db_new_row((db), &type##_model))
void *cf__db_new_row(cf_db *db, const cf_model *model);

/* The row whose unique column has a value; one with its defaults is made and written when there is
 * none. Two sessions that ask at once get the same row: whose insert comes second reads the
 * other's.
 *
 *     Tag *tag = cf_db_get_or_create(db, Tag, "name", "fibers");
 *
 * Returns: the row, or NULL with cf_db_error(): the value is refused, or other columns are
 * required. What was written before stays in the transaction.
 */
#define cf_db_get_or_create(db, type, column, value)                                               \
    ((type *)cf__db_get_or_create((db), &type##_model,                                             \
                                  (const cf_named[]){ CF_NAMED((column), (value)) }, 1))
/* The same by several columns that are unique together, such as a key:
 *
 *     Member *member = cf_db_get_or_create_by(db, Member, CF_NAMED("user_id", user->id),
 *                                             CF_NAMED("team_id", team->id));
 */
#define cf_db_get_or_create_by(db, type, ...)                                                      \
    ((type *)cf__db_get_or_create((db), &type##_model, (const cf_named[]){ __VA_ARGS__ },          \
                                  sizeof((const cf_named[]){ __VA_ARGS__ }) / sizeof(cf_named)))
void *cf__db_get_or_create(cf_db *db, const cf_model *model, const cf_named *by,
                           size_t count) CF_SUSPENDS;

/* Has a row inserted by the next flush, and with it the new rows it relates to. A row that is
 * stored already is left as it is. */
void cf_db_add(cf_db *db, void *row);

/* Has a row deleted by the next flush; a row that was only added is forgotten. */
void cf_db_delete(cf_db *db, void *row);

/* Inserts many rows by few statements, in the session's transaction, without making rows of them:
 * for imports. A refused one undoes all, as a failed flush does.
 *
 * Args:
 *   rows: maps of columns; what a map leaves out has its default. Either all have the key or none.
 *
 * Returns: how many; -1 on error, whose message begins with the number of the row, if it is known.
 */
#define cf_db_insert_many(db, type, rows) cf__db_insert_many((db), &type##_model, (rows))
int64_t cf__db_insert_many(cf_db *db, const cf_model *model, const cf_list *rows) CF_SUSPENDS;

/* Reads a row's columns again, dropping unsaved changes to it. False when it is gone or on error.
 */
bool cf_db_refresh(cf_db *db, void *row) CF_SUSPENDS;

/* Writes what changed, inside the transaction, which begins here if need be. Queries do it
 * themselves before they run; loads by key or relationship only when rows were added, deleted or
 * related (by the functions below): a foreign key assigned directly shows in the other side's list
 * after the next flush.
 *
 * A column with .version is 1 in a new row and counts up with each update; an update or delete of a
 * row whose number in the database is another by then is refused. The number in the row is what
 * counts: set it to the one that a form was made with, and what happened since is noticed.
 *
 * Errors: CF_ECONFLICT with the column in err->input when a unique, NOT NULL, check or foreign key
 *   rule refuses, or with the version column when somebody else changed the row; CF_EBUSY when the
 * lock was not had in time. The transaction is then rolled back (to the latest savepoint, if there
 * is one).
 */
bool cf_db_flush(cf_db *db, cf_error *err) CF_SUSPENDS;

/* Flushes and makes it durable. On failure everything since the last commit is undone: in the
 * database, and in the rows, which hold their last committed values again; new rows keep their
 * values, lose generated keys and may be changed and added again. */
bool cf_db_commit(cf_db *db, cf_error *err) CF_SUSPENDS;

/* Undoes everything since the last commit, in the database and in the rows. */
void cf_db_rollback(cf_db *db);

/* A savepoint: what follows can be undone without losing what came before. They nest.
 *
 *     if (!cf_db_begin_nested(db, err)) …
 *     …  cf_db_release(db, err)  or  cf_db_rollback_nested(db)
 */
bool cf_db_begin_nested(cf_db *db, cf_error *err) CF_SUSPENDS;
bool cf_db_release(cf_db *db, cf_error *err) CF_SUSPENDS;
void cf_db_rollback_nested(cf_db *db);

/* Whether there is anything the next flush would write. */
bool cf_db_is_dirty(cf_db *db);

/* Whether something was flushed and not committed: others may be waiting for the lock. */
bool cf_db_in_transaction(const cf_db *db);

/* What the next flush would write, as a list of objects in the arena. */
typedef enum cf_change { CF_CHANGE_NEW, CF_CHANGE_DIRTY, CF_CHANGE_DELETED } cf_change;
cf_list *cf_db_changes(cf_db *db, cf_arena *arena, cf_change kind);

/* Has stored rows that hold no unsaved change read again when they are next asked for, and their
 * relationships loaded anew; for sessions that live long. */
void cf_db_expire(cf_db *db);

/* ---- relationships ---- */

/* The row a to-one relationship leads to, or NULL: none, when cf_db_error() holds nothing. */
void *cf_related(void *row, const char *name) CF_SUSPENDS;

/* The rows of a to-many relationship, as a list of objects; NULL on error. Belongs to the row: add
 * and remove by the functions below. A dynamic one is run anew at each call. */
cf_list *cf_related_list(void *row, const char *name) CF_SUSPENDS;

/* Sets a to-one relationship; `other` may be NULL. Both sides show it at once. */
bool cf_relate(void *row, const char *name, void *other) CF_SUSPENDS;

/* Adds to or removes from a to-many relationship. Both sides show it at once. Adding twice or
 * removing what is not there changes nothing. */
bool cf_relate_add(void *row, const char *name, void *other) CF_SUSPENDS;
bool cf_relate_remove(void *row, const char *name, void *other) CF_SUSPENDS;

/* Makes a to-many relationship hold exactly these rows (objects in a list). */
bool cf_relate_all(void *row, const char *name, const cf_list *others) CF_SUSPENDS;

/* ---- raw SQL ---- */

/* What a raw statement gave. */
typedef struct cf_result {
    cf_list *rows;     /* One map a row, by column name. Empty for statements without rows. */
    int64_t  affected; /* Rows inserted, updated or deleted. */
    int64_t  last_id;  /* Of the last INSERT. */
} cf_result;

/* Runs one statement with parameters for its '?'s. Flushes first. A statement that writes begins
 * the session's transaction; end it with cf_db_commit().
 *
 * Args:
 *   params: none, bools, integers, floats, strings, bytes, times; may be NULL when count is 0.
 *   out: receives the result, in the session's arena; may be NULL.
 *
 * Errors: CF_EDB with the database's message; CF_EINVAL when the number of parameters is wrong or
 *   there is more than one statement; CF_ECONFLICT, CF_EBUSY as cf_db_flush(); CF_ELIMIT above
 *   100,000 rows.
 */
bool cf_db_execute(cf_db *db, const char *sql, const cf_value *params, size_t count, cf_result *out,
                   cf_error *err) CF_SUSPENDS;

/* The rows of a model that a statement of one's own selects: all of the model's columns, by their
 * names in any order, as "SELECT post.* FROM post JOIN …" gives them. NULL on error.
 *
 *     cf_list *posts = cf_db_rows(db, Post, "SELECT * FROM post WHERE length(body) > ?", params, 1,
 *                                 err);
 */
#define cf_db_rows(db, type, sql, params, count, err)                                              \
    cf__db_rows((db), &type##_model, (sql), (params), (count), (err))
cf_list *cf__db_rows(cf_db *db, const cf_model *model, const char *sql, const cf_value *params,
                     size_t count, cf_error *err) CF_SUSPENDS;

/* ---- what was run ---- */

/* How many statements the session has sent, transaction control not counted; for tests of N+1. */
int64_t cf_db_query_count(const cf_db *db);

/* One statement as it ran. */
typedef struct cf_statement {
    const char *sql; /* With '?' for the parameters, which are never kept. */
    int64_t     us;
    int64_t     rows; /* Read or changed. */
} cf_statement;

/* Statement `i` when the database was opened with `record` (the latest 200), or NULL past the end.
 */
const cf_statement *cf_db_statement(const cf_db *db, size_t i);

/* A relationship that was loaded row by row. */
typedef struct cf_lazy_load {
    const cf_model *model;        /* The owner's. */
    const char     *relationship; /* "user" */
    int64_t         count;        /* How many queries it took. */
    int64_t         together;     /* Most of them for rows that came by one query: from 2 on that
                                     is N+1, one or two queries would have done. */
} cf_lazy_load;

/* Relationship `i` of those the session loaded on access; false past the end. A request logs those
 * that are N+1 in development (see also cf_client_strict_loading()). */
bool cf_db_lazy_load(const cf_db *db, size_t i, cf_lazy_load *out);

/* ---- schema ---- */

/* Creates every model's table, link tables and indexes that do not exist, in one transaction; for
 * tests and trials. An app's database is made by its migrations (migrate.h). */
bool cf_schema_create_all(cf_database *database, cf_error *err) CF_SUSPENDS;
bool cf_schema_drop_all(cf_database *database, cf_error *err) CF_SUSPENDS;

/* The same as SQL text, for writing migrations. */
const char *cf_schema_sql(cf_arena *arena, cf_database *database, cf_error *err);

/* Whether the models can work with the live tables; every difference, also those that stop nothing,
 * is cf_migrate_compare()'s (migrate.h).
 *
 * Errors: CF_ECONFLICT; the message lists missing tables, missing columns, columns that take no
 * NULL although the model gives one, and columns that the models do not know but that an INSERT
 * must fill, and says to write or run a migration.
 */
bool cf_schema_check(cf_database *database, cf_error *err) CF_SUSPENDS;

#endif
