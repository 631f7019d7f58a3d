# grammar.py -- parts of templates for differential.py: whole tables of methods, filters and formats,
# and statements that span several templates.
TREE = [{"name": "a", "kids": [{"name": "b", "kids": []}, {"name": "<c>", "kids": [{"name": "d", "kids": []}]}]}, {"name": "e", "kids": []}]

STR_METHODS = [
    "capitalize()", "casefold()", "center(%i)", "center(%i, %c)", "count(%s)", "count(%s, %n)", "count(%s, %n, %n)", "encode()", "endswith(%s)",
    "endswith((%s, %s))", "endswith(%s, %n)", "expandtabs()", "expandtabs(%i)", "find(%s)", "find(%s, %n)", "find(%s, %n, %n)", "format(%s, %i)",
    "format(a=%s)", "format_map({'name': %s})", "index(%s)", "index(%s, %n)", "isalnum()", "isalpha()", "isascii()", "isdecimal()", "isdigit()",
    "isidentifier()", "islower()", "isnumeric()", "isprintable()", "isspace()", "istitle()", "isupper()", "join([%s, %s])", "join((%s, h))", "join(%s)",
    "join(d)", "ljust(%i)", "ljust(%i, %c)", "lower()", "lstrip()", "lstrip(%s)", "partition(%s)", "removeprefix(%s)", "removesuffix(%s)",
    "replace(%s, %s)", "replace(%s, %s, %n)", "rfind(%s)", "rfind(%s, %n, %n)", "rindex(%s)", "rjust(%i)", "rjust(%i, %c)", "rpartition(%s)", "rsplit()",
    "rsplit(%s)", "rsplit(%s, %n)", "rsplit(none, %n)", "rsplit(maxsplit=%n)", "rstrip()", "rstrip(%s)", "split()", "split(%s)", "split(%s, %n)",
    "split(none, %n)", "split(sep=%s)", "splitlines()", "splitlines(true)", "splitlines(keepends=false)", "startswith(%s)", "startswith((%s, h), %n)",
    "strip()", "strip(%s)", "swapcase()", "title()", "translate({97: %s, 108: none, 111: 48})", "upper()", "zfill(%i)"]
LIST_METHODS = ["append(%a)", "clear()", "copy()", "count(%a)", "extend(%l)", "index(%a)", "index(%a, %n)", "index(%a, %n, %n)", "insert(%n, %a)", "pop()",
                "pop(%n)", "remove(%a)", "reverse()", "sort()", "sort(reverse=true)", "append(%a, %a)", "pop(%a)", "extend(%a)"]
DICT_METHODS = ["clear()", "copy()", "get(%a)", "get(%a, %a)", "items()", "keys()", "pop(%a)", "pop(%a, %a)", "popitem()", "setdefault(%a)", "setdefault(%a, %a)",
                "update(%d)", "update(a=%a)", "update([(%a, %a)])", "update(%d, b=%a)", "values()", "get()", "fromkeys(%l, %a)"]
