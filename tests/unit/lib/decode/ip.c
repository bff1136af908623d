/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP of both versions: options, lengths, fragments, extension headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/common/frames.h"

static void
ipv4_options_are_skipped(void **state)
{
	struct test_frame f = {.size = 0};

	(void)state;
	frame_add_ipv4(&f, 10, 80, 0, 6);
	frame_add_tcp(&f, TCP_SYN);
	frame_expect(LINK_RAW, &f, 4, 0, false);
}

/* Bytes after the total length are padding, even if they look like TCP; a length of 0 is ignored. */
static void
bytes_beyond_the_ipv4_length_are_padding(void **state)
{
	struct test_frame f = {.size = 0};

	(void)state;
	frame_add_ipv4(&f, 0, 0, 0, 6);
	frame_add_tcp(&f, TCP_SYN);
	frame_expect(LINK_RAW, &f, 4, 0, false);
	for (uint8_t total = 1; total < 20 + 14; total++) {
		f.bytes[3] = total;
		frame_refuse(LINK_RAW, &f);
	}
	f.bytes[3] = 20 + 14;
	frame_expect(LINK_RAW, &f, 4, 0, false);
	f.bytes[0] = 0x44; /* a header of 16 bytes */
	frame_refuse(LINK_RAW, &f);
}

static void
later_ipv4_fragments_have_no_header(void **state)
{
	struct test_frame first = {.size = 0}, later = {.size = 0};

	(void)state;
	frame_add_ipv4(&first, 0, 40, 0x2000, 6); /* more fragments, offset 0 */
	frame_add_tcp(&first, TCP_SYN);
	frame_expect(LINK_RAW, &first, 4, 0, false);
	frame_add_ipv4(&later, 0, 40, 0x0001, 6);
	frame_add_tcp(&later, TCP_SYN);
	frame_refuse(LINK_RAW, &later);
}

static void
other_protocols_are_no_segments(void **state)
{
	struct test_frame f = {.size = 0}, icmp = {.size = 0};

	(void)state;
	frame_add_ipv4(&f, 0, 40, 0, 17);
	frame_add_tcp(&f, TCP_SYN);
	frame_add_ipv4(&icmp, 0, 68, 0, 1); /* destination unreachable, which quotes a SYN */
	frame_add(&icmp, (uint8_t[]){3, 13, 0, 0, 0, 0, 0, 0}, 8);
	frame_add_ipv4(&icmp, 0, 40, 0, 6);
	frame_add_tcp(&icmp, TCP_SYN);
	frame_refuse(LINK_RAW, &icmp);
	for (int protocol = 0; protocol < 256; protocol++) {
		if (protocol == 6)
			continue;
		f.bytes[9] = (uint8_t)protocol;
		frame_refuse(LINK_RAW, &f);
	}
}

