/* address.h -- what an e-mail address and a domain name look like. */
#ifndef CARAFE_ADDRESS_H
#define CARAFE_ADDRESS_H

#include <carafe/str.h>

/* Whether a host is a domain name: labels of letters, digits and hyphens (RFC 1123), or of any
 * non-ASCII text.
 *
 * Args: needs_dot: one label, "localhost", is not enough.
 */
bool cf_is_domain(cf_str host, bool needs_dot);

/* Whether a text is a plausible e-mail address (RFC 5321's sizes, dot-atoms; RFC 6531's
 * international local parts and domains; a domain of at least two labels). */
bool cf_is_email(cf_str text);

#endif