FILTERS = [
    "abs", "attr(%s)", "batch(%i)|list", "batch(%i, %a)|list", "capitalize", "center(%i)", "default(%a)", "default(%a, true)", "dictsort", "dictsort(true, 'value')",
    "dictsort(reverse=true)", "dictsort(by='value')", "escape", "filesizeformat", "filesizeformat(true)", "first", "float", "float(%n)", "forceescape", "format(%a)",
    "format(%a, %a)", "groupby(0)|list", "groupby('a')|map('list')|list", "groupby('name', default=%s)|list", "indent", "indent(%i)", "indent(%s, true, true)", "int", "int(%n)", "int(%n, 16)", "items|list",
    "join", "join(%s)", "join(h)", "join(%s, 'a')", "join(attribute=0)", "last", "length", "list", "lower", "map('upper')|list", "map('int', %n)|list",
    "map(attribute='a')|list", "map(attribute='a', default=%a)|list", "map(attribute=0)|join", "map('default', %a)|list", "max", "max(true)", "max(attribute='a')", "min", "min(case_sensitive=true)", "pprint", "reject|list", "reject('odd')|list", "reject('in', %l)|list",
    "rejectattr('a')|list", "rejectattr('a', 'eq', %a)|list", "replace(%s, %s)", "replace(%s, h, %n)", "reverse|list", "round", "round(%n)", "round(1, 'floor')", "round(-1, 'ceil')", "safe", "select|list",
    "select('string')|list", "select('gt', %n)|list", "selectattr('a')|list", "selectattr('a', 'defined')|list", "selectattr('name', 'in', %l)|list", "slice(%i)|list", "slice(%i, %a)|list", "sort", "sort(true)",
    "sort(case_sensitive=true)", "sort(attribute='a')", "sort(attribute='name,a')", "string", "striptags", "sum", "sum(start=%n)", "sum('a')", "sum(attribute='a', start=%n)", "title", "tojson", "tojson(2)",
    "trim", "trim(%s)", "truncate(%i)", "truncate(%i, true)", "truncate(%i, true, h)", "truncate(%i, false, %s, %n)", "unique|list", "unique(true)|list", "unique(attribute='a')|list", "upper", "urlencode",
    "urlize", "urlize(%i)", "urlize(%i, true)", "urlize(target=%s)", "urlize(rel=h)", "wordcount", "wordwrap(%i)", "wordwrap(%i, false)", "wordwrap(%i, true, h)", "wordwrap(%i, wrapstring=%s)",
    "wordwrap(%i, break_on_hyphens=false)", "xmlattr", "xmlattr(false)", "e", "d(%a)", "count"]
TESTS = ["boolean", "callable", "defined", "divisibleby(%n)", "eq(%a)", "escaped", "even", "false", "filter", "float", "ge(%a)", "gt(%n)", "in %l", "in %s", "integer", "iterable",
         "le(%a)", "lower", "lt(%n)", "mapping", "ne(%a)", "none", "number", "odd", "sameas(%a)", "sequence", "string", "test", "true", "undefined", "upper", "equalto(%a)", "greaterthan(%n)"]
VALUES = ["h", "s", "t", "u", "l", "m", "d", "n", "e", "i", "j", "f", "none", "true", "users", "rows", "nested", "missing", "[h, s]", "[s, h, i]", "{'a': h, 'b': s}", "{s: h}", "(h, t)", "h ~ s",
          "users[0]", "words", "tree", "[d, d]", "range(4)", "d.items()", "d.values()", "l|map('string')", "'x'", "''", "1.5", "2**70", "[10**25, 3]", "0", "[none, 1]", "[1, 1.5, true]", "['b', 'A', h]", "missing.x"]
LOOPS = ["loop.index", "loop.index0", "loop.revindex", "loop.revindex0", "loop.first", "loop.last", "loop.length", "loop.depth", "loop.depth0", "loop.previtem", "loop.nextitem",
         "loop.cycle('a', h, s)", "loop.changed(x)", "loop.changed(x, loop.first)", "loop.nope", "loop['index']", "loop|length", "loop.nextitem is defined", "loop.previtem|default('-')"]
MISSING = ["missing", "missing.a", "missing['a']", "missing[0]", "missing()", "missing + 1", "1 + missing", "missing ~ 'x'", "-missing", "missing == missing", "missing == 1", "missing != none",
           "missing < 1", "missing in [1]", "1 in missing", "missing|length", "missing|default('x')", "missing|upper", "missing|list", "missing|join(',')", "not missing", "missing or 'o'",
           "missing and 'a'", "missing is defined", "missing is none", "missing is string", "missing if true", "missing|int", "missing|string", "missing|e", "missing|first", "missing|tojson",
           "[missing]", "{'a': missing}", "[missing]|join", "'%s'|format(missing)", "'{}'.format(missing)", "missing * 2", "missing.a.b", "users[9]", "users[9].name", "d.nope", "d['nope'].x",
           "s.nope", "s.nope()", "i.nope", "none.nope", "none[0]", "l[99]", "l['x']", "missing is callable", "missing|sum", "missing|sort", "missing|batch(2)|list", "missing|attr('x')",
           "h + missing", "missing + h", "missing % 2", "missing|round", "missing|replace('a', 'b')", "missing|map('upper')|list", "loop", "self.nope", "missing == ''", "missing|abs", "(1 if false)",
           "(1 if false) is defined", "(1 if false) ~ 'x'", "missing is sameas missing", "missing is iterable", "missing|float", "missing[1:2]", "l[missing]", "d[missing]", "dict(a=missing).a", "missing|d", "missing|trim"]


