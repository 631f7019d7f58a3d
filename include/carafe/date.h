/* date.h -- calendar dates and times of day, for columns that are no points in time. */
#ifndef CARAFE_DATE_H
#define CARAFE_DATE_H

#include <carafe/time.h>
#include <carafe/value.h>

/* A day of the calendar, years 1 to 9999: (cf_date){ 2026, 11, 27 }. All zero is no date. */
typedef struct cf_date {
    int16_t year;
    uint8_t month, day; /* From 1. */
} cf_date;

/* A time of day in microseconds since midnight: (cf_clock){ 9 * CF_HOUR + 30 * CF_MINUTE }. */
typedef struct cf_clock {
    int64_t us;
} cf_clock;

/* Whether it is a real day, and no "none" or February 30th. */
bool cf_date_is_valid(cf_date date);

/* Reads "2026-11-27" and nothing else. */
bool cf_date_parse(cf_str text, cf_date *out);

/* "2026-11-27" into out. */
void cf_date_text(cf_date date, char out[11]);

/* Below, at or above zero as `a` is before, on or after `b`. No date comes first. */
int cf_date_compare(cf_date a, cf_date b);

/* The day so many days later, or earlier. No date when that leaves the years 1 to 9999. */
cf_date cf_date_add(cf_date date, int64_t days);

/* Days from `a` to `b`. */
int64_t cf_date_days(cf_date a, cf_date b);

/* Monday is 0. */
int cf_date_weekday(cf_date date);

/* Today in UTC; follows cf_time_freeze(). */
cf_date cf_today(void);

/* The day of a time in UTC, and midnight of a day. */
cf_date cf_date_of_time(cf_time t);
cf_time cf_date_time(cf_date date);

/* Reads "16:25", "16:25:33" and "16:25:33.5", to six digits of a second. */
bool cf_clock_parse(cf_str text, cf_clock *out);

/* "16:25:33", or "16:25:33.500000" when there is a fraction, into out. */
void cf_clock_text(cf_clock clock, char out[16]);

/* Whether it lies between midnight and midnight. */
bool cf_clock_is_valid(cf_clock clock);

/* The time of day of a time in UTC. */
cf_clock cf_clock_of_time(cf_time t);

/* Object values in the manner of Python's date and time: year, month, day; hour, minute, second,
 * microsecond; strftime(), isoformat(), weekday(); they compare, and are ISO text in JSON. No date
 * gives none. */
cf_value cf_date_value(cf_arena *arena, cf_date date);
cf_value cf_clock_value(cf_arena *arena, cf_clock clock);

/* Whether a value is such an object; and which. */
bool cf_value_date(cf_value v, cf_date *out);
bool cf_value_clock(cf_value v, cf_clock *out);

#endif
