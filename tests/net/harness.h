/* harness.h -- a server on a free port in a thread of the test, and a client that speaks bytes. */
#ifndef CARAFE_TESTS_NET_HARNESS_H
#define CARAFE_TESTS_NET_HARNESS_H

#include <pthread.h>
#include <semaphore.h>

#include "net/connection.h"
#include "net/listen.h"

typedef struct harness {
    cf_server_options options; /* Set before it starts. */
    cf__listeners     listeners;
    cf__server       *server;
    pthread_t         thread;
    sem_t             started;
    uv_async_t        drain;
    bool              ended; /* Whether nothing was still running at the end. */
} harness;

/* Starts serving with `options`, whose handler is set; host and port are chosen. */
void harness_start(harness *h);

/* Begins to drain. Then harness_wait() waits for the end and frees everything. */
void harness_drain(harness *h);
void harness_wait(harness *h);

/* Both. */
void harness_stop(harness *h);

/* A connection to the server. */
int harness_connect(harness *h);

void client_send(int fd, const char *text);
void client_send_bytes(int fd, const void *data, size_t size);

/* Reads until the text has come `times` times, at most 5 s. Returns all that came, NUL-terminated,
 * in static memory. */
const char *client_until(int fd, const char *text, int times);

/* Reads until the other side closes, at most 5 s; the test fails when it does not. */
const char *client_rest(int fd);

/* Bytes of the last client_until() or client_rest(). */
size_t client_size(void);

/* Connects, sends, reads until the server closes. */
const char *client_talk(harness *h, const char *text);

/* How often a text occurs in another. */
int count_of(const char *text, const char *part);

#endif
