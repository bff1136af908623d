/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "nfqd/record/backlog.h"
#include "lib/base/when.h"

#define NOW (INT64_C(1700000000) * SECOND) /* 2023-11-14T22:13:20Z */

static void
the_backlog_leaves_out_the_usual_lag(void **state)
{
	(void)state;
	assert_int_equal(backlog_of(NOW - 20 * SECOND, NOW), 0);
	assert_int_equal(backlog_of(NOW - 75 * SECOND, NOW), 0); /* the latest minute that can be judged */
	assert_int_equal(backlog_of(NOW - 76 * SECOND, NOW), SECOND);
	assert_int_equal(backlog_of(NOW + HOUR, NOW), 0); /* the clock was put back */
	assert_int_equal(backlog_of(0, NOW), NOW - 75 * SECOND);
}

/* An hour's load that the judge is too slow for, and the hour after it: two lines. */
static void
a_backlog_is_logged_twice_at_most(void **state)
{
	struct backlog b = {.reported = false};
	int64_t until = NOW;
	char text[BACKLOG_TEXT], first[BACKLOG_TEXT] = "", last[BACKLOG_TEXT] = "";
	int lines = 0;

	(void)state;
	for (int64_t now = NOW; now < NOW + 2 * HOUR; now += SECOND) {
		until += now < NOW + HOUR ? SECOND / 2 : 3 * SECOND;
		if (until > now - 15 * SECOND)
			until = now - 15 * SECOND;
		if (backlog_report(&b, until, now, text) && ++lines == 1)
			strcpy(first, text);
		else if (lines == 2 && last[0] == '\0')
			strcpy(last, text);
	}
	assert_int_equal(lines, 2);
	assert_string_equal(first, "judging is 5 min behind: labels in gate.db are as of 2023-11-14T22:19:05Z; a report"
	                           " judges what is missing, and takes longer");
	assert_string_equal(last, "judging has caught up");
}

/* Nothing is said of 1970. */
static void
an_unjudged_file_is_no_backlog(void **state)
{
	struct backlog b = {.reported = false};
	char text[BACKLOG_TEXT];

	(void)state;
	assert_false(backlog_report(&b, 0, NOW, text));
	assert_true(backlog_report(&b, MINUTE, NOW, text));
}

/* Around one of the two bounds nothing is said again and again. */
static void
a_lag_around_a_bound_is_logged_once(void **state)
{
	struct backlog b = {.reported = false};
	char text[BACKLOG_TEXT];
	int lines = 0;

	(void)state;
	for (int n = 0; n < 100; n++)
		lines += backlog_report(&b, NOW - 75 * SECOND - 5 * MINUTE - n % 2 * SECOND, NOW, text);
	assert_int_equal(lines, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_backlog_leaves_out_the_usual_lag),
	        cmocka_unit_test(a_backlog_is_logged_twice_at_most),
	        cmocka_unit_test(an_unjudged_file_is_no_backlog),
	        cmocka_unit_test(a_lag_around_a_bound_is_logged_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
