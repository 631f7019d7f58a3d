/* test_postgres_rows.c -- rows that go out together, and their keys.
 * Runs on the server that CARAFE_TEST_DATABASE names, and passes by without one. */
#include "postgres_items.h"

#include <sys/wait.h>
#include <unistd.h>

TestSuite(postgres_rows, .init = items_setup, .fini = fixture_end);

/* ---- keys picked by hand ---- */

static int64_t add_item(cf_db *own, const char *name)
{
    Item *item = cf_db_new_row(own, Item);

    item->name = name;
    cf_db_add(own, item);
    cr_assert(cf_db_commit(own, &err), "%s", err.message);
    return item->id;
}

Test(postgres_rows, a_key_picked_by_hand_does_not_break_the_next_inserts)
{
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, database);
    /* The next five numbers of the sequence, and one far ahead. */
    run(own, "INSERT INTO item (id, name) SELECT n, 'hand ' || n FROM generate_series(101, 105) n");
    run(own, "INSERT INTO item (id, name) VALUES (1000, 'far')");
    cr_assert_eq(add_item(own, "one"), 1001);
    cr_assert_eq(add_item(own, "two"), 1002);
    /* Others' rules still hold. */
    Item *item = cf_db_new_row(own, Item);
    item->name = "two";
    cf_db_add(own, item);
    cr_assert_not(cf_db_commit(own, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert_str_eq(err.input, "name");
    /* Picked by the app, and taken. */
    item = cf_db_new_row(own, Item);
    item->id = 7;
    cf_db_add(own, item);
    cr_assert_not(cf_db_commit(own, &err));
    cr_assert_str_eq(err.input, "id");
}

/* ---- new rows that go out together ---- */

static Item *new_item(cf_db *own, const char *name)
{
    Item *item = cf_db_new_row(own, Item);

    item->name = name;
    cf_db_add(own, item);
    return item;
}

Test(postgres_rows, hundreds_of_new_rows_get_each_its_own_key)
{
    Item  *items[600];
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, database);
    /* In the way of the sequence, among them and far ahead. */
    run(own,
        "INSERT INTO item (id, name) SELECT n, 'hand ' || n FROM generate_series(110, 400, 7) n");
    for (int i = 0; i < 600; i++) {
        items[i] = new_item(own, cf_printf(arena, "new %d", i));
        if (i % 50 == 49)
            items[i]->id = 5000 + i;
    }
    cr_assert(cf_db_commit(own, &err), "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name LIKE 'new%'"), 600);
    for (int i = 0; i < 600; i++) {
        Item *stored = cf_db_get(cf_db_new(arena, database), Item, items[i]->id);

        cr_assert(stored);
        cr_assert_str_eq(stored->name, cf_printf(arena, "new %d", i));
    }
    /* And they are rows like any other. */
    items[7]->name = "changed";
    cr_assert(cf_db_commit(own, &err), "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name = 'changed'"), 1);
}

Test(postgres_rows, of_many_new_rows_the_first_that_is_refused_is_told)
{
    static const struct {
        int         taken, twice, late; /* Of rows 0 to 399. */
        const char *says;
    } cases[] = {
        { 300, 301, 302, "another row has this value already" },
        { 399, -1, 10, "longer than 40 characters" },
        { 9, -1, 10, "another row has this value already" },
        { -1, 200, -1, "another row has this value already" },
    };
    char too_long[100];

    ONLY_ON_POSTGRES;
    memset(too_long, 'x', 99);
    too_long[99] = '\0';
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cf_db *own = cf_db_new(arena, database);

        for (int j = 0; j < 400; j++)
            new_item(own, j == cases[i].taken   ? "item 5"
                          : j == cases[i].twice ? "new 1"
                          : j == cases[i].late  ? too_long
                                                : cf_printf(arena, "new %d", j));
        cr_assert_not(cf_db_commit(own, &err));
        cr_assert_eq(err.code, CF_ECONFLICT, "case %zu: %s", i, err.message);
        cr_assert_str_eq(err.input, "name");
        cr_assert(strstr(err.message, cases[i].says), "case %zu: %s", i, err.message);
        cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name LIKE 'new%'"), 0);
    }
}

/* The limit is each statement's, not that of all which go out together. */
Test(postgres_rows, many_slow_rows_have_a_time_limit_each)
{
    cf_db *own;

    ONLY_ON_POSTGRES;
    own = cf_db_new(arena, open_with("statement_timeout=300"));
    run(own, "CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS "
             "$$ BEGIN PERFORM pg_sleep(0.04); RETURN NEW; END $$");
    run(own, "CREATE TRIGGER nap BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION nap()");
    for (int i = 0; i < 100; i++)
        new_item(own, cf_printf(arena, "slow %d", i));
    cr_assert(cf_db_commit(own, &err), "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name LIKE 'slow%'"), 100);
}

static int insert_many(int who)
{
    cf_db *own = cf_db_new(arena, open_with("pool=2"));

    for (int i = 0; i < 50; i++) {
        Item *item = cf_db_new_row(own, Item);

        item->name = cf_printf(arena, "node %d, row %d", who, i);
        cf_db_add(own, item);
        if (!cf_db_commit(own, &err)) {
            fprintf(stderr, "node %d: %s\n", who, err.message);
            return 1;
        }
    }
    return 0;
}

Test(postgres_rows, nor_those_of_several_nodes_at_once)
{
    pid_t children[4];
    int   status;

    ONLY_ON_POSTGRES;
    run(cf_db_new(arena, database),
        "INSERT INTO item (id, name) SELECT n, 'hand ' || n FROM generate_series(101, 300, 3) n");
    cf_database_disconnect(database);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(insert_many(i));
    }
    for (int i = 0; i < 4; i++) {
        waitpid(children[i], &status, 0);
        cr_assert_eq(status, 0);
    }
    cr_assert_eq(number(database, "SELECT count(*) FROM item WHERE name LIKE 'node%'"), 200);
}
