/* guard.h -- who may use a route. Every route declares it; one without does not start.
 *
 *     { "/settings", settings, "settings", CF_GET | CF_POST, CF_LOGIN },
 *     { "/pay",      pay,      "pay",      CF_POST, CF_GUARDS(CF_LOGIN, CF_GUARD(has_credit)) },
 *
 * The web room knows users only by the hooks that the auth room installs. */
#ifndef CARAFE_GUARD_H
#define CARAFE_GUARD_H

#include <carafe/request.h>

typedef struct cf_guard cf_guard;

/* Lets a request pass by returning NULL; else answers it. */
typedef cf_response *cf_guard_check(cf_request *req, const cf_guard *guard) CF_SUSPENDS;

struct cf_guard {
    const char            *name;  /* As listings show it. */
    cf_guard_check        *check; /* NULL: everybody passes. */
    const char *const     *words; /* Roles and the like, NULL-ended; may be NULL. */
    const cf_guard *const *list;  /* For CF_GUARDS: NULL-ended, checked in order. */
    const void            *data;  /* An own guard's. */
};

extern const cf_guard cf_guard_anyone, cf_guard_login, cf_guard_anonymous;

cf_guard_check cf__guard_roles, cf__guard_any_role, cf__guard_all;

/* Everybody, signed in or not. */
#define CF_ANYONE (&cf_guard_anyone)

/* Whoever is signed in. Others: a page goes to the sign-in form, JSON gets 401. */
#define CF_LOGIN (&cf_guard_login)

/* Only who is not signed in (sign-in, register); others are sent to the start page. */
#define CF_ANONYMOUS (&cf_guard_anonymous)

/* Signed in with all of the roles, or with any of them; others get 403. */
#define CF_ROLES(...)                                                                              \
    (&(const cf_guard){ .name = "roles",                                                           \
                        .check = cf__guard_roles,                                                  \
                        .words = (const char *const[]){ __VA_ARGS__, NULL } })
#define CF_ANY_ROLE(...)                                                                           \
    (&(const cf_guard){ .name = "any role",                                                        \
                        .check = cf__guard_any_role,                                               \
                        .words = (const char *const[]){ __VA_ARGS__, NULL } })

/* The app's own guard, a cf_guard_check function. */
#define CF_GUARD(function) (&(const cf_guard){ .name = #function, .check = (function) })

/* Several guards, checked in the order written; the first that answers ends the request. */
#define CF_GUARDS(...)                                                                             \
    (&(const cf_guard){ .name = "all of",                                                          \
                        .check = cf__guard_all,                                                    \
                        .list = (const cf_guard *const[]){ __VA_ARGS__, NULL } })

/* Runs a guard. NULL: passed. */
cf_response *cf_guard_run(cf_request *req, const cf_guard *guard) CF_SUSPENDS;

/* A guard in words, for listings and tests: "anyone", "login", "roles admin, editor". */
const char *cf_guard_text(cf_arena *arena, const cf_guard *guard);

/* What an anonymous visitor gets where signing in is needed: a page goes to the sign-in endpoint
 * with next=…, JSON gets 401 with WWW-Authenticate. */
cf_response *cf_unauthorized(cf_request *req);

/* Users, as the auth room tells of them. Every member may be NULL. */
typedef struct cf_user_hooks {
    void *data;
    /* The user's object for templates (current_user). None or undefined: anonymous. */
    cf_value (*current_user)(cf_request *req) CF_SUSPENDS;
    bool (*is_authenticated)(cf_request *req) CF_SUSPENDS;
    bool (*has_role)(cf_request *req, const char *role) CF_SUSPENDS;
    /* Answers an anonymous visitor; NULL: cf_unauthorized(). */
    cf_response *(*unauthorized)(cf_request *req);
    /* Makes the request's session that of a user named by e-mail or id, for the test client. */
    bool (*act_as)(cf_request *req, cf_value who, cf_error *err) CF_SUSPENDS;
    const char *login_endpoint; /* "security.login" */
    const char *home_endpoint;  /* Where signed-in visitors of CF_ANONYMOUS routes go; "/". */
} cf_user_hooks;

/* The signed-in user's object, or none. */
cf_value cf_current_user(cf_request *req) CF_SUSPENDS;
bool     cf_is_authenticated(cf_request *req) CF_SUSPENDS;
bool     cf_has_role(cf_request *req, const char *role) CF_SUSPENDS;

#endif
