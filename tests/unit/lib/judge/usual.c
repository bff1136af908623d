/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_usual: listed hosts against their own past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/common/lives.h"
#include "lib/judge/usual.h"

#define DAY_0 19000 /* since the epoch */

static struct judge_usual usual;

static int
setup(void **state)
{
	(void)state;
	usual = (struct judge_usual){0};
	return 0;
}

/* So many openings to network `to`; it does not matter where else these lead. */
static void
open_to(struct judge_usual *u, int64_t minute, uint32_t to, uint64_t openings)
{
	struct addr a = life_address(to, 1, false);
	struct prefix p = {a, 24};

	judge_usual_row(u, minute, openings, &p);
}

/* An hour, a minute at a time. Returns how often unusual hours began. */
static int
live_hour(struct judge_usual *u, uint32_t day, uint32_t hour, uint32_t openings, uint32_t networks)
{
	int64_t minute = (day * INT64_C(24) + hour) * 60;
	int begun = 0;
	uint32_t done = 0;

	for (uint32_t n = 0; n < 60; n++) {
		for (uint32_t k = openings * n / 60; k < openings * (n + 1) / 60; k++)
			open_to(u, minute + n, done++ % networks, 1);
		begun += judge_usual_look(u);
	}
	return begun;
}

/* By day 100 to 300 openings to up to 60 networks, less at night; at the weekend next to nothing. */
static int
live_day(struct judge_usual *u, uint32_t day, uint64_t *random)
{
	int begun = 0;

	for (uint32_t hour = 0; hour < 24; hour++) {
		uint32_t most = day % 7 < 2 ? 5 : hour < 7 ? 20 : 200;
		uint32_t openings = most / 2 + (uint32_t)(life_random(random) % most);

		if (hour == 4 && day % 7 < 2)
			continue;
		begun += live_hour(u, day, hour, openings, 1 + openings / 5);
	}
	return begun;
}

/* An hour with one row per network. True if unusual hours begin. */
static bool
hour_at(uint32_t day, uint32_t hour, uint32_t openings, uint32_t networks)
{
	for (uint32_t n = 0; n < networks; n++)
		open_to(&usual, (day * INT64_C(24) + hour) * 60, n, n > 0 ? 1 : openings - networks + 1);
	return judge_usual_look(&usual);
}

/* Enough to judge it by: eight hours a day, of ten openings to a network. */
static void
quiet_days(uint32_t first, uint32_t last)
{
	for (uint32_t day = first; day <= last; day++)
		for (uint32_t hour = 8; hour < 16; hour++)
			assert_false(hour_at(DAY_0 + day, hour, 10, 1));
}

/* By now. */
static struct judge_level
level_on(uint32_t day)
{
	open_to(&usual, (DAY_0 + day) * INT64_C(1440), 0, 1);
	return judge_usual_level(&usual);
}

/* Of two bursts the smaller is usual, in openings and in networks, for as long as both are remembered, and only once
 * the later one is over; of three the middle one, in whatever order they came. */
static void
what_came_twice_is_usual(void **state)
{
	static const uint32_t order[][3] = {{5000, 3000, 4000}, {3000, 4000, 5000}, {4000, 5000, 3000}};

	(void)state;
	quiet_days(0, 30);
	assert_true(hour_at(DAY_0 + 40, 9, 5000, 40));
	assert_int_equal(level_on(46).most_openings, 10);
	quiet_days(47, 55);
	assert_true(hour_at(DAY_0 + 60, 9, 3000, 400));
	assert_int_equal(level_on(65).most_openings, 10);
	assert_int_equal(level_on(66).most_openings, 3000);
	assert_in_range(level_on(66).most_networks, 35, 45);
	assert_int_equal(level_on(66).limit_openings, 12000);
	assert_int_equal(level_on(140).most_openings, 3000);
	assert_in_range(level_on(140).most_networks, 35, 45);
	assert_true(level_on(141).most_openings < 3000);
	assert_true(level_on(141).most_networks < 35);
	for (size_t i = 0; i < 3; i++) {
		setup(NULL);
		quiet_days(0, 30);
		for (uint32_t n = 0; n < 3; n++)
			usual.bursts[n] = (struct judge_usual_burst){.first = DAY_0 + 31 + n * 7,
			                                             .last = DAY_0 + 31 + n * 7,
			                                             .openings = order[i][n],
			                                             .networks = order[i][n] / 10};
		usual.burst_count = 3;
		assert_int_equal(level_on(60).most_openings, 4000);
		assert_int_equal(level_on(60).most_networks, 400);
	}
}

