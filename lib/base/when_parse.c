/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads times: RFC 3339, dates and spans of a configuration, and what people type (when_parse_arg). */
#include "when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UNIX_LEAST 100000000 /* seconds, 1973: a number without a unit is a Unix time from here on */
#define YEAR_9999 253402300799.0

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

static bool
word(const char **text, const char *expected)
{
	size_t length = strlen(expected);

	if (strncmp(*text, expected, length) != 0)
		return false;
	*text += length;
	return true;
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

/* Days since the epoch. */
static bool
parse_date(const char **text, int64_t *out)
{
	int year, month, day;

	if (!digits(text, 4, &year) || !literal(text, '-') || !digits(text, 2, &month) || !literal(text, '-') ||
	    !digits(text, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return false;
	*out = days_from_date(year, month, day);
	return true;
}

bool
when_parse_date(const char *text, int64_t *out)
{
	int64_t day;

	if (!parse_date(&text, &day) || *text != '\0')
		return false;
	*out = day * DAY;
	return true;
}

/* "20:00:00" or "20:00:00.25"; seconds may be missing if `brief`. */
static bool
parse_clock(const char **text, bool brief, int64_t *out)
{
	int hour, minute, second = 0;
	int64_t fraction = 0, unit = SECOND;

	if (!digits(text, 2, &hour) || !literal(text, ':') || !digits(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	if ((!brief || **text == ':') && (!literal(text, ':') || !digits(text, 2, &second) || second > 60))
		return false;
	if (**text == '.') {
		if ((*text)[1] < '0' || (*text)[1] > '9')
			return false;
		for (++*text; **text >= '0' && **text <= '9'; ++*text)
			fraction += (**text - '0') * (unit /= 10);
	}
	*out = (hour * 3600 + minute * 60 + second) * SECOND + fraction;
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
	int64_t day, clock, offset;

	if (!parse_date(&text, &day))
		return false;
	if (*text != 'T' && *text != 't' && *text != ' ')
		return false;
	text++;
	if (!parse_clock(&text, false, &clock) || !parse_offset(&text, &offset) || *text != '\0')
		return false;
	*out = day * DAY + clock - offset;
	return true;
}

/* "h", "hours"; 0: not a unit. */
static int64_t
parse_unit(const char **text)
{
	static const struct {
		const char *name;
		int64_t span;
	} units[] = {{"s", SECOND},   {"sec", SECOND},    {"second", SECOND},  {"seconds", SECOND}, {"m", MINUTE},
	             {"min", MINUTE}, {"minute", MINUTE}, {"minutes", MINUTE}, {"h", HOUR},         {"hr", HOUR},
	             {"hour", HOUR},  {"hours", HOUR},    {"d", DAY},          {"day", DAY},        {"days", DAY},
	             {"w", 7 * DAY},  {"week", 7 * DAY},  {"weeks", 7 * DAY}};
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i].name) == length && memcmp(*text, units[i].name, length) == 0) {
			*text += length;
			return units[i].span;
		}
	return 0;
}

/* Numbers with units, up to what is none: "2h30m", "1 day 12 hours". */
static bool
parse_span(const char **text, int64_t *out)
{
	int64_t value, unit, sum = 0;

	do {
		if (**text < '0' || **text > '9')
			return false;
		for (value = 0; **text >= '0' && **text <= '9'; ++*text)
			if ((value = value * 10 + (**text - '0')) > 1000000000)
				return false;
		*text += strspn(*text, " ");
		if ((unit = parse_unit(text)) == 0 || value > INT64_MAX / 4 / unit || sum > INT64_MAX / 4)
			return false;
		sum += value * unit;
		*text += strspn(*text, " ");
	} while (**text >= '0' && **text <= '9');
	*out = sum;
	return true;
}

bool
when_parse_span(const char *text, int64_t *out)
{
	return parse_span(&text, out) && *text == '\0';
}

/* "2h30m", "-2h30m", "2h30m ago": before now; "+2h30m": after. */
static bool
parse_relative(const char *text, int64_t now, int64_t *out)
{
	char sign = *text;
	int64_t span;

	text += sign == '+' || sign == '-';
	if (!parse_span(&text, &span) || (*text != '\0' && (sign == '+' || sign == '-' || strcmp(text, "ago") != 0)))
		return false;
	*out = sign == '+' ? now + span : now - span;
	return true;
}

/* The day, in days since the epoch, in which `now` is. */
static int64_t
day_of(int64_t now, bool local)
{
	time_t seconds = (time_t)when_floor(now, SECOND);
	struct tm tm;

	if (!local || localtime_r(&seconds, &tm) == NULL)
		return when_floor(now, DAY);
	return days_from_date(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* A moment of a day by the local clock. One that a change of the clock leaves out is moved by that. */
static int64_t
local_moment(int64_t day, int64_t clock)
{
	time_t seconds = (time_t)(day * (DAY / SECOND));
	struct tm tm;

	gmtime_r(&seconds, &tm);
	tm.tm_hour = (int)(clock / HOUR); /* not all in tm_sec: mktime takes that for time that passes */
	tm.tm_min = (int)(clock % HOUR / MINUTE);
	tm.tm_sec = (int)(clock % MINUTE / SECOND);
	tm.tm_isdst = -1;
	return mktime(&tm) * SECOND + clock % SECOND;
}

/* "today" or a date; without either today, if a time of day follows. Days since the epoch. */
static bool
parse_day(const char **text, const struct when_by *by, int64_t *day, bool *given)
{
	static const char *const names[] = {"yesterday", "today", "tomorrow"};
	const char *at = *text;

	*given = true;
	*day = day_of(by->now, by->local);
	for (int i = 0; i < 3; i++)
		if (word(text, names[i])) {
			*day += i - 1;
			return **text == '\0' || **text == ' ';
		}
	if (parse_date(&at, day)) {
		*text = at + ((*at == 'T' || *at == 't') && at[1] != '\0');
		return *at < '0' || *at > '9';
	}
	*given = false;
	return true;
}

/* "[DAY] [TIME] [UTC or an offset]": a day, a time of today, or both. */
static bool
parse_civil(const char *text, const struct when_by *by, int64_t *out)
{
	int64_t day, clock = 0, offset = 0;
	bool dated, local = by->local;

	if (!parse_day(&text, by, &day, &dated))
		return false;
	text += strspn(text, " ");
	if (*text >= '0' && *text <= '9') {
		if (!parse_clock(&text, true, &clock))
			return false;
	} else if (!dated) {
		return false;
	} else {
		day += by->end;
	}
	text += strspn(text, " ");
	if (*text != '\0') {
		if (!word(&text, "UTC") && !parse_offset(&text, &offset))
			return false;
		local = false;
	}
	*out = local ? local_moment(day, clock) : day * DAY + clock - offset;
	return *text == '\0';
}

/* Seconds since 1970, marked by @, or so many that they can be nothing else. */
static bool
parse_unix(const char *text, int64_t *out)
{
	bool marked = *text == '@';
	double seconds;

	text += marked;
	if (*text < '0' || *text > '9' || strspn(text, "0123456789.") != strlen(text) ||
	    strchr(text, '.') != strrchr(text, '.'))
		return false;
	seconds = strtod(text, NULL);
	if (seconds > YEAR_9999 || (!marked && seconds < UNIX_LEAST))
		return false;
	*out = (int64_t)(seconds * (double)SECOND + 0.5);
	return true;
}

bool
when_parse_arg(const char *text, const struct when_by *by, int64_t *out)
{
	if (strcmp(text, "all") == 0)
		*out = 0;
	else if (strcmp(text, "now") == 0)
		*out = by->now;
	else if (!parse_relative(text, by->now, out) && !parse_civil(text, by, out) && !parse_unix(text, out))
		return false;
	if (*out < 0)
		*out = 0;
	if (*out >= WHEN_END)
		*out = WHEN_END - 1;
	return true;
}
