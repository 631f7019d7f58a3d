/* crash_answer.c -- after a crash: the log entry, and the answer to the request that caused it.
 *
 * All but the plain answer runs in a process forked from the supervisor for this alone. */
#include "net/crash.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <carafe/http_parser.h>
#include <carafe/http_writer.h>
#include <carafe/log.h>

#define CLIENT_PATIENCE 2 /* Seconds. */

void cf__crash_answer_plainly(int fd)
{
    static const char page[] = "HTTP/1.1 500 Internal Server Error\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\n"
                               "Connection: close\r\n\r\n500 Internal Server Error\n";

    send(fd, page, sizeof page - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
}

static cf_crash describe(cf_arena *arena, const cf__message *m, int worker, int pid)
{
    return (cf_crash){ .worker = worker,
                       .pid = pid,
                       .reason = m->overflow ? "stack overflow" : strsignal(m->signal),
                       .name = *m->fiber ? m->fiber : "no request",
                       .address = m->address,
                       .frames = cf_backtrace_resolve(arena, m->frames, m->frame_count),
                       .frame_count = m->frame_count };
}

void cf__crash_log(const cf__message *message, int worker, int pid)
{
    cf_arena *arena = cf_arena_new();
    cf_crash  crash = describe(arena, message, worker, pid);
    cf_buf    stack = cf_buf_in(arena, 0);

    cf_backtrace_line(&stack, crash.frames, crash.frame_count);
    cf_log(CF_ERROR, "worker %d (process %d) crashed: %s at address 0x%zx in '%s': %s", worker, pid,
           crash.reason, (size_t)crash.address, crash.name, cf_buf_cstr(&stack));
    cf_arena_free(arena);
}

/* Should rendering crash as well. */
static int answered_fd;

static void on_fatal(int number)
{
    (void)number;
    cf__crash_answer_plainly(answered_fd);
    _exit(1);
}

static void prepare(int fd)
{
    static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM };
    struct timeval   patience = { .tv_sec = CLIENT_PATIENCE };

    answered_fd = fd;
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        signal(fatal[i], on_fatal);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static void send_all(int fd, cf_str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        bytes = cf_str_slice(bytes, (size_t)n, bytes.len);
    }
}

static void send_response(cf_arena *arena, const cf_http_request *request,
                          const cf_http_response *response, int fd)
{
    cf_buf       out = cf_buf_in(arena, 0);
    char         date[40], waste[4096];
    cf_http_head head = { .method = request->method, .version = request->version };

    head.date = cf_str_n(date, cf_http_date_line(cf_now(), date));
    if (cf_http_write_head(&out, &head, response) != CF_FRAME_NONE)
        cf_buf_str(&out, response->body);
    send_all(fd, cf_buf_view(&out));
    shutdown(fd, SHUT_WR);
    /* Closing on what the client still sends would lose the answer. */
    for (int i = 0; i < 256 && recv(fd, waste, sizeof waste, 0) > 0; i++)
        continue;
}

void cf__crash_answer(const cf_server_options *options, const cf__message *message, int worker,
                      int pid, int fd)
{
    cf_arena        *arena = cf_arena_new();
    cf_str           head = cf_str_n(message->head, message->head_size);
    cf_http_response response = { .status = 500, .headers = cf_headers_in(arena) };
    cf_http_parser   parser;

    prepare(fd);
    cf_http_parser_init(&parser, NULL);
    cf_http_parser_start(&parser, arena);
    if (cf_http_parser_feed(&parser, &head) == CF_HTTP_DONE) {
        cf_crash crash = describe(arena, message, worker, pid);
        parser.request->body = (cf_body){ 0 };
        options->crashed(options->data, arena, &crash, parser.request, &response);
        response.file = 0;
        response.stream = NULL;
        send_response(arena, parser.request, &response, fd);
    } else {
        cf__crash_answer_plainly(fd);
    }
    close(fd);
    cf_arena_free(arena);
}
