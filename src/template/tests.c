/* tests.c -- the built-in tests: what follows `is`. */
#include "base/bigint.h"
#include "template/filters.h"
#include "template/loop.h"

/* One test that looks at nothing but the value, `v`. */
#define SIMPLE(name, condition)                                                                    \
    static bool is_##name(cf_call *call, cf_value *out)                                            \
    {                                                                                              \
        cf_value v = call->args[0];                                                                \
        *out = cf_bool(condition);                                                                 \
        return true;                                                                               \
    }

SIMPLE(boolean, v.type == CF_TYPE_BOOL)
SIMPLE(defined, v.type != CF_TYPE_UNDEFINED)
SIMPLE(undefined, v.type == CF_TYPE_UNDEFINED)
SIMPLE(none, v.type == CF_TYPE_NONE)
SIMPLE(true, v.type == CF_TYPE_BOOL && v.as.boolean)
SIMPLE(false, v.type == CF_TYPE_BOOL && !v.as.boolean)
SIMPLE(integer, v.type != CF_TYPE_BOOL && cf__is_integer(v))
SIMPLE(float, v.type == CF_TYPE_FLOAT)
SIMPLE(number, v.type == CF_TYPE_FLOAT || cf__is_integer(v))
SIMPLE(string, v.type == CF_TYPE_STRING && !v.bytes)
SIMPLE(mapping, v.type == CF_TYPE_MAP)
SIMPLE(callable, v.type == CF_TYPE_FUNCTION || v.type == CF_TYPE_UNDEFINED ||
                     (v.type == CF_TYPE_OBJECT && v.as.object->class->call != NULL))

/* A chainable undefined value stands for HTML that is not there. */
static bool is_escaped(cf_call *call, cf_value *out)
{
    cf_value v = call->args[0];

    *out = cf_bool((v.type == CF_TYPE_STRING && v.safe) ||
                   (v.type == CF_TYPE_UNDEFINED &&
                    filter_vm(call)->env->options.undefined == CF_UNDEFINED_CHAINABLE));
    return true;
}

static bool is_iterable(cf_call *call, cf_value *out)
{
    cf_value v = call->args[0];

    if (v.type == CF_TYPE_UNDEFINED && cf__undefined_strict(filter_vm(call), v))
        return cf__undefined_fail(filter_vm(call), v);
    *out = cf_bool(v.type == CF_TYPE_STRING || v.type == CF_TYPE_LIST || v.type == CF_TYPE_MAP ||
                   v.type == CF_TYPE_UNDEFINED ||
                   (v.type == CF_TYPE_OBJECT && v.as.object->class->iter != NULL));
    return true;
}

static bool is_sequence(cf_call *call, cf_value *out)
{
    cf_value v = call->args[0];
    const cf_class *class = v.type == CF_TYPE_OBJECT ? v.as.object->class : NULL;

    *out = cf_bool(v.type == CF_TYPE_STRING || v.type == CF_TYPE_LIST || v.type == CF_TYPE_MAP ||
                   (v.type == CF_TYPE_UNDEFINED && !cf__undefined_strict(filter_vm(call), v)) ||
                   (class && class->length && class->item));
    return true;
}

/* Whether a number divided by two leaves a rest. */
static bool halves_leave(cf_call *call, int64_t rest, cf_value *out)
{
    cf_value v = call->args[0];

    if (v.type != CF_TYPE_INT && !cf__binary(filter_vm(call), OP_MOD, v, cf_int(2), &v))
        return false;
    *out = cf_bool(v.type == CF_TYPE_INT ? (v.as.integer & 1) == rest : cf_equal(v, cf_int(rest)));
    return true;
}

static bool is_odd(cf_call *call, cf_value *out)
{
    return halves_leave(call, 1, out);
}

static bool is_even(cf_call *call, cf_value *out)
{
    return halves_leave(call, 0, out);
}

static bool is_divisibleby(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "num", NULL };
    cf_value                 rest;

    if (!cf__filter_args(call, "divisibleby", 1, 1, names) ||
        !cf__binary(filter_vm(call), OP_MOD, call->args[0], cf_arg(call, 1, "num"), &rest))
        return false;
    *out = cf_bool(cf_equal(rest, cf_int(0)));
    return true;
}

/* Whether there is a cased character and none of the other case. */
static bool all_cased(cf_call *call, bool upper, cf_value *out)
{
    bool   any = false, other = false;
    cf_str s;

    if (!cf__text_of(filter_vm(call), call->args[0], &s))
        return false;
    while (s.len) {
        uint32_t cp = cf_utf8_next(&s);
        any |= upper ? cf__is_upper(cp) : cf__is_lower(cp);
        other |= upper ? cf__is_lower(cp) : cf__is_upper(cp);
    }
    *out = cf_bool(any && !other);
    return true;
}

static bool is_upper(cf_call *call, cf_value *out)
{
    return all_cased(call, true, out);
}

static bool is_lower(cf_call *call, cf_value *out)
{
    return all_cased(call, false, out);
}

