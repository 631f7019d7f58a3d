/* buf.c -- a string builder with a hard limit. */
#include <carafe/buf.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/bytes.h"

#define DEFAULT_LIMIT CF_MIB(64)
#define FIRST_SIZE    64

bool cf_buf_reserve(cf_buf *buf, size_t more)
{
    size_t limit = buf->limit ? buf->limit : DEFAULT_LIMIT;
    size_t want, cap;

    if (more <= buf->cap - buf->len)
        return true;
    if (buf->overflow || more > limit || buf->len > limit - more) {
        buf->overflow = true;
        return false;
    }
    want = buf->len + more;
    cap = buf->cap ? buf->cap : FIRST_SIZE;
    while (cap < want)
        cap *= 2;
    if (cap > limit)
        cap = limit;
    buf->ptr = buf->arena ? cf_grow(buf->arena, buf->ptr, buf->cap, cap)
                          : cf_xrealloc(buf->ptr, cap);
    buf->cap = cap;
    return true;
}

void cf_buf_add(cf_buf *buf, const void *data, size_t size)
{
    if (!size || (size > buf->cap - buf->len && !cf_buf_reserve(buf, size)))
        return;
    cf__bytes_copy(buf->ptr + buf->len, data, size);
    buf->len += size;
}

void cf_buf_putc(cf_buf *buf, char c)
{
    if (buf->len < buf->cap || cf_buf_reserve(buf, 1))
        buf->ptr[buf->len++] = c;
}

void cf_buf_puts(cf_buf *buf, const char *text)
{
    if (text)
        cf_buf_add(buf, text, strlen(text));
}

void cf_buf_str(cf_buf *buf, cf_str s)
{
    cf_buf_add(buf, s.ptr, s.len);
}

void cf_buf_vprintf(cf_buf *buf, const char *format, va_list args)
{
    va_list again;
    char    small[128];
    char   *text = small;
    int     size;

    va_copy(again, args);
    size = vsnprintf(small, sizeof small, format, args);
    if (size >= (int)sizeof small) {
        text = cf_xmalloc((size_t)size + 1);
        vsnprintf(text, (size_t)size + 1, format, again);
    }
    va_end(again);
    if (size > 0)
        cf_buf_add(buf, text, (size_t)size);
    if (text != small)
        free(text);
}

void cf_buf_printf(cf_buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cf_buf_vprintf(buf, format, args);
    va_end(args);
}

void cf_buf_i64(cf_buf *buf, int64_t number)
{
    char     digits[24];
    char    *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        *--at = '-';
    cf_buf_add(buf, at, (size_t)(digits + sizeof digits - at));
}

/* Whether a byte is one of the five that HTML replaces. */
static const bool special[256] = {
    ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true,
};

#ifdef __SSE2__
/* Which of sixteen bytes are special: with bit 2 set, '"' and '&' are equal, with bit 1 set '<' and
 * '>'. */
static inline unsigned special_mask(__m128i x)
{
    __m128i quote = _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(4)), _mm_set1_epi8('&'));
    __m128i angle = _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(2)), _mm_set1_epi8('>'));
    __m128i apostrophe = _mm_cmpeq_epi8(x, _mm_set1_epi8('\''));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, angle), apostrophe));
}

/* Copies sixteen bytes, also the special ones, and tells which these are. */
static inline unsigned copy_sixteen(char *to, const char *from)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)from);

    _mm_storeu_si128((__m128i *)(void *)to, x);
    return special_mask(x);
}

/* 16 bytes or more. The last sixteen may overlap what was copied, which has nothing special. */
static inline size_t copy_many(char *to, const char *from, size_t len)
{
    size_t   i = 0, last = len - 16;
    unsigned mask;

    for (; i < last; i += 16)
        if ((mask = copy_sixteen(to + i, from + i)))
            return i + (size_t)__builtin_ctz(mask);
    mask = copy_sixteen(to + last, from + last);
    return mask ? last + (size_t)__builtin_ctz(mask) : len;
}

/* 4 to 15 bytes, as two halves that overlap. */
static inline size_t copy_few(char *to, const char *from, size_t len)
{
    size_t   half = len >= 8 ? 8 : 4;
    uint64_t first, last;
    unsigned mask;

    if (half == 8) {
        first = cf__load8(from);
        last = cf__load8(from + len - 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);
    } else {
        first = cf__load4(from);
        last = cf__load4(from + len - 4);
        memcpy(to, &first, 4);
        memcpy(to + len - 4, &last, 4);
    }
    mask = special_mask(_mm_set_epi64x((int64_t)last, (int64_t)first));
    if (!mask)
        return len;
    return (size_t)__builtin_ctz(mask) + (mask & 0xFF ? 0 : len - half - 8);
}
#endif

/* Copies bytes up to the first special one, and perhaps more, but no more than `len`. Returns where
 * that one stands; `len` if there is none. */
static inline size_t copy_plain(char *to, const char *from, size_t len)
{
    size_t i = 0;

#ifdef __SSE2__
    if (len >= 16)
        return copy_many(to, from, len);
    if (len >= 4)
        return copy_few(to, from, len);
#endif
    for (; i < len && !special[(unsigned char)from[i]]; i++)
        to[i] = from[i];
    return i;
}

/* The entity of a byte, as MarkupSafe writes it. */
static cf_str entity(char c)
{
    switch (c) {
    case '&':
        return CF_STR("&amp;");
    case '<':
        return CF_STR("&lt;");
    case '>':
        return CF_STR("&gt;");
    case '"':
        return CF_STR("&#34;");
    default:
        return CF_STR("&#39;");
    }
}

void cf_buf_html(cf_buf *buf, cf_str s)
{
    while (s.len) {
        size_t run;

        if (s.len > buf->cap - buf->len && !cf_buf_reserve(buf, s.len))
            return;
        run = copy_plain(buf->ptr + buf->len, s.ptr, s.len);
        buf->len += run;
        if (run == s.len)
            return;
        cf_buf_str(buf, entity(s.ptr[run]));
        s = cf_str_n(s.ptr + run + 1, s.len - run - 1);
    }
}

void cf_buf_clear(cf_buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
}

void cf_buf_shift(cf_buf *buf, size_t count)
{
    if (count >= buf->len) {
        buf->len = 0;
        return;
    }
    memmove(buf->ptr, buf->ptr + count, buf->len - count);
    buf->len -= count;
}

char *cf_buf_cstr(cf_buf *buf)
{
    static char none[1];

    /* The NUL stands outside the limit, so that a full buffer still gives its content. */
    if (buf->len == buf->cap) {
        size_t cap = buf->cap + 1;
        buf->ptr = buf->arena ? cf_grow(buf->arena, buf->ptr, buf->cap, cap)
                              : cf_xrealloc(buf->ptr, cap);
        buf->cap = cap;
    }
    if (!buf->ptr)
        return none;
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}

void cf_buf_free(cf_buf *buf)
{
    if (!buf->arena)
        free(buf->ptr);
    *buf = (cf_buf){ .arena = buf->arena, .limit = buf->limit };
}

bool cf_buf_ok(const cf_buf *buf, cf_error *err)
{
    if (!buf->overflow)
        return true;
    return cf_fail(err, CF_ELIMIT, "output is larger than its limit of %zu bytes",
                   buf->limit ? buf->limit : DEFAULT_LIMIT);
}
