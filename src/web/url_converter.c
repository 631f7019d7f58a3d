/* url_converter.c -- the kinds of URL variables: string, int, float, path, any, uuid. */
#include "web/url_internal.h"

#include <stdio.h>

#include <carafe/url.h>

static cf_value argument(const cf_converter_args *args, size_t i, const char *name)
{
    if (i < args->nargs)
        return args->args[i];
    for (size_t k = 0; k < args->nkwargs; k++)
        if (cf_str_is(args->kwargs[k].name, name))
            return args->kwargs[k].value;
    return cf_undefined(name);
}

/* Every named argument must be one of `names`; positional ones no more than there are names. */
static bool check_names(const cf_converter_args *args, const char *const *names, cf_error *err)
{
    size_t known = 0;

    while (names[known])
        known++;
    if (args->nargs > known)
        return cf_fail(err, CF_EPARSE, "takes at most %zu arguments", known);
    for (size_t k = 0; k < args->nkwargs; k++) {
        size_t i = 0;
        while (i < known && !cf_str_is(args->kwargs[k].name, names[i]))
            i++;
        if (i == known) {
            const char *near = cf_nearest(args->kwargs[k].name, names, known);
            return cf_fail(err, CF_EPARSE, "has no argument '%.*s'%s%s%s",
                           CF_STR_ARG(args->kwargs[k].name), near ? "; did you mean '" : "",
                           near ? near : "", near ? "'?" : "");
        }
    }
    return true;
}

static bool check_number(cf_value v, const char *name, cf_error *err)
{
    if (cf_is_missing(v) || v.type == CF_TYPE_INT || v.type == CF_TYPE_FLOAT)
        return true;
    return cf_fail(err, CF_EPARSE, "argument '%s' must be a number", name);
}

/* ---- string ---- */
static const char *const string_names[] = { "minlength", "maxlength", "length", NULL };

static bool string_check(const cf_converter_args *args, cf_error *err)
{
    if (!check_names(args, string_names, err))
        return false;
    for (size_t i = 0; i < 3; i++) {
        cf_value v = argument(args, i, string_names[i]);
        if (!cf_is_missing(v) && (v.type != CF_TYPE_INT || v.as.integer < 0))
            return cf_fail(err, CF_EPARSE, "argument '%s' must be a length", string_names[i]);
    }
    return true;
}

static void string_pattern(const cf_converter_args *args, cf_buf *out)
{
    cf_value exact = argument(args, 2, "length"), max = argument(args, 1, "maxlength"),
             min = argument(args, 0, "minlength");

    if (exact.type == CF_TYPE_INT) {
        cf_buf_printf(out, "[^/]{%lld}", (long long)exact.as.integer);
        return;
    }
    cf_buf_printf(out, "[^/]{%lld,", min.type == CF_TYPE_INT ? (long long)min.as.integer : 1);
    if (max.type == CF_TYPE_INT)
        cf_buf_i64(out, max.as.integer);
    cf_buf_putc(out, '}');
}

static const cf_converter string_converter = { .name = "string", .check = string_check };
static const cf_converter default_converter = { .name = "default", .check = string_check };

/* ---- int and float ---- */
static const char *const int_names[] = { "fixed_digits", "min", "max", "signed", NULL };
static const char *const float_names[] = { "min", "max", "signed", NULL };

static bool int_check(const cf_converter_args *args, cf_error *err)
{
    return check_names(args, int_names, err) &&
           check_number(argument(args, 0, "fixed_digits"), "fixed_digits", err) &&
           check_number(argument(args, 1, "min"), "min", err) &&
           check_number(argument(args, 2, "max"), "max", err);
}

static bool float_check(const cf_converter_args *args, cf_error *err)
{
    return check_names(args, float_names, err) &&
           check_number(argument(args, 0, "min"), "min", err) &&
           check_number(argument(args, 1, "max"), "max", err);
}

static bool within(cf_value v, cf_value min, cf_value max)
{
    int order;

    if (!cf_is_missing(min) && cf_compare(v, min, &order, NULL) && order < 0)
        return false;
    return cf_is_missing(max) || !cf_compare(v, max, &order, NULL) || order <= 0;
}

static bool int_read(const cf_converter_args *args, cf_arena *arena, cf_str text, cf_value *out)
{
    cf_value digits = argument(args, 0, "fixed_digits");
    int64_t  n;

    (void)arena;
    if (digits.type == CF_TYPE_INT && digits.as.integer > 0 &&
        text.len != (size_t)digits.as.integer)
        return false;
    if (!cf_str_to_i64(text, &n))
        return false;
    *out = cf_int(n);
    return within(*out, argument(args, 1, "min"), argument(args, 2, "max"));
}

static bool float_read(const cf_converter_args *args, cf_arena *arena, cf_str text, cf_value *out)
{
    double n;

    (void)arena;
    if (!cf_str_to_double(text, &n))
        return false;
    *out = cf_float(n);
    return within(*out, argument(args, 0, "min"), argument(args, 1, "max"));
}

