/* parser_stmt.c -- statements: what stands between {% and %}. */
#include "template/parser.h"

static const char *const if_ends[] = { "elif", "else", "endif", NULL };
static const char *const endif_only[] = { "endif", NULL };
static const char *const for_ends[] = { "endfor", "else", NULL };
static const char *const endfor_only[] = { "endfor", NULL };

/* ---- errors about unknown and missing tags ---- */

static const char *ends_text(parser *ps, const char *const *ends)
{
    const char *text = "";

    for (size_t i = 0; ends[i]; i++)
        text = cf_printf(ps->arena, "%s%s'%s'", text, i ? " or " : "", ends[i]);
    return text;
}

static bool listed(cf_str word, const char *const *list)
{
    for (; list && *list; list++)
        if (cf_str_is(word, *list))
            return true;
    return false;
}

/* Every tag there is, for suggestions. */
static const char *nearest_tag(parser *ps, cf_str word)
{
    static const char *const tags[] = {
        "for",      "if",       "elif",   "else",      "endif",    "endfor",     "block",
        "endblock", "extends",  "print",  "macro",     "endmacro", "include",    "import",
        "from",     "set",      "endset", "with",      "endwith",  "autoescape", "endautoescape",
        "call",     "endcall",  "filter", "endfilter", "raw",      "endraw",     "do",
        "break",    "continue", "trans",  "pluralize", "endtrans", "debug",
    };
    const char *nearest = cf_nearest(word, tags, sizeof tags / sizeof tags[0]);

    if (!nearest)
        return "";
    if (cf_str_is(word, nearest))
        return " It belongs to an extension that is off, or to a block that is not open.";
    return cf_printf(ps->arena, " Did you mean '%s'?", nearest);
}

/* `word` is NULL at the end of the template. */
static bool fail_tag(parser *ps, const token *at, const token *word)
{
    const char *const *ends = ps->nends ? ps->ends[ps->nends - 1] : NULL;
    const char        *message, *looking = ends ? ends_text(ps, ends) : NULL;
    bool               nesting = false;

    for (size_t i = 0; word && i < ps->nends; i++)
        nesting |= listed(word->text, ps->ends[i]);
    if (word)
        message = cf_printf(ps->arena, "Encountered unknown tag '%.*s'.%s", CF_STR_ARG(word->text),
                            nesting ? "" : nearest_tag(ps, word->text));
    else
        message = "Unexpected end of template.";
    if (looking && nesting)
        message = cf_printf(ps->arena,
                            "%s You probably made a nesting mistake. Jinja is expecting this tag, "
                            "but currently looking for %s.",
                            message, looking);
    else if (looking)
        message = cf_printf(ps->arena, "%s Jinja was looking for the following tags: %s.", message,
                            looking);
    if (ps->ntags)
        message = cf_printf(ps->arena, "%s The innermost block that needs to be closed is '%s'.",
                            message, ps->tags[ps->ntags - 1]);
    return cf__parse_fail(ps, at, "%s", message) != NULL;
}

/* ---- bodies ---- */

static void add_output(parser *ps, node_list *out, node **output, node *item)
{
    if (!*output) {
        *output = cf_new(ps->arena, node);
        (*output)->kind = N_OUTPUT;
        (*output)->line = item->line;
        (*output)->pos = item->pos;
        cf__nodes_add(ps->arena, out, *output);
    }
    cf__nodes_add(ps->arena, &(*output)->as.list.items, item);
}

/* Line ends in template text follow the environment's newline_sequence. */
cf_str cf__data_text(parser *ps, cf_str text)
{
    const char *newline = ps->options->newline_sequence;
    cf_buf      out;

    if (!newline || strcmp(newline, "\n") == 0 || cf_str_chr(text, '\n') == CF_NPOS)
        return text;
    out = cf_buf_in(ps->arena, text.len * 2 + 1);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\n')
            cf_buf_puts(&out, newline);
        else
            cf_buf_putc(&out, text.ptr[i]);
    return cf_buf_view(&out);
}

static bool parse_print(parser *ps, node_list *out, node **output)
{
    node *n;

    ps->at++;
    n = cf__parse_tuple(ps, false, true, NULL, false);
    if (!n || !cf__expect(ps, T_VARIABLE_END))
        return false;
    add_output(ps, out, output, n);
    return true;
}

