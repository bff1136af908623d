/* SPDX-License-Identifier: GPL-3.0-or-later */
/* named: a gate's rows, whose labels stand in its tables without names of destinations, judged again with names. */
#ifndef REPORT_NAMED_H
#define REPORT_NAMED_H

#include <stdbool.h>
#include <stdint.h>

#include "fresh.h"

/* Minutes from which on rows are judged: those of hosts that are zombies without names, and those of all hosts; and the
 * end (excluded). */
struct named_span {
	int64_t zombies, all, end;
};

/* Judges the rows of a store. `f` is made for them, with names; `nameless` has the hosts whose latest minutes the
 * tables do not cover. False: the store failed. */
bool named_run(struct fresh *f, const struct fresh *nameless, struct store *store, const struct named_span *span);

#endif
