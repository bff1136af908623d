/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The labels of a report: from the tables, from rows judged since, and from all rows again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "lib/policy/event.h"
#include "nfqd/record/gate_rows.h"
#include "lib/count/minutes.h"
#include "lib/base/when.h"
#include "tests/unit/common/gate_log.h"
#include "tests/unit/common/scratch.h"

static void
assert_same_labels(const struct report *a, const struct report *b)
{
	size_t judged = 0, several = 0;

	for (size_t n = 0; n < LOG_HOSTS; n++) {
		assert_int_equal(a->hosts[n].judged, b->hosts[n].judged);
		judged += a->hosts[n].judged;
		assert_memory_equal(&a->hosts[n].judgement, &b->hosts[n].judgement, sizeof a->hosts[n].judgement);
	}
	assert_true(judged > LOG_HOSTS / 2);
	for (size_t n = 0; n < LOG_HOSTS; n++)
		several += a->hosts[n].judgement.machines > 1;
	assert_in_range(several, 2, LOG_HOSTS / 2);
}

static void
reports_continue_from_the_tables(void **state)
{
	struct gate_log *p = *state;
	struct addr bot = gate_log_host(2); /* whose steps are folded */
	struct history stored = {.step_count = 0}, fresh = {.step_count = 0}, half = {.step_count = 0};
	struct report *tables, *again, *rest;
	double sum = 0;

	gate_log_live(p);
	tables = gate_log_labels(p, false, NULL, NULL);
	again = gate_log_labels(p, true, NULL, NULL);
	assert_same_labels(tables, again);
	report_free(gate_log_labels(p, false, &stored, &bot));
	report_free(gate_log_labels(p, true, &fresh, &bot));
	/* The tables end in the middle; the report judges the rest. */
	gate_log_reopen(p, "DELETE FROM meta WHERE key = 'judge'");
	gate_log_judge(p, LOG_START + 100 * MINUTE + 30 * SECOND);
	rest = gate_log_labels(p, false, NULL, NULL);
	assert_same_labels(tables, rest);
	report_free(gate_log_labels(p, false, &half, &bot));
	assert_int_equal(stored.step_count, fresh.step_count);
	assert_int_equal(stored.step_count, half.step_count);
	assert_int_equal(stored.change_count, fresh.change_count);
	assert_int_equal(stored.change_count, half.change_count);
	assert_true(stored.change_count > 0 && stored.step_count > JUDGING_STEPS);
	for (size_t n = 0; n < stored.step_count; n++) {
		assert_int_equal(stored.steps[n].when, half.steps[n].when);
		assert_true(stored.steps[n].score == half.steps[n].score &&
		            stored.steps[n].score == fresh.steps[n].score);
		sum += stored.steps[n].step;
	}
	assert_true(fabs(sum - report_host(tables, &bot)->judgement.score) < 1e-6);
	for (size_t n = 0; n < stored.change_count; n++)
		assert_string_equal(stored.changes[n].reasons, half.changes[n].reasons);
	report_free(tables);
	report_free(again);
	report_free(rest);
	history_free(&stored);
	history_free(&fresh);
	history_free(&half);
}

/* A listed host, 10.1.0.11: `openings` in a minute, each to another network. */
static void
send_mail(struct gate_log *p, int64_t when, uint32_t openings)
{
	struct addr host = gate_log_host(11);

	for (uint32_t n = 0; n < openings; n++) {
		struct addr to = addr_v4((uint8_t[]){60, 1, (uint8_t)n, 25});

		minutes_at(p->minutes, when, &(struct minute_key){0, host, to, 25, VERDICT_PASS, REASON_LISTED})
		        ->count[GATE_ATTEMPTS]++;
	}
	gate_log_write(p);
}

/* A listed host of a week that goes mad is told so within the hour: gate_log_live, with restarts, in memory, and once
 * more from the start, by the same bytes. Before that nothing is said of it. */
static void
unusual_hours_are_found_within_the_hour(void **state)
{
	struct gate_log *p = *state;
	int64_t mad = LOG_START + 6 * DAY;
	struct report *stored, *fresh, *half;
	char *lived, *again;

	for (int64_t when = LOG_START; when < mad; when += HOUR / 2) {
		send_mail(p, when, 1 + gate_log_random(9));
		gate_log_judge(p, when + 2 * MINUTE);
		if (gate_log_random(9) == 0) {
			gate_log_reopen(p, NULL);
		}
	}
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM judged WHERE unusual_until > 0"), 0);
	for (int n = 0; n < 100; n++)
		send_mail(p, mad + n * MINUTE, 30);
	gate_log_judge(p, mad + 3 * MINUTE + 20 * SECOND);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM judged WHERE unusual_until > 0"), 0);
	gate_log_judge(p, mad + 4 * MINUTE + 20 * SECOND);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT unusual_until FROM judged WHERE unusual_until > 0"),
	                 mad + HOUR);
	p->until = mad + DAY;
	half = gate_log_labels(p, false, NULL, NULL);
	gate_log_judge(p, mad + DAY);
	assert_int_equal(scratch_number(p->scratch.gate,
	                                "SELECT unusual_until - unusual_since FROM judged WHERE unusual_until > 0"),
	                 2 * HOUR);
	assert_int_equal(
	        scratch_number(p->scratch.gate,
	                       "SELECT count(*) FROM label WHERE from_label = 1 AND to_label = 1 AND"
	                       " reasons LIKE 'unusual for it: 120 openings to % networks in the hour from %'"),
	        1);
	lived = gate_log_dump(p);
	gate_log_reopen(p, "DELETE FROM meta WHERE key = 'judge'");
	gate_log_judge(p, mad + DAY);
	again = gate_log_dump(p);
	gate_log_assert_same(lived, again);
	stored = gate_log_labels(p, false, NULL, NULL);
	fresh = gate_log_labels(p, true, NULL, NULL);
	for (size_t n = 0; n < LOG_HOSTS; n++) {
		const struct host *h = &stored->hosts[n];

		assert_int_equal(h->judgement.unusual.hours, n == 11 ? 2 : 0);
		assert_memory_equal(&h->judgement.unusual, &fresh->hosts[n].judgement.unusual,
		                    sizeof h->judgement.unusual);
		assert_memory_equal(&h->judgement.unusual, &half->hosts[n].judgement.unusual,
		                    sizeof h->judgement.unusual);
		assert_memory_equal(&h->judgement.usual, &fresh->hosts[n].judgement.usual, sizeof h->judgement.usual);
	}
	assert_true(stored->hosts[11].unusual);
	assert_int_equal(stored->hosts[11].judgement.label, LABEL_LISTED);
	assert_int_equal(stored->hosts[11].judgement.unusual.openings, 1800);
	report_free(stored);
	report_free(fresh);
	report_free(half);
	free(lived);
	free(again);
	/* Damaged bytes lose the usual hour, and nothing else. */
	gate_log_reopen(p, "UPDATE judged_state SET usual = x'0102' WHERE usual <> x''");
	send_mail(p, mad + 2 * DAY, 1);
	gate_log_judge(p, mad + 3 * DAY);
	assert_int_equal(gate_rows_judge_dropped(p->gate), 1);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT label FROM judged"), LABEL_LISTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(reports_continue_from_the_tables, gate_log_setup, gate_log_teardown),
	        cmocka_unit_test_setup_teardown(unusual_hours_are_found_within_the_hour, gate_log_setup,
	                                        gate_log_teardown),
	};

	return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}
