/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/standing.h"
#include "lib/base/when.h"

#define TODAY (20000 * DAY)
#define FAR (47482 * DAY) /* 2100 */

static const struct steady boot = {5 * SECOND};

static struct steady
after(int64_t us)
{
	return steady_add(boot, us);
}

static void
a_clock_that_goes_on_is_followed(void **state)
{
	struct standing s;

	(void)state;
	standing_begin(&s, 0, TODAY, boot);
	for (int64_t t = 0; t < DAY; t += SECOND)
		assert_int_equal(standing_time(&s, TODAY + t + t / 2000, after(t)), TODAY + t + t / 2000);
}

static void
a_jump_forward_is_followed_after_an_hour(void **state)
{
	struct standing s;

	(void)state;
	standing_begin(&s, 0, TODAY, boot);
	for (int64_t t = SECOND; t < HOUR; t += SECOND)
		assert_int_equal(standing_time(&s, FAR + t, after(t)), TODAY + t);
	assert_int_equal(standing_time(&s, FAR + HOUR + SECOND, after(HOUR + SECOND)), FAR + HOUR + SECOND);
	assert_int_equal(standing_time(&s, FAR + HOUR + 2 * SECOND, after(HOUR + 2 * SECOND)), FAR + HOUR + 2 * SECOND);
}

static void
each_jump_forward_begins_the_hour_anew(void **state)
{
	struct standing s;

	(void)state;
	standing_begin(&s, 0, TODAY, boot);
	assert_int_equal(standing_time(&s, FAR + MINUTE, after(MINUTE)), TODAY + MINUTE);
	assert_int_equal(standing_time(&s, FAR + DAY + 40 * MINUTE, after(40 * MINUTE)), TODAY + 40 * MINUTE);
	assert_int_equal(standing_time(&s, FAR + DAY + 90 * MINUTE, after(90 * MINUTE)), TODAY + 90 * MINUTE);
	assert_int_equal(standing_time(&s, FAR + DAY + 100 * MINUTE, after(100 * MINUTE)), FAR + DAY + 100 * MINUTE);
}

static void
a_clock_put_back_is_followed_at_once(void **state)
{
	struct standing s;

	(void)state;
	standing_begin(&s, 0, TODAY, boot);
	assert_int_equal(standing_time(&s, FAR, after(0)), TODAY);
	assert_int_equal(standing_time(&s, TODAY + MINUTE, after(MINUTE)), TODAY + MINUTE);
	assert_int_equal(standing_time(&s, TODAY - DAY, after(2 * MINUTE)), TODAY - DAY);
}

static void
a_restart_does_not_make_a_jump_stand(void **state)
{
	struct standing s;

	(void)state;
	standing_begin(&s, TODAY, FAR, boot);
	assert_int_equal(standing_time(&s, FAR + MINUTE, after(MINUTE)), TODAY + MINUTE);
	assert_int_equal(standing_time(&s, FAR + HOUR, after(HOUR)), FAR + HOUR);
	standing_begin(&s, FAR, TODAY, boot); /* an earlier run has followed a wrong clock */
	assert_int_equal(standing_time(&s, TODAY + MINUTE, after(MINUTE)), TODAY + MINUTE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_clock_that_goes_on_is_followed),
	        cmocka_unit_test(a_jump_forward_is_followed_after_an_hour),
	        cmocka_unit_test(each_jump_forward_begins_the_hour_anew),
	        cmocka_unit_test(a_clock_put_back_is_followed_at_once),
	        cmocka_unit_test(a_restart_does_not_make_a_jump_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
