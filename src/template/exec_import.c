/* exec_import.c -- extends, include, import, blocks, self and super. */
#include "template/runtime.h"

static flow fail(vm *m, const node *n)
{
    cf__fail_node(m, n);
    return FLOW_ERROR;
}

/* Adds how one got into the template that failed. */
static flow fail_inside(vm *m, const node *n, const char *how)
{
    if (!m->eval.err->input[0])
        return fail(m, n);
    cf__add_way(m, how, m->tmpl->name, n->line);
    return FLOW_ERROR;
}

/* The variables of the functions around, for a template that may see them. */
static void add_locals(vm *m, const visible_list *seen, context *c)
{
    cf_named *named = cf_new_array(m->eval.arena, cf_named, seen->len + 1);
    size_t    count = 0;

    /* The innermost come first in the list and last in a context. */
    for (uint32_t i = seen->len; i > 0; i--) {
        const visible *v = &seen->items[i - 1];
        cf_value       value = *cf__slot(m, v->ref);
        if (value.type != CF_TYPE_UNDEFINED || value.as.name)
            named[count++] = (cf_named){ v->name, value };
    }
    c->named = named;
    c->nnamed = count;
}

/* A context for another template: everything visible here, or the globals alone. */
static context *other_context(vm *m, const node *n, cf_template *t)
{
    context *c = cf__context(m, n->as.import.with_context ? m->context : NULL);

    if (n->as.import.with_context)
        add_locals(m, &n->as.import.visible, c);
    c->blocks = cf__block_table(m, t);
    return c;
}

/* ---- naming templates ---- */

static bool is_loadable(cf_value v)
{
    return v.type == CF_TYPE_STRING;
}

static bool bad_name(vm *m, cf_value name)
{
    if (name.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, name);
    return cf_fail(m->eval.err, CF_ENOTFOUND, "a template's name must be a string, not %s",
                   cf_type_name(name));
}

/* The first template that there is of what names several. */
static cf_template *select_template(vm *m, cf_value several)
{
    cf_buf   tried = cf_buf_in(m->eval.arena, 0);
    bool     any = true;
    cf_list *names = cf__truth(m, several, &any) && any ? cf__list_of(m, several)
                                                        : cf_list_new(m->eval.arena);

    for (size_t i = 0; names && i < names->len; i++) {
        cf_template *t;
        if (!is_loadable(names->items[i]))
            continue;
        t = cf__use_template(m, cf_text(names->items[i]));
        if (t || m->eval.err->code != CF_ENOTFOUND)
            return t;
        cf_error_clear(m->eval.err);
        cf_buf_printf(&tried, "%s%.*s", tried.len ? ", " : "",
                      CF_STR_ARG(cf_text(names->items[i])));
    }
    if (!names)
        return NULL;
    cf_fail(m->eval.err, CF_ENOTFOUND,
            names->len ? "none of the templates given were found: %s"
                       : "Tried to select from an empty list of templates%s",
            cf_buf_cstr(&tried));
    return NULL;
}

static cf_template *named_template(vm *m, cf_value name, bool many)
{
    if (many && name.type != CF_TYPE_STRING && name.type != CF_TYPE_UNDEFINED)
        return select_template(m, name);
    if (!is_loadable(name)) {
        bad_name(m, name);
        return NULL;
    }
    return cf__use_template(m, cf_text(name));
}

/* ---- statements ---- */

flow cf__exec_extends(vm *m, const node *n)
{
    cf_value name;

    if (m->parent) {
        cf_fail(m->eval.err, CF_ERUNTIME, "extended multiple times");
        return fail(m, n);
    }
    if (!cf__eval(m, n->as.import.name, &name))
        return fail(m, n);
    m->parent = named_template(m, name, false);
    if (!m->parent)
        return m->eval.err->input[0] ? fail_inside(m, n, "extended from") : fail(m, n);
    cf__add_blocks(m->context->blocks, m->parent);
    return FLOW_NEXT;
}

