#!/usr/bin/python3
# differential.py -- random templates through Debian's python3-jinja2 and ours, side by side.
"""Usage: differential.py CARAFE_PROBE [--cases N] [--seed S] [--show K] [--save FILE]

Makes templates and contexts from a seed, renders each with both engines and compares what comes out, or
which class of error. Exits 1 on a difference, 77 (skipped) where jinja2 is missing.
"""
import argparse
import json
import random
import re
import subprocess
import sys
import warnings

import grammar

try:
    import jinja2
    import markupsafe
    from jinja2 import exceptions, sandbox
except ImportError:
    print("SKIPPED: python3-jinja2 is not installed, so there is nothing to compare with")
    sys.exit(77)

STRINGS = ["", "a", "Hello World", "foo bar baz", "<b>bold</b> & \"quoted\" 'x'", "x\ny\n\nz", "  padded  ", "äöü ß ΣΑΣ",
           "42", "-3.5", "a,b,,c", "UPPER", "mIxEd-case_words (in) [brackets]", "tab\there", "%s and %d", "{} {0} {name}",
           "日本語 text", "line one\r\nline two", "https://example.com/x?y=1&z=2", "a-b c--d", "0x1f", "1e3"]
KEYS = ["a", "b", "name", "title", "items2", "x y", "Zed", "count"]
NAMES = ["i", "j", "f", "s", "t", "u", "h", "l", "m", "n", "d", "e", "users", "rows", "empty", "none1", "yes", "missing",
         "words", "nested"]


