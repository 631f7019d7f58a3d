/* filters_list.c -- filters on lists, dicts and other things that can be walked. */
#include "template/filters.h"

static cf_list *items_of(cf_call *call)
{
    return cf__list_of(filter_vm(call), call->args[0]);
}

static bool undefined_result(cf_call *call, const char *hint, cf_value *out)
{
    *out = cf__undefined_hint(filter_vm(call), "", hint, CF_EUNDEFINED, false);
    return true;
}

static bool do_first(cf_call *call, cf_value *out)
{
    vm     *m = filter_vm(call);
    cf_iter iter;
    bool    done = false;

    if (call->args[0].type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, call->args[0]))
        return cf__undefined_fail(m, call->args[0]);
    if (!cf_iterate(call->eval, call->args[0], &iter) ||
        !cf_iter_next(&iter, call->eval, out, &done))
        return false;
    return !done || undefined_result(call, "No first item, sequence was empty.", out);
}

/* An item of a list made of text: indexing HTML gives HTML. */
static cf_value item_of(const cf_call *call, const cf_list *list, size_t at)
{
    cf_value v = list->items[at];

    if (call->args[0].type == CF_TYPE_STRING)
        v.safe = call->args[0].safe;
    return v;
}

/* Fails for what can only be walked forwards, once. */
static bool not_generator(cf_call *call, const char *what)
{
    return !cf__is_generator(call->args[0]) || cf_fail(call->eval->err, CF_ETYPE, "%s", what);
}

static bool do_last(cf_call *call, cf_value *out)
{
    cf_value v = call->args[0];
    cf_list *list;

    if (!not_generator(call, "'generator' object is not reversible; put |list before |last"))
        return false;
    if (cf__is_range(v) && cf__range_count(v))
        return cf__get_item(filter_vm(call), v, cf_int(-1), out);
    list = items_of(call);
    if (!list)
        return false;
    if (!list->len)
        return undefined_result(call, "No last item, sequence was empty.", out);
    *out = item_of(call, list, list->len - 1);
    return true;
}

static bool do_random(cf_call *call, cf_value *out)
{
    cf_list *list;

    if (!not_generator(call, "object of type 'generator' has no len(); put |list before |random") ||
        !(list = items_of(call)))
        return false;
    if (!list->len)
        return undefined_result(call, "No random item, sequence was empty.", out);
    *out = item_of(call, list, cf__random(filter_vm(call)) % list->len);
    return true;
}

static bool do_length(cf_call *call, cf_value *out)
{
    cf_value v = call->args[0];
    int64_t  length;

    if (v.type == CF_TYPE_UNDEFINED) {
        if (cf__undefined_strict(filter_vm(call), v))
            return cf__undefined_fail(filter_vm(call), v);
        *out = cf_int(0);
        return true;
    }
    length = cf_length(call->eval, v);
    if (length < 0)
        return call->eval->err->code
                   ? false
                   : cf_fail(call->eval->err, CF_ETYPE, "object of type '%s' has no len()%s",
                             cf_type_name(v),
                             cf__is_generator(v) ? "; put |list before |length" : "");
    *out = cf_int(length);
    return true;
}

static bool do_list(cf_call *call, cf_value *out)
{
    cf_list *list = items_of(call);

    *out = cf_from_list(list);
    return list != NULL;
}

/* ---- join ---- */

/* HTML, and chainable undefined values, which stand for HTML that is not there. */
static bool is_html(const vm *m, cf_value v)
{
    return (v.type == CF_TYPE_STRING && v.safe) ||
           (v.type == CF_TYPE_UNDEFINED && m->env->options.undefined == CF_UNDEFINED_CHAINABLE);
}

static bool join_items(vm *m, const cf_list *list, cf_value separator, bool escape, cf_value *out)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    for (size_t i = 0; i < list->len; i++)
        if ((i && !cf__print(m, separator, escape, &text)) ||
            !cf__print(m, list->items[i], escape, &text))
            return false;
    *out = cf__string(cf_buf_view(&text), escape);
    return cf_buf_ok(&text, m->eval.err);
}

