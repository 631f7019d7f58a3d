/* test_promote.c -- rows that migrations put in, and foreign keys that act, while a database moves.
 * Runs on the server that CARAFE_TEST_DATABASE names, and passes by without one. */
#include <criterion/criterion.h>

#include <carafe/migrate.h>
#include <carafe/promote.h>

#include "models.h"

/* Tables are copied by name: author after article and book, which hang on it. The migration's own
 * author is there before the copying. */
#define TEXT                                                                                       \
    "-- up\n"                                                                                      \
    "CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(40));\n"                            \
    "CREATE TABLE article (id INTEGER PRIMARY KEY, author_id INTEGER,\n"                           \
    "  CONSTRAINT fk_article FOREIGN KEY (author_id) REFERENCES author (id)\n"                     \
    "  ON DELETE CASCADE);\n"                                                                      \
    "CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER,\n"                              \
    "  CONSTRAINT fk_book FOREIGN KEY (author_id) REFERENCES author (id)\n"                        \
    "  ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);\n"                                       \
    "CREATE TABLE chapter (id INTEGER PRIMARY KEY, next_id INTEGER,\n"                             \
    "  CONSTRAINT fk_chapter FOREIGN KEY (next_id) REFERENCES chapter (id) DEFERRABLE);\n"         \
    "INSERT INTO author (id, name) VALUES (1, 'of the migration');\n"                              \
    "INSERT INTO book (id, author_id) VALUES (7, 1);\n"                                            \
    "-- down\n"                                                                                    \
    "DROP TABLE chapter;\nDROP TABLE book;\nDROP TABLE article;\nDROP TABLE author;\n"

static const cf_asset  one[] = { { "migrations/0001_a.sql", { TEXT, sizeof(TEXT) - 1 } } };
static const cf_bundle bundle = { one, 1, NULL };

static cf_error err;

static void run(cf_db *db, const char *sql)
{
    cr_assert(cf_db_execute(db, sql, NULL, 0, NULL, &err), "%s: %s", sql, err.message);
    cr_assert(cf_db_commit(db, &err), "%s: %s", sql, err.message);
}

static int64_t number(cf_db *db, const char *sql)
{
    cf_result result = { 0 };

    cr_assert(cf_db_execute(db, sql, NULL, 0, &result, &err), "%s: %s", sql, err.message);
    cr_assert_eq(result.rows->len, 1);
    return result.rows->items[0].as.map->entries[0].value.as.integer;
}

Test(promote, what_foreign_keys_do_reaches_no_row_that_was_copied)
{
    cf_arena    *arena = cf_arena_new();
    cf_promotion done = { 0 };
    const char  *place, *url;
    cf_database *source;
    cf_db       *db;

    if (!test_on_postgres()) {
        cf_arena_free(arena);
        return;
    }
    place = test_place(arena);
    url = test_url(arena, place);
    source = cf_database_open(arena, cf_printf(arena, "sqlite:///%s", place), NULL, &err);
    cr_assert(source, "%s", err.message);
    cr_assert(cf_migrate_upgrade(source, &bundle, NULL, NULL, &err), "%s", err.message);
    db = cf_db_new(arena, source);
    run(db, "INSERT INTO article (id, author_id) VALUES (1, 1), (2, 1)");
    run(db, "INSERT INTO book (id, author_id) VALUES (8, 1)");
    run(db, "INSERT INTO chapter (id, next_id) VALUES (1, NULL)");
    run(db, "INSERT INTO chapter (id, next_id) VALUES (2, 1)");
    run(db, "UPDATE chapter SET next_id = 2 WHERE id = 1");
    cr_assert(cf_promote(arena, source, url, &bundle, &done, &err), "%s", err.message);
    cr_assert_eq(done.rows, 7);

    db = cf_db_new(arena, cf_database_open(arena, url, NULL, &err));
    cr_assert_eq(number(db, "SELECT count(*) FROM article WHERE author_id = 1"), 2);
    cr_assert_eq(number(db, "SELECT count(*) FROM book WHERE author_id = 1"), 2);
    cr_assert_eq(number(db, "SELECT count(*) FROM chapter WHERE next_id IS NOT NULL"), 2);
    cr_assert_eq(number(db, "SELECT count(*) FROM pg_constraint WHERE conname = 'fk_article' AND "
                            "NOT condeferrable AND connamespace = current_schema::regnamespace"),
                 1);
    cr_assert_eq(number(db, "SELECT count(*) FROM pg_constraint WHERE conname = 'fk_book' AND "
                            "condeferred AND connamespace = current_schema::regnamespace"),
                 1);
    cr_assert_eq(number(db, "SELECT count(*) FROM pg_constraint WHERE conname = 'fk_chapter' AND "
                            "condeferrable AND NOT condeferred AND "
                            "connamespace = current_schema::regnamespace"),
                 1);
    cf_arena_free(arena);
}
