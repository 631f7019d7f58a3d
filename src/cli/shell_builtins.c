/* shell_builtins.c -- the functions of Python that people reach for: len(), sorted(), str(), … */
#include "cli/shell.h"

#include <math.h>
#include <stdio.h>

#include "base/bigint.h"
#include "template/filters.h"
#include "template/integer.h"

bool cf__shell_goes_on(cf_call *call)
{
    return !cf__shell->stop || cf_fail(call->eval->err, CF_ECANCELED, "interrupted");
}

cf_list *cf__shell_items(cf_call *call, cf_value v)
{
    cf_list *list = cf_list_new(call->eval->arena);
    cf_iter  iter;
    cf_value item;
    bool     done = false;

    if (!cf_iterate(call->eval, v, &iter))
        return NULL;
    for (;;) {
        if (!cf__shell_goes_on(call) || !cf_iter_next(&iter, call->eval, &item, &done))
            return NULL;
        if (done)
            return list;
        cf_list_add(list, item);
    }
}

bool cf__shell_one(cf_call *call, const char *name, cf_value *out)
{
    static const char *const none[] = { NULL };

    if (!cf_args_check(call, name, 0, 1, none))
        return false;
    if (call->nargs != 1)
        return cf_fail(call->eval->err, CF_ETYPE, "%s() takes one argument", name);
    *out = call->args[0];
    return true;
}

static bool do_len(cf_call *call, cf_value *result)
{
    cf_value v;
    int64_t  length;

    if (!cf__shell_one(call, "len", &v))
        return false;
    length = cf_length(call->eval, v);
    *result = cf_int(length);
    return length >= 0 || call->eval->err->code ||
           cf_fail(call->eval->err, CF_ETYPE, "object of type '%s' has no len()", cf_type_name(v));
}

static bool as_text(cf_call *call, cf_value v, bool repr, cf_value *result)
{
    cf_buf out = cf_buf_in(call->eval->arena, 0);

    if (!(repr ? cf_to_repr(call->eval, v, &out) : cf_to_text(call->eval, v, &out)))
        return false;
    *result = cf_string_of(out.len ? cf_buf_view(&out) : CF_STR(""));
    return cf_buf_ok(&out, call->eval->err);
}

static bool do_str(cf_call *call, cf_value *result)
{
    cf_value v = cf_string("");

    return (!call->nargs || cf__shell_one(call, "str", &v)) && as_text(call, v, false, result);
}

static bool do_repr(cf_call *call, cf_value *result)
{
    cf_value v;

    return cf__shell_one(call, "repr", &v) && as_text(call, v, true, result);
}

static bool number_of(cf_call *call, cf_value v, double *out)
{
    vm  *m = cf__vm(call->eval);
    bool found;

    if (v.type == CF_TYPE_STRING)
        return cf_str_to_double(cf_str_trim(cf_text(v)), out) ||
               cf_fail(call->eval->err, CF_EINVAL, "'%.*s' is no number", CF_STR_ARG(cf_text(v)));
    return m && cf__number(m, v, out, &found) &&
           (found || cf_fail(call->eval->err, CF_ETYPE, "'%s' is no number", cf_type_name(v)));
}

/* The integer that a double without a fraction is. */
static bool whole(cf_call *call, double number, cf_value *result)
{
    return cf__integer_of(call->eval->render, number, result) ||
           cf_fail(call->eval->err, CF_EINVAL, "the number is not finite");
}

static bool do_int(cf_call *call, cf_value *result)
{
    cf_value   v = cf_int(0);
    vm        *m = cf__vm(call->eval);
    cf_decimal decimal;
    double     number;
    bool       ok;

    if (!m || (call->nargs && !cf__shell_one(call, "int", &v)))
        return false;
    *result = v.type == CF_TYPE_BOOL ? cf_int(v.as.boolean) : v;
    if (cf__is_integer(v))
        return true;
    if (v.type == CF_TYPE_STRING)
        return cf__parse_int(m, cf_text(v), 10, result, &ok) &&
               (ok || cf_fail(call->eval->err, CF_EINVAL, "'%.*s' is no integer",
                              CF_STR_ARG(cf_text(v))));
    if (cf_value_decimal(v, &decimal)) {
        for (; decimal.scale > 0; decimal.scale--)
            decimal.coefficient /= 10;
        *result = cf_int(decimal.coefficient);
        return true;
    }
    return number_of(call, v, &number) && whole(call, number, result);
}

