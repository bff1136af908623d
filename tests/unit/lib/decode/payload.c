/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The TCP header, openings, payload and datagrams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/common/frames.h"

static void
tcp_flags_are_read_and_short_headers_refused(void **state)
{
	struct test_frame f = {.size = 0};
	struct packet p = {0};

	(void)state;
	frame_add_ipv4(&f, 0, 40, 0, 6);
	frame_add_tcp(&f, TCP_SYN | 0xc0); /* ECN bits */
	assert_true(frame_decode(LINK_RAW, &f, f.size, &p));
	assert_int_equal(p.flags, TCP_SYN | 0xc0);
	assert_true(packet_opens(&p));
	f.bytes[20 + 13] = TCP_SYN | TCP_ACK;
	assert_true(frame_decode(LINK_RAW, &f, f.size, &p));
	assert_false(packet_opens(&p));
	f.bytes[20 + 12] = 0x40; /* a header of 16 bytes */
	frame_refuse(LINK_RAW, &f);
}

/* An opening with a window and options, from a host with this TTL; and what decode must make of it. */
struct opening_case {
	unsigned window, size;
	const uint8_t *options;
	uint8_t ttl, flags;
	bool raw, stack, clock;
};

/* False: it could not be read. */
static bool
opening_of(const struct opening_case *c, struct packet *out)
{
	struct test_frame f = {0};
	struct packet p = {0};

	frame_add_ipv4(&f, 0, 40 + c->size, 0, 6);
	f.bytes[8] = c->ttl;
	frame_add16(&f, 50000);
	frame_add16(&f, 25);
	frame_add(&f, (uint8_t[]){0, 0, 0, 1, 0, 0, 0, 0, (uint8_t)(0x50 + c->size / 4 * 16), c->flags}, 10);
	frame_add16(&f, c->window);
	frame_add_zeros(&f, 4);
	frame_add(&f, c->options, c->size);
	if (!frame_decode(LINK_RAW, &f, f.size, &p))
		return false;
	*out = p;
	/* Truncated options are ignored. */
	for (unsigned cut = 1; cut <= 6 + c->size; cut++) {
		p = (struct packet){0};
		assert_true(frame_decode(LINK_RAW, &f, f.size - cut, &p));
		assert_false(p.raw);
		assert_int_equal(p.stack, 0);
		assert_int_equal(p.clock, 0);
	}
	return true;
}

static void
openings_are_classified(void **state)
{
	static const uint8_t linux_options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};
	static const uint8_t short_time[] = {2, 4, 5, 0xb4, 8, 6, 1, 2, 3, 4, 0, 0};
	static const uint8_t mss[] = {2, 4, 5, 0xb4}, broken[] = {2, 40, 5, 0xb4}, empty[] = {2, 0, 5, 0xb4};
	static const uint8_t padded[] = {2, 4, 5, 0xb4, 0, 0, 0, 0};
	const struct opening_case cases[] = {
	        {64240, sizeof linux_options, linux_options, 63, TCP_SYN, false, true, true},
	        {64240, sizeof linux_options, linux_options, 63, TCP_SYN | TCP_ACK, false, false, false},
	        {64240, sizeof linux_options, linux_options, 58, TCP_SYN, false, false, true},
	        {1024, sizeof linux_options, linux_options, 63, TCP_SYN, false, true, true},
	        {1024, 0, mss, 63, TCP_SYN, true, false, false},                 /* masscan */
	        {1024, 0, mss, 63, TCP_SYN | TCP_ACK, false, false, false},      /* an answer is not looked at */
	        {3072, sizeof mss, mss, 47, TCP_SYN, true, false, false},        /* nmap */
	        {3072, sizeof mss, mss, 63, TCP_SYN, false, false, false},       /* ... or a system */
	        {3072, sizeof padded, padded, 47, TCP_SYN, false, false, false}, /* whose header ends so */
	        {1024, sizeof broken, broken, 63, TCP_SYN, false, false, false}, /* invalid options are ignored */
	        {64240, sizeof short_time, short_time, 63, TCP_SYN, false, false, false},
	        {1024, sizeof empty, empty, 63, TCP_SYN, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct packet p = {.raw = true, .stack = 9, .clock = 9};

		assert_true(opening_of(&cases[i], &p));
		if (p.raw != cases[i].raw || (p.stack != 0) != cases[i].stack)
			fail_msg("case %zu: expected %d and %d, got %d and %u", i, cases[i].raw, cases[i].stack, p.raw,
			         p.stack);
		assert_int_equal(p.clock, cases[i].clock ? 0x01020304 : 0);
	}
}

