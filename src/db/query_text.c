/* query_text.c -- a query's statement.
 *
 * The end is written first (WHERE … LIMIT), since it says which joins the beginning needs. A
 * to-many relationship in the same query (CF_JOINED) is joined around the whole of it:
 *
 *     SELECT "post"."id", …, t1."id", …, "post".cf_n FROM
 *         (SELECT …, row_number() OVER (ORDER BY …) AS cf_n FROM "post" WHERE … LIMIT …) "post"
 *     LEFT JOIN "tag" t1 ON … ORDER BY "post".cf_n
 *
 * so that limits count rows and a row's parts come one after the other. */
#include "db/sql.h"

static const char *engine_default(const cf__builder *b, const cf__order *order)
{
    const cf__column *column = order->term.path.column;

    /* NULL is less than everything on SQLite, more on others; here it is less everywhere. */
    if (!b->db->database->engine->dialect->nulls_high ||
        (column && column->not_null && !order->term.function && !order->term.path.nsteps))
        return "";
    return order->descending ? " NULLS LAST" : " NULLS FIRST";
}

static bool write_order(cf_query *q, cf__builder *b, const cf__order *order)
{
    bool named = false;

    for (size_t i = 0; order->name && i < q->nterms; i++)
        named |= strcmp(q->terms[i].name, order->name) == 0;
    if (order->name && !named) {
        if (b->err)
            *b->err = *order->mistake;
        return false;
    }
    if (named)
        cf__quote(&b->sql, order->name);
    else if (!cf__term_write(b, q->mapper, &order->term))
        return false;
    if (order->descending)
        cf_buf_puts(&b->sql, " DESC");
    cf_buf_puts(&b->sql, order->nulls == CF__NULLS_FIRST  ? " NULLS FIRST"
                         : order->nulls == CF__NULLS_LAST ? " NULLS LAST"
                                                          : engine_default(b, order));
    return true;
}

static bool write_orders(cf_query *q, cf__builder *b)
{
    for (size_t i = 0; i < q->norders; i++) {
        cf_buf_puts(&b->sql, i ? ", " : " ORDER BY ");
        if (!write_order(q, b, &q->orders[i]))
            return false;
    }
    return true;
}

static bool write_limit(cf_query *q, cf__builder *b)
{
    cf__param limit = { .kind = CF_KIND_INT64, .as.integer = q->limit };
    cf__param offset = { .kind = CF_KIND_INT64, .as.integer = q->offset };

    if (q->limit >= 0) {
        cf_buf_puts(&b->sql, " LIMIT ");
        if (!cf__sql_param(b, &limit))
            return false;
    } else if (q->offset) {
        cf_buf_printf(&b->sql, " LIMIT %s", b->db->database->engine->dialect->limit_all);
    }
    if (!q->offset)
        return true;
    cf_buf_puts(&b->sql, " OFFSET ");
    return cf__sql_param(b, &offset);
}

bool cf__query_where_sql(cf_query *q, cf__builder *b)
{
    if (!q->where || !q->where->count)
        return true;
    cf_buf_puts(&b->sql, " WHERE ");
    return cf__sql_condition(b, q->where);
}

static bool write_having(cf_query *q, cf__builder *b, const cf__having *having)
{
    static const char *const signs[] = { [CF_EQ] = " = ",  [CF_NE] = " <> ", [CF_LT] = " < ",
                                         [CF_LE] = " <= ", [CF_GT] = " > ",  [CF_GE] = " >= " };
    const cf__term          *term = &having->term;
    cf__param                param;
    bool                     by_column = term->path.column && term->function != CF__FN_COUNT &&
                     term->function != CF__FN_AVG;

    if (!cf__term_write(b, q->mapper, term))
        return false;
    cf_buf_puts(&b->sql, signs[having->op]);
    return (by_column ? cf__param_for(b->arena, term->path.column, having->value, &param, b->err)
                      : cf__param_of_value(b->arena, having->value, &param, b->err)) &&
           cf__sql_param(b, &param);
}

static bool write_groups(cf_query *q, cf__builder *b)
{
    for (size_t i = 0; i < q->ngroups; i++) {
        cf_buf_puts(&b->sql, i ? ", " : " GROUP BY ");
        if (!cf__term_write(b, q->mapper, &q->groups[i]))
            return false;
    }
    for (size_t i = 0; i < q->nhavings; i++) {
        cf_buf_puts(&b->sql, i ? " AND " : " HAVING ");
        if (!write_having(q, b, &q->havings[i]))
            return false;
    }
    return true;
}

