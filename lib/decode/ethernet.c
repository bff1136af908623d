/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ethernet, 802.11, and the layers between them and IP: tags, provider bridges, PPPoE, labels, NSH. */
#include <string.h>

#include "layers.h"

/* https://www.iana.org/assignments/ieee-802-numbers */
enum {
	ETHERTYPE_LENGTH_MAX = 1500, /* up to here it is a length, and LLC follows: IEEE 802.3, 3.2.6 */
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_BRIDGING = 0x6558, /* an Ethernet frame within something */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPP = 0x880b,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_UPSTREAM = 0x8848,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_SERVICE_VLAN = 0x88a8,
	ETHERTYPE_PBB = 0x88e7,
	ETHERTYPE_FABRICPATH = 0x8903,
	ETHERTYPE_VNTAG = 0x8926,
	ETHERTYPE_NSH = 0x894f,
	ETHERTYPE_OLD_VLAN = 0x9100, /* and the next: outer tags from before 802.1ad */
	ETHERTYPE_OLD_VLAN2 = 0x9200,
};

/* Types that carry no IP, or only encrypted IP: https://www.iana.org/assignments/ieee-802-numbers, and Wireshark's
 * etypes.h. */
static enum layer
after_other_type(uint16_t type)
{
	static const uint16_t none[] = {
	        0x0806,                 /* ARP */
	        0x0842,                 /* Wake-on-LAN */
	        0x22ea, 0x22f0, 0x22f4, /* stream reservation, audio and video, IS-IS */
	        0x6002, 0x6003, 0x6004, /* DECnet */
	        0x8035,                 /* RARP */
	        0x809b, 0x80f3,         /* AppleTalk */
	        0x8137,                 /* IPX */
	        0x8808, 0x8809,         /* pause; LACP and its like */
	        0x8863,                 /* PPPoE before the session */
	        0x886d, 0x8874, 0x8899, /* cards and switches of Intel, Broadcom, Realtek */
	        0x887b, 0x88e1, 0x8912, /* HomePlug */
	        0x888e, 0x88c7, 0x88e5, /* 802.1X, its pre-authentication, MACsec */
	        0x8892, 0x88a4, 0x88ab, 0x88b8, 0x88b9, 0x88ba, 0x88cd, /* automation */
	        0x88a2, 0x8906, 0x8914, 0x8915,                         /* storage */
	        0x88cc,                                                 /* LLDP */
	        0x88e3, 0x88f5, 0x88f6, 0x88f7, 0x88fb,                 /* rings, registration, clocks, redundancy */
	        0x8902,                                                 /* connectivity faults */
	        0x890d, 0x893a,                                         /* 802.11 management, 1905.1 */
	        0x9000,                                                 /* loopback test */
	};

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (none[i] == type)
			return LAYER_END;
	return LAYER_UNKNOWN;
}

enum layer
after_ethertype(uint16_t type)
{
	switch (type) {
	case ETHERTYPE_IPV4:
		return LAYER_IPV4;
	case ETHERTYPE_IPV6:
		return LAYER_IPV6;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_SERVICE_VLAN:
	case ETHERTYPE_OLD_VLAN:
	case ETHERTYPE_OLD_VLAN2:
		return LAYER_VLAN;
	case ETHERTYPE_PPPOE:
		return LAYER_PPPOE;
	case ETHERTYPE_PPP:
		return LAYER_PPP;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return LAYER_MPLS;
	case ETHERTYPE_PBB:
		return LAYER_PBB;
	case ETHERTYPE_FABRICPATH:
		return LAYER_FABRICPATH;
	case ETHERTYPE_VNTAG:
		return LAYER_VNTAG;
	case ETHERTYPE_NSH:
		return LAYER_NSH;
	case ETHERTYPE_BRIDGING:
		return LAYER_ETHERNET;
	default:
		return after_other_type(type);
	}
}

static bool
is_known(uint16_t type)
{
	return after_ethertype(type) > LAYER_UNKNOWN;
}

/* A length, which limits the rest, or an EtherType. */
static enum layer
after_length(struct reader *c, uint16_t type)
{
	if (type > ETHERTYPE_LENGTH_MAX)
		return after_ethertype(type);
	limit(c, type);
	return LAYER_LLC;
}

void
keep_mac(struct reader *c, struct packet *p, const uint8_t mac[6])
{
	p->has_mac = (mac[0] & 1) == 0; /* a group never sends */
	if (p->has_mac)
		memcpy(p->mac, mac, sizeof p->mac);
	c->addressed = false;
}

