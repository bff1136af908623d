/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recorder: what of its spools and notes comes into the database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "nfqd/shared/note.h"
#include "tests/unit/common/stage.h"

/* Somebody moves the database away, and the next recorder finds a new one: it goes on behind what is written down. */
static void
a_new_database_continues_behind_released_records(void **state)
{
	struct stage s;

	(void)state;
	stage_set(&s);
	for (uint32_t i = 0; i < 3 * STAGE_ROOM; i++) {
		stage_put_event(&s, 0, i, when_now(), 1);
		spool_take(s.shared.gates[0].events, i + 1);
	}
	for (uint32_t i = 0; i < 10; i++)
		stage_put_event(&s, 0, 3 * STAGE_ROOM + i, when_now(), 1);
	stage_record(&s);
	assert_int_equal(spool_tail(s.shared.gates[0].events), 3 * STAGE_ROOM + 10);
	assert_int_equal(stage_ask(&s, "SELECT sum(attempts) FROM attempt"), 10);
	stage_strike(&s);
}

/* Two gates: what each saw is written once, in the order of time, and the next recorder goes on in both spools. */
static void
events_of_two_gates_are_written_once_and_in_order(void **state)
{
	int64_t minute = when_now() / (60 * SECOND) * 60 * SECOND;
	struct stage s;

	(void)state;
	stage_set(&s);
	/* 40 destinations in turn: each has a row of its own, whichever gate saw it. */
	for (uint8_t i = 0; i < 40; i++)
		stage_put_event(&s, 1 - i % 2, i, minute + i, i);
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT sum(attempts) FROM attempt"), 40);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM attempt WHERE destination <> x''"), 40);
	assert_int_equal(stage_ask(&s, "SELECT max(first) - min(minute) * 60000000 FROM attempt"), 39);
	stage_put_event(&s, 0, 100, minute + 50, 1);
	stage_put_event(&s, 1, 0, minute + 51, 0); /* the very first again: a retransmission */
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT sum(attempts) FROM attempt"), 41);
	assert_int_equal(stage_ask(&s, "SELECT sum(retransmits) FROM attempt"), 1);
	assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 42);
	assert_int_equal(spool_tail(s.shared.gates[0].events), 21);
	assert_int_equal(spool_tail(s.shared.gates[1].events), 21);
	stage_strike(&s);
}

/* The next run of nfqd. */
static void
run_again(struct stage *s)
{
	s->shared.run = when_now() + 1;
	spool_free(s->shared.notes);
	s->shared.notes = spool_new("notes", sizeof(struct note), STAGE_ROOM);
}

/* Nobody saw 5 openings, and the clock was put back before this run began: the 5 are missing all the same. */
static void
missing_openings_are_found_after_the_clock_was_put_back(void **state)
{
	struct stage s;

	(void)state;
	stage_set(&s);
	stage_put_start(&s, s.shared.run, 0, 7);
	stage_put_rules(&s, 7);
	stage_record(&s);
	run_again(&s);
	stage_put_start(&s, when_now() - DAY, 5, 7);
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT sum(missing) FROM gap"), 5);
	stage_strike(&s);
}

/* The rules were changed while nfqd was down: their counters are no bound. */
static void
changed_rules_leave_a_gap_of_unknown_size(void **state)
{
	struct stage s;

	(void)state;
	stage_set(&s);
	stage_put_start(&s, s.shared.run, 0, 7);
	stage_put_rules(&s, 7);
	stage_record(&s);
	run_again(&s);
	stage_put_start(&s, when_now(), 5, 8);
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), 1);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap"), 1);
	stage_strike(&s);
}

/* The last run was killed before it had put the rules back, and the next one took until `made` for it: strangers passed
 * from the doubt on until then. */