/* A burst ends after five quiet days; its highest hour counts. */
static void
a_burst_and_the_next(void **state)
{
	(void)state;
	quiet_days(0, 30);
	assert_true(hour_at(DAY_0 + 40, 9, 4000, 50));
	assert_false(hour_at(DAY_0 + 40, 10, 5000, 40));
	assert_true(hour_at(DAY_0 + 45, 9, 3000, 40));
	open_to(&usual, (DAY_0 + 45) * INT64_C(1440) + 600, 0, 1);
	assert_int_equal(usual.burst_count, 1);
	assert_int_equal(usual.bursts[0].first, DAY_0 + 40);
	assert_int_equal(usual.bursts[0].last, DAY_0 + 45);
	assert_int_equal(usual.bursts[0].openings, 5000);
	assert_in_range(usual.bursts[0].networks, 45, 55);
	assert_true(hour_at(DAY_0 + 51, 9, 2000, 1));
	open_to(&usual, (DAY_0 + 51) * INT64_C(1440) + 600, 0, 1);
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
	quiet_days(0, 40);
	assert_true(hour_at(DAY_0 + 40, 18, 5000, 1));
	for (uint32_t hour = 19; hour < 24; hour++)
		assert_false(hour_at(DAY_0 + 40, hour, 40, 5));
	open_to(&usual, (DAY_0 + 41) * INT64_C(1440), 0, 7);
	last = &usual.days[usual.day_count - 1];
	assert_int_equal(last->day, DAY_0 + 38);
	assert_int_equal(last->most_openings, 10);
	open_to(&usual, (DAY_0 + 41) * INT64_C(1440) + 60, 0, 1);
	last = &usual.days[usual.day_count - 1];
	assert_int_equal(last->day, DAY_0 + 41);
	assert_int_equal(last->openings, 7);
}

/* What a day is remembered by, and what a level is made of: only hours with openings, the busiest minute, the mean
 * to the nearest. */
static void
what_a_day_tells(void **state)
{
	int64_t minute = DAY_0 * INT64_C(1440), next = minute + 1440;
	struct judge_level l;

	(void)state;
	open_to(&usual, minute, 1, 3);
	open_to(&usual, minute, 2, 2);
	open_to(&usual, minute + 1, 1, 4);
	open_to(&usual, minute + 60, 1, 0);
	judge_usual_row(&usual, minute + 61, 0, NULL);
	assert_int_equal(usual.others, 0);
	open_to(&usual, minute + 120, 1, 1);
	judge_usual_row(&usual, minute + 121, 1, NULL);
	assert_int_equal(usual.others, 1);
	open_to(&usual, next, 1, 2);
	assert_int_equal(usual.others, 0);
	open_to(&usual, next + 1440, 1, 1);
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
	setup(NULL);
	open_to(&usual, minute, 1, 8);
	open_to(&usual, next + 1440, 1, 1);
	assert_int_equal(judge_usual_level(&usual).openings, 8);
}

/* Five weeks that ended the day before yesterday: of days 0 to 4 none is of them on day 1, and on day 41. */
static void
five_weeks(void **state)
{
	struct judge_usual then;

	(void)state;
	quiet_days(0, 4);
	then = usual;
	for (uint32_t day = 5; day < 45; day++) {
		uint32_t expected = day < 7 ? day - 1 : day < 37 ? 5 : day < 42 ? 41 - day : 0;

		usual = then;
		assert_int_equal(level_on(day).days, expected);
		assert_int_equal(level_on(day).hours, 8 * expected);
	}
	setup(NULL);
	quiet_days(0, 60);
	assert_int_equal(level_on(61).days, JUDGE_USUAL_DAYS);
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
	quiet_days(0, 20);
	l = level_on(30);
	assert_int_equal(l.limit_openings, JUDGE_USUAL_OPENINGS);
	assert_int_equal(l.limit_networks, JUDGE_USUAL_NETWORKS);
	for (uint32_t n = 1; n < 60; n++) {
		bool begins;

		open_to(&usual, minute, n, 2);
		begins = judge_usual_look(&usual);
		if (begins != (distinct_count(&usual.networks) > JUDGE_USUAL_NETWORKS))
			fail_msg("with %u networks unusual hours %s", (unsigned)distinct_count(&usual.networks),
			         begins ? "begin" : "do not begin");
		if (begins)
			break;
	}
	assert_int_equal(usual.unusual.hours, 1);
	setup(NULL);
	for (uint32_t day = 0; day < 30; day++)
		assert_false(hour_at(DAY_0 + day, 8, UINT32_MAX / 4 + 1, 1));
	l = level_on(33);
	assert_int_equal(l.limit_openings, UINT32_MAX);
	assert_int_equal(l.openings, UINT32_MAX / 4 + 1);
}

