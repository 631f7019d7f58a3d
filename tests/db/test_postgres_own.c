/* test_postgres_own.c -- connections and transactions of one's own.
 * Runs on the server that CARAFE_TEST_DATABASE names, and passes by without one. */
#include "postgres_items.h"

TestSuite(postgres_own, .init = items_setup, .fini = fixture_end);

/* ---- connections of one's own ---- */

static int order[8], finished;

static void write_in_turn(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);

    cr_assert(cf_db_execute(own, "UPDATE item SET name = name WHERE id = 1", NULL, 0, NULL, &err),
              "%s", err.message);
    cr_assert(cf_sleep(5, NULL));
    cr_assert(cf_db_commit(own, &err), "%s", err.message);
    order[finished++] = (int)(intptr_t)arg;
    cf_arena_free(mine);
    running--;
}

Test(postgres_own, transactions_queue_for_few_connections_in_their_order)
{
    ONLY_ON_POSTGRES;
    database = open_with("pool=1");
    for (int i = 0; i < 8; i++)
        spawn(write_in_turn, (void *)(intptr_t)i);
    run_fibers();
    for (int i = 0; i < 8; i++)
        cr_assert_eq(order[i], i);
}

static void hold(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);

    (void)arg;
    cr_assert(cf_db_execute(own, "DELETE FROM item WHERE id = 1", NULL, 0, NULL, &err));
    cf_sleep(2500, NULL);
    cf_arena_free(mine);
    running--;
}

static void find_none(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);
    int64_t   limit = (int64_t)(intptr_t)arg;

    cf_sleep(100, NULL);
    if (limit)
        cf_fiber_deadline(cf_monotonic_us() + limit * 1000);
    cr_assert_not(cf_db_execute(own, "DELETE FROM item WHERE id = 2", NULL, 0, NULL, &err));
    cr_assert_eq(err.code, limit ? CF_ETIMEOUT : CF_EUNAVAILABLE, "%s", err.message);
    /* Reads have connections of their own. */
    cf_fiber_deadline(0);
    cf_db_rollback(own);
    cr_assert(cf_db_get(own, Item, 2));
    cf_arena_free(mine);
    running--;
}

Test(postgres_own, who_waits_for_a_connection_waits_not_for_ever)
{
    ONLY_ON_POSTGRES;
    database = open_with("pool=1");
    spawn(hold, NULL);
    spawn(find_none, (void *)50);
    spawn(find_none, NULL);
    run_fibers();
}

static void write_after_kill(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++) {
        cf_arena *mine = cf_arena_new();
        cf_db    *own = cf_db_new(mine, database);

        run(own, "UPDATE item SET name = name WHERE id = 4");
        cf_arena_free(mine);
        kill_connections();
        cf_sleep(5, NULL);
    }
    running--;
}

Test(postgres_own, a_connection_that_died_idle_is_replaced_unseen)
{
    ONLY_ON_POSTGRES;
    database = open_with("pool=8");
    write_after_kill(NULL);
    running++;
    spawn(write_after_kill, NULL);
    run_fibers();
}

Test(postgres_own, a_transaction_whose_connection_died_is_not_begun_anew)
{
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, open_with("pool=8"));
    cr_assert(
        cf_db_execute(own, "UPDATE item SET name = 'lost' WHERE id = 4", NULL, 0, NULL, &err));
    kill_connections();
    cr_assert_not(
        cf_db_execute(own, "UPDATE item SET name = 'kept' WHERE id = 5", NULL, 0, NULL, &err));
    cr_assert_eq(err.code, CF_EUNAVAILABLE, "%s", err.message);
    cr_assert_not(cf_db_commit(own, &err));
    cr_assert_eq(err.code, CF_EUNAVAILABLE, "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name IN ('lost', 'kept')"), 0);
    run(own, "UPDATE item SET name = 'kept' WHERE id = 5");
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name IN ('lost', 'kept')"), 1);
}

Test(postgres_own, a_commit_without_an_answer_is_told_as_unknown)
{
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, open_with("pool=8"));
    cr_assert(cf_db_execute(own, "UPDATE item SET name = 'x' WHERE id = 4", NULL, 0, NULL, &err));
    kill_connections();
    cr_assert_not(cf_db_commit(own, &err));
    cr_assert_eq(err.code, CF_EUNAVAILABLE);
    cr_assert(strstr(err.message, "not known"), "%s", err.message);
}

/* ---- transactions ---- */