static bool is_sameas(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "other", NULL };
    cf_value                 a = call->args[0], b = cf_arg(call, 1, "other");
    bool                     same = a.type == b.type;

    if (!cf__filter_args(call, "sameas", 1, 1, names))
        return false;
    switch ((cf_type)a.type) {
    case CF_TYPE_LIST:
        same = same && a.as.list == b.as.list;
        break;
    case CF_TYPE_MAP:
        same = same && a.as.map == b.as.map;
        break;
    case CF_TYPE_OBJECT:
        same = same && (a.as.object == b.as.object || (cf__is_bigint(a) && cf_equal(a, b)));
        break;
    case CF_TYPE_UNDEFINED:
        same = false; /* Each is made where it is met. */
        break;
    default:
        same = same && cf_equal(a, b);
        break;
    }
    *out = cf_bool(same);
    return true;
}

static bool is_in(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "seq", NULL };
    bool                     inside;

    if (!cf__filter_args(call, "in", 1, 1, names) ||
        !cf__contains(filter_vm(call), cf_arg(call, 1, "seq"), call->args[0], &inside))
        return false;
    *out = cf_bool(inside);
    return true;
}

static bool compared(cf_call *call, operator_kind op, cf_value *out)
{
    bool holds;

    if (!cf__filter_args(call, "comparison", 1, 1, NULL) ||
        !cf__compare(filter_vm(call), op, call->args[0], call->args[1], &holds))
        return false;
    *out = cf_bool(holds);
    return true;
}

static bool is_eq(cf_call *call, cf_value *out)
{
    return compared(call, OP_EQ, out);
}

static bool is_ne(cf_call *call, cf_value *out)
{
    return compared(call, OP_NE, out);
}

static bool is_lt(cf_call *call, cf_value *out)
{
    return compared(call, OP_LT, out);
}

static bool is_le(cf_call *call, cf_value *out)
{
    return compared(call, OP_LE, out);
}

static bool is_gt(cf_call *call, cf_value *out)
{
    return compared(call, OP_GT, out);
}

static bool is_ge(cf_call *call, cf_value *out)
{
    return compared(call, OP_GE, out);
}

/* A name that is looked up among others must be something a dict could have as a key. */
static bool name_of(cf_call *call, const char **out)
{
    cf_value v = call->args[0];

    *out = cf_cstr(call->eval->arena, v, NULL);
    if ((v.type == CF_TYPE_LIST && !v.as.list->tuple) || v.type == CF_TYPE_MAP)
        return cf_fail(call->eval->err, CF_ETYPE, "unhashable type: '%s'", cf_type_name(v));
    return true;
}

static bool is_filter(cf_call *call, cf_value *out)
{
    const char *name;

    if (!name_of(call, &name))
        return false;
    *out = cf_bool(name && cf__find_filter(filter_vm(call)->env, name));
    return true;
}

static bool is_test(cf_call *call, cf_value *out)
{
    const char *name;

    if (!name_of(call, &name))
        return false;
    *out = cf_bool(name && cf__find_test(filter_vm(call)->env, name));
    return true;
}

const operation cf__tests[] = {
    { .name = "odd", .call = is_odd, .alone = true },
    { .name = "even", .call = is_even, .alone = true },
    { .name = "divisibleby", .call = is_divisibleby },
    { .name = "defined", .call = is_defined, .alone = true },
    { .name = "undefined", .call = is_undefined, .alone = true },
    { .name = "filter", .call = is_filter, .alone = true },
    { .name = "test", .call = is_test, .alone = true },
    { .name = "none", .call = is_none, .alone = true },
    { .name = "boolean", .call = is_boolean, .alone = true },
    { .name = "false", .call = is_false, .alone = true },
    { .name = "true", .call = is_true, .alone = true },
    { .name = "integer", .call = is_integer, .alone = true },
    { .name = "float", .call = is_float, .alone = true },
    { .name = "lower", .call = is_lower, .alone = true },
    { .name = "upper", .call = is_upper, .alone = true },
    { .name = "string", .call = is_string, .alone = true },
    { .name = "mapping", .call = is_mapping, .alone = true },
    { .name = "number", .call = is_number, .alone = true },
    { .name = "sequence", .call = is_sequence, .alone = true },
    { .name = "iterable", .call = is_iterable, .alone = true },
    { .name = "callable", .call = is_callable, .alone = true },
    { .name = "sameas", .call = is_sameas },
    { .name = "escaped", .call = is_escaped, .alone = true },
    { .name = "in", .call = is_in },
    { .name = "==", .call = is_eq },
    { .name = "eq", .call = is_eq },
    { .name = "equalto", .call = is_eq },
    { .name = "!=", .call = is_ne },
    { .name = "ne", .call = is_ne },
    { .name = ">", .call = is_gt },
    { .name = "gt", .call = is_gt },
    { .name = "greaterthan", .call = is_gt },
    { .name = "ge", .call = is_ge },
    { .name = ">=", .call = is_ge },
    { .name = "<", .call = is_lt },
    { .name = "lt", .call = is_lt },
    { .name = "lessthan", .call = is_lt },
    { .name = "<=", .call = is_le },
    { .name = "le", .call = is_le },
    { 0 },
};
