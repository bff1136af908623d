/* SPDX-License-Identifier: GPL-3.0-or-later */
/* objects: the names of what is ours in the kernel, and what can be read of it. */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#define NFT_TABLE "nfqd" /* of family inet */
#define SHIELD_TABLE "nfqd_shield"
#define SHIELD_NAMED "shielded"  /* counter: all that the sets count */
#define SHIELD_UNNAMED "unnamed" /* counter: dropped because a crowd set was full */
#define SHIELD_ROOM 131072U      /* sources a set holds */

/* Openings that reached each queue rule since the rules were made, as the kernel counts them. */
struct rule_counters {
	uint64_t listed, stranger, deny;
};

/* What stands in the kernel, as far as it decides anything: equal as long as nobody changes it, whatever it counts. */
struct rules_sight {
	uint64_t gate;        /* the rules that lead openings to the gate, and that answer those that it refuses */
	uint64_t lan;         /* numbers of elements: of sets without which nothing is asked for */
	uint64_t sets;        /* ... of those that choose between the two queues */
	uint64_t shield;      /* its rules */
	uint64_t shield_sets; /* numbers of elements of its sets, without the sources that it has met */
	unsigned rules, shield_rules; /* how many there are */
	bool passed;    /* before ours stand rules that may let an opening pass for good, or ours are off */
	bool misplaced; /* ours do not stand where they should */
};

#endif
