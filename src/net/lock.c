/* lock.c -- a lock between fibers: whoever waits longest gets it next. */
#include "net/loop.h"

struct cf__waiter {
    struct cf__waiter *next;
    cf_fiber          *fiber;
    bool               granted;
};

/* Stands for "code outside fibers" as a holder. */
static cf_fiber outside;

static void leave_queue(cf_fiber_lock *lock, struct cf__waiter *waiter)
{
    struct cf__waiter *before = NULL, *at = lock->first;

    while (at != waiter) {
        before = at;
        at = at->next;
    }
    if (before)
        before->next = waiter->next;
    else
        lock->first = waiter->next;
    if (lock->last == waiter)
        lock->last = before;
}

static bool wait_for(cf_fiber_lock *lock, cf_fiber *fiber, cf_error *err)
{
    struct cf__waiter waiter = { .fiber = fiber };
    cf__wake          wake = CF__WOKEN;

    if (lock->last)
        lock->last->next = &waiter;
    else
        lock->first = &waiter;
    lock->last = &waiter;
    while (!waiter.granted && wake == CF__WOKEN)
        wake = cf__fiber_wait(0);
    if (waiter.granted)
        return true;
    leave_queue(lock, &waiter);
    return cf__wake_fail(wake, err);
}

bool cf_fiber_lock_take(cf_fiber_lock *lock, cf_error *err)
{
    cf_fiber *fiber = cf_fiber_current(), *self = fiber ? fiber : &outside;

    if (lock->holder == self)
        return cf_fail(err, CF_EINVAL, "this fiber already holds the lock it asks for");
    if (lock->holder && !fiber)
        return cf_fail(err, CF_EBUSY,
                       "a fiber holds the lock, and outside a fiber nobody can wait for it");
    if (lock->holder)
        return wait_for(lock, fiber, err);
    lock->holder = self;
    return true;
}

void cf_fiber_lock_drop(cf_fiber_lock *lock)
{
    struct cf__waiter *next = lock->first;

    lock->holder = NULL;
    if (!next)
        return;
    lock->first = next->next;
    if (!lock->first)
        lock->last = NULL;
    lock->holder = next->fiber;
    next->granted = true;
    cf_fiber_resume(next->fiber);
}