class Gen(grammar.More):
    """One random template with its context."""

    def __init__(self, rng):
        self.r = rng
        self.macros = []
        self.locals = []
        self.depth = 0

    # ---- contexts ----
    def value(self, depth=0):
        r = self.r
        k = r.randrange(9 if depth < 2 else 6)
        if k == 0:
            return r.choice([0, 1, -1, 2, 3, 7, 10, 255, -17, 1000000])
        if k == 1:
            return r.choice([0.0, 0.5, 1.5, -2.25, 3.14159, 1e20, 1e-7, 100.0])
        if k in (2, 3):
            return r.choice(STRINGS)
        if k == 4:
            return r.choice([True, False])
        if k == 5:
            return None
        if k in (6, 7):
            return [self.value(depth + 1) for _ in range(r.randrange(4))]
        return {key: self.value(depth + 1) for key in r.sample(KEYS, r.randrange(4))}

    def context(self):
        r = self.r
        return {
            "i": r.choice([0, 1, 2, 5, 13, -4]), "j": r.choice([1, 2, 3, 10, -7]), "f": r.choice([0.5, 2.0, -1.25, 3.999]),
            "s": r.choice(STRINGS), "t": r.choice(STRINGS), "u": r.choice(STRINGS),
            "h": {"$html": r.choice(["<i>safe</i>", "a &amp; b", "x"])},
            "l": [r.choice([1, 2, 3, 4, 5, -1, 10]) for _ in range(r.randrange(5))],
            "m": [r.choice(["b", "A", "a", "C", "c", "z z", ""]) for _ in range(r.randrange(5))],
            "n": self.value(), "d": {k: r.choice([1, 2, 3, "v", None]) for k in r.sample(KEYS, r.randrange(5))},
            "e": self.value(), "empty": [], "none1": None, "yes": r.choice([True, False]),
            "users": [{"name": r.choice(["john", "Jane", "mike", "Bob <b>"]), "age": r.choice([1, 20, 30, 30.5]),
                       "active": r.choice([True, False]), "tags": r.sample(["x", "y", "z"], r.randrange(3)),
                       "addr": {"city": r.choice(["Rome", "oslo"])}} for _ in range(r.randrange(4))],
            "rows": [[r.randrange(5), r.choice(["p", "q"])] for _ in range(r.randrange(4))],
            "words": "the quick brown fox jumps over the lazy dog " * r.randrange(3),
            "nested": [[1, [2, 3]], [], [4]], "tree": grammar.TREE,
        }

    # ---- expressions ----
    def lit_int(self):
        return str(self.r.choice([0, 1, 2, 3, 5, 10, 42, 1000, "(2**63)"]))

    def lit_str(self):
        s = self.r.choice(STRINGS + ["b", "c", " ", ",", "o", "x%sy", "-"])
        return json.dumps(s, ensure_ascii=False) if self.r.random() < 0.7 and "\\u" not in s else \
            "'" + s.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "'"

    def name(self, kinds):
        if self.locals and self.r.random() < 0.4:
            return self.r.choice(self.locals)
        return self.r.choice(kinds)

    def expr(self, kind=None, d=None):
        r = self.r
        d = self.depth if d is None else d
        if kind is None or r.random() < 0.04:
            kind = r.choice(["int", "str", "list", "dict", "bool", "any", "float", "html", "big"])
        if d > 3:
            return self.leaf(kind)
        if r.random() < 0.08:
            return "(%s if %s else %s)" % (self.expr(kind, d + 1), self.expr("bool", d + 1), self.expr(kind, d + 1))
        return getattr(self, "e_" + kind)(d + 1)

    def leaf(self, kind):
        r = self.r
        if kind == "int":
            return r.choice([self.lit_int(), self.name(["i", "j"])])
        if kind == "float":
            return r.choice(["1.5", "0.25", "2.0", "f", "1e3"])
        if kind == "str":
            return r.choice([self.lit_str(), self.name(["s", "t", "u"])])
        if kind == "html":
            return r.choice(["h", "(%s)|safe" % self.lit_str(), "s|e"])
        if kind == "list":
            return r.choice(["l", "m", "empty", "[1, 2, 3]", "['b', 'a', 'C']", "(1, 'x')", "[]", "nested"])
        if kind == "dict":
            return r.choice(["d", "{'a': 1, 'b': 'two'}", "{}", "users[0]"])
        if kind == "bool":
            return r.choice(["true", "false", "yes", "none", "True"])
        return r.choice(NAMES + ["none"])

    def e_any(self, d):
        return self.expr(self.r.choice(["int", "str", "list", "dict", "bool", "float"]), d)

    def e_int(self, d):
        r = self.r
        k = r.randrange(13)
        a = lambda: self.expr("int", d)
        if k < 3:
            return self.leaf("int")
        if k < 6:
            return "(%s %s %s)" % (a(), r.choice(["+", "-", "*", "//", "%", "+"]), a())
        if k == 6:
            return "(-%s)" % a()
        if k == 7:
            return "(%s)|%s" % (self.expr(r.choice(["list", "str", "dict"]), d), r.choice(["length", "count"]))
        if k == 8:
            return "(%s)|int" % self.expr(r.choice(["str", "float"]), d)
        if k == 9:
            return "(%s)|abs" % a()
        if k == 10:
            return "(%s)|wordcount" % self.expr("str", d)
        if k == 11:
            return "[%s, %s, %s]|%s" % (a(), a(), a(), r.choice(["sum", "max", "min", "first", "last"]))
        return "(%s).%s(%s)" % (self.expr("str", d), r.choice(["find", "count", "rfind"]), self.lit_str())

    def e_float(self, d):
        r = self.r
        k = r.randrange(6)
        if k == 0:
            return self.leaf("float")
        if k == 1:
            return "(%s / %s)" % (self.expr("int", d), self.expr("int", d))
        if k == 2:
            return "(%s %s %s)" % (self.expr("float", d), r.choice(["+", "-", "*", "//", "%"]), self.expr("float", d))
        if k == 3:
            return "(%s)|round(%s%s)" % (self.expr("float", d), r.choice(["0", "1", "2", "-1", "precision=2"]),
                                         r.choice(["", ", 'floor'", ", 'ceil'", ", 'common'"]) if r.random() < .5 else "")
        if k == 4:
            return "(%s)|float" % self.expr(r.choice(["str", "int"]), d)
        return "(%s ** %s)" % (self.expr("float", d), r.choice(["2", "3", "0", "1"]))

    def e_bool(self, d):
        r = self.r
        k = r.randrange(12)
        if k == 0:
            return self.leaf("bool")
        if k == 1:
            return "(not %s)" % self.expr(None, d)
        if k in (2, 3):
            return "(%s %s %s)" % (self.expr(None, d), r.choice(["and", "or"]), self.expr(None, d))
        if k == 4:
            t = r.choice(["int", "str", "float"])
            return "(%s %s %s)" % (self.expr(t, d), r.choice(["<", "<=", ">", ">=", "==", "!="]), self.expr(t, d))
        if k == 5:
            return "(%s < %s <= %s)" % tuple(self.expr("int", d) for _ in range(3))
        if k == 6:
            return "(%s %s %s)" % (self.expr(None, d), r.choice(["in", "not in"]), self.expr(r.choice(["list", "str", "dict"]), d))
        if k in (7, 8):
            return "(%s is %s%s)" % (r.choice([self.expr(None, d), r.choice(NAMES)]), r.choice(["", "not "]), r.choice(
                ["filter", "test", "sameas none", "sameas true", "in 'abc'", "in none", "eq none", "gt 1", "divisibleby 2", "odd", "even",
                 "lower or true", "defined", "undefined", "none", "string", "number", "mapping", "sequence", "iterable", "boolean", "integer",
                 "float", "true", "false", "callable", "escaped", "upper", "lower"]))
        if k == 9:
            return "(%s is %s)" % (self.expr("int", d), r.choice(["odd", "even", "divisibleby 3", "divisibleby(2)", "eq 2", "gt(1)",
                                                                "lessthan 5", "ne 0", "sameas 1", "in [1, 2, 3]", "== 3"]))
        if k == 10:
            return "(%s == %s)" % (self.expr(None, d), self.expr(None, d))
        return "(%s).%s" % (self.expr("str", d), r.choice(["startswith('a')", "endswith('z')", "isdigit()", "isupper()", "islower()",
                                                          "isalpha()", "isspace()", "isalnum()", "istitle()", "startswith(('H', 'f'))"]))

    def e_html(self, d):
        r = self.r
        k = r.randrange(8)
        s = lambda: self.expr("str", d)
        if k == 0:
            return "((%s) ~ (%s))" % (self.leaf("html"), s())
        if k == 1:
            return "(%s + %s)" % (self.leaf("html"), s())
        if k == 2:
            return "(%s)|%s" % (s(), r.choice(["e", "escape", "forceescape", "safe", "urlize", "striptags"]))
        if k == 3:
            return "(%s|%s)" % (self.leaf("html"), r.choice(["upper", "lower", "trim", "replace('a', '<')", "title", "capitalize", "string",
                                                           "indent(2)", "center(12)", "truncate(3, true, '<', 0)", "reverse", "list",
                                                           "first", "format(1)", "wordcount", "length", "join('<')", "striptags"]))
        if k == 4:
            return "[%s, %s]|join(%s)" % (self.leaf("html"), s(), r.choice(["", "','", "'<br>'", "'<br>'|safe"]))
        if k == 5:
            return "(%s).%s" % (self.leaf("html"), r.choice(["upper()", "replace('a', '<')", "split()", "join(['<', '>'])", "strip()",
                                                            "format('<')", "center(9)", "partition(' ')", "split('<')", "rsplit('>', 1)", "splitlines()",
                                                            "striptags()", "unescape()", "startswith('<')", "find('<')", "count('<')", "title()", "swapcase()",
                                                            "zfill(12)", "ljust(12)", "encode()", "translate({105: 'y'})", "strip('x')", "capitalize()"]))
        if k == 6:
            return "('<%%s>'|safe %% %s)" % s()
        return "(%s * 2)" % self.leaf("html")

    def e_str(self, d):
        r = self.r
        k = r.randrange(12)
        s = lambda: self.expr("str", d)
        if k < 2:
            return self.leaf("str")
        if k == 2:
            return "(%s ~ %s ~ %s)" % (s(), self.expr(None, d), s())
        if k == 3:
            return "(%s + %s)" % (s(), s())
        if k in (4, 5):
            return "(%s)|%s" % (s(), r.choice([
                "upper", "lower", "title", "capitalize", "trim", "trim('a ')", "reverse", "string", "e", "escape", "forceescape",
                "striptags", "urlencode", "wordwrap(10)", "wordwrap(7, false)", "wordwrap(5, wrapstring='|')", "center(20)", "indent",
                "indent(2, true)", "indent(3, false, true)", "indent('> ')", "replace('o', '0')", "replace('a', '<', 1)", "truncate(8)",
                "truncate(6, true)", "truncate(9, false, '…')", "truncate(7, leeway=0)", "default('x')", "first", "last", "urlize",
                "tojson", "pprint", "length", "list", "wordcount", "int", "float", "safe", "upper|lower|title", "d", "attr('upper')()",
                "replace('', '-')", "wordwrap(12, true, '<br>', false)", "truncate(20, leeway=3)", "truncate(4, end='')", "indent(1, blank=true)",
                "urlize(12)", "urlize(20, true)", "urlize(rel='x')", "urlize(target='_top')", "int(7, 16)", "int(base=8)", "float(1.5)", "trim('<')",
                "filesizeformat", "round", "attr('nope')", "escape|length", "striptags|e", "center(7)|trim", "title|swapcase if false else 'q'",
                "default('x', true)", "string|length", "wordwrap(3)|length", "indent(s)", "map('upper')|join", "select('in', 'abc')|join('.')",
                "batch(3)|map('join')|list", "slice(2)|list", "reverse|upper", "first|upper", "unique|list", "max", "min", "groupby(0)|list", "dictsort",
                "items|list", "random|length", "tojson(indent=2)", "urlencode|length", "center",  "batch(2)|list", "join('-')", "sort|join", "unique|join", "xmlattr", "abs", "sum"]))
        if k in (6, 7):
            return "(%s).%s" % (s(), r.choice([
                "upper()", "lower()", "strip()", "lstrip()", "rstrip('z')", "title()", "capitalize()", "swapcase()", "replace('a', 'b')",
                "replace('o', '', 1)", "split()", "split(',')", "split(' ', 1)", "rsplit(' ', 1)", "splitlines()", "splitlines(true)",
                "partition(' ')", "rpartition('o')", "join(['x', 'y'])", "center(15, '*')", "ljust(10)", "rjust(10, '0')", "zfill(8)",
                "format(1, 'b', name='N')", "expandtabs(4)", "index('o')",
                "casefold()", "removeprefix('a')", "removesuffix('z')", "rsplit()", "rsplit(',')", "rsplit('o', 1)", "splitlines()[0]", "find('o', 2)",
                "rfind('o', 0, 4)", "count('o', 1)", "startswith('o', 1)", "translate({97: 'x', 111: none})", "encode()", "encode().decode()",
                "isidentifier()", "isnumeric()", "isdecimal()", "isprintable()", "isascii()", "format_map({'name': 1})", "rindex('a')", "strip('a b')",
                "upper().lower().title()", "replace('', '.')", "partition('')", "split('')", "split(none, 1)", "__class__.__name__", "zfill(i)",
                "center(i, '.')", "join(s)", "ljust(4, 'ab')", "rpartition(' ')[2]", "split(maxsplit=1)", "nope()", "nope", "title().swapcase()"]))
        if k == 8:
            return "(%s)[%s]" % (s(), r.choice(["0", "-1", "1:3", ":2", "::2", "::-1", "-3:", "5:1:-1", "1:", "i", "i:j"]))
        if k == 9:
            return "(%s)|join(%s)" % (self.expr("list", d), r.choice(["", "', '", "'<'", "d='-'", "'|', attribute='name'"]))
        if k == 10:
            return "('%s' %% %s)" % r.choice([("%s", "(%s,)" % self.expr(None, d)), ("%5.2f|%-6d|%+d|%x", "(1.5, i, j, 255)"),
                                              ("%s-%r", "(s, t)"), ("%(a)s", "{'a': s}"), ("%05d", "i"), ("%.3s", "s"), ("%e", "f"),
                                              ("%%", "()"), ("%c", "'x'"), ("%o %X", "(8, 255)"), ("%10s|%-10s", "(s, t)"), ("%*d|%-*d|", "(6, i, 5, j)"), ("%.*f", "(2, f)"), ("%#x %#o", "(255, 8)"),
                                              ("% d %+.1e", "(i, f)"), ("%i %u", "(f, i)"), ("%g %G", "(f, 1e-10)"), ("%5.1f%%", "f"), ("%s", "d"), ("%s", "l"), ("%r", "h"),
                                              ("%a", "s"), ("%d", "s"), ("%s %s", "s"), ("%c", "97"), ("%(a)05d|%(b)s", "{'a': i, 'b': t}"), ("%z", "i"), ("%x", "f"), ("%", "i")])
        return "'%s'.format(%s)" % r.choice([("{} {}", "s, i"), ("{0}-{1}-{0}", "s, t"), ("{a!r}", "a=s"), ("{:>10}|{:<8}|{:^9}", "s, t, i"),
                                            ("{:05d} {:,} {:.2f} {:+d}", "i, 1234567, f, j"), ("{0[a]} {0.b}", "{'a': 1, 'b': 2}"),
                                            ("{:*^12}", "s"), ("{:x} {:o} {:b} {:#x}", "255, 8, 5, 255"), ("{:.3}", "s"), ("{:e} {:g} {:%}",
                                             "f, f, f"), ("{{}} {}", "i"), ("{:{w}}", "s, w=10"), ("{:_} {:010.3f}", "1000000, f"), ("{:+} {: } {:-}", "i, j, f"), ("{!s:>5}{!r}", "i, t"),
                                            ("{:<+7.1f}|{:=+8}|{:08}", "f, i, j"), ("{:c}{:d}{:n}", "97, i, j"), ("{:.0f} {:.10g} {:g}", "f, f, 1e20"), ("{:,.2f} {:_d}",
                                             "1234567.891, 7654321"), ("{:#b} {:#o} {:#X} {:08b}", "5, 8, 255, 3"), ("{0!r} {0}", "d"), ("{0[0]}", "l"),
                                            ("{a.b}", "a={'b': 1}"), ("{:>{}}", "s, 9"), ("{:s}", "i"), ("{:d}", "s"), ("{:x}", "f"), ("{", "i"), ("{}{1}", "i, j")])

    def e_list(self, d):
        r = self.r
        k = r.randrange(12)
        if k < 2:
            return self.leaf("list")
        if k == 2:
            return "[%s]" % ", ".join(self.expr(None, d) for _ in range(r.randrange(4)))
        if k == 3:
            return "(%s + %s)" % (self.leaf("list"), self.leaf("list"))
        if k == 4:
            return "(%s)[%s]" % (self.leaf("list"), r.choice(["1:", ":2", "::-1", "::2", "-2:", "i:"]))
        if k in (5, 6):
            return "(%s)|%s" % (self.expr("list", d), r.choice([
                "list", "sort", "sort(true)", "sort(reverse=true, case_sensitive=true)", "reverse|list", "unique|list", "batch(2)|list",
                "batch(3, 'x')|list", "slice(2)|list", "slice(3, '-')|list", "map('string')|list", "select|list", "reject|list",
                "select('odd')|list", "reject('none')|list", "map('upper')|list", "map('int', default=7)|list", "select('gt', 2)|list",
                "unique(true)|list", "map('default', 'z')|list", "select('string')|list", "select('in', [1, 2])|list", "tojson",
                "first", "last", "max", "min", "sum", "length", "map('length')|list", "join", "string", "pprint", "urlencode",
                "groupby(0)|list", "map(attribute=0)|list", "map('first')|list", "e", "map('string')|join('+')", "select('none')|first",
                "reverse|first", "batch(2)|first", "unique|sum", "select|reject('odd')|list", "map('nope')|list", "select('nope')|list",
                "slice(2)|map('list')|list", "batch(0)|list", "batch('x')|list", "batch(2, fill_with=0)|map('sum')|list", "reverse|reverse|list",
                "map('string')|length", "select|last", "unique|reverse", "map('round')|list", "map('abs')|map('string')|join", "sort|reverse|list",
                "sort(attribute=0)", "min(attribute=0)", "max(case_sensitive=true)", "sum(start=10)", "join(attribute=0)", "map(attribute='x', default=0)|sum",
                "select('divisibleby', 2)|list", "reject('in', [2, 'a'])|list", "select('==', 2)|list", "map('tojson')|list", "items|list", "xmlattr"]))
        if k in (7, 8):
            return "users|%s" % r.choice([
                "map(attribute='name')|list", "selectattr('active')|map(attribute='name')|list", "rejectattr('active')|list|length",
                "selectattr('age', 'gt', 20)|map(attribute='age')|list", "sort(attribute='name')|map(attribute='name')|list",
                "sort(attribute='age,name')|map(attribute='name')|join(',')", "groupby('age')|list", "groupby('addr.city')|map('first')|list",
                "map(attribute='addr.city')|list", "map(attribute='nope', default='q')|list", "sum(attribute='age')",
                "max(attribute='age')", "min(attribute='name')", "unique(attribute='age')|map(attribute='name')|list", "map(attribute='tags')|map('join', '+')|list",
                "groupby('active')|map(attribute='list')|map('length')|list", "join(', ', attribute='name')", "tojson", "first", "length",
                "map('attr', 'name')|list", "groupby('name', case_sensitive=true)|map(attribute=0)|list", "map(attribute='tags.0')|list"])
        if k == 9:
            return "range(%s)|list" % r.choice(["3", "1, 5", "0, 10, 3", "5, 0, -2", "i", "0"])
        if k == 10:
            return "(%s)|%s" % (self.expr("dict", d), r.choice(["list", "dictsort", "dictsort(true)", "dictsort(false, 'value')", "items|list",
                                                               "dictsort(reverse=true)", "length", "tojson", "xmlattr", "urlencode", "pprint", "string", "sort", "first"]))
        return "(%s).split(%s)" % (self.expr("str", d), r.choice(["", "','", "' '"]))

    def e_dict(self, d):
        r = self.r
        k = r.randrange(8)
        if k < 3:
            return self.leaf("dict")
        if k == 3:
            return "{%s}" % ", ".join("%s: %s" % (json.dumps(key), self.expr(None, d)) for key in r.sample(KEYS, r.randrange(3)))
        if k == 4:
            return "(%s).%s" % (self.leaf("dict"), r.choice(["get('a')", "get('zzz', 5)", "keys()|list", "values()|list", "items()|list",
                                                            "copy()", "name", "a", "nope", "a.b", "get('a', {}).b", "items()|first",
                                                            "items()|sort", "values()|first", "keys()|join", "items", "values()|sum", "get('a')|upper",
                                                            "items()|length", "pop('a')", "popitem()", "setdefault('q', 1)", "__class__.__name__"]))
        if k == 5:
            return "(%s)[%s]" % (self.leaf("dict"), r.choice(["'a'", "'name'", "'nope'", "s", "1"]))
        if k == 6:
            return "dict(a=%s, b=2)" % self.expr(None, d)
        return "dict([('k', %s)])" % self.expr(None, d)

    # ---- statements ----
    def text(self):
        return self.r.choice(["text ", "<p>", "\n", " ", "x", "  \n  ", "a & b", "{", "}", "# no ", "% no "])

    def sign(self):
        return self.r.choice(["", "", "", "", "-", "+"])

    def tag(self, inside):
        end = self.r.choice(["", "", "", "-"])
        return "{%%%s %s %s%%}" % (self.sign(), inside, end)

    def output(self):
        if self.macros and self.r.random() < 0.25:
            return self.call_macro()
        end = self.r.choice(["", "", "", "", "-"])
        return "{{%s %s %s}}" % (self.r.choice(["", "", "", "-"]), self.expr(), end)

    def call_macro(self):
        name, params = self.r.choice(self.macros)
        args = [self.expr() for _ in range(self.r.randrange(params + 1))]
        if self.r.random() < 0.2:
            args.append("b=%s" % self.expr())
        return "{{ %s(%s) }}" % (name, ", ".join(args))

    def body(self, n=None):
        self.depth += 1
        out = []
        for _ in range(n if n is not None else self.r.randrange(1, 4)):
            k = self.r.random()
            if k < 0.35 or self.depth > 4:
                out.append(self.output())
            elif k < 0.6:
                out.append(self.text())
            else:
                out.append(self.statement())
        self.depth -= 1
        return "".join(out)

    def statement(self):
        return getattr(self, "s_" + self.r.choice(["if", "for", "for", "set", "set", "with", "macro", "filter", "raw", "comment", "setblock",
                                                  "call", "autoescape", "ns", "do", "loopctl", "recursive", "include", "cycler", "trans"] + grammar.names()))()

    def s_if(self):
        out = self.tag("if " + self.expr("bool")) + self.body()
        if self.r.random() < 0.3:
            out += self.tag("elif " + self.expr("bool")) + self.body()
        if self.r.random() < 0.5:
            out += self.tag("else") + self.body()
        return out + self.tag("endif")

    def scoped(self, names, n=None):
        self.locals += names
        out = self.body(n)
        del self.locals[len(self.locals) - len(names):]
        return out

    def loop_bit(self):
        return self.r.choice(["", "", "{{ loop.index }}", "{{ loop.first }}-{{ loop.last }}", "{{ loop.length }}", "{{ loop.revindex }}",
                              "{{ loop.cycle('odd', 'even') }}", "{{ loop.changed(x) }}", "{{ loop.previtem is defined }}", "{{ loop.nextitem }}",
                              "{{ loop.index0 ~ loop.revindex0 ~ loop.depth }}"])

    def s_for(self):
        r = self.r
        if r.random() < 0.25:
            head, names = r.choice([("for x, y in rows", ["x", "y"]), ("for x, y in d.items()", ["x", "y"]),
                                    ("for x, y in d|dictsort", ["x", "y"]), ("for x, y in d|items", ["x", "y"]), ("for (x, y) in rows", ["x", "y"])])
        else:
            head, names = "for x in " + self.expr(r.choice(["list", "list", "str", "dict"])), ["x"]
        if r.random() < 0.25:
            head += " if " + r.choice(["x", "x is defined", "loop is undefined", "x is string", "x != 1"])
        out = self.tag(head) + self.loop_bit() + self.scoped(names)
        if r.random() < 0.3:
            out += self.tag("else") + self.body()
        return out + self.tag("endfor")

    def s_recursive(self):
        return ("{% for x in nested recursive %}[{{ loop.depth }}{% if x is iterable and x is not string %}{{ loop(x) }}{% else %}{{ x }}"
                "{% endif %}]{% endfor %}")

    def s_loopctl(self):
        return "{%% for x in %s %%}%s{%% if %s %%}{%% %s %%}{%% endif %%}%s{%% endfor %%}" % (
            self.leaf("list"), self.text(), self.expr("bool"), self.r.choice(["break", "continue"]), self.scoped(["x"], 1))

    def s_set(self):
        name = self.r.choice(["v", "w", "i", "s", "l"])
        if self.r.random() < 0.15:
            return self.tag("set v, w = " + self.r.choice(["1, 2", "rows[0]", "'ab'", "(s, t)", "l[:2]"]))
        return self.tag("set %s = %s" % (name, self.expr())) + self.r.choice(["", "{{ %s }}" % name])

    def s_setblock(self):
        return self.tag("set v" + self.r.choice(["", " | upper", " | trim | length"])) + self.body() + self.tag("endset") + "{{ v }}"

    def s_with(self):
        return self.tag("with " + self.r.choice(["v = %s" % self.expr(), "v = 1, w = v", "v = i, w = %s" % self.expr()])) + \
            self.scoped(["v"]) + self.tag("endwith")

    def s_macro(self):
        name = "mac%d" % len(self.macros)
        params = self.r.choice([("a", 1), ("a, b=2", 2), ("a, b=a", 2), ("", 0), ("a=1, b='x', c=i", 3)])
        out = self.tag("macro %s(%s)" % (name, params[0])) + self.scoped([p.split("=")[0].strip() for p in params[0].split(",") if p]) + \
            self.r.choice(["", "{{ varargs }}", "{{ kwargs }}", "{{ caller is defined }}", "{{ caller() if caller else '' }}"]) + self.tag("endmacro")
        if self.depth <= 1:
            self.macros.append((name, params[1]))
        return out + self.r.choice(["", "{{ %s.name }}{{ %s.arguments }}" % (name, name)])

    def s_call(self):
        return ("{%% macro box(a=1) %%}<{{ caller(%s) }}|{{ a }}>{%% endmacro %%}{%% call%s box(%s) %%}%s{%% endcall %%}" % (
            self.r.choice(["", "1", "a"]), self.r.choice(["", "(x)", "(x=5)"]), self.r.choice(["", "i", "a=s"]), self.body()))

    def s_filter(self):
        return self.tag("filter " + self.r.choice(["upper", "lower", "trim", "replace('a', 'b')", "e", "indent", "title", "upper|trim",
                                                  "center(30)", "truncate(9)", "striptags"])) + self.body() + self.tag("endfilter")

    def s_raw(self):
        return self.tag("raw") + self.r.choice(["{{ x }}", "{% if %}", " {# no #} ", "\n"]) + self.tag("endraw")

    def s_comment(self):
        return "{#%s %s %s#}" % (self.sign(), self.r.choice(["a comment", "{{ x }}", "\n", ""]), self.r.choice(["", "", "-"]))

    def s_autoescape(self):
        return self.tag("autoescape " + self.r.choice(["true", "false"])) + self.body() + self.tag("endautoescape")

    def s_ns(self):
        return "{%% set ns = namespace(a=%s) %%}{%% for x in %s %%}{%% set ns.a = %s %%}{%% endfor %%}{{ ns.a }}" % (
            self.expr(), self.leaf("list"), self.r.choice(["x", "ns.a ~ x", "loop.index"]))

    def s_do(self):
        return "{%% set q = %s %%}{%% do %s %%}{{ q }}" % self.r.choice([
            ("[]", "q.append(i)"), ("[3, 1, 2]", "q.sort()"), ("{'a': 1}", "q.update(b=2)"), ("[1, 2]", "q.extend(l)"), ("[1, 2, 3]", "q.pop()"),
            ("{'a': 1}", "q.pop('a')"), ("[1, 2, 3]", "q.insert(1, s)"), ("[1, 2, 1]", "q.remove(1)"), ("{'a': 1}", "q.setdefault('b', [])"),
            ("[1, 2, 3]", "q.reverse()"), ("{'a': 1, 'b': 2}", "q.clear()"), ("[1]", "q.append(q|length)")])

    def s_include(self):
        return self.tag(self.r.choice(["include 'part'", "include ['nope', 'part']",
                                       "include 'nope' ignore missing", "import 'lib' as lib", "from 'lib' import hello", "from 'lib' import hello as hi with context"])) + \
            self.r.choice(["", "{{ lib.hello(i) }}", "{{ hello(s) }}", "{{ hi(1) if hi is defined }}"])

    def s_cycler(self):
        return self.r.choice(["{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}",
                              "{% set j2 = joiner(', ') %}{% for x in l %}{{ j2() }}{{ x }}{% endfor %}"])

    def s_trans(self):
        r = self.r
        head = r.choice(["", " trimmed", " x=%s" % self.expr(), " n=l|length", " i, x=s", " 'ctx'", " num=i", " count=users|length, who=h"])
        names = re.findall(r"(\w+)(?==|$|,)", head.replace(" trimmed", "").replace("'ctx'", ""))
        names = [n for n in names if n in ("x", "n", "i", "num", "count", "who")] + ["s", "h"]
        text = lambda: "".join(r.choice(["Hello ", "100% ", "\n  ", "<b>", "{{ %s }}" % r.choice(names)]) for _ in range(r.randrange(1, 4)))
        out = self.tag("trans" + head) + text()
        if r.random() < 0.4:
            out += self.tag("pluralize" + (" " + names[0] if len(names) > 2 and r.random() < 0.4 else "")) + text()
        return out + self.tag("endtrans") + r.choice(["", "{{ _('hi %s') % s }}", "{{ gettext('x') }}", "{{ ngettext('one', 'many', i) }}"])

    # ---- whole cases ----
    def options(self):
        r = self.r
        o = {"extensions": ["do", "loopcontrols", "i18n"], "newstyle": r.random() < 0.5, "autoescape": r.choice([False, False, True, True, "select"])}
        for name in ("trim_blocks", "lstrip_blocks", "keep_trailing_newline"):
            if r.random() < 0.25:
                o[name] = True
        if r.random() < 0.2:
            o["undefined"] = r.choice(["strict", "chainable", "debug"])
        if r.random() < 0.1:
            o["sandbox"] = r.choice(["default", "immutable"])
        if r.random() < 0.3:
            o["stream"] = True
        if r.random() < 0.1:
            o["newline_sequence"] = r.choice(["\r\n", "\r"])
        return o

    def case(self, number):
        r = self.r
        templates = {"part": "[part {{ i }} {{ x }}]", "lib": "{% macro hello(a, b='B') %}hello {{ a }}{{ b }}{{ i }}{% endmacro %}{% set exported = 3 %}{% set _hidden = 4 %}"
                            "{% set seen = i %}{% macro box(a) %}<{{ caller() }}{{ a }}>{% endmacro %}", **self.parts()}
        main = r.choice(["main", "main.html", "main.txt"])
        if r.random() < 0.25:
            base = main.replace("main", "base")
            templates[base] = "<%s>{%% block one %%}%s{%% endblock %%}%s{%% block two scoped %%}{{ i }}{%% endblock %%}{{ self.one() }}</>" % (
                self.text(), self.body(), self.text())
            blocks = "".join("{%% block %s %%}%s%s{%% endblock %%}" % (b, self.r.choice(["", "{{ super() }}"]), self.body())
                             for b in r.sample(["one", "two"], r.randrange(3)))
            templates[main] = r.choice(["", "{% set v = 3 %}", "ignored {{ i }}"]) + "{%% extends '%s' %%}" % base + \
                r.choice(["", self.tag("set w = 5"), "{% macro mm() %}M{% endmacro %}"]) + blocks
        elif r.random() < 0.15:
            templates.update(self.layers(main))
        else:
            templates[main] = self.body(r.randrange(1, 6))
        options = self.options()
        if r.random() < 0.1:
            self.delimiters(templates, options)
        return {"id": number, "kind": "render", "templates": templates, "main": main, "context": self.context(), "options": options}

    def delimiters(self, templates, options):
        """Other delimiters, and sometimes line statements."""
        marks = self.r.choice([("<%", "%>", "${", "}", "<%#", "%>"), ("[%", "%]", "[[", "]]", "[#", "#]"), ("{%", "%}", "{{", "}}", "{#", "#}")])
        for name, value in zip(("block_start", "block_end", "variable_start", "variable_end", "comment_start", "comment_end"), marks):
            options[name + "_string"] = value
        if self.r.random() < 0.5:
            options["line_statement_prefix"] = self.r.choice(["#", "%%", ">>"])
            if self.r.random() < 0.5:
                options["line_comment_prefix"] = self.r.choice(["##", "//"])
        prefix = options.get("line_statement_prefix")
        for name, source in templates.items():
            for old, new in zip(("{%", "%}", "{{", "}}", "{#", "#}"), marks):
                source = source.replace(old, new)
            if prefix:
                source = "%s for q in l\nline <%s\n  %s endfor\n%s" % (prefix, options.get("line_comment_prefix", "") + " c", prefix, source)
            templates[name] = source


