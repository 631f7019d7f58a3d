/* test_connection.c -- requests and answers on connections: order, framing, limits, refusals. */
#include "harness.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLOSE             "Connection: close\r\n"
#define GET(path, fields) "GET " path " HTTP/1.1\r\nHost: x\r\n" fields "\r\n"

static harness server;

static void echo(cf_arena *arena, cf_http_request *request, cf_http_response *response)
{
    cf_buf   body = cf_buf_in(arena, 0);
    cf_error err = { 0 };
    char     part[1000];
    size_t   got;

    do {
        if (!request->body.read(request->body.data, part, sizeof part, &got, &err)) {
            response->status = err.code == CF_ELIMIT ? 413 : err.code == CF_ETIMEOUT ? 408 : 400;
            response->body = cf_str_of(cf_strdup(arena, err.message));
            return;
        }
        cf_buf_add(&body, part, got);
    } while (got > 0);
    response->body = cf_buf_view(&body);
}

/* Answers by the path: what a test needs to see. */
static void handler(void *data, cf_arena *arena, cf_http_request *request,
                    cf_http_response *response)
{
    const char *path = cf_str_dup(arena, request->path);
    int64_t     number = 0;

    (void)data;
    response->status = 200;
    response->body = cf_str_of(path);
    if (strcmp(path, "/echo") == 0) {
        echo(arena, request, response);
    } else if (strcmp(path, "/peer") == 0) {
        response->body = cf_str_of(cf_printf(arena, "%.*s %s", CF_STR_ARG(request->peer),
                                             request->peer_port > 0 ? "port" : "none"));
    } else if (strcmp(path, "/none") == 0) {
        response->status = 0;
        response->body = (cf_str){ 0 };
    } else if (strncmp(path, "/status/", 8) == 0) {
        cf_str_to_i64(cf_str_of(path + 8), &number);
        response->status = (int)number;
    } else if (strncmp(path, "/size/", 6) == 0) {
        cf_str_to_i64(cf_str_of(path + 6), &number);
        char *body = cf_alloc(arena, (size_t)number);
        memset(body, 'x', (size_t)number);
        response->body = cf_str_n(body, (size_t)number);
    } else if (strncmp(path, "/sleep/", 7) == 0) {
        cf_str_to_i64(cf_str_of(path + 7), &number);
        cf_sleep(number, NULL);
    } else if (strcmp(path, "/close") == 0) {
        response->close = true;
    }
}

static void start(void)
{
    server.options.handler = handler;
    harness_start(&server);
}

static void stop(void)
{
    harness_stop(&server);
}

static const char *body_of(const char *answer)
{
    const char *blank = strstr(answer, "\r\n\r\n");

    return blank ? blank + 4 : "(no body)";
}

