/* test_concurrency.c -- several fibers, several processes, and processes that die. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <carafe/fiber.h>

#include "models.h"

static cf_arena    *arena;
static cf_database *database;
static cf_error     err;

static void setup(void)
{
    arena = cf_arena_new();
    database = test_database(arena, true);
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(concurrency, .init = setup, .fini = teardown);

static int64_t count_users(void)
{
    cf_arena *mine = cf_arena_new();
    int64_t   count = cf_query_count(cf_db_query(cf_db_new(mine, database), User));

    cf_arena_free(mine);
    return count;
}

/* Adds `count` users, each in a transaction of its own. */
static int add_users(const char *who, int count)
{
    for (int i = 0; i < count; i++) {
        cf_arena *mine = cf_arena_new();
        cf_db    *db = cf_db_new(mine, database);
        User     *user = cf_db_new_row(db, User);
        cf_error  error = { 0 };
        bool      ok;

        user->email = cf_printf(mine, "%s-%d@example.org", who, i);
        cf_db_add(db, user);
        ok = cf_db_commit(db, &error);
        if (!ok)
            fprintf(stderr, "%s: %s\n", who, error.message);
        cf_arena_free(mine);
        if (!ok)
            return 1;
    }
    return 0;
}

Test(concurrency, processes_that_write_at_once_all_succeed)
{
    pid_t children[4];
    int   status;

    cr_assert_eq(count_users(), 0);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(add_users(cf_printf(arena, "child%d", i), 100));
    }
    for (int i = 0; i < 4; i++) {
        waitpid(children[i], &status, 0);
        cr_assert_eq(status, 0);
    }
    /* This process' own connections were opened before the fork and still work. */
    cr_assert_eq(count_users(), 400);
    cr_assert_eq(add_users("parent", 1), 0);
}

/* Asks for the same tags as everybody else; each request is a transaction of its own. */
static int want_tags(int count)
{
    for (int i = 0; i < count; i++) {
        cf_arena *mine = cf_arena_new();
        cf_db    *db = cf_db_new(mine, database);
        Tag      *tag = cf_db_get_or_create(db, Tag, "name", cf_printf(mine, "tag %d", i));
        cf_error  error = { 0 };
        bool      ok = tag && tag->id && cf_db_commit(db, &error);

        if (!ok)
            fprintf(stderr, "tag %d: %s %s\n", i, cf_db_error(db)->message, error.message);
        cf_arena_free(mine);
        if (!ok)
            return 1;
    }
    return 0;
}

Test(concurrency, what_several_create_at_once_is_there_once)
{
    cf_db *db = cf_db_new(arena, database);
    pid_t  children[4];
    int    status;

    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(want_tags(60));
    }
    for (int i = 0; i < 4; i++) {
        waitpid(children[i], &status, 0);
        cr_assert_eq(status, 0);
    }
    cr_assert_eq(cf_query_count(cf_db_query(db, Tag)), 60);
}

