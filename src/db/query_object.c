/* query_object.c -- queries as templates and the shell see them:
 * filter_by(live=true).limit(3).all()
 *
 * A method gives a new query and leaves its own as it was. */
#include "db/sql.h"

/* Hands an error of the session to the evaluation; returns false. */
static bool failed(cf_call *call, const cf_query *q)
{
    if (call->eval->err)
        *call->eval->err = q->err ? *q->err : q->db->err;
    return false;
}

/* The object lies where the values of its conditions lie, so that whoever keeps it beyond their
 * life can tell. */
static bool as_query(cf_call *call, cf_query *q, cf_value *result)
{
    if (q->err)
        return failed(call, q);
    *result = cf_from_object(cf_memdup(call->eval->arena, q, sizeof(*q)));
    return true;
}

static bool call_filter_by(cf_call *call, cf_query *q, cf_value *result)
{
    cf_query *copy = cf_query_copy(q);

    if (call->nargs)
        return cf_fail(call->eval->err, CF_ETYPE, "filter_by takes names: filter_by(live=true)");
    for (size_t i = 0; i < call->nkwargs; i++)
        cf__query_where(copy, cf_str_dup(q->db->arena, call->kwargs[i].name), CF_EQ,
                        call->kwargs[i].value);
    return as_query(call, copy, result);
}

