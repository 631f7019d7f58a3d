/* time.h -- points in time, in microseconds since 1970 UTC. */
#ifndef CARAFE_TIME_H
#define CARAFE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include <carafe/arena.h>
#include <carafe/str.h>

/* A struct, so that the compiler tells it from an integer. */
typedef struct cf_time {
    int64_t us;
} cf_time;

#define CF_SECOND INT64_C(1000000)
#define CF_MINUTE (60 * CF_SECOND)
#define CF_HOUR   (60 * CF_MINUTE)
#define CF_DAY    (24 * CF_HOUR)

/* A calendar date and time of day in UTC. */
typedef struct cf_civil {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second, microsecond;
    int weekday, yearday; /* Monday is 0; January 1st is 0 */
} cf_civil;

/* Now, unless a test froze it. */
cf_time cf_now(void);

/* Makes cf_now() stand still, for tests; zero microseconds thaws it. */
void cf_time_freeze(cf_time at);

/* Monotonic microseconds, for durations and deadlines; never frozen. */
int64_t cf_monotonic_us(void);

/* The calendar date and time of day of a time, in UTC. */
cf_civil cf_time_civil(cf_time t);

/* The time of a date; weekday and yearday are not looked at. */
cf_time cf_time_of_civil(const cf_civil *civil);

/* "Mon, 23 Nov 2026 16:25:33 GMT" into out. */
void cf_time_http(cf_time t, char out[30]);

/* Reads any of HTTP's three date forms. Returns false for anything else. Source: RFC 9110, 5.6.7.
 */
bool cf_time_from_http(cf_str text, cf_time *out);

/* "2026-11-23T16:25:33.123456Z", microseconds only when not zero. */
char *cf_time_iso(cf_arena *arena, cf_time t);

/* Reads ISO 8601's common forms: "T" or a space, seconds, fraction and zone ("Z", "+01:00"; none
 * means UTC) optional, or a bare date. Returns false for anything else. */
bool cf_time_from_iso(cf_str text, cf_time *out);

/* strftime with Python's directives (%Y %m %d %H %M %S %f %j %a %A %b %B %p %I %y %Z %z %%, and
 * %-d and the like without padding), English names, no locale. */
char *cf_time_format(cf_arena *arena, cf_time t, const char *format);

/* "just now", "3 minutes ago", "3 days ago", "in 2 hours". */
char *cf_time_ago(cf_arena *arena, cf_time t, cf_time now);

#endif
