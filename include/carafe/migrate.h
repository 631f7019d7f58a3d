/* migrate.h -- the schema's versions: SQL files applied once each, in order; and what they are made
 * from, the difference between models and tables.
 *
 * A migration is a file "migrations/NNNN_name.sql" in the app's bundle:
 *
 *     -- Migration: posts
 *     -- after 0001_init
 *
 *     -- up
 *     CREATE TABLE post (…);
 *     -- down
 *     DROP TABLE post;
 *
 * The revision is the file's name without ".sql". A file follows those that "-- after" names, or,
 * without it, the one with the number before. Two files that follow the same one are two heads; a
 * file that comes after both joins them and needs no parts. "-- up sqlite" and "-- up postgresql"
 * are parts for one engine only, which then replace the plain part. A file without a down part
 * cannot be undone. Each migration runs in a transaction of its own with foreign keys checked at
 * its end (so tables can be rebuilt). What was applied stands in the table carafe_version. Two
 * processes that upgrade at once do each migration once. */
#ifndef CARAFE_MIGRATE_H
#define CARAFE_MIGRATE_H

#include <carafe/asset.h>
#include <carafe/db.h>

/* Largest migration file. */
#define CF_MIGRATION_MAX_SIZE CF_MIB(1)

typedef struct cf_migration {
    const char *revision; /* "0001_init" */
    const char *path;     /* "migrations/0001_init.sql" */
    const char *message;  /* Of "-- Migration: …"; "" without. */
    int64_t     number;   /* 1 */
    cf_str      up, down; /* SQL for the engine asked for; down may be empty: not undoable. */
    int         up_line, down_line; /* Where the parts begin in the file. */
    bool        reversible;
    bool        joins; /* It has no SQL and only joins its parents. */
    /* What it follows: as "-- after" says; in a history, revisions. */
    const char *const *parents;
    size_t             nparents;
    bool               head; /* None follows it. */
    bool               applied;
    const char        *applied_at; /* As stored, or NULL. */
    bool               changed;    /* The file is not what was applied. */
} cf_migration;

typedef struct cf_migrations {
    const cf_migration
          *items; /* Each after those it follows, by number where that leaves a choice. */
    size_t count;
} cf_migrations;

/* ---- models against tables ---- */

/* One difference. */
typedef struct cf_schema_change {
    char        sign; /* '+' the models have it, '-' the tables do, '~' differs, '>' renamed. */
    const char *text; /* "column user.mobile VARCHAR(20)" */
    bool        destructive; /* Making it so can lose what is stored. */
    const char *problem;     /* What breaks while it is not so; NULL: nothing. */
} cf_schema_change;

typedef enum cf_question_kind {
    CF_ASK_RENAME, /* Did `from` become `to`? Answer by cf_compare_options.renames. */
    CF_ASK_VALUE,  /* What do old rows get in the new column `to`? Answer by .fills. */
} cf_question_kind;

/* What a comparison cannot know. */
typedef struct cf_question {
    cf_question_kind kind;
    const char      *table; /* NULL: about a table itself. */
    const char      *from, *to;
    const char *option; /* "user.phone=mobile"; for a value: "user.mobile=", to be completed. */
} cf_question;

/* How to compare. Zero means the default everywhere; lists end with NULL. */
typedef struct cf_compare_options {
    const char *const *renames;    /* "old=new" for tables, "table.old=new" for columns. */
    bool               no_renames; /* What looks like a rename is none; nothing is asked. */
    const char *const *fills;      /* "table.column=value" for rows that have nothing there. */
    bool               initial;    /* As if the database were empty: for a first migration. */
    /* Tables without a model are dropped when migrations made them; others are left alone. */
    const cf_bundle   *bundle;
    const char *const *ours;         /* More tables that may be dropped. */
    bool               drop_unknown; /* Every table without a model goes. */
} cf_compare_options;

/* What differs. */
typedef struct cf_difference {
    const cf_schema_change *changes;
    size_t                  count;
    const cf_question      *questions;
    size_t                  nquestions;
    const char *const      *notes; /* What is left alone, because models cannot say it. */
    size_t                  nnotes;
    struct cf__diff        *inside;
} cf_difference;

/* Compares the models with the live tables: tables, columns, types, defaults, keys, indexes, rules,
 * foreign keys. Types and conditions are compared by meaning, so VARCHAR(80) is CHARACTER
 * VARYING(80) and what is stored by another spelling is no difference.
 *
 * Args:
 *   options: NULL for the defaults.
 *
 * Errors: CF_EINVAL without models or for a malformed option, CF_ENOTFOUND and CF_ECONFLICT for a
 *   rename of what is not there or to what is; those of the database.
 */
bool cf_migrate_compare(cf_arena *arena, cf_database *database, const cf_compare_options *options,
                        cf_difference *out, cf_error *err) CF_SUSPENDS;

/* The SQL that makes a difference so (`up`) or takes it back, for an engine: "sqlite" or
 * "postgresql".
 *
 * Errors: CF_ELIMIT above 1 MiB.
 */
const char *cf_difference_sql(cf_arena *arena, const cf_difference *difference, bool up,
                              const char *engine, cf_error *err);

