/* filters_text.c -- filters on text. */
#include "template/filters.h"

#include "template/lexer.h"
#include "template/loop.h"

/* Runs a string method with the filter's arguments. */
static bool by_method(cf_call *call, const char *name, cf_value *out)
{
    vm      *m = filter_vm(call);
    cf_call  inner = *call;
    cf_value self;
    cf_str   text;
    bool     safe;

    if (!cf__soft_text(m, call->args[0], &text, &safe))
        return false;
    self = cf__string(text, safe);
    inner.args++;
    inner.nargs--;
    return cf__find_method(self, cf_str_of(name))->call(m, self, &inner, out);
}

static bool do_upper(cf_call *call, cf_value *out)
{
    return by_method(call, "upper", out);
}

static bool do_lower(cf_call *call, cf_value *out)
{
    return by_method(call, "lower", out);
}

static bool do_capitalize(cf_call *call, cf_value *out)
{
    return by_method(call, "capitalize", out);
}

static bool do_trim(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "chars", NULL };
    cf_value                 args[2] = { call->args[0], cf_arg(call, 1, "chars") };
    cf_call                  inner = { .eval = call->eval,
                                       .args = args,
                                       .nargs = args[1].type == CF_TYPE_UNDEFINED ? 1 : 2 };

    return cf__filter_args(call, "trim", 0, 1, names) && by_method(&inner, "strip", out);
}

static bool do_center(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "width", NULL };
    cf_value                 args[2] = { call->args[0], cf_arg(call, 1, "width") };
    cf_call                  inner = { .eval = call->eval, .args = args, .nargs = 2 };

    if (args[1].type == CF_TYPE_UNDEFINED)
        args[1] = cf_int(80);
    return cf__filter_args(call, "center", 0, 1, names) && by_method(&inner, "center", out);
}

/* Whether a word begins behind this character. */
static bool begins_word(uint32_t cp)
{
    char c = (char)cp;

    return cp < 0x80 && (c == '-' || c == '(' || c == '{' || c == '[' || c == '<');
}

static bool do_title(cf_call *call, cf_value *out)
{
    cf_arena *arena = call->eval->arena;
    cf_buf    text;
    bool      start = true;
    cf_str    s;

    if (!cf__text_of(filter_vm(call), call->args[0], &s))
        return false;
    text = cf_buf_in(arena, 3 * s.len + 4); /* As long as it may become. */
    while (s.len) {
        cf_str   from = s, one;
        uint32_t cp = cf_utf8_next(&s);
        bool     breaks = begins_word(cp) || cf__space(from.ptr, from.ptr + from.len);
        one = cf_str_n(from.ptr, from.len - s.len);
        if (breaks) {
            cf_buf_str(&text, one);
            start = true;
            continue;
        }
        /* The rest of a word is lowered as one, since a last sigma depends on it. */
        if (start) {
            cf_buf_str(&text, cf__upper(arena, one));
        } else {
            while (s.len && !cf__space(s.ptr, s.ptr + s.len)) {
                cf_str next = s;
                if (begins_word(cf_utf8_next(&next)))
                    break;
                s = next;
            }
            cf_buf_str(&text, cf__lower(arena, cf_str_n(from.ptr, from.len - s.len)));
        }
        start = false;
    }
    *out = cf_string_of(cf_buf_view(&text));
    return true;
}

static bool do_string(cf_call *call, cf_value *out)
{
    cf_str text;
    bool   safe;

    if (!cf__soft_text(filter_vm(call), call->args[0], &text, &safe))
        return false;
    *out = cf__string(text, safe);
    return true;
}

static bool do_replace(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "old", "new", "count", NULL };
    vm                      *m = filter_vm(call);
    cf_value args[4] = { call->args[0], cf_arg(call, 1, "old"), cf_arg(call, 2, "new"),
                         cf_arg(call, 3, "count") };
    cf_call  inner = { .eval = call->eval, .args = args, .nargs = 4 };
    cf_str   s;

    if (!cf__filter_args(call, "replace", 2, 3, names))
        return false;
    if (cf_is_missing(args[3]))
        args[3] = cf_int(-1);
    for (size_t i = 1; i < 3; i++) {
        bool safe;
        if (!cf__soft_text(m, args[i], &s, &safe))
            return false;
        args[i] = cf__string(s, safe && m->escape);
    }
    if (!cf__text_of(m, args[0], &s))
        return false;
    if (!m->escape)
        args[0] = cf__string(s, false);
    else if ((args[1].safe || args[2].safe) && !(args[0].type == CF_TYPE_STRING && args[0].safe)) {
        if (!cf__html_of(m, args[0], &s))
            return false;
        args[0] = cf__string(s, true);
    }
    return by_method(&inner, "replace", out);
}

