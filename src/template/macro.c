/* macro.c -- macros and callers: binding arguments, running bodies. */
#include "template/runtime.h"

typedef struct macro {
    cf_object    object;
    const proto *proto;
    frame       *up;
    context     *context;
    cf_template *tmpl;
    bool         escape;
} macro;

static const cf_class macro_class;

cf_value cf__make_macro(vm *m, const node *n)
{
    macro *mac = cf_alloc(m->eval.arena, sizeof *mac);

    *mac = (macro){ .object = { &macro_class },
                    .proto = n->as.macro.proto,
                    .up = m->frame,
                    .context = m->context,
                    .tmpl = m->tmpl,
                    .escape = m->escape };
    return cf_from_object(mac);
}

bool cf__is_macro(cf_value v)
{
    return v.type == CF_TYPE_OBJECT && v.as.object->class == &macro_class;
}

/* The keyword arguments that parameters have not taken. */
typedef struct leftover {
    const cf_kwarg *kwargs;
    size_t          count;
    uint64_t        taken; /* The first 64; more than that are looked at by name alone. */
} leftover;

static const cf_kwarg *take(leftover *rest, const char *name)
{
    for (size_t i = 0; i < rest->count; i++)
        if (cf_str_is(rest->kwargs[i].name, name)) {
            if (i < 64)
                rest->taken |= UINT64_C(1) << i;
            return &rest->kwargs[i];
        }
    return NULL;
}

static bool too_many_kwargs(vm *m, const macro *mac, const leftover *rest)
{
    const cf_kwarg *first = NULL;

    for (size_t i = 0; i < rest->count; i++) {
        if (i < 64 && rest->taken >> i & 1)
            continue;
        if (cf_str_is(rest->kwargs[i].name, "caller"))
            return cf_fail(m->eval.err, CF_ETYPE,
                           "macro '%s' was invoked with two values for the special caller "
                           "argument. This is most likely a bug.",
                           mac->proto->name);
        if (!first)
            first = &rest->kwargs[i];
    }
    return !first || cf_fail(m->eval.err, CF_ETYPE, "macro '%s' takes no keyword argument '%.*s'",
                             mac->proto->name, CF_STR_ARG(first->name));
}

static cf_value kwargs_map(vm *m, const leftover *rest)
{
    cf_map *map = cf_map_new(m->eval.arena);

    for (size_t i = 0; i < rest->count; i++)
        if (i >= 64 || !(rest->taken >> i & 1))
            cf_map_put(map, cf_string_of(rest->kwargs[i].name), rest->kwargs[i].value);
    return cf_from_map(map);
}

static cf_value varargs_tuple(vm *m, const proto *p, const cf_value *args, size_t nargs)
{
    cf_list *list = cf_tuple_new(m->eval.arena);

    for (size_t i = p->nparams; i < nargs; i++)
        cf_list_add(list, args[i]);
    return cf_from_list(list);
}

/* Positional and named arguments into their slots; those not given stay empty. */
static void bind_params(const proto *p, cf_value *slots, const cf_value *args, size_t nargs,
                        leftover *rest)
{
    for (uint32_t i = 0; i < p->nparams; i++) {
        const node     *param = p->params[i];
        cf_value       *slot = &slots[param->as.name.ref.slot];
        const cf_kwarg *kw;

        if (i < nargs) {
            *slot = args[i];
        } else if (nargs < p->nparams && (kw = take(rest, param->as.name.text))) {
            *slot = kw->value;
        }
        if (slot->type == CF_TYPE_UNDEFINED && !slot->as.name && i < nargs)
            slot->as.name = "";
    }
}

static bool bind_special(vm *m, const macro *mac, cf_value *slots, const cf_value *args,
                         size_t nargs, leftover *rest)
{
    const proto *p = mac->proto;

    if (p->caller_slot >= 0 && !p->explicit_caller) {
        const cf_kwarg *caller = take(rest, "caller");
        slots[p->caller_slot] = caller ? caller->value
                                       : cf__undefined_hint(m, "caller", "No caller defined",
                                                            CF_EUNDEFINED, false);
    }
    if (p->kwargs_slot >= 0)
        slots[p->kwargs_slot] = kwargs_map(m, rest);
    else if (!too_many_kwargs(m, mac, rest))
        return false;
    if (p->varargs_slot >= 0)
        slots[p->varargs_slot] = varargs_tuple(m, p, args, nargs);
    else if (nargs > p->nparams)
        return cf_fail(m->eval.err, CF_ETYPE, "macro '%s' takes not more than %u argument(s)",
                       p->name, p->nparams);
    return true;
}

