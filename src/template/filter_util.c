/* filter_util.c -- what filters share: attributes, case, lines. */
#include "template/filters.h"

#include <utf8proc.h>

#include "template/lexer.h"

static bool all_digits(cf_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0;
}

bool cf__getter(vm *m, cf_value attribute, getter *out)
{
    cf_str  rest, part;
    int64_t number;

    *out = (getter){ .m = m, .fallback = cf_undefined(NULL) };
    if (attribute.type == CF_TYPE_NONE || cf__absent(attribute))
        return true;
    if (attribute.type != CF_TYPE_STRING) {
        out->parts[out->nparts++] = attribute;
        return true;
    }
    rest = cf_text(attribute);
    for (bool more = true; more;) {
        if (out->nparts == sizeof out->parts / sizeof *out->parts)
            return cf_fail(m->eval.err, CF_ELIMIT, "attribute '%.*s' has too many parts",
                           CF_STR_ARG(cf_text(attribute)));
        more = cf_str_cut(rest, '.', &part, &rest);
        out->parts[out->nparts++] = all_digits(part) && cf_str_to_i64(part, &number)
                                        ? cf_int(number)
                                        : cf_string_of(part);
    }
    return true;
}

bool cf__getter_get(const getter *g, cf_value item, cf_value *out)
{
    *out = item;
    for (size_t i = 0; i < g->nparts; i++) {
        if (!cf__get_item(g->m, *out, g->parts[i], out))
            return false;
        if (out->type == CF_TYPE_UNDEFINED && !cf_is_missing(g->fallback))
            *out = g->fallback;
    }
    if (g->ignore_case)
        *out = cf__fold(g->m, *out);
    return cf__step(g->m);
}

cf_list *cf__pairs_of(vm *m, cf_value v)
{
    cf_value items = cf_undefined(NULL), pairs;

    if (v.type == CF_TYPE_UNDEFINED) {
        cf__undefined_fail(m, v);
        return NULL;
    }
    if (v.type == CF_TYPE_MAP)
        return cf__list_of(m, cf__dict_view(m->eval.arena, v.as.map, VIEW_ITEMS));
    if (v.type == CF_TYPE_OBJECT && !cf_get_attr(&m->eval, v, CF_STR("items"), &items))
        return NULL;
    if (items.type == CF_TYPE_UNDEFINED) {
        cf_fail(m->eval.err, CF_ETYPE, "'%s' object has no attribute 'items'", cf_type_name(v));
        return NULL;
    }
    return cf_call_value(&m->eval, items, NULL, 0, NULL, 0, &pairs) ? cf__list_of(m, pairs) : NULL;
}

/* ---- case ---- */

/* Characters whose upper case is more than one. */
static const struct {
    uint32_t    cp;
    const char *upper;
} long_upper[] = {
    { 0xDF, "SS" },   { 0x149, "\u02BCN" }, { 0x1F0, "J\u030C" }, { 0xFB00, "FF" },
    { 0xFB01, "FI" }, { 0xFB02, "FL" },     { 0xFB03, "FFI" },    { 0xFB04, "FFL" },
    { 0xFB05, "ST" }, { 0xFB06, "ST" },
};

static const char *find_long_upper(uint32_t cp)
{
    for (size_t i = 0; i < sizeof long_upper / sizeof *long_upper; i++)
        if (long_upper[i].cp == cp)
            return long_upper[i].upper;
    return NULL;
}

static void put(cf_buf *out, utf8proc_int32_t cp)
{
    char bytes[4];

    cf_buf_add(out, bytes, cf_utf8_put((uint32_t)cp, bytes));
}

static bool is_ascii(cf_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    return true;
}

static bool is_cased(uint32_t cp)
{
    return cf__is_upper(cp) || cf__is_lower(cp);
}

