/* kind_render.c -- probe kinds "render" and "parse": templates by Jinja2's rules. */
#include "probe.h"

#include <carafe/template.h>

#include <stdio.h>

/* ---- mocks: objects that show how they were used ---- */

typedef struct mock {
    cf_object object;
    cf_str    path;
    bool      empty;
} mock;

static const cf_class mock_class;

static cf_value make_mock(cf_arena *arena, cf_str path, bool empty)
{
    mock *m = cf_new(arena, mock);

    *m = (mock){ { &mock_class }, path, empty };
    return cf_from_object(m);
}

static cf_value mock_child(cf_arena *arena, const mock *m, cf_str name)
{
    return make_mock(
        arena, cf_str_of(cf_printf(arena, "%.*s.%.*s", CF_STR_ARG(m->path), CF_STR_ARG(name))),
        m->empty);
}

static bool mock_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    if (!cf_str_starts(name, CF_STR("__")))
        *out = mock_child(eval->arena, (mock *)self, name);
    return true;
}

static bool mock_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    cf_buf text = cf_buf_in(eval->arena, 0);

    if (!cf_to_text(eval, key, &text))
        return false;
    return mock_get(eval, self, cf_buf_view(&text), out);
}

static bool add_text(cf_eval *eval, cf_value v, cf_buf *out)
{
    cf_str text;

    if (!cf_template_text(eval, v, &text))
        return false;
    cf_buf_str(out, text);
    return true;
}

/* "name(arg, arg, name=value)" */
static bool call_text(cf_call *call, cf_str name, size_t from, cf_str *out)
{
    cf_buf text = cf_buf_in(call->eval->arena, 0);

    cf_buf_printf(&text, "%.*s(", CF_STR_ARG(name));
    for (size_t i = from; i < call->nargs; i++) {
        cf_buf_puts(&text, i > from ? ", " : "");
        if (!add_text(call->eval, call->args[i], &text))
            return false;
    }
    for (size_t i = 0; i < call->nkwargs; i++) {
        cf_buf_printf(&text, "%s%.*s=", call->nargs > from || i ? ", " : "",
                      CF_STR_ARG(call->kwargs[i].name));
        if (!add_text(call->eval, call->kwargs[i].value, &text))
            return false;
    }
    cf_buf_putc(&text, ')');
    *out = cf_buf_view(&text);
    return true;
}

static bool mock_call(cf_call *call, cf_object *self, cf_value *result)
{
    cf_str text;

    if (!call_text(call, ((mock *)self)->path, 0, &text))
        return false;
    *result = make_mock(call->eval->arena, text, ((mock *)self)->empty);
    return true;
}

static bool mock_next(cf_iter *iter, cf_eval *eval, cf_value *item, bool *done)
{
    const mock *m = (mock *)iter->source.as.object;
    char        name[8];

    *done = m->empty || iter->pos >= 2;
    if (*done)
        return true;
    snprintf(name, sizeof name, "%zu", iter->pos++);
    *item = mock_child(eval->arena, m, cf_str_of(name));
    return true;
}

static bool mock_iter(cf_eval *eval, cf_object *self, cf_iter *iter)
{
    (void)eval;
    iter->source = cf_from_object(self);
    iter->next = mock_next;
    return true;
}

static bool mock_length(cf_eval *eval, cf_object *self, int64_t *out)
{
    (void)eval;
    *out = ((mock *)self)->empty ? 0 : 2;
    return true;
}

static bool mock_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    (void)safe;
    cf_buf_str(out, ((mock *)self)->path);
    return true;
}

static bool mock_truth(cf_eval *eval, cf_object *self, bool *out)
{
    (void)eval;
    *out = !((mock *)self)->empty;
    return true;
}

static bool mock_equal(cf_object *a, cf_value b)
{
    return b.type == CF_TYPE_OBJECT && b.as.object->class == &mock_class &&
           cf_str_eq(((mock *)a)->path, ((mock *)b.as.object)->path);
}

