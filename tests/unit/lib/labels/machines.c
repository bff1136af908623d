/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several machines behind one address, by their stacks and clocks, through the database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/count/devices.h"
#include "lib/policy/event.h"
#include "nfqd/record/gate_rows.h"
#include "lib/count/minutes.h"
#include "lib/base/when.h"
#include "tests/unit/common/gate_log.h"
#include "tests/unit/common/scratch.h"

/* A minute's attempt of the host with these stacks. */
static void
open_with(struct gate_log *p, uint32_t n, int64_t minute, uint64_t stacks)
{
	struct addr host = gate_log_host(n), to = addr_v4((uint8_t[]){203, 0, 113, 5});
	struct minute_row *row = minutes_at(p->minutes, LOG_START + minute * MINUTE,
	                                    &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

	assert_non_null(row);
	row->count[GATE_ATTEMPTS]++;
	row->count[GATE_STACKS] |= stacks;
	gate_log_device(p, n, LOG_START + minute * MINUTE);
	gate_log_write(p);
}

static uint32_t
machines(const struct report *r, uint32_t n)
{
	struct addr host = gate_log_host(n);

	return report_host((struct report *)r, &host)->judgement.machines;
}

/* Hosts 0 and 12 are one device, 6 to 8 have an address each. */
static void
systems_that_alternate_are_machines(void **state)
{
	struct gate_log *p = *state;
	struct report *r;

	for (int64_t n = 0; n < 12; n++) {
		open_with(p, 6, n, n % 2 == 0 ? LINUX : WINDOWS);
		open_with(p, 7, n, n < 6 ? LINUX : WINDOWS);                        /* another lease */
		open_with(p, 8, n, n % 2 == 0 ? LINUX : LINUX_TOO);                 /* another way */
		open_with(p, n % 2 == 0 ? 0 : 12, n, n % 2 == 0 ? WINDOWS : LINUX); /* a hop limit of the router's */
		open_with(p, 9, 55 + n, n % 2 == 0 ? LINUX : WINDOWS);              /* over the end of an hour */
		open_with(p, 10, 59 * n, n % 2 == 0 ? LINUX : WINDOWS);             /* too seldom */
	}
	open_with(p, 11, 0, LINUX | WINDOWS);
	open_with(p, 11, 1, LINUX | WINDOWS);
	gate_log_judge(p, LOG_START + 2 * MINUTE + 30 * SECOND);
	r = gate_log_labels(p, false, NULL, NULL);
	assert_int_equal(machines(r, 6), 2);
	assert_int_equal(machines(r, 7), 0);
	assert_int_equal(machines(r, 8), 0);
	assert_int_equal(machines(r, 0), 0);
	assert_int_equal(machines(r, 9), 2);
	assert_int_equal(machines(r, 10), 0);
	assert_int_equal(machines(r, 11), 0);
	report_free(r);
	open_with(p, 11, 2, LINUX | WINDOWS);
	r = gate_log_labels(p, false, NULL, NULL);
	assert_int_equal(machines(r, 11), 2);
	report_free(r);
	/* One row for each hour and stack, whatever is written how often. */
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_stack WHERE hex(host) = '0A010006'"),
	                 2);
	assert_int_equal(
	        scratch_number(p->scratch.gate, "SELECT sum(minutes) FROM syn_stack WHERE hex(host) = '0A010006'"),
	        0xfff);
	assert_int_equal(
	        scratch_number(p->scratch.gate, "SELECT minutes FROM syn_stack WHERE hex(host) = '0A01000B' LIMIT 1"),
	        7);
}

