/* base.h -- the pages every site has: home, settings, profiles, contact, superadmin. */
#ifndef STARTER_BASE_BASE_H
#define STARTER_BASE_BASE_H

#include <carafe.h>

#include "models.h"

extern const cf_blueprint base;

cf_view superadmin;

/* Makes what a first start needs; `run` calls it. */
extern const cf_command setup_command;

/* Notes an event; the next commit stores it. `post_id` is the post it is about, or 0. */
Buzz *buzz(cf_request *req, const char *event_type, int64_t post_id, const char *format, ...)
    CF_PRINTF(4, 5);

/* A text cut to `max` characters, with "…" in place of what is left out. */
const char *clip(cf_arena *arena, const char *text, size_t max);

/* Runs before each page: notes, at most hourly, that a user was here. */
cf_response *note_last_seen(cf_request *req) CF_SUSPENDS;

/* Notes what happened to an account; see cf_auth_options. */
void note_account_event(cf_request *req, const char *what, void *row) CF_SUSPENDS;

/* The administrator whose account is the oldest; NULL when there is none. */
User *first_admin(cf_request *req) CF_SUSPENDS;

#endif
