/* expression_parse.c -- a condition's text as a tree, by PostgreSQL's precedences.
 *
 * Reads what people write for either engine and what PostgreSQL prints. What it does not know it
 * refuses. A term of the tree takes at most two nested readings, so whatever was printed of a tree
 * is not too deep to be read. */
#include "db/expression.h"

#define MAX_DEPTH (2 * CF__EXPR_HEIGHT + 4)

typedef const cf__expr term;

typedef struct parser {
    cf__exprs terms;
    cf__lexer lex;
    int       depth;
} parser;

typedef struct terms {
    term **items;
    size_t count;
} terms;

static term *parse(parser *p, int level);
static term *climb(parser *p, term *left, int level);

static term *fail(parser *p)
{
    return cf__expr_fail(&p->terms);
}

static bool accept(parser *p, const char *word)
{
    return cf__lexer_accept(&p->lex, word);
}

static bool is(const parser *p, const char *word)
{
    return cf__lexer_is(&p->lex, word);
}

/* Steps over a word, or fails. */
static void expect(parser *p, const char *word)
{
    if (!accept(p, word))
        fail(p);
}

static void push(parser *p, terms *list, term *item)
{
    *CF__PUSH(p->terms.arena, list->items, list->count) = item;
}

static term *node(parser *p, cf__expr_kind kind, const char *text, const terms *kids)
{
    return cf__expr_node(&p->terms, kind, text, kids->items, kids->count);
}

static term *call(parser *p, const char *name, const terms *args)
{
    return cf__expr_call(&p->terms, name, args->items, args->count);
}

/* Further items up to a closing sign. */
static void parse_items(parser *p, terms *items, const char *close)
{
    while (!p->terms.failed && !accept(p, close)) {
        if (items->count)
            expect(p, ",");
        push(p, items, parse(p, CF__LEVEL_ANY));
    }
}

/* ---- types ---- */

static bool is_name(const parser *p)
{
    return p->lex.token.kind == CF__TOKEN_WORD || p->lex.token.kind == CF__TOKEN_NAME;
}

/* Over "(10, 2)". */
static void skip_numbers(parser *p)
{
    if (!accept(p, "("))
        return;
    do {
        if (p->lex.token.kind != CF__TOKEN_NUMBER)
            fail(p);
        cf__lexer_next(&p->lex);
    } while (accept(p, ","));
    expect(p, ")");
}

/* "varchar(10)", "timestamp (3) with time zone", "public.mood[]". */
static cf__type parse_type(parser *p)
{
    static const char *const second[] = {
        "varying", "precision", "with", "without", "time", "zone"
    };
    size_t from = cf__lexer_from(&p->lex), i;

    if (!is_name(p))
        fail(p);
    cf__lexer_next(&p->lex);
    while (accept(p, ".")) {
        if (!is_name(p))
            fail(p);
        cf__lexer_next(&p->lex);
    }
    skip_numbers(p);
    do {
        for (i = 0; i < sizeof(second) / sizeof(second[0]); i++)
            if (accept(p, second[i]))
                break;
    } while (i < sizeof(second) / sizeof(second[0]));
    skip_numbers(p);
    while (accept(p, "["))
        expect(p, "]");
    return cf__type_of(p->terms.arena, cf_str_slice(p->lex.text, from, p->lex.past),
                       CF__POSTGRESQL);
}

static term *parse_cast(parser *p)
{
    term    *value;
    cf__type type;

    expect(p, "(");
    value = parse(p, CF__LEVEL_ANY);
    expect(p, "as");
    type = parse_type(p);
    expect(p, ")");
    return cf__expr_cast(&p->terms, value, &type);
}