bool cf__subparse(parser *ps, node_list *out, const char *const *ends)
{
    node *output = NULL;

    for (;;) {
        const token *t = ps->at;

        switch (t->type) {
        case T_EOF:
            return true;
        case T_DATA: {
            node *data = cf__new_node(ps, N_DATA, t);
            data->as.data.text = cf__data_text(ps, t->text);
            add_output(ps, out, &output, data);
            ps->at++;
            break;
        }
        case T_VARIABLE_BEGIN:
            if (!parse_print(ps, out, &output))
                return false;
            break;
        case T_BLOCK_BEGIN:
            output = NULL;
            ps->at++;
            if (ps->at->type == T_NAME && listed(ps->at->text, ends))
                return true;
            if (!cf__parse_statement(ps, out) || !cf__expect(ps, T_BLOCK_END))
                return false;
            break;
        default:
            cf__parse_unexpected(ps);
            return false;
        }
    }
}

bool cf__parse_body(parser *ps, node_list *out, const char *const *ends, bool drop)
{
    bool ok;

    cf__skip(ps, T_COLON);
    if (!cf__expect(ps, T_BLOCK_END) || !cf__enter(ps))
        return false;
    ps->ends[ps->nends++] = ends;
    ok = cf__subparse(ps, out, ends);
    if (ok && ps->at->type == T_EOF)
        ok = fail_tag(ps, ps->at, NULL);
    ps->nends--;
    cf__leave(ps);
    ps->at += ok && drop;
    return ok;
}

/* ---- assignment targets ---- */

static node *cannot_assign(parser *ps, node *n, const char *what)
{
    token at = { .line = n->line, .pos = n->pos };

    return cf__parse_fail(ps, &at, "can't assign to '%s'", what);
}

/* Marks a parsed expression as a target, if it may be one. */
static node *as_target(parser *ps, node *n)
{
    static const char *const names[] = {
        [N_CONST] = "const",     [N_LIST] = "list",       [N_DICT] = "dict",
        [N_GETATTR] = "getattr", [N_GETITEM] = "getitem", [N_CALL] = "call",
    };

    switch (n->kind) {
    case N_NAME:
    case N_NSREF:
        n->store = true;
        return n;
    case N_TUPLE:
        n->store = true;
        for (uint32_t i = 0; i < n->as.list.items.len; i++)
            if (!as_target(ps, n->as.list.items.items[i]))
                return NULL;
        return n;
    default:
        return cannot_assign(ps, n,
                             n->kind < sizeof names / sizeof *names && names[n->kind]
                                 ? names[n->kind]
                                 : "expression");
    }
}

node *cf__parse_target(parser *ps, bool name_only, const char *end_word, bool with_namespace)
{
    node *n;

    if (name_only) {
        const token             *t = cf__expect(ps, T_NAME);
        static const char *const reserved[] = { "true",  "false", "none", "True",
                                                "False", "None",  NULL };
        if (t && listed(t->text, reserved))
            return cf__parse_fail(ps, t, "can't assign to 'name'");
        n = t ? cf__make_name(ps, t, t->text) : NULL;
    } else {
        ps->namespaces = with_namespace;
        n = cf__parse_tuple(ps, true, true, end_word, false);
        ps->namespaces = false;
    }
    return n ? as_target(ps, n) : NULL;
}

/* ---- statements ---- */

static node *parse_for(parser *ps)
{
    node *n = cf__new_node(ps, N_FOR, ps->at++);

    n->as.loop.target = cf__parse_target(ps, false, "in", false);
    if (!n->as.loop.target || !cf__expect_word(ps, "in"))
        return NULL;
    n->as.loop.iter = cf__parse_tuple(ps, false, false, "recursive", false);
    if (!n->as.loop.iter)
        return NULL;
    if (cf__skip_word(ps, "if") && !(n->as.loop.test = cf__parse_expr(ps, true)))
        return NULL;
    n->as.loop.recursive = cf__skip_word(ps, "recursive");
    if (!cf__parse_body(ps, &n->as.loop.body, for_ends, false))
        return NULL;
    if (is_word(ps->at++, "endfor"))
        return n;
    return cf__parse_body(ps, &n->as.loop.other, endfor_only, true) ? n : NULL;
}

