/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a host does to the networks it goes to: an IPv4 /24 or an IPv6 /48 is one.
 *
 * When there are more than are kept, those with the smallest hashes are: a sample that does not depend on what the host
 * does, so that who comes back to whom can still be told (bottom-k sampling, Cohen and Kaplan 2007). */
#include <math.h>
#include <string.h>

#include "judge_state.h"

#define PAUSE (60 * JUDGE_TICKS)   /* attempts no more than this apart are one contact */
#define SPACED (240 * JUDGE_TICKS) /* mail servers wait at least so long before they try again */

/* Finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t
hash(const struct addr *a, size_t bytes)
{
	uint64_t x = a->family;

	for (size_t i = 0; i < bytes; i++)
		x = mix(x + UINT64_C(0x9e3779b97f4a7c15) + a->bytes[i]);
	return x;
}

static uint64_t
network_id(const struct addr *destination)
{
	uint64_t id = hash(destination, destination->family == 4 ? 3 : 6);

	return id == 0 ? 1 : id;
}

const struct judge_network *
judge_networks(const struct judge_host *h, size_t *count)
{
	*count = h->wide != NULL ? JUDGE_FAR : JUDGE_NEAR;
	return h->wide != NULL ? h->wide->networks : h->near;
}

/* Its entry, free (id 0) if the network is new to the host. NULL if it is not of the sample: then nobody knows. */
static struct judge_network *
network_at(struct judge_host *h, uint64_t id, uint32_t tick)
{
	size_t count;
	struct judge_network *list, *highest = NULL, *unused = NULL;

	list = h->wide != NULL ? h->wide->networks : h->near;
	count = h->wide != NULL ? JUDGE_FAR : JUDGE_NEAR;

	for (size_t i = 0; i < count; i++) {
		struct judge_network *n = &list[i];

		if (n->id != 0 && tick > n->last && tick - n->last > JUDGE_DAY)
			memset(n, 0, sizeof *n);
		if (n->id == id)
			return n;
		if (n->id == 0)
			unused = n;
		else if (highest == NULL || n->id > highest->id)
			highest = n;
	}
	if (unused != NULL)
		return unused;
	if (id > highest->id)
		return NULL;
	memset(highest, 0, sizeof *highest);
	return highest;
}

/* The pause between two attempts, or the mean of several in a minute. Regular is what resembles the one before. */
static void
add_gap(struct judge_network *n, uint32_t gap)
{
	uint32_t difference = gap > n->gap ? gap - n->gap : n->gap - gap;

	if (n->gaps == UINT16_MAX)
		return;
	if (n->gaps > 0 && difference <= n->gap / 8)
		n->alike++;
	n->gaps++;
	n->gap = gap;
}

static void
rise(uint8_t *counter)
{
	*counter = (uint8_t)(*counter + (*counter < UINT8_MAX));
}

/* The first attempt in a later minute than the latest. True if it begins a contact. */
static bool
next_minute(struct judge_network *n, uint32_t first, bool sampled)
{
	uint32_t pause = first - n->last, gap = pause;

	if (n->now > 1)
		add_gap(n, (n->last - n->begun) / (n->now - 1U));
	/* Of a host with more destinations in a minute than have rows, some attempts are not seen here. */
	if (sampled && n->gap > 0 && gap > n->gap + n->gap / 2)
		gap /= (gap + n->gap / 2) / n->gap;
	add_gap(n, gap);
	n->begun = first;
	n->now = 0;
	if (pause <= PAUSE)
		return false;
	if (pause >= SPACED)
		rise(&n->spaced);
	else
		rise(&n->brief);
	if (pause < SPACED && n->spaced > 0)
		rise(&n->brief_late);
	return true;
}

