/* parser_primary.c -- what operators join: literals, names, calls, filters, tests. */
#include "template/parser.h"

node *cf__make_const(parser *ps, const token *at, cf_value value)
{
    node *n = cf__new_node(ps, N_CONST, at);

    n->as.constant.value = value;
    return n;
}

node *cf__make_name(parser *ps, const token *at, cf_str name)
{
    node *n = cf__new_node(ps, N_NAME, at);

    n->as.name.text = cf_str_dup(ps->arena, name);
    n->as.name.len = (uint32_t)name.len;
    return n;
}

static bool tuple_end(parser *ps, const char *end_word)
{
    return ps->at->type == T_VARIABLE_END || ps->at->type == T_BLOCK_END ||
           ps->at->type == T_RPAREN || (end_word && is_word(ps->at, end_word));
}

node *cf__parse_tuple(parser *ps, bool simplified, bool with_cond, const char *end_word,
                      bool parentheses)
{
    const token *at = ps->at;
    node_list    items = { 0 };
    bool         is_tuple = false;
    node        *n;

    for (;;) {
        if (items.len && !cf__expect(ps, T_COMMA))
            return NULL;
        if (tuple_end(ps, end_word))
            break;
        n = simplified ? cf__parse_primary(ps) : cf__parse_expr(ps, with_cond);
        if (!n)
            return NULL;
        cf__nodes_add(ps->arena, &items, n);
        if (ps->at->type != T_COMMA)
            break;
        is_tuple = true;
    }
    if (!is_tuple && items.len)
        return items.items[0];
    if (!is_tuple && !parentheses)
        return cf__parse_fail(ps, ps->at, "Expected an expression, got '%s'",
                              cf__token_name(ps, ps->at));
    n = cf__new_node(ps, N_TUPLE, at);
    n->as.list.items = items;
    return cf__finish(ps, n);
}

static node *parse_list(parser *ps)
{
    node *n = cf__new_node(ps, N_LIST, ps->at++), *item;

    while (ps->at->type != T_RBRACKET) {
        if (n->as.list.items.len && !cf__expect(ps, T_COMMA))
            return NULL;
        if (ps->at->type == T_RBRACKET)
            break;
        item = cf__parse_expr(ps, true);
        if (!item)
            return NULL;
        cf__nodes_add(ps->arena, &n->as.list.items, item);
    }
    return cf__expect(ps, T_RBRACKET) ? cf__finish(ps, n) : NULL;
}

static node *parse_dict(parser *ps)
{
    node *n = cf__new_node(ps, N_DICT, ps->at++), *key, *value;

    while (ps->at->type != T_RBRACE) {
        if (n->as.list.items.len && !cf__expect(ps, T_COMMA))
            return NULL;
        if (ps->at->type == T_RBRACE)
            break;
        key = cf__parse_expr(ps, true);
        if (!key || !cf__expect(ps, T_COLON))
            return NULL;
        value = cf__parse_expr(ps, true);
        if (!value)
            return NULL;
        cf__nodes_add(ps->arena, &n->as.list.items, key);
        cf__nodes_add(ps->arena, &n->as.list.items, value);
    }
    return cf__expect(ps, T_RBRACE) ? cf__finish(ps, n) : NULL;
}

/* Strings that follow each other are one. */
static node *parse_strings(parser *ps)
{
    const token *at = ps->at;
    cf_buf       text;

    if (ps->at[1].type != T_STRING)
        return cf__make_const(ps, at, cf_string_of(ps->at++->text));
    text = cf_buf_in(ps->arena, 0);
    while (ps->at->type == T_STRING)
        cf_buf_str(&text, ps->at++->text);
    return cf__make_const(ps, at, cf_string_of(cf_buf_view(&text)));
}

/* ns.attr as a target. */
static node *parse_nsref(parser *ps)
{
    const token *name = ps->at, *attr = ps->at + 2;
    node        *n = cf__new_node(ps, N_NSREF, name);

    ps->at += 2;
    if (!cf__expect(ps, T_NAME))
        return NULL;
    n->as.nsref.name = cf_str_dup(ps->arena, name->text);
    n->as.nsref.attr = cf_str_dup(ps->arena, attr->text);
    return n;
}

static node *parse_name(parser *ps)
{
    const token *t = ps->at;

    if (ps->namespaces && t[1].type == T_DOT)
        return parse_nsref(ps);
    ps->at++;

    if (is_word(t, "true") || is_word(t, "True"))
        return cf__make_const(ps, t, cf_bool(true));
    if (is_word(t, "false") || is_word(t, "False"))
        return cf__make_const(ps, t, cf_bool(false));
    if (is_word(t, "none") || is_word(t, "None"))
        return cf__make_const(ps, t, cf_none());
    return cf__make_name(ps, t, t->text);
}

