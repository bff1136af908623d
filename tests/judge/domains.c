/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes of names as the public DNS answered in November 2026 unless another source is given; [assumed] is a guess. A
 * provider's networks are drawn from its own pool. In a moving world each answer that is not cached has other addresses
 * of the pool, which is the fastest that the time to live allows; in a calm world they stay. */
#include "domains.h"

#include <stdio.h>

struct shape {
	uint32_t networks; /* /24 of the pool */
	uint32_t answered; /* addresses of an answer ... */
	uint32_t spread;   /* ... in so many networks */
	uint32_t ttl;      /* seconds */
	bool own;          /* each number has a pool of its own */
	const char *text;
	const char *alias[2];
};

static const struct shape shapes[NAME_SORTS] = {
        /* Four addresses in four /24; learn.microsoft.com, "Microsoft 365 URLs and IP address ranges", id 10, has the
         * ranges of smtp.office365.com: 40.92.0.0/15, 40.107.0.0/16, 52.100.0.0/14, 104.47.0.0/17, of which a region
         * uses some 40 /24 [assumed]. */
        [NAME_OFFICE365] =
                {40, 4, 4, 60, false, "smtp.office365.com", {"outlook.office365.com", "ooc-g2.tm-4.office.com"}},
        /* One address, other ones from answer to answer. */
        [NAME_GMAIL] = {10, 1, 1, 300, false, "smtp.gmail.com", {NULL}},
        /* docs.aws.amazon.com, "Amazon SES endpoints": a name for each region; load balancers, TTL 60, up to eight
         * addresses in a region's ranges, [assumed] 30 /24. */
        [NAME_SES] = {30, 8, 8, 60, true, "email-smtp.region-%u.amazonaws.com", {NULL}},
        /* sendgrid.com, "SMTP endpoint": connect by name, because addresses change. */
        [NAME_SENDGRID] = {12, 3, 3, 60, false, "smtp.sendgrid.net", {NULL}},
        [NAME_ISP] = {1, 1, 1, 3600, true, "smtp.isp%u.example", {NULL}},
        [DOMAIN_GMAIL] = {0, 0, 0, 3600, false, "gmail.com", {NULL}},
        [DOMAIN_YAHOO] = {0, 0, 0, 1800, false, "yahoo.com", {NULL}},
        [DOMAIN_OUTLOOK] = {0, 0, 0, 300, false, "outlook.com", {NULL}},
        [DOMAIN_TENANT] = {0, 0, 0, 3600, true, "tenant%u.example", {NULL}},
        [DOMAIN_WORKSPACE] = {0, 0, 0, 3600, true, "workspace%u.example", {NULL}},
        [DOMAIN_HOSTED] = {0, 0, 0, 3600, true, "hosted%u.example", {NULL}},
        [DOMAIN_OWN] = {0, 0, 0, 3600, true, "own%u.example", {NULL}},
        /* gmail-smtp-in.l.google.com 5, alt1 10 ... alt4 40: five names in five /24, one address each, TTL 300. */
        [MX_GMAIL] = {6, 1, 1, 300, true, "alt%u.gmail-smtp-in.l.google.com", {NULL}},
        /* mta5, mta6, mta7.am0.yahoodns.net with the same preference; eight addresses in seven /24, TTL 1800. */
        [MX_YAHOO] = {24, 8, 7, 1800, false, "mta%u.am0.yahoodns.net", {NULL}},
        [MX_OUTLOOK] = {20, 4, 4, 300, false, "outlook-com.olc.protection.outlook.com", {NULL}},
        /* Four addresses in four /24, TTL 2400; tenants of a region share its networks ([assumed] 64). */
        [MX_TENANT] = {64, 4, 4, 2400, false, "tenant%u-example.mail.protection.outlook.com", {NULL}},
        /* aspmx.l.google.com 1, alt1 and alt2 5, alt3 and alt4 10. */
        [MX_WORKSPACE] = {6, 1, 1, 300, true, "alt%u.aspmx.l.google.com", {NULL}},
        /* A provider's filter has some addresses near each other [assumed]. */
        [MX_HOSTER] = {2, 2, 2, 3600, true, "mx%u.hoster.example", {NULL}},
        [MX_OWN] = {1, 1, 1, 3600, true, "mx.own%u.example", {NULL}},
};

/* --- recipients */

/* Providers of domains that have an MX, [assumed] in the order that published surveys of MX records agree on (Liu et
 * al., "Who's Got Your Mail?", IMC 2021): Google and Microsoft first, filters and hosting providers after them, a fifth
 * with a server of its own. */
