/* client.h -- a browser for tests: sends requests to an app without a socket.
 *
 *     cf_client *c = cf_client_new(arena, app);
 *     cf_client_act_as(c, cf_string("ada@example.org"));
 *     cf_answer *a = cf_client_post(c, "/blog/new", "title", "Hello", "body", "World");
 *     cr_assert_eq(a->status, 302);
 *
 * Cookies are kept; forms bring the session's CSRF token by themselves. */
#ifndef CARAFE_CLIENT_H
#define CARAFE_CLIENT_H

#include <carafe/app.h>
#include <carafe/session.h>

typedef struct cf_client cf_client;

/* What came back. Everything belongs to the client's arena. */
typedef struct cf_answer cf_answer;
struct cf_answer {
    int         status;
    cf_headers  headers;
    const char *body; /* NUL-terminated past `size` bytes. */
    size_t      size;
    const char *url;      /* That answered. */
    const char *location; /* Where it redirects, or NULL. */
    cf_answer **history;  /* The redirects that were followed, first one first. */
    size_t      nhistory;
};

/* A file of a form. */
typedef struct cf_client_file {
    const char *field, *filename, *content_type;
    cf_str      data;
} cf_client_file;

/* One request. Zero means the default. */
typedef struct cf_client_request {
    const char           *method; /* "GET" */
    const char           *url;    /* "/path?query" or absolute */
    const cf_named       *form;   /* Ended by a NULL name; lists repeat. */
    const cf_client_file *files;  /* Ended by a NULL field: the form is then multipart. */
    const cf_value       *json;   /* The body as JSON; the answer wanted as JSON too. */
    const char           *body;   /* Raw bytes, with content_type. */
    size_t                body_size;
    const char           *content_type;
    const cf_named       *headers; /* Ended by a NULL name. */
    const char           *accept;
    bool                  no_csrf;     /* Without the token, as an attacker would. */
    bool                  follow;      /* Follows redirects, at most 10. */
    bool                  secure;      /* Over HTTPS. */
    const char           *remote_addr; /* "127.0.0.1" */
} cf_client_request;

cf_client *cf_client_new(cf_arena *arena, cf_app *app);

cf_answer *cf_client_send(cf_client *client, const cf_client_request *request);
cf_answer *cf_client_get(cf_client *client, const char *url);
/* GET and follow redirects. */
cf_answer *cf_client_visit(cf_client *client, const char *url);
/* A form: cf_client_post(client, "/login", "email", "a@b.c", "password", "…"). */
#define cf_client_post(client, url, ...)                                                           \
    cf_client_post_named((client), (url), CF_PAIRS(__VA_ARGS__))
cf_answer *cf_client_post_named(cf_client *client, const char *url, const cf_named *form);
/* A form, then its redirect. */
#define cf_client_submit(client, url, ...)                                                         \
    cf_client_submit_named((client), (url), CF_PAIRS(__VA_ARGS__))
cf_answer *cf_client_submit_named(cf_client *client, const char *url, const cf_named *form);
/* {"name": value, …} as JSON: cf_client_post_json(client, "/api", "title", "x"). */
#define cf_client_post_json(client, url, ...)                                                      \
    cf_client_post_json_named((client), (url), CF_PAIRS(__VA_ARGS__))
cf_answer *cf_client_post_json_named(cf_client *client, const char *url, const cf_named *members);

/* Signs in without a password, by e-mail or id, through the auth room's hook. */
bool cf_client_act_as(cf_client *client, cf_value who);

/* Reads and changes the session: runs `fn` in a request of this client. */
bool cf_client_session(cf_client *client, void (*fn)(cf_request *req, void *data), void *data);
/* One value of it. */
cf_value cf_client_session_get(cf_client *client, const char *name);

/* From now on an answer whose making loaded a relationship once for each of several rows of one
 * query (N+1) becomes a 500, whose body says which view and relationship, and what mends it. Off in
 * a new client. */
void cf_client_strict_loading(cf_client *client, bool on);

/* Cookies: the value or NULL; NULL as value removes. */
const char *cf_client_cookie(cf_client *client, const char *name);
void        cf_client_set_cookie(cf_client *client, const char *name, const char *value);
void        cf_client_clear_cookies(cf_client *client);

/* What an answer says. */
const char *cf_answer_header(const cf_answer *answer, const char *name);
bool        cf_answer_contains(const cf_answer *answer, const char *text);
/* The body as JSON; undefined when it is none. */
cf_value cf_answer_json(cf_client *client, const cf_answer *answer);

#endif
