/* methods_search.c -- methods of strings that split, search and ask. */
#include <utf8proc.h>

#include "base/bigint.h"
#include "template/filters.h"
#include "template/lexer.h"
#include "template/loop.h"

#define METHOD(name)  bool cf__m_##name(vm *m, cf_value self, const cf_call *call, cf_value *out)
#define DECLARE(name) METHOD(name);
CF_SEARCH_METHODS(DECLARE)
#undef DECLARE

static bool text_arg(vm *m, cf_value self, cf_value v, cf_str *out)
{
    if (v.type != CF_TYPE_STRING || v.bytes)
        return cf_fail(m->eval.err, CF_ETYPE, "must be str, not %s", cf_type_name(v));
    if (self.safe)
        return cf__html_of(m, v, out);
    *out = cf_text(v);
    return true;
}

static bool check(vm *m, const cf_call *call, const char *name, size_t min, size_t max,
                  const char *const *names)
{
    cf_call checked = *call;

    (void)m;
    return cf_args_check(&checked, name, min, max, names);
}

static void add(cf_list *list, cf_value self, cf_str part)
{
    cf_list_add(list, cf__string(part, self.safe));
}

/* ---- splitting ---- */

static void split_space(cf_list *list, cf_value self, cf_str s, int64_t most)
{
    for (;;) {
        size_t size, end = 0;
        while (s.len && (size = cf__space(s.ptr, s.ptr + s.len)))
            s = cf_str_slice(s, size, s.len);
        if (!s.len)
            return;
        if (most == 0) {
            add(list, self, s);
            return;
        }
        while (end < s.len && !cf__space(s.ptr + end, s.ptr + s.len))
            end++;
        add(list, self, cf_str_slice(s, 0, end));
        s = cf_str_slice(s, end, s.len);
        most -= most > 0;
    }
}

static void split_at(cf_list *list, cf_value self, cf_str s, cf_str separator, int64_t most)
{
    size_t at;

    while (most != 0 && (at = cf_str_find(s, separator)) != CF_NPOS) {
        add(list, self, cf_str_slice(s, 0, at));
        s = cf_str_slice(s, at + separator.len, s.len);
        most -= most > 0;
    }
    add(list, self, s);
}

static void turn(cf_list *list)
{
    for (size_t i = 0; i < list->len / 2; i++) {
        cf_value swap = list->items[i];
        list->items[i] = list->items[list->len - 1 - i];
        list->items[list->len - 1 - i] = swap;
    }
}

static size_t find_last(cf_str s, cf_str needle)
{
    for (size_t at = s.len + 1; at-- > 0;)
        if (s.len - at >= needle.len && cf_str_starts(cf_str_slice(s, at, s.len), needle))
            return at;
    return CF_NPOS;
}

static void rsplit_space(cf_list *list, cf_value self, cf_str s, int64_t most)
{
    for (;;) {
        size_t start;
        s = cf__rstrip(s);
        if (!s.len)
            break;
        if (most == 0) {
            add(list, self, s);
            break;
        }
        start = s.len;
        while (start > 0) {
            size_t back = 1;
            while (back < 4 && back < start && (s.ptr[start - back] & 0xC0) == 0x80)
                back++;
            if (cf__space(s.ptr + start - back, s.ptr + s.len))
                break;
            start -= back;
        }
        add(list, self, cf_str_slice(s, start, s.len));
        s.len = start;
        most -= most > 0;
    }
    turn(list);
}

static void rsplit_at(cf_list *list, cf_value self, cf_str s, cf_str separator, int64_t most)
{
    size_t at;

    while (most != 0 && (at = find_last(s, separator)) != CF_NPOS) {
        add(list, self, cf_str_slice(s, at + separator.len, s.len));
        s.len = at;
        most -= most > 0;
    }
    add(list, self, s);
    turn(list);
}

static bool split(vm *m, cf_value self, const cf_call *call, bool right, cf_value *out)
{
    static const char *const names[] = { "sep", "maxsplit", NULL };
    cf_value                 separator = cf_arg(call, 0, "sep");
    cf_list                 *list = cf_list_new(m->eval.arena);
    cf_str                   by;
    int64_t                  most;

    if (!check(m, call, "split", 0, 2, names) || !cf__index_arg(call, 1, "maxsplit", -1, &most))
        return false;
    *out = cf_from_list(list);
    if (separator.type == CF_TYPE_NONE || cf__absent(separator)) {
        (right ? rsplit_space : split_space)(list, self, cf_text(self), most);
        return true;
    }
    /* Unlike other arguments, a separator is looked for as it is in HTML too. */
    if (!text_arg(m, cf__string(cf_text(self), false), separator, &by))
        return false;
    if (!by.len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "empty separator");
    (right ? rsplit_at : split_at)(list, self, cf_text(self), by, most);
    return true;
}

METHOD(split)
{
    return split(m, self, call, false, out);
}

METHOD(rsplit)
{
    return split(m, self, call, true, out);
}

