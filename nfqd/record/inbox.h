/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbox: merges the spools of all gates into one stream of events in the order of time. */
#ifndef INBOX_H
#define INBOX_H

#include "nfqd/shared/shared.h"

struct inbox {
	const struct shared *shared;
	struct {
		uint64_t next, done; /* numbers in its spool of the first record not read, and not committed */
		struct event event;  /* record `next`, if `loaded` */
		bool loaded;
	} gates[CONFIG_WORKERS];
};

/* Starts at record `done` of a gate's spool; earlier ones are committed. */
void inbox_begin(struct inbox *b, unsigned gate, uint64_t done);
/* The oldest event of any gate that was not popped, or NULL; valid until inbox_pop, which removes it. It was copied
 * from shared memory and is not checked: see valid_event. */
const struct event *inbox_peek(struct inbox *b);
void inbox_pop(struct inbox *b);
/* Every popped event is in the database: the gates may overwrite it. */
void inbox_commit(struct inbox *b);

/* A gate that was taken over may leave any head in its spool. Continues behind one that is impossible, where nothing is
 * popped but not committed. True: *skipped has the numbers that no event has. */
bool inbox_skip_damaged(struct inbox *b, uint64_t *skipped);

/* Sums over all gates, of events: popped but not committed; committed; dropped by a full spool. */
uint64_t inbox_popped(const struct inbox *b);
uint64_t inbox_committed(const struct inbox *b);
uint64_t inbox_lost(const struct inbox *b);
bool inbox_fills_up(const struct inbox *b); /* a spool is more than half full */

#endif
