/* script_parse.c -- lines of tokens as statements.
 *
 * The tokens of a line are cut where the statement's own signs stand outside of brackets ('=', ';',
 * ':'): such a token becomes an end, and what lies between two ends is one expression of the
 * template language, parsed by its parser and compiled by its compiler. */
#include "template/script_internal.h"

#include <stdio.h>

typedef struct script_parser {
    cf_script          *script;
    cf_arena           *arena;
    cf_str              text; /* Comments blanked. */
    const script_lines *lines;
    size_t              at; /* The next line. */
    unsigned            depth, loops;
    parser              ps;
    cf_error           *err;
} script_parser;

/* Some tokens of a line: [from, to), with an end at `to`. */
typedef struct span {
    token *from, *to;
} span;

static bool parse_block(script_parser *p, unsigned indent, script_block *out);

/* ---- errors ---- */

static bool fail_at(script_parser *p, const token *at, const char *message)
{
    return cf__parse_fail(&p->ps, at, "%s", message) != NULL;
}

static void replace(cf_error *err, const char *what, const char *by)
{
    char *at = strstr(err->message, what);
    char  rest[sizeof err->message];

    if (!at)
        return;
    snprintf(rest, sizeof rest, "%s", at + strlen(what));
    snprintf(at, sizeof err->message - (size_t)(at - err->message), "%s%s", by, rest);
}

static void add_hint(cf_error *err, const char *hint)
{
    size_t len = strlen(err->message);

    snprintf(err->message + len, sizeof err->message - len, "%s", hint);
}

/* What people who write Python try, and what there is instead. */
static bool explain(script_parser *p, span s)
{
    const token *at = p->ps.at;

    replace(p->err, "end of template", "end of the line");
    if (is_word(at, "for"))
        add_hint(p->err, ". There are no comprehensions; say users|map(attribute='email')|list, or "
                         "write a loop");
    else if (at->type == T_COLON && is_word(s.from, "lambda"))
        add_hint(p->err, ". There is no lambda");
    else if (at->type == T_STRING && at > s.from && at[-1].type == T_NAME &&
             at[-1].pos + at[-1].text.len == at->pos)
        add_hint(p->err, ". Strings have no prefixes; join by ~ or format by %");
    return false;
}

/* ---- expressions ---- */

static node *parse_node(script_parser *p, span s)
{
    token_type end = s.to->type;
    node      *n;

    s.to->type = T_EOF;
    p->ps.at = s.from;
    n = cf__parse_tuple(&p->ps, false, true, NULL, false);
    if (n && !cf__expect(&p->ps, T_EOF))
        n = NULL;
    s.to->type = end;
    if (!n)
        explain(p, s);
    return n;
}

static bool compile(script_parser *p, node *n, script_expr *out)
{
    cf_template *t = p->script->tmpl;

    cf__script_spelling(n);
    if (!cf__compile_lone(t->env, t, n, p->err))
        return false;
    cf__script_require(p->arena, n);
    *out = (script_expr){ n, t->root };
    return true;
}

static bool parse_expr(script_parser *p, span s, script_expr *out)
{
    node *n = parse_node(p, s);

    return n && compile(p, n, out);
}

/* ---- targets ---- */

static bool make_target(script_parser *p, const token *at, node *n, script_target *out);

static bool make_targets(script_parser *p, const token *at, const node_list *items,
                         script_target *out)
{
    out->kind = TARGET_MANY;
    out->parts = cf_new_array(p->arena, script_target, items->len + 1);
    out->nparts = items->len;
    for (uint32_t i = 0; i < items->len; i++)
        if (!make_target(p, at, items->items[i], &out->parts[i]))
            return false;
    return true;
}

