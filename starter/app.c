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
    { "UPLOAD_FOLDER", CF_SETTING_TEXT, NULL,
      .help = "Where pictures lie; unset: uploads in INSTANCE_PATH" },
    { 0 },
};

static const cf_model *const models[] = {
    &Role_model, &User_model, &Buzz_model, &Post_model, &Tag_model, NULL,
};

static cf_response *error_page(cf_request *req)
{
    int status = cf_request_status(req);
    const char *template = cf_printf(cf_request_arena(req), "errors/%d.html", status);
    return cf_render(req, template, CF_NAMED("code", status),
                     CF_NAMED("text", cf_request_abort_text(req)));
}

bool create_app(cf_app *app)
{
    static const int pages[] = { 400, 403, 404, 405, 413, 429, 500 };

    cf_app_bundle(app, &starter_bundle);
    cf_app_settings(app, settings);
    cf_app_models(app, models);
    cf_app_before(app, note_last_seen);
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        cf_app_error(app, pages[i], error_page);
    cf_auth_configure(app,
                      &(cf_auth_options){ .on_event = note_account_event, .home = "base.home" });
    return cf_use(app, &cf_notify) && cf_use(app, &cf_auth) && cf_register(app, &base, NULL) &&
           cf_register(app, &blog, NULL) && cf_app_command(app, &setup_command) &&
           cf_app_command(app, &import_command);
}
