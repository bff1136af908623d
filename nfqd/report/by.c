/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: each destination is looked up once; a map remembers its group, and that it was counted. Hosts and
 * networks of a group are told apart by a set of pairs. */
#include "by.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "lib/base/addr_map.h"
#include "lib/policy/event.h"
#include "lib/base/log.h"
#include "pairs.h"

#define NAME 100 /* as the family of what groups are named by: as bytes, a country or a number */

struct by_index {
	const struct geo *geo;
	uint64_t seed;
	struct addr_map *known; /* destinations and names -> uint32_t, their group */
	struct pairs *pairs;
	size_t room;
	struct addr host; /* of the latest row: rows of a host and minute come together */
	struct host *found;
};

/* What has been seen of a group. */
enum pair_kind { PAIR_HOST, PAIR_OTHERS_HOST, PAIR_NETWORK };

static void *
whole(void *p)
{
	if (p == NULL)
		fatal("report by place");
	return p;
}

struct by *
by_new(enum by_kind kind, const struct geo *geo)
{
	struct by *b = whole(calloc(1, sizeof *b));
	struct by_index *x = whole(calloc(1, sizeof *x));

	b->kind = kind;
	b->index = x;
	x->geo = geo;
	if (getrandom(&x->seed, sizeof x->seed, GRND_NONBLOCK) < 0)
		x->seed = 0;
	x->known = whole(addr_map_new(sizeof(uint32_t)));
	x->pairs = whole(pairs_new());
	return b;
}

void
by_free(struct by *b)
{
	if (b == NULL)
		return;
	free(b->groups);
	addr_map_free(b->index->known);
	pairs_free(b->index->pairs);
	free(b->index);
	free(b);
}

/* Returns the group. */
static uint32_t
remember(struct by_index *x, const struct addr *addr, uint32_t group)
{
	return *(uint32_t *)whole(addr_map_add(x->known, addr)) = group;
}

/* The group of a place, a new one if need be. */
static uint32_t
group_of(struct by *b, const struct geo_place *place)
{
	struct by_index *x = b->index;
	struct addr name = {.family = NAME};
	struct group *g;
	const uint32_t *known;

	if (b->kind == BY_COUNTRY)
		memcpy(name.bytes, place->country, 2);
	else
		memcpy(name.bytes, &place->as, sizeof place->as);
	if ((known = addr_map_find(x->known, &name)) != NULL) {
		g = &b->groups[*known];
		if (b->kind == BY_SYSTEM && g->place.name[0] == '\0')
			memcpy(g->place.name, place->name, sizeof g->place.name);
		return *known;
	}
	if (b->count == x->room) {
		x->room = 2 * x->room + 64;
		b->groups = whole(reallocarray(b->groups, x->room, sizeof *b->groups));
	}
	g = &b->groups[b->count++];
	*g = (struct group){.hosts = 0};
	if (b->kind == BY_COUNTRY) {
		memcpy(g->place.country, place->country, sizeof g->place.country);
	} else {
		g->place.as = place->as;
		memcpy(g->place.name, place->name, sizeof g->place.name);
	}
	return remember(x, &name, (uint32_t)b->count - 1);
}

/* Whether that was not yet seen of the group. */
static bool
is_new(struct by_index *x, enum pair_kind kind, uint32_t group, const struct addr *addr)
{
	struct {
		uint32_t kind, group;
		struct addr addr;
	} pair;
	unsigned int seen;

	memset(&pair, 0, sizeof pair);
	pair.kind = (uint32_t)kind;
	pair.group = group;
	pair.addr = *addr;
	if (!pairs_add(x->pairs, XXH3_64bits_withSeed(&pair, sizeof pair, x->seed), 1, &seen))
		fatal("report by place");
	return seen == 0;
}

static uint32_t
find_group(struct by *b, const struct addr *destination)
{
	struct by_index *x = b->index;
	const uint32_t *known = addr_map_find(x->known, destination);
	struct geo_place place;
	struct addr network;
	uint32_t group;

	if (known != NULL)
		return *known;
	place = geo_find(x->geo, destination);
	group = remember(x, destination, group_of(b, &place));
	network = prefix_of(destination, destination->family == 4 ? 24 : 48).addr;
	b->groups[group].destinations++;
	b->groups[group].networks += is_new(x, PAIR_NETWORK, group, &network);
	return group;
}

static struct host *
find_host(struct by_index *x, struct report *r, const struct addr *addr)
{
	if (x->found == NULL || !addr_equal(&x->host, addr)) {
		x->host = *addr;
		x->found = report_host(r, addr);
	}
	return x->found;
}

void
by_row(struct by *b, struct report *r, const struct row *row)
{
	const struct host *h = find_host(b->index, r, &row->host);
	bool known = row->destination.family != 0, zombie;
	uint32_t n = 0;
	struct group *g;

	if (h == NULL || (r->zombies && host_label_of(h) != LABEL_ZOMBIE))
		return;
	zombie = host_label_of(h) == LABEL_ZOMBIE;
	if (known)
		n = find_group(b, &row->destination);
	g = known ? &b->groups[n] : &b->others;
	if (is_new(b->index, known ? PAIR_HOST : PAIR_OTHERS_HOST, n, &row->host)) {
		g->hosts++;
		g->zombies += zombie;
	}
	g->established += row->established;
	g->leaked += row->leaked;
	/* Both sides tell of the same attempts. */
	if (host_sight(h) != &h->side[row->side])
		return;
	b->attempts += row->attempts;
	g->attempts += row->attempts;
	g->retransmits += row->retransmits;
	if (!known)
		g->destinations += row->destinations;
	if (row->side == SIDE_GATE)
		*(verdict_refuses(row->verdict) ? &g->blocked : &g->allowed) += row->attempts;
}

static int
group_cmp(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->attempts != b->attempts)
		return a->attempts > b->attempts ? -1 : 1;
	if (a->destinations != b->destinations)
		return a->destinations > b->destinations ? -1 : 1;
	if (a->place.as != b->place.as)
		return a->place.as < b->place.as ? -1 : 1;
	return strcmp(a->place.country, b->place.country);
}

void
by_finish(struct by *b)
{
	if (b->count > 0)
		qsort(b->groups, b->count, sizeof *b->groups, group_cmp);
	/* No more than attempts, whatever was estimated: minutes may share the same others. */
	if (b->others.destinations > b->others.attempts)
		b->others.destinations = b->others.attempts;
}
