/* route.c -- takes blueprints and their routes into the app, and checks them at start. */
#include "web/web.h"

static const char *join(cf_arena *arena, const char *a, const char *between, const char *b)
{
    if (!a || !*a)
        return b;
    return cf_printf(arena, "%s%s%s", a, between, b);
}

/* "/admin" + "/users/" is "/admin/users/"; a rule "/" below a prefix is the prefix itself + "/". */
static const char *join_rule(cf_arena *arena, const char *prefix, const char *rule)
{
    cf_str head = cf_str_of(prefix);

    while (head.len && head.ptr[head.len - 1] == '/')
        head.len--;
    return head.len ? cf_printf(arena, "%.*s%s", CF_STR_ARG(head), rule) : rule;
}

static bool fail_route(cf_app *app, const cf_route *route, const web_mount *mount, const char *what)
{
    return cf_app_fail(app, CF_EINVAL, "route \"%s\"%s%s: %s", route->rule,
                       mount->blueprint ? " of blueprint " : "",
                       mount->blueprint ? mount->name : "", what);
}

static bool check_route(cf_app *app, const cf_route *route, const web_mount *mount)
{
    if (!route->guard)
        return fail_route(app, route, mount,
                          "every route declares who may use it: add CF_ANYONE, CF_LOGIN, "
                          "CF_ROLES(…) or a guard of your own");
    if (!route->view && !route->redirect_to && !route->build_only)
        return fail_route(app, route, mount, "has no view");
    if (!route->endpoint && !route->redirect_to)
        return fail_route(app, route, mount, "has no endpoint: the name that cf_url_for() uses");
    if (route->endpoint && strchr(route->endpoint, '.'))
        return fail_route(app, route, mount, "an endpoint's name has no dot");
    return true;
}

static bool add_route(cf_app *app, const cf_route *route, const web_mount *mount,
                      const char *static_folder)
{
    web_route *added = cf_new(app->arena, web_route);

    if (!check_route(app, route, mount))
        return false;
    added->route = route;
    added->mount = mount;
    added->static_folder = static_folder;
    added->rule = join_rule(app->arena, mount->url_prefix, route->rule);
    added->endpoint = join(app->arena, mount->name, ".", route->endpoint ? route->endpoint : "");
    added->methods = route->methods ? route->methods : (unsigned)CF_GET;
    for (size_t i = 0; i < app->routes.len; i++) {
        const web_route *other = app->routes.items[i];
        if (!strcmp(other->endpoint, added->endpoint) && other->route->view != route->view &&
            route->view && other->route->view)
            return cf_app_fail(app, CF_EINVAL,
                               "endpoint '%s' stands for two views: of rule \"%s\" and of \"%s\"",
                               added->endpoint, other->rule, added->rule);
    }
    cf__web_push(app, &app->routes, added);
    return true;
}

bool cf__app_add_static(cf_app *app, const web_mount *mount, const char *folder, const char *url)
{
    cf_route *route = cf_new(app->arena, cf_route);

    *route = (cf_route){ .rule = cf_printf(app->arena, "%s/<path:filename>", url),
                         .view = cf__static_view,
                         .endpoint = "static",
                         .methods = CF_GET,
                         .guard = CF_ANYONE };
    return add_route(app, route, mount, folder);
}

static web_mount *new_mount(cf_app *app, const cf_blueprint *blueprint, web_mount *parent,
                            const cf_register_options *options)
{
    web_mount  *mount = cf_new(app->arena, web_mount);
    const char *prefix = options && options->url_prefix ? options->url_prefix
                                                        : blueprint->url_prefix;
    const char *subdomain = options && options->subdomain ? options->subdomain
                                                          : blueprint->subdomain;
    const char *name = options && options->name ? options->name : blueprint->name;

    mount->blueprint = blueprint;
    mount->parent = parent;
    mount->bundle = blueprint->bundle;
    mount->name = cf_strdup(app->arena, name);
    mount->url_prefix = cf_strdup(app->arena, prefix ? prefix : "");
    mount->subdomain = cf_strdup(app->arena, subdomain);
    if (parent) {
        mount->name = join(app->arena, parent->name, ".", mount->name);
        mount->url_prefix = join_rule(app->arena, parent->url_prefix, mount->url_prefix);
        if (!mount->subdomain)
            mount->subdomain = parent->subdomain;
        if (!mount->bundle)
            mount->bundle = parent->bundle;
    }
    return mount;
}

static bool add_static(cf_app *app, const web_mount *mount)
{
    const cf_blueprint *b = mount->blueprint;
    const char         *url = b->static_url;

    if (!b->static_dir)
        return true;
    if (!url)
        url = *mount->url_prefix ? "/static" : cf_printf(app->arena, "/static/%s", mount->name);
    return cf__app_add_static(app, mount, b->static_dir, url);
}

static bool mount_blueprint(cf_app *app, const cf_blueprint *blueprint, web_mount *parent,
                            const cf_register_options *options)
{
    web_mount *mount;

    if (!blueprint->name || strchr(blueprint->name, '.'))
        return cf_app_fail(app, CF_EINVAL, "a blueprint's name is a word without a dot, not \"%s\"",
                           blueprint->name ? blueprint->name : "");
    mount = new_mount(app, blueprint, parent, options);
    for (size_t i = 0; i < app->mounts.len; i++)
        if (!strcmp(((web_mount *)app->mounts.items[i])->name, mount->name))
            return cf_app_fail(app, CF_EINVAL,
                               "blueprint '%s' is registered twice; give the second another name "
                               "in its cf_register_options",
                               mount->name);
    cf__web_push(app, &app->mounts, mount);
    for (const cf_route *r = blueprint->routes; r && r->rule; r++)
        if (!add_route(app, r, mount, NULL))
            return false;
    if (!add_static(app, mount))
        return false;
    for (size_t i = 0; blueprint->nested && blueprint->nested[i]; i++)
        if (!mount_blueprint(app, blueprint->nested[i], mount, NULL))
            return false;
    return true;
}

bool cf_register(cf_app *app, const cf_blueprint *blueprint, const cf_register_options *options)
{
    return cf__web_open(app, "cf_register()") && mount_blueprint(app, blueprint, NULL, options);
}

bool cf_app_routes(cf_app *app, const cf_route *routes)
{
    static const web_mount own = { .name = "", .url_prefix = "" };

    if (!cf__web_open(app, "cf_app_routes()"))
        return false;
    for (const cf_route *r = routes; r->rule; r++)
        if (!add_route(app, r, &own, NULL))
            return false;
    return true;
}

bool cf_app_route_at(const cf_app *app, size_t i, cf_route_info *out)
{
    const web_route *route;

    if (i >= app->routes.len)
        return false;
    route = app->routes.items[i];
    *out = (cf_route_info){
        .rule = route->rule,
        .endpoint = route->endpoint,
        .methods = route->methods,
        .guard = route->route->guard,
        .csrf = route->route->csrf,
        .blueprint = route->mount->blueprint ? route->mount->name : NULL,
        .domain = route->route->subdomain ? route->route->subdomain : route->mount->subdomain,
    };
    return true;
}
