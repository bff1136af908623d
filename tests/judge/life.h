/* SPDX-License-Identifier: GPL-3.0-or-later */
/* life: what a host does at mail ports, and the DNS answers that it receives meanwhile. */
#ifndef LIFE_H
#define LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "domains.h"

struct tried {
	int64_t when; /* microseconds since the simulation began */
	struct addr destination;
	uint16_t port;
	uint8_t retransmits;
	bool raw;        /* no operating system sends such a SYN */
	uint32_t source; /* of the life's sources */
};

/* An answer of the host's resolver to a question about A, AAAA or MX records. */
struct answered {
	int64_t when;
	uint32_t source;
	struct name asked;
	bool mx;
	uint32_t ttl; /* seconds that the records are still valid */
	uint8_t count;
	union {
		struct addr address[DOMAINS_ADDRESSES];
		struct name exchange[DOMAINS_EXCHANGES]; /* in the order of preference */
	};
};

/* Addresses of a host; most have one. */
struct source {
	struct addr address;
	uint8_t mac[6];
};

struct life {
	struct tried *list; /* in the order of time */
	size_t count, room;
	struct answered *answers; /* in the order of time */
	size_t answer_count, answer_room;
	struct source *sources;
	size_t source_count, source_room;
};

/* Memory that is short ends the program, in all of these. */
void life_clear(struct life *l);
void life_free(struct life *l); /* not the struct itself */
void life_try(struct life *l, const struct tried *t);
void life_answer(struct life *l, const struct answered *a);
/* The number of the new source. */
uint32_t life_source(struct life *l, const struct source *s);
void life_sort(struct life *l); /* attempts and answers by time */

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

/* All SYNs of a life. */
void life_syns(struct life_syns *out, const struct life *life, enum resending how);

#endif