Test(connection, stays_open_between_requests, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    for (int i = 0; i < 3; i++) {
        const char *answer;
        client_send(fd, GET("/again", ""));
        answer = client_until(fd, "/again", 1);
        cr_assert_eq(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
        cr_assert(strstr(answer, "\r\nContent-Length: 6\r\n"));
        cr_assert(strstr(answer, "\r\nDate: "));
        cr_assert_null(strstr(answer, "close"));
    }
    close(fd);
}

Test(connection, closes_when_the_client_or_the_handler_says_so, .init = start, .fini = stop)
{
    cr_assert(strstr(client_talk(&server, GET("/", CLOSE)), "\r\nConnection: close\r\n"));
    cr_assert(strstr(client_talk(&server, GET("/close", "")), "\r\nConnection: close\r\n"));
    cr_assert(strstr(client_talk(&server, "GET / HTTP/1.0\r\n\r\n"), "200 OK"));
}

Test(connection, of_http_1_0_stays_open_when_asked, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    cr_assert(strstr(client_until(fd, "/a", 1), "\r\nConnection: keep-alive\r\n"));
    client_send(fd, "GET /b HTTP/1.0\r\n\r\n");
    cr_assert_str_eq(body_of(client_rest(fd)), "/b");
    close(fd);
}

Test(connection, pipelined_requests_are_answered_in_order_in_one_write, .init = start, .fini = stop)
{
    int     fd = harness_connect(&server);
    char    answers[8192];
    ssize_t n;

    client_send(fd, GET("/1", "") GET("/2", "") GET("/3", "") GET("/4", ""));
    usleep(50000); /* All that was written comes in one read then, and more only if more was. */
    n = recv(fd, answers, sizeof answers - 1, 0);
    cr_assert_gt(n, 0);
    answers[n] = '\0';
    cr_assert_eq(count_of(answers, "200 OK"), 4);
    cr_assert_lt(strstr(answers, "\r\n\r\n/1"), strstr(answers, "\r\n\r\n/2"));
    cr_assert_lt(strstr(answers, "\r\n\r\n/3"), strstr(answers, "\r\n\r\n/4"));
    close(fd);
}

Test(connection, a_slow_request_is_not_overtaken_by_the_next, .init = start, .fini = stop)
{
    int         fd = harness_connect(&server);
    const char *answer;

    client_send(fd, GET("/sleep/20", "") GET("/fast", "") GET("/sleep/10", "") GET("/last", CLOSE));
    answer = client_rest(fd);
    cr_assert_eq(count_of(answer, "200 OK"), 4);
    cr_assert_lt(strstr(answer, "/sleep/20"), strstr(answer, "/fast"));
    cr_assert_lt(strstr(answer, "/fast"), strstr(answer, "/sleep/10"));
    cr_assert_lt(strstr(answer, "/sleep/10"), strstr(answer, "/last"));
    close(fd);
}

Test(connection, thousands_of_pipelined_requests_all_get_answers, .init = start, .fini = stop)
{
    int   fd = harness_connect(&server);
    pid_t writer = fork();

    if (writer == 0) {
        for (int i = 0; i < 5000; i++)
            client_send(fd, GET("/size/500", ""));
        client_send(fd, GET("/last", CLOSE));
        _exit(0);
    }
    cr_assert_eq(count_of(client_rest(fd), "HTTP/1.1 200 OK"), 5001);
    close(fd);
}

Test(connection, reads_a_request_that_comes_byte_by_byte, .init = start, .fini = stop)
{
    const char *text = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" CLOSE
                       "\r\n3\r\nabc\r\n0002;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";
    int fd = harness_connect(&server);

    for (const char *at = text; *at; at++) {
        client_send_bytes(fd, at, 1);
        usleep(200);
    }
    cr_assert_str_eq(body_of(client_rest(fd)), "abcde");
    close(fd);
}

Test(connection, bodies_by_length_and_chunked_are_read, .init = start, .fini = stop)
{
    static const struct {
        const char *sent, *body;
    } cases[] = {
        { "Content-Length: 5\r\n\r\nhello", "hello" },
        { "Content-Length: 0\r\n\r\n", "" },
        { "\r\n", "" },
        { "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
          "hello world" },
        { "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "" },
    };
    char request[512];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(request, sizeof request, "POST /echo HTTP/1.1\r\nHost: x\r\n" CLOSE "%s",
                 cases[i].sent);
        cr_assert_str_eq(body_of(client_talk(&server, request)), cases[i].body);
    }
}

static void send_large(int fd, bool chunked, size_t size)
{
    static char part[10007];
    char        head[64];

    memset(part, 'a', sizeof part);
    for (size_t left = size; left > 0;) {
        size_t step = left < sizeof part ? left : sizeof part;
        if (chunked) {
            snprintf(head, sizeof head, "%zx\r\n", step);
            client_send(fd, head);
        }
        client_send_bytes(fd, part, step);
        if (chunked)
            client_send(fd, "\r\n");
        left -= step;
    }
    if (chunked)
        client_send(fd, "0\r\n\r\n");
}

Test(connection, large_bodies_go_both_ways, .init = start, .fini = stop)
{
    const size_t size = 3 * 1000 * 1000;
    char         head[200];

    for (int chunked = 0; chunked < 2; chunked++) {
        int fd = harness_connect(&server);
        snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\nHost: x\r\n" CLOSE "%s: %s\r\n\r\n",
                 chunked ? "Transfer-Encoding" : "Content-Length", chunked ? "chunked" : "3000000");
        client_send(fd, head);
        send_large(fd, chunked, size);
        cr_assert_eq(strlen(body_of(client_rest(fd))), size);
        close(fd);
    }
}

