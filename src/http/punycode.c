/* punycode.c -- Bootstring with Punycode's parameters (RFC 3492, sections 5 and 6).
 *
 * The ASCII characters of a label come first; then, for each other character in ascending order, a
 * number in base 36 says how far to advance through all (character, position) pairs. */
#include "http/punycode.h"

enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, BIAS = 72, FIRST = 128 };

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    if (k <= bias)
        return T_MIN;
    return k - bias > T_MAX ? T_MAX : k - bias;
}

static void put_number(cf_buf *out, uint32_t number, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (number < t)
            break;
        cf_buf_putc(out, digits[t + (number - t) % (BASE - t)]);
        number = (number - t) / (BASE - t);
    }
    cf_buf_putc(out, digits[number]);
}

/* The smallest code point not below `least`. */
static uint32_t next_point(const uint32_t *points, size_t count, uint32_t least)
{
    uint32_t found = UINT32_MAX;

    for (size_t i = 0; i < count; i++)
        if (points[i] >= least && points[i] < found)
            found = points[i];
    return found;
}

bool cf__punycode_encode(cf_buf *out, cf_str label)
{
    uint32_t points[CF__LABEL_MAX], n = FIRST, delta = 0, bias = BIAS, done = 0, basic;
    size_t   count = 0;

    while (label.len) {
        if (count == CF__LABEL_MAX)
            return false;
        points[count++] = cf_utf8_next(&label);
        if (points[count - 1] < FIRST) {
            cf_buf_putc(out, (char)points[count - 1]);
            done++;
        }
    }
    basic = done;
    if (basic)
        cf_buf_putc(out, '-');
    for (; done < count; delta++, n++) {
        uint32_t m = next_point(points, count, n);
        delta += (m - n) * (done + 1); /* At most 0x10ffff * 64: no overflow. */
        n = m;
        for (size_t i = 0; i < count; i++) {
            if (points[i] < n)
                delta++;
            if (points[i] != n)
                continue;
            put_number(out, delta, bias);
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
    }
    return true;
}

static int digit_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= '0' && c <= '9' ? c - '0' + 26 : -1;
}

/* Reads one number off the front; false at the end or on overflow. */
static bool take_number(cf_str *text, uint32_t bias, uint32_t *number)
{
    uint64_t weight = 1, sum = 0;

    for (uint32_t k = BASE; text->len; k += BASE) {
        int      digit = digit_of(*text->ptr);
        uint32_t t = threshold(k, bias);
        *text = cf_str_slice(*text, 1, text->len);
        if (digit < 0)
            return false;
        sum += (uint64_t)digit * weight;
        if (sum > UINT32_MAX / 2)
            return false;
        if ((uint32_t)digit < t) {
            *number = (uint32_t)sum;
            return true;
        }
        weight *= BASE - t;
        if (weight > UINT32_MAX)
            return false;
    }
    return false;
}

bool cf__punycode_decode(cf_buf *out, cf_str text)
{
    uint32_t points[CF__LABEL_MAX], n = FIRST, i = 0, bias = BIAS, count = 0, number;
    cf_str   ascii, rest;

    if (!cf_str_rcut(text, '-', &ascii, &rest)) {
        ascii = CF_STR("");
        rest = text;
    }
    for (size_t k = 0; k < ascii.len; k++) {
        if (count == CF__LABEL_MAX || (unsigned char)ascii.ptr[k] >= FIRST)
            return false;
        points[count++] = (unsigned char)ascii.ptr[k];
    }
    while (rest.len) {
        if (count == CF__LABEL_MAX || !take_number(&rest, bias, &number))
            return false;
        bias = adapt(number, count + 1, i == 0 && n == FIRST && count == ascii.len);
        i += number;
        n += i / (count + 1);
        i %= count + 1;
        if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff))
            return false;
        memmove(points + i + 1, points + i, (count - i) * sizeof *points);
        points[i++] = n;
        count++;
    }
    for (uint32_t k = 0; k < count; k++) {
        char utf8[4];
        cf_buf_add(out, utf8, cf_utf8_put(points[k], utf8));
    }
    return true;
}
