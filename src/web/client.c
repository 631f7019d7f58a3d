/* client.c -- the test client: sends requests to the app as a browser would, without a socket. */
#include "web/client.h"

#include <errno.h>
#include <unistd.h>

#include <carafe/fiber.h>
#include <carafe/json.h>
#include <carafe/url.h>

#define MAX_REDIRECTS 10

cf_client *cf_client_new(cf_arena *arena, cf_app *app)
{
    cf_client *client = cf_new(arena, cf_client);

    client->arena = arena;
    client->app = app;
    return client;
}

/* ---- one message ---- */
typedef struct buffer_body {
    cf_str rest;
} buffer_body;

static bool read_buffer(void *data, void *buf, size_t size, size_t *got, cf_error *err)
{
    buffer_body *b = data;

    (void)err;
    *got = b->rest.len < size ? b->rest.len : size;
    if (*got)
        memcpy(buf, b->rest.ptr, *got);
    b->rest = cf_str_slice(b->rest, *got, b->rest.len);
    return true;
}

/* Where a request goes: of "http://host/path?query" or "/path?query". */
typedef struct target {
    cf_str host, path, query;
    bool   secure;
} target;

static target target_of(cf_client *client, const cf_client_request *request)
{
    const char *server = client->app->settings.server_name;
    cf_url      url = { 0 };
    target      t = { .host = cf_str_of(server ? server : "localhost"), .secure = request->secure };

    cf_url_split(cf_str_of(request->url), &url, NULL);
    if (url.has_authority) {
        t.host = url.authority;
        t.secure = cf_str_is(url.scheme, "https");
    }
    t.path = url.path.len ? url.path : CF_STR("/");
    t.query = url.query;
    return t;
}

static void add_field(cf_http_request *http, const char *name, cf_str value)
{
    if (value.ptr)
        cf_headers_add(&http->headers, name, value, NULL);
}

static cf_http_request *new_message(cf_client *client, cf_arena *arena, const target *t,
                                    const char *method, const char *from)
{
    cf_http_request *http = cf_new(arena, cf_http_request);
    cf_str           cookies = cf__client_cookie_header(client, t->path, t->secure);

    http->method_text = cf_str_of(method);
    http->method = cf_method_of(http->method_text);
    http->path = t->path;
    http->query = t->query;
    http->target = t->query.len ? cf_str_of(cf_printf(arena, "%.*s?%.*s", CF_STR_ARG(t->path),
                                                      CF_STR_ARG(t->query)))
                                : t->path;
    http->host = t->host;
    http->version = 11;
    http->keep_alive = true;
    http->peer = cf_str_of(from ? from : "127.0.0.1");
    http->secure = t->secure;
    http->headers.arena = arena;
    add_field(http, "Host", t->host);
    if (cookies.len)
        add_field(http, "Cookie", cookies);
    return http;
}

/* ---- taking in what came back ---- */
static void copy_file(cf_buf *out, const cf_http_response *response)
{
    int     fd = response->file - 1;
    char    piece[4096];
    int64_t at = response->file_offset, end = at + response->file_length;

    while (at < end) {
        size_t  want = end - at < (int64_t)sizeof piece ? (size_t)(end - at) : sizeof piece;
        ssize_t n = pread(fd, piece, want, (off_t)at);
        if (n <= 0)
            break;
        cf_buf_add(out, piece, (size_t)n);
        at += n;
    }
    close(fd);
}

static bool copy_piece(void *data, cf_str piece, cf_error *err)
{
    cf_buf_str(data, piece);
    return cf_buf_ok(data, err);
}

static void copy_body(cf_buf *out, const cf_http_response *response, cf_method method)
{
    cf_error err = { 0 };

    if (response->file) {
        copy_file(out, response);
    } else if (response->stream) {
        if (!response->stream(response->stream_data, &(cf_sink){ copy_piece, out, 0 }, &err))
            cf_log_error(&err, "a streamed answer broke off");
    } else {
        cf_buf_str(out, response->body);
    }
    if (method == CF_HEAD)
        out->len = 0;
}

static cf_answer *take_answer(cf_client *client, const cf_http_request *http,
                              const cf_http_response *response, const char *url)
{
    cf_answer *answer = cf_new(client->arena, cf_answer);
    cf_buf     body = cf_buf_in(client->arena, 0);
    cf_str     location = cf_headers_get(&response->headers, "Location");

    answer->status = response->status;
    answer->headers.arena = client->arena;
    for (size_t i = 0; i < response->headers.len; i++)
        cf_headers_add(&answer->headers, cf_str_dup(client->arena, response->headers.items[i].name),
                       response->headers.items[i].value, NULL);
    copy_body(&body, response, http->method);
    answer->body = cf_buf_cstr(&body);
    answer->size = body.len;
    answer->url = cf_strdup(client->arena, url);
    answer->location = location.ptr ? cf_str_dup(client->arena, location) : NULL;
    cf__client_take_cookies(client, &response->headers);
    return answer;
}

