/* notify.c -- the extension: settings, the outbox's model, the development inbox. */
#include "notify/notify_internal.h"

#include <carafe/job.h>

static const cf_setting settings[] = {
    { "MAIL_SERVER", CF_SETTING_TEXT, NULL, .help = "Host of the SMTP server; unset: not sent" },
    { "MAIL_PORT", CF_SETTING_INT, "25", 1, 65535, .help = "Its port" },
    { "MAIL_USE_TLS", CF_SETTING_BOOL, "false", .help = "STARTTLS after connecting" },
    { "MAIL_USE_SSL", CF_SETTING_BOOL, "false", .help = "TLS from the first byte" },
    { "MAIL_USERNAME", CF_SETTING_TEXT, NULL, .help = "Account at the server" },
    { "MAIL_PASSWORD", CF_SETTING_TEXT, NULL, .secret = true, .help = "Its password" },
    { "MAIL_DEFAULT_SENDER", CF_SETTING_TEXT, NULL, .help = "Sender of mails that name none" },
    { "MAIL_SUPPRESS_SEND", CF_SETTING_BOOL, "false", .help = "Keep mails, deliver none" },
    { 0 }
};

static const cf_model *const models[] = { &OutboxMail_model, &Job_model, NULL };

static bool init(cf_app *app)
{
    return !cf_app_is_development(app) || cf_register(app, &cf__inbox, NULL);
}

const cf_extension cf_notify = { .name = "notify",
                                 .settings = settings,
                                 .init = init,
                                 .models = models,
                                 .worker_start = cf__delivery_start,
                                 .worker_stop = cf__delivery_stop };
