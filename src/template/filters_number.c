/* filters_number.c -- filters on numbers. */
#include "template/filters.h"

#include <math.h>

#include <carafe/decimal.h>

#include "base/bigint.h"
#include "template/integer.h"
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

/* The part of a text that int() reads after its sign and prefix; false when it is no integer. */
static bool int_digits(cf_str s, int *base, bool *negative, cf_str *digits)
{
    bool digit = false;

    s = cf__strip(s);
    *negative = s.len && s.ptr[0] == '-';
    if (s.len && (*negative || s.ptr[0] == '+'))
        s = cf_str_slice(s, 1, s.len);
    if (prefix_base(s) && (*base == 0 || *base == prefix_base(s))) {
        *base = prefix_base(s);
        s = cf_str_slice(s, 2, s.len);
        if (s.len && s.ptr[0] == '_')
            s = cf_str_slice(s, 1, s.len);
    } else if (*base == 0) {
        *base = 10;
    }
    *digits = s;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_' && digit && i + 1 < s.len) {
            digit = false;
            continue;
        }
        if (digit_of(s.ptr[i]) >= *base)
            return false;
        digit = true;
    }
    return digit;
}

bool cf__parse_int(vm *m, cf_str text, int base, cf_value *out, bool *ok)
{
    cf_error err = { 0 };
    cf_str   digits;
    uint64_t limbs;
    bool     negative;

    *ok = base >= 0 && base != 1 && base <= 36 && int_digits(text, &base, &negative, &digits);
    if (!*ok)
        return true;
    /* What reading takes grows with the square of the length, up to where it is refused. */
    limbs = (digits.len < 20000 ? digits.len : 20000) / CF__LIMB_DIGITS;
    if (!cf__work(m, limbs * limbs / 2))
        return false;
    *ok = cf__integer_read(m->eval.arena, digits, (unsigned)base, negative, out, &err);
    return *ok || err.code != CF_ELIMIT || cf_fail(m->eval.err, CF_ELIMIT, "%s", err.message);
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

bool cf__parse_float(cf_arena *arena, cf_str s, double *out)
{
    char  *text;
    size_t len = 0;

    s = cf__strip(s);
    if (parse_special(s, out))
        return true;
    text = cf_alloc(arena, s.len + 1);
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
    /* Well-formed, as its zeros tell, but too large for a double: infinity, as Python reads it. */
    for (size_t i = 0; i < len && (text[i] | 32) != 'e'; i++)
        if (digit_of(text[i]) < 10)
            text[i] = '0';
    if (!cf_str_to_double(cf_str_n(text, len), out))
        return false;
    *out = copysign(INFINITY, *out);
    return true;
}

/* Exactly, and toward zero. */
static int64_t decimal_to_int(cf_decimal d)
{
    for (; d.scale > 0; d.scale--)
        d.coefficient /= 10;
    return d.coefficient;
}

/* int(v, base); *ok is false when it is none. */
static bool to_int(vm *m, cf_value v, int base, cf_value *out, bool *ok)
{
    cf_decimal decimal;
    double     number;

    *ok = true;
    *out = v.type == CF_TYPE_BOOL ? cf_int(v.as.boolean) : v;
    if (cf__is_integer(v))
        return true;
    if (v.type == CF_TYPE_STRING) {
        if (!cf__parse_int(m, cf_text(v), v.bytes ? 10 : base, out, ok) || *ok)
            return *ok;
        *ok = cf__parse_float(m->eval.arena, cf_text(v), &number) && cf__integer_of(m, number, out);
        return true;
    }
    if (cf_value_decimal(v, &decimal)) {
        *out = cf_int(decimal_to_int(decimal));
        return true;
    }
    return cf__number(m, v, &number, ok) && (!*ok || (*ok = cf__integer_of(m, number, out), true));
}

static bool do_int(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "default", "base", NULL };
    cf_value                 v = call->args[0], fallback = cf_arg(call, 1, "default");
    cf_value                 by = cf_arg(call, 2, "base");
    int64_t                  base = -1;
    bool                     ok;

    if (!cf__filter_args(call, "int", 0, 2, names))
        return false;
    /* A base that is none makes texts none either. */
    if (cf__absent(by) || cf__is_integer(by)) {
        if (!cf__bound_arg(call, 2, "base", 10, &base))
            return false;
    }
    if (v.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(filter_vm(call), v);
    if (!to_int(filter_vm(call), v, base < 0 || base > 36 ? -1 : (int)base, out, &ok))
        return false;
    if (!ok)
        *out = cf__absent(fallback) ? cf_int(0) : fallback;
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
    if (v.type == CF_TYPE_STRING)
        ok = cf__parse_float(call->eval->arena, cf_text(v), &number);
    else if (!cf__number(filter_vm(call), v, &number, &ok))
        return false;
    *out = ok ? cf_float(number) : cf__absent(fallback) ? cf_float(0.0) : fallback;
    return true;
}

static bool do_abs(cf_call *call, cf_value *out)
{
    cf_value v = call->args[0];
    vm      *m = filter_vm(call);
    bool     negative;

    if (v.type == CF_TYPE_FLOAT) {
        *out = cf_float(fabs(v.as.number));
        return true;
    }
    if (cf__is_integer(v) || (v.type == CF_TYPE_OBJECT && v.as.object->class->arith))
        return cf__compare(m, OP_LT, v, cf_int(0), &negative) &&
               cf__unary(m, negative ? OP_NEG : OP_POS, v, out);
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

/* The way that ceil and floor round in Jinja: whole(v * 10 ** digits) / 10 ** digits. */
static bool round_way(vm *m, cf_value v, int64_t digits, bool up, cf_value *out)
{
    cf_value power;

    if (!cf__binary(m, OP_POW, cf_int(10), cf_int(digits), &power) ||
        !cf__binary(m, OP_MUL, v, power, &v))
        return false;
    if (v.type == CF_TYPE_FLOAT &&
        !cf__integer_of(m, up ? ceil(v.as.number) : floor(v.as.number), &v))
        return cf_fail(m->eval.err, CF_ERUNTIME, "cannot convert float to integer");
    return cf__binary(m, OP_DIV, v, power, out);
}

static bool do_round(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "precision", "method", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 v = call->args[0], method = cf_arg(call, 2, "method");
    int64_t                  digits;
    double                   number, result;
    bool                     found;
    bool up = cf_str_is(cf_text(method), "ceil"), down = cf_str_is(cf_text(method), "floor");

    if (!cf__filter_args(call, "round", 0, 2, names) ||
        !cf__bound_arg(call, 1, "precision", 0, &digits))
        return false;
    if (!cf__absent(method) && !up && !down && !cf_str_is(cf_text(method), "common"))
        return cf_fail(call->eval->err, CF_ERUNTIME, "method must be common, ceil or floor");
    if (v.type == CF_TYPE_UNDEFINED && (up || down))
        return cf__undefined_fail(m, v);
    if (!up && !down) {
        if (!object_round(call, v, digits, out, &found))
            return false;
        if (found)
            return true;
    }
    if (!cf__is_integer(v)) {
        if (!cf__number(m, v, &number, &found))
            return false;
        if (!found)
            return cf_fail(call->eval->err, CF_ETYPE, "type %s doesn't define __round__ method",
                           cf_type_name(v));
        v = cf_float(number);
    }
    if (up || down)
        return round_way(m, v, digits, up, out);
    if (v.type != CF_TYPE_FLOAT)
        return cf__integer_round(m, v, digits, out);
    if (!cf__round(v.as.number, digits, &result))
        return cf_fail(call->eval->err, CF_ERUNTIME, "rounded value too large to represent");
    *out = cf_float(result);
    return true;
}

static bool do_filesizeformat(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "binary", NULL };
    static const char *const units[2][8] = {
        { "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB" },
        { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB" },
    };
    bool     binary = cf__bool_arg(call, 1, "binary", false), found, less = false;
    int64_t  base = binary ? 1024 : 1000;
    vm      *m = filter_vm(call);
    cf_buf   text = cf_buf_in(call->eval->arena, 0);
    cf_value number, unit = cf_int(base);
    double   bytes, size;
    size_t   i;

    if (!cf__filter_args(call, "filesizeformat", 0, 1, names))
        return false;
    number = call->args[0];
    if (number.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, number);
    if (number.type == CF_TYPE_STRING)
        found = cf__parse_float(m->eval.arena, cf_text(number), &bytes);
    else if (!cf__number(m, number, &bytes, &found))
        return false;
    if (!found)
        return cf_fail(call->eval->err, CF_ERUNTIME, "could not convert '%s' to float",
                       cf_type_name(number));
    if (bytes == 1) {
        *out = cf_string("1 Byte");
        return true;
    }
    if (bytes < (double)base) {
        if (!isfinite(bytes))
            return cf_fail(call->eval->err, CF_ERUNTIME, "cannot convert float to integer");
        *out = cf_string_printf(call->eval->arena, "%.0f Bytes", trunc(bytes) + 0.0);
        return true;
    }
    /* Units are compared exactly, but no double is 10^24. */
    for (i = 0; !less && i < 8; i++)
        if (!cf__binary(m, OP_MUL, unit, cf_int(base), &unit) ||
            !cf__compare(m, OP_LT, cf_float(bytes), unit, &less))
            return false;
    if (!cf__number(m, unit, &size, &found))
        return false;
    cf__float_format(&text, (double)base * bytes / size, 'f', 1, false);
    cf_buf_printf(&text, " %s", units[binary][i - 1]);
    *out = cf_string_of(cf_buf_view(&text));
    return true;
}

const operation cf__filters_number[] = {
    { .name = "int", .call = do_int },
    { .name = "float", .call = do_float },
    { .name = "abs", .call = do_abs, .alone = true },
    { .name = "round", .call = do_round },
    { .name = "filesizeformat", .call = do_filesizeformat },
    { 0 },
};
