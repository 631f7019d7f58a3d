/* url_build.c -- the URL of an endpoint: picks the rule that the values suit, and fills it in. */
#include "web/url_internal.h"

#include <stdlib.h>

#include <carafe/url.h>

static const cf_named *find_value(const cf_named *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(values[i].name, name) && !cf_is_missing(values[i].value))
            return &values[i];
    return NULL;
}

static const cf_named *find_default(const cf_url_rule *rule, const char *name)
{
    return find_value(rule->options.defaults, rule->ndefaults, name);
}

bool cf__url_rule_suits(const cf_url_rule *rule, const cf_named *values, size_t count,
                        unsigned method)
{
    if (method && rule->methods && !(rule->methods & method))
        return false;
    for (size_t i = 0; i < rule->narguments; i++) {
        const cf_named *given = find_default(rule, rule->arguments[i]);
        const cf_named *value = find_value(values, count, rule->arguments[i]);
        if (!given && !value)
            return false;
        if (given && value && !cf_equal(given->value, value->value))
            return false;
    }
    return true;
}

static bool add_pieces(const cf_url_rule *rule, const url_piece *pieces, size_t npieces,
                       const cf_named *values, size_t count, cf_buf *out)
{
    for (size_t i = 0; i < npieces; i++) {
        const url_piece *piece = &pieces[i];
        if (!piece->dynamic) {
            cf_buf_str(out, piece->quoted);
            continue;
        }
        const url_variable *variable = &rule->variables[piece->variable];
        const cf_named     *value = find_default(rule, variable->name);
        if (!value)
            value = find_value(values, count, variable->name);
        if (!value || !cf__url_write(variable, value->value, out))
            return false;
    }
    return true;
}

/* ---- the query: values that the rule has no place for ---- */
static void add_parameter(cf_buf *out, const char *name, cf_value value, bool *first)
{
    cf_buf text = cf_buf_in(out->arena, 0);

    if (cf_is_missing(value))
        return;
    cf_to_text(NULL, value, &text);
    cf_buf_putc(out, *first ? '?' : '&');
    cf_url_encode_plus(out, cf_str_of(name));
    cf_buf_putc(out, '=');
    /* The characters that a query may hold as they are, beside '&', '=', '+' and '#'. */
    cf_buf quoted = cf_buf_in(out->arena, 0);
    cf_url_encode(&quoted, cf_buf_view(&text), " !$'()*,/:;?@");
    for (size_t i = 0; i < quoted.len; i++)
        cf_buf_putc(out, quoted.ptr[i] == ' ' ? '+' : quoted.ptr[i]);
    *first = false;
}

static int compare_values(const void *a, const void *b)
{
    return strcmp((*(const cf_named *const *)a)->name, (*(const cf_named *const *)b)->name);
}

static void add_query(const cf_url_map *map, const cf_url_rule *rule, const cf_named *values,
                      size_t count, cf_buf *out)
{
    const cf_named **extra = cf_new_array(out->arena, const cf_named *, count + 1);
    size_t           n = 0;
    bool             first = true;

    for (size_t i = 0; i < count; i++)
        if (!cf__url_rule_has_argument(rule, values[i].name))
            extra[n++] = &values[i];
    if (map->options.sort_parameters && n)
        qsort(extra, n, sizeof *extra, compare_values);
    for (size_t i = 0; i < n; i++) {
        const cf_list *list = extra[i]->value.type == CF_TYPE_LIST ? extra[i]->value.as.list : NULL;
        for (size_t k = 0; list && k < list->len; k++)
            add_parameter(out, extra[i]->name, list->items[k], &first);
        if (!list)
            add_parameter(out, extra[i]->name, extra[i]->value, &first);
    }
}

bool cf__url_rule_build(const cf_url_map *map, const cf_url_rule *rule, cf_arena *arena,
                        const cf_named *values, size_t count, bool drop_unknown, cf_str *domain,
                        cf_str *path)
{
    cf_buf host = cf_buf_in(arena, 0), out = cf_buf_in(arena, 0);

    if (!add_pieces(rule, rule->domain_pieces, rule->ndomain_pieces, values, count, &host) ||
        !add_pieces(rule, rule->path_pieces, rule->npath_pieces, values, count, &out))
        return false;
    if (!drop_unknown)
        add_query(map, rule, values, count, &out);
    *domain = cf_str_n(host.ptr ? host.ptr : "", host.len);
    *path = cf_buf_view(&out);
    return true;
}

/* ---- hosts and schemes ---- */
static cf_str current_domain(const cf_url_map *map, const cf_url_base *base)
{
    if (map->options.host_matching)
        return base->server_name;
    return base->subdomain.ptr ? base->subdomain : cf_str_of(map->options.default_subdomain);
}

static void add_host(const cf_url_map *map, const cf_url_base *base, cf_str domain, cf_buf *out)
{
    if (map->options.host_matching) {
        cf_buf_str(out, domain);
        return;
    }
    if (domain.len) {
        cf_buf_str(out, domain);
        cf_buf_putc(out, '.');
    }
    cf_buf_str(out, base->server_name);
}

static void add_path(const cf_url_base *base, cf_str path, cf_buf *out)
{
    cf_str script = cf_str_trim_set(base->script_name, "/");

    if (script.len) {
        cf_buf_putc(out, '/');
        cf_buf_str(out, script);
    }
    cf_buf_putc(out, '/');
    while (path.len && path.ptr[0] == '/')
        path = cf_str_slice(path, 1, path.len);
    cf_buf_str(out, path);
}

