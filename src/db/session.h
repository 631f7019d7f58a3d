/* session.h -- the inside of models, rows and sessions, shared by the files of this room. */
#ifndef CARAFE_DB_SESSION_H
#define CARAFE_DB_SESSION_H

#include <carafe/query.h>

#include "db/engine.h"

typedef struct cf__mapper   cf__mapper;
typedef struct cf__relation cf__relation;

/* ---- models, resolved ---- */

typedef struct cf__column {
    const cf_member         *member;
    cf_field                 field; /* The member's, an enum's words included. */
    const char              *name;
    cf_kind                  kind;
    unsigned char            direct; /* The cell whose eight bytes are the field's; or none. */
    uint32_t                 offset;
    unsigned                 index; /* Among the model's columns. */
    bool                     not_null;
    const cf__mapper        *parent; /* Of a foreign key, or NULL. */
    const struct cf__column *parent_column;
} cf__column;

/* Digits of a decimal that SQLite's doubles hold. */
#define CF__SQLITE_DIGITS 15
/* Most columns of a primary key. */
#define CF__KEY_COLUMNS 4
/* Most columns of an index. */
#define CF__INDEX_COLUMNS 8

/* An index: declared, or what .index and foreign keys imply. */
typedef struct cf__index {
    const char       *name;
    const cf__column *columns[CF__INDEX_COLUMNS];
    bool              descending[CF__INDEX_COLUMNS];
    size_t            count;
    bool              unique;
    const char       *where; /* SQL, or NULL. */
} cf__index;

/* A rule of a table. */
typedef struct cf__check {
    const char *name, *sql;
} cf__check;

struct cf__relation {
    const char       *name;
    cf_member_kind    kind;
    const cf__mapper *owner, *target;
    unsigned          index; /* Among the owner's relationships: its slot in a row. */
    cf_lazy           lazy;
    bool              implied, delete_orphan, cascade_delete;
    const cf__column *column; /* Foreign key: the owner's (belongs-to) or the target's (has-…). */
    const char       *through; /* many-to-many: link table and its two columns. */
    const char       *near, *far;
    const char       *order_by;
    const cf__relation *opposite;
    const cf_member    *declared; /* Where; a backref: the other side's member. */
    const cf_model     *declared_in;
    const char         *back_populates;
};

struct cf__mapper {
    const cf_model  *model;
    const cf_models *models;
    unsigned         index; /* In the registry. */
    unsigned         rank;  /* Parents before children. */
    cf_class class;
    const cf__column *columns;
    size_t            ncolumns;
    const cf__column *key; /* The first of `keys`; the only one where anything references rows. */
    const cf__column *keys[CF__KEY_COLUMNS];
    size_t            nkeys;
    bool              generated_key;
    bool              has_values;   /* A column of CF_KIND_VALUE. */
    bool              has_decimals; /* One of CF_KIND_DECIMAL. */
    bool              eager;        /* A relationship that is declared to come with the rows. */
    const cf__column *version;      /* Counts a row's updates, or NULL. */
    cf__index        *indexes;
    size_t            nindexes;
    cf__check        *checks;
    size_t            nchecks;
    cf__relation     *relations;
    size_t            nrelations;
    struct cf__name  *names; /* Hash table of member names. */
    size_t            names_mask;
};

/* What a name means on a model; at most one is set. */
typedef struct cf__name {
    cf_str              name;
    const cf__column   *column;
    const cf__relation *relation;
    cf_property        *property;
} cf__name;

struct cf_models {
    cf_arena          *arena;
    cf__mapper        *mappers;
    size_t             count;
    const cf__mapper **by_rank;
    struct cf__model_slot {
        const cf_model *model;
        cf__mapper     *mapper;
    } * slots; /* Hash table by the model's address. */
    size_t slots_mask;
};