Test(postgres_own, a_raw_statement_that_fails_leaves_the_transaction_as_it_was)
{
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, database);
    cr_assert(cf_db_execute(own, "INSERT INTO item (name) VALUES ('a')", NULL, 0, NULL, &err));
    cr_assert_not(cf_db_execute(own, "INSERT INTO item (name) VALUES ('a')", NULL, 0, NULL, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert_str_eq(err.input, "name");
    cr_assert_not(cf_db_execute(own, "SELECT no_such FROM item", NULL, 0, NULL, &err));
    run(own, "INSERT INTO item (name) VALUES ('b')");
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name IN ('a', 'b')"), 2);
}

Test(postgres_own, a_select_that_writes_is_part_of_the_transaction)
{
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, database);
    run(own, "CREATE FUNCTION add_item(text) RETURNS bigint LANGUAGE sql AS "
             "'INSERT INTO item (name) VALUES ($1) RETURNING id'");
    for (int i = 0; i < 2; i++) {
        cr_assert(cf_db_execute(own, "SELECT add_item('from a function')", NULL, 0, NULL, &err),
                  "%s", err.message);
        cf_db_rollback(own);
    }
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name LIKE 'from%'"), 0);
    run(own, "SELECT add_item('from a function')");
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name LIKE 'from%'"), 1);
    cr_assert(
        cf_db_execute(own, "SELECT id FROM item WHERE id = 1 FOR UPDATE", NULL, 0, NULL, &err),
        "%s", err.message);
}

Test(postgres_own, settings_do_not_pass_to_the_next_user_of_a_connection)
{
    cf_result result;
    cf_db    *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, open_with("pool=1"));
    run(own, "SET TimeZone = 'Asia/Tokyo'");
    cr_assert(cf_db_execute(own, "SHOW TimeZone", NULL, 0, &result, &err), "%s", err.message);
    cr_assert(cf_str_is(cf_text(result.rows->items[0].as.map->entries[0].value), "UTC"));
}

Test(postgres_own, values_come_back_as_what_they_are)
{
    cf_result     result;
    cf_value      params[] = { cf_int(-7), cf_float(0.1), cf_string("it's"), cf_bool(true) };
    const cf_map *row;
    cf_db        *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, database);
    cr_assert(cf_db_execute(own,
                            "SELECT ?::bigint AS a, ?::float8 AS b, ?::text AS c, ?::boolean AS d, "
                            "'\\x00ff10'::bytea AS e, 12.50::numeric AS f, NULL::int AS g, "
                            "'infinity'::float8 AS h, '2026-11-27 01:02:03+01'::timestamptz AS i, "
                            "sum(id) AS j, '{\"a\": 1}'::jsonb ?? 'a' AS k FROM item",
                            params, 4, &result, &err),
              "%s", err.message);
    row = result.rows->items[0].as.map;
    cr_assert_eq(cf_map_get(row, "a").as.integer, -7);
    cr_assert_float_eq(cf_map_get(row, "b").as.number, 0.1, 0);
    cr_assert(cf_str_is(cf_text(cf_map_get(row, "c")), "it's"));
    cr_assert_eq(cf_map_get(row, "d").as.integer, 1);
    cr_assert(cf_map_get(row, "e").bytes);
    cr_assert(cf_str_eq(cf_text(cf_map_get(row, "e")), cf_str_n("\0\xff\x10", 3)));
    cr_assert(cf_str_is(cf_text(cf_map_get(row, "f")), "12.50"));
    cr_assert(cf_is(cf_map_get(row, "g"), CF_TYPE_NONE));
    cr_assert_gt(cf_map_get(row, "h").as.number, 1e300);
    cr_assert(cf_str_is(cf_text(cf_map_get(row, "i")), "2026-11-27 00:02:03"));
    cr_assert_eq(cf_map_get(row, "j").as.integer, 5050);
    cr_assert_eq(cf_map_get(row, "k").as.integer, 1);
}

static int deadlocks;

static void lock_both(cf_db *own, const char *first, const char *second, cf_error *error)
{
    static int holding;

    cr_assert(cf_db_execute(own, first, NULL, 0, NULL, error), "%s", error->message);
    for (holding++; holding < 2;)
        cf_sleep(5, NULL);
    if (cf_db_execute(own, second, NULL, 0, NULL, error))
        cf_db_commit(own, error);
}

static void deadlock(void *arg)
{
    static const char *const updates[] = { "UPDATE item SET name = name WHERE id = 1",
                                           "UPDATE item SET name = name WHERE id = 2" };
    cf_arena                *mine = cf_arena_new();
    bool                     second = arg != NULL;
    cf_error                 error = { 0 };

    lock_both(cf_db_new(mine, database), updates[second], updates[!second], &error);
    if (error.code) {
        cr_assert_eq(error.code, CF_EBUSY, "%s", error.message);
        deadlocks++;
    }
    cf_arena_free(mine);
    running--;
}

Test(postgres_own, of_two_transactions_that_wait_for_each_other_one_is_told_to_try_again)
{
    ONLY_ON_POSTGRES;
    spawn(deadlock, NULL);
    spawn(deadlock, (void *)1);
    run_fibers();
    cr_assert_eq(deadlocks, 1);
}