Test(concurrency, a_killed_process_loses_nothing_committed_and_leaves_nothing_else)
{
    int   pipes[2], status;
    char  byte;
    pid_t child;

    cf_database_disconnect(database);
    cr_assert_eq(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        cf_db *db = cf_db_new(arena, database);
        User  *user = cf_db_new_row(db, User);

        add_users("kept", 10);
        user->email = "half";
        cf_db_add(db, user);
        cf_db_flush(db, NULL);
        if (write(pipes[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    cr_assert_eq(read(pipes[0], &byte, 1), 1);
    cr_assert_eq(count_users(), 10, "what is not committed shows");
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    cr_assert_eq(count_users(), 10);
    cr_assert_eq(add_users("after", 1), 0);
}

Test(concurrency, a_lock_that_is_held_too_long_is_an_error_that_says_so)
{
    if (test_on_postgres())
        return; /* SQLite's one lock. */
    cf_database_options options = { .models = cf_database_models(database), .busy_timeout = 30 };
    cf_database        *second;
    cf_db              *db = cf_db_new(arena, database), *late;

    cr_assert(cf_db_execute(db, "INSERT INTO tag (name) VALUES ('x')", NULL, 0, NULL, NULL));
    second = cf_database_open(arena, cf_database_url(database), &options, &err);
    late = cf_db_new(arena, second);
    cr_assert_not(cf_db_execute(late, "INSERT INTO tag (name) VALUES ('y')", NULL, 0, NULL, &err));
    cr_assert_eq(err.code, CF_EBUSY);
    cr_assert(strstr(err.message, "locked by another process"), "%s", err.message);
    cr_assert(cf_db_commit(db, NULL));
    cr_assert(cf_db_execute(late, "INSERT INTO tag (name) VALUES ('y')", NULL, 0, NULL, &err));
    cr_assert(cf_db_commit(late, NULL));
}

Test(concurrency, two_transactions_of_one_thread_do_not_hang)
{
    if (test_on_postgres())
        return; /* SQLite's one lock. */
    cf_db *a = cf_db_new(arena, database), *b = cf_db_new(arena, database);

    cr_assert(cf_db_execute(a, "INSERT INTO tag (name) VALUES ('x')", NULL, 0, NULL, NULL));
    cr_assert_not(cf_db_execute(b, "INSERT INTO tag (name) VALUES ('y')", NULL, 0, NULL, &err));
    cr_assert(strstr(err.message, "another session here is in a transaction"), "%s", err.message);
    cf_db_rollback(a);
    cr_assert(cf_db_execute(b, "INSERT INTO tag (name) VALUES ('y')", NULL, 0, NULL, &err));
}

/* ---- fibers ---- */

static int running;

static void spawn(void (*fn)(void *arg), void *arg)
{
    cr_assert(cf_fiber_spawn("test", fn, arg, &err), "%s", err.message);
    running++;
}

static void run_fibers(void)
{
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_eq(running, 0);
}

static void write_slowly(void *arg)
{
    cf_arena *mine = cf_arena_new();
    cf_db    *db = cf_db_new(mine, database);
    User     *user = cf_db_new_row(db, User);

    user->email = arg;
    cf_db_add(db, user);
    cr_assert(cf_db_flush(db, NULL));
    cr_assert(cf_sleep(5, NULL));
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cf_arena_free(mine);
    running--;
}

/* A loop that is held for the whole wait gives two or three; a busy machine still gives dozens. */
static int ticks;

static void tick(void *arg)
{
    (void)arg;
    while (running > 1) {
        ticks++;
        cf_sleep(1, NULL);
    }
    running--;
}

Test(concurrency, fibers_that_write_queue_and_do_not_stop_others)
{
    for (int i = 0; i < 10; i++)
        spawn(write_slowly, cf_printf(arena, "%d@example.org", i));
    spawn(tick, NULL);
    run_fibers();
    cr_assert_eq(count_users(), 10);
    cr_assert_gt(ticks, 10, "the others ran %d times only", ticks);
}

static void write_while_locked(void *arg)
{
    (void)arg;
    cr_assert_eq(add_users("waiting", 1), 0);
    running--;
}

Test(concurrency, a_fiber_that_waits_for_another_process_lets_others_run)
{
    if (test_on_postgres())
        return; /* SQLite's one lock. */
    int   pipes[2], status;
    char  byte;
    pid_t child;

    cf_database_disconnect(database);
    cr_assert_eq(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        cf_db *db = cf_db_new(arena, database);

        cf_db_execute(db, "INSERT INTO tag (name) VALUES ('x')", NULL, 0, NULL, NULL);
        if (write(pipes[1], "x", 1) != 1)
            _exit(1);
        usleep(200000);
        _exit(cf_db_commit(db, NULL) ? 0 : 1);
    }
    cr_assert_eq(read(pipes[0], &byte, 1), 1);
    spawn(write_while_locked, NULL);
    spawn(tick, NULL);
    run_fibers();
    waitpid(child, &status, 0);
    cr_assert_eq(status, 0);
    cr_assert_gt(ticks, 10, "the others ran %d times only", ticks);
    cr_assert_eq(count_users(), 1);
}

/* A request's reads see one state until it waits. */
static void read_twice(void *arg)
{
    cf_arena    *mine = cf_arena_new();
    cf_db       *db = cf_db_new(mine, database), *other;
    cf_database *second = arg;

    cr_assert_eq(cf_query_count(cf_db_query(db, Tag)), 0);
    other = cf_db_new(mine, second);
    cr_assert(cf_db_execute(other, "INSERT INTO tag (name) VALUES ('x')", NULL, 0, NULL, NULL));
    cr_assert(cf_db_commit(other, NULL));
    cr_assert_eq(cf_query_count(cf_db_query(db, Tag)), 0);
    cr_assert(cf_sleep(1, NULL));
    cr_assert_eq(cf_query_count(cf_db_query(db, Tag)), 1);
    cf_arena_free(mine);
    running--;
}

Test(concurrency, reads_share_a_state_that_ends_with_a_wait)
{
    if (test_on_postgres())
        return; /* SQLite's one lock. */
    cf_database_options options = { .models = cf_database_models(database) };

    spawn(read_twice, cf_database_open(arena, cf_database_url(database), &options, &err));
    run_fibers();
}

static void cancelled(void *arg)
{
    cf_error  error = { 0 };
    cf_arena *mine = cf_arena_new();
    cf_db    *db = cf_db_new(mine, database);

    (void)arg;
    cf_fiber_deadline(cf_monotonic_us() + 30000);
    cr_assert_not(cf_db_execute(db, "INSERT INTO tag (name) VALUES ('z')", NULL, 0, NULL, &error));
    cr_assert_eq(error.code, CF_ETIMEOUT, "%s", error.message);
    cf_arena_free(mine);
    running--;
}

Test(concurrency, a_requests_deadline_ends_its_wait_for_a_lock)
{
    if (test_on_postgres())
        return; /* SQLite's one lock. */
    cf_database_options options = { .models = cf_database_models(database) };
    cf_database        *second = cf_database_open(arena, cf_database_url(database), &options, &err);
    cf_db              *db = cf_db_new(arena, second);

    cr_assert(cf_db_execute(db, "INSERT INTO tag (name) VALUES ('x')", NULL, 0, NULL, NULL));
    spawn(cancelled, NULL);
    run_fibers();
    cf_db_rollback(db);
}

Test(concurrency, a_database_in_memory_is_shared_by_fibers)
{
    database = test_database(arena, false);
    for (int i = 0; i < 5; i++)
        spawn(write_slowly, cf_printf(arena, "%d@example.org", i));
    run_fibers();
    cr_assert_eq(count_users(), 5);
}

static void write_much(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3000; i++) {
        cf_arena *mine = cf_arena_new();
        cf_db    *db = cf_db_new(mine, database);
        Post     *post = cf_db_new_row(db, Post);

        post->title = "t";
        post->body = cf_printf(mine, "%3000d", i);
        cf_db_add(db, post);
        cr_assert(cf_db_commit(db, &err), "%s", err.message);
        cf_arena_free(mine);
        cf_sleep(0, NULL);
    }
    running--;
}

static int64_t size_of_log(void)
{
    struct stat st = { 0 };

    stat(cf_printf(arena, "%s-wal", cf_database_file(database)), &st);
    return st.st_size;
}

Test(concurrency, the_log_is_copied_while_others_run)
{
    spawn(write_much, NULL);
    run_fibers();
    /* Without checkpoints it would hold every page that was written: more than 40 MB. */
    cr_assert_lt(size_of_log(), 20 * 1024 * 1024);
}

Test(concurrency, a_command_keeps_the_log_short_too)
{
    cr_assert_eq(add_users("command", 4000), 0);
    cr_assert_lt(size_of_log(), 8 * 1024 * 1024);
}
