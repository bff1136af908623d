/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/decode/stack.h"
#include "nfqd/shared/valid.h"
#include "recording.h"

/* The row of a minute in which answers to nobody came: it counts nothing and has no destination, for whoever sends them
 * may choose their number and their source. */
static void
add_answer(struct recorder *r, const struct event *e)
{
	const struct minute_key what = {.host = e->src, .port = e->dport, .verdict = e->verdict, .reason = e->reason};

	r->answers++;
	minutes_after(r->minutes, e->when, &what)->count[GATE_ANSWERS]++;
}

/* The count to which the SYN of an event belongs. GATE_SYNS: it may be a retransmission of an attempt that was evicted.
 */
static enum gate_count
kind_of(struct recorder *r, const struct event *e)
{
	struct flow flow = {e->src, e->dst, e->sport, e->dport};
	bool doubt = attempts_doubt(r->attempts, &flow, e->when), fresh;

	attempts_syn(r->attempts, &flow, e->isn, e->when, &fresh);
	return !fresh ? GATE_RETRANSMITS : doubt ? GATE_SYNS : GATE_ATTEMPTS;
}

/* The host in whose rows an event counts: of what the policy refuses, one for the sources that a device makes up. */
static struct addr
host_of(struct recorder *r, const struct event *e)
{
	if (!verdict_refuses(e->verdict) || !e->has_mac || e->reason == REASON_ANSWER)
		return e->src;
	rotating_saw(r->rotating, &e->src, e->mac, e->when);
	return rotating_host(r->rotating, &e->src);
}

/* Adds an event to the rows in memory. False: no room until the rows are written. */
static bool
add_event(struct recorder *r, const struct event *e)
{
	const struct minute_key what = {.host = host_of(r, e),
	                                .destination = e->dst,
	                                .port = e->dport,
	                                .verdict = e->verdict,
	                                .reason = e->reason};
	struct minute_row *row;
	enum gate_count kind;

	if (minutes_full(r->minutes) || (e->has_mac && !devices_saw(r->devices, &what.host, e->mac, e->when)))
		return false;
	if (e->reason == REASON_ANSWER) {
		add_answer(r, e);
		return true;
	}
	kind = kind_of(r, e);
	row = (kind == GATE_ATTEMPTS ? minutes_at : minutes_after)(r->minutes, e->when, &what);
	row->count[kind]++;
	if (kind == GATE_ATTEMPTS && e->verdict != VERDICT_PASS) {
		row->count[GATE_RAW] += e->raw;
		row->count[GATE_STACKS] |= stacks_bit(e->stack);
		minutes_clock(row, e->when, e->clock);
	}
	return true;
}

void
recording_take_events(struct recorder *r)
{
	const struct event *next;
	struct event e;

	while ((next = inbox_peek(&r->inbox)) != NULL) {
		e = *next;
		e.when = unset_moved(&r->unset, e.when);
		if (!valid_event(next))
			r->events_damaged++;
		else if (!add_event(r, &e))
			return;
		inbox_pop(&r->inbox);
	}
}

/* Adds what the shield dropped of one source: SYNs, whose destinations the kernel does not know, nor which are
 * attempts. False: no room until the rows are written. */
static bool
add_flood(struct recorder *r, const struct flood *f)
{
	const struct minute_key what = {
	        .host = f->source, .port = f->port, .verdict = VERDICT_DROP, .reason = REASON_FLOOD};
	struct minute_row *row = minutes_after(r->minutes, f->last, &what); /* of no destination */

	if (row == NULL)
		return false;
	if (row->first > f->first)
		row->first = row->begun = f->first;
	row->count[GATE_SYNS] += f->count;
	r->named_more += (int64_t)f->count;
	return true;
}

void
recording_take_floods(struct recorder *r)
{
	const struct spool *s = r->shared->floods;
	struct flood f;

	for (; spool_read(s, r->flood_next, &f); r->flood_next++)
		if (!valid_flood(&f)) {
			r->floods_damaged++;
		} else {
			f.first = unset_moved(&r->unset, f.first);
			f.last = unset_moved(&r->unset, f.last);
			if (!add_flood(r, &f))
				return;
		}
}

void
recording_mend(struct recorder *r)
{
	uint64_t lost = inbox_lost(&r->inbox), jump = lost - r->lost, skipped;

	/* The records that a jump leaves out are no openings. */
	if (inbox_skip_damaged(&r->inbox, &skipped)) {
		r->answers_done += skipped;
		r->spools_damaged = true;
	}
	if (jump > VALID_COUNT_MOST) {
		r->answers_done += jump;
		r->lost = lost;
		r->spools_damaged = true;
	}
}
