/* schema_expression.c -- conditions compared by meaning, for checks and partial indexes.
 *
 * PostgreSQL keeps a parsed condition and prints it its own way, with casts, brackets and
 * ARRAY[…] for IN; SQLite keeps what was written. A small precedence parser brings both to one
 * form. What it does not understand is compared word by word. */
#include "db/schema.h"
#include "db/sql_token.h"

/* Longest condition that is parsed, and how deep brackets may nest. */
#define MAX_LENGTH 8192
#define MAX_DEPTH  40
#define MAX_TWICE  256

/* A part: `op` is what holds it together, 0 for what needs no brackets. */
typedef struct node {
    char        op;
    const char *text;
    bool        quoted; /* A string literal. */
} node;

typedef struct parser {
    cf_arena *arena;
    cf__lexer lex;
    int       depth;
    bool      failed;
} parser;

static node parse_or(parser *p);
static node parse_sum(parser *p);

static node fail(parser *p)
{
    p->failed = true;
    return (node){ 0, "", false };
}

static const char *wrap(parser *p, node n)
{
    return n.op ? cf_printf(p->arena, "(%s)", n.text) : n.text;
}

static node binary(parser *p, char op, node a, const char *word, node b)
{
    return (node){ op, cf_printf(p->arena, "%s %s %s", wrap(p, a), word, wrap(p, b)), false };
}

/* "0.50" and "0.5", "1.0" and "1". */
static const char *number_text(parser *p, cf_str text)
{
    double number;

    if (cf_str_chr(text, '.') != CF_NPOS && cf_str_chr(text, 'e') == CF_NPOS &&
        cf_str_to_double(text, &number)) {
        while (text.len && text.ptr[text.len - 1] == '0')
            text.len--;
        if (text.len && text.ptr[text.len - 1] == '.')
            text.len--;
    }
    return text.len ? cf_str_dup(p->arena, text) : "0";
}

static const char *quoted_text(parser *p, const char *text)
{
    cf_buf out = cf_buf_in(p->arena, 0);

    cf__text_write(&out, text);
    return cf_buf_cstr(&out);
}

/* Items up to a closing sign, with commas. */
static const char *parse_items(parser *p, const char *close, size_t *count)
{
    cf_buf out = cf_buf_in(p->arena, 0);

    *count = 0;
    while (!p->failed && !cf__lexer_accept(&p->lex, close)) {
        if (*count && !cf__lexer_accept(&p->lex, ","))
            return fail(p).text;
        if ((*count)++)
            cf_buf_puts(&out, ", ");
        cf_buf_puts(&out, parse_or(p).text);
    }
    return cf_buf_cstr(&out);
}

/* A type after "::" or AS, which is dropped; tells whether it is a number's. */
static bool skip_type(parser *p)
{
    cf_str   from = p->lex.token.text;
    cf__type type;
    bool     any = false;

    while (p->lex.token.kind == CF__TOKEN_WORD || p->lex.token.kind == CF__TOKEN_NAME) {
        static const char *const second[] = { "varying", "precision", "with",
                                              "without", "time",      "zone" };
        bool                     follows = !any;

        for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++)
            follows = follows || cf__lexer_is(&p->lex, second[i]);
        if (!follows)
            break;
        any = true;
        cf__lexer_next(&p->lex);
        if (cf__lexer_accept(&p->lex, "."))
            any = false;
    }
    if (!any)
        p->failed = true;
    if (cf__lexer_accept(&p->lex, "("))
        while (!p->failed && !cf__lexer_accept(&p->lex, ")")) {
            p->failed = p->lex.token.kind == CF__TOKEN_END;
            cf__lexer_next(&p->lex);
        }
    while (cf__lexer_accept(&p->lex, "["))
        cf__lexer_accept(&p->lex, "]");
    type = cf__type_of(p->arena, from, CF__POSTGRESQL);
    return type.kind == CF__TYPE_INT32 || type.kind == CF__TYPE_INT64 ||
           type.kind == CF__TYPE_DOUBLE || type.kind == CF__TYPE_DECIMAL;
}

