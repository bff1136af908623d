/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the rows are one growing array, found through an open-addressed table of their indices. What was seen
 * of a host lies in one growing table of 64-bit hashes with a count: "this row, that destination" and "this row, that
 * minute". A row that must go leaves its place to the next, which gets a serial number of its own, so that the facts of
 * the old one are nobody's. Among a million facts, two share a hash once in 37 million files. The seed moves no figure,
 * only who collides with whom. */
#include "totals.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "lib/decode/decode.h"

#define SLOTS (2 * TOTALS_HOSTS) /* a power of two */
#define SEEN_START 4096

enum fact { FACT_DESTINATION, FACT_MINUTE };

struct seen {
	uint64_t key; /* 0: free */
	uint32_t count;
};

struct totals {
	struct host_total *row; /* family 0: its host had to go */
	uint32_t *serial;       /* of each row: what its facts go by; of one without host: the next such row plus one */
	size_t count, room;
	uint32_t serials, gone; /* gone: a row without a host, plus one; 0: none */
	uint32_t *slot;         /* index of a row plus one; 0: free */
	struct seen *seen;
	size_t seen_count, seen_room; /* seen_room is a power of two */
	struct pool_total pool[POOL_COUNT];
	uint64_t beyond;
	bool inexact;
	uint64_t seed;
};

struct totals *
totals_new(uint64_t seed)
{
	struct totals *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->seed = seed;
	t->slot = calloc(SLOTS, sizeof *t->slot);
	t->seen_room = SEEN_START;
	t->seen = calloc(t->seen_room, sizeof *t->seen);
	if (t->slot != NULL && t->seen != NULL)
		return t;
	totals_free(t);
	return NULL;
}

void
totals_free(struct totals *t)
{
	if (t == NULL)
		return;
	free(t->row);
	free(t->serial);
	free(t->slot);
	free(t->seen);
	free(t);
}

static uint32_t *
slot_of(const struct totals *t, const struct addr *host, uint16_t port)
{
	uint8_t b[19];
	size_t i;

	b[0] = host->family;
	memcpy(b + 1, host->bytes, 16);
	memcpy(b + 17, &port, 2);
	for (i = XXH3_64bits_withSeed(b, sizeof b, t->seed) & (SLOTS - 1); t->slot[i] != 0; i = (i + 1) & (SLOTS - 1)) {
		const struct host_total *row = &t->row[t->slot[i] - 1];

		if (row->port == port && addr_equal(&row->host, host))
			break;
	}
	return &t->slot[i];
}

/* The place of a row whose host had to go, or a new one; NULL if there is no room. */
static struct host_total *
place_for_row(struct totals *t)
{
	if (t->gone != 0) {
		uint32_t row = t->gone - 1;

		t->gone = t->serial[row];
		return &t->row[row];
	}
	if (t->count == TOTALS_HOSTS)
		return NULL;
	if (t->count == t->room) {
		size_t room = t->room != 0 ? t->room * 2 : 64;
		struct host_total *row = realloc(t->row, room * sizeof *row);
		uint32_t *serial;

		if (row == NULL)
			return NULL;
		t->row = row;
		serial = realloc(t->serial, room * sizeof *serial);
		if (serial == NULL)
			return NULL;
		t->serial = serial;
		t->room = room;
	}
	return &t->row[t->count++];
}

static struct seen *
seen_slot(struct seen *seen, size_t room, uint64_t key)
{
	size_t i = key & (room - 1);

	while (seen[i].key != 0 && seen[i].key != key)
		i = (i + 1) & (room - 1);
	return &seen[i];
}

static bool
seen_grow(struct totals *t)
{
	size_t room = t->seen_room * 2;
	struct seen *seen;

	if (t->seen_count >= TOTALS_SEEN || (seen = calloc(room, sizeof *seen)) == NULL)
		return false;
	for (size_t i = 0; i < t->seen_room; i++)
		if (t->seen[i].key != 0)
			*seen_slot(seen, room, t->seen[i].key) = t->seen[i];
	free(t->seen);
	t->seen = seen;
	t->seen_room = room;
	return true;
}

/* How often the fact has been seen, this time included; 0 if there is no room to remember it. */
static uint32_t
saw(struct totals *t, const struct host_total *row, enum fact fact, const void *bytes, size_t size)
{
	uint8_t b[32];
	uint32_t index = t->serial[row - t->row];
	uint64_t key;
	struct seen *s;

	b[0] = (uint8_t)fact;
	memcpy(b + 1, &index, 4);
	memcpy(b + 5, bytes, size);
	key = XXH3_64bits_withSeed(b, 5 + size, t->seed);
	if (key == 0)
		key = 1;
	s = seen_slot(t->seen, t->seen_room, key);
	if (s->key == 0) {
		if (t->seen_count >= t->seen_room / 4 * 3 && !seen_grow(t)) {
			t->inexact = true;
			return 0;
		}
		s = seen_slot(t->seen, t->seen_room, key);
		s->key = key;
		t->seen_count++;
	}
	return ++s->count;
}