node *cf__parse_primary(parser *ps)
{
    const token *t = ps->at;
    node        *n;

    switch (t->type) {
    case T_NAME:
        return parse_name(ps);
    case T_STRING:
        return parse_strings(ps);
    case T_INTEGER:
    case T_FLOAT:
        ps->at++;
        return cf__make_const(ps, t, t->number);
    case T_LPAREN:
        ps->at++;
        n = cf__enter(ps) ? cf__parse_tuple(ps, false, true, NULL, true) : NULL;
        cf__leave(ps);
        return n && cf__expect(ps, T_RPAREN) ? n : NULL;
    case T_LBRACKET:
        return parse_list(ps);
    case T_LBRACE:
        return parse_dict(ps);
    default:
        return cf__parse_unexpected(ps);
    }
}

/* One part of a slice: present unless the slice or the part ends here. */
static bool slice_part(parser *ps, node **out)
{
    if (ps->at->type == T_COLON || ps->at->type == T_RBRACKET || ps->at->type == T_COMMA)
        return true;
    *out = cf__parse_expr(ps, true);
    return *out != NULL;
}

/* What stands between [ and ]: an expression or a slice. */
static node *parse_subscribed(parser *ps)
{
    const token *at = ps->at;
    node        *start = NULL, *n;

    if (at->type != T_COLON) {
        start = cf__parse_expr(ps, true);
        if (!start || ps->at->type != T_COLON)
            return start;
    }
    ps->at++;
    n = cf__new_node(ps, N_SLICE, at);
    n->as.slice.start = start;
    if (!slice_part(ps, &n->as.slice.stop))
        return NULL;
    if (cf__skip(ps, T_COLON) && !slice_part(ps, &n->as.slice.step))
        return NULL;
    return cf__finish(ps, n);
}

static node *make_item(parser *ps, const token *at, node *value, node *index)
{
    node *n = cf__new_node(ps, N_GETITEM, at);

    n->as.item.value = value;
    n->as.item.index = index;
    return cf__finish(ps, n);
}

static node *parse_dot(parser *ps, node *value)
{
    const token *dot = ps->at++, *t = ps->at++;
    node        *n;

    if (t->type == T_INTEGER)
        return make_item(ps, dot, value, cf__make_const(ps, t, t->number));
    if (t->type != T_NAME) {
        ps->at--;
        return cf__parse_fail(ps, t, "expected name or number");
    }
    n = cf__new_node(ps, N_GETATTR, t);
    n->as.attr.value = value;
    n->as.attr.name = cf_str_dup(ps->arena, t->text);
    n->as.attr.len = (uint32_t)t->text.len;
    return cf__finish(ps, n);
}

static node *parse_brackets(parser *ps, node *value)
{
    const token *at = ps->at++;
    node_list    args = { 0 };
    node        *n;

    while (ps->at->type != T_RBRACKET) {
        if (args.len && !cf__expect(ps, T_COMMA))
            return NULL;
        n = parse_subscribed(ps);
        if (!n)
            return NULL;
        cf__nodes_add(ps->arena, &args, n);
    }
    ps->at++;
    if (args.len == 1)
        return make_item(ps, at, value, args.items[0]);
    n = cf__new_node(ps, N_TUPLE, at);
    n->as.list.items = args;
    return cf__finish(ps, n) ? make_item(ps, at, value, n) : NULL;
}

/* One argument of a call. */
static bool parse_arg(parser *ps, const token *open, call_args *out)
{
    bool   named = ps->at->type == T_NAME && ps->at[1].type == T_ASSIGN;
    cf_str name = ps->at->text;
    node  *n;

    if (ps->at->type == T_MUL || ps->at->type == T_POW) {
        bool twice = ps->at->type == T_POW;
        if (out->double_star || (!twice && out->star))
            goto invalid;
        ps->at++;
        n = cf__parse_expr(ps, true);
        *(twice ? &out->double_star : &out->star) = n;
        return n != NULL;
    }
    if (out->double_star || (!named && (out->star || out->named.len)))
        goto invalid;
    ps->at += named ? 2 : 0;
    n = cf__parse_expr(ps, true);
    if (!n)
        return false;
    if (named) {
        out->names = cf_grow(ps->arena, out->names, out->named.len * sizeof(cf_str),
                             (out->named.len + 1) * sizeof(cf_str));
        out->names[out->named.len] = cf_str_n(cf_str_dup(ps->arena, name), name.len);
    }
    cf__nodes_add(ps->arena, named ? &out->named : &out->positional, n);
    return true;
invalid:
    return cf__parse_fail(ps, open, "invalid syntax for function call expression") != NULL;
}

