/* fixture.c -- makes the apps that the tests of this room use. */
#include "fixture.h"

fixture fixture_new(cf_create_app *create, const char *const *settings)
{
    cf_error err = { 0 };
    fixture  f = { .arena = cf_arena_new() };

    f.app = cf_app_new(create, &(cf_app_options){ .settings = settings, .testing = true }, &err);
    cr_assert_not_null(f.app, "%s", err.message);
    f.client = cf_client_new(f.arena, f.app);
    return f;
}

void fixture_end(fixture *f)
{
    cf_app_free(f->app);
    cf_arena_free(f->arena);
}

const char *fixture_failure(cf_create_app *create, const char *const *settings)
{
    static cf_error err;
    cf_app         *app;

    err = (cf_error){ 0 };
    app = cf_app_new(create, &(cf_app_options){ .settings = settings, .testing = true }, &err);
    cr_assert_null(app, "the app starts");
    return err.message;
}

static cf_value current_user(cf_request *req)
{
    return cf_session_get(req, "user");
}

static bool has_role(cf_request *req, const char *role)
{
    cf_str rest = cf_text(cf_session_get(req, "roles")), word;

    while (rest.len) {
        cf_str_cut(rest, ' ', &word, &rest);
        if (cf_str_is(word, role))
            return true;
    }
    return false;
}

static bool act_as(cf_request *req, cf_value who, cf_error *err)
{
    if (cf_text(who).len == 0)
        return cf_fail(err, CF_ENOTFOUND, "there is no such user");
    cf_session_put(req, "user", who);
    return true;
}

const cf_user_hooks fixture_users = {
    .current_user = current_user,
    .has_role = has_role,
    .act_as = act_as,
    .login_endpoint = "login",
};

static void set_roles(cf_request *req, void *data)
{
    cf_session_set(req, "roles", (const char *)data);
}

void fixture_sign_in(fixture *f, const char *user, const char *roles)
{
    cr_assert(cf_client_act_as(f->client, cf_string(user)));
    cr_assert(cf_client_session(f->client, set_roles, (void *)(uintptr_t)roles));
}