/* What Python's int() makes of a value. */
static bool to_integer(cf_value v, int64_t *out)
{
    switch (v.type) {
    case CF_TYPE_INT:
        *out = v.as.integer;
        return true;
    case CF_TYPE_BOOL:
        *out = v.as.boolean;
        return true;
    case CF_TYPE_FLOAT:
        if (!(v.as.number > -9.2e18 && v.as.number < 9.2e18))
            return false;
        *out = (int64_t)v.as.number;
        return true;
    case CF_TYPE_STRING:
        return cf_str_to_i64(cf_str_trim(cf_text(v)), out);
    default:
        return false;
    }
}

static bool int_write(const cf_converter_args *args, cf_value value, cf_buf *out)
{
    cf_value digits = argument(args, 0, "fixed_digits");
    int64_t  n;
    char     text[32];
    int      len, width = 0;

    if (!to_integer(value, &n))
        return false;
    if (digits.type == CF_TYPE_INT && digits.as.integer > 0 && digits.as.integer < 1000)
        width = (int)digits.as.integer;
    len = snprintf(text, sizeof text, "%lld", (long long)n);
    if (n < 0)
        cf_buf_putc(out, '-');
    for (int i = len; i < width; i++)
        cf_buf_putc(out, '0');
    cf_buf_puts(out, n < 0 ? text + 1 : text);
    return true;
}

static bool float_write(const cf_converter_args *args, cf_value value, cf_buf *out)
{
    double n;
    char   text[32];

    (void)args;
    if (value.type == CF_TYPE_FLOAT)
        n = value.as.number;
    else if (value.type == CF_TYPE_INT)
        n = (double)value.as.integer;
    else if (value.type == CF_TYPE_BOOL)
        n = value.as.boolean;
    else if (!cf_str_to_double(cf_text(value), &n))
        return false;
    cf_buf_add(out, text, cf_float_text(n, text));
    return true;
}

static const cf_converter int_converter = { .name = "int",
                                            .weight = 50,
                                            .pattern = "\\d+",
                                            .read = int_read,
                                            .write = int_write,
                                            .check = int_check };
static const cf_converter float_converter = { .name = "float",
                                              .weight = 50,
                                              .pattern = "\\d+\\.\\d+",
                                              .read = float_read,
                                              .write = float_write,
                                              .check = float_check };

/* ---- path ---- */
static const cf_converter path_converter = {
    .name = "path", .weight = 200, .pattern = "[^/].*?", .slashes = true
};

/* ---- any ---- */
static bool any_check(const cf_converter_args *args, cf_error *err)
{
    if (args->nkwargs || !args->nargs)
        return cf_fail(err, CF_EPARSE, "takes the values to match: any(about,help)");
    return true;
}

static bool any_has(const cf_converter_args *args, cf_str text)
{
    for (size_t i = 0; i < args->nargs; i++) {
        char     space[64];
        cf_buf   buf = { .ptr = space, .cap = sizeof space, .limit = sizeof space };
        cf_value v = args->args[i];
        if (v.type == CF_TYPE_STRING
                ? cf_str_eq(cf_text(v), text)
                : cf_to_text(NULL, v, &buf) && cf_str_eq(cf_buf_view(&buf), text))
            return true;
    }
    return false;
}

static bool any_write(const cf_converter_args *args, cf_value value, cf_buf *out)
{
    if (value.type != CF_TYPE_STRING || !any_has(args, cf_text(value)))
        return false;
    cf_buf_str(out, cf_text(value));
    return true;
}

static const cf_converter any_converter = { .name = "any", .check = any_check, .write = any_write };

/* ---- uuid ---- */
static bool uuid_read(const cf_converter_args *args, cf_arena *arena, cf_str text, cf_value *out)
{
    (void)args;
    *out = cf_string_of(cf_str_lower(arena, text));
    return true;
}

static const cf_converter uuid_converter = {
    .name = "uuid",
    .pattern = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}",
    .read = uuid_read,
};

const cf_converter *const cf__url_converters[] = {
    &default_converter, &string_converter, &int_converter,  &float_converter,
    &path_converter,    &any_converter,    &uuid_converter, NULL,
};

/* Text as a regular expression that matches just it. */
static void add_escaped(cf_buf *out, cf_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("\\^$.[|()?*+{}#- \t\n/", text.ptr[i]) && text.ptr[i])
            cf_buf_putc(out, '\\');
        cf_buf_putc(out, text.ptr[i]);
    }
}

void cf__url_converter_pattern(const url_variable *variable, cf_buf *out)
{
    const cf_converter      *converter = variable->converter;
    const cf_converter_args *args = &variable->args;

    if (converter == &string_converter || converter == &default_converter) {
        string_pattern(args, out);
    } else if (converter == &any_converter) {
        cf_buf_puts(out, "(?:");
        for (size_t i = 0; i < args->nargs; i++) {
            cf_buf item = cf_buf_in(out->arena, 0);
            if (i)
                cf_buf_putc(out, '|');
            cf_to_text(NULL, args->args[i], &item);
            add_escaped(out, cf_buf_view(&item));
        }
        cf_buf_putc(out, ')');
    } else {
        bool is_signed = (converter == &int_converter && cf_truth(argument(args, 3, "signed"))) ||
                         (converter == &float_converter && cf_truth(argument(args, 2, "signed")));
        cf_buf_puts(out, is_signed ? "-?" : "");
        cf_buf_puts(out, converter->pattern ? converter->pattern : "[^/]+");
    }
}

