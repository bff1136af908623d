/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.db: gaps, and files that are lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/config/config.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"
#include "lib/database/common.h"
#include "tests/unit/common/scratch.h"
#include "tests/unit/common/wire_log.h"
#include "pcapmon/record/gaps.h"

static void
gaps_of_a_kind_become_one(void **state)
{
	struct wire_log *p = *state;

	wire_rows_gap(p->rows, GAP_INTERFACE, 1, 2, 5);
	wire_rows_gap(p->rows, GAP_INTERFACE, 2, 3, MISSING_UNKNOWN);
	wire_rows_gap(p->rows, GAP_INTERFACE, 3, 4, 5);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire,
	                                "SELECT count(*) FROM gap WHERE missing IS NULL AND since = 1 AND until = 4"),
	                 1);
}

/* A run that ended without a word leaves a gap from when it last said that it was there. */
static void
a_run_that_was_killed_leaves_a_gap(void **state)
{
	struct wire_log *p = *state;
	char why[256];

	assert_true(wire_rows_journal(p->rows, WIRE_LOG_START, "start", "one"));
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, WIRE_LOG_START + SECOND));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM gap"), 0);
	wire_rows_close(p->rows);
	p->rows = wire_rows_open(p->scratch.directory, p->config, why, sizeof why);
	assert_non_null(p->rows);
	assert_true(wire_rows_journal(p->rows, WIRE_LOG_START + 60 * SECOND, "start", "two"));
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, WIRE_LOG_START + 61 * SECOND));
	assert_int_equal(
	        scratch_number(p->scratch.wire, "SELECT count(*) FROM gap WHERE cause = 'pcapmon was not running'"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT until - since FROM gap"), 59 * SECOND);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM journal"), 2);
}

/* The calls to a part of another module. */
struct part {
	int opened, put, done;
};

static bool
part_open(void *arg, struct store *s)
{
	((struct part *)arg)->opened++;
	return s != NULL;
}

static bool
part_put(void *arg)
{
	((struct part *)arg)->put++;
	return true;
}

static void
part_done(void *arg)
{
	((struct part *)arg)->done++;
}

static int64_t
part_syns(const void *arg)
{
	(void)arg;
	return 100;
}

/* The new file has what was not written yet, and a gap as large as what the old one had. */
static void
a_deleted_file_leaves_a_gap(void **state)
{
	struct wire_log *p = *state;
	struct part part = {0};

	wire_rows_attach(
	        p->rows,
	        &(struct wire_part){
	                .arg = &part, .open = part_open, .put = part_put, .done = part_done, .syns = part_syns});
	wire_log_attempt(p, WIRE_LOG_START + SECOND, 66, 1);
	assert_true(wire_log_write(p));
	wire_log_attempt(p, WIRE_LOG_START + 2 * SECOND, 66, 1);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT value FROM meta WHERE key = 'recorded'"), 202);
	wire_rows_look(p->rows, WIRE_LOG_START + 3 * SECOND);
	assert_int_equal(part.opened, 0);
	wire_log_attempt(p, WIRE_LOG_START + 3 * SECOND, 67, 1);
	scratch_delete(p->scratch.wire);
	wire_rows_look(p->rows, WIRE_LOG_START + 4 * SECOND);
	assert_int_equal(part.opened, 1);
	assert_true(wire_log_write(p));
	assert_int_equal(part.done, 3);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM gap"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT missing FROM gap"), 202);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT since FROM gap"), WIRE_LOG_START + SECOND);
	assert_int_equal(
	        scratch_number(p->scratch.wire, "SELECT count(*) FROM gap WHERE cause = 'wire.db was deleted'"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT value FROM meta WHERE key = 'recorded'"), 101);
	/* It is logged once. */
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM gap"), 1);
}

/* Two files are lost before anything could be written to either. */
static void
two_files_lost_in_a_row_leave_a_gap(void **state)
{
	struct wire_log *p = *state;
	FILE *out;

	wire_log_attempt(p, WIRE_LOG_START + SECOND, 66, 1);
	assert_true(wire_log_write(p));
	scratch_delete(p->scratch.wire);
	wire_rows_look(p->rows, WIRE_LOG_START + 4 * SECOND);
	scratch_delete(p->scratch.wire);
	assert_non_null(out = fopen(p->scratch.wire, "w"));
	fputs("this is no database", out);
	fclose(out);
	wire_rows_look(p->rows, WIRE_LOG_START + 5);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire,
	                                "SELECT count(*) FROM gap WHERE missing = 1 AND cause LIKE '%no database%'"),
	                 1);
	snprintf(p->scratch.wire + strlen(p->scratch.wire), sizeof p->scratch.wire - strlen(p->scratch.wire),
	         ".damaged-%lld", (long long)(WIRE_LOG_START + 5));
	assert_int_equal(unlink(p->scratch.wire), 0);
	snprintf(p->scratch.wire, sizeof p->scratch.wire, "%s/wire.db", p->scratch.directory);
}

