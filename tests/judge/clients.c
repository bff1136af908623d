/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts with fixed destinations. Numbers of the workload are those of its table in docs/judge-figures.md; numbers that
 * it does not give are marked as open. Those of today: each with its source, or [assumed]. */
#include "kinds.h"

/* --- the workload */

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

void
live_printer(struct world *w)
{
	struct smarthost h = smarthost(w, .7, .2);

	for (double t = exponential(&w->r, HOUR / 1.5); t < w->end; t += exponential(&w->r, HOUR / 1.5))
		for (int n = 0; n < 3 && t + n * 3 * MINUTE < w->end; n++)
			try_at(w, t + n * 3 * MINUTE, resolve(w, &h, t + n * 3 * MINUTE), 25, resends(w, 2, 5));
}

void
live_app(struct world *w)
{
	struct smarthost h = smarthost(w, .7, .2);
	double period = logarithmic(&w->r, 60, 3600) * SECOND;

	for (double t = uniform(&w->r, 0, period); t < w->end; t += period * (1 + .02 * normal(&w->r)))
		try_at(w, t, resolve(w, &h, t), 25, resends(w, 2, 5));
}

void
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

			try_at(w, t, resolve(w, &account[a], t), port, resends(w, 2, 5));
			if (chance(&w->r, .2) && again < w->end)
				try_at(w, again, resolve(w, &account[a], again), port, resends(w, 2, 5));
			if (chance(&w->r, .3)) /* open: how often a person changes accounts */
				a = below(&w->r, accounts);
		}
	}
}

/* --- today: devices */

/* Jobs at random, `rate` an hour; each is tried three times, three minutes apart (Sharp, "MX series operation guide":
 * two further attempts at intervals of three minutes). */
static void
scan_to(struct world *w, const struct name *name, uint16_t port, double rate)
{
	for (double t = exponential(&w->r, HOUR / rate); t < w->end; t += exponential(&w->r, HOUR / rate))
		for (double at = t; at < t + 7 * MINUTE && at < w->end; at += 3 * MINUTE)
			connect_to(w, at, name, port, &first_address);
}

/* A printer that sends scans by client submission: smtp.office365.com, port 587 or 25 (learn.microsoft.com, "How to set
 * up a multifunction device or application to send emails using Microsoft 365"). */
void
live_mfp_office365(struct world *w)
{
	struct name name = {NAME_OFFICE365, 0};

	scan_to(w, &name, chance(&w->r, .7) ? 587 : 25, 1.5);
}

/* ... by direct send, the second way of the same page: port 25 of the own tenant's exchanger, whose name is entered. */
void
live_mfp_direct(struct world *w)
{
	struct name name = {MX_TENANT, below(&w->r, 50000)};

	scan_to(w, &name, 25, 1.5);
}

/* ... on a network where names come over HTTPS or TLS (RFC 8484, RFC 7858). */
void
live_mfp_encrypted(struct world *w)
{
	w->hidden = true;
	live_mfp_office365(w);
}

/* Two ways in which programs connect [assumed half of each]: the first address, or all of them (Python's
 * socket.create_connection, which smtplib uses, tries all that getaddrinfo gives). */
static const struct program *
some_program(struct world *w)
{
	return chance(&w->r, .5) ? &first_address : chance(&w->r, .5) ? &all_addresses : &all_windows;
}

/* Notices of a power supply or a storage box through Amazon SES: one to four an hour [assumed], not repeated. */
void
live_ups_ses(struct world *w)
{
	struct name name = {NAME_SES, below(&w->r, 10)};
	const struct program *p = some_program(w);
	uint16_t port = chance(&w->r, .5)
	                        ? 587
	                        : 25; /* both are offered: docs.aws.amazon.com, "Connecting to the SMTP endpoint" */
	double pause = HOUR / uniform(&w->r, 1, 4);

	for (double t = exponential(&w->r, pause); t < w->end; t += exponential(&w->r, pause))
		connect_to(w, t, &name, port, p);
}

/* A program with a timer, through SendGrid: each five minutes to each hour [assumed]. */
void
live_app_sendgrid(struct world *w)
{
	struct name name = {NAME_SENDGRID, 0};
	const struct program *p = some_program(w);
	double period = logarithmic(&w->r, 300, 3600) * SECOND;

	for (double t = uniform(&w->r, 0, period); t < w->end; t += period * (1 + .02 * normal(&w->r)))
		connect_to(w, t, &name, chance(&w->r, .9) ? 587 : 25, p);
}

/* --- today: people */

/* A mail program with accounts, while its user is there: one to four times of 10 to 90 minutes in six hours [assumed].
 * A message that waits in the outbox goes with each send/receive, every 30 minutes in Outlook (support.microsoft.com,
 * "Send or receive email automatically"), and whenever the user presses the button. */
static void
use_mail(struct world *w, const struct name *account, uint32_t accounts)
{
	uint32_t times = 1 + below(&w->r, 1 + (uint32_t)(4 * (w->end / HOUR) / 6));
	uint16_t port = chance(&w->r, .2) ? 25 : chance(&w->r, .7) ? 587 : 465;

	for (; times > 0; times--) {
		double t = uniform(&w->r, 0, w->end), end = t + uniform(&w->r, 10, 90) * MINUTE;

		for (; t < end && t < w->end; t += uniform(&w->r, 2, 30) * MINUTE) {
			connect_to(w, t, &account[below(&w->r, accounts)], port, &all_windows);
			if (chance(&w->r, .2))
				connect_to(w, t + uniform(&w->r, 5, 40) * SECOND, &account[0], port, &all_windows);
		}
	}
}

