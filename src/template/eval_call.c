/* eval_call.c -- calls: arguments, functions, methods, macros, filters, tests. */
#include "template/runtime.h"

#include "template/loop.h"

/* Arguments of one call. They lie on the render's stack unless stars made their number open. */
typedef struct arguments {
    cf_value *args;
    size_t    nargs;
    cf_kwarg *kwargs;
    size_t    nkwargs;
    size_t    pushed; /* Slots to give back. */
} arguments;

/* Slots of the stack that a keyword argument takes. */
#define KWARG_SLOTS (sizeof(cf_kwarg) / sizeof(cf_value))

/* *items: as many more positional arguments. */
static bool add_star(vm *m, const node *star, arguments *a)
{
    cf_list *all = cf_list_new(m->eval.arena);
    cf_iter  iter;
    cf_value v;
    bool     done = false;

    for (size_t i = 0; i < a->nargs; i++)
        cf_list_add(all, a->args[i]);
    if (!cf__eval(m, star, &v))
        return false;
    if (v.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, v))
        return cf__undefined_fail(m, v);
    if (!cf_iterate(&m->eval, v, &iter))
        return false;
    for (;;) {
        if (!cf_iter_next(&iter, &m->eval, &v, &done) || !cf__step(m))
            return false;
        if (done)
            break;
        cf_list_add(all, v);
    }
    a->args = all->items;
    a->nargs = all->len;
    return true;
}

/* **dict: as many more keyword arguments. */
static bool add_double_star(vm *m, const node *star, arguments *a)
{
    cf_kwarg *all;
    cf_value  v;

    if (!cf__eval(m, star, &v))
        return false;
    if (v.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, v);
    if (v.type != CF_TYPE_MAP)
        return cf_fail(m->eval.err, CF_ETYPE, "argument after ** must be a mapping, not %s",
                       cf_type_name(v));
    all = cf_new_array(m->eval.arena, cf_kwarg, a->nkwargs + v.as.map->len + 1);
    if (a->nkwargs)
        memcpy(all, a->kwargs, a->nkwargs * sizeof *all);
    for (size_t i = 0; i < v.as.map->len; i++) {
        const cf_entry *e = &v.as.map->entries[i];
        if (e->key.type != CF_TYPE_STRING)
            return cf_fail(m->eval.err, CF_ETYPE, "keywords must be strings");
        for (size_t k = 0; k < a->nkwargs; k++)
            if (cf_str_eq(all[k].name, cf_text(e->key)))
                return cf_fail(m->eval.err, CF_ETYPE,
                               "got multiple values for keyword argument '%.*s'",
                               CF_STR_ARG(cf_text(e->key)));
        all[a->nkwargs++] = (cf_kwarg){ cf_text(e->key), e->value };
    }
    a->kwargs = all;
    return true;
}

/* Evaluates arguments; `first` is put in front when not NULL, `extra` behind the keywords. */
static bool evaluate(vm *m, const call_args *from, const cf_value *first, const cf_kwarg *extra,
                     arguments *a)
{
    size_t lead = first ? 1 : 0, named = from->named.len + (extra ? 1 : 0);

    a->nargs = lead + from->positional.len;
    a->nkwargs = 0;
    a->pushed = a->nargs + named * KWARG_SLOTS;
    a->args = cf__push(m, a->pushed);
    a->kwargs = (cf_kwarg *)(void *)(a->args + a->nargs);
    if (first)
        a->args[0] = *first;
    for (uint32_t i = 0; i < from->positional.len; i++)
        if (!cf__eval(m, from->positional.items[i], &a->args[lead + i]))
            return false;
    if (from->star && !add_star(m, from->star, a))
        return false;
    for (uint32_t i = 0; i < from->named.len; i++) {
        cf_kwarg *kw = &a->kwargs[a->nkwargs];
        kw->name = from->names[i];
        if (!cf__eval(m, from->named.items[i], &kw->value))
            return false;
        a->nkwargs++;
    }
    if (extra)
        a->kwargs[a->nkwargs++] = *extra;
    return !from->double_star || add_double_star(m, from->double_star, a);
}

/* ---- calling values ---- */

static bool call_value(vm *m, cf_value callee, const arguments *a, bool to_output, bool *written,
                       cf_value *out)
{
    if (cf__is_macro(callee)) {
        if (to_output)
            *written = true;
        return cf__call_macro(m, callee, a->args, a->nargs, a->kwargs, a->nkwargs, to_output, out);
    }
    if (callee.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, callee);
    return cf_call_value(&m->eval, callee, a->args, a->nargs, a->kwargs, a->nkwargs, out);
}

static bool call_method(vm *m, cf_value self, const method *how, const arguments *a, cf_value *out)
{
    cf_call call = { .eval = &m->eval,
                     .args = a->args,
                     .nargs = a->nargs,
                     .kwargs = a->kwargs,
                     .nkwargs = a->nkwargs };

    return how->call(m, self, &call, out);
}

