/* url.h -- percent-encoding, splitting and joining URLs, and URLs in other alphabets. */
#ifndef CARAFE_URL_H
#define CARAFE_URL_H

#include <carafe/arena.h>
#include <carafe/buf.h>
#include <carafe/error.h>
#include <carafe/str.h>

/* Decodes %XX; sequences that are none stay as they are. The result is followed by a NUL and may
 * hold any byte. */
cf_str cf_url_decode(cf_arena *arena, cf_str text);
/* The same with '+' a space, as in query strings and forms. */
cf_str cf_url_decode_plus(cf_arena *arena, cf_str text);

/* Appends with every byte but letters, digits, "-._~" and those in `safe` as %XX. Args: safe: may
 * be NULL. */
void cf_url_encode(cf_buf *out, cf_str text, const char *safe);
/* The same with spaces as '+', as forms are sent. */
void cf_url_encode_plus(cf_buf *out, cf_str text);

/* The parts of a URL, still encoded; the presence flags tell "x?" from "x". */
typedef struct cf_url {
    cf_str scheme;    /* "https", without ':'. */
    cf_str authority; /* "user@host:80" */
    cf_str user;      /* "user" or "user:password" */
    cf_str host;      /* "example.com"; "::1" without its brackets. */
    cf_str path, query, fragment;
    int    port; /* -1 when there is none. */
    bool   has_authority, has_query, has_fragment;
} cf_url;

/* Splits a URL or a relative reference.
 *
 * Errors: CF_EPARSE for a port that is no number up to 65535, or an unclosed bracket.
 * Source: RFC 3986.
 */
bool cf_url_split(cf_str text, cf_url *out, cf_error *err);

/* Appends the parts again. */
void cf_url_write(cf_buf *out, const cf_url *url);

/* Resolves a reference against a base URL ("../x" against "/a/b/c" gives "/a/x").
 *
 * Source: RFC 3986, 5.2.
 */
cf_str cf_url_join(cf_arena *arena, cf_str base, cf_str reference);

/* Whether following the reference stays on this site: a path of one leading '/', without '\\',
 * control characters or white space at its ends. For `next=` parameters. */
bool cf_url_is_local(cf_str reference);

/* Whether a Host field's value is well-formed: a name, IPv4 or bracketed IPv6 address, and an
 * optional port. An empty one is. */
bool cf_host_is_valid(cf_str host);

/* A host name in ASCII: labels with other characters are case-folded and written in Punycode
 * ("föö.com" is "xn--f-1gaa.com"). And the other way; labels that do not decode stay.
 *
 * Source: RFC 3490 (IDNA), RFC 3492.
 */
cf_str cf_host_to_ascii(cf_arena *arena, cf_str host);
cf_str cf_host_to_unicode(cf_arena *arena, cf_str host);

/* An address with any characters as ASCII: Punycode in the host, UTF-8 percent-encoded elsewhere;
 * what is encoded stays so. */
cf_str cf_iri_to_uri(cf_arena *arena, cf_str iri);
/* The other way: readable characters decoded, reserved and invisible ones left encoded. */
cf_str cf_uri_to_iri(cf_arena *arena, cf_str uri);

/* Joins a relative path from outside to a folder. ptr NULL when it would leave it: "..", a leading
 * '/', a NUL, or (on systems that have them) a device name. Args: folder: empty means ".". */
cf_str cf_path_join(cf_arena *arena, cf_str folder, cf_str path);

/* A file name from outside made harmless: ASCII letters, digits, ".-_" only, no leading dots, no
 * folders, marks dropped from letters ("ü" is "u"). May be empty. */
cf_str cf_secure_filename(cf_arena *arena, cf_str name);

#endif
