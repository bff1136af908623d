/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* A frame put together from the front. */
struct frame {
	uint8_t bytes[512];
	size_t size;
};

static const uint8_t mac_to[6] = {2, 0, 0, 0, 0, 1}, mac_from[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t v4_from[4] = {10, 1, 0, 66}, v4_to[4] = {203, 0, 113, 9};
static const uint8_t v6_from[16] = {0x20, 1, 0xd, 0xb8, [15] = 0x66}, v6_to[16] = {0x20, 1, 0xd, 0xb8, 9, [15] = 9};

static void
add(struct frame *f, const void *bytes, size_t size)
{
	assert_true(f->size + size <= sizeof f->bytes);
	memcpy(f->bytes + f->size, bytes, size);
	f->size += size;
}

static void
add16(struct frame *f, unsigned value)
{
	add(f, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void
add_zeros(struct frame *f, size_t size)
{
	static const uint8_t zeros[256];

	add(f, zeros, size);
}

static void
add_ethernet(struct frame *f, unsigned type)
{
	add(f, mac_to, 6);
	add(f, mac_from, 6);
	add16(f, type);
}

static void
add_vlan(struct frame *f, unsigned id, unsigned type)
{
	add16(f, 0xe000 | id); /* with a priority */
	add16(f, type);
}

/* `total` counts from the first byte of this header. */
static void
add_ipv4(struct frame *f, unsigned options, unsigned total, unsigned fragment, uint8_t protocol)
{
	add(f, (uint8_t[]){(uint8_t)(0x40 | (5 + options)), 0}, 2);
	add16(f, total);
	add16(f, 0x1234);
	add16(f, fragment);
	add(f, (uint8_t[]){63, protocol, 0, 0}, 4);
	add(f, v4_from, 4);
	add(f, v4_to, 4);
	for (unsigned i = 0; i < options; i++)
		add(f, (uint8_t[]){1, 1, 1, 0}, 4);
}

static void
add_ipv6(struct frame *f, unsigned payload, uint8_t next)
{
	add(f, (uint8_t[]){0x60, 0, 0, 0}, 4);
	add16(f, payload);
	add(f, (uint8_t[]){next, 62}, 2);
	add(f, v6_from, 16);
	add(f, v6_to, 16);
}

static void
add_tcp(struct frame *f, uint8_t flags)
{
	add16(f, 50000);
	add16(f, 25);
	add(f, (uint8_t[]){0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 0x50, flags}, 10);
	add_zeros(f, 6);
}

/* From a buffer of exactly that size, so that a sanitizer sees a read beyond it. A raw packet goes both ways, and they
 * must agree; of a first fragment decode_frame gives the piece. */
static bool
run(int link, const struct frame *f, size_t size, struct packet *out)
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

/* Every field of the segment that add_tcp and add_ipv4 or add_ipv6 wrote; and nothing for any shorter capture that ends
 * before the flags, which lie `behind` bytes from the end. */
static void
expect(int link, const struct frame *f, uint8_t family, uint16_t vlan, bool mac, size_t behind)
{
	struct packet p = {0}, untouched;

	assert_true(run(link, f, f->size, &p));
	assert_int_equal(p.src.family, family);
	assert_memory_equal(p.src.bytes, family == 4 ? v4_from : v6_from, addr_size(&p.src));
	assert_memory_equal(p.dst.bytes, family == 4 ? v4_to : v6_to, addr_size(&p.dst));
	assert_int_equal(p.sport, 50000);
	assert_int_equal(p.dport, 25);
	assert_int_equal(p.seq, 0xdeadbeef);
	assert_int_equal(p.ack, 0x01020304);
	assert_int_equal(p.flags, TCP_SYN);
	assert_int_equal(p.ttl, family == 4 ? 63 : 62);
	assert_int_equal(p.vlan, vlan);
	assert_int_equal(p.has_mac, mac);
	if (mac)
		assert_memory_equal(p.mac, mac_from, 6);
	memset(&untouched, 0x5a, sizeof untouched);
	for (size_t size = 0; size < f->size - behind; size++) {
		p = untouched;
		assert_false(run(link, f, size, &p));
		assert_memory_equal(&p, &untouched, sizeof p);
	}
	assert_true(run(link, f, f->size - behind, &p));
}

static void
refuse(int link, const struct frame *f)
{
	struct packet p = {0};

	assert_false(run(link, f, f->size, &p));
}

static void
test_ethernet(void **state)
{
	struct frame f = {.size = 0};

	(void)state;
	add_ethernet(&f, 0x0800);
	add_ipv4(&f, 0, 40, 0x4000, 6);
	add_tcp(&f, TCP_SYN);
	expect(LINK_ETHERNET, &f, 4, 0, true, 6);
}

static void
test_ethernet_group_sender(void **state)
{
	struct frame f = {.size = 0};
	struct packet p = {0};

	(void)state;
	add_ethernet(&f, 0x0800);
	f.bytes[6] |= 1;
	add_ipv4(&f, 0, 40, 0, 6);
	add_tcp(&f, TCP_SYN);
	assert_true(run(LINK_ETHERNET, &f, f.size, &p));
	assert_false(p.has_mac);
}

static void
test_vlan(void **state)
{
	struct frame f = {.size = 0}, twice = {.size = 0}, priority = {.size = 0};

	(void)state;
	add_ethernet(&f, 0x8100);
	add_vlan(&f, 42, 0x86dd);
	add_ipv6(&f, 20, 6);
	add_tcp(&f, TCP_SYN);
	expect(LINK_ETHERNET, &f, 6, 42, true, 6);
	add_ethernet(&twice, 0x8100);
	add_vlan(&twice, 42, 0x8100);
	add_vlan(&twice, 43, 0x0800);
	add_ipv4(&twice, 0, 40, 0, 6);
	add_tcp(&twice, TCP_SYN);
	expect(LINK_ETHERNET, &twice, 4, 43, true, 6);
	add_ethernet(&priority, 0x8100);
	add_vlan(&priority, 42, 0x8100);
	add_vlan(&priority, 0, 0x0800);
	add_ipv4(&priority, 0, 40, 0, 6);
	add_tcp(&priority, TCP_SYN);
	expect(LINK_ETHERNET, &priority, 4, 42, true, 6);
}

static void
test_raw(void **state)
{
	struct frame v4 = {.size = 0}, v6 = {.size = 0}, v5;

	(void)state;
	add_ipv4(&v4, 0, 40, 0, 6);
	add_tcp(&v4, TCP_SYN);
	add_ipv6(&v6, 20, 6);
	add_tcp(&v6, TCP_SYN);
	expect(LINK_RAW, &v4, 4, 0, false, 6);
	expect(LINK_RAW_BSD, &v4, 4, 0, false, 6);
	expect(LINK_RAW, &v6, 6, 0, false, 6);
	expect(LINK_IPV4, &v4, 4, 0, false, 6);
	expect(LINK_IPV6, &v6, 6, 0, false, 6);
	refuse(LINK_IPV6, &v4);
	refuse(LINK_IPV4, &v6);
	v5 = v4;
	v5.bytes[0] = 0x55;
	refuse(LINK_RAW, &v5);
}

static void
test_cooked(void **state)
{
	struct frame v1 = {.size = 0}, v2 = {.size = 0}, netlink;

	(void)state;
	add16(&v1, 0);
	add16(&v1, 1);
	add16(&v1, 6);
	add(&v1, mac_from, 6);
	add16(&v1, 0);
	add16(&v1, 0x0800);
	add_ipv4(&v1, 0, 40, 0, 6);
	add_tcp(&v1, TCP_SYN);
	expect(LINK_SLL, &v1, 4, 0, true, 6);
	netlink = v1;
	netlink.bytes[2] = 824 >> 8;
	netlink.bytes[3] = 824 & 0xff;
	refuse(LINK_SLL, &netlink);

	add16(&v2, 0x86dd);
	add_zeros(&v2, 6);
	add16(&v2, 1);
	add(&v2, (uint8_t[]){0, 6}, 2);
	add(&v2, mac_from, 6);
	add16(&v2, 0);
	add_ipv6(&v2, 20, 6);
	add_tcp(&v2, TCP_SYN);
	expect(LINK_SLL2, &v2, 6, 0, true, 6);
}

static void
test_null(void **state)
{
	static const uint8_t families[][4] = {{2, 0, 0, 0},  {0, 0, 0, 2},  {30, 0, 0, 0},
	                                      {0, 0, 0, 24}, {28, 0, 0, 0}, {10, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		struct frame f = {.size = 0};

		add(&f, families[i], 4);
		if (i < 2)
			add_ipv4(&f, 0, 40, 0, 6);
		else
			add_ipv6(&f, 20, 6);
		add_tcp(&f, TCP_SYN);
		expect(i % 2 == 0 ? LINK_NULL : LINK_LOOP, &f, i < 2 ? 4 : 6, 0, false, 6);
		f.bytes[0] = f.bytes[3] = 7;
		refuse(LINK_NULL, &f);
	}
}

static void
test_ipv4_options(void **state)
{
	struct frame f = {.size = 0};

	(void)state;
	add_ipv4(&f, 10, 80, 0, 6);
	add_tcp(&f, TCP_SYN);
	expect(LINK_RAW, &f, 4, 0, false, 6);
}

/* Bytes after the total length are padding, even if they look like TCP; a length of 0 is ignored. */
static void
test_ipv4_length(void **state)
{
	struct frame f = {.size = 0};

	(void)state;
	add_ipv4(&f, 0, 0, 0, 6);
	add_tcp(&f, TCP_SYN);
	expect(LINK_RAW, &f, 4, 0, false, 6);
	for (uint8_t total = 1; total < 20 + 14; total++) {
		f.bytes[3] = total;
		refuse(LINK_RAW, &f);
	}
	f.bytes[3] = 20 + 14;
	expect(LINK_RAW, &f, 4, 0, false, 6);
	f.bytes[0] = 0x44; /* a header of 16 bytes */
	refuse(LINK_RAW, &f);
}

static void
test_ipv4_fragments(void **state)
{
	struct frame first = {.size = 0}, later = {.size = 0};

	(void)state;
	add_ipv4(&first, 0, 40, 0x2000, 6); /* more fragments, offset 0 */
	add_tcp(&first, TCP_SYN);
	expect(LINK_RAW, &first, 4, 0, false, 6);
	add_ipv4(&later, 0, 40, 0x0001, 6);
	add_tcp(&later, TCP_SYN);
	refuse(LINK_RAW, &later);
}

static void
test_other_protocols(void **state)
{
	struct frame f = {.size = 0}, icmp = {.size = 0};

	(void)state;
	add_ipv4(&f, 0, 40, 0, 17);
	add_tcp(&f, TCP_SYN);
	add_ipv4(&icmp, 0, 68, 0, 1); /* destination unreachable, which quotes a SYN */
	add(&icmp, (uint8_t[]){3, 13, 0, 0, 0, 0, 0, 0}, 8);
	add_ipv4(&icmp, 0, 40, 0, 6);
	add_tcp(&icmp, TCP_SYN);
	refuse(LINK_RAW, &icmp);
	for (int protocol = 0; protocol < 256; protocol++) {
		if (protocol == 6)
			continue;
		f.bytes[9] = (uint8_t)protocol;
		refuse(LINK_RAW, &f);
	}
}

static void
test_ipv6_headers(void **state)
{
	struct frame f = {.size = 0};

	(void)state;
	add_ipv6(&f, 20 + 8 + 16 + 8 + 12 + 8, 0);
	add(&f, (uint8_t[]){43, 0, 1, 4, 0, 0, 0, 0}, 8); /* hop-by-hop, then routing */
	add(&f, (uint8_t[]){44, 1, 2, 0, 0, 0, 0, 0}, 8); /* two words, then fragment */
	add_zeros(&f, 8);
	add(&f, (uint8_t[]){51, 0, 0, 1, 0, 0, 0, 7}, 8); /* the first fragment, then authentication */
	add(&f, (uint8_t[]){60, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 12);
	add(&f, (uint8_t[]){6, 0, 1, 4, 0, 0, 0, 0}, 8);
	add_tcp(&f, TCP_SYN);
	expect(LINK_RAW, &f, 6, 0, false, 6);
	f.bytes[40 + 8 + 16 + 3] = 8; /* no longer the first */
	refuse(LINK_RAW, &f);
}

/* The walk ends, and a payload length that ends before TCP is believed. */
static void
test_ipv6_bounds(void **state)
{
	struct frame f = {.size = 0}, many = {.size = 0};

	(void)state;
	add_ipv6(&f, 0, 6);
	add_tcp(&f, TCP_SYN);
	expect(LINK_RAW, &f, 6, 0, false, 6);
	f.bytes[5] = 13;
	refuse(LINK_RAW, &f);
	f.bytes[5] = 14;
	expect(LINK_RAW, &f, 6, 0, false, 6);
	add_ipv6(&many, 0, 60);
	for (int i = 0; i < 40; i++)
		add(&many, (uint8_t[]){60, 0, 1, 4, 0, 0, 0, 0}, 8);
	many.bytes[40 + 39 * 8] = 6;
	add_tcp(&many, TCP_SYN);
	expect(LINK_RAW, &many, 6, 0, false, 6);
}

static void
test_tcp_header(void **state)
{
	struct frame f = {.size = 0};
	struct packet p = {0};

	(void)state;
	add_ipv4(&f, 0, 40, 0, 6);
	add_tcp(&f, TCP_SYN | 0xc0); /* ECN bits */
	assert_true(run(LINK_RAW, &f, f.size, &p));
	assert_int_equal(p.flags, TCP_SYN | 0xc0);
	assert_true(packet_opens(&p));
	f.bytes[20 + 13] = TCP_SYN | TCP_ACK;
	assert_true(run(LINK_RAW, &f, f.size, &p));
	assert_false(packet_opens(&p));
	f.bytes[20 + 12] = 0x40; /* a header of 16 bytes */
	refuse(LINK_RAW, &f);
}

static void
test_link_types(void **state)
{
	static const int known[] = {0,   1,   9,   12,  14,  50,  51,  101, 104, 105, 107,
	                            108, 113, 127, 166, 192, 204, 228, 229, 239, 276};
	struct frame f = {.size = 0};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_true(decode_knows(known[i]));
	for (int link = -1; link < 400; link++)
		count += decode_knows(link);
	assert_int_equal(count, sizeof known / sizeof *known);
	add_ipv4(&f, 0, 40, 0, 6);
	add_tcp(&f, TCP_SYN);
	refuse(163, &f);
}

/* The gate judges a packet by its own addresses, as the kernel does: no tunnel, no source route. */
static void
test_packet_only(void **state)
{
	struct frame f = {.size = 0}, routed = {.size = 0};
	struct packet p = {0}, outer = {0};
	struct fragment piece;

	(void)state;
	add_ipv4(&f, 0, 60, 0, 4);
	add_ipv4(&f, 0, 40, 0, 6);
	add_tcp(&f, TCP_SYN);
	assert_false(decode_packet(f.bytes, f.size, &p));
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, f.size, &p, &piece), DECODED_SEGMENT);
	add_ipv4(&routed, 2, 48, 0, 6);
	memcpy(routed.bytes + 20, (uint8_t[]){131, 7, 4, 192, 0, 2, 1, 0}, 8);
	add_tcp(&routed, TCP_SYN);
	assert_int_equal(decode_frame(LINK_RAW, routed.bytes, routed.size, &p, &piece), DECODED_SEGMENT);
	assert_memory_equal(p.dst.bytes, ((uint8_t[]){192, 0, 2, 1}), 4);
	assert_true(decode_packet(routed.bytes, routed.size, &outer));
	assert_memory_equal(outer.dst.bytes, v4_to, 4);
}

/* The captured bytes after the header; and a whole ICMP message. */
static void
test_payload(void **state)
{
	struct frame f = {.size = 0}, icmp = {.size = 0};
	struct packet p = {0};
	struct fragment piece;

	(void)state;
	add_ipv4(&f, 0, 47, 0, 6);
	add_tcp(&f, TCP_PSH | TCP_ACK);
	f.bytes[20 + 12] = 0x60; /* one word of options */
	add(&f, "\1\1\1\0HELpadding", 14);
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, f.size, &p, &piece), DECODED_SEGMENT);
	assert_ptr_equal(p.payload, f.bytes + 44);
	assert_int_equal(p.payload_size, 3);
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, 45, &p, &piece), DECODED_SEGMENT);
	assert_int_equal(p.payload_size, 1);
	assert_int_equal(decode_frame(LINK_RAW, f.bytes, 43, &p, &piece), DECODED_SEGMENT);
	assert_null(p.payload);
	assert_int_equal(p.payload_size, 0);
	add_ipv4(&icmp, 0, 28, 0, 1);
	add(&icmp, (uint8_t[]){3, 13, 0, 0, 0, 0, 0, 0}, 8);
	assert_int_equal(decode_frame(LINK_RAW, icmp.bytes, icmp.size, &p, &piece), DECODED_MESSAGE);
	assert_int_equal(p.protocol, PROTOCOL_ICMP);
	assert_ptr_equal(p.payload, icmp.bytes + 20);
	assert_int_equal(p.payload_size, 8);
	assert_int_equal(p.flags, 0);
}

