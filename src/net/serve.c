/* serve.c -- one worker's server: what it accepts from, how long its connections may wait, what it
 * keeps for reuse, and its end. */
#include "net/connection.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <carafe/log.h>
#include <carafe/time.h>

#define ACCEPT_BATCH    64   /* Connections taken before others get their turn. */
#define ACCEPT_PAUSE    100  /* Milliseconds without accepting when descriptors ran out. */
#define LINGER_TIMEOUT  2000 /* Milliseconds. */
#define GONE_TIMEOUT    1000
#define LAST_TIMEOUT    500
#define TRIM_AFTER      1500
#define SPARE_EXCHANGES 256

static void on_timer(uv_timer_t *timer);

bool cf__server_defaults(cf_server_options *o, cf_error *err)
{
    if (!o->handler)
        return cf_fail(err, CF_EINVAL, "cf_server_options has no handler");
    if (o->workers < 0 || o->port < -1 || o->port > 65535)
        return cf_fail(err, CF_EINVAL, "%s must not be %d", o->workers < 0 ? "workers" : "port",
                       o->workers < 0 ? o->workers : o->port);
#define OR(field, value) ((o->field) = (o->field) > 0 ? (o->field) : (value))
    o->host = o->host && *o->host ? o->host : "127.0.0.1";
    o->port = o->port ? o->port : 5000;
    OR(workers, (int)sysconf(_SC_NPROCESSORS_ONLN));
    OR(header_timeout, 10000);
    OR(body_timeout, 20000);
    OR(idle_timeout, 60000);
    OR(request_timeout, 30000);
    OR(drain_timeout, 30000);
    OR(slow_view, 250);
    OR(max_line, CF_KIB(8));
    OR(max_headers, CF_KIB(32));
    OR(max_header_count, (size_t)100);
    OR(max_body, CF_MIB(16));
    OR(max_connections, (size_t)10000);
    OR(max_fibers, (size_t)4000);
#undef OR
    return true;
}

/* ---- timeouts ---- */

static void leave_queue(cf__conn *conn)
{
    cf__timeout_queue *queue;

    if (conn->timeout == CF__TIMEOUT_NONE)
        return;
    queue = &conn->server->queues[conn->timeout];
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        queue->first = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    else
        queue->last = conn->prev;
    conn->prev = conn->next = NULL;
    conn->timeout = CF__TIMEOUT_NONE;
}

static void expect_timeout(cf__server *server, int64_t due, int64_t now)
{
    if (due >= server->due)
        return;
    server->due = due;
    uv_timer_start(&server->timer, on_timer, due > now ? (uint64_t)(due - now) : 0, 0);
}

void cf__server_timeout(cf__conn *conn, cf__timeout timeout)
{
    cf__server        *server = conn->server;
    cf__timeout_queue *queue;

    leave_queue(conn);
    if (timeout == CF__TIMEOUT_NONE)
        return;
    queue = &server->queues[timeout];
    conn->timeout = timeout;
    conn->since = (int64_t)uv_now(&server->loop->uv);
    conn->prev = queue->last;
    if (queue->last)
        queue->last->next = conn;
    else
        queue->first = conn;
    queue->last = conn;
    expect_timeout(server, conn->since + queue->ms, conn->since);
}

static void on_timer(uv_timer_t *timer)
{
    cf__server *server = timer->data;
    int64_t     now = (int64_t)uv_now(&server->loop->uv);

    server->due = INT64_MAX;
    for (int i = 0; i < CF__TIMEOUTS; i++) {
        cf__timeout_queue *queue = &server->queues[i];
        while (queue->first && queue->first->since + queue->ms <= now) {
            cf__conn *conn = queue->first;
            cf__conn_timed_out(conn);
            if (queue->first == conn) /* A request that is being canceled. */
                leave_queue(conn);
        }
        if (queue->first)
            expect_timeout(server, queue->first->since + queue->ms, now);
    }
}

/* ---- pools ---- */

void cf__buffer_take(cf__server *server, cf_buf *buf)
{
    if (buf->ptr)
        return;
    *buf = (cf_buf){ .cap = CF__BUFFER_SIZE };
    buf->ptr = server->spare_count > 0 ? server->spare[--server->spare_count]
                                       : cf_xmalloc(CF__BUFFER_SIZE);
}