const cf__mapper   *cf__mapper_of(const cf_models *models, const cf_model *model);
const cf__name     *cf__mapper_name(const cf__mapper *mapper, cf_str name);
const cf__column   *cf__mapper_column(const cf__mapper *mapper, cf_str name);
const cf__relation *cf__mapper_relation(const cf__mapper *mapper, cf_str name);
/* Says that a model has no such member, with a suggestion. Returns false. */
bool cf__no_member(const cf__mapper *mapper, const char *what, cf_str name, cf_error *err);
/* "models.c:12 (Post.user)": a declaration, for messages. member may be NULL. */
const char *cf__declared(cf_arena *arena, const cf_model *model, const cf_member *member);
/* Whether a model's declaration makes sense by itself; its indexes and checks resolved. */
bool cf__model_check(cf_arena *arena, const cf_model *model, cf_error *err);
bool cf__rules_build(cf_models *models, cf__mapper *mapper, cf_error *err);
/* "belongs-to", for messages. */
const char *cf__relation_kind_name(cf_member_kind kind);
/* The class of rows of a mapper. */
void cf__row_class(cf_class *class, const char *name);
/* Relationships of every model; called while the registry is built. */
bool               cf__relations_resolve(cf_models *models, cf_error *err);
static inline bool cf__is_list(const cf__relation *relation)
{
    return relation->kind == CF_MEMBER_HAS_MANY || relation->kind == CF_MEMBER_MANY_TO_MANY;
}

/* Texts that a model's rows are read and written by. */
typedef struct cf__mapper_sql {
    cf_str  columns;            /* "post"."id", "post"."title" … */
    cf__sql get;                /* SELECT … WHERE key = ? */
    cf__sql remove;             /* DELETE … WHERE key = ? */
    cf__sql insert, insert_new; /* INSERT … with the key; so that it is generated. */
} cf__mapper_sql;
const cf__mapper_sql *cf__database_sql(cf_database *database, const cf__mapper *mapper);

/* ---- rows ---- */

typedef enum cf__status {
    CF__TRANSIENT, /* Made, not added. */
    CF__PENDING,   /* Added: the next flush inserts it. */
    CF__STORED,
    CF__DOOMED, /* Stored; the next flush deletes it. */
    CF__GONE,   /* Deleted. */
} cf__status;

/* What a query said of a relationship on access, if anything. */
typedef enum cf__access { CF__ACCESS_DECLARED, CF__ACCESS_RAISE, CF__ACCESS_LOAD } cf__access;

/* A relationship as one row has it. */
typedef struct cf__slot {
    bool          loaded;
    unsigned char access;    /* A cf__access. */
    cf_row       *one;       /* To-one. */
    cf_list      *many;      /* To-many: objects. */
    cf_list      *committed; /* To-many: what the database has; compared at flush. */
    cf_list      *extra;   /* To-many, not loaded yet: rows that were related to this one since, */
    cf_list      *dropped; /* and those that were taken away. */
} cf__slot;

/* A foreign key that waits for its parent's key to be generated. */
typedef struct cf__link {
    struct cf__link  *next;
    const cf__column *column;
    cf_row           *parent;
} cf__link;

typedef struct cf__row_state {
    cf_db            *db;
    const cf__mapper *mapper;
    unsigned char     status;
    bool              expired;  /* Is read again before it is given out. */
    bool              new_key;  /* The key was generated by the insert. */
    bool              flushing; /* Being inserted or deleted: breaks circles. */
    uint32_t          batch;    /* Number of the statement that loaded it, or 0. */
    uint32_t          mark;     /* Seen in the walk of that number. */
    uint64_t          hash;     /* In the identity map. */
    void             *snapshot; /* The struct as loaded or last written. */
    cf__slot         *slots;    /* One a relationship; NULL until used. */
    cf__link         *links;    /* Foreign keys to be filled in by the flush. */
} cf__row_state;

/* Room for one field of any kind. */
typedef union cf__any_field {
    bool        boolean;
    int64_t     integer;
    double      number;
    const char *text;
    cf_str      bytes;
    cf_time     time;
    cf_value    value;
    cf_decimal  decimal;
    cf_uuid     uuid;
} cf__any_field;

