/* test_job.c -- the queue: once each, again after failures and crashes, never lost. */
#include <criterion/criterion.h>

#include <string.h>

#include <carafe/job.h>
#include <carafe/log.h>
#include <carafe/query.h>

static cf_arena    *arena;
static cf_database *database;
static int          runs;
static cf_code      failure;

static void quiet(void *data, const char *line, size_t size)
{
    (void)data;
    (void)line;
    (void)size;
}

static void set_up(void)
{
    static const cf_model *const models[] = { &Job_model, NULL };
    cf_error                     err = { 0 };
    cf_database_options          options = { 0 };

    cf_log_setup(&(cf_log_options){ .sink = quiet });
    arena = cf_arena_new();
    options.models = cf_models_new(arena, models, &err);
    database = cf_database_open(arena, "sqlite://:memory:", &options, &err);
    cr_assert(database, "%s", err.message);
    cr_assert(cf_schema_create_all(database, &err), "%s", err.message);
    cf_time_freeze((cf_time){ INT64_C(1800000000) * CF_SECOND });
}

static void tear_down(void)
{
    cf_arena_free(arena);
}

TestSuite(job, .init = set_up, .fini = tear_down);

static bool work(void *context, cf_arena *mine, cf_value args, cf_error *err)
{
    (void)mine;
    cr_assert_str_eq((const char *)context, "context");
    cr_assert(cf_str_is(cf_text(cf_map_get(args.as.map, "name")), "Ada"));
    runs++;
    return failure ? cf_fail(err, failure, "it rained") : true;
}

static const cf_job_kind kinds[] = { { "work", work, .max_attempts = 3, .max_seconds = 60 },
                                     { 0 } };

static void enqueue(const char *name, cf_time at)
{
    cf_db   *db = cf_db_new(arena, database);
    cf_map  *args = cf_map_new(arena);
    cf_error err = { 0 };

    cf_map_set(args, "name", cf_string("Ada"));
    cr_assert(cf_job_enqueue(db, name, cf_from_map(args), at, &err), "%s", err.message);
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
}

static size_t run(void)
{
    char     context[] = "context";
    size_t   done = 99;
    cf_error err = { 0 };

    cr_assert(cf_jobs_run(database, kinds, context, &done, &err), "%s", err.message);
    return done;
}

static void later(int64_t us)
{
    cf_time_freeze((cf_time){ cf_now().us + us });
}

static Job *only_job(void)
{
    return cf_query_one(cf_db_query(cf_db_new(arena, database), Job));
}

Test(job, is_run_once_and_then_gone)
{
    enqueue("work", (cf_time){ 0 });
    cr_assert_eq(run(), 1);
    cr_assert_eq(run(), 0);
    cr_assert_eq(runs, 1);
    cr_assert_null(only_job());
}

Test(job, that_was_rolled_back_never_was)
{
    cf_db   *db = cf_db_new(arena, database);
    cf_error err = { 0 };

    cr_assert(cf_job_enqueue(db, "work", cf_from_map(cf_map_new(arena)), (cf_time){ 0 }, &err));
    cf_db_rollback(db);
    cr_assert_eq(run(), 0);
}

Test(job, waits_until_its_time)
{
    enqueue("work", (cf_time){ cf_now().us + CF_HOUR });
    cr_assert_eq(run(), 0);
    later(CF_HOUR);
    cr_assert_eq(run(), 1);
}

Test(job, of_another_kind_is_left_alone)
{
    enqueue("other", (cf_time){ 0 });
    cr_assert_eq(run(), 0);
    cr_assert_str_eq(only_job()->status, "queued");
}

Test(job, that_fails_is_tried_again_later_and_gives_up_in_the_end)
{
    failure = CF_EUNAVAILABLE;
    enqueue("work", (cf_time){ 0 });
    run();
    cr_assert_eq(runs, 1);
    cr_assert_str_eq(only_job()->last_error, "it rained");
    run();
    cr_assert_eq(runs, 1, "not at once");
    later(CF_HOUR);
    run();
    cr_assert_eq(runs, 2);
    later(CF_HOUR);
    run();
    cr_assert_str_eq(only_job()->status, "failed");
    later(CF_DAY);
    run();
    cr_assert_eq(runs, 3);
}

Test(job, that_cannot_succeed_is_not_tried_again)
{
    failure = CF_EDENIED;
    enqueue("work", (cf_time){ 0 });
    run();
    cr_assert_str_eq(only_job()->status, "failed");
}

Test(job, of_a_worker_that_died_is_run_by_another)
{
    cf_db   *db = cf_db_new(arena, database);
    cf_error err = { 0 };
    Job     *job;

    enqueue("work", (cf_time){ 0 });
    job = cf_query_one(cf_db_query(db, Job));
    job->status = "running";
    job->locked_until = (cf_time){ cf_now().us + CF_MINUTE };
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_assert_eq(run(), 0);
    later(2 * CF_MINUTE);
    cr_assert_eq(run(), 1);
}

Test(job, that_takes_its_worker_down_every_time_is_given_up)
{
    cf_db   *db = cf_db_new(arena, database);
    cf_error err = { 0 };
    Job     *job;

    enqueue("work", (cf_time){ 0 });
    job = cf_query_one(cf_db_query(db, Job));
    job->status = "running";
    job->attempts = 3;
    job->locked_until = cf_now();
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    run();
    cr_assert_eq(runs, 0);
    cr_assert_str_eq(only_job()->status, "failed");
}