bool
judge_network_row(struct judge_host *h, const struct judge_row *row, uint32_t first, uint32_t last, uint64_t *id,
                  bool *fresh)
{
	struct judge_network *n;
	uint64_t now;
	bool contact;

	*id = network_id(&row->destination);
	*fresh = false;
	if ((n = network_at(h, *id, first)) == NULL)
		return false;
	contact = *fresh = n->id == 0;
	if (n->id == 0)
		*n = (struct judge_network){.id = *id, .first = first, .last = last, .begun = first};
	else if (first / JUDGE_MINUTE > n->last / JUDGE_MINUTE)
		contact = next_minute(n, first, h->unnamed > 0);
	now = n->now + row->attempts;
	n->now = now < UINT16_MAX ? (uint16_t)now : UINT16_MAX;
	n->contacts = (uint16_t)(n->contacts + (contact && n->contacts < UINT16_MAX));
	if (n->begun > first)
		n->begun = first;
	if (n->last < last)
		n->last = last;
	return contact;
}

uint32_t
judge_networks_of_day(const struct judge_host *h, uint32_t at)
{
	size_t count;
	const struct judge_network *list = judge_networks(h, &count);
	uint32_t known = 0;
	uint64_t highest = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i].id == 0 || (at > list[i].last && at - list[i].last > JUDGE_DAY))
			continue;
		known++;
		if (highest < list[i].id)
			highest = list[i].id;
	}
	if (known < JUDGE_FAR)
		return known;
	return (uint32_t)((JUDGE_FAR - 1) / ldexp((double)highest, -64) + 0.5);
}

static void
set_bit(struct judge_wide *w, uint16_t brief)
{
	w->bits[brief % JUDGE_BITS / 64] |= UINT64_C(1) << brief % 64;
}

void
judge_widen(struct judge_host *h, struct judge_wide *wide)
{
	memset(wide, 0, sizeof *wide);
	memcpy(wide->networks, h->near, sizeof h->near);
	for (size_t i = 0; i < h->addresses; i++)
		set_bit(wide, h->address[i]);
	h->wide = wide;
}

void
judge_narrow(struct judge_host *h)
{
	struct judge_wide *w = h->wide;

	h->wide = NULL;
	for (size_t i = 0; i < JUDGE_NEAR; i++) {
		struct judge_network *latest = &w->networks[0];

		for (size_t k = 1; k < JUDGE_FAR; k++)
			if (w->networks[k].id != 0 && w->networks[k].last > latest->last)
				latest = &w->networks[k];
		h->near[i] = *latest;
		memset(latest, 0, sizeof *latest);
	}
}

bool
judge_is_tight(const struct judge_host *h, const struct judge_row *row, uint32_t tick)
{
	uint64_t id = network_id(&row->destination);
	bool room = false;

	if (h->wide != NULL)
		return false;
	for (size_t i = 0; i < JUDGE_NEAR; i++)
		room |= h->near[i].id == 0 || h->near[i].id == id ||
		        (tick > h->near[i].last && tick - h->near[i].last > JUDGE_DAY);
	return !room || h->addresses == JUDGE_ADDRESSES;
}

void
judge_see_address(struct judge_host *h, const struct addr *destination)
{
	uint64_t id = hash(destination, addr_size(destination));
	uint16_t brief = (uint16_t)id; /* enough to go on with when the host becomes wide */

	if (h->wide != NULL) {
		set_bit(h->wide, brief);
		return;
	}
	for (size_t i = 0; i < h->addresses; i++)
		if (h->address[i] == brief)
			return;
	if (h->addresses < JUDGE_ADDRESSES)
		h->address[h->addresses++] = brief;
}

uint32_t
judge_addresses(const struct judge_host *h)
{
	unsigned int set = 0;

	if (h->wide == NULL)
		return h->addresses;
	for (size_t i = 0; i < JUDGE_BITS / 64; i++)
		set += (unsigned int)__builtin_popcountll(h->wide->bits[i]);
	if (set >= JUDGE_BITS)
		set = JUDGE_BITS - 1;
	return (uint32_t)(JUDGE_BITS * log((double)JUDGE_BITS / (JUDGE_BITS - set)) + 0.5);
}

bool
judge_bogon(const struct addr *destination)
{
	const uint8_t *b = destination->bytes;

	if (destination->family == 6) /* global unicast is 2000::/3 so far */
		return b[0] >> 5 != 1;
	return b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 || (b[0] == 169 && b[1] == 254) ||
	       (b[0] == 172 && b[1] >> 4 == 1) || (b[0] == 192 && b[1] == 168);
}
