/* exec_loop.c -- for loops and the variable `loop`. */
#include "template/loop.h"

static const char *const field_names[] = {
    [LOOP_INDEX] = "index",         [LOOP_INDEX0] = "index0",     [LOOP_REVINDEX] = "revindex",
    [LOOP_REVINDEX0] = "revindex0", [LOOP_FIRST] = "first",       [LOOP_LAST] = "last",
    [LOOP_LENGTH] = "length",       [LOOP_DEPTH] = "depth",       [LOOP_DEPTH0] = "depth0",
    [LOOP_PREVITEM] = "previtem",   [LOOP_NEXTITEM] = "nextitem", [LOOP_CYCLE] = "cycle",
    [LOOP_CHANGED] = "changed",
};

uint8_t cf__loop_field(const char *name)
{
    for (uint8_t i = LOOP_INDEX; i <= LOOP_CHANGED; i++)
        if (strcmp(field_names[i], name) == 0)
            return i;
    return LOOP_NONE;
}

static bool loop_cycle(cf_call *call, cf_value *result)
{
    loop_state *loop = call->data;

    if (!call->nargs)
        return cf_fail(call->eval->err, CF_ETYPE, "no items for cycling given");
    *result = call->args[loop->index % call->nargs];
    return true;
}

static bool loop_changed(cf_call *call, cf_value *result)
{
    loop_state *loop = call->data;
    cf_list    *now = cf_tuple_new(call->eval->arena);

    for (size_t i = 0; i < call->nargs; i++)
        cf_list_add(now, call->args[i]);
    *result = cf_bool(!loop->has_changed || !cf_equal(loop->last_changed, cf_from_list(now)));
    loop->last_changed = cf_from_list(now);
    loop->has_changed = true;
    return true;
}

bool cf__forloop_get(vm *m, loop_state *loop, loop_field field, cf_value *out)
{
    int64_t at = (int64_t)loop->index, length = (int64_t)loop->length;

    switch (field) {
    case LOOP_INDEX:
        *out = cf_int(at + 1);
        return true;
    case LOOP_INDEX0:
        *out = cf_int(at);
        return true;
    case LOOP_REVINDEX:
        *out = cf_int(length - at);
        return true;
    case LOOP_REVINDEX0:
        *out = cf_int(length - at - 1);
        return true;
    case LOOP_FIRST:
        *out = cf_bool(at == 0);
        return true;
    case LOOP_LAST:
        *out = cf_bool(at + 1 == length);
        return true;
    case LOOP_LENGTH:
        *out = cf_int(length);
        return true;
    case LOOP_DEPTH:
        *out = cf_int(loop->depth + 1);
        return true;
    case LOOP_DEPTH0:
        *out = cf_int(loop->depth);
        return true;
    case LOOP_PREVITEM:
        *out = at ? loop->items[at - 1]
                  : cf__undefined_hint(m, "previtem", "there is no previous item", CF_EUNDEFINED,
                                       false);
        return true;
    case LOOP_NEXTITEM:
        *out = at + 1 < length ? loop->items[at + 1]
                               : cf__undefined_hint(m, "nextitem", "there is no next item",
                                                    CF_EUNDEFINED, false);
        return true;
    case LOOP_CYCLE:
        *out = cf_make_function(m->eval.arena, "cycle", loop_cycle, loop);
        return true;
    case LOOP_CHANGED:
        *out = cf_make_function(m->eval.arena, "changed", loop_changed, loop);
        return true;
    default:
        return true;
    }
}

static bool get_field(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    loop_state *loop = (loop_state *)self;
    char        word[16];

    if (!eval->render || name.len >= sizeof word)
        return true;
    memcpy(word, name.ptr, name.len);
    word[name.len] = '\0';
    return cf__forloop_get(eval->render, loop, cf__loop_field(word), out);
}

static bool loop_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    (void)eval;
    *out = (int64_t)((loop_state *)self)->length;
    return true;
}

static bool loop_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    loop_state *loop = (loop_state *)self;

    (void)eval;
    (void)safe;
    cf_buf_printf(out, "<LoopContext %zu/%zu>", loop->index + 1, loop->length);
    return true;
}

