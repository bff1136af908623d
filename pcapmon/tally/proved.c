/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attempts that changed; hosts that are tracked, or give up their place. */
#include "parts.h"

void
attempt_changed(struct tally *t, struct attempt *a)
{
	if ((a->marks & MARK_CHANGED) != 0)
		return;
	if (t->changed_count == CHANGED) {
		t->missed = true;
		return;
	}
	a->marks |= MARK_CHANGED;
	t->changed[t->changed_count++] = (uint32_t)attempts_place(t->attempts, a);
}

void
host_gone(struct tally *t, const struct addr *host, int64_t when)
{
	if (host->family == 0)
		return;
	counters_pool(t->o.counters, POOL_ROOM, when, &(struct pool_change){.evicted = 1});
	if (t->o.counters->totals == NULL)
		return;
	for (size_t i = 0; i < t->o.port_count; i++)
		totals_forget(t->o.counters->totals, host, t->o.ports[i]);
	for (unsigned int port = 0; t->o.port_count == 0 && port <= 65535; port++)
		totals_forget(t->o.counters->totals, host, (uint16_t)port);
}

struct attempt *
opening_proved(struct tally *t, const struct attempt *a, const struct flow *f)
{
	struct addr evicted;
	struct attempt *own;
	bool is_new;

	tracked_proved(t->tracked, &f->src, &evicted);
	host_gone(t, &evicted, a->first);
	own = attempts_syn(t->attempts, f, a->isn, a->first, &is_new);
	own->peer = a->peer;
	t->sums.syns++;
	t->sums.attempts++;
	t->sums.pooled--;
	counters_pool(t->o.counters, POOL_ROOM, a->first, &(struct pool_change){.syns = -1, .attempts = -1});
	counters_syn(t->o.counters, f, a->first, (a->marks & MARK_RAW) != 0 ? COUNT_RAW : COUNT_ATTEMPT, NULL);
	return own;
}
