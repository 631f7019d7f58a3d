/* guard.c -- who may use a route: the guards that come with the framework, and their answers. */
#include <string.h>

#include "web/web.h"

static cf_guard_check check_login, check_anonymous;

const cf_guard cf_guard_anyone = { .name = "anyone" };
const cf_guard cf_guard_login = { .name = "login", .check = check_login };
const cf_guard cf_guard_anonymous = { .name = "anonymous", .check = check_anonymous };

/* ---- users, by the hooks of whoever knows them ---- */
cf_value cf_current_user(cf_request *req)
{
    const cf_user_hooks *users = cf_app_user_hooks(req->app);

    if (!users->current_user)
        return cf_none();
    cf_value user = users->current_user(req);
    return cf_is_missing(user) ? cf_none() : user;
}

bool cf_is_authenticated(cf_request *req)
{
    const cf_user_hooks *users = cf_app_user_hooks(req->app);

    if (users->is_authenticated)
        return users->is_authenticated(req);
    return !cf_is_missing(cf_current_user(req));
}

bool cf_has_role(cf_request *req, const char *role)
{
    const cf_user_hooks *users = cf_app_user_hooks(req->app);

    return users->has_role && cf_is_authenticated(req) && users->has_role(req, role);
}

/* ---- answers ---- */
/* Where to come back to after signing in: this page, or for a form the one it stands on. */
static const char *next_of(cf_request *req)
{
    const char *referrer;

    if (req->method & (CF_GET | CF_HEAD))
        return cf_request_full_path(req);
    referrer = cf_request_header(req, "Referer");
    if (!referrer || !cf_url_is_ours(req, referrer))
        return NULL;
    if (*referrer == '/')
        return referrer;
    referrer = strstr(referrer, "://") + 3;
    return strchr(referrer, '/');
}

cf_response *cf_unauthorized(cf_request *req)
{
    const cf_user_hooks *users = cf_app_user_hooks(req->app);

    if (cf_request_wants_json(req) || !users->login_endpoint) {
        cf_response *response = cf_abort(req, 401);
        return cf_response_header(response, "WWW-Authenticate", "Session");
    }
    return cf_redirect_to(req, users->login_endpoint, "next", next_of(req));
}

static cf_response *unauthorized(cf_request *req)
{
    const cf_user_hooks *users = cf_app_user_hooks(req->app);
    return users->unauthorized ? users->unauthorized(req) : cf_unauthorized(req);
}

/* An error met while finding out who it is (the database is down) is no "anonymous". */
static cf_response *refuse(cf_request *req)
{
    if (cf__held_error(req))
        return cf__null_response(req);
    return cf_is_authenticated(req) ? cf_abort(req, 403) : unauthorized(req);
}

static cf_response *check_login(cf_request *req, const cf_guard *guard)
{
    (void)guard;
    return cf_is_authenticated(req) ? NULL : refuse(req);
}

static cf_response *check_anonymous(cf_request *req, const cf_guard *guard)
{
    const char *home = cf_app_user_hooks(req->app)->home_endpoint;

    (void)guard;
    if (!cf_is_authenticated(req))
        return cf__held_error(req) ? cf__null_response(req) : NULL;
    return home ? cf_redirect_to(req, home) : cf_redirect(req, "/");
}

cf_response *cf__guard_roles(cf_request *req, const cf_guard *guard)
{
    for (const char *const *role = guard->words; *role; role++)
        if (!cf_has_role(req, *role))
            return refuse(req);
    return NULL;
}

cf_response *cf__guard_any_role(cf_request *req, const cf_guard *guard)
{
    for (const char *const *role = guard->words; *role; role++)
        if (cf_has_role(req, *role))
            return NULL;
    return refuse(req);
}

cf_response *cf__guard_all(cf_request *req, const cf_guard *guard)
{
    for (const cf_guard *const *g = guard->list; *g; g++) {
        cf_response *answer = cf_guard_run(req, *g);
        if (answer)
            return answer;
    }
    return NULL;
}

cf_response *cf_guard_run(cf_request *req, const cf_guard *guard)
{
    return guard->check ? guard->check(req, guard) : NULL;
}

static void add_text(cf_buf *out, const cf_guard *guard)
{
    cf_buf_puts(out, guard->name ? guard->name : "own");
    for (size_t i = 0; guard->words && guard->words[i]; i++)
        cf_buf_printf(out, "%s%s", i ? ", " : " ", guard->words[i]);
    for (size_t i = 0; guard->list && guard->list[i]; i++) {
        cf_buf_puts(out, i ? ", " : ": ");
        add_text(out, guard->list[i]);
    }
}

const char *cf_guard_text(cf_arena *arena, const cf_guard *guard)
{
    cf_buf out = cf_buf_in(arena, 0);

    add_text(&out, guard);
    return cf_buf_cstr(&out);
}
