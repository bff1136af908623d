/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Exactly n digits. */
static bool
digits(const char **text, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*out = *out * 10 + (**text - '0');
	}
	return true;
}

static bool
literal(const char **text, char c)
{
	return *(*text)++ == c;
}

/* Days since the epoch of a date of the Gregorian calendar (Howard Hinnant, days_from_civil). */
static int64_t
days_from_date(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year, era = y / 400, yoe = y - era * 400;
	int doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t doe = (int64_t)yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * INT64_C(146097) + doe - 719468;
}

static int
days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : days[month - 1];
}

static bool
parse_date(const char **text, int64_t *out)
{
	int year, month, day;

	if (!digits(text, 4, &year) || !literal(text, '-') || !digits(text, 2, &month) || !literal(text, '-') ||
	    !digits(text, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return false;
	*out = days_from_date(year, month, day) * DAY;
	return true;
}

bool
when_parse_date(const char *text, int64_t *out)
{
	int64_t date;

	if (!parse_date(&text, &date) || *text != '\0')
		return false;
	*out = date;
	return true;
}

static bool
parse_offset(const char **text, int64_t *out)
{
	int hour, minute, sign;

	if (**text == 'Z' || **text == 'z') {
		++*text;
		*out = 0;
		return true;
	}
	if (**text != '+' && **text != '-')
		return false;
	sign = *(*text)++ == '-' ? -1 : 1;
	if (!digits(text, 2, &hour) || !literal(text, ':') || !digits(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*out = sign * (hour * 3600 + minute * 60) * SECOND;
	return true;
}

bool
when_parse(const char *text, int64_t *out)
{
	int64_t date, offset, fraction = 0, unit = SECOND;
	int hour, minute, second;

	if (!parse_date(&text, &date))
		return false;
	if (*text != 'T' && *text != 't' && *text != ' ')
		return false;
	text++;
	if (!digits(&text, 2, &hour) || !literal(&text, ':') || !digits(&text, 2, &minute) || !literal(&text, ':') ||
	    !digits(&text, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	if (*text == '.') {
		if (text[1] < '0' || text[1] > '9')
			return false;
		for (text++; *text >= '0' && *text <= '9'; text++)
			fraction += (*text - '0') * (unit /= 10);
	}
	if (!parse_offset(&text, &offset) || *text != '\0')
		return false;
	*out = date + (hour * 3600 + minute * 60 + second) * SECOND + fraction - offset;
	return true;
}

bool
when_parse_span(const char *text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t span;
	} units[] = {{'s', SECOND}, {'m', MINUTE}, {'h', HOUR}, {'d', DAY}, {'w', 7 * DAY}};
	int64_t value = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if ((value = value * 10 + (*text - '0')) > 1000000000)
			return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text[0] == units[i].unit && text[1] == '\0') {
			if (value > INT64_MAX / 4 / units[i].span)
				return false;
			*out = value * units[i].span;
			return true;
		}
	return false;
}

bool
when_parse_arg(const char *text, int64_t now, int64_t *out)
{
	int64_t span;
	char *end;
	double seconds;

	if (strcmp(text, "all") == 0) {
		*out = 0;
		return true;
	}
	if (when_parse(text, out) || when_parse_date(text, out))
		return true;
	if (when_parse_span(text, &span)) {
		*out = now > span ? now - span : 0;
		return true;
	}
	if (text[0] < '0' || text[0] > '9' || strspn(text, "0123456789.") != strlen(text))
		return false;
	seconds = strtod(text, &end);
	if (*end != '\0' || seconds > 253402300799.0) /* the year 9999 */
		return false;
	*out = (int64_t)(seconds * (double)SECOND + 0.5);
	return true;
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
