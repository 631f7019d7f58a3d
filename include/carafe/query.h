/* query.h -- asking for rows: filters, order, limits, pages. Everything is parameterised.
 *
 *     cf_list *posts = cf_query_all(
 *         cf_query_limit(
 *             cf_query_order_by(
 *                 cf_query_filter_by(cf_db_query(db, Post), "live", true), "-publish_date"), 10));
 *     Post *post;
 *     CF_EACH(posts, post)
 *         puts(post->title);
 *
 * The builders change the query and return it. The first mistake (an unknown column, …) is kept in
 * the query and reported by whatever runs it. A column is "title", or leads along relationships:
 * "user.email", "tags.name".
 *
 * A query is an object of templates and the shell, where each of these gives a new query:
 * filter_by(live=true), filter('age', '>', 3), exclude('age', '<', 3), filter_any(['a', '==', 1],
 * …), order_by('-id'), join('tags'), outerjoin('tags'), group_by('status'), having('count(*)', '>',
 * 1), with_entities('status', 'count(*) as n'), load('user', 'joined'), distinct(), limit(3),
 * offset(3); and these run it: all(), first(), one(), one_or_none(), scalar(), get(7), count(),
 * exists(), paginate(page=2), keyset(after=…), update(live=false), delete(), iteration, q[0] and
 * q[3:6]. */
#ifndef CARAFE_QUERY_H
#define CARAFE_QUERY_H

#include <carafe/db.h>

typedef struct cf_query cf_query;
typedef struct cf_cond  cf_cond;

/* Most rows a query returns; more is CF_ELIMIT. Set a limit where there can be more. */
#define CF_QUERY_MAX_ROWS 100000

typedef enum cf_op {
    CF_EQ, /* none: IS NULL */
    CF_NE, /* none: IS NOT NULL */
    CF_LT,
    CF_LE,
    CF_GT,
    CF_GE,
    CF_LIKE,     /* '%' and '_' are wild; ASCII case matters. */
    CF_ILIKE,    /* The same, case ignored. */
    CF_CONTAINS, /* The text anywhere, nothing wild, case ignored. */
    CF_STARTS,   /* The text at the start, nothing wild, case ignored. */
    CF_IN,       /* A list; an empty one matches nothing. */
    CF_NOT_IN,
    CF_BETWEEN, /* A list of two, both included. */
} cf_op;

/* A query for a model's rows: cf_db_query(db, Post). */
#define cf_db_query(db, type) cf__db_query((db), &type##_model)
cf_query *cf__db_query(cf_db *db, const cf_model *model);
/* The query over a to-many relationship of a row; of any laziness. */
cf_query *cf_related_query(void *row, const char *name);

/* column = value. A C value or a cf_value; for times cf_time_value(arena, t). For a relationship's
 * name the value is a row: filter_by(q, "user", user), filter_by(q, "tags", tag). */
#define cf_query_filter_by(q, column, value) cf_query_where((q), (column), CF_EQ, (value))
/* column op value. */
#define cf_query_where(q, column, op, value)                                                       \
    cf__query_where((q), (column), (op), cf_value_of(value))
cf_query *cf__query_where(cf_query *q, const char *column, cf_op op, cf_value value);

/* Conditions to be combined:
 *     cf_query_filter(q, cf_or(q, cf_cond_of(q, "title", CF_CONTAINS, word),
 *                                 cf_cond_of(q, "body", CF_CONTAINS, word))) */
cf_query *cf_query_filter(cf_query *q, cf_cond *condition);
#define cf_cond_of(q, column, op, value) cf__cond((q), (column), (op), cf_value_of(value))
cf_cond *cf__cond(cf_query *q, const char *column, cf_op op, cf_value value);
#define cf_or(q, ...)  cf__cond_group((q), true, __VA_ARGS__, (cf_cond *)NULL)
#define cf_and(q, ...) cf__cond_group((q), false, __VA_ARGS__, (cf_cond *)NULL)
cf_cond *cf__cond_group(cf_query *q, int any, ...);
cf_cond *cf_not(cf_query *q, cf_cond *condition);

