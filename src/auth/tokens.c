/* tokens.c -- the tokens of mail links: encrypted, dated, for one purpose and usable once.
 *
 * A token names the account by its uniquifier and carries a digest of what using it changes (the
 * confirmation date, the password), so a used token is a bad one. */
#include "auth/auth_internal.h"

#include <string.h>

#include <carafe/crypto.h>

static int64_t token_age(cf_request *req, const char *what)
{
    cf_config *config = cf_app_config(cf_request_app(req));

    return cf_config_int(config, strcmp(what, "reset") == 0 ? "SECURITY_RESET_PASSWORD_WITHIN"
                                                            : "SECURITY_CONFIRM_EMAIL_WITHIN");
}

static const char *purpose(cf_request *req, const char *what)
{
    return cf_printf(cf_request_arena(req), "auth-%s", what);
}

static const char *state_digest(cf_request *req, void *user, const char *what)
{
    unsigned char digest[32];
    const char   *state = strcmp(what, "reset") == 0 ? cf__user_text(user, "password")
                                                     : cf__user_text(user, "email");

    cf_sha256(cf_str_of(state), digest);
    return cf_hex_encode(cf_request_arena(req), cf_str_n((char *)digest, 16)).ptr;
}

const char *cf__user_token(cf_request *req, void *user, const char *what)
{
    const char *payload = cf_printf(cf_request_arena(req), "%s %.32s", cf__user_uniquifier(user),
                                    state_digest(req, user, what));
    cf_str      token = cf_seal(cf_request_arena(req), cf_app_keyring(cf_request_app(req)),
                                purpose(req, what), cf_str_of(payload), cf_now().us / CF_SECOND);

    return cf_str_dup(cf_request_arena(req), token);
}

void *cf__user_of_token(cf_request *req, const char *token, const char *what, bool *expired)
{
    cf_error err = { 0 };
    cf_str   payload, id, digest;
    void    *user;

    *expired = false;
    if (!cf_open(cf_request_arena(req), cf_app_keyring(cf_request_app(req)), purpose(req, what),
                 cf_str_of(token), cf_now().us / CF_SECOND, token_age(req, what), &payload, NULL,
                 &err)) {
        *expired = err.code == CF_EEXPIRED;
        return NULL;
    }
    if (!cf_str_cut(payload, ' ', &id, &digest))
        return NULL;
    user = cf__user_by(req, "uniquifier", cf_str_dup(cf_request_arena(req), id));
    if (!user || !cf__user_is_active(user) ||
        !cf_secure_eq(digest, cf_str_n(state_digest(req, user, what), 32)))
        return NULL;
    return user;
}
