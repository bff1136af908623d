/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_usual: its state as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/common/usual_days.h"
#include "tests/unit/common/lives.h"
#include "lib/judge/usual.h"

/* Packed at any moment, the result is the same; equal states give equal bytes. */
static void
goes_on_where_it_was(void **state)
{
	uint8_t bytes[JUDGE_USUAL_PACKED], again[JUDGE_USUAL_PACKED];
	struct judge_usual other = {0};
	uint64_t random = 6;
	size_t most = 0;

	(void)state;
	for (uint32_t day = 0; day < 100; day++) {
		size_t size;

		for (uint32_t hour = 0; hour < 24; hour++) {
			uint32_t openings =
			        day % 9 == 8 && hour == 3 ? 5000 * day : 1 + (uint32_t)(life_random(&random) % 100);
			int a = usual_live_hour(&usual, DAY_0 + day, hour, openings, 40);

			assert_int_equal(usual_live_hour(&other, DAY_0 + day, hour, openings, 40), a);
			size = judge_usual_pack(&other, bytes);
			assert_true(judge_usual_unpack(&other, bytes, size));
			assert_int_equal(judge_usual_pack(&usual, again), size);
			assert_memory_equal(bytes, again, size);
			most = size > most ? size : most;
		}
	}
	assert_int_equal(usual.burst_count, 2);
	assert_in_range(most, 900, JUDGE_USUAL_PACKED);
	for (size_t size = 0; size < most; size += 7)
		assert_false(judge_usual_unpack(&other, bytes, size));
}

/* Damaged bytes are refused, or usable. */
static void
damaged_bytes(void **state)
{
	uint8_t good[JUDGE_USUAL_PACKED], bytes[JUDGE_USUAL_PACKED];
	uint64_t random = 8;
	int taken = 0, refused = 0;
	size_t size;

	(void)state;
	for (uint32_t day = 0; day < 50; day++)
		usual_live_hour(&usual, DAY_0 + day, day % 24, day == 45 ? 20000 : 9, 5);
	size = judge_usual_pack(&usual, good);
	for (int n = 0; n < 20000; n++) {
		memcpy(bytes, good, size);
		for (size_t i = 0; i <= life_random(&random) % 3; i++)
			bytes[life_random(&random) % size] = (uint8_t)life_random(&random);
		if (!judge_usual_unpack(&usual, bytes, size)) {
			refused++;
			continue;
		}
		taken++;
		usual_open(&usual, (int64_t)(life_random(&random) % 4000000000), 1, 500);
		judge_usual_look(&usual);
		assert_in_range(judge_usual_pack(&usual, bytes), 150, JUDGE_USUAL_PACKED);
	}
	assert_in_range(taken, 1000, 19000);
	assert_in_range(refused, 1000, 19000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(goes_on_where_it_was, usual_setup),
	        cmocka_unit_test_setup(damaged_bytes, usual_setup),
	};

	return cmocka_run_group_tests_name("usual_pack", tests, NULL, NULL);
}
