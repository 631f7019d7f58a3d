/* http_parser.h -- reads HTTP/1.1 requests from bytes as they come, and bodies after them.
 *
 * Strict: whatever two servers could read in two ways is refused. Fed in pieces of any size, a
 * connection's bytes give the same requests and the same verdict.
 *
 *     cf_http_parser_start(&parser, arena);
 *     switch (cf_http_parser_feed(&parser, &input)) {
 *     case CF_HTTP_MORE:   read more bytes, feed again
 *     case CF_HTTP_DONE:   parser.request is there; parser.body decodes what follows
 *     case CF_HTTP_FAILED: answer parser.status and close
 *     } */
#ifndef CARAFE_HTTP_PARSER_H
#define CARAFE_HTTP_PARSER_H

#include <carafe/http.h>

/* Zero means the default. */
typedef struct cf_http_limits {
    size_t  max_line;         /* 8 KiB: the request line; 414 above. */
    size_t  max_headers;      /* 32 KiB: all fields with their line ends; 431 above. */
    size_t  max_header_count; /* 100; 431 above. */
    int64_t max_body;         /* 16 MiB: bytes of content; 413 above. */
    bool    host_optional;    /* HTTP/1.1 without a Host field is let through. */
} cf_http_limits;

typedef enum cf_http_result {
    CF_HTTP_MORE,   /* All input was used; more is needed. */
    CF_HTTP_DONE,   /* The head, or the body, is complete; the input begins behind it. */
    CF_HTTP_PIECE,  /* Bodies only: a piece of content was found. */
    CF_HTTP_FAILED, /* `status` says what to answer, `error` why; the connection must close. */
} cf_http_result;

/* Decodes one body: none, by length, or chunked. Zero value: no body. */
typedef struct cf_http_body {
    bool    chunked;
    int     status; /* After CF_HTTP_FAILED: 400, 413 or 431. */
    int64_t total;  /* Bytes of content so far. */

    /* private */
    uint8_t state;
    uint8_t digits;     /* Of the chunk's size. */
    int64_t left;       /* Bytes missing of the body or the chunk. */
    int64_t limit;      /* Most bytes of content. */
    size_t  extensions; /* Bytes of all chunk extensions so far. */
    size_t  trailer;    /* Bytes of the trailer section so far. */
} cf_http_body;

/* Takes bytes from the front of *input.
 *
 * Args:
 *   input: advanced past what was used.
 *   piece: after CF_HTTP_PIECE a view into the input.
 *
 * Returns: CF_HTTP_PIECE until the input is used up or the body complete.
 */
cf_http_result cf_http_body_next(cf_http_body *body, cf_str *input, cf_str *piece, cf_error *err);

/* Whether the body's last byte has been seen. */
bool cf_http_body_done(const cf_http_body *body);

/* One connection's parser. Embed it; only the members named here are for callers. */
typedef struct cf_http_parser {
    cf_http_request *request; /* After CF_HTTP_DONE: in the arena, views included. */
    cf_http_body     body;    /* After CF_HTTP_DONE: for the bytes that follow. */
    int              status;  /* After CF_HTTP_FAILED: 400 414 413 417 431 501 505. */
    cf_error         error;   /* After CF_HTTP_FAILED: one sentence. */

    /* private */
    cf_http_limits limits;
    cf_arena      *arena;
    uint8_t        state;
    bool           seen_host, seen_upgrade;
    uint8_t        coding;     /* What the Transfer-Encoding fields say so far. */
    uint8_t        connection; /* What the Connection fields say so far. */
    bool           expect;     /* Expect: 100-continue */
    int64_t        length;     /* Content-Length; -1 when there is none. */
    cf_str         host;       /* The Host field's value. */
    const char    *base;       /* First byte of the head, in the input or in `saved`. */
    char          *saved;      /* Bytes of a head that came in pieces. */
    size_t         saved_len, saved_cap;
    size_t         bound; /* Most bytes from base that this part of the head may reach. */
    uint32_t       blank; /* Empty lines' bytes before the request. */
    const char    *mark;  /* Start of the token being read. */
    cf_str         method, target;
    int            version;
    cf_header      field; /* Being read. */
    cf_headers     fields;
} cf_http_parser;

/* Prepares a connection's parser. Args: limits: copied; NULL for the defaults. */
void cf_http_parser_init(cf_http_parser *parser, const cf_http_limits *limits);

/* Begins a request; everything of it will be in the arena. */
void cf_http_parser_start(cf_http_parser *parser, cf_arena *arena);

/* Reads a request's head: request line and fields. The input may be reused afterwards: what the
 * request keeps is copied, once.
 *
 * Args:
 *   input: advanced past what was used; after CF_HTTP_DONE it begins with the body.
 */
cf_http_result cf_http_parser_feed(cf_http_parser *parser, cf_str *input);

/* Whether bytes of a head have been seen since the start: an idle connection's end is no error. */
bool cf_http_parser_begun(const cf_http_parser *parser);

#endif
