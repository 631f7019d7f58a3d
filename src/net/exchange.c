/* exchange.c -- one request on its fiber: the handler, and the body it reads. */
#include "net/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <carafe/time.h>

#include "net/crash.h"

/* Data that comes in gives the request more time, so that a large upload over a slow line may
 * finish, while one that trickles may not. Bytes a second. */
#define SLOWEST_UPLOAD INT64_C(8192)

/* Microseconds that an answer waits for the rest of a body nobody read. */
#define DRAIN_TIME INT64_C(1000000)

static bool wait_readable(cf__conn *conn, cf_error *err)
{
    int64_t  until = cf_monotonic_us() + conn->server->options.body_timeout * 1000;
    cf__wake wake = CF__WOKEN;

    conn->reader = cf_fiber_current();
    conn->readable = false;
    cf__conn_watch(conn, cf__conn_wanted(conn));
    while (!conn->readable && !conn->broken && wake == CF__WOKEN)
        wake = cf__fiber_wait(until);
    conn->reader = NULL;
    if (conn->readable || conn->broken)
        return true;
    return wake == CF__TIMED_OUT ? cf_fail(err, CF_ETIMEOUT, "the request's body came too slowly")
                                 : cf__wake_fail(wake, err);
}

/* Reads from the socket, waiting until there is something. Without a buffer it reads into the
 * connection's own, which may come and go while it waits. */
static bool receive(cf__conn *conn, void *buf, size_t size, size_t *got, cf_error *err)
{
    while (!conn->broken && !conn->eof) {
        if (!buf)
            cf__buffer_take(conn->server, &conn->in);
        ssize_t n = recv(conn->fd, buf ? buf : conn->in.ptr, buf ? size : conn->in.cap, 0);
        if (n > 0) {
            *got = (size_t)n;
            return true;
        }
        if (n == 0)
            conn->eof = true;
        else if (errno == EAGAIN) {
            if (!wait_readable(conn, err))
                return false;
        } else if (errno != EINTR)
            conn->broken = true;
    }
    return cf_fail(err, CF_ECLOSED, "the client closed the connection within the request's body");
}

static bool send_continue(cf__exchange *x, cf_error *err)
{
    if (x->continued || !x->parser.request->expect_continue || x->conn->input.len > 0)
        return true;
    x->continued = true;
    cf__buffer_take(x->conn->server, &x->conn->out);
    cf_buf_str(&x->conn->out, CF_STR(CF_HTTP_CONTINUE));
    return cf__conn_send(x->conn, (cf_str){ 0 }) ||
           cf_fail(err, CF_ECLOSED, "the client closed the connection before the request's body");
}

/* Makes input available: a body by length goes straight into the reader's buffer, a chunked one
 * through the connection's. */
static bool fill(cf__exchange *x, void *buf, size_t size, cf_str *window, cf_error *err)
{
    cf__conn *conn = x->conn;
    size_t    got;

    if (conn->input.len > 0) {
        *window = cf_str_slice(conn->input, 0, size);
        return true;
    }
    if (!send_continue(x, err))
        return false;
    if (!x->parser.body.chunked) {
        size_t want = (int64_t)size < x->parser.body.left ? size : (size_t)x->parser.body.left;
        if (!receive(conn, buf, want, &got, err))
            return false;
        *window = cf_str_n(buf, got);
        return true;
    }
    if (!receive(conn, NULL, 0, &got, err))
        return false;
    conn->in.len = got;
    conn->input = cf_buf_view(&conn->in);
    *window = cf_str_slice(conn->input, 0, size);
    return true;
}

/* Takes what was decoded off the connection's input, unless it went past it. */
static void consume(cf__conn *conn, cf_str given, size_t used)
{
    if (given.ptr != conn->input.ptr)
        return;
    conn->input.ptr += used;
    conn->input.len -= used;
}

static bool read_body(void *data, void *buf, size_t size, size_t *got, cf_error *err)
{
    cf__exchange *x = data;
    cf_http_body *body = &x->parser.body;

    *got = 0;
    if (x->body_failed)
        return cf_fail(err, CF_ECLOSED, "the request's body cannot be read any further");
    while (!cf_http_body_done(body) && size > 0) {
        cf_str         window, piece = { 0 };
        cf_str         given;
        cf_http_result result;
        if (!fill(x, buf, size, &window, err)) {
            x->body_failed = true;
            return false;
        }
        given = window;
        result = cf_http_body_next(body, &window, &piece, err);
        consume(x->conn, given, given.len - window.len);
        if (result == CF_HTTP_FAILED) {
            x->body_failed = true;
            return false;
        }
        if (result != CF_HTTP_PIECE)
            continue;
        memmove(buf, piece.ptr, piece.len);
        *got = piece.len;
        if (x->fiber && x->fiber->deadline)
            x->fiber->deadline += (int64_t)piece.len * 1000000 / SLOWEST_UPLOAD;
        return true;
    }
    return true;
}

