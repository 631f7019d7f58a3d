/* response.c -- makes and changes answers: text, JSON, redirects, streams, headers, cookies. */
#include "web/web.h"

#include <carafe/json.h>

cf_response *cf__response_new(cf_request *req, int status)
{
    cf_response *response = cf_new(req->arena, cf_response);

    response->req = req;
    response->http.status = status;
    response->http.headers.arena = req->arena;
    return response;
}

void cf__push_header(cf_response *response, cf_str name, cf_str value)
{
    cf_headers *headers = &response->http.headers;

    *WEB_PUSH(response->req->arena, headers->items, headers->len,
              headers->cap) = (cf_header){ name, value };
}

bool cf__has_header(const cf_response *response, cf_str name)
{
    for (size_t i = 0; i < response->http.headers.len; i++)
        if (cf_str_ieq(response->http.headers.items[i].name, name))
            return true;
    return false;
}

cf_response *cf_respond(cf_request *req, int status)
{
    return cf__response_new(req, status);
}

cf_response *cf_respond_bytes(cf_request *req, const char *mime, cf_str body)
{
    cf_response *response = cf__response_new(req, 200);

    cf__push_header(response, CF_STR("Content-Type"), cf_str_of(mime));
    response->http.body = body;
    return response;
}

CF_PRINTF(3, 0)
static cf_response *respond_format(cf_request *req, const char *mime, const char *format,
                                   va_list args)
{
    cf_buf body = cf_buf_in(req->arena, 0);

    cf_buf_vprintf(&body, format, args);
    return cf_respond_bytes(req, mime, cf_buf_view(&body));
}

cf_response *cf_respond_text(cf_request *req, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cf_response *response = respond_format(req, "text/plain; charset=utf-8", format, args);
    va_end(args);
    return response;
}

cf_response *cf_respond_html(cf_request *req, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cf_response *response = respond_format(req, "text/html; charset=utf-8", format, args);
    va_end(args);
    return response;
}

cf_response *cf_respond_json_value(cf_request *req, cf_value value)
{
    cf_buf body = cf_buf_in(req->arena, 0);

    if (!cf_json_write(&req->eval, value, NULL, &body, &req->error))
        return NULL;
    cf_buf_putc(&body, '\n');
    return cf_respond_bytes(req, "application/json", cf_buf_view(&body));
}

cf_response *cf_respond_json_named(cf_request *req, const cf_named *members)
{
    cf_map *map = cf_map_new(req->arena);

    for (; members->name; members++)
        cf_map_set(map, members->name, members->value);
    return cf_respond_json_value(req, cf_from_map(map));
}

cf_response *cf_respond_stream(cf_request *req, const char *mime, int64_t length,
                               bool (*stream)(void *, const cf_sink *, cf_error *), void *data)
{
    cf_response *response = cf_respond_bytes(req, mime, (cf_str){ 0 });

    response->http.stream = stream;
    response->http.stream_data = data;
    response->http.stream_length = length;
    return response;
}

/* ---- redirects ---- */
cf_response *cf_redirect_code(cf_request *req, const char *url, int status)
{
    cf_buf       body = cf_buf_in(req->arena, 0);
    cf_response *response;

    if (!url)
        return NULL;
    cf_buf_puts(&body, "<!doctype html>\n<html lang=\"en\">\n<title>Redirecting</title>\n"
                       "<p>This page is at <a href=\"");
    cf_buf_html(&body, cf_str_of(url));
    cf_buf_puts(&body, "\">another address</a>.\n");
    response = cf_respond_bytes(req, "text/html; charset=utf-8", cf_buf_view(&body));
    response->http.status = status;
    return cf_response_header(response, "Location", url);
}

cf_response *cf_redirect(cf_request *req, const char *url)
{
    return cf_redirect_code(req, url, 302);
}

cf_response *cf_redirect_named(cf_request *req, const char *endpoint, const cf_named *values)
{
    return cf_redirect(req, cf_url_for_named(req, endpoint, values));
}

