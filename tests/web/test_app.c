/* test_app.c -- set-up: what an app may declare, and what it may not. */
#include "fixture.h"

static cf_response *hello(cf_request *req)
{
    return cf_respond_text(req, "hello from %s", cf_request_endpoint(req));
}

static cf_response *other(cf_request *req)
{
    return cf_respond_text(req, "other");
}

/* ---- what must not start ---- */
static bool no_guard(cf_app *app)
{
    static const cf_route routes[] = { { "/x", hello, "x", CF_GET }, { 0 } };
    return cf_app_routes(app, routes);
}

static bool no_view(cf_app *app)
{
    static const cf_route routes[] = { { "/x", NULL, "x", CF_GET, CF_ANYONE }, { 0 } };
    return cf_app_routes(app, routes);
}

static bool two_views(cf_app *app)
{
    static const cf_route routes[] = { { "/x", hello, "x", CF_GET, CF_ANYONE },
                                       { "/y", other, "x", CF_GET, CF_ANYONE },
                                       { 0 } };
    return cf_app_routes(app, routes);
}

static bool bad_rule(cf_app *app)
{
    static const cf_route routes[] = { { "/<itn:x>", hello, "x", CF_GET, CF_ANYONE }, { 0 } };
    return cf_app_routes(app, routes);
}

static const cf_blueprint dotted = { .name = "a.b" };
static const cf_blueprint twin = { .name = "twin" };

static bool dotted_name(cf_app *app)
{
    return cf_register(app, &dotted, NULL);
}

static bool registered_twice(cf_app *app)
{
    return cf_register(app, &twin, NULL) && cf_register(app, &twin, NULL);
}

static bool needy_init(cf_app *app)
{
    return app != NULL;
}

static const char *const  needs[] = { "database", NULL };
static const cf_extension needy = { .name = "needy", .init = needy_init, .needs = needs };

static bool needs_other(cf_app *app)
{
    return cf_use(app, &needy);
}

static bool says_nothing(cf_app *app)
{
    (void)app;
    return false;
}

static bool subdomain_without_name(cf_app *app)
{
    static const cf_route routes[] = { { "/x", hello, "x", CF_GET, CF_ANYONE, .subdomain = "api" },
                                       { 0 } };
    return cf_app_routes(app, routes);
}

