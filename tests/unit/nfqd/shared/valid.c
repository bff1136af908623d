/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every way in which a record in shared memory can be malformed, one at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "lib/decode/stack.h"
#include "nfqd/shared/valid.h"

#define NOW (INT64_C(1700000000) * SECOND)
#define TOO_MANY (VALID_COUNT_MOST + 1)

static const int64_t wrong_times[] = {-1, INT64_MIN, WHEN_END, INT64_MAX};

static struct note
note_of(enum note_kind kind)
{
	static const struct note all[NOTE_KINDS] = {
	        [NOTE_JOURNAL] = {.journal = {"start", "nfqd 1.0"}},
	        [NOTE_GAP] = {.gap = {.until = NOW + 1, .missing = NOTE_UNKNOWN, .counted = 1, .cause = "a cause"}},
	        [NOTE_RULES] = {.rules = {.counted = 7, .seen = 5}},
	        [NOTE_REMEMBER] = {.remember = {.what = REMEMBERED_SHIELDED, .value = 9}},
	        [NOTE_COUNTERS] = {.counters = {.jump = -3}},
	        [NOTE_START] = {.start = {.counted = NOTE_UNKNOWN, .rules = INT64_MIN}},
	};
	struct note n = all[kind];

	n.kind = kind;
	n.at = NOW;
	return n;
}

/* Any kind but ours, any time but ours; whatever the payload. */
static void
notes_have_known_kinds_and_times(void **state)
{
	static const uint32_t kinds[] = {NOTE_KINDS, NOTE_KINDS + 1, 255, 256, INT32_MAX, UINT32_MAX};

	(void)state;
	for (int kind = 0; kind < NOTE_KINDS; kind++) {
		struct note n = note_of((enum note_kind)kind);

		assert_true(valid_note(&n));
		for (size_t i = 0; i < sizeof wrong_times / sizeof *wrong_times; i++) {
			n.at = wrong_times[i];
			assert_false(valid_note(&n));
		}
		n.at = NOW;
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
			n.kind = kinds[i];
			assert_false(valid_note(&n));
		}
	}
}

static void
journal_texts_end(void **state)
{
	struct note n = note_of(NOTE_JOURNAL);

	(void)state;
	memset(n.journal.event, 'x', sizeof n.journal.event);
	assert_false(valid_note(&n));
	n.journal.event[sizeof n.journal.event - 1] = '\0'; /* as long as it may be */
	assert_true(valid_note(&n));
	memset(n.journal.text, 'x', sizeof n.journal.text);
	assert_false(valid_note(&n));
	n.journal.text[sizeof n.journal.text - 1] = '\0';
	assert_true(valid_note(&n));
}

static void
gaps_have_valid_members(void **state)
{
	struct note n = note_of(NOTE_GAP);

	(void)state;
	for (size_t i = 0; i < sizeof wrong_times / sizeof *wrong_times; i++) {
		n.gap.until = wrong_times[i];
		assert_false(valid_note(&n));
	}
	n = note_of(NOTE_GAP);
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		n.gap.counted = (uint8_t)byte;
		assert_int_equal(valid_note(&n), byte <= 1);
	}
	n = note_of(NOTE_GAP);
	n.gap.missing = VALID_COUNT_MOST;
	assert_true(valid_note(&n));
	n.gap.missing = TOO_MANY;
	assert_false(valid_note(&n));
	n.gap.missing = NOTE_UNKNOWN - 1;
	assert_false(valid_note(&n));
	n = note_of(NOTE_GAP);
	memset(n.gap.cause, 'x', sizeof n.gap.cause);
	assert_false(valid_note(&n));
}

/* Numbers that the recorder adds up. */
static void
numbers_can_be_added_up(void **state)
{
	static const struct {
		int64_t number;
		bool count, known; /* valid as what may be unknown, and as what must be known */
	} cases[] = {{0, true, true},           {VALID_COUNT_MOST, true, true}, {TOO_MANY, false, false},
	             {INT64_MAX, false, false}, {NOTE_UNKNOWN, true, false},    {-2, false, false},
	             {INT64_MIN, false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct note rules = note_of(NOTE_RULES), seen = rules, start = note_of(NOTE_START);
		struct note shielded = note_of(NOTE_REMEMBER), unnamed = shielded;

		rules.rules.counted = start.start.counted = cases[i].number;
		assert_int_equal(valid_note(&rules), cases[i].count);
		assert_int_equal(valid_note(&start), cases[i].count);
		seen.rules.seen = shielded.remember.value = unnamed.remember.value = cases[i].number;
		unnamed.remember.what = REMEMBERED_UNNAMED;
		assert_int_equal(valid_note(&seen), cases[i].known);
		assert_int_equal(valid_note(&shielded), cases[i].known);
		assert_int_equal(valid_note(&unnamed), cases[i].known);
	}
}

/* No note may overwrite the numbers that the recorder maintains itself. */
static void
the_recorders_own_numbers_are_refused(void **state)
{
	struct note n = note_of(NOTE_REMEMBER);

	(void)state;
	for (uint32_t what = 0; what < 300; what++) {
		n.remember.what = what;
		assert_int_equal(valid_note(&n),
		                 what == REMEMBERED_RULES || what == REMEMBERED_SHIELDED || what == REMEMBERED_UNNAMED);
	}
	n.remember.what = UINT32_MAX;
	assert_false(valid_note(&n));
	n.remember = (struct note_remember){REMEMBERED_RULES, INT64_MIN}; /* a hash */
	assert_true(valid_note(&n));
	for (int64_t value = -1; value < 3; value++) {
		n.remember = (struct note_remember){REMEMBERED_EMPTIED, value};
		assert_int_equal(valid_note(&n), value == 1);
	}
}

static void
counters_only_fall(void **state)
{
	static const int64_t wrong[] = {0, 1, INT64_MAX, -TOO_MANY, INT64_MIN};
	struct note n = note_of(NOTE_COUNTERS);

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		n.counters.jump = wrong[i];
		assert_false(valid_note(&n));
	}
	n.counters.jump = -VALID_COUNT_MOST;
	assert_true(valid_note(&n));
}

