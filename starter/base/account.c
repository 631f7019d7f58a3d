/* account.c -- what the site does with accounts: notes events, makes the first administrators. */
#include "base.h"

#include "../blog/blog.h"

#include <stdio.h>

cf_response *note_last_seen(cf_request *req)
{
    const char *endpoint = cf_request_endpoint(req);
    cf_time     now = cf_now();
    User       *user;

    if (endpoint && strcmp(endpoint, "static") == 0)
        return NULL;
    user = cf_user(req, User);
    if (!user || now.us - user->last_seen.us < CF_HOUR)
        return NULL;
    user->last_seen = now;
    if (!cf_commit(req)) {
        cf_log_error(cf_request_error(req), "cannot note that a user was here");
        cf_rollback(req);
    }
    return NULL;
}

void note_account_event(cf_request *req, const char *what, void *row)
{
    static const char *const texts[][2] = {
        { "registered", "registered" },
        { "confirmed", "confirmed the address" },
        { "login", "signed in" },
        { "reset", "reset the password" },
        { "changed", "changed the password" },
    };
    User *user = row;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(what, texts[i][0]) == 0) {
            Buzz *event = buzz(req, strcmp(what, "login") == 0 ? "login" : "user", 0, "%s %s",
                               user->email, texts[i][1]);
            cf_relate(event, "user", user);
        }
}

User *first_admin(cf_request *req)
{
    cf_query *admins = cf_query_filter_by(cf_select(req, User), "roles.name", "admin");
    return cf_query_first(cf_query_order_by(admins, "id"));
}

/* An address that is not confirmed may have been registered by anybody: what they chose as the
 * password must not open an administrator's account. */
static bool claim(cf_request *req, User *user, const char *password, cf_error *err)
{
    user->confirmed_at = cf_now();
    return cf_auth_set_password(req, user, password, err) &&
           cf_auth_add_role(req, user, "admin", err);
}

/* Makes one starting administrator, or raises an account that exists to one.
 *
 * Args:
 *   made: receives a password to be shown when one had to be made up; else NULL.
 */
static User *starting_admin(cf_request *req, const char *email, const char **made)
{
    const char *given = cf_config_text(cf_app_config(cf_request_app(req)), "STARTING_ADMIN_PASS");
    cf_new_user account = { .email = email,
                            .confirmed = true,
                            .roles = (const char *const[]){ "admin", "end-user", NULL } };
    cf_error   *err = cf_request_error(req);
    User       *user = cf_auth_find(req, email);

    *made = NULL;
    if (err->code)
        return NULL;
    if (user && user->confirmed_at.us)
        return cf_auth_add_role(req, user, "admin", err) ? user : NULL;
    if (!given || !*given)
        given = *made = cf_random_token(cf_request_arena(req), 12);
    if (user)
        return claim(req, user, given, err) ? user : NULL;
    account.password = given;
    user = cf_auth_create_user(req, &account, err);
    if (user)
        user->first_name = "Admin";
    return user;
}

/* The addresses of STARTING_ADMINS. A site under development whose settings name nobody gets an
 * administrator all the same. */
static size_t admin_addresses(cf_request *req, const char *const **emails)
{
    static const char *const stock[] = { "admin@example.com" };
    cf_app                  *app = cf_request_app(req);
    size_t                   count = cf_config_list(cf_app_config(app), "STARTING_ADMINS", emails);

    if (count || !cf_app_is_development(app) || first_admin(req))
        return count;
    *emails = stock;
    return 1;
}

static bool make_admins(cf_request *req)
{
    const char *const *emails;
    size_t             count = admin_addresses(req, &emails);

    for (size_t i = 0; i < count; i++) {
        const char *made;
        if (!starting_admin(req, emails[i], &made) || !cf_commit(req))
            return cf_fail_prefix(cf_request_error(req), "STARTING_ADMINS: %s", emails[i]);
        if (made)
            printf("Sign in as %s with the password: %s\n(It is shown only now.)\n", emails[i],
                   made);
        else
            printf("Sign in as %s.\n", emails[i]);
    }
    return true;
}

/* Roles, the first administrators, and on an empty site the posts that the app ships with. */
static int run_setup(cf_request *req, int argc, char **argv)
{
    cf_error *err = cf_request_error(req);
    User     *author;
    (void)argc;
    (void)argv;

    if (!cf_auth_role(req, "admin", "Runs the site", err) ||
        !cf_auth_role(req, "end-user", "Uses the site", err) || !cf_commit(req) ||
        !make_admins(req)) {
        fprintf(stderr, "setup: %s\n", err->message);
        return 1;
    }
    author = first_admin(req);
    if (author && !cf_query_exists(cf_select(req, Post)) && !cf_query_exists(cf_select(req, Buzz)))
        import_shipped_posts(req, author->id);
    fflush(stdout);
    return 0;
}

const cf_command setup_command = {
    .name = "setup",
    .usage = "",
    .help = "Make the roles, the accounts of STARTING_ADMINS and the first posts.",
    .run = run_setup,
    .details = "Runs by itself before `run`. What is there already stays as it is.\n",
};
