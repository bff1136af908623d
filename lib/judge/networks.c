/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The networks that a host contacts: an IPv4 /24 or an IPv6 /48 is one.
 *
 * If there are too many, those with the smallest hashes are kept: a sample that is independent of the host's behaviour,
 * so returns to a network can still be recognized (bottom-k sampling, Cohen and Kaplan 2007). */
#include <math.h>
#include <string.h>

#include "state.h"

#define SPACED 4 /* minutes: the shortest pause before a mail server's retry */
#define BRIEF_MOST 63U
#define PROMPT 120 /* minutes: ... the longest */

uint64_t
judge_network_id(const struct addr *destination)
{
	uint64_t hash = judge_hash(destination, destination->family == 4 ? 3 : 6);

	return (hash & ~(uint64_t)JUDGE_KIND_BITS) | JUDGE_OF_NETWORK;
}

struct prefix
judge_network_of(const struct addr *destination)
{
	struct addr bare = judge_bare(destination);

	return prefix_of(&bare, bare.family == 4 ? 24 : 48);
}

bool
judge_network_lives(const struct judge_network *n, uint32_t at)
{
	return n->id != 0 && (at <= n->last || at / JUDGE_MINUTE - n->last / JUDGE_MINUTE <= JUDGE_DAY / JUDGE_MINUTE);
}

const struct judge_network *
judge_networks(const struct judge_host *h, size_t *count)
{
	*count = h->wide != NULL ? JUDGE_FAR : JUDGE_NEAR;
	return h->wide != NULL ? h->wide->networks : h->near;
}

struct judge_network *
judge_network_find(struct judge_host *h, uint64_t id, uint32_t at)
{
	size_t count = h->wide != NULL ? JUDGE_FAR : JUDGE_NEAR;
	struct judge_network *list = h->wide != NULL ? h->wide->networks : h->near;

	for (size_t i = 0; i < count; i++)
		if (list[i].id == id && judge_network_lives(&list[i], at))
			return &list[i];
	return NULL;
}

/* Makes room for a network in a full list, if it belongs to the sample. */
static struct judge_network *
replace(struct judge_wide *w, struct judge_network *highest, uint64_t id, uint32_t tick)
{
	if (w != NULL) {
		w->beyond = id < highest->id ? highest->id : id;
		w->beyond_at = tick;
	}
	if (id > highest->id)
		return NULL;
	memset(highest, 0, sizeof *highest);
	return highest;
}

/* The network's entry, free (id 0) if it is new to the host. NULL if it is outside the sample: then unknown. */
static struct judge_network *
network_at(struct judge_host *h, uint64_t id, uint32_t tick)
{
	size_t count = h->wide != NULL ? JUDGE_FAR : JUDGE_NEAR;
	struct judge_network *list = h->wide != NULL ? h->wide->networks : h->near, *highest = NULL, *unused = NULL;
	struct judge_wide *w = h->wide;
	size_t known = 0;

	for (size_t i = 0; i < count; i++) {
		struct judge_network *n = &list[i];

		if (n->id == id && judge_network_lives(n, tick))
			return n;
		if (!judge_network_lives(n, tick)) {
			memset(n, 0, sizeof *n);
			unused = n;
			continue;
		}
		known++;
		if (highest == NULL || n->id > highest->id)
			highest = n;
	}
	if (w != NULL && w->beyond != 0 && tick > w->beyond_at &&
	    tick / JUDGE_MINUTE - w->beyond_at / JUDGE_MINUTE > JUDGE_DAY / JUDGE_MINUTE)
		w->beyond = 0;
	/* When a host contacts fewer networks than before, the sample grows; once a minute at most, since rows come in
	 * parts. */
	if (w != NULL && w->beyond != 0 && id >= w->beyond && known < JUDGE_FAR / 2 &&
	    tick / JUDGE_MINUTE != w->beyond_at / JUDGE_MINUTE)
		w->beyond = w->beyond > UINT64_MAX / 2 ? 0 : 2 * w->beyond;
	if (w != NULL && w->beyond != 0 && id >= w->beyond) {
		w->beyond_at = tick;
		return NULL;
	}
	return unused != NULL ? unused : replace(w, highest, id, tick);
}

/* Adds the pause between two attempts, or the mean of several in a minute; `alike` counts those like the previous. */
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

