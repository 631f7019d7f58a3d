/* loop.c -- one event loop a thread, and the queue of fibers ready to run on it. */
#include "net/loop.h"

#include <stdio.h>
#include <stdlib.h>

#include <carafe/arena.h>

#define DEFAULT_STACK      ((size_t)256 * 1024)
#define DEFAULT_MAX_FIBERS 4000

static _Thread_local cf__loop *this_loop;

void (*cf__turn_ended)(void);
void (*cf__loop_ends)(void);

static void stay_awake(uv_idle_t *idle)
{
    (void)idle;
}

static void before_wait(uv_prepare_t *prepare)
{
    cf__loop *loop = prepare->data;
    bool      more;

    cf__loop_run_ready(loop);
    if (cf__turn_ended)
        cf__turn_ended();
    more = loop->ready_first != NULL;
    if (more == loop->idling)
        return;
    loop->idling = more;
    if (more)
        uv_idle_start(&loop->idle, stay_awake);
    else
        uv_idle_stop(&loop->idle);
}

cf__loop *cf__loop_peek(void)
{
    return this_loop;
}

cf__loop *cf__loop_get(void)
{
    cf__loop *loop = this_loop;

    if (loop)
        return loop;
    loop = cf_xcalloc(1, sizeof *loop);
    if (uv_loop_init(&loop->uv) != 0) {
        fprintf(stderr, "carafe: the event loop cannot start (too many open files?)\n");
        abort();
    }
    uv_prepare_init(&loop->uv, &loop->prepare);
    loop->prepare.data = loop;
    uv_prepare_start(&loop->prepare, before_wait);
    uv_unref((uv_handle_t *)&loop->prepare);
    uv_idle_init(&loop->uv, &loop->idle);
    loop->stack_size = DEFAULT_STACK;
    loop->max_fibers = DEFAULT_MAX_FIBERS;
    this_loop = loop;
    return loop;
}

void cf__loop_run_ready(cf__loop *loop)
{
    cf_fiber *last = loop->ready_last, *fiber;

    if (!last)
        return;
    do {
        fiber = loop->ready_first;
        loop->ready_first = fiber->next;
        if (!loop->ready_first)
            loop->ready_last = NULL;
        cf__fiber_enter(loop, fiber);
    } while (fiber != last && loop->ready_first);
}

size_t cf_fiber_run(void)
{
    cf__loop *loop = cf__loop_get();

    while (loop->live > 0) {
        cf__loop_run_ready(loop);
        if (!uv_run(&loop->uv, loop->ready_first ? UV_RUN_NOWAIT : UV_RUN_ONCE) &&
            !loop->ready_first)
            break; /* Nothing can wake those that are left. */
    }
    return loop->live;
}

void cf_fiber_configure(size_t stack_size, size_t max_fibers)
{
    cf__loop *loop = cf__loop_get();

    if (stack_size)
        loop->stack_size = stack_size;
    if (max_fibers)
        loop->max_fibers = max_fibers;
}

void cf_fiber_end(void)
{
    cf__loop *loop = this_loop;
    if (!loop)
        return;
    if (cf__loop_ends)
        cf__loop_ends();
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    cf__fiber_close_all(loop);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop->uv) != 0) {
        fprintf(stderr, "carafe: the event loop ended with handles still open\n");
        abort();
    }
    cf__fiber_unmap_all(loop);
    this_loop = NULL;
    free(loop);
}
