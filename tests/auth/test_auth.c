/* test_auth.c -- accounts as their owners and others meet them, through the test client. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <carafe.h>
#include <carafe/auth.h>
#include <carafe/mail.h>

typedef struct Role {
    CF_ROW;
    int64_t     id;
    const char *name, *description;
} Role;
extern const cf_model Role_model;

typedef struct User {
    CF_ROW;
    int64_t     id;
    const char *email, *password, *uniquifier;
    bool        active;
    cf_time     confirmed_at;
} User;
extern const cf_model User_model;

CF_MODEL(Role, "role", CF_COLUMN(Role, id, .primary_key = true),
         CF_COLUMN(Role, name, .max = 80, .unique = true, .required = true),
         CF_COLUMN(Role, description, .max = 255));
CF_MODEL(User, "user", CF_COLUMN(User, id, .primary_key = true),
         CF_COLUMN(User, email, .max = 255, .unique = true, .required = true),
         CF_COLUMN(User, password, .max = 255, .required = true),
         CF_COLUMN(User, uniquifier, .unique = true, .required = true),
         CF_COLUMN(User, active, .default_value = "true"), CF_COLUMN(User, confirmed_at),
         CF_MANY_TO_MANY(User, roles, Role, .through = "roles_users", .backref = "users"),
         CF_AUTH_PROPERTIES(User));

static cf_response *home(cf_request *req)
{
    User *user = cf_user(req, User);

    return cf_respond_text(req, "hello %s", user ? user->email : "nobody");
}

static cf_response *secret(cf_request *req)
{
    return cf_respond_text(req, "secret");
}

static const cf_route routes[] = { { "/", home, "home", CF_GET, CF_ANYONE },
                                   { "/members", secret, "members", CF_GET, CF_LOGIN },
                                   { "/admin", secret, "admin", CF_GET, CF_ROLES("admin") },
                                   { 0 } };

static bool create_app(cf_app *app)
{
    static const cf_model *const models[] = { &User_model, &Role_model, NULL };

    cf_app_models(app, models);
    return cf_use(app, &cf_auth) && cf_app_routes(app, routes);
}

static cf_arena  *arena;
static cf_app    *app;
static cf_client *client;

#define GOOD "correct horse battery"

static void set_up(void)
{
    static const char *const settings[] = { "DATABASE_URL=sqlite://:memory:",
                                            "SECURITY_LOGIN_ATTEMPTS=5", NULL };
    cf_error                 err = { 0 };
    cf_database             *database;

    cf_password_cost(1, 8192);
    arena = cf_arena_new();
    app = cf_app_new(create_app, &(cf_app_options){ .testing = true, .settings = settings }, &err);
    cr_assert(app, "%s", err.message);
    database = cf_app_database(app, &err);
    cr_assert(database, "%s", err.message);
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    client = cf_client_new(arena, app);
}

static void tear_down(void)
{
    /* Sessions in the arena end before the database they belong to. */
    cf_arena_free(arena);
    cf_app_free(app);
}

TestSuite(auth, .init = set_up, .fini = tear_down);

/* Runs a function with a request that nobody sent. */
static void make_user(const char *email, bool confirmed, const char *role)
{
    cf_request *req = cf_request_detached(app, arena);
    cf_error    err = { 0 };
    cf_new_user account = {
        .email = email, .password = GOOD, .confirmed = confirmed, .roles = role ? CF_TO(role) : NULL
    };

    cr_assert(cf_auth_create_user(req, &account, &err), "%s", err.message);
    cr_assert(cf_commit(req), "%s", cf_request_error(req)->message);
    cf_request_finish(req);
}

static size_t mail_count(void)
{
    cf_request *req = cf_request_detached(app, arena);
    int64_t     count = cf_query_count(cf_select(req, OutboxMail));

    cf_request_finish(req);
    return (size_t)count;
}

/* The latest mail's text. */
static const char *last_mail(void)
{
    cf_request *req = cf_request_detached(app, arena);
    OutboxMail *mail = cf_query_first(cf_query_order_by(cf_select(req, OutboxMail), "-id"));
    const char *text;

    cr_assert(mail, "no mail was sent");
    text = cf_strdup(arena, mail->text);
    cf_request_finish(req);
    return text;
}

