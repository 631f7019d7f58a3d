/* wire.c -- a server without an app, for the live tests of what happens on the wire.
 *
 *     wire PORT [name=value…]     names: those of cf_server_options, as in OPTIONS below
 *
 * Every path answers 200 with "pid method path body-bytes"; these do more:
 *     /sleep/MS   waits first          /hold/MS    burns the processor first
 *     /linger/MS  says so on standard error, then waits
 *     /stream     answers in chunks    /crash      writes to a bad address */
#include <carafe/fiber.h>
#include <carafe/log.h>
#include <carafe/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Points where nothing is, which the compiler must not see through. */
static int *volatile bad_address;

/* Reads the body to its end; false with the status that its error calls for. */
static bool drain_body(cf_http_request *request, size_t *total, int *status)
{
    char     piece[16384];
    size_t   got = 1;
    cf_error err = { 0 };

    for (*total = 0; got > 0; *total += got) {
        if (!request->body.read)
            return true;
        if (!request->body.read(request->body.data, piece, sizeof piece, &got, &err)) {
            *status = err.code == CF_ELIMIT ? 413 : err.code == CF_ETIMEOUT ? 408 : 400;
            return false;
        }
    }
    return true;
}

/* The number after a path's prefix, or -1 when the path has another one. */
static long number_after(cf_str path, const char *prefix)
{
    cf_str start = cf_str_of(prefix);

    if (!cf_str_starts(path, start))
        return -1;
    return strtol(path.ptr + start.len, NULL, 10);
}

static bool stream_lines(void *data, const cf_sink *sink, cf_error *err)
{
    (void)data;
    for (int i = 0; i < 3; i++)
        if (!cf_sink_write(sink, CF_STR("a line of the stream\n"), err) || !cf_sleep(5, err))
            return false;
    return true;
}

static void misbehave(cf_str path)
{
    int64_t end;
    long    ms = number_after(path, "/sleep/");

    if (ms >= 0)
        cf_sleep(ms, NULL);
    ms = number_after(path, "/linger/");
    if (ms >= 0) {
        fprintf(stderr, "lingering\n");
        cf_sleep(ms, NULL);
    }
    ms = number_after(path, "/hold/");
    for (end = cf_monotonic_us() + ms * 1000; ms > 0 && cf_monotonic_us() < end;)
        ;
    if (cf_str_is(path, "/crash"))
        *bad_address = 1;
}

static void answer(void *data, cf_arena *arena, cf_http_request *request,
                   cf_http_response *response)
{
    size_t total;

    (void)data;
    response->status = 200;
    response->headers = cf_headers_in(arena);
    cf_headers_push(&response->headers, CF_STR("Content-Type"),
                    CF_STR("text/plain; charset=utf-8"));
    if (!drain_body(request, &total, &response->status)) {
        response->close = true;
        return;
    }
    misbehave(request->path);
    if (cf_str_is(request->path, "/stream")) {
        response->stream = stream_lines;
        response->stream_length = -1;
        return;
    }
    response->body = cf_str_of(cf_printf(arena, "%d %.*s %.*s %zu\n", (int)getpid(),
                                         CF_STR_ARG(request->method_text),
                                         CF_STR_ARG(request->path), total));
}

/* Every numeric option by its name: sizes, counts and times. */
static bool set_option(cf_server_options *options, const char *name, int64_t value)
{
#define OPTIONS(X)                                                                                 \
    X(workers)                                                                                     \
    X(header_timeout)                                                                              \
    X(body_timeout)                                                                                \
    X(idle_timeout)                                                                                \
    X(request_timeout)                                                                             \
    X(drain_timeout)                                                                               \
    X(slow_view)                                                                                   \
    X(max_line)                                                                                    \
    X(max_headers)                                                                                 \
    X(max_header_count)                                                                            \
    X(max_body)                                                                                    \
    X(max_connections)                                                                             \
    X(max_fibers)
#define SET(field)                                                                                 \
    if (strcmp(name, #field) == 0) {                                                               \
        options->field = (__typeof__(options->field))value;                                        \
        return true;                                                                               \
    }
    OPTIONS(SET)
    return false;
}

int main(int argc, char **argv)
{
    cf_server_options options = { .host = "127.0.0.1", .workers = 2, .handler = answer };
    cf_error          err = { 0 };

    if (argc < 2) {
        fprintf(stderr, "usage: wire PORT [name=value...]\n");
        return 2;
    }
    options.port = (int)strtol(argv[1], NULL, 10);
    for (int i = 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals)
            *equals = '\0';
        if (!equals || !set_option(&options, argv[i], strtoll(equals + 1, NULL, 10))) {
            fprintf(stderr, "wire: no option '%s'\n", argv[i]);
            return 2;
        }
    }
    if (!cf_server_run(&options, &err)) {
        cf_log_error(&err, "cannot serve");
        return 1;
    }
    return 0;
}
