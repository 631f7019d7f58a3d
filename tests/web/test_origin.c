/* test_origin.c -- scheme, host and address behind proxies; URLs that are ours. */
#include "fixture.h"

static cf_response *where(cf_request *req)
{
    return cf_respond_text(req, "%s %s %s", cf_request_scheme(req), cf_request_host(req),
                           cf_request_remote_addr(req));
}

static cf_response *ours(cf_request *req)
{
    return cf_respond_text(req, "%d", cf_url_is_ours(req, cf_query_arg(req, "next", "")));
}

static cf_response *external(cf_request *req)
{
    return cf_respond_text(req, "%s",
                           cf_url_for(req, "where", "_external", true, "_anchor", "a b", "q", "ü"));
}

static const cf_route routes[] = { { "/", where, "where", CF_GET, CF_ANYONE },
                                   { "/ours", ours, "ours", CF_GET, CF_ANYONE },
                                   { "/external", external, "external", CF_GET, CF_ANYONE },
                                   { 0 } };

static bool create(cf_app *app)
{
    return cf_app_routes(app, routes);
}

Test(origin, only_trusted_proxies_are_believed)
{
    static const cf_named forwarded[] = {
        { "X-Forwarded-For",
          { .type = CF_TYPE_STRING, .as.text = "6.6.6.6, 1.2.3.4, 10.0.0.9", .len = 26 } },
        { "X-Forwarded-Proto", { .type = CF_TYPE_STRING, .as.text = "https", .len = 5 } },
        { "X-Forwarded-Host", { .type = CF_TYPE_STRING, .as.text = "site.org", .len = 8 } },
        { 0 },
    };
    static const struct {
        const char *setting, *peer, *expect;
    } cases[] = {
        { "TRUSTED_PROXIES=", "10.0.0.1", "http localhost 10.0.0.1" },
        { "TRUSTED_PROXIES=10.0.0.0/8", "10.0.0.1", "https site.org 1.2.3.4" },
        { "TRUSTED_PROXIES=10.0.0.1", "10.0.0.1", "https site.org 10.0.0.9" },
        { "TRUSTED_PROXIES=10.0.0.0/8", "11.0.0.1", "http localhost 11.0.0.1" },
        { "TRUSTED_PROXIES=::ffff:10.0.0.0/104", "10.0.0.1", "https site.org 1.2.3.4" },
        { "TRUSTED_PROXIES=*", "9.9.9.9", "https site.org 6.6.6.6" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *settings[] = { cases[i].setting, NULL };
        fixture     f = fixture_new(create, settings);
        cf_answer  *a = cf_client_send(
             f.client,
             &(cf_client_request){ .url = "/", .headers = forwarded, .remote_addr = cases[i].peer });
        cr_assert_str_eq(a->body, cases[i].expect, "%s: %s", cases[i].setting, a->body);
        fixture_end(&f);
    }
}

Test(origin, only_addresses_of_this_site_are_ours)
{
    static const struct {
        const char *next, *expect;
    } cases[] = {
        { "/posts", "1" },
        { "/posts?page=2%23x", "1" },
        { "http://localhost/posts", "1" },
        { "//evil.org", "0" },
        { "/\\evil.org", "0" },
        { "\\\\evil.org", "0" },
        { "https://evil.org/", "0" },
        { "http://localhost.evil.org/", "0" },
        { "http://localhost@evil.org/", "0" },
        { "javascript:alert(1)", "0" },
        { "%20/posts", "0" },
        { "/%09/evil.org", "0" },
        { "", "0" },
    };
    fixture f = fixture_new(create, NULL);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(
            cf_client_get(f.client, cf_printf(f.arena, "/ours?next=%s", cases[i].next))->body,
            cases[i].expect, "%s", cases[i].next);
    fixture_end(&f);
}

Test(origin, external_urls_never_name_a_host_that_only_the_request_names)
{
    static const struct {
        const char *setting, *from, *expect;
    } cases[] = {
        { "SERVER_NAME=site.org", "https://evil.org", "https://site.org" },
        { "TRUSTED_HOSTS=site.org", "http://site.org:8080", "http://site.org:8080" },
        { "HOST=10.1.2.3", "http://10.1.2.3:8080", "http://10.1.2.3:8080" },
        { "HOST=::", "http://[::1]:8080", "http://[::1]:8080" },
        { "PORT=80", "http://127.0.0.2:8080", "http://127.0.0.2:8080" },
        { "PORT=80", "http://localhost:8080", "http://localhost:8080" },
        { "PORT=80", "http://evil.org", "http://localhost:80" },
        { "PORT=80", "http://127.0.0.1.evil.org", "http://localhost:80" },
        { "PORT=80", "http://6.6.6.6", "http://localhost:80" },
        { "PORT=80", "http://evillocalhost", "http://localhost:80" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *settings[] = { cases[i].setting, NULL };
        fixture     f = fixture_new(create, settings);
        cf_answer  *a = cf_client_get(f.client, cf_printf(f.arena, "%s/external", cases[i].from));
        cr_assert_str_eq(a->body, cf_printf(f.arena, "%s/?q=%%C3%%BC#a%%20b", cases[i].expect),
                         "%s: %s", cases[i].from, a->body);
        fixture_end(&f);
    }
}
