/* test_str.c -- views of bytes, numbers, UTF-8. */
#include <criterion/criterion.h>

#include <locale.h>

#include <carafe/arena.h>
#include <carafe/str.h>

Test(str, slices_are_clamped)
{
    cf_str s = CF_STR("carafe");

    cr_assert(cf_str_is(cf_str_slice(s, 2, 4), "ra"));
    cr_assert(cf_str_is(cf_str_slice(s, 4, 99), "fe"));
    cr_assert_eq(cf_str_slice(s, 99, 200).len, 0);
    cr_assert_eq(cf_str_slice(s, 4, 2).len, 0);
    cr_assert_eq(cf_str_slice((cf_str){ 0 }, 0, 3).len, 0);
}

Test(str, comparing_with_and_without_case)
{
    cr_assert(cf_str_eq((cf_str){ 0 }, CF_STR("")));
    cr_assert_not(cf_str_eq(CF_STR("ab"), CF_STR("abc")));
    cr_assert(cf_str_is(CF_STR("post"), "post") && cf_str_is((cf_str){ 0 }, NULL));
    cr_assert_not(cf_str_is(CF_STR("post"), "posts"));
    cr_assert_not(cf_str_is(CF_STR("posts"), "post"));
    cr_assert_not(cf_str_is(cf_str_n("a\0b", 3), "a"));
    cr_assert_not(cf_str_is(CF_STR("a"), NULL));
    cr_assert(cf_str_iis(CF_STR("Content-TYPE"), "content-type"));
    cr_assert_not(cf_str_ieq(CF_STR("K"), CF_STR("\xe2\x84\xaa")));
    cr_assert_lt(cf_str_cmp(CF_STR("a"), CF_STR("ab")), 0);
    cr_assert_gt(cf_str_cmp(CF_STR("\xff"), CF_STR("a")), 0);
    cr_assert_eq(cf_str_cmp(CF_STR(""), (cf_str){ 0 }), 0);
    cr_assert(cf_str_starts(CF_STR("/static/x"), CF_STR("/static/")));
    cr_assert(cf_str_ends(CF_STR("a.html"), CF_STR(".html")));
    cr_assert_not(cf_str_ends(CF_STR("l"), CF_STR(".html")));
}

Test(str, searching_finds_first_last_and_nothing)
{
    cf_str s = CF_STR("a/b/c");

    cr_assert_eq(cf_str_chr(s, '/'), 1);
    cr_assert_eq(cf_str_rchr(s, '/'), 3);
    cr_assert_eq(cf_str_chr(s, 'x'), CF_NPOS);
    cr_assert_eq(cf_str_find(s, CF_STR("b/")), 2);
    cr_assert_eq(cf_str_find(s, CF_STR("")), 0);
    cr_assert_eq(cf_str_find((cf_str){ 0 }, CF_STR("a")), CF_NPOS);
}

Test(str, cutting_may_write_over_its_argument)
{
    cf_str s = CF_STR("k=v=w"), left;

    cr_assert(cf_str_cut(s, '=', &left, &s));
    cr_assert(cf_str_is(left, "k") && cf_str_is(s, "v=w"));
    cr_assert(cf_str_rcut(s, '=', &s, &left));
    cr_assert(cf_str_is(s, "v") && cf_str_is(left, "w"));
    cr_assert_not(cf_str_cut(s, '=', &s, &left));
    cr_assert(cf_str_is(s, "v") && left.len == 0);
}

Test(str, trimming_keeps_nul_bytes)
{
    cr_assert(cf_str_is(cf_str_trim(CF_STR(" \t\r\n x y \v\f")), "x y"));
    cr_assert_eq(cf_str_trim(CF_STR(" \n ")).len, 0);
    cr_assert_eq(cf_str_trim(cf_str_n(" \0 ", 3)).len, 1);
    cr_assert(cf_str_is(cf_str_trim_set(CF_STR("//a/"), "/"), "a"));
}

