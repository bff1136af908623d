/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail servers that are not on the list. Numbers of the workload are those of its table in docs/judge-figures.md;
 * numbers that it does not give are marked as open. Those of today: each with its source, or [assumed]. */
#include "kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the workload */

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
				try_at(w, at, &mx[(i + (provider >= 0 ? below(&w->r, count) : 0)) % count], 25,
				       resends(w, 4, 5));
		}
		t += pause_after(&w->r, software, n) * SECOND;
	}
}

void
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

/* --- today */

/* A program that queues. Nothing is ever delivered: each recipient domain is in one of its queues forever, and a
 * message that arrives while its domain is known to be dead waits with the others. */
struct queueing {
	struct program connects;
	uint32_t addresses;                           /* of a domain, in all */
	double (*pause)(struct random *r, int tries); /* seconds from try n of a domain to the next */
	double dead; /* seconds for which a new message does not open a connection after a failure */
};

/* postconf(5): minimal_backoff_time 300 s doubles up to maximal_backoff_time 4000 s, seen at each queue_run_delay of
 * 300 s; smtp_connect_timeout 30 s; smtp_mx_address_limit 5; a dead site is not tried for minimal_backoff_time. */
static double
postfix_pause(struct random *r, int tries)
{
	return fmin(300 * pow(2, tries), 4000) + uniform(r, 0, 300);
}

/* The retry rule of Exim's default configuration: F,2h,15m; G,16h,1h,1.5; F,4d,6h, at runs of the queue each 30 minutes
 * (Debian's QUEUEINTERVAL). connect_timeout of the smtp transport is 5 minutes, more than the kernel's 127 s;
 * hosts_max_try is 5. */
static double
exim_pause(struct random *r, int tries)
{
	double wait = tries < 8 ? 900 : fmin(3600 * pow(1.5, tries - 8), 21600);

	return wait + uniform(r, 0, 1800);
}

/* learn.microsoft.com, "Configure message retry, resubmit, and expiration intervals": queue glitch retries 4 at 1
 * minute, transient failure retries 6 at 5 minutes, then each 10 minutes; meanwhile a queue in retry takes messages
 * without a connection. */
static double
exchange_pause(struct random *r, int tries)
{
	return (tries < 4 ? 60 : tries < 10 ? 300 : 600) + uniform(r, 0, 5);
}

static const struct queueing postfix = {{30, 5, 4}, 5, postfix_pause, 300};
static const struct queueing exim = {{127, 5, 6}, 5, exim_pause, 900};
static const struct queueing exchange = {{21, 4, 2}, 4, exchange_pause, 1e9};

/* A recipient domain with waiting messages. */
struct waiting {
	struct name domain;
	double tried, next;
	int tries;
};

#define DOMAINS 2048

struct outbox {
	const struct queueing *by;
	struct waiting list[DOMAINS];
	size_t count;
};

/* Tries the addresses of a domain in the order of preference, up to the limit in all. */
static void
deliver_today(struct world *w, double t, struct waiting *d, const struct queueing *q)
{
	struct name mx[DOMAINS_EXCHANGES];
	size_t count = look_up_mx(w, t, &d->domain, mx);
	uint32_t first = d->domain.sort == DOMAIN_YAHOO ? below(&w->r, 3) : 0;
	struct program p = q->connects;
	uint32_t left = q->addresses;

	d->tried = t;
	d->next = t + q->pause(&w->r, d->tries++) * SECOND;
	for (size_t n = 0; n < count && left > 0; n++) {
		struct addr list[DOMAINS_ADDRESSES];
		size_t had = look_up(w, t, &mx[(n + first) % count], list);

		for (size_t k = 0; k < had && left > 0 && t < w->end; k++, left--) {
			try_at(w, t, &list[k], 25, resent(w, &p));
			t += w->s->reject ? uniform(&w->r, .01, .3) * SECOND : p.timeout * SECOND;
		}
	}
	if (d->next < t)
		d->next = t + 1 * SECOND;
}

/* A message for a domain arrives. */
static void
submit(struct world *w, struct outbox *o, double t, const struct name *domain)
{
	struct waiting *d = NULL;

	for (size_t n = 0; n < o->count; n++)
		if (o->list[n].domain.sort == domain->sort && o->list[n].domain.number == domain->number)
			d = &o->list[n];
	if (d == NULL && o->count == DOMAINS)
		return;
	if (d == NULL) {
		d = &o->list[o->count++];
		*d = (struct waiting){.domain = *domain, .tried = -1e18};
	}
	if (t - d->tried < o->by->dead * SECOND)
		return;
	d->tries = 0;
	deliver_today(w, t, d, o->by);
}

