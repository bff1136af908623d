/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sessions: connections to mail servers and mailboxes. Bounded: buckets of 8; a full one gives up a session that has
 * ended, else the one that was silent longest, which is counted. Nothing allocates after sessions_new. */
#ifndef COMPANIONS_SESSIONS_H
#define COMPANIONS_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/decode.h"
#include "smtp.h"

enum session_side { SESSION_SERVER, SESSION_CLIENT, SESSION_SIDES };

struct mail_session {
	uint64_t flow; /* 0: free */
	int64_t began; /* when the opening was seen, or the first packet */
	int64_t last;
	uint32_t next[SESSION_SIDES]; /* sequence number of the byte that is to come */
	bool known[SESSION_SIDES];    /* it is known */
	bool opened;                  /* its opening was seen */
	bool answered;                /* by a SYN-ACK */
	bool ended;                   /* FIN or RST, of either side */
	bool spoken;                  /* the dialogue has begun */
	bool refused;                 /* ... and something was refused */
	struct smtp_dialogue smtp;
};

struct sessions;

struct sessions *sessions_new(size_t connections, uint64_t seed); /* NULL if memory is short */
void sessions_free(struct sessions *t);                           /* accepts NULL */
/* The connection that the packet belongs to, valid until the next call; `client`: it is the client's. NULL if it is not
 * known and `make` is false. */
struct mail_session *sessions_at(struct sessions *t, const struct packet *p, bool client, bool make, int64_t when);
/* A SYN of the client: one that is not the one we know begins another connection. */
void session_opens(struct mail_session *k, const struct packet *p, int64_t when);
/* The payload of a packet that was not there before; its bytes are the packet's. */
struct session_news {
	const uint8_t *bytes;
	size_t size;
	bool gap; /* something is missing before it */
};
/* False if there is none. */
bool session_payload(struct mail_session *k, const struct packet *p, enum session_side side, struct session_news *out);
uint64_t sessions_evicted(const struct sessions *t);

#endif
