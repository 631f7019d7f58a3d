/* postgres.c -- what reads from PostgreSQL cost beside a bare libpq loop; bench/postgres.py runs
 * it.
 *
 * One process reads from 64 fibers through the model layer, or keeps 64 queries under way on four
 * connections by libpq's pipeline mode with a sync for each 16. Prints queries a second and this
 * process' CPU microseconds a query.
 *
 * bench-postgres URL setup | CASE COUNT        cases: (ours|bare)-(account|row|list) */
#include "item.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIBERS      64
#define CONNECTIONS 4
#define BATCH       (FIBERS / CONNECTIONS)

/* pgbench's own table. */
typedef struct Account {
    CF_ROW;
    int64_t aid;
    int32_t abalance;
} Account;
extern const cf_model Account_model;

CF_MODEL(Account, "pgbench_accounts", CF_COLUMN(Account, aid, .primary_key = true),
         CF_COLUMN(Account, abalance));

static cf_database *database;
static long         left;
static uint32_t     seed = 1;

static int64_t any(int64_t most)
{
    seed = seed * 1664525u + 1013904223u;
    return 1 + (int64_t)((seed >> 8) % (uint32_t)most);
}

/* ---- ours ---- */

static void ours_account(cf_db *db)
{
    const Account *account = cf_db_get(db, Account, any(100000));

    if (!account)
        stop("account", cf_db_error(db)->message);
    sink += account->abalance;
}

static void ours_row(cf_db *db)
{
    const Item *item = cf_db_get(db, Item, any(ITEMS));

    if (!item)
        stop("row", cf_db_error(db)->message);
    use_item(item);
}

static void ours_list(cf_db *db)
{
    cf_list *items = cf_query_all(cf_query_limit(
        cf_query_order_by(cf_query_where(cf_db_query(db, Item), "id", CF_GE, any(ITEMS - 12)),
                          "id"),
        12));
    Item    *item;

    if (!items || items->len != 12)
        stop("list", cf_db_error(db)->message);
    CF_EACH(items, item)
    use_item(item);
}

static void (*ours)(cf_db *db);

/* As a view has it: an arena and a session for each request. */
static void work(void *arg)
{
    cf_arena *arena = cf_arena_new();

    (void)arg;
    while (left-- > 0) {
        ours(cf_db_new(arena, database));
        cf_arena_reset(arena);
    }
    cf_arena_free(arena);
}

static void run_ours(void)
{
    cf_error err = { 0 };

    for (int i = 0; i < FIBERS; i++)
        if (!cf_fiber_spawn("bench", work, NULL, &err))
            stop("fiber", err.message);
    cf_fiber_run();
}

/* ---- bare libpq ---- */

typedef struct bare_case {
    const char *name, *sql;
    int64_t     most;
} bare_case;

static const bare_case bare_cases[] = {
    { "account", "SELECT aid, abalance FROM pgbench_accounts WHERE aid = $1", 100000 },
    { "row", "SELECT id, title, body, created, live, score, parent_id FROM item WHERE id = $1",
      ITEMS },
    { "list",
      "SELECT id, title, body, created, live, score, parent_id FROM item WHERE id >= $1 ORDER BY id "
      "LIMIT 12",
      ITEMS - 12 },
};

static PGconn *connections[CONNECTIONS];
static int     waiting[CONNECTIONS]; /* Queries and syncs under way. */

static void send_batch(int i, const bare_case *c)
{
    for (int k = 0; k < BATCH; k++) {
        char        text[24];
        const char *values[1] = { text };

        snprintf(text, sizeof(text), "%lld", (long long)any(c->most));
        if (!PQsendQueryPrepared(connections[i], "q", 1, values, NULL, NULL, 0))
            stop("send", PQerrorMessage(connections[i]));
    }
    if (!PQpipelineSync(connections[i]))
        stop("sync", PQerrorMessage(connections[i]));
    waiting[i] = BATCH + 1;
    left -= BATCH;
}

static void read_rows(const PGresult *result)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        stop("query", PQresultErrorMessage(result));
    for (int row = 0; row < PQntuples(result); row++)
        for (int column = 0; column < PQnfields(result); column++)
            sink += PQgetvalue(result, row, column)[0] + PQgetlength(result, row, column);
}

