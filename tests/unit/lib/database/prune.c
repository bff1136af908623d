/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pruning in steps: whatever comes in between, each attempt is in a minute or in an hour, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/database/began.h"
#include "lib/database/prune.h"
#include "tests/unit/common/sealed_reports.h"
#include "tests/unit/common/two_logs.h"

/* A slice may have a destination more than its share in each minute. */
#define PIECE_MOST (ROLL_PIECE + HEADS)

/* The hours as one statement over all minutes gives them. */
static const char *const expected[] = {
        "SELECT m.hour || hex(m.host) || printf(' %d %d %d: %d %d %d, %d to %d, %d', m.port, m.verdict, m.reason, a, r,"
        " s, f, l, d) || ', ' || p FROM (SELECT minute / 60 AS hour, host, port, verdict, reason, sum(attempts) AS a,"
        " sum(retransmits) AS r, sum(syns) AS s, min(first) AS f, max(last) AS l,"
        " count(DISTINCT CASE WHEN length(destination) > 0 THEN destination END)"
        " + max(CASE WHEN length(destination) = 0 THEN destinations ELSE 0 END) AS d"
        " FROM attempt GROUP BY 1, 2, 3, 4, 5) AS m"
        " JOIN (SELECT minute / 60 AS hour, host, port, verdict, reason, max(n) AS p FROM"
        " (SELECT minute, host, port, verdict, reason, sum(attempts) AS n FROM attempt GROUP BY 1, 2, 3, 4, 5)"
        " GROUP BY 1, 2, 3, 4, 5) AS b USING (hour, host, port, verdict, reason) ORDER BY 1",
        NULL};
static const char *const pruned[] = {
        "SELECT hour || hex(host) || printf(' %d %d %d: %d %d %d, %d to %d, %d', port, verdict, reason, attempts,"
        " retransmits, syns, first, last, destinations) || ', ' || peak FROM hour ORDER BY 1",
        NULL};
/* Of both tables together. */
static const char *const sums[] = {
        "SELECT hex(host) || printf(' %d %d %d: %d %d %d, %d to %d', port, verdict, reason, sum(attempts),"
        " sum(retransmits), sum(syns), min(first), max(last)) FROM"
        " (SELECT host, port, verdict, reason, attempts, retransmits, syns, first, last FROM attempt UNION ALL"
        " SELECT host, port, verdict, reason, attempts, retransmits, syns, first, last FROM hour)"
        " GROUP BY host, port, verdict, reason ORDER BY 1",
        NULL};

/* Destinations and the busiest minute of each hour, as a report has them from both tables. */
static const char *const met[] = {
        "SELECT hour || hex(host) || printf(' %d %d %d: %d, %d', port, verdict, reason, sum(d), max(p)) FROM"
        " (SELECT hour, host, port, verdict, reason, destinations AS d, peak AS p FROM hour UNION ALL"
        " SELECT minute / 60, host, port, verdict, reason,"
        " count(DISTINCT CASE WHEN length(destination) > 0 THEN destination END)"
        " + max(CASE WHEN length(destination) = 0 THEN destinations ELSE 0 END), 0 FROM attempt GROUP BY 1, 2, 3, 4, 5"
        " UNION ALL SELECT minute / 60, host, port, verdict, reason, 0, sum(attempts) FROM attempt"
        " GROUP BY minute, host, port, verdict, reason)"
        " GROUP BY hour, host, port, verdict, reason ORDER BY 1",
        NULL};

static bool
has_time(void *unused)
{
	(void)unused;
	return true;
}
static const struct time_left enough = {has_time, NULL};

/* What is read in the middle; it ends at LOGS_END, so that a round prunes all. */
static void
check(const struct two_logs *p, const char *const *sql, const char *before)
{
	char *now = scratch_text(p->scratch.gate, sql);

	assert_string_equal(now, before);
	free(now);
}

static int64_t
minutes_left(const struct two_logs *p)
{
	return scratch_number(p->scratch.gate, "SELECT count(*) FROM attempt");
}