struct name
domains_business(struct random *r)
{
	double at = uniform(r, 0, 1);

	if (at < .1)
		return (struct name){DOMAIN_GMAIL, 0};
	if (at < .45)
		return domains_tenant(r);
	if (at < .65)
		return (struct name){DOMAIN_WORKSPACE, below(r, 50000)};
	return (struct name){at < .85 ? DOMAIN_HOSTED : DOMAIN_OWN, below(r, 50000)};
}

/* Lists of consumers' addresses: two thirds at three freemailers [assumed], the rest anywhere. */
struct name
domains_consumer(struct random *r)
{
	double at = uniform(r, 0, 1);

	return at < .4    ? domains_freemailer(0)
	       : at < .55 ? domains_freemailer(1)
	       : at < .67 ? domains_freemailer(2)
	                  : domains_business(r);
}

struct name
domains_tenant(struct random *r)
{
	return (struct name){DOMAIN_TENANT, below(r, 50000)};
}

struct name
domains_freemailer(uint32_t which)
{
	static const enum name_sort sorts[3] = {DOMAIN_GMAIL, DOMAIN_YAHOO, DOMAIN_OUTLOOK};

	return (struct name){sorts[which % 3], 0};
}

size_t
domains_exchanges(const struct name *domain, struct name out[DOMAINS_EXCHANGES])
{
	static const struct {
		enum name_sort sort;
		uint8_t count;
	} served[NAME_SORTS] = {
	        [DOMAIN_GMAIL] = {MX_GMAIL, 5},
	        [DOMAIN_YAHOO] = {MX_YAHOO, 3},
	        [DOMAIN_OUTLOOK] = {MX_OUTLOOK, 1},
	        [DOMAIN_TENANT] = {MX_TENANT, 1},
	        [DOMAIN_OWN] = {MX_OWN, 1},
	        [DOMAIN_HOSTED] = {MX_HOSTER, 2},
	        [DOMAIN_WORKSPACE] = {MX_WORKSPACE, 5},
	};
	size_t count = served[domain->sort].count;

	for (size_t n = 0; n < count; n++) {
		uint32_t number =
		        domain->sort == DOMAIN_TENANT || domain->sort == DOMAIN_OWN ? domain->number : (uint32_t)n;

		if (domain->sort == DOMAIN_HOSTED)
			number += domain->number % 200 * 2;
		out[n] = (struct name){served[domain->sort].sort, number};
	}
	return count;
}

/* --- addresses */

/* A number for what the arguments name, the same each time. */
static uint64_t
mixed(uint64_t a, uint64_t b, uint64_t c)
{
	struct random r = {a * UINT64_C(0x9e3779b97f4a7c15) ^ b * UINT64_C(0xc2b2ae3d27d4eb4f) ^ c};

	bits(&r);
	return bits(&r);
}

size_t
domains_addresses(const struct domains *d, const struct name *of, double when, struct addr out[DOMAINS_ADDRESSES])
{
	const struct shape *s = &shapes[of->sort];
	uint64_t pool = mixed(d->seed, of->sort, s->own ? of->number + 1 : 0);
	uint64_t turn = d->moving && s->networks > 1 ? 1 + (uint64_t)(when / s->ttl) : 0;
	struct random r = {mixed(pool, of->number, turn)};
	/* No pool has a size that these divide: a stride visits each network once. */
	static const uint32_t strides[4] = {7, 11, 13, 17};
	uint32_t first = below(&r, s->networks ? s->networks : 1), step = strides[below(&r, 4)];

	for (uint32_t n = 0; n < s->answered; n++) {
		uint32_t network = (first + n % s->spread * step) % s->networks;

		out[n] = server(pool % 1000000007 * 1000 + network);
		out[n].bytes[3] = (uint8_t)(1 + bits(&r) % 254);
	}
	return s->answered;
}

uint32_t
domains_ttl(const struct name *n)
{
	return shapes[n->sort].ttl;
}

/* --- text */

bool
domains_alias(const struct name *n, size_t step, char buf[DOMAINS_TEXT])
{
	if (step >= 2 || shapes[n->sort].alias[step] == NULL)
		return false;
	snprintf(buf, DOMAINS_TEXT, "%s", shapes[n->sort].alias[step]);
	return true;
}

char *
domains_print(const struct name *n, char buf[DOMAINS_TEXT])
{
	bool first = n->number == 0;

	if (n->sort == MX_GMAIL && first)
		snprintf(buf, DOMAINS_TEXT, "gmail-smtp-in.l.google.com");
	else if (n->sort == MX_WORKSPACE && first)
		snprintf(buf, DOMAINS_TEXT, "aspmx.l.google.com");
	else
		snprintf(buf, DOMAINS_TEXT, shapes[n->sort].text, n->number + (n->sort == MX_YAHOO ? 5 : 0));
	return buf;
}
