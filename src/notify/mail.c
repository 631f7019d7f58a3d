/* mail.c -- checks messages and puts them into the outbox. */
#include <carafe/mail.h>

#include <stdlib.h>
#include <string.h>

#include <carafe/address.h>
#include <carafe/crypto.h>
#include <carafe/job.h>
#include <carafe/json.h>
#include <carafe/template.h>

#define MOST_RECIPIENTS 500
#define MOST_BYTES      CF_MIB(25)

CF_MODEL(OutboxMail, "outbox_mail", CF_COLUMN(OutboxMail, id, .primary_key = true),
         CF_COLUMN(OutboxMail, created_at, .default_now = true, .required = true),
         CF_COLUMN(OutboxMail, sender, .required = true, .max = 320),
         CF_COLUMN(OutboxMail, recipients, .required = true), CF_COLUMN(OutboxMail, cc),
         CF_COLUMN(OutboxMail, bcc), CF_COLUMN(OutboxMail, reply_to, .max = 320),
         CF_COLUMN(OutboxMail, subject, .required = true, .max = 998), CF_COLUMN(OutboxMail, text),
         CF_COLUMN(OutboxMail, html), CF_COLUMN(OutboxMail, attachments),
         CF_COLUMN(OutboxMail, status, .required = true, .default_value = "queued",
                   .one_of = "queued sent failed suppressed", .index = true),
         CF_COLUMN(OutboxMail, last_error),
         CF_COLUMN(OutboxMail, attempts, .default_value = "0", .required = true),
         CF_COLUMN(OutboxMail, sent_at));

/* A line break in a header would let a visitor add headers of their own. */
static bool one_line(cf_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F)
            return false;
    return cf_str_is_utf8(text);
}

bool cf_mail_address(cf_str text, cf_str *name, cf_str *address)
{
    text = cf_str_trim(text);
    *name = (cf_str){ 0 };
    *address = text;
    if (!one_line(text))
        return false;
    if (cf_str_ends(text, CF_STR(">")) && cf_str_rcut(text, '<', name, address)) {
        address->len--;
        *name = cf_str_trim_set(cf_str_trim(*name), "\"");
    }
    return cf_is_email(*address);
}

static bool check_header(const char *what, const char *text, cf_error *err)
{
    if (!text || one_line(cf_str_of(text)))
        return true;
    return cf_fail(err, CF_EINVAL, "the mail's %s must be one line of text", what);
}

/* One address, or "user@host" without a dot for the machine's own mail. */
static bool check_address(const char *text, cf_error *err)
{
    cf_str name, address, local, domain;

    if (cf_mail_address(cf_str_of(text), &name, &address))
        return true;
    if (one_line(address) && cf_str_rcut(address, '@', &local, &domain) && local.len &&
        cf_str_is(domain, "localhost"))
        return true;
    return cf_fail(err, CF_EINVAL, "\"%.100s\" is not an e-mail address", text);
}

static bool add_addresses(const char *const *list, cf_list *out, cf_error *err)
{
    for (; list && *list; list++) {
        if (!check_address(*list, err))
            return false;
        cf_list_add(out, cf_string(*list));
    }
    return true;
}

static const char *json_text(cf_arena *arena, cf_value value, cf_error *err)
{
    cf_buf out = cf_buf_in(arena, 2 * MOST_BYTES);

    if (!cf_json_write(NULL, value, NULL, &out, err) || !cf_buf_ok(&out, err))
        return NULL;
    return cf_buf_cstr(&out);
}

static bool addresses(cf_arena *arena, const char *const *list, size_t *count, const char **out,
                      cf_error *err)
{
    cf_list *checked = cf_list_new(arena);

    if (!add_addresses(list, checked, err))
        return false;
    *count += checked->len;
    *out = checked->len ? json_text(arena, cf_from_list(checked), err) : NULL;
    return !checked->len || *out;
}

static bool attachments(cf_arena *arena, const cf_mail *mail, const char **out, cf_error *err)
{
    cf_list *list = cf_list_new(arena);
    size_t   total = 0;

    for (const cf_attachment *a = mail->attachments; a && a->filename; a++) {
        cf_map *entry = cf_map_new(arena);

        if (!check_header("attachment's name", a->filename, err))
            return false;
        total += a->data.len;
        if (total > MOST_BYTES)
            return cf_fail(err, CF_ELIMIT, "the mail's attachments are larger than 25 MiB");
        cf_map_set(entry, "filename", cf_string(a->filename));
        cf_map_set(
            entry, "type",
            cf_string(a->content_type ? a->content_type : cf_mime_type(cf_str_of(a->filename))));
        cf_map_set(entry, "data", cf_string_of(cf_b64_encode(arena, a->data)));
        cf_list_add(list, cf_from_map(entry));
    }
    *out = list->len ? json_text(arena, cf_from_list(list), err) : NULL;
    return !list->len || *out;
}

