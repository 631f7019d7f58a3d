# expressions.py -- contexts and expressions of differential.py's random templates.
import json

import grammar

STRINGS = ["", "a", "Hello World", "foo bar baz", "<b>bold</b> & \"quoted\" 'x'", "x\ny\n\nz", "  padded  ", "äöü ß ΣΑΣ",
           "42", "-3.5", "a,b,,c", "UPPER", "mIxEd-case_words (in) [brackets]", "tab\there", "%s and %d", "{} {0} {name}",
           "日本語 text", "line one\r\nline two", "https://example.com/x?y=1&z=2", "a-b c--d", "0x1f", "1e3"]
KEYS = ["a", "b", "name", "title", "items2", "x y", "Zed", "count"]
NAMES = ["i", "j", "f", "s", "t", "u", "h", "l", "m", "n", "d", "e", "users", "rows", "empty", "none1", "yes", "missing",
         "words", "nested"]


class Expressions:
    """What Gen gains: needs its r, locals and depth."""

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
