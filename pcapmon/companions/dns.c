/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dns.h"

#include <string.h>

#include "lib/base/ascii.h"
#include "lib/decode/reader.h"

bool
dns_take_label(const uint8_t *label, uint8_t name[DNS_NAME], size_t *size)
{
	size_t length = (size_t)label[0] + 1;

	if (*size + length > DNS_NAME)
		return false;
	name[(*size)++] = label[0];
	for (size_t i = 1; i < length; i++)
		name[(*size)++] = (uint8_t)ascii_lower((char)label[i]);
	return true;
}

/* The first name of a message cannot be compressed: there is none before it to point to. Returns the place behind it,
 * or 0. */
static size_t
read_name(const uint8_t *b, size_t size, size_t at, struct dns_message *out)
{
	out->name_size = 0;
	while (at < size && b[at] <= DNS_LABEL) {
		size_t length = (size_t)b[at] + 1;

		if (length > size - at || !dns_take_label(b + at, out->name, &out->name_size))
			return 0;
		at += length;
		if (length == 1)
			return at;
	}
	return 0;
}

bool
dns_read(const uint8_t *b, size_t size, struct dns_message *out)
{
	enum { ANSWER = 0x8000, OPCODE = 0x7800, RCODE = 0x000f, INTERNET = 1 };
	uint16_t flags;
	size_t at;

	if (size < DNS_HEADER)
		return false;
	flags = read16(b + 2);
	/* A query (opcode 0) of one question; every server refuses more: RFC 9619. */
	if ((flags & OPCODE) != 0 || read16(b + 4) != 1)
		return false;
	at = read_name(b, size, DNS_HEADER, out);
	if (at == 0 || size - at < 4 || read16(b + at + 2) != INTERNET)
		return false;
	out->id = read16(b);
	out->answer = (flags & ANSWER) != 0;
	out->rcode = flags & RCODE;
	out->type = read16(b + at);
	out->bytes = b;
	out->size = size;
	return true;
}

bool
dns_next(const uint8_t *b, size_t size, size_t *at, struct dns_message *out)
{
	while (*at < size && size - *at >= 2) {
		size_t length = read16(b + *at), start = *at + 2, left = size - start;

		*at = length < left ? start + length : size;
		/* An answer that is cut at the segment's end has its question in front. */
		if (dns_read(b + start, length < left ? length : left, out))
			return true;
	}
	return false;
}

/* Label by label from the first one under which the rest is as long as the zone: a zone of n bytes takes n + 2 on the
 * wire, a length in place of each dot, one in front, and the root behind it. */
bool
dns_under(const struct dns_message *d, const char *zone)
{
	size_t size = strlen(zone) + 2, at = 0;

	while (at < d->name_size && d->name_size - at > size)
		at += (size_t)d->name[at] + 1;
	if (at >= d->name_size || d->name_size - at != size)
		return false;
	for (size_t left = 0, i = 0; zone[i] != '\0'; i++) {
		if (left == 0) {
			left = d->name[at++];
			if (i > 0) { /* the length stood where the zone has its dot */
				if (zone[i] != '.')
					return false;
				continue;
			}
		}
		if (left == 0 || d->name[at++] != (uint8_t)zone[i])
			return false;
		left--;
	}
	return true;
}
