/* models.c -- users, roles and the event log as tables. */
#include "models.h"

#include "../blog/models.h"

const char *user_full_name(cf_arena *arena, const User *user)
{
    const char *first = user->first_name ? user->first_name : "";
    const char *last = user->last_name ? user->last_name : "";
    return cf_printf(arena, "%s%s%s", first, *first && *last ? " " : "", last);
}

cf_value upload_url(cf_eval *eval, const char *filename)
{
    cf_request *req = eval->context;
    if (!req || !filename || !*filename)
        return cf_none();
    return cf_string(cf_url_for(req, "base.uploads", "filename", filename));
}

static bool user_img(cf_eval *eval, cf_object *self, cf_value *out)
{
    *out = upload_url(eval, ((const User *)self)->image);
    return true;
}

static bool user_name(cf_eval *eval, cf_object *self, cf_value *out)
{
    *out = cf_string(user_full_name(eval->arena, (const User *)self));
    return true;
}

static bool user_when_registered(cf_eval *eval, cf_object *self, cf_value *out)
{
    const User *user = (const User *)self;
    *out = cf_string(cf_time_ago(eval->arena, user->created_at, cf_now()));
    return true;
}

/* What an event is about: the post, for its editor, or else the profile of who did it. */
static bool buzz_link(cf_eval *eval, cf_object *self, cf_value *out)
{
    cf_request *req = eval->context;
    const Buzz *event = (const Buzz *)self;

    *out = cf_none();
    if (req && event->post_id)
        *out = cf_string(cf_url_for(req, "blog.edit", "post_id", event->post_id));
    else if (req && event->user_id)
        *out = cf_string(cf_url_for(req, "base.user", "user_id", event->user_id));
    return true;
}

/* An account made by hand, in the shell, needs what sessions are bound to as well. */
static bool user_before_insert(cf_db *db, void *row, cf_error *err)
{
    User *user = row;

    (void)err;
    if (!user->uniquifier)
        user->uniquifier = cf_random_token(cf_db_arena(db), 24);
    return true;
}

/* clang-format off */
CF_MODEL(Role, "role",
    CF_COLUMN(Role, id,          .primary_key = true),
    CF_COLUMN(Role, name,        .max = 80, .required = true, .unique = true),
    CF_COLUMN(Role, description, .max = 255));

CF_MODEL(User, "user",
    CF_COLUMN(User, id,             .primary_key = true),
    CF_COLUMN(User, first_name,     .max = 155),
    CF_COLUMN(User, last_name,      .max = 155),
    CF_COLUMN(User, phone,          .max = 20),
    CF_COLUMN(User, address),
    CF_COLUMN(User, about),
    CF_COLUMN(User, image,          .max = 125, .index = true),
    CF_COLUMN(User, email,          .max = 255, .required = true, .unique = true),
    CF_COLUMN(User, password,       .max = 255),
    CF_COLUMN(User, uniquifier,     .max = 64, .required = true, .unique = true),
    CF_COLUMN(User, active,         .default_value = "true"),
    CF_COLUMN(User, public_profile, .default_value = "true"),
    CF_COLUMN(User, confirmed_at),
    CF_COLUMN(User, last_seen),
    CF_COLUMN(User, created_at,     .default_now = true, .index = true),
    CF_MANY_TO_MANY(User, roles, Role, .through = "roles_users", .backref = "users"),
    CF_AUTH_PROPERTIES(User),
    CF_PROPERTY(User, img, user_img),
    CF_PROPERTY(User, full_name, user_name),
    CF_PROPERTY(User, when_registered, user_when_registered),
    CF_BEFORE_INSERT(User, user_before_insert));

CF_MODEL(Buzz, "buzz",
    CF_COLUMN(Buzz, id,         .primary_key = true),
    CF_COLUMN(Buzz, user_id,    .references = "user.id", .on_delete = CF_SET_NULL),
    CF_COLUMN(Buzz, post_id,    .references = "post.id", .on_delete = CF_SET_NULL),
    CF_COLUMN(Buzz, title,      .max = 120, .required = true),
    CF_COLUMN(Buzz, body),
    CF_COLUMN(Buzz, event_type, .max = 50),
    CF_COLUMN(Buzz, created_on, .default_now = true, .index = true),
    CF_BELONGS_TO(Buzz, user, User),
    CF_BELONGS_TO(Buzz, post, Post),
    CF_PROPERTY(Buzz, link, buzz_link));
/* clang-format on */
