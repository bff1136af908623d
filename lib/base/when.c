/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

int64_t
when_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
when_boot(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

const char *
when_print(int64_t when, bool micro, char buf[WHEN_TEXT])
{
	int64_t fraction = (when % SECOND + SECOND) % SECOND;
	time_t seconds = (time_t)when_floor(when, SECOND);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(buf, WHEN_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	if (micro)
		n += (size_t)snprintf(buf + n, WHEN_TEXT - n, ".%06" PRId64, fraction);
	snprintf(buf + n, WHEN_TEXT - n, "Z");
	return buf;
}

const char *
when_print_local(int64_t when, char buf[WHEN_TEXT])
{
	time_t seconds = (time_t)when_floor(when, SECOND);
	struct tm tm;
	size_t n;

	localtime_r(&seconds, &tm);
	n = strftime(buf, WHEN_TEXT, "%Y-%m-%dT%H:%M:%S%z", &tm);
	if (n >= 5 && n + 1 < WHEN_TEXT) { /* +0200 -> +02:00 */
		memmove(buf + n - 1, buf + n - 2, 3);
		buf[n - 2] = ':';
	}
	return buf;
}

static bool sentences_local;

void
when_sentences_local(void)
{
	sentences_local = true;
}

const char *
when_say(int64_t when, char buf[WHEN_TEXT])
{
	return sentences_local ? when_print_local(when, buf) : when_print(when, false, buf);
}

const char *
span_print(int64_t span, char buf[WHEN_TEXT])
{
	static const struct {
		const char *name;
		int64_t span;
	} units[] = {{"d", DAY}, {"h", HOUR}, {"min", MINUTE}, {"s", SECOND}};

	if (span < 10 * SECOND) {
		snprintf(buf, WHEN_TEXT, "%.1f s", (double)(span < 0 ? 0 : span) / (double)SECOND);
		return buf;
	}
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (span < units[i].span)
			continue;
		if (i + 1 < sizeof units / sizeof *units && span % units[i].span >= units[i + 1].span)
			snprintf(buf, WHEN_TEXT, "%" PRId64 " %s %" PRId64 " %s", span / units[i].span, units[i].name,
			         span % units[i].span / units[i + 1].span, units[i + 1].name);
		else
			snprintf(buf, WHEN_TEXT, "%" PRId64 " %s", span / units[i].span, units[i].name);
		break;
	}
	return buf;
}
