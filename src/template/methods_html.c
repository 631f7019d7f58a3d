/* methods_html.c -- Markup's striptags() and unescape(), and str.translate() with its tables. */
#include "template/filters.h"
#include "template/loop.h"

#define METHOD(name)        bool cf__m_##name(vm *m, cf_value self, const cf_call *call, cf_value *out)
#define DECLARE(name, html) METHOD(name);
CF_HTML_METHODS(DECLARE)
#undef DECLARE

static bool check(const cf_call *call, const char *name, size_t count)
{
    cf_call checked = *call;

    return cf_args_check(&checked, name, count, count, NULL);
}

/* What these two give is plain text: the entities are gone. */
METHOD(striptags)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    if (!check(call, "striptags", 0))
        return false;
    cf__strip_tags(m->eval.arena, cf_text(self), &text);
    *out = cf_string_of(cf_buf_view(&text));
    return cf_buf_ok(&text, m->eval.err);
}

METHOD(unescape)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    if (!check(call, "unescape", 0))
        return false;
    cf__unescape(cf_text(self), &text);
    *out = cf_string_of(cf_buf_view(&text));
    return cf_buf_ok(&text, m->eval.err);
}

/* What a character becomes: another by its number, a text, or nothing. */
static bool put_translated(vm *m, cf_value to, cf_buf *text)
{
    char bytes[4];

    if (to.type == CF_TYPE_NONE)
        return true;
    if (to.type == CF_TYPE_STRING) {
        cf_buf_str(text, cf_text(to));
        return true;
    }
    if (to.type != CF_TYPE_INT)
        return cf_fail(m->eval.err, CF_ETYPE,
                       "character mapping must return integer, None or str, not %s",
                       cf_type_name(to));
    if (to.as.integer < 0 || to.as.integer > 0x10FFFF)
        return cf_fail(m->eval.err, CF_ERUNTIME, "character mapping must be in range(0x110000)");
    cf_buf_add(text, bytes, cf_utf8_put((uint32_t)to.as.integer, bytes));
    return true;
}

METHOD(translate)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    cf_str s = cf_text(self);

    if (!check(call, "translate", 1))
        return false;
    if (call->args[0].type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(m, call->args[0]);
    if (call->args[0].type != CF_TYPE_MAP)
        return cf_fail(m->eval.err, CF_ETYPE, "'%s' object is not subscriptable",
                       cf_type_name(call->args[0]));
    while (s.len) {
        cf_str          rest = s;
        const cf_value *to = cf_map_find(call->args[0].as.map, cf_int(cf_utf8_next(&rest)));
        if (!to)
            cf_buf_add(&text, s.ptr, s.len - rest.len);
        else if (!put_translated(m, *to, &text))
            return false;
        s = rest;
    }
    *out = cf__string(cf_buf_view(&text), self.safe);
    return cf_buf_ok(&text, m->eval.err);
}

/* A dict's characters become their numbers, which translate() looks for. */
static bool table_of(vm *m, cf_value from, cf_map *table)
{
    if (from.type != CF_TYPE_MAP)
        return cf_fail(m->eval.err, CF_ETYPE,
                       "if you give only one argument to maketrans it must be a dict");
    for (size_t i = 0; i < from.as.map->len; i++) {
        cf_value key = from.as.map->entries[i].key;
        cf_str   text = cf_text(key);
        if (key.type == CF_TYPE_STRING && cf_utf8_count(text) != 1)
            return cf_fail(m->eval.err, CF_ERUNTIME,
                           "string keys in translate table must be of length 1");
        if (key.type != CF_TYPE_STRING && key.type != CF_TYPE_INT)
            return cf_fail(m->eval.err, CF_ETYPE,
                           "keys in translate table must be strings or integers");
        if (key.type == CF_TYPE_STRING)
            key = cf_int(cf_utf8_next(&text));
        cf_map_put(table, key, from.as.map->entries[i].value);
    }
    return true;
}

METHOD(maketrans)
{
    cf_call checked = *call;
    cf_map *table = cf_map_new(m->eval.arena);
    cf_str  texts[3] = { { 0 } };

    (void)self;
    *out = cf_from_map(table);
    if (!cf_args_check(&checked, "maketrans", 1, 3, NULL))
        return false;
    if (call->nargs == 1)
        return table_of(m, call->args[0], table);
    for (size_t i = 0; i < call->nargs; i++) {
        if (call->args[i].type != CF_TYPE_STRING || call->args[i].bytes)
            return cf_fail(m->eval.err, CF_ETYPE, "maketrans() argument %zu must be str, not %s",
                           i + 1, cf_type_name(call->args[i]));
        texts[i] = cf_text(call->args[i]);
    }
    if (cf_utf8_count(texts[0]) != cf_utf8_count(texts[1]))
        return cf_fail(m->eval.err, CF_ERUNTIME,
                       "the first two maketrans arguments must have equal length");
    while (texts[0].len) {
        cf_value from = cf_int(cf_utf8_next(&texts[0]));
        cf_map_put(table, from, cf_int(cf_utf8_next(&texts[1])));
    }
    while (texts[2].len)
        cf_map_put(table, cf_int(cf_utf8_next(&texts[2])), cf_none());
    return true;
}
