/* accounts.c -- users and roles as rows of the app's own models, by the names of their columns. */
#include "auth/auth_internal.h"

#include <string.h>

#include <carafe/address.h>

#include <utf8proc.h>

const char *cf__user_text(void *user, const char *column)
{
    cf_value value = cf_row_get(user, cf_str_of(column));

    return cf_cstr(cf_db_arena(cf_row_db(user)), value, "");
}

bool cf__user_set(void *user, const char *column, cf_value value, cf_error *err)
{
    return cf_row_set(user, cf_str_of(column), value, err);
}

bool cf__user_is_active(void *user)
{
    return cf_truth(cf_row_get(user, CF_STR("active")));
}

bool cf__user_is_confirmed(void *user)
{
    return !cf_is_missing(cf_row_get(user, CF_STR("confirmed_at")));
}

const char *cf__user_uniquifier(void *user)
{
    return cf__user_text(user, "uniquifier");
}

cf_value cf__user_value(void *user)
{
    return cf_from_object(user);
}

void *cf__user_by(cf_request *req, const char *column, const char *value)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));
    cf_db    *db = cf_request_db(req);
    void     *user;

    if (!db)
        return NULL;
    user = cf_query_first(cf_query_filter_by(cf__db_query(db, auth->user), column, value));
    if (!user && cf_db_error(db)->code && !cf_request_error(req)->code)
        *cf_request_error(req) = *cf_db_error(db);
    return user;
}

/* Lower case, character by character: folding further ("ß" to "ss") would name another mailbox. */
static const char *lower_case(cf_arena *arena, cf_str text)
{
    cf_buf out = cf_buf_in(arena, 0);
    char   bytes[4];

    while (text.len) {
        uint32_t cp = (uint32_t)utf8proc_tolower((utf8proc_int32_t)cf_utf8_next(&text));
        cf_buf_add(&out, bytes, cf_utf8_put(cp, bytes));
    }
    return cf_buf_cstr(&out);
}

const char *cf_auth_normalize_email(cf_arena *arena, const char *email)
{
    cf_str            text = cf_str_trim(cf_str_of(email));
    utf8proc_uint8_t *composed = NULL;
    const char       *out;
    utf8proc_ssize_t  size;

    if (!cf_is_email(text))
        return NULL;
    size = utf8proc_map((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &composed,
                        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);
    if (size < 0)
        return NULL;
    out = lower_case(arena, cf_str_n((const char *)composed, (size_t)size));
    free(composed);
    return cf_is_email(cf_str_of(out)) ? out : NULL;
}

void *cf_auth_find(cf_request *req, const char *email)
{
    const char *normal = cf_auth_normalize_email(cf_request_arena(req), email);

    return normal ? cf__user_by(req, "email", normal) : NULL;
}

void *cf_auth_create_user(cf_request *req, const cf_new_user *options, cf_error *err)
{
    cf__auth   *auth = cf__auth_of(cf_request_app(req));
    cf_arena   *arena = cf_request_arena(req);
    const char *email = cf_auth_normalize_email(arena, options->email);
    void       *user;

    if (!email) {
        cf_fail(err, CF_EINVAL, "\"%.100s\" is not an e-mail address", options->email);
        return NULL;
    }
    if (!cf_auth_check_password(options->password, email, err))
        return NULL;
    if (cf__user_by(req, "email", email)) {
        cf_fail(err, CF_ECONFLICT, "%s is already associated with an account", email);
        return NULL;
    }
    if (cf_request_error(req)->code || !cf_request_db(req))
        return NULL;
    user = cf__db_new_row(cf_request_db(req), auth->user);
    if (!cf__user_set(user, "email", cf_string(email), err) ||
        !cf__user_set(user, "active", cf_bool(true), err) ||
        (options->confirmed &&
         !cf__user_set(user, "confirmed_at", cf_time_value(arena, cf_now()), err)) ||
        !cf_auth_set_password(req, user, options->password, err))
        return NULL;
    cf_db_add(cf_request_db(req), user);
    for (const char *const *role = options->roles; role && *role; role++)
        if (!cf_auth_add_role(req, user, *role, err))
            return NULL;
    return user;
}

void *cf_auth_role(cf_request *req, const char *name, const char *description, cf_error *err)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));
    cf_db    *db = cf_request_db(req);
    void     *role;

    if (!db)
        return NULL;
    role = cf_query_first(cf_query_filter_by(cf__db_query(db, auth->role), "name", name));
    if (role)
        return role;
    if (cf_db_error(db)->code) {
        *err = *cf_db_error(db);
        return NULL;
    }
    role = cf__db_new_row(db, auth->role);
    if (!cf_row_set(role, CF_STR("name"), cf_string(name), err))
        return NULL;
    if (description && cf_model_column(auth->role, CF_STR("description")) &&
        !cf_row_set(role, CF_STR("description"), cf_string(description), err))
        return NULL;
    cf_db_add(db, role);
    return role;
}

bool cf_auth_has_role(cf_request *req, void *user, const char *role)
{
    cf_list *roles = cf_related_list(user, "roles");

    (void)req;
    for (size_t i = 0; roles && i < roles->len; i++)
        if (cf_str_is(cf_text(cf_row_get(cf_row_at(roles, i), CF_STR("name"))), role))
            return true;
    return false;
}

bool cf_auth_add_role(cf_request *req, void *user, const char *name, cf_error *err)
{
    void *role = cf_auth_role(req, name, NULL, err);

    if (!role)
        return false;
    return cf_relate_add(user, "roles", role) ||
           cf_fail(err, CF_EDB, "%s", cf_db_error(cf_row_db(user))->message);
}

bool cf_auth_remove_role(cf_request *req, void *user, const char *name, cf_error *err)
{
    void *role;

    if (!cf_auth_has_role(req, user, name))
        return cf_fail(err, CF_ENOTFOUND, "the user does not have the role \"%s\"", name);
    role = cf_auth_role(req, name, NULL, err);
    if (!role)
        return false;
    return cf_relate_remove(user, "roles", role) ||
           cf_fail(err, CF_EDB, "%s", cf_db_error(cf_row_db(user))->message);
}

/* ---- properties of a user in templates ---- */
bool cf_auth_yes(cf_eval *eval, cf_object *self, cf_value *out)
{
    (void)eval;
    (void)self;
    *out = cf_bool(true);
    return true;
}

bool cf_auth_no(cf_eval *eval, cf_object *self, cf_value *out)
{
    (void)eval;
    (void)self;
    *out = cf_bool(false);
    return true;
}

bool cf_auth_is_active(cf_eval *eval, cf_object *self, cf_value *out)
{
    (void)eval;
    *out = cf_bool(cf__user_is_active(self));
    return true;
}

static bool has_role(cf_call *call, cf_value *result)
{
    static const char *const names[] = { "role", NULL };

    if (!cf_args_check(call, "has_role", 1, 1, names))
        return false;
    *result = cf_bool(cf_auth_has_role(NULL, call->data,
                                       cf_cstr(call->eval->arena, cf_arg(call, 0, "role"), "")));
    return true;
}

bool cf_auth_has_role_function(cf_eval *eval, cf_object *self, cf_value *out)
{
    *out = cf_make_function(eval->arena, "has_role", has_role, self);
    return true;
}
