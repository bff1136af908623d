/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers are those of the table in docs/judge-figures.md; numbers that it does not give are marked as open.
 *
 * More than 400 lines: a function for each kind of host, and the few that they share. */
#include "population.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chance.h"

#define SECOND 1e6
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

const struct kind_facts kinds[KIND_COUNT] = {
        [KIND_FAST] = {"zombie, fast", "zombie", .0015},
        [KIND_FREEMAIL] = {"zombie, freemail", "zombie", .0005},
        [KIND_SLOW] = {"zombie, slow", "zombie", .0015},
        [KIND_RETRY] = {"zombie, retrying", "zombie", .0005},
        [KIND_EMOTET] = {"zombie, Emotet", "zombie", .001},
        [KIND_PRINTER] = {"printer", "misconfigured", .01},
        [KIND_APP] = {"application", "misconfigured", .01},
        [KIND_ROAMING] = {"roaming", "roaming", .02},
        [KIND_MONITOR] = {"monitor", "monitor", .0005},
        [KIND_MTA] = {"mail server", "mail-server", .0005},
        [KIND_SCANNER] = {"scanner", "scanner", .0002},
        [KIND_EVADER] = {"zombie, evading", "zombie", 0},
        [KIND_ROUTER] = {"router, 10 honest", "roaming", 0},
        [KIND_ROUTER_ZOMBIE] = {"router, 10 + slow zombie", "zombie", 0},
};

/* --- a life */

/* Makes room for another entry. */
static void *
grow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room == 0 ? 1024 : 2 * *room;
	if ((list = reallocarray(list, *room, size)) == NULL) {
		perror("population");
		exit(1);
	}
	return list;
}

static void
add_attempt(struct life *l, const struct tried *a)
{
	l->list = grow(l->list, l->count, &l->room, sizeof *l->list);
	l->list[l->count++] = *a;
}

static void
try_at(struct life *l, double when, const struct addr *to, uint16_t port, uint8_t retransmits)
{
	add_attempt(l, &(struct tried){(int64_t)when, *to, port, retransmits, false});
}

/* The life being generated, and its random numbers. */
struct world {
	struct random r;
	struct life *l;
	const struct setting *s;
	double end; /* microseconds */
};

static uint8_t
resends(struct world *w, uint32_t low, uint32_t high)
{
	return w->s->reject ? 0 : (uint8_t)(low + below(&w->r, high - low + 1));
}

/* --- zombies */

/* Attempts per minute: lognormal, within bounds. */
struct rate {
	double median, sigma, low, high;
};

static void
live_fast(struct world *w, const struct rate *p, bool to_freemail, bool retry)
{
	double rate = lognormal(&w->r, p->median, p->sigma, p->low, p->high), t = uniform(&w->r, 0, HOUR);
	int provider;

	for (; t < w->end; t += exponential(&w->r, MINUTE / rate)) {
		struct addr to = to_freemail ? freemail(&w->r, &provider) : domain(&w->r, &provider);
		double again = t;

		try_at(w->l, t, &to, 25, resends(w, 1, 3));
		for (int n = 0; retry && n < 3 && chance(&w->r, .5); n++) {
			again += uniform(&w->r, 300, 600) * SECOND;
			if (again < w->end)
				try_at(w->l, again, &to, 25, resends(w, 2, 2));
		}
	}
}

static void
live_emotet(struct world *w)
{
	static const struct {
		uint16_t port;
		double share;
	} ports[] = {{25, .28}, {465, .31}, {587, .41}};
	struct addr old[256];
	uint32_t count = 0;
	double t = uniform(&w->r, 0, HOUR);
	int provider;

	for (; t < w->end; t += exponential(&w->r, MINUTE / 5.2)) {
		struct addr to = count > 0 && !chance(&w->r, .86) ? old[below(&w->r, count < 256 ? count : 256)]
		                                                  : domain(&w->r, &provider);
		double at = uniform(&w->r, 0, 1);
		int n = 0;

		while (n < 2 && at >= ports[n].share)
			at -= ports[n++].share;
		old[count++ % 256] = to;
		try_at(w->l, t, &to, ports[n].port, resends(w, 1, 2));
	}
}

