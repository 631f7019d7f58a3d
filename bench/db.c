/* db.c -- what the model layer costs beside bare sqlite3_step(), in one run.
 *
 * Each case runs in turns with its ruler, and the CPU time of the best turn is printed. A request
 * has an arena and a session of its own, on a fiber, as in a view. It is measured against the same
 * prepared statements in a read transaction, and against statements that lock each for itself.
 *
 * bench-db [file [case]] */
#include "item.h"

#include <stdio.h>
#include <string.h>

#include "floor_sqlite.h"

#define PARENTS 1000
#define TURNS   7

static cf_database *database;
static cf_arena    *arena; /* Of one request. */
static cf_db       *db;

/* ---- ours ---- */

static void read_keys(int64_t first, int count)
{
    for (int i = 0; i < count; i++)
        use_item(cf_db_get(db, Item, first + i));
}

static void read_list(int64_t first, int count)
{
    cf_list *items = cf_query_all(
        cf_query_limit(cf_query_order_by(cf_db_query(db, Item), "id"), count));
    Item *item;

    (void)first;
    CF_EACH(items, item)
    use_item(item);
}

static void insert(int64_t first, int count)
{
    cf_error err = { 0 };

    (void)first;
    for (int i = 0; i < count; i++) {
        Item *item = cf_db_new_row(db, Item);

        item->title = "A title of thirty characters..";
        item->body = "body";
        item->created = (cf_time){ INT64_C(1795000000123456) };
        item->live = true;
        item->score = 1.5;
        cf_db_add(db, item);
    }
    if (!cf_db_commit(db, &err))
        stop("commit", err.message);
}

static void read_children(cf_lazy lazy, int count)
{
    cf_query *q = cf_query_limit(cf_query_order_by(cf_db_query(db, Item), "id"), count);
    cf_list  *parents = cf_query_all(cf_query_load(q, "children", lazy));
    Item     *parent;

    CF_EACH(parents, parent)
    sink += (int64_t)cf_related_list(parent, "children")->len;
}

static void read_selectin(int64_t first, int count)
{
    (void)first;
    read_children(CF_SELECTIN, count);
}

static void read_lazily(int64_t first, int count)
{
    (void)first;
    read_children(CF_LAZY_SELECT, count);
}

/* ---- the ruler ---- */

static void floor_keys(int64_t first, int count)
{
    sink += floor_read_keys(first, count, 1);
}

static void floor_keys_locking(int64_t first, int count)
{
    sink += floor_read_keys(first, count, 0);
}

static void floor_list(int64_t first, int count)
{
    (void)first;
    sink += floor_read_list(count, 1);
}

static void floor_list_locking(int64_t first, int count)
{
    (void)first;
    sink += floor_read_list(count, 0);
}

static void floor_inserts(int64_t first, int count)
{
    (void)first;
    floor_insert(count);
}

static void floor_children(int64_t first, int count)
{
    (void)first;
    sink += floor_read_children(count);
}

/* ---- measuring ---- */

typedef void work(int64_t first, int count);

typedef struct bench_case {
    const char *name;
    work       *ours, *ruler, *locking;
    int         count, requests;
} bench_case;

typedef struct turn {
    work  *run;
    int    count, requests;
    double us;
} turn;

static void as_requests(void *data)
{
    turn  *t = data;
    double start = cpu_us();

    for (int i = 0; i < t->requests; i++) {
        db = cf_db_new(arena, database);
        t->run(1 + i * 7919 % (ITEMS - 100), t->count);
        cf_arena_reset(arena);
    }
    t->us = (cpu_us() - start) / t->requests;
}

static double measure_ours(const bench_case *c)
{
    turn     t = { c->ours, c->count, c->requests, 0 };
    cf_error err = { 0 };

    if (!cf_fiber_spawn("bench", as_requests, &t, &err))
        stop("fiber", err.message);
    cf_fiber_run();
    return t.us;
}

static double measure_ruler(const bench_case *c, work *run)
{
    double start = cpu_us();

    if (!run)
        return 0;
    for (int i = 0; i < c->requests; i++)
        run(1 + i * 7919 % (ITEMS - 100), c->count);
    return (cpu_us() - start) / c->requests;
}

static double best(double a, double b)
{
    return a > 0 && a < b ? a : b;
}

static void run_case(const bench_case *c)
{
    double ours = 0, ruler = 0, locking = 0;

    for (int i = 0; i < TURNS; i++) {
        ours = best(ours, measure_ours(c));
        ruler = best(ruler, measure_ruler(c, c->ruler));
        locking = best(locking, measure_ruler(c, c->locking));
    }
    printf("%-34s %9.2f %9.2f %7.2f", c->name, ours, ruler, ours / ruler);
    if (c->locking)
        printf(" %9.2f %7.2f", locking, ours / locking);
    printf("\n");
}

static void fill(void)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *session = cf_db_new(mine, database);
    cf_error  err = { 0 };

    for (int i = 0; i < ITEMS; i++) {
        Item *item = cf_db_new_row(session, Item);

        item->title = "A title of thirty characters..";
        item->body =
            "A body that is somewhat longer, as the first words of a post would be: a hundred "
            "characters or so.";
        item->created = (cf_time){ INT64_C(1795000000123456) };
        item->parent_id = i < PARENTS ? 0 : 1 + i % PARENTS;
        cf_db_add(session, item);
    }
    if (!cf_db_commit(session, &err))
        stop("fill", err.message);
    cf_arena_free(mine);
}

static const bench_case cases[] = {
    { "1 row by key", read_keys, floor_keys, floor_keys_locking, 1, 20000 },
    { "5 rows by key", read_keys, floor_keys, floor_keys_locking, 5, 8000 },
    { "20 rows by key", read_keys, floor_keys, floor_keys_locking, 20, 3000 },
    { "12-row list", read_list, floor_list, floor_list_locking, 12, 8000 },
    { "1,000 parents' children: selectin", read_selectin, floor_children, NULL, PARENTS, 10 },
    { "1,000 parents' children: select", read_lazily, floor_children, NULL, PARENTS, 10 },
    { "1,000 inserts in a transaction", insert, floor_inserts, NULL, 1000, 10 },
};

int main(int argc, char **argv)
{
    const char                  *path = argc > 1 ? argv[1] : "bench.db";
    cf_arena                    *app = cf_arena_new();
    static const cf_model *const list[] = { &Item_model, NULL };
    cf_error                     err = { 0 };
    cf_database_options          options = { .models = cf_models_new(app, list, &err) };

    remove(path);
    arena = cf_arena_new();
    if (!options.models)
        stop("models", err.message);
    database = cf_database_open(app, cf_printf(app, "sqlite:///%s", path), &options, &err);
    if (!database || !cf_schema_create_all(database, &err))
        stop("database", err.message);
    fill();
    floor_open(path);
    printf("CPU us a request                        ours      bare   ratio  locking   ratio\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (argc < 3 || strcmp(argv[2], cases[i].name) == 0)
            run_case(&cases[i]);
    floor_close();
    cf_arena_free(arena);
    cf_arena_free(app);
    remove(path);
    return sink == 0;
}
