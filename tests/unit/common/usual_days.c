/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/usual_days.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/lives.h"

struct judge_usual usual;

int
usual_setup(void **state)
{
	(void)state;
	usual = (struct judge_usual){0};
	return 0;
}

void
usual_open(struct judge_usual *u, int64_t minute, uint32_t to, uint64_t openings)
{
	struct addr a = life_address(to, 1, false);
	struct prefix p = {a, 24};

	judge_usual_row(u, minute, openings, &p);
}

int
usual_live_hour(struct judge_usual *u, uint32_t day, uint32_t hour, uint32_t openings, uint32_t networks)
{
	int64_t minute = (day * INT64_C(24) + hour) * 60;
	int begun = 0;
	uint32_t done = 0;

	for (uint32_t n = 0; n < 60; n++) {
		for (uint32_t k = openings * n / 60; k < openings * (n + 1) / 60; k++)
			usual_open(u, minute + n, done++ % networks, 1);
		begun += judge_usual_look(u);
	}
	return begun;
}

int
usual_live_day(struct judge_usual *u, uint32_t day, uint64_t *random)
{
	int begun = 0;

	for (uint32_t hour = 0; hour < 24; hour++) {
		uint32_t most = day % 7 < 2 ? 5 : hour < 7 ? 20 : 200;
		uint32_t openings = most / 2 + (uint32_t)(life_random(random) % most);

		if (hour == 4 && day % 7 < 2)
			continue;
		begun += usual_live_hour(u, day, hour, openings, 1 + openings / 5);
	}
	return begun;
}

bool
usual_hour(uint32_t day, uint32_t hour, uint32_t openings, uint32_t networks)
{
	for (uint32_t n = 0; n < networks; n++)
		usual_open(&usual, (day * INT64_C(24) + hour) * 60, n, n > 0 ? 1 : openings - networks + 1);
	return judge_usual_look(&usual);
}

void
usual_quiet_days(uint32_t first, uint32_t last)
{
	for (uint32_t day = first; day <= last; day++)
		for (uint32_t hour = 8; hour < 16; hour++)
			assert_false(usual_hour(DAY_0 + day, hour, 10, 1));
}

struct judge_level
usual_level_on(uint32_t day)
{
	usual_open(&usual, (DAY_0 + day) * INT64_C(1440), 0, 1);
	return judge_usual_level(&usual);
}