/* x.name(…) on an object: its attribute, or else its method. */
static bool call_object(vm *m, const node *attr, cf_value self, const arguments *a, bool to_output,
                        bool *written, cf_value *out)
{
    const cf_class *class = self.as.object->class;
    cf_str   name = cf_str_n(attr->as.attr.name, attr->as.attr.len);
    cf_call  call = { .eval = &m->eval,
                      .args = a->args,
                      .nargs = a->nargs,
                      .kwargs = a->kwargs,
                      .nkwargs = a->nkwargs };
    cf_value callee;
    bool     found = false;

    if (m->env->options.sandbox && name.len && name.ptr[0] == '_')
        return cf__undefined_fail(m, cf__undefined_attr(m, self, name));
    callee = cf_undefined(NULL);
    if (class->get && !class->get(&m->eval, self.as.object, name, &callee))
        return false;
    if (callee.type == CF_TYPE_UNDEFINED && class->method) {
        *out = cf_none();
        if (!class->method(&call, self.as.object, name, out, &found))
            return false;
        if (found)
            return true;
    }
    if (callee.type == CF_TYPE_UNDEFINED && !cf__get_attr(m, self, name, NULL, &callee))
        return false;
    return call_value(m, callee, a, to_output, written, out);
}

static bool call_attr(vm *m, const node *n, const cf_kwarg *extra, bool to_output, bool *written,
                      cf_value *out)
{
    const node   *attr = n->as.call.callee;
    const method *how;
    cf_value      self, callee;
    arguments     a;
    bool          ok;

    if (!cf__eval(m, attr->as.attr.value, &self))
        return false;
    how = cf__method_of(self, attr->as.attr.methods);
    if (!how && self.type != CF_TYPE_OBJECT &&
        !cf__get_attr(m, self, cf_str_n(attr->as.attr.name, attr->as.attr.len), NULL, &callee))
        return false;
    ok = evaluate(m, &n->as.call.args, NULL, extra, &a);
    if (ok) {
        if (how)
            ok = call_method(m, self, how, &a, out);
        else if (self.type == CF_TYPE_OBJECT)
            ok = call_object(m, attr, self, &a, to_output, written, out);
        else
            ok = call_value(m, callee, &a, to_output, written, out);
    }
    cf__pop(m, a.pushed);
    return ok;
}

bool cf__eval_call(vm *m, const node *n, cf_value *out, const cf_kwarg *extra, bool to_output,
                   bool *written)
{
    cf_value  callee;
    arguments a;
    bool      ok;

    if (!cf__step(m))
        return false;
    if (n->as.call.callee->kind == N_GETATTR)
        return call_attr(m, n, extra, to_output, written, out) ||
               cf__fail_node(m, n->as.call.callee);
    if (!cf__eval(m, n->as.call.callee, &callee))
        return false;
    ok = evaluate(m, &n->as.call.args, NULL, extra, &a) &&
         call_value(m, callee, &a, to_output, written, out);
    cf__pop(m, a.pushed);
    return ok;
}

/* ---- filters and tests ---- */

static bool apply(vm *m, const node *n, cf_value value, cf_value *out)
{
    const operation *op = n->as.filter.operation;
    const call_args *args = &n->as.filter.args;
    cf_call          call = { .eval = &m->eval, .args = &value, .nargs = 1 };
    arguments        a;
    bool             ok;

    if (!args->positional.len && !args->named.len && !args->star && !args->double_star)
        return cf__operate(op, &call, out);
    if (!evaluate(m, &n->as.filter.args, &value, NULL, &a)) {
        cf__pop(m, a.pushed);
        return false;
    }
    call.args = a.args;
    call.nargs = a.nargs;
    call.kwargs = a.kwargs;
    call.nkwargs = a.nkwargs;
    ok = cf__operate(op, &call, out);
    cf__pop(m, a.pushed);
    return ok;
}

bool cf__apply_filter(vm *m, const node *n, cf_value *out)
{
    cf_value value = m->captured;

    if (n->as.filter.value && !cf__eval(m, n->as.filter.value, &value))
        return false;
    if (!n->as.filter.operation)
        return cf_fail(m->eval.err, CF_ERUNTIME, "No filter named '%s' found.", n->as.filter.name);
    return apply(m, n, value, out);
}

bool cf__apply_test(vm *m, const node *n, bool *out)
{
    cf_value value, result;

    if (!cf__eval(m, n->as.filter.value, &value))
        return false;
    if (!n->as.filter.operation)
        return cf_fail(m->eval.err, CF_ERUNTIME, "No test named '%s' found.", n->as.filter.name);
    if (!apply(m, n, value, &result) || !cf__truth(m, result, out))
        return false;
    *out ^= n->as.filter.negated;
    return true;
}
