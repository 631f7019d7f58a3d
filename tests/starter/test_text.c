/* test_text.c -- titles as addresses, Markdown files as posts, cut texts. */
#include "base/base.h"
#include "blog/blog.h"
#include "blog/front_matter.h"

#include <criterion/criterion.h>

static cf_arena *arena;

static void begin(void)
{
    arena = cf_arena_new();
}

static void end(void)
{
    cf_arena_free(arena);
}

TestSuite(text, .init = begin, .fini = end);

Test(text, slug_is_the_title_in_plain_words)
{
    static const char *const cases[][2] = {
        { "Hello, World!", "hello-world" },
        { "  spaces  and -- dashes ", "spaces-and-dashes" },
        { "Über den Fluß", "uber-den-flus" },
        { "It's l’été", "its-lete" },
        { "C17 & you", "c17-you" },
        { "<script>alert(1)</script>", "script-alert-1-script" },
        { "../../etc/passwd", "etc-passwd" },
        { "日本語 テスト", "日本語-テスト" },
        { "Żółć", "zolc" },
        { "!!!", "post" },
        { "", "post" },
        { "\xff\xfe broken", "broken" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_str_eq(slugify(arena, cases[i][0]), cases[i][1]);
}

Test(text, slug_leaves_room_for_a_number)
{
    char title[400];
    memset(title, 'x', sizeof(title) - 1);
    title[sizeof(title) - 1] = '\0';
    cr_assert_leq(strlen(slugify(arena, title)), POST_SLUG_MAX - 14);
    memset(title + 100, ' ', 1);
    memset(title + 108, ' ', 1);
    cr_assert_leq(strlen(slugify(arena, title)), POST_SLUG_MAX - 14);
}

Test(text, clip_counts_characters_and_marks_the_cut)
{
    cr_assert_str_eq(clip(arena, "abc", 3), "abc");
    cr_assert_str_eq(clip(arena, "abcd", 3), "ab…");
    cr_assert_str_eq(clip(arena, "äöüß", 3), "äö…");
    cr_assert_str_eq(clip(arena, "", 3), "");
}

static front_matter read_ok(const char *text)
{
    front_matter out;
    cf_error     err = { 0 };
    cr_assert(front_matter_read(arena, "a.md", cf_str_of(text), &out, &err), "%s", err.message);
    return out;
}

Test(text, front_matter_gives_title_subtitle_tags_date)
{
    front_matter m = read_ok("---\ntitle: \"A: title\"\nsubtitle: 'Sub'\ntags: [c, \"web\"]\n"
                             "date: 2026-11-15\n---\n\nThe text.\n");
    cf_civil     day = cf_time_civil(m.date);

    cr_assert_str_eq(m.title, "A: title");
    cr_assert_str_eq(m.subtitle, "Sub");
    cr_assert_str_eq(m.tags, "c,web,");
    cr_assert_eq(day.year * 10000 + day.month * 100 + day.day, 20261115);
    cr_assert(cf_str_is(m.body, "The text."));
}

Test(text, front_matter_of_other_programs_is_passed_over)
{
    front_matter m = read_ok(
        "\xEF\xBB\xBF---\r\nlayout: post\r\nauthors:\r\n  - Ada\r\ntags:\r\n  - c\r\n"
        "- web\r\n# a comment\r\ntitle: T\r\n---\r\nText\r\n");
    cr_assert_str_eq(m.title, "T");
    cr_assert_str_eq(m.tags, "c,web,");
    cr_assert(cf_str_is(m.body, "Text"));
}

Test(text, first_heading_is_the_title_and_leaves_the_text)
{
    static const char *const cases[][3] = {
        { "\n\n# A title #\n\nText", "A title", "Text" },
        { "A title\n=======\nText", "A title", "Text" },
        { "---\ntags: x\n---\n# A title\nText", "A title", "Text" },
        { "# 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 1\nx",
          "123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789…",
          "# 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 1\nx" },
        { "# [Carafe](https://example.org), *now*\nx", "Carafe, now", "x" },
        { "## Not one\nText", NULL, "## Not one\nText" },
        { "Text only", NULL, "Text only" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        front_matter m = read_ok(cases[i][0]);
        if (cases[i][1])
            cr_expect_str_eq(m.title, cases[i][1]);
        else
            cr_expect_null(m.title);
        cr_expect(cf_str_is(m.body, cases[i][2]), "case %zu: \"%.*s\"", i, CF_STR_ARG(m.body));
    }
}

Test(text, a_bad_file_is_named_with_its_line)
{
    static const struct {
        const char *text;
        size_t      size; /* 0: up to the NUL. */
        const char *message;
    } cases[] = {
        { "---\ntitle: A\ntext", 0, "a.md:3: expected \"key: value\"" },
        { "---\ntitle: A\n", 0, "a.md:2: the block" },
        { "---\ntitle: A\ndate: soon\n---\nx", 0, "a.md:3: this is not a date" },
        { "---\ntitle: A\ntitle: B\n---\nx", 0, "a.md:3: this key was given before" },
        { "---\ntitle: A\n---\n \n", 0, "there is no text" },
        { "", 0, "there is no text" },
        { "ok\nbad \xff\n", 0, "a.md:2: this line is not UTF-8" },
        { "ok\nnul \0 here\n", 14, "a.md:2: this line is not UTF-8" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        front_matter out;
        cf_error     err = { 0 };
        cf_str       text = cf_str_n(cases[i].text,
                               cases[i].size ? cases[i].size : strlen(cases[i].text));
        cr_expect_not(front_matter_read(arena, "a.md", text, &out, &err), "case %zu", i);
        cr_expect_eq(err.code, CF_EPARSE);
        cr_expect_not_null(strstr(err.message, cases[i].message), "case %zu: %s", i, err.message);
    }
}