void cf__buffer_give(cf__server *server, cf_buf *buf)
{
    const size_t most = sizeof server->spare / sizeof server->spare[0];

    if (buf->cap == CF__BUFFER_SIZE && server->spare_count < most)
        server->spare[server->spare_count++] = buf->ptr;
    else
        free(buf->ptr);
    *buf = (cf_buf){ 0 };
}

cf__exchange *cf__exchange_take(cf__conn *conn)
{
    cf__server   *server = conn->server;
    cf__exchange *x = server->exchanges;

    if (x) {
        server->exchanges = x->next;
        server->spare_exchanges--;
    } else {
        x = cf_xcalloc(1, sizeof *x);
        x->arena = cf_arena_new();
        cf_http_parser_init(&x->parser, &server->limits);
    }
    x->conn = conn;
    x->fiber = NULL;
    x->answering = x->continued = x->body_failed = false;
    cf_http_parser_start(&x->parser, x->arena);
    return x;
}

void cf__exchange_give(cf__exchange *x)
{
    cf__server *server = x->conn->server;

    if (server->spare_exchanges >= SPARE_EXCHANGES) {
        cf_arena_free(x->arena);
        free(x);
        return;
    }
    cf_arena_reset(x->arena);
    x->next = server->exchanges;
    server->exchanges = x;
    server->spare_exchanges++;
}

static void free_spare(cf__server *server)
{
    while (server->exchanges) {
        cf__exchange *x = server->exchanges;
        server->exchanges = x->next;
        cf_arena_free(x->arena);
        free(x);
    }
    server->spare_exchanges = 0;
    while (server->spare_count > 0)
        free(server->spare[--server->spare_count]);
}

static void on_trim(uv_timer_t *timer)
{
    cf__server *server = timer->data;

    cf__fiber_trim(server->loop);
    free_spare(server);
}

void cf__server_date(cf__server *server)
{
    int64_t now = (int64_t)uv_now(&server->loop->uv);

    if (now < server->date_until)
        return;
    cf_time time = cf_now();
    server->date = cf_str_n(server->date_text, cf_http_date_line(time, server->date_text));
    server->date_until = now + 1000 - time.us / 1000 % 1000;
    if (!uv_is_active((uv_handle_t *)&server->trim))
        uv_timer_start(&server->trim, on_trim, TRIM_AFTER, 0);
}

/* ---- accepting ---- */

static void on_pause_over(uv_timer_t *timer)
{
    cf__server_watch(timer->data, true);
}

static void accept_failed(cf__server *server)
{
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
        return; /* The client was gone before we came to it. */
    cf_log(CF_WARNING, "cannot accept another connection: %s (%zu are open)", strerror(errno),
           server->connections);
    cf__server_watch(server, false);
    uv_timer_start(&server->pause, on_pause_over, ACCEPT_PAUSE, 0);
}

static void accept_from(cf__server *server, int listener)
{
    struct sockaddr_storage address;

    for (int i = 0; i < ACCEPT_BATCH && server->connections < server->options.max_connections;
         i++) {
        socklen_t size = sizeof address;
        int       fd = accept4(listener, (struct sockaddr *)&address, &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            if (errno != EAGAIN)
                accept_failed(server);
            return;
        }
        cf__conn_open(server, fd, &address);
    }
    if (server->connections >= server->options.max_connections)
        cf__server_watch(server, false);
}

static void on_connection(uv_poll_t *listener, int status, int events)
{
    uv_os_fd_t fd;

    (void)status, (void)events;
    if (uv_fileno((uv_handle_t *)listener, &fd) == 0)
        accept_from(listener->data, fd);
}

void cf__server_watch(cf__server *server, bool on)
{
    on = on && !server->draining && server->connections < server->options.max_connections;
    if (on == server->listening)
        return;
    server->listening = on;
    for (size_t i = 0; i < server->listener_count; i++) {
        if (on)
            uv_poll_start(&server->listeners[i], UV_READABLE, on_connection);
        else
            uv_poll_stop(&server->listeners[i]);
    }
}

/* ---- life ---- */

static void init_timer(cf__server *server, uv_timer_t *timer)
{
    uv_timer_init(&server->loop->uv, timer);
    timer->data = server;
    uv_unref((uv_handle_t *)timer);
}

