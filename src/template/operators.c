/* operators.c -- Python's operators: arithmetic, comparison, membership, truth. */
#include "template/filters.h"

#include <math.h>

#include "base/bigint.h"
#include "template/integer.h"

static const char *const symbols[] = {
    [OP_ADD] = "+",       [OP_SUB] = "-", [OP_MUL] = "*",           [OP_DIV] = "/",
    [OP_FLOORDIV] = "//", [OP_MOD] = "%", [OP_POW] = "** or pow()", [OP_NEG] = "-",
    [OP_POS] = "+",       [OP_LT] = "<",  [OP_LE] = "<=",           [OP_GT] = ">",
    [OP_GE] = ">=",
};

/* What 64 bits hold. */
static bool is_int(cf_value v)
{
    return v.type == CF_TYPE_INT || v.type == CF_TYPE_BOOL;
}

static bool is_number(cf_value v)
{
    return v.type == CF_TYPE_FLOAT || cf__is_integer(v);
}

static int64_t int_of(cf_value v)
{
    return v.type == CF_TYPE_BOOL ? v.as.boolean : v.as.integer;
}

/* float(v) of what is_number(). */
static bool number_of(vm *m, cf_value v, double *out)
{
    bool found;

    return cf__number(m, v, out, &found);
}

static bool unsupported(vm *m, operator_kind op, cf_value a, cf_value b)
{
    return cf_fail(m->eval.err, CF_ETYPE, "unsupported operand type(s) for %s: '%s' and '%s'",
                   symbols[op], cf_type_name(a), cf_type_name(b));
}

static bool zero_division(vm *m, const char *what)
{
    return cf_fail(m->eval.err, CF_ERUNTIME, "%s", what);
}

/* ---- numbers ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;

    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

/* The rest has the divisor's sign. */
static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t rest = a % b;

    return rest && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* Quotient and remainder with the sign of the divisor. */
static void float_divmod(double a, double b, double *quotient, double *rest)
{
    double mod = fmod(a, b), div = (a - mod) / b;

    if (mod != 0.0) {
        if ((b < 0) != (mod < 0)) {
            mod += b;
            div -= 1.0;
        }
    } else {
        mod = copysign(0.0, b);
    }
    if (div != 0.0) {
        *quotient = floor(div);
        if (div - *quotient > 0.5)
            *quotient += 1.0;
    } else {
        *quotient = copysign(0.0, a / b);
    }
    *rest = mod;
}

static bool float_pow(vm *m, double a, double b, cf_value *out)
{
    double result;

    if (a == 0.0 && b < 0)
        return zero_division(m, "0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
        return cf_fail(m->eval.err, CF_ERUNTIME,
                       "a negative number cannot be raised to a fractional power");
    result = pow(a, b);
    if (isinf(result) && isfinite(a) && isfinite(b))
        return cf_fail(m->eval.err, CF_ERUNTIME, "numerical result out of range");
    *out = cf_float(result);
    return true;
}

static bool float_op(vm *m, operator_kind op, double a, double b, cf_value *out)
{
    double quotient, rest;

    switch (op) {
    case OP_ADD:
        *out = cf_float(a + b);
        return true;
    case OP_SUB:
        *out = cf_float(a - b);
        return true;
    case OP_MUL:
        *out = cf_float(a * b);
        return true;
    case OP_DIV:
        if (b == 0.0)
            return zero_division(m, "float division by zero");
        *out = cf_float(a / b);
        return true;
    case OP_FLOORDIV:
    case OP_MOD:
        if (b == 0.0)
            return zero_division(m, op == OP_MOD ? "float modulo" : "float floor division by zero");
        float_divmod(a, b, &quotient, &rest);
        *out = cf_float(op == OP_MOD ? rest : quotient);
        return true;
    default:
        return float_pow(m, a, b, out);
    }
}

/* base ** exponent, which is not negative. False when 64 bits do not hold it. */
static bool int_pow(int64_t base, int64_t exponent, int64_t *out)
{
    *out = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1 && __builtin_mul_overflow(*out, base, out))
            return false;
        if (exponent > 1 && __builtin_mul_overflow(base, base, &base))
            return false;
    }
    return true;
}

