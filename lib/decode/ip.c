/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP of both versions, its extension headers, and TCP. decode_packet is in this file and not in decode.c, so that the
 * gate links no tunnel decoder. */
#include "layers.h"
#include "stack.h"

/* Numbers of https://www.iana.org/assignments/protocol-numbers */
enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_IPV4 = 4,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_AUTH = 51,
	PROTOCOL_MOBILE = 55, /* RFC 2004: IP in IP with a shorter header */
	PROTOCOL_DESTINATION_OPTIONS = 60,
	PROTOCOL_IPIP = 94, /* KA9Q's */
	PROTOCOL_ETHERIP = 97,
	PROTOCOL_ENCAP = 98, /* RFC 1241 */
	PROTOCOL_COMPRESSED = 108,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_L2TP = 115, /* version 3 */
	PROTOCOL_MPLS = 137,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
	PROTOCOL_ETHERNET = 143,
};

enum layer
after_ipv4(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return LAYER_TCP;
	case PROTOCOL_ICMP:
		return LAYER_ICMP;
	case PROTOCOL_UDP:
		return LAYER_UDP;
	case PROTOCOL_IPV4:
		return LAYER_IPV4;
	case PROTOCOL_IPV6:
		return LAYER_IPV6;
	case PROTOCOL_GRE:
		return LAYER_GRE;
	case PROTOCOL_AUTH:
		return LAYER_AUTH;
	case PROTOCOL_ETHERIP:
		return LAYER_ETHERIP;
	case PROTOCOL_MPLS:
		return LAYER_MPLS;
	case PROTOCOL_ETHERNET:
		return LAYER_ETHERNET;
	case PROTOCOL_MOBILE:
	case PROTOCOL_IPIP:
	case PROTOCOL_ENCAP:
	case PROTOCOL_COMPRESSED:
	case PROTOCOL_L2TP:
		return LAYER_UNKNOWN;
	default:
		return LAYER_END;
	}
}

enum layer
after_ipv6(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_DESTINATION_OPTIONS:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return LAYER_IPV6_OPTIONS;
	case PROTOCOL_FRAGMENT:
		return LAYER_IPV6_FRAGMENT;
	case PROTOCOL_ICMPV6:
		return LAYER_ICMP;
	default:
		return protocol == PROTOCOL_ICMP ? LAYER_END : after_ipv4(protocol);
	}
}

enum layer
layer_ip(struct reader *c, struct packet *p)
{
	(void)p;
	if (c->left == 0)
		return LAYER_END;
	return c->at[0] >> 4 == 4 ? LAYER_IPV4 : c->at[0] >> 4 == 6 ? LAYER_IPV6 : LAYER_END;
}

/* The source of an IP header directly inside another one is not the host with the last MAC address. */
static void
keep_addresses(struct reader *c, struct packet *p, struct addr src, struct addr dst, uint8_t ttl)
{
	if (c->addressed)
		p->has_mac = false;
	c->addressed = true;
	p->src = src;
	p->dst = dst;
	p->ttl = ttl;
}

/* Only fragments that may hold a TCP header are kept: a tunnel's header is in its first fragment. */
static void
keep_piece(struct reader *c, const struct packet *p, struct fragment piece)
{
	enum layer next = p->src.family == 4 ? after_ipv4(piece.protocol) : after_ipv6(piece.protocol);

	if (c->piece == NULL || (next != LAYER_TCP && next != LAYER_IPV6_OPTIONS && next != LAYER_AUTH))
		return;
	piece.packet = *p;
	piece.bytes = c->at;
	piece.size = c->left;
	*c->piece = piece;
	c->fragmented = true;
}

/* Replaces the destination by the end of a source route that is not used up: RFC 791, 3.1. */
static void
follow_route(const uint8_t *options, size_t size, struct addr *dst)
{
	enum { END = 0, NOTHING = 1, LOOSE = 131, STRICT = 137 };
	size_t i = 0;

	while (i < size && options[i] != END) {
		size_t length = options[i] == NOTHING ? 1 : i + 1 < size ? options[i + 1] : 0;

		if (length == 0 || length > size - i || (length < 2 && options[i] != NOTHING))
			return;
		if ((options[i] == LOOSE || options[i] == STRICT) && length >= 7 &&
		    options[i + 2] + (size_t)3 <= length) {
			*dst = addr_v4(options + i + length - 4);
			return;
		}
		i += length;
	}
}

/* RFC 791, 3.1. The total length is 0 where the network card segments (TSO). */
enum layer
layer_ipv4(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 20), *options;
	size_t header, total;
	uint16_t place;

	if (b == NULL || b[0] >> 4 != 4)
		return LAYER_END;
	header = (size_t)(b[0] & 0x0f) * 4;
	total = read16(b + 2);
	if (header < 20 || (total != 0 && total < header) || (options = take(c, header - 20)) == NULL)
		return LAYER_END;
	if (total != 0)
		limit(c, total - header);
	keep_addresses(c, p, addr_v4(b + 12), addr_v4(b + 16), b[8]);
	p->id = read16(b + 4);
	if (c->routed)
		follow_route(options, header - 20, &p->dst);
	place = read16(b + 6);
	if ((place & 0x3fff) != 0) /* offset, or more fragments */
		keep_piece(c, p,
		           (struct fragment){.id = read16(b + 4),
		                             .offset = (uint32_t)(place & 0x1fff) * 8,
		                             .more = (place & 0x2000) != 0,
		                             .protocol = b[9]});
	return (place & 0x1fff) == 0 ? after_ipv4(b[9]) : LAYER_END;
}