static bool parse_op(cf_call *call, cf_value word, cf_op *out)
{
    static const char *const names[] = { "==", "!=",     "<",      "<=",       ">",
                                         ">=", "like",   "ilike",  "contains", "startswith",
                                         "in", "not in", "between" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (cf_str_is(cf_text(word), names[i])) {
            *out = (cf_op)i;
            return true;
        }
    if (cf_str_is(cf_text(word), "=") || cf_str_is(cf_text(word), "is")) {
        *out = CF_EQ;
        return true;
    }
    if (cf_str_is(cf_text(word), "is not")) {
        *out = CF_NE;
        return true;
    }
    return cf_fail(call->eval->err, CF_EINVAL,
                   "the comparison is one of == != < <= > >= like ilike contains startswith in "
                   "'not in' between is 'is not'");
}

/* One condition: a name, a comparison and a value. */
static bool condition(cf_call *call, cf_query *q, const cf_value *args, cf_cond **out)
{
    cf_op op;

    if (!cf_is(args[0], CF_TYPE_STRING) || !parse_op(call, args[1], &op))
        return cf_is(args[0], CF_TYPE_STRING)
                   ? false
                   : cf_fail(call->eval->err, CF_ETYPE, "a condition begins with a column's name");
    *out = cf__cond(q, cf_str_dup(q->db->arena, cf_text(args[0])), op, args[2]);
    return true;
}

/* filter('age', '>', 3); exclude('status', '==', 'draft') */
static bool call_filter(cf_call *call, cf_query *q, cf_value *result, bool exclude)
{
    static const char *const none[] = { NULL };
    cf_query                *copy = cf_query_copy(q);
    cf_cond                 *cond;

    if (!cf_args_check(call, exclude ? "exclude" : "filter", 3, 3, none) ||
        !condition(call, copy, call->args, &cond))
        return false;
    cf_query_filter(copy, exclude ? cf_not(copy, cond) : cond);
    return as_query(call, copy, result);
}

/* filter_any(['title', 'like', '%a%'], ['body', 'like', '%a%']): one of them holds. */
static bool call_filter_any(cf_call *call, cf_query *q, cf_value *result)
{
    cf_query *copy = cf_query_copy(q);
    cf_cond  *group = cf_or(copy, NULL), *cond;

    for (size_t i = 0; i < call->nargs; i++) {
        const cf_list *list = cf_is(call->args[i], CF_TYPE_LIST) ? call->args[i].as.list : NULL;

        if (!list || list->len != 3)
            return cf_fail(call->eval->err, CF_ETYPE,
                           "filter_any takes conditions: filter_any(['age', '>', 3], …)");
        if (!condition(call, copy, list->items, &cond))
            return false;
        if (cond)
            cf__cond_add(copy, group, cond);
    }
    cf_query_filter(copy, group);
    return as_query(call, copy, result);
}

/* Methods that take names: order_by('-id', 'name'), join('tags'), … */
static bool call_names(cf_call *call, cf_query *q, cf_value *result, const char *name,
                       cf_query *(*add)(cf_query *q, const char *text))
{
    cf_query *copy = cf_query_copy(q);

    for (size_t i = 0; i < call->nargs; i++) {
        if (!cf_is(call->args[i], CF_TYPE_STRING))
            return cf_fail(call->eval->err, CF_ETYPE, "%s takes names as text, not %s", name,
                           cf_type_name(call->args[i]));
        add(copy, cf_str_dup(q->db->arena, cf_text(call->args[i])));
    }
    return as_query(call, copy, result);
}

static bool call_having(cf_call *call, cf_query *q, cf_value *result)
{
    static const char *const none[] = { NULL };
    cf_query                *copy = cf_query_copy(q);
    cf_op                    op;

    if (!cf_args_check(call, "having", 3, 3, none) || !parse_op(call, call->args[1], &op))
        return false;
    cf__query_having(copy, cf_str_dup(q->db->arena, cf_text(call->args[0])), op, call->args[2]);
    return as_query(call, copy, result);
}

/* load('posts.tags') or load('user', 'joined'); options() is the same. */
static bool call_load(cf_call *call, cf_query *q, cf_value *result)
{
    static const char *const none[] = { NULL };
    static const struct {
        const char *name;
        cf_lazy     lazy;
    } kinds[] = { { "selectin", CF_SELECTIN }, { "joined", CF_JOINED },
                  { "subquery", CF_SUBQUERY }, { "select", CF_LAZY_SELECT },
                  { "lazy", CF_LAZY_SELECT },  { "raise", CF_RAISE } };
    cf_query *copy = cf_query_copy(q);
    cf_str    kind = call->nargs > 1 ? cf_text(call->args[1]) : CF_STR("selectin");
    size_t    i = 0;

    if (!cf_args_check(call, "load", 1, 2, none))
        return false;
    while (i < sizeof(kinds) / sizeof(kinds[0]) && !cf_str_is(kind, kinds[i].name))
        i++;
    if (i == sizeof(kinds) / sizeof(kinds[0]))
        return cf_fail(call->eval->err, CF_EINVAL,
                       "load: the kinds are selectin, joined, subquery, select and raise");
    cf_query_load(copy, cf_str_dup(q->db->arena, cf_text(call->args[0])), kinds[i].lazy);
    return as_query(call, copy, result);
}

static bool call_distinct(cf_call *call, cf_query *q, cf_value *result)
{
    return cf_args_check(call, "distinct", 0, 0, NULL) &&
           as_query(call, cf_query_distinct(cf_query_copy(q)), result);
}

static bool call_slice(cf_call *call, cf_query *q, cf_value *result, const char *name,
                       cf_query *(*set)(cf_query *q, int64_t number))
{
    static const char *const none[] = { NULL };

    if (!cf_args_check(call, name, 1, 1, none))
        return false;
    if (!cf_is(call->args[0], CF_TYPE_INT))
        return cf_fail(call->eval->err, CF_ETYPE, "%s takes a number", name);
    return as_query(call, set(cf_query_copy(q), call->args[0].as.integer), result);
}

/* A row or none; an error when the session has had one since `before`. */
static bool as_row(cf_call *call, cf_query *q, int64_t before, void *row, cf_value *result)
{
    if (!row && q->db->failures != before)
        return failed(call, q);
    *result = cf_from_object(row);
    return true;
}

/* get(7), or get(7, 8) where the key has several columns. */
static cf_value key_argument(const cf_call *call)
{
    cf_list *key;

    if (call->nargs < 2)
        return cf_arg(call, 0, "id");
    key = cf_tuple_new(call->eval->arena);
    for (size_t i = 0; i < call->nargs; i++)
        cf_list_add(key, call->args[i]);
    return cf_from_list(key);
}

static bool call_get(cf_call *call, cf_query *q, cf_value *result)
{
    static const char *const names[] = { "id", NULL };
    int64_t                  before = q->db->failures;
    void                    *row;

    if (!cf_args_check(call, "get", 1, CF__KEY_COLUMNS, names))
        return false;
    if (q->err)
        return failed(call, q);
    row = cf__db_get(q->db, q->mapper->model, key_argument(call));
    return as_row(call, q, before, row, result);
}

static bool integer_arg(cf_call *call, size_t i, const char *name, int64_t *out)
{
    cf_value v = cf_arg(call, i, name);

    if (cf_is_missing(v))
        return true;
    if (!cf_is(v, CF_TYPE_INT))
        return cf_fail(call->eval->err, CF_ETYPE, "paginate: %s is a number", name);
    *out = v.as.integer;
    return true;
}

static bool call_paginate(cf_call *call, cf_query *q, cf_value *result)
{
    static const char *const names[] = { "page", "per_page", NULL };
    int64_t                  page = 0, per_page = 0, before = q->db->failures;
    cf_page                 *rows;

    if (!cf_args_check(call, "paginate", 0, 2, names) || !integer_arg(call, 0, "page", &page) ||
        !integer_arg(call, 1, "per_page", &per_page))
        return false;
    rows = cf_query_paginate(q, page, per_page);
    return as_row(call, q, before, rows, result);
}

/* keyset(after=cursor, per_page=20) */
static bool call_keyset(cf_call *call, cf_query *q, cf_value *result)
{
    static const char *const names[] = { "after", "per_page", NULL };
    int64_t                  per_page = 0, before = q->db->failures;
    cf_value                 after = cf_arg(call, 0, "after");

    if (!cf_args_check(call, "keyset", 0, 2, names) || !integer_arg(call, 1, "per_page", &per_page))
        return false;
    return as_row(call, q, before, cf_query_keyset(q, cf_cstr(q->db->arena, after, NULL), per_page),
                  result);
}

/* The first of what is selected instead of rows. */
static bool first_map(cf_call *call, cf_query *q, cf_value *result)
{
    cf_query *copy = cf_query_limit(cf_query_copy(q), 1);
    cf_list  *rows = cf_query_all(copy);

    if (!rows)
        return failed(call, copy);
    *result = rows->len ? rows->items[0] : cf_none();
    return true;
}

/* update(live=false) */
static bool call_update(cf_call *call, cf_query *q, cf_value *result)
{
    cf_named *values = cf_new_array(q->db->arena, cf_named, call->nkwargs + 1);
    int64_t   count;

    if (call->nargs)
        return cf_fail(call->eval->err, CF_ETYPE, "update takes names: update(live=false)");
    for (size_t i = 0; i < call->nkwargs; i++)
        values[i] = (cf_named){ cf_str_dup(q->db->arena, call->kwargs[i].name),
                                call->kwargs[i].value };
    count = cf_query_update(q, values, call->nkwargs);
    *result = cf_int(count);
    return count >= 0 || failed(call, q);
}

static bool call_result(cf_call *call, cf_query *q, cf_str name, cf_value *result, bool *found)
{
    int64_t before = q->db->failures;

    if (cf_str_is(name, "all")) {
        cf_list *rows = cf_query_all(q);

        *result = cf_from_list(rows);
        return rows || failed(call, q);
    }
    if (cf_str_is(name, "first") && q->nterms)
        return first_map(call, q, result);
    if (cf_str_is(name, "first"))
        return as_row(call, q, before, cf_query_first(q), result);
    if (cf_str_is(name, "one"))
        return as_row(call, q, before, cf_query_one(q), result);
    if (cf_str_is(name, "one_or_none"))
        return as_row(call, q, before, cf_query_one_or_none(q), result);
    if (cf_str_is(name, "scalar")) {
        *result = cf_query_scalar(q);
        return q->db->failures == before || failed(call, q);
    }
    if (cf_str_is(name, "update"))
        return call_update(call, q, result);
    if (cf_str_is(name, "delete")) {
        int64_t count = cf_query_delete(q);

        *result = cf_int(count);
        return count >= 0 || failed(call, q);
    }
    if (cf_str_is(name, "count")) {
        int64_t count = cf_query_count(q);

        *result = cf_int(count);
        return count >= 0 || failed(call, q);
    }
    if (cf_str_is(name, "exists")) {
        *result = cf_bool(cf_query_exists(q));
        return q->db->failures == before || failed(call, q);
    }
    if (cf_str_is(name, "get"))
        return call_get(call, q, result);
    if (cf_str_is(name, "paginate"))
        return call_paginate(call, q, result);
    if (cf_str_is(name, "keyset"))
        return call_keyset(call, q, result);
    *found = false;
    return true;
}

/* The methods that give a further query. */
static bool call_builder(cf_call *call, cf_query *q, cf_str name, cf_value *result, bool *found)
{
    static const struct {
        const char *name;
        cf_query *(*add)(cf_query *q, const char *text);
    } by_names[] = {
        { "order_by", cf_query_order_by },    { "join", cf_query_join },
        { "outerjoin", cf_query_outer_join }, { "group_by", cf_query_group_by },
        { "with_entities", cf_query_select },
    };

    *found = true;
    for (size_t i = 0; i < sizeof(by_names) / sizeof(by_names[0]); i++)
        if (cf_str_is(name, by_names[i].name))
            return call_names(call, q, result, by_names[i].name, by_names[i].add);
    if (cf_str_is(name, "filter_by"))
        return call_filter_by(call, q, result);
    if (cf_str_is(name, "filter") || cf_str_is(name, "where") || cf_str_is(name, "exclude"))
        return call_filter(call, q, result, name.ptr[0] == 'e');
    if (cf_str_is(name, "filter_any"))
        return call_filter_any(call, q, result);
    if (cf_str_is(name, "having"))
        return call_having(call, q, result);
    if (cf_str_is(name, "load") || cf_str_is(name, "options"))
        return call_load(call, q, result);
    if (cf_str_is(name, "distinct"))
        return call_distinct(call, q, result);
    if (cf_str_is(name, "limit"))
        return call_slice(call, q, result, "limit", cf_query_limit);
    if (cf_str_is(name, "offset"))
        return call_slice(call, q, result, "offset", cf_query_offset);
    *found = false;
    return true;
}

static bool query_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    cf_query *q = (cf_query *)(void *)self;

    if (!call_builder(call, q, name, result, found))
        return false;
    if (*found)
        return true;
    *found = true;
    return call_result(call, q, name, result, found);
}