/* date '2020-01-01'; NULL when this is none, and then nothing is read. */
static term *parse_typed(parser *p)
{
    parser   before = *p;
    cf__type type;
    term    *value;

    type = parse_type(p);
    if (p->terms.failed || p->lex.token.kind != CF__TOKEN_STRING) {
        *p = before;
        return NULL;
    }
    value = cf__expr_string(&p->terms, cf__sql_string(p->terms.arena, &p->lex.token));
    cf__lexer_next(&p->lex);
    return cf__expr_cast(&p->terms, value, &type);
}

/* ---- names and calls ---- */

/* The current name as it is printed; unquoted ones in lower case. */
static const char *take_name(parser *p)
{
    cf_buf      out = cf_buf_in(p->terms.arena, 0);
    const char *name = cf__sql_name(p->terms.arena, &p->lex.token);

    if (!is_name(p))
        fail(p);
    if (p->lex.token.kind == CF__TOKEN_WORD)
        name = cf_str_dup(p->terms.arena, cf_str_lower(p->terms.arena, cf_str_of(name)));
    cf__name_write(&out, name);
    cf__lexer_next(&p->lex);
    return cf_buf_cstr(&out);
}

/* extract(year FROM day), past FROM. */
static term *extract(parser *p, term *field)
{
    cf_str name = cf_str_of(field->text);
    terms  kids = { 0 };

    if (field->kind == CF__EXPR_STRING)
        name = cf_str_lower(p->terms.arena, cf_str_slice(name, 1, name.len - 1));
    else if (field->kind != CF__EXPR_NAME)
        return fail(p);
    if (!cf__name_is_plain(name))
        return fail(p);
    push(p, &kids, parse(p, CF__LEVEL_ANY));
    expect(p, ")");
    return node(p, CF__EXPR_EXTRACT, cf_str_dup(p->terms.arena, name), &kids);
}

/* trim(BOTH 'x' FROM name), at BOTH. */
static term *trim(parser *p)
{
    terms       kids = { 0 };
    const char *name = accept(p, "leading") ? "ltrim" : accept(p, "trailing") ? "rtrim" : "trim";
    term       *what;

    accept(p, "both");
    what = is(p, "from") ? NULL : parse(p, CF__LEVEL_ANY);
    if (accept(p, "from"))
        push(p, &kids, parse(p, CF__LEVEL_ANY));
    if (what)
        push(p, &kids, what);
    parse_items(p, &kids, ")");
    return call(p, name, &kids);
}

/* substring(name FROM 1 FOR 2), at FROM or FOR. */
static term *substring(parser *p, term *text)
{
    terms kids = { 0 };

    push(p, &kids, text);
    push(p, &kids,
         accept(p, "from") ? parse(p, CF__LEVEL_ANY)
                           : cf__expr_leaf(&p->terms, CF__EXPR_NUMBER, "1"));
    if (accept(p, "for"))
        push(p, &kids, parse(p, CF__LEVEL_ANY));
    expect(p, ")");
    return call(p, "substring", &kids);
}

/* position('x' IN name) is strpos(name, 'x'). */
static term *position(parser *p)
{
    terms kids = { 0 };
    term *what = parse(p, CF__LEVEL_OTHER);

    expect(p, "in");
    push(p, &kids, parse(p, CF__LEVEL_ANY));
    push(p, &kids, what);
    expect(p, ")");
    return call(p, "strpos", &kids);
}

/* Past the opening bracket. */
static term *parse_call(parser *p, const char *name)
{
    terms args = { 0 };

    if (strcmp(name, "trim") == 0 || strcmp(name, "btrim") == 0)
        return trim(p);
    if (strcmp(name, "position") == 0)
        return position(p);
    if (!is(p, ")"))
        push(p, &args, parse(p, CF__LEVEL_ANY));
    if (strcmp(name, "extract") == 0 && args.count && accept(p, "from"))
        return extract(p, args.items[0]);
    if (strcmp(name, "substring") == 0 && args.count && (is(p, "from") || is(p, "for")))
        return substring(p, args.items[0]);
    parse_items(p, &args, ")");
    return call(p, name, &args);
}