url_test cf__url_converter_test(const url_variable *variable)
{
    const cf_converter *converter = variable->converter;
    bool                plain = !variable->args.nargs && !variable->args.nkwargs;

    if (plain && (converter == &string_converter || converter == &default_converter))
        return URL_TEST_SEGMENT;
    if (converter == &int_converter && !cf_truth(argument(&variable->args, 3, "signed")))
        return URL_TEST_DIGITS;
    if (converter == &path_converter)
        return URL_TEST_REST;
    return URL_TEST_REGEX;
}

bool cf__url_write(const url_variable *variable, cf_value value, cf_buf *out)
{
    cf_buf text = cf_buf_in(out->arena, 0);

    if (variable->converter->write) {
        if (!variable->converter->write(&variable->args, value, &text))
            return false;
    } else if (value.type == CF_TYPE_STRING) {
        cf_url_encode(out, cf_text(value), URL_PATH_SAFE);
        return true;
    } else if (!cf_to_text(NULL, value, &text)) {
        return false;
    }
    cf_url_encode(out, cf_buf_view(&text), URL_PATH_SAFE);
    return true;
}

const cf_converter *cf__url_converter(const cf_url_map *map, cf_str name, cf_error *err)
{
    const char *names[64];
    size_t      n = 0;

    for (size_t i = map->nconverters; i-- > 0;) {
        if (cf_str_is(name, map->converters[i]->name))
            return map->converters[i];
        if (n < 64)
            names[n++] = map->converters[i]->name;
    }
    const char *near = cf_nearest(name, names, n);
    cf_fail(err, CF_EPARSE, "there is no converter '%.*s'%s%s%s", CF_STR_ARG(name),
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

/* ---- reading arguments ---- */
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* A bare argument as Python would read it: a constant, a number, else text. */
static cf_value bare_value(cf_str text)
{
    int64_t n;
    double  d;

    if (cf_str_is(text, "True"))
        return cf_bool(true);
    if (cf_str_is(text, "False"))
        return cf_bool(false);
    if (cf_str_is(text, "None"))
        return cf_none();
    if (cf_str_to_i64(text, &n))
        return cf_int(n);
    if (cf_str_to_double(text, &d))
        return cf_float(d);
    return cf_string_of(text);
}

/* One value from the front of *text. */
static bool take_value(cf_str *text, cf_value *out, cf_error *err)
{
    size_t end = 0;

    if (text->len && (text->ptr[0] == '"' || text->ptr[0] == '\'')) {
        end = cf_str_chr(cf_str_slice(*text, 1, text->len), text->ptr[0]);
        if (end == CF_NPOS)
            return cf_fail(err, CF_EPARSE, "a quote is not closed");
        *out = cf_string_of(cf_str_slice(*text, 1, end + 1));
        *text = cf_str_trim(cf_str_slice(*text, end + 2, text->len));
        return true;
    }
    while (end < text->len && (is_word(text->ptr[end]) || strchr(".-+", text->ptr[end])))
        end++;
    if (!end)
        return cf_fail(err, CF_EPARSE, "cannot read the argument at '%.*s'", CF_STR_ARG(*text));
    *out = bare_value(cf_str_slice(*text, 0, end));
    *text = cf_str_trim(cf_str_slice(*text, end, text->len));
    return true;
}

/* "name =" from the front of *text, if it is there. */
static cf_str take_name(cf_str *text)
{
    size_t end = 0, after;

    while (end < text->len && is_word(text->ptr[end]))
        end++;
    after = end;
    while (after < text->len && text->ptr[after] == ' ')
        after++;
    if (!end || after >= text->len || text->ptr[after] != '=')
        return (cf_str){ 0 };
    cf_str name = cf_str_slice(*text, 0, end);
    *text = cf_str_trim(cf_str_slice(*text, after + 1, text->len));
    return name;
}

bool cf__url_converter_args(cf_arena *arena, cf_str text, cf_converter_args *out, cf_error *err)
{
    cf_value *args = NULL;
    cf_kwarg *kwargs = NULL;
    size_t    nargs = 0, cap_args = 0, nkwargs = 0, cap_kwargs = 0;

    text = cf_str_trim(text);
    while (text.len) {
        cf_str   name = take_name(&text);
        cf_value value;
        if (!take_value(&text, &value, err))
            return false;
        if (text.len && text.ptr[0] != ',')
            return cf_fail(err, CF_EPARSE, "arguments are separated by ',', not by '%c'",
                           text.ptr[0]);
        text = cf_str_trim(cf_str_slice(text, 1, text.len));
        if (name.len)
            *URL_PUSH(arena, kwargs, nkwargs, cap_kwargs) = (cf_kwarg){ name, value };
        else
            *URL_PUSH(arena, args, nargs, cap_args) = value;
    }
    *out = (cf_converter_args){ args, nargs, kwargs, nkwargs };
    return true;
}
