/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tallied: a tally, and segments for it. Failures fail the test. */
#ifndef TALLIED_H
#define TALLIED_H

#include <stddef.h>
#include <stdint.h>

#include "pcapmon/tally/tally.h"

#define TALLIED_START (INT64_C(1700000000) * 1000000)

struct tallied {
	struct counters counters;
	struct tally *tally;
};

void tallied_begin(struct tallied *t, uint64_t seed, size_t attempts); /* with room for so many attempts */
void tallied_end(struct tallied *t);

/* A segment of a source to 203.0.113.9; a SYN-ACK comes from there. */
struct segment {
	uint32_t source;
	uint16_t sport;
	uint8_t flags;
	uint32_t seq, ack;
	int64_t when;
};

void tallied_segment(struct tallied *t, const struct segment *g);
void tallied_handshake(struct tallied *t, uint32_t source, uint16_t sport, uint32_t isn, int64_t when);
/* The totals of a source that is settled; NULL if there are none. */
const struct host_total *tallied_total(struct tallied *t, uint32_t source);

#endif
