/* test_render.c -- templates: where they are found, what they know, and how they fail. */
#include "fixture.h"

#include <carafe/record.h>
#include <carafe/time.h>

#define ASSET(path, text)                                                                          \
    {                                                                                              \
        (path), CF_STR(text), { 0 }, { 0 }, "0123456789abcdef", "text/html; charset=utf-8"         \
    }

/* Sorted by path. */
static const cf_asset assets[] = {
    ASSET("blog/templates/blog/post.html", "{% extends 'layout.html' %}{% block content %}"
                                           "{{ title }}|{{ url_for('.post', slug='a b') }}|"
                                           "{{ site }}{% endblock %}"),
    ASSET("blog/templates/layout.html", "hidden by the app's"),
    ASSET("static/site.css", "body {}"),
    ASSET("templates/broken.html", "<p>\n{{ usre.name }}\n</p>"),
    ASSET("templates/csrf.html", "{{ csrf_token() }}"),
    ASSET("templates/errors/404.html", "{% extends 'layout.html' %}{% block content %}"
                                       "lost {{ status }} {{ message }}{% endblock %}"),
    ASSET("templates/filters.html",
          "{{ '**b** <script>'|markdown }}|{{ when|timeago }}|{{ when|datetimeformat }}|"
          "{{ when|datetimeformat('%Y') }}|{{ '# Head'|markdown_plain }}|{{ 'ab'|twice }}|"
          "{% if 4 is even_number %}even{% endif %}"),
    ASSET("templates/flash.html", "{% for c, m in get_flashed_messages(with_categories=true) %}"
                                  "[{{ c }}:{{ m }}]{% endfor %}{{ get_flashed_messages()|length }}"
                                  "{{ get_flashed_messages(category_filter=['info'])|length }}"),
    ASSET("templates/known.html",
          "{{ request.path }}|{{ request.args.q }}|{{ request.endpoint }}|{{ request.method }}|"
          "{{ session.user }}|{{ session.get('none', 'x') }}|{{ 'user' in session }}|{{ g.mark }}|"
          "{{ g.none }}|{{ config.PORT }}|{{ config.SECRET_KEY }}|"
          "{{ url_for('static', filename='site.css') }}|{{ current_user }}"),
    ASSET("templates/layout.html", "<body>{% block content %}{% endblock %}</body>"),
    ASSET(
        "templates/numbers.html",
        "<< request.path >>\n# for i in items:\n<< current_user >> << g.mark >> << i >>\n# endfor\n"
        "<< missing >>{% raw %}"),
    ASSET("templates/plain.txt", "{{ title }}"),
    ASSET("templates/spoken.html",
          "{% trans name='<b>' %}Hello {{ name }}{% endtrans %}|{{ _('Yes') }}|"
          "{{ ngettext('%(num)d post', '%(num)d posts', 3) }}"),
};
static const cf_bundle bundle = { assets, sizeof assets / sizeof *assets, NULL };

static cf_response *post(cf_request *req)
{
    return cf_render(req, "blog/post.html", CF_NAMED("title", "<b>"));
}

static cf_response *known(cf_request *req)
{
    cf_session_set(req, "user", "ada");
    cf_g_set(req, "mark", "m");
    return cf_render(req, "known.html");
}

static cf_response *filters(cf_request *req)
{
    cf_time  t = { INT64_C(1800000000) * CF_SECOND };
    cf_value when = cf_time_value(cf_request_arena(req), t);

    return cf_render(req, "filters.html", CF_VAR(when));
}

static cf_response *broken(cf_request *req)
{
    return cf_render(req, "broken.html");
}

static cf_response *no_template(cf_request *req)
{
    return cf_render(req, "layuot.html");
}

static cf_response *flash(cf_request *req)
{
    cf_flash(req, "info", "one");
    cf_flash(req, "danger", "<two>");
    return cf_render(req, "flash.html");
}

static cf_response *block(cf_request *req)
{
    return cf_render_block(req, "blog/post.html", "content",
                           (const cf_named[]){ CF_NAMED("title", "part"), { 0 } });
}

static cf_response *numbers(cf_request *req)
{
    cf_list *items = cf_list_new(cf_request_arena(req));

    for (int i = 0; i < 3; i++)
        cf_list_add(items, cf_int(i));
    cf_g_set(req, "mark", cf_string("m"));
    return cf_render_stream(req, cf_query_arg(req, "page", "numbers.html"), CF_VAR(items));
}

