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
    *result = call->args[(size_t)loop->index % call->nargs];
    return true;
}

static bool loop_changed(cf_call *call, cf_value *result)
{
    loop_state *loop = call->data;
    vm         *m = cf__vm(call->eval);
    bool        same = loop->changed && loop->changed->len == call->nargs;

    if (!m)
        return false;
    for (size_t i = 0; same && i < call->nargs; i++)
        if (!cf__equal(m, loop->changed->items[i], call->args[i], &same))
            return false;
    *result = cf_bool(!same);
    if (same)
        return true;
    loop->changed = cf_tuple_new(loop->arena);
    for (size_t i = 0; i < call->nargs; i++)
        cf_list_add(loop->changed, cf__outlive(m, loop->arena, call->args[i]));
    return true;
}

/* ---- items ---- */

/* Whether the loop's condition holds for an item. */
static bool passes(vm *m, const node *n, cf_value item, bool *out)
{
    return cf__assign(m, n->as.loop.test_target, item, false) &&
           cf__enter_scope(m, &n->as.loop.test_scope) && cf__holds(m, n->as.loop.test, out);
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

/* cf_iter_next(), quick for lists. */
static inline bool next_item(vm *m, cf_iter *iter, cf_value *item, bool *done)
{
    const cf_list *list = iter->source.as.list;

    if (iter->source.type != CF_TYPE_LIST || iter->next)
        return cf_iter_next(iter, &m->eval, item, done);
    *done = iter->pos >= list->len;
    if (!*done)
        *item = list->items[iter->pos++];
    return true;
}

/* From an item on, takes the first that the condition lets pass. */
static bool fetch_passing(vm *m, loop_state *loop, cf_value *item, bool *done)
{
    const node *n = loop->node;
    bool        pass = false;

    for (;;) {
        if (!passes(m, n, *item, &pass) || !cf__step(m))
            return cf__fail_node(m, n->as.loop.test);
        if (pass)
            break;
        if (!next_item(m, &loop->iter, item, done))
            return cf__fail_node(m, n->as.loop.iter);
        if (*done)
            return true;
    }
    *item = as_tuple(m, n, *item);
    return true;
}

/* Takes the next item, of those that the condition lets pass. */
static inline bool fetch(vm *m, loop_state *loop, cf_value *item, bool *done)
{
    if (!next_item(m, &loop->iter, item, done))
        return cf__fail_node(m, loop->node->as.loop.iter);
    return *done || !loop->node->as.loop.test || fetch_passing(m, loop, item, done);
}

static void go_to(vm *m, const loop_state *place)
{
    m->eval.arena = place->arena;
    m->frame = place->frame;
    m->context = place->context;
    m->tmpl = place->tmpl;
    m->escape = place->escape;
}

/* Takes an item at the loop's own place, wherever one is now. */
static bool fetch_ahead(vm *m, loop_state *loop, cf_arena *arena, cf_value *item)
{
    loop_state here = { .arena = m->eval.arena,
                        .frame = m->frame,
                        .context = m->context,
                        .tmpl = m->tmpl,
                        .escape = m->escape };
    bool       ok;

    go_to(m, loop);
    m->eval.arena = arena;
    ok = fetch(m, loop, item, &loop->ended);
    go_to(m, &here);
    return ok;
}

/* Where an item is made that `loop` can show for longer than a pass. */
static cf_arena *item_arena(vm *m, loop_state *loop)
{
    return loop->pass ? cf__pass_items(m, loop->pass) : loop->arena;
}

static bool peek(vm *m, loop_state *loop)
{
    if (loop->has_after || loop->ended)
        return true;
    if (!fetch_ahead(m, loop, item_arena(m, loop), &loop->after))
        return false;
    loop->has_after = !loop->ended;
    return true;
}

/* How many items there are in all. */
static bool count_all(vm *m, loop_state *loop)
{
    cf_value item = loop->iter.source;
    cf_list *rest;

    if (loop->length >= 0)
        return true;
    if (!loop->node->as.loop.test)
        loop->length = cf_length(&m->eval, item.type == CF_TYPE_LIST ? item : loop->source);
    if (loop->length >= 0)
        return true;
    if (m->eval.err->code)
        return false;
    rest = cf_list_new(loop->arena);
    while (!loop->ended) {
        if (!fetch_ahead(m, loop, loop->arena, &item) || !cf__step(m))
            return false;
        if (!loop->ended)
            cf_list_add(rest, item);
    }
    loop->length = loop->index + 1 + loop->has_after + (int64_t)rest->len;
    loop->iter = (cf_iter){ .source = cf_from_list(rest) };
    loop->ended = false;
    return true;
}

static cf_value no_item(vm *m, const char *name, const char *why)
{
    return cf__undefined_hint(m, name, why, CF_EUNDEFINED, false);
}

bool cf__forloop_get(vm *m, loop_state *loop, loop_field field, cf_value *out)
{
    int64_t at = loop->index;

    switch (field) {
    case LOOP_INDEX:
        *out = cf_int(at + 1);
        return true;
    case LOOP_INDEX0:
        *out = cf_int(at);
        return true;
    case LOOP_FIRST:
        *out = cf_bool(at == 0);
        return true;
    case LOOP_LENGTH:
    case LOOP_REVINDEX:
    case LOOP_REVINDEX0:
        if (!count_all(m, loop))
            return false;
        *out = cf_int(loop->length - (field == LOOP_LENGTH     ? 0
                                      : field == LOOP_REVINDEX ? at
                                                               : at + 1));
        return true;
    case LOOP_LAST:
        if (!peek(m, loop))
            return false;
        *out = cf_bool(!loop->has_after);
        return true;
    case LOOP_NEXTITEM:
        if (!peek(m, loop))
            return false;
        *out = loop->has_after ? loop->after : no_item(m, "nextitem", "there is no next item");
        return true;
    case LOOP_PREVITEM:
        *out = at ? loop->before : no_item(m, "previtem", "there is no previous item");
        return true;
    case LOOP_DEPTH:
        *out = cf_int(loop->depth + 1);
        return true;
    case LOOP_DEPTH0:
        *out = cf_int(loop->depth);
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
    loop_state *loop = (loop_state *)self;

    if (!eval->render || !count_all(eval->render, loop))
        return false;
    *out = loop->length;
    return true;
}

static bool loop_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    int64_t length = 0;

    (void)safe;
    if (!loop_length(eval, self, &length))
        return false;
    cf_buf_printf(out, "<LoopContext %lld/%lld>", (long long)((loop_state *)self)->index + 1,
                  (long long)length);
    return true;
}

/* ---- running ---- */

static flow fail(vm *m, const node *n)
{
    cf__fail_node(m, n);
    return FLOW_ERROR;
}

/* Runs the body with the item. */
static flow run_body(vm *m, loop_state *loop)
{
    const node *n = loop->node;
    cf_value    item = loop->item;
    const node *target = n->as.loop.target;
    flow        f;

    if (target->kind == N_NAME && (item.type != CF_TYPE_UNDEFINED || item.as.name))
        m->frame->slots[target->as.name.ref.slot] = item;
    else if (!cf__assign(m, target, item, false))
        return fail(m, target);
    if (n->as.loop.scope.ninits && !cf__enter_scope(m, &n->as.loop.scope))
        return fail(m, n);
    f = cf__exec(m, &n->as.loop.body);
    if (f == FLOW_ERROR || f == FLOW_BREAK)
        return f;
    loop->whole |= f == FLOW_NEXT;
    return cf__step(m) ? FLOW_NEXT : fail(m, n);
}

/* Steps to the next item. One that `loop` can show must outlive the pass, so that it is made where
 * the loop began. */
static bool advance(vm *m, loop_state *loop, bool *ended)
{
    cf_arena *here = m->eval.arena;
    cf_value  next = loop->after;
    bool      ok = true;

    *ended = loop->ended && !loop->has_after;
    if (loop->has_after) {
        loop->has_after = false;
    } else if (!*ended) {
        if (loop->node->as.loop.shows_items)
            m->eval.arena = item_arena(m, loop);
        ok = fetch(m, loop, &next, &loop->ended);
        m->eval.arena = here;
        *ended = loop->ended;
    }
    if (!ok || *ended)
        return ok;
    loop->before = loop->item;
    loop->item = next;
    loop->index++;
    return true;
}

static flow run_passes(vm *m, loop_state *loop)
{
    const node *n = loop->node;
    flow        f = FLOW_NEXT;
    bool        ended;

    while (f == FLOW_NEXT) {
        if (!advance(m, loop, &ended))
            return FLOW_ERROR;
        if (ended)
            break;
        if (n->as.loop.loop_slot >= 0)
            m->frame->slots[n->as.loop.loop_slot] = cf_from_object(loop);
        f = run_body(m, loop);
        if (m->sink)
            cf__pass_next(m);
    }
    return f;
}

static flow run_loop(vm *m, const node *n, cf_value source, loop_state *loop)
{
    flow f;

    if (source.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, source)) {
        cf__undefined_fail(m, source);
        return fail(m, n->as.loop.iter);
    }
    loop->object.class = &cf__loop_class;
    loop->node = n;
    loop->source = source;
    loop->index = loop->length = -1;
    loop->arena = m->eval.arena;
    loop->frame = m->frame;
    loop->context = m->context;
    loop->tmpl = m->tmpl;
    loop->escape = m->escape;
    if (!cf_iterate(&m->eval, source, &loop->iter))
        return fail(m, n->as.loop.iter);
    if (m->sink) {
        cf__pass_begin(m);
        loop->pass = m->pass;
    }
    f = run_passes(m, loop);
    if (m->sink)
        cf__pass_end(m);
    if (f == FLOW_ERROR || loop->whole || !n->as.loop.other.len)
        return f == FLOW_ERROR ? f : FLOW_NEXT;
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
    loop->depth = depth;
    loop->up = up;
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

    if (!loop->node->as.loop.recursive || !m)
        return cf_fail(call->eval->err, CF_ETYPE,
                       "The loop must have the 'recursive' marker to be enabled.");
    if (call->nargs != 1 || call->nkwargs)
        return cf_fail(call->eval->err, CF_ETYPE, "loop() takes the items to walk, and only them");
    tmpl = m->tmpl;
    c = m->context;
    m->tmpl = loop->tmpl;
    m->context = loop->context;
    start = cf__capture_begin(m);
    f = run_recursive(m, loop->node, call->args[0], loop->up, loop->depth + 1);
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
    if (n->as.loop.extended)
        return run_loop(m, n, source, cf_new(m->eval.arena, loop_state));
    return run_loop(m, n, source, &(loop_state){ 0 });
}
