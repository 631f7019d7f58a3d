/* fiber.c -- fibers: their stacks, their life, cancelling and deadlines.
 *
 * A fiber's mapping is, from low to high addresses: a guard that faults, the stack, the cf_fiber.
 * Both stay mapped when the fiber ends and serve the next one: its function never returns but
 * leaves the stack and, entered anew, runs what it finds in its struct. */
#include "net/loop.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <carafe/arena.h>
#include <carafe/time.h>

#ifdef CF_NET_ASAN
#include <sanitizer/lsan_interface.h>
#endif

#define GUARD        ((size_t)16 * 1024)
#define KEPT_TOP     ((size_t)8 * 1024)
#define IDLE_TRIM_US INT64_C(1000000)

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

static void fiber_main(void *arg)
{
    cf_fiber *fiber = arg;
    cf__loop *loop = fiber->loop;

    cf__context_entered(&loop->main);
    for (;;) {
        fiber->fn(fiber->arg);
        fiber->state = CF__FIBER_IDLE;
        cf__context_swap(&fiber->context, &loop->main);
    }
}

static cf_fiber *make_fiber(cf__loop *loop, cf_error *err)
{
    size_t    page = (size_t)sysconf(_SC_PAGESIZE);
    size_t    guard = round_up(GUARD, page);
    size_t    size = guard + round_up(loop->stack_size + sizeof(cf_fiber), page);
    size_t    head = round_up(sizeof(cf_fiber), 64);
    cf_fiber *fiber;
    char     *mapping;

    mapping = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED || mprotect(mapping, guard, PROT_NONE) != 0) {
        if (mapping != MAP_FAILED)
            munmap(mapping, size);
        cf_fail(err, CF_ELIMIT, "no memory for another fiber's stack (%zu exist)", loop->made);
        return NULL;
    }
    fiber = (cf_fiber *)(void *)(mapping + size - head);
    fiber->loop = loop;
    fiber->mapping = mapping;
    fiber->mapping_size = size;
    fiber->all_next = loop->all;
    loop->all = fiber;
    loop->made++;
    uv_timer_init(&loop->uv, &fiber->timer);
    fiber->timer.data = fiber;
    cf__context_make(&fiber->context, mapping + guard, size - head - guard, fiber_main, fiber);
#ifdef CF_NET_ASAN
    __lsan_register_root_region(mapping + guard, size - guard);
#endif
    return fiber;
}

static cf_fiber *take_fiber(cf__loop *loop, cf_error *err)
{
    cf_fiber *fiber = loop->pool;

    if (loop->live >= loop->max_fibers) {
        cf_fail(err, CF_ELIMIT, "%zu fibers are running, which is the limit", loop->live);
        return NULL;
    }
    if (fiber)
        loop->pool = fiber->next;
    else
        fiber = make_fiber(loop, err);
    if (fiber)
        loop->live++;
    return fiber;
}

cf_fiber *cf__fiber_make(cf__loop *loop, const char *name, void (*fn)(void *arg), void *arg,
                         cf_error *err)
{
    cf_fiber *fiber = take_fiber(loop, err);

    if (!fiber)
        return NULL;
    fiber->name = name;
    fiber->fn = fn;
    fiber->arg = arg;
    fiber->local = NULL;
    fiber->deadline = 0;
    fiber->canceled = fiber->resumed = false;
    fiber->locks = 0;
    fiber->after = NULL;
    fiber->on_crash = NULL;
    fiber->state = CF__FIBER_SUSPENDED;
    return fiber;
}

static void release_fiber(cf__loop *loop, cf_fiber *fiber)
{
    loop->live--;
    fiber->released_us = (int64_t)uv_now(&loop->uv) * 1000;
    fiber->next = loop->pool;
    loop->pool = fiber;
}

void cf__fiber_enter(cf__loop *loop, cf_fiber *fiber)
{
    cf__walking outside = cf__walk;

    fiber->state = CF__FIBER_RUNNING;
    loop->current = fiber;
    loop->turns++;
    cf__walk = fiber->walk;
    cf__context_swap(&loop->main, &fiber->context);
    fiber->walk = cf__walk;
    cf__walk = outside;
    loop->current = NULL;
    if (fiber->state != CF__FIBER_IDLE)
        return;
    void (*after)(void *arg) = fiber->after;
    void *arg = fiber->arg;
    release_fiber(loop, fiber);
    if (after)
        after(arg);
}

cf_fiber *cf_fiber_spawn(const char *name, void (*fn)(void *arg), void *arg, cf_error *err)
{
    cf_fiber *fiber = cf__fiber_make(cf__loop_get(), name, fn, arg, err);

    if (fiber)
        cf_fiber_resume(fiber);
    return fiber;
}

cf_fiber *cf_fiber_current(void)
{
    cf__loop *loop = cf__loop_peek();

    return loop ? loop->current : NULL;
}

void cf_fiber_name(const char *name)
{
    cf_fiber *fiber = cf_fiber_current();

    if (fiber)
        fiber->name = name;
}

void cf_fiber_resume(cf_fiber *fiber)
{
    cf__loop *loop = fiber->loop;

    if (fiber->state != CF__FIBER_SUSPENDED) {
        fiber->resumed = fiber->state == CF__FIBER_RUNNING || fiber->resumed;
        return;
    }
    fiber->state = CF__FIBER_READY;
    fiber->next = NULL;
    if (loop->ready_last)
        loop->ready_last->next = fiber;
    else
        loop->ready_first = fiber;
    loop->ready_last = fiber;
}

