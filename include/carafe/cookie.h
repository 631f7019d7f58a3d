/* cookie.h -- reads Cookie fields and writes Set-Cookie ones. */
#ifndef CARAFE_COOKIE_H
#define CARAFE_COOKIE_H

#include <carafe/params.h>
#include <carafe/time.h>

/* Appends the cookies of a Cookie field's value, quoted values unquoted, in order; pieces without a
 * name are skipped.
 *
 * Args:
 *   max: most cookies; 0 means 200; the rest is ignored.
 */
void cf_cookies_parse(cf_params *cookies, cf_str header, size_t max);

typedef enum cf_same_site {
    CF_SAMESITE_UNSET,
    CF_SAMESITE_LAX,
    CF_SAMESITE_STRICT,
    CF_SAMESITE_NONE,
} cf_same_site;

/* "Lax", "strict", "NONE": any case. */
bool cf_same_site_parse(cf_str text, cf_same_site *out);

/* One cookie to set. Zero means: a session cookie for the whole site. */
typedef struct cf_cookie {
    cf_str       name, value; /* The value may hold any bytes: it is quoted when need be. */
    cf_str       path;        /* ptr NULL: "/"; empty: no Path attribute. */
    cf_str       domain;      /* A leading '.' is dropped; other alphabets become Punycode. */
    int64_t      max_age;     /* Seconds; 0: until the browser ends. */
    cf_time      expires;     /* Zero: none. */
    bool         remove;      /* Tell the browser to forget it; max_age and expires are not used. */
    bool         secure, http_only;
    bool         partitioned; /* Implies secure. */
    cf_same_site same_site;
} cf_cookie;

/* Appends the value of a Set-Cookie field.
 *
 * Errors: CF_EINVAL for a name that is no token, a path or domain with ';' or control characters;
 * CF_ELIMIT when name, value and attributes exceed 4,096 bytes, which browsers drop.
 */
bool cf_cookie_write(cf_buf *out, const cf_cookie *cookie, cf_error *err);

#endif
