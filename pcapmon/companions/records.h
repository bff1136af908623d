/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns_facts: the records of an answer -> what they say about the name that was asked for. Pure; every read is checked.
 *
 * Names may be compressed (RFC 1035, 4.1.4) and written in any case. A name is known by a hash of 48 bits of its lower
 * case, the same on every machine. A message that was cut, by its server (TC), its capture or the end of a segment,
 * tells what is there. At most DNS_RECORDS records of a message are read, and chains of DNS_HOPS aliases followed. */
#ifndef COMPANIONS_RECORDS_H
#define COMPANIONS_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "dns.h"
#include "lib/base/addr.h"

#define DNS_RECORDS 64
#define DNS_HOPS 8

enum dns_what {
	DNS_ADDRESS, /* `name` has `address` */
	DNS_EXCHANGE /* mail for `domain` goes to `name`: its MX, or, without one, itself (RFC 5321, 5.1) */
};

struct dns_fact {
	enum dns_what what;
	uint64_t name, domain; /* hashes */
	struct addr address;
	uint32_t ttl; /* seconds */
};

typedef void dns_told(void *arg, const struct dns_fact *f);

/* Tells nothing unless it is an answer without an error. */
void dns_facts(const struct dns_message *d, dns_told *told, void *arg);
/* The hash of a name as dns_read gives it; never 0. */
uint64_t dns_name_hash(const uint8_t *name, size_t size);

#endif
