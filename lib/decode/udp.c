/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDP, and the tunnels within it. Only the port indicates a tunnel, and anybody may use any port: so each header must
 * pass every check that its standard requires of a receiver. Reserved bits are not checked: all of these standards tell
 * receivers to ignore them. */
#include "layers.h"

static enum layer
after_port(uint16_t port)
{
	switch (port) { /* https://www.iana.org/assignments/service-names-port-numbers */
	case 1701:
		return LAYER_L2TP;
	case 2152:
		return LAYER_GTP;
	case 3544:
		return LAYER_TEREDO;
	case 4754:
		return LAYER_GRE_UDP;
	case 4789:
	case 8472: /* Linux' default from before there was a number */
		return LAYER_VXLAN;
	case 4790:
		return LAYER_VXLAN_GPE;
	case 5072:
		return LAYER_AYIYA;
	case 5247:
		return LAYER_CAPWAP;
	case 6081:
		return LAYER_GENEVE;
	case 6635:
		return LAYER_MPLS;
	default:
		return LAYER_END;
	}
}

/* An IP packet of its own, as Foo over UDP carries it on a port that nobody gives out: its length fits, and its
 * checksum, or what follows it. Not certain enough to count what is in it. */
static bool
holds_ip(const struct reader *c)
{
	const uint8_t *b = c->at;

	if (c->left >= 20 && b[0] >> 4 == 4)
		return read16(b + 2) == c->left && ipv4_checksum_holds(c);
	return c->left >= 40 && b[0] >> 4 == 6 && (size_t)read16(b + 4) + 40 == c->left &&
	       after_ipv6(b[6]) > LAYER_UNKNOWN;
}

enum layer
layer_udp(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);
	enum layer layer;

	if (b == NULL || read16(b + 4) < 8)
		return LAYER_END;
	limit(c, read16(b + 4) - (size_t)8);
	if ((layer = after_port(read16(b + 2))) != LAYER_END || (layer = after_port(read16(b))) != LAYER_END)
		return layer;
	p->sport = read16(b);
	p->dport = read16(b + 2);
	if (p->sport != PORT_DNS && p->dport != PORT_DNS)
		return holds_ip(c) ? LAYER_UNKNOWN : LAYER_END;
	p->protocol = PROTOCOL_UDP;
	p->payload = c->at;
	p->payload_size = c->left;
	return LAYER_DATAGRAM;
}

/* RFC 8086, 3: RFC 2784's header, without what that has deprecated (bits 1, 4 and 5), version 0. */
enum layer
layer_gre_udp(struct reader *c, struct packet *p)
{
	(void)p;
	return c->left < 4 || (read16(c->at) & 0x4c07) != 0 ? LAYER_END : LAYER_GRE;
}

/* RFC 7348, 5: one flag; draft-smith-vxlan-group-policy uses some of the reserved bits. */
enum layer
layer_vxlan(struct reader *c, struct packet *p)
{
	enum { HAS_NUMBER = 0x08 };
	const uint8_t *b = take(c, 8);

	(void)p;
	return b == NULL || (b[0] & HAS_NUMBER) == 0 ? LAYER_END : LAYER_ETHERNET;
}

/* draft-ietf-nvo3-vxlan-gpe, 3. Without a next protocol it is as in VXLAN. */
enum layer
layer_vxlan_gpe(struct reader *c, struct packet *p)
{
	enum { VERSIONS = 0x30, HAS_NEXT = 0x04 };
	const uint8_t *b;

	if (c->left < 8 || (c->at[0] & HAS_NEXT) == 0)
		return layer_vxlan(c, p);
	b = take(c, 8);
	return (b[0] & VERSIONS) != 0 ? LAYER_UNKNOWN : after_next(b[3]);
}

/* RFC 8926, 3.4 */
enum layer
layer_geneve(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);

	(void)p;
	if (b == NULL || b[0] >> 6 != 0)
		return LAYER_END;
	return take(c, (size_t)(b[0] & 0x3f) * 4) == NULL ? LAYER_END : after_ethertype(read16(b + 2));
}

