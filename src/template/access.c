/* access.c -- x.name, x[key] and x[a:b:c]. */
#include "base/bigint.h"
#include "template/loop.h"

/* A dict's entry under a string key. The hint is a cache, not part of the tree's meaning. */
static cf_value *find_key(const cf_map *map, cf_str name, const node *site)
{
    union {
        const node *from;
        node       *to;
    } cache = { site };
    cf_value *found = site ? cf__hinted_entry(map, site) : NULL;

    if (found)
        return found;
    found = cf_map_find(map, cf_string_of(name));
    if (found && site)
        cache.to->as.attr.hint = (uint32_t)((cf_entry *)(void *)((char *)found -
                                                                 offsetof(cf_entry, value)) -
                                            map->entries);
    return found;
}

/* The method of that name, known beforehand at a site. */
static const method *method_of(cf_value v, cf_str name, const node *site)
{
    return site ? cf__method_of(v, site->as.attr.methods) : cf__find_method(v, name);
}

static bool undefined_part(vm *m, cf_value v, cf_value *out)
{
    if (m->env->options.undefined != CF_UNDEFINED_CHAINABLE)
        return cf__undefined_fail(m, v);
    *out = v;
    return true;
}

/* Whether a sandbox refuses a name: reading gives a value whose every use fails. */
static bool is_private(const vm *m, cf_str name)
{
    return m->env->options.sandbox != CF_SANDBOX_OFF && name.len && name.ptr[0] == '_';
}

static bool object_attr(vm *m, cf_value v, cf_str name, cf_value *out)
{
    if (!cf_get_attr(&m->eval, v, name, out))
        return false;
    return out->type != CF_TYPE_UNDEFINED || !v.as.object->class->item ||
           cf_get_item(&m->eval, v, cf_string_of(name), out);
}

bool cf__get_attr(vm *m, cf_value v, cf_str name, const node *site, cf_value *out)
{
    const method   *how = NULL;
    const cf_value *found = NULL;

    *out = cf_undefined(NULL);
    if (v.type == CF_TYPE_UNDEFINED) {
        if (cf_str_is(name, "__class__") && !is_private(m, name))
            cf__special_attr(m, v, name, out);
        else if (!is_private(m, name) || !cf_str_starts(name, CF_STR("__")) ||
                 cf__undefined_unsafe(v))
            return undefined_part(m, v, out);
    } else if (!is_private(m, name)) {
        if (v.type == CF_TYPE_OBJECT) {
            if (!object_attr(m, v, name, out))
                return false;
        } else {
            how = method_of(v, name, site);
        }
        if (how)
            *out = cf__bind_method(m, v, how);
        else if (v.type == CF_TYPE_MAP && (found = find_key(v.as.map, name, site)))
            *out = *found;
        else if (out->type == CF_TYPE_UNDEFINED && !out->as.name)
            cf__special_attr(m, v, name, out);
    }
    if (is_private(m, name) && v.type == CF_TYPE_MAP && !cf__special_name(name) &&
        (found = find_key(v.as.map, name, site)))
        *out = *found;
    if (out->type == CF_TYPE_UNDEFINED && !out->as.name)
        *out = cf__undefined_attr(m, v, name);
    return true;
}

bool cf__get_item(vm *m, cf_value v, cf_value key, cf_value *out)
{
    const method *found_method;

    if (v.type == CF_TYPE_UNDEFINED)
        return undefined_part(m, v, out);
    if (key.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, key))
        return cf__undefined_fail(m, key);
    *out = cf_undefined(NULL);
    if (key.type == CF_TYPE_STRING && is_private(m, cf_text(key)) && v.type != CF_TYPE_MAP) {
        *out = cf__undefined_item(m, v, key);
        return true;
    }
    if (!cf_get_item(&m->eval, v, key, out))
        return false;
    if (out->type != CF_TYPE_UNDEFINED || out->as.name)
        return true;
    if (key.type == CF_TYPE_STRING && !is_private(m, cf_text(key))) {
        if (v.type == CF_TYPE_OBJECT && !cf_get_attr(&m->eval, v, cf_text(key), out))
            return false;
        found_method = v.type == CF_TYPE_OBJECT ? NULL : cf__find_method(v, cf_text(key));
        if (found_method)
            *out = cf__bind_method(m, v, found_method);
        else if (out->type == CF_TYPE_UNDEFINED && !out->as.name)
            cf__special_attr(m, v, cf_text(key), out);
    }
    if (out->type == CF_TYPE_UNDEFINED && !out->as.name)
        *out = cf__undefined_item(m, v, key);
    return true;
}

/* ---- slices ---- */

/* A slice with its bounds made fit for a length, as Python does. */
typedef struct span {
    int64_t start, step, count;
} span;

static bool slice_int(vm *m, cf_value v, bool *given, int64_t *out)
{
    v = cf__int_bound(v);
    *given = v.type != CF_TYPE_NONE;
    if (!*given)
        return true;
    if (v.type == CF_TYPE_BOOL) {
        *out = v.as.boolean;
        return true;
    }
    if (v.type != CF_TYPE_INT)
        return cf_fail(m->eval.err, CF_ETYPE,
                       "slice indices must be integers or None or have an __index__ method");
    *out = v.as.integer;
    return true;
}

