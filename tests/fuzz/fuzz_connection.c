/* fuzz_connection.c -- any bytes on a connection: it always ends, answers in HTTP, and answers the
 * same however the bytes are cut into pieces.
 *
 * The input's first byte is the pieces' size, the rest is what a client sends. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/connection.h"

#define MOST_TURNS 200000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what)
{
    fprintf(stderr, "fuzz_connection: %s\n", what);
    abort();
}

/* Reads the body of a POST and sends it back; ignores that of others. */
static void handler(void *data, cf_arena *arena, cf_http_request *request,
                    cf_http_response *response)
{
    cf_buf body = cf_buf_in(arena, 0);
    char   part[777];
    size_t got = 1;

    (void)data;
    response->status = 200;
    while (got > 0 && request->method == CF_POST) {
        if (!request->body.read(request->body.data, part, sizeof part, &got, NULL)) {
            response->status = 400;
            break;
        }
        cf_buf_add(&body, part, got);
    }
    response->body = request->method == CF_POST ? cf_buf_view(&body) : request->path;
}

static cf__server *make_server(void)
{
    static const cf_server_options options = {
        .handler = handler, .max_body = 3000, .max_line = 500, .max_headers = 1000
    };

    return cf__server_new(&options, NULL, 0, NULL);
}

static void take_answers(int fd, cf_buf *answers)
{
    char    part[4096];
    ssize_t n;

    while ((n = recv(fd, part, sizeof part, MSG_DONTWAIT)) > 0)
        cf_buf_add(answers, part, (size_t)n);
}

static void turn(cf__server *server, int fd, cf_buf *answers)
{
    uv_run(&server->loop->uv, UV_RUN_NOWAIT);
    take_answers(fd, answers);
}

/* Sends the bytes to a new connection and collects what comes back. */
static void converse(cf__server *server, const uint8_t *data, size_t size, size_t step,
                     cf_buf *answers)
{
    static const struct sockaddr_storage unknown = { .ss_family = AF_UNIX };
    int                                  pair[2], turns = 0;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0)
        fail("no sockets");
    cf__conn_open(server, pair[0], &unknown);
    while (size > 0) {
        ssize_t n = send(pair[1], data, size < step ? size : step, MSG_NOSIGNAL);
        if (n < 0 && server->connections == 0)
            break;
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
        turn(server, pair[1], answers);
    }
    shutdown(pair[1], SHUT_WR);
    while (server->connections > 0 && turns++ < MOST_TURNS)
        turn(server, pair[1], answers);
    take_answers(pair[1], answers);
    if (server->connections > 0)
        fail("the connection does not end");
    if (server->loop->live > 0)
        fail("a fiber is left");
    close(pair[1]);
}

/* The clock may tick between two runs. */
static void hide_dates(cf_buf *answers)
{
    char *at = cf_buf_cstr(answers), *end = at + answers->len;

    while ((at = memmem(at, (size_t)(end - at), "\r\nDate: ", 8)))
        for (at += 8; at < end && *at != '\r'; at++)
            *at = '-';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_buf      whole = { 0 }, pieces = { 0 };
    cf__server *server;

    if (size < 2)
        return 0;
    server = make_server();
    converse(server, data + 1, size - 1, size, &whole);
    converse(server, data + 1, size - 1, (size_t)data[0] + 1, &pieces);
    hide_dates(&whole);
    hide_dates(&pieces);
    if (whole.len > 0 && strncmp(whole.ptr, "HTTP/1.1 ", 9) != 0)
        fail("that is no answer");
    /* Whether "100 Continue" is needed depends on what has come when the body is wanted. */
    if (!memmem(cf_buf_cstr(&whole), whole.len, "100 Continue", 12) &&
        !memmem(cf_buf_cstr(&pieces), pieces.len, "100 Continue", 12) &&
        (whole.len != pieces.len || memcmp(whole.ptr, pieces.ptr, whole.len) != 0))
        fail("the answers depend on how the bytes were cut");
    cf_buf_free(&whole);
    cf_buf_free(&pieces);
    cf__server_free(server);
    cf_fiber_end();
    return 0;
}