flow cf__exec_include(vm *m, const node *n)
{
    cf_template *t;
    cf_value     name;
    bool         ok;

    if (!cf__eval(m, n->as.import.name, &name))
        return fail(m, n);
    t = named_template(m, name, true);
    if (!t) {
        if (n->as.import.ignore_missing && m->eval.err->code == CF_ENOTFOUND) {
            cf_error_clear(m->eval.err);
            return FLOW_NEXT;
        }
        return m->eval.err->input[0] ? fail_inside(m, n, "included from") : fail(m, n);
    }
    if (!cf__enter_call(m))
        return fail(m, n);
    ok = cf__run_root(m, t, other_context(m, n, t));
    cf__leave_call(m);
    return ok ? FLOW_NEXT : fail_inside(m, n, "included from");
}

/* ---- modules ---- */

typedef struct module {
    cf_object   object;
    const char *name;
    context    *context;
    cf_value    body;
} module;

static bool module_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    module  *mod = (module *)self;
    context *c = mod->context;

    (void)eval;
    if (cf_str_is(name, "__name__"))
        *out = cf_string(mod->name);
    else if (c->exported && cf_map_find(c->exported, cf_string_of(name)))
        *out = cf_map_get_str(c->vars, name);
    return true;
}

static bool module_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    *safe = true;
    cf_buf_str(out, cf_text(((module *)self)->body));
    return true;
}

static void module_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    const cf_map *exported = ((module *)self)->context->exported;

    (void)eval;
    for (size_t i = 0; exported && i < exported->len; i++)
        cf_list_add(out, exported->entries[i].key);
}

static const cf_class module_class = {
    .name = "TemplateModule",
    .get = module_get,
    .text = module_text,
    .names = module_names,
};

static module *make_module(vm *m, const node *n, cf_template *t)
{
    module *mod = cf_new(m->eval.arena, module);
    size_t  start;
    bool    ok;

    mod->object.class = &module_class;
    mod->name = t->name;
    mod->context = other_context(m, n, t);
    if (!cf__enter_call(m))
        return NULL;
    start = cf__capture_begin(m);
    ok = cf__run_root(m, t, mod->context);
    mod->body = cf__capture_end(m, start);
    cf__leave_call(m);
    return ok ? mod : NULL;
}

/* A template's module; without context there is one a render. */
static module *find_module(vm *m, const node *n, cf_template *t)
{
    cf_arena *before = m->eval.arena;
    cf_value *known;
    module   *mod;

    if (n->as.import.with_context)
        return make_module(m, n, t);
    if (!m->modules)
        m->modules = cf_map_new(m->arena);
    known = cf_map_find(m->modules, cf_string(t->name));
    if (known)
        return cf__unpack(*known);
    m->eval.arena = m->arena;
    mod = make_module(m, n, t);
    m->eval.arena = before;
    if (mod)
        cf_map_set(m->modules, t->name, cf__pack(mod));
    return mod;
}

static bool import_name_from(vm *m, const node *n, module *mod, const import_name *name)
{
    cf_value v = { 0 };

    module_get(&m->eval, &mod->object, cf_str_of(name->name), &v);
    if (v.type == CF_TYPE_UNDEFINED && !v.as.name) {
        const cf_map *exported = mod->context->exported;
        const char   *names[128], *near;
        size_t        count = 0;
        for (size_t i = 0; exported && i < exported->len && count < 128; i++)
            names[count++] = exported->entries[i].key.as.text;
        near = cf_nearest(cf_str_of(name->name), names, count);
        v = cf__undefined_hint(
            m, name->name,
            cf_printf(m->eval.arena,
                      "the template '%s' (imported on line %u in '%s') does not export the "
                      "requested name '%s'%s%s%s",
                      mod->name, n->line, m->tmpl->name, name->name, near ? ". Did you mean '" : "",
                      near ? near : "", near ? "'?" : ""),
            CF_EUNDEFINED, false);
    }
    *cf__slot(m, name->target->as.name.ref) = v;
    if (n->toplevel)
        cf__export(m, name->target->as.name.text, v, false);
    return true;
}

flow cf__exec_import(vm *m, const node *n)
{
    cf_template *t;
    cf_value     name;
    module      *mod;

    if (!cf__eval(m, n->as.import.name, &name))
        return fail(m, n);
    t = named_template(m, name, false);
    if (!t)
        return m->eval.err->input[0] ? fail_inside(m, n, "imported from") : fail(m, n);
    mod = find_module(m, n, t);
    if (!mod)
        return fail_inside(m, n, "imported from");
    if (n->kind == N_FROMIMPORT) {
        for (uint32_t i = 0; i < n->as.import.count; i++)
            import_name_from(m, n, mod, &n->as.import.names[i]);
        return FLOW_NEXT;
    }
    *cf__slot(m, n->as.import.target->as.name.ref) = cf_from_object(mod);
    if (n->toplevel)
        cf__export(m, n->as.import.target->as.name.text, cf_from_object(mod), false);
    return FLOW_NEXT;
}

