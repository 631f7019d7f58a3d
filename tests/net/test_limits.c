/* test_limits.c -- what a connection may take: time, places; clients that vanish; draining. */
#include "harness.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <carafe/time.h>

#define CLOSE             "Connection: close\r\n"
#define GET(path, fields) "GET " path " HTTP/1.1\r\nHost: x\r\n" fields "\r\n"

static harness server;
static sem_t   entered, canceled;
static int     last_code;

static void read_all(cf_http_request *request, cf_error *err)
{
    char   part[100];
    size_t got = 1;

    while (got > 0 && request->body.read(request->body.data, part, sizeof part, &got, err))
        continue;
}

/* "/wait": as long as it may; "/body": reads; the answer names the error. */
static void handler(void *data, cf_arena *arena, cf_http_request *request,
                    cf_http_response *response)
{
    cf_error err = { 0 };

    (void)data;
    sem_post(&entered);
    if (cf_str_starts(request->path, CF_STR("/wait")))
        cf_sleep(60000, &err);
    else if (cf_str_is(request->path, "/short"))
        cf_sleep(100, &err);
    else if (cf_str_is(request->path, "/body"))
        read_all(request, &err);
    last_code = (int)err.code;
    if (err.code == CF_ECANCELED)
        sem_post(&canceled);
    response->status = err.code == CF_ETIMEOUT ? 408 : 200;
    response->body = cf_str_of(cf_strdup(arena, cf_code_name(err.code)));
}

static void start(void)
{
    sem_init(&entered, 0, 0);
    sem_init(&canceled, 0, 0);
    server.options.handler = handler;
    harness_start(&server);
}

static void stop(void)
{
    harness_stop(&server);
}

static void start_impatient(void)
{
    server.options.header_timeout = server.options.body_timeout = 50;
    server.options.idle_timeout = 50;
    server.options.request_timeout = 50;
    start();
}

Test(limits, a_head_that_does_not_come_in_time_is_a_408, .init = start_impatient, .fini = stop)
{
    int     fd = harness_connect(&server);
    int64_t before = cf_monotonic_us();

    client_send(fd, "GET / HTTP/1.1\r\nHos");
    cr_assert_eq(strncmp(client_rest(fd), "HTTP/1.1 408 ", 13), 0);
    cr_assert_geq(cf_monotonic_us() - before, 45000);
    close(fd);
}

Test(limits, a_head_that_trickles_has_no_more_time, .init = start_impatient, .fini = stop)
{
    int           fd = harness_connect(&server);
    int64_t       before = cf_monotonic_us();
    struct pollfd item = { .fd = fd, .events = POLLIN };

    client_send(fd, "GET / HTTP/1.1\r\n");
    while (poll(&item, 1, 5) == 0 && cf_monotonic_us() - before < 3000000)
        client_send(fd, "A: b\r\n");
    cr_assert_eq(strncmp(client_rest(fd), "HTTP/1.1 408 ", 13), 0);
    close(fd);
}

Test(limits, an_idle_connection_is_closed_without_a_word, .init = start_impatient, .fini = stop)
{
    int fd = harness_connect(&server);

    cr_assert_str_empty(client_rest(fd));
    close(fd);
    fd = harness_connect(&server);
    client_send(fd, GET("/", ""));
    cr_assert_eq(count_of(client_rest(fd), "HTTP/1.1 "), 1);
    close(fd);
}

Test(limits, a_body_that_stops_is_a_timeout_for_its_reader, .init = start_impatient, .fini = stop)
{
    int         fd = harness_connect(&server);
    const char *answer;

    client_send(fd, "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    answer = client_rest(fd);
    cr_assert_eq(strncmp(answer, "HTTP/1.1 408 ", 13), 0);
    cr_assert(strstr(answer, "\r\nConnection: close\r\n"));
    close(fd);
}

Test(limits, a_handler_past_its_time_learns_it_and_may_answer, .init = start_impatient,
     .fini = stop)
{
    cr_assert(strstr(client_talk(&server, GET("/wait", CLOSE)), "ETIMEOUT"));
}

static void wait_for(sem_t *semaphore)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    cr_assert_eq(sem_timedwait(semaphore, &until), 0, "it did not happen in time");
}

static void reset(int fd)
{
    struct linger at_once = { .l_onoff = 1 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

Test(limits, a_client_that_resets_cancels_its_request, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd, GET("/wait", ""));
    wait_for(&entered);
    reset(fd);
    wait_for(&canceled);
    cr_assert_eq(last_code, CF_ECANCELED);
}

Test(limits, a_client_that_closes_cancels_its_request_after_a_moment, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd, GET("/wait", ""));
    wait_for(&entered);
    close(fd);
    wait_for(&canceled);
}

