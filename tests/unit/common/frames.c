/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define AFTER_FLAGS 6 /* bytes of a TCP header behind its flags */

const uint8_t frame_mac_from[6] = {2, 0, 0, 0, 0, 2}, frame_v4_from[4] = {10, 1, 0, 66},
              frame_v4_to[4] = {203, 0, 113, 9};
static const uint8_t mac_to[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t v6_from[16] = {0x20, 1, 0xd, 0xb8, [15] = 0x66}, v6_to[16] = {0x20, 1, 0xd, 0xb8, 9, [15] = 9};

void
frame_add(struct test_frame *f, const void *bytes, size_t size)
{
	assert_true(f->size + size <= sizeof f->bytes);
	memcpy(f->bytes + f->size, bytes, size);
	f->size += size;
}

void
frame_add16(struct test_frame *f, unsigned value)
{
	frame_add(f, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

void
frame_add_zeros(struct test_frame *f, size_t size)
{
	static const uint8_t zeros[256];

	frame_add(f, zeros, size);
}

void
frame_add_ethernet(struct test_frame *f, unsigned type)
{
	frame_add(f, mac_to, 6);
	frame_add(f, frame_mac_from, 6);
	frame_add16(f, type);
}

void
frame_add_vlan(struct test_frame *f, unsigned id, unsigned type)
{
	frame_add16(f, 0xe000 | id); /* with a priority */
	frame_add16(f, type);
}

void
frame_add_ipv4(struct test_frame *f, unsigned options, unsigned total, unsigned fragment, uint8_t protocol)
{
	frame_add(f, (uint8_t[]){(uint8_t)(0x40 | (5 + options)), 0}, 2);
	frame_add16(f, total);
	frame_add16(f, 0x1234);
	frame_add16(f, fragment);
	frame_add(f, (uint8_t[]){63, protocol, 0, 0}, 4);
	frame_add(f, frame_v4_from, 4);
	frame_add(f, frame_v4_to, 4);
	for (unsigned i = 0; i < options; i++)
		frame_add(f, (uint8_t[]){1, 1, 1, 0}, 4);
}

void
frame_add_ipv6(struct test_frame *f, unsigned payload, uint8_t next)
{
	frame_add(f, (uint8_t[]){0x60, 0, 0, 0}, 4);
	frame_add16(f, payload);
	frame_add(f, (uint8_t[]){next, 62}, 2);
	frame_add(f, v6_from, 16);
	frame_add(f, v6_to, 16);
}

void
frame_add_tcp(struct test_frame *f, uint8_t flags)
{
	frame_add16(f, 50000);
	frame_add16(f, 25);
	frame_add(f, (uint8_t[]){0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 0x50, flags}, 10);
	frame_add_zeros(f, 6);
}

bool
frame_decode(int link, const struct test_frame *f, size_t size, struct packet *out)
{
	uint8_t *bytes = malloc(size > 0 ? size : 1);
	struct packet whole = *out, lean = *out;
	struct fragment piece;
	enum decoded decoded;
	bool ok;

	assert_non_null(bytes);
	memcpy(bytes, f->bytes, size);
	decoded = decode_frame(link, bytes, size, &whole, &piece);
	ok = decoded == DECODED_SEGMENT;
	if (decoded == DECODED_FRAGMENT && piece.offset == 0) {
		whole = piece.packet;
		ok = decode_payload(piece.protocol, piece.bytes, piece.size, &whole);
	}
	if (link == LINK_RAW && decoded != DECODED_MESSAGE) {
		assert_int_equal(decode_packet(bytes, size, &lean), ok);
		if (ok)
			assert_memory_equal(&lean, &whole, sizeof lean);
	}
	if (ok)
		*out = whole;
	else
		assert_true(decoded != DECODED_NOTHING || memcmp(&whole, out, sizeof whole) == 0);
	free(bytes);
	return ok;
}

void
frame_expect(int link, const struct test_frame *f, uint8_t family, uint16_t vlan, bool mac)
{
	struct packet p = {0}, untouched;

	assert_true(frame_decode(link, f, f->size, &p));
	assert_int_equal(p.src.family, family);
	assert_memory_equal(p.src.bytes, family == 4 ? frame_v4_from : v6_from, addr_size(&p.src));
	assert_memory_equal(p.dst.bytes, family == 4 ? frame_v4_to : v6_to, addr_size(&p.dst));
	assert_int_equal(p.sport, 50000);
	assert_int_equal(p.dport, 25);
	assert_int_equal(p.seq, 0xdeadbeef);
	assert_int_equal(p.ack, 0x01020304);
	assert_int_equal(p.flags, TCP_SYN);
	assert_int_equal(p.ttl, family == 4 ? 63 : 62);
	assert_int_equal(p.vlan, vlan);
	assert_int_equal(p.has_mac, mac);
	if (mac)
		assert_memory_equal(p.mac, frame_mac_from, 6);
	memset(&untouched, 0x5a, sizeof untouched);
	for (size_t size = 0; size < f->size - AFTER_FLAGS; size++) {
		p = untouched;
		assert_false(frame_decode(link, f, size, &p));
		assert_memory_equal(&p, &untouched, sizeof p);
	}
	assert_true(frame_decode(link, f, f->size - AFTER_FLAGS, &p));
}

void
frame_refuse(int link, const struct test_frame *f)
{
	struct packet p = {0};

	assert_false(frame_decode(link, f, f->size, &p));
}
