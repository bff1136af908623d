/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/log.h"
#include "parts.h"

#define DUPLICATE INT64_C(10000)           /* microseconds between a packet and its copy, at most */
#define DECOYS 8                           /* openings with the same ports, within */
#define DECOY_TIME (10 * INT64_C(1000000)) /* microseconds: no system opens one connection as often as that */

/* This SYN of the attempt is a second capture of the last one, by the IPv4 identification. IPv6 has none, and some
 * senders leave it 0: then the time decides, since no TCP retransmits so soon. */
static bool
is_duplicate(struct attempt *a, const struct packet *p, int64_t when)
{
	int64_t after = when - a->first, gap = after - a->last;
	bool same = p->id == a->id && gap <= DUPLICATE && gap >= -DUPLICATE;

	if (after > a->last)
		a->last = (uint32_t)after;
	a->id = p->id;
	a->marks |= p->raw ? MARK_RAW : 0;
	return same;
}

/* The opening as NAT rewrote it: it is captured later and has been routed once more. */
static bool
is_view(const struct tally *t, const struct nat_opening *seen, const struct packet *p)
{
	if (seen == NULL || addr_equal(&seen->source, &p->src))
		return false;
	if (seen->view.family != 0)
		return addr_equal(&seen->view, &p->src);
	if (t->o.lan != NULL)
		return in_lan(t, &seen->source) && !in_lan(t, &p->src);
	return p->ttl < seen->ttl || (addr_private(&seen->source) && !addr_private(&p->src));
}

/* True if the new opening is another one as NAT rewrote it, which is counted as a duplicate. Otherwise it is
 * remembered, so that its own rewritten copy is recognized. */
static bool
take_for_view(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	struct nat_opening *seen = nat_find(t->nat, f, p->seq, when);

	if (is_view(t, seen, p)) {
		seen->view = p->src;
		counters_add(t->o.counters, &(struct outcome_place){&seen->source, f->dport, when}, OUTCOME_DUPLICATES,
		             1);
		return true;
	}
	/* The view came first: an outside source that is taken back. */
	if (seen != NULL && t->o.lan != NULL && in_lan(t, &p->src) && !in_lan(t, &seen->source))
		counters_pool(t->o.counters, POOL_OUTSIDE, when, &(struct pool_change){.syns = -1, .attempts = -1});
	nat_put(t->nat, f, p->seq, when, p->ttl);
	return false;
}

/* Data may come with a SYN, and is acknowledged with it. */
static void
keep_packet(struct attempt *a, const struct packet *p)
{
	a->id = p->id;
	a->data = (uint16_t)(p->payload_size < UINT16_MAX ? p->payload_size : UINT16_MAX);
}

/* A SYN of a source that is not tracked. */
static void
stray(struct tally *t, const struct packet *p, const struct flow *f, int64_t when, enum pool pool)
{
	bool is_new;
	struct attempt *a = attempts_syn(t->strays, f, p->seq, when, &is_new);

	if (is_new && take_for_view(t, p, f, when))
		a->marks = MARK_NAT;
	if (is_new) {
		keep_packet(a, p);
		if ((a->marks & MARK_NAT) == 0)
			course_began(t, a, f, true, when);
	}
	if ((a->marks & MARK_NAT) != 0 || (!is_new && is_duplicate(a, p, when)))
		return;
	t->sums.pooled++;
	counters_pool(t->o.counters, pool, when, &(struct pool_change){.syns = 1, .attempts = is_new});
}

static void
again(struct tally *t, struct attempt *a, const struct packet *p, const struct flow *f, int64_t when)
{
	attempt_changed(t, a);
	if ((a->marks & MARK_NAT) != 0)
		return;
	if (is_duplicate(a, p, when)) {
		if (t->o.counters->totals != NULL)
			totals_copy(t->o.counters->totals, &f->src, f->dport, when);
		counters_add(t->o.counters, &(struct outcome_place){&f->src, f->dport, when}, OUTCOME_DUPLICATES, 1);
		return;
	}
	t->sums.syns++;
	a->marks |= MARK_RESENT;
	counters_syn(t->o.counters, f, when, COUNT_RETRANSMIT, NULL);
}

/* A host that hides the headers of its openings is logged at once, once a minute; the openings count as any. */
static void
trick(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	if (t->o.counters->totals != NULL)
		totals_trick(t->o.counters->totals, &f->src, f->dport, p->tricks);
	if (t->o.quiet || !leak_alarm_due(t->leak, &f->src, ALARM_TRICK, when))
		return;
	log_warnx("fragments: %s hides openings to %s port %u in %s fragments", addr_print(&f->src, src),
	          addr_print(&f->dst, dst), f->dport, (p->tricks & PACKET_OVERLAPPING) != 0 ? "overlapping" : "tiny");
}

/* Many openings that differ only in the sequence number hide which of them is meant; each counts as any. */
static void
decoy(struct tally *t, const struct flow *f, int64_t when)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	if (t->o.counters->totals != NULL)
		totals_decoy(t->o.counters->totals, &f->src, f->dport);
	if (t->o.quiet || !leak_alarm_due(t->leak, &f->src, ALARM_DECOYS, when))
		return;
	log_warnx("decoys: %s opens one connection to %s port %u with many sequence numbers", addr_print(&f->src, src),
	          addr_print(&f->dst, dst), f->dport);
}

void
opening(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	struct attempt *a;
	struct decision d;
	struct addr evicted;
	bool is_new, doubt;

	if (t->o.lan != NULL && in_lan(t, &f->dst))
		return;
	if (!in_lan(t, &f->src)) {
		stray(t, p, f, when, POOL_OUTSIDE);
		return;
	}
	if ((p->tricks & PACKET_AGAIN) != 0) {
		trick(t, p, f, when);
		return;
	}
	if ((a = attempts_find(t->attempts, f, p->seq, when)) != NULL) {
		again(t, a, p, f, when);
		if (p->tricks != 0)
			trick(t, p, f, when);
		return;
	}
	if (attempts_find(t->strays, f, p->seq, when) != NULL) {
		stray(t, p, f, when, POOL_ROOM);
		return;
	}
	if (take_for_view(t, p, f, when)) {
		a = attempts_syn(t->attempts, f, p->seq, when, &is_new);
		a->marks = MARK_NAT;
		attempt_changed(t, a);
		return;
	}
	if (!tracked_attempt(t->tracked, &f->src, &evicted)) {
		stray(t, p, f, when, POOL_ROOM);
		return;
	}
	host_gone(t, &evicted, when);
	doubt = attempts_doubt(t->attempts, f, when);
	a = attempts_syn(t->attempts, f, p->seq, when, &is_new);
	keep_packet(a, p);
	attempt_changed(t, a);
	t->sums.syns++;
	t->sums.attempts += !doubt;
	counters_syn(t->o.counters, f, when,
	             doubt                                                            ? COUNT_RETRANSMIT
	             : leak_judged(t->leak, f, when, &d) && d.verdict == VERDICT_PASS ? COUNT_LISTED
	             : p->raw                                                         ? COUNT_RAW
	                                                                              : COUNT_ATTEMPT,
	             p);
	counters_device(t->o.counters, p, when);
	course_began(t, a, f, false, when);
	if (attempts_alike(t->attempts, a->flow, when, DECOY_TIME) > DECOYS)
		decoy(t, f, when);
	if (p->tricks != 0)
		trick(t, p, f, when);
}
