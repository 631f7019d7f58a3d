/* methods_bytes.c -- bytes from text and back, and what bytes answer to.
 *
 * The methods that bytes share with strings are those of strings: bytes become text of one
 * character each, and what comes out becomes bytes again. A byte without a meaning in ASCII stands
 * there as a character of a private range, which has no case, is no space and ends no line. */
#include "base/bigint.h"
#include "template/filters.h"
#include "template/loop.h"

#define PRIVATE 0xF700

static cf_value make_bytes(cf_str text)
{
    cf_value v = cf_string_of(text);

    v.bytes = true;
    return v;
}

/* ---- encodings ---- */

typedef enum encoding {
    UTF_8 = 0x110000,
    LATIN_1 = 0x100,
    ASCII = 0x80
} encoding; /* First that it lacks. */

/* A name as Python compares them: letters and digits in lower case, with one underscore for
 * whatever else is between. False for one that is longer than any. */
static bool plain_name(cf_str name, char plain[32])
{
    size_t len = 0;
    bool   gap = false;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && c != '.' && !(c >= '0' && c <= '9')) {
            gap = len > 0;
            continue;
        }
        if (len + 2 >= 32)
            return false;
        if (gap)
            plain[len++] = '_';
        gap = false;
        plain[len++] = (char)(letter ? c | 32 : c);
    }
    plain[len] = '\0';
    return true;
}

static bool find_encoding(const cf_call *call, encoding *out)
{
    static const struct {
        const char *name;
        encoding    encoding;
    } known[] = { { "utf_8", UTF_8 },        { "utf8", UTF_8 },      { "u8", UTF_8 },
                  { "utf", UTF_8 },          { "cp65001", UTF_8 },   { "ascii", ASCII },
                  { "us_ascii", ASCII },     { "us", ASCII },        { "646", ASCII },
                  { "iso646_us", ASCII },    { "latin_1", LATIN_1 }, { "latin1", LATIN_1 },
                  { "latin", LATIN_1 },      { "l1", LATIN_1 },      { "iso_8859_1", LATIN_1 },
                  { "iso8859_1", LATIN_1 },  { "iso8859", LATIN_1 }, { "8859", LATIN_1 },
                  { "iso_ir_100", LATIN_1 }, { "cp819", LATIN_1 } };
    cf_value name = cf_arg(call, 0, "encoding");
    char     plain[32];
    bool     valid;

    *out = UTF_8;
    if (cf__absent(name))
        return true;
    if (name.type != CF_TYPE_STRING || name.bytes)
        return cf_fail(call->eval->err, CF_ETYPE, "argument 'encoding' must be str, not %s",
                       cf_type_name(name));
    valid = plain_name(cf_text(name), plain);
    for (size_t i = 0; valid && i < sizeof known / sizeof *known; i++)
        if (strcmp(plain, known[i].name) == 0) {
            *out = known[i].encoding;
            return true;
        }
    return cf_fail(call->eval->err, CF_ERUNTIME, "unknown encoding: %.*s",
                   CF_STR_ARG(cf_str_slice(cf_text(name), 0, name.len < 64 ? name.len : 64)));
}

/* What is put where a character or a byte does not fit. */
static bool put_misfit(const cf_call *call, uint32_t c, bool decoding, size_t at, cf_buf *out)
{
    cf_value how = cf_arg(call, 1, "errors");
    cf_str   errors = cf__absent(how) ? CF_STR("strict") : cf_text(how);

    if (how.type != CF_TYPE_STRING && !cf__absent(how))
        return cf_fail(call->eval->err, CF_ETYPE, "argument 'errors' must be str, not %s",
                       cf_type_name(how));
    if (cf_str_is(errors, "strict"))
        return cf_fail(call->eval->err, CF_ERUNTIME, "can't %s 0x%x in position %zu",
                       decoding ? "decode byte" : "encode character", (unsigned)c, at);
    if (cf_str_is(errors, "ignore"))
        return true;
    if (cf_str_is(errors, "replace"))
        cf_buf_puts(out, decoding ? "\uFFFD" : "?");
    else if (cf_str_is(errors, "xmlcharrefreplace") && !decoding)
        cf_buf_printf(out, "&#%u;", (unsigned)c);
    else if (cf_str_is(errors, "backslashreplace"))
        cf_buf_printf(out,
                      c < 0x100     ? "\\x%02x"
                      : c < 0x10000 ? "\\u%04x"
                                    : "\\U%08x",
                      (unsigned)c);
    else
        return cf_fail(call->eval->err, CF_ERUNTIME, "unknown error handler name '%.*s'",
                       CF_STR_ARG(errors));
    return true;
}

