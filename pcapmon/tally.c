/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tally.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "attempts.h"
#include "fragments.h"
#include "log.h"

#define ALARMS 1024 /* hosts whose last alarm is remembered; two that share a place may each be logged again */

struct tally {
	struct tally_options o;
	struct attempts *attempts;
	struct fragments *fragments;
	uint8_t watched[65536 / 8];
	uint64_t alarm[ALARMS]; /* hash of host, kind and minute */
	struct tally_sums sums;
};

struct tally *
tally_new(const struct tally_options *o)
{
	struct tally *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->o = *o;
	t->attempts = attempts_new(o->attempts, o->seed);
	t->fragments = fragments_new(o->seed);
	if (t->attempts == NULL || t->fragments == NULL) {
		tally_free(t);
		return NULL;
	}
	if (o->port_count == 0)
		memset(t->watched, 0xff, sizeof t->watched);
	for (size_t i = 0; i < o->port_count; i++)
		t->watched[o->ports[i] / 8] |= (uint8_t)(1 << o->ports[i] % 8);
	return t;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	attempts_free(t->attempts);
	fragments_free(t->fragments);
	free(t);
}

enum alarm { ALARM_LEAK, ALARM_TRICK };

/* Once per host, kind and minute. */
static bool
alarm_due(struct tally *t, const struct addr *host, enum alarm kind, int64_t when)
{
	uint8_t b[26];
	int64_t minute = when / MINUTE;
	uint64_t hash, key;

	b[0] = host->family;
	b[1] = (uint8_t)kind;
	memcpy(b + 2, host->bytes, 16);
	memcpy(b + 18, &minute, 8);
	key = XXH3_64bits_withSeed(b, sizeof b, t->o.seed);
	hash = XXH3_64bits_withSeed(b, 18, t->o.seed);
	if (t->alarm[hash % ALARMS] == key)
		return false;
	t->alarm[hash % ALARMS] = key;
	return true;
}

static bool
watched(const struct tally *t, uint16_t port)
{
	return (t->watched[port / 8] >> port % 8 & 1) != 0;
}

static bool
outbound(const struct tally *t, const struct flow *f)
{
	return t->o.lan == NULL || (policy_is_lan(t->o.lan, &f->src) && !policy_is_lan(t->o.lan, &f->dst));
}

/* The verdict of the policy, if it speaks about this port. */
static bool
judged(const struct tally *t, const struct flow *f, int64_t when, struct decision *out)
{
	if (t->o.config == NULL || !config_enforces(t->o.config, f->dport))
		return false;
	*out = policy_decide(t->o.config->policy, &f->src, &f->dst, when);
	return true;
}

static struct minute_row *
row_at(const struct tally *t, const struct flow *f, int64_t when)
{
	struct minute_row *row;

	if (t->o.minutes == NULL)
		return NULL;
	row = minutes_at(t->o.minutes, when, &f->src, &f->dst, f->dport, 0, 0);
	if (row == NULL) {
		t->o.flush(t->o.arg);
		row = minutes_at(t->o.minutes, when, &f->src, &f->dst, f->dport, 0, 0);
	}
	return row;
}

static void
keep_device(const struct tally *t, const struct packet *p, int64_t when)
{
	if (t->o.devices == NULL || !p->has_mac || devices_saw(t->o.devices, &p->src, p->mac, when))
		return;
	t->o.flush(t->o.arg);
	devices_saw(t->o.devices, &p->src, p->mac, when);
}

/* Who hides the headers of its openings is logged at once, once per host and minute; the openings count as any. */
static void
trick(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	if (t->o.totals != NULL)
		totals_trick(t->o.totals, &f->src, f->dport, p->tricks);
	if (!alarm_due(t, &f->src, ALARM_TRICK, when))
		return;
	log_warnx("fragments: %s hides openings to %s port %u in %s fragments", addr_print(&f->src, src),
	          addr_print(&f->dst, dst), f->dport, (p->tricks & PACKET_OVERLAPPING) != 0 ? "overlapping" : "tiny");
}

