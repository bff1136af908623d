/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports from sealed hours equal those from minutes, for any period and after any accident of the writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/record/gate_rows.h"
#include "nfqd/report/hosts.h"
#include "lib/count/minutes.h"
#include "nfqd/query/query.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"
#include "tests/unit/common/scratch.h"
#include "tests/unit/common/two_logs.h"
#include "tests/unit/common/sealed_reports.h"
#include "lib/database/sealed.h"

static void
sealed_hours_give_the_same_reports(void **state)
{
	struct two_logs *p = *state;

	two_logs_fill_gate(p, 5000, LOGS_START, LOGS_END);
	two_logs_fill_wire(p, 5000, LOGS_START, LOGS_END);
	two_logs_seal(p, LOGS_END - 2 * HOUR);
	/* The hour that ends now may still get rows. */
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed"), LOGS_HOURS - 3);
	sealed_compare_periods(p, 15);
	two_logs_seal(p, LOGS_LATER);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed"), LOGS_HOURS);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM sealed"), LOGS_HOURS);
	sealed_compare_periods(p, 15);
}

/* A row that comes late breaks the seal at once, and only that one. */
static void
late_rows_break_a_seal(void **state)
{
	struct two_logs *p = *state;

	two_logs_fill_gate(p, 3000, LOGS_START, LOGS_END);
	two_logs_fill_wire(p, 3000, LOGS_START, LOGS_END);
	two_logs_seal(p, LOGS_LATER);
	for (int n = 0; n < 4; n++) {
		int64_t hour = LOGS_START + two_logs_random(LOGS_HOURS) * HOUR;

		two_logs_fill_gate(p, 1, hour, hour + HOUR);
		two_logs_fill_wire(p, 1, hour, hour + HOUR);
		assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed"), LOGS_HOURS - 1);
		sealed_compare_periods(p, 3);
		two_logs_seal(p, LOGS_LATER);
		assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed"), LOGS_HOURS);
		sealed_compare_periods(p, 3);
	}
}

/* ... and so does one that comes while its hour is being summed up, which takes several steps. */
static void
rows_may_come_between_steps(void **state)
{
	struct two_logs *p = *state;
	bool more = true;

	for (int n = 0; n < 12; n++)
		two_logs_fill_gate(p, 6000, LOGS_START, LOGS_START + HOUR);
	assert_true(scratch_number(p->scratch.gate, "SELECT count(*) FROM attempt") > 2 * SEAL_ROWS);
	two_logs_fill_wire(p, 3000, LOGS_START, LOGS_END);
	for (int n = 0; n < 4; n++) {
		assert_true(gate_rows_seal(p->gate, LOGS_LATER, &more));
		two_logs_fill_gate(p, 5, LOGS_START, LOGS_START + HOUR);
	}
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed"), 0);
	two_logs_seal(p, LOGS_LATER);
	sealed_compare_periods(p, 3);
}

/* Another gateway's log of the same hours: the busiest minute is that of both together. */
static void
hours_of_two_gates_are_read_by_minute(void **state)
{
	struct two_logs *p = *state;
	char second[100], command[256];
	const char *const files[] = {p->scratch.gate, second, p->scratch.wire};

	two_logs_fill_gate(p, 3000, LOGS_START, LOGS_START + 2 * HOUR);
	two_logs_seal(p, LOGS_LATER);
	gate_rows_close(p->gate);
	p->gate = NULL;
	snprintf(second, sizeof second, "%s/second.db", p->scratch.directory);
	snprintf(command, sizeof command, "cp %s %s", p->scratch.gate, second);
	assert_int_equal(system(command), 0);
	p->gate = gate_rows_open(&p->config, command, sizeof command);
	assert_non_null(p->gate);
	two_logs_fill_gate(p, 2000, LOGS_START, LOGS_START + 4 * HOUR);
	two_logs_fill_wire(p, 2000, LOGS_START, LOGS_END);
	two_logs_seal(p, LOGS_LATER);
	/* Of the hours that the first alone knows, sums are read; of those of both, none. */
	assert_true(sealed_compare(files, 2, LOGS_START + 2 * HOUR, LOGS_END) > 0);
	assert_int_equal(sealed_compare(files, 2, LOGS_START, LOGS_START + 2 * HOUR), 0);
	assert_true(sealed_compare(files, 3, LOGS_START + 17 * SECOND, LOGS_END) > 0);
}

/* Minutes that become hours take their seals with them. */
static void
sealed_hours_are_pruned_with_their_minutes(void **state)
{
	struct two_logs *p = *state;

	two_logs_fill_gate(p, 3000, LOGS_START, LOGS_END);
	two_logs_fill_wire(p, 3000, LOGS_START, LOGS_END);
	two_logs_seal(p, LOGS_LATER);
	p->config.keep = DAY;
	two_logs_prune(p, LOGS_START + DAY + 2 * HOUR);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed"), LOGS_HOURS - 2);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT min(hour) FROM sealed_part"), LOGS_START / HOUR + 2);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT min(hour) FROM sealed_destination"),
	                 LOGS_START / HOUR + 2);
	sealed_compare_periods(p, 6);
	two_logs_seal(p, LOGS_LATER);
	two_logs_fill_gate(p, 10, LOGS_START, LOGS_START + HOUR); /* rows of an hour that was pruned */
	two_logs_seal(p, LOGS_LATER);
	sealed_compare_periods(p, 6);
}

