/* http_writer.h -- writes the heads of HTTP/1.1 responses, and the frames of chunked bodies. */
#ifndef CARAFE_HTTP_WRITER_H
#define CARAFE_HTTP_WRITER_H

#include <carafe/http.h>

/* What the head depends on beside the response. */
typedef struct cf_http_head {
    cf_method method;     /* Of the request: an answer to HEAD has no body. */
    int       version;    /* Of the request: 10 or 11. */
    bool      keep_alive; /* The connection stays open afterwards. */
    cf_str    date;       /* "Date: Mon, 23 Nov 2026 16:25:33 GMT\r\n", prepared once a second. */
} cf_http_head;

/* How the body follows the head. */
typedef enum cf_http_framing {
    CF_FRAME_NONE,    /* No bytes follow: HEAD, 1xx, 204, 304, or an empty body. */
    CF_FRAME_LENGTH,  /* Exactly the announced bytes. */
    CF_FRAME_CHUNKED, /* Chunks, then cf_http_write_last_chunk(). */
    CF_FRAME_CLOSE,   /* Until the connection closes (HTTP/1.0 streams of unknown length). */
} cf_http_framing;

/* The length of a response's body; -1 when it is not known. */
int64_t cf_http_response_length(const cf_http_response *response);

/* Appends status line, Date, the response's fields, Content-Length or Transfer-Encoding,
 * Connection, and the empty line. Fields that the writer owns (Date, Content-Length,
 * Transfer-Encoding, Connection, Keep-Alive) are skipped among the response's; Content-Length is
 * kept for HEAD and 304, where it tells what GET would give.
 *
 * Returns: how the body must follow.
 */
cf_http_framing cf_http_write_head(cf_buf *out, const cf_http_head *head,
                                   const cf_http_response *response);

/* Writes "Date: …\r\n" into `out`; returns its length, always 37. */
size_t cf_http_date_line(cf_time now, char out[40]);

/* Appends the line that precedes `size` bytes of a chunk; after them comes "\r\n". Size not 0. */
void cf_http_write_chunk_head(cf_buf *out, size_t size);

/* What ends a chunked body. */
#define CF_LAST_CHUNK "0\r\n\r\n"

/* The interim answer to Expect: 100-continue. */
#define CF_HTTP_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

#endif
