/* sql.h -- a statement under construction: text, parameters, joins. */
#ifndef CARAFE_DB_SQL_H
#define CARAFE_DB_SQL_H

#include "db/session.h"

/* Most parameters of one statement. */
#define CF__MAX_PARAMS 20000

/* A to-one relationship joined to the rows asked for; its alias is "t<number>". */
typedef struct cf__join {
    const cf__relation *relation;
    unsigned            from; /* Alias it is joined to; 0 is the table asked for. */
    unsigned            alias;
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
/* The alias under which a to-one relationship of `from` is joined; joins it at first use. */
unsigned cf__sql_join(cf__builder *b, const cf__relation *relation, unsigned from);
/* Writes the LEFT JOINs. */
void cf__sql_joins(cf__builder *b);
/* Writes a mapper's columns with commas. */
void cf__sql_columns(cf__builder *b, const cf__mapper *mapper, unsigned alias);
/* Writes a condition. */
bool cf__sql_condition(cf__builder *b, const cf_cond *cond);
/* Runs what was built. */
bool cf__sql_run(cf__builder *b, cf__row_fn *row, void *data, cf__outcome *out);

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

typedef struct cf__order {
    cf__path path;
    bool     descending;
} cf__order;

typedef struct cf__load {
    const cf__relation *relation;
    cf_lazy             lazy;
} cf__load;

struct cf_query {
    cf_object         object;
    cf_db            *db;
    const cf__mapper *mapper;
    cf_cond          *where; /* A CF__COND_AND, or NULL. */
    cf__order        *orders;
    size_t            norders;
    int64_t           limit, offset; /* -1: none; 0. */
    cf__load         *loads;
    size_t            nloads;
    bool              related; /* Loads a relationship: see cf__autoflush_rows(). */
    cf_error         *err;     /* The first mistake, or NULL. */
};

/* Follows a dotted path from a mapper. Errors: CF_EUNDEFINED. */
bool cf__path_resolve(cf_arena *arena, const cf__mapper *mapper, const char *text, cf__path *out,
                      cf_error *err);
cf_query *cf__query_new(cf_db *db, const cf__mapper *mapper);
/* How a relationship is loaded in a query. */
cf_lazy cf__query_lazy(const cf_query *q, const cf__relation *relation);
/* Adds a condition to a query's WHERE. */
void cf__query_and(cf_query *q, cf_cond *cond);
/* The class of query objects. */
extern const cf_class cf__query_class;
/* Writes "SELECT what FROM … WHERE … ORDER BY … LIMIT …" of a query. */
typedef enum cf__what { CF__ROWS, CF__COUNT, CF__ONE } cf__what;
bool cf__query_build(cf_query *q, cf__what what, cf__builder *b);
bool cf__query_where_sql(cf_query *q, cf__builder *b);

#endif
