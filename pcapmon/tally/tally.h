/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tally: packets -> attempts, connections and outcomes of hosts, whether from a capture file or an interface.
 *
 * A host is a source of connections to a watched port; with `lan`, only from lan to outside it. An attempt is
 * established when its SYN, the SYN-ACK and an ACK of the client were all seen, and refused when a RST or an ICMP error
 * answered the SYN and no SYN-ACK did. A packet captured twice, or before and behind NAT, is one attempt. */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "pcapmon/companions/companions.h"
#include "lib/config/config.h"
#include "connections.h"
#include "lib/decode/decode.h"
#include "lib/decode/frame.h"
#include "pcapmon/leak/leak.h"

/* All pointers stay the caller's and must outlive the tally; all but ports and counters may be NULL. */
struct tally_options {
	const uint16_t *ports;
	size_t port_count;               /* 0: every port */
	const struct policy *lan;        /* its lan counts; NULL: every source is a host */
	const struct config *config;     /* its policy finds listed attempts and leaks */
	struct translation *translation; /* where NAT leads connections, for leaks */
	struct counters *counters;
	struct companions *companions;
	bool quiet;      /* leaks are counted and not logged */
	size_t attempts; /* room for the attempts of 180 s */
	uint64_t seed;
};

struct tally_sums {
	uint64_t syns, attempts, established, leaked; /* of tracked hosts */
	uint64_t pooled;                              /* SYNs of others */
	uint64_t evicted;       /* attempts evicted early: what may be a retransmission of one is counted as such */
	uint64_t fragments;     /* packets in pieces given up before their header was whole */
	uint64_t unended;       /* connections forgotten before their end */
	uint64_t evicted_hosts; /* tracked hosts given up for others */
	uint64_t unknown;       /* frames that may hold packets and were not understood: DECODED_UNKNOWN */
};

struct tally;

struct tally *tally_new(const struct tally_options *o); /* NULL if memory is short */
void tally_free(struct tally *t);                       /* accepts NULL */
/* A frame, in any order. Packets of the latest timestamp are held back and sorted, so end with
 * tally_settle. Leaks, and openings hidden in fragments, are logged at once, once per host and minute. */
void tally_frame(struct tally *t, const struct frame *f);
void tally_packet(struct tally *t, const struct packet *p, int64_t when);
void tally_settle(struct tally *t);
/* Replace one, as in tally_options, from the next packet on. */
void tally_policy(struct tally *t, const struct config *config);
void tally_lan(struct tally *t, const struct policy *lan);
struct tally_sums tally_sums(const struct tally *t);

/* The host is tracked: it opened connections to watched ports. */
bool tally_tracks(const struct tally *t, const struct addr *host);

/* For leak_causes. */
struct leak *tally_leaks(struct tally *t);

/* The state that memory_rows keeps over a restart. */
struct attempts *tally_attempts(struct tally *t);
struct connections *tally_connections(struct tally *t);
/* The attempts that changed since the last tally_kept, by attempts_place; of very many, some. */
const uint32_t *tally_changed(const struct tally *t, size_t *count);
void tally_kept(struct tally *t);
/* tally_changed has left some out, once or more: read all attempts instead. */
bool tally_missed(const struct tally *t);
/* The latest timestamp, of this run or of the run whose attempts were loaded. */
int64_t tally_newest(const struct tally *t);
struct fragments *tally_fragments(struct tally *t);
struct nat *tally_nat(struct tally *t);
struct early *tally_early(struct tally *t);
uint64_t tally_seed(const struct tally *t);
void tally_remember(struct tally *t, const struct attempt *a);

#endif
