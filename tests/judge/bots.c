/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bots. Numbers of the workload are those of its table in docs/judge-figures.md; numbers that it does not give are
 * marked as open. Those of today: each with its source, or [assumed]. */
#include "kinds.h"

/* --- zombies */

/* Attempts per minute: lognormal, within bounds. */
struct rate {
	double median, sigma, low, high;
};

static void
send_anywhere(struct world *w, const struct rate *p, bool to_freemail, bool retry)
{
	double rate = lognormal(&w->r, p->median, p->sigma, p->low, p->high), t = uniform(&w->r, 0, HOUR);
	int provider;

	for (; t < w->end; t += exponential(&w->r, MINUTE / rate)) {
		struct addr to = to_freemail ? freemail(&w->r, &provider) : domain(&w->r, &provider);
		double again = t;

		try_at(w, t, &to, 25, resends(w, 1, 3));
		for (int n = 0; retry && n < 3 && chance(&w->r, .5); n++) {
			again += uniform(&w->r, 300, 600) * SECOND;
			if (again < w->end)
				try_at(w, again, &to, 25, resends(w, 2, 2));
		}
	}
}

void
live_fast(struct world *w)
{
	send_anywhere(w, &(struct rate){30, 1, 3, 600}, false, false);
}

void
live_freemail(struct world *w)
{
	send_anywhere(w, &(struct rate){30, 1, 3, 600}, true, false);
}

void
live_slow(struct world *w)
{
	send_anywhere(w, &(struct rate){.5, 1, 1.0 / 60, 3}, false, false);
}

void
live_retry(struct world *w)
{
	send_anywhere(w, &(struct rate){10, .7, .5, 600}, false, true);
}

void
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
		try_at(w, t, &to, ports[n].port, resends(w, 1, 2));
	}
}

/* Three of ten contacts go to a new network, the rest to a known one: the walk never crosses. */
void
live_evader(struct world *w)
{
	struct addr known[1024];
	uint32_t count = 0;

	for (double t = uniform(&w->r, 0, HOUR); t < w->end; t += exponential(&w->r, MINUTE)) {
		bool fresh = count == 0 || (count < 1024 && chance(&w->r, .3));
		struct addr to = fresh ? server(bits(&w->r) % 100000000) : known[below(&w->r, count)];

		if (fresh)
			known[count++] = to;
		try_at(w, t, &to, 25, resends(w, 1, 3));
	}
}

/* --- bots of today */

/* What a bot sends, and how. Its list is mixed: each message goes to a domain by itself. */
struct spam {
	struct rate rate;
	struct name (*to)(struct random *r);
	bool any_exchange; /* any exchanger of the domain, else the best */
	/* Tries again at the same address: with this chance, at most so often, after a pause in seconds. */
	double again;
	int most;
	double low, high;
};

/* Gmail is the largest [assumed: six of ten]. */
static struct name
to_three(struct random *r)
{
	double at = uniform(r, 0, 1);

	return domains_freemailer(at < .6 ? 0 : at < .85 ? 1 : 2);
}

static struct name
to_gmail(struct random *r)
{
	(void)r;
	return domains_freemailer(0);
}

/* One address of one exchanger, chosen by a bot: it asks for the MX and for the first address of the name. */
static struct addr
target(struct world *w, double when, const struct name *domain, bool any)
{
	struct name mx[DOMAINS_EXCHANGES];
	struct addr list[DOMAINS_ADDRESSES];
	size_t count = look_up_mx(w, when, domain, mx);

	look_up(w, when, &mx[any || domain->sort == DOMAIN_YAHOO ? below(&w->r, (uint32_t)count) : 0], list);
	return list[0];
}

static void
send_spam(struct world *w, const struct spam *s)
{
	double rate = lognormal(&w->r, s->rate.median, s->rate.sigma, s->rate.low, s->rate.high);

	for (double t = uniform(&w->r, 0, HOUR / 2); t < w->end; t += exponential(&w->r, MINUTE / rate)) {
		struct name domain = s->to(&w->r);
		struct addr to = target(w, t, &domain, s->any_exchange);
		double again = t;

		try_at(w, t, &to, 25, resends(w, 2, 2)); /* most bots run on Windows */
		for (int n = 0; n < s->most && chance(&w->r, s->again); n++) {
			again += uniform(&w->r, s->low, s->high) * SECOND;
			if (again < w->end)
				try_at(w, again, &to, 25, resends(w, 2, 2));
		}
	}
}

/* Lists sorted by provider are sold and rented: Gmail, Yahoo and Outlook.com alone (Stringhini et al., "The harvester,
 * the botmaster, and the spammer", AsiaCCS 2014, have lists by provider and country); rates are [assumed]. */
void
live_three_freemailers(struct world *w)
{
	send_spam(w, &(struct spam){.rate = {2, 1, .2, 30}, .to = to_three, .any_exchange = true});
}