static const char *const coding_names[] = { "encoding", "errors", NULL };

bool cf__m_encode(vm *m, cf_value self, const cf_call *call, cf_value *out);

bool cf__m_encode(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_call  checked = *call;
    cf_str   s = cf_text(self);
    cf_buf   text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    encoding to;

    if (!cf_args_check(&checked, "encode", 0, 2, coding_names) || !find_encoding(call, &to))
        return false;
    for (size_t at = 0; to != UTF_8 && s.len && !text.overflow; at++) {
        uint32_t cp = cf_utf8_next(&s);
        if (cp < to)
            cf_buf_putc(&text, (char)cp);
        else if (!put_misfit(call, cp, false, at, &text))
            return false;
    }
    *out = make_bytes(to == UTF_8 ? s : cf_buf_view(&text));
    return cf_buf_ok(&text, m->eval.err);
}

/* How many bytes that are no character Python replaces by one: those that could begin one. */
static size_t misfit_length(cf_str s)
{
    unsigned char first = (unsigned char)s.ptr[0], second, low = 0x80, high = 0xBF;
    size_t whole = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 && first <= 0xEF ? 3 : 1;

    if (whole == 1 || s.len < 2)
        return 1;
    low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
    high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
    second = (unsigned char)s.ptr[1];
    if (second < low || second > high)
        return 1;
    return whole == 4 && s.len > 2 && (s.ptr[2] & 0xC0) == 0x80 ? 3 : 2;
}

/* Bytes that are no character in an encoding; `at`: where. */
static bool put_bad_bytes(const cf_call *call, cf_str bad, size_t at, cf_buf *out)
{
    bool once = cf_str_is(cf_text(cf_arg(call, 1, "errors")), "replace");

    for (size_t i = 0; i < (once ? 1 : bad.len); i++)
        if (!put_misfit(call, (unsigned char)bad.ptr[i], true, at + i, out))
            return false;
    return true;
}

static bool b_decode(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_call  checked = *call;
    cf_str   all = cf_text(self), s = all;
    cf_buf   text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    encoding from;

    if (!cf_args_check(&checked, "decode", 0, 2, coding_names) || !find_encoding(call, &from))
        return false;
    while (s.len && !text.overflow) {
        cf_str        one = s;
        unsigned char byte = (unsigned char)s.ptr[0];
        char          bytes[4];
        uint32_t      cp = from == UTF_8 ? cf_utf8_next(&s) : byte;
        if (from != UTF_8)
            s = cf_str_slice(s, 1, s.len);
        if (from == ASCII ? cp >= ASCII : cp == 0xFFFD && !cf_str_starts(one, CF_STR("\uFFFD"))) {
            size_t bad = from == UTF_8 ? misfit_length(one) : 1;
            s = cf_str_slice(one, bad, one.len);
            if (!put_bad_bytes(call, cf_str_n(one.ptr, bad), (size_t)(one.ptr - all.ptr), &text))
                return false;
        } else {
            cf_buf_add(&text, bytes, cf_utf8_put(cp, bytes));
        }
    }
    *out = cf_string_of(cf_buf_view(&text));
    return cf_buf_ok(&text, m->eval.err);
}

/* ---- bytes as text, and back ---- */

static bool is_plain(unsigned char c, bool lines)
{
    return c < 0x80 && !(c >= 0x1C && c <= 0x1F) && !(lines && (c == '\v' || c == '\f'));
}

