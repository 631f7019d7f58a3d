/* sql.h -- a statement under construction: text, parameters, joins. */
#ifndef CARAFE_DB_SQL_H
#define CARAFE_DB_SQL_H

#include "db/session.h"

/* Most parameters of one statement. */
#define CF__MAX_PARAMS 20000

/* A relationship joined to the rows asked for; its alias is "t<number>". */
typedef struct cf__join {
    const cf__relation *relation;
    unsigned            from; /* Alias it is joined to; 0 is the table asked for. */
    unsigned            alias;
    unsigned            link;  /* Alias of a many-to-many's link table. */
    bool                inner; /* Else rows without a match stay. */
    bool                load;  /* Its columns are selected. */
    int                 first; /* Where they start. */
} cf__join;

typedef struct cf__builder {
    cf_db            *db;
    cf_arena         *arena;
    const cf__mapper *root;
    cf_buf            sql; /* What is written now. */
    cf__param        *params;
    size_t            nparams, cap_params;
    cf__join         *joins;
    size_t            njoins, cap_joins;
    unsigned          aliases;  /* How many were given out. */
    bool              no_joins; /* UPDATE and DELETE: subqueries instead. */
    cf_error         *err;
} cf__builder;

cf__builder cf__builder_new(cf_db *db, const cf__mapper *root, cf_error *err);
/* Adds a parameter and writes its '?'. */
bool cf__sql_param(cf__builder *b, const cf__param *param);
/* Adds a parameter whose '?' is written elsewhere. */
bool cf__sql_push(cf__builder *b, const cf__param *param);
/* Writes the table's name or alias, a dot and the column's name. */
void cf__sql_column(cf__builder *b, const cf__mapper *mapper, unsigned alias, const char *column);
/* Writes `"table" t<alias>`, or only the name for 0. */
void cf__sql_table(cf__builder *b, const char *table, unsigned alias);
/* The join of a relationship of `from`, made at first use; its address holds until the next. */
cf__join *cf__sql_join(cf__builder *b, const cf__relation *relation, unsigned from);
/* The same, or NULL when there is none yet. */
cf__join *cf__sql_find_join(const cf__builder *b, const cf__relation *relation, unsigned from);
/* Writes the JOINs. */
void cf__sql_joins(cf__builder *b);
/* Writes a mapper's columns with commas. */
void cf__sql_columns(cf__builder *b, const cf__mapper *mapper, unsigned alias);
/* Writes the ORDER BY of a relationship's own .order_by, its table being at `alias`. */
bool cf__sql_relation_order(cf__builder *b, const cf__relation *relation, unsigned alias,
                            const char *before);
/* Writes `column op value`; a column's calculation when the value is one. */
bool cf__sql_compare(cf__builder *b, const cf__mapper *mapper, unsigned alias,
                     const cf__column *column, cf_op op, cf_value value);
/* Writes a calculation that a value is; false in *found when it is none. */
bool cf__sql_calculation(cf__builder *b, const cf__mapper *mapper, unsigned alias, cf_value value,
                         bool *found);
/* Writes " AND version = ?" for a row whose model has such a column. */
bool cf__sql_version(cf__builder *b, const cf_row *row);
/* Writes a condition. */
bool cf__sql_condition(cf__builder *b, const cf_cond *cond);
/* Runs what was built. */
bool cf__sql_run(cf__builder *b, cf__row_fn *row, void *data, cf__outcome *out);

/* ---- statements of a flush that go out together (flush_pipe.c) ---- */

typedef struct cf__pipe cf__pipe;

/* What a statement is about. */
typedef struct cf__pipe_item {
    cf_row             *row;
    const cf__relation *relation; /* Of a link. */
} cf__pipe_item;

/* What it did. */
typedef struct cf__pipe_result {
    int64_t          affected, id; /* Rows; the key that RETURNING gave, */
    bool             found;        /* if it did. */
    bool             over;         /* A later statement was refused: nothing more can be run. */
    const cf__param *params;
    size_t           width;
} cf__pipe_result;

typedef struct cf__pipe_kind {
    /* After each that was carried out, in their order; may be NULL. False: an error all the same.
     */
    bool (*done)(cf_db *db, const cf__pipe_item *item, cf__pipe_result *result, cf_error *err);
    /* Makes the error of one that was refused say more. */
    void (*refused)(cf_db *db, const cf__pipe_item *item, bool foreign_key, cf_error *err);
} cf__pipe_kind;

cf__pipe *cf__pipe_new(cf_db *db);
/* Puts a statement, or one that was built; sends what was gathered when it is another one. The text
 * and what parameters point to must last until it is sent. */
bool cf__pipe_put(cf__pipe *p, const cf__pipe_kind *kind, cf__pipe_item item, const cf__sql *sql,
                  const cf__param *params, size_t width, cf_error *err);
bool cf__pipe_put_built(cf__pipe *p, const cf__pipe_kind *kind, cf__pipe_item item, cf__builder *b);
/* Sends what was gathered. */
bool cf__pipe_send(cf__pipe *p, cf_error *err);
/* The same, and frees the pipe. `ok` and `err`: how it went so far; an error of what was gathered
 * comes before. */
bool cf__pipe_end(cf__pipe *p, bool ok, cf_error *err);
/* The `refused` of what writes a row: names the column and what is wrong with it. */
void cf__pipe_change_refused(cf_db *db, const cf__pipe_item *item, bool foreign_key, cf_error *err);

/* ---- conditions and queries ---- */

