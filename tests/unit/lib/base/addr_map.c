/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/base/addr_map.h"

#define MANY 100000U

/* Some IPv4, some IPv6. */
static struct addr
address(uint32_t n)
{
	uint8_t bytes[16] = {0x20, 1, 0x0d, 0xb8};

	if (n % 3 == 0) {
		memcpy(bytes + 12, &n, sizeof n);
		return addr_v6(bytes);
	}
	memcpy(bytes, &n, sizeof n);
	return addr_v4(bytes);
}

struct value {
	uint64_t number;
	char text[5]; /* an odd size */
};

static void
keeps_all(void **state)
{
	struct addr_map *m = addr_map_new(sizeof(struct value));
	struct value *v;

	(void)state;
	assert_non_null(m);
	for (uint32_t n = 0; n < MANY; n++) {
		struct addr a = address(n);

		assert_null(addr_map_find(m, &a));
		v = addr_map_add(m, &a);
		assert_non_null(v);
		assert_int_equal(v->number, 0);
		v->number = n + UINT64_C(1);
		memcpy(v->text, "text", 5);
	}
	for (uint32_t n = 0; n < MANY; n++) {
		struct addr a = address(n);

		v = addr_map_find(m, &a);
		assert_non_null(v);
		assert_int_equal(v->number, n + UINT64_C(1));
		assert_string_equal(v->text, "text");
		assert_ptr_equal(addr_map_add(m, &a), v);
	}
	addr_map_free(m);
}

static void
tells_each_once(void **state)
{
	struct addr_map *m = addr_map_new(sizeof(uint32_t));
	const struct addr *a;
	uint64_t sum = 0;
	uint32_t count = 0;
	size_t at = 0;
	void *value;

	(void)state;
	assert_null(addr_map_next(m, &at, &value));
	for (uint32_t n = 0; n < MANY; n++) {
		struct addr new = address(n);

		*(uint32_t *)addr_map_add(m, &new) = n;
	}
	for (at = 0; (a = addr_map_next(m, &at, &value)) != NULL; count++) {
		uint32_t n = *(const uint32_t *)value;
		struct addr want = address(n);

		assert_true(addr_equal(a, &want));
		sum += n;
	}
	assert_int_equal(count, MANY);
	assert_int_equal(sum, (uint64_t)MANY * (MANY - 1) / 2);
	addr_map_free(m);
}

/* The same bytes are another address in another family. */
static void
tells_families_apart(void **state)
{
	struct addr_map *m = addr_map_new(1);
	uint8_t bytes[16] = {192, 0, 2, 1};
	struct addr four = addr_v4(bytes), six = addr_v6(bytes);

	(void)state;
	*(uint8_t *)addr_map_add(m, &four) = 4;
	assert_null(addr_map_find(m, &six));
	*(uint8_t *)addr_map_add(m, &six) = 6;
	assert_int_equal(*(uint8_t *)addr_map_find(m, &four), 4);
	addr_map_free(m);
}

/* Whoever chooses addresses cannot know which fall together: each map has its own order. */
static void
is_seeded(void **state)
{
	struct addr_map *one = addr_map_new(1), *two = addr_map_new(1);
	size_t i = 0, k = 0;
	unsigned same = 0;
	void *value;

	(void)state;
	for (uint32_t n = 0; n < 100; n++) {
		struct addr a = address(n);

		addr_map_add(one, &a);
		addr_map_add(two, &a);
	}
	for (uint32_t n = 0; n < 100; n++)
		same += addr_equal(addr_map_next(one, &i, &value), addr_map_next(two, &k, &value));
	assert_in_range(same, 0, 50);
	addr_map_free(one);
	addr_map_free(two);
	addr_map_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keeps_all),
	        cmocka_unit_test(tells_each_once),
	        cmocka_unit_test(tells_families_apart),
	        cmocka_unit_test(is_seeded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
