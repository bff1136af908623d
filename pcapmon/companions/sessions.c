/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define FORGET (HOUR)            /* silence after which the same ports are another connection */
#define HALF (UINT32_C(1) << 31) /* sequence numbers further off lie behind, not ahead: RFC 9293, 3.4 */

struct sessions {
	struct table *entries; /* of struct mail_session */
	uint64_t evicted;
};

/* The least needed is one that has ended, then the one that was silent longest. */
static int64_t
worth(const void *entry, const void *arg)
{
	const struct mail_session *k = entry;

	(void)arg;
	return k->ended ? k->last - INT64_MAX : k->last;
}

static const struct table_type type = {
        .size = sizeof(struct mail_session), .key = sizeof(uint64_t), .hashed = true, .ways = 8, .worth = worth};

struct sessions *
sessions_new(size_t connections, uint64_t seed)
{
	struct sessions *t = calloc(1, sizeof *t);

	if (t != NULL && (t->entries = table_new_seeded(&type, connections, seed)) != NULL)
		return t;
	free(t);
	return NULL;
}

void
sessions_free(struct sessions *t)
{
	if (t == NULL)
		return;
	table_free(t->entries);
	free(t);
}

static uint64_t
flow_of(const struct sessions *t, const struct packet *p, bool client)
{
	const struct addr *from = client ? &p->src : &p->dst, *to = client ? &p->dst : &p->src;
	uint16_t ports[2] = {client ? p->sport : p->dport, client ? p->dport : p->sport};
	uint8_t b[38];

	memcpy(b, from, 17);
	memcpy(b + 17, to, 17);
	memcpy(b + 34, ports, 4);
	return table_hash(t->entries, b, sizeof b);
}

struct mail_session *
sessions_at(struct sessions *t, const struct packet *p, bool client, bool make, int64_t when)
{
	uint64_t flow = flow_of(t, p, client);
	struct mail_session *k = table_find(t->entries, &flow);

	if (k == NULL && !make)
		return NULL;
	if (k == NULL) {
		k = table_spare(t->entries, &flow, NULL);
		t->evicted += k->flow != 0 && !k->ended;
		k = table_put(t->entries, k, &flow);
		k->began = k->last = when;
	}
	if (when > k->last)
		k->last = when;
	return k;
}

void
session_opens(struct mail_session *k, const struct packet *p, int64_t when)
{
	uint32_t next = p->seq + 1 + (uint32_t)p->payload_size;

	if (k->opened && k->next[SESSION_CLIENT] == next && when - k->began < FORGET)
		return;
	*k = (struct mail_session){.flow = k->flow, .began = when, .last = when, .opened = true};
	k->next[SESSION_CLIENT] = next;
	k->known[SESSION_CLIENT] = true;
}

bool
session_payload(struct mail_session *k, const struct packet *p, enum session_side side, struct session_news *out)
{
	uint32_t ahead = p->seq - k->next[side], behind = k->next[side] - p->seq;
	size_t old = 0;

	out->gap = false;
	if (p->payload == NULL || p->payload_size == 0)
		return false;
	if (k->known[side] && ahead != 0) {
		out->gap = ahead < HALF;
		old = out->gap ? 0 : behind;
	}
	if (old >= p->payload_size)
		return false;
	k->known[side] = true;
	k->next[side] = p->seq + (uint32_t)p->payload_size;
	out->bytes = p->payload + old;
	out->size = p->payload_size - old;
	return true;
}

uint64_t
sessions_evicted(const struct sessions *t)
{
	return t->evicted;
}
