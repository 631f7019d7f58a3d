/* worker.h -- one worker process. */
#ifndef CARAFE_NET_WORKER_H
#define CARAFE_NET_WORKER_H

#include <carafe/server.h>

/* What a worker ends with. */
#define CF__WORKER_DONE   0
#define CF__WORKER_FORCED 1  /* Requests were still running. */
#define CF__WORKER_FAILED 70 /* It could not start; its channel says why. */

/* Serves in this process until SIGTERM has drained it; SIGQUIT ends it at once.
 *
 * Args:
 *   number: of the worker, from 0.
 *   fds: listening sockets.
 *   channel: to the supervisor; see crash.h.
 *
 * Returns: the exit status.
 */
int cf__worker_run(const cf_server_options *options, int number, const int *fds, size_t count,
                   int channel);

#endif
