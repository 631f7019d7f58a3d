/* format_spec.c -- one value by a specification of str.format(), such as ">+10,.2f". */
#include <carafe/record.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bigint.h"
#include "template/format.h"
#include "template/integer.h"

void cf__float_format(cf_buf *out, double number, char kind, int precision, bool alternate)
{
    char   format[8] = "%.*", small[64];
    char  *text = small;
    int    size;
    size_t at = 3;

    if (!isfinite(number)) {
        bool upper = kind >= 'A' && kind <= 'Z';
        cf_buf_puts(out, isnan(number) ? (upper ? "NAN" : "nan")
                         : number < 0  ? (upper ? "-INF" : "-inf")
                                       : (upper ? "INF" : "inf"));
        return;
    }
    if (alternate) {
        memcpy(format, "%#.*", 5);
        at = 4;
    }
    format[at] = kind;
    format[at + 1] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size = snprintf(small, sizeof small, format, precision, number);
    if (size >= (int)sizeof small) {
        text = cf_xmalloc((size_t)size + 1);
        snprintf(text, (size_t)size + 1, format, precision, number);
    }
#pragma GCC diagnostic pop
    cf_buf_add(out, text, (size_t)size);
    if (text != small)
        free(text);
}

typedef struct spec {
    cf_str  fill;
    char    align; /* '\0': the type's own. */
    char    sign;
    bool    alternate;
    int64_t width, precision; /* -1: not given. */
    char    group;            /* ',' or '_' or '\0' */
    char    type;
} spec;

static bool is_align(char c)
{
    return c == '<' || c == '>' || c == '=' || c == '^';
}

static bool read_number(cf_str *s, int64_t *out)
{
    if (!s->len || s->ptr[0] < '0' || s->ptr[0] > '9')
        return false;
    for (*out = 0; s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9'; *s = cf_str_slice(*s, 1, s->len))
        if (*out < 100000000)
            *out = *out * 10 + (s->ptr[0] - '0');
    return true;
}

/* Takes one character when it is among those given. */
static char take(cf_str *s, const char *set)
{
    char c = s->len ? s->ptr[0] : '\0';

    if (!c || !strchr(set, c))
        return '\0';
    *s = cf_str_slice(*s, 1, s->len);
    return c;
}

/* `natural`: how such a value is aligned by itself. */
static bool parse_spec(vm *m, cf_str s, char natural, spec *out)
{
    cf_str whole = s, rest = s;
    bool   filled = false;

    *out = (spec){ .fill = CF_STR(" "), .width = -1, .precision = -1 };
    if (s.len)
        cf_utf8_next(&rest);
    if (s.len && rest.len && is_align(rest.ptr[0])) {
        filled = true;
        out->fill = cf_str_n(s.ptr, s.len - rest.len);
        out->align = rest.ptr[0];
        s = cf_str_slice(rest, 1, rest.len);
    } else {
        out->align = take(&s, "<>=^");
    }
    out->sign = take(&s, "+- ");
    take(&s, "z");
    out->alternate = take(&s, "#") != '\0';
    if (!filled && take(&s, "0")) {
        out->fill = CF_STR("0");
        if (!out->align && natural == '>')
            out->align = '=';
    }
    read_number(&s, &out->width);
    out->group = take(&s, ",_");
    if (take(&s, ".") && !read_number(&s, &out->precision))
        return cf_fail(m->eval.err, CF_ERUNTIME, "Format specifier missing precision");
    out->type = s.len ? s.ptr[0] : '\0';
    if (s.len > 1)
        return cf_fail(m->eval.err, CF_ERUNTIME, "Invalid format specifier '%.*s'",
                       CF_STR_ARG(whole));
    if (out->width > (int64_t)m->env->options.max_output || out->precision > 1000000)
        return cf_fail(m->eval.err, CF_ELIMIT, "width or precision is too large");
    return true;
}

static void put_fill(cf_buf *out, cf_str fill, int64_t count)
{
    for (; count > 0 && !out->overflow; count--)
        cf_buf_str(out, fill);
}

/* Sign (with a base's prefix) and body, aligned. */
static void put_aligned(cf_buf *out, const spec *s, char align, cf_str sign, cf_str body)
{
    int64_t pad = s->width - (int64_t)(cf_utf8_count(sign) + cf_utf8_count(body));
    int64_t left = align == '>' ? pad : align == '^' ? pad / 2 : 0;

    put_fill(out, s->fill, left);
    cf_buf_str(out, sign);
    if (align == '=')
        put_fill(out, s->fill, pad);
    cf_buf_str(out, body);
    if (align == '<' || align == '^')
        put_fill(out, s->fill, pad - (left > 0 ? left : 0));
}

static bool unknown_code(vm *m, const spec *s, cf_value v)
{
    return cf_fail(m->eval.err, CF_ERUNTIME, "Unknown format code '%c' for object of type '%s'",
                   s->type, cf_type_name(v));
}

static bool no_group(vm *m, const spec *s, char type)
{
    return cf_fail(m->eval.err, CF_ERUNTIME, "Cannot specify '%c' with '%c'.", s->group, type);
}

static bool put_text(vm *m, const spec *s, cf_value v, cf_str text, cf_buf *out)
{
    cf_str rest = text;

    if (s->alternate)
        return cf_fail(m->eval.err, CF_ERUNTIME,
                       "Alternate form (#) not allowed in string format specifier");
    if (s->type && s->type != 's')
        return unknown_code(m, s, v);
    if (s->group)
        return no_group(m, s, 's');
    if (s->align == '=')
        return cf_fail(m->eval.err, CF_ERUNTIME,
                       "'=' alignment not allowed in string format specifier");
    if (s->sign)
        return cf_fail(m->eval.err, CF_ERUNTIME, "Sign not allowed in string format specifier");
    for (int64_t n = s->precision; n > 0 && rest.len; n--)
        cf_utf8_next(&rest);
    if (s->precision >= 0)
        text.len -= rest.len;
    put_aligned(out, s, s->align ? s->align : '<', (cf_str){ 0 }, text);
    return true;
}

/* Digits with a separator every three (or, for other bases, four). */
static void group_digits(cf_buf *out, cf_str digits, char group, size_t every)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (i && (digits.len - i) % every == 0)
            cf_buf_putc(out, group);
        cf_buf_putc(out, digits.ptr[i]);
    }
}

