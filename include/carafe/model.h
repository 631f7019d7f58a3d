/* model.h -- tables as C structs: columns, relationships and computed fields, declared once.
 *
 *     typedef struct Post {
 *         CF_ROW;
 *         int64_t     id, user_id;
 *         const char *title;
 *         cf_time     publish_date;
 *     } Post;
 *
 *     CF_MODEL(Post, "post",
 *         CF_COLUMN(Post, id,           .primary_key = true),
 *         CF_COLUMN(Post, user_id,      .references = "user.id", .on_delete = CF_CASCADE),
 *         CF_COLUMN(Post, title,        .max = 80, .required = true),
 *         CF_COLUMN(Post, publish_date, .default_now = true),
 *         CF_BELONGS_TO(Post, user, User, .column = "user_id", .backref = "posts"));
 *
 * What takes NULL: text, bytes, times, dates, times of day, UUIDs, values and foreign keys unless
 * `.required`; integers, doubles, decimals, enums and bools only with `.nullable`. In C, NULL text
 * is a NULL pointer; for all others there is cf_is_null(). Rows come from a session
 * (cf_db_new_row(), cf_db_get(), queries) and live in its arena. A row is an object: {{ post.title
 * }}, {{ post.user.email }}, {% for t in post.tags %}. */
#ifndef CARAFE_MODEL_H
#define CARAFE_MODEL_H

#include <assert.h>
#include <stddef.h>

#include <carafe/record.h>

/* Most columns a model may have, and most models an app may have. */
#define CF_MAX_COLUMNS 128
#define CF_MAX_MODELS  256

typedef struct cf_model  cf_model;
typedef struct cf_models cf_models;
typedef struct cf_db     cf_db;

/* What every row begins with. Its members are the session's business. */
typedef struct cf_row {
    cf_object             object;
    struct cf__row_state *state;
    uint64_t              nulls[CF_MAX_COLUMNS / 64]; /* Bit i: column i was NULL. */
} cf_row;

/* First member of every model's struct. */
#define CF_ROW cf_row cf__row

/* What the database does with rows that reference a deleted one. */
typedef enum cf_on_delete {
    CF_RESTRICT, /* The delete fails: CF_ECONFLICT. The default. */
    CF_CASCADE,  /* They are deleted too. */
    CF_SET_NULL, /* They stay and reference nothing. */
} cf_on_delete;

/* When a relationship is loaded. */
typedef enum cf_lazy {
    CF_LAZY_SELECT, /* On first access: one query a row. The default. */
    CF_JOINED,      /* In the same query as the rows that own it. Of several to-many ones the first;
                       the others as CF_SELECTIN. */
    CF_SELECTIN,    /* With the rows that own it: one more query, by their keys. */
    CF_SUBQUERY,    /* With the rows that own it: one more query, which repeats the first as its
                       subquery; for rows without end. Below another relationship as CF_SELECTIN. */
    CF_DYNAMIC,     /* To-many: access gives a query that can be filtered before it runs. */
    CF_WRITE_ONLY,  /* To-many: rows are added and removed without loading any; reading takes a
                       query of its own (cf_related_query). */
    CF_RAISE,       /* Access without an explicit load (cf_query_load) is an error. */
} cf_lazy;

struct cf__name_the_option_as_in_max_equals_80;

