/* parser_trans.c -- {% trans %}: parsed into calls of gettext() and its like.
 *
 * {% trans n=1 %}a{{ n }}{% pluralize %}b{% endtrans %} becomes
 * ngettext("a%(n)s", "b", n) % {"n": n}, or with newstyle ngettext("a%(n)s", "b", n, n=n). */
#include "template/parser.h"

typedef struct trans {
    const token *at;
    const token *context;
    cf_map      *variables; /* name: index + 1 of its node */
    node_list    values;
    node        *plural_expr;
    node        *assignment; /* _trans = call, when the number is a call */
    bool         number_is_num, trimmed, trimmed_given, referenced;
} trans;

static node *trans_variable(parser *ps, trans *tr, cf_str name, node *value)
{
    cf_map_put(tr->variables, cf_string_of(cf_str_n(cf_str_dup(ps->arena, name), name.len)),
               cf_int((int64_t)tr->values.len));
    cf__nodes_add(ps->arena, &tr->values, value);
    return value;
}

/* The first variable counts. A call is made once and kept as _trans. */
static void first_variable(parser *ps, trans *tr, const token *name, node *value)
{
    if (value->kind == N_CALL) {
        node *target = cf__make_name(ps, name, CF_STR("_trans"));
        target->store = true;
        tr->assignment = cf__new_node(ps, N_SET, name);
        tr->assignment->as.block_set.target = target;
        tr->assignment->as.block_set.value = value;
        value = cf__make_name(ps, name, CF_STR("_trans"));
        tr->values.items[tr->values.len - 1] = value;
    }
    tr->plural_expr = value;
    tr->number_is_num = is_word(name, "num");
}

static bool parse_variable(parser *ps, trans *tr)
{
    const token *name = cf__expect(ps, T_NAME);
    node        *value;

    if (!name)
        return false;
    if (cf_map_find(tr->variables, cf_string_of(name->text))) {
        cf__parse_fail(ps, name, "translatable variable '%.*s' defined twice.",
                       CF_STR_ARG(name->text));
        return false;
    }
    if (cf__skip(ps, T_ASSIGN)) {
        value = cf__parse_expr(ps, true);
        if (!value)
            return false;
    } else if (!tr->trimmed_given && (is_word(name, "trimmed") || is_word(name, "notrimmed"))) {
        tr->trimmed_given = true;
        tr->trimmed = is_word(name, "trimmed");
        return true;
    } else {
        value = cf__make_name(ps, name, name->text);
    }
    trans_variable(ps, tr, name->text, value);
    if (!tr->plural_expr)
        first_variable(ps, tr, name, value);
    return true;
}

static bool parse_header(parser *ps, trans *tr)
{
    if (ps->at->type == T_STRING)
        tr->context = ps->at++;
    while (ps->at->type != T_BLOCK_END) {
        if (tr->values.len && !cf__expect(ps, T_COMMA))
            return false;
        if (cf__skip(ps, T_COLON))
            break;
        if (!parse_variable(ps, tr))
            return false;
    }
    return cf__expect(ps, T_BLOCK_END) != NULL;
}

/* A variable used in the text; unknown ones become variables of their own after the header's. */
static void reference(trans *tr, cf_list *free_names, const token *name)
{
    tr->referenced = true;
    for (size_t i = 0; i < free_names->len; i++)
        if (cf_str_eq(cf_text(free_names->items[i]), name->text))
            return;
    cf_list_add(free_names, cf_string_of(name->text));
}

static void add_text(cf_buf *text, cf_str data)
{
    for (size_t i = 0; i < data.len; i++) {
        if (data.ptr[i] == '%')
            cf_buf_putc(text, '%');
        cf_buf_putc(text, data.ptr[i]);
    }
}

/* The text up to {% pluralize %} or {% endtrans %}, whose word is the current token then. */
static bool parse_text(parser *ps, trans *tr, bool singular, cf_list *names, cf_buf *text)
{
    for (;;) {
        const token *t = ps->at;

        switch (t->type) {
        case T_DATA:
            add_text(text, cf__data_text(ps, t->text));
            ps->at++;
            break;
        case T_VARIABLE_BEGIN: {
            const token *name;
            ps->at++;
            name = cf__expect(ps, T_NAME);
            if (!name || !cf__expect(ps, T_VARIABLE_END))
                return false;
            reference(tr, names, name);
            cf_buf_printf(text, "%%(%.*s)s", CF_STR_ARG(name->text));
            break;
        }
        case T_BLOCK_BEGIN:
            ps->at++;
            if (is_word(ps->at, "endtrans") || (singular && is_word(ps->at, "pluralize")))
                return true;
            cf__parse_fail(ps, ps->at,
                           is_word(ps->at, "pluralize")
                               ? "a translatable section can have only one pluralize section"
                               : "control structures in translatable sections are not allowed");
            return false;
        default:
            cf__parse_fail(ps, t, "unclosed translation block");
            return false;
        }
    }
}

static bool parse_pluralize(parser *ps, trans *tr, cf_list *names, cf_buf *plural)
{
    ps->at++;
    if (ps->at->type != T_BLOCK_END) {
        const token *name = cf__expect(ps, T_NAME);
        cf_value    *found;
        if (!name)
            return false;
        found = cf_map_find(tr->variables, cf_string_of(name->text));
        if (!found) {
            cf__parse_fail(ps, name, "unknown variable '%.*s' for pluralization",
                           CF_STR_ARG(name->text));
            return false;
        }
        tr->plural_expr = tr->values.items[found->as.integer];
        tr->number_is_num = is_word(name, "num");
    }
    return cf__expect(ps, T_BLOCK_END) && parse_text(ps, tr, false, names, plural);
}

