/* filters_number.c -- filters on numbers. */
#include "template/filters.h"

#include <math.h>

#include <carafe/decimal.h>

#include "template/lexer.h"

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static int prefix_base(cf_str s)
{
    char c = s.len > 1 && s.ptr[0] == '0' ? (char)(s.ptr[1] | 32) : '\0';

    return c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
}

bool cf__parse_int(cf_str s, int base, int64_t *out)
{
    bool     negative, digit = false;
    uint64_t n = 0;

    s = cf__strip(s);
    negative = s.len && s.ptr[0] == '-';
    if (s.len && (negative || s.ptr[0] == '+'))
        s = cf_str_slice(s, 1, s.len);
    if (prefix_base(s) && (base == 0 || base == prefix_base(s))) {
        base = prefix_base(s);
        s = cf_str_slice(s, 2, s.len);
        if (s.len && s.ptr[0] == '_')
            s = cf_str_slice(s, 1, s.len);
    } else if (base == 0) {
        base = 10;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_' && digit && i + 1 < s.len) {
            digit = false;
            continue;
        }
        if (digit_of(s.ptr[i]) >= base || __builtin_mul_overflow(n, (uint64_t)base, &n) ||
            __builtin_add_overflow(n, (uint64_t)digit_of(s.ptr[i]), &n))
            return false;
        digit = true;
    }
    if (!digit || n > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

/* The words that float() reads beside numbers. */
static bool parse_special(cf_str s, double *out)
{
    bool negative = s.len && s.ptr[0] == '-';

    if (s.len && (negative || s.ptr[0] == '+'))
        s = cf_str_slice(s, 1, s.len);
    if (cf_str_iis(s, "nan"))
        *out = NAN;
    else if (cf_str_iis(s, "inf") || cf_str_iis(s, "infinity"))
        *out = negative ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

bool cf__parse_float(cf_str s, double *out)
{
    char   text[512];
    size_t len = 0;

    s = cf__strip(s);
    if (parse_special(s, out))
        return true;
    if (s.len >= sizeof text)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        bool between = i && i + 1 < s.len && digit_of(s.ptr[i - 1]) < 10 &&
                       digit_of(s.ptr[i + 1]) < 10;
        if (s.ptr[i] != '_')
            text[len++] = s.ptr[i];
        else if (!between)
            return false;
    }
    if (cf_str_to_double(cf_str_n(text, len), out))
        return true;
    /* Well-formed, but too large for a double: infinity, as Python reads it. */
    for (size_t i = 0; i < len; i++)
        if ((text[i] | 32) == 'e' && i && i + 1 < len && text[i + 1] != '-' &&
            cf_str_to_double(cf_str_n(text, i), out)) {
            int64_t ignored;
            if (!cf__parse_int(cf_str_n(text + i + 1, len - i - 1), 10, &ignored))
                return false;
            *out = copysign(*out == 0 ? 0.0 : INFINITY, *out);
            return true;
        }
    return false;
}

static bool float_to_int(double number, int64_t *out)
{
    if (!(fabs(number) < 9223372036854775808.0))
        return false;
    *out = (int64_t)number;
    return true;
}

/* Exactly, and toward zero. */
static int64_t decimal_to_int(cf_decimal d)
{
    for (; d.scale > 0; d.scale--)
        d.coefficient /= 10;
    return d.coefficient;
}

static bool do_int(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "default", "base", NULL };
    cf_value                 v = call->args[0], fallback = cf_arg(call, 1, "default");
    cf_decimal               decimal;
    int64_t                  base, n = 0;
    double                   number;
    bool                     ok = false;

    if (!cf__filter_args(call, "int", 0, 2, names) || !cf__int_arg(call, 2, "base", 10, &base))
        return false;
    if (v.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(filter_vm(call), v);
    if (v.type == CF_TYPE_INT || v.type == CF_TYPE_BOOL) {
        n = v.type == CF_TYPE_INT ? v.as.integer : v.as.boolean;
        ok = true;
    } else if (v.type == CF_TYPE_FLOAT) {
        ok = float_to_int(v.as.number, &n);
    } else if (v.type == CF_TYPE_STRING) {
        ok = cf__parse_int(cf_text(v), base < 0 || base > 36 ? 10 : (int)base, &n) ||
             (cf__parse_float(cf_text(v), &number) && float_to_int(number, &n));
    } else if (cf_value_decimal(v, &decimal)) {
        n = decimal_to_int(decimal);
        ok = true;
    } else if (cf__object_number(v, &number)) {
        ok = float_to_int(number, &n);
    }
    *out = ok ? cf_int(n) : fallback.type == CF_TYPE_UNDEFINED ? cf_int(0) : fallback;
    return true;
}

/* Python gives the same number of the same type for these. */
static bool object_round(cf_call *call, cf_value v, int64_t digits, cf_value *out, bool *found)
{
    *found = false;
    if (v.type != CF_TYPE_OBJECT || !v.as.object->class->arith)
        return true;
    return v.as.object->class->arith(call->eval, 'r', v, cf_int(digits), out, found);
}

static bool do_float(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "default", NULL };
    cf_value                 v = call->args[0], fallback = cf_arg(call, 1, "default");
    double                   number = 0;
    bool                     ok = true;

    if (!cf__filter_args(call, "float", 0, 1, names))
        return false;
    if (v.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(filter_vm(call), v);
    if (v.type == CF_TYPE_FLOAT)
        number = v.as.number;
    else if (v.type == CF_TYPE_INT || v.type == CF_TYPE_BOOL)
        number = v.type == CF_TYPE_INT ? (double)v.as.integer : v.as.boolean;
    else
        ok = cf__object_number(v, &number) ||
             (v.type == CF_TYPE_STRING && cf__parse_float(cf_text(v), &number));
    *out = ok ? cf_float(number) : fallback.type == CF_TYPE_UNDEFINED ? cf_float(0.0) : fallback;
    return true;
}

static bool do_abs(cf_call *call, cf_value *out)
{
    cf_value v = call->args[0];
    vm      *m = filter_vm(call);
    double   number;

    if (v.type == CF_TYPE_FLOAT) {
        *out = cf_float(fabs(v.as.number));
        return true;
    }
    if (v.type == CF_TYPE_INT && v.as.integer < 0)
        return cf__unary(m, OP_NEG, v, out);
    if (v.type == CF_TYPE_INT || v.type == CF_TYPE_BOOL)
        return cf__unary(m, OP_POS, v, out);
    if (v.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, v);
    if (cf__object_number(v, &number) && v.as.object->class->arith)
        return cf__unary(m, number < 0 ? OP_NEG : OP_POS, v, out);
    return cf_fail(call->eval->err, CF_ETYPE, "bad operand type for abs(): '%s'", cf_type_name(v));
}

/* ---- round ---- */

bool cf__round(double number, int64_t digits, double *out)
{
    char text[400];

    if (!isfinite(number) || digits > 323) {
        *out = number;
        return true;
    }
    if (digits < -308) {
        *out = copysign(0.0, number);
        return true;
    }
    if (digits >= 0) {
        /* printf rounds the exact binary value, half to even, as Python does. */
        cf_buf buf = { .ptr = text, .cap = sizeof text, .limit = sizeof text };
        cf__float_format(&buf, number, 'f', (int)digits, false);
        if (buf.overflow || !cf_str_to_double(cf_buf_view(&buf), out))
            *out = number;
        return true;
    }
    double power = pow(10.0, (double)-digits), y = number / power, z = round(y);
    if (fabs(y - z) == 0.5)
        z = 2.0 * round(y / 2.0);
    *out = z * power;
    return isfinite(*out);
}

/* An integer to tens, hundreds and so on, half to even. */
static cf_value round_int(int64_t n, int64_t digits)
{
    int64_t power = 1, rest, down;

    if (digits >= 0)
        return cf_int(n);
    for (; digits < 0; digits++)
        if (__builtin_mul_overflow(power, (int64_t)10, &power))
            return cf_int(0);
    rest = n % power;
    if (rest < 0)
        rest += power;
    down = n - rest;
    if (rest > power / 2 || (rest == power / 2 && power > 1 && (down / power) % 2 != 0))
        down += power;
    return cf_int(down);
}

static bool do_round(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "precision", "method", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 v = call->args[0], method = cf_arg(call, 2, "method");
    int64_t                  digits;
    double                   number, power, result;
    bool                     found;
    bool up = cf_str_is(cf_text(method), "ceil"), down = cf_str_is(cf_text(method), "floor");

    if (!cf__filter_args(call, "round", 0, 2, names) ||
        !cf__int_arg(call, 1, "precision", 0, &digits))
        return false;
    if (v.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, v);
    if (v.type == CF_TYPE_BOOL)
        v = cf_int(v.as.boolean);
    if (method.type != CF_TYPE_UNDEFINED && !up && !down && !cf_str_is(cf_text(method), "common"))
        return cf_fail(call->eval->err, CF_ERUNTIME, "method must be common, ceil or floor");
    if (!up && !down) {
        if (!object_round(call, v, digits, out, &found))
            return false;
        if (found)
            return true;
    }
    if (cf__object_number(v, &number))
        v = cf_float(number);
    if (v.type != CF_TYPE_INT && v.type != CF_TYPE_FLOAT)
        return cf_fail(call->eval->err, CF_ETYPE, "type %s doesn't define __round__ method",
                       cf_type_name(v));
    if (!up && !down && v.type == CF_TYPE_INT) {
        *out = round_int(v.as.integer, digits);
        return true;
    }
    number = v.type == CF_TYPE_INT ? (double)v.as.integer : v.as.number;
    if (!up && !down) {
        if (!cf__round(number, digits, &result))
            return cf_fail(call->eval->err, CF_ERUNTIME, "rounded value too large to represent");
        *out = cf_float(result);
        return true;
    }
    power = pow(10.0, (double)digits);
    result = up ? ceil(number * power) : floor(number * power);
    if (!isfinite(result))
        return cf_fail(call->eval->err, CF_ERUNTIME, "cannot convert float to integer");
    *out = cf_float(result / power + 0.0);
    return true;
}

static bool do_filesizeformat(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "binary", NULL };
    static const char *const units[2][8] = {
        { "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB" },
        { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB" },
    };
    bool     binary = cf__bool_arg(call, 1, "binary", false);
    double   base = binary ? 1024 : 1000, bytes, unit = base;
    cf_buf   text = cf_buf_in(call->eval->arena, 0);
    cf_value number;
    size_t   i = 0;

    if (!cf__filter_args(call, "filesizeformat", 0, 1, names))
        return false;
    number = call->args[0];
    if (number.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(filter_vm(call), number);
    if (number.type == CF_TYPE_STRING ? !cf__parse_float(cf_text(number), &bytes)
                                      : number.type > CF_TYPE_FLOAT || number.type < CF_TYPE_BOOL)
        return cf_fail(call->eval->err, CF_ERUNTIME, "could not convert '%s' to float",
                       cf_type_name(number));
    if (number.type != CF_TYPE_STRING)
        bytes = number.type == CF_TYPE_FLOAT ? number.as.number
                : number.type == CF_TYPE_INT ? (double)number.as.integer
                                             : number.as.boolean;
    if (bytes == 1) {
        *out = cf_string("1 Byte");
        return true;
    }
    if (bytes < base) {
        *out = cf_string_printf(call->eval->arena, "%lld Bytes", (long long)bytes);
        return true;
    }
    for (unit *= base; i < 7 && bytes >= unit; i++)
        unit *= base;
    cf__float_format(&text, base * bytes / unit, 'f', 1, false);
    cf_buf_printf(&text, " %s", units[binary][i]);
    *out = cf_string_of(cf_buf_view(&text));
    return true;
}

const operation cf__filters_number[] = {
    { .name = "int", .call = do_int },
    { .name = "float", .call = do_float },
    { .name = "abs", .call = do_abs },
    { .name = "round", .call = do_round },
    { .name = "filesizeformat", .call = do_filesizeformat },
    { 0 },
};
