/* test_static.c -- static files and files on disk: caching, ranges, compression, no way out. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const cf_asset assets[] = {
    { "admin/static/a.js",
      CF_STR("let a;"),
      { 0 },
      { 0 },
      "aaaaaaaaaaaaaaaa",
      "text/javascript; charset=utf-8" },
    { "static/site.css", CF_STR("body { color: black; }"), CF_STR("GZIPPED"), CF_STR("BROTLI"),
      "0123456789abcdef", "text/css; charset=utf-8" },
    { "templates/secret.html", CF_STR("secret"), { 0 }, { 0 }, "bbbbbbbbbbbbbbbb", "text/html" },
};
static const cf_bundle bundle = { assets, 3, NULL };

static const char *folder;

static cf_response *download(cf_request *req)
{
    return cf_respond_file(req, folder, cf_url_arg(req, "path"), NULL);
}

static cf_response *attach(cf_request *req)
{
    return cf_respond_file(
        req, folder, "plain.txt",
        &(cf_file_options){ .attachment = true, .filename = "Ünï\"code\r\n.txt" });
}

static cf_response *urls(cf_request *req)
{
    return cf_respond_text(req, "%s %s", cf_static_url(req, "site.css"),
                           cf_url_for(req, "admin.static", "filename", "a.js"));
}

static const cf_route routes[] = {
    { "/files/<path:path>", download, "files", CF_GET, CF_ANYONE },
    { "/attach", attach, "attach", CF_GET, CF_ANYONE },
    { "/urls", urls, "urls", CF_GET, CF_ANYONE },
    { 0 },
};
static const cf_blueprint admin = { .name = "admin", .static_dir = "admin/static" };

static bool create(cf_app *app)
{
    cf_app_bundle(app, &bundle);
    return cf_app_routes(app, routes) && cf_register(app, &admin, NULL);
}

static cf_answer *get_with(fixture *f, const char *url, const char *name, const char *value)
{
    return cf_client_send(
        f->client,
        &(cf_client_request){ .url = url,
                              .headers = (const cf_named[]){ { name, cf_string(value) }, { 0 } } });
}

Test(static_files, the_url_with_the_hash_is_cached_for_ever)
{
    fixture    f = fixture_new(create, NULL);
    cf_answer *a = cf_client_get(f.client, "/urls");

    cr_assert_str_eq(a->body, "/static/site.css?v=0123456789abcdef "
                              "/static/admin/a.js?v=aaaaaaaaaaaaaaaa");
    a = cf_client_get(f.client, "/static/site.css?v=0123456789abcdef");
    cr_assert_status(a, 200);
    cr_assert_str_eq(a->body, "body { color: black; }");
    cr_assert_str_eq(cf_answer_header(a, "Content-Type"), "text/css; charset=utf-8");
    cr_assert_not_null(strstr(cf_answer_header(a, "Cache-Control"), "immutable"));
    a = cf_client_get(f.client, "/static/site.css?v=0");
    cr_assert_str_eq(cf_answer_header(a, "Cache-Control"), "no-cache");
    cr_assert_str_eq(cf_client_get(f.client, "/static/admin/a.js")->body, "let a;");
    fixture_end(&f);
}

Test(static_files, the_client_gets_the_smallest_form_it_takes)
{
    static const struct {
        const char *accept, *encoding, *body;
    } cases[] = {
        { "gzip, br", "br", "BROTLI" },
        { "gzip;q=0.5", "gzip", "GZIPPED" },
        { "br;q=0, gzip", "gzip", "GZIPPED" },
        { "identity", NULL, "body { color: black; }" },
        { "gzip;q=0", NULL, "body { color: black; }" },
    };
    fixture f = fixture_new(create, NULL);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_answer  *a = get_with(&f, "/static/site.css", "Accept-Encoding", cases[i].accept);
        const char *encoding = cf_answer_header(a, "Content-Encoding");
        cr_assert_str_eq(a->body, cases[i].body, "%s", cases[i].accept);
        cr_assert_str_eq(encoding ? encoding : "", cases[i].encoding ? cases[i].encoding : "");
        cr_assert_str_eq(cf_answer_header(a, "Vary"), "Accept-Encoding");
    }
    fixture_end(&f);
}

Test(static_files, conditions_and_ranges)
{
    fixture     f = fixture_new(create, NULL);
    cf_answer  *a = cf_client_get(f.client, "/static/site.css");
    const char *tag = cf_answer_header(a, "ETag");

    cr_assert_not_null(tag);
    a = get_with(&f, "/static/site.css", "If-None-Match", tag);
    cr_assert_status(a, 304);
    cr_assert_eq(a->size, 0);
    a = get_with(&f, "/static/site.css", "Range", "bytes=0-3");
    cr_assert_status(a, 206);
    cr_assert_str_eq(a->body, "body");
    cr_assert_str_eq(cf_answer_header(a, "Content-Range"), "bytes 0-3/22");
    a = get_with(&f, "/static/site.css", "Range", "bytes=-1");
    cr_assert_str_eq(a->body, "}");
    a = get_with(&f, "/static/site.css", "Range", "bytes=22-");
    cr_assert_status(a, 416);
    cr_assert_str_eq(cf_answer_header(a, "Content-Range"), "bytes */22");
    a = cf_client_send(f.client,
                       &(cf_client_request){ .method = "HEAD", .url = "/static/site.css" });
    cr_assert_status(a, 200);
    cr_assert_eq(a->size, 0);
    fixture_end(&f);
}