/* Whatever is written in how many steps, and judged again: of each minute the earliest counts. */
static void
clocks_that_alternate_are_machines(void **state)
{
	struct gate_log *p = *state;
	struct report *r;

	for (int64_t n = 0; n < 12; n++) {
		gate_log_open_at(p, 6, n, n % 2 == 0 ? DAY : 3 * DAY);
		gate_log_open_at(p, 7, n, n < 6 ? DAY : 0);                  /* started anew */
		gate_log_open_at(p, 8, n, DAY + n * HOUR);                   /* another begin for each destination */
		gate_log_open_at(p, 9, 55 + n, n % 2 == 0 ? DAY : 3 * DAY);  /* over the end of an hour */
		gate_log_open_at(p, 10, 59 * n, n % 2 == 0 ? DAY : 3 * DAY); /* too seldom */
		gate_log_open_at(p, n % 2 == 0 ? 0 : 12, n, n % 2 == 0 ? DAY : 3 * DAY); /* one device, two addresses */
	}
	gate_log_judge(p, LOG_START + 2 * MINUTE + 30 * SECOND);
	for (int again = 0; again < 2; again++) {
		r = gate_log_labels(p, again == 1, NULL, NULL);
		assert_int_equal(machines(r, 6), 2);
		assert_int_equal(machines(r, 7), 0);
		assert_int_equal(machines(r, 8), 0);
		assert_int_equal(machines(r, 9), 2);
		assert_int_equal(machines(r, 10), 0);
		assert_int_equal(machines(r, 0), 0);
		report_free(r);
	}
	/* One row per minute; a row of many destinations has no timestamp. */
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_clock WHERE hex(host) = '0A010006'"),
	                 12);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_clock WHERE value = 12345"), 0);
	assert_int_equal(scratch_number(p->scratch.gate,
	                                "SELECT count(*) FROM syn_clock WHERE at / 60000000 <> hour * 60 + minute"),
	                 0);
}

/* An earlier opening that is written later, as several gates may hand them over. */
static void
the_earliest_timestamp_of_a_minute_is_kept(void **state)
{
	struct gate_log *p = *state;
	struct addr host = gate_log_host(6);

	for (uint8_t n = 0; n < 4; n++) {
		static const int seconds[] = {30, 40, 10, 20};
		struct addr to = addr_v4((uint8_t[]){203, 0, 113, n});
		int64_t when = LOG_START + seconds[n] * SECOND;
		struct minute_row *row = minutes_at(
		        p->minutes, when, &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

		row->count[GATE_ATTEMPTS]++;
		minutes_clock(row, when, 100U + n);
		gate_log_write(p);
	}
	/* A restarted writer has lost its cache of written rows. */
	gate_log_reopen(p, NULL);
	minutes_clock(minutes_at(p->minutes, LOG_START + 50 * SECOND,
	                         &(struct minute_key){0, host, host, 25, VERDICT_DROP, REASON_STRANGER}),
	              LOG_START + 50 * SECOND, 105);
	minutes_at(p->minutes, LOG_START + 50 * SECOND,
	           &(struct minute_key){0, host, host, 25, VERDICT_DROP, REASON_STRANGER})
	        ->count[GATE_ATTEMPTS]++;
	gate_log_write(p);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_clock"), 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT value FROM syn_clock"), 102);
	assert_int_equal(
	        scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_clock WHERE hex(destination) = 'CB007102'"),
	        1);
	assert_int_equal(
	        scratch_number(p->scratch.gate, "SELECT at - hour * 3600000000 - minute * 60000000 FROM syn_clock"),
	        10 * SECOND);
	p->config.keep = HOUR;
	gate_log_prune(p, LOG_START + 2 * HOUR);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_clock"), 0);
}

/* Taken back with its transaction, and written again; gone with the minutes. */
static void
stacks_are_kept_as_long_as_minutes(void **state)
{
	struct gate_log *p = *state;
	struct addr host = gate_log_host(6), to = addr_v4((uint8_t[]){203, 0, 113, 5});
	struct minute_row *row =
	        minutes_at(p->minutes, LOG_START, &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

	row->count[GATE_ATTEMPTS]++;
	row->count[GATE_STACKS] |= LINUX;
	assert_true(gate_rows_begin(p->gate) && minutes_each(p->minutes, gate_rows_put, p->gate));
	gate_rows_rollback(p->gate);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_stack"), 0);
	gate_log_write(p);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_stack"), 1);
	open_with(p, 6, 60, LINUX);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_stack"), 2);
	p->config.keep = HOUR;
	gate_log_prune(p, LOG_START + 2 * HOUR);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM syn_stack"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(systems_that_alternate_are_machines, gate_log_setup, gate_log_teardown),
	        cmocka_unit_test_setup_teardown(clocks_that_alternate_are_machines, gate_log_setup, gate_log_teardown),
	        cmocka_unit_test_setup_teardown(the_earliest_timestamp_of_a_minute_is_kept, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(stacks_are_kept_as_long_as_minutes, gate_log_setup, gate_log_teardown),
	};

	return cmocka_run_group_tests_name("machines", tests, NULL, NULL);
}
