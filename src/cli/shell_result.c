/* shell_result.c -- what db.session.execute() gives: rows as dicts, in the manner of SQLAlchemy. */
#include "cli/shell.h"

typedef struct result_object {
    cf_object head;
    cf_list  *rows;
    int64_t   affected, last_id;
} result_object;

static const result_object *result_of(const cf_object *self)
{
    return (const result_object *)self;
}

static bool result_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    const result_object *r = result_of(self);

    (void)eval;
    if (cf_str_is(name, "rowcount"))
        *out = cf_int(r->rows->len ? (int64_t)r->rows->len : r->affected);
    else if (cf_str_is(name, "lastrowid"))
        *out = cf_int(r->last_id);
    return true;
}

/* The first column of a row. */
static cf_value first_of(cf_value row)
{
    return row.as.map->len ? row.as.map->entries[0].value : cf_none();
}

static bool result_method(cf_call *call, cf_object *self, cf_str name, cf_value *result,
                          bool *found)
{
    const result_object *r = result_of(self);
    cf_list             *list = cf_list_new(call->eval->arena);

    *found = true;
    *result = cf_none();
    if (cf_str_is(name, "all") || cf_str_is(name, "fetchall")) {
        *result = cf_from_list(r->rows);
    } else if (cf_str_is(name, "first") || cf_str_is(name, "fetchone")) {
        *result = r->rows->len ? r->rows->items[0] : cf_none();
    } else if (cf_str_is(name, "scalar")) {
        *result = r->rows->len ? first_of(r->rows->items[0]) : cf_none();
    } else if (cf_str_is(name, "scalars")) {
        for (size_t i = 0; i < r->rows->len; i++)
            cf_list_add(list, first_of(r->rows->items[i]));
        *result = cf_from_list(list);
    } else if (cf_str_is(name, "keys")) {
        for (size_t i = 0; r->rows->len && i < r->rows->items[0].as.map->len; i++)
            cf_list_add(list, r->rows->items[0].as.map->entries[i].key);
        *result = cf_from_list(list);
    } else {
        *found = false;
        return true;
    }
    return cf_args_check(call, cf_str_dup(call->eval->arena, name), 0, 0, NULL);
}

static bool result_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    return cf_iterate(eval, cf_from_list(result_of(self)->rows), iter);
}

static bool result_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    return cf_get_item(eval, cf_from_list(result_of(self)->rows), key, out);
}

static bool result_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    (void)eval;
    *out = (int64_t)result_of(self)->rows->len;
    return true;
}

static bool result_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const result_object *r = result_of(self);

    (void)eval;
    *safe = false;
    cf_buf_printf(out, "<Result: %zu rows, %lld changed>", r->rows->len,
                  r->rows->len ? 0LL : (long long)r->affected);
    return true;
}

static void result_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = { "all",  "fetchall", "first",    "fetchone", "scalar",
                                         "keys", "scalars",  "rowcount", "lastrowid" };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cf_list_add(out, cf_string(names[i]));
}

static const cf_class result_class = {
    .name = "Result",
    .get = result_get,
    .method = result_method,
    .iter = result_iter,
    .item = result_item,
    .length = result_length,
    .text = result_text,
    .names = result_names,
};

cf_value cf__shell_result(cf_arena *arena, const cf_result *result)
{
    result_object *object = cf_new(arena, result_object);

    *object = (result_object){ { &result_class }, result->rows, result->affected, result->last_id };
    return cf_from_object(object);
}

bool cf__shell_is_result(cf_value v, cf_list **rows, int64_t *affected)
{
    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &result_class)
        return false;
    *rows = result_of(v.as.object)->rows;
    *affected = result_of(v.as.object)->affected;
    return true;
}
