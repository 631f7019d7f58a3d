/* format_printf.c -- Python's format % values. */
#include <math.h>
#include <stdio.h>

#include "base/bigint.h"
#include "template/format.h"
#include "template/integer.h"

/* One %… place. */
typedef struct place {
    cf_str  key;
    bool    has_key, minus, plus, blank, zero, alternate;
    int64_t width, precision; /* -1: not given. */
    char    type;
} place;

/* The values, and how many have been used. */
typedef struct values {
    vm            *m;
    const cf_list *tuple;
    cf_value       single;
    bool           used_single;
    size_t         at;
    bool           safe; /* The format is HTML: its values come wrapped, and are no indexes. */
} values;

static bool next_value(values *v, cf_value *out)
{
    if (v->tuple ? v->at >= v->tuple->len : v->used_single)
        return cf_fail(v->m->eval.err, CF_ETYPE, "not enough arguments for format string");
    *out = v->tuple ? v->tuple->items[v->at++] : v->single;
    v->used_single = true;
    return true;
}

static bool bad_end(values *v)
{
    return cf_fail(v->m->eval.err, CF_ERUNTIME, "incomplete format");
}

/* A number or *, of a width or a precision. */
static bool parse_number(values *v, cf_str f, size_t *at, int64_t *out)
{
    cf_value star;

    if (*at < f.len && f.ptr[*at] == '*') {
        ++*at;
        if (!next_value(v, &star))
            return false;
        if (star.type != CF_TYPE_INT || v->safe)
            return cf_fail(v->m->eval.err, CF_ETYPE, "* wants int");
        *out = star.as.integer;
        return true;
    }
    for (*out = 0; *at < f.len && f.ptr[*at] >= '0' && f.ptr[*at] <= '9'; ++*at)
        if (*out < 100000000)
            *out = *out * 10 + (f.ptr[*at] - '0');
    return true;
}

static void parse_flags(cf_str f, size_t *at, place *p)
{
    for (; *at < f.len; ++*at) {
        char c = f.ptr[*at];
        if (c == '-')
            p->minus = true;
        else if (c == '+')
            p->plus = true;
        else if (c == ' ')
            p->blank = true;
        else if (c == '0')
            p->zero = true;
        else if (c == '#')
            p->alternate = true;
        else
            return;
    }
}

static bool parse_place(values *v, cf_str f, size_t *at, place *p)
{
    *p = (place){ .width = -1, .precision = -1 };
    if (*at < f.len && f.ptr[*at] == '(') {
        size_t start = ++*at, depth = 1;
        for (; *at < f.len && depth; ++*at)
            depth += f.ptr[*at] == '(' ? 1 : f.ptr[*at] == ')' ? (size_t)-1 : 0;
        if (depth)
            return cf_fail(v->m->eval.err, CF_ERUNTIME, "incomplete format key");
        p->has_key = true;
        p->key = cf_str_slice(f, start, *at - 1);
    }
    parse_flags(f, at, p);
    if (*at < f.len && (f.ptr[*at] == '*' || (f.ptr[*at] >= '0' && f.ptr[*at] <= '9')) &&
        !parse_number(v, f, at, &p->width))
        return false;
    if (p->width < -1) {
        p->minus = true;
        p->width = -p->width;
    }
    if (*at < f.len && f.ptr[*at] == '.') {
        ++*at;
        if (!parse_number(v, f, at, &p->precision))
            return false;
        if (p->precision < 0)
            p->precision = 0;
    }
    while (*at < f.len && strchr("hlL", f.ptr[*at]) && f.ptr[*at])
        ++*at;
    if (*at >= f.len)
        return bad_end(v);
    p->type = f.ptr[(*at)++];
    if (p->width > (int64_t)v->m->env->options.max_output || p->precision > 1000000)
        return cf_fail(v->m->eval.err, CF_ELIMIT, "width or precision is too large");
    return true;
}