/* No attempt of the latest minute was before `first`, none after `last`. */
static void
stretch(struct judge_network *n, uint32_t first, uint32_t last)
{
	uint32_t begun = n->last > n->span ? n->last - n->span : 0;

	if (begun > first)
		begun = first;
	if (n->last < last)
		n->last = last;
	n->span = (uint16_t)(n->last - begun < UINT16_MAX ? n->last - begun : UINT16_MAX);
}

/* The first attempt in a new minute. */
static void
next_minute(struct judge_network *n, uint32_t first, bool sampled)
{
	uint32_t pause = first / JUDGE_MINUTE - n->last / JUDGE_MINUTE, gap = first - n->last;

	if (n->now > 1)
		add_gap(n, n->span / (n->now - 1U));
	/* If a host has more destinations in a minute than rows, some attempts are missing here. */
	if (sampled && n->gap > 0 && gap > n->gap + n->gap / 2)
		gap /= (gap + n->gap / 2) / n->gap;
	add_gap(n, gap);
	n->now = 0;
	if (pause >= SPACED && n->spaced == 0)
		n->prompt = first / JUDGE_MINUTE - n->first / JUDGE_MINUTE <= PROMPT;
	if (pause >= SPACED)
		n->spaced = (uint8_t)(n->spaced + (n->spaced < UINT8_MAX));
	else if (pause > 1)
		n->brief = (n->brief + (n->brief < BRIEF_MOST ? 1U : 0U)) & BRIEF_MOST;
	if (pause > 1 && pause < SPACED && n->spaced > 0)
		n->brief_late = 1;
	n->last = first;
	n->span = 0;
}

bool
judge_network_row(struct judge_host *h, const struct judge_row *row, uint32_t first, uint32_t last,
                  struct judge_step *step)
{
	uint64_t id = judge_name_id(h, row, first);
	struct judge_network *n;
	uint64_t now;
	bool contact;

	step->network = id;
	step->fresh = false;
	if ((n = network_at(h, id, first)) == NULL)
		return false;
	step->fresh = n->id == 0;
	contact = step->fresh || first / JUDGE_MINUTE > n->last / JUDGE_MINUTE;
	if (step->fresh)
		*n = (struct judge_network){.id = id, .first = first, .last = first};
	judge_name_row(n, row, first, step->fresh);
	if (contact && !step->fresh)
		next_minute(n, first, judge_hides(h));
	now = n->now + row->attempts;
	n->now = now < UINT16_MAX ? (uint16_t)now : UINT16_MAX;
	n->contacts = (uint16_t)(n->contacts + (contact && n->contacts < UINT16_MAX));
	stretch(n, first, last);
	return contact;
}

uint32_t
judge_networks_of_day(const struct judge_host *h, uint32_t at, unsigned kinds)
{
	size_t count;
	const struct judge_network *list = judge_networks(h, &count);
	uint64_t beyond = h->wide != NULL ? h->wide->beyond : 0;
	uint32_t known = 0;

	for (size_t i = 0; i < count; i++)
		known += judge_is_among(list[i].id, kinds) && judge_network_lives(&list[i], at) &&
		         (beyond == 0 || list[i].id < beyond);
	if (beyond == 0)
		return known;
	/* The sample has all networks with smaller ids. At most 2^32. */
	return (uint32_t)fmin(known / ldexp((double)beyond, -64) + 0.5, UINT32_MAX);
}

void
judge_widen(struct judge_host *h, struct judge_wide *wide, uint32_t tick)
{
	memset(wide, 0, sizeof *wide);
	memcpy(wide->networks, h->near, sizeof h->near);
	wide->day = tick / JUDGE_DAY;
	wide->steps.since = tick / JUDGE_MINUTE + 1;
	judge_bits_of(h, wide);
	for (size_t i = 0; i < JUDGE_NEAR; i++)
		if (judge_kind_of(h->near[i].id) == JUDGE_OF_NAME) {
			wide->named.contacts += h->near[i].contacts;
			wide->named.fresh++;
		}
	memset(h->near, 0, sizeof h->near);
	h->wide = wide;
}

bool
judge_is_tight(struct judge_host *h, const struct judge_row *row, uint32_t tick)
{
	uint64_t id;
	bool room = false;

	if (h->wide != NULL)
		return false;
	id = judge_name_id(h, row, tick);
	for (size_t i = 0; i < JUDGE_NEAR; i++)
		room |= h->near[i].id == id || !judge_network_lives(&h->near[i], tick);
	return !room || !judge_has_room(h, &row->destination);
}
