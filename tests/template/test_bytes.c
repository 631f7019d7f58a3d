/* test_bytes.c -- bytes in templates: what Python gives, and what hostile ones must not do. */
#include "helpers.h"

#define NEST(e)                                                                                    \
    "{% set ns = namespace(a=0) %}{% for i in range(50000) %}{% set ns.a = " e " %}{% endfor %}"

Test(bytes, arguments_are_taken_one_level_deep)
{
    static const render_case cases[] = {
        { NEST("[ns.a]") "{{ 'x'.encode().join(ns.a) }}",
          "ETYPE: a bytes-like object is required, not 'list'" },
        { NEST("(ns.a, ns.a)") "{{ 'x'.encode().startswith(ns.a) }}",
          "ETYPE: a bytes-like object is required, not 'tuple'" },
        { "{% set l = [] %}{% set _ = l.append(l) %}{{ 'x'.encode().join(l) }}",
          "ETYPE: a bytes-like object is required, not 'list'" },
        { "{{ 'x'.encode().join([1]) }}", "ETYPE: a bytes-like object is required, not 'int'" },
        { "{{ 'x'.encode().endswith(('a'.encode(), 'x'.encode())) }}", "True" },
    };
    cf_template_options options = { .sandbox = CF_SANDBOX_ON };

    CHECK(&options, cases, NULL, 0);
}

Test(bytes, long_ones_are_kept_or_refused_as_a_whole)
{
    static const render_case cases[] = {
        { "{% set s = ('\\xe9' * 23000000).encode('latin-1') %}{{ s|length }} {{ s.upper()|length }}",
          "23000000 23000000" },
    };
    static const render_case limited[] = {
        { "{{ ('a' * 600).encode().hex()|length }}",
          "ELIMIT: output is larger than its limit of 1000 bytes" },
    };
    cf_template_options options = { .max_output = 1000 };

    CHECK(&options, limited, NULL, 0);
    CHECK(NULL, cases, NULL, 0);
}

Test(bytes, encodings)
{
    static const render_case cases[] = {
        { "{% for n in ['UTF 8', ' utf8', 'utf--8', 'U8', 'l1', 'latin 1', 'us_ascii', "
          "'ISO-8859-1'] %}{{ 'a'.encode(n) }}{% endfor %}",
          "b'a'b'a'b'a'b'a'b'a'b'a'b'a'b'a'" },
        { "{{ 'a'.encode('utf.8') }}", "ERUNTIME: unknown encoding: utf.8" },
        { "{{ 'a'.encode('') }}", "ERUNTIME: unknown encoding: " },
        { "{{ 'a'.encode('utf8' * 100)|length }}",
          "ERUNTIME: unknown encoding: "
          "utf8utf8utf8utf8utf8utf8utf8utf8utf8utf8utf8utf8utf8utf8utf8utf8" },
        /* What could begin a character is replaced as one. */
        { "{{ '\\u20ac'.encode()[:2].decode('utf-8', 'replace') }}", "\uFFFD" },
        { "{{ '\\xf0\\x90\\x80a\\xed\\xa0\\x80\\xe0\\x80\\xc3'.encode('l1')"
          ".decode('utf-8', 'replace') }}",
          "\uFFFDa\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD" },
        { "{{ '\\xf0\\x90\\x80a'.encode('l1').decode('utf-8', 'backslashreplace') }}",
          "\\xf0\\x90\\x80a" },
        { "{{ '\\u20ac'.encode()[:2].decode('utf-8', 'ignore')|length }}", "0" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(bytes, operators)
{
    static const render_case cases[] = {
        { "{{ 'a'.encode() * 2 }}{{ 0 * 'a'.encode() }}", "b'aa'b''" },
        { "{{ 'a'.encode() % 1 }}", "ETYPE: unsupported operand type(s) for %: 'bytes' and 'int'" },
        { "{{ 'a'.encode() + 'b' }}", "ETYPE: can't concat str to bytes" },
        { "{{ 'b' + 'a'.encode() }}", "ETYPE: can only concatenate str (not \"bytes\") to str" },
        { "{{ 97 in 'a'.encode() }}{{ true in 'a\\x01'.encode() }}{{ 0 in ''.encode() }}",
          "TrueTrueFalse" },
        { "{{ 300 in 'a'.encode() }}", "ERUNTIME: byte must be in range(0, 256)" },
        { "{{ 10**30 in 'a'.encode() }}", "ERUNTIME: byte must be in range(0, 256)" },
        { "{{ 'abc'.encode().find(true) }}{{ 'abc'.encode().find(98) }}", "-11" },
        { "{{ 'abc'.encode().find(-1) }}", "ERUNTIME: byte must be in range(0, 256)" },
        { "{% for i in 'ab' %}{% for d in [{'a': 2}, {'a'.encode(): 1}] %}[{{ d.a }}]{% endfor %}"
          "{% endfor %}",
          "[2][][2][]" },
    };

    CHECK(NULL, cases, NULL, 0);
}

Test(bytes, are_no_text_in_formats_and_json)
{
    static const render_case cases[] = {
        { "{{ '{:>8}'.format('a'.encode()) }}",
          "ETYPE: unsupported format string passed to bytes.__format__" },
        { "{{ '{}|{!s:>6}'.format('a'.encode(), 'b'.encode()) }}", "b'a'|  b'b'" },
        { "{{ '%c' % 'a'.encode() }}", "ETYPE: %c requires int or char" },
        { "{{ 'a b'.encode()|tojson }}", "ETYPE: Object of type bytes is not JSON serializable" },
        { "{{ {'a'.encode(): 1}|tojson }}",
          "ETYPE: a key of type bytes cannot be written as JSON" },
    };

    CHECK(NULL, cases, NULL, 0);
}
