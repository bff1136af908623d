/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live: watches interfaces until a signal says stop, and writes a transaction a second. */
#ifndef LIVE_H
#define LIVE_H

#include "pcapmon/record/memory_rows.h"
#include "pcapmon/tally/tally.h"
#include "pcapmon/capture/taps.h"
#include "pcapmon/record/wire_rows.h"

/* Everything stays the caller's. */
struct live {
	const char *const *directory; /* of wire.db; reload may move it */
	bool (*reload)(void *arg);    /* reads the policy again; false: the old one stays, and why was logged */
	bool (*follow)(void *arg);    /* each second: takes the policy of the gate, if it has another one; true: it has */
	void *arg;
	struct taps *taps;
	struct tally *tally;
	struct counters *counters;
	struct wire_rows *rows;
	struct memory_rows *memory;
};

/* Call before privileges go: from now on SIGTERM and SIGINT ask for an orderly end, SIGUSR1 for a line about what
 * was seen, SIGHUP for a reload. */
void live_signals(void);
/* Returns after the last rows are written and a line sums up the run: 0, or 1 if they could not be written. */
int live_run(struct live *l);

#endif
