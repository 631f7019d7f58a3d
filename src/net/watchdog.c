/* watchdog.c -- notices a handler that holds its loop, and logs where it is.
 *
 * A thread looks at the loop's count of fiber entries now and then. When it stands still while a
 * fiber runs, a signal makes the loop's thread write down its own stack, which the watchdog then
 * resolves and logs while the handler goes on. */
#include "net/watchdog.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <carafe/log.h>
#include <carafe/stack.h>
#include <carafe/time.h>

#define ASK_SIGNAL  SIGURG /* Ignored by default and used by nobody else here. */
#define MOST_FRAMES 24

static struct {
    pthread_t thread, watched;
    cf__loop *loop;
    int64_t   limit_us;
    sem_t     stop, answered;
    uintptr_t frames[MOST_FRAMES];
    size_t    frame_count;
    bool      running;
} dog;

static void on_ask(int number)
{
    (void)number;
    /* Without this handler and the trampoline that called it. */
    dog.frame_count = cf_backtrace_addresses(dog.frames, MOST_FRAMES, 2);
    sem_post(&dog.answered);
}

static bool wait_for(sem_t *semaphore, int64_t us)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(us % 1000000) * 1000;
    until.tv_sec += (time_t)(us / 1000000) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return sem_timedwait(semaphore, &until) == 0;
}

static void report(const char *name, int64_t held_us)
{
    cf_arena *arena = cf_arena_new();
    cf_buf    text = cf_buf_in(arena, 0);

    if (pthread_kill(dog.watched, ASK_SIGNAL) == 0 && wait_for(&dog.answered, 1000000))
        cf_backtrace_line(&text, cf_backtrace_resolve(arena, dog.frames, dog.frame_count),
                          dog.frame_count);
    cf_log(CF_WARNING, "'%s' has held its loop for %lld ms, nothing else runs meanwhile: %s",
           name ? name : "?", (long long)(held_us / 1000), cf_buf_cstr(&text));
    cf_arena_free(arena);
}

static void *watch(void *arg)
{
    unsigned seen = 0;
    int64_t  since = cf_monotonic_us();
    bool     reported = false;

    (void)arg;
    while (!wait_for(&dog.stop, dog.limit_us / 4)) {
        unsigned        turns = __atomic_load_n(&dog.loop->turns, __ATOMIC_RELAXED);
        const cf_fiber *fiber = __atomic_load_n(&dog.loop->current, __ATOMIC_RELAXED);
        int64_t         now = cf_monotonic_us();
        if (turns != seen || !fiber) {
            seen = turns;
            since = now;
            reported = false;
        } else if (!reported && now - since >= dog.limit_us) {
            reported = true;
            report(fiber->name, now - since);
        }
    }
    return NULL;
}

bool cf__watchdog_start(cf__loop *loop, int64_t limit_ms, cf_error *err)
{
    struct sigaction action = { .sa_handler = on_ask, .sa_flags = SA_RESTART | SA_ONSTACK };
    sigset_t         all, old;
    uintptr_t        warm_up[2];

    dog.loop = loop;
    dog.watched = pthread_self();
    dog.limit_us = limit_ms * 1000;
    sem_init(&dog.stop, 0, 0);
    sem_init(&dog.answered, 0, 0);
    cf_backtrace_addresses(warm_up, 2, 0);
    sigaction(ASK_SIGNAL, &action, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int status = pthread_create(&dog.thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    dog.running = status == 0;
    return dog.running ||
           cf_fail(err, CF_EUNAVAILABLE, "no thread for the watchdog: %s", strerror(status));
}

void cf__watchdog_stop(void)
{
    if (!dog.running)
        return;
    sem_post(&dog.stop);
    pthread_join(dog.thread, NULL);
    signal(ASK_SIGNAL, SIG_DFL);
    sem_destroy(&dog.stop);
    sem_destroy(&dog.answered);
    dog.running = false;
}
