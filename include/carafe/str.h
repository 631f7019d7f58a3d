/* str.h -- a view of bytes: pointer and length, owned by somebody else. */
#ifndef CARAFE_STR_H
#define CARAFE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <carafe/arena.h>

/* Not NUL-terminated unless said so. The zero value is the empty string. */
typedef struct cf_str {
    const char *ptr;
    size_t      len;
} cf_str;

/* A view of a string literal. */
#define CF_STR(literal) ((cf_str){ "" literal, sizeof(literal) - 1 })

/* The two arguments of printf's "%.*s". */
#define CF_STR_ARG(s) ((int)(s).len), ((s).ptr ? (s).ptr : "")

/* Views of a C string (NULL is the empty one) and of `len` bytes. */
static inline cf_str cf_str_of(const char *text)
{
    return (cf_str){ text, text ? strlen(text) : 0 };
}

static inline cf_str cf_str_n(const char *ptr, size_t len)
{
    return (cf_str){ ptr, len };
}

/* Bytes [from, to) of a view, both clamped to it. */
cf_str cf_str_slice(cf_str s, size_t from, size_t to);

bool cf_str_eq(cf_str a, cf_str b);
bool cf_str_is(cf_str a, const char *text);

/* Equality and order with ASCII letters' case ignored. */
bool cf_str_ieq(cf_str a, cf_str b);
bool cf_str_iis(cf_str a, const char *text);

/* Order by bytes: negative, zero or positive. */
int cf_str_cmp(cf_str a, cf_str b);

bool cf_str_starts(cf_str s, cf_str prefix);
bool cf_str_ends(cf_str s, cf_str suffix);

/* Position of a byte or a string; CF_NPOS when absent. */
#define CF_NPOS ((size_t)-1)
size_t cf_str_chr(cf_str s, char c);
size_t cf_str_rchr(cf_str s, char c);
size_t cf_str_find(cf_str s, cf_str needle);

/* Cuts at the first (rcut: last) separator. Without one: false, *before = s, *after empty. The
 * out-parameters may alias s. */
bool cf_str_cut(cf_str s, char separator, cf_str *before, cf_str *after);
bool cf_str_rcut(cf_str s, char separator, cf_str *before, cf_str *after);

/* Without leading and trailing ASCII white space; and with the given set of bytes instead. */
cf_str cf_str_trim(cf_str s);
cf_str cf_str_trim_set(cf_str s, const char *set);

/* Decimal integers: optional sign, digits only, whole view, range checked. */
bool cf_str_to_i64(cf_str s, int64_t *out);
bool cf_str_to_u64(cf_str s, uint64_t *out);

/* A finite number as Python's float() reads it, without spaces or underscores; no locale. */
bool cf_str_to_double(cf_str s, double *out);

/* A NUL-terminated copy in the arena. */
char *cf_str_dup(cf_arena *arena, cf_str s);

/* A lower-case (ASCII) copy. */
cf_str cf_str_lower(cf_arena *arena, cf_str s);

/* Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool cf_str_is_utf8(cf_str s);

/* A copy with ill-formed UTF-8 replaced by U+FFFD; the same view when there is nothing to replace.
 */
cf_str cf_str_to_utf8(cf_arena *arena, cf_str s);

/* Decodes one code point and steps over it; an ill-formed byte gives U+FFFD. `s` not empty. */
uint32_t cf_utf8_next(cf_str *s);

/* Encodes a code point into at most 4 bytes. Returns how many. */
size_t cf_utf8_put(uint32_t cp, char out[4]);

/* How many code points there are. */
size_t cf_utf8_count(cf_str s);

/* A 64-bit hash, keyed by a per-process random seed so that outsiders cannot aim at collisions. */
uint64_t cf_str_hash(cf_str s);

/* The candidate nearest to a mistyped word, or NULL when none is near; for "did you mean". */
const char *cf_nearest(cf_str word, const char *const *candidates, size_t count);

#endif
