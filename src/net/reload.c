/* reload.c -- executes the binary anew in the same process, which keeps sockets and workers.
 *
 * The listening sockets stay open across exec, so the kernel goes on queueing connections; the
 * workers stay children of this process and serve until those of the new binary are ready. */
#include "net/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <carafe/arena.h>
#include <carafe/buf.h>
#include <carafe/log.h>

#define STATE "CARAFE_RELOAD_STATE"
#define TRIAL "CARAFE_RELOAD_TRIAL"

static char  program[4096];
static char *arguments[256];

static char *read_all(const char *path)
{
    cf_buf  text = { .limit = CF_MIB(2) };
    char    part[4096];
    ssize_t n;
    int     fd = open(path, O_RDONLY | O_CLOEXEC);

    while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0)
        cf_buf_add(&text, part, (size_t)n);
    if (fd >= 0)
        close(fd);
    cf_buf_cstr(&text);
    cf_buf_putc(&text, '\0'); /* Two NULs end the list of arguments. */
    return cf_buf_cstr(&text);
}

void cf__reload_remember(void)
{
    static char *command_line;
    ssize_t      size = readlink("/proc/self/exe", program, sizeof program - 1);
    size_t       count = 0;

    if (command_line || size <= 0)
        return;
    program[size] = '\0';
    command_line = read_all("/proc/self/cmdline");
    for (char *at = command_line; *at && count + 1 < sizeof arguments / sizeof arguments[0];
         at += strlen(at) + 1)
        arguments[count++] = at;
    arguments[count] = NULL;
}

bool cf__reload_is_trial(void)
{
    return getenv(TRIAL) != NULL;
}

/* The state: epoch, port, number of sockets and they, number of workers and they, host. */
static char *write_state(const cf__supervisor *s, cf_buf *out)
{
    cf_buf_printf(out, "%u %d %zu", s->epoch + 1, s->listeners.port, s->listeners.count);
    for (size_t i = 0; i < s->listeners.count; i++)
        cf_buf_printf(out, " %d", s->listeners.fds[i]);
    size_t count = s->old_count;
    for (int i = 0; i < s->slot_count; i++)
        count += s->slots[i].pid > 0;
    cf_buf_printf(out, " %zu", count);
    for (size_t i = 0; i < s->old_count; i++)
        cf_buf_printf(out, " %d", (int)s->old[i]);
    for (int i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid > 0)
            cf_buf_printf(out, " %d", (int)s->slots[i].pid);
    cf_buf_printf(out, " %s", s->listeners.host);
    return cf_buf_cstr(out);
}

static bool next_number(cf_str *state, int64_t *number)
{
    cf_str word;

    return cf_str_cut(*state, ' ', &word, state) && cf_str_to_i64(word, number);
}

bool cf__reload_adopt(cf__supervisor *s)
{
    const char *text = getenv(STATE);
    cf_str      state = cf_str_of(text);
    int64_t     epoch, port, count, number;

    if (!text || !next_number(&state, &epoch) || !next_number(&state, &port) ||
        !next_number(&state, &count))
        return false;
    s->epoch = (unsigned)epoch;
    s->listeners.port = (int)port;
    while (count-- > 0 && s->listeners.count < CF__MAX_SOCKETS && next_number(&state, &number)) {
        fcntl((int)number, F_SETFD, FD_CLOEXEC);
        s->listeners.fds[s->listeners.count++] = (int)number;
    }
    if (!next_number(&state, &count))
        return false;
    while (count-- > 0 && s->old_count < sizeof s->old / sizeof s->old[0] &&
           next_number(&state, &number))
        s->old[s->old_count++] = (pid_t)number;
    snprintf(s->listeners.host, sizeof s->listeners.host, "%.*s", CF_STR_ARG(state));
    unsetenv(STATE);
    return true;
}

pid_t cf__reload_try(void)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    setenv(TRIAL, "1", 1);
    execv(program, arguments);
    _exit(127);
}

void cf__reload_exec(cf__supervisor *s)
{
    cf_buf state = { 0 };

    setenv(STATE, write_state(s, &state), 1);
    cf_buf_free(&state);
    for (size_t i = 0; i < s->listeners.count; i++)
        fcntl(s->listeners.fds[i], F_SETFD, 0);
    fflush(NULL);
    execv(program, arguments);
    cf_log(CF_ERROR, "reload: cannot execute %s: %s; the old one goes on", program,
           strerror(errno));
    for (size_t i = 0; i < s->listeners.count; i++)
        fcntl(s->listeners.fds[i], F_SETFD, FD_CLOEXEC);
    unsetenv(STATE);
}