/* Three of ten contacts go to a new network, the rest to a known one: the walk never crosses. */
static void
live_evader(struct world *w)
{
	struct addr known[1024];
	uint32_t count = 0;

	for (double t = uniform(&w->r, 0, HOUR); t < w->end; t += exponential(&w->r, MINUTE)) {
		bool fresh = count == 0 || (count < 1024 && chance(&w->r, .3));
		struct addr to = fresh ? server(bits(&w->r) % 100000000) : known[below(&w->r, count)];

		if (fresh)
			known[count++] = to;
		try_at(w->l, t, &to, 25, resends(w, 1, 3));
	}
}

/* --- fixed destinations */

/* A smart host: the addresses of one name, and the client's use of them. */
struct smarthost {
	struct addr address[10];
	uint32_t count, next;
	bool sticky;
	double ttl, until;
};

static struct smarthost
smarthost(struct world *w, double single, double few)
{
	struct smarthost h = {.count = 1};
	double at = uniform(&w->r, 0, 1);

	if (at >= single + few) {
		h.count = 6 + below(&w->r, 5);
		h.sticky = true;
		h.ttl = chance(&w->r, .5) ? 300 : 3600;
	} else if (at >= single) {
		h.count = 2 + below(&w->r, 3);
		h.ttl = chance(&w->r, .5) ? 0 : 300;
		h.sticky = h.ttl > 0;
	}
	for (uint32_t n = 0; n < h.count; n++)
		h.address[n] = server(50000000 + bits(&w->r) % 1000000);
	return h;
}

static const struct addr *
resolve(struct world *w, struct smarthost *h, double when)
{
	if (!h->sticky)
		return &h->address[h->next++ % h->count];
	if (when >= h->until) {
		h->next = below(&w->r, h->count);
		h->until = when + h->ttl * SECOND;
	}
	return &h->address[h->next % h->count];
}

static void
live_printer(struct world *w)
{
	struct smarthost h = smarthost(w, .7, .2);

	for (double t = exponential(&w->r, HOUR / 1.5); t < w->end; t += exponential(&w->r, HOUR / 1.5))
		for (int n = 0; n < 3 && t + n * 3 * MINUTE < w->end; n++)
			try_at(w->l, t + n * 3 * MINUTE, resolve(w, &h, t + n * 3 * MINUTE), 25, resends(w, 2, 5));
}

static void
live_app(struct world *w)
{
	struct smarthost h = smarthost(w, .7, .2);
	double period = logarithmic(&w->r, 60, 3600) * SECOND;

	for (double t = uniform(&w->r, 0, period); t < w->end; t += period * (1 + .02 * normal(&w->r)))
		try_at(w->l, t, resolve(w, &h, t), 25, resends(w, 2, 5));
}

static void
live_roaming(struct world *w)
{
	uint32_t sessions = 1 + below(&w->r, 4), accounts = 1 + below(&w->r, 3);
	static const uint16_t ports[] = {25, 587, 465};
	struct smarthost account[3];

	for (uint32_t n = 0; n < accounts; n++)
		account[n] = smarthost(w, .5, .3);
	for (uint32_t n = 0; n < sessions; n++) {
		double t = uniform(&w->r, 0, w->end), end = t + uniform(&w->r, 10, 90) * MINUTE;
		uint32_t a = below(&w->r, accounts);

		for (; t < end && t < w->end; t += uniform(&w->r, 2, 10) * MINUTE) {
			double again = t + uniform(&w->r, 5, 40) * SECOND;
			uint16_t port = chance(&w->r, .7) ? 25 : ports[1 + below(&w->r, 2)]; /* open */

			try_at(w->l, t, resolve(w, &account[a], t), port, resends(w, 2, 5));
			if (chance(&w->r, .2) && again < w->end)
				try_at(w->l, again, resolve(w, &account[a], again), port, resends(w, 2, 5));
			if (chance(&w->r, .3)) /* open: how often a person changes accounts */
				a = below(&w->r, accounts);
		}
	}
}

static void
live_monitor(struct world *w)
{
	static const double periods[] = {10, 30, 60, 300, 600};
	double period = periods[below(&w->r, 5)] * SECOND;
	uint32_t count = (uint32_t)logarithmic(&w->r, 1, 51);

	for (uint32_t n = 0; n < count; n++) {
		struct addr to = server(60000000 + bits(&w->r) % 1000000);

		for (double t = uniform(&w->r, 0, period); t < w->end; t += period * (1 + .01 * normal(&w->r)))
			try_at(w->l, t, &to, 25, resends(w, 1, 3));
	}
}