# Around the ends of 64 bits and of what doubles hold exactly, long literals, and some too large for a float.
BIG = ["9223372036854775807", "9223372036854775808", "18446744073709551616", "(-2**63)", "(2**63 - 1)", "(-2**63 - 1)", "(2**64 - 1)", "(2**53 + 1)", "9007199254740993", "(2**80)", "(2**80 + 1)",
       "2.0**80", "1e19", "1e22", "1e30", "10**18", "10**25", "(10**30 + 500)", "(-10**30 - 1500)", "123456789012345678901234567890", "1_000_000_000_000_000_000_000", "0xffffffffffffffffffffffff",
       "0XABCDEF0123456789abcdef", "0o7777777777777777777777777", "0b" + "10" * 40, "(7**100)", "(-3**77)", "(2**1024)", "(2**1024 - 2**970)", "(2**1024 - 2**970 - 1)", "10**400", "(-10**400)",
       "(10**309 // 7)", "1e308", "5e-324", "(3**700)", "(2**64 * 3**50)", "'123456789012345678901234567890'|int", "'-9_223_372_036_854_775_809'|int", "'ffffffffffffffffffffffff'|int(0, 16)",
       "'zz1234567890zz1234567890'|int(7, 36)", "'1e25'|int", "1.5e300|int", "-1e22|int", "true", "0", "1", "-1", "3", "i", "j", "f"]
BIG_FILTERS = ["abs", "round", "round(-5)", "round(-20)", "round(3)", "round(2, 'ceil')", "round(0, 'floor')", "round(-3, 'floor')", "int", "float", "string|length", "filesizeformat", "filesizeformat(true)",
               "tojson", "pprint", "e", "default(1)", "string", "urlencode", "length", "list", "first", "upper", "replace('0', 'o')", "center(60)", "truncate(9, true)", "wordcount"]
BIG_LIST_FILTERS = ["sort", "sort(reverse=true)", "sum", "sum(start=2**70)", "max", "min", "unique|list", "join(',')", "tojson", "pprint", "map('abs')|list", "map('float')|list", "select('odd')|list",
                    "select('gt', 2**63)|list", "reject('divisibleby', 3)|list", "map('int')|sum", "groupby(0)|list", "first", "batch(2)|list", "map('string')|list"]
BIG_SPECS = ["", "d", "n", "x", "#X", "o", "b", "#b", "c", "e", ".3e", "f", ".2f", "g", ".17g", "%", ",", "_", "_x", "_b", "+", " ", "+,d", "50", "<50", "^51d", "*>60", "050", "050,", "+060_d", "#070_x", ",.2f", "s", ".5"]
BIG_PRINTF = ["%d", "%i", "%u", "%x", "%#X", "%o", "%#o", "%s", "%r", "%e", "%.3f", "%g", "%c", "%50d", "%-50d|", "%050d", "%+d", "% d", "%.50d", "%+.40x", "%5.2f", "%a"]


