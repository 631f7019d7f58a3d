/* sample.c -- a small server for the supervisor's tests: sample PORT-FILE WORKERS [DRAIN-MS].
 *
 * It writes its address to PORT-FILE once it listens, and fails at its start while the file
 * PORT-FILE.broken exists. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <carafe/fiber.h>
#include <carafe/server.h>

static const char *port_file;

static int overflow(volatile char *previous)
{
    volatile char frame[512];

    frame[0] = previous ? previous[0] : 1;
    return frame[0] ? overflow(frame) + frame[0] : 0;
}

static void hold(void)
{
    for (volatile long i = 0; i < 400000000; i++)
        continue;
}

/* A name must outlive its fiber: the watchdog may read it a little later. */
static const char *name_of(const char *path)
{
    static const char *const names[] = { "/segfault", "/overflow", "/abort", "/hold", "/slow" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], path) == 0)
            return names[i];
    return "/";
}

static void handler(void *data, cf_arena *arena, cf_http_request *request,
                    cf_http_response *response)
{
    const char *path = cf_str_dup(arena, request->path);

    (void)data;
    cf_fiber_name(name_of(path));
    response->status = 200;
    if (strcmp(path, "/segfault") == 0)
        raise(SIGSEGV);
    else if (strcmp(path, "/overflow") == 0)
        overflow(NULL);
    else if (strcmp(path, "/abort") == 0)
        abort();
    else if (strcmp(path, "/hold") == 0)
        hold();
    else if (strcmp(path, "/slow") == 0)
        cf_sleep(300, NULL);
    response->body = cf_str_of(cf_printf(arena, "worker %d ok", (int)getpid()));
}

static void crashed(void *data, cf_arena *arena, const cf_crash *crash, cf_http_request *request,
                    cf_http_response *response)
{
    (void)data;
    if (cf_str_is(request->path, "/abort"))
        abort();
    response->body = cf_str_of(cf_printf(arena, "crashed: %s in %s, %.*s", crash->reason,
                                         crash->name, CF_STR_ARG(request->target)));
}

static bool worker_start(void *data, int worker, cf_error *err)
{
    (void)data, (void)worker;
    if (getenv("SAMPLE_FAILS"))
        return cf_fail(err, CF_EDB, "the database is not there");
    return true;
}

static void listening(void *data, const char *host, int port)
{
    FILE *file = fopen(port_file, "w");

    (void)data, (void)host;
    if (!file)
        return;
    fprintf(file, "%d\n", port);
    fclose(file);
}

int main(int argc, char **argv)
{
    cf_server_options options = { .port = -1,
                                  .workers = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1,
                                  .drain_timeout = argc > 3 ? strtol(argv[3], NULL, 10) : 0,
                                  .slow_view = 100,
                                  .handler = handler,
                                  .crashed = crashed,
                                  .worker_start = worker_start,
                                  .listening = listening };
    cf_error          err = { 0 };
    char              broken[256];

    port_file = argv[1];
    snprintf(broken, sizeof broken, "%s.broken", port_file);
    if (access(broken, F_OK) == 0)
        return 3;
    if (cf_server_run(&options, &err))
        return 0;
    fprintf(stderr, "sample: %s\n", err.message);
    return 1;
}
