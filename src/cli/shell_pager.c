/* shell_pager.c -- long results through $PAGER, where a person reads them at a terminal. */
#include "cli/shell.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int lines_of(const shell *sh, cf_str text)
{
    int    lines = 0;
    cf_str line;

    while (text.len) {
        cf_str_cut(text, '\n', &line, &text);
        /* Colours are counted as text, which errs on the side of paging. */
        lines += 1 + (sh->term.colour ? 0 : cf__text_width(line) / (sh->term.width + 1));
    }
    return lines;
}

static bool in_path(const char *program)
{
    cf_str path = cf_str_of(getenv("PATH")), folder;
    char   file[4096];

    while (path.len) {
        cf_str_cut(path, ':', &folder, &path);
        if (snprintf(file, sizeof file, "%.*s/%s", CF_STR_ARG(folder), program) <
                (int)sizeof file &&
            access(file, X_OK) == 0)
            return true;
    }
    return false;
}

/* The command that pages, for sh; NULL when there is none. */
static const char *pager(void)
{
    const char *set = getenv("PAGER");

    if (set)
        return *set && strcmp(set, "cat") != 0 ? set : NULL;
    return in_path("less") ? "less" : in_path("more") ? "more" : NULL;
}

static bool write_all(int fd, cf_str text)
{
    while (text.len) {
        ssize_t done = write(fd, text.ptr, text.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text = cf_str_slice(text, (size_t)done, text.len);
    }
    return true;
}

static void await(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* False when no pager could be started. */
static bool page(const char *command, cf_str text)
{
    char                       shell_name[] = "sh", option[] = "-c";
    char                      *argv[] = { shell_name, option, (char *)(uintptr_t)command, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t          attributes;
    struct sigaction           ignore = { .sa_handler = SIG_IGN }, pipe_before, int_before;
    sigset_t                   defaults;
    int                        ends[2];
    pid_t                      pid;
    int                        failed;

    if (pipe(ends) != 0)
        return false;
    setenv("LESS", "FRX", 0);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    sigaction(SIGPIPE, &ignore, &pipe_before);
    sigaction(SIGINT, &ignore, &int_before);
    failed = posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, environ);
    close(ends[0]);
    if (!failed)
        write_all(ends[1], text);
    close(ends[1]);
    if (!failed)
        await(pid);
    sigaction(SIGPIPE, &pipe_before, NULL);
    sigaction(SIGINT, &int_before, NULL);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return !failed;
}

void cf__shell_print(shell *sh, cf_str text)
{
    const char *command = sh->interactive && sh->term.tty ? pager() : NULL;

    fflush(stdout);
    if (command && lines_of(sh, text) > sh->term.height - 1 && page(command, text))
        return;
    fwrite(text.ptr, 1, text.len, stdout);
    fflush(stdout);
}