/* Options of a column; all by name. */
typedef struct cf_column {
    const struct cf__name_the_option_as_in_max_equals_80 *guard;
    bool primary_key;      /* An int64_t one is generated when 0 at insert. Several columns that
                              have it are one key, which brings its values. */
    bool         required; /* NOT NULL; NULL is refused before the database is asked. */
    bool         nullable; /* Takes NULL although its C type has no natural none. */
    bool         unique;
    bool         index;
    bool         version;       /* An int64_t: see cf_db_flush(). */
    bool         default_now;   /* The time, date or time of day of cf_now(); also in SQL. */
    bool         default_uuid;  /* A random UUID in new rows. */
    const char  *default_value; /* In new rows and in SQL: "true", "0", "draft". */
    int64_t      max;           /* Text: most characters. Bytes: most bytes. */
    int32_t      precision;     /* Decimal: most digits; 12. */
    int32_t      scale;         /* Decimal: digits after the point; 2; -1: none. */
    const char  *one_of;        /* Text and enums: the allowed words, separated by spaces. */
    const char  *references;    /* "table.column": a foreign key. */
    cf_on_delete on_delete;
    cf_on_delete on_update; /* The same when the referenced key changes. */
    const char  *info;      /* One sentence for listings and forms. */
} cf_column;

/* Options of a relationship; all by name. */
typedef struct cf_relation {
    const struct cf__name_the_option_as_in_max_equals_80 *guard;
    /* belongs-to: own column with the foreign key (default: the only one that references the
     * target). has-one, has-many: the target's column. many-to-many: the link table's column that
     * references this model (default "<table>_id"). */
    const char *column;
    const char *through;        /* many-to-many: name of the link table. */
    const char *target_column;  /* many-to-many: its column that references the target. */
    const char *backref;        /* Makes the opposite relationship under this name on the target. */
    const char *back_populates; /* The opposite relationship is declared there under this name. */
    const char *order_by;       /* To-many: "-publish_date" as in cf_query_order_by(). */
    cf_lazy     lazy;           /* Of this side; CF_DYNAMIC on a belongs-to: of its backref. */
    cf_lazy     backref_lazy;   /* Of the side that the backref makes. */
    bool        delete_orphan;  /* has-…: a row that is taken away from this one is deleted. */
    bool cascade_delete; /* has-…: deleting this row deletes those first, one by one with what
                            they cascade to; needless where .on_delete = CF_CASCADE does it. */
} cf_relation;

/* Options of an index; all by name. */
typedef struct cf_index {
    const struct cf__name_the_option_as_in_max_equals_80 *guard;
    bool                                                  unique;
    const char *where; /* SQL: only rows for which it holds are in the index. */
    const char *name;  /* Default: "ix_<table>_<column>_<column>", "uq_…" for a unique one. */
} cf_index;

/* What an entry of a model's table is. */
typedef enum cf_member_kind {
    CF_MEMBER_COLUMN = 1,
    CF_MEMBER_PROPERTY,
    CF_MEMBER_BELONGS_TO,
    CF_MEMBER_HAS_ONE,
    CF_MEMBER_HAS_MANY,
    CF_MEMBER_MANY_TO_MANY,
    CF_MEMBER_INDEX,
    CF_MEMBER_CHECK,
    CF_MEMBER_BEFORE_INSERT,
} cf_member_kind;

/* What runs before a new row is written; see CF_BEFORE_INSERT. */
typedef bool cf_before_insert(cf_db *db, void *row, cf_error *err) CF_SUSPENDS;

/* One entry of a model's table; begins with a cf_field so that the table is a cf_record too. */
typedef struct cf_member {
    cf_field        field;
    cf_member_kind  kind;
    const cf_model *target; /* Relationships. */
    cf_column       column;
    cf_relation     relation;
    const char     *sql; /* An index: its columns; a check: its condition. */
    cf_index        index;
    int             line; /* Of the declaration. */

    cf_before_insert *before_insert;
} cf_member;

/* A model, as CF_MODEL makes it. */
struct cf_model {
    const char      *name;  /* "Post" */
    const char      *table; /* "post" */
    const cf_record *record;
    const cf_member *members;
    size_t           count;
    const char      *file; /* Of the declaration. */
    int              line;
};

