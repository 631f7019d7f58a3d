/* buf.c -- a string builder with a hard limit. */
#include <carafe/buf.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    if (!size || !cf_buf_reserve(buf, size))
        return;
    memcpy(buf->ptr + buf->len, data, size);
    buf->len += size;
}

void cf_buf_putc(cf_buf *buf, char c)
{
    if (cf_buf_reserve(buf, 1))
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

/* What a byte becomes in HTML; NULL where it stays. The five are those of MarkupSafe. */
static const char *const entities[256] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&#34;", ['\''] = "&#39;",
};

void cf_buf_html(cf_buf *buf, cf_str s)
{
    const char *end = s.ptr + s.len, *run = s.ptr;

    for (const char *p = s.ptr; p < end; p++) {
        const char *entity = entities[(unsigned char)*p];

        if (!entity)
            continue;
        cf_buf_add(buf, run, (size_t)(p - run));
        cf_buf_puts(buf, entity);
        run = p + 1;
    }
    if (run < end)
        cf_buf_add(buf, run, (size_t)(end - run));
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
