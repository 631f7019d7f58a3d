/* listen.h -- opens the sockets a server accepts from. */
#ifndef CARAFE_NET_LISTEN_H
#define CARAFE_NET_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include <carafe/error.h>

#define CF__MAX_SOCKETS 256

/* Listening sockets of one address: one a worker, so that the kernel spreads connections over
 * them; a socket file has only one, which all workers share. */
typedef struct cf__listeners {
    char   host[256]; /* As given: a name, an address, "unix:/path". */
    int    port;      /* The real one. */
    int    fds[CF__MAX_SOCKETS];
    size_t count;
} cf__listeners;

/* Opens them. Args: port: 0 for any that is free. Errors: CF_EINVAL, CF_EIO. */
bool cf__listen(cf__listeners *listeners, const char *host, int port, size_t count, cf_error *err);

/* Opens more of an address that is already served, when workers became more. */
bool cf__listen_more(cf__listeners *listeners, size_t count, cf_error *err);

/* Closes them, and removes a socket file. */
void cf__listen_close(cf__listeners *listeners);

bool cf__listen_is_unix(const char *host);

#endif
