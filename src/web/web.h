/* web.h -- what the files of this room share: the app's and the request's insides. */
#ifndef CARAFE_WEB_WEB_H
#define CARAFE_WEB_WEB_H

#include <carafe/app.h>
#include <carafe/conditional.h>
#include <carafe/cookie.h>
#include <carafe/log.h>
#include <carafe/server.h>
#include <carafe/session.h>
#include <carafe/template.h>
#include <carafe/url_map.h>

/* Makes room for one more element of a growing array in an arena. */
#define WEB_PUSH(arena, array, len, cap)                                                           \
    ((void)((len) < (cap) ? NULL                                                                   \
                          : ((array) = cf_grow((arena), (array), (cap) * sizeof *(array),          \
                                               ((cap) ? (cap)*2 : 4) * sizeof *(array)),           \
                             (cap) = (cap) ? (cap)*2 : 4, (void *)0)),                             \
     &(array)[(len)++])

/* A growing array of pointers. */
typedef struct web_list {
    void **items;
    size_t len, cap;
} web_list;

/* A blueprint as it was registered. */
typedef struct web_mount web_mount;
struct web_mount {
    const cf_blueprint *blueprint; /* NULL: the app's own routes. */
    const char         *name;      /* Dotted for nested ones. */
    const char         *url_prefix, *subdomain;
    const cf_bundle    *bundle;
    web_mount          *parent; /* NULL at the top. */
};

/* A route as it was registered; the data of its rule. */
typedef struct web_route {
    const cf_route  *route;
    const web_mount *mount;
    const char      *rule, *endpoint;
    unsigned         methods;       /* As declared; GET when none was. */
    const char      *static_folder; /* For routes of static files. */
} web_route;

/* Settings that are read on every request. */
typedef struct web_settings {
    bool               development, testing, debug, production;
    size_t             max_body;
    int64_t            max_form_memory;
    size_t             max_form_parts;
    const char        *cookie_name, *cookie_domain, *cookie_path, *cookie_same_site;
    int                cookie_secure; /* 1 always, 0 never, -1 when the request is. */
    bool               cookie_http_only;
    int64_t            session_lifetime, csrf_lifetime;
    bool               csrf;
    const char        *server_name, *scheme, *script_name;
    const char *const *trusted_hosts;
    size_t             ntrusted_hosts;
    const char *const *trusted_proxies;
    size_t             ntrusted_proxies;
    const char *const *csrf_origins;
    size_t             ncsrf_origins;
    int64_t            hsts;
    int64_t            access_log; /* 0: none; N: one request in N. */
    bool               log_json;
    bool               subdomains;    /* Some route has one. */
    bool               host_matching; /* Some route has a host. */
} web_settings;

typedef struct web_service {
    const char *name;
    void       *service;
} web_service;

typedef struct web_callback {
    const char  *name;
    cf_callback *function;
    void        *data;
} web_callback;

struct cf_app {
    cf_arena            *arena;
    const char          *name;
    cf_config           *config;
    cf_keyring          *keyring;
    cf_error             failure;
    bool                 sealed; /* Set-up is over. */
    const cf_bundle     *bundle;
    web_settings         settings;
    bool                 strict_loading; /* Set by a test client: N+1 is a failure. */
    uint64_t             findings[64];   /* What was said of N+1 already. */
    size_t               nfindings;
    web_list             mounts, routes, extensions, models, commands, converters;
    web_list             before, after, teardown, context;
    web_list             filters, tests; /* web_callback */
    cf_template_options  template_options;
    cf_translate        *translate;
    void                *translate_data;
    cf_error_handler    *errors;
    size_t               nerrors, cap_errors;
    cf_named            *globals;
    size_t               nglobals, cap_globals;
    cf_header           *headers; /* Of every answer. */
    size_t               nheaders, cap_headers;
    cf_header           *page_headers; /* Of answers that a browser shows as a page. */
    size_t               npage_headers, cap_page_headers;
    web_service         *services;
    size_t               nservices, cap_services;
    const cf_user_hooks *users;
    cf_url_map          *url_map;
    cf_templates        *templates;
    cf_models           *model_registry;
    cf_database         *database;
    uint64_t             request_count, id_count;
    uint32_t             id_prefix; /* Of this process' request ids; 0: none yet. */
    long                 id_process;
    cf_str               hsts; /* The header's value; empty: none. */
};

struct cf_response {
    cf_http_response http;
    cf_request      *req;
    bool             conditional; /* Gets an ETag at the end. */
};

typedef struct web_datum {
    const void *key;
    void       *data;
} web_datum;

typedef struct web_after {
    cf_response *(*fn)(cf_request *, cf_response *, void *);
    void *data;
} web_after;

/* Where the client is, as headers and trusted proxies tell. */
typedef struct web_origin {
    bool        known;
    bool        proxied; /* The sender is a proxy that is trusted. */
    const char *scheme, *host, *remote_addr;
    bool        secure;
} web_origin;

typedef struct web_session {
    bool    loaded, changed, had_cookie;
    cf_map *values;
    int64_t issued;
} web_session;

typedef struct web_form {
    bool        read;
    bool        consumed; /* The body was a form and is used up. */
    cf_formdata data;
} web_form;