/* White space around line ends becomes one blank. */
static cf_str trim_text(parser *ps, cf_str s)
{
    cf_buf out = cf_buf_in(ps->arena, s.len + 1);

    s = cf__strip(s);
    for (size_t i = 0; i < s.len;) {
        size_t end = i;
        bool   newline = false;
        while (end < s.len && cf__space(s.ptr + end, s.ptr + s.len))
            newline |= s.ptr[end++] == '\n';
        if (newline) {
            cf_buf_putc(&out, ' ');
            i = end;
        } else {
            cf_buf_add(&out, s.ptr + i, (end > i ? end : i + 1) - i);
            i = end > i ? end : i + 1;
        }
    }
    return cf_buf_view(&out);
}

/* The message as gettext() gets it. */
static node *message_node(parser *ps, trans *tr, cf_buf *text)
{
    cf_str s = cf_buf_view(text);
    cf_buf plain = cf_buf_in(ps->arena, s.len + 1);
    bool   trim = tr->trimmed_given ? tr->trimmed : ps->options->trimmed_gettext;

    if (trim)
        s = trim_text(ps, s);
    if (!tr->referenced && !ps->options->newstyle_gettext) {
        for (size_t i = 0; i < s.len; i++) {
            cf_buf_putc(&plain, s.ptr[i]);
            i += s.ptr[i] == '%' && i + 1 < s.len && s.ptr[i + 1] == '%';
        }
        s = cf_buf_view(&plain);
    }
    return cf__make_const(ps, tr->at, cf_string_of(s));
}

/* {"name": value, …} for the % operator. */
static node *variables_dict(parser *ps, trans *tr)
{
    node *dict = cf__new_node(ps, N_DICT, tr->at);

    for (size_t i = 0; i < tr->variables->len; i++) {
        cf_entry *e = &tr->variables->entries[i];
        cf__nodes_add(ps->arena, &dict->as.list.items, cf__make_const(ps, tr->at, e->key));
        cf__nodes_add(ps->arena, &dict->as.list.items, tr->values.items[e->value.as.integer]);
    }
    return dict;
}

static void add_keywords(parser *ps, trans *tr, call_args *args, bool plural)
{
    args->names = cf_new_array(ps->arena, cf_str, tr->variables->len + 1);
    for (size_t i = 0; i < tr->variables->len; i++) {
        cf_entry *e = &tr->variables->entries[i];
        if (plural && tr->number_is_num && cf_str_is(cf_text(e->key), "num"))
            continue;
        args->names[args->named.len] = cf_text(e->key);
        cf__nodes_add(ps->arena, &args->named, tr->values.items[e->value.as.integer]);
    }
}

static node *make_output(parser *ps, trans *tr, cf_buf *singular, cf_buf *plural)
{
    node      *call = cf__new_node(ps, N_CALL, tr->at), *n = call;
    node      *output = cf__new_node(ps, N_OUTPUT, tr->at);
    call_args *args = &call->as.call.args;

    call->as.call.callee = cf__make_name(
        ps, tr->at,
        cf_str_of(cf_printf(ps->arena, "%s%sgettext", plural ? "n" : "", tr->context ? "p" : "")));
    if (tr->context)
        cf__nodes_add(ps->arena, &args->positional,
                      cf__make_const(ps, tr->context, cf_string_of(tr->context->text)));
    cf__nodes_add(ps->arena, &args->positional, message_node(ps, tr, singular));
    if (plural) {
        cf__nodes_add(ps->arena, &args->positional, message_node(ps, tr, plural));
        cf__nodes_add(ps->arena, &args->positional, tr->plural_expr);
    }
    if (ps->options->newstyle_gettext) {
        add_keywords(ps, tr, args, plural != NULL);
    } else {
        n = cf__new_node(ps, N_MARKSAFE, tr->at);
        n->as.binary.left = call;
        if (tr->variables->len) {
            node *mod = cf__new_node(ps, N_BINARY, tr->at);
            mod->op = OP_MOD;
            mod->as.binary.left = n;
            mod->as.binary.right = variables_dict(ps, tr);
            n = mod;
        }
    }
    cf__nodes_add(ps->arena, &output->as.list.items, n);
    return output;
}

bool cf__parse_trans(parser *ps, node_list *out)
{
    trans    tr = { .at = ps->at++, .variables = cf_map_new(ps->arena) };
    cf_buf   singular = cf_buf_in(ps->arena, 0), plural = cf_buf_in(ps->arena, 0);
    cf_list *names = cf_list_new(ps->arena);
    bool     has_plural;

    if (!parse_header(ps, &tr) || !parse_text(ps, &tr, true, names, &singular))
        return false;
    if (names->len && !tr.plural_expr) {
        tr.plural_expr = cf__make_name(ps, tr.at, cf_text(names->items[0]));
        tr.number_is_num = cf_str_is(cf_text(names->items[0]), "num");
    }
    has_plural = is_word(ps->at, "pluralize");
    if (has_plural && !parse_pluralize(ps, &tr, names, &plural))
        return false;
    ps->at++;
    for (size_t i = 0; i < names->len; i++)
        if (!cf_map_find(tr.variables, names->items[i]))
            trans_variable(ps, &tr, cf_text(names->items[i]),
                           cf__make_name(ps, tr.at, cf_text(names->items[i])));
    if (has_plural && !tr.plural_expr) {
        cf__parse_fail(ps, tr.at, "pluralize without variables");
        return false;
    }
    if (tr.assignment)
        cf__nodes_add(ps->arena, out, tr.assignment);
    cf__nodes_add(ps->arena, out, make_output(ps, &tr, &singular, has_plural ? &plural : NULL));
    return true;
}
