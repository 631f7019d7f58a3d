/* expression_words.c -- the words and signs that a condition's grammar knows. */
#include "db/expression.h"

static const char *one_of(const cf__lexer *lexer, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cf__lexer_is(lexer, words[i]))
            return words[i];
    return NULL;
}

bool cf__expr_is_grammar(const cf__lexer *lexer)
{
    static const char *const words[] = {
        "and",    "or",   "in",      "is",       "like",     "ilike",   "between", "when",
        "then",   "else", "end",     "select",   "exists",   "from",    "for",     "as",
        "escape", "any",  "all",     "some",     "isnull",   "notnull", "similar", "collate",
        "both",   "not",  "leading", "trailing", "distinct",
    };

    return one_of(lexer, words, sizeof(words) / sizeof(words[0])) != NULL;
}

const char *cf__expr_value_word(const cf__lexer *lexer)
{
    static const char *const words[] = { "NULL",         "TRUE",         "FALSE",
                                         "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP" };

    return one_of(lexer, words, sizeof(words) / sizeof(words[0]));
}

const char *cf__expr_server_word(const cf__lexer *lexer)
{
    static const char *const words[] = { "CURRENT_USER",    "SESSION_USER",   "USER",
                                         "CURRENT_ROLE",    "CURRENT_SCHEMA", "LOCALTIME",
                                         "CURRENT_CATALOG", "LOCALTIMESTAMP" };

    return one_of(lexer, words, sizeof(words) / sizeof(words[0]));
}

bool cf__expr_sign(cf_arena *arena, const cf__lexer *lexer, const char **op, int *level)
{
    static const struct {
        const char *sign, *op;
        int         level;
    } signs[] = {
        { "=", "=", CF__LEVEL_COMPARE },     { "==", "=", CF__LEVEL_COMPARE },
        { "<>", "<>", CF__LEVEL_COMPARE },   { "!=", "<>", CF__LEVEL_COMPARE },
        { "<=", "<=", CF__LEVEL_COMPARE },   { ">=", ">=", CF__LEVEL_COMPARE },
        { "<", "<", CF__LEVEL_COMPARE },     { ">", ">", CF__LEVEL_COMPARE },
        { "~~", "LIKE", CF__LEVEL_OTHER },   { "!~~", "NOT LIKE", CF__LEVEL_OTHER },
        { "~~*", "ILIKE", CF__LEVEL_OTHER }, { "!~~*", "NOT ILIKE", CF__LEVEL_OTHER },
        { "+", "+", CF__LEVEL_SUM },         { "-", "-", CF__LEVEL_SUM },
        { "*", "*", CF__LEVEL_PRODUCT },     { "/", "/", CF__LEVEL_PRODUCT },
        { "%", "%", CF__LEVEL_PRODUCT },     { "^", "^", CF__LEVEL_POWER },
    };
    cf_str sign = lexer->token.text;

    if (lexer->token.kind != CF__TOKEN_SIGN)
        return false;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (cf_str_is(sign, signs[i].sign)) {
            *op = signs[i].op;
            *level = signs[i].level;
            return true;
        }
    for (size_t i = 0; i < sign.len; i++)
        if (!strchr("<>=~!@#%&|?-*^", sign.ptr[i]))
            return false;
    *op = cf_str_dup(arena, sign);
    *level = CF__LEVEL_OTHER;
    return true;
}
