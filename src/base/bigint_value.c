/* bigint_value.c -- integers beyond 64 bits as objects of templates. */
#include <math.h>
#include <stdio.h>

#include <carafe/decimal.h>

#include "base/bigint.h"

typedef struct bigint {
    cf_object head;
    cf_whole  whole;
} bigint;

static cf_whole whole_of(const cf_object *self)
{
    return ((const bigint *)self)->whole;
}

static cf_value make_value(cf_arena *arena, cf_whole n)
{
    bigint *object = cf_new(arena, bigint);

    object->head.class = &cf__bigint_class;
    object->whole = n;
    return cf_from_object(object);
}

cf_whole cf__whole(cf_arena *arena, cf_value v)
{
    cf_whole n = { 0 };
    int64_t  small = v.type == CF_TYPE_BOOL ? v.as.boolean : v.as.integer;
    uint64_t left = small < 0 ? 0 - (uint64_t)small : (uint64_t)small;

    if (v.type == CF_TYPE_OBJECT)
        return whole_of(v.as.object);
    n.limbs = cf_new_array(arena, uint32_t, 3);
    n.negative = small < 0;
    for (; left; left /= 1000000000)
        n.limbs[n.len++] = (uint32_t)(left % 1000000000);
    return n;
}

cf_value cf__whole_value(cf_arena *arena, cf_whole n)
{
    uint64_t size = 0;

    /* Three limbs below 10 * 10^18 fit what has no sign; more do not fit what has one. */
    if (n.len > 3 || (n.len == 3 && n.limbs[2] > 9))
        return make_value(arena, n);
    for (uint32_t i = n.len; i--;)
        size = size * 1000000000 + n.limbs[i];
    if (size > (uint64_t)INT64_MAX + n.negative)
        return make_value(arena, n);
    return cf_int(n.negative ? (int64_t)(0 - size) : (int64_t)size);
}

cf_value cf__bigint_copy(cf_arena *arena, cf_value v)
{
    cf_whole n = whole_of(v.as.object);

    n.limbs = cf_memdup(arena, n.limbs, n.len * sizeof *n.limbs);
    return make_value(arena, n);
}

bool cf__bigint_negative(cf_value v)
{
    return whole_of(v.as.object).negative;
}

cf_value cf__int_bound(cf_value v)
{
    if (!cf__is_bigint(v))
        return v;
    return cf_int(cf__bigint_negative(v) ? -(INT64_C(1) << 62) : INT64_C(1) << 62);
}

uint64_t cf__bigint_hash(cf_value v)
{
    cf_whole n = whole_of(v.as.object);
    double   number;

    if (cf__whole_double(n, &number) && cf__whole_order_double(n, number) == 0)
        return cf_hash(cf_float(number));
    return cf_str_hash(cf_str_n((const char *)n.limbs, n.len * sizeof *n.limbs)) ^ n.negative;
}

bool cf__bigint_text(cf_value v, cf_buf *out, cf_error *err)
{
    cf_whole n = whole_of(v.as.object);
    char     limb[16];
    size_t   top = (size_t)snprintf(limb, sizeof limb, "%u", n.limbs[n.len - 1]);

    if (top + (size_t)(n.len - 1) * CF__LIMB_DIGITS > CF__INT_TEXT_DIGITS)
        return cf_fail(err, CF_ERUNTIME,
                       "Exceeds the limit (%d digits) for integer string conversion",
                       CF__INT_TEXT_DIGITS);
    if (n.negative)
        cf_buf_putc(out, '-');
    cf_buf_add(out, limb, top);
    for (uint32_t i = n.len - 1; i--;)
        cf_buf_printf(out, "%09u", n.limbs[i]);
    return true;
}

/* ---- the class ---- */

static bool bigint_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    *safe = false;
    return cf__bigint_text(cf_from_object(self), out, eval->err);
}

/* The order beside any other number; false when the value is none. */
static bool order_of(const cf_object *self, cf_value v, int *order)
{
    cf_whole n = whole_of(self);

    if (cf__is_bigint(v))
        *order = cf__whole_order(n, whole_of(v.as.object));
    else if (v.type == CF_TYPE_FLOAT)
        *order = isnan(v.as.number) ? 1 : cf__whole_order_double(n, v.as.number);
    else if (v.type == CF_TYPE_INT || v.type == CF_TYPE_BOOL || cf_value_decimal(v, NULL))
        *order = n.negative ? -1 : 1; /* All of these are smaller. */
    else
        return false;
    return true;
}

static bool bigint_equal(cf_object *a, cf_value b)
{
    int order;

    return order_of(a, b, &order) && order == 0;
}

static bool bigint_compare(cf_object *a, cf_value b, int *order, cf_error *err)
{
    return order_of(a, b, order) ||
           cf_fail(err, CF_ETYPE, "'<' not supported between instances of 'int' and '%s'",
                   cf_type_name(b));
}

static bool bigint_number(const cf_object *self, double *out)
{
    return cf__whole_double(whole_of(self), out);
}

const cf_class cf__bigint_class = {
    .name = "int",
    .text = bigint_text,
    .equal = bigint_equal,
    .compare = bigint_compare,
    .number = bigint_number,
};
