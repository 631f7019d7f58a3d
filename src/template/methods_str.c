/* methods_str.c -- methods of strings that change case, cut, join and pad.
 *
 * On HTML (Markup) the result is HTML too, and plain arguments are escaped first. */
#include <stdlib.h>
#include <utf8proc.h>

#include "template/filters.h"
#include "template/lexer.h"
#include "template/loop.h"

/* A text argument, escaped when the string itself is HTML. */
static bool text_arg(vm *m, cf_value self, const cf_call *call, size_t i, const char *name,
                     cf_str *out)
{
    cf_value v = i < call->nargs ? call->args[i] : cf_undefined(name);

    if (i >= call->nargs)
        return cf_fail(m->eval.err, CF_ETYPE, "missing argument '%s'", name);
    if (v.type != CF_TYPE_STRING || v.bytes)
        return cf_fail(m->eval.err, CF_ETYPE, "argument '%s' must be str, not %s", name,
                       cf_type_name(v));
    if (self.safe)
        return cf__html_of(m, v, out);
    *out = cf_text(v);
    return true;
}

static bool check(vm *m, const cf_call *call, const char *name, size_t min, size_t max)
{
    if (call->nkwargs)
        return cf_fail(m->eval.err, CF_ETYPE, "str.%s() takes no keyword arguments", name);
    if (call->nargs < min || call->nargs > max)
        return cf_fail(m->eval.err, CF_ETYPE, "%s() takes %zu to %zu arguments (%zu given)", name,
                       min, max, call->nargs);
    return true;
}

static bool result(cf_value self, cf_str text, cf_value *out)
{
    *out = cf__string(text, self.safe);
    return true;
}

static bool m_upper(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return check(m, call, "upper", 0, 0) &&
           result(self, cf__upper(m->eval.arena, cf_text(self)), out);
}

static bool m_lower(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return check(m, call, "lower", 0, 0) &&
           result(self, cf__lower(m->eval.arena, cf_text(self)), out);
}

/* As long as a text may become when its case changes. */
#define GROWN(len) (3 * (len) + 4)

/* The first character of a word: its title case, the rest of what it becomes in lower case. */
static void put_title(vm *m, cf_str one, cf_buf *out)
{
    cf_str   upper = cf__upper(m->eval.arena, one), rest = upper;
    uint32_t cp = cf_utf8_next(&rest);
    char     bytes[4];

    if (rest.len) {
        cf_buf_add(out, upper.ptr, upper.len - rest.len);
        cf_buf_str(out, cf__lower(m->eval.arena, rest));
        return;
    }
    cp = (uint32_t)utf8proc_totitle((utf8proc_int32_t)cp);
    cf_buf_add(out, bytes, cf_utf8_put(cp, bytes));
}

static bool m_capitalize(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str s = cf_text(self), rest = s;
    cf_buf text = cf_buf_in(m->eval.arena, GROWN(s.len));

    if (!check(m, call, "capitalize", 0, 0))
        return false;
    if (s.len) {
        cf_utf8_next(&rest);
        put_title(m, cf_str_n(s.ptr, s.len - rest.len), &text);
        cf_buf_str(&text, cf__lower(m->eval.arena, rest));
    }
    return result(self, cf_buf_view(&text), out);
}

static bool m_casefold(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    utf8proc_uint8_t *folded;
    utf8proc_ssize_t  size;

    if (!check(m, call, "casefold", 0, 0))
        return false;
    size = utf8proc_map((const utf8proc_uint8_t *)self.as.text, (utf8proc_ssize_t)self.len, &folded,
                        UTF8PROC_CASEFOLD);
    if (size < 0)
        return m_lower(m, self, call, out);
    /* Unlike the others, this gives plain text for HTML too. */
    *out = cf_string_copy(m->eval.arena, cf_str_n((char *)folded, (size_t)size));
    free(folded);
    return true;
}

static bool is_cased(uint32_t cp)
{
    return cf__is_upper(cp) || cf__is_lower(cp);
}

