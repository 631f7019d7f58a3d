/* test_wait.c -- sleeping, waiting for descriptors, work on the thread pool. */
#include <criterion/criterion.h>

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <carafe/fiber.h>
#include <carafe/time.h>

static int pair[2];
static int counted;

static void make_pair(void)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static void sleep_some(void *arg)
{
    cr_assert(cf_sleep(*(int *)arg, NULL));
    counted++;
}

Test(wait, sleeping_fibers_sleep_at_the_same_time)
{
    int     ms = 30;
    int64_t before = cf_monotonic_us(), took;

    for (int i = 0; i < 50; i++)
        cf_fiber_spawn("sleeper", sleep_some, &ms, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    took = cf_monotonic_us() - before;
    cr_assert_eq(counted, 50);
    cr_assert_geq(took, 30 * 1000);
    cr_assert_lt(took, 50 * 30 * 1000 / 2);
    cf_fiber_end();
}

Test(wait, outside_a_fiber_sleeping_blocks)
{
    int64_t before = cf_monotonic_us();

    cr_assert(cf_sleep(10, NULL));
    cr_assert_geq(cf_monotonic_us() - before, 10 * 1000);
}

static void read_one(void *arg)
{
    int  ready = 0;
    char byte;

    (void)arg;
    for (int i = 0; i < 3; i++) {
        cr_assert(cf_wait_fd(pair[0], POLLIN, -1, &ready, NULL));
        cr_assert(ready & POLLIN);
        cr_assert_eq(read(pair[0], &byte, 1), 1);
        counted += byte;
    }
}

static void write_three(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        cr_assert(cf_sleep(1, NULL));
        cr_assert_eq(write(pair[1], "\1", 1), 1);
    }
}

Test(wait, descriptor_that_becomes_readable_wakes_its_fiber)
{
    make_pair();
    cf_fiber_spawn("reader", read_one, NULL, NULL);
    cf_fiber_spawn("writer", write_three, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_eq(counted, 3);
    cf_fiber_end();
}

static void wait_in_vain(void *arg)
{
    cf_error err = { 0 };
    int64_t  before = cf_monotonic_us();

    (void)arg;
    cr_assert_not(cf_wait_fd(pair[0], POLLIN, 10, NULL, &err));
    cr_assert_eq(err.code, CF_ETIMEOUT);
    cr_assert_geq(cf_monotonic_us() - before, 10 * 1000);
    cr_assert_not(cf_wait_fd(pair[0], POLLIN, 0, NULL, &err));
    cr_assert(cf_wait_fd(pair[0], POLLOUT, 0, NULL, &err));
    cr_assert(cf_wait_fd(pair[0], POLLOUT, -1, NULL, &err));
    counted++;
}

Test(wait, descriptor_that_stays_silent_times_out)
{
    make_pair();
    cf_fiber_spawn("vain", wait_in_vain, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    wait_in_vain(NULL);
    cr_assert_eq(counted, 2);
    cf_fiber_end();
}

static cf_fiber *waiting;

static void wait_until_canceled(void *arg)
{
    cf_error err = { 0 };

    (void)arg;
    waiting = cf_fiber_current();
    cr_assert_not(cf_wait_fd(pair[0], POLLIN, -1, NULL, &err));
    cr_assert_eq(err.code, CF_ECANCELED);
    counted++;
}

static void cancel_it(void *arg)
{
    (void)arg;
    cf_fiber_cancel(waiting);
}

Test(wait, for_a_descriptor_can_be_canceled)
{
    make_pair();
    cf_fiber_spawn("waits", wait_until_canceled, NULL, NULL);
    cf_fiber_spawn("cancels", cancel_it, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_eq(counted, 1);
    cf_fiber_end();
}

static void wait_for_closed(void *arg)
{
    cf_error err = { 0 };
    int      ready = 0;

    (void)arg;
    close(pair[0]);
    cr_assert(!cf_wait_fd(pair[0], POLLIN, 1000, &ready, &err) || (ready & POLLNVAL));
    counted++;
}

Test(wait, for_a_closed_descriptor_is_an_error_at_once)
{
    make_pair();
    cf_fiber_spawn("closed", wait_for_closed, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    make_pair();
    wait_for_closed(NULL);
    cr_assert_eq(counted, 2);
    cf_fiber_end();
}

typedef struct job {
    pthread_t thread;
    int       result;
} job;

static void compute(void *arg)
{
    job *j = arg;

    j->thread = pthread_self();
    usleep(5000);
    j->result = 42;
}

static void offload_one(void *arg)
{
    job j = { 0 };

    (void)arg;
    cr_assert(cf_offload(compute, &j, NULL));
    cr_assert_eq(j.result, 42);
    cr_assert_not(pthread_equal(j.thread, pthread_self()));
    counted++;
}

static void tick(void *arg)
{
    (void)arg;
    cr_assert_eq(counted, 0, "the loop goes on while the pool works");
}

Test(wait, offloaded_work_runs_on_another_thread_and_is_awaited)
{
    cf_fiber_spawn("offloads", offload_one, NULL, NULL);
    cf_fiber_spawn("ticks", tick, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_eq(counted, 1);
    cf_fiber_end();
}

static void offload_while_canceled(void *arg)
{
    cf_error err = { 0 };
    job      j = { 0 };

    (void)arg;
    waiting = cf_fiber_current();
    cr_assert(cf_offload(compute, &j, &err), "started work is awaited");
    cr_assert_eq(j.result, 42);
    j.result = 0;
    cr_assert_not(cf_offload(compute, &j, &err), "no work is started after that");
    cr_assert_eq(err.code, CF_ECANCELED);
    cr_assert_eq(j.result, 0);
    counted++;
}

Test(wait, offloaded_work_is_awaited_even_when_canceled)
{
    cf_fiber_spawn("offloads", offload_while_canceled, NULL, NULL);
    cf_fiber_spawn("cancels", cancel_it, NULL, NULL);
    cr_assert_eq(cf_fiber_run(), 0);
    cr_assert_eq(counted, 1);
    cf_fiber_end();
}

Test(wait, outside_a_fiber_offloaded_work_runs_in_place)
{
    job j = { 0 };

    cr_assert(cf_offload(compute, &j, NULL));
    cr_assert_eq(j.result, 42);
    cr_assert(pthread_equal(j.thread, pthread_self()));
}
