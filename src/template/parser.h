/* parser.h -- what the parser's files share. */
#ifndef CARAFE_TEMPLATE_PARSER_H
#define CARAFE_TEMPLATE_PARSER_H

#include "template/ast.h"
#include "template/lexer.h"

/* Deepest nesting of expressions and of statements. Fibers have small stacks. */
#define PARSER_DEPTH 100

typedef struct parser {
    cf_arena                  *arena;
    const cf_template_options *options;
    cf_str                     source;
    const char                *name; /* The template's. */
    const token               *at;
    bool                       namespaces; /* ns.attr may stand in the target being parsed. */
    unsigned                   depth;
    const char                *tags[PARSER_DEPTH + 1]; /* Open statements, outermost first. */
    const char *const         *ends[PARSER_DEPTH + 1]; /* The words that may end each. */
    size_t                     ntags, nends;
    tree                      *tree;
    cf_error                  *err;
} parser;

/* Parses a template. NULL with CF_ESYNTAX, line and column. */
tree *cf__parse(cf_arena *arena, const cf_template_options *options, const char *name,
                cf_str source, cf_error *err);

/* Parses one expression that is the whole source. */
node *cf__parse_expression(cf_arena *arena, const cf_template_options *options, cf_str source,
                           cf_error *err);

/* Column, counted in characters from 1, of a byte offset. */
int cf__column(cf_str source, size_t pos);

node *cf__new_node(parser *ps, node_kind kind, const token *at);
/* Records a syntax error at a token; returns NULL. */
void *cf__parse_fail(parser *ps, const token *at, const char *format, ...) CF_PRINTF(3, 4);
void *cf__parse_unexpected(parser *ps);
/* Notes how deep an expression has become, once its parts are in place; NULL when too deep. */
node *cf__finish(parser *ps, node *n);

static inline bool is_word(const token *t, const char *word)
{
    return t->type == T_NAME && cf_str_is(t->text, word);
}
bool cf__skip_word(parser *ps, const char *word);
bool cf__skip(parser *ps, token_type type);
/* Steps over a token of a type, or fails. */
const token *cf__expect(parser *ps, token_type type);
bool         cf__expect_word(parser *ps, const char *word);
/* Bounds recursion; pair with cf__leave(). */
bool        cf__enter(parser *ps);
void        cf__leave(parser *ps);
const char *cf__token_name(parser *ps, const token *t);

/* parser_expr.c, parser_primary.c */
node *cf__parse_expr(parser *ps, bool with_cond);
node *cf__parse_tuple(parser *ps, bool simplified, bool with_cond, const char *end_word,
                      bool parentheses);
node *cf__parse_primary(parser *ps);
/* A value with its signs and, where asked, filters and tests. */
node *cf__parse_unary(parser *ps, bool with_filter);
node *cf__parse_filter(parser *ps, node *value, bool start_inline);
node *cf__make_const(parser *ps, const token *at, cf_value value);
node *cf__make_name(parser *ps, const token *at, cf_str name);

/* parser_stmt.c */
node *cf__parse_target(parser *ps, bool name_only, const char *end_word, bool with_namespace);
bool  cf__parse_body(parser *ps, node_list *out, const char *const *ends, bool drop);
bool  cf__subparse(parser *ps, node_list *out, const char *const *ends);
bool  cf__parse_statement(parser *ps, node_list *out);

/* Template text with the environment's line ends. */
cf_str cf__data_text(parser *ps, cf_str text);

/* parser_import.c */
node *cf__parse_block(parser *ps);
node *cf__parse_extends(parser *ps);
node *cf__parse_include(parser *ps);
node *cf__parse_import(parser *ps);
node *cf__parse_from(parser *ps);

/* parser_trans.c */
bool cf__parse_trans(parser *ps, node_list *out);

#endif
