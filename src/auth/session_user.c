/* session_user.c -- who a request's session belongs to, and the "remember me" cookie.
 *
 * The session names a user by the uniquifier, which changes with the password: a session or cookie
 * from before leads to nobody. It also has an identifier of its own, which signing out revokes. */
#include "auth/auth_internal.h"

#include <string.h>

#define REMEMBER_COOKIE "remember_token"

static const char user_key;

typedef struct loaded {
    void *user;
    bool  done;
} loaded;

static loaded *state_of(cf_request *req)
{
    loaded *state = cf_request_data(req, &user_key);

    if (!state) {
        state = cf_new(cf_request_arena(req), loaded);
        cf_request_set_data(req, &user_key, state);
    }
    return state;
}

static int64_t remember_seconds(cf_request *req)
{
    return cf_config_int(cf_app_config(cf_request_app(req)), "REMEMBER_COOKIE_DURATION");
}

static int64_t now_seconds(void)
{
    return cf_now().us / CF_SECOND;
}

static void *usable(void *user)
{
    return user && cf__user_is_active(user) ? user : NULL;
}

/* The session's own identifier; "" for none. */
static const char *session_id(cf_request *req)
{
    return cf_cstr(cf_request_arena(req), cf_session_get(req, "_id"), "");
}

static void leave_session(cf_request *req)
{
    cf_session_remove(req, "_user_id");
    cf_session_remove(req, "_fresh");
    cf_session_remove(req, "_id");
}

static void *from_session(cf_request *req)
{
    cf_value id = cf_session_get(req, "_user_id");
    void    *user;

    if (id.type != CF_TYPE_STRING || !id.len)
        return NULL;
    user = usable(cf__user_by(req, "uniquifier", cf_str_dup(cf_request_arena(req), cf_text(id))));
    if (!user || !cf__token_is_revoked(req, session_id(req)))
        return user;
    if (!cf_request_error(req)->code)
        leave_session(req);
    return NULL;
}

/* A remembered visitor gets a session anew; it is not fresh. */
static void *from_cookie(cf_request *req)
{
    const char *cookie = cf_request_cookie(req, REMEMBER_COOKIE);
    cf_arena   *arena = cf_request_arena(req);
    cf_error    err = { 0 };
    cf_str      payload, name, id;
    void       *user;

    if (!cookie || !*cookie)
        return NULL;
    if (cf_open(arena, cf_app_keyring(cf_request_app(req)), "remember", cf_str_of(cookie),
                now_seconds(), remember_seconds(req), &payload, NULL, &err) &&
        cf_str_cut(payload, ' ', &name, &id) &&
        (user = usable(cf__user_by(req, "uniquifier", cf_str_dup(arena, name)))) != NULL &&
        !cf__token_is_revoked(req, cf_str_dup(arena, id))) {
        cf_session_set(req, "_user_id", cf__user_uniquifier(user));
        cf_session_set(req, "_id", (const char *)cf_str_dup(arena, id));
        cf_session_set(req, "_fresh", false);
        return user;
    }
    if (!cf_request_error(req)->code)
        cf_delete_cookie(req, REMEMBER_COOKIE, NULL);
    return NULL;
}

void *cf_auth_user(cf_request *req)
{
    loaded *state = state_of(req);

    if (!state->done) {
        state->done = true;
        state->user = from_session(req);
        if (!state->user && !cf_request_error(req)->code)
            state->user = from_cookie(req);
    }
    return state->user;
}

