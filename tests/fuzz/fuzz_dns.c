/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns: a datagram, and the same bytes as a TCP segment; what an answer says about names. */
#include <stdlib.h>
#include <string.h>

#include "pcapmon/companions/dns.h"
#include "pcapmon/companions/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_fact(void *arg, const struct dns_fact *f)
{
	size_t *left = arg;

	if (f->name == 0 || f->name >> 48 != 0 || --*left == 0)
		abort();
	if (f->what == DNS_EXCHANGE ? f->domain == 0 || f->domain >> 48 != 0 : addr_size(&f->address) == 0)
		abort();
}

static void
check(const struct dns_message *d)
{
	size_t at = 0, left = DNS_RECORDS * (DNS_RECORDS + 1) + 2;

	if (d->name_size == 0 || d->name_size > DNS_NAME || d->rcode > 15)
		abort();
	while (d->name[at] != 0) { /* labels, up to the root, which ends it */
		at += (size_t)d->name[at] + 1;
		if (at >= d->name_size)
			abort();
	}
	if (at + 1 != d->name_size)
		abort();
	dns_under(d, "zen.spamhaus.org");
	dns_under(d, "a");
	dns_facts(d, check_fact, &left);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message d;
	size_t at = 0, before = 0;

	if (dns_read(data, size, &d))
		check(&d);
	while (dns_next(data, size, &at, &d)) {
		if (at <= before || at > size)
			abort();
		before = at;
		check(&d);
	}
	if (at > size)
		abort();
	return 0;
}
