/* test_limits.c -- templates one does not trust: bounds and the sandbox. */
#include "helpers.h"

Test(limits, a_sandbox_bounds_work_memory_and_output)
{
    static const render_case cases[] = {
        { "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
          "ELIMIT: template takes more than 10000000 steps" },
        { "{{ range(1000000) }}", "ERUNTIME: Range too big. The sandbox blocks ranges larger than "
                                  "MAX_RANGE (100000)." },
        { "{{ 'a' * 1000000000 }}",
          "ELIMIT: repetition is larger than the limit of 67108864 bytes" },
        { "{{ '%1000000000d' % 1 }}", "ELIMIT: width or precision is too large" },
        { "{{ 'x'.center(1000000000) }}", "ELIMIT: width 1000000000 is too large" },
        { "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
          "ELIMIT: templates, macros or loops call each other too deeply" },
        { "{% set x = namespace(s='ab') %}{% for i in range(60) %}{% set x.s = x.s + x.s %}"
          "{% endfor %}",
          "ELIMIT: output is larger than its limit of 67108864 bytes" },
        { "{% set x = namespace(t=()) %}{% for i in range(50000) %}{% set x.t = (x.t,) %}"
          "{% endfor %}{{ {x.t: 1} }}",
          "ELIMIT: a key is a tuple in a tuple, too deeply" },
    };
    cf_template_options options = { .sandbox = CF_SANDBOX_ON };

    CHECK(&options, cases, NULL, 0);
}

/* Few values that are endless to walk: lists, tuples and dicts that hold the same ones twice, sixty
 * and three hundred times over. Every walk ends at a limit, or need not go down. */
Test(limits, what_holds_the_same_values_again_and_again_is_not_walked_for_ever)
{
    static const char *const values[][2] = {
        { "[1]", "{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}" },
        { "(1,)", "{% set n.a = (n.a, n.a) %}{% set n.b = (n.b, n.b) %}" },
        { "{1: 1}", "{% set n.a = {1: n.a, 2: n.a} %}{% set n.b = {1: n.b, 2: n.b} %}" },
    };
    static const char *const walks[] = {
        "a == b",
        "a != b",
        "a < b",
        "a is eq b",
        "a in [b]",
        "[b, b].index(a)",
        "[b, b].count(a)",
        "[b, a]|unique|list",
        "[b, a]|sort",
        "[b, a]|max",
        "[[b, 1], [a, 1]]|groupby(0)|list",
        "[b, a]|select('equalto', a)|list",
        "{'a': a} == {'a': b}",
        "{'x': a, 'y': b}|dictsort(by='value')",
        "{a: 1}[b]",
        "{a: 1}.get(b)",
        "a|string",
        "a ~ ''",
        "a|tojson",
        "[a, b]|tojson(indent=2)",
        "a|pprint",
        "'%s' % [a]",
        "'%r' % [a]",
        "'{}'.format(a)",
        "[a]|join",
        "a|escape",
        "a|forceescape",
        "{'k': a}|xmlattr",
        "{'k': a}|urlencode",
        "[a]|map('string')|list",
        "a|replace('1', '2')",
        "a|title",
        "a|wordcount",
        "a|striptags",
        "a|indent",
        "a|center(9)",
    };
    static const int    times[] = { 60, 300 };
    cf_template_options options = { .sandbox = CF_SANDBOX_ON,
                                    .max_output = CF_KIB(64),
                                    .max_steps = 1000000 };

    for (size_t i = 0; i < sizeof walks / sizeof *walks * 6; i++) {
        cf_arena          *arena = cf_arena_new();
        cf_error           err = { 0 };
        cf_eval            eval = { .arena = arena, .err = &err };
        cf_buf             out = cf_buf_in(arena, 0);
        const char *const *value = values[i % 3];
        const char        *source = cf_printf(
                   arena,
                   "{%% set n = namespace(a=%s, b=%s) %%}{%% for i in range(%d) %%}%s{%% endfor %%}"
                          "{%% set a = n.a %%}{%% set b = n.b %%}{{ %s }}",
                   value[0], value[0], times[i / 3 % 2], value[1], walks[i / 6]);
        cf_template *t = cf_template_from_string(cf_templates_new(arena, &options), CF_STR("t"),
                                                 cf_str_of(source), &err);

        cr_assert(t, "%s", err.message);
        cr_expect_not(cf_template_render(t, &eval, NULL, 0, &out), "%s", source);
        cr_expect(err.code == CF_ELIMIT || err.code == CF_ETYPE || err.code == CF_ERUNTIME,
                  "%s: %s", source, err.message);
        cf_template_release(t);
        cf_arena_free(arena);
    }
}

