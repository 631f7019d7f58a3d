/* smtp.c -- hands one message to the mail server, by libcurl on the thread pool.
 *
 * Everything the thread touches is copied before it starts. */
#include "notify/notify_internal.h"

#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include <carafe/crypto.h>
#include <carafe/fiber.h>
#include <carafe/json.h>

#define CONNECT_SECONDS 15L
#define WHOLE_SECONDS   120L

/* RFC 2047: words of at most 75 characters, cut between characters, joined by folds. */
static void encoded_text(cf_buf *out, cf_arena *arena, cf_str text)
{
    bool plain = true;

    for (size_t i = 0; i < text.len; i++)
        plain = plain && (unsigned char)text.ptr[i] < 0x80;
    if (plain && cf_str_find(text, CF_STR("=?")) == CF_NPOS) {
        cf_buf_str(out, text);
        return;
    }
    while (text.len) {
        size_t take = text.len < 42 ? text.len : 42;

        while (take < text.len && (text.ptr[take] & 0xC0) == 0x80)
            take--;
        cf_str word = cf_b64_encode(arena, cf_str_slice(text, 0, take));
        cf_buf_printf(out, "=?UTF-8?B?%.*s?=", CF_STR_ARG(word));
        text = cf_str_slice(text, take, text.len);
        if (text.len)
            cf_buf_puts(out, "\r\n ");
    }
}

static void address_text(cf_buf *out, cf_arena *arena, cf_str text)
{
    cf_str name, address;

    cf_mail_address(text, &name, &address);
    if (!name.len) {
        cf_buf_str(out, address);
        return;
    }
    if (cf_str_chr(name, '"') == CF_NPOS && cf_str_chr(name, '\\') == CF_NPOS &&
        cf_utf8_count(name) == name.len) {
        cf_buf_printf(out, "\"%.*s\"", CF_STR_ARG(name));
    } else {
        encoded_text(out, arena, name);
    }
    cf_buf_printf(out, " <%.*s>", CF_STR_ARG(address));
}

typedef struct delivery {
    cf_arena          *arena;
    const char        *url, *username, *password, *from;
    bool               starttls;
    struct curl_slist *headers, *recipients;
    const OutboxMail  *mail;
    cf_value           attachments; /* Decoded: maps with filename, type, data. */
    CURLcode           code;
    long               answer;
    char               message[CURL_ERROR_SIZE];
} delivery;

static void header(delivery *d, const char *name, cf_buf *value)
{
    d->headers = curl_slist_append(d->headers,
                                   cf_printf(d->arena, "%s: %s", name, cf_buf_cstr(value)));
}

static void text_header(delivery *d, const char *name, const char *text)
{
    cf_buf value = cf_buf_in(d->arena, 0);

    encoded_text(&value, d->arena, cf_str_of(text));
    header(d, name, &value);
}

static void add_recipient(delivery *d, cf_str text)
{
    cf_str name, address;

    cf_mail_address(text, &name, &address);
    d->recipients = curl_slist_append(d->recipients,
                                      cf_printf(d->arena, "<%.*s>", CF_STR_ARG(address)));
}

static void recipients(delivery *d, const char *field, const char *json)
{
    cf_buf   value = cf_buf_in(d->arena, 0);
    cf_value list;
    cf_error err = { 0 };

    if (!json || !cf_json_parse(d->arena, cf_str_of(json), &list, &err) ||
        list.type != CF_TYPE_LIST)
        return;
    for (size_t i = 0; i < list.as.list->len; i++) {
        cf_str text = cf_text(list.as.list->items[i]);

        add_recipient(d, text);
        if (i)
            cf_buf_puts(&value, ",\r\n ");
        address_text(&value, d->arena, text);
    }
    if (field && list.as.list->len)
        header(d, field, &value);
}

static void date_header(delivery *d)
{
    cf_buf value = cf_buf_in(d->arena, 0);

    cf_buf_puts(&value, cf_time_format(d->arena, cf_now(), "%a, %d %b %Y %H:%M:%S +0000"));
    header(d, "Date", &value);
}

static void id_header(delivery *d, cf_str from)
{
    cf_buf value = cf_buf_in(d->arena, 0);
    cf_str before, domain;

    cf_str_rcut(from, '@', &before, &domain);
    cf_buf_printf(&value, "<%s@%.*s>", cf_random_token(d->arena, 16), CF_STR_ARG(domain));
    header(d, "Message-ID", &value);
}

static void address_header(delivery *d, const char *name, const char *text)
{
    cf_buf value = cf_buf_in(d->arena, 0);

    if (!text)
        return;
    address_text(&value, d->arena, cf_str_of(text));
    header(d, name, &value);
}

