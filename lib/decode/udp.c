/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDP, and the tunnels within it. Only the port says that there is one, and anybody may use any port: so each header
 * must hold what its standard demands, reserved bits included, or it is not taken for a tunnel. */
#include "layers.h"

static enum layer
after_port(uint16_t port)
{
	switch (port) { /* https://www.iana.org/assignments/service-names-port-numbers */
	case 2152:
		return LAYER_GTP;
	case 3544:
		return LAYER_TEREDO;
	case 4754:
		return LAYER_GRE_UDP;
	case 4789:
	case 8472: /* Linux' default from before there was a number */
		return LAYER_VXLAN;
	case 5072:
		return LAYER_AYIYA;
	case 5247:
		return LAYER_CAPWAP;
	case 6081:
		return LAYER_GENEVE;
	default:
		return LAYER_END;
	}
}

enum layer
layer_udp(struct cursor *c, struct packet *p)
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
		return LAYER_END;
	p->protocol = PROTOCOL_UDP;
	p->payload = c->at;
	p->payload_size = c->left;
	return LAYER_DATAGRAM;
}

/* RFC 8086, 3: RFC 2784's header, without what that has deprecated. */
enum layer
layer_gre_udp(struct cursor *c, struct packet *p)
{
	(void)p;
	return c->left < 4 || (read16(c->at) & 0x4fff) != 0 ? LAYER_END : LAYER_GRE;
}

/* RFC 7348, 5; with draft-smith-vxlan-group-policy a group number and two more flags. */
enum layer
layer_vxlan(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);

	(void)p;
	if (b == NULL || b[7] != 0)
		return LAYER_END;
	if (b[0] == 0x08)
		return b[1] == 0 && b[2] == 0 && b[3] == 0 ? LAYER_ETHERNET : LAYER_END;
	return b[0] == 0x88 && (b[1] & 0xb7) == 0 ? LAYER_ETHERNET : LAYER_END;
}

/* RFC 8926, 3.4 */
enum layer
layer_geneve(struct cursor *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);

	(void)p;
	if (b == NULL || b[0] >> 6 != 0 || (b[1] & 0x3f) != 0 || b[7] != 0)
		return LAYER_END;
	return take(c, (size_t)(b[0] & 0x3f) * 4) == NULL ? LAYER_END : after_ethertype(read16(b + 2));
}

/* 3GPP TS 29.281, 5.1 and 5.2: a packet of the user, behind any number of extension headers. */
enum layer
layer_gtp(struct cursor *c, struct packet *p)
{
	enum { VERSION_1 = 0x30, OPTIONS = 0x07, EXTENSION = 0x04, USER_DATA = 255, EXTENSIONS = 8 };
	const uint8_t *b = take(c, 8), *options;
	uint8_t next;

	if (b == NULL || (b[0] & 0xf8) != VERSION_1 || b[1] != USER_DATA)
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
	return layer_ip(c, p);
}

/* RFC 4380, 5.1.1, and 2.6: one end of the inner packet has a Teredo address. */
enum layer
layer_teredo(struct cursor *c, struct packet *p)
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
layer_ayiya(struct cursor *c, struct packet *p)
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
layer_capwap(struct cursor *c, struct packet *p)
{
	enum { NATIVE = 0x0100, KEEP_ALIVE = 0x08, RESERVED = 0x07, WIRELESS = 1 };
	const uint8_t *b = take(c, 8);
	size_t header;

	(void)p;
	if (b == NULL || b[0] != 0 || (b[3] & (KEEP_ALIVE | RESERVED)) != 0 || (read16(b + 6) & 0xfff8) != 0)
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