/* The text of a migration file: a plain part where both engines share the SQL, else one for each.
 *
 * Args:
 *   difference: NULL for a file whose SQL is still to be written, or which only joins others.
 *   message: what it is for, one line.
 *   parents: revisions it follows, ended by NULL.
 */
const char *cf_migration_text(cf_arena *arena, const cf_difference *difference, const char *message,
                              const char *const *parents, cf_error *err);

/* ---- an existing database ---- */

/* Models of the tables that are there, as C to begin with. */
typedef struct cf_inspection {
    const char        *header;        /* models.h */
    const char        *source;        /* models.c */
    size_t             models, links; /* Tables that became models; and many-to-many links. */
    const char *const *notes;         /* What models cannot say: tables, columns, rules left out. */
    size_t             nnotes;
} cf_inspection;

/* Writes models from a live database: columns, rules, relationships and backrefs for foreign keys,
 * link tables as many-to-many. Comparing with them then finds no difference; what is left out is
 * named in comments and in `notes`.
 *
 * Errors: those of the database; CF_ENOTFOUND when it has no tables.
 */
bool cf_inspect(cf_arena *arena, cf_database *database, cf_inspection *out,
                cf_error *err) CF_SUSPENDS;

/* ---- files ---- */

/* Parses one migration file.
 *
 * Args:
 *   engine: "sqlite" or "postgresql": whose parts are wanted.
 *   out: views into text.
 *
 * Errors: CF_EPARSE with path and line: no "-- up", an empty or doubled part, an unknown engine,
 *   statements before the first part, a name that is not NNNN_name.sql, NUL or ill-formed UTF-8.
 */
bool cf_migration_parse(cf_arena *arena, const char *path, cf_str text, const char *engine,
                        cf_migration *out, cf_error *err);

/* The folder that a bundle's migrations are written in: "migrations" in its source folder; NULL
 * when that is not on this machine. */
const char *cf_migrations_folder(cf_arena *arena, const cf_bundle *bundle);

/* A bundle of the migrations in that folder, so that new ones are applied without a build; the
 * bundle itself when there is no such folder.
 *
 * Errors: those of cf_folder_list() and cf_file_read().
 */
const cf_bundle *cf_migrations_source(cf_arena *arena, const cf_bundle *bundle, cf_error *err);

/* Every migration of a bundle, and which of them are applied (none are when the database has no
 * version table yet; nothing is written).
 *
 * Errors: as cf_migration_parse(); CF_EPARSE when what a file follows is not clear, is not there,
 * or goes round in a circle; CF_ECONFLICT when the database has a revision that the bundle does not
 *   know (a newer program made it).
 */
bool cf_migrate_history(cf_arena *arena, cf_database *database, const cf_bundle *bundle,
                        cf_migrations *out, cf_error *err) CF_SUSPENDS;

/* The latest applied revision, or NULL without an error when there is none. */
const char *cf_migrate_current(cf_arena *arena, cf_database *database, cf_error *err) CF_SUSPENDS;

/* Applies what is missing.
 *
 * Args:
 *   target: last revision to apply ("0003" or its full name), with what it follows; "+2": the next
 *     two; "heads": everything, branches too; NULL for all of a history that has one head.
 *   done: receives how many were applied by this call; may be NULL.
 *
 * Errors: those of cf_migrate_history(); CF_ECONFLICT when there is more than one head, naming
 * them; CF_ENOTFOUND for an unknown target; CF_EDB naming file, line and the database's message.
 * The failing migration is undone whole, those before it stay.
 */
bool cf_migrate_upgrade(cf_database *database, const cf_bundle *bundle, const char *target,
                        size_t *done, cf_error *err) CF_SUSPENDS;

/* Undoes what was applied after `target`; "0" undoes all, "-2" the latest two; NULL only the
 * latest.
 */
bool cf_migrate_downgrade(cf_database *database, const cf_bundle *bundle, const char *target,
                          size_t *done, cf_error *err) CF_SUSPENDS;

/* The SQL that cf_migrate_upgrade() (or downgrade) would run now, with its transactions and the
 * notes in carafe_version, for somebody who runs it by hand. "" when there is nothing to do. */
const char *cf_migrate_sql(cf_arena *arena, cf_database *database, const cf_bundle *bundle,
                           const char *target, bool up, cf_error *err) CF_SUSPENDS;

/* Notes `target` and what it follows as applied, and everything else as not, without running
 * anything: for a database whose tables are there already.
 *
 * Args:
 *   target: a revision; NULL or "heads" for all; "0" for none.
 *   purge: forget revisions that the bundle does not know.
 *   done: receives how many notes changed; may be NULL.
 */
bool cf_migrate_stamp(cf_database *database, const cf_bundle *bundle, const char *target,
                      bool purge, size_t *done, cf_error *err) CF_SUSPENDS;

/* Whether everything in the bundle is applied: false with CF_ECONFLICT and a message that names
 * what is missing and says to run `db upgrade`. */
bool cf_migrate_check(cf_database *database, const cf_bundle *bundle, cf_error *err) CF_SUSPENDS;

#endif
