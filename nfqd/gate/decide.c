/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide.h"

#include <string.h>
#include <xxhash.h>

#include "lib/base/when.h"
#include "lib/decode/decode.h"

/* The policy's decision on the flow of an event. */
static struct decision
ask(const struct policy *p, const struct opening *o, const struct event *e, int64_t now)
{
	return o->local ? policy_decide_local(p, o->has_user ? &o->user : NULL, &e->src, &e->dst, now)
	                : policy_decide(p, &e->src, &e->dst, e->has_mac ? e->mac : NULL, now);
}

/* The same, and the pace of the source where the policy asks for it. */
static struct decision
ask_pace(const struct deciding *d, const struct opening *o, const struct event *e)
{
	const struct flow flow = {e->src, e->dst, e->sport, e->dport};
	struct decision is = ask(d->policy, o, e, d->now);
	const struct limit limit = {is.max, is.limit};

	if (is.max > 0 && !pace_ask(d->pace, &flow, e->isn, &limit, d->steady))
		is = policy_over_max(d->policy, &e->src, &is);
	if (o->local && o->has_user)
		policy_settle_local(d->policy, o->user, &is);
	else
		policy_settle(d->policy, &e->src, &e->dst, d->now, &is);
	if (d->drops && is.verdict == VERDICT_REJECT)
		is.verdict = VERDICT_DROP;
	return is;
}

/* A packet's facts. False: its TCP header cannot be read. The packet then has its addresses, if it is IP, and a hash of
 * its bytes as the sequence number: so each such packet is an attempt, and a copy of it a retransmission. */
static bool
read_packet(const struct opening *o, struct packet *out)
{
	*out = (struct packet){0};
	if (decode_packet(o->bytes, o->size, out))
		return true;
	decode_addresses(o->bytes, o->size, &out->src, &out->dst);
	out->seq = (uint32_t)XXH3_64bits(o->bytes, o->size);
	return false;
}

/* Everything but the decision. */
static void
describe(const struct opening *o, const struct packet *packet, int64_t when, struct event *out)
{
	*out = (struct event){.when = when,
	                      .src = packet->src,
	                      .dst = packet->dst,
	                      .sport = packet->sport,
	                      .dport = packet->dport,
	                      .isn = packet->seq,
	                      .has_mac = o->has_mac,
	                      .raw = packet->raw,
	                      .stack = packet->stack,
	                      .clock = packet->clock};
	memcpy(out->mac, o->mac, sizeof out->mac);
}

void
decide_queued(const struct deciding *d, const struct opening *o, bool bypass, struct event *out)
{
	struct decision is = {.verdict = bypass ? VERDICT_PASS : VERDICT_DROP, .reason = REASON_UNREADABLE};
	struct packet packet;
	bool readable = read_packet(o, &packet);

	describe(o, &packet, d->now, out);
	if (readable || (bypass && out->src.family != 0))
		is = ask_pace(d, o, out);
	out->verdict = is.verdict;
	out->reason = readable || verdict_refuses((enum verdict)is.verdict) ? is.reason : REASON_UNREADABLE;
}

/* A segment on its way back: the host is where it goes. The sender's MAC is a router's. */
static void
describe_answer(const struct packet *packet, int64_t when, struct event *out)
{
	*out = (struct event){.when = when,
	                      .src = packet->dst,
	                      .dst = packet->src,
	                      .sport = packet->dport,
	                      .dport = packet->sport,
	                      .isn = packet->ack,
	                      .verdict = VERDICT_DROP,
	                      .reason = REASON_ANSWER};
}

/* The kernel's time, unless it is impossible. */
static int64_t
time_of(const struct nflogged *n, int64_t now)
{
	return n->when > now - HOUR && n->when < now ? n->when : now;
}

void
decide_logged(const struct deciding *d, const struct nflogged *n, struct event *out)
{
	struct packet packet;
	bool readable = read_packet(&n->opening, &packet);
	struct decision is = {.verdict = VERDICT_PASS, .reason = REASON_LISTED};

	if (readable && (packet.flags & TCP_ACK) != 0) {
		describe_answer(&packet, time_of(n, d->now), out);
		return;
	}
	describe(&n->opening, &packet, time_of(n, d->now), out);
	if (readable)
		is = ask(d->policy, &n->opening, out, out->when);
	/* An opening reported now may have passed under the previous policy. */
	if (readable && verdict_refuses((enum verdict)is.verdict) && d->before != NULL)
		is = ask(d->before, &n->opening, out, out->when);
	if (verdict_refuses((enum verdict)is.verdict))
		is = (struct decision){.verdict = VERDICT_PASS, .reason = REASON_LISTED};
	out->verdict = is.verdict;
	out->reason = readable ? is.reason : REASON_UNREADABLE;
}
