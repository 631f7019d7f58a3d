/* models.h -- who uses the site, what they may do, and what they did. */
#ifndef STARTER_BASE_MODELS_H
#define STARTER_BASE_MODELS_H

#include <carafe.h>

typedef struct Role {
    CF_ROW;
    int64_t     id;
    const char *name, *description;
} Role;
extern const cf_model Role_model;

typedef struct User {
    CF_ROW;
    int64_t     id;
    const char *first_name, *last_name, *phone, *address, *about;
    const char *image; /* File name below UPLOAD_FOLDER. */
    const char *email, *password;
    const char *uniquifier; /* A new one ends every session of the account. */
    bool        active, public_profile;
    cf_time     confirmed_at, last_seen, created_at;
} User;
extern const cf_model User_model;

/* The event log. */
typedef struct Buzz {
    CF_ROW;
    int64_t     id, user_id, post_id;
    const char *title, *body, *event_type;
    cf_time     created_on;
} Buzz;
extern const cf_model Buzz_model;

/* "Ada Lindqvist", as far as it is known; "" when neither name is. */
const char *user_full_name(cf_arena *arena, const User *user);

/* The address of an uploaded file as a template value; none without a file. */
cf_value upload_url(cf_eval *eval, const char *filename);

#endif