Test(limits, the_text_of_a_list_that_is_twice_in_itself_ends)
{
    static const render_case cases[] = {
        { "{% set l = [] %}{% do l.append(l) %}{% do l.append(l) %}{{ l|string|length }}",
          "ELIMIT: output is larger than its limit of 10000 bytes" },
        { "{% set d = {} %}{% do d.update(a=d, b=d) %}{{ d }}",
          "ELIMIT: output is larger than its limit of 10000 bytes" },
    };
    cf_template_options options = { .extensions = CF_JINJA_DO, .max_output = 10000 };

    CHECK(&options, cases, NULL, 0);
}

/* Values in values in values, also inside of objects that templates make, end the C stack of
 * nobody. */
Test(limits, what_lies_very_deep_is_neither_printed_nor_compared_to_its_end)
{
#define DEEP(item)                                                                                 \
    "{% set n = namespace(a=0, b=0) %}{% for i in range(50000) %}{% set n.a = " item(              \
        "n.a") " %}{% set n.b = " item("n.b") " %}{% endfor %}"
#define IN_LIST(x)   "[" x "]"
#define IN_GROUP(x)  "[[1, " x "]]|groupby(0)"
#define IN_VIEW(x)   "{1: " x "}.items()"
#define IN_VALUES(x) "{1: " x "}.values()"
#define IN_SPACE(x)  "namespace(x=" x ")"
    static const char too_deep[] = "ELIMIT: values are too deep or too large to be compared";
    const render_case cases[] = {
        { DEEP(IN_LIST) "{{ n.a == n.b }}", too_deep },
        { DEEP(IN_LIST) "{{ [[n.a], [n.b]]|sort }}", too_deep },
        { DEEP(IN_GROUP) "{{ n.a == n.b }}", too_deep },
        { DEEP(IN_GROUP) "{{ n.a < n.b }}", too_deep },
        { DEEP(IN_GROUP) "{{ n.a|string|length < 9999 }}", "True" },
        { DEEP(IN_LIST) "{{ ('%s' % [n.a])|length < 9999 }}", "True" },
        { DEEP(IN_VIEW) "{{ n.a|string|length < 9999 }}", "True" },
        { DEEP(IN_VALUES) "{{ ('%s' % [n.a])|length < 9999 }}", "True" },
        { DEEP(IN_SPACE) "{{ n.a|string|length < 9999 }}", "True" },
    };
    cf_template_options options = { .sandbox = CF_SANDBOX_ON };

    CHECK(&options, cases, NULL, 0);
}

/* Comparing counts by what it looks at, and so does what filters make of each item. */
Test(limits, few_items_that_are_large_do_not_pass_the_limits)
{
#define DOUBLED                                                                                    \
    "{% set n = namespace(a=[1], b=[1]) %}{% for i in range(40) %}{% set n.a = [n.a, n.a] %}"      \
    "{% set n.b = [n.b, n.b] %}{% endfor %}"
#define LONG "{% set a = 'x' * 1000000 %}{% set b = 'x' * 1000000 %}"
    static const char too_large[] = "ELIMIT: values are too deep or too large to be compared";
    const render_case cases[] = {
        { DOUBLED "{{ n.a in [n.b] * 200 }}", too_large },
        { DOUBLED "{{ [1, n.a].index(n.b) }}", too_large },
        { DOUBLED "{{ ([n.b] * 400).count(n.a) }}", too_large },
        { DOUBLED "{{ [n.a] * 300 + [1] < [n.b] * 300 }}", too_large },
        { LONG "{{ [a] * 9000 == [b] * 9000 }}", too_large },
        { LONG "{{ ([a, b] * 300)|sort|length }}",
          "ELIMIT: template uses more than 16777216 bytes of memory" },
        { LONG "{{ ([a, b] * 300)|max }}",
          "ELIMIT: template uses more than 16777216 bytes of memory" },
        { LONG "{{ ([a, b] * 3000)|sort(case_sensitive=true)|length }}",
          "ELIMIT: template takes more than 100000 steps" },
        { LONG "{{ [a] * 100 == [b] * 100 }}", "True" },
    };
    cf_template_options options = { .sandbox = CF_SANDBOX_ON,
                                    .max_memory = CF_MIB(16),
                                    .max_steps = 100000 };

    CHECK(&options, cases, NULL, 0);
}

static bool drop_piece(void *data, cf_str piece, cf_error *err)
{
    (void)data, (void)piece, (void)err;
    return true;
}

