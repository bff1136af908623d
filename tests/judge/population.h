/* SPDX-License-Identifier: GPL-3.0-or-later */
/* population: what hosts of each kind do at mail ports, made up by the table in docs/judge-figures.md. It knows nothing
 * of how hosts are judged. */
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
	KIND_EVADER, /* from here on: no share of the population */
	KIND_ROUTER, /* ten hosts of people behind one address */
	KIND_ROUTER_ZOMBIE,
	KIND_COUNT
};

struct kind_facts {
	const char *name;
	const char *label; /* what a report should say */
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
	bool reject;  /* refused hosts are told, else they are left without an answer */
	double hours; /* how long it goes on */
	double loss;  /* share of SYNs that are lost before they are seen */
};

/* What a sender does whom nobody answers: nothing; what the life says, by Linux's pauses; all that Linux or Windows
 * does. */
enum resending { RESEND_NEVER, RESEND_SOME, RESEND_LINUX, RESEND_WINDOWS };

struct opening {
	int64_t when;
	size_t attempt; /* of the life's list */
	bool again;     /* a retransmission */
};

struct openings {
	struct opening *list; /* in the order of time */
	size_t count, room;
};

/* All SYNs of a life. Memory that is short ends the program. */
void population_openings(struct openings *out, const struct life *life, enum resending how);

/* The same seed and number give the same life. Memory that is short ends the program. */
void population_live(struct life *life, enum kind kind, uint64_t seed, uint64_t number, const struct setting *s);

#endif
