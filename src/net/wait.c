/* wait.c -- what a fiber can wait for: time, a descriptor, work on the thread pool. */
#include "net/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <carafe/arena.h>
#include <carafe/time.h>

static int64_t from_now(int64_t ms)
{
    return cf_monotonic_us() + ms * 1000;
}

bool cf_sleep(int64_t ms, cf_error *err)
{
    cf_fiber       *fiber = cf_fiber_current();
    int64_t         until = from_now(ms > 0 ? ms : 0);
    struct timespec left = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000 };

    if (!fiber) {
        while (ms > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
            continue;
        return true;
    }
    if (ms <= 0)
        cf__fiber_yield();
    for (;;) {
        cf__wake wake = cf__fiber_wait(until);
        if (wake != CF__CANCELED && cf_monotonic_us() >= until)
            return true;
        if (wake != CF__WOKEN)
            return cf__wake_fail(wake, err);
    }
}

/* On the heap, since libuv closes handles later than the wait ends. */
typedef struct fd_wait {
    uv_poll_t handle;
    cf_fiber *fiber;
    int       ready;
    bool      done;
} fd_wait;

static void free_wait(uv_handle_t *handle)
{
    free(handle->data);
}

static void fd_ready(uv_poll_t *handle, int status, int events)
{
    fd_wait *wait = handle->data;

    if (status < 0)
        wait->ready = POLLERR;
    else
        wait->ready = (events & UV_READABLE ? POLLIN : 0) | (events & UV_WRITABLE ? POLLOUT : 0);
    wait->done = true;
    uv_poll_stop(handle);
    cf_fiber_resume(wait->fiber);
}

static bool wait_in_fiber(cf_fiber *fiber, int fd, int events, int64_t until, int *ready,
                          cf_error *err)
{
    fd_wait *wait = cf_xcalloc(1, sizeof *wait);
    int      mask = (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0);
    int      status = uv_poll_init(&fiber->loop->uv, &wait->handle, fd);
    cf__wake wake = CF__WOKEN;

    if (status != 0) {
        free(wait);
        return cf_fail(err, CF_EIO, "cannot wait for descriptor %d: %s", fd, uv_strerror(status));
    }
    wait->handle.data = wait;
    wait->fiber = fiber;
    uv_poll_start(&wait->handle, mask, fd_ready);
    while (!wait->done && wake == CF__WOKEN)
        wake = cf__fiber_wait(until);
    if (wait->done && ready)
        *ready = wait->ready;
    bool done = wait->done;
    uv_close((uv_handle_t *)&wait->handle, free_wait);
    return done || cf__wake_fail(wake, err);
}

bool cf_wait_fd(int fd, int events, int64_t timeout_ms, int *ready, cf_error *err)
{
    cf_fiber     *fiber = cf_fiber_current();
    int64_t       until = timeout_ms < 0 ? 0 : from_now(timeout_ms);
    struct pollfd item = { .fd = fd, .events = (short)events };

    if (fiber && timeout_ms != 0)
        return wait_in_fiber(fiber, fd, events, until, ready, err);
    for (;;) {
        int64_t left = until ? (until - cf_monotonic_us() + 999) / 1000 : -1;
        int     count = poll(&item, 1, until ? (int)(left > 0 ? left : 0) : -1);
        if (count > 0)
            break;
        if (count == 0)
            return cf_fail(err, CF_ETIMEOUT, "timed out while waiting");
        if (errno != EINTR)
            return cf_fail(err, CF_EIO, "cannot wait for descriptor %d: %s", fd, strerror(errno));
    }
    if (ready)
        *ready = item.revents;
    return true;
}

typedef struct offload {
    uv_work_t request; /* First: libuv gives us back its address. */
    cf_fiber *fiber;
    void (*work)(void *arg);
    void *arg;
    bool  done;
} offload;

static void on_pool(uv_work_t *request)
{
    offload *o = (offload *)request;

    o->work(o->arg);
}

static void after_pool(uv_work_t *request, int status)
{
    offload *o = (offload *)request;

    (void)status;
    o->done = true;
    cf_fiber_resume(o->fiber);
}

bool cf_offload(void (*work)(void *arg), void *arg, cf_error *err)
{
    offload o = { .fiber = cf_fiber_current(), .work = work, .arg = arg };
    int     status;

    if (!o.fiber) {
        work(arg);
        return true;
    }
    if (!cf_fiber_check(err))
        return false;
    status = uv_queue_work(&o.fiber->loop->uv, &o.request, on_pool, after_pool);
    if (status != 0)
        return cf_fail(err, CF_EUNAVAILABLE, "the thread pool takes no work: %s",
                       uv_strerror(status));
    while (!o.done)
        cf__fiber_wait_always();
    return true;
}
