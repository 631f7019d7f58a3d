/* test_session.c -- the encrypted session: tampering, keys, messages, cookie attributes. */
#include "fixture.h"

#include <carafe/log.h>
#include <carafe/time.h>

static cf_response *set(cf_request *req)
{
    cf_session_set(req, "name", cf_query_arg(req, "name", "ada"));
    return cf_respond_text(req, "set");
}

static cf_response *get(cf_request *req)
{
    return cf_respond_text(
        req, "%s", cf_cstr(cf_request_arena(req), cf_session_get(req, "name"), "anonymous"));
}

static cf_response *idle(cf_request *req)
{
    return cf_respond_text(req, "idle");
}

static cf_response *clear(cf_request *req)
{
    cf_session_clear(req);
    return cf_respond_text(req, "cleared");
}

static cf_response *permanent(cf_request *req)
{
    cf_session_set(req, "name", "ada");
    cf_session_permanent(req, true);
    return cf_respond_text(req, "kept");
}

static cf_response *flash(cf_request *req)
{
    cf_flash(req, "success", "Saved %s.", "it");
    cf_flash(req, "danger", "<b>");
    return cf_redirect(req, "/messages");
}

static cf_response *messages(cf_request *req)
{
    cf_buf   out = cf_buf_in(cf_request_arena(req), 0);
    cf_list *list = cf_flashed_messages(req);

    for (size_t i = 0; i < list->len; i++)
        cf_buf_printf(&out, "%.*s:%.*s;", CF_STR_ARG(cf_text(list->items[i].as.list->items[0])),
                      CF_STR_ARG(cf_text(list->items[i].as.list->items[1])));
    return cf_respond_text(req, "%s", cf_buf_cstr(&out));
}

static cf_response *large(cf_request *req)
{
    char *text = cf_alloc(cf_request_arena(req), 3001);

    memset(text, 'x', 3000);
    text[3000] = '\0';
    cf_session_set(req, "large", text);
    return cf_respond_text(req, "large");
}

static cf_response *values(cf_request *req)
{
    cf_list *list = cf_list_new(cf_request_arena(req));

    cf_list_add(list, cf_int(1));
    cf_list_add(list, cf_string("zwei"));
    cf_session_set(req, "list", list);
    cf_session_set(req, "n", 2.5);
    cf_session_set(req, "yes", true);
    return cf_respond_text(req, "values");
}

static const cf_route routes[] = {
    { "/set", set, "set", CF_GET, CF_ANYONE },
    { "/get", get, "get", CF_GET, CF_ANYONE },
    { "/idle", idle, "idle", CF_GET, CF_ANYONE },
    { "/clear", clear, "clear", CF_GET, CF_ANYONE },
    { "/permanent", permanent, "permanent", CF_GET, CF_ANYONE },
    { "/flash", flash, "flash", CF_GET, CF_ANYONE },
    { "/messages", messages, "messages", CF_GET, CF_ANYONE },
    { "/large", large, "large", CF_GET, CF_ANYONE },
    { "/values", values, "values", CF_GET, CF_ANYONE },
    { 0 },
};

static bool create(cf_app *app)
{
    return cf_app_routes(app, routes);
}

static const char *const key_a[] = { "SECRET_KEY=aaaaaaaaaaaaaaaaaaaaaaaa", NULL };

Test(session, values_follow_the_visitor)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "anonymous");
    cf_client_get(f.client, "/set?name=grace");
    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "grace");
    cf_client_get(f.client, "/values");
    cr_assert_eq(cf_client_session_get(f.client, "list").as.list->len, 2);
    cr_assert_float_eq(cf_client_session_get(f.client, "n").as.number, 2.5, 1e-9);
    cr_assert(cf_client_session_get(f.client, "yes").as.boolean);
    cf_client_get(f.client, "/clear");
    cr_assert_null(cf_client_cookie(f.client, "session"));
    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "anonymous");
    fixture_end(&f);
}

Test(session, the_cookie_is_unreadable_and_well_guarded)
{
    fixture     f = fixture_new(create, NULL);
    cf_answer  *a = cf_client_get(f.client, "/set?name=visible");
    const char *cookie = cf_answer_header(a, "Set-Cookie");

    cr_assert_not_null(strstr(cookie, "HttpOnly"));
    cr_assert_not_null(strstr(cookie, "SameSite=Lax"));
    cr_assert_null(strstr(cookie, "Secure"));
    cr_assert_null(strstr(cookie, "visible"));
    a = cf_client_get(f.client, "https://localhost/set?name=x");
    cr_assert_not_null(strstr(cf_answer_header(a, "Set-Cookie"), "Secure"));
    fixture_end(&f);
}

Test(session, every_flipped_bit_makes_the_visitor_anonymous)
{
    fixture f = fixture_new(create, NULL);

    cf_client_get(f.client, "/set");
    char  *cookie = cf_strdup(f.arena, cf_client_cookie(f.client, "session"));
    size_t n = strlen(cookie);
    cr_assert_gt(n, 40);
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 7; bit++) {
            char was = cookie[i];
            cookie[i] = (char)(was ^ (1 << bit));
            if (cookie[i] != ';' && cookie[i] > ' ') {
                cf_client_set_cookie(f.client, "session", cookie);
                cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "anonymous",
                                 "bit %d of character %zu", bit, i);
            }
            cookie[i] = was;
        }
    cf_client_set_cookie(f.client, "session", cookie);
    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "ada");
    fixture_end(&f);
}