static void receive(int i)
{
    if (!PQconsumeInput(connections[i]))
        stop("receive", PQerrorMessage(connections[i]));
    while (waiting[i] && !PQisBusy(connections[i])) {
        PGresult *result = PQgetResult(connections[i]);

        if (!result) {
            waiting[i]--;
            continue;
        }
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            waiting[i]--;
        else
            read_rows(result);
        PQclear(result);
    }
}

static void run_bare(const bare_case *c)
{
    struct pollfd items[CONNECTIONS];
    int           busy = CONNECTIONS;

    for (int i = 0; i < CONNECTIONS; i++) {
        items[i] = (struct pollfd){ .fd = PQsocket(connections[i]), .events = POLLIN };
        send_batch(i, c);
    }
    while (busy) {
        poll(items, CONNECTIONS, -1);
        for (int i = 0; i < CONNECTIONS; i++) {
            if (!items[i].revents)
                continue;
            receive(i);
            if (waiting[i])
                continue;
            if (left > 0) {
                send_batch(i, c);
            } else {
                items[i].fd = -1;
                busy--;
            }
        }
    }
}

static void connect_bare(const char *url, const bare_case *c)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        connections[i] = PQconnectdb(url);
        if (PQstatus(connections[i]) != CONNECTION_OK)
            stop("connect", PQerrorMessage(connections[i]));
        PQclear(PQprepare(connections[i], "q", c->sql, 0, NULL));
        PQsetnonblocking(connections[i], 1);
        PQenterPipelineMode(connections[i]);
    }
}

/* ---- the run ---- */

static double seconds(void)
{
    return (double)cf_monotonic_us() / 1e6;
}

static void set_up(void)
{
    static const char *const texts[] = {
        "DROP TABLE IF EXISTS item",
        "CREATE TABLE item (id BIGINT PRIMARY KEY, title VARCHAR(80), body TEXT, created TIMESTAMP "
        "WITH TIME ZONE, live BOOLEAN, score DOUBLE PRECISION, parent_id BIGINT)",
        "INSERT INTO item SELECT n, 'A title of thirty characters..', repeat('body ', 20), "
        "'2026-11-23 16:25:33.123456+00'::timestamptz + n * interval '1 second', true, n / 8.0, n "
        "FROM generate_series(1, 10000) n",
    };
    cf_arena *arena = cf_arena_new();
    cf_db    *db = cf_db_new(arena, database);
    cf_error  err = { 0 };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!cf_db_execute(db, texts[i], NULL, 0, NULL, &err) || !cf_db_commit(db, &err))
            stop(texts[i], err.message);
    cf_arena_free(arena);
}

static void run_case(const char *url, const char *name, long count)
{
    bool             bare = strncmp(name, "bare-", 5) == 0;
    const bare_case *c = NULL;
    double           start, cpu;

    for (size_t i = 0; i < sizeof(bare_cases) / sizeof(bare_cases[0]); i++)
        if (strcmp(name + 5, bare_cases[i].name) == 0)
            c = &bare_cases[i];
    if (!c)
        stop(name, "no such case");
    ours = c == &bare_cases[0] ? ours_account : c == &bare_cases[1] ? ours_row : ours_list;
    if (bare)
        connect_bare(url, c);
    /* Connections and statements are there before the clock starts. */
    left = 2000;
    bare ? run_bare(c) : run_ours();
    left = count;
    start = seconds();
    cpu = cpu_us();
    bare ? run_bare(c) : run_ours();
    start = seconds() - start;
    cpu = cpu_us() - cpu;
    printf("%.0f %.3f\n", (double)count / start, cpu / (double)count);
}

int main(int argc, char **argv)
{
    static const cf_model *const models[] = { &Account_model, &Item_model, NULL };
    cf_arena                    *arena = cf_arena_new();
    cf_error                     err = { 0 };
    cf_database_options          options = { .models = cf_models_new(arena, models, &err) };

    if (argc < 3)
        stop("usage", "bench-postgres URL setup | CASE COUNT");
    database = cf_database_open(arena, argv[1], &options, &err);
    if (!database)
        stop("open", err.message);
    if (argc == 3)
        set_up();
    else
        run_case(argv[1], argv[2], strtol(argv[3], NULL, 10));
    cf_arena_free(arena);
    cf_fiber_end();
    return sink == 42;
}
