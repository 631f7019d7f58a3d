/* test_postgres_stress.c -- many fibers on several nodes read and write while their connections are
 * killed, stopped and given up; every answer is held against what was asked for.
 *
 * Takes CARAFE_STRESS_SECONDS (2) and the seed CARAFE_STRESS_SEED (1). Runs on the server that
 * CARAFE_TEST_DATABASE names, and passes by without one. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <carafe/fiber.h>

#include "models.h"

#define NODES  2
#define FIBERS 120
#define ROWS   1000
/* Marks a node may set. */
#define MARKS 200000

typedef struct Pair {
    CF_ROW;
    int64_t     id;
    const char *value;
} Pair;
extern const cf_model Pair_model;

CF_MODEL(Pair, "pair", CF_COLUMN(Pair, id, .primary_key = true), CF_COLUMN(Pair, value));

/* A view: it cannot be read where id % 100 is 50. */
typedef struct Brittle {
    CF_ROW;
    int64_t     id;
    const char *value;
    int64_t     quotient;
} Brittle;
extern const cf_model Brittle_model;

CF_MODEL(Brittle, "brittle", CF_COLUMN(Brittle, id, .primary_key = true), CF_COLUMN(Brittle, value),
         CF_COLUMN(Brittle, quotient));

/* What became of a mark that a transaction was to set. */
typedef enum fate { UNTRIED, REFUSED, UNKNOWN, SET } fate;

static const char    *url;
static cf_database   *database;
static int            node, wrong, answered, refused;
static int64_t        end, marks;
static uint64_t       chance;
static cf_fiber      *fibers[FIBERS];
static unsigned char *fates;

static int64_t number_of(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t     number;

    return cf_str_to_i64(cf_str_of(text), &number) && number > 0 ? number : otherwise;
}

static int64_t pick(int64_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (int64_t)(chance % (uint64_t)below);
}

static void complain(const char *what, int64_t id, const char *got)
{
    if (wrong++ < 20)
        fprintf(stderr, "node %d: %s %lld: %s\n", node, what, (long long)id, got);
}

/* The only errors that the harm done here may show as. */
static void allow(const char *what, int64_t id, const cf_error *error)
{
    switch (error->code) {
    case CF_EUNAVAILABLE:
    case CF_ETIMEOUT:
    case CF_ECANCELED:
        refused++;
        break;
    case CF_OK:
        complain(what, id, "nothing, and no error");
        break;
    default:
        complain(what, id, error->message);
    }
}

static bool is_value(cf_arena *arena, int64_t id, const char *value)
{
    answered++;
    return value && strcmp(value, cf_printf(arena, "value %lld", (long long)id)) == 0;
}

/* ---- what fibers do ---- */

static void read_one(cf_arena *arena, cf_db *db)
{
    int64_t id = 1 + pick(ROWS);
    Pair   *pair = cf_db_get(db, Pair, id);

    if (!pair)
        allow("pair", id, cf_db_error(db));
    else if (pair->id != id || !is_value(arena, id, pair->value))
        complain("pair", id, pair->value);
}

static void read_none(cf_arena *arena, cf_db *db)
{
    int64_t id = -1 - pick(ROWS);
    Pair   *pair = cf_db_get(db, Pair, id);

    (void)arena;
    if (pair)
        complain("no pair", id, pair->value);
    else if (cf_db_error(db)->code)
        allow("no pair", id, cf_db_error(db));
    else
        answered++;
}

static void read_odd(cf_arena *arena, cf_db *db)
{
    int64_t  id = 1 + pick(ROWS);
    Brittle *brittle;

    id = pick(2) ? id : (id - 1) / 100 * 100 + 50;
    brittle = cf_db_get(db, Brittle, id);
    if (brittle && id % 100 == 50)
        complain("unreadable", id, brittle->value);
    else if (brittle && (brittle->id != id || !is_value(arena, id, brittle->value)))
        complain("brittle", id, brittle->value);
    else if (!brittle && !(id % 100 == 50 && strstr(cf_db_error(db)->message, "division by zero")))
        allow("brittle", id, cf_db_error(db));
}

