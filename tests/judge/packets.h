/* SPDX-License-Identifier: GPL-3.0-or-later */
/* packets: builds the packets of a capture: Ethernet, IPv4 or IPv6, TCP or UDP, with correct checksums. */
#ifndef PACKETS_H
#define PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "life.h"

#define PACKET_MOST 1500

struct bytes {
	uint8_t list[PACKET_MOST];
	size_t count; /* what does not fit is left out */
};

struct flow {
	uint8_t from_mac[6], to_mac[6];
	struct addr from, to; /* of one family */
	uint16_t from_port, to_port;
};

void put8(struct bytes *b, uint8_t x);
void put16(struct bytes *b, uint16_t x);
void put32(struct bytes *b, uint32_t x);
void put(struct bytes *b, const void *from, size_t size);
void put_name(struct bytes *b, const char *text); /* as in DNS, without compression */

/* Linux's SYN, by its options; `ticks` is its timestamp. */
void packet_syn(struct bytes *b, const struct flow *f, uint32_t sequence, uint32_t ticks);
/* The answer to it of a gateway that rejects. */
void packet_reset(struct bytes *b, const struct flow *f, uint32_t acknowledged);
void packet_udp(struct bytes *b, const struct flow *f, const struct bytes *payload);

/* The DNS messages of an answer: the question, and the answer with the aliases of the name. */
void message_question(struct bytes *b, const struct answered *a, uint16_t id);
void message_answer(struct bytes *b, const struct answered *a, uint16_t id);

#endif