static void
add_attempt(struct totals *t, struct host_total *row, const struct addr *destination, int64_t when)
{
	uint8_t to[17];
	int64_t minute = when / 60000000;
	uint32_t in_minute;

	to[0] = destination->family;
	memcpy(to + 1, destination->bytes, 16);
	row->attempts++;
	if (saw(t, row, FACT_DESTINATION, to, sizeof to) == 1)
		row->destinations++;
	in_minute = saw(t, row, FACT_MINUTE, &minute, sizeof minute);
	if (in_minute > row->peak)
		row->peak = in_minute;
}

void
totals_syn(struct totals *t, const struct addr *host, const struct addr *destination, uint16_t port, int64_t when,
           bool is_new)
{
	uint32_t *slot = slot_of(t, host, port);
	struct host_total *row = *slot != 0 ? &t->row[*slot - 1] : place_for_row(t);

	if (row == NULL) {
		t->beyond++;
		return;
	}
	if (*slot == 0) {
		*slot = (uint32_t)(row - t->row) + 1;
		*row = (struct host_total){.host = *host, .port = port, .first = when, .last = when};
		t->serial[row - t->row] = t->serials++;
	}
	row->syns++;
	if (is_new)
		add_attempt(t, row, destination, when);
	else
		row->retransmits++;
	if (when < row->first)
		row->first = when;
	if (when > row->last)
		row->last = when;
}

void
totals_copy(struct totals *t, const struct addr *host, uint16_t port, int64_t when)
{
	uint32_t slot = *slot_of(t, host, port);

	if (slot == 0)
		return;
	t->row[slot - 1].syns++;
	if (when > t->row[slot - 1].last)
		t->row[slot - 1].last = when;
}

void
totals_outcome(struct totals *t, const struct addr *host, uint16_t port, int established, int refused)
{
	uint32_t slot = *slot_of(t, host, port);

	if (slot == 0)
		return;
	t->row[slot - 1].established += (uint64_t)established;
	t->row[slot - 1].refused += (uint64_t)refused;
}

uint64_t *
totals_more(struct totals *t, const struct addr *host, uint16_t port)
{
	uint32_t slot = *slot_of(t, host, port);

	return slot != 0 ? t->row[slot - 1].more : NULL;
}

struct pool_total *
totals_pool(struct totals *t, enum pool pool)
{
	return &t->pool[pool];
}

/* Takes the slot out of its chain: what follows it moves up, or could not be found any more. */
static void
free_slot(struct totals *t, uint32_t *slot)
{
	size_t i = (size_t)(slot - t->slot);

	t->slot[i] = 0;
	for (i = (i + 1) & (SLOTS - 1); t->slot[i] != 0; i = (i + 1) & (SLOTS - 1)) {
		uint32_t row = t->slot[i];

		t->slot[i] = 0;
		*slot_of(t, &t->row[row - 1].host, t->row[row - 1].port) = row;
	}
}

void
totals_forget(struct totals *t, const struct addr *host, uint16_t port)
{
	uint32_t *slot = slot_of(t, host, port), row = *slot;

	if (row == 0)
		return;
	t->pool[POOL_ROOM].syns += t->row[row - 1].syns;
	t->pool[POOL_ROOM].attempts += t->row[row - 1].attempts;
	free_slot(t, slot);
	t->row[row - 1].host.family = 0;
	t->serial[row - 1] = t->gone;
	t->gone = row;
}

void
totals_trick(struct totals *t, const struct addr *host, uint16_t port, unsigned tricks)
{
	uint32_t slot = *slot_of(t, host, port);

	if (slot == 0)
		return;
	t->row[slot - 1].tiny += (tricks & PACKET_TINY) != 0;
	t->row[slot - 1].overlapping += (tricks & PACKET_OVERLAPPING) != 0;
}

void
totals_decoy(struct totals *t, const struct addr *host, uint16_t port)
{
	uint32_t slot = *slot_of(t, host, port);

	if (slot != 0)
		t->row[slot - 1].decoys++;
}

static int
compare(const void *left, const void *right)
{
	const struct host_total *a = left, *b = right;
	int order;

	if (a->attempts != b->attempts)
		return a->attempts > b->attempts ? -1 : 1;
	order = addr_cmp(&a->host, &b->host);
	return order != 0 ? order : (a->port > b->port) - (a->port < b->port);
}

const struct host_total *
totals_sorted(struct totals *t, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++)
		if (t->row[i].host.family != 0)
			t->row[kept++] = t->row[i];
	*count = t->count = kept;
	if (t->count > 0)
		qsort(t->row, t->count, sizeof *t->row, compare);
	return t->row;
}

uint64_t
totals_beyond(const struct totals *t)
{
	return t->beyond;
}

bool
totals_inexact(const struct totals *t)
{
	return t->inexact;
}
