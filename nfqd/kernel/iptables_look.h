/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iptables_look: reads the position and the counters of our rules from the tables of iptables and ip6tables. */
#ifndef IPTABLES_LOOK_H
#define IPTABLES_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "iptables_text.h"
#include "objects.h"

struct tool {
	uint8_t family;
	const char *save, *restore, *inet;
};

#define TOOLS 2
extern const struct tool iptables_tools[TOOLS];

/* The rules that lead to our chains, as far as they are there. */
struct jumps {
	bool queue, end, hidden, answers;
	bool reset;                /* in table filter */
	bool local;                /* with `local` */
	bool former, former_chain; /* of an earlier version: the jump for `local` in mangle, and its chain */
	bool former_hidden;        /* and the one that missed the last fragment (IPv6) */
	unsigned at;               /* where in FORWARD the queue's belongs, from 1 */
};

/* The position of our rules in one family. */
struct standing {
	char *mangle, *filter;
	struct jumps jumps;
	bool whole;
	bool misplaced; /* the queue's jump stands elsewhere than it should */
	bool bypassed;  /* a rule before one of our jumps may accept an opening for good */
	uint64_t hash;  /* of our chains and of the rules that lead to them: equal as long as nobody changed any */
	unsigned rules; /* how many those are */
	/* A chain of a name of ours is another program's: "NFQD" and its table, or "". Then nothing is known of ours.
	 */
	char foreign[IPTABLES_CHAIN];
	const char *foreign_in;
};

/* A table as its save tool prints it, the caller's to free; NULL on error. */
char *iptables_save(const struct tool *t, const char *table, bool counters);
/* False if the tables cannot be read. Either way iptables_look_away afterwards. */
bool iptables_look(const struct tool *t, struct standing *s);
void iptables_look_away(struct standing *s);

bool iptables_rules_state(struct rules_state *out);
uint64_t iptables_stamp(void);
bool iptables_counters(struct rule_counters *out);

#endif
