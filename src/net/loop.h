/* loop.h -- a thread's event loop, the fibers that run on it and what they wait for.
 *
 * The loop runs on the thread's own stack; so do libuv's callbacks. Every fiber is entered from
 * there and leaves to there, never to another fiber. A callback makes a fiber ready; ready fibers
 * run just before the loop would wait again. */
#ifndef CARAFE_NET_LOOP_H
#define CARAFE_NET_LOOP_H

#include <uv.h>

#include <carafe/fiber.h>

#include "base/value_internal.h"
#include "net/context.h"

typedef struct cf__loop cf__loop;
struct cf__message; /* See crash.h. */

enum cf__fiber_state {
    CF__FIBER_IDLE,  /* In the pool. */
    CF__FIBER_READY, /* In the queue of those that run next. */
    CF__FIBER_RUNNING,
    CF__FIBER_SUSPENDED,
};

/* A fiber lives at the upper end of its own stack's mapping and is reused with it. */
struct cf_fiber {
    cf_fiber   *next; /* In the ready queue or in the pool. */
    cf__loop   *loop;
    const char *name;
    void (*fn)(void *arg);
    void         *arg;
    void         *local;
    int64_t       deadline; /* Monotonic microseconds; 0: none. */
    unsigned char state;
    bool          canceled;
    bool          resumed; /* Somebody resumed it before it suspended. */
    unsigned      locks;   /* How many it holds. */
    cf__walking   walk;    /* cf__walk while another runs. */
    cf__context   context;
    uv_timer_t    timer;   /* Wakes it from the wait it is in. */
    char         *mapping; /* Guard, stack, this struct. */
    size_t        mapping_size;
    int64_t       released_us; /* When it came back to the pool; 0 once its stack was trimmed. */
    cf_fiber     *all_next;
    void (*after)(void *arg); /* Called on the loop's stack once fn has returned. */
    /* When this process crashes while the fiber runs: called from the signal handler. */
    void (*on_crash)(void *data, struct cf__message *message);
    void *crash_data;
};

struct cf__loop {
    uv_loop_t    uv;
    uv_prepare_t prepare;
    uv_idle_t    idle; /* Active while fibers are ready, so that the loop does not wait. */
    cf_fiber    *current;
    cf_fiber    *ready_first, *ready_last;
    cf_fiber    *pool; /* Latest first. */
    cf_fiber    *all;
    size_t       live, made, max_fibers;
    size_t       stack_size;
    cf__context  main;
    unsigned     turns; /* Counts entries into fibers; the watchdog sees by it that one lasts. */
    bool         idling;
};

/* This thread's loop, made at first use. cf__loop_peek: NULL when there is none yet. */
cf__loop *cf__loop_get(void);
cf__loop *cf__loop_peek(void);

/* Runs the fibers that are ready now (not those that become ready meanwhile). */
void cf__loop_run_ready(cf__loop *loop);

/* A fiber that the caller may complete and then enters or resumes. Errors as cf_fiber_spawn(). */
cf_fiber *cf__fiber_make(cf__loop *loop, const char *name, void (*fn)(void *arg), void *arg,
                         cf_error *err);

/* Enters a fiber from the loop's stack; returns when it suspends or ends. */
void cf__fiber_enter(cf__loop *loop, cf_fiber *fiber);

/* The two halves of freeing all fibers: first their timers, then, once those are closed, their
 * stacks. */
void cf__fiber_close_all(cf__loop *loop);
void cf__fiber_unmap_all(cf__loop *loop);

/* Gives back the memory of pooled stacks that nobody used for a second. */
void cf__fiber_trim(cf__loop *loop);

typedef enum cf__wake { CF__WOKEN, CF__CANCELED, CF__TIMED_OUT } cf__wake;

/* Suspends the running fiber until it is resumed, canceled, or `until` or its deadline is reached
 * (monotonic microseconds; 0: no limit of its own). A wake may be spurious. */
cf__wake cf__fiber_wait(int64_t until);

/* As cf__fiber_wait(), but only a resume ends it: something still uses the fiber's stack. */
void cf__fiber_wait_always(void);

/* Lets the other ready fibers and the loop run once. */
void cf__fiber_yield(void);

/* Called when the running fiber is about to give way, if set: to let go of what must not be held
 * over a wait. */
extern void (*cf__before_wait)(void);

/* Called when the fibers that were ready have run and the loop is about to wait, if set: to send
 * what they put together. */
extern void (*cf__turn_ended)(void);

/* Called when a thread's loop is about to be freed, if set: to close handles that stay open between
 * uses. */
extern void (*cf__loop_ends)(void);

/* Turns a wake that is not CF__WOKEN into an error; returns false. */
bool cf__wake_fail(cf__wake wake, cf_error *err);

/* The live fiber in whose guard this address lies, for the crash report; NULL for none. Safe in a
 * signal handler. */
const cf_fiber *cf__fiber_overflowed(const void *address);

#endif
