/* watchdog.h -- notices a handler that holds its loop. */
#ifndef CARAFE_NET_WATCHDOG_H
#define CARAFE_NET_WATCHDOG_H

#include <stdint.h>

#include "net/loop.h"

/* Watches the calling thread's loop from a thread of its own; a fiber that runs for longer than
 * `limit_ms` without waiting is logged once, with its name and stack. One a process. */
bool cf__watchdog_start(cf__loop *loop, int64_t limit_ms, cf_error *err);
void cf__watchdog_stop(void);

#endif
