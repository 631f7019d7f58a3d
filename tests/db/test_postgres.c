/* test_postgres.c -- reads that many fibers make over few connections, and what is prepared.
 * Runs on the server that CARAFE_TEST_DATABASE names, and passes by without one. */
#include "postgres_items.h"

TestSuite(postgres, .init = items_setup, .fini = fixture_end);

/* ---- shared reads ---- */

/* What became of the reads of a test. */
static int good, bad;

/* Reads an item ten times over. */
static void read_item(void *arg)
{
    int64_t id = (int64_t)(intptr_t)arg;

    for (int i = 0; i < 10; i++) {
        cf_arena *mine = cf_arena_new();
        cf_db    *own = cf_db_new(mine, database);
        Item     *item = cf_db_get(own, Item, id);

        if (item && strcmp(item->name, cf_printf(mine, "item %lld", (long long)id)) == 0)
            good++;
        else
            fprintf(stderr, "item %lld: %s, error %d: %s\n", (long long)id,
                    item ? item->name : "none", (int)cf_db_error(own)->code,
                    cf_db_error(own)->message);
        cf_arena_free(mine);
    }
    running--;
}

static void read_odd(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);

    cr_assert_null(cf_db_get(own, Odd, (int64_t)(intptr_t)arg));
    err = *cf_db_error(own);
    bad++;
    cf_arena_free(mine);
    running--;
}

static void spawn_readers(int count)
{
    for (int i = 0; i < count; i++)
        spawn(read_item, (void *)(intptr_t)(1 + i % 100));
}

Test(postgres, a_failing_read_among_hundreds_fails_alone)
{
    ONLY_ON_POSTGRES;
    spawn_readers(150);
    for (int i = 0; i < 3; i++)
        spawn(read_odd, (void *)3);
    spawn_readers(150);
    run_fibers();
    cr_assert_eq(bad, 3);
    cr_assert_eq(good, 3000);
    cr_assert(strstr(err.message, "division by zero"), "%s", err.message);
}

/* With the code that a prepared statement's plan has when its table was changed. */
Test(postgres, what_a_function_refuses_as_unsupported_is_its_error)
{
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, database);
    run(own, "CREATE SEQUENCE calls");
    run(own, "CREATE FUNCTION refuse(id BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$ BEGIN "
             "RAISE EXCEPTION 'not here' USING ERRCODE = '0A000'; END $$");
    run(own, "CREATE OR REPLACE VIEW odd AS SELECT id, refuse(id) AS quotient, "
             "NULL::text AS nap FROM item");
    for (int i = 0; i < 3; i++) {
        spawn(read_odd, (void *)7);
        run_fibers();
        cr_assert_eq(err.code, CF_EDB, "%s", err.message);
        cr_assert(strstr(err.message, "not here"), "%s", err.message);
    }
    for (int i = 1; i < 4; i++) {
        cr_assert_not(cf_db_execute(own,
                                    "INSERT INTO item (id, name) "
                                    "VALUES (nextval('calls') * 0 + refuse(1), 'x')",
                                    NULL, 0, NULL, &err));
        cr_assert(strstr(err.message, "not here"), "%s", err.message);
        cf_db_rollback(own);
        cr_assert_eq(number(database, "SELECT last_value FROM calls"), i);
    }
}

Test(postgres, a_read_that_takes_too_long_fails_alone)
{
    int64_t start = cf_monotonic_us();

    ONLY_ON_POSTGRES;
    database = open_with("statement_timeout=200");
    spawn_readers(100);
    spawn(read_odd, (void *)5);
    spawn_readers(100);
    run_fibers();
    cr_assert_eq(bad, 1);
    cr_assert_eq(good, 2000);
    cr_assert_eq(err.code, CF_ETIMEOUT, "%s", err.message);
    cr_assert_lt(cf_monotonic_us() - start, 3000000);
}

static void kill_backends(void *arg)
{
    (void)arg;
    /* Each time among reads that are under way, however slow the machine is. */
    for (int i = 0; i < 5; i++) {
        while (good < 1000 * i + 100)
            cf_sleep(1, NULL);
        kill_connections();
    }
    running--;
}

Test(postgres, reads_outlive_the_connections_they_are_under_way_on)
{
    ONLY_ON_POSTGRES;
    database = open_with("pool=8");
    spawn_readers(300);
    spawn(kill_backends, NULL);
    spawn_readers(300);
    run_fibers();
    cr_assert_eq(good, 6000);
}

