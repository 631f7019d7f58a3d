/* field.h -- the grammars that HTTP header values share: lists, options, quoting, credentials. */
#ifndef CARAFE_FIELD_H
#define CARAFE_FIELD_H

#include <carafe/params.h>
#include <carafe/time.h>

/* Appends a value as a token, or quoted when it is none. `always`: quotes even tokens. */
void cf_field_quote(cf_buf *out, cf_str value, bool always);
/* Takes quotes and backslashes away; unquoted text stays. */
cf_str cf_field_unquote(cf_arena *arena, cf_str value);

/* Steps over a comma-separated list, commas in quotes not counting: returns false at its end.
 * *item is trimmed and as sent, quotes included; empty items are skipped. */
bool cf_field_next(cf_str *rest, cf_str *item);

/* All items of such a list, unquoted where a whole item is quoted. A quote that is never closed
 * makes the list empty. Returns how many; at most 1,000. */
size_t cf_field_list(cf_arena *arena, cf_str list, cf_str **items);

/* Whether a comma-separated list names a token, case ignored. */
bool cf_field_has(cf_str list, const char *token);

/* Splits "text/html; charset=\"utf-8\"; x=1" into its value and options. Options' names are lower
 * case; RFC 2231 forms (name*=UTF-8''…, name*0=…) are decoded and joined; a repeated option keeps
 * its first place with the last value. At most 64 options. */
cf_str cf_field_options(cf_arena *arena, cf_str field, cf_params *options);

/* Appends "value; name=x; other=\"y z\"". */
void cf_field_write_options(cf_buf *out, cf_str value, const cf_params *options);

/* Appends the pairs "a=1, b, c=\"x y\""; one whose value has ptr NULL is written bare. */
void cf_field_write_pairs(cf_buf *out, const cf_params *pairs);

/* Parses the pairs "a=1, b, c=\"x y\""; bare names get a value with ptr NULL. A repeated name keeps
 * its first place with the last value. */
void cf_field_pairs(cf_arena *arena, cf_str field, cf_params *pairs);

/* Credentials of an Authorization field. */
typedef struct cf_authorization {
    cf_str    scheme;         /* Lower case: "basic", "bearer", "digest", … */
    cf_str    user, password; /* Basic. */
    cf_str    token;          /* Schemes with a single token, such as Bearer. */
    cf_params parameters;     /* The others. */
} cf_authorization;

/* Parses an Authorization field. Errors: CF_EPARSE. */
bool cf_authorization_parse(cf_arena *arena, cf_str field, cf_authorization *out, cf_error *err);

/* A Cache-Control directive's value: ptr NULL when absent, empty when it has none. */
cf_str cf_cache_control(cf_str field, const char *directive);

/* The text between "text/html" and its options, lower case: "text/html". */
cf_str cf_media_type(cf_arena *arena, cf_str field);

#endif
