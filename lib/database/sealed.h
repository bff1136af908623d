/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sealed: the sums of a host over a whole hour, and their bytes in the table sealed_part. Pure.
 *
 * The bytes of a host, one after the other; numbers are unsigned LEB128, seven bits a byte, low ones first:
 *   size of its address (4 or 16), the address, peak, minute of the peak (0-59), others, number of parts;
 *   for each part: port, verdict, reason, one byte that says which counts follow (bit n: count n, which is not 0),
 *   those counts, first as microseconds since the hour began, last as microseconds since first; these two times are
 *   signed: doubled, and if negative inverted (zigzag). */
#ifndef SEALED_H
#define SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define SEALED_COUNTS 6
#define SEALED_PARTS 256    /* ports, verdicts and reasons of a host and hour; an hour with more is not sealed */
#define SEALED_BYTES 0x8000 /* enough for any host */

/* The counts of one port, verdict and reason; in the order in which the host's rows first name them. */
struct sealed_part {
	uint16_t port;
	uint8_t verdict, reason; /* both 0 without a gate */
	uint64_t count[SEALED_COUNTS];
	int64_t first, last; /* microseconds */
};

struct sealed_host {
	struct addr host;
	uint64_t peak;       /* attempts (count 0) of its busiest minute */
	uint8_t peak_minute; /* the first of equal ones, 0-59 */
	uint64_t others;     /* estimate of destinations without rows of their own */
	size_t part_count;
	struct sealed_part part[SEALED_PARTS];
};

/* The order of hosts in the database: by bytes; of two with the same beginning, the shorter first. */
int sealed_cmp(const struct addr *a, const struct addr *b);
/* The part for these values, created if new; NULL if full. */
struct sealed_part *sealed_part_at(struct sealed_host *h, uint16_t port, uint8_t verdict, uint8_t reason);
/* Writes at most SEALED_BYTES; returns their number. `start`: of the hour, microseconds. */
size_t sealed_write(const struct sealed_host *h, int64_t start, uint8_t *out);
/* Reads a host from *at and advances it. False: invalid bytes. */
bool sealed_read(const uint8_t **at, const uint8_t *end, int64_t start, struct sealed_host *h);

#endif