static void
ipv6_extension_headers_are_skipped(void **state)
{
	struct test_frame f = {.size = 0};

	(void)state;
	frame_add_ipv6(&f, 20 + 8 + 16 + 8 + 12 + 8, 0);
	frame_add(&f, (uint8_t[]){43, 0, 1, 4, 0, 0, 0, 0}, 8); /* hop-by-hop, then routing */
	frame_add(&f, (uint8_t[]){44, 1, 2, 0, 0, 0, 0, 0}, 8); /* two words, then fragment */
	frame_add_zeros(&f, 8);
	frame_add(&f, (uint8_t[]){51, 0, 0, 1, 0, 0, 0, 7}, 8); /* the first fragment, then authentication */
	frame_add(&f, (uint8_t[]){60, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 12);
	frame_add(&f, (uint8_t[]){6, 0, 1, 4, 0, 0, 0, 0}, 8);
	frame_add_tcp(&f, TCP_SYN);
	frame_expect(LINK_RAW, &f, 6, 0, false);
	f.bytes[40 + 8 + 16 + 3] = 8; /* no longer the first */
	frame_refuse(LINK_RAW, &f);
}

/* The walk ends, and a payload length that ends before TCP is believed. */
static void
ipv6_lengths_are_believed(void **state)
{
	struct test_frame f = {.size = 0}, many = {.size = 0};

	(void)state;
	frame_add_ipv6(&f, 0, 6);
	frame_add_tcp(&f, TCP_SYN);
	frame_expect(LINK_RAW, &f, 6, 0, false);
	f.bytes[5] = 13;
	frame_refuse(LINK_RAW, &f);
	f.bytes[5] = 14;
	frame_expect(LINK_RAW, &f, 6, 0, false);
	frame_add_ipv6(&many, 0, 60);
	for (int i = 0; i < 40; i++)
		frame_add(&many, (uint8_t[]){60, 0, 1, 4, 0, 0, 0, 0}, 8);
	many.bytes[40 + 39 * 8] = 6;
	frame_add_tcp(&many, TCP_SYN);
	frame_expect(LINK_RAW, &many, 6, 0, false);
}

/* The gate judges a packet by its own addresses, as the kernel does: no tunnel, no source route. */
static void
the_gate_looks_into_no_tunnel(void **state)
{
	struct test_frame f = {.size = 0}, routed = {.size = 0};
	struct packet p = {0}, outer = {0};
	struct fragment piece;

	(void)state;
	frame_add_ipv4(&f, 0, 60, 0, 4);
	frame_add_ipv4(&f, 0, 40, 0, 6);
	frame_add_tcp(&f, TCP_SYN);
	assert_false(decode_packet(f.bytes, f.size, &p));
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, f.size, &p, &piece), DECODED_SEGMENT);
	frame_add_ipv4(&routed, 2, 48, 0, 6);
	memcpy(routed.bytes + 20, (uint8_t[]){131, 7, 4, 192, 0, 2, 1, 0}, 8);
	frame_add_tcp(&routed, TCP_SYN);
	assert_int_equal(decode_frame(LINK_RAW, routed.bytes, routed.size, &p, &piece), DECODED_SEGMENT);
	assert_memory_equal(p.dst.bytes, ((uint8_t[]){192, 0, 2, 1}), 4);
	assert_true(decode_packet(routed.bytes, routed.size, &outer));
	assert_memory_equal(outer.dst.bytes, frame_v4_to, 4);
}

static void
fragments_have_their_fields(void **state)
{
	struct test_frame v4 = {.size = 0}, v6 = {.size = 0}, atomic = {.size = 0}, udp = {.size = 0};
	struct packet p = {0};
	struct fragment piece;

	(void)state;
	frame_add_ipv4(&v4, 0, 28, 0x2000 | 5, 6);
	frame_add_zeros(&v4, 8);
	assert_int_equal(decode_frame(LINK_RAW, v4.bytes, v4.size, &p, &piece), DECODED_FRAGMENT);
	assert_int_equal(piece.id, 0x1234);
	assert_int_equal(piece.offset, 40);
	assert_true(piece.more);
	assert_int_equal(piece.protocol, 6);
	assert_ptr_equal(piece.bytes, v4.bytes + 20);
	assert_int_equal(piece.size, 8);
	assert_memory_equal(piece.packet.src.bytes, frame_v4_from, 4);
	frame_add_ipv6(&v6, 8 + 20, 44);
	frame_add(&v6, (uint8_t[]){6, 0, 0x01, 0x08, 0xde, 0xad, 0xbe, 0xef}, 8);
	frame_add_tcp(&v6, TCP_SYN);
	assert_int_equal(decode_frame(LINK_RAW, v6.bytes, v6.size, &p, &piece), DECODED_FRAGMENT);
	assert_int_equal(piece.id, 0xdeadbeef);
	assert_int_equal(piece.offset, 0x108);
	assert_false(piece.more);
	frame_add_ipv6(&atomic, 8 + 20, 44);
	frame_add(&atomic, (uint8_t[]){6, 0, 0, 0, 0, 0, 0, 1}, 8);
	frame_add_tcp(&atomic, TCP_SYN);
	assert_int_equal(decode_frame(LINK_RAW, atomic.bytes, atomic.size, &p, &piece), DECODED_SEGMENT);
	frame_add_ipv4(&udp, 0, 28, 0x2000, 17); /* no business of ours */
	frame_add_zeros(&udp, 8);
	assert_int_equal(decode_frame(LINK_RAW, udp.bytes, udp.size, &p, &piece), DECODED_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ipv4_options_are_skipped),
	        cmocka_unit_test(bytes_beyond_the_ipv4_length_are_padding),
	        cmocka_unit_test(later_ipv4_fragments_have_no_header),
	        cmocka_unit_test(other_protocols_are_no_segments),
	        cmocka_unit_test(ipv6_extension_headers_are_skipped),
	        cmocka_unit_test(ipv6_lengths_are_believed),
	        cmocka_unit_test(the_gate_looks_into_no_tunnel),
	        cmocka_unit_test(fragments_have_their_fields),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
