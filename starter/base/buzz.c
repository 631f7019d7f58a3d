/* buzz.c -- the event log. */
#include "base.h"

const char *clip(cf_arena *arena, const char *text, size_t max)
{
    cf_str all = cf_str_of(text), rest = all;
    size_t count = 0, keep = 0;

    while (rest.len && count < max) {
        if (++count == max)
            keep = all.len - rest.len;
        cf_utf8_next(&rest);
    }
    if (!rest.len)
        return text;
    return cf_printf(arena, "%.*s…", CF_STR_ARG(cf_str_slice(all, 0, keep)));
}

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
