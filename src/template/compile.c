/* compile.c -- statements: scopes get slots, functions get protos.
 *
 * The order of things follows Jinja2's compiler, since scoping shows in what templates print. */
#include "template/compile.h"
#include "template/loop.h"

static bool compile_statement(compiler *c, node *n, place p);

bool cf__compile_body(compiler *c, node_list *body, place p)
{
    for (uint32_t i = 0; i < body->len; i++)
        if (!compile_statement(c, body->items[i], p))
            return false;
    return true;
}

/* The place inside a new scope. */
static place inner(compiler *c, place p)
{
    return (place){ .scope = cf__scope_new(c->arena, p.scope),
                    .check = p.check,
                    .in_loop = p.in_loop,
                    .escape = p.escape,
                    .changing = p.changing };
}

/* A text that Jinja2 writes while it compiles, escaped by what it knows then. */
static void write_constant(compiler *c, node *n, bool escape)
{
    cf_str html = cf_text(n->as.constant.value);
    cf_buf text = cf_buf_in(c->arena, 0);

    if (escape && html.len) {
        cf_buf_html(&text, html);
        html = cf_buf_view(&text);
    }
    n->kind = N_DATA;
    n->as.data.text = html;
}

static bool compile_output(compiler *c, node *n, place p)
{
    n->check_child = p.check;
    for (uint32_t i = 0; i < n->as.list.items.len; i++) {
        node *item = n->as.list.items.items[i];
        p.constant = cf__is_constant(item);
        if (p.changing && item->kind == N_CONST && item->as.constant.value.type == CF_TYPE_STRING)
            write_constant(c, item, p.escape);
        else if (!cf__compile_expr(c, item, p))
            return false;
    }
    return true;
}

static bool compile_if(compiler *c, node *n, place p)
{
    p.soft = true;
    p.rootlevel = false;
    if (!cf__compile_expr(c, n->as.branch.test, p) || !cf__compile_body(c, &n->as.branch.body, p))
        return false;
    return cf__compile_body(c, &n->as.branch.elifs, p) &&
           cf__compile_body(c, &n->as.branch.other, p);
}

/* ---- loops ---- */

static bool assigns_loop(const node *target)
{
    if (target->kind == N_NAME)
        return strcmp(target->as.name.text, "loop") == 0;
    if (target->kind == N_TUPLE)
        for (uint32_t i = 0; i < target->as.list.items.len; i++)
            if (assigns_loop(target->as.list.items.items[i]))
                return true;
    return false;
}

/* Whether a loop's body holds a block that sees it. */
static void find_scoped(node *n, void *data)
{
    if (n->kind == N_BLOCK && n->as.block.scoped)
        *(bool *)data = true;
    cf__each_child(n, find_scoped, data);
}

static bool is_extended(node *n)
{
    bool scoped = false;

    if (n->as.loop.recursive || cf__uses_name(&n->as.loop.body, "loop"))
        return true;
    for (uint32_t i = 0; i < n->as.loop.body.len; i++)
        find_scoped(n->as.loop.body.items[i], &scoped);
    return scoped;
}

/* Whether `loop` is used for more than what a pass knows of itself. */
static void find_shown(node *n, void *data)
{
    static const loop_field own[] = { LOOP_INDEX,  LOOP_INDEX0, LOOP_FIRST,  LOOP_DEPTH,
                                      LOOP_DEPTH0, LOOP_CYCLE,  LOOP_CHANGED };
    bool                   *shown = data;

    if (n->kind == N_NAME)
        *shown |= strcmp(n->as.name.text, "loop") == 0;
    if (n->kind == N_GETATTR && n->as.attr.value->kind == N_NAME &&
        strcmp(n->as.attr.value->as.name.text, "loop") == 0)
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            if (cf__loop_field(n->as.attr.name) == own[i])
                return;
    cf__each_child(n, find_shown, shown);
}

static bool shows_items(const node *n)
{
    bool shown = n->as.loop.recursive;

    for (uint32_t i = 0; i < n->as.loop.body.len; i++) {
        find_scoped(n->as.loop.body.items[i], &shown);
        find_shown(n->as.loop.body.items[i], &shown);
    }
    return shown;
}

static node *copy_target(compiler *c, const node *target)
{
    node      *copy = cf_memdup(c->arena, target, sizeof *copy);
    node_list *items = &copy->as.list.items;

    if (target->kind == N_TUPLE) {
        items->items = cf_memdup(c->arena, items->items, items->len * sizeof(node *));
        for (uint32_t i = 0; i < items->len; i++)
            items->items[i] = copy_target(c, items->items[i]);
    }
    return copy;
}

/* The condition sees the target and nothing else of the loop. It has variables of its own, since
 * the next item may be looked at while the body still works on one. */
