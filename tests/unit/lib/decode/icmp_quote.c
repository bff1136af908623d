/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ICMP errors that quote an opening: the fields read, and the least number of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/decode/icmp_quote.h"

static const uint8_t host[] = {10, 1, 0, 66}, server[] = {203, 0, 113, 9};
static const uint8_t host6[16] = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 0x66}, server6[16] = {0x20, 1, 0xd, 0xb8, 0, 9};

struct message {
	uint8_t bytes[128];
	size_t size;
};

static void
add(struct message *m, const void *bytes, size_t size)
{
	memcpy(m->bytes + m->size, bytes, size);
	m->size += size;
}

static struct message
message4(uint8_t type, uint8_t code, uint8_t protocol, uint8_t words, uint8_t fragment)
{
	struct message m = {.size = 8};
	uint8_t ip[60] = {(uint8_t)(0x40 | words), [7] = fragment, [8] = 63, [9] = protocol};

	m.bytes[0] = type;
	m.bytes[1] = code;
	memcpy(ip + 12, host, 4);
	memcpy(ip + 16, server, 4);
	add(&m, ip, (size_t)words * 4);
	add(&m, (uint8_t[]){0x9c, 0x40, 0, 25, 0xde, 0xad, 0xbe, 0xef}, 8);
	return m;
}

static struct message
message6(uint8_t type, uint8_t next)
{
	struct message m = {.size = 8};
	uint8_t ip[40] = {0x60, [6] = next};

	m.bytes[0] = type;
	memcpy(ip + 8, host6, 16);
	memcpy(ip + 24, server6, 16);
	add(&m, ip, 40);
	add(&m, (uint8_t[]){0x9c, 0x40, 0, 25, 0xde, 0xad, 0xbe, 0xef}, 8);
	return m;
}

/* From memory of exactly that size, so that a sanitizer sees a read beyond it. */
static bool
read_part(const struct message *m, size_t size, uint8_t protocol, const struct addr *to, struct packet *out)
{
	struct packet icmp = {.protocol = protocol, .dst = *to, .payload_size = size};
	uint8_t *bytes = malloc(size > 0 ? size : 1);
	bool ok;

	memcpy(bytes, m->bytes, size);
	icmp.payload = bytes;
	ok = quote_read(&icmp, out);
	free(bytes);
	return ok;
}

static void
expect(const struct message *m, uint8_t protocol, const struct addr *from, const struct addr *to)
{
	struct packet p = {.sport = 1};

	for (size_t size = 0; size < m->size; size++)
		assert_false(read_part(m, size, protocol, from, &p));
	assert_int_equal(p.sport, 1);
	assert_true(read_part(m, m->size, protocol, from, &p));
	assert_true(addr_equal(&p.src, from));
	assert_true(addr_equal(&p.dst, to));
	assert_int_equal(p.sport, 40000);
	assert_int_equal(p.dport, 25);
	assert_int_equal(p.seq, 0xdeadbeef);
	assert_int_equal(p.protocol, protocol);
}

static void
a_quoted_opening_is_read(void **state)
{
	struct addr from = addr_v4(host), to = addr_v4(server), from6 = addr_v6(host6), to6 = addr_v6(server6);
	struct message m;

	(void)state;
	m = message4(3, 13, 6, 5, 0);
	expect(&m, PROTOCOL_ICMP, &from, &to);
	m = message4(3, 0, 6, 15, 0); /* with options */
	expect(&m, PROTOCOL_ICMP, &from, &to);
	m = message6(1, 6);
	expect(&m, PROTOCOL_ICMPV6, &from6, &to6);
}

static void
other_messages_quote_nothing(void **state)
{
	struct addr from = addr_v4(host), to = addr_v4(server), from6 = addr_v6(host6);
	struct message m;
	struct packet p;

	(void)state;
	m = message4(3, 4, 6, 5, 0); /* fragmentation needed */
	assert_false(read_part(&m, m.size, PROTOCOL_ICMP, &from, &p));
	m = message4(11, 0, 6, 5, 0); /* time exceeded */
	assert_false(read_part(&m, m.size, PROTOCOL_ICMP, &from, &p));
	m = message4(3, 13, 17, 5, 0); /* UDP */
	assert_false(read_part(&m, m.size, PROTOCOL_ICMP, &from, &p));
	m = message4(3, 13, 6, 4, 0); /* a header that is too short */
	assert_false(read_part(&m, m.size, PROTOCOL_ICMP, &from, &p));
	m = message4(3, 13, 6, 5, 7); /* a later fragment */
	assert_false(read_part(&m, m.size, PROTOCOL_ICMP, &from, &p));
	m = message4(3, 13, 6, 5, 0); /* sent to a host that did not open it; version 4 in ICMPv6 */
	assert_false(read_part(&m, m.size, PROTOCOL_ICMP, &to, &p));
	assert_false(read_part(&m, m.size, PROTOCOL_ICMPV6, &from, &p));
	m = message6(3, 6);
	assert_false(read_part(&m, m.size, PROTOCOL_ICMPV6, &from6, &p));
	m = message6(1, 17);
	assert_false(read_part(&m, m.size, PROTOCOL_ICMPV6, &from6, &p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_quoted_opening_is_read),
	                                   cmocka_unit_test(other_messages_quote_nothing)};

	return cmocka_run_group_tests_name("quote", tests, NULL, NULL);
}
