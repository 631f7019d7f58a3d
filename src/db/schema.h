/* schema.h -- tables as data, whoever they come from: models, a live SQLite, a live PostgreSQL.
 *
 * One description serves comparing, writing SQL for either engine and writing models. What an
 * engine spelled is kept beside what it means (`sql`, `text`, `extra`), so that tables can be made
 * again exactly as they were; what models cannot say is marked `foreign` or `exotic` and is left
 * alone by whoever changes tables. */
#ifndef CARAFE_DB_SCHEMA_H
#define CARAFE_DB_SCHEMA_H

#include "db/session.h"

/* Who a description comes from, or whom SQL is for. */
typedef enum cf__flavor { CF__MODELS, CF__SQLITE, CF__POSTGRESQL } cf__flavor;

cf__flavor  cf__flavor_of(const cf_database *database);
const char *cf__flavor_name(cf__flavor flavor);

typedef enum cf__type_kind {
    CF__TYPE_OTHER, /* None that a model's column can have. */
    CF__TYPE_BOOL,
    CF__TYPE_INT32,
    CF__TYPE_INT64,
    CF__TYPE_DOUBLE,
    CF__TYPE_DECIMAL,
    CF__TYPE_TEXT,
    CF__TYPE_BYTES,
    CF__TYPE_TIME, /* Date and time of day. */
    CF__TYPE_DATE,
    CF__TYPE_CLOCK, /* Time of day. */
    CF__TYPE_UUID,
    CF__TYPE_JSON,
} cf__type_kind;

/* A column's type. */
typedef struct cf__type {
    cf__type_kind kind;
    int64_t       length;           /* Text: most characters; 0: any. */
    int32_t       precision, scale; /* Decimal; 0: any. */
    bool          any_integer;      /* SQLite's INTEGER, which holds 64 bits too. */
    bool          any_length;       /* Text whose check or type says which words it takes. */
    cf__flavor    flavor;           /* Whose words `text` is in. */
    const char   *text;             /* As a live database spells it, or NULL. */
} cf__type;

typedef enum cf__default_kind {
    CF__DEFAULT_NONE,
    CF__DEFAULT_LITERAL,
    CF__DEFAULT_NOW,
    CF__DEFAULT_OTHER, /* An expression that models cannot say. */
} cf__default_kind;

typedef struct cf__default {
    cf__default_kind kind;
    const char      *text;   /* A literal without quotes; another expression as spelled. */
    cf__flavor       flavor; /* Whose words `sql` is in. */
    const char      *sql;    /* As a live database spells it, or NULL. */
} cf__default;

typedef struct cf__schema_column {
    const char *name;
    cf__type    type;
    bool        not_null;
    bool        generated; /* An integer key that the database counts. */
    bool        computed;  /* GENERATED ALWAYS AS: not written to. */
    cf__default standard;  /* DEFAULT */
    cf__flavor  flavor;    /* Whose words `extra` is in. */
    const char *extra;     /* COLLATE and the like, as spelled; or NULL. */
    const char *words;     /* What one_of lists, or a native enum has; or NULL. */
    const char *info;      /* From the model. */
} cf__schema_column;

/* A part of a key or an index. */
typedef struct cf__key_part {
    const char *column;
    bool        descending;
} cf__key_part;

typedef struct cf__schema_index {
    const char   *name; /* NULL: a constraint that was not named. */
    cf__key_part *parts;
    size_t        nparts;
    bool          unique;
    bool          constraint; /* UNIQUE in the table, not an index. */
    bool          implied;    /* Made beside a foreign key; nobody asked for it. */
    const char   *where;      /* Of a partial one, or NULL. */
    bool          exotic;     /* Expressions, collations, methods: only `sql` says all of it. */
    cf__flavor    flavor;     /* Whose words `sql` is in. */
    const char   *sql;        /* The statement that makes it; of an exotic one. */
} cf__schema_index;

typedef enum cf__action {
    CF__NO_ACTION,
    CF__CASCADE,
    CF__SET_NULL,
    CF__RESTRICTED, /* RESTRICT: for us the same as no action. */
    CF__SET_DEFAULT,
} cf__action;

