/* supervisor.c -- keeps the listening sockets and the workers that serve them.
 *
 * One loop: wait for a signal, a worker's message or a time; then bring the workers to where they
 * should be. It serves nothing itself and runs no code of the app's, so it does not crash. */
#include "net/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <carafe/arena.h>
#include <carafe/log.h>
#include <carafe/time.h>

#include "net/crash.h"
#include "net/worker.h"

#define EARLY_US       INT64_C(1000000)  /* A worker that ends before has failed. */
#define FIRST_DELAY_US INT64_C(50000)    /* Doubled with every failure in a row … */
#define LAST_DELAY_US  INT64_C(2000000)  /* … up to this. */
#define TRIAL_US       INT64_C(15000000) /* For a new binary to show that it starts. */
#define KILL_GRACE_US  INT64_C(3000000)  /* Beyond drain_timeout. */

static const int handled[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD };

static sigset_t handled_set(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
        sigaddset(&set, handled[i]);
    return set;
}

/* ---- workers ---- */

static size_t sockets_of(const cf__supervisor *s, int number, int *fds)
{
    size_t count = 0;

    for (size_t i = 0; i < s->listeners.count; i++)
        if (s->listeners.count < (size_t)s->slot_count ||
            (int)(i % (size_t)s->slot_count) == number)
            fds[count++] = s->listeners.fds[i];
    return count;
}

static void become_worker(cf__supervisor *s, int number, int channel, pid_t supervisor)
{
    int      fds[CF__MAX_SOCKETS];
    sigset_t set = handled_set();
    int      status;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != supervisor)
        _exit(CF__WORKER_FORCED);
    close(s->signal_fd);
    for (int i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid > 0)
            close(s->slots[i].channel);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    status = cf__worker_run(&s->options, number, fds, sockets_of(s, number, fds), channel);
    exit(status);
}

static void start_worker(cf__supervisor *s, int number)
{
    cf__slot *slot = &s->slots[number];
    pid_t     self = getpid();
    int       pair[2];

    slot->restart_us = cf_monotonic_us() + LAST_DELAY_US; /* Should what follows fail. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        cf_log(CF_ERROR, "cannot start worker %d: %s", number, strerror(errno));
        return;
    }
    fflush(NULL);
    slot->pid = fork();
    if (slot->pid == 0) {
        close(pair[0]);
        become_worker(s, number, pair[1], self);
    }
    close(pair[1]);
    if (slot->pid < 0) {
        cf_log(CF_ERROR, "cannot start worker %d: %s", number, strerror(errno));
        close(pair[0]);
        slot->pid = 0;
        return;
    }
    slot->channel = pair[0];
    slot->ready = false;
    slot->started_us = cf_monotonic_us();
}

static void start_missing(cf__supervisor *s)
{
    int64_t now = cf_monotonic_us();

    for (int i = 0; i < s->slot_count && !s->stopping; i++)
        if (s->slots[i].pid == 0 && s->slots[i].restart_us <= now)
            start_worker(s, i);
}

static void signal_workers(const cf__supervisor *s, int number)
{
    for (int i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid > 0)
            kill(s->slots[i].pid, number);
    for (size_t i = 0; i < s->old_count; i++)
        kill(s->old[i], number);
}

static bool all_ready(const cf__supervisor *s)
{
    for (int i = 0; i < s->slot_count; i++)
        if (!s->slots[i].ready)
            return false;
    return true;
}

/* Once the new workers serve, those of the binary before them finish what they have. */
static void retire_old(cf__supervisor *s)
{
    if (s->old_told || s->old_count == 0 || !all_ready(s))
        return;
    s->old_told = true;
    s->kill_us = cf_monotonic_us() + s->options.drain_timeout * 1000 + KILL_GRACE_US;
    for (size_t i = 0; i < s->old_count; i++)
        kill(s->old[i], SIGTERM);
}

/* ---- what workers say ---- */

/* Resolving reads large files, answering runs the app's code: neither may disturb the supervisor,
 * so a child does it. */
static void handle_crash(const cf__supervisor *s, const cf__message *message, int number, int fd)
{
    sigset_t set = handled_set();
    pid_t    pid = s->slots[number].pid;

    if (fork() != 0)
        return;
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    close(s->signal_fd);
    alarm(20);
    if (message->kind == CF__MESSAGE_CRASH)
        cf__crash_log(message, number, (int)pid);
    else if (fd >= 0 && s->options.crashed)
        cf__crash_answer(&s->options, message, number, (int)pid, fd);
    _exit(0);
}

/* Receives one message, and the descriptor that came with it or -1. */
static bool receive(int channel, cf__message *message, int *fd)
{
    char          control[CMSG_SPACE(sizeof *fd)] = { 0 };
    struct iovec  part = { .iov_base = message, .iov_len = sizeof *message };
    struct msghdr packet = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    ssize_t         size = recvmsg(channel, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&packet) : NULL;

    *fd = -1;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(header), sizeof *fd);
    if (size != (ssize_t)sizeof *message)
        return false;
    message->text[sizeof message->text - 1] = message->fiber[sizeof message->fiber - 1] = '\0';
    if (message->frame_count > CF__CRASH_FRAMES)
        message->frame_count = CF__CRASH_FRAMES;
    if (message->head_size > CF__CRASH_HEAD)
        message->head_size = 0;
    return true;
}