static bool do_join(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "d", "attribute", NULL };
    vm                      *m = filter_vm(call);
    cf_value separator = cf_arg(call, 1, "d"), attribute = cf_arg(call, 2, "attribute");
    cf_list *list;
    getter   get;
    bool     escape;

    if (!cf__filter_args(call, "join", 0, 2, names) || !cf__getter(m, attribute, &get) ||
        !(list = items_of(call)))
        return false;
    if (cf__absent(separator))
        separator = cf_string("");
    escape = m->escape && is_html(m, separator);
    for (size_t i = 0; i < list->len; i++) {
        if (get.nparts && !cf__getter_get(&get, list->items[i], &list->items[i]))
            return false;
        escape |= m->escape && is_html(m, list->items[i]);
    }
    return join_items(m, list, separator, escape, out);
}

/* ---- order ---- */

/* The getters of a comma-separated list of attributes. */
static bool multi_getter(vm *m, cf_value attribute, bool ignore_case, getter *gets, size_t most,
                         size_t *count)
{
    cf_str rest = cf_text(attribute), part;
    bool   more = attribute.type == CF_TYPE_STRING;

    *count = 1;
    if (!more || cf_str_chr(rest, ',') == CF_NPOS) {
        if (!cf__getter(m, attribute, &gets[0]))
            return false;
        gets[0].ignore_case = ignore_case;
        return true;
    }
    for (*count = 0; more; ++*count) {
        if (*count == most)
            return cf_fail(m->eval.err, CF_ELIMIT, "sort takes at most %zu attributes", most);
        more = cf_str_cut(rest, ',', &part, &rest);
        if (!cf__getter(m, cf_string_of(part), &gets[*count]))
            return false;
        gets[*count].ignore_case = ignore_case;
    }
    return true;
}

/* What has an order also beside its equal. */
static bool is_ordered(cf_value v)
{
    return (v.type >= CF_TYPE_BOOL && v.type <= CF_TYPE_STRING) ||
           (v.type == CF_TYPE_OBJECT && v.as.object->class->compare && !cf__is_group(v));
}

/* What `sort` sorts by: a list of values, so that equal ones need have no order. */
static bool sort_key(vm *m, const getter *gets, size_t count, cf_value item, cf_value *out)
{
    cf_list *keys = NULL;

    if (count == 1)
        return cf__getter_get(gets, item, out);
    keys = cf_list_new(m->eval.arena);
    for (size_t i = 0; i < count; i++) {
        cf_value v;
        if (!cf__getter_get(&gets[i], item, &v))
            return false;
        cf_list_add(keys, v);
    }
    *out = cf_from_list(keys);
    return true;
}

/* Makes lone keys lists of one, unless all have an order. */
static void wrap_keys(vm *m, cf_value *keys, size_t count)
{
    size_t plain = 0;

    while (plain < count && is_ordered(keys[plain]))
        plain++;
    for (size_t i = 0; plain < count && i < count; i++) {
        cf_list *lone = cf_list_new(m->eval.arena);
        cf_list_add(lone, keys[i]);
        keys[i] = cf_from_list(lone);
    }
}

/* Sorts by the keys of `sort`, or by plain values where `count` is 0. */
static bool sort_list(vm *m, cf_list *list, const getter *gets, size_t count, bool reverse)
{
    cf_value *keys = cf_new_array(m->eval.arena, cf_value, list->len + 1);

    for (size_t i = 0; i < list->len; i++)
        if (count ? !sort_key(m, gets, count, list->items[i], &keys[i])
                  : !cf__getter_get(gets, list->items[i], &keys[i]))
            return false;
    if (count == 1)
        wrap_keys(m, keys, list->len);
    return cf__sort(m, list->items, keys, list->len, reverse);
}

/* Whether a sort falls: what counts as a whole number tells. */
static bool reverse_arg(const cf_call *call, size_t i, bool *out)
{
    cf_value v = cf_arg(call, i, "reverse");

    *out = cf__bool_arg(call, i, "reverse", false);
    return v.type == CF_TYPE_BOOL || v.type == CF_TYPE_INT ||
           (v.type == CF_TYPE_UNDEFINED && call->nargs <= i) ||
           cf_fail(call->eval->err, CF_ETYPE, "'%s' object cannot be interpreted as an integer",
                   cf_type_name(v));
}

