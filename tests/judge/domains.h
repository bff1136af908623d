/* SPDX-License-Identifier: GPL-3.0-or-later */
/* domains: an invented DNS in the shape of today's: names of smart hosts, recipient domains, their mail exchangers, how
 * many addresses each has, in how many networks, and how soon they change. The same for all hosts of a seed. */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chance.h"
#include "lib/base/addr.h"

#define DOMAINS_ADDRESSES 8 /* of an answer, at most */
#define DOMAINS_EXCHANGES 5 /* of a domain, at most */
#define DOMAINS_TEXT 64     /* room for a name as text */

enum name_sort {
	/* Hosts that take mail from their customers. */
	NAME_OFFICE365,
	NAME_GMAIL,
	NAME_SES, /* by region */
	NAME_SENDGRID,
	NAME_ISP, /* by number */
	/* Recipient domains. */
	DOMAIN_GMAIL,
	DOMAIN_YAHOO,
	DOMAIN_OUTLOOK,
	DOMAIN_TENANT,    /* of Microsoft 365, by number */
	DOMAIN_WORKSPACE, /* of Google, by number */
	DOMAIN_HOSTED,    /* at one of 200 hosting providers, by number */
	DOMAIN_OWN,       /* with a mail server of its own, by number */
	/* Their exchangers. */
	MX_GMAIL, /* 0 to 4, in the order of preference */
	MX_YAHOO, /* 0 to 2 */
	MX_OUTLOOK,
	MX_TENANT,    /* by number of the tenant */
	MX_WORKSPACE, /* 0 to 4 */
	MX_HOSTER,    /* two of each provider */
	MX_OWN,       /* by number of the domain */
	NAME_SORTS
};

struct name {
	enum name_sort sort;
	uint32_t number;
};

/* A seed's DNS. */
struct domains {
	uint64_t seed;
	bool moving; /* addresses behind a name change with each answer, else never */
};

/* A recipient domain of business mail; of a consumer's mailing list; a tenant; one of three freemailers. */
struct name domains_business(struct random *r);
struct name domains_consumer(struct random *r);
struct name domains_tenant(struct random *r);
struct name domains_freemailer(uint32_t which);
/* Exchangers of a domain in the order of preference; returns how many. Yahoo's are equal. */
size_t domains_exchanges(const struct name *domain, struct name out[DOMAINS_EXCHANGES]);
/* The addresses of a host or an exchanger at that moment (seconds), in the order of the name server. */
size_t domains_addresses(const struct domains *d, const struct name *of, double when,
                         struct addr out[DOMAINS_ADDRESSES]);
uint32_t domains_ttl(const struct name *n); /* seconds */
/* The name that this one is an alias of (CNAME), or false. */
bool domains_alias(const struct name *n, size_t step, char buf[DOMAINS_TEXT]);
char *domains_print(const struct name *n, char buf[DOMAINS_TEXT]); /* returns buf */

#endif