static bool do_float(cf_call *call, cf_value *result)
{
    cf_value v = cf_int(0);
    double   number;

    if ((call->nargs && !cf__shell_one(call, "float", &v)) || !number_of(call, v, &number))
        return false;
    *result = cf_float(number);
    return true;
}

static bool do_bool(cf_call *call, cf_value *result)
{
    cf_value v = cf_bool(false);
    bool     truth;

    if ((call->nargs && !cf__shell_one(call, "bool", &v)) || !cf_truth_of(call->eval, v, &truth))
        return false;
    *result = cf_bool(truth);
    return true;
}

static bool do_list(cf_call *call, cf_value *result)
{
    cf_list *list = cf_list_new(call->eval->arena);
    cf_value v;

    if (call->nargs && (!cf__shell_one(call, "list", &v) || !(list = cf__shell_items(call, v))))
        return false;
    *result = cf_from_list(list);
    return true;
}

static bool do_tuple(cf_call *call, cf_value *result)
{
    if (!do_list(call, result))
        return false;
    result->as.list->tuple = true;
    return true;
}

/* ---- numbers ---- */

/* Integers stay integers, decimals exact, the rest is floats. */
static bool add(cf_call *call, cf_value a, cf_value b, cf_value *out)
{
    cf_decimal x, y, sum;
    double     n, m;

    if (cf__is_integer(a) && cf__is_integer(b))
        return cf__vm(call->eval) && cf__binary(call->eval->render, OP_ADD, a, b, out);
    if (cf_value_decimal(b, &y) &&
        (cf_value_decimal(a, &x) ||
         (a.type == CF_TYPE_INT && cf_decimal_of_int(a.as.integer, &x)))) {
        if (!cf_decimal_add(x, y, &sum))
            return cf_fail(call->eval->err, CF_ERUNTIME, "the sum has more than 18 digits");
        *out = cf_decimal_value(call->eval->arena, sum);
        return true;
    }
    if (b.type == CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "sum() takes numbers; join texts by ''.join()");
    if (!number_of(call, a, &n) || !number_of(call, b, &m))
        return false;
    *out = cf_float(n + m);
    return true;
}

static bool do_sum(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "values", "start", NULL };
    cf_value                 start = cf_arg(call, 1, "start"), total;
    cf_list                 *list;

    if (!cf_args_check(call, "sum", 1, 2, names) ||
        !(list = cf__shell_items(call, cf_arg(call, 0, "values"))))
        return false;
    total = start.type == CF_TYPE_UNDEFINED ? cf_int(0) : start;
    for (size_t i = 0; i < list->len; i++)
        if (!add(call, total, list->items[i], &total))
            return false;
    *result = total;
    return true;
}

static bool do_abs(cf_call *call, cf_value *result)
{
    cf_value   v;
    cf_decimal decimal;
    double     number;
    bool       negative;

    if (!cf__shell_one(call, "abs", &v))
        return false;
    if (cf__is_integer(v))
        return cf__vm(call->eval) &&
               cf__compare(call->eval->render, OP_LT, v, cf_int(0), &negative) &&
               cf__unary(call->eval->render, negative ? OP_NEG : OP_POS, v, result);
    if (cf_value_decimal(v, &decimal)) {
        decimal.coefficient = decimal.coefficient < 0 ? -decimal.coefficient : decimal.coefficient;
        *result = cf_decimal_value(call->eval->arena, decimal);
        return true;
    }
    if (!number_of(call, v, &number))
        return false;
    *result = cf_float(fabs(number));
    return true;
}

static bool do_round(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "number", "digits", NULL };
    cf_value                 v = cf_arg(call, 0, "number"), digits = cf_arg(call, 1, "digits");
    cf_decimal               decimal;
    double                   number, scale;

    if (!cf_args_check(call, "round", 1, 2, names))
        return false;
    if (cf_value_decimal(v, &decimal) && digits.type == CF_TYPE_INT && digits.as.integer >= 0 &&
        digits.as.integer <= CF_DECIMAL_DIGITS) {
        if (!cf_decimal_round(decimal, (int32_t)digits.as.integer, &decimal))
            return cf_fail(call->eval->err, CF_ERUNTIME, "that many places do not fit");
        *result = cf_decimal_value(call->eval->arena, decimal);
        return true;
    }
    if (cf__is_integer(v))
        return cf__vm(call->eval) &&
               cf__integer_round(call->eval->render, v,
                                 digits.type == CF_TYPE_INT ? digits.as.integer : 0, result);
    if (!number_of(call, v, &number))
        return false;
    if (digits.type != CF_TYPE_INT)
        return whole(call, rint(number), result);
    scale = pow(10, (double)digits.as.integer);
    *result = cf_float(isfinite(number * scale) && scale > 0 ? rint(number * scale) / scale
                                                             : number);
    return true;
}

