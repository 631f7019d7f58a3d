/* session.h -- values that follow one visitor from request to request, in an encrypted cookie.
 *
 * The cookie is written only when something changed; reading it adds "Vary: Cookie". Whoever
 * changes a bit of it is a new visitor. */
#ifndef CARAFE_SESSION_H
#define CARAFE_SESSION_H

#include <carafe/request.h>

/* A value, undefined when absent. Lists and maps must not be changed in place: set them anew. */
cf_value cf_session_get(cf_request *req, const char *name);
/* Sets a value: cf_session_set(req, "sidebar", true). */
#define cf_session_set(req, name, x) cf_session_put((req), (name), cf_value_of(x))
void cf_session_put(cf_request *req, const char *name, cf_value value);
/* Removes a value; returns whether it was there. */
bool cf_session_remove(cf_request *req, const char *name);
/* Forgets everything. */
void cf_session_clear(cf_request *req);
/* Whether it outlives the browser: PERMANENT_SESSION_LIFETIME (31 days). */
void cf_session_permanent(cf_request *req, bool permanent);
/* Drops what an earlier visitor could know (the CSRF token); for signing in and out. Values stay.
 */
void cf_session_renew(cf_request *req);
/* When the cookie was sealed, seconds since 1970; 0 for a new session. */
int64_t cf_session_issued(cf_request *req);
/* The object {{ session }} is. */
cf_value cf_session_value(cf_request *req);

/* A message for the next page that shows messages. Categories: "success", "info", "warning",
 * "danger"; any other is fine. */
void cf_flash(cf_request *req, const char *category, const char *format, ...) CF_PRINTF(3, 4);
/* Takes the messages: a list of (category, message) tuples. */
cf_list *cf_flashed_messages(cf_request *req);

/* The token that unsafe requests of this session must bring, as form field csrf_token or header
 * X-CSRFToken. Differs from answer to answer, so that compressed pages do not leak it. */
const char *cf_csrf_token(cf_request *req);
/* Checks a token against the session. Errors: CF_EBADSIG, CF_EEXPIRED with a sentence for people.
 */
bool cf_csrf_valid(cf_request *req, cf_str token, cf_error *err);
/* What the framework does before the view of an unsafe method: origin, then token. */
bool cf_csrf_check(cf_request *req, cf_error *err) CF_SUSPENDS;

#endif
