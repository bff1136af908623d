/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counts: what is counted of a host of a report. */
#ifndef REPORT_COUNTS_H
#define REPORT_COUNTS_H

#include <stdint.h>

#include "nfqd/query/query.h"

/* The counts of one side for a host and port (and, of the gate, one verdict and reason). */
struct part {
	enum side side;
	uint16_t port;
	uint8_t verdict, reason;
	uint64_t attempts, retransmits, established, refused, leaked;
	uint64_t syns; /* gate: only counted */
};

/* The counts of one side for a host. */
struct side_counts {
	uint64_t rows; /* 0: nothing */
	uint64_t attempts, retransmits;
	uint64_t blocked, allowed;                     /* gate: attempts; drop and reject, pass and audit */
	uint64_t syns;                                 /* gate: only counted, no attempts; destinations unknown */
	uint64_t established, refused, leaked, listed; /* wire */
	uint64_t peak;                                 /* attempts of the busiest minute */
	int64_t peak_minute;                           /* since the epoch; -1: a pruned minute, which is not known */
	uint64_t destinations, networks;               /* known by address, all distinct */
	uint64_t others;                               /* estimate of those that are not */
	uint64_t minute_attempts;                      /* of `minute`, while rows come in */
	int64_t minute;
};

/* Ends of a host's connections, on the wire. Times in microseconds. */
struct ends {
	uint64_t duplicates, refused_by_icmp;
	uint64_t answered, answer_time, answer_most; /* their number, sum and longest time */
	uint64_t closed_by_host, closed_by_server, reset_by_host, reset_by_server, timed_out;
	uint64_t bytes_out, bytes_in;
};

#endif
