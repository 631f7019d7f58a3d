/* test_filters.c -- filters, methods and formatting, with what Python gives. */
#include "helpers.h"

Test(filters, text)
{
    static const render_case cases[] = {
        { "{{ 'hello world'|title }}|{{ \"it's (a) test\"|title }}", "Hello World|It's (A) Test" },
        { "{{ 'a b c d e f g h'|truncate(9, false, '…', 0) }}", "a b c d…" },
        { "{{ 'foo bar baz qux'|wordwrap(7) }}", "foo bar\nbaz qux" },
        { "{{ 'a\nb'|indent(2, true) }}", "  a\n  b" },
        { "{{ 'aXbX'|replace('X', '-', 1) }}", "a-bX" },
        { "{{ '<b>x</b> <!-- c -->&amp; y'|striptags }}", "x & y" },
        { "{{ 'see http://a.com/x, ok'|urlize }}",
          "see <a href=\"http://a.com/x\" rel=\"noopener\">http://a.com/x</a>, ok" },
        { "{{ 'straße'.upper() }}{{ 'ΑΣ'|lower }}", "STRASSEας" },
        { "{{ ' a b '.split() }}{{ 'a,b'.split(',') }}{{ 'a-b-c'.rsplit('-', 1) }}",
          "['a', 'b']['a', 'b']['a-b', 'c']" },
        { "{{ 'x=%05.1f %s %r' % (1.25, 'a', 'b') }}", "x=001.2 a 'b'" },
        { "{{ '{:>6}|{:<4}|{:^5}|{:,}|{:.2f}|{:#x}'.format('ab', 'c', 'd', 1234567, 2.5, 255) }}",
          "    ab|c   |  d  |1,234,567|2.50|0xff" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(filters, lists_and_numbers)
{
    static const render_case cases[] = {
        { "{{ [3, 1, 2]|sort }}{{ ['b', 'A', 'c']|sort }}{{ ['b', 'A']|sort(case_sensitive=true) }}",
          "[1, 2, 3]['A', 'b', 'c']['A', 'b']" },
        { "{{ [1, 2, 3, 4, 5]|batch(2, 0)|list }}{{ [1, 2, 3, 4, 5]|slice(2)|list }}",
          "[[1, 2], [3, 4], [5, 0]][[1, 2, 3], [4, 5]]" },
        { "{% for k, v in [{'t': 1, 'n': 'a'}, {'t': 2, 'n': 'b'}, {'t': 1, 'n': 'c'}]|groupby('t') %}"
          "{{ k }}:{{ v|map(attribute='n')|join(',') }} {% endfor %}",
          "1:a,c 2:b " },
        { "{{ {'b': 1, 'a': 2}|dictsort }}{{ {'b': 2, 'a': 1}|dictsort(by='value') }}",
          "[('a', 2), ('b', 1)][('a', 1), ('b', 2)]" },
        { "{{ [1, 1.0, true, 'A', 'a']|unique|list }}", "[1, 'A']" },
        { "{{ 2.5|round }}{{ 3.5|round }}|{{ 42|round }}|{{ 1.005|round(2) }}|{{ 15|round(-1) }}",
          "2.04.0|42|1.0|20" },
        { "{{ '0x1f'|int(base=16) }}{{ 'x'|int(7) }}{{ ' 12_0 '|int }}{{ '1e3'|float }}",
          "3171201000.0" },
        { "{{ 1e16 }} {{ 123456789012345.0 }} {{ 0.1 + 0.2 }} {{ 1e-5 }}",
          "1e+16 123456789012345.0 0.30000000000000004 1e-05" },
        { "{{ 1000000|filesizeformat }} {{ 1536|filesizeformat(true) }}", "1.0 MB 1.5 KiB" },
        { "{{ {'a': [1, '<'], 'b': none}|tojson }}", "{\"a\": [1, \"\\u003c\"], \"b\": null}" },
        { "{{ {'class': 'a b', 'id': none}|xmlattr }}", " class=\"a b\"" },
        { "{{ range(10)[2:8:2]|list }}{{ 5 in range(0, 10, 5) }}", "[2, 4, 6]True" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(filters, html_stays_html_only_where_it_should)
{
    static const render_case cases[] = {
        { "{{ '<' }}{{ '<'|safe }}{{ '<'|e }}{{ '<'|e|e }}", "&lt;<&lt;&lt;" },
        { "{{ '<b>'|safe ~ x }}{{ '<b>'|safe + '<' }}", "<b>&lt;&amp;&gt;<b>&lt;" },
        { "{{ ('<i>'|safe).upper() }}{{ ('%s'|safe) % '<' }}{{ ('{}'|safe).format('<') }}",
          "<I>&lt;&lt;" },
        { "{{ ['<', '<br>'|safe]|join('&') }}", "&lt;&amp;<br>" },
        { "{{ ('<b>'|safe)[0] }}{{ '<b>'|safe|first }}{{ '<b>'|safe|striptags }}", "<&lt;" },
        { "{% set v %}<b>{{ '<' }}{% endset %}{{ v }}", "<b>&lt;" },
        { "{{ x|replace('&', '<') }}", "&lt;&lt;&gt;" },
        { "{% autoescape false %}{{ x }}{% endautoescape %}{{ [x] }}",
          "<&>[&#39;&lt;&amp;&gt;&#39;]" },
    };
    cf_template_options options = { .autoescape = CF_AUTOESCAPE_ON };
    cf_named            vars[] = { CF_NAMED("x", "<&>") };

    CHECK(&options, cases, vars, 1);
}

Test(filters, those_that_pick_items_give_generators)
{
    static const render_case cases[] = {
        { "{{ 'true' if []|select else 'false' }}", "true" },
        { "{% set g = [1, 2]|map('string') %}{{ g|join }}|{{ g|join }}", "12|" },
        { "{% set g = [1, 2, 3]|select %}{{ g|first }}{{ g|list }}", "1[2, 3]" },
        { "{{ [1]|map('string')|length }}",
          "ETYPE: object of type 'generator' has no len(); put |list before |length" },
        { "{{ [1]|unique|last }}",
          "ETYPE: 'generator' object is not reversible; put |list before |last" },
        { "{{ [1]|map('string') }}", "<generator object do_map>" },
        { "{{ ([1]|select) is sequence }}{{ ([1]|select) is iterable }}", "FalseTrue" },
        { "{{ []|map('nope')|list }}{{ []|select('nope')|list }}", "[][]" },
        { "{{ [1]|map('nope')|list }}", "ERUNTIME: No filter named 'nope'." },
        { "{% set g = [1]|map('nope') %}never walked", "never walked" },
        { "{{ [1, 2, 3]|batch(0)|list }}{{ [1]|batch('x')|list }}", "[[], [1, 2, 3]][[1]]" },
        { "{{ [1, 2, 3]|reverse|first }}{{ [1, 2]|select|reverse|length }}", "32" },
        { "{% set ns = namespace(g=[1]) %}{% for i in range(1000) %}{% set ns.g = ns.g|select %}"
          "{% endfor %}{{ ns.g|list }}",
          "ELIMIT: templates, macros or loops call each other too deeply" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(filters, names_that_every_value_or_html_alone_has)
{
    static const render_case cases[] = {
        { "{{ ''.__class__.__name__ }} {{ 1.5.__class__ }} {{ h.__class__.__name__ }} "
          "{{ x.__class__.__name__ }}",
          "str <class 'float'> Markup Undefined" },
        { "{{ h.striptags() }} {{ h.unescape() }} {{ ''.striptags is defined }}",
          "x& <i>x&</i> False" },
        { "{{ h.split('<') }}", "[Markup(''), Markup('i>x&amp;'), Markup('/i>')]" },
        { "{{ 'abc'.translate({97: 'x', 98: none, 99: 100}) }}", "xd" },
        { "{{ 7.bit_length is defined }}{{ (7).bit_length() }}{{ (7).real }}{{ (2.0).is_integer() }}",
          "True37True" },
        { "{{ 'é'.encode().decode() }}", "é" },
        { "{{ self._TemplateReference__context.name }}", "main" },
    };
    cf_named vars[] = { { "h", cf_safe("<i>x&amp;</i>") } };

    CHECK(NULL, cases, vars, 1);
}
