/* exec.c -- running statements. */
#include "template/runtime.h"

#include "template/loop.h"

/* ---- variables ---- */

bool cf__load_slow(vm *m, const char *name, name_ref ref, cf_value *out)
{
    bool found = false;

    *out = cf_undefined(name);
    if (!ref.resolve)
        return true;
    if (!cf__lookup(m, m->context, name, out, &found))
        return false;
    if (out->type == CF_TYPE_UNDEFINED && !out->as.name)
        *out = cf_undefined(name);
    /* The lookup may have suspended, but frames do not move. */
    *cf__slot(m, ref) = *out;
    return true;
}

bool cf__enter_scope(vm *m, const scope_code *code)
{
    for (uint32_t i = 0; i < code->ninits; i++) {
        const slot_init *init = &code->inits[i];
        cf_value         value = { 0 };

        if (init->alias && !cf__load(m, init->name, init->from, &value))
            return false;
        m->frame->slots[init->slot] = value;
    }
    return true;
}

static bool assign_tuple(vm *m, const node *target, cf_value value, bool toplevel)
{
    uint32_t  want = target->as.list.items.len, got = 0;
    cf_value *items = NULL;
    cf_iter   iter;
    bool      done = false;

    if (value.type == CF_TYPE_LIST) {
        got = (uint32_t)value.as.list->len;
        items = value.as.list->items;
    } else {
        if (value.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, value))
            return cf__undefined_fail(m, value);
        if (!cf_iterate(&m->eval, value, &iter))
            return false;
        items = cf_new_array(m->eval.arena, cf_value, want + 1);
        while (got <= want) {
            if (!cf_iter_next(&iter, &m->eval, &items[got], &done))
                return false;
            if (done)
                break;
            got++;
        }
    }
    if (got < want)
        return cf_fail(m->eval.err, CF_ETYPE, "not enough values to unpack (expected %u, got %u)",
                       want, got);
    if (got > want)
        return cf_fail(m->eval.err, CF_ETYPE, "too many values to unpack (expected %u)", want);
    for (uint32_t i = 0; i < want; i++)
        if (!cf__assign(m, target->as.list.items.items[i], items[i], toplevel))
            return false;
    return true;
}

bool cf__assign(vm *m, const node *target, cf_value value, bool toplevel)
{
    if (value.type == CF_TYPE_UNDEFINED && !value.as.name)
        value.as.name = "";
    switch ((node_kind)target->kind) {
    case N_NAME:
        *cf__slot(m, target->as.name.ref) = value;
        return !toplevel || cf__export(m, target->as.name.text, value, true);
    case N_NSREF: {
        cf_value ns;
        if (!cf__load(m, target->as.nsref.name, target->as.nsref.ref, &ns))
            return false;
        return cf__namespace_set(m, ns, target->as.nsref.attr, value);
    }
    default:
        return assign_tuple(m, target, value, toplevel);
    }
}

/* ---- statements ---- */

static flow fail(vm *m, const node *n)
{
    cf__fail_node(m, n);
    return FLOW_ERROR;
}

static flow exec_output(vm *m, const node *n)
{
    const node_list *items = &n->as.list.items;

    if (n->check_child && m->parent)
        return FLOW_NEXT;
    for (uint32_t i = 0; i < items->len; i++) {
        const node *item = items->items[i];
        if (item->kind == N_DATA)
            cf_buf_str(m->out, item->as.data.text);
        else if (!cf__output(m, item))
            return fail(m, item);
    }
    if (m->sink && !cf__flush(m))
        return fail(m, n);
    return FLOW_NEXT;
}

static flow exec_if(vm *m, const node *n)
{
    bool truth;

    if (!cf__holds(m, n->as.branch.test, &truth))
        return fail(m, n->as.branch.test);
    if (truth)
        return cf__exec(m, &n->as.branch.body);
    for (uint32_t i = 0; i < n->as.branch.elifs.len; i++) {
        const node *other = n->as.branch.elifs.items[i];
        if (!cf__holds(m, other->as.branch.test, &truth))
            return fail(m, other->as.branch.test);
        if (truth)
            return cf__exec(m, &other->as.branch.body);
    }
    return cf__exec(m, &n->as.branch.other);
}

static flow exec_set(vm *m, const node *n)
{
    cf_value v;

    if (!cf__eval(m, n->as.block_set.value, &v) ||
        !cf__assign(m, n->as.block_set.target, v, n->toplevel))
        return fail(m, n);
    return FLOW_NEXT;
}

static flow exec_do(vm *m, const node *n)
{
    cf_value v;

    return cf__eval(m, n->as.block_set.value, &v) ? FLOW_NEXT : fail(m, n);
}

/* Runs a body and takes its output as a string. */
static flow capture(vm *m, const node_list *body, cf_value *out)
{
    size_t start = cf__capture_begin(m);
    flow   f = cf__exec(m, body);

    *out = cf__capture_end(m, start);
    out->safe = m->escape;
    return f;
}

/* Runs filters over captured text. */
static bool filter_captured(vm *m, const node *filter, cf_value *text)
{
    cf_value before = m->captured;
    bool     ok;

    m->captured = *text;
    ok = cf__eval(m, filter, text);
    m->captured = before;
    return ok;
}