typedef struct cf__schema_foreign {
    const char  *name; /* Or NULL. */
    const char **columns;
    const char **parents; /* NULL: the table's primary key. */
    size_t       ncolumns;
    const char  *table;
    cf__action   on_delete, on_update;
    cf__flavor   flavor;
    const char  *extra; /* DEFERRABLE and the like, as spelled; or NULL. */
} cf__schema_foreign;

typedef struct cf__schema_check {
    const char *name;      /* Or NULL. */
    const char *column;    /* Stands in this column's line; or NULL. */
    const char *sql;       /* The condition. */
    const char *canonical; /* The same for whoever wrote it: see cf__expression(). */
    const char *words;     /* When all it says is which words a column takes; or NULL. */
    const char *about;     /* Then: that column. */
} cf__schema_check;

typedef struct cf__schema_table {
    const char         *name;
    cf__schema_column  *columns;
    size_t              ncolumns;
    const char        **key; /* Columns of the primary key. */
    size_t              nkey;
    const char         *key_name; /* Of the constraint, or NULL. */
    cf__schema_index   *indexes;
    size_t              nindexes;
    cf__schema_foreign *foreigns;
    size_t              nforeigns;
    cf__schema_check   *checks;
    size_t              nchecks;
    const char        **triggers; /* SQLite: their statements, lost when a table is made anew. */
    size_t              ntriggers;
    const char         *options;       /* SQLite: WITHOUT ROWID, STRICT; or NULL. */
    bool                autoincrement; /* SQLite: keys are not used twice. */
    bool                link;          /* From a many-to-many: two foreign keys. */
} cf__schema_table;

typedef struct cf__schema_view {
    const char *name, *sql;
} cf__schema_view;

typedef struct cf__schema {
    cf__flavor        flavor;
    cf__schema_table *tables;
    size_t            ntables;
    cf__schema_view  *views; /* SQLite: they stand in the way of tables made anew. */
    size_t            nviews;
    const char      **unread; /* Tables that could not be read, and why. */
    size_t            nunread;
    const char      **unmanaged; /* "view daily", "trigger touch on post": what models have not. */
    size_t            nunmanaged;
} cf__schema;

/* Adds a zeroed element to an array; grows it in the arena. */
void *cf__schema_push(cf_arena *arena, void *items, size_t *count, size_t size);
#define CF__PUSH(arena, items, count)                                                              \
    ((__typeof__(items))cf__schema_push((arena), (void *)&(items), &(count), sizeof(*(items))))

/* ---- finding ---- */

cf__schema_table  *cf__schema_find(const cf__schema *schema, const char *table);
cf__schema_column *cf__table_column(const cf__schema_table *table, const char *column);
/* The unnamed part of equality: NULL equals NULL. */
bool cf__same_text(const char *a, const char *b);
/* Whether a column is (part of) the table's key, or has a foreign key. */
bool cf__table_is_key(const cf__schema_table *table, const char *column);
bool cf__table_is_foreign(const cf__schema_table *table, const char *column);

/* ---- types, defaults, expressions ---- */

/* The type of a model's column. */
cf__type cf__type_of_member(const cf_member *member);
/* What a type's spelling means. */
cf__type cf__type_of(cf_arena *arena, cf_str spelling, cf__flavor flavor);
/* Writes a type for an engine: as it was spelled there, or by its meaning. */
void cf__type_write(cf_buf *out, const cf__type *type, cf__flavor flavor);
/* Whether a live type is what a model's column needs. `key`: of a primary or foreign key. */
bool cf__type_fits(const cf__type *live, const cf__type *model, bool key);

/* What a DEFAULT means. */
cf__default cf__default_of(cf_arena *arena, cf_str sql, cf__flavor flavor);
void        cf__default_write(cf_buf *out, const cf__default *standard, const cf__type *type,
                              cf__flavor flavor);
bool cf__default_fits(const cf__default *live, const cf__default *model, const cf__type *type);
/* Writes a literal's text for a column: quoted, a number or TRUE. */
void cf__literal_write(cf_buf *out, const char *text, const cf__type *type);

