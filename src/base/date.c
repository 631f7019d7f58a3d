/* date.c -- calendar dates and times of day: read, written, compared, counted with. */
#include <carafe/date.h>

#include "base/calendar.h"

bool cf_date_is_valid(cf_date date)
{
    return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 &&
           date.day >= 1 && date.day <= cf__days_in_month(date.year, date.month);
}

/* `count` digits at the beginning of what is left. */
static bool take_digits(cf_str *s, size_t count, int *out)
{
    if (s->len < count)
        return false;
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9')
            return false;
        *out = *out * 10 + (s->ptr[i] - '0');
    }
    *s = cf_str_slice(*s, count, s->len);
    return true;
}

static bool take_char(cf_str *s, char c)
{
    if (!s->len || s->ptr[0] != c)
        return false;
    *s = cf_str_slice(*s, 1, s->len);
    return true;
}

bool cf_date_parse(cf_str text, cf_date *out)
{
    int     year, month, day;
    cf_date date;

    if (!take_digits(&text, 4, &year) || !take_char(&text, '-') || !take_digits(&text, 2, &month) ||
        !take_char(&text, '-') || !take_digits(&text, 2, &day) || text.len)
        return false;
    date = (cf_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
    if (!cf_date_is_valid(date))
        return false;
    *out = date;
    return true;
}

static void put_digits(char *out, int count, int number)
{
    while (count--) {
        out[count] = (char)('0' + number % 10);
        number /= 10;
    }
}

void cf_date_text(cf_date date, char out[11])
{
    memcpy(out, "0000-00-00", 11);
    put_digits(out, 4, date.year);
    put_digits(out + 5, 2, date.month);
    put_digits(out + 8, 2, date.day);
}

int cf_date_compare(cf_date a, cf_date b)
{
    int x = (a.year * 16 + a.month) * 32 + a.day, y = (b.year * 16 + b.month) * 32 + b.day;

    return (x > y) - (x < y);
}

cf_time cf_date_time(cf_date date)
{
    cf_civil civil = { .year = date.year, .month = date.month, .day = date.day };

    return cf_date_is_valid(date) ? cf_time_of_civil(&civil) : (cf_time){ 0 };
}

cf_date cf_date_of_time(cf_time t)
{
    cf_civil civil = cf_time_civil(t);

    if (civil.year < 1 || civil.year > 9999)
        return (cf_date){ 0 };
    return (cf_date){ (int16_t)civil.year, (uint8_t)civil.month, (uint8_t)civil.day };
}

cf_date cf_date_add(cf_date date, int64_t days)
{
    /* Further than any two days lie apart; the product below cannot overflow then. */
    if (!cf_date_is_valid(date) || days > 4000000 || days < -4000000)
        return (cf_date){ 0 };
    return cf_date_of_time((cf_time){ cf_date_time(date).us + days * CF_DAY });
}

int64_t cf_date_days(cf_date a, cf_date b)
{
    return (cf_date_time(b).us - cf_date_time(a).us) / CF_DAY;
}

int cf_date_weekday(cf_date date)
{
    return cf_time_civil(cf_date_time(date)).weekday;
}

cf_date cf_today(void)
{
    return cf_date_of_time(cf_now());
}

/* ---- times of day ---- */

bool cf_clock_is_valid(cf_clock clock)
{
    return clock.us >= 0 && clock.us < CF_DAY;
}

/* Up to six digits after the point; more are refused rather than dropped. */
static bool take_fraction(cf_str *s, int64_t *us)
{
    int64_t scale = CF_SECOND / 10;
    int     digit;

    if (!s->len)
        return false;
    for (; s->len && scale; scale /= 10) {
        if (!take_digits(s, 1, &digit))
            return false;
        *us += digit * scale;
    }
    return !s->len;
}

bool cf_clock_parse(cf_str text, cf_clock *out)
{
    int     hour, minute, second = 0;
    int64_t us = 0;

    if (!take_digits(&text, 2, &hour) || !take_char(&text, ':') || !take_digits(&text, 2, &minute))
        return false;
    if (take_char(&text, ':') && !take_digits(&text, 2, &second))
        return false;
    if (take_char(&text, '.') && !take_fraction(&text, &us))
        return false;
    if (text.len || hour > 23 || minute > 59 || second > 59)
        return false;
    out->us = hour * CF_HOUR + minute * CF_MINUTE + second * CF_SECOND + us;
    return true;
}

void cf_clock_text(cf_clock clock, char out[16])
{
    int seconds = (int)(clock.us / CF_SECOND), fraction = (int)(clock.us % CF_SECOND);

    memcpy(out, "00:00:00.000000", 16);
    put_digits(out, 2, seconds / 3600);
    put_digits(out + 3, 2, seconds / 60 % 60);
    put_digits(out + 6, 2, seconds % 60);
    put_digits(out + 9, 6, fraction);
    if (!fraction)
        out[8] = '\0';
}

cf_clock cf_clock_of_time(cf_time t)
{
    int64_t us = t.us % CF_DAY;

    return (cf_clock){ us < 0 ? us + CF_DAY : us };
}
