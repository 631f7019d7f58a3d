/* dispatch.c -- one request from its first line to its answer.
 *
 * route → before-hooks → guards → CSRF → view → after-hooks; whatever fails becomes an error page,
 * and teardown hooks run in any case. */
#include "web/web.h"

#include <stdio.h>

#include <carafe/fiber.h>

#define UNSAFE (CF_POST | CF_PUT | CF_PATCH | CF_DELETE | CF_OTHER_METHOD)

typedef cf_response *before_fn(cf_request *);
typedef cf_response *after_fn(cf_request *, cf_response *);
typedef void         teardown_fn(cf_request *);

/* ---- routing ---- */
static void match_route(cf_request *req)
{
    cf_url_base base;
    cf_str      query = req->http ? req->http->query : (cf_str){ 0 };

    /* Host and scheme are needed only where rules have domains, and for redirects. */
    if (req->app->settings.subdomains || req->app->settings.host_matching)
        base = cf__url_base(req);
    else
        base = (cf_url_base){ .subdomain = CF_STR("") };
    cf_url_map_match(req->app->url_map, req->arena, &base, req->path, req->method, false, query,
                     &req->match);
    if (req->match.kind == CF_MATCH_REDIRECT && !base.server_name.len) {
        base = cf__url_base(req);
        cf_url_map_match(req->app->url_map, req->arena, &base, req->path, req->method, false, query,
                         &req->match);
    }
    if (req->match.kind != CF_MATCH_FOUND)
        return;
    req->route = cf_rule_data(req->match.rule);
    if (req->route->route->max_body)
        req->max_body = (int64_t)req->route->route->max_body;
}

/* "GET, HEAD, OPTIONS" of every rule that this path has. */
static const char *allowed_methods(cf_request *req, unsigned allowed)
{
    static const cf_method in_order[] = { CF_GET,   CF_HEAD,   CF_POST,   CF_PUT,
                                          CF_PATCH, CF_DELETE, CF_OPTIONS };
    cf_buf                 out = cf_buf_in(req->arena, 0);

    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++)
        if (allowed & (unsigned)in_order[i])
            cf_buf_printf(&out, "%s%s", out.len ? ", " : "", cf_method_name(in_order[i]));
    return cf_buf_cstr(&out);
}

static cf_response *answer_options(cf_request *req)
{
    cf_url_base  base = cf__url_base(req);
    cf_url_match other;

    cf_url_map_match(req->app->url_map, req->arena, &base, req->path, CF_OTHER_METHOD, false,
                     (cf_str){ 0 }, &other);
    return cf_response_header(cf_respond(req, 204), "Allow",
                              allowed_methods(req, other.allowed | CF_OPTIONS));
}

/* "OPTIONS *" asks about the server, not about a page of it. */
static cf_response *answer_server_options(cf_request *req)
{
    unsigned every = CF_GET | CF_HEAD | CF_POST | CF_PUT | CF_PATCH | CF_DELETE | CF_OPTIONS;

    return cf_response_header(cf_respond(req, 204), "Allow", allowed_methods(req, every));
}

static cf_response *answer_unmatched(cf_request *req)
{
    cf_response *response;

    switch (req->match.kind) {
    case CF_MATCH_REDIRECT:
        return cf_redirect_code(req, cf_str_dup(req->arena, req->match.location), 308);
    case CF_MATCH_BAD_METHOD:
        response = cf_abort(req, 405);
        return cf_response_header(response, "Allow", allowed_methods(req, req->match.allowed));
    case CF_MATCH_WEBSOCKET:
        return cf_abort_with(req, 400, "This address speaks WebSocket.");
    case CF_MATCH_NOT_FOUND:
    case CF_MATCH_FOUND:
        break;
    }
    return cf_abort(req, 404);
}

/* ---- hooks ---- */
static cf_response *mount_before(cf_request *req, const web_mount *mount)
{
    cf_response *response = NULL;

    if (!mount)
        return NULL;
    response = mount_before(req, mount->parent); /* The outer blueprint's first. */
    if (!response && mount->blueprint->before_request)
        response = mount->blueprint->before_request(req);
    return response;
}

static cf_response *run_before(cf_request *req)
{
    for (size_t i = 0; i < req->app->before.len; i++) {
        cf_response *response = (*(before_fn **)req->app->before.items[i])(req);
        if (response)
            return response;
    }
    return mount_before(req, cf__request_mount(req));
}

static cf_response *run_after(cf_request *req, cf_response *response)
{
    cf_response *next = response;

    for (size_t i = 0; i < req->nafter && next; i++)
        next = req->after[i].fn(req, next, req->after[i].data);
    for (const web_mount *m = cf__request_mount(req); m && next; m = m->parent)
        if (m->blueprint->after_request)
            next = m->blueprint->after_request(req, next);
    for (size_t i = req->app->after.len; i-- > 0 && next;)
        next = (*(after_fn **)req->app->after.items[i])(req, next);
    return next ? next : cf__null_response(req);
}

static void run_teardown(cf_request *req)
{
    for (const web_mount *m = cf__request_mount(req); m; m = m->parent)
        if (m->blueprint->teardown_request)
            m->blueprint->teardown_request(req);
    for (size_t i = req->app->teardown.len; i-- > 0;)
        (*(teardown_fn **)req->app->teardown.items[i])(req);
}

