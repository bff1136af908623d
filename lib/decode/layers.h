/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layers: declarations shared by the files of decode. A layer is a function that skips its own header, stores what it
 * reads in the packet, and returns the layer that begins at the next byte. */
#ifndef DECODE_LAYERS_H
#define DECODE_LAYERS_H

#include "decode.h"
#include "reader.h"

enum layer {
	LAYER_END,     /* not TCP, or malformed */
	LAYER_UNKNOWN, /* an unknown layer that may carry packets */
	LAYER_TCP,
	LAYER_ICMP,
	LAYER_DATAGRAM, /* UDP whose header was read: what it carries is the payload */
	/* ip.c */
	LAYER_IP, /* either version, by the first nibble */
	LAYER_IPV4,
	LAYER_IPV6,
	LAYER_IPV6_OPTIONS, /* hop-by-hop, routing, destination options and their like: RFC 8200, 4.2 */
	LAYER_IPV6_FRAGMENT,
	LAYER_AUTH,
	/* link.c */
	LAYER_NULL,
	LAYER_SLL,
	LAYER_SLL2,
	LAYER_NFLOG,
	LAYER_PPI,
	LAYER_RADIOTAP,
	LAYER_HDLC,
	LAYER_FRAME_RELAY,
	LAYER_PPP_DIRECTION,
	/* ethernet.c */
	LAYER_ETHERNET,
	LAYER_LLC,
	LAYER_WIRELESS,
	LAYER_WIRELESS_SWAPPED,
	LAYER_VLAN,
	LAYER_VNTAG,
	LAYER_PBB,
	LAYER_FABRICPATH,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_MPLS,
	LAYER_NSH,
	/* tunnel.c */
	LAYER_GRE,
	LAYER_ERSPAN2,
	LAYER_ERSPAN3,
	LAYER_EOIP,
	LAYER_ETHERIP,
	/* udp.c */
	LAYER_UDP,
	LAYER_VXLAN,
	LAYER_VXLAN_GPE,
	LAYER_GENEVE,
	LAYER_GTP,
	LAYER_TEREDO,
	LAYER_AYIYA,
	LAYER_CAPWAP,
	LAYER_GRE_UDP,
	LAYER_L2TP,
	LAYER_COUNT
};

typedef enum layer layer_step(struct reader *c, struct packet *p);

layer_step layer_ip, layer_ipv4, layer_ipv6, layer_ipv6_options, layer_ipv6_fragment, layer_auth;
layer_step layer_null, layer_sll, layer_sll2, layer_nflog, layer_ppi, layer_radiotap, layer_hdlc, layer_ppp_direction,
        layer_frame_relay;
layer_step layer_ethernet, layer_llc, layer_wireless, layer_wireless_swapped, layer_vlan, layer_vntag, layer_pbb,
        layer_fabricpath, layer_pppoe, layer_ppp, layer_mpls, layer_nsh;
layer_step layer_gre, layer_erspan2, layer_erspan3, layer_eoip, layer_etherip;
layer_step layer_udp, layer_vxlan, layer_vxlan_gpe, layer_geneve, layer_gtp, layer_teredo, layer_ayiya, layer_capwap,
        layer_gre_udp, layer_l2tp;

/* The last ones: true if the header is there, up to and with the flags. */
bool layer_tcp(struct reader *c, struct packet *p);
bool layer_icmp(struct reader *c, struct packet *p);

/* The next layer by number: IP protocol (in IPv4 or IPv6), EtherType, link type. */
enum layer after_ipv4(uint8_t protocol);
enum layer after_ipv6(uint8_t protocol);
enum layer after_ethertype(uint16_t type);
enum layer after_link(uint32_t link);
/* By the organization and type of SNAP (RFC 1042). */
enum layer after_snap(const uint8_t b[5]);
/* By the next protocol of NSH or VXLAN-GPE. */
enum layer after_next(uint8_t protocol);

/* True if the checksum of the IPv4 header that begins here is valid. */
bool ipv4_checksum_holds(const struct reader *c);
void keep_mac(struct reader *c, struct packet *p, const uint8_t mac[6]);

#endif
