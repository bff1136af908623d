/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a row is added to the host's counts, then to the record of its destination's network; if that begins a
 * contact, the walk makes a step. */
#include "judge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

#define DAY_MINUTES (24 * 60)       /* minutes */
#define TOGETHER (10 * JUDGE_TICKS) /* networks contacted within ten seconds count as contacted at once */
#define REVIEW (7 * JUDGE_DAY)      /* a host that crossed and contacts no new network for this long is judged anew */

static_assert(sizeof(struct judge_host) <= 256, "100,000 quiet hosts have 25 MB");
static_assert(sizeof(struct judge_host) + sizeof(struct judge_wide) <= 2662, "2.6 KiB for a host with many networks");

struct judge {
	struct judge_bounds bounds;
	struct judge_host host;
	struct judge_wide wide; /* the host's, if host.wide points to it */
	void (*step)(void *arg, const struct judge_step *s);
	void *arg;
};

struct judge_key
judge_key_address(const struct addr *a)
{
	struct judge_key key = {.kind = a->family == 4 ? JUDGE_IPV4 : JUDGE_IPV6};

	/* All hosts have the same link-local /64. */
	memcpy(key.bytes, a->bytes + (addr_link_local(a) ? 8 : 0), a->family == 4 ? 4 : 8);
	return key;
}

struct judge_key
judge_key_mac(const uint8_t mac[6])
{
	struct judge_key key = {.kind = JUDGE_MAC};

	memcpy(key.bytes, mac, 6);
	return key;
}

struct judge *
judge_new(const struct judge_parameters *p, void (*step)(void *arg, const struct judge_step *s), void *arg)
{
	struct judge *j = calloc(1, sizeof *j);

	if (j == NULL)
		return NULL;
	j->bounds = judge_bounds_of(p);
	j->step = step;
	j->arg = arg;
	return j;
}

void
judge_free(struct judge *j)
{
	free(j);
}

void
judge_begin(struct judge *j, const struct judge_key *key)
{
	j->host = (struct judge_host){.key = *key};
}

struct judge_key
judge_key(const struct judge *j)
{
	return j->host.key;
}

const struct judge_host *
judge_host(const struct judge *j)
{
	return &j->host;
}

void
judge_put(struct judge *j, const struct judge_host *host, const struct judge_wide *wide)
{
	j->host = *host;
	j->host.wide = NULL;
	if (wide == NULL)
		return;
	j->wide = *wide;
	j->host.wide = &j->wide;
}

/* True if the host begins anew: it was silent for a day, or the clock was set back by a day; it crossed, but has
 * contacted no new network during REVIEW; or its ticks are used up. Computed in whole minutes, because a row may come
 * in parts. */
static bool
is_over(const struct judge_host *h, int64_t when)
{
	int64_t away = when / MINUTE - h->last / MINUTE;
	uint32_t tick = judge_tick(h, when);

	if (!h->begun || away > DAY_MINUTES || away < -DAY_MINUTES || tick == UINT32_MAX)
		return true;
	return h->crossed != JUDGE_BELOW && tick > h->renewed &&
	       tick / JUDGE_MINUTE - h->renewed / JUDGE_MINUTE > REVIEW / JUDGE_MINUTE;
}

static void
begin_anew(struct judge_host *h, int64_t when)
{
	*h = (struct judge_host){.key = h->key,
	                         .begun = JUDGE_BEGUN,
	                         .allowed = h->allowed,
	                         .base = when - when % MINUTE,
	                         .first = when,
	                         .last = when};
}

static void
add(uint32_t *counter, uint64_t n)
{
	*counter = n < UINT32_MAX - *counter ? *counter + (uint32_t)n : UINT32_MAX;
}

static void
count_syns(struct judge_host *h, uint64_t syns, uint32_t tick)
{
	uint16_t minute = (uint16_t)(tick / JUDGE_MINUTE);

	if (syns == 0)
		return;
	if (h->syns_at != minute)
		h->syns_now = 0;
	h->syns_at = minute;
	add(&h->syns_now, syns);
	if (h->syns_most < h->syns_now)
		h->syns_most = h->syns_now;
}

static void
count_row(struct judge_host *h, const struct judge_row *row)
{
	add(&h->attempts, row->attempts);
	add(&h->retransmits, row->retransmits);
	add(&h->raw, row->raw);
	add(&h->established, row->established);
	if (row->port == 465 || row->port == 587 || row->port == 2525)
		add(&h->submission, row->attempts);
	if (row->destination.family == 0)
		add(&h->unnamed, row->attempts);
	else if (row->answer == JUDGE_SILENCE) {
		add(&h->silent, row->attempts);
		add(&h->silent_again, row->retransmits);
	}
}

