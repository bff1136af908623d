/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: one pass. Hosts are found through an index of their addresses; the last one is remembered, because
 * the rows of a host and minute come together. Distinct destinations and networks of all hosts are counted by one set.
 */
#include "hosts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "compare.h"
#include "event.h"
#include "log.h"
#include "pairs.h"
#include "when.h"

struct hosts_index {
	uint64_t seed;
	uint32_t *slots; /* host number + 1; 0 = free */
	size_t slot_mask;
	struct pairs *pairs;
	uint32_t latest; /* host number + 1 */
};

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
	if (getrandom(&r->index->seed, sizeof r->index->seed, GRND_NONBLOCK) < 0)
		r->index->seed = 0;
	r->index->slot_mask = 255;
	r->index->slots = allocate_zero(256, sizeof *r->index->slots);
	r->index->pairs = pairs_new();
	if (r->index->pairs == NULL)
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
		spots_free(&r->hosts[n].spots);
		free(r->hosts[n].parts);
	}
	for (size_t n = 0; n < r->gap_count; n++)
		free(r->gaps[n].cause);
	free(r->companion);
	free(r->hosts);
	free(r->gaps);
	free(r->index->slots);
	pairs_free(r->index->pairs);
	free(r->index);
	free(r);
}

static uint32_t *
host_slot(const struct report *r, const struct addr *addr)
{
	const struct hosts_index *x = r->index;
	size_t n = (size_t)XXH3_64bits_withSeed(addr, sizeof *addr, x->seed) & x->slot_mask;

	while (x->slots[n] != 0 && !addr_equal(&r->hosts[x->slots[n] - 1].addr, addr))
		n = (n + 1) & x->slot_mask;
	return &x->slots[n];
}

struct host *
report_host(struct report *r, const struct addr *addr)
{
	uint32_t slot = *host_slot(r, addr);

	return slot != 0 ? &r->hosts[slot - 1] : NULL;
}

static void
index_hosts(struct report *r, size_t slots)
{
	struct hosts_index *x = r->index;

	free(x->slots);
	x->slot_mask = slots - 1;
	x->slots = allocate_zero(slots, sizeof *x->slots);
	for (size_t n = 0; n < r->host_count; n++)
		*host_slot(r, &r->hosts[n].addr) = (uint32_t)(n + 1);
}

static struct host *
host_at(struct report *r, const struct addr *addr)
{
	struct hosts_index *x = r->index;
	struct host *h;
	uint32_t *slot;

	if (x->latest != 0 && addr_equal(&r->hosts[x->latest - 1].addr, addr))
		return &r->hosts[x->latest - 1];
	if (x->latest < r->host_count && addr_equal(&r->hosts[x->latest].addr, addr))
		return &r->hosts[x->latest++];
	slot = host_slot(r, addr);
	if (*slot == 0) {
		if (r->host_count == r->host_room) {
			r->host_room = r->host_room * 2 + 64;
			r->hosts = allocate(r->hosts, r->host_room, sizeof *r->hosts);
		}
		h = &r->hosts[r->host_count];
		*h = (struct host){.addr = *addr, .first = INT64_MAX, .last = INT64_MIN, .decided = INT64_MIN};
		for (int side = 0; side < SIDE_COUNT; side++)
			h->side[side].minute = h->side[side].peak_minute = -1;
		*slot = (uint32_t)++r->host_count;
		x->latest = *slot;
		if (r->host_count > x->slot_mask / 2)
			index_hosts(r, 2 * (x->slot_mask + 1));
		return h;
	}
	x->latest = *slot;
	return &r->hosts[*slot - 1];
}

/* Counts what is new about the pair: for both sides together (then true), and for the side itself. */
static bool
pair_count(struct report *r, const void *pair, size_t size, enum side side, uint64_t *all, uint64_t *own)
{
	unsigned int seen;

	if (!pairs_add(r->index->pairs, XXH3_64bits_withSeed(pair, size, r->index->seed), 1U << side, &seen))
		fatal("report of %zu hosts", r->host_count);
	*all += seen == 0;
	*own += (seen & 1U << side) == 0;
	return seen == 0;
}

