/* test_dispatch.c -- one request: hooks in order, methods, error pages, headers. */
#include "fixture.h"

#include <carafe/fiber.h>

#include <stdio.h>

static char order[256];

static void note(const char *what)
{
    size_t n = strlen(order);
    snprintf(order + n, sizeof order - n, "%s ", what);
}

static cf_response *before(cf_request *req)
{
    note("before");
    return strcmp(cf_request_path(req), "/stopped") ? NULL : cf_respond_text(req, "stopped");
}

static cf_response *after(cf_request *req, cf_response *response)
{
    (void)req;
    note("after");
    return cf_response_header(response, "X-After", "yes");
}

static cf_response *this_after(cf_request *req, cf_response *response, void *data)
{
    (void)req;
    note(data);
    return response;
}

static void teardown(cf_request *req)
{
    (void)req;
    note("teardown");
}

static cf_response *view(cf_request *req)
{
    note("view");
    cf_after_this_request(req, this_after, (void *)(uintptr_t) "this");
    return cf_respond_text(req, "done");
}

static cf_response *guard(cf_request *req, const cf_guard *g)
{
    (void)req, (void)g;
    note("guard");
    return NULL;
}

static cf_response *nothing(cf_request *req)
{
    (void)req;
    return NULL;
}

static cf_response *broken(cf_request *req)
{
    cf_fail(cf_request_error(req), CF_EDB, "the disk is on fire");
    return cf_abort(req, 404);
}

static cf_response *locked(cf_request *req)
{
    cf_fail(cf_request_error(req), CF_EBUSY, "the database is locked");
    return NULL;
}

static cf_response *overdue(cf_request *req)
{
    cf_fail(cf_request_error(req), CF_ETIMEOUT, "the statement took too long");
    return NULL;
}

static cf_response *slow(cf_request *req)
{
    return cf_sleep(5000, cf_request_error(req)) ? cf_respond_text(req, "slept") : NULL;
}

static cf_response *conflict(cf_request *req)
{
    cf_fail(cf_request_error(req), CF_ECONFLICT, "taken");
    return cf_abort(req, 409);
}

static cf_response *own_words(cf_request *req)
{
    return cf_abort_with(req, 403, "Only <b>owners</b> may do this.");
}

static cf_response *etag(cf_request *req)
{
    return cf_response_conditional(cf_respond_text(req, "same every time"));
}

static cf_response *bad_header(cf_request *req)
{
    return cf_response_header(cf_respond_text(req, "x"), "X-Bad", "a\r\nSet-Cookie: evil=1");
}

static cf_response *show_name(cf_request *req)
{
    return cf_respond_text(req, "%s", cf_url_arg(req, "name"));
}

static const cf_route routes[] = {
    { "/", view, "home", CF_GET, CF_GUARD(guard) },
    { "/nothing", nothing, "nothing", CF_GET, CF_ANYONE },
    { "/broken", broken, "broken", CF_GET, CF_ANYONE },
    { "/locked", locked, "locked", CF_GET, CF_ANYONE },
    { "/slow", slow, "slow", CF_GET, CF_ANYONE },
    { "/overdue", overdue, "overdue", CF_GET, CF_ANYONE },
    { "/conflict", conflict, "conflict", CF_GET, CF_ANYONE },
    { "/words", own_words, "words", CF_GET, CF_ANYONE },
    { "/etag", etag, "etag", CF_GET, CF_ANYONE },
    { "/header", bad_header, "header", CF_GET, CF_ANYONE },
    { "/branch/", view, "branch", CF_GET, CF_ANYONE },
    { "/both", view, "get", CF_GET, CF_ANYONE },
    { "/both", view, "put", CF_PUT, CF_ANYONE, CF_CSRF_OFF },
    { "/name/<name>", show_name, "name", CF_GET, CF_ANYONE },
    { 0 },
};

static const cf_route api_routes[] = { { "/broken", nothing, "broken", CF_GET, CF_ANYONE }, { 0 } };
static const cf_blueprint api = {
    .name = "api", .routes = api_routes, .url_prefix = "/api", .json_errors = true
};

