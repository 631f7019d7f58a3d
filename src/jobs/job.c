/* job.c -- the queue: claiming, running, trying again.
 *
 * A claim is one UPDATE that picks the oldest due job and locks it until a time; two workers never
 * get the same one, and a job whose worker died is due again once its lock has run out. */
#include <carafe/job.h>

#include <string.h>

#include <carafe/json.h>
#include <carafe/log.h>

#define DEFAULT_ATTEMPTS 10
#define DEFAULT_SECONDS  300
#define FIRST_DELAY      (30 * CF_SECOND)
#define LONGEST_DELAY    (6 * CF_HOUR)

CF_MODEL(Job, "job", CF_COLUMN(Job, id, .primary_key = true),
         CF_COLUMN(Job, name, .required = true, .max = 80), CF_COLUMN(Job, args, .required = true),
         CF_COLUMN(Job, status, .required = true, .default_value = "queued",
                   .one_of = "queued running failed"),
         CF_COLUMN(Job, attempts, .required = true, .default_value = "0"),
         CF_COLUMN(Job, last_error),
         CF_COLUMN(Job, created_at, .required = true, .default_now = true),
         CF_COLUMN(Job, run_at, .required = true, .default_now = true, .index = true),
         CF_COLUMN(Job, locked_until));

bool cf_job_enqueue(cf_db *db, const char *name, cf_value args, cf_time run_at, cf_error *err)
{
    cf_buf json = cf_buf_in(cf_db_arena(db), CF_MIB(1));
    Job   *job = cf_db_new_row(db, Job);

    if (!cf_json_write(NULL, args, NULL, &json, err) || !cf_buf_ok(&json, err))
        return cf_fail_prefix(err, "the arguments of job \"%s\"", name);
    job->name = name;
    job->args = cf_buf_cstr(&json);
    if (run_at.us)
        job->run_at = run_at;
    cf_db_add(db, job);
    return true;
}

static const cf_job_kind *kind_of(const cf_job_kind *kinds, const char *name)
{
    for (; kinds->name; kinds++)
        if (strcmp(kinds->name, name) == 0)
            return kinds;
    return NULL;
}

/* "name IN (?, ?)" for the kinds that this worker knows. Where several may write at once, each
 * skips what another is about to take. */
static const char *claim_sql(cf_db *db, const cf_job_kind *kinds)
{
    cf_arena *arena = cf_db_arena(db);
    bool      sqlite = strcmp(cf_database_engine(cf_db_database(db)), "sqlite") == 0;
    cf_buf    sql = cf_buf_in(arena, 0);

    cf_buf_puts(&sql, "UPDATE job SET status = 'running', attempts = attempts + 1, "
                      "locked_until = ? WHERE id = (SELECT id FROM job WHERE name IN (");
    for (size_t i = 0; kinds[i].name; i++)
        cf_buf_puts(&sql, i ? ", ?" : "?");
    cf_buf_puts(&sql, ") AND ((status = 'queued' AND run_at <= ?) OR "
                      "(status = 'running' AND locked_until <= ?)) "
                      "ORDER BY run_at, id LIMIT 1");
    cf_buf_puts(&sql, sqlite ? ") RETURNING id" : " FOR UPDATE SKIP LOCKED) RETURNING id");
    return cf_buf_cstr(&sql);
}

static int64_t longest_run(const cf_job_kind *kinds)
{
    int64_t longest = 0;

    for (; kinds->name; kinds++) {
        int64_t seconds = kinds->max_seconds ? kinds->max_seconds : DEFAULT_SECONDS;
        longest = seconds > longest ? seconds : longest;
    }
    return longest;
}

/* The next due job, locked; NULL without an error when there is none. */
static Job *claim(cf_db *db, const cf_job_kind *kinds, cf_error *err)
{
    cf_arena *arena = cf_db_arena(db);
    cf_time   now = cf_now();
    cf_list  *params = cf_list_new(arena);
    cf_result result;

    cf_list_add(params, cf_time_value(arena, (cf_time){ now.us + longest_run(kinds) * CF_SECOND }));
    for (size_t i = 0; kinds[i].name; i++)
        cf_list_add(params, cf_string(kinds[i].name));
    cf_list_add(params, cf_time_value(arena, now));
    cf_list_add(params, cf_time_value(arena, now));
    if (!cf_db_execute(db, claim_sql(db, kinds), params->items, params->len, &result, err) ||
        !cf_db_commit(db, err) || !result.rows->len)
        return NULL;
    return cf_db_get_value(db, &Job_model, cf_map_get(result.rows->items[0].as.map, "id"));
}

static int64_t delay_after(int64_t attempts)
{
    int64_t delay = FIRST_DELAY;

    while (--attempts > 0 && delay < LONGEST_DELAY)
        delay *= 3;
    return delay < LONGEST_DELAY ? delay : LONGEST_DELAY;
}

static int64_t most_attempts(const cf_job_kind *kind)
{
    return kind->max_attempts ? kind->max_attempts : DEFAULT_ATTEMPTS;
}

static void put_back(Job *job, const cf_job_kind *kind, const cf_error *failure)
{
    int64_t most = most_attempts(kind);
    bool    hopeless = failure->code == CF_EINVAL || failure->code == CF_EDENIED;

    job->last_error = failure->message;
    job->status = hopeless || job->attempts >= most ? "failed" : "queued";
    job->run_at = (cf_time){ cf_now().us + delay_after(job->attempts) };
    cf_log(CF_WARNING, "job %lld \"%s\" failed at try %lld (%s): %s", (long long)job->id, job->name,
           (long long)job->attempts, job->status, failure->message);
}

static bool run_one(cf_db *db, Job *job, const cf_job_kind *kinds, void *context, cf_error *err)
{
    const cf_job_kind *kind = kind_of(kinds, job->name);
    cf_error           failure = { 0 };
    cf_value           args;
    bool               done = false;

    /* A job that takes its worker down every time would otherwise be claimed for ever. */
    if (job->attempts > most_attempts(kind))
        cf_fail(&failure, CF_ELIMIT, "its worker ended, or ran too long, at every try");
    else
        done = cf_json_parse(cf_db_arena(db), cf_str_of(job->args), &args, &failure) &&
               kind->run(context, cf_db_arena(db), args, &failure);
    if (done)
        cf_db_delete(db, job);
    else
        put_back(job, kind, &failure);
    return cf_db_commit(db, err);
}

bool cf_jobs_run(cf_database *database, const cf_job_kind *kinds, void *context, size_t *done,
                 cf_error *err)
{
    size_t count = 0;
    bool   ok = true;

    while (ok) {
        cf_arena *arena = cf_arena_new();
        cf_db    *db = cf_db_new(arena, database);
        cf_error  failure = { 0 };
        Job      *job = claim(db, kinds, &failure);

        ok = job && run_one(db, job, kinds, context, &failure);
        if (!ok && failure.code && err)
            *err = failure;
        count += ok;
        cf_arena_free(arena);
        if (failure.code)
            break;
    }
    if (done)
        *done = count;
    return !err || !err->code;
}
