/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/count/rotating.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/when.h"

#define START (INT64_C(28333333) * MINUTE)

static struct rotating *rotating;
static const uint8_t bot[6] = {2, 0, 0, 0, 0, 0x66}, other[6] = {2, 0, 0, 0, 0, 0x50};

static int
begin(void **state)
{
	(void)state;
	return (rotating = rotating_new(1)) != NULL ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	rotating_free(rotating);
	return 0;
}

/* In a /64 of its own. */
static struct addr
address(unsigned n)
{
	return addr_v6(
	        (uint8_t[16]){0x20, 1, 0xd, 0xb8, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, 1, [15] = 1});
}

static void
saw(unsigned n, const uint8_t mac[6], int64_t when)
{
	const struct addr a = address(n);

	rotating_saw(rotating, &a, mac, when);
}

static bool
has_own_rows(unsigned n)
{
	const struct addr a = address(n), host = rotating_host(rotating, &a);

	return addr_equal(&host, &a);
}

/* How many of them have rows of their own. */
static unsigned
own(unsigned from, unsigned to)
{
	unsigned count = 0;

	for (unsigned n = from; n < to; n++)
		count += has_own_rows(n);
	return count;
}

static void
flood(unsigned from, unsigned to, int64_t when)
{
	for (unsigned n = from; n < to; n++)
		saw(n, bot, when + (n - from));
}

static void
sources_that_a_device_makes_up_are_one_host(void **state)
{
	const struct addr made_up = address(29999),
	                  all = addr_v6((uint8_t[]){0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 0x66});
	struct addr host;

	(void)state;
	flood(0, 30000, START);
	assert_int_equal(own(0, ROTATING_MOST), ROTATING_MOST);
	assert_int_equal(own(ROTATING_MOST, 30000), 0);
	host = rotating_host(rotating, &made_up);
	assert_true(addr_equal(&host, &all));
	assert_true(addr_link_local(&host));
	host = rotating_host(NULL, &made_up);
	assert_true(addr_equal(&host, &made_up));
}

/* While it goes on there are no more; afterwards it begins anew. */
static void
a_flood_goes_on(void **state)
{
	(void)state;
	flood(0, 3000, START);
	flood(3000, 6000, START + MINUTE);
	assert_int_equal(own(3000, 6000), 0);
	flood(6000, 6010, START + 2 * MINUTE);
	assert_int_equal(own(6000, 6010), 0);
	flood(6010, 6020, START + 3 * MINUTE);
	assert_int_equal(own(6010, 6020), 10);
}

static void
others_keep_their_rows(void **state)
{
	const struct addr v4 = addr_v4((uint8_t[]){10, 1, 0, 66});
	struct addr host;

	(void)state;
	saw(50000, bot, START - MINUTE); /* known before, with the flood's card: behind a router */
	flood(0, 3000, START);
	saw(50000, bot, START + 10);
	saw(50001, other, START + 10);
	rotating_saw(rotating, &v4, bot, START + 10);
	assert_true(has_own_rows(50000));
	assert_true(has_own_rows(50001));
	host = rotating_host(rotating, &v4);
	assert_true(addr_equal(&host, &v4));
	/* Somebody took it before. */
	assert_false(has_own_rows(2999));
	saw(2999, other, START + 10);
	assert_true(has_own_rows(2999));
	assert_false(has_own_rows(2998));
	rotating_keep(rotating, &(const struct addr){0});
	host = address(2998);
	rotating_keep(rotating, &host);
	assert_true(has_own_rows(2998));
}

/* As many as come in a minute from a large network, and slowly more. */
static void
a_router_makes_nothing_up(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 20000; n++)
		saw(n, bot, START + n * (MINUTE / 1000));
	assert_int_equal(own(0, 20000), 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(sources_that_a_device_makes_up_are_one_host, begin, end),
	        cmocka_unit_test_setup_teardown(a_flood_goes_on, begin, end),
	        cmocka_unit_test_setup_teardown(others_keep_their_rows, begin, end),
	        cmocka_unit_test_setup_teardown(a_router_makes_nothing_up, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
