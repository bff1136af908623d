/* SPDX-License-Identifier: GPL-3.0-or-later */
/* time_left: how long a piece of work may go on, as its caller knows it. */
#ifndef TIME_LEFT_H
#define TIME_LEFT_H

#include <stdbool.h>
#include <stddef.h>

/* `left` is called every few milliseconds; the work stops in good order once it returns false. */
struct time_left {
	bool (*left)(void *arg);
	void *arg;
};

/* NULL: no time is left. */
static inline bool
time_is_left(const struct time_left *time)
{
	return time != NULL && time->left(time->arg);
}

#endif
