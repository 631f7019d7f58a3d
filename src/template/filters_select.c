/* filters_select.c -- map, select, reject and their attribute forms; default, attr.
 *
 * Those that go through items give generators. */
#include "template/filters.h"

/* What a map or select remembers between items. */
typedef struct picking {
    cf_call         *call;
    const operation *op;   /* The filter or test; NULL: the value itself. */
    cf_value        *args; /* Its arguments; args[0] is the item's place. */
    size_t           nargs;
    getter           get; /* The attribute that is given or tested. */
    bool             keep, attr, started, empty;
    cf_iter          iter;
} picking;

static bool unknown(vm *m, const char *kind, cf_value name)
{
    if (name.type != CF_TYPE_STRING)
        return cf_fail(m->eval.err, CF_ETYPE, "a %s's name must be a string, not %s", kind,
                       cf_type_name(name));
    return cf_fail(m->eval.err, CF_ERUNTIME, "No %s named '%.*s'.", kind,
                   CF_STR_ARG(cf_text(name)));
}

/* A script may go on with a generator that an earlier one began, whose vm is gone. */
static void resume(vm *m, picking *p)
{
    p->call->eval = &m->eval;
    p->get.m = m;
}

/* Begins to walk what is picked from; whatever counts as false has no items. */
static bool start(vm *m, picking *p)
{
    cf_value v = p->call->args[0];
    bool     truth;

    p->started = true;
    if (!cf__truth(m, v, &truth))
        return false;
    p->empty = !truth;
    return p->empty || cf_iterate(&m->eval, v, &p->iter);
}

/* The next item of what is picked from. */
static bool next_item(vm *m, picking *p, cf_value *item, bool *done)
{
    *done = p->empty;
    return *done || (cf_iter_next(&p->iter, &m->eval, item, done) && cf__step(m));
}

/* Takes the arguments of the filter or test whose name stands at args[at]. */
static void take_arguments(picking *p, size_t at)
{
    p->nargs = p->call->nargs - at;
    p->args = cf_memdup(p->call->eval->arena, p->call->args + at, p->nargs * sizeof(cf_value));
}

/* Applies the filter or test to an item. Its name is looked up when there is an item at all, so
 * that an unknown one does no harm to an empty list. */
static bool apply(vm *m, picking *p, bool filter, cf_value item, cf_value *out)
{
    cf_call     inner = { .eval = &m->eval, .args = p->args, .nargs = p->nargs };
    const char *name;

    if (!p->args) {
        *out = item;
        return true;
    }
    if (!p->op) {
        name = cf_cstr(m->eval.arena, p->args[0], "");
        p->op = filter ? cf__find_filter(m->env, name) : cf__find_test(m->env, name);
        if (!p->op)
            return unknown(m, filter ? "filter" : "test", p->args[0]);
    }
    inner.kwargs = p->call->kwargs;
    inner.nkwargs = p->call->nkwargs;
    p->args[0] = item;
    return cf__operate(p->op, &inner, out);
}

/* ---- map ---- */

static bool start_map(vm *m, picking *p)
{
    static const char *const names[] = { "attribute", "default", NULL };
    cf_call                 *call = p->call;
    cf_value                 attribute = cf_arg(call, SIZE_MAX, "attribute");

    if (p->started)
        return true;
    if (!start(m, p) || p->empty)
        return p->empty;
    if (call->nargs > 1) {
        take_arguments(p, 1);
        return true;
    }
    if (attribute.type == CF_TYPE_UNDEFINED)
        return cf_fail(m->eval.err, CF_ERUNTIME, "map requires a filter argument");
    p->attr = true;
    if (!cf__filter_args(call, "map", 0, 0, names) || !cf__getter(m, attribute, &p->get))
        return false;
    p->get.fallback = cf_arg(call, SIZE_MAX, "default");
    return true;
}

static bool next_mapped(vm *m, void *state, cf_value *item, bool *done)
{
    picking *p = state;

    resume(m, p);
    if (!start_map(m, p) || !next_item(m, p, item, done))
        return false;
    if (*done)
        return true;
    return p->attr ? cf__getter_get(&p->get, *item, item) : apply(m, p, true, *item, item);
}

