/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detail.h"

#include <stdlib.h>
#include <string.h>

#include "lib/policy/event.h"
#include "lib/base/log.h"
#include "lib/base/when.h"

#define MINUTES_SHOWN (3 * HOUR)

/* Makes room for one more entry of an array that grows. */
static void *
grow(void *array, size_t count, size_t *room, size_t size)
{
	void *p = array;

	if (count == *room) {
		*room = *room * 2 + 8; /* small at first: a plan has one such array per host */
		p = reallocarray(array, *room, size);
		if (p == NULL)
			fatal("host with %zu entries", *room);
	}
	return p;
}

static void
stretch_add(struct stretch *to, const struct stretch *from)
{
	for (int side = 0; side < SIDE_COUNT; side++) {
		to->attempts[side] += from->attempts[side];
		to->retransmits[side] += from->retransmits[side];
	}
	to->blocked += from->blocked;
	to->allowed += from->allowed;
	to->syns += from->syns;
}

static void
timeline_add(struct detail *d, const struct row *row)
{
	struct stretch s = {.since = row->minute * MINUTE, .syns = row->syns};

	s.attempts[row->side] = row->attempts;
	s.retransmits[row->side] = row->retransmits;
	if (row->side == SIDE_GATE)
		*(verdict_refuses(row->verdict) ? &s.blocked : &s.allowed) = row->attempts;
	d->hours |= row->hour;
	/* Rows come by minute. */
	if (d->timeline_count > 0 && d->timeline[d->timeline_count - 1].since == s.since) {
		stretch_add(&d->timeline[d->timeline_count - 1], &s);
		return;
	}
	d->timeline = grow(d->timeline, d->timeline_count, &d->timeline_room, sizeof *d->timeline);
	d->timeline[d->timeline_count++] = s;
}

static void
timeline_finish(struct detail *d)
{
	size_t kept = 0;

	d->step = MINUTE;
	if (d->timeline_count == 0 ||
	    (!d->hours && d->timeline[d->timeline_count - 1].since - d->timeline[0].since <= MINUTES_SHOWN))
		return;
	d->step = HOUR;
	for (size_t n = 0; n < d->timeline_count; n++) {
		struct stretch s = d->timeline[n];

		s.since -= (s.since % d->step + d->step) % d->step;
		if (kept > 0 && d->timeline[kept - 1].since == s.since)
			stretch_add(&d->timeline[kept - 1], &s);
		else
			d->timeline[kept++] = s;
	}
	d->timeline_count = kept;
}

/* By destination and port; the gate's before pcapmon's. */
static int
reached_cmp(const void *left, const void *right)
{
	const struct reached *a = left, *b = right;
	int c = addr_cmp(&a->destination, &b->destination);

	if (c != 0)
		return c;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->decided != b->decided)
		return a->decided ? -1 : 1;
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	return (int)a->reason - (int)b->reason;
}

static int
reached_most(const void *left, const void *right)
{
	const struct reached *a = left, *b = right;

	if ((a->leaked > 0) != (b->leaked > 0))
		return a->leaked > 0 ? -1 : 1;
	if (a->attempts != b->attempts)
		return a->attempts > b->attempts ? -1 : 1;
	if (a->syns != b->syns)
		return a->syns > b->syns ? -1 : 1;
	return reached_cmp(a, b);
}

static void
reached_sum(struct reached *to, const struct reached *from)
{
	to->attempts += from->attempts;
	to->retransmits += from->retransmits;
	to->syns += from->syns;
	to->established += from->established;
	to->leaked += from->leaked;
	to->destinations = to->destination.family != 0 ? 1 : to->destinations + from->destinations;
	if (to->first > from->first)
		to->first = from->first;
	if (to->last < from->last)
		to->last = from->last;
}

/* Sorts, and makes one of those that are about the same. */
static void
reached_fold(struct detail *d)
{
	size_t kept = 0;

	if (d->reached_count == 0)
		return;
	qsort(d->reached, d->reached_count, sizeof *d->reached, reached_cmp);
	for (size_t n = 1; n < d->reached_count; n++) {
		if (reached_cmp(&d->reached[kept], &d->reached[n]) == 0)
			reached_sum(&d->reached[kept], &d->reached[n]);
		else
			d->reached[++kept] = d->reached[n];
	}
	d->reached_count = kept + 1;
}

/* If both sides saw a destination and port, pcapmon's outcome is added to the gate's largest count. */
static void
reached_join(struct detail *d)
{
	size_t kept = 0, first = 0;

	for (size_t n = 0; n < d->reached_count; n++) {
		struct reached *r = &d->reached[n], *most = NULL;

		if (kept > 0 &&
		    (d->reached[first].port != r->port || !addr_equal(&d->reached[first].destination, &r->destination)))
			first = kept;
		for (size_t k = first; !r->decided && k < kept; k++)
			if (most == NULL || most->attempts < d->reached[k].attempts)
				most = &d->reached[k];
		if (most == NULL) {
			d->reached[kept++] = *r;
			continue;
		}
		most->seen = true;
		most->established += r->established;
		most->leaked += r->leaked;
	}
	d->reached_count = kept;
}

void
detail_row(struct detail *d, const struct row *row)
{
	struct reached r = {
	        .destination = row->destination,
	        .port = row->port,
	        .decided = row->side == SIDE_GATE,
	        .seen = row->side == SIDE_WIRE,
	        .verdict = row->verdict,
	        .reason = row->reason,
	        .attempts = row->attempts,
	        .retransmits = row->retransmits,
	        .syns = row->syns,
	        .established = row->established,
	        .leaked = row->leaked,
	        .destinations = row->destinations,
	        .first = row->first,
	        .last = row->last,
	};

	timeline_add(d, row);
	/* Folding only when full, and growing only when that did not free half, costs little for each row. */
	if (d->reached_count > 0 && d->reached_count == d->reached_room) {
		reached_fold(d);
		if (d->reached_count > d->reached_room / 2)
			d->reached = grow(d->reached, d->reached_room, &d->reached_room, sizeof *d->reached);
	}
	d->reached = grow(d->reached, d->reached_count, &d->reached_room, sizeof *d->reached);
	d->reached[d->reached_count++] = r;
}

void
detail_device(struct detail *d, const struct card *card)
{
	for (size_t n = 0; n < d->device_count; n++) {
		struct card *known = &d->devices[n];

		if (memcmp(known->mac, card->mac, sizeof known->mac) != 0)
			continue;
		if (known->first > card->first)
			known->first = card->first;
		if (known->last < card->last)
			known->last = card->last;
		return;
	}
	d->devices = grow(d->devices, d->device_count, &d->device_room, sizeof *d->devices);
	d->devices[d->device_count++] = *card;
}

static int
device_cmp(const void *left, const void *right)
{
	const struct card *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return memcmp(a->mac, b->mac, sizeof a->mac);
}

void
detail_finish(struct detail *d)
{
	timeline_finish(d);
	reached_fold(d);
	reached_join(d);
	/* As in a report: no more others than attempts. */
	for (size_t n = 0; n < d->reached_count; n++)
		if (d->reached[n].destinations > d->reached[n].attempts && d->reached[n].destination.family == 0)
			d->reached[n].destinations = d->reached[n].attempts;
	if (d->reached_count > 0)
		qsort(d->reached, d->reached_count, sizeof *d->reached, reached_most);
	if (d->device_count > 0)
		qsort(d->devices, d->device_count, sizeof *d->devices, device_cmp);
}

void
detail_free(struct detail *d)
{
	free(d->timeline);
	free(d->reached);
	free(d->devices);
	history_free(&d->evidence);
}