/* A file of which nobody knows how much it took: an older program's. */
static void
a_loss_without_a_bound_is_unknown(void **state)
{
	struct wire_log *p = *state;
	char why[256];
	struct store *s;

	wire_log_attempt(p, WIRE_LOG_START + SECOND, 66, 1);
	assert_true(wire_log_write(p));
	wire_rows_close(p->rows);
	s = store_open(p->scratch.wire, &schema_wire, why, sizeof why);
	assert_non_null(s);
	assert_true(store_run(s, "DELETE FROM meta WHERE key = 'recorded'"));
	store_close(s);
	p->rows = wire_rows_open(p->scratch.directory, p->config, why, sizeof why);
	assert_non_null(p->rows);
	wire_log_attempt(p, WIRE_LOG_START + 2 * SECOND, 66, 1);
	assert_true(wire_log_write(p));
	scratch_delete(p->scratch.wire);
	wire_rows_look(p->rows, WIRE_LOG_START + 4 * SECOND);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM gap WHERE missing IS NULL"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT since FROM gap"),
	                 WIRE_LOG_START); /* of its oldest minute */
}

/* No file can be created for a while: counts wait. */
static void
counts_wait_while_no_file_can_be_made(void **state)
{
	struct wire_log *p = *state;
	char other[100];
	bool more;

	wire_log_attempt(p, WIRE_LOG_START + SECOND, 66, 1);
	assert_true(wire_log_write(p));
	snprintf(other, sizeof other, "%s.away", p->scratch.directory);
	assert_int_equal(rename(p->scratch.directory, other), 0);
	wire_log_attempt(p, WIRE_LOG_START + 2 * SECOND, 67, 1);
	wire_rows_look(p->rows, WIRE_LOG_START + 4 * SECOND);
	assert_false(wire_log_write(p));
	assert_false(wire_rows_journal(p->rows, WIRE_LOG_START, "start", "test"));
	assert_true(wire_rows_seal(p->rows, WIRE_LOG_START, &more) && wire_rows_prune(p->rows, WIRE_LOG_START, NULL, &more));
	assert_int_equal(rename(other, p->scratch.directory), 0);
	wire_rows_look(p->rows,
	               WIRE_LOG_START + 5 * SECOND); /* it is the old file, so nothing of it is counted twice */
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT sum(attempts) FROM attempt"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(gaps_of_a_kind_become_one, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(a_run_that_was_killed_leaves_a_gap, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(a_deleted_file_leaves_a_gap, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(two_files_lost_in_a_row_leave_a_gap, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(a_loss_without_a_bound_is_unknown, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(counts_wait_while_no_file_can_be_made, wire_log_setup,
	                                        wire_log_teardown),
	};

	return cmocka_run_group_tests_name("gaps", tests, NULL, NULL);
}
