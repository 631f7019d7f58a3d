/* parser_expr.c -- expressions, from the loosest operator to the tightest. */
#include "template/parser.h"

static node *parse_cond(parser *ps);

static node *make_binary(parser *ps, node_kind kind, operator_kind op, const token *at, node *left,
                         node *right)
{
    node *n;

    if (!left || !right)
        return NULL;
    n = cf__new_node(ps, kind, at);
    n->op = (uint8_t)op;
    n->as.binary.left = left;
    n->as.binary.right = right;
    return cf__finish(ps, n);
}

/* A left-associative level of binary operators. */
typedef struct level {
    token_type    token;
    operator_kind op;
} level;

static const level sums[] = { { T_ADD, OP_ADD }, { T_SUB, OP_SUB }, { 0 } };
static const level products[] = {
    { T_MUL, OP_MUL }, { T_DIV, OP_DIV }, { T_FLOORDIV, OP_FLOORDIV }, { T_MOD, OP_MOD }, { 0 }
};
static const level powers[] = { { T_POW, OP_POW }, { 0 } };

static const level *find_level(const level *levels, token_type type)
{
    for (; levels->token; levels++)
        if (levels->token == type)
            return levels;
    return NULL;
}

static node *parse_power(parser *ps)
{
    node *left = cf__parse_unary(ps, true);

    while (left && find_level(powers, ps->at->type)) {
        const token *at = ps->at++;
        left = make_binary(ps, N_BINARY, OP_POW, at, left, cf__parse_unary(ps, true));
    }
    return left;
}

static node *parse_product(parser *ps)
{
    node        *left = parse_power(ps);
    const level *l;

    while (left && (l = find_level(products, ps->at->type))) {
        const token *at = ps->at++;
        left = make_binary(ps, N_BINARY, l->op, at, left, parse_power(ps));
    }
    return left;
}

static node *parse_concat(parser *ps)
{
    const token *at = ps->at;
    node        *first = parse_product(ps), *n;

    if (!first || ps->at->type != T_TILDE)
        return first;
    n = cf__new_node(ps, N_CONCAT, at);
    cf__nodes_add(ps->arena, &n->as.list.items, first);
    while (cf__skip(ps, T_TILDE)) {
        node *next = parse_product(ps);
        if (!next)
            return NULL;
        cf__nodes_add(ps->arena, &n->as.list.items, next);
    }
    return cf__finish(ps, n);
}

static node *parse_sum(parser *ps)
{
    node        *left = parse_concat(ps);
    const level *l;

    while (left && (l = find_level(sums, ps->at->type))) {
        const token *at = ps->at++;
        left = make_binary(ps, N_BINARY, l->op, at, left, parse_concat(ps));
    }
    return left;
}

/* Steps over a comparison operator, if there is one. */
static bool comparison(parser *ps, operator_kind *op)
{
    static const level comparisons[] = { { T_EQ, OP_EQ },
                                         { T_NE, OP_NE },
                                         { T_LT, OP_LT },
                                         { T_LTEQ, OP_LE },
                                         { T_GT, OP_GT },
                                         { T_GTEQ, OP_GE },
                                         { 0 } };
    const level       *l = find_level(comparisons, ps->at->type);

    if (l) {
        *op = l->op;
        ps->at++;
        return true;
    }
    if (cf__skip_word(ps, "in")) {
        *op = OP_IN;
        return true;
    }
    if (is_word(ps->at, "not") && is_word(ps->at + 1, "in")) {
        *op = OP_NOTIN;
        ps->at += 2;
        return true;
    }
    return false;
}

static node *parse_compare(parser *ps)
{
    const token  *at = ps->at;
    node         *left = parse_sum(ps), *n = NULL;
    operator_kind op;
    uint32_t      cap = 0;

    while (left && comparison(ps, &op)) {
        node *right = parse_sum(ps);

        if (!right)
            return NULL;
        if (!n) {
            n = cf__new_node(ps, N_COMPARE, at);
            n->as.compare.left = left;
        }
        if (n->as.compare.count == cap) {
            uint32_t old = cap;
            cap = cap ? cap * 2 : 1;
            n->as.compare.ops = cf_grow(ps->arena, n->as.compare.ops, old * sizeof(compare_op),
                                        cap * sizeof(compare_op));
        }
        n->as.compare.ops[n->as.compare.count++] = (compare_op){ op, right };
    }
    return n ? cf__finish(ps, n) : left;
}

static node *parse_not(parser *ps)
{
    const token *at = ps->at;
    node        *n, *inner;

    if (!cf__skip_word(ps, "not"))
        return parse_compare(ps);
    if (!cf__enter(ps))
        return NULL;
    inner = parse_not(ps);
    cf__leave(ps);
    if (!inner)
        return NULL;
    n = cf__new_node(ps, N_UNARY, at);
    n->op = OP_NOT;
    n->as.binary.left = inner;
    return cf__finish(ps, n);
}

static node *parse_and(parser *ps)
{
    node *left = parse_not(ps);

    while (left && is_word(ps->at, "and")) {
        const token *at = ps->at++;
        left = make_binary(ps, N_AND, 0, at, left, parse_not(ps));
    }
    return left;
}

static node *parse_or(parser *ps)
{
    node *left = parse_and(ps);

    while (left && is_word(ps->at, "or")) {
        const token *at = ps->at++;
        left = make_binary(ps, N_OR, 0, at, left, parse_and(ps));
    }
    return left;
}

static node *parse_cond(parser *ps)
{
    node *value = parse_or(ps);

    while (value && is_word(ps->at, "if")) {
        node *n = cf__new_node(ps, N_COND, ps->at++);

        n->as.cond.then = value;
        n->as.cond.test = parse_or(ps);
        if (!n->as.cond.test)
            return NULL;
        if (cf__skip_word(ps, "else")) {
            if (!cf__enter(ps))
                return NULL;
            n->as.cond.other = parse_cond(ps);
            cf__leave(ps);
            if (!n->as.cond.other)
                return NULL;
        }
        value = cf__finish(ps, n);
    }
    return value;
}

node *cf__parse_expr(parser *ps, bool with_cond)
{
    node *n;

    if (!cf__enter(ps))
        return NULL;
    n = with_cond ? parse_cond(ps) : parse_or(ps);
    cf__leave(ps);
    return n;
}
