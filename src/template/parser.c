/* parser.c -- tokens to a tree: the common part of the parser. */
#include "template/parser.h"

#include <stdarg.h>

#include "template/scope.h"

void cf__nodes_add(cf_arena *arena, node_list *list, node *n)
{
    if (list->len == list->cap) {
        uint32_t cap = list->cap ? list->cap * 2 : 4;

        list->items = cf_grow(arena, list->items, list->cap * sizeof(node *), cap * sizeof(node *));
        list->cap = cap;
    }
    list->items[list->len++] = n;
}

int cf__column(cf_str source, size_t pos)
{
    cf_str before = cf_str_slice(source, 0, pos);
    size_t newline = cf_str_rchr(before, '\n');

    return (int)cf_utf8_count(cf_str_slice(before, newline == CF_NPOS ? 0 : newline + 1, pos)) + 1;
}

node *cf__new_node(parser *ps, node_kind kind, const token *at)
{
    node *n = cf_new(ps->arena, node);

    n->kind = (uint8_t)kind;
    n->line = at->line;
    n->pos = at->pos;
    return n;
}

void *cf__parse_fail(parser *ps, const token *at, const char *format, ...)
{
    va_list args;

    /* The lexer's own error, met on the way, says more than that a token was not expected. */
    if (at->type == T_ERROR) {
        cf_fail(ps->err, CF_ESYNTAX, "%.*s", CF_STR_ARG(at->text));
    } else {
        va_start(args, format);
        cf_fail_va(ps->err, CF_ESYNTAX, __FILE__, __LINE__, format, args);
        va_end(args);
    }
    cf_fail_in(ps->err, ps->name, (int)at->line, cf__column(ps->source, at->pos));
    return NULL;
}

const char *cf__token_name(parser *ps, const token *t)
{
    if (t->type == T_NAME || t->type == T_STRING || t->type == T_INTEGER || t->type == T_FLOAT)
        return cf_str_dup(ps->arena, t->text);
    return cf__token_text(t->type);
}

static void deepest(node *child, void *data)
{
    uint16_t *depth = data;

    if (child->depth > *depth)
        *depth = child->depth;
}

node *cf__finish(parser *ps, node *n)
{
    uint16_t depth = 0;

    cf__each_child(n, deepest, &depth);
    n->depth = (uint16_t)(depth + 1);
    if (n->depth <= TREE_DEPTH)
        return n;
    return cf__parse_fail(ps, ps->at, "nested too deeply: more than %d levels", TREE_DEPTH);
}

void *cf__parse_unexpected(parser *ps)
{
    return cf__parse_fail(ps, ps->at, "unexpected '%s'", cf__token_name(ps, ps->at));
}

bool cf__skip_word(parser *ps, const char *word)
{
    if (!is_word(ps->at, word))
        return false;
    ps->at++;
    return true;
}

bool cf__skip(parser *ps, token_type type)
{
    if (ps->at->type != type)
        return false;
    ps->at++;
    return true;
}

static bool expected(parser *ps, const char *what)
{
    if (ps->at->type == T_EOF)
        cf__parse_fail(ps, ps->at, "unexpected end of template, expected '%s'.", what);
    else
        cf__parse_fail(ps, ps->at, "expected token '%s', got '%s'", what,
                       cf__token_name(ps, ps->at));
    return false;
}

const token *cf__expect(parser *ps, token_type type)
{
    if (ps->at->type == type)
        return ps->at++;
    expected(ps, cf__token_text(type));
    return NULL;
}

bool cf__expect_word(parser *ps, const char *word)
{
    return cf__skip_word(ps, word) || expected(ps, word);
}

bool cf__enter(parser *ps)
{
    if (++ps->depth <= PARSER_DEPTH)
        return true;
    cf__parse_fail(ps, ps->at, "nested too deeply: more than %d levels", PARSER_DEPTH);
    return false;
}

void cf__leave(parser *ps)
{
    ps->depth--;
}

static void start(parser *ps, cf_arena *arena, const cf_template_options *options, const char *name,
                  cf_str source, bool expression, cf_error *err)
{
    *ps = (parser){
        .arena = arena, .options = options, .name = name, .source = source, .err = err
    };
    ps->tree = cf_new(arena, tree);
    ps->tree->arena = arena;
    ps->at = cf__lex(arena, options, source, expression).items;
}

tree *cf__parse(cf_arena *arena, const cf_template_options *options, const char *name,
                cf_str source, cf_error *err)
{
    parser ps;

    start(&ps, arena, options, name, source, false, err);
    return cf__subparse(&ps, &ps.tree->body, NULL) ? ps.tree : NULL;
}

node *cf__parse_expression(cf_arena *arena, const cf_template_options *options, cf_str source,
                           cf_error *err)
{
    parser ps;
    node  *n;

    start(&ps, arena, options, "expression", source, true, err);
    n = cf__parse_tuple(&ps, false, true, NULL, false);
    return n && cf__expect(&ps, T_EOF) ? n : NULL;
}
