/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a cursor stands at the first byte that is not yet explained and knows which layer begins there. Each
 * turn of one flat loop lets that layer step over its own header and name the next one, until TCP is reached or nothing
 * is left to say. A new encapsulation is one more case: its header, and what may follow. The number of turns is
 * bounded, so a packet cannot keep us busy. */
#include "decode.h"

#include <string.h>

#define LAYERS_MAX 16 /* Ethernet, VLAN, IP, eight extension headers and TCP leave room to spare */

enum layer {
	LAYER_END, /* not TCP, or not to be trusted */
	LAYER_ETHERNET,
	LAYER_VLAN,
	LAYER_SLL,
	LAYER_SLL2,
	LAYER_NULL,
	LAYER_IP, /* of either version: the first nibble says which */
	LAYER_IPV4,
	LAYER_IPV6,
	LAYER_IPV6_OPTIONS, /* hop-by-hop, routing, destination options and their like: RFC 8200, 4.2 */
	LAYER_IPV6_FRAGMENT,
	LAYER_IPV6_AUTH,
	LAYER_TCP,
	LAYER_ICMP,
};

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_IPV6 = 0x86dd };

/* Numbers of https://www.iana.org/assignments/protocol-numbers */
enum {
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_AUTH = 51,
	PROTOCOL_DESTINATION_OPTIONS = 60,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_HIP = 139,
	PROTOCOL_SHIM6 = 140,
};

/* Hardware types after which a cooked frame's protocol field is no EtherType: linux/if_arp.h, LINKTYPE_LINUX_SLL. */
enum { HARDWARE_ETHERNET = 1, HARDWARE_FRAD = 770, HARDWARE_RADIOTAP = 803, HARDWARE_NETLINK = 824 };

struct cursor {
	const uint8_t *at;
	size_t left; /* bytes from `at` that were captured and belong to the layer */
	bool tagged; /* a VLAN tag has been seen */
};

static uint16_t
read16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static uint32_t
read32(const uint8_t *b)
{
	return (uint32_t)read16(b) << 16 | read16(b + 2);
}

/* The next `size` bytes, or NULL if they are not all there; the cursor is then past them. */
static const uint8_t *
take(struct cursor *c, size_t size)
{
	const uint8_t *b = c->at;

	if (size > c->left)
		return NULL;
	c->at += size;
	c->left -= size;
	return b;
}

/* What lies behind the payload (padding of a short frame) belongs to nobody. */
static void
limit(struct cursor *c, size_t size)
{
	if (size < c->left)
		c->left = size;
}

static void
keep_mac(struct packet *p, const uint8_t *b)
{
	if (b[0] & 1) /* a group never sends */
		return;
	memcpy(p->mac, b, sizeof p->mac);
	p->has_mac = true;
}

static enum layer
after_ethertype(const struct cursor *c, uint16_t type)
{
	switch (type) {
	case ETHERTYPE_IPV4:
		return LAYER_IPV4;
	case ETHERTYPE_IPV6:
		return LAYER_IPV6;
	case ETHERTYPE_VLAN:
		return c->tagged ? LAYER_END : LAYER_VLAN;
	default:
		return LAYER_END;
	}
}

static enum layer
after_ipv6(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return LAYER_TCP;
	case PROTOCOL_ICMPV6:
		return LAYER_ICMP;
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_DESTINATION_OPTIONS:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return LAYER_IPV6_OPTIONS;
	case PROTOCOL_FRAGMENT:
		return LAYER_IPV6_FRAGMENT;
	case PROTOCOL_AUTH:
		return LAYER_IPV6_AUTH;
	default:
		return LAYER_END;
	}
}

static enum layer
ethernet(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 14);

	if (b == NULL)
		return LAYER_END;
	keep_mac(p, b + 6);
	return after_ethertype(c, read16(b + 12));
}

/* IEEE 802.1Q */
static enum layer
vlan(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 4);

	if (b == NULL)
		return LAYER_END;
	c->tagged = true;
	p->vlan = read16(b) & 0xfff;
	return after_ethertype(c, read16(b + 2));
}

/* Both versions of Linux' cooked header hold the same things in other places: LINKTYPE_LINUX_SLL and _SLL2. */
static enum layer
cooked(struct cursor *c, struct packet *p, uint16_t hardware, size_t mac_size, const uint8_t *mac, uint16_t type)
{
	if (hardware == HARDWARE_FRAD || hardware == HARDWARE_RADIOTAP || hardware == HARDWARE_NETLINK)
		return LAYER_END;
	if (hardware == HARDWARE_ETHERNET && mac_size == sizeof p->mac)
		keep_mac(p, mac);
	return after_ethertype(c, type);
}

static enum layer
sll(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 16);

	return b == NULL ? LAYER_END : cooked(c, p, read16(b + 2), read16(b + 4), b + 6, read16(b + 14));
}

static enum layer
sll2(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 20);

	return b == NULL ? LAYER_END : cooked(c, p, read16(b + 8), b[11], b + 12, read16(b));
}

/* An address family of the machine that captured, in that machine's byte order (NULL) or in network order (LOOP).
 * IPv6 has a number of its own on Linux, the BSDs and macOS. */
static enum layer
null(struct cursor *c)
{
	const uint8_t *b = take(c, 4);
	uint32_t family;

	if (b == NULL)
		return LAYER_END;
	family = read32(b);
	if (family >= UINT32_C(1) << 24)
		family = family >> 24 | (family >> 8 & 0xff00) | (family << 8 & 0xff0000) | family << 24;
	switch (family) {
	case 2:
		return LAYER_IPV4;
	case 10:
	case 24:
	case 28:
	case 30:
		return LAYER_IPV6;
	default:
		return LAYER_END;
	}
}

