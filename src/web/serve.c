/* serve.c -- gives the app to the server, with its settings as the server's options. */
#include "web/web.h"

#include <carafe/server.h>

typedef struct serving {
    cf_app                  *app;
    const cf_server_options *given;
} serving;

static void handle(void *data, cf_arena *arena, cf_http_request *request,
                   cf_http_response *response)
{
    cf_app_handle(((serving *)data)->app, arena, request, response);
}

static void crashed(void *data, cf_arena *arena, const cf_crash *crash, cf_http_request *request,
                    cf_http_response *response)
{
    cf__answer_crash(((serving *)data)->app, arena, crash, request, response);
}

static bool worker_start(void *data, int worker, cf_error *err)
{
    serving *s = data;

    for (size_t i = 0; i < s->app->extensions.len; i++) {
        const cf_extension *extension = s->app->extensions.items[i];
        if (extension->worker_start && !extension->worker_start(s->app, err))
            return cf_fail_prefix(err, "extension '%s'", extension->name);
    }
    if (s->given->worker_start)
        return s->given->worker_start(s->given->data, worker, err);
    return true;
}

static void worker_stop(void *data)
{
    serving *s = data;

    if (s->given->worker_stop)
        s->given->worker_stop(s->given->data);
    for (size_t i = s->app->extensions.len; i-- > 0;) {
        const cf_extension *extension = s->app->extensions.items[i];
        if (extension->worker_stop)
            extension->worker_stop(s->app);
    }
    cf__access_log_flush();
    if (s->app->database)
        cf_database_disconnect(s->app->database);
}

static void listening(void *data, const char *host, int port)
{
    serving *s = data;

    if (s->given->listening)
        s->given->listening(s->given->data, host, port);
    else
        cf_log(CF_INFO, "%s listens at http://%s:%d/", s->app->name, host, port);
}

bool cf_app_serve(cf_app *app, const cf_server_options *options, cf_error *err)
{
    static const cf_server_options none;
    cf_config                     *config = app->config;
    serving                        s = { app, options ? options : &none };
    cf_server_options              all = *s.given;

    all.data = &s;
    all.handler = handle;
    all.crashed = crashed;
    all.worker_start = worker_start;
    all.worker_stop = worker_stop;
    all.listening = listening;
    if (!all.host)
        all.host = cf_config_text(config, "HOST");
    if (!all.port)
        all.port = (int)cf_config_int(config, "PORT");
    if (!all.workers)
        all.workers = (int)cf_config_int(config, "WORKERS");
    if (!all.request_timeout)
        all.request_timeout = cf_config_int(config, "REQUEST_TIMEOUT") * 1000;
    /* The app keeps the limit itself when it reads, so that 413 is a page of the site. */
    if (!all.max_body)
        all.max_body = (size_t)1 << 50;
    return cf_server_run(&all, err);
}