/* ... at Gmail only, and only at the exchanger with the best preference. */
void
live_gmail_best(struct world *w)
{
	send_spam(w, &(struct spam){.rate = {1, 1, .2, 30}, .to = to_gmail});
}

/* Companies at Microsoft 365, whose exchangers are names of their own in the same networks. */
void
live_tenants(struct world *w)
{
	send_spam(w, &(struct spam){.rate = {1, 1, .2, 30}, .to = domains_tenant});
}

/* Bots that retry as Kelihos does (Pagani et al., "Measuring the role of greylisting and nolisting in fighting spam",
 * DSN 2016: never before 300 s, most within 600 s, again after thousands), slower: 10 to 25 minutes, which clears the
 * usual delays of greylisting (postgrey: 300 s, some sites 15 minutes). */
void
live_patient(struct world *w)
{
	send_spam(w, &(struct spam){.rate = {1, .7, .2, 10},
	                            .to = domains_consumer,
	                            .any_exchange = true,
	                            .again = .7,
	                            .most = 3,
	                            .low = 600,
	                            .high = 1500});
}

/* ... and each message exactly once more, 15 to 16 minutes later. */
void
live_greylist(struct world *w)
{
	send_spam(w, &(struct spam){.rate = {.5, .7, .1, 5},
	                            .to = domains_consumer,
	                            .again = 1,
	                            .most = 1,
	                            .low = 900,
	                            .high = 960});
}

/* Snowshoe: so few messages a host that no rate shows (Stringhini et al., "BotMagnifier", USENIX Security 2011: bots of
 * some botnets send a few messages an hour). */
void
live_six_an_hour(struct world *w)
{
	send_spam(w, &(struct spam){.rate = {.1, 0, .1, .1}, .to = domains_consumer, .any_exchange = true});
}

void
live_one_an_hour(struct world *w)
{
	send_spam(w, &(struct spam){.rate = {1.0 / 60, 0, 0, 1}, .to = domains_business, .any_exchange = true});
}

/* Tests whether port 25 is open, and reports to its master that it is not: three tries at big providers. */
void
live_gives_up(struct world *w)
{
	double t = uniform(&w->r, 0, HOUR / 2);

	for (uint32_t n = 0; n < 3; n++, t += uniform(&w->r, 5, 40) * SECOND) {
		struct name domain = domains_freemailer(n);
		struct addr to = target(w, t, &domain, false);

		try_at(w, t, &to, 25, resends(w, 2, 2));
	}
}

/* A residential proxy passes on the connections of customers who come and go; they have looked the addresses up
 * themselves (Mi et al., "Resident Evil: understanding residential IP proxy as a dark service", IEEE S&P 2019: hosts of
 * homes relay to any target; mail ports are among them). Sessions and their sizes are [assumed]. */
void
live_proxy(struct world *w)
{
	static const uint16_t ports[] = {25, 25, 25, 25, 587, 465};

	w->hidden = true;
	for (double t = exponential(&w->r, HOUR / 6); t < w->end; t += exponential(&w->r, HOUR / 6)) {
		double end = t + uniform(&w->r, 1, 30) * MINUTE, pause = uniform(&w->r, 2, 60) * SECOND;
		uint16_t port = ports[below(&w->r, 6)];

		for (double at = t; at < end && at < w->end; at += exponential(&w->r, pause)) {
			struct name domain = domains_consumer(&w->r);
			struct addr to = target(w, at, &domain, true);

			try_at(w, at, &to, port, resends(w, 1, 6));
		}
	}
}

/* A new source address of its /64 for each message (RFC 8981 permits any number of temporary addresses), from one MAC
 * address, as spam programs on rented machines do against blocklists of single addresses. */
void
live_rotating(struct world *w)
{
	double rate = lognormal(&w->r, 1, 1, .2, 30);

	w->ipv6 = true;
	for (double t = uniform(&w->r, 0, HOUR / 2); t < w->end; t += exponential(&w->r, MINUTE / rate)) {
		uint8_t bytes[16] = {0xfd, [7] = 1};
		uint64_t own = bits(&w->r);
		struct source s = {.mac = {2, 0, 0, 0, 0, 1}};
		struct name domain = domains_consumer(&w->r);
		struct addr to;

		for (int n = 0; n < 8; n++)
			bytes[8 + n] = (uint8_t)(own >> 8 * n);
		s.address = addr_v6(bytes);
		move_to(w, &s);
		to = target(w, t, &domain, true);
		try_at(w, t, &to, 25, resends(w, 2, 2));
	}
}

/* As six an hour to anybody's freemail, with names from a resolver over HTTPS (RFC 8484). */
void
live_encrypted_bot(struct world *w)
{
	w->hidden = true;
	send_spam(w, &(struct spam){.rate = {.5, 1, .1, 10}, .to = domains_consumer, .any_exchange = true});
}
