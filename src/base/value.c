/* value.c -- the dynamic type: making values, truth, equality, order. */
#include <carafe/value.h>

#include <math.h>

#include "base/bigint.h"
#include "base/value_internal.h"

cf_value cf_string_of(cf_str text)
{
    if (text.len > UINT32_MAX)
        text.len = UINT32_MAX;
    return (cf_value){ .type = CF_TYPE_STRING,
                       .len = (uint32_t)text.len,
                       .as.text = text.ptr ? text.ptr : "" };
}

cf_value cf_string(const char *text)
{
    return text ? cf_string_of(cf_str_of(text)) : cf_none();
}

cf_value cf_safe_of(cf_str html)
{
    cf_value v = cf_string_of(html);

    v.safe = true;
    return v;
}

cf_value cf_safe(const char *html)
{
    return html ? cf_safe_of(cf_str_of(html)) : cf_none();
}

cf_value cf_string_copy(cf_arena *arena, cf_str text)
{
    return cf_string_of(cf_str_n(cf_str_dup(arena, text), text.len));
}

cf_value cf_string_printf(cf_arena *arena, const char *format, ...)
{
    va_list args;
    char   *text;

    va_start(args, format);
    text = cf_vprintf(arena, format, args);
    va_end(args);
    return cf_string(text);
}

cf_value cf_from_list(cf_list *list)
{
    return list ? (cf_value){ .type = CF_TYPE_LIST, .as.list = list } : cf_none();
}

cf_value cf_from_map(cf_map *map)
{
    return map ? (cf_value){ .type = CF_TYPE_MAP, .as.map = map } : cf_none();
}

cf_value cf_from_object(const void *object)
{
    /* Values carry no const: whether an object can be changed is its class' business. */
    union {
        const void *from;
        cf_object  *to;
    } cast = { object };

    return object ? (cf_value){ .type = CF_TYPE_OBJECT, .as.object = cast.to } : cf_none();
}

cf_value cf_from_function(const cf_function *function)
{
    return function ? (cf_value){ .type = CF_TYPE_FUNCTION, .as.function = function } : cf_none();
}

cf_value cf_make_function(cf_arena *arena, const char *name, cf_callback *call, void *data)
{
    cf_function *function = cf_new(arena, cf_function);

    *function = (cf_function){ name, call, data };
    return cf_from_function(function);
}

cf_value cf__value_bool(bool boolean)
{
    return cf_bool(boolean);
}

cf_value cf__value_int(long long integer)
{
    return cf_int(integer);
}

cf_value cf__value_float(double number)
{
    return cf_float(number);
}

cf_value cf__value_same(cf_value value)
{
    return value;
}

cf_str cf_text(cf_value v)
{
    return v.type == CF_TYPE_STRING ? cf_str_n(v.as.text, v.len) : (cf_str){ "", 0 };
}

const char *cf_cstr(cf_arena *arena, cf_value v, const char *fallback)
{
    return v.type == CF_TYPE_STRING ? cf_str_dup(arena, cf_text(v)) : fallback;
}

const char *cf_type_name(cf_value v)
{
    switch ((cf_type)v.type) {
    case CF_TYPE_UNDEFINED:
        return "Undefined";
    case CF_TYPE_NONE:
        return "NoneType";
    case CF_TYPE_BOOL:
        return "bool";
    case CF_TYPE_INT:
        return "int";
    case CF_TYPE_FLOAT:
        return "float";
    case CF_TYPE_STRING:
        return v.bytes ? "bytes" : v.safe ? "Markup" : "str";
    case CF_TYPE_LIST:
        return v.as.list->tuple ? "tuple" : "list";
    case CF_TYPE_MAP:
        return "dict";
    case CF_TYPE_OBJECT:
        return v.as.object->class->name ? v.as.object->class->name : "object";
    case CF_TYPE_FUNCTION:
        return "function";
    }
    return "unknown";
}

