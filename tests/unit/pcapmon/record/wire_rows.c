/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.db: sums, and rows kept for a retry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "lib/config/config.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"
#include "lib/database/columns.h"
#include "tests/unit/common/scratch.h"
#include "tests/unit/common/wire_log.h"
#include "pcapmon/record/gaps.h"

static void
rows_of_a_minute_add_up(void **state)
{
	static const int seconds[] = {2, 3, 1, 2};
	struct wire_log *p = *state;

	for (int i = 0; i < 4; i++) {
		wire_log_attempt(p, WIRE_LOG_START + seconds[i] * SECOND, 66, 1);
		assert_true(wire_log_write(p));
	}
	assert_true(wire_log_write(p)); /* nothing new: nothing changes */
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT attempts FROM attempt"), 4);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT first FROM attempt"), WIRE_LOG_START + SECOND);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT last FROM attempt"), WIRE_LOG_START + 3 * SECOND);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT destinations FROM attempt"), 1);
}

/* Every count has its own column, in the minute and in the hour, and each is added up. */
static void
every_count_has_its_column(void **state)
{
	static const char *const columns[] = {
	        [WIRE_ATTEMPTS] = "attempts", [WIRE_RETRANSMITS] = "retransmits", [WIRE_ESTABLISHED] = "established",
	        [WIRE_REFUSED] = "refused",   [WIRE_LEAKED] = "leaked",           [WIRE_LISTED] = "listed",
	};
	struct wire_log *p = *state;
	struct addr from = addr_v4((uint8_t[]){10, 1, 0, 66}), to = addr_v4((uint8_t[]){203, 0, 0, 1});
	char sql[80];

	p->config->keep = DAY;
	for (int round = 1; round <= 4; round++) {
		struct minute_row *row = minutes_at(p->minutes, WIRE_LOG_START,
		                                    &(struct minute_key){.host = from, .destination = to, .port = 25});

		for (int i = 0; i <= WIRE_LISTED; i++)
			row->count[i] = UINT64_C(1) << i;
		assert_true(wire_log_write(p));
		if (round % 2 == 0)
			wire_log_prune(p, WIRE_LOG_START + 2 * DAY);
		for (int i = 0; i <= WIRE_LISTED; i++) {
			snprintf(sql, sizeof sql, "SELECT sum(%s) FROM %s", columns[i],
			         round == 1 ? "attempt" : "hour");
			assert_int_equal(scratch_number(p->scratch.wire, sql), (round - round % 2 + (round == 1)) << i);
		}
	}
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM hour"), 1);
}

/* An outcome that is taken back after its row was written. */
static void
outcomes_can_be_taken_back(void **state)
{
	struct wire_log *p = *state;
	struct addr from = addr_v4((uint8_t[]){10, 1, 0, 66}), to = addr_v4((uint8_t[]){203, 0, 0, 1});

	minutes_at(p->minutes, WIRE_LOG_START, &(struct minute_key){.host = from, .destination = to, .port = 25})
	        ->count[WIRE_REFUSED]++;
	assert_true(wire_log_write(p));
	minutes_at(p->minutes, WIRE_LOG_START, &(struct minute_key){.host = from, .destination = to, .port = 25})
	        ->count[WIRE_REFUSED]--;
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT refused FROM attempt"), 0);
}

static void
a_busy_database_loses_nothing(void **state)
{
	struct wire_log *p = *state;
	char why[256];
	struct store *other = store_open(p->scratch.wire, &schema_wire, why, sizeof why);

	assert_non_null(other);
	assert_true(store_begin(other));
	wire_log_attempt(p, WIRE_LOG_START, 66, 1);
	devices_saw(p->devices, &(struct addr){.family = 4, .bytes = {10, 1, 0, 66}}, (uint8_t[]){2, 0, 0, 0, 0, 1}, 5);
	wire_rows_gap(p->rows, GAP_DROPS, WIRE_LOG_START, WIRE_LOG_START + SECOND, 7);
	assert_false(wire_log_write(p));
	wire_log_attempt(p, WIRE_LOG_START, 66, 1);
	wire_rows_gap(p->rows, GAP_DROPS, WIRE_LOG_START + SECOND, WIRE_LOG_START + 2 * SECOND, 3);
	assert_false(wire_log_write(p));
	store_rollback(other);
	store_close(other);
	assert_true(wire_log_write(p));
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT sum(attempts) FROM attempt"), 2);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM device"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM gap"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT missing FROM gap"), 10);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT until - since FROM gap"), 2 * SECOND);
}

