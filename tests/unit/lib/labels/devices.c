/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of hosts by their devices: one device, a router, a crowd of sources that one device made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/base/when.h"
#include "lib/labels/crowds.h"
#include "lib/labels/devices.h"

#define START (INT64_C(1700000040) * SECOND) /* a minute begins */
#define END (START + HOUR)

static struct statement *st; /* of the store that is tested */

static struct store *
new_devices(void)
{
	struct store *s = store_scratch(NULL);

	assert_non_null(s);
	assert_true(store_run(s, "CREATE TABLE device (host BLOB, mac BLOB, first INTEGER, PRIMARY KEY (host, mac))"
	                         " WITHOUT ROWID; CREATE INDEX device_mac ON device (mac)"));
	assert_non_null(st = store_prepare(s, "INSERT INTO device VALUES (?1, ?2, ?3)"));
	return s;
}

static void
put(const struct addr *host, uint8_t card, int64_t first)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 0, card};

	bind_addr(st, 1, host);
	bind_blob(st, 2, mac, sizeof mac);
	bind_int(st, 3, first);
	assert_int_equal(store_step(st), 0);
}

/* 2001:db8:0:<net>::<n> */
static struct addr
v6(unsigned net, unsigned n)
{
	uint8_t b[16] = {0x20, 1, 0x0d, 0xb8};

	b[6] = (uint8_t)(net >> 8);
	b[7] = (uint8_t)net;
	b[14] = (uint8_t)(n >> 8);
	b[15] = (uint8_t)n;
	return addr_v6(b);
}

static uint8_t
kind_at(struct store *s, const struct addr *host, int64_t end)
{
	struct judging_devices *d = judging_devices_new(s);
	struct judge_key key;

	assert_non_null(d);
	assert_true(judging_devices_key(d, host, end, &key));
	judging_devices_end(d);
	judging_devices_free(d);
	return key.kind;
}

/* Any number of addresses in two /64, and one of IPv4. */
static void
test_device(void **state)
{
	struct store *s = new_devices();
	struct addr a = addr_v4((const uint8_t[4]){10, 1, 0, 66}), b = addr_v4((const uint8_t[4]){10, 1, 0, 67});

	(void)state;
	put(&a, 0x66, START);
	for (unsigned n = 0; n < 600; n++) {
		struct addr host = v6(n % 2, n);

		put(&host, 0x66, START + n);
	}
	assert_int_equal(kind_at(s, &a, END), JUDGE_MAC);
	a = v6(1, 599);
	assert_int_equal(kind_at(s, &a, END), JUDGE_MAC);
	/* A neighbour with a card of its own. */
	a = v6(1, 1000);
	put(&a, 0x17, START);
	assert_int_equal(kind_at(s, &a, END), JUDGE_MAC);
	/* Another lease, from then on. */
	put(&b, 0x66, END);
	a = v6(1, 599);
	assert_int_equal(kind_at(s, &a, END), JUDGE_MAC);
	assert_int_equal(kind_at(s, &a, END + 1), JUDGE_IPV6);
	store_close(s);
}

static void
test_router(void **state)
{
	struct store *s = new_devices();
	struct addr a = v6(1, 1), b = v6(2, 1), c = v6(0xffff, 1);

	(void)state;
	put(&a, 1, START);
	put(&b, 1, START);
	assert_int_equal(kind_at(s, &b, END), JUDGE_MAC);
	put(&c, 1, START);
	assert_int_equal(kind_at(s, &a, END), JUDGE_IPV6);
	assert_int_equal(kind_at(s, &c, END), JUDGE_IPV6);
	/* A damaged row is no address of a device. */
	assert_true(store_run(s, "INSERT INTO device VALUES (x'010203', x'020000000022', 0)"));
	a = v6(3, 1);
	put(&a, 0x22, START);
	assert_int_equal(kind_at(s, &a, END), JUDGE_IPV6);
	store_close(s);
}

static bool
in_crowd(struct store *s, const struct addr *host, int64_t end)
{
	struct judging_crowds *c = judging_crowds_new(s, end);
	struct judge_key key = {.kind = JUDGE_IPV6}, mac = judge_key_mac((const uint8_t[6]){2, 0, 0, 0, 0, 1});
	bool there;

	assert_non_null(c);
	there = judging_crowds_key(c, host, &key);
	assert_true(!there || memcmp(&key, &mac, sizeof key) == 0);
	judging_crowds_free(c);
	return there;
}

/* One /64 less than a crowd, then one more; what came up before or after, or at another card, is not in it. */
static void
test_crowd(void **state)
{
	struct store *s = new_devices();
	struct addr before = v6(5000, 1), after = v6(5001, 1), other = v6(5002, 1), in = v6(7, 1), last = v6(CROWD, 1);

	(void)state;
	put(&before, 1, START - 1);
	put(&after, 1, START + MINUTE);
	put(&other, 2, START);
	for (unsigned n = 0; n < CROWD - 1; n++) {
		struct addr host = v6(n, 1), twin = v6(n, 2);

		put(&host, 1, START + n * 200000);
		put(&twin, 1, START + n * 200000); /* the same /64 */
	}
	assert_false(in_crowd(s, &in, END));
	put(&last, 1, START + 30 * SECOND);
	assert_true(in_crowd(s, &in, END));
	assert_true(in_crowd(s, &last, END));
	assert_false(in_crowd(s, &before, END));
	assert_false(in_crowd(s, &after, END));
	assert_false(in_crowd(s, &other, END));
	assert_false(in_crowd(s, &in, START + 30 * SECOND)); /* it was not complete */
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_device),
	        cmocka_unit_test(test_router),
	        cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
