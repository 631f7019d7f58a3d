/* auth_internal.h -- what the files of the auth room share. */
#ifndef CF_AUTH_INTERNAL_H
#define CF_AUTH_INTERNAL_H

#include <carafe/auth.h>
#include <carafe/mail.h>
#include <carafe/session.h>

extern const cf_bundle    cf__auth_bundle;
extern const cf_blueprint cf__security;
extern const cf_form_decl cf__login_form, cf__register_form, cf__confirm_form, cf__forgot_form,
    cf__reset_form, cf__change_form;

/* The app's options and models, found once at start. */
typedef struct cf__auth {
    cf_auth_options options;
    const cf_model *user, *role;
    const char     *dummy_hash; /* Verified for unknown accounts, so that they take as long. */
} cf__auth;
cf__auth *cf__auth_of(cf_app *app);

/* The user's columns by their conventional names; "" and 0 when NULL. */
const char *cf__user_text(void *user, const char *column);
bool        cf__user_set(void *user, const char *column, cf_value value, cf_error *err);
bool        cf__user_is_active(void *user);
bool        cf__user_is_confirmed(void *user);
/* The text that identifies an account in sessions and tokens; changes with the password. */
const char *cf__user_uniquifier(void *user);
void       *cf__user_by(cf_request *req, const char *column, const char *value);
cf_value    cf__user_value(void *user);

void cf__auth_event(cf_request *req, const char *what, void *user);

/* Hashing and verifying on the thread pool. */
const char *cf__hash_password(cf_arena *arena, const char *password, cf_error *err);
bool cf__verify_password(const char *password, const char *hash, bool *matches, bool *outdated,
                         cf_error *err);
/* Burns the time that verifying takes. */
void cf__verify_nobody(cf_request *req, const char *password);
/* NFKC, so that one password typed on two keyboards is one. */
const char *cf__normalize_password(cf_arena *arena, const char *password);

/* The session's side of an account. */
extern const cf_user_hooks cf__user_hooks;
void                       cf__auth_begin_session(cf_request *req, void *user, bool remember);

/* Identifiers of sessions that were signed out. The first fails closed: true, with the request's
 * error set, when the database does not answer. The second is part of the request's transaction. */
bool cf__token_is_revoked(cf_request *req, const char *jti);
bool cf__token_revoke(cf_request *req, const char *jti, int64_t seconds);

/* Tokens of mail links. `what` is "confirm" or "reset". */
const char *cf__user_token(cf_request *req, void *user, const char *what);
/* The user a token is for. NULL with *expired set, or a plain NULL for a bad one. */
void *cf__user_of_token(cf_request *req, const char *token, const char *what, bool *expired);

/* Sends a mail from security/email/NAME to a user. */
bool cf__auth_mail(cf_request *req, void *user, const char *name, const char *subject,
                   const cf_named *variables);

void cf__auth_commands(cf_app *app);

cf_view cf__login, cf__logout, cf__register, cf__send_confirmation, cf__confirm_email,
    cf__forgot_password, cf__reset_password, cf__change_password;

/* Where to go after signing in: `next` when it leads to this site, else home. */
const char *cf__after_login(cf_request *req, const char *next);

#endif