static bool do_indent(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "width", "first", "blank", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 v = call->args[0], width = cf_arg(call, 1, "width");
    bool                     first = cf__bool_arg(call, 2, "first", false);
    bool                     blank = cf__bool_arg(call, 3, "blank", false);
    cf_buf                   text = cf_buf_in(call->eval->arena, m->env->options.max_output);
    cf_str                   by = CF_STR("    "), *lines;
    int64_t                  spaces = 4;
    size_t                   count;

    if (!cf__filter_args(call, "indent", 0, 3, names))
        return false;
    if (v.type != CF_TYPE_STRING)
        return v.type == CF_TYPE_UNDEFINED
                   ? cf__undefined_fail(m, v)
                   : cf_fail(call->eval->err, CF_ETYPE, "indent takes text, not '%s'",
                             cf_type_name(v));
    if (width.type == CF_TYPE_STRING) {
        by = cf_text(width);
    } else {
        if (!cf__int_arg(call, 1, "width", 4, &spaces))
            return false;
        if (spaces > 10000)
            return cf_fail(call->eval->err, CF_ELIMIT, "indentation by %lld is too deep",
                           (long long)spaces);
        by = cf_str_of(cf_printf(call->eval->arena, "%*s", (int)(spaces < 0 ? 0 : spaces), ""));
    }
    v = cf__string(cf_str_of(cf_printf(call->eval->arena, "%.*s\n", CF_STR_ARG(cf_text(v)))),
                   v.safe);
    lines = cf__split_lines(call->eval->arena, cf_text(v), &count);
    for (size_t i = 0; i < count; i++) {
        if (i)
            cf_buf_putc(&text, '\n');
        if (i ? blank || lines[i].len : first)
            cf_buf_str(&text, by);
        cf_buf_str(&text, lines[i]);
    }
    *out = cf__string(cf_buf_view(&text), v.safe);
    return cf_buf_ok(&text, call->eval->err);
}

/* The first `count` characters. */
static cf_str chars(cf_str s, int64_t count)
{
    size_t   at = 0;
    uint64_t eight;

    for (; count >= 8 && s.len - at >= 8; at += 8, count -= 8) {
        memcpy(&eight, s.ptr + at, 8);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < s.len && (count > 0 || (s.ptr[at] & 0xC0) == 0x80))
        count -= (s.ptr[at++] & 0xC0) != 0x80;
    return cf_str_n(s.ptr, at);
}

static bool do_truncate(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "length", "killwords", "end", "leeway", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 v = call->args[0], end = cf_arg(call, 3, "end"),
             leeway_arg = cf_arg(call, 4, "leeway");
    cf_buf  text = cf_buf_in(call->eval->arena, (size_t)v.len + 1);
    int64_t length, leeway = m->env->options.truncate_leeway, size, have, most;
    cf_str  kept;
    size_t  space;

    if (!cf__filter_args(call, "truncate", 0, 4, names) ||
        !cf__bound_arg(call, 1, "length", 255, &length) ||
        (leeway_arg.type != CF_TYPE_NONE && !cf__bound_arg(call, 4, "leeway", leeway, &leeway)))
        return false;
    if (end.type == CF_TYPE_UNDEFINED)
        end = cf_string("...");
    size = cf_length(call->eval, end);
    if (end.type != CF_TYPE_STRING || length < size)
        return cf_fail(call->eval->err, CF_ERUNTIME, "expected length >= %lld, got %lld",
                       (long long)size, (long long)length);
    if (leeway < 0)
        return cf_fail(call->eval->err, CF_ERUNTIME, "expected leeway >= 0, got %lld",
                       (long long)leeway);
    *out = v;
    if (v.type == CF_TYPE_UNDEFINED)
        return !cf__undefined_strict(m, v) || cf__undefined_fail(m, v);
    if (__builtin_add_overflow(length, leeway, &most))
        most = INT64_MAX;
    if (v.type == CF_TYPE_STRING && !v.bytes
            ? chars(cf_text(v), most).len == v.len
            : (have = cf_length(call->eval, v)) >= 0 && have <= most)
        return true;
    if (v.type != CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "truncate takes text, not '%s'", cf_type_name(v));
    kept = chars(cf_text(v), length - size);
    space = cf_str_rchr(kept, ' ');
    if (!cf__bool_arg(call, 2, "killwords", false) && space != CF_NPOS)
        kept.len = space;
    cf_buf_str(&text, kept);
    *out = cf__string(cf_str_n(text.ptr ? text.ptr : "", text.len), v.safe);
    return cf__binary(m, OP_ADD, *out, end, out);
}