static bool decode_attachments(delivery *d, cf_error *err)
{
    if (!d->mail->attachments)
        return true;
    if (!cf_json_parse(d->arena, cf_str_of(d->mail->attachments), &d->attachments, err))
        return false;
    for (size_t i = 0; i < d->attachments.as.list->len; i++) {
        cf_map *file = d->attachments.as.list->items[i].as.map;
        cf_str  data;

        if (!cf_b64_decode(d->arena, cf_text(cf_map_get(file, "data")), &data, err))
            return false;
        cf_map_set(file, "data", cf_string_of(data));
    }
    return true;
}

static bool compose(delivery *d, const OutboxMail *mail, cf_error *err)
{
    cf_str name, address;

    d->mail = mail;
    cf_mail_address(cf_str_of(mail->sender), &name, &address);
    d->from = cf_printf(d->arena, "<%.*s>", CF_STR_ARG(address));
    date_header(d);
    id_header(d, address);
    address_header(d, "From", mail->sender);
    address_header(d, "Reply-To", mail->reply_to);
    recipients(d, "To", mail->recipients);
    recipients(d, "Cc", mail->cc);
    recipients(d, NULL, mail->bcc);
    text_header(d, "Subject", mail->subject);
    return decode_attachments(d, err);
}

static void text_part(curl_mime *mime, const char *text, const char *type)
{
    curl_mimepart *part = curl_mime_addpart(mime);

    curl_mime_data(part, text, CURL_ZERO_TERMINATED);
    curl_mime_type(part, type);
    curl_mime_encoder(part, "quoted-printable");
}

static curl_mime *mime_of(CURL *curl, const delivery *d)
{
    curl_mime     *mixed = curl_mime_init(curl), *alternative = curl_mime_init(curl);
    curl_mimepart *part = curl_mime_addpart(mixed);

    if (d->mail->text)
        text_part(alternative, d->mail->text, "text/plain; charset=utf-8");
    if (d->mail->html)
        text_part(alternative, d->mail->html, "text/html; charset=utf-8");
    curl_mime_subparts(part, alternative);
    curl_mime_type(part, "multipart/alternative");
    for (size_t i = 0; d->attachments.type == CF_TYPE_LIST && i < d->attachments.as.list->len;
         i++) {
        cf_map *file = d->attachments.as.list->items[i].as.map;
        cf_str  data = cf_text(cf_map_get(file, "data"));

        part = curl_mime_addpart(mixed);
        curl_mime_data(part, data.ptr, data.len);
        curl_mime_type(part, cf_cstr(d->arena, cf_map_get(file, "type"), NULL));
        curl_mime_filename(part, cf_cstr(d->arena, cf_map_get(file, "filename"), NULL));
        curl_mime_encoder(part, "base64");
    }
    return mixed;
}

static void deliver_work(void *data)
{
    delivery  *d = data;
    CURL      *curl = curl_easy_init();
    curl_mime *mime;

    if (!curl) {
        d->code = CURLE_FAILED_INIT;
        return;
    }
    mime = mime_of(curl, d);
    curl_easy_setopt(curl, CURLOPT_URL, d->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, d->message);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, WHOLE_SECONDS);
    /* With MAIL_USE_TLS a server that does not offer STARTTLS gets nothing. */
    if (d->starttls)
        curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    if (d->username && *d->username) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, d->username);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, d->password ? d->password : "");
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, d->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, d->recipients);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, d->headers);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
    d->code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &d->answer);
    curl_mime_free(mime);
    curl_easy_cleanup(curl);
}

static bool outcome(const delivery *d, const char *server, cf_error *err)
{
    const char *why = d->message[0] ? d->message : curl_easy_strerror(d->code);

    if (d->code == CURLE_OK)
        return true;
    /* 5xx is the server's last word on this message; anything else may pass. */
    if (d->answer >= 500 && d->answer < 600 && d->code != CURLE_LOGIN_DENIED)
        return cf_fail(err, CF_EDENIED, "%s refused the mail: %s", server, why);
    if (d->code == CURLE_OPERATION_TIMEDOUT)
        return cf_fail(err, CF_ETIMEOUT, "%s did not answer in time: %s", server, why);
    return cf_fail(err, CF_EUNAVAILABLE, "%s did not take the mail: %s", server, why);
}

bool cf__smtp_deliver(cf_config *config, cf_arena *arena, const OutboxMail *mail, cf_error *err)
{
    const char *server = cf_config_text(config, "MAIL_SERVER");
    bool        tls = cf_config_bool(config, "MAIL_USE_SSL");
    delivery    d = { .arena = arena,
                      .username = cf_config_text(config, "MAIL_USERNAME"),
                      .password = cf_config_text(config, "MAIL_PASSWORD"),
                      .starttls = cf_config_bool(config, "MAIL_USE_TLS") };
    bool        ok;

    d.url = cf_printf(arena, "%s://%s:%lld", tls ? "smtps" : "smtp", server,
                      (long long)cf_config_int(config, "MAIL_PORT"));
    ok = compose(&d, mail, err) && cf_offload(deliver_work, &d, err) && outcome(&d, server, err);
    curl_slist_free_all(d.headers);
    curl_slist_free_all(d.recipients);
    return ok;
}