/* Reads what the handler left of the body, when that is little: then the connection can stay, and
 * a body that is malformed is found before the request is answered. */
static void drain_body(cf__exchange *x)
{
    const cf_http_body *body = &x->parser.body;
    char                waste[4096];
    size_t              got, total = 0;

    if (x->body_failed || (x->parser.request->expect_continue && !x->continued) ||
        (!body->chunked && body->left > (int64_t)CF__DRAIN_LIMIT))
        return;
    x->fiber->deadline = cf_monotonic_us() + DRAIN_TIME;
    while (!cf_http_body_done(body) && total <= CF__DRAIN_LIMIT) {
        if (!read_body(x, waste, sizeof waste, &got, NULL))
            return;
        total += got;
    }
}

/* The request's fiber has ended; on the loop's stack. */
static void ended(void *arg)
{
    cf__exchange *x = arg;
    cf__conn     *conn = x->conn;

    conn->exchange = NULL;
    conn->busy = false;
    cf__exchange_give(x);
    if (!conn->processing)
        cf__conn_process(conn);
}

static void run(void *arg)
{
    cf__exchange            *x = arg;
    const cf_server_options *options = &x->conn->server->options;

    options->handler(options->data, x->arena, x->parser.request, &x->response);
    if (!cf_http_body_done(&x->parser.body))
        drain_body(x);
    x->fiber->deadline = 0;
    cf__answer(x);
}

static void add_to_head(cf__message *message, cf_str text)
{
    if (text.len > sizeof message->head - message->head_size)
        return;
    memcpy(message->head + message->head_size, text.ptr, text.len);
    message->head_size += (uint32_t)text.len;
}

/* The request's head, as far as it fits; a field that does not is left out. */
static void copy_head(cf__message *message, const cf_http_request *request)
{
    message->head_size = 0;
    add_to_head(message, request->method_text);
    add_to_head(message, CF_STR(" "));
    add_to_head(message, request->target);
    add_to_head(message,
                request->version == 10 ? CF_STR(" HTTP/1.0\r\n") : CF_STR(" HTTP/1.1\r\n"));
    for (size_t i = 0; i < request->headers.len; i++) {
        const cf_header *h = &request->headers.items[i];
        if (h->name.len + h->value.len + 6 > sizeof message->head - message->head_size)
            continue;
        add_to_head(message, h->name);
        add_to_head(message, CF_STR(": "));
        add_to_head(message, h->value);
        add_to_head(message, CF_STR("\r\n"));
    }
    add_to_head(message, CF_STR("\r\n"));
}

/* On the way down: whoever waits for this answer shall have one. In a signal handler. */
static void crashed(void *data, cf__message *message)
{
    cf__exchange *x = data;
    cf__conn     *conn = x->conn;

    if (x->answering)
        return;
    if (conn->out.len > conn->sent)
        send(conn->fd, conn->out.ptr + conn->sent, conn->out.len - conn->sent,
             MSG_NOSIGNAL | MSG_DONTWAIT);
    copy_head(message, x->parser.request);
    if (!conn->server->options.crashed || !cf__crash_hand_over(message, conn->fd))
        cf__crash_answer_plainly(conn->fd);
}

void cf__exchange_run(cf__exchange *x)
{
    cf__conn        *conn = x->conn;
    cf__server      *server = conn->server;
    cf_http_request *request = x->parser.request;
    cf_error         err = { 0 };
    cf_fiber        *fiber = cf__fiber_make(server->loop, "request", run, x, &err);

    if (!fiber) {
        cf__answer_error(conn, request->method, 503, "Too many requests are under way. Try again.");
        conn->exchange = NULL;
        cf__exchange_give(x);
        return;
    }
    request->peer = cf_str_of(conn->peer);
    request->peer_port = conn->peer_port;
    request->body.read = read_body;
    request->body.data = x;
    x->response = (cf_http_response){ .headers = cf_headers_in(x->arena) };
    x->fiber = fiber;
    conn->busy = true;
    fiber->deadline = (int64_t)uv_now(&server->loop->uv) * 1000 +
                      server->options.request_timeout * 1000;
    fiber->after = ended;
    fiber->on_crash = crashed;
    fiber->crash_data = x;
    cf__fiber_enter(server->loop, fiber);
}
