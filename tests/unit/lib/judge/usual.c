/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_usual: listed hosts against their own past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/usual_days.h"
#include "lib/judge/usual.h"

/* The numbers kept of a day, and the parts of a level: only hours with openings, the busiest minute, the mean to the
 * nearest. */
static void
hours_with_openings_make_a_day(void **state)
{
	int64_t minute = DAY_0 * INT64_C(1440), next = minute + 1440;
	struct judge_level l;

	(void)state;
	usual_open(&usual, minute, 1, 3);
	usual_open(&usual, minute, 2, 2);
	usual_open(&usual, minute + 1, 1, 4);
	usual_open(&usual, minute + 60, 1, 0);
	judge_usual_row(&usual, minute + 61, 0, NULL);
	assert_int_equal(usual.others, 0);
	usual_open(&usual, minute + 120, 1, 1);
	judge_usual_row(&usual, minute + 121, 1, NULL);
	assert_int_equal(usual.others, 1);
	usual_open(&usual, next, 1, 2);
	assert_int_equal(usual.others, 0);
	usual_open(&usual, next + 1440, 1, 1);
	l = judge_usual_level(&usual);
	assert_int_equal(l.days, 1);
	assert_int_equal(l.hours, 2);
	assert_int_equal(l.openings, 6); /* 9 and 2 */
	assert_int_equal(l.networks, 2); /* 2 and 1 */
	assert_int_equal(l.most_openings, 9);
	assert_int_equal(l.most_networks, 2);
	assert_int_equal(l.most_minute, 5);
	assert_int_equal(usual.day_count, 2);
	assert_int_equal(usual.days[0].openings, 11);
	assert_int_equal(usual.days[0].networks, 3);
	assert_int_equal(usual.days[1].networks, 1);
	usual_setup(NULL);
	usual_open(&usual, minute, 1, 8);
	usual_open(&usual, next + 1440, 1, 1);
	assert_int_equal(judge_usual_level(&usual).openings, 8);
}

/* Five weeks that ended the day before yesterday: of days 0 to 4 none is of them on day 1, and on day 41. */
static void
five_weeks(void **state)
{
	struct judge_usual then;

	(void)state;
	usual_quiet_days(0, 4);
	then = usual;
	for (uint32_t day = 5; day < 45; day++) {
		uint32_t expected = day < 7 ? day - 1 : day < 37 ? 5 : day < 42 ? 41 - day : 0;

		usual = then;
		assert_int_equal(usual_level_on(day).days, expected);
		assert_int_equal(usual_level_on(day).hours, 8 * expected);
	}
	usual_setup(NULL);
	usual_quiet_days(0, 60);
	assert_int_equal(usual_level_on(61).days, JUDGE_USUAL_DAYS);
	assert_int_equal(usual.day_count, JUDGE_USUAL_DAYS + 2);
	assert_int_equal(usual.days[0].day, DAY_0 + 61 - 1 - JUDGE_USUAL_DAYS - 1);
}

/* One network more than the limit, and one opening. */
static void
at_the_limits(void **state)
{
	int64_t minute = (DAY_0 + 30) * INT64_C(1440);
	struct judge_level l;

	(void)state;
	usual_quiet_days(0, 20);
	l = usual_level_on(30);
	assert_int_equal(l.limit_openings, JUDGE_USUAL_OPENINGS);
	assert_int_equal(l.limit_networks, JUDGE_USUAL_NETWORKS);
	for (uint32_t n = 1; n < 60; n++) {
		bool begins;

		usual_open(&usual, minute, n, 2);
		begins = judge_usual_look(&usual);
		if (begins != (distinct_count(&usual.networks) > JUDGE_USUAL_NETWORKS))
			fail_msg("with %u networks unusual hours %s", (unsigned)distinct_count(&usual.networks),
			         begins ? "begin" : "do not begin");
		if (begins)
			break;
	}
	assert_int_equal(usual.unusual.hours, 1);
	usual_setup(NULL);
	for (uint32_t day = 0; day < 30; day++)
		assert_false(usual_hour(DAY_0 + day, 8, UINT32_MAX / 4 + 1, 1));
	l = usual_level_on(33);
	assert_int_equal(l.limit_openings, UINT32_MAX);
	assert_int_equal(l.openings, UINT32_MAX / 4 + 1);
}

