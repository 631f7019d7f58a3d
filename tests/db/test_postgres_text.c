/* test_postgres_text.c -- PostgreSQL URLs, '?' as $1, scripts taken apart; no server is needed. */
#include <criterion/criterion.h>

#include "db/postgres.h"

static cf_arena *arena;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(postgres_text, .init = setup, .fini = teardown);

static const char *converted(const char *text, size_t *count)
{
    cf_buf out = cf_buf_in(arena, 0);

    *count = cf__pg_convert(cf_str_of(text), &out);
    return cf_buf_cstr(&out);
}

Test(postgres_text, question_marks_become_numbers_where_they_are_parameters)
{
    static const struct {
        const char *text, *expected;
        size_t      count;
    } cases[] = {
        { "SELECT ?", "SELECT $1", 1 },
        { "a = ? AND b = ?", "a = $1 AND b = $2", 2 },
        { "'it''s ?' || ?", "'it''s ?' || $1", 1 },
        { "E'it\\'s ?' || ?", "E'it\\'s ?' || $1", 1 },
        { "'a\\' || ? || 'b'", "'a\\' || $1 || 'b'", 1 },
        { "\"odd?\"\"name\" = ?", "\"odd?\"\"name\" = $1", 1 },
        { "a -- why?\n= ?", "a -- why?\n= $1", 1 },
        { "a -- why?\r= ?", "a -- why?\r= $1", 1 },
        { "a /* why? /* and? */ ? */ = ?", "a /* why? /* and? */ ? */ = $1", 1 },
        { "$$ ? $$ || ?", "$$ ? $$ || $1", 1 },
        { "$a$ ? $b$ ? $a$ || ?", "$a$ ? $b$ ? $a$ || $1", 1 },
        { "data ?? 'key' AND x = ?", "data ? 'key' AND x = $1", 1 },
        { "data ??| array[?]", "data ?| array[$1]", 1 },
        { "a = $2 AND b = $1", "a = $2 AND b = $1", 2 },
        { "a$1 = ?", "a$1 = $1", 1 },
        { "LIMIT?", "LIMIT $1", 1 },
        { "?1 ?a", "$1 1 $2 a", 2 },
        { "'open ?", "'open ?", 0 },
        { "/* open ?", "/* open ?", 0 },
        { "$x$ open ?", "$x$ open ?", 0 },
        { "", "", 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t count = 99;

        cr_assert_str_eq(converted(cases[i].text, &count), cases[i].expected);
        cr_assert_eq(count, cases[i].count, "%s: %zu", cases[i].text, count);
    }
}

Test(postgres_text, scripts_are_cut_at_the_semicolons_that_end_statements)
{
    static const char *const cases[][2] = {
        { "SELECT 1; SELECT 2", "SELECT 1" },
        { "SELECT ';'; SELECT 2", "SELECT ';'" },
        { "DO $$ BEGIN; END $$; SELECT 2", "DO $$ BEGIN; END $$" },
        { "CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c); SELECT 2",
          "CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c)" },
        { "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; "
          "SELECT 2; END; SELECT 3",
          "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; "
          "SELECT 2; END" },
        { "CREATE TABLE begin_end (a int); SELECT 2", "CREATE TABLE begin_end (a int)" },
        { "SELECT 1", "SELECT 1" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert_eq(cf__pg_split(cf_str_of(cases[i][0])), strlen(cases[i][1]), "%s", cases[i][0]);
}

Test(postgres_text, what_looks_as_if_it_reads)
{
    cr_assert(cf__pg_looks_read_only(CF_STR("SELECT 1")));
    cr_assert(cf__pg_looks_read_only(CF_STR("  -- x\n ( (select 1) union select 2)")));
    cr_assert(cf__pg_looks_read_only(CF_STR("WITH a AS (SELECT 1) SELECT * FROM a")));
    cr_assert(cf__pg_looks_read_only(CF_STR("show all")));
    cr_assert_not(cf__pg_looks_read_only(CF_STR("INSERT INTO a VALUES (1)")));
    cr_assert_not(cf__pg_looks_read_only(CF_STR("selector")));
    cr_assert_not(cf__pg_looks_read_only(CF_STR("")));
    cr_assert(cf__pg_lacks_limit(CF_STR("SELECT a FROM b WHERE c IN (SELECT d FROM e LIMIT 1)")));
    cr_assert_not(cf__pg_lacks_limit(CF_STR("SELECT a FROM b WHERE (c = 1) LIMIT 5 OFFSET 2")));
}

static const char *value_of(const cf__pg_url *url, const char *key)
{
    for (size_t i = 0; url->keys[i]; i++)
        if (strcmp(url->keys[i], key) == 0)
            return url->values[i];
    return NULL;
}

Test(postgres_text, a_url_is_read_by_libpq_but_for_our_own_options)
{
    cf__pg_url url;
    cf_error   err = { 0 };

    cr_assert(cf__pg_url_parse(arena,
                               CF_STR("postgresql://ann:s%40cret@db.example:5433/app?pool=3&"
                                      "sslmode=require&readers=2&statement_timeout=500&prepare=0"),
                               &url, &err),
              "%s", err.message);
    cr_assert_str_eq(value_of(&url, "user"), "ann");
    cr_assert_str_eq(value_of(&url, "password"), "s@cret");
    cr_assert_str_eq(value_of(&url, "host"), "db.example");
    cr_assert_str_eq(value_of(&url, "port"), "5433");
    cr_assert_str_eq(value_of(&url, "dbname"), "app");
    cr_assert_str_eq(value_of(&url, "sslmode"), "require");
    cr_assert_str_eq(value_of(&url, "application_name"), "carafe");
    cr_assert_str_eq(value_of(&url, "client_encoding"), "UTF8");
    cr_assert_eq(url.pool, 3);
    cr_assert_eq(url.readers, 2);
    cr_assert_eq(url.statement_timeout, 500);
    cr_assert_eq(url.prepare, 0);
    cr_assert(
        cf__pg_url_parse(arena, CF_STR("postgresql:///app?host=/run/postgresql"), &url, &err));
    cr_assert_str_eq(value_of(&url, "host"), "/run/postgresql");
    cr_assert_eq(url.prepare, -1);
    cr_assert_eq(url.pool, 8);
}

Test(postgres_text, wrong_urls_are_refused_without_their_password)
{
    static const char *const cases[][2] = {
        { "postgresql:ann:secret@host/app", "two slashes" },
        { "postgresql://ann:sec%ret@host/app", "not sound" },
        { "postgresql://host/app?no_such=1", "no_such" },
        { "postgresql://host:port/app", "DATABASE_URL" },
        { "postgresql://host/app?pool=0", "pool is a number from 1 to 1000" },
        { "postgresql://host/app?pool=many", "pool is a number" },
        { "postgresql://host/app?prepare=2", "prepare is a number from 0 to 1" },
        { "postgresql://ann:secret@host/a\nb", "control character" },
    };
    cf__pg_url url;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cf_error err = { 0 };
        cf_error opening = { 0 };

        /* A port that is no number is only found out by connecting. */
        if (!cf__pg_url_parse(arena, cf_str_of(cases[i][0]), &url, &err))
            cr_assert(strstr(err.message, cases[i][1]), "%s: %s", cases[i][0], err.message);
        else
            cr_assert_eq(i, 3, "accepted: %s", cases[i][0]);
        cr_assert_not(strstr(err.message, "sec"), "%s", err.message);
        cf_database_open(arena, cases[i][0], NULL, &opening);
        cr_assert_not(strstr(opening.message, "sec"), "%s", opening.message);
    }
}

Test(postgres_text, passwords_are_masked_wherever_they_stand)
{
    static const char *const cases[][2] = {
        { "postgresql://ann:secret@host/app", "postgresql://ann:***@host/app" },
        { "postgres://ann:se/cr@et@host/app", "postgres://ann:***@host/app" },
        { "postgresql://ann:se?cr@host/app", "postgresql://ann:***@host/app" },
        { "postgresql://ann@host/app?sslmode=require&password=secret&x=1",
          "postgresql://ann@host/app?sslmode=require&password=***&x=1" },
        { "postgresql://host:5432/app", "postgresql://host:5432/app" },
        { "sqlite:///var/app.db", "sqlite:///var/app.db" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert_str_eq(cf__url_masked(arena, cf_str_of(cases[i][0])), cases[i][1]);
}

Test(postgres_text, a_server_that_is_not_there_is_unavailable)
{
    cf_error     err = { 0 };
    cf_database *database = cf_database_open(arena, "postgresql://ann:secret@127.0.0.1:1/app", NULL,
                                             &err);

    cr_assert(database, "%s", err.message);
    cr_assert_str_eq(cf_database_engine(database), "postgresql");
    for (int i = 0; i < 3; i++) {
        cr_assert_not(cf_database_ping(database, &err));
        cr_assert_eq(err.code, CF_EUNAVAILABLE);
        cr_assert(strstr(err.message, "cannot connect to the database postgresql://ann:***@"), "%s",
                  err.message);
        cr_assert_not(strstr(err.message, "secret"));
    }
}