static cf_response *plain(cf_request *req)
{
    return cf_render(req, "plain.txt", CF_NAMED("title", "<b>"));
}

static cf_response *spoken(cf_request *req)
{
    return cf_render(req, "spoken.html");
}

/* German, for whoever asks for it. */
static bool translate(void *data, cf_eval *eval, cf_str context, cf_str singular, cf_str plural,
                      int64_t n, cf_str *out)
{
    static const char *const messages[][3] = {
        { "Hello %(name)s", "Hallo %(name)s" },
        { "Yes", "Ja" },
        { "%(num)d post", "%(num)d Beitrag", "%(num)d Beiträge" },
    };
    bool german = strcmp(cf_query_arg(eval->context, "lang", ""), "de") == 0;

    (void)data;
    (void)context;
    *out = n == 1 || !plural.len ? singular : plural;
    for (size_t i = 0; german && i < sizeof messages / sizeof *messages; i++)
        if (cf_str_is(singular, messages[i][0]))
            *out = cf_str_of(messages[i][n == 1 || !plural.len ? 1 : 2]);
    return true;
}

static cf_response *form(cf_request *req)
{
    return cf_render(req, "csrf.html");
}

static bool site(cf_request *req, cf_map *variables)
{
    (void)req;
    cf_map_set(variables, "site", cf_string("Site"));
    cf_map_set(variables, "title", cf_string("the view's own wins"));
    return true;
}

static bool twice(cf_call *call, cf_value *result)
{
    cf_str s = cf_text(cf_arg(call, 0, "value"));

    *result = cf_string_printf(call->eval->arena, "%.*s%.*s", CF_STR_ARG(s), CF_STR_ARG(s));
    return true;
}

static bool even_number(cf_call *call, cf_value *result)
{
    *result = cf_bool(cf_arg(call, 0, "value").as.integer % 2 == 0);
    return true;
}

static const cf_route     blog_routes[] = { { "/post/<slug>", post, "post", CF_GET, CF_ANYONE },
                                            { "/block", block, "block", CF_GET, CF_ANYONE },
                                            { 0 } };
static const cf_blueprint blog = {
    .name = "blog", .routes = blog_routes, .templates = "blog/templates", .context = site
};
static const cf_route routes[] = {
    { "/known", known, "known", CF_GET, CF_ANYONE },
    { "/filters", filters, "filters", CF_GET, CF_ANYONE },
    { "/broken", broken, "broken", CF_GET, CF_ANYONE },
    { "/none", no_template, "none", CF_GET, CF_ANYONE },
    { "/flash", flash, "flash", CF_GET, CF_ANYONE },
    { "/plain", plain, "plain", CF_GET, CF_ANYONE },
    { "/spoken", spoken, "spoken", CF_GET, CF_ANYONE },
    { "/form", form, "form", CF_GET | CF_POST, CF_ANYONE },
    { 0 },
};

static bool create(cf_app *app)
{
    cf_app_bundle(app, &bundle);
    cf_app_users(app, &fixture_users);
    cf_app_translate(app, translate, NULL);
    cf_app_filter(app, "twice", twice, NULL);
    cf_app_test(app, "even_number", even_number, NULL);
    return cf_register(app, &blog, NULL) && cf_app_routes(app, routes);
}

Test(render, the_apps_own_templates_come_before_those_of_blueprints)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/post/x");

    cr_assert_status(a, 200);
    cr_assert_str_eq(a->body, "<body>&lt;b&gt;|/post/a%20b|Site</body>");
    cr_assert_str_eq(cf_answer_header(a, "Content-Type"), "text/html; charset=utf-8");
    cr_assert_str_eq(cf_client_get(f.client, "/block")->body, "part|/post/a%20b|Site");
    a = cf_client_get(f.client, "/plain");
    cr_assert_str_eq(a->body, "<b>");
    cr_assert_str_eq(cf_answer_header(a, "Content-Type"), "text/plain; charset=utf-8");
    fixture_end(&f);
}

