/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: one pass. Hosts are found through an index of their addresses; the last one is remembered, because
 * the rows of a host and minute come together. Distinct destinations and networks of all hosts are counted by one set.
 */
#include "hosts.h"

#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "entries.h"
#include "gaps.h"
#include "lib/base/table.h"
#include "lib/policy/event.h"
#include "lib/base/log.h"
#include "pairs.h"
#include "lib/base/when.h"

struct numbered {
	struct addr addr;
	uint32_t number; /* of the host */
};

/* A host and one of its destinations, or of the networks those are in. */
struct pair {
	uint32_t host, network; /* network: prefix length, 0 for the destination itself */
	struct addr addr;
};

static const struct table_type numbered_type = {
        .size = sizeof(struct numbered), .key = sizeof(struct addr), .grows = true};

struct hosts_index {
	struct table *numbers; /* struct numbered */
	struct pairs *pairs;
	struct table *peaks; /* struct peak */
	uint32_t latest;     /* host number + 1 */
};

/* The attempts in a minute of sealed hours of a host with several addresses: of those whose busiest it was. */
struct peak {
	uint32_t host, side;
	int64_t minute;
	uint64_t attempts;
};

static const struct table_type peak_type = {.size = sizeof(struct peak), .key = 16, .grows = true};

static void *
allocate(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	if (p == NULL)
		fatal("report of %zu entries", count);
	return p;
}

static void *
allocate_zero(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (p == NULL)
		fatal("report of %zu entries", count);
	return p;
}

struct report *
report_new(int64_t since, int64_t until)
{
	struct report *r = allocate_zero(1, sizeof *r);

	r->since = since;
	r->until = until;
	r->index = allocate_zero(1, sizeof *r->index);
	r->index->numbers = table_new(&numbered_type, 192);
	r->index->pairs = pairs_new();
	r->index->peaks = table_new(&peak_type, 24);
	if (r->index->numbers == NULL || r->index->pairs == NULL || r->index->peaks == NULL)
		fatal("report");
	return r;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	for (size_t n = 0; n < r->host_count; n++) {
		free(r->hosts[n].range);
		free(r->hosts[n].leak_cause);
		free(r->hosts[n].companion);
		free(r->hosts[n].looked_up);
		places_free(&r->hosts[n].places);
		free(r->hosts[n].parts);
	}
	gaps_free(r);
	misfits_free(&r->misfits);
	free(r->companion);
	free(r->hosts);
	table_free(r->index->numbers);
	pairs_free(r->index->pairs);
	table_free(r->index->peaks);
	free(r->index);
	free(r);
}

struct host *
report_host(struct report *r, const struct addr *addr)
{
	const struct host_addresses *several = entries_of(r->entries, addr);
	const struct numbered *n = table_find(r->index->numbers, several != NULL ? several->list : addr);

	return n != NULL ? &r->hosts[n->number] : NULL;
}

static struct host *
host_at(struct report *r, const struct addr *addr)
{
	struct hosts_index *x = r->index;
	const struct host_addresses *several;
	struct numbered *n;
	struct host *h;
	bool is_new;

	if (x->latest != 0 && addr_equal(&r->hosts[x->latest - 1].addr, addr))
		return &r->hosts[x->latest - 1];
	if (x->latest < r->host_count && addr_equal(&r->hosts[x->latest].addr, addr))
		return &r->hosts[x->latest++];
	several = entries_of(r->entries, addr);
	if (several != NULL)
		addr = several->list;
	if ((n = table_add(x->numbers, addr, &is_new)) == NULL)
		fatal("report of %zu hosts", r->host_count);
	if (is_new) {
		if (r->host_count == r->host_room) {
			r->host_room = r->host_room * 2 + 64;
			r->hosts = allocate(r->hosts, r->host_room, sizeof *r->hosts);
		}
		n->number = (uint32_t)r->host_count++;
		h = &r->hosts[n->number];
		*h = (struct host){.addr = *addr,
		                   .addresses = several,
		                   .first = INT64_MAX,
		                   .last = INT64_MIN,
		                   .decided = INT64_MIN};
		for (int side = 0; side < SIDE_COUNT; side++)
			h->side[side].minute = h->side[side].peak_minute = -1;
	}
	x->latest = n->number + 1;
	return &r->hosts[n->number];
}

