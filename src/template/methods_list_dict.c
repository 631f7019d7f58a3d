/* methods_list_dict.c -- methods of lists, tuples and dicts. */
#include "template/filters.h"
#include "template/loop.h"

static bool check(const cf_call *call, const char *name, size_t min, size_t max,
                  const char *const *names)
{
    cf_call checked = *call;

    return cf_args_check(&checked, name, min, max, names);
}

/* Whether a value may be changed: tuples never, and nothing in an immutable sandbox. */
static bool may_change(vm *m, cf_value self, const char *name)
{
    if (m->env->options.sandbox == CF_SANDBOX_IMMUTABLE)
        return cf_fail(m->eval.err, CF_ESECURITY,
                       "access to attribute '%s' of '%s' object is unsafe.", name,
                       cf_type_name(self));
    if (self.type == CF_TYPE_LIST && self.as.list->tuple)
        return cf_fail(m->eval.err, CF_EUNDEFINED, "'tuple object' has no attribute '%s'", name);
    return true;
}

/* Adds to what may be older than the pass that made the value. */
static void add(vm *m, cf_list *list, cf_value v)
{
    cf_list_add(list, cf__outlive(m, list->arena, v));
}

static void put(vm *m, cf_map *map, cf_value key, cf_value v)
{
    cf_map_put(map, cf__outlive(m, map->arena, key), cf__outlive(m, map->arena, v));
}

/* ---- lists ---- */

static bool l_append(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    if (!may_change(m, self, "append") || !check(call, "append", 1, 1, NULL))
        return false;
    add(m, self.as.list, call->args[0]);
    *out = cf_none();
    return true;
}

static bool l_extend(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_list *more;

    if (!may_change(m, self, "extend") || !check(call, "extend", 1, 1, NULL) ||
        !(more = cf__list_of(m, call->args[0])))
        return false;
    for (size_t i = 0; i < more->len; i++)
        add(m, self.as.list, more->items[i]);
    *out = cf_none();
    return true;
}

static bool l_insert(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_list *list = self.as.list;
    cf_value v;
    int64_t  at;

    if (!may_change(m, self, "insert") || !check(call, "insert", 2, 2, NULL) ||
        !cf__index_arg(call, 0, "index", 0, &at))
        return false;
    if (at < 0)
        at += (int64_t)list->len;
    at = at < 0 ? 0 : at > (int64_t)list->len ? (int64_t)list->len : at;
    add(m, list, call->args[1]);
    v = list->items[list->len - 1];
    memmove(list->items + at + 1, list->items + at,
            (list->len - 1 - (size_t)at) * sizeof(cf_value));
    list->items[at] = v;
    *out = cf_none();
    return true;
}

static void remove_at(cf_list *list, size_t at)
{
    memmove(list->items + at, list->items + at + 1, (list->len - at - 1) * sizeof(cf_value));
    list->len--;
}

static bool l_pop(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_list *list = self.as.list;
    int64_t  at;

    if (!may_change(m, self, "pop") || !check(call, "pop", 0, 1, NULL) ||
        !cf__index_arg(call, 0, "index", -1, &at))
        return false;
    if (!list->len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "pop from empty list");
    if (at < 0)
        at += (int64_t)list->len;
    if (at < 0 || at >= (int64_t)list->len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "pop index out of range");
    *out = list->items[at];
    remove_at(list, (size_t)at);
    return true;
}

/* Position of an equal item, or the length. */
static bool position(vm *m, const cf_list *list, cf_value v, size_t from, size_t *out)
{
    for (*out = from; *out < list->len; ++*out) {
        bool found = cf_equal(list->items[*out], v);
        if (!cf__step_compared(m))
            return false;
        if (found)
            break;
    }
    return true;
}

static bool l_remove(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    size_t at;

    if (!may_change(m, self, "remove") || !check(call, "remove", 1, 1, NULL))
        return false;
    if (!position(m, self.as.list, call->args[0], 0, &at))
        return false;
    if (at == self.as.list->len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "list.remove(x): x not in list");
    remove_at(self.as.list, at);
    *out = cf_none();
    return true;
}

static bool l_clear(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    if (!may_change(m, self, "clear") || !check(call, "clear", 0, 0, NULL))
        return false;
    self.as.list->len = 0;
    *out = cf_none();
    return true;
}

