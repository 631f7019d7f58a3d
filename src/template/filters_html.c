/* filters_html.c -- filters about HTML, URLs and JSON. */
#include <carafe/json.h>

#include "template/filters.h"
#include "template/lexer.h"

static bool do_escape(cf_call *call, cf_value *out)
{
    cf_str html;

    if (!cf__html_of(filter_vm(call), call->args[0], &html))
        return false;
    *out = cf_safe_of(html);
    return true;
}

static bool do_forceescape(cf_call *call, cf_value *out)
{
    vm    *m = filter_vm(call);
    cf_str text, html;

    if (!cf__text_of(m, call->args[0], &text) || !cf__html_of(m, cf_string_of(text), &html))
        return false;
    *out = cf_safe_of(html);
    return true;
}

static bool do_safe(cf_call *call, cf_value *out)
{
    cf_str text;

    if (!cf__text_of(filter_vm(call), call->args[0], &text))
        return false;
    *out = cf_safe_of(text);
    return true;
}

static bool do_striptags(cf_call *call, cf_value *out)
{
    cf_buf text = cf_buf_in(call->eval->arena, filter_vm(call)->env->options.max_output);
    cf_str s;

    if (!cf__text_of(filter_vm(call), call->args[0], &s))
        return false;
    cf__strip_tags(call->eval->arena, s, &text);
    *out = cf_string_of(cf_buf_view(&text));
    return true;
}

/* ---- URLs ---- */

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '~';
}

static void quote(cf_str s, bool query, cf_buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (is_unreserved(c) || (c == '/' && !query))
            cf_buf_putc(out, (char)c);
        else if (c == ' ' && query)
            cf_buf_putc(out, '+');
        else
            cf_buf_printf(out, "%%%02X", c);
    }
}

static bool quote_value(vm *m, cf_value v, bool query, cf_buf *out)
{
    cf_str s;

    if (!cf__text_of(m, v, &s))
        return false;
    quote(s, query, out);
    return true;
}

static bool quote_pair(vm *m, cf_value key, cf_value value, bool first, cf_buf *out)
{
    if (!first)
        cf_buf_putc(out, '&');
    if (!quote_value(m, key, true, out))
        return false;
    cf_buf_putc(out, '=');
    return quote_value(m, value, true, out);
}

static bool quote_pairs(vm *m, cf_value pairs, cf_buf *out)
{
    cf_list *list = cf__list_of(m, pairs);

    for (size_t i = 0; list && i < list->len; i++) {
        cf_list *pair = cf__list_of(m, list->items[i]);
        if (!pair)
            return false;
        if (pair->len != 2)
            return cf_fail(m->eval.err, CF_ETYPE, "urlencode takes pairs, not %zu values",
                           pair->len);
        if (!quote_pair(m, pair->items[0], pair->items[1], i == 0, out))
            return false;
    }
    return list != NULL;
}

static bool do_urlencode(cf_call *call, cf_value *out)
{
    vm      *m = filter_vm(call);
    cf_value v = call->args[0];
    cf_buf   text = cf_buf_in(call->eval->arena, m->env->options.max_output);
    bool     ok = true;

    if (v.type == CF_TYPE_MAP) {
        for (size_t i = 0; ok && i < v.as.map->len; i++)
            ok = quote_pair(m, v.as.map->entries[i].key, v.as.map->entries[i].value, i == 0, &text);
    } else if (v.type == CF_TYPE_LIST || (v.type == CF_TYPE_OBJECT && v.as.object->class->iter)) {
        ok = quote_pairs(m, v, &text);
    } else if (v.type == CF_TYPE_UNDEFINED) {
        ok = !cf__undefined_strict(m, v) || cf__undefined_fail(m, v);
    } else {
        ok = quote_value(m, v, false, &text);
    }
    *out = cf_string_of(cf_buf_view(&text));
    return ok && cf_buf_ok(&text, call->eval->err);
}

