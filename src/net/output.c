/* output.c -- writing to a connection: at once from the loop, waiting on a request's fiber. */
#include "net/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <carafe/time.h>

/* One call of sendfile() may read this much from a disk before others get their turn. */
#define FILE_STEP CF_MIB(1)

static void take_off(cf__conn *conn, size_t count)
{
    conn->sent += count;
    if (conn->sent < conn->out.len)
        return;
    conn->sent = 0;
    cf__buffer_give(conn->server, &conn->out);
}

static void break_off(cf__conn *conn)
{
    conn->broken = true;
    conn->sent = 0;
    cf__buffer_give(conn->server, &conn->out);
}

bool cf__conn_flush(cf__conn *conn)
{
    while (conn->out.len > 0) {
        ssize_t n = send(conn->fd, conn->out.ptr + conn->sent, conn->out.len - conn->sent,
                         MSG_NOSIGNAL);
        if (n >= 0)
            take_off(conn, (size_t)n);
        else if (errno == EAGAIN)
            return false;
        else if (errno != EINTR)
            break_off(conn);
    }
    return true;
}

/* Waits until the socket takes more. */
static bool wait_writable(cf__conn *conn)
{
    int64_t  until = cf_monotonic_us() + conn->server->options.body_timeout * 1000;
    cf__wake wake = CF__WOKEN;

    conn->writer = cf_fiber_current();
    conn->writable = false;
    cf__conn_watch(conn, cf__conn_wanted(conn));
    while (!conn->writable && !conn->broken && wake == CF__WOKEN)
        wake = cf__fiber_wait(until);
    conn->writer = NULL; /* What is watched changes when all is written or it waits again. */
    if (!conn->writable)
        break_off(conn);
    return !conn->broken;
}

/* Writes once: `out`, then data. Returns the bytes written; -1 with errno. */
static ssize_t send_both(const cf__conn *conn, cf_str data)
{
    struct iovec  parts[2];
    struct msghdr message = { .msg_iov = parts };

    if (conn->out.len > 0)
        parts[message.msg_iovlen++] = (struct iovec){ .iov_base = conn->out.ptr + conn->sent,
                                                      .iov_len = conn->out.len - conn->sent };
    if (data.len > 0)
        parts[message.msg_iovlen++] = (struct iovec){ .iov_base = (void *)(uintptr_t)data.ptr,
                                                      .iov_len = data.len };
    return sendmsg(conn->fd, &message, MSG_NOSIGNAL);
}

bool cf__conn_send(cf__conn *conn, cf_str data)
{
    while (!conn->broken && (conn->out.len > 0 || data.len > 0)) {
        size_t  waiting = conn->out.len - conn->sent;
        ssize_t n = send_both(conn, data);
        if (n >= 0) {
            size_t done = (size_t)n, of_out = done < waiting ? done : waiting;
            if (of_out > 0)
                take_off(conn, of_out);
            data = cf_str_slice(data, done - of_out, data.len);
        } else if (errno == EAGAIN) {
            wait_writable(conn);
        } else if (errno != EINTR) {
            break_off(conn);
        }
    }
    return !conn->broken;
}

bool cf__conn_send_file(cf__conn *conn, int fd, int64_t offset, int64_t length)
{
    off_t at = (off_t)offset;

    if (!cf__conn_send(conn, (cf_str){ 0 }))
        return false;
    while (length > 0 && !conn->broken) {
        size_t  step = length < (int64_t)FILE_STEP ? (size_t)length : FILE_STEP;
        ssize_t n = sendfile(conn->fd, fd, &at, step);
        if (n > 0)
            length -= n;
        else if (n == 0)
            return false; /* The file is shorter than was announced. */
        else if (errno == EAGAIN)
            wait_writable(conn);
        else if (errno != EINTR)
            break_off(conn);
    }
    return !conn->broken;
}