static bool do_map(cf_call *call, cf_value *out)
{
    picking *p = cf_new(call->eval->arena, picking);

    p->call = cf__keep_call(call);
    *out = cf__generator(filter_vm(call), "do_map", next_mapped, p);
    return true;
}

/* ---- select and reject ---- */

static bool start_select(vm *m, picking *p)
{
    size_t at = p->attr ? 2 : 1;

    p->get = (getter){ .m = m };
    if (!start(m, p) || p->empty)
        return p->empty;
    if (p->attr && p->call->nargs < 2)
        return cf_fail(m->eval.err, CF_ERUNTIME, "Missing parameter for attribute name");
    if (p->attr && !cf__getter(m, p->call->args[1], &p->get))
        return false;
    if (p->call->nargs > at)
        take_arguments(p, at);
    return true;
}

static bool next_selected(vm *m, void *state, cf_value *item, bool *done)
{
    picking *p = state;

    resume(m, p);
    if (!p->started && !start_select(m, p))
        return false;
    for (;;) {
        cf_value v;
        bool     truth;
        if (!next_item(m, p, item, done))
            return false;
        if (*done)
            return true;
        if (!cf__getter_get(&p->get, *item, &v) || !apply(m, p, false, v, &v) ||
            !cf__truth(m, v, &truth))
            return false;
        if (truth == p->keep)
            return true;
    }
}

/* Keeps the items for which a test holds (or does not); `attr` tests an attribute of each. */
static bool choose(cf_call *call, bool keep, bool attr, cf_value *out)
{
    picking *p = cf_new(call->eval->arena, picking);

    p->call = cf__keep_call(call);
    p->keep = keep;
    p->attr = attr;
    *out = cf__generator(filter_vm(call), "select_or_reject", next_selected, p);
    return true;
}

static bool do_select(cf_call *call, cf_value *out)
{
    return choose(call, true, false, out);
}

static bool do_reject(cf_call *call, cf_value *out)
{
    return choose(call, false, false, out);
}

static bool do_selectattr(cf_call *call, cf_value *out)
{
    return choose(call, true, true, out);
}

static bool do_rejectattr(cf_call *call, cf_value *out)
{
    return choose(call, false, true, out);
}

static bool do_default(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "default_value", "boolean", NULL };
    cf_value                 v = call->args[0], other = cf_arg(call, 1, "default_value");
    bool                     truth = true;

    if (!cf__filter_args(call, "default", 0, 2, names))
        return false;
    if (v.type != CF_TYPE_UNDEFINED && cf__bool_arg(call, 2, "boolean", false) &&
        !cf__truth(filter_vm(call), v, &truth))
        return false;
    if (v.type == CF_TYPE_UNDEFINED || !truth)
        *out = call->nargs < 2 && other.type == CF_TYPE_UNDEFINED ? cf_string("") : other;
    else
        *out = v;
    return true;
}

static bool do_attr(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "name", NULL };
    vm                      *m = filter_vm(call);
    cf_value                 name = cf_arg(call, 1, "name");

    if (!cf__filter_args(call, "attr", 1, 1, names))
        return false;
    if (name.type != CF_TYPE_STRING || name.bytes)
        return cf_fail(call->eval->err, CF_ETYPE, "attribute name must be string, not '%s'",
                       cf_type_name(name));
    if (call->args[0].type == CF_TYPE_MAP)
        return cf__get_method(m, call->args[0], cf_text(name), out);
    return cf__get_attr(m, call->args[0], cf_text(name), NULL, out);
}

const operation cf__filters_select[] = {
    { .name = "map", .call = do_map },
    { .name = "select", .call = do_select },
    { .name = "reject", .call = do_reject },
    { .name = "selectattr", .call = do_selectattr },
    { .name = "rejectattr", .call = do_rejectattr },
    { .name = "default", .call = do_default },
    { .name = "d", .call = do_default },
    { .name = "attr", .call = do_attr },
    { 0 },
};
