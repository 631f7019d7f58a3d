/* test_migrate_random.c -- random models, changed at random: the migration that is made of it leads
 * there and back.
 *
 * For every seed: tables are made and filled; the models change; the difference goes up; nothing
 * differs any more; it goes down; the schema is the old one in every word, and what was kept has
 * its values. On PostgreSQL the migrations that were made against SQLite are applied too: one set
 * serves both. CARAFE_SEEDS says how many seeds, CARAFE_SEED runs one and prints its SQL. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include <carafe/json.h>

#include "models.h"
#include "random_models.h"

#define SEEDS_SQLITE   400
#define SEEDS_POSTGRES 30

typedef struct trial {
    cf_arena    *arena;
    uint64_t     seed;
    cf_database *database;
    cf__flavor   flavor;
    bool         across; /* The file was made against the other engine. */
    world        before, after;
    bool         loud;
} trial;

static void run(trial *t, const char *what, const char *sql)
{
    cf_error  err = { 0 };
    cf__conn *conn = cf__schema_begin(t->database, &err);

    if (t->loud)
        printf("---- %s (%s)\n%s\n", what, cf__flavor_name(t->flavor), sql);
    cr_assert(conn, "%s", err.message);
    if (*sql && !t->database->engine->script(conn, cf_str_of(sql), &err))
        cr_assert_fail("seed %llu: %s: %s\n%s", (unsigned long long)t->seed, what, err.message,
                       sql);
    cr_assert(t->database->engine->commit(conn, &err), "seed %llu: %s: %s\n%s",
              (unsigned long long)t->seed, what, err.message, sql);
}

static cf__schema *look(trial *t)
{
    cf__schema *schema = cf_new(t->arena, cf__schema);
    cf_error    err = { 0 };

    cr_assert(cf__schema_live(t->arena, t->database, schema, &err), "%s", err.message);
    cr_assert_eq(schema->nunread, 0, "seed %llu: %s", (unsigned long long)t->seed,
                 schema->nunread ? schema->unread[0] : "");
    return schema;
}

/* The difference between what is there and a world's models. */
static cf_difference differ(trial *t, world *w, const char *const *renames)
{
    cf__schema         *models = cf_new(t->arena, cf__schema);
    cf_compare_options *options = cf_new(t->arena, cf_compare_options);
    cf__diff           *d = cf_new(t->arena, cf__diff);
    cf_error            err = { 0 };

    *options = (cf_compare_options){ .renames = renames, .no_renames = true, .drop_unknown = true };
    cr_assert(cf__schema_of_models(t->arena, random_models(w), models, &err), "%s", err.message);
    cr_assert(cf__diff_run(t->arena, look(t), models, options, d, &err), "seed %llu: %s",
              (unsigned long long)t->seed, err.message);
    cr_assert_eq(d->nnotes, 0, "seed %llu: %s", (unsigned long long)t->seed,
                 d->nnotes ? d->notes[0] : "");
    return (cf_difference){ .changes = d->changes, .count = d->nchanges, .inside = d };
}

static void expect_none(trial *t, world *w, const char *when)
{
    cf_difference d = differ(t, w, NULL);

    for (size_t i = 0; i < d.count; i++)
        fprintf(stderr, "  %c %s\n", d.changes[i].sign, d.changes[i].text);
    cr_assert_eq(d.count, 0, "seed %llu: %s there is a difference", (unsigned long long)t->seed,
                 when);
}

/* A migration's part for this trial's engine, from the file's text. */
static const char *part(trial *t, const char *text, bool up)
{
    cf_migration m;
    cf_error     err = { 0 };

    cr_assert(cf_migration_parse(t->arena, "migrations/0001_random.sql", cf_str_of(text),
                                 t->database->engine->name, &m, &err),
              "seed %llu: %s\n%s", (unsigned long long)t->seed, err.message, text);
    cr_assert(m.reversible);
    return cf_str_dup(t->arena, up ? m.up : m.down);
}

static const char *file_of(trial *t, const cf_difference *d)
{
    cf_error    err = { 0 };
    const char *text = cf_migration_text(t->arena, d, "what changed", NULL, &err);

    cr_assert(text, "%s", err.message);
    return text;
}

static const char *values(trial *t, const char **queries)
{
    cf_buf out = cf_buf_in(t->arena, 0);

    for (size_t i = 0; queries[i]; i++) {
        cf_db    *db = cf_db_new(t->arena, t->database);
        cf_result result;
        cf_error  err = { 0 };

        cr_assert(cf_db_execute(db, queries[i], NULL, 0, &result, &err), "%s: %s", queries[i],
                  err.message);
        cf_buf_printf(&out, "%s\n", queries[i]);
        for (size_t r = 0; r < result.rows->len; r++) {
            cf_eval eval = { .arena = t->arena, .err = &err };

            cr_assert(cf_json_write(&eval, result.rows->items[r], NULL, &out, &err));
            cf_buf_putc(&out, '\n');
        }
        cf_db_rollback(db);
    }
    return cf_buf_cstr(&out);
}

/* What SQLite does not tell apart is not told apart in what its schema brings back elsewhere: JSON
 * is text there, and an INTEGER has 64 bits. */
static const cf__schema *blurred(trial *t, const cf__schema *schema)
{
    for (size_t i = 0; t->across && i < schema->ntables; i++)
        for (size_t j = 0; j < schema->tables[i].ncolumns; j++) {
            cf__type *type = &schema->tables[i].columns[j].type;

            if (type->kind == CF__TYPE_JSON)
                *type = (cf__type){ .kind = CF__TYPE_TEXT };
            if (type->kind == CF__TYPE_INT32)
                *type = (cf__type){ .kind = CF__TYPE_INT64 };
            type->text = NULL;
        }
    return schema;
}

