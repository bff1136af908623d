/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: each destination is looked up once; a map remembers its group, and that it was counted. Hosts and
 * networks of a group are told apart by a set of pairs. */
#include "breakdown.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/policy/event.h"
#include "lib/base/log.h"
#include "pairs.h"

struct known {
	struct addr destination;
	uint32_t group;
};

struct name {
	uint8_t bytes[4]; /* a country or a number */
	uint32_t group;
};

static const struct table_type known_type = {.size = sizeof(struct known), .key = sizeof(struct addr), .grows = true};
static const struct table_type name_type = {.size = sizeof(struct name), .key = 4, .grows = true};

struct breakdown_index {
	const struct geo *geo;
	struct table *known; /* struct known */
	struct table *names; /* struct name: of all groups */
	struct pairs *pairs;
	size_t room;
	struct addr host; /* of the latest row: rows of a host and minute come together */
	struct host *found;
};

/* Kinds of pairs of a group. */
enum pair_kind { PAIR_HOST, PAIR_OTHERS_HOST, PAIR_NETWORK };

struct breakdown *
breakdown_new(enum breakdown_kind kind, const struct geo *geo)
{
	struct breakdown *b = whole(calloc(1, sizeof *b));
	struct breakdown_index *x = whole(calloc(1, sizeof *x));

	b->kind = kind;
	b->index = x;
	x->geo = geo;
	x->known = whole(table_new(&known_type, 192));
	x->names = whole(table_new(&name_type, 48));
	x->pairs = whole(pairs_new());
	return b;
}

void
breakdown_free(struct breakdown *b)
{
	if (b == NULL)
		return;
	free(b->groups);
	table_free(b->index->known);
	table_free(b->index->names);
	pairs_free(b->index->pairs);
	free(b->index);
	free(b);
}

/* The group of a place, a new one if need be. */
static uint32_t
group_of(struct breakdown *b, const struct geo_place *place)
{
	struct breakdown_index *x = b->index;
	uint8_t bytes[4] = {0};
	struct name *name;
	struct group *g;
	bool is_new;

	if (b->kind == BREAKDOWN_COUNTRY)
		memcpy(bytes, place->country, 2);
	else
		memcpy(bytes, &place->as, sizeof place->as);
	name = whole(table_add(x->names, bytes, &is_new));
	if (!is_new) {
		g = &b->groups[name->group];
		if (b->kind == BREAKDOWN_SYSTEM && g->place.name[0] == '\0')
			memcpy(g->place.name, place->name, sizeof g->place.name);
		return name->group;
	}
	if (b->count == x->room) {
		x->room = 2 * x->room + 64;
		b->groups = whole(reallocarray(b->groups, x->room, sizeof *b->groups));
	}
	name->group = (uint32_t)b->count;
	g = &b->groups[b->count++];
	*g = (struct group){.hosts = 0};
	if (b->kind == BREAKDOWN_COUNTRY) {
		memcpy(g->place.country, place->country, sizeof g->place.country);
	} else {
		g->place.as = place->as;
		memcpy(g->place.name, place->name, sizeof g->place.name);
	}
	return name->group;
}

/* True the first time that an address comes with a group. */
static bool
is_new(struct breakdown_index *x, enum pair_kind kind, uint32_t group, const struct addr *addr)
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
	if (!pairs_add(x->pairs, &pair, sizeof pair, 1, &seen))
		fatal("report by place");
	return seen == 0;
}

static uint32_t
find_group(struct breakdown *b, const struct addr *destination)
{
	struct breakdown_index *x = b->index;
	struct known *known;
	struct geo_place place;
	struct addr network;
	uint32_t group;
	bool first;

	known = whole(table_add(x->known, destination, &first));
	if (!first)
		return known->group;
	place = geo_find(x->geo, destination);
	group = known->group = group_of(b, &place);
	network = prefix_of(destination, destination->family == 4 ? 24 : 48).addr;
	b->groups[group].destinations++;
	b->groups[group].networks += is_new(x, PAIR_NETWORK, group, &network);
	return group;
}

static struct host *
find_host(struct breakdown_index *x, struct report *r, const struct addr *addr)
{
	if (x->found == NULL || !addr_equal(&x->host, addr)) {
		x->host = *addr;
		x->found = report_host(r, addr);
	}
	return x->found;
}

void
breakdown_row(struct breakdown *b, struct report *r, const struct row *row)
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
	if (is_new(b->index, known ? PAIR_HOST : PAIR_OTHERS_HOST, n, &h->addr)) {
		g->hosts++;
		g->zombies += zombie;
	}
	g->established += row->established;
	g->leaked += row->leaked;
	/* Both sides count the same attempts. */
	if (host_counts(h) != &h->side[row->side])
		return;
	b->attempts += row->attempts;
	g->attempts += row->attempts;
	g->retransmits += row->retransmits;
	g->syns += row->syns;
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
breakdown_finish(struct breakdown *b)
{
	if (b->count > 0)
		qsort(b->groups, b->count, sizeof *b->groups, group_cmp);
	/* No more than attempts, whatever was estimated: minutes may share the same others. */
	if (b->others.destinations > b->others.attempts)
		b->others.destinations = b->others.attempts;
}
