/* test_views.c -- the pages, as anonymous visitors, members and administrators meet them. */
#include "site.h"

#include <criterion/criterion.h>

TestSuite(views, .init = site_begin, .fini = site_end, .timeout = 60);

static int status_of(cf_client *client, const char *url)
{
    return cf_client_get(client, url)->status;
}

Test(views, each_page_lets_in_whom_its_guard_names)
{
    static const struct {
        const char *url;
        int         anyone, ada, boss;
    } cases[] = {
        { "/", 200, 200, 200 },
        { "/contact", 200, 200, 200 },
        { "/legal", 200, 200, 200 },
        { "/components", 200, 200, 200 },
        { "/blank", 200, 200, 200 },
        { "/time", 200, 200, 200 },
        { "/settings", 302, 200, 200 },
        { "/superadmin", 302, 403, 200 },
        { "/blog/new", 302, 403, 200 },
        { "/blog/edit/1", 302, 403, 200 },
        { "/blog/delete/1", 302, 403, 200 },
        { "/blog/publish/1", 405, 405, 405 },
        { "/article/nothing-to-free", 200, 200, 200 },
        { "/tag/carafe", 200, 200, 200 },
        { "/tag/unknown", 404, 404, 404 },
        { "/article/unknown", 404, 404, 404 },
        { "/?page=99", 404, 404, 404 },
        { "/user/9999", 404, 404, 404 },
        { "/uploads/../app.db", 404, 404, 404 },
        { "/uploads/app.db", 404, 404, 404 },
        { "/no/such/page", 404, 404, 404 },
        { "/login", 200, 302, 302 },
        { "/register", 200, 302, 302 },
        { "/reset", 200, 200, 200 },
        { "/change", 302, 200, 200 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_eq(status_of(anyone, cases[i].url), cases[i].anyone, "%s, anyone", cases[i].url);
        cr_expect_eq(status_of(ada, cases[i].url), cases[i].ada, "%s, member", cases[i].url);
        cr_expect_eq(status_of(boss, cases[i].url), cases[i].boss, "%s, boss", cases[i].url);
    }
}

Test(views, setup_makes_things_once)
{
    char    name[] = "setup", *argv[] = { name, NULL };
    int64_t posts = site_count("post"), users = site_count("user");

    cr_assert_eq(posts, 5);
    cr_assert_eq(users, 2);
    cr_assert_eq(site_command(&setup_command, 1, argv), 0);
    cr_assert_eq(site_count("post"), posts);
    cr_assert_eq(site_count("user"), users);
    cr_assert_eq(site_count("role"), 2);
}

Test(views, home_shows_what_is_published_newest_first)
{
    cf_answer  *a;
    const char *first, *second;

    site_write("A draft", "text", "draft");
    site_write("An old one", "text", "archived");
    site_write("First seen", "text", "published");
    site_write("Second seen", "text", "published");
    a = cf_client_get(anyone, "/");
    cr_assert_not(cf_answer_contains(a, "A draft"));
    cr_assert_not(cf_answer_contains(a, "An old one"));
    first = strstr(a->body, "Second seen");
    second = strstr(a->body, "First seen");
    cr_assert(first && second && first < second);
}

Test(views, equal_titles_get_addresses_of_their_own)
{
    cr_assert_str_eq(site_write("Same title", "one", "published"), "/article/same-title");
    cr_assert_str_eq(site_write("Same title", "two", "published"), "/article/same-title-2");
    cr_assert_str_eq(site_write("Same title", "three", "published"), "/article/same-title-3");
}

Test(views, a_draft_is_read_by_administrators_only)
{
    const char *url = site_write("Secret plan", "text", "draft");
    char       *publish = cf_printf(arena, "/blog/publish/%lld",
                                    (long long)site_id("post", "title", "Secret plan"));

    cr_assert_eq(status_of(anyone, url), 404);
    cr_assert_eq(status_of(ada, url), 404);
    cr_assert_eq(status_of(boss, url), 200);
    cr_assert_eq(cf_client_post(ada, publish)->status, 403);
    cr_assert_eq(cf_client_post(boss, publish)->status, 302);
    cr_assert_eq(status_of(anyone, url), 200);
    cr_assert_eq(cf_client_post(boss, publish)->status, 302);
    cr_assert_eq(status_of(anyone, url), 404);
}

Test(views, deleting_takes_a_post_with_a_token)
{
    const char *url = site_write("Doomed", "text", "published");
    char *delete = cf_printf(arena, "/blog/delete/%lld",
                             (long long)site_id("post", "title", "Doomed"));
    cf_client_request bare = { .method = "POST", .url = delete, .no_csrf = true };

    cr_assert(cf_answer_contains(cf_client_get(boss, delete), "Delete “Doomed”?"));
    cr_assert_eq(status_of(anyone, url), 200);
    cr_assert_eq(cf_client_send(boss, &bare)->status, 400);
    cr_assert_eq(cf_client_post(ada, delete)->status, 403);
    cr_assert_eq(status_of(anyone, url), 200);
    cr_assert_eq(cf_client_post(boss, delete)->status, 302);
    cr_assert_eq(status_of(anyone, url), 404);
}

Test(views, tags_are_made_once_whatever_their_case)
{
    int64_t    before = site_count("tag");
    cf_answer *a = cf_client_submit(boss, "/blog/new", "title", "Tagged", "body", "x", "status",
                                    "published", "new_tags", " Zebra, zebra ,CARAFE,, new one ");

    cr_assert_eq(a->status, 200);
    cr_assert_eq(site_count("tag"), before + 2);
    cr_assert(cf_answer_contains(a, "/tag/zebra"));
    cr_assert(cf_answer_contains(cf_client_get(anyone, "/tag/new%20one"), "Tagged"));
}

Test(views, a_tag_of_any_characters_leads_to_its_posts)
{
    static const char *const tags[] = { "c/c++", "c#", "100%", "what?", "a+b", "日本" };

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        cf_answer *a = cf_client_submit(boss, "/blog/new", "title", "Tagged", "body", "x", "status",
                                        "published", "new_tags", tags[i]);
        const char *start = strstr(a->body, "href=\"/tag/"), *end;

        cr_assert_not_null(start, "%s", tags[i]);
        start += 6;
        end = strchr(start, '"');
        a = cf_client_get(anyone, cf_strndup(arena, start, (size_t)(end - start)));
        cr_assert_eq(a->status, 200, "%s", tags[i]);
        cr_assert(cf_answer_contains(a, "1 post<"));
    }
}