/* Integers up to which doubles hold every one. */
#define EXACT (INT64_C(1) << 53)

static bool is_exact(int64_t n)
{
    return n >= -EXACT && n <= EXACT;
}

/* Where 64 bits do not do, cf__integer_op() does. */
static bool int_op(vm *m, operator_kind op, int64_t a, int64_t b, cf_value *out)
{
    int64_t result = 0;
    bool    over = false;

    switch (op) {
    case OP_ADD:
        over = __builtin_add_overflow(a, b, &result);
        break;
    case OP_SUB:
        over = __builtin_sub_overflow(a, b, &result);
        break;
    case OP_MUL:
        over = __builtin_mul_overflow(a, b, &result);
        break;
    case OP_DIV:
        over = !b || !is_exact(a) || !is_exact(b);
        *out = cf_float((double)a / (double)b);
        return !over || cf__integer_op(m, op, cf_int(a), cf_int(b), out);
    case OP_FLOORDIV:
    case OP_MOD:
        over = !b || b == -1;
        if (!over)
            result = op == OP_FLOORDIV ? floor_div(a, b) : floor_mod(a, b);
        break;
    default:
        if (b < 0)
            return float_pow(m, (double)a, (double)b, out);
        over = !int_pow(a, b, &result);
    }
    *out = cf_int(result);
    return !over || cf__integer_op(m, op, cf_int(a), cf_int(b), out);
}

/* ---- strings and lists ---- */

/* Text of one side of a sum, escaped when the other side is HTML and it is not. */
static void add_side(cf_buf *out, cf_value v, bool safe)
{
    if (safe && !v.safe)
        cf_buf_html(out, cf_text(v));
    else
        cf_buf_str(out, cf_text(v));
}

static bool add_strings(vm *m, cf_value a, cf_value b, cf_value *out)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    bool   safe = a.safe || b.safe;

    cf_buf_reserve(&text, (size_t)a.len + b.len);
    add_side(&text, a, safe);
    add_side(&text, b, safe);
    *out = cf__string(cf_buf_view(&text), safe);
    out->bytes = a.bytes;
    return cf_buf_ok(&text, m->eval.err);
}

static bool add_lists(vm *m, const cf_list *a, const cf_list *b, cf_value *out)
{
    cf_list *list = a->tuple ? cf_tuple_new(m->eval.arena) : cf_list_new(m->eval.arena);

    for (size_t i = 0; i < a->len; i++)
        cf_list_add(list, a->items[i]);
    for (size_t i = 0; i < b->len; i++)
        cf_list_add(list, b->items[i]);
    *out = cf_from_list(list);
    return true;
}

static bool too_large(vm *m)
{
    return cf_fail(m->eval.err, CF_ELIMIT, "repetition is larger than the limit of %zu bytes",
                   m->env->options.max_output);
}

static bool repeat_string(vm *m, cf_value v, int64_t times, cf_value *out)
{
    size_t most = m->env->options.max_output;
    char  *text;

    if (times < 0)
        times = 0;
    if (v.len && (uint64_t)times > most / v.len)
        return too_large(m);
    text = cf_alloc(m->eval.arena, v.len * (size_t)times + 1);
    for (int64_t i = 0; v.len && i < times; i++)
        memcpy(text + (size_t)i * v.len, v.as.text, v.len);
    *out = cf__string(cf_str_n(text, v.len * (size_t)times), v.safe);
    out->bytes = v.bytes;
    return true;
}

static bool repeat_list(vm *m, const cf_list *from, int64_t times, cf_value *out)
{
    cf_list *list = from->tuple ? cf_tuple_new(m->eval.arena) : cf_list_new(m->eval.arena);

    if (times > 0 && from->len && (uint64_t)times > m->env->options.max_output / 16 / from->len)
        return too_large(m);
    for (int64_t t = 0; from->len && t < times; t++)
        for (size_t i = 0; i < from->len; i++)
            cf_list_add(list, from->items[i]);
    *out = cf_from_list(list);
    return true;
}