static bool do_sort(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "reverse", "case_sensitive", "attribute", NULL };
    vm                      *m = filter_vm(call);
    getter                   gets[8];
    size_t                   count;
    cf_list                 *list;
    bool                     reverse;

    if (!cf__filter_args(call, "sort", 0, 3, names) || !(list = items_of(call)) ||
        !multi_getter(m, cf_arg(call, 3, "attribute"),
                      !cf__bool_arg(call, 2, "case_sensitive", false), gets, 8, &count) ||
        !reverse_arg(call, 1, &reverse) || !sort_list(m, list, gets, count, reverse))
        return false;
    *out = cf_from_list(list);
    return true;
}

static bool do_dictsort(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "case_sensitive", "by", "reverse", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 by = cf_arg(call, 2, "by");
    bool                     by_value = cf_str_is(cf_text(by), "value");
    cf_list                 *list;
    getter                   get;
    bool                     reverse;

    if (!cf__filter_args(call, "dictsort", 0, 3, names) || !reverse_arg(call, 3, &reverse))
        return false;
    if (!cf__absent(by) && !by_value && !cf_str_is(cf_text(by), "key"))
        return cf_fail(call->eval->err, CF_ERUNTIME,
                       "You can only sort by either \"key\" or \"value\"");
    list = cf__pairs_of(m, call->args[0]);
    if (!list || !cf__getter(m, cf_int(by_value), &get))
        return false;
    get.ignore_case = !cf__bool_arg(call, 1, "case_sensitive", false);
    *out = cf_from_list(list);
    return sort_list(m, list, &get, 0, reverse);
}

static bool extreme(cf_call *call, const char *name, bool max, cf_value *out)
{
    static const char *const names[] = { "case_sensitive", "attribute", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 best = { 0 }, key;
    cf_list                 *list;
    getter                   get;

    if (!cf__filter_args(call, name, 0, 2, names) || !(list = items_of(call)) ||
        !cf__getter(m, cf_arg(call, 2, "attribute"), &get))
        return false;
    get.ignore_case = !cf__bool_arg(call, 1, "case_sensitive", false);
    if (!list->len)
        return undefined_result(call, "No aggregated item, sequence was empty.", out);
    for (size_t i = 0; i < list->len; i++) {
        bool better = i == 0;
        if (!cf__getter_get(&get, list->items[i], &key))
            return false;
        if (i && !cf__compare(m, max ? OP_GT : OP_LT, key, best, &better))
            return false;
        if (better) {
            best = key;
            *out = list->items[i];
        }
    }
    return true;
}

static bool do_min(cf_call *call, cf_value *out)
{
    return extreme(call, "min", false, out);
}

static bool do_max(cf_call *call, cf_value *out)
{
    return extreme(call, "max", true, out);
}

/* ---- groupby ---- */

/* A pair that also answers to .grouper and .list. */
typedef struct group {
    cf_object object;
    cf_list  *pair;
} group;

static const cf_class group_class;

bool cf__is_group(cf_value v)
{
    return v.type == CF_TYPE_OBJECT && v.as.object->class == &group_class;
}

static bool group_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    const cf_list *pair = ((group *)self)->pair;

    (void)eval;
    if (cf_str_is(name, "grouper"))
        *out = pair->items[0];
    else if (cf_str_is(name, "list"))
        *out = pair->items[1];
    return true;
}

static bool group_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    if (key.type != CF_TYPE_INT && key.type != CF_TYPE_BOOL)
        return true;
    return cf_get_item(eval, cf_from_list(((group *)self)->pair), key, out);
}

static bool group_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    return cf_iterate(eval, cf_from_list(((group *)self)->pair), iter);
}

static bool group_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    (void)eval;
    (void)self;
    *out = 2;
    return true;
}

static bool group_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)safe;
    return cf_to_repr(eval, cf_from_list(((group *)self)->pair), out);
}

static cf_value pair_of(cf_value v)
{
    return cf__is_group(v) ? cf_from_list(((group *)v.as.object)->pair) : v;
}

