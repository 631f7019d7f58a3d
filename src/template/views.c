/* views.c -- dict.keys(), .values() and .items(), and ranges: sequences made as they are walked. */
#include <math.h>

#include "base/bigint.h"
#include "template/integer.h"

/* ---- views of dicts ---- */

typedef struct view {
    cf_object object;
    cf_map   *map;
    view_kind kind;
} view;

static cf_value view_item(cf_arena *arena, const view *v, size_t at)
{
    const cf_entry *e = &v->map->entries[at];
    cf_list        *pair;

    if (v->kind != VIEW_ITEMS)
        return v->kind == VIEW_KEYS ? e->key : e->value;
    pair = cf_tuple_new(arena);
    pair->items = cf_alloc(arena, 2 * sizeof(cf_value));
    pair->cap = pair->len = 2;
    pair->items[0] = e->key;
    pair->items[1] = e->value;
    return cf_from_list(pair);
}

static bool view_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    const view *v = (view *)iter->source.as.object;

    *done = iter->pos >= v->map->len;
    if (!*done)
        *item = view_item(eval->arena, v, iter->pos++);
    return true;
}

static bool view_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    (void)eval;
    iter->source = cf_from_object(self);
    iter->next = view_next;
    return true;
}

static bool view_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    (void)eval;
    *out = (int64_t)((view *)self)->map->len;
    return true;
}

static bool view_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const view *v = (view *)self;
    cf_list    *list = cf_list_new(eval->arena);

    (void)safe;
    for (size_t i = 0; i < v->map->len; i++)
        cf_list_add(list, view_item(eval->arena, v, i));
    cf_buf_printf(out, "%s(", self->class->name);
    if (!cf_to_repr(eval, cf_from_list(list), out))
        return false;
    cf_buf_putc(out, ')');
    return true;
}

/* Keys and items are sets, values only themselves. */
static bool view_equal(cf_object *a, cf_value b)
{
    const view *x = (view *)a, *y = (view *)b.as.object;
    bool        equal = true;

    if (b.type != CF_TYPE_OBJECT || y->object.class->equal != view_equal ||
        x->kind == VIEW_VALUES || y->kind == VIEW_VALUES)
        return b.type == CF_TYPE_OBJECT && x == y;
    if (x->kind != y->kind || x->map->len != y->map->len)
        return x->map->len == 0 && y->map->len == 0;
    if (x->kind == VIEW_ITEMS)
        return cf_equal(cf_from_map(x->map), cf_from_map(y->map));
    cf__walk.items += x->map->len;
    for (size_t i = 0; equal && i < x->map->len; i++)
        equal = cf_map_find(y->map, x->map->entries[i].key) != NULL;
    return equal;
}

#define VIEW_CLASS(its_name)                                                                       \
    {                                                                                              \
        .name = its_name, .iter = view_iter, .length = view_length, .text = view_text,             \
        .equal = view_equal                                                                        \
    }

static const cf_class view_classes[] = { [VIEW_KEYS] = VIEW_CLASS("dict_keys"),
                                         [VIEW_VALUES] = VIEW_CLASS("dict_values"),
                                         [VIEW_ITEMS] = VIEW_CLASS("dict_items") };

cf_value cf__dict_view(cf_arena *arena, cf_map *map, view_kind kind)
{
    view *v = cf_new(arena, view);

    *v = (view){ { &view_classes[kind] }, map, kind };
    return cf_from_object(v);
}

/* ---- ranges ---- */

typedef struct range {
    cf_object object;
    cf_value  start, stop, step; /* Integers of any size. */
    cf_value  length;            /* How many items, as an integer of any size; */
    int64_t   count;             /* and as far as 64 bits reach. */
    bool      plain;             /* All three are of 64 bits, and so are the items; then */
    int64_t   first, by;         /* these are the start and the step. */
} range;

/* a + b * c */
static bool along(vm *m, cf_value a, cf_value b, cf_value c, cf_value *out)
{
    return cf__binary(m, OP_MUL, b, c, out) && cf__binary(m, OP_ADD, a, *out, out);
}

static inline cf_value plain_at(const range *r, int64_t at)
{
    /* Unsigned, since a product may lie outside of what an int64 holds. */
    return cf_int((int64_t)((uint64_t)r->first + (uint64_t)at * (uint64_t)r->by));
}

static bool range_at(cf_eval *eval, const range *r, int64_t at, cf_value *out)
{
    *out = plain_at(r, at);
    return r->plain || (cf__vm(eval) && along(eval->render, r->start, r->step, cf_int(at), out));
}

static bool range_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    const range *r = (range *)iter->source.as.object;
    int64_t      at = (int64_t)iter->pos++;

    *done = at >= r->count;
    if (*done)
        return true;
    if (!r->plain)
        return range_at(eval, r, at, item);
    *item = plain_at(r, at);
    return true;
}

static bool range_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    (void)eval;
    iter->source = cf_from_object(self);
    iter->next = range_next;
    return true;
}

static bool range_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    const range *r = (range *)self;

    *out = r->count;
    return r->length.type == CF_TYPE_INT || cf__no_index(eval->err);
}

static bool range_truth(cf_eval *eval, cf_object *self, bool *out)
{
    (void)eval;
    *out = ((range *)self)->count > 0;
    return true;
}

/* a < b for integers. */
static bool less(cf_value a, cf_value b)
{
    int order = 0;

    return cf_compare(a, b, &order, NULL) && order < 0;
}

static bool range_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    const range *r = (range *)self;
    vm          *m = cf__vm(eval);

    if (!cf__is_integer(key))
        return true;
    if (!m || (less(key, cf_int(0)) && !cf__binary(m, OP_ADD, key, r->length, &key)))
        return false;
    return less(key, cf_int(0)) || !less(key, r->length) || along(m, r->start, r->step, key, out);
}

