/* field_internal.h -- RFC 2231's encoded values, for options and pairs. */
#ifndef CARAFE_HTTP_FIELD_INTERNAL_H
#define CARAFE_HTTP_FIELD_INTERNAL_H

#include <carafe/arena.h>
#include <carafe/str.h>

/* Splits "charset'language'text": false, and nothing changed, for another form. */
bool cf__field_charset(cf_str *value, cf_str *charset);

/* Percent-decodes text of a charset into UTF-8; unchanged for a charset that is not supported. */
cf_str cf__field_decode(cf_arena *arena, cf_str value, cf_str charset);

/* Bytes of a charset as UTF-8; of one that is not supported as if they were UTF-8, what is not
 * replaced by U+FFFD. */
cf_str cf__charset_to_utf8(cf_arena *arena, cf_str bytes, cf_str charset);

#endif
