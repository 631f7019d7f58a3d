/* test_postgres_change.c -- tables that are changed while an app reads them.
 *
 * A prepared statement's rows come in binary form when all of its columns' types have one that is
 * read; float4 and xml have none. Runs on the server that CARAFE_TEST_DATABASE names, and passes by
 * without one. */
#include "postgres_items.h"

TestSuite(postgres_change, .init = items_setup, .fini = fixture_end);

typedef struct Reading {
    CF_ROW;
    int64_t     id;
    double      value;
    const char *note;
} Reading;
extern const cf_model Reading_model;

CF_MODEL(Reading, "reading", CF_COLUMN(Reading, id, .primary_key = true), CF_COLUMN(Reading, value),
         CF_COLUMN(Reading, note));

static void open_readings(const char *options)
{
    static const cf_model *const models[] = { &Reading_model, NULL };

    run(cf_db_new(arena, database),
        "CREATE TABLE reading (id BIGINT PRIMARY KEY, value DOUBLE PRECISION, note TEXT); ");
    run(cf_db_new(arena, database), "INSERT INTO reading VALUES (1, 0.1, 'one'), (2, 0.2, 'two')");
    database = open_models_with(models, options);
}

/* Reads the row in a session of its own; `after`: a statement that a transaction begins with. */
static void read_one(const char *after)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, database);
    Reading  *row;

    if (after)
        cr_assert(cf_db_execute(own, after, NULL, 0, NULL, &err), "%s", err.message);
    row = cf_db_get(own, Reading, 1);
    cr_assert(row, "%s", cf_db_error(own)->message);
    cr_assert_float_eq(row->value, 0.1, 1e-9, "%g", row->value);
    cr_assert_str_eq(row->note, "one");
    cr_assert_eq(cf_query_count(cf_db_query(own, Reading)), 2);
    cf_arena_free(mine);
}

static bool changed;

static void read_often(void)
{
    for (int i = 0; i < 4; i++)
        read_one(NULL);
}

static void change_and_read(void *arg)
{
    static const char *const changes[] = {
        "ALTER TABLE reading ALTER value TYPE REAL",
        "ALTER TABLE reading ALTER note TYPE XML USING note::xml",
        "ALTER TABLE reading ALTER value TYPE DOUBLE PRECISION USING value::text::float8",
        "ALTER TABLE reading ALTER note TYPE VARCHAR(10)",
        "ALTER TABLE reading ALTER note TYPE TEXT",
    };

    (void)arg;
    read_often();
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        /* Others read meanwhile, over the same connections. */
        run(cf_db_new(arena, database), changes[i]);
        read_often();
    }
    changed = true;
    running--;
}

static void read_meanwhile(void *arg)
{
    (void)arg;
    do
        read_often();
    while (!changed);
    running--;
}

Test(postgres_change, a_column_of_another_type_is_read_at_once)
{
    static const char *const options[] = { "prepare=1", "prepare=0", "pool=1&readers=1" };

    ONLY_ON_POSTGRES;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        cf_database *server = database;

        open_readings(options[i]);
        running++;
        change_and_read(NULL);
        spawn(change_and_read, NULL);
        for (int j = 0; j < 3; j++)
            spawn(read_meanwhile, NULL);
        run_fibers();
        database = server;
        run(cf_db_new(arena, database), "DROP TABLE reading");
    }
}

/* What a pooler does that prepares on each of its connections what a client has prepared on one:
 * the statement's name stays, for a table that has changed. Not by DO, after which a connection is
 * closed. */
static const char make_anew[] =
    "CREATE FUNCTION prepare_anew() RETURNS bigint LANGUAGE plpgsql AS $$ "
    "DECLARE r record; n bigint := 0; BEGIN "
    "FOR r IN SELECT name, statement FROM pg_prepared_statements WHERE NOT from_sql LOOP "
    "EXECUTE 'DEALLOCATE ' || r.name; "
    "EXECUTE 'PREPARE ' || r.name || ' AS ' || r.statement; n := n + 1; "
    "END LOOP; RETURN n; END $$";

Test(postgres_change, nor_is_it_read_as_what_it_was_on_another_connection)
{
    ONLY_ON_POSTGRES;
    run(cf_db_new(arena, database), make_anew);
    for (int i = 0; i < 2; i++) {
        cf_database *server = database;

        open_readings("pool=1&prepare=1");
        read_often();
        run(cf_db_new(arena, database), "ALTER TABLE reading ALTER value TYPE REAL");
        cr_assert_geq(number(database, "SELECT prepare_anew()"), 2);
        /* The second time in the middle of a transaction. */
        read_one(i ? "UPDATE reading SET value = value WHERE id = 2" : NULL);
        read_often();
        database = server;
        run(cf_db_new(arena, database), "DROP TABLE reading");
    }
}

Test(postgres_change, a_transaction_may_begin_with_what_was_prepared_before)
{
    Reading *row;
    cf_db   *own;

    ONLY_ON_POSTGRES;
    open_readings("pool=1");
    for (int i = 0; i < 4; i++) {
        own = cf_db_new(arena, database);
        row = cf_db_new_row(own, Reading);
        row->id = 10 + i;
        row->note = "new";
        cf_db_add(own, row);
        cr_assert(cf_db_commit(own, &err), "%s", err.message);
        if (i == 2)
            run(own, "ALTER TABLE reading ALTER id TYPE INTEGER");
    }
    cr_assert_eq(number(database, "SELECT count(*) FROM reading WHERE note = 'new'"), 4);
}

/* A date where the model has a time, and a time where it has a date. */
typedef struct Event {
    CF_ROW;
    int64_t id;
    cf_time starts;
    cf_date ends;
} Event;
extern const cf_model Event_model;

CF_MODEL(Event, "event", CF_COLUMN(Event, id, .primary_key = true), CF_COLUMN(Event, starts),
         CF_COLUMN(Event, ends));

Test(postgres_change, dates_and_times_are_read_as_each_other)
{
    static const cf_model *const models[] = { &Event_model, NULL };

    ONLY_ON_POSTGRES;
    run(cf_db_new(arena, database),
        "CREATE TABLE event (id BIGINT PRIMARY KEY, starts DATE, ends TIMESTAMPTZ)");
    run(cf_db_new(arena, database),
        "INSERT INTO event VALUES (1, '2026-11-27', '2026-11-28 23:59:59+00')");
    database = open_models_with(models, "prepare=1");
    /* As text, and then in binary form. */
    for (int i = 0; i < 4; i++) {
        cf_db *own = cf_db_new(arena, database);
        Event *event = cf_db_get(own, Event, 1);

        cr_assert(event, "%s", cf_db_error(own)->message);
        cr_assert_eq(event->starts.us, INT64_C(1795737600) * CF_SECOND);
        cr_assert_eq(event->ends.day, 28);
    }
}
