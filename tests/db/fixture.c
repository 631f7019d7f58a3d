/* fixture.c -- what most tests of a session begin with. */
#include "fixture.h"

cf_arena    *arena;
cf_database *database;
cf_db       *db;
cf_error     err;

void fixture_arena(void)
{
    arena = cf_arena_new();
}

void fixture_database(void)
{
    fixture_arena();
    database = test_database(arena, true);
    db = cf_db_new(arena, database);
}

void fixture_models(const cf_model *const *models)
{
    fixture_arena();
    database = test_database_with(arena, models);
    db = cf_db_new(arena, database);
}

void fixture_end(void)
{
    cf_arena_free(arena);
}

void commit(void)
{
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
}

void run(cf_db *on, const char *sql)
{
    cr_assert(cf_db_execute(on, sql, NULL, 0, NULL, &err), "%s: %s", sql, err.message);
    cr_assert(cf_db_commit(on, &err), "%s: %s", sql, err.message);
}

int64_t number(cf_database *from, const char *sql)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *own = cf_db_new(mine, from);
    cf_result result = { 0 };
    int64_t   found = -1;

    cr_assert(cf_db_execute(own, sql, NULL, 0, &result, &err), "%s: %s", sql, err.message);
    if (result.rows->len)
        found = result.rows->items[0].as.map->entries[0].value.as.integer;
    cf_arena_free(mine);
    return found;
}
