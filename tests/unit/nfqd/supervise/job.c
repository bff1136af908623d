/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nfqd/supervise/job.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/when.h"

struct result {
	int number;
	bool open, blocked;
	unsigned char bytes[JOB_RESULT - 16];
};

static int extra; /* a descriptor that the job must not have */

static void
fill(const void *arg, void *result)
{
	struct result *r = result;
	sigset_t blocked;

	r->number = *(const int *)arg;
	r->open = fcntl(extra, F_GETFD) >= 0;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	r->blocked = sigismember(&blocked, SIGTERM);
	for (size_t i = 0; i < sizeof r->bytes; i++)
		r->bytes[i] = (unsigned char)(i * 7);
}

static void
die(const void *arg, void *result)
{
	(void)arg;
	(void)result;
	_exit(0);
}

/* The job, and a program that it has started, which holds its pipe as well. */
static void
hang(const void *arg, void *result)
{
	(void)arg;
	(void)result;
	fork();
	for (;;)
		pause();
}

/* Sends the number ahead, and ends when there is a file `arg`. */
static void
send_ahead(const void *arg, void *result)
{
	struct result *r = result;

	r->number = 4711;
	job_send(sizeof r->number);
	while (access(arg, F_OK) != 0)
		poll(NULL, 0, 5);
	r->bytes[sizeof r->bytes - 1] = 9;
}

static enum job_state
wait_for(struct job *j)
{
	struct steady end = steady_add(steady_now(), 10 * SECOND);

	while (job_look(j) == JOB_RUNS && steady_before(steady_now(), end))
		poll(&(struct pollfd){j->fd, POLLIN, 0}, 1, 20);
	return j->state;
}

static struct job job;

static void
the_result_arrives_whole(void **state)
{
	int number = 4711;
	const struct result *r = (const struct result *)(const void *)job.result;
	sigset_t term, before;

	(void)state;
	extra = dup(STDIN_FILENO);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	assert_true(job_start(&job, fill, &number, sizeof *r, 5 * SECOND));
	sigprocmask(SIG_SETMASK, &before, NULL);
	number = 0; /* the job has a copy */
	assert_int_equal(wait_for(&job), JOB_DONE);
	close(extra);
	assert_int_equal(r->number, 4711);
	assert_false(r->open);
	assert_false(r->blocked);
	for (size_t i = 0; i < sizeof r->bytes; i++)
		assert_int_equal(r->bytes[i], (unsigned char)(i * 7));
	assert_int_equal(job.fd, -1);
}

static void
what_is_sent_ahead_arrives_before_the_rest(void **state)
{
	char path[] = "/tmp/nfqd-job-XXXXXX";
	const struct result *r = (const struct result *)(const void *)job.result;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	assert_true(job_start(&job, send_ahead, path, sizeof *r, 10 * SECOND));
	for (int i = 0; i < 500 && job_look(&job) == JOB_RUNS && job.got == 0; i++)
		poll(&(struct pollfd){job.fd, POLLIN, 0}, 1, 10);
	assert_int_equal(job.state, JOB_RUNS);
	assert_int_equal(job.got, sizeof r->number);
	assert_int_equal(r->number, 4711);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(wait_for(&job), JOB_DONE);
	unlink(path);
	close(fd);
	assert_int_equal(r->number, 4711);
	assert_false(r->open);
	assert_int_equal(r->bytes[sizeof r->bytes - 1], 9);
}

static void
without_a_result_it_has_failed(void **state)
{
	(void)state;
	assert_true(job_start(&job, die, NULL, sizeof(int), 5 * SECOND));
	assert_int_equal(wait_for(&job), JOB_FAILED);
	assert_true(steady_since(job.began) < 4 * SECOND);
}

static void
a_result_that_is_too_large_is_refused(void **state)
{
	(void)state;
	assert_false(job_start(&job, die, NULL, JOB_RESULT + 1, SECOND));
	assert_int_equal(job_look(&job), JOB_FAILED);
}

/* Nobody is left in the process group within a second. */
static bool
group_ends(pid_t group)
{
	for (int i = 0; i < 100; i++) {
		while (waitpid(-group, NULL, WNOHANG) > 0) /* orphans of the job's are ours */
			continue;
		if (kill(-group, 0) != 0 && errno == ESRCH)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static void
at_its_limit_it_is_killed_with_its_programs(void **state)
{
	pid_t group;

	(void)state;
	assert_true(job_start(&job, hang, NULL, sizeof(int), SECOND / 5));
	group = job.pid;
	assert_int_equal(job_look(&job), JOB_RUNS);
	assert_int_equal(wait_for(&job), JOB_FAILED);
	assert_true(steady_since(job.began) >= SECOND / 5);
	assert_true(steady_since(job.began) < SECOND);
	assert_true(group_ends(group));
}

static void
dropped_it_is_killed_at_once(void **state)
{
	pid_t group;

	(void)state;
	assert_true(job_start(&job, hang, NULL, sizeof(int), 60 * SECOND));
	group = job.pid;
	poll(NULL, 0, 50);
	job_drop(&job);
	assert_int_equal(job.state, JOB_NONE);
	assert_true(group_ends(group));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_result_arrives_whole),
	        cmocka_unit_test(what_is_sent_ahead_arrives_before_the_rest),
	        cmocka_unit_test(without_a_result_it_has_failed),
	        cmocka_unit_test(a_result_that_is_too_large_is_refused),
	        cmocka_unit_test(at_its_limit_it_is_killed_with_its_programs),
	        cmocka_unit_test(dropped_it_is_killed_at_once),
	};

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
