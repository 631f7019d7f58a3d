/* limiter.c -- counts events within a time, in the database, so that all workers share the count.
 *
 * One statement both counts and tells, so that two workers never both take the last place. */
#include "auth/auth_internal.h"

CF_MODEL(RateLimit, "rate_limit", CF_COLUMN(RateLimit, id, .primary_key = true),
         CF_COLUMN(RateLimit, key, .required = true, .unique = true, .max = 500),
         CF_COLUMN(RateLimit, count, .required = true, .default_value = "0"),
         CF_COLUMN(RateLimit, expires_at, .required = true, .index = true));

bool cf_rate_limit(cf_request *req, const char *key, int64_t most, int64_t seconds, bool *allowed,
                   cf_error *err)
{
    cf_arena *arena = cf_request_arena(req);
    cf_time   now = cf_now();
    cf_value  time = cf_time_value(arena, now);
    cf_value  end = cf_time_value(arena, (cf_time){ now.us + seconds * CF_SECOND });
    cf_value  params[] = { cf_string(key), end, time, time, end };
    cf_result result;
    cf_db    *db = cf_request_db(req);
    int64_t   count;

    *allowed = false;
    if (!db)
        return cf_fail(err, CF_EDB, "%s", cf_request_error(req)->message);
    if (!cf_db_execute(db,
                       "INSERT INTO rate_limit (key, count, expires_at) VALUES (?, 1, ?) "
                       "ON CONFLICT (key) DO UPDATE SET "
                       "count = CASE WHEN rate_limit.expires_at <= ? THEN 1 "
                       "ELSE rate_limit.count + 1 END, "
                       "expires_at = CASE WHEN rate_limit.expires_at <= ? THEN ? "
                       "ELSE rate_limit.expires_at END RETURNING count",
                       params, sizeof params / sizeof params[0], &result, err))
        return false;
    if (!result.rows->len)
        return cf_fail(err, CF_EDB, "the rate limiter's statement returned nothing");
    count = cf_map_get(result.rows->items[0].as.map, "count").as.integer;
    *allowed = count <= most;
    /* A new key takes the place of those whose time is over, so that the table cannot grow. */
    if (count == 1 &&
        !cf_db_execute(db, "DELETE FROM rate_limit WHERE expires_at <= ?", &time, 1, NULL, err))
        return false;
    return cf_db_commit(db, err);
}
