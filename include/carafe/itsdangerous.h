/* itsdangerous.h -- reading the signed tokens of a Flask application that moved here.
 *
 * Session cookies and links in mails that Flask signed stay valid after the move. Carafe's own
 * tokens are those of crypto.h. */
#ifndef CARAFE_ITSDANGEROUS_H
#define CARAFE_ITSDANGEROUS_H

#include <carafe/value.h>

/* How a signing key comes from the secret and the salt. */
typedef enum cf_key_derivation {
    CF_DERIVE_DJANGO_CONCAT, /* itsdangerous' default */
    CF_DERIVE_CONCAT,
    CF_DERIVE_HMAC, /* Flask's sessions */
    CF_DERIVE_NONE,
} cf_key_derivation;

typedef struct cf_itsdangerous_options {
    cf_str            secret;
    cf_str            salt; /* "cookie-session" for Flask's sessions; empty: "itsdangerous". */
    cf_key_derivation derivation;
    const char       *digest; /* "sha1", "sha256", "sha384", "sha512" or "md5"; NULL: "sha1". */
    bool url_safe; /* The payload is base64url, zlib-compressed when it begins with a dot. */
    bool timed;    /* A date stands before the signature. */
} cf_itsdangerous_options;

/* Checks a token and parses its JSON payload.
 *
 * Args:
 *   now: seconds since 1970.
 *   max_age: seconds for a timed token; 0 means forever.
 *
 * Errors: CF_EBADSIG, CF_EEXPIRED (also when dated in the future), CF_EPARSE for a payload that is
 * no JSON, CF_EUNSUPPORTED for an unknown digest.
 */
bool cf_itsdangerous_load(cf_arena *arena, const cf_itsdangerous_options *options, cf_str token,
                          int64_t now, int64_t max_age, cf_value *out, cf_error *err);

#endif