/* The joins that were asked for come first: paths below use them. */
static void explicit_joins(const cf_query *q, cf__builder *b)
{
    for (size_t i = 0; i < q->njoins; i++) {
        const cf__explicit_join *wanted = &q->joins[i];
        unsigned                 alias = 0;

        for (size_t j = 0; j < wanted->nsteps; j++) {
            cf__join *join = cf__sql_join(b, wanted->steps[j], alias);

            join->inner |= wanted->inner;
            alias = join->alias;
        }
    }
}

/* ---- what is selected ---- */

/* Joins to-one relationships that are loaded with the rows, and selects their columns. */
static void select_joined(const cf_query *q, cf__builder *b, const cf__mapper *mapper,
                          unsigned alias, const cf__relation **path, size_t depth, int *first)
{
    for (size_t i = 0; depth < CF__LOAD_DEPTH && i < mapper->nrelations; i++) {
        const cf__relation *r = &mapper->relations[i];
        cf__join           *join;
        unsigned            target;

        if (cf__is_list(r))
            continue;
        path[depth] = r;
        if (cf__query_eager(q, path, depth + 1) != CF_JOINED)
            continue;
        join = cf__sql_join(b, r, alias);
        join->load = true;
        join->first = *first;
        target = join->alias;
        *first += (int)r->target->ncolumns;
        cf_buf_puts(&b->sql, ", ");
        cf__sql_columns(b, r->target, target);
        select_joined(q, b, r->target, target, path, depth + 1, first);
    }
}

/* Whether anything is loaded with the rows. */
static bool loads(const cf_query *q)
{
    return q->nloads || q->mapper->eager;
}

static void select_rows(const cf_query *q, cf__builder *b, int *first)
{
    const cf__relation *path[CF__LOAD_DEPTH + 1];

    *first = (int)q->mapper->ncolumns;
    cf_buf_str(&b->sql, cf__database_sql(b->db->database, q->mapper)->columns);
    if (loads(q))
        select_joined(q, b, q->mapper, 0, path, 0, first);
}

static bool select_terms(cf_query *q, cf__builder *b)
{
    for (size_t i = 0; i < q->nterms; i++) {
        if (i)
            cf_buf_puts(&b->sql, ", ");
        if (!cf__term_write(b, q->mapper, &q->terms[i]))
            return false;
        cf_buf_puts(&b->sql, " AS ");
        cf__quote(&b->sql, q->terms[i].name);
    }
    return true;
}

/* The to-many relationship that comes in the same query. */
static const cf__relation *joined_list(const cf_query *q)
{
    for (size_t i = 0; loads(q) && i < q->mapper->nrelations; i++) {
        const cf__relation *r = &q->mapper->relations[i];

        if (cf__is_list(r) && cf__query_eager(q, &r, 1) == CF_JOINED)
            return r;
    }
    return NULL;
}

/* ---- the whole ---- */

static void finish(const cf_query *q, cf__builder *b, const cf_buf *tail)
{
    cf_buf_puts(&b->sql, " FROM ");
    cf__sql_table(b, q->mapper->model->table, 0);
    cf__sql_joins(b);
    cf_buf_str(&b->sql, cf_buf_view(tail));
}

static void begin(const cf_query *q, cf__builder *b, const cf_buf *tail)
{
    b->sql = cf_buf_in(b->arena, CF_MIB(1));
    cf_buf_reserve(&b->sql, tail->len + cf__database_sql(b->db->database, q->mapper)->columns.len +
                                strlen(q->mapper->model->table) + 32);
    cf_buf_puts(&b->sql, q->distinct ? "SELECT DISTINCT " : "SELECT ");
}

/* , each row's place in the order. Equal rows have the same when they are to come once. */
static void write_number(const cf_query *q, cf__builder *b, const cf_buf *orders)
{
    cf_buf_printf(&b->sql, ", %s() OVER (%.*s", q->distinct ? "dense_rank" : "row_number",
                  CF_STR_ARG(cf_buf_view(orders)));
    for (size_t i = 0; q->distinct && i < q->mapper->nkeys; i++) {
        cf_buf_puts(&b->sql, i || orders->len ? ", " : "ORDER BY ");
        cf__sql_column(b, q->mapper, 0, q->mapper->keys[i]->name);
    }
    cf_buf_puts(&b->sql, ") AS cf_n");
}