static int64_t clamp(int64_t at, int64_t length, int64_t low, int64_t high)
{
    if (at < 0)
        at += length;
    return at < low ? low : at > high ? high : at;
}

static bool make_span(vm *m, cf_value start, cf_value stop, cf_value step, int64_t length,
                      span *out)
{
    int64_t from = 0, to = 0, by = 1, low, high;
    bool    has_from, has_to, has_by;

    if (!slice_int(m, start, &has_from, &from) || !slice_int(m, stop, &has_to, &to) ||
        !slice_int(m, step, &has_by, &by))
        return false;
    if (by == 0)
        return cf_fail(m->eval.err, CF_ERUNTIME, "slice step cannot be zero");
    if (by < -INT64_MAX)
        by = -INT64_MAX;
    low = by < 0 ? -1 : 0;
    high = by < 0 ? length - 1 : length;
    from = has_from ? clamp(from, length, low, high) : (by < 0 ? high : low);
    to = has_to ? clamp(to, length, low, high) : (by < 0 ? low : high);
    out->start = from;
    out->step = by;
    if (by > 0)
        out->count = from < to ? (to - from - 1) / by + 1 : 0;
    else
        out->count = to < from ? (from - to - 1) / -by + 1 : 0;
    return true;
}

static cf_value slice_list(vm *m, const cf_list *list, span s)
{
    cf_list *out = list->tuple ? cf_tuple_new(m->eval.arena) : cf_list_new(m->eval.arena);

    for (int64_t i = 0; i < s.count; i++)
        cf_list_add(out, list->items[s.start + i * s.step]);
    return cf_from_list(out);
}

/* Where each character of a string begins, and where the last ends. */
static uint32_t *char_offsets(vm *m, cf_str s, int64_t count)
{
    uint32_t *offsets = cf_new_array(m->eval.arena, uint32_t, (size_t)count + 1);
    size_t    at = 0;

    for (size_t i = 0; i < s.len && at < (size_t)count; i++)
        if ((s.ptr[i] & 0xC0) != 0x80)
            offsets[at++] = (uint32_t)i;
    offsets[count] = (uint32_t)s.len;
    return offsets;
}

static cf_value slice_string(vm *m, cf_value v, span s, int64_t length)
{
    cf_str    text = cf_text(v);
    bool      ascii = v.bytes || (size_t)length == text.len;
    uint32_t *offsets = ascii ? NULL : char_offsets(m, text, length);
    cf_buf    out = cf_buf_in(m->eval.arena, text.len + 1);
    cf_value  result;

    if (s.step == 1 && s.count) {
        size_t from = ascii ? (size_t)s.start : offsets[s.start];
        size_t to = ascii ? (size_t)(s.start + s.count) : offsets[s.start + s.count];
        result = cf_string_of(cf_str_slice(text, from, to));
    } else {
        for (int64_t i = 0; i < s.count; i++) {
            size_t at = (size_t)(s.start + i * s.step);
            if (ascii)
                cf_buf_putc(&out, text.ptr[at]);
            else
                cf_buf_add(&out, text.ptr + offsets[at], offsets[at + 1] - offsets[at]);
        }
        result = cf_string_of(cf_buf_view(&out));
    }
    result.safe = v.safe;
    result.bytes = v.bytes;
    return result;
}

/* An object's own slice when the bounds count from the beginning; else the slice of all it has. */
static bool slice_object(vm *m, cf_value v, cf_value start, cf_value stop, cf_value step,
                         cf_value *out)
{
    const cf_class *class = v.as.object->class;
    int64_t  from = 0, to = INT64_MAX, by = 1;
    bool     has_from, has_to, has_by;
    cf_value all;

    if (!slice_int(m, start, &has_from, &from) || !slice_int(m, stop, &has_to, &to) ||
        !slice_int(m, step, &has_by, &by))
        return false;
    from = has_from ? from : 0;
    to = has_to ? to : INT64_MAX;
    if ((!has_by || by == 1) && from >= 0 && to >= 0)
        return class->slice(&m->eval, v.as.object, from, to, out);
    return class->slice(&m->eval, v.as.object, 0, INT64_MAX, &all) &&
           cf__slice(m, all, start, stop, step, out);
}

bool cf__slice(vm *m, cf_value v, cf_value start, cf_value stop, cf_value step, cf_value *out)
{
    span s;

    switch ((cf_type)v.type) {
    case CF_TYPE_UNDEFINED:
        return undefined_part(m, v, out);
    case CF_TYPE_LIST:
        if (!make_span(m, start, stop, step, (int64_t)v.as.list->len, &s))
            return false;
        *out = slice_list(m, v.as.list, s);
        return true;
    case CF_TYPE_STRING: {
        int64_t length = cf_length(&m->eval, v);
        if (!make_span(m, start, stop, step, length, &s))
            return false;
        *out = slice_string(m, v, s, length);
        return true;
    }
    case CF_TYPE_OBJECT:
        if (v.as.object->class->slice)
            return slice_object(m, v, start, stop, step, out);
        if (!cf__is_range(v))
            return cf_fail(m->eval.err, CF_ETYPE, "'%s' object cannot be sliced", cf_type_name(v));
        return cf__range_slice(m, v, start, stop, step, out);
    default:
        return cf_fail(m->eval.err, CF_ETYPE, "'%s' object is not subscriptable", cf_type_name(v));
    }
}