static bool mock_contains(cf_eval *eval, cf_object *self, cf_value item, bool *out)
{
    (void)eval;
    (void)self;
    (void)item;
    *out = false;
    return true;
}

static const cf_class mock_class = {
    .name = "Mock",
    .get = mock_get,
    .item = mock_item,
    .call = mock_call,
    .iter = mock_iter,
    .length = mock_length,
    .text = mock_text,
    .truth = mock_truth,
    .equal = mock_equal,
    .contains = mock_contains,
};

/* ---- reading a case ---- */

/* Turns {"$html": …} and {"$mock": …} into what they stand for, in place. */
static cf_value revive(cf_arena *arena, cf_value v)
{
    if (v.type == CF_TYPE_LIST)
        for (size_t i = 0; i < v.as.list->len; i++)
            v.as.list->items[i] = revive(arena, v.as.list->items[i]);
    if (v.type != CF_TYPE_MAP)
        return v;
    cf_value html = cf_map_get(v.as.map, "$html"), path = cf_map_get(v.as.map, "$mock");
    if (html.type == CF_TYPE_STRING)
        return cf_safe_of(cf_text(html));
    if (path.type == CF_TYPE_STRING)
        return make_mock(arena, cf_text(path), cf_truth(cf_map_get(v.as.map, "empty")));
    for (size_t i = 0; i < v.as.map->len; i++)
        v.as.map->entries[i].value = revive(arena, v.as.map->entries[i].value);
    return v;
}

static const char *option(probe_case *c, const cf_map *options, const char *name)
{
    return cf_cstr(c->arena, cf_map_get(options, name), NULL);
}

static bool flag(const cf_map *options, const char *name)
{
    return cf_truth(cf_map_get(options, name));
}

static void read_delimiters(probe_case *c, const cf_map *o, cf_template_options *out)
{
    out->block_start = option(c, o, "block_start_string");
    out->block_end = option(c, o, "block_end_string");
    out->variable_start = option(c, o, "variable_start_string");
    out->variable_end = option(c, o, "variable_end_string");
    out->comment_start = option(c, o, "comment_start_string");
    out->comment_end = option(c, o, "comment_end_string");
    out->line_statement_prefix = option(c, o, "line_statement_prefix");
    out->line_comment_prefix = option(c, o, "line_comment_prefix");
    out->newline_sequence = option(c, o, "newline_sequence");
    out->trim_blocks = flag(o, "trim_blocks");
    out->lstrip_blocks = flag(o, "lstrip_blocks");
    out->keep_trailing_newline = flag(o, "keep_trailing_newline");
}

static unsigned read_extensions(const cf_map *o)
{
    cf_value list = cf_map_get(o, "extensions");
    unsigned bits = 0;

    for (size_t i = 0; list.type == CF_TYPE_LIST && i < list.as.list->len; i++) {
        cf_str name = cf_text(list.as.list->items[i]);
        bits |= cf_str_is(name, "do") ? CF_JINJA_DO : 0;
        bits |= cf_str_is(name, "loopcontrols") ? CF_JINJA_LOOPCONTROLS : 0;
        bits |= cf_str_is(name, "i18n") ? CF_JINJA_I18N : 0;
        bits |= cf_str_is(name, "debug") ? CF_JINJA_DEBUG : 0;
    }
    return bits;
}

