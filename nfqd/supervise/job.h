/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job: a task that may take time, done by a process of its own, so that the supervisor never waits. The process has the
 * supervisor's memory as a copy, writes one plain struct into a pipe and ends. At its limit it is killed together with
 * the programs that it has started. */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/steady.h"

#define JOB_RESULT 16384 /* the largest result, in bytes; a pipe holds more */

enum job_state {
	JOB_NONE, /* was not started */
	JOB_RUNS,
	JOB_DONE,  /* the result is complete */
	JOB_FAILED /* it ended without a result, or was killed at its limit */
};

/* All zeros: none was started. */
struct job {
	enum job_state state;
	pid_t pid;           /* of its process, and of its process group */
	int fd;              /* becomes readable when it has a result or ends; -1: it does not run */
	struct steady began; /* and the moment at which it is killed */
	struct steady end;
	size_t size, got; /* bytes of the result, and those that have arrived */
	unsigned char result[JOB_RESULT];
};

/* In the job: reads *arg, which is the caller's memory at the start, and fills `result`, which is all zeros. */
typedef void job_task(const void *arg, void *result);

/* In the job: the first `size` bytes of the result are final, and reach the supervisor now (`got`). False: it has gone.
 */
bool job_send(size_t size);

/* In the job: waits until jobs that were killed before it have ended, with their programs, but no longer than `limit`
 * microseconds. What one of them had asked of the kernel may still be done until then. */
void job_wait_killed(int64_t limit);

/* Starts `task` with a result of `size` bytes and a limit in microseconds; the job must not run. Signals are as a new
 * program has them (but for SIGPIPE), and all descriptors but the standard ones are closed. False: there is no process
 * or pipe to be had; the state is then JOB_FAILED. */
bool job_start(struct job *j, job_task *task, const void *arg, size_t size, int64_t limit);
/* Takes what has arrived, and kills a job at its limit. Never waits. Call when `fd` is readable, and at each tick. */
enum job_state job_look(struct job *j);
static inline bool
job_runs(const struct job *j)
{
	return j->state == JOB_RUNS;
}
/* Kills the job with its programs, and forgets its result. */
void job_drop(struct job *j);

#endif