static bool make_target(script_parser *p, const token *at, node *n, script_target *out)
{
    *out = (script_target){ .node = n };
    switch ((node_kind)n->kind) {
    case N_NAME:
        out->kind = TARGET_NAME;
        out->name = n->as.name.text;
        return true;
    case N_GETATTR:
        out->kind = TARGET_ATTR;
        out->name = n->as.attr.name;
        return compile(p, n->as.attr.value, &out->owner);
    case N_GETITEM:
        out->kind = TARGET_ITEM;
        if (n->as.item.index->kind == N_SLICE)
            return fail_at(p, at, "a slice cannot be assigned to or deleted");
        return compile(p, n->as.item.value, &out->owner) &&
               compile(p, n->as.item.index, &out->index);
    case N_TUPLE:
    case N_LIST:
        return make_targets(p, at, &n->as.list.items, out);
    case N_CONST:
        return fail_at(p, at, "a constant cannot be assigned to or deleted");
    case N_COMPARE:
        return fail_at(p, at, "a comparison cannot be assigned to; one '=' too many or too few?");
    default:
        return fail_at(p, at, "only a name, an attribute or an item can be assigned to or deleted");
    }
}

static bool parse_target(script_parser *p, span s, script_target *out)
{
    node *n;

    if (s.from == s.to)
        return fail_at(p, s.to, "something to assign to is missing here");
    n = parse_node(p, s);
    return n && make_target(p, s.from, n, out);
}

/* ---- cutting tokens ---- */

static int nesting(const token *t)
{
    switch (t->type) {
    case T_LPAREN:
    case T_LBRACKET:
    case T_LBRACE:
        return 1;
    case T_RPAREN:
    case T_RBRACKET:
    case T_RBRACE:
        return -1;
    default:
        return 0;
    }
}

/* The first token of a type outside of brackets, or the end. */
static token *find_token(span s, token_type type)
{
    int depth = 0;

    for (token *t = s.from; t < s.to; t++) {
        if (!depth && t->type == type)
            return t;
        depth += nesting(t);
    }
    return s.to;
}

static token *find_word(span s, const char *word)
{
    int depth = 0;

    for (token *t = s.from; t < s.to; t++) {
        if (!depth && is_word(t, word))
            return t;
        depth += nesting(t);
    }
    return s.to;
}

/* Whether the '=' at t belongs to an operator before it, as in "+=". */
static bool is_augmented(span s, const token *t, operator_kind *op, bool *concat)
{
    static const struct {
        token_type    type;
        operator_kind op;
    } ops[] = { { T_ADD, OP_ADD }, { T_SUB, OP_SUB },           { T_MUL, OP_MUL },
                { T_DIV, OP_DIV }, { T_FLOORDIV, OP_FLOORDIV }, { T_MOD, OP_MOD },
                { T_POW, OP_POW }, { T_TILDE, OP_ADD } };

    if (t == s.from || t[-1].pos + strlen(cf__token_text(t[-1].type)) != t->pos)
        return false;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (t[-1].type == ops[i].type) {
            *op = ops[i].op;
            *concat = t[-1].type == T_TILDE;
            return true;
        }
    return false;
}

/* ---- simple statements ---- */

static bool add_target(script_parser *p, script_statement *out, span s)
{
    size_t size = sizeof(script_target);

    out->targets = cf_grow(p->arena, out->targets, out->ntargets * size,
                           (out->ntargets + 1) * size);
    return parse_target(p, s, &out->targets[out->ntargets++]);
}

static bool parse_assignment(script_parser *p, span s, token *sign, script_statement *out)
{
    if (is_augmented(s, sign, &out->op, &out->concat)) {
        out->kind = S_AUGMENT;
        if (!add_target(p, out, (span){ s.from, sign - 1 }))
            return false;
        if (out->targets[0].kind == TARGET_MANY)
            return fail_at(p, s.from, "several names cannot be changed at once");
        return parse_expr(p, (span){ sign + 1, s.to }, &out->value);
    }
    out->kind = S_ASSIGN;
    while (sign != s.to) {
        if (!add_target(p, out, (span){ s.from, sign }))
            return false;
        s.from = sign + 1;
        sign = find_token(s, T_ASSIGN);
    }
    return parse_expr(p, s, &out->value);
}

