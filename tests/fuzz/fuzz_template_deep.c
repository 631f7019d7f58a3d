/* fuzz_template_deep.c -- well-formed templates grown from the input's bytes, compiled and
 * rendered.
 *
 * Arbitrary text seldom passes the parser; here every byte chooses among statements and
 * expressions, so that what runs are the compiled forms: scopes, loops, macros, inheritance,
 * generators, filters, methods. The input is a program for the grower, not a template. */
#include "template_twice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct grower {
    const uint8_t *data;
    size_t         size;
    cf_buf         out;
    int            depth;
} grower;

/* The next choice below a bound; zeros when the bytes are used up, which ends every growth. */
static unsigned pick(grower *g, unsigned bound)
{
    if (!g->size)
        return 0;
    g->size--;
    return *g->data++ % bound;
}

#define PICK(g, list) (list)[pick(g, sizeof(list) / sizeof *(list))]

static const char *const leaves[] = { "1",           "i",
                                      "'a<b'",       "l",
                                      "d",           "h",
                                      "s",           "f",
                                      "none",        "true",
                                      "x",           "y",
                                      "g",           "''",
                                      "[]",          "{}",
                                      "-1",          "9223372036854775807",
                                      "1e308",       "'%s %d'",
                                      "'{} {0:>9}'", "ns.v",
                                      "missing",     "(1, 'b')",
                                      "loop",        "range(7)",
                                      "0",           "self",
                                      "caller",      "varargs",
                                      "kwargs",      "'é日'",
                                      "loop.index",  "loop.nextitem" };
static const char *const filters[] = { "abs",
                                       "attr('upper')",
                                       "batch(2)",
                                       "batch(3, 'x')",
                                       "capitalize",
                                       "center(9)",
                                       "default('q')",
                                       "dictsort",
                                       "e",
                                       "escape",
                                       "filesizeformat",
                                       "first",
                                       "float",
                                       "forceescape",
                                       "format(1)",
                                       "groupby(0)",
                                       "indent(2, true)",
                                       "int",
                                       "items",
                                       "join('<')",
                                       "last",
                                       "length",
                                       "list",
                                       "lower",
                                       "map('upper')",
                                       "map(attribute='a')",
                                       "map('nope')",
                                       "max",
                                       "min",
                                       "pprint",
                                       "random",
                                       "reject",
                                       "reject('odd')",
                                       "rejectattr('a')",
                                       "replace('a', '<')",
                                       "reverse",
                                       "round(1)",
                                       "safe",
                                       "select",
                                       "select('in', l)",
                                       "selectattr('a', 'eq', 1)",
                                       "slice(3)",
                                       "sort",
                                       "sort(attribute='a,b')",
                                       "string",
                                       "striptags",
                                       "sum",
                                       "title",
                                       "tojson",
                                       "tojson(2)",
                                       "trim",
                                       "truncate(5)",
                                       "unique",
                                       "upper",
                                       "urlencode",
                                       "urlize(9)",
                                       "wordcount",
                                       "wordwrap(4)",
                                       "xmlattr",
                                       "d(1, true)",
                                       "sum(start=[])",
                                       "map('list')" };
static const char *const tests[] = { "defined", "none",     "odd",         "divisibleby(3)",
                                     "in l",    "iterable", "sequence",    "mapping",
                                     "string",  "number",   "callable",    "escaped",
                                     "eq(1)",   "lt 2",     "sameas none", "upper",
                                     "filter",  "undefined" };
static const char *const methods[] = { "upper()",
                                       "split()",
                                       "split('a', 1)",
                                       "rsplit()",
                                       "splitlines(true)",
                                       "join(l)",
                                       "format(1, 'b', a=2)",
                                       "replace('', 'x')",
                                       "strip('<')",
                                       "title()",
                                       "center(9, '*')",
                                       "partition('b')",
                                       "zfill(9)",
                                       "items()",
                                       "keys()",
                                       "values()",
                                       "get('a', 1)",
                                       "pop()",
                                       "pop('a', 1)",
                                       "append(l)",
                                       "extend(g)",
                                       "insert(0, 1)",
                                       "update(d)",
                                       "update(a=d)",
                                       "setdefault('z', l)",
                                       "copy()",
                                       "clear()",
                                       "remove(1)",
                                       "index(1)",
                                       "count('a')",
                                       "sort()",
                                       "reverse()",
                                       "popitem()",
                                       "encode()",
                                       "translate({97: 'x'})",
                                       "striptags()",
                                       "unescape()",
                                       "expandtabs()",
                                       "__class__",
                                       "a",
                                       "name",
                                       "next()",
                                       "cycle(1, 2)",
                                       "changed(l)",
                                       "real" };