/* --- mail servers */

/* Seconds from try n of a message to the next one. */
static double
pause_after(struct random *r, int software, int n)
{
	static const double exchange[] = {60, 60, 60, 60, 300, 300, 300, 300, 300, 300};
	static const double other[] = {900, 1800, 3600, 14400};
	double wait;

	switch (software) {
	case 0: /* Postfix: doubling from 300 to 4000, at runs of its queue every 300 */
		wait = 300 * pow(2, n);
		return (wait < 4000 ? wait : 4000) + uniform(r, 0, 300);
	case 1: /* Exim: every 15 minutes for two hours, then 1, 1.5, 2.25 ... hours */
		return n < 8 ? 900 + uniform(r, 0, 60) : 3600 * pow(1.5, n - 8);
	case 2:
		return n < 10 ? exchange[n] : 600;
	default:
		return n < 4 ? other[n] : 14400;
	}
}

/* The tries for one recipient's domain, until the end. */
static void
deliver(struct world *w, double t, int software)
{
	struct addr mx[5];
	uint32_t count;
	int provider;

	mx[0] = domain(&w->r, &provider);
	/* Big providers have many addresses, others one or two (open). */
	count = provider >= 0 ? 5 : 1 + below(&w->r, 2);
	for (uint32_t n = 1; n < count; n++)
		mx[n] = provider >= 0
		                ? server((uint64_t)1000 * (uint64_t)(provider + 1) +
		                         below(&w->r, providers[provider].networks))
		                : server(80000000 + mx[0].bytes[1] * 65536U + mx[0].bytes[2] * 256U + mx[0].bytes[3]);
	for (int n = 0; t < w->end; n++) {
		/* Postfix tries up to five addresses one after the other, other software two at most (open). */
		uint32_t tried = software == 0 ? count : count < 2 ? count : 2;

		for (uint32_t i = 0; i < tried; i++) {
			double at = t + (w->s->reject ? .2 : 30) * SECOND * i;

			if (at < w->end)
				try_at(w->l, at, &mx[(i + (provider >= 0 ? below(&w->r, count) : 0)) % count], 25,
				       resends(w, 4, 5));
		}
		t += pause_after(&w->r, software, n) * SECOND;
	}
}

static void
live_mta(struct world *w)
{
	double at = uniform(&w->r, 0, 1), rate = lognormal(&w->r, 6, 1.2, .3, 200);
	int software = at < .45 ? 0 : at < .75 ? 1 : at < .9 ? 2 : 3;

	for (double t = exponential(&w->r, HOUR / rate); t < w->end; t += exponential(&w->r, HOUR / rate))
		deliver(w, t, software);
	if (chance(&w->r, .1)) {
		double t = uniform(&w->r, 0, w->end);

		for (uint32_t n = 20 + below(&w->r, 281); n > 0; n--)
			deliver(w, t += exponential(&w->r, SECOND), software);
	}
}

/* --- many behind one address */

static void
live_router(struct world *w)
{
	for (int n = 0; n < 5; n++)
		live_roaming(w);
	for (int n = 0; n < 3; n++)
		live_printer(w);
	for (int n = 0; n < 2; n++)
		live_app(w);
}

/* --- scanners */

static void
live_scanner(struct world *w)
{
	double at = uniform(&w->r, 0, 1), t = uniform(&w->r, 0, w->end / 2), rate, limit;
	uint32_t blocks = UINT32_C(1) << 2 * below(&w->r, 3), place = below(&w->r, 1U << 20);

	if (at >= .4 && at < .6) { /* zmap, masscan: anywhere */
		rate = logarithmic(&w->r, 50, 1000);
		for (limit = t + 5 * MINUTE; t < limit && t < w->end; t += SECOND / rate) {
			uint64_t x = bits(&w->r);
			uint8_t b[4] = {(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16), (uint8_t)(x >> 24)};
			struct addr to = addr_v4(b);

			add_attempt(w->l, &(struct tried){(int64_t)t, to, 25, 0, true});
		}
		return;
	}
	rate = at < .4    ? logarithmic(&w->r, 100, 1000)
	       : at < .85 ? logarithmic(&w->r, 5, 100)
	                  : logarithmic(&w->r, 1.0 / 60, 1);
	for (uint32_t n = 0; n < blocks * 254 && t < w->end; n++, t += SECOND / rate) {
		uint32_t block = place + n / 254;
		uint8_t b[4] = {(uint8_t)(11 + block % 100), (uint8_t)(block >> 12), (uint8_t)(block >> 4),
		                (uint8_t)(1 + n % 254)};
		struct addr to = addr_v4(b);

		add_attempt(w->l, &(struct tried){(int64_t)t, to, 25, at < .4 ? 0 : resends(w, 0, 2), at < .4});
	}
}

