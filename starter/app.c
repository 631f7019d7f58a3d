/* app.c -- Flaskinni: which parts the app is made of. */
#include "app.h"

#include "base/base.h"
#include "blog/blog.h"

static const cf_setting settings[] = {
    { "SITE_NAME", CF_SETTING_TEXT, "Flaskinni", .help = "What the site is called" },
    { "ADMIN_EMAIL", CF_SETTING_TEXT, NULL, .help = "Who reads the contact page" },
    { "STARTING_ADMINS", CF_SETTING_LIST, NULL, .help = "Addresses of the first administrators" },
    { "STARTING_ADMIN_PASS", CF_SETTING_TEXT, NULL, .secret = true,
      .help = "Their password; unset: made up and shown once" },
    { 0 },
};

static const cf_model *const models[] = {
    &Role_model, &User_model, &Buzz_model, &Post_model, &Tag_model, NULL,
};

bool create_app(cf_app *app)
{
    cf_app_bundle(app, &starter_bundle);
    cf_app_settings(app, settings);
    cf_app_models(app, models);
    cf_auth_configure(app,
                      &(cf_auth_options){ .on_event = note_account_event, .home = "base.home" });
    return cf_use(app, &cf_auth) && cf_register(app, &base, NULL) &&
           cf_register(app, &blog, NULL) && cf_app_command(app, &setup_command) &&
           cf_app_command(app, &import_command);
}
