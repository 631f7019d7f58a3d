/* test_check.c -- checking templates without running them, translations, and callbacks that wait.
 */
#include "helpers.h"

#include <malloc.h>

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

/* The end of what a stream wrote, and the most bytes that were in use meanwhile. */
typedef struct last_piece {
    char   text[CF_KIB(40)];
    size_t len, most;
} last_piece;

static bool keep_last(void *data, cf_str piece, cf_error *err)
{
    last_piece *last = data;

    (void)err;
    last->len = piece.len < sizeof last->text ? piece.len : sizeof last->text;
    memcpy(last->text, piece.ptr + piece.len - last->len, last->len);
    if (mallinfo2().uordblks > last->most)
        last->most = mallinfo2().uordblks;
    return true;
}

/* Streams a page and looks at its end; returns the most memory that it took. */
static size_t stream_memory(const char *source, const char *last)
{
    cf_arena           *arena = cf_arena_new();
    cf_map             *sources = cf_map_new(arena);
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_template_options options = { .loader = cf_template_map(sources),
                                    .extensions = CF_JINJA_DO | CF_JINJA_LOOPCONTROLS };
    cf_sink             sink = { .write = keep_last };
    last_piece          got = { .len = 0 };
    size_t              before;

    sink.data = &got;
    cf_map_set(sources, "m.html", cf_string(source));
    cf_map_set(sources, "part", cf_string("<{{ x }}{% set y = x ~ '!' %}{{ y }}>"));
    cf_map_set(sources, "lib",
               cf_string("{% macro cell(v) %}<td>{{ v ~ caller() }}</td>{% endmacro %}"));
    cf_templates *env = cf_templates_new(arena, &options);
    cf_template  *t = cf_template_get(env, CF_STR("m.html"), &err);
    before = mallinfo2().uordblks;
    cr_assert(t && cf_template_stream(t, &eval, NULL, 0, &sink), "%s: %s", source, err.message);
    cr_expect(cf_str_ends(cf_str_n(got.text, got.len), cf_str_of(last)), "%s: %.*s", source,
              (int)got.len, got.text);
    cf_arena_free(arena);
    return got.most > before ? got.most - before : 0;
}

Test(check, a_streamed_page_of_any_length_takes_little_memory)
{
    /* What each pass makes, and each look ahead, would take megabytes if it stayed. */
    static const char *const pages[][2] = {
        { "{% for i in range(100000) %}<td>{{ i }}</td>{% endfor %}", "<td>99999</td>" },
        { "{% for i in range(100000) %}{{ 'row ' ~ i }}{% endfor %}", "row 99999" },
        { "{% for i in range(100000) %}{{ loop.index }} {{ 'x'.upper() }},{% endfor %}",
          "100000 X," },
        { "{% for i in range(100000) %}{{ i }}{{ ', ' if not loop.last }}{% endfor %}", ", 99999" },
        { "{% for i in range(100000) %}{{ loop.length }}:{{ loop.revindex }} {% endfor %}",
          "100000:1 " },
        { "{% for i in range(100000) if i % 2 %}{{ [i, loop.nextitem, loop.previtem] }}{% endfor %}",
          "[99999, Undefined, 99997]" },
        { "{% for i in range(100000)|map('string') %}{{ i|center(9) }}{% endfor %}", "  99999  " },
        { "{% for i in range(100000)|select('odd') %}{{ loop.nextitem }};{% endfor %}", "99999;;" },
        { "{% for row in range(100000)|map('string')|batch(3, '-') %}{{ row|join(' ') }};"
          "{% endfor %}",
          "99999 - -;" },
        { "{% for x in range(100000)|map('string') %}{{ loop.cycle('a', 'b') ~ loop.index ~ x }}"
          "{% if loop.changed(x|first) %}!{% endif %} {% endfor %}",
          "b10000099999 " },
        { "{% for x in range(100000)|map('string') %}{{ loop.previtem ~ x ~ loop.nextitem }}"
          "{{ ', ' if not loop.last }}{% endfor %}",
          "9999899999" },
        { "{% for row in range(100000)|map('string')|batch(2) %}{{ row|last }}{{ loop.nextitem }}"
          "{% for x in row|map('center', 9) %}{{ loop.last }}{% endfor %}{% endfor %}",
          "FalseTrue" },
        { "{% macro m(a) %}[{{ a }}]{% endmacro %}"
          "{% for i in range(100000) %}{% set s = m(i)|replace('[', '(') %}{{ s }}{% endfor %}",
          "(99999]" },
        { "{% from 'lib' import cell %}{% for i in range(100000) %}"
          "{% call cell(i) %}{{ i ~ '.' }}{% endcall %}{% endfor %}",
          "<td>9999999999.</td>" },
        { "{% for x in range(50000) %}{% include 'part' %}{% endfor %}", "<4999949999!>" },
        { "{% for x in range(50000) %}{% from 'lib' import cell %}"
          "{% call cell(x) %}{% endcall %}{% endfor %}",
          "<td>49999</td>" },
        { "{% for x in range(300) %}{% set l = [] %}{% for y in range(300) %}"
          "{% do l.append(x ~ y) %}{% endfor %}{{ l|length }}{{ l|last }}{% endfor %}",
          "300299299" },
        { "{% set ns = namespace(n=0, l=[]) %}{% for x in range(100000) %}{% set ns.n = ns.n + x %}"
          "{% set s = x ~ '' %}{% if x is divisibleby 50000 %}{% do ns.l.append(s) %}{% endif %}"
          "{% endfor %}{{ ns.n }}{{ ns.l|join }}",
          "4999950000050000" },
        { "{% for x in range(100000) %}{% if loop.changed('g' ~ x // 50000) %}{{ x ~ ' ' }}"
          "{% endif %}{% endfor %}",
          "0 50000 " },
    };

    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        cr_expect_lt(stream_memory(pages[i][0], pages[i][1]), CF_KIB(200), "%s", pages[i][0]);
}