/* "-publish_date" is descending; several by comma: "live,-id"; "-due nulls last"; "-count(*)"; the
 * name of something selected. Adds to what was there; NULL forgets it. NULL counts as less than
 * everything unless "nulls first" or "nulls last" says otherwise. */
cf_query *cf_query_order_by(cf_query *q, const char *columns);
/* -1: none. */
cf_query *cf_query_limit(cf_query *q, int64_t limit);
cf_query *cf_query_offset(cf_query *q, int64_t offset);
/* SELECT DISTINCT: rows that joins made several of come once. */
cf_query *cf_query_distinct(cf_query *q);

/* Joins along relationships: "tags", "user.profile". Paths that begin with a joined relationship
 * then speak of the joined row, which may be one of many: filters, orders, groups and selected
 * columns. Not needed for paths to one row, nor for filters that any of many may satisfy. The outer
 * one keeps rows that have no match. */
cf_query *cf_query_join(cf_query *q, const char *relationship);
cf_query *cf_query_outer_join(cf_query *q, const char *relationship);

/* Selects columns and aggregates instead of rows: cf_query_all() gives a map for each.
 *
 *     cf_query_select(cf_query_group_by(q, "user.name"),
 *                     "user.name, count(*) as posts, max(publish_date) as latest")
 *
 * There are count(), count(distinct …), sum(), avg(), min() and max(). Without "as" names are
 * "user_name" and "max_publish_date". Values have the column's type; avg() gives floats. */
cf_query *cf_query_select(cf_query *q, const char *terms);
cf_query *cf_query_group_by(cf_query *q, const char *terms);
/* Keeps groups for which an aggregate compares so: cf_query_having(q, "count(*)", CF_GT, 3). */
#define cf_query_having(q, term, op, value) cf__query_having((q), (term), (op), cf_value_of(value))
cf_query *cf__query_having(cf_query *q, const char *term, cf_op op, cf_value value);

/* How a relationship is loaded in this query: CF_JOINED, CF_SELECTIN, CF_SUBQUERY, CF_LAZY_SELECT,
 * CF_RAISE. A path loads what leads there too: "posts.tags". */
cf_query *cf_query_load(cf_query *q, const char *relationship, cf_lazy lazy);
/* An independent copy. */
cf_query *cf_query_copy(const cf_query *q);

/* Runs it. The list holds the rows as objects; NULL on error. */
cf_list *cf_query_all(cf_query *q) CF_SUSPENDS;
/* The first row, or NULL: none when cf_db_error() holds nothing. */
void *cf_query_first(cf_query *q) CF_SUSPENDS;
/* The only row; none or several is an error (CF_ENOTFOUND, CF_ECONFLICT). */
void *cf_query_one(cf_query *q) CF_SUSPENDS;
/* The same, but none is fine: NULL. */
void *cf_query_one_or_none(cf_query *q) CF_SUSPENDS;
/* The first selected thing of the first row; none when there is no row, undefined on error. */
cf_value cf_query_scalar(cf_query *q) CF_SUSPENDS;
/* How many rows; -1 on error. Limit and offset count. */
int64_t cf_query_count(cf_query *q) CF_SUSPENDS;
/* Whether there is one; false on error. */
bool cf_query_exists(cf_query *q) CF_SUSPENDS;

/* A calculation with a row's own column, for updates and comparisons; op is '+', '-' or '*', and
 * '=' for the column as it is:
 *
 *     cf_named changes[] = { CF_NAMED("stock", cf_calc(q, "stock", '-', 1)) };
 *     cf_query_update(q, changes, 1);
 *     cf_query_where(q, "stock", CF_LT, cf_calc(q, "wanted", '=', 0));
 */
#define cf_calc(q, column, op, value) cf__calc((q), (column), (op), cf_value_of(value))
cf_value cf__calc(cf_query *q, const char *column, char op, cf_value value);

/* Updates or deletes all rows that match, in the session's transaction, without loading them.
 * Order, limit and offset are refused. Rows already loaded are read again when next asked for.
 *
 * Returns: how many rows; -1 on error.
 */
