/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nfqd/gate/pace.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1700000000) * SECOND)

static uint32_t isn; /* each opening is another one */
static struct debts *made[32];
static size_t made_count;

static struct flow
flow_of(const char *src)
{
	struct flow f = {.sport = 1000, .dport = 25};

	assert_true(addr_parse(src, &f.src));
	f.dst = addr_v4((uint8_t[]){203, 0, 113, 9});
	return f;
}

/* One SYN at `us` microseconds of the steady clock. */
static bool
ask(struct pace *p, const struct flow *f, uint32_t number, const struct limit *limit, int64_t us)
{
	return pace_ask(p, f, number, limit, (struct steady){us});
}

static bool
opens(struct pace *p, const char *src, uint16_t max, int64_t now)
{
	const struct limit limit = {max, 1};
	struct flow f = flow_of(src);

	return ask(p, &f, ++isn, &limit, now);
}

/* How many of `tries` openings at one moment pass. */
static int
burst(struct pace *p, const char *src, uint16_t max, int64_t now, int tries)
{
	int passed = 0;

	for (int i = 0; i < tries; i++)
		passed += opens(p, src, max, now);
	return passed;
}

/* With a table of sources of its own, as a single gate has. */
static struct pace *
make(size_t sources, size_t openings, uint64_t seed)
{
	struct debts *debts = debts_new(sources, seed);

	assert_non_null(debts);
	made[made_count++] = debts;
	return pace_new(debts, openings, seed);
}

static int
setup(void **state)
{
	*state = make(1024, 200000, 1);
	return *state == NULL;
}

static int
teardown(void **state)
{
	pace_free(*state);
	return 0;
}

/* One minute's worth at once, exactly, whatever N. */
static void
one_minutes_worth_passes_at_once(void **state)
{
	static const uint16_t all[] = {1, 2, 7, 59, 60, 61, 1000, 12345, 65534, 65535};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char src[32];

		snprintf(src, sizeof src, "10.0.0.%zu", i);
		assert_int_equal(burst(*state, src, all[i], START, all[i] + 10), all[i]);
	}
}

static void
room_refills_evenly(void **state)
{
	struct pace *p = *state;

	assert_int_equal(burst(p, "10.0.0.1", 60, START, 100), 60);
	assert_false(opens(p, "10.0.0.1", 60, START + SECOND - 1));
	assert_true(opens(p, "10.0.0.1", 60, START + SECOND)); /* continuously: one a second */
	assert_false(opens(p, "10.0.0.1", 60, START + SECOND));
	assert_int_equal(burst(p, "10.0.0.1", 60, START + 11 * SECOND, 100), 10);
	assert_int_equal(burst(p, "10.0.0.1", 60, START + 500 * SECOND, 100), 60); /* and no more than that */
	assert_int_equal(burst(p, "10.0.0.2", 1, START, 2), 1);
	assert_false(opens(p, "10.0.0.2", 1, START + 60 * SECOND - 1));
	assert_true(opens(p, "10.0.0.2", 1, START + 60 * SECOND));
}

/* Asking all the time, as a host that is refused does, gains nothing and costs nothing. */
static void
refused_openings_cost_nothing(void **state)
{
	int passed = 0;

	for (int64_t t = 0; t < 600 * SECOND; t += SECOND / 100)
		passed += opens(*state, "10.0.0.1", 60, START + t);
	assert_in_range(passed, 60 + 599, 60 + 600);
}

static void
each_source_and_line_has_its_own_bucket(void **state)
{
	struct pace *p = *state;
	const struct limit other = {5, 2};
	struct flow f = flow_of("10.0.0.1");

	assert_int_equal(burst(p, "10.0.0.1", 5, START, 9), 5);
	assert_int_equal(burst(p, "10.0.0.2", 5, START, 9), 5);
	assert_true(ask(p, &f, ++isn, &other, START)); /* another line's limit */
	assert_int_equal(burst(p, "2001:db8:1:1::1", 5, START, 3), 3);
	assert_int_equal(burst(p, "2001:db8:1:1:ffff::2", 5, START, 9), 2); /* the same /64 */
	assert_int_equal(burst(p, "2001:db8:1:2::1", 5, START, 9), 5);
	assert_int_equal(burst(p, "a00:1::", 5, START, 9), 5); /* the bytes of 10.0.0.1, the other family */
}