/* A text that is new more often than not. */
static void read_many(cf_arena *arena, cf_db *db)
{
    int64_t  count = 1 + pick(40), first = 1 + pick(ROWS - 40 * 7), step = 1 + pick(7);
    cf_list *ids = cf_list_new(arena), *rows;

    for (int64_t i = 0; i < count; i++)
        cf_list_add(ids, cf_int(first + i * step));
    rows = cf_query_all(cf_query_order_by(
        cf_query_where(cf_db_query(db, Pair), "id", CF_IN, cf_from_list(ids)), "id"));
    if (!rows) {
        allow("pairs from", first, cf_db_error(db));
        return;
    }
    if ((int64_t)rows->len != count)
        complain("pairs from", first, cf_printf(arena, "%zu of %lld", rows->len, (long long)count));
    for (size_t i = 0; i < rows->len; i++) {
        const Pair *pair = cf_row_at(rows, i);

        if (pair->id != first + (int64_t)i * step || !is_value(arena, pair->id, pair->value))
            complain("pair of many", pair->id, pair->value);
    }
}

static void read_raw(cf_arena *arena, cf_db *db)
{
    int64_t   id = 1 + pick(ROWS);
    cf_value  param = cf_int(id);
    cf_result result = { 0 };
    cf_error  err = { 0 };

    if (!cf_db_execute(db, "SELECT value FROM pair WHERE id = ?", &param, 1, &result, &err))
        allow("raw", id, &err);
    else if (result.rows->len != 1 ||
             !is_value(arena, id,
                       cf_cstr(arena, result.rows->items[0].as.map->entries[0].value, "")))
        complain("raw", id, "another's row");
}

static void set_mark(cf_arena *arena, cf_db *db)
{
    int64_t  mark = marks < MARKS ? marks++ : 0;
    cf_value params[2] = { cf_int(node), cf_int(mark) };
    cf_error err = { 0 };

    (void)arena;
    fates[mark] = REFUSED;
    if (!cf_db_execute(db, "INSERT INTO mark (node, number) VALUES (?, ?)", params, 2, NULL,
                       &err)) {
        allow("mark", mark, &err);
        return;
    }
    if (pick(4) == 0)
        read_one(arena, db);
    if (pick(8) == 0) {
        cf_db_rollback(db);
        return;
    }
    fates[mark] = UNKNOWN;
    if (cf_db_commit(db, &err)) {
        fates[mark] = SET;
        answered++;
        return;
    }
    allow("commit", mark, &err);
    if (!strstr(err.message, "not known"))
        fates[mark] = REFUSED;
}

static void live(void *arg)
{
    static void (*const ways[])(cf_arena * arena, cf_db * db) = {
        read_one, read_one,  read_one,  read_one, read_none, read_none,
        read_odd, read_many, read_many, read_raw, set_mark,
    };
    intptr_t self = (intptr_t)arg;
    cf_error err = { 0 };

    for (int i = 0; i < 30 && !cf_fiber_canceled(); i++) {
        cf_arena *arena = cf_arena_new();

        cf_fiber_deadline(pick(6) ? 0 : cf_monotonic_us() + pick(20000));
        ways[pick((int64_t)(sizeof(ways) / sizeof(ways[0])))](arena, cf_db_new(arena, database));
        cf_arena_free(arena);
    }
    fibers[self] = NULL;
    if (cf_monotonic_us() < end)
        fibers[self] = cf_fiber_spawn("stress", live, arg, &err);
}

/* Gives up one that is in the middle of something, now and then. */
static void give_up_others(void *arg)
{
    (void)arg;
    while (cf_monotonic_us() < end) {
        cf_fiber *fiber = fibers[pick(FIBERS)];

        if (fiber)
            cf_fiber_cancel(fiber);
        cf_sleep(1 + pick(10), NULL);
    }
}

/* ---- nodes ---- */

static void check_marks(void)
{
    cf_arena *arena = cf_arena_new();
    cf_db    *db = cf_db_new(arena, database);
    cf_value  self = cf_int(node);
    cf_error  err = { 0 };
    cf_result result = { 0 };

    /* The server may count as away for a while. */
    for (int i = 0; i < 20 && !result.rows; i++) {
        cf_db_execute(db, "SELECT number FROM mark WHERE node = ?", &self, 1, &result, &err);
        if (!result.rows)
            cf_sleep(500, NULL);
    }
    if (!result.rows) {
        complain("marks of", node, err.message);
        return;
    }
    for (size_t i = 0; i < result.rows->len; i++) {
        int64_t mark = result.rows->items[i].as.map->entries[0].value.as.integer;

        if (fates[mark] == REFUSED)
            complain("mark", mark, "was refused, and is set");
        if (fates[mark] == UNTRIED)
            complain("mark", mark, "is set twice");
        fates[mark] = UNTRIED;
    }
    for (int64_t i = 0; i < marks; i++)
        if (fates[i] == SET)
            complain("mark", i, "was confirmed, and is lost");
    cf_arena_free(arena);
}