/* False without an error when neither is something to repeat. */
static bool repeat(vm *m, cf_value a, cf_value b, cf_value *out)
{
    bool     first = cf__is_integer(a);
    cf_value what = first ? b : a, times = first ? a : b;

    if (!cf__is_integer(times) || (what.type != CF_TYPE_STRING && what.type != CF_TYPE_LIST))
        return false;
    if (!is_int(times))
        return cf__no_index(m->eval.err);
    return what.type == CF_TYPE_STRING ? repeat_string(m, what, int_of(times), out)
                                       : repeat_list(m, what.as.list, int_of(times), out);
}

static bool add(vm *m, cf_value a, cf_value b, cf_value *out)
{
    if (a.type == CF_TYPE_STRING && b.type == CF_TYPE_STRING && a.bytes == b.bytes)
        return add_strings(m, a, b, out);
    if (a.type == CF_TYPE_LIST && b.type == CF_TYPE_LIST && a.as.list->tuple == b.as.list->tuple)
        return add_lists(m, a.as.list, b.as.list, out);
    if (a.type == CF_TYPE_STRING)
        return cf_fail(m->eval.err, CF_ETYPE,
                       a.bytes ? "can't concat %s to bytes"
                               : "can only concatenate str (not \"%s\") to str",
                       cf_type_name(b));
    return unsupported(m, OP_ADD, a, b);
}

/* Numbers that are objects, such as decimals. */
static bool object_op(vm *m, operator_kind op, cf_value a, cf_value b, cf_value *out, bool *found)
{
    static const char letters[] = { [OP_ADD] = '+', [OP_SUB] = '-',      [OP_MUL] = '*',
                                    [OP_DIV] = '/', [OP_FLOORDIV] = 'd', [OP_MOD] = '%' };
    const cf_object  *object = a.type == CF_TYPE_OBJECT   ? a.as.object
                               : b.type == CF_TYPE_OBJECT ? b.as.object
                                                          : NULL;

    *found = false;
    if (!object || !object->class->arith || (size_t)op >= sizeof(letters) || !letters[op])
        return true;
    return object->class->arith(&m->eval, letters[op], a, b, out, found);
}

/* HTML plus a chainable undefined value is the HTML; anything else with one fails. */
static bool add_missing(vm *m, operator_kind op, cf_value a, cf_value b, cf_value *out)
{
    *out = a;
    return (m->env->options.undefined == CF_UNDEFINED_CHAINABLE && op == OP_ADD &&
            a.type == CF_TYPE_STRING && a.safe) ||
           cf__undefined_fail(m, a.type == CF_TYPE_UNDEFINED ? a : b);
}

static bool is_negative(cf_value integer)
{
    return is_int(integer) ? int_of(integer) < 0 : cf__bigint_negative(integer);
}

/* Numbers that are not both plain integers. */
static bool number_op(vm *m, operator_kind op, cf_value a, cf_value b, cf_value *out)
{
    double x, y;

    if (is_int(a) && is_int(b))
        return int_op(m, op, int_of(a), int_of(b), out);
    if (cf__is_integer(a) && cf__is_integer(b) && !(op == OP_POW && is_negative(b)))
        return cf__integer_op(m, op, a, b, out);
    return number_of(m, a, &x) && number_of(m, b, &y) && float_op(m, op, x, y, out);
}

bool cf__binary(vm *m, operator_kind op, cf_value a, cf_value b, cf_value *out)
{
    bool found;

    if (a.type == CF_TYPE_INT && b.type == CF_TYPE_INT)
        return int_op(m, op, a.as.integer, b.as.integer, out);
    if (op == OP_MOD && a.type == CF_TYPE_STRING && !a.bytes)
        return cf__percent(m, a, b, out);
    if (a.type == CF_TYPE_UNDEFINED || b.type == CF_TYPE_UNDEFINED)
        return add_missing(m, op, a, b, out);
    if (is_number(a) && is_number(b))
        return number_op(m, op, a, b, out);
    if (!object_op(m, op, a, b, out, &found))
        return false;
    if (found)
        return true;
    if (op == OP_ADD)
        return add(m, a, b, out);
    if (op == OP_MUL && repeat(m, a, b, out))
        return true;
    return m->eval.err->code ? false : unsupported(m, op, a, b);
}

