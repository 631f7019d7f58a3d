/* test_check.c -- checking templates without running them, translations, and callbacks that wait.
 */
#include "helpers.h"

#include <carafe/fiber.h>

/* ---- checking ---- */

static cf_map *folder(cf_arena *arena)
{
    cf_map *sources = cf_map_new(arena);

    cf_map_set(sources, "base.html",
               cf_string("{% block title %}{% endblock %}{% block content %}{% endblock %}"));
    cf_map_set(sources, "good.html",
               cf_string("{% extends 'base.html' %}{% block content %}{% block inner %}"
                         "{% endblock %}{% endblock %}{% include 'gone' ignore missing %}"));
    cf_map_set(sources, "block.html",
               cf_string("{% extends 'good.html' %}\n  {% block contnet %}{% endblock %}"));
    cf_map_set(sources, "include.html",
               cf_string("{% if x %}{% include 'bsae.html' %}{% endif %}"));
    cf_map_set(sources, "import.html",
               cf_string("{% macro m() %}{% from 'nope' import a %}{% endmacro %}"));
    cf_map_set(sources, "any.html", cf_string("{% include ['nope', 'base.html'] %}"));
    cf_map_set(sources, "dynamic.html",
               cf_string("{% extends layout %}{% block anything %}{% endblock %}"));
    cf_map_set(sources, "filter.html", cf_string("{{ title|shuot }}"));
    return sources;
}

static bool shout(cf_call *call, cf_value *out)
{
    cf_str text;

    if (!cf_template_text(call->eval, call->args[0], &text))
        return false;
    *out = cf_string_printf(call->eval->arena, "%.*s!", CF_STR_ARG(text));
    return true;
}

Test(check, says_what_compiling_alone_does_not_see)
{
    static const struct {
        const char *name;
        cf_code     code;
        int         line, column;
        const char *message;
    } cases[] = {
        { "base.html", CF_OK, 0, 0, "" },
        { "good.html", CF_OK, 0, 0, "" },
        { "any.html", CF_OK, 0, 0, "" },
        { "dynamic.html", CF_OK, 0, 0, "" },
        { "block.html", CF_ENOTFOUND, 2, 6,
          "block 'contnet' never shows: no template that this one extends has it. Did you mean "
          "'content'?" },
        { "include.html", CF_ENOTFOUND, 1, 14,
          "no template named 'bsae.html'. Did you mean 'base.html'?" },
        { "import.html", CF_ENOTFOUND, 1, 19, "no template named 'nope'" },
        { "filter.html", CF_ESYNTAX, 1, 10, "No filter named 'shuot'. Did you mean 'shout'?" },
    };
    cf_arena           *arena = cf_arena_new();
    cf_template_options options = { .loader = cf_template_map(folder(arena)) };
    cf_templates       *env = cf_templates_new(arena, &options);

    cf_templates_filter(env, "shout", shout, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_error err = { 0 };
        bool     ok = cf_template_check(env, cf_str_of(cases[i].name), &err);

        cr_expect_eq(ok, cases[i].code == CF_OK, "%s: %s", cases[i].name, err.message);
        cr_expect_eq(err.code, cases[i].code, "%s: %s", cases[i].name, err.message);
        cr_expect_str_eq(err.message, cases[i].message);
        cr_expect_eq(err.input_line, cases[i].line, "%s", cases[i].name);
        cr_expect_eq(err.input_column, cases[i].column, "%s: %d", cases[i].name, err.input_column);
    }
    cf_arena_free(arena);
}

Test(check, names_are_sorted_and_come_once)
{
    cf_arena           *arena = cf_arena_new();
    cf_template_options options = { .loader = cf_template_map(folder(arena)) };
    cf_list            *names = cf_list_new(arena);

    cf_templates_names(cf_templates_new(arena, &options), names);
    cr_expect_eq(names->len, 8);
    cr_expect_str_eq(cf_cstr(arena, names->items[0], ""), "any.html");
    cr_expect_str_eq(cf_cstr(arena, names->items[7], ""), "include.html");
    cf_arena_free(arena);
}

/* ---- what callbacks see ---- */

