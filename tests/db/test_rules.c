/* test_rules.c -- rules of a model beside those of the live table. */
#include "fixture.h"

#include <carafe/migrate.h>

/* One table, as several versions of an app declare it. */
typedef struct Plain {
    CF_ROW;
    int64_t     id, n;
    const char *name;
    cf_clock    opens;
} Plain;
typedef Plain         Short, Long, Noted, Made;
extern const cf_model Plain_model, Short_model, Long_model, Noted_model, Made_model;

#define COLUMNS(type)                                                                              \
    CF_COLUMN(type, id, .primary_key = true), CF_COLUMN(type, n), CF_COLUMN(type, name),           \
        CF_COLUMN(type, opens)

CF_MODEL(Plain, "slot", COLUMNS(Plain));
CF_MODEL(Short, "slot", COLUMNS(Short), CF_CHECK(Short, named, "name <> '10:30'"),
         CF_CHECK(Short, timed, "opens <> '10:30'"),
         CF_INDEX(Short, "n", .where = "name > '09:00'", .name = "some"));
CF_MODEL(Long, "slot", COLUMNS(Long), CF_CHECK(Long, named, "name <> '10:30:00'"),
         CF_CHECK(Long, timed, "opens <> '10:30:00'"),
         CF_INDEX(Long, "n", .where = "name > '09:00'", .name = "some"));
CF_MODEL(Noted, "slot", COLUMNS(Noted), CF_CHECK(Noted, positive, "n > 0 -- or none"),
         CF_INDEX(Noted, "n", .where = "n > 5 -- the large ones", .name = "large"));
CF_MODEL(Made, "slot", COLUMNS(Made), CF_CHECK(Made, computed, "day <> '12:30'"),
         CF_INDEX(Made, "n", .where = "day > '09:00'", .name = "early"));

static const char *place;

static void setup(void)
{
    fixture_arena();
    place = test_place(arena);
}

TestSuite(rules, .init = setup, .fini = fixture_end);

/* The same database as another version of the app opens it. */
static void open_as(const cf_model *model)
{
    const cf_model *const models[] = { model, NULL };
    cf_database_options   how = { .models = cf_models_new(arena, models, &err) };

    cr_assert(how.models, "%s", err.message);
    database = cf_database_open(arena, test_url(arena, place), &how, &err);
    cr_assert(database, "%s", err.message);
}

static cf_difference compare(void)
{
    cf_difference d;

    cr_assert(cf_migrate_compare(arena, database, NULL, &d, &err), "%s", err.message);
    return d;
}

static void migrate(const cf_difference *d)
{
    const char *const none[] = { NULL };
    const char       *text = cf_migration_text(arena, d, "a trial", none, &err);
    const cf_asset    file = { .path = "migrations/0001_trial.sql", .data = cf_str_of(text) };
    const cf_bundle   bundle = { &file, 1, NULL };

    cr_assert(text, "%s", err.message);
    cr_assert(cf_migrate_upgrade(database, &bundle, NULL, NULL, &err), "%s\n%s", err.message, text);
}

Test(rules, a_text_that_looks_like_a_time_is_one_in_a_column_of_times_only)
{
    cf_difference d;

    open_as(&Short_model);
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    d = compare();
    cr_assert_eq(d.count, 0, "%s", d.count ? d.changes[0].text : "");
    open_as(&Long_model);
    d = compare();
    for (size_t i = 0; i < d.count; i++)
        cr_expect(strstr(d.changes[i].text, "name <>"), "%s", d.changes[i].text);
    cr_assert_gt(d.count, 0);
    migrate(&d);
    d = compare();
    cr_assert_eq(d.count, 0, "%s", d.count ? d.changes[0].text : "");
}

/* The model does not know what type the column has, the live table does. */
Test(rules, over_a_column_that_is_computed_are_made_once)
{
    cf_difference d;

    open_as(&Plain_model);
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    db = cf_db_new(arena, database);
    run(db, cf_printf(arena, "ALTER TABLE slot ADD COLUMN day TEXT GENERATED ALWAYS AS (name) %s",
                      test_on_postgres() ? "STORED" : "VIRTUAL"));
    open_as(&Made_model);
    d = compare();
    cr_assert_gt(d.count, 1);
    migrate(&d);
    d = compare();
    cr_assert_eq(d.count, 0, "%s", d.count ? d.changes[0].text : "");
}

