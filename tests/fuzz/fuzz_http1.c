/* fuzz_http1.c -- a connection's bytes: fed whole and in pieces they must give the same requests
 * and the same verdict. The first byte chooses the pieces' size. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/http_parser.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A connection whose pieces live only while they are fed. */
typedef struct connection {
    cf_str         rest;
    size_t         chunk;
    char          *piece;
    cf_str         input;
    cf_arena      *arena;
    cf_http_parser parser;
    cf_buf         transcript;
} connection;

static bool refill(connection *con)
{
    size_t size = con->rest.len < con->chunk ? con->rest.len : con->chunk;

    if (con->input.len)
        return true;
    if (size == 0)
        return false;
    free(con->piece);
    con->piece = malloc(size);
    memcpy(con->piece, con->rest.ptr, size);
    con->input = cf_str_n(con->piece, size);
    con->rest = cf_str_slice(con->rest, size, con->rest.len);
    return true;
}

static void note_request(connection *con)
{
    const cf_http_request *r = con->parser.request;

    cf_buf_printf(&con->transcript, "%d %d %d %d %d %d %lld\n", (int)r->method, r->version,
                  r->keep_alive, r->expect_continue, r->upgrade, r->coded,
                  (long long)r->body.length);
    cf_buf_printf(&con->transcript, "%.*s|%.*s|%.*s|%.*s|%.*s\n", CF_STR_ARG(r->method_text),
                  CF_STR_ARG(r->target), CF_STR_ARG(r->path), CF_STR_ARG(r->query),
                  CF_STR_ARG(r->host));
    for (size_t i = 0; i < r->headers.len; i++)
        cf_buf_printf(&con->transcript, "%.*s: %.*s\n", CF_STR_ARG(r->headers.items[i].name),
                      CF_STR_ARG(r->headers.items[i].value));
}

static cf_http_result read_body(connection *con)
{
    cf_http_result result = CF_HTTP_MORE;
    cf_str         piece;

    while (result == CF_HTTP_MORE || result == CF_HTTP_PIECE) {
        result = cf_http_body_next(&con->parser.body, &con->input, &piece, NULL);
        cf_buf_str(&con->transcript, piece);
        if (result == CF_HTTP_MORE && !refill(con))
            break;
    }
    return result;
}

static cf_http_result read_request(connection *con)
{
    cf_http_result result = CF_HTTP_MORE;

    cf_http_parser_start(&con->parser, con->arena);
    while (result == CF_HTTP_MORE && refill(con))
        result = cf_http_parser_feed(&con->parser, &con->input);
    if (result == CF_HTTP_FAILED)
        cf_buf_printf(&con->transcript, "head failed: %d %s", con->parser.status,
                      con->parser.error.message);
    if (result != CF_HTTP_DONE)
        return result;
    note_request(con);
    result = read_body(con);
    cf_buf_printf(&con->transcript, "\nbody: %d %d %lld\n", (int)result, con->parser.body.status,
                  (long long)con->parser.body.total);
    return result;
}

static cf_buf read_all(cf_arena *arena, cf_str bytes, size_t chunk)
{
    static const cf_http_limits limits = {
        .max_line = 300, .max_headers = 600, .max_header_count = 12, .max_body = 5000
    };
    connection con = { .rest = bytes, .chunk = chunk, .arena = arena };

    con.transcript = cf_buf_in(arena, 0);
    cf_http_parser_init(&con.parser, &limits);
    while (read_request(&con) == CF_HTTP_DONE && con.parser.request->keep_alive)
        continue;
    free(con.piece);
    return con.transcript;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_buf    whole, split;
    cf_str    bytes;

    if (size > 1) {
        bytes = cf_str_n((const char *)data + 1, size - 1);
        whole = read_all(arena, bytes, size);
        split = read_all(arena, bytes, (size_t)data[0] + 1);
        if (!cf_str_eq(cf_buf_view(&whole), cf_buf_view(&split)))
            abort();
    }
    cf_arena_free(arena);
    return 0;
}
