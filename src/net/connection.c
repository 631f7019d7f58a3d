/* connection.c -- what happens on a connection: requests come, answers leave, time runs out.
 *
 * Everything here runs on the loop's stack. After each event cf__conn_process() takes the
 * connection as far as it goes and settle() decides what it waits for next. */
#include "net/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_event(uv_poll_t *handle, int status, int events);

int cf__conn_wanted(const cf__conn *conn)
{
    int events = conn->out.len > 0 || conn->writer ? UV_WRITABLE : 0;

    if (conn->eof || conn->broken)
        return events;
    if (conn->reader || (conn->busy && conn->input.len < CF__BUFFER_SIZE))
        return events | UV_READABLE;
    if (conn->busy)
        return conn->hangup ? events : events | UV_DISCONNECT;
    return events ? events : UV_READABLE;
}

void cf__conn_watch(cf__conn *conn, int events)
{
    if (events == conn->events || conn->dead)
        return;
    conn->events = events;
    uv_poll_start(&conn->handle, events, on_event);
}

static void describe_peer(cf__conn *conn, const struct sockaddr_storage *address)
{
    const struct sockaddr_in  *four = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;

    memcpy(conn->peer, "unix", 5);
    if (address->ss_family == AF_INET) {
        inet_ntop(AF_INET, &four->sin_addr, conn->peer, sizeof conn->peer);
        conn->peer_port = ntohs(four->sin_port);
    } else if (address->ss_family == AF_INET6) {
        conn->peer_port = ntohs(six->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
            inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, conn->peer, sizeof conn->peer);
        else
            inet_ntop(AF_INET6, &six->sin6_addr, conn->peer, sizeof conn->peer);
    }
}

void cf__conn_open(cf__server *server, int fd, const struct sockaddr_storage *address)
{
    cf__conn *conn = cf_xcalloc(1, sizeof *conn);

    if (uv_poll_init(&server->loop->uv, &conn->handle, fd) != 0) {
        close(fd);
        free(conn);
        return;
    }
    conn->handle.data = conn;
    conn->server = server;
    conn->fd = fd;
    conn->timeout = CF__TIMEOUT_NONE;
    describe_peer(conn, address);
    conn->all_next = server->all;
    if (server->all)
        server->all->all_prev = conn;
    server->all = conn;
    server->connections++;
    cf__server_timeout(conn, CF__TIMEOUT_IDLE);
    cf__conn_watch(conn, UV_READABLE);
}

static void on_closed(uv_handle_t *handle)
{
    cf__conn   *conn = handle->data;
    cf__server *server = conn->server;

    free(conn);
    cf__server_closed(server);
}

/* Not while a request is under way. */
static void close_now(cf__conn *conn)
{
    cf__server *server = conn->server;

    cf__server_timeout(conn, CF__TIMEOUT_NONE);
    conn->dead = true;
    if (conn->exchange)
        cf__exchange_give(conn->exchange);
    conn->exchange = NULL;
    cf__buffer_give(server, &conn->in);
    cf__buffer_give(server, &conn->out);
    if (conn->all_next)
        conn->all_next->all_prev = conn->all_prev;
    if (conn->all_prev)
        conn->all_prev->all_next = conn->all_next;
    else
        server->all = conn->all_next;
    uv_close((uv_handle_t *)&conn->handle, on_closed);
    close(conn->fd);
}

void cf__conn_abort(cf__conn *conn)
{
    conn->broken = true;
    if (conn->dead)
        return;
    if (!conn->busy) {
        close_now(conn);
        return;
    }
    cf__conn_watch(conn, 0);
    cf_fiber_cancel(conn->exchange->fiber);
}

/* Our last answer is written. Bytes the client still sends are thrown away for a while, since
 * closing on them would make its system discard the answer before the client has read it. */
static void finish(cf__conn *conn)
{
    if ((!conn->unread && conn->input.len == 0) || conn->eof) {
        close_now(conn);
        return;
    }
    shutdown(conn->fd, SHUT_WR);
    conn->lingering = true;
    conn->input = (cf_str){ 0 };
    cf__server_timeout(conn, CF__TIMEOUT_LINGER);
    cf__conn_watch(conn, UV_READABLE);
}

/* Keeps unused input in the connection's own buffer: the server's is everybody's. */
static void stash(cf__conn *conn)
{
    if (conn->input.len == 0) {
        if (!conn->reader) /* A fiber that waits for the body reads into it. */
            cf__buffer_give(conn->server, &conn->in);
        conn->input = (cf_str){ 0 };
        return;
    }
    if (conn->in.ptr && conn->input.ptr >= conn->in.ptr &&
        conn->input.ptr < conn->in.ptr + conn->in.cap)
        return;
    cf__buffer_take(conn->server, &conn->in);
    conn->in.len = 0;
    cf_buf_str(&conn->in, conn->input);
    conn->input = cf_buf_view(&conn->in);
}