static bool create(cf_app *app)
{
    if (!cf_register(app, &api, NULL))
        return false;
    cf_app_before(app, before);
    cf_app_after(app, after);
    cf_app_teardown(app, teardown);
    return cf_app_routes(app, routes);
}

Test(dispatch, hooks_guards_and_view_run_in_order)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/");

    cr_assert_str_eq(order, "before guard view this after teardown ");
    cr_assert_str_eq(cf_answer_header(a, "X-After"), "yes");
    order[0] = '\0';
    cr_assert_str_eq(cf_client_get(f.client, "/stopped")->body, "stopped");
    cr_assert_str_eq(order, "before after teardown ");
    order[0] = '\0';
    cr_assert_status(cf_client_get(f.client, "/nothing"), 500);
    cr_assert_str_eq(order, "before after teardown ");
    fixture_end(&f);
}

Test(dispatch, head_and_options_come_by_themselves)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_send(f.client, &(cf_client_request){ .method = "HEAD", .url = "/" });

    cr_assert_status(a, 200);
    cr_assert_eq(a->size, 0);
    a = cf_client_send(f.client, &(cf_client_request){ .method = "OPTIONS", .url = "/both" });
    cr_assert_status(a, 204);
    cr_assert_str_eq(cf_answer_header(a, "Allow"), "GET, HEAD, PUT, OPTIONS");
    fixture_end(&f);
}

Test(dispatch, a_wrong_method_is_405_with_allow)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_post(f.client, "/both");

    cr_assert_status(a, 405);
    cr_assert_str_eq(cf_answer_header(a, "Allow"), "GET, HEAD, PUT, OPTIONS");
    a = cf_client_send(f.client, &(cf_client_request){ .method = "BREW", .url = "/" });
    cr_assert_status(a, 405);
    fixture_end(&f);
}

Test(dispatch, a_missing_slash_redirects_with_the_query)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/branch?page=2");

    cr_assert_status(a, 308);
    cr_assert_str_eq(a->location, "http://localhost/branch/?page=2");
    a = cf_client_visit(f.client, "/branch");
    cr_assert_status(a, 200);
    cr_assert_eq(a->nhistory, 1);
    fixture_end(&f);
}

Test(dispatch, an_outage_is_500_whatever_the_view_says)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_status(cf_client_get(f.client, "/broken"), 500);
    cr_assert_not(cf_answer_contains(cf_client_get(f.client, "/broken"), "disk"));
    cr_assert_status(cf_client_get(f.client, "/conflict"), 409);
    cr_assert_status(cf_client_get(f.client, "/locked"), 503);
    cr_assert_not_null(cf_answer_header(cf_client_get(f.client, "/locked"), "Retry-After"));
    fixture_end(&f);
}

static void ask_late(void *arg)
{
    fixture   *f = arg;
    cf_answer *a;

    cf_fiber_deadline(cf_monotonic_us() + 20000);
    a = cf_client_get(f->client, "/slow");
    cr_assert_status(a, 503);
    cr_assert_not_null(cf_answer_header(a, "Retry-After"));
    /* A time limit of the view's own is its failure. */
    cf_fiber_deadline(0);
    cr_assert_status(cf_client_get(f->client, "/overdue"), 500);
}

Test(dispatch, a_request_that_runs_out_of_time_may_be_tried_again)
{
    fixture  f = fixture_new(create, NULL);
    cf_error err = { 0 };

    cr_assert(cf_fiber_spawn("test", ask_late, &f, &err), "%s", err.message);
    cr_assert_eq(cf_fiber_run(), 0);
    fixture_end(&f);
}

Test(dispatch, developers_see_what_happened_and_visitors_do_not)
{
    static const char *const debug[] = { "CARAFE_DEBUG=1", NULL };
    fixture                  f = fixture_new(create, debug);
    cf_answer               *a = cf_client_send(
                      f.client,
                      &(cf_client_request){ .url = "/broken",
                                            .headers = (const cf_named[]){ CF_NAMED("Authorization", "Bearer s3"
                                                                                                                   "cr3t"),
                                                                           { 0 } } });

    cr_assert_status(a, 500);
    cr_assert_has(a, "the disk is on fire");
    cr_assert_has(a, "test_dispatch.c");
    cr_assert_not(cf_answer_contains(a, "s3cr3t"));
    fixture_end(&f);
}

