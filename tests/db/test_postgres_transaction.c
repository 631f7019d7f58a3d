/* test_postgres_transaction.c -- transactions on PostgreSQL that end otherwise than by a commit.
 * Runs on the server that CARAFE_TEST_DATABASE names, and passes by without one. */
#include <criterion/criterion.h>

#include "models.h"

#include "db/session.h"

static cf_arena    *arena;
static cf_database *database;
static cf_db       *db;
static cf_error     err;

static bool execute(const char *sql)
{
    return cf_db_execute(db, sql, NULL, 0, NULL, &err);
}

static void setup(void)
{
    arena = cf_arena_new();
    if (!test_on_postgres())
        return;
    database = cf_database_open(arena, test_url(arena, test_place(arena)), NULL, &err);
    cr_assert(database, "%s", err.message);
    db = cf_db_new(arena, database);
    cr_assert(execute("CREATE TABLE item (id BIGINT PRIMARY KEY)") &&
                  execute("INSERT INTO item SELECT generate_series(1, 60)") &&
                  cf_db_commit(db, &err),
              "%s", err.message);
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(postgres_transaction, .init = setup, .fini = teardown);

#define ONLY_ON_POSTGRES                                                                           \
    if (!test_on_postgres())                                                                       \
    return

static size_t count(const char *sql)
{
    cf_result result = { 0 };

    cr_assert(cf_db_execute(db, sql, NULL, 0, &result, &err), "%s: %s", sql, err.message);
    return result.rows->len;
}

Test(postgres_transaction, one_whose_first_statement_was_given_up_is_not_committed)
{
    ONLY_ON_POSTGRES;
    cr_assert_not(execute("COPY item TO STDOUT"));
    cr_assert_eq(err.code, CF_EUNSUPPORTED, "%s", err.message);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_EUNAVAILABLE, "%s", err.message);
    cr_assert(execute("INSERT INTO item VALUES (100)") && cf_db_commit(db, &err), "%s",
              err.message);
}

Test(postgres_transaction, statements_that_would_end_it_are_refused)
{
    static const char *const texts[] = {
        "ABORT",
        "abort and chain",
        "START TRANSACTION",
        "/* so */ prepare -- it\n transaction 'x'",
        "COMMIT",
        "\f\vCOMMIT",
        "/* a /* b */ */ ROLLBACK",
        "/*/*/**/*/*/ --\nCOMMIT",
        "-- a line ends here\rCOMMIT",
        ";;/**/ROLLBACK",
    };

    ONLY_ON_POSTGRES;
    cr_assert(execute("INSERT INTO item VALUES (100)"), "%s", err.message);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_assert_not(execute(texts[i]), "%s", texts[i]);
        cr_assert(strstr(err.message, "the session's business"), "%s", err.message);
    }
    /* All of it is a comment, and none of its words count. */
    cr_assert(execute("/* /* */ COMMIT */ SELECT 1"), "%s", err.message);
    cr_assert(execute("PREPARE by_id (bigint) AS SELECT FROM item WHERE id = $1") ||
              err.code == CF_EINVAL);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_assert_eq(count("SELECT id FROM item WHERE id = 100"), 1);
}

Test(postgres_transaction, nothing_is_committed_after_one_that_ended_unseen)
{
    const cf__sql sql = cf__sql_of(CF_STR("ROLLBACK"));
    cf__outcome   out = { 0 };

    ONLY_ON_POSTGRES;
    cr_assert(cf__session_begin(db, &err));
    cr_assert_not(cf__session_run(db, &sql, NULL, 0, NULL, NULL, &out, &err));
    cr_assert(strstr(err.message, "ended the transaction"), "%s", err.message);
    cr_assert_not(execute("INSERT INTO item VALUES (100)"));
    cr_assert_not(cf_db_commit(db, &err));
    cf_db_rollback(db);
    cr_assert_eq(count("SELECT id FROM item WHERE id = 100"), 0);
    cr_assert(execute("INSERT INTO item VALUES (100)") && cf_db_commit(db, &err), "%s",
              err.message);
    cr_assert_eq(count("SELECT id FROM item WHERE id = 100"), 1);
}

Test(postgres_transaction, a_select_that_turns_out_to_write_gives_its_rows_once)
{
    ONLY_ON_POSTGRES;
    cr_assert(execute("CREATE FUNCTION add_item(bigint) RETURNS bigint LANGUAGE sql AS "
                      "'INSERT INTO item VALUES ($1) RETURNING id'") &&
                  cf_db_commit(db, &err),
              "%s", err.message);
    cr_assert_eq(count("SELECT CASE WHEN id = 50 THEN add_item(200) ELSE id END FROM item "
                       "WHERE id <= 60"),
                 60);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_assert_eq(count("SELECT id FROM item WHERE id = 200"), 1);
}
