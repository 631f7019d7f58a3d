/* query.c -- queries under construction: conditions, order, limits, loading. */
#include <carafe/query.h>

#include "db/sql.h"

cf_query *cf__query_mistake(cf_query *q, const cf_error *error)
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
    CF_NO_ERROR(error);
    const cf__mapper *mapper = cf__session_mapper(db, model, &error);
    cf_query         *q = cf__query_new(db, mapper);

    return mapper ? q : cf__query_mistake(q, &error);
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

void cf__cond_add(cf_query *q, cf_cond *group, cf_cond *item)
{
    group_add(q, group, item);
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
    CF_NO_ERROR(error);

    cond->op = op;
    cond->value = value;
    if (q->err)
        return NULL;
    if ((unsigned)op > CF_BETWEEN)
        cf_fail(&error, CF_EINVAL, "there is no comparison number %d", (int)op);
    else if (cf__path_resolve(q->db->arena, q->mapper, column, &cond->path, &error))
        return cond;
    cf__query_mistake(q, &error);
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

/* ---- order, limits ---- */

/* Takes "nulls last" off the end. */
static cf__nulls cut_nulls(cf_str *text)
{
    static const struct {
        cf_str    words;
        cf__nulls nulls;
    } endings[] = { { { " nulls first", 12 }, CF__NULLS_FIRST },
                    { { " nulls last", 11 }, CF__NULLS_LAST } };

    for (size_t i = 0; i < 2; i++) {
        cf_str words = endings[i].words;

        if (text->len > words.len &&
            cf_str_ieq(cf_str_slice(*text, text->len - words.len, text->len), words)) {
            *text = cf_str_trim(cf_str_slice(*text, 0, text->len - words.len));
            return endings[i].nulls;
        }
    }
    return CF__NULLS_DEFAULT;
}

static void add_order(cf_query *q, cf_str text)
{
    cf__order order = { 0 };
    CF_NO_ERROR(error);

    text = cf_str_trim(text);
    order.nulls = cut_nulls(&text);
    if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        order.descending = text.ptr[0] == '-';
        text = cf_str_slice(text, 1, text.len);
    }
    /* What is no column may be the name of something selected, now or later. */
    if (!cf__term_parse(q->db->arena, q->mapper, text, &order.term, &error)) {
        order.name = cf_str_dup(q->db->arena, text);
        cf_fail_prefix(&error, "order_by '%.*s'", CF_STR_ARG(text));
        order.mistake = cf_memdup(q->db->arena, &error, sizeof(error));
    }
    CF__PUSH(q->db->arena, q->orders, q->norders) = order;
}