static void
test_datagram(void **state)
{
	static const uint16_t ports[][2] = {{40000, PORT_DNS}, {PORT_DNS, 40000}, {40000, 54}};

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct frame v4 = {.size = 0};
		struct packet p = {.flags = 0xff};
		struct fragment piece;
		bool dns = n < 2;

		add_ipv4(&v4, 0, 32, 0, PROTOCOL_UDP);
		add16(&v4, ports[n][0]);
		add16(&v4, ports[n][1]);
		add16(&v4, 11); /* its length: three bytes of payload, and one that is nobody's */
		add16(&v4, 0);
		add_zeros(&v4, 4);
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

static void
test_fragment_fields(void **state)
{
	struct frame v4 = {.size = 0}, v6 = {.size = 0}, atomic = {.size = 0}, udp = {.size = 0};
	struct packet p = {0};
	struct fragment piece;

	(void)state;
	add_ipv4(&v4, 0, 28, 0x2000 | 5, 6);
	add_zeros(&v4, 8);
	assert_int_equal(decode_frame(LINK_RAW, v4.bytes, v4.size, &p, &piece), DECODED_FRAGMENT);
	assert_int_equal(piece.id, 0x1234);
	assert_int_equal(piece.offset, 40);
	assert_true(piece.more);
	assert_int_equal(piece.protocol, 6);
	assert_ptr_equal(piece.bytes, v4.bytes + 20);
	assert_int_equal(piece.size, 8);
	assert_memory_equal(piece.packet.src.bytes, v4_from, 4);
	add_ipv6(&v6, 8 + 20, 44);
	add(&v6, (uint8_t[]){6, 0, 0x01, 0x08, 0xde, 0xad, 0xbe, 0xef}, 8);
	add_tcp(&v6, TCP_SYN);
	assert_int_equal(decode_frame(LINK_RAW, v6.bytes, v6.size, &p, &piece), DECODED_FRAGMENT);
	assert_int_equal(piece.id, 0xdeadbeef);
	assert_int_equal(piece.offset, 0x108);
	assert_false(piece.more);
	add_ipv6(&atomic, 8 + 20, 44);
	add(&atomic, (uint8_t[]){6, 0, 0, 0, 0, 0, 0, 1}, 8);
	add_tcp(&atomic, TCP_SYN);
	assert_int_equal(decode_frame(LINK_RAW, atomic.bytes, atomic.size, &p, &piece), DECODED_SEGMENT);
	add_ipv4(&udp, 0, 28, 0x2000, 17); /* no business of ours */
	add_zeros(&udp, 8);
	assert_int_equal(decode_frame(LINK_RAW, udp.bytes, udp.size, &p, &piece), DECODED_NOTHING);
}

/* An opening with a window and options, from a host with this TTL; false: it could not be read. */
static bool
opening_of(unsigned window, const uint8_t *options, unsigned size, uint8_t ttl, uint8_t flags, struct packet *out)
{
	struct frame f = {0};
	struct packet p = {0};

	add_ipv4(&f, 0, 40 + size, 0, 6);
	f.bytes[8] = ttl;
	add16(&f, 50000);
	add16(&f, 25);
	add(&f, (uint8_t[]){0, 0, 0, 1, 0, 0, 0, 0, (uint8_t)(0x50 + size / 4 * 16), flags}, 10);
	add16(&f, window);
	add_zeros(&f, 4);
	add(&f, options, size);
	if (!run(LINK_RAW, &f, f.size, &p))
		return false;
	*out = p;
	/* Truncated options are ignored. */
	for (unsigned cut = 1; cut <= 6 + size; cut++) {
		p = (struct packet){0};
		assert_true(run(LINK_RAW, &f, f.size - cut, &p));
		assert_false(p.raw);
		assert_int_equal(p.stack, 0);
		assert_int_equal(p.clock, 0);
	}
	return true;
}

static void
test_openings(void **state)
{
	static const uint8_t linux_options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};
	static const uint8_t short_time[] = {2, 4, 5, 0xb4, 8, 6, 1, 2, 3, 4, 0, 0};
	static const uint8_t mss[] = {2, 4, 5, 0xb4}, broken[] = {2, 40, 5, 0xb4}, empty[] = {2, 0, 5, 0xb4};
	static const uint8_t padded[] = {2, 4, 5, 0xb4, 0, 0, 0, 0};
	const struct {
		unsigned window, size;
		const uint8_t *options;
		uint8_t ttl, flags;
		bool raw, stack, clock;
	} cases[] = {
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

		assert_true(
		        opening_of(cases[i].window, cases[i].options, cases[i].size, cases[i].ttl, cases[i].flags, &p));
		if (p.raw != cases[i].raw || (p.stack != 0) != cases[i].stack)
			fail_msg("case %zu: expected %d and %d, got %d and %u", i, cases[i].raw, cases[i].stack, p.raw,
			         p.stack);
		assert_int_equal(p.clock, cases[i].clock ? 0x01020304 : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ethernet),
	        cmocka_unit_test(test_ethernet_group_sender),
	        cmocka_unit_test(test_vlan),
	        cmocka_unit_test(test_raw),
	        cmocka_unit_test(test_cooked),
	        cmocka_unit_test(test_null),
	        cmocka_unit_test(test_ipv4_options),
	        cmocka_unit_test(test_ipv4_length),
	        cmocka_unit_test(test_ipv4_fragments),
	        cmocka_unit_test(test_other_protocols),
	        cmocka_unit_test(test_ipv6_headers),
	        cmocka_unit_test(test_ipv6_bounds),
	        cmocka_unit_test(test_tcp_header),
	        cmocka_unit_test(test_link_types),
	        cmocka_unit_test(test_packet_only),
	        cmocka_unit_test(test_payload),
	        cmocka_unit_test(test_fragment_fields),
	        cmocka_unit_test(test_datagram),
	        cmocka_unit_test(test_openings),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
