/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunnels that are an IP protocol of their own: GRE and what it carries, Ethernet within IP. */
#include "layers.h"

enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGE = 0x0080,
	GRE_VERSION = 0x0007,
};

/* Payload types that are no EtherTypes. */
enum {
	GRE_ERSPAN3 = 0x22eb,
	GRE_EOIP = 0x6400,  /* MikroTik; with flags that are none: see below */
	GRE_ARUBA = 0x8200, /* 802.11 frames of Aruba's access points; the low four bits number a queue */
	GRE_PPP = 0x880b,
	GRE_ERSPAN = 0x88be,
};

/* RFC 1701: source routes, until an empty one. */
static bool
skip_routes(struct reader *c)
{
	enum { ROUTES = 16 };

	for (int i = 0; i < ROUTES; i++) {
		const uint8_t *b = take(c, 4);

		if (b == NULL || take(c, b[3]) == NULL)
			return false;
		if (read16(b) == 0 && b[3] == 0)
			return true;
	}
	return false;
}

/* RFC 2637, 4.1: PPTP. An acknowledgement alone has no payload. */
static enum layer
gre_pptp(struct reader *c, uint16_t flags, uint16_t type)
{
	const uint8_t *key = take(c, 4);

	if (key == NULL || type != GRE_PPP || (flags & GRE_KEY) == 0 || (flags & GRE_SEQUENCE) == 0)
		return LAYER_END;
	if (take(c, (flags & GRE_ACKNOWLEDGE) != 0 ? 8 : 4) == NULL)
		return LAYER_END;
	limit(c, read16(key));
	return LAYER_PPP;
}

/* draft-foschiano-erspan: without a sequence number the mirrored frame follows at once (type I). */
static enum layer
after_gre(uint16_t flags, uint16_t type)
{
	if (type == GRE_ERSPAN)
		return (flags & GRE_SEQUENCE) != 0 ? LAYER_ERSPAN2 : LAYER_ETHERNET;
	if (type == GRE_ERSPAN3)
		return LAYER_ERSPAN3;
	if ((type & 0xfff0) == GRE_ARUBA)
		return LAYER_WIRELESS;
	return after_ethertype(type);
}

/* RFC 2784 and 2890, with RFC 1701's routes. */
enum layer
layer_gre(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 4);
	uint16_t flags, type;

	(void)p;
	if (b == NULL)
		return LAYER_END;
	flags = read16(b);
	type = read16(b + 2);
	if (type == GRE_EOIP && flags == (GRE_KEY | 1))
		return LAYER_EOIP;
	if ((flags & GRE_VERSION) == 1)
		return gre_pptp(c, flags, type);
	if ((flags & GRE_VERSION) != 0)
		return LAYER_UNKNOWN;
	if ((flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0 && take(c, 4) == NULL)
		return LAYER_END;
	if ((flags & GRE_KEY) != 0 && take(c, 4) == NULL)
		return LAYER_END;
	if ((flags & GRE_SEQUENCE) != 0 && take(c, 4) == NULL)
		return LAYER_END;
	if ((flags & GRE_ROUTING) != 0 && !skip_routes(c))
		return LAYER_END;
	return after_gre(flags, type);
}

enum layer
layer_erspan2(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 8);

	(void)p;
	return b == NULL || b[0] >> 4 != 1 ? LAYER_END : LAYER_ETHERNET;
}

/* Type III names its payload, and flags 8 platform-specific bytes. */
enum layer
layer_erspan3(struct reader *c, struct packet *p)
{
	enum { OPTIONAL = 0x0001, FRAME_ETHERNET = 0, FRAME_IP = 2 };
	const uint8_t *b = take(c, 12);
	uint16_t flags;

	(void)p;
	if (b == NULL || b[0] >> 4 != 2)
		return LAYER_END;
	flags = read16(b + 10);
	if ((flags & OPTIONAL) != 0 && take(c, 8) == NULL)
		return LAYER_END;
	switch (flags >> 10 & 0x1f) {
	case FRAME_ETHERNET:
		return LAYER_ETHERNET;
	case FRAME_IP:
		return LAYER_IP;
	default:
		return LAYER_UNKNOWN;
	}
}

/* A length and a tunnel number, then the frame. */
enum layer
layer_eoip(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 4);

	(void)p;
	if (b == NULL)
		return LAYER_END;
	limit(c, read16(b));
	return LAYER_ETHERNET;
}

/* RFC 3378, 3 */
enum layer
layer_etherip(struct reader *c, struct packet *p)
{
	const uint8_t *b = take(c, 2);

	(void)p;
	return b == NULL || b[0] >> 4 != 3 ? LAYER_END : LAYER_ETHERNET;
}