struct cf_request {
    cf_app                *app;
    cf_arena              *arena;
    const cf_http_request *http;
    cf_eval                eval;
    cf_method              method;
    cf_str                 path; /* Decoded, NUL-terminated. */
    const web_route       *route;
    int                    status;       /* Being answered by an error handler. */
    int                    error_status; /* What the recorded error asks for; 0: 500. */
    const char            *abort_text;
    bool                   body_read;
    int64_t                max_body;
    cf_str                 body;
    web_origin             origin;
    web_session            session;
    web_form               form;
    bool                   args_read, cookies_read, files_read;
    cf_params              args, cookies;
    cf_upload             *files; /* Those that were chosen. */
    size_t                 nfiles;
    cf_map                *g;
    web_datum             *data;
    size_t                 ndata, cap_data;
    web_after             *after;
    size_t                 nafter, cap_after;
    cf_str                *cookie_lines; /* Set-Cookie values waiting for the answer. */
    size_t                 ncookie_lines, cap_cookie_lines;
    const char            *id;
    const char            *csrf_token;
    cf_list               *flashes;
    cf_db                 *db;
    bool                   user_known;
    cf_value               user;
    int64_t                began; /* Monotonic microseconds. */
    const cf_crash        *crash; /* Of the worker for which this process answers; else NULL. */
    cf_url_match           match;
    cf_error               error; /* Last: not cleared as a whole. */
};

/* Answers 500 for a worker that crashed: see cf_crash_handler. */
void cf__answer_crash(cf_app *app, cf_arena *arena, const cf_crash *crash, cf_http_request *http,
                      cf_http_response *out);

/* Adds a pointer to a list in the app's arena. */
void cf__web_push(cf_app *app, web_list *list, const void *item);
/* Whether set-up is still going on; else fails loudly. */
bool cf__web_open(cf_app *app, const char *what);

/* What cf_app_new() does after create_app(). */
bool cf__app_start(cf_app *app, cf_error *err);
bool cf__app_load_settings(cf_app *app, cf_error *err);
bool cf__app_read_settings(cf_app *app, cf_error *err);
void cf__app_add_template_names(cf_app *app);
void cf__app_default_headers(cf_app *app);
bool cf__app_add_static(cf_app *app, const web_mount *mount, const char *folder, const char *url);
extern const cf_setting cf__web_settings[];

/* A request in an arena; http may be NULL. */
cf_request *cf__request_new(cf_app *app, cf_arena *arena, const cf_http_request *http);
/* Says in the log which relationships a request loaded row by row; the answer, or one that fails
 * because of it. */
void         cf__log_n_plus_one(cf_request *req);
cf_response *cf__refuse_n_plus_one(cf_request *req, cf_response *response);
/* Answers it: hooks, guards, view, error pages. Never NULL. */
cf_response *cf__dispatch(cf_request *req) CF_SUSPENDS;
/* Runs a rule's blueprint hooks and the like for a mount and those it lies in. */
const web_mount *cf__request_mount(const cf_request *req);

/* Scheme, host and address, by trusted proxies. */
const web_origin *cf__origin(cf_request *req);
cf_url_base       cf__url_base(cf_request *req);
/* The same, for links that leave this answer: they name no host that only the request names. */
cf_url_base cf__external_base(cf_request *req);
/* Whether the Host is one that this app answers for. */
bool cf__host_is_trusted(cf_request *req);

/* Records what went wrong while reading the request, with the status to answer. */
bool cf__request_fail(cf_request *req, int status, const cf_error *err);
/* The error held by the request or by its unit of work; NULL when there is none. */
const cf_error *cf__held_error(cf_request *req);
/* The answer to a NULL response. */
cf_response *cf__null_response(cf_request *req);
/* The page that shows what happened; development only. */
cf_response *cf__debug_page(cf_request *req, int status, const cf_error *err);
/* The page without any template. */
cf_response *cf__plain_error_page(cf_request *req, int status, const char *title, const char *text);

/* Writes the session's and the request's cookies into the response. */
void cf__session_save(cf_request *req, cf_response *response);
void cf__add_cookies(cf_request *req, cf_response *response);
bool cf__cookie_is_secure(cf_request *req);
/* The values' map, loaded; for templates. */
cf_map *cf__session_map(cf_request *req);

/* Adds a header without copying or looking for one of that name. */
void         cf__push_header(cf_response *response, cf_str name, cf_str value);
bool         cf__has_header(const cf_response *response, cf_str name);
cf_response *cf__response_new(cf_request *req, int status);

/* Notes a request in the access log; and writes what is held. */
void cf__access_log(cf_request *req, const cf_response *response);
void cf__access_log_flush(void);

cf_response *cf__static_view(cf_request *req);
/* The hash of a static file, for its URL; NULL when there is none. */
const char *cf__static_hash(cf_app *app, const web_route *route, cf_str filename);
/* Answers with bytes under conditions: ETag, Last-Modified, 304, 412, Range. */
cf_response *cf__respond_validated(cf_request *req, const char *mime, cf_str body,
                                   const cf_validators *validators);

#endif
