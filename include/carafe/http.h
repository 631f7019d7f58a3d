/* http.h -- the parts of HTTP that both sides of a connection share: methods, headers, messages.
 *
 * Nothing here does input or output. */
#ifndef CARAFE_HTTP_H
#define CARAFE_HTTP_H

#include <carafe/arena.h>
#include <carafe/buf.h>
#include <carafe/error.h>
#include <carafe/str.h>
#include <carafe/time.h>

/* Methods as bits, so that a route can name several. */
typedef enum cf_method {
    CF_GET = 1 << 0,
    CF_HEAD = 1 << 1,
    CF_POST = 1 << 2,
    CF_PUT = 1 << 3,
    CF_PATCH = 1 << 4,
    CF_DELETE = 1 << 5,
    CF_OPTIONS = 1 << 6,
    CF_OTHER_METHOD = 1 << 7, /* Anything else; method_text says which. */
} cf_method;

/* One header field. Names compare without case; values are trimmed. */
typedef struct cf_header {
    cf_str name, value;
} cf_header;

typedef struct cf_headers {
    cf_header *items;
    size_t     len, cap;
    cf_arena  *arena;
} cf_headers;

/* Empty headers in an arena. */
static inline cf_headers cf_headers_in(cf_arena *arena)
{
    return (cf_headers){ .arena = arena };
}
/* The first field with a name; ptr NULL when absent. */
cf_str cf_headers_get(const cf_headers *headers, const char *name);
/* Every field with a name joined by ", ", as the list rules allow. */
cf_str cf_headers_joined(cf_arena *arena, const cf_headers *headers, const char *name);
/* How many fields have a name. */
size_t cf_headers_count(const cf_headers *headers, const char *name);
/* Adds a field whose name and value are views that live as long as the headers and are known to be
 * clean, such as literals and what the parser read. */
void cf_headers_push(cf_headers *headers, cf_str name, cf_str value);
/* Adds a field. Name and value are copied; a name that is no token, and CR, LF, NUL or another
 * control character in a value, are refused (CF_EINVAL). */
bool cf_headers_add(cf_headers *headers, const char *name, cf_str value, cf_error *err);
/* Replaces every field with the name by one. */
bool cf_headers_set(cf_headers *headers, const char *name, cf_str value, cf_error *err);
void cf_headers_remove(cf_headers *headers, const char *name);

/* Where a request's body comes from: a connection, a test, a buffer. */
typedef struct cf_body {
    /* Reads up to `size` bytes; *got 0 at the end. Errors: CF_ELIMIT (413), CF_ETIMEOUT (408),
     * CF_EPARSE (400), CF_ECLOSED. */
    bool (*read)(void *data, void *buf, size_t size, size_t *got, cf_error *err) CF_SUSPENDS;
    void   *data;
    int64_t length; /* Content-Length; -1 when chunked; 0 when there is none. */
} cf_body;

/* A parsed request. Views live as long as its arena. */
typedef struct cf_http_request {
    cf_method  method;
    cf_str     method_text;
    cf_str     target;     /* As sent. */
    cf_str     path;       /* Target up to '?', still percent-encoded; absolute-form reduced. */
    cf_str     query;      /* After '?', without it. */
    cf_str     host;       /* Host field or the target's authority. */
    int        version;    /* 10 or 11; 20 for HTTP/2. */
    bool       keep_alive; /* The client lets the connection stay open. */
    bool       expect_continue; /* It waits for "100 Continue" before it sends the body. */
    bool       upgrade;         /* CONNECT, or Connection: upgrade: what follows may not be HTTP. */
    bool       coded;           /* The body carries a transfer coding beside chunked. */
    cf_headers headers;
    cf_body    body;
    cf_str     peer; /* Address of the other end, "127.0.0.1"; no port. */
    int        peer_port;
    bool       secure; /* Came over TLS. */
} cf_http_request;

/* What to answer. The zero value with a status is an empty answer. */
typedef struct cf_http_response {
    int        status;
    cf_headers headers; /* Without Date, Content-Length, Connection: the writer adds them. */
    cf_str     body; /* Used when neither file nor stream is set; must live as long as the arena. */
    int     file; /* File descriptor + 1 to send from (sendfile), closed by the sender; 0: none. */
    int64_t file_offset, file_length;
    /* Streams: called once the head is written; writes the body to the sink, piece by piece. */
    bool (*stream)(void *data, const cf_sink *sink, cf_error *err) CF_SUSPENDS;
    void   *stream_data;
    int64_t stream_length; /* Bytes the stream will give; -1: unknown, sent chunked. */
    bool    close;         /* Close the connection afterwards. */
} cf_http_response;

/* Whether the bytes are a token: a field name, a method, a cookie's name. */
bool cf_is_token(cf_str text);
/* "Not Found" for 404; "Unknown" for codes without a phrase. */
const char *cf_status_text(int status);
/* The bit of a method's name, CF_OTHER_METHOD when it has none; and back. */
cf_method   cf_method_of(cf_str text);
const char *cf_method_name(cf_method method);
/* Whether a method is one that is registered for HTTP: a server answers 501 to any other. */
bool cf_method_known(cf_str text);

#endif