int64_t cf_query_update(cf_query *q, const cf_named *values, size_t count) CF_SUSPENDS;
int64_t cf_query_delete(cf_query *q) CF_SUSPENDS;

/* The statement that cf_query_all() would run, with '?' for parameters. NULL on a mistake. */
const char *cf_query_sql(cf_query *q);
/* The session a query belongs to. */
cf_db *cf_query_db(const cf_query *q);
/* The model it asks for. */
const cf_model *cf_query_model(const cf_query *q);

/* Whether a value is a query object; and which. */
bool cf_value_query(cf_value v, cf_query **out);

/* One page of a query's rows, with Flask-SQLAlchemy's names; an object for templates, where
 * iter_pages(left_edge=2, left_current=2, right_current=4, right_edge=2) gives page numbers with
 * none for a gap. */
typedef struct cf_page {
    cf_object object;
    cf_list  *items;
    int64_t   page, per_page, total, pages;
    int64_t   first, last; /* Numbers of the first and last item here, from 1; 0 when empty. */
    bool      has_prev, has_next;
    int64_t   prev_num, next_num; /* 0 when there is none (none in templates). */
} cf_page;

/* Args:
 *   page: from 1; 0 means 1.
 *   per_page: 0 means 20; at most 100.
 *
 * Returns: the page; NULL without an error when there is no such page (answer 404). The first page
 *   always exists.
 */
cf_page *cf_query_paginate(cf_query *q, int64_t page, int64_t per_page) CF_SUSPENDS;
/* Numbers for page links; 0 stands for a gap. */
size_t cf_page_numbers(const cf_page *page, int64_t *out, size_t capacity);

/* A page that begins where another ended, for lists without end: `next` and `prev` are cursors for
 * addresses (?after=…), NULL when there is nothing there. An object for templates: items, next,
 * prev, has_next, has_prev, per_page. */
typedef struct cf_keyset {
    cf_object   object;
    cf_list    *items;
    int64_t     per_page;
    const char *next, *prev;
} cf_keyset;

/* The rows after a cursor, or before it when it is a `prev`; in the query's order, which is of
 * columns of the model itself, and then by the primary key. Costs the same on every page, and rows
 * that are inserted or deleted meanwhile move no other from its page.
 *
 * Args:
 *   cursor: from a page of a query in the same order; NULL or "" for the beginning. It may come
 * from a browser: it is no secret and can do no harm. per_page: 0 means 20; at most 100.
 *
 * Returns: the page; NULL without an error when the cursor is none of this query's (answer 404).
 *
 * Errors: those of cf_query_all(); CF_ELIMIT (a row's value is too long for a cursor: order by
 * shorter columns).
 */
cf_keyset *cf_query_keyset(cf_query *q, const char *cursor, int64_t per_page) CF_SUSPENDS;

/* ---- walking lists of rows ---- */

/* Row `i` of a list, as a pointer to any struct. */
static inline void *cf_row_at(const cf_list *list, size_t i)
{
    return (void *)list->items[i].as.object;
}

#define CF__JOIN2(a, b) a##b
#define CF__JOIN(a, b)  CF__JOIN2(a, b)
#define CF__EACH(list, row, n)                                                                     \
    for (const cf_list *CF__JOIN(cf__list_, n) = (list); CF__JOIN(cf__list_, n);                   \
         CF__JOIN(cf__list_, n) = NULL)                                                            \
        for (size_t CF__JOIN(cf__i_, n) = 0;                                                       \
             CF__JOIN(cf__i_, n) < CF__JOIN(cf__list_, n)->len &&                                  \
             ((row) = cf_row_at(CF__JOIN(cf__list_, n), CF__JOIN(cf__i_, n)), true);               \
             CF__JOIN(cf__i_, n)++)
/* Runs the following statement for each row of a list, which may be NULL and is evaluated once;
 * `row` is a pointer declared before. */
#define CF_EACH(list, row) CF__EACH(list, row, __COUNTER__)

#endif
