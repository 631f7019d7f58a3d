/* bigint.c -- calculating with integers of any size.
 *
 * Limbs are in base 10^9: decimal text, by far the most frequent use, needs no conversion, and the
 * way to and from floats leads through libc's exact reading and writing of decimals. Multiplication
 * and division are those of school; who calls bounds the sizes. */
#include "base/bigint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BASE UINT32_C(1000000000)

static cf_whole make(cf_arena *arena, size_t limbs)
{
    return (cf_whole){ .limbs = cf_new_array(arena, uint32_t, limbs + 1), .len = (uint32_t)limbs };
}

/* Without zeros at the top. */
static cf_whole trimmed(cf_whole n)
{
    while (n.len && !n.limbs[n.len - 1])
        n.len--;
    n.negative = n.negative && n.len;
    return n;
}

/* ---- order, sum, product ---- */

/* The order of the sizes, signs aside. */
static int compare_sizes(cf_whole a, cf_whole b)
{
    if (a.len != b.len)
        return a.len > b.len ? 1 : -1;
    for (uint32_t i = a.len; i--;)
        if (a.limbs[i] != b.limbs[i])
            return a.limbs[i] > b.limbs[i] ? 1 : -1;
    return 0;
}

int cf__whole_order(cf_whole a, cf_whole b)
{
    if (a.negative != b.negative)
        return a.negative ? -1 : 1;
    return a.negative ? compare_sizes(b, a) : compare_sizes(a, b);
}

static cf_whole add_sizes(cf_arena *arena, cf_whole a, cf_whole b)
{
    cf_whole sum = make(arena, (a.len > b.len ? a.len : b.len) + 1);
    uint32_t carry = 0;

    for (uint32_t i = 0; i < sum.len; i++) {
        uint32_t n = (i < a.len ? a.limbs[i] : 0) + (i < b.len ? b.limbs[i] : 0) + carry;

        carry = n >= BASE;
        sum.limbs[i] = carry ? n - BASE : n;
    }
    return trimmed(sum);
}

/* a - b, where a is not the smaller. */
static cf_whole subtract_sizes(cf_arena *arena, cf_whole a, cf_whole b)
{
    cf_whole rest = make(arena, a.len);
    uint32_t borrow = 0;

    for (uint32_t i = 0; i < a.len; i++) {
        uint32_t take = (i < b.len ? b.limbs[i] : 0) + borrow;

        borrow = a.limbs[i] < take;
        rest.limbs[i] = a.limbs[i] + (borrow ? BASE : 0) - take;
    }
    return trimmed(rest);
}

cf_whole cf__whole_add(cf_arena *arena, cf_whole a, cf_whole b)
{
    bool     bigger = compare_sizes(a, b) >= 0;
    cf_whole out = a.negative == b.negative ? add_sizes(arena, a, b)
                   : bigger                 ? subtract_sizes(arena, a, b)
                                            : subtract_sizes(arena, b, a);

    out.negative = out.len && (bigger ? a.negative : b.negative);
    return out;
}

cf_whole cf__whole_sub(cf_arena *arena, cf_whole a, cf_whole b)
{
    b.negative = b.len && !b.negative;
    return cf__whole_add(arena, a, b);
}

cf_whole cf__whole_mul(cf_arena *arena, cf_whole a, cf_whole b)
{
    cf_whole out = make(arena, (size_t)a.len + b.len);

    for (uint32_t i = 0; i < a.len; i++) {
        uint64_t carry = 0;

        for (uint32_t j = 0; j < b.len; j++) {
            uint64_t n = (uint64_t)a.limbs[i] * b.limbs[j] + out.limbs[i + j] + carry;

            carry = n / BASE;
            out.limbs[i + j] = (uint32_t)(n % BASE);
        }
        out.limbs[i + b.len] = (uint32_t)carry;
    }
    out.negative = a.negative != b.negative;
    return trimmed(out);
}

