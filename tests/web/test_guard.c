/* test_guard.c -- who may use a route: login, roles, own guards in declared order. */
#include "fixture.h"

static char trail[8];

static void add_trail(const char *mark)
{
    size_t n = strlen(trail);
    cr_assert_lt(n + 1, sizeof trail);
    trail[n] = *mark;
    trail[n + 1] = '\0';
}

static cf_response *page(cf_request *req)
{
    return cf_respond_text(req, "in");
}

static cf_response *first(cf_request *req, const cf_guard *guard)
{
    (void)req, (void)guard;
    add_trail("1");
    return NULL;
}

static cf_response *paid(cf_request *req, const cf_guard *guard)
{
    (void)guard;
    add_trail("2");
    return cf_query_arg(req, "paid", NULL) ? NULL : cf_abort(req, 402);
}

static cf_response *third(cf_request *req, const cf_guard *guard)
{
    (void)req, (void)guard;
    add_trail("3");
    return NULL;
}

static const cf_route routes[] = {
    { "/login", page, "login", CF_GET, CF_ANONYMOUS },
    { "/open", page, "open", CF_GET, CF_ANYONE },
    { "/mine", page, "mine", CF_GET | CF_POST, CF_LOGIN },
    { "/both", page, "both", CF_GET, CF_ROLES("admin", "editor") },
    { "/either", page, "either", CF_GET, CF_ANY_ROLE("admin", "editor") },
    { "/stack", page, "stack", CF_GET,
      CF_GUARDS(CF_GUARD(first), CF_GUARD(paid), CF_GUARD(third)) },
    { "/paid", page, "paid", CF_GET, CF_GUARDS(CF_LOGIN, CF_GUARD(paid), CF_ROLES("admin")) },
    { 0 },
};

static bool create(cf_app *app)
{
    cf_app_users(app, &fixture_users);
    return cf_app_routes(app, routes);
}

Test(guard, each_kind_of_user_on_each_kind_of_route)
{
    static const struct {
        const char *user, *roles, *url;
        int         status;
    } cases[] = {
        { NULL, "", "/open", 200 },          { NULL, "", "/mine", 302 },
        { NULL, "", "/both", 302 },          { NULL, "", "/either", 302 },
        { "ada", "", "/open", 200 },         { "ada", "", "/mine", 200 },
        { "ada", "", "/both", 403 },         { "ada", "", "/either", 403 },
        { "ada", "admin", "/both", 403 },    { "ada", "admin", "/either", 200 },
        { "ada", "editor", "/either", 200 }, { "ada", "editor admin", "/both", 200 },
        { "ada", "", "/login", 302 },        { NULL, "", "/login", 200 },
        { NULL, "", "/paid", 302 },          { "ada", "", "/paid", 402 },
        { "ada", "", "/paid?paid=1", 403 },  { "ada", "admin", "/paid?paid=1", 200 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f = fixture_new(create, NULL);
        if (cases[i].user)
            fixture_sign_in(&f, cases[i].user, cases[i].roles);
        cf_answer *a = cf_client_get(f.client, cases[i].url);
        cr_assert_eq(a->status, cases[i].status, "%s (%s) at %s: %d, want %d",
                     cases[i].user ? cases[i].user : "anonymous", cases[i].roles, cases[i].url,
                     a->status, cases[i].status);
        fixture_end(&f);
    }
}

Test(guard, a_page_leads_to_the_sign_in_form_and_back)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/mine?tab=2&x=ä");

    cr_assert_status(a, 302);
    cr_assert_str_eq(a->location, "/login?next=/mine?tab%3D2%26x%3D%C3%A4");
    fixture_end(&f);
}

Test(guard, a_form_leads_back_to_the_page_it_stands_on)
{
    static const char *const cases[][2] = {
        { "http://localhost/page?x=1", "/login?next=/page?x%3D1" },
        { "http://evil.org/page", "/login" },
        { "http://localhost", "/login" },
    };
    fixture f = fixture_new(create, NULL);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cf_named headers[] = { { "Referer", cf_string(cases[i][0]) }, { 0 } };
        cf_answer     *a = cf_client_send(
                f.client, &(cf_client_request){ .method = "POST", .url = "/mine", .headers = headers });
        cr_assert_status(a, 302);
        cr_assert_str_eq(a->location, cases[i][1]);
    }
    fixture_end(&f);
}

Test(guard, json_gets_401_and_how_to_authenticate)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_send(
        f.client, &(cf_client_request){ .url = "/mine", .accept = "application/json" });

    cr_assert_status(a, 401);
    cr_assert_not_null(cf_answer_header(a, "WWW-Authenticate"));
    cr_assert_str_eq(cf_answer_header(a, "Content-Type"), "application/json");
    fixture_end(&f);
}

Test(guard, stacked_guards_run_in_order_and_stop_at_the_first_answer)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_status(cf_client_get(f.client, "/stack"), 402);
    cr_assert_str_eq(trail, "12");
    trail[0] = '\0';
    cr_assert_status(cf_client_get(f.client, "/stack?paid=1"), 200);
    cr_assert_str_eq(trail, "123");
    fixture_end(&f);
}

Test(guard, a_guard_can_be_read)
{
    cf_arena *arena = cf_arena_new();

    cr_assert_str_eq(cf_guard_text(arena, CF_ROLES("a", "b")), "roles a, b");
    cr_assert_str_eq(cf_guard_text(arena, CF_GUARDS(CF_LOGIN, CF_GUARD(paid))),
                     "all of: login, paid");
    cf_arena_free(arena);
}
