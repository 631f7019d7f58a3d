/* json.h -- JSON in through a strict parser with limits, JSON out straight from values. */
#ifndef CARAFE_JSON_H
#define CARAFE_JSON_H

#include <carafe/value.h>

/* Most nesting that is read or written. */
#define CF_JSON_DEPTH 256

/* Parses one JSON text (RFC 8259; UTF-8 only; duplicate keys refused; no trailing bytes). Objects
 * keep their order; integers up to 64 bits stay integers.
 *
 * Errors: CF_EPARSE with line and column; CF_ELIMIT for depth.
 */
bool cf_json_parse(cf_arena *arena, cf_str text, cf_value *out, cf_error *err);

typedef struct cf_json_options {
    int    indent;    /* Spaces a level; 0 is compact: {"a":1}. */
    cf_str indent_by; /* When given, even if empty, what a level is indented by instead. */
    bool   spaced;    /* Compact with spaces, as Python's json.dumps: {"a": 1}. */
    bool   ascii;     /* Non-ASCII as \uXXXX. */
    bool   html_safe; /* < > & ' as \u00XX, and U+2028/9: may stand in a script element. */
    bool   sort_keys;
} cf_json_options;

/* Appends a value as JSON. Objects are written by their class' json(), times as ISO text.
 *
 * Args:
 *   eval: may be NULL when no objects are in it.
 *   options: NULL for compact UTF-8.
 *
 * Errors: CF_ETYPE (undefined, function, NaN), CF_ELIMIT (depth, buffer).
 */
bool cf_json_write(cf_eval *eval, cf_value value, const cf_json_options *options, cf_buf *out,
                   cf_error *err);

#endif
