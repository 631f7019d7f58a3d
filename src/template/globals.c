/* globals.c -- range, dict, namespace, cycler, joiner, lipsum. */
#include <math.h>
#include <sodium.h>

#include "base/bigint.h"
#include "template/filters.h"

/* ---- range ---- */

static bool range_arg(vm *m, cf_value v, cf_value *out)
{
    *out = v.type == CF_TYPE_BOOL ? cf_int(v.as.boolean) : v;
    return cf__is_integer(v) ||
           cf_fail(m->eval.err, CF_ETYPE, "'%s' object cannot be interpreted as an integer",
                   cf_type_name(v));
}

static bool global_range(cf_call *call, cf_value *result)
{
    cf_value numbers[3] = { cf_int(0), cf_int(0), cf_int(1) }, zero = cf_int(0);
    vm      *m = cf__vm(call->eval);
    bool     one = call->nargs == 1;

    if (!m)
        return false;
    if (call->nkwargs || !call->nargs || call->nargs > 3)
        return cf_fail(m->eval.err, CF_ETYPE, "range expected 1 to 3 arguments, got %zu",
                       call->nargs);
    for (size_t i = 0; i < call->nargs; i++)
        if (!range_arg(m, call->args[i], &numbers[i]))
            return false;
    if (cf_equal(numbers[2], zero))
        return cf_fail(m->eval.err, CF_ERUNTIME, "range() arg 3 must not be zero");
    if (!cf__make_range(m, one ? zero : numbers[0], one ? numbers[0] : numbers[1], numbers[2],
                        result))
        return false;
    if (cf__range_count(*result) > m->env->options.max_range)
        return cf_fail(m->eval.err, CF_ERUNTIME,
                       "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%lld).",
                       (long long)m->env->options.max_range);
    return true;
}

static bool global_dict(cf_call *call, cf_value *result)
{
    cf_map *map = cf_map_new(call->eval->arena);

    *result = cf_from_map(map);
    if (call->nargs > 1)
        return cf_fail(call->eval->err, CF_ETYPE, "dict expected at most 1 argument, got %zu",
                       call->nargs);
    return call->eval->render && cf__update_map(call->eval->render, map, call);
}

/* ---- namespace ---- */

typedef struct namespace
{
    cf_object object;
    cf_map   *map;
}
namespace;

static bool namespace_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)eval;
    *out = cf_map_get_str(((namespace *)self)->map, name);
    return true;
}

static bool namespace_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)safe;
    cf_buf_puts(out, "<Namespace ");
    if (!cf_to_repr(eval, cf_from_map(((namespace *)self)->map), out))
        return false;
    cf_buf_putc(out, '>');
    return true;
}

static const cf_class namespace_class = {
    .name = "Namespace",
    .get = namespace_get,
    .text = namespace_text,
};

static bool global_namespace(cf_call *call, cf_value *result)
{
    namespace *ns = cf_new(call->eval->arena, namespace);

    ns->object.class = &namespace_class;
    ns->map = cf_map_new(call->eval->arena);
    *result = cf_from_object(ns);
    if (call->nargs > 1)
        return cf_fail(call->eval->err, CF_ETYPE, "namespace expected at most 1 argument, got %zu",
                       call->nargs);
    return call->eval->render && cf__update_map(call->eval->render, ns->map, call);
}

bool cf__namespace_set(vm *m, cf_value v, const char *name, cf_value value)
{
    cf_map *map;

    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &namespace_class)
        return cf_fail(m->eval.err, CF_ERUNTIME, "cannot assign attribute on non-namespace object");
    map = ((namespace *)v.as.object)->map;
    cf_map_set(map, name, cf__outlive(m, map->arena, value));
    return true;
}

/* ---- cycler and joiner ---- */

typedef struct cycler {
    cf_object object;
    cf_value *items;
    size_t    count, at;
} cycler;

static bool cycler_next(cf_call *call, cf_value *result)
{
    cycler *c = call->data;

    *result = c->items[c->at];
    c->at = (c->at + 1) % c->count;
    return true;
}

