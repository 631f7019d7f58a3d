/* accept.h -- what a client accepts: Accept, Accept-Charset, Accept-Encoding, Accept-Language. */
#ifndef CARAFE_ACCEPT_H
#define CARAFE_ACCEPT_H

#include <carafe/arena.h>
#include <carafe/str.h>

typedef enum cf_accept_kind {
    CF_ACCEPT_PLAIN, /* Equal without case; "*" matches anything. Also for encodings. */
    CF_ACCEPT_MIME,
    CF_ACCEPT_LANGUAGE,
    CF_ACCEPT_CHARSET,
} cf_accept_kind;

typedef struct cf_accept_item {
    cf_str value;   /* "text/html; level=1", "en-GB", "gzip", "*" */
    double quality; /* 0 to 1; 0 forbids. */
} cf_accept_item;

/* Most specific first, then by quality, then as sent. */
typedef struct cf_accept {
    cf_accept_kind  kind;
    cf_accept_item *items;
    size_t          len, cap;
    cf_arena       *arena;
} cf_accept;

/* Parses a field's value (several fields joined by ","). At most 100 items are kept. */
cf_accept cf_accept_parse(cf_arena *arena, cf_accept_kind kind, cf_str header);

/* Builds one from items; they are sorted. */
cf_accept cf_accept_make(cf_arena *arena, cf_accept_kind kind, const cf_accept_item *items,
                         size_t count);

/* The quality of an offer; 0 when it is not accepted. */
double cf_accept_quality(const cf_accept *accept, cf_str offer);

/* The offer the client likes best; among equals the one its most specific item names, then the
 * first.
 *
 * Returns: one of the offers, or `fallback` when none is accepted.
 */
cf_str cf_accept_best(const cf_accept *accept, const cf_str *offers, size_t count, cf_str fallback);

#endif
