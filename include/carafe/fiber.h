/* fiber.h -- straight-line code that waits without blocking its process.
 *
 * A fiber runs a function on a stack of its own and gives way to others while it waits. Outside a
 * fiber (commands, tests) every waiting call simply blocks the thread, so library code is written
 * once. Fibers of one process share one thread: between two waits nothing else of ours runs. */
#ifndef CARAFE_FIBER_H
#define CARAFE_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <carafe/error.h>

typedef struct cf_fiber cf_fiber;

/* The running fiber, or NULL outside one. */
cf_fiber *cf_fiber_current(void);

/* Starts a fiber on this thread's loop; it first runs before the loop's next wait.
 *
 * Args:
 *   name: shown when it overflows its stack or holds the loop; must outlive it (a route's rule).
 *
 * Returns: the fiber, valid until its function returns, or NULL with CF_ELIMIT when the limit of
 * stacks is reached.
 */
cf_fiber *cf_fiber_spawn(const char *name, void (*fn)(void *arg), void *arg, cf_error *err);

/* Names the running fiber anew, such as by the route once it is known; the text must outlive it. */
void cf_fiber_name(const char *name);

/* Gives way until cf_fiber_resume(). Only inside a fiber. May return without cause, so callers
 * wait in a loop for what they wait for.
 *
 * Returns: false once canceled or past its deadline; cf_fiber_check() says which.
 */
bool cf_fiber_suspend(void) CF_SUSPENDS;

/* Makes a suspended fiber ready to run; from this thread only. Resuming before it suspends makes
 * the next suspend return at once. */
void cf_fiber_resume(cf_fiber *fiber);

/* Cancels: the current and every later wait of it returns CF_ECANCELED. */
void cf_fiber_cancel(cf_fiber *fiber);
bool cf_fiber_canceled(void);

/* Whether the running fiber may go on. Errors: CF_ECANCELED, CF_ETIMEOUT (its deadline). True
 * outside a fiber. */
bool cf_fiber_check(cf_error *err);

/* A deadline for all waits of the running fiber, in cf_monotonic_us() terms; 0 removes it. */
void cf_fiber_deadline(int64_t monotonic_us);

/* Runs this thread's loop until every fiber has ended: for commands and tests; a server does it by
 * itself.
 *
 * Returns: how many fibers are left because nothing can ever wake them; 0 when all is well.
 */
size_t cf_fiber_run(void);

/* Limits of this thread's fibers that are started from now on; 0 keeps what is set.
 *
 * Args:
 *   stack_size: bytes of address space a fiber, 256 KiB; memory is used only as far as touched.
 *   max_fibers: 4,000; the kernel's limit of mappings allows about 32,000.
 */
void cf_fiber_configure(size_t stack_size, size_t max_fibers);

/* Frees this thread's loop and its pooled stacks; no fiber may be alive. A later use makes a new
 * one. */
void cf_fiber_end(void);

/* One pointer that belongs to the running fiber (outside one: to the thread): the request. */
void  cf_fiber_set_local(void *local);
void *cf_fiber_local(void);

/* Waits. Errors: CF_ECANCELED, CF_ETIMEOUT (the deadline). */
bool cf_sleep(int64_t ms, cf_error *err) CF_SUSPENDS;

/* Runs `work(arg)` on the thread pool and waits for it. The work must touch nothing that the
 * loop's thread uses. Returns false only if it was never started; once started it is awaited even
 * when canceled, since `arg` lies on the caller's stack. */
bool cf_offload(void (*work)(void *arg), void *arg, cf_error *err) CF_SUSPENDS;

/* Waits until a descriptor is readable or writable (poll's POLLIN, POLLOUT).
 *
 * Args:
 *   timeout_ms: -1 for none; CF_ETIMEOUT when it passes.
 *   ready: receives the events; may be NULL.
 *
 * Only one fiber may wait for a descriptor at a time; while it does, nobody may close it.
 */
bool cf_wait_fd(int fd, int events, int64_t timeout_ms, int *ready, cf_error *err) CF_SUSPENDS;

/* A lock between fibers, first come first served. Zero-initialised is free. Code outside fibers can
 * take it only while no fiber holds it (else CF_EBUSY), since nobody could drop it meanwhile. */
typedef struct cf_fiber_lock {
    cf_fiber          *holder;
    struct cf__waiter *first, *last;
} cf_fiber_lock;
bool cf_fiber_lock_take(cf_fiber_lock *lock, cf_error *err) CF_SUSPENDS;
void cf_fiber_lock_drop(cf_fiber_lock *lock);

#endif