/* The captured bytes after the header; and a whole ICMP message. */
static void
payload_is_the_captured_rest(void **state)
{
	struct test_frame f = {.size = 0}, icmp = {.size = 0};
	struct packet p = {0};
	struct fragment piece;

	(void)state;
	frame_add_ipv4(&f, 0, 47, 0, 6);
	frame_add_tcp(&f, TCP_PSH | TCP_ACK);
	f.bytes[20 + 12] = 0x60; /* one word of options */
	frame_add(&f, "\1\1\1\0HELpadding", 14);
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, f.size, &p, &piece), DECODED_SEGMENT);
	assert_ptr_equal(p.payload, f.bytes + 44);
	assert_int_equal(p.payload_size, 3);
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, 45, &p, &piece), DECODED_SEGMENT);
	assert_int_equal(p.payload_size, 1);
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, 43, &p, &piece), DECODED_SEGMENT);
	assert_null(p.payload);
	assert_int_equal(p.payload_size, 0);
	frame_add_ipv4(&icmp, 0, 28, 0, 1);
	frame_add(&icmp, (uint8_t[]){3, 13, 0, 0, 0, 0, 0, 0}, 8);
	assert_int_equal(decode_frame(LINK_RAW, icmp.bytes, icmp.size, &p, &piece), DECODED_MESSAGE);
	assert_int_equal(p.protocol, PROTOCOL_ICMP);
	assert_ptr_equal(p.payload, icmp.bytes + 20);
	assert_int_equal(p.payload_size, 8);
	assert_int_equal(p.flags, 0);
}

static void
dns_datagrams_alone_are_returned(void **state)
{
	static const uint16_t ports[][2] = {{40000, PORT_DNS}, {PORT_DNS, 40000}, {40000, 54}};

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct test_frame v4 = {.size = 0};
		struct packet p = {.flags = 0xff};
		struct fragment piece;
		bool dns = n < 2;

		frame_add_ipv4(&v4, 0, 32, 0, PROTOCOL_UDP);
		frame_add16(&v4, ports[n][0]);
		frame_add16(&v4, ports[n][1]);
		frame_add16(&v4, 11); /* its length: three bytes of payload, and one that is nobody's */
		frame_add16(&v4, 0);
		frame_add_zeros(&v4, 4);
		assert_int_equal(decode_frame(LINK_RAW, v4.bytes, v4.size, &p, &piece),
		                 dns ? DECODED_DATAGRAM : DECODED_NOTHING);
		if (!dns)
			continue;
		assert_int_equal(p.protocol, PROTOCOL_UDP);
		assert_int_equal(p.sport, ports[n][0]);
		assert_int_equal(p.dport, ports[n][1]);
		assert_int_equal(p.flags, 0);
		assert_ptr_equal(p.payload, v4.bytes + 28);
		assert_int_equal(p.payload_size, 3);
		/* The gate has no use for it. */
		assert_false(decode_packet(v4.bytes, v4.size, &p));
		v4.size = 27;
		assert_int_equal(decode_frame(LINK_RAW, v4.bytes, v4.size, &p, &piece), DECODED_NOTHING);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(tcp_flags_are_read_and_short_headers_refused),
	        cmocka_unit_test(openings_are_classified),
	        cmocka_unit_test(payload_is_the_captured_rest),
	        cmocka_unit_test(dns_datagrams_alone_are_returned),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
