/* sql_token.c -- SQL text cut into words. */
#include "db/sql_token.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static char at(const cf__lexer *l, size_t i)
{
    return i < l->text.len ? l->text.ptr[i] : '\0';
}

/* Past white space and comments; false when a comment does not end. */
static bool skip_blank(cf__lexer *l)
{
    for (;;) {
        if (l->at < l->text.len && is_space(l->text.ptr[l->at])) {
            l->at++;
        } else if (at(l, l->at) == '-' && at(l, l->at + 1) == '-') {
            while (l->at < l->text.len && l->text.ptr[l->at] != '\n')
                l->at++;
        } else if (at(l, l->at) == '/' && at(l, l->at + 1) == '*') {
            size_t end = cf_str_find(cf_str_slice(l->text, l->at + 2, l->text.len), CF_STR("*/"));

            if (end == CF_NPOS)
                return false;
            l->at += end + 4;
        } else {
            return true;
        }
    }
}

/* The end of a quoted run that begins at `i`, past its closing quote; 0 when there is none. */
static size_t quoted_end(const cf__lexer *l, size_t i, char close, bool backslash)
{
    for (i++; i < l->text.len; i++) {
        if (backslash && l->text.ptr[i] == '\\')
            i++;
        else if (l->text.ptr[i] == close && at(l, i + 1) == close && close != ']')
            i++;
        else if (l->text.ptr[i] == close)
            return i + 1;
    }
    return 0;
}

/* The end of $tag$…$tag$; 0 when this is none. */
static size_t dollar_end(const cf__lexer *l, size_t i)
{
    size_t tag = i + 1, end;

    while (tag < l->text.len && is_word(l->text.ptr[tag]) && l->text.ptr[tag] != '$')
        tag++;
    if (at(l, tag) != '$' || is_digit(at(l, i + 1)))
        return 0;
    tag++;
    end = cf_str_find(cf_str_slice(l->text, tag, l->text.len), cf_str_slice(l->text, i, tag));
    return end == CF_NPOS ? 0 : tag + end + (tag - i);
}

static size_t number_end(const cf__lexer *l, size_t i)
{
    while (is_word(at(l, i)) || at(l, i) == '.' ||
           ((at(l, i) == '+' || at(l, i) == '-') && (at(l, i - 1) | 32) == 'e' &&
            is_digit(at(l, i + 1)) && at(l, i - 2) != 'x'))
        i++;
    return i;
}

static size_t sign_length(const cf__lexer *l, size_t i)
{
    /* The longer first. */
    static const char *const signs[] = { "!~~*", "!~~", "->>", "~~*", "#>>", "!~*", "<->",
                                         "::",   "<>",  "!=",  "<=",  ">=",  "||",  "==",
                                         "~~",   "->",  "<<",  ">>",  ":=",  "@>",  "<@",
                                         "&&",   "~*",  "!~",  "#>",  "?|",  "?&",  "@@" };

    for (size_t k = 0; k < sizeof(signs) / sizeof(signs[0]); k++)
        if (cf_str_starts(cf_str_slice(l->text, i, l->text.len), cf_str_of(signs[k])))
            return strlen(signs[k]);
    return 1;
}

/* Reads a word, or what a letter before a quote begins. */
static size_t word_end(cf__lexer *l, size_t i)
{
    char first = (char)(at(l, i) | 32);

    if (at(l, i + 1) == '\'' && (first == 'x' || first == 'b')) {
        l->token.kind = CF__TOKEN_BLOB;
        return quoted_end(l, i + 1, '\'', false);
    }
    if (at(l, i + 1) == '\'' && first == 'e') {
        l->token.kind = CF__TOKEN_STRING;
        return quoted_end(l, i + 1, '\'', true);
    }
    l->token.kind = CF__TOKEN_WORD;
    while (is_word(at(l, i)))
        i++;
    return i;
}

/* Whether a bracket follows what has parts (ARRAY[1], text[]) rather than begins a name. */
static bool is_subscript(const cf__lexer *l, size_t i)
{
    return i && (is_word(l->text.ptr[i - 1]) || l->text.ptr[i - 1] == ')' ||
                 l->text.ptr[i - 1] == ']' || l->text.ptr[i - 1] == '"');
}

void cf__lexer_next(cf__lexer *l)
{
    size_t from, end;
    char   c;

    l->past = l->at;
    if (!skip_blank(l)) {
        l->token = (cf__token){ CF__TOKEN_BAD, cf_str_slice(l->text, l->at, l->text.len) };
        l->at = l->text.len;
        return;
    }
    from = l->at;
    c = at(l, from);
    if (from >= l->text.len) {
        l->token = (cf__token){ CF__TOKEN_END, cf_str_slice(l->text, l->text.len, l->text.len) };
        return;
    }
    if (c == '"' || c == '`' || (c == '[' && !is_subscript(l, from))) {
        l->token.kind = CF__TOKEN_NAME;
        end = quoted_end(l, from, c == '[' ? ']' : c, false);
    } else if (c == '\'') {
        l->token.kind = CF__TOKEN_STRING;
        end = quoted_end(l, from, '\'', false);
    } else if (is_digit(c) || (c == '.' && is_digit(at(l, from + 1)))) {
        l->token.kind = CF__TOKEN_NUMBER;
        end = number_end(l, from + 1);
    } else if (c == '$' && !l->sqlite && dollar_end(l, from)) {
        l->token.kind = CF__TOKEN_STRING;
        end = dollar_end(l, from);
    } else if (is_word(c)) {
        end = word_end(l, from);
    } else {
        l->token.kind = CF__TOKEN_SIGN;
        end = from + sign_length(l, from);
    }
    if (!end) {
        l->token.kind = CF__TOKEN_BAD;
        end = l->text.len;
    }
    l->token.text = cf_str_slice(l->text, from, end);
    l->at = end;
}

