/* abort.c -- error answers: the handlers of blueprint and app, templates, JSON, the plain page. */
#include "web/web.h"

#include <carafe/fiber.h>

#include <stdio.h>

/* What people are told; never what went wrong inside. */
static const struct {
    int         status;
    const char *text;
} texts[] = {
    { 400, "The browser sent something that this server could not understand." },
    { 401, "You need to sign in to see this page." },
    { 403, "You may not see or do this." },
    { 404, "There is no such page. If you typed the address, check its spelling." },
    { 405, "This address cannot be used in that way." },
    { 408, "The request took too long to arrive." },
    { 409, "This conflicts with what is there already." },
    { 410, "This page is gone for good." },
    { 412, "Somebody changed this in the meantime." },
    { 413, "What you sent is too large." },
    { 414, "The address is too long." },
    { 415, "This server does not take that kind of content." },
    { 416, "That part of the file does not exist." },
    { 422, "What you sent could not be used." },
    { 429, "Too many attempts. Wait a little and try again." },
    { 431, "The browser sent too many or too long headers." },
    { 500, "Something went wrong on this server. It has been noted; try again in a little while." },
    { 503, "This server is too busy right now. Try again in a little while." },
};

static const char *text_of(cf_request *req, int status)
{
    if (req->abort_text)
        return req->abort_text;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].status == status)
            return texts[i].text;
    return cf_status_text(status);
}

/* ---- the kinds of answers ---- */
static cf_response *json_page(cf_request *req, int status)
{
    cf_response *response = cf_respond_json_of(req, "status", status, "error",
                                               cf_status_text(status), "message",
                                               text_of(req, status), "id", cf_request_id(req));
    return cf_response_set_status(response, status);
}

