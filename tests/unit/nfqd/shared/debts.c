/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of debts, shared by processes as by several gates. tests/unit/nfqd/gate/pace.c tests the tokens of a
 * bucket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "nfqd/shared/debts.h"

#define GATES 4
#define SECOND INT64_C(1000000)
#define START (INT64_C(1700000000) * SECOND)
#define SOURCES 5000

/* Numbers that the processes of a test report. */
struct board {
	_Atomic int ready, go;
	_Atomic int passed[SOURCES]; /* of each source */
	_Atomic uint64_t evicted, asked;
};

static struct board *
new_board(void)
{
	struct board *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(b != MAP_FAILED);
	return b;
}

static struct addr
source(unsigned n)
{
	return addr_v4((uint8_t[]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

/* One opening at `us` microseconds of the steady clock. */
static bool
take(const struct debts *d, const struct addr *a, const struct limit *limit, int64_t us, uint64_t *evicted)
{
	return debts_take(d, a, limit, (struct steady){us}, evicted);
}

/* The openings of each gate: `times` for each source, all sources in turn; for ever if times is 0. */
struct openings {
	unsigned sources;
	int times;
	uint16_t max;
};

/* A gate. */
static _Noreturn void
ask(const struct debts *d, struct board *b, const struct openings *o, int64_t now)
{
	const struct limit limit = {o->max, 1};
	uint64_t evicted = 0;

	b->ready++;
	while (!b->go)
		;
	for (int i = 0; o->times == 0 || i < o->times; i++)
		for (unsigned n = 0; n < o->sources; n++) {
			struct addr a = source(n);

			b->passed[n] += take(d, &a, &limit, now, &evicted);
			b->asked++;
		}
	b->evicted += evicted;
	_exit(0);
}

static void
begin(pid_t pids[GATES], const struct debts *d, struct board *b, const struct openings *o)
{
	for (int i = 0; i < GATES; i++)
		if ((pids[i] = fork()) == 0)
			ask(d, b, o, START);
	while (b->ready < GATES)
		sched_yield();
	b->go = 1;
}

static void
join(const pid_t pids[GATES])
{
	for (int i = 0; i < GATES; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

/* One source that opens through all gates at once has one minute's worth, to the last opening. */
static void
a_source_has_one_minutes_worth_through_all_gates(void **state)
{
	struct debts *d = debts_new(1024, 1);
	struct board *b = new_board();
	pid_t pids[GATES];

	(void)state;
	begin(pids, d, b, &(struct openings){1, 50000, 60000});
	join(pids);
	assert_int_equal(b->passed[0], 60000);
	assert_int_equal(b->evicted, 0);
	munmap(b, sizeof *b);
	debts_free(d);
}

/* All gates meet each source for the first time in the same instant, and it still gets one bucket and no two. */
static void
a_source_that_all_gates_meet_at_once_has_one_bucket(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct debts *d = debts_new(8 * SOURCES, seed);
		struct board *b = new_board();
		pid_t pids[GATES];

		begin(pids, d, b, &(struct openings){SOURCES, 2, 1});
		join(pids);
		for (unsigned n = 0; n < SOURCES; n++)
			assert_int_equal(b->passed[n], 1);
		assert_int_equal(b->evicted, 0);
		munmap(b, sizeof *b);
		debts_free(d);
	}
}

#define TABLES 600

/* All gates at once put 16 sources into a table of 16 places, each in another order: each source gets one place. */
static void
a_full_set_gives_each_source_one_place(void **state)
{
	static struct debts *tables[TABLES];
	const struct limit one = {1, 1};
	struct board *b = new_board();
	pid_t pids[GATES];

	(void)state;
	for (int i = 0; i < TABLES; i++)
		assert_non_null(tables[i] = debts_new(1, (uint64_t)i));
	for (unsigned gate = 0; gate < GATES / 2; gate++) { /* few enough to run at the same time */
		if ((pids[gate] = fork()) != 0)
			continue;
		for (int i = 0; i < TABLES; i++) {
			uint64_t evicted = 0;

			b->ready++;
			while (b->ready < (i + 1) * GATES / 2)
				; /* no yielding: both must be on a processor */
			for (unsigned n = 0; n < 16; n++) {
				struct addr a = source(n ^ gate * 15);

				b->passed[i] += take(tables[i], &a, &one, START, &evicted);
			}
			b->evicted += evicted;
		}
		_exit(0);
	}
	for (unsigned gate = 0; gate < GATES / 2; gate++)
		assert_int_equal(waitpid(pids[gate], NULL, 0), pids[gate]);
	for (int i = 0; i < TABLES; i++) {
		assert_int_equal(b->passed[i], 16);
		debts_free(tables[i]);
	}
	assert_int_equal(b->evicted, 0);
	munmap(b, sizeof *b);
}

/* A table of 16 places and 5,000 sources that all owe. Who gets in again begins anew, and was counted when it had to
 * go: of one gate exactly. Where gates fight over a place all the time, one that loses its processor while it gives a
 * source up leaves the place to others, who find nothing owed there: then some are not counted, and none twice. */
static void
evictions_are_counted_once_at_most(void **state)
{
	struct debts *d = debts_new(1, 1);
	struct board *b = new_board();
	const struct limit limit = {1, 1};
	uint64_t passed = 0, evicted = 0;
	pid_t pids[GATES];

	(void)state;
	for (unsigned n = 0; n < 3 * SOURCES; n++) {
		struct addr a = source(n % SOURCES);

		passed += take(d, &a, &limit, START, &evicted);
	}
	assert_int_equal(evicted, passed - 16);
	debts_free(d);

	d = debts_new(1, 1);
	passed = 0;
	begin(pids, d, b, &(struct openings){SOURCES, 20, 1});
	join(pids);
	for (unsigned n = 0; n < SOURCES; n++) {
		assert_true(b->passed[n] >= 1);
		passed += (uint64_t)b->passed[n];
	}
	assert_in_range(b->evicted, 1, passed - 16);
	munmap(b, sizeof *b);
	debts_free(d);
}

/* Gates that are killed while they ask, at whatever point: the others go on, and nobody gets more than there is. */
static void
killed_gates_leave_no_lock_and_no_gain(void **state)
{
	const struct limit limit = {1000, 1};
	struct addr a = source(0);
	uint64_t evicted = 0;
	int64_t total = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct debts *d = debts_new(1024, (uint64_t)round);
		struct board *b = new_board();
		pid_t pids[GATES];

		begin(pids, d, b, &(struct openings){200, 0, 1000});
		while (b->asked < 2000)
			sched_yield();
		for (int i = 0; i < GATES; i++)
			kill(pids[i], SIGKILL);
		for (int i = 0; i < GATES; i++)
			waitpid(pids[i], NULL, 0);
		/* A killed gate took at most one opening that it could not report. */
		while (b->passed[0] < 1001 && take(d, &a, &limit, START, &evicted))
			b->passed[0]++;
		assert_in_range(b->passed[0], 1000 - GATES, 1000);
		assert_false(take(d, &a, &limit, START, &evicted));
		assert_true(take(d, &a, &limit, START + SECOND, &evicted)); /* and it refills */
		total += b->passed[0];
		munmap(b, sizeof *b);
		debts_free(d);
	}
	assert_true(total > 20 * 990);
}

/* A gate whose clock is a batch behind takes from the same minute, no more and no less. */
static void
a_clock_that_is_behind_gains_nothing(void **state)
{
	struct debts *d = debts_new(1024, 1);
	const struct limit limit = {60, 1};
	struct addr a = source(1);
	uint64_t evicted = 0;
	int passed = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		passed += take(d, &a, &limit, START - (i % 2) * SECOND / 1000, &evicted);
	assert_int_equal(passed, 60);
	for (int64_t t = 0; t < 60 * SECOND; t += SECOND / 50)
		for (int gate = 0; gate < 2; gate++)
			passed += take(d, &a, &limit, START + t - gate * SECOND / 1000, &evicted);
	assert_int_equal(passed, 60 + 59);
	debts_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_source_has_one_minutes_worth_through_all_gates),
	        cmocka_unit_test(a_source_that_all_gates_meet_at_once_has_one_bucket),
	        cmocka_unit_test(a_full_set_gives_each_source_one_place),
	        cmocka_unit_test(evictions_are_counted_once_at_most),
	        cmocka_unit_test(killed_gates_leave_no_lock_and_no_gain),
	        cmocka_unit_test(a_clock_that_is_behind_gains_nothing),
	};

	debts_free(NULL);
	return cmocka_run_group_tests_name("debts", tests, NULL, NULL);
}