/* The bytes of a column in a row. */
#define CF__AT(row, column, type) (*(type *)(void *)((char *)(row) + (column)->offset))

cf_row *cf__row_new(cf_db *db, const cf__mapper *mapper);
/* The same with room for so many bytes behind it. */
cf_row *cf__row_with(cf_db *db, const cf__mapper *mapper, size_t bytes, char **room);
bool    cf__bit(const cf_row *row, const cf__column *column);
void    cf__set_bit(cf_row *row, const cf__column *column, bool null);
bool    cf__column_is_null(const cf_row *row, const cf__column *column);
/* Makes a column NULL and zero. */
void cf__column_clear(cf_row *row, const cf__column *column);
/* Takes the row as it is for what the database has; and back. */
void cf__row_snapshot(cf_row *row);
void cf__row_restore(cf_row *row);
bool cf__is_row(const cf_object *object);
/* Copies a column's content from one row to another row's column of the same kind. */
void cf__column_copy(cf_row *to, const cf__column *to_column, const cf_row *from,
                     const cf__column *column);
/* Whether a column differs between the row and its snapshot. */
bool cf__column_changed(const cf_row *row, const cf__column *column);
/* Whether anything in a stored row differs from its snapshot. */
bool cf__row_changed(const cf_row *row);
/* A column as a parameter; `buf` keeps texts that have to be made. */
bool cf__param_of_column(cf_arena *arena, const cf_row *row, const cf__column *column,
                         cf__param *out, cf_error *err);
/* A value as a parameter for comparing with a column, converted to its type. */
bool cf__param_for(cf_arena *arena, const cf__column *column, cf_value value, cf__param *out,
                   cf_error *err);
/* A value as a parameter, by its own type. */
bool cf__param_of_value(cf_arena *arena, cf_value value, cf__param *out, cf_error *err);
/* Whether two parameters of one kind hold the same; NULL equals nothing. */
bool cf__param_equal(const cf__param *a, const cf__param *b);
/* The rules that hold whatever the engine: required, max, one_of, digits. CF_ECONFLICT, naming the
 * column. */
bool cf__column_check(const cf__column *column, const cf__param *param, cf_error *err);
/* Rounds a row's decimals to what their columns hold. CF_ECONFLICT naming the column when one does
 * not fit; the same for a parameter that is stored. */
bool cf__row_round(cf_row *row, cf_error *err);
bool cf__param_round(cf_arena *arena, const cf__column *column, cf__param *param, cf_error *err);
/* Whether a value fits a decimal column, rounded. */
bool cf__decimal_fit(const cf__column *column, cf_decimal *decimal);
/* Columns that are read from the engine at once. */
#define CF__AT_ONCE 16
/* Reads the first of a model's columns of a result; they start at `first`. */
void cf__cells_read(const cf__mapper *mapper, const cf__cursor *cursor, int first, cf__datum *out);
/* Bytes that the texts among these take in memory. */
size_t cf__cells_size(const cf__mapper *mapper, const cf__datum *data);
/* See cf__column.direct. */
unsigned char cf__direct_cell(cf_kind kind);
/* Reads a model's columns into a row whose NULL bits are clear; `data`: the first, read already. */
bool cf__row_read(cf_db *db, cf_row *row, const cf__cursor *cursor, int first, cf__datum *data,
                  char *room, cf_error *err);
/* A result's column as a value of a column's type. */
bool cf__column_value(cf_db *db, const cf__column *column, const cf__datum *datum, cf_value *out,
                      cf_error *err);
/* The key of a row, or of its snapshot, as one parameter for each of its columns. */
bool cf__params_of_key(cf_arena *arena, const cf__mapper *mapper, const cf_row *row,
                       cf__param out[CF__KEY_COLUMNS], cf_error *err);
/* A part of a key in a result's column as a parameter, whose text may be made; false when it is
 * NULL. */