/* Unusual hours belong together until a day without any; the highest hour is reported. */
static void
one_story_or_two(void **state)
{
	static const struct judge_unusual none;

	(void)state;
	quiet_days(0, 30);
	assert_true(hour_at(DAY_0 + 40, 1, 5000, 1));
	assert_false(hour_at(DAY_0 + 40, 2, 4000, 7));
	assert_int_equal(usual.unusual.hours, 2);
	assert_int_equal(usual.unusual.hour, (DAY_0 + 40) * 24 + 1);
	assert_int_equal(usual.unusual.openings, 5000);
	assert_int_equal(usual.unusual.networks, 1);
	assert_false(hour_at(DAY_0 + 41, 2, 6000, 3));
	assert_int_equal(usual.unusual.hours, 3);
	assert_int_equal(usual.unusual.since, (DAY_0 + 40) * 24 + 1);
	assert_int_equal(usual.unusual.hour, (DAY_0 + 41) * 24 + 2);
	assert_int_equal(usual.unusual.networks, 3);
	assert_false(judge_usual_look(&usual)); /* the same hour again */
	assert_int_equal(usual.unusual.hours, 3);
	assert_true(hour_at(DAY_0 + 42, 3, 4000, 1));
	assert_int_equal(usual.unusual.hours, 1);
	assert_int_equal(usual.unusual.since, (DAY_0 + 42) * 24 + 3);
	assert_int_equal(usual.unusual.openings, 4000);
	/* The clock was wrong at that time. */
	usual.unusual.until += 2;
	open_to(&usual, (DAY_0 + 42) * INT64_C(1440) + 240, 1, 5000);
	assert_true(judge_usual_look(&usual));
	assert_int_equal(usual.unusual.hours, 1);
	usual.unusual = none;
	open_to(&usual, (DAY_0 + 42) * INT64_C(1440) + 300, 1, 5);
	assert_false(judge_usual_look(&usual));
	assert_memory_equal(&usual.unusual, &none, sizeof none);
}

/* Late by a day is late; by an hour more, the clock was wrong. Each minute has openings of its own. */
static void
late_rows(void **state)
{
	int64_t minute = (DAY_0 + 10) * INT64_C(1440);

	(void)state;
	quiet_days(0, 9);
	open_to(&usual, minute, 1, 5);
	open_to(&usual, minute - 24 * 60, 1, 7);
	assert_int_equal(usual.openings, 12);
	assert_int_equal(usual.most_minute, 7);
	assert_int_equal(usual.hour, minute / 60);
	open_to(&usual, minute - 24 * 60 - 1, 1, 5);
	assert_int_equal(usual.openings, 5);
	assert_int_equal(usual.hour, minute / 60 - 25);
	assert_int_equal(usual.day_count, 0);
	open_to(&usual, 0, 1, 5);
	assert_int_equal(usual.hour, 1);
	open_to(&usual, 61, 1, 5);
	assert_int_equal(usual.openings, 10);
	assert_int_equal(usual.most_minute, 5);
}