/* Unusual hours belong together until a day without any; the highest hour is reported. */
static void
one_story_or_two(void **state)
{
	static const struct judge_unusual none;

	(void)state;
	usual_quiet_days(0, 30);
	assert_true(usual_hour(DAY_0 + 40, 1, 5000, 1));
	assert_false(usual_hour(DAY_0 + 40, 2, 4000, 7));
	assert_int_equal(usual.unusual.hours, 2);
	assert_int_equal(usual.unusual.hour, (DAY_0 + 40) * 24 + 1);
	assert_int_equal(usual.unusual.openings, 5000);
	assert_int_equal(usual.unusual.networks, 1);
	assert_false(usual_hour(DAY_0 + 41, 2, 6000, 3));
	assert_int_equal(usual.unusual.hours, 3);
	assert_int_equal(usual.unusual.since, (DAY_0 + 40) * 24 + 1);
	assert_int_equal(usual.unusual.hour, (DAY_0 + 41) * 24 + 2);
	assert_int_equal(usual.unusual.networks, 3);
	assert_false(judge_usual_look(&usual)); /* the same hour again */
	assert_int_equal(usual.unusual.hours, 3);
	assert_true(usual_hour(DAY_0 + 42, 3, 4000, 1));
	assert_int_equal(usual.unusual.hours, 1);
	assert_int_equal(usual.unusual.since, (DAY_0 + 42) * 24 + 3);
	assert_int_equal(usual.unusual.openings, 4000);
	/* The clock was wrong at that time. */
	usual.unusual.until += 2;
	usual_open(&usual, (DAY_0 + 42) * INT64_C(1440) + 240, 1, 5000);
	assert_true(judge_usual_look(&usual));
	assert_int_equal(usual.unusual.hours, 1);
	usual.unusual = none;
	usual_open(&usual, (DAY_0 + 42) * INT64_C(1440) + 300, 1, 5);
	assert_false(judge_usual_look(&usual));
	assert_memory_equal(&usual.unusual, &none, sizeof none);
}

/* Late by a day is late; by an hour more, the clock was wrong. Each minute has openings of its own. */
static void
late_rows(void **state)
{
	int64_t minute = (DAY_0 + 10) * INT64_C(1440);

	(void)state;
	usual_quiet_days(0, 9);
	usual_open(&usual, minute, 1, 5);
	usual_open(&usual, minute - 24 * 60, 1, 7);
	assert_int_equal(usual.openings, 12);
	assert_int_equal(usual.most_minute, 7);
	assert_int_equal(usual.hour, minute / 60);
	usual_open(&usual, minute - 24 * 60 - 1, 1, 5);
	assert_int_equal(usual.openings, 5);
	assert_int_equal(usual.hour, minute / 60 - 25);
	assert_int_equal(usual.day_count, 0);
	usual_open(&usual, 0, 1, 5);
	assert_int_equal(usual.hour, 1);
	usual_open(&usual, 61, 1, 5);
	assert_int_equal(usual.openings, 10);
	assert_int_equal(usual.most_minute, 5);
}

static void
steady_for_months(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t random = seed;

		usual_setup(NULL);
		for (uint32_t day = 0; day < 120; day++)
			assert_int_equal(usual_live_day(&usual, DAY_0 + day, &random), 0);
		assert_true(judge_usual_level(&usual).enough);
		assert_int_equal(judge_usual_level(&usual).days, JUDGE_USUAL_DAYS);
		assert_int_equal(usual.unusual.hours, 0);
	}
}

/* Unusual on day 40: reported in the minute in which it passes its limit, with the numbers of its past. */
static void
goes_mad(void **state)
{
	uint64_t random = 5;
	struct judge_level before;
	int64_t minute = (DAY_0 + 40) * INT64_C(1440) + 180;
	uint32_t limit, opened = 0;

	(void)state;
	for (uint32_t day = 0; day < 40; day++)
		usual_live_day(&usual, DAY_0 + day, &random);
	usual_open(&usual, minute - 1, 0, 1);
	before = judge_usual_level(&usual);
	assert_in_range(before.most_openings, 250, 299);
	assert_in_range(before.most_networks, 45, 70);
	assert_in_range(before.openings, 60, 160);
	assert_int_equal(before.limit_openings, 4 * before.most_openings);
	limit = before.limit_openings;
	for (uint32_t n = 0; n < 60; n++) {
		for (uint32_t k = 0; k < 100; k++)
			usual_open(&usual, minute + n, k % 10, 1);
		opened += 100;
		assert_int_equal(judge_usual_look(&usual), opened > limit && opened <= limit + 100);
	}
	assert_int_equal(usual.unusual.hours, 1);
	assert_int_equal(usual.unusual.hour, minute / 60);
	assert_int_equal(usual.unusual.openings, 6000);
	assert_int_equal(usual.unusual.networks, 10);
	assert_memory_equal(&usual.unusual.level, &before, sizeof before);
	assert_int_equal(usual.unusual.others, 0);
	/* ... and continues, in part to destinations without rows of their own. */
	for (uint32_t n = 60; n < 180; n++) {
		judge_usual_row(&usual, minute + n, 150, NULL);
		assert_false(judge_usual_look(&usual));
	}
	assert_int_equal(usual.unusual.hours, 3);
	assert_int_equal(usual.unusual.since, minute / 60);
	assert_int_equal(usual.unusual.until, minute / 60 + 2);
	assert_int_equal(usual.unusual.openings, 9000);
	assert_int_equal(usual.unusual.others, 1);
}