static bool compile_loop_test(compiler *c, node *n, place p)
{
    place test = inner(c, p);

    n->as.loop.test_target = copy_target(c, n->as.loop.target);
    cf__scope_target(test.scope, n->as.loop.target);
    cf__scope_analyze(test.scope, n->as.loop.test);
    return cf__assign_slots(c, test.scope, false, &n->as.loop.test_scope) &&
           cf__compile_target(c, n->as.loop.test_target, test) &&
           cf__compile_expr(c, n->as.loop.test, test);
}

static bool compile_loop_parts(compiler *c, node *n, place p, place body)
{
    place other = inner(c, p);

    if (n->as.loop.extended)
        cf__scope_parameter(body.scope, "loop");
    cf__scope_target(body.scope, n->as.loop.target);
    cf__scope_analyze_list(body.scope, &n->as.loop.body);
    if (!cf__assign_slots(c, body.scope, false, &n->as.loop.scope))
        return false;
    n->as.loop.loop_slot = n->as.loop.extended ? cf__parameter_slot(body.scope, "loop") : -1;
    if (!cf__compile_target(c, n->as.loop.target, body))
        return false;
    if (n->as.loop.test && !compile_loop_test(c, n, p))
        return false;
    body.in_loop = true;
    if (!cf__compile_body(c, &n->as.loop.body, body))
        return false;
    cf__scope_analyze_list(other.scope, &n->as.loop.other);
    return cf__assign_slots(c, other.scope, false, &n->as.loop.other_scope) &&
           cf__compile_body(c, &n->as.loop.other, other);
}

static bool compile_for(compiler *c, node *n, place p)
{
    place body = inner(c, p);
    bool  ok;

    if (assigns_loop(n->as.loop.target))
        return cf__compile_fail(c, n->as.loop.target,
                                "Can't assign to special loop variable in for-loop target");
    n->as.loop.extended = is_extended(n);
    n->as.loop.shows_items = n->as.loop.extended && shows_items(n);
    if (!cf__compile_expr(c, n->as.loop.iter, p))
        return false;
    if (!n->as.loop.recursive)
        return compile_loop_parts(c, n, p, body);
    n->as.loop.proto = cf__begin_function(c, "loop")->proto;
    ok = compile_loop_parts(c, n, p, body);
    cf__end_function(c);
    return ok;
}

/* ---- macros ---- */

static bool has_param(const node *n, const char *name)
{
    for (uint32_t i = 0; i < n->as.macro.params.len; i++)
        if (strcmp(n->as.macro.params.items[i]->as.name.text, name) == 0)
            return true;
    return false;
}

/* caller, kwargs and varargs are parameters where the body uses them. */
static bool special_params(compiler *c, node *n, scope *s, bool use[3])
{
    uint32_t required = n->as.macro.params.len - n->as.macro.defaults.len;

    use[0] = cf__uses_name(&n->as.macro.body, "caller");
    if (use[0])
        for (uint32_t i = 0; i < required; i++)
            if (strcmp(n->as.macro.params.items[i]->as.name.text, "caller") == 0)
                return cf__compile_fail(c, n,
                                        "When defining macros or call blocks the special "
                                        "\"caller\" argument must be omitted or be given a "
                                        "default.");
    use[1] = cf__uses_name(&n->as.macro.body, "kwargs") && !has_param(n, "kwargs");
    use[2] = cf__uses_name(&n->as.macro.body, "varargs") && !has_param(n, "varargs");
    if (use[0])
        cf__scope_parameter(s, "caller");
    if (use[1])
        cf__scope_parameter(s, "kwargs");
    if (use[2])
        cf__scope_parameter(s, "varargs");
    return true;
}

static bool compile_macro_body(compiler *c, node *n, place p)
{
    proto *code = c->function->proto;
    bool   use[3] = { false, false, false };

    code->explicit_caller = has_param(n, "caller");
    if (!special_params(c, n, p.scope, use))
        return false;
    for (uint32_t i = 0; i < n->as.macro.params.len; i++)
        cf__scope_parameter(p.scope, n->as.macro.params.items[i]->as.name.text);
    cf__scope_analyze_list(p.scope, &n->as.macro.defaults);
    cf__scope_analyze_list(p.scope, &n->as.macro.body);
    if (!cf__assign_slots(c, p.scope, true, &code->scope))
        return false;
    if (use[0])
        code->caller_slot = cf__parameter_slot(p.scope, "caller");
    if (use[1])
        code->kwargs_slot = cf__parameter_slot(p.scope, "kwargs");
    if (use[2])
        code->varargs_slot = cf__parameter_slot(p.scope, "varargs");
    for (uint32_t i = 0; i < n->as.macro.params.len; i++)
        if (!cf__compile_target(c, n->as.macro.params.items[i], p))
            return false;
    for (uint32_t i = 0; i < n->as.macro.defaults.len; i++)
        if (!cf__compile_expr(c, n->as.macro.defaults.items[i], p))
            return false;
    code->params = n->as.macro.params.items;
    code->nparams = n->as.macro.params.len;
    code->defaults = n->as.macro.defaults.items;
    code->ndefaults = n->as.macro.defaults.len;
    code->body = n->as.macro.body;
    return cf__compile_body(c, &n->as.macro.body, p);
}

