/* template_names.c -- what every template knows: url_for, request, session, g, filters. */
#include "web/web.h"

#include <carafe/markdown.h>
#include <carafe/record.h>

static cf_request *request_of(const cf_eval *eval)
{
    return eval->context;
}

/* ---- request ---- */
static cf_value map_of_params(cf_request *req, const cf_params *params)
{
    cf_map *map = cf_map_new(req->arena);

    for (size_t i = 0; i < params->len; i++)
        if (!cf_map_find(map, cf_string_of(params->items[i].name)))
            cf_map_put(map, cf_string_of(params->items[i].name),
                       cf_string_of(params->items[i].value));
    return cf_from_map(map);
}

static cf_value view_args(cf_request *req)
{
    cf_map *map = cf_map_new(req->arena);

    for (size_t i = 0; i < req->match.nargs; i++)
        cf_map_set(map, req->match.args[i].name, req->match.args[i].value);
    return cf_from_map(map);
}

static cf_value headers_of(cf_request *req)
{
    cf_map *map = cf_map_new(req->arena);

    for (size_t i = 0; req->http && i < req->http->headers.len; i++)
        cf_map_put(map, cf_string_of(req->http->headers.items[i].name),
                   cf_string_of(req->http->headers.items[i].value));
    return cf_from_map(map);
}

static cf_value root_of(cf_request *req)
{
    return cf_string_printf(req->arena, "%s://%s/", cf_request_scheme(req), cf_request_host(req));
}

/* Every attribute of {{ request }} and what it is. */
#define REQUEST_ATTRIBUTES(X)                                                                      \
    X("args", map_of_params(req, cf_request_args(req)))                                            \
    X("blueprint", cf_string(cf_request_blueprint(req)))                                           \
    X("endpoint", cf_string(cf_request_endpoint(req)))                                             \
    X("form", map_of_params(req, cf_request_form(req)))                                            \
    X("full_path", cf_string(cf_request_full_path(req)))                                           \
    X("headers", headers_of(req))                                                                  \
    X("host", cf_string(cf_request_host(req)))                                                     \
    X("id", cf_string(cf_request_id(req)))                                                         \
    X("is_json", cf_bool(cf_request_is_json(req)))                                                 \
    X("is_secure", cf_bool(cf_request_is_secure(req)))                                             \
    X("method", cf_string(cf_request_method_text(req)))                                            \
    X("path", cf_string(cf_request_path(req)))                                                     \
    X("referrer", cf_string(cf_request_header(req, "Referer")))                                    \
    X("remote_addr", cf_string(cf_request_remote_addr(req)))                                       \
    X("scheme", cf_string(cf_request_scheme(req)))                                                 \
    X("url", cf_string(cf_request_url(req)))                                                       \
    X("url_root", root_of(req))                                                                    \
    X("url_rule", cf_string(cf_request_rule(req)))                                                 \
    X("user_agent", cf_string(cf_request_header(req, "User-Agent")))                               \
    X("view_args", view_args(req))

static bool request_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_request *req = request_of(eval);

    (void)self;
    *out = cf_undefined(NULL);
#define X(text, value)                                                                             \
    if (req && cf_str_eq(name, CF_STR(text))) {                                                    \
        *out = value;                                                                              \
        return true;                                                                               \
    }
    REQUEST_ATTRIBUTES(X)
#undef X
    return true;
}

static void request_attributes(cf_eval *eval, cf_object *self, cf_list *out)
{
    (void)eval, (void)self;
#define X(text, value) cf_list_add(out, cf_string(text));
    REQUEST_ATTRIBUTES(X)
#undef X
}

static const cf_class request_class = { .name = "Request",
                                        .get = request_get,
                                        .names = request_attributes };
static cf_object      request_object = { &request_class };

/* ---- session and g: maps of the request that is going on ---- */
static bool map_item(cf_map *map, cf_value key, cf_value *out)
{
    cf_value *found = map ? cf_map_find(map, key) : NULL;

    *out = found ? *found : cf_undefined(NULL);
    return true;
}

/* get(name, default), as of a dictionary. */
static bool map_method(cf_call *call, cf_map *map, cf_str name, cf_value *result, bool *found)
{
    *found = cf_str_is(name, "get");
    if (!*found)
        return true;
    map_item(map, cf_arg(call, 0, "key"), result);
    if (result->type == CF_TYPE_UNDEFINED)
        *result = cf_arg(call, 1, "default");
    if (result->type == CF_TYPE_UNDEFINED)
        *result = cf_none();
    return true;
}