void cf__auth_begin_session(cf_request *req, void *user, bool remember)
{
    loaded     *state = state_of(req);
    cf_arena   *arena = cf_request_arena(req);
    const char *id = cf_random_token(arena, 16);

    *state = (loaded){ user, true };
    cf_session_renew(req);
    cf_session_set(req, "_user_id", cf__user_uniquifier(user));
    cf_session_set(req, "_id", id);
    cf_session_set(req, "_fresh", true);
    if (remember) {
        const char *payload = cf_printf(arena, "%s %s", cf__user_uniquifier(user), id);
        cf_str      cookie = cf_seal(arena, cf_app_keyring(cf_request_app(req)), "remember",
                                     cf_str_of(payload), now_seconds());
        cf_set_cookie(req, REMEMBER_COOKIE, cf_str_dup(arena, cookie),
                      &(cf_cookie_options){ .max_age = remember_seconds(req) });
    }
}

bool cf_auth_login(cf_request *req, void *user, bool remember, cf_error *err)
{
    if (!cf__user_is_active(user))
        return cf_fail(err, CF_EDENIED, "Account is disabled.");
    if (cf_config_bool(cf_app_config(cf_request_app(req)), "SECURITY_CONFIRMABLE") &&
        !cf__user_is_confirmed(user))
        return cf_fail(err, CF_EDENIED, "Email requires confirmation.");
    cf__auth_begin_session(req, user, remember);
    cf__auth_event(req, "login", user);
    return true;
}

void cf_auth_logout(cf_request *req)
{
    cf_config *config = cf_app_config(cf_request_app(req));
    int64_t    session = cf_config_int(config, "PERMANENT_SESSION_LIFETIME");
    int64_t    remember = remember_seconds(req);
    void      *user = cf_auth_user(req);

    if (user)
        cf__auth_event(req, "logout", user);
    if (user && *session_id(req))
        cf__token_revoke(req, session_id(req), session > remember ? session : remember);
    *state_of(req) = (loaded){ NULL, true };
    leave_session(req);
    cf_session_renew(req);
    if (cf_request_cookie(req, REMEMBER_COOKIE))
        cf_delete_cookie(req, REMEMBER_COOKIE, NULL);
}

/* ---- what the web room asks ---- */
static bool anonymous_has_role(cf_call *call, cf_value *result)
{
    (void)call;
    *result = cf_bool(false);
    return true;
}

static bool anonymous_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    static const cf_function has_role = { "has_role", anonymous_has_role, NULL };

    (void)eval;
    (void)self;
    if (cf_str_is(name, "is_authenticated") || cf_str_is(name, "is_active"))
        *out = cf_bool(false);
    else if (cf_str_is(name, "is_anonymous"))
        *out = cf_bool(true);
    else if (cf_str_is(name, "id"))
        *out = cf_none();
    else if (cf_str_is(name, "has_role"))
        *out = cf_from_function(&has_role);
    return true;
}

static const cf_class  anonymous_class = { .name = "AnonymousUser", .get = anonymous_get };
static const cf_object anonymous = { &anonymous_class };

static cf_value current_user(cf_request *req)
{
    void *user = cf_auth_user(req);

    return cf_from_object(user ? user : (const void *)&anonymous);
}

static bool is_authenticated(cf_request *req)
{
    return cf_auth_user(req) != NULL;
}

static bool has_role(cf_request *req, const char *role)
{
    void *user = cf_auth_user(req);

    return user && cf_auth_has_role(req, user, role);
}

static bool act_as(cf_request *req, cf_value who, cf_error *err)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));
    void     *user = NULL;

    if (who.type == CF_TYPE_STRING)
        user = cf_auth_find(req, cf_cstr(cf_request_arena(req), who, ""));
    else if (who.type == CF_TYPE_INT && cf_request_db(req))
        user = cf__db_get(cf_request_db(req), auth->user, who);
    if (!user)
        return cf_fail(err, CF_ENOTFOUND, "there is no such user to act as");
    cf__auth_begin_session(req, user, false);
    return true;
}

const cf_user_hooks cf__user_hooks = { .current_user = current_user,
                                       .is_authenticated = is_authenticated,
                                       .has_role = has_role,
                                       .act_as = act_as,
                                       .login_endpoint = "security.login",
                                       .home_endpoint = "base.home" };
