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

#define VIEW_CLASS(its_name)                                                                       \
    {                                                                                              \
        .name = its_name, .iter = view_iter, .length = view_length, .text = view_text              \
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
    int64_t   count;             /* INT64_MAX: more than that, perhaps. */
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
    (void)eval;
    *out = ((range *)self)->count;
    return true;
}

static bool range_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    const range *r = (range *)self;
    int64_t      at = key.as.integer;

    if (key.type != CF_TYPE_INT)
        return true;
    if (at < 0)
        at += r->count;
    return at < 0 || at >= r->count || range_at(eval, r, at, out);
}

/* a < b for integers. */
static bool less(cf_value a, cf_value b)
{
    int order = 0;

    return cf_compare(a, b, &order, NULL) && order < 0;
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
    return x->count == y->count && (x->count == 0 || cf_equal(x->start, y->start)) &&
           (x->count <= 1 || cf_equal(x->step, y->step));
}

static const cf_class range_class = {
    .name = "range",
    .iter = range_iter,
    .length = range_length,
    .item = range_item,
    .contains = range_contains,
    .text = range_text,
    .equal = range_equal,
};

/* How many items there are: (high - low - 1) // by + 1, where low is below high. */
static bool count_items(vm *m, cf_value low, cf_value high, cf_value by, int64_t *out)
{
    cf_value count;

    if (!cf__binary(m, OP_SUB, high, low, &count) ||
        !cf__binary(m, OP_SUB, count, cf_int(1), &count) ||
        !cf__binary(m, OP_FLOORDIV, count, by, &count) ||
        !cf__binary(m, OP_ADD, count, cf_int(1), &count))
        return false;
    *out = count.type == CF_TYPE_INT ? count.as.integer : INT64_MAX;
    return true;
}

bool cf__make_range(vm *m, cf_value start, cf_value stop, cf_value step, cf_value *out)
{
    range   *r = cf_new(m->eval.arena, range);
    bool     up = less(cf_int(0), step);
    cf_value by = step;

    *r = (range){ .object = { &range_class }, .start = start, .stop = stop, .step = step };
    r->plain = start.type == CF_TYPE_INT && stop.type == CF_TYPE_INT && step.type == CF_TYPE_INT;
    if (r->plain) {
        r->first = start.as.integer;
        r->by = step.as.integer;
    }
    *out = cf_from_object(r);
    if (up ? !less(start, stop) : !less(stop, start))
        return true;
    return (up || cf__unary(m, OP_NEG, step, &by)) &&
           count_items(m, up ? start : stop, up ? stop : start, by, &r->count);
}

bool cf__is_range(cf_value v)
{
    return v.type == CF_TYPE_OBJECT && v.as.object->class == &range_class;
}

bool cf__range_part(vm *m, cf_value v, int64_t from, int64_t step, int64_t count, cf_value *out)
{
    const range *r = (range *)v.as.object;
    cf_value     start, stop, by;

    return range_at(&m->eval, r, from, &start) &&
           cf__binary(m, OP_MUL, r->step, cf_int(step), &by) &&
           along(m, start, by, cf_int(count), &stop) && cf__make_range(m, start, stop, by, out);
}
