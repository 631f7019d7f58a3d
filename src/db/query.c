/* query.c -- queries under construction: conditions, order, limits, loading. */
#include <carafe/query.h>

#include "db/sql.h"

/* Keeps a query's first mistake. Returns the query. */
static cf_query *mistake(cf_query *q, const cf_error *error)
{
    if (!q->err)
        q->err = cf_memdup(q->db->arena, error, sizeof(*error));
    return q;
}

bool cf__path_resolve(cf_arena *arena, const cf__mapper *mapper, const char *text, cf__path *out,
                      cf_error *err)
{
    cf_str rest = cf_str_of(text), head;
    size_t steps = 0;

    *out = (cf__path){ 0 };
    for (const char *p = text; *p; p++)
        steps += *p == '.';
    out->steps = steps ? cf_new_array(arena, const cf__relation *, steps) : NULL;
    while (cf_str_cut(rest, '.', &head, &rest)) {
        const cf__relation *relation = cf__mapper_relation(mapper, head);

        if (!relation)
            return cf__no_member(mapper, "relationship", head, err);
        out->steps[out->nsteps++] = relation;
        mapper = relation->target;
    }
    out->column = cf__mapper_column(mapper, head);
    out->relation = cf__mapper_relation(mapper, head);
    return out->column || out->relation ||
           cf__no_member(mapper, "column or relationship", head, err);
}

cf_query *cf__query_new(cf_db *db, const cf__mapper *mapper)
{
    cf_query *q = cf_new(db->arena, cf_query);

    q->object.class = &cf__query_class;
    q->db = db;
    q->mapper = mapper;
    q->limit = -1;
    return q;
}

cf_query *cf__db_query(cf_db *db, const cf_model *model)
{
    cf_error          error = { 0 };
    const cf__mapper *mapper = cf__session_mapper(db, model, &error);
    cf_query         *q = cf__query_new(db, mapper);

    return mapper ? q : mistake(q, &error);
}

cf_db *cf_query_db(const cf_query *q)
{
    return q->db;
}

const cf_model *cf_query_model(const cf_query *q)
{
    return q->mapper ? q->mapper->model : NULL;
}

bool cf_value_query(cf_value v, cf_query **out)
{
    if (!cf_is(v, CF_TYPE_OBJECT) || v.as.object->class != &cf__query_class)
        return false;
    *out = (cf_query *)(void *)v.as.object;
    return true;
}

/* ---- conditions ---- */

static cf_cond *new_group(cf_query *q, cf__cond_kind kind)
{
    cf_cond *cond = cf_new(q->db->arena, cf_cond);

    cond->kind = kind;
    return cond;
}

static void group_add(cf_query *q, cf_cond *group, cf_cond *item)
{
    size_t size = sizeof(*group->items);

    group->items = cf_grow(q->db->arena, group->items, group->count * size,
                           (group->count + 1) * size);
    group->items[group->count++] = item;
}

void cf__query_and(cf_query *q, cf_cond *cond)
{
    if (!q->where)
        q->where = new_group(q, CF__COND_AND);
    group_add(q, q->where, cond);
}

cf_cond *cf__cond(cf_query *q, const char *column, cf_op op, cf_value value)
{
    cf_cond *cond = new_group(q, CF__COND_COMPARE);
    cf_error error = { 0 };

    cond->op = op;
    cond->value = value;
    if (q->err)
        return NULL;
    if ((unsigned)op > CF_BETWEEN)
        cf_fail(&error, CF_EINVAL, "there is no comparison number %d", (int)op);
    else if (cf__path_resolve(q->db->arena, q->mapper, column, &cond->path, &error))
        return cond;
    mistake(q, &error);
    return NULL;
}

cf_cond *cf__cond_group(cf_query *q, int any, ...)
{
    cf_cond *group = new_group(q, any ? CF__COND_OR : CF__COND_AND), *item;
    va_list  args;

    va_start(args, any);
    while ((item = va_arg(args, cf_cond *)))
        group_add(q, group, item);
    va_end(args);
    return group;
}

