/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "lib/base/when.h"

static void
times_are_parsed_or_refused(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} good[] = {
	        {"1970-01-01T00:00:00Z", 0},
	        {"2000-02-29T12:30:45Z", INT64_C(951827445000000)},
	        {"2026-11-21T20:12:32.601658Z", INT64_C(1795291952601658)},
	        {"2026-11-21T22:12:32+02:00", INT64_C(1795291952000000)},
	        {"2026-11-21t20:12:32.5z", INT64_C(1795291952500000)},
	        {"2106-02-07T06:28:16Z", INT64_C(4294967296000000)},
	};
	static const char *const bad[] = {"",
	                                  "2026-11-21",
	                                  "2026-11-21T20:12:32",
	                                  "2026-11-21T24:00:00Z",
	                                  "2026-13-01T00:00:00Z",
	                                  "2027-02-29T00:00:00Z",
	                                  "2100-02-29T00:00:00Z",
	                                  "2026-11-21T20:12:32.Z",
	                                  "2026-11-21T20:12:32+0200",
	                                  "1969-12-31T23:59:59Z",
	                                  "26-11-21T20:12:32Z",
	                                  "2026-11-21T20:12:32Zx"};
	int64_t when;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(when_parse(good[i].text, &when));
		assert_true(when == good[i].want);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (when_parse(bad[i], &when))
			fail_msg("\"%s\" was taken for a time", bad[i]);
}

/* Every day from 1970 to 2200 against the C library. */
static void
every_day_is_that_of_the_c_library(void **state)
{
	char text[WHEN_TEXT];

	(void)state;
	for (int64_t day = 0; day < 84000; day++) {
		time_t seconds = (time_t)(day * 86400);
		struct tm tm;
		int64_t when;

		gmtime_r(&seconds, &tm);
		strftime(text, sizeof text, "%Y-%m-%d", &tm);
		assert_true(when_parse_date(text, &when));
		assert_true(when == day * DAY);
		assert_true(when_parse(when_print(when + 1, true, text), &when));
		assert_true(when == day * DAY + 1);
	}
}

static void
arguments_are_spans_times_or_dates(void **state)
{
	const int64_t now = INT64_C(1795291952000000);
	int64_t when;

	(void)state;
	assert_true(when_parse_arg("24h", now, &when) && when == now - DAY);
	assert_true(when_parse_arg("7d", now, &when) && when == now - 7 * DAY);
	assert_true(when_parse_arg("all", now, &when) && when == 0);
	assert_true(when_parse_arg("1795291952", now, &when) && when == now);
	assert_true(when_parse_arg("1795291952.25", now, &when) && when == now + SECOND / 4);
	assert_true(when_parse_arg("2026-11-21", now, &when) && when == INT64_C(1795219200000000));
	assert_false(when_parse_arg("24", now, &when) && when != 24 * SECOND);
	assert_false(when_parse_arg("", now, &when));
	assert_false(when_parse_arg("yesterday", now, &when));
	assert_false(when_parse_arg("-5h", now, &when));
	assert_false(when_parse_arg("1.2.3", now, &when));
	assert_false(when_parse_arg("99999999999999", now, &when));
	assert_false(when_parse_span("5", &when));
	assert_false(when_parse_span("5y", &when));
	assert_false(when_parse_span("99999999999d", &when));
}

static void
times_are_printed(void **state)
{
	char buf[WHEN_TEXT];

	(void)state;
	setenv("TZ", "Africa/Johannesburg", 1);
	tzset();
	assert_string_equal(when_print(INT64_C(1795291952601658), false, buf), "2026-11-21T20:12:32Z");
	assert_string_equal(when_print(INT64_C(1795291952601658), true, buf), "2026-11-21T20:12:32.601658Z");
	assert_string_equal(when_print_local(INT64_C(1795291952601658), buf), "2026-11-21T22:12:32+02:00");
	/* Before the epoch, and whatever a database may hold. */
	assert_string_equal(when_print(-1, true, buf), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(when_print_local(-1, buf), "1970-01-01T01:59:59+02:00");
	assert_string_equal(when_print(INT64_MIN, true, buf), "-290308-12-21T19:59:05.224192Z");
	assert_string_equal(span_print(300000, buf), "0.3 s");
	assert_string_equal(span_print(370 * SECOND, buf), "6 min 10 s");
	assert_string_equal(span_print(7200 * SECOND, buf), "2 h");
	assert_string_equal(span_print(4 * DAY + 3 * 3600 * SECOND + 59, buf), "4 d 3 h");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(times_are_parsed_or_refused),
	        cmocka_unit_test(every_day_is_that_of_the_c_library),
	        cmocka_unit_test(arguments_are_spans_times_or_dates),
	        cmocka_unit_test(times_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
