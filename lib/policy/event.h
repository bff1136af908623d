/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event: one opening of a connection and what was decided about it; the names of verdicts and reasons. */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

/* These numbers stand in databases: add at the end, never renumber. */
enum verdict { VERDICT_PASS, VERDICT_DROP, VERDICT_REJECT, VERDICT_AUDIT, VERDICT_COUNT };

enum reason {
	REASON_LISTED,      /* an allow line holds */
	REASON_STRANGER,    /* no line speaks for the source */
	REASON_EXPIRED,     /* an allow line's time is over */
	REASON_EARLY,       /* an allow line's time is still to come */
	REASON_DESTINATION, /* an allow line, but not to this destination */
	REASON_BLOCKED,     /* a block line holds */
	REASON_DENY_TO,     /* nobody reaches this destination */
	REASON_UNREADABLE,  /* a packet that could not be decoded */
	REASON_FLOOD,       /* faster than the pace: dropped and counted by the kernel */
	REASON_RATE,        /* an allow line holds, but the source goes over its max */
	REASON_COUNT
};

/* Fixed size, no pointers: it crosses a memory shared by two processes. */
struct event {
	int64_t when; /* microseconds since the epoch, UTC */
	struct addr src, dst;
	uint16_t sport, dport;
	uint32_t isn; /* initial sequence number, host order */
	uint8_t verdict, reason;
	uint8_t mac[6]; /* of the sender as the kernel saw it; valid if has_mac */
	bool has_mac;
	bool raw;       /* no operating system sends such a SYN: lib/syn.h */
	uint8_t stack;  /* what it says of the system: lib/stacks.h */
	uint32_t clock; /* its timestamp (TSval, RFC 7323); 0: none */
};

const char *verdict_name(enum verdict v); /* "pass", ... ; "?" beyond the table */
const char *reason_name(enum reason r);   /* "listed", ... */
bool verdict_refuses(enum verdict v);     /* drop and reject */

#endif
