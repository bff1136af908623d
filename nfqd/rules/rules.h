/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules: policy -> kernel rules. kernel_policy (pure) -> text for one of two back ends -> applied by running its tools.
 *
 * Our objects are created once and from then on updated in place; nothing else is touched. They are nft's table
 * "inet nfqd", or iptables chains NFQD* and ipsets nfqd_* with the last place in that table of nft's. */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "nfqd/kernel/objects.h"
#include "kernel_policy.h"

/* The request to rules_apply. */
struct rules_wanted {
	int64_t now;
	bool anew;   /* also rules that seem to be in place */
	bool renew;  /* timeouts, too: the clock was set */
	bool closed; /* another program holds a queue: rules that leave nothing to it (kernel_policy.h) */
	/* Gates work: until large sets are filled, they decide about all openings. Set while the last places do not
	 * stand yet (shared.h). NULL: no gate works. */
	_Atomic bool *last_missing;
};

/* The consequence of such rules, and the remedy: follows "queue 26 belongs to another program". */
#define RULES_CLOSED                                                                                                   \
	"the kernel refuses all but listed hosts by itself, and logs nothing; end that program or set `queue` to a "   \
	"free number, then start nfqd"

/* The same while nfqd runs. */
#define RULES_CLOSED_RUNNING                                                                                           \
	"the kernel refuses all but listed hosts by itself until that program ends; the log lacks what it refuses"

/* BACKEND_AUTO as the result of rules_backend: an error message. */
#define RULES_NO_BACKEND                                                                                               \
	"neither back end is usable: install nftables (kernel with CONFIG_NFT_QUEUE), or iptables and ipset"

/* The result of rules_apply. */
struct rules_applied {
	int64_t next;            /* when it is due again (RULES_FOREVER: never) */
	bool has_max;            /* some line of the policy has a `max` */
	bool refuses;            /* enough is in place to refuse strangers, even if something failed */
	bool last_first;         /* nft's last place has been made before all else */
	bool tracked;            /* the kernel tracks connections */
	bool midstream;          /* and our rules reset later packets of connections that were ended */
	struct rules_state made; /* the state to expect in the kernel: all fields but gate and shield */
};

/* The configured back end, or the first usable one. BACKEND_AUTO: neither is usable. */
enum backend rules_backend(const struct config *c);
/* How long a tool takes on this machine, those that a look at the rules runs, and those that rules_apply runs before
 * strangers are refused; in microseconds. */
struct rules_pace {
	int64_t tool, look, make;
};

/* Asks the kernel once for all that some lack, so that jobs need not (each has a memory of its own). */
struct rules_pace rules_probe(enum backend b);
/* What fails is a trouble (trouble.h), and false. Of what can be applied, all is. */
bool rules_apply(const struct config *c, enum backend b, const struct rules_wanted *w, struct rules_applied *out);
/* At once only what refuses strangers by nft alone, whatever the back end's tools do: the last place behind iptables,
 * if its sets are small. True: it stands. */
bool rules_apply_last(const struct config *c, enum backend b, const struct rules_wanted *w);
bool rules_stand_last(enum backend b); /* that stands, or is not to be had */
/* Our rules refuse strangers, as far as can be seen at once. `last_first`: they do not if the last place is missing,
 * for it has been made before all else. */
bool rules_refuse(enum backend b, bool last_first);
bool rules_remove(void);                                  /* of both back ends */
bool rules_standing(void);                                /* some object of ours, of either back end */
bool rules_look(enum backend b, struct rules_state *out); /* false: could not be read just now */
uint64_t rules_stamp(enum backend b);                     /* cheap: differs after a change without an event */
const char *rules_backend_name(enum backend b);
bool rules_counters(enum backend b, struct rule_counters *out);
/* All rules, as rules_apply would apply them now, for a person. Ends the program if out of memory. */
void rules_print(const struct config *c, enum backend b, FILE *out);

#endif
