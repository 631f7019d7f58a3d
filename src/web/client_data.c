/* client_data.c -- the test client's cookies, and the bodies of its forms. */
#include "web/client.h"

#include <carafe/params.h>

void cf_client_strict_loading(cf_client *client, bool on)
{
    client->strict_loading = on;
}

/* ---- cookies ---- */
client_cookie *cf__client_find_cookie(const cf_client *client, const char *name)
{
    for (size_t i = 0; i < client->ncookies; i++)
        if (!strcmp(client->cookies[i].name, name))
            return &client->cookies[i];
    return NULL;
}

static void remove_cookie(cf_client *client, const char *name)
{
    client_cookie *found = cf__client_find_cookie(client, name);

    if (found)
        *found = client->cookies[--client->ncookies];
}

const char *cf_client_cookie(cf_client *client, const char *name)
{
    client_cookie *found = cf__client_find_cookie(client, name);
    return found ? found->value : NULL;
}

static void put_cookie(cf_client *client, client_cookie cookie)
{
    remove_cookie(client, cookie.name);
    *WEB_PUSH(client->arena, client->cookies, client->ncookies, client->cap_cookies) = cookie;
}

void cf_client_set_cookie(cf_client *client, const char *name, const char *value)
{
    if (!value)
        remove_cookie(client, name);
    else
        put_cookie(client, (client_cookie){ .name = cf_strdup(client->arena, name),
                                            .value = cf_strdup(client->arena, value),
                                            .path = "/" });
}

void cf_client_clear_cookies(cf_client *client)
{
    client->ncookies = 0;
}

cf_str cf__client_cookie_header(const cf_client *client, cf_str path, bool secure)
{
    cf_buf out = cf_buf_in(client->arena, 0);

    for (size_t i = 0; i < client->ncookies; i++) {
        const client_cookie *c = &client->cookies[i];
        if (!cf_str_starts(path, cf_str_of(c->path)) || (c->secure && !secure))
            continue;
        cf_buf_printf(&out, "%s%s=%s", out.len ? "; " : "", c->name, c->value);
    }
    return cf_buf_view(&out);
}

/* Reads one Set-Cookie value. *gone: the browser is told to forget it. */
static client_cookie parse_cookie(cf_arena *arena, cf_str line, bool *gone)
{
    client_cookie cookie = { .path = "/" };
    cf_str        item, name, value;
    int64_t       age;
    cf_time       expires;
    bool          has_age = false;

    *gone = false;
    cf_str_cut(line, ';', &item, &line);
    cf_str_cut(item, '=', &name, &value);
    cookie.name = cf_str_dup(arena, cf_str_trim(name));
    cookie.value = cf_str_dup(arena, cf_str_trim(value));
    while (line.len) {
        cf_str_cut(line, ';', &item, &line);
        cf_str_cut(cf_str_trim(item), '=', &name, &value);
        if (cf_str_iis(name, "Path"))
            cookie.path = cf_str_dup(arena, value);
        else if (cf_str_iis(name, "Secure"))
            cookie.secure = true;
        else if (cf_str_iis(name, "Max-Age") && cf_str_to_i64(value, &age))
            has_age = true, *gone = age <= 0;
        else if (cf_str_iis(name, "Expires") && !has_age && cf_time_from_http(value, &expires))
            *gone = expires.us <= cf_now().us;
    }
    return cookie;
}

void cf__client_take_cookies(cf_client *client, const cf_headers *headers)
{
    for (size_t i = 0; i < headers->len; i++) {
        bool gone;
        if (!cf_str_iis(headers->items[i].name, "Set-Cookie"))
            continue;
        client_cookie cookie = parse_cookie(client->arena, headers->items[i].value, &gone);
        if (gone)
            remove_cookie(client, cookie.name);
        else
            put_cookie(client, cookie);
    }
}

/* ---- forms ---- */
static const char *text_of(cf_client *client, cf_value v)
{
    cf_buf text = cf_buf_in(client->arena, 0);

    return cf_to_text(NULL, v, &text) ? cf_buf_cstr(&text) : "";
}

/* The fields one by one; a list gives one for each item, none gives none. */
static cf_params fields_of(cf_client *client, const cf_named *form, const char *token)
{
    cf_params params = cf_params_in(client->arena);
    bool      has_token = false;

    for (; form && form->name; form++) {
        const cf_list *list = form->value.type == CF_TYPE_LIST ? form->value.as.list : NULL;
        has_token |= !strcmp(form->name, "csrf_token");
        for (size_t i = 0; list && i < list->len; i++)
            cf_params_add(&params, cf_str_of(form->name),
                          cf_str_of(text_of(client, list->items[i])));
        if (!list && !cf_is_missing(form->value))
            cf_params_add(&params, cf_str_of(form->name), cf_str_of(text_of(client, form->value)));
    }
    if (token && !has_token)
        cf_params_add(&params, CF_STR("csrf_token"), cf_str_of(token));
    return params;
}

static void add_part(cf_buf *out, const char *boundary, const char *disposition, cf_str data)
{
    cf_buf_printf(out, "--%s\r\nContent-Disposition: form-data; %s\r\n\r\n", boundary, disposition);
    cf_buf_str(out, data);
    cf_buf_puts(out, "\r\n");
}

cf_str cf__client_form_body(cf_client *client, const cf_client_request *request, const char *token,
                            const char **content_type)
{
    cf_params   params = fields_of(client, request->form, token);
    cf_buf      out = cf_buf_in(client->arena, 0);
    const char *boundary = "carafe-test-client-8f3b1c";

    if (!request->files) {
        cf_params_write(&out, &params);
        *content_type = *content_type ? *content_type : "application/x-www-form-urlencoded";
        return cf_str_n(cf_buf_cstr(&out), out.len);
    }
    for (size_t i = 0; i < params.len; i++)
        add_part(&out, boundary,
                 cf_printf(client->arena, "name=\"%.*s\"", CF_STR_ARG(params.items[i].name)),
                 params.items[i].value);
    for (const cf_client_file *f = request->files; f->field; f++)
        add_part(&out, boundary,
                 cf_printf(client->arena, "name=\"%s\"; filename=\"%s\"\r\nContent-Type: %s",
                           f->field, f->filename ? f->filename : "",
                           f->content_type ? f->content_type : "application/octet-stream"),
                 f->data);
    cf_buf_printf(&out, "--%s--\r\n", boundary);
    *content_type = cf_printf(client->arena, "multipart/form-data; boundary=%s", boundary);
    return cf_str_n(cf_buf_cstr(&out), out.len);
}