static flow exec_set_block(vm *m, const node *n)
{
    cf_value v;
    cf_buf   text;
    flow     f;

    if (!cf__enter_scope(m, &n->as.block_set.scope))
        return fail(m, n);
    f = capture(m, &n->as.block_set.body, &v);
    if (f != FLOW_NEXT)
        return f;
    if (n->as.block_set.filter && !filter_captured(m, n->as.block_set.filter, &v))
        return fail(m, n);
    if (m->escape && (v.type != CF_TYPE_STRING || !v.safe)) {
        /* Markup(value): whatever the filter gave counts as HTML. */
        text = cf_buf_in(m->eval.arena, m->env->options.max_output);
        if (!cf__print(m, v, false, &text))
            return fail(m, n);
        v = cf_safe_of(cf_buf_view(&text));
    }
    return cf__assign(m, n->as.block_set.target, v, n->toplevel) ? FLOW_NEXT : fail(m, n);
}

static flow exec_filter_block(vm *m, const node *n)
{
    cf_value v;
    flow     f;

    if (!cf__enter_scope(m, &n->as.block_set.scope))
        return fail(m, n);
    f = capture(m, &n->as.block_set.body, &v);
    if (f != FLOW_NEXT)
        return f;
    /* What the filters give is written as it is. */
    if (!filter_captured(m, n->as.block_set.filter, &v) || !cf__print(m, v, false, m->out))
        return fail(m, n);
    return FLOW_NEXT;
}

static flow exec_with(vm *m, const node *n)
{
    uint32_t count = n->as.with.targets.len;

    if (!cf__enter_scope(m, &n->as.with.scope))
        return fail(m, n);
    for (uint32_t i = 0; i < count; i++) {
        cf_value v;
        if (!cf__eval(m, n->as.with.values.items[i], &v) ||
            !cf__assign(m, n->as.with.targets.items[i], v, false))
            return fail(m, n->as.with.values.items[i]);
    }
    return cf__exec(m, &n->as.with.body);
}

static flow exec_autoescape(vm *m, const node *n)
{
    bool     before = m->escape;
    cf_value v;
    flow     f;

    if (!cf__enter_scope(m, &n->as.block_set.scope) || !cf__eval(m, n->as.block_set.value, &v) ||
        !cf__truth(m, v, &m->escape))
        return fail(m, n->as.block_set.value);
    f = cf__exec(m, &n->as.block_set.body);
    m->escape = before;
    return f;
}

static flow exec_macro(vm *m, const node *n)
{
    cf_value macro = cf__make_macro(m, n);

    *cf__slot(m, n->as.macro.target->as.name.ref) = macro;
    if (n->toplevel)
        cf__export(m, n->as.macro.name, macro, true);
    return FLOW_NEXT;
}

static flow exec_call_block(vm *m, const node *n)
{
    cf_kwarg    caller = { CF_STR("caller"), cf__make_macro(m, n) };
    const node *call = n->as.macro.call;
    bool        written = false;
    cf_value    v;

    if (!cf__eval_call(m, call, &v, &caller, true, &written))
        return fail(m, call);
    if (!written && !cf__print(m, v, false, m->out))
        return fail(m, call);
    return FLOW_NEXT;
}

static flow exec_debug(vm *m, const node *n)
{
    if (n->check_child && m->parent)
        return FLOW_NEXT;
    return cf__print_debug(m, n) ? FLOW_NEXT : fail(m, n);
}

static flow exec_break(vm *m, const node *n)
{
    (void)m;
    (void)n;
    return FLOW_BREAK;
}

static flow exec_continue(vm *m, const node *n)
{
    (void)m;
    (void)n;
    return FLOW_CONTINUE;
}

typedef flow executor(vm *m, const node *n);

static executor *const executors[N_KINDS] = {
    [N_OUTPUT] = exec_output,
    [N_FOR] = cf__exec_for,
    [N_IF] = exec_if,
    [N_MACRO] = exec_macro,
    [N_CALLBLOCK] = exec_call_block,
    [N_FILTERBLOCK] = exec_filter_block,
    [N_WITH] = exec_with,
    [N_SET] = exec_set,
    [N_SETBLOCK] = exec_set_block,
    [N_DO] = exec_do,
    [N_BLOCK] = cf__exec_block,
    [N_EXTENDS] = cf__exec_extends,
    [N_INCLUDE] = cf__exec_include,
    [N_IMPORT] = cf__exec_import,
    [N_FROMIMPORT] = cf__exec_import,
    [N_BREAK] = exec_break,
    [N_CONTINUE] = exec_continue,
    [N_AUTOESCAPE] = exec_autoescape,
    [N_DEBUG] = exec_debug,
};

flow cf__exec(vm *m, const node_list *body)
{
    for (uint32_t i = 0; i < body->len; i++) {
        flow f = executors[body->items[i]->kind](m, body->items[i]);
        if (f != FLOW_NEXT)
            return f;
    }
    return FLOW_NEXT;
}
