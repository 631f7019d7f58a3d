/* sql_token.h -- SQL text cut into words, for reading what a database says of its tables.
 *
 * Understands the quoting of SQLite and PostgreSQL. It knows nothing of grammar. */
#ifndef CARAFE_DB_SQL_TOKEN_H
#define CARAFE_DB_SQL_TOKEN_H

#include <carafe/arena.h>
#include <carafe/str.h>

typedef enum cf__token_kind {
    CF__TOKEN_END,
    CF__TOKEN_WORD,   /* select, post */
    CF__TOKEN_NAME,   /* "post", [post], `post` */
    CF__TOKEN_STRING, /* 'it''s', E'it\'s', $$it's$$ */
    CF__TOKEN_NUMBER, /* 1, 2.5, 1e3, 0x1f */
    CF__TOKEN_BLOB,   /* x'00ff' */
    CF__TOKEN_SIGN,   /* ( ) , :: <> || … */
    CF__TOKEN_BAD,    /* A quote or comment that does not end; the rest of the text. */
} cf__token_kind;

typedef struct cf__token {
    cf__token_kind kind;
    cf_str         text; /* As written, a view of the text that is read. */
} cf__token;

typedef struct cf__lexer {
    cf_str    text;
    size_t    at;   /* Past `token`. */
    size_t    past; /* Past the token before it. */
    cf__token token;
    bool      sqlite; /* No $$strings$$. */
} cf__lexer;

/* Begins with the first token. */
void cf__lexer_start(cf__lexer *lexer, cf_str text);
/* The same for SQLite's text, where a '$' begins a word and no string. */
void cf__lexer_start_sqlite(cf__lexer *lexer, cf_str text);
void cf__lexer_next(cf__lexer *lexer);

/* Whether the current token is this word or sign; letters' case ignored, never a quoted name. */
bool cf__lexer_is(const cf__lexer *lexer, const char *word);
/* Steps over it when it is. */
bool cf__lexer_accept(cf__lexer *lexer, const char *word);

/* Where the current token begins in the text. */
size_t cf__lexer_from(const cf__lexer *lexer);

/* A name or word without its quotes. Words keep their case. */
const char *cf__sql_name(cf_arena *arena, const cf__token *token);
/* A string's content. */
const char *cf__sql_string(cf_arena *arena, const cf__token *token);

/* Whether a name is lower case and no word of either engine's grammar, so that it needs no quotes.
 */
bool cf__name_is_plain(cf_str name);

#endif
