/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backlog: how far judging is behind the rows that are recorded. Pure. */
#ifndef BACKLOG_H
#define BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BACKLOG_TEXT 200

struct backlog {
	bool reported; /* that it is behind */
};

/* Microseconds by which judging is behind if all openings before `until` (0: none) are judged at `now`, less the minute
 * and the grace period by which it always is. */
int64_t backlog_of(int64_t until, int64_t now);
/* True: `text` is to be logged. That is once when judging falls more than five minutes behind, and once when it is less
 * than one minute behind again. */
bool backlog_report(struct backlog *b, int64_t until, int64_t now, char text[BACKLOG_TEXT]);

#endif