static void
reopen(struct two_logs *p)
{
	char why[256];

	gate_rows_close(p->gate);
	assert_non_null(p->gate = gate_rows_open(&p->config, why, sizeof why));
}

/* A host with this many destinations in each minute of the first hour, of which it meets some again. */
#define BUSY 500
#define BUSY_MET 25000
static void
fill_busy_host(struct two_logs *p)
{
	struct minutes *busy = minutes_new(60 * BUSY, 1);

	for (uint32_t n = 0; n < 60 * BUSY; n++) {
		uint32_t d = n % 3 == 2 ? n / 2 : n;
		struct addr to = addr_v4((uint8_t[]){203, 1, (uint8_t)(d >> 8), (uint8_t)d});

		minutes_at(busy, LOGS_START + n / BUSY * MINUTE,
		           &(struct minute_key){.host = addr_v4((uint8_t[]){10, 9, 0, 9}),
		                                .destination = to,
		                                .port = 25,
		                                .verdict = 1,
		                                .reason = 1})
		        ->count[GATE_ATTEMPTS] += 1 + n / BUSY;
	}
	assert_true(gate_rows_begin(p->gate) && minutes_each(busy, gate_rows_put, p->gate) &&
	            gate_rows_commit(p->gate));
	minutes_free(busy);
}

static void
fill(struct two_logs *p)
{
	for (int n = 0; n < 6; n++)
		two_logs_fill_gate(p, 6000, LOGS_START, LOGS_END);
	fill_busy_host(p);
	p->config.keep = HOUR;
}

/* A recorder that ends after some steps, with a report read in between. */
static void
each_step_leaves_every_row_once(void **state)
{
	struct two_logs *p = *state;
	char *all, *hours, *result, *known;
	int64_t left, before;
	bool more = true;
	int steps = 0;

	fill(p);
	two_logs_seal(p, LOGS_LATER);
	all = scratch_text(p->scratch.gate, sums);
	hours = scratch_text(p->scratch.gate, expected);
	known = scratch_text(p->scratch.gate, met);
	before = minutes_left(p);
	assert_true(before > 4 * PRUNE_ROWS);
	for (; before > 0; before = left, steps++) {
		for (int n = 0; n < 3 || minutes_left(p) == before; n++) /* it begins, and goes on */
			assert_true(gate_rows_prune(p->gate, LOGS_LATER, steps % 2 == 0 ? &enough : NULL, &more));
		reopen(p);
		left = minutes_left(p);
		assert_in_range(before - left, 1, 2 * (PRUNE_ROWS + PIECE_MOST));
		check(p, sums, all);
		check(p, met, known);
		assert_int_equal(scratch_number(p->scratch.gate, "SELECT count(*) FROM sealed JOIN hour USING (hour)"), 0);
		sealed_compare((const char *const[]){p->scratch.gate}, 1, LOGS_START, LOGS_LATER);
	}
	assert_true(steps > 4);
	result = scratch_text(p->scratch.gate, pruned);
	assert_string_equal(result, hours);
	two_logs_prune(p, LOGS_LATER);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT (SELECT count(*) FROM sealed)"
	                                                 " + (SELECT count(*) FROM sealed_part)"
	                                                 " + (SELECT count(*) FROM sealed_destination)"),
	                 0);
	free(all);
	free(hours);
	free(result);
	free(known);
}

/* No transaction changes more than a step's rows, or a piece's where no time is left. */
static void
a_step_is_bounded(void **state)
{
	struct two_logs *p = *state;
	char *hours, *result;

	fill(p);
	hours = scratch_text(p->scratch.gate, expected);
	for (int round = 0; round < 2; round++) {
		int64_t most = round == 0 ? PRUNE_ROWS : 0, before = minutes_left(p), left;
		bool more = true;

		/* Half of it each. */
		for (int64_t end = round == 0 ? before / 2 : -1; more && before > end; before = left) {
			assert_true(gate_rows_prune(p->gate, LOGS_LATER, round == 0 ? &enough : NULL, &more));
			left = minutes_left(p);
			assert_in_range(before - left, 0, most + PIECE_MOST);
		}
	}
	assert_int_equal(minutes_left(p), 0);
	result = scratch_text(p->scratch.gate, pruned);
	assert_string_equal(result, hours);
	assert_int_equal(scratch_number(p->scratch.gate, "SELECT destinations FROM hour WHERE host = x'0a090009'"),
	                 BUSY_MET);
	free(hours);
	free(result);
}

