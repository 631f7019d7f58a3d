/* test_time.c -- dates, their texts, and how long ago. */
#include <criterion/criterion.h>

#include <time.h>

#include <carafe/time.h>

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(time, .init = setup, .fini = teardown);

static cf_time at(const char *iso)
{
    cf_time t = { 0 };

    cr_assert(cf_time_from_iso(cf_str_of(iso), &t), "%s", iso);
    return t;
}

Test(time, the_calendar_agrees_with_the_c_library)
{
    for (int64_t day = -800000; day < 3000000; day += 997) {
        time_t    seconds = day * 86400 + (day * 7919 & 0xffff);
        cf_time   t = { seconds * CF_SECOND + 123456 };
        cf_civil  c = cf_time_civil(t);
        struct tm tm;

        gmtime_r(&seconds, &tm);
        cr_assert_eq(c.year, tm.tm_year + 1900);
        cr_assert_eq(c.month, tm.tm_mon + 1);
        cr_assert_eq(c.day, tm.tm_mday);
        cr_assert_eq(c.hour * 3600 + c.minute * 60 + c.second,
                     tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
        cr_assert_eq(c.weekday, (tm.tm_wday + 6) % 7);
        cr_assert_eq(c.yearday, tm.tm_yday);
        cr_assert_eq(c.microsecond, 123456);
        cr_assert_eq(cf_time_of_civil(&c).us, t.us);
    }
}

Test(time, a_frozen_clock_stands_still_and_thaws)
{
    cf_time now;

    cf_time_freeze((cf_time){ 42 });
    cr_assert_eq(cf_now().us, 42);
    cf_time_freeze((cf_time){ 0 });
    now = cf_now();
    cr_assert_lt(llabs(now.us / CF_SECOND - (long long)time(NULL)), 5);
    cr_assert_leq(cf_monotonic_us(), cf_monotonic_us());
}

Test(time, http_dates_are_written_and_read_in_three_forms)
{
    static const char *const forms[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",      " Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun 06 Nov 1994 08:49:37 GMT",
    };
    char text[30];

    cf_time_http((cf_time){ 784111777 * CF_SECOND }, text);
    cr_assert_str_eq(text, forms[0]);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        cf_time t = { 0 };

        cr_expect(cf_time_from_http(cf_str_of(forms[i]), &t), "%s", forms[i]);
        cr_expect_eq(t.us, 784111777 * CF_SECOND, "%s", forms[i]);
    }
}

Test(time, malformed_http_dates_are_refused)
{
    static const char *const bad[] = {
        "",
        "foo",
        "Sun",
        "Sun, ",
        "Thu, 33 Jan 1970 00:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 PST",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 29 Feb 1995 08:00:00 GMT",
        "Sun, 06 Xyz 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT trailing",
        "Sun Nov  6 08:49:37 1994x",
        "06 Nov 1994 08:49:37 GMT",
    };
    cf_time t;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(cf_time_from_http(cf_str_of(bad[i]), &t), "%s", bad[i]);
}

Test(time, a_two_digit_year_is_at_most_fifty_years_ahead)
{
    cf_time t;

    cf_time_freeze(at("2026-11-23"));
    cr_assert(cf_time_from_http(CF_STR("Sunday, 06-Nov-76 08:49:37 GMT"), &t));
    cr_assert_eq(cf_time_civil(t).year, 2076);
    cr_assert(cf_time_from_http(CF_STR("Sunday, 06-Nov-77 08:49:37 GMT"), &t));
    cr_assert_eq(cf_time_civil(t).year, 1977);
}