Test(rules, a_comment_at_a_rules_end_is_no_part_of_the_migration)
{
    cf_difference d;

    open_as(&Plain_model);
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    open_as(&Noted_model);
    d = compare();
    cr_assert_gt(d.count, 1);
    migrate(&d);
    d = compare();
    cr_assert_eq(d.count, 0, "%s", d.count ? d.changes[0].text : "");
    db = cf_db_new(arena, database);
    cr_assert_not(
        cf_db_execute(db, "INSERT INTO slot (id, n) VALUES (1, -1)", NULL, 0, NULL, &err));
    cr_assert_eq(err.code, CF_ECONFLICT, "%s", err.message);
}

/* Each is written so that PostgreSQL takes it for what it was. */
Test(rules, that_are_inspected_keep_the_casts_that_matter)
{
    static const char *const cases[][2] = {
        { "1::numeric / 2::numeric < x", "(1.0 / 2.0) < x" },
        { "x / 1 > 0.5", "(x / 1.0) > 0.5" },
        { "n::text <> '0'", "CAST(n AS text) <> '0'" },
        { "at::text LIKE '2%'", "CAST(at AS text) LIKE '2%'" },
        { "name::varchar(2) = 'ab'", "(((name)::character varying(2))::text = 'ab'::text)" },
        { "x::numeric(10, 0) = x", "((x)::numeric(10,0) = x)" },
        { "name = CURRENT_USER", "(name = CURRENT_USER)" },
        { "(n, x) < (1, 2)", "(n, x) < (1, CAST(2 AS numeric))" },
        { "name::text = 'a' AND x > 1 AND at > '2020-01-01'",
          "(name = 'a') AND (x > 1) AND (at > '2020-01-01 00:00:00+00')" },
    };
    cf_inspection found;

    if (!test_on_postgres())
        return;
    open_as(&Plain_model);
    db = cf_db_new(arena, database);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run(db, cf_printf(arena,
                          "CREATE TABLE t%zu (id BIGINT PRIMARY KEY, n INTEGER, x NUMERIC(10,2), "
                          "name TEXT, at TIMESTAMPTZ, CONSTRAINT rule CHECK (%s))",
                          i, cases[i][0]));
    cr_assert(cf_inspect(arena, database, &found, &err), "%s", err.message);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect(strstr(found.source, cf_printf(arena, "rule, \"%s\")", cases[i][1])), "%s in %s",
                  cases[i][1], found.source);
}

Test(rules, what_models_have_not_is_named_by_inspect)
{
    const char   *does = "BEGIN SELECT 1; END";
    cf_inspection found;

    open_as(&Plain_model);
    db = cf_db_new(arena, database);
    run(db, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)");
    run(db, "CREATE VIEW daily AS SELECT name FROM thing");
    if (test_on_postgres()) {
        run(db, "CREATE MATERIALIZED VIEW kept AS SELECT name FROM thing");
        run(db, "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN NEW; END $$");
        does = "FOR EACH ROW EXECUTE FUNCTION nothing()";
        run(db, "CREATE TABLE whole (id BIGINT PRIMARY KEY) PARTITION BY LIST (id)");
        run(db, "CREATE TABLE part PARTITION OF whole DEFAULT");
        run(db, cf_printf(arena, "CREATE TRIGGER touch AFTER UPDATE ON whole %s", does));
    }
    run(db, cf_printf(arena, "CREATE TRIGGER touch AFTER UPDATE ON thing %s", does));
    run(db, cf_printf(arena, "CREATE TRIGGER put INSTEAD OF INSERT ON daily %s", does));
    cr_assert(cf_inspect(arena, database, &found, &err), "%s", err.message);
    cr_assert(strstr(found.source, "/* not managed: view daily */"), "%s", found.source);
    cr_assert(strstr(found.source, "/* not managed: trigger touch on thing */"), "%s",
              found.source);
    cr_assert(strstr(found.source, "/* not managed: trigger put on daily */"), "%s", found.source);
    cr_assert_null(strstr(found.source, "trigger touch on part"), "%s", found.source);
    cr_assert_eq(strstr(found.source, "materialized view kept") != NULL, test_on_postgres());
}
