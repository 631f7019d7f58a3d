/* start.c -- what turns a set-up app into one that serves: rules, templates, models, headers. */
#include "web/web.h"

#include <stdio.h>

#include <carafe/template.h>

/* A browser that shows a page of ours runs no script and loads nothing but from here, and lets no
 * other site frame it. */
static const cf_header page_defaults[] = {
    { CF_STR("Content-Security-Policy"),
      CF_STR("default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
             "form-action 'self'; frame-ancestors 'none'") },
    { CF_STR("Referrer-Policy"), CF_STR("strict-origin-when-cross-origin") },
    { CF_STR("X-Frame-Options"), CF_STR("DENY") },
    { CF_STR("Cross-Origin-Opener-Policy"), CF_STR("same-origin") },
};

void cf__app_default_headers(cf_app *app)
{
    for (size_t i = 0; i < sizeof page_defaults / sizeof *page_defaults; i++)
        *WEB_PUSH(app->arena, app->page_headers, app->npage_headers,
                  app->cap_page_headers) = page_defaults[i];
    *WEB_PUSH(app->arena, app->headers, app->nheaders,
              app->cap_headers) = (cf_header){ CF_STR("X-Content-Type-Options"),
                                               CF_STR("nosniff") };
}

static bool add_rule(cf_app *app, web_route *route, cf_error *err)
{
    const cf_route *r = route->route;
    cf_rule_options options = {
        .rule = route->rule,
        .endpoint = route->endpoint,
        .methods = route->methods | (unsigned)CF_OPTIONS,
        .subdomain = r->subdomain ? r->subdomain : route->mount->subdomain,
        .host = r->host,
        .defaults = r->defaults,
        .loose_slashes = r->loose_slashes,
        .keep_slashes = r->keep_slashes,
        .build_only = r->build_only,
        .alias = r->alias,
        .redirect_to = r->redirect_to,
        .data = route,
    };

    return cf_url_map_add(app->url_map, &options, err);
}

static bool compile_rules(cf_app *app, cf_error *err)
{
    cf_url_map_options options = { 0 };

    for (size_t i = 0; i < app->routes.len; i++) {
        const web_route *route = app->routes.items[i];
        options.host_matching |= route->route->host != NULL;
        app->settings.subdomains |= route->route->subdomain || route->mount->subdomain;
    }
    if (app->settings.subdomains && !app->settings.server_name && !options.host_matching)
        return cf_fail(err, CF_EINVAL, "a route has a subdomain, so SERVER_NAME must be set");
    app->settings.host_matching = options.host_matching;
    app->url_map = cf_url_map_new(app->arena, &options);
    for (size_t i = 0; i < app->converters.len; i++)
        cf_url_map_converter(app->url_map, app->converters.items[i]);
    for (size_t i = 0; i < app->routes.len; i++)
        if (!add_rule(app, app->routes.items[i], err))
            return false;
    return cf_url_map_compile(app->url_map, err);
}

static cf_template_place place_of(cf_app *app, const cf_bundle *bundle, const char *folder)
{
    cf_str      s = cf_str_of(folder);
    const char *slash = s.len && s.ptr[s.len - 1] == '/' ? "" : "/";
    return (cf_template_place){ .bundle = bundle,
                                .prefix = cf_printf(app->arena, "%s%s", folder, slash) };
}

/* The app's own templates come first, so that they replace those of blueprints. */
static void make_templates(cf_app *app)
{
    cf_template_options options = app->template_options;
    cf_template_place  *places = cf_new_array(app->arena, cf_template_place, app->mounts.len + 1);
    size_t              n = 0;

    if (app->bundle)
        places[n++] = place_of(app, app->bundle, "templates");
    for (size_t i = 0; i < app->mounts.len; i++) {
        const web_mount *mount = app->mounts.items[i];
        const cf_bundle *bundle = mount->bundle ? mount->bundle : app->bundle;
        if (mount->blueprint->templates && bundle)
            places[n++] = place_of(app, bundle, mount->blueprint->templates);
    }
    options.loader = cf_template_places(app->arena, places, n, app->settings.development);
    options.extensions |= CF_JINJA_DO | CF_JINJA_LOOPCONTROLS | CF_JINJA_I18N;
    options.translate = app->translate;
    options.translate_data = app->translate_data;
    options.newstyle_gettext = true;
    options.reload = app->settings.development;
    app->templates = cf_templates_new(app->arena, &options);
    cf__app_add_template_names(app);
}

static bool resolve_models(cf_app *app, cf_error *err)
{
    cf__web_push(app, &app->models, NULL);
    app->models.len--;
    if (!app->models.len)
        return true;
    app->model_registry = cf_models_new(app->arena,
                                        (const cf_model *const *)(void *)app->models.items, err);
    return app->model_registry != NULL;
}

static bool add_app_static(cf_app *app, cf_error *err)
{
    static const web_mount own = { .name = "", .url_prefix = "" };

    if (!app->bundle || cf__app_add_static(app, &own, "static", "/static"))
        return true;
    *err = app->failure;
    return false;
}

bool cf__app_start(cf_app *app, cf_error *err)
{
    cf_error own = { 0 };

    if (!err)
        err = &own;
    if (!cf__app_read_settings(app, err) || !add_app_static(app, err) || !compile_rules(app, err) ||
        !resolve_models(app, err) || !cf_app_database(app, err))
        return false;
    if (app->settings.hsts)
        app->hsts = cf_str_of(cf_printf(app->arena, "max-age=%lld", (long long)app->settings.hsts));
    make_templates(app);
    app->sealed = true;
    return true;
}
