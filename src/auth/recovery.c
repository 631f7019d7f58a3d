/* recovery.c -- the pages to confirm an address, and to reset and change a password. */
#include "auth/auth_internal.h"

#include <string.h>

static cf_response *show(cf_request *req, const char *template, const char *name, cf_form *form,
                         const char *token)
{
    if (cf_request_error(req)->code)
        return NULL;
    return cf_render(req, template, CF_NAMED(name, cf_form_object(form)),
                     CF_NAMED("form", cf_form_object(form)),
                     CF_NAMED("reset_password_token", token));
}

static bool may_mail(cf_request *req, const char *what, bool *allowed)
{
    cf_error err = { 0 };

    if (cf_rate_limit(req,
                      cf_printf(cf_request_arena(req), "%s:%s", what, cf_request_remote_addr(req)),
                      60, 3600, allowed, &err))
        return true;
    *cf_request_error(req) = err;
    return false;
}

static cf_response *too_many(cf_request *req)
{
    return cf_abort_with(req, 429,
                         "Too many mails were asked for from your address. "
                         "Try again in an hour.");
}

/* Someone to write to when there is no such account, so that the answer takes as long; the mail is
 * made and not sent. */
static void *nobody(cf_request *req, const char *email)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));
    void     *user = cf__db_new_row(cf_request_db(req), auth->user);
    cf_error  err = { 0 };

    cf__user_set(user, "email", cf_string(email), &err);
    cf__user_set(user, "uniquifier", cf_string("nobody"), &err);
    cf__user_set(user, "password", cf_string("none"), &err);
    return user;
}

static bool mail_link(cf_request *req, void *user, bool real, const char *what)
{
    bool        reset = strcmp(what, "reset") == 0;
    const char *token = cf__user_token(req, user, what);
    const char *link = cf_url_for(req, reset ? "security.reset_password" : "security.confirm_email",
                                  "token", token, "_external", true);
    const char *name = reset ? "reset_instructions" : "confirmation_instructions";
    cf_mail     unsent = { .subject = "" };

    if (!link)
        return false;
    if (!real)
        return cf_mail_render(req, &unsent,
                              cf_printf(cf_request_arena(req), "security/email/%s", name),
                              CF_NAMED("user", cf__user_value(user)),
                              CF_NAMED(reset ? "reset_link" : "confirmation_link", link));
    return cf__auth_mail(req, user, name,
                         reset ? "Password reset instructions" : "Please confirm your email",
                         CF_PAIRS(reset ? "reset_link" : "confirmation_link", link));
}

/* Sends a link to the form's address if it has an account for which that makes sense. */
static bool send_link(cf_request *req, cf_form *form, const char *what)
{
    void *user = cf_auth_find(req, cf_form_text(form, "email"));
    bool  real;

    if (cf_request_error(req)->code)
        return false;
    real = user && cf__user_is_active(user) &&
           (strcmp(what, "reset") == 0 || !cf__user_is_confirmed(user));
    return mail_link(req, real ? user : nobody(req, cf_form_text(form, "email")), real, what) &&
           cf_commit(req);
}

cf_response *cf__send_confirmation(cf_request *req)
{
    cf_form *form = cf_form_new(req, &cf__confirm_form, CF_NO_OBJECT);
    bool     allowed;

    if (cf_form_validate_on_submit(form)) {
        if (!may_mail(req, "confirm", &allowed))
            return NULL;
        if (!allowed)
            return too_many(req);
        if (!send_link(req, form, "confirm"))
            return NULL;
        cf_flash(req, "info",
                 "If %s has an account that is not confirmed yet, instructions are on their way.",
                 cf_form_text(form, "email"));
        return cf_redirect_to(req, "security.login");
    }
    return show(req, "security/send_confirmation.html", "send_confirmation_form", form, NULL);
}

cf_response *cf__confirm_email(cf_request *req)
{
    cf_arena *arena = cf_request_arena(req);
    bool      expired;
    void     *user = cf__user_of_token(req, cf_url_arg(req, "token"), "confirm", &expired);

    if (cf_request_error(req)->code)
        return NULL;
    if (!user) {
        cf_flash(req, "danger",
                 expired ? "This confirmation link has expired. Ask for a new one below."
                         : "This confirmation link is not valid. Ask for a new one below.");
        return cf_redirect_to(req, "security.send_confirmation");
    }
    if (cf__user_is_confirmed(user)) {
        cf_flash(req, "info", "Your email has already been confirmed.");
        return cf_redirect_to(req, "security.login");
    }
    if (!cf__user_set(user, "confirmed_at", cf_time_value(arena, cf_now()), cf_request_error(req)))
        return NULL;
    cf__auth_event(req, "confirmed", user);
    if (!cf_commit(req))
        return NULL;
    cf_flash(req, "success", "Thank you. Your email has been confirmed.");
    return cf_redirect_to(req, "security.login");
}

