/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tally: packets -> what hosts did. The same for a file and the wire; it knows neither, nor where the counts go.
 *
 * A host is whoever opens a connection to a watched port; with `lan`, only from lan to outside it. An attempt is
 * established when its SYN, the SYN-ACK and an ACK of the client were all seen, and refused when a RST answered the
 * SYN. */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "decode.h"
#include "devices.h"
#include "minutes.h"
#include "totals.h"

/* Names of minute_row.count[]. */
enum tally_count {
	TALLY_ATTEMPTS,
	TALLY_RETRANSMITS,
	TALLY_ESTABLISHED, /* in the minute in which the handshake ended; likewise refused and leaked */
	TALLY_REFUSED,
	TALLY_LEAKED, /* established on an enforced port though the policy refuses it */
	TALLY_LISTED, /* attempts on an enforced port that the policy passes */
	TALLY_COUNTS
};

/* All pointers stay the caller's and must outlive the tally; all but ports may be NULL. */
struct tally_options {
	const uint16_t *ports;
	size_t port_count;           /* 0: every port */
	const struct policy *lan;    /* whose lan counts; NULL: every source is a host */
	const struct config *config; /* judges what is listed and what leaks */
	struct totals *totals;
	struct minutes *minutes;
	struct devices *devices;
	void (*flush)(void *arg); /* called when minutes or devices are full */
	void *arg;
	size_t attempts; /* room for the attempts of 180 s */
	uint64_t seed;
};

struct tally_sums {
	uint64_t syns, attempts, established, leaked;
	uint64_t lost;      /* SYNs that found no room in minutes even after a flush */
	uint64_t fragments; /* packets in pieces given up before their header was whole */
	uint64_t evicted;   /* attempts forgotten early: their retransmissions, if any, were counted as attempts */
};

struct tally;

struct tally *tally_new(const struct tally_options *o); /* NULL if memory is short */
void tally_free(struct tally *t);                       /* accepts NULL */
/* A frame, decoded. `when` in microseconds; it need not rise. Leaks, and openings hidden in fragments, are
 * logged at once, once per host and minute. */
void tally_frame(struct tally *t, int link, const uint8_t *bytes, size_t caplen, int64_t when);
void tally_packet(struct tally *t, const struct packet *p, int64_t when);
struct tally_sums tally_sums(const struct tally *t);

#endif
