/* parser_internal.h -- what the parts of the request parser share.
 *
 * http_parser.c scans bytes into fields, request_fields.c judges the fields that decide how the
 * message is framed, request_target.c splits the target. */
#ifndef CARAFE_HTTP_PARSER_INTERNAL_H
#define CARAFE_HTTP_PARSER_INTERNAL_H

#include <carafe/http_parser.h>

/* Ends the parse: sets status and message. Returns false. */
bool cf__http_reject(cf_http_parser *parser, int status, const char *format, ...) CF_PRINTF(3, 4);

/* Looks at a field that has just been read; rejects what is wrong with it. */
bool cf__http_field(cf_http_parser *parser, const cf_header *field);

/* Decides framing and connection from all the fields, once the head is complete. Fills the
 * request but for its target. */
bool cf__http_frame(cf_http_parser *parser, cf_http_request *request);

/* Splits the target into path, query and, in absolute form, host. */
bool cf__http_target(cf_http_parser *parser, cf_http_request *request);

/* Prepares the body's decoder. Args: length: -1 for chunked. */
void cf__http_body_init(cf_http_body *body, int64_t length, int64_t limit);

#endif
