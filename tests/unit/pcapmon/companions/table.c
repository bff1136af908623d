/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The room for rows, entries and sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/talks.h"

static void
a_full_table_is_flushed_or_loses_rows(void **state)
{
	struct companion_row row;

	(void)state;
	for (uint8_t i = 1; i <= TALK_HOSTS; i++)
		talk_query(i, 1, false, TALK_START);
	assert_int_equal(talk_flushes, 0);
	talk_query(TALK_HOSTS + 1, 1, false, TALK_START);
	assert_int_equal(talk_flushes, 1);
	assert_int_equal(companions_lost(talk_companions).hosts, 0);
	assert_false(companion_table_at(talk_rows, 1, &row));
	/* Those that wait for their host to open a connection go when there is no room at all. */
	talk_can_flush = false;
	for (uint8_t i = 1; i <= TALK_HOSTS + 2; i++)
		talk_query(i, 2, false, TALK_START);
	assert_int_equal(companions_lost(talk_companions).hosts, TALK_HOSTS);
	assert_int_equal(talk_total(TALK_HOSTS + 1, COMPANION_ADDRESSES), 2);
	/* Of those that speak there is less room. */
	talk_can_flush = true;
	for (uint8_t i = 1; i <= TALK_ENTRIES + 1; i++)
		talk_segment(&(struct talk_segment){i, 1000, 25, true, TCP_ACK, 1, "EHLO a\r\n", TALK_START});
	assert_int_equal(companions_lost(talk_companions).hosts, TALK_HOSTS);
}

static bool
keep_even(void *arg, const struct companion_row *row)
{
	(void)arg;
	return row->host.bytes[3] % 2 == 0;
}

static void
rows_that_are_kept_keep_their_entries(void **state)
{
	struct companion_row row;

	(void)state;
	talk_segment(&(struct talk_segment){2, 1000, 25, true, TCP_SYN, 0, "", TALK_START});
	talk_segment(&(struct talk_segment){2, 1000, 25, true, TCP_ACK, 1, "EHLO a\r\n", TALK_START});
	for (uint8_t i = 1; i <= TALK_HOSTS; i++)
		talk_query(i, 1, false, TALK_START);
	assert_int_equal(companion_table_clear(talk_rows, keep_even, NULL), TALK_HOSTS / 2);
	talk_query(4, 2, false, TALK_START);
	talk_query(1, 2, false, TALK_START);
	talk_segment(&(struct talk_segment){4, 1000, 25, true, TCP_ACK, 1, "EHLO a\r\n", TALK_START});
	talk_segment(&(struct talk_segment){4, 1000, 25, false, TCP_ACK, 1, "250 ok\r\n", TALK_START});
	assert_int_equal(talk_row(talk_rows, 2).companion.count[COMPANION_HELLO], 1);
	assert_int_equal(talk_row(talk_rows, 2).companion.count[COMPANION_REPLIES], 0);
	assert_int_equal(talk_row(talk_rows, 4).companion.count[COMPANION_REPLIES], 1);
	assert_int_equal(talk_row(talk_rows, 4).companion.count[COMPANION_ADDRESSES], 2);
	assert_int_equal(talk_row(talk_rows, 1).companion.count[COMPANION_ADDRESSES], 1);
	assert_true(companion_table_at(talk_rows, TALK_HOSTS / 2, &row));
	assert_false(companion_table_at(talk_rows, TALK_HOSTS / 2 + 1, &row));
}

/* However many connections there are, each of them that had to go before its end is counted. */
static void
evicted_sessions_are_counted(void **state)
{
	const unsigned many = 100000;

	(void)state;
	for (unsigned i = 0; i < many; i++)
		talk_segment(&(struct talk_segment){(uint8_t)(i % 50 + 1), (uint16_t)(1024 + i / 50), 143, true,
		                                    TCP_SYN, i, "", TALK_START + i});
	assert_in_range(companions_lost(talk_companions).connections, many - 65536, many - 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_full_table_is_flushed_or_loses_rows, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(rows_that_are_kept_keep_their_entries, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(evicted_sessions_are_counted, talk_setup, talk_teardown),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