static node *parse_if(parser *ps)
{
    node *result = cf__new_node(ps, N_IF, ps->at++), *n = result;

    for (;;) {
        const token *word;

        n->as.branch.test = cf__parse_tuple(ps, false, false, NULL, false);
        if (!n->as.branch.test || !cf__parse_body(ps, &n->as.branch.body, if_ends, false))
            return NULL;
        word = ps->at++;
        if (is_word(word, "elif")) {
            n = cf__new_node(ps, N_IF, word);
            cf__nodes_add(ps->arena, &result->as.branch.elifs, n);
            continue;
        }
        if (is_word(word, "else") &&
            !cf__parse_body(ps, &result->as.branch.other, endif_only, true))
            return NULL;
        return result;
    }
}

static bool parse_signature(parser *ps, node *n)
{
    if (!cf__expect(ps, T_LPAREN))
        return false;
    while (ps->at->type != T_RPAREN) {
        node *param, *value;

        if (n->as.macro.params.len && !cf__expect(ps, T_COMMA))
            return false;
        param = cf__parse_target(ps, true, NULL, false);
        if (!param)
            return false;
        if (cf__skip(ps, T_ASSIGN)) {
            value = cf__parse_expr(ps, true);
            if (!value)
                return false;
            cf__nodes_add(ps->arena, &n->as.macro.defaults, value);
        } else if (n->as.macro.defaults.len) {
            cf__parse_fail(ps, ps->at, "non-default argument follows default argument");
            return false;
        }
        cf__nodes_add(ps->arena, &n->as.macro.params, param);
    }
    ps->at++;
    return true;
}

static node *parse_macro(parser *ps)
{
    static const char *const ends[] = { "endmacro", NULL };
    node                    *n = cf__new_node(ps, N_MACRO, ps->at++);

    n->as.macro.target = cf__parse_target(ps, true, NULL, false);
    if (!n->as.macro.target)
        return NULL;
    n->as.macro.name = n->as.macro.target->as.name.text;
    return parse_signature(ps, n) && cf__parse_body(ps, &n->as.macro.body, ends, true) ? n : NULL;
}

static node *parse_call_block(parser *ps)
{
    static const char *const ends[] = { "endcall", NULL };
    const token             *at = ps->at++;
    node                    *n = cf__new_node(ps, N_CALLBLOCK, at);

    n->as.macro.name = "caller";
    if (ps->at->type == T_LPAREN && !parse_signature(ps, n))
        return NULL;
    n->as.macro.call = cf__parse_expr(ps, true);
    if (!n->as.macro.call)
        return NULL;
    if (n->as.macro.call->kind != N_CALL)
        return cf__parse_fail(ps, at, "expected call");
    return cf__parse_body(ps, &n->as.macro.body, ends, true) ? n : NULL;
}

static node *parse_filter_block(parser *ps)
{
    static const char *const ends[] = { "endfilter", NULL };
    node                    *n = cf__new_node(ps, N_FILTERBLOCK, ps->at++);

    n->as.block_set.filter = cf__parse_filter(ps, NULL, true);
    return n->as.block_set.filter && cf__parse_body(ps, &n->as.block_set.body, ends, true) ? n
                                                                                           : NULL;
}

static node *parse_set(parser *ps)
{
    static const char *const ends[] = { "endset", NULL };
    node                    *n = cf__new_node(ps, N_SET, ps->at++);

    n->as.block_set.target = cf__parse_target(ps, false, NULL, true);
    if (!n->as.block_set.target)
        return NULL;
    if (cf__skip(ps, T_ASSIGN)) {
        n->as.block_set.value = cf__parse_tuple(ps, false, true, NULL, false);
        return n->as.block_set.value ? n : NULL;
    }
    n->kind = N_SETBLOCK;
    if (ps->at->type == T_PIPE) {
        n->as.block_set.filter = cf__parse_filter(ps, NULL, false);
        if (!n->as.block_set.filter)
            return NULL;
    }
    return cf__parse_body(ps, &n->as.block_set.body, ends, true) ? n : NULL;
}

