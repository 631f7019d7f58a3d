/* schema_expression.c -- conditions compared by meaning, for checks and partial indexes.
 *
 * PostgreSQL keeps a parsed condition and prints it its own way, with casts, brackets and
 * ARRAY[…] for IN; SQLite keeps what was written. Both become a tree, whose text is the same for
 * either (expression.h). What is no condition that we know is compared word by word. */
#include "db/expression.h"

/* The longest text that is looked into. The words of what is printed of a tree are never longer,
 * since at most a space follows each of its bytes. */
#define MAX_WORDS (2 * CF__EXPR_LENGTH)

/* A word in lower case; but '$' may begin or end a string, whose ends differ by case. */
static cf_str lower(cf_arena *arena, cf_str word)
{
    return cf_str_chr(word, '$') == CF_NPOS ? cf_str_lower(arena, word) : word;
}

/* Its words with single spaces, lower case, names without needless quotes. The words of the result
 * are the result: a bracket stays where it was, for it begins a name elsewhere. */
static cf_str words(cf_arena *arena, const char *sql)
{
    cf_buf    out = cf_buf_in(arena, 0);
    cf__lexer lexer;

    for (cf__lexer_start(&lexer, cf_str_of(sql)); lexer.token.kind != CF__TOKEN_END;
         cf__lexer_next(&lexer)) {
        if (out.len && !(lexer.token.kind == CF__TOKEN_SIGN && cf__lexer_is(&lexer, "[")))
            cf_buf_putc(&out, ' ');
        if (lexer.token.kind == CF__TOKEN_NAME)
            cf__name_write(&out, cf__sql_name(arena, &lexer.token));
        else
            cf_buf_str(&out, lexer.token.kind == CF__TOKEN_WORD ? lower(arena, lexer.token.text)
                                                                : lexer.token.text);
    }
    return cf_str_of(cf_buf_cstr(&out));
}

/* The text of a condition's tree; NULL when there is none. */
static const char *tree_text(cf_arena *arena, const cf__schema_table *table, cf_str words,
                             bool exact)
{
    cf_buf          out = cf_buf_in(arena, CF__EXPR_LENGTH);
    const cf__expr *term = words.len > MAX_WORDS ? NULL
                                                 : cf__expr_parse(arena, table, words, exact);

    return term && cf__expr_print(&out, term) ? cf_buf_cstr(&out) : NULL;
}

const char *cf__expression(cf_arena *arena, const cf__schema_table *table, const char *sql,
                           bool *understood)
{
    cf_str      plain = words(arena, sql);
    const char *text = tree_text(arena, table, plain, false);

    if (understood)
        *understood = text != NULL;
    return text ? text : plain.ptr;
}

const char *cf__expression_portable(cf_arena *arena, const cf__schema_table *table, const char *sql)
{
    const char *text = tree_text(arena, table, words(arena, sql), true);

    return text ? text : sql;
}

const char *cf__expression_words(cf_arena *arena, const char *portable, const char **column)
{
    cf_buf    out = cf_buf_in(arena, 0);
    cf__lexer lexer;
    bool      list;

    cf__lexer_start(&lexer, cf_str_of(portable));
    if (lexer.token.kind != CF__TOKEN_WORD && lexer.token.kind != CF__TOKEN_NAME)
        return NULL;
    *column = cf__sql_name(arena, &lexer.token);
    cf__lexer_next(&lexer);
    list = cf__lexer_accept(&lexer, "in");
    if (!(list ? cf__lexer_accept(&lexer, "(") : cf__lexer_accept(&lexer, "=")))
        return NULL;
    do {
        const char *word;

        if (lexer.token.kind != CF__TOKEN_STRING)
            return NULL;
        word = cf__sql_string(arena, &lexer.token);
        if (!*word || strpbrk(word, " \t\r\n"))
            return NULL;
        cf_buf_printf(&out, "%s%s", out.len ? " " : "", word);
        cf__lexer_next(&lexer);
    } while (list && cf__lexer_accept(&lexer, ","));
    if ((list && !cf__lexer_accept(&lexer, ")")) || lexer.token.kind != CF__TOKEN_END)
        return NULL;
    return cf_buf_cstr(&out);
}

const char *cf__expression_rename(cf_arena *arena, const char *sql, const char *from,
                                  const char *to)
{
    cf_buf    out = cf_buf_in(arena, 0);
    cf_str    text = cf_str_of(sql);
    size_t    copied = 0;
    cf__lexer lexer;

    for (cf__lexer_start(&lexer, text); lexer.token.kind != CF__TOKEN_END; cf__lexer_next(&lexer)) {
        const char *name;

        if (lexer.token.kind != CF__TOKEN_WORD && lexer.token.kind != CF__TOKEN_NAME)
            continue;
        name = cf__sql_name(arena, &lexer.token);
        if (!cf_str_ieq(cf_str_of(name), cf_str_of(from)))
            continue;
        cf_buf_str(&out, cf_str_slice(text, copied, cf__lexer_from(&lexer)));
        cf__name_write(&out, to);
        copied = lexer.at;
    }
    cf_buf_str(&out, cf_str_slice(text, copied, text.len));
    return cf_buf_cstr(&out);
}
