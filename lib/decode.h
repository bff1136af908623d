/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode: the bytes of a frame or packet -> struct packet. Pure: no allocation, no log, no clock.
 * The bytes are hostile: every read is checked against caplen and none goes through a cast. */
#ifndef DECODE_H
#define DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* Link types, numbered as in https://www.tcpdump.org/linktypes.html (and libpcap's DLT_* where they differ). */
enum link {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

/* RFC 9293, 3.1 */
enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

/* Numbers of https://www.iana.org/assignments/protocol-numbers that a packet may come with. */
enum protocol { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };

/* One TCP segment, or an ICMP message, which has no ports, numbers and flags. Numbers in host order. */
struct packet {
	struct addr src, dst;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;  /* enum tcp_flag; ECN bits included as they came */
	uint8_t ttl;    /* or hop limit */
	uint16_t vlan;  /* 0: untagged */
	uint8_t mac[6]; /* of the sender; valid if has_mac */
	bool has_mac;
	uint16_t id;            /* of the IPv4 packet; 0 for IPv6 */
	uint8_t protocol;       /* enum protocol */
	const uint8_t *payload; /* behind the TCP header, or the ICMP message; lies in the frame */
	size_t payload_size;    /* bytes of it that were captured */
};

/* True if the bytes hold a TCP header up to and with its flags; *out is written only then.
 * False for everything else: other protocols, fragments after the first, frames cut short, nonsense. */
bool decode(int link, const uint8_t *bytes, size_t caplen, struct packet *out);
/* The same, and true for ICMP and ICMPv6 as well: see lib/quote.h. */
bool decode_any(int link, const uint8_t *bytes, size_t caplen, struct packet *out);
/* True if decode knows this link type. */
bool decode_knows(int link);

/* A connection opening: SYN without ACK. */
static inline bool
packet_opens(const struct packet *p)
{
	return (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

#endif
