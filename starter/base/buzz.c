/* buzz.c -- the event log, and what is known of the signed-in user. */
#include "base.h"


User *current_user(cf_request *req)
{
    cf_value user = cf_current_user(req);
    if (!cf_is(user, CF_TYPE_OBJECT) || cf_row_model(user.as.object) != &User_model)
        return NULL;
    return (User *)user.as.object;
}

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

void buzz(cf_request *req, const char *event_type, int64_t post_id, const char *format, ...)
{
    Buzz   *event = cf_create(req, Buzz);
    User   *user = current_user(req);
    va_list args;

    va_start(args, format);
    event->title = clip(cf_request_arena(req), cf_vprintf(cf_request_arena(req), format, args), 120);
    va_end(args);
    event->event_type = event_type;
    event->user_id = user ? user->id : 0;
    event->post_id = post_id;
    cf_add(req, event);
}

cf_response *note_last_seen(cf_request *req)
{
    User   *user = current_user(req);
    cf_time now = cf_now();

    if (!user || now.us - user->last_seen.us < CF_HOUR)
        return NULL;
    user->last_seen = now;
    if (!cf_commit(req))
        cf_log_error(cf_request_error(req), "cannot note that a user was here");
    return NULL;
}
