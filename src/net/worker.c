/* worker.c -- one worker process: starts the app's part, serves, drains, ends. */
#include "net/worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <carafe/log.h>

#include "net/connection.h"
#include "net/crash.h"
#include "net/watchdog.h"

static void on_terminate(uv_signal_t *handle, int number)
{
    (void)number;
    cf__server_drain(handle->data);
}

static void on_quit(int number)
{
    (void)number;
    _exit(CF__WORKER_DONE);
}

static void tell(int channel, cf__message_kind kind, const char *text)
{
    static cf__message message;

    message.kind = kind;
    snprintf(message.text, sizeof message.text, "%s", text);
    send(channel, &message, sizeof message, MSG_NOSIGNAL);
}

static int fail(int channel, const cf_error *err)
{
    tell(channel, CF__MESSAGE_FAILED, err->message);
    return CF__WORKER_FAILED;
}

/* Serves until drained. */
static bool serve(cf__server *server, int channel)
{
    static uv_signal_t terminate; /* Closed later than this function returns. */
    bool               ended;

    uv_signal_init(&server->loop->uv, &terminate);
    terminate.data = server;
    uv_signal_start(&terminate, on_terminate, SIGTERM);
    uv_unref((uv_handle_t *)&terminate);
    tell(channel, CF__MESSAGE_READY, "");
    ended = cf__server_serve(server);
    uv_close((uv_handle_t *)&terminate, NULL);
    return ended;
}

/* Descriptors for every connection and what the app opens beside. */
static void raise_descriptor_limit(size_t connections)
{
    struct rlimit limit;
    rlim_t        wanted = (rlim_t)connections + 1024;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int cf__worker_run(const cf_server_options *options, int number, const int *fds, size_t count,
                   int channel)
{
    cf_error    err = { 0 };
    cf__server *server;
    bool        ended;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* A file that grows too large is a failed write, not our end. */
    signal(SIGINT, SIG_IGN);  /* From the terminal; the supervisor says what to do. */
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, on_quit);
    raise_descriptor_limit(options->max_connections);
    if (!cf__crash_install(channel))
        cf_log(CF_WARNING, "no memory for a signal stack: crashes will not be reported");
    if (options->worker_start && !options->worker_start(options->data, number, &err))
        return fail(channel, &err);
    server = cf__server_new(options, fds, count, &err);
    if (!server || !cf__watchdog_start(server->loop, server->options.slow_view, &err))
        return fail(channel, &err);
    ended = serve(server, channel);
    cf__watchdog_stop();
    if (options->worker_stop)
        options->worker_stop(options->data);
    if (!ended || server->loop->live > 0)
        _exit(CF__WORKER_FORCED); /* Fibers still use what would be freed. */
    cf__server_free(server);
    cf_fiber_end();
    cf__crash_uninstall();
    return CF__WORKER_DONE;
}