/* ---- as a sequence ---- */

static bool run(cf_eval *eval, cf_query *q, cf_list **out)
{
    *out = cf_query_all(q);
    if (!*out && eval->err)
        *eval->err = q->db->err;
    return *out != NULL;
}

static bool query_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    cf_list *rows;

    return run(eval, (cf_query *)(void *)self, &rows) && cf_iterate(eval, cf_from_list(rows), iter);
}

static bool query_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    cf_query *q = (cf_query *)(void *)self;

    *out = cf_query_count(q);
    if (*out < 0 && eval->err)
        *eval->err = q->db->err;
    return *out >= 0;
}

static bool query_truth(cf_eval *eval, cf_object *self, bool *out)
{
    int64_t count;

    if (!query_length(eval, self, &count))
        return false;
    *out = count > 0;
    return true;
}

/* q[3]; q[-1] counts from the end, as SQLAlchemy's queries do not but lists do. */
static bool query_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    cf_query copy = *(cf_query *)(void *)self;
    cf_list *rows;
    int64_t  i = key.as.integer, count;

    if (cf_is(key, CF_TYPE_STRING))
        return true; /* A name that it does not have. */
    if (!cf_is(key, CF_TYPE_INT))
        return cf_fail(eval->err, CF_ETYPE, "a query is indexed by numbers");
    if (i < 0) {
        if (!query_length(eval, self, &count))
            return false;
        i += count;
        if (i < 0)
            return true;
    }
    if (copy.limit >= 0 && i >= copy.limit)
        return true;
    copy.limit = 1;
    copy.offset += i;
    if (!run(eval, &copy, &rows))
        return false;
    if (rows->len)
        *out = rows->items[0];
    return true;
}

