/* check.c -- what compiling one template cannot see: whether those it names exist, and whether the
 * blocks it overrides are anywhere in the templates it extends. */
#include "template/parser.h"
#include "template/runtime.h"
#include "template/scope.h"

#include <stdlib.h>

/* Layouts of layouts; a template that extends itself ends here. */
#define MOST_PARENTS 32

typedef struct checking {
    cf_templates *env;
    cf_template  *tmpl;
    cf_template  *parents[MOST_PARENTS];
    size_t        nparents;
    unsigned      blocks;  /* Blocks around the node that is looked at. */
    bool          unknown; /* Some parent has no constant name. */
    cf_error     *err;
    bool          failed;
} checking;

static void place_error(checking *c, const node *n)
{
    cf_fail_in(c->err, c->tmpl->name, (int)n->line, cf__column(c->tmpl->source, n->pos));
    c->failed = true;
}

/* ---- templates that are named ---- */

/* Looks for one of the names a statement gives; a list is satisfied by any. */
static bool any_exists(checking *c, cf_value name, cf_error *err)
{
    if (name.type == CF_TYPE_STRING)
        return cf_template_get(c->env, cf_text(name), err) != NULL;
    for (size_t i = 0; name.type == CF_TYPE_LIST && i < name.as.list->len; i++)
        if (any_exists(c, name.as.list->items[i], err))
            return true;
    return name.type != CF_TYPE_LIST;
}

static void check_reference(checking *c, const node *n)
{
    const node *name = n->as.import.name;
    cf_error    err = { 0 };

    if (name->kind != N_CONST || n->as.import.ignore_missing)
        return;
    if (any_exists(c, name->as.constant.value, &err) || err.code != CF_ENOTFOUND)
        return; /* An error inside that template is said when its own turn comes. */
    *c->err = err;
    place_error(c, n);
}

/* ---- blocks ---- */

static bool has_block(const cf_template *t, const char *name)
{
    for (uint32_t i = 0; i < t->nblocks; i++)
        if (strcmp(t->blocks[i].name, name) == 0)
            return true;
    return false;
}

static const char *nearest_block(const checking *c, const char *name)
{
    const char *names[256];
    size_t      count = 0;

    for (size_t p = 0; p < c->nparents; p++)
        for (uint32_t i = 0; i < c->parents[p]->nblocks && count < 256; i++)
            names[count++] = c->parents[p]->blocks[i].name;
    return cf_nearest(cf_str_of(name), names, count);
}

/* A block that stands in no other one shows only where a parent has it. */
static void check_block(checking *c, const node *n)
{
    const char *near;

    if (!c->nparents || c->unknown || c->blocks)
        return;
    for (size_t p = 0; p < c->nparents; p++)
        if (has_block(c->parents[p], n->as.block.name))
            return;
    near = nearest_block(c, n->as.block.name);
    cf_fail(c->err, CF_ENOTFOUND,
            "block '%s' never shows: no template that this one extends has it%s%s%s",
            n->as.block.name, near ? ". Did you mean '" : "", near ? near : "", near ? "'?" : "");
    place_error(c, n);
}

static void check_node(node *n, void *data)
{
    checking *c = data;

    if (c->failed)
        return;
    if (n->kind == N_EXTENDS || n->kind == N_INCLUDE || n->kind == N_IMPORT ||
        n->kind == N_FROMIMPORT)
        check_reference(c, n);
    if (n->kind == N_BLOCK && !c->failed)
        check_block(c, n);
    c->blocks += n->kind == N_BLOCK;
    cf__each_child(n, check_node, c);
    c->blocks -= n->kind == N_BLOCK;
}

/* ---- parents ---- */

/* The extends statement of a template, when there is one at all. */
static const node *extends_of(const cf_template *t)
{
    for (uint32_t i = 0; i < t->root->body.len; i++)
        if (t->root->body.items[i]->kind == N_EXTENDS)
            return t->root->body.items[i];
    return NULL;
}

static void find_parents(checking *c)
{
    cf_template *t = c->tmpl;
    const node  *n;

    while (t && c->nparents < MOST_PARENTS && (n = extends_of(t))) {
        const node *name = n->as.import.name;
        if (name->kind != N_CONST || name->as.constant.value.type != CF_TYPE_STRING) {
            c->unknown = true;
            return;
        }
        t = cf_template_get(c->env, cf_text(name->as.constant.value), NULL);
        if (t)
            c->parents[c->nparents++] = t;
        c->unknown = !t;
    }
}

bool cf_template_check(cf_templates *env, cf_str name, cf_error *err)
{
    cf_error own = { 0 };
    checking c = { .env = env, .err = err ? err : &own };

    c.tmpl = cf_template_get(env, name, err);
    if (!c.tmpl)
        return false;
    find_parents(&c);
    for (uint32_t i = 0; i < c.tmpl->root->body.len; i++)
        check_node(c.tmpl->root->body.items[i], &c);
    return !c.failed;
}

/* ---- all names ---- */

static int by_name(const void *a, const void *b)
{
    return cf_str_cmp(cf_text(*(const cf_value *)a), cf_text(*(const cf_value *)b));
}

void cf_templates_names(cf_templates *env, cf_list *out)
{
    const cf_template_loader *loader = &env->options.loader;
    size_t                    kept = 0;

    if (!loader->names)
        return;
    loader->names(loader->data, out);
    qsort(out->items, out->len, sizeof *out->items, by_name);
    for (size_t i = 0; i < out->len; i++)
        if (!kept || !cf_equal(out->items[kept - 1], out->items[i]))
            out->items[kept++] = out->items[i];
    out->len = kept;
}