static cf_str lower_text(cf_arena *arena, cf_str s, bool after_cased)
{
    cf_buf out;

    if (is_ascii(s))
        return cf_str_lower(arena, s);
    out = cf_buf_in(arena, s.len * 3 + 4);
    while (s.len) {
        uint32_t cp = cf_utf8_next(&s);
        if (cp == 0x130) {
            cf_buf_puts(&out, "i\u0307");
        } else if (cp == 0x3A3) { /* a sigma that ends a word */
            cf_str rest = s;
            put(&out, after_cased && (!s.len || !is_cased(cf_utf8_next(&rest))) ? 0x3C2 : 0x3C3);
        } else {
            put(&out, utf8proc_tolower((utf8proc_int32_t)cp));
        }
        after_cased = is_cased(cp);
    }
    return cf_buf_view(&out);
}

cf_str cf__lower(cf_arena *arena, cf_str s)
{
    return lower_text(arena, s, false);
}

cf_str cf__lower_within(cf_arena *arena, cf_str s)
{
    return lower_text(arena, s, true);
}

cf_str cf__upper(cf_arena *arena, cf_str s)
{
    cf_buf out = cf_buf_in(arena, s.len * 3 + 4);

    cf_buf_reserve(&out, s.len);
    while (s.len) {
        unsigned char c = (unsigned char)s.ptr[0];
        if (c < 0x80) {
            cf_buf_putc(&out, (char)(c >= 'a' && c <= 'z' ? c - 32 : c));
            s = cf_str_slice(s, 1, s.len);
            continue;
        }
        uint32_t    cp = cf_utf8_next(&s);
        const char *more = find_long_upper(cp);
        if (more)
            cf_buf_puts(&out, more);
        else
            put(&out, utf8proc_toupper((utf8proc_int32_t)cp));
    }
    return cf_str_n(out.ptr ? out.ptr : "", out.len);
}

bool cf__is_upper(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LT;
}

bool cf__is_lower(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_LL || cp == 0xAA ||
           cp == 0xBA;
}

cf_value cf__fold(vm *m, cf_value v)
{
    if (v.type == CF_TYPE_STRING && !v.bytes)
        return cf__string(cf__lower(m->eval.arena, cf_text(v)), v.safe);
    return v;
}

bool cf__soft_text(vm *m, cf_value v, cf_str *out, bool *safe)
{
    *safe = v.type == CF_TYPE_STRING && v.safe;
    return cf__text_of(m, v, out);
}

bool cf__filter_args_check(cf_call *call, const char *name, size_t min, size_t max,
                           const char *const *names)
{
    cf_call rest = *call;

    rest.args++;
    rest.nargs--;
    return cf_args_check(&rest, name, min, max, names);
}

/* ---- lines ---- */

size_t cf__line_end(cf_str s, size_t at)
{
    unsigned char c = (unsigned char)s.ptr[at];

    if (c == '\r')
        return at + 1 < s.len && s.ptr[at + 1] == '\n' ? 2 : 1;
    if ((c >= '\n' && c <= '\f') || (c >= 0x1C && c <= 0x1E))
        return 1;
    if (c == 0xC2 && at + 1 < s.len && (unsigned char)s.ptr[at + 1] == 0x85)
        return 2;
    if (c == 0xE2 && at + 2 < s.len && (unsigned char)s.ptr[at + 1] == 0x80 &&
        ((unsigned char)s.ptr[at + 2] | 1) == 0xA9)
        return 3;
    return 0;
}

cf_str *cf__split_lines(cf_arena *arena, cf_str s, size_t *count)
{
    size_t  cap = 16, from = 0;
    cf_str *lines = cf_new_array(arena, cf_str, cap);

    *count = 0;
    for (size_t i = 0; i <= s.len;) {
        size_t end = i < s.len ? cf__line_end(s, i) : 0;
        if (i == s.len && from == s.len)
            break;
        if (!end && i < s.len) {
            i++;
            continue;
        }
        if (*count == cap) {
            lines = cf_grow(arena, lines, cap * sizeof *lines, cap * 2 * sizeof *lines);
            cap *= 2;
        }
        lines[(*count)++] = cf_str_slice(s, from, i);
        i += end ? end : 1;
        from = i > s.len ? s.len : i;
    }
    return lines;
}
