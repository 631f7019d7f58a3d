/* json_write.c -- JSON out, straight from values. */
#include <carafe/json.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bigint.h"

typedef struct writer {
    cf_eval               *eval;
    const cf_json_options *options;
    cf_buf                *out;
    cf_error              *err;
    int                    depth; /* Of values, those that objects stand for too. */
    int                    level; /* Of lists and maps, which are indented. */
} writer;

/* Why a byte of a string cannot be copied as it is. */
enum { ALWAYS = 1, WIDE = 2, HTML = 4, ASCII = 8 };

static const unsigned char reasons[256] = {
    [0x00 ... 0x1f] = ALWAYS,
    ['"'] = ALWAYS,
    ['\\'] = ALWAYS,
    ['<'] = HTML,
    ['>'] = HTML,
    ['&'] = HTML,
    ['\''] = HTML,
    [0x7f] = ASCII,
    [0x80 ... 0xff] = WIDE,
};

static void put_unit(cf_buf *out, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    char              text[6] = { '\\', 'u' };

    for (int i = 0; i < 4; i++)
        text[2 + i] = digits[unit >> (12 - 4 * i) & 15];
    cf_buf_add(out, text, sizeof text);
}

static void put_escape(cf_buf *out, unsigned char c)
{
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    const char       *found = c ? strchr(from, c) : NULL;

    if (!found) {
        put_unit(out, c);
        return;
    }
    cf_buf_putc(out, '\\');
    cf_buf_putc(out, to[found - from]);
}

/* Writes one code point beyond ASCII and steps over it; ill-formed bytes become U+FFFD. */
static void put_wide(const writer *w, cf_str *s)
{
    uint32_t cp = cf_utf8_next(s);
    char     text[4];

    if (!w->options->ascii && !(w->options->html_safe && (cp == 0x2028 || cp == 0x2029))) {
        cf_buf_add(w->out, text, cf_utf8_put(cp, text));
    } else if (cp < 0x10000) {
        put_unit(w->out, cp);
    } else {
        put_unit(w->out, 0xd800 + ((cp - 0x10000) >> 10));
        put_unit(w->out, 0xdc00 + ((cp - 0x10000) & 0x3ff));
    }
}

static void put_string(const writer *w, cf_str s)
{
    int stops = ALWAYS | WIDE | (w->options->html_safe ? HTML : 0) |
                (w->options->ascii ? ASCII : 0);

    cf_buf_putc(w->out, '"');
    while (s.len) {
        size_t run = 0;

        while (run < s.len && !(reasons[(unsigned char)s.ptr[run]] & stops))
            run++;
        cf_buf_add(w->out, s.ptr, run);
        s = cf_str_slice(s, run, s.len);
        if (s.len && reasons[(unsigned char)s.ptr[0]] == WIDE) {
            put_wide(w, &s);
        } else if (s.len) {
            put_escape(w->out, (unsigned char)s.ptr[0]);
            s = cf_str_slice(s, 1, s.len);
        }
    }
    cf_buf_putc(w->out, '"');
}

/* A number with its fewest digits; JSON has no words for the others. */
static bool put_float(const writer *w, double number)
{
    char text[32];

    if (!isfinite(number))
        return cf_fail(w->err, CF_ETYPE, "JSON has no %s",
                       isnan(number) ? "NaN" : "infinite numbers");
    cf_buf_add(w->out, text, cf_float_text(number, text));
    return true;
}

static bool has_lines(const writer *w)
{
    return w->options->indent || w->options->indent_by.ptr;
}

/* The line break and indentation before an item, or what stands for them. */
static void put_break(const writer *w)
{
    if (!has_lines(w))
        return;
    cf_buf_putc(w->out, '\n');
    if (w->options->indent_by.ptr)
        for (int i = 0; i < w->level; i++)
            cf_buf_str(w->out, w->options->indent_by);
    else
        for (int i = 0; i < w->level * w->options->indent; i++)
            cf_buf_putc(w->out, ' ');
}

static void put_comma(const writer *w, bool first)
{
    if (!first)
        cf_buf_puts(w->out, w->options->spaced && !has_lines(w) ? ", " : ",");
    put_break(w);
}

static bool put_value(writer *w, cf_value value);

static bool put_list(writer *w, const cf_list *list)
{
    cf_buf_putc(w->out, '[');
    w->level++;
    for (size_t i = 0; i < list->len && !w->out->overflow; i++) {
        put_comma(w, i == 0);
        if (!put_value(w, list->items[i]))
            return false;
    }
    w->level--;
    if (list->len)
        put_break(w);
    cf_buf_putc(w->out, ']');
    return true;
}

/* A key's text: JSON's keys are strings, and Python turns these types into them. */
static bool key_text(const writer *w, cf_value key, char scratch[32], cf_str *out)
{
    switch (key.type) {
    case CF_TYPE_STRING:
        *out = cf_text(key);
        return !key.bytes ||
               cf_fail(w->err, CF_ETYPE, "a key of type bytes cannot be written as JSON");
    case CF_TYPE_INT:
        *out = cf_str_n(scratch, (size_t)snprintf(scratch, 32, "%lld", (long long)key.as.integer));
        return true;
    case CF_TYPE_FLOAT:
        *out = cf_str_n(scratch, cf_float_text(key.as.number, scratch));
        return true;
    case CF_TYPE_BOOL:
        *out = key.as.boolean ? CF_STR("true") : CF_STR("false");
        return true;
    case CF_TYPE_NONE:
        *out = CF_STR("null");
        return true;
    default:
        return cf_fail(w->err, CF_ETYPE, "a key of type %s cannot be written as JSON",
                       cf_type_name(key));
    }
}

