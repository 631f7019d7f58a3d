/* kind_routing.c -- probe kind "routing": matches paths against rules and builds URLs. */
#include "probe.h"

#include <carafe/params.h>
#include <carafe/url.h>
#include <carafe/url_map.h>

static const char *text_of(probe_case *c, const cf_map *map, const char *name)
{
    return cf_cstr(c->arena, cf_map_get(map, name), NULL);
}

static bool truth_of(const cf_map *map, const char *name)
{
    return cf_truth(cf_map_get(map, name));
}

/* A member that is true by default. */
static bool is_off(const cf_map *map, const char *name)
{
    cf_value v = cf_map_get(map, name);
    return !cf_is_missing(v) && !cf_truth(v);
}

static unsigned methods_of(cf_value list)
{
    unsigned methods = 0;

    if (list.type == CF_TYPE_LIST)
        for (size_t i = 0; i < list.as.list->len; i++)
            methods |= (unsigned)cf_method_of(cf_text(list.as.list->items[i]));
    return methods;
}

/* A map, or a list of [name, value] pairs in which names repeat, as named values. */
static cf_named *named_of(probe_case *c, cf_value v, size_t *count)
{
    cf_map *map = cf_map_new(c->arena);

    if (v.type == CF_TYPE_MAP)
        map = v.as.map;
    for (size_t i = 0; v.type == CF_TYPE_LIST && i < v.as.list->len; i++) {
        const cf_list *pair = v.as.list->items[i].as.list;
        cf_value      *list = cf_map_find(map, pair->items[0]);
        if (!list)
            cf_map_put(map, pair->items[0], cf_from_list(cf_list_new(c->arena)));
        list = cf_map_find(map, pair->items[0]);
        cf_list_add(list->as.list, pair->items[1]);
    }
    cf_named *named = cf_new_array(c->arena, cf_named, map->len + 1);
    for (size_t i = 0; i < map->len; i++) {
        named[i].name = cf_cstr(c->arena, map->entries[i].key, "");
        named[i].value = map->entries[i].value;
    }
    *count = map->len;
    return named;
}

static cf_str query_of(probe_case *c, cf_value v)
{
    cf_params params = cf_params_in(c->arena);
    cf_buf    out = cf_buf_in(c->arena, 0);

    if (v.type != CF_TYPE_MAP)
        return cf_text(v);
    for (size_t i = 0; i < v.as.map->len; i++) {
        cf_buf text = cf_buf_in(c->arena, 0);
        cf_to_text(NULL, v.as.map->entries[i].value, &text);
        cf_params_add(&params, cf_text(v.as.map->entries[i].key), cf_buf_view(&text));
    }
    cf_params_write(&out, &params);
    return cf_buf_view(&out);
}

static bool add_rules(probe_case *c, cf_url_map *map, cf_error *err)
{
    cf_value rules = cf_map_get(c->in, "rules");

    for (size_t i = 0; rules.type == CF_TYPE_LIST && i < rules.as.list->len; i++) {
        const cf_map   *r = rules.as.list->items[i].as.map;
        size_t          n;
        cf_rule_options rule = {
            .rule = text_of(c, r, "rule"),
            .endpoint = text_of(c, r, "endpoint"),
            .methods = methods_of(cf_map_get(r, "methods")),
            .subdomain = text_of(c, r, "subdomain"),
            .host = text_of(c, r, "host"),
            .defaults = named_of(c, cf_map_get(r, "defaults"), &n),
            .loose_slashes = is_off(r, "strict_slashes"),
            .keep_slashes = is_off(r, "merge_slashes"),
            .build_only = truth_of(r, "build_only"),
            .alias = truth_of(r, "alias"),
            .websocket = truth_of(r, "websocket"),
            .redirect_to = text_of(c, r, "redirect_to"),
        };
        if (!cf_url_map_add(map, &rule, err))
            return false;
    }
    return cf_url_map_compile(map, err);
}

static cf_value allow_list(probe_case *c, unsigned allowed)
{
    static const cf_method in_order[] = { CF_DELETE, CF_GET,  CF_HEAD, CF_OPTIONS,
                                          CF_PATCH,  CF_POST, CF_PUT };
    cf_list               *list = cf_list_new(c->arena);

    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++)
        if (allowed & (unsigned)in_order[i])
            cf_list_add(list, cf_string(cf_method_name(in_order[i])));
    return cf_from_list(list);
}

