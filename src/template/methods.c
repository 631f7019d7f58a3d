/* methods.c -- finding and binding the methods of strings, lists and dicts. */
#include <carafe/script.h>

#include "template/loop.h"

static const method *table_of(cf_value v)
{
    switch ((cf_type)v.type) {
    case CF_TYPE_STRING:
        return v.bytes ? NULL : cf__str_methods;
    case CF_TYPE_LIST:
        return cf__list_methods;
    case CF_TYPE_MAP:
        return cf__dict_methods;
    default:
        return NULL;
    }
}

static const method *find_in(const method *table, cf_str name)
{
    for (; table && table->name; table++)
        if (cf_str_is(name, table->name))
            return table;
    return NULL;
}

/* Tuples have only the methods of lists that change nothing and make nothing; plain strings lack
 * those of HTML. */
static const method *fitting(cf_value v, const method *how)
{
    if (how && how->html && !v.safe)
        return NULL;
    if (how && v.type == CF_TYPE_LIST && v.as.list->tuple && strcmp(how->name, "index") != 0 &&
        strcmp(how->name, "count") != 0)
        return NULL;
    return how;
}

const method *cf__find_method(cf_value v, cf_str name)
{
    return fitting(v, find_in(table_of(v), name));
}

void cf__find_methods(const char *name, const method *out[3])
{
    out[0] = find_in(cf__str_methods, cf_str_of(name));
    out[1] = find_in(cf__list_methods, cf_str_of(name));
    out[2] = find_in(cf__dict_methods, cf_str_of(name));
}

const method *cf__method_of(cf_value v, const method *const methods[3])
{
    switch ((cf_type)v.type) {
    case CF_TYPE_STRING:
        return v.bytes ? NULL : fitting(v, methods[0]);
    case CF_TYPE_LIST:
        return methods[1] ? fitting(v, methods[1]) : NULL;
    case CF_TYPE_MAP:
        return methods[2];
    default:
        return NULL;
    }
}

typedef struct bound {
    vm           *m;
    cf_value      self;
    const method *method;
} bound;

static bool call_bound(cf_call *call, cf_value *result)
{
    bound *b = call->data;
    vm    *m = call->eval->render ? call->eval->render : b->m;

    return b->method->call(m, b->self, call, result);
}

cf_value cf__bind_method(vm *m, cf_value self, const method *how)
{
    bound *b = cf_new(m->eval.arena, bound);

    *b = (bound){ m, self, how };
    return cf_make_function(m->eval.arena, how->name, call_bound, b);
}

bool cf__get_method(vm *m, cf_value v, cf_str name, cf_value *out)
{
    const method *found = cf__find_method(v, name);

    *out = found ? cf__bind_method(m, v, found) : cf__undefined_attr(m, v, name);
    return true;
}

void cf_value_names(cf_eval *eval, cf_value v, cf_list *out)
{
    for (const method *m = table_of(v); m && m->name; m++)
        if (fitting(v, m))
            cf_list_add(out, cf_string(m->name));
    for (size_t i = 0; v.type == CF_TYPE_MAP && i < v.as.map->len; i++)
        if (v.as.map->entries[i].key.type == CF_TYPE_STRING)
            cf_list_add(out, v.as.map->entries[i].key);
    if (v.type == CF_TYPE_OBJECT && v.as.object->class->names)
        v.as.object->class->names(eval, v.as.object, out);
}