Test(check, what_a_streamed_page_stores_outlives_the_pass_that_made_it)
{
    static const char *const pages[][2] = {
        { "{% set l = [] %}{% for x in range(9) %}{% do l.append('v' ~ x) %}{% endfor %}"
          "{{ l|join }}",
          "v0v1v2v3v4v5v6v7v8" },
        { "{% set l = [] %}{% for x in range(3) %}{% do l.append(['v' ~ x]) %}{% endfor %}"
          "{{ l }}",
          "[[&#39;v0&#39;], [&#39;v1&#39;], [&#39;v2&#39;]]" },
        { "{% set l = [] %}{% for x in range(2) %}{% for y in range(2) %}"
          "{% do l.insert(0, {x ~ '': y ~ ''}) %}{% endfor %}{% endfor %}{{ l|map('list')|list }}",
          "[[&#39;1&#39;], [&#39;1&#39;], [&#39;0&#39;], [&#39;0&#39;]]" },
        { "{% set d = {} %}{% for x in range(3) %}{% do d.update({'k' ~ x: 'v' ~ x}) %}"
          "{% do d.setdefault('s' ~ x, []).append('w' ~ x) %}{% endfor %}{{ d['k1'] ~ d['s2'][0] }}",
          "v1w2" },
        { "{% set ns = namespace() %}{% for x in range(3) %}{% macro m() %}m{{ x }}{% endmacro %}"
          "{% set ns.m = m %}{% set ns.f = ('a' ~ x).upper %}{% set ns.c = loop.cycle %}"
          "{% endfor %}{{ ns.f() }}{{ ns.m.name }}{{ ns.c('p', 'q', 'r') }}",
          "A2mr" },
        { "{% set ns = namespace(u=0) %}{% for x in range(3) %}{% set ns.u = ({})['k' ~ x] %}"
          "{% endfor %}[{{ ns.u }}]",
          "[]" },
        { "{% for x in 'abca'|map('upper') %}{{ loop.index }}{% if loop.changed(x) %}{{ x }}{% endif %}"
          "{% set l = loop.cycle %}{% for y in 'pq' %}{{ l(x, y) }}{% endfor %} {% endfor %}",
          "1AAA 2Bpq 3CCC 4Apq " },
        { "{% set ns = namespace(l=[]) %}{% for x in 'abcdef'|map('upper')|map('list') %}"
          "{% do ns.l.append(loop.nextitem) %}{% set ns.p = loop.previtem %}{% endfor %}"
          "{{ ns.l[:5]|map('first')|join }}{{ ns.p }}",
          "BCDEF[&#39;E&#39;]" },
        { "{% set ns = namespace() %}{% for x in 'abcdef'|map('upper') %}{% set ns.o = loop %}"
          "{{ loop.nextitem }}{% endfor %}{{ ns.o.previtem }}{{ ns.o.index }}",
          "BCDEFE6" },
        { "{% for x in 'abcdef'|map('upper') %}{% if loop.index == 3 %}{{ loop.length }}{% endif %}"
          "{{ loop.previtem }}{{ x }}{{ loop.nextitem }} {% endfor %}",
          "AB ABC 6BCD CDE DEF EF " },
        { "{% set g = range(9)|batch(2) %}{% for x in range(3) %}{{ g|first }}{% endfor %}"
          "{{ g|list }}",
          "[0, 1][2, 3][4, 5][[6, 7], [8]]" },
        { "{% set g = ['a', 'B', 'b', 'A', 'c']|unique %}{% for x in range(2) %}{{ g|first ~ '' }}"
          "{% endfor %}{{ g|list }}",
          "aB[&#39;c&#39;]" },
        { "{% for x in ['a', 'b', 'c']|map('upper') %}{{ loop.previtem }}{{ x }}"
          "{{ loop.nextitem }}{{ loop.revindex }} {% endfor %}",
          "AB3 ABC2 BC1 " },
        { "{% for x in 'abc' %}{% set x = x ~ x %}{% if loop.nextitem %}{% endif %}{{ x }}"
          "{% endfor %}",
          "aabbcc" },
        { "{% for x, y in {'a': 1, 'b': 2}.items() if y %}{{ loop.nextitem }}{{ x }}{{ y }}"
          "{{ loop.previtem }} {% endfor %}",
          "(&#39;b&#39;, 2)a1 b2(&#39;a&#39;, 1) " },
        { "{% for x in 'ab' %}{% for y in range(2) %}{% set o = loop %}{{ o.index }}"
          "{% endfor %}{{ loop.last }}{% endfor %}",
          "12False12True" },
    };

    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        stream_memory(pages[i][0], pages[i][1]);
}