# ---- the oracle ----
def revive(v):
    if isinstance(v, list):
        return [revive(x) for x in v]
    if isinstance(v, dict):
        return markupsafe.Markup(v["$html"]) if "$html" in v else {k: revive(x) for k, x in v.items()}
    return v


def oracle(case):
    """What python3-jinja2 answers, or None where the case has no meaning outside Python."""
    o = dict(case["options"])
    undefined = {"strict": jinja2.StrictUndefined, "chainable": jinja2.ChainableUndefined,
                 "debug": jinja2.DebugUndefined}.get(o.pop("undefined", None), jinja2.Undefined)
    box = o.pop("sandbox", None)
    o.pop("stream", None)
    kind = {None: jinja2.Environment, "default": sandbox.SandboxedEnvironment, "immutable": sandbox.ImmutableSandboxedEnvironment}[box]
    if o.get("autoescape") == "select":
        o["autoescape"] = jinja2.select_autoescape(("html", "htm", "xml"))
    o["extensions"] = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"]
    newstyle = o.pop("newstyle")
    try:
        env = kind(loader=jinja2.DictLoader(case["templates"]), undefined=undefined, cache_size=0, **o)
        env.install_null_translations(newstyle=newstyle)
        out = env.get_template(case["main"]).render(revive(case["context"]))
    except exceptions.TemplateNotFound:
        return {"error": "notfound"}
    except exceptions.SecurityError:
        return {"error": "security"}
    except exceptions.UndefinedError:
        return {"error": "undefined"}
    except exceptions.TemplateSyntaxError:
        return {"error": "syntax"}
    except (SyntaxError, RecursionError, AssertionError, NameError):
        return None
    except Exception:
        return {"error": "runtime"}
    if PYTHON_ONLY.search(out):
        return None
    return {"output": out}