static int run_node(int self)
{
    cf_arena                    *arena = cf_arena_new();
    static const cf_model *const models[] = { &Pair_model, &Brittle_model, NULL };
    cf_error                     err = { 0 };
    cf_database_options          how = { .models = cf_models_new(arena, models, &err),
                                         .busy_timeout = 1500 };

    node = self;
    chance = (uint64_t)number_of("CARAFE_STRESS_SEED", 1) * 977 + (uint64_t)self + 1;
    fates = calloc(MARKS, 1);
    database = cf_database_open(arena,
                                cf_printf(arena,
                                          "%s&application_name=carafe_stress&pool=6&"
                                          "readers=3&statement_timeout=2000",
                                          url),
                                &how, &err);
    if (!database || !fates)
        return 1;
    for (intptr_t i = 0; i < FIBERS; i++)
        fibers[i] = cf_fiber_spawn("stress", live, (void *)i, &err);
    cf_fiber_spawn("stress", give_up_others, NULL, &err);
    if (cf_fiber_run() != 0)
        complain("fibers that hang:", (int64_t)cf_fiber_run(), "");
    check_marks();
    fprintf(stderr, "node %d: %d answers, %d refused, %d wrong, %lld marks\n", node, answered,
            refused, wrong, (long long)marks);
    cf_database_disconnect(database);
    return wrong || answered < 100;
}

/* ---- harm ---- */

static int64_t some_backend(cf_db *db, cf_arena *arena)
{
    cf_result result = { 0 };
    cf_error  err = { 0 };

    if (!cf_db_execute(db,
                       "SELECT pid FROM pg_stat_activity WHERE application_name = 'carafe_stress' "
                       "ORDER BY random() LIMIT 1",
                       NULL, 0, &result, &err) ||
        !result.rows->len)
        return 0;
    (void)arena;
    return result.rows->items[0].as.map->entries[0].value.as.integer;
}

static void do_harm(cf_database *server, int64_t until)
{
    while (cf_monotonic_us() < until) {
        cf_arena *arena = cf_arena_new();
        cf_db    *db = cf_db_new(arena, server);
        int64_t   pid = some_backend(db, arena);
        cf_value  param = cf_int(pid);
        cf_error  err = { 0 };

        cf_db_rollback(db);
        if (pid > 1 && pick(3) == 0 && kill((pid_t)pid, SIGSTOP) == 0) {
            cf_sleep(pick(400), NULL);
            kill((pid_t)pid, SIGCONT);
        } else if (pid > 1) {
            cf_db_execute(db,
                          pick(3) ? "SELECT pg_terminate_backend(?::int)"
                                  : "SELECT pg_cancel_backend(?::int)",
                          &param, 1, NULL, &err);
        }
        cf_arena_free(arena);
        cf_sleep(pick(120), NULL);
    }
}

Test(postgres_stress, every_answer_is_for_who_asked_whatever_breaks, .timeout = 7200)
{
    cf_arena    *arena;
    cf_error     err = { 0 };
    int64_t      seconds = number_of("CARAFE_STRESS_SECONDS", 2);
    cf_database *server;
    cf_db       *db;
    pid_t        children[NODES];
    int          status;

    if (!test_on_postgres())
        return;
    arena = cf_arena_new();
    url = test_url(arena, test_place(arena));
    server = cf_database_open(arena, url, NULL, &err);
    cr_assert(server, "%s", err.message);
    db = cf_db_new(arena, server);
    cr_assert(
        cf_db_execute(db, "CREATE TABLE pair (id BIGINT PRIMARY KEY, value TEXT)", NULL, 0, NULL,
                      &err) &&
            cf_db_execute(
                db, "INSERT INTO pair SELECT n, 'value ' || n FROM generate_series(1, 1000) n",
                NULL, 0, NULL, &err) &&
            cf_db_execute(
                db,
                "CREATE VIEW brittle AS SELECT id, value, 1 / (id % 100 - 50) AS quotient FROM pair",
                NULL, 0, NULL, &err) &&
            cf_db_execute(db, "CREATE TABLE mark (node BIGINT, number BIGINT)", NULL, 0, NULL,
                          &err) &&
            cf_db_commit(db, &err),
        "%s", err.message);
    cf_database_disconnect(server);
    end = cf_monotonic_us() + seconds * 1000000;
    chance = (uint64_t)number_of("CARAFE_STRESS_SEED", 1);
    for (int i = 0; i < NODES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            /* One that hangs fails. */
            alarm((unsigned)seconds + 45);
            _exit(run_node(i));
        }
    }
    do_harm(server, end);
    for (int i = 0; i < NODES; i++) {
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_assert_eq(status, 0, "node %d", i);
    }
    cf_arena_free(arena);
}
