/* date_value.c -- dates and times of day as objects of templates, in the manner of Python's. */
#include <carafe/date.h>

typedef struct date_object {
    cf_object head;
    cf_date   date;
} date_object;

typedef struct clock_object {
    cf_object head;
    cf_clock  clock;
} clock_object;

static cf_date date_of(const cf_object *self)
{
    return ((const date_object *)self)->date;
}

static cf_clock clock_of(const cf_object *self)
{
    return ((const clock_object *)self)->clock;
}

typedef struct part {
    const char *name;
    int         number;
} part;

static void find_part(const part *parts, size_t count, cf_str name, cf_value *out)
{
    *out = cf_undefined(NULL);
    for (size_t i = 0; i < count; i++)
        if (cf_str_is(name, parts[i].name))
            *out = cf_int(parts[i].number);
}

/* Python's time has no year; strftime of one shows 1900, as Python does. */
static cf_time clock_time(cf_clock clock)
{
    return (cf_time){ cf_date_time((cf_date){ 1900, 1, 1 }).us + clock.us };
}

static bool format_time(cf_call *call, cf_time t, cf_value *result)
{
    static const char *const names[] = { "format", NULL };
    cf_value                 format = cf_arg(call, 0, "format");
    cf_arena                *arena = call->eval->arena;

    if (!cf_args_check(call, "strftime", 1, 1, names))
        return false;
    if (format.type != CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "strftime() wants a format as text, not %s",
                       cf_type_name(format));
    *result = cf_string(cf_time_format(arena, t, cf_cstr(arena, format, "")));
    return true;
}

/* ---- dates ---- */

static bool date_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_date    d = date_of(self);
    const part parts[] = { { "year", d.year }, { "month", d.month }, { "day", d.day } };

    (void)eval;
    find_part(parts, 3, name, out);
    return true;
}

static bool date_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    char text[11];

    (void)eval;
    *safe = false;
    cf_date_text(date_of(self), text);
    cf_buf_puts(out, text);
    return true;
}

static bool date_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    char text[11];

    cf_date_text(date_of(self), text);
    *out = cf_string_copy(eval->arena, cf_str_of(text));
    return true;
}

static bool date_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    cf_date date = date_of(self);
    bool    iso = cf_str_is(name, "isoformat"), days = cf_str_is(name, "isoweekday");

    *found = true;
    if (cf_str_is(name, "strftime"))
        return format_time(call, cf_date_time(date), result);
    *found = iso || days || cf_str_is(name, "weekday");
    if (!*found)
        return true;
    if (!cf_args_check(call, iso ? "isoformat" : "weekday", 0, 0, NULL))
        return false;
    if (iso)
        return date_json(call->eval, self, result);
    *result = cf_int(cf_date_weekday(date) + days);
    return true;
}

static bool date_equal(cf_object *a, cf_value b)
{
    cf_date other;

    return cf_value_date(b, &other) && cf_date_compare(date_of(a), other) == 0;
}

static bool date_compare(cf_object *a, cf_value b, int *order, cf_error *err)
{
    cf_date other;

    if (!cf_value_date(b, &other))
        return cf_fail(err, CF_ETYPE, "a date cannot be compared with %s", cf_type_name(b));
    *order = cf_date_compare(date_of(a), other);
    return true;
}

static void date_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = { "year",      "month",   "day",       "strftime",
                                         "isoformat", "weekday", "isoweekday" };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        cf_list_add(out, cf_string(names[i]));
}

static const cf_class date_class = { .name = "date",
                                     .get = date_get,
                                     .method = date_method,
                                     .text = date_text,
                                     .equal = date_equal,
                                     .compare = date_compare,
                                     .json = date_json,
                                     .names = date_names };

cf_value cf_date_value(cf_arena *arena, cf_date date)
{
    date_object *object;

    if (!cf_date_is_valid(date))
        return cf_none();
    object = cf_new(arena, date_object);
    object->head.class = &date_class;
    object->date = date;
    return cf_from_object(object);
}

bool cf_value_date(cf_value v, cf_date *out)
{
    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &date_class)
        return false;
    if (out)
        *out = date_of(v.as.object);
    return true;
}

/* ---- times of day ---- */

static bool clock_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    int64_t    us = clock_of(self).us;
    const part parts[] = { { "hour", (int)(us / CF_HOUR) },
                           { "minute", (int)(us / CF_MINUTE % 60) },
                           { "second", (int)(us / CF_SECOND % 60) },
                           { "microsecond", (int)(us % CF_SECOND) } };

    (void)eval;
    find_part(parts, 4, name, out);
    return true;
}

static bool clock_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    char text[16];

    (void)eval;
    *safe = false;
    cf_clock_text(clock_of(self), text);
    cf_buf_puts(out, text);
    return true;
}

static bool clock_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    char text[16];

    cf_clock_text(clock_of(self), text);
    *out = cf_string_copy(eval->arena, cf_str_of(text));
    return true;
}

static bool clock_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    *found = true;
    if (cf_str_is(name, "strftime"))
        return format_time(call, clock_time(clock_of(self)), result);
    *found = cf_str_is(name, "isoformat");
    if (!*found)
        return true;
    return cf_args_check(call, "isoformat", 0, 0, NULL) && clock_json(call->eval, self, result);
}

static bool clock_equal(cf_object *a, cf_value b)
{
    cf_clock other;

    return cf_value_clock(b, &other) && clock_of(a).us == other.us;
}

static bool clock_compare(cf_object *a, cf_value b, int *order, cf_error *err)
{
    cf_clock clock = clock_of(a), other;

    if (!cf_value_clock(b, &other))
        return cf_fail(err, CF_ETYPE, "a time of day cannot be compared with %s", cf_type_name(b));
    *order = (clock.us > other.us) - (clock.us < other.us);
    return true;
}

static void clock_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = { "hour",        "minute",   "second",
                                         "microsecond", "strftime", "isoformat" };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        cf_list_add(out, cf_string(names[i]));
}

static const cf_class clock_class = { .name = "time",
                                      .get = clock_get,
                                      .method = clock_method,
                                      .text = clock_text,
                                      .equal = clock_equal,
                                      .compare = clock_compare,
                                      .json = clock_json,
                                      .names = clock_names };

cf_value cf_clock_value(cf_arena *arena, cf_clock clock)
{
    clock_object *object;

    if (!cf_clock_is_valid(clock))
        return cf_none();
    object = cf_new(arena, clock_object);
    object->head.class = &clock_class;
    object->clock = clock;
    return cf_from_object(object);
}

bool cf_value_clock(cf_value v, cf_clock *out)
{
    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &clock_class)
        return false;
    if (out)
        *out = clock_of(v.as.object);
    return true;
}