static cf_value to_text(vm *m, cf_value v, bool lines)
{
    cf_buf text = cf_buf_in(m->eval.arena, 3 * (size_t)v.len + 1); /* All of it, if private. */
    char   wide[4];

    for (uint32_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.as.text[i];
        if (is_plain(c, lines))
            cf_buf_putc(&text, (char)c);
        else
            cf_buf_add(&text, wide, cf_utf8_put(PRIVATE + c, wide));
    }
    return cf_string_of(cf_buf_view(&text));
}

static cf_value to_bytes(vm *m, cf_value v)
{
    cf_buf bytes = cf_buf_in(m->eval.arena, (size_t)v.len + 1); /* Which a text never exceeds. */

    for (cf_str s = cf_text(v); s.len;) {
        uint32_t cp = cf_utf8_next(&s);
        cf_buf_putc(&bytes, (char)(unsigned char)(cp >= PRIVATE ? cp - PRIVATE : cp));
    }
    return make_bytes(cf_buf_view(&bytes));
}

/* What a method gave: texts, also those in a list, become bytes. */
static bool result_to_bytes(vm *m, cf_value *v)
{
    if (v->type == CF_TYPE_STRING)
        *v = to_bytes(m, *v);
    for (size_t i = 0; v->type == CF_TYPE_LIST && i < v->as.list->len; i++) {
        if (!cf__step(m))
            return false;
        v->as.list->items[i] = to_bytes(m, v->as.list->items[i]);
    }
    return true;
}

static bool need_bytes(vm *m, cf_value v)
{
    return (v.type == CF_TYPE_STRING && v.bytes) ||
           cf_fail(m->eval.err, CF_ETYPE, "a bytes-like object is required, not '%s'",
                   cf_type_name(v));
}

/* Items of an argument, none of which may hold others. */
static bool take_items(vm *m, cf_value *v)
{
    const cf_list *from = v->as.list;
    cf_list       *list = from->tuple ? cf_tuple_new(m->eval.arena) : cf_list_new(m->eval.arena);

    for (size_t i = 0; i < from->len; i++) {
        if (!cf__step(m) || !need_bytes(m, from->items[i]))
            return false;
        cf_list_add(list, to_text(m, from->items[i], false));
    }
    *v = cf_from_list(list);
    return true;
}

/* A single byte's number as text. */
static bool take_byte(vm *m, cf_value *v)
{
    int64_t byte;
    char    c;

    if (!cf__byte_of(m, *v, &byte))
        return false;
    c = (char)(unsigned char)byte;
    *v = to_text(m, cf_string_copy(m->eval.arena, cf_str_n(&c, 1)), false);
    return true;
}

/* An argument as the string's method takes it; `lone`: it may be a single byte's number. */
static bool take_argument(vm *m, cf_value *v, bool lone)
{
    if (v->type == CF_TYPE_STRING) {
        if (!need_bytes(m, *v))
            return false;
        *v = to_text(m, *v, false);
        return true;
    }
    if (v->type == CF_TYPE_LIST)
        return take_items(m, v);
    return !lone || (!cf__is_integer(*v) && v->type != CF_TYPE_BOOL) || take_byte(m, v);
}

/* Calls the method of strings; `lone`: its first argument may be a single byte's number. */
static bool as_string(vm *m, const char *name, bool lone, cf_value self, const cf_call *call,
                      cf_value *out)
{
    bool      lines = strcmp(name, "splitlines") == 0;
    cf_value  text = to_text(m, self, lines);
    cf_value *args = cf_memdup(m->eval.arena, call->args, call->nargs * sizeof *args);
    cf_kwarg *kwargs = cf_memdup(m->eval.arena, call->kwargs, call->nkwargs * sizeof *kwargs);
    cf_call   inner = *call;

    if (call->nargs && strcmp(name, "join") == 0) {
        cf_list *items = cf__list_of(m, args[0]);
        if (!items)
            return false;
        args[0] = cf_from_list(items);
    }
    for (size_t i = 0; i < call->nargs; i++)
        if (!take_argument(m, &args[i], lone && i == 0))
            return false;
    for (size_t i = 0; i < call->nkwargs; i++)
        if (!take_argument(m, &kwargs[i].value, false))
            return false;
    inner.args = args;
    inner.kwargs = kwargs;
    return cf__find_method(text, cf_str_of(name))->call(m, text, &inner, out) &&
           result_to_bytes(m, out);
}

