/* delivery.c -- the fiber of each worker that takes queued mails to the server. */
#include "notify/notify_internal.h"

#include <curl/curl.h>

#include <carafe/fiber.h>
#include <carafe/job.h>
#include <carafe/log.h>

#define POLL_MS       2000
#define MOST_ATTEMPTS 10

static bool deliver(void *context, cf_arena *arena, cf_value args, cf_error *err)
{
    cf_app     *app = context;
    cf_db      *db = cf_db_new(arena, cf_app_database(app, err));
    OutboxMail *mail = cf_db_get(db, OutboxMail, cf_map_get(args.as.map, "id"));
    cf_error    failure = { 0 };

    if (!mail)
        return cf_db_error(db)->code ? cf_fail(err, CF_EDB, "%s", cf_db_error(db)->message) : true;
    if (cf_str_is(cf_str_of(mail->status), "sent"))
        return true;
    /* No transaction is open while the server is being talked to. */
    if (!cf_db_commit(db, err))
        return false;
    cf__smtp_deliver(cf_app_config(app), arena, mail, &failure);
    mail->attempts++;
    mail->last_error = failure.code ? failure.message : NULL;
    if (!failure.code) {
        mail->status = "sent";
        mail->sent_at = cf_now();
    } else if (failure.code == CF_EDENIED || mail->attempts >= MOST_ATTEMPTS) {
        mail->status = "failed";
    }
    if (!cf_db_commit(db, err))
        return false;
    if (failure.code)
        *err = failure;
    return !failure.code;
}

static const cf_job_kind kinds[] = {
    { "mail.deliver", deliver, .max_attempts = MOST_ATTEMPTS, .max_seconds = 300 }, { 0 }
};

static cf_fiber *runner;

static void run(void *arg)
{
    cf_app *app = arg;

    for (;;) {
        cf_error     err = { 0 };
        cf_database *database = cf_app_database(app, &err);

        if (database && !cf_jobs_run(database, kinds, app, NULL, &err) && err.code != CF_ECANCELED)
            cf_log_error(&err, "delivering mails");
        cf_error_clear(&err);
        if (!cf_sleep(POLL_MS, &err))
            break;
    }
    runner = NULL;
}

bool cf__delivery_start(cf_app *app, cf_error *err)
{
    const char *server = cf_config_text(cf_app_config(app), "MAIL_SERVER");

    if (!server || !*server)
        return true;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    runner = cf_fiber_spawn("mail delivery", run, app, err);
    return runner != NULL;
}

void cf__delivery_stop(cf_app *app)
{
    (void)app;
    if (runner)
        cf_fiber_cancel(runner);
}