METHOD(splitlines)
{
    static const char *const names[] = { "keepends", NULL };
    cf_list                 *list = cf_list_new(m->eval.arena);
    cf_str                   s = cf_text(self), *lines;
    size_t                   count;
    int64_t                  keep;

    if (!check(m, call, "splitlines", 0, 1, names) || !cf__index_arg(call, 0, "keepends", 0, &keep))
        return false;
    lines = cf__split_lines(m->eval.arena, s, &count);
    for (size_t i = 0; i < count; i++) {
        size_t end = (size_t)(lines[i].ptr - s.ptr) + lines[i].len;
        size_t more = keep && end < s.len ? cf__line_end(s, end) : 0;
        add(list, self, cf_str_n(lines[i].ptr, lines[i].len + more));
    }
    *out = cf_from_list(list);
    return true;
}

static bool partition(vm *m, cf_value self, const cf_call *call, bool right, cf_value *out)
{
    cf_list *list = cf_tuple_new(m->eval.arena);
    cf_str   s = cf_text(self), by;
    size_t   at;

    if (!check(m, call, "partition", 1, 1, NULL) || !text_arg(m, self, call->args[0], &by))
        return false;
    if (!by.len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "empty separator");
    at = right ? find_last(s, by) : cf_str_find(s, by);
    if (at == CF_NPOS) {
        add(list, self, right ? CF_STR("") : s);
        add(list, self, CF_STR(""));
        add(list, self, right ? s : CF_STR(""));
    } else {
        add(list, self, cf_str_slice(s, 0, at));
        add(list, self, by);
        add(list, self, cf_str_slice(s, at + by.len, s.len));
    }
    *out = cf_from_list(list);
    return true;
}

METHOD(partition)
{
    return partition(m, self, call, false, out);
}

METHOD(rpartition)
{
    return partition(m, self, call, true, out);
}

/* ---- searching; positions are in characters ---- */

/* The position that a bound stands for, not below 0. */
static int64_t position(cf_value v, int64_t length, int64_t fallback)
{
    int64_t at = v.type == CF_TYPE_BOOL ? v.as.boolean : v.as.integer;

    if (v.type != CF_TYPE_INT && v.type != CF_TYPE_BOOL)
        return fallback;
    if (at < 0)
        at += length;
    return at < 0 ? 0 : at;
}

/* The part of a string that start and end arguments leave, and where it begins. */
static bool bounds(vm *m, cf_value self, const cf_call *call, cf_str *part, int64_t *from,
                   bool *empty)
{
    cf_value start = call->nargs > 1 ? cf__int_bound(call->args[1]) : cf_none();
    cf_value end = call->nargs > 2 ? cf__int_bound(call->args[2]) : cf_none(), cut;
    int64_t  length = cf_length(&m->eval, self);

    *from = 0;
    *empty = false;
    *part = cf_text(self);
    if (call->nargs < 2)
        return true;
    if (!cf__slice(m, self, start, end, cf_none(), &cut))
        return false;
    *part = cf_text(cut);
    *from = position(start, length, 0);
    *empty = *from > length || *from > position(end, length, length);
    return true;
}

static bool search(vm *m, cf_value self, const cf_call *call, bool last, bool must, cf_value *out)
{
    cf_str  part, needle;
    int64_t from;
    bool    empty;
    size_t  at;

    if (!check(m, call, "find", 1, 3, NULL))
        return false;
    if (call->args[0].type != CF_TYPE_STRING || call->args[0].bytes)
        return cf_fail(m->eval.err, CF_ETYPE, "must be str, not %s", cf_type_name(call->args[0]));
    needle = cf_text(call->args[0]);
    if (!bounds(m, self, call, &part, &from, &empty))
        return false;
    at = empty ? CF_NPOS : last ? find_last(part, needle) : cf_str_find(part, needle);
    if (at == CF_NPOS && must)
        return cf_fail(m->eval.err, CF_ERUNTIME, "substring not found");
    *out = cf_int(at == CF_NPOS ? -1 : from + (int64_t)cf_utf8_count(cf_str_slice(part, 0, at)));
    return true;
}

METHOD(find)
{
    return search(m, self, call, false, false, out);
}

METHOD(rfind)
{
    return search(m, self, call, true, false, out);
}

METHOD(index)
{
    return search(m, self, call, false, true, out);
}

METHOD(rindex)
{
    return search(m, self, call, true, true, out);
}

METHOD(count)
{
    cf_str  part, needle;
    int64_t from, count = 0;
    bool    empty;
    size_t  at;

    if (!check(m, call, "count", 1, 3, NULL))
        return false;
    if (call->args[0].type != CF_TYPE_STRING || call->args[0].bytes)
        return cf_fail(m->eval.err, CF_ETYPE, "must be str, not %s", cf_type_name(call->args[0]));
    needle = cf_text(call->args[0]);
    if (!bounds(m, self, call, &part, &from, &empty))
        return false;
    if (!needle.len) {
        *out = cf_int(empty ? 0 : (int64_t)cf_utf8_count(part) + 1);
        return true;
    }
    while ((at = cf_str_find(part, needle)) != CF_NPOS) {
        count++;
        part = cf_str_slice(part, at + needle.len, part.len);
    }
    *out = cf_int(count);
    return true;
}

