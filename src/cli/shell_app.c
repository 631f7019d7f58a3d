/* shell_app.c -- `app`, `mail` and Message(…), under the names that Flask and its mail have. */
#include "cli/shell.h"

#include <stdio.h>

/* ---- app ---- */

static cf_value url_map(cf_arena *arena, const cf_app *app)
{
    cf_list      *list = cf_list_new(arena);
    cf_route_info route;

    for (size_t i = 0; cf_app_route_at(app, i, &route); i++) {
        cf_map *map = cf_map_new(arena);
        cf_buf  methods = cf_buf_in(arena, 0);

        for (unsigned bit = CF_GET; bit <= CF_OPTIONS; bit <<= 1)
            if (route.methods & bit)
                cf_buf_printf(&methods, "%s%s", methods.len ? ", " : "",
                              cf_method_name((cf_method)bit));
        cf_map_set(map, "rule", cf_string(route.rule));
        cf_map_set(map, "endpoint", cf_string(route.endpoint));
        cf_map_set(map, "methods", cf_string(cf_buf_cstr(&methods)));
        cf_map_set(map, "who", cf_string(cf_guard_text(arena, route.guard)));
        cf_list_add(list, cf_from_map(map));
    }
    return cf_from_list(list);
}

static cf_value models_of(shell *sh)
{
    const cf_model *const *models = cf_app_all_models(sh->app);
    cf_list               *list = cf_list_new(sh->now.arena);

    for (; models && *models; models++)
        cf_list_add(list, *cf_map_find(sh->models, cf_string((*models)->name)));
    return cf_from_list(list);
}

static bool app_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_app *app = cf__shell->app;

    (void)self;
    if (cf_str_is(name, "name"))
        *out = cf_string(cf_app_name(app));
    else if (cf_str_is(name, "config"))
        *out = cf_config_value(eval->arena, cf_app_config(app));
    else if (cf_str_is(name, "url_map"))
        *out = url_map(eval->arena, app);
    else if (cf_str_is(name, "debug"))
        *out = cf_bool(cf_app_debug(app));
    else if (cf_str_is(name, "testing"))
        *out = cf_bool(cf_app_is_testing(app));
    else if (cf_str_is(name, "development"))
        *out = cf_bool(cf_app_is_development(app));
    else if (cf_str_is(name, "instance_path"))
        *out = cf_string(cf_config_text(cf_app_config(app), "INSTANCE_PATH"));
    else if (cf_str_is(name, "models"))
        *out = models_of(cf__shell);
    return true;
}

static bool app_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    (void)eval;
    (void)self;
    *safe = false;
    cf_buf_printf(out, "<App '%s'>", cf_app_name(cf__shell->app));
    return true;
}

static void app_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    static const char *const names[] = { "name",    "config",      "url_map",       "debug",
                                         "testing", "development", "instance_path", "models" };

    (void)eval;
    (void)self;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cf_list_add(out, cf_string(names[i]));
}

static const cf_class app_class = {
    .name = "App", .get = app_get, .text = app_text, .names = app_names
};
static cf_object app_object = { &app_class };

cf_value cf__shell_app(void)
{
    return cf_from_object(&app_object);
}

/* ---- Message ---- */

static const char *const message_fields[] = { "subject", "recipients", "body",     "html", "sender",
                                              "cc",      "bcc",        "reply_to", NULL };

typedef struct message {
    cf_object head;
    cf_map   *fields;
} message;

static bool is_field(cf_str name)
{
    for (size_t i = 0; message_fields[i]; i++)
        if (cf_str_is(name, message_fields[i]))
            return true;
    return false;
}

static bool message_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_value *found = cf_map_find(((message *)self)->fields, cf_string_of(name));

    (void)eval;
    if (found)
        *out = *found;
    else if (is_field(name))
        *out = cf_none();
    return true;
}

static bool message_set(cf_eval *eval, cf_object *self, cf_str name, cf_value value)
{
    const char *near = cf_nearest(name, message_fields, 8);

    if (!is_field(name))
        return cf_fail(eval->err, CF_EUNDEFINED, "a Message has no %.*s%s%s%s", CF_STR_ARG(name),
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    cf_map_put(((message *)self)->fields, cf_string_copy(eval->arena, name), value);
    return true;
}

static bool message_method(cf_call *call, cf_object *self, cf_str name, cf_value *result,
                           bool *found)
{
    static const char *const names[] = { "recipient", NULL };
    cf_map                  *fields = ((message *)self)->fields;
    cf_value                *list;

    *found = cf_str_is(name, "add_recipient");
    if (!*found)
        return true;
    *result = cf_none();
    if (!cf_args_check(call, "add_recipient", 1, 1, names))
        return false;
    list = cf_map_find(fields, cf_string("recipients"));
    if (!list || list->type != CF_TYPE_LIST || list->as.list->tuple) {
        cf_map_set(fields, "recipients", cf_from_list(cf_list_new(call->eval->arena)));
        list = cf_map_find(fields, cf_string("recipients"));
    }
    cf_list_add(list->as.list, cf_arg(call, 0, "recipient"));
    return true;
}

static bool message_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const cf_map *fields = ((message *)self)->fields;

    *safe = false;
    cf_buf_puts(out, "<Message ");
    if (!cf_to_repr(eval, cf_map_get(fields, "subject"), out))
        return false;
    cf_buf_puts(out, " to ");
    if (!cf_to_repr(eval, cf_map_get(fields, "recipients"), out))
        return false;
    cf_buf_putc(out, '>');
    return true;
}