static void
a_gap_lasts_from_the_doubt_until_the_rules_stand_again(void **state)
{
	static const struct {
		int64_t counted, rules; /* as the second run finds them */
	} found[] = {{5, 7}, {5, 8}, {NOTE_UNKNOWN, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
		struct note n = {.kind = NOTE_START, .start = {.counted = found[i].counted, .rules = found[i].rules}};
		struct stage s;
		int64_t doubt;

		stage_set(&s);
		stage_put_start(&s, s.shared.run, 0, 7);
		stage_put_rules(&s, 7);
		doubt = when_now() - 9 * SECOND;
		atomic_store(&s.shared.supervisor->doubt, doubt);
		stage_record(&s);
		run_again(&s);
		atomic_store(&s.shared.supervisor->doubt, 0);
		n.at = s.shared.run;
		n.start.made = n.at + 7 * SECOND;
		assert_true(spool_put(s.shared.notes, &n));
		stage_record(&s);
		assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), 1);
		assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE cause LIKE '%its rules were%'"), 1);
		assert_int_equal(stage_ask(&s, "SELECT since FROM gap"), doubt);
		assert_int_equal(stage_ask(&s, "SELECT until FROM gap"), n.start.made);
		run_again(&s);
		stage_put_start(&s, s.shared.run, 5, 7);
		stage_record(&s);
		assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE cause = 'nfqd was not running'"), 1);
		stage_strike(&s);
	}
}

/* Answers to nobody are no openings, and the rules do not count them. So 5 openings that nobody saw are missing,
 * however many answers were recorded before the rules were made anew. */
static void
answers_are_no_missing_openings(void **state)
{
	struct event answer = {.when = when_now(), .dport = 25, .verdict = VERDICT_DROP, .reason = REASON_ANSWER};
	struct note rules = {.kind = NOTE_RULES, .at = when_now(), .rules = {.counted = 0, .seen = 2}};
	struct stage s;

	(void)state;
	stage_set(&s);
	answer.src = addr_v4((uint8_t[]){10, 0, 0, 1});
	answer.dst = addr_v4((uint8_t[]){192, 0, 2, 1});
	stage_put_start(&s, s.shared.run, 0, 7);
	stage_put_rules(&s, 7);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(spool_put(s.shared.gates[0].events, &answer));
	stage_put_event(&s, 0, 1, when_now(), 1);
	stage_put_event(&s, 0, 2, when_now(), 1);
	stage_record(&s);
	assert_true(spool_put(s.shared.notes, &rules));
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 2);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap"), 0);
	run_again(&s);
	stage_put_start(&s, when_now(), 5, 7);
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT sum(missing) FROM gap"), 5);
	stage_strike(&s);
}

/* The shield's counts are SYNs in a row of their own, and no attempts, nor destinations. */
static void
floods_are_syns_and_no_attempts(void **state)
{
	int64_t when = when_now() / MINUTE * MINUTE + SECOND;
	struct flood flood = {
	        .source = addr_v4((uint8_t[]){10, 0, 0, 1}), .port = 25, .first = when - 1, .last = when, .count = 400};
	struct stage s;

	(void)state;
	stage_set(&s);
	stage_put_event(&s, 0, 1, when, 1);
	stage_put_event(&s, 0, 1, when + 1, 1);
	assert_true(spool_put(s.shared.floods, &flood));
	flood.first = flood.last = when + SECOND;
	flood.count = 300;
	assert_true(spool_put(s.shared.floods, &flood));
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM attempt"), 2);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM attempt WHERE reason = 0 AND attempts = 1 AND retransmits = 1"
	                         " AND syns = 0 AND destinations = 1"),
	                 1);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM attempt WHERE reason = 8 AND attempts = 0 AND retransmits = 0"
	                         " AND syns = 700 AND destinations = 0 AND length(destination) = 0 AND verdict = 1"),
	                 1);
	assert_int_equal(stage_ask(&s, "SELECT first FROM attempt WHERE reason = 8"), when - 1);
	assert_int_equal(stage_ask(&s, "SELECT last FROM attempt WHERE reason = 8"), when + SECOND);
	assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'shielded'"), 700);
	assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 2);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM minute_change"), 1);
	stage_strike(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_new_database_continues_behind_released_records),
	        cmocka_unit_test(events_of_two_gates_are_written_once_and_in_order),
	        cmocka_unit_test(missing_openings_are_found_after_the_clock_was_put_back),
	        cmocka_unit_test(changed_rules_leave_a_gap_of_unknown_size),
	        cmocka_unit_test(a_gap_lasts_from_the_doubt_until_the_rules_stand_again),
	        cmocka_unit_test(answers_are_no_missing_openings),
	        cmocka_unit_test(floods_are_syns_and_no_attempts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