/* A column, whose table is dropped, or a call, whose schema stays. */
static term *parse_name(parser *p)
{
    const char *name = take_name(p), *whole = name;

    while (accept(p, ".")) {
        name = take_name(p);
        whole = cf_printf(p->terms.arena, "%s.%s", whole, name);
    }
    if (accept(p, "("))
        return parse_call(p, whole);
    return cf__expr_leaf(&p->terms, CF__EXPR_NAME, name);
}

/* ---- values ---- */

static bool is_null(term *t)
{
    return t->kind == CF__EXPR_WORD && strcmp(t->text, "NULL") == 0;
}

/* Past CASE. PostgreSQL adds the ELSE NULL that was left out. */
static term *parse_case(parser *p)
{
    terms kids = { 0 };
    term *other = NULL, *operand = is(p, "when") ? NULL : parse(p, CF__LEVEL_ANY), *when;

    push(p, &kids, operand);
    do {
        expect(p, "when");
        when = parse(p, CF__LEVEL_ANY);
        push(p, &kids, operand ? cf__expr_against(&p->terms, when, operand) : when);
        expect(p, "then");
        push(p, &kids, parse(p, CF__LEVEL_ANY));
    } while (!p->terms.failed && is(p, "when"));
    if (accept(p, "else"))
        other = parse(p, CF__LEVEL_ANY);
    expect(p, "end");
    push(p, &kids, other && !is_null(other) ? other : NULL);
    return node(p, CF__EXPR_CASE, "", &kids);
}

static term *parse_literal(parser *p)
{
    const cf__token token = p->lex.token;
    cf_arena       *arena = p->terms.arena;

    cf__lexer_next(&p->lex);
    if (token.kind == CF__TOKEN_NUMBER)
        return cf__expr_number(&p->terms, token.text);
    if (token.kind == CF__TOKEN_STRING)
        return cf__expr_string(&p->terms, cf__sql_string(arena, &token));
    if (token.kind == CF__TOKEN_BLOB)
        return cf__expr_leaf(&p->terms, CF__EXPR_WORD,
                             cf_str_dup(arena, cf_str_lower(arena, token.text)));
    return fail(p);
}

/* ROW(a, b); NULL when this is none, and then nothing is read. */
static term *parse_row(parser *p)
{
    parser before = *p;
    terms  items = { 0 };

    if (!accept(p, "row") || !accept(p, "(")) {
        *p = before;
        return NULL;
    }
    parse_items(p, &items, ")");
    return items.count > 1 ? node(p, CF__EXPR_ROW, "", &items) : fail(p);
}

/* CURRENT_USER, or USER where no column has that name; NULL as above. */
static term *parse_server_word(parser *p)
{
    const char *word = cf__expr_server_word(&p->lex);
    parser      before = *p;

    if (!word || (p->terms.table &&
                  cf__table_column(p->terms.table, cf__sql_name(p->terms.arena, &p->lex.token))))
        return NULL;
    cf__lexer_next(&p->lex);
    if (!is(p, "(") && !is(p, "."))
        return cf__expr_server_value(&p->terms, word);
    *p = before;
    return NULL;
}

static term *parse_value(parser *p)
{
    const char *word = cf__expr_value_word(&p->lex);
    terms       items = { 0 };
    term       *inner;

    if (accept(p, "(")) {
        push(p, &items, parse(p, CF__LEVEL_ANY));
        parse_items(p, &items, ")");
        return items.count == 1 ? items.items[0] : node(p, CF__EXPR_ROW, "", &items);
    }
    if (accept(p, "cast"))
        return parse_cast(p);
    if (accept(p, "case"))
        return parse_case(p);
    if (accept(p, "array")) {
        expect(p, "[");
        parse_items(p, &items, "]");
        return node(p, CF__EXPR_ARRAY, "", &items);
    }
    if (!is_name(p))
        return parse_literal(p);
    if (word) {
        cf__lexer_next(&p->lex);
        return cf__expr_leaf(&p->terms, CF__EXPR_WORD, word);
    }
    if (cf__expr_is_grammar(&p->lex))
        return fail(p);
    inner = parse_row(p);
    inner = inner ? inner : parse_server_word(p);
    inner = inner ? inner : parse_typed(p);
    return inner ? inner : parse_name(p);
}