static bool group_equal(cf_object *a, cf_value b)
{
    return cf_equal(cf_from_list(((group *)a)->pair), pair_of(b));
}

static bool group_compare(cf_object *a, cf_value b, int *order, cf_error *err)
{
    return cf_compare(cf_from_list(((group *)a)->pair), pair_of(b), order, err);
}

static bool group_slice(cf_eval *eval, cf_object *self, int64_t from, int64_t to, cf_value *out)
{
    cf_list *part = cf_tuple_new(eval->arena);

    for (int64_t i = from; i < to && i < 2; i++)
        cf_list_add(part, ((group *)self)->pair->items[i]);
    *out = cf_from_list(part);
    return true;
}

static bool group_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    (void)eval;
    *out = cf_from_list(((group *)self)->pair);
    return true;
}

static const cf_class group_class = {
    .name = "_GroupTuple",
    .get = group_get,
    .item = group_item,
    .iter = group_iter,
    .length = group_length,
    .text = group_text,
    .json = group_json,
    .equal = group_equal,
    .compare = group_compare,
    .slice = group_slice,
};

static cf_list *add_group(cf_arena *arena, cf_list *groups, cf_value key)
{
    group   *g = cf_new(arena, group);
    cf_list *members = cf_list_new(arena);

    g->object.class = &group_class;
    g->pair = cf_tuple_new(arena);
    cf_list_add(g->pair, key);
    cf_list_add(g->pair, cf_from_list(members));
    cf_list_add(groups, cf_from_object(g));
    return members;
}

static bool do_groupby(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "attribute", "default", "case_sensitive", NULL };
    vm                      *m = filter_vm(call);
    cf_list                 *list, *groups = cf_list_new(call->eval->arena), *members = NULL;
    cf_value                 last = { 0 }, key;
    getter                   get;

    if (!cf__filter_args(call, "groupby", 1, 3, names) || !(list = items_of(call)) ||
        !cf__getter(m, cf_arg(call, 1, "attribute"), &get))
        return false;
    get.fallback = cf_arg(call, 2, "default");
    get.ignore_case = !cf__bool_arg(call, 3, "case_sensitive", false);
    if (!sort_list(m, list, &get, 0, false))
        return false;
    for (size_t i = 0; i < list->len; i++) {
        if (!cf__getter_get(&get, list->items[i], &key))
            return false;
        if (!members || !cf_equal(key, last)) {
            getter   plain = get;
            cf_value shown;
            plain.ignore_case = false;
            if (!cf__getter_get(&plain, list->items[i], &shown))
                return false;
            members = add_group(call->eval->arena, groups, shown);
            last = key;
        }
        cf_list_add(members, list->items[i]);
    }
    *out = cf_from_list(groups);
    return true;
}

/* ---- sum ---- */

static bool do_sum(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "attribute", "start", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 start = cf_arg(call, 2, "start"), v;
    cf_list                 *list;
    getter                   get;

    if (!cf__filter_args(call, "sum", 0, 2, names) || !(list = items_of(call)) ||
        !cf__getter(m, cf_arg(call, 1, "attribute"), &get))
        return false;
    *out = start.type == CF_TYPE_UNDEFINED ? cf_int(0) : start;
    if (start.type == CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "sum() can't sum strings; use join");
    for (size_t i = 0; i < list->len; i++)
        if (!cf__getter_get(&get, list->items[i], &v) || !cf__binary(m, OP_ADD, *out, v, out))
            return false;
    return true;
}

const operation cf__filters_list[] = {
    { .name = "first", .call = do_first, .alone = true },
    { .name = "last", .call = do_last, .alone = true },
    { .name = "random", .call = do_random, .alone = true },
    { .name = "length", .call = do_length, .alone = true },
    { .name = "count", .call = do_length, .alone = true },
    { .name = "list", .call = do_list, .alone = true },
    { .name = "join", .call = do_join },
    { .name = "sort", .call = do_sort },
    { .name = "dictsort", .call = do_dictsort },
    { .name = "min", .call = do_min },
    { .name = "max", .call = do_max },
    { .name = "groupby", .call = do_groupby },
    { .name = "sum", .call = do_sum },
    { 0 },
};