static void run_match(probe_case *c, const cf_url_map *map, const cf_url_base *base,
                      const cf_map *op, cf_map *out)
{
    cf_value     method = cf_map_get(op, "method"), websocket = cf_map_get(op, "websocket");
    bool         ws = cf_str_is(base->scheme, "ws") || cf_str_is(base->scheme, "wss");
    cf_url_match match;

    if (websocket.type == CF_TYPE_BOOL)
        ws = websocket.as.boolean;
    cf_url_map_match(map, c->arena, base, cf_text(cf_map_get(op, "path")),
                     method.type == CF_TYPE_STRING ? cf_method_of(cf_text(method)) : CF_GET, ws,
                     query_of(c, cf_map_get(op, "query")), &match);
    switch (match.kind) {
    case CF_MATCH_FOUND: {
        cf_map *args = cf_map_new(c->arena);
        for (size_t i = 0; i < match.nargs; i++)
            cf_map_set(args, match.args[i].name, match.args[i].value);
        cf_map_set(out, "endpoint", cf_string(cf_rule_endpoint(match.rule)));
        cf_map_set(out, "args", cf_from_map(args));
        return;
    }
    case CF_MATCH_REDIRECT:
        cf_map_set(out, "redirect", cf_string_of(match.location));
        cf_map_set(out, "code", cf_int(308));
        return;
    case CF_MATCH_BAD_METHOD:
        cf_map_set(out, "error", cf_int(405));
        cf_map_set(out, "allow", allow_list(c, match.allowed));
        return;
    case CF_MATCH_WEBSOCKET:
        cf_map_set(out, "error", cf_int(400));
        return;
    case CF_MATCH_NOT_FOUND:
        cf_map_set(out, "error", cf_int(404));
    }
}

static void run_build(probe_case *c, const cf_url_map *map, const cf_url_base *base,
                      const cf_map *op, cf_map *out)
{
    size_t          count;
    const cf_named *values = named_of(c, cf_map_get(op, "values"), &count);
    const char     *method = text_of(c, op, "method");
    cf_url_options  options = { .method = method ? cf_method_of(cf_str_of(method)) : (cf_method)0,
                                .external = truth_of(op, "external"),
                                .drop_unknown = is_off(op, "append_unknown"),
                                .scheme = text_of(c, op, "url_scheme") };
    cf_str          url;

    if (cf_url_map_build(map, c->arena, base, cf_text(cf_map_get(op, "endpoint")), values, count,
                         &options, &url, NULL))
        cf_map_set(out, "url", cf_string_of(url));
    else
        cf_map_set(out, "error", cf_string("build"));
}

void probe_routing(probe_case *c)
{
    const cf_map *settings = cf_map_get(c->in, "map").as.map;
    const cf_map *adapter = cf_map_get(c->in, "adapter").as.map;
    cf_value      ops = cf_map_get(c->in, "ops");
    cf_list      *results = cf_list_new(c->arena);
    cf_error      err = { 0 };

    if (cf_map_get(c->in, "map").type != CF_TYPE_MAP ||
        cf_map_get(c->in, "adapter").type != CF_TYPE_MAP || ops.type != CF_TYPE_LIST) {
        probe_error(c, "map, adapter and ops are needed");
        return;
    }
    cf_url_map *map = cf_url_map_new(
        c->arena,
        &(cf_url_map_options){ .host_matching = truth_of(settings, "host_matching"),
                               .loose_slashes = is_off(settings, "strict_slashes"),
                               .keep_slashes = is_off(settings, "merge_slashes"),
                               .keep_defaults = is_off(settings, "redirect_defaults"),
                               .sort_parameters = truth_of(settings, "sort_parameters"),
                               .default_subdomain = text_of(c, settings, "default_subdomain") });
    if (!add_rules(c, map, &err)) {
        probe_error(c, "rule");
        probe_put(c, "message", cf_string_copy(c->arena, cf_str_of(err.message)));
        return;
    }
    cf_value    subdomain = cf_map_get(adapter, "subdomain");
    cf_url_base base = { .scheme = cf_text(cf_map_get(adapter, "url_scheme")),
                         .server_name = cf_str_lower(c->arena,
                                                     cf_text(cf_map_get(adapter, "server_name"))),
                         .script_name = cf_text(cf_map_get(adapter, "script_name")) };
    if (subdomain.type == CF_TYPE_STRING)
        base.subdomain = cf_str_of(cf_cstr(c->arena, subdomain, ""));
    for (size_t i = 0; i < ops.as.list->len; i++) {
        const cf_map *op = ops.as.list->items[i].as.map;
        cf_map       *out = cf_map_new(c->arena);
        if (cf_str_is(cf_text(cf_map_get(op, "op")), "match"))
            run_match(c, map, &base, op, out);
        else
            run_build(c, map, &base, op, out);
        cf_list_add(results, cf_from_map(out));
    }
    probe_put(c, "results", cf_from_list(results));
}
