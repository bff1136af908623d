/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shield_log: writes the shield's drops into the log: each source's growth becomes a record for the recorder. */
#ifndef SHIELD_LOG_H
#define SHIELD_LOG_H

#include "context.h"
#include "lib/base/steady.h"
#include "nfqd/kernel/shield_counts.h"

/* A reading of all sources, in slices. */
struct shield_reading {
	const struct context *x;
	int64_t first, last; /* wall time of the last reading, and of this one */
	struct shield_totals totals;
	int64_t spent; /* microseconds so far */
	bool underway;
	bool settling; /* it finds out what an earlier run has left */
	bool full;     /* the spool was full: the rest is recorded next time */
};

struct shield_log {
	struct shield_counts *shield; /* NULL: there is none */
	int64_t named, unnamed;       /* its totals at the last reading; -1: not known */
	int64_t read_at;              /* wall time of the last reading */
	struct steady due;            /* the next slice, or reading */
	struct shield_reading reading;
	bool unfinished; /* some growth is not recorded yet */
	/* Until the recorder has opened gate.db, it is not known how much of the shield's total an earlier run has
	 * recorded. */
	bool waiting; /* so the first reading waits */
	int64_t seen; /* the total at the last look meanwhile */
	bool owed;    /* that shield was made anew meanwhile: `seen` is still to be compared */
};

/* At the start, or when a reload brings a pace: the first reading follows once the recorder has opened gate.db. */
void shield_log_start(struct shield_log *l, const struct context *x);
/* A slice of a reading, 50 ms and the kernel's last answer at most: call when `due` has passed. */
void shield_log_read(struct shield_log *l, const struct context *x);
/* The shield has just been made: its counters are at 0. */
void shield_log_restart(struct shield_log *l, const struct context *x);
/* At an orderly end, while the recorder still runs. True: all that the shield holds is recorded, so empty it. */
bool shield_log_stop(struct shield_log *l, const struct context *x);

#endif
