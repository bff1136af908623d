/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* MAC addresses of the life, and the addresses that each had so far. */
struct machine {
	uint8_t mac[6];
	struct judge_key seen[3]; /* at most one IPv4 address, two IPv6 /64: another one makes it a router */
	uint32_t ipv4, ipv6;
};

static bool
same_key(const struct judge_key *a, const struct judge_key *b)
{
	return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* True if the machine has few enough addresses, with this one. */
static bool
one_device(struct machine *m, const struct judge_key *address)
{
	uint32_t known = m->ipv4 + m->ipv6;

	if (m->ipv4 > 1 || m->ipv6 > 2)
		return false;
	for (uint32_t n = 0; n < known; n++)
		if (same_key(&m->seen[n], address))
			return true;
	if (address->kind == JUDGE_IPV4)
		m->ipv4++;
	else
		m->ipv6++;
	if (m->ipv4 > 1 || m->ipv6 > 2)
		return false;
	m->seen[known] = *address;
	return true;
}

static uint32_t
entry(struct entries *e, const struct judge_key *key)
{
	for (uint32_t n = 0; n < e->count; n++)
		if (same_key(&e->keys[n], key))
			return n;
	if (e->count == ENTRIES_MOST)
		return ENTRIES_MOST - 1;
	e->keys[e->count] = *key;
	return e->count++;
}

static void *
owned(void *memory)
{
	if (memory == NULL) {
		perror("entries");
		exit(1);
	}
	return memory;
}

void
entries_of(struct entries *e, const struct life *life, const struct addr *host)
{
	struct machine machines[ENTRIES_MOST];
	size_t known = 0;

	if (e->room < life->count)
		e->of = owned(reallocarray(e->of, e->room = life->count, sizeof *e->of));
	e->count = 0;
	for (size_t n = 0; n < life->count; n++) {
		const struct source *s = life->source_count ? &life->sources[life->list[n].source] : NULL;
		struct judge_key key = judge_key_address(s ? &s->address : host);
		size_t k = 0;

		while (s && k < known && memcmp(machines[k].mac, s->mac, sizeof s->mac) != 0)
			k++;
		if (s && k == known && known < ENTRIES_MOST) {
			machines[known] = (struct machine){0};
			memcpy(machines[known++].mac, s->mac, sizeof s->mac);
		}
		if (s && k < known && one_device(&machines[k], &key))
			key = judge_key_mac(s->mac);
		e->of[n] = entry(e, &key);
	}
}

void
entries_free(struct entries *e)
{
	free(e->of);
}
