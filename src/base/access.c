/* access.c -- reaching into values: attributes, items, walks, calls and their arguments. */
#include <carafe/value.h>

int64_t cf_length(cf_eval *eval, cf_value v)
{
    int64_t length;

    switch ((cf_type)v.type) {
    case CF_TYPE_STRING:
        return v.bytes ? (int64_t)v.len : (int64_t)cf_utf8_count(cf_text(v));
    case CF_TYPE_LIST:
        return (int64_t)v.as.list->len;
    case CF_TYPE_MAP:
        return (int64_t)v.as.map->len;
    case CF_TYPE_OBJECT:
        if (v.as.object->class->length && v.as.object->class->length(eval, v.as.object, &length))
            return length;
        return -1;
    default:
        return -1;
    }
}

bool cf_get_attr(cf_eval *eval, cf_value v, cf_str name, cf_value *out)
{
    *out = cf_undefined(NULL);
    if (v.type == CF_TYPE_MAP)
        *out = cf_map_get_str(v.as.map, name);
    else if (v.type == CF_TYPE_OBJECT && v.as.object->class->get)
        return v.as.object->class->get(eval, v.as.object, name, out);
    return true;
}

/* The character at a code point's position, which may be negative; of bytes the byte's number. */
static bool string_item(cf_value v, int64_t at, cf_value *out)
{
    cf_str  rest = cf_text(v);
    int64_t count = cf_length(NULL, v);

    if (at < 0)
        at += count;
    if (at < 0 || at >= count)
        return true;
    if (v.bytes) {
        *out = cf_int((unsigned char)rest.ptr[at]);
        return true;
    }
    for (; at > 0; at--)
        cf_utf8_next(&rest);
    cf_str from = rest;
    cf_utf8_next(&rest);
    *out = cf_string_of(cf_str_n(from.ptr, from.len - rest.len));
    out->safe = v.safe;
    return true;
}

bool cf_get_item(cf_eval *eval, cf_value v, cf_value key, cf_value *out)
{
    int64_t at = key.type == CF_TYPE_BOOL ? key.as.boolean : key.as.integer;
    bool    numeric = key.type == CF_TYPE_INT || key.type == CF_TYPE_BOOL;

    *out = cf_undefined(NULL);
    switch ((cf_type)v.type) {
    case CF_TYPE_MAP: {
        cf_value *found = cf_map_find(v.as.map, key);
        if (found)
            *out = *found;
        return true;
    }
    case CF_TYPE_LIST:
        if (numeric && at < 0)
            at += (int64_t)v.as.list->len;
        if (numeric && at >= 0 && at < (int64_t)v.as.list->len)
            *out = v.as.list->items[at];
        return true;
    case CF_TYPE_STRING:
        return numeric ? string_item(v, at, out) : true;
    case CF_TYPE_OBJECT:
        if (v.as.object->class->item)
            return v.as.object->class->item(eval, v.as.object, key, out);
        if (key.type == CF_TYPE_STRING && v.as.object->class->get)
            return v.as.object->class->get(eval, v.as.object, cf_text(key), out);
        return true;
    default:
        return true;
    }
}

bool cf_iterate(cf_eval *eval, cf_value v, cf_iter *iter)
{
    *iter = (cf_iter){ .source = v };
    switch ((cf_type)v.type) {
    case CF_TYPE_STRING:
    case CF_TYPE_LIST:
    case CF_TYPE_MAP:
    case CF_TYPE_UNDEFINED:
        return true;
    case CF_TYPE_OBJECT:
        if (v.as.object->class->iter)
            return v.as.object->class->iter(eval, v.as.object, iter);
        break;
    default:
        break;
    }
    return cf_fail(eval->err, CF_ETYPE, "'%s' object is not iterable", cf_type_name(v));
}

bool cf_iter_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    cf_value source = iter->source;

    if (iter->next)
        return iter->next(iter, eval, item, done);
    *done = true;
    if (source.type == CF_TYPE_LIST && iter->pos < source.as.list->len) {
        *item = source.as.list->items[iter->pos++];
        *done = false;
    } else if (source.type == CF_TYPE_MAP && iter->pos < source.as.map->len) {
        *item = source.as.map->entries[iter->pos++].key;
        *done = false;
    } else if (source.type == CF_TYPE_STRING && iter->pos < source.len) {
        cf_str rest = cf_str_slice(cf_text(source), iter->pos, source.len), from = rest;

        if (source.bytes) {
            *item = cf_int((unsigned char)rest.ptr[0]);
            iter->pos++;
        } else {
            cf_utf8_next(&rest);
            *item = cf_string_of(cf_str_n(from.ptr, from.len - rest.len));
            iter->pos += item->len;
        }
        *done = false;
    }
    return true;
}

bool cf_call_value(cf_eval *eval, cf_value callee, const cf_value *args, size_t nargs,
                   const cf_kwarg *kwargs, size_t nkwargs, cf_value *result)
{
    cf_call call = {
        .eval = eval, .args = args, .nargs = nargs, .kwargs = kwargs, .nkwargs = nkwargs
    };

    *result = cf_none();
    if (callee.type == CF_TYPE_FUNCTION) {
        call.data = callee.as.function->data;
        return callee.as.function->call(&call, result);
    }
    if (callee.type == CF_TYPE_OBJECT && callee.as.object->class->call)
        return callee.as.object->class->call(&call, callee.as.object, result);
    return cf_fail(eval->err, CF_ETYPE, "'%s' object is not callable", cf_type_name(callee));
}

cf_value cf_arg(const cf_call *call, size_t i, const char *name)
{
    if (i < call->nargs)
        return call->args[i];
    for (size_t k = 0; name && k < call->nkwargs; k++)
        if (cf_str_is(call->kwargs[k].name, name))
            return call->kwargs[k].value;
    return cf_undefined(NULL);
}

static bool known_name(cf_str name, const char *const *names)
{
    for (; names && *names; names++)
        if (cf_str_is(name, *names))
            return true;
    return false;
}

bool cf_args_check(cf_call *call, const char *function, size_t min, size_t max,
                   const char *const *names)
{
    cf_error *err = call->eval->err;

    if (call->nargs > max)
        return cf_fail(err, CF_ETYPE, "%s() takes at most %zu argument%s (%zu given)", function,
                       max, max == 1 ? "" : "s", call->nargs);
    for (size_t i = 0; i < call->nkwargs; i++)
        if (!known_name(call->kwargs[i].name, names))
            return cf_fail(err, CF_ETYPE, "%s() got an unexpected keyword argument '%.*s'",
                           function, CF_STR_ARG(call->kwargs[i].name));
    for (size_t i = 0; names && names[i]; i++) {
        bool named = false;
        for (size_t k = 0; k < call->nkwargs; k++)
            named |= cf_str_is(call->kwargs[k].name, names[i]);
        if (named && i < call->nargs)
            return cf_fail(err, CF_ETYPE, "%s() got multiple values for argument '%s'", function,
                           names[i]);
        if (!named && i >= call->nargs && i < min)
            return cf_fail(err, CF_ETYPE, "%s() missing required argument: '%s'", function,
                           names[i]);
    }
    if ((!names || !names[0]) && call->nargs < min)
        return cf_fail(err, CF_ETYPE, "%s() takes at least %zu argument%s (%zu given)", function,
                       min, min == 1 ? "" : "s", call->nargs);
    return true;
}