Test(app, what_is_declared_wrongly_does_not_start_and_says_why)
{
    static const struct {
        cf_create_app *create;
        const char    *message;
    } cases[] = {
        { no_guard, "every route declares who may use it" },
        { no_view, "has no view" },
        { two_views, "endpoint 'x' stands for two views" },
        { bad_rule, "did you mean 'int'?" },
        { dotted_name, "without a dot" },
        { registered_twice, "registered twice" },
        { needs_other, "extension 'needy' needs 'database'" },
        { says_nothing, "without saying why" },
        { subdomain_without_name, "SERVER_NAME must be set" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *message = fixture_failure(cases[i].create, NULL);
        cr_assert_not_null(strstr(message, cases[i].message), "%s", message);
    }
}

static bool nothing(cf_app *app)
{
    (void)app;
    return true;
}

Test(app, a_production_app_needs_a_secret_key)
{
    static const char *const none[] = { "CARAFE_ENV=production", "SECRET_KEY=", NULL };
    static const char *const short_key[] = { "CARAFE_ENV=production", "SECRET_KEY=abc", NULL };
    static const char *const wrong[] = { "CARAFE_ENV=prod", NULL };

    cr_assert_not_null(strstr(fixture_failure(nothing, none), "SECRET_KEY"));
    cr_assert_not_null(strstr(fixture_failure(nothing, short_key), "at least 16"));
    cr_assert_not_null(strstr(fixture_failure(nothing, wrong), "CARAFE_ENV is \"prod\""));
}

Test(app, every_malformed_setting_is_named_at_once)
{
    static const char *const settings[] = { "PORT=many", "MAX_CONTENT_LENGTH=huge", NULL };
    const char              *message = fixture_failure(nothing, settings);

    cr_assert_not_null(strstr(message, "PORT"), "%s", message);
    cr_assert_not_null(strstr(message, "MAX_CONTENT_LENGTH"), "%s", message);
}

/* ---- set-up is over once the app serves ---- */
Test(app, setting_up_after_the_start_fails_loudly)
{
    fixture f = fixture_new(nothing, NULL);

    cr_assert_not(cf_register(f.app, &twin, NULL));
    cr_assert_not_null(strstr(cf_app_failure(f.app)->message, "after set-up was over"));
    cr_assert_not(cf_use(f.app, &needy));
    fixture_end(&f);
}

/* ---- blueprints ---- */
static cf_response *outer_before(cf_request *req)
{
    cf_g_set(req, "order", "outer");
    return NULL;
}

static cf_response *inner_before(cf_request *req)
{
    cf_value order = cf_g_get(req, "order");
    cf_g_set(req, "order",
             cf_printf(cf_request_arena(req), "%.*s inner", CF_STR_ARG(cf_text(order))));
    return NULL;
}

static cf_response *nested_view(cf_request *req)
{
    return cf_respond_text(req, "%s %s %s %s", cf_request_endpoint(req), cf_request_blueprint(req),
                           cf_cstr(cf_request_arena(req), cf_g_get(req, "order"), "none"),
                           cf_url_for(req, ".list"));
}

static cf_response *teapot(cf_request *req)
{
    return cf_response_set_status(cf_respond_text(req, "teapot of %s", cf_request_blueprint(req)),
                                  418);
}

static const cf_route inner_routes[] = { { "/list", nested_view, "list", CF_GET, CF_ANYONE },
                                         { 0 } };
static const cf_error_handler inner_errors[] = { { 404, teapot }, { 0 } };

static cf_response *missing(cf_request *req)
{
    return cf_abort(req, 404);
}

static const cf_route     outer_routes[] = { { "/", hello, "home", CF_GET, CF_ANYONE },
                                             { "/missing", missing, "missing", CF_GET, CF_ANYONE },
                                             { 0 } };
static const cf_blueprint inner = {
    .name = "inner", .routes = inner_routes, .url_prefix = "/inner", .before_request = inner_before
};
static const cf_blueprint *const nested[] = { &inner, NULL };
static const cf_blueprint        outer = { .name = "outer",
                                           .routes = outer_routes,
                                           .url_prefix = "/outer",
                                           .before_request = outer_before,
                                           .errors = inner_errors,
                                           .nested = nested };

static bool with_nested(cf_app *app)
{
    static const cf_register_options again = { .name = "second", .url_prefix = "/second" };
    return cf_register(app, &outer, NULL) && cf_register(app, &outer, &again);
}

Test(app, nested_blueprints_have_joined_names_prefixes_and_hooks)
{
    fixture    f = fixture_new(with_nested, NULL);
    cf_answer *a = cf_client_get(f.client, "/outer/inner/list");

    cr_assert_status(a, 200);
    cr_assert_str_eq(a->body, "outer.inner.list outer.inner outer inner /outer/inner/list");
    a = cf_client_get(f.client, "/second/inner/list");
    cr_assert_str_eq(a->body, "second.inner.list second.inner outer inner /second/inner/list");
    a = cf_client_get(f.client, "/outer/");
    cr_assert_str_eq(a->body, "hello from outer.home");
    a = cf_client_get(f.client, "/outer/missing");
    cr_assert_status(a, 418);
    cr_assert_str_eq(a->body, "teapot of outer");
    fixture_end(&f);
}

Test(app, the_route_table_can_be_read)
{
    fixture       f = fixture_new(with_nested, NULL);
    cf_route_info info;

    cr_assert(cf_app_route_at(f.app, 2, &info));
    cr_assert_str_eq(info.endpoint, "outer.inner.list");
    cr_assert_str_eq(info.rule, "/outer/inner/list");
    cr_assert_str_eq(cf_guard_text(f.arena, info.guard), "anyone");
    cr_assert_not(cf_app_route_at(f.app, 6, &info));
    fixture_end(&f);
}

/* ---- subdomains ---- */
static bool with_subdomains(cf_app *app)
{
    static const cf_route routes[] = {
        { "/", hello, "home", CF_GET, CF_ANYONE },
        { "/", hello, "shop", CF_GET, CF_ANYONE, .subdomain = "<name>.shop" },
        { "/x", hello, "api", CF_GET, CF_ANYONE, .subdomain = "api" },
        { 0 }
    };
    return cf_app_routes(app, routes);
}

Test(app, subdomains_have_routes_of_their_own)
{
    static const char *const settings[] = { "SERVER_NAME=example.org", NULL };
    fixture                  f = fixture_new(with_subdomains, settings);

    cr_assert_has(cf_client_get(f.client, "http://example.org/"), "hello from home");
    cr_assert_has(cf_client_get(f.client, "http://ada.shop.example.org/"), "hello from shop");
    cr_assert_has(cf_client_get(f.client, "http://api.example.org/x"), "hello from api");
    cr_assert_status(cf_client_get(f.client, "http://example.org/x"), 404);
    fixture_end(&f);
}

/* ---- commands ---- */
static int show_url(cf_request *req, int argc, char **argv)
{
    (void)argc, (void)argv;
    return strcmp(cf_url_for(req, "x", "a", 1), "https://example.org/x?a=1");
}

static bool with_command(cf_app *app)
{
    static const cf_route routes[] = { { "/x", hello, "x", CF_GET, CF_ANYONE }, { 0 } };
    return cf_app_routes(app, routes) &&
           cf_app_command(app, &(cf_command){ .name = "show", .run = show_url });
}

Test(app, a_command_runs_in_a_request_with_external_urls)
{
    static const char *const settings[] = { "SERVER_NAME=example.org", "PREFERRED_URL_SCHEME=https",
                                            NULL };
    fixture                  f = fixture_new(with_command, settings);
    cf_request              *req = cf_request_detached(f.app, f.arena);

    cr_assert_eq(cf_app_command_at(f.app, 0)->run(req, 0, NULL), 0);
    cr_assert_eq(cf_request_current(), req);
    cf_request_finish(req);
    cr_assert_null(cf_request_current());
    cr_assert_null(cf_app_command_at(f.app, 1));
    fixture_end(&f);
}