/* 3GPP TS 29.281, 5.1 and 5.2: a packet of the user, behind any number of extension headers. */
enum layer
layer_gtp(struct reader *c, struct packet *p)
{
	enum { VERSIONS = 0xf0, VERSION_1 = 0x30, OPTIONS = 0x07, EXTENSION = 0x04, USER_DATA = 255, EXTENSIONS = 8 };
	const uint8_t *b = take(c, 8), *options;
	uint8_t next;

	if (b == NULL || (b[0] & VERSIONS) != VERSION_1 || b[1] != USER_DATA)
		return LAYER_END;
	limit(c, read16(b + 2));
	if ((b[0] & OPTIONS) != 0) {
		options = take(c, 4);
		if (options == NULL)
			return LAYER_END;
		next = (b[0] & EXTENSION) != 0 ? options[3] : 0;
		for (int i = 0; next != 0; i++) {
			size_t size = c->left > 0 ? (size_t)c->at[0] * 4 : 0;
			const uint8_t *extension = take(c, size);

			if (i == EXTENSIONS || size == 0 || extension == NULL)
				return LAYER_END;
			next = extension[size - 1];
		}
	}
	return c->left > 0 && layer_ip(c, p) == LAYER_END ? LAYER_UNKNOWN : layer_ip(c, p);
}

/* RFC 4380, 5.1.1, and 2.6: one end of the inner packet has a Teredo address. */
enum layer
layer_teredo(struct reader *c, struct packet *p)
{
	static const uint32_t prefix = 0x20010000;
	const uint8_t *b;

	(void)p;
	if (c->left >= 4 && read16(c->at) == 1) { /* authentication: two lengths, nonce and confirmation */
		b = take(c, 4);
		if (take(c, (size_t)b[2] + b[3] + 9) == NULL)
			return LAYER_END;
	}
	if (c->left >= 2 && read16(c->at) == 0 && take(c, 8) == NULL) /* origin */
		return LAYER_END;
	if (c->left < 40 || c->at[0] >> 4 != 6 || (read32(c->at + 8) != prefix && read32(c->at + 24) != prefix))
		return LAYER_END;
	return LAYER_IPV6;
}

/* draft-massar-v6ops-ayiya: identity and signature have lengths of their own. */
enum layer
layer_ayiya(struct reader *c, struct packet *p)
{
	enum { FORWARD = 1, ECHO_AND_FORWARD = 3, NEXT_IPV4 = 4, NEXT_IPV6 = 41 };
	const uint8_t *b = take(c, 8);
	uint8_t operation;

	(void)p;
	if (b == NULL)
		return LAYER_END;
	operation = b[2] & 0x0f;
	if ((operation != FORWARD && operation != ECHO_AND_FORWARD) || (b[3] != NEXT_IPV4 && b[3] != NEXT_IPV6))
		return LAYER_END;
	if (take(c, ((size_t)1 << (b[0] >> 4)) + (size_t)(b[1] >> 4) * 4) == NULL)
		return LAYER_END;
	return b[3] == NEXT_IPV6 ? LAYER_IPV6 : LAYER_IPV4;
}

/* RFC 5415, 4.3: in clear, and not a later fragment. Some access points swap the first two bytes of an 802.11 frame. */
enum layer
layer_capwap(struct reader *c, struct packet *p)
{
	enum { NATIVE = 0x0100, KEEP_ALIVE = 0x08, WIRELESS = 1 };
	const uint8_t *b = take(c, 8);
	size_t header;

	(void)p;
	if (b == NULL || b[0] != 0 || (b[3] & KEEP_ALIVE) != 0 || (read16(b + 6) & 0xfff8) != 0)
		return LAYER_END;
	header = (size_t)(b[1] >> 3) * 4;
	if (header < 8 || take(c, header - 8) == NULL)
		return LAYER_END;
	if ((read16(b + 2) & NATIVE) == 0)
		return LAYER_ETHERNET;
	if ((b[2] >> 1 & 0x1f) != WIRELESS || c->left < 2)
		return LAYER_END;
	return (c->at[0] & 0x0f) == 0x08 ? LAYER_WIRELESS : LAYER_WIRELESS_SWAPPED;
}

/* RFC 2661, 3.1: data of version 2. Of version 3 (RFC 3931) only the ends know how long the header is. */
enum layer
layer_l2tp(struct reader *c, struct packet *p)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, VERSIONS = 0x000f };
	const uint8_t *b = take(c, 2);
	uint16_t flags;

	(void)p;
	if (b == NULL)
		return LAYER_END;
	flags = read16(b);
	if ((flags & CONTROL) != 0 || (flags & VERSIONS) < 2 || (flags & VERSIONS) > 3)
		return LAYER_END;
	if ((flags & VERSIONS) == 3)
		return LAYER_UNKNOWN;
	if ((flags & LENGTH) != 0) {
		if ((b = take(c, 2)) == NULL || read16(b) < 4)
			return LAYER_END;
		limit(c, read16(b) - (size_t)4);
	}
	if (take(c, (flags & SEQUENCE) != 0 ? 8 : 4) == NULL)
		return LAYER_END;
	if ((flags & OFFSET) != 0 && ((b = take(c, 2)) == NULL || take(c, read16(b)) == NULL))
		return LAYER_END;
	return LAYER_PPP;
}
