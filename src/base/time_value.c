/* time_value.c -- a point in time as an object of templates, in the manner of Python's datetime. */
#include <carafe/record.h>

typedef struct time_object {
    cf_object head;
    cf_time   time;
} time_object;

static cf_time time_of(const cf_object *self)
{
    return ((const time_object *)self)->time;
}

static bool time_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_civil c = cf_time_civil(time_of(self));
    const struct {
        const char *name;
        int         number;
    } parts[] = {
        { "year", c.year },
        { "month", c.month },
        { "day", c.day },
        { "hour", c.hour },
        { "minute", c.minute },
        { "second", c.second },
        { "microsecond", c.microsecond },
    };

    (void)eval;
    *out = cf_undefined(NULL);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (cf_str_is(name, parts[i].name))
            *out = cf_int(parts[i].number);
    return true;
}

static bool call_strftime(cf_call *call, cf_time t, cf_value *result)
{
    static const char *const names[] = { "format", NULL };
    cf_value                 format = cf_arg(call, 0, "format");

    if (!cf_args_check(call, "strftime", 1, 1, names))
        return false;
    if (format.type != CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "strftime() wants a format as text, not %s",
                       cf_type_name(format));
    *result = cf_string(
        cf_time_format(call->eval->arena, t, cf_cstr(call->eval->arena, format, "")));
    return true;
}

static bool call_isoformat(cf_call *call, cf_time t, cf_value *result)
{
    *result = cf_string(cf_time_iso(call->eval->arena, t));
    return true;
}

static bool call_date(cf_call *call, cf_time t, cf_value *result)
{
    *result = cf_string(cf_time_format(call->eval->arena, t, "%Y-%m-%d"));
    return true;
}

static bool call_time(cf_call *call, cf_time t, cf_value *result)
{
    *result = cf_string(cf_time_format(call->eval->arena, t, "%H:%M:%S"));
    return true;
}

static bool call_timestamp(cf_call *call, cf_time t, cf_value *result)
{
    (void)call;
    *result = cf_float((double)t.us / (double)CF_SECOND);
    return true;
}

static bool call_weekday(cf_call *call, cf_time t, cf_value *result)
{
    (void)call;
    *result = cf_int(cf_time_civil(t).weekday);
    return true;
}

static bool call_ago(cf_call *call, cf_time t, cf_value *result)
{
    *result = cf_string(cf_time_ago(call->eval->arena, t, cf_now()));
    return true;
}

static const struct {
    const char *name;
    bool (*call)(cf_call *call, cf_time t, cf_value *result);
} methods[] = {
    { "strftime", call_strftime }, { "isoformat", call_isoformat }, { "ago", call_ago },
    { "date", call_date },         { "time", call_time },           { "timestamp", call_timestamp },
    { "weekday", call_weekday },
};

static bool time_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    *found = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (!cf_str_is(name, methods[i].name))
            continue;
        *found = true;
        if (methods[i].call != call_strftime && !cf_args_check(call, methods[i].name, 0, 0, NULL))
            return false;
        return methods[i].call(call, time_of(self), result);
    }
    return true;
}

/* As str() of a datetime: "2026-11-23 16:25:33". */
static bool time_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    cf_civil c = cf_time_civil(time_of(self));

    (void)eval;
    *safe = false;
    cf_buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
                  c.second);
    if (c.microsecond)
        cf_buf_printf(out, ".%06d", c.microsecond);
    return true;
}

static bool time_equal(cf_object *a, cf_value b)
{
    cf_time other;

    return cf_value_time(b, &other) && other.us == time_of(a).us;
}

static bool time_compare(cf_object *a, cf_value b, int *order, cf_error *err)
{
    int64_t us = time_of(a).us;
    cf_time other;

    if (!cf_value_time(b, &other))
        return cf_fail(err, CF_ETYPE, "a time cannot be compared with %s", cf_type_name(b));
    *order = (us > other.us) - (us < other.us);
    return true;
}

static bool time_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    *out = cf_string(cf_time_iso(eval->arena, time_of(self)));
    return true;
}

static void time_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const parts[] = { "year",   "month",  "day",        "hour",
                                         "minute", "second", "microsecond" };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cf_list_add(out, cf_string(parts[i]));
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        cf_list_add(out, cf_string(methods[i].name));
}

static const cf_class time_class = {
    .name = "datetime",
    .get = time_get,
    .method = time_method,
    .text = time_text,
    .equal = time_equal,
    .compare = time_compare,
    .json = time_json,
    .names = time_names,
};

cf_value cf_time_value(cf_arena *arena, cf_time t)
{
    time_object *object;

    if (!t.us)
        return cf_none();
    object = cf_new(arena, time_object);
    object->head.class = &time_class;
    object->time = t;
    return cf_from_object(object);
}

bool cf_value_time(cf_value v, cf_time *out)
{
    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &time_class)
        return false;
    if (out)
        *out = time_of(v.as.object);
    return true;
}