static term *parse_prefix(parser *p)
{
    term *value;

    if (accept(p, "not")) {
        terms kids = { 0 };

        push(p, &kids, parse(p, CF__LEVEL_NOT));
        return node(p, CF__EXPR_NOT, "", &kids);
    }
    if (accept(p, "-"))
        return cf__expr_minus(&p->terms, parse(p, CF__LEVEL_MINUS));
    if (accept(p, "+"))
        return parse(p, CF__LEVEL_MINUS);
    value = parse_value(p);
    while (!p->terms.failed && accept(p, "::")) {
        cf__type type = parse_type(p);

        value = cf__expr_cast(&p->terms, value, &type);
    }
    return value;
}

/* ---- what stands between operands ---- */

/* a AND b AND c, with the first one read. */
static term *parse_chain(parser *p, term *first, cf__expr_kind kind, const char *word, int level)
{
    terms kids = { 0 };

    push(p, &kids, first);
    while (!p->terms.failed && accept(p, word))
        push(p, &kids, parse(p, level + 1));
    return cf__expr_chain(&p->terms, kind, kids.items, kids.count);
}

/* What follows a comparison's sign: an operand, or ANY (…). */
static term *parse_right(parser *p, const char *op, term *left, int level)
{
    bool  all = is(p, "all");
    term *right;

    if (!accept(p, "any") && !accept(p, "all"))
        return cf__expr_binary(&p->terms, op, left, parse(p, level + 1));
    expect(p, "(");
    right = parse(p, CF__LEVEL_ANY);
    expect(p, ")");
    return cf__expr_any(&p->terms, op, all, left, right);
}

/* Past IS. */
static term *parse_is(parser *p, term *left)
{
    bool        not_is = accept(p, "not");
    const char *word = cf__expr_value_word(&p->lex);
    terms       kids = { 0 };

    if (accept(p, "distinct")) {
        expect(p, "from");
        left = cf__expr_binary(&p->terms, "IS DISTINCT FROM", left, parse(p, CF__LEVEL_COMPARE));
        push(p, &kids, left);
        return not_is ? node(p, CF__EXPR_NOT, "", &kids) : left;
    }
    if (word) {
        cf__lexer_next(&p->lex);
        return cf__expr_binary(&p->terms, not_is ? "IS NOT" : "IS", left,
                               cf__expr_leaf(&p->terms, CF__EXPR_WORD, word));
    }
    return cf__expr_binary(&p->terms, not_is ? "IS NOT" : "IS", left, parse(p, CF__LEVEL_COMPARE));
}

static term *null_test(parser *p, term *left, bool negated)
{
    return cf__expr_binary(&p->terms, negated ? "IS NOT" : "IS", left,
                           cf__expr_leaf(&p->terms, CF__EXPR_WORD, "NULL"));
}

static term *parse_between(parser *p, term *left, bool negated)
{
    term *low = parse(p, CF__LEVEL_OTHER);

    expect(p, "and");
    return cf__expr_between(&p->terms, left, negated, low, parse(p, CF__LEVEL_OTHER));
}

/* LIKE and its kind, past the word. */
static term *parse_like(parser *p, term *left, bool negated, const char *word)
{
    const char *op = negated ? cf_printf(p->terms.arena, "NOT %s", word) : word;
    term       *right;

    if (is(p, "any") || is(p, "all"))
        return parse_right(p, op, left, CF__LEVEL_OTHER);
    right = parse(p, CF__LEVEL_OTHER);
    return accept(p, "escape")
               ? cf__expr_like(&p->terms, op, left, right, parse(p, CF__LEVEL_OTHER))
               : cf__expr_binary(&p->terms, op, left, right);
}