static bool range_contains(cf_eval *eval, cf_object *self, cf_value item, bool *out)
{
    const range *r = (range *)self;
    vm          *m = cf__vm(eval);
    bool         up = less(cf_int(0), r->step);
    cf_value     rest;

    *out = false;
    if (!m)
        return false;
    if (item.type == CF_TYPE_FLOAT && item.as.number == trunc(item.as.number) &&
        !cf__integer_of(m, item.as.number, &item))
        return true;
    if (!cf__is_integer(item) || less(item, up ? r->start : r->stop) ||
        less(up ? r->stop : r->start, item) || cf_equal(item, r->stop))
        return true;
    if (!cf__binary(m, OP_SUB, item, r->start, &rest) ||
        !cf__binary(m, OP_MOD, rest, r->step, &rest))
        return false;
    *out = cf_equal(rest, cf_int(0));
    return true;
}

static bool range_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const range *r = (range *)self;
    bool         ok = true;

    (void)safe;
    cf_buf_puts(out, "range(");
    ok = cf_to_text(eval, r->start, out);
    cf_buf_puts(out, ", ");
    ok = ok && cf_to_text(eval, r->stop, out);
    if (!cf_equal(r->step, cf_int(1))) {
        cf_buf_puts(out, ", ");
        ok = ok && cf_to_text(eval, r->step, out);
    }
    cf_buf_putc(out, ')');
    return ok;
}

static bool range_equal(cf_object *a, cf_value b)
{
    const range *x = (range *)a, *y;

    if (!cf__is_range(b))
        return false;
    y = (range *)b.as.object;
    return cf_equal(x->length, y->length) && (x->count == 0 || cf_equal(x->start, y->start)) &&
           (x->count <= 1 || cf_equal(x->step, y->step));
}

static const cf_class range_class = {
    .name = "range",
    .iter = range_iter,
    .length = range_length,
    .truth = range_truth,
    .item = range_item,
    .contains = range_contains,
    .text = range_text,
    .equal = range_equal,
};

/* How many items there are: (high - low - 1) // by + 1, where low is below high. */
static bool count_items(vm *m, cf_value low, cf_value high, cf_value by, range *r)
{
    cf_value *count = &r->length;

    if (!cf__binary(m, OP_SUB, high, low, count) ||
        !cf__binary(m, OP_SUB, *count, cf_int(1), count) ||
        !cf__binary(m, OP_FLOORDIV, *count, by, count) ||
        !cf__binary(m, OP_ADD, *count, cf_int(1), count))
        return false;
    r->count = count->type == CF_TYPE_INT ? count->as.integer : INT64_MAX;
    return true;
}

bool cf__make_range(vm *m, cf_value start, cf_value stop, cf_value step, cf_value *out)
{
    range   *r = cf_new(m->eval.arena, range);
    bool     up = less(cf_int(0), step);
    cf_value by = step;

    *r = (range){ .object = { &range_class }, .start = start, .stop = stop, .step = step };
    r->length = cf_int(0);
    r->plain = start.type == CF_TYPE_INT && stop.type == CF_TYPE_INT && step.type == CF_TYPE_INT;
    if (r->plain) {
        r->first = start.as.integer;
        r->by = step.as.integer;
    }
    *out = cf_from_object(r);
    if (up ? !less(start, stop) : !less(stop, start))
        return true;
    return (up || cf__unary(m, OP_NEG, step, &by)) &&
           count_items(m, up ? start : stop, up ? stop : start, by, r);
}

bool cf__is_range(cf_value v)
{
    return v.type == CF_TYPE_OBJECT && v.as.object->class == &range_class;
}

int64_t cf__range_count(cf_value v)
{
    return ((range *)v.as.object)->count;
}

/* Where a slice begins or ends: counted from the end when negative, and within low and high. */
static bool slice_bound(vm *m, cf_value at, cf_value length, cf_value low, cf_value high,
                        cf_value *out)
{
    if (less(at, cf_int(0)) && !cf__binary(m, OP_ADD, at, length, &at))
        return false;
    *out = less(at, low) ? low : less(high, at) ? high : at;
    return true;
}

bool cf__range_slice(vm *m, cf_value v, cf_value from, cf_value to, cf_value by, cf_value *out)
{
    const range *r = (range *)v.as.object;
    const bool   has_from = from.type != CF_TYPE_NONE, has_to = to.type != CF_TYPE_NONE;
    cf_value     low = cf_int(0), high = r->length, start, stop, step;
    bool         down;

    by = by.type == CF_TYPE_NONE ? cf_int(1) : by;
    if ((has_from && !cf__is_integer(from)) || (has_to && !cf__is_integer(to)) ||
        !cf__is_integer(by))
        return cf_fail(m->eval.err, CF_ETYPE,
                       "slice indices must be integers or None or have an __index__ method");
    if (cf_equal(by, low))
        return cf_fail(m->eval.err, CF_ERUNTIME, "slice step cannot be zero");
    down = less(by, low);
    if (down) {
        low = cf_int(-1);
        if (!cf__binary(m, OP_SUB, high, cf_int(1), &high))
            return false;
    }
    start = has_from ? from : down ? high : low;
    stop = has_to ? to : down ? low : high;
    return (!has_from || slice_bound(m, start, r->length, low, high, &start)) &&
           (!has_to || slice_bound(m, stop, r->length, low, high, &stop)) &&
           along(m, r->start, r->step, start, &start) && along(m, r->start, r->step, stop, &stop) &&
           cf__binary(m, OP_MUL, r->step, by, &step) && cf__make_range(m, start, stop, step, out);
}
