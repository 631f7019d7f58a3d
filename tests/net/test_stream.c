/* test_stream.c -- answers that are files or streams, and clients that read slowly. */
#include "harness.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET(path, version) "GET " path " HTTP/" version "\r\nHost: x\r\nConnection: close\r\n\r\n"

#define LARGE (12 * 1000 * 1000)

static harness server;
static char    file_path[] = "/tmp/carafe-test-file-XXXXXX";

typedef struct numbers {
    cf_arena *arena;
    int       at, last;
    bool      breaks;
} numbers;

static bool write_numbers(void *data, const cf_sink *sink, cf_error *err)
{
    numbers *n = data;

    for (; n->at < n->last; n->at++) {
        if (n->breaks && n->at == n->last / 2)
            return cf_fail(err, CF_EIO, "the source dried up");
        if (n->at % 3 == 0)
            cf_sleep(1, NULL);
        if (!cf_sink_write(sink, cf_str_of(cf_printf(n->arena, "%d,", n->at)), err))
            return false;
    }
    return true;
}

static void handler(void *data, cf_arena *arena, cf_http_request *request,
                    cf_http_response *response)
{
    cf_str path = request->path;

    (void)data;
    response->status = 200;
    if (cf_str_starts(path, CF_STR("/numbers"))) {
        numbers *n = cf_new(arena, numbers);
        *n = (numbers){ arena, 0, 10, cf_str_is(path, "/numbers/break") };
        response->stream = write_numbers;
        response->stream_data = n;
        response->stream_length = cf_str_is(path, "/numbers/long")    ? 100
                                  : cf_str_is(path, "/numbers/short") ? 5
                                  : cf_str_is(path, "/numbers/exact") ? 20
                                                                      : -1;
    } else if (cf_str_starts(path, CF_STR("/file"))) {
        response->file = open(file_path, O_RDONLY) + 1;
        response->file_offset = cf_str_is(path, "/file/end") ? 999990 : 0;
        response->file_length = cf_str_is(path, "/file/end")     ? 10
                                : cf_str_is(path, "/file/small") ? 100
                                : cf_str_is(path, "/file/past")  ? 2000000
                                                                 : 1000000;
    } else {
        char *body = cf_alloc(arena, LARGE);
        memset(body, 'x', LARGE);
        response->body = cf_str_n(body, LARGE);
    }
}

static void start(void)
{
    int   fd = mkstemp(file_path);
    FILE *file = fdopen(fd, "w");

    for (int i = 0; i < 100000; i++)
        fprintf(file, "%09d\n", i);
    fclose(file);
    server.options.handler = handler;
    server.options.body_timeout = 300;
    harness_start(&server);
}

static void stop(void)
{
    harness_stop(&server);
    unlink(file_path);
}

static const char *body_of(const char *answer)
{
    const char *blank = strstr(answer, "\r\n\r\n");

    return blank ? blank + 4 : "(no body)";
}

Test(stream, of_unknown_length_is_chunked, .init = start, .fini = stop)
{
    const char *answer = client_talk(&server, GET("/numbers", "1.1"));

    cr_assert(strstr(answer, "\r\nTransfer-Encoding: chunked\r\n"));
    cr_assert_null(strstr(answer, "Content-Length"));
    cr_assert_eq(strncmp(body_of(answer), "2\r\n0,\r\n2\r\n1,\r\n", 14), 0);
    cr_assert_str_eq(strstr(answer, "9,\r\n"), "9,\r\n0\r\n\r\n");
}

Test(stream, to_http_1_0_ends_with_the_connection, .init = start, .fini = stop)
{
    const char *answer = client_talk(&server, GET("/numbers", "1.0"));

    cr_assert_null(strstr(answer, "Transfer-Encoding"));
    cr_assert_str_eq(body_of(answer), "0,1,2,3,4,5,6,7,8,9,");
}

Test(stream, of_known_length_is_sent_plainly, .init = start, .fini = stop)
{
    const char *answer = client_talk(&server, GET("/numbers/exact", "1.1"));

    cr_assert(strstr(answer, "\r\nContent-Length: 20\r\n"));
    cr_assert_str_eq(body_of(answer), "0,1,2,3,4,5,6,7,8,9,");
}

Test(stream, that_breaks_off_ends_without_its_last_chunk, .init = start, .fini = stop)
{
    const char *body = body_of(client_talk(&server, GET("/numbers/break", "1.1")));

    cr_assert(strstr(body, "4,"));
    cr_assert_null(strstr(body, "\r\n0\r\n"));
}

Test(stream, with_more_or_less_than_announced_closes, .init = start, .fini = stop)
{
    cr_assert_leq(strlen(body_of(client_talk(&server, GET("/numbers/short", "1.1")))), 5);
    cr_assert_lt(strlen(body_of(client_talk(&server, GET("/numbers/long", "1.1")))), 100);
}

Test(stream, keeps_the_connection_for_the_next_request, .init = start, .fini = stop)
{
    int fd = harness_connect(&server);

    client_send(fd,
                "GET /numbers HTTP/1.1\r\nHost: x\r\n\r\nGET /numbers HTTP/1.1\r\nHost: x\r\n\r\n");
    client_until(fd, "0\r\n\r\n", 2);
    close(fd);
}

Test(file, is_sent_whole_or_in_part, .init = start, .fini = stop)
{
    const char *body = body_of(client_talk(&server, GET("/file", "1.1")));

    cr_assert_eq(strlen(body), 1000000);
    cr_assert_eq(strncmp(body + 500000, "000050000\n", 10), 0);
    cr_assert_str_eq(body_of(client_talk(&server, GET("/file/end", "1.1"))), "000099999\n");
    cr_assert_eq(strlen(body_of(client_talk(&server, GET("/file/small", "1.1")))), 100);
}

Test(file, shorter_than_announced_closes, .init = start, .fini = stop)
{
    const char *answer = client_talk(&server, GET("/file/past", "1.1"));

    cr_assert(strstr(answer, "\r\nContent-Length: 2000000\r\n"));
    cr_assert_eq(strlen(body_of(answer)), 1000000);
}

/* Does not read at first; the answer is larger than what the sockets hold. */
static int slow_reader(const char *request)
{
    int fd = harness_connect(&server);

    client_send(fd, request);
    return fd;
}

Test(stream, large_answers_reach_a_slow_reader, .init = start, .fini = stop)
{
    int fd = slow_reader(GET("/large", "1.1"));

    usleep(100000);
    cr_assert_eq(strlen(body_of(client_rest(fd))), LARGE);
    close(fd);
}

Test(stream, a_reader_that_stops_is_given_up, .init = start, .fini = stop)
{
    int fd = slow_reader(GET("/large", "1.1"));

    usleep(600000);
    cr_assert_lt(strlen(body_of(client_rest(fd))), LARGE);
    close(fd);
}
