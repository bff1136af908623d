/* SPDX-License-Identifier: GPL-3.0-or-later */
/* when: wall time and its text. A time is an int64_t of microseconds since the epoch, UTC; a duration is an int64_t of
 * microseconds. For a clock that nobody sets see steady.h. Pure but for when_now and when_boot. */
#ifndef WHEN_H
#define WHEN_H

#include <stdbool.h>
#include <stdint.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WHEN_TEXT 64
#define WHEN_RELEASED (INT64_C(1793491200) * SECOND) /* 2026-11-01: a clock that is before it was not set */
#define WHEN_END (INT64_C(253402300800) * SECOND)    /* the year 9999 is over */

/* True for a time of the years 1970 to 9999: databases and captures may hold any number. */
static inline bool
when_is_time(int64_t when)
{
	return when >= 0 && when < WHEN_END;
}

/* Whole units (MINUTE, HOUR) since the epoch, rounded down before the epoch, too. */
static inline int64_t
when_floor(int64_t when, int64_t unit)
{
	return when / unit - (when % unit < 0);
}

/* The current time. Only loops that wait call it; all other functions are passed the time. */
int64_t when_now(void);
int64_t when_boot(void); /* microseconds since boot, those in which the machine was suspended as well */

/* RFC 3339: "2027-03-31T12:00:00Z", with fraction and offset as allowed there. Years 1970 to 9999. */
bool when_parse(const char *text, int64_t *out);
/* "2027-03-31": its first moment, UTC. */
bool when_parse_date(const char *text, int64_t *out);
/* "90d", "24h", "15m", "30s", "2w", "2h30m", "1 day 12 hours" -> microseconds. */
bool when_parse_span(const char *text, int64_t *out);

/* How the text of a time is understood. */
struct when_by {
	int64_t now;
	bool local; /* days, and times without an offset, are those of the local clock instead of UTC */
	bool end;   /* a day means its end: the first moment of the next one */
};

/* An argument of --since, --until or --at, in the forms of systemd.time(7): "2h30m" (before now), "yesterday", "20:00"
 * (today), "2027-03-31", "2027-03-31 20:00", RFC 3339, "@1700000000", "now"; also "all" (0), and a Unix time without @
 * from 1973 on. Reads the time zone of the environment if `local`. The result is a time, see when_is_time. */
bool when_parse_arg(const char *text, const struct when_by *by, int64_t *out);

/* RFC 3339 UTC; with six digits of a second if `micro`. Returns buf. */
const char *when_print(int64_t when, bool micro, char buf[WHEN_TEXT]);
/* RFC 3339 with the local offset, to the second. */
const char *when_print_local(int64_t when, char buf[WHEN_TEXT]);
/* A time in a sentence, RFC 3339 to the second: UTC, or local in a program that has called the former at its start. */
void when_sentences_local(void);
const char *when_say(int64_t when, char buf[WHEN_TEXT]);
/* "6 min 10 s", "4 d 3 h", "0.3 s": two units at most. */
const char *span_print(int64_t span, char buf[WHEN_TEXT]);

#endif