/* Puts the query into brackets and joins the list around it. */
static bool wrap(cf_query *q, cf__builder *b, const cf__relation *list, const cf_buf *tail)
{
    cf_buf    orders, inner;
    cf__join *join;
    unsigned  alias;
    int       first;

    b->sql = cf_buf_in(b->arena, CF_MIB(1));
    if (!write_orders(q, b))
        return false;
    orders = b->sql;
    begin(q, b, tail);
    cf_buf_str(&b->sql, cf__database_sql(b->db->database, q->mapper)->columns);
    write_number(q, b, &orders);
    finish(q, b, tail);
    inner = b->sql;
    b->njoins = 0;
    b->sql = cf_buf_in(b->arena, CF_MIB(1));
    cf_buf_puts(&b->sql, "SELECT ");
    select_rows(q, b, &first);
    join = cf__sql_join(b, list, 0);
    join->load = true;
    join->first = first;
    alias = join->alias;
    cf_buf_puts(&b->sql, ", ");
    cf__sql_columns(b, list->target, alias);
    cf_buf_puts(&b->sql, ", ");
    cf__quote(&b->sql, q->mapper->model->table);
    cf_buf_puts(&b->sql, ".cf_n");
    cf_buf_printf(&b->sql, " FROM (%.*s) ", CF_STR_ARG(cf_buf_view(&inner)));
    cf__quote(&b->sql, q->mapper->model->table);
    cf__sql_joins(b);
    cf_buf_puts(&b->sql, " ORDER BY ");
    cf__quote(&b->sql, q->mapper->model->table);
    cf_buf_puts(&b->sql, ".cf_n");
    return cf__sql_relation_order(b, list, alias, ", ") && cf_buf_ok(&inner, b->err);
}

static bool count_of(cf__builder *b)
{
    cf_buf inner = b->sql;

    b->sql = cf_buf_in(b->arena, CF_MIB(1));
    cf_buf_printf(&b->sql, "SELECT count(*) FROM (%.*s) t0", CF_STR_ARG(cf_buf_view(&inner)));
    return cf_buf_ok(&inner, b->err);
}

static bool build(cf_query *q, cf__what what, const cf__column *key, cf__builder *b)
{
    const cf__relation *list = what == CF__ROWS && !q->nterms ? joined_list(q) : NULL;
    bool                sliced = q->limit >= 0 || q->offset, ordered = what == CF__ROWS || sliced;
    bool   inside = what == CF__COUNT && (sliced || q->distinct || q->ngroups || q->nterms);
    cf_buf tail;
    int    first;

    if (q->err) {
        if (b->err)
            *b->err = *q->err;
        return false;
    }
    if (q->ngroups && !q->nterms)
        return cf_fail(b->err, CF_EINVAL,
                       "a grouped query selects what it gives: "
                       "cf_query_select(q, \"…, count(*) as n\")");
    explicit_joins(q, b);
    if (!cf__query_where_sql(q, b) || !write_groups(q, b) ||
        (ordered && (!write_orders(q, b) || !write_limit(q, b))))
        return false;
    tail = b->sql;
    if (list)
        return wrap(q, b, list, &tail) && cf_buf_ok(&tail, b->err) && cf_buf_ok(&b->sql, b->err);
    begin(q, b, &tail);
    if (q->nterms) {
        if (!select_terms(q, b))
            return false;
    } else if (what == CF__KEYS) {
        cf__sql_column(b, q->mapper, 0, key->name);
    } else if (what == CF__ROWS || (inside && q->distinct)) {
        select_rows(q, b, &first);
    } else {
        cf_buf_puts(&b->sql, what == CF__ONE || inside ? "1" : "count(*)");
    }
    finish(q, b, &tail);
    return (!inside || count_of(b)) && cf_buf_ok(&tail, b->err) && cf_buf_ok(&b->sql, b->err);
}

bool cf__query_build(cf_query *q, cf__what what, cf__builder *b)
{
    return build(q, what, NULL, b);
}

bool cf__query_build_keys(cf_query *q, const cf__column *column, cf__builder *b)
{
    return build(q, CF__KEYS, column, b);
}

const char *cf_query_sql(cf_query *q)
{
    CF_NO_ERROR(error);
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);

    if (cf__query_build(q, CF__ROWS, &b))
        return cf_buf_cstr(&b.sql);
    cf__session_fail(q->db, &error, NULL);
    return NULL;
}