/* ---- walks ---- */

static bool do_enumerate(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "values", "start", NULL };
    cf_value                 start = cf_arg(call, 1, "start");
    cf_list                 *list, *out = cf_list_new(call->eval->arena);

    if (!cf_args_check(call, "enumerate", 1, 2, names) ||
        !(list = cf__shell_items(call, cf_arg(call, 0, "values"))))
        return false;
    for (size_t i = 0; i < list->len; i++) {
        cf_list *pair = cf_tuple_new(call->eval->arena);

        cf_list_add(pair, cf_int((int64_t)i + (start.type == CF_TYPE_INT ? start.as.integer : 0)));
        cf_list_add(pair, list->items[i]);
        cf_list_add(out, cf_from_list(pair));
    }
    *result = cf_from_list(out);
    return true;
}

static bool do_zip(cf_call *call, cf_value *result)
{
    cf_list **lists = cf_new_array(call->eval->arena, cf_list *, call->nargs + 1);
    cf_list  *out = cf_list_new(call->eval->arena);
    size_t    least = call->nargs ? SIZE_MAX : 0;

    for (size_t i = 0; i < call->nargs; i++) {
        lists[i] = cf__shell_items(call, call->args[i]);
        if (!lists[i])
            return false;
        least = lists[i]->len < least ? lists[i]->len : least;
    }
    for (size_t k = 0; k < least; k++) {
        cf_list *tuple = cf_tuple_new(call->eval->arena);

        for (size_t i = 0; i < call->nargs; i++)
            cf_list_add(tuple, lists[i]->items[k]);
        cf_list_add(out, cf_from_list(tuple));
    }
    *result = cf_from_list(out);
    return true;
}

static bool quantify(cf_call *call, const char *name, bool stop_at, cf_value *result)
{
    cf_value v;
    cf_list *list;
    bool     truth;

    if (!cf__shell_one(call, name, &v) || !(list = cf__shell_items(call, v)))
        return false;
    for (size_t i = 0; i < list->len; i++) {
        if (!cf_truth_of(call->eval, list->items[i], &truth))
            return false;
        if (truth == stop_at) {
            *result = cf_bool(stop_at);
            return true;
        }
    }
    *result = cf_bool(!stop_at);
    return true;
}

static bool do_any(cf_call *call, cf_value *result)
{
    return quantify(call, "any", true, result);
}

static bool do_all(cf_call *call, cf_value *result)
{
    return quantify(call, "all", false, result);
}

/* ---- attributes ---- */

static bool name_arg(cf_call *call, const char *function, cf_str *out)
{
    static const char *const names[] = { "object", "name", "value", NULL };

    if (!cf_args_check(call, function, 2, 3, names))
        return false;
    *out = cf_text(cf_arg(call, 1, "name"));
    return out->len || cf_fail(call->eval->err, CF_ETYPE, "%s() takes the name as text", function);
}

static bool do_getattr(cf_call *call, cf_value *result)
{
    cf_value object = cf_arg(call, 0, "object"), fallback = cf_arg(call, 2, "value");
    cf_str   name;

    if (!name_arg(call, "getattr", &name) || !cf_get_attr(call->eval, object, name, result))
        return false;
    if (result->type == CF_TYPE_UNDEFINED)
        *result = fallback;
    return result->type != CF_TYPE_UNDEFINED ||
           cf_fail(call->eval->err, CF_EUNDEFINED, "'%s' object has no attribute '%.*s'",
                   cf_type_name(object), CF_STR_ARG(name));
}

static bool do_hasattr(cf_call *call, cf_value *result)
{
    cf_list *names = cf_list_new(call->eval->arena);
    cf_str   name;
    bool     found = false;

    if (!name_arg(call, "hasattr", &name))
        return false;
    cf_value_names(call->eval, cf_arg(call, 0, "object"), names);
    for (size_t i = 0; i < names->len; i++)
        found = found || cf_str_eq(cf_text(names->items[i]), name);
    *result = cf_bool(found);
    return true;
}

