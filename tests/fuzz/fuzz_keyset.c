/* fuzz_keyset.c -- cursors of keyset pages, as a browser sends them back: none but a page or
 * nothing comes of them, and what a page gives as its own is taken again. */
#include <stdint.h>
#include <stdlib.h>

#include <carafe/query.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Thing {
    CF_ROW;
    int64_t     id;
    const char *name;
    cf_time     made;
    cf_decimal  price;
    double      score;
} Thing;
extern const cf_model Thing_model;

CF_MODEL(Thing, "thing", CF_COLUMN(Thing, id, .primary_key = true), CF_COLUMN(Thing, name),
         CF_COLUMN(Thing, made), CF_COLUMN(Thing, price, .nullable = true),
         CF_COLUMN(Thing, score));

static cf_database *database;

static void open_database(void)
{
    static const cf_model *const list[] = { &Thing_model, NULL };
    cf_arena                    *arena = cf_arena_new();
    cf_error                     err = { 0 };
    cf_database_options          options = { .models = cf_models_new(arena, list, &err) };
    cf_db                       *db;

    database = cf_database_open(arena, "sqlite://:memory:", &options, &err);
    if (!database || !cf_schema_create_all(database, &err))
        abort();
    db = cf_db_new(arena, database);
    for (int i = 0; i < 6; i++) {
        Thing *thing = cf_db_new_row(db, Thing);

        thing->name = i % 3 ? "a" : NULL;
        thing->made = (cf_time){ i % 2 * CF_DAY };
        thing->price = (cf_decimal){ i, 2 };
        thing->score = i / 2;
        cf_db_add(db, thing);
    }
    if (!cf_db_commit(db, &err))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const orders[] = { "", "-name,made", "-price", "score,-made" };
    cf_arena                *arena;
    cf_db                   *db;
    cf_query                *q;
    cf_keyset               *page, *next;
    const char              *text;

    if (!database)
        open_database();
    if (!size)
        return 0;
    arena = cf_arena_new();
    db = cf_db_new(arena, database);
    q = cf_query_order_by(cf_db_query(db, Thing), orders[data[0] % 4]);
    text = cf_strndup(arena, (const char *)data + 1, size - 1);
    page = cf_query_keyset(q, text, 2);
    if (cf_db_error(db)->code)
        abort();
    if (page && page->items->len > 2)
        abort();
    if (page && page->next) {
        next = cf_query_keyset(q, page->next, 2);
        if (!next || (next->items->len &&
                      cf_row_at(next->items, 0) == cf_row_at(page->items, page->items->len - 1)))
            abort();
    }
    cf_arena_free(arena);
    return 0;
}
