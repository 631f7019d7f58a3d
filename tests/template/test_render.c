/* test_render.c -- statements, inheritance, macros, escaping, and the calls that render. */
#include "helpers.h"

Test(render, statements)
{
    static const render_case cases[] = {
        { "plain", "plain" },
        { "{{ 1 + 2 * 3 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 2 ** 10 }}",
          "7|3|-4|2|1024" },
        { "{% for x in [1, 2, 3] if x != 2 %}{{ loop.index }}:{{ x }} {% else %}none{% endfor %}",
          "1:1 2:3 " },
        { "{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "none" },
        { "{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
          "231" },
        { "{% set ns = namespace(n=0) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}"
          "{% endfor %}{{ ns.n }}",
          "6" },
        { "{% macro m(a, b=2) %}{{ a }}-{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}"
          "{{ m(1) }} {{ m(1, 3, 4, c=5) }}",
          "1-2(){} 1-3(4,){'c': 5}" },
        { "{% macro m() %}[{{ caller(7) }}]{% endmacro %}{% call(x) m() %}{{ x }}{% endcall %}",
          "[7]" },
        { "{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB" },
        { "{% set v %}x{{ 1 }}{% endset %}{{ v }}", "x1" },
        { "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}", "3False" },
        { "{% raw %}{{ x }}{% endraw %}", "{{ x }}" },
        { "a {#- gone -#} b", "ab" },
        { "{% if 0 %}a{% elif '' %}b{% else %}c{% endif %}", "c" },
        { "{{ [1, 2, 3][::-1] }}{{ 'abc'[1:] }}{{ (1,) }}{{ {'a': 1}.a }}", "[3, 2, 1]bc(1,)1" },
        { "{{ 'a' ~ 1 ~ none }}", "a1None" },
        { "{{ 1 < 2 < 3 }}{{ 1 in [1] }}{{ 'x' not in 'abc' }}", "TrueTrueTrue" },
        { "{% for a in [[1, [2]], [3]] recursive %}{{ a if a is number else loop(a) }}{% endfor %}",
          "123" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(render, errors_have_a_code_and_say_what_to_do)
{
    static const render_case cases[] = {
        { "{% if x %}", "ESYNTAX: Unexpected end of template. Jinja was looking for the following "
                        "tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be "
                        "closed is 'if'." },
        { "{{ x|uper }}", "ESYNTAX: No filter named 'uper'. Did you mean 'upper'?" },
        { "{{ 1 is eevn }}", "ESYNTAX: No test named 'eevn'. Did you mean 'even'?" },
        { "{% fro x in y %}", "ESYNTAX: Encountered unknown tag 'fro'. Did you mean 'for'?" },
        { "{% set user = 1 %}{{ usr.name }}",
          "EUNDEFINED: 'usr' is undefined. Did you mean 'user'?" },
        { "{{ 1 / 0 }}", "ERUNTIME: division by zero" },
        { "{{ 'a' + 1 }}", "ETYPE: can only concatenate str (not \"int\") to str" },
        { "{{ 2 ** (10 ** 9) }}", "ELIMIT: an integer would have more than 20000 digits" },
        { "{% include 'nope' %}", "ENOTFOUND: no template named 'nope'" },
        { "{% for a, b in [[1]] %}{% endfor %}",
          "ETYPE: not enough values to unpack (expected 2, got 1)" },
        { "{% break %}", "ESYNTAX: Encountered unknown tag 'break'. It belongs to an "
                         "extension that is off, or to a block that is not open." },
    };

    CHECK(NULL, cases, NULL, 0);
}

static cf_map *site(cf_arena *arena)
{
    cf_map *sources = cf_map_new(arena);

    cf_map_set(
        sources, "layout.html",
        cf_string("<t>{% block title %}Site{% endblock %}</t>{% block body %}{% endblock %}"));
    cf_map_set(sources, "page.html",
               cf_string("{% extends 'layout.html' %}{% from 'lib.html' import card %}"
                         "{% block title %}Page - {{ super() }}{% endblock %}"
                         "{% block body %}{% for x in items %}{{ card(x) }}{% endfor %}"
                         "{% include 'foot.html' %}{% endblock %}"));
    cf_map_set(sources, "lib.html", cf_string("{% macro card(x) %}<i>{{ x }}</i>{% endmacro %}"));
    cf_map_set(sources, "foot.html", cf_string("({{ items|length }})"));
    cf_map_set(sources, "bad.html",
               cf_string("{% extends 'layout.html' %}\n{% block body %}\n"
                         "  <p>{{ nothing.here }}</p>{% endblock %}"));
    cf_map_set(sources, "outer.html", cf_string("x\n{% include 'bad.html' %}"));
    return sources;
}

Test(render, a_page_inherits_imports_includes_and_escapes)
{
    cf_arena *arena = cf_arena_new();
    cf_list  *items = cf_list_new(arena);
    cf_named  vars[] = { { "items", cf_from_list(items) } };

    cf_list_add(items, cf_string("<b>"));
    cf_list_add(items, cf_safe("<u>"));
    cr_expect_str_eq(render_named(arena, NULL, site(arena), "page.html", vars, 1),
                     "<t>Page - Site</t><i>&lt;b&gt;</i><i><u></i>(2)");
    cf_arena_free(arena);
}

Test(render, an_error_names_template_line_column_and_the_way_there)
{
    cf_arena           *arena = cf_arena_new();
    cf_template_options options = { .loader = cf_template_map(site(arena)) };
    cf_templates       *env = cf_templates_new(arena, &options);
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_buf              out = cf_buf_in(arena, 0);
    cf_template        *t = cf_template_get(env, CF_STR("outer.html"), &err);

    cr_assert(t);
    cr_expect_not(cf_template_render(t, &eval, NULL, 0, &out));
    cr_expect_eq(err.code, CF_EUNDEFINED);
    cr_expect_str_eq(err.input, "bad.html");
    cr_expect_eq(err.input_line, 3);
    cr_expect_eq(err.input_column, 17);
    cr_expect(strstr(err.message, "(included from 'outer.html' line 2)"), "%s", err.message);
    cr_expect_str_eq(cf_template_excerpt(env, arena, &err),
                     "     3 |   <p>{{ nothing.here }}</p>{% endblock %}\n"
                     "       |                 ^\n");
    cf_arena_free(arena);
}

Test(render, one_block_of_a_page)
{
    cf_arena           *arena = cf_arena_new();
    cf_template_options options = { .loader = cf_template_map(site(arena)) };
    cf_templates       *env = cf_templates_new(arena, &options);
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_named            vars[] = { { "items", cf_from_list(cf_list_new(arena)) } };
    cf_buf              out = cf_buf_in(arena, 0);
    cf_template        *t = cf_template_get(env, CF_STR("page.html"), &err);

    cr_assert(cf_template_render_block(t, &eval, "title", vars, 1, &out), "%s", err.message);
    cr_expect_str_eq(cf_buf_cstr(&out), "Page - Site");
    cr_expect_not(cf_template_render_block(t, &eval, "titel", vars, 1, &out));
    cr_expect_eq(err.code, CF_ENOTFOUND);
    cr_expect(strstr(err.message, "Did you mean 'title'?"));
    cf_arena_free(arena);
}

/* Collects what a stream writes, and the largest piece. */
typedef struct collected {
    cf_buf text;
    size_t pieces, largest;
} collected;

static bool collect(void *data, cf_str piece, cf_error *err)
{
    collected *c = data;

    (void)err;
    cf_buf_str(&c->text, piece);
    c->pieces++;
    if (piece.len > c->largest)
        c->largest = piece.len;
    return true;
}

Test(render, a_stream_holds_little_at_a_time)
{
    cf_arena           *arena = cf_arena_new();
    cf_map             *sources = cf_map_new(arena);
    cf_template_options options = { .loader = cf_template_map(sources) };
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    collected           c = { .text = cf_buf_in(arena, 0) };
    cf_sink             sink = { .write = collect, .data = &c, .chunk = 1000 };

    cf_map_set(sources, "m", cf_string("{% for i in range(10000) %}line {{ i }}\n{% endfor %}"));
    cf_templates *env = cf_templates_new(arena, &options);
    cr_assert(cf_template_stream(cf_template_get(env, CF_STR("m"), &err), &eval, NULL, 0, &sink));
    cr_expect_eq(c.text.len, 10000 * 6 + 10 + 180 + 2700 + 36000);
    cr_expect_gt(c.pieces, 90);
    cr_expect_lt(c.largest, 1100);
    cf_arena_free(arena);
}

/* ---- what an app adds ---- */

static bool shout(cf_call *call, cf_value *result)
{
    *result = cf_string_printf(
        call->eval->arena, "%s!%s", cf_cstr(call->eval->arena, call->args[0], "?"),
        cf_cstr(call->eval->arena, cf_template_variable(call->eval, "who"), "?"));
    return true;
}

static bool is_nice(cf_call *call, cf_value *result)
{
    *result = cf_bool(cf_str_is(cf_text(call->args[0]), "nice"));
    return true;
}

static bool count_up(void *data, cf_eval *eval, cf_value *out)
{
    (void)eval;
    *out = cf_int(++*(int *)data);
    return true;
}

Test(render, globals_filters_tests_and_computed_names_of_the_app)
{
    cf_arena           *arena = cf_arena_new();
    cf_template_options options = { 0 };
    cf_templates       *env = cf_templates_new(arena, &options);
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_named            vars[] = { CF_NAMED("who", "Ann") };
    cf_buf              out = cf_buf_in(arena, 0);
    int                 computed = 0;
    cf_template        *t;

    cf_templates_global(env, "site", cf_string("Carafe"));
    cf_templates_filter(env, "shout", shout, NULL);
    cf_templates_test(env, "nice", is_nice, NULL);
    cf_templates_computed(env, "session", count_up, &computed);
    t = cf_template_from_string(env, CF_STR("x"),
                                CF_STR("{{ site|shout }} {{ 'nice' is nice }} {{ session }}"
                                       "{% macro m() %}{{ session }}{% endmacro %}{{ m() }}"),
                                &err);
    cr_assert(t, "%s", err.message);
    cr_assert(cf_template_render(t, &eval, vars, 1, &out), "%s", err.message);
    cr_expect_str_eq(cf_buf_cstr(&out), "Carafe!Ann True 11");
    cf_template_release(t);
    cf_arena_free(arena);
}

Test(render, expressions_for_the_shell)
{
    cf_arena      *arena = cf_arena_new();
    cf_templates  *env = cf_templates_new(arena, NULL);
    cf_error       err = { 0 };
    cf_eval        eval = { .arena = arena, .err = &err };
    cf_named       vars[] = { CF_NAMED("n", 20) };
    cf_expression *e = cf_expression_compile(env, arena, CF_STR("n * 2 + [1, 2]|sum"), &err);
    cf_value       v;

    cr_assert(e, "%s", err.message);
    cr_assert(cf_expression_eval(e, &eval, vars, 1, &v));
    cr_expect_eq(v.as.integer, 43);
    cr_expect_null(cf_expression_compile(env, arena, CF_STR("n +"), &err));
    cr_expect_eq(err.code, CF_ESYNTAX);
    cr_expect_eq(err.input_column, 4);
    cf_arena_free(arena);
}

/* ---- reloading ---- */

typedef struct edited {
    const char *text;
    uint64_t    version;
} edited;

static bool load_edited(void *data, cf_arena *arena, cf_str name, cf_template_source *out,
                        cf_error *err)
{
    const edited *e = data;

    (void)arena;
    (void)name;
    (void)err;
    out->text = cf_str_of(e->text);
    out->version = e->version;
    return true;
}

static uint64_t edited_version(void *data, cf_str name)
{
    (void)name;
    return ((edited *)data)->version;
}

Test(render, an_edited_template_is_compiled_again_only_where_asked)
{
    for (int reload = 0; reload < 2; reload++) {
        cf_arena           *arena = cf_arena_new();
        edited              e = { "one", 1 };
        cf_template_options options = {
            .loader = { .load = load_edited, .version = edited_version, .data = &e },
            .reload = reload,
        };
        cf_templates *env = cf_templates_new(arena, &options);
        cf_eval       eval = { .arena = arena };
        cf_buf        out = cf_buf_in(arena, 0);

        cr_assert(
            cf_template_render(cf_template_get(env, CF_STR("x"), NULL), &eval, NULL, 0, &out));
        e = (edited){ "two", 2 };
        cr_assert(
            cf_template_render(cf_template_get(env, CF_STR("x"), NULL), &eval, NULL, 0, &out));
        cr_expect_str_eq(cf_buf_cstr(&out), reload ? "onetwo" : "oneone");
        cf_arena_free(arena);
    }
}