Test(check, a_filter_shows_undefined_values_as_the_environment_does)
{
    static const struct {
        cf_undefined_kind kind;
        const char       *want;
    } cases[] = {
        { CF_UNDEFINED_DEFAULT, "!" },
        { CF_UNDEFINED_DEBUG, "{{ nothing }}!" },
        { CF_UNDEFINED_STRICT, "EUNDEFINED: 'nothing' is undefined" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_arena           *arena = cf_arena_new();
        cf_template_options options = { .undefined = cases[i].kind };
        cf_templates       *env = cf_templates_new(arena, &options);
        cf_error            err = { 0 };
        cf_eval             eval = { .arena = arena, .err = &err };
        cf_buf              out = cf_buf_in(arena, 0);
        cf_template        *t;

        cf_templates_filter(env, "shout", shout, NULL);
        t = cf_template_from_string(env, CF_STR("x"), CF_STR("{{ nothing|shout }}"), &err);
        if (!cf_template_render(t, &eval, NULL, 0, &out))
            cf_buf_printf(&out, "%s: %s", cf_code_name(err.code), err.message);
        cr_expect_str_eq(cf_buf_cstr(&out), cases[i].want);
        cf_template_release(t);
        cf_arena_free(arena);
    }
}

Test(check, gettext_of_what_is_no_text_gives_it_back)
{
    static const render_case cases[] = {
        { "{{ _(7) + 1 }}{{ gettext('x') }}{{ _(['a'])[0] }}", "8xa" },
        { "{{ gettext() }}", "ETYPE: gettext: argument 1 is missing" },
        { "{% trans n=2 %}one{% pluralize %}{{ n }} many{% endtrans %}", "2 many" },
    };
    cf_template_options options = { .extensions = CF_JINJA_I18N };

    CHECK(&options, cases, NULL, 0);
}

/* ---- waiting ---- */

static char order[16];

static void note(const char *word)
{
    size_t len = strlen(order);

    snprintf(order + len, sizeof order - len, "%s", word);
}

static bool slow(cf_call *call, cf_value *out)
{
    *out = cf_string("s");
    return cf_sleep(1, call->eval->err);
}

static void render_slowly(void *data)
{
    cf_arena     *arena = cf_arena_new();
    cf_templates *env = cf_templates_new(arena, NULL);
    cf_error      err = { 0 };
    cf_eval       eval = { .arena = arena, .err = &err };
    cf_buf        out = cf_buf_in(arena, 0);
    cf_template  *t;

    cf_templates_global(env, "slow", cf_make_function(arena, "slow", slow, NULL));
    t = cf_template_from_string(
        env, CF_STR("x"),
        CF_STR("{% macro m(n) %}{{ n }}{{ slow() }}{% endmacro %}"
               "{% for n in [1, 2]|map('string') %}{{ m(n) }}{{ loop.index }}{% endfor %}"),
        &err);
    cr_assert(cf_template_render(t, &eval, NULL, 0, &out), "%s", err.message);
    cr_expect_str_eq(cf_buf_cstr(&out), "1s12s2");
    note(data);
    cf_template_release(t);
    cf_arena_free(arena);
}

static void finish_quickly(void *data)
{
    note(data);
}

Test(check, a_callback_that_waits_lets_other_fibers_run)
{
    static char a[] = "a", b[] = "b", c[] = "c";

    cf_fiber_spawn("a", render_slowly, a, NULL);
    cf_fiber_spawn("b", render_slowly, b, NULL);
    cf_fiber_spawn("c", finish_quickly, c, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_expect_str_eq(order, "cab");
    cf_fiber_end();
}

/* ---- streaming ---- */

static bool count_bytes(void *data, cf_str piece, cf_error *err)
{
    (void)err;
    *(size_t *)data += piece.len;
    return true;
}

Test(check, a_streamed_page_of_any_length_takes_little_memory)
{
    cf_arena        *arena = cf_arena_new();
    cf_templates    *env = cf_templates_new(arena, NULL);
    cf_error         err = { 0 };
    cf_eval          eval = { .arena = arena, .err = &err };
    size_t           total = 0;
    cf_template_sink sink = { .write = count_bytes, .data = &total };
    cf_template     *t = cf_template_from_string(
            env, CF_STR("x.html"),
            CF_STR("{% for i in range(500000) %}<tr><td>{{ i }}</td></tr>{% endfor %}"), &err);

    cr_assert(cf_template_stream(t, &eval, NULL, 0, &sink), "%s", err.message);
    cr_expect_eq(total, 11888890);
    cr_expect_lt(cf_arena_used(arena), CF_KIB(64));
    cf_template_release(t);
    cf_arena_free(arena);
}
