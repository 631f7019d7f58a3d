/* value_text.c -- values as text: Python's str() and repr(). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/value_internal.h"

/* The fewest significant digits that read back equal, as "d.ddde±xx". Ordinary numbers need 15 to
 * 17 or end in zeros that are cut below; subnormal ones have fewer digits to begin with. */
static void shortest_digits(double number, char out[40])
{
    int precision = fabs(number) < 2.3e-308 ? 0 : 14;

    for (; precision < 17; precision++) {
        snprintf(out, 40, "%.*e", precision, number);
        if (strtod(out, NULL) == number)
            return;
    }
}

/* Writes a number of few decimals, such as a price: an integer of at most 15 digits divided by a
 * power of ten gives back the very number, so its digits are the fewest that do. Returns 0 when the
 * number is no such. */
static size_t short_decimal(double number, char out[32])
{
    static const int64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
    double               size = fabs(number);

    if (!(size < 1e15) || (size < 1e-4 && size != 0))
        return 0;
    for (int decimals = 0; decimals < 7; decimals++) {
        double scaled = rint(size * (double)powers[decimals]);

        if (scaled < 1e15 && scaled / (double)powers[decimals] == size) {
            int64_t digits = (int64_t)scaled, whole = digits / powers[decimals];

            return (size_t)snprintf(out, 32, "%s%lld.%0*lld", signbit(number) ? "-" : "",
                                    (long long)whole, decimals ? decimals : 1,
                                    (long long)(digits % powers[decimals]));
        }
    }
    return 0;
}

size_t cf_float_text(double number, char out[32])
{
    char  text[40], digits[24];
    char *exponent_at;
    int   exponent, count = 0, size = 0;
    bool  negative = signbit(number);

    if (isnan(number) || isinf(number))
        return (size_t)snprintf(out, 32, "%s", isnan(number) ? "nan" : negative ? "-inf" : "inf");
    if ((size = (int)short_decimal(number, out)))
        return (size_t)size;
    shortest_digits(fabs(number), text);
    exponent_at = strchr(text, 'e');
    exponent = (int)strtol(exponent_at + 1, NULL, 10);
    for (const char *p = text; p < exponent_at; p++)
        if (*p >= '0' && *p <= '9')
            digits[count++] = *p;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    if (negative)
        out[size++] = '-';
    if (exponent < -4 || exponent >= 16) {
        size += snprintf(out + size, (size_t)(32 - size), "%c%s%.*se%c%02d", digits[0],
                         count > 1 ? "." : "", count - 1, digits + 1, exponent < 0 ? '-' : '+',
                         abs(exponent));
    } else if (exponent < 0) {
        size += snprintf(out + size, (size_t)(32 - size), "0.%.*s%.*s", -exponent - 1, "0000",
                         count, digits);
    } else {
        for (int i = 0; i <= exponent; i++)
            out[size++] = i < count ? digits[i] : '0';
        out[size++] = '.';
        if (count <= exponent + 1)
            out[size++] = '0';
        for (int i = exponent + 1; i < count; i++)
            out[size++] = digits[i];
        out[size] = '\0';
    }
    return (size_t)size;
}

static bool printable(uint32_t cp)
{
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    case UTF8PROC_CATEGORY_ZS:
        return cp == ' ';
    default:
        return true;
    }
}