static bool l_copy(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_list *list = check(call, "copy", 0, 0, NULL) ? cf__list_of(m, self) : NULL;

    *out = cf_from_list(list);
    return list != NULL;
}

static bool l_index(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    const cf_list *list = self.as.list;
    int64_t        from, to;
    size_t         at;

    if (!check(call, "index", 1, 3, NULL) || !cf__bound_arg(call, 1, NULL, 0, &from) ||
        !cf__bound_arg(call, 2, NULL, (int64_t)list->len, &to))
        return false;
    from = from < 0 ? from + (int64_t)list->len : from;
    to = to < 0 ? to + (int64_t)list->len : to;
    if (!position(m, list, call->args[0], from < 0 ? 0 : (size_t)from, &at))
        return false;
    if (at >= list->len || (int64_t)at >= to)
        return cf_fail(m->eval.err, CF_ERUNTIME, "value is not in list");
    *out = cf_int((int64_t)at);
    return true;
}

static bool l_count(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    const cf_list *list = self.as.list;
    int64_t        count = 0;

    if (!check(call, "count", 1, 1, NULL))
        return false;
    for (size_t i = 0; i < list->len; i++) {
        count += cf_equal(list->items[i], call->args[0]);
        if (!cf__step_compared(m))
            return false;
    }
    *out = cf_int(count);
    return true;
}

static bool l_reverse(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_list *list = self.as.list;

    if (!may_change(m, self, "reverse") || !check(call, "reverse", 0, 0, NULL))
        return false;
    for (size_t i = 0; i < list->len / 2; i++) {
        cf_value swap = list->items[i];
        list->items[i] = list->items[list->len - 1 - i];
        list->items[list->len - 1 - i] = swap;
    }
    *out = cf_none();
    return true;
}

static bool l_sort(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    static const char *const names[] = { "reverse", NULL };
    cf_list                 *list = self.as.list;
    cf_value                *keys;
    int64_t                  reverse;

    if (!may_change(m, self, "sort") || !check(call, "sort", 0, 0, names) ||
        !cf__index_arg(call, SIZE_MAX, "reverse", 0, &reverse))
        return false;
    keys = cf_memdup(m->eval.arena, list->items, list->len * sizeof(cf_value));
    *out = cf_none();
    return cf__sort(m, list->items, keys, list->len, reverse != 0);
}

const method cf__list_methods[] = {
    { "append", l_append, false },   { "extend", l_extend, false }, { "insert", l_insert, false },
    { "pop", l_pop, false },         { "remove", l_remove, false }, { "clear", l_clear, false },
    { "copy", l_copy, false },       { "index", l_index, false },   { "count", l_count, false },
    { "reverse", l_reverse, false }, { "sort", l_sort, false },     { 0 },
};

/* ---- dicts ---- */

static bool view(vm *m, cf_value self, const cf_call *call, view_kind kind, cf_value *out)
{
    *out = cf__dict_view(m->eval.arena, self.as.map, kind);
    return check(call, "dict view", 0, 0, NULL);
}

static bool d_items(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return view(m, self, call, VIEW_ITEMS, out);
}

static bool d_keys(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return view(m, self, call, VIEW_KEYS, out);
}

static bool d_values(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    return view(m, self, call, VIEW_VALUES, out);
}

static bool d_get(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_value *found;

    if (!check(call, "get", 1, 2, NULL) || !cf__hashable(m, call->args[0]))
        return false;
    found = cf_map_find(self.as.map, call->args[0]);
    *out = found ? *found : call->nargs > 1 ? call->args[1] : cf_none();
    return true;
}

static bool d_setdefault(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_value *found;

    if (!may_change(m, self, "setdefault") || !check(call, "setdefault", 1, 2, NULL) ||
        !cf__hashable(m, call->args[0]))
        return false;
    found = cf_map_find(self.as.map, call->args[0]);
    *out = found ? *found : call->nargs > 1 ? call->args[1] : cf_none();
    if (!found)
        put(m, self.as.map, call->args[0], *out);
    return true;
}

static bool key_error(vm *m, cf_value key)
{
    cf_buf text = cf_buf_in(m->eval.arena, 0);

    cf_to_repr(&m->eval, key, &text);
    return cf_fail(m->eval.err, CF_ERUNTIME, "KeyError: %s", cf_buf_cstr(&text));
}

