/* server.h -- serves HTTP: sockets, connections, worker processes. */
#ifndef CARAFE_SERVER_H
#define CARAFE_SERVER_H

#include <carafe/http.h>
#include <carafe/stack.h>

/* Answers one request; runs on a fiber of its own. `arena` is the request's and is reset after the
 * answer has been written. */
typedef void cf_http_handler(void *data, cf_arena *arena, cf_http_request *request,
                             cf_http_response *response) CF_SUSPENDS;

/* A worker's crash, for whoever answers the request that caused it. */
typedef struct cf_crash {
    int             worker, pid;
    const char     *reason;  /* "Segmentation fault", "stack overflow". */
    const char     *name;    /* Of the request's fiber: its route's rule. */
    uintptr_t       address; /* That could not be accessed; 0 when that is not it. */
    const cf_frame *frames;  /* The stack, the innermost call first. */
    size_t          frame_count;
} cf_crash;

/* Answers a request whose handler crashed its worker. It runs in a process of its own that was
 * forked from the supervisor, so worker_start was not called there. The request has its head only,
 * shortened to 4 KiB; of the response status, headers and body are sent. */
typedef void cf_crash_handler(void *data, cf_arena *arena, const cf_crash *crash,
                              cf_http_request *request, cf_http_response *response);

/* How to serve. Zero means the default everywhere. Times in milliseconds, sizes in bytes. */
typedef struct cf_server_options {
    const char       *host;    /* "127.0.0.1"; "::" for all; "unix:/path" for a socket file. */
    int               port;    /* 5000; -1: one that is free. */
    int               workers; /* Processes; one a core. */
    int64_t           header_timeout;  /* 10,000: from the first byte to the end of the headers. */
    int64_t           body_timeout;    /* 20,000: longest pause within a body. */
    int64_t           idle_timeout;    /* 60,000: between requests. */
    int64_t           request_timeout; /* 30,000: for the handler; waits then return CF_ETIMEOUT. */
    int64_t           drain_timeout;   /* 30,000: for running requests at SIGTERM. */
    int64_t           slow_view;       /* 250: a handler that holds its loop longer is logged. */
    size_t            max_line;        /* 8 KiB: request line; 414 above. */
    size_t            max_headers;     /* 32 KiB: all fields; 431 above. */
    size_t            max_header_count; /* 100; 431 above. */
    size_t            max_body;         /* 16 MiB; 413 above. */
    size_t            max_connections;  /* 10,000 a worker. */
    size_t            max_fibers;       /* 4,000 a worker: requests under way. */
    cf_http_handler  *handler;
    void             *data;
    cf_crash_handler *crashed; /* NULL: a plain 500. */
    /* Called in each worker before it serves, after fork; false ends the worker with the error. */
    bool (*worker_start)(void *data, int worker, cf_error *err);
    void (*worker_stop)(void *data);
    /* Called in the supervisor once the sockets listen. */
    void (*listening)(void *data, const char *host, int port);
} cf_server_options;

/* Runs the supervisor and its workers until SIGTERM or SIGINT (drains) or SIGQUIT (at once). On
 * SIGHUP the binary at the same path is executed anew on the same sockets: no connection is
 * refused, no request lost.
 *
 * Returns: false when it could not start (address in use, bad option).
 */
bool cf_server_run(const cf_server_options *options, cf_error *err);

#endif