static void escape_code_point(uint32_t cp, cf_buf *out)
{
    if (cp == '\n')
        cf_buf_puts(out, "\\n");
    else if (cp == '\r')
        cf_buf_puts(out, "\\r");
    else if (cp == '\t')
        cf_buf_puts(out, "\\t");
    else if (cp < 0x100)
        cf_buf_printf(out, "\\x%02x", cp);
    else
        cf_buf_printf(out, cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
}

static void repr_string(cf_value v, cf_buf *out)
{
    cf_str s = cf_text(v);
    char   quote = cf_str_chr(s, '\'') != CF_NPOS && cf_str_chr(s, '"') == CF_NPOS ? '"' : '\'';

    cf_buf_puts(out, v.bytes ? "b" : v.safe ? "Markup(" : "");
    cf_buf_putc(out, quote);
    while (s.len) {
        cf_str   from = s;
        uint32_t cp;

        if (v.bytes) {
            cp = (unsigned char)s.ptr[0];
            s = cf_str_slice(s, 1, s.len);
        } else {
            cp = cf_utf8_next(&s);
        }
        if (cp == (uint32_t)quote || cp == '\\') {
            cf_buf_putc(out, '\\');
            cf_buf_putc(out, (char)cp);
        } else if (v.bytes ? cp >= 0x20 && cp < 0x7F : printable(cp)) {
            cf_buf_add(out, from.ptr, from.len - s.len);
        } else {
            escape_code_point(cp, out);
        }
    }
    cf_buf_putc(out, quote);
    if (v.safe && !v.bytes)
        cf_buf_putc(out, ')');
}

static bool repr_list(cf_eval *eval, const cf_list *list, cf_buf *out)
{
    cf_buf_putc(out, list->tuple ? '(' : '[');
    for (size_t i = 0; i < list->len; i++) {
        if (i)
            cf_buf_puts(out, ", ");
        if (!cf_to_repr(eval, list->items[i], out))
            return false;
    }
    if (list->tuple && list->len == 1)
        cf_buf_putc(out, ',');
    cf_buf_putc(out, list->tuple ? ')' : ']');
    return true;
}

static bool repr_map(cf_eval *eval, const cf_map *map, cf_buf *out)
{
    cf_buf_putc(out, '{');
    for (size_t i = 0; i < map->len; i++) {
        if (i)
            cf_buf_puts(out, ", ");
        if (!cf_to_repr(eval, map->entries[i].key, out))
            return false;
        cf_buf_puts(out, ": ");
        if (!cf_to_repr(eval, map->entries[i].value, out))
            return false;
    }
    cf_buf_putc(out, '}');
    return true;
}

static bool object_text(cf_eval *eval, cf_value v, cf_buf *out)
{
    bool safe = false;

    if (v.as.object->class->text)
        return v.as.object->class->text(eval, v.as.object, out, &safe);
    cf_buf_printf(out, "<%s>", cf_type_name(v));
    return true;
}

/* The text of what may hold values that may hold it. */
static bool nested_text(cf_eval *eval, cf_value v, cf_buf *out)
{
    bool ok;

    if (cf__walk.text_depth >= CF__VALUE_DEPTH) {
        cf_buf_puts(out, "...");
        return true;
    }
    cf__walk.text_depth++;
    ok = v.type == CF_TYPE_LIST  ? repr_list(eval, v.as.list, out)
         : v.type == CF_TYPE_MAP ? repr_map(eval, v.as.map, out)
                                 : object_text(eval, v, out);
    cf__walk.text_depth--;
    return ok;
}

bool cf_to_repr(cf_eval *eval, cf_value v, cf_buf *out)
{
    if (v.type == CF_TYPE_STRING)
        repr_string(v, out);
    else if (v.type == CF_TYPE_UNDEFINED)
        cf_buf_puts(out, "Undefined");
    else
        return cf_to_text(eval, v, out);
    return cf_buf_ok(out, eval ? eval->err : NULL);
}

static bool put_text(cf_eval *eval, cf_value v, cf_buf *out)
{
    char number[32];

    switch ((cf_type)v.type) {
    case CF_TYPE_UNDEFINED:
        return true;
    case CF_TYPE_NONE:
        cf_buf_puts(out, "None");
        return true;
    case CF_TYPE_BOOL:
        cf_buf_puts(out, v.as.boolean ? "True" : "False");
        return true;
    case CF_TYPE_INT:
        cf_buf_i64(out, v.as.integer);
        return true;
    case CF_TYPE_FLOAT:
        cf_buf_add(out, number, cf_float_text(v.as.number, number));
        return true;
    case CF_TYPE_STRING:
        if (v.bytes)
            repr_string(v, out);
        else
            cf_buf_str(out, cf_text(v));
        return true;
    case CF_TYPE_FUNCTION:
        cf_buf_printf(out, "<function %s>", v.as.function->name ? v.as.function->name : "?");
        return true;
    case CF_TYPE_LIST:
    case CF_TYPE_MAP:
    case CF_TYPE_OBJECT:
        return nested_text(eval, v, out);
    }
    return true;
}

bool cf_to_text(cf_eval *eval, cf_value v, cf_buf *out)
{
    return put_text(eval, v, out) && cf_buf_ok(out, eval ? eval->err : NULL);
}
