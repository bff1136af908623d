/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "icmp_quote.h"

enum { UNREACHABLE4 = 3, UNREACHABLE6 = 1, FRAGMENTATION_NEEDED = 4 };

#define ICMP_HEADER 8
#define TCP_QUOTED 8 /* ports and sequence number: what RFC 792 promises of it */

/* The quoted TCP header, with addresses in *out; NULL if it is none or not all there. */
static const uint8_t *
quoted4(const uint8_t *b, size_t size, struct packet *out)
{
	size_t header;

	if (size < 20 || b[0] >> 4 != 4 || b[9] != PROTOCOL_TCP || ((b[6] << 8 | b[7]) & 0x1fff) != 0)
		return NULL;
	header = (size_t)(b[0] & 0x0f) * 4;
	if (header < 20 || size < header + TCP_QUOTED)
		return NULL;
	out->src = addr_v4(b + 12);
	out->dst = addr_v4(b + 16);
	return b + header;
}

static const uint8_t *
quoted6(const uint8_t *b, size_t size, struct packet *out)
{
	if (size < 40 + TCP_QUOTED || b[0] >> 4 != 6 || b[6] != PROTOCOL_TCP)
		return NULL;
	out->src = addr_v6(b + 8);
	out->dst = addr_v6(b + 24);
	return b + 40;
}

bool
quote_read(const struct packet *icmp, struct packet *out)
{
	const uint8_t *b = icmp->payload, *tcp = NULL;
	struct packet p = {.protocol = icmp->protocol};

	if (icmp->payload_size < ICMP_HEADER)
		return false;
	if (icmp->protocol == PROTOCOL_ICMP && b[0] == UNREACHABLE4 && b[1] != FRAGMENTATION_NEEDED)
		tcp = quoted4(b + ICMP_HEADER, icmp->payload_size - ICMP_HEADER, &p);
	else if (icmp->protocol == PROTOCOL_ICMPV6 && b[0] == UNREACHABLE6)
		tcp = quoted6(b + ICMP_HEADER, icmp->payload_size - ICMP_HEADER, &p);
	if (tcp == NULL || !addr_equal(&p.src, &icmp->dst))
		return false;
	p.sport = (uint16_t)(tcp[0] << 8 | tcp[1]);
	p.dport = (uint16_t)(tcp[2] << 8 | tcp[3]);
	p.seq = (uint32_t)tcp[4] << 24 | (uint32_t)tcp[5] << 16 | (uint32_t)tcp[6] << 8 | tcp[7];
	*out = p;
	return true;
}
