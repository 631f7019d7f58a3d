/* views.c -- dict.keys(), .values() and .items(), and ranges: sequences made as they are walked. */
#include <math.h>

#include "template/runtime.h"

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
    static const char *const names[] = { "dict_keys", "dict_values", "dict_items" };
    const view              *v = (view *)self;
    cf_list                 *list = cf_list_new(eval->arena);

    (void)safe;
    for (size_t i = 0; i < v->map->len; i++)
        cf_list_add(list, view_item(eval->arena, v, i));
    cf_buf_printf(out, "%s(", names[v->kind]);
    if (!cf_to_repr(eval, cf_from_list(list), out))
        return false;
    cf_buf_putc(out, ')');
    return true;
}

static const cf_class view_class = {
    .name = "dict view",
    .iter = view_iter,
    .length = view_length,
    .text = view_text,
};

cf_value cf__dict_view(cf_arena *arena, cf_map *map, view_kind kind)
{
    view *v = cf_new(arena, view);

    *v = (view){ { &view_class }, map, kind };
    return cf_from_object(v);
}

/* ---- ranges ---- */

typedef struct range {
    cf_object object;
    int64_t   start, stop, step, count;
} range;

static int64_t range_at(const range *r, int64_t at)
{
    /* Unsigned, since the place behind the last one may lie outside of what an int64 holds. */
    return (int64_t)((uint64_t)r->start + (uint64_t)at * (uint64_t)r->step);
}

static bool range_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    const range *r = (range *)iter->source.as.object;

    (void)eval;
    *done = (int64_t)iter->pos >= r->count;
    if (!*done)
        *item = cf_int(range_at(r, (int64_t)iter->pos++));
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

    (void)eval;
    if (key.type != CF_TYPE_INT)
        return true;
    if (at < 0)
        at += r->count;
    if (at >= 0 && at < r->count)
        *out = cf_int(range_at(r, at));
    return true;
}

static bool range_contains(cf_eval *eval, cf_object *self, cf_value item, bool *out)
{
    const range *r = (range *)self;
    int64_t      low, high;

    (void)eval;
    *out = false;
    if (item.type == CF_TYPE_FLOAT && fabs(item.as.number) < 9e18 &&
        item.as.number == (double)(int64_t)item.as.number)
        item = cf_int((int64_t)item.as.number);
    if (item.type == CF_TYPE_BOOL)
        item = cf_int(item.as.boolean);
    if (item.type != CF_TYPE_INT || !r->count)
        return true;
    low = r->step > 0 ? r->start : range_at(r, r->count - 1);
    high = r->step > 0 ? range_at(r, r->count - 1) : r->start;
    *out = item.as.integer >= low && item.as.integer <= high &&
           (r->step == -1 ||
            (int64_t)((uint64_t)item.as.integer - (uint64_t)r->start) % r->step == 0);
    return true;
}

static bool range_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const range *r = (range *)self;

    (void)eval;
    (void)safe;
    cf_buf_printf(out, "range(%lld, %lld", (long long)r->start, (long long)r->stop);
    if (r->step != 1)
        cf_buf_printf(out, ", %lld", (long long)r->step);
    cf_buf_putc(out, ')');
    return true;
}

static bool range_equal(cf_object *a, cf_value b)
{
    const range *x = (range *)a, *y;

    if (!cf__is_range(b))
        return false;
    y = (range *)b.as.object;
    return x->count == y->count && (x->count == 0 || x->start == y->start) &&
           (x->count <= 1 || x->step == y->step);
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

cf_value cf__make_range(cf_arena *arena, int64_t start, int64_t stop, int64_t step)
{
    range   *r = cf_new(arena, range);
    uint64_t width = step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
    uint64_t by = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    uint64_t count = (step > 0 ? start < stop : start > stop) ? (width - 1) / by + 1 : 0;

    *r = (range){
        { &range_class }, start, stop, step, count > INT64_MAX ? INT64_MAX : (int64_t)count
    };
    return cf_from_object(r);
}

bool cf__is_range(cf_value v)
{
    return v.type == CF_TYPE_OBJECT && v.as.object->class == &range_class;
}

cf_value cf__range_part(vm *m, cf_value v, int64_t from, int64_t step, int64_t count)
{
    const range *r = (range *)v.as.object;
    int64_t      start = range_at(r, from), by = (int64_t)((uint64_t)r->step * (uint64_t)step);

    return cf__make_range(m->eval.arena, start,
                          (int64_t)((uint64_t)start + (uint64_t)by * (uint64_t)count), by);
}
