/* answer.c -- sends a response: its head, then a body from memory, a file or a stream.
 *
 * Small answers are only appended to the connection's output; it writes them together once the
 * requests at hand are answered. Large ones are sent from here, waiting on the request's fiber. */
#include "net/connection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <carafe/log.h>

static void close_file(cf_http_response *response)
{
    if (response->file > 0)
        close(response->file - 1);
    response->file = 0;
}

static bool send_bytes(cf__conn *conn, cf_str body)
{
    if (body.len > CF__COPY_LIMIT)
        return cf__conn_send(conn, body);
    cf_buf_str(&conn->out, body);
    return true;
}

/* A small file is read into the output: cheaper than a write for the head and one for the file. */
static bool copy_file(cf__conn *conn, const cf_http_response *response)
{
    size_t left = (size_t)response->file_length;
    off_t  at = (off_t)response->file_offset;

    cf_buf_reserve(&conn->out, left);
    while (left > 0) {
        ssize_t n = pread(response->file - 1, conn->out.ptr + conn->out.len, left, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        conn->out.len += (size_t)n;
        left -= (size_t)n;
        at += n;
    }
    return true;
}

static bool send_file(cf__conn *conn, const cf_http_response *response)
{
    if (response->file_length <= (int64_t)CF__COPY_LIMIT)
        return copy_file(conn, response);
    return cf__conn_send_file(conn, response->file - 1, response->file_offset,
                              response->file_length);
}

static bool send_piece(cf__conn *conn, cf_str piece, bool chunked)
{
    if (chunked)
        cf_http_write_chunk_head(&conn->out, piece.len);
    if (piece.len > CF__COPY_LIMIT) {
        if (!cf__conn_send(conn, piece))
            return false;
    } else {
        cf_buf_str(&conn->out, piece);
    }
    if (chunked)
        cf_buf_str(&conn->out, CF_STR("\r\n"));
    return cf__conn_send(conn, (cf_str){ 0 });
}

/* A streamed answer on its way. */
typedef struct stream {
    cf__conn       *conn;
    cf_http_framing framing;
    int64_t         left; /* Bytes that were announced and are not sent. */
    bool            gone; /* The client is. */
} stream;

static bool write_piece(void *data, cf_str piece, cf_error *err)
{
    stream *s = data;

    if (s->framing == CF_FRAME_LENGTH && (int64_t)piece.len > s->left)
        return cf_fail(err, CF_EINVAL, "it has more bytes than were announced");
    s->left -= (int64_t)piece.len;
    if (!piece.len)
        return true;
    cf__buffer_take(s->conn->server, &s->conn->out);
    s->gone = !send_piece(s->conn, piece, s->framing == CF_FRAME_CHUNKED);
    return !s->gone || cf_fail(err, CF_ECLOSED, "the client is gone");
}

static bool send_stream(cf__exchange *x, cf_http_framing framing)
{
    cf_http_response *response = &x->response;
    stream            s = { x->conn, framing, response->stream_length, false };
    cf_error          err = { 0 };

    if (!response->stream(response->stream_data, &(cf_sink){ write_piece, &s, 0 }, &err)) {
        if (!s.gone)
            cf_log_error(&err, "a streamed answer broke off");
        return false;
    }
    if (framing == CF_FRAME_CHUNKED) {
        cf__buffer_take(x->conn->server, &x->conn->out);
        cf_buf_str(&x->conn->out, CF_STR(CF_LAST_CHUNK));
    }
    return !s.gone && (framing != CF_FRAME_LENGTH || s.left == 0);
}

static bool send_body(cf__exchange *x, cf_http_framing framing)
{
    if (framing == CF_FRAME_NONE)
        return true;
    if (x->response.file > 0)
        return send_file(x->conn, &x->response);
    if (x->response.stream)
        return send_stream(x, framing);
    return send_bytes(x->conn, x->response.body);
}

static bool may_keep(cf__exchange *x)
{
    const cf__conn *conn = x->conn;

    return x->parser.request->keep_alive && !x->response.close && !conn->server->draining &&
           !conn->broken && cf_http_body_done(&x->parser.body);
}

/* A request whose framing is broken is refused, whatever its handler made of it. */
static bool refuse(cf__exchange *x)
{
    const cf_http_body *body = &x->parser.body;

    if (!body->status || x->response.status >= 400 || x->conn->broken)
        return false;
    close_file(&x->response);
    cf__answer_error(x->conn, x->parser.request->method, body->status,
                     "The request's body is malformed.");
    return true;
}

void cf__answer(cf__exchange *x)
{
    cf__conn              *conn = x->conn;
    const cf_http_request *request = x->parser.request;
    bool                   keep = may_keep(x);
    cf_http_head           head = { request->method, request->version, keep, { 0 } };

    x->answering = true;
    if (refuse(x))
        return;
    cf__server_date(conn->server);
    head.date = conn->server->date;
    if (!keep) {
        conn->closing = true;
        conn->unread = !cf_http_body_done(&x->parser.body);
    }
    if (x->response.status == 0)
        x->response.status = 500; /* The handler gave no answer. */
    if (!conn->broken) {
        cf__buffer_take(conn->server, &conn->out);
        if (!send_body(x, cf_http_write_head(&conn->out, &head, &x->response)))
            conn->closing = true; /* The client learns by the missing end. */
    }
    close_file(&x->response);
}

void cf__answer_error(cf__conn *conn, cf_method method, int status, const char *message)
{
    char             text[1024];
    cf_header        fields[] = { { CF_STR("Content-Type"), CF_STR("text/plain; charset=utf-8") } };
    cf_http_head     head = { method, 11, false, { 0 } };
    cf_http_response response = { .status = status,
                                  .headers = { .items = fields, .len = 1, .cap = 1 } };
    int size = snprintf(text, sizeof text, "%d %s\n%s%s", status, cf_status_text(status), message,
                        *message ? "\n" : "");

    response.body = cf_str_n(text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
    cf__server_date(conn->server);
    head.date = conn->server->date;
    cf__buffer_take(conn->server, &conn->out);
    if (cf_http_write_head(&conn->out, &head, &response) == CF_FRAME_LENGTH)
        cf_buf_str(&conn->out, response.body);
    conn->closing = conn->unread = true;
}
