/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child that was taken over leaves in shared memory, and the recorder that reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "nfqd/shared/note.h"
#include "tests/unit/common/stage.h"

/* A child that was taken over wrote into the spools: nothing of that comes into the tables, what stood beside it does,
 * and what is missing is a gap. */
static void
damaged_spools_cost_only_the_damaged_records(void **state)
{
	struct event wild = {.when = INT64_MIN, .verdict = 200, .reason = 200, .stack = 255};
	struct note remember = {.kind = NOTE_REMEMBER, .remember = {.what = REMEMBERED_RECORDED, .value = 1000000}};
	struct note kind = {.kind = UINT32_MAX};
	struct flood flood = {.source = {.family = 77}, .count = UINT64_MAX};
	struct stage s;

	(void)state;
	stage_set(&s);
	stage_put_event(&s, 0, 1, when_now(), 1);
	assert_true(spool_put(s.shared.gates[0].events, &wild));
	stage_put_event(&s, 0, 2, when_now(), 1);
	stage_put_start(&s, s.shared.run, 0, 7);
	assert_true(spool_put(s.shared.notes, &remember));
	assert_true(spool_put(s.shared.notes, &kind));
	stage_put_rules(&s, 7);
	assert_true(spool_put(s.shared.floods, &flood));
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT sum(attempts) FROM attempt"), 2);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM attempt WHERE verdict > 3 OR reason > 9"), 0);
	assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 3); /* counted, and in a gap */
	assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'rules'"), 7);
	assert_int_equal(stage_ask(&s, "SELECT sum(missing) FROM gap"), 1);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), 2); /* that of both notes is one */
	assert_int_equal(spool_tail(s.shared.gates[0].events), 3);
	assert_int_equal(spool_tail(s.shared.notes), 4);
	assert_int_equal(spool_tail(s.shared.floods), 1);
	stage_strike(&s);
}

/* The head and the losses of a spool, as spool.c has them in the memory of the writer. */
struct numbers {
	_Atomic uint64_t head, lost;
};

/* The mapping of a spool of events begins with its head, and so it is found. */
static struct numbers *
numbers_of(const struct spool *s)
{
	struct numbers *found = NULL;
	unsigned long from;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t head = spool_head(s);

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps) != NULL)
		if (strstr(line, "rw-s") != NULL && strstr(line, "nfqd spool") != NULL &&
		    sscanf(line, "%lx", &from) == 1 && ((struct numbers *)from)->head == head) {
			assert_null(found);
			found = (struct numbers *)from;
		}
	fclose(maps);
	assert_non_null(found);
	return found;
}

/* A gate that was taken over sets its spool's head and losses: the log has a gap, and goes on with what follows. */
static void
impossible_numbers_of_a_gate_are_a_gap(void **state)
{
	static const uint64_t wild[] = {UINT64_C(1) << 60, 3, UINT64_MAX, UINT64_C(1) << 63};
	struct numbers *of_gate;
	struct stage s;

	(void)state;
	stage_set(&s);
	stage_put_start(&s, s.shared.run, 0, 7);
	stage_put_rules(&s, 7);
	for (uint32_t i = 0; i < 200; i++)
		stage_put_event(&s, 0, i, when_now(), 1);
	of_gate = numbers_of(s.shared.gates[0].events);
	stage_record(&s);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		of_gate->head = wild[i];
		stage_record(&s);
		stage_put_event(&s, 0, 1000 + (uint32_t)i, when_now(), 1);
		stage_put_event(&s, 1, 2000 + (uint32_t)i, when_now(), 1);
		stage_record(&s);
		assert_int_equal(stage_ask(&s, "SELECT sum(attempts) FROM attempt"), 202 + 2 * i);
		assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 202 + 2 * i);
		assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), i + 1);
	}
	of_gate->lost = UINT64_MAX / 2 + 7;
	stage_record(&s);
	assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 208);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), 5);
	assert_int_equal(stage_ask(&s, "SELECT count(*) FROM gap WHERE missing IS NOT NULL"), 0);
	stage_strike(&s);
}

/* So does a recorder that was taken over, with what it has taken: its successor finds the way back in every spool. */
static void
impossible_numbers_of_a_recorder_are_a_gap(void **state)
{
	static const uint64_t wild[] = {UINT64_C(1) << 62, UINT64_MAX - 5};
	struct spool *spools[3];
	struct stage s;

	(void)state;
	stage_set(&s);
	spools[0] = s.shared.gates[0].events;
	spools[1] = s.shared.notes;
	spools[2] = s.shared.floods;
	stage_put_start(&s, s.shared.run, 0, 7);
	stage_put_event(&s, 0, 1, when_now(), 1);
	stage_record(&s);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		for (size_t n = 0; n < 3; n++)
			spool_take(spools[n], wild[i]);
		stage_record(&s);
		for (size_t n = 0; n < 3; n++)
			assert_int_equal(spool_tail(spools[n]), spool_head(spools[n]));
		stage_put_event(&s, 0, 2 + (uint32_t)i, when_now(), 1);
		stage_put_rules(&s, 8 + (int64_t)i);
		stage_record(&s);
		assert_int_equal(stage_ask(&s, "SELECT sum(attempts) FROM attempt"), 2 + i);
		assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 2 + i);
		assert_int_equal(stage_ask(&s, "SELECT value FROM meta WHERE key = 'rules'"), 8 + i);
		assert_true(stage_ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL") > 0);
	}
	stage_strike(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(damaged_spools_cost_only_the_damaged_records),
	        cmocka_unit_test(impossible_numbers_of_a_gate_are_a_gap),
	        cmocka_unit_test(impossible_numbers_of_a_recorder_are_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