/* Where lines are cut; a float is as good as the whole characters that it has room for. */
static bool wrap_width(const cf_call *call, int64_t *out)
{
    cf_value v = cf_arg(call, 1, "width");
    double   width = v.as.number;

    if (v.type != CF_TYPE_FLOAT)
        return cf__bound_arg(call, 1, "width", 79, out);
    *out = width <= 0 ? 0 : width < 1 ? 1 : width < 1e18 ? (int64_t)width : INT64_MAX;
    return true;
}

static bool do_wordwrap(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "width", "break_long_words", "wrapstring",
                                         "break_on_hyphens", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 wrap = cf_arg(call, 3, "wrapstring");
    cf_buf                   text = cf_buf_in(call->eval->arena, m->env->options.max_output);
    cf_str                   newline = cf_text(wrap), s, *lines;
    int64_t                  width;
    size_t                   count;

    if (!cf__filter_args(call, "wordwrap", 0, 4, names) || !wrap_width(call, &width))
        return false;
    if (call->args[0].type != CF_TYPE_STRING)
        return call->args[0].type == CF_TYPE_UNDEFINED
                   ? cf__undefined_fail(m, call->args[0])
                   : cf_fail(call->eval->err, CF_ETYPE, "wordwrap takes text, not '%s'",
                             cf_type_name(call->args[0]));
    s = cf_text(call->args[0]);
    if (width <= 0)
        return cf_fail(call->eval->err, CF_ERUNTIME, "invalid width %lld (must be > 0)",
                       (long long)width);
    if (wrap.type != CF_TYPE_STRING)
        newline = cf_str_of(m->env->options.newline_sequence ? m->env->options.newline_sequence
                                                             : "\n");
    lines = cf__split_lines(call->eval->arena, s, &count);
    for (size_t i = 0; i < count; i++) {
        if (i)
            cf_buf_str(&text, newline);
        if (!cf__wrap(m, lines[i], (size_t)width, cf__bool_arg(call, 2, "break_long_words", true),
                      cf__bool_arg(call, 4, "break_on_hyphens", true), newline, &text))
            return false;
    }
    *out = cf__string(cf_buf_view(&text), false);
    return cf_buf_ok(&text, call->eval->err);
}

static bool do_wordcount(cf_call *call, cf_value *out)
{
    int64_t words = 0;
    bool    inside = false;
    cf_str  s;

    if (!cf__text_of(filter_vm(call), call->args[0], &s))
        return false;
    while (s.len) {
        bool word = cf__is_word(cf_utf8_next(&s));
        words += word && !inside;
        inside = word;
    }
    *out = cf_int(words);
    return true;
}

static bool do_format(cf_call *call, cf_value *out)
{
    vm      *m = filter_vm(call);
    cf_list *args = cf_tuple_new(call->eval->arena);
    cf_map  *named = cf_map_new(call->eval->arena);
    cf_str   s;
    bool     safe;

    if (call->nargs > 1 && call->nkwargs)
        return cf_fail(call->eval->err, CF_ETYPE,
                       "can't handle positional and keyword arguments at the same time");
    if (!cf__soft_text(m, call->args[0], &s, &safe))
        return false;
    for (size_t i = 1; i < call->nargs; i++)
        cf_list_add(args, call->args[i]);
    for (size_t i = 0; i < call->nkwargs; i++)
        cf_map_put(named, cf_string_of(call->kwargs[i].name), call->kwargs[i].value);
    return cf__percent(m, cf__string(s, safe),
                       call->nkwargs ? cf_from_map(named) : cf_from_list(args), out);
}

const operation cf__filters_text[] = {
    { .name = "upper", .call = do_upper, .alone = true },
    { .name = "lower", .call = do_lower, .alone = true },
    { .name = "capitalize", .call = do_capitalize, .alone = true },
    { .name = "title", .call = do_title, .alone = true },
    { .name = "trim", .call = do_trim },
    { .name = "center", .call = do_center },
    { .name = "string", .call = do_string, .alone = true },
    { .name = "replace", .call = do_replace },
    { .name = "indent", .call = do_indent },
    { .name = "truncate", .call = do_truncate },
    { .name = "wordwrap", .call = do_wordwrap },
    { .name = "wordcount", .call = do_wordcount, .alone = true },
    { .name = "format", .call = do_format },
    { 0 },
};