/* Two expressions and what stands before, between and behind them. */
typedef struct pair {
    const char *before, *middle, *after;
} pair;

static const pair pairs[] = {
    { "(", " + ", ")" },
    { "(", " - ", ")" },
    { "(", " * ", ")" },
    { "(", " / ", ")" },
    { "(", " // ", ")" },
    { "(", " % ", ")" },
    { "(", " ** ", ")" },
    { "(", " ~ ", ")" },
    { "(", " == ", ")" },
    { "(", " < ", ")" },
    { "(", " >= ", ")" },
    { "(", " in ", ")" },
    { "(", " not in ", ")" },
    { "(", " and ", ")" },
    { "(", " or not ", ")" },
    { "(", ")[", "]" },
    { "(", ")[", "::-1]" },
    { "(", ")[1:", "]" },
    { "[", ", ", "]" },
    { "(", ", ", ",)" },
    { "{'a': ", ", 1: ", "}" },
    { "m(", ", *l + [", "])" },
    { "m(", ", y=", ")" },
    { "loop(", " or ", ")" },
    { "caller(", ", **d or ", ")" },
    { "(", " if ", " else l)" },
    { "dict(a=", ", **", ")" },
    { "joiner(", ")(), cycler(", ")" },
    { "(", ")|replace('a', ", ")" },
    { "(", ")|default(", ")" },
};

static void expression(grower *g)
{
    unsigned    kind = ++g->depth > 12 ? 0 : pick(g, 6);
    const pair *p;

    if (kind == 0) {
        cf_buf_puts(&g->out, PICK(g, leaves));
    } else if (kind < 4) {
        cf_buf_putc(&g->out, '(');
        expression(g);
        cf_buf_puts(&g->out, kind == 1 ? ")|" : kind == 2 ? ")." : ") is ");
        cf_buf_puts(&g->out, kind == 1   ? PICK(g, filters)
                             : kind == 2 ? PICK(g, methods)
                                         : PICK(g, tests));
    } else {
        p = &PICK(g, pairs);
        cf_buf_puts(&g->out, p->before);
        expression(g);
        cf_buf_puts(&g->out, p->middle);
        expression(g);
        cf_buf_puts(&g->out, p->after);
    }
    g->depth--;
}

/* An opening tag up to its expression, and what closes it. */
typedef struct statement {
    const char *before, *after, *end;
} statement;

static const statement statements[] = {
    { "{{ ", " }}", "" },
    { "{% if ", " %}", "{% else %}e{% endif %}" },
    { "{% for x in ", " %}", "{% endfor %}" },
    { "{% for x in ", " recursive %}", "{% else %}e{% endfor %}" },
    { "{% for x, y in ", " %}{{ loop.index }}{{ loop.previtem }}", "{% endfor %}" },
    { "{% for x in l if ", " %}{{ loop.last }}", "{% endfor %}" },
    { "{% set x = ", " %}", "" },
    { "{% set x, y = ", " %}", "" },
    { "{% set ns.v = ", " %}", "" },
    { "{% set y | replace('a', ", ") %}", "{% endset %}" },
    { "{% with x = ", " %}", "{% endwith %}" },
    { "{% macro m(x, y=", ") %}{{ caller(x) if caller }}", "{% endmacro %}" },
    { "{% call(x) m(", ") %}", "{% endcall %}" },
    { "{% filter default(", ")|upper %}", "{% endfilter %}" },
    { "{% autoescape ", " %}", "{% endautoescape %}" },
    { "{% do ", " %}", "" },
    { "{% include ", " ignore missing %}", "" },
    { "{% trans x=", " %}a {{ x }}{% pluralize %}b{% endtrans %}", "" },
    { "{% import 'part' as g with context %}{{ ", " }}", "" },
    { "{% for x in l %}{% if ", " %}{% continue %}{% endif %}", "{% break %}{% endfor %}" },
};

