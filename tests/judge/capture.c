/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture.h"

#include <stdlib.h>

#include "lib/base/when.h"
#include "packets.h"

#define BEGIN (WHEN_RELEASED + 61 * DAY) /* a clock that nfqd believes */
#define MILLISECOND (SECOND / 1000)

/* A packet of a capture that is still to be made. */
struct event {
	int64_t when;
	enum { EVENT_QUESTION, EVENT_ANSWER, EVENT_SYN, EVENT_RESET } what;
	size_t of; /* an answer, or an attempt */
};

struct capture {
	FILE *file;
	const struct life *life;
	struct event *events;
	size_t count;
};

static const uint8_t gateway_mac[6] = {2, 0, 0, 0, 0, 0xfe};

static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return x->what != y->what ? (x->what < y->what ? -1 : 1) : (x->of > y->of) - (x->of < y->of);
}

/* From the host to a port of another address of the same family, or back. */
static struct flow
flow_of(const struct life *life, uint32_t source, const struct addr *to, uint16_t port)
{
	struct source s = {.address = {4, {10, 1, 0, 66}}, .mac = {2, 0, 0, 0, 0, 0x66}};
	struct flow f = {.to = *to, .to_port = port};

	if (life->source_count > 0)
		s = life->sources[source];
	f.from = s.address;
	for (size_t n = 0; n < 6; n++) {
		f.from_mac[n] = s.mac[n];
		f.to_mac[n] = gateway_mac[n];
	}
	return f;
}

static struct flow
back(const struct flow *f)
{
	struct flow b = {.from = f->to, .to = f->from, .from_port = f->to_port, .to_port = f->from_port};

	for (size_t n = 0; n < 6; n++) {
		b.from_mac[n] = f->to_mac[n];
		b.to_mac[n] = f->from_mac[n];
	}
	return b;
}

/* A number of a connection that looks random and is the same each time. */
static uint32_t
hashed(uint64_t of)
{
	struct random r = {of};

	return (uint32_t)bits(&r);
}

static void
make_message(struct bytes *b, const struct life *life, const struct event *e)
{
	static const struct addr resolvers[2] = {{4, {10, 1, 0, 1}}, {6, {0xfd, [15] = 53}}};
	const struct answered *a = &life->answers[e->of];
	bool ipv6 = life->source_count > 0 && life->sources[a->source].address.family == 6;
	struct flow f = flow_of(life, a->source, &resolvers[ipv6], 53);
	uint16_t id = (uint16_t)hashed(e->of);
	struct bytes message;

	f.from_port = (uint16_t)(32768 + hashed(e->of) / 65536 % 28000);
	if (e->what == EVENT_QUESTION) {
		message_question(&message, a, id);
	} else {
		message_answer(&message, a, id);
		f = back(&f);
	}
	packet_udp(b, &f, &message);
}

static void
make_syn(struct bytes *b, const struct life *life, const struct event *e)
{
	const struct tried *t = &life->list[e->of];
	struct flow f = flow_of(life, t->source, &t->destination, t->port);
	uint32_t sequence = hashed(e->of ^ UINT64_C(1) << 40), begun = 0;

	f.from_port = (uint16_t)(32768 + e->of % 28000);
	for (size_t n = 0; n < 16; n++) /* Linux: a clock for each destination */
		begun = hashed(begun ^ (uint64_t)t->destination.bytes[n] << 32);
	if (e->what == EVENT_RESET) {
		f = back(&f);
		packet_reset(b, &f, sequence + 1);
	} else {
		packet_syn(b, &f, sequence, begun + (uint32_t)(e->when / 1000));
	}
}

/* The formats of pcap-savefile(5), in the order of this machine. */
static void
write_event(struct capture *c, const struct event *e)
{
	struct bytes b;
	uint32_t head[4];

	if (e->what == EVENT_QUESTION || e->what == EVENT_ANSWER)
		make_message(&b, c->life, e);
	else
		make_syn(&b, c->life, e);
	head[0] = (uint32_t)((BEGIN + e->when) / SECOND);
	head[1] = (uint32_t)((BEGIN + e->when) % SECOND);
	head[2] = head[3] = (uint32_t)b.count;
	fwrite(head, sizeof head, 1, c->file);
	fwrite(b.list, b.count, 1, c->file);
}

static void
add(struct capture *c, int64_t when, int what, size_t of)
{
	c->events[c->count++] = (struct event){when, what, of};
}

bool
capture_write(FILE *f, const struct life *life, bool reject, bool names)
{
	static const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
	struct life_syns syns = {0};
	struct capture c = {.file = f, .life = life};

	life_syns(&syns, life, RESEND_SOME);
	c.events = malloc(2 * (syns.count + life->answer_count + 1) * sizeof *c.events);
	if (c.events == NULL) {
		perror("capture");
		exit(1);
	}
	for (size_t n = 0; names && n < life->answer_count; n++) {
		add(&c, life->answers[n].when - 4 * MILLISECOND, EVENT_QUESTION, n);
		add(&c, life->answers[n].when, EVENT_ANSWER, n);
	}
	for (size_t n = 0; n < syns.count; n++) {
		add(&c, syns.list[n].when, EVENT_SYN, syns.list[n].attempt);
		if (reject)
			add(&c, syns.list[n].when + MILLISECOND, EVENT_RESET, syns.list[n].attempt);
	}
	qsort(c.events, c.count, sizeof *c.events, by_time);
	fwrite(head, sizeof head, 1, f);
	for (size_t n = 0; n < c.count; n++)
		write_event(&c, &c.events[n]);
	free(c.events);
	free(syns.list);
	return fflush(f) == 0 && !ferror(f);
}