/* ---- the view ---- */
static cf_response *check_csrf(cf_request *req)
{
    CF_NO_ERROR(err);

    if (!(req->method & UNSAFE) || req->route->route->csrf == CF_CSRF_OFF ||
        !req->app->settings.csrf)
        return NULL;
    if (cf_csrf_check(req, &err))
        return NULL;
    if (req->error.code)
        return cf__null_response(req);
    cf_log(CF_INFO, "%s %s refused: %s", cf_request_method_text(req), cf_request_path(req),
           err.message);
    return cf_abort_with(req, 400, "%s Go back, reload the page and try again.", err.message);
}

static cf_response *run_route(cf_request *req)
{
    const cf_route *route = req->route->route;
    cf_response    *response;

    if (req->method == CF_OPTIONS && !(req->route->methods & (unsigned)CF_OPTIONS))
        return answer_options(req);
    response = cf_guard_run(req, route->guard);
    if (!response)
        response = check_csrf(req);
    if (!response)
        response = route->view(req);
    return response ? response : cf__null_response(req);
}

static cf_response *answer(cf_request *req)
{
    cf_response *response;

    if (!cf__host_is_trusted(req))
        return cf_abort_with(req, 400, "This site is not known by the name \"%s\".",
                             cf_request_host(req));
    if (memchr(req->path.ptr, '\0', req->path.len))
        return cf_abort(req, 400);
    if (req->http && cf_str_is(req->http->target, "*"))
        return answer_server_options(req);
    match_route(req);
    cf_fiber_name(req->route ? req->route->rule : "no route");
    response = run_before(req);
    if (response)
        return response;
    return req->route ? run_route(req) : answer_unmatched(req);
}

cf_response *cf__dispatch(cf_request *req)
{
    return run_after(req, answer(req));
}

/* ---- the last touches ---- */
/* HTML, XHTML, SVG and other XML: what a browser shows as a page and may run scripts of. */
static bool is_page(const cf_response *response)
{
    cf_str type = cf_headers_get(&response->http.headers, "Content-Type");

    if (type.len < 9)
        return false;
    switch (type.ptr[0]) {
    case 't':
    case 'T':
        return cf_str_ieq(cf_str_slice(type, 0, 9), CF_STR("text/html")) ||
               cf_str_find(type, CF_STR("xml")) != CF_NPOS;
    default:
        return cf_str_find(type, CF_STR("xml")) != CF_NPOS;
    }
}

static void add_missing(cf_response *response, const cf_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!cf__has_header(response, headers[i].name))
            cf__push_header(response, headers[i].name, headers[i].value);
}

static void add_headers(cf_request *req, cf_response *response)
{
    const cf_app *app = req->app;

    add_missing(response, app->headers, app->nheaders);
    if (is_page(response))
        add_missing(response, app->page_headers, app->npage_headers);
    if (app->hsts.len && cf_request_is_secure(req) && !app->settings.testing &&
        !cf__has_header(response, CF_STR("Strict-Transport-Security")))
        cf__push_header(response, CF_STR("Strict-Transport-Security"), app->hsts);
}

/* The ETag of content, and 304 for a client that has it. */
static void make_conditional(cf_request *req, cf_response *response)
{
    cf_validators current = { 0 };
    cf_buf        tag = cf_buf_in(req->arena, 0);

    if (response->http.status != 200 || response->http.stream || response->http.file || !req->http)
        return;
    current.etag.tag = cf_etag_of(req->arena, response->http.body);
    cf_etag_write(&tag, current.etag, NULL);
    cf__push_header(response, CF_STR("ETag"), cf_buf_view(&tag));
    if (cf_condition_check(&req->http->headers, req->method, &current, true) ==
        CF_CONDITION_NOT_MODIFIED) {
        response->http.status = 304;
        response->http.body = (cf_str){ 0 };
    }
}

void cf_app_handle(void *data, cf_arena *arena, cf_http_request *http, cf_http_response *out)
{
    cf_app      *app = data;
    cf_request  *req = cf__request_new(app, arena, http);
    void        *outer = cf_fiber_local();
    cf_response *response;

    if (app->settings.access_log)
        req->began = cf_monotonic_us();
    cf_fiber_set_local(req);
    response = cf__dispatch(req);
    if (app->strict_loading)
        response = cf__refuse_n_plus_one(req, response);
    else if (app->settings.debug)
        cf__log_n_plus_one(req);
    if (response->conditional)
        make_conditional(req, response);
    cf__session_save(req, response);
    cf__add_cookies(req, response);
    add_headers(req, response);
    run_teardown(req);
    if (app->settings.access_log)
        cf__access_log(req, response);
    cf_fiber_set_local(outer);
    *out = response->http;
}

void cf__answer_crash(cf_app *app, cf_arena *arena, const cf_crash *crash, cf_http_request *http,
                      cf_http_response *out)
{
    cf_request  *req = cf__request_new(app, arena, http);
    cf_response *response;

    req->crash = crash;
    cf_fiber_set_local(req);
    cf_fail(&req->error, CF_ERUNTIME, "the worker process crashed in '%s': %s at address 0x%zx",
            crash->name, crash->reason, (size_t)crash->address);
    response = cf_abort(req, 500);
    add_headers(req, response);
    run_teardown(req);
    cf_fiber_set_local(NULL);
    *out = response->http;
}
