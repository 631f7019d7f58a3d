/* url_for.c -- URLs for views and templates: endpoints, static files, and what is ours. */
#include "web/web.h"

#include <carafe/url.h>

/* ".read" is "blog.read" in blueprint "blog"; "..x" would be its parent's. */
static cf_str full_endpoint(cf_request *req, const char *endpoint)
{
    const web_mount *mount = cf__request_mount(req);
    cf_str           name = cf_str_of(endpoint);

    if (!name.len || name.ptr[0] != '.')
        return name;
    name = cf_str_slice(name, 1, name.len);
    if (!mount)
        return name;
    return cf_str_of(cf_printf(req->arena, "%s.%.*s", mount->name, CF_STR_ARG(name)));
}

/* Takes _external and the like out of the values. */
static bool take_option(cf_request *req, const cf_named *value, cf_url_options *options)
{
    const char *name = value->name;

    if (name[0] != '_')
        return false;
    if (!strcmp(name, "_external"))
        options->external = cf_truth(value->value);
    else if (!strcmp(name, "_anchor"))
        options->anchor = cf_cstr(req->arena, value->value, NULL);
    else if (!strcmp(name, "_scheme"))
        options->scheme = cf_cstr(req->arena, value->value, NULL), options->external = true;
    else if (!strcmp(name, "_method"))
        options->method = cf_method_of(cf_text(value->value));
    else
        return false;
    return true;
}

static const cf_url_rule *only_rule(const cf_url_map *map, cf_str endpoint)
{
    const cf_url_rule *rule;

    for (size_t i = 0; (rule = cf_url_map_rule(map, i)); i++)
        if (cf_str_is(endpoint, cf_rule_endpoint(rule)))
            return rule;
    return NULL;
}

/* A static file's URL carries the hash of its content, so that it may be cached for ever. */
static void add_version(cf_request *req, cf_str endpoint, cf_named *values, size_t *count)
{
    if (!cf_str_is(endpoint, "static") && !cf_str_ends(endpoint, CF_STR(".static")))
        return;
    const cf_url_rule *rule = only_rule(req->app->url_map, endpoint);
    for (size_t i = 0; rule && i < *count; i++) {
        if (strcmp(values[i].name, "filename") != 0)
            continue;
        const char *hash = cf__static_hash(req->app, cf_rule_data(rule), cf_text(values[i].value));
        if (hash)
            values[(*count)++] = (cf_named){ "v", cf_string(hash) };
        return;
    }
}

const char *cf_url_for_named(cf_request *req, const char *endpoint, const cf_named *values)
{
    size_t         n = cf_named_count(values), count = 0;
    cf_named      *kept = cf_new_array(req->arena, cf_named, n + 2);
    cf_url_options options = { .external = !req->http };
    cf_url_base    base;
    cf_str         name = full_endpoint(req, endpoint), url;

    for (size_t i = 0; i < n; i++)
        if (!take_option(req, &values[i], &options))
            kept[count++] = values[i];
    add_version(req, name, kept, &count);
    base = options.external ? cf__external_base(req) : cf__url_base(req);
    if (!cf_url_map_build(req->app->url_map, req->arena, &base, name, kept, count, &options, &url,
                          &req->error))
        return NULL;
    return url.ptr;
}

const char *cf_static_url(cf_request *req, const char *filename)
{
    return cf_url_for(req, "static", "filename", filename);
}

bool cf_url_is_ours(cf_request *req, const char *text)
{
    cf_str      s = cf_str_of(text);
    const char *host = cf_request_host(req), *scheme = cf_request_scheme(req);

    if (!s.len)
        return false;
    if (cf_url_is_local(s))
        return true;
    cf_str ours = cf_str_of(cf_printf(req->arena, "%s://%s", scheme, host));
    return cf_str_starts(s, ours) && cf_url_is_local(cf_str_slice(s, ours.len, s.len));
}
