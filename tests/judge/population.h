/* SPDX-License-Identifier: GPL-3.0-or-later */
/* population: generates the behaviour of hosts of each kind at mail ports, by the table in docs/judge-figures.md. It is
 * independent of the classifier. */
#ifndef POPULATION_H
#define POPULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

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
	KIND_COUNT
};

struct kind_facts {
	const char *name;
	const char *label; /* the right one */
	double share;      /* of a mixed population */
};

extern const struct kind_facts kinds[KIND_COUNT];

struct tried {
	int64_t when; /* microseconds since the simulation began */
	struct addr destination;
	uint16_t port;
	uint8_t retransmits;
	bool raw; /* no operating system sends such a SYN */
};

struct life {
	struct tried *list; /* in the order of time */
	size_t count, room;
};

struct setting {
	bool reject;  /* refused hosts get a reset, else no answer */
	double hours; /* duration */
	double loss;  /* share of SYNs that are lost before they are captured */
};

/* Retransmissions of a sender without an answer: none; the number in the life, with Linux's pauses; as Linux or as
 * Windows does. */
enum resending { RESEND_NEVER, RESEND_SOME, RESEND_LINUX, RESEND_WINDOWS };

struct life_syn {
	int64_t when;
	size_t attempt; /* of the life's list */
	bool again;     /* a retransmission */
};

struct life_syns {
	struct life_syn *list; /* in the order of time */
	size_t count, room;
};

/* All SYNs of a life. Memory that is short ends the program. */
void population_syns(struct life_syns *out, const struct life *life, enum resending how);

/* The same seed and number give the same life. Memory that is short ends the program. */
void population_live(struct life *life, enum kind kind, uint64_t seed, uint64_t number, const struct setting *s);

#endif