bool cf__unary(vm *m, operator_kind op, cf_value v, cf_value *out)
{
    if (v.type == CF_TYPE_INT && v.as.integer != INT64_MIN) {
        *out = cf_int(op == OP_NEG ? -v.as.integer : v.as.integer);
        return true;
    }
    if (v.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, v);
    if (v.type == CF_TYPE_FLOAT) {
        *out = cf_float(op == OP_NEG ? -v.as.number : v.as.number);
        return true;
    }
    if (!is_number(v) && !(v.type == CF_TYPE_OBJECT && v.as.object->class->arith))
        return cf_fail(m->eval.err, CF_ETYPE, "bad operand type for unary %s: '%s'", symbols[op],
                       cf_type_name(v));
    return cf__binary(m, op == OP_NEG ? OP_SUB : OP_ADD, cf_int(0), v, out);
}

/* ---- truth, equality, order, membership ---- */

static bool hashable(vm *m, cf_value v, int depth)
{
    if (depth > CF__VALUE_DEPTH)
        return cf_fail(m->eval.err, CF_ELIMIT, "a key is a tuple in a tuple, too deeply");
    if ((v.type == CF_TYPE_LIST && !v.as.list->tuple) || v.type == CF_TYPE_MAP || cf__is_group(v))
        return cf_fail(m->eval.err, CF_ETYPE, "unhashable type: '%s'",
                       v.type == CF_TYPE_OBJECT ? "list" : cf_type_name(v));
    if (v.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, v))
        return cf__undefined_fail(m, v);
    for (size_t i = 0; v.type == CF_TYPE_LIST && i < v.as.list->len; i++)
        if (!cf__step(m) || !hashable(m, v.as.list->items[i], depth + 1))
            return false;
    return true;
}

bool cf__hashable(vm *m, cf_value v)
{
    return hashable(m, v, 0);
}

bool cf__truth_of(vm *m, cf_value v, bool *out)
{
    if (v.type == CF_TYPE_UNDEFINED) {
        *out = false;
        return !cf__undefined_strict(m, v) || cf__undefined_fail(m, v);
    }
    return cf_truth_of(&m->eval, v, out);
}

bool cf__equal(vm *m, cf_value a, cf_value b, bool *out)
{
    if (a.type == CF_TYPE_UNDEFINED || b.type == CF_TYPE_UNDEFINED) {
        if (a.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, a))
            return cf__undefined_fail(m, a);
        if (b.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, b))
            return cf__undefined_fail(m, b);
    }
    *out = cf_equal(a, b);
    return cf__step_compared(m);
}

