/* job.h -- work for later: a durable queue in the database.
 *
 * A job is put into the caller's transaction: it exists if and only if what asked for it was
 * committed. Any worker may run it; each is run by one at a time, and again after a crash, so a
 * job must be fine to run twice. What fails is tried again later, longer and longer apart. */
#ifndef CARAFE_JOB_H
#define CARAFE_JOB_H

#include <carafe/db.h>
#include <carafe/value.h>

/* What runs a job.
 *
 * Args:
 *   context: what cf_jobs_run() was given.
 *   arena: the run's own.
 *   args: what the job was queued with.
 *
 * Returns: whether it is done; on false it is tried again, unless the error is CF_EINVAL or
 *   CF_EDENIED, which no further try would mend.
 */
typedef bool cf_job_function(void *context, cf_arena *arena, cf_value args,
                             cf_error *err) CF_SUSPENDS;

/* A kind of job by its name. */
typedef struct cf_job_kind {
    const char      *name;
    cf_job_function *run;
    int64_t          max_attempts; /* 0 means 10. */
    int64_t          max_seconds;  /* A run is taken for dead after that; 0 means 300. */
} cf_job_kind;

/* A queued job. */
typedef struct Job {
    CF_ROW;
    int64_t     id, attempts;
    const char *name, *args; /* args: JSON */
    const char *status;      /* queued, running, failed; a job that is done is gone */
    const char *last_error;
    cf_time     created_at, run_at, locked_until;
} Job;
extern const cf_model Job_model;

/* Queues a job in the session's unit of work.
 *
 * Args:
 *   args: anything JSON can hold.
 *   run_at: not before; zero: at once.
 */
bool cf_job_enqueue(cf_db *db, const char *name, cf_value args, cf_time run_at, cf_error *err);

/* Runs the jobs that are due, one after the other, each claim and result committed by itself.
 *
 * Args:
 *   kinds: ended by a NULL name; jobs of other names are left alone.
 *   done: receives how many were run; may be NULL.
 */
bool cf_jobs_run(cf_database *database, const cf_job_kind *kinds, void *context, size_t *done,
                 cf_error *err) CF_SUSPENDS;

#endif