typedef enum cf__cond_kind {
    CF__COND_COMPARE, /* A path of names against a value. */
    CF__COND_AND,
    CF__COND_OR,
    CF__COND_NOT,
    CF__COND_LINK, /* Rows that a link table joins with a row. */
} cf__cond_kind;

/* Where a path leads: relationships to follow, then a column or a last relationship. */
typedef struct cf__path {
    const cf__relation **steps;
    size_t               nsteps;
    const cf__column    *column;
    const cf__relation  *relation;
} cf__path;

struct cf_cond {
    cf__cond_kind       kind;
    cf_op               op;
    cf__path            path;
    cf_value            value;
    cf_cond           **items; /* Of a group. */
    size_t              count;
    const cf__relation *link; /* CF__COND_LINK: seen from `row`. */
    cf_row             *row;
};

typedef enum cf__function {
    CF__PLAIN,
    CF__FN_COUNT,
    CF__FN_SUM,
    CF__FN_AVG,
    CF__FN_MIN,
    CF__FN_MAX,
} cf__function;

/* Something to be selected, grouped or ordered by: "user.name", "count(*)", "sum(score) as total".
 */
typedef struct cf__term {
    cf__function function;
    bool         distinct;
    cf__path     path; /* Its column is NULL for count(*). */
    const char  *name; /* In the result. */
} cf__term;

typedef enum cf__nulls { CF__NULLS_DEFAULT, CF__NULLS_FIRST, CF__NULLS_LAST } cf__nulls;

typedef struct cf__order {
    cf__term        term;
    bool            descending;
    cf__nulls       nulls;
    const char     *name; /* No column's: that of a selected term, or a mistake. */
    const cf_error *mistake;
} cf__order;

typedef struct cf__load {
    const cf__relation **steps;
    size_t               nsteps;
    cf_lazy              lazy;
} cf__load;

typedef struct cf__explicit_join {
    const cf__relation **steps;
    size_t               nsteps;
    bool                 inner;
} cf__explicit_join;

typedef struct cf__having {
    cf__term term;
    cf_op    op;
    cf_value value;
} cf__having;

/* Relationships below each other that are loaded with a query's rows. */
#define CF__LOAD_DEPTH 8

struct cf_query {
    cf_object          object;
    cf_db             *db;
    const cf__mapper  *mapper;
    cf_cond           *where; /* A CF__COND_AND, or NULL. */
    cf__order         *orders;
    size_t             norders;
    int64_t            limit, offset; /* -1: none; 0. */
    cf__load          *loads;
    size_t             nloads;
    cf__explicit_join *joins;
    size_t             njoins;
    cf__term          *terms; /* What is selected instead of rows. */
    size_t             nterms;
    cf__term          *groups;
    size_t             ngroups;
    cf__having        *havings;
    size_t             nhavings;
    bool               distinct;
    bool               related; /* Loads a relationship: see cf__autoflush_rows(). */
    cf_error          *err;     /* The first mistake, or NULL. */
};

/* Follows a dotted path from a mapper. Errors: CF_EUNDEFINED. */
bool cf__path_resolve(cf_arena *arena, const cf__mapper *mapper, const char *text, cf__path *out,
                      cf_error *err);
cf_query *cf__query_new(cf_db *db, const cf__mapper *mapper);
/* How a relationship, the last of a path from the query's model, is loaded; *asked: the query says
 * so, and not only the declaration. */
cf_lazy cf__query_lazy(const cf_query *q, const cf__relation *const *path, size_t length,
                       bool *asked);
/* The same without what leads round in circles: CF_LAZY_SELECT then. */
cf_lazy cf__query_eager(const cf_query *q, const cf__relation *const *path, size_t length);
/* Keeps a query's first mistake. Returns the query. */
cf_query *cf__query_mistake(cf_query *q, const cf_error *error);
/* Parses "count(distinct user_id) as users". */
bool cf__term_parse(cf_arena *arena, const cf__mapper *mapper, cf_str text, cf__term *out,
                    cf_error *err);
/* Writes a term; joins what leads there. */
bool cf__term_write(cf__builder *b, const cf__mapper *root, const cf__term *term);
/* What a result's column holds, as a value of the term's type. */
bool cf__term_value(cf_db *db, const cf__term *term, const cf__datum *datum, cf_value *out,
                    cf_error *err);
/* One more in an array, whose memory is uninitialised. */
#define CF__PUSH(arena, array, count)                                                              \
    (*((array) = cf_grow((arena), (array), (count) * sizeof(*(array)),                             \
                         ((count) + 1) * sizeof(*(array))),                                        \
       &(array)[(count)++]))
/* Adds a condition to a group. */
void cf__cond_add(cf_query *q, cf_cond *group, cf_cond *item);
/* Adds a condition to a query's WHERE. */
void cf__query_and(cf_query *q, cf_cond *cond);
/* The class of query objects. */
extern const cf_class cf__query_class;
/* Writes "SELECT what FROM … WHERE … ORDER BY … LIMIT …" of a query; CF__KEYS selects one column.
 */
typedef enum cf__what { CF__ROWS, CF__COUNT, CF__ONE, CF__KEYS } cf__what;
bool cf__query_build(cf_query *q, cf__what what, cf__builder *b);
bool cf__query_build_keys(cf_query *q, const cf__column *column, cf__builder *b);
/* Loads what comes with a query's rows by further queries. */
bool cf__load_related(cf_query *q, const cf_list *rows, cf_error *err);
bool cf__query_where_sql(cf_query *q, cf__builder *b);

#endif
