/* test_conditional.c -- entity tags, preconditions, ranges. */
#include <criterion/criterion.h>

#include <carafe/conditional.h>

#define DATE   "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER  "Sun, 06 Nov 1994 08:49:38 GMT"

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(conditional, .init = setup, .fini = teardown);

/* "Name: value" lines as headers. */
static cf_headers headers(const char *text)
{
    cf_headers h = cf_headers_in(arena);
    cf_str     rest = cf_str_of(text), line, name, value;

    while (rest.len) {
        cf_str_cut(rest, '\n', &line, &rest);
        cf_str_cut(line, ':', &name, &value);
        cf_headers_push(&h, name, cf_str_trim(value));
    }
    return h;
}

/* Half a second past the date: only whole seconds count. */
static const cf_validators current = { { { "t", 1 }, false },
                                       { 784111777 * CF_SECOND + 500000 },
                                       true };

Test(conditional, preconditions_in_their_order)
{
    static const struct {
        cf_method    method;
        const char  *headers;
        cf_condition want;
    } cases[] = {
        { CF_GET, "", CF_CONDITION_PROCEED },
        { CF_GET, "If-None-Match: \"t\"", CF_CONDITION_NOT_MODIFIED },
        { CF_HEAD, "If-None-Match: \"a\", W/\"t\"", CF_CONDITION_NOT_MODIFIED },
        { CF_GET, "If-None-Match: \"a\"\nIf-None-Match: \"t\"", CF_CONDITION_NOT_MODIFIED },
        { CF_GET, "If-None-Match: *", CF_CONDITION_NOT_MODIFIED },
        { CF_PUT, "If-None-Match: *", CF_CONDITION_FAILED },
        { CF_GET, "If-None-Match: \"*\"", CF_CONDITION_PROCEED },
        { CF_GET, "If-None-Match: \"x\"\nIf-Modified-Since: " DATE, CF_CONDITION_PROCEED },
        { CF_GET, "If-Modified-Since: " DATE, CF_CONDITION_NOT_MODIFIED },
        { CF_GET, "If-Modified-Since: " AFTER, CF_CONDITION_NOT_MODIFIED },
        { CF_GET, "If-Modified-Since: " BEFORE, CF_CONDITION_PROCEED },
        { CF_GET, "If-Modified-Since: yesterday", CF_CONDITION_PROCEED },
        { CF_POST, "If-Modified-Since: " DATE, CF_CONDITION_PROCEED },
        { CF_PUT, "If-Match: \"t\"", CF_CONDITION_PROCEED },
        { CF_PUT, "If-Match: W/\"t\"", CF_CONDITION_FAILED },
        { CF_PUT, "If-Match: \"x\"", CF_CONDITION_FAILED },
        { CF_PUT, "If-Match: *", CF_CONDITION_PROCEED },
        { CF_PUT, "If-Match: \"t\"\nIf-Unmodified-Since: " BEFORE, CF_CONDITION_PROCEED },
        { CF_PUT, "If-Unmodified-Since: " BEFORE, CF_CONDITION_FAILED },
        { CF_PUT, "If-Unmodified-Since: " DATE, CF_CONDITION_PROCEED },
        { CF_PUT, "If-Unmodified-Since: never", CF_CONDITION_PROCEED },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_headers h = headers(cases[i].headers);
        cr_assert_eq(cf_condition_check(&h, cases[i].method, &current, true), cases[i].want, "%s",
                     cases[i].headers);
    }
}

Test(conditional, a_star_matches_only_what_exists)
{
    cf_headers    h = headers("If-Match: *"), n = headers("If-None-Match: *");
    cf_validators none = { 0 };

    cr_assert_eq(cf_condition_check(&h, CF_PUT, &none, false), CF_CONDITION_FAILED);
    cr_assert_eq(cf_condition_check(&n, CF_PUT, &none, false), CF_CONDITION_PROCEED);
    cr_assert_eq(cf_condition_check(&n, CF_PUT, &none, true), CF_CONDITION_FAILED);
}

