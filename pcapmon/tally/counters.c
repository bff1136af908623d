/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "counters.h"

#include "lib/database/columns.h"
#include "lib/decode/stack.h"

static struct minute_row *
row_at(const struct counters *b, const struct flow *f, int64_t when, bool attempt)
{
	const struct minute_key what = {
	        .host = rotating_host(b->rotating, &f->src), .destination = f->dst, .port = f->dport};
	struct minute_row *row = NULL;

	for (int n = 0; n < 2 && row == NULL && b->minutes != NULL; n++) {
		if (n > 0)
			b->flush(b->arg);
		row = attempt ? minutes_at(b->minutes, when, &what) : minutes_after(b->minutes, when, &what);
	}
	return row;
}

/* The first opening to a destination in a minute that finds its name. */
static void
name_row(const struct counters *b, struct minute_row *row, int64_t when)
{
	struct naming name;

	if (row->naming != NAMING_NONE || row->key.destination.family == 0)
		return;
	name = companions_name(b->companions, &row->key.host, &row->key.destination, when);
	row->name = name.hash;
	row->naming = name.kind;
}

void
counters_syn(struct counters *b, const struct flow *f, int64_t when, enum counters_syn what, const struct packet *p)
{
	struct minute_row *row;

	if (b->rotating != NULL && what == COUNT_LISTED)
		rotating_keep(b->rotating, &f->src);
	else if (b->rotating != NULL && what != COUNT_RETRANSMIT && p != NULL && p->has_mac)
		rotating_saw(b->rotating, &f->src, p->mac, when);
	row = row_at(b, f, when, what != COUNT_RETRANSMIT);
	if (b->totals != NULL)
		totals_syn(b->totals, f, when, what != COUNT_RETRANSMIT);
	if (row != NULL) {
		row->count[what == COUNT_RETRANSMIT ? WIRE_RETRANSMITS : WIRE_ATTEMPTS]++;
		row->count[WIRE_LISTED] += what == COUNT_LISTED;
		row->count[WIRE_RAW] += what == COUNT_RAW;
		if (what != COUNT_RETRANSMIT)
			name_row(b, row, when);
		if (p != NULL && what != COUNT_LISTED) {
			row->count[WIRE_STACKS] |= stacks_bit(p->stack);
			minutes_clock(row, when, p->clock);
		}
	} else if (b->minutes != NULL) {
		b->lost++;
	}
}

/* The numbers wrap: taking back is adding a negative one, and the sum over all rows comes out right. */
void
counters_outcome(struct counters *b, const struct flow *f, int64_t when, const struct outcome_change *change)
{
	struct minute_row *row = row_at(b, f, when, false);

	if (b->totals != NULL)
		totals_outcome(b->totals, &f->src, f->dport, change->established, change->refused);
	if (row == NULL)
		return;
	row->count[WIRE_ESTABLISHED] += (uint64_t)change->established;
	row->count[WIRE_REFUSED] += (uint64_t)change->refused;
	row->count[WIRE_LEAKED] += (uint64_t)change->leaked;
}

void
counters_add(struct counters *b, const struct outcome_place *at, enum outcome_count what, uint64_t n)
{
	uint64_t *more = b->totals != NULL ? totals_more(b->totals, at->host, at->port) : NULL;
	const struct addr host = rotating_host(b->rotating, at->host);
	const struct outcome_place of = {&host, at->port, at->when};

	if (more != NULL && what != OUTCOME_ANSWER_MOST)
		more[what] += n;
	else if (more != NULL && more[what] < n)
		more[what] = n;
	if (b->outcomes == NULL || outcomes_add(b->outcomes, &of, what, n))
		return;
	b->flush(b->arg);
	outcomes_add(b->outcomes, &of, what, n);
}

void
counters_pool(struct counters *b, enum pool pool, int64_t when, const struct pool_change *change)
{
	struct pool_row *row = NULL;

	if (b->totals != NULL) {
		struct pool_total *total = totals_pool(b->totals, pool);

		total->syns += (uint64_t)change->syns;
		total->attempts += (uint64_t)change->attempts;
		total->evicted += (uint64_t)change->evicted;
	}
	if (b->outcomes != NULL && (row = outcomes_pool(b->outcomes, when, pool)) == NULL) {
		b->flush(b->arg);
		row = outcomes_pool(b->outcomes, when, pool);
	}
	if (row == NULL)
		return;
	row->syns += (uint64_t)change->syns;
	row->attempts += (uint64_t)change->attempts;
	row->evicted += (uint64_t)change->evicted;
}

void
counters_device(struct counters *b, const struct packet *p, int64_t when)
{
	const struct addr host = rotating_host(b->rotating, &p->src);

	if (b->devices == NULL || !p->has_mac || devices_saw(b->devices, &host, p->mac, when))
		return;
	b->flush(b->arg);
	devices_saw(b->devices, &host, p->mac, when);
}
