/* render.c -- templates as answers, with what every template sees. */
#include "web/web.h"

#include <carafe/fiber.h>

/* The view's variables first: they win over those of context processors. */
typedef struct scope {
    cf_named *names;
    size_t    len, cap;
    cf_arena *arena;
} scope;

static bool has_name(const scope *s, const char *name)
{
    for (size_t i = 0; i < s->len; i++)
        if (!strcmp(s->names[i].name, name))
            return true;
    return false;
}

static void add_name(scope *s, const char *name, cf_value value)
{
    if (!has_name(s, name))
        *WEB_PUSH(s->arena, s->names, s->len, s->cap) = (cf_named){ name, value };
}

static bool add_context(cf_request *req, cf_map *variables)
{
    for (const web_mount *m = cf__request_mount(req); m; m = m->parent)
        if (m->blueprint->context && !m->blueprint->context(req, variables))
            return false;
    for (size_t i = 0; i < req->app->context.len; i++)
        if (!(*(bool (**)(cf_request *, cf_map *))req->app->context.items[i])(req, variables))
            return false;
    return true;
}

/* Whoever is signed in, asked for once; on an error page of a broken database nobody is. */
static cf_value user_of(cf_request *req)
{
    if (!req->user_known) {
        if (req->status >= 500)
            return cf_none();
        req->user = cf_current_user(req);
        req->user_known = true;
    }
    return req->user;
}

static bool make_scope(cf_request *req, const cf_named *variables, scope *s)
{
    cf_map *context = cf_map_new(req->arena);

    *s = (scope){ .arena = req->arena };
    for (; variables && variables->name; variables++)
        add_name(s, variables->name, variables->value);
    if (req->status < 500 && !add_context(req, context)) {
        if (!cf__held_error(req))
            cf_fail(&req->error, CF_ERUNTIME, "a context processor failed without saying why");
        return false;
    }
    for (size_t i = 0; i < context->len; i++)
        add_name(s, cf_cstr(req->arena, context->entries[i].key, ""), context->entries[i].value);
    if (req->app->users)
        add_name(s, "current_user", user_of(req));
    return true;
}

static bool render_into(cf_request *req, const char *name, const char *block,
                        const cf_named *variables, cf_buf *out)
{
    cf_template *template;
    scope    s;
    cf_error earlier = req->error;

    /* What went wrong before is the caller's to know; a render reports its own failure only. */
    req->error.code = CF_OK;
    if (!make_scope(req, variables, &s))
        return false;
    template = cf_template_get(req->app->templates, cf_str_of(name), &req->error);
    if (!template)
        return false;
    if (!(block ? cf_template_render_block(template, &req->eval, block, s.names, s.len, out)
                : cf_template_render(template, &req->eval, s.names, s.len, out))) {
        if (!req->error.code)
            cf_fail(&req->error, CF_ERUNTIME, "template \"%s\" failed without saying why", name);
        return false;
    }
    req->error = earlier;
    return true;
}

static cf_response *respond(cf_request *req, const char *name, const char *block,
                            const cf_named *variables)
{
    cf_buf out = cf_buf_in(req->arena, 0);

    if (!render_into(req, name, block, variables, &out)) {
        req->error_status = 0;
        return NULL;
    }
    return cf_respond_bytes(req, cf_mime_type(cf_str_of(name)), cf_buf_view(&out));
}

cf_response *cf_render_named(cf_request *req, const char *name, const cf_named *variables)
{
    return respond(req, name, NULL, variables);
}

cf_response *cf_render_block(cf_request *req, const char *name, const char *block,
                             const cf_named *variables)
{
    return respond(req, name, block, variables);
}

/* A page that is to be streamed. */
typedef struct page {
    cf_request *req;
    const char *name;
    scope       scope;
} page;

static bool write_page(void *data, const cf_sink *sink, cf_error *err)
{
    page       *p = data;
    cf_request *req = p->req;
    void       *outer = cf_fiber_local();
    cf_template *template;
    bool ok;

    cf_fiber_set_local(req);
    cf_error_clear(&req->error);
    template = cf_template_get(req->app->templates, cf_str_of(p->name), &req->error);
    ok = template && cf_template_stream(template, &req->eval, p->scope.names, p->scope.len, sink);
    cf_fiber_set_local(outer);
    if (!ok)
        *err = req->error;
    return ok;
}

cf_response *cf_render_stream_named(cf_request *req, const char *name, const cf_named *variables)
{
    page *p = cf_new(req->arena, page);

    *p = (page){ .req = req, .name = cf_str_dup(req->arena, cf_str_of(name)) };
    if (!make_scope(req, variables, &p->scope) ||
        !cf_template_get(req->app->templates, cf_str_of(name), &req->error)) {
        req->error_status = 0;
        return NULL;
    }
    return cf_respond_stream(req, cf_mime_type(cf_str_of(name)), -1, write_page, p);
}

const char *cf_render_text_named(cf_request *req, const char *name, const cf_named *variables)
{
    cf_buf out = cf_buf_in(req->arena, 0);

    return render_into(req, name, NULL, variables, &out) ? cf_buf_cstr(&out) : NULL;
}