static bool m_title(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str s = cf_text(self);
    cf_buf text = cf_buf_in(m->eval.arena, GROWN(s.len));

    if (!check(m, call, "title", 0, 0))
        return false;
    while (s.len) {
        cf_str from = s, rest;
        bool   cased = is_cased(cf_utf8_next(&s));
        cf_str one = cf_str_n(from.ptr, from.len - s.len);
        if (!cased) {
            cf_buf_str(&text, one);
            continue;
        }
        put_title(m, one, &text);
        /* The rest of the word is lowered as one, since a last sigma depends on it. */
        for (from = rest = s; rest.len && is_cased(cf_utf8_next(&rest));)
            s = rest;
        cf_buf_str(&text, cf__lower_within(m->eval.arena, cf_str_n(from.ptr, from.len - s.len)));
    }
    return result(self, cf_buf_view(&text), out);
}

static bool m_swapcase(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str s = cf_text(self);
    cf_buf text = cf_buf_in(m->eval.arena, GROWN(s.len));
    bool   inside = false;

    if (!check(m, call, "swapcase", 0, 0))
        return false;
    while (s.len) {
        cf_str   from = s, rest;
        uint32_t cp = cf_utf8_next(&s);
        cf_str   one = cf_str_n(from.ptr, from.len - s.len);
        bool     last = !s.len;
        rest = s;
        last = last || !is_cased(cf_utf8_next(&rest));
        if (!cf__is_upper(cp))
            cf_buf_str(&text, cf__upper(m->eval.arena, one));
        else if (inside && last) /* a sigma that ends a word has a form of its own */
            cf_buf_str(&text, cf__lower_within(m->eval.arena, one));
        else
            cf_buf_str(&text, cf__lower(m->eval.arena, one));
        inside = is_cased(cp);
    }
    return result(self, cf_buf_view(&text), out);
}

/* ---- stripping ---- */

static bool in_set(cf_str set, cf_str one)
{
    return cf_str_find(set, one) != CF_NPOS;
}

static cf_str strip_set(cf_str s, cf_str set, bool left, bool right)
{
    while (left && s.len) {
        cf_str rest = s;
        cf_utf8_next(&rest);
        if (!in_set(set, cf_str_n(s.ptr, s.len - rest.len)))
            break;
        s = rest;
    }
    while (right && s.len) {
        size_t back = 1;
        while (back < 4 && back < s.len && (s.ptr[s.len - back] & 0xC0) == 0x80)
            back++;
        if (!in_set(set, cf_str_n(s.ptr + s.len - back, back)))
            break;
        s.len -= back;
    }
    return s;
}

static bool strip(vm *m, cf_value self, const cf_call *call, bool left, bool right, cf_value *out)
{
    cf_str s = cf_text(self), set;
    size_t size;

    if (!check(m, call, "strip", 0, 1))
        return false;
    if (call->nargs && call->args[0].type != CF_TYPE_NONE) {
        if (!text_arg(m, self, call, 0, "chars", &set))
            return false;
        return result(self, strip_set(s, set, left, right), out);
    }
    while (left && (size = cf__space(s.ptr, s.ptr + s.len)))
        s = cf_str_slice(s, size, s.len);
    return result(self, right ? cf__rstrip(s) : s, out);
}

static bool m_strip(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return strip(m, self, call, true, true, out);
}

static bool m_lstrip(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return strip(m, self, call, true, false, out);
}

static bool m_rstrip(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return strip(m, self, call, false, true, out);
}

/* These two give plain text for HTML too, and take their argument as it is. */
static bool m_removeprefix(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str s = cf_text(self), part;

    self.safe = false;
    if (!check(m, call, "removeprefix", 1, 1) || !text_arg(m, self, call, 0, "prefix", &part))
        return false;
    *out = cf_string_of(cf_str_starts(s, part) ? cf_str_slice(s, part.len, s.len) : s);
    return true;
}