static void start_narrow(void)
{
    server.options.max_fibers = 2;
    server.options.max_connections = 3;
    start();
}

Test(limits, more_requests_than_fibers_are_told_to_come_back, .init = start_narrow, .fini = stop)
{
    int a = harness_connect(&server), b = harness_connect(&server);

    client_send(a, GET("/short", CLOSE));
    client_send(b, GET("/short", CLOSE));
    wait_for(&entered);
    wait_for(&entered);
    cr_assert_eq(strncmp(client_talk(&server, GET("/", "")), "HTTP/1.1 503 ", 13), 0);
    cr_assert(strstr(client_rest(a), "200 OK"));
    cr_assert(strstr(client_rest(b), "200 OK"));
    close(a);
    close(b);
}

Test(limits, more_connections_than_allowed_wait_for_a_place, .init = start_narrow, .fini = stop)
{
    struct pollfd item = { .events = POLLIN };
    int           fds[4];

    for (int i = 0; i < 4; i++)
        fds[i] = harness_connect(&server);
    for (int i = 0; i < 3; i++) {
        client_send(fds[i], GET("/", ""));
        client_until(fds[i], "OK", 2);
    }
    client_send(fds[3], GET("/", ""));
    item.fd = fds[3];
    cr_assert_eq(poll(&item, 1, 50), 0);
    close(fds[0]);
    client_until(fds[3], "OK", 2);
    for (int i = 1; i < 4; i++)
        close(fds[i]);
}

Test(limits, a_client_that_only_sends_is_not_read_without_end, .init = start, .fini = stop)
{
    static char part[65536];
    size_t      sent = 0;
    int         fd = harness_connect(&server);

    memset(part, 'x', sizeof part);
    client_send(fd, GET("/wait", ""));
    wait_for(&entered);
    for (;;) {
        struct pollfd item = { .fd = fd, .events = POLLOUT };
        if (poll(&item, 1, 200) == 0)
            break;
        ssize_t n = send(fd, part, sizeof part, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0)
            sent += (size_t)n;
        cr_assert_lt(sent, 64 * 1024 * 1024, "somebody takes it all");
    }
    reset(fd);
    wait_for(&canceled);
}

Test(limits, draining_finishes_what_runs_and_ends_what_is_idle, .init = start)
{
    int         idle = harness_connect(&server), running = harness_connect(&server);
    const char *answer;

    client_send(idle, GET("/", ""));
    client_until(idle, "OK", 2);
    wait_for(&entered);
    client_send(running, GET("/short", ""));
    wait_for(&entered);
    harness_drain(&server);
    cr_assert_str_empty(client_rest(idle));
    answer = client_rest(running);
    cr_assert(strstr(answer, "200 OK"));
    cr_assert(strstr(answer, "\r\nConnection: close\r\n"));
    harness_wait(&server);
    cr_assert(server.ended);
    close(idle);
    close(running);
}

Test(limits, draining_answers_a_last_request_on_an_idle_connection, .init = start)
{
    int         fd = harness_connect(&server);
    const char *answer;

    client_send(fd, GET("/", ""));
    client_until(fd, "OK", 2);
    harness_drain(&server);
    usleep(20000);
    client_send(fd, GET("/", ""));
    answer = client_rest(fd);
    cr_assert(strstr(answer, "200 OK"));
    cr_assert(strstr(answer, "\r\nConnection: close\r\n"));
    harness_wait(&server);
    close(fd);
}

Test(limits, draining_still_answers_who_waits_to_be_accepted, .init = start_narrow)
{
    int fds[3], late;

    for (int i = 0; i < 3; i++)
        fds[i] = harness_connect(&server);
    client_send(fds[0], GET("/short", ""));
    wait_for(&entered);
    late = harness_connect(&server);
    client_send(late, GET("/", ""));
    close(fds[1]);
    cr_assert(strstr(client_until(late, "OK", 2), "200 OK"));
    harness_drain(&server);
    close(fds[2]);
    cr_assert(strstr(client_rest(fds[0]), "200 OK"));
    harness_wait(&server);
    close(fds[0]);
    close(late);
}

static void start_short_drain(void)
{
    server.options.drain_timeout = 50;
    start();
}

Test(limits, draining_cancels_what_does_not_end, .init = start_short_drain)
{
    int fd = harness_connect(&server);

    client_send(fd, GET("/wait", ""));
    wait_for(&entered);
    harness_stop(&server);
    cr_assert_eq(last_code, CF_ECANCELED);
    cr_assert(server.ended);
    close(fd);
}