/* The path of the link in the latest mail. */
static const char *mailed_path(const char *prefix)
{
    const char *text = last_mail(), *at = strstr(text, prefix);

    cr_assert(at, "no %s in: %s", prefix, text);
    return cf_strndup(arena, at, strcspn(at, " \r\n\t"));
}

static cf_answer *sign_in(cf_client *c, const char *email, const char *password)
{
    return cf_client_post(c, "/login", "email", email, "password", password);
}

static bool is_signed_in(cf_client *c)
{
    return cf_client_get(c, "/members")->status == 200;
}

Test(auth, a_new_account_confirms_its_address_then_signs_in)
{
    cf_answer *a = cf_client_post(client, "/register", "email", "Ada@Example.org", "password", GOOD,
                                  "password_confirm", GOOD);

    cr_assert_eq(a->status, 302, "%d %s", a->status, a->body);
    cr_assert_str_eq(a->location, "/login");
    cr_assert_eq(sign_in(client, "ada@example.org", GOOD)->status, 200);
    cr_assert_not(is_signed_in(client));

    a = cf_client_get(client, mailed_path("/confirm/"));
    cr_assert_eq(a->status, 302);
    a = sign_in(client, "ADA@example.ORG", GOOD);
    cr_assert_eq(a->status, 302, "%s", a->body);
    cr_assert(is_signed_in(client));
    cr_assert(cf_answer_contains(cf_client_get(client, "/"), "hello ada@example.org"));
}

Test(auth, registering_a_taken_address_looks_the_same_and_mails_its_owner)
{
    cf_answer *first, *second;

    first = cf_client_post(client, "/register", "email", "ada@example.org", "password", GOOD,
                           "password_confirm", GOOD);
    second = cf_client_post(client, "/register", "email", "ＡＤＡ@example.org", "password", GOOD,
                            "password_confirm", GOOD);
    cr_assert_eq(first->status, second->status);
    cr_assert_str_eq(first->location, second->location);
    cr_assert_eq(mail_count(), 2);
    cr_assert(strstr(last_mail(), "already has an account"), "%s", last_mail());
}

