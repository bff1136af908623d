/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy: (policy, source, destination, now) -> verdict, reason and the line that decides. Pure.
 *
 * A policy is one flat block without pointers: the supervisor builds it in shared memory and the gate maps it
 * read-only, so that a new policy costs the gate no allocation and no file. Sources are a list of nodes, one per
 * distinct prefix, sorted by address and then by length; each knows the next wider prefix that covers it. */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "event.h"

#define POLICY_NONE UINT32_MAX /* no line, no node */

enum rule_action { RULE_ALLOW, RULE_BLOCK, RULE_BOUND /* RULE_ALLOW, with cards */ };
enum stranger { STRANGER_REJECT, STRANGER_DROP, STRANGER_AUDIT, STRANGER_COUNT };

struct rule {
	int64_t from, until;           /* microseconds; in force while from <= now < until */
	uint32_t to;                   /* the first of its destinations in policy_to(); its cards follow them */
	uint32_t line;                 /* the caller's number of its line */
	uint16_t to_count, card_count; /* destinations, none: any; cards, of RULE_BOUND */
	uint16_t action;               /* enum rule_action */
	uint16_t max;                  /* openings per minute and source; 0: no limit */
};

/* 32 bytes, like a rule: each lies within one cache line. */
struct node {
	struct prefix prefix;
	uint16_t value;  /* of a range: enum stranger */
	uint32_t parent; /* the next wider node, or POLICY_NONE */
	uint32_t rule;   /* sources: the first in policy_rules(); ranges: their stranger line, or POLICY_NONE */
	union {
		uint32_t rule_count; /* sources */
		uint32_t line;       /* lan, deny-to, range: the line of the prefix */
	};
};

/* Nodes of one kind, IPv4 first. */
struct node_list {
	uint32_t first, count, count4;
};

struct policy {
	uint64_t size;                    /* of the whole block, bytes */
	uint32_t stranger, stranger_line; /* enum stranger outside any range; its line or POLICY_NONE */
	struct node_list sources, lan, deny, ranges;
	struct node_list users; /* of `allow local`: prefixes that policy_user() makes */
	uint32_t node_count, rule_count, to_count;
	uint64_t nodes_at, rules_at, to_at, keys4_at; /* offsets from the start of the block */
};

struct decision {
	uint8_t verdict, reason; /* enum verdict, enum reason */
	uint32_t line;           /* the line that decides, or POLICY_NONE: the built-in default */
	uint32_t missed;         /* the most specific allow line that does not apply (expired, early, destination) */
	uint16_t max;            /* limit per minute; 0: none. nfqd/gate/pace.c counts */
	uint32_t limit;          /* identifies the limit: equal for equal destinations, also after a reload */
};

/* The verdict for an outbound opening from src to dst on an enforced port. `card`: the MAC address that sends it; NULL:
 * not known, and so none of those that a line is bound to. */
struct decision policy_decide(const struct policy *p, const struct addr *src, const struct addr *dst,
                              const uint8_t card[6], int64_t now);
/* The same for one of the gateway's own processes; `user` is NULL if the kernel does not give it. */
struct decision policy_decide_local(const struct policy *p, const uint32_t *user, const struct addr *src,
                                    const struct addr *dst, int64_t now);
/* A uid as a prefix that no packet can have. */
struct prefix policy_user(uint32_t user);
/* The verdict in place of `d`, a pass, for an opening from src over d->max. No reset: a mail server is to try again. */
struct decision policy_over_max(const struct policy *p, const struct addr *src, const struct decision *d);
/* The time until which a line in force lets sources at `a` pass in a way that the last places may not see: with a
 * `max`, from some cards, or to some destinations for a limited time. 0: none does. */
int64_t policy_limited(const struct policy *p, const struct addr *a, int64_t now);
/* A line of the user has a `max`, or is for a time. */
bool policy_limited_user(const struct policy *p, uint32_t user);
/* Rules behind the gate carry out a reject. Where they may pass the opening, *d becomes a drop, by the gate itself. */
void policy_settle(const struct policy *p, const struct addr *src, const struct addr *dst, int64_t now,
                   struct decision *d);
/* The same for one of the gateway's own processes whose user is known. */
void policy_settle_local(const struct policy *p, uint32_t user, struct decision *d);
/* Outbound: to an address outside lan. (The kernel's rules check the incoming interface.) */
bool policy_is_lan(const struct policy *p, const struct addr *a);
/* The line of the range that contains the address, or POLICY_NONE. */
uint32_t policy_range(const struct policy *p, const struct addr *a);

const struct node *policy_nodes(const struct policy *p);
const struct rule *policy_rules(const struct policy *p);
const struct prefix *policy_to(const struct policy *p);
/* The most specific node of the list that contains the address, or POLICY_NONE. An index into policy_nodes(). */
uint32_t policy_find(const struct policy *p, const struct node_list *list, const struct addr *a);
const char *stranger_name(enum stranger s);

#endif