bool cf__datum_key(const cf__datum *datum, const cf__column *column, char made[32], cf__param *out);
/* The slot of a relationship in a row, made when it has none yet. */
cf__slot *cf__row_slot(cf_row *row, const cf__relation *relation);
/* The slot, or NULL when none was made. */
static inline cf__slot *cf__row_slot_peek(const cf_row *row, const cf__relation *relation)
{
    return row->state->slots ? &row->state->slots[relation->index] : NULL;
}

/* ---- sessions ---- */

/* What a flush did to a row, so that a rollback can take it back. */
typedef struct cf__undo {
    cf_row       *row;
    unsigned char status;   /* Before. */
    void         *snapshot; /* Before; NULL when there was none. */
} cf__undo;

/* How often a relationship was loaded on access. */
typedef struct cf__lazy {
    const cf__relation *relation;
    int64_t             count;
    uint32_t            batch;     /* Rows of the same statement, */
    int64_t             run, most; /* how many in a row, and at most. */
} cf__lazy;

typedef struct cf__rows {
    cf_row **items;
    size_t   len, cap;
} cf__rows;

/* Of a row in the identity map. */
typedef struct cf__place {
    uint64_t hash;
    cf_row  *row; /* NULL: free. */
} cf__place;

struct cf_db {
    cf_arena    *arena;
    cf_database *database;
    cf__conn    *conn;  /* The writing transaction's, or NULL. */
    int64_t      began; /* When the transaction did: monotonic microseconds. */
    int64_t      queries;
    int64_t      failures; /* How often err was recorded. */
    /* Identity map: a table by key. */
    cf__place *places;
    size_t     nplaces;
    cf__rows   rows;    /* Every stored row, in the order met. */
    cf__rows   added;   /* Pending. */
    cf__rows   removed; /* Doomed. */
    cf__undo  *undo;
    size_t     nundo, cap_undo;
    struct cf__savepoint {
        size_t undo;
    } * savepoints;
    size_t        nsavepoints, cap_savepoints;
    uint32_t      mark; /* Of the latest walk over rows. */
    bool          flushing;
    bool          related; /* Relationships were changed since the latest flush. */
    bool          broken;  /* A flush before a query failed; the next commit must. */
    cf__lazy     *lazy;    /* Relationships loaded on access. */
    size_t        nlazy;
    cf_statement *statements; /* A ring of the latest. */
    size_t        nstatements;
    cf_error      err; /* Last: what is before it starts as zero. */
};

void cf__rows_add(cf_db *db, cf__rows *rows, cf_row *row);
void cf__rows_remove(cf__rows *rows, const cf_row *row);

/* Runs one statement for a session: on its transaction, or as a read. Counts and logs it. */
bool cf__session_run(cf_db *db, const cf__sql *sql, const cf__param *params, size_t count,
                     cf__row_fn *row, void *data, cf__outcome *out, cf_error *err);

/* In the session's transaction; only where the engine can. */
bool cf__session_run_many(cf_db *db, const cf__sql *sql, const cf__many *many, size_t *done,
                          cf__outcome *out, cf_error *err);
/* Makes sure the session has its writing transaction. */
bool cf__session_begin(cf_db *db, cf_error *err);
/* A connection in a transaction for changes of tables; NULL with an error. */
cf__conn *cf__schema_begin(cf_database *database, cf_error *err);
/* Records an error in the session and passes it on to err; returns false. */
bool cf__session_fail(cf_db *db, const cf_error *error, cf_error *err);
/* Writes what changed, inside the transaction. */
bool cf__flush_rows(cf_db *db, cf_error *err);
/* Its later parts: links of many-to-many, and deletes. */
bool cf__flush_inserts(cf_db *db, cf_error *err);
/* Fills in the keys of parents, inserting those first that are new. */
bool cf__resolve_links(cf_db *db, cf_row *row, cf_error *err);
bool cf__flush_links(cf_db *db, cf_error *err);
bool cf__flush_deletes(cf_db *db, cf_error *err);
/* Says which column a refused insert or update is about; which row still references a deleted one;
 * which column a rule is about (mapper may be NULL). */
