/* claims.c -- what the manual says in words about answers, forms and templates, tried. */
#include <carafe.h>
#include <criterion/criterion.h>
#include <string.h>

/* ---- an app with one table, a form, and a blueprint that is registered twice ---- */

typedef struct Page {
    CF_ROW;
    int64_t     id;
    const char *slug, *title;
} Page;
extern const cf_model Page_model;

CF_MODEL(Page, "page", CF_COLUMN(Page, id, .primary_key = true),
         CF_COLUMN(Page, slug, .max = 40, .required = true, .unique = true),
         CF_COLUMN(Page, title, .max = 80));

static cf_query *all_pages(cf_request *req)
{
    return cf_query_order_by(cf_select(req, Page), "slug");
}

CF_FORM(PageForm, CF_STRING("slug", .required = true, .max = 40), CF_STRING("title", .max = 80),
        CF_QUERY_SELECT("after", .query = all_pages, .option_label = "slug", .allow_blank = true));

static cf_response *save(cf_request *req)
{
    Page    *page = cf_create(req, Page);
    cf_form *form = cf_form_new(req, &PageForm, CF_OBJECT(page));

    if (!cf_form_validate_on_submit(form))
        return cf_respond_json(req, cf_form_errors(form));
    if (!cf_form_populate(form, CF_OBJECT(page)))
        return NULL;
    cf_add(req, page);
    if (!cf_commit(req)) {
        if (!cf_form_take_conflict(form, cf_request_error(req)))
            return NULL;
        cf_rollback(req);
        return cf_respond_json(req, cf_form_errors(form));
    }
    return cf_respond(req, 204);
}

static cf_response *json(cf_request *req)
{
    cf_value body;
    return cf_request_json(req, &body) ? cf_respond_json(req, body) : NULL;
}

static cf_response *broken(cf_request *req)
{
    Page *page = cf_query_first(cf_query_filter_by(cf_select(req, Page), "colour", "red"));
    return page ? cf_respond(req, 204) : cf_abort(req, 404);
}

static cf_response *urls(cf_request *req)
{
    return cf_respond_text(
        req, "%s %s %s", cf_url_for(req, "shop.list", "page", 2, "_anchor", "top"),
        cf_url_for(req, "outlet.list"), cf_url_for(req, "list") ? "yes" : "none");
}

static cf_response *gone(cf_request *req)
{
    return cf_respond_text(req, "handled %d", cf_request_status(req));
}

static cf_response *fill(cf_request *req)
{
    char *text = cf_new_array(cf_request_arena(req), char, 9001);
    memset(text, 'x', 9000);
    cf_session_set(req, "much", (const char *)text);
    return cf_respond(req, 204);
}

static cf_response *list(cf_request *req)
{
    return cf_respond_text(req, "%s", cf_url_for(req, ".list"));
}

static const cf_route         shop_routes[] = { { "/", list, "list", CF_GET, CF_ANYONE }, { 0 } };
static const cf_error_handler shop_errors[] = { { 404, gone }, { 0 } };
static const cf_blueprint     shop = {
        .name = "shop", .routes = shop_routes, .url_prefix = "/shop", .errors = shop_errors
};

static const cf_route routes[] = {
    { "/save", save, "save", CF_GET | CF_POST, CF_ANYONE },
    { "/json", json, "json", CF_POST, CF_ANYONE },
    { "/hook", json, "hook", CF_POST, CF_ANYONE, .csrf = CF_CSRF_OFF, .max_body = 2048 },
    { "/broken", broken, "broken", CF_GET, CF_ANYONE },
    { "/urls", urls, "urls", CF_GET, CF_ANYONE },
    { "/fill", fill, "fill", CF_GET, CF_ANYONE },
    { "/n/<int(min=1):n>", urls, "n", CF_GET, CF_ANYONE },
    { 0 },
};

static bool create_app(cf_app *app)
{
    static const cf_model *const models[] = { &Page_model, NULL };

    cf_app_models(app, models);
    cf_app_error(app, 404, gone);
    return cf_app_routes(app, routes) && cf_register(app, &shop, NULL) &&
           cf_register(app, &shop,
                       &(cf_register_options){ .name = "outlet", .url_prefix = "/outlet" });
}

static cf_arena  *arena;
static cf_app    *app;
static cf_client *client;

static void begin(void)
{
    const char *const settings[] = { "DATABASE_URL=sqlite://:memory:", NULL };
    cf_app_options    options = { .testing = true, .env_file = "", .settings = settings };
    cf_error          err = { 0 };

    arena = cf_arena_new();
    app = cf_app_new(create_app, &options, &err);
    cr_assert_not_null(app, "%s", err.message);
    cr_assert(cf_schema_create_all(cf_app_database(app, &err), &err), "%s", err.message);
    client = cf_client_new(arena, app);
}