cf_query *cf_query_order_by(cf_query *q, const char *columns)
{
    cf_str rest = cf_str_of(columns), head;

    if (!columns)
        q->norders = 0;
    while (rest.len && !q->err) {
        cf_str_cut(rest, ',', &head, &rest);
        add_order(q, head);
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

cf_query *cf_query_distinct(cf_query *q)
{
    q->distinct = true;
    return q;
}

/* ---- relationships: joined, and loaded with the rows ---- */

/* Follows a path that is made of relationships only. */
static bool relation_path(cf_query *q, const char *text, const cf__relation ***steps, size_t *count,
                          cf_error *err)
{
    cf__path path;

    if (!cf__path_resolve(q->db->arena, q->mapper, text, &path, err))
        return false;
    if (!path.relation)
        return cf_fail(err, CF_EINVAL, "'%s' is a column, not a relationship", text);
    if (path.nsteps == CF__LOAD_DEPTH)
        return cf_fail(err, CF_ELIMIT, "'%s' leads further than %d relationships", text,
                       CF__LOAD_DEPTH);
    *steps = cf_new_array(q->db->arena, const cf__relation *, path.nsteps + 1);
    for (size_t i = 0; i < path.nsteps; i++)
        (*steps)[i] = path.steps[i];
    (*steps)[path.nsteps] = path.relation;
    *count = path.nsteps + 1;
    return true;
}

static cf_query *add_join(cf_query *q, const char *relationship, bool inner)
{
    cf__explicit_join join = { .inner = inner };
    CF_NO_ERROR(error);

    if (q->err)
        return q;
    if (!relation_path(q, relationship, &join.steps, &join.nsteps, &error))
        return cf__query_mistake(q, &error);
    CF__PUSH(q->db->arena, q->joins, q->njoins) = join;
    return q;
}

cf_query *cf_query_join(cf_query *q, const char *relationship)
{
    return add_join(q, relationship, true);
}

cf_query *cf_query_outer_join(cf_query *q, const char *relationship)
{
    return add_join(q, relationship, false);
}

cf_query *cf_query_load(cf_query *q, const char *relationship, cf_lazy lazy)
{
    cf__load load = { .lazy = lazy };
    CF_NO_ERROR(error);

    if (q->err)
        return q;
    if (!relation_path(q, relationship, &load.steps, &load.nsteps, &error))
        return cf__query_mistake(q, &error);
    if (lazy == CF_DYNAMIC || lazy == CF_WRITE_ONLY) {
        cf_fail(&error, CF_EINVAL, "%s is declared with the model, not asked for",
                lazy == CF_DYNAMIC ? "CF_DYNAMIC" : "CF_WRITE_ONLY");
        return cf__query_mistake(q, &error);
    }
    CF__PUSH(q->db->arena, q->loads, q->nloads) = load;
    return q;
}

static bool begins_with(const cf__load *load, const cf__relation *const *path, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (load->steps[i] != path[i])
            return false;
    return true;
}

static bool is_eager(cf_lazy lazy)
{
    return lazy == CF_JOINED || lazy == CF_SELECTIN || lazy == CF_SUBQUERY;
}

cf_lazy cf__query_lazy(const cf_query *q, const cf__relation *const *path, size_t length,
                       bool *asked)
{
    *asked = true;
    for (size_t i = q->nloads; i-- > 0;)
        if (q->loads[i].nsteps == length && begins_with(&q->loads[i], path, length))
            return q->loads[i].lazy;
    /* What is to be loaded below it needs it loaded too. */
    for (size_t i = q->nloads; i-- > 0;)
        if (q->loads[i].nsteps > length && is_eager(q->loads[i].lazy) &&
            begins_with(&q->loads[i], path, length))
            return q->loads[i].lazy;
    *asked = false;
    return path[length - 1]->lazy;
}

cf_lazy cf__query_eager(const cf_query *q, const cf__relation *const *path, size_t length)
{
    const cf__relation *last = path[length - 1];
    bool                asked;
    cf_lazy             lazy = cf__query_lazy(q, path, length, &asked);

    if (!is_eager(lazy) || length > CF__LOAD_DEPTH)
        return CF_LAZY_SELECT;
    /* Declarations that lead back, or round and round, are followed once. */
    for (size_t i = 0; !asked && i + 1 < length; i++)
        if (path[i] == last || path[i] == last->opposite || path[i]->target == last->target)
            return CF_LAZY_SELECT;
    return lazy;
}

/* ---- what is selected and grouped ---- */

static bool parse_terms(cf_query *q, const char *text, cf__term **terms, size_t *count,
                        cf_error *err)
{
    cf_str   rest = cf_str_of(text), head;
    cf__term term;

    while (rest.len) {
        cf_str_cut(rest, ',', &head, &rest);
        if (!cf__term_parse(q->db->arena, q->mapper, head, &term, err))
            return false;
        for (size_t i = 0; i < *count; i++)
            if (terms == &q->terms && strcmp((*terms)[i].name, term.name) == 0)
                return cf_fail(err, CF_EINVAL,
                               "two selected things are named '%s'; rename one by \"as\"",
                               term.name);
        CF__PUSH(q->db->arena, *terms, *count) = term;
    }
    return true;
}

cf_query *cf_query_select(cf_query *q, const char *terms)
{
    CF_NO_ERROR(error);

    if (q->err || parse_terms(q, terms, &q->terms, &q->nterms, &error))
        return q;
    return cf__query_mistake(q, &error);
}

cf_query *cf_query_group_by(cf_query *q, const char *terms)
{
    CF_NO_ERROR(error);

    if (q->err || parse_terms(q, terms, &q->groups, &q->ngroups, &error))
        return q;
    return cf__query_mistake(q, &error);
}

cf_query *cf__query_having(cf_query *q, const char *text, cf_op op, cf_value value)
{
    cf__having having = { .op = op, .value = value };
    CF_NO_ERROR(error);

    if (q->err)
        return q;
    if ((unsigned)op > CF_GE)
        cf_fail(&error, CF_EINVAL, "having compares by = != < <= > >=");
    else if (cf__term_parse(q->db->arena, q->mapper, cf_str_of(text), &having.term, &error)) {
        CF__PUSH(q->db->arena, q->havings, q->nhavings) = having;
        return q;
    }
    return cf__query_mistake(q, &error);
}

#define COPY(arena, array, count)                                                                  \
    ((count) ? cf_memdup((arena), (array), (count) * sizeof(*(array))) : NULL)

cf_query *cf_query_copy(const cf_query *q)
{
    cf_arena *arena = q->db->arena;
    cf_query *copy = cf_memdup(arena, q, sizeof(*q));

    if (q->where) {
        copy->where = cf_memdup(arena, q->where, sizeof(*q->where));
        copy->where->items = COPY(arena, q->where->items, q->where->count);
    }
    copy->orders = COPY(arena, q->orders, q->norders);
    copy->loads = COPY(arena, q->loads, q->nloads);
    copy->joins = COPY(arena, q->joins, q->njoins);
    copy->terms = COPY(arena, q->terms, q->nterms);
    copy->groups = COPY(arena, q->groups, q->ngroups);
    copy->havings = COPY(arena, q->havings, q->nhavings);
    return copy;
}
