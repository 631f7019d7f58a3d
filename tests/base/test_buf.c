/* test_buf.c -- the string builder and its limit. */
#include <criterion/criterion.h>

#include <stdint.h>

#include <carafe/buf.h>

Test(buf, grows_on_the_heap_and_in_an_arena_alike)
{
    cf_arena *arena = cf_arena_new();
    cf_buf    heap = { 0 }, in_arena = cf_buf_in(arena, 0);

    for (int i = 0; i < 10000; i++) {
        cf_buf_printf(&heap, "%d,", i);
        cf_buf_printf(&in_arena, "%d,", i);
    }
    cr_assert(cf_str_eq(cf_buf_view(&heap), cf_buf_view(&in_arena)));
    cr_assert_eq(heap.len, 48890);
    cr_assert(cf_buf_ok(&heap, NULL));
    cf_buf_free(&heap);
    cr_assert_eq(heap.len, 0);
    cr_assert_str_eq(cf_buf_cstr(&heap), "");
    cf_buf_free(&heap);
    cf_arena_free(arena);
}

Test(buf, what_is_past_the_limit_is_refused_and_remembered)
{
    cf_buf   buf = { .limit = 10 };
    cf_error err = { 0 };

    cf_buf_puts(&buf, "0123456789");
    cr_assert(cf_buf_ok(&buf, &err));
    cf_buf_putc(&buf, 'x');
    cr_assert_eq(buf.len, 10);
    cr_assert_not(cf_buf_ok(&buf, &err));
    cr_assert_eq(err.code, CF_ELIMIT);
    cr_assert_str_eq(cf_buf_cstr(&buf), "0123456789");
    cf_buf_clear(&buf);
    cf_buf_puts(&buf, "again");
    cr_assert(cf_buf_ok(&buf, &err));
    cf_buf_free(&buf);
}

Test(buf, a_reservation_that_overflows_size_t_is_refused)
{
    cf_buf buf = { 0 };

    cf_buf_puts(&buf, "abc");
    cr_assert_not(cf_buf_reserve(&buf, SIZE_MAX - 1));
    cr_assert(buf.overflow);
    cf_buf_free(&buf);
}

Test(buf, integers_print_at_both_ends_of_their_range)
{
    cf_buf buf = { 0 };

    cf_buf_i64(&buf, INT64_MIN);
    cf_buf_putc(&buf, ' ');
    cf_buf_i64(&buf, INT64_MAX);
    cf_buf_putc(&buf, ' ');
    cf_buf_i64(&buf, 0);
    cr_assert_str_eq(cf_buf_cstr(&buf), "-9223372036854775808 9223372036854775807 0");
    cf_buf_free(&buf);
}

Test(buf, html_escapes_the_five_as_markupsafe_does)
{
    cf_buf buf = { 0 };

    cf_buf_html(&buf, CF_STR("<a href=\"x\" title='y'>Tom & Jérôme</a>"));
    cf_buf_html(&buf, CF_STR(""));
    cf_buf_html(&buf, CF_STR("plain"));
    cr_assert_str_eq(cf_buf_cstr(&buf), "&lt;a href=&#34;x&#34; title=&#39;y&#39;&gt;"
                                        "Tom &amp; Jérôme&lt;/a&gt;plain");
    cf_buf_free(&buf);
}

/* The same, a byte at a time. */
static void html_slowly(cf_buf *out, cf_str s)
{
    for (size_t i = 0; i < s.len; i++)
        cf_buf_puts(out, s.ptr[i] == '&'    ? "&amp;"
                         : s.ptr[i] == '<'  ? "&lt;"
                         : s.ptr[i] == '>'  ? "&gt;"
                         : s.ptr[i] == '"'  ? "&#34;"
                         : s.ptr[i] == '\'' ? "&#39;"
                                            : (char[]){ s.ptr[i], '\0' });
}

/* Short and long texts are copied in different ways, and the end of each apart from its begin. */
Test(buf, html_of_every_length_with_special_bytes_anywhere)
{
    static const char specials[] = "&<>\"'";
    static const char near[] = "%;=?!#$()";

    for (size_t len = 0; len <= 50; len++) {
        for (size_t at = 0; at <= len; at++) {
            char  *text = malloc(len + 1); /* Of its size, so that ASan sees what is beyond. */
            cf_buf quick = { 0 }, slow = { 0 };
            for (size_t i = 0; i < len; i++)
                text[i] = i % 3 ? (char)('a' + i % 26) : near[i % (sizeof near - 1)];
            for (size_t i = at; i < len; i += 7)
                text[i] = specials[i % 5];
            cf_buf_html(&quick, cf_str_n(text, len));
            html_slowly(&slow, cf_str_n(text, len));
            cr_assert(cf_str_eq(cf_buf_view(&quick), cf_buf_view(&slow)), "%zu bytes from %zu: %s",
                      len, at, cf_buf_cstr(&quick));
            cf_buf_free(&quick);
            cf_buf_free(&slow);
            free(text);
        }
    }
}

Test(buf, bytes_of_every_length_are_copied_and_compared)
{
    for (size_t len = 0; len <= 40; len++) {
        char  *text = malloc(len + 1);
        cf_buf buf = { 0 };
        for (size_t i = 0; i < len; i++)
            text[i] = (char)('!' + i);
        cf_buf_add(&buf, text, len);
        cr_assert_eq(buf.len, len);
        cr_assert(len == 0 || memcmp(buf.ptr, text, len) == 0);
        cr_assert(cf_str_eq(cf_buf_view(&buf), cf_str_n(text, len)));
        for (size_t i = 0; i < len; i++) {
            text[i] ^= 1;
            cr_assert_not(cf_str_eq(cf_buf_view(&buf), cf_str_n(text, len)));
            text[i] ^= 1;
        }
        cf_buf_free(&buf);
        free(text);
    }
}

Test(buf, shift_removes_from_the_front)
{
    cf_buf buf = { 0 };

    cf_buf_puts(&buf, "hello world");
    cf_buf_shift(&buf, 6);
    cr_assert(cf_str_is(cf_buf_view(&buf), "world"));
    cf_buf_shift(&buf, 100);
    cr_assert_eq(buf.len, 0);
    cf_buf_free(&buf);
}

Test(buf, long_formatted_text_is_whole)
{
    cf_buf buf = { 0 };

    cf_buf_printf(&buf, "%0500d|", 7);
    cr_assert_eq(buf.len, 501);
    cr_assert_eq(buf.ptr[499], '7');
    cf_buf_free(&buf);
}
