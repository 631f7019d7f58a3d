/* crash.h -- what a dying worker tells its supervisor. */
#ifndef CARAFE_NET_CRASH_H
#define CARAFE_NET_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <carafe/server.h>

#define CF__CRASH_FRAMES 48
#define CF__CRASH_HEAD   4096

/* Messages on the channel between a worker and its supervisor, which keeps their borders. */
typedef enum cf__message_kind {
    CF__MESSAGE_READY = 1, /* Serves. */
    CF__MESSAGE_FAILED,    /* Could not start; text says why. */
    CF__MESSAGE_CRASH,     /* Is about to die by a signal. */
    CF__MESSAGE_ANSWER,    /* So is it; with the connection that waits for an answer. */
} cf__message_kind;

typedef struct cf__message {
    cf__message_kind kind;
    int              signal;
    bool             overflow; /* Of the fiber's stack. */
    uint32_t         frame_count;
    uintptr_t        address; /* That could not be accessed. */
    uintptr_t        frames[CF__CRASH_FRAMES];
    char             fiber[128]; /* Its name; empty outside one. */
    char             text[640];
    uint32_t         head_size;
    char             head[CF__CRASH_HEAD]; /* Of the request that was being answered. */
} cf__message;

/* Reports this process' fatal signals on a channel (-1: on standard error) before they end it.
 *
 * Returns: false when the signal stack could not be made. */
bool cf__crash_install(int channel);

/* Frees the signal stack of the calling thread. */
void cf__crash_uninstall(void);

/* Gives the connection of the request that crashed to the supervisor, which answers it. Safe in a
 * signal handler. */
bool cf__crash_hand_over(cf__message *message, int fd);

/* Answers 500 in the fewest words. Safe in a signal handler. */
void cf__crash_answer_plainly(int fd);

/* Answers by the app's crash handler. In a process that does nothing else. */
void cf__crash_answer(const cf_server_options *options, const cf__message *message, int worker,
                      int pid, int fd);

/* Logs a crash with its stack resolved to functions and lines, by a process that has the same code
 * at the same addresses as the one that died. */
void cf__crash_log(const cf__message *message, int worker, int pid);

#endif
