/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns: a datagram, and the same bytes as a TCP segment. */
#include <stdlib.h>
#include <string.h>

#include "pcapmon/companions/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct dns_message *d)
{
	size_t at = 0;

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
