/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parts: shared by the files of this room: the state, and the rows of a host. */
#ifndef COMPANIONS_PARTS_H
#define COMPANIONS_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "companions.h"
#include "names.h"
#include "sessions.h"

#define SEEN 4096 /* DNS messages of the last moment; a power of two */

struct companions {
	struct companions_options o;
	struct sessions *sessions;
	struct names *names; /* NULL: none are kept */
	struct seen {
		uint64_t message; /* a hash */
		int64_t when;
	} seen[SEEN];
	uint64_t lost;
};

/* The entries of a host in both tables; NULL where there is no table or no room. */
struct pair {
	struct companion *of[2];
};

/* pairs.c */
bool companions_in_lan(const struct companions *c, const struct addr *a);
/* Makes room in a table that is full, by writing rows that can be written. */
void companions_make_room(struct companions *c, struct companion_table *t);
struct pair companions_pair(struct companions *c, int64_t when, const struct addr *host);
void pair_count(struct pair pair, enum companion_count what);

/* lookups.c: a DNS packet, of UDP or TCP. */
void companions_dns(struct companions *c, const struct packet *p, int64_t when);

/* A segment of a session, and the side that sent it. */
struct mail_segment {
	const struct packet *packet;
	struct mail_session *session;
	enum session_side side;
	const struct addr *host; /* the client */
	int64_t when;
};
/* dialogue.c */
void companions_smtp(struct companions *c, const struct mail_segment *s);

#endif
