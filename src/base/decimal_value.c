/* decimal_value.c -- decimals as objects of templates, in the manner of Python's Decimal. */
#include <carafe/decimal.h>

#include "base/bigint.h"

typedef struct decimal_object {
    cf_object  head;
    cf_decimal decimal;
} decimal_object;

static cf_decimal decimal_of(const cf_object *self)
{
    return ((const decimal_object *)self)->decimal;
}

static bool decimal_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    char text[24];

    (void)eval;
    *safe = false;
    cf_buf_add(out, text, cf_decimal_text(decimal_of(self), text));
    return true;
}

static bool decimal_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    char text[24];

    *out = cf_string_copy(eval->arena, cf_str_n(text, cf_decimal_text(decimal_of(self), text)));
    return true;
}

static bool decimal_truth(cf_eval *eval, cf_object *self, bool *out)
{
    (void)eval;
    *out = decimal_of(self).coefficient != 0;
    return true;
}

/* A decimal, integer or bool as a decimal. */
static bool exact(cf_value v, cf_decimal *out)
{
    if (v.type == CF_TYPE_BOOL)
        return cf_decimal_of_int(v.as.boolean, out);
    if (v.type == CF_TYPE_INT)
        return cf_decimal_of_int(v.as.integer, out);
    return cf_value_decimal(v, out);
}

/* The order beside any number; false when the value is none. */
static bool order_of(cf_decimal d, cf_value v, int *order)
{
    double     number;
    cf_decimal other;

    if (exact(v, &other)) {
        *order = cf_decimal_compare(d, other);
        return true;
    }
    if (v.type == CF_TYPE_INT) { /* Beyond 18 digits, so beyond every decimal. */
        *order = v.as.integer > 0 ? -1 : 1;
        return true;
    }
    if (cf__is_bigint(v)) {
        *order = cf__bigint_negative(v) ? 1 : -1;
        return true;
    }
    if (v.type != CF_TYPE_FLOAT)
        return false;
    number = cf_decimal_double(d);
    *order = (number > v.as.number) - (number < v.as.number);
    return true;
}

static bool decimal_equal(cf_object *a, cf_value b)
{
    int order;

    return order_of(decimal_of(a), b, &order) && order == 0;
}

static bool decimal_compare(cf_object *a, cf_value b, int *order, cf_error *err)
{
    return order_of(decimal_of(a), b, order) ||
           cf_fail(err, CF_ETYPE, "a Decimal cannot be compared with %s", cf_type_name(b));
}

/* As many places as fit, without zeros at the end. */
static bool quotient(cf_decimal a, cf_decimal b, cf_decimal *out)
{
    int32_t scale = CF_DECIMAL_DIGITS;

    while (scale >= 0 && !cf_decimal_div(a, b, scale, out))
        scale--;
    if (scale < 0)
        return false;
    while (out->scale > 0 && out->coefficient % 10 == 0) {
        out->coefficient /= 10;
        out->scale--;
    }
    return true;
}

/* Python's // of decimals goes towards zero, and % has the dividend's sign. */
static bool whole_quotient(cf_decimal a, cf_decimal b, cf_decimal *out)
{
    cf_decimal product;
    int        beyond;

    if (!cf_decimal_div(a, b, 0, out) || !cf_decimal_mul(*out, b, &product))
        return false;
    /* Was it rounded away from zero? Then one back. */
    beyond = cf_decimal_compare(product, a) * (a.coefficient < 0 ? -1 : 1);
    if (beyond > 0)
        out->coefficient -= (a.coefficient < 0) == (b.coefficient < 0) ? 1 : -1;
    return true;
}

static bool calculate(char op, cf_decimal a, cf_decimal b, cf_decimal *out)
{
    cf_decimal whole, product;

    switch (op) {
    case '+':
        return cf_decimal_add(a, b, out);
    case '-':
        return cf_decimal_sub(a, b, out);
    case '*':
        return cf_decimal_mul(a, b, out);
    case '/':
        return quotient(a, b, out);
    case 'd':
        return whole_quotient(a, b, out);
    default:
        return whole_quotient(a, b, &whole) && cf_decimal_mul(whole, b, &product) &&
               cf_decimal_sub(a, product, out);
    }
}

/* round(a, b): to places after the point; before it there is nothing to round for money. */
static bool rounded(cf_eval *eval, cf_value a, cf_value b, cf_value *out, bool *found)
{
    cf_decimal d;

    *found = cf_value_decimal(a, &d) && b.type == CF_TYPE_INT && b.as.integer >= 0 &&
             b.as.integer <= CF_DECIMAL_DIGITS;
    if (!*found)
        return true;
    if (b.as.integer < d.scale && !cf_decimal_round(d, (int32_t)b.as.integer, &d))
        return cf_fail(eval->err, CF_ERUNTIME, "the result does not fit a Decimal of %d digits",
                       CF_DECIMAL_DIGITS);
    *out = cf_decimal_value(eval->arena, d);
    return true;
}

static bool decimal_arith(cf_eval *eval, char op, cf_value a, cf_value b, cf_value *out,
                          bool *found)
{
    cf_decimal x, y, result;

    *found = false;
    if (op == 'r')
        return rounded(eval, a, b, out, found);
    if (!exact(a, &x) || !exact(b, &y) || !strchr("+-*/d%", op))
        return true;
    *found = true;
    if (!y.coefficient && strchr("/d%", op))
        return cf_fail(eval->err, CF_ERUNTIME, "division of a Decimal by zero");
    if (!calculate(op, x, y, &result))
        return cf_fail(eval->err, CF_ERUNTIME, "the result does not fit a Decimal of %d digits",
                       CF_DECIMAL_DIGITS);
    *out = cf_decimal_value(eval->arena, result);
    return true;
}

static bool decimal_number(const cf_object *self, double *out)
{
    *out = cf_decimal_double(decimal_of(self));
    return true;
}

static const cf_class decimal_class = { .name = "Decimal",
                                        .text = decimal_text,
                                        .truth = decimal_truth,
                                        .equal = decimal_equal,
                                        .compare = decimal_compare,
                                        .json = decimal_json,
                                        .arith = decimal_arith,
                                        .number = decimal_number };

cf_value cf_decimal_value(cf_arena *arena, cf_decimal d)
{
    decimal_object *object = cf_new(arena, decimal_object);

    object->head.class = &decimal_class;
    object->decimal = d;
    return cf_from_object(object);
}

bool cf_value_decimal(cf_value v, cf_decimal *out)
{
    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &decimal_class)
        return false;
    if (out)
        *out = decimal_of(v.as.object);
    return true;
}
