/* base.h -- the pages every site has: home, settings, profiles, contact, superadmin. */
#ifndef STARTER_BASE_BASE_H
#define STARTER_BASE_BASE_H

#include <carafe.h>

#include "models.h"

extern const cf_blueprint base;

cf_view superadmin;

/* The signed-in user, or NULL. */
User *current_user(cf_request *req) CF_SUSPENDS;

/* Notes an event; the next commit stores it. `subject` is a post's id, or 0. */
void buzz(cf_request *req, const char *event_type, int64_t post_id, const char *format, ...)
    CF_PRINTF(4, 5);

/* A text cut to `max` characters, with "…" in place of what is left out. */
const char *clip(cf_arena *arena, const char *text, size_t max);

/* Runs before every request: notes at most hourly that a user was here. */
cf_response *note_last_seen(cf_request *req) CF_SUSPENDS;

#endif