/* RFC 8200, 3. A payload length of 0: a jumbogram, or segmentation as above. */
enum layer
layer_ipv6(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 40);
	size_t payload;

	if (b == NULL || b[0] >> 4 != 6)
		return LAYER_END;
	payload = read16(b + 4);
	if (payload != 0)
		limit(c, payload);
	keep_addresses(c, p, addr_v6(b + 8), addr_v6(b + 24), b[7]);
	p->id = 0;
	return after_ipv6(b[6]);
}

/* RFC 8200, 4. All that follow each other are one layer: receivers and the kernel's rules skip any number. */
enum layer
layer_ipv6_options(struct reader *c, struct packet *p)
{
	enum layer next = LAYER_IPV6_OPTIONS;
	const uint8_t *b;

	(void)p;
	while (next == LAYER_IPV6_OPTIONS) {
		if ((b = take(c, 8)) == NULL || take(c, (size_t)b[1] * 8) == NULL)
			return LAYER_END;
		next = after_ipv6(b[0]);
	}
	return next;
}

/* RFC 8200, 4.5. A packet that is its own first and last fragment (RFC 6946) is whole. */
enum layer
layer_ipv6_fragment(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);
	uint16_t place;

	if (b == NULL)
		return LAYER_END;
	place = read16(b + 2);
	if ((place & 0xfff9) != 0)
		keep_piece(c, p,
		           (struct fragment){.id = read32(b + 4),
		                             .offset = place & 0xfff8,
		                             .more = (place & 1) != 0,
		                             .protocol = b[0]});
	return (place & 0xfff8) == 0 ? after_ipv6(b[0]) : LAYER_END;
}

/* RFC 4302, 2: the length counts words of four bytes, less two. */
enum layer
layer_auth(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);

	if (b == NULL || take(c, (size_t)b[1] * 4) == NULL)
		return LAYER_END;
	return p->src.family == 4 ? after_ipv4(b[0]) : after_ipv6(b[0]);
}

/* Classifies the sender of the opening. `rest` is the header from the window on, as long as its data offset says. */
static void
look_at_syn(struct packet *p, const uint8_t *rest, size_t size)
{
	enum { END = 0, NOTHING = 1, MSS = 2, TIMESTAMPS = 8 };
	struct syn syn = {.family = p->src.family, .ttl = p->ttl, .id = p->id, .window = read16(rest)};
	uint32_t clock = 0;
	size_t i = 6;

	while (i < size) {
		size_t length = rest[i] <= NOTHING ? 1 : i + 1 < size ? rest[i + 1] : 0;

		if (length == 0 || length > size - i || (length < 2 && rest[i] > NOTHING))
			return;
		if (syn.option_count < SYN_OPTIONS)
			syn.options[syn.option_count] = rest[i];
		syn.option_count++;
		if (rest[i] == MSS && length == 4)
			syn.mss = read16(rest + i + 2);
		if (rest[i] == TIMESTAMPS && length == 10)
			clock = read32(rest + i + 2);
		if (rest[i] == END)
			break;
		i += length;
	}
	p->raw = syn_is_raw(&syn);
	p->stack = p->raw ? 0 : stack_of(&syn);
	p->clock = p->raw ? 0 : clock;
}

/* RFC 9293, 3.1. The capture may end after the flags; a header with a length below 20 bytes is rejected, as every
 * receiver does. */
bool
layer_tcp(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 14), *rest;
	size_t size;

	if (b == NULL || b[12] >> 4 < 5)
		return false;
	size = (size_t)(b[12] >> 4) * 4 - 14;
	p->sport = read16(b);
	p->dport = read16(b + 2);
	p->seq = read32(b + 4);
	p->ack = read32(b + 8);
	p->flags = b[13];
	p->protocol = PROTOCOL_TCP;
	p->raw = false;
	p->stack = 0;
	p->clock = 0;
	if ((rest = take(c, size)) != NULL) {
		p->payload = c->at;
		p->payload_size = c->left;
		if (packet_opens(p))
			look_at_syn(p, rest, size);
	}
	return true;
}

/* The headers that an error quotes are no traffic: quote_read (icmp_quote.h) decodes them from the payload. */
bool
layer_icmp(struct reader *c, struct packet *p)
{
	p->protocol = p->src.family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
	p->payload = c->at;
	p->payload_size = c->left;
	return true;
}

bool
decode_packet(const uint8_t *bytes, size_t size, struct packet *out)
{
	struct reader c = {.at = bytes, .left = size};
	struct packet p = {0};
	enum layer layer = layer_ip(&c, &p);

	/* Each turn takes 8 bytes at least. The kernel's rules follow any number of headers, and so do we. */
	for (bool first = true;; first = false) {
		switch (layer) {
		case LAYER_IPV4:
			if (!first)
				return false;
			layer = layer_ipv4(&c, &p);
			break;
		case LAYER_IPV6:
			if (!first)
				return false;
			layer = layer_ipv6(&c, &p);
			break;
		case LAYER_IPV6_OPTIONS:
			layer = layer_ipv6_options(&c, &p);
			break;
		case LAYER_IPV6_FRAGMENT:
			layer = layer_ipv6_fragment(&c, &p);
			break;
		case LAYER_AUTH:
			layer = layer_auth(&c, &p);
			break;
		case LAYER_TCP:
			if (!layer_tcp(&c, &p))
				return false;
			*out = p;
			return true;
		default: /* a tunnel, or no TCP at all */
			return false;
		}
	}
}

bool
decode_addresses(const uint8_t *bytes, size_t size, struct addr *src, struct addr *dst)
{
	if (size >= 20 && bytes[0] >> 4 == 4) {
		*src = addr_v4(bytes + 12);
		*dst = addr_v4(bytes + 16);
	} else if (size >= 40 && bytes[0] >> 4 == 6) {
		*src = addr_v6(bytes + 8);
		*dst = addr_v6(bytes + 24);
	} else {
		return false;
	}
	return true;
}
