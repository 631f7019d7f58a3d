/* supervisor.h -- keeps the listening sockets and the workers that serve them. */
#ifndef CARAFE_NET_SUPERVISOR_H
#define CARAFE_NET_SUPERVISOR_H

#include <sys/types.h>

#include <carafe/server.h>

#include "net/listen.h"

#define CF__MAX_WORKERS 256

/* One place for a worker: it outlives the processes that fill it. */
typedef struct cf__slot {
    pid_t   pid; /* 0: none now. */
    int     channel;
    bool    ready;
    int64_t started_us;
    int64_t restart_us; /* When the next one may start. */
    int     failures;   /* Early ends in a row. */
} cf__slot;

typedef struct cf__supervisor {
    cf_server_options options;
    cf__listeners     listeners;
    cf__slot          slots[CF__MAX_WORKERS];
    int               slot_count;
    pid_t             old[2 * CF__MAX_WORKERS]; /* Workers of the binary before a reload. */
    size_t            old_count;
    bool              old_told; /* They were asked to drain. */
    unsigned          epoch;    /* Counts reloads: whose addresses we share. */
    int               signal_fd;
    pid_t             trial;    /* Tries the new binary before a reload. */
    int64_t           trial_us; /* When it must have ended. */
    bool              terminal; /* Started from one. */
    bool              stopping;
    int64_t           kill_us; /* When what still runs is killed; 0: never. */
    bool              ever_ready;
    cf_error          failure; /* Why workers cannot start. */
} cf__supervisor;

/* Runs until told to end. Returns false with the error when workers cannot start. */
bool cf__supervise(cf__supervisor *s, cf_error *err);

/* reload.c: the state that a reload hands to the new binary, and the exec itself. */

/* Remembers how this program was started, before its file may be replaced. */
void cf__reload_remember(void);

/* Takes over sockets and old workers when this process was started by a reload. Returns whether it
 * was; then the environment no longer says so. */
bool cf__reload_adopt(cf__supervisor *s);

/* Whether this process is only a trial of the new binary. */
bool cf__reload_is_trial(void);

/* Starts a trial of the binary: a child that ends with 0 once it would serve. Returns its id. */
pid_t cf__reload_try(void);

/* Replaces this program; returns only when that failed. */
void cf__reload_exec(cf__supervisor *s);

#endif