bool cf_truth_of(cf_eval *eval, cf_value v, bool *out)
{
    const cf_class *class;
    int64_t length;

    switch ((cf_type)v.type) {
    case CF_TYPE_UNDEFINED:
    case CF_TYPE_NONE:
        *out = false;
        return true;
    case CF_TYPE_BOOL:
        *out = v.as.boolean;
        return true;
    case CF_TYPE_INT:
        *out = v.as.integer != 0;
        return true;
    case CF_TYPE_FLOAT:
        *out = v.as.number != 0.0;
        return true;
    case CF_TYPE_STRING:
        *out = v.len != 0;
        return true;
    case CF_TYPE_LIST:
        *out = v.as.list->len != 0;
        return true;
    case CF_TYPE_MAP:
        *out = v.as.map->len != 0;
        return true;
    case CF_TYPE_FUNCTION:
        *out = true;
        return true;
    case CF_TYPE_OBJECT:
        break;
    }
    class = v.as.object->class;
    *out = true;
    if (class->truth)
        return class->truth(eval, v.as.object, out);
    if (!class->length)
        return true;
    if (!class->length(eval, v.as.object, &length))
        return false;
    *out = length != 0;
    return true;
}

bool cf_truth(cf_value v)
{
    bool out = false;

    if (v.type == CF_TYPE_OBJECT) {
        cf_error  err = { 0 };
        cf_arena *arena = cf_arena_new();
        cf_eval   eval = { .arena = arena, .err = &err };
        bool      ok = cf_truth_of(&eval, v, &out);

        cf_arena_free(arena);
        return ok && out;
    }
    return cf_truth_of(NULL, v, &out) && out;
}

bool cf__is_number(cf_value v)
{
    return v.type == CF_TYPE_INT || v.type == CF_TYPE_FLOAT || v.type == CF_TYPE_BOOL;
}

/* Wide enough to hold every int64 and every double exactly where long double has 64 bits. */
static long double number_of(cf_value v)
{
    if (v.type == CF_TYPE_FLOAT)
        return (long double)v.as.number;
    return v.type == CF_TYPE_BOOL ? (long double)v.as.boolean : (long double)v.as.integer;
}

_Thread_local cf__walking cf__walk;

/* Counts items; false when that is more than one comparison looks at. */
static bool spend(size_t items)
{
    cf__walk.items += items;
    if (cf__walk.items <= cf__walk.until)
        return true;
    cf__walk.gave_up = true;
    return false;
}

/* Goes down into two values; if true, pair with go_up(). */
static bool go_down(size_t items)
{
    if (!cf__walk.compare_depth)
        cf__walk.until = cf__walk.items + CF__COMPARE_ITEMS;
    if (cf__walk.compare_depth >= CF__VALUE_DEPTH)
        cf__walk.gave_up = true;
    else if (spend(items))
        return ++cf__walk.compare_depth;
    return false;
}

static bool go_up(bool result)
{
    cf__walk.compare_depth--;
    return result;
}

/* Long texts take their time too. */
static bool texts_equal(cf_value a, cf_value b)
{
    if (a.bytes != b.bytes || a.len != b.len)
        return false;
    cf__walk.items += a.len / 1024;
    return cf_str_eq(cf_text(a), cf_text(b));
}

static bool lists_equal(const cf_list *a, const cf_list *b)
{
    bool equal = true;

    if (a->len != b->len || a->tuple != b->tuple || !go_down(a->len))
        return false;
    for (size_t i = 0; equal && i < a->len; i++)
        equal = cf_equal(a->items[i], b->items[i]) && spend(0);
    return go_up(equal);
}

static bool maps_equal(const cf_map *a, const cf_map *b)
{
    bool equal = true;

    if (a->len != b->len || !go_down(a->len))
        return false;
    for (size_t i = 0; equal && i < a->len; i++) {
        cf_value *other = cf_map_find(b, a->entries[i].key);
        equal = other && cf_equal(a->entries[i].value, *other) && spend(0);
    }
    return go_up(equal);
}

static bool object_equals(cf_object *a, cf_value b)
{
    return go_down(1) && go_up(a->class->equal(a, b));
}

