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

static bool as_query(cf_call *call, cf_query *q, cf_value *result)
{
    if (q->err)
        return failed(call, q);
    *result = cf_from_object(q);
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

static bool call_where(cf_call *call, cf_query *q, cf_value *result)
{
    static const char *const none[] = { NULL };
    static const char *const names[] = { "==", "!=",     "<",      "<=",       ">",
                                         ">=", "like",   "ilike",  "contains", "startswith",
                                         "in", "not in", "between" };
    cf_query                *copy = cf_query_copy(q);
    size_t                   op = 0, count = sizeof(names) / sizeof(names[0]);

    if (!cf_args_check(call, "where", 3, 3, none))
        return false;
    while (op < count && !cf_str_is(cf_text(call->args[1]), names[op]))
        op++;
    if (op == count)
        return cf_fail(call->eval->err, CF_EINVAL,
                       "where: the comparison is one of == != < <= > >= like ilike contains "
                       "startswith in 'not in' between");
    cf__query_where(copy, cf_str_dup(q->db->arena, cf_text(call->args[0])), (cf_op)op,
                    call->args[2]);
    return as_query(call, copy, result);
}

static bool call_order_by(cf_call *call, cf_query *q, cf_value *result)
{
    cf_query *copy = cf_query_copy(q);

    for (size_t i = 0; i < call->nargs; i++) {
        if (!cf_is(call->args[i], CF_TYPE_STRING))
            return cf_fail(call->eval->err, CF_ETYPE, "order_by takes names: order_by('-id')");
        cf_query_order_by(copy, cf_str_dup(q->db->arena, cf_text(call->args[i])));
    }
    return as_query(call, copy, result);
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

static bool call_get(cf_call *call, cf_query *q, cf_value *result)
{
    static const char *const none[] = { NULL };
    int64_t                  before = q->db->failures;
    void                    *row;

    if (!cf_args_check(call, "get", 1, 1, none))
        return false;
    if (q->err)
        return failed(call, q);
    row = cf__db_get(q->db, q->mapper->model, call->args[0]);
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

static bool call_result(cf_call *call, cf_query *q, cf_str name, cf_value *result, bool *found)
{
    int64_t before = q->db->failures;

    if (cf_str_is(name, "all")) {
        cf_list *rows = cf_query_all(q);

        *result = cf_from_list(rows);
        return rows || failed(call, q);
    }
    if (cf_str_is(name, "first") || cf_str_is(name, "one")) {
        void *row = name.ptr[0] == 'f' ? cf_query_first(q) : cf_query_one(q);

        return as_row(call, q, before, row, result);
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
    *found = false;
    return true;
}

static bool query_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    cf_query *q = (cf_query *)(void *)self;

    *found = true;
    if (cf_str_is(name, "filter_by"))
        return call_filter_by(call, q, result);
    if (cf_str_is(name, "where"))
        return call_where(call, q, result);
    if (cf_str_is(name, "order_by"))
        return call_order_by(call, q, result);
    if (cf_str_is(name, "limit"))
        return call_slice(call, q, result, "limit", cf_query_limit);
    if (cf_str_is(name, "offset"))
        return call_slice(call, q, result, "offset", cf_query_offset);
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

static bool query_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    cf_query copy = *(cf_query *)(void *)self;
    cf_list *rows;

    if (!cf_is(key, CF_TYPE_INT) || key.as.integer < 0)
        return cf_fail(eval->err, CF_ETYPE, "a query is indexed by numbers from 0");
    if (copy.limit >= 0 && key.as.integer >= copy.limit)
        return true;
    copy.limit = 1;
    copy.offset += key.as.integer;
    if (!run(eval, &copy, &rows))
        return false;
    if (rows->len)
        *out = rows->items[0];
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
    static const char *const names[] = { "filter_by", "where", "order_by", "limit",
                                         "offset",    "all",   "first",    "one",
                                         "get",       "count", "exists",   "paginate" };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        cf_list_add(out, cf_string(names[i]));
}

const cf_class cf__query_class = { .name = "Query",
                                   .item = query_item,
                                   .method = query_method,
                                   .iter = query_iter,
                                   .length = query_length,
                                   .text = query_text,
                                   .truth = query_truth,
                                   .names = query_names };
