/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the job leads a process group, to which the programs it runs belong, so one signal ends them all. Those
 * that are killed may take a while to end (they may wait for a disk, or for the kernel): the group is put aside and
 * reaped later. The programs of a killed job become children of ours. */
#include "job.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define ASIDE 16

static pid_t aside[ASIDE]; /* process groups that were killed and not yet reaped */

/* In the job's process. */
static struct {
	const unsigned char *result;
	size_t sent;
	int fd;
} own;

/* False: some of them have not ended. */
static bool
reap_group(pid_t group)
{
	pid_t ended;

	while ((ended = waitpid(-group, NULL, WNOHANG)) > 0)
		;
	return ended < 0;
}

static void
reap(void)
{
	for (size_t i = 0; i < ASIDE; i++)
		if (aside[i] != 0 && reap_group(aside[i]))
			aside[i] = 0;
}

static void
put_aside(pid_t group)
{
	size_t i = 0;

	while (i < ASIDE && aside[i] != 0)
		i++;
	if (i < ASIDE)
		aside[i] = group;
}

/* All descriptors from 3 on but `keep`. */
static void
close_others(int keep)
{
	if (keep > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0U, 0);
}

static void
reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL); /* standard error may be a pipe */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All of it is shorter than a pipe holds: written at once. */
bool
job_send(size_t size)
{
	ssize_t n = size > own.sent ? write(own.fd, own.result + own.sent, size - own.sent) : 0;

	own.sent += n > 0 ? (size_t)n : 0;
	return own.sent >= size;
}

static _Noreturn void
become(job_task *task, const void *arg, size_t size, int fd)
{
	unsigned char *result = calloc(1, size);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_others(fd);
	reset_signals();
	if (result == NULL)
		_exit(1);
	own.result = result;
	own.fd = fd;
	task(arg, result);
	_exit(job_send(size) ? 0 : 1);
}

bool
job_start(struct job *j, job_task *task, const void *arg, size_t size, int64_t limit)
{
	int pair[2];

	j->state = JOB_FAILED;
	j->fd = -1;
	j->pid = 0;
	j->size = size;
	j->got = 0;
	j->began = steady_now();
	j->end = steady_add(j->began, limit);
	reap();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (size > sizeof j->result || pipe2(pair, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	if ((j->pid = fork()) == 0)
		become(task, arg, size, pair[1]);
	close(pair[1]);
	if (j->pid < 0) {
		close(pair[0]);
		return false;
	}
	setpgid(j->pid, j->pid); /* whichever of the two comes first */
	j->fd = pair[0];
	j->state = JOB_RUNS;
	return true;
}

static enum job_state
end(struct job *j, enum job_state state)
{
	kill(-j->pid, SIGKILL);
	put_aside(j->pid);
	reap();
	close(j->fd);
	j->fd = -1;
	j->pid = 0;
	return j->state = state;
}

void
job_wait_killed(int64_t limit)
{
	struct steady until = steady_add(steady_now(), limit);

	for (size_t i = 0; i < ASIDE; i++)
		while (aside[i] != 0 && kill(-aside[i], 0) == 0 && steady_before(steady_now(), until))
			poll(NULL, 0, 2);
}

enum job_state
job_look(struct job *j)
{
	ssize_t n = 1;

	if (j->state != JOB_RUNS)
		return j->state;
	reap();
	while (j->got < j->size && (n = read(j->fd, j->result + j->got, j->size - j->got)) > 0)
		j->got += (size_t)n;
	if (j->got == j->size)
		return end(j, JOB_DONE);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || !steady_before(steady_now(), j->end))
		return end(j, JOB_FAILED);
	return JOB_RUNS;
}

void
job_drop(struct job *j)
{
	if (j->state == JOB_RUNS)
		end(j, JOB_FAILED);
	j->state = JOB_NONE;
}