static void read_channel(cf__supervisor *s, int number)
{
    static cf__message message;
    cf__slot          *slot = &s->slots[number];
    int                fd;

    while (receive(slot->channel, &message, &fd)) {
        if (message.kind == CF__MESSAGE_READY)
            slot->ready = s->ever_ready = true;
        else if (message.kind == CF__MESSAGE_FAILED)
            cf_fail(&s->failure, CF_EUNAVAILABLE, "%s", message.text);
        else
            handle_crash(s, &message, number, fd);
        if (fd >= 0)
            close(fd);
    }
    retire_old(s);
}

/* ---- what happens to workers ---- */

static void describe_end(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(text, size, "was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
}

static void worker_ended(cf__supervisor *s, int number, int status)
{
    cf__slot *slot = &s->slots[number];
    int64_t   now = cf_monotonic_us(), delay = 0;
    char      how[128];

    read_channel(s, number);
    close(slot->channel);
    describe_end(status, how, sizeof how);
    if (s->stopping) {
        slot->pid = 0;
        return;
    }
    slot->failures = now - slot->started_us < EARLY_US ? slot->failures + 1 : 0;
    if (slot->failures > 1) {
        delay = FIRST_DELAY_US << (slot->failures < 10 ? slot->failures - 2 : 8);
        delay = delay < LAST_DELAY_US ? delay : LAST_DELAY_US;
    }
    slot->restart_us = now + delay;
    cf_log(CF_ERROR, "worker %d (process %d) %s; the next one starts in %lld ms%s%s", number,
           (int)slot->pid, how, (long long)(delay / 1000), *s->failure.message ? ": " : "",
           s->failure.message);
    slot->pid = 0;
    slot->ready = false;
}

static void trial_ended(cf__supervisor *s, int status)
{
    char how[128];

    s->trial = 0;
    if (s->stopping)
        return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        cf_log(CF_INFO, "reload: the new binary starts; it takes over");
        cf__reload_exec(s);
        return;
    }
    describe_end(status, how, sizeof how);
    cf_log(CF_ERROR, "reload: the new binary does not start (it %s); the old one goes on", how);
}

static void child_ended(cf__supervisor *s, pid_t pid, int status)
{
    for (int i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid == pid) {
            worker_ended(s, i, status);
            return;
        }
    for (size_t i = 0; i < s->old_count; i++)
        if (s->old[i] == pid) {
            s->old[i] = s->old[--s->old_count];
            return;
        }
    if (pid == s->trial)
        trial_ended(s, status);
}

static void reap(cf__supervisor *s)
{
    pid_t pid;
    int   status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        child_ended(s, pid, status);
}

/* ---- signals and time ---- */

static void stop(cf__supervisor *s, bool at_once)
{
    if (s->trial > 0)
        kill(s->trial, SIGKILL);
    if (s->stopping || at_once) {
        signal_workers(s, SIGKILL);
    } else {
        s->kill_us = cf_monotonic_us() + s->options.drain_timeout * 1000 + KILL_GRACE_US;
        signal_workers(s, SIGTERM);
    }
    s->stopping = true;
}