Test(conditional, ranges)
{
    static const struct {
        const char     *headers;
        cf_range_answer want;
        int64_t         first, last;
    } cases[] = {
        { "", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=0-0", CF_RANGE_PART, 0, 0 },
        { "Range: bytes=2-5", CF_RANGE_PART, 2, 5 },
        { "Range: bytes= 2 - 5 ", CF_RANGE_PART, 2, 5 },
        { "Range: BYTES=2-", CF_RANGE_PART, 2, 9 },
        { "Range: bytes=2-99", CF_RANGE_PART, 2, 9 },
        { "Range: bytes=-3", CF_RANGE_PART, 7, 9 },
        { "Range: bytes=-30", CF_RANGE_PART, 0, 9 },
        { "Range: bytes=9-99999999999999999999999", CF_RANGE_PART, 9, 9 },
        { "Range: bytes=10-", CF_RANGE_UNSATISFIABLE, 0, 0 },
        { "Range: bytes=-0", CF_RANGE_UNSATISFIABLE, 0, 0 },
        { "Range: bytes=5-2", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=a-b", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=+1-2", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=--1", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=-", CF_RANGE_WHOLE, 0, 0 },
        { "Range: lines=0-1", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=0-1,3-4", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=10-,11-", CF_RANGE_UNSATISFIABLE, 0, 0 },
        { "Range: bytes=0-1\nRange: bytes=2-3", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=0-1\nIf-Range: \"t\"", CF_RANGE_PART, 0, 1 },
        { "Range: bytes=0-1\nIf-Range: W/\"t\"", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=0-1\nIf-Range: \"x\"", CF_RANGE_WHOLE, 0, 0 },
        { "Range: bytes=0-1\nIf-Range: " DATE, CF_RANGE_PART, 0, 1 },
        { "Range: bytes=0-1\nIf-Range: " AFTER, CF_RANGE_WHOLE, 0, 0 },
    };
    cf_headers h;
    cf_range   range;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        h = headers(cases[i].headers);
        cr_assert_eq(cf_range_select(&h, CF_GET, &current, 10, &range), cases[i].want, "%s",
                     cases[i].headers);
        if (cases[i].want == CF_RANGE_PART)
            cr_assert(range.first == cases[i].first && range.last == cases[i].last, "%s",
                      cases[i].headers);
    }
    h = headers("Range: bytes=0-1");
    cr_assert_eq(cf_range_select(&h, CF_POST, &current, 10, &range), CF_RANGE_WHOLE);
    cr_assert_eq(cf_range_select(&h, CF_GET, &current, 0, &range), CF_RANGE_UNSATISFIABLE);
}

Test(conditional, too_many_ranges_are_ignored)
{
    cf_buf    field = cf_buf_in(arena, 0);
    cf_ranges ranges;

    cf_buf_puts(&field, "bytes=0-0");
    for (int i = 1; i <= CF_MAX_RANGES; i++)
        cf_buf_printf(&field, ",%d-%d", i, i);
    cr_assert_not(cf_ranges_parse(cf_buf_view(&field), &ranges));
}

Test(conditional, content_range_both_ways)
{
    cf_buf   out = cf_buf_in(arena, 0);
    cf_range range = { 0, 9 };
    int64_t  size;

    cf_content_range_write(&out, &range, 100);
    cr_assert_str_eq(cf_buf_cstr(&out), "bytes 0-9/100");
    cr_assert(cf_content_range_parse(cf_buf_view(&out), &range, &size));
    cr_assert(range.first == 0 && range.last == 9 && size == 100);
    cf_buf_clear(&out);
    cf_content_range_write(&out, NULL, 100);
    cr_assert_str_eq(cf_buf_cstr(&out), "bytes */100");
    cr_assert(cf_content_range_parse(CF_STR("bytes */100"), &range, &size) && range.first == -1);
    cr_assert(cf_content_range_parse(CF_STR("bytes 1-2/*"), &range, &size) && size == -1);
    cr_assert_not(cf_content_range_parse(CF_STR("bytes 2-1/9"), &range, &size));
    cr_assert_not(cf_content_range_parse(CF_STR("bytes 1-9/9"), &range, &size));
    cr_assert_not(cf_content_range_parse(CF_STR("bytes 1-2"), &range, &size));
}

Test(conditional, entity_tags)
{
    cf_buf  out = cf_buf_in(arena, 0);
    cf_etag etag;

    cr_assert(cf_etag_parse(CF_STR("W/\"a b\""), &etag) && etag.weak && cf_str_is(etag.tag, "a b"));
    cr_assert(cf_etag_parse(CF_STR("\"\""), &etag) && !etag.weak && etag.tag.len == 0);
    cr_assert(cf_etag_parse(CF_STR("a"), &etag) && cf_str_is(etag.tag, "a"));
    cr_assert_not(cf_etag_parse(CF_STR("\"a"), &etag));
    cr_assert(cf_etag_write(&out, (cf_etag){ CF_STR("x"), true }, NULL));
    cr_assert_str_eq(cf_buf_cstr(&out), "W/\"x\"");
    cr_assert_not(cf_etag_write(&out, (cf_etag){ CF_STR("x\""), true }, NULL));
    cr_assert_not(cf_etag_write(&out, (cf_etag){ CF_STR("x\n"), true }, NULL));
    cr_assert(cf_str_is(cf_etag_of(arena, CF_STR("Hello World")),
                        "4Wf2jWVj11uyXzqknCnvYS1BNS3ABgbefL1jC7JmX1E"));
}
