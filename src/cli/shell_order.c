/* shell_order.c -- the shell's sorted(), reversed(), min() and max(). */
#include "cli/shell.h"

static bool compare(cf_call *call, cf_value a, cf_value b, int *order)
{
    return cf_compare(a, b, order, call->eval->err);
}

/* Merges [from, middle) and [middle, to) of pairs (key, value). */
static bool merge(cf_call *call, cf_value *pairs, cf_value *room, size_t from, size_t middle,
                  size_t to, bool reverse)
{
    size_t a = from, b = middle, out = from;
    int    order;

    while (a < middle && b < to) {
        if (!compare(call, pairs[2 * a], pairs[2 * b], &order))
            return false;
        /* Equal ones stay in their order, backwards too. */
        bool   first = reverse ? order >= 0 : order <= 0;
        size_t from_here = first ? a++ : b++;

        room[2 * out] = pairs[2 * from_here];
        room[2 * out + 1] = pairs[2 * from_here + 1];
        out++;
    }
    memcpy(room + 2 * out, pairs + 2 * a, (middle - a) * 2 * sizeof(cf_value));
    out += middle - a;
    memcpy(room + 2 * out, pairs + 2 * b, (to - b) * 2 * sizeof(cf_value));
    memcpy(pairs + 2 * from, room + 2 * from, (to - from) * 2 * sizeof(cf_value));
    return cf__shell_goes_on(call);
}

static bool sort_pairs(cf_call *call, cf_value *pairs, size_t count, bool reverse)
{
    cf_value *room = cf_new_array(call->eval->arena, cf_value, count * 2 + 1);

    for (size_t width = 1; width < count; width *= 2)
        for (size_t i = 0; i + width < count; i += 2 * width) {
            size_t end = i + 2 * width < count ? i + 2 * width : count;

            if (!merge(call, pairs, room, i, i + width, end, reverse))
                return false;
        }
    return true;
}

/* A value's key: the value itself, an attribute by its name, or what a function says. */
static bool key_of(cf_call *call, cf_value key, cf_value v, cf_value *out)
{
    *out = v;
    if (cf_is_missing(key))
        return true;
    if (key.type != CF_TYPE_STRING)
        return cf_call_value(call->eval, key, &v, 1, NULL, 0, out);
    if (!cf_get_attr(call->eval, v, cf_text(key), out))
        return false;
    return out->type != CF_TYPE_UNDEFINED ||
           cf_fail(call->eval->err, CF_EUNDEFINED, "'%s' object has no attribute '%.*s'",
                   cf_type_name(v), CF_STR_ARG(cf_text(key)));
}

bool cf__shell_sorted(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "values", "key", "reverse", NULL };
    cf_value                 key = cf_arg(call, 1, "key");
    cf_list                 *list;
    cf_value                *pairs;

    if (!cf_args_check(call, "sorted", 1, 3, names) ||
        !(list = cf__shell_items(call, cf_arg(call, 0, "values"))))
        return false;
    pairs = cf_new_array(call->eval->arena, cf_value, list->len * 2 + 1);
    for (size_t i = 0; i < list->len; i++) {
        pairs[2 * i + 1] = list->items[i];
        if (!key_of(call, key, list->items[i], &pairs[2 * i]))
            return false;
    }
    if (!sort_pairs(call, pairs, list->len, cf_truth(cf_arg(call, 2, "reverse"))))
        return false;
    for (size_t i = 0; i < list->len; i++)
        list->items[i] = pairs[2 * i + 1];
    *result = cf_from_list(list);
    return true;
}

bool cf__shell_reversed(cf_call *call, cf_value *result)
{
    cf_value v;
    cf_list *list;

    if (!cf__shell_one(call, "reversed", &v) || !(list = cf__shell_items(call, v)))
        return false;
    for (size_t i = 0; i < list->len / 2; i++) {
        cf_value swapped = list->items[i];

        list->items[i] = list->items[list->len - 1 - i];
        list->items[list->len - 1 - i] = swapped;
    }
    *result = cf_from_list(list);
    return true;
}

/* min() and max(): of the arguments, or of the only one's items. */
static bool extreme(cf_call *call, const char *name, int sign, cf_value *result)
{
    static const char *const none[] = { NULL };
    cf_list                 *list = cf_list_new(call->eval->arena);
    cf_call                  bare = *call;
    cf_value                 key = cf_none(), best, other;
    int                      order;

    if (call->nkwargs == 1 && cf_str_is(call->kwargs[0].name, "key")) {
        key = call->kwargs[0].value;
        bare.nkwargs = 0;
    }
    if (!cf_args_check(&bare, name, 0, 1000, none))
        return false;
    if (call->nargs == 1)
        list = cf__shell_items(call, call->args[0]);
    for (size_t i = 0; call->nargs > 1 && i < call->nargs; i++)
        cf_list_add(list, call->args[i]);
    if (!list)
        return false;
    if (!list->len)
        return cf_fail(call->eval->err, CF_EINVAL, "%s() of nothing", name);
    *result = list->items[0];
    if (!key_of(call, key, *result, &best))
        return false;
    for (size_t i = 1; i < list->len; i++) {
        if (!key_of(call, key, list->items[i], &other) || !compare(call, other, best, &order))
            return false;
        if (order * sign > 0) {
            *result = list->items[i];
            best = other;
        }
    }
    return true;
}

bool cf__shell_min(cf_call *call, cf_value *result)
{
    return extreme(call, "min", -1, result);
}

bool cf__shell_max(cf_call *call, cf_value *result)
{
    return extreme(call, "max", 1, result);
}
