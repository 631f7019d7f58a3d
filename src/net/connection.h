/* connection.h -- one client's connection, the request under way on it, and the server they share.
 *
 * All of it lives on one thread. Code that runs on the loop's stack (callbacks, cf__conn_process)
 * never waits; code that runs on the request's fiber (the handler, the body's reader, the answer)
 * may. A connection has at most one request under way, so answers leave in order; requests that
 * the client sent meanwhile wait in `in`. */
#ifndef CARAFE_NET_CONNECTION_H
#define CARAFE_NET_CONNECTION_H

#include <sys/socket.h>

#include <carafe/http_parser.h>
#include <carafe/http_writer.h>
#include <carafe/server.h>

#include "net/loop.h"

typedef struct cf__server   cf__server;
typedef struct cf__conn     cf__conn;
typedef struct cf__exchange cf__exchange;

#define CF__BUFFER_SIZE  CF_KIB(16) /* Of a pooled buffer. */
#define CF__READ_SIZE    CF_KIB(64) /* Most bytes one read takes. */
#define CF__OUT_LIMIT    CF_KIB(64) /* Answers collected before they are written. */
#define CF__COPY_LIMIT   CF_KIB(16) /* Bodies up to this are written together with their head. */
#define CF__DRAIN_LIMIT  CF_KIB(64) /* Of an unread body, to keep its connection. */
#define CF__LINGER_LIMIT CF_MIB(1)  /* Bytes thrown away so that the client sees our answer. */

/* What a connection is waiting for, and by that how long it may. */
typedef enum cf__timeout {
    CF__TIMEOUT_IDLE,   /* A request to begin. */
    CF__TIMEOUT_HEAD,   /* The rest of a head. */
    CF__TIMEOUT_SEND,   /* The client to take what was written. */
    CF__TIMEOUT_LINGER, /* The client to close after our last answer. */
    CF__TIMEOUT_GONE,   /* Its request to end, though the client sends no more. */
    CF__TIMEOUT_LAST,   /* A last request, while draining. */
    CF__TIMEOUTS,
    CF__TIMEOUT_NONE = CF__TIMEOUTS,
} cf__timeout;

/* Connections with the same allowance, the longest waiting first. */
typedef struct cf__timeout_queue {
    cf__conn *first, *last;
    int64_t   ms;
} cf__timeout_queue;

/* A request and its answer; pooled with its arena. */
struct cf__exchange {
    cf__exchange    *next; /* In the pool. */
    cf__conn        *conn;
    cf_arena        *arena;
    cf_fiber        *fiber; /* Once the handler runs. */
    cf_http_parser   parser;
    cf_http_response response;
    bool             answering;   /* The handler has returned. */
    bool             continued;   /* "100 Continue" was sent. */
    bool             body_failed; /* Nothing after it can be understood. */
};

struct cf__conn {
    uv_poll_t     handle;
    cf__server   *server;
    cf__conn     *prev, *next; /* In its timeout queue. */
    cf__conn     *all_prev, *all_next;
    int64_t       since; /* Loop's milliseconds when it joined that queue. */
    cf__timeout   timeout;
    int           fd, events;
    cf__exchange *exchange; /* Being read or answered. */
    cf_str        input;    /* Bytes read and not used: in `in` or in the server's buffer. */
    cf_buf        in, out;
    size_t        sent;            /* Of out. */
    size_t        lingered;        /* Bytes thrown away. */
    cf_fiber     *reader, *writer; /* Waits for the socket. */
    bool          readable, writable;
    bool          busy;       /* A fiber answers. */
    bool          processing; /* cf__conn_process() is on the stack. */
    bool          eof;        /* The client sends no more. */
    bool          hangup;     /* It will not once what the system holds has been read. */
    bool          broken;     /* Nothing can be written any more. */
    bool          closing;    /* After what is in `out`. */
    bool          unread;     /* Closing would lose our answer: bytes may still come. */
    bool          lingering;
    bool          dead;
    int           peer_port;
    char          peer[48];
};

