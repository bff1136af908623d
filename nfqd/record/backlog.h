/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backlog: whether the judge keeps up with the rows that come. Pure. */
#ifndef BACKLOG_H
#define BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BACKLOG_TEXT 200

struct backlog {
	bool told; /* that it is behind */
};

/* All before `until` is judged (microseconds; 0: nothing). How long that is before `now`, beyond the minute and the
 * quarter that it always is. */
int64_t backlog_of(int64_t until, int64_t now);
/* True: `text` is to be said, once when the judge falls behind by more than five minutes, and once when it is less than
 * one. */
bool backlog_look(struct backlog *b, int64_t until, int64_t now, char text[BACKLOG_TEXT]);

#endif