static bool cycler_reset(cf_call *call, cf_value *result)
{
    ((cycler *)call->data)->at = 0;
    *result = cf_none();
    return true;
}

static bool cycler_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cycler *c = (cycler *)self;

    if (cf_str_is(name, "next"))
        *out = cf_make_function(eval->arena, "next", cycler_next, c);
    else if (cf_str_is(name, "reset"))
        *out = cf_make_function(eval->arena, "reset", cycler_reset, c);
    else if (cf_str_is(name, "current"))
        *out = c->items[c->at];
    else if (cf_str_is(name, "pos"))
        *out = cf_int((int64_t)c->at);
    return true;
}

static const cf_class cycler_class = { .name = "Cycler", .get = cycler_get };

static bool global_cycler(cf_call *call, cf_value *result)
{
    cycler *c = cf_new(call->eval->arena, cycler);

    if (call->nkwargs)
        return cf_fail(call->eval->err, CF_ETYPE, "cycler() takes no keyword arguments");
    if (!call->nargs)
        return cf_fail(call->eval->err, CF_ERUNTIME, "at least one item has to be provided");
    c->object.class = &cycler_class;
    c->items = cf_memdup(call->eval->arena, call->args, call->nargs * sizeof(cf_value));
    c->count = call->nargs;
    *result = cf_from_object(c);
    return true;
}

typedef struct joiner {
    cf_object object;
    cf_value  separator;
    bool      used;
} joiner;

static bool joiner_call(cf_call *call, cf_object *self, cf_value *result)
{
    joiner *j = (joiner *)self;

    (void)call;
    *result = j->used ? j->separator : cf_string("");
    j->used = true;
    return true;
}

static const cf_class joiner_class = { .name = "Joiner", .call = joiner_call };

static bool global_joiner(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "sep", NULL };
    joiner                  *j = cf_new(call->eval->arena, joiner);

    if (!cf_args_check(call, "joiner", 0, 1, names))
        return false;
    j->object.class = &joiner_class;
    j->separator = cf_arg(call, 0, "sep");
    if (j->separator.type == CF_TYPE_UNDEFINED)
        j->separator = cf_string(", ");
    *result = cf_from_object(j);
    return true;
}

/* ---- lipsum ---- */

