/* auth.c -- the extension: settings, the blueprint, what the app configured. */
#include "auth/auth_internal.h"

#include <string.h>

static const cf_setting settings[] = {
    { "SECURITY_REGISTERABLE", CF_SETTING_BOOL, "true", .help = "Visitors may register" },
    { "SECURITY_CONFIRMABLE", CF_SETTING_BOOL, "true", .help = "Addresses must be confirmed" },
    { "SECURITY_CONFIRM_EMAIL_WITHIN", CF_SETTING_SECONDS, "5d", .help = "Life of confirm links" },
    { "SECURITY_RESET_PASSWORD_WITHIN", CF_SETTING_SECONDS, "1h", .help = "Life of reset links" },
    { "SECURITY_DEFAULT_ROLES", CF_SETTING_LIST, "end-user", .help = "Roles of new accounts" },
    { "SECURITY_LOGIN_ATTEMPTS", CF_SETTING_INT, "10", 1, 1000000,
      .help = "Tries to sign in to one account from one address" },
    { "SECURITY_LOGIN_WINDOW", CF_SETTING_SECONDS, "15m", .help = "within this time" },
    { "REMEMBER_COOKIE_DURATION", CF_SETTING_SECONDS, "30d", .help = "Life of \"remember me\"" },
    { 0 }
};

static const cf_model *const models[] = { &RateLimit_model, &RevokedToken_model, NULL };

static const cf_route routes[] = {
    { "/login", cf__login, "login", CF_GET | CF_POST, CF_ANYONE },
    { "/logout", cf__logout, "logout", CF_POST, CF_ANYONE },
    { "/register", cf__register, "register", CF_GET | CF_POST, CF_ANYONE },
    { "/confirm", cf__send_confirmation, "send_confirmation", CF_GET | CF_POST, CF_ANYONE },
    { "/confirm/<token>", cf__confirm_email, "confirm_email", CF_GET, CF_ANYONE },
    { "/reset", cf__forgot_password, "forgot_password", CF_GET | CF_POST, CF_ANYONE },
    { "/reset/<token>", cf__reset_password, "reset_password", CF_GET | CF_POST, CF_ANYONE },
    { "/change", cf__change_password, "change_password", CF_GET | CF_POST, CF_LOGIN },
    { 0 }
};

/* Mail links carry secrets in their path, so no page may pass its address on or be kept. */
static cf_response *keep_private(cf_request *req, cf_response *response)
{
    (void)req;
    cf_response_header(response, "Referrer-Policy", "same-origin");
    return cf_response_header(response, "Cache-Control", "no-store");
}

const cf_blueprint cf__security = { .name = "security",
                                    .routes = routes,
                                    .bundle = &cf__auth_bundle,
                                    .templates = "templates",
                                    .after_request = keep_private };

cf__auth *cf__auth_of(cf_app *app)
{
    cf__auth *auth = cf_app_service(app, "auth");

    if (!auth) {
        auth = cf_new(cf_app_arena(app), cf__auth);
        cf_app_set_service(app, "auth", auth);
    }
    if (!auth->user) {
        for (const cf_model *const *m = cf_app_all_models(app); m && *m; m++) {
            if (strcmp((*m)->name, "User") == 0)
                auth->user = *m;
            else if (strcmp((*m)->name, "Role") == 0)
                auth->role = *m;
        }
    }
    return auth;
}

void cf_auth_configure(cf_app *app, const cf_auth_options *options)
{
    cf__auth_of(app)->options = *options;
}

void cf__auth_event(cf_request *req, const char *what, void *user)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));

    if (auth->options.on_event)
        auth->options.on_event(req, what, user);
}

bool cf__auth_mail(cf_request *req, void *user, const char *name, const char *subject,
                   const cf_named *variables)
{
    cf_mail  mail = { .to = CF_TO(cf__user_text(user, "email")), .subject = subject };
    cf_named all[8] = { { "user", cf__user_value(user) } };
    size_t   count = 1;

    for (const cf_named *v = variables; v && v->name && count < 7; v++)
        all[count++] = *v;
    return cf_mail_render_named(req, &mail,
                                cf_printf(cf_request_arena(req), "security/email/%s", name), all) &&
           cf_mail_send(req, &mail);
}

/* In each worker: a missing column is told at once, not by the first visitor's error. */
static bool worker_start(cf_app *app, cf_error *err)
{
    static const char *const columns[] = { "email", "password", "active", "confirmed_at",
                                           "uniquifier" };
    cf__auth                *auth = cf__auth_of(app);

    if (!auth->user || !auth->role)
        return cf_fail(err, CF_EINVAL,
                       "accounts need models named User and Role: give them to cf_app_models()");
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (!cf_model_column(auth->user, cf_str_of(columns[i])))
            return cf_fail(err, CF_EINVAL, "%s:%d: accounts need a column \"%s\" in model User",
                           auth->user->file, auth->user->line, columns[i]);
    return true;
}

static bool init(cf_app *app)
{
    if (!cf_use(app, &cf_notify))
        return false;
    cf_app_users(app, &cf__user_hooks);
    cf__auth_commands(app);
    return cf_register(app, &cf__security, NULL);
}

const cf_extension cf_auth = { .name = "auth",
                               .settings = settings,
                               .init = init,
                               .models = models,
                               .worker_start = worker_start };
