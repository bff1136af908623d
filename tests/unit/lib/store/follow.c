/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever hosts are asked for, in whatever order: the rows are those that a question for each would find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lib/store/follow.h"

#define HOSTS 400

struct place {
	struct store *store;
	struct statement *add, *count;
	struct follow follow;
};

/* In the order of their bytes; every seventh is IPv6. */
static struct addr
host_number(int n)
{
	uint8_t bytes[16] = {10, 0, (uint8_t)(n >> 8), (uint8_t)n, 7};

	return n % 7 == 0 ? addr_v6(bytes) : addr_v4(bytes);
}

static void
add(struct place *p, int host, int value)
{
	struct addr a = host_number(host);

	bind_addr(p->add, 1, &a);
	bind_int(p->add, 2, value);
	assert_int_equal(store_step(p->add), 0);
}

/* Long stretches without a row, and hosts with several. */
static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	srandom(3);
	if (p == NULL || (p->store = store_scratch(NULL)) == NULL ||
	    !store_run(p->store, "CREATE TABLE seen (host BLOB, value INTEGER, PRIMARY KEY (host, value))") ||
	    (p->add = store_prepare(p->store, "INSERT INTO seen VALUES (?1, ?2)")) == NULL ||
	    (p->count = store_prepare(p->store, "SELECT count(*) FROM seen WHERE host = ?1")) == NULL ||
	    (p->follow.st = store_prepare(p->store, "SELECT host, value FROM seen WHERE host >= ?1"
	                                            " ORDER BY host, value")) == NULL)
		return 1;
	for (int n = 0; n < HOSTS; n++)
		for (int value = 0; n / 50 % 2 == 0 && value < n % 4; value++)
			add(p, n, value);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	store_close(p->store);
	free(p);
	return 0;
}

/* How many rows the host has, of which `most` are read. */
static void
assert_rows(struct place *p, int host, int most)
{
	struct addr a = host_number(host);
	int expected, rows = 0, step;

	bind_addr(p->count, 1, &a);
	assert_int_equal(store_step(p->count), 1);
	expected = (int)column_int(p->count, 0);
	store_reset(p->count);
	for (step = follow_to(&p->follow, &a); step == 1 && rows < most; step = follow_next(&p->follow, &a))
		assert_int_equal(column_int(p->follow.st, 1), rows++);
	assert_int_equal(step, rows < expected);
	assert_int_equal(rows, expected < most ? expected : most);
}

static void
hosts_in_order_are_read_in_one_pass(void **state)
{
	for (int by = 1; by < 60; by += 1 + by / 8) {
		for (int n = 0; n < HOSTS; n += by)
			assert_rows(*state, n, 8);
		for (int n = 0; n < HOSTS; n += by)
			assert_rows(*state, n, n % 3);
	}
}

static void
hosts_in_any_order_are_found(void **state)
{
	for (int n = HOSTS; n-- > 0;)
		assert_rows(*state, n, 8);
	for (int n = 0; n < 5000; n++)
		assert_rows(*state, (int)(random() % HOSTS), 1 + (int)(random() % 4));
}

/* New rows are visible after follow_end. */
static void
new_rows_are_visible_after_the_end(void **state)
{
	struct place *p = *state;

	assert_rows(p, 60, 8); /* none */
	assert_rows(p, 399, 8);
	follow_end(&p->follow);
	add(p, 399, 0);
	add(p, 61, 0);
	assert_rows(p, 61, 8);
	assert_rows(p, 399, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(hosts_in_order_are_read_in_one_pass, setup, teardown),
	        cmocka_unit_test_setup_teardown(hosts_in_any_order_are_found, setup, teardown),
	        cmocka_unit_test_setup_teardown(new_rows_are_visible_after_the_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