cf_cond *cf_not(cf_query *q, cf_cond *condition)
{
    cf_cond *cond = new_group(q, CF__COND_NOT);

    if (!condition)
        return NULL;
    group_add(q, cond, condition);
    return cond;
}

cf_query *cf_query_filter(cf_query *q, cf_cond *condition)
{
    if (condition)
        cf__query_and(q, condition);
    return q;
}

cf_query *cf__query_where(cf_query *q, const char *column, cf_op op, cf_value value)
{
    return cf_query_filter(q, cf__cond(q, column, op, value));
}

/* ---- order, limits, loading ---- */

static bool add_order(cf_query *q, cf_str text, cf_error *err)
{
    size_t    size = sizeof(*q->orders);
    cf__order order = { 0 };

    text = cf_str_trim(text);
    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        order.descending = text.ptr[0] == '-';
        text = cf_str_slice(text, 1, text.len);
    }
    if (!cf__path_resolve(q->db->arena, q->mapper, cf_str_dup(q->db->arena, text), &order.path,
                          err))
        return false;
    for (size_t i = 0; i < order.path.nsteps; i++)
        if (cf__is_list(order.path.steps[i]))
            return cf_fail(err, CF_EINVAL, "order_by '%.*s': %s leads to many rows",
                           CF_STR_ARG(text), order.path.steps[i]->name);
    if (!order.path.column)
        return cf_fail(err, CF_EINVAL, "order_by '%.*s': this is a relationship, not a column",
                       CF_STR_ARG(text));
    q->orders = cf_grow(q->db->arena, q->orders, q->norders * size, (q->norders + 1) * size);
    q->orders[q->norders++] = order;
    return true;
}

cf_query *cf_query_order_by(cf_query *q, const char *columns)
{
    cf_str   rest = cf_str_of(columns), head;
    cf_error error = { 0 };

    if (!columns)
        q->norders = 0;
    while (rest.len && !q->err) {
        cf_str_cut(rest, ',', &head, &rest);
        if (!add_order(q, head, &error))
            mistake(q, &error);
    }
    return q;
}

cf_query *cf_query_limit(cf_query *q, int64_t limit)
{
    q->limit = limit < 0 ? -1 : limit;
    return q;
}

cf_query *cf_query_offset(cf_query *q, int64_t offset)
{
    q->offset = offset < 0 ? 0 : offset;
    return q;
}

cf_query *cf_query_load(cf_query *q, const char *relationship, cf_lazy lazy)
{
    const cf__relation *relation;
    size_t              size = sizeof(*q->loads);
    cf_error            error = { 0 };

    if (q->err)
        return q;
    relation = cf__mapper_relation(q->mapper, cf_str_of(relationship));
    if (!relation) {
        cf__no_member(q->mapper, "relationship", cf_str_of(relationship), &error);
        return mistake(q, &error);
    }
    if (lazy == CF_DYNAMIC) {
        cf_fail(&error, CF_EINVAL, "CF_DYNAMIC is declared with the model, not asked for");
        return mistake(q, &error);
    }
    q->loads = cf_grow(q->db->arena, q->loads, q->nloads * size, (q->nloads + 1) * size);
    q->loads[q->nloads++] = (cf__load){ relation, lazy };
    return q;
}

cf_lazy cf__query_lazy(const cf_query *q, const cf__relation *relation)
{
    for (size_t i = q->nloads; i-- > 0;)
        if (q->loads[i].relation == relation)
            return q->loads[i].lazy;
    return relation->lazy;
}

cf_query *cf_query_copy(const cf_query *q)
{
    cf_arena *arena = q->db->arena;
    cf_query *copy = cf_memdup(arena, q, sizeof(*q));

    if (q->where) {
        copy->where = cf_memdup(arena, q->where, sizeof(*q->where));
        copy->where->items = cf_memdup(arena, q->where->items,
                                       q->where->count * sizeof(*q->where->items));
    }
    if (q->norders)
        copy->orders = cf_memdup(arena, q->orders, q->norders * sizeof(*q->orders));
    if (q->nloads)
        copy->loads = cf_memdup(arena, q->loads, q->nloads * sizeof(*q->loads));
    return copy;
}

