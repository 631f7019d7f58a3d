/* field.c -- lists, pairs and quoting in header values. Options are in options.c. */
#include <carafe/field.h>

#include <carafe/http.h>

#include "http/chars.h"
#include "http/field_internal.h"

#define MAX_ITEMS 1000

void cf_field_quote(cf_buf *out, cf_str value, bool always)
{
    if (!always && cf_is_token(value)) {
        cf_buf_str(out, value);
        return;
    }
    cf_buf_putc(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            cf_buf_putc(out, '\\');
        cf_buf_putc(out, value.ptr[i]);
    }
    cf_buf_putc(out, '"');
}

cf_str cf_field_unquote(cf_arena *arena, cf_str value)
{
    char *out, *at;

    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
        return value;
    out = at = cf_alloc(arena, value.len);
    for (size_t i = 1; i < value.len - 1; i++) {
        if (value.ptr[i] == '\\' && i + 1 < value.len - 1)
            i++;
        *at++ = value.ptr[i];
    }
    *at = '\0';
    return cf_str_n(out, (size_t)(at - out));
}

/* Where the item at the front ends: a comma outside quotes, or the end. */
static size_t item_end(cf_str rest, bool *closed)
{
    bool   quoted = false;
    size_t i = 0;

    for (; i < rest.len && (quoted || rest.ptr[i] != ','); i++) {
        if (rest.ptr[i] == '"')
            quoted = !quoted;
        else if (quoted && rest.ptr[i] == '\\')
            i++;
    }
    *closed = !quoted && i <= rest.len;
    return i < rest.len ? i : rest.len;
}

bool cf_field_next(cf_str *rest, cf_str *item)
{
    bool closed;

    while (rest->len) {
        size_t end = item_end(*rest, &closed);
        *item = cf_str_trim_set(cf_str_slice(*rest, 0, end), " \t");
        *rest = cf_str_slice(*rest, end + 1, rest->len);
        if (item->len)
            return true;
    }
    return false;
}

bool cf_field_has(cf_str list, const char *token)
{
    cf_str item;

    while (cf_field_next(&list, &item))
        if (cf_str_iis(item, token))
            return true;
    return false;
}

size_t cf_field_list(cf_arena *arena, cf_str list, cf_str **items)
{
    size_t count = 0, cap = 0;
    bool   closed;
    cf_str rest = list, item;

    *items = NULL;
    while (rest.len) {
        size_t end = item_end(rest, &closed);
        if (!closed)
            return 0;
        rest = cf_str_slice(rest, end + 1, rest.len);
    }
    while (count < MAX_ITEMS && cf_field_next(&list, &item)) {
        if (count == cap) {
            *items = cf_grow(arena, *items, cap * sizeof item, (2 * cap + 4) * sizeof item);
            cap = 2 * cap + 4;
        }
        (*items)[count++] = cf_field_unquote(arena, item);
    }
    return count;
}

static void write_pair(cf_buf *out, const cf_param *pair)
{
    cf_buf_str(out, pair->name);
    if (!pair->value.ptr)
        return;
    cf_buf_putc(out, '=');
    /* The extended form name*=UTF-8''… has its own encoding. */
    if (cf_str_ends(pair->name, CF_STR("*")))
        cf_buf_str(out, pair->value);
    else
        cf_field_quote(out, pair->value, false);
}

void cf_field_write_pairs(cf_buf *out, const cf_params *pairs)
{
    for (size_t i = 0; i < pairs->len; i++) {
        if (i)
            cf_buf_puts(out, ", ");
        write_pair(out, &pairs->items[i]);
    }
}

void cf_field_write_options(cf_buf *out, cf_str value, const cf_params *options)
{
    bool first = value.len == 0;

    cf_buf_str(out, value);
    for (size_t i = 0; i < options->len; i++) {
        if (!options->items[i].value.ptr)
            continue;
        if (!first)
            cf_buf_puts(out, "; ");
        first = false;
        write_pair(out, &options->items[i]);
    }
}

void cf_field_pairs(cf_arena *arena, cf_str field, cf_params *pairs)
{
    cf_str *items, name, value, charset = { 0 };
    size_t  count = cf_field_list(arena, field, &items);

    for (size_t i = 0; i < count; i++) {
        bool has_value = cf_str_cut(items[i], '=', &name, &value);
        name = cf_str_trim(name);
        value = cf_str_trim(value);
        if (name.len == 0)
            continue;
        if (!has_value) {
            cf_params_put(pairs, name, (cf_str){ 0 });
            continue;
        }
        if (name.ptr[name.len - 1] == '*') {
            name.len--;
            charset = (cf_str){ 0 };
            cf__field_charset(&value, &charset);
            value = cf__field_decode(arena, value, charset);
        }
        value = cf_field_unquote(arena, value);
        cf_params_put(pairs, name, value.ptr ? value : CF_STR(""));
    }
}

cf_str cf_cache_control(cf_str field, const char *directive)
{
    cf_str item, name, value;

    while (cf_field_next(&field, &item)) {
        bool has_value = cf_str_cut(item, '=', &name, &value);
        if (!cf_str_iis(cf_str_trim(name), directive))
            continue;
        value = cf_str_trim_set(cf_str_trim(value), "\"");
        return has_value && value.ptr ? value : CF_STR("");
    }
    return (cf_str){ 0 };
}