static void read_policies(probe_case *c, cf_value policies, cf_template_options *out)
{
    cf_value leeway, dumps;

    if (policies.type != CF_TYPE_MAP)
        return;
    leeway = cf_map_get(policies.as.map, "truncate.leeway");
    if (leeway.type == CF_TYPE_INT)
        out->truncate_leeway = leeway.as.integer ? leeway.as.integer : -1;
    out->urlize_rel = option(c, policies.as.map, "urlize.rel");
    out->urlize_target = option(c, policies.as.map, "urlize.target");
    cf_value schemes = cf_map_get(policies.as.map, "urlize.extra_schemes");
    if (schemes.type == CF_TYPE_LIST) {
        cf_buf words = cf_buf_in(c->arena, 0);
        for (size_t i = 0; i < schemes.as.list->len; i++)
            cf_buf_printf(&words, "%.*s ", CF_STR_ARG(cf_text(schemes.as.list->items[i])));
        out->urlize_schemes = cf_buf_cstr(&words);
    }
    out->trimmed_gettext = flag(policies.as.map, "ext.i18n.trimmed");
    dumps = cf_map_get(policies.as.map, "json.dumps_kwargs");
    if (dumps.type == CF_TYPE_MAP)
        out->json_keep_order = !flag(dumps.as.map, "sort_keys");
}

/* The message in the catalogue of the context's LANGUAGE. */
static bool translate(void *data, cf_eval *eval, cf_str context, cf_str singular, cf_str plural,
                      int64_t n, cf_str *out)
{
    const cf_map *catalogues = data;
    cf_value      language = cf_template_variable(eval, "LANGUAGE"), found;

    *out = plural.ptr && n != 1 ? plural : singular;
    found = cf_map_get_str(catalogues,
                           language.type == CF_TYPE_STRING ? cf_text(language) : CF_STR("en"));
    if (found.type != CF_TYPE_MAP)
        return true;
    found = cf_map_get_str(found.as.map, *out);
    if (found.type == CF_TYPE_MAP)
        found = cf_map_get_str(found.as.map, context);
    if (found.type == CF_TYPE_STRING)
        *out = cf_text(found);
    return true;
}

static bool echo(cf_call *call, cf_value *result)
{
    cf_str text;

    if (!call_text(call, cf_str_of(call->data), 0, &text))
        return false;
    *result = cf_string_of(text);
    return true;
}

static void read_modes(probe_case *c, const cf_map *o, cf_template_options *out)
{
    static const char *const kinds[] = { "default", "chainable", "debug", "strict" };
    cf_value escape = cf_map_get(o, "autoescape"), sandbox = cf_map_get(o, "sandbox");
    cf_str   undefined = cf_text(cf_map_get(o, "undefined"));

    out->autoescape = cf_str_is(cf_text(escape), "select") ? CF_AUTOESCAPE_SELECT
                      : cf_truth(escape)                   ? CF_AUTOESCAPE_ON
                                                           : CF_AUTOESCAPE_OFF;
    for (unsigned i = 0; i < 4; i++)
        if (cf_str_is(undefined, kinds[i]))
            out->undefined = (cf_undefined_kind)i;
    if (cf_truth(sandbox))
        out->sandbox = cf_str_is(cf_text(sandbox), "immutable") ? CF_SANDBOX_IMMUTABLE
                                                                : CF_SANDBOX_ON;
    out->newstyle_gettext = flag(o, "newstyle");
    read_policies(c, cf_map_get(o, "policies"), out);
}

/* Every render is bounded here, whatever the case asks. */
static cf_templates *read_environment(probe_case *c, const cf_map *sources)
{
    cf_value            options = cf_map_get(c->in, "options"), globals, filters, catalogues;
    const cf_map       *o = options.type == CF_TYPE_MAP ? options.as.map : cf_map_new(c->arena);
    cf_template_options out = { .loader = cf_template_map(sources),
                                .max_steps = 5000000,
                                .max_time_us = 3000000,
                                .max_memory = CF_MIB(256) };
    cf_templates       *env;

    read_delimiters(c, o, &out);
    read_modes(c, o, &out);
    out.extensions = read_extensions(o);
    catalogues = cf_map_get(o, "translations");
    if (catalogues.type == CF_TYPE_MAP) {
        out.translate = translate;
        out.translate_data = catalogues.as.map;
    }
    env = cf_templates_new(c->arena, &out);
    globals = revive(c->arena, cf_map_get(o, "globals"));
    for (size_t i = 0; globals.type == CF_TYPE_MAP && i < globals.as.map->len; i++)
        cf_templates_global(env, cf_cstr(c->arena, globals.as.map->entries[i].key, ""),
                            globals.as.map->entries[i].value);
    filters = cf_map_get(o, "echo_filters");
    for (size_t i = 0; filters.type == CF_TYPE_LIST && i < filters.as.list->len; i++) {
        char *name = cf_str_dup(c->arena, cf_text(filters.as.list->items[i]));
        cf_templates_filter(env, name, echo, name);
    }
    return env;
}

