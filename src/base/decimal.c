/* decimal.c -- exact decimal numbers: 64-bit coefficients, worked on in 128 bits.
 *
 * Two valid decimals brought to one scale have at most 36 digits, which 128 bits hold; so do their
 * sums and products. What comes out is checked against 18 digits at the end, once. */
#include <carafe/decimal.h>

#include <math.h>
#include <stdio.h>

__extension__ typedef __int128 wide;

#define LIMIT INT64_C(1000000000000000000) /* 10^18 */

static wide power(int32_t n)
{
    wide result = 1;

    while (n-- > 0)
        result *= 10;
    return result;
}

bool cf_decimal_is_valid(cf_decimal d)
{
    return d.scale >= 0 && d.scale <= CF_DECIMAL_DIGITS && d.coefficient > -LIMIT &&
           d.coefficient < LIMIT;
}

/* Takes a result, dropping places that are zero when it would not fit otherwise. */
static bool fit(wide coefficient, int32_t scale, cf_decimal *out)
{
    while (scale > 0 && coefficient % 10 == 0 &&
           (scale > CF_DECIMAL_DIGITS || coefficient <= -LIMIT || coefficient >= LIMIT)) {
        coefficient /= 10;
        scale--;
    }
    if (coefficient <= -LIMIT || coefficient >= LIMIT || scale > CF_DECIMAL_DIGITS)
        return false;
    *out = (cf_decimal){ (int64_t)coefficient, scale };
    return true;
}

/* ---- text ---- */

bool cf_decimal_parse(cf_str text, cf_decimal *out)
{
    bool       negative = text.len && text.ptr[0] == '-', point = false;
    bool       sign = negative || (text.len && text.ptr[0] == '+');
    size_t     digits = 0;
    cf_decimal d = { 0 };

    for (size_t i = sign; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || d.coefficient >= LIMIT / 10 ||
            (point && d.scale == CF_DECIMAL_DIGITS))
            return false;
        d.coefficient = d.coefficient * 10 + (c - '0');
        d.scale += point;
        digits++;
    }
    if (!digits)
        return false;
    if (negative)
        d.coefficient = -d.coefficient;
    *out = d;
    return true;
}

size_t cf_decimal_text(cf_decimal d, char out[24])
{
    bool     negative = d.coefficient < 0;
    uint64_t rest = negative ? 0 - (uint64_t)d.coefficient : (uint64_t)d.coefficient;
    char     text[24];
    size_t   at = sizeof(text), length;
    int32_t  places = 0;

    do {
        if (places == d.scale && d.scale)
            text[--at] = '.';
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
        places++;
    } while (rest || places <= d.scale);
    if (negative)
        text[--at] = '-';
    length = sizeof(text) - at;
    memcpy(out, text + at, length);
    out[length] = '\0';
    return length;
}

bool cf_decimal_of_int(int64_t integer, cf_decimal *out)
{
    return fit(integer, 0, out);
}

bool cf_decimal_of_double(double number, int32_t scale, cf_decimal *out)
{
    char text[64];

    /* Printed, since multiplying would round twice. */
    if (!isfinite(number) || fabs(number) >= 1e18 || scale < 0 || scale > CF_DECIMAL_DIGITS)
        return false;
    snprintf(text, sizeof(text), "%.*f", (int)scale, number);
    return cf_decimal_parse(cf_str_of(text), out);
}

double cf_decimal_double(cf_decimal d)
{
    char   text[24];
    double number = 0;

    cf_str_to_double(cf_str_n(text, cf_decimal_text(d, text)), &number);
    return number;
}

/* ---- arithmetic ---- */

/* Both coefficients at the larger scale, which is returned. */
static int32_t align(cf_decimal a, cf_decimal b, wide *x, wide *y)
{
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;

    *x = a.coefficient * power(scale - a.scale);
    *y = b.coefficient * power(scale - b.scale);
    return scale;
}

static bool both_valid(cf_decimal a, cf_decimal b)
{
    return cf_decimal_is_valid(a) && cf_decimal_is_valid(b);
}

int cf_decimal_compare(cf_decimal a, cf_decimal b)
{
    wide x, y;

    if (a.scale == b.scale || !both_valid(a, b))
        return (a.coefficient > b.coefficient) - (a.coefficient < b.coefficient);
    align(a, b, &x, &y);
    return (x > y) - (x < y);
}

bool cf_decimal_add(cf_decimal a, cf_decimal b, cf_decimal *out)
{
    wide    x, y;
    int32_t scale;

    if (!both_valid(a, b))
        return false;
    scale = align(a, b, &x, &y);
    return fit(x + y, scale, out);
}

bool cf_decimal_sub(cf_decimal a, cf_decimal b, cf_decimal *out)
{
    b.coefficient = both_valid(a, b) ? -b.coefficient : INT64_MAX;
    return cf_decimal_add(a, b, out);
}

bool cf_decimal_mul(cf_decimal a, cf_decimal b, cf_decimal *out)
{
    return both_valid(a, b) && fit((wide)a.coefficient * b.coefficient, a.scale + b.scale, out);
}

/* x / y, rounded half away from zero. */
static wide divide(wide x, wide y)
{
    wide quotient = x / y, rest = x % y;

    if (rest < 0)
        rest = -rest;
    if (rest * 2 >= (y < 0 ? -y : y))
        quotient += (x < 0) == (y < 0) ? 1 : -1;
    return quotient;
}

bool cf_decimal_div(cf_decimal a, cf_decimal b, int32_t scale, cf_decimal *out)
{
    wide    x = a.coefficient, y = b.coefficient, quotient;
    int32_t up = scale + b.scale - a.scale;

    if (!both_valid(a, b) || !y || scale < 0 || scale > CF_DECIMAL_DIGITS)
        return false;
    if (up < 0) {
        y *= power(-up);
        up = 0;
    }
    /* Long division: 36 digits at a time would not fit 128 bits. */
    quotient = x / y;
    x %= y;
    for (; up > 0; up--) {
        quotient = quotient * 10 + x * 10 / y;
        x = x * 10 % y;
        if (quotient <= -LIMIT || quotient >= LIMIT)
            return false;
    }
    quotient += divide(x, y);
    if (quotient <= -LIMIT || quotient >= LIMIT)
        return false;
    *out = (cf_decimal){ (int64_t)quotient, scale };
    return true;
}

bool cf_decimal_round(cf_decimal d, int32_t scale, cf_decimal *out)
{
    wide coefficient = d.coefficient;

    if (!cf_decimal_is_valid(d) || scale < 0 || scale > CF_DECIMAL_DIGITS)
        return false;
    if (scale >= d.scale)
        coefficient *= power(scale - d.scale);
    else
        coefficient = divide(coefficient, power(d.scale - scale));
    if (coefficient <= -LIMIT || coefficient >= LIMIT)
        return false;
    *out = (cf_decimal){ (int64_t)coefficient, scale };
    return true;
}