static void settle(cf__conn *conn)
{
    if (conn->broken) {
        cf__conn_abort(conn);
        return;
    }
    if (conn->busy) {
        cf__server_timeout(conn, conn->eof || conn->hangup ? CF__TIMEOUT_GONE : CF__TIMEOUT_NONE);
    } else if (conn->out.len > 0) {
        cf__server_timeout(conn, CF__TIMEOUT_SEND);
    } else if (conn->closing || conn->eof) {
        finish(conn);
        return;
    } else if (conn->exchange && cf_http_parser_begun(&conn->exchange->parser)) {
        if (conn->timeout != CF__TIMEOUT_HEAD)
            cf__server_timeout(conn, CF__TIMEOUT_HEAD);
    } else if (conn->server->draining) {
        close_now(conn);
        return;
    } else {
        cf__server_timeout(conn, CF__TIMEOUT_IDLE);
    }
    cf__conn_watch(conn, cf__conn_wanted(conn));
}

static void read_request(cf__conn *conn)
{
    cf__exchange *x = conn->exchange;

    if (!x)
        x = conn->exchange = cf__exchange_take(conn);
    switch (cf_http_parser_feed(&x->parser, &conn->input)) {
    case CF_HTTP_DONE:
        cf__exchange_run(x);
        break;
    case CF_HTTP_FAILED:
        cf__answer_error(conn, CF_GET, x->parser.status, x->parser.error.message);
        conn->exchange = NULL;
        cf__exchange_give(x);
        break;
    default:
        break;
    }
}

void cf__conn_process(cf__conn *conn)
{
    bool flushed;

    conn->processing = true;
    do {
        while (!conn->busy && !conn->closing && !conn->broken && conn->input.len > 0 &&
               conn->out.len < CF__OUT_LIMIT)
            read_request(conn);
        flushed = cf__conn_flush(conn);
    } while (flushed && !conn->busy && !conn->closing && !conn->broken && conn->input.len > 0);
    conn->processing = false;
    stash(conn);
    settle(conn);
}

void cf__conn_timed_out(cf__conn *conn)
{
    switch (conn->timeout) {
    case CF__TIMEOUT_HEAD:
        cf__exchange_give(conn->exchange);
        conn->exchange = NULL;
        cf__answer_error(conn, CF_GET, 408, "The request did not come in time.");
        cf__conn_process(conn);
        break;
    default:
        cf__conn_abort(conn);
        break;
    }
}

/* Reads into a buffer; 0 when there is nothing, at the end or on an error, which are noted. */
static size_t receive(cf__conn *conn, char *buffer, size_t size)
{
    ssize_t n = recv(conn->fd, buffer, size, 0);

    if (n > 0)
        return (size_t)n;
    if (n == 0)
        conn->eof = true;
    else if (errno != EAGAIN && errno != EINTR)
        conn->broken = true;
    return 0;
}

/* While a request is under way: what the client sends already waits in `in`. */
static void receive_ahead(cf__conn *conn)
{
    cf_buf *in = &conn->in;

    cf__buffer_take(conn->server, in);
    if (conn->input.len > 0 && conn->input.ptr != in->ptr)
        memmove(in->ptr, conn->input.ptr, conn->input.len);
    in->len = conn->input.len;
    if (in->len < in->cap)
        in->len += receive(conn, in->ptr + in->len, in->cap - in->len);
    conn->input = cf_buf_view(in);
    settle(conn);
}

static void throw_away(cf__conn *conn)
{
    conn->lingered += receive(conn, conn->server->buffer, sizeof conn->server->buffer);
    if (conn->eof || conn->broken || conn->lingered > CF__LINGER_LIMIT)
        close_now(conn);
}

static void on_readable(cf__conn *conn)
{
    cf__server *server = conn->server;
    size_t      got;

    if (conn->lingering) {
        throw_away(conn);
    } else if (conn->reader) {
        conn->readable = true;
        cf_fiber_resume(conn->reader);
    } else if (conn->busy) {
        receive_ahead(conn);
    } else {
        got = receive(conn, server->buffer, sizeof server->buffer);
        if (got == 0 && !conn->eof && !conn->broken)
            return;
        conn->input = cf_str_n(server->buffer, got);
        cf__conn_process(conn);
    }
}

static void on_writable(cf__conn *conn)
{
    if (conn->writer) {
        conn->writable = true;
        cf_fiber_resume(conn->writer);
    } else if (conn->busy) {
        cf__conn_flush(conn);
        settle(conn);
    } else {
        cf__conn_process(conn);
    }
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    cf__conn *conn = handle->data;

    if (status < 0) {
        conn->events = 0;
        cf__conn_abort(conn);
        return;
    }
    if (events & UV_WRITABLE)
        on_writable(conn);
    if ((events & UV_READABLE) && !conn->dead)
        on_readable(conn);
    if ((events & UV_DISCONNECT) && !conn->dead) {
        conn->hangup = true;
        settle(conn);
    }
}