static void
steady_for_months(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t random = seed;

		setup(NULL);
		for (uint32_t day = 0; day < 120; day++)
			assert_int_equal(live_day(&usual, DAY_0 + day, &random), 0);
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
		live_day(&usual, DAY_0 + day, &random);
	open_to(&usual, minute - 1, 0, 1);
	before = judge_usual_level(&usual);
	assert_in_range(before.most_openings, 250, 299);
	assert_in_range(before.most_networks, 45, 70);
	assert_in_range(before.openings, 60, 160);
	assert_int_equal(before.limit_openings, 4 * before.most_openings);
	limit = before.limit_openings;
	for (uint32_t n = 0; n < 60; n++) {
		for (uint32_t k = 0; k < 100; k++)
			open_to(&usual, minute + n, k % 10, 1);
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
			assert_int_equal(live_hour(&usual, DAY_0 + day, hour, 200, 2), 0);
	assert_int_equal(live_hour(&usual, DAY_0 + 10, 8, 200, 20), 0);
	assert_int_equal(live_hour(&usual, DAY_0 + 10, 9, 200, 100), 1);
	assert_in_range(usual.unusual.networks, 85, 115);
}

/* No verdict at 100 openings, with fewer than three days and 24 hours, or from yesterday's data. */
static void
short_histories(void **state)
{
	(void)state;
	assert_int_equal(live_hour(&usual, DAY_0, 8, 50000, 500), 0);
	setup(NULL);
	for (uint32_t day = 0; day < 4; day++)
		for (uint32_t hour = 0; hour < 24; hour++)
			assert_int_equal(live_hour(&usual, DAY_0 + day, hour, 2, 1), 0);
	assert_false(judge_usual_level(&usual).enough);
	assert_int_equal(live_hour(&usual, DAY_0 + 4, 0, 100, 28), 0);
	assert_true(judge_usual_level(&usual).enough);
	assert_int_equal(judge_usual_level(&usual).days, 3);
	assert_int_equal(live_hour(&usual, DAY_0 + 4, 1, 101, 1), 1);
	setup(NULL);
	for (uint32_t day = 0; day < 24; day++)
		assert_int_equal(live_hour(&usual, DAY_0 + day, 8, 2, 1), 0);
	assert_int_equal(live_hour(&usual, DAY_0 + 24, 8, 1000, 500), 0); /* 23 hours */
	setup(NULL);
	for (uint32_t day = 0; day < 25; day++)
		assert_int_equal(live_hour(&usual, DAY_0 + day, 8, 2, 1), 0);
	assert_int_equal(live_hour(&usual, DAY_0 + 25, 8, 1000, 500), 1);
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

		setup(NULL);
		for (uint32_t day = 0; day < 270; day++) {
			live_day(&usual, DAY_0 + day, &random);
			if (day >= 30 && day % every[i] == 2) {
				int begun = live_hour(&usual, DAY_0 + day + 1, 0,
				                      9000 + (uint32_t)(life_random(&random) % 2000), 300);

				told += begun;
				assert_true(begun == 0 || told <= 2);
			}
		}
		assert_int_equal(told, 2);
		assert_int_equal(live_hour(&usual, DAY_0 + 271, 8, 60000, 300), 1);
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
		live_day(&usual, DAY_0 + day, &random);
	for (uint32_t hour = 0; hour < 6 && begun == 0; hour++, openings *= 2)
		begun = live_hour(&usual, DAY_0 + 40, hour, openings, 50);
	assert_int_equal(begun, 1);
	assert_in_range(openings, 1200, 4800);
	for (uint32_t day = 41; day < 120 && days == day - 41; day++) {
		uint32_t hours = usual.unusual.hours;

		for (uint32_t hour = 0; hour < 24; hour++)
			live_hour(&usual, DAY_0 + day, hour, 6000, 50);
		days += usual.unusual.hours == hours + 24;
	}
	/* ... until nothing of the past before it is left: then it is usual. */
	assert_in_range(days, 25, 35);
}

/* A clock that was wrong: a little late counts, far too late begins anew. */
static void
clocks(void **state)
{
	uint64_t random = 4;

	(void)state;
	for (uint32_t day = 0; day < 40; day++)
		live_day(&usual, DAY_0 + day, &random);
	open_to(&usual, (DAY_0 + 41) * INT64_C(1440), 1, 5);
	open_to(&usual, (DAY_0 + 41) * INT64_C(1440) - 60, 1, 5);
	assert_int_equal(usual.openings, 10);
	assert_true(judge_usual_level(&usual).enough);
	open_to(&usual, (DAY_0 + 39) * INT64_C(1440), 1, 5);
	assert_int_equal(usual.openings, 5);
	assert_int_equal(judge_usual_level(&usual).days, 0);
	open_to(&usual, INT64_MIN, 1, 5);
	open_to(&usual, INT64_MAX, 1, UINT64_MAX);
	open_to(&usual, INT64_MAX, 1, UINT64_MAX);
	judge_usual_look(&usual);
	assert_int_equal(usual.openings, UINT32_MAX);
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
			live_hour(&usual, DAY_0 + day, hour, 10, 2);
		if (day < 20 || day % 7 != 0)
			continue;
		open_to(&usual, (DAY_0 + day) * INT64_C(1440) + 600, 1, openings *= 3);
		assert_true(judge_usual_look(&usual));
		assert_true(judge_usual_unpack(&usual, bytes, judge_usual_pack(&usual, bytes)));
	}
	assert_int_equal(usual.burst_count, JUDGE_USUAL_BURSTS);
	assert_int_equal(usual.bursts[7].openings, openings);
	assert_int_equal(usual.bursts[7].first, DAY_0 + 105);
	assert_int_equal(usual.bursts[0].first, DAY_0 + 105 - 7 * 7);
}

