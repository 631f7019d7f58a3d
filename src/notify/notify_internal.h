/* notify_internal.h -- what the files of the notify room share. */
#ifndef CF_NOTIFY_INTERNAL_H
#define CF_NOTIFY_INTERNAL_H

#include <carafe/mail.h>

extern const cf_bundle    cf__notify_bundle;
extern const cf_blueprint cf__inbox;

/* Hands a message to MAIL_SERVER. Errors: CF_EDENIED (refused for good), CF_ETIMEOUT,
 * CF_EUNAVAILABLE (worth another try). */
bool cf__smtp_deliver(cf_config *config, cf_arena *arena, const OutboxMail *mail,
                      cf_error *err) CF_SUSPENDS;

/* The worker's fiber that delivers queued mails. */
bool cf__delivery_start(cf_app *app, cf_error *err);
void cf__delivery_stop(cf_app *app);

#endif