static node parse_cast(parser *p)
{
    node n;

    if (!cf__lexer_accept(&p->lex, "("))
        return fail(p);
    n = parse_or(p);
    if (!cf__lexer_accept(&p->lex, "as"))
        return fail(p);
    skip_type(p);
    if (!cf__lexer_accept(&p->lex, ")"))
        return fail(p);
    return n;
}

/* NULL, TRUE, CURRENT_DATE …: words that are values. */
static const char *value_word(const parser *p)
{
    static const char *const words[] = { "NULL",         "TRUE",         "FALSE",
                                         "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (cf__lexer_is(&p->lex, words[i]))
            return words[i];
    return NULL;
}

/* A name, or a call. */
static node parse_name(parser *p)
{
    const char *name = cf__sql_name(p->arena, &p->lex.token), *value = value_word(p);
    cf_buf      out = cf_buf_in(p->arena, 0);
    size_t      count;

    if (p->lex.token.kind == CF__TOKEN_WORD)
        name = cf_str_dup(p->arena, cf_str_lower(p->arena, cf_str_of(name)));
    cf__lexer_next(&p->lex);
    if (value)
        return (node){ 0, value, false };
    if (cf__lexer_accept(&p->lex, "("))
        return (node){ 0, cf_printf(p->arena, "%s(%s)", name, parse_items(p, ")", &count)), false };
    if (cf__lexer_is(&p->lex, ".") || cf__lexer_is(&p->lex, "["))
        return fail(p);
    cf__name_write(&out, name);
    return (node){ 0, cf_buf_cstr(&out), false };
}

static node parse_primary(parser *p)
{
    node n = { 0 };

    if (cf__lexer_accept(&p->lex, "(")) {
        n = parse_or(p);
        return cf__lexer_accept(&p->lex, ")") ? n : fail(p);
    }
    if (cf__lexer_accept(&p->lex, "cast"))
        return parse_cast(p);
    if (cf__lexer_is(&p->lex, "case") || cf__lexer_is(&p->lex, "select") ||
        cf__lexer_is(&p->lex, "exists") || cf__lexer_is(&p->lex, "array") ||
        cf__lexer_is(&p->lex, "interval"))
        return fail(p);
    switch (p->lex.token.kind) {
    case CF__TOKEN_NUMBER:
        n.text = number_text(p, p->lex.token.text);
        break;
    case CF__TOKEN_STRING:
        n.text = quoted_text(p, cf__sql_string(p->arena, &p->lex.token));
        n.quoted = true;
        break;
    case CF__TOKEN_BLOB:
        n.text = cf_str_dup(p->arena, cf_str_lower(p->arena, p->lex.token.text));
        break;
    case CF__TOKEN_WORD:
    case CF__TOKEN_NAME:
        return parse_name(p);
    default:
        return fail(p);
    }
    cf__lexer_next(&p->lex);
    return n;
}

static node parse_unary(parser *p)
{
    node n;

    if (++p->depth > MAX_DEPTH) {
        p->depth--;
        return fail(p);
    }
    if (cf__lexer_accept(&p->lex, "-")) {
        n = parse_unary(p);
        n = (node){ 0, cf_printf(p->arena, "-%s", wrap(p, n)), false };
    } else if (cf__lexer_accept(&p->lex, "+")) {
        n = parse_unary(p);
    } else {
        n = parse_primary(p);
    }
    while (!p->failed && cf__lexer_accept(&p->lex, "::"))
        if (skip_type(p) && n.quoted) {
            cf_str inner = cf_str_of(n.text);

            n = (node){ 0, number_text(p, cf_str_slice(inner, 1, inner.len - 1)), false };
        }
    p->depth--;
    return n;
}

static node parse_product(parser *p)
{
    node n = parse_unary(p);

    while (!p->failed && (cf__lexer_is(&p->lex, "*") || cf__lexer_is(&p->lex, "/") ||
                          cf__lexer_is(&p->lex, "%") || cf__lexer_is(&p->lex, "||"))) {
        const char *word = cf_str_dup(p->arena, p->lex.token.text);

        cf__lexer_next(&p->lex);
        n = binary(p, '*', n, word, parse_unary(p));
    }
    return n;
}

static node parse_sum(parser *p)
{
    node n = parse_product(p);

    while (!p->failed && (cf__lexer_is(&p->lex, "+") || cf__lexer_is(&p->lex, "-"))) {
        const char *word = cf_str_dup(p->arena, p->lex.token.text);

        cf__lexer_next(&p->lex);
        n = binary(p, '+', n, word, parse_product(p));
    }
    return n;
}

/* left IN (a, b); one item is a plain comparison, as PostgreSQL makes it. */
static node in_list(parser *p, node left, bool not_in, const char *close)
{
    size_t      count;
    const char *items = parse_items(p, close, &count);

    if (count == 1)
        return (node){ '=',
                       cf_printf(p->arena, "%s %s %s", wrap(p, left), not_in ? "<>" : "=", items),
                       false };
    return (node){
        '=', cf_printf(p->arena, "%s %s (%s)", wrap(p, left), not_in ? "NOT IN" : "IN", items),
        false
    };
}

/* left = ANY (ARRAY[a, b]), with a cast and brackets around; `all`: <> ALL. */
static node any_array(parser *p, node left, bool all)
{
    int  open = 0;
    node n;

    while (cf__lexer_accept(&p->lex, "("))
        open++;
    if (!open || !cf__lexer_accept(&p->lex, "array") || !cf__lexer_accept(&p->lex, "["))
        return fail(p);
    n = in_list(p, left, all, "]");
    while (!p->failed && open > 0) {
        if (cf__lexer_accept(&p->lex, "::"))
            skip_type(p);
        else if (cf__lexer_accept(&p->lex, ")"))
            open--;
        else
            return fail(p);
    }
    return n;
}

static node between(parser *p, node left, bool not_between)
{
    node low = parse_sum(p), high;

    /* It stands twice in the result, which must not double with every BETWEEN. */
    if (!cf__lexer_accept(&p->lex, "and") || strlen(left.text) > MAX_TWICE)
        return fail(p);
    high = parse_sum(p);
    if (not_between)
        return (node){ '|',
                       cf_printf(p->arena, "(%s < %s) OR (%s > %s)", wrap(p, left), wrap(p, low),
                                 wrap(p, left), wrap(p, high)),
                       false };
    return (node){ '&',
                   cf_printf(p->arena, "(%s >= %s) AND (%s <= %s)", wrap(p, left), wrap(p, low),
                             wrap(p, left), wrap(p, high)),
                   false };
}

static node is_null(parser *p, node left, bool not_null)
{
    return (node){ '=', cf_printf(p->arena, "%s IS %sNULL", wrap(p, left), not_null ? "NOT " : ""),
                   false };
}

static node parse_is(parser *p, node left)
{
    bool not_is = cf__lexer_accept(&p->lex, "not");

    if (cf__lexer_accept(&p->lex, "null"))
        return is_null(p, left, not_is);
    return binary(p, '=', left, not_is ? "IS NOT" : "IS", parse_sum(p));
}

/* IN, BETWEEN and LIKE, which NOT may precede; false when none of them follows. */
static bool parse_worded(parser *p, node *left)
{
    bool not = cf__lexer_accept(&p->lex, "not");

    if (cf__lexer_accept(&p->lex, "in"))
        *left = cf__lexer_accept(&p->lex, "(") ? in_list(p, *left, not, ")") : fail(p);
    else if (cf__lexer_accept(&p->lex, "between"))
        *left = between(p, *left, not );
    else if (cf__lexer_accept(&p->lex, "like"))
        *left = binary(p, '=', *left, not ? "NOT LIKE" : "LIKE", parse_sum(p));
    else if (not )
        *left = fail(p);
    else
        return false;
    return true;
}

static node parse_comparison(parser *p)
{
    static const char *const signs[][2] = { { "=", "=" },         { "==", "=" },  { "<>", "<>" },
                                            { "!=", "<>" },       { "<=", "<=" }, { ">=", ">=" },
                                            { "<", "<" },         { ">", ">" },   { "~~", "LIKE" },
                                            { "!~~", "NOT LIKE" } };
    node                     left = parse_sum(p);

    while (!p->failed) {
        size_t i = 0;

        if (cf__lexer_accept(&p->lex, "is")) {
            left = parse_is(p, left);
            continue;
        }
        if (cf__lexer_is(&p->lex, "isnull") || cf__lexer_is(&p->lex, "notnull")) {
            bool not_null = cf__lexer_is(&p->lex, "notnull");

            cf__lexer_next(&p->lex);
            left = is_null(p, left, not_null);
            continue;
        }
        if (parse_worded(p, &left))
            continue;
        while (i < sizeof(signs) / sizeof(signs[0]) && !cf__lexer_accept(&p->lex, signs[i][0]))
            i++;
        if (i == sizeof(signs) / sizeof(signs[0]))
            break;
        if (cf__lexer_is(&p->lex, "any") || cf__lexer_is(&p->lex, "all")) {
            bool all = cf__lexer_is(&p->lex, "all");

            cf__lexer_next(&p->lex);
            left = any_array(p, left, all);
            continue;
        }
        left = binary(p, '=', left, signs[i][1], parse_sum(p));
    }
    return left;
}

static node parse_not(parser *p)
{
    node n;

    if (!cf__lexer_accept(&p->lex, "not"))
        return parse_comparison(p);
    if (++p->depth > MAX_DEPTH)
        n = fail(p);
    else
        n = parse_not(p);
    p->depth--;
    return (node){ '!', cf_printf(p->arena, "NOT %s", wrap(p, n)), false };
}

/* a AND b AND c, in one line however they were grouped. */
static node parse_chain(parser *p, char op, const char *word, node (*item)(parser *))
{
    node n = item(p);

    while (!p->failed && cf__lexer_accept(&p->lex, word)) {
        node next = item(p);

        n = (node){ op,
                    cf_printf(p->arena, "%s %s %s", n.op == op ? n.text : wrap(p, n), word,
                              next.op == op ? next.text : wrap(p, next)),
                    false };
    }
    return n;
}

static node parse_and(parser *p)
{
    return parse_chain(p, '&', "AND", parse_not);
}

static node parse_or(parser *p)
{
    node n;

    if (++p->depth > MAX_DEPTH)
        n = fail(p);
    else
        n = parse_chain(p, '|', "OR", parse_and);
    p->depth--;
    return n;
}

/* Word by word, for what is beyond the parser. */
static const char *plain(cf_arena *arena, cf_str sql)
{
    cf_buf    out = cf_buf_in(arena, 0);
    cf__lexer lexer;

    for (cf__lexer_start(&lexer, sql); lexer.token.kind != CF__TOKEN_END; cf__lexer_next(&lexer)) {
        cf_str text = lexer.token.text;

        if (out.len)
            cf_buf_putc(&out, ' ');
        if (lexer.token.kind == CF__TOKEN_WORD)
            text = cf_str_lower(arena, text);
        else if (lexer.token.kind == CF__TOKEN_NAME)
            text = cf_str_of(cf__sql_name(arena, &lexer.token));
        cf_buf_str(&out, text);
    }
    return cf_buf_cstr(&out);
}

const char *cf__expression(cf_arena *arena, const char *sql, bool *understood)
{
    parser p = { .arena = arena };
    cf_str text = cf_str_of(sql);
    node   n;

    if (understood)
        *understood = false;
    if (text.len > MAX_LENGTH)
        return plain(arena, text);
    cf__lexer_start(&p.lex, text);
    n = parse_or(&p);
    if (p.failed || p.lex.token.kind != CF__TOKEN_END)
        return plain(arena, text);
    if (understood)
        *understood = true;
    return n.text;
}

const char *cf__expression_words(cf_arena *arena, const char *canonical, const char **column)
{
    cf_buf    out = cf_buf_in(arena, 0);
    cf__lexer lexer;
    bool      list;

    cf__lexer_start(&lexer, cf_str_of(canonical));
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