/* What one worker serves with. */
struct cf__server {
    cf_server_options options; /* Defaults filled in. */
    cf__loop         *loop;
    cf_http_limits    limits;
    uv_poll_t        *listeners;
    size_t            listener_count;
    bool              listening;
    bool              draining;
    uv_timer_t        timer; /* For the timeout queues. */
    int64_t           due;   /* When it fires; INT64_MAX: not started. */
    uv_timer_t        trim;  /* Gives memory back after a burst. */
    uv_timer_t        pause; /* Accepts again after the process ran out of descriptors. */
    uv_timer_t        drain; /* Bounds draining. */
    cf__timeout_queue queues[CF__TIMEOUTS];
    cf__conn         *all;
    size_t            connections;
    cf__exchange     *exchanges; /* Pool. */
    size_t            spare_exchanges;
    char             *spare[64]; /* Pooled buffers. */
    size_t            spare_count;
    int64_t           date_until; /* Loop's milliseconds. */
    cf_str            date;
    char              date_text[40];
    char              buffer[CF__READ_SIZE];
};

/* serve.c: the server's life, timeouts, pools. */

/* Fills in every option's default. Errors: CF_EINVAL. */
bool cf__server_defaults(cf_server_options *options, cf_error *err);

/* Makes a server on this thread's loop that accepts from listening sockets, which stay the
 * caller's. */
cf__server *cf__server_new(const cf_server_options *options, const int *fds, size_t count,
                           cf_error *err);

/* Serves until drained or stopped. Returns false when requests were still running at the end. */
bool cf__server_serve(cf__server *server);

/* From the loop's thread: accepts no more, ends after the running requests or drain_timeout. */
void cf__server_drain(cf__server *server);

/* Frees a server that has served to its end. */
void cf__server_free(cf__server *server);

void cf__server_watch(cf__server *server, bool on);
void cf__server_timeout(cf__conn *conn, cf__timeout timeout);
void cf__server_date(cf__server *server);
void cf__server_closed(cf__server *server);

cf__exchange *cf__exchange_take(cf__conn *conn);
void          cf__exchange_give(cf__exchange *x);

/* Lends a buffer to an empty cf_buf; takes it back. */
void cf__buffer_take(cf__server *server, cf_buf *buf);
void cf__buffer_give(cf__server *server, cf_buf *buf);

/* connection.c: events of a connection. */

void cf__conn_open(cf__server *server, int fd, const struct sockaddr_storage *address);
void cf__conn_timed_out(cf__conn *conn);

/* Reads requests from the input and starts them, writes what is ready, and decides what the
 * connection waits for next. On the loop's stack. */
void cf__conn_process(cf__conn *conn);

/* Gives up the connection now; a running request is canceled first. */
void cf__conn_abort(cf__conn *conn);
void cf__conn_watch(cf__conn *conn, int events);

/* Which events the connection wants beside what a fiber waits for. */
int cf__conn_wanted(const cf__conn *conn);

/* output.c: writing. */

/* Writes what is in `out` without waiting. Returns whether nothing is left. */
bool cf__conn_flush(cf__conn *conn);

/* Writes `out`, then data; waits as needed. On the request's fiber. False once that is hopeless. */
bool cf__conn_send(cf__conn *conn, cf_str data) CF_SUSPENDS;

/* Writes `out`, then a part of a file; waits as needed. On the request's fiber. */
bool cf__conn_send_file(cf__conn *conn, int fd, int64_t offset, int64_t length) CF_SUSPENDS;

/* exchange.c: a request on its fiber. */

/* Runs the request that was parsed; on the loop's stack. */
void cf__exchange_run(cf__exchange *x);

/* answer.c: responses. */

/* Writes the exchange's response; on its fiber. */
void cf__answer(cf__exchange *x) CF_SUSPENDS;

/* Appends an answer of our own to `out`, after which the connection closes. */
void cf__answer_error(cf__conn *conn, cf_method method, int status, const char *message);

#endif
