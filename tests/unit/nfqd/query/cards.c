/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nfqd/query/cards.h"

#define CARD(last_byte, first_seen, last_seen)                                                                         \
	(&(struct card){.mac = {2, 0, 0, 0, 0, (last_byte)}, .first = (first_seen), .last = (last_seen)})

/* "BEFORE>AFTER@TIME", or "-". */
static void
expect(const struct cards *c, int64_t since, int before, int after, int64_t at)
{
	const struct card *was, *is;

	if (before == 0) {
		assert_false(cards_changed(c, since, &was, &is));
		return;
	}
	assert_true(cards_changed(c, since, &was, &is));
	assert_int_equal(was->mac[5], before);
	assert_int_equal(is->mac[5], after);
	assert_int_equal(is->first, at);
}

static void
the_latest_change_of_the_card_is_found(void **state)
{
	struct cards c = {.count = 0};

	(void)state;
	expect(&c, 0, 0, 0, 0);
	cards_saw(&c, CARD(1, 10, 90));
	expect(&c, 0, 0, 0, 0);
	cards_saw(&c, CARD(1, 5, 50)); /* the same in another database */
	expect(&c, 0, 0, 0, 0);
	cards_saw(&c, CARD(2, 60, 80));
	expect(&c, 0, 1, 2, 60);
	expect(&c, 60, 1, 2, 60);
	expect(&c, 61, 0, 0, 0);
	assert_int_equal(c.seen[0].first, 5);
	assert_int_equal(c.seen[0].last, 90); /* to and fro: one change, and it has gone back */
	cards_saw(&c, CARD(2, 70, 95));
	expect(&c, 0, 1, 2, 60);
	assert_int_equal(c.seen[1].last, 95);
}

/* The latest two, in whatever order they come. */
static void
the_order_of_cards_does_not_matter(void **state)
{
	static const int orders[][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		struct cards c = {.count = 0};

		for (size_t n = 0; n < 3; n++)
			cards_saw(&c, CARD((uint8_t)orders[i][n], orders[i][n] * 10, 100));
		expect(&c, 0, 2, 3, 30);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_latest_change_of_the_card_is_found),
	        cmocka_unit_test(the_order_of_cards_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
