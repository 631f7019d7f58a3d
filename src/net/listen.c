/* listen.c -- opens the sockets a server accepts from: TCP over IPv4 and IPv6, and socket files. */
#include "net/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     4096
#define UNIX_PREFIX "unix:"

bool cf__listen_is_unix(const char *host)
{
    return strncmp(host, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
}

static int new_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static void set_option(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

/* Binds a socket; with `shared` others of this user may bind the same address. */
static int bind_tcp(const struct addrinfo *address, bool shared)
{
    int fd = new_socket(address->ai_family);

    if (fd < 0)
        return -1;
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (shared)
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (address->ai_family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* Accepted sockets inherit it. */
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static bool set_port(struct addrinfo *address, int port)
{
    if (address->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address->ai_addr)->sin6_port = htons((uint16_t)port);
    else if (address->ai_family == AF_INET)
        ((struct sockaddr_in *)(void *)address->ai_addr)->sin_port = htons((uint16_t)port);
    else
        return false;
    return true;
}

static int bound_port(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t               size = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

/* Sockets that share their port would also share it with another server of the same user, which
 * then takes half of the connections. One that does not share finds that out first. */
static bool check_free(const struct addrinfo *address, const char *host, int port, cf_error *err)
{
    int fd = bind_tcp(address, false);

    if (fd >= 0) {
        close(fd);
        return true;
    }
    if (errno == EADDRINUSE)
        return cf_fail(err, CF_EIO,
                       "port %d of %s is in use by another program; stop it or choose "
                       "another PORT",
                       port, host);
    return cf_fail(err, CF_EIO, "cannot listen on %s port %d: %s", host, port, strerror(errno));
}

static bool open_tcp(cf__listeners *l, struct addrinfo *address, size_t count, cf_error *err)
{
    while (l->count < count) {
        int fd;
        set_port(address, l->port);
        fd = bind_tcp(address, true);
        if (fd < 0 || listen(fd, BACKLOG) != 0) {
            int reason = errno;
            if (fd >= 0)
                close(fd);
            return cf_fail(err, CF_EIO, "cannot listen on %s port %d: %s", l->host, l->port,
                           strerror(reason));
        }
        l->port = bound_port(fd);
        l->fds[l->count++] = fd;
    }
    return true;
}

static bool resolve(const char *host, struct addrinfo **address, cf_error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    int             status = getaddrinfo(host, NULL, &hints, address);

    if (status != 0)
        return cf_fail(err, CF_EINVAL, "HOST '%s' is no address of this machine: %s", host,
                       gai_strerror(status));
    return true;
}

static bool listen_tcp(cf__listeners *l, size_t count, bool first, cf_error *err)
{
    struct addrinfo *address = NULL;
    bool             ok;

    if (!resolve(l->host, &address, err))
        return false;
    ok = set_port(address, l->port) || cf_fail(err, CF_EINVAL, "HOST '%s' is not IP", l->host);
    ok = ok && (!first || check_free(address, l->host, l->port, err)) &&
         open_tcp(l, address, count, err);
    freeaddrinfo(address);
    return ok;
}

/* A socket file that nobody answers on is left from a server that was killed. */
static bool remove_stale(const struct sockaddr_un *address, cf_error *err)
{
    struct stat info;
    int         fd, status;

    if (lstat(address->sun_path, &info) != 0)
        return true;
    if (!S_ISSOCK(info.st_mode))
        return cf_fail(err, CF_EIO, "%s exists and is no socket", address->sun_path);
    fd = new_socket(AF_UNIX);
    status = connect(fd, (const struct sockaddr *)address, sizeof *address);
    close(fd);
    if (status == 0 || errno == EAGAIN)
        return cf_fail(err, CF_EIO, "another program listens on %s", address->sun_path);
    unlink(address->sun_path);
    return true;
}

static bool listen_unix(cf__listeners *l, cf_error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char        *path = l->host + strlen(UNIX_PREFIX);
    int                fd;

    if (!*path || strlen(path) >= sizeof address.sun_path)
        return cf_fail(err, CF_EINVAL, "'%s' needs a path of 1 to %zu bytes", l->host,
                       sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (!remove_stale(&address, err))
        return false;
    fd = new_socket(AF_UNIX);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0) {
        cf_fail(err, CF_EIO, "cannot listen on %s: %s", l->host, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    l->fds[l->count++] = fd;
    return true;
}

bool cf__listen(cf__listeners *l, const char *host, int port, size_t count, cf_error *err)
{
    *l = (cf__listeners){ .port = port };
    if (strlen(host) >= sizeof l->host)
        return cf_fail(err, CF_EINVAL, "HOST is longer than %zu bytes", sizeof l->host - 1);
    memcpy(l->host, host, strlen(host) + 1);
    if (count > CF__MAX_SOCKETS)
        count = CF__MAX_SOCKETS;
    if (cf__listen_is_unix(host) ? listen_unix(l, err) : listen_tcp(l, count, true, err))
        return true;
    cf__listen_close(l);
    return false;
}

bool cf__listen_more(cf__listeners *l, size_t count, cf_error *err)
{
    if (count > CF__MAX_SOCKETS)
        count = CF__MAX_SOCKETS;
    return cf__listen_is_unix(l->host) || l->count >= count || listen_tcp(l, count, false, err);
}

void cf__listen_close(cf__listeners *l)
{
    if (cf__listen_is_unix(l->host) && l->count > 0)
        unlink(l->host + strlen(UNIX_PREFIX));
    while (l->count > 0)
        close(l->fds[--l->count]);
}