Test(auth, bad_registrations_are_refused_with_a_reason)
{
    static const struct {
        const char *email, *password, *again, *reason;
    } cases[] = {
        { "nobody", GOOD, GOOD, "Invalid email address" },
        { "a@example.org", "short", "short", "at least 8 characters" },
        { "a@example.org", "Password123", "Password123", "most common" },
        { "a@example.org", GOOD, "other", "Passwords do not match" },
        { "ada@example.org", "ada@example.org", "ada@example.org", "must not be your e-mail" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_answer *a = cf_client_post(client, "/register", "email", cases[i].email, "password",
                                      cases[i].password, "password_confirm", cases[i].again);
        cr_assert_eq(a->status, 200);
        cr_assert(cf_answer_contains(a, cases[i].reason), "%s: %s", cases[i].reason, a->body);
    }
    cr_assert_eq(mail_count(), 0);
}

/* The page without what differs at every showing. */
static const char *without_tokens(const char *body)
{
    char *copy = cf_strdup(arena, body);

    for (char *at = copy; (at = strstr(at, "value=\"")) != NULL; at++)
        for (char *c = at + 7; *c && *c != '"'; c++)
            *c = 'x';
    for (char *c = copy, *to = copy;; c++) {
        if (*c == 'x' && c > copy && c[-1] == 'x')
            continue;
        *to++ = *c;
        if (!*c)
            break;
    }
    return copy;
}

Test(auth, a_wrong_password_and_an_unknown_address_get_the_same_answer)
{
    cf_answer *wrong, *unknown;

    make_user("ada@example.org", true, NULL);
    wrong = sign_in(client, "ada@example.org", "not the password");
    unknown = sign_in(client, "eve@example.org", "not the password");
    cr_assert_eq(wrong->status, 200);
    cr_assert_eq(unknown->status, 200);
    cr_assert_str_eq(without_tokens(wrong->body), without_tokens(unknown->body));
}

Test(auth, too_many_tries_are_stopped_and_then_even_the_right_password)
{
    cf_answer *a = NULL;

    make_user("ada@example.org", true, NULL);
    for (int i = 0; i < 6; i++)
        a = sign_in(client, "ada@example.org", "not the password");
    cr_assert_eq(a->status, 429);
    cr_assert_eq(sign_in(client, "ada@example.org", GOOD)->status, 429);
    cf_time_freeze((cf_time){ cf_now().us + CF_HOUR });
    cr_assert_eq(sign_in(client, "ada@example.org", GOOD)->status, 302);
    cf_time_freeze((cf_time){ 0 });
}

static int64_t limit_count(void)
{
    cf_request *req = cf_request_detached(app, arena);
    int64_t     count = cf_query_count(cf_select(req, RateLimit));

    cf_request_finish(req);
    return count;
}

Test(auth, trying_many_addresses_neither_helps_nor_fills_the_database)
{
    cf_answer *a = NULL;

    for (int i = 0; i < 110; i++)
        a = sign_in(client, cf_printf(arena, "u%d@example.org", i), "not the password");
    cr_assert_eq(a->status, 429);
    cr_assert_leq(limit_count(), 101);
    cf_time_freeze((cf_time){ cf_now().us + CF_HOUR });
    sign_in(client, "ada@example.org", "not the password");
    cr_assert_leq(limit_count(), 2);
    cf_time_freeze((cf_time){ 0 });
}

Test(auth, next_leads_only_to_this_site)
{
    static const struct {
        const char *next, *location;
    } cases[] = {
        { "/members?x=1", "/members?x=1" }, { "//evil.example/", "/" },
        { "https://evil.example/", "/" },   { "/\\evil.example", "/" },
        { "javascript:alert(1)", "/" },     { "http:///evil.example", "/" },
        { "\t//evil.example", "/" },        { "", "/" },
    };

    make_user("ada@example.org", true, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_client *c = cf_client_new(arena, app);
        cf_answer *a = cf_client_post(c, "/login", "email", "ada@example.org", "password", GOOD,
                                      "next", cases[i].next);
        cr_assert_eq(a->status, 302, "%s", cases[i].next);
        cr_assert_str_eq(a->location, cases[i].location);
    }
}

Test(auth, changing_the_password_ends_every_other_session)
{
    cf_client *other = cf_client_new(arena, app);
    cf_answer *a;

    make_user("ada@example.org", true, NULL);
    cr_assert_eq(sign_in(client, "ada@example.org", GOOD)->status, 302);
    cr_assert_eq(sign_in(other, "ada@example.org", GOOD)->status, 302);
    a = cf_client_post(client, "/change", "password", "wrong one", "new_password",
                       "another good one", "new_password_confirm", "another good one");
    cr_assert(cf_answer_contains(a, "not your current password"), "%s", a->body);
    cr_assert(is_signed_in(other));
    a = cf_client_post(client, "/change", "password", GOOD, "new_password", "another good one",
                       "new_password_confirm", "another good one");
    cr_assert_eq(a->status, 302, "%s", a->body);
    cr_assert(is_signed_in(client));
    cr_assert_not(is_signed_in(other));
    cr_assert(strstr(last_mail(), "has been changed"));
    cr_assert_eq(sign_in(other, "ada@example.org", GOOD)->status, 200);
    cr_assert_eq(sign_in(other, "ada@example.org", "another good one")->status, 302);
}

Test(auth, a_reset_link_works_once_and_ends_sessions)
{
    cf_client  *other = cf_client_new(arena, app);
    const char *path;
    cf_answer  *a;

    make_user("ada@example.org", true, NULL);
    sign_in(other, "ada@example.org", GOOD);
    cr_assert_eq(cf_client_post(client, "/reset", "email", "ada@example.org")->status, 302);
    path = mailed_path("/reset/");
    cr_assert_eq(cf_client_get(client, path)->status, 200);
    a = cf_client_post(client, path, "password", "another good one", "password_confirm",
                       "another good one");
    cr_assert_eq(a->status, 302, "%s", a->body);
    cr_assert_not(is_signed_in(other));
    cr_assert_eq(sign_in(client, "ada@example.org", "another good one")->status, 302);
    a = cf_client_post(other, path, "password", "a third good one", "password_confirm",
                       "a third good one");
    cr_assert_str_eq(a->location, "/reset");
}

Test(auth, asking_for_a_reset_does_not_tell_who_has_an_account)
{
    cf_answer *known, *unknown;

    make_user("ada@example.org", true, NULL);
    known = cf_client_post(client, "/reset", "email", "ada@example.org");
    unknown = cf_client_post(client, "/reset", "email", "eve@example.org");
    cr_assert_eq(known->status, unknown->status);
    cr_assert_str_eq(known->location, unknown->location);
    cr_assert_eq(mail_count(), 1);
}

Test(auth, links_expire_and_changed_ones_are_refused)
{
    char *path;

    make_user("ada@example.org", false, NULL);
    cf_client_post(client, "/confirm", "email", "ada@example.org");
    path = cf_strdup(arena, mailed_path("/confirm/"));
    path[20] = path[20] == 'A' ? 'B' : 'A';
    cr_assert_str_eq(cf_client_get(client, path)->location, "/confirm");
    cf_time_freeze((cf_time){ cf_now().us + 6 * CF_DAY });
    cr_assert_str_eq(cf_client_get(client, mailed_path("/confirm/"))->location, "/confirm");
    cf_time_freeze((cf_time){ 0 });
    cr_assert_str_eq(cf_client_get(client, mailed_path("/confirm/"))->location, "/login");
}

Test(auth, a_remembered_visitor_is_known_without_a_session)
{
    make_user("ada@example.org", true, NULL);
    cf_client_post(client, "/login", "email", "ada@example.org", "password", GOOD, "remember", "y");
    cf_client_set_cookie(client, "session", NULL);
    cr_assert(is_signed_in(client));
    cf_client_post(client, "/logout");
    cr_assert_not(is_signed_in(client));
}

Test(auth, copies_of_a_session_end_when_it_signs_out_and_other_sessions_go_on)
{
    cf_client  *thief = cf_client_new(arena, app), *other = cf_client_new(arena, app);
    const char *session, *remember;

    make_user("ada@example.org", true, NULL);
    sign_in(other, "ada@example.org", GOOD);
    cf_client_post(client, "/login", "email", "ada@example.org", "password", GOOD, "remember", "y");
    session = cf_client_cookie(client, "session");
    remember = cf_client_cookie(client, "remember_token");
    cf_client_set_cookie(thief, "session", session);
    cr_assert(is_signed_in(thief));
    cf_client_post(client, "/logout");
    cf_client_set_cookie(thief, "session", session);
    cr_assert_not(is_signed_in(thief));
    cf_client_set_cookie(thief, "session", NULL);
    cf_client_set_cookie(thief, "remember_token", remember);
    cr_assert_not(is_signed_in(thief));
    cr_assert(is_signed_in(other));
}

Test(auth, a_forgotten_visitor_is_not)
{
    make_user("ada@example.org", true, NULL);
    sign_in(client, "ada@example.org", GOOD);
    cf_client_set_cookie(client, "session", NULL);
    cr_assert_not(is_signed_in(client));
}

Test(auth, signing_out_takes_a_post)
{
    make_user("ada@example.org", true, NULL);
    sign_in(client, "ada@example.org", GOOD);
    cr_assert_eq(cf_client_get(client, "/logout")->status, 405);
    cr_assert(is_signed_in(client));
    cr_assert_eq(cf_client_post(client, "/logout")->status, 302);
    cr_assert_not(is_signed_in(client));
}

Test(auth, a_deactivated_account_is_out_at_once)
{
    cf_request *req;
    User       *user;

    make_user("ada@example.org", true, NULL);
    sign_in(client, "ada@example.org", GOOD);
    cr_assert(is_signed_in(client));
    req = cf_request_detached(app, arena);
    user = cf_auth_find(req, "ada@example.org");
    user->active = false;
    cr_assert(cf_commit(req));
    cf_request_finish(req);
    cr_assert_not(is_signed_in(client));
    cr_assert_eq(sign_in(client, "ada@example.org", GOOD)->status, 200);
}

Test(auth, roles_open_what_they_guard_and_nothing_else)
{
    make_user("ada@example.org", true, "admin");
    make_user("bob@example.org", true, "end-user");
    cr_assert_eq(cf_client_get(client, "/admin")->status, 302);
    cr_assert(cf_client_act_as(client, cf_string("bob@example.org")));
    cr_assert_eq(cf_client_get(client, "/admin")->status, 403);
    cr_assert(cf_client_act_as(client, cf_string("ada@example.org")));
    cr_assert_eq(cf_client_get(client, "/admin")->status, 200);
}
