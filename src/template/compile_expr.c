/* compile_expr.c -- names in expressions become slots; filters and tests become functions. */
#include "template/compile.h"

#include <stdarg.h>

#include "template/loop.h"
#include "template/parser.h"

bool cf__compile_fail(compiler *c, const node *n, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cf_fail_va(c->err, CF_ESYNTAX, __FILE__, __LINE__, format, args);
    va_end(args);
    return cf_fail_in(c->err, c->tmpl->name, (int)n->line, cf__column(c->tmpl->source, n->pos));
}

static bool compile_name(compiler *c, node *n, place p, name_ref *ref, const char *name)
{
    symbol *sym = cf__scope_find(p.scope, name);

    if (!sym)
        return cf__compile_fail(c, n, "name '%s' is used where it is not known", name);
    *ref = cf__symbol_ref(c, sym);
    return true;
}

bool cf__compile_target(compiler *c, node *n, place p)
{
    if (n->kind == N_NAME)
        return compile_name(c, n, p, &n->as.name.ref, n->as.name.text);
    if (n->kind == N_NSREF)
        return compile_name(c, n, p, &n->as.nsref.ref, n->as.nsref.name);
    for (uint32_t i = 0; i < n->as.list.items.len; i++)
        if (!cf__compile_target(c, n->as.list.items.items[i], p))
            return false;
    return true;
}

static bool compile_list(compiler *c, node_list *list, place p)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (!cf__compile_expr(c, list->items[i], p))
            return false;
    return true;
}

bool cf__compile_args(compiler *c, call_args *args, place p)
{
    for (uint32_t i = 1; i < args->named.len; i++)
        for (uint32_t k = 0; k < i; k++)
            if (cf_str_eq(args->names[i], args->names[k]))
                return cf__compile_fail(c, args->named.items[i], "keyword argument repeated: %.*s",
                                        CF_STR_ARG(args->names[i]));
    return compile_list(c, &args->positional, p) && compile_list(c, &args->named, p) &&
           (!args->star || cf__compile_expr(c, args->star, p)) &&
           (!args->double_star || cf__compile_expr(c, args->double_star, p));
}

static bool unknown_operation(compiler *c, const node *n, const char *kind)
{
    const char **names;
    size_t       count = n->kind == N_FILTER ? cf__filter_names(c->env, c->arena, &names)
                                             : cf__test_names(c->env, c->arena, &names);
    const char  *near = cf_nearest(cf_str_of(n->as.filter.name), names, count);

    if (near)
        return cf__compile_fail(c, n, "No %s named '%s'. Did you mean '%s'?", kind,
                                n->as.filter.name, near);
    return cf__compile_fail(c, n, "No %s named '%s'.", kind, n->as.filter.name);
}

static bool compile_operation(compiler *c, node *n, place p)
{
    bool filter = n->kind == N_FILTER;

    n->as.filter.operation = filter ? cf__find_filter(c->env, n->as.filter.name)
                                    : cf__find_test(c->env, n->as.filter.name);
    if (!n->as.filter.operation && !p.soft)
        return unknown_operation(c, n, filter ? "filter" : "test");
    if (n->as.filter.value && !cf__compile_expr(c, n->as.filter.value, p))
        return false;
    return cf__compile_args(c, &n->as.filter.args, p);
}

static bool compile_attr(compiler *c, node *n, place p)
{
    const node *value = n->as.attr.value;

    if (value->kind == N_NAME && strcmp(value->as.name.text, "loop") == 0)
        n->as.attr.loop = cf__loop_field(n->as.attr.name);
    cf__find_methods(n->as.attr.name, n->as.attr.methods);
    n->as.attr.plain = !n->as.attr.methods[2] && n->as.attr.name[0] != '_';
    p.constant = false;
    return cf__compile_expr(c, n->as.attr.value, p);
}

static bool compile_compare(compiler *c, node *n, place p)
{
    if (!cf__compile_expr(c, n->as.compare.left, p))
        return false;
    for (uint32_t i = 0; i < n->as.compare.count; i++)
        if (!cf__compile_expr(c, n->as.compare.ops[i].right, p))
            return false;
    return true;
}

static bool all_constant(const node_list *list)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (!cf__is_constant(list->items[i]))
            return false;
    return true;
}

static bool is_constant_call(const node *n)
{
    static const char *const contextual[] = { "map",        "select",     "reject",
                                              "selectattr", "rejectattr", "random" };
    const call_args         *args = &n->as.filter.args;

    for (size_t i = 0; i < sizeof contextual / sizeof *contextual; i++)
        if (strcmp(contextual[i], n->as.filter.name) == 0)
            return false;
    return n->as.filter.value && cf__is_constant(n->as.filter.value) &&
           all_constant(&args->positional) && all_constant(&args->named) &&
           (!args->star || cf__is_constant(args->star)) &&
           (!args->double_star || cf__is_constant(args->double_star));
}