static bool ordered(operator_kind op, int order)
{
    switch (op) {
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* Goes down to the first items in which two lists differ. */
static bool find_difference(vm *m, cf_value *a, cf_value *b)
{
    while (a->type == CF_TYPE_LIST && b->type == CF_TYPE_LIST &&
           a->as.list->tuple == b->as.list->tuple) {
        const cf_list *x = a->as.list, *y = b->as.list;
        size_t         common = x->len < y->len ? x->len : y->len, i = 0;
        bool           same = true;
        while (i < common && same) {
            same = cf_equal(x->items[i], y->items[i]);
            i += same;
            if (!cf__step_compared(m))
                return false;
        }
        if (i == common)
            break;
        *a = x->items[i];
        *b = y->items[i];
    }
    return true;
}

static bool compare_order(vm *m, operator_kind op, cf_value a, cf_value b, bool *out)
{
    cf_error err = { 0 };
    int      order;

    if (!find_difference(m, &a, &b))
        return false;
    if (a.type == CF_TYPE_UNDEFINED || b.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, a.type == CF_TYPE_UNDEFINED ? a : b);
    if ((a.type == CF_TYPE_FLOAT && isnan(a.as.number)) ||
        (b.type == CF_TYPE_FLOAT && isnan(b.as.number))) {
        *out = false;
        return is_number(a) && is_number(b) ? true : unsupported(m, op, a, b);
    }
    if (!cf_compare(a, b, &order, &err)) {
        if (err.code == CF_ELIMIT)
            return cf_fail(m->eval.err, CF_ELIMIT, "%s", err.message);
        return cf_fail(m->eval.err, CF_ETYPE,
                       "'%s' not supported between instances of '%s' and '%s'", symbols[op],
                       cf_type_name(a), cf_type_name(b));
    }
    *out = ordered(op, order);
    return cf__step_compared(m);
}

static bool walk_contains(vm *m, cf_value container, cf_value item, bool *out)
{
    cf_iter  iter;
    cf_value at;
    bool     done = false;

    *out = false;
    if (!cf_iterate(&m->eval, container, &iter))
        return false;
    while (!*out) {
        if (!cf_iter_next(&iter, &m->eval, &at, &done) || !cf__step(m))
            return false;
        if (done)
            return true;
        *out = cf_equal(at, item);
    }
    return true;
}

bool cf__byte_of(vm *m, cf_value v, int64_t *out)
{
    *out = is_int(v) ? int_of(v) : -1;
    return (*out >= 0 && *out <= 255) ||
           cf_fail(m->eval.err, CF_ERUNTIME, "byte must be in range(0, 256)");
}

static bool has_byte(vm *m, cf_value bytes, cf_value item, bool *out)
{
    int64_t byte;

    if (!cf__byte_of(m, item, &byte))
        return false;
    *out = bytes.len && memchr(bytes.as.text, (int)byte, bytes.len);
    return true;
}

bool cf__contains(vm *m, cf_value container, cf_value item, bool *out)
{
    *out = false;
    if (item.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, item) &&
        (container.type == CF_TYPE_MAP ||
         (container.type == CF_TYPE_LIST && container.as.list->len)))
        return cf__undefined_fail(m, item);
    switch ((cf_type)container.type) {
    case CF_TYPE_UNDEFINED:
        return !cf__undefined_strict(m, container) || cf__undefined_fail(m, container);
    case CF_TYPE_STRING:
        if (container.bytes && (cf__is_integer(item) || item.type == CF_TYPE_BOOL))
            return has_byte(m, container, item, out);
        if (item.type != CF_TYPE_STRING || item.bytes != container.bytes)
            return cf_fail(m->eval.err, CF_ETYPE,
                           container.bytes
                               ? "a bytes-like object is required, not '%s'"
                               : "'in <string>' requires string as left operand, not %s",
                           cf_type_name(item));
        *out = cf_str_find(cf_text(container), cf_text(item)) != CF_NPOS;
        return true;
    case CF_TYPE_LIST:
        for (size_t i = 0; !*out && i < container.as.list->len; i++) {
            *out = cf_equal(container.as.list->items[i], item);
            if (!cf__step_compared(m))
                return false;
        }
        return true;
    case CF_TYPE_MAP:
        if (!cf__hashable(m, item))
            return false;
        *out = cf_map_find(container.as.map, item) != NULL;
        return true;
    case CF_TYPE_OBJECT:
        if (container.as.object->class->contains)
            return container.as.object->class->contains(&m->eval, container.as.object, item, out);
        if (container.as.object->class->iter)
            return walk_contains(m, container, item, out);
        break;
    default:
        break;
    }
    return cf_fail(m->eval.err, CF_ETYPE, "argument of type '%s' is not iterable",
                   cf_type_name(container));
}

bool cf__compare(vm *m, operator_kind op, cf_value a, cf_value b, bool *out)
{
    bool ok;

    switch (op) {
    case OP_EQ:
        return cf__equal(m, a, b, out);
    case OP_NE:
        ok = cf__equal(m, a, b, out);
        *out = !*out;
        return ok;
    case OP_IN:
        return cf__contains(m, b, a, out);
    case OP_NOTIN:
        ok = cf__contains(m, b, a, out);
        *out = !*out;
        return ok;
    default:
        return compare_order(m, op, a, b, out);
    }
}
