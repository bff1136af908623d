/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frames: frames put together from the front, for the tests of decode. Failures fail the test. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/decode.h"

enum link {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276
};

struct test_frame {
	uint8_t bytes[512];
	size_t size;
};

extern const uint8_t frame_mac_from[6], frame_v4_from[4], frame_v4_to[4];

void frame_add(struct test_frame *f, const void *bytes, size_t size);
void frame_add16(struct test_frame *f, unsigned value);
void frame_add_zeros(struct test_frame *f, size_t size);
void frame_add_ethernet(struct test_frame *f, unsigned type);
void frame_add_vlan(struct test_frame *f, unsigned id, unsigned type);
/* `total` counts from the first byte of this header. */
void frame_add_ipv4(struct test_frame *f, unsigned options, unsigned total, unsigned fragment, uint8_t protocol);
void frame_add_ipv6(struct test_frame *f, unsigned payload, uint8_t next);
void frame_add_tcp(struct test_frame *f, uint8_t flags);
/* From a buffer of exactly that size, so that a sanitizer sees a read beyond it. A raw packet goes both ways, and they
 * must agree; of a first fragment decode_frame gives the piece. */
bool frame_decode(int link, const struct test_frame *f, size_t size, struct packet *out);
/* Every field of the segment that frame_add_tcp and frame_add_ipv4 or frame_add_ipv6 wrote; and nothing for any shorter
 * capture that ends before the flags, which lie AFTER_FLAGS bytes from the end. */
void frame_expect(int link, const struct test_frame *f, uint8_t family, uint16_t vlan, bool mac);
void frame_refuse(int link, const struct test_frame *f);

#endif