/* Counts new networks within ten seconds: the parallel connections of the host. */
static void
count_burst(struct judge_host *h, uint32_t tick)
{
	if (h->bursting == 0 || tick < h->burst_since || tick - h->burst_since > TOGETHER) {
		h->burst_since = tick;
		h->bursting = 0;
	}
	h->bursting = (uint8_t)(h->bursting + (h->bursting < UINT8_MAX));
	if (h->burst < h->bursting)
		h->burst = h->bursting;
}

/* Counts gaps between contacts that are alike: a timer makes them, not a person. */
static void
count_rhythm(struct judge_host *h, uint32_t tick, uint64_t network)
{
	uint32_t gap = tick > h->contact ? tick - h->contact : 0;
	uint32_t difference = gap > h->gap ? gap - h->gap : h->gap - gap;

	h->together += h->contacts > 1 && gap <= JUDGE_MINUTE && (uint32_t)network != h->before;
	h->before = (uint32_t)network;
	if (h->contacts > 1 && gap > JUDGE_MINUTE) {
		h->gaps++;
		h->alike += h->gaps > 1 && difference <= h->gap / 16;
		h->gap = gap;
	}
	if (h->contacts == 1 || gap > JUDGE_MINUTE)
		h->contact = tick;
}

static void
count_bogon(struct judge_host *h, const struct judge_row *row)
{
	if (!judge_bogon(&row->destination))
		return;
	add(&h->bogons, row->attempts);
	h->bogon |= UINT32_C(1) << (judge_network_id(&row->destination) >> 2) % 32;
}

/* A copy of the row with impossible values corrected: the database may be hostile. */
static struct judge_row
plain(const struct judge_row *row)
{
	struct judge_row r = *row;

	r.destination = judge_bare(&r.destination);
	r.first = r.first < 0 ? 0 : r.first >= WHEN_END ? WHEN_END - 1 : r.first;
	if (r.last > r.first - r.first % MINUTE + MINUTE - 1)
		r.last = r.first - r.first % MINUTE + MINUTE - 1;
	if (r.last < r.first)
		r.last = r.first;
	return r;
}

static void
judge_contact(struct judge *j, uint32_t tick, struct judge_step *step)
{
	struct judge_host *h = &j->host;

	h->contacts++;
	count_rhythm(h, tick, step->network);
	if (step->fresh) {
		h->fresh++;
		h->renewed = tick;
		count_burst(h, tick);
	}
	if (judge_walk(&j->bounds, h, tick, step) && j->step != NULL)
		j->step(j->arg, step);
}

void
judge_row(struct judge *j, const struct judge_row *given)
{
	struct judge_host *h = &j->host;
	struct judge_row row = plain(given);
	struct judge_step step = {.when = row.first};
	struct judge_network *n;
	bool new_address;
	uint32_t tick;

	if (row.listed) {
		add(&h->allowed, row.attempts);
		return;
	}
	if (row.attempts > 0 || row.syns > 0) {
		if (is_over(h, row.first))
			begin_anew(h, row.first);
		if (h->last < row.last)
			h->last = row.last;
	}
	count_row(h, &row);
	count_syns(h, row.syns, judge_tick(h, row.first));
	if (row.destination.family == 0 || row.attempts == 0)
		return;
	tick = judge_tick(h, row.first);
	if (judge_is_tight(h, &row, tick))
		judge_widen(h, &j->wide, tick);
	new_address = judge_see_address(h, &row.destination, tick);
	if (h->wide != NULL)
		judge_steps_row(&h->wide->steps, &row, tick);
	if (judge_network_row(h, &row, tick, judge_tick(h, row.last), &step))
		judge_contact(j, tick, &step);
	if (new_address && (n = judge_network_find(h, step.network, tick)) != NULL)
		judge_name_address(n, &row.destination);
	count_bogon(h, &row);
}

void
judge_stacks(struct judge *j, int64_t when, const struct stack_turns turns[STACKS_MOST])
{
	struct judge_host *h = &j->host;
	uint32_t tick = judge_tick(h, when);
	size_t held = 0, more = 0;

	while (held < STACKS_MOST && h->stacks[held].stack != 0)
		held++;
	while (more < STACKS_MOST && turns[more].stack != 0)
		more++;
	/* Each hour counts from zero: a smaller number replaces a larger one only after an hour. */
	if (!h->begun || (more < held && tick >= h->stacks_at && tick - h->stacks_at <= 60 * JUDGE_MINUTE))
		return;
	memcpy(h->stacks, turns, sizeof h->stacks);
	h->stacks_at = tick;
}

struct judgement
judge_verdict(const struct judge *j, int64_t now)
{
	return judge_verdict_of(&j->bounds, &j->host, now);
}