void cf_fiber_cancel(cf_fiber *fiber)
{
    fiber->canceled = true;
    cf_fiber_resume(fiber);
}

bool cf_fiber_canceled(void)
{
    cf_fiber *fiber = cf_fiber_current();

    return fiber && fiber->canceled;
}

void cf_fiber_deadline(int64_t monotonic_us)
{
    cf_fiber *fiber = cf_fiber_current();

    if (fiber)
        fiber->deadline = monotonic_us;
}

static _Thread_local void *thread_local_pointer;

void cf_fiber_set_local(void *local)
{
    cf_fiber *fiber = cf_fiber_current();

    if (fiber)
        fiber->local = local;
    else
        thread_local_pointer = local;
}

void *cf_fiber_local(void)
{
    cf_fiber *fiber = cf_fiber_current();

    return fiber ? fiber->local : thread_local_pointer;
}

void (*cf__before_wait)(void);

static void leave(cf_fiber *fiber)
{
    if (fiber->resumed) {
        fiber->resumed = false;
        return;
    }
    if (cf__before_wait)
        cf__before_wait();
    fiber->state = CF__FIBER_SUSPENDED;
    cf__context_swap(&fiber->context, &fiber->loop->main);
    fiber->resumed = false;
}

void cf__fiber_yield(void)
{
    cf_fiber *fiber = cf_fiber_current();

    if (cf__before_wait)
        cf__before_wait();
    fiber->state = CF__FIBER_SUSPENDED;
    cf_fiber_resume(fiber);
    cf__context_swap(&fiber->context, &fiber->loop->main);
}

static void timer_fired(uv_timer_t *timer)
{
    cf_fiber_resume(timer->data);
}

static cf__wake check(const cf_fiber *fiber, int64_t until)
{
    if (fiber->canceled)
        return CF__CANCELED;
    if (until && cf_monotonic_us() >= until)
        return CF__TIMED_OUT;
    return CF__WOKEN;
}

cf__wake cf__fiber_wait(int64_t until)
{
    cf_fiber *fiber = cf_fiber_current();
    cf__wake  wake;

    if (fiber->deadline && (!until || fiber->deadline < until))
        until = fiber->deadline;
    wake = check(fiber, until);
    if (wake != CF__WOKEN)
        return wake;
    if (until) {
        /* libuv's clock is the same one, in milliseconds, and stands still while callbacks run. */
        uint64_t at = (uint64_t)(until + 999) / 1000, now = uv_now(&fiber->loop->uv);
        uv_timer_start(&fiber->timer, timer_fired, at > now ? at - now : 0, 0);
    }
    leave(fiber);
    if (until)
        uv_timer_stop(&fiber->timer);
    return check(fiber, until);
}

void cf__fiber_wait_always(void)
{
    leave(cf_fiber_current());
}

bool cf__wake_fail(cf__wake wake, cf_error *err)
{
    if (wake == CF__CANCELED)
        return cf_fail(err, CF_ECANCELED, "canceled while waiting");
    return cf_fail(err, CF_ETIMEOUT, "timed out while waiting");
}

bool cf_fiber_suspend(void)
{
    return cf__fiber_wait(0) == CF__WOKEN;
}

bool cf_fiber_check(cf_error *err)
{
    cf_fiber *fiber = cf_fiber_current();
    cf__wake  wake = fiber ? check(fiber, fiber->deadline) : CF__WOKEN;

    return wake == CF__WOKEN || cf__wake_fail(wake, err);
}

void cf__fiber_trim(cf__loop *loop)
{
    int64_t now = (int64_t)uv_now(&loop->uv) * 1000;

    for (cf_fiber *fiber = loop->pool; fiber; fiber = fiber->next) {
        const char *bottom = fiber->context.bottom;
        if (!fiber->released_us || now - fiber->released_us < IDLE_TRIM_US)
            continue;
        madvise((void *)(uintptr_t)bottom, (size_t)((char *)fiber - bottom) - KEPT_TOP,
                MADV_DONTNEED);
        fiber->released_us = 0;
    }
}

void cf__fiber_close_all(cf__loop *loop)
{
    for (cf_fiber *fiber = loop->all; fiber; fiber = fiber->all_next)
        uv_close((uv_handle_t *)&fiber->timer, NULL);
}

void cf__fiber_unmap_all(cf__loop *loop)
{
    while (loop->all) {
        cf_fiber *fiber = loop->all;
        loop->all = fiber->all_next;
#ifdef CF_NET_ASAN
        __lsan_unregister_root_region(
            fiber->context.bottom,
            (size_t)(fiber->mapping + fiber->mapping_size - (const char *)fiber->context.bottom));
#endif
        munmap(fiber->mapping, fiber->mapping_size);
    }
}

const cf_fiber *cf__fiber_overflowed(const void *address)
{
    cf__loop       *loop = cf__loop_peek();
    const cf_fiber *fiber = loop ? loop->current : NULL;
    const char     *at = address;

    if (fiber && at >= fiber->mapping && at < (const char *)fiber->context.bottom)
        return fiber;
    return NULL;
}
