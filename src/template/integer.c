/* integer.c -- Python's operators and conversions for integers beyond 64 bits.
 *
 * What a template may make is bounded: by the size of a result, which is known before the work is
 * done, and by steps, which long operations count by their length. */
#include "template/integer.h"

#include <math.h>

#include "base/bigint.h"

#define MOST_DIGITS 20000
#define MOST_LIMBS  (MOST_DIGITS / CF__LIMB_DIGITS + 1)

/* Products of limbs that count as a step. */
#define PRODUCTS_A_STEP 512

bool cf__work(vm *m, uint64_t products)
{
    for (uint64_t n = products / PRODUCTS_A_STEP; n; n--)
        if (!cf__step(m))
            return false;
    return true;
}

bool cf__no_index(cf_error *err)
{
    return cf_fail(err, CF_ERUNTIME, "cannot fit 'int' into an index-sized integer");
}

static bool too_large(vm *m)
{
    return cf_fail(m->eval.err, CF_ELIMIT, "an integer would have more than %d digits",
                   MOST_DIGITS);
}

static bool finish(vm *m, cf_whole n, cf_value *out)
{
    if (n.len > MOST_LIMBS)
        return too_large(m);
    *out = cf__whole_value(m->eval.arena, n);
    return true;
}

/* ---- operators ---- */

static bool product(vm *m, cf_whole a, cf_whole b, cf_whole *out)
{
    if (a.len + b.len > MOST_LIMBS + 1)
        return too_large(m);
    *out = cf__whole_mul(m->eval.arena, a, b);
    return cf__work(m, (uint64_t)a.len * b.len);
}

static double digits_of(cf_whole n)
{
    double top = n.limbs[n.len - 1] + (n.len > 1 ? n.limbs[n.len - 2] / 1e9 : 0);

    return log10(top) + CF__LIMB_DIGITS * (n.len - 1.0);
}

/* base ** exponent, which is not negative. */
static bool power(vm *m, cf_whole base, cf_value exponent, cf_value *out)
{
    cf_whole times = cf__whole(m->eval.arena, exponent);
    cf_whole result = cf__whole(m->eval.arena, cf_int(1));
    int64_t  left;

    if (!times.len) {
        *out = cf_int(1);
        return true;
    }
    if (!base.len || (base.len == 1 && base.limbs[0] == 1)) {
        *out = cf_int(!base.len ? 0 : base.negative && times.limbs[0] % 2 ? -1 : 1);
        return true;
    }
    if (times.len > 1 || digits_of(base) * times.limbs[0] > MOST_DIGITS + 1)
        return too_large(m);
    left = times.limbs[0];
    for (; left; left >>= 1)
        if ((left & 1 && !product(m, result, base, &result)) ||
            (left > 1 && !product(m, base, base, &base)))
            return false;
    return finish(m, result, out);
}

static bool divide(vm *m, operator_kind op, cf_whole a, cf_whole b, cf_value *out)
{
    cf_whole result;

    if (!b.len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "integer division or modulo by zero");
    if (a.len > b.len && !cf__work(m, (uint64_t)(a.len - b.len) * b.len))
        return false;
    cf__whole_divmod(m->eval.arena, a, b, op == OP_FLOORDIV ? &result : NULL,
                     op == OP_MOD ? &result : NULL);
    return finish(m, result, out);
}

static bool ratio(vm *m, cf_whole a, cf_whole b, cf_value *out)
{
    double number;

    if (!b.len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "division by zero");
    if (!cf__whole_ratio(m->eval.arena, a, b, &number))
        return cf_fail(m->eval.err, CF_ERUNTIME, "integer division result too large for a float");
    *out = cf_float(number);
    return cf__work(m, (uint64_t)a.len * 64);
}

bool cf__integer_op(vm *m, operator_kind op, cf_value a, cf_value b, cf_value *out)
{
    cf_arena *arena = m->eval.arena;
    cf_whole  x = cf__whole(arena, a), y = cf__whole(arena, b), result;

    switch (op) {
    case OP_ADD:
        return finish(m, cf__whole_add(arena, x, y), out);
    case OP_SUB:
        return finish(m, cf__whole_sub(arena, x, y), out);
    case OP_MUL:
        return product(m, x, y, &result) && finish(m, result, out);
    case OP_DIV:
        return ratio(m, x, y, out);
    case OP_FLOORDIV:
    case OP_MOD:
        return divide(m, op, x, y, out);
    default:
        return power(m, x, b, out);
    }
}

