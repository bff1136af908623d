/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbox: the spools of all gates as the recorder reads them: one stream of events, in the order of time. */
#ifndef INBOX_H
#define INBOX_H

#include "nfqd/shared/shared.h"

struct inbox {
	const struct shared *shared;
	struct {
		uint64_t next, done; /* numbers in its spool: not read yet, not committed yet */
		struct event event;  /* number `next`, if it waits */
		bool waits;
	} gates[CONFIG_WORKERS];
};

/* Begins with record `done` of a gate's spool: what lies before is committed. */
void inbox_begin(struct inbox *b, unsigned gate, uint64_t done);
/* The oldest event that waits, whichever gate put it, or NULL; valid until inbox_pop, which takes it. */
const struct event *inbox_peek(struct inbox *b);
void inbox_pop(struct inbox *b);
/* Everything popped is in the database: the gates may overwrite it. */
void inbox_commit(struct inbox *b);

/* Sums over all gates: events popped but not committed; committed; put but not committed; that found no room. */
uint64_t inbox_popped(const struct inbox *b);
uint64_t inbox_committed(const struct inbox *b);
uint64_t inbox_behind(const struct inbox *b);
uint64_t inbox_lost(const struct inbox *b);
bool inbox_fills_up(const struct inbox *b); /* one of the spools */

#endif
