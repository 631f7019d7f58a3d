/* filters_select.c -- map, select, reject and their attribute forms; default, attr. */
#include "template/filters.h"

/* The filter or test that a select or map applies, with the arguments it is given. */
typedef struct applied {
    const operation *op;   /* NULL: the value itself. */
    cf_value        *args; /* args[0] is the item's place. */
    size_t           nargs;
    const cf_kwarg  *kwargs;
    size_t           nkwargs;
} applied;

static bool unknown(cf_call *call, const char *kind, cf_value name)
{
    if (name.type != CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "a %s's name must be a string, not %s", kind,
                       cf_type_name(name));
    return cf_fail(call->eval->err, CF_ERUNTIME, "No %s named '%.*s'.", kind,
                   CF_STR_ARG(cf_text(name)));
}

/* Takes the name at args[at] and what follows it. */
static bool prepare(cf_call *call, size_t at, bool filter, applied *out)
{
    vm         *m = filter_vm(call);
    const char *name = cf_cstr(call->eval->arena, call->args[at], "");

    out->op = filter ? cf__find_filter(m->env, name) : cf__find_test(m->env, name);
    if (!out->op)
        return unknown(call, filter ? "filter" : "test", call->args[at]);
    out->nargs = call->nargs - at;
    out->args = cf_memdup(call->eval->arena, call->args + at, out->nargs * sizeof(cf_value));
    out->kwargs = call->kwargs;
    out->nkwargs = call->nkwargs;
    return true;
}

static bool apply(cf_call *call, const applied *a, cf_value item, cf_value *out)
{
    cf_call inner = { .eval = call->eval,
                      .args = a->args,
                      .nargs = a->nargs,
                      .kwargs = a->kwargs,
                      .nkwargs = a->nkwargs };

    if (!a->op) {
        *out = item;
        return true;
    }
    inner.data = a->op->data;
    a->args[0] = item;
    *out = cf_none();
    return a->op->call(&inner, out);
}

static bool map_attribute(cf_call *call, cf_list *list)
{
    static const char *const names[] = { "attribute", "default", NULL };
    getter                   get;

    if (call->nargs > 1 || !cf__filter_args(call, "map", 0, 0, names))
        return call->eval->err->code
                   ? false
                   : cf_fail(call->eval->err, CF_ETYPE,
                             "map takes a filter's name or attribute=…, not both");
    if (!cf__getter(filter_vm(call), cf_arg(call, SIZE_MAX, "attribute"), &get))
        return false;
    get.fallback = cf_arg(call, SIZE_MAX, "default");
    for (size_t i = 0; i < list->len; i++)
        if (!cf__getter_get(&get, list->items[i], &list->items[i]))
            return false;
    return true;
}

/* The items; whatever counts as false has none. */
static cf_list *items_of(cf_call *call)
{
    bool truth;

    if (!cf__truth(filter_vm(call), call->args[0], &truth))
        return NULL;
    return truth ? cf__list_of(filter_vm(call), call->args[0]) : cf_list_new(call->eval->arena);
}

static bool do_map(cf_call *call, cf_value *out)
{
    cf_list *list = items_of(call);
    applied  a = { 0 };

    if (!list)
        return false;
    *out = cf_from_list(list);
    if (cf_arg(call, SIZE_MAX, "attribute").type != CF_TYPE_UNDEFINED)
        return map_attribute(call, list);
    if (call->nargs < 2)
        return cf_fail(call->eval->err, CF_ERUNTIME, "map requires a filter argument");
    if (!prepare(call, 1, true, &a))
        return false;
    for (size_t i = 0; i < list->len; i++)
        if (!apply(call, &a, list->items[i], &list->items[i]))
            return false;
    return true;
}

/* Keeps the items for which a test holds (or does not); `attr` tests an attribute of each. */
static bool choose(cf_call *call, bool keep, bool attr, cf_value *out)
{
    vm      *m = filter_vm(call);
    cf_list *list = items_of(call), *result = cf_list_new(call->eval->arena);
    size_t   at = attr ? 2 : 1;
    applied  a = { 0 };
    getter   get = { .m = m };

    if (!list)
        return false;
    if (attr && call->nargs < 2)
        return cf_fail(call->eval->err, CF_ERUNTIME, "Missing parameter for attribute name");
    if ((attr && !cf__getter(m, call->args[1], &get)) ||
        (call->nargs > at && !prepare(call, at, false, &a)))
        return false;
    for (size_t i = 0; i < list->len; i++) {
        cf_value v;
        bool     truth;
        if (!cf__getter_get(&get, list->items[i], &v) || !apply(call, &a, v, &v) ||
            !cf__truth(m, v, &truth))
            return false;
        if (truth == keep)
            cf_list_add(result, list->items[i]);
    }
    *out = cf_from_list(result);
    return true;
}

static bool do_select(cf_call *call, cf_value *out)
{
    return choose(call, true, false, out);
}

static bool do_reject(cf_call *call, cf_value *out)
{
    return choose(call, false, false, out);
}

static bool do_selectattr(cf_call *call, cf_value *out)
{
    return choose(call, true, true, out);
}

static bool do_rejectattr(cf_call *call, cf_value *out)
{
    return choose(call, false, true, out);
}

static bool do_default(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "default_value", "boolean", NULL };
    cf_value                 v = call->args[0], other = cf_arg(call, 1, "default_value");
    bool                     truth = true;

    if (!cf__filter_args(call, "default", 0, 2, names))
        return false;
    if (v.type != CF_TYPE_UNDEFINED && cf__bool_arg(call, 2, "boolean", false) &&
        !cf__truth(filter_vm(call), v, &truth))
        return false;
    if (v.type == CF_TYPE_UNDEFINED || !truth)
        *out = call->nargs < 2 && other.type == CF_TYPE_UNDEFINED ? cf_string("") : other;
    else
        *out = v;
    return true;
}

static bool do_attr(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "name", NULL };
    vm                      *m = filter_vm(call);
    cf_str                   name;

    if (!cf__filter_args(call, "attr", 1, 1, names) ||
        !cf__text_of(m, cf_arg(call, 1, "name"), &name))
        return false;
    if (call->args[0].type == CF_TYPE_MAP)
        return cf__get_method(m, call->args[0], name, out);
    if (call->args[0].type == CF_TYPE_UNDEFINED) {
        *out = cf__undefined_attr(m, call->args[0], name);
        return true;
    }
    return cf__get_attr(m, call->args[0], name, NULL, out);
}

const operation cf__filters_select[] = {
    { .name = "map", .call = do_map },
    { .name = "select", .call = do_select },
    { .name = "reject", .call = do_reject },
    { .name = "selectattr", .call = do_selectattr },
    { .name = "rejectattr", .call = do_rejectattr },
    { .name = "default", .call = do_default },
    { .name = "d", .call = do_default },
    { .name = "attr", .call = do_attr },
    { 0 },
};
