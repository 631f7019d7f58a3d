/* script_check.c -- what a script's expressions read must be there.
 *
 * A template sees nothing where a name or an attribute is missing; a person who mistypes one should
 * hear of it, also where it is only an argument: filter_by(id=u.di). So every name, attribute and
 * item of a compiled tree is put inside a check, but for what stands before `is defined` and
 * default(). */
#include "template/script_internal.h"

static bool check(cf_call *call, cf_value *result)
{
    *result = call->args[0];
    if (result->type != CF_TYPE_UNDEFINED)
        return true;
    return cf__undefined_fail(call->eval->render, *result);
}

static const operation check_operation = { "check", check, NULL, true };

/* The node becomes a filter over a copy of itself. */
static void wrap(cf_arena *arena, node *n)
{
    node *inner = cf_memdup(arena, n, sizeof *n);

    *n = (node){ .kind = N_FILTER, .depth = inner->depth, .line = inner->line, .pos = inner->pos };
    n->as.filter.value = inner;
    n->as.filter.name = check_operation.name;
    n->as.filter.operation = &check_operation;
}

static bool takes_missing(const node *n)
{
    const char *name = n->as.filter.name;

    if (n->kind == N_TEST)
        return strcmp(name, "defined") == 0 || strcmp(name, "undefined") == 0;
    return strcmp(name, "default") == 0 || strcmp(name, "d") == 0;
}

static void require_child(node *n, void *data)
{
    cf__script_require(data, n);
}

static void require_args(cf_arena *arena, const call_args *args)
{
    for (uint32_t i = 0; i < args->positional.len; i++)
        cf__script_require(arena, args->positional.items[i]);
    for (uint32_t i = 0; i < args->named.len; i++)
        cf__script_require(arena, args->named.items[i]);
    if (args->star)
        cf__script_require(arena, args->star);
    if (args->double_star)
        cf__script_require(arena, args->double_star);
}

void cf__script_require(cf_arena *arena, node *n)
{
    switch ((node_kind)n->kind) {
    case N_CALL:
        /* A missing callee fails by itself; a method is not looked up as an attribute. */
        cf__each_child(n->as.call.callee, require_child, arena);
        require_args(arena, &n->as.call.args);
        break;
    case N_FILTER:
    case N_TEST:
        if (takes_missing(n))
            cf__each_child(n->as.filter.value, require_child, arena);
        else
            cf__script_require(arena, n->as.filter.value);
        require_args(arena, &n->as.filter.args);
        break;
    case N_NAME:
        wrap(arena, n);
        break;
    case N_GETATTR:
    case N_GETITEM:
        cf__each_child(n, require_child, arena);
        wrap(arena, n);
        break;
    default:
        cf__each_child(n, require_child, arena);
        break;
    }
}

static void spelling_child(node *n, void *data)
{
    (void)data;
    cf__script_spelling(n);
}

void cf__script_spelling(node *n)
{
    static const char *const spelled[][2] = { { "None", "none" },
                                              { "True", "true" },
                                              { "False", "false" } };

    for (size_t i = 0; n->kind == N_TEST && i < sizeof spelled / sizeof spelled[0]; i++)
        if (strcmp(n->as.filter.name, spelled[i][0]) == 0)
            n->as.filter.name = spelled[i][1];
    cf__each_child(n, spelling_child, NULL);
}
