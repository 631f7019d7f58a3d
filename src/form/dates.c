/* dates.c -- submitted dates and times: strftime's directives read backwards. */
#include "form/form_internal.h"

typedef struct reader {
    cf_str   rest;
    cf_civil at;
    bool     pm, has_pm;
    int      week, weekday; /* ISO week of %V and weekday of %u; -1 when not given. */
} reader;

static bool digits(reader *r, size_t least, size_t most, int *out)
{
    size_t count = 0;
    int    n = 0;

    while (count < most && count < r->rest.len && r->rest.ptr[count] >= '0' &&
           r->rest.ptr[count] <= '9')
        n = n * 10 + (r->rest.ptr[count++] - '0');
    if (count < least)
        return false;
    r->rest = cf_str_slice(r->rest, count, r->rest.len);
    *out = n;
    return true;
}

/* One of the names in a table, or its first three letters. */
static bool name_in(reader *r, const char *const *names, int count, int *out)
{
    for (int whole = 1; whole >= 0; whole--)
        for (int i = 0; i < count; i++) {
            cf_str name = cf_str_of(names[i]);

            if (!whole)
                name = cf_str_slice(name, 0, 3);
            if (r->rest.len >= name.len && cf_str_ieq(cf_str_slice(r->rest, 0, name.len), name)) {
                r->rest = cf_str_slice(r->rest, name.len, r->rest.len);
                *out = i;
                return true;
            }
        }
    return false;
}

static const char *const months[] = { "January",   "February", "March",    "April",
                                      "May",       "June",     "July",     "August",
                                      "September", "October",  "November", "December" };
static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                    "Friday", "Saturday", "Sunday" };

static bool fraction(reader *r)
{
    size_t before = r->rest.len;
    int    n;

    if (!digits(r, 1, 6, &n))
        return false;
    for (size_t used = before - r->rest.len; used < 6; used++)
        n *= 10;
    r->at.microsecond = n;
    return true;
}

static bool month_name(reader *r)
{
    if (!name_in(r, months, 12, &r->at.month))
        return false;
    r->at.month++;
    return true;
}

static bool half_day(reader *r)
{
    cf_str two = cf_str_slice(r->rest, 0, 2);

    r->pm = cf_str_iis(two, "pm");
    if (!r->pm && !cf_str_iis(two, "am"))
        return false;
    r->has_pm = true;
    r->rest = cf_str_slice(r->rest, 2, r->rest.len);
    return true;
}

static bool directive(reader *r, char c)
{
    int ignored;

    switch (c) {
    case 'Y':
    case 'G':
        return digits(r, 4, 4, &r->at.year);
    case 'y':
        if (!digits(r, 2, 2, &r->at.year))
            return false;
        r->at.year += r->at.year < 69 ? 2000 : 1900;
        return true;
    case 'm':
        return digits(r, 1, 2, &r->at.month);
    case 'd':
        return digits(r, 1, 2, &r->at.day);
    case 'H':
    case 'I':
        return digits(r, 1, 2, &r->at.hour);
    case 'M':
        return digits(r, 1, 2, &r->at.minute);
    case 'S':
        return digits(r, 1, 2, &r->at.second);
    case 'f':
        return fraction(r);
    case 'p':
        return half_day(r);
    case 'b':
    case 'B':
        return month_name(r);
    case 'a':
    case 'A':
        return name_in(r, days, 7, &ignored);
    case 'V':
    case 'W':
        return digits(r, 1, 2, &r->week);
    case 'u':
        return digits(r, 1, 1, &r->weekday);
    case '%':
        if (!cf_str_starts(r->rest, CF_STR("%")))
            return false;
        r->rest = cf_str_slice(r->rest, 1, r->rest.len);
        return true;
    default:
        return false;
    }
}

static bool read_format(reader *r, cf_str format)
{
    for (size_t i = 0; i < format.len; i++) {
        char c = format.ptr[i];

        if (c == '%' && i + 1 < format.len) {
            if (format.ptr[i + 1] == '-' && i + 2 < format.len)
                i++;
            if (!directive(r, format.ptr[++i]))
                return false;
        } else if (r->rest.len && r->rest.ptr[0] == c) {
            r->rest = cf_str_slice(r->rest, 1, r->rest.len);
        } else {
            return false;
        }
    }
    return r->rest.len == 0;
}

static int days_in(int year, int month)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool             leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : lengths[month - 1];
}

/* Monday (or the given weekday) of an ISO week: week 1 holds January 4th. */
static bool week_to_date(reader *r, cf_time *out)
{
    cf_civil january4 = { .year = r->at.year, .month = 1, .day = 4 };
    cf_time  t = cf_time_of_civil(&january4);
    int      weekday = cf_time_civil(t).weekday;

    if (r->week < 1 || r->week > 53 || r->weekday == 0 || r->weekday > 7)
        return false;
    t.us += ((r->week - 1) * 7 - weekday + (r->weekday > 0 ? r->weekday - 1 : 0)) * CF_DAY;
    /* Week 53 exists only in years whose last Thursday falls in it. */
    if (r->week == 53) {
        cf_time thursday = { t.us + 3 * CF_DAY - (r->weekday > 0 ? r->weekday - 1 : 0) * CF_DAY };
        if (cf_time_civil(thursday).year != r->at.year)
            return false;
    }
    *out = t;
    return true;
}

static bool parse_one(cf_str text, cf_str format, cf_time *out)
{
    reader r = {
        .rest = text, .at = { .year = 1900, .month = 1, .day = 1 }, .week = -1, .weekday = -1
    };
    cf_civil *at = &r.at;

    if (!read_format(&r, format))
        return false;
    if (r.week >= 0)
        return week_to_date(&r, out);
    if (cf_str_find(format, CF_STR("I")) != CF_NPOS) {
        if (at->hour < 1 || at->hour > 12)
            return false;
        if (r.has_pm)
            at->hour = at->hour % 12 + (r.pm ? 12 : 0);
        else
            at->hour %= 12;
    }
    if (at->year < 1 || at->month < 1 || at->month > 12 || at->day < 1 ||
        at->day > days_in(at->year, at->month) || at->hour > 23 || at->minute > 59 ||
        at->second > 59)
        return false;
    *out = cf_time_of_civil(at);
    return true;
}

bool cf__parse_time(cf_str text, const char *formats, cf_time *out)
{
    cf_str rest = cf_str_of(formats), format;

    while (rest.len) {
        cf_str_cut(rest, '|', &format, &rest);
        if (parse_one(text, format, out))
            return true;
    }
    return false;
}
