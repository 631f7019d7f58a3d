/* mail.h -- e-mail: messages, templates, a durable outbox.
 *
 *     cf_mail mail = { .to = CF_TO(user->email), .subject = "Welcome" };
 *     if (!cf_mail_render(req, &mail, "mail/welcome", CF_VAR(user)) || !cf_mail_send(req, &mail))
 *         return cf_abort(req, 500);
 *
 * Sending puts the message into the outbox table, in the request's unit of work: it leaves once
 * that is committed and not at all when it is rolled back. Delivery is a job of its own, so a dead
 * mail server stalls no page and loses no message. In development the inbox page at /_dev/inbox
 * shows every message; tests read the table. */
#ifndef CARAFE_MAIL_H
#define CARAFE_MAIL_H

#include <carafe/app.h>
#include <carafe/data.h>
#include <carafe/model.h>

/* A file that goes along. */
typedef struct cf_attachment {
    const char *filename;
    const char *content_type; /* NULL: by the name's ending. */
    cf_str      data;
} cf_attachment;

/* A message. Addresses are "ada@example.org" or "Ada Lovelace <ada@example.org>". */
typedef struct cf_mail {
    /* NULL-ended lists; at least one recipient in all. */
    const char *const   *to;
    const char *const   *cc;
    const char *const   *bcc;
    const char          *from;     /* NULL: MAIL_DEFAULT_SENDER. */
    const char          *reply_to; /* NULL: none. */
    const char          *subject;
    const char          *text; /* UTF-8; text or html, better both. */
    const char          *html;
    const cf_attachment *attachments; /* Ended by a NULL filename; NULL: none. */
} cf_mail;

/* A recipient list: .to = CF_TO("a@example.org", "b@example.org") */
#define CF_TO(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Fills in text and html from NAME.txt and NAME.html; one of the two may be missing. A subject line
 * may come from the template's block "subject" instead of the code.
 *
 * Errors: recorded on the request.
 */
#define cf_mail_render(req, mail, name, ...)                                                       \
    cf_mail_render_named((req), (mail), (name),                                                    \
                         &((const cf_named[]){ { 0 }, ##__VA_ARGS__, { 0 } })[1])
bool cf_mail_render_named(cf_request *req, cf_mail *mail, const char *name,
                          const cf_named *variables) CF_SUSPENDS;

/* Checks a message and puts it into the outbox; cf_commit() sends it off.
 *
 * Errors: recorded on the request: CF_EINVAL for a malformed address, a line break in a header, no
 *   recipient or no text; CF_ELIMIT above 500 recipients or 25 MiB.
 */
bool cf_mail_send(cf_request *req, const cf_mail *mail) CF_SUSPENDS;

/* Whether a text is one address, with or without a name; `address` receives the bare one. */
bool cf_mail_address(cf_str text, cf_str *name, cf_str *address);

/* A message in the outbox. Lists are JSON texts; attachments hold base64. */
typedef struct OutboxMail {
    CF_ROW;
    int64_t     id;
    cf_time     created_at, sent_at;
    const char *sender, *recipients, *cc, *bcc, *reply_to, *subject, *text, *html, *attachments;
    const char *status; /* queued, sent, failed, suppressed */
    const char *last_error;
    int64_t     attempts;
} OutboxMail;
extern const cf_model OutboxMail_model;

/* The extension: settings MAIL_*, the outbox, delivery, and in development the inbox page. */
extern const cf_extension cf_notify;

#endif