/* Parameters that were not given take their default, in the macro's own scope. */
static bool fill_defaults(vm *m, const proto *p)
{
    uint32_t required = p->nparams - p->ndefaults;

    for (uint32_t i = 0; i < p->nparams; i++) {
        const node *param = p->params[i];
        cf_value   *slot = &m->frame->slots[param->as.name.ref.slot];

        if (slot->type != CF_TYPE_UNDEFINED || slot->as.name)
            continue;
        if (i >= required) {
            if (!cf__eval(m, p->defaults[i - required], slot))
                return false;
        } else {
            *slot = cf__undefined_hint(
                m, param->as.name.text,
                cf_printf(m->eval.arena, "parameter '%s' was not provided", param->as.name.text),
                CF_EUNDEFINED, false);
        }
    }
    return true;
}

/* Runs the body in a frame of its own, with the macro's template and context. */
static bool run_body(vm *m, const macro *mac, frame *f)
{
    cf_template *tmpl = m->tmpl;
    context     *c = m->context;
    frame       *before = m->frame;
    bool         escape = m->escape, ok;

    m->tmpl = mac->tmpl;
    m->context = mac->context;
    m->frame = f;
    m->escape = mac->escape;
    ok = cf__enter_scope(m, &mac->proto->scope) && fill_defaults(m, mac->proto) &&
         cf__exec(m, &mac->proto->body) != FLOW_ERROR;
    m->tmpl = tmpl;
    m->context = c;
    m->frame = before;
    m->escape = escape;
    return ok;
}

bool cf__call_macro(vm *m, cf_value value, const cf_value *args, size_t nargs,
                    const cf_kwarg *kwargs, size_t nkwargs, bool to_output, cf_value *out)
{
    macro       *mac = (macro *)value.as.object;
    const proto *p = mac->proto;
    leftover     rest = { kwargs, nkwargs, 0 };
    frame        own, *f = &own;
    size_t       start = 0;
    bool         ok;

    if (!cf__enter_call(m))
        return false;
    if (p->captured)
        f = cf_alloc(m->eval.arena, sizeof *f);
    f->up = mac->up;
    f->slots = p->captured ? cf_alloc(m->eval.arena, (p->nslots + 1) * sizeof(cf_value))
                           : cf__push(m, p->nslots + 1);
    memset(f->slots, 0, (p->nslots + 1) * sizeof(cf_value));
    bind_params(p, f->slots, args, nargs, &rest);
    if (!to_output)
        start = cf__capture_begin(m);
    ok = bind_special(m, mac, f->slots, args, nargs, &rest) && run_body(m, mac, f);
    if (!to_output) {
        *out = cf__capture_end(m, start);
        out->safe = m->escape;
    }
    if (!p->captured)
        cf__pop(m, p->nslots + 1);
    cf__leave_call(m);
    return ok;
}

/* ---- as an object ---- */

static bool macro_call(cf_call *call, cf_object *self, cf_value *result)
{
    vm *m = cf__vm(call->eval);

    return m && cf__call_macro(m, cf_from_object(self), call->args, call->nargs, call->kwargs,
                               call->nkwargs, false, result);
}

static bool macro_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    const proto *p = ((macro *)self)->proto;
    cf_list     *names;

    if (cf_str_is(name, "name")) {
        *out = cf_string(p->name);
    } else if (cf_str_is(name, "arguments")) {
        names = cf_tuple_new(eval->arena);
        for (uint32_t i = 0; i < p->nparams; i++)
            cf_list_add(names, cf_string(p->params[i]->as.name.text));
        *out = cf_from_list(names);
    } else if (cf_str_is(name, "caller")) {
        *out = cf_bool(p->caller_slot >= 0);
    } else if (cf_str_is(name, "catch_kwargs")) {
        *out = cf_bool(p->kwargs_slot >= 0);
    } else if (cf_str_is(name, "catch_varargs")) {
        *out = cf_bool(p->varargs_slot >= 0);
    }
    return true;
}

static bool macro_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    (void)safe;
    cf_buf_printf(out, "<Macro '%s'>", ((macro *)self)->proto->name);
    return true;
}

static const cf_class macro_class = {
    .name = "Macro",
    .get = macro_get,
    .call = macro_call,
    .text = macro_text,
};