flow cf__exec_block(vm *m, const node *n)
{
    block_stack *stack;
    context     *c = m->context;

    if (n->check_child && m->parent)
        return FLOW_NEXT;
    stack = cf__find_block(c->blocks, n->as.block.name);
    if (n->as.block.required && stack->len <= 1) {
        cf_fail(m->eval.err, CF_ERUNTIME, "Required block '%s' not found", n->as.block.name);
        return fail(m, n);
    }
    if (n->as.block.scoped) {
        c = cf__context(m, c);
        c->blocks = m->context->blocks;
        add_locals(m, &n->as.block.visible, c);
    }
    return cf__run_block(m, stack, 0, c) ? FLOW_NEXT : fail(m, n);
}

/* ---- self and super ---- */

/* One way a block is overridden: called, it renders; its `super` is the next one. */
typedef struct block_ref {
    cf_object   object;
    const char *name;
    uint32_t    level;
    context    *context;
} block_ref;

static const cf_class block_class;

cf_value cf__make_super(vm *m, const char *name, uint32_t level, context *c)
{
    const block_stack *stack = cf__find_block(c->blocks, name);
    block_ref         *ref;

    if (!stack || level >= stack->len)
        return cf__undefined_hint(
            m, "super", cf_printf(m->eval.arena, "there is no parent block called '%s'.", name),
            CF_EUNDEFINED, false);
    ref = cf_new(m->eval.arena, block_ref);
    *ref = (block_ref){ .object = { &block_class }, .name = name, .level = level, .context = c };
    return cf_from_object(ref);
}

static bool block_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    block_ref *ref = (block_ref *)self;

    if (cf_str_is(name, "super") && eval->render)
        *out = cf__make_super(eval->render, ref->name, ref->level + 1, ref->context);
    return true;
}

static bool block_call(cf_call *call, cf_object *self, cf_value *result)
{
    block_ref *ref = (block_ref *)self;
    vm        *m = cf__vm(call->eval);
    size_t     start;
    bool       ok;

    if (!m)
        return false;
    start = cf__capture_begin(m);
    ok = cf__run_block(m, cf__find_block(ref->context->blocks, ref->name), ref->level,
                       ref->context);
    *result = cf__capture_end(m, start);
    result->safe = m->escape;
    return ok;
}

static const cf_class block_class = {
    .name = "BlockReference",
    .get = block_get,
    .call = block_call,
};

typedef struct self_ref {
    cf_object object;
    context  *context;
} self_ref;

/* What people write to learn a template's name: self._TemplateReference__context.name */
static bool context_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)eval;
    if (cf_str_is(name, "name"))
        *out = cf_string(((self_ref *)self)->context->blocks->name);
    return true;
}

static const cf_class context_class = { .name = "Context", .get = context_get };

static bool self_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    self_ref   *ref = (self_ref *)self, *known;
    const char *word = cf_str_dup(eval->arena, name);

    if (cf_str_is(name, "_TemplateReference__context")) {
        known = cf_new(eval->arena, self_ref);
        *known = (self_ref){ .object = { &context_class }, .context = ref->context };
        *out = cf_from_object(known);
        return true;
    }
    if (eval->render && cf__find_block(ref->context->blocks, word))
        *out = cf__make_super(eval->render, word, 0, ref->context);
    return true;
}

static bool self_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)safe;
    cf_buf_puts(out, "<TemplateReference ");
    if (!cf_to_repr(eval, cf_string(((self_ref *)self)->context->blocks->name), out))
        return false;
    cf_buf_putc(out, '>');
    return true;
}

static const cf_class self_class = {
    .name = "TemplateReference",
    .get = self_get,
    .text = self_text,
};

cf_value cf__make_self(vm *m, context *c)
{
    self_ref *ref = cf_new(m->eval.arena, self_ref);

    *ref = (self_ref){ .object = { &self_class }, .context = c };
    return cf_from_object(ref);
}
