/* test_fiber.c -- fibers: order, locals, cancelling, deadlines, limits, reuse of stacks. */
#include <criterion/criterion.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <carafe/fiber.h>
#include <carafe/time.h>

typedef struct trace {
    char text[256];
} trace;

static trace seen;
static char  text_a[] = "a", text_b[] = "b", text_x[] = "x";

static void note(const char *word)
{
    size_t len = strlen(seen.text);

    snprintf(seen.text + len, sizeof seen.text - len, "%s%s", len ? " " : "", word);
}

static void say_twice(void *arg)
{
    note(arg);
    cr_assert(cf_sleep(0, NULL));
    note(arg);
}

Test(fiber, run_in_the_order_they_were_started_and_take_turns)
{
    cr_assert(cf_fiber_spawn("a", say_twice, text_a, NULL));
    cr_assert(cf_fiber_spawn("b", say_twice, text_b, NULL));
    cr_assert_str_empty(seen.text);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(seen.text, "a b a b");
    cf_fiber_end();
}

static void keep_local(void *arg)
{
    cr_assert_null(cf_fiber_local());
    cf_fiber_set_local(arg);
    cr_assert(cf_sleep(0, NULL));
    cr_assert_eq(cf_fiber_local(), arg);
    note("kept");
}

Test(fiber, each_has_its_own_local_and_so_has_the_thread)
{
    int mine = 0;

    cf_fiber_set_local(&mine);
    cf_fiber_spawn("a", keep_local, text_a, NULL);
    cf_fiber_spawn("b", keep_local, text_b, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_eq(cf_fiber_local(), &mine);
    cr_assert_str_eq(seen.text, "kept kept");
    cf_fiber_end();
}

static cf_fiber *waiting;

static void wait_for_resume(void *arg)
{
    bool resumed;

    (void)arg;
    waiting = cf_fiber_current();
    resumed = cf_fiber_suspend();
    note(resumed ? "resumed" : "canceled");
    if (!resumed) {
        cf_error err = { 0 };
        cr_assert_not(cf_fiber_check(&err));
        cr_assert_eq(err.code, CF_ECANCELED);
        cr_assert_not(cf_sleep(1000, &err), "every later wait fails too");
        cr_assert_eq(err.code, CF_ECANCELED);
    }
}

static void resume_it(void *arg)
{
    (void)arg;
    cf_fiber_resume(waiting);
}

static void cancel_it(void *arg)
{
    (void)arg;
    cf_fiber_cancel(waiting);
}

Test(fiber, suspended_runs_again_when_resumed)
{
    cf_fiber_spawn("waits", wait_for_resume, NULL, NULL);
    cf_fiber_spawn("resumes", resume_it, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(seen.text, "resumed");
    cf_fiber_end();
}

Test(fiber, canceled_ends_this_wait_and_every_later_one)
{
    cf_fiber_spawn("waits", wait_for_resume, NULL, NULL);
    cf_fiber_spawn("cancels", cancel_it, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(seen.text, "canceled");
    cf_fiber_end();
}

static void resume_self_first(void *arg)
{
    (void)arg;
    cf_fiber_resume(cf_fiber_current());
    cr_assert(cf_fiber_suspend());
    note("went on");
}

Test(fiber, resumed_before_it_suspends_goes_straight_on)
{
    cf_fiber_spawn("self", resume_self_first, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(seen.text, "went on");
    cf_fiber_end();
}

static void suspend_for_ever(void *arg)
{
    (void)arg;
    waiting = cf_fiber_current();
    while (cf_fiber_suspend())
        continue;
}

Test(fiber, nobody_can_wake_is_reported_instead_of_waiting_for_ever)
{
    cf_fiber_spawn("stuck", suspend_for_ever, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 1);
    cf_fiber_cancel(waiting);
    cr_assert_eq(cf_fiber_run(), 0);
    cf_fiber_end();
}

static void sleep_past_deadline(void *arg)
{
    cf_error err = { 0 };
    int64_t  before = cf_monotonic_us();

    (void)arg;
    cf_fiber_deadline(before + 20 * 1000);
    cr_assert_not(cf_sleep(60 * 1000, &err));
    cr_assert_eq(err.code, CF_ETIMEOUT);
    cr_assert_geq(cf_monotonic_us() - before, 20 * 1000);
    cr_assert_not(cf_fiber_suspend());
    cf_fiber_deadline(0);
    cr_assert(cf_sleep(1, &err), "without its deadline it may wait again");
    note("done");
}

Test(fiber, deadline_ends_waits_until_it_is_removed)
{
    cf_fiber_spawn("late", sleep_past_deadline, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(seen.text, "done");
    cf_fiber_end();
}

Test(fiber, limit_is_an_error_and_ended_ones_make_room)
{
    cf_error err = { 0 };

    cf_fiber_configure(0, 3);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++)
            cr_assert(cf_fiber_spawn("one", say_twice, text_x, &err));
        cr_assert_null(cf_fiber_spawn("too many", say_twice, text_x, &err));
        cr_assert_eq(err.code, CF_ELIMIT);
        cr_assert_eq(cf_fiber_run(), 0);
    }
    cf_fiber_end();
}

static int deep(int depth)
{
    volatile char frame[1024];

    memset((char *)(uintptr_t)frame, depth, sizeof frame);
    return depth == 0 ? frame[5] : deep(depth - 1) + frame[7] - frame[9];
}

static void use_stack(void *arg)
{
    double x = 1.5;

    deep(*(int *)arg);
    cr_assert(cf_sleep(1, NULL));
    cr_assert_eq((int)(x * 2), 3);
    note("deep");
}

Test(fiber, has_the_stack_it_was_configured_with)
{
    int depth = 400;

    cf_fiber_configure((size_t)2 * 1024 * 1024, 0);
    cf_fiber_spawn("deep", use_stack, &depth, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_str_eq(seen.text, "deep");
    cf_fiber_end();
}

static int passes;

static void pass(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++)
        cr_assert(cf_sleep(0, NULL));
    passes++;
}

Test(fiber, a_thousand_take_turns)
{
    for (int i = 0; i < 1000; i++)
        cr_assert(cf_fiber_spawn("pass", pass, NULL, NULL));
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_eq(passes, 1000);
    cf_fiber_end();
}

Test(fiber, outside_one_nothing_is_current_and_nothing_canceled)
{
    cr_assert_null(cf_fiber_current());
    cr_assert_not(cf_fiber_canceled());
    cr_assert(cf_fiber_check(NULL));
}
