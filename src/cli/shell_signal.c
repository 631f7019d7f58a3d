/* shell_signal.c -- Control-C: from the first prompt to the last it never ends the shell.
 *
 * The handler sets the flag that scripts look at, interrupts a database that computes in this
 * process, and writes to a pipe, by which both the line editor and a fiber that watches the running
 * statement hear of it, however early or late it comes. */
#include "cli/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int              ends[2] = { -1, -1 };
static struct sigaction before;
static cf_database *volatile running;

static void on_interrupt(int number)
{
    int     kept = errno;
    ssize_t ignored;

    (void)number;
    if (cf__shell)
        cf__shell->stop = 1;
    if (running)
        cf_database_interrupt(running);
    ignored = write(ends[1], "c", 1);
    (void)ignored;
    errno = kept;
}

bool cf__interrupts_begin(cf_error *err)
{
    struct sigaction act = { .sa_handler = on_interrupt };

    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return cf_fail(err, CF_EIO, "no pipe can be opened");
    sigaction(SIGINT, &act, &before);
    return true;
}

void cf__interrupts_end(void)
{
    sigaction(SIGINT, &before, NULL);
    close(ends[0]);
    close(ends[1]);
    ends[0] = ends[1] = -1;
}

int cf__interrupt_fd(void)
{
    return ends[0];
}

void cf__interrupt_clear(void)
{
    char    bytes[64];
    ssize_t got;

    do
        got = read(ends[0], bytes, sizeof bytes);
    while (got > 0);
    cf__shell->stop = 0;
}

void cf__interrupt_database(cf_database *database)
{
    running = database;
}
