/* kind_http1.c -- probe kind "http1": what a connection's bytes hold, fed whole or in pieces. */
#include "probe.h"

#include <carafe/crypto.h>
#include <carafe/http_parser.h>

/* One connection: bytes not fed yet, and what they gave. */
typedef struct connection {
    probe_case    *c;
    cf_str         raw;
    size_t         chunk;
    cf_str         input; /* Of the piece being fed. */
    cf_http_parser parser;
    cf_list       *requests;
} connection;

/* Moves the next piece into `input`, if that is used up. False at the end. */
static bool refill(connection *con)
{
    if (con->input.len)
        return true;
    con->input = cf_str_slice(con->raw, 0, con->chunk);
    con->raw = cf_str_slice(con->raw, con->input.len, con->raw.len);
    return con->input.len > 0;
}

static cf_http_result read_head(connection *con)
{
    cf_http_result result = CF_HTTP_MORE;

    cf_http_parser_start(&con->parser, con->c->arena);
    while (result == CF_HTTP_MORE && refill(con))
        result = cf_http_parser_feed(&con->parser, &con->input);
    return result;
}

static cf_http_result read_body(connection *con, cf_buf *content)
{
    cf_http_result result = CF_HTTP_MORE;
    cf_str         piece;

    while (result == CF_HTTP_MORE || result == CF_HTTP_PIECE) {
        result = cf_http_body_next(&con->parser.body, &con->input, &piece, NULL);
        cf_buf_str(content, piece);
        if (result == CF_HTTP_MORE && !refill(con))
            break;
    }
    return result;
}

static void add_request(connection *con, const cf_buf *content)
{
    cf_arena              *arena = con->c->arena;
    const cf_http_request *request = con->parser.request;
    cf_map                *out = cf_map_new(arena);
    cf_list               *headers = cf_list_new(arena);

    for (size_t i = 0; i < request->headers.len; i++) {
        cf_list *pair = cf_list_new(arena);
        cf_list_add(pair, cf_string_of(request->headers.items[i].name));
        cf_list_add(pair, cf_string_of(request->headers.items[i].value));
        cf_list_add(headers, cf_from_list(pair));
    }
    cf_map_set(out, "method", cf_string_of(request->method_text));
    cf_map_set(out, "target", cf_string_of(request->target));
    cf_map_set(out, "version", cf_string(request->version == 11 ? "1.1" : "1.0"));
    cf_map_set(out, "headers", cf_from_list(headers));
    cf_map_set(out, "body_b64", cf_string_of(cf_b64_encode(arena, cf_buf_view(content))));
    cf_list_add(con->requests, cf_from_map(out));
}

/* Reads requests until the bytes end, something is wrong, or another protocol takes over. */
static const char *read_all(connection *con)
{
    while (true) {
        cf_buf         content = cf_buf_in(con->c->arena, CF_MIB(64));
        cf_http_result result = read_head(con);
        if (result == CF_HTTP_MORE && !cf_http_parser_begun(&con->parser))
            return "accept";
        if (result == CF_HTTP_DONE)
            result = read_body(con, &content);
        if (result != CF_HTTP_DONE)
            return result == CF_HTTP_FAILED ? "reject" : "incomplete";
        add_request(con, &content);
        if (con->parser.request->upgrade)
            return "accept";
        if (!con->parser.request->keep_alive)
            return refill(con) ? "reject" : "accept";
    }
}

/* Many published cases leave the Host field out where they are about something else. */
void probe_http1(probe_case *c)
{
    connection con = { .c = c, .requests = cf_list_new(c->arena) };
    int64_t    chunk = probe_int(c, "chunk", 0);

    if (!probe_b64(c, "raw_b64", &con.raw)) {
        probe_error(c, "raw_b64 is missing or malformed");
        return;
    }
    con.chunk = chunk > 0 ? (size_t)chunk : con.raw.len;
    cf_http_parser_init(&con.parser,
                        &(cf_http_limits){ .host_optional = true, .max_body = INT64_MAX });
    probe_put(c, "verdict", cf_string(read_all(&con)));
    probe_put(c, "requests", cf_from_list(con.requests));
}
