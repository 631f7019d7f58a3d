/* test_asset.c -- bundles, media types, whole files, safe paths. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <carafe/asset.h>

Test(asset, a_bundle_finds_exact_paths_only)
{
    static const cf_asset assets[] = {
        { .path = "a.css" }, { .path = "a/b.js" }, { .path = "b" }, { .path = "templates/x.html" }
    };
    static const cf_bundle bundle = { assets, 4, NULL };

    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(cf_bundle_find(&bundle, cf_str_of(assets[i].path)), &assets[i]);
    cr_assert_null(cf_bundle_find(&bundle, CF_STR("a")));
    cr_assert_null(cf_bundle_find(&bundle, CF_STR("")));
    cr_assert_null(cf_bundle_find(&bundle, CF_STR("templates/x.html/")));
    cr_assert_null(cf_bundle_find(NULL, CF_STR("b")));
    cr_assert_null(cf_bundle_find(&(cf_bundle){ 0 }, CF_STR("b")));
}

Test(asset, media_types_follow_the_ending)
{
    static const struct {
        const char *path, *type;
    } cases[] = {
        { "index.html", "text/html; charset=utf-8" },
        { "a/b/style.CSS", "text/css; charset=utf-8" },
        { "photo.final.JPG", "image/jpeg" },
        { "app.js", "text/javascript; charset=utf-8" },
        { "data.json", "application/json" },
        { "font.woff2", "font/woff2" },
        { "Makefile", "application/octet-stream" },
        { "dir.html/file", "application/octet-stream" },
        { ".html", "application/octet-stream" },
        { "a.", "application/octet-stream" },
        { "", "application/octet-stream" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(cf_mime_type(cf_str_of(cases[i].path)), cases[i].type, "%s",
                         cases[i].path);
}

Test(asset, safe_paths_stay_inside)
{
    static const char *const safe[] = { "a", "a/b.txt", "a..b", "...", "a/./b", "..a/b.." };
    static const char *const unsafe[] = { "", "/etc", "..", "a/../b", "../x", "a/..", "a\\b" };

    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        cr_expect(cf_path_is_safe(cf_str_of(safe[i])), "%s", safe[i]);
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        cr_expect_not(cf_path_is_safe(cf_str_of(unsafe[i])), "%s", unsafe[i]);
    cr_expect_not(cf_path_is_safe(cf_str_n("a\0b", 3)));
}

Test(asset, a_written_file_reads_back_and_leaves_nothing_beside)
{
    char        folder[] = "/tmp/carafe-test-XXXXXX";
    cf_arena   *arena = cf_arena_new();
    cf_error    err = { 0 };
    struct stat status;
    char       *path, *listing;
    cf_str      text;

    cr_assert_not_null(mkdtemp(folder));
    path = cf_printf(arena, "%s/file", folder);
    cr_assert(cf_file_write(path, CF_STR("one"), &err), "%s", err.message);
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert(cf_file_write(path, CF_STR("second"), &err));
    cr_assert(cf_file_read(arena, path, 6, &text, &err));
    cr_assert_str_eq(text.ptr, "second");
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0640);
    cr_assert_eq(unlink(path), 0);
    listing = folder;
    cr_assert_eq(rmdir(listing), 0, "a temporary file was left");
    cf_arena_free(arena);
}

Test(asset, reading_says_what_is_wrong_with_which_file)
{
    cf_arena *arena = cf_arena_new();
    cf_error  err = { 0 };
    cf_str    text;

    cr_assert_not(cf_file_read(arena, "/nonexistent/x", 10, &text, &err));
    cr_assert_eq(err.code, CF_ENOTFOUND);
    cr_assert_not_null(strstr(err.message, "/nonexistent/x"));
    cr_assert_not(cf_file_read(arena, "/tmp", 10, &text, &err));
    cr_assert_eq(err.code, CF_EIO);
    cr_assert_not(cf_file_read(arena, "/proc/self/maps", 10, &text, &err));
    cr_assert_eq(err.code, CF_ELIMIT);
    cr_assert(cf_file_read(arena, "/proc/self/maps", 1 << 24, &text, &err));
    cr_assert_gt(text.len, 0);
    cr_assert(cf_file_read(arena, "/dev/null", 0, &text, &err));
    cr_assert_eq(text.len, 0);
    cr_assert_not(cf_file_write("/nonexistent/x", CF_STR("x"), &err));
    cr_assert_eq(err.code, CF_ENOTFOUND);
    cf_arena_free(arena);
}