/* A stored member of the struct. Options by name, from cf_column. */
#define CF_COLUMN(type, member, ...)                                                               \
    {                                                                                              \
        .field = { #member, CF_KIND_OF(((type *)0)->member), offsetof(type, member), NULL, NULL }, \
        .kind = CF_MEMBER_COLUMN, .column = { __VA_ARGS__ }, .line = __LINE__                      \
    }

/* A computed field: `function` is a cf_property, which receives the row as its `self`. */
#define CF_PROPERTY(type, name_, function)                                                         \
    {                                                                                              \
        .field = { #name_, CF_KIND_NONE, 0, (function), NULL }, .kind = CF_MEMBER_PROPERTY,        \
        .line = __LINE__                                                                           \
    }

/* An index over several columns, or over some rows; unique ones are rules as well. Columns by
 * comma,
 * '-' before one for descending. Options by name, from cf_index.
 *
 *     CF_INDEX(Post, "status, -publish_date"),
 *     CF_INDEX(Member, "team_id, number", .unique = true, .where = "active"),
 */
#define CF_INDEX(type, columns, ...)                                                               \
    {                                                                                              \
        .field = { "index " columns, CF_KIND_NONE, 0, NULL, NULL }, .kind = CF_MEMBER_INDEX,       \
        .sql = (columns), .index = { __VA_ARGS__ }, .line = __LINE__                               \
    }

/* A rule of the table, in SQL that both engines understand.
 *
 *     CF_CHECK(Bill, amount_is_positive, "amount >= 0"),
 */
#define CF_CHECK(type, name_, condition)                                                           \
    {                                                                                              \
        .field = { "check " #name_, CF_KIND_NONE, 0, NULL, NULL }, .kind = CF_MEMBER_CHECK,        \
        .sql = (condition), .index = { .name = #name_ }, .line = __LINE__                          \
    }

/* Runs before a new row is written, whoever made it: a view, the admin, the shell. The function may
 * fill in columns, which are checked afterwards, and may ask the session; false with an error
 * refuses the row. It runs inside the flush: what it adds or relates is for the next one.
 *
 *     CF_BEFORE_INSERT(Post, post_before_insert),
 */
#define CF_BEFORE_INSERT(type, function)                                                           \
    {                                                                                              \
        .field = { "before insert", CF_KIND_NONE, 0, NULL, NULL },                                 \
        .kind = CF_MEMBER_BEFORE_INSERT, .before_insert = (function), .line = __LINE__             \
    }

#define CF__RELATION(kind_, name_, target_, ...)                                                   \
    {                                                                                              \
        .field = { #name_, CF_KIND_NONE, 0, NULL, NULL }, .kind = (kind_),                         \
        .target = &target_##_model, .relation = { __VA_ARGS__ }, .line = __LINE__                  \
    }

/* Relationships. Options by name, from cf_relation. */
#define CF_BELONGS_TO(type, name, target, ...)                                                     \
    CF__RELATION(CF_MEMBER_BELONGS_TO, name, target, __VA_ARGS__)
#define CF_HAS_ONE(type, name, target, ...)                                                        \
    CF__RELATION(CF_MEMBER_HAS_ONE, name, target, __VA_ARGS__)
#define CF_HAS_MANY(type, name, target, ...)                                                       \
    CF__RELATION(CF_MEMBER_HAS_MANY, name, target, __VA_ARGS__)
#define CF_MANY_TO_MANY(type, name, target, ...)                                                   \
    CF__RELATION(CF_MEMBER_MANY_TO_MANY, name, target, __VA_ARGS__)

/* Defines `const cf_model <type>_model`; declare it in a header as
 * `extern const cf_model Post_model;`. */
#define CF_MODEL(type, table_, ...)                                                                \
    static_assert(offsetof(type, cf__row) == 0, "CF_ROW must be the first member of " #type);      \
    static const cf_member type##_members[] = { __VA_ARGS__ };                                     \
    static const cf_record type##_record = { #type, sizeof(type), &type##_members[0].field,        \
                                             sizeof(type##_members) / sizeof(type##_members[0]),   \
                                             sizeof(cf_member) };                                  \
    const cf_model         type##_model = { #type,                                                 \
                                            table_,                                                \
                                            &type##_record,                                        \
                                            type##_members,                                        \
                                            sizeof(type##_members) / sizeof(type##_members[0]),    \
                                            __FILE__,                                              \
                                            __LINE__ }

/* Resolves relationships and backrefs, and checks the declarations: tables and columns are named
 * once, references exist and have the right type, back_populates agree on both sides.
 *
 * Args:
 *   arena: owns the result.
 *   models: every model of the app; NULL ends it.
 *
 * Returns: the registry, or NULL.
 *
 * Errors: CF_EINVAL; the message names both declarations with file and line.
 */
cf_models *cf_models_new(cf_arena *arena, const cf_model *const *models, cf_error *err);

/* Model `i` in the order given, or NULL past the end; by name ("Post"); by table ("post"). */
const cf_model *cf_models_at(const cf_models *models, size_t i);
const cf_model *cf_models_find(const cf_models *models, cf_str name);
const cf_model *cf_models_find_table(const cf_models *models, cf_str table);

/* A relationship as it was resolved, those that a backref made included. */
typedef struct cf_relation_info {
    const char     *name;
    const cf_model *owner, *target;
    cf_member_kind  kind;
    cf_lazy         lazy;
    bool            implied;       /* Made by the other side's backref. */
    const char     *opposite;      /* Name on the target, or NULL. */
    const char     *column;        /* Foreign key, or the link table's column for the owner. */
    const char     *through;       /* Link table, or NULL. */
    const char     *target_column; /* Link table's column for the target, or NULL. */
} cf_relation_info;

/* Fills in relationship `i` of a model; false past the end. */
bool cf_models_relation(const cf_models *models, const cf_model *model, size_t i,
                        cf_relation_info *out);

/* The member with a name, or NULL; and only if it is a column. */
const cf_member *cf_model_member(const cf_model *model, cf_str name);
const cf_member *cf_model_column(const cf_model *model, cf_str name);

/* The model of a row, or of any object that is one; NULL for other objects. */
const cf_model *cf_row_model(const void *row);

/* The session a row belongs to. */
cf_db *cf_row_db(const void *row);

/* Whether a row's field is NULL.
 *
 * Text, bytes and values are NULL when their pointer is (a value: when it is none), dates and UUIDs
 * when they are all zero. An integer, double, decimal, enum, bool, time or time of day is NULL when
 * it came so from the database, was never set in a new row, or was set so by cf_set_null(), and
 * still holds zero: assigning anything but zero is enough to make it not NULL; to store a zero
 * where there was NULL say cf_set_not_null() too. */
#define cf_is_null(row, member)  cf__is_null((row), offsetof(__typeof__(*(row)), member))
#define cf_set_null(row, member) cf__set_null((row), offsetof(__typeof__(*(row)), member), true)
#define cf_set_not_null(row, member)                                                               \
    cf__set_null((row), offsetof(__typeof__(*(row)), member), false)
bool cf__is_null(const void *row, size_t offset);
void cf__set_null(void *row, size_t offset, bool null);

/* Reads a column by name as a value (none for NULL), without running anything. Undefined when
 * there is no such column. */
cf_value cf_row_get(const void *row, cf_str column);

/* Stores a value in a column, converting as cf_field_set() does; text is copied to the session's
 * arena. none stores NULL.
 *
 * Errors: CF_ETYPE, CF_EUNDEFINED when there is no such column (with a suggestion).
 */
bool cf_row_set(void *row, cf_str column, cf_value value, cf_error *err);

/* Whether the row exists in the database as this session knows it. */
bool cf_row_is_stored(const void *row);

/* The primary key as a value, a tuple when it has several columns; none when it has not been
 * generated yet. */
cf_value cf_row_key(const void *row);

#endif
