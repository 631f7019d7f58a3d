/* filters_lazy.c -- reverse, batch, slice, unique and items: filters that give generators. */
#include "base/bigint.h"
#include "template/filters.h"
#include "template/integer.h"

/* What a filter's generator remembers; each uses what it needs. */
typedef struct walk {
    cf_arena *arena; /* Owns it. */
    cf_call  *call;
    bool      started;
    cf_iter   iter;
    cf_list  *list;
    size_t    at;
    getter    get;
    cf_map   *seen;
    int64_t   slices, per, extra;
} walk;

static walk *new_walk(const cf_call *call)
{
    walk *w = cf_new(call->eval->arena, walk);

    w->arena = call->eval->arena;
    w->call = cf__keep_call(call);
    return w;
}

/* A script may go on with a generator that an earlier one began, whose vm is gone. */
static void resume(vm *m, walk *w)
{
    w->call->eval = &m->eval;
    w->get.m = m;
}

/* Begins to walk the filtered value, at the first item asked for. */
static bool start(vm *m, walk *w)
{
    cf_value v = w->call->args[0];

    if (w->started)
        return true;
    w->started = true;
    if (v.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, v))
        return cf__undefined_fail(m, v);
    return cf_iterate(&m->eval, v, &w->iter);
}

/* ---- reverse ---- */

static bool next_reversed(vm *m, void *state, cf_value *item, bool *done)
{
    walk *w = state;

    if (!w->list)
        return cf_iter_next(&w->iter, &m->eval, item, done);
    *done = w->at == 0;
    if (!*done)
        *item = w->list->items[--w->at];
    return true;
}

static void turn(cf_list *list)
{
    for (size_t i = 0; i < list->len / 2; i++) {
        cf_value swap = list->items[i];
        list->items[i] = list->items[list->len - 1 - i];
        list->items[list->len - 1 - i] = swap;
    }
}

/* What cannot be walked backwards is made a list first, and that is the answer. */
static bool do_reverse(cf_call *call, cf_value *out)
{
    vm   *m = filter_vm(call);
    walk *w;

    if (call->args[0].type == CF_TYPE_STRING)
        return cf__slice(m, call->args[0], cf_none(), cf_none(), cf_int(-1), out);
    w = new_walk(call);
    if (cf__is_range(call->args[0])) {
        cf_value turned;
        if (!cf__range_slice(m, call->args[0], cf_none(), cf_none(), cf_int(-1), &turned) ||
            !cf_iterate(&m->eval, turned, &w->iter))
            return false;
        *out = cf__generator(m, "reversed", next_reversed, w);
        return true;
    }
    w->list = cf__list_of(m, call->args[0]);
    if (!w->list)
        return false;
    if (cf__is_generator(call->args[0])) {
        turn(w->list);
        *out = cf_from_list(w->list);
        return true;
    }
    w->at = w->list->len;
    *out = cf__generator(m, "reversed", next_reversed, w);
    return true;
}

/* ---- batch ---- */

static bool fill_batch(vm *m, const cf_call *call, cf_list *row)
{
    cf_value fill = cf_arg(call, 2, "fill_with"), count = cf_arg(call, 1, "linecount");
    bool     less = true;

    if (cf_is_missing(fill))
        return true;
    if (cf__is_bigint(count))
        return cf__no_index(m->eval.err);
    if (count.type == CF_TYPE_INT && count.as.integer > 1000000)
        return cf_fail(m->eval.err, CF_ELIMIT, "a batch of %lld items is too long",
                       (long long)count.as.integer);
    for (;;) {
        if (!cf__compare(m, OP_LT, cf_int((int64_t)row->len), count, &less) || !cf__step(m))
            return false;
        if (!less)
            return true;
        cf_list_add(row, fill);
    }
}

/* Gathers items until there are as many as asked for. Of none there is an empty row, and then one
 * of all: the item that was seen meanwhile waits in `list`. */
static bool next_batch(vm *m, void *state, cf_value *item, bool *done)
{
    walk    *w = state;
    cf_value count = cf_arg(w->call, 1, "linecount"), v;
    cf_list *row = w->list ? w->list : cf_list_new(m->eval.arena);
    bool     end = false, none = !w->started && cf_equal(count, cf_int(0));

    resume(m, w);
    if (!start(m, w))
        return false;
    w->list = NULL;
    *item = cf_from_list(row);
    do {
        if (!cf_iter_next(&w->iter, &m->eval, &v, &end) || !cf__step(m))
            return false;
        if (!end && none) {
            w->list = cf_list_new(w->arena);
            cf_list_add(w->list, v);
            return true;
        }
        if (!end)
            cf_list_add(row, v);
    } while (!end && !cf_equal(count, cf_int((int64_t)row->len)));
    *done = row->len == 0;
    return *done || !end || fill_batch(m, w->call, row);
}

