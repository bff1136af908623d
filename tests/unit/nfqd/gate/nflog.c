/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message of NFLOG -> an opening, from bytes as the kernel lays them out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nfqd/gate/nflog.h"

/* Numbers of linux/netfilter/nfnetlink_log.h, as they stand on the wire. */
enum { PACKET_HDR = 1, MARK = 2, TIMESTAMP = 3, HWADDR = 8, PAYLOAD = 9, UID = 11, SEQ = 12, TYPE = 4 << 8 | 0 };
enum { FORWARD = 2, LOCAL_OUT = 3, POSTROUTING = 4 };

struct message {
	_Alignas(8) uint8_t bytes[1024];
	size_t size;
};

static void
add(struct message *m, uint16_t type, const void *payload, size_t size)
{
	uint16_t head[2] = {(uint16_t)(4 + size), type};

	memcpy(m->bytes + m->size, head, 4);
	memcpy(m->bytes + m->size + 4, payload, size);
	m->size += (4 + size + 3) / 4 * 4;
	memcpy(m->bytes, &(uint32_t){(uint32_t)m->size}, 4);
}

static void
begin(struct message *m, uint16_t type, uint8_t hook)
{
	*m = (struct message){.size = 20}; /* header, and nfgenmsg */
	memcpy(m->bytes + 4, &type, 2);
	add(m, PACKET_HDR, (uint8_t[]){0x08, 0x00, hook, 0}, 4);
}

static const uint8_t hardware[12] = {0, 6, 0, 0, 2, 0, 0, 0, 0, 0x25};
static const uint8_t stamp[16] = {0, 0, 0, 0, 0x6a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7};

static void
whole(struct message *m)
{
	begin(m, TYPE, FORWARD);
	add(m, MARK, (uint8_t[4]){0}, 4);
	add(m, TIMESTAMP, stamp, sizeof stamp);
	add(m, HWADDR, hardware, sizeof hardware);
	add(m, SEQ, (uint8_t[]){0, 0, 1, 2}, 4);
	add(m, PAYLOAD, "a packet", 8);
}

static void
every_attribute_is_read(void **state)
{
	struct message m;
	struct nflogged n = {0};

	(void)state;
	whole(&m);
	assert_true(nflog_parse(m.bytes, m.size, &n));
	assert_true(n.when == INT64_C(0x6a000000) * 1000000 + 7);
	assert_true(n.has_seq);
	assert_int_equal(n.seq, 258);
	assert_int_equal(n.opening.size, 8);
	assert_memory_equal(n.opening.bytes, "a packet", 8);
	assert_true(n.opening.has_mac);
	assert_memory_equal(n.opening.mac, hardware + 4, 6);
	assert_false(n.opening.local);
	assert_false(n.opening.has_user);
}

static void
the_user_of_an_own_process_is_read(void **state)
{
	struct message m;
	struct nflogged n = {0};

	(void)state;
	begin(&m, TYPE, POSTROUTING);
	assert_true(nflog_parse(m.bytes, m.size, &n));
	assert_true(n.opening.local);
	begin(&m, TYPE, LOCAL_OUT);
	add(&m, UID, (uint8_t[]){0, 0, 0x12, 0x67}, 4);
	assert_true(nflog_parse(m.bytes, m.size, &n));
	assert_true(n.opening.local);
	assert_true(n.opening.has_user);
	assert_int_equal(n.opening.user, 4711);
	assert_false(n.opening.has_mac);
	assert_false(n.has_seq);
	assert_true(n.when == 0);
	assert_int_equal(n.opening.size, 0);
}

static void
other_messages_are_skipped(void **state)
{
	struct message m;
	struct nflogged n = {.seq = 4};

	(void)state;
	begin(&m, 3, FORWARD); /* NLMSG_DONE */
	assert_false(nflog_parse(m.bytes, m.size, &n));
	begin(&m, 3 << 8 | 0, FORWARD); /* a queue's packet */
	assert_false(nflog_parse(m.bytes, m.size, &n));
	begin(&m, TYPE, FORWARD);
	m.bytes[22] = 99; /* no packet header any more */
	assert_false(nflog_parse(m.bytes, m.size, &n));
	assert_int_equal(n.seq, 4);
}

/* Short attributes are no attributes, and a MAC address of another length is none of ours. */
static void
short_attributes_are_none(void **state)
{
	struct message m;
	struct nflogged n = {0};

	(void)state;
	begin(&m, TYPE, FORWARD);
	add(&m, SEQ, "\0\0\1", 3);
	add(&m, TIMESTAMP, stamp, 12);
	add(&m, HWADDR, hardware, 11);
	add(&m, 500, hardware, 11);
	assert_true(nflog_parse(m.bytes, m.size, &n));
	assert_false(n.has_seq || n.opening.has_mac);
	assert_true(n.when == 0);
	begin(&m, TYPE, FORWARD);
	add(&m, HWADDR, ((uint8_t[12]){0, 8}), 12);
	add(&m, TIMESTAMP, ((uint8_t[16]){0xff, 0xff}), 16);
	assert_true(nflog_parse(m.bytes, m.size, &n));
	assert_false(n.opening.has_mac);
	assert_true(n.when == 0);
}

/* Cut or changed anywhere: nothing is read beyond the end, and what is handed out lies within. */
static void
damaged_messages_are_read_within_bounds(void **state)
{
	unsigned seed = 5;
	struct message m;

	(void)state;
	whole(&m);
	for (int round = 0; round < 20000; round++) {
		size_t size = round < (int)m.size ? (size_t)round : m.size;
		uint8_t *bytes = malloc(size + 1);
		struct nflogged n = {0};

		memcpy(bytes, m.bytes, size);
		for (int i = 0; round >= (int)m.size && i < 3; i++)
			bytes[(size_t)rand_r(&seed) % size] = (uint8_t)rand_r(&seed);
		if (nflog_parse(bytes, size, &n) && n.opening.bytes != NULL)
			assert_true(n.opening.bytes >= bytes && n.opening.bytes + n.opening.size <= bytes + size);
		if (size < m.size)
			assert_false(nflog_parse(bytes, size, &n));
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_attribute_is_read),
	        cmocka_unit_test(the_user_of_an_own_process_is_read),
	        cmocka_unit_test(other_messages_are_skipped),
	        cmocka_unit_test(short_attributes_are_none),
	        cmocka_unit_test(damaged_messages_are_read_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