/* The debt is kept when a reload changes the number. */
static void
the_debt_outlives_another_max(void **state)
{
	struct pace *p = *state;

	assert_int_equal(burst(p, "10.0.0.1", 60, START, 30), 30); /* half a minute */
	assert_int_equal(burst(p, "10.0.0.1", 10, START, 30), 5);  /* the other half */
	assert_int_equal(burst(p, "10.0.0.1", 1000, START, 30), 0);
}

static void
a_resent_syn_gets_the_same_answer(void **state)
{
	struct pace *p = *state;
	const struct limit one = {1, 1};
	struct flow f = flow_of("10.0.0.1"), g = flow_of("10.0.0.1");

	g.sport = 2000;
	assert_true(ask(p, &f, 7, &one, START));
	assert_false(ask(p, &g, 7, &one, START));
	for (int i = 1; i <= PACE_RESENDS; i++) /* passed: still passes */
		assert_true(ask(p, &f, 7, &one, START + i * SECOND));
	assert_false(ask(p, &f, 7, &one, START + 30 * SECOND)); /* too often: that is no resending */
	/* Refused: stays refused for 180 s, also when there is room, and takes none of it. */
	assert_false(ask(p, &g, 7, &one, START + 61 * SECOND));
	assert_false(ask(p, &g, 7, &one, START + 180 * SECOND));
	assert_true(ask(p, &g, 8, &one, START + 180 * SECOND));
	assert_false(ask(p, &g, 9, &one, START + 181 * SECOND));
}

/* One that sends its SYN again too often pays for each further one. */
static void
too_many_resends_are_charged(void **state)
{
	struct pace *p = *state;
	const struct limit ten = {10, 1};
	struct flow f = flow_of("10.0.0.1");
	int passed = 0;

	for (int i = 0; i < 100; i++)
		passed += ask(p, &f, 7, &ten, START);
	assert_int_equal(passed, 10 + PACE_RESENDS);
}

static void
a_clock_that_jumps_locks_nobody_out(void **state)
{
	struct pace *p = *state;

	assert_int_equal(burst(p, "10.0.0.1", 60, START, 100), 60);
	assert_false(opens(p, "10.0.0.1", 60, START - 3600 * SECOND)); /* back: nothing refilled */
	assert_true(opens(p, "10.0.0.1", 60, START - 3599 * SECOND));  /* and no lock-out: it refills from there */
	assert_int_equal(burst(p, "10.0.0.1", 60, START - 3589 * SECOND, 100), 10);
	assert_true(opens(p, "10.0.0.2", 60, START));
	assert_int_equal(burst(p, "10.0.0.2", 60, START - 3600 * SECOND, 100), 59);
	assert_int_equal(burst(p, "10.0.0.2", 60, START + 7200 * SECOND, 100), 60); /* forward: full, no more */
	assert_int_equal(burst(p, "10.0.0.3", 60, -START, 100), 60);
}

/* A table of one set: the source that owes least goes, is counted, and begins anew; who paid up is no loss. */
static void
a_full_set_evicts_the_smallest_debt(void **state)
{
	struct pace *p = make(1, 1024, 1);
	char src[32];

	(void)state;
	assert_non_null(p);
	for (int i = 0; i < 16; i++) {
		snprintf(src, sizeof src, "10.0.0.%d", i);
		burst(p, src, 60, START, i == 5 ? 1 : 2 + i);
	}
	assert_int_equal(pace_evicted_sources(p), 0);
	assert_true(opens(p, "10.0.0.16", 60, START)); /* in place of 10.0.0.5 */
	assert_int_equal(pace_evicted_sources(p), 1);
	assert_int_equal(burst(p, "10.0.0.15", 60, START, 100), 60 - 17); /* the largest debt is kept */
	assert_int_equal(burst(p, "10.0.0.5", 60, START, 100), 60);       /* in place of 10.0.0.16 */
	assert_int_equal(pace_evicted_sources(p), 2);
	for (int i = 0; i < 16; i++) {
		snprintf(src, sizeof src, "10.0.1.%d", i);
		assert_true(opens(p, src, 60, START + 60 * SECOND));
	}
	assert_int_equal(pace_evicted_sources(p), 2);
	pace_free(p);
}

