/* revoked.c -- tokens given up before their time: the sessions and cookies of who signed out.
 *
 * A session lives in its cookie, so a copy of the cookie would outlive signing out. Each session
 * and the "remember me" cookie made with it share an identifier, and that is kept here until both
 * would have ended by themselves. */
#include "auth/auth_internal.h"

CF_MODEL(RevokedToken, "revoked_token", CF_COLUMN(RevokedToken, id, .primary_key = true),
         CF_COLUMN(RevokedToken, jti, .required = true, .unique = true, .max = 64),
         CF_COLUMN(RevokedToken, expires_at, .required = true, .index = true));

bool cf__token_is_revoked(cf_request *req, const char *jti)
{
    cf_db *db = cf_request_db(req);
    bool   revoked = !db ||
                   cf_query_exists(cf_query_filter_by(cf_db_query(db, RevokedToken), "jti", jti));

    if (db && cf_db_error(db)->code) {
        if (!cf_request_error(req)->code)
            *cf_request_error(req) = *cf_db_error(db);
        return true;
    }
    return revoked;
}

bool cf__token_revoke(cf_request *req, const char *jti, int64_t seconds)
{
    cf_error *err = cf_request_error(req);
    cf_db    *db = cf_request_db(req);
    cf_time   now = cf_now();
    cf_value  params[] = {
         cf_string(jti),
         cf_time_value(cf_request_arena(req), (cf_time){ now.us + seconds * CF_SECOND }),
         cf_time_value(cf_request_arena(req), now),
    };

    return db &&
           cf_db_execute(db, "DELETE FROM revoked_token WHERE expires_at <= ?", &params[2], 1, NULL,
                         err) &&
           cf_db_execute(db,
                         "INSERT INTO revoked_token (jti, expires_at) VALUES (?, ?) "
                         "ON CONFLICT (jti) DO NOTHING",
                         params, 2, NULL, err);
}