static term *parse_in(parser *p, term *left, bool negated)
{
    terms items = { 0 };

    expect(p, "(");
    parse_items(p, &items, ")");
    return cf__expr_in(&p->terms, left, negated, items.items, items.count);
}

/* IN, BETWEEN and LIKE, which NOT may precede; NULL when none of them follows. */
static term *parse_worded(parser *p, term *left)
{
    static const char *const likes[] = { "LIKE", "ILIKE", "GLOB", "REGEXP", "MATCH" };
    bool                     negated = accept(p, "not");

    if (accept(p, "in"))
        return parse_in(p, left, negated);
    if (accept(p, "between"))
        return parse_between(p, left, negated);
    if (accept(p, "similar")) {
        expect(p, "to");
        return parse_like(p, left, negated, "SIMILAR TO");
    }
    for (size_t i = 0; i < sizeof(likes) / sizeof(likes[0]); i++)
        if (accept(p, likes[i]))
            return parse_like(p, left, negated, likes[i]);
    if (negated && accept(p, "null"))
        return null_test(p, left, true);
    return negated ? fail(p) : NULL;
}

/* One operator and what is right of it; NULL when none as tight as `level` follows. */
static term *parse_infix(parser *p, term *left, int level)
{
    const char *op;
    int         tight;

    if (cf__expr_sign(p->terms.arena, &p->lex, &op, &tight)) {
        if (tight < level)
            return NULL;
        cf__lexer_next(&p->lex);
        return parse_right(p, op, left, tight);
    }
    if (level <= CF__LEVEL_OR && is(p, "or"))
        return parse_chain(p, left, CF__EXPR_OR, "or", CF__LEVEL_OR);
    if (level <= CF__LEVEL_AND && is(p, "and"))
        return parse_chain(p, left, CF__EXPR_AND, "and", CF__LEVEL_AND);
    if (level <= CF__LEVEL_IS && accept(p, "is"))
        return parse_is(p, left);
    if (level <= CF__LEVEL_IS && (is(p, "isnull") || is(p, "notnull"))) {
        bool negated = is(p, "notnull");

        cf__lexer_next(&p->lex);
        return null_test(p, left, negated);
    }
    if (level <= CF__LEVEL_AT && accept(p, "at")) {
        expect(p, "time");
        expect(p, "zone");
        return cf__expr_binary(&p->terms, "AT TIME ZONE", left, parse(p, CF__LEVEL_COLLATE));
    }
    if (level <= CF__LEVEL_COLLATE && accept(p, "collate"))
        return cf__expr_binary(&p->terms, "COLLATE", left,
                               cf__expr_leaf(&p->terms, CF__EXPR_NAME, take_name(p)));
    return level <= CF__LEVEL_LIKE ? parse_worded(p, left) : NULL;
}

/* An operand and all that binds to it at least as tightly as `level`. */
static term *climb(parser *p, term *left, int level)
{
    for (;;) {
        term *more = p->terms.failed ? NULL : parse_infix(p, left, level);

        if (!more)
            return left;
        left = more;
    }
}

static term *parse(parser *p, int level)
{
    term *result;

    if (p->terms.failed || p->depth == MAX_DEPTH)
        return fail(p);
    p->depth++;
    result = climb(p, parse_prefix(p), level);
    p->depth--;
    return result;
}

const cf__expr *cf__expr_parse(cf_arena *arena, const cf__schema_table *table, cf_str text,
                               bool exact)
{
    parser p = { .terms = { .arena = arena, .table = table, .exact = exact } };
    term  *result;

    cf__lexer_start(&p.lex, text);
    result = parse(&p, CF__LEVEL_ANY);
    if (p.terms.failed || result->foreign || p.lex.token.kind != CF__TOKEN_END)
        return NULL;
    return result;
}
