/* request.c -- the request object: first line, headers, cookies, query, and what it carries. */
#include "web/web.h"

#include <string.h>
#include <unistd.h>

#include <carafe/accept.h>
#include <carafe/fiber.h>
#include <carafe/url.h>

/* Most pairs of a query string, and most cookies, that are read. */
#define MAX_ARGS    1000
#define MAX_COOKIES 100

/* The path decoded, as UTF-8, NUL-terminated. */
static cf_str decode_path(cf_arena *arena, cf_str path)
{
    if (!memchr(path.ptr ? path.ptr : "", '%', path.len)) {
        char *copy = cf_alloc(arena, path.len + 1);
        memcpy(copy, path.ptr ? path.ptr : "", path.len);
        copy[path.len] = '\0';
        path = cf_str_n(copy, path.len);
    } else {
        path = cf_url_decode(arena, path);
    }
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] >= 0x80) {
            cf_str utf8 = cf_str_to_utf8(arena, path);
            return cf_str_n(cf_str_dup(arena, utf8), utf8.len);
        }
    return path;
}

cf_request *cf__request_new(cf_app *app, cf_arena *arena, const cf_http_request *http)
{
    cf_request *req = cf_alloc(arena, sizeof *req);

    memset(req, 0, offsetof(cf_request, match));
    req->match.nargs = 0;
    req->match.rule = NULL;
    req->error.code = CF_OK;
    req->error.file = NULL;
    req->error.line = req->error.input_line = req->error.input_column = 0;
    req->error.input[0] = req->error.message[0] = '\0';
    req->app = app;
    req->arena = arena;
    req->http = http;
    req->eval = (cf_eval){ arena, req, &req->error };
    req->method = http ? http->method : CF_GET;
    req->path = http ? decode_path(arena, http->path) : CF_STR("/");
    req->max_body = (int64_t)app->settings.max_body;
    return req;
}

cf_arena *cf_request_arena(cf_request *req)
{
    return req->arena;
}

cf_app *cf_request_app(cf_request *req)
{
    return req->app;
}

cf_eval *cf_request_eval(cf_request *req)
{
    return &req->eval;
}

const cf_http_request *cf_request_http(const cf_request *req)
{
    return req->http;
}

cf_request *cf_request_current(void)
{
    return cf_fiber_local();
}

/* ---- the first line ---- */
cf_method cf_request_method(const cf_request *req)
{
    return req->method;
}

const char *cf_request_method_text(const cf_request *req)
{
    if (req->method != CF_OTHER_METHOD || !req->http)
        return cf_method_name(req->method);
    return cf_str_dup(req->arena, req->http->method_text);
}

const char *cf_request_path(const cf_request *req)
{
    return req->path.ptr;
}

const char *cf_request_full_path(cf_request *req)
{
    cf_buf out = cf_buf_in(req->arena, 0);

    cf_url_encode(&out, req->path, "!$&'()*+,/:;=@");
    if (req->http && req->http->query.len) {
        cf_buf_putc(&out, '?');
        cf_buf_str(&out, req->http->query);
    }
    return cf_buf_cstr(&out);
}

const char *cf_request_url(cf_request *req)
{
    return cf_printf(req->arena, "%s://%s%s", cf_request_scheme(req), cf_request_host(req),
                     cf_request_full_path(req));
}

/* A prefix that no other process has, and a number. A proxy that is trusted may give its own. */
const char *cf_request_id(cf_request *req)
{
    cf_app *app = req->app;

    if (req->id)
        return req->id;
    if (app->settings.ntrusted_proxies && cf__origin(req)->proxied) {
        const char *given = cf_request_header(req, "X-Request-Id");
        if (given && *given && strlen(given) <= 64 && !strpbrk(given, " \t\"\\<>&"))
            return req->id = given;
    }
    if (app->id_process != (long)getpid()) {
        cf_random(&app->id_prefix, sizeof app->id_prefix);
        app->id_process = (long)getpid();
    }
    return req->id = cf_printf(req->arena, "%08x-%llx", app->id_prefix,
                               (unsigned long long)app->id_count++);
}

