/* test_differences.c -- what differential.py once found to differ, with what Jinja2 gives. */
#include "helpers.h"

Test(differences, loops)
{
    static const render_case cases[] = {
        /* The else of a loop runs unless some pass comes to the end of the body. */
        { "{% for x in [1, 2] %}{{ x }}{% continue %}{% else %}e{% endfor %}", "12e" },
        { "{% for x in [1, 2] %}{{ x }}{% break %}{% else %}e{% endfor %}", "1e" },
        { "{% for x in [1, 2] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}e{% endfor %}",
          "1" },
        /* Items are taken one by one. */
        { "{% set l = [1, 2] %}{% for x in l %}{% if x < 3 %}{% do l.append(x + 2) %}{% endif %}"
          "{{ x }}{{ loop.last }} {% endfor %}",
          "1False 2False 3False 4True " },
        { "{% set g = [1, 2, 3]|map('string') %}{% for x in g %}{{ x }}{{ loop.nextitem }}"
          "{{ g|list }}{% endfor %}",
          "12['3']2[]" },
        { "{% for x in [1, 2, 3] if x != 2 %}{% set x = x * 10 %}{{ loop.nextitem }}{{ x }} "
          "{% endfor %}",
          "310 30 " },
        { "{% for x in 'ab' %}{% set ns = namespace(l=loop) %}{{ ns.l }}{% endfor %}",
          "<LoopContext 1/2><LoopContext 2/2>" },
    };
    cf_template_options options = { .extensions = CF_JINJA_DO | CF_JINJA_LOOPCONTROLS };

    CHECK(&options, cases, NULL, 0);
}

Test(differences, constants_and_escaping)
{
    static const render_case cases[] = {
        /* Constants are joined while a template is compiled, slices and comparisons too. */
        { "{{ '<'|safe ~ ['b', 'a'][-1:] ~ (1 < 2) }}", "&lt;[&#39;a&#39;]True" },
        { "{{ '<'|safe ~ x[-1:] }}", "<[&#39;a&#39;]" },
        { "{{ ('<'|safe ~ ('a' if true else x))|e }}{{ ('<'|safe ~ (false and x))|e }}"
          "{{ ('<'|safe ~ ('a' if x else x))|e }}",
          "&lt;a&lt;False<a" },
        /* Where only a render tells whether to escape. */
        { "{% autoescape y %}{{ '<' }}{{ '<' ~ h }}{{ s }}{% endautoescape %}",
          "&lt;&lt;&lt;i&gt;&lt;" },
        { "{% autoescape false %}{% autoescape y %}{{ '<' }}{{ s }}{% endautoescape %}"
          "{% endautoescape %}",
          "<&lt;" },
        { "{% autoescape y %}{{ '' }}{{ s }}{% endautoescape %}", "&lt;" },
        { "{% autoescape false %}{{ '<' ~ h }}{% endautoescape %}", "<<i>" },
        { "{{ h % () }}{{ '%s'|safe % s }}", "<i>&lt;" },
        { "{{ '%x'|safe % 5 }}",
          "ETYPE: %x format: an integer is required, not _MarkupEscapeHelper" },
        { "{{ '%*d'|safe % (5, 5) }}", "ETYPE: * wants int" },
        { "{{ 'a'|safe + 'b'.encode() }}",
          "ETYPE: can only concatenate str (not \"bytes\") to str" },
        { "{{ 'é'.encode() + 'b'.encode() }}", "b&#39;\\xc3\\xa9b&#39;" },
    };
    cf_list  *list;
    cf_arena *arena = cf_arena_new();

    list = cf_list_new(arena);
    cf_list_add(list, cf_string("b"));
    cf_list_add(list, cf_string("a"));
    cf_template_options options = { .autoescape = CF_AUTOESCAPE_ON };
    cf_named            vars[] = {
                   CF_NAMED("x", list), CF_NAMED("y", true), CF_NAMED("s", "<"), { "h", cf_safe("<i>") }
    };

    CHECK(&options, cases, vars, 4);
    cf_arena_free(arena);
}