Test(connection, a_second_request_follows_a_body, .init = start, .fini = stop)
{
    const char *answer = client_talk(
        &server, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                 "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "2\r\nde\r\n0\r\n\r\n" GET("/next", CLOSE));

    cr_assert_eq(count_of(answer, "200 OK"), 3);
    cr_assert(strstr(answer, "\r\n\r\nabcHTTP"));
    cr_assert(strstr(answer, "\r\n\r\ndeHTTP"));
    cr_assert(strstr(answer, "\r\n\r\n/next"));
}

Test(connection, a_small_unread_body_is_skipped, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd, "POST /ignores HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n");
    send_large(fd, false, 20000);
    client_send(fd, "POST /ignores HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    send_large(fd, true, 20000);
    client_send(fd, GET("/next", CLOSE));
    cr_assert_eq(count_of(client_until(fd, "/next", 1), "200 OK"), 3);
    close(fd);
}

Test(connection, a_malformed_body_is_refused_though_nobody_reads_it, .init = start, .fini = stop)
{
    const char *answer = client_talk(
        &server, "POST /ignores HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5;=\r\nhello\r\n0\r\n\r\n" GET("/never", ""));

    cr_assert_eq(strncmp(answer, "HTTP/1.1 400 ", 13), 0);
    cr_assert_null(strstr(answer, "200 OK"));
}

Test(connection, a_large_unread_body_ends_it_and_the_answer_is_seen, .init = start, .fini = stop)
{
    int         fd = harness_connect(&server);
    const char *answer;

    client_send(fd, "POST /ignores HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n");
    send_large(fd, false, 900000);
    answer = client_rest(fd);
    cr_assert(strstr(answer, "\r\nConnection: close\r\n"));
    cr_assert_str_eq(body_of(answer), "/ignores");
    close(fd);
}

Test(connection, continue_is_sent_when_the_body_is_wanted, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                    "Expect: 100-continue\r\n" CLOSE "\r\n");
    cr_assert_str_eq(client_until(fd, "\r\n\r\n", 1), "HTTP/1.1 100 Continue\r\n\r\n");
    client_send(fd, "hello");
    cr_assert_str_eq(body_of(client_rest(fd)), "hello");
    close(fd);
}

