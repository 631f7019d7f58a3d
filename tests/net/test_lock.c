/* test_lock.c -- locks between fibers: order, cancelling while waiting, misuse. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <carafe/fiber.h>

static cf_fiber_lock lock;
static char          order[64], text_a[] = "a", text_b[] = "b", text_c[] = "c";
static int           inside;
static cf_fiber     *second;

static void work(void *arg)
{
    if (*(const char *)arg == 'b')
        second = cf_fiber_current();
    if (!cf_fiber_lock_take(&lock, NULL)) {
        snprintf(order + strlen(order), 2, "-");
        return;
    }
    cr_assert_eq(inside++, 0, "only one at a time");
    cr_assert(cf_sleep(1, NULL));
    inside--;
    snprintf(order + strlen(order), 2, "%s", (const char *)arg);
    cf_fiber_lock_drop(&lock);
}

Test(lock, is_given_in_the_order_of_asking)
{
    cf_fiber_spawn("a", work, text_a, NULL);
    cf_fiber_spawn("b", work, text_b, NULL);
    cf_fiber_spawn("c", work, text_c, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(order, "abc");
    cr_assert_null(lock.holder);
    cf_fiber_end();
}

static void cancel_second(void *arg)
{
    (void)arg;
    cf_fiber_cancel(second);
}

Test(lock, a_canceled_waiter_leaves_the_queue)
{
    cf_fiber_spawn("a", work, text_a, NULL);
    cf_fiber_spawn("b", work, text_b, NULL);
    cf_fiber_spawn("c", work, text_c, NULL);
    cf_fiber_spawn("cancel", cancel_second, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(order, "-ac");
    cr_assert_null(lock.holder);
    cr_assert_null(lock.last);
    cf_fiber_end();
}

static void take_twice(void *arg)
{
    cf_error err = { 0 };

    (void)arg;
    cr_assert(cf_fiber_lock_take(&lock, &err));
    cr_assert_not(cf_fiber_lock_take(&lock, &err));
    cr_assert_eq(err.code, CF_EINVAL);
    cf_fiber_lock_drop(&lock);
}

Test(lock, taken_twice_is_an_error_and_no_deadlock)
{
    cf_fiber_spawn("twice", take_twice, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    take_twice(NULL);
    cf_fiber_end();
}

static void hold(void *arg)
{
    (void)arg;
    cr_assert(cf_fiber_lock_take(&lock, NULL));
    cf_fiber_suspend();
    cf_fiber_lock_drop(&lock);
}

Test(lock, held_by_a_fiber_is_busy_for_code_outside)
{
    cf_error  err = { 0 };
    cf_fiber *holder = cf_fiber_spawn("holder", hold, NULL, NULL);

    cr_assert_eq(cf_fiber_run(), 1);
    cr_assert_not(cf_fiber_lock_take(&lock, &err));
    cr_assert_eq(err.code, CF_EBUSY);
    cf_fiber_resume(holder);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert(cf_fiber_lock_take(&lock, &err));
    cf_fiber_lock_drop(&lock);
    cf_fiber_end();
}