const char *cf_request_endpoint(const cf_request *req)
{
    return req->route ? req->route->endpoint : NULL;
}

const char *cf_request_blueprint(const cf_request *req)
{
    return req->route && req->route->mount->blueprint ? req->route->mount->name : NULL;
}

const char *cf_request_rule(const cf_request *req)
{
    return req->route ? req->route->rule : NULL;
}

const web_mount *cf__request_mount(const cf_request *req)
{
    return req->route && req->route->mount->blueprint ? req->route->mount : NULL;
}

/* ---- variables of the rule ---- */
cf_value cf_url_arg_value(cf_request *req, const char *name)
{
    for (size_t i = 0; i < req->match.nargs; i++)
        if (!strcmp(req->match.args[i].name, name))
            return req->match.args[i].value;
    return cf_undefined(name);
}

const char *cf_url_arg(cf_request *req, const char *name)
{
    cf_value v = cf_url_arg_value(req, name);
    cf_buf   text = cf_buf_in(req->arena, 0);

    if (cf_is_missing(v))
        return NULL;
    if (v.type == CF_TYPE_STRING)
        return cf_str_dup(req->arena, cf_text(v));
    return cf_to_text(&req->eval, v, &text) ? cf_buf_cstr(&text) : NULL;
}

int64_t cf_url_arg_int(cf_request *req, const char *name)
{
    cf_value v = cf_url_arg_value(req, name);
    int64_t  n = 0;

    if (v.type == CF_TYPE_INT)
        return v.as.integer;
    cf_str_to_i64(cf_text(v), &n);
    return n;
}

/* ---- headers and cookies ---- */
const char *cf_request_header(cf_request *req, const char *name)
{
    cf_str value = req->http ? cf_headers_get(&req->http->headers, name) : (cf_str){ 0 };

    return value.ptr ? cf_str_dup(req->arena, value) : NULL;
}

const char *cf_request_cookie(cf_request *req, const char *name)
{
    cf_str value;

    if (!req->cookies_read) {
        req->cookies_read = true;
        req->cookies = cf_params_in(req->arena);
        cf_str header = req->http ? cf_headers_joined(req->arena, &req->http->headers, "Cookie")
                                  : (cf_str){ 0 };
        if (header.len)
            cf_cookies_parse(&req->cookies, header, MAX_COOKIES);
    }
    value = cf_params_get(&req->cookies, name);
    return value.ptr ? cf_str_dup(req->arena, value) : NULL;
}

/* ---- query string ---- */
const cf_params *cf_request_args(cf_request *req)
{
    CF_NO_ERROR(err);

    if (!req->args_read) {
        req->args_read = true;
        req->args = cf_params_in(req->arena);
        if (req->http && !cf_params_parse(&req->args, req->http->query, MAX_ARGS, &err))
            cf__request_fail(req, 400, &err);
    }
    return &req->args;
}

const char *cf_query_arg(cf_request *req, const char *name, const char *fallback)
{
    cf_str value = cf_params_get(cf_request_args(req), name);
    return value.ptr ? value.ptr : fallback;
}

int64_t cf_query_arg_int(cf_request *req, const char *name, int64_t fallback)
{
    int64_t n;
    return cf_str_to_i64(cf_params_get(cf_request_args(req), name), &n) ? n : fallback;
}

/* ---- what the client wants ---- */
static bool is_json_type(cf_str type)
{
    cf_str rest;

    cf_str_cut(type, ';', &type, &rest);
    type = cf_str_trim(type);
    return cf_str_iis(type, "application/json") ||
           (type.len > 17 && cf_str_ieq(cf_str_slice(type, 0, 12), CF_STR("application/")) &&
            cf_str_ieq(cf_str_slice(type, type.len - 5, type.len), CF_STR("+json")));
}

bool cf_request_is_json(cf_request *req)
{
    return req->http && is_json_type(cf_headers_get(&req->http->headers, "Content-Type"));
}

/* Whether errors at a path are JSON: the route's blueprint says so, or, where no route matched, one
 * below whose prefix the path lies. */
