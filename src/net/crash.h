/* crash.h -- what a dying worker tells its supervisor. */
#ifndef CARAFE_NET_CRASH_H
#define CARAFE_NET_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CF__CRASH_FRAMES 48

/* Messages on the channel between a worker and its supervisor, which keeps their borders. */
typedef enum cf__message_kind {
    CF__MESSAGE_READY = 1, /* Serves. */
    CF__MESSAGE_FAILED,    /* Could not start; text says why. */
    CF__MESSAGE_CRASH,     /* Is about to die by a signal. */
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
} cf__message;

/* Reports this process' fatal signals on a channel (-1: on standard error) before they end it.
 *
 * Returns: false when the signal stack could not be made. */
bool cf__crash_install(int channel);

/* Frees the signal stack of the calling thread. */
void cf__crash_uninstall(void);

/* Logs a crash with its stack resolved to functions and lines. `known`: this process has the same
 * code at the same addresses as the one that died. */
void cf__crash_log(const cf__message *message, int worker, int pid, bool known);

#endif