static bool value_of(values *v, const place *p, cf_value *out)
{
    cf_value *found;

    if (!p->has_key)
        return next_value(v, out);
    if (v->single.type == CF_TYPE_UNDEFINED && !v->tuple)
        return cf__undefined_fail(v->m, v->single);
    if (v->tuple || v->single.type != CF_TYPE_MAP)
        return cf_fail(v->m->eval.err, CF_ETYPE, "format requires a mapping");
    v->used_single = true;
    found = cf_map_find(v->single.as.map, cf_string_of(p->key));
    if (!found)
        return cf_fail(v->m->eval.err, CF_ERUNTIME, "KeyError: '%.*s'", CF_STR_ARG(p->key));
    *out = *found;
    return true;
}

/* ---- writing ---- */

/* Text padded to the width; `body` counts characters. */
static void put_padded(cf_buf *out, const place *p, cf_str sign, cf_str body, bool zeros)
{
    int64_t pad = p->width - (int64_t)(sign.len + cf_utf8_count(body));

    if (!p->minus && !zeros)
        for (; pad > 0; pad--)
            cf_buf_putc(out, ' ');
    cf_buf_str(out, sign);
    if (!p->minus && zeros)
        for (; pad > 0; pad--)
            cf_buf_putc(out, '0');
    cf_buf_str(out, body);
    for (; p->minus && pad > 0; pad--)
        cf_buf_putc(out, ' ');
}

bool cf__ascii(vm *m, cf_value v, cf_buf *out)
{
    cf_buf repr = cf_buf_in(m->eval.arena, m->env->options.max_output);
    cf_str rest;

    if (!cf_to_repr(&m->eval, v, &repr))
        return false;
    for (rest = cf_buf_view(&repr); rest.len;) {
        uint32_t cp = cf_utf8_next(&rest);
        if (cp < 0x80)
            cf_buf_putc(out, (char)cp);
        else if (cp < 0x100)
            cf_buf_printf(out, "\\x%02x", cp);
        else
            cf_buf_printf(out, "\\%c%0*x", cp < 0x10000 ? 'u' : 'U', cp < 0x10000 ? 4 : 8, cp);
    }
    return true;
}

static bool put_text(values *v, const place *p, cf_value value, bool safe, cf_buf *out)
{
    vm    *m = v->m;
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    cf_str body, rest;
    bool   ok = p->type == 's'   ? cf__print(m, value, safe, &text)
                : p->type == 'a' ? cf__ascii(m, value, &text)
                                 : cf_to_repr(&m->eval, value, &text);

    if (!ok)
        return false;
    body = cf_buf_view(&text);
    if (p->type != 's' && safe) {
        cf_buf html = cf_buf_in(m->eval.arena, m->env->options.max_output);
        cf_buf_html(&html, body);
        body = cf_buf_view(&html);
    }
    rest = body;
    for (int64_t n = p->precision; p->precision >= 0 && n > 0 && rest.len; n--)
        cf_utf8_next(&rest);
    if (p->precision >= 0)
        body.len -= rest.len;
    put_padded(out, p, (cf_str){ 0 }, body, false);
    return true;
}

static cf_str sign_of(const place *p, bool negative)
{
    return cf_str_of(negative ? "-" : p->plus ? "+" : p->blank ? " " : "");
}

static bool put_int(values *v, const place *p, cf_value value, cf_buf *out)
{
    vm      *m = v->m;
    bool     decimal = strchr("diu", p->type) != NULL, negative;
    unsigned base = p->type == 'o' ? 8 : (p->type | 32) == 'x' ? 16 : 10;
    cf_buf   sign = cf_buf_in(m->eval.arena, 0), body = sign;
    cf_str   digits;

    if (value.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, value);
    if (value.type == CF_TYPE_FLOAT && decimal && !cf__integer_of(m, value.as.number, &value))
        return cf_fail(m->eval.err, CF_ERUNTIME, "cannot convert float to integer");
    if (!cf__is_integer(value))
        return cf_fail(m->eval.err, CF_ETYPE, "%%%c format: %s is required, not %s", p->type,
                       decimal ? "a real number" : "an integer", cf_type_name(value));
    if (!cf__integer_digits(m, value, base, p->type == 'X', &digits, &negative))
        return false;
    cf_buf_str(&sign, sign_of(p, negative));
    if (p->alternate && !decimal) {
        cf_buf_putc(&sign, '0');
        cf_buf_putc(&sign, p->type);
    }
    for (int64_t i = (int64_t)digits.len; i < p->precision; i++)
        cf_buf_putc(&body, '0');
    cf_buf_str(&body, digits);
    put_padded(out, p, cf_buf_view(&sign), cf_buf_view(&body), p->zero && !p->minus);
    return true;
}

