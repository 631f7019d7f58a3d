/* walk.c -- visiting a tree: the children of each kind of node, and what is looked for in them. */
#include "template/scope.h"

typedef struct visit {
    void (*fn)(node *child, void *data);
    void *data;
} visit;

static void one(const visit *v, node *n)
{
    if (n)
        v->fn(n, v->data);
}

static void list(const visit *v, const node_list *l)
{
    for (uint32_t i = 0; i < l->len; i++)
        v->fn(l->items[i], v->data);
}

static void args(const visit *v, const call_args *a)
{
    list(v, &a->positional);
    list(v, &a->named);
    one(v, a->star);
    one(v, a->double_star);
}

static void expression_children(const visit *v, node *n)
{
    switch ((node_kind)n->kind) {
    case N_LIST:
    case N_TUPLE:
    case N_DICT:
    case N_CONCAT:
    case N_OUTPUT:
        list(v, &n->as.list.items);
        break;
    case N_BINARY:
    case N_AND:
    case N_OR:
    case N_UNARY:
    case N_MARKSAFE:
        one(v, n->as.binary.left);
        one(v, n->as.binary.right);
        break;
    case N_COMPARE:
        one(v, n->as.compare.left);
        for (uint32_t i = 0; i < n->as.compare.count; i++)
            one(v, n->as.compare.ops[i].right);
        break;
    case N_COND:
        one(v, n->as.cond.test);
        one(v, n->as.cond.then);
        one(v, n->as.cond.other);
        break;
    case N_FILTER:
    case N_TEST:
        one(v, n->as.filter.value);
        args(v, &n->as.filter.args);
        break;
    case N_CALL:
        one(v, n->as.call.callee);
        args(v, &n->as.call.args);
        break;
    case N_GETATTR:
        one(v, n->as.attr.value);
        break;
    case N_GETITEM:
        one(v, n->as.item.value);
        one(v, n->as.item.index);
        break;
    case N_SLICE:
        one(v, n->as.slice.start);
        one(v, n->as.slice.stop);
        one(v, n->as.slice.step);
        break;
    default:
        break;
    }
}

static void statement_children(const visit *v, node *n)
{
    switch ((node_kind)n->kind) {
    case N_FOR:
        one(v, n->as.loop.target);
        one(v, n->as.loop.iter);
        list(v, &n->as.loop.body);
        list(v, &n->as.loop.other);
        one(v, n->as.loop.test);
        break;
    case N_IF:
        one(v, n->as.branch.test);
        list(v, &n->as.branch.body);
        list(v, &n->as.branch.elifs);
        list(v, &n->as.branch.other);
        break;
    case N_MACRO:
    case N_CALLBLOCK:
        one(v, n->as.macro.call);
        list(v, &n->as.macro.params);
        list(v, &n->as.macro.defaults);
        list(v, &n->as.macro.body);
        break;
    case N_FILTERBLOCK:
    case N_SETBLOCK:
    case N_SET:
    case N_AUTOESCAPE:
    case N_DO:
        one(v, n->as.block_set.value);
        one(v, n->as.block_set.target);
        list(v, &n->as.block_set.body);
        one(v, n->as.block_set.filter);
        break;
    case N_WITH:
        list(v, &n->as.with.targets);
        list(v, &n->as.with.values);
        list(v, &n->as.with.body);
        break;
    case N_BLOCK:
        list(v, &n->as.block.body);
        break;
    case N_EXTENDS:
    case N_INCLUDE:
    case N_IMPORT:
    case N_FROMIMPORT:
        one(v, n->as.import.name);
        break;
    default:
        break;
    }
}

void cf__each_child(node *n, void (*fn)(node *child, void *data), void *data)
{
    visit v = { fn, data };

    if (n->kind <= N_MARKSAFE || n->kind == N_OUTPUT)
        expression_children(&v, n);
    else
        statement_children(&v, n);
}

/* The search for one name: it ends when the name is loaded, or stored first. */
typedef struct search {
    const char *name;
    bool        used, hidden;
} search;

static void search_node(node *n, void *data)
{
    search *s = data;

    if (s->used || s->hidden || n->kind == N_BLOCK)
        return;
    if (n->kind == N_NAME && strcmp(n->as.name.text, s->name) == 0) {
        if (n->store)
            s->hidden = true;
        else
            s->used = true;
        return;
    }
    cf__each_child(n, search_node, s);
}

bool cf__uses_name(const node_list *body, const char *name)
{
    search s = { .name = name };

    for (uint32_t i = 0; i < body->len; i++)
        search_node(body->items[i], &s);
    return s.used;
}
