/* expression.h -- a condition as a tree, for comparing conditions by meaning.
 *
 * What is printed of a tree parses to the same tree, by three rules. The functions that make terms
 * bring them to their normal form, whoever asks; every operand that is more than one piece is
 * printed in brackets, so that no precedence matters; and limits are those of the tree, not of the
 * text it came from. */
#ifndef CARAFE_DB_EXPRESSION_H
#define CARAFE_DB_EXPRESSION_H

#include "db/schema.h"
#include "db/sql_token.h"

typedef enum cf__expr_kind {
    CF__EXPR_NAME,    /* A column. */
    CF__EXPR_NUMBER,  /* -1.5 */
    CF__EXPR_STRING,  /* With its quotes. */
    CF__EXPR_WORD,    /* NULL, TRUE, CURRENT_DATE, x'00' */
    CF__EXPR_CALL,    /* text(kids) */
    CF__EXPR_CAST,    /* CAST(kid AS text) */
    CF__EXPR_EXTRACT, /* extract(text FROM kid) */
    CF__EXPR_ARRAY,   /* ARRAY[kids] */
    CF__EXPR_ROW,     /* (kids), of which there are several */
    CF__EXPR_CASE, /* CASE [kid] WHEN kid THEN kid … [ELSE kid] END; kids that lack are NULL. */
    /* From here on a term is bracketed where it is another's operand. */
    CF__EXPR_MINUS,  /* -kid */
    CF__EXPR_NOT,    /* NOT kid */
    CF__EXPR_BINARY, /* kid text kid [ESCAPE kid] */
    CF__EXPR_ANY,    /* kid text (kid), where text ends in ANY or ALL */
    CF__EXPR_IN,     /* kid text (kids) */
    CF__EXPR_AND,
    CF__EXPR_OR,
} cf__expr_kind;

typedef struct cf__expr {
    cf__expr_kind           kind;
    int                     height;
    bool                    named;   /* A column stands in it. */
    bool                    foreign; /* What only PostgreSQL has stands in it. */
    const cf__type         *type;    /* As far as it is known. */
    const char             *text;
    const char             *raw; /* Of a string that may be a time: how it was written. */
    const struct cf__expr **kids;
    size_t                  nkids;
} cf__expr;

typedef struct cf__exprs {
    cf_arena               *arena;
    const cf__schema_table *table;  /* Whose columns' types are known; or NULL. */
    bool                    exact;  /* For SQL to run: casts that matter stay, and so do texts. */
    bool                    failed; /* Something is beyond us. */
} cf__exprs;

/* How high a tree may be, and how long its text. */
#define CF__EXPR_HEIGHT 40
#define CF__EXPR_LENGTH 8192

/* ---- making terms; kids are shared, never changed ---- */

/* Marks the failure; a term all the same, so that callers need not look. */
const cf__expr *cf__expr_fail(cf__exprs *t);
const cf__expr *cf__expr_leaf(cf__exprs *t, cf__expr_kind kind, const char *text);
const cf__expr *cf__expr_number(cf__exprs *t, cf_str text);
const cf__expr *cf__expr_string(cf__exprs *t, const char *content);
/* A word that is a value in PostgreSQL alone. */
const cf__expr *cf__expr_server_value(cf__exprs *t, const char *word);
/* Of kinds that have no rules of their own. */
const cf__expr *cf__expr_node(cf__exprs *t, cf__expr_kind kind, const char *text,
                              const cf__expr **kids, size_t nkids);
const cf__expr *cf__expr_minus(cf__exprs *t, const cf__expr *kid);
const cf__expr *cf__expr_binary(cf__exprs *t, const char *op, const cf__expr *a, const cf__expr *b);
/* `op` of LIKE's kind. */
const cf__expr *cf__expr_like(cf__exprs *t, const char *op, const cf__expr *a, const cf__expr *b,
                              const cf__expr *escape);
/* `op` ANY (b), or ALL. */
const cf__expr *cf__expr_any(cf__exprs *t, const char *op, bool all, const cf__expr *a,
                             const cf__expr *b);
const cf__expr *cf__expr_in(cf__exprs *t, const cf__expr *left, bool negated,
                            const cf__expr **items, size_t count);
const cf__expr *cf__expr_between(cf__exprs *t, const cf__expr *left, bool negated,
                                 const cf__expr *low, const cf__expr *high);
/* Of AND or OR; kids of the same kind are taken in. */
const cf__expr *cf__expr_chain(cf__exprs *t, cf__expr_kind kind, const cf__expr **kids,
                               size_t nkids);

/* ---- types (expression_type.c) ---- */

/* A cast is dropped, unless the terms are exact and it may matter; what a number's text is
 * cast to a number's type is a number. */
const cf__expr *cf__expr_cast(cf__exprs *t, const cf__expr *kid, const cf__type *type);
/* A term as it is where it stands against another: a literal without the cast that PostgreSQL makes
 * there itself, and as it was written where it is no time. */
const cf__expr *cf__expr_against(cf__exprs *t, const cf__expr *term, const cf__expr *other);
/* A term as it is where it divides another or is divided by it: a whole literal that is numeric
 * gets a point, by which both engines divide with a fraction. */
const cf__expr *cf__expr_divided(cf__exprs *t, const cf__expr *term, const cf__expr *other);
/* CF__EXPR_CALL. */
const cf__expr *cf__expr_call(cf__exprs *t, const char *name, const cf__expr **args, size_t count);
/* What the functions above know terms by; NULL: nothing. */
const cf__type *cf__expr_type_of_name(const cf__exprs *t, const char *written);
const cf__type *cf__expr_type_of_leaf(cf__expr_kind kind, const char *text);
const cf__type *cf__expr_type_of_binary(cf__exprs *t, const char *op, const cf__expr *a,
                                        const cf__expr *b);

/* ---- words (expression_words.c) ---- */

/* How tightly operators bind. */
typedef enum cf__level {
    CF__LEVEL_ANY,
    CF__LEVEL_OR,
    CF__LEVEL_AND,
    CF__LEVEL_NOT,
    CF__LEVEL_IS,
    CF__LEVEL_COMPARE,
    CF__LEVEL_LIKE,
    CF__LEVEL_OTHER,
    CF__LEVEL_SUM,
    CF__LEVEL_PRODUCT,
    CF__LEVEL_POWER,
    CF__LEVEL_AT,
    CF__LEVEL_COLLATE,
    CF__LEVEL_MINUS,
} cf__level;

/* Whether the current token is a word that is no name where a value is looked for. */
bool cf__expr_is_grammar(const cf__lexer *lexer);
/* NULL, TRUE, CURRENT_DATE …: the current token when it is a value; or NULL. */
const char *cf__expr_value_word(const cf__lexer *lexer);
/* CURRENT_USER and its like, which SQLite has not; or NULL. */
const char *cf__expr_server_word(const cf__lexer *lexer);
/* The current token as an operator, with its one spelling and level; false for other signs. */
bool cf__expr_sign(cf_arena *arena, const cf__lexer *lexer, const char **op, int *level);

/* ---- text ---- */

/* NULL when it is beyond the parser. `table` gives the columns' types, and may be NULL. */
const cf__expr *cf__expr_parse(cf_arena *arena, const cf__schema_table *table, cf_str text,
                               bool exact);
/* False when it would be longer than CF__EXPR_LENGTH. */
bool cf__expr_print(cf_buf *out, const cf__expr *term);

#endif