cf_str cf__url_absolute(const cf_url_map *map, cf_arena *arena, const cf_url_base *base,
                        const cf_str *domain, cf_str path, cf_str query)
{
    cf_buf out = cf_buf_in(arena, 0);

    cf_buf_str(&out, base->scheme.len ? base->scheme : CF_STR("http"));
    cf_buf_puts(&out, "://");
    add_host(map, base, domain ? *domain : current_domain(map, base), &out);
    add_path(base, path, &out);
    if (query.len) {
        cf_buf_putc(&out, '?');
        cf_buf_str(&out, query);
    }
    return cf_str_n(cf_buf_cstr(&out), out.len);
}

/* ---- choosing the rule ---- */
typedef struct choice {
    const cf_url_rule *rule;
    cf_str             domain, path;
} choice;

static bool choose(const cf_url_map *map, cf_arena *arena, const cf_url_base *base,
                   const url_endpoint *endpoint, const cf_named *values, size_t count,
                   unsigned method, bool drop_unknown, choice *out)
{
    choice first = { 0 };

    for (size_t i = 0; i < endpoint->nrules; i++) {
        choice now = { .rule = endpoint->rules[i] };
        if (!cf__url_rule_suits(now.rule, values, count, method) ||
            !cf__url_rule_build(map, now.rule, arena, values, count, drop_unknown, &now.domain,
                                &now.path))
            continue;
        if (!map->options.host_matching || cf_str_eq(now.domain, base->server_name)) {
            *out = now;
            return true;
        }
        if (!first.rule)
            first = now;
    }
    *out = first;
    return first.rule != NULL;
}

/* ---- saying what is wrong ---- */
static bool fail_unknown(const cf_url_map *map, cf_arena *arena, cf_str name, cf_error *err)
{
    const char **names = cf_new_array(arena, const char *, map->nendpoints + 1);
    const char  *near;

    for (size_t i = 0; i < map->nendpoints; i++)
        names[i] = map->endpoints[i].name;
    near = cf_nearest(name, names, map->nendpoints);
    return cf_fail(err, CF_ENOTFOUND, "there is no endpoint '%.*s'%s%s%s", CF_STR_ARG(name),
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool fail_unsuited(cf_arena *arena, const url_endpoint *endpoint, const cf_named *values,
                          size_t count, unsigned method, cf_error *err)
{
    const cf_url_rule *rule = endpoint->rules[0];
    cf_buf             missing = cf_buf_in(arena, 0);

    if (method && rule->methods && !(rule->methods & method))
        return cf_fail(err, CF_ENOTFOUND, "endpoint '%s' has no rule for %s", endpoint->name,
                       cf_method_name((cf_method)method));
    for (size_t i = 0; i < rule->narguments; i++)
        if (!find_value(values, count, rule->arguments[i]) &&
            !find_default(rule, rule->arguments[i]))
            cf_buf_printf(&missing, "%s'%s'", missing.len ? ", " : "", rule->arguments[i]);
    if (missing.len)
        return cf_fail(err, CF_ENOTFOUND, "the URL of '%s' (%s) needs the value%s %s",
                       endpoint->name, rule->options.rule,
                       strchr(cf_buf_cstr(&missing), ',') ? "s" : "", cf_buf_cstr(&missing));
    return cf_fail(err, CF_ENOTFOUND, "a value does not fit the rule %s of '%s'",
                   rule->options.rule, endpoint->name);
}

/* ---- writing it ---- */
static bool is_secure(cf_str scheme)
{
    return cf_str_is(scheme, "https") || cf_str_is(scheme, "wss");
}

static bool write_url(const cf_url_map *map, cf_arena *arena, const cf_url_base *base,
                      const choice *chosen, const cf_url_options *options, cf_str *out)
{
    cf_str scheme = options->scheme ? cf_str_of(options->scheme) : base->scheme;
    bool   websocket = chosen->rule->options.websocket;
    bool   external = options->external || websocket;
    cf_buf url = cf_buf_in(arena, 0);

    if (!options->scheme && !scheme.ptr)
        scheme = CF_STR("http");
    if (websocket)
        scheme = is_secure(scheme) ? CF_STR("wss") : CF_STR("ws");
    else if (cf_str_is(scheme, "ws") || cf_str_is(scheme, "wss"))
        scheme = is_secure(scheme) ? CF_STR("https") : CF_STR("http");
    if (external || !cf_str_eq(chosen->domain, current_domain(map, base))) {
        if (scheme.len) {
            cf_buf_str(&url, scheme);
            cf_buf_putc(&url, ':');
        }
        cf_buf_puts(&url, "//");
        add_host(map, base, chosen->domain, &url);
    }
    add_path(base, chosen->path, &url);
    if (options->anchor) {
        cf_buf_putc(&url, '#');
        cf_url_encode(&url, cf_str_of(options->anchor), "%!#$&'()*+,/:;=?@");
    }
    *out = cf_str_n(cf_buf_cstr(&url), url.len);
    return true;
}

bool cf_url_map_build(const cf_url_map *map, cf_arena *arena, const cf_url_base *base, cf_str name,
                      const cf_named *values, size_t count, const cf_url_options *options,
                      cf_str *out, cf_error *err)
{
    static const cf_url_options none;
    const url_endpoint         *endpoint = cf__url_endpoint(map, name);
    choice                      chosen;

    options = options ? options : &none;
    if (!endpoint)
        return fail_unknown(map, arena, name, err);
    bool found = choose(map, arena, base, endpoint, values, count,
                        options->method ? (unsigned)options->method : (unsigned)CF_GET,
                        options->drop_unknown, &chosen);
    if (!found && !options->method)
        found = choose(map, arena, base, endpoint, values, count, 0, options->drop_unknown,
                       &chosen);
    if (!found)
        return fail_unsuited(arena, endpoint, values, count, options->method, err);
    return write_url(map, arena, base, &chosen, options, out);
}