static int
by_time(const void *a, const void *b)
{
	const struct tried *x = a, *y = b;

	return (x->when > y->when) - (x->when < y->when);
}

/* Loses SYNs: the first that arrives counts, later by the sender's pauses. */
static void
lose(struct world *w)
{
	size_t kept = 0;

	for (size_t n = 0; n < w->l->count; n++) {
		struct tried t = w->l->list[n];
		double wait = 1;
		bool seen = true;

		while (chance(&w->r, w->s->loss)) {
			if (t.raw || wait > 30) {
				seen = false;
				break;
			}
			t.retransmits = (uint8_t)(t.retransmits - (t.retransmits > 0));
			t.when += (int64_t)(wait * SECOND);
			wait *= 2;
		}
		if (seen)
			w->l->list[kept++] = t;
	}
	w->l->count = kept;
}

void
population_live(struct life *life, enum kind kind, uint64_t seed, uint64_t number, const struct setting *s)
{
	struct random mixer = {seed ^ number * UINT64_C(0xd1342543de82ef95) ^ (uint64_t)kind << 56};
	struct world w = {.r = {bits(&mixer)}, .l = life, .s = s, .end = s->hours * HOUR};

	life->count = 0;
	switch (kind) {
	case KIND_FAST:
		live_fast(&w, &(struct rate){30, 1, 3, 600}, false, false);
		break;
	case KIND_FREEMAIL:
		live_fast(&w, &(struct rate){30, 1, 3, 600}, true, false);
		break;
	case KIND_SLOW:
		live_fast(&w, &(struct rate){.5, 1, 1.0 / 60, 3}, false, false);
		break;
	case KIND_RETRY:
		live_fast(&w, &(struct rate){10, .7, .5, 600}, false, true);
		break;
	case KIND_EMOTET:
		live_emotet(&w);
		break;
	case KIND_PRINTER:
		live_printer(&w);
		break;
	case KIND_APP:
		live_app(&w);
		break;
	case KIND_ROAMING:
		live_roaming(&w);
		break;
	case KIND_MONITOR:
		live_monitor(&w);
		break;
	case KIND_MTA:
		live_mta(&w);
		break;
	case KIND_SCANNER:
		live_scanner(&w);
		break;
	case KIND_EVADER:
		live_evader(&w);
		break;
	case KIND_ROUTER_ZOMBIE:
		live_fast(&w, &(struct rate){.5, 1, 1.0 / 60, 3}, false, false);
		live_router(&w);
		break;
	case KIND_ROUTER:
		live_router(&w);
		break;
	case KIND_COUNT:
		break;
	}
	lose(&w);
	qsort(life->list, life->count, sizeof *life->list, by_time);
}

/* --- SYNs */

static int
by_moment(const void *a, const void *b)
{
	const struct life_syn *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return x->attempt != y->attempt ? (x->attempt < y->attempt ? -1 : 1) : x->again - y->again;
}

static void
send_one(struct life_syns *s, int64_t when, size_t attempt, bool again)
{
	s->list = grow(s->list, s->count, &s->room, sizeof *s->list);
	s->list[s->count++] = (struct life_syn){when, attempt, again};
}

void
population_syns(struct life_syns *out, const struct life *life, enum resending how)
{
	out->count = 0;
	for (size_t n = 0; n < life->count; n++) {
		const struct tried *t = &life->list[n];
		int most = how == RESEND_SOME      ? t->retransmits
		           : how == RESEND_LINUX   ? 6
		           : how == RESEND_WINDOWS ? 2
		                                   : 0;
		double pause = how == RESEND_WINDOWS ? 3 : 1, when = (double)t->when;

		send_one(out, t->when, n, false);
		for (int k = 0; k < most && !t->raw; k++, pause *= 2)
			send_one(out, (int64_t)(when += pause * SECOND), n, true);
	}
	qsort(out->list, out->count, sizeof *out->list, by_moment);
}
