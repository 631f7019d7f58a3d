/* test_development.c -- what differs where CARAFE_ENV is development: files on disk win, the key is
 * kept. */
#include "fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const cf_asset assets[] = {
    { "static/a.css", CF_STR("bundled"), { 0 }, { 0 }, "aaaaaaaaaaaaaaaa", "text/css" },
    { "static/b.css", CF_STR("bundled"), { 0 }, { 0 }, "bbbbbbbbbbbbbbbb", "text/css" },
    { "templates/page.html", CF_STR("bundled"), { 0 }, { 0 }, "cccccccccccccccc", "text/html" },
};
static cf_bundle bundle = { assets, 3, NULL };

static cf_response *page(cf_request *req)
{
    return cf_render(req, "page.html");
}

static cf_response *set(cf_request *req)
{
    cf_session_set(req, "name", "ada");
    return cf_respond_text(req, "%s", cf_static_url(req, "a.css"));
}

static cf_response *get(cf_request *req)
{
    return cf_respond_text(req, "%s",
                           cf_cstr(cf_request_arena(req), cf_session_get(req, "name"), "none"));
}

static const cf_route routes[] = { { "/page", page, "page", CF_GET, CF_ANYONE },
                                   { "/set", set, "set", CF_GET, CF_ANYONE },
                                   { "/get", get, "get", CF_GET, CF_ANYONE },
                                   { 0 } };

static bool create(cf_app *app)
{
    cf_app_bundle(app, &bundle);
    return cf_app_routes(app, routes);
}

static char folder[] = "/tmp/carafe-dev-XXXXXX";

static void write_file(cf_arena *arena, const char *name, const char *text)
{
    cr_assert(cf_file_write(cf_printf(arena, "%s/%s", folder, name), cf_str_of(text), NULL));
}

static fixture start(cf_arena *arena)
{
    const char *const settings[] = { "CARAFE_ENV=development", "ACCESS_LOG=false", "SECRET_KEY=",
                                     cf_printf(arena, "INSTANCE_PATH=%s/var", folder), NULL };
    return fixture_new(create, settings);
}

static void clean(cf_arena *arena)
{
    static const char *const names[] = { "static/a.css", "templates/page.html", "var/secret_key" };
    static const char *const folders[] = { "static", "templates", "var", "" };

    for (size_t i = 0; i < 3; i++)
        unlink(cf_printf(arena, "%s/%s", folder, names[i]));
    for (size_t i = 0; i < 4; i++)
        rmdir(cf_printf(arena, "%s/%s", folder, folders[i]));
}

Test(development, edits_show_without_a_build)
{
    cf_arena *arena = cf_arena_new();

    cr_assert_not_null(mkdtemp(folder));
    bundle.source = folder;
    mkdir(cf_printf(arena, "%s/static", folder), 0700);
    mkdir(cf_printf(arena, "%s/templates", folder), 0700);
    write_file(arena, "static/a.css", "edited");
    write_file(arena, "templates/page.html", "edited");
    fixture    f = start(arena);
    cf_answer *a = cf_client_get(f.client, "/static/a.css");
    cr_assert_str_eq(a->body, "edited");
    cr_assert_str_eq(cf_answer_header(a, "Cache-Control"), "no-cache");
    cr_assert_str_eq(cf_client_get(f.client, "/static/b.css")->body, "bundled");
    cr_assert_str_eq(cf_client_get(f.client, "/page")->body, "edited");
    write_file(arena, "static/a.css", "edited again");
    cr_assert_str_eq(cf_client_get(f.client, "/static/a.css")->body, "edited again");
    cr_assert_str_eq(cf_client_get(f.client, "/set")->body, "/static/a.css");
    fixture_end(&f);
    clean(arena);
    cf_arena_free(arena);
}

Test(development, sessions_survive_a_restart_by_a_key_that_only_the_owner_reads)
{
    cf_arena   *arena = cf_arena_new();
    struct stat st;

    cr_assert_not_null(mkdtemp(folder));
    fixture f = start(arena), g = { 0 };
    cf_client_get(f.client, "/set");
    g = start(arena);
    cf_client_set_cookie(g.client, "session", cf_client_cookie(f.client, "session"));
    cr_assert_str_eq(cf_client_get(g.client, "/get")->body, "ada");
    cr_assert_eq(stat(cf_printf(arena, "%s/var/secret_key", folder), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    fixture_end(&f);
    fixture_end(&g);
    clean(arena);
    cf_arena_free(arena);
}
