/* SPDX-License-Identifier: GPL-3.0-or-later */
/* population: hosts of each kind, as the tables in docs/judge-figures.md describe them: what they do at mail ports and
 * the DNS answers that they get. It is independent of the classifier.
 *
 * Two populations: the workload has shares and no DNS; the hosts of today have names, in a calm or a moving world. */
#ifndef POPULATION_H
#define POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "life.h"

enum kind {
	KIND_FAST,     /* zombies: many a minute, to anybody */
	KIND_FREEMAIL, /* ... to the four big providers only */
	KIND_SLOW,     /* ... a few a minute or an hour */
	KIND_RETRY,    /* ... that try again */
	KIND_EMOTET,   /* ... on the submission ports too */
	KIND_PRINTER,
	KIND_APP,
	KIND_ROAMING,
	KIND_MONITOR,
	KIND_MTA, /* a mail server that is not on the list */
	KIND_SCANNER,
	KIND_EVADER, /* this and the following have no share of the population */
	KIND_ROUTER, /* ten honest hosts behind one address */
	KIND_ROUTER_ZOMBIE,
	KIND_WORKLOAD, /* kinds so far; those of today follow */
	KIND_COUNT = KIND_WORKLOAD + 39
};

/* Kinds of today that one sentence of the tables sums up. */
enum group {
	GROUP_WORKLOAD,
	GROUP_CLIENT,     /* clients, devices, relays with a smart host */
	GROUP_BRANCH,     /* honest devices behind one address */
	GROUP_BRANCH_BOT, /* ... with a slow bot */
	GROUP_SERVER,     /* mail servers that are not listed */
	GROUP_MONITOR,
	GROUP_ONE_TRY, /* programs that deliver themselves, one try a message */
	GROUP_FEW,     /* bots to few providers */
	GROUP_PATIENT, /* bots that retry after 10 to 25 minutes */
	GROUP_BOT,     /* other bots */
	GROUPS
};

struct world;

struct kind_facts {
	const char *name;
	const char
	        *right; /* labels that are right: "misconfigured roaming"; "zombie?" is a zombie, but not confirmed */
	double share;   /* of a mixed population */
	enum group group;
	void (*live)(struct world *w);
};

extern const struct kind_facts kinds[KIND_COUNT];
extern const char *const group_names[GROUPS];

/* True if the label is right for the kind. */
bool kind_right(enum kind kind, const char *label, bool confirmed);

struct setting {
	bool reject;  /* refused hosts get a reset, else no answer */
	bool moving;  /* addresses behind names change */
	bool names;   /* pcapmon sees the answers */
	double hours; /* duration */
	double loss;  /* share of SYNs that are lost before they are captured */
};

/* The same seed and number give the same life. Memory that is short ends the program. */
void population_live(struct life *life, enum kind kind, uint64_t seed, uint64_t number, const struct setting *s);

#endif