enum layer
layer_ethernet(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 14);

	if (b == NULL)
		return LAYER_END;
	keep_mac(c, p, b + 6);
	return after_length(c, read16(b + 12));
}

/* IEEE 802.2 with SNAP (RFC 1042), and IP without it (RFC 948). */
enum layer
layer_llc(struct reader *c, struct packet *p)
{
	static const uint8_t snap[3] = {0xaa, 0xaa, 0x03}, ip[3] = {0x06, 0x06, 0x03};
	const uint8_t *b = take(c, 3);

	(void)p;
	if (b == NULL)
		return LAYER_END;
	if (memcmp(b, ip, sizeof ip) == 0)
		return LAYER_IPV4;
	if (memcmp(b, snap, sizeof snap) != 0 || (b = take(c, 5)) == NULL)
		return LAYER_END;
	return after_snap(b);
}

/* By organization code: an EtherType, a bridged EtherType (IEEE 802.1H), or RFC 2427's types of whole frames. */
enum layer
after_snap(const uint8_t b[5])
{
	enum { BRIDGING = 0x0080c2, ETHERNET_FCS = 0x0001, ETHERNET = 0x0007 };
	uint32_t organisation = read32(b) >> 8;
	uint16_t type = read16(b + 3);

	if (organisation == 0 || organisation == 0xf8)
		return after_ethertype(type);
	return organisation == BRIDGING && (type == ETHERNET || type == ETHERNET_FCS) ? LAYER_ETHERNET : LAYER_END;
}

/* IEEE 802.11, 9.2 and 9.3.2: unencrypted data frames, except aggregates. The first fragment of a frame has the LLC
 * header, and the checks of LLC reject the others. `type` and `flags` are the two bytes of frame control, which some
 * access points swap. */
static enum layer
wireless(struct reader *c, struct packet *p, uint8_t type, uint8_t flags)
{
	enum { TO_DS = 1, FROM_DS = 2, PROTECTED = 0x40, ORDER = 0x80, NO_DATA = 0x40, QOS = 0x80, AGGREGATE = 0x80 };
	const uint8_t *b = take(c, 24), *sender, *more;

	if (b == NULL || (type & 0x0f) != 0x08 || (type & NO_DATA) != 0 || (flags & PROTECTED) != 0)
		return LAYER_END;
	sender = (flags & FROM_DS) != 0 ? b + 16 : b + 10;
	if ((flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS) && (sender = take(c, 6)) == NULL)
		return LAYER_END;
	if ((type & QOS) != 0) {
		more = take(c, (flags & ORDER) != 0 ? 6 : 2);
		if (more == NULL || (more[0] & AGGREGATE) != 0)
			return LAYER_END;
	}
	keep_mac(c, p, sender);
	return LAYER_LLC;
}

enum layer
layer_wireless(struct reader *c, struct packet *p)
{
	return c->left < 2 ? LAYER_END : wireless(c, p, c->at[0], c->at[1]);
}

enum layer
layer_wireless_swapped(struct reader *c, struct packet *p)
{
	return c->left < 2 ? LAYER_END : wireless(c, p, c->at[1], c->at[0]);
}

/* IEEE 802.1Q, 9.6. Number 0 is no VLAN but a priority. */
enum layer
layer_vlan(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 4);

	if (b == NULL)
		return LAYER_END;
	if ((read16(b) & 0xfff) != 0)
		p->vlan = read16(b) & 0xfff;
	return after_length(c, read16(b + 2));
}

/* The predecessor of IEEE 802.1BR: the path of the frame inside a switch. */
enum layer
layer_vntag(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 6);

	(void)p;
	return b == NULL ? LAYER_END : after_length(c, read16(b + 4));
}

/* IEEE 802.1ah: a service number, then the customer's frame. */
enum layer
layer_pbb(struct reader *c, struct packet *p)
{
	(void)p;
	return take(c, 4) == NULL ? LAYER_END : LAYER_ETHERNET;
}

enum layer
layer_fabricpath(struct reader *c, struct packet *p)
{
	(void)p;
	return take(c, 2) == NULL ? LAYER_END : LAYER_ETHERNET;
}

/* RFC 2516, 4: the session stage. */
enum layer
layer_pppoe(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 6);

	(void)p;
	if (b == NULL || b[0] != 0x11 || b[1] != 0)
		return LAYER_END;
	limit(c, read16(b + 4));
	return LAYER_PPP;
}