/* A condition in a form that is the same however an engine spells it, and that is its own: casts
 * and needless brackets dropped, = ANY (ARRAY[…]) as IN (…), BETWEEN as two comparisons. `table`
 * (may be NULL): whose columns' types tell times from other texts.
 * `understood` (may be NULL): false when it is beyond the parser and only white space and letters'
 * case were evened out. */
const char *cf__expression(cf_arena *arena, const cf__schema_table *table, const char *sql,
                           bool *understood);
/* PostgreSQL's text of a condition in words that both engines understand, where that can be. */
const char *cf__expression_portable(cf_arena *arena, const cf__schema_table *table,
                                    const char *sql);
/* "a b c" when a portable condition is `column IN ('a', 'b', 'c')`; else NULL. Words that hold
 * spaces give NULL. */
const char *cf__expression_words(cf_arena *arena, const char *portable, const char **column);
/* The condition with a column's name replaced. */
const char *cf__expression_rename(cf_arena *arena, const char *sql, const char *from,
                                  const char *to);

/* ---- where descriptions come from ---- */

bool cf__schema_of_models(cf_arena *arena, const cf_models *models, cf__schema *out, cf_error *err);
/* The live database, without carafe_version and the engine's own tables. */
bool cf__schema_live(cf_arena *arena, cf_database *database, cf__schema *out, cf_error *err);
bool cf__sqlite_schema(cf_arena *arena, cf__conn *conn, struct cf__schema *out, cf_error *err);
bool cf__postgres_schema(cf_arena *arena, cf__conn *conn, struct cf__schema *out, cf_error *err);
/* One CREATE TABLE statement, and one CREATE INDEX, as SQLite keeps them. */
bool cf__sqlite_read_table(cf_arena *arena, cf_str sql, cf__schema_table *out, cf_error *err);
bool cf__sqlite_read_index(cf_arena *arena, cf_str sql, cf__schema_index *out, cf_error *err);

/* ---- SQL ---- */

/* Writes a name, in quotes where it needs them. */
void cf__name_write(cf_buf *out, const char *name);
/* Writes names with commas between. */
void cf__names_write(cf_buf *out, const char *const *names, size_t count);
/* Writes text in single quotes. */
void cf__text_write(cf_buf *out, const char *text);
/* CREATE TABLE under a name (NULL: its own), without its indexes. `known`: tables that foreign keys
 * may name already; others are left for later; NULL: all. */
void cf__ddl_table(cf_buf *out, const cf__schema_table *table, const char *name, cf__flavor flavor,
                   const cf__schema *known);
/* A column's line: name, type and what follows, foreign keys and checks of its own included. */
void cf__ddl_column(cf_buf *out, const cf__schema_table *table, const cf__schema_column *column,
                    cf__flavor flavor, const cf__schema *known);
/* CREATE TABLE and CREATE INDEX for several tables, parents first; foreign keys of circles follow
 * by ALTER TABLE where the engine looks at once. `there`: tables that exist already. */
void cf__ddl_tables(cf_arena *arena, cf_buf *out, const cf__schema_table *const *tables,
                    size_t count, cf__flavor flavor, const cf__schema *there);
/* Puts parents before the tables that reference them; circles are cut where they are met. */
void cf__tables_order(cf_arena *arena, const cf__schema_table **tables, size_t count);
/* CREATE INDEX, for the indexes that are no constraints. False when it is another engine's. */
bool cf__ddl_index(cf_buf *out, const cf__schema_table *table, const cf__schema_index *index,
                   cf__flavor flavor);
/* "CONSTRAINT name FOREIGN KEY (…) REFERENCES …" and "CONSTRAINT name UNIQUE (…)". */
void cf__ddl_foreign(cf_buf *out, const cf__schema_foreign *foreign, cf__flavor flavor);
void cf__ddl_unique(cf_buf *out, const cf__schema_index *index);
/* "CONSTRAINT name CHECK (…)". */
void cf__ddl_check(cf_buf *out, const cf__schema_check *check);
/* The name PostgreSQL gives to what was not named: "post_slug_key". */
const char *cf__constraint_name(cf_arena *arena, const char *given, const char *table,
                                const char *const *columns, size_t ncolumns, const char *label);

#endif
