/* lexer_internal.h -- what lexer.c and lex_tag.c share. */
#ifndef CARAFE_TEMPLATE_LEXER_INTERNAL_H
#define CARAFE_TEMPLATE_LEXER_INTERNAL_H

#include "template/lexer.h"

/* In the order in which equally long delimiters are tried. */
typedef enum lex_kind {
    LEX_VARIABLE,
    LEX_LINE_STATEMENT,
    LEX_LINE_COMMENT,
    LEX_COMMENT,
    LEX_BLOCK,
    LEX_RAW,
    LEX_EXPRESSION, /* A whole source without delimiters. */
} lex_kind;

typedef struct lex_rule {
    lex_kind kind;
    cf_str   word;
} lex_rule;

/* Deepest nesting of brackets in one tag. */
#define LEX_BRACKETS 256

typedef struct lexer {
    cf_arena                  *arena;
    const cf_template_options *options;
    cf_str                     src;
    size_t                     pos;
    uint32_t                   line;
    bool                       line_starting; /* The last thing read ended a line. */
    cf_str                     block_start, block_end, variable_end, comment_end;
    lex_rule                   rules[5];
    size_t                     nrules;
    bool                       interesting[256]; /* Bytes at which some rule may match. */
    char       closing[LEX_BRACKETS]; /* Brackets that are open, as their closing ones. */
    size_t     nclosing;
    token_list out;
} lexer;

token *cf__lex_add(lexer *lx, token_type type, size_t pos, cf_str text);
bool   cf__lex_fail(lexer *lx, const char *format, ...) CF_PRINTF(2, 3);
void   cf__lex_advance(lexer *lx, size_t to);
bool   cf__lex_at(const lexer *lx, size_t pos, cf_str word);
size_t cf__lex_skip_space(const lexer *lx, size_t pos);
size_t cf__lex_end(const lexer *lx, size_t pos, cf_str word, bool plus, bool trim);

/* Reads the inside of a tag and its closing delimiter. False when an ERROR token was added. */
bool cf__lex_tag(lexer *lx, lex_kind kind);

/* Decodes a string literal's escapes as Python does. NULL message when well-formed. */
cf_str cf__lex_unescape(lexer *lx, cf_str body, const char **message);

#endif
