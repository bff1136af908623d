/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_delivery: how a host delivers mail to the domains whose MX it looked up. Pure.
 *
 * A mail server goes on to the next address of a domain by a steady step (its connect timeout, or at once if it is
 * refused), and returns to the domain later. A bot does one of them at most. */
#ifndef JUDGE_DELIVERY_H
#define JUDGE_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#define DELIVERY_DOMAINS 5   /* first tried 45 minutes ago: a host that does neither is a zombie */
#define DELIVERY_MANY 8      /* ... and one that does not fail over, though it returns */
#define DELIVERY_CONTACTS 20 /* of a host that comes again too soon, to whatever number of domains, or of that one */
#define DELIVERY_FEW 3       /* domains from which a host is no client with a fixed server */

struct judge_host;

/* Sums over the domains that are kept of a host, which are all of them or a sample. */
struct judge_delivery {
	uint32_t domains, contacts; /* in the day before; in minutes, as everywhere */
	uint32_t steps;             /* fail-overs to another address of the same domain */
	uint32_t stepping;          /* domains with a step for every third contact */
	uint32_t aged, back;        /* domains first tried 45 minutes ago; of these, those that it returned to */
	/* Contacts within four minutes of the one before, or first ones: of domains contacted eight times that show no
	 * fail-over. */
	uint32_t soon;
};

struct judge_delivery judge_delivery_of(const struct judge_host *h, uint32_t now, uint32_t last);
/* A mail server: fails over and returns. */
bool judge_delivers(const struct judge_delivery *d);
/* It does not fail over, though it has had the occasion: no mail server, however patient. */
bool judge_never_steps(const struct judge_delivery *d);
/* A bot: without fail-over, comes again too soon more often than not, or has many domains; or does not return. */
bool judge_hurries(const struct judge_delivery *d);
bool judge_leaves(const struct judge_delivery *d);

#endif