cf_response *cf__forgot_password(cf_request *req)
{
    cf_form *form = cf_form_new(req, &cf__forgot_form, CF_NO_OBJECT);
    bool     allowed;

    if (cf_form_validate_on_submit(form)) {
        if (!may_mail(req, "reset", &allowed))
            return NULL;
        if (!allowed)
            return too_many(req);
        if (!send_link(req, form, "reset"))
            return NULL;
        cf_flash(req, "info",
                 "If %s has an account, instructions to reset its password are on their way.",
                 cf_form_text(form, "email"));
        return cf_redirect_to(req, "security.login");
    }
    return show(req, "security/forgot_password.html", "forgot_password_form", form, NULL);
}

/* Whoever reads the mail owns the address, so a reset confirms it too. */
static bool reset(cf_request *req, void *user, const char *password)
{
    cf_error *err = cf_request_error(req);

    if (!cf_auth_set_password(req, user, password, err))
        return false;
    if (!cf__user_is_confirmed(user) &&
        !cf__user_set(user, "confirmed_at", cf_time_value(cf_request_arena(req), cf_now()), err))
        return false;
    cf__auth_event(req, "reset", user);
    return cf__auth_mail(req, user, "reset_notice", "Your password has been reset", CF_PAIRS()) &&
           cf_commit(req);
}

cf_response *cf__reset_password(cf_request *req)
{
    const char *token = cf_url_arg(req, "token");
    bool        expired;
    void       *user = cf__user_of_token(req, token, "reset", &expired);
    cf_form    *form;

    if (cf_request_error(req)->code)
        return NULL;
    if (!user) {
        cf_flash(req, "danger",
                 expired ? "This reset link has expired. Ask for a new one below."
                         : "This reset link is not valid. Ask for a new one below.");
        return cf_redirect_to(req, "security.forgot_password");
    }
    form = cf_form_new(req, &cf__reset_form, CF_NO_OBJECT);
    if (!cf_form_validate_on_submit(form))
        return show(req, "security/reset_password.html", "reset_password_form", form, token);
    if (!reset(req, user, cf_form_text(form, "password")))
        return NULL;
    cf_auth_logout(req);
    if (!cf_commit(req))
        return NULL;
    cf_flash(req, "success", "Your password has been reset. Sign in with the new one.");
    return cf_redirect_to(req, "security.login");
}

static bool change(cf_request *req, void *user, cf_form *form)
{
    cf_error *err = cf_request_error(req);

    if (!cf_auth_set_password(req, user, cf_form_text(form, "new_password"), err))
        return false;
    cf__auth_event(req, "changed", user);
    if (!cf__auth_mail(req, user, "change_notice", "Your password has been changed", CF_PAIRS()) ||
        !cf_commit(req))
        return false;
    /* The uniquifier is new: this session goes on, every other one is over. */
    cf__auth_begin_session(req, user, false);
    return true;
}

static bool current_password_is_right(cf_request *req, void *user, cf_form *form)
{
    cf_error err = { 0 };
    bool     allowed, right;

    if (!cf_rate_limit(
            req, cf_printf(cf_request_arena(req), "change:%s", cf__user_text(user, "uniquifier")),
            10, 900, &allowed, &err)) {
        *cf_request_error(req) = err;
        return false;
    }
    if (!allowed) {
        cf_form_error(form, "password", "Too many tries. Wait a few minutes, then try again.");
        return false;
    }
    right = cf_auth_verify_password(req, user, cf_form_text(form, "password"), &err);
    if (err.code)
        *cf_request_error(req) = err;
    else if (!right)
        cf_form_error(form, "password", "This is not your current password.");
    return right;
}

cf_response *cf__change_password(cf_request *req)
{
    void    *user = cf_auth_user(req);
    cf_form *form = cf_form_new(req, &cf__change_form, CF_NO_OBJECT);

    if (cf_form_validate_on_submit(form) && current_password_is_right(req, user, form)) {
        if (strcmp(cf_form_text(form, "password"), cf_form_text(form, "new_password")) == 0) {
            cf_form_error(form, "new_password", "The new password must differ from the old one.");
        } else {
            if (!change(req, user, form))
                return NULL;
            cf_flash(req, "success",
                     "Your password has been changed. Every other session of your "
                     "account has been signed out.");
            return cf_redirect(req, cf__after_login(req, NULL));
        }
    }
    return show(req, "security/change_password.html", "change_password_form", form, NULL);
}