/* ---- sessions ---- */
/* Runs `fn` in a request of this client, over HTTP or HTTPS, and keeps the session it leaves. */
static bool run_session(cf_client *client, bool secure, void (*fn)(cf_request *, void *),
                        void *data)
{
    cf_arena        *arena = cf_arena_new();
    target           t = { .host = CF_STR("localhost"), .path = CF_STR("/"), .secure = secure };
    cf_http_request *http = new_message(client, arena, &t, "GET", NULL);
    cf_request      *req = cf__request_new(client->app, arena, http);
    void            *outer = cf_fiber_local();
    cf_response     *response;
    bool             ok;

    cf_fiber_set_local(req);
    fn(req, data);
    ok = !req->error.code;
    response = cf_respond(req, 200);
    cf__session_save(req, response);
    cf__add_cookies(req, response);
    cf__client_take_cookies(client, &response->http.headers);
    cf_fiber_set_local(outer);
    cf_arena_free(arena);
    return ok;
}

bool cf_client_session(cf_client *client, void (*fn)(cf_request *req, void *data), void *data)
{
    const client_cookie *cookie = cf__client_find_cookie(client, client->app->settings.cookie_name);

    return run_session(client, cookie && cookie->secure, fn, data);
}

typedef struct session_read {
    cf_client  *client;
    const char *name;
    cf_value    value;
    const char *token;
} session_read;

/* Copies a value out of the arena of a request that is about to end. */
static cf_value copy_value(cf_arena *arena, cf_value v)
{
    cf_buf text = cf_buf_in(arena, 0);

    if (v.type < CF_TYPE_STRING)
        return v.type == CF_TYPE_UNDEFINED ? cf_undefined(NULL) : v;
    if (!cf_json_write(NULL, v, NULL, &text, NULL) ||
        !cf_json_parse(arena, cf_buf_view(&text), &v, NULL))
        return cf_undefined(NULL);
    return v;
}

static void read_value(cf_request *req, void *data)
{
    session_read *r = data;
    r->value = copy_value(r->client->arena, cf_session_get(req, r->name));
}

cf_value cf_client_session_get(cf_client *client, const char *name)
{
    session_read r = { .client = client, .name = name, .value = cf_undefined(name) };

    cf_client_session(client, read_value, &r);
    return r.value;
}

static void read_token(cf_request *req, void *data)
{
    session_read *r = data;
    r->token = cf_strdup(r->client->arena, cf_csrf_token(req));
}

typedef struct acting {
    cf_value who;
    bool     ok;
} acting;

static void act(cf_request *req, void *data)
{
    acting              *a = data;
    const cf_user_hooks *users = cf_app_user_hooks(cf_request_app(req));

    a->ok = users->act_as && users->act_as(req, a->who, cf_request_error(req));
    if (!a->ok)
        cf_log_error(cf_request_error(req), "cf_client_act_as()");
}

bool cf_client_act_as(cf_client *client, cf_value who)
{
    acting a = { .who = who };

    cf_client_session(client, act, &a);
    return a.ok;
}

/* ---- sending ---- */
static bool is_unsafe(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
           strcmp(method, "OPTIONS") != 0;
}

static cf_str json_body(cf_client *client, const cf_value *json)
{
    cf_buf out = cf_buf_in(client->arena, 0);

    cf_json_write(NULL, *json, NULL, &out, NULL);
    return cf_str_n(cf_buf_cstr(&out), out.len);
}

/* The body of a request, its type and its token. */
static void add_body(cf_client *client, cf_arena *arena, cf_http_request *http,
                     const cf_client_request *request, const char *token)
{
    buffer_body *body = cf_new(arena, buffer_body);
    const char  *type = request->content_type;

    if (request->json) {
        body->rest = json_body(client, request->json);
        type = type ? type : "application/json";
    } else if (request->body) {
        body->rest = cf_str_n(request->body,
                              request->body_size ? request->body_size : strlen(request->body));
    } else if (is_unsafe(request->method)) {
        body->rest = cf__client_form_body(client, request, token, &type);
    }
    if (token && (request->json || request->body))
        add_field(http, "X-CSRFToken", cf_str_of(token));
    if (type)
        add_field(http, "Content-Type", cf_str_of(type));
    http->body = (cf_body){ read_buffer, body, (int64_t)body->rest.len };
}