static bool put_float(values *v, const place *p, cf_value value, cf_buf *out)
{
    cf_buf text = cf_buf_in(v->m->eval.arena, 0);
    double n;
    bool   found;

    if (value.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(v->m, value);
    if (!cf__number(v->m, value, &n, &found))
        return false;
    if (!found)
        return cf_fail(v->m->eval.err, CF_ETYPE, "must be real number, not %s",
                       cf_type_name(value));
    cf__float_format(&text, fabs(n), p->type, p->precision < 0 ? 6 : (int)p->precision,
                     p->alternate);
    put_padded(out, p, sign_of(p, signbit(n) && !isnan(n)), cf_buf_view(&text),
               p->zero && !p->minus);
    return true;
}

static bool put_char(values *v, const place *p, cf_value value, cf_buf *out)
{
    char   bytes[4];
    cf_str body = cf_text(value);

    if (value.type == CF_TYPE_BOOL)
        value = cf_int(value.as.boolean);
    if (cf__is_integer(value)) {
        if (value.type != CF_TYPE_INT || value.as.integer < 0 || value.as.integer > 0x10FFFF)
            return cf_fail(v->m->eval.err, CF_ERUNTIME, "%%c arg not in range(0x110000)");
        body = cf_str_n(bytes, cf_utf8_put((uint32_t)value.as.integer, bytes));
    } else if (value.type != CF_TYPE_STRING || value.bytes || cf_utf8_count(body) != 1)
        return cf_fail(v->m->eval.err, CF_ETYPE, "%%c requires int or char");
    put_padded(out, p, (cf_str){ 0 }, body, false);
    return true;
}

static bool put_value(values *v, const place *p, bool safe, size_t at, cf_buf *out)
{
    cf_value value;

    if (!strchr("diuoxXeEfFgGcrsa", p->type))
        return cf_fail(v->m->eval.err, CF_ERUNTIME,
                       "unsupported format character '%c' (0x%x) at index %zu", p->type,
                       (unsigned char)p->type, at - 1);
    if (!value_of(v, p, &value))
        return false;
    if (safe && strchr("coxX", p->type))
        return cf_fail(v->m->eval.err, CF_ETYPE,
                       "%%%c format: an integer is required, not _MarkupEscapeHelper", p->type);
    switch (p->type) {
    case 's':
    case 'r':
    case 'a':
        return put_text(v, p, value, safe, out);
    case 'c':
        return put_char(v, p, value, out);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        return put_int(v, p, value, out);
    default:
        return put_float(v, p, value, out);
    }
}

bool cf__percent(vm *m, cf_value format, cf_value args, cf_value *out)
{
    values v = { .m = m, .single = args, .safe = format.safe };
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    cf_str f = cf_text(format);
    size_t at = 0;

    if (args.type == CF_TYPE_LIST && args.as.list->tuple)
        v.tuple = args.as.list;
    while (at < f.len) {
        size_t end = cf_str_chr(cf_str_slice(f, at, f.len), '%');
        place  p;
        if (end == CF_NPOS)
            end = f.len - at;
        cf_buf_add(&text, f.ptr + at, end);
        at += end + 1;
        if (at > f.len)
            break;
        if (at < f.len && f.ptr[at] == '%') {
            cf_buf_putc(&text, '%');
            at++;
            continue;
        }
        if (!parse_place(&v, f, &at, &p) || !put_value(&v, &p, format.safe, at, &text))
            return false;
    }
    if (v.tuple ? v.at < v.tuple->len
                : !v.used_single && args.type != CF_TYPE_MAP && args.type != CF_TYPE_LIST &&
                      (args.type != CF_TYPE_OBJECT || cf__is_bigint(args)) &&
                      args.type != CF_TYPE_UNDEFINED)
        return cf_fail(m->eval.err, CF_ETYPE,
                       "not all arguments converted during string formatting");
    *out = cf__string(cf_buf_view(&text), format.safe);
    return cf_buf_ok(&text, m->eval.err);
}
