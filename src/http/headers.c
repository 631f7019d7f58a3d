/* headers.c -- an ordered list of header fields; few enough that a walk beats a table. */
#include <carafe/http.h>

#include "http/chars.h"

static bool named(const cf_header *header, cf_str name)
{
    return header->name.len == name.len && cf_str_ieq(header->name, name);
}

cf_str cf_headers_get(const cf_headers *headers, const char *name)
{
    cf_str wanted = cf_str_of(name);
    for (size_t i = 0; i < headers->len; i++)
        if (named(&headers->items[i], wanted))
            return headers->items[i].value;
    return (cf_str){ 0 };
}

size_t cf_headers_count(const cf_headers *headers, const char *name)
{
    cf_str wanted = cf_str_of(name);
    size_t count = 0;
    for (size_t i = 0; i < headers->len; i++)
        count += named(&headers->items[i], wanted);
    return count;
}

cf_str cf_headers_joined(cf_arena *arena, const cf_headers *headers, const char *name)
{
    if (cf_headers_count(headers, name) < 2)
        return cf_headers_get(headers, name);
    cf_str wanted = cf_str_of(name);
    cf_buf out = cf_buf_in(arena, 0);
    for (size_t i = 0; i < headers->len; i++) {
        if (!named(&headers->items[i], wanted))
            continue;
        if (out.len)
            cf_buf_puts(&out, ", ");
        cf_buf_str(&out, headers->items[i].value);
    }
    return cf_buf_view(&out);
}

void cf_headers_push(cf_headers *headers, cf_str name, cf_str value)
{
    if (headers->len == headers->cap) {
        size_t cap = headers->cap ? 2 * headers->cap : 12;
        headers->items = cf_grow(headers->arena, headers->items,
                                 headers->cap * sizeof *headers->items,
                                 cap * sizeof *headers->items);
        headers->cap = cap;
    }
    headers->items[headers->len++] = (cf_header){ name, value };
}

static bool check(cf_str name, cf_str value, cf_error *err)
{
    if (!cf_is_token(name))
        return cf_fail(err, CF_EINVAL, "header name \"%.*s\" is not a token",
                       CF_STR_ARG(cf_str_slice(name, 0, 80)));
    for (size_t i = 0; i < value.len; i++)
        if (!cf__is(value.ptr[i], CF__VALUE))
            return cf_fail(err, CF_EINVAL, "value of header %.*s has control character 0x%02x",
                           CF_STR_ARG(name), (unsigned)(unsigned char)value.ptr[i]);
    return true;
}

static cf_str copy(cf_arena *arena, cf_str text)
{
    return cf_str_n(cf_str_dup(arena, text), text.len);
}

bool cf_headers_add(cf_headers *headers, const char *name, cf_str value, cf_error *err)
{
    value = cf_str_trim_set(value, " \t");
    if (!check(cf_str_of(name), value, err))
        return false;
    cf_headers_push(headers, copy(headers->arena, cf_str_of(name)), copy(headers->arena, value));
    return true;
}

bool cf_headers_set(cf_headers *headers, const char *name, cf_str value, cf_error *err)
{
    value = cf_str_trim_set(value, " \t");
    if (!check(cf_str_of(name), value, err))
        return false;
    value = copy(headers->arena, value); /* Before removal: it may be a view of the old one. */
    cf_headers_remove(headers, name);
    cf_headers_push(headers, copy(headers->arena, cf_str_of(name)), value);
    return true;
}

void cf_headers_remove(cf_headers *headers, const char *name)
{
    cf_str wanted = cf_str_of(name);
    size_t kept = 0;
    for (size_t i = 0; i < headers->len; i++)
        if (!named(&headers->items[i], wanted))
            headers->items[kept++] = headers->items[i];
    headers->len = kept;
}