static bool compile_macro(compiler *c, node *n, place p)
{
    place body = inner(c, p);
    bool  ok;

    body.check = body.in_loop = false;
    n->toplevel = p.toplevel;
    if (n->kind == N_MACRO && !cf__compile_target(c, n->as.macro.target, p))
        return false;
    n->as.macro.proto = cf__begin_function(c, n->as.macro.name)->proto;
    ok = compile_macro_body(c, n, body);
    cf__end_function(c);
    return ok && (n->kind == N_MACRO || cf__compile_expr(c, n->as.macro.call, p));
}

/* ---- scopes without a function ---- */

static bool compile_filter_block(compiler *c, node *n, place p)
{
    place body = inner(c, p);

    cf__scope_analyze_list(body.scope, &n->as.block_set.body);
    cf__scope_analyze(body.scope, n->as.block_set.filter);
    return cf__assign_slots(c, body.scope, false, &n->as.block_set.scope) &&
           cf__compile_body(c, &n->as.block_set.body, body) &&
           cf__compile_expr(c, n->as.block_set.filter, body);
}

static bool compile_set_block(compiler *c, node *n, place p)
{
    place body = inner(c, p);

    body.check = false;
    n->toplevel = p.toplevel;
    cf__scope_analyze_list(body.scope, &n->as.block_set.body);
    if (n->as.block_set.filter)
        cf__scope_analyze(body.scope, n->as.block_set.filter);
    return cf__assign_slots(c, body.scope, false, &n->as.block_set.scope) &&
           cf__compile_body(c, &n->as.block_set.body, body) &&
           cf__compile_target(c, n->as.block_set.target, p) &&
           (!n->as.block_set.filter || cf__compile_expr(c, n->as.block_set.filter, body));
}

static bool compile_with(compiler *c, node *n, place p)
{
    place body = inner(c, p);

    for (uint32_t i = 0; i < n->as.with.targets.len; i++)
        cf__scope_target(body.scope, n->as.with.targets.items[i]);
    cf__scope_analyze_list(body.scope, &n->as.with.body);
    if (!cf__assign_slots(c, body.scope, false, &n->as.with.scope))
        return false;
    for (uint32_t i = 0; i < n->as.with.targets.len; i++)
        if (!cf__compile_expr(c, n->as.with.values.items[i], p) ||
            !cf__compile_target(c, n->as.with.targets.items[i], body))
            return false;
    return cf__compile_body(c, &n->as.with.body, body);
}

static bool compile_autoescape(compiler *c, node *n, place p)
{
    const node *value = n->as.block_set.value;
    place       body = inner(c, p);

    if (value->kind == N_CONST)
        body.escape = cf_truth(value->as.constant.value);
    else
        body.changing = true;
    cf__scope_analyze(body.scope, n->as.block_set.value);
    cf__scope_analyze_list(body.scope, &n->as.block_set.body);
    return cf__assign_slots(c, body.scope, false, &n->as.block_set.scope) &&
           cf__compile_expr(c, n->as.block_set.value, body) &&
           cf__compile_body(c, &n->as.block_set.body, body);
}

/* ---- inheritance and imports ---- */

static bool compile_block(compiler *c, node *n, place p)
{
    n->check_child = p.toplevel && c->extends > 0;
    n->toplevel = p.toplevel;
    if (n->as.block.scoped)
        n->as.block.visible = cf__visible(c, p.scope);
    return true;
}

static bool compile_extends(compiler *c, node *n, place p)
{
    if (!p.toplevel)
        return cf__compile_fail(c, n, "cannot use extend from a non top-level scope");
    c->extends++;
    return cf__compile_expr(c, n->as.import.name, p);
}

static bool compile_import(compiler *c, node *n, place p)
{
    n->toplevel = p.toplevel;
    if (!cf__compile_expr(c, n->as.import.name, p))
        return false;
    if (n->as.import.with_context)
        n->as.import.visible = cf__visible(c, p.scope);
    if (n->as.import.target && !cf__compile_target(c, n->as.import.target, p))
        return false;
    for (uint32_t i = 0; i < n->as.import.count; i++)
        if (!cf__compile_target(c, n->as.import.names[i].target, p))
            return false;
    return true;
}

