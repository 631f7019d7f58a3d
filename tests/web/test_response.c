/* test_response.c -- answers: cookies, redirects, streams, what varies. */
#include "fixture.h"

static cf_response *set(cf_request *req)
{
    cf_set_cookie(req, "plain", "a b;\"c\"", NULL);
    cf_set_cookie(req, "seen", "1",
                  &(cf_cookie_options){
                      .max_age = 60, .path = "/x", .readable = true, .same_site = "Strict" });
    cr_assert_not(cf_set_cookie(req, "bad name", "x", NULL));
    cf_request_error(req)->code = CF_OK;
    return cf_respond_text(req, "set");
}

static cf_response *get(cf_request *req)
{
    const char *cookie = cf_request_cookie(req, "plain");
    return cf_respond_text(req, "%s", cookie ? cookie : "none");
}

static cf_response *drop(cf_request *req)
{
    cf_delete_cookie(req, "plain", NULL);
    return cf_respond_text(req, "dropped");
}

static bool count_down(void *data, const cf_sink *sink, cf_error *err)
{
    const char *digits = data;

    for (; *digits; digits++)
        if (!cf_sink_write(sink, cf_str_n(digits, 1), err))
            return false;
    return true;
}

static cf_response *stream(cf_request *req)
{
    return cf_respond_stream(req, "text/plain", -1, count_down,
                             cf_str_dup(cf_request_arena(req), CF_STR("321")));
}

static cf_response *vary(cf_request *req)
{
    cf_response *response = cf_respond_text(req, "x");

    cf_response_vary(response, "Accept");
    cf_response_vary(response, "Cookie");
    return cf_response_vary(response, "accept");
}

static cf_response *there(cf_request *req)
{
    return cf_redirect_to(req, "get", "q", "<&>");
}

static cf_response *nowhere(cf_request *req)
{
    return cf_redirect_to(req, "gte");
}

static cf_response *bytes(cf_request *req)
{
    cf_response *response = cf_respond_bytes(req, "image/svg+xml", CF_STR("<svg/>"));

    cf_response_header(response, "X-Frame-Options", "SAMEORIGIN");
    cf_response_header(response, "X-Gone", "x");
    return cf_response_header(response, "X-Gone", NULL);
}

static const cf_route routes[] = {
    { "/set", set, "set", CF_GET, CF_ANYONE },
    { "/get", get, "get", CF_GET, CF_ANYONE },
    { "/drop", drop, "drop", CF_GET, CF_ANYONE },
    { "/stream", stream, "stream", CF_GET, CF_ANYONE },
    { "/vary", vary, "vary", CF_GET, CF_ANYONE },
    { "/there", there, "there", CF_GET, CF_ANYONE },
    { "/bytes", bytes, "bytes", CF_GET, CF_ANYONE },
    { "/nowhere", nowhere, "nowhere", CF_GET, CF_ANYONE },
    { 0 },
};

static bool create(cf_app *app)
{
    cf_app_header(app, "Referrer-Policy", "no-referrer");
    cf_app_header(app, "Cross-Origin-Opener-Policy", NULL);
    cf_app_header(app, "X-Served-By", "carafe");
    return cf_app_routes(app, routes);
}

static const char *set_cookie_of(fixture *f, const cf_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->headers.len; i++)
        if (cf_str_iis(answer->headers.items[i].name, "Set-Cookie") &&
            cf_str_starts(answer->headers.items[i].value, cf_str_of(name)))
            return cf_str_dup(f->arena, answer->headers.items[i].value);
    return "";
}

Test(response, cookies_are_safe_unless_told_otherwise_and_come_back_as_set)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/set");

    const char *plain = set_cookie_of(&f, a, "plain="), *seen = set_cookie_of(&f, a, "seen=");
    cr_assert_not_null(strstr(plain, "HttpOnly"));
    cr_assert_not_null(strstr(plain, "SameSite=Lax"));
    cr_assert_not_null(strstr(plain, "Path=/"));
    cr_assert_null(strstr(seen, "HttpOnly"));
    cr_assert_not_null(strstr(seen, "SameSite=Strict"));
    cr_assert_not_null(strstr(seen, "Max-Age=60"));
    cr_assert_not_null(strstr(seen, "Path=/x"));
    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "a b;\"c\"");
    cf_client_get(f.client, "/drop");
    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "none");
    fixture_end(&f);
}

Test(response, a_stream_is_taken_until_it_is_done)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(cf_client_get(f.client, "/stream")->body, "321");
    fixture_end(&f);
}

Test(response, what_varies_is_named_once)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(cf_answer_header(cf_client_get(f.client, "/vary"), "Vary"), "Accept, Cookie");
    fixture_end(&f);
}

Test(response, a_redirect_leads_to_an_endpoint_or_fails)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/there");

    cr_assert_status(a, 302);
    cr_assert_str_eq(a->location, "/get?q=%3C%26%3E");
    cr_assert_status(cf_client_get(f.client, "/nowhere"), 500);
    fixture_end(&f);
}

Test(response, the_apps_and_the_answers_headers_replace_the_defaults)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/bytes");

    cr_assert_str_eq(cf_answer_header(a, "X-Frame-Options"), "SAMEORIGIN");
    cr_assert_str_eq(cf_answer_header(a, "Referrer-Policy"), "no-referrer");
    cr_assert_null(cf_answer_header(a, "Cross-Origin-Opener-Policy"));
    cr_assert_null(cf_answer_header(a, "X-Gone"));
    cr_assert_str_eq(cf_answer_header(a, "X-Served-By"), "carafe");
    cr_assert_not_null(cf_answer_header(a, "Content-Security-Policy"));
    fixture_end(&f);
}
