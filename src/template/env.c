/* env.c -- environments: globals, filters, tests, and the templates compiled so far. */
#include "template/runtime.h"

#include "template/compile.h"
#include "template/parser.h"

/* Pointers are kept in maps of values as if they were functions. */
cf_value cf__pack(void *ptr)
{
    return (cf_value){ .type = CF_TYPE_FUNCTION, .as.function = ptr };
}

void *cf__unpack(cf_value v)
{
    union {
        const void *from;
        void       *to;
    } cast = { v.as.function };

    return cast.to;
}

static void fill_limits(cf_template_options *o)
{
    bool sandbox = o->sandbox != CF_SANDBOX_OFF;

    if (!o->max_depth)
        o->max_depth = 200;
    if (!o->max_output)
        o->max_output = CF_MIB(64);
    if (sandbox && !o->max_steps)
        o->max_steps = 10000000;
    if (sandbox && !o->max_time_us)
        o->max_time_us = 5000000;
    if (sandbox && !o->max_memory)
        o->max_memory = CF_MIB(256);
    if (!o->max_range)
        o->max_range = sandbox ? 100000 : INT64_MAX;
    if (!o->truncate_leeway)
        o->truncate_leeway = 5;
    else if (o->truncate_leeway < 0)
        o->truncate_leeway = 0;
    if (!o->urlize_rel)
        o->urlize_rel = "noopener";
}

static void free_templates(void *data)
{
    cf_templates_clear(data);
}

cf_templates *cf_templates_new(cf_arena *arena, const cf_template_options *options)
{
    cf_templates *env = cf_new(arena, cf_templates);

    env->arena = arena;
    if (options)
        env->options = *options;
    fill_limits(&env->options);
    env->globals = cf_map_new(arena);
    env->computed = cf_map_new(arena);
    env->templates = cf_map_new(arena);
    cf__add_globals(env);
    cf_arena_defer(arena, free_templates, env);
    return env;
}

void cf_templates_global(cf_templates *env, const char *name, cf_value value)
{
    cf_map_set(env->globals, name, value);
}

void cf_templates_computed(cf_templates *env, const char                               *name,
                           bool (*get)(void *data, cf_eval *eval, cf_value *out), void *data)
{
    computed *c = cf_new(env->arena, computed);

    *c = (computed){ get, data };
    cf_map_set(env->computed, name, cf__pack(c));
}

static void add_operation(cf_templates *env, operation **list, size_t *count, const char *name,
                          cf_callback *call, void *data)
{
    /* Compiled templates point into the old list, which stays where it is. */
    operation *grown = cf_new_array(env->arena, operation, *count + 1);

    if (*count)
        memcpy(grown, *list, *count * sizeof **list);
    grown[*count] = (operation){ .name = name, .call = call, .data = data };
    *list = grown;
    ++*count;
}

void cf_templates_filter(cf_templates *env, const char *name, cf_callback *filter, void *data)
{
    add_operation(env, &env->filters, &env->nfilters, name, filter, data);
}

void cf_templates_test(cf_templates *env, const char *name, cf_callback *test, void *data)
{
    add_operation(env, &env->tests, &env->ntests, name, test, data);
}

static const operation *const filter_tables[] = { cf__filters_text, cf__filters_list,
                                                  cf__filters_lazy, cf__filters_number,
                                                  cf__filters_html, cf__filters_select };
static const operation *const test_tables[] = { cf__tests };

/* The app's latest first, then the built-in ones. */
static const operation *find_operation(const operation *own, size_t count,
                                       const operation *const *tables, size_t ntables,
                                       const char *name)
{
    for (size_t i = count; i > 0; i--)
        if (strcmp(own[i - 1].name, name) == 0)
            return &own[i - 1];
    for (size_t t = 0; t < ntables; t++)
        for (const operation *o = tables[t]; o->name; o++)
            if (strcmp(o->name, name) == 0)
                return o;
    return NULL;
}

const operation *cf__find_filter(const cf_templates *env, const char *name)
{
    return find_operation(env->filters, env->nfilters, filter_tables,
                          sizeof filter_tables / sizeof *filter_tables, name);
}

const operation *cf__find_test(const cf_templates *env, const char *name)
{
    return find_operation(env->tests, env->ntests, test_tables,
                          sizeof test_tables / sizeof *test_tables, name);
}

static size_t operation_names(const operation *own, size_t count, const operation *const *tables,
                              size_t ntables, cf_arena *arena, const char ***out)
{
    size_t n = 0;

    *out = cf_new_array(arena, const char *, count + 256);
    for (size_t i = 0; i < count; i++)
        (*out)[n++] = own[i].name;
    for (size_t t = 0; t < ntables; t++)
        for (const operation *o = tables[t]; o->name && n < count + 256; o++)
            (*out)[n++] = o->name;
    return n;
}

size_t cf__filter_names(const cf_templates *env, cf_arena *arena, const char ***out)
{
    return operation_names(env->filters, env->nfilters, filter_tables,
                           sizeof filter_tables / sizeof *filter_tables, arena, out);
}