static struct event
event_ok(void)
{
	return (struct event){.when = NOW,
	                      .src = addr_v4((uint8_t[]){10, 0, 0, 1}),
	                      .dst = addr_v4((uint8_t[]){192, 0, 2, 1}),
	                      .verdict = VERDICT_COUNT - 1,
	                      .reason = REASON_COUNT - 1,
	                      .stack = STACKS,
	                      .has_mac = true};
}

static void
events_have_known_enumerators(void **state)
{
	static const size_t bools[] = {offsetof(struct event, has_mac), offsetof(struct event, raw)};
	struct event e = event_ok();

	(void)state;
	assert_true(valid_event(&e));
	for (size_t i = 0; i < sizeof wrong_times / sizeof *wrong_times; i++) {
		e.when = wrong_times[i];
		assert_false(valid_event(&e));
	}
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		e = event_ok();
		e.verdict = (uint8_t)byte;
		assert_int_equal(valid_event(&e), byte < VERDICT_COUNT);
		e = event_ok();
		e.reason = (uint8_t)byte;
		assert_int_equal(valid_event(&e), byte < REASON_COUNT);
		e = event_ok();
		e.stack = (uint8_t)byte;
		assert_int_equal(valid_event(&e), byte <= STACKS);
		e = event_ok();
		e.src.family = (uint8_t)byte;
		assert_int_equal(valid_event(&e), byte == 0 || byte == 4 || byte == 6);
		e = event_ok();
		e.dst.family = (uint8_t)byte;
		assert_int_equal(valid_event(&e), byte == 0 || byte == 4 || byte == 6);
		for (size_t i = 0; i < 2; i++) {
			e = event_ok();
			((unsigned char *)&e)[bools[i]] = (unsigned char)byte;
			assert_int_equal(valid_event(&e), byte <= 1);
		}
	}
}

static void
floods_have_a_bounded_count(void **state)
{
	const struct flood good = {.source = addr_v4((uint8_t[]){10, 0, 0, 1}), .first = NOW, .last = NOW, .count = 1};
	struct flood f = good;

	(void)state;
	assert_true(valid_flood(&f));
	for (size_t i = 0; i < sizeof wrong_times / sizeof *wrong_times; i++) {
		f = good;
		f.first = wrong_times[i];
		assert_false(valid_flood(&f));
		f = good;
		f.last = wrong_times[i];
		assert_false(valid_flood(&f));
	}
	f = good;
	f.source.family = 5;
	assert_false(valid_flood(&f));
	f = good;
	f.count = VALID_COUNT_MOST + UINT64_C(1);
	assert_false(valid_flood(&f));
	f.count = UINT64_MAX;
	assert_false(valid_flood(&f));
}

/* Whatever lies in the memory, it is looked at without harm; the sanitizers watch. */
static void
garbage_is_read_without_harm(void **state)
{
	unsigned seed = 3;
	union {
		struct note note;
		struct event event;
		struct flood flood;
		unsigned char bytes[sizeof(struct note)];
	} any;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		for (size_t k = 0; k < sizeof any.bytes; k++)
			any.bytes[k] = (unsigned char)rand_r(&seed);
		any.note.kind = (uint32_t)i % (NOTE_KINDS + 1);
		(void)valid_note(&any.note);
		(void)valid_event(&any.event);
		(void)valid_flood(&any.flood);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(notes_have_known_kinds_and_times),
	        cmocka_unit_test(journal_texts_end),
	        cmocka_unit_test(gaps_have_valid_members),
	        cmocka_unit_test(numbers_can_be_added_up),
	        cmocka_unit_test(the_recorders_own_numbers_are_refused),
	        cmocka_unit_test(counters_only_fall),
	        cmocka_unit_test(events_have_known_enumerators),
	        cmocka_unit_test(floods_have_a_bounded_count),
	        cmocka_unit_test(garbage_is_read_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