/* A transaction that fails when half of it is done leaves nothing behind, and is tried again as a whole. */
static void
a_failed_transaction_leaves_nothing(void **state)
{
	struct wire_log *p = *state;
	char why[256];
	struct store *other = store_open(p->scratch.wire, &schema_wire, why, sizeof why);

	assert_non_null(other);
	assert_true(
	        store_run(other, "CREATE TRIGGER stop BEFORE INSERT ON device BEGIN SELECT RAISE(ABORT, 'no'); END"));
	wire_log_attempt(p, WIRE_LOG_START, 66, 1);
	devices_saw(p->devices, &(struct addr){.family = 4, .bytes = {10, 1, 0, 66}}, (uint8_t[]){2, 0, 0, 0, 0, 1}, 5);
	assert_false(wire_log_write(p));
	assert_true(store_run(other, "DROP TRIGGER stop"));
	store_close(other);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM attempt"), 0);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT sum(attempts) FROM attempt"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM device"), 1);
}

static void
ranges_of_hosts_are_stored(void **state)
{
	struct wire_log *p = *state;

	wire_log_attempt(p, WIRE_LOG_START, 66, 1);
	wire_log_attempt(p, WIRE_LOG_START, 67, 1);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM host_range"), 1);
	assert_int_equal(scratch_number(p->scratch.wire,
	                                "SELECT count(*) FROM host_range WHERE host = x'0a010043' AND name = 'guests'"),
	                 1);
}

/* Who has counted nothing needs no transaction but for these. */
static void
quiet_runs_write_when_due(void **state)
{
	struct wire_log *p = *state;
	int64_t now = WIRE_LOG_START;
	char why[256];
	struct store *other;

	assert_true(wire_rows_urgent(p->rows, now)); /* no sign of life yet */
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, now));
	wire_log_attempt(p, now, 66, 1);
	assert_false(wire_rows_urgent(p->rows, now + 9 * SECOND));
	assert_true(wire_rows_urgent(p->rows, now + 10 * SECOND));
	assert_false(wire_rows_urgent(p->rows, 0)); /* an interface is away */
	wire_rows_gap(p->rows, GAP_DROPS, now, now + SECOND, 7);
	assert_true(wire_rows_urgent(p->rows, now + SECOND));
	for (uint8_t host = 1; host <= 30; host++)
		wire_log_attempt(p, now, host, 1);
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, now + SECOND));
	assert_false(wire_rows_urgent(p->rows, now + SECOND));

	other = store_open(p->scratch.wire, &schema_wire, why, sizeof why);
	assert_non_null(other);
	assert_true(store_begin(other));
	wire_log_attempt(p, now, 66, 1);
	assert_false(wire_log_write(p));
	store_rollback(other);
	store_close(other);
	assert_true(wire_rows_urgent(p->rows, now + SECOND)); /* could not be written */
	assert_true(wire_log_write(p));
	assert_false(wire_rows_urgent(p->rows, now + SECOND));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(rows_of_a_minute_add_up, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(every_count_has_its_column, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(outcomes_can_be_taken_back, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(a_busy_database_loses_nothing, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(a_failed_transaction_leaves_nothing, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(ranges_of_hosts_are_stored, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(quiet_runs_write_when_due, wire_log_setup, wire_log_teardown),
	};

	return cmocka_run_group_tests_name("wire_rows", tests, NULL, NULL);
}