/* Runs the queue up to a moment. */
static void
run_queue(struct world *w, struct outbox *o, double until)
{
	for (;;) {
		struct waiting *soonest = NULL;

		for (size_t n = 0; n < o->count; n++)
			if (soonest == NULL || o->list[n].next < soonest->next)
				soonest = &o->list[n];
		if (soonest == NULL || soonest->next >= until)
			return;
		deliver_today(w, soonest->next, soonest, o->by);
	}
}

/* What is sent: at random, so many messages an hour, each to a number of recipients. */
struct sends {
	double rate;             /* messages an hour */
	uint32_t least, most;    /* recipients of one */
	const struct name *list; /* the correspondents; NULL: anybody */
	uint32_t count;
};

static void
send_all(struct world *w, const struct queueing *q, const struct sends *s)
{
	struct outbox *o = calloc(1, sizeof *o);

	if (o == NULL)
		abort();
	o->by = q;
	for (double t = exponential(&w->r, HOUR / s->rate); t < w->end; t += exponential(&w->r, HOUR / s->rate)) {
		run_queue(w, o, t);
		for (uint32_t n = s->least + below(&w->r, s->most - s->least + 1); n > 0; n--) {
			struct name to = s->list ? s->list[below(&w->r, s->count)] : domains_business(&w->r);

			submit(w, o, t + uniform(&w->r, 0, 2) * SECOND, &to);
		}
	}
	run_queue(w, o, w->end);
	free(o);
}

/* Draws correspondents: companies and people that are written to again and again. */
static void
draw(struct world *w, struct name *list, uint32_t count)
{
	for (uint32_t n = 0; n < count; n++)
		list[n] = domains_business(&w->r);
}

/* A company's Exchange: 5 to 60 messages an hour [assumed], three in four to some 40 correspondents. */
void
live_exchange(struct world *w)
{
	struct name list[40];

	draw(w, list, 40);
	send_all(w, &exchange, &(struct sends){lognormal(&w->r, 20, .8, 5, 60), 1, 2, list, 40});
}

void
live_office_postfix(struct world *w)
{
	struct name list[30];

	draw(w, list, 30);
	send_all(w, &postfix, &(struct sends){lognormal(&w->r, 6, 1, .5, 40), 1, 2, list, 30});
}

/* GitLab with the Postfix that its installation guide asks for (docs.gitlab.com, "Linux package": apt install postfix):
 * each event notifies all participants at once, [assumed] 3 to 15 addresses of two to eight domains. */
void
live_gitlab(struct world *w)
{
	struct name list[8];
	uint32_t count = 2 + below(&w->r, 7);

	draw(w, list, count);
	send_all(w, &postfix, &(struct sends){lognormal(&w->r, 8, .7, 2, 40), 3, 15, list, count});
}

/* A newsletter: one mailing of 200 to 2000 consumers, handed over within a minute or ten, from a host that sends
 * nothing else [assumed]. */
void
live_newsletter(struct world *w)
{
	struct outbox *o = calloc(1, sizeof *o);
	double t = uniform(&w->r, 0, HOUR), pause = uniform(&w->r, 1, 10) * MINUTE;
	uint32_t recipients = 200 + below(&w->r, 1801);

	if (o == NULL)
		abort();
	o->by = chance(&w->r, .7) ? &postfix : &exim;
	for (uint32_t n = 0; n < recipients && t < w->end; n++, t += pause / recipients) {
		struct name to = domains_consumer(&w->r);

		run_queue(w, o, t);
		submit(w, o, t, &to);
	}
	run_queue(w, o, w->end);
	free(o);
}

/* A server whose cron writes to its administrator each hour (cron(8): MAILTO). */
void
live_cron(struct world *w)
{
	struct name to = domains_business(&w->r);

	send_all(w, &postfix, &(struct sends){1, 1, 1, &to, 1});
}

/* Alarms to two or three people on call, at their own providers [assumed]: 2 an hour. */
void
live_pager(struct world *w)
{
	struct name list[3] = {domains_freemailer(0), domains_tenant(&w->r), domains_business(&w->r)};

	send_all(w, &postfix, &(struct sends){2, 2, 3, list, 2 + below(&w->r, 2)});
}

/* Web hosting: forms, shops and forwarded mail of many customers, 20 an hour (median) to anybody [assumed]. */
void
live_exim(struct world *w)
{
	send_all(w, &exim, &(struct sends){lognormal(&w->r, 20, 1, 2, 200), 1, 2, NULL, 0});
}
