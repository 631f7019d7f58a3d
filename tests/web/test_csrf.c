/* test_csrf.c -- unsafe requests need the session's token and come from here. */
#include "fixture.h"

#include <carafe/time.h>

static cf_response *token(cf_request *req)
{
    return cf_respond_text(req, "%s", cf_csrf_token(req));
}

static cf_response *save(cf_request *req)
{
    return cf_respond_text(req, "saved");
}

static const cf_route routes[] = {
    { "/token", token, "token", CF_GET, CF_ANYONE },
    { "/save", save, "save", CF_GET | CF_POST | CF_PUT | CF_PATCH | CF_DELETE, CF_ANYONE },
    { "/hook", save, "hook", CF_POST, CF_ANYONE, CF_CSRF_OFF },
    { 0 },
};

static bool create(cf_app *app)
{
    return cf_app_routes(app, routes);
}

static cf_answer *post_raw(fixture *f, const char *method, const char *url, const char *body,
                           const cf_named *headers)
{
    return cf_client_send(f->client,
                          &(cf_client_request){ .method = method,
                                                .url = url,
                                                .body = body,
                                                .content_type = "application/x-www-form-urlencoded",
                                                .headers = headers,
                                                .no_csrf = true });
}

Test(csrf, a_form_with_its_sessions_token_passes)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_status(cf_client_post(f.client, "/save", "a", 1), 200);
    const char *t = cf_client_get(f.client, "/token")->body;
    cr_assert_status(post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", t), NULL),
                     200);
    const cf_named a[] = { { "X-CSRFToken", cf_string(t) }, { 0 } };
    const cf_named b[] = { { "X-CSRF-Token", cf_string(t) }, { 0 } };
    cr_assert_status(post_raw(&f, "DELETE", "/save", "", a), 200);
    cr_assert_status(post_raw(&f, "PUT", "/save", "", b), 200);
    fixture_end(&f);
}

Test(csrf, every_unsafe_method_without_a_token_is_refused)
{
    static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
    fixture                  f = fixture_new(create, NULL);

    cf_client_get(f.client, "/token");
    for (size_t i = 0; i < 4; i++) {
        cf_answer *a = post_raw(&f, methods[i], "/save", "x=1", NULL);
        cr_assert_status(a, 400);
        cr_assert_has(a, "The CSRF token is missing.");
    }
    cr_assert_status(cf_client_get(f.client, "/save"), 200);
    cr_assert_status(post_raw(&f, "POST", "/hook", "x=1", NULL), 200);
    fixture_end(&f);
}

Test(csrf, another_sessions_token_is_refused)
{
    fixture    f = fixture_new(create, NULL);
    cf_client *other = cf_client_new(f.arena, f.app);

    const char *theirs = cf_client_get(other, "/token")->body;
    cf_client_get(f.client, "/token");
    cf_answer *a = post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", theirs), NULL);
    cr_assert_status(a, 400);
    cr_assert_has(a, "The CSRF tokens do not match.");
    cf_client_clear_cookies(f.client);
    a = post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", theirs), NULL);
    cr_assert_has(a, "The CSRF session token is missing.");
    fixture_end(&f);
}

Test(csrf, a_changed_or_old_token_is_refused)
{
    fixture f = fixture_new(create, NULL);
    cf_time start = { INT64_C(1800000000) * CF_SECOND };

    cf_time_freeze(start);
    char *t = cf_strdup(f.arena, cf_client_get(f.client, "/token")->body);
    cf_time_freeze((cf_time){ start.us + 11 * CF_HOUR });
    cr_assert_status(post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", t), NULL),
                     200);
    cf_time_freeze((cf_time){ start.us + 13 * CF_HOUR });
    cf_answer *a = post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", t), NULL);
    cr_assert_status(a, 400);
    cr_assert_has(a, "expired");
    cf_time_freeze(start);
    t[10] = t[10] == 'A' ? 'B' : 'A';
    cr_assert_status(post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", t), NULL),
                     400);
    cf_time_freeze((cf_time){ 0 });
    fixture_end(&f);
}

Test(csrf, tokens_of_one_session_differ_and_all_hold)
{
    fixture     f = fixture_new(create, NULL);
    const char *a = cf_client_get(f.client, "/token")->body;
    const char *b = cf_client_get(f.client, "/token")->body;

    cr_assert_str_neq(a, b);
    cr_assert_status(post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", a), NULL),
                     200);
    cr_assert_status(post_raw(&f, "POST", "/save", cf_printf(f.arena, "csrf_token=%s", b), NULL),
                     200);
    fixture_end(&f);
}

Test(csrf, where_a_request_comes_from_is_checked)
{
    static const struct {
        const char *url, *origin, *referrer;
        int         status;
    } cases[] = {
        { "http://site.org/save", "http://site.org", NULL, 200 },
        { "http://site.org/save", NULL, NULL, 200 },
        { "http://site.org/save", "http://evil.org", NULL, 400 },
        { "http://site.org/save", "http://site.org.evil.org", NULL, 400 },
        { "https://site.org/save", "https://site.org", NULL, 200 },
        { "https://site.org/save", "https://site.org:443", NULL, 200 },
        { "https://site.org/save", "http://site.org", NULL, 400 },
        { "https://site.org/save", NULL, NULL, 400 },
        { "https://site.org/save", NULL, "https://site.org/form", 200 },
        { "https://site.org/save", NULL, "https://site.org.evil.org/form", 400 },
        { "https://site.org/save", NULL, "https://evil.org/?https://site.org/", 400 },
        { "https://site.org/save", NULL, "https://site.org@evil.org/", 400 },
        { "https://site.org/save", "null", "https://site.org/form", 200 },
        { "https://site.org/save", "https://friend.org", NULL, 200 },
    };
    static const char *const settings[] = { "WTF_CSRF_TRUSTED_HOSTS=friend.org", NULL };
    fixture                  f = fixture_new(create, settings);
    const char              *t = cf_client_get(f.client, "http://site.org/token")->body;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_named headers[4] = { { "X-CSRFToken", cf_string(t) } };
        size_t   n = 1;
        if (cases[i].origin)
            headers[n++] = (cf_named){ "Origin", cf_string(cases[i].origin) };
        if (cases[i].referrer)
            headers[n++] = (cf_named){ "Referer", cf_string(cases[i].referrer) };
        cf_answer *a = post_raw(&f, "POST", cases[i].url, "", headers);
        cr_assert_eq(a->status, cases[i].status, "case %zu: %d %s", i, a->status, a->body);
    }
    fixture_end(&f);
}