Test(connection, continue_is_not_sent_when_the_body_is_not_wanted, .init = start, .fini = stop)
{
    const char *answer = client_talk(&server,
                                     "POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                                     "Expect: 100-continue\r\n\r\n");

    cr_assert_eq(strncmp(answer, "HTTP/1.1 200", 12), 0);
    cr_assert(strstr(answer, "\r\nConnection: close\r\n"));
}

Test(connection, head_and_bodiless_statuses_send_no_body, .init = start, .fini = stop)
{
    const char *answer = client_talk(
        &server, "HEAD /size/100000 HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /status/204 HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /status/304 HTTP/1.1\r\nHost: x\r\n\r\n" GET("/end", CLOSE));

    cr_assert(strstr(answer, "\r\nContent-Length: 100000\r\n"));
    cr_assert(strstr(answer, "\r\n\r\nHTTP/1.1 204"));
    cr_assert(strstr(answer, "\r\n\r\nHTTP/1.1 304"));
    cr_assert(strstr(answer, "\r\n\r\nHTTP/1.1 200"));
    cr_assert_str_eq(strstr(answer, "\r\n\r\n/end"), "\r\n\r\n/end");
}

Test(connection, a_handler_without_an_answer_is_a_500, .init = start, .fini = stop)
{
    cr_assert(strstr(client_talk(&server, GET("/none", CLOSE)), "HTTP/1.1 500 "));
}

Test(connection, tells_who_the_client_is, .init = start, .fini = stop)
{
    cr_assert_str_eq(body_of(client_talk(&server, GET("/peer", CLOSE))), "127.0.0.1 port");
}

static void start_small(void)
{
    server.options.max_line = 100;
    server.options.max_headers = 200;
    server.options.max_header_count = 5;
    server.options.max_body = 1000;
    start();
}

Test(connection, what_is_refused_gets_an_answer_and_the_end, .init = start_small, .fini = stop)
{
    static char long_line[400], long_field[600];
    const struct {
        const char *sent, *status;
    } cases[] = {
        { "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400" },
        { "nonsense\r\n\r\n", "400" },
        { "GET / HTTP/1.1\r\n\r\n", "400" },
        { "GET / HTTP/3.0\r\nHost: x\r\n\r\n", "505" },
        { "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400" },
        { "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", "413" },
        { "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nHost: x\r\n\r\n", "431" },
        { long_line, "414" },
        { long_field, "431" },
    };
    char expected[32];

    snprintf(long_line, sizeof long_line, "GET /%0200d HTTP/1.1\r\nHost: x\r\n\r\n", 0);
    snprintf(long_field, sizeof long_field, "GET / HTTP/1.1\r\nHost: x\r\nA: %0300d\r\n\r\n", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *answer = client_talk(&server, cases[i].sent);
        snprintf(expected, sizeof expected, "HTTP/1.1 %s ", cases[i].status);
        cr_expect_eq(strncmp(answer, expected, strlen(expected)), 0, "%s gave %.80s", cases[i].sent,
                     answer);
        cr_expect_eq(count_of(answer, "\r\nConnection: close\r\n"), 1);
        cr_expect_eq(count_of(answer, "\r\nDate: "), 1);
    }
}

Test(connection, requests_before_a_refused_one_are_answered, .init = start_small, .fini = stop)
{
    const char *answer = client_talk(&server, GET("/good", "") "bad\r\n\r\n" GET("/never", ""));

    cr_assert_eq(strncmp(answer, "HTTP/1.1 200", 12), 0);
    cr_assert(strstr(answer, "/goodHTTP/1.1 400 "));
    cr_assert_null(strstr(answer, "/never"));
}

Test(connection, a_chunked_body_above_the_limit_is_the_handlers_413, .init = start_small,
     .fini = stop)
{
    int         fd = harness_connect(&server);
    const char *answer;

    client_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    send_large(fd, true, 100000);
    answer = client_rest(fd);
    cr_assert(strstr(answer, "HTTP/1.1 413 "));
    cr_assert(strstr(answer, "\r\nConnection: close\r\n"));
    close(fd);
}

Test(connection, an_end_within_a_body_is_an_error_for_its_reader, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    shutdown(fd, SHUT_WR);
    cr_assert(strstr(client_rest(fd), "HTTP/1.1 400 "));
    close(fd);
}

Test(connection, a_half_closed_one_still_gets_its_answers, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd, GET("/sleep/20", "") GET("/b", ""));
    shutdown(fd, SHUT_WR);
    cr_assert_eq(count_of(client_rest(fd), "200 OK"), 2);
    close(fd);
}

static void start_unix(void)
{
    static char path[64];

    snprintf(path, sizeof path, "unix:/tmp/carafe-test-%d.sock", (int)getpid());
    server.options.host = path;
    start();
}

Test(connection, over_a_socket_file, .init = start_unix, .fini = stop)
{
    cr_assert_str_eq(body_of(client_talk(&server, GET("/peer", CLOSE))), "unix none");
}

static void start_six(void)
{
    server.options.host = "::1";
    start();
}

Test(connection, over_ipv6, .init = start_six, .fini = stop)
{
    cr_assert_str_eq(body_of(client_talk(&server, GET("/peer", CLOSE))), "::1 port");
}
