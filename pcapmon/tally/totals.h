/* SPDX-License-Identifier: GPL-3.0-or-later */
/* totals: exact sums of each host over a whole capture file. They grow with the file, up to TOTALS_HOSTS pairs of host
 * and port and TOTALS_SEEN facts (a destination of a host, a minute of a host); what exceeds that is counted and
 * reported. Only for files: a live run keeps rows, not totals. */
#ifndef TOTALS_H
#define TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/count/attempts.h"
#include "outcomes.h"

#define TOTALS_HOSTS 131072
#define TOTALS_SEEN 6291456

/* first and last are of its SYNs, in microseconds. */
struct host_total {
	uint16_t port; /* with the host it is the key */
	struct addr host;
	uint32_t serial; /* of this row alone: names its facts */
	uint64_t syns, attempts, retransmits, destinations, established, refused;
	uint64_t more[OUTCOME_COUNT];
	uint64_t peak;              /* attempts in its busiest minute */
	uint64_t tiny, overlapping; /* SYNs with a hidden header: enum packet_trick */
	uint64_t decoys;            /* attempts beyond many of one connection that were open at once */
	int64_t first, last;
};

struct pool_total {
	uint64_t syns, attempts, evicted;
};

/* Attempts without an outcome. (If another run counted the SYN, only its outcome may be here.) */
static inline uint64_t
host_unanswered(const struct host_total *h)
{
	uint64_t answered = h->established + h->refused;

	return h->attempts > answered ? h->attempts - answered : 0;
}

struct totals;

struct totals *totals_new(void);    /* NULL if memory is short */
void totals_free(struct totals *t); /* accepts NULL */
void totals_syn(struct totals *t, const struct flow *f, int64_t when, bool is_new);
/* A SYN that totals_syn counted was captured once more: it counts as a SYN, and as nothing else. */
void totals_copy(struct totals *t, const struct addr *host, uint16_t port, int64_t when);
/* The outcome of an attempt that totals_syn counted; negative numbers correct an earlier one. */
void totals_outcome(struct totals *t, const struct addr *host, uint16_t port, int established, int refused);
/* The OUTCOME_COUNT other counts of a row, to be changed; NULL if there is no row. */
uint64_t *totals_more(struct totals *t, const struct addr *host, uint16_t port);
/* The attempts that are in no row of a host. */
struct pool_total *totals_pool(struct totals *t, enum pool pool);
/* The host must go: its row for the port, if there is one, is added to POOL_ROOM. */
void totals_forget(struct totals *t, const struct addr *host, uint16_t port);
/* The trick that hid the header of a SYN that totals_syn counted: enum packet_trick. */
void totals_trick(struct totals *t, const struct addr *host, uint16_t port, unsigned tricks);
/* An attempt that totals_syn counted is one of many of the same connection. */
void totals_decoy(struct totals *t, const struct addr *host, uint16_t port);
/* Sorted by attempts, most first; then by address; then by port. Owned by `t`. It ends
 * the counting: nothing may be added afterwards. */
const struct host_total *totals_sorted(struct totals *t, size_t *count);
void totals_sort(struct host_total *all, size_t count); /* in the same way */
uint64_t totals_beyond(const struct totals *t);         /* SYNs of hosts that found no room */
bool totals_inexact(const struct totals *t);            /* destinations and peaks are lower bounds */

#endif