/* A number's whole digits and what follows them, with sign, grouping and alignment. */
static void put_number(vm *m, const spec *s, cf_str sign, cf_str digits, cf_str tail, size_t every,
                       cf_buf *out)
{
    cf_buf  zeros = cf_buf_in(m->eval.arena, 0), body = zeros;
    int64_t want = s->width - (int64_t)(sign.len + tail.len);

    if (s->group && s->align == '=' && cf_str_is(s->fill, "0")) {
        /* The separators run through the zeros too. */
        for (size_t n = digits.len; (int64_t)(n + (n - 1) / every) < want; n++)
            cf_buf_putc(&zeros, '0');
        cf_buf_str(&zeros, digits);
        digits = cf_buf_view(&zeros);
    }
    if (s->group)
        group_digits(&body, digits, s->group, every);
    else
        cf_buf_str(&body, digits);
    cf_buf_str(&body, tail);
    put_aligned(out, s, s->align ? s->align : '>', sign, cf_buf_view(&body));
}

static const char *sign_text(const spec *s, bool negative)
{
    return negative ? "-" : s->sign == '+' ? "+" : s->sign == ' ' ? " " : "";
}

static bool put_char(vm *m, const spec *s, cf_value v, cf_buf *out)
{
    int64_t n = v.type == CF_TYPE_BOOL ? v.as.boolean : v.type == CF_TYPE_INT ? v.as.integer : -1;
    char    bytes[4];

    if (s->alternate || s->sign)
        return cf_fail(m->eval.err, CF_ERUNTIME, "%s not allowed with integer format specifier 'c'",
                       s->alternate ? "Alternate form (#)" : "Sign");
    if (n < 0 || n > 0x10FFFF)
        return cf_fail(m->eval.err, CF_ERUNTIME, "%%c arg not in range(0x110000)");
    put_aligned(out, s, s->align ? s->align : '<', (cf_str){ 0 },
                cf_str_n(bytes, cf_utf8_put((uint32_t)n, bytes)));
    return true;
}