class More:
    """What Gen gains: needs its r, expr(), body(), tag(), scoped() and text()."""

    def e_big(self, d):
        """An expression of large integers, among other numbers."""
        r = self.r
        k = r.randrange(17) if d < 4 else 0
        a = lambda: self.e_big(d + 1)
        if k < 3:
            return r.choice(BIG)
        if k < 7:
            return "(%s %s %s)" % (a(), r.choice(["+", "-", "*", "//", "%", "/", "-", "//"]), a())
        if k == 7:
            return "(%s ** %s)" % (r.choice(BIG), r.choice(["0", "1", "2", "3", "-1", "2.0", "true", "7"]))
        if k == 8:
            return "(-(%s))" % a()
        if k == 9:
            return r.choice(["(%s < %s)", "(%s <= %s)", "(%s > %s)", "(%s >= %s)", "(%s == %s)", "(%s != %s)", "(%s in [1, 2.0**80, %s])", "(%s < %s < 2**90)"]) % (a(), a())
        if k == 15:
            return "(%s is %s)" % (a(), r.choice(["odd", "even", "divisibleby 7", "divisibleby(2**65)", "number", "integer", "float", "boolean", "string", "iterable", "gt(2**63)", "eq(2.0**80)", "callable", "sequence"]))
        if k == 10:
            return "((%s)|%s)" % (a(), r.choice(BIG_FILTERS))
        if k == 11:
            return "([%s, %s, %s]|%s)" % (a(), a(), a(), r.choice(BIG_LIST_FILTERS))
        if k == 12:
            return "'{:%s}'.format(%s)" % (r.choice(BIG_SPECS), a())
        if k == 13:
            return "'%s' %% (%s,)" % (r.choice(BIG_PRINTF), a())
        if k == 14:
            return "{%s: 'a', %s: 'b', 7: %s}%s" % (r.choice(BIG), r.choice(BIG), a(), r.choice(["", "[%s]" % r.choice(BIG), "|tojson", "|pprint", "|length", "|dictsort", ".get(%s)" % r.choice(BIG)]))
        return "(%s)%s" % (a(), r.choice([".bit_length()", ".real", ".imag", ".numerator", ".denominator", ".conjugate()", ".__class__.__name__", "['real']", "|attr('imag')", ".nope", "[0]", " ~ 'x'", " ~ s",
                                          " if true", " and 1", " or 1"]))

    def s_big(self):
        return "".join("{{ %s }}%s" % (self.e_big(0), self.r.choice(["", " ", "|"])) for _ in range(self.r.randrange(1, 4)))

    def fill(self, pattern):
        """%s a text, %c a character, %i a small size, %n a number, %a anything, %l a list, %d a dict."""
        out, parts = "", pattern.split("%")
        for k, part in enumerate(parts):
            if not k:
                out = part
                continue
            out += self.choose(part[0]) + part[1:]
        return out

    def choose(self, kind):
        r = self.r
        return {"s": lambda: r.choice(["'o'", "''", "' '", "s", "h", "t", "'a'", "'<'", "'ab'", "'\\n'", "','", "u[:1]", "'é'", "'lo'", "1"]),
                "c": lambda: r.choice(["'*'", "' '", "'é'", "'ab'", "'<'", "h"]),
                "i": lambda: r.choice(["0", "1", "3", "7", "12", "30", "i", "-2"]),
                "n": lambda: r.choice(["0", "1", "2", "5", "-1", "-3", "i", "j", "none", "99", "1.5", "2**65"]),
                "a": lambda: r.choice(["1", "s", "h", "'b'", "none", "l", "'a'", "2", "f", "d", "missing", "(1, 'x')", "'name'", "0", "true"]),
                "l": lambda: r.choice(["l", "m", "[1, s]", "rows", "[]", "nested", "'abc'", "('b', 2)", "[h]"]),
                "d": lambda: r.choice(["d", "{'a': 2}", "{}", "users[0]", "[('a', 1)]", "none"])}[kind]()

    def printf(self):
        r = self.r
        spec = "%" + "".join(r.sample("#0- +", r.choice([0, 0, 1, 2]))) + r.choice(["", "", "1", "5", "12", "*"]) + \
            r.choice(["", "", ".0", ".2", ".7", "."]) + r.choice(["", "", "", "l"]) + r.choice("diouxXeEfFgGcrsa%sdfs")
        value = r.choice(["i", "j", "f", "s", "h", "t", "l", "d", "none", "true", "0", "-1", "255", "2**70", "1e10", "0.1", "1.5", "123456789", "'é'", "-0.0", "missing", "(1, 2)", "65"])
        given = ("(%s, %s)" % (r.choice(["7", "-7", "i", "s"]), value)) if "*" in spec else r.choice([value, "(%s,)" % value])
        return "%s %% %s" % (r.choice(["'[%s]'", "'[%s]'|safe", "'<%s>'"]) % spec, given)

    def spec(self):
        r = self.r
        out = r.choice(["", "", "", "<", ">", "^", "=", "*<", "0>", "é^", " =", "<>"]) + r.choice(["", "", "+", "-", " "]) + r.choice(["", "", "#"]) + r.choice(["", "", "0"]) + \
            r.choice(["", "", "1", "6", "15", "{w}"]) + r.choice(["", "", "", ",", "_"]) + r.choice(["", "", ".0", ".2", ".10"]) + r.choice(["", "", "b", "c", "d", "e", "E", "f", "F", "g", "G", "n", "o", "s", "x", "X", "%"])
        value = r.choice(["i", "j", "f", "s", "h", "0", "-1", "255", "1234567", "1234567.891", "1e-5", "1e20", "true", "none", "l", "65", "'日本'", "-0.0", "0.5", "missing"])
        field = r.choice(["", "0", "a", "!r", "!s", "!a", "0!r"])
        return "'[{%s:%s}]'%s.format(%s, w=9)" % (field, out, r.choice(["", "|safe"]), ("a=" + value) if field == "a" else value)

    def e_table(self, d):
        """One use of a method, filter, test or format out of the tables."""
        r = self.r
        k = r.randrange(8)
        if k < 2:
            return "(%s).%s" % (r.choice(["s", "t", "u", "h", "words", "'a\\tb'", "h ~ s", "'Hello World'", "'ΑΣ ßé'"]), self.fill(r.choice(STR_METHODS)))
        if k < 5:
            return "(%s)|%s" % (r.choice(VALUES), self.fill(r.choice(FILTERS)))
        if k == 5:
            return "((%s) is %s%s)" % (r.choice(VALUES), r.choice(["", "", "not "]), self.fill(r.choice(TESTS)))
        if k == 6:
            return "(%s)" % self.printf()
        return "(%s)" % self.spec()

    def s_table(self):
        return "".join("{{ %s }}%s" % (self.e_table(0), self.r.choice(["", " ", "|"])) for _ in range(self.r.randrange(1, 4)))

    def s_change(self):
        r = self.r
        value, methods = r.choice([("[1, 'b', 2]", LIST_METHODS), ("[]", LIST_METHODS), ("['b', 'a', h]", LIST_METHODS), ("{'a': 1, 'b': s}", DICT_METHODS), ("{}", DICT_METHODS), ("(1, 2, 1)", LIST_METHODS)])
        return "{%% set q = %s %%}{{ q.%s }}|{{ q }}|{%% do q.%s %%}{{ q }}" % (value, self.fill(r.choice(methods)), self.fill(r.choice(methods)))

    def s_missing(self):
        return "{{ %s }}%s" % (self.r.choice(MISSING), self.r.choice(["", "{%% if %s %%}y{%% else %%}n{%% endif %%}" % self.r.choice(MISSING), "{%% for x in %s %%}{{ x }}{%% else %%}none{%% endfor %%}" % self.r.choice(MISSING)]))

    def s_walk(self):
        """A loop over any kind of thing, with what `loop` knows."""
        r = self.r
        head = "for x in " + r.choice(VALUES + ["d", "d.keys()", "m|batch(2)", "l|select", "l|unique", "m|groupby(0)", "users|map(attribute='name')", "l|reverse", "range(3)", "range(5, 0, -2)", "users|groupby('age')", "rows|sort", "d|items", "'äb<'", "m|slice(2)"])
        if r.random() < 0.3:
            head += " if " + r.choice(["x", "x is not none", "x != 2", "x is string", "loop is undefined", "x != h", "l"])
        bits = "".join("{{ %s }}%s" % (r.choice(LOOPS), r.choice(["", " "])) for _ in range(r.randrange(1, 4)))
        more = r.choice(["", "", "{% if loop.index > 2 %}{% break %}{% endif %}", "{% set x = 5 %}{{ x }}{{ loop.nextitem }}", "{% macro w() %}{{ loop.last }}{{ x }}{% endmacro %}{{ w() }}",
                         "{% for y in 'ab' %}{{ loop.index }}{{ loop.last }}{% endfor %}{{ loop.index }}", "{% set o = loop %}{% for y in [1, 2] %}{{ o.index }}{{ o.last }}{% endfor %}",
                         "{% if loop.first %}{% continue %}{% endif %}", "{% do ns.l.append(x) %}", "{% set ns.l = ns.l + [x] %}", "{% set v %}{{ x }}{{ loop.revindex }}{% endset %}{{ v }}"])
        return "{%% set ns = namespace(l=[]) %%}{%% %s %%}%s{{ x }}%s;{%% else %%}empty{%% endfor %%}{{ ns.l }}" % (head, bits, more)

    def s_tree(self):
        return self.r.choice([
            "{% for x in tree recursive %}{{ loop.depth }}{{ x.name }}{% if x.kids %}({{ loop(x.kids) }}){% endif %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}",
            "{% for x in tree recursive %}{{ loop.depth0 * '-' }}{{ x.name|upper }}{% set k = loop(x.kids) %}[{{ k|length }}{{ k }}]{% else %}.{% endfor %}",
            "{% for x in tree if x.name != 'e' recursive %}{{ x.name }}{{ loop.previtem.name if loop.previtem is defined }}{{ loop(x.kids)|trim }}{{ loop.nextitem.name }}{% endfor %}",
            "{% for x in tree recursive %}{% for y in x.kids %}{{ y.name }}{{ loop.index }}{% endfor %}{{ loop.index }}{{ loop(x.kids) if x.kids else '!' }}{{ i }}{% endfor %}",
            "{% for x in nested recursive %}{% if x is sequence and x is not string %}<{{ loop(x) }}>{% else %}{{ x }}{{ loop.depth }}{% endif %}{% endfor %}",
            "{% for x in tree %}{{ loop(x.kids) }}{% endfor %}", "{% for x in tree recursive %}{{ loop() }}{% endfor %}"])

    def s_calls(self):
        r = self.r
        params = r.choice(["a", "a, b=i", "a=1, b=a", "", "a, b, c='z'", "a, b=s|upper"])
        inside = r.choice(["{{ a }}", "{{ a }}{{ b }}", "{{ varargs }}", "{{ kwargs|dictsort }}", "{{ caller() }}", "{{ caller(a, b) }}", "{{ caller(1, y=2) }}", "{{ caller is defined }}{{ caller() if caller }}", "{{ i }}{% set i = 9 %}{{ i }}",
                           "{% for x in l %}{{ caller(x) if caller }}{{ loop.index }}{% endfor %}", "{{ a|default('none') }}", "{{ mm.name }}{{ mm.arguments }}{{ mm.catch_kwargs }}{{ mm.catch_varargs }}{{ mm.caller }}"])
        macro = "{%% macro mm(%s) %%}[%s]{%% endmacro %%}" % (params, inside)
        given = r.choice(["", "1", "1, 2", "a=h", "s, b=2", "*l", "**d", "*l, **{'b': 1}", "1, 2, 3, 4", "b=1, a=2", "missing", "h, *rows", "1, z=5"])
        use = r.choice(["{{ mm(%s) }}", "{{ mm(%s)|upper }}", "{{ mm(%s) ~ s }}", "{%% call mm(%s) %%}C{{ i }}{%% endcall %%}", "{%% call(x) mm(%s) %%}{{ x }}{%% endcall %%}", "{%% call(x, y='d') mm(%s) %%}{{ x }}{{ y }}{%% endcall %%}",
                        "{%% call(*x) mm(%s) %%}{%% endcall %%}", "{%% set v = mm(%s) %%}{{ v|length }}{{ v }}", "{%% call(x=1) mm(%s) %%}{%% call mm(x) %%}in{%% endcall %%}{%% endcall %%}"]) % given
        return macro + use

    def s_parts(self):
        r = self.r
        return r.choice([
            "{% include 'part' without context %}", "{% include 'part' with context %}", "{% include ['nope', 'part2'] %}", "{% include ['nope', 'nope2'] ignore missing %}", "{% include s ignore missing without context %}",
            "{% include [] ignore missing %}", "{% include missing ignore missing %}", "{% include none %}", "{% include l ignore missing %}", "{% include 'nope' ignore missing with context %}", "{% for x in l %}{% include 'part' %}{% endfor %}",
            "{% with x = 3 %}{% include 'part' %}{% endwith %}", "{% set x = 7 %}{% include 'part2' %}{{ y }}", "{% include 'blocks' %}", "{% import 'lib' as lib %}{{ lib.hello(i) }}{{ lib.exported }}{{ lib._hidden }}{{ lib.nope }}",
            "{% import 'lib' as lib with context %}{{ lib.hello(s) }}", "{% import 'lib' as lib without context %}{{ lib.seen }}", "{% import 'lib2' as lib with context %}{{ lib.seen }}{{ lib }}", "{% from 'lib' import hello, exported as ex %}{{ hello(ex) }}",
            "{% from 'lib2' import seen with context %}{{ seen }}", "{% from 'lib2' import seen %}{{ seen }}", "{% from 'lib' import nope %}{{ nope }}", "{% from 'lib' import nope %}{{ nope is defined }}", "{% from 'lib' import _hidden %}",
            "{% macro outer() %}{% from 'lib' import hello %}{{ hello(1) }}{% endmacro %}{{ outer() }}", "{% for x in 'ab' %}{% from 'lib' import hello %}{{ hello(x) }}{% endfor %}", "{% set i = 99 %}{% import 'lib' as lib with context %}{{ lib.hello(1) }}",
            "{% from 'lib' import box %}{% call box(h) %}{{ i }}<{% endcall %}", "{% import s as z %}", "{% include 'child' %}", "{% import 'child' as c %}{{ c.inside is defined }}"])

    def s_space(self):
        """Signs and blanks around every kind of tag."""
        r = self.r
        sign = lambda: r.choice(["", "", "-", "+"])
        blank = lambda: r.choice(["", " ", "\n", "  \n  ", "\n\n", "\t", "x\n", " x ", "\n  y"])
        tags = [lambda: "{%%%s if yes %s%%}%s{%%%s endif %s%%}" % (sign(), r.choice(["", "-", "+"]), blank(), sign(), r.choice(["", "-", "+"])),
                lambda: "{{%s i %s}}" % (r.choice(["", "-"]), r.choice(["", "-"])),
                lambda: "{#%s c %s#}" % (r.choice(["", "-", "+"]), r.choice(["", "-"])),
                lambda: "{%%%s raw %s%%}%s{{ x }}%s{%%%s endraw %s%%}" % (sign(), r.choice(["", "-"]), blank(), blank(), sign(), r.choice(["", "-", "+"])),
                lambda: "{%%%s set w = 1 %s%%}" % (sign(), r.choice(["", "-", "+"])),
                lambda: "{%%%s for x in [1, 2] %s%%}%s{{ x }}%s{%%%s endfor %s%%}" % (sign(), r.choice(["", "-"]), blank(), blank(), sign(), r.choice(["", "-", "+"]))]
        return "".join(blank() + r.choice(tags)() + blank() for _ in range(r.randrange(1, 5)))

    def s_escape(self):
        r = self.r
        use = lambda: r.choice(["{{ %s }}" % r.choice(VALUES), "{{ (%s)|%s }}" % (r.choice(VALUES), self.fill(r.choice(FILTERS))), "{{ h %s %s }}" % (r.choice(["+", "~", "%", "*", "==", "<", "in", "or", "and"]), r.choice(["s", "h", "2", "l", "none", "i", "(s,)"])),
                                "{%% set v = %s %%}{{ v }}{{ v is escaped }}" % r.choice(VALUES), "{% set v %}<{{ s }}>{% endset %}{{ v }}{{ v is escaped }}", "{% filter upper %}<{{ s }}{{ h }}{% endfilter %}", "{{ [s, h]|join(h) }}{{ [s, h]|join('<') }}",
                                "{% macro em(x) %}<{{ x }}>{% endmacro %}{{ em(s) }}{{ em(h) is escaped }}", "{{ '<a>' }}{{ '<a>'|safe }}{{ '<' ~ h }}{{ ('<' ~ 'b') is escaped }}", "{{ s|safe|upper is escaped }}", "{{ h.join([s, h]) }}{{ h.format(s) }}{{ h.replace('s', '<') }}"])
        return "{%% autoescape %s %%}%s{%% endautoescape %%}%s" % (r.choice(["true", "false", "yes", "i"]), use() + use(), use())

    def s_message(self):
        r = self.r
        head = r.choice(["", " trimmed", " notrimmed", " a=i", " a=i, b=h", " 'ctx' a=s", " trimmed 'c' a=1", " count=l|length", " a, b=2", " i", " num=i", " s, n=j"])
        names = [n.split("=")[0].strip() for n in head.replace("'ctx'", "").replace("'c'", "").replace("notrimmed", "").replace("trimmed", "").split(",") if n.strip()]
        part = lambda: "".join(r.choice(["Hi ", "100% ", "\n  ", "{{ %s }}" % r.choice(names + ["u", "h"]), "<b>", "%s ", "{# c #}", "  two  ", "{{- %s }}" % r.choice(names + ["t"])]) for _ in range(r.randrange(1, 5)))
        out = "{%% trans%s %%}%s" % (head, part())
        if r.random() < 0.5:
            out += "{%%%s pluralize%s %s%%}%s" % (r.choice(["", "-"]), r.choice([""] + [" " + n for n in names]), r.choice(["", "-"]), part())
        return out + "{% endtrans %}" + r.choice(["", "", "{{ _('<b>%%s</b>') %% %s }}" % r.choice(["s", "h", "i"]), "{{ gettext('%(a)s', a=h) }}", "{{ ngettext('%(num)s one', '%(num)s many', l|length) }}",
                                                  "{{ pgettext('c', 'text %s') }}", "{{ npgettext('c', 'a', 'b', i) }}", "{{ _(missing) }}", "{{ _(i) }}", "{{ _(s) }}", "{{ _(h) is escaped }}"])

    def parts(self):
        """Templates that others include and import."""
        return {"part2": "{% set y = 4 %}{{ x }}{{ y }}", "blocks": "{% block q %}Q{{ i }}{% endblock %}{{ self.q() }}", "child": "{% extends 'blocks' %}{% set inside = 1 %}{% block q %}{{ super() }}c{% endblock %}",
                "lib2": "{% set seen = i|default('none') %}{% macro m() %}{{ i }}{% endmacro %}text {{ i }}"}

    def layers(self, main):
        """Three templates that extend one another, with blocks of every kind."""
        r = self.r
        base, middle = main.replace("main", "low"), main.replace("main", "mid")
        names = ["p", "q", "r"]
        kinds = {n: r.choice(["", "", " scoped", " required", " scoped required"]) for n in names}
        inside = {n: "" if "required" in kinds[n] else self.text() + r.choice(["{{ i }}", "{{ x }}", "{{ super() }}", "{{ v }}", "{% set i = 3 %}{{ i }}"]) for n in names}
        part = lambda n: "{%% block %s%s %%}%s{%% endblock%s %%}" % (n, kinds[n], inside[n], r.choice(["", " " + n]))
        low = r.choice(["{% set v = 'low' %}", ""]) + part("p") + r.choice(["{%% for x in l %%}%s{%% endfor %%}" % part("q"), "{%% if yes %%}%s{%% endif %%}" % part("q"), "{%% with x = 4 %%}%s{%% endwith %%}" % part("q")]) + part("r") + r.choice(["", "{{ self.p() }}", "{{ self.r()|upper }}"])
        over = lambda: "".join("{%% block %s%s %%}%s%s%s{%% endblock %%}" % (n, r.choice(["", "", " scoped"]), r.choice(["", "{{ super() }}", "{{ super.super() }}", "{{ super()|upper }}"]), self.body(1),
                                                                             r.choice(["", "{{ self.p() if false }}", "{% block in" + n + str(r.randrange(99)) + " %}n{{ i }}{% endblock %}", "{{ x }}", "{{ super() }}", "{{ v }}"])) for n in r.sample(names, r.randrange(4)))
        extends = r.choice(["{%% extends '%s' %%}", "{%% extends '%s' if yes else '%s' %%}", "{%% if yes %%}{%% extends '%s' %%}{%% endif %%}text{{ i }}", "{%% extends ('%s') %%}{%% set v = 'kid' %%}", "{%% from 'lib' import hello %%}{%% extends '%s' %%}", "{%% set parent = '%s' %%}{%% extends parent %%}"])
        lift = lambda to: extends % ((to,) * extends.count("%s"))
        return {base: low, middle: lift(base) + over(), main: lift(middle) + over()}


def names():
    """The statements that More adds."""
    return [n[2:] for n in dir(More) if n.startswith("s_")]