static const char *default_sender(cf_config *config)
{
    const char *sender = cf_config_text(config, "MAIL_DEFAULT_SENDER");

    if (sender && *sender)
        return sender;
    sender = cf_config_text(config, "ADMIN_EMAIL");
    return sender && *sender ? sender : "noreply@localhost";
}

static bool fill(cf_request *req, OutboxMail *row, const cf_mail *mail, cf_error *err)
{
    cf_arena *arena = cf_request_arena(req);
    size_t    count = 0;

    row->sender = mail->from ? mail->from : default_sender(cf_app_config(cf_request_app(req)));
    row->reply_to = mail->reply_to;
    row->subject = mail->subject;
    row->text = mail->text;
    row->html = mail->html;
    if (!addresses(arena, mail->to, &count, &row->recipients, err) ||
        !addresses(arena, mail->cc, &count, &row->cc, err) ||
        !addresses(arena, mail->bcc, &count, &row->bcc, err) ||
        !attachments(arena, mail, &row->attachments, err))
        return false;
    if (!row->recipients)
        row->recipients = "[]";
    if (!count)
        return cf_fail(err, CF_EINVAL, "the mail has no recipient");
    if (count > MOST_RECIPIENTS)
        return cf_fail(err, CF_ELIMIT, "the mail has more than %d recipients; send several",
                       MOST_RECIPIENTS);
    return true;
}

/* Without a server, development and tests keep their mails for the inbox; production waits for
 * one to be set. */
static bool is_delivered(cf_app *app)
{
    const char *server = cf_config_text(cf_app_config(app), "MAIL_SERVER");

    if (cf_config_bool(cf_app_config(app), "MAIL_SUPPRESS_SEND") || cf_app_is_testing(app))
        return false;
    return (server && *server) || !cf_app_is_development(app);
}

/* The job names the mail by its key, so the row goes to the database first. */
static bool queue_delivery(cf_request *req, OutboxMail *row, cf_error *err)
{
    cf_map *args = cf_map_new(cf_request_arena(req));

    if (!cf_db_flush(cf_request_db(req), err))
        return false;
    cf_map_set(args, "id", cf_int(row->id));
    return cf_job_enqueue(cf_request_db(req), "mail.deliver", cf_from_map(args), (cf_time){ 0 },
                          err);
}

bool cf_mail_send(cf_request *req, const cf_mail *mail)
{
    cf_error   *err = cf_request_error(req);
    OutboxMail *row;

    if (!check_header("subject", mail->subject, err) || !check_header("sender", mail->from, err) ||
        (mail->from && !check_address(mail->from, err)) ||
        (mail->reply_to && !check_address(mail->reply_to, err)))
        return false;
    if (!mail->subject || !*mail->subject)
        return cf_fail(err, CF_EINVAL, "the mail has no subject");
    if (!mail->text && !mail->html)
        return cf_fail(err, CF_EINVAL, "the mail has neither text nor HTML");
    if (!cf_request_db(req))
        return false;
    row = cf_create(req, OutboxMail);
    if (!fill(req, row, mail, err))
        return false;
    if (!is_delivered(cf_request_app(req)))
        row->status = "suppressed";
    cf_add(req, row);
    return !is_delivered(cf_request_app(req)) || queue_delivery(req, row, err);
}

/* A part of a mail from a template; NULL without an error when there is no such template. */
static const char *part(cf_request *req, const char *name, const char *ending,
                        const cf_named *variables)
{
    cf_error   *err = cf_request_error(req);
    const char *file = cf_printf(cf_request_arena(req), "%s.%s", name, ending);
    const char *text = cf_render_text_named(req, file, variables);

    if (!text && err->code == CF_ENOTFOUND && strstr(err->message, file))
        cf_error_clear(err);
    return text;
}

bool cf_mail_render_named(cf_request *req, cf_mail *mail, const char *name,
                          const cf_named *variables)
{
    cf_error *err = cf_request_error(req);

    mail->text = part(req, name, "txt", variables);
    if (err->code)
        return false;
    mail->html = part(req, name, "html", variables);
    if (err->code)
        return false;
    if (!mail->text && !mail->html)
        return cf_fail(err, CF_ENOTFOUND, "there is neither a template %s.txt nor %s.html", name,
                       name);
    return true;
}