static bool do_setattr(cf_call *call, cf_value *result)
{
    cf_value object = cf_arg(call, 0, "object"), value = cf_arg(call, 2, "value");
    cf_str   name;

    *result = cf_none();
    if (!name_arg(call, "setattr", &name))
        return false;
    if (value.type == CF_TYPE_UNDEFINED)
        return cf_fail(call->eval->err, CF_ETYPE, "setattr() takes object, name and value");
    if (object.type != CF_TYPE_OBJECT || !object.as.object->class->set)
        return cf_fail(call->eval->err, CF_ETYPE, "attributes of '%s' objects cannot be set",
                       cf_type_name(object));
    return object.as.object->class->set(call->eval, object.as.object, name, value);
}

static bool do_print(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "sep", "end", NULL };
    cf_value                 sep = cf_undefined(NULL), end = cf_undefined(NULL);
    cf_buf                   out = cf_buf_in(call->eval->arena, 0);

    for (size_t i = 0; i < call->nkwargs; i++) {
        if (cf_str_is(call->kwargs[i].name, names[0]))
            sep = call->kwargs[i].value;
        else if (cf_str_is(call->kwargs[i].name, names[1]))
            end = call->kwargs[i].value;
        else
            return cf_fail(call->eval->err, CF_ETYPE, "print() knows sep and end, not '%.*s'",
                           CF_STR_ARG(call->kwargs[i].name));
    }
    for (size_t i = 0; i < call->nargs; i++) {
        if (i && sep.type == CF_TYPE_STRING)
            cf_buf_str(&out, cf_text(sep));
        else if (i)
            cf_buf_putc(&out, ' ');
        if (call->args[i].type == CF_TYPE_NONE)
            cf_buf_puts(&out, "None");
        else if (!cf_to_text(call->eval, call->args[i], &out))
            return false;
    }
    if (end.type == CF_TYPE_STRING)
        cf_buf_str(&out, cf_text(end));
    else
        cf_buf_putc(&out, '\n');
    fwrite(out.ptr ? out.ptr : "", 1, out.len, stdout);
    fflush(stdout);
    *result = cf_none();
    return cf_buf_ok(&out, call->eval->err);
}

const shell_function cf__shell_builtins[] = {
    { "abs", do_abs, "abs(number)", "The number without its sign." },
    { "all", do_all, "all(values)", "Whether every value is true." },
    { "any", do_any, "any(values)", "Whether some value is true." },
    { "bool", do_bool, "bool(value)", "Whether a value is true." },
    { "enumerate", do_enumerate, "enumerate(values, start=0)", "Pairs of a number and a value." },
    { "float", do_float, "float(value)", "A number from a number or a text." },
    { "getattr", do_getattr, "getattr(object, name, default)", "An attribute by its name." },
    { "hasattr", do_hasattr, "hasattr(object, name)", "Whether there is such an attribute." },
    { "int", do_int, "int(value)", "An integer from a number or a text." },
    { "len", do_len, "len(values)", "How many items; of a query: how many rows, by a COUNT." },
    { "list", do_list, "list(values)", "A list of what can be walked; runs a query." },
    { "max", cf__shell_max, "max(values, key=none) or max(a, b, …)",
      "The greatest value, or that with the greatest key." },
    { "min", cf__shell_min, "min(values, key=none) or min(a, b, …)",
      "The least value, or that with the least key." },
    { "print", do_print, "print(value, …, sep=' ', end='\\n')", "Writes values as text." },
    { "repr", do_repr, "repr(value)", "A value as the prompt shows it." },
    { "reversed", cf__shell_reversed, "reversed(values)", "A list, the last value first." },
    { "round", do_round, "round(number, digits=none)", "The nearest number of so many digits." },
    { "setattr", do_setattr, "setattr(object, name, value)", "Sets an attribute by its name." },
    { "sorted", cf__shell_sorted, "sorted(values, key=none, reverse=false)",
      "A sorted list. The key is a function or an attribute's name: sorted(users, key='email')." },
    { "str", do_str, "str(value)", "A value as text." },
    { "sum", do_sum, "sum(values, start=0)", "The sum of numbers." },
    { "tuple", do_tuple, "tuple(values)", "A list that cannot be changed." },
    { "zip", do_zip, "zip(values, values, …)", "Tuples of the first values, the second ones, …" },
    { 0 }
};
