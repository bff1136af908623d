/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minutes: against a model that keeps everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lib/base/when.h"
#include "lib/count/minutes.h"

#define SEED 42
#define T0 (INT64_C(29000000) * MINUTE)

/* The model: sums for each host and minute, whatever rows they stand in. */
#define MODEL_HOSTS 40
#define MODEL_MINUTES 12

struct model {
	uint64_t sum[MODEL_HOSTS][MODEL_MINUTES][MINUTE_COUNTS];
	int64_t first[MODEL_HOSTS][MODEL_MINUTES], last[MODEL_HOSTS][MODEL_MINUTES];
};

static void
model_add(struct model *m, size_t host, int64_t when, size_t count, uint64_t n)
{
	size_t minute = (size_t)((when - T0) / MINUTE);
	int64_t *first = &m->first[host][minute], *last = &m->last[host][minute];

	m->sum[host][minute][count] += n;
	if (*first == 0 || *first > when)
		*first = when;
	if (*last < when)
		*last = when;
}

/* Half of the flushes fail half-way, as a transaction that is rolled back does. */
static bool
put_model(void *arg, const struct minute_row *row)
{
	struct model *m = arg;
	size_t host = (size_t)row->key.host.bytes[3];

	for (size_t n = 0; n < MINUTE_COUNTS; n++)
		if (row->count[n] > 0)
			model_add(m, host, row->first, n, row->count[n]);
	model_add(m, host, row->last, 0, 0);
	assert_int_equal(row->key.minute, row->first / MINUTE);
	assert_int_equal(row->key.minute, row->last / MINUTE);
	return true;
}

static bool
put_none(void *arg, const struct minute_row *row)
{
	(void)row;
	return --*(int *)arg > 0;
}

/* As a writer does it: all rows in one transaction, cleared when that is committed. */
static bool
hand_over(struct minutes *m, bool (*put)(void *arg, const struct minute_row *row), void *arg)
{
	if (!minutes_each(m, put, arg))
		return false;
	minutes_clear(m);
	return true;
}

static void
sums_equal_the_model(void **state)
{
	static struct model expected, got;
	struct minutes *m = minutes_new(64, SEED);
	unsigned int seed = 1, flushes = 0;
	int steps;

	(void)state;
	srandom(seed);
	for (int n = 0; n < 200000; n++) {
		size_t host = (size_t)random() % MODEL_HOSTS, count = (size_t)random() % MINUTE_COUNTS;
		int64_t when = T0 + (int64_t)n * MODEL_MINUTES * MINUTE / 200000 - random() % 90 * 1000000;
		struct addr h = addr_v4((uint8_t[]){10, 0, 0, (uint8_t)host}),
		            d = addr_v4((uint8_t[]){203, 0, 113, (uint8_t)(random() % 100)});
		uint16_t port = random() % 8 == 0 ? 587 : 25;
		uint8_t verdict = random() % 4 == 0 ? 1 : 2;
		struct minute_row *row;

		if (when < T0)
			when = T0;
		row = minutes_at(m, when, &(struct minute_key){0, h, d, port, verdict, 1});
		if (row == NULL) {
			steps = (int)(random() % 64);
			if (steps > 0)
				assert_false(hand_over(m, put_none, &steps));
			assert_true(hand_over(m, put_model, &got));
			flushes++;
			row = minutes_at(m, when, &(struct minute_key){0, h, d, port, verdict, 1});
		}
		assert_non_null(row);
		row->count[count] += 3;
		model_add(&expected, host, when, count, 3);
	}
	assert_true(hand_over(m, put_model, &got));
	assert_true(flushes > 1000);
	assert_memory_equal(&expected, &got, sizeof got);
	minutes_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sums_equal_the_model),
	};

	return cmocka_run_group_tests_name("minutes_model", tests, NULL, NULL);
}
