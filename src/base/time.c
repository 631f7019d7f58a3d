/* time.c -- points in time, calendar dates, and HTTP's and ISO's ways to write them.
 *
 * Days are counted in eras of 400 years that begin in March, so that the leap day comes last
 * (source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
#include <carafe/time.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/calendar.h"

const char *const cf__weekdays[7] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday" };
const char *const cf__months[12] = { "January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December" };

static atomic_llong frozen_at;

cf_time cf_now(void)
{
    struct timespec now;
    long long       frozen = atomic_load_explicit(&frozen_at, memory_order_relaxed);

    if (frozen)
        return (cf_time){ frozen };
    clock_gettime(CLOCK_REALTIME, &now);
    return (cf_time){ now.tv_sec * CF_SECOND + now.tv_nsec / 1000 };
}

void cf_time_freeze(cf_time at)
{
    atomic_store_explicit(&frozen_at, at.us, memory_order_relaxed);
}

int64_t cf_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * CF_SECOND + now.tv_nsec / 1000;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int cf__days_in_month(int year, int month)
{
    static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to a date. */
static int64_t days_of_civil(int64_t year, int month, int day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void civil_of_days(int64_t days, cf_civil *civil)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day = shifted - era * 146097; /* of the era */
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t of_year = day - (365 * year + year / 4 - year / 100); /* from March 1st */
    int64_t month = (5 * of_year + 2) / 153;                      /* March is 0 */

    civil->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int)(month < 10 ? month + 3 : month - 9);
    civil->year = (int)(year + era * 400 + (civil->month <= 2));
}

/* Division that rounds down, so that times before 1970 have positive parts. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

cf_civil cf_time_civil(cf_time t)
{
    cf_civil civil = { 0 };
    int64_t  days = floor_div(t.us, CF_DAY);
    int64_t  rest = t.us - days * CF_DAY;

    civil_of_days(days, &civil);
    civil.microsecond = (int)(rest % CF_SECOND);
    rest /= CF_SECOND;
    civil.hour = (int)(rest / 3600);
    civil.minute = (int)(rest / 60 % 60);
    civil.second = (int)(rest % 60);
    civil.weekday = (int)(((days + 3) % 7 + 7) % 7);
    civil.yearday = (int)(days - days_of_civil(civil.year, 1, 1));
    return civil;
}

cf_time cf_time_of_civil(const cf_civil *c)
{
    int64_t seconds = days_of_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
                      c->minute * 60 + c->second;

    return (cf_time){ seconds * CF_SECOND + c->microsecond };
}

void cf_time_http(cf_time t, char out[30])
{
    char     text[64];
    cf_civil c = cf_time_civil(t);

    snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", cf__weekdays[c.weekday],
             c.day, cf__months[c.month - 1], c.year, c.hour, c.minute, c.second);
    snprintf(out, 30, "%.29s", text);
}

/* ---- reading ---- */

/* Reads exactly `digits` decimal digits and steps over them. */
static bool read_number(cf_str *s, size_t digits, int *out)
{
    int number = 0;

    if (s->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return false;
        number = number * 10 + (s->ptr[i] - '0');
    }
    *s = cf_str_slice(*s, digits, s->len);
    *out = number;
    return true;
}

static bool read_char(cf_str *s, char c)
{
    if (!s->len || s->ptr[0] != c)
        return false;
    *s = cf_str_slice(*s, 1, s->len);
    return true;
}

/* Reads one of the names, or their first three letters; *index receives which. */
static bool read_name(cf_str *s, const char *const *names, int count, int *index)
{
    for (int i = 0; i < count; i++) {
        cf_str whole = cf_str_of(names[i]), brief = cf_str_n(names[i], 3);
        cf_str name = cf_str_starts(*s, whole) ? whole : brief;

        if (cf_str_starts(*s, name)) {
            *s = cf_str_slice(*s, name.len, s->len);
            *index = i;
            return true;
        }
    }
    return false;
}

static bool read_clock(cf_str *s, cf_civil *c)
{
    return read_number(s, 2, &c->hour) && read_char(s, ':') && read_number(s, 2, &c->minute) &&
           read_char(s, ':') && read_number(s, 2, &c->second);
}

static bool is_real(const cf_civil *c)
{
    return c->year >= 1 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= cf__days_in_month(c->year, c->month) && c->hour < 24 && c->minute < 60 &&
           c->second < 60;
}

