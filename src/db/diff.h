/* diff.h -- what has to change so that live tables become what the models ask for.
 *
 * The live description, with the renames that were asked for made in it, is `before`; `after` is
 * built from it and the models and keeps whatever fits or models cannot say. Going up is the plan
 * from before to after, going down the plan from after to before. */
#ifndef CARAFE_DB_DIFF_H
#define CARAFE_DB_DIFF_H

#include <carafe/migrate.h>

#include "db/schema.h"

typedef struct cf__rename {
    const char *table; /* The new name of the table whose column it is; NULL: a table's rename. */
    const char *from, *to;
} cf__rename;

/* What a column gets in rows that have nothing for it. */
typedef struct cf__fill {
    const char *table, *column, *value;
} cf__fill;

typedef struct cf__diff {
    cf_arena                 *arena;
    const cf__schema         *live, *models;
    const cf_compare_options *options;
    cf__schema                before, after;
    cf__rename               *renames;
    size_t                    nrenames;
    cf__fill                 *fills;
    size_t                    nfills;
    cf_schema_change         *changes;
    size_t                    nchanges;
    cf_question              *questions;
    size_t                    nquestions;
    const char              **notes;
    size_t                    nnotes;
    cf_error                 *err;
} cf__diff;

/* Compares. `live` and `models` must outlive the result. */
bool cf__diff_run(cf_arena *arena, const cf__schema *live, const cf__schema *models,
                  const cf_compare_options *options, cf__diff *out, cf_error *err);

/* ---- inside ---- */

/* Describes a change. */
cf_schema_change *cf__change(cf__diff *d, char sign, bool destructive, const char *format, ...)
    CF_PRINTF(4, 5);
/* Something that is left alone. */
void cf__note(cf__diff *d, const char *format, ...) CF_PRINTF(2, 3);
/* Parses the options' renames and fills, and makes `before`. */
bool cf__diff_prepare(cf__diff *d);
/* A table that is both live and a model's: adds what it shall become to `after`. */
void cf__diff_table(cf__diff *d, cf__schema_table *live, const cf__schema_table *model);
/* Asks about what looks like a rename, and for values that rows need. */
void cf__diff_ask(cf__diff *d);
/* Whether a live table goes: no model has it, and it is not somebody else's. */
bool cf__diff_drops(const cf__diff *d, const char *table);
/* The value that was given for a column's empty rows, or NULL. */
const char *cf__diff_fill(const cf__diff *d, const char *table, const char *column);

/* Whether nothing differs, spelling included. */
bool cf__column_same(const cf__schema_column *a, const cf__schema_column *b);
bool cf__index_same(const cf__schema_index *a, const cf__schema_index *b);
bool cf__foreign_same(const cf__schema_foreign *a, const cf__schema_foreign *b);
bool cf__check_same(const cf__schema_check *a, const cf__schema_check *b);
bool cf__key_same(const cf__schema_table *a, const cf__schema_table *b);
bool cf__table_same(const cf__schema_table *a, const cf__schema_table *b);
/* Every table of both; their order does not matter. */
bool cf__schema_same(const cf__schema *a, const cf__schema *b);

/* ---- SQL ---- */

/* Writes the statements that lead from one description to another. `forward`: renames are made
 * before; else they are taken back after. */
bool cf__plan(const cf__diff *d, bool forward, cf__flavor flavor, cf_buf *out, cf_error *err);
void cf__plan_sqlite(const cf__diff *d, const cf__schema *from, const cf__schema *to, bool forward,
                     cf_buf *out);
void cf__plan_postgres(const cf__diff *d, const cf__schema *from, const cf__schema *to,
                       bool forward, cf_buf *out);
/* The names that PostgreSQL knows a rule by, whoever named it. */
const char *cf__unique_name(cf_arena *arena, const cf__schema_table *table,
                            const cf__schema_index *index);
const char *cf__check_name(cf_arena *arena, const cf__schema_table *table,
                           const cf__schema_check *check);
/* What an existing column's value becomes as another type, for an engine; the column's own name
 * when nothing is to be done. *lossy: nothing sensible, every value is lost. */
const char *cf__convert(cf_arena *arena, const char *expression, const cf__type *from,
                        const cf__type *to, cf__flavor flavor, bool *lossy);
/* SQL for what rows get in a new column that takes no NULL, or in place of NULL. */
const char *cf__fill_sql(const cf__diff *d, const cf__schema_table *table,
                         const cf__schema_column *column, bool forward, cf__flavor flavor);

#endif