static bool has_json_errors(const cf_request *req)
{
    if (req->route) {
        for (const web_mount *m = cf__request_mount(req); m; m = m->parent)
            if (m->blueprint->json_errors)
                return true;
        return false;
    }
    for (size_t i = 0; i < req->app->mounts.len; i++) {
        const web_mount *m = req->app->mounts.items[i];
        cf_str           prefix = cf_str_of(m->url_prefix);
        if (m->blueprint->json_errors && prefix.len && cf_str_starts(req->path, prefix) &&
            (req->path.len == prefix.len || req->path.ptr[prefix.len] == '/'))
            return true;
    }
    return false;
}

bool cf_request_wants_json(cf_request *req)
{
    cf_str accept;

    if (!req->http)
        return false;
    if (has_json_errors(req))
        return true;
    if (cf_request_is_json(req))
        return true;
    if (cf_str_iis(cf_headers_get(&req->http->headers, "X-Requested-With"), "XMLHttpRequest"))
        return true;
    accept = cf_headers_joined(req->arena, &req->http->headers, "Accept");
    if (!accept.len)
        return false;
    cf_accept parsed = cf_accept_parse(req->arena, CF_ACCEPT_MIME, accept);
    return cf_accept_quality(&parsed, CF_STR("application/json")) >
           cf_accept_quality(&parsed, CF_STR("text/html"));
}

/* ---- what the request carries along ---- */
void cf_g_put(cf_request *req, const char *name, cf_value value)
{
    if (!req->g)
        req->g = cf_map_new(req->arena);
    cf_map_set(req->g, cf_strdup(req->arena, name), value);
}

cf_value cf_g_get(cf_request *req, const char *name)
{
    return req->g ? cf_map_get(req->g, name) : cf_undefined(name);
}

void cf_request_set_data(cf_request *req, const void *key, void *data)
{
    for (size_t i = 0; i < req->ndata; i++)
        if (req->data[i].key == key) {
            req->data[i].data = data;
            return;
        }
    *WEB_PUSH(req->arena, req->data, req->ndata, req->cap_data) = (web_datum){ key, data };
}

void *cf_request_data(cf_request *req, const void *key)
{
    for (size_t i = 0; i < req->ndata; i++)
        if (req->data[i].key == key)
            return req->data[i].data;
    return NULL;
}

void cf_after_this_request(cf_request *req, cf_response *(*fn)(cf_request *, cf_response *, void *),
                           void       *data)
{
    *WEB_PUSH(req->arena, req->after, req->nafter, req->cap_after) = (web_after){ fn, data };
}

/* ---- errors ---- */
cf_error *cf_request_error(cf_request *req)
{
    const cf_error *held = req->error.code ? NULL : cf__held_error(req);

    if (held)
        req->error = *held;
    return &req->error;
}

int cf_request_status(const cf_request *req)
{
    return req->status;
}

const char *cf_request_abort_text(const cf_request *req)
{
    return req->abort_text;
}

bool cf__request_fail(cf_request *req, int status, const cf_error *err)
{
    req->error = *err;
    req->error_status = status;
    return false;
}

const cf_error *cf__held_error(cf_request *req)
{
    if (req->error.code)
        return &req->error;
    if (req->db && cf_db_error(req->db)->code)
        return cf_db_error(req->db);
    return NULL;
}

cf_db *cf_request_db(cf_request *req)
{
    if (!req->db)
        req->db = cf_db_new(req->arena, cf_app_database(req->app, NULL));
    return req->db;
}

/* ---- requests that nobody sent ---- */
cf_request *cf_request_detached(cf_app *app, cf_arena *arena)
{
    cf_request *req = cf__request_new(app, arena, NULL);

    cf_fiber_set_local(req);
    return req;
}

void cf_request_finish(cf_request *req)
{
    for (size_t i = 0; i < req->app->teardown.len; i++)
        (*(void (**)(cf_request *))req->app->teardown.items[i])(req);
    if (req->db)
        cf_db_rollback(req->db);
    if (cf_fiber_local() == req)
        cf_fiber_set_local(NULL);
}