/* ---- the text ---- */

static void write_orders(cf_query *q, cf__builder *b)
{
    for (size_t i = 0; i < q->norders; i++) {
        const cf__order  *order = &q->orders[i];
        const cf__mapper *mapper = q->mapper;
        unsigned          alias = 0;

        for (size_t j = 0; j < order->path.nsteps; j++) {
            alias = cf__sql_join(b, order->path.steps[j], alias);
            mapper = order->path.steps[j]->target;
        }
        cf_buf_puts(&b->sql, i ? ", " : " ORDER BY ");
        cf__sql_column(b, mapper, alias, order->path.column->name);
        if (order->descending)
            cf_buf_puts(&b->sql, " DESC");
    }
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

/* Joins the to-one relationships that are loaded with the rows, and writes what is selected. */
static void write_selection(cf_query *q, cf__builder *b)
{
    int first = (int)q->mapper->ncolumns;

    cf_buf_str(&b->sql, cf__database_sql(b->db->database, q->mapper)->columns);
    for (size_t i = 0; i < q->mapper->nrelations; i++) {
        const cf__relation *r = &q->mapper->relations[i];
        cf__join           *join;

        if (cf__is_list(r) || cf__query_lazy(q, r) != CF_JOINED)
            continue;
        cf__sql_join(b, r, 0);
        for (join = b->joins; join->relation != r || join->from; join++)
            continue;
        join->load = true;
        join->first = first;
        first += (int)r->target->ncolumns;
        cf_buf_puts(&b->sql, ", ");
        cf__sql_columns(b, r->target, join->alias);
    }
}

bool cf__query_build(cf_query *q, cf__what what, cf__builder *b)
{
    cf_buf tail;
    bool   sliced = q->limit >= 0 || q->offset;

    if (q->err) {
        if (b->err)
            *b->err = *q->err;
        return false;
    }
    /* The end first: it says which joins the beginning needs. */
    if (!cf__query_where_sql(q, b))
        return false;
    if (what == CF__ROWS || (what == CF__ONE && sliced))
        write_orders(q, b);
    if ((what == CF__ROWS || sliced) && !write_limit(q, b))
        return false;
    tail = b->sql;
    b->sql = cf_buf_in(b->arena, CF_MIB(1));
    cf_buf_reserve(&b->sql, tail.len + cf__database_sql(b->db->database, q->mapper)->columns.len +
                                strlen(q->mapper->model->table) + 32);
    cf_buf_puts(&b->sql, "SELECT ");
    if (what == CF__ROWS)
        write_selection(q, b);
    else
        cf_buf_puts(&b->sql, what == CF__ONE || sliced ? "1" : "count(*)");
    cf_buf_puts(&b->sql, " FROM ");
    cf__sql_table(b, q->mapper->model->table, 0);
    cf__sql_joins(b);
    cf_buf_str(&b->sql, cf_buf_view(&tail));
    if (what == CF__COUNT && sliced) {
        cf_buf inner = b->sql;

        b->sql = cf_buf_in(b->arena, CF_MIB(1));
        cf_buf_printf(&b->sql, "SELECT count(*) FROM (%.*s) t0", CF_STR_ARG(cf_buf_view(&inner)));
    }
    return cf_buf_ok(&tail, b->err) && cf_buf_ok(&b->sql, b->err);
}

const char *cf_query_sql(cf_query *q)
{
    cf_error    error = { 0 };
    cf__builder b = cf__builder_new(q->db, q->mapper, &error);

    if (cf__query_build(q, CF__ROWS, &b))
        return cf_buf_cstr(&b.sql);
    cf__session_fail(q->db, &error, NULL);
    return NULL;
}