/* A table of one bucket of openings: evictions are counted, and a retransmission then counts as a new opening. */
static void
evicted_openings_are_counted_and_charged_again(void **state)
{
	struct pace *p = make(8, 1, 1);
	const struct limit limit = {100, 1};
	struct flow f = flow_of("10.0.0.1");

	(void)state;
	assert_non_null(p);
	for (uint32_t i = 0; i < 17; i++)
		assert_true(ask(p, &f, i, &limit, START + i));
	assert_int_equal(pace_evicted_openings(p), 1);
	assert_true(ask(p, &f, 16, &limit, START + 20)); /* known: takes nothing */
	assert_true(ask(p, &f, 0, &limit, START + 20));  /* and so is the first: decoys replace each other */
	assert_true(ask(p, &f, 15, &limit, START + 20)); /* forgotten: takes one */
	assert_int_equal(burst(p, "10.0.0.1", 100, START + 20, 200), 100 - 18);
	pace_free(p);
}

/* The same questions, the same answers, with any seed as long as there is room; as a plain count would say. */
static void
verdicts_match_a_plain_count_with_any_seed(void **state)
{
	static double tokens[40];
	static int64_t last[40];
	struct pace *a = make(4096, 100000, 1), *b = make(4096, 100000, 99);
	unsigned seed = 5;
	int64_t now = START;
	int refused = 0;

	(void)state;
	assert_true(a != NULL && b != NULL);
	for (int i = 0; i < 40; i++) {
		tokens[i] = 30;
		last[i] = START;
	}
	for (int i = 0; i < 60000; i++) {
		int host = rand_r(&seed) % 40;
		char src[32];
		bool passed;

		now += rand_r(&seed) % 60000;
		snprintf(src, sizeof src, "10.0.0.%d", host);
		passed = opens(a, src, 30, now);
		isn--;
		assert_int_equal(opens(b, src, 30, now), passed);
		tokens[host] += (double)(now - last[host]) / 2e6;
		tokens[host] = tokens[host] > 30 ? 30 : tokens[host];
		last[host] = now;
		if (tokens[host] > 1 + 1e-6 || tokens[host] < 1 - 1e-6)
			assert_int_equal(passed, tokens[host] > 1);
		tokens[host] -= passed;
		refused += !passed;
	}
	assert_in_range(refused, 20000, 50000); /* both answers have been asked for */
	pace_free(a);
	pace_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(one_minutes_worth_passes_at_once, setup, teardown),
	        cmocka_unit_test_setup_teardown(room_refills_evenly, setup, teardown),
	        cmocka_unit_test_setup_teardown(refused_openings_cost_nothing, setup, teardown),
	        cmocka_unit_test_setup_teardown(each_source_and_line_has_its_own_bucket, setup, teardown),
	        cmocka_unit_test_setup_teardown(the_debt_outlives_another_max, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_resent_syn_gets_the_same_answer, setup, teardown),
	        cmocka_unit_test_setup_teardown(too_many_resends_are_charged, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_clock_that_jumps_locks_nobody_out, setup, teardown),
	        cmocka_unit_test(a_full_set_evicts_the_smallest_debt),
	        cmocka_unit_test(evicted_openings_are_counted_and_charged_again),
	        cmocka_unit_test(verdicts_match_a_plain_count_with_any_seed),
	};

	int failed;

	pace_free(NULL);
	failed = cmocka_run_group_tests_name("pace", tests, NULL, NULL);
	while (made_count > 0)
		debts_free(made[--made_count]);
	return failed;
}
