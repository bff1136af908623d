/* SPDX-License-Identifier: GPL-3.0-or-later */
/* objects: names of our objects in the kernel, and their state as read from it. */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "others.h"

#define NFT_TABLE "nfqd" /* of family inet */
#define SHIELD_TABLE "nfqd_shield"
#define SHIELD_NAMED "shielded"  /* counter: all that the sets count */
#define SHIELD_UNNAMED "unnamed" /* counter: dropped because a crowd set was full */
#define SHIELD_ROOM 131072U      /* sources a set holds */

/* Openings that the kernel has counted since the rules were made, for each kind of rule. */
struct rule_counters {
	uint64_t listed, stranger, deny;
};

/* The state of our rules and sets in the kernel: equal as long as nobody changes them. Counters are no part of it. */
struct rules_state {
	uint64_t gate;        /* hash of the rules that lead openings to the gate, and that refuse them behind it */
	uint64_t lan;         /* numbers of elements: of the sets of inside (iptables) */
	uint64_t sets;        /* ... of all other sets of the gate */
	uint64_t shield;      /* hash of its rules */
	uint64_t shield_sets; /* numbers of elements of its sets, without those of sources it has counted */
	unsigned rules, shield_rules; /* how many there are */
	bool bypassed;                /* rules before ours may accept an opening for good, or ours are off */
	bool misplaced;               /* our rules are not in their places */
	bool unended;                 /* sets are left that a change of ours needs for a moment */
	struct others others;         /* besides ours, with iptables; no part of the state */
};

#endif