Test(differences, values)
{
    static const render_case cases[] = {
        { "{{ '%a' % 'é日😀' }}{{ '{!a}'.format('ß') }}", "'\\xe9\\u65e5\\U0001f600''\\xdf'" },
        { "{{ '{:#}'.format('x') }}",
          "ERUNTIME: Alternate form (#) not allowed in string format specifier" },
        { "{{ {}.fromkeys('ab', 1) }}{{ {}.fromkeys([1]) }}", "{'a': 1, 'b': 1}{1: None}" },
        { "{{ {(1, []): 2} }}", "ETYPE: unhashable type: 'list'" },
        { "{{ [(1, {})]|unique|list }}", "ETYPE: unhashable type: 'dict'" },
        { "{{ [{}]|map(attribute='a', default=none)|list }}", "[Undefined]" },
        { "{{ 7 % -9223372036854775807 }}|{{ -7 % 3 }}|{{ 7 % -3 }}", "-9223372036854775800|2|-2" },
        { "{{ missing is sameas missing }}", "False" },
        { "{{ missing|attr('x') }}", "EUNDEFINED: 'missing' is undefined" },
        { "{{ dict(missing) }}", "EUNDEFINED: 'missing' is undefined" },
        { "{{ [1].pop(missing) }}",
          "ETYPE: 'Undefined' object cannot be interpreted as an integer" },
        { "{{ ('a'|safe).nope.x }}",
          "EUNDEFINED: 'markupsafe.Markup object' has no attribute 'nope'" },
        { "{% for x in [1] %}{{ loop.nope.x }}{% endfor %}",
          "EUNDEFINED: 'jinja2.runtime.LoopContext object' has no attribute 'nope'" },
        { "{{ _(missing) }}{{ _(5) }}{{ _('<'|safe) is escaped }}", "5True" },
        { "{% include [5, missing, 'main2'] ignore missing %}", "" },
        { "{% include true ignore missing %}", "ETYPE: 'bool' object is not iterable" },
        { "{% for x in 'ab' if x %}{% include ['nope', 'main3'] ignore missing %}{{ loop.length }}"
          "{% endfor %}",
          "22" },
        { "{{ {1: 2}.pop([], 3) }}", "ETYPE: unhashable type: 'list'" },
        { "{{ {}.pop([], 3) }}{{ '%c' % true }}", "3\x01" },
        { "{{ 'a'.startswith((1, 'a')) }}",
          "ETYPE: startswith first arg must be str or a tuple of str, not int" },
        { "{% include none ignore missing %}{% include [] ignore missing %}", "" },
    };
    static const render_case chainable[] = {
        { "{{ ('a'|safe + x.y)|e }}", "a" },
        { "{{ missing.y + 'a'|safe }}", "EUNDEFINED: 'missing' is undefined" },
    };
    static const render_case newstyle[] = {
        { "{{ _('%(n)s', n=1) }}", "1" },
        { "{{ _(5) }}", "ETYPE: unsupported operand type(s) for %: 'int' and 'dict'" },
        { "{% autoescape true %}{{ _(5) }}[{{ _(missing) }}]{% endautoescape %}", "5[]" },
    };
    cf_template_options options = { .extensions = CF_JINJA_I18N };

    CHECK(&options, cases, NULL, 0);
    options.newstyle_gettext = true;
    CHECK(&options, newstyle, NULL, 0);
    options.undefined = CF_UNDEFINED_CHAINABLE;
    CHECK(&options, chainable, NULL, 0);
}

