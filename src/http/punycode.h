/* punycode.h -- one label of a host name in Punycode and back (RFC 3492), without its "xn--". */
#ifndef CARAFE_HTTP_PUNYCODE_H
#define CARAFE_HTTP_PUNYCODE_H

#include <carafe/buf.h>

/* The most code points a label may have, either way. */
#define CF__LABEL_MAX 63

/* Appends the encoding of UTF-8 text. False when it is too long. */
bool cf__punycode_encode(cf_buf *out, cf_str label);

/* Appends the decoded text as UTF-8. False when it is malformed. */
bool cf__punycode_decode(cf_buf *out, cf_str text);

#endif
