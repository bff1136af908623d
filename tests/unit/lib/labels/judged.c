/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a database give the same states, whoever judges them, when, and in how many steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "nfqd/record/gate_rows.h"
#include "lib/labels/judged.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "tests/unit/common/gate_log.h"
#include "tests/unit/common/scratch.h"

/* Minute by minute with restarts, all at once, and with the caches dropped: the same bytes. */
static void
restarts_leave_the_same_states_as_one_pass(void **state)
{
	struct gate_log *p = *state;
	char *lived, *again;

	gate_log_live(p);
	lived = gate_log_dump(p);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM judged WHERE label = 7") > 3, 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(DISTINCT label) FROM judged") > 1, 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) > 3 FROM judged WHERE hex(who) LIKE '02%'"),
	                 1);
	gate_log_reopen(p, "DELETE FROM meta WHERE key = 'judge'");
	gate_log_judge(p, LOG_LATER);
	again = gate_log_dump(p);
	gate_log_assert_same(lived, again);
	free(lived);
	free(again);
}

/* A budget of time that is over at every `every`-th question. */
struct clock {
	int asked, every;
};

static bool
has_time(void *arg)
{
	struct clock *c = arg;

	return ++c->asked % c->every != 0;
}

/* A tick ends when its time is over, at any point, and the next one continues: the same bytes, nothing left out. */
static void
ticks_of_any_length_leave_the_same_states(void **state)
{
	struct gate_log *p = *state;
	char *lived, *again;

	gate_log_live(p);
	lived = gate_log_dump(p);
	for (int every = 1; every < 50; every += 3) { /* looks at the clock until a tick is over */
		struct clock clock = {.every = every};
		const struct time_left time = {has_time, &clock};
		int64_t until = 0;
		bool more = true;
		int ticks = 0;

		gate_log_reopen(p, "DELETE FROM meta WHERE key = 'judge'");
		assert_int_equal(gate_rows_judged_until(p->gate), 0);
		for (; more; ticks++) {
			assert_true(gate_rows_judge(p->gate, LOG_LATER, &time, &more));
			assert_int_equal(more, clock.asked == every * (ticks + 1));
			assert_true(gate_rows_judged_until(p->gate) >= until);
			until = gate_rows_judged_until(p->gate);
			assert_int_equal(until < LOG_END, more);
		}
		assert_true(every == 1 ? ticks > 5 : every == 4 ? ticks > 1 : ticks > 0);
		assert_true(every < 46 || ticks == 1);
		again = gate_log_dump(p);
		gate_log_assert_same(lived, again);
		free(again);
	}
	free(lived);
}

/* The error can be read, and rows can be written afterwards. */
static void
rows_can_be_written_after_a_failure(void **state)
{
	struct gate_log *p = *state;
	bool more;

	gate_log_live(p);
	gate_log_reopen(p, "DELETE FROM meta WHERE key = 'judge'");
	scratch_change(p->scratch.gate, "DROP TABLE step");
	assert_false(gate_rows_judge(p->gate, LOG_LATER, NULL, &more));
	assert_non_null(strstr(gate_rows_error(p->gate), "no such table"));
	assert_int_equal(gate_rows_file_state(p->gate), STORE_KEPT);
	gate_rows_rollback(p->gate);
	assert_true(gate_rows_begin(p->gate) && gate_rows_commit(p->gate));
}

/* The sum of the steps is the score; more than 64 are folded. */
static void
steps_add_up_to_the_score(void **state)
{
	struct gate_log *p = *state;

	gate_log_live(p);
	assert_int_equal(
	        scratch_number(p->scratch.gate,
	                       "SELECT count(*) FROM judged WHERE abs(score - coalesce((SELECT sum(step) FROM step"
	                       " WHERE step.who = judged.who), 0)) > 1e-6"),
	        0);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) > 5 FROM judged WHERE steps > 1"), 1);
	assert_int_equal(scratch_number(p->scratch.gate,
	                                "SELECT max(c) <= 65 FROM (SELECT count(*) AS c FROM step GROUP BY who)"),
	                 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) > 0 FROM step WHERE n = 0"), 1);
}

/* States of other parameters are not gone on with; damaged ones are dropped, and counted. */
static void
states_of_other_parameters_are_dropped(void **state)
{
	struct gate_log *p = *state;
	char *before, *after;

	gate_log_live(p);
	before = gate_log_dump(p);
	p->config.judge.networks = 5;
	gate_log_reopen(p, NULL);
	gate_log_judge(p, LOG_LATER);
	after = gate_log_dump(p);
	assert_string_not_equal(before, after);
	free(after);
	p->config.judge = judge_defaults;
	gate_log_reopen(p, NULL);
	gate_log_judge(p, LOG_LATER);
	after = gate_log_dump(p);
	gate_log_assert_same(before, after);
	free(before);
	free(after);
	gate_log_reopen(p, "UPDATE judged_state SET state = x'0102'");
	gate_log_open(p, 1, LOG_LATER + DAY);
	gate_log_write(p);
	assert_int_equal(gate_rows_judge_dropped(p->gate), 0);
	gate_log_judge(p, LOG_LATER + 2 * DAY);
	assert_int_equal(gate_rows_judge_dropped(p->gate), 1);
	report_free(gate_log_labels(p, false, NULL, NULL));
}

/* A clock that was put back: new rows are judged. */
static void
rows_after_a_clock_was_put_back_are_judged(void **state)
{
	struct gate_log *p = *state;
	int64_t before;

	gate_log_live(p);
	gate_log_open(p, 23, LOG_LATER + 10 * DAY);
	gate_log_write(p);
	gate_log_judge(p, LOG_LATER + 11 * DAY);
	before = scratch_number(p->scratch.gate, "SELECT count(*) FROM judged WHERE last > 1700200000000000");
	gate_log_open(p, 22, LOG_LATER + 3 * DAY);
	gate_log_write(p);
	gate_log_judge(p, LOG_LATER + 3 * DAY);
	gate_log_judge(p, LOG_LATER + 3 * DAY + 2 * MINUTE);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM judged WHERE last > 1700200000000000"),
	                 before + 1);
}

/* A host's state is deleted with its last row. */
static void
a_host_goes_with_its_last_row(void **state)
{
	struct gate_log *p = *state;

	gate_log_live(p);
	gate_log_open(p, 1, LOG_LATER + DAY);
	gate_log_write(p);
	gate_log_judge(p, LOG_LATER + 2 * DAY);
	gate_log_prune(p, LOG_LATER + 2 * DAY);
	assert_true(scratch_number(p->scratch.gate, "SELECT count(*) FROM judged") > 5);
	scratch_change(p->scratch.gate, "DELETE FROM attempt WHERE minute < 28335500");
	gate_log_prune(p, LOG_LATER + 2 * DAY);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM judged"), 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(DISTINCT who) FROM label") <= 1, 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(DISTINCT who) FROM step") <= 1, 1);
	assert_true(scratch_number(p->scratch.gate, "SELECT count(*) FROM judged_host") <= 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(restarts_leave_the_same_states_as_one_pass, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(ticks_of_any_length_leave_the_same_states, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(rows_can_be_written_after_a_failure, gate_log_setup, gate_log_teardown),
	        cmocka_unit_test_setup_teardown(steps_add_up_to_the_score, gate_log_setup, gate_log_teardown),
	        cmocka_unit_test_setup_teardown(states_of_other_parameters_are_dropped, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(rows_after_a_clock_was_put_back_are_judged, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(a_host_goes_with_its_last_row, gate_log_setup, gate_log_teardown),
	};

	return cmocka_run_group_tests_name("judged", tests, NULL, NULL);
}