Test(dispatch, error_pages_speak_json_to_those_who_want_it)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *page = cf_client_get(f.client, "/none");
    cf_answer *json = cf_client_send(
        f.client, &(cf_client_request){ .url = "/none", .accept = "application/json" });

    cr_assert_status(page, 404);
    cr_assert_has(page, "<h1>Not Found</h1>");
    cr_assert_status(json, 404);
    cr_assert_str_eq(cf_answer_header(json, "Content-Type"), "application/json");
    cr_assert_eq(cf_map_get(cf_answer_json(f.client, json).as.map, "status").as.integer, 404);
    fixture_end(&f);
}

Test(dispatch, an_apis_errors_are_json_for_everybody)
{
    static const struct {
        const char *url;
        int         status;
        const char *type;
    } cases[] = {
        { "/api/broken", 500, "application/json" },
        { "/api/none", 404, "application/json" },
        { "/apiary", 404, "text/html; charset=utf-8" },
    };
    fixture f = fixture_new(create, NULL);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_answer *a = cf_client_get(f.client, cases[i].url);
        cr_assert_status(a, cases[i].status);
        cr_assert_str_eq(cf_answer_header(a, "Content-Type"), cases[i].type, "%s", cases[i].url);
    }
    fixture_end(&f);
}

Test(dispatch, the_text_of_an_abort_is_shown_escaped)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/words");

    cr_assert_status(a, 403);
    cr_assert_has(a, "Only &lt;b&gt;owners&lt;/b&gt; may do this.");
    fixture_end(&f);
}

Test(dispatch, pages_carry_security_headers)
{
    static const char *const names[] = { "Content-Security-Policy", "Referrer-Policy",
                                         "X-Frame-Options", "Cross-Origin-Opener-Policy",
                                         "X-Content-Type-Options" };
    fixture                  f = fixture_new(create, NULL);
    cf_answer               *page = cf_client_get(f.client, "/none");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_assert_not_null(cf_answer_header(page, names[i]), "%s", names[i]);
    cr_assert_str_eq(cf_answer_header(cf_client_get(f.client, "/"), "X-Content-Type-Options"),
                     "nosniff");
    fixture_end(&f);
}

Test(dispatch, a_header_cannot_be_split)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/header");

    cr_assert_status(a, 200);
    cr_assert_null(cf_answer_header(a, "X-Bad"));
    cr_assert_null(cf_answer_header(a, "Set-Cookie"));
    fixture_end(&f);
}

Test(dispatch, a_conditional_answer_is_304_for_who_has_it)
{
    fixture     f = fixture_new(create, NULL);
    cf_answer  *a = cf_client_get(f.client, "/etag");
    const char *tag = cf_answer_header(a, "ETag");

    cr_assert_not_null(tag);
    a = cf_client_send(
        f.client, &(cf_client_request){
                      .url = "/etag",
                      .headers = (const cf_named[]){ CF_NAMED("If-None-Match", tag), { 0 } } });
    cr_assert_status(a, 304);
    cr_assert_eq(a->size, 0);
    fixture_end(&f);
}

Test(dispatch, paths_are_decoded_once_and_hold_no_nul)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(cf_client_get(f.client, "/name/a%20%252F%C3%BC")->body, "a %2Fü");
    cr_assert_str_eq(cf_client_get(f.client, "/name/%ff")->body, "\xef\xbf\xbd");
    cr_assert_status(cf_client_get(f.client, "/name/a%00b"), 400);
    fixture_end(&f);
}

Test(dispatch, only_trusted_hosts_are_answered)
{
    static const char *const settings[] = { "TRUSTED_HOSTS=example.org,.example.com", NULL };
    fixture                  f = fixture_new(create, settings);

    cr_assert_status(cf_client_get(f.client, "http://example.org/"), 200);
    cr_assert_status(cf_client_get(f.client, "http://example.org:8080/"), 200);
    cr_assert_status(cf_client_get(f.client, "http://a.example.com/"), 200);
    cr_assert_status(cf_client_get(f.client, "http://evil-example.com/"), 400);
    cr_assert_status(cf_client_get(f.client, "http://www.example.org/"), 400);
    fixture_end(&f);
}
