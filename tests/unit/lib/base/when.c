/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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
set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* "" if it is refused. */
static const char *
read_arg(const char *text, struct when_by by, char out[WHEN_TEXT])
{
	int64_t when;

	if (!when_parse_arg(text, &by, &when))
		return strcpy(out, "");
	return when_print(when, when % SECOND != 0, out);
}

/* All forms, by UTC and by a clock that is 2 hours ahead; `end`: as --until. */
static void
arguments_are_read_in_all_forms(void **state)
{
	/* 23:12:32 UTC: the local day is the next one. */
	const int64_t now = INT64_C(1795302752000000);
	static const struct {
		const char *text, *utc, *local, *end;
	} cases[] = {
	        {"24h", "2026-11-20T23:12:32Z", "2026-11-20T23:12:32Z", "2026-11-20T23:12:32Z"},
	        {"7d", "2026-11-14T23:12:32Z", "2026-11-14T23:12:32Z", "2026-11-14T23:12:32Z"},
	        {"2h30m", "2026-11-21T20:42:32Z", "2026-11-21T20:42:32Z", "2026-11-21T20:42:32Z"},
	        {"2 hours 30min ago", "2026-11-21T20:42:32Z", "2026-11-21T20:42:32Z", "2026-11-21T20:42:32Z"},
	        {"-1w2d", "2026-11-12T23:12:32Z", "2026-11-12T23:12:32Z", "2026-11-12T23:12:32Z"},
	        {"+90s", "2026-11-21T23:14:02Z", "2026-11-21T23:14:02Z", "2026-11-21T23:14:02Z"},
	        {"40000w", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
	        {"all", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
	        {"now", "2026-11-21T23:12:32Z", "2026-11-21T23:12:32Z", "2026-11-21T23:12:32Z"},
	        {"today", "2026-11-21T00:00:00Z", "2026-11-21T22:00:00Z", "2026-11-22T00:00:00Z"},
	        {"yesterday", "2026-11-20T00:00:00Z", "2026-11-20T22:00:00Z", "2026-11-21T00:00:00Z"},
	        {"tomorrow", "2026-11-22T00:00:00Z", "2026-11-22T22:00:00Z", "2026-11-23T00:00:00Z"},
	        {"yesterday 20:00", "2026-11-20T20:00:00Z", "2026-11-21T18:00:00Z", "2026-11-20T20:00:00Z"},
	        {"20:00", "2026-11-21T20:00:00Z", "2026-11-22T18:00:00Z", "2026-11-21T20:00:00Z"},
	        {"20:00:30.5", "2026-11-21T20:00:30.500000Z", "2026-11-22T18:00:30.500000Z",
	         "2026-11-21T20:00:30.500000Z"},
	        {"2026-11-21", "2026-11-21T00:00:00Z", "2026-11-20T22:00:00Z", "2026-11-22T00:00:00Z"},
	        {"2026-12-31", "2026-12-31T00:00:00Z", "2026-12-30T22:00:00Z", "2027-01-01T00:00:00Z"},
	        {"2026-11-21 20:00", "2026-11-21T20:00:00Z", "2026-11-21T18:00:00Z", "2026-11-21T20:00:00Z"},
	        {"2026-11-21T20:00", "2026-11-21T20:00:00Z", "2026-11-21T18:00:00Z", "2026-11-21T20:00:00Z"},
	        {"2026-11-21 20:00:05", "2026-11-21T20:00:05Z", "2026-11-21T18:00:05Z", "2026-11-21T20:00:05Z"},
	        {"2026-11-21 20:00 UTC", "2026-11-21T20:00:00Z", "2026-11-21T20:00:00Z", "2026-11-21T20:00:00Z"},
	        {"2026-11-21 20:00 +05:30", "2026-11-21T14:30:00Z", "2026-11-21T14:30:00Z", "2026-11-21T14:30:00Z"},
	        {"2026-11-21T20:12:32Z", "2026-11-21T20:12:32Z", "2026-11-21T20:12:32Z", "2026-11-21T20:12:32Z"},
	        {"2026-11-21 UTC", "2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"},
	        {"@1795291952", "2026-11-21T20:12:32Z", "2026-11-21T20:12:32Z", "2026-11-21T20:12:32Z"},
	        {"@7", "1970-01-01T00:00:07Z", "1970-01-01T00:00:07Z", "1970-01-01T00:00:07Z"},
	        {"1795291952", "2026-11-21T20:12:32Z", "2026-11-21T20:12:32Z", "2026-11-21T20:12:32Z"},
	        {"1795291952.25", "2026-11-21T20:12:32.250000Z", "2026-11-21T20:12:32.250000Z",
	         "2026-11-21T20:12:32.250000Z"},
	        {"1970-01-01", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"},
	        {"9999-12-31", "9999-12-31T00:00:00Z", "9999-12-30T22:00:00Z", "9999-12-31T23:59:59.999999Z"},
	};
	char buf[WHEN_TEXT];

	(void)state;
	set_zone("XST-2");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_string_equal(read_arg(cases[i].text, (struct when_by){.now = now}, buf), cases[i].utc);
		assert_string_equal(read_arg(cases[i].text, (struct when_by){now, .local = true}, buf), cases[i].local);
		assert_string_equal(read_arg(cases[i].text, (struct when_by){now, .end = true}, buf), cases[i].end);
	}
}

static void
other_arguments_are_refused(void **state)
{
	static const char *const bad[] = {
	        "",
	        "7",
	        "24",
	        "2026",
	        "20261121",
	        "noon",
	        "Yesterday",
	        "todays",
	        "today20:00",
	        "yesterdayT20:00",
	        "2026-11-31",
	        "2026-11-21T",
	        "2026-11-2120:00",
	        "2026-11-21 20",
	        "2026-11-21 24:00",
	        "20:60",
	        "8:00",
	        "20:00:61",
	        "20:00 CET",
	        "5y",
	        "5h5",
	        "h",
	        "+",
	        "-",
	        "+2h ago",
	        "2h ago ago",
	        "1.5h",
	        "@",
	        "@-1",
	        "@1e9",
	        "1.2.3",
	        "99999999999999",
	        "99999999999d",
	        "@x",
	        "1795291952s.5",
	        "all ",
	};
	char buf[WHEN_TEXT];
	int64_t when;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		for (int way = 0; way < 4; way++) {
			const struct when_by by = {INT64_C(1795291952000000), way & 1, way >> 1};

			if (read_arg(bad[i], by, buf)[0] != '\0')
				fail_msg("\"%s\" was taken for %s", bad[i], buf);
		}
	assert_false(when_parse_span("5", &when));
	assert_false(when_parse_span("5y", &when));
	assert_false(when_parse_span("99999999999d", &when));
	assert_true(when_parse_span("1d12h", &when) && when == 36 * HOUR);
}

/* The clocks of Berlin were set on 29 March and 25 October 2026. */
static void
a_local_day_may_have_23_or_25_hours(void **state)
{
	static const struct {
		const char *text, *begin, *end;
	} cases[] = {
	        {"2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
	        {"2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
	        {"2026-03-29 20:00", "2026-03-29T18:00:00Z", "2026-03-29T18:00:00Z"},
	        {"2026-10-25 20:00", "2026-10-25T19:00:00Z", "2026-10-25T19:00:00Z"},
	};
	struct when_by by = {.local = true};
	char buf[WHEN_TEXT];

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		by.end = false;
		assert_string_equal(read_arg(cases[i].text, by, buf), cases[i].begin);
		by.end = true;
		assert_string_equal(read_arg(cases[i].text, by, buf), cases[i].end);
	}
}

static void
times_are_printed(void **state)
{
	char buf[WHEN_TEXT];

	(void)state;
	set_zone("Africa/Johannesburg");
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
	        cmocka_unit_test(arguments_are_read_in_all_forms),
	        cmocka_unit_test(other_arguments_are_refused),
	        cmocka_unit_test(a_local_day_may_have_23_or_25_hours),
	        cmocka_unit_test(times_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
