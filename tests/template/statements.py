# statements.py -- statements and whole cases of differential.py's random templates.
import re

import grammar


class Statements:
    """What Gen gains: needs its r, macros, locals, depth, expressions and grammar.More."""

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