void cf__lexer_start(cf__lexer *lexer, cf_str text)
{
    *lexer = (cf__lexer){ .text = text };
    cf__lexer_next(lexer);
}

void cf__lexer_start_sqlite(cf__lexer *lexer, cf_str text)
{
    *lexer = (cf__lexer){ .text = text, .sqlite = true };
    cf__lexer_next(lexer);
}

bool cf__lexer_is(const cf__lexer *l, const char *word)
{
    return (l->token.kind == CF__TOKEN_WORD || l->token.kind == CF__TOKEN_SIGN) &&
           cf_str_iis(l->token.text, word);
}

bool cf__lexer_accept(cf__lexer *l, const char *word)
{
    if (!cf__lexer_is(l, word))
        return false;
    cf__lexer_next(l);
    return true;
}

size_t cf__lexer_from(const cf__lexer *l)
{
    return l->at - l->token.text.len;
}

/* A copy of what stands between quotes, doubled ones made single. */
static const char *unquote(cf_arena *arena, cf_str text, char close, bool backslash)
{
    char  *out = cf_alloc(arena, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (backslash && text.ptr[i] == '\\' && i + 1 < text.len) {
            char c = text.ptr[++i];

            out[len++] = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
            continue;
        }
        if (text.ptr[i] == close && i + 1 < text.len && text.ptr[i + 1] == close)
            i++;
        out[len++] = text.ptr[i];
    }
    out[len] = '\0';
    return out;
}

const char *cf__sql_name(cf_arena *arena, const cf__token *token)
{
    cf_str text = token->text;

    if (token->kind == CF__TOKEN_STRING)
        return cf__sql_string(arena, token);
    if (token->kind != CF__TOKEN_NAME)
        return cf_str_dup(arena, text);
    if (text.ptr[0] == '[')
        return cf_str_dup(arena, cf_str_slice(text, 1, text.len - 1));
    return unquote(arena, cf_str_slice(text, 1, text.len - 1), text.ptr[0], false);
}

const char *cf__sql_string(cf_arena *arena, const cf__token *token)
{
    cf_str text = token->text;
    size_t tag;

    if (text.ptr[0] == '$') {
        tag = cf_str_chr(cf_str_slice(text, 1, text.len), '$') + 2;
        return cf_str_dup(arena, cf_str_slice(text, tag, text.len - tag));
    }
    if ((text.ptr[0] | 32) == 'e')
        return unquote(arena, cf_str_slice(text, 2, text.len - 1), '\'', true);
    return unquote(arena, cf_str_slice(text, 1, text.len - 1), '\'', false);
}

/* Words that one of the engines reserves, or that stand for something in an expression. */
static const char reserved[] =
    " abort action add after all alter always analyse analyze and any array as asc asymmetric "
    "attach authorization autoincrement before begin between binary both by cascade case cast "
    "check collate collation column commit concurrently conflict constraint create cross current "
    "current_catalog current_date current_role current_schema current_time current_timestamp "
    "current_user database default deferrable deferred delete desc detach distinct do drop each "
    "else end escape except exclude exclusive exists explain fail false fetch filter first "
    "following for foreign freeze from full generated glob grant group groups having if ignore "
    "ilike immediate in index indexed initially inner insert instead intersect interval into is "
    "isnull join key last lateral leading left like limit localtime localtimestamp match "
    "materialized natural new no not nothing notnull null nulls of off offset old on only or order "
    "others outer over overlaps partition placing plan pragma preceding primary query raise range "
    "recursive references regexp reindex release rename replace restrict returning right rollback "
    "row rows savepoint select session_user set similar some symmetric table tablesample temp "
    "temporary then ties to trailing transaction trigger true unbounded union unique update user "
    "using vacuum values variadic verbose view virtual when where window with without ";

bool cf__name_is_plain(cf_str name)
{
    char   word[66];
    size_t i;

    if (!name.len || name.len > 63 || is_digit(name.ptr[0]))
        return false;
    for (i = 0; i < name.len; i++)
        if (!((name.ptr[i] >= 'a' && name.ptr[i] <= 'z') || is_digit(name.ptr[i]) ||
              name.ptr[i] == '_'))
            return false;
    word[0] = ' ';
    memcpy(word + 1, name.ptr, name.len);
    word[name.len + 1] = ' ';
    return cf_str_find(cf_str_n(reserved, sizeof(reserved) - 1), cf_str_n(word, name.len + 2)) ==
           CF_NPOS;
}