static bool parse_word(script_parser *p, span s, script_statement *out, bool *found)
{
    static const struct {
        const char *word, *message;
    } absent[] = {
        { "import", "nothing is imported here: the models, db and app are there already" },
        { "from", "nothing is imported here: the models, db and app are there already" },
        { "def", "functions cannot be defined here" },
        { "class", "classes cannot be defined here" },
        { "return", "there is no function to return from" },
        { "try", "errors cannot be caught here" },
        { "with", "there is no 'with' here" },
        { "raise", "there is no 'raise' here" },
        { "global", "every name is global here" },
        { "elif", "there is no 'if' before this 'elif'" },
        { "else", "there is no 'if', 'for' or 'while' before this 'else'" },
    };
    bool alone = s.from + 1 == s.to, follows = !alone && s.from[1].type == T_NAME;

    *found = true;
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        if (is_word(s.from, absent[i].word) && (alone || follows || s.from[1].type == T_COLON))
            return fail_at(p, s.from, absent[i].message);
    if (alone && is_word(s.from, "pass"))
        out->kind = S_PASS;
    else if (alone && is_word(s.from, "break"))
        out->kind = S_BREAK;
    else if (alone && is_word(s.from, "continue"))
        out->kind = S_CONTINUE;
    else
        *found = false;
    if ((out->kind == S_BREAK || out->kind == S_CONTINUE) && !p->loops)
        return fail_at(p, s.from, "this stands in no loop");
    if (!*found && is_word(s.from, "del") && (alone || s.from[1].type != T_ASSIGN)) {
        *found = true;
        out->kind = S_DELETE;
        return add_target(p, out, (span){ s.from + 1, s.to });
    }
    return true;
}

static bool parse_simple(script_parser *p, span s, script_statement *out)
{
    token *sign = find_token(s, T_ASSIGN);
    bool   found;

    if (!parse_word(p, s, out, &found))
        return false;
    if (found)
        return true;
    if (sign != s.to)
        return parse_assignment(p, s, sign, out);
    out->kind = S_EXPRESSION;
    return parse_expr(p, s, &out->value);
}

static script_statement *add_statement(script_parser *p, script_block *block)
{
    size_t size = sizeof(script_statement *);

    if (block->len == block->cap) {
        size_t cap = block->cap ? block->cap * 2 : 4;

        block->items = cf_grow(p->arena, block->items, block->cap * size, cap * size);
        block->cap = cap;
    }
    return block->items[block->len++] = cf_new(p->arena, script_statement);
}

/* a; b; c */
static bool parse_simples(script_parser *p, span s, script_block *out)
{
    while (s.from < s.to) {
        span one = { s.from, find_token(s, T_SEMICOLON) };

        if (one.from == one.to)
            return fail_at(p, one.to, "a statement is missing here");
        one.to->type = T_EOF;
        if (!parse_simple(p, one, add_statement(p, out)))
            return false;
        s.from = one.to < s.to ? one.to + 1 : s.to;
    }
    return true;
}

/* ---- blocks ---- */

/* What belongs to a header: the rest of its line, or the indented lines that follow. */
static bool parse_suite(script_parser *p, span s, const token *colon, unsigned indent,
                        script_block *out)
{
    const script_line *next = p->at < p->lines->len ? &p->lines->items[p->at] : NULL;
    bool               ok;

    if (s.from < s.to)
        return parse_simples(p, s, out);
    if (!next || next->indent <= indent)
        return fail_at(p, colon, "an indented block is missing after this ':'");
    if (++p->depth > SCRIPT_DEPTH)
        return fail_at(p, colon, "blocks are nested too deeply");
    ok = parse_block(p, next->indent, out);
    p->depth--;
    return ok;
}

/* Cuts a header at its colon: `head` is what stands before, `rest` what follows. */
static bool cut_header(script_parser *p, span s, span *head, span *rest)
{
    token *colon = find_token(s, T_COLON);

    *head = (span){ s.from, colon };
    *rest = (span){ colon + 1, s.to };
    return colon != s.to || fail_at(p, s.to, "a ':' is missing here");
}

static bool parse_for(script_parser *p, span s, unsigned indent, script_statement *out)
{
    span   head = { 0 }, rest = { 0 };
    token *in;
    bool   ok;

    out->kind = S_FOR;
    if (!cut_header(p, s, &head, &rest))
        return false;
    in = find_word(head, "in");
    if (in == head.to)
        return fail_at(p, head.to, "a loop reads: for name in values:");
    if (!add_target(p, out, (span){ head.from + 1, in }) ||
        !parse_expr(p, (span){ in + 1, head.to }, &out->value))
        return false;
    p->loops++;
    ok = parse_suite(p, rest, head.to, indent, &out->body);
    p->loops--;
    return ok;
}

