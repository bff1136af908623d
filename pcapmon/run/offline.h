/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offline: counts a capture file from its start to its end, to the end of a pipe, or as it grows. */
#ifndef OFFLINE_H
#define OFFLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "counting.h"
#include "lib/base/steady.h"
#include "lib/geo/geo.h"
#include "progress.h"
#include "pcapmon/savefile/savefile.h"
#include "pcapmon/summary/summary.h"

/* Members above the line are the caller's and stay so. */
struct offline {
	const char *path;
	bool follow, json, csv, local;
	uint64_t scope; /* hash of what is counted: ports and lan */
	struct judge_parameters parameters;
	const struct geo *geo; /* locates destinations; NULL: not asked for */
	struct savefile *file;
	struct counting *counting;
	struct wire_rows *rows; /* NULL without a database */
	/* Private; zero at first. */
	struct progress progress;
	struct summary summary;
	uint64_t unknown; /* packets of link types that decode does not know */
	int unknown_link; /* the first of them */
	int64_t last_when;
	struct steady due; /* the next transaction */
	bool remembers;    /* the memory of the last run on the database was loaded */
	bool torn;         /* a file that was followed ended inside a packet, and another took its place */
	char error[512];
};

/* From now on SIGTERM and SIGINT ask for an end with a summary. */
void offline_signals(void);
/* Reads, writes rows once a second, prints the summary. Returns the exit status. */
int offline_run(struct offline *o);
/* Reads all there is, and writes no more than a database's rows; the error, if any, is in o->error. For a test, too. */
void offline_read(struct offline *o);
/* For struct counters: makes room in minutes, outcomes and devices. */
void offline_flush(struct offline *o);

#endif