cf_response *cf__plain_error_page(cf_request *req, int status, const char *title, const char *text)
{
    cf_buf       out = cf_buf_in(req->arena, 0);
    cf_response *response;

    cf_buf_puts(&out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    cf_buf_printf(&out, "%d ", status);
    cf_buf_html(&out, cf_str_of(title));
    cf_buf_puts(&out, "</title>\n</head>\n<body>\n<main>\n<h1>");
    cf_buf_html(&out, cf_str_of(title));
    cf_buf_puts(&out, "</h1>\n<p>");
    cf_buf_html(&out, cf_str_of(text));
    cf_buf_puts(&out, "</p>\n<p><a href=\"/\">To the start page</a></p>\n");
    if (status >= 500)
        cf_buf_printf(&out, "<p><small>Request %s</small></p>\n", cf_request_id(req));
    cf_buf_puts(&out, "</main>\n</body>\n</html>\n");
    response = cf_respond_bytes(req, "text/html; charset=utf-8", cf_buf_view(&out));
    return cf_response_set_status(response, status);
}

/* errors/404.html, else errors/error.html, when the app has them. */
static cf_response *template_page(cf_request *req, int status)
{
    const char *names[] = { cf_printf(req->arena, "errors/%d.html", status), "errors/error.html" };

    for (size_t i = 0; i < 2; i++) {
        cf_error err = { 0 };
        if (!cf_template_get(req->app->templates, cf_str_of(names[i]), &err)) {
            if (err.code != CF_ENOTFOUND)
                cf_log_error(&err, "error page \"%s\"", names[i]);
            continue;
        }
        cf_response *response = cf_render(
            req, names[i], CF_NAMED("status", status), CF_NAMED("title", cf_status_text(status)),
            CF_NAMED("message", text_of(req, status)), CF_NAMED("request_id", cf_request_id(req)));
        if (response)
            return cf_response_set_status(response, status);
        cf_log_error(&req->error, "error page \"%s\"", names[i]);
    }
    return NULL;
}

static cf_view *find_handler(const cf_request *req, int status)
{
    for (const web_mount *m = cf__request_mount(req); m; m = m->parent)
        for (const cf_error_handler *h = m->blueprint->errors; h && h->status; h++)
            if (h->status == status)
                return h->view;
    for (size_t i = req->app->nerrors; i-- > 0;)
        if (req->app->errors[i].status == status)
            return req->app->errors[i].view;
    return NULL;
}

/* The page of a status. A handler that aborts itself gets the plain page. */
static cf_response *error_page(cf_request *req, int status)
{
    cf_view     *handler = req->status ? NULL : find_handler(req, status);
    bool         nested = req->status != 0;
    cf_response *response = NULL;

    req->status = status;
    if (handler) {
        response = handler(req);
        if (response && response->http.status == 200)
            response->http.status = status;
    }
    if (!response && cf_request_wants_json(req))
        response = json_page(req, status);
    if (!response && !nested)
        response = template_page(req, status);
    if (!response)
        response = cf__plain_error_page(req, status, cf_status_text(status), text_of(req, status));
    if (!nested)
        req->status = 0;
    /* Script and browser get different answers at one address. */
    return cf_response_vary(response, "Accept");
}

/* ---- errors of the server's own ---- */
static void log_failure(cf_request *req, const cf_error *err)
{
    if (err->code == CF_ECANCELED) {
        cf_log(CF_INFO, "%s %s was given up: %s", cf_request_method_text(req), cf_request_path(req),
               err->message);
        return;
    }
    cf_log_error(err, "%s %s (%s, request %s)", cf_request_method_text(req), cf_request_path(req),
                 req->route ? req->route->endpoint : "no route", cf_request_id(req));
}

/* Whether the request ran out of the time that REQUEST_TIMEOUT gives it. */
static bool is_late(const cf_error *err)
{
    cf_error late = { 0 };

    return err->code == CF_ETIMEOUT && !cf_fiber_check(&late) && late.code == CF_ETIMEOUT;
}

/* A database that others kept locked, or that is restarting, and what is slow now will answer a
 * later try. */
static int status_of(const cf_error *err)
{
    return err->code == CF_EBUSY || err->code == CF_EUNAVAILABLE || is_late(err) ? 503 : 500;
}

static cf_response *server_error(cf_request *req, const cf_error *held)
{
    cf_error     err = { .code = CF_ERUNTIME,
                         .message = "the view returned no response and recorded no error" };
    cf_response *response;
    int          status;

    if (held)
        err = *held;
    status = status_of(&err);
    log_failure(req, &err);
    if (req->db)
        cf_db_rollback(req->db);
    req->abort_text = NULL;
    if (req->app->settings.debug && !req->status && !find_handler(req, status) &&
        !cf_request_wants_json(req)) {
        req->error = err;
        response = cf__debug_page(req, status, &err);
    } else {
        /* The handler may ask for the error; what it does itself begins without one. */
        req->error = err;
        response = error_page(req, status);
    }
    if (status == 503)
        cf_response_header(response, "Retry-After", "5");
    req->error.code = CF_OK;
    return response;
}

/* An error that calls for 500 whatever the view wants to say: the database is down, a template
 * is broken. A refused value or a row that is not there is the view's own business. */
static bool overrides(const cf_request *req, const cf_error *held)
{
    return held && !req->error_status && held->code != CF_ECONFLICT && held->code != CF_ENOTFOUND;
}

cf_response *cf__null_response(cf_request *req)
{
    const cf_error *held = cf__held_error(req);

    if (held && req->error_status) {
        int status = req->error_status;
        if (!req->abort_text)
            req->abort_text = cf_strdup(req->arena, held->message);
        req->error.code = CF_OK;
        return error_page(req, status);
    }
    return server_error(req, held);
}

cf_response *cf_abort(cf_request *req, int status)
{
    const cf_error *held = cf__held_error(req);

    if (overrides(req, held) && !req->status)
        return server_error(req, held);
    return error_page(req, status);
}

cf_response *cf_abort_with(cf_request *req, int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    req->abort_text = cf_vprintf(req->arena, format, args);
    va_end(args);
    return cf_abort(req, status);
}