static void give_up(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);
    int64_t   start = cf_monotonic_us();

    (void)arg;
    cf_fiber_deadline(start + 800000);
    cr_assert_null(cf_db_get(own, Odd, 5));
    cr_assert_eq(cf_db_error(own)->code, CF_ETIMEOUT, "%s", cf_db_error(own)->message);
    cr_assert_lt(cf_monotonic_us() - start, 5000000);
    cf_arena_free(mine);
    running--;
}

static int64_t asleep(void)
{
    return number(
        database,
        cf_printf(arena,
                  "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
                  "application_name = '%s'",
                  own_name()));
}

static void see_it_end(void *arg)
{
    int64_t start = cf_monotonic_us();

    (void)arg;
    while (!asleep() && cf_monotonic_us() - start < 5000000)
        cf_sleep(10, NULL);
    while (asleep() && cf_monotonic_us() - start < 5000000)
        cf_sleep(20, NULL);
    cr_assert_lt(cf_monotonic_us() - start, 5000000, "the server works on for nobody");
    running--;
}

Test(postgres, a_request_that_is_given_up_ends_on_the_server_too)
{
    ONLY_ON_POSTGRES;
    database = open_with("pool=8");
    spawn(give_up, NULL);
    spawn(see_it_end, NULL);
    spawn_readers(50);
    run_fibers();
    spawn_readers(50);
    run_fibers();
    cr_assert_eq(good, 1000);
}

static void give_up_writing(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);

    (void)arg;
    cf_fiber_deadline(cf_monotonic_us() + 800000);
    cr_assert_not(cf_db_execute(own, "UPDATE item SET name = name WHERE pg_sleep(10)::text <> 'x'",
                                NULL, 0, NULL, &err));
    cr_assert_eq(err.code, CF_ETIMEOUT, "%s", err.message);
    cf_arena_free(mine);
    running--;
}

Test(postgres, so_does_a_write_that_is_given_up)
{
    ONLY_ON_POSTGRES;
    database = open_with("pool=8");
    spawn(give_up_writing, NULL);
    spawn(see_it_end, NULL);
    run_fibers();
    cr_assert_eq(number(database, "UPDATE item SET name = 'one' WHERE id = 1 RETURNING 7"), 7);
}

/* ---- statements ---- */

static void many_texts(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);

    (void)arg;
    /* Three rounds over more texts than a connection remembers. */
    for (int i = 0; i < 900; i++) {
        cf_list *ids = cf_list_new(mine);
        cf_list *rows;

        for (int j = 0; j <= i % 300; j++)
            cf_list_add(ids, cf_int(1 + j % 100));
        rows = cf_query_all(cf_query_where(cf_db_query(own, Item), "id", CF_IN, cf_from_list(ids)));
        cr_assert(rows, "%s", cf_db_error(own)->message);
        cr_assert_eq(rows->len, (size_t)(i % 300 < 100 ? i % 300 + 1 : 100));
    }
    cf_arena_free(mine);
    running--;
}

Test(postgres, more_statements_than_a_connection_remembers)
{
    ONLY_ON_POSTGRES;
    running++;
    many_texts(NULL);
    spawn(many_texts, NULL);
    run_fibers();
}

static void read_after_change(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);

    (void)arg;
    for (int i = 0; i < 3; i++) {
        cf_db_rollback(own);
        cr_assert(cf_query_first(cf_query_filter_by(cf_db_query(own, Item), "name", "item 9")));
    }
    run(cf_db_new(mine, database), "DROP VIEW odd");
    run(cf_db_new(mine, database), "ALTER TABLE item ALTER name TYPE text");
    cr_assert(cf_query_first(cf_query_filter_by(cf_db_query(own, Item), "name", "item 9")), "%s",
              cf_db_error(own)->message);
    cf_arena_free(mine);
    running--;
}

Test(postgres, a_table_that_was_changed_meanwhile_is_read_anew)
{
    ONLY_ON_POSTGRES;
    running++;
    read_after_change(NULL);
    run(cf_db_new(arena, database), "CREATE VIEW odd AS SELECT 1");
    run(cf_db_new(arena, database), "ALTER TABLE item ALTER name TYPE varchar(40)");
    spawn(read_after_change, NULL);
    run_fibers();
}