/* ---- running ---- */

static flow fail(vm *m, const node *n)
{
    cf__fail_node(m, n);
    return FLOW_ERROR;
}

/* Whether the loop's condition holds for the item just assigned. */
static bool passes(vm *m, const node *n, bool *out)
{
    cf_value v;

    return cf__enter_scope(m, &n->as.loop.test_scope) && cf__eval(m, n->as.loop.test, &v) &&
           cf__truth(m, v, out);
}

/* One pass of a plain loop. Sets *any once a body has run. */
static flow one_pass(vm *m, const node *n, cf_value item, bool *any)
{
    const node *target = n->as.loop.target;
    flow        f;

    if (target->kind == N_NAME && (item.type != CF_TYPE_UNDEFINED || item.as.name))
        m->frame->slots[target->as.name.ref.slot] = item;
    else if (!cf__assign(m, target, item, false))
        return fail(m, target);
    if (n->as.loop.test) {
        bool pass = false;
        if (!passes(m, n, &pass))
            return fail(m, n->as.loop.test);
        if (!pass)
            return FLOW_NEXT;
    }
    *any = true;
    if (n->as.loop.scope.ninits && !cf__enter_scope(m, &n->as.loop.scope))
        return fail(m, n);
    f = cf__exec(m, &n->as.loop.body);
    if (f == FLOW_ERROR || f == FLOW_BREAK)
        return f;
    return cf__step(m) ? FLOW_NEXT : fail(m, n);
}

static flow plain_loop(vm *m, const node *n, cf_value source, bool *any)
{
    cf_iter iter;
    flow    f = FLOW_NEXT;

    if (source.type == CF_TYPE_LIST) {
        const cf_list *list = source.as.list;
        for (size_t i = 0; i < list->len && f == FLOW_NEXT; i++)
            f = one_pass(m, n, list->items[i], any);
        return f;
    }
    if (!cf_iterate(&m->eval, source, &iter))
        return fail(m, n->as.loop.iter);
    while (f == FLOW_NEXT) {
        cf_value item;
        bool     done = false;
        if (!cf_iter_next(&iter, &m->eval, &item, &done))
            return fail(m, n->as.loop.iter);
        if (done)
            break;
        f = one_pass(m, n, item, any);
    }
    return f;
}

/* What a condition lets pass comes as a tuple where the target is one. */
static cf_value as_tuple(vm *m, const node *n, cf_value item)
{
    cf_list *tuple;

    if (n->as.loop.target->kind != N_TUPLE || item.type != CF_TYPE_LIST || item.as.list->tuple)
        return item;
    tuple = cf_tuple_new(m->eval.arena);
    for (size_t i = 0; i < item.as.list->len; i++)
        cf_list_add(tuple, item.as.list->items[i]);
    return cf_from_list(tuple);
}

/* All items, or those the condition lets pass, as an array. */
static bool gather(vm *m, const node *n, cf_value source, cf_list **out)
{
    cf_iter iter;
    bool    done = false, pass = true;

    if (source.type == CF_TYPE_LIST && !n->as.loop.test) {
        *out = source.as.list;
        return true;
    }
    *out = cf_list_new(m->eval.arena);
    if (!cf_iterate(&m->eval, source, &iter))
        return cf__fail_node(m, n->as.loop.iter);
    for (;;) {
        cf_value item;
        if (!cf_iter_next(&iter, &m->eval, &item, &done) || !cf__step(m))
            return cf__fail_node(m, n->as.loop.iter);
        if (done)
            return true;
        if (n->as.loop.test &&
            (!cf__assign(m, n->as.loop.target, item, false) || !passes(m, n, &pass)))
            return cf__fail_node(m, n->as.loop.test);
        if (pass)
            cf_list_add(*out, n->as.loop.test ? as_tuple(m, n, item) : item);
    }
}

