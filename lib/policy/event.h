/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event: one opening of a connection and its verdict; names of verdicts and reasons. */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

/* Stored in databases: append, never renumber. */
enum verdict { VERDICT_PASS, VERDICT_DROP, VERDICT_REJECT, VERDICT_AUDIT, VERDICT_COUNT };

enum reason {
	REASON_LISTED,      /* an allow line applies */
	REASON_STRANGER,    /* no line matches the source */
	REASON_EXPIRED,     /* an allow line has expired */
	REASON_EARLY,       /* an allow line is not yet in force */
	REASON_DESTINATION, /* an allow line, but not to this destination */
	REASON_BLOCKED,     /* a block line applies */
	REASON_DENY_TO,     /* a destination closed to all */
	REASON_UNREADABLE,  /* a packet that could not be decoded */
	REASON_FLOOD,       /* above the pace: dropped and counted by the kernel */
	REASON_RATE,        /* an allow line applies, but the source exceeds its max */
	REASON_ANSWER,      /* no opening: an answer from an enforced port outside to a host that the policy refuses */
	REASON_WRONG_MAC,   /* an allow line, but bound to another card */
	REASON_COUNT
};

/* Fixed size, no pointers: it crosses memory shared by two processes. */
struct event {
	int64_t when; /* microseconds since the epoch, UTC */
	struct addr src, dst;
	uint16_t sport, dport;
	uint32_t isn; /* initial sequence number, host order */
	uint8_t verdict, reason;
	uint8_t mac[6]; /* of the sender, as the kernel saw it; valid if has_mac */
	bool has_mac;
	bool raw;       /* no operating system sends such a SYN: lib/decode/syn.h */
	uint8_t stack;  /* kind of the SYN: lib/decode/stack.h */
	uint32_t clock; /* TCP timestamp (TSval, RFC 7323); 0: none */
};

const char *verdict_name(enum verdict v); /* "pass", ... ; "?" beyond the table */
const char *reason_name(enum reason r);   /* "listed", ... */
bool verdict_refuses(enum verdict v);     /* drop and reject */

#endif
