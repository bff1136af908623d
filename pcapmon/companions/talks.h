/* SPDX-License-Identifier: GPL-3.0-or-later */
/* talks: connections to mail servers and mailboxes as far as companions need to remember them. Bounded: buckets of 8; a
 * full one gives up what has ended, else what was silent longest, and counts that. Nothing allocates after talks_new.
 */
#ifndef TALKS_H
#define TALKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/decode.h"
#include "smtp_talk.h"

enum talk_side { TALK_SERVER, TALK_CLIENT, TALK_SIDES };

struct talk {
	uint64_t flow; /* 0: free */
	int64_t began; /* when the opening was seen, or the first packet */
	int64_t last;
	uint32_t next[TALK_SIDES]; /* sequence number of the byte that is to come */
	bool known[TALK_SIDES];    /* whether it is known */
	bool opened;               /* its opening was seen */
	bool answered;             /* by a SYN-ACK */
	bool ended;                /* FIN or RST, of either side */
	bool spoken;               /* something was said */
	bool refused;              /* ... and refused */
	struct smtp_talk smtp;
};

struct talks;

struct talks *talks_new(size_t connections, uint64_t seed); /* NULL if memory is short */
void talks_free(struct talks *t);                           /* accepts NULL */
/* The connection that the packet belongs to, valid until the next call; `client`: it is the client's. NULL if it is not
 * known and `make` is false. */
struct talk *talks_at(struct talks *t, const struct packet *p, bool client, bool make, int64_t when);
/* A SYN of the client: one that is not the one we know begins another connection. */
void talk_opens(struct talk *k, const struct packet *p, int64_t when);
/* The payload that was not there before: false if there is none. *gap: something is missing before it. */
bool talk_payload(struct talk *k, const struct packet *p, enum talk_side side, const uint8_t **bytes, size_t *size,
                  bool *gap);
uint64_t talks_evicted(const struct talks *t);

#endif