static void body(grower *g, unsigned most)
{
    unsigned count = 1 + pick(g, most);

    if (++g->depth > 10)
        count = 0;
    for (unsigned i = 0; i < count && g->size; i++) {
        const statement *s = &PICK(g, statements);
        cf_buf_puts(&g->out, s->before);
        expression(g);
        cf_buf_puts(&g->out, s->after);
        if (s->end[0])
            body(g, 3);
        cf_buf_puts(&g->out, s->end);
    }
    g->depth--;
}

/* A page, sometimes one that overrides the blocks of another that was grown with it. */
static cf_map *grow_sources(cf_arena *arena, grower *g)
{
    cf_map *sources = cf_map_new(arena);
    bool    extends = pick(g, 4) == 1;

    g->out = cf_buf_in(arena, CF_KIB(64));
    cf_buf_puts(&g->out, extends ? "{% extends 'base' %}" : "{% set ns = namespace(v=l) %}");
    cf_buf_puts(&g->out, extends ? "{% block a scoped %}{{ super() }}" : "");
    body(g, 8);
    cf_buf_puts(&g->out, extends ? "{% endblock %}" : "");
    cf_map_set(sources, "main", cf_string_of(cf_buf_view(&g->out)));
    g->out = cf_buf_in(arena, CF_KIB(64));
    cf_buf_puts(&g->out, "{% set ns = namespace(v=1) %}{% for x in l %}{% block a scoped %}");
    body(g, 2);
    cf_buf_puts(&g->out, "{% endblock %}{% endfor %}{{ self.a() }}");
    cf_map_set(sources, "base", cf_string_of(cf_buf_view(&g->out)));
    cf_map_set(sources, "part",
               cf_string("{% macro m(a, b=1) %}{{ a }}{{ x }}{% endmacro %}{% set v = i %}"));
    return sources;
}

static size_t make_context(cf_arena *arena, cf_named *vars)
{
    cf_list *list = cf_list_new(arena);
    cf_map  *map = cf_map_new(arena);
    size_t   n = 0;

    cf_map_set(map, "a", cf_int(1));
    cf_map_set(map, "b", cf_string("x"));
    cf_list_add(list, cf_int(3));
    cf_list_add(list, cf_string("b<&"));
    cf_list_add(list, cf_from_map(map));
    cf_list_add(list, cf_none());
    vars[n++] = CF_NAMED("i", 7);
    vars[n++] = CF_NAMED("f", -2.25);
    vars[n++] = CF_NAMED("s", "héllo Σ <b> a\tb");
    vars[n++] = (cf_named){ "h", cf_safe("<i>a</i>") };
    vars[n++] = CF_NAMED("l", list);
    vars[n++] = CF_NAMED("d", map);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena           *arena = cf_arena_new();
    grower              g = { .data = data, .size = size };
    uint8_t             bits = (uint8_t)pick(&g, 256);
    cf_error            err = { 0 };
    cf_template        *t;
    cf_template_options options = {
        .extensions = CF_JINJA_DO | CF_JINJA_LOOPCONTROLS | CF_JINJA_I18N | CF_JINJA_DEBUG,
        .autoescape = bits & 1 ? CF_AUTOESCAPE_ON : CF_AUTOESCAPE_OFF,
        .undefined = (cf_undefined_kind)(bits >> 1 & 3),
        .sandbox = bits & 8 ? CF_SANDBOX_IMMUTABLE : CF_SANDBOX_OFF,
        .newstyle_gettext = (bits & 16) != 0,
        .max_steps = 20000,
        .max_output = CF_KIB(256),
        .max_memory = CF_MIB(64),
        .max_range = 100000,
        .seed = 1,
    };

    options.loader = cf_template_map(grow_sources(arena, &g));
    cf_templates *env = cf_templates_new(arena, &options);
    t = cf_template_get(env, CF_STR("main"), &err);
    if (t)
        render_twice(t, arena, make_context, &err);
    cf_template_check(env, CF_STR("main"), NULL);
    if (err.code)
        cf_template_excerpt(env, arena, &err);
    cf_arena_free(arena);
    return 0;
}
