/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records.h"

#include <xxhash.h>

#include "lib/decode/reader.h"

#define POINTER 0xc0
#define HASH_BITS 48

enum type { CNAME = 5 };

struct record {
	uint16_t type;
	uint32_t ttl;
	uint64_t owner, target; /* hashes; target of CNAME and MX, 0: the root */
	const uint8_t *address; /* of A and AAAA */
};

struct message {
	const uint8_t *bytes;
	size_t size;
	struct record record[DNS_RECORDS];
	size_t count, answers; /* answers: those of the answer section, which come first */
	dns_told *told;
	void *arg;
};

uint64_t
dns_name_hash(const uint8_t *name, size_t size)
{
	uint64_t hash = XXH3_64bits(name, size) >> (64 - HASH_BITS);

	return hash != 0 ? hash : 1;
}

/* The hash of the name at *at, which moves behind it; 0 for the root. A pointer leads to a place before the one where
 * the last stretch began, so there is no circle. False: it is no name, or cut. */
static bool
read_name(const struct message *m, size_t *at, uint64_t *hash)
{
	uint8_t name[DNS_NAME];
	size_t size = 0, place = *at, begun = *at;
	bool moved = false;

	while (place < m->size) {
		uint8_t length = m->bytes[place];

		if (length >= POINTER) {
			if (m->size - place < 2)
				return false;
			*at = moved ? *at : place + 2;
			moved = true;
			place = read16(m->bytes + place) & 0x3fff;
			if (place >= begun || place < DNS_HEADER)
				return false;
			begun = place;
			continue;
		}
		if (length > DNS_LABEL || (size_t)length + 1 > m->size - place ||
		    !dns_take_label(m->bytes + place, name, &size))
			return false;
		place += (size_t)length + 1;
		if (length > 0)
			continue;
		*at = moved ? *at : place;
		*hash = size > 1 ? dns_name_hash(name, size) : 0;
		return true;
	}
	return false;
}

/* The data of a record that interests: false for any other, or if it is none. */
static bool
read_data(const struct message *m, size_t at, size_t length, struct record *r)
{
	size_t end = at + length;

	switch (r->type) {
	case DNS_A:
	case DNS_AAAA:
		r->address = m->bytes + at;
		return length == (r->type == DNS_A ? 4 : 16);
	case DNS_MX:
		at += 2; /* behind the preference */
		return length > 2 && read_name(m, &at, &r->target) && at == end;
	case CNAME:
		return read_name(m, &at, &r->target) && at == end;
	default:
		return false;
	}
}

/* The record at *at, which moves behind it. False: there is no whole one. */
static bool
read_record(struct message *m, size_t *at)
{
	enum { FIXED = 10, INTERNET = 1 };
	struct record r = {0};
	const uint8_t *b;
	size_t length;

	if (!read_name(m, at, &r.owner) || m->size - *at < FIXED)
		return false;
	b = m->bytes + *at;
	length = read16(b + 8);
	*at += FIXED;
	if (length > m->size - *at)
		return false;
	r.type = read16(b);
	r.ttl = read32(b + 4);
	if (read16(b + 2) == INTERNET && read_data(m, *at, length, &r))
		m->record[m->count++] = r;
	*at += length;
	return true;
}

/* The answers, then the other records, from behind the question on. */
static void
read_sections(struct message *m, size_t at)
{
	size_t answers = read16(m->bytes + 6), left = answers + read16(m->bytes + 8) + read16(m->bytes + 10);

	for (; left > 0 && m->count < DNS_RECORDS && read_record(m, &at); left--)
		if (answers > 0) {
			answers--;
			m->answers = m->count;
		}
}

/* Follows aliases in the answer section from a name to the one that has the records. */
static uint64_t
follow_aliases(const struct message *m, uint64_t name)
{
	for (int hop = 0; hop < DNS_HOPS; hop++) {
		size_t i = 0;

		while (i < m->answers && (m->record[i].type != CNAME || m->record[i].owner != name))
			i++;
		if (i == m->answers)
			break;
		name = m->record[i].target;
	}
	return name;
}

/* The addresses that the first `count` records give `owner`, as those of `name`. */
static void
tell_addresses(const struct message *m, size_t count, uint64_t owner, uint64_t name)
{
	for (size_t i = 0; i < count; i++) {
		const struct record *r = &m->record[i];
		struct dns_fact f = {.what = DNS_ADDRESS, .name = name, .ttl = r->ttl};

		if (r->address == NULL || r->owner != owner)
			continue;
		f.address = r->type == DNS_A ? addr_v4(r->address) : addr_v6(r->address);
		m->told(m->arg, &f);
	}
}

/* An exchange, and the addresses that came with it. */
static void
tell_exchange(const struct message *m, const struct record *r, uint64_t domain)
{
	const struct dns_fact f = {.what = DNS_EXCHANGE, .name = r->target, .domain = domain, .ttl = r->ttl};

	if (r->target == 0) /* RFC 7505: the domain takes no mail */
		return;
	m->told(m->arg, &f);
	tell_addresses(m, m->count, r->target, r->target);
}

/* Without an MX, and if the answer says so and was not cut, the domain itself is the exchange. */
static void
tell_exchanges(const struct message *m, uint64_t owner, uint64_t domain)
{
	enum { CUT = 0x0200 };
	const struct dns_fact self = {.what = DNS_EXCHANGE, .name = domain, .domain = domain};
	bool any = (read16(m->bytes + 2) & CUT) != 0 || read16(m->bytes + 6) > 0;

	for (size_t i = 0; i < m->answers; i++)
		if (m->record[i].type == DNS_MX && m->record[i].owner == owner)
			tell_exchange(m, &m->record[i], domain);
	if (!any)
		m->told(m->arg, &self);
}

void
dns_facts(const struct dns_message *d, dns_told *told, void *arg)
{
	struct message m = {.bytes = d->bytes, .size = d->size, .told = told, .arg = arg};
	uint64_t name = dns_name_hash(d->name, d->name_size), owner;

	if (!d->answer || d->rcode != 0 || d->name_size <= 1)
		return;
	read_sections(&m, DNS_HEADER + d->name_size + 4);
	owner = follow_aliases(&m, name);
	if (d->type == DNS_MX)
		tell_exchanges(&m, owner, name);
	else
		tell_addresses(&m, m.answers, owner, name);
}
