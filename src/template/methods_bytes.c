/* methods_bytes.c -- bytes from text and back, and what bytes answer to.
 *
 * The methods that bytes share with strings are those of strings: bytes become text of one
 * character each, and what comes out becomes bytes again. A byte without a meaning in ASCII stands
 * there as a character of a private range, which has no case, is no space and ends no line. */
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

static bool find_encoding(const cf_call *call, encoding *out)
{
    static const struct {
        const char *name;
        encoding    encoding;
    } known[] = { { "utf-8", UTF_8 },        { "utf8", UTF_8 },       { "ascii", ASCII },
                  { "us-ascii", ASCII },     { "latin-1", LATIN_1 },  { "latin1", LATIN_1 },
                  { "iso-8859-1", LATIN_1 }, { "iso8859-1", LATIN_1 } };
    cf_value name = cf_arg(call, 0, "encoding");
    cf_buf   plain = cf_buf_in(call->eval->arena, 0);

    *out = UTF_8;
    if (cf__absent(name))
        return true;
    if (name.type != CF_TYPE_STRING || name.bytes)
        return cf_fail(call->eval->err, CF_ETYPE, "argument 'encoding' must be str, not %s",
                       cf_type_name(name));
    for (uint32_t i = 0; i < name.len; i++)
        cf_buf_putc(&plain, name.as.text[i] == '_' ? '-' : name.as.text[i]);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (cf_str_is(cf_str_lower(call->eval->arena, cf_buf_view(&plain)), known[i].name)) {
            *out = known[i].encoding;
            return true;
        }
    return cf_fail(call->eval->err, CF_ERUNTIME, "unknown encoding: %.*s",
                   CF_STR_ARG(cf_text(name)));
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
    for (size_t at = 0; to != UTF_8 && s.len; at++) {
        uint32_t cp = cf_utf8_next(&s);
        if (cp < to)
            cf_buf_putc(&text, (char)cp);
        else if (!put_misfit(call, cp, false, at, &text))
            return false;
    }
    *out = make_bytes(to == UTF_8 ? s : cf_buf_view(&text));
    return cf_buf_ok(&text, m->eval.err);
}

static bool b_decode(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_call  checked = *call;
    cf_str   all = cf_text(self), s = all;
    cf_buf   text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    encoding from;

    if (!cf_args_check(&checked, "decode", 0, 2, coding_names) || !find_encoding(call, &from))
        return false;
    while (s.len) {
        cf_str        one = s;
        unsigned char byte = (unsigned char)s.ptr[0];
        char          bytes[4];
        uint32_t      cp = from == UTF_8 ? cf_utf8_next(&s) : byte;
        if (from != UTF_8)
            s = cf_str_slice(s, 1, s.len);
        if (from == ASCII ? cp >= ASCII : cp == 0xFFFD && !cf_str_starts(one, CF_STR("\uFFFD"))) {
            if (!put_misfit(call, byte, true, (size_t)(one.ptr - all.ptr), &text))
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
    cf_buf text = cf_buf_in(m->eval.arena, 0);
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
    cf_buf bytes = cf_buf_in(m->eval.arena, 0);

    if (v.type == CF_TYPE_LIST) {
        for (size_t i = 0; i < v.as.list->len; i++)
            v.as.list->items[i] = to_bytes(m, v.as.list->items[i]);
        return v;
    }
    if (v.type != CF_TYPE_STRING)
        return v;
    for (cf_str s = cf_text(v); s.len;) {
        uint32_t cp = cf_utf8_next(&s);
        cf_buf_putc(&bytes, (char)(unsigned char)(cp >= PRIVATE ? cp - PRIVATE : cp));
    }
    return make_bytes(cf_buf_view(&bytes));
}

/* An argument as the string's method takes it: bytes as text, and what holds some as well. */
static bool take_argument(vm *m, cf_value *v, bool lone)
{
    char wide[4];

    if (v->type == CF_TYPE_STRING && !v->bytes)
        return cf_fail(m->eval.err, CF_ETYPE, "a bytes-like object is required, not '%s'",
                       cf_type_name(*v));
    if (v->type == CF_TYPE_STRING) {
        *v = to_text(m, *v, false);
    } else if (v->type == CF_TYPE_LIST) {
        cf_list *list = v->as.list->tuple ? cf_tuple_new(m->eval.arena)
                                          : cf_list_new(m->eval.arena);
        for (size_t i = 0; i < v->as.list->len; i++) {
            cf_value item = v->as.list->items[i];
            if (!take_argument(m, &item, false))
                return false;
            cf_list_add(list, item);
        }
        *v = cf_from_list(list);
    } else if (lone && v->type == CF_TYPE_INT) {
        if (v->as.integer < 0 || v->as.integer > 255)
            return cf_fail(m->eval.err, CF_ERUNTIME, "byte must be in range(0, 256)");
        *v = is_plain((unsigned char)v->as.integer, false)
                 ? cf_string_copy(m->eval.arena, cf_str_n(&(char){ (char)v->as.integer }, 1))
                 : cf_string_copy(
                       m->eval.arena,
                       cf_str_n(wide, cf_utf8_put(PRIVATE + (uint32_t)v->as.integer, wide)));
    }
    return true;
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
    if (!cf__find_method(text, cf_str_of(name))->call(m, text, &inner, out))
        return false;
    *out = to_bytes(m, *out);
    return true;
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
    for (int64_t i = 0; i < self.len; i++) {
        bool cut = i && (group > 0   ? (self.len - i) % group == 0
                         : group < 0 ? group == INT64_MIN ? false : i % -group == 0
                                     : false);
        if (cut)
            cf_buf_str(&text, cf_text(separator));
        cf_buf_printf(&text, "%02x", (unsigned char)self.as.text[i]);
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