static node *parse_with(parser *ps)
{
    static const char *const ends[] = { "endwith", NULL };
    node                    *n = cf__new_node(ps, N_WITH, ps->at++), *target, *value;

    while (ps->at->type != T_BLOCK_END) {
        if (n->as.with.targets.len && !cf__expect(ps, T_COMMA))
            return NULL;
        target = cf__parse_target(ps, false, NULL, false);
        if (!target || !cf__expect(ps, T_ASSIGN))
            return NULL;
        value = cf__parse_expr(ps, true);
        if (!value)
            return NULL;
        cf__nodes_add(ps->arena, &n->as.with.targets, target);
        cf__nodes_add(ps->arena, &n->as.with.values, value);
    }
    return cf__parse_body(ps, &n->as.with.body, ends, true) ? n : NULL;
}

static node *parse_autoescape(parser *ps)
{
    static const char *const ends[] = { "endautoescape", NULL };
    node                    *n = cf__new_node(ps, N_AUTOESCAPE, ps->at++);

    n->as.block_set.value = cf__parse_expr(ps, true);
    return n->as.block_set.value && cf__parse_body(ps, &n->as.block_set.body, ends, true) ? n
                                                                                          : NULL;
}

static node *parse_print_tag(parser *ps)
{
    node *n = cf__new_node(ps, N_OUTPUT, ps->at++), *item;

    while (ps->at->type != T_BLOCK_END) {
        if (n->as.list.items.len && !cf__expect(ps, T_COMMA))
            return NULL;
        item = cf__parse_expr(ps, true);
        if (!item)
            return NULL;
        cf__nodes_add(ps->arena, &n->as.list.items, item);
    }
    return n;
}

static node *parse_do(parser *ps)
{
    node *n = cf__new_node(ps, N_DO, ps->at++);

    n->as.block_set.value = cf__parse_tuple(ps, false, true, NULL, false);
    return n->as.block_set.value ? n : NULL;
}

static node *parse_break(parser *ps)
{
    const token *word = ps->at++;

    return cf__new_node(ps, is_word(word, "break") ? N_BREAK : N_CONTINUE, word);
}

static node *parse_debug(parser *ps)
{
    return cf__new_node(ps, N_DEBUG, ps->at++);
}

static const struct statement {
    const char *word;
    node *(*parse)(parser *ps);
    unsigned extension; /* The option that brings it; 0: the core language. */
} statements[] = {
    { "for", parse_for, 0 },
    { "if", parse_if, 0 },
    { "block", cf__parse_block, 0 },
    { "extends", cf__parse_extends, 0 },
    { "print", parse_print_tag, 0 },
    { "macro", parse_macro, 0 },
    { "include", cf__parse_include, 0 },
    { "import", cf__parse_import, 0 },
    { "from", cf__parse_from, 0 },
    { "set", parse_set, 0 },
    { "with", parse_with, 0 },
    { "autoescape", parse_autoescape, 0 },
    { "call", parse_call_block, 0 },
    { "filter", parse_filter_block, 0 },
    { "do", parse_do, CF_JINJA_DO },
    { "break", parse_break, CF_JINJA_LOOPCONTROLS },
    { "continue", parse_break, CF_JINJA_LOOPCONTROLS },
    { "debug", parse_debug, CF_JINJA_DEBUG },
};

bool cf__parse_statement(parser *ps, node_list *out)
{
    const token *t = ps->at;

    if (t->type != T_NAME)
        return cf__parse_fail(ps, t, "tag name expected") != NULL;
    if (is_word(t, "trans") && ps->options->extensions & CF_JINJA_I18N)
        return cf__parse_trans(ps, out);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        node *n;

        if (!is_word(t, statements[i].word) ||
            (statements[i].extension && !(ps->options->extensions & statements[i].extension)))
            continue;
        if (!cf__enter(ps))
            return false;
        ps->tags[ps->ntags++] = statements[i].word;
        n = statements[i].parse(ps);
        ps->ntags--;
        cf__leave(ps);
        if (n)
            cf__nodes_add(ps->arena, out, n);
        return n != NULL;
    }
    return fail_tag(ps, t, t);
}