Test(limits, what_a_streamed_loop_keeps_counts_as_memory)
{
    cf_arena           *arena = cf_arena_new();
    cf_map             *sources = cf_map_new(arena);
    cf_template_options options = { .sandbox = CF_SANDBOX_ON,
                                    .max_memory = CF_MIB(8),
                                    .loader = cf_template_map(sources) };
    cf_sink             sink = { .write = drop_piece };
    cf_error            err = { 0 };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_template        *t;

    cf_map_set(sources, "m",
               cf_string("{% set ns = namespace(v=[]) %}{% for i in range(1000) %}"
                         "{% for j in [0] %}{% set ns.v = [ns.v, 'x' * 100000] %}{% endfor %}"
                         "{% endfor %}"));
    t = cf_template_get(cf_templates_new(arena, &options), CF_STR("m"), &err);
    cr_assert(t, "%s", err.message);
    cr_expect_not(cf_template_stream(t, &eval, NULL, 0, &sink));
    cr_expect_str_eq(err.message, "template uses more than 8388608 bytes of memory");
    cf_arena_free(arena);
}

Test(limits, a_template_that_includes_or_extends_itself_ends)
{
    cf_arena           *arena = cf_arena_new();
    cf_template_options options = { .max_steps = 1000000 };
    cf_map             *sources = cf_map_new(arena);

    cf_map_set(sources, "a", cf_string("{% include 'a' %}"));
    cf_map_set(sources, "b", cf_string("{% extends 'b' %}"));
    cf_map_set(sources, "c", cf_string("{% block x %}{{ self.x() }}{% endblock %}"));
    cr_expect(strstr(render_named(arena, &options, sources, "a", NULL, 0), "ELIMIT"));
    cr_expect(strstr(render_named(arena, &options, sources, "b", NULL, 0), "ELIMIT"));
    cr_expect(strstr(render_named(arena, &options, sources, "c", NULL, 0), "ELIMIT"));
    cf_arena_free(arena);
}

Test(limits, deep_nesting_is_refused_while_parsing)
{
    cf_arena                *arena = cf_arena_new();
    static const char *const parts[][2] = {
        { "(", "1" },  { "[", "1" },    { "not ", "1" },         { "-", "1" },       { "a.", "b" },
        { "1+", "1" }, { "a|e|", "e" }, { "1 if 1 else ", "1" }, { "a[0]and ", "1" }
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cf_buf text = cf_buf_in(arena, 0);
        cf_buf_puts(&text, "{{ ");
        for (int k = 0; k < 20000; k++)
            cf_buf_puts(&text, parts[i][0]);
        cf_buf_printf(&text, "%s }}", parts[i][1]);
        const char *got = render(arena, NULL, cf_buf_cstr(&text), NULL, 0);
        cr_expect(strstr(got, "ESYNTAX"), "%s: %s", parts[i][0], got);
    }
    cf_arena_free(arena);
}

Test(limits, the_sandbox_hides_private_names_and_keeps_values_unchanged)
{
    static const render_case cases[] = {
        { "{{ x.__class__ }}|{{ x._private }}", "|" },
        { "{{ x.__class__.__name__ }}",
          "ESECURITY: access to attribute '__class__' of 'str' object is unsafe." },
        { "{{ x.__class__.y }}",
          "ESECURITY: access to attribute '__class__' of 'str' object is unsafe." },
        { "{{ [].append(1) }}",
          "ESECURITY: access to attribute 'append' of 'list' object is unsafe." },
        { "{{ {}.update(a=1) }}",
          "ESECURITY: access to attribute 'update' of 'dict' object is unsafe." },
        { "{{ [3, 1]|sort }}", "[1, 3]" },
    };
    cf_template_options options = { .sandbox = CF_SANDBOX_IMMUTABLE };
    cf_named            vars[] = { CF_NAMED("x", "text") };

    CHECK(&options, cases, vars, 1);
}

Test(limits, undefined_kinds)
{
    static const render_case strict[] = {
        { "{{ x }}", "EUNDEFINED: 'x' is undefined" },
        { "{{ x is defined }}{{ x|default(1) }}", "False1" },
        { "{% if x %}{% endif %}", "EUNDEFINED: 'x' is undefined" },
    };
    static const render_case chainable[] = { { "[{{ x.y.z[1] }}]", "[]" } };
    static const render_case debug[] = { { "{{ x }}", "{{ x }}" } };
    cf_template_options      options = { .undefined = CF_UNDEFINED_STRICT };

    CHECK(&options, strict, NULL, 0);
    options.undefined = CF_UNDEFINED_CHAINABLE;
    CHECK(&options, chainable, NULL, 0);
    options.undefined = CF_UNDEFINED_DEBUG;
    CHECK(&options, debug, NULL, 0);
}