/* ... also those that come while their hour is being pruned. */
static void
late_rows_are_added(void **state)
{
	struct two_logs *p = *state;
	bool more = true;
	char *all;

	fill(p);
	for (int n = 0; n < 4; n++) {
		assert_true(gate_rows_prune(p->gate, LOGS_LATER, NULL, &more));
		two_logs_fill_gate(p, 50, LOGS_START, LOGS_START + HOUR);
		two_logs_seal(p, LOGS_LATER);
		sealed_compare((const char *const[]){p->scratch.gate}, 1, LOGS_START, LOGS_LATER);
	}
	assert_true(more);
	all = scratch_text(p->scratch.gate, sums);
	two_logs_prune(p, LOGS_LATER);
	check(p, sums, all);
	assert_int_equal(minutes_left(p), 0);
	free(all);
}

/* Rows that nobody of ours has written. */
static void
strange_rows_end(void **state)
{
	struct two_logs *p = *state;

	two_logs_fill_gate(p, 500, LOGS_START, LOGS_END);
	p->config.keep = HOUR;
	gate_rows_close(p->gate);
	p->gate = NULL;
	scratch_change(p->scratch.gate,
	               "INSERT OR IGNORE INTO attempt (minute, host, destination, port, verdict, reason, attempts,"
	               " retransmits, destinations, first, last) SELECT minute, odd, destination, port, verdict, reason,"
	               " attempts, retransmits, destinations, first, last FROM attempt, (SELECT x'' AS odd"
	               " UNION SELECT 'text' UNION SELECT x'0a' UNION SELECT zeroblob(40) UNION SELECT 5)");
	reopen(p);
	two_logs_prune(p, LOGS_LATER);
	assert_int_equal(minutes_left(p), 0);
	gate_rows_close(p->gate);
	p->gate = NULL;
	scratch_change(p->scratch.gate, "INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts,"
	                                " retransmits, destinations, first, last) VALUES ('x', x'0a010001', x'', 25, 1, 1,"
	                                " 1, 0, 0, 0, 0)");
	p->config.max_size = 1;
	reopen(p);
	two_logs_prune(p, LOGS_LATER); /* ends */
}

/* A writer that is killed anywhere. */
static void
a_killed_writer_prunes_on(void **state)
{
	struct two_logs *p = *state;
	char why[256], *all, *hours, *result;

	fill(p);
	all = scratch_text(p->scratch.gate, sums);
	hours = scratch_text(p->scratch.gate, expected);
	for (int n = 0; n < 10; n++) {
		pid_t pid;

		gate_rows_close(p->gate);
		p->gate = NULL;
		fflush(NULL);
		if ((pid = fork()) == 0) {
			bool more = true;

			p->gate = gate_rows_open(&p->config, why, sizeof why);
			while (gate_rows_prune(p->gate, LOGS_LATER, &enough, &more) && more)
				;
			pause();
		}
		poll(NULL, 0, 20 + 8 * n);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_non_null(p->gate = gate_rows_open(&p->config, why, sizeof why));
		check(p, sums, all);
	}
	two_logs_prune(p, LOGS_LATER);
	result = scratch_text(p->scratch.gate, pruned);
	assert_string_equal(result, hours);
	free(all);
	free(hours);
	free(result);
}

