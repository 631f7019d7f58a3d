/* csrf.c -- proof that an unsafe request was sent by a page of ours.
 *
 * The session holds a random secret; a form brings it sealed, so each answer's token differs and
 * has an age. Before that, what browsers say of where a request comes from is heard. */
#include "web/web.h"

#include <carafe/url.h>

#define PURPOSE "csrf"

static const char *secret_of(cf_request *req)
{
    cf_value secret = cf_session_get(req, "_csrf");

    if (secret.type == CF_TYPE_STRING && secret.len >= 16)
        return cf_cstr(req->arena, secret, "");
    secret = cf_string(cf_random_token(req->arena, 18));
    cf_session_put(req, "_csrf", secret);
    return secret.as.text;
}

const char *cf_csrf_token(cf_request *req)
{
    if (!req->csrf_token) {
        cf_str token = cf_seal(req->arena, req->app->keyring, PURPOSE, cf_str_of(secret_of(req)),
                               cf_now().us / CF_SECOND);
        req->csrf_token = cf_str_dup(req->arena, token);
    }
    return req->csrf_token;
}

bool cf_csrf_valid(cf_request *req, cf_str token, cf_error *err)
{
    cf_value secret = cf_session_get(req, "_csrf");
    CF_NO_ERROR(why);
    cf_str payload;

    if (!token.len)
        return cf_fail(err, CF_EBADSIG, "The CSRF token is missing.");
    if (secret.type != CF_TYPE_STRING || !secret.len)
        return cf_fail(err, CF_EBADSIG, "The CSRF session token is missing.");
    if (!cf_open(req->arena, req->app->keyring, PURPOSE, token, cf_now().us / CF_SECOND,
                 req->app->settings.csrf_lifetime, &payload, NULL, &why))
        return why.code == CF_EEXPIRED ? cf_fail(err, CF_EEXPIRED, "The CSRF token has expired.")
                                       : cf_fail(err, CF_EBADSIG, "The CSRF token is invalid.");
    if (!cf_secure_eq(payload, cf_text(secret)))
        return cf_fail(err, CF_EBADSIG, "The CSRF tokens do not match.");
    return true;
}

/* Host and port of a URL: "example.org:8080". */
static cf_str authority_of(const cf_url *url)
{
    cf_str user, host;

    if (cf_str_rcut(url->authority, '@', &user, &host))
        return host;
    return url->authority;
}

/* Whether an Origin or Referer is this site, or one that may send forms here. */
static bool is_friend(cf_request *req, const char *from, bool *malformed)
{
    const web_settings *s = &req->app->settings;
    cf_url              url;
    cf_str              host;

    *malformed = !cf_url_split(cf_str_of(from), &url, NULL) || !url.has_authority;
    if (*malformed)
        return false;
    host = authority_of(&url);
    for (size_t i = 0; i < s->ncsrf_origins; i++)
        if (cf_str_iis(host, s->csrf_origins[i]))
            return true;
    if (cf_request_is_secure(req) && !cf_str_iis(url.scheme, "https"))
        return false;
    cf_str port = cf_str_iis(url.scheme, "https") ? CF_STR(":443") : CF_STR(":80");
    if (cf_str_ends(host, port))
        host.len -= port.len;
    return cf_str_iis(host, cf_request_host(req)) ||
           (s->server_name && cf_str_iis(host, s->server_name));
}

static bool check_origin(cf_request *req, cf_error *err)
{
    const char *origin = cf_request_header(req, "Origin");
    const char *referrer = cf_request_header(req, "Referer");
    bool        malformed;

    if (origin && strcmp(origin, "null") != 0) {
        if (is_friend(req, origin, &malformed))
            return true;
        return cf_fail(err, CF_EBADSIG, "The request comes from another site (%s).", origin);
    }
    if (!cf_request_is_secure(req))
        return true;
    if (!referrer)
        return cf_fail(err, CF_EBADSIG, "The referrer header is missing.");
    if (!is_friend(req, referrer, &malformed))
        return cf_fail(err, CF_EBADSIG, "The referrer does not match the host.");
    return true;
}

bool cf_csrf_check(cf_request *req, cf_error *err)
{
    const char *token = cf_request_header(req, "X-CSRFToken");

    if (!check_origin(req, err))
        return false;
    if (!token)
        token = cf_request_header(req, "X-CSRF-Token");
    if (!token) {
        token = cf_form_arg(req, "csrf_token", NULL);
        if (req->error.code) { /* The form could not be read: that says more than "missing". */
            if (err && err != &req->error)
                *err = req->error;
            return false;
        }
    }
    return cf_csrf_valid(req, cf_str_of(token), err);
}