/* Counts what is new about the pair: for both sides together (then true), and for the side itself. */
static bool
pair_count(struct report *r, const struct pair *pair, enum side side, uint64_t *all, uint64_t *own)
{
	unsigned int seen;

	if (!pairs_add(r->index->pairs, pair, sizeof *pair, 1U << side, &seen))
		fatal("report of %zu hosts", r->host_count);
	*all += seen == 0;
	*own += (seen & 1U << side) == 0;
	return seen == 0;
}

static void
destination_add(struct report *r, struct host *h, enum side side, const struct addr *destination)
{
	struct side_counts *s = &h->side[side];
	struct pair pair;

	memset(&pair, 0, sizeof pair);
	pair.host = (uint32_t)(h - r->hosts);
	pair.addr = *destination;
	if (pair_count(r, &pair, side, &h->destinations, &s->destinations) && r->geo != NULL) {
		struct geo_place place = geo_find(r->geo, destination);

		places_add(&h->places, &place);
	}
	pair.network = destination->family == 4 ? 24 : 48;
	pair.addr = prefix_of(destination, (uint8_t)pair.network).addr;
	pair_count(r, &pair, side, &h->networks, &s->networks);
}

static struct part *
part_at(struct host *h, const struct row *row)
{
	struct part *p;

	for (size_t n = h->part_count; n-- > 0;) {
		p = &h->parts[n];
		if (p->port == row->port && p->side == row->side && p->verdict == row->verdict &&
		    p->reason == row->reason)
			return p;
	}
	if ((h->part_count & (h->part_count - 1)) == 0) /* 0, 1, 2, 4, ...: full */
		h->parts = allocate(h->parts, h->part_count == 0 ? 1 : h->part_count * 2, sizeof *h->parts);
	p = &h->parts[h->part_count++];
	*p = (struct part){.side = row->side, .port = row->port, .verdict = row->verdict, .reason = row->reason};
	return p;
}

/* The peak of a row of an hour. Of several addresses the sum counts, where all had theirs in the same minute. */
static uint64_t
hour_peak(struct report *r, const struct host *h, const struct row *row)
{
	const struct peak key = {(uint32_t)(h - r->hosts), row->side, row->peak_minute, 0};
	struct peak *peak;

	if (h->addresses == NULL || row->peak_minute < 0 || row->peak == 0)
		return row->peak;
	if ((peak = table_add(r->index->peaks, &key, NULL)) == NULL)
		fatal("report of %zu hosts", r->host_count);
	peak->attempts += row->peak;
	return peak->attempts;
}

static void
peak_add(struct report *r, const struct host *h, struct side_counts *s, const struct row *row)
{
	if (row->hour || row->sealed) {
		uint64_t peak = hour_peak(r, h, row);

		if (s->peak < peak) {
			s->peak = peak;
			s->peak_minute = row->peak_minute;
		}
		return;
	}
	if (s->minute != row->minute)
		s->minute_attempts = 0;
	s->minute = row->minute;
	s->minute_attempts += row->attempts;
	if (s->peak < s->minute_attempts) {
		s->peak = s->minute_attempts;
		s->peak_minute = row->minute;
	}
}

