/* lexer.h -- a template's text as tokens. */
#ifndef CARAFE_TEMPLATE_LEXER_H
#define CARAFE_TEMPLATE_LEXER_H

#include <carafe/template.h>

/* Every token and how messages call it. The operators stand between ADD and LBRACE. */
#define CF_TOKENS(X)                                                                               \
    X(EOF, "end of template")                                                                      \
    X(ERROR, "error")                                                                              \
    X(DATA, "template data / text")                                                                \
    X(VARIABLE_BEGIN, "begin of print statement")                                                  \
    X(VARIABLE_END, "end of print statement")                                                      \
    X(BLOCK_BEGIN, "begin of statement block")                                                     \
    X(BLOCK_END, "end of statement block")                                                         \
    X(NAME, "name")                                                                                \
    X(STRING, "string")                                                                            \
    X(INTEGER, "integer")                                                                          \
    X(FLOAT, "float")                                                                              \
    X(ADD, "+")                                                                                    \
    X(SUB, "-")                                                                                    \
    X(DIV, "/")                                                                                    \
    X(FLOORDIV, "//")                                                                              \
    X(MUL, "*")                                                                                    \
    X(MOD, "%")                                                                                    \
    X(POW, "**")                                                                                   \
    X(TILDE, "~")                                                                                  \
    X(EQ, "==")                                                                                    \
    X(NE, "!=")                                                                                    \
    X(GT, ">")                                                                                     \
    X(GTEQ, ">=")                                                                                  \
    X(LT, "<")                                                                                     \
    X(LTEQ, "<=")                                                                                  \
    X(ASSIGN, "=")                                                                                 \
    X(DOT, ".")                                                                                    \
    X(COLON, ":")                                                                                  \
    X(PIPE, "|")                                                                                   \
    X(COMMA, ",")                                                                                  \
    X(SEMICOLON, ";")                                                                              \
    X(LPAREN, "(")                                                                                 \
    X(RPAREN, ")")                                                                                 \
    X(LBRACKET, "[")                                                                               \
    X(RBRACKET, "]")                                                                               \
    X(LBRACE, "{")                                                                                 \
    X(RBRACE, "}")

typedef enum token_type {
#define CF_X(name, text) T_##name,
    CF_TOKENS(CF_X)
#undef CF_X
} token_type;

typedef struct token {
    token_type type;
    uint32_t   line;
    uint32_t   pos;  /* Byte offset in the source. */
    cf_str     text; /* Data, name, decoded string; for ERROR the message. */
    cf_value   number;
} token;

typedef struct token_list {
    token *items;
    size_t len, cap;
} token_list;

/* What a token type is called in messages. */
const char *cf__token_text(token_type type);

/* Line ends become '\n' and the last one goes, unless it is to be kept. */
cf_str cf__lex_source(cf_arena *arena, const cf_template_options *options, cf_str text);

/* Turns a source into tokens, ending with EOF. A malformed place becomes an ERROR token, so that
 * the parser reports whichever error comes first.
 *
 * Args:
 *   expression: the source is one expression without delimiters.
 */
token_list cf__lex(cf_arena *arena, const cf_template_options *options, cf_str source,
                   bool expression);

/* Bytes of the white-space character (as Python's \s) at p, or 0. */
size_t cf__space(const char *p, const char *end);

/* The text without white space at its end, and at both ends, as Python's rstrip() and strip(). */
cf_str cf__rstrip(cf_str s);
cf_str cf__strip(cf_str s);

#endif
