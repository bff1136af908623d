/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Monitors, and programs that deliver or check without a queue. Numbers of the workload are those of its table in
 * docs/judge-figures.md. Those of today: each with its source, or [assumed]. */
#include "kinds.h"

/* --- the workload */

void
live_monitor(struct world *w)
{
	static const double periods[] = {10, 30, 60, 300, 600};
	double period = periods[below(&w->r, 5)] * SECOND;
	uint32_t count = (uint32_t)logarithmic(&w->r, 1, 51);

	for (uint32_t n = 0; n < count; n++) {
		struct addr to = server(60000000 + bits(&w->r) % 1000000);

		for (double t = uniform(&w->r, 0, period); t < w->end; t += period * (1 + .01 * normal(&w->r)))
			try_at(w, t, &to, 25, resends(w, 1, 3));
	}
}

/* --- today */

/* Checks of the mail servers of `count` customers, which are entered by name. */
struct checks {
	double period; /* seconds */
	double jitter; /* share of it */
	struct program connects;
};

static void
check_all(struct world *w, const struct checks *c, uint32_t count)
{
	for (uint32_t n = 0; n < count; n++) {
		struct name domain = domains_business(&w->r), mx[DOMAINS_EXCHANGES];
		double period = c->period * SECOND;

		domains_exchanges(&domain, mx);
		for (double t = uniform(&w->r, 0, period), due = t; t < w->end;
		     due += period, t = due + c->jitter * period * uniform(&w->r, 0, 1))
			connect_to(w, t, &mx[0], 25, &c->connects);
	}
}

/* www.zabbix.com/documentation, "Simple checks": net.tcp.service[smtp,...]; update interval 1m and timeout 3s by
 * default. The agent connects to the first address. */
void
live_zabbix(struct world *w)
{
	check_all(w, &(struct checks){60, .01, {3, 1, 1}}, 5 + below(&w->r, 26));
}

/* Nagios Core, sample configuration: check_interval 5 minutes (10 in the template of older ones), the same when down;
 * check_smtp gives up after 10 s in all, and a refused connection goes on to the next address. */
void
live_nagios(struct world *w)
{
	struct checks c = {chance(&w->r, .7) ? 300 : 600, .01, {10, 1, 3}};

	c.connects.addresses = w->s->reject ? DOMAINS_ADDRESSES : 1;
	check_all(w, &c, 6 + below(&w->r, 15));
}

/* github.com/prometheus/blackbox_exporter, module smtp_starttls: one address of the name; scrape_interval 15 s to 1
 * minute (prometheus.io, "Configuration": 1m by default). */
void
live_blackbox(struct world *w)
{
	check_all(w, &(struct checks){chance(&w->r, .5) ? 60 : 15, .001, {9, 1, 3}}, 2 + below(&w->r, 9));
}

/* Deliverability canary: a test message to a mailbox at each of three freemailers, every 5, 10 or 15 minutes, delivered
 * directly to the best exchanger, once [assumed]. */
void
live_canary(struct world *w)
{
	double period = (1 + below(&w->r, 3)) * 5 * MINUTE;

	for (double t = uniform(&w->r, 0, period); t < w->end; t += period)
		for (uint32_t n = 0; n < 3; n++) {
			struct name domain = domains_freemailer(n);

			connect_mx(w, t + (n + uniform(&w->r, 0, .3)) * SECOND, &domain, &first_address, 1);
		}
}

/* --- one try a message */

/* A program that sends invoices to its customers itself, with a library that has no queue (learn.microsoft.com,
 * System.Net.Mail.SmtpClient; PHPMailer): one try at the best exchanger. Runs of 20 to 150, every two to eight hours
 * [assumed]; customers return. */
void
live_erp(struct world *w)
{
	uint32_t customers = 50 + below(&w->r, 400), seed = (uint32_t)bits(&w->r);

	for (double t = uniform(&w->r, 0, 2 * HOUR); t < w->end; t += uniform(&w->r, 2, 8) * HOUR) {
		double at = t;

		for (uint32_t n = 20 + below(&w->r, 131); n > 0 && at < w->end; n--) {
			struct random who = {seed + below(&w->r, customers)};
			struct name domain = domains_business(&who);

			at = connect_mx(w, at, &domain, &(struct program){21, 1, 2}, 1) +
			     uniform(&w->r, .5, 3) * SECOND;
		}
	}
}

/* Checks a list of addresses before it is written to (RCPT without DATA; github.com/reacherhq/check-if-email-exists):
 * one or a few at once, 2 to 30 a minute [assumed], the exchangers in order until one answers. */
void
live_checker(struct world *w)
{
	double rate = logarithmic(&w->r, 2, 30);

	for (double t = uniform(&w->r, 0, HOUR); t < w->end; t += exponential(&w->r, MINUTE / rate)) {
		struct name domain = domains_consumer(&w->r);

		connect_mx(w, t, &domain, &(struct program){12, 1, 3}, 2);
	}
}

/* A shop that checks the address of each new customer: 3 to 20 an hour [assumed]. */
void
live_signup(struct world *w)
{
	double rate = logarithmic(&w->r, 3, 20);

	for (double t = exponential(&w->r, HOUR / rate); t < w->end; t += exponential(&w->r, HOUR / rate)) {
		struct name domain = domains_consumer(&w->r);

		connect_mx(w, t, &domain, &(struct program){12, 1, 3}, 1);
	}
}
