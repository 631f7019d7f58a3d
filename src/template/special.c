/* special.c -- names that have nothing to do with a value's content: what numbers, bytes and every
 * value's class answer to. They are looked for when nothing else was found. */
#include <math.h>

#include "base/bigint.h"
#include "template/integer.h"
#include "template/loop.h"

/* ---- classes: x.__class__.__name__ ---- */

typedef struct type_value {
    cf_object   object;
    const char *name;
} type_value;

static bool type_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)eval;
    if (cf_str_is(name, "__name__"))
        *out = cf_string(((type_value *)self)->name);
    return true;
}

static bool type_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const char *name = ((type_value *)self)->name;

    (void)eval;
    (void)safe;
    cf_buf_printf(out, "<class '%s%s'>", strcmp(name, "Markup") == 0 ? "markupsafe." : "", name);
    return true;
}

static bool type_equal(cf_object *a, cf_value b);

static const cf_class type_class = {
    .name = "type",
    .get = type_get,
    .text = type_text,
    .equal = type_equal,
};

static bool type_equal(cf_object *a, cf_value b)
{
    return b.type == CF_TYPE_OBJECT && b.as.object->class == &type_class &&
           strcmp(((type_value *)a)->name, ((type_value *)b.as.object)->name) == 0;
}

static cf_value class_of(vm *m, cf_value v)
{
    static const char *const undefined[] = { "Undefined", "ChainableUndefined", "DebugUndefined",
                                             "StrictUndefined" };
    type_value              *t = cf_new(m->eval.arena, type_value);

    *t = (type_value){ { &type_class },
                       v.type == CF_TYPE_UNDEFINED ? undefined[m->env->options.undefined]
                                                   : cf_type_name(v) };
    return cf_from_object(t);
}

/* ---- numbers ---- */

static bool no_arguments(vm *m, const cf_call *call, const char *name)
{
    return (!call->nargs && !call->nkwargs) ||
           cf_fail(m->eval.err, CF_ETYPE, "%s() takes no arguments", name);
}

static bool m_bit_length(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str digits;
    bool   negative;

    if (!no_arguments(m, call, "bit_length") ||
        !cf__integer_digits(m, self, 2, false, &digits, &negative))
        return false;
    *out = cf_int(digits.ptr[0] == '0' ? 0 : (int64_t)digits.len);
    return true;
}

static bool m_is_integer(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    *out = cf_bool(isfinite(self.as.number) && floor(self.as.number) == self.as.number);
    return no_arguments(m, call, "is_integer");
}

static bool m_conjugate(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    *out = self.type == CF_TYPE_BOOL ? cf_int(self.as.boolean) : self;
    return no_arguments(m, call, "conjugate");
}

static const method int_methods[] = { { "bit_length", m_bit_length, false },
                                      { "conjugate", m_conjugate, false },
                                      { 0 } };
static const method float_methods[] = { { "is_integer", m_is_integer, false },
                                        { "conjugate", m_conjugate, false },
                                        { 0 } };

static const method *table_of(cf_value v)
{
    switch ((cf_type)v.type) {
    case CF_TYPE_BOOL:
    case CF_TYPE_INT:
        return int_methods;
    case CF_TYPE_FLOAT:
        return float_methods;
    case CF_TYPE_STRING:
        return v.bytes ? cf__bytes_methods : NULL;
    default:
        return cf__is_bigint(v) ? int_methods : NULL;
    }
}

/* The parts of a number, each a number of its type. */
static bool number_part(cf_value v, cf_str name, cf_value *out)
{
    bool     whole = v.type != CF_TYPE_FLOAT;
    cf_value self = v.type == CF_TYPE_BOOL ? cf_int(v.as.boolean) : v;

    if (v.type != CF_TYPE_FLOAT && !cf__is_integer(v))
        return false;
    if (cf_str_is(name, "real") || (whole && cf_str_is(name, "numerator")))
        *out = self;
    else if (cf_str_is(name, "imag"))
        *out = whole ? cf_int(0) : cf_float(0);
    else if (whole && cf_str_is(name, "denominator"))
        *out = cf_int(1);
    else
        return false;
    return true;
}

void cf__special_attr(vm *m, cf_value v, cf_str name, cf_value *out)
{
    if (number_part(v, name, out))
        return;
    for (const method *how = table_of(v); how && how->name; how++)
        if (cf_str_is(name, how->name))
            *out = cf__bind_method(m, v, how);
    if (cf_str_is(name, "__class__"))
        *out = class_of(m, v);
}
