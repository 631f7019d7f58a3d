/* route.h -- what a blueprint declares: routes, guards, hooks, error handlers.
 *
 *     static const cf_route routes[] = {
 *         { "/article/<slug>", read_post, "read", CF_GET, CF_ANYONE },
 *         { "/blog/new", new_post, "new_post", CF_GET | CF_POST, CF_ROLES("admin") },
 *         { 0 }
 *     };
 *     const cf_blueprint blog = { .name = "blog", .routes = routes, .templates = "blog/templates"
 * };
 */
#ifndef CARAFE_ROUTE_H
#define CARAFE_ROUTE_H

#include <carafe/asset.h>
#include <carafe/guard.h>
#include <carafe/request.h>
#include <carafe/response.h>
#include <carafe/url_map.h>

/* Answers a request. NULL answers 500 with the request's error. */
typedef cf_response *cf_view(cf_request *req) CF_SUSPENDS;

typedef enum cf_csrf_mode {
    CF_CSRF_ON,  /* Unsafe methods need the session's token. */
    CF_CSRF_OFF, /* This route checks who sends in another way (a webhook's signature, a bearer). */
} cf_csrf_mode;

/* One line of a route table. Zero means the default everywhere but for rule, view and guard. */
typedef struct cf_route {
    const char *rule;
    cf_view    *view;
    const char *endpoint; /* "read" in blueprint "blog" is "blog.read". */
    unsigned    methods; /* CF_GET | CF_POST …; 0: CF_GET. HEAD and OPTIONS come by themselves. */
    const cf_guard *guard; /* Who may use it; required. */
    cf_csrf_mode    csrf;
    const cf_named *defaults; /* CF_DEFAULTS(CF_DEFAULT_INT("page", 1)) */
    const char     *subdomain, *host;
    const char     *redirect_to;   /* Instead of a view. */
    bool            loose_slashes; /* See cf_rule_options. */
    bool            keep_slashes;
    bool            build_only;
    bool            alias;
    size_t          max_body; /* Bytes; 0: MAX_CONTENT_LENGTH. */
} cf_route;

/* Values that a rule stands for without having them in its path. */
#define CF_DEFAULTS(...) ((const cf_named[]){ __VA_ARGS__, { 0 } })
#define CF_DEFAULT_INT(key, n)                                                                     \
    {                                                                                              \
        (key),                                                                                     \
        {                                                                                          \
            .type = CF_TYPE_INT, .as.integer = (n)                                                 \
        }                                                                                          \
    }
#define CF_DEFAULT_BOOL(key, b)                                                                    \
    {                                                                                              \
        (key),                                                                                     \
        {                                                                                          \
            .type = CF_TYPE_BOOL, .as.boolean = (b)                                                \
        }                                                                                          \
    }
#define CF_DEFAULT_TEXT(key, literal)                                                              \
    {                                                                                              \
        (key),                                                                                     \
        {                                                                                          \
            .type = CF_TYPE_STRING, .as.text = "" literal, .len = sizeof(literal) - 1              \
        }                                                                                          \
    }

/* Answers an error status. The error is cf_request_error(), the status cf_request_status(). */
typedef struct cf_error_handler {
    int      status; /* 404; 0 ends the table. */
    cf_view *view;
} cf_error_handler;

/* A part of an app: its routes, templates, static files and hooks. Registered by cf_register().
 * Hooks run for the requests whose route is the blueprint's or is nested in it. */
typedef struct cf_blueprint cf_blueprint;
struct cf_blueprint {
    const char      *name;       /* Letters, digits, '_'; no dot. */
    const cf_route  *routes;     /* Ended by a line without rule. */
    const char      *url_prefix; /* "/admin" */
    const char      *subdomain;
    const cf_bundle *bundle;      /* Where templates and static files lie; NULL: the app's. */
    const char      *templates;   /* Folder in the bundle: "blog/templates". */
    const char      *static_dir;  /* Folder in the bundle: "blog/static". */
    const char      *static_url;  /* NULL: url_prefix "/static", or "/static/" name without one. */
    bool             json_errors; /* Error answers are JSON whatever the client accepts. */

    cf_response *(*before_request)(cf_request *req)CF_SUSPENDS; /* NULL lets the request go on. */
    cf_response *(*after_request)(cf_request *req, cf_response *response)CF_SUSPENDS;
    void (*teardown_request)(cf_request *req) CF_SUSPENDS;           /* Runs whatever happened. */
    bool (*context)(cf_request *req, cf_map *variables) CF_SUSPENDS; /* Adds template variables. */

    const cf_error_handler    *errors;
    const cf_blueprint *const *nested; /* NULL-ended; their names and prefixes follow this one's. */
};

/* How one registration differs from the blueprint's own settings. */
typedef struct cf_register_options {
    const char *name;
    const char *url_prefix;
    const char *subdomain;
} cf_register_options;

#endif