static bool compile_kind(compiler *c, node *n, place p)
{
    switch ((node_kind)n->kind) {
    case N_OUTPUT:
        return compile_output(c, n, p);
    case N_FOR:
        return compile_for(c, n, p);
    case N_IF:
        return compile_if(c, n, p);
    case N_MACRO:
    case N_CALLBLOCK:
        return compile_macro(c, n, p);
    case N_FILTERBLOCK:
        return compile_filter_block(c, n, p);
    case N_SETBLOCK:
        return compile_set_block(c, n, p);
    case N_WITH:
        return compile_with(c, n, p);
    case N_AUTOESCAPE:
        return compile_autoescape(c, n, p);
    case N_SET:
        n->toplevel = p.toplevel;
        return cf__compile_expr(c, n->as.block_set.value, p) &&
               cf__compile_target(c, n->as.block_set.target, p);
    case N_DO:
        return cf__compile_expr(c, n->as.block_set.value, p);
    case N_BLOCK:
        return compile_block(c, n, p);
    case N_EXTENDS:
        return compile_extends(c, n, p);
    case N_INCLUDE:
    case N_IMPORT:
    case N_FROMIMPORT:
        return compile_import(c, n, p);
    case N_BREAK:
    case N_CONTINUE:
        if (!p.in_loop)
            return cf__compile_fail(c, n, "'%s' outside loop",
                                    n->kind == N_BREAK ? "break" : "continue");
        return true;
    case N_DEBUG:
        n->check_child = p.check;
        n->as.debug.visible = cf__visible(c, p.scope);
        return true;
    default:
        return cf__compile_fail(c, n, "not a statement");
    }
}

static bool compile_statement(compiler *c, node *n, place p)
{
    bool ok;

    if (++c->depth > TREE_DEPTH)
        return cf__compile_fail(c, n, "nested too deeply: more than %d levels", TREE_DEPTH);
    ok = compile_kind(c, n, p);
    c->depth--;
    return ok;
}

/* ---- roots and blocks ---- */

/* A root or a block: a function without a function around it. */
static bool compile_top(compiler *c, node_list *body, place p, const char *name, bool block,
                        proto **out)
{
    proto *code = cf__begin_function(c, name)->proto;
    bool   use_self = cf__uses_name(body, "self"), use_super;

    use_super = block && cf__uses_name(body, "super");
    p.scope = cf__scope_new(c->arena, NULL);
    if (use_self)
        cf__scope_parameter(p.scope, "self");
    if (use_super)
        cf__scope_parameter(p.scope, "super");
    cf__scope_analyze_list(p.scope, body);
    if (!cf__assign_slots(c, p.scope, true, &code->scope))
        return false;
    if (use_self)
        code->self_slot = cf__parameter_slot(p.scope, "self");
    if (use_super)
        code->super_slot = cf__parameter_slot(p.scope, "super");
    code->body = *body;
    *out = code;
    if (!cf__compile_body(c, body, p))
        return false;
    cf__end_function(c);
    return true;
}

bool cf__compile(cf_templates *env, cf_template *tmpl, tree *t, cf_error *err)
{
    compiler c = {
        .env = env, .tmpl = tmpl, .arena = tmpl->arena, .err = err, .has_extends = t->extends > 0
    };
    place block = { .escape = tmpl->escape };
    place root = {
        .toplevel = true, .rootlevel = true, .check = c.has_extends, .escape = tmpl->escape
    };

    if (!compile_top(&c, &t->body, root, "root", false, &tmpl->root))
        return false;
    tmpl->blocks = cf_new_array(tmpl->arena, block_code, t->blocks.len + 1);
    for (uint32_t i = 0; i < t->blocks.len; i++) {
        node       *n = t->blocks.items[i];
        block_code *code = &tmpl->blocks[tmpl->nblocks++];

        c.extends = t->extends;
        *code = (block_code){ .name = n->as.block.name, .node = n };
        if (!compile_top(&c, &n->as.block.body, block, code->name, true, &code->proto))
            return false;
    }
    return true;
}

bool cf__compile_lone(cf_templates *env, cf_template *tmpl, node *n, cf_error *err)
{
    compiler  c = { .env = env, .tmpl = tmpl, .arena = tmpl->arena, .err = err };
    node     *output = cf_new(tmpl->arena, node);
    node_list body = { 0 };

    output->kind = N_OUTPUT;
    cf__nodes_add(tmpl->arena, &output->as.list.items, n);
    cf__nodes_add(tmpl->arena, &body, output);
    return compile_top(&c, &body, (place){ .toplevel = true }, "expression", false, &tmpl->root);
}