static void add_headers(cf_http_request *http, const cf_client_request *request)
{
    const char *accept = request->accept ? request->accept
                         : request->json ? "application/json"
                                         : "text/html,*/*;q=0.8";

    add_field(http, "Accept", cf_str_of(accept));
    for (const cf_named *h = request->headers; h && h->name; h++)
        add_field(http, h->name, cf_text(h->value));
}

static cf_answer *send_once(cf_client *client, const cf_client_request *given)
{
    cf_client_request request = *given;
    cf_arena         *arena = cf_arena_new();
    cf_http_response  response = { 0 };
    target            t = target_of(client, &request);
    session_read      token = { .client = client };

    if (!request.method)
        request.method = request.form || request.files || request.json || request.body ? "POST"
                                                                                       : "GET";
    /* The token is made before the message, whose cookies must hold its session. */
    if (is_unsafe(request.method) && !request.no_csrf)
        run_session(client, t.secure, read_token, &token);
    cf_http_request *http = new_message(client, arena, &t, request.method, request.remote_addr);
    add_body(client, arena, http, &request, token.token);
    add_headers(http, &request);
    if (t.secure && is_unsafe(request.method) && !request.no_csrf &&
        !cf_headers_get(&http->headers, "Origin").ptr)
        add_field(http, "Origin", cf_str_of(cf_printf(arena, "https://%.*s", CF_STR_ARG(t.host))));
    client->app->strict_loading = client->strict_loading;
    cf_app_handle(client->app, arena, http, &response);
    client->app->strict_loading = false;
    cf_answer *answer = take_answer(client, http, &response, request.url);
    cf_arena_free(arena);
    return answer;
}

static bool is_redirect(const cf_answer *answer)
{
    return answer->location && answer->status >= 300 && answer->status < 400;
}

/* The request that follows a redirect: 307 and 308 repeat it, others become a GET. */
static cf_client_request next_request(cf_client *client, const cf_client_request *before,
                                      const cf_answer *answer)
{
    cf_client_request next = *before;

    if (answer->status != 307 && answer->status != 308)
        next = (cf_client_request){ .accept = before->accept,
                                    .headers = before->headers,
                                    .secure = before->secure,
                                    .remote_addr = before->remote_addr };
    cf_str url = cf_url_join(client->arena, cf_str_of(before->url), cf_str_of(answer->location));
    next.url = cf_str_dup(client->arena, url);
    return next;
}

cf_answer *cf_client_send(cf_client *client, const cf_client_request *request)
{
    cf_answer       **history = cf_new_array(client->arena, cf_answer *, MAX_REDIRECTS);
    size_t            n = 0;
    cf_client_request now = *request;
    cf_answer        *answer = send_once(client, &now);

    while (request->follow && is_redirect(answer) && n < MAX_REDIRECTS) {
        history[n++] = answer;
        now = next_request(client, &now, answer);
        answer = send_once(client, &now);
    }
    answer->history = history;
    answer->nhistory = n;
    return answer;
}

cf_answer *cf_client_get(cf_client *client, const char *url)
{
    return cf_client_send(client, &(cf_client_request){ .url = url });
}

cf_answer *cf_client_visit(cf_client *client, const char *url)
{
    return cf_client_send(client, &(cf_client_request){ .url = url, .follow = true });
}

cf_answer *cf_client_post_named(cf_client *client, const char *url, const cf_named *form)
{
    return cf_client_send(client,
                          &(cf_client_request){ .method = "POST", .url = url, .form = form });
}

cf_answer *cf_client_submit_named(cf_client *client, const char *url, const cf_named *form)
{
    return cf_client_send(
        client, &(cf_client_request){ .method = "POST", .url = url, .form = form, .follow = true });
}

cf_answer *cf_client_post_json_named(cf_client *client, const char *url, const cf_named *members)
{
    cf_map  *map = cf_map_new(client->arena);
    cf_value json;

    for (; members->name; members++)
        cf_map_set(map, members->name, members->value);
    json = cf_from_map(map);
    return cf_client_send(client,
                          &(cf_client_request){ .method = "POST", .url = url, .json = &json });
}

/* ---- what an answer says ---- */
const char *cf_answer_header(const cf_answer *answer, const char *name)
{
    cf_str value = cf_headers_get(&answer->headers, name);
    return value.ptr ? cf_str_dup(answer->headers.arena, value) : NULL;
}

bool cf_answer_contains(const cf_answer *answer, const char *text)
{
    return cf_str_find(cf_str_n(answer->body, answer->size), cf_str_of(text)) != CF_NPOS;
}

cf_value cf_answer_json(cf_client *client, const cf_answer *answer)
{
    cf_value v = cf_undefined("json");

    cf_json_parse(client->arena, cf_str_n(answer->body, answer->size), &v, NULL);
    return v;
}