/* Values are compared in the order in which Python's sort compares them. */
Test(differences, sorting)
{
    static const render_case cases[] = {
        { "{{ [3, none, 'a']|sort }}",
          "ETYPE: '<' not supported between instances of 'NoneType' and 'int'" },
        { "{{ [5, 1, 4, 2, 'a', none]|sort }}",
          "ETYPE: '<' not supported between instances of 'str' and 'int'" },
        { "{{ [1, none, 2, 'a']|sort(reverse=true) }}",
          "ETYPE: '<' not supported between instances of 'int' and 'str'" },
        { "{{ [[1, missing], [1, 2]]|sort }}", "EUNDEFINED: 'missing' is undefined" },
        { "{{ [[2, 'b'], [1, 'x'], [2, 'a'], [1, 'y']]|sort(attribute='0', reverse=true) }}",
          "[[2, 'b'], [2, 'a'], [1, 'x'], [1, 'y']]" },
        { "{{ range(150)|sort(reverse=true)|first }}"
          "{{ (range(90)|list + range(70)|list)|sort|unique|list == range(90)|list }}"
          "{{ (range(70)|list + range(99)|list)|sort(reverse=true)|last }}",
          "149True0" },
        { "{{ [{}, {}]|sort }}{{ [none, none]|sort }}", "[{}, {}][None, None]" },
        { "{{ 'ba'|groupby(0)|sort|map('first')|join }}{{ ('ab'|groupby(0))[0] == ('a', ['a']) }}"
          "{{ ('ab'|groupby(0)|first)[1:] }}",
          "abTrue(['a'],)" },
        { "{{ [1]|sort(reverse='x') }}",
          "ETYPE: 'str' object cannot be interpreted as an integer" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(differences, arguments)
{
    static const render_case cases[] = {
        /* Filters and tests that take nothing but their value. */
        { "{{ 'ab'|first(1) }}", "ETYPE: first takes no arguments" },
        { "{{ 'ab'|upper(x=1) }}", "ETYPE: upper takes no arguments" },
        { "{{ ['a']|map('title', 1)|list }}", "ETYPE: title takes no arguments" },
        { "{{ ['a']|reject('lower', 1)|list }}", "ETYPE: lower takes no arguments" },
        { "{{ 1 is odd(2) }}", "ETYPE: odd takes no arguments" },
        /* What is given and undefined is not what was left out. */
        { "[{{ 'x'|int(missing) }}{{ 'x'|float(missing) }}]", "[]" },
        { "{{ 'x'|int(7, base='no') }}{{ '12'|int(base=none) }}", "712" },
        { "{{ 'b'|groupby(missing, 'all') }}", "[('all', ['b'])]" },
        { "{{ {}|dictsort(by=missing) }}",
          "ERUNTIME: You can only sort by either \"key\" or \"value\"" },
        { "{{ range(missing) }}", "ETYPE: 'Undefined' object cannot be interpreted as an integer" },
        { "{{ 'a'.center(missing) }}",
          "ETYPE: 'Undefined' object cannot be interpreted as an integer" },
        { "{{ missing|abs }}", "ETYPE: bad operand type for abs(): 'Undefined'" },
        { "{{ 'abc'[missing:] }}",
          "ETYPE: slice indices must be integers or None or have an __index__ method" },
        { "{{ 'a'.center(10 / 2) }}", "ETYPE: argument 'width' must be an integer, not 'float'" },
        { "{{ dict(*missing) }}", "{}" },
        { "{{ dict(**missing) }}", "EUNDEFINED: 'missing' is undefined" },
        { "{% set a, b = missing %}", "ETYPE: not enough values to unpack (expected 2, got 0)" },
        { "{{ 'x'|attr(1) }}", "ETYPE: attribute name must be string, not 'int'" },
        { "{{ {1: 2}|xmlattr }}", "ETYPE: an attribute's name must be a string, not 'int'" },
        { "{% set o = namespace(items={'b': 1, 'a': 2}.items) %}{{ o|dictsort }}{{ o|xmlattr }}",
          "[('a', 2), ('b', 1)] b=\"1\" a=\"2\"" },
        { "{{ namespace(items=['a'].copy)|xmlattr }}",
          "ETYPE: an attribute is a pair, not 1 values" },
        { "{{ ['a']|sum(start='') }}", "ETYPE: sum() can't sum strings; use join" },
        { "{{ cycler(1, x=2) }}", "ETYPE: cycler() takes no keyword arguments" },
        { "{{ namespace({}, {}) }}", "ETYPE: namespace expected at most 1 argument, got 2" },
        { "{{ ('<B>'|safe).casefold() is escaped }}", "False" },
        { "{{ [1, [2]]|tojson('\t') }}", "[\n\t1,\n\t[\n\t\t2\n\t]\n]" },
        { "{{ [1]|tojson('<') }}|{{ [1, []]|tojson(0) }}", "[\n\\u003c1\n]|[\n1,\n[]\n]" },
        { "{{ 'ab'|groupby(0)|tojson(1) }}",
          "[\n [\n  \"a\",\n  [\n   \"a\"\n  ]\n ],\n [\n  \"b\",\n  [\n   \"b\"\n  ]\n ]\n]" },
        /* A part of a constant is looked for while a template is compiled, like an item. */
        { "[{{ 1[2:] }}{{ 1[2:]|default('x') }}{{ 'ab'['x':] ~ 'y' }}]", "[xy]" },
        { "{{ i ~ 1[2:] }}", "ETYPE: 'int' object is not subscriptable" },
        { "{{ '{:>9}'.format(missing) }}",
          "ETYPE: unsupported format string passed to Undefined.__format__" },
        { "{{ 1[2:].x }}", "ETYPE: 'int' object is not subscriptable" },
        { "[{{ ['a'|e, true[1:]]|join(',') }}]", "[a,]" },
        { "{{ 'abc'.find('', 1, 0) }}{{ 'abc'.count('', 2, -2) }}{{ 'abc'.startswith('', 9) }}"
          "{{ 'abc'.rfind('', true, 2) }}{{ 'abc'.endswith('', 3) }}",
          "-10False2True" },
        { "{{ 'ab'[::0] }}", "ERUNTIME: slice step cannot be zero" },
    };
    static const render_case boxed[] = {
        { "{% set d = {'_pk': 5, '__x': 6} %}{{ d._pk }}{{ d.__x }}[{{ d._no }}]", "56[]" },
        { "{{ {}._no.x }}", "EUNDEFINED: 'dict object' has no attribute '_no'" },
        { "{{ 's'._x.y }}", "EUNDEFINED: 'str object' has no attribute '_x'" },
        { "{{ namespace(_x=1)._x.y }}",
          "ESECURITY: access to attribute '_x' of 'Namespace' object is unsafe." },
        { "{{ {'__class__': 5}.__class__.x }}",
          "ESECURITY: access to attribute '__class__' of 'dict' object is unsafe." },
    };
    cf_template_options sandbox = { .sandbox = CF_SANDBOX_ON };

    CHECK(NULL, cases, NULL, 0);
    CHECK(&sandbox, boxed, NULL, 0);
}

Test(differences, bytes)
{
    static const render_case cases[] = {
        { "{{ 'é'.encode('latin-1') }}{{ 'aé'.encode('ascii', errors='ignore') }}"
          "{{ 'é'.encode('ascii', 'xmlcharrefreplace').decode() }}",
          "b'\\xe9'b'a'&#233;" },
        { "{{ 'é'.encode('ASCII') }}", "ERUNTIME: can't encode character 0xe9 in position 0" },
        { "{{ 'é'.encode('rot13') }}", "ERUNTIME: unknown encoding: rot13" },
        { "{{ 'é'.encode('ascii', 'no') }}", "ERUNTIME: unknown error handler name 'no'" },
        { "{{ 'aé'.encode()[:2].decode() }}", "ERUNTIME: can't decode byte 0xc3 in position 1" },
        { "{{ 'é'.encode()[:1].decode(errors='replace') }}{{ 'é'.encode().decode('latin-1') }}",
          "\uFFFDÃ©" },
        { "{{ 'é'.encode().hex() }} {{ 'abcdef'.encode().hex('-', 2) }} "
          "{{ 'abcde'.encode().hex(':', -2) }}",
          "c3a9 6162-6364-6566 6162:6364:65" },
        { "{{ 'é<'.encode().upper() }}{{ 'a b'.encode().title() }}", "b'\\xc3\\xa9<'b'A B'" },
        { "{{ 'a\\x1cb\\vc\\nd'.encode().split() }}{{ 'a\\vb\\nc'.encode().splitlines() }}",
          "[b'a\\x1cb', b'c', b'd'][b'a\\x0bb', b'c']" },
        { "{{ 'abc'.encode()[1] }}{{ 'abc'.encode()[1:] }}{{ 98 in 'abc'.encode() }}",
          "98b'bc'True" },
        { "{{ '-'.encode().join(['a'.encode(), 'b'.encode()]) }}", "b'a-b'" },
        { "{{ 'abc'.encode().find(99) }}{{ 'éa'.encode().find('a'.encode()) }}", "22" },
        { "{{ 'abc'.encode().startswith(('x'.encode(), 'a'.encode())) }}"
          "{{ 'x'.encode().isalpha() }}{{ 'é'.encode().isalpha() }}",
          "TrueTrueFalse" },
        { "{{ 'a'.encode().split('a') }}", "ETYPE: a bytes-like object is required, not 'str'" },
        { "{{ 'a'.encode().join([1]) }}", "ETYPE: a bytes-like object is required, not 'int'" },
        { "{{ 'a'.encode().count(256) }}", "ERUNTIME: byte must be in range(0, 256)" },
        { "{{ 'a' in 'a'.encode() }}", "ETYPE: a bytes-like object is required, not 'str'" },
        { "{{ 'a'.split('a'.encode()) }}", "ETYPE: must be str, not bytes" },
        { "{{ 'a'.replace(missing, '') }}", "ETYPE: argument 'old' must be str, not Undefined" },
        { "{{ 'a'.split(missing) }}", "ETYPE: must be str, not Undefined" },
        { "{{ 'ab'.translate('x'.maketrans('ab', 'cd')) }}"
          "{{ 'abc'.translate(''.maketrans('a', 'b', 'c')) }}{{ 'a'.maketrans({'a': 'xy'}) }}",
          "cdbb{97: 'xy'}" },
        { "{{ ''.maketrans('a', '') }}",
          "ERUNTIME: the first two maketrans arguments must have equal length" },
        { "{{ ''.maketrans({'ab': 1}) }}",
          "ERUNTIME: string keys in translate table must be of length 1" },
        { "{{ ('<b>x'|safe).removeprefix('<b>') is escaped }}", "False" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(differences, splits_at_white_space_keep_what_lies_around_the_last_part)
{
    static const render_case cases[] = {
        { "{{ ' a b  c  '.split(maxsplit=1) }}", "['a', 'b  c  ']" },
        { "{{ '  a b  '.rsplit(none, 1) }}", "['  a', 'b']" },
        { "{{ ' a '.split(none, 0) }}{{ ' a '.rsplit(none, 0) }}{{ '  '.rsplit(none, 0) }}",
          "['a '][' a'][]" },
        { "{{ ' a b '.split(none, 2) }}{{ ' a b '.rsplit() }}", "['a', 'b']['a', 'b']" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(differences, numbers_in_texts)
{
    static const render_case cases[] = {
        { "{{ ('1.' ~ '3' * 600)|float }} {{ ('0' * 600 ~ '5')|float }} "
          "{{ ('1' ~ '0' * 600 ~ 'e-600')|float }} {{ ('-' ~ '9' * 600)|float }} "
          "{{ ('1_' * 600 ~ '1e-900_x')|float }} {{ ('0.' ~ '0' * 600 ~ '1e601')|int }}",
          "1.3333333333333333 5.0 1.0 -inf 0.0 1" },
        { "{{ '%c' % (10**25) }}", "ERUNTIME: %c arg not in range(0x110000)" },
        { "{{ '%c' % (-1) }}", "ERUNTIME: %c arg not in range(0x110000)" },
        { "{{ '%020f|%-6f|%06f' % ('-inf'|float, 'inf'|float, 'nan'|float) }}",
          "-0000000000000000inf|inf   |000nan" },
        { "{{ 'x y'|wordwrap(3.0) }}|{{ 'aa x y'|wordwrap(2.9) }}|{{ 'x y'|wordwrap(0.5) }}",
          "x y|aa\nx\ny|x\ny" },
        { "{{ 'x'|wordwrap(-0.5) }}", "ERUNTIME: invalid width 0 (must be > 0)" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(differences, pretty_printing_and_views)
{
    static const render_case cases[] = {
        { "{{ {'b':1, 2:3, none:4}|pprint }}", "{None: 4, 2: 3, 'b': 1}" },
        { "{{ {'b':1, 2:3, none:4, 1:1, 'a':1, (1,):2, 1.5: 2, (0,): 3}|pprint }}",
          "{None: 4, 1: 1, 1.5: 2, 2: 3, 'a': 1, 'b': 1, (0,): 3, (1,): 2}" },
        { "{{ [{'b':1, 2:3}, {(1, 'a'): 1, (1, 2): 2, 'x': 3}]|pprint }}",
          "[{2: 3, 'b': 1}, {'x': 3, (1, 'a'): 1, (1, 2): 2}]" },
        { "{{ ('abc def ' * 12).encode()|pprint }}",
          "(b'abc def abc def abc def abc def abc def abc def abc def abc def abc def abc '\n b'def abc def abc def ')" },
        { "{{ [('abcd' * 30).encode(), 1]|pprint }}",
          "[b'abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd'\n b'abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd',\n 1]" },
        { "{{ {'a': ('\\xff' * 30).encode('latin-1')}|pprint }}",
          "{'a': b'\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff'\n      b'\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff'}" },
        { "{{ ('a' * 78).encode()|pprint }}",
          "(b'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\n b'aa')" },
        { "{{ ('a' * 77).encode()|pprint }}",
          "b'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'" },
        { "{% set d = {'a': 1, 'b': []} %}{{ d.keys() == {'b': 2, 'a': 3}.keys() }} {{ d.items() == {'b': [], 'a': 1}.items() }} {{ d.values() == d.values() }} {{ d.keys() == ['a', 'b'] }} {{ d.keys() == d.items() }} {{ {}.keys() == {}.items() }} {{ d.items() == {'a': 1, 'b': 2}.items() }} {{ d.keys() == {'a': 1, 'c': 1}.keys() }} {{ d.keys() == 1 }} {{ d.keys() != d.keys() }}",
          "True True False False False True False False False False" },
        /* Dicts that hold views of each other have no end. */
        { "{% set a = {} %}{% set b = {} %}{% set _ = a.update(x=a.items()) %}"
          "{% set _ = b.update(x=b.items()) %}{{ a.items() == b.items() }}",
          "ELIMIT: values are too deep or too large to be compared" },
    };

    CHECK(NULL, cases, NULL, 0);
}