/* The methods that are those of strings; true: see as_string(). */
#define SHARED(X)                                                                                  \
    X(upper, false)                                                                                \
    X(lower, false)                                                                                \
    X(capitalize, false)                                                                           \
    X(title, false)                                                                                \
    X(swapcase, false)                                                                             \
    X(strip, false)                                                                                \
    X(lstrip, false)                                                                               \
    X(rstrip, false)                                                                               \
    X(removeprefix, false)                                                                         \
    X(removesuffix, false)                                                                         \
    X(center, false)                                                                               \
    X(ljust, false)                                                                                \
    X(rjust, false)                                                                                \
    X(zfill, false)                                                                                \
    X(expandtabs, false)                                                                           \
    X(replace, false)                                                                              \
    X(join, false)                                                                                 \
    X(split, false)                                                                                \
    X(rsplit, false)                                                                               \
    X(splitlines, false)                                                                           \
    X(partition, false)                                                                            \
    X(rpartition, false)                                                                           \
    X(startswith, false)                                                                           \
    X(endswith, false)                                                                             \
    X(find, true)                                                                                  \
    X(rfind, true)                                                                                 \
    X(index, true)                                                                                 \
    X(rindex, true)                                                                                \
    X(count, true)                                                                                 \
    X(isdigit, false)                                                                              \
    X(isalpha, false)                                                                              \
    X(isalnum, false)                                                                              \
    X(isspace, false)                                                                              \
    X(isupper, false)                                                                              \
    X(islower, false)                                                                              \
    X(istitle, false)

#define DEFINE(name, lone)                                                                         \
    static bool b_##name(vm *m, cf_value self, const cf_call *call, cf_value *out)                 \
    {                                                                                              \
        return as_string(m, #name, lone, self, call, out);                                         \
    }
SHARED(DEFINE)
#undef DEFINE

/* ---- what only bytes have ---- */

static bool b_isascii(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_call checked = *call;
    bool    ascii = true;

    (void)m;
    for (uint32_t i = 0; i < self.len; i++)
        ascii &= (unsigned char)self.as.text[i] < 0x80;
    *out = cf_bool(ascii);
    return cf_args_check(&checked, "isascii", 0, 0, NULL);
}

/* Hexadecimal digits, with a separator between groups of bytes, which count from the right or, when
 * negative, from the left. */
static bool b_hex(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    static const char *const names[] = { "sep", "bytes_per_sep", NULL };
    cf_call                  checked = *call;
    cf_value                 separator = cf_arg(call, 0, "sep");
    cf_buf                   text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    int64_t                  group;

    if (!cf_args_check(&checked, "hex", 0, 2, names) ||
        !cf__index_arg(call, 1, "bytes_per_sep", 1, &group))
        return false;
    if (!cf__absent(separator) && (separator.type != CF_TYPE_STRING || separator.len != 1))
        return cf_fail(m->eval.err, separator.type == CF_TYPE_STRING ? CF_ERUNTIME : CF_ETYPE,
                       "sep must be length 1.");
    for (int64_t i = 0; i < self.len && !text.overflow; i++) {
        unsigned char c = (unsigned char)self.as.text[i];
        bool          cut = i && (group > 0   ? (self.len - i) % group == 0
                                  : group < 0 ? group == INT64_MIN ? false : i % -group == 0
                                              : false);
        if (cut)
            cf_buf_str(&text, cf_text(separator));
        cf_buf_putc(&text, "0123456789abcdef"[c >> 4]);
        cf_buf_putc(&text, "0123456789abcdef"[c & 15]);
    }
    *out = cf_string_of(cf_buf_view(&text));
    return cf_buf_ok(&text, m->eval.err);
}

const method cf__bytes_methods[] = {
    { "decode", b_decode, false },
    { "hex", b_hex, false },
    { "isascii", b_isascii, false },
#define ENTRY(name, lone) { #name, b_##name, false },
    SHARED(ENTRY)
#undef ENTRY
        { 0 },
};