static enum layer
ip(const struct cursor *c)
{
	if (c->left == 0)
		return LAYER_END;
	return c->at[0] >> 4 == 4 ? LAYER_IPV4 : c->at[0] >> 4 == 6 ? LAYER_IPV6 : LAYER_END;
}

/* RFC 791, 3.1. A total length of 0 is what a network card that segments for the sender leaves behind. */
static enum layer
ipv4(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 20);
	size_t header, total;

	if (b == NULL || b[0] >> 4 != 4)
		return LAYER_END;
	header = (size_t)(b[0] & 0x0f) * 4;
	total = read16(b + 2);
	if (header < 20 || (total != 0 && total < header) || take(c, header - 20) == NULL)
		return LAYER_END;
	if (total != 0)
		limit(c, total - header);
	if ((read16(b + 6) & 0x1fff) != 0) /* not the first fragment */
		return LAYER_END;
	p->id = read16(b + 4);
	p->ttl = b[8];
	p->src = addr_v4(b + 12);
	p->dst = addr_v4(b + 16);
	return b[9] == PROTOCOL_TCP ? LAYER_TCP : b[9] == PROTOCOL_ICMP ? LAYER_ICMP : LAYER_END;
}

/* RFC 8200, 3. A payload length of 0: a jumbogram, or segmentation as above. */
static enum layer
ipv6(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 40);
	size_t payload;

	if (b == NULL || b[0] >> 4 != 6)
		return LAYER_END;
	payload = read16(b + 4);
	if (payload != 0)
		limit(c, payload);
	p->ttl = b[7];
	p->src = addr_v6(b + 8);
	p->dst = addr_v6(b + 24);
	return after_ipv6(b[6]);
}

static enum layer
ipv6_options(struct cursor *c)
{
	const uint8_t *b = take(c, 8);

	if (b == NULL || take(c, (size_t)b[1] * 8) == NULL)
		return LAYER_END;
	return after_ipv6(b[0]);
}

static enum layer
ipv6_fragment(struct cursor *c)
{
	const uint8_t *b = take(c, 8);

	if (b == NULL || (read16(b + 2) & 0xfff8) != 0) /* not the first */
		return LAYER_END;
	return after_ipv6(b[0]);
}

/* RFC 4302, 2: the length counts words of four bytes, less two. */
static enum layer
ipv6_auth(struct cursor *c)
{
	const uint8_t *b = take(c, 8);

	if (b == NULL || take(c, (size_t)b[1] * 4) == NULL)
		return LAYER_END;
	return after_ipv6(b[0]);
}

/* RFC 9293, 3.1. The capture may end behind the flags; a header that calls itself shorter than 20 bytes is refused by
 * every receiver, and so by us. */
static bool
tcp(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 14);

	if (b == NULL || b[12] >> 4 < 5)
		return false;
	p->sport = read16(b);
	p->dport = read16(b + 2);
	p->seq = read32(b + 4);
	p->ack = read32(b + 8);
	p->flags = b[13];
	p->protocol = PROTOCOL_TCP;
	if (take(c, (size_t)(b[12] >> 4) * 4 - 14) != NULL) {
		p->payload = c->at;
		p->payload_size = c->left;
	}
	return true;
}

static enum layer
first_layer(int link)
{
	switch (link) {
	case LINK_ETHERNET:
		return LAYER_ETHERNET;
	case LINK_SLL:
		return LAYER_SLL;
	case LINK_SLL2:
		return LAYER_SLL2;
	case LINK_NULL:
	case LINK_LOOP:
		return LAYER_NULL;
	case LINK_RAW_BSD:
	case LINK_RAW:
		return LAYER_IP;
	case LINK_IPV4:
		return LAYER_IPV4;
	case LINK_IPV6:
		return LAYER_IPV6;
	default:
		return LAYER_END;
	}
}

bool
decode_knows(int link)
{
	return first_layer(link) != LAYER_END;
}

bool
decode(int link, const uint8_t *bytes, size_t caplen, struct packet *out)
{
	struct packet p;

	if (!decode_any(link, bytes, caplen, &p) || p.protocol != PROTOCOL_TCP)
		return false;
	*out = p;
	return true;
}

bool
decode_any(int link, const uint8_t *bytes, size_t caplen, struct packet *out)
{
	struct cursor c = {.at = bytes, .left = caplen};
	struct packet p = {0};
	enum layer layer = first_layer(link);

	for (int turn = 0; turn < LAYERS_MAX; turn++) {
		switch (layer) {
		case LAYER_END:
			return false;
		case LAYER_ETHERNET:
			layer = ethernet(&c, &p);
			break;
		case LAYER_VLAN:
			layer = vlan(&c, &p);
			break;
		case LAYER_SLL:
			layer = sll(&c, &p);
			break;
		case LAYER_SLL2:
			layer = sll2(&c, &p);
			break;
		case LAYER_NULL:
			layer = null(&c);
			break;
		case LAYER_IP:
			layer = ip(&c);
			break;
		case LAYER_IPV4:
			layer = ipv4(&c, &p);
			break;
		case LAYER_IPV6:
			layer = ipv6(&c, &p);
			break;
		case LAYER_IPV6_OPTIONS:
			layer = ipv6_options(&c);
			break;
		case LAYER_IPV6_FRAGMENT:
			layer = ipv6_fragment(&c);
			break;
		case LAYER_IPV6_AUTH:
			layer = ipv6_auth(&c);
			break;
		case LAYER_TCP:
			if (!tcp(&c, &p))
				return false;
			*out = p;
			return true;
		case LAYER_ICMP:
			p.protocol = p.src.family == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
			p.payload = c.at;
			p.payload_size = c.left;
			*out = p;
			return true;
		}
	}
	return false;
}
