/* test_url.c -- addresses, query strings, host names, paths, file names. */
#include <criterion/criterion.h>

#include <carafe/params.h>
#include <carafe/url.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(url, .init = setup, .fini = teardown);

Test(url, percent_encoding_both_ways)
{
    cf_buf out = cf_buf_in(arena, 0);

    cr_assert(cf_str_is(cf_url_decode(arena, CF_STR("a%20b+c%2fd")), "a b+c/d"));
    cr_assert(cf_str_is(cf_url_decode_plus(arena, CF_STR("a%20b+c")), "a b c"));
    cr_assert(cf_str_is(cf_url_decode(arena, CF_STR("%")), "%"));
    cr_assert(cf_str_is(cf_url_decode(arena, CF_STR("%4")), "%4"));
    cr_assert(cf_str_is(cf_url_decode(arena, CF_STR("%zz%41")), "%zzA"));
    cr_assert_eq(cf_url_decode(arena, CF_STR("%00")).len, 1);
    cf_url_encode(&out, CF_STR("a b/c~\xc3\xa9"), "/");
    cr_assert_str_eq(cf_buf_cstr(&out), "a%20b/c~%C3%A9");
}

Test(url, query_strings_are_ordered_multi_maps)
{
    cf_params p = cf_params_in(arena);
    cf_str    value;
    size_t    at = 0;
    cf_buf    out = cf_buf_in(arena, 0);

    cr_assert(cf_params_parse(&p, CF_STR("&a=1&b=two+words&&a=%E2%98%83&c&=d&a=%ff"), 0, NULL));
    cr_assert_eq(p.len, 6);
    cr_assert(cf_str_is(cf_params_get(&p, "a"), "1"));
    cr_assert(cf_params_next(&p, CF_STR("a"), &at, &value));
    cr_assert(cf_params_next(&p, CF_STR("a"), &at, &value));
    cr_assert(cf_str_is(value, "\xe2\x98\x83"));
    cr_assert(cf_params_next(&p, CF_STR("a"), &at, &value));
    cr_assert(cf_str_is(value, "%FF"), "bytes that are no UTF-8 stay encoded");
    cr_assert_not(cf_params_next(&p, CF_STR("a"), &at, &value));
    cr_assert(cf_str_is(cf_params_get(&p, "c"), ""));
    cr_assert_not_null(cf_params_get(&p, "c").ptr);
    cr_assert_null(cf_params_get(&p, "x").ptr);
    cf_params_write(&out, &p);
    cr_assert_str_eq(cf_buf_cstr(&out), "a=1&b=two+words&a=%E2%98%83&c=&=d&a=%25FF");
}

Test(url, too_many_pairs_are_refused)
{
    cf_params p = cf_params_in(arena);
    cf_error  err = { 0 };

    cr_assert(cf_params_parse(&p, CF_STR("a&b"), 2, &err));
    cr_assert_not(cf_params_parse(&p, CF_STR("a&b&c"), 2, &err));
    cr_assert_eq(err.code, CF_ELIMIT);
}

Test(url, splitting)
{
    cf_url u;

    cr_assert(cf_url_split(CF_STR("https://u:p@[::1]:81/a/b?c=d#e"), &u, NULL));
    cr_assert(cf_str_is(u.scheme, "https") && cf_str_is(u.user, "u:p") &&
              cf_str_is(u.host, "::1") && u.port == 81 && cf_str_is(u.path, "/a/b") &&
              cf_str_is(u.query, "c=d") && cf_str_is(u.fragment, "e"));
    cr_assert(cf_url_split(CF_STR("mailto:a@b"), &u, NULL));
    cr_assert(!u.has_authority && cf_str_is(u.path, "a@b"));
    cr_assert(cf_url_split(CF_STR("//host"), &u, NULL));
    cr_assert(u.has_authority && cf_str_is(u.host, "host") && u.path.len == 0 && u.port == -1);
    cr_assert(cf_url_split(CF_STR("1a:b"), &u, NULL));
    cr_assert_eq(u.scheme.len, 0);
    cr_assert_not(cf_url_split(CF_STR("http://a:99999/"), &u, NULL));
    cr_assert_not(cf_url_split(CF_STR("http://[::1/"), &u, NULL));
    cr_assert_not(cf_url_split(CF_STR("http://a:b:80/"), &u, NULL));
}