/* "06 Nov 1994 08:49:37 GMT" or "06-Nov-94 08:49:37 GMT", after the day's name. A year of two
 * digits that seems more than 50 years ahead is of the past century. */
static bool read_day_first(cf_str *s, cf_civil *c)
{
    char separator = s->len > 2 && s->ptr[2] == '-' ? '-' : ' ';
    bool ok = read_number(s, 2, &c->day) && read_char(s, separator) &&
              read_name(s, cf__months, 12, &c->month) && read_char(s, separator);

    if (!ok)
        return false;
    if (!read_number(s, 4, &c->year)) {
        int century = cf_time_civil(cf_now()).year / 100 * 100;

        if (!read_number(s, 2, &c->year))
            return false;
        c->year += century;
        if (c->year > cf_time_civil(cf_now()).year + 50)
            c->year -= 100;
    }
    return read_char(s, ' ') && read_clock(s, c) && cf_str_is(*s, " GMT");
}

/* "Nov  6 08:49:37 1994", after the day's name. */
static bool read_month_first(cf_str *s, cf_civil *c)
{
    if (!read_name(s, cf__months, 12, &c->month) || !read_char(s, ' '))
        return false;
    if (!(read_char(s, ' ') ? read_number(s, 1, &c->day) : read_number(s, 2, &c->day)))
        return false;
    return read_char(s, ' ') && read_clock(s, c) && read_char(s, ' ') &&
           read_number(s, 4, &c->year) && !s->len;
}

bool cf_time_from_http(cf_str text, cf_time *out)
{
    cf_str   s = cf_str_trim(text);
    cf_civil c = { 0 };
    int      weekday;
    bool     ok;

    if (!read_name(&s, cf__weekdays, 7, &weekday))
        return false;
    read_char(&s, ',');
    if (!read_char(&s, ' ') || !s.len)
        return false;
    ok = s.ptr[0] >= '0' && s.ptr[0] <= '9' ? read_day_first(&s, &c) : read_month_first(&s, &c);
    c.month++;
    if (!ok || !is_real(&c))
        return false;
    *out = cf_time_of_civil(&c);
    return true;
}

/* A fraction of any length, after its point; digits past the microseconds are dropped. */
static bool read_fraction(cf_str *s, int *microsecond)
{
    int    scale = 100000, digit;
    size_t digits = 0;

    for (; read_number(s, 1, &digit); digits++) {
        *microsecond += digit * scale;
        scale /= 10;
    }
    return digits > 0;
}

/* "Z", "+01:00", "+0100", "+01" or nothing; *offset receives seconds east of UTC. */
static bool read_zone(cf_str *s, int64_t *offset)
{
    int sign, hours, minutes = 0;

    *offset = 0;
    if (!s->len || read_char(s, 'Z') || read_char(s, 'z'))
        return true;
    sign = read_char(s, '+') ? 1 : read_char(s, '-') ? -1 : 0;
    if (!sign || !read_number(s, 2, &hours))
        return false;
    if (s->len) {
        read_char(s, ':');
        if (!read_number(s, 2, &minutes))
            return false;
    }
    *offset = sign * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

/* "16:25", "16:25:33", "16:25:33.5" and a zone. */
static bool read_iso_clock(cf_str *s, cf_civil *c, int64_t *offset)
{
    if (!read_number(s, 2, &c->hour) || !read_char(s, ':') || !read_number(s, 2, &c->minute))
        return false;
    if (read_char(s, ':')) {
        if (!read_number(s, 2, &c->second))
            return false;
        if ((read_char(s, '.') || read_char(s, ',')) && !read_fraction(s, &c->microsecond))
            return false;
    }
    return read_zone(s, offset);
}

bool cf_time_from_iso(cf_str text, cf_time *out)
{
    cf_str   s = text;
    cf_civil c = { 0 };
    int64_t  offset = 0;

    if (!read_number(&s, 4, &c.year) || !read_char(&s, '-') || !read_number(&s, 2, &c.month) ||
        !read_char(&s, '-') || !read_number(&s, 2, &c.day))
        return false;
    if (s.len) {
        if (!read_char(&s, 'T') && !read_char(&s, 't') && !read_char(&s, ' '))
            return false;
        if (!read_iso_clock(&s, &c, &offset) || s.len)
            return false;
    }
    if (!is_real(&c))
        return false;
    *out = (cf_time){ cf_time_of_civil(&c).us - offset * CF_SECOND };
    return true;
}
