/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pcapmon/companions/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Header (id 0x1234), flags, one question; then a name, type MX, class IN. */
#define QUERY(flags1, flags2) "\x12\x34" flags1 flags2 "\0\1\0\0\0\0\0\0"
#define NAME "\3Foo\7exAMPLE\3Org\0"
#define TAIL "\0\x0f\0\1"
static const char query[] = QUERY("\1", "\0") NAME TAIL;
static const char answer[] = QUERY("\x81", "\x83") NAME TAIL;
#define SIZE (sizeof query - 1)

/* At the end of a block of its own, so that a read behind it is a read outside. */
static bool
read_bytes(const void *bytes, size_t size, struct dns_message *out)
{
	uint8_t *copy = malloc(size + 1);
	bool ok;

	memcpy(copy + 1, bytes, size);
	ok = dns_read(copy + 1, size, out);
	free(copy);
	return ok;
}

static void
a_query_is_read(void **state)
{
	struct dns_message d;

	(void)state;
	assert_true(read_bytes(query, SIZE, &d));
	assert_false(d.answer);
	assert_int_equal(d.id, 0x1234);
	assert_int_equal(d.type, DNS_MX);
	assert_int_equal(d.name_size, 17);
	assert_memory_equal(d.name, "\3foo\7example\3org\0", 17);
	assert_true(read_bytes(answer, SIZE, &d));
	assert_true(d.answer);
	assert_int_equal(d.rcode, DNS_NXDOMAIN);
}

static void
a_cut_message_is_refused(void **state)
{
	struct dns_message d;

	(void)state;
	for (size_t size = 0; size < SIZE; size++)
		assert_false(read_bytes(query, size, &d));
}

static void
nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
	        QUERY("\x28", "\0") NAME TAIL,                                   /* an update: RFC 2136 */
	        "\x12\x34\1\0\0\2\0\0\0\0\0\0" NAME TAIL,                        /* two questions */
	        "\x12\x34\x81\0\0\0\0\1\0\0\0\0" NAME TAIL,                      /* none */
	        QUERY("\1", "\0") "\xc0\x0c\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" TAIL, /* a pointer to itself */
	        QUERY("\1", "\0") NAME "\0\x0f\0\3",                             /* of class CHAOS */
	};
	struct dns_message d;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(read_bytes(bad[i], SIZE, &d));
}

/* 255 bytes of name are the most that there may be. */
static void
a_name_has_255_bytes_at_most(void **state)
{
	uint8_t b[400] = {0, 1, 1, 0, 0, 1};
	struct dns_message d;

	(void)state;
	for (size_t n = 0; n < 4; n++)
		b[12 + 64 * n] = 63;
	b[12 + 64 * 3] = 61; /* 3 * 64 + 62 + 1 */
	memset(b + 12 + 64 * 3 + 62, 0, 1);
	memcpy(b + 12 + 255, TAIL, 4);
	assert_true(read_bytes(b, 12 + 255 + 4, &d));
	assert_int_equal(d.name_size, 255);
	b[12 + 64 * 3] = 62;
	memcpy(b + 12 + 256, TAIL, 4);
	assert_false(read_bytes(b, 12 + 256 + 4, &d));
}

static void
messages_of_a_segment_are_read_in_turn(void **state)
{
	uint8_t b[2 * (SIZE + 2)];
	struct dns_message d;
	size_t at = 0;

	(void)state;
	b[0] = b[SIZE + 2] = 0;
	b[1] = b[SIZE + 3] = (uint8_t)SIZE;
	memcpy(b + 2, query, SIZE);
	memcpy(b + SIZE + 4, answer, SIZE);
	assert_true(dns_next(b, sizeof b, &at, &d));
	assert_false(d.answer);
	assert_true(dns_next(b, sizeof b, &at, &d));
	assert_true(d.answer);
	assert_false(dns_next(b, sizeof b, &at, &d));
	assert_int_equal(at, sizeof b);
	/* An answer that continues in the next segment. */
	b[0] = 2;
	at = 0;
	assert_true(dns_next(b, sizeof b, &at, &d));
	assert_int_equal(at, sizeof b);
	at = 0;
	assert_false(dns_next(b, 1, &at, &d));
}

static void
names_under_a_zone_are_found(void **state)
{
	struct dns_message d;

	(void)state;
	assert_true(read_bytes(query, SIZE, &d));
	assert_true(dns_under(&d, "example.org"));
	assert_true(dns_under(&d, "foo.example.org"));
	assert_true(dns_under(&d, "org"));
	assert_false(dns_under(&d, "ample.org"));
	assert_false(dns_under(&d, "o.example.org"));
	assert_false(dns_under(&d, "a.foo.example.org"));
	assert_false(dns_under(&d, "example/org"));
	assert_false(dns_under(&d, "example.orx"));
	assert_false(dns_under(&d, ""));
	d.name_size = 0;
	assert_false(dns_under(&d, "org"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_query_is_read),
	        cmocka_unit_test(a_cut_message_is_refused),
	        cmocka_unit_test(nonsense_is_refused),
	        cmocka_unit_test(a_name_has_255_bytes_at_most),
	        cmocka_unit_test(messages_of_a_segment_are_read_in_turn),
	        cmocka_unit_test(names_under_a_zone_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
