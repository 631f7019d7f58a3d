/* sign_in.c -- the pages to sign in, sign out and register. */
#include "auth/auth_internal.h"

#include <string.h>

#define WRONG "The e-mail address or the password is not right."

const char *cf__after_login(cf_request *req, const char *next)
{
    cf__auth   *auth = cf__auth_of(cf_request_app(req));
    const char *url;

    if (next && *next && cf_url_is_ours(req, next))
        return next;
    if (auth->options.home && (url = cf_url_for(req, auth->options.home)) != NULL)
        return url;
    return "/";
}

/* Counts a try for the address and for the account; answers 429 when there were too many. */
static bool within_limits(cf_request *req, const char *email, cf_error *err)
{
    cf_config  *config = cf_app_config(cf_request_app(req));
    int64_t     most = cf_config_int(config, "SECURITY_LOGIN_ATTEMPTS");
    int64_t     seconds = cf_config_int(config, "SECURITY_LOGIN_WINDOW");
    const char *from = cf_request_remote_addr(req);
    cf_arena   *arena = cf_request_arena(req);
    bool        account = false, address = false;

    /* The address first: one that tries too often makes no more keys. */
    return cf_rate_limit(req, cf_printf(arena, "login:%s", from), most * 20, seconds, &address,
                         err) &&
           address &&
           cf_rate_limit(req, cf_printf(arena, "login:%s:%s", email, from), most, seconds, &account,
                         err) &&
           account;
}

static void forget_tries(cf_request *req, const char *email)
{
    const char *key = cf_printf(cf_request_arena(req), "login:%s:%s", email,
                                cf_request_remote_addr(req));

    cf_query_delete(cf_query_filter_by(cf_select(req, RateLimit), "key", key));
}

/* The user whose address and password the form has, or NULL with an error on the form. */
static void *check_credentials(cf_request *req, cf_form *form, const char *email)
{
    const char *password = cf_form_text(form, "password");
    void       *user = cf__user_by(req, "email", email);
    cf_error    err = { 0 };

    if (cf_request_error(req)->code)
        return NULL;
    if (!user)
        cf__verify_nobody(req, password);
    if (user && cf_auth_verify_password(req, user, password, &err))
        return user;
    if (err.code)
        *cf_request_error(req) = err;
    else
        cf_form_error(form, NULL, WRONG);
    return NULL;
}

/* Signs the form's user in; NULL to show the form again. */
static cf_response *try_login(cf_request *req, cf_form *form, bool *too_many)
{
    const char *email = cf_auth_normalize_email(cf_request_arena(req), cf_form_text(form, "email"));
    cf_error    err = { 0 };
    void       *user;

    *too_many = !within_limits(req, email ? email : "", &err);
    if (err.code) {
        *cf_request_error(req) = err;
        return NULL;
    }
    if (*too_many) {
        cf_form_error(form, NULL, "Too many tries. Wait a few minutes, then try again.");
        return NULL;
    }
    user = check_credentials(req, form, email ? email : "");
    if (!user)
        return NULL;
    if (!cf_auth_login(req, user, cf_form_bool(form, "remember"), &err)) {
        cf_form_error(form, "email", "%s", err.message);
        return NULL;
    }
    forget_tries(req, email);
    if (!cf_commit(req))
        return NULL;
    return cf_redirect(req, cf__after_login(req, cf_form_text(form, "next")));
}

cf_response *cf__login(cf_request *req)
{
    cf_form     *form;
    cf_response *done = NULL;
    bool         too_many = false;

    if (cf_auth_user(req))
        return cf_redirect(req, cf__after_login(req, cf_query_arg(req, "next", NULL)));
    form = cf_form_new(req, &cf__login_form, CF_NO_OBJECT);
    if (!cf_form_is_submitted(form))
        cf_form_set(form, "next", cf_string(cf_query_arg(req, "next", "")));
    if (cf_form_validate_on_submit(form))
        done = try_login(req, form, &too_many);
    if (done)
        return done;
    if (cf_request_error(req)->code)
        return NULL;
    done = cf_render(req, "security/login_user.html",
                     CF_NAMED("login_user_form", cf_form_object(form)),
                     CF_NAMED("form", cf_form_object(form)));
    if (too_many && done) {
        cf_response_set_status(done, 429);
        cf_response_header(done, "Retry-After", "300");
    }
    return done;
}

cf_response *cf__logout(cf_request *req)
{
    cf_auth_logout(req);
    if (!cf_commit(req))
        return NULL;
    return cf_redirect(req, cf__after_login(req, NULL));
}

/* ---- registering ---- */
static const cf_form_decl *register_form(cf_request *req)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));

    return auth->options.register_form ? auth->options.register_form : &cf__register_form;
}