Test(static_files, nothing_else_of_the_bundle_is_served)
{
    static const char *const paths[] = {
        "/static/none.css",
        "/static/../templates/secret.html",
        "/static/%2e%2e/templates/secret.html",
        "/static/..%2ftemplates/secret.html",
        "/static//etc/passwd",
        "/static/..\\templates\\secret.html",
        "/static/",
    };
    fixture f = fixture_new(create, NULL);

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cf_answer *a = cf_client_visit(f.client, paths[i]);
        cr_assert_eq(a->status, 404, "%s: %d", paths[i], a->status);
    }
    fixture_end(&f);
}

/* ---- files on disk ---- */
static void write_file(cf_arena *arena, const char *name, const char *text)
{
    cr_assert(cf_file_write(cf_printf(arena, "%s/%s", folder, name), cf_str_of(text), NULL));
}

static fixture with_folder(void)
{
    fixture f = fixture_new(create, NULL);
    char   *path = cf_strdup(f.arena, "/tmp/carafe-files-XXXXXX");

    cr_assert_not_null(mkdtemp(path));
    folder = path;
    write_file(f.arena, "plain.txt", "0123456789");
    write_file(f.arena, "page.html", "<script>alert(1)</script>");
    write_file(f.arena, "empty.bin", "");
    cr_assert_eq(mkdir(cf_printf(f.arena, "%s/sub", folder), 0700), 0);
    write_file(f.arena, "sub/x.txt", "x");
    cr_assert_eq(symlink("/etc/passwd", cf_printf(f.arena, "%s/link", folder)), 0);
    return f;
}

static void end_folder(fixture *f)
{
    static const char *const names[] = { "plain.txt", "page.html", "empty.bin", "sub/x.txt",
                                         "link" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(cf_printf(f->arena, "%s/%s", folder, names[i]));
    rmdir(cf_printf(f->arena, "%s/sub", folder));
    rmdir(folder);
    fixture_end(f);
}

Test(files, a_file_is_sent_whole_in_part_or_not_again)
{
    fixture    f = with_folder();
    cf_answer *a = cf_client_get(f.client, "/files/plain.txt");

    cr_assert_status(a, 200);
    cr_assert_str_eq(a->body, "0123456789");
    cr_assert_not_null(cf_answer_header(a, "Last-Modified"));
    cr_assert_not_null(strstr(cf_answer_header(a, "Cache-Control"), "private"));
    cr_assert_status(get_with(&f, "/files/plain.txt", "If-None-Match", cf_answer_header(a, "ETag")),
                     304);
    cr_assert_status(
        get_with(&f, "/files/plain.txt", "If-Modified-Since", cf_answer_header(a, "Last-Modified")),
        304);
    a = get_with(&f, "/files/plain.txt", "Range", "bytes=2-4");
    cr_assert_status(a, 206);
    cr_assert_str_eq(a->body, "234");
    cr_assert_str_eq(cf_client_get(f.client, "/files/sub/x.txt")->body, "x");
    cr_assert_status(cf_client_get(f.client, "/files/empty.bin"), 200);
    end_folder(&f);
}

Test(files, no_path_leads_out_of_the_folder)
{
    static const char *const paths[] = { "/files/link",
                                         "/files/../etc/passwd",
                                         "/files/%2e%2e/%2e%2e/etc/passwd",
                                         "/files/sub/..%2f..%2fetc/passwd",
                                         "/files/sub",
                                         "/files/none" };
    fixture                  f = with_folder();

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cf_answer *a = cf_client_visit(f.client, paths[i]);
        cr_assert_eq(a->status, 404, "%s: %d", paths[i], a->status);
    }
    end_folder(&f);
}

Test(files, what_a_browser_would_run_is_sandboxed)
{
    fixture    f = with_folder();
    cf_answer *a = cf_client_get(f.client, "/files/page.html");

    cr_assert_not_null(strstr(cf_answer_header(a, "Content-Security-Policy"), "sandbox"));
    cr_assert_str_eq(cf_answer_header(a, "X-Content-Type-Options"), "nosniff");
    end_folder(&f);
}

Test(files, the_name_of_a_download_survives_and_splits_no_header)
{
    fixture     f = with_folder();
    const char *value = cf_answer_header(cf_client_get(f.client, "/attach"), "Content-Disposition");

    cr_assert_str_eq(value, "attachment; filename=\"__n___code__.txt\"; "
                            "filename*=UTF-8''%C3%9Cn%C3%AF%22code%0D%0A.txt");
    end_folder(&f);
}
