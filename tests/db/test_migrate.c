/* test_migrate.c -- migrations: parsing, up and down, failures, and two processes at once. */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models.h"

static cf_arena    *arena;
static cf_database *database;
static cf_error     err;

static void setup(void)
{
    arena = cf_arena_new();
    database = test_database(arena, true);
    cr_assert(cf_schema_drop_all(database, &err), "%s", err.message);
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(migrate, .init = setup, .fini = teardown);

#define FILE_(path_, text)                                                                         \
    {                                                                                              \
        .path = "migrations/" path_, .data = { "" text, sizeof(text) - 1 }                         \
    }

static const cf_asset three[] = {
    FILE_("0001_init.sql",
          "-- the beginning\n-- up\nCREATE TABLE a (id INTEGER PRIMARY KEY, n TEXT);\n"
          "INSERT INTO a (id, n) VALUES (1, 'x;y -- z');\n-- down\nDROP TABLE a;\n"),
    FILE_("0002_b.sql",
          "-- up\nCREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id));\n"
          "INSERT INTO b (id, a_id) VALUES (1, 1);\n-- down\nDROP TABLE b;\n"),
    FILE_(
        "0003_rebuild.sql",
        "-- up sqlite\n"
        "CREATE TABLE a2 (id INTEGER PRIMARY KEY, n TEXT NOT NULL, m INTEGER DEFAULT 7);\n"
        "INSERT INTO a2 (id, n) SELECT id, n FROM a;\nDROP TABLE a;\nALTER TABLE a2 RENAME TO a;\n"
        "-- up postgresql\nALTER TABLE a ALTER n SET NOT NULL, ADD m INTEGER DEFAULT 7;\n"),
    { .path = "templates/x.html", .data = { "x", 1 } },
};
static const cf_bundle bundle = { three, 4, NULL };

static int64_t number(const char *sql)
{
    cf_db    *db = cf_db_new(arena, database);
    cf_result result = { 0 };

    if (!cf_db_execute(db, sql, NULL, 0, &result, NULL) || !result.rows->len)
        return -1;
    return result.rows->items[0].as.map->entries[0].value.as.integer;
}

Test(migrate, applies_what_is_missing_once)
{
    size_t        done = 9;
    cf_migrations history;

    cr_assert_null(cf_migrate_current(arena, database, &err));
    cr_assert_eq(err.code, CF_OK);
    cr_assert_not(cf_migrate_check(database, &bundle, &err));
    cr_assert(strstr(err.message, "0001_init is not applied; run `db upgrade`"), "%s", err.message);
    cr_assert(cf_migrate_upgrade(database, &bundle, "2", &done, &err), "%s", err.message);
    cr_assert_eq(done, 2);
    cr_assert_str_eq(cf_migrate_current(arena, database, &err), "0002_b");
    cr_assert(cf_migrate_upgrade(database, &bundle, NULL, &done, &err), "%s", err.message);
    cr_assert_eq(done, 1);
    cr_assert_eq(number("SELECT m FROM a"), 7);
    cr_assert_eq(number("SELECT count(*) FROM b"), 1);
    cr_assert(cf_migrate_upgrade(database, &bundle, NULL, &done, &err));
    cr_assert_eq(done, 0);
    cr_assert(cf_migrate_check(database, &bundle, &err));
    cr_assert(cf_migrate_history(arena, database, &bundle, &history, &err));
    cr_assert_eq(history.count, 3);
    cr_assert(history.items[0].applied && history.items[0].applied_at && !history.items[0].changed);
    cr_assert(history.items[1].reversible && !history.items[2].reversible);
}

Test(migrate, undoes)
{
    size_t done;

    cr_assert(cf_migrate_upgrade(database, &bundle, "0002_b", NULL, &err));
    cr_assert(cf_migrate_downgrade(database, &bundle, NULL, &done, &err), "%s", err.message);
    cr_assert_eq(done, 1);
    cr_assert_str_eq(cf_migrate_current(arena, database, &err), "0001_init");
    cr_assert(cf_migrate_downgrade(database, &bundle, "0", &done, &err));
    cr_assert_eq(done, 1);
    cr_assert_null(cf_migrate_current(arena, database, &err));
    cr_assert_eq(number("SELECT 1 FROM a"), -1);
    cr_assert_eq(number("SELECT 1 FROM b"), -1);
    cr_assert(cf_migrate_upgrade(database, &bundle, NULL, NULL, &err));
    cr_assert_not(cf_migrate_downgrade(database, &bundle, "0", NULL, &err));
    cr_assert_eq(err.code, CF_EUNSUPPORTED);
    cr_assert_not(cf_migrate_upgrade(database, &bundle, "0009", NULL, &err));
    cr_assert_eq(err.code, CF_ENOTFOUND);
}

/* Upgrades by the first file and another; expects a failure that leaves the first applied. */
static void fails(const char *text, int line, const char *says)
{
    const cf_asset two[] = { three[0],
                             { .path = "migrations/0002_x.sql", .data = cf_str_of(text) } };
    cf_bundle      both = { two, 2, NULL };

    cr_assert_not(cf_migrate_upgrade(database, &both, NULL, NULL, &err), "accepted: %s", text);
    cr_assert(strstr(err.message, says), "%s", err.message);
    cr_assert(strstr(err.message, "migrations/0002_x.sql"), "%s", err.message);
    cr_assert_eq(err.input_line, line, "line %d of: %s", err.input_line, text);
    cr_assert(!strchr(text, 'C') ||
              strcmp(cf_migrate_current(arena, database, NULL), "0001_init") == 0);
    cr_assert_eq(number("SELECT 1 FROM half LIMIT 1"), -1);
    cr_assert_eq(number("SELECT count(*) FROM half"), -1);
}

Test(migrate, a_failing_migration_is_undone_whole_and_named_with_its_line)
{
    fails("-- up\n\nCREATE TABLE half (id INTEGER);\n\nCREAT TABLE b (id);\n", 5,
          test_on_postgres() ? "at or near \"CREAT\"" : "near \"CREAT\"");
    fails("-- up\nCREATE TABLE half (id INTEGER);\nINSERT INTO no_table VALUES (1);\n", 3,
          test_on_postgres() ? "relation \"no_table\" does not exist" : "no such table");
    fails("-- up\nCREATE TABLE half (id INTEGER);\nCOMMIT;\nSELECT 1;", 3,
          "COMMIT does not belong here");
    fails(
        "-- up\nCREATE TABLE half (id INTEGER);\n\f/* a comment that is longer than a word */ COMMIT;",
        3, "COMMIT does not belong here");
    fails(test_on_postgres() ? "-- up\nCREATE TABLE half (id INTEGER);\n/* /* */ */ COMMIT;"
                             : "-- up\nCREATE TABLE half (id INTEGER);\n/* /* */ COMMIT;",
          3, "COMMIT does not belong here");
    fails(
        "-- up\nCREATE TABLE half (a_id INTEGER REFERENCES a (id));\nINSERT INTO half VALUES (99);",
        test_on_postgres() ? 3 : 0,
        test_on_postgres() ? "there is no such row in a"
                           : "would reference a row of a that does not exist");
    fails("-- up\nCREATE TABLE half (n TEXT UNIQUE);\nINSERT INTO half VALUES ('a');\n"
          "/* two */ INSERT INTO half\nVALUES ('a');",
          4, "another row has this value");
    /* The connection is as it was: foreign keys are on again. */
    cr_assert(cf_migrate_upgrade(database, &bundle, NULL, NULL, &err), "%s", err.message);
    cr_assert_eq(number("INSERT INTO b (id, a_id) VALUES (7, 99) RETURNING 1"), -1);
}

Test(migrate, a_database_of_a_newer_program_is_refused)
{
    cf_bundle first = { three, 1, NULL };

    cr_assert(cf_migrate_upgrade(database, &bundle, NULL, NULL, &err));
    cr_assert_not(cf_migrate_upgrade(database, &first, NULL, NULL, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert(strstr(err.message, "0002_b"), "%s", err.message);
}

Test(migrate, a_changed_file_is_told)
{
    cf_asset      changed[] = { FILE_("0001_init.sql", "-- up\nCREATE TABLE c (id INTEGER);\n") };
    cf_bundle     first = { three, 1, NULL }, other = { changed, 1, NULL };
    cf_migrations history;

    cr_assert(cf_migrate_upgrade(database, &first, NULL, NULL, &err));
    cr_assert(cf_migrate_history(arena, database, &other, &history, &err));
    cr_assert(history.items[0].applied && history.items[0].changed);
}

Test(migrate, two_processes_upgrading_at_once_do_it_once)
{
    pid_t children[4];
    int   status;

    cf_database_disconnect(database);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(cf_migrate_upgrade(database, &bundle, NULL, NULL, &err) ? 0 : 1);
    }
    for (int i = 0; i < 4; i++) {
        waitpid(children[i], &status, 0);
        cr_assert_eq(status, 0);
    }
    cr_assert_eq(number("SELECT count(*) FROM a"), 1);
    cr_assert_eq(number("SELECT count(*) FROM carafe_version"), 3);
}

typedef struct parse_case {
    const char *path, *text, *says;
    int         line;
} parse_case;

Test(migrate, malformed_files_are_refused_with_their_line)
{
    static const parse_case cases[] = {
        { "migrations/1_x.sql", "-- up\nSELECT 1;", "named NNNN_name.sql", 0 },
        { "migrations/init.sql", "-- up\nSELECT 1;", "named NNNN_name.sql", 0 },
        { "migrations/0000_x.sql", "-- up\nSELECT 1;", "named NNNN_name.sql", 0 },
        { "migrations/0001_.sql", "-- up\nSELECT 1;", "named NNNN_name.sql", 0 },
        { "0001_x.sql", "", "no part \"-- up\"", 0 },
        { "0001_x.sql", "-- down\nSELECT 1;", "no part \"-- up\"", 0 },
        { "0001_x.sql", "CREATE TABLE a (id);\n-- up\nSELECT 1;", "before the line \"-- up\"", 1 },
        { "0001_x.sql", "-- up\n-- only words\n\n-- down\nSELECT 1;", "no SQL", 1 },
        { "0001_x.sql", "-- up\nSELECT 1;\n-- up\nSELECT 2;", "twice", 3 },
        { "0001_x.sql", "-- up oracle\nSELECT 1;", "sqlite or postgresql", 1 },
        { "0001_x.sql", "-- up\nSELECT '\xff';", "not UTF-8", 0 },
        { "0001_x.sql", "-- up postgresql\nSELECT 1;", "no part \"-- up\" for sqlite", 0 },
    };
    cf_migration m;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        err = (cf_error){ 0 };
        cr_assert_not(
            cf_migration_parse(arena, cases[i].path, cf_str_of(cases[i].text), "sqlite", &m, &err),
            "case %zu", i);
        cr_assert(strstr(err.message, cases[i].says), "case %zu: %s", i, err.message);
        cr_assert_eq(err.input_line, cases[i].line, "case %zu", i);
    }
}

Test(migrate, parts_for_an_engine_replace_the_plain_ones)
{
    cf_str text = CF_STR(
        "-- what it does\r\n--up sqlite\r\nSELECT 1;\r\n-- UP\r\nSELECT 2;\r\n"
        "-- up to here\r\n-- down\r\nSELECT 3;\r\n-- down postgresql\r\nSELECT 4;");
    cf_migration m;

    cr_assert(cf_migration_parse(arena, "0012_x_y.sql", text, "sqlite", &m, &err), "%s",
              err.message);
    cr_assert(cf_str_is(cf_str_trim(m.up), "SELECT 1;"));
    cr_assert_eq(m.up_line, 3);
    cr_assert(cf_str_is(cf_str_trim(m.down), "SELECT 3;"));
    cr_assert_eq(m.number, 12);
    cr_assert_str_eq(m.revision, "0012_x_y");
    cr_assert(cf_migration_parse(arena, "0012_x_y.sql", text, "postgresql", &m, &err));
    cr_assert(cf_str_starts(m.up, CF_STR("SELECT 2;")));
    cr_assert(cf_str_is(m.down, "SELECT 4;"));
}

Test(migrate, printed_sql_ends_a_statement_that_the_file_does_not)
{
    static const cf_asset files[] = {
        FILE_("0001_a.sql", "-- up\nCREATE TABLE a (id INTEGER)\n-- no semicolon;\n"),
        FILE_("0002_b.sql", "-- up\nINSERT INTO a VALUES (1); -- ended\n"),
    };
    static const cf_bundle b = { files, 2, NULL };
    const char            *sql = cf_migrate_sql(arena, database, &b, NULL, true, &err);

    cr_assert(sql, "%s", err.message);
    cr_assert(strstr(sql, "-- no semicolon;\n;\nINSERT INTO carafe_version"), "%s", sql);
    cr_assert(strstr(sql, "-- ended\nINSERT INTO carafe_version"), "%s", sql);
}

Test(migrate, the_schema_check_tells_what_is_missing)
{
    cf_db *db = cf_db_new(arena, database);

    cr_assert_not(cf_schema_check(database, &err));
    cr_assert(strstr(err.message, "table tag is missing"), "%s", err.message);
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    cr_assert(cf_schema_check(database, &err), "%s", err.message);
    cr_assert(cf_db_execute(db, "ALTER TABLE post DROP COLUMN body", NULL, 0, NULL, NULL));
    cr_assert(cf_db_execute(db, "DROP TABLE tags_posts", NULL, 0, NULL, NULL));
    cr_assert(cf_db_commit(db, NULL));
    cr_assert_not(cf_schema_check(database, &err));
    cr_assert(strstr(err.message, "column post.body is missing"), "%s", err.message);
    cr_assert(strstr(err.message, "table tags_posts is missing"), "%s", err.message);
}
