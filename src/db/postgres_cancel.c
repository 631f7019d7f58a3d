/* postgres_cancel.c -- ends on the server what nobody here waits for any more.
 *
 * libpq cancels by a blocking call without a time limit, which a server that hangs never lets
 * return. So a thread of its own does it, one after the other: nothing waits for that thread. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/postgres.h"

/* More than this are not canceled: statement_timeout ends them. */
#define MAX_QUEUED 64
/* Microseconds after which a cancellation that was sent has reached the server's process. */
#define ARRIVAL INT64_C(1000000)
/* Microseconds after which it is not worth it any more. */
#define TOO_OLD INT64_C(10000000)

typedef struct item {
    struct item *next;
    PGcancel    *cancel;
    PGconn      *pg; /* To be closed afterwards; may be NULL. */
    int64_t      since;
} item;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  more = PTHREAD_COND_INITIALIZER;
static item           *first, **last = &first;
static size_t          queued; /* And under way. */
static int64_t         latest; /* When one was done, in monotonic microseconds. */
static pid_t           process;

static item *next_item(void)
{
    item *found;

    pthread_mutex_lock(&mutex);
    while (!first)
        pthread_cond_wait(&more, &mutex);
    found = first;
    first = found->next;
    if (!first)
        last = &first;
    pthread_mutex_unlock(&mutex);
    return found;
}

static void *work(void *data)
{
    char message[256];

    for (;;) {
        item *found = next_item();

        /* The one before may have taken minutes, on a network that drops everything. */
        if (cf_monotonic_us() - found->since < TOO_OLD)
            PQcancel(found->cancel, message, sizeof(message));
        PQfreeCancel(found->cancel);
        PQfinish(found->pg);
        free(found);
        pthread_mutex_lock(&mutex);
        queued--;
        latest = cf_monotonic_us();
        pthread_mutex_unlock(&mutex);
    }
    return data;
}

/* A child of a fork has neither the thread nor a say in what the parent queued. */
static bool start_thread(void)
{
    pthread_attr_t attributes;
    pthread_t      thread;
    sigset_t       every, before;
    bool           ok;

    if (process == getpid())
        return true;
    pthread_mutex_init(&mutex, NULL);
    pthread_cond_init(&more, NULL);
    first = NULL;
    last = &first;
    queued = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    ok = pthread_create(&thread, &attributes, work, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    process = ok ? getpid() : 0;
    return ok;
}

static bool enqueue(PGcancel *cancel, PGconn *pg)
{
    item *added;
    bool  room;

    if (!cancel || !start_thread())
        return false;
    added = cf_xcalloc(1, sizeof(*added));
    added->cancel = cancel;
    added->pg = pg;
    added->since = cf_monotonic_us();
    pthread_mutex_lock(&mutex);
    room = queued < MAX_QUEUED;
    if (room) {
        *last = added;
        last = &added->next;
        queued++;
        pthread_cond_signal(&more);
    }
    pthread_mutex_unlock(&mutex);
    if (!room)
        free(added);
    return room;
}

void cf__pg_cancel(PGconn *pg)
{
    PGcancel *cancel = PQgetCancel(pg);

    if (!enqueue(cancel, NULL))
        PQfreeCancel(cancel);
}

void cf__pg_abandon(PGconn *pg)
{
    PGcancel *cancel = PQstatus(pg) == CONNECTION_OK ? PQgetCancel(pg) : NULL;

    if (!pg || enqueue(cancel, pg))
        return;
    PQfreeCancel(cancel);
    PQfinish(pg);
}

bool cf__pg_cancels(void)
{
    bool some;

    if (process != getpid())
        return false;
    pthread_mutex_lock(&mutex);
    some = queued || (latest && cf_monotonic_us() - latest < ARRIVAL);
    pthread_mutex_unlock(&mutex);
    return some;
}
