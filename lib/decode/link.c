/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link types, and layers that only come first in a frame: headers that capture programs add, and serial lines. All are
 * described at https://www.tcpdump.org/linktypes.html. */
#include "layers.h"

/* The link types: https://www.tcpdump.org/linktypes.html, and libpcap's DLT_* where they differ. */
enum layer
after_link(uint32_t link)
{
	switch (link) {
	case 0: /* BSD loopback */
	case 108:
		return LAYER_NULL;
	case 1:
		return LAYER_ETHERNET;
	case 9:
		return LAYER_PPP;
	case 12: /* raw IP */
	case 14:
	case 101:
		return LAYER_IP;
	case 50: /* PPP or Cisco's, in frames like HDLC's */
	case 104:
		return LAYER_HDLC;
	case 51:
		return LAYER_PPPOE;
	case 105:
		return LAYER_WIRELESS;
	case 107:
		return LAYER_FRAME_RELAY;
	case 113:
		return LAYER_SLL;
	case 127:
		return LAYER_RADIOTAP;
	case 192:
		return LAYER_PPI;
	case 166:
	case 204:
		return LAYER_PPP_DIRECTION;
	case 228:
		return LAYER_IPV4;
	case 229:
		return LAYER_IPV6;
	case 239:
		return LAYER_NFLOG;
	case 276:
		return LAYER_SLL2;
	default:
		return LAYER_END;
	}
}

/* Hardware types after which a cooked frame's protocol field is no EtherType: linux/if_arp.h, LINKTYPE_LINUX_SLL. */
enum { HARDWARE_ETHERNET = 1, HARDWARE_FRAME_RELAY = 770, HARDWARE_RADIOTAP = 803, HARDWARE_NETLINK = 824 };
enum { COOKED_LLC = 4 }; /* ETH_P_802_2 in linux/if_ether.h */

/* Both versions of Linux' cooked header hold the same fields at different offsets. */
struct cooked {
	uint16_t hardware, type;
	uint16_t mac_size;
	const uint8_t *mac;
};

static enum layer
after_cooked(struct reader *c, struct packet *p, struct cooked h)
{
	if (h.hardware == HARDWARE_FRAME_RELAY || h.hardware == HARDWARE_RADIOTAP)
		return LAYER_UNKNOWN; /* the kernel's filter knows cooked frames by their protocol alone */
	if (h.hardware == HARDWARE_NETLINK)
		return LAYER_END;
	if (h.hardware == HARDWARE_ETHERNET && h.mac_size == sizeof p->mac)
		keep_mac(c, p, h.mac);
	return h.type == COOKED_LLC ? LAYER_LLC : after_ethertype(h.type);
}

enum layer
layer_sll(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 16);

	if (b == NULL)
		return LAYER_END;
	return after_cooked(c, p, (struct cooked){read16(b + 2), read16(b + 14), read16(b + 4), b + 6});
}

enum layer
layer_sll2(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 20);

	if (b == NULL)
		return LAYER_END;
	return after_cooked(c, p, (struct cooked){read16(b + 8), read16(b), b[11], b + 12});
}

/* An address family of the machine that captured, in that machine's byte order (NULL) or in network order (LOOP).
 * IPv6 has a number of its own on Linux, the BSDs and macOS. */
enum layer
layer_null(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 4);
	uint32_t family;

	(void)p;
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

/* Attributes in the byte order of the capturing machine, which is recognized because their types are small
 * (linux/netfilter/nfnetlink_log.h). */
enum layer
layer_nflog(struct reader *c, struct packet *p)
{
	enum { PAYLOAD = 9, HARDWARE_ADDRESS = 8, ATTRIBUTES = 64 };
	const uint8_t *head = take(c, 4), *b;

	if (head == NULL || head[1] != 0)
		return LAYER_END;
	for (int i = 0; i < ATTRIBUTES && (b = take(c, 4)) != NULL; i++) {
		bool little = b[3] == 0;
		size_t size = little ? read16_little(b) : read16(b), padded = (size + 3) & ~(size_t)3;
		unsigned type = little ? read16_little(b + 2) : read16(b + 2);
		const uint8_t *value = c->at;

		if (size < 4)
			return LAYER_END;
		if (type == PAYLOAD) {
			limit(c, size - 4);
			return head[0] == 2 ? LAYER_IPV4 : head[0] == 10 ? LAYER_IPV6 : LAYER_IP;
		}
		if (take(c, padded - 4) == NULL)
			return LAYER_END;
		if (type == HARDWARE_ADDRESS && padded >= 4 + 10 && read16(value) == sizeof p->mac)
			keep_mac(c, p, value + 4);
	}
	return LAYER_END;
}

/* Per-Packet Information names the link type of what it precedes. */
enum layer
layer_ppi(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);
	size_t size;

	(void)p;
	if (b == NULL || b[0] != 0)
		return LAYER_END;
	size = read16_little(b + 2);
	if (size < 8 || take(c, size - 8) == NULL)
		return LAYER_END;
	return after_link((uint32_t)read16_little(b + 6) << 16 | read16_little(b + 4));
}

enum layer
layer_radiotap(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);
	size_t size;

	(void)p;
	if (b == NULL || b[0] != 0)
		return LAYER_END;
	size = read16_little(b + 2);
	return size < 8 || take(c, size - 8) == NULL ? LAYER_END : LAYER_WIRELESS;
}

/* PPP (RFC 1662) or Cisco's own, which has an EtherType where the protocol stands. */
enum layer
layer_hdlc(struct reader *c, struct packet *p)
{
	const uint8_t *b;

	(void)p;
	if (c->left > 0 && (c->at[0] == 0x0f || c->at[0] == 0x8f)) {
		b = take(c, 4);
		return b == NULL ? LAYER_END : after_ethertype(read16(b + 2));
	}
	return LAYER_PPP;
}

/* A direction byte, before the frame or in place of its address. */
enum layer
layer_ppp_direction(struct reader *c, struct packet *p)
{
	(void)p;
	if (take(c, 1) == NULL)
		return LAYER_END;
	if (c->left > 0 && c->at[0] == 0x03)
		take(c, 1);
	return LAYER_PPP;
}

/* Q.922, 3.3: an address of two to four bytes, of which only the last is odd; then RFC 2427, or Cisco's EtherType. */
enum layer
layer_frame_relay(struct reader *c, struct packet *p)
{
	enum {
		UNNUMBERED = 0x03,
		PADDING = 0x00,
		NLPID_SNAP = 0x80,
		NLPID_IPV6 = 0x8e,
		NLPID_IPV4 = 0xcc,
		NLPID_PPP = 0xcf
	};
	const uint8_t *b;
	size_t address = 2;

	(void)p;
	while (address < 4 && address <= c->left && (c->at[address - 1] & 1) == 0)
		address++;
	if (c->left < address + 2 || (c->at[0] & 1) != 0 || (c->at[address - 1] & 1) == 0)
		return LAYER_END;
	take(c, address);
	if (c->at[0] != UNNUMBERED)
		return after_ethertype(read16(take(c, 2)));
	take(c, 1);
	if (c->at[0] == PADDING)
		take(c, 1);
	if ((b = take(c, 1)) == NULL)
		return LAYER_END;
	switch (b[0]) {
	case NLPID_IPV4:
		return LAYER_IPV4;
	case NLPID_IPV6:
		return LAYER_IPV6;
	case NLPID_PPP:
		return LAYER_PPP;
	case NLPID_SNAP:
		return (b = take(c, 5)) == NULL ? LAYER_END : after_snap(b);
	default:
		return LAYER_END;
	}
}