static bool affix(vm *m, cf_value self, const cf_call *call, bool end, cf_value *out)
{
    const cf_value *options;
    size_t          count;
    cf_str          part;
    int64_t         from;
    bool            empty, found = false;

    if (!check(m, call, end ? "endswith" : "startswith", 1, 3, NULL) ||
        !bounds(m, self, call, &part, &from, &empty))
        return false;
    options = call->args;
    count = 1;
    if (options->type == CF_TYPE_LIST && options->as.list->tuple) {
        count = options->as.list->len;
        options = options->as.list->items;
    }
    for (size_t i = 0; !found && i < count; i++) {
        if (options[i].type != CF_TYPE_STRING)
            return cf_fail(m->eval.err, CF_ETYPE,
                           "%s first arg must be str or a tuple of str, not %s",
                           end ? "endswith" : "startswith", cf_type_name(options[i]));
        found = end ? cf_str_ends(part, cf_text(options[i]))
                    : cf_str_starts(part, cf_text(options[i]));
    }
    *out = cf_bool(found && !empty);
    return true;
}

METHOD(startswith)
{
    return affix(m, self, call, false, out);
}

METHOD(endswith)
{
    return affix(m, self, call, true, out);
}

/* ---- questions about all characters ---- */

static bool all(vm *m, cf_value self, const cf_call *call, bool (*holds)(uint32_t cp),
                cf_value *out)
{
    cf_str s = cf_text(self);
    bool   result = s.len > 0;

    if (!check(m, call, "is…", 0, 0, NULL))
        return false;
    while (result && s.len)
        result = holds(cf_utf8_next(&s));
    *out = cf_bool(result);
    return true;
}

static bool is_decimal(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ND;
}

static bool is_numeric(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return c == UTF8PROC_CATEGORY_ND || c == UTF8PROC_CATEGORY_NL || c == UTF8PROC_CATEGORY_NO;
}

static bool is_alnum(uint32_t cp)
{
    return cf__is_alpha(cp) || is_numeric(cp);
}

static bool is_space(uint32_t cp)
{
    char   bytes[4];
    size_t size = cf_utf8_put(cp, bytes);

    return cf__space(bytes, bytes + size) == size;
}

static bool is_printable(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return cp == ' ' || (c != UTF8PROC_CATEGORY_CN && c < UTF8PROC_CATEGORY_ZS);
}

METHOD(isdecimal)
{
    return all(m, self, call, is_decimal, out);
}

METHOD(isdigit)
{
    return all(m, self, call, cf__is_digit, out);
}

METHOD(isnumeric)
{
    return all(m, self, call, is_numeric, out);
}

METHOD(isalpha)
{
    return all(m, self, call, cf__is_alpha, out);
}

METHOD(isalnum)
{
    return all(m, self, call, is_alnum, out);
}

METHOD(isspace)
{
    return all(m, self, call, is_space, out);
}

METHOD(isprintable)
{
    bool ok = all(m, self, call, is_printable, out);

    if (!self.len)
        *out = cf_bool(true);
    return ok;
}

METHOD(isascii)
{
    bool ascii = true;

    for (uint32_t i = 0; i < self.len; i++)
        ascii &= (unsigned char)self.as.text[i] < 0x80;
    *out = cf_bool(ascii);
    return check(m, call, "isascii", 0, 0, NULL);
}

METHOD(isidentifier)
{
    cf_str s = cf_text(self);
    bool   ok = s.len > 0 && !(s.ptr[0] >= '0' && s.ptr[0] <= '9');

    while (ok && s.len)
        ok = cf__is_word(cf_utf8_next(&s));
    *out = cf_bool(ok);
    return check(m, call, "isidentifier", 0, 0, NULL);
}

static bool all_case(vm *m, cf_value self, const cf_call *call, bool upper, cf_value *out)
{
    cf_str s = cf_text(self);
    bool   any = false, other = false;

    while (s.len) {
        uint32_t cp = cf_utf8_next(&s);
        any |= upper ? cf__is_upper(cp) : cf__is_lower(cp);
        other |= upper ? cf__is_lower(cp) : cf__is_upper(cp);
    }
    *out = cf_bool(any && !other);
    return check(m, call, "isupper", 0, 0, NULL);
}

METHOD(isupper)
{
    return all_case(m, self, call, true, out);
}

METHOD(islower)
{
    return all_case(m, self, call, false, out);
}

METHOD(istitle)
{
    cf_str s = cf_text(self);
    bool   inside = false, any = false, ok = true;

    while (s.len) {
        uint32_t cp = cf_utf8_next(&s);
        bool     upper = cf__is_upper(cp), lower = cf__is_lower(cp);
        ok &= !(upper && inside) && !(lower && !inside);
        any |= upper || lower;
        inside = upper || lower;
    }
    *out = cf_bool(ok && any);
    return check(m, call, "istitle", 0, 0, NULL);
}