static bool m_removesuffix(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str s = cf_text(self), part;

    self.safe = false;
    if (!check(m, call, "removesuffix", 1, 1) || !text_arg(m, self, call, 0, "suffix", &part))
        return false;
    *out = cf_string_of(cf_str_ends(s, part) ? cf_str_slice(s, 0, s.len - part.len) : s);
    return true;
}

/* ---- padding ---- */

static bool pad(vm *m, cf_value self, const cf_call *call, int where, cf_value *out)
{
    cf_str  s = cf_text(self), fill = CF_STR(" ");
    int64_t length = cf_length(&m->eval, self), width, left, right;
    cf_buf  text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    if (!check(m, call, "justify", 1, 2) || !cf__index_arg(call, 0, "width", 0, &width) ||
        (call->nargs > 1 && !text_arg(m, self, call, 1, "fillchar", &fill)))
        return false;
    if (cf_utf8_count(fill) != 1)
        return cf_fail(m->eval.err, CF_ETYPE,
                       "The fill character must be exactly one character long");
    if (width > (int64_t)m->env->options.max_output)
        return cf_fail(m->eval.err, CF_ELIMIT, "width %lld is too large", (long long)width);
    right = width > length ? width - length : 0;
    left = where < 0 ? right : where > 0 ? 0 : right / 2 + (right & width & 1);
    right -= left;
    while (left-- > 0)
        cf_buf_str(&text, fill);
    cf_buf_str(&text, s);
    while (right-- > 0)
        cf_buf_str(&text, fill);
    result(self, cf_buf_view(&text), out);
    return cf_buf_ok(&text, m->eval.err);
}

static bool m_center(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return pad(m, self, call, 0, out);
}

static bool m_ljust(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return pad(m, self, call, 1, out);
}

static bool m_rjust(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return pad(m, self, call, -1, out);
}

static bool m_zfill(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str  s = cf_text(self);
    int64_t width, length = cf_length(&m->eval, self);
    cf_buf  text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    if (!check(m, call, "zfill", 1, 1) || !cf__index_arg(call, 0, "width", 0, &width))
        return false;
    if (width > (int64_t)m->env->options.max_output)
        return cf_fail(m->eval.err, CF_ELIMIT, "width %lld is too large", (long long)width);
    if (width > length && s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) {
        cf_buf_putc(&text, s.ptr[0]);
        s = cf_str_slice(s, 1, s.len);
    }
    for (; length < width; length++)
        cf_buf_putc(&text, '0');
    cf_buf_str(&text, s);
    result(self, cf_buf_view(&text), out);
    return cf_buf_ok(&text, m->eval.err);
}

static bool m_expandtabs(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    static const char *const names[] = { "tabsize", NULL };
    cf_call                  checked = *call;
    cf_str                   s = cf_text(self);
    cf_buf                   text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    int64_t                  size, column = 0;

    if (!cf_args_check(&checked, "expandtabs", 0, 1, names) ||
        !cf__index_arg(call, 0, "tabsize", 8, &size))
        return false;
    for (size_t i = 0; i < s.len && !text.overflow; i++) {
        char c = s.ptr[i];
        if (c == '\t') {
            int64_t add = size > 0 ? size - column % size : 0;
            column += add;
            while (add-- > 0 && !text.overflow)
                cf_buf_putc(&text, ' ');
            continue;
        }
        column = c == '\n' || c == '\r' ? 0 : column + ((c & 0xC0) != 0x80);
        cf_buf_putc(&text, c);
    }
    result(self, cf_buf_view(&text), out);
    return cf_buf_ok(&text, m->eval.err);
}

/* ---- replacing and joining ---- */