static bool put_entry(writer *w, const cf_entry *entry, bool first)
{
    char   scratch[32];
    cf_str key;

    put_comma(w, first);
    if (cf__is_bigint(entry->key)) {
        cf_buf_putc(w->out, '"');
        if (!cf__bigint_text(entry->key, w->out, w->err))
            return false;
        cf_buf_putc(w->out, '"');
    } else {
        if (!key_text(w, entry->key, scratch, &key))
            return false;
        put_string(w, key);
    }
    cf_buf_puts(w->out, w->options->spaced || has_lines(w) ? ": " : ":");
    return put_value(w, entry->value);
}

static int compare_entries(const void *a, const void *b)
{
    const cf_entry *x = *(const cf_entry *const *)a, *y = *(const cf_entry *const *)b;
    int             order = 0;

    if (!cf_compare(x->key, y->key, &order, NULL))
        order = (int)x->key.type - (int)y->key.type;
    return order;
}

/* Writes the entries by the order of their keys. */
static bool put_sorted(writer *w, const cf_map *map)
{
    const cf_entry **entries = cf_xcalloc(map->len, sizeof *entries);
    bool             ok = true;

    for (size_t i = 0; i < map->len; i++)
        entries[i] = &map->entries[i];
    qsort(entries, map->len, sizeof *entries, compare_entries);
    for (size_t i = 0; ok && i < map->len && !w->out->overflow; i++)
        ok = put_entry(w, entries[i], i == 0);
    free(entries);
    return ok;
}

static bool put_map(writer *w, const cf_map *map)
{
    bool ok = true;

    cf_buf_putc(w->out, '{');
    w->level++;
    if (w->options->sort_keys && map->len > 1)
        ok = put_sorted(w, map);
    else
        for (size_t i = 0; ok && i < map->len && !w->out->overflow; i++)
            ok = put_entry(w, &map->entries[i], i == 0);
    w->level--;
    if (map->len)
        put_break(w);
    cf_buf_putc(w->out, '}');
    return ok;
}

static bool put_object(writer *w, cf_object *object)
{
    cf_value plain = cf_undefined(NULL);

    if (!object->class->json)
        return cf_fail(w->err, CF_ETYPE, "an object of type %s cannot be written as JSON",
                       object->class->name);
    if (!w->eval)
        return cf_fail(w->err, CF_EINVAL, "writing a %s as JSON needs an evaluation",
                       object->class->name);
    if (!object->class->json(w->eval, object, &plain)) {
        if (w->err && w->err != w->eval->err && w->eval->err)
            *w->err = *w->eval->err;
        return false;
    }
    return put_value(w, plain);
}

static bool put_nested(writer *w, cf_value value)
{
    bool ok;

    if (w->depth >= CF_JSON_DEPTH)
        return cf_fail(w->err, CF_ELIMIT, "JSON would be nested deeper than %d levels",
                       CF_JSON_DEPTH);
    w->depth++;
    ok = value.type == CF_TYPE_LIST  ? put_list(w, value.as.list)
         : value.type == CF_TYPE_MAP ? put_map(w, value.as.map)
                                     : put_object(w, value.as.object);
    w->depth--;
    return ok;
}

static bool put_value(writer *w, cf_value value)
{
    /* Past its limit the buffer drops everything; going on would only burn time. */
    if (w->out->overflow)
        return cf_buf_ok(w->out, w->err);
    switch ((cf_type)value.type) {
    case CF_TYPE_NONE:
        cf_buf_puts(w->out, "null");
        return true;
    case CF_TYPE_BOOL:
        cf_buf_puts(w->out, value.as.boolean ? "true" : "false");
        return true;
    case CF_TYPE_INT:
        cf_buf_i64(w->out, value.as.integer);
        return true;
    case CF_TYPE_FLOAT:
        return put_float(w, value.as.number);
    case CF_TYPE_STRING:
        put_string(w, cf_text(value));
        return true;
    case CF_TYPE_OBJECT:
        if (cf__is_bigint(value))
            return cf__bigint_text(value, w->out, w->err);
        return put_nested(w, value);
    case CF_TYPE_LIST:
    case CF_TYPE_MAP:
        return put_nested(w, value);
    case CF_TYPE_UNDEFINED:
        return cf_fail(w->err, CF_ETYPE, "an undefined value%s%s cannot be written as JSON",
                       value.as.name ? ", " : "", value.as.name ? value.as.name : "");
    case CF_TYPE_FUNCTION:
        return cf_fail(w->err, CF_ETYPE, "a function cannot be written as JSON");
    }
    return cf_fail(w->err, CF_ETYPE, "a value of unknown type cannot be written as JSON");
}

bool cf_json_write(cf_eval *eval, cf_value value, const cf_json_options *options, cf_buf *out,
                   cf_error *err)
{
    static const cf_json_options defaults;
    writer w = { .eval = eval, .options = options ? options : &defaults, .out = out, .err = err };

    return put_value(&w, value) && cf_buf_ok(out, err);
}