bool cf__integer_round(vm *m, cf_value v, int64_t places, cf_value *out)
{
    cf_arena *arena = m->eval.arena;
    cf_whole  n, unit, down, rest, one = cf__whole(arena, cf_int(1));
    int       half;

    *out = v.type == CF_TYPE_BOOL ? cf_int(v.as.boolean) : v;
    if (places >= 0)
        return true;
    *out = cf_int(0);
    n = cf__whole(arena, v);
    if (places < -(int64_t)n.len * CF__LIMB_DIGITS)
        return true;
    unit = cf__whole_ten(arena, (uint32_t)-places);
    if (n.len > unit.len && !cf__work(m, (uint64_t)(n.len - unit.len) * unit.len))
        return false;
    cf__whole_divmod(arena, n, unit, &down, &rest);
    half = cf__whole_order(cf__whole_add(arena, rest, rest), unit);
    if (half > 0 || (half == 0 && down.len && down.limbs[0] % 2))
        down = cf__whole_add(arena, down, one);
    return product(m, down, unit, &down) && finish(m, down, out);
}

/* ---- floats ---- */

bool cf__number(vm *m, cf_value v, double *out, bool *found)
{
    *found = true;
    switch ((cf_type)v.type) {
    case CF_TYPE_BOOL:
        *out = v.as.boolean;
        return true;
    case CF_TYPE_INT:
        *out = (double)v.as.integer;
        return true;
    case CF_TYPE_FLOAT:
        *out = v.as.number;
        return true;
    case CF_TYPE_OBJECT:
        *found = v.as.object->class->number && v.as.object->class->number(v.as.object, out);
        return *found || !cf__is_bigint(v) ||
               cf_fail(m->eval.err, CF_ERUNTIME, "int too large to convert to float");
    default:
        *found = false;
        return true;
    }
}

bool cf__integer_of(vm *m, double number, cf_value *out)
{
    if (!isfinite(number))
        return false;
    *out = fabs(number) < 0x1p63
               ? cf_int((int64_t)number)
               : cf__whole_value(m->eval.arena, cf__whole_of_double(m->eval.arena, number));
    return true;
}

/* ---- text ---- */

static bool beyond_text(cf_error *err)
{
    return cf_fail(err, CF_ERUNTIME, "Exceeds the limit (%d digits) for integer string conversion",
                   CF__INT_TEXT_DIGITS);
}

static cf_str small_digits(cf_arena *arena, uint64_t n, unsigned base, bool upper)
{
    const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char        text[64], *end = text + sizeof text, *at = end;

    do
        *--at = set[n % base];
    while (n /= base);
    return cf_str_n(cf_strndup(arena, at, (size_t)(end - at)), (size_t)(end - at));
}

bool cf__integer_digits(vm *m, cf_value v, unsigned base, bool upper, cf_str *digits,
                        bool *negative)
{
    int64_t  small = v.type == CF_TYPE_BOOL ? v.as.boolean : v.as.integer;
    cf_whole n;

    if (!cf__is_bigint(v)) {
        *negative = small < 0;
        *digits = small_digits(m->eval.arena, small < 0 ? 0 - (uint64_t)small : (uint64_t)small,
                               base, upper);
        return true;
    }
    n = cf__whole(m->eval.arena, v);
    *negative = n.negative;
    if (!cf__work(m, base == 10 ? n.len : (uint64_t)n.len * n.len))
        return false;
    *digits = cf__whole_digits(m->eval.arena, n, base, upper);
    return base != 10 || digits->len <= CF__INT_TEXT_DIGITS || beyond_text(m->eval.err);
}

/* Digits of 64 bits, as nearly all are. */
static bool read_small(cf_str digits, unsigned base, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char    c = digits.ptr[i];
        int64_t digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;

        if (c != '_' && (__builtin_mul_overflow(*out, (int64_t)base, out) ||
                         __builtin_add_overflow(*out, digit, out)))
            return false;
    }
    return true;
}

bool cf__integer_read(cf_arena *arena, cf_str digits, unsigned base, bool negative, cf_value *out,
                      cf_error *err)
{
    size_t   count = 0;
    cf_whole n;
    int64_t  small;

    if (digits.len < 64 && read_small(digits, base, &small)) {
        *out = cf_int(negative ? -small : small);
        return true;
    }
    for (size_t i = 0; i < digits.len; i++)
        count += digits.ptr[i] != '_';
    if (count > CF__INT_TEXT_DIGITS && (base & (base - 1)))
        return beyond_text(err);
    if (!cf__whole_parse(arena, digits, base, MOST_LIMBS, &n))
        return cf_fail(err, CF_ELIMIT, "an integer would have more than %d digits", MOST_DIGITS);
    n.negative = negative && n.len;
    *out = cf__whole_value(arena, n);
    return true;
}