void
live_mail_client(struct world *w)
{
	struct name account = {chance(&w->r, .6) ? NAME_OFFICE365 : NAME_GMAIL, 0};

	use_mail(w, &account, 1);
}

void
live_two_accounts(struct world *w)
{
	struct name accounts[3] = {{NAME_OFFICE365, 0}, {NAME_GMAIL, 0}, {NAME_ISP, below(&w->r, 500)}};

	use_mail(w, accounts, 3);
}

/* --- today: relays */

/* A Postfix with `relayhost`: each message tries up to five addresses (postconf(5): smtp_mx_address_limit, with
 * smtp_connect_timeout 30 s), again after 300 s doubling to 4000 s, at runs of the queue each 300 s. One destination: a
 * message that arrives while it is known to be dead waits with the others. */
static void
relay(struct world *w, const struct name *name, uint16_t port)
{
	static const struct program postfix = {30, 5, 4};
	double arrives = exponential(&w->r, HOUR / 2), pause = 300 * SECOND;

	for (double t = arrives; t < w->end; t += pause + uniform(&w->r, 0, 300) * SECOND) {
		connect_to(w, t, name, port, &postfix);
		pause = 2 * pause < 4000 * SECOND ? 2 * pause : 4000 * SECOND;
		if (t + pause > arrives) { /* another message begins anew */
			arrives = t + 300 * SECOND + exponential(&w->r, HOUR / 2);
			pause = arrives - t < pause ? arrives - t : pause;
		}
	}
}

void
live_relay_office365(struct world *w)
{
	struct name name = {NAME_OFFICE365, 0};

	relay(w, &name, chance(&w->r, .5) ? 587 : 25);
}

void
live_relay_isp(struct world *w)
{
	struct name name = {NAME_ISP, below(&w->r, 500)};

	relay(w, &name, chance(&w->r, .5) ? 587 : 25);
}

/* --- today: hosts with several addresses */

/* Its n-th IPv4 address: 10.1.x.x, from the network's range. */
static struct source
leased(struct world *w, uint64_t mac)
{
	uint32_t n = below(&w->r, 500);
	uint8_t bytes[4] = {10, 1, (uint8_t)(n >> 8), (uint8_t)(2 + n % 250)};
	struct source s = {.address = addr_v4(bytes)};

	for (int k = 0; k < 6; k++)
		s.mac[k] = (uint8_t)(mac >> 8 * k);
	s.mac[0] = (uint8_t)((s.mac[0] & 0xfc) | 2);
	return s;
}

/* A printer at a smart host that gets another address with each lease of an hour: a guest network with a small range
 * (RFC 2131, 4.3.1: the server may offer another address once a lease has ended). */
void
live_new_leases(struct world *w)
{
	struct name name = {chance(&w->r, .5) ? NAME_OFFICE365 : NAME_ISP, 0};
	uint64_t mac = bits(&w->r);
	double lease = 0;

	for (double t = exponential(&w->r, HOUR / 3); t < w->end; t += exponential(&w->r, HOUR / 3)) {
		if (t >= lease) {
			struct source s = leased(w, mac);

			move_to(w, &s);
			lease = t + HOUR;
		}
		connect_to(w, t, &name, 25, &first_address);
	}
}

/* A visitor's telephone with another MAC address and lease each time that it joins (source.android.com, "MAC
 * randomization behavior": non-persistent randomization, at the start of a connection if the last was 24 h ago or its
 * lease has ended). */
void
live_random_mac(struct world *w)
{
	struct name accounts[2] = {{NAME_GMAIL, 0}, {NAME_OFFICE365, 0}};
	uint32_t count = 1 + below(&w->r, 2);

	for (double t = uniform(&w->r, 0, 2 * HOUR); t < w->end; t += uniform(&w->r, 1, 6) * HOUR) {
		struct source s = leased(w, bits(&w->r));
		double end = t + uniform(&w->r, 10, 60) * MINUTE;

		move_to(w, &s);
		for (double at = t; at < end && at < w->end; at += uniform(&w->r, 2, 10) * MINUTE)
			connect_to(w, at, &accounts[below(&w->r, count)], chance(&w->r, .7) ? 587 : 25, &first_address);
	}
}

/* A laptop with IPv6: a temporary address of the same /64 each time that it joins, at least each day (RFC 8981). */
void
live_ipv6_privacy(struct world *w)
{
	struct name name = {NAME_OFFICE365, 0};
	struct source s = {.mac = {2, 0, 0, 0, 0, 2}};

	w->ipv6 = true;
	for (double t = uniform(&w->r, 0, HOUR); t < w->end; t += uniform(&w->r, .5, 4) * HOUR) {
		uint8_t bytes[16] = {0xfd, [7] = 2};
		uint64_t own = bits(&w->r);
		double end = t + uniform(&w->r, 10, 60) * MINUTE;

		for (int n = 0; n < 8; n++)
			bytes[8 + n] = (uint8_t)(own >> 8 * n);
		s.address = addr_v6(bytes);
		move_to(w, &s);
		for (double at = t; at < end && at < w->end; at += uniform(&w->r, 2, 10) * MINUTE)
			connect_to(w, at, &name, 587, &all_windows);
	}
}