Test(session, a_cut_or_foreign_cookie_is_anonymous)
{
    fixture f = fixture_new(create, NULL), other = fixture_new(create, NULL);

    cf_client_get(f.client, "/set");
    const char *cookie = cf_client_cookie(f.client, "session");
    cf_client_set_cookie(other.client, "session", cookie);
    cr_assert_str_eq(cf_client_get(other.client, "/get")->body, "anonymous");
    for (size_t n = 0; n < strlen(cookie); n++) {
        cf_client_set_cookie(f.client, "session", cf_strndup(f.arena, cookie, n));
        cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "anonymous");
    }
    fixture_end(&f);
    fixture_end(&other);
}

Test(session, an_old_key_still_opens_while_it_is_a_fallback)
{
    static const char *const rotated[] = { "SECRET_KEY=bbbbbbbbbbbbbbbbbbbbbbbb",
                                           "SECRET_KEY_FALLBACKS=aaaaaaaaaaaaaaaaaaaaaaaa", NULL };
    static const char *const dropped[] = { "SECRET_KEY=bbbbbbbbbbbbbbbbbbbbbbbb", NULL };
    fixture                  f = fixture_new(create, key_a), g = fixture_new(create, rotated),
            h = fixture_new(create, dropped);

    cf_client_get(f.client, "/set");
    const char *cookie = cf_client_cookie(f.client, "session");
    cf_client_set_cookie(g.client, "session", cookie);
    cf_client_set_cookie(h.client, "session", cookie);
    cr_assert_str_eq(cf_client_get(g.client, "/get")->body, "ada");
    cr_assert_str_eq(cf_client_get(h.client, "/get")->body, "anonymous");
    fixture_end(&f);
    fixture_end(&g);
    fixture_end(&h);
}

Test(session, it_is_written_only_when_changed_and_varies_only_when_read)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/idle");

    cr_assert_null(cf_answer_header(a, "Vary"));
    cr_assert_null(cf_answer_header(a, "Cache-Control"));
    cr_assert_null(cf_answer_header(a, "Set-Cookie"));
    a = cf_client_get(f.client, "/set");
    cr_assert_not_null(cf_answer_header(a, "Set-Cookie"));
    a = cf_client_get(f.client, "/set"); /* The same value again. */
    cr_assert_null(cf_answer_header(a, "Set-Cookie"));
    a = cf_client_get(f.client, "/get");
    cr_assert_null(cf_answer_header(a, "Set-Cookie"));
    cr_assert_str_eq(cf_answer_header(a, "Vary"), "Cookie");
    cr_assert_str_eq(cf_answer_header(a, "Cache-Control"), "private, no-cache");
    fixture_end(&f);
}

Test(session, a_permanent_one_outlives_the_browser_and_ends_when_unused)
{
    fixture    f = fixture_new(create, NULL);
    cf_time    start = { INT64_C(1800000000) * CF_SECOND };
    cf_answer *a;

    cf_time_freeze(start);
    a = cf_client_get(f.client, "/permanent");
    cr_assert_not_null(strstr(cf_answer_header(a, "Set-Cookie"), "Max-Age=2678400"));
    cf_time_freeze((cf_time){ start.us + CF_HOUR });
    cr_assert_null(cf_answer_header(cf_client_get(f.client, "/get"), "Set-Cookie"));
    cf_time_freeze((cf_time){ start.us + 20 * CF_DAY });
    cr_assert_not_null(cf_answer_header(cf_client_get(f.client, "/get"), "Set-Cookie"));
    cf_time_freeze((cf_time){ start.us + 40 * CF_DAY });
    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "ada");
    cf_time_freeze((cf_time){ start.us + 100 * CF_DAY });
    cr_assert_str_eq(cf_client_get(f.client, "/get")->body, "anonymous");
    cf_time_freeze((cf_time){ 0 });
    fixture_end(&f);
}

Test(session, messages_are_shown_once)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_visit(f.client, "/flash");

    cr_assert_str_eq(a->body, "success:Saved it.;danger:<b>;");
    cr_assert_str_eq(cf_client_get(f.client, "/messages")->body, "");
    fixture_end(&f);
}

static char warned[512];

static void keep_warning(void *data, const char *line, size_t size)
{
    (void)data;
    if (!warned[0])
        memcpy(warned, line, size < sizeof warned ? size : sizeof warned - 1);
}

Test(session, a_cookie_near_what_browsers_keep_is_warned_about)
{
    fixture f = fixture_new(create, NULL);

    cf_log_setup(&(cf_log_options){ .sink = keep_warning });
    cf_client_get(f.client, "/large");
    cf_log_setup(NULL);
    cr_assert_not_null(strstr(warned, "browsers drop cookies above 4,096"), "%s", warned);
    fixture_end(&f);
}
