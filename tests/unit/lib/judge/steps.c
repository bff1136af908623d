/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_steps: fail-over by a constant step is recognized, and nothing else is; all numbers from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lib/judge/state.h"
#include "tests/unit/common/lives.h"

#define SECONDS(s) ((uint32_t)((s)*JUDGE_TICKS))

static struct judge_steps steps;

static int
begin(void **state)
{
	(void)state;
	steps = (struct judge_steps){0};
	return 0;
}

/* An attempt to server `n`, each in a network of its own. */
static void
try_at(uint32_t tick, uint32_t n, enum judge_answer answer)
{
	struct addr to = life_address(n, 1, false);
	struct judge_row row = life_row(LIFE_BEGIN, &to, 25);

	row.answer = (uint8_t)answer;
	judge_steps_row(&steps, &row, tick);
}

/* Messages, each to five servers one after the other with `pause` ticks between them. */
static void
deliver(uint32_t messages, uint32_t pause, enum judge_answer answer)
{
	for (uint32_t n = 0; n < messages; n++)
		for (uint32_t i = 0; i < 5; i++)
			try_at(SECONDS(600) * n + pause * i, i, answer);
}

static void
waits_for_its_timeout(void **state)
{
	(void)state;
	deliver(10, SECONDS(30), JUDGE_SILENCE);
	assert_int_equal(steps.tried, 50);
	assert_int_equal(steps.stepped, 39); /* the first taught the pause */
}

static void
goes_on_when_refused(void **state)
{
	(void)state;
	deliver(10, 4, JUDGE_REFUSED);
	assert_int_equal(steps.stepped, 40);
	begin(state);
	deliver(10, 5, JUDGE_REFUSED);
	assert_int_equal(steps.stepped, 0);
}

/* Attempts that were not refused at once are parallel, not fail-over; nor is what got through followed by any. */
static void
parallel(void **state)
{
	(void)state;
	deliver(10, SECONDS(0.5), JUDGE_SILENCE);
	assert_int_equal(steps.stepped, 0);
	begin(state);
	deliver(10, SECONDS(30), JUDGE_PASSED);
	assert_int_equal(steps.tried, 0);
}

/* Four to 150 s; messages to two servers each. */
static void
lengths(void **state)
{
	static const struct {
		uint32_t pause, stepped;
	} cases[] = {{SECONDS(4), 9}, {SECONDS(4) - 1, 0}, {SECONDS(150), 9}, {SECONDS(150) + 1, 0}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin(state);
		for (uint32_t n = 0; n < 20; n++)
			try_at(SECONDS(300) * n + (n % 2 == 0 ? SECONDS(300) - cases[i].pause : 0), n % 2, JUDGE_SILENCE);
		if (steps.stepped != cases[i].stepped)
			fail_msg("case %zu: %u", i, steps.stepped);
	}
}

/* The same address again is no step, and each attempt is continued by one other. */
static void
each_once(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 20; n++)
		try_at(SECONDS(30) * n, 1, JUDGE_SILENCE);
	assert_int_equal(steps.stepped, 0);
	begin(state);
	deliver(1, SECONDS(30), JUDGE_SILENCE);
	assert_int_equal(steps.stepped, 3);
	try_at(SECONDS(150), 5, JUDGE_SILENCE);
	try_at(SECONDS(150) + 1, 6, JUDGE_SILENCE);
	assert_int_equal(steps.stepped, 4);
}

#define MESSAGES 200

static int
earlier(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Messages begin at random, one a minute, and are delivered in parallel: steps are four in five. */
static void
deliveries_overlap(void **state)
{
	static uint32_t when[5 * MESSAGES];
	uint64_t random = 7;

	(void)state;
	for (uint32_t n = 0; n < MESSAGES; n++)
		for (uint32_t i = 0, at = (uint32_t)(life_random(&random) % (MESSAGES * JUDGE_MINUTE)); i < 5; i++)
			when[5 * n + i] = at + SECONDS(30) * i;
	qsort(when, 5 * MESSAGES, sizeof when[0], earlier);
	for (uint32_t n = 0; n < 5 * MESSAGES; n++)
		try_at(when[n], n % 28, JUDGE_SILENCE);
	assert_in_range(steps.stepped, 5 * MESSAGES / 2, 4 * MESSAGES + 20);
}

/* At random, at three a minute and at thirty. */
static void
chance(void **state)
{
	static const struct {
		uint32_t mean, most; /* ticks; of 2,000 */
	} cases[] = {{SECONDS(20), 60}, {SECONDS(2), 500}};
	uint64_t random = 5;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t tick = 0;

		begin(state);
		for (uint32_t n = 0; n < 2000; n++) {
			tick += (uint32_t)(life_random(&random) % (2 * cases[i].mean));
			try_at(tick, (uint32_t)(life_random(&random) % 200), JUDGE_SILENCE);
		}
		assert_in_range(steps.stepped, 0, cases[i].most);
	}
}

/* A minute with more destinations than are remembered: the rest is left out, in whatever parts it comes. */
static void
full_minute(void **state)
{
	struct judge_steps once;

	(void)state;
	for (uint32_t n = 0; n < 60; n++)
		try_at(n, n, JUDGE_SILENCE);
	assert_int_equal(steps.tried, JUDGE_STEPS);
	once = steps;
	for (uint32_t n = 0; n < 60; n++)
		try_at(100 + n, n, JUDGE_SILENCE);
	assert_memory_equal(&once, &steps, sizeof once);
	try_at(JUDGE_MINUTE, 1, JUDGE_SILENCE);
	assert_int_equal(steps.tried, JUDGE_STEPS + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(waits_for_its_timeout, begin),
	        cmocka_unit_test_setup(goes_on_when_refused, begin),
	        cmocka_unit_test_setup(parallel, begin),
	        cmocka_unit_test_setup(lengths, begin),
	        cmocka_unit_test_setup(each_once, begin),
	        cmocka_unit_test_setup(deliveries_overlap, begin),
	        cmocka_unit_test_setup(chance, begin),
	        cmocka_unit_test_setup(full_minute, begin),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
