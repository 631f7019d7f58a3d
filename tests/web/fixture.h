/* fixture.h -- apps for the tests of this room. */
#ifndef CARAFE_TESTS_WEB_FIXTURE_H
#define CARAFE_TESTS_WEB_FIXTURE_H

#include <criterion/criterion.h>

#include <carafe/client.h>

/* An app under test with a client; the test fails when it cannot be made. Settings are
 * "NAME=value"; end with NULL. */
typedef struct fixture {
    cf_arena  *arena;
    cf_app    *app;
    cf_client *client;
} fixture;

fixture fixture_new(cf_create_app *create, const char *const *settings);
void    fixture_end(fixture *f);

/* Makes an app that must not start, and gives its message, which lives until the next call. */
const char *fixture_failure(cf_create_app *create, const char *const *settings);

/* Users of the tests: the session says who ("user") and with which roles ("roles"). */
extern const cf_user_hooks fixture_users;

/* Signs the client in: roles are separated by spaces. */
void fixture_sign_in(fixture *f, const char *user, const char *roles);

#define cr_assert_has(answer, text)                                                                \
    cr_assert(cf_answer_contains((answer), (text)), "\"%s\" is not in:\n%s", (text), (answer)->body)
#define cr_assert_status(answer, code)                                                             \
    cr_assert_eq((answer)->status, (code), "status %d, want %d; body:\n%s", (answer)->status,      \
                 (code), (answer)->body)

#endif
