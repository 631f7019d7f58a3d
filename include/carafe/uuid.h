/* uuid.h -- universally unique identifiers. Source: RFC 9562. */
#ifndef CARAFE_UUID_H
#define CARAFE_UUID_H

#include <carafe/value.h>

/* Sixteen bytes in the order they are written. All zero is none. */
typedef struct cf_uuid {
    uint8_t bytes[16];
} cf_uuid;

/* A random one (version 4). */
cf_uuid cf_uuid_random(void);

/* Reads "6f1c33a8-0d8e-4b0e-9f0a-3a1f5f3b2c11", either case, with or without the dashes. */
bool cf_uuid_parse(cf_str text, cf_uuid *out);

/* The 36 characters with dashes, in lower case, into out. */
void cf_uuid_text(cf_uuid uuid, char out[37]);

bool cf_uuid_is_none(cf_uuid uuid);
bool cf_uuid_equal(cf_uuid a, cf_uuid b);

/* An object value in the manner of Python's UUID: prints its 36 characters, has hex and version,
 * compares, and is text in JSON. None gives none. */
cf_value cf_uuid_value(cf_arena *arena, cf_uuid uuid);

/* Whether a value is such an object; and which. */
bool cf_value_uuid(cf_value v, cf_uuid *out);

#endif