static bool do_urlize(cf_call *call, cf_value *out)
{
    static const char *const   names[] = { "trim_url_limit", "nofollow", "target", "rel",
                                           "extra_schemes",  NULL };
    vm                        *m = filter_vm(call);
    const cf_template_options *o = &m->env->options;
    cf_value limit = cf_arg(call, 1, "trim_url_limit"), target = cf_arg(call, 3, "target");
    cf_value schemes = cf_arg(call, 5, "extra_schemes"), rel = cf_arg(call, 4, "rel");
    cf_buf   text = cf_buf_in(call->eval->arena, o->max_output), words, more;
    int64_t  most = -1;
    cf_str   html;

    if (!cf__filter_args(call, "urlize", 0, 5, names) ||
        (!cf_is_missing(limit) && !cf__bound_arg(call, 1, "trim_url_limit", -1, &most)) ||
        !cf__html_of(m, call->args[0], &html))
        return false;
    words = cf_buf_in(call->eval->arena, 0);
    if (cf__bool_arg(call, 2, "nofollow", false))
        cf_buf_puts(&words, "nofollow ");
    cf_buf_printf(&words, "%.*s %s", CF_STR_ARG(cf_text(rel)), o->urlize_rel);
    more = cf_buf_in(call->eval->arena, 0);
    if (schemes.type == CF_TYPE_LIST)
        for (size_t i = 0; i < schemes.as.list->len; i++)
            cf_buf_printf(&more, "%.*s ", CF_STR_ARG(cf_text(schemes.as.list->items[i])));
    else
        cf_buf_puts(&more, o->urlize_schemes);
    if (cf_is_missing(target))
        target = o->urlize_target ? cf_string(o->urlize_target) : cf_string("");
    if (!cf__urlize(m, html, most, cf_buf_view(&words), cf_text(target), cf_buf_view(&more), &text))
        return false;
    *out = cf__string(cf_buf_view(&text), m->escape);
    return cf_buf_ok(&text, call->eval->err);
}

/* ---- attributes ---- */

static bool good_key(cf_str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (cf__space(key.ptr + i, key.ptr + key.len) || strchr("/>=", key.ptr[i]))
            return false;
    return true;
}

static bool attr_pair(vm *m, cf_value key, cf_value value, cf_buf *out)
{
    cf_buf repr = cf_buf_in(m->eval.arena, 0);
    cf_str text;

    if (key.type != CF_TYPE_STRING)
        return cf_fail(m->eval.err, CF_ETYPE, "an attribute's name must be a string, not '%s'",
                       cf_type_name(key));
    text = cf_text(key);
    if (!good_key(text)) {
        cf_to_repr(&m->eval, cf_string_of(text), &repr);
        return cf_fail(m->eval.err, CF_ERUNTIME, "Invalid character in attribute name: %s",
                       cf_buf_cstr(&repr));
    }
    if (!cf__print(m, key, true, out))
        return false;
    cf_buf_puts(out, "=\"");
    if (!cf__print(m, value, true, out))
        return false;
    cf_buf_putc(out, '"');
    return true;
}

static bool do_xmlattr(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "autospace", NULL };
    vm                      *m = filter_vm(call);
    cf_list                 *pairs;
    cf_buf                   text = cf_buf_in(call->eval->arena, m->env->options.max_output);
    bool                     any = cf__bool_arg(call, 1, "autospace", true);

    if (!cf__filter_args(call, "xmlattr", 0, 1, names))
        return false;
    pairs = cf__pairs_of(m, call->args[0]);
    if (!pairs)
        return false;
    for (size_t i = 0; i < pairs->len; i++) {
        cf_list *pair = cf__list_of(m, pairs->items[i]);
        if (!pair)
            return false;
        if (pair->len != 2)
            return cf_fail(m->eval.err, CF_ETYPE, "an attribute is a pair, not %zu values",
                           pair->len);
        if (cf_is_missing(pair->items[1]))
            continue;
        if (any)
            cf_buf_putc(&text, ' ');
        if (!attr_pair(m, pair->items[0], pair->items[1], &text))
            return false;
        any = true;
    }
    *out = cf__string(cf_buf_view(&text), m->escape);
    return cf_buf_ok(&text, call->eval->err);
}