/* Packed at any moment, the result is the same; equal states give equal bytes. */
static void
goes_on_where_it_was(void **state)
{
	uint8_t bytes[JUDGE_USUAL_PACKED], again[JUDGE_USUAL_PACKED];
	struct judge_usual other = {0};
	uint64_t random = 6;
	size_t most = 0;

	(void)state;
	for (uint32_t day = 0; day < 100; day++) {
		size_t size;

		for (uint32_t hour = 0; hour < 24; hour++) {
			uint32_t openings =
			        day % 9 == 8 && hour == 3 ? 5000 * day : 1 + (uint32_t)(life_random(&random) % 100);
			int a = live_hour(&usual, DAY_0 + day, hour, openings, 40);

			assert_int_equal(live_hour(&other, DAY_0 + day, hour, openings, 40), a);
			size = judge_usual_pack(&other, bytes);
			assert_true(judge_usual_unpack(&other, bytes, size));
			assert_int_equal(judge_usual_pack(&usual, again), size);
			assert_memory_equal(bytes, again, size);
			most = size > most ? size : most;
		}
	}
	assert_int_equal(usual.burst_count, 2);
	assert_in_range(most, 900, JUDGE_USUAL_PACKED);
	for (size_t size = 0; size < most; size += 7)
		assert_false(judge_usual_unpack(&other, bytes, size));
}

/* Damaged bytes are refused, or usable. */
static void
damaged_bytes(void **state)
{
	uint8_t good[JUDGE_USUAL_PACKED], bytes[JUDGE_USUAL_PACKED];
	uint64_t random = 8;
	int taken = 0, refused = 0;
	size_t size;

	(void)state;
	for (uint32_t day = 0; day < 50; day++)
		live_hour(&usual, DAY_0 + day, day % 24, day == 45 ? 20000 : 9, 5);
	size = judge_usual_pack(&usual, good);
	for (int n = 0; n < 20000; n++) {
		memcpy(bytes, good, size);
		for (size_t i = 0; i <= life_random(&random) % 3; i++)
			bytes[life_random(&random) % size] = (uint8_t)life_random(&random);
		if (!judge_usual_unpack(&usual, bytes, size)) {
			refused++;
			continue;
		}
		taken++;
		open_to(&usual, (int64_t)(life_random(&random) % 4000000000), 1, 500);
		judge_usual_look(&usual);
		assert_in_range(judge_usual_pack(&usual, bytes), 150, JUDGE_USUAL_PACKED);
	}
	assert_in_range(taken, 1000, 19000);
	assert_in_range(refused, 1000, 19000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(what_came_twice_is_usual, setup),
	        cmocka_unit_test_setup(a_burst_and_the_next, setup),
	        cmocka_unit_test_setup(days_that_are_no_example, setup),
	        cmocka_unit_test_setup(what_a_day_tells, setup),
	        cmocka_unit_test_setup(five_weeks, setup),
	        cmocka_unit_test_setup(at_the_limits, setup),
	        cmocka_unit_test_setup(one_story_or_two, setup),
	        cmocka_unit_test_setup(late_rows, setup),
	        cmocka_unit_test_setup(steady_for_months, setup),
	        cmocka_unit_test_setup(goes_mad, setup),
	        cmocka_unit_test_setup(fans_out, setup),
	        cmocka_unit_test_setup(short_histories, setup),
	        cmocka_unit_test_setup(newsletters, setup),
	        cmocka_unit_test_setup(no_way_around, setup),
	        cmocka_unit_test_setup(clocks, setup),
	        cmocka_unit_test_setup(many_bursts, setup),
	        cmocka_unit_test_setup(goes_on_where_it_was, setup),
	        cmocka_unit_test_setup(damaged_bytes, setup),
	};

	return cmocka_run_group_tests_name("judge_usual", tests, NULL, NULL);
}
