/* floor.c -- the least a correct HTTP/1.1 plaintext server can cost: one thread, bare epoll.
 *
 * It finds the end of each request by its blank line, answers every complete request of a read in
 * one write, keeps connections open and refreshes the Date line once a second. It parses nothing
 * else, so it is no server to use: it is the ruler that script/bench lays beside Carafe.
 *
 *     floor PORT        listens on 127.0.0.1 until it is killed */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_CONNECTIONS = 4096,
    READ_SIZE = 16384, /* A request head longer than this ends its connection. */
    BATCH = 64,        /* Answers in one write. */
    EVENTS = 256,
};

typedef struct connection {
    size_t held; /* Bytes of an unfinished request at the start of in. */
    char   in[READ_SIZE];
} connection;

static connection *connections[MAX_CONNECTIONS];
static char        answers[BATCH * 256]; /* The same answer BATCH times over. */
static size_t      answer_size;
static time_t      answer_second;

static void prepare_answers(time_t now)
{
    char      date[64], one[256];
    struct tm tm;

    if (now == answer_second)
        return;
    answer_second = now;
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    answer_size = (size_t)snprintf(one, sizeof one,
                                   "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                   "Content-Length: 13\r\nDate: %s\r\n\r\nHello, World!",
                                   date);
    for (size_t i = 0; i < BATCH; i++)
        memcpy(answers + i * answer_size, one, answer_size);
}

static void drop(int fd)
{
    free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

/* Writes count answers; a peer that does not read is dropped, for a load generator always reads. */
static bool answer(int fd, size_t count)
{
    while (count > 0) {
        size_t batch = count < BATCH ? count : BATCH;
        size_t size = batch * answer_size;
        if (write(fd, answers, size) != (ssize_t)size)
            return false;
        count -= batch;
    }
    return true;
}

/* Counts the complete requests at the start of the buffer and keeps the unfinished rest. */
static size_t take_requests(connection *c)
{
    char  *at = c->in, *end = c->in + c->held, *blank;
    size_t count = 0;

    while ((blank = memmem(at, (size_t)(end - at), "\r\n\r\n", 4))) {
        at = blank + 4;
        count++;
    }
    c->held = (size_t)(end - at);
    if (c->held > 0 && at != c->in)
        memmove(c->in, at, c->held);
    return count;
}

static void serve(int fd)
{
    connection *c = connections[fd];
    ssize_t     got = read(fd, c->in + c->held, READ_SIZE - c->held);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop(fd);
        return;
    }
    c->held += (size_t)got;
    if (!answer(fd, take_requests(c)) || c->held == READ_SIZE)
        drop(fd);
}

static void accept_all(int epoll, int listener)
{
    int fd, on = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
        if (fd >= MAX_CONNECTIONS || !(connections[fd] = malloc(sizeof(connection)))) {
            close(fd);
            continue;
        }
        connections[fd]->held = 0;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static int open_listener(const char *port)
{
    char              *end;
    long               number = strtol(port, &end, 10);
    struct sockaddr_in address = { .sin_family = AF_INET };
    int                fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

    if (*end || number < 1 || number > 65535) {
        fprintf(stderr, "floor: '%s' is not a port (1 to 65535)\n", port);
        exit(2);
    }
    address.sin_port = htons((unsigned short)number);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0) {
        fprintf(stderr, "floor: cannot listen on 127.0.0.1:%ld: %s\n", number, strerror(errno));
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS], event = { .events = EPOLLIN };
    int                epoll, listener;

    if (argc != 2) {
        fprintf(stderr, "usage: floor PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    listener = open_listener(argv[1]);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    event.data.fd = listener;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        prepare_answers(time(NULL));
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else
                serve(events[i].data.fd);
        }
    }
}
