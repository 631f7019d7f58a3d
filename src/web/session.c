/* session.c -- the session in an encrypted cookie, and the messages that ride in it.
 *
 * The cookie is a sealed JSON object. Names that begin with '_' are the framework's: the CSRF
 * secret, messages, permanence. It is opened when first asked for and written when changed. */
#include "web/web.h"

#include <carafe/json.h>

#define PURPOSE "session"

/* Browsers drop a cookie above 4,096 bytes, name and attributes included. */
#define WARN_ABOVE 3600

static int64_t now_seconds(void)
{
    return cf_now().us / CF_SECOND;
}

static void open_cookie(cf_request *req, const char *cookie)
{
    web_session *s = &req->session;
    cf_str       payload;
    cf_value     value;

    s->had_cookie = true;
    if (!cf_open(req->arena, req->app->keyring, PURPOSE, cf_str_of(cookie), now_seconds(),
                 req->app->settings.session_lifetime, &payload, &s->issued, NULL) ||
        !cf_json_parse(req->arena, payload, &value, NULL) || value.type != CF_TYPE_MAP) {
        s->issued = 0;
        return;
    }
    s->values = value.as.map;
}

cf_map *cf__session_map(cf_request *req)
{
    web_session *s = &req->session;
    const char  *cookie;

    if (s->loaded)
        return s->values;
    s->loaded = true;
    cookie = cf_request_cookie(req, req->app->settings.cookie_name);
    if (cookie && *cookie)
        open_cookie(req, cookie);
    if (!s->values)
        s->values = cf_map_new(req->arena);
    return s->values;
}

cf_value cf_session_get(cf_request *req, const char *name)
{
    return cf_map_get(cf__session_map(req), name);
}

void cf_session_put(cf_request *req, const char *name, cf_value value)
{
    cf_map  *values = cf__session_map(req);
    cf_value old = cf_map_get(values, name);

    if (old.type == value.type && value.type < CF_TYPE_LIST && cf_equal(old, value))
        return;
    cf_map_set(values, cf_strdup(req->arena, name), value);
    req->session.changed = true;
}

bool cf_session_remove(cf_request *req, const char *name)
{
    bool was = cf_map_remove(cf__session_map(req), cf_string(name));

    req->session.changed |= was;
    return was;
}

void cf_session_clear(cf_request *req)
{
    if (cf__session_map(req)->len || req->session.had_cookie)
        req->session.changed = true;
    req->session.values = cf_map_new(req->arena);
    req->csrf_token = NULL;
}

void cf_session_permanent(cf_request *req, bool permanent)
{
    if (permanent)
        cf_session_put(req, "_permanent", cf_bool(true));
    else
        cf_session_remove(req, "_permanent");
}

void cf_session_renew(cf_request *req)
{
    cf_session_remove(req, "_csrf");
    req->csrf_token = NULL;
    req->session.changed = true;
}

int64_t cf_session_issued(cf_request *req)
{
    cf__session_map(req);
    return req->session.issued;
}

/* ---- writing it ---- */
/* A permanent session in use is renewed once a day, so that it ends only when unused. */
static bool is_due(const cf_request *req)
{
    return req->session.issued && cf_truth(cf_map_get(req->session.values, "_permanent")) &&
           now_seconds() - req->session.issued > CF_DAY / CF_SECOND;
}

static cf_cookie session_cookie(cf_request *req)
{
    const web_settings *s = &req->app->settings;
    cf_cookie           cookie = { .name = cf_str_of(s->cookie_name),
                                   .path = cf_str_of(s->cookie_path),
                                   .domain = cf_str_of(s->cookie_domain),
                                   .secure = cf__cookie_is_secure(req),
                                   .http_only = s->cookie_http_only };

    cf_same_site_parse(cf_str_of(s->cookie_same_site), &cookie.same_site);
    return cookie;
}

static bool seal_values(cf_request *req, cf_str *out, cf_error *err)
{
    cf_buf json = cf_buf_in(req->arena, 0);

    if (!cf_json_write(&req->eval, cf_from_map(req->session.values), NULL, &json, err))
        return cf_fail_prefix(err, "the session holds what JSON cannot");
    *out = cf_seal(req->arena, req->app->keyring, PURPOSE, cf_buf_view(&json), now_seconds());
    if (out->len > WARN_ABOVE)
        cf_log(CF_WARNING,
               "the session's cookie has %zu bytes (%s): browsers drop cookies above 4,096; "
               "keep large values in the database",
               out->len, req->route ? req->route->endpoint : "no route");
    return true;
}

static void write_cookie(cf_request *req, cf_response *response)
{
    cf_cookie cookie = session_cookie(req);
    cf_buf    line = cf_buf_in(req->arena, 0);
    CF_NO_ERROR(err);

    if (!req->session.values->len)
        cookie.remove = true;
    else if (!seal_values(req, &cookie.value, &err))
        goto failed;
    else if (cf_truth(cf_map_get(req->session.values, "_permanent")))
        cookie.max_age = req->app->settings.session_lifetime;
    if (!cf_cookie_write(&line, &cookie, &err))
        goto failed;
    cf__push_header(response, CF_STR("Set-Cookie"), cf_buf_view(&line));
    return;
failed:
    cf_log_error(&err, "the session is not saved");
}

void cf__session_save(cf_request *req, cf_response *response)
{
    web_session *s = &req->session;

    if (!s->loaded)
        return;
    cf_response_vary(response, "Cookie");
    /* What one visitor is shown stays out of caches that others share. */
    if (!cf__has_header(response, CF_STR("Cache-Control")))
        cf__push_header(response, CF_STR("Cache-Control"), CF_STR("private, no-cache"));
    if ((s->changed && (s->values->len || s->had_cookie)) || is_due(req))
        write_cookie(req, response);
    s->changed = false;
}

/* ---- messages ---- */
void cf_flash(cf_request *req, const char *category, const char *format, ...)
{
    cf_value old = cf_session_get(req, "_flashes");
    cf_list *list = cf_list_new(req->arena), *pair = cf_list_new(req->arena);
    va_list  args;

    for (size_t i = 0; old.type == CF_TYPE_LIST && i < old.as.list->len; i++)
        cf_list_add(list, old.as.list->items[i]);
    va_start(args, format);
    cf_list_add(pair, cf_string(category));
    cf_list_add(pair, cf_string(cf_vprintf(req->arena, format, args)));
    va_end(args);
    cf_list_add(list, cf_from_list(pair));
    cf_session_put(req, "_flashes", cf_from_list(list));
}

cf_list *cf_flashed_messages(cf_request *req)
{
    cf_value stored;

    if (req->flashes)
        return req->flashes;
    req->flashes = cf_list_new(req->arena);
    stored = cf_session_get(req, "_flashes");
    if (stored.type != CF_TYPE_LIST)
        return req->flashes;
    for (size_t i = 0; i < stored.as.list->len; i++) {
        cf_value pair = stored.as.list->items[i];
        if (pair.type != CF_TYPE_LIST || pair.as.list->len != 2)
            continue;
        cf_list *tuple = cf_tuple_new(req->arena);
        cf_list_add(tuple, pair.as.list->items[0]);
        cf_list_add(tuple, pair.as.list->items[1]);
        cf_list_add(req->flashes, cf_from_list(tuple));
    }
    cf_session_remove(req, "_flashes");
    return req->flashes;
}
