/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nfqd/shared/spool.h"

struct record {
	uint64_t number, check[7];
};

static struct record
make(uint64_t n)
{
	struct record r = {.number = n};

	for (int i = 0; i < 7; i++)
		r.check[i] = n * (uint64_t)(i + 3);
	return r;
}

static void
assert_record(const struct record *r, uint64_t n)
{
	struct record want = make(n);

	assert_memory_equal(r, &want, sizeof want);
}

static void
a_full_spool_counts_its_losses(void **state)
{
	struct spool *s = spool_new("test", sizeof(struct record), 1000);
	struct record r;

	(void)state;
	assert_non_null(s);
	assert_int_equal(spool_room(s), 1024);
	for (uint64_t i = 0; i < 1024; i++) {
		r = make(i);
		assert_true(spool_put(s, &r));
	}
	assert_false(spool_put(s, &r)); /* never overwrites records that were not released */
	assert_int_equal(spool_lost(s), 1);
	assert_true(spool_read(s, 0, &r));
	assert_record(&r, 0);
	assert_false(spool_read(s, 1024, &r));
	spool_take(s, 10);
	for (uint64_t i = 1024; i < 1034; i++) {
		r = make(i);
		assert_true(spool_put(s, &r));
	}
	assert_false(spool_put(s, &r));
	assert_false(spool_read(s, 9, &r)); /* overwritten by now */
	assert_true(spool_read(s, 10, &r));
	assert_record(&r, 10);
	spool_free(s);
}

/* Released records stay readable for a while, for a new reader. */
static void
released_records_stay_readable(void **state)
{
	struct spool *s = spool_new("test", sizeof(struct record), 256);
	struct record r;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		r = make(i);
		assert_true(spool_put(s, &r));
		spool_take(s, i + 1);
	}
	assert_true(spool_oldest(s) > 1000 - 256 && spool_oldest(s) < 1000 - 100);
	for (uint64_t i = spool_oldest(s); i < 1000; i++) {
		assert_true(spool_read(s, i, &r));
		assert_record(&r, i);
	}
	spool_free(s);
}

/* A writer in another process that is killed in the middle, and its successor: no record is torn, none comes twice. */
static void
a_killed_writer_tears_no_record(void **state)
{
	struct spool *s = spool_new("test", sizeof(struct record), 256);
	uint64_t next = 0;

	(void)state;
	for (int life = 0; life < 20; life++) {
		pid_t pid = fork();
		struct record r;

		if (pid == 0)
			for (;;) {
				r = make(spool_head(s));
				spool_put(s, &r);
			}
		for (uint64_t end = next + 5000; next < end;) {
			if (!spool_read(s, next, &r))
				continue;
			assert_record(&r, next);
			spool_take(s, ++next);
		}
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		for (; spool_read(s, next, &r); spool_take(s, ++next))
			assert_record(&r, next);
		assert_int_equal(next, spool_head(s));
	}
	spool_free(s);
}

/* A compromised child can write to all shared memory. That must not change where we write. */
static void
a_hostile_child_moves_no_write(void **state)
{
	struct spool *s = spool_new("test", sizeof(struct record), 256);
	struct record r = make(0);
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		memset((void *)s, 0x41, 3 * sizeof(void *));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(spool_room(s), 256);
	assert_string_equal(spool_name(s), "test");
	assert_true(spool_put(s, &r));
	assert_true(spool_read(s, 0, &r));
	assert_record(&r, 0);
	spool_free(s);
}

/* Makes every shared mapping of a spool writable: the number of those that resisted. */
static int
make_writable(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[512];
	int resisted = 0;

	while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
		if (strstr(line, "nfqd spool") != NULL && sscanf(line, "%lx-%lx", &from, &to) == 2 &&
		    mprotect((void *)from, to - from, PROT_READ | PROT_WRITE) != 0)
			resisted += errno == EACCES;
	return resisted;
}

/* The status of a child that has one end, and then writes to the other's memory. */
static int
trespass(struct spool *s, enum spool_end end)
{
	struct record r = make(0);
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		signal(SIGSEGV, SIG_DFL);
		if (!spool_limit(s, end) || make_writable() != 1)
			_exit(1);
		if (end == SPOOL_WRITER ? !spool_put(s, &r) : !spool_read(s, 0, &r)) /* its own end works */
			_exit(2);
		if (end == SPOOL_READER)
			spool_take(s, 1);
		if (end == SPOOL_WRITER)
			spool_take(s, 1);
		else
			spool_put(s, &r);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
each_end_writes_to_its_own_memory_alone(void **state)
{
	struct spool *s = spool_new("test", sizeof(struct record), 256);
	int status;

	(void)state;
	status = trespass(s, SPOOL_WRITER);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	assert_int_equal(spool_head(s), 1);
	assert_int_equal(spool_tail(s), 0);
	status = trespass(s, SPOOL_READER);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	assert_int_equal(spool_head(s), 1);
	assert_int_equal(spool_tail(s), 1);
	spool_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_full_spool_counts_its_losses),
	        cmocka_unit_test(released_records_stay_readable),
	        cmocka_unit_test(a_killed_writer_tears_no_record),
	        cmocka_unit_test(a_hostile_child_moves_no_write),
	        cmocka_unit_test(each_end_writes_to_its_own_memory_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