/* ---- answering ---- */

static const char *error_class(cf_code code)
{
    switch (code) {
    case CF_ESYNTAX:
        return "syntax";
    case CF_EUNDEFINED:
        return "undefined";
    case CF_ENOTFOUND:
        return "notfound";
    case CF_ESECURITY:
        return "security";
    default:
        return "runtime";
    }
}

static void put_error(probe_case *c, const cf_error *err)
{
    probe_put(c, "error", cf_string(error_class(err->code)));
    probe_put(c, "line", cf_int(err->input_line));
    probe_put(c, "template", cf_string_copy(c->arena, cf_str_of(err->input)));
    probe_put(c, "message", cf_string_copy(c->arena, cf_str_of(err->message)));
}

static bool add_piece(void *data, cf_str piece, cf_error *err)
{
    cf_buf_str(data, piece);
    return cf_buf_ok(data, err);
}

/* Renders whole or, with the option "stream", in small pieces. */
static bool render(probe_case *c, cf_template *t, cf_eval *eval, const cf_named *vars, size_t count,
                   cf_buf *out)
{
    cf_value options = cf_map_get(c->in, "options");
    cf_sink  sink = { .write = add_piece, .data = out, .chunk = 64 };

    return options.type == CF_TYPE_MAP && flag(options.as.map, "stream")
               ? cf_template_stream(t, eval, vars, count, &sink)
               : cf_template_render(t, eval, vars, count, out);
}

void probe_render(probe_case *c)
{
    cf_value      sources = cf_map_get(c->in, "templates"), context = cf_map_get(c->in, "context");
    cf_error      err = { 0 };
    cf_eval       eval = { .arena = c->arena, .err = &err };
    cf_buf        out = cf_buf_in(c->arena, 0);
    cf_named     *vars = NULL;
    size_t        count = 0;
    cf_templates *env;
    cf_template  *t;

    env = read_environment(c, sources.type == CF_TYPE_MAP ? sources.as.map : cf_map_new(c->arena));
    context = revive(c->arena, context);
    if (context.type == CF_TYPE_MAP)
        count = cf_named_of_map(c->arena, context.as.map, &vars);
    t = cf_template_get(env, probe_text(c, "main"), &err);
    if (!t || !render(c, t, &eval, vars, count, &out)) {
        put_error(c, &err);
        return;
    }
    probe_put(c, "output", cf_string_of(cf_str_to_utf8(c->arena, cf_buf_view(&out))));
}

void probe_parse(probe_case *c)
{
    cf_error      err = { 0 };
    cf_templates *env = read_environment(c, cf_map_new(c->arena));
    cf_template  *t = cf_template_from_string(env, CF_STR("source"), probe_text(c, "source"), &err);
    /* Filters and tests that nobody knows are no matter of syntax. */
    bool accept = t || cf_str_starts(cf_str_of(err.message), CF_STR("No filter named")) ||
                  cf_str_starts(cf_str_of(err.message), CF_STR("No test named"));

    probe_put(c, "accept", cf_bool(accept));
    if (!accept) {
        probe_put(c, "line", cf_int(err.input_line));
        probe_put(c, "message", cf_string_copy(c->arena, cf_str_of(err.message)));
    }
    cf_template_release(t);
}