static bool query_slice(cf_eval *eval, cf_object *self, int64_t from, int64_t to, cf_value *out)
{
    cf_query copy = *(cf_query *)(void *)self;
    int64_t  most = to < from ? 0 : to == INT64_MAX ? -1 : to - from;
    cf_list *rows;

    if (copy.limit >= 0) {
        int64_t left = copy.limit > from ? copy.limit - from : 0;

        most = most < 0 || most > left ? left : most;
    }
    copy.limit = most;
    copy.offset += from;
    if (!run(eval, &copy, &rows))
        return false;
    *out = cf_from_list(rows);
    return true;
}

static bool query_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const char *sql = cf_query_sql((cf_query *)(void *)self);

    (void)eval;
    *safe = false;
    cf_buf_puts(out, sql ? sql : "<Query with a mistake>");
    return true;
}

static void query_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = {
        "filter_by", "filter",        "where",  "exclude",  "filter_any", "order_by",    "join",
        "outerjoin", "group_by",      "having", "load",     "options",    "distinct",    "limit",
        "offset",    "with_entities", "all",    "first",    "one",        "one_or_none", "scalar",
        "get",       "count",         "exists", "paginate", "keyset",     "update",      "delete"
    };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cf_list_add(out, cf_string(names[i]));
}

const cf_class cf__query_class = { .name = "Query",
                                   .item = query_item,
                                   .slice = query_slice,
                                   .method = query_method,
                                   .iter = query_iter,
                                   .length = query_length,
                                   .text = query_text,
                                   .truth = query_truth,
                                   .names = query_names };