static bool parse_args(parser *ps, call_args *out)
{
    const token *open = ps->at++;
    bool         comma = false;

    while (ps->at->type != T_RPAREN) {
        if (comma && !cf__expect(ps, T_COMMA))
            return false;
        if (comma && ps->at->type == T_RPAREN)
            break;
        if (!parse_arg(ps, open, out))
            return false;
        comma = true;
    }
    return cf__expect(ps, T_RPAREN) != NULL;
}

static node *parse_call(parser *ps, node *callee)
{
    node *n = cf__new_node(ps, N_CALL, ps->at);

    n->as.call.callee = callee;
    return parse_args(ps, &n->as.call.args) ? cf__finish(ps, n) : NULL;
}

static node *parse_postfix(parser *ps, node *n)
{
    while (n) {
        if (ps->at->type == T_DOT)
            n = parse_dot(ps, n);
        else if (ps->at->type == T_LBRACKET)
            n = parse_brackets(ps, n);
        else if (ps->at->type == T_LPAREN)
            n = parse_call(ps, n);
        else
            break;
    }
    return n;
}

/* A filter's or test's name, dots included. */
static const char *dotted_name(parser *ps)
{
    const token *t = cf__expect(ps, T_NAME);
    const char  *name = t ? cf_str_dup(ps->arena, t->text) : NULL;

    while (name && cf__skip(ps, T_DOT)) {
        t = cf__expect(ps, T_NAME);
        name = t ? cf_printf(ps->arena, "%s.%.*s", name, CF_STR_ARG(t->text)) : NULL;
    }
    return name;
}

node *cf__parse_filter(parser *ps, node *value, bool start_inline)
{
    while (ps->at->type == T_PIPE || start_inline) {
        node *n;

        if (!start_inline)
            ps->at++;
        start_inline = false;
        n = cf__new_node(ps, N_FILTER, ps->at);
        n->as.filter.value = value;
        n->as.filter.name = dotted_name(ps);
        if (!n->as.filter.name)
            return NULL;
        if (ps->at->type == T_LPAREN && !parse_args(ps, &n->as.filter.args))
            return NULL;
        value = cf__finish(ps, n);
        if (!value)
            return NULL;
    }
    return value;
}

/* Whether a test's single argument without parentheses begins here. */
static bool bare_argument(const token *t)
{
    switch (t->type) {
    case T_NAME:
        return !is_word(t, "else") && !is_word(t, "or") && !is_word(t, "and");
    case T_STRING:
    case T_INTEGER:
    case T_FLOAT:
    case T_LBRACKET:
    case T_LBRACE:
        return true;
    default:
        return false;
    }
}

static node *parse_test(parser *ps, node *value)
{
    node *n;

    ps->at++;
    bool negated = cf__skip_word(ps, "not");
    n = cf__new_node(ps, N_TEST, ps->at);
    n->as.filter.value = value;
    n->as.filter.negated = negated;
    n->as.filter.name = dotted_name(ps);
    if (!n->as.filter.name)
        return NULL;
    if (ps->at->type == T_LPAREN)
        return parse_args(ps, &n->as.filter.args) ? cf__finish(ps, n) : NULL;
    if (bare_argument(ps->at)) {
        if (is_word(ps->at, "is"))
            return cf__parse_fail(ps, ps->at, "You cannot chain multiple tests with is");
        node *arg = parse_postfix(ps, cf__parse_primary(ps));
        if (!arg)
            return NULL;
        cf__nodes_add(ps->arena, &n->as.filter.args.positional, arg);
    }
    return cf__finish(ps, n);
}

static node *parse_filters(parser *ps, node *n)
{
    while (n) {
        if (ps->at->type == T_PIPE)
            n = cf__parse_filter(ps, n, false);
        else if (is_word(ps->at, "is"))
            n = parse_test(ps, n);
        else if (ps->at->type == T_LPAREN)
            n = parse_call(ps, n);
        else
            break;
    }
    return n;
}

node *cf__parse_unary(parser *ps, bool with_filter)
{
    const token *at = ps->at;
    node        *n;

    if (at->type == T_SUB || at->type == T_ADD) {
        node *inner;
        ps->at++;
        inner = cf__enter(ps) ? cf__parse_unary(ps, false) : NULL;
        cf__leave(ps);
        if (!inner)
            return NULL;
        n = cf__new_node(ps, N_UNARY, at);
        n->op = at->type == T_SUB ? OP_NEG : OP_POS;
        n->as.binary.left = inner;
        n = cf__finish(ps, n);
    } else {
        n = cf__parse_primary(ps);
    }
    n = parse_postfix(ps, n);
    return with_filter ? parse_filters(ps, n) : n;
}