Test(str, integers_are_whole_and_in_range)
{
    static const struct {
        const char *text;
        bool        ok;
        int64_t     number;
    } cases[] = {
        { "0", true, 0 },
        { "-12", true, -12 },
        { "+7", true, 7 },
        { "9223372036854775807", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775808", true, INT64_MIN },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "1.0", false, 0 },
        { "0x10", false, 0 },
        { "--1", false, 0 },
    };
    uint64_t u;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t number = 0;

        cr_expect_eq(cf_str_to_i64(cf_str_of(cases[i].text), &number), cases[i].ok, "'%s'",
                     cases[i].text);
        cr_expect_eq(number, cases[i].number, "'%s'", cases[i].text);
    }
    cr_assert(cf_str_to_u64(CF_STR("18446744073709551615"), &u) && u == UINT64_MAX);
    cr_assert_not(cf_str_to_u64(CF_STR("18446744073709551616"), &u));
    cr_assert_not(cf_str_to_u64(CF_STR("-1"), &u));
}

Test(str, doubles_are_finite_and_follow_no_locale)
{
    double d = 0;

    setlocale(LC_ALL, "de_DE.UTF-8");
    cr_assert(cf_str_to_double(CF_STR("3.25"), &d) && d == 3.25);
    cr_assert(cf_str_to_double(CF_STR("-1e3"), &d) && d == -1000);
    cr_assert_not(cf_str_to_double(CF_STR("3,25"), &d));
    cr_assert_not(cf_str_to_double(CF_STR("nan"), &d));
    cr_assert_not(cf_str_to_double(CF_STR("inf"), &d));
    cr_assert_not(cf_str_to_double(CF_STR("1e999"), &d));
    cr_assert_not(cf_str_to_double(CF_STR("0x10"), &d));
    cr_assert_not(cf_str_to_double(CF_STR(""), &d));
    cr_assert_not(cf_str_to_double(cf_str_n("1\0", 2), &d));
}

Test(str, utf8_is_judged_and_repaired)
{
    static const struct {
        const char *text, *repaired;
    } cases[] = {
        { "plain", "plain" },
        { "Grüße €😀", "Grüße €😀" },
        { "a\xff"
          "b",
          "a\xef\xbf\xbd"
          "b" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },                 /* overlong '/' */
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "x\xe2\x82", "x\xef\xbf\xbd\xef\xbf\xbd" }, /* cut off */
    };
    cf_arena *arena = cf_arena_new();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cf_str s = cf_str_of(cases[i].text), repaired = cf_str_to_utf8(arena, s);

        cr_expect(cf_str_is(repaired, cases[i].repaired), "case %zu", i);
        cr_expect_eq(cf_str_is_utf8(s), strcmp(cases[i].text, cases[i].repaired) == 0, "%zu", i);
        cr_expect(cf_str_is_utf8(repaired));
    }
    cf_arena_free(arena);
}

Test(str, every_code_point_survives_encoding_and_decoding)
{
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        char     text[4];
        cf_str   s = cf_str_n(text, cf_utf8_put(cp, text));
        uint32_t want = cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp;

        cr_assert_eq(cf_utf8_count(s), 1);
        cr_assert_eq(cf_utf8_next(&s), want, "U+%04X", cp);
        cr_assert_eq(s.len, 0);
    }
}

Test(str, nearest_finds_a_slip_and_not_a_stranger)
{
    static const char *const words[] = { "upgrade", "current", "downgrade", NULL };

    cr_assert_str_eq(cf_nearest(CF_STR("upgrad"), words, 4), "upgrade");
    cr_assert_str_eq(cf_nearest(CF_STR("crurent"), words, 4), "current");
    cr_assert_null(cf_nearest(CF_STR("zebra"), words, 4));
    cr_assert_null(cf_nearest(CF_STR("x"), words, 0));
}

Test(str, equal_bytes_have_equal_hashes)
{
    cr_assert_eq(cf_str_hash(CF_STR("post")), cf_str_hash(CF_STR("post")));
    cr_assert_neq(cf_str_hash(CF_STR("post")), cf_str_hash(CF_STR("posu")));
    cr_assert_eq(cf_str_hash((cf_str){ 0 }), cf_str_hash(CF_STR("")));
}
