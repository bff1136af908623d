/* SPDX-License-Identifier: GPL-3.0-or-later */
/* connections: established connections until they end, and the bytes in each direction.
 *
 * Bytes are computed from sequence and acknowledgement numbers, so that SYN, FIN and RST suffice; modulo 4 GiB.
 * Bounded: buckets of 16; a full one gives up the connection that was silent longest, and counts it. Nothing allocates
 * after connections_new. */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/decode/decode.h"
#include "lib/base/when.h"

#define CONNECTION_IDLE HOUR /* microseconds of silence until it has timed out */

enum connection_end {
	END_NONE,
	END_CLOSED_BY_HOST, /* the side that sent FIN first */
	END_CLOSED_BY_SERVER,
	END_RESET_BY_HOST,
	END_RESET_BY_SERVER,
	END_TIMED_OUT,
};

struct connection {
	uint64_t flow; /* as in struct attempt; 0: free */
	int64_t last;  /* when a packet was seen */
	uint32_t isn, peer;
	uint32_t out, in; /* bytes known to have been sent by the host and by the server */
	struct addr host;
	uint16_t port;
	uint8_t end;    /* enum connection_end: once it has one it waits for the other side's last bytes */
	uint8_t closed; /* FINs seen: 1 of the host, 2 of the server */
};

/* The news of one packet. */
struct connection_news {
	enum connection_end end; /* or END_NONE */
	int64_t out, in;         /* bytes more than were known; one less, when a FIN comes after its acknowledgement */
};

struct connections;

struct connections *connections_new(size_t entries); /* NULL if memory is short */
void connections_free(struct connections *c);        /* accepts NULL */
/* A new one; the caller fills in all of *k but out, in, end and closed. */
void connections_add(struct connections *c, const struct connection *k);
/* The connection, valid until the next call, or NULL. One that has been silent for longer than CONNECTION_IDLE has
 * timed out, which is the caller's to check. */
struct connection *connections_find(struct connections *c, uint64_t flow);
/* A packet of it: from the host (and not to it) if `out`. Afterwards the connection may be gone. */
struct connection_news connections_packet(struct connections *c, struct connection *k, const struct packet *p, bool out,
                                          int64_t when);
void connections_drop(struct connections *c, struct connection *k);
/* Hands those silent at `now` for too long to `timed_out`, and drops them. Cheap when there can be none. */
void connections_expire(struct connections *c, int64_t now, void (*timed_out)(void *arg, const struct connection *k),
                        void *arg);
uint64_t connections_evicted(const struct connections *c);

/* Flows that were added, changed or dropped since the last connections_settle, some of them more than once. False: too
 * many to remember, so take all of it for changed. */
bool connections_changed(const struct connections *c, const uint64_t **flow, size_t *count);
void connections_settle(struct connections *c);
/* The entry at a place (free ones have flow 0), NULL behind the last. */
const struct connection *connections_at(const struct connections *c, size_t place);

#endif