static bool parse_condition(script_parser *p, span s, unsigned indent, bool loop,
                            script_statement *out)
{
    span head = { 0 }, rest = { 0 };
    bool ok;

    out->kind = loop ? S_WHILE : S_IF;
    if (!cut_header(p, s, &head, &rest) ||
        !parse_expr(p, (span){ head.from + 1, head.to }, &out->value))
        return false;
    p->loops += loop;
    ok = parse_suite(p, rest, head.to, indent, &out->body);
    p->loops -= loop;
    return ok;
}

/* A line's tokens, at their places in the whole text. */
static bool lex_line(script_parser *p, const script_line *line, span *out)
{
    cf_template *t = p->script->tmpl;
    token_list   tokens = cf__lex(p->arena, &t->env->options,
                                  cf_str_slice(p->text, line->start, line->end), true);

    for (size_t i = 0; i < tokens.len; i++) {
        tokens.items[i].pos += (uint32_t)line->start;
        tokens.items[i].line += line->line;
    }
    *out = (span){ tokens.items, tokens.items + tokens.len - 1 };
    for (token *at = out->from; at < out->to; at++)
        if (at->type == T_ERROR)
            return fail_at(p, at, "");
    return true;
}

static bool parse_else(script_parser *p, unsigned indent, bool elif, script_statement *out)
{
    const script_line *line = p->at < p->lines->len ? &p->lines->items[p->at] : NULL;
    script_statement  *inner;
    span               s, head = { 0 }, rest = { 0 };

    if (!line || line->indent != indent)
        return true;
    if (!lex_line(p, line, &s))
        return false;
    if (is_word(s.from, "else")) {
        p->at++;
        if (!cut_header(p, s, &head, &rest))
            return false;
        if (head.from + 1 != head.to)
            return fail_at(p, head.from + 1, "'else' takes no condition");
        return parse_suite(p, rest, head.to, indent, &out->other);
    }
    if (!elif || !is_word(s.from, "elif"))
        return true;
    p->at++;
    inner = add_statement(p, &out->other);
    if (++p->depth > SCRIPT_DEPTH)
        return fail_at(p, s.from, "there are too many branches");
    return parse_condition(p, s, indent, false, inner) && parse_else(p, indent, true, inner) &&
           p->depth--;
}

static bool parse_statement(script_parser *p, span s, unsigned indent, script_block *out)
{
    script_statement *st;

    if (s.from == s.to)
        return true;
    if (s.from + 1 < s.to && s.from[1].type != T_ASSIGN) {
        if (is_word(s.from, "for")) {
            st = add_statement(p, out);
            return parse_for(p, s, indent, st) && parse_else(p, indent, false, st);
        }
        if (is_word(s.from, "if") || is_word(s.from, "while")) {
            bool loop = is_word(s.from, "while");

            st = add_statement(p, out);
            return parse_condition(p, s, indent, loop, st) && parse_else(p, indent, !loop, st);
        }
    }
    return parse_simples(p, s, out);
}

static bool parse_block(script_parser *p, unsigned indent, script_block *out)
{
    while (p->at < p->lines->len) {
        const script_line *line = &p->lines->items[p->at];
        span               s;

        if (line->indent < indent)
            return true;
        p->at++;
        if (!lex_line(p, line, &s))
            return false;
        if (line->indent > indent)
            return fail_at(p, s.from, "this line is indented, but no block was begun");
        if (!parse_statement(p, s, indent, out))
            return false;
    }
    return true;
}

bool cf__script_parse(cf_script *script, cf_str text, const script_lines *lines, cf_error *err)
{
    cf_template  *t = script->tmpl;
    cf_error      own = { 0 };
    script_parser p = {
        .script = script, .arena = t->arena, .text = text, .lines = lines, .err = err ? err : &own
    };

    p.ps = (parser){ .arena = t->arena,
                     .options = &t->env->options,
                     .name = t->name,
                     .source = t->source,
                     .err = p.err };
    p.ps.tree = cf_new(t->arena, tree);
    p.ps.tree->arena = t->arena;
    return parse_block(&p, 0, &script->body);
}