static bool put_int(vm *m, const spec *s, cf_value v, cf_buf *out)
{
    unsigned    base = s->type == 'b' ? 2 : s->type == 'o' ? 8 : (s->type | 32) == 'x' ? 16 : 10;
    const char *prefix = "";
    cf_str      digits;
    bool        negative;

    if (s->precision >= 0)
        return cf_fail(m->eval.err, CF_ERUNTIME,
                       "Precision not allowed in integer format specifier");
    if (s->type && !strchr("bcdoxXn", s->type))
        return unknown_code(m, s, v);
    if ((s->group == ',' && base != 10) || (s->group && (s->type == 'c' || s->type == 'n')))
        return no_group(m, s, s->type);
    if (s->type == 'c')
        return put_char(m, s, v, out);
    if (!cf__integer_digits(m, v, base, s->type == 'X', &digits, &negative))
        return false;
    if (s->alternate && base != 10)
        prefix = base == 2 ? "0b" : base == 8 ? "0o" : s->type == 'X' ? "0X" : "0x";
    put_number(m, s, cf_str_of(cf_printf(m->eval.arena, "%s%s", sign_text(s, negative), prefix)),
               digits, (cf_str){ 0 }, base == 10 ? 3 : 4, out);
    return true;
}

/* The text of a float without its sign, as the type asks. */
static void float_text(const spec *s, double n, cf_buf *out)
{
    char shortest[32];
    int  precision = s->precision < 0 ? 6 : (int)s->precision;

    if (s->type == '%') {
        cf__float_format(out, n * 100, 'f', precision, s->alternate);
        cf_buf_putc(out, '%');
    } else if (s->type == 'n') {
        cf__float_format(out, n, 'g', precision, s->alternate);
    } else if (s->type) {
        cf__float_format(out, n, s->type, precision, s->alternate);
    } else if (s->precision < 0) {
        cf_buf_add(out, shortest, cf_float_text(n, shortest));
    } else {
        /* Like 'g', but a whole number shows a digit behind its point. */
        cf__float_format(out, n, 'g', precision ? precision : 1, s->alternate);
        if (isfinite(n) && cf_str_chr(cf_buf_view(out), '.') == CF_NPOS &&
            cf_str_chr(cf_buf_view(out), 'e') == CF_NPOS)
            cf_buf_puts(out, ".0");
    }
}

static bool put_float(vm *m, const spec *s, cf_value v, cf_buf *out)
{
    cf_buf text = cf_buf_in(m->eval.arena, 0);
    spec   plain = *s;
    size_t whole = 0;
    cf_str all;
    double n;
    bool   found;

    if (s->type && !strchr("eEfFgGn%", s->type))
        return unknown_code(m, s, v);
    if (s->group && s->type == 'n')
        return no_group(m, s, s->type);
    if (!cf__number(m, v, &n, &found))
        return false;
    float_text(s, fabs(n), &text);
    all = cf_buf_view(&text);
    while (whole < all.len && all.ptr[whole] >= '0' && all.ptr[whole] <= '9')
        whole++;
    if (!whole)
        plain.group = '\0';
    put_number(m, &plain, cf_str_of(sign_text(s, signbit(n) && !isnan(n))),
               cf_str_slice(all, 0, whole), cf_str_slice(all, whole, all.len), 3, out);
    return true;
}

bool cf__format_value(vm *m, cf_value v, cf_str text, cf_buf *out)
{
    spec    s;
    cf_time time;

    if (!text.len)
        return cf__print(m, v, false, out);
    if (cf_value_time(v, &time)) {
        cf_buf_puts(out, cf_time_format(m->eval.arena, time, cf_str_dup(m->eval.arena, text)));
        return true;
    }
    if (!parse_spec(m, text, v.type == CF_TYPE_STRING ? '<' : '>', &s))
        return false;
    if (cf__is_integer(v))
        return s.type && strchr("eEfFgG%", s.type) ? put_float(m, &s, v, out)
                                                   : put_int(m, &s, v, out);
    if (v.type == CF_TYPE_STRING && !v.bytes)
        return put_text(m, &s, v, cf_text(v), out);
    if (v.type == CF_TYPE_FLOAT)
        return put_float(m, &s, v, out);
    return cf_fail(m->eval.err, CF_ETYPE, "unsupported format string passed to %s.__format__",
                   cf_type_name(v));
}