/* A loop whose body uses `loop`. */
static flow extended_loop(vm *m, const node *n, cf_value source, loop_state *loop, bool *any)
{
    cf_list *list;
    flow     f = FLOW_NEXT;

    if (!gather(m, n, source, &list))
        return FLOW_ERROR;
    loop->object.class = &cf__loop_class;
    loop->m = m;
    loop->items = list->items;
    loop->length = list->len;
    m->frame->slots[n->as.loop.loop_slot] = cf_from_object(loop);
    for (loop->index = 0; loop->index < loop->length && f != FLOW_BREAK; loop->index++) {
        *any = true;
        if (!cf__assign(m, n->as.loop.target, loop->items[loop->index], false))
            return fail(m, n->as.loop.target);
        if (n->as.loop.scope.ninits && !cf__enter_scope(m, &n->as.loop.scope))
            return fail(m, n);
        f = cf__exec(m, &n->as.loop.body);
        if (f == FLOW_ERROR)
            return f;
        if (!cf__step(m))
            return fail(m, n);
    }
    m->frame->slots[n->as.loop.loop_slot] = cf_undefined("loop");
    return FLOW_NEXT;
}

static flow run_loop(vm *m, const node *n, cf_value source, loop_state *loop)
{
    bool any = false;
    flow f;

    if (source.type == CF_TYPE_UNDEFINED) {
        if (cf__undefined_strict(m, source)) {
            cf__undefined_fail(m, source);
            return fail(m, n->as.loop.iter);
        }
    }
    f = n->as.loop.extended ? extended_loop(m, n, source, loop, &any)
                            : plain_loop(m, n, source, &any);
    if (f == FLOW_ERROR)
        return f;
    if (any || !n->as.loop.other.len)
        return FLOW_NEXT;
    if (!cf__enter_scope(m, &n->as.loop.other_scope))
        return fail(m, n);
    return cf__exec(m, &n->as.loop.other);
}

/* A recursive loop runs as a function with its own frame. */
static flow run_recursive(vm *m, const node *n, cf_value source, frame *up, int64_t depth)
{
    frame      *before = m->frame, *f = cf_alloc(m->eval.arena, sizeof *f);
    loop_state *loop = cf_new(m->eval.arena, loop_state);
    flow        result;

    if (!cf__enter_call(m))
        return fail(m, n);
    f->up = up;
    f->slots = cf_new_array(m->eval.arena, cf_value, n->as.loop.proto->nslots + 1);
    loop->recursive = n;
    loop->depth = depth;
    loop->up = up;
    loop->context = m->context;
    loop->tmpl = m->tmpl;
    m->frame = f;
    result = run_loop(m, n, source, loop);
    m->frame = before;
    cf__leave_call(m);
    return result;
}

/* loop(items) inside a recursive loop: the output of walking them. */
static bool loop_call(cf_call *call, cf_object *self, cf_value *result)
{
    loop_state  *loop = (loop_state *)self;
    vm          *m = call->eval->render;
    cf_template *tmpl;
    context     *c;
    size_t       start;
    flow         f;

    if (!loop->recursive || !m)
        return cf_fail(call->eval->err, CF_ETYPE,
                       "The loop must have the 'recursive' marker to be enabled.");
    if (call->nargs != 1 || call->nkwargs)
        return cf_fail(call->eval->err, CF_ETYPE, "loop() takes the items to walk, and only them");
    tmpl = m->tmpl;
    c = m->context;
    m->tmpl = loop->tmpl;
    m->context = loop->context;
    start = cf__capture_begin(m);
    f = run_recursive(m, loop->recursive, call->args[0], loop->up, loop->depth + 1);
    *result = cf__capture_end(m, start);
    result->safe = m->escape;
    m->tmpl = tmpl;
    m->context = c;
    return f != FLOW_ERROR;
}

const cf_class cf__loop_class = {
    .name = "LoopContext",
    .get = get_field,
    .call = loop_call,
    .length = loop_length,
    .text = loop_text,
};

flow cf__exec_for(vm *m, const node *n)
{
    cf_value source;

    if (!cf__eval(m, n->as.loop.iter, &source))
        return fail(m, n->as.loop.iter);
    if (n->as.loop.recursive)
        return run_recursive(m, n, source, m->frame, 0);
    if (!n->as.loop.extended)
        return run_loop(m, n, source, NULL);
    return run_loop(m, n, source, cf_new(m->eval.arena, loop_state));
}
