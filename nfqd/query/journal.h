/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal: what nfqd and pcapmon wrote down about themselves: starts, reloads, restored rules, children that died. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "sources.h"

#define JOURNAL_WHY 512

struct journal_line {
	enum side side;
	int64_t at;              /* microseconds */
	const char *what, *text; /* valid until the call returns */
};

/* Calls `take` for each line in [since, until), in the order of time over all sources. False on error, with the reason
 * in `why`; some lines were then taken. */
bool journal_read(const struct sources *sources, const struct query *q,
                  void (*take)(void *arg, const struct journal_line *line), void *arg, char why[JOURNAL_WHY]);

#endif
