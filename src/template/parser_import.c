/* parser_import.c -- statements that name other templates, and blocks. */
#include "template/parser.h"

/* A required block holds nothing but white space. */
static bool is_blank(const node_list *body)
{
    for (uint32_t i = 0; i < body->len; i++) {
        const node *n = body->items[i];

        if (n->kind != N_OUTPUT)
            return false;
        for (uint32_t k = 0; k < n->as.list.items.len; k++) {
            const node *item = n->as.list.items.items[k];
            if (item->kind != N_DATA || cf__strip(item->as.data.text).len)
                return false;
        }
    }
    return true;
}

node *cf__parse_block(parser *ps)
{
    static const char *const ends[] = { "endblock", NULL };
    node                    *n = cf__new_node(ps, N_BLOCK, ps->at++);
    const token             *name = cf__expect(ps, T_NAME);

    if (!name)
        return NULL;
    n->as.block.name = cf_str_dup(ps->arena, name->text);
    n->as.block.scoped = cf__skip_word(ps, "scoped");
    n->as.block.required = cf__skip_word(ps, "required");
    if (ps->at->type == T_SUB)
        return cf__parse_fail(ps, ps->at,
                              "Block names in Jinja have to be valid Python identifiers and may "
                              "not contain hyphens, use an underscore instead.");
    if (!cf__parse_body(ps, &n->as.block.body, ends, true))
        return NULL;
    if (n->as.block.required && !is_blank(&n->as.block.body))
        return cf__parse_fail(ps, name, "Required blocks can only contain comments or whitespace");
    cf__skip_word(ps, n->as.block.name);
    for (uint32_t i = 0; i < ps->tree->blocks.len; i++)
        if (strcmp(ps->tree->blocks.items[i]->as.block.name, n->as.block.name) == 0)
            return cf__parse_fail(ps, name, "block '%s' defined twice", n->as.block.name);
    cf__nodes_add(ps->arena, &ps->tree->blocks, n);
    return n;
}

node *cf__parse_extends(parser *ps)
{
    node *n = cf__new_node(ps, N_EXTENDS, ps->at++);

    ps->tree->extends++;
    n->as.import.name = cf__parse_expr(ps, true);
    return n->as.import.name ? n : NULL;
}

/* "with context" or "without context". Returns whether it was there. */
static bool parse_context(parser *ps, node *n)
{
    bool with = is_word(ps->at, "with");

    if ((!with && !is_word(ps->at, "without")) || !is_word(ps->at + 1, "context"))
        return false;
    n->as.import.with_context = with;
    ps->at += 2;
    return true;
}

node *cf__parse_include(parser *ps)
{
    node *n = cf__new_node(ps, N_INCLUDE, ps->at++);

    n->as.import.name = cf__parse_expr(ps, true);
    if (!n->as.import.name)
        return NULL;
    if (is_word(ps->at, "ignore") && is_word(ps->at + 1, "missing")) {
        n->as.import.ignore_missing = true;
        ps->at += 2;
    }
    n->as.import.with_context = true;
    parse_context(ps, n);
    return n;
}

node *cf__parse_import(parser *ps)
{
    node *n = cf__new_node(ps, N_IMPORT, ps->at++);

    n->as.import.name = cf__parse_expr(ps, true);
    if (!n->as.import.name || !cf__expect_word(ps, "as"))
        return NULL;
    n->as.import.target = cf__parse_target(ps, true, NULL, false);
    if (!n->as.import.target)
        return NULL;
    parse_context(ps, n);
    return n;
}

/* One name of a from-import. */
static bool parse_imported(parser *ps, node *n)
{
    node        *name = cf__parse_target(ps, true, NULL, false), *target = name;
    import_name *names = n->as.import.names;
    uint32_t     count = n->as.import.count;
    token        at;

    if (!name)
        return false;
    if (name->as.name.text[0] == '_') {
        at = (token){ .line = name->line, .pos = name->pos };
        cf__parse_fail(ps, &at, "names starting with an underline can not be imported");
        return false;
    }
    if (cf__skip_word(ps, "as")) {
        target = cf__parse_target(ps, true, NULL, false);
        if (!target)
            return false;
    }
    names = cf_grow(ps->arena, names, count * sizeof *names, (count + 1) * sizeof *names);
    names[count] = (import_name){ name->as.name.text, target };
    n->as.import.names = names;
    n->as.import.count++;
    return true;
}

node *cf__parse_from(parser *ps)
{
    node *n = cf__new_node(ps, N_FROMIMPORT, ps->at++);

    n->as.import.name = cf__parse_expr(ps, true);
    if (!n->as.import.name || !cf__expect_word(ps, "import"))
        return NULL;
    for (;;) {
        if (n->as.import.count && !cf__expect(ps, T_COMMA))
            return NULL;
        if (ps->at->type != T_NAME)
            return cf__expect(ps, T_NAME) ? n : NULL;
        if (parse_context(ps, n))
            return n;
        if (!parse_imported(ps, n))
            return NULL;
        if (parse_context(ps, n) || ps->at->type != T_COMMA)
            return n;
    }
}