/* What an app's form asks beyond the account itself goes into the user's columns. */
static bool take_extras(cf_request *req, cf_form *form, void *user, cf_error *err)
{
    static const char *const own[] = { "email", "password", "password_confirm", "next", "submit" };

    for (const cf_form_field *field = register_form(req)->fields; field->name; field++) {
        bool extra = cf_model_column(cf_row_model(user), cf_str_of(field->name)) != NULL;

        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
            extra = extra && strcmp(own[i], field->name) != 0;
        if (extra && !cf__user_set(user, field->name, cf_form_value(form, field->name), err))
            return false;
    }
    return true;
}

static bool confirmable(cf_request *req)
{
    return cf_config_bool(cf_app_config(cf_request_app(req)), "SECURITY_CONFIRMABLE");
}

static bool welcome(cf_request *req, void *user)
{
    const char *link = NULL;
    bool        confirm = confirmable(req);

    if (confirm)
        link = cf_url_for(req, "security.confirm_email", "token",
                          cf__user_token(req, user, "confirm"), "_external", true);
    return cf__auth_mail(req, user, "welcome", confirm ? "Please confirm your email" : "Welcome",
                         CF_PAIRS("confirmation_link", link, "confirmable", confirm));
}

static void *new_account(cf_request *req, cf_form *form, cf_error *err)
{
    const char *const *roles;
    cf_new_user        account = { .email = cf_form_text(form, "email"),
                                   .password = cf_form_text(form, "password"),
                                   .confirmed = false };
    void              *user;

    cf_config_list(cf_app_config(cf_request_app(req)), "SECURITY_DEFAULT_ROLES", &roles);
    account.roles = roles;
    user = cf_auth_create_user(req, &account, err);
    if (!user || !take_extras(req, form, user, err))
        return NULL;
    cf__auth_event(req, "registered", user);
    /* The row must have its key before a mail refers to it. */
    return cf_db_flush(cf_request_db(req), err) && welcome(req, user) ? user : NULL;
}

/* An address that has an account gets a mail saying so; the page says what it always says. */
static bool existing_account(cf_request *req, cf_form *form)
{
    void *user = cf_auth_find(req, cf_form_text(form, "email"));

    cf__verify_nobody(req, cf_form_text(form, "password"));
    return user &&
           cf__auth_mail(req, user, "welcome_existing", "You already have an account",
                         CF_PAIRS("recovery_link",
                                  cf_url_for(req, "security.forgot_password", "_external", true)));
}

static cf_response *registered(cf_request *req, cf_form *form)
{
    if (confirmable(req))
        cf_flash(req, "success", "Thank you. Confirmation instructions have been sent to %s.",
                 cf_form_text(form, "email"));
    else
        cf_flash(req, "success", "Thank you. You can sign in now.");
    return cf_redirect_to(req, "security.login");
}

static bool mail_allowed(cf_request *req, cf_error *err)
{
    bool allowed = false;

    return cf_rate_limit(
               req, cf_printf(cf_request_arena(req), "register:%s", cf_request_remote_addr(req)),
               60, 3600, &allowed, err) &&
           allowed;
}

cf_response *cf__register(cf_request *req)
{
    cf_error err = { 0 };
    cf_form *form;

    if (cf_auth_user(req))
        return cf_redirect(req, cf__after_login(req, NULL));
    form = cf_form_new(req, register_form(req), CF_NO_OBJECT);
    if (cf_form_validate_on_submit(form)) {
        if (!mail_allowed(req, &err)) {
            if (err.code)
                return cf_abort(req, 500);
            return cf_abort_with(req, 429,
                                 "Too many accounts were made from your address. "
                                 "Try again in an hour.");
        }
        if (new_account(req, form, &err) && cf_commit(req))
            return registered(req, form);
        /* Taken already, or by another request a moment ago. */
        if (err.code == CF_ECONFLICT || cf_request_error(req)->code == CF_ECONFLICT) {
            cf_rollback(req);
            cf_error_clear(cf_request_error(req));
            if (existing_account(req, form) && cf_commit(req))
                return registered(req, form);
        }
        if (cf_request_error(req)->code || err.code != CF_EINVAL) {
            if (!cf_request_error(req)->code)
                *cf_request_error(req) = err;
            return NULL;
        }
        cf_form_error(form, NULL, "%s", err.message);
    }
    if (cf_request_error(req)->code)
        return NULL;
    return cf_render(req, "security/register_user.html",
                     CF_NAMED("register_user_form", cf_form_object(form)),
                     CF_NAMED("form", cf_form_object(form)));
}