static cf_map *session_map(cf_eval *eval)
{
    return request_of(eval) ? cf__session_map(request_of(eval)) : NULL;
}

static bool session_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)self;
    return map_item(session_map(eval), cf_string_of(name), out);
}

static bool session_item(cf_eval *eval, cf_object *self, cf_value key, cf_value *out)
{
    (void)self;
    return map_item(session_map(eval), key, out);
}

static bool session_method(cf_call *call, cf_object *self, cf_str name, cf_value *result,
                           bool *found)
{
    (void)self;
    return map_method(call, session_map(call->eval), name, result, found);
}

static bool session_contains(cf_eval *eval, cf_object *self, cf_value item, bool *out)
{
    cf_map *map = session_map(eval);

    (void)self;
    *out = map && cf_map_find(map, item);
    return true;
}

static const cf_class session_class = { .name = "Session",
                                        .get = session_get,
                                        .item = session_item,
                                        .method = session_method,
                                        .contains = session_contains };
static cf_object      session_object = { &session_class };

cf_value cf_session_value(cf_request *req)
{
    (void)req;
    return cf_from_object(&session_object);
}

static bool g_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)self;
    return map_item(request_of(eval) ? request_of(eval)->g : NULL, cf_string_of(name), out);
}

static bool g_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    (void)self;
    return map_method(call, request_of(call->eval) ? request_of(call->eval)->g : NULL, name, result,
                      found);
}

static bool g_contains(cf_eval *eval, cf_object *self, cf_value item, bool *out)
{
    (void)self;
    *out = request_of(eval) && request_of(eval)->g && cf_map_find(request_of(eval)->g, item);
    return true;
}

static const cf_class g_class = {
    .name = "g", .get = g_get, .method = g_method, .contains = g_contains
};
static cf_object g_object = { &g_class };

/* ---- functions ---- */
static bool need_request(cf_call *call, const char *function)
{
    if (request_of(call->eval))
        return true;
    return cf_fail(call->eval->err, CF_ERUNTIME, "%s() needs a request", function);
}

/* url_for('blog.read', slug=post.slug) */
static bool url_for(cf_call *call, cf_value *result)
{
    cf_request *req = request_of(call->eval);
    cf_value    endpoint = cf_arg(call, 0, "endpoint");
    const char *url;

    if (!need_request(call, "url_for"))
        return false;
    if (endpoint.type != CF_TYPE_STRING)
        return cf_fail(call->eval->err, CF_ETYPE, "url_for() needs the endpoint's name");
    cf_named *values = cf_new_array(req->arena, cf_named, call->nkwargs + 1);
    size_t    n = 0;
    for (size_t i = 0; i < call->nkwargs; i++)
        if (!cf_str_is(call->kwargs[i].name, "endpoint"))
            values[n++] = (cf_named){ cf_str_dup(req->arena, call->kwargs[i].name),
                                      call->kwargs[i].value };
    url = cf_url_for_named(req, cf_cstr(req->arena, endpoint, ""), values);
    if (!url) {
        if (call->eval->err && call->eval->err != &req->error)
            *call->eval->err = req->error;
        return false;
    }
    *result = cf_string(url);
    return true;
}

static bool is_wanted(cf_value filter, cf_value category)
{
    if (filter.type != CF_TYPE_LIST || !filter.as.list->len)
        return true;
    for (size_t i = 0; i < filter.as.list->len; i++)
        if (cf_equal(filter.as.list->items[i], category))
            return true;
    return false;
}

/* get_flashed_messages(with_categories=false, category_filter=[]) */
static bool get_flashed_messages(cf_call *call, cf_value *result)
{
    cf_request *req = request_of(call->eval);
    cf_list    *out;

    if (!need_request(call, "get_flashed_messages"))
        return false;
    out = cf_list_new(req->arena);
    cf_list *messages = cf_flashed_messages(req);
    bool     pairs = cf_truth(cf_arg(call, 0, "with_categories"));
    cf_value filter = cf_arg(call, 1, "category_filter");
    for (size_t i = 0; i < messages->len; i++) {
        const cf_list *pair = messages->items[i].as.list;
        if (is_wanted(filter, pair->items[0]))
            cf_list_add(out, pairs ? messages->items[i] : pair->items[1]);
    }
    *result = cf_from_list(out);
    return true;
}

