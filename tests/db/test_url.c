/* test_url.c -- DATABASE_URL: what it means, and what is refused without showing a password. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/engine.h"
#include "models.h"

static cf_arena *arena;
static cf_error  err;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(url, .init = setup, .fini = teardown);

static const char *file_of(const char *url)
{
    cf_database *database = cf_database_open(arena, url, NULL, &err);

    cr_assert(database, "%s: %s", url, err.message);
    cr_assert_str_eq(cf_database_engine(database), "sqlite");
    return cf_database_file(database);
}

Test(url, paths)
{
    cr_assert_str_eq(file_of("sqlite:///app.db"), "app.db");
    cr_assert_str_eq(file_of(" sqlite:///data/app.db \n"), "data/app.db");
    cr_assert_str_eq(file_of("SQLite:////var/lib/app.db"), "/var/lib/app.db");
    cr_assert_str_eq(file_of("sqlite:///app.db?synchronous=full"), "app.db");
    cr_assert_null(file_of("sqlite://:memory:"));
    cr_assert_null(file_of("sqlite:///:memory:"));
    cr_assert_null(file_of("sqlite://"));
}

typedef struct bad_url {
    const char *url, *says;
} bad_url;

Test(url, what_is_wrong_is_said)
{
    static const bad_url cases[] = {
        { "", "empty" },
        { "app.db", "no scheme" },
        { "oracle://x", "'oracle' is not known" },
        { "sqlite:app.db", "three slashes" },
        { "sqlite://app.db", "three slashes" },
        { "sqlite:///", "names no file" },
        { "sqlite:////var/", "names no file" },
        { "sqlite:///a\nb", "control character" },
        { "sqlite:///a?sync=on", "unknown option 'sync'" },
        { "sqlite:///a?synchronous=maybe", "full or normal" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_assert_null(cf_database_open(arena, cases[i].url, NULL, &err), "%s", cases[i].url);
        cr_assert(strstr(err.message, cases[i].says), "%s: %s", cases[i].url, err.message);
    }
}

Test(url, a_password_is_not_shown)
{
    cr_assert_str_eq(cf__url_masked(arena, CF_STR("postgresql://ann:secret@db:5432/app?x=1")),
                     "postgresql://ann:***@db:5432/app?x=1");
    cr_assert_str_eq(cf__url_masked(arena, CF_STR("postgresql://ann:se@cret@db/app")),
                     "postgresql://ann:***@db/app");
    cr_assert_str_eq(cf__url_masked(arena, CF_STR("postgresql://db/app")), "postgresql://db/app");
    cr_assert_null(cf_database_open(arena, "pg://ann:secret@db/app", NULL, &err));
    cr_assert_null(strstr(err.message, "secret"), "%s", err.message);
}

Test(url, a_file_that_cannot_be_opened_is_named)
{
    cf_database *database = cf_database_open(arena, "sqlite:////nowhere/app.db", NULL, &err);
    char         path[] = "/tmp/carafe-notdb-XXXXXX", url[60];
    int          fd = mkstemp(path);

    cr_assert_not(cf_database_ping(database, &err));
    cr_assert(strstr(err.message, "/nowhere/app.db: does its folder exist"), "%s", err.message);
    cr_assert_eq(write(fd, "this is no database, but it is long enough to be one", 52), 52);
    close(fd);
    snprintf(url, sizeof(url), "sqlite:///%s", path);
    database = cf_database_open(arena, url, NULL, &err);
    cr_assert_not(cf_database_ping(database, &err));
    cr_assert(strstr(err.message, "is not a sound SQLite database"), "%s", err.message);
    remove(path);
}

Test(url, a_database_answers_a_ping)
{
    cf_database *database = cf_database_open(arena, "sqlite://:memory:", NULL, &err);

    cr_assert(cf_database_ping(database, &err), "%s", err.message);
    cf_database_disconnect(database);
    cr_assert(cf_database_ping(database, &err), "%s", err.message);
}
