/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/base/when.h"
#include "nfqd/shared/valid.h"
#include "nfqd/supervise/notes.h"

#define ROOM 8

struct sums {
	int gaps, counted, entries, rules;
	int64_t missing, counted_missing, jump, unnamed, since, until;
	bool unknown;
};

static struct sums
take_all(struct spool *notes)
{
	struct sums s = {.since = INT64_MAX};
	uint64_t i = spool_tail(notes);
	struct note n;

	for (; spool_read(notes, i, &n); i++) {
		assert_true(valid_note(&n));
		if (n.kind == NOTE_GAP) {
			s.gaps += !n.gap.counted;
			s.counted += n.gap.counted;
			s.unknown = s.unknown || n.gap.missing < 0;
			*(n.gap.counted ? &s.counted_missing : &s.missing) += n.gap.missing;
			s.since = n.at < s.since ? n.at : s.since;
			s.until = n.gap.until > s.until ? n.gap.until : s.until;
		}
		s.entries += n.kind == NOTE_JOURNAL;
		s.rules += n.kind == NOTE_RULES;
		s.jump += n.kind == NOTE_COUNTERS ? n.counters.jump : 0;
		s.unnamed = n.kind == NOTE_REMEMBER ? n.remember.value : s.unnamed;
	}
	spool_take(notes, i);
	return s;
}

static void
fill(struct spool *notes)
{
	for (size_t i = 0; i < spool_room(notes); i++)
		notes_journal(notes, "test", "%zu", i);
}

static void
a_full_spool_loses_no_number(void **state)
{
	struct spool *notes = spool_new("notes", sizeof(struct note), ROOM);
	struct sums s;

	(void)state;
	fill(notes);
	for (int i = 1; i <= 100; i++) {
		notes_gap(notes, i * SECOND, (i + 1) * SECOND, i, "one");
		notes_gap_counted(notes, i * SECOND, (i + 1) * SECOND, 2 * i, "other");
		notes_counters(notes, i * SECOND, -3);
		notes_remember(notes, REMEMBERED_UNNAMED, i);
		notes_journal(notes, "test", "more");
	}
	s = take_all(notes);
	assert_int_equal(s.entries, spool_room(notes));
	notes_catch_up(notes);
	s = take_all(notes);
	assert_int_equal(s.gaps, 1);
	assert_int_equal(s.counted, 1);
	assert_int_equal(s.missing, 5050);
	assert_int_equal(s.counted_missing, 10100);
	assert_int_equal(s.since, SECOND);
	assert_int_equal(s.until, 101 * SECOND);
	assert_int_equal(s.jump, -300);
	assert_int_equal(s.unnamed, 100);
	assert_int_equal(s.entries, 1); /* about the lost ones */
	notes_catch_up(notes);
	assert_int_equal(take_all(notes).entries, 0);
	spool_free(notes);
}

static void
an_unknown_number_makes_the_sum_unknown(void **state)
{
	struct spool *notes = spool_new("notes", sizeof(struct note), ROOM);
	struct sums s;

	(void)state;
	fill(notes);
	notes_gap(notes, SECOND, 2 * SECOND, 5, "one");
	notes_gap(notes, 2 * SECOND, 3 * SECOND, NOTE_UNKNOWN, "two");
	notes_gap(notes, 3 * SECOND, 4 * SECOND, 5, "three");
	take_all(notes);
	notes_gap(notes, 4 * SECOND, 5 * SECOND, 7, "four"); /* behind what was kept */
	s = take_all(notes);
	assert_int_equal(s.gaps, 2);
	assert_true(s.unknown);
	assert_int_equal(s.missing, NOTE_UNKNOWN + 7);
	spool_free(notes);
}

/* The rules' counters are read anew with them: earlier jumps are in that number. */
static void
rules_made_anew_replace_jumps_of_their_counters(void **state)
{
	struct spool *notes = spool_new("notes", sizeof(struct note), ROOM);
	struct sums s;

	(void)state;
	fill(notes);
	notes_counters(notes, SECOND, -10);
	notes_rules(notes, 2 * SECOND, 50, 40);
	notes_counters(notes, 3 * SECOND, -1);
	take_all(notes);
	notes_catch_up(notes);
	s = take_all(notes);
	assert_int_equal(s.rules, 1);
	assert_int_equal(s.jump, -1);
	spool_free(notes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_full_spool_loses_no_number),
	        cmocka_unit_test(an_unknown_number_makes_the_sum_unknown),
	        cmocka_unit_test(rules_made_anew_replace_jumps_of_their_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
