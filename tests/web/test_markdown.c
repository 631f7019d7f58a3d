/* test_markdown.c -- Markdown becomes HTML, and nothing in it runs. */
#include <criterion/criterion.h>

#include <carafe/buf.h>
#include <carafe/markdown.h>

static const char *html_of(cf_arena *arena, const char *text)
{
    cf_str html;

    cr_assert(cf_markdown(arena, cf_str_of(text), &html, NULL));
    return cf_str_dup(arena, html);
}

Test(markdown, common_marks)
{
    static const struct {
        const char *text, *html;
    } cases[] = {
        { "# Hi", "<h1>Hi</h1>\n" },
        { "**a** *b* ~~c~~", "<p><strong>a</strong> <em>b</em> <del>c</del></p>\n" },
        { "a & b < c", "<p>a &amp; b &lt; c</p>\n" },
        { "[x](/y \"t\")",
          "<p><a href=\"/y\" rel=\"nofollow ugc noopener\" title=\"t\">x</a></p>\n" },
        { "![x](/y.png)", "<p><img src=\"/y.png\" alt=\"x\"></p>\n" },
        { "![a \"q\" >](https://x.org/y.png \"t\") z",
          "<p><a href=\"https://x.org/y.png\" rel=\"nofollow ugc noopener\">a &quot;q&quot; &gt;</a> "
          "z</p>\n" },
        { "[![badge](//x.org/y.png)](/z) ![](http://x.org/1)",
          "<p><a href=\"/z\" rel=\"nofollow ugc noopener\">badge</a> </p>\n" },
        { "![near](y.png)", "<p><a href=\"y.png\" rel=\"nofollow ugc noopener\">near</a></p>\n" },
        { "", "" },
    };
    cf_arena *arena = cf_arena_new();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(html_of(arena, cases[i].text), cases[i].html, "%s",
                         html_of(arena, cases[i].text));
    cf_arena_free(arena);
}

Test(markdown, what_would_run_does_not)
{
    static const char *const cases[] = {
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#10;script:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x]( javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](javascript:alert(1))",
        "[x](vbscript:msgbox(1))",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)\n\n[a]",
        "[x](/y\" onmouseover=\"alert(1))",
        "`` ` <script>alert(1)</script> ``",
        "[x](feed:javascript:alert(1))",
        "[![x](javascript:alert(1))](javascript:alert(2))",
    };
    static const char *const bad[] = { "<script",     "href=\"javascript", "href=\"java",
                                       "href=\"data", "src=\"javascript",  "href=\"vb",
                                       "href=\"feed", "<img src=x",        "\" onmouseover=\"",
                                       "href=\"&#" };
    cf_arena                *arena = cf_arena_new();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *html = html_of(arena, cases[i]);
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
            cr_assert_null(strcasestr(html, bad[k]), "%s gives %s", cases[i], html);
    }
    cf_arena_free(arena);
}

Test(markdown, many_links_take_no_long_time, .timeout = 10)
{
    cf_arena *arena = cf_arena_new();
    cf_buf    text = cf_buf_in(arena, 0);
    cf_str    html;

    for (int i = 0; i < 60000; i++)
        cf_buf_puts(&text, "[](a) ");
    cr_assert(cf_markdown(arena, cf_buf_view(&text), &html, NULL));
    cr_assert_gt(html.len, 60000 * 20);
    cf_arena_free(arena);
}

Test(markdown, plain_text_is_cut_at_a_word)
{
    cf_arena *arena = cf_arena_new();

    cr_assert(cf_str_is(cf_markdown_plain(arena, CF_STR("# Head\n\nSome *bold* [link](/x)."), 100),
                        "Head Some bold link."));
    cr_assert(cf_str_is(cf_markdown_plain(arena, CF_STR("one two three four"), 12), "one two…"));
    cr_assert(cf_str_is(cf_markdown_plain(arena, CF_STR("äöüäöüäöü"), 3), "äöü…"));
    cf_arena_free(arena);
}