/* A writer that is killed anywhere, again and again. */
static void
a_killed_writer_seals_again(void **state)
{
	struct two_logs *p = *state;
	char why[256];

	two_logs_fill_wire(p, 100, LOGS_START, LOGS_END);
	two_logs_fill_gate(p, 8000, LOGS_START, LOGS_END);
	two_logs_seal(p, LOGS_START + HOUR + 2 * 60 * SECOND);
	for (int n = 0; n < 12; n++) {
		pid_t pid;

		gate_rows_close(p->gate);
		fflush(NULL);
		if ((pid = fork()) == 0) {
			bool more;

			srandom((unsigned int)n + 2);
			p->gate = gate_rows_open(&p->config, why, sizeof why);
			for (;;) {
				for (int i = 0; i < 20; i++)
					two_logs_row(p, LOGS_START, LOGS_END, true)->count[GATE_ATTEMPTS]++;
				if (two_logs_put_gate(p))
					minutes_clear(p->minutes);
				for (int i = 0; i < 4; i++)
					gate_rows_seal(p->gate, LOGS_LATER, &more);
			}
		}
		poll(NULL, 0, 5 + (int)two_logs_random(40));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		p->gate = gate_rows_open(&p->config, why, sizeof why);
		assert_non_null(p->gate);
		sealed_compare((const char *const[]){p->scratch.gate}, 1, 0, LOGS_LATER);
	}
	two_logs_seal(p, LOGS_LATER);
	sealed_compare_periods(p, 5);
}

/* More destinations in an hour than a list takes: the hour stays as minutes. One writer alone does not reach that. */
#define EACH MINUTE_DESTINATIONS
static void
hours_with_too_many_destinations_stay_minutes(void **state)
{
	struct two_logs *p = *state;
	struct addr host = addr_v4((uint8_t[]){10, 1, 0, 9});
	const char *const files[] = {p->scratch.gate};

	for (uint32_t round = 0; round < 2; round++) {
		struct minutes *fresh = minutes_new(60 * EACH, round); /* a writer that has forgotten */

		for (uint32_t n = 0; n < 60 * EACH; n++) {
			uint32_t to = round * 60 * EACH + n;
			struct addr d = addr_v4((uint8_t[]){203, (uint8_t)(to >> 16), (uint8_t)(to >> 8), (uint8_t)to});

			minutes_at(fresh, LOGS_START + n / EACH * 60 * SECOND,
			           &(struct minute_key){0, host, d, 25, 1, 1})
			        ->count[GATE_ATTEMPTS]++;
		}
		assert_true(gate_rows_begin(p->gate) && minutes_each(fresh, gate_rows_put, p->gate) &&
		            gate_rows_commit(p->gate));
		minutes_free(fresh);
		two_logs_seal(p, LOGS_LATER);
		assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed"), round < 1);
		sealed_compare(files, 1, 0, LOGS_LATER);
	}
}
#undef EACH

/* Sums that are damaged end the report with a reason, whatever they are. */
static void
damaged_sums_end_the_report(void **state)
{
	struct two_logs *p = *state;
	struct sealed_host h;
	uint8_t bytes[SEALED_BYTES];
	const uint8_t *at;

	memset(&h, 0, sizeof h);
	h.host = addr_v4((uint8_t[]){10, 1, 0, 9});
	h.peak = INT64_MAX;
	h.peak_minute = 59;
	for (uint16_t n = 0; n < SEALED_PARTS; n++) {
		struct sealed_part *part = sealed_part_at(&h, n, 3, 9);

		*part = (struct sealed_part){
		        .port = n, .verdict = 3, .reason = 9, .first = LOGS_START - n, .last = INT64_MIN};
		part->count[n % SEALED_COUNTS] = INT64_MAX;
	}
	assert_null(sealed_part_at(&h, 999, 0, 0));
	for (size_t size = sealed_write(&h, LOGS_START, bytes), n = 0; n <= size; n++) {
		struct sealed_host *back = calloc(1, sizeof *back);

		at = bytes;
		assert_int_equal(sealed_read(&at, bytes + n, LOGS_START, back), n == size);
		assert_true(at <= bytes + n);
		if (n == size)
			assert_memory_equal(back, &h, sizeof h);
		free(back);
	}
	two_logs_fill_gate(p, 1000, LOGS_START, LOGS_END);
	two_logs_seal(p, LOGS_LATER);
	for (int n = 0; n < 40; n++) {
		char why[256], sql[200];

		snprintf(sql, sizeof sql,
		         "UPDATE sealed_part SET hosts = substr(hosts, 1, %u) || x'%02x' || substr(hosts, %u)",
		         two_logs_random(3000), two_logs_random(256), two_logs_random(3000));
		scratch_change(p->scratch.gate, sql);
		if (!sealed_read_one(p->scratch.gate, why, sizeof why))
			assert_non_null(strstr(why, "the sums of an hour are damaged"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(sealed_hours_give_the_same_reports, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(late_rows_break_a_seal, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(rows_may_come_between_steps, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(hours_of_two_gates_are_read_by_minute, two_logs_setup,
	                                        two_logs_teardown),
	        cmocka_unit_test_setup_teardown(sealed_hours_are_pruned_with_their_minutes, two_logs_setup,
	                                        two_logs_teardown),
	        cmocka_unit_test_setup_teardown(a_killed_writer_seals_again, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(hours_with_too_many_destinations_stay_minutes, two_logs_setup,
	                                        two_logs_teardown),
	        cmocka_unit_test_setup_teardown(damaged_sums_end_the_report, two_logs_setup, two_logs_teardown),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
