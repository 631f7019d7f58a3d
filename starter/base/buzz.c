/* buzz.c -- the event log. */
#include "base.h"

Buzz *buzz(cf_request *req, const char *event_type, int64_t post_id, const char *format, ...)
{
    Buzz   *event = cf_create(req, Buzz);
    User   *user = cf_user(req, User);
    va_list args;

    va_start(args, format);
    event->title = clip(cf_request_arena(req), cf_vprintf(cf_request_arena(req), format, args),
                        120);
    va_end(args);
    event->event_type = event_type;
    event->user_id = user ? user->id : 0;
    event->post_id = post_id;
    cf_add(req, event);
    return event;
}