/* ---- changing answers ---- */
cf_response *cf_response_header(cf_response *response, const char *name, const char *value)
{
    CF_NO_ERROR(err);

    if (!response)
        return NULL;
    if (!value)
        cf_headers_remove(&response->http.headers, name);
    else if (!cf_headers_set(&response->http.headers, name, cf_str_of(value), &err))
        cf_log_error(&err, "header %s is left out", name);
    return response;
}

cf_response *cf_response_add_header(cf_response *response, const char *name, const char *value)
{
    CF_NO_ERROR(err);

    if (response && !cf_headers_add(&response->http.headers, name, cf_str_of(value), &err))
        cf_log_error(&err, "header %s is left out", name);
    return response;
}

const char *cf_response_get_header(const cf_response *response, const char *name)
{
    cf_str value = cf_headers_get(&response->http.headers, name);
    return value.ptr ? cf_str_dup(response->req->arena, value) : NULL;
}

cf_response *cf_response_set_status(cf_response *response, int status)
{
    if (response)
        response->http.status = status;
    return response;
}

int cf_response_status(const cf_response *response)
{
    return response->http.status;
}

cf_str cf_response_body(const cf_response *response)
{
    return response->http.stream || response->http.file ? (cf_str){ 0 } : response->http.body;
}

cf_response *cf_response_set_body(cf_response *response, cf_str body)
{
    response->http.body = body;
    response->http.stream = NULL;
    return response;
}

cf_response *cf_response_vary(cf_response *response, const char *name)
{
    cf_str old = cf_headers_get(&response->http.headers, "Vary"), item, rest = old;

    while (rest.len) {
        cf_str_cut(rest, ',', &item, &rest);
        if (cf_str_iis(cf_str_trim(item), name) || cf_str_is(cf_str_trim(item), "*"))
            return response;
    }
    if (!old.len)
        return cf_response_header(response, "Vary", name);
    return cf_response_header(response, "Vary",
                              cf_printf(response->req->arena, "%.*s, %s", CF_STR_ARG(old), name));
}

cf_response *cf_response_conditional(cf_response *response)
{
    if (response)
        response->conditional = true;
    return response;
}

/* ---- cookies ---- */
bool cf__cookie_is_secure(cf_request *req)
{
    int secure = req->app->settings.cookie_secure;
    return secure < 0 ? cf_request_is_secure(req) : secure;
}

static bool queue_cookie(cf_request *req, const cf_cookie *cookie)
{
    cf_buf line = cf_buf_in(req->arena, 0);

    if (!cf_cookie_write(&line, cookie, &req->error))
        return false;
    *WEB_PUSH(req->arena, req->cookie_lines, req->ncookie_lines,
              req->cap_cookie_lines) = cf_buf_view(&line);
    return true;
}

static cf_cookie cookie_of(cf_request *req, const char *name, const cf_cookie_options *o)
{
    static const cf_cookie_options none;
    cf_cookie                      cookie = { .name = cf_str_of(cf_strdup(req->arena, name)) };

    o = o ? o : &none;
    cookie.path = o->path ? cf_str_of(o->path) : cf_str_of(req->app->settings.cookie_path);
    cookie.domain = cf_str_of(o->domain);
    cookie.max_age = o->max_age;
    cookie.secure = !o->insecure && cf__cookie_is_secure(req);
    cookie.http_only = !o->readable;
    cookie.same_site = CF_SAMESITE_LAX;
    if (o->same_site)
        cf_same_site_parse(cf_str_of(o->same_site), &cookie.same_site);
    return cookie;
}

bool cf_set_cookie(cf_request *req, const char *name, const char *value,
                   const cf_cookie_options *options)
{
    cf_cookie cookie = cookie_of(req, name, options);

    cookie.value = cf_str_of(cf_strdup(req->arena, value));
    return queue_cookie(req, &cookie);
}

void cf_delete_cookie(cf_request *req, const char *name, const cf_cookie_options *options)
{
    cf_cookie cookie = cookie_of(req, name, options);

    cookie.remove = true;
    queue_cookie(req, &cookie);
}

void cf__add_cookies(cf_request *req, cf_response *response)
{
    for (size_t i = 0; i < req->ncookie_lines; i++)
        cf__push_header(response, CF_STR("Set-Cookie"), req->cookie_lines[i]);
    req->ncookie_lines = 0;
}