# Text that shows what exists in Python alone: addresses, generators, types.
PYTHON_ONLY = re.compile(r"(&lt;|<)(generator|bound method|built-in|function|class|list_reverse|map object|Macro|reversed|str_ascii_it|"
                         r"odict|LoopContext|itertools|method|jinja2|LOOPCONTEXT|MACRO|GENERATOR|macro|loopcontext|Loopcontext)", re.I)


def same(case, want, got):
    if want is None:
        return True
    # Later versions of Jinja2 refuse pop() and clear() there too.
    if case["options"].get("sandbox") == "immutable" and got.get("error") == "security":
        return True
    # What integers of templates may have at most is less than what memory holds.
    if "would have more than" in got.get("message", ""):
        return True
    # Jinja2's optimizer turns a slice of a constant number into nothing, where a variable's fails.
    if "not subscriptable" in got.get("message", ""):
        return True
    if "output" in want:
        return got.get("output") == want["output"]
    # Several faults in one template may be met in another order: any error class but syntax will do.
    return "error" in got and (want["error"] == "syntax") == (got["error"] == "syntax")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--save")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = [Gen(random.Random(args.seed * 1000003 + n)).case(n) for n in range(args.cases)]
    sent = b"".join(json.dumps(c).encode() + b"\n" for c in cases)
    done = subprocess.run([args.probe], input=sent, stdout=subprocess.PIPE, timeout=1800, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    wrong, skipped, outputs = [], 0, 0
    for case, got in zip(cases, answers):
        want = oracle(case)
        skipped += want is None
        outputs += want is not None and "output" in want
        if not same(case, want, got):
            wrong.append((case, want, got))
    print("%d cases, %d rendered by both, %d only Python has, %d different, seed %d, jinja2 %s" % (
        len(cases), outputs, skipped, len(wrong), args.seed, jinja2.__version__))
    for case, want, got in wrong[:args.show]:
        print("---- case %d options %s" % (case["id"], case["options"]))
        for name, source in case["templates"].items():
            if name not in ("lib", "part", "part2", "lib2", "blocks", "child"):
                print("  %s: %r" % (name, source))
        print("  context: %s\n  want: %r\n  got:  %r" % (json.dumps(case["context"], ensure_ascii=False)[:1500], want, got))
    if args.save:
        with open(args.save, "w", encoding="utf-8") as f:
            for case, want, got in wrong:
                f.write(json.dumps({"case": case, "want": want, "got": got}) + "\n")
    if len(answers) != len(cases):
        print("the probe ended after %d of %d cases with status %d" % (len(answers), len(cases), done.returncode))
    return 1 if wrong or len(answers) != len(cases) else 0


if __name__ == "__main__":
    sys.exit(main())
