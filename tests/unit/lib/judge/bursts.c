/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_usual: bursts, which are usual once they have come twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/usual_days.h"
#include "tests/unit/common/lives.h"
#include "lib/judge/usual.h"

/* Of two bursts the smaller is usual, in openings and in networks, for as long as both are remembered, and only once
 * the later one is over; of three the middle one, in whatever order they came. */
static void
what_came_twice_is_usual(void **state)
{
	static const uint32_t order[][3] = {{5000, 3000, 4000}, {3000, 4000, 5000}, {4000, 5000, 3000}};

	(void)state;
	usual_quiet_days(0, 30);
	assert_true(usual_hour(DAY_0 + 40, 9, 5000, 40));
	assert_int_equal(usual_level_on(46).most_openings, 10);
	usual_quiet_days(47, 55);
	assert_true(usual_hour(DAY_0 + 60, 9, 3000, 400));
	assert_int_equal(usual_level_on(65).most_openings, 10);
	assert_int_equal(usual_level_on(66).most_openings, 3000);
	assert_in_range(usual_level_on(66).most_networks, 35, 45);
	assert_int_equal(usual_level_on(66).limit_openings, 12000);
	assert_int_equal(usual_level_on(140).most_openings, 3000);
	assert_in_range(usual_level_on(140).most_networks, 35, 45);
	assert_true(usual_level_on(141).most_openings < 3000);
	assert_true(usual_level_on(141).most_networks < 35);
	for (size_t i = 0; i < 3; i++) {
		usual_setup(NULL);
		usual_quiet_days(0, 30);
		for (uint32_t n = 0; n < 3; n++)
			usual.bursts[n] = (struct judge_usual_burst){.first = DAY_0 + 31 + n * 7,
			                                             .last = DAY_0 + 31 + n * 7,
			                                             .openings = order[i][n],
			                                             .networks = order[i][n] / 10};
		usual.burst_count = 3;
		assert_int_equal(usual_level_on(60).most_openings, 4000);
		assert_int_equal(usual_level_on(60).most_networks, 400);
	}
}

/* A burst ends after five quiet days; its highest hour counts. */
static void
a_burst_and_the_next(void **state)
{
	(void)state;
	usual_quiet_days(0, 30);
	assert_true(usual_hour(DAY_0 + 40, 9, 4000, 50));
	assert_false(usual_hour(DAY_0 + 40, 10, 5000, 40));
	assert_true(usual_hour(DAY_0 + 45, 9, 3000, 40));
	usual_open(&usual, (DAY_0 + 45) * INT64_C(1440) + 600, 0, 1);
	assert_int_equal(usual.burst_count, 1);
	assert_int_equal(usual.bursts[0].first, DAY_0 + 40);
	assert_int_equal(usual.bursts[0].last, DAY_0 + 45);
	assert_int_equal(usual.bursts[0].openings, 5000);
	assert_in_range(usual.bursts[0].networks, 45, 55);
	assert_true(usual_hour(DAY_0 + 51, 9, 2000, 1));
	usual_open(&usual, (DAY_0 + 51) * INT64_C(1440) + 600, 0, 1);
	assert_int_equal(usual.burst_count, 2);
	assert_int_equal(usual.bursts[1].first, DAY_0 + 51);
	assert_int_equal(usual.bursts[1].openings, 2000);
}

/* A day with an unusual hour is no example, whatever else it has, nor is the one before it. */
static void
days_that_are_no_example(void **state)
{
	const struct judge_usual_day *last;

	(void)state;
	usual_quiet_days(0, 40);
	assert_true(usual_hour(DAY_0 + 40, 18, 5000, 1));
	for (uint32_t hour = 19; hour < 24; hour++)
		assert_false(usual_hour(DAY_0 + 40, hour, 40, 5));
	usual_open(&usual, (DAY_0 + 41) * INT64_C(1440), 0, 7);
	last = &usual.days[usual.day_count - 1];
	assert_int_equal(last->day, DAY_0 + 38);
	assert_int_equal(last->most_openings, 10);
	usual_open(&usual, (DAY_0 + 41) * INT64_C(1440) + 60, 0, 1);
	last = &usual.days[usual.day_count - 1];
	assert_int_equal(last->day, DAY_0 + 41);
	assert_int_equal(last->openings, 7);
}