/* ---- JSON and printing ---- */

/* What a level of JSON is indented by: so many spaces or a text; nothing leaves it on one line. */
static bool json_indent(const cf_call *call, cf_value indent, cf_str *out)
{
    cf_buf  text = cf_buf_in(call->eval->arena, 0);
    int64_t spaces;

    if (indent.type == CF_TYPE_NONE || cf__absent(indent))
        return true;
    if (indent.type == CF_TYPE_STRING) {
        for (uint32_t i = 0; i < indent.len; i++)
            if (strchr("<>&'", indent.as.text[i]))
                cf_buf_printf(&text, "\\u%04x", (unsigned)indent.as.text[i]);
            else
                cf_buf_putc(&text, indent.as.text[i]);
        *out = cf_str_of(cf_buf_cstr(&text));
        return true;
    }
    if (!cf__int_arg(call, 1, "indent", 0, &spaces))
        return false;
    if (spaces > 1000)
        return cf_fail(call->eval->err, CF_ELIMIT, "indentation by %lld is too deep",
                       (long long)spaces);
    *out = cf_str_of(cf_printf(call->eval->arena, "%*s", (int)(spaces < 0 ? 0 : spaces), ""));
    return true;
}

static bool do_tojson(cf_call *call, cf_value *out)
{
    static const char *const names[] = { "indent", NULL };
    vm                      *m = filter_vm(call);
    cf_json_options          options = { .spaced = true,
                                         .ascii = true,
                                         .html_safe = true,
                                         .sort_keys = !m->env->options.json_keep_order };
    cf_buf                   text = cf_buf_in(call->eval->arena, m->env->options.max_output);

    if (!cf__filter_args(call, "tojson", 0, 1, names) ||
        !json_indent(call, cf_arg(call, 1, "indent"), &options.indent_by))
        return false;
    if (call->args[0].type == CF_TYPE_UNDEFINED)
        return cf_fail(call->eval->err, CF_ETYPE,
                       "Object of type Undefined is not JSON serializable");
    /* Inside of others, bytes are text: so are the fields of rows. */
    if (call->args[0].type == CF_TYPE_STRING && call->args[0].bytes)
        return cf_fail(call->eval->err, CF_ETYPE, "Object of type bytes is not JSON serializable");
    if (!cf_json_write(call->eval, call->args[0], &options, &text, call->eval->err))
        return false;
    *out = cf_safe_of(cf_buf_view(&text));
    return true;
}

static bool do_pprint(cf_call *call, cf_value *out)
{
    vm    *m = filter_vm(call);
    cf_buf text = cf_buf_in(call->eval->arena, m->env->options.max_output);

    if (!cf__pprint(m, call->args[0], &text))
        return false;
    *out = cf_string_of(cf_buf_view(&text));
    return cf_buf_ok(&text, call->eval->err);
}

const operation cf__filters_html[] = {
    { .name = "escape", .call = do_escape, .alone = true },
    { .name = "e", .call = do_escape, .alone = true },
    { .name = "forceescape", .call = do_forceescape, .alone = true },
    { .name = "safe", .call = do_safe, .alone = true },
    { .name = "striptags", .call = do_striptags, .alone = true },
    { .name = "urlencode", .call = do_urlencode, .alone = true },
    { .name = "urlize", .call = do_urlize },
    { .name = "xmlattr", .call = do_xmlattr },
    { .name = "tojson", .call = do_tojson },
    { .name = "pprint", .call = do_pprint, .alone = true },
    { 0 },
};