/* No more openings than usual, but to everybody. */
static void
fans_out(void **state)
{
	(void)state;
	for (uint32_t day = 0; day < 10; day++)
		for (uint32_t hour = 8; hour < 18; hour++)
			assert_int_equal(usual_live_hour(&usual, DAY_0 + day, hour, 200, 2), 0);
	assert_int_equal(usual_live_hour(&usual, DAY_0 + 10, 8, 200, 20), 0);
	assert_int_equal(usual_live_hour(&usual, DAY_0 + 10, 9, 200, 100), 1);
	assert_in_range(usual.unusual.networks, 85, 115);
}

/* No verdict at 100 openings, with fewer than three days and 24 hours, or from yesterday's data. */
static void
short_histories(void **state)
{
	(void)state;
	assert_int_equal(usual_live_hour(&usual, DAY_0, 8, 50000, 500), 0);
	usual_setup(NULL);
	for (uint32_t day = 0; day < 4; day++)
		for (uint32_t hour = 0; hour < 24; hour++)
			assert_int_equal(usual_live_hour(&usual, DAY_0 + day, hour, 2, 1), 0);
	assert_false(judge_usual_level(&usual).enough);
	assert_int_equal(usual_live_hour(&usual, DAY_0 + 4, 0, 100, 28), 0);
	assert_true(judge_usual_level(&usual).enough);
	assert_int_equal(judge_usual_level(&usual).days, 3);
	assert_int_equal(usual_live_hour(&usual, DAY_0 + 4, 1, 101, 1), 1);
	usual_setup(NULL);
	for (uint32_t day = 0; day < 24; day++)
		assert_int_equal(usual_live_hour(&usual, DAY_0 + day, 8, 2, 1), 0);
	assert_int_equal(usual_live_hour(&usual, DAY_0 + 24, 8, 1000, 500), 0); /* 23 hours */
	usual_setup(NULL);
	for (uint32_t day = 0; day < 25; day++)
		assert_int_equal(usual_live_hour(&usual, DAY_0 + day, 8, 2, 1), 0);
	assert_int_equal(usual_live_hour(&usual, DAY_0 + 25, 8, 1000, 500), 1);
}

/* A clock that was wrong: a little late counts, far too late begins anew. */
static void
clocks(void **state)
{
	uint64_t random = 4;

	(void)state;
	for (uint32_t day = 0; day < 40; day++)
		usual_live_day(&usual, DAY_0 + day, &random);
	usual_open(&usual, (DAY_0 + 41) * INT64_C(1440), 1, 5);
	usual_open(&usual, (DAY_0 + 41) * INT64_C(1440) - 60, 1, 5);
	assert_int_equal(usual.openings, 10);
	assert_true(judge_usual_level(&usual).enough);
	usual_open(&usual, (DAY_0 + 39) * INT64_C(1440), 1, 5);
	assert_int_equal(usual.openings, 5);
	assert_int_equal(judge_usual_level(&usual).days, 0);
	usual_open(&usual, INT64_MIN, 1, 5);
	usual_open(&usual, INT64_MAX, 1, UINT64_MAX);
	usual_open(&usual, INT64_MAX, 1, UINT64_MAX);
	judge_usual_look(&usual);
	assert_int_equal(usual.openings, UINT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(hours_with_openings_make_a_day, usual_setup),
	        cmocka_unit_test_setup(five_weeks, usual_setup),
	        cmocka_unit_test_setup(at_the_limits, usual_setup),
	        cmocka_unit_test_setup(one_story_or_two, usual_setup),
	        cmocka_unit_test_setup(late_rows, usual_setup),
	        cmocka_unit_test_setup(steady_for_months, usual_setup),
	        cmocka_unit_test_setup(goes_mad, usual_setup),
	        cmocka_unit_test_setup(fans_out, usual_setup),
	        cmocka_unit_test_setup(short_histories, usual_setup),
	        cmocka_unit_test_setup(clocks, usual_setup),
	};

	return cmocka_run_group_tests_name("usual", tests, NULL, NULL);
}