bool cf_equal(cf_value a, cf_value b)
{
    if (cf__is_number(a) && cf__is_number(b))
        return a.type == CF_TYPE_INT && b.type == CF_TYPE_INT ? a.as.integer == b.as.integer
                                                              : number_of(a) == number_of(b);
    if (a.type == CF_TYPE_OBJECT && a.as.object->class->equal)
        return object_equals(a.as.object, b);
    if (b.type == CF_TYPE_OBJECT && b.as.object->class->equal)
        return object_equals(b.as.object, a);
    if (a.type != b.type)
        return false;
    switch ((cf_type)a.type) {
    case CF_TYPE_STRING:
        return texts_equal(a, b);
    case CF_TYPE_LIST:
        return a.as.list == b.as.list || lists_equal(a.as.list, b.as.list);
    case CF_TYPE_MAP:
        return a.as.map == b.as.map || maps_equal(a.as.map, b.as.map);
    case CF_TYPE_OBJECT:
        return a.as.object == b.as.object;
    case CF_TYPE_FUNCTION:
        return a.as.function == b.as.function;
    default:
        return true; /* none and undefined equal themselves */
    }
}

static bool too_much(cf_error *err)
{
    return cf_fail(err, CF_ELIMIT, "values are too deep or too large to be compared");
}

static bool compare_lists(const cf_list *a, const cf_list *b, int *order, cf_error *err)
{
    size_t common = a->len < b->len ? a->len : b->len, i = 0;
    bool   ok = true;

    if (!go_down(common))
        return too_much(err);
    while (i < common && cf_equal(a->items[i], b->items[i]) && spend(0))
        i++;
    if (i < common)
        ok = cf_compare(a->items[i], b->items[i], order, err);
    else
        *order = (a->len > b->len) - (a->len < b->len);
    return go_up(ok);
}

static bool compare_object(cf_object *a, cf_value b, int *order, cf_error *err)
{
    return go_down(1) ? go_up(a->class->compare(a, b, order, err)) : too_much(err);
}

bool cf_compare(cf_value a, cf_value b, int *order, cf_error *err)
{
    if (cf__is_number(a) && cf__is_number(b)) {
        long double x = number_of(a), y = number_of(b);
        *order = (x > y) - (x < y);
        return true;
    }
    if (a.type == CF_TYPE_STRING && b.type == CF_TYPE_STRING && a.bytes == b.bytes) {
        cf__walk.items += (a.len < b.len ? a.len : b.len) / 1024;
        *order = cf_str_cmp(cf_text(a), cf_text(b));
        return true;
    }
    if (a.type == CF_TYPE_LIST && b.type == CF_TYPE_LIST && a.as.list->tuple == b.as.list->tuple)
        return compare_lists(a.as.list, b.as.list, order, err);
    if (a.type == CF_TYPE_OBJECT && a.as.object->class->compare)
        return compare_object(a.as.object, b, order, err);
    if (b.type == CF_TYPE_OBJECT && cf__is_number(a) && b.as.object->class->compare) {
        if (!compare_object(b.as.object, a, order, err))
            return false;
        *order = -*order;
        return true;
    }
    return cf_fail(err, CF_ETYPE, "'<' not supported between instances of '%s' and '%s'",
                   cf_type_name(a), cf_type_name(b));
}

uint64_t cf_hash(cf_value v)
{
    switch ((cf_type)v.type) {
    case CF_TYPE_BOOL:
        return (uint64_t)v.as.boolean * UINT64_C(0x9E3779B97F4A7C15);
    case CF_TYPE_FLOAT:
        /* A float that is whole must land where the equal integer does. */
        if (v.as.number >= -0x1p63 && v.as.number < 0x1p63 && v.as.number == floor(v.as.number))
            return (uint64_t)(int64_t)v.as.number * UINT64_C(0x9E3779B97F4A7C15);
        return cf_str_hash(cf_str_n((const char *)&v.as.number, sizeof v.as.number));
    case CF_TYPE_INT:
        return (uint64_t)v.as.integer * UINT64_C(0x9E3779B97F4A7C15);
    case CF_TYPE_STRING:
        return cf_str_hash(cf_text(v));
    case CF_TYPE_OBJECT:
        if (cf__is_bigint(v))
            return cf__bigint_hash(v);
        return v.as.object->class->equal ? 0 : (uint64_t)(uintptr_t)v.as.object >> 4;
    case CF_TYPE_FUNCTION:
        return (uint64_t)(uintptr_t)v.as.function >> 4;
    default:
        return 0;
    }
}