static void
destination_add(struct report *r, struct host *h, enum side side, const struct addr *destination)
{
	struct sight *s = &h->side[side];
	struct {
		uint32_t host, network; /* network: prefix length, 0 for the destination itself */
		struct addr addr;
	} pair;

	memset(&pair, 0, sizeof pair);
	pair.host = (uint32_t)(h - r->hosts);
	pair.addr = *destination;
	if (pair_count(r, &pair, sizeof pair, side, &h->destinations, &s->destinations) && r->geo != NULL) {
		struct geo_place place = geo_find(r->geo, destination);

		spots_add(&h->spots, &place);
	}
	pair.network = destination->family == 4 ? 24 : 48;
	pair.addr = prefix_of(destination, (uint8_t)pair.network).addr;
	pair_count(r, &pair, sizeof pair, side, &h->networks, &s->networks);
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

static void
peak_add(struct sight *s, const struct row *row)
{
	if (row->hour || row->sealed) {
		if (s->peak < row->peak) {
			s->peak = row->peak;
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

/* The policy lists the host, whether or not it kept to its pace. */
static bool
says_listed(uint32_t reason)
{
	return reason == REASON_LISTED || reason == REASON_RATE;
}

void
report_row(struct report *r, const struct row *row)
{
	struct host *h = host_at(r, &row->host);
	struct sight *s = &h->side[row->side];
	struct part *p = part_at(h, row);

	s->rows++;
	s->attempts += row->attempts;
	s->retransmits += row->retransmits;
	s->established += row->established;
	s->refused += row->refused;
	s->leaked += row->leaked;
	s->listed += row->listed;
	p->attempts += row->attempts;
	p->retransmits += row->retransmits;
	p->established += row->established;
	p->refused += row->refused;
	p->leaked += row->leaked;
	if (row->side == SIDE_GATE) {
		if (verdict_refuses(row->verdict))
			s->blocked += row->attempts;
		else
			s->allowed += row->attempts;
		/* Of two that end together, the one that is not listed tells more. A destination that nobody reaches
		 * tells nothing about the host. */
		if (row->reason != REASON_DENY_TO &&
		    (h->decided < row->last || (h->decided == row->last && says_listed(h->reason)))) {
			h->decided = row->last;
			h->reason = row->reason;
		}
	}
	peak_add(s, row);
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
report_gap(struct report *r, const struct gap *gap)
{
	if (r->gap_count == r->gap_room) {
		r->gap_room = r->gap_room * 2 + 16;
		r->gaps = allocate(r->gaps, r->gap_room, sizeof *r->gaps);
	}
	r->gaps[r->gap_count++] = *gap;
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
report_device(struct report *r, const struct addr *addr, const uint8_t mac[6], int64_t last)
{
	struct host *h = report_host(r, addr);

	if (h == NULL || (h->has_mac && h->mac_last >= last))
		return;
	h->has_mac = true;
	h->mac_last = last;
	memcpy(h->mac, mac, 6);
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

const struct sight *
host_sight(const struct host *h)
{
	return &h->side[h->side[SIDE_GATE].rows > 0 ? SIDE_GATE : SIDE_WIRE];
}

/* No more destinations than attempts, whatever was estimated: minutes may share the same others. */
static uint64_t
with_others(uint64_t known, uint64_t others, uint64_t attempts)
{
	return known + others <= attempts ? known + others : known > attempts ? known : attempts;
}

uint64_t
host_destinations(const struct host *h)
{
	const struct sight *gate = &h->side[SIDE_GATE], *wire = &h->side[SIDE_WIRE];

	/* Both sides see the same others. */
	return with_others(h->destinations, gate->others > wire->others ? gate->others : wire->others,
	                   gate->attempts > wire->attempts ? gate->attempts : wire->attempts);
}

bool
host_estimated(const struct host *h)
{
	return h->side[SIDE_GATE].others > 0 || h->side[SIDE_WIRE].others > 0;
}

static bool
host_listed(const struct host *h)
{
	if (h->side[SIDE_GATE].rows > 0)
		return h->decided != INT64_MIN && says_listed(h->reason);
	return h->side[SIDE_WIRE].listed > 0 && h->side[SIDE_WIRE].leaked == 0;
}

/* How bad. */
static int
badness(enum judge_label label)
{
	static const enum judge_label order[LABEL_COUNT] = {LABEL_LISTED,  LABEL_UNKNOWN, LABEL_MISCONFIGURED,
	                                                    LABEL_ROAMING, LABEL_MONITOR, LABEL_MAIL_SERVER,
	                                                    LABEL_SCANNER, LABEL_ZOMBIE};
	int n = 0;

	while (n < LABEL_COUNT - 1 && order[n] != label)
		n++;
	return n;
}

static int
judgement_cmp(const struct judgement *a, const struct judgement *b)
{
	if (a->label != b->label)
		return badness(a->label) - badness(b->label);
	if (a->certainty != b->certainty)
		return (int)a->certainty - (int)b->certainty;
	if (a->score != b->score)
		return (a->score > b->score) - (a->score < b->score);
	return (a->unusual.until > b->unusual.until) - (a->unusual.until < b->unusual.until);
}

void
report_judgement(struct report *r, enum side side, const struct addr *addr, const struct judgement *v)
{
	struct host *h = report_host(r, addr);

	if (h == NULL || (h->judged && h->judged_side < side) ||
	    (h->judged && h->judged_side == side && judgement_cmp(&h->judgement, v) > 0))
		return;
	h->judged = true;
	h->judged_side = side;
	h->judgement = *v;
	h->unusual = v->unusual.hours > 0 && (v->unusual.until + INT64_C(1)) * HOUR > r->since &&
	             v->unusual.since * HOUR < r->until;
}

/* What a host did before it was put on the list stops to count against it after an hour. */
static bool
is_past(const struct host *h)
{
	const struct judgement *v = &h->judgement;

	return !h->judged || (v->label != LABEL_ZOMBIE && v->label != LABEL_SCANNER) || v->last + HOUR <= h->decided;
}

enum judge_label
host_label_of(const struct host *h)
{
	if (host_listed(h) && is_past(h))
		return LABEL_LISTED;
	return h->judged ? h->judgement.label : LABEL_UNKNOWN;
}

const char *
host_label(const struct host *h)
{
	return judge_label_name(host_label_of(h));
}

const struct judgement *
host_judgement(const struct host *h)
{
	return h->judged && h->judgement.label == host_label_of(h) && h->judgement.label != LABEL_LISTED ? &h->judgement
	                                                                                                 : NULL;
}

size_t
report_shown(const struct report *r)
{
	return r->zombies ? r->labels[LABEL_ZOMBIE] : r->host_count;
}

/* As its label, but who does what is not usual for it comes right behind the zombies. */
static int
rank(const struct host *h)
{
	int n = 2 * badness(host_label_of(h)), zombie = 2 * badness(LABEL_ZOMBIE);

	return h->unusual && n < zombie ? zombie - 1 : n;
}

/* Less than 0: a has the worse label, or the surer, or more behind it. */
static int
label_cmp(const struct host *a, const struct host *b)
{
	static const struct judgement none;
	const struct judgement *x = host_judgement(a), *y = host_judgement(b);
	int c = rank(b) - rank(a);

	if (c != 0)
		return c;
	return judgement_cmp(y != NULL ? y : &none, x != NULL ? x : &none);
}

/* Less than 0: a is worse. */
static int
host_cmp(const void *left, const void *right)
{
	const struct host *a = left, *b = right;
	const struct sight *x = host_sight(a), *y = host_sight(b);

	int c = label_cmp(a, b);

	if ((a->side[SIDE_WIRE].leaked > 0) != (b->side[SIDE_WIRE].leaked > 0))
		return a->side[SIDE_WIRE].leaked > 0 ? -1 : 1;
	if (c != 0)
		return c;
	if (x->blocked != y->blocked)
		return x->blocked > y->blocked ? -1 : 1;
	if (x->attempts != y->attempts)
		return x->attempts > y->attempts ? -1 : 1;
	return addr_cmp(&a->addr, &b->addr);
}

/* Zombies first, leaking or not. */
static int
label_cmp_all(const void *left, const void *right)
{
	const struct host *a = left, *b = right;
	bool x = host_label_of(a) == LABEL_ZOMBIE, y = host_label_of(b) == LABEL_ZOMBIE;

	return x != y ? (x ? -1 : 1) : host_cmp(left, right);
}

static int
gap_cmp(const void *left, const void *right)
{
	const struct gap *a = left, *b = right;

	if (a->since != b->since)
		return a->since < b->since ? -1 : 1;
	return a->until != b->until ? (a->until < b->until ? -1 : 1) : (int)a->side - (int)b->side;
}

void
report_finish(struct report *r)
{
	r->complete = true;
	compare_sides(r);
	for (size_t n = 0; n < r->gap_count; n++) {
		if (r->gaps[n].known)
			r->missing += r->gaps[n].missing;
		if (!r->gaps[n].known || r->gaps[n].missing > 0)
			r->complete = false;
	}
	for (size_t n = 0; n < r->host_count; n++) {
		const struct host *h = &r->hosts[n];
		const struct sight *s = host_sight(h);

		r->attempts += s->attempts;
		r->retransmits += s->retransmits;
		r->blocked += s->blocked;
		r->allowed += s->allowed;
		r->leaked += h->side[SIDE_WIRE].leaked;
		r->labels[host_label_of(h)]++;
		r->unusual += h->unusual;
	}
	if (r->host_count > 0)
		qsort(r->hosts, r->host_count, sizeof *r->hosts, r->zombies ? label_cmp_all : host_cmp);
	r->index->latest = 0;
	index_hosts(r, r->index->slot_mask + 1);
	if (r->gap_count > 0)
		qsort(r->gaps, r->gap_count, sizeof *r->gaps, gap_cmp);
}