size_t cf__test_names(const cf_templates *env, cf_arena *arena, const char ***out)
{
    return operation_names(env->tests, env->ntests, test_tables,
                           sizeof test_tables / sizeof *test_tables, arena, out);
}

/* ---- templates ---- */

static bool escapes(const cf_templates *env, cf_str name)
{
    static const char *const endings[] = { ".html", ".htm", ".xml", ".xhtml", ".svg" };

    if (env->options.autoescape != CF_AUTOESCAPE_SELECT)
        return env->options.autoescape == CF_AUTOESCAPE_ON;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        cf_str end = cf_str_of(endings[i]);
        if (name.len >= end.len &&
            cf_str_ieq(cf_str_slice(name, name.len - end.len, name.len), end))
            return true;
    }
    return false;
}

/* Sources beyond this are refused: everything about one is kept in 32 bits. */
#define MOST_SOURCE CF_MIB(64)

static cf_template *new_template(cf_templates *env, cf_arena *arena, cf_str name, cf_str source)
{
    cf_template *t = cf_new(arena, cf_template);

    t->env = env;
    t->arena = arena;
    t->name = cf_str_dup(arena, name);
    t->escape = escapes(env, name);
    t->refs = 1;
    t->source = cf__lex_source(arena, &env->options, source);
    return t;
}

/* Compiles a source in an arena that becomes the template's, or is freed. */
static cf_template *compile(cf_templates *env, cf_arena *arena, cf_str name, cf_str source,
                            cf_error *err)
{
    cf_template *t;
    tree        *parsed;

    if (source.len > MOST_SOURCE) {
        cf_fail(err, CF_ELIMIT, "template is larger than %zu bytes", MOST_SOURCE);
        cf_arena_free(arena);
        return NULL;
    }
    t = new_template(env, arena, name, source);
    parsed = cf__parse(arena, &env->options, t->name, t->source, err);
    if (!parsed || !cf__compile(env, t, parsed, err)) {
        cf_arena_free(arena);
        return NULL;
    }
    return t;
}

void cf__template_unref(cf_template *t)
{
    if (--t->refs == 0)
        cf_arena_free(t->arena);
}

void cf_templates_clear(cf_templates *env)
{
    for (size_t i = 0; i < env->templates->len; i++)
        cf__template_unref(cf__unpack(env->templates->entries[i].value));
    env->templates = cf_map_new(env->arena);
}

cf_template *cf_template_from_string(cf_templates *env, cf_str name, cf_str source, cf_error *err)
{
    return compile(env, cf_arena_new(), name, source, err);
}

void cf_template_release(cf_template *t)
{
    if (t)
        cf__template_unref(t);
}

cf_str cf_template_name(const cf_template *t)
{
    return cf_str_of(t->name);
}

/* The nearest name that the loader knows, for messages. */
static const char *nearest_template(cf_templates *env, cf_arena *arena, cf_str name)
{
    cf_list     *list = cf_list_new(arena);
    const char **names;

    if (!env->options.loader.names)
        return NULL;
    env->options.loader.names(env->options.loader.data, list);
    names = cf_new_array(arena, const char *, list->len + 1);
    for (size_t i = 0; i < list->len; i++)
        names[i] = cf_cstr(arena, list->items[i], NULL);
    return cf_nearest(name, names, list->len);
}

static bool not_found(cf_templates *env, cf_arena *arena, cf_str name, cf_error *err)
{
    const char *near = nearest_template(env, arena, name);

    if (near)
        return cf_fail(err, CF_ENOTFOUND, "no template named '%.*s'. Did you mean '%s'?",
                       CF_STR_ARG(name), near);
    return cf_fail(err, CF_ENOTFOUND, "no template named '%.*s'", CF_STR_ARG(name));
}

static cf_template *load(cf_templates *env, cf_str name, cf_error *err)
{
    const cf_template_loader *loader = &env->options.loader;
    cf_template_source        source = { 0 };
    cf_error                  failure = { 0 };
    cf_arena                 *arena = cf_arena_new();
    cf_template              *t;

    if (!loader->load || !loader->load(loader->data, arena, name, &source, &failure)) {
        if (!failure.code || failure.code == CF_ENOTFOUND)
            not_found(env, arena, name, err);
        else if (err)
            *err = failure;
        cf_arena_free(arena);
        return NULL;
    }
    t = compile(env, arena, name, source.text, err);
    if (t)
        t->version = source.version;
    return t;
}

static bool changed(const cf_templates *env, const cf_template *t)
{
    const cf_template_loader *loader = &env->options.loader;

    return env->options.reload && loader->version &&
           loader->version(loader->data, cf_str_of(t->name)) != t->version;
}

cf_template *cf_template_get(cf_templates *env, cf_str name, cf_error *err)
{
    cf_value    *known = cf_map_find(env->templates, cf_string_of(name));
    cf_template *old = known ? cf__unpack(*known) : NULL, *t;

    if (old && !changed(env, old))
        return old;
    t = load(env, name, err);
    if (!t)
        return NULL;
    if (old)
        cf_map_remove(env->templates, cf_string_of(name));
    cf_map_put(env->templates, cf_string(t->name), cf__pack(t));
    if (old)
        cf__template_unref(old);
    return t;
}