static void
opening(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	struct decision d;
	struct minute_row *row;
	struct attempt *a;
	bool is_new;

	if (!outbound(t, f))
		return;
	if ((p->tricks & PACKET_AGAIN) != 0) {
		trick(t, p, f, when);
		return;
	}
	a = attempts_syn(t->attempts, f, p->seq, when, &is_new);
	a->data = (uint16_t)(p->payload_size < UINT16_MAX ? p->payload_size : UINT16_MAX);
	t->sums.syns++;
	t->sums.attempts += is_new;
	keep_device(t, p, when);
	if (t->o.totals != NULL)
		totals_syn(t->o.totals, &f->src, &f->dst, f->dport, when, is_new);
	if (p->tricks != 0)
		trick(t, p, f, when);
	row = row_at(t, f, when);
	if (row != NULL) {
		row->count[is_new ? TALLY_ATTEMPTS : TALLY_RETRANSMITS]++;
		if (is_new && judged(t, f, when, &d) && d.verdict == VERDICT_PASS)
			row->count[TALLY_LISTED]++;
	} else if (t->o.minutes != NULL) {
		t->sums.lost++;
	}
}

/* The numbers wrap: taking back is adding a negative one, and the sum over all rows comes out right. */
static void
outcome(struct tally *t, const struct flow *f, int64_t when, int established, int refused, int leaked)
{
	struct minute_row *row = row_at(t, f, when);

	t->sums.established += (uint64_t)established;
	t->sums.leaked += (uint64_t)leaked;
	if (t->o.totals != NULL)
		totals_outcome(t->o.totals, &f->src, f->dport, established, refused);
	if (row == NULL)
		return;
	row->count[TALLY_ESTABLISHED] += (uint64_t)established;
	row->count[TALLY_REFUSED] += (uint64_t)refused;
	row->count[TALLY_LEAKED] += (uint64_t)leaked;
}

static void
log_leak(struct tally *t, const struct flow *f, const struct decision *d, int64_t when)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	if (!alarm_due(t, &f->src, ALARM_LEAK, when))
		return;
	addr_print(&f->src, src);
	addr_print(&f->dst, dst);
	if (d->line == POLICY_NONE)
		log_warnx("leak: %s reached %s port %u though the policy refuses it (%s, by default)", src, dst,
		          f->dport, reason_name(d->reason));
	else
		log_warnx("leak: %s reached %s port %u though the policy refuses it (%s, %s:%u)", src, dst, f->dport,
		          reason_name(d->reason), t->o.config->lines[d->line].file, t->o.config->lines[d->line].number);
}

static void
established(struct tally *t, const struct flow *f, int64_t when)
{
	struct decision d;
	bool leak = judged(t, f, when, &d) && verdict_refuses(d.verdict);

	outcome(t, f, when, 1, 0, leak);
	if (leak)
		log_leak(t, f, &d, when);
}

/* A SYN-ACK, or a RST that answers a SYN. */
static void
answer(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	struct attempt *a = attempts_answer(t->attempts, f, p->ack - 1, when);

	if (a == NULL)
		return;
	if ((p->flags & TCP_RST) != 0) {
		if (a->state == ATTEMPT_OPEN) {
			a->state = ATTEMPT_REFUSED;
			outcome(t, f, when, 0, 1, 0);
		}
	} else if (a->state == ATTEMPT_REFUSED) {
		/* Whoever sent that RST, the destination answers: a forged one must not hide a leak. */
		a->state = ATTEMPT_ANSWERED;
		outcome(t, f, when, 0, -1, 0);
	} else if (a->state == ATTEMPT_OPEN) {
		a->state = ATTEMPT_ANSWERED;
	}
}

void
tally_packet(struct tally *t, const struct packet *p, int64_t when)
{
	struct flow there = {.src = p->src, .dst = p->dst, .sport = p->sport, .dport = p->dport};
	struct flow back = {.src = p->dst, .dst = p->src, .sport = p->dport, .dport = p->sport};
	struct attempt *a;

	if (p->protocol != PROTOCOL_TCP)
		return;
	if (packet_opens(p)) {
		if (watched(t, p->dport))
			opening(t, p, &there, when);
		return;
	}
	if ((p->flags & TCP_ACK) == 0)
		return;
	if ((p->flags & (TCP_SYN | TCP_RST)) != 0) {
		if (watched(t, p->sport))
			answer(t, p, &back, when);
	} else if (watched(t, p->dport)) {
		a = attempts_follow(t->attempts, &there, p->seq, when);
		if (a != NULL) {
			a->state = ATTEMPT_ESTABLISHED;
			established(t, &there, when);
		}
	}
}

void
tally_frame(struct tally *t, int link, const uint8_t *bytes, size_t caplen, int64_t when)
{
	struct packet p;

	if (fragments_decode(t->fragments, link, bytes, caplen, when, &p))
		tally_packet(t, &p, when);
}

struct tally_sums
tally_sums(const struct tally *t)
{
	struct tally_sums s = t->sums;

	s.evicted = attempts_evicted(t->attempts);
	s.fragments = fragments_evicted(t->fragments);
	return s;
}