static bool csrf_token(cf_call *call, cf_value *result)
{
    if (!need_request(call, "csrf_token"))
        return false;
    *result = cf_string(cf_csrf_token(request_of(call->eval)));
    return true;
}

/* ---- filters ---- */
static bool markdown_filter(cf_call *call, cf_value *result)
{
    cf_value v = cf_arg(call, 0, "value");
    cf_str   html;

    if (!cf_markdown(call->eval->arena, cf_text(v), &html, call->eval->err))
        return false;
    *result = cf_safe_of(html);
    return true;
}

static bool plain_filter(cf_call *call, cf_value *result)
{
    cf_value v = cf_arg(call, 0, "value"), max = cf_arg(call, 1, "length");
    size_t   n = max.type == CF_TYPE_INT && max.as.integer > 0 ? (size_t)max.as.integer : 200;

    *result = cf_string_of(cf_markdown_plain(call->eval->arena, cf_text(v), n));
    return true;
}

/* A time as it comes: a time object, ISO text, or seconds since 1970. */
static bool time_of(cf_value v, cf_time *out)
{
    if (cf_value_time(v, out))
        return true;
    if (v.type == CF_TYPE_STRING)
        return cf_time_from_iso(cf_text(v), out);
    if (v.type == CF_TYPE_INT)
        *out = (cf_time){ v.as.integer * CF_SECOND };
    return v.type == CF_TYPE_INT;
}

static bool timeago_filter(cf_call *call, cf_value *result)
{
    cf_value v = cf_arg(call, 0, "value");
    cf_time  t;

    if (cf_is_missing(v))
        *result = cf_string("");
    else if (time_of(v, &t))
        *result = cf_string(cf_time_ago(call->eval->arena, t, cf_now()));
    else
        return cf_fail(call->eval->err, CF_ETYPE, "timeago needs a time, not %s", cf_type_name(v));
    return true;
}

static bool datetimeformat_filter(cf_call *call, cf_value *result)
{
    cf_value    v = cf_arg(call, 0, "value");
    const char *format = cf_cstr(call->eval->arena, cf_arg(call, 1, "format"), "%B %-d, %Y");
    cf_time     t;

    if (cf_is_missing(v))
        *result = cf_string("");
    else if (time_of(v, &t))
        *result = cf_string(cf_time_format(call->eval->arena, t, format));
    else
        return cf_fail(call->eval->err, CF_ETYPE, "datetimeformat needs a time, not %s",
                       cf_type_name(v));
    return true;
}

static void add_function(cf_app *app, const char *name, cf_callback *function)
{
    cf_templates_global(app->templates, name, cf_make_function(app->arena, name, function, NULL));
}

void cf__app_add_template_names(cf_app *app)
{
    cf_templates *t = app->templates;

    add_function(app, "url_for", url_for);
    add_function(app, "get_flashed_messages", get_flashed_messages);
    add_function(app, "csrf_token", csrf_token);
    cf_templates_global(t, "request", cf_from_object(&request_object));
    cf_templates_global(t, "session", cf_from_object(&session_object));
    cf_templates_global(t, "g", cf_from_object(&g_object));
    cf_templates_global(t, "config", cf_config_value(app->arena, app->config));
    cf_templates_global(t, "current_user", cf_none());
    cf_templates_filter(t, "markdown", markdown_filter, NULL);
    cf_templates_filter(t, "markdown_plain", plain_filter, NULL);
    cf_templates_filter(t, "timeago", timeago_filter, NULL);
    cf_templates_filter(t, "datetimeformat", datetimeformat_filter, NULL);
    for (size_t i = 0; i < app->nglobals; i++)
        cf_templates_global(t, app->globals[i].name, app->globals[i].value);
    for (size_t i = 0; i < app->filters.len; i++) {
        const web_callback *c = app->filters.items[i];
        cf_templates_filter(t, c->name, c->function, c->data);
    }
    for (size_t i = 0; i < app->tests.len; i++) {
        const web_callback *c = app->tests.items[i];
        cf_templates_test(t, c->name, c->function, c->data);
    }
}