/* n = n * by + more, in place where there is room for one more limb. */
static void multiply_small(cf_whole *n, uint32_t by, uint32_t more)
{
    uint64_t carry = more;

    for (uint32_t i = 0; i < n->len; i++) {
        carry += (uint64_t)n->limbs[i] * by;
        n->limbs[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    if (carry)
        n->limbs[n->len++] = (uint32_t)carry;
}

/* n = n / by in place. Returns the rest. */
static uint32_t divide_small(cf_whole *n, uint32_t by)
{
    uint64_t rest = 0;

    for (uint32_t i = n->len; i--;) {
        rest = rest * BASE + n->limbs[i];
        n->limbs[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    *n = trimmed(*n);
    return (uint32_t)rest;
}

/* ---- division ---- */

static cf_whole copy(cf_arena *arena, cf_whole n, size_t low_zeros)
{
    cf_whole out = make(arena, n.len + low_zeros + 1);

    memcpy(out.limbs + low_zeros, n.limbs, n.len * sizeof *n.limbs);
    out.len--;
    return out;
}

/* One limb of a quotient: u, as long as v and one limb more, loses as many v as it holds. */
static uint32_t divide_limb(uint32_t *u, cf_whole v)
{
    uint32_t n = v.len;
    uint64_t top = (uint64_t)u[n] * BASE + u[n - 1];
    uint64_t guess = top / v.limbs[n - 1], rest = top % v.limbs[n - 1];
    int64_t  borrow = 0;

    while (guess >= BASE || guess * v.limbs[n - 2] > rest * BASE + u[n - 2]) {
        guess--;
        rest += v.limbs[n - 1];
        if (rest >= BASE)
            break;
    }
    for (uint32_t i = 0; i <= n; i++) {
        int64_t part = (int64_t)u[i] + borrow - (int64_t)(i < n ? guess * v.limbs[i] : 0);

        borrow = part < 0 ? -((-part + BASE - 1) / BASE) : 0;
        u[i] = (uint32_t)(part - borrow * BASE);
    }
    if (borrow) { /* The guess was one too many, which is rare. */
        uint32_t carry = 0;

        guess--;
        for (uint32_t i = 0; i <= n; i++) {
            uint32_t sum = u[i] + (i < n ? v.limbs[i] : 0) + carry;

            carry = sum >= BASE;
            u[i] = carry ? sum - BASE : sum;
        }
    }
    return (uint32_t)guess;
}

/* Source: Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D. */
static cf_whole divide_sizes(cf_arena *arena, cf_whole a, cf_whole b, cf_whole *rest)
{
    cf_whole quotient, u = copy(arena, a, 0), v;
    uint32_t scale;

    if (compare_sizes(a, b) < 0) {
        *rest = u;
        return make(arena, 0);
    }
    if (b.len == 1) {
        *rest = make(arena, 1);
        rest->limbs[0] = divide_small(&u, b.limbs[0]);
        *rest = trimmed(*rest);
        return u;
    }
    /* Guesses are good where the divisor's highest limb is large. */
    scale = BASE / (b.limbs[b.len - 1] + 1);
    v = copy(arena, b, 0);
    multiply_small(&v, scale, 0);
    multiply_small(&u, scale, 0);
    u.len = a.len + 1;
    quotient = make(arena, a.len - b.len + 1);
    for (uint32_t i = quotient.len; i--;)
        quotient.limbs[i] = divide_limb(u.limbs + i, v);
    u = trimmed(u);
    divide_small(&u, scale);
    *rest = u;
    return trimmed(quotient);
}

void cf__whole_divmod(cf_arena *arena, cf_whole a, cf_whole b, cf_whole *quotient, cf_whole *rest)
{
    cf_whole r, q = divide_sizes(arena, a, b, &r);
    cf_whole one = { .len = 1, .limbs = (uint32_t[]){ 1 } };

    if (a.negative != b.negative && r.len) { /* Down, not towards zero. */
        q = add_sizes(arena, q, one);
        r = subtract_sizes(arena, b, r);
    }
    q.negative = q.len && a.negative != b.negative;
    r.negative = r.len && b.negative;
    if (quotient)
        *quotient = q;
    if (rest)
        *rest = r;
}

/* ---- floats ---- */

/* Limbs behind the point that hold every number halfway between two doubles. */
#define RATIO_LIMBS 120

/* Limbs before the point that no double has. */
#define DOUBLE_LIMBS 36

bool cf__whole_ratio(cf_arena *arena, cf_whole a, cf_whole b, double *out)
{
    cf_whole rest, quotient;

    *out = a.negative != b.negative ? -0.0 : 0.0;
    if (a.len > b.len + DOUBLE_LIMBS)
        return false;
    if (!a.len || a.len + RATIO_LIMBS < b.len)
        return true;
    /* So many places that what follows them only has to be known to be there. */
    quotient = divide_sizes(arena, copy(arena, a, RATIO_LIMBS), b, &rest);
    *out = copysign(
        strtod(cf_printf(arena, "%s%de-%d", cf__whole_digits(arena, quotient, 10, false).ptr,
                         rest.len != 0, RATIO_LIMBS * CF__LIMB_DIGITS + 1),
               NULL),
        *out);
    return isfinite(*out);
}

bool cf__whole_double(cf_whole n, double *out)
{
    char   text[DOUBLE_LIMBS * CF__LIMB_DIGITS + 1] = "0";
    size_t size = 0;

    if (n.len > DOUBLE_LIMBS)
        return false;
    for (uint32_t i = n.len; i--;)
        size += (size_t)snprintf(text + size, sizeof text - size, "%09u", n.limbs[i]);
    *out = strtod(text, NULL);
    if (n.negative)
        *out = -*out;
    return isfinite(*out);
}

/* What a finite double has before its point, in limbs of the caller's. */
static cf_whole from_double(double number, uint32_t limbs[DOUBLE_LIMBS])
{
    char     text[DOUBLE_LIMBS * CF__LIMB_DIGITS + 1];
    size_t   left = (size_t)snprintf(text, sizeof text, "%.0f", trunc(fabs(number)));
    cf_whole out = { .limbs = limbs };

    while (left) {
        size_t from = left > CF__LIMB_DIGITS ? left - CF__LIMB_DIGITS : 0;

        text[left] = '\0';
        limbs[out.len++] = (uint32_t)strtoul(text + from, NULL, 10);
        left = from;
    }
    out.negative = number < 0;
    return trimmed(out);
}

cf_whole cf__whole_of_double(cf_arena *arena, double number)
{
    return from_double(number, cf_new_array(arena, uint32_t, DOUBLE_LIMBS));
}

int cf__whole_order_double(cf_whole n, double number)
{
    uint32_t limbs[DOUBLE_LIMBS];

    if (isinf(number))
        return number > 0 ? -1 : 1;
    if (fabs(number) < 0x1p63)
        return n.negative ? -1 : 1;
    return cf__whole_order(n, from_double(number, limbs));
}

/* ---- digits ---- */

cf_whole cf__whole_ten(cf_arena *arena, uint32_t digits)
{
    cf_whole out = make(arena, digits / CF__LIMB_DIGITS + 1);

    out.limbs[out.len - 1] = 1;
    for (uint32_t i = digits % CF__LIMB_DIGITS; i; i--)
        out.limbs[out.len - 1] *= 10;
    return out;
}

/* The largest power of a base that a limb holds, and its exponent. */
static uint32_t chunk_of(unsigned base, unsigned *digits)
{
    uint32_t power = base;

    for (*digits = 1; power <= BASE / base; ++*digits)
        power *= base;
    return power;
}

cf_str cf__whole_digits(cf_arena *arena, cf_whole n, unsigned base, bool upper)
{
    const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned    chunk_digits;
    uint32_t    chunk = chunk_of(base, &chunk_digits);
    /* No base has more digits than 2 has, which are 30 a limb. */
    size_t   room = (size_t)n.len * (base < 10 ? 30 : CF__LIMB_DIGITS) + chunk_digits + 1;
    char    *text = cf_alloc(arena, room), *at = text + room - 1;
    cf_whole left = copy(arena, n, 0);

    *at = '\0';
    for (uint32_t i = 0; base == 10 ? i < n.len : left.len != 0; i++) {
        uint32_t part = base == 10 ? n.limbs[i] : divide_small(&left, chunk);

        for (unsigned d = 0; d < chunk_digits; d++, part /= base)
            *--at = set[part % base];
    }
    while (*at == '0')
        at++;
    if (!*at)
        *--at = '0';
    return cf_str_n(at, (size_t)(text + room - 1 - at));
}

static unsigned digit_of(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a' + 10);
}

bool cf__whole_parse(cf_arena *arena, cf_str digits, unsigned base, size_t most, cf_whole *out)
{
    unsigned chunk_digits, count = 0;
    uint32_t part = 0, power = 1;
    size_t   room = digits.len / (base > 10 ? 5 : CF__LIMB_DIGITS) + 2;

    chunk_of(base, &chunk_digits);
    *out = make(arena, room < most + 1 ? room : most + 1);
    out->len = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] != '_') {
            part = part * base + digit_of(digits.ptr[i]);
            power *= base;
            count++;
        }
        if (count < chunk_digits && i + 1 < digits.len)
            continue;
        multiply_small(out, power, part);
        if (out->len > most)
            return false;
        part = count = 0;
        power = 1;
    }
    *out = trimmed(*out);
    return true;
}