/* splitmix64: good enough for filler text, and the same for the same seed everywhere. */
uint64_t cf__random(vm *m)
{
    uint64_t z;

    if (!m->random) {
        m->random = m->env->options.seed;
        if (!m->random)
            randombytes_buf(&m->random, sizeof m->random);
    }
    z = (m->random += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static int64_t between(vm *m, int64_t low, int64_t high)
{
    return high > low ? low + (int64_t)(cf__random(m) % (uint64_t)(high - low)) : low;
}

static const char *const words[] = {
    "a",         "ac",          "accumsan",  "ad",           "adipiscing", "aenean",
    "aliquam",   "aliquet",     "amet",      "ante",         "aptent",     "arcu",
    "at",        "auctor",      "augue",     "bibendum",     "blandit",    "class",
    "commodo",   "condimentum", "congue",    "consectetuer", "consequat",  "conubia",
    "convallis", "cras",        "cubilia",   "cum",          "curabitur",  "curae",
    "cursus",    "dapibus",     "diam",      "dictum",       "dictumst",   "dignissim",
    "dis",       "dolor",       "donec",     "dui",          "duis",       "egestas",
    "eget",      "eleifend",    "elementum", "elit",         "enim",       "erat",
    "eros",      "est",         "et",        "etiam",        "eu",         "euismod",
    "facilisi",  "faucibus",    "felis",     "fermentum",    "feugiat",    "fringilla",
    "fusce",     "gravida",     "habitant",  "hac",          "hendrerit",  "iaculis",
    "id",        "imperdiet",   "in",        "integer",      "interdum",   "ipsum",
    "justo",     "lacinia",     "lacus",     "laoreet",      "lectus",     "leo",
    "libero",    "ligula",      "lobortis",  "lorem",        "luctus",     "maecenas",
    "magna",     "malesuada",   "massa",     "mattis",       "mauris",     "metus",
    "mi",        "molestie",    "mollis",    "morbi",        "nam",        "nec",
    "neque",     "nibh",        "nisi",      "nulla",        "nunc",       "odio",
    "orci",      "ornare",      "pede",      "phasellus",    "porta",      "potenti",
    "pretium",   "proin",       "purus",     "quam",         "quis",       "risus",
    "rutrum",    "sagittis",    "sapien",    "sed",          "sem",        "sit",
    "sociis",    "sodales",     "tellus",    "tempor",       "tortor",     "turpis",
    "ut",        "varius",      "vel",       "velit",        "vestibulum", "vitae",
    "vivamus",   "volutpat",    "vulputate", "wisi",
};

/* One paragraph: words with commas and full stops here and there. */
static void paragraph(vm *m, int64_t min, int64_t max, cf_buf *out)
{
    int64_t     count = between(m, min, max), comma = 0, stop = 0;
    const char *word = NULL, *last = NULL;
    bool        capital = true;

    for (int64_t i = 0; i < count; i++) {
        do
            word = words[cf__random(m) % (sizeof words / sizeof *words)];
        while (word == last);
        last = word;
        if (i)
            cf_buf_putc(out, ' ');
        cf_buf_putc(out, (char)(capital ? word[0] - 32 : word[0]));
        cf_buf_puts(out, word + 1);
        capital = false;
        if (i - between(m, 3, 8) > comma) {
            comma = i;
            stop += 2;
            cf_buf_putc(out, ',');
        }
        if (i - between(m, 10, 20) > stop) {
            comma = stop = i;
            cf_buf_putc(out, '.');
            capital = true;
        }
    }
    if (out->len && out->ptr[out->len - 1] == ',')
        out->ptr[out->len - 1] = '.';
    else if (!out->len || out->ptr[out->len - 1] != '.')
        cf_buf_putc(out, '.');
}

static bool global_lipsum(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "n", "html", "min", "max", NULL };
    vm                      *m = call->eval->render;
    cf_buf                   text = cf_buf_in(call->eval->arena, CF_MIB(4)), one;
    bool                     html = cf__bool_arg(call, 1, "html", true);
    int64_t                  n, min, max;

    if (!m || !cf_args_check(call, "lipsum", 0, 4, names) || !cf__int_arg(call, 0, "n", 5, &n) ||
        !cf__int_arg(call, 2, "min", 20, &min) || !cf__int_arg(call, 3, "max", 100, &max))
        return false;
    if (max <= min)
        return cf_fail(call->eval->err, CF_ERUNTIME, "lipsum needs min below max");
    if (n > 10000 || max > 10000)
        return cf_fail(call->eval->err, CF_ELIMIT, "lipsum makes no more than 10000 of anything");
    for (int64_t i = 0; i < n && !text.overflow; i++) {
        one = cf_buf_in(call->eval->arena, 0);
        paragraph(m, min, max, &one);
        if (i)
            cf_buf_puts(&text, html ? "\n" : "\n\n");
        cf_buf_puts(&text, html ? "<p>" : "");
        cf_buf_str(&text, cf_buf_view(&one));
        cf_buf_puts(&text, html ? "</p>" : "");
    }
    *result = cf__string(cf_buf_view(&text), html);
    return cf_buf_ok(&text, call->eval->err);
}

void cf__add_globals(cf_templates *env)
{
    static const cf_function functions[] = {
        { "range", global_range, NULL },   { "dict", global_dict, NULL },
        { "lipsum", global_lipsum, NULL }, { "cycler", global_cycler, NULL },
        { "joiner", global_joiner, NULL }, { "namespace", global_namespace, NULL },
    };

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        cf_templates_global(env, functions[i].name, cf_from_function(&functions[i]));
    if (env->options.extensions & CF_JINJA_I18N)
        cf__add_gettext(env);
}