static void reload(cf__supervisor *s)
{
    if (s->stopping || s->trial > 0)
        return;
    if (s->old_count > 0) {
        cf_log(CF_WARNING, "reload: workers of the last one are still draining; try again later");
        return;
    }
    s->trial = cf__reload_try();
    s->trial_us = cf_monotonic_us() + TRIAL_US;
}

/* A terminal that is closed sends the same signal as a person who wants a reload. */
static bool terminal_lost(const cf__supervisor *s)
{
    struct termios state;

    return s->terminal && tcgetattr(STDIN_FILENO, &state) != 0;
}

static void read_signals(cf__supervisor *s)
{
    struct signalfd_siginfo info;

    while (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(s);
        else if (info.ssi_signo == SIGHUP && !terminal_lost(s))
            reload(s);
        else
            stop(s, info.ssi_signo == SIGQUIT);
    }
}

static void check_times(cf__supervisor *s)
{
    int64_t now = cf_monotonic_us();

    if (s->trial > 0 && now >= s->trial_us) {
        cf_log(CF_ERROR, "reload: the new binary did not start within %d s",
               (int)(TRIAL_US / 1000000));
        kill(s->trial, SIGKILL);
        s->trial_us = INT64_MAX;
    }
    if (s->kill_us && now >= s->kill_us) {
        s->kill_us = 0;
        if (s->stopping)
            signal_workers(s, SIGKILL);
        for (size_t i = 0; i < s->old_count; i++)
            kill(s->old[i], SIGKILL);
    }
}

static void earlier(int64_t *due, int64_t time)
{
    if (time < *due)
        *due = time;
}

/* Milliseconds until something is due; -1: nothing is. */
static int time_left(const cf__supervisor *s)
{
    int64_t due = INT64_MAX, now = cf_monotonic_us();

    for (int i = 0; i < s->slot_count && !s->stopping; i++)
        if (s->slots[i].pid == 0)
            earlier(&due, s->slots[i].restart_us);
    if (s->kill_us)
        earlier(&due, s->kill_us);
    if (s->trial > 0)
        earlier(&due, s->trial_us);
    if (due == INT64_MAX)
        return -1;
    return due > now ? (int)((due - now + 999) / 1000) : 0;
}

static void wait_for_events(cf__supervisor *s)
{
    struct pollfd items[CF__MAX_WORKERS + 1] = { { .fd = s->signal_fd, .events = POLLIN } };
    int           numbers[CF__MAX_WORKERS + 1];
    nfds_t        count = 1;

    for (int i = 0; i < s->slot_count; i++) {
        if (s->slots[i].pid == 0)
            continue;
        numbers[count] = i;
        items[count++] = (struct pollfd){ .fd = s->slots[i].channel, .events = POLLIN };
    }
    if (poll(items, count, time_left(s)) <= 0)
        return;
    for (nfds_t i = 1; i < count; i++) {
        if (items[i].revents & POLLIN)
            read_channel(s, numbers[i]);
        else if (items[i].revents)
            usleep(1000); /* Its process is about to end; the signal follows. */
    }
    if (items[0].revents)
        read_signals(s);
}

static bool anyone_left(const cf__supervisor *s)
{
    for (int i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid > 0)
            return true;
    return s->old_count > 0 || s->trial > 0;
}

bool cf__supervise(cf__supervisor *s, cf_error *err)
{
    sigset_t set = handled_set(), old;

    pthread_sigmask(SIG_BLOCK, &set, &old);
    s->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (s->signal_fd < 0) {
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        return cf_fail(err, CF_EIO, "cannot receive signals: %s", strerror(errno));
    }
    s->terminal = isatty(STDIN_FILENO);
    reap(s); /* Old workers may have ended while the program was replaced. */
    while (!s->stopping || anyone_left(s)) {
        start_missing(s);
        wait_for_events(s);
        check_times(s);
        /* Nobody has ever served: it would not get better by trying again. */
        if (!s->ever_ready && *s->failure.message && s->old_count == 0 && !s->stopping)
            stop(s, false);
    }
    close(s->signal_fd);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    if (s->ever_ready || !*s->failure.message)
        return true;
    if (err)
        *err = s->failure;
    return false;
}