Test(time, iso_texts_are_read_in_their_variants)
{
    static const struct {
        const char *text, *same;
    } cases[] = {
        { "2026-11-23T16:25:33Z", "2026-11-23T16:25:33Z" },
        { "2026-11-23 16:25:33", "2026-11-23T16:25:33Z" },
        { "2026-11-23", "2026-11-23T00:00:00Z" },
        { "2026-11-23T16:25", "2026-11-23T16:25:00Z" },
        { "2026-11-23T16:25:33.5", "2026-11-23T16:25:33.500000Z" },
        { "2026-11-23T16:25:33.123456789Z", "2026-11-23T16:25:33.123456Z" },
        { "2026-11-23T16:25:33+01:00", "2026-11-23T15:25:33Z" },
        { "2026-11-23T16:25:33-0330", "2026-11-23T19:55:33Z" },
        { "2026-12-31T23:30:00-01", "2027-01-01T00:30:00Z" },
        { "2024-02-29", "2024-02-29T00:00:00Z" },
        { "0001-01-01", "0001-01-01T00:00:00Z" },
        { "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(cf_time_iso(arena, at(cases[i].text)), cases[i].same);
}

Test(time, malformed_iso_texts_are_refused)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-13-01",
        "2026-02-30",
        "2025-02-29",
        "2026-1-1",
        "2026-01-01T",
        "2026-01-01T10",
        "0000-01-01",
        "2026-01-01T1:1",
        "2026-01-01T24:00:00",
        "2026-01-01T10:00:60",
        "2026-01-01T10:00:00.",
        "2026-01-01T10:00:00+",
        "2026-01-01T10:00:00+25:00",
        "2026-01-01T10:00:00Zx",
        "2026-01-01x",
        "-026-01-01",
        " 2026-01-01",
    };
    cf_time t;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(cf_time_from_iso(cf_str_of(bad[i]), &t), "%s", bad[i]);
}

Test(time, strftime_has_pythons_directives)
{
    static const struct {
        const char *format, *text;
    } cases[] = {
        { "%Y-%m-%d %H:%M:%S.%f", "2026-03-05 09:07:02.000450" },
        { "%a %A %b %B", "Thu Thursday Mar March" },
        { "%-d.%-m.%y %-I %p", "5.3.26 9 AM" },
        { "%I:%M %j %w %u", "09:07 064 4 4" },
        { "%U %W %V %G", "09 09 10 2026" },
        { "%c|%x|%X", "Thu Mar  5 09:07:02 2026|03/05/26|09:07:02" },
        { "%z %Z %% %", "+0000 UTC % %" },
        { "%Q %-Q", "%Q %-Q" },
        { "no directive é", "no directive é" },
        { "", "" },
    };
    cf_time t = at("2026-03-05T09:07:02.00045Z");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(cf_time_format(arena, t, cases[i].format), cases[i].text);
}

Test(time, weeks_and_dates_agree_with_the_c_library)
{
    for (int64_t day = -20000; day < 40000; day += 13) {
        time_t    seconds = day * 86400;
        char      want[64];
        struct tm tm;

        gmtime_r(&seconds, &tm);
        strftime(want, sizeof want, "%G-%V %U %W %j %a %e", &tm);
        cr_assert_str_eq(
            cf_time_format(arena, (cf_time){ seconds * CF_SECOND }, "%G-%V %U %W %j %a %e"), want);
    }
}

Test(time, how_long_ago_in_words)
{
    static const struct {
        int64_t     distance;
        const char *text;
    } cases[] = {
        { 0, "just now" },
        { 59 * CF_SECOND, "just now" },
        { CF_MINUTE, "1 minute ago" },
        { 3 * CF_MINUTE, "3 minutes ago" },
        { 59 * CF_MINUTE, "59 minutes ago" },
        { CF_HOUR, "1 hour ago" },
        { 23 * CF_HOUR, "23 hours ago" },
        { CF_DAY, "1 day ago" },
        { 3 * CF_DAY + 5 * CF_HOUR, "3 days ago" },
        { 29 * CF_DAY, "29 days ago" },
        { 30 * CF_DAY, "1 month ago" },
        { 60 * CF_DAY, "1 month ago" },
        { 61 * CF_DAY, "2 months ago" },
        { 364 * CF_DAY, "11 months ago" },
        { 365 * CF_DAY, "1 year ago" },
        { 731 * CF_DAY, "2 years ago" },
        { -30 * CF_SECOND, "just now" },
        { -2 * CF_HOUR, "in 2 hours" },
        { -CF_DAY, "in 1 day" },
    };
    cf_time now = at("2026-11-23T12:00:00");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(cf_time_ago(arena, (cf_time){ now.us - cases[i].distance }, now),
                         cases[i].text);
}