void
report_row(struct report *r, const struct row *row)
{
	struct host *h = host_at(r, &row->host);
	struct side_counts *s = &h->side[row->side];
	struct part *p = part_at(h, row);

	s->rows++;
	s->attempts += row->attempts;
	s->retransmits += row->retransmits;
	s->syns += row->syns;
	s->established += row->established;
	s->refused += row->refused;
	s->leaked += row->leaked;
	s->listed += row->listed;
	p->attempts += row->attempts;
	p->retransmits += row->retransmits;
	p->syns += row->syns;
	p->established += row->established;
	p->refused += row->refused;
	p->leaked += row->leaked;
	if (row->side == SIDE_GATE) {
		if (verdict_refuses(row->verdict))
			s->blocked += row->attempts;
		else
			s->allowed += row->attempts;
		/* If two rows end together, the one that is not listed says more. A destination closed to everybody
		 * says nothing about the host, nor do answers, which others send. */
		if (row->reason != REASON_DENY_TO && row->reason != REASON_ANSWER &&
		    (h->decided < row->last || (h->decided == row->last && host_reason_listed(h->reason)))) {
			h->decided = row->last;
			h->reason = row->reason;
		}
	}
	peak_add(r, h, s, row);
	if (row->destination.family == 0)
		s->others += row->destinations;
	else if (!r->brief)
		destination_add(r, h, row->side, &row->destination);
	if (h->first > row->first)
		h->first = row->first;
	if (h->last < row->last)
		h->last = row->last;
}

void
report_began(struct report *r, enum side side, int64_t when)
{
	when = when > r->since ? when : 0;
	if (!r->sources[side] || when < r->began[side])
		r->began[side] = when;
	r->sources[side] = true;
}

void
report_destination(struct report *r, enum side side, const struct addr *addr, const struct addr *destination)
{
	struct hosts_index *x = r->index;
	struct host *h = x->latest != 0 ? &r->hosts[x->latest - 1] : NULL;

	if (h == NULL || !addr_equal(&h->addr, addr)) {
		if ((h = report_host(r, addr)) == NULL)
			return;
		x->latest = (uint32_t)(h - r->hosts) + 1;
	}
	if (destination->family != 0)
		destination_add(r, h, side, destination);
}

void
report_device(struct report *r, enum side side, const struct addr *addr, const struct card *card)
{
	struct host *h = report_host(r, addr);

	if (h == NULL)
		return;
	if (side == SIDE_GATE) { /* pcapmon may see the cards of routers */
		cards_saw(&h->cards, card);
		h->cards_since = r->since;
	}
	if (h->has_mac && h->mac_last >= card->last)
		return;
	h->has_mac = true;
	h->mac_last = card->last;
	memcpy(h->mac, card->mac, sizeof h->mac);
}

void
report_range(struct report *r, enum side side, const struct addr *addr, const char *name)
{
	struct host *h = report_host(r, addr);

	if (h == NULL || name[0] == '\0' || (h->range != NULL && h->range_side <= side))
		return;
	free(h->range);
	h->range = strdup(name);
	h->range_side = side;
}

void
report_judgement(struct report *r, enum side side, const struct addr *addr, const struct judge_key *who,
                 const struct judgement *v)
{
	struct host *h = report_host(r, addr);

	if (h == NULL || !host_take_judgement(h, side, v))
		return;
	if (who != NULL)
		h->who = *who;
	h->unusual = v->unusual.hours > 0 && (v->unusual.until + INT64_C(1)) * HOUR > r->since &&
	             v->unusual.since * HOUR < r->until;
}

size_t
report_shown(const struct report *r)
{
	return r->zombies ? r->labels[LABEL_ZOMBIE] : r->host_count;
}

void
report_finish(struct report *r)
{
	r->complete = true;
	compare_sides(r);
	gaps_finish(r);
	for (size_t n = 0; n < r->host_count; n++) {
		const struct host *h = &r->hosts[n];
		const struct side_counts *s = host_counts(h);

		r->attempts += s->attempts;
		r->retransmits += s->retransmits;
		r->syns += s->syns;
		r->blocked += s->blocked;
		r->allowed += s->allowed;
		r->leaked += h->side[SIDE_WIRE].leaked;
		r->labels[host_label_of(h)]++;
		r->unusual += h->unusual;
	}
	host_sort(r->hosts, r->host_count, r->zombies);
	r->index->latest = 0;
	for (size_t n = 0; n < r->host_count; n++)
		((struct numbered *)table_find(r->index->numbers, &r->hosts[n].addr))->number = (uint32_t)n;
}