/* RFC 1661, 2: the protocol has one byte if that is odd. RFC 1662, 3.1: address and control may stand before it. */
enum layer
layer_ppp(struct reader *c, struct packet *p)
{
	const uint8_t *b;
	unsigned protocol;

	(void)p;
	if (c->left >= 2 && c->at[0] == 0xff && c->at[1] == 0x03)
		take(c, 2);
	if (c->left == 0 || (b = take(c, (c->at[0] & 1) != 0 ? 1 : 2)) == NULL)
		return LAYER_END;
	protocol = (b[0] & 1) != 0 ? b[0] : read16(b);
	switch (protocol) { /* https://www.iana.org/assignments/ppp-numbers */
	case 0x0021:
		return LAYER_IPV4;
	case 0x0057:
		return LAYER_IPV6;
	case 0x0281:
	case 0x0283:
		return LAYER_MPLS;
	case 0x002b: /* IPX */
	case 0x00ff: /* an address whose frame was cut */
	case 0x0053: /* encrypted */
	case 0x0055:
		return LAYER_END;
	default:
		return protocol < 0x4000 ? LAYER_UNKNOWN : LAYER_END; /* beyond: no network's packets */
	}
}

/* True if an Ethernet frame with a known EtherType may begin `offset` bytes from here. */
static bool
ethernet_fits(const struct reader *c, size_t offset)
{
	const uint8_t *b = c->at + offset;
	uint16_t type;

	if (c->left < offset + 15)
		return false;
	type = read16(b + 12);
	if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
		return b[14] >> 4 == (type == ETHERTYPE_IPV4 ? 4 : 6);
	return is_known(type);
}

bool
ipv4_checksum_holds(const struct reader *c)
{
	size_t header = (size_t)(c->at[0] & 0x0f) * 4;
	uint32_t sum = 0;

	if (header < 20 || c->left < header)
		return false;
	for (size_t i = 0; i < header; i += 2)
		sum += read16(c->at + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16)) == 0xffff;
}

/* A label stack does not name its payload. IP is recognized by its first nibble; an Ethernet frame (RFC 4448), with or
 * without a control word whose first nibble is 0, by its EtherType. If both are possible, a valid checksum or a
 * matching length decides for IP. */
static enum layer
under_labels(struct reader *c)
{
	if (c->left < 6)
		return LAYER_END;
	switch (c->at[0] >> 4) {
	case 0:
		if (ethernet_fits(c, 4)) {
			take(c, 4);
			return LAYER_ETHERNET;
		}
		break;
	case 4:
		if (ipv4_checksum_holds(c) || !ethernet_fits(c, 0))
			return LAYER_IPV4;
		break;
	case 6:
		if ((size_t)read16(c->at + 4) + 40 == c->left || !ethernet_fits(c, 0))
			return LAYER_IPV6;
		break;
	default:
		break;
	}
	return ethernet_fits(c, 0) ? LAYER_ETHERNET : LAYER_END;
}

/* RFC 3032, 2.1. */
enum layer
layer_mpls(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 4);

	(void)p;
	if (b == NULL)
		return LAYER_END;
	return (b[2] & 1) == 0 ? LAYER_MPLS : under_labels(c);
}

/* The numbers that VXLAN-GPE and NSH share: https://www.iana.org/assignments/nsh, "NSH Next Protocol". */
enum layer
after_next(uint8_t protocol)
{
	enum { IPV4 = 1, IPV6, ETHERNET, NSH, MPLS };

	switch (protocol) {
	case IPV4:
		return LAYER_IPV4;
	case IPV6:
		return LAYER_IPV6;
	case ETHERNET:
		return LAYER_ETHERNET;
	case NSH:
		return LAYER_NSH;
	case MPLS:
		return LAYER_MPLS;
	default:
		return LAYER_UNKNOWN;
	}
}

/* RFC 8300, 2: a service path before the packet. Metadata of type 1 has its one size whatever the length says. */
enum layer
layer_nsh(struct reader *c, struct packet *p)
{
	enum { VERSIONS = 0xc0, WORDS = 0x3f, TYPES = 0x0f, TYPE_1_WORDS = 6 };
	const uint8_t *b = take(c, 8);
	size_t words;

	(void)p;
	if (b == NULL)
		return LAYER_END;
	words = (b[2] & TYPES) == 1 ? TYPE_1_WORDS : b[1] & WORDS;
	if ((b[0] & VERSIONS) != 0)
		return LAYER_UNKNOWN;
	return words < 2 || take(c, words * 4 - 8) == NULL ? LAYER_END : after_next(b[3]);
}
