/* str.c -- views of bytes: cutting, comparing, numbers. UTF-8 lives in utf8.c. */
#include <carafe/str.h>

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/bytes.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

cf_str cf_str_slice(cf_str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return (cf_str){ s.ptr ? s.ptr + from : NULL, to - from };
}

bool cf_str_eq(cf_str a, cf_str b)
{
    return a.len == b.len && cf__bytes_equal(a.ptr, b.ptr, a.len);
}

/* Most comparisons with the names of a table end at the first byte, so none is measured first. */
bool cf_str_is(cf_str a, const char *text)
{
    size_t i = 0;

    if (!text)
        return a.len == 0;
    while (i < a.len && text[i] && a.ptr[i] == text[i])
        i++;
    return i == a.len && !text[i];
}

bool cf_str_ieq(cf_str a, cf_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool cf_str_iis(cf_str a, const char *text)
{
    return cf_str_ieq(a, cf_str_of(text));
}

int cf_str_cmp(cf_str a, cf_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int    order = common ? memcmp(a.ptr, b.ptr, common) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool cf_str_starts(cf_str s, cf_str prefix)
{
    return s.len >= prefix.len && cf_str_eq(cf_str_slice(s, 0, prefix.len), prefix);
}

bool cf_str_ends(cf_str s, cf_str suffix)
{
    return s.len >= suffix.len && cf_str_eq(cf_str_slice(s, s.len - suffix.len, s.len), suffix);
}

size_t cf_str_chr(cf_str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : CF_NPOS;
}

size_t cf_str_rchr(cf_str s, char c)
{
    const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : CF_NPOS;
}

size_t cf_str_find(cf_str s, cf_str needle)
{
    const char *at;

    if (!needle.len)
        return 0;
    at = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
    return at ? (size_t)(at - s.ptr) : CF_NPOS;
}

static bool cut_at(cf_str s, size_t at, cf_str *before, cf_str *after)
{
    if (at == CF_NPOS) {
        *before = s;
        *after = (cf_str){ 0 };
        return false;
    }
    *before = cf_str_slice(s, 0, at);
    *after = cf_str_slice(s, at + 1, s.len);
    return true;
}

bool cf_str_cut(cf_str s, char separator, cf_str *before, cf_str *after)
{
    return cut_at(s, cf_str_chr(s, separator), before, after);
}

bool cf_str_rcut(cf_str s, char separator, cf_str *before, cf_str *after)
{
    return cut_at(s, cf_str_rchr(s, separator), before, after);
}

cf_str cf_str_trim_set(cf_str s, const char *set)
{
    while (s.len && s.ptr[0] && strchr(set, s.ptr[0]))
        s = cf_str_slice(s, 1, s.len);
    while (s.len && s.ptr[s.len - 1] && strchr(set, s.ptr[s.len - 1]))
        s.len--;
    return s;
}

cf_str cf_str_trim(cf_str s)
{
    return cf_str_trim_set(s, " \t\r\n\v\f");
}

bool cf_str_to_u64(cf_str s, uint64_t *out)
{
    uint64_t n = 0;

    if (!s.len)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(s.ptr[i] - '0'), &n))
            return false;
    }
    *out = n;
    return true;
}

bool cf_str_to_i64(cf_str s, int64_t *out)
{
    bool     negative = s.len && s.ptr[0] == '-';
    uint64_t n;

    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = cf_str_slice(s, 1, s.len);
    if (!cf_str_to_u64(s, &n) || n > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

/* strtod() must not follow the user's locale: a decimal comma would change what numbers mean. */
static locale_t c_locale(void)
{
    static locale_t c;

    if (!c)
        c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return c;
}

bool cf_str_to_double(cf_str s, double *out)
{
    char   small[128], *text = small;
    char  *end;
    double number;
    bool   whole;

    if (!s.len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!strchr("0123456789+-.eE", s.ptr[i]) || !s.ptr[i])
            return false;
    if (s.len >= sizeof small)
        text = cf_xmalloc(s.len + 1);
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    number = strtod_l(text, &end, c_locale());
    whole = !*end;
    if (text != small)
        free(text);
    if (!whole || !isfinite(number))
        return false;
    *out = number;
    return true;
}

char *cf_str_dup(cf_arena *arena, cf_str s)
{
    return cf_strndup(arena, s.ptr, s.len);
}

cf_str cf_str_lower(cf_arena *arena, cf_str s)
{
    char *copy = cf_str_dup(arena, s);

    for (size_t i = 0; i < s.len; i++)
        copy[i] = lower(copy[i]);
    return (cf_str){ copy, s.len };
}

uint64_t cf_str_hash(cf_str s)
{
    static unsigned char key[crypto_shorthash_KEYBYTES];
    static bool          seeded;
    uint64_t             hash;

    if (!seeded) {
        if (sodium_init() < 0)
            abort();
        randombytes_buf(key, sizeof key);
        seeded = true;
    }
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)(s.ptr ? s.ptr : ""), s.len,
                     key);
    return hash;
}

/* Optimal string alignment distance, given up beyond `most`. Words are short. */
static size_t distance(cf_str a, cf_str b, size_t most)
{
    size_t  rows[3][65];
    size_t *prev2 = rows[0], *prev = rows[1], *row = rows[2];

    if (a.len > 64 || b.len > 64 || a.len > b.len + most || b.len > a.len + most)
        return most + 1;
    for (size_t j = 0; j <= b.len; j++)
        prev[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *swap = prev2;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool   same = lower(a.ptr[i - 1]) == lower(b.ptr[j - 1]);
            size_t best = prev[j - 1] + !same;

            if (prev[j] + 1 < best)
                best = prev[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
                prev2[j - 2] + 1 < best)
                best = prev2[j - 2] + 1;
            row[j] = best;
        }
        prev2 = prev;
        prev = row;
        row = swap;
    }
    return prev[b.len];
}

const char *cf_nearest(cf_str word, const char *const *candidates, size_t count)
{
    size_t      best = word.len / 3 + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t d = candidates[i] ? distance(word, cf_str_of(candidates[i]), best) : best + 1;

        if (d <= best && (!nearest || d < best)) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}