static void end(void)
{
    cf_app_free(app);
    cf_arena_free(arena);
}

TestSuite(claims, .init = begin, .fini = end, .timeout = 60);

Test(claims, a_conflict_is_shown_at_its_field)
{
    cf_answer *a;

    cr_assert_eq(cf_client_post(client, "/save", "slug", " wine ", "after", "__None")->status, 204);
    a = cf_client_post(client, "/save", "slug", "wine", "after", "__None");
    cr_assert_eq(a->status, 200);
    cr_assert(cf_answer_contains(a, "{\"slug\":[\"This Slug is already taken.\"]}"), "%s", a->body);
    a = cf_client_post(client, "/save", "slug", "beer", "after", "77");
    cr_assert(cf_answer_contains(a, "\"after\""), "%s", a->body);
    cr_assert_eq(cf_client_post(client, "/save", "slug", "beer", "after", "1")->status, 204);
}

Test(claims, json_that_cannot_be_read_says_why)
{
    cf_client_request none = { .method = "POST",
                               .url = "/json",
                               .body = "x=1",
                               .body_size = 3,
                               .content_type = "text/plain" };
    cf_client_request bad = { .method = "POST",
                              .url = "/json",
                              .body = "{",
                              .body_size = 1,
                              .content_type = "application/json" };
    char              large[3000];
    cf_client_request much = { .method = "POST",
                               .url = "/hook",
                               .body = large,
                               .body_size = sizeof large,
                               .content_type = "application/json" };
    cf_value          value = cf_int(7);
    cf_client_request forged = {
        .method = "POST", .url = "/json", .json = &value, .no_csrf = true
    };
    cf_client_request hook = { .method = "POST", .url = "/hook", .json = &value, .no_csrf = true };

    memset(large, ' ', sizeof large);
    cr_expect_eq(cf_client_send(client, &none)->status, 415);
    cr_expect_eq(cf_client_send(client, &bad)->status, 400);
    cr_expect_eq(cf_client_send(client, &much)->status, 413);
    cr_expect_eq(cf_client_send(client, &forged)->status, 400);
    cr_expect_eq(cf_client_send(client, &hook)->status, 200);
}

Test(claims, a_query_that_failed_is_no_404)
{
    cr_assert_eq(cf_client_get(client, "/broken")->status, 500);
}

Test(claims, urls_know_blueprints_and_put_the_rest_into_the_query)
{
    cr_assert_str_eq(cf_client_get(client, "/urls")->body, "/shop/?page=2#top /outlet/ none");
    cr_assert_str_eq(cf_client_get(client, "/outlet/")->body, "/outlet/");
    cr_assert_eq(cf_client_get(client, "/n/0")->status, 404);
    cr_assert_eq(cf_client_get(client, "/n/1")->status, 200);
}

Test(claims, handlers_come_before_json_and_pages)
{
    cf_client_request script = { .url = "/nowhere", .accept = "application/json" };
    cf_answer        *a = cf_client_send(client, &script);

    cr_assert_eq(a->status, 404);
    cr_assert_str_eq(a->body, "handled 404");
}

Test(claims, a_session_that_no_browser_would_keep_is_not_saved)
{
    cf_answer *a = cf_client_get(client, "/fill");
    cr_assert_eq(a->status, 204);
    cr_assert_null(cf_answer_header(a, "Set-Cookie"));
}

Test(claims, templates_escape_by_their_name)
{
    static const char *const cases[][3] = {
        { "a.html", "{{ '<' }}", "&lt;" },
        { "a.svg", "{{ '<' }}", "&lt;" },
        { "a.txt", "{{ '<' }}", "<" },
        { "b.html", "{{ nothing }}.{{ g.get('menu', 'none') }}", ".none" },
        { "c.html", "{{ 0|datetimeformat }}", "January 1, 1970" },
        { "d.html", "{{ '<b>*x*</b>'|markdown }}", "<p>&lt;b&gt;<em>x</em>&lt;/b&gt;</p>\n" },
        { "e.html", "{% if current_user %}yes{% else %}no{% endif %}", "no" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_request  *req = cf_request_detached(app, arena);
        cf_buf       out = cf_buf_in(arena, 0);
        cf_template *t = cf_template_from_string(cf_app_templates(app), cf_str_of(cases[i][0]),
                                                 cf_str_of(cases[i][1]), cf_request_error(req));

        cr_assert_not_null(t, "%s", cf_request_error(req)->message);
        cr_assert(cf_template_render(t, cf_request_eval(req), NULL, 0, &out), "%s",
                  cf_request_error(req)->message);
        cr_expect_str_eq(cf_buf_cstr(&out), cases[i][2], "%s: %s", cases[i][0], cf_buf_cstr(&out));
        cf_template_release(t);
        cf_request_finish(req);
    }
}
