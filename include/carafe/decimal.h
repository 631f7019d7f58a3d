/* decimal.h -- exact decimal numbers of up to 18 digits, for money and measures.
 *
 * A result that does not fit is refused, never rounded in silence. Functions that round do it half
 * away from zero, as PostgreSQL's NUMERIC does: 0.125 to two places is 0.13, -0.125 is -0.13. */
#ifndef CARAFE_DECIMAL_H
#define CARAFE_DECIMAL_H

#include <carafe/value.h>

/* Most digits of a decimal, and most after the point. */
#define CF_DECIMAL_DIGITS 18

/* coefficient / 10^scale: 12.50 is (cf_decimal){ 1250, 2 }. */
typedef struct cf_decimal {
    int64_t coefficient;
    int32_t scale; /* From 0. */
} cf_decimal;

/* Whether it has at most 18 digits and a scale from 0 to 18. */
bool cf_decimal_is_valid(cf_decimal d);

/* Reads "12.50", "-3", ".5" and "+1.". Keeps the scale: "12.50" has two places. */
bool cf_decimal_parse(cf_str text, cf_decimal *out);

/* Writes all places of the scale: "12.50". Returns the length. */
size_t cf_decimal_text(cf_decimal d, char out[24]);

/* An integer, and the decimal of so many places nearest to a double. False when it does not fit. */
bool cf_decimal_of_int(int64_t integer, cf_decimal *out);
bool cf_decimal_of_double(double number, int32_t scale, cf_decimal *out);

/* The nearest double. */
double cf_decimal_double(cf_decimal d);

/* Below, at or above zero as `a` is less than, equal to or more than `b`; 1.5 equals 1.50. */
int cf_decimal_compare(cf_decimal a, cf_decimal b);

/* Exact; false when the result needs more than 18 digits. A sum has the larger scale, a product
 * the sum of both. */
bool cf_decimal_add(cf_decimal a, cf_decimal b, cf_decimal *out);
bool cf_decimal_sub(cf_decimal a, cf_decimal b, cf_decimal *out);
bool cf_decimal_mul(cf_decimal a, cf_decimal b, cf_decimal *out);

/* The quotient rounded to `scale` places; false for zero as divisor, or when it does not fit. */
bool cf_decimal_div(cf_decimal a, cf_decimal b, int32_t scale, cf_decimal *out);

/* The same number with exactly `scale` places, rounded; false when it does not fit. */
bool cf_decimal_round(cf_decimal d, int32_t scale, cf_decimal *out);

/* An object value in the manner of Python's Decimal: prints "12.50", compares with numbers, takes
 * + - * / // % with decimals and integers (a float is refused, as in Python), and is text in JSON.
 */
cf_value cf_decimal_value(cf_arena *arena, cf_decimal d);

/* Whether a value is such an object; and which. */
bool cf_value_decimal(cf_value v, cf_decimal *out);

#endif