static bool do_batch(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "linecount", "fill_with", NULL };

    if (!cf__filter_args(call, "batch", 1, 2, names))
        return false;
    *out = cf__generator(filter_vm(call), "do_batch", next_batch, new_walk(call));
    return true;
}

/* ---- slice ---- */

/* Divides all items, at the first slice asked for. */
static bool divide(vm *m, walk *w)
{
    int64_t length;

    if (w->started)
        return true;
    w->started = true;
    w->list = cf__list_of(m, w->call->args[0]);
    if (!w->list || !cf__int_arg(w->call, 1, "slices", 0, &w->slices))
        return false;
    if (w->slices == 0)
        return cf_fail(m->eval.err, CF_ERUNTIME, "integer division or modulo by zero");
    if (w->slices > 1000000)
        return cf_fail(m->eval.err, CF_ELIMIT, "%lld slices are too many", (long long)w->slices);
    length = (int64_t)w->list->len;
    w->per = w->slices > 0 ? length / w->slices : 0;
    w->extra = w->slices > 0 ? length % w->slices : 0;
    return true;
}

static bool next_slice(vm *m, void *state, cf_value *item, bool *done)
{
    walk    *w = state;
    cf_value fill = cf_arg(w->call, 2, "fill_with");
    cf_list *part;
    int64_t  number, from, end;

    resume(m, w);
    if (!divide(m, w))
        return false;
    number = (int64_t)w->at++;
    *done = number >= w->slices;
    if (*done)
        return true;
    part = cf_list_new(m->eval.arena);
    from = number * w->per + (number < w->extra ? number : w->extra);
    end = from + w->per + (number < w->extra);
    while (from < end)
        cf_list_add(part, w->list->items[from++]);
    if (!cf_is_missing(fill) && number >= w->extra)
        cf_list_add(part, fill);
    *item = cf_from_list(part);
    return true;
}

static bool do_slice(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "slices", "fill_with", NULL };

    if (!cf__filter_args(call, "slice", 1, 2, names))
        return false;
    *out = cf__generator(filter_vm(call), "do_slice", next_slice, new_walk(call));
    return true;
}

/* ---- unique ---- */

static bool start_unique(vm *m, walk *w)
{
    if (w->started)
        return true;
    if (!cf__getter(m, cf_arg(w->call, 2, "attribute"), &w->get))
        return false;
    w->get.ignore_case = !cf__bool_arg(w->call, 1, "case_sensitive", false);
    w->seen = cf_map_new(w->arena);
    return start(m, w);
}

static bool next_unique(vm *m, void *state, cf_value *item, bool *done)
{
    walk *w = state;

    resume(m, w);
    if (!start_unique(m, w))
        return false;
    for (;;) {
        cf_value key;
        if (!cf_iter_next(&w->iter, &m->eval, item, done) || !cf__step(m))
            return false;
        if (*done)
            return true;
        if (!cf__getter_get(&w->get, *item, &key))
            return false;
        if (key.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, key))
            return cf__undefined_fail(m, key);
        if (!cf__hashable(m, key))
            return false;
        if (!cf_map_find(w->seen, key)) {
            cf_map_put(w->seen, cf__outlive(m, w->arena, key), cf_bool(true));
            return true;
        }
    }
}

static bool do_unique(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "case_sensitive", "attribute", NULL };

    if (!cf__filter_args(call, "unique", 0, 2, names))
        return false;
    *out = cf__generator(filter_vm(call), "do_unique", next_unique, new_walk(call));
    return true;
}

/* ---- items ---- */

static bool next_pair(vm *m, void *state, cf_value *item, bool *done)
{
    walk    *w = state;
    cf_value v = w->call->args[0];

    if (v.type != CF_TYPE_UNDEFINED && v.type != CF_TYPE_MAP)
        return cf_fail(m->eval.err, CF_ETYPE, "Can only get item pairs from a mapping.");
    *done = v.type == CF_TYPE_UNDEFINED;
    if (!w->started && !*done) {
        w->started = true;
        if (!cf_iterate(&m->eval, cf__dict_view(m->eval.arena, v.as.map, VIEW_ITEMS), &w->iter))
            return false;
    }
    return *done || cf_iter_next(&w->iter, &m->eval, item, done);
}

static bool do_items(cf_call *call, cf_value *out)
{
    *out = cf__generator(filter_vm(call), "do_items", next_pair, new_walk(call));
    return true;
}

const operation cf__filters_lazy[] = {
    { .name = "reverse", .call = do_reverse, .alone = true },
    { .name = "batch", .call = do_batch },
    { .name = "slice", .call = do_slice },
    { .name = "unique", .call = do_unique },
    { .name = "items", .call = do_items, .alone = true },
    { 0 },
};