Test(views, editing_keeps_the_address_and_shows_errors)
{
    char      *edit;
    cf_answer *a;

    site_write("Before", "text", "published");
    edit = cf_printf(arena, "/blog/edit/%lld", (long long)site_id("post", "title", "Before"));
    a = cf_client_post(boss, edit, "title", "", "body", "kept text", "status", "published");
    cr_assert_eq(a->status, 200);
    cr_assert(cf_answer_contains(a, "invalid-feedback"));
    cr_assert(cf_answer_contains(a, "kept text"));
    a = cf_client_post(boss, edit, "title", "After", "body", "new text", "status", "published");
    cr_assert_str_eq(a->location, "/article/before");
    cr_assert(cf_answer_contains(cf_client_get(anyone, "/article/before"), "new text"));
}

Test(views, attacks_are_shown_as_text)
{
    const char *url = site_write("<script>alert(1)</script>",
                                 "<script>alert(2)</script> [x](javascript:alert(3))", "published");
    cf_answer  *a;

    cr_assert_str_eq(url, "/article/script-alert-1-script");
    a = cf_client_get(anyone, url);
    cr_assert_not(cf_answer_contains(a, "<script>alert"));
    cr_assert_not(cf_answer_contains(a, "href=\"javascript:"));
    cr_assert(cf_answer_contains(a, "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

Test(views, preview_is_a_piece_for_scripts_and_a_page_for_forms)
{
    cf_named          form[] = { { "body", cf_string("**bold** <b>raw</b>") }, { 0 } };
    cf_named          headers[] = { { "X-Requested-With", cf_string("XMLHttpRequest") }, { 0 } };
    cf_client_request request = { .method = "POST", .url = "/blog/preview", .form = form };
    cf_answer        *a = cf_client_send(boss, &request);

    cr_assert(cf_answer_contains(a, "<html"));
    cr_assert(cf_answer_contains(a, "<strong>bold</strong> &lt;b&gt;raw"));
    request.headers = headers;
    a = cf_client_send(boss, &request);
    cr_assert_not(cf_answer_contains(a, "<html"));
    cr_assert(cf_answer_contains(a, "<strong>bold</strong>"));
}

Test(views, settings_change_the_profile)
{
    cf_answer *a = cf_client_submit(ada, "/settings", "first_name", "Ada", "last_name",
                                    "<b>King</b>", "phone", "+46 70 123", "about",
                                    "First programmer", "public_profile", "y");
    char      *profile = cf_printf(arena, "/user/%lld", (long long)site_id("user", "email", ADA));

    cr_assert_eq(a->status, 200);
    cr_assert(cf_answer_contains(a, "Your settings are saved."));
    a = cf_client_get(anyone, profile);
    cr_assert(cf_answer_contains(a, "Ada &lt;b&gt;King&lt;/b&gt;"));
    cr_assert_not(cf_answer_contains(a, ADA));
    cr_assert_not(cf_answer_contains(a, "+46 70 123"));
    cr_assert(cf_answer_contains(cf_client_get(ada, profile), "+46 70 123"));

    a = cf_client_post(ada, "/settings", "phone", "not a phone");
    cr_assert(cf_answer_contains(a, "Write digits"));
}

Test(views, a_private_profile_is_its_owners)
{
    char *profile = cf_printf(arena, "/user/%lld", (long long)site_id("user", "email", ADA));

    cr_assert_eq(status_of(anyone, profile), 200);
    cf_client_post(ada, "/settings", "first_name", "Ada");
    cr_assert_eq(status_of(anyone, profile), 404);
    cr_assert_eq(status_of(ada, profile), 200);
    cr_assert_eq(status_of(boss, profile), 200);
}

/* A red PNG of 1 by 1 pixel. */
static const char png[] =
    "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01"
    "\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90\x77\x53\xde\x00\x00\x00\x0c\x49\x44\x41"
    "\x54\x78\x9c\x63\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00"
    "\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

static cf_answer *send_picture(const char *filename, cf_str data)
{
    cf_named          form[] = { { "first_name", cf_string("Ada") },
                                 { "public_profile", cf_string("y") },
                                 { 0 } };
    cf_client_file    files[] = { { "image", filename, "image/png", data }, { 0 } };
    cf_client_request request = {
        .method = "POST", .url = "/settings", .form = form, .files = files
    };
    return cf_client_send(ada, &request);
}

Test(views, a_new_picture_replaces_the_old_one)
{
    cf_str      data = cf_str_n(png, sizeof(png) - 1);
    const char *first, *second;

    cr_assert_eq(send_picture("../../me.PNG", data)->status, 302);
    first = site_text("user", "image", "email", ADA);
    cr_assert(first && strncmp(first, "avatar-", 7) == 0);
    cr_assert_eq(status_of(anyone, cf_printf(arena, "/uploads/%s", first)), 200);

    cr_assert_eq(send_picture("me.png", data)->status, 302);
    second = site_text("user", "image", "email", ADA);
    cr_assert_str_neq(first, second);
    cr_assert_eq(status_of(anyone, cf_printf(arena, "/uploads/%s", first)), 404);
    cr_assert_eq(status_of(anyone, cf_printf(arena, "/uploads/%s", second)), 200);

    cr_assert(cf_answer_contains(send_picture("me.png", CF_STR("no picture")), "not a picture"));
    cr_assert(cf_answer_contains(send_picture("me.svg", data), "invalid-feedback"));
    cr_assert_str_eq(site_text("user", "image", "email", ADA), second);

    cf_client_post(ada, "/settings", "first_name", "Ada", "remove_image", "y");
    cr_assert_null(site_text("user", "image", "email", ADA));
    cr_assert_eq(status_of(anyone, cf_printf(arena, "/uploads/%s", second)), 404);
}

Test(views, a_posts_picture_is_seen_by_whom_the_post_is)
{
    cf_named          form[] = { { "title", cf_string("With a picture") },
                                 { "body", cf_string("text") },
                                 { "status", cf_string("draft") },
                                 { 0 } };
    cf_client_file    files[] = { { "image", "a.png", "image/png", cf_str_n(png, sizeof(png) - 1) },
                                  { 0 } };
    cf_client_request request = {
        .method = "POST", .url = "/blog/new", .form = form, .files = files
    };
    const char *picture;
    long long   id;

    cr_assert_eq(cf_client_send(boss, &request)->status, 302);
    id = (long long)site_id("post", "title", "With a picture");
    picture = cf_printf(arena, "/uploads/%s",
                        site_text("post", "image", "title", "With a picture"));
    cr_assert_eq(status_of(anyone, picture), 404);
    cr_assert_eq(status_of(ada, picture), 404);
    cr_assert_eq(status_of(boss, picture), 200);
    cf_client_post(boss, cf_printf(arena, "/blog/publish/%lld", id));
    cr_assert_eq(status_of(anyone, picture), 200);
    cf_client_post(boss, cf_printf(arena, "/blog/delete/%lld", id));
    cr_assert_eq(status_of(boss, picture), 404);
}

Test(views, the_sidebar_is_remembered_and_leads_back_to_this_site_only)
{
    cf_answer *a = cf_client_post(anyone, "/toggle-sidebar", "next", "/contact");

    cr_assert_str_eq(a->location, "/contact");
    cr_assert(cf_answer_contains(cf_client_get(anyone, "/"), "sidebar-collapsed"));
    a = cf_client_post(anyone, "/toggle-sidebar", "next", "//evil.example");
    cr_assert_str_eq(a->location, "/");
    cr_assert_not(cf_answer_contains(cf_client_get(anyone, "/"), "sidebar-collapsed"));
    cr_assert_eq(status_of(anyone, "/toggle-sidebar"), 200);
    cr_assert_not(cf_answer_contains(cf_client_get(anyone, "/"), "sidebar-collapsed"));
}

static cf_answer *write_to_us(const char *subject)
{
    return cf_client_post(anyone, "/contact", "name", "Eve", "email", "eve@example.org", "subject",
                          subject, "message", "How are <you>?");
}

Test(views, contact_mails_the_owner_and_has_a_limit)
{
    cr_assert(cf_answer_contains(write_to_us("Hello\r\nBcc: all@example.org"), "in one line"));
    cr_assert_eq(site_count("outbox_mail"), 0);

    for (int i = 0; i < 10; i++)
        cr_assert_eq(write_to_us("Hello")->status, 302);
    cr_assert_eq(write_to_us("Hello")->status, 429);
    cr_assert_eq(site_count("outbox_mail"), 10);
    cr_assert_str_eq(site_text("outbox_mail", "reply_to", "subject", "Contact: Hello"),
                     "eve@example.org");
    cr_assert_not_null(
        strstr(site_text("outbox_mail", "html", "subject", "Contact: Hello"), "&lt;you&gt;"));
    cr_assert_not_null(
        strstr(site_text("outbox_mail", "text", "subject", "Contact: Hello"), "<you>"));
}

Test(views, superadmin_finds_and_sorts_users)
{
    cf_answer *a = cf_client_get(boss, "/superadmin?q=ADA&sort=email");

    cr_assert(cf_answer_contains(a, ADA));
    cr_assert(cf_answer_contains(a, "1 user<"));
    a = cf_client_get(boss, "/superadmin?sort=email&dir=asc");
    cr_assert_lt(strstr(a->body, ">" ADA), strstr(a->body, ">" BOSS "</span></span>"));
    a = cf_client_get(boss, "/superadmin?sort=email&dir=desc");
    cr_assert_gt(strstr(a->body, ">" ADA), strstr(a->body, ">" BOSS "</span></span>"));
    a = cf_client_get(boss, "/superadmin?sort=nonsense&dir=up&page=1");
    cr_assert_eq(a->status, 200);
    cr_assert(cf_answer_contains(a, ADA));
    cr_assert(cf_answer_contains(cf_client_get(boss, "/superadmin?q=%25"), "Nobody matches"));
}

Test(views, events_are_noted)
{
    site_write("Noted", "text", "published");
    cr_assert(cf_answer_contains(cf_client_get(boss, "/superadmin"), "Wrote “Noted”"));
}

Test(views, last_seen_is_refreshed_at_most_hourly)
{
    const char *first, *later;

    cf_client_get(ada, "/");
    first = site_text("user", "last_seen", "email", ADA);
    cr_assert_not_null(first);
    cf_time_freeze((cf_time){ cf_now().us + CF_HOUR / 2 });
    cf_client_get(ada, "/");
    cr_assert_str_eq(site_text("user", "last_seen", "email", ADA), first);
    cf_time_freeze((cf_time){ cf_now().us + CF_HOUR });
    cf_client_get(ada, "/");
    later = site_text("user", "last_seen", "email", ADA);
    cr_assert_str_neq(later, first);
}

Test(views, errors_look_like_the_site_or_are_json)
{
    cf_client_request json = { .url = "/no/such/page", .accept = "application/json" };
    cf_answer        *a = cf_client_get(anyone, "/no/such/page");

    cr_assert(cf_answer_contains(a, "There is nothing here"));
    cr_assert(cf_answer_contains(a, "class=\"sidebar\""));
    a = cf_client_send(anyone, &json);
    cr_assert_eq(a->status, 404);
    cr_assert(cf_is(cf_answer_json(anyone, a), CF_TYPE_MAP));
}

static void break_database(cf_request *req, void *data)
{
    cf_error err = { 0 };
    (void)data;
    cr_assert(cf_db_execute(cf_request_db(req), "DROP TABLE roles_users", NULL, 0, NULL, &err),
              "%s", err.message);
    cr_assert(cf_db_execute(cf_request_db(req), "DROP TABLE buzz", NULL, 0, NULL, &err), "%s",
              err.message);
}

Test(views, a_broken_database_is_a_calm_page)
{
    cf_answer *a;

    site_do(break_database, NULL);
    a = cf_client_get(boss, "/superadmin");
    cr_assert_eq(a->status, 500);
    cr_assert(cf_answer_contains(a, "Something broke on our side"));
    cr_assert_not(cf_answer_contains(a, "roles_users"));
}

static void insert_by_hand(cf_request *req, void *data)
{
    cf_error err = { 0 };
    (void)data;
    cr_assert(
        cf_db_execute(cf_request_db(req),
                      "INSERT INTO post (id, user_id, title, subtitle, body, slug, live)"
                      " SELECT max(id) + 1, 1, 'By hand', 'SQL', 'Text', 'by-hand', TRUE FROM post",
                      NULL, 0, NULL, &err),
        "%s", err.message);
}

Test(views, a_row_inserted_by_hand_appears_and_ids_go_on)
{
    site_do(insert_by_hand, NULL);
    cr_assert(cf_answer_contains(cf_client_get(anyone, "/"), "By hand"));
    cr_assert_eq(status_of(anyone, "/article/by-hand"), 200);
    site_write("The next one", "text", "published");
    cr_assert_gt(site_id("post", "slug", "the-next-one"), site_id("post", "slug", "by-hand"));
}
