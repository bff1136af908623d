/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a reader points to the first byte that is not decoded yet. Each turn of one flat loop lets the layer
 * that begins there skip its own header and return the next layer, until TCP, UDP or ICMP is reached or decoding ends.
 * A new encapsulation is one more step, and one line in the table of each layer that carries it. The number of turns is
 * bounded, so a packet cannot cause unbounded work. */
#include "decode.h"

#include "layers.h"

#define LAYERS_MAX 32 /* three tags, PPPoE, labels and two tunnels with their extension headers leave room to spare */

static layer_step *const steps[LAYER_COUNT] = {
        [LAYER_IP] = layer_ip,
        [LAYER_IPV4] = layer_ipv4,
        [LAYER_IPV6] = layer_ipv6,
        [LAYER_IPV6_OPTIONS] = layer_ipv6_options,
        [LAYER_IPV6_FRAGMENT] = layer_ipv6_fragment,
        [LAYER_AUTH] = layer_auth,
        [LAYER_NULL] = layer_null,
        [LAYER_SLL] = layer_sll,
        [LAYER_SLL2] = layer_sll2,
        [LAYER_NFLOG] = layer_nflog,
        [LAYER_PPI] = layer_ppi,
        [LAYER_RADIOTAP] = layer_radiotap,
        [LAYER_HDLC] = layer_hdlc,
        [LAYER_FRAME_RELAY] = layer_frame_relay,
        [LAYER_PPP_DIRECTION] = layer_ppp_direction,
        [LAYER_ETHERNET] = layer_ethernet,
        [LAYER_LLC] = layer_llc,
        [LAYER_WIRELESS] = layer_wireless,
        [LAYER_WIRELESS_SWAPPED] = layer_wireless_swapped,
        [LAYER_VLAN] = layer_vlan,
        [LAYER_VNTAG] = layer_vntag,
        [LAYER_PBB] = layer_pbb,
        [LAYER_FABRICPATH] = layer_fabricpath,
        [LAYER_PPPOE] = layer_pppoe,
        [LAYER_PPP] = layer_ppp,
        [LAYER_MPLS] = layer_mpls,
        [LAYER_NSH] = layer_nsh,
        [LAYER_GRE] = layer_gre,
        [LAYER_ERSPAN2] = layer_erspan2,
        [LAYER_ERSPAN3] = layer_erspan3,
        [LAYER_EOIP] = layer_eoip,
        [LAYER_ETHERIP] = layer_etherip,
        [LAYER_UDP] = layer_udp,
        [LAYER_VXLAN] = layer_vxlan,
        [LAYER_VXLAN_GPE] = layer_vxlan_gpe,
        [LAYER_GENEVE] = layer_geneve,
        [LAYER_GTP] = layer_gtp,
        [LAYER_TEREDO] = layer_teredo,
        [LAYER_AYIYA] = layer_ayiya,
        [LAYER_CAPWAP] = layer_capwap,
        [LAYER_GRE_UDP] = layer_gre_udp,
        [LAYER_L2TP] = layer_l2tp,
};

bool
decode_knows(int link)
{
	return link >= 0 && after_link((uint32_t)link) != LAYER_END;
}

/* Never returns DECODED_FRAGMENT: the caller checks `fragmented`. */
static enum decoded
walk(enum layer layer, struct reader *c, struct packet *p)
{
	for (int turn = 0; turn < LAYERS_MAX && layer > LAYER_UNKNOWN; turn++) {
		if (layer == LAYER_TCP)
			return layer_tcp(c, p) ? DECODED_SEGMENT : DECODED_NOTHING;
		if (layer == LAYER_ICMP)
			return layer_icmp(c, p) ? DECODED_MESSAGE : DECODED_NOTHING;
		if (layer == LAYER_DATAGRAM)
			return DECODED_DATAGRAM;
		layer = steps[layer](c, p);
	}
	return layer == LAYER_END ? DECODED_NOTHING : DECODED_UNKNOWN;
}

enum decoded
decode_frame(int link, const uint8_t *bytes, size_t caplen, struct packet *out, struct fragment *piece)
{
	struct fragment found;
	struct reader c = {.at = bytes, .left = caplen, .routed = true, .piece = &found};
	struct packet p = {0};
	enum decoded result = link >= 0 ? walk(after_link((uint32_t)link), &c, &p) : DECODED_NOTHING;

	if (c.fragmented) {
		*piece = found; /* cppcheck-suppress uninitvar ; the step that sets `fragmented` fills it */
		return DECODED_FRAGMENT;
	}
	if (result != DECODED_NOTHING && result != DECODED_UNKNOWN)
		*out = p;
	return result;
}

bool
decode_payload(uint8_t protocol, const uint8_t *bytes, size_t size, struct packet *out)
{
	struct reader c = {.at = bytes, .left = size, .addressed = true, .routed = true};
	struct packet p = *out;

	if (walk(p.src.family == 4 ? after_ipv4(protocol) : after_ipv6(protocol), &c, &p) != DECODED_SEGMENT)
		return false;
	*out = p;
	return true;
}