static bool create_with_options(cf_app *app)
{
    static const cf_route own[] = { { "/numbers", numbers, "numbers", CF_GET, CF_ANYONE }, { 0 } };

    cf_app_bundle(app, &bundle);
    cf_app_users(app, &fixture_users);
    cf_app_template_options(app, &(cf_template_options){ .variable_start = "<<",
                                                         .variable_end = ">>",
                                                         .line_statement_prefix = "#",
                                                         .undefined = CF_UNDEFINED_DEBUG,
                                                         .block_start = "{%%",
                                                         .block_end = "%%}" });
    return cf_app_routes(app, own);
}

Test(render, a_page_can_be_streamed_and_an_app_has_its_own_syntax)
{
    fixture    f = fixture_new(create_with_options, NULL);
    cf_answer *a;

    fixture_sign_in(&f, "ada", "");
    a = cf_client_get(f.client, "/numbers");
    cr_assert_status(a, 200);
    cr_assert_str_eq(cf_answer_header(a, "Content-Type"), "text/html; charset=utf-8");
    cr_assert_str_eq(a->body, "/numbers\nada m 0\nada m 1\nada m 2\n{{ missing }}{% raw %}");
    cr_assert_status(cf_client_get(f.client, "/numbers?page=none.html"), 500);
    fixture_end(&f);
}

Test(render, every_template_knows_the_request_the_session_and_more)
{
    static const char *const settings[] = { "SECRET_KEY=well-kept-and-long-enough", NULL };
    fixture                  f = fixture_new(create, settings);
    cf_answer               *a = cf_client_get(f.client, "/known?q=%C3%BC");

    cr_assert_status(a, 200);
    cr_assert_str_eq(a->body, "/known|ü|known|GET|ada|x|True|m||5000|********|"
                              "/static/site.css?v=0123456789abcdef|ada");
    fixture_end(&f);
}

Test(render, filters_and_tests)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a;

    cf_time_freeze((cf_time){ INT64_C(1800000000) * CF_SECOND + 3 * CF_DAY });
    a = cf_client_get(f.client, "/filters");
    cf_time_freeze((cf_time){ 0 });
    cr_assert_str_eq(a->body, "<p><strong>b</strong> &lt;script&gt;</p>\n|3 days ago|"
                              "January 15, 2027|2027|Head|abab|even");
    fixture_end(&f);
}

Test(render, messages_can_be_asked_for_several_times_in_one_page)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(cf_client_get(f.client, "/flash")->body, "[info:one][danger:&lt;two&gt;]21");
    fixture_end(&f);
}

Test(render, a_broken_template_is_500_and_shows_developers_its_line)
{
    static const char *const debug[] = { "CARAFE_DEBUG=1", NULL };
    fixture                  f = fixture_new(create, NULL), g = fixture_new(create, debug);
    cf_answer               *a = cf_client_get(f.client, "/broken");

    cr_assert_status(a, 500);
    cr_assert_not(cf_answer_contains(a, "usre"));
    a = cf_client_get(g.client, "/broken");
    cr_assert_status(a, 500);
    cr_assert_has(a, "broken.html, line 2");
    cr_assert_has(a, "{{ usre.name }}");
    a = cf_client_get(g.client, "/none");
    cr_assert_status(a, 500);
    cr_assert_has(a, "layout.html");
    fixture_end(&f);
    fixture_end(&g);
}

Test(render, the_apps_own_error_page_is_used)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/nowhere");

    cr_assert_status(a, 404);
    cr_assert_has(a, "<body>lost 404 There is no such page.");
    fixture_end(&f);
}

Test(render, a_token_in_a_page_is_good_for_its_session)
{
    fixture     f = fixture_new(create, NULL);
    const char *token = cf_client_get(f.client, "/form")->body;
    cf_answer  *a = cf_client_send(
         f.client,
         &(cf_client_request){ .method = "POST",
                               .url = "/form",
                               .no_csrf = true,
                               .form = (const cf_named[]){ CF_NAMED("csrf_token", token), { 0 } } });

    cr_assert_status(a, 200);
    fixture_end(&f);
}

Test(render, messages_are_translated_for_whoever_asks)
{
    fixture f = fixture_new(create, NULL);

    cr_assert_str_eq(cf_client_get(f.client, "/spoken")->body, "Hello &lt;b&gt;|Yes|3 posts");
    cr_assert_str_eq(cf_client_get(f.client, "/spoken?lang=de")->body,
                     "Hallo &lt;b&gt;|Ja|3 Beiträge");
    fixture_end(&f);
}
