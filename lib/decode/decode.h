/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode: the bytes of a frame or packet -> struct packet. Pure: no allocation, no log, no clock.
 * The bytes are hostile: every read is checked against caplen and none goes through a cast. */
#ifndef DECODE_H
#define DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

/* RFC 9293, 3.1 */
enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

/* Numbers of https://www.iana.org/assignments/protocol-numbers that a packet may come with. */
enum protocol { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

#define PORT_DNS 53

/* The trick by which fragments hid the header of an opening: RFC 1858, 3 and 4. PACKET_AGAIN: the opening was returned
 * before, only the trick is new. */
enum packet_trick { PACKET_TINY = 0x01, PACKET_OVERLAPPING = 0x02, PACKET_AGAIN = 0x04 };

/* One TCP segment, or a UDP datagram, which has no numbers and flags, or an ICMP message, which has no ports either.
 * Numbers in host order. Addresses, ttl and
 * has_mac are of the innermost IP header, vlan is the innermost tag. */
struct packet {
	struct addr src, dst;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;  /* enum tcp_flag; ECN bits included as they came */
	uint8_t ttl;    /* or hop limit */
	uint8_t tricks; /* enum packet_trick; decode itself sets none */
	uint16_t id;    /* of the IPv4 packet; 0 for IPv6 */
	bool has_mac;
	bool raw;         /* an opening that no operating system sends (lib/decode/syn.h), as far as it was captured */
	uint8_t stack;    /* of an opening: stack_of (lib/decode/stack.h), as far as it was captured; else 0 */
	uint32_t clock;   /* of such an opening: its timestamp (TSval, RFC 7323); 0: none */
	uint8_t protocol; /* enum protocol */
	uint8_t mac[6];   /* of the sender; valid if has_mac */
	uint16_t vlan;    /* 0: untagged, or only a priority */
	const uint8_t *
	        payload; /* behind the TCP or UDP header, or the whole message; lies in the frame; NULL: not captured */
	size_t payload_size; /* bytes of it that were captured */
};

/* A fragment of an IP packet that may hold a TCP header directly, not in a tunnel. `bytes` points into the frame. */
struct fragment {
	struct packet packet; /* its fields without the payload's */
	uint32_t id;
	uint32_t offset; /* of bytes[0] in the payload of the whole packet */
	bool more;       /* it is not the last */
	uint8_t protocol;
	const uint8_t *bytes;
	size_t size;
};

enum decoded {
	DECODED_NOTHING,
	DECODED_SEGMENT,
	DECODED_DATAGRAM,
	DECODED_MESSAGE,
	DECODED_FRAGMENT,
	DECODED_UNKNOWN, /* a packet may lie within, behind a layer that is not known */
};

/* A frame, through all its layers (docs/design.md names them) down to the innermost TCP header; link types are numbered
 * as in https://www.tcpdump.org/linktypes.html. DECODED_SEGMENT: the header was there up to and with its flags, *out is
 * written. DECODED_DATAGRAM: the same for UDP to or from PORT_DNS, the only datagrams that count. DECODED_MESSAGE: for
 * ICMP, whose messages are not looked into. DECODED_FRAGMENT: *piece is written, of the innermost fragment, even if it
 * has a whole header. Otherwise neither is written. DECODED_NOTHING: other protocols, frames cut short, nonsense.
 * DECODED_UNKNOWN: something that carries packets, and is not encrypted, and that decode cannot look into. */
enum decoded decode_frame(int link, const uint8_t *bytes, size_t caplen, struct packet *out, struct fragment *piece);
/* The same from the payload of an IP packet on; *out holds what is known by then. False: no TCP header, *out is as it
 * was. A fragment inside counts only if it is the first and has the whole header. */
bool decode_payload(uint8_t protocol, const uint8_t *bytes, size_t size, struct packet *out);
/* An IP packet and its own TCP header: no tunnel is looked into, as the kernel's rules don't either. Of
 * fragments only the first. */
bool decode_packet(const uint8_t *bytes, size_t size, struct packet *out);
/* The addresses of an IP packet, for one that decode_packet cannot read. False: it is none, nothing is written. */
bool decode_addresses(const uint8_t *bytes, size_t size, struct addr *src, struct addr *dst);
/* True if decode_frame knows this link type. */
bool decode_knows(int link);

/* A connection opening: SYN without ACK. */
static inline bool
packet_opens(const struct packet *p)
{
	return (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

#endif