static void message_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    (void)eval;
    (void)self;
    for (size_t i = 0; message_fields[i]; i++)
        cf_list_add(out, cf_string(message_fields[i]));
    cf_list_add(out, cf_string("add_recipient"));
}

static const cf_class message_class = {
    .name = "Message",
    .get = message_get,
    .set = message_set,
    .method = message_method,
    .text = message_text,
    .names = message_names,
};

bool cf__shell_message(cf_call *call, cf_value *result)
{
    message *m = cf_new(call->eval->arena, message);

    m->head.class = &message_class;
    m->fields = cf_map_new(call->eval->arena);
    if (!cf_args_check(call, "Message", 0, 8, message_fields))
        return false;
    cf_map_set(m->fields, "subject", cf_none());
    cf_map_set(m->fields, "recipients", cf_from_list(cf_list_new(call->eval->arena)));
    for (size_t i = 0; message_fields[i]; i++) {
        cf_value v = cf_arg(call, i, message_fields[i]);

        if (v.type != CF_TYPE_UNDEFINED)
            cf_map_set(m->fields, message_fields[i], v);
    }
    *result = cf_from_object(m);
    return true;
}

/* ---- mail ---- */

/* A list of addresses from a list or one text. */
static bool addresses(cf_call *call, const cf_map *fields, const char *name,
                      const char *const **out)
{
    cf_value     v = cf_map_get(fields, name);
    cf_list     *list = cf_list_new(call->eval->arena);
    const char **texts;

    *out = NULL;
    if (cf_is_missing(v))
        return true;
    if (v.type == CF_TYPE_STRING)
        cf_list_add(list, v);
    else if (!(list = cf__shell_items(call, v)))
        return false;
    texts = cf_new_array(call->eval->arena, const char *, list->len + 1);
    for (size_t i = 0; i < list->len; i++) {
        texts[i] = cf_cstr(call->eval->arena, list->items[i], NULL);
        if (!texts[i])
            return cf_fail(call->eval->err, CF_ETYPE, "%s holds a '%s'; addresses are texts", name,
                           cf_type_name(list->items[i]));
    }
    *out = texts;
    return true;
}

static const char *text_field(cf_arena *arena, const cf_map *fields, const char *name)
{
    return cf_cstr(arena, cf_map_get(fields, name), NULL);
}

static bool send(cf_call *call, cf_value v)
{
    shell        *sh = cf__shell;
    cf_arena     *arena = call->eval->arena;
    cf_error     *err = cf_request_error(sh->now.req);
    const cf_map *f = v.type == CF_TYPE_OBJECT && v.as.object->class == &message_class
                          ? ((message *)(void *)v.as.object)->fields
                          : NULL;
    cf_mail       mail = { 0 };
    bool          clean, ok;

    if (!f)
        return cf_fail(call->eval->err, CF_ETYPE, "mail.send() takes a Message(…), not '%s'",
                       cf_type_name(v));
    if (!cf_app_uses(sh->app, "notify"))
        return cf_fail(call->eval->err, CF_EUNSUPPORTED,
                       "this app sends no mail: create_app() does not use cf_notify");
    if (!sh->now.db) {
        *call->eval->err = sh->db_error;
        return false;
    }
    if (!addresses(call, f, "recipients", &mail.to) || !addresses(call, f, "cc", &mail.cc) ||
        !addresses(call, f, "bcc", &mail.bcc))
        return false;
    mail.subject = text_field(arena, f, "subject");
    mail.text = text_field(arena, f, "body");
    mail.html = text_field(arena, f, "html");
    mail.from = text_field(arena, f, "sender");
    mail.reply_to = text_field(arena, f, "reply_to");
    clean = !cf_db_in_transaction(sh->now.db) && !cf_db_is_dirty(sh->now.db);
    cf_error_clear(err);
    ok = cf_mail_send(sh->now.req, &mail);
    if (!ok && err != call->eval->err)
        *call->eval->err = *err;
    cf_error_clear(err);
    if (!ok)
        return false;
    if (clean)
        return cf__shell_commit(sh, call->eval->err);
    if (sh->interactive)
        puts("(it goes out with commit(), like the other changes)");
    return true;
}

static bool mail_method(cf_call *call, cf_object *self, cf_str name, cf_value *result, bool *found)
{
    static const char *const names[] = { "message", NULL };

    (void)self;
    *found = cf_str_is(name, "send");
    *result = cf_none();
    if (!*found)
        return true;
    return cf_args_check(call, "send", 1, 1, names) && send(call, cf_arg(call, 0, "message"));
}

static bool mail_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const char *server = cf_config_text(cf_app_config(cf__shell->app), "MAIL_SERVER");

    (void)eval;
    (void)self;
    *safe = false;
    cf_buf_printf(out, "<Mail by %s>", server && *server ? server : "the outbox alone");
    return true;
}

static void mail_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    (void)eval;
    (void)self;
    cf_list_add(out, cf_string("send"));
}

static const cf_class mail_class = {
    .name = "Mail", .method = mail_method, .text = mail_text, .names = mail_names
};
static cf_object mail_object = { &mail_class };

cf_value cf__shell_mail(void)
{
    return cf_from_object(&mail_object);
}
