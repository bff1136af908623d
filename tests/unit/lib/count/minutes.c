/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minutes: against a model that keeps everything, and at its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/count/minutes.h"
#include "lib/base/when.h"

#define SEED 42
#define ROWS 24576
#define OWN MINUTE_DESTINATIONS
#define T0 (INT64_C(29000000) * MINUTE)

static struct addr
host_number(uint32_t n)
{
	uint8_t bytes[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return addr_v4(bytes);
}

static struct addr
destination_number(uint32_t n)
{
	uint8_t bytes[16] = {
	        0x20, 0x01, 0x0d, 0xb8, [12] = (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	return addr_v6(bytes);
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

/* The rows of a flush. */
struct taken {
	struct minute_row rows[ROWS];
	size_t count, fail_at; /* SIZE_MAX: never */
};

static bool
take(void *arg, const struct minute_row *row)
{
	struct taken *t = arg;

	if (t->count == t->fail_at)
		return false;
	assert_in_range(t->count, 0, ROWS - 1);
	t->rows[t->count++] = *row;
	return true;
}

static struct taken *
flush(struct minutes *m)
{
	static struct taken t;

	memset(&t, 0, sizeof t);
	t.fail_at = SIZE_MAX;
	assert_true(hand_over(m, take, &t));
	return &t;
}

static struct minute_row *
add(struct minutes *m, int64_t when, uint32_t host, uint32_t destination)
{
	struct addr h = host_number(host), d = destination_number(destination);
	struct minute_row *row = minutes_at(m, when, &(struct minute_key){0, h, d, 25, 2, 1});

	if (row != NULL)
		row->count[0]++;
	return row;
}

static void
a_row_is_one_key_and_its_counts(void **state)
{
	struct minutes *m = minutes_new(100, SEED);
	struct addr h = host_number(1), d = destination_number(2);
	struct minute_row *row;
	struct taken *t;

	(void)state;
	row = minutes_at(m, T0 + 5, &(struct minute_key){0, h, d, 25, 2, 1});
	row->count[0] += 2;
	row = minutes_at(m, T0 + 3, &(struct minute_key){0, h, d, 25, 2, 1});
	row->count[5] += 7;
	row = minutes_at(m, T0 + MINUTE - 1, &(struct minute_key){0, h, d, 25, 2, 1});
	row->count[0]++;
	minutes_at(m, T0 + MINUTE, &(struct minute_key){0, h, d, 25, 2, 1})->count[0]++; /* the next minute */
	minutes_at(m, T0, &(struct minute_key){0, h, d, 587, 2, 1})->count[0]++;
	minutes_at(m, T0, &(struct minute_key){0, h, d, 25, 1, 1})->count[0]++;
	minutes_at(m, T0, &(struct minute_key){0, h, d, 25, 2, 3})->count[0]++;
	minutes_at(m, T0, &(struct minute_key){0, h, h, 25, 2, 1}); /* nothing is counted: no row */
	t = flush(m);
	assert_int_equal(t->count, 5);
	/* Ordered by minute and host; here by the verdict, which comes later in the key. */
	assert_int_equal(t->rows[0].key.verdict, 1);
	assert_int_equal(t->rows[4].key.minute, 29000001);
	row = &t->rows[1];
	assert_int_equal(row->key.minute, 29000000);
	assert_true(addr_equal(&row->key.host, &h) && addr_equal(&row->key.destination, &d));
	assert_int_equal(row->key.port, 25);
	assert_int_equal(row->key.verdict, 2);
	assert_int_equal(row->key.reason, 1);
	assert_int_equal(row->first, T0 + 3);
	assert_int_equal(row->last, T0 + MINUTE - 1);
	assert_int_equal(row->count[0], 3);
	assert_int_equal(row->count[5], 7);
	assert_int_equal(row->destinations, 1);
	assert_int_equal(flush(m)->count, 0);
	minutes_free(m);
	minutes_free(NULL);
}

static void
minutes_before_the_epoch_round_down(void **state)
{
	struct minutes *m = minutes_new(10, SEED);

	(void)state;
	assert_int_equal(add(m, 0, 1, 1)->key.minute, 0);
	assert_int_equal(add(m, -1, 1, 1)->key.minute, -1);
	assert_int_equal(add(m, -MINUTE, 1, 1)->key.minute, -1);
	assert_int_equal(add(m, -MINUTE - 1, 1, 1)->key.minute, -2);
	assert_int_equal(flush(m)->count, 3);
	minutes_free(m);
}

/* Destinations of one host and minute: so many rows of their own and a shared one, also across flushes. */
static void
destinations_beyond_the_limit_share_a_row(void **state)
{
	struct minutes *m = minutes_new(ROWS, SEED);
	size_t own = 0, shared = 0;
	struct taken *t;

	(void)state;
	for (uint32_t n = 0; n < OWN - 12; n++)
		add(m, T0, 1, n);
	assert_int_equal(flush(m)->count, OWN - 12);
	for (uint32_t n = 0; n < OWN + 28; n++)
		add(m, T0 + 1, 1, n);
	add(m, T0 + 1, 2, OWN + 27);      /* another host has its own limit */
	add(m, T0 + MINUTE, 1, OWN + 27); /* and so has another minute */
	t = flush(m);
	for (size_t n = 0; n < t->count; n++) {
		const struct minute_row *row = &t->rows[n];

		if (row->key.destination.family == 0) {
			shared++;
			assert_int_equal(row->count[0], 28);
			assert_in_range(row->destinations, 24, 32); /* 28 */
		} else {
			own++;
			assert_int_equal(row->count[0], 1);
			assert_int_equal(row->destinations, 1);
		}
	}
	assert_int_equal(shared, 1);
	assert_int_equal(own, OWN + 2);
	/* After a flush a destination with a row of its own still has it, and another still has not. */
	assert_int_equal(add(m, T0 + 2, 1, 7)->key.destination.family, 6);
	assert_int_equal(add(m, T0 + 2, 1, OWN + 27)->key.destination.family, 0);
	minutes_free(m);
}

/* A minute of 100 hosts with 20 destinations a second each, and the next one: all have rows of their own. Of more than
 * MINUTE_PAIRS in a minute each host has its first ones, and nothing is lost. */
static void
a_crowd_leaves_each_host_its_first_rows(void **state)
{
	struct minutes *m = minutes_new(ROWS, SEED);
	uint32_t own = 0, all = 0;

	(void)state;
	for (uint32_t n = 0; n < 2 * 120000; n++) {
		if (minutes_full(m))
			flush(m);
		assert_int_equal(add(m, T0 + n * INT64_C(500), n % 100, n)->key.destination.family, 6);
	}
	flush(m);
	for (uint32_t host = 0; host < 200; host++)
		for (uint32_t n = 0; n < 1500; n++, all++) {
			if (minutes_full(m))
				flush(m);
			own += add(m, T0 + 4 * MINUTE, 1000 + host, n)->key.destination.family == 6;
		}
	assert_int_equal(own, MINUTE_PAIRS + (all - MINUTE_PAIRS) / 1500 * MINUTE_LEAST);
	/* More pairs than can be remembered at all: the first of each host have rows all the same. */
	for (uint32_t n = 0; n < 10000 * MINUTE_LEAST; n++) {
		if (minutes_full(m))
			flush(m);
		assert_int_equal(add(m, T0 + 4 * MINUTE, 2000 + n % 10000, n)->key.destination.family, 6);
	}
	minutes_free(m);
}

/* The state of a minute is dropped two minutes later, that of the minute in between is kept. */
static void
a_minute_is_forgotten_two_minutes_later(void **state)
{
	struct minutes *m = minutes_new(ROWS, SEED);

	(void)state;
	for (uint32_t host = 0; host < 5; host++)
		for (uint32_t n = 0; n < OWN + 8; n++) {
			add(m, T0, host, n);
			add(m, T0 + MINUTE, host, n);
		}
	add(m, T0 + 2 * MINUTE, 1, 1);
	flush(m);
	for (uint32_t host = 0; host < 5; host++) {
		assert_int_equal(add(m, T0 + MINUTE, host, OWN - 1)->key.destination.family, 6);
		assert_int_equal(add(m, T0 + MINUTE, host, OWN)->key.destination.family, 0);
		assert_in_range(add(m, T0 + MINUTE, host, OWN + 7)->destinations, 7, 9); /* 8 */
		assert_int_equal(add(m, T0, host, OWN + 7)->key.destination.family, 6);
	}
	minutes_free(m);
}

/* One destination at two ports is one destination. */
static void
the_limit_counts_destinations_and_not_ports(void **state)
{
	struct minutes *m = minutes_new(ROWS, SEED);
	struct addr h = host_number(1), d;

	(void)state;
	for (uint32_t n = 0; n < OWN; n++) {
		d = destination_number(n);
		assert_int_equal(minutes_at(m, T0, &(struct minute_key){0, h, d, 25, 2, 1})->key.destination.family, 6);
		assert_int_equal(minutes_at(m, T0, &(struct minute_key){0, h, d, 587, 2, 1})->key.destination.family,
		                 6);
	}
	d = destination_number(OWN);
	assert_int_equal(minutes_at(m, T0, &(struct minute_key){0, h, d, 25, 2, 1})->key.destination.family, 0);
	minutes_free(m);
}

/* Packets that are no attempts take no attempt's row, change no times, and count no destination twice. */
static void
other_packets_take_no_row_of_attempts(void **state)
{
	struct minutes *m = minutes_new(ROWS, SEED);
	struct addr h = host_number(1), d;
	struct minute_row *row;

	(void)state;
	for (uint32_t n = 0; n < 100; n++) {
		d = destination_number(n);
		row = minutes_after(m, T0 + n, &(struct minute_key){0, h, d, 25, 2, 1});
		assert_int_equal(row->key.destination.family, n < MINUTE_OTHERS ? 6 : 0);
		assert_int_equal(row->destinations, n < MINUTE_OTHERS);
		row->count[1]++;
	}
	for (uint32_t n = 0; n < OWN + 40; n++) {
		row = add(m, T0 + 1000 + n, 1, n);
		assert_int_equal(row->key.destination.family, n < OWN ? 6 : 0);
	}
	assert_in_range(row->destinations, 36, 44); /* 40 */
	assert_int_equal(row->begun, T0 + 1000 + OWN);
	assert_int_equal(row->ended, T0 + 1000 + OWN + 39);
	d = destination_number(2);
	row = minutes_after(m, T0 + 9000, &(struct minute_key){0, h, d, 25, 2, 1});
	assert_true(row->key.destination.family == 6 && row->attempted);
	assert_true(row->first == T0 + 2 && row->begun == T0 + 1002);
	assert_true(row->ended == T0 + 1002 && row->last == T0 + 9000);
	d = destination_number(OWN);
	row = minutes_after(m, T0 + MINUTE, &(struct minute_key){0, h, d, 25, 2, 1}); /* nothing but that */
	assert_false(row->attempted);
	assert_true(row->begun == row->first && row->ended == row->last);
	minutes_free(m);
}

/* Within 15 % up to 300 others, each opened to three times and over several flushes; for ten seeds. */
static void
the_estimate_is_within_15_percent(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++)
		for (uint32_t others = 20; others <= 300; others += 40) {
			struct minutes *m = minutes_new(2 * OWN, seed);
			struct minute_row *row = NULL;

			for (uint32_t n = 0; n < 3 * (others + OWN); n++) {
				row = add(m, T0 + n, 1, 1000 * others + n % (others + OWN));
				if (n % 100 == 0 && row->key.destination.family == 0)
					flush(m);
			}
			for (uint32_t n = 0; row->key.destination.family != 0; n++)
				row = add(m, T0, 1, 1000 * others + n);
			assert_in_range(row->destinations * 100, others * 85 - 100, others * 115 + 100);
			minutes_free(m);
		}
}

/* A flood of destinations saturates the estimate; it stays finite and large. */
static void
a_saturated_estimate_stays_finite(void **state)
{
	struct minutes *m = minutes_new(2 * OWN, SEED);
	struct minute_row *row = NULL;

	(void)state;
	for (uint32_t n = 0; n < 100000; n++)
		row = add(m, T0, 1, n);
	assert_int_equal(row->count[0], 100000 - OWN);
	assert_in_range(row->destinations, 1400, 1600);
	minutes_free(m);
}

static void
a_full_table_takes_no_new_row(void **state)
{
	struct minutes *m = minutes_new(8, SEED);

	(void)state;
	for (uint32_t n = 0; n < 8; n++)
		assert_non_null(add(m, T0, n, 1));
	assert_null(add(m, T0, 8, 1));
	assert_non_null(add(m, T0, 3, 1)); /* existing rows can still grow */
	assert_int_equal(flush(m)->count, 8);
	for (uint32_t n = 100; n < 108; n++)
		assert_non_null(add(m, T0, n, 1));
	minutes_free(m);
}

static void
a_failed_flush_loses_nothing(void **state)
{
	static struct taken t;
	struct minutes *m = minutes_new(100, SEED);
	struct taken *all;

	(void)state;
	for (uint32_t n = 0; n < 50; n++)
		add(m, T0, n, n);
	for (size_t fail = 0; fail < 50; fail += 7) {
		memset(&t, 0, sizeof t);
		t.fail_at = fail;
		assert_false(hand_over(m, take, &t));
	}
	add(m, T0 + 1, 5, 5);
	all = flush(m);
	assert_int_equal(all->count, 50);
	for (size_t n = 0; n < 50; n++)
		assert_int_equal(all->rows[n].count[0], n == 5 ? 2 : 1);
	minutes_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_row_is_one_key_and_its_counts),
	        cmocka_unit_test(minutes_before_the_epoch_round_down),
	        cmocka_unit_test(destinations_beyond_the_limit_share_a_row),
	        cmocka_unit_test(a_crowd_leaves_each_host_its_first_rows),
	        cmocka_unit_test(a_minute_is_forgotten_two_minutes_later),
	        cmocka_unit_test(the_limit_counts_destinations_and_not_ports),
	        cmocka_unit_test(other_packets_take_no_row_of_attempts),
	        cmocka_unit_test(the_estimate_is_within_15_percent),
	        cmocka_unit_test(a_saturated_estimate_stays_finite),
	        cmocka_unit_test(a_full_table_takes_no_new_row),
	        cmocka_unit_test(a_failed_flush_loses_nothing),
	};

	return cmocka_run_group_tests_name("minutes", tests, NULL, NULL);
}