static bool m_replace(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_str  s = cf_text(self), old, new;
    cf_buf  text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    int64_t count;

    if (!check(m, call, "replace", 2, 3) || !text_arg(m, self, call, 0, "old", &old) ||
        !text_arg(m, self, call, 1, "new", &new) || !cf__index_arg(call, 2, "count", -1, &count))
        return false;
    while (count != 0 && !text.overflow) {
        size_t at = cf_str_find(s, old), step = at;
        if (at == CF_NPOS)
            break;
        if (!old.len && s.len) { /* between all characters */
            cf_str rest = s;
            cf_utf8_next(&rest);
            step = s.len - rest.len;
        }
        if (old.len)
            cf_buf_add(&text, s.ptr, at);
        cf_buf_str(&text, new);
        if (!old.len)
            cf_buf_add(&text, s.ptr, step);
        count -= count > 0;
        if (!old.len && !s.len)
            break;
        s = cf_str_slice(s, old.len ? at + old.len : step, s.len);
    }
    cf_buf_str(&text, s);
    result(self, cf_buf_view(&text), out);
    return cf_buf_ok(&text, m->eval.err);
}

static bool m_join(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_buf   text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    cf_list *list;

    if (!check(m, call, "join", 1, 1) || !(list = cf__list_of(m, call->args[0])))
        return false;
    for (size_t i = 0; i < list->len; i++) {
        cf_value v = list->items[i];
        if (i)
            cf_buf_str(&text, cf_text(self));
        if (!self.safe && v.type != CF_TYPE_STRING)
            return cf_fail(m->eval.err, CF_ETYPE,
                           "sequence item %zu: expected str instance, %s found", i,
                           cf_type_name(v));
        if (!cf__print(m, v, self.safe, &text))
            return false;
    }
    result(self, cf_buf_view(&text), out);
    return cf_buf_ok(&text, m->eval.err);
}

static bool m_format(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return cf__str_format(m, self, call, out);
}

static bool m_format_map(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_call       inner = { .eval = call->eval };
    const cf_map *map;
    cf_kwarg     *kwargs;

    if (!check(m, call, "format_map", 1, 1))
        return false;
    if (call->args[0].type != CF_TYPE_MAP)
        return cf_fail(m->eval.err, CF_ETYPE, "format_map() takes a dict, not %s",
                       cf_type_name(call->args[0]));
    map = call->args[0].as.map;
    kwargs = cf_new_array(m->eval.arena, cf_kwarg, map->len + 1);
    for (size_t i = 0; i < map->len; i++)
        if (map->entries[i].key.type == CF_TYPE_STRING)
            kwargs[inner.nkwargs++] = (cf_kwarg){ cf_text(map->entries[i].key),
                                                  map->entries[i].value };
    inner.kwargs = kwargs;
    return cf__str_format(m, self, &inner, out);
}

#define DECLARE(name)            bool cf__m_##name(vm *m, cf_value self, const cf_call *call, cf_value *out);
#define DECLARE_HTML(name, html) DECLARE(name)
CF_SEARCH_METHODS(DECLARE)
CF_HTML_METHODS(DECLARE_HTML)
DECLARE(encode)
#undef DECLARE
#undef DECLARE_HTML

const method cf__str_methods[] = {
    { "upper", m_upper, false },
    { "lower", m_lower, false },
    { "casefold", m_casefold, false },
    { "capitalize", m_capitalize, false },
    { "title", m_title, false },
    { "swapcase", m_swapcase, false },
    { "strip", m_strip, false },
    { "lstrip", m_lstrip, false },
    { "rstrip", m_rstrip, false },
    { "removeprefix", m_removeprefix, false },
    { "removesuffix", m_removesuffix, false },
    { "center", m_center, false },
    { "ljust", m_ljust, false },
    { "rjust", m_rjust, false },
    { "zfill", m_zfill, false },
    { "expandtabs", m_expandtabs, false },
    { "replace", m_replace, false },
    { "join", m_join, false },
    { "format", m_format, false },
    { "format_map", m_format_map, false },
    { "encode", cf__m_encode, false },
#define ENTRY(name)            { #name, cf__m_##name, false },
#define ENTRY_HTML(name, html) { #name, cf__m_##name, html },
    CF_SEARCH_METHODS(ENTRY) CF_HTML_METHODS(ENTRY_HTML)
#undef ENTRY
#undef ENTRY_HTML
        { 0 },
};
