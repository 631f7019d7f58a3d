/* params.h -- names with values in order, names repeated at will: query strings, forms, cookies. */
#ifndef CARAFE_PARAMS_H
#define CARAFE_PARAMS_H

#include <carafe/arena.h>
#include <carafe/buf.h>
#include <carafe/error.h>
#include <carafe/str.h>

typedef struct cf_param {
    cf_str name, value; /* The bytes are followed by a NUL that is not counted. */
} cf_param;

typedef struct cf_params {
    cf_param *items;
    size_t    len, cap;
    cf_arena *arena;
} cf_params;

/* An empty map in an arena. */
static inline cf_params cf_params_in(cf_arena *arena)
{
    return (cf_params){ .arena = arena };
}

/* The first value of a name; ptr NULL when absent. */
cf_str cf_params_get(const cf_params *params, const char *name);
cf_str cf_params_get_str(const cf_params *params, cf_str name);

/* Steps over the values of a name: *at is 0 at first. Returns false at the end. */
bool cf_params_next(const cf_params *params, cf_str name, size_t *at, cf_str *value);

/* Appends views that live as long as the map. */
void cf_params_push(cf_params *params, cf_str name, cf_str value);

/* Appends copies of both. */
void cf_params_add(cf_params *params, cf_str name, cf_str value);

/* Replaces the first value of a name, or appends. Views are kept, not copied. */
void cf_params_put(cf_params *params, cf_str name, cf_str value);

/* Appends the pairs of a urlencoded text ("a=1&b=two+words"), percent-decoded, '+' a space, pairs
 * without '=' with an empty value, empty pairs skipped. Bytes that are no UTF-8 stay
 * percent-encoded.
 *
 * Args:
 *   max: most pairs; 0 means 1,000.
 *
 * Errors: CF_ELIMIT.
 * Source: WHATWG URL, application/x-www-form-urlencoded.
 */
bool cf_params_parse(cf_params *params, cf_str text, size_t max, cf_error *err);

/* Appends the pairs urlencoded, joined by '&'. */
void cf_params_write(cf_buf *out, const cf_params *params);

#endif
