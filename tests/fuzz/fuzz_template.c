/* fuzz_template.c -- any source, compiled and rendered with limits and a context of every type.
 *
 * The first byte chooses options; the rest is the source. "part" is a template it may include. */
#include "template_twice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static cf_map *make_sources(cf_arena *arena, const uint8_t *data, size_t size)
{
    cf_map *sources = cf_map_new(arena);

    cf_map_set(sources, "main", cf_string_of(cf_str_n((const char *)data, size)));
    cf_map_set(sources, "part",
               cf_string("{% macro m(a, b=1) %}{{ a }}{{ caller() if caller }}"
                         "{% endmacro %}{% block x %}{{ i }}{% endblock %}"));
    return sources;
}

static size_t make_context(cf_arena *arena, cf_named *vars)
{
    cf_list *list = cf_list_new(arena);
    cf_map  *map = cf_map_new(arena);
    size_t   n = 0;

    cf_list_add(list, cf_int(3));
    cf_list_add(list, cf_string("b<&"));
    cf_list_add(list, cf_float(1.5));
    cf_list_add(list, cf_none());
    cf_map_set(map, "a", cf_int(1));
    cf_map_set(map, "b", cf_from_list(list));
    vars[n++] = (cf_named){ "i", cf_int(7) };
    vars[n++] = (cf_named){ "f", cf_float(-2.25) };
    vars[n++] = (cf_named){ "s", cf_string("h\xC3\xA9llo \xCE\xA3 <b>") };
    vars[n++] = (cf_named){ "h", cf_safe("<i>x</i>") };
    vars[n++] = (cf_named){ "l", cf_from_list(list) };
    vars[n++] = (cf_named){ "d", cf_from_map(map) };
    vars[n++] = (cf_named){ "t", cf_bool(true) };
    return n;
}

static cf_template_options make_options(uint8_t bits)
{
    return (cf_template_options){
        .extensions = CF_JINJA_DO | CF_JINJA_LOOPCONTROLS | CF_JINJA_I18N | CF_JINJA_DEBUG,
        .autoescape = bits & 1 ? CF_AUTOESCAPE_ON : CF_AUTOESCAPE_OFF,
        .undefined = (cf_undefined_kind)(bits >> 1 & 3),
        .sandbox = bits & 8 ? CF_SANDBOX_ON : CF_SANDBOX_OFF,
        .trim_blocks = (bits & 16) != 0,
        .lstrip_blocks = (bits & 32) != 0,
        .line_statement_prefix = bits & 64 ? "#" : NULL,
        .line_comment_prefix = bits & 64 ? "##" : NULL,
        .newstyle_gettext = (bits & 128) != 0,
        .max_steps = 20000,
        .max_output = CF_KIB(256),
        .max_memory = CF_MIB(64),
        .max_range = 100000,
        .seed = 1,
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena           *arena;
    cf_template_options options;
    cf_error            err = { 0 };
    cf_template        *t;

    if (!size)
        return 0;
    arena = cf_arena_new();
    options = make_options(data[0]);
    options.loader = cf_template_map(make_sources(arena, data + 1, size - 1));
    cf_templates *env = cf_templates_new(arena, &options);
    t = cf_template_get(env, CF_STR("main"), &err);
    if (t)
        render_twice(t, arena, make_context, &err);
    if (err.code)
        cf_template_excerpt(env, arena, &err);
    cf_arena_free(arena);
    return 0;
}