/* A weekly and a monthly newsletter are reported twice and never again; a larger one is reported. */
static void
newsletters(void **state)
{
	static const uint32_t every[] = {7, 30};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint64_t random = 9;
		int told = 0;

		usual_setup(NULL);
		for (uint32_t day = 0; day < 270; day++) {
			usual_live_day(&usual, DAY_0 + day, &random);
			if (day >= 30 && day % every[i] == 2) {
				int begun = usual_live_hour(&usual, DAY_0 + day + 1, 0,
				                            9000 + (uint32_t)(life_random(&random) % 2000), 300);

				told += begun;
				assert_true(begun == 0 || told <= 2);
			}
		}
		assert_int_equal(told, 2);
		assert_int_equal(usual_live_hour(&usual, DAY_0 + 271, 8, 60000, 300), 1);
	}
}

/* Steady growth, or weeks of unusual traffic, raise no limit: today, yesterday and unusual days do not count. */
static void
no_way_around(void **state)
{
	uint64_t random = 3;
	uint32_t openings = 300, days = 0;
	int begun = 0;

	(void)state;
	for (uint32_t day = 0; day < 40; day++)
		usual_live_day(&usual, DAY_0 + day, &random);
	for (uint32_t hour = 0; hour < 6 && begun == 0; hour++, openings *= 2)
		begun = usual_live_hour(&usual, DAY_0 + 40, hour, openings, 50);
	assert_int_equal(begun, 1);
	assert_in_range(openings, 1200, 4800);
	for (uint32_t day = 41; day < 120 && days == day - 41; day++) {
		uint32_t hours = usual.unusual.hours;

		for (uint32_t hour = 0; hour < 24; hour++)
			usual_live_hour(&usual, DAY_0 + day, hour, 6000, 50);
		days += usual.unusual.hours == hours + 24;
	}
	/* ... until nothing of the past before it is left: then it is usual. */
	assert_in_range(days, 25, 35);
}

/* Of more bursts than there is room for, the oldest goes. */
static void
many_bursts(void **state)
{
	uint64_t openings = 500;
	uint8_t bytes[JUDGE_USUAL_PACKED];

	(void)state;
	for (uint32_t day = 0; day < 110; day++) {
		for (uint32_t hour = 0; hour < 4; hour++)
			usual_live_hour(&usual, DAY_0 + day, hour, 10, 2);
		if (day < 20 || day % 7 != 0)
			continue;
		usual_open(&usual, (DAY_0 + day) * INT64_C(1440) + 600, 1, openings *= 3);
		assert_true(judge_usual_look(&usual));
		assert_true(judge_usual_unpack(&usual, bytes, judge_usual_pack(&usual, bytes)));
	}
	assert_int_equal(usual.burst_count, JUDGE_USUAL_BURSTS);
	assert_int_equal(usual.bursts[7].openings, openings);
	assert_int_equal(usual.bursts[7].first, DAY_0 + 105);
	assert_int_equal(usual.bursts[0].first, DAY_0 + 105 - 7 * 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(what_came_twice_is_usual, usual_setup),
	        cmocka_unit_test_setup(a_burst_and_the_next, usual_setup),
	        cmocka_unit_test_setup(days_that_are_no_example, usual_setup),
	        cmocka_unit_test_setup(newsletters, usual_setup),
	        cmocka_unit_test_setup(no_way_around, usual_setup),
	        cmocka_unit_test_setup(many_bursts, usual_setup),
	};

	return cmocka_run_group_tests_name("bursts", tests, NULL, NULL);
}