void cf__explain_change(cf_db *db, const cf_row *row, bool foreign_key, cf_error *err);
void cf__explain_delete(cf_db *db, const cf_row *row, cf_error *err);
void cf__explain_rule(const cf__mapper *mapper, cf_error *err);
/* Says why an update or a delete found no row; `over`: without asking the database. Returns false.
 */
bool cf__explain_stale(cf_db *db, const cf_row *row, bool over, cf_error *err);
/* The mapper of a model the session's database was given; NULL with an error. */
const cf__mapper *cf__session_mapper(cf_db *db, const cf_model *model, cf_error *err);
/* Before a query: writes what the session changed. Errors are recorded. */
bool cf__autoflush(cf_db *db);
/* Before a load by key or relationship, whose result changed columns do not decide: writes only if
 * rows were added, deleted or related. */
bool cf__autoflush_rows(cf_db *db);

/* Calls `again` while it says CF_EBUSY, waiting between the calls up to the database's limit. */
bool cf__retry(cf_database *database, bool (*again)(void *data, cf_error *err), void *data,
               cf_error *err);

/* Identity map. */
cf_row *cf__identity_find(cf_db *db, const cf__mapper *mapper, const cf__param *key);
void    cf__identity_add(cf_db *db, cf_row *row);
void    cf__identity_remove(cf_db *db, cf_row *row);

/* The row of a result whose model's columns start at `first`; NULL in *out when its key is NULL (an
 * outer join without a match). */
bool cf__load_row(cf_db *db, const cf__mapper *mapper, const cf__cursor *cursor, int first,
                  cf_row **out, cf_error *err);
/* By key, from memory or the database. NULL and CF_OK: absent. */
cf_row *cf__load_key(cf_db *db, const cf__mapper *mapper, const cf__param *key, cf_error *err);

/* Takes back what flushes did since undo entry `mark`, and every unsaved change. */
void cf__session_undo(cf_db *db, size_t mark);
/* Takes back what was written since the latest savepoint, or all. */
void cf__session_undo_flush(cf_db *db);
/* Remembers a row's state before a flush changes it. */
void cf__session_remember(cf_db *db, cf_row *row);

/* ---- relationships ---- */

/* Loads a relationship for many rows at once. */
bool cf__selectin(cf_db *db, const cf__relation *relation, cf_row *const *rows, size_t count,
                  cf_error *err);
/* Loads what a slot needs, whatever the relationship's laziness. */
bool cf__slot_load(cf_row *row, const cf__relation *relation, cf_error *err);
/* The query for what a slot would hold. */
cf_query *cf__slot_query(cf_row *row, const cf__relation *relation);
/* Fills a to-one slot. */
void cf__slot_set_one(cf_row *row, const cf__relation *relation, cf_row *one);
/* Fills a to-many slot with what the database has; `many` becomes the slot's. */
void cf__slot_set_many(cf_row *row, const cf__relation *relation, cf_list *many);
/* Adds a row that the database has to a loaded to-many slot. */
void cf__slot_append(cf_row *row, const cf__relation *relation, cf_row *one);
/* Takes back a load that failed halfway: the slot is as before it. */
void cf__slot_unload(cf_row *row, const cf__relation *relation);
/* Whether a loaded to-one slot still agrees with the foreign key. */
bool cf__one_is_current(const cf_row *row, const cf__relation *relation);
/* A relationship as templates see it, and assigned to by the shell. */
bool cf__related_value(cf_row *row, const cf__relation *relation, cf_value *out, cf_error *err);
bool cf__related_assign(cf_row *row, const cf__relation *relation, cf_value value, cf_error *err);
/* Sets child.column to the parent's key: now, or when the flush has generated it. */
void cf__link_to(cf_row *child, const cf__column *column, cf_row *parent);
/* The parent a foreign key waits for, or NULL. */
cf_row *cf__link_parent(const cf_row *child, const cf__column *column);
/* Whether a list holds a row; and without it. */
bool     cf__list_has(const cf_list *list, const cf_row *row);
bool     cf__list_drop(cf_list *list, const cf_row *row);
cf_list *cf__list_copy(cf_arena *arena, const cf_list *list);

#endif
