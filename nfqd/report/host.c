/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host.h"

#include <stdlib.h>

#include "lib/policy/event.h"
#include "lib/base/when.h"

bool
host_reason_listed(uint32_t reason)
{
	return reason == REASON_LISTED || reason == REASON_RATE;
}

const struct addr *
host_addresses(const struct host *h, size_t *count)
{
	*count = h->addresses != NULL ? h->addresses->count : 1;
	return h->addresses != NULL ? h->addresses->list : &h->addr;
}

const struct side_counts *
host_counts(const struct host *h)
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
	const struct side_counts *gate = &h->side[SIDE_GATE], *wire = &h->side[SIDE_WIRE];

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
		return h->decided != INT64_MIN && host_reason_listed(h->reason);
	return h->side[SIDE_WIRE].listed > 0 && h->side[SIDE_WIRE].leaked == 0;
}

/* The rank of a label, the worst highest. */
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

bool
host_take_judgement(struct host *h, enum side side, const struct judgement *v)
{
	if (h->judged && (h->judged_side < side || (h->judged_side == side && judgement_cmp(&h->judgement, v) > 0)))
		return false;
	h->judged = true;
	h->judged_side = side;
	h->judgement = *v;
	return true;
}

/* An hour after a host was listed, its earlier traffic no longer counts against it. */
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

/* The rank of its label, but an unusually active host comes right after the zombies. */
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
	const struct side_counts *x = host_counts(a), *y = host_counts(b);
	int c = label_cmp(a, b);

	if ((a->side[SIDE_WIRE].leaked > 0) != (b->side[SIDE_WIRE].leaked > 0))
		return a->side[SIDE_WIRE].leaked > 0 ? -1 : 1;
	if (c != 0)
		return c;
	if (x->blocked != y->blocked)
		return x->blocked > y->blocked ? -1 : 1;
	if (x->attempts != y->attempts)
		return x->attempts > y->attempts ? -1 : 1;
	if (x->syns != y->syns)
		return x->syns > y->syns ? -1 : 1;
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

void
host_sort(struct host *hosts, size_t count, bool zombies)
{
	if (count > 0)
		qsort(hosts, count, sizeof *hosts, zombies ? label_cmp_all : host_cmp);
}