cf__server *cf__server_new(const cf_server_options *options, const int *fds, size_t count,
                           cf_error *err)
{
    cf__server              *server = cf_xcalloc(1, sizeof *server);
    const cf_server_options *o = &server->options;

    server->options = *options;
    if (!cf__server_defaults(&server->options, err)) {
        free(server);
        return NULL;
    }
    server->loop = cf__loop_get();
    server->loop->max_fibers = o->max_fibers;
    server->limits = (cf_http_limits){ .max_line = o->max_line,
                                       .max_headers = o->max_headers,
                                       .max_header_count = o->max_header_count,
                                       .max_body = (int64_t)o->max_body };
    server->queues[CF__TIMEOUT_IDLE].ms = o->idle_timeout;
    server->queues[CF__TIMEOUT_HEAD].ms = o->header_timeout;
    server->queues[CF__TIMEOUT_SEND].ms = o->body_timeout;
    server->queues[CF__TIMEOUT_LINGER].ms = LINGER_TIMEOUT;
    server->queues[CF__TIMEOUT_GONE].ms = GONE_TIMEOUT;
    server->queues[CF__TIMEOUT_LAST].ms = LAST_TIMEOUT;
    server->due = INT64_MAX;
    init_timer(server, &server->timer);
    init_timer(server, &server->trim);
    init_timer(server, &server->pause);
    init_timer(server, &server->drain);
    server->listeners = cf_xcalloc(count, sizeof *server->listeners);
    for (size_t i = 0; i < count; i++) {
        uv_poll_init(&server->loop->uv, &server->listeners[i], fds[i]);
        server->listeners[i].data = server;
    }
    server->listener_count = count;
    return server;
}

bool cf__server_serve(cf__server *server)
{
    uv_handle_t *awake = (uv_handle_t *)&server->loop->prepare;

    cf__server_watch(server, true);
    uv_ref(awake); /* Only uv_stop() ends it, even while every fiber waits for another one. */
    uv_run(&server->loop->uv, UV_RUN_DEFAULT);
    uv_unref(awake);
    return server->connections == 0;
}

void cf__server_closed(cf__server *server)
{
    server->connections--;
    if (server->draining && server->connections == 0)
        uv_stop(&server->loop->uv);
    else if (!server->listening && !uv_is_active((uv_handle_t *)&server->pause))
        cf__server_watch(server, true);
}

static void on_second_limit(uv_timer_t *timer)
{
    cf__server *server = timer->data;

    cf_log(CF_WARNING, "%zu requests did not end in time", server->connections);
    uv_stop(&server->loop->uv);
}

/* Cancels what still runs and gives it a moment to unwind. */
static void on_drain_limit(uv_timer_t *timer)
{
    cf__server *server = timer->data;

    for (cf__conn *conn = server->all, *next; conn; conn = next) {
        next = conn->all_next;
        cf__conn_abort(conn);
    }
    uv_timer_start(timer, on_second_limit, GONE_TIMEOUT, 0);
}

void cf__server_drain(cf__server *server)
{
    if (server->draining)
        return;
    /* Whoever waits to be accepted was promised an answer by the kernel. */
    for (size_t i = 0; i < server->listener_count && server->listening; i++) {
        uv_os_fd_t fd;
        if (uv_fileno((uv_handle_t *)&server->listeners[i], &fd) == 0)
            accept_from(server, fd);
    }
    server->draining = true;
    cf__server_watch(server, false);
    /* A request may be on its way on any idle connection: closing at once would lose it. */
    for (cf__conn *conn = server->all; conn; conn = conn->all_next)
        if (!conn->busy && conn->timeout == CF__TIMEOUT_IDLE)
            cf__server_timeout(conn, CF__TIMEOUT_LAST);
    if (server->connections == 0)
        uv_stop(&server->loop->uv);
    uv_timer_start(&server->drain, on_drain_limit, (uint64_t)server->options.drain_timeout, 0);
    uv_ref((uv_handle_t *)&server->drain);
}

void cf__server_free(cf__server *server)
{
    uv_timer_t *timers[] = { &server->timer, &server->trim, &server->pause, &server->drain };

    cf__server_watch(server, false);
    for (size_t i = 0; i < server->listener_count; i++)
        uv_close((uv_handle_t *)&server->listeners[i], NULL);
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++)
        uv_close((uv_handle_t *)timers[i], NULL);
    uv_run(&server->loop->uv, UV_RUN_DEFAULT);
    free_spare(server);
    free(server->listeners);
    free(server);
}
