/* inspect.h -- what the files that write models from a live database share. */
#ifndef CARAFE_DB_INSPECT_H
#define CARAFE_DB_INSPECT_H

#include <carafe/migrate.h>

#include "db/schema.h"

/* What becomes of a table. */
typedef enum cf__role { CF__ROLE_NONE, CF__ROLE_MODEL, CF__ROLE_LINK } cf__role;

/* A relationship to be declared. */
typedef struct cf__wish {
    const char *name, *backref;
    const char *column; /* Foreign key, or a link's column for the owner. */
    size_t      target; /* Number of its table. */
    bool        many;   /* many-to-many by `through` and `far`. */
    const char *through, *far;
} cf__wish;

typedef struct cf__plan_table {
    const cf__schema_table *table;
    cf__role                role;
    const char             *name;  /* Of the C struct. */
    const char            **taken; /* Names of its members and relationships. */
    size_t                  ntaken;
    cf__wish               *wishes;
    size_t                  nwishes;
} cf__plan_table;

typedef struct cf__inspector {
    cf_arena                *arena;
    cf__schema               schema;
    cf__plan_table          *tables;
    size_t                   count;
    const char             **notes;
    size_t                   nnotes;
    const cf__schema_table **about; /* The table of each note. */
    cf_buf                   header, source;
} cf__inspector;

/* Notes what models cannot say; beside a table (or NULL: none that could be read). */
void cf__inspect_note(cf__inspector *in, const cf__schema_table *table, const char *format, ...)
    CF_PRINTF(3, 4);
/* The number of a table that becomes a model, or CF_NPOS. */
size_t cf__inspect_find(const cf__inspector *in, const char *table);
/* The foreign key of a column that a model can declare, or NULL. */
const cf__schema_foreign *cf__inspect_foreign(const cf__inspector    *in,
                                              const cf__schema_table *table, const char *column);
/* Whether a column's default is a new random identifier, as .default_uuid gives it. */
bool cf__inspect_makes_uuid(const cf__schema_column *column);
/* Whether a column can be a member. */
bool cf__inspect_can(const cf__schema_column *column);

/* ---- names (inspect_names.c) ---- */

/* "roles_users" → "RolesUsers". */
const char *cf__inspect_type_name(cf__inspector *in, const char *table);
/* A C identifier for a column: its name, or one like it. */
const char *cf__inspect_member(cf_arena *arena, const char *column);
/* Chooses the relationships of every table. */
void cf__inspect_relations(cf__inspector *in);

/* ---- C (inspect_write.c) ---- */

void cf__inspect_write(cf__inspector *in);

#endif
