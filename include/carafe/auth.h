/* auth.h -- accounts: register, confirm, sign in and out, forgotten and changed passwords, roles.
 *
 *     bool create_app(cf_app *app) { … return cf_use(app, &cf_auth) && …; }
 *
 * The app brings the tables. By convention its models are "User" (columns id, email, password,
 * active, confirmed_at, uniquifier; many-to-many relationship roles) and "Role" (id, name); the
 * user's model also takes CF_AUTH_PROPERTIES. Pages are the blueprint "security" at /login,
 * /logout (POST), /register, /confirm, /confirm/<token>, /reset, /reset/<token> and /change; their
 * templates security/….html and mails security/email/… are replaced by an app's own of that name.
 *
 * Answers never tell whether an account exists, and take as long either way. Changing a password
 * signs every other session of the account out. */
#ifndef CARAFE_AUTH_H
#define CARAFE_AUTH_H

#include <carafe/app.h>
#include <carafe/data.h>
#include <carafe/form.h>

/* The extension. Settings: SECURITY_… (see cf_auth_settings in `config` listings). */
extern const cf_extension cf_auth;

/* Properties that templates expect of a user: is_authenticated, is_active, is_anonymous,
 * has_role(name). Goes into the CF_MODEL of the app's user. */
#define CF_AUTH_PROPERTIES(type)                                                                   \
    CF_PROPERTY(type, is_authenticated, cf_auth_yes), CF_PROPERTY(type, is_anonymous, cf_auth_no), \
        CF_PROPERTY(type, is_active, cf_auth_is_active),                                           \
        CF_PROPERTY(type, has_role, cf_auth_has_role_function)
cf_property cf_auth_yes, cf_auth_no, cf_auth_is_active, cf_auth_has_role_function;

/* How an app changes the stock behaviour; zero means the default. Call in create_app(), before or
 * after cf_use(). */
typedef struct cf_auth_options {
    /* The registration form: email, password, password_confirm, and more fields of the user. */
    const cf_form_decl *register_form;
    /* Called with a new user before it is saved, and after the events; row is the app's User. May
     * be NULL. `what` is "registered", "confirmed", "login", "logout", "reset", "changed". */
    void (*on_event)(cf_request *req, const char *what, void *user) CF_SUSPENDS;
    const char *home; /* Endpoint after signing in and out; "base.home" when it exists, else "/". */
} cf_auth_options;
void cf_auth_configure(cf_app *app, const cf_auth_options *options);

/* The signed-in user's row (the app's User), or NULL. */
void *cf_auth_user(cf_request *req) CF_SUSPENDS;
#define cf_user(req, type) ((type *)cf_auth_user(req))

/* Makes the session that of a user. Refuses an inactive or unconfirmed one (CF_EDENIED). */
bool cf_auth_login(cf_request *req, void *user, bool remember, cf_error *err) CF_SUSPENDS;
/* Ends the session, and what copies there are of its cookies once the request commits. An error is
 * recorded on the request. */
void cf_auth_logout(cf_request *req) CF_SUSPENDS;

/* Finds a user by e-mail in any spelling; NULL: none, when the request holds no error. */
void *cf_auth_find(cf_request *req, const char *email) CF_SUSPENDS;

/* An address as it is stored and compared: trimmed, NFKC, lower case. NULL when it is none. */
const char *cf_auth_normalize_email(cf_arena *arena, const char *email);

/* Checks a password against the rules: length 8 to 1024 characters, not among the commonest, not
 * the address. The error's message is for the person. */
bool cf_auth_check_password(const char *password, const char *email, cf_error *err);

/* How a new account begins. */
typedef struct cf_new_user {
    const char        *email, *password; /* In clear; hashed here. */
    bool               confirmed;
    const char *const *roles; /* NULL-ended, created when missing; may be NULL. */
} cf_new_user;

/* Makes a user and adds it to the unit of work; cf_commit() saves it.
 *
 * Errors: CF_EINVAL for a bad address or password (message for people), CF_ECONFLICT when the
 *   address is taken.
 */
void *cf_auth_create_user(cf_request *req, const cf_new_user *user, cf_error *err) CF_SUSPENDS;

/* Replaces a password (hashed on the thread pool) and with it the uniquifier, so that every
 * session and token of the account ends. cf_commit() saves it. */
bool cf_auth_set_password(cf_request *req, void *user, const char *password,
                          cf_error *err) CF_SUSPENDS;

/* Whether a password is the user's. Renews an outdated hash in the unit of work. */
bool cf_auth_verify_password(cf_request *req, void *user, const char *password,
                             cf_error *err) CF_SUSPENDS;

/* Roles by name; adding creates a missing role. */
bool  cf_auth_has_role(cf_request *req, void *user, const char *role) CF_SUSPENDS;
bool  cf_auth_add_role(cf_request *req, void *user, const char *role, cf_error *err) CF_SUSPENDS;
bool  cf_auth_remove_role(cf_request *req, void *user, const char *role, cf_error *err) CF_SUSPENDS;
void *cf_auth_role(cf_request *req, const char *name, const char *description,
                   cf_error *err) CF_SUSPENDS;

/* Counts an event against a limit kept in the database, so that all workers share it.
 *
 * Args:
 *   key: what is limited: "login:ada@example.org:192.0.2.7".
 *   most: events allowed within `seconds`.
 *   allowed: receives whether this one is within it.
 */
bool cf_rate_limit(cf_request *req, const char *key, int64_t most, int64_t seconds, bool *allowed,
                   cf_error *err) CF_SUSPENDS;

/* The limiter's table, "rate_limit". */
typedef struct RateLimit {
    CF_ROW;
    int64_t     id;
    const char *key;
    int64_t     count;
    cf_time     expires_at;
} RateLimit;
extern const cf_model RateLimit_model;

/* The table of signed-out sessions, "revoked_token". */
typedef struct RevokedToken {
    CF_ROW;
    int64_t     id;
    const char *jti;
    cf_time     expires_at;
} RevokedToken;
extern const cf_model RevokedToken_model;

#endif
