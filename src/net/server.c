/* server.c -- serves HTTP: opens or takes over the sockets and starts the supervisor. */
#include <carafe/server.h>

#include <stdlib.h>
#include <string.h>

#include <carafe/fiber.h>

#include "net/connection.h"
#include "net/supervisor.h"

/* After a reload the sockets are there, unless the address was changed. */
static bool open_sockets(cf__supervisor *s, cf_error *err)
{
    const cf_server_options *o = &s->options;
    int                      port = o->port == -1 ? 0 : o->port;
    bool same = s->listeners.count > 0 && strcmp(s->listeners.host, o->host) == 0 &&
                (port == 0 || port == s->listeners.port || cf__listen_is_unix(o->host));

    if (same)
        return cf__listen_more(&s->listeners, (size_t)o->workers, err);
    if (s->listeners.count > 0)
        cf__listen_close(&s->listeners);
    return cf__listen(&s->listeners, o->host, port, (size_t)o->workers, err);
}

bool cf_server_run(const cf_server_options *options, cf_error *err)
{
    cf__supervisor *s;
    bool            ok;

    if (cf_fiber_current())
        return cf_fail(err, CF_EINVAL, "a server cannot be started inside a fiber");
    s = cf_xcalloc(1, sizeof *s);
    s->options = *options;
    if (!cf__server_defaults(&s->options, err)) {
        free(s);
        return false;
    }
    if (cf__reload_is_trial())
        exit(EXIT_SUCCESS); /* It would serve now: the new binary is sound. */
    if (s->options.workers > CF__MAX_WORKERS)
        s->options.workers = CF__MAX_WORKERS;
    s->slot_count = s->options.workers;
    cf__reload_remember();
    cf__reload_adopt(s);
    cf_fiber_end(); /* Workers make their own loops. */
    ok = open_sockets(s, err);
    if (ok) {
        if (s->options.listening)
            s->options.listening(s->options.data, s->listeners.host, s->listeners.port);
        ok = cf__supervise(s, err);
    }
    cf__listen_close(&s->listeners);
    free(s);
    return ok;
}