static bool d_pop(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_value *found;

    if (!may_change(m, self, "pop") || !check(call, "pop", 1, 2, NULL) ||
        (self.as.map->len && !cf__hashable(m, call->args[0])))
        return false;
    found = cf_map_find(self.as.map, call->args[0]);
    if (!found && call->nargs < 2)
        return key_error(m, call->args[0]);
    *out = found ? *found : call->args[1];
    if (found)
        cf_map_remove(self.as.map, call->args[0]);
    return true;
}

static bool d_popitem(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_map  *map = self.as.map;
    cf_list *pair = cf_tuple_new(m->eval.arena);

    if (!may_change(m, self, "popitem") || !check(call, "popitem", 0, 0, NULL))
        return false;
    if (!map->len)
        return cf_fail(m->eval.err, CF_ERUNTIME, "popitem(): dictionary is empty");
    cf_list_add(pair, map->entries[map->len - 1].key);
    cf_list_add(pair, map->entries[map->len - 1].value);
    cf_map_remove(map, pair->items[0]);
    *out = cf_from_list(pair);
    return true;
}

bool cf__update_map(vm *m, cf_map *map, const cf_call *call)
{
    cf_value from = call->nargs ? call->args[0] : cf_none();
    cf_list *pairs = NULL;

    if (from.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, from);
    if (from.type == CF_TYPE_MAP) {
        for (size_t i = 0; i < from.as.map->len; i++)
            put(m, map, from.as.map->entries[i].key, from.as.map->entries[i].value);
    } else if (call->nargs) {
        pairs = cf__list_of(m, from);
        if (!pairs)
            return false;
    }
    for (size_t i = 0; pairs && i < pairs->len; i++) {
        cf_list *pair = cf__list_of(m, pairs->items[i]);
        if (!pair)
            return false;
        if (pair->len != 2)
            return cf_fail(m->eval.err, CF_ERUNTIME,
                           "dictionary update sequence element #%zu has length %zu; 2 is required",
                           i, pair->len);
        if (!cf__hashable(m, pair->items[0]))
            return false;
        put(m, map, pair->items[0], pair->items[1]);
    }
    for (size_t i = 0; i < call->nkwargs; i++)
        put(m, map, cf_string_of(call->kwargs[i].name), call->kwargs[i].value);
    return true;
}

static bool d_update(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    *out = cf_none();
    if (call->nargs > 1)
        return cf_fail(m->eval.err, CF_ETYPE, "update expected at most 1 argument, got %zu",
                       call->nargs);
    return may_change(m, self, "update") && cf__update_map(m, self.as.map, call);
}

static bool d_clear(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_map *map = self.as.map;

    if (!may_change(m, self, "clear") || !check(call, "clear", 0, 0, NULL))
        return false;
    while (map->len)
        cf_map_remove(map, map->entries[map->len - 1].key);
    *out = cf_none();
    return true;
}

/* A new dict of keys that all have the same value. */
static bool d_fromkeys(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    cf_map  *map = cf_map_new(m->eval.arena);
    cf_list *keys;

    (void)self;
    *out = cf_from_map(map);
    if (!check(call, "fromkeys", 1, 2, NULL) || !(keys = cf__list_of(m, call->args[0])))
        return false;
    for (size_t i = 0; i < keys->len; i++) {
        if (!cf__hashable(m, keys->items[i]))
            return false;
        cf_map_put(map, keys->items[i], call->nargs > 1 ? call->args[1] : cf_none());
    }
    return true;
}

static bool d_copy(vm *m, cf_value self, const cf_call *call, cf_value *out)
{
    *out = cf_from_map(cf_map_copy(m->eval.arena, self.as.map));
    return check(call, "copy", 0, 0, NULL);
}

const method cf__dict_methods[] = {
    { "items", d_items, false },       { "keys", d_keys, false },
    { "values", d_values, false },     { "get", d_get, false },
    { "pop", d_pop, false },           { "setdefault", d_setdefault, false },
    { "popitem", d_popitem, false },   { "update", d_update, false },
    { "clear", d_clear, false },       { "copy", d_copy, false },
    { "fromkeys", d_fromkeys, false }, { 0 },
};