/* The examples of RFC 3986, 5.4. */
Test(url, joining_as_the_standard_says)
{
    static const char *const cases[][2] = {
        { "g:h", "g:h" },
        { "g", "http://a/b/c/g" },
        { "./g", "http://a/b/c/g" },
        { "g/", "http://a/b/c/g/" },
        { "/g", "http://a/g" },
        { "//g", "http://g" },
        { "?y", "http://a/b/c/d;p?y" },
        { "g?y", "http://a/b/c/g?y" },
        { "#s", "http://a/b/c/d;p?q#s" },
        { "g#s", "http://a/b/c/g#s" },
        { "g?y#s", "http://a/b/c/g?y#s" },
        { ";x", "http://a/b/c/;x" },
        { "g;x", "http://a/b/c/g;x" },
        { "", "http://a/b/c/d;p?q" },
        { ".", "http://a/b/c/" },
        { "./", "http://a/b/c/" },
        { "..", "http://a/b/" },
        { "../", "http://a/b/" },
        { "../g", "http://a/b/g" },
        { "../..", "http://a/" },
        { "../../", "http://a/" },
        { "../../g", "http://a/g" },
        { "../../../g", "http://a/g" },
        { "../../../../g", "http://a/g" },
        { "/./g", "http://a/g" },
        { "/../g", "http://a/g" },
        { "g.", "http://a/b/c/g." },
        { ".g", "http://a/b/c/.g" },
        { "g..", "http://a/b/c/g.." },
        { "..g", "http://a/b/c/..g" },
        { "./../g", "http://a/b/g" },
        { "./g/.", "http://a/b/c/g/" },
        { "g/./h", "http://a/b/c/g/h" },
        { "g/../h", "http://a/b/c/h" },
        { "g;x=1/../y", "http://a/b/c/y" },
        { "g?y/../x", "http://a/b/c/g?y/../x" },
        { "http:g", "http:g" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_str got = cf_url_join(arena, CF_STR("http://a/b/c/d;p?q"), cf_str_of(cases[i][0]));
        cr_assert(cf_str_is(got, cases[i][1]), "%s: %.*s", cases[i][0], CF_STR_ARG(got));
    }
}

Test(url, only_paths_of_this_site_are_local)
{
    static const char *const good[] = { "/", "/a/b?c=d#e", "/a//b", "/login?next=http://x" };
    static const char *const bad[] = { "",         "a",        "//evil",      "///evil",
                                       "/\\evil",  "\\\\evil", "http://evil", "javascript:alert(1)",
                                       "/\t/evil", "/a\r\nb",  " /a",         "/a ",
                                       "/a\\b",    "/\x7f",    "?a" };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(cf_url_is_local(cf_str_of(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(cf_url_is_local(cf_str_of(bad[i])), "%s", bad[i]);
}

Test(url, hosts)
{
    static const char *const good[] = {
        "",      "a",   "a.b:80",   "a:", "127.0.0.1:5000", "[::1]", "[::ffff:1.2.3.4]:1",
        "a%20b", "x_y", "0.0.0.0=1"
    };
    static const char *const bad[] = {
        ":80", "a:b",    "a:65536",          "a b", "a/",   "u@a",      "[::1", "::1",
        "[]",  "[::1]x", "[fe80::1%25eth0]", "a%2", "a%zz", "\xc3\xa9", "a,b c"
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(cf_host_is_valid(cf_str_of(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(cf_host_is_valid(cf_str_of(bad[i])), "%s", bad[i]);
}

/* Samples of RFC 3492, 7.1, among others. */
Test(url, host_names_in_other_alphabets)
{
    static const char *const cases[][2] = {
        { "b\u00fccher.example", "xn--bcher-kva.example" },
        { "\u2603.net", "xn--n3h.net" },
        { "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587",
          "xn--ihqwcrb4cv8a8dqg056pqjye" },
        { "3\u5e74b\u7d44\u91d1\u516b\u5148\u751f", "xn--3b-ww4c5e180e575a65lsy2b" },
        { "porqu\u00e9nopuedensimplementehablarenespa\u00f1ol",
          "xn--porqunopuedensimplementehablarenespaol-fmd56a" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_str ascii = cf_host_to_ascii(arena, cf_str_of(cases[i][0]));
        cr_assert(cf_str_is(ascii, cases[i][1]), "%.*s", CF_STR_ARG(ascii));
        cr_assert(cf_str_is(cf_host_to_unicode(arena, ascii), cases[i][0]));
    }
    cr_assert(
        cf_str_is(cf_host_to_ascii(arena, CF_STR("B\u00dcCHER\u3002de")), "xn--bcher-kva.de"));
    cr_assert(cf_str_is(cf_host_to_unicode(arena, CF_STR("xn--a.xn--n3h")), "xn--a.\u2603"));
    cr_assert(cf_str_is(cf_host_to_unicode(arena, CF_STR("xn--99999999999")), "xn--99999999999"));
}

Test(url, addresses_for_people_and_for_the_wire)
{
    cr_assert(cf_str_is(cf_iri_to_uri(arena, CF_STR("http://\u2603/\u2603?q=\u00f6#\u00e4")),
                        "http://xn--n3h/%E2%98%83?q=%C3%B6#%C3%A4"));
    cr_assert(cf_str_is(cf_uri_to_iri(arena, CF_STR("http://xn--n3h/%E2%98%83%2F%DF?a=%26%3D")),
                        "http://\u2603/\u2603%2F%DF?a=%26%3D"));
    cr_assert(cf_str_is(cf_iri_to_uri(arena, CF_STR("http://u:p@h:0/")), "http://u:p@h/"));
}

Test(url, paths_stay_in_their_folder)
{
    static const char *const bad[] = {
        "..",      "../a", "a/../../b", "/etc/passwd", "//a",
        "a/../..", "CON",  "b/nul.txt", "com1",        "LPT\u00b2.x"
    };

    cr_assert(
        cf_str_is(cf_path_join(arena, CF_STR("d"), CF_STR("a/./b//c/../e.txt")), "d/a/b/e.txt"));
    cr_assert(cf_str_is(cf_path_join(arena, CF_STR(""), CF_STR("a")), "./a"));
    cr_assert(cf_str_is(cf_path_join(arena, CF_STR("d/"), CF_STR("...")), "d/..."));
    cr_assert(
        cf_str_is(cf_path_join(arena, CF_STR("d"), CF_STR("communication")), "d/communication"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_null(cf_path_join(arena, CF_STR("d"), cf_str_of(bad[i])).ptr, "%s", bad[i]);
    cr_assert_null(cf_path_join(arena, CF_STR("d"), CF_STR("a\0b")).ptr);
}

Test(url, file_names_are_made_harmless)
{
    static const char *const cases[][2] = {
        { "My cool movie.mov", "My_cool_movie.mov" },
        { "../../../etc/passwd", "etc_passwd" },
        { "\u00fcml\u00e4uts \ufb01le.txt", "umlauts_file.txt" },
        { "...", "" },
        { ".htaccess", "htaccess" },
        { "a\nb", "a_b" },
        { "\u2603", "" },
        { "a\xff"
          "b",
          "ab" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_str got = cf_secure_filename(arena, cf_str_of(cases[i][0]));
        cr_assert(cf_str_is(got, cases[i][1]), "%s: %.*s", cases[i][0], CF_STR_ARG(got));
    }
}
