/* inbox.c -- the development inbox: every message of the outbox, in the browser. Registered in
 * development only. */
#include "notify/notify_internal.h"

#include <carafe/json.h>
#include <carafe/time.h>

#define SHOWN 200

static cf_value parsed(cf_request *req, const char *json)
{
    cf_error err = { 0 };
    cf_value value;

    if (!json || !cf_json_parse(cf_request_arena(req), cf_str_of(json), &value, &err))
        return cf_from_list(cf_list_new(cf_request_arena(req)));
    return value;
}

/* Names and types only: the inbox shows what is attached, not the bytes. */
static cf_value attachment_names(cf_request *req, const OutboxMail *mail)
{
    cf_value list = parsed(req, mail->attachments);

    for (size_t i = 0; i < list.as.list->len; i++)
        if (list.as.list->items[i].type == CF_TYPE_MAP)
            cf_map_remove(list.as.list->items[i].as.map, cf_string("data"));
    return list;
}

static cf_value mail_value(cf_request *req, const OutboxMail *mail)
{
    cf_map *map = cf_map_new(cf_request_arena(req));

    cf_map_set(map, "id", cf_int(mail->id));
    cf_map_set(map, "date", cf_time_value(cf_request_arena(req), mail->created_at));
    cf_map_set(map, "from", cf_string(mail->sender));
    cf_map_set(map, "to", parsed(req, mail->recipients));
    cf_map_set(map, "cc", parsed(req, mail->cc));
    cf_map_set(map, "bcc", parsed(req, mail->bcc));
    cf_map_set(map, "reply_to", cf_string(mail->reply_to));
    cf_map_set(map, "subject", cf_string(mail->subject));
    cf_map_set(map, "text", cf_string(mail->text));
    cf_map_set(map, "html", cf_string(mail->html));
    cf_map_set(map, "attachments", attachment_names(req, mail));
    cf_map_set(map, "status", cf_string(mail->status));
    cf_map_set(map, "error", cf_string(mail->last_error));
    return cf_from_map(map);
}

static cf_list *latest(cf_request *req)
{
    cf_list    *rows, *mails = cf_list_new(cf_request_arena(req));
    OutboxMail *mail;

    rows = cf_query_all(
        cf_query_limit(cf_query_order_by(cf_select(req, OutboxMail), "-id"), SHOWN));
    if (!rows)
        return NULL;
    CF_EACH(rows, mail)
    cf_list_add(mails, mail_value(req, mail));
    return mails;
}

static cf_response *inbox(cf_request *req)
{
    cf_list *mails = latest(req);

    return mails ? cf_render(req, "dev/inbox.html", CF_VAR(mails)) : NULL;
}

static cf_response *inbox_json(cf_request *req)
{
    cf_list *mails = latest(req);

    return mails ? cf_respond_json(req, mails) : NULL;
}

static cf_response *message(cf_request *req)
{
    OutboxMail *row = cf_get(req, OutboxMail, cf_arg_int(req, "id"));
    cf_value    mail;

    if (!row)
        return cf_abort(req, 404);
    mail = mail_value(req, row);
    return cf_render(req, "dev/message.html", CF_VAR(mail));
}

/* The HTML part, in a frame that can run nothing and load nothing. */
static cf_response *message_html(cf_request *req)
{
    OutboxMail  *row = cf_get(req, OutboxMail, cf_arg_int(req, "id"));
    cf_response *response;

    if (!row || !row->html)
        return cf_abort(req, 404);
    response = cf_respond_bytes(req, "text/html; charset=utf-8", cf_str_of(row->html));
    cf_response_header(
        response, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation");
    return cf_response_header(response, "X-Frame-Options", "SAMEORIGIN");
}

static const cf_route routes[] = {
    { "/_dev/inbox", inbox, "inbox", CF_GET, CF_ANYONE },
    { "/_dev/inbox.json", inbox_json, "inbox_json", CF_GET, CF_ANYONE },
    { "/_dev/inbox/<int:id>", message, "message", CF_GET, CF_ANYONE },
    { "/_dev/inbox/<int:id>/html", message_html, "message_html", CF_GET, CF_ANYONE },
    { 0 }
};

const cf_blueprint cf__inbox = { .name = "dev",
                                 .routes = routes,
                                 .bundle = &cf__notify_bundle,
                                 .templates = "templates",
                                 .static_dir = "static",
                                 .static_url = "/_dev/static" };
