/* harness.c -- a server on a free port in a thread of the test, and a client that speaks bytes. */
#include "harness.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE 5000 /* Milliseconds. */

static void on_drain(uv_async_t *async)
{
    cf__server_drain(async->data);
}

static void *serve(void *arg)
{
    harness *h = arg;
    cf_error err = { 0 };

    h->server = cf__server_new(&h->options, h->listeners.fds, h->listeners.count, &err);
    cr_assert(h->server, "%s", err.message);
    uv_async_init(&h->server->loop->uv, &h->drain, on_drain);
    h->drain.data = h->server;
    sem_post(&h->started);
    h->ended = cf__server_serve(h->server);
    uv_close((uv_handle_t *)&h->drain, NULL);
    cf__server_free(h->server);
    cf_fiber_end();
    return NULL;
}

void harness_start(harness *h)
{
    cf_error err = { 0 };

    if (!h->options.host)
        h->options.host = "127.0.0.1";
    cr_assert(cf__listen(&h->listeners, h->options.host, 0, 1, &err), "%s", err.message);
    sem_init(&h->started, 0, 0);
    cr_assert_eq(pthread_create(&h->thread, NULL, serve, h), 0);
    sem_wait(&h->started);
}

void harness_drain(harness *h)
{
    uv_async_send(&h->drain);
}

void harness_wait(harness *h)
{
    pthread_join(h->thread, NULL);
    cf__listen_close(&h->listeners);
    sem_destroy(&h->started);
}

void harness_stop(harness *h)
{
    harness_drain(h);
    harness_wait(h);
}

static int connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int                fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

int harness_connect(harness *h)
{
    struct sockaddr_storage address;
    socklen_t               size = sizeof address;
    int                     fd;

    if (cf__listen_is_unix(h->options.host))
        return connect_unix(h->options.host + strlen("unix:"));
    getsockname(h->listeners.fds[0], (struct sockaddr *)&address, &size);
    fd = socket(address.ss_family, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, size), 0);
    return fd;
}

void client_send_bytes(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n < 0) /* The server may close before it has read everything. */
            return;
        at += n;
        size -= (size_t)n;
    }
}

void client_send(int fd, const char *text)
{
    client_send_bytes(fd, text, strlen(text));
}

static char   received[16 * 1024 * 1024];
static size_t received_size;

/* Returns whether something came; false at the end of the connection. */
static bool receive_more(int fd)
{
    struct pollfd item = { .fd = fd, .events = POLLIN };
    ssize_t       n;

    cr_assert_eq(poll(&item, 1, PATIENCE), 1, "nothing came in time; so far: %.2000s", received);
    n = recv(fd, received + received_size, sizeof received - received_size - 1, 0);
    if (n <= 0)
        return false;
    received_size += (size_t)n;
    received[received_size] = '\0';
    return true;
}

const char *client_until(int fd, const char *text, int times)
{
    received_size = 0;
    received[0] = '\0';
    while (count_of(received, text) < times)
        cr_assert(receive_more(fd), "closed before '%s' came; so far: %.2000s", text, received);
    return received;
}

const char *client_rest(int fd)
{
    received_size = 0;
    received[0] = '\0';
    while (receive_more(fd))
        continue;
    return received;
}

size_t client_size(void)
{
    return received_size;
}

const char *client_talk(harness *h, const char *text)
{
    int         fd = harness_connect(h);
    const char *answer;

    client_send(fd, text);
    answer = client_rest(fd);
    close(fd);
    return answer;
}

int count_of(const char *text, const char *part)
{
    int count = 0;

    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}
