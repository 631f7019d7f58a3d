/* time_text.c -- times as text: ISO, strftime with Python's directives, "3 days ago". */
#include <carafe/buf.h>
#include <carafe/time.h>

#include <stdio.h>
#include <string.h>

#include "base/calendar.h"

char *cf_time_iso(cf_arena *arena, cf_time t)
{
    cf_civil c = cf_time_civil(t);

    if (c.microsecond)
        return cf_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year, c.month, c.day,
                         c.hour, c.minute, c.second, c.microsecond);
    return cf_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
                     c.minute, c.second);
}

/* The week of the year when weeks begin on a given weekday (Monday is 0). */
static int week_of_year(const cf_civil *c, int first_weekday)
{
    int since = (c->weekday - first_weekday + 7) % 7;

    return (c->yearday + 7 - since) / 7;
}

/* ISO 8601's year and week: week 1 holds the year's first Thursday. */
static void iso_week(const cf_civil *c, int *year, int *week)
{
    int thursday = c->yearday - c->weekday + 3; /* This week's, as a day of this year. */

    *year = c->year;
    if (thursday < 0) {
        *year -= 1;
        thursday += 337 + cf__days_in_month(*year, 2);
    } else if (thursday >= 337 + cf__days_in_month(*year, 2)) {
        thursday -= 337 + cf__days_in_month(*year, 2);
        *year += 1;
    }
    *week = thursday / 7 + 1;
}

/* Directives that are numbers. Returns whether this was one. */
static bool put_number(cf_buf *out, const cf_civil *c, char directive, bool bare)
{
    int iso_year, week, hour12 = c->hour % 12 ? c->hour % 12 : 12;

    iso_week(c, &iso_year, &week);
    const struct {
        char directive, pad;
        int  width, number;
    } numbers[] = {
        { 'Y', '0', 4, c->year },
        { 'y', '0', 2, (c->year % 100 + 100) % 100 },
        { 'C', '0', 2, c->year / 100 },
        { 'm', '0', 2, c->month },
        { 'd', '0', 2, c->day },
        { 'e', ' ', 2, c->day },
        { 'H', '0', 2, c->hour },
        { 'k', ' ', 2, c->hour },
        { 'I', '0', 2, hour12 },
        { 'l', ' ', 2, hour12 },
        { 'M', '0', 2, c->minute },
        { 'S', '0', 2, c->second },
        { 'f', '0', 6, c->microsecond },
        { 'j', '0', 3, c->yearday + 1 },
        { 'w', '0', 1, (c->weekday + 1) % 7 },
        { 'u', '0', 1, c->weekday + 1 },
        { 'W', '0', 2, week_of_year(c, 0) },
        { 'U', '0', 2, week_of_year(c, 6) },
        { 'V', '0', 2, week },
        { 'G', '0', 4, iso_year },
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].directive != directive)
            continue;
        cf_buf_printf(out, numbers[i].pad == '0' ? "%0*d" : "%*d", bare ? 0 : numbers[i].width,
                      numbers[i].number);
        return true;
    }
    return false;
}

static void put_format(cf_buf *out, cf_time t, const cf_civil *c, const char *format);

/* Directives that are words, or short for a format. Returns whether this was one. */
static bool put_word(cf_buf *out, cf_time t, const cf_civil *c, char directive)
{
    static const struct {
        char        directive;
        const char *format;
    } formats[] = {
        { 'c', "%a %b %e %H:%M:%S %Y" },
        { 'x', "%m/%d/%y" },
        { 'D', "%m/%d/%y" },
        { 'X', "%H:%M:%S" },
        { 'T', "%H:%M:%S" },
        { 'F', "%Y-%m-%d" },
        { 'R', "%H:%M" },
        { 'r', "%I:%M:%S %p" },
    };
    const struct {
        char        directive;
        const char *text;
        size_t      length;
    } words[] = {
        { 'a', cf__weekdays[c->weekday], 3 },
        { 'A', cf__weekdays[c->weekday], SIZE_MAX },
        { 'b', cf__months[c->month - 1], 3 },
        { 'h', cf__months[c->month - 1], 3 },
        { 'B', cf__months[c->month - 1], SIZE_MAX },
        { 'p', c->hour < 12 ? "AM" : "PM", 2 },
        { 'P', c->hour < 12 ? "am" : "pm", 2 },
        { 'Z', "UTC", 3 },
        { 'z', "+0000", 5 },
        { 'n', "\n", 1 },
        { 't', "\t", 1 },
        { '%', "%", 1 },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].directive == directive) {
            cf_buf_str(out, cf_str_slice(cf_str_of(words[i].text), 0, words[i].length));
            return true;
        }
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (formats[i].directive == directive) {
            put_format(out, t, c, formats[i].format);
            return true;
        }
    }
    if (directive == 's')
        cf_buf_i64(out, t.us / CF_SECOND - (t.us % CF_SECOND < 0));
    return directive == 's';
}

/* What is no directive stays as it is, as in Python. */
static void put_format(cf_buf *out, cf_time t, const cf_civil *c, const char *format)
{
    for (const char *p = format; *p; p++) {
        size_t flag = p[0] == '%' && p[1] == '-' ? 1 : 0;

        if (*p != '%' || !p[1 + flag]) {
            cf_buf_putc(out, *p);
        } else if (put_number(out, c, p[1 + flag], flag) || put_word(out, t, c, p[1 + flag])) {
            p += 1 + flag;
        } else {
            cf_buf_add(out, p, 2 + flag);
            p += 1 + flag;
        }
    }
}

char *cf_time_format(cf_arena *arena, cf_time t, const char *format)
{
    cf_buf   out = cf_buf_in(arena, 0);
    cf_civil c = cf_time_civil(t);

    put_format(&out, t, &c, format ? format : "");
    return cf_buf_cstr(&out);
}

char *cf_time_ago(cf_arena *arena, cf_time t, cf_time now)
{
    int64_t     distance = t.us <= now.us ? now.us - t.us : t.us - now.us;
    int64_t     minutes = distance / CF_MINUTE, days = distance / CF_DAY, count;
    const char *unit;

    if (minutes < 1)
        return cf_strdup(arena, "just now");
    if (minutes < 60)
        count = minutes, unit = "minute";
    else if (days < 1)
        count = minutes / 60, unit = "hour";
    else if (days < 30)
        count = days, unit = "day";
    else if (days < 365)
        count = days < 61 ? 1 : days * 12 / 365, unit = "month";
    else
        count = days * 400 / 146097, unit = "year";
    if (count < 1)
        count = 1;
    return cf_printf(arena, t.us <= now.us ? "%lld %s%s ago" : "in %lld %s%s", (long long)count,
                     unit, count == 1 ? "" : "s");
}