/* Whether a written value decides what else is looked at. */
static bool is_known(const node *n, bool truth)
{
    return n->kind == N_CONST && cf_truth(n->as.constant.value) == truth;
}

bool cf__is_constant(const node *n)
{
    switch ((node_kind)n->kind) {
    case N_CONST:
        return true;
    case N_LIST:
    case N_TUPLE:
    case N_DICT:
    case N_CONCAT:
        return all_constant(&n->as.list.items);
    case N_AND:
    case N_OR:
        if (is_known(n->as.binary.left, n->kind == N_OR))
            return true;
        return cf__is_constant(n->as.binary.left) && cf__is_constant(n->as.binary.right);
    case N_BINARY:
    case N_UNARY:
        return cf__is_constant(n->as.binary.left) &&
               (!n->as.binary.right || cf__is_constant(n->as.binary.right));
    case N_COND:
        if (is_known(n->as.cond.test, true))
            return cf__is_constant(n->as.cond.then);
        if (is_known(n->as.cond.test, false))
            return n->as.cond.other && cf__is_constant(n->as.cond.other);
        return cf__is_constant(n->as.cond.test) && cf__is_constant(n->as.cond.then) &&
               n->as.cond.other && cf__is_constant(n->as.cond.other);
    case N_FILTER:
    case N_TEST:
        return is_constant_call(n);
    case N_GETATTR:
        return cf__is_constant(n->as.attr.value);
    case N_GETITEM:
        return cf__is_constant(n->as.item.value) && cf__is_constant(n->as.item.index);
    case N_SLICE:
        return (!n->as.slice.start || cf__is_constant(n->as.slice.start)) &&
               (!n->as.slice.stop || cf__is_constant(n->as.slice.stop)) &&
               (!n->as.slice.step || cf__is_constant(n->as.slice.step));
    case N_COMPARE:
        for (uint32_t i = 0; i < n->as.compare.count; i++)
            if (!cf__is_constant(n->as.compare.ops[i].right))
                return false;
        return cf__is_constant(n->as.compare.left);
    default:
        return false;
    }
}

static bool compile_parts(compiler *c, node *n, place p)
{
    switch ((node_kind)n->kind) {
    case N_LIST:
    case N_TUPLE:
    case N_DICT:
        return compile_list(c, &n->as.list.items, p);
    case N_CONCAT:
        if (!compile_list(c, &n->as.list.items, p))
            return false;
        /* Jinja2 joins constants while it compiles, and the result is plain text, as it is where
         * only a render tells whether to escape. */
        n->plain = p.changing || all_constant(&n->as.list.items);
        return true;
    case N_BINARY:
    case N_AND:
    case N_OR:
    case N_UNARY:
    case N_MARKSAFE:
        return cf__compile_expr(c, n->as.binary.left, p) &&
               (!n->as.binary.right || cf__compile_expr(c, n->as.binary.right, p));
    case N_COMPARE:
        return compile_compare(c, n, p);
    case N_COND:
        p.soft = true;
        return cf__compile_expr(c, n->as.cond.test, p) && cf__compile_expr(c, n->as.cond.then, p) &&
               (!n->as.cond.other || cf__compile_expr(c, n->as.cond.other, p));
    case N_FILTER:
    case N_TEST:
        return compile_operation(c, n, p);
    case N_CALL:
        return cf__compile_expr(c, n->as.call.callee, p) &&
               cf__compile_args(c, &n->as.call.args, p);
    case N_GETATTR:
        return compile_attr(c, n, p);
    case N_GETITEM:
        n->plain = p.constant;
        p.constant = false;
        return cf__compile_expr(c, n->as.item.value, p) && cf__compile_expr(c, n->as.item.index, p);
    case N_SLICE:
        return (!n->as.slice.start || cf__compile_expr(c, n->as.slice.start, p)) &&
               (!n->as.slice.stop || cf__compile_expr(c, n->as.slice.stop, p)) &&
               (!n->as.slice.step || cf__compile_expr(c, n->as.slice.step, p));
    default:
        return true;
    }
}

bool cf__compile_expr(compiler *c, node *n, place p)
{
    bool ok;

    if (n->kind == N_NAME)
        return compile_name(c, n, p, &n->as.name.ref, n->as.name.text);
    if (n->kind == N_CONST || n->kind == N_DATA)
        return true;
    /* Of a constant item that is not there nothing is known before the render, nor of its parts. */
    if (n->kind != N_GETITEM && n->kind != N_GETATTR && !p.constant)
        p.constant = cf__is_constant(n);
    if (++c->depth > TREE_DEPTH)
        return cf__compile_fail(c, n, "nested too deeply: more than %d levels", TREE_DEPTH);
    ok = compile_parts(c, n, p);
    c->depth--;
    return ok;
}