/* The write-ahead log is part of max-size. */
static void
the_log_is_part_of_the_size(void **state)
{
	struct two_logs *p = *state;
	char path[128];
	struct stat file, log;

	fill(p);
	p->config.keep = 0;
	p->config.max_size = 1 << 20;
	two_logs_prune(p, LOGS_LATER);
	two_logs_fill_gate(p, 1000, LOGS_END, LOGS_END + HOUR);
	two_logs_fill_gate(p, 1000, LOGS_END, LOGS_END + HOUR);
	two_logs_prune(p, LOGS_LATER);
	snprintf(path, sizeof path, "%s-wal", p->scratch.gate);
	assert_int_equal(stat(p->scratch.gate, &file), 0);
	assert_int_equal(stat(path, &log), 0);
	assert_in_range(file.st_size + log.st_size, 1, 3 << 20); /* and the room of one transaction, and free pages */
	assert_in_range(log.st_size, 1, 1 << 20);
}

static void
an_empty_file_has_nothing_to_prune(void **state)
{
	struct two_logs *p = *state;
	bool more = true;
	int steps = 0;

	p->config.keep = HOUR;
	p->config.max_size = 1;
	for (; more && steps < 100; steps++)
		assert_true(gate_rows_prune(p->gate, LOGS_LATER, NULL, &more));
	assert_in_range(steps, 1, 50);
}

/* Minutes that became hours are still known, deleted hours are not. The two hours are of two days. */
static void
the_log_begins_behind_deleted_hours(void **state)
{
	struct two_logs *p = *state;
	int64_t from = LOGS_START + 1200 * DAY, midnight = from + HOUR;

	assert_true(gate_rows_begin(p->gate) && gate_rows_put_began(p->gate, from) && gate_rows_commit(p->gate));
	two_logs_fill_gate(p, 500, from, midnight);
	two_logs_fill_gate(p, 500, midnight, midnight + HOUR);
	p->config.keep = HOUR;
	two_logs_prune(p, from + 10 * DAY);
	assert_int_equal(minutes_left(p), 0);
	assert_int_equal(scratch_number(p->scratch.gate, began_get_sql), from);
	p->config.max_size = 1;
	two_logs_prune(p, midnight + 2 * HOUR); /* today's hours go, too */
	assert_int_equal(scratch_number(p->scratch.gate, began_get_sql), midnight + 2 * HOUR);
	two_logs_fill_gate(p, 500, from, midnight); /* late rows do not bring back the others */
	two_logs_prune(p, from + 10 * DAY);
	assert_int_equal(scratch_number(p->scratch.gate, began_get_sql), midnight + 2 * HOUR);
}

/* A file of an earlier version has not noted when it began. */
static void
a_file_begins_with_its_oldest_row_or_line(void **state)
{
	struct two_logs *p = *state;
	int64_t from = LOGS_START + 1200 * DAY;

	two_logs_fill_gate(p, 500, 0, HOUR); /* a clock that was not set */
	two_logs_fill_gate(p, 500, from, from + MINUTE);
	scratch_change(p->scratch.gate, "INSERT INTO journal (at, what, text) VALUES (1000, 'start', ''),"
	                                " (1800000000000000, 'start', '')");
	assert_true(gate_rows_begin(p->gate) && gate_rows_put_began(p->gate, from + DAY));
	gate_rows_commit(p->gate);
	assert_int_equal(scratch_number(p->scratch.gate, began_get_sql), INT64_C(1800000000000000));
	scratch_change(p->scratch.gate, "DELETE FROM meta WHERE key = 'began';"
	                                " INSERT INTO journal (at, what, text) VALUES (1800000000000001, 'prune', '')");
	assert_true(gate_rows_begin(p->gate) && gate_rows_put_began(p->gate, from + DAY));
	gate_rows_commit(p->gate);
	assert_int_equal(scratch_number(p->scratch.gate, began_get_sql), from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(each_step_leaves_every_row_once, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(a_step_is_bounded, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(late_rows_are_added, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(strange_rows_end, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(a_killed_writer_prunes_on, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(an_empty_file_has_nothing_to_prune, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(the_log_begins_behind_deleted_hours, two_logs_setup, two_logs_teardown),
	        cmocka_unit_test_setup_teardown(a_file_begins_with_its_oldest_row_or_line, two_logs_setup,
	                                        two_logs_teardown),
	        cmocka_unit_test_setup_teardown(the_log_is_part_of_the_size, two_logs_setup, two_logs_teardown),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