/* Up and down by a file's text, with everything that must hold. */
static void there_and_back(trial *t, const char *text)
{
    const cf__schema *old = look(t), *back;
    const char      **kept = random_kept(&t->before, &t->after);
    const char       *rows = values(t, kept), *now;

    run(t, "up", part(t, text, true));
    expect_none(t, &t->after, "after the upgrade");
    run(t, "down", part(t, text, false));
    back = blurred(t, look(t));
    old = blurred(t, old);
    if (!cf__schema_same(old, back)) {
        for (size_t i = 0; i < old->ntables; i++) {
            const cf__schema_table *other = cf__schema_find(back, old->tables[i].name);
            cf_buf                  a = cf_buf_in(t->arena, 0), b = cf_buf_in(t->arena, 0);

            if (other && cf__table_same(&old->tables[i], other))
                continue;
            cf__ddl_table(&a, &old->tables[i], NULL, t->flavor, NULL);
            if (other)
                cf__ddl_table(&b, other, NULL, t->flavor, NULL);
            fprintf(stderr, "was %s\nis %s\n", cf_buf_cstr(&a), cf_buf_cstr(&b));
        }
        cr_assert_fail("seed %llu: the downgrade did not restore the schema\n%s",
                       (unsigned long long)t->seed, text);
    }
    now = values(t, kept);
    cr_assert_str_eq(rows, now, "seed %llu: rows changed:\n%s\nwere\n%s\n%s",
                     (unsigned long long)t->seed, now, rows, text);
    run(t, "up again", part(t, text, true));
    expect_none(t, &t->after, "after the second upgrade");
    run(t, "down again", part(t, text, false));
}

static trial begin(cf_arena *arena, uint64_t seed, cf_database *database, bool across)
{
    trial t = { .arena = arena,
                .seed = seed,
                .database = database,
                .flavor = cf__flavor_of(database),
                .loud = getenv("CARAFE_SEED") != NULL };

    t.before = random_world(arena, seed);
    t.before.across = across;
    t.after = t.before;
    random_changes(&t.after, 1 + (int)(seed % 7));
    return t;
}

/* Makes and fills the tables of before; returns the file that changes them to after. */
static const char *set_up(trial *t, const char **first)
{
    cf_difference d = differ(t, &t->before, NULL), e;

    *first = file_of(t, &d);
    run(t, "initial", part(t, *first, true));
    expect_none(t, &t->before, "after the first migration");
    run(t, "rows", random_rows(&t->before, t->flavor));
    e = differ(t, &t->after, t->after.renames);
    return e.count ? file_of(t, &e) : NULL;
}

static cf_database *memory(cf_arena *arena)
{
    cf_error     err = { 0 };
    cf_database *database = cf_database_open(arena, "sqlite://:memory:", NULL, &err);

    cr_assert(database, "%s", err.message);
    return database;
}

static cf_database *server(cf_arena *arena)
{
    cf_error     err = { 0 };
    cf_database *database = cf_database_open(arena, test_url(arena, test_place(arena)), NULL, &err);

    cr_assert(database, "%s", err.message);
    return database;
}

static uint64_t seeds(uint64_t usual)
{
    const char *text = getenv("CARAFE_SEEDS");
    int64_t     n;

    return text && cf_str_to_i64(cf_str_of(text), &n) && n > 0 ? (uint64_t)n : usual;
}

static void each_seed(uint64_t usual, void (*one)(cf_arena *arena, uint64_t seed))
{
    const char *only = getenv("CARAFE_SEED");
    int64_t     n;

    for (uint64_t seed = 1; seed <= seeds(usual); seed++) {
        cf_arena *arena = cf_arena_new();

        if (!only || (cf_str_to_i64(cf_str_of(only), &n) && (uint64_t)n == seed))
            one(arena, seed);
        cf_arena_free(arena);
    }
}

static void on_sqlite(cf_arena *arena, uint64_t seed)
{
    trial       t = begin(arena, seed, memory(arena), false);
    const char *first, *text = set_up(&t, &first);

    if (text)
        there_and_back(&t, text);
    run(&t, "back to nothing", part(&t, first, false));
}

Test(migrate_random, changes_go_up_and_down_on_sqlite, .timeout = 120)
{
    if (test_on_postgres())
        cr_skip_test("the other tests of this file are PostgreSQL's");
    each_seed(SEEDS_SQLITE, on_sqlite);
}

static void on_postgres(cf_arena *arena, uint64_t seed)
{
    trial       t = begin(arena, seed, server(arena), false);
    const char *first, *text = set_up(&t, &first);

    if (text)
        there_and_back(&t, text);
}

Test(migrate_random, changes_go_up_and_down_on_postgresql, .timeout = 300)
{
    if (!test_on_postgres())
        cr_skip_test("runs when CARAFE_TEST_DATABASE names a PostgreSQL");
    each_seed(SEEDS_POSTGRES, on_postgres);
}

/* The file is made against SQLite and applied to PostgreSQL. */
static void across(cf_arena *arena, uint64_t seed)
{
    trial       lite = begin(arena, seed, memory(arena), true), pg = lite;
    const char *first, *text = set_up(&lite, &first);

    pg.database = server(arena);
    pg.flavor = CF__POSTGRESQL;
    pg.across = true;
    run(&pg, "initial", part(&pg, first, true));
    expect_none(&pg, &pg.before, "after the first migration");
    run(&pg, "rows", random_rows(&pg.before, pg.flavor));
    if (text)
        there_and_back(&pg, text);
}

Test(migrate_random, one_set_serves_both_engines, .timeout = 300)
{
    if (!test_on_postgres())
        cr_skip_test("runs when CARAFE_TEST_DATABASE names a PostgreSQL");
    each_seed(SEEDS_POSTGRES, across);
}
