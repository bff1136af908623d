/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "lib/base/unset.h"

#define TODAY (WHEN_RELEASED + 30 * DAY)

static struct steady
at(int64_t us)
{
	return (struct steady){us};
}

static void
times_move_when_the_clock_is_set(void **state)
{
	struct unset e = {0};

	(void)state;
	assert_true(unset_look(&e, 0, 20 * SECOND, at(10 * SECOND)));
	assert_true(unset_look(&e, 0, 30 * SECOND, at(20 * SECOND)));
	assert_false(unset_look(&e, 0, TODAY, at(25 * SECOND)));
	assert_int_equal(unset_moved(&e, 22 * SECOND), TODAY - 13 * SECOND);
	assert_int_equal(unset_moved(&e, TODAY + 1), TODAY + 1);
}

static void
a_clock_that_is_set_moves_nothing(void **state)
{
	struct unset e = {0};

	(void)state;
	assert_false(unset_look(&e, TODAY - HOUR, TODAY, at(0)));
	assert_int_equal(unset_moved(&e, TODAY), TODAY);
	assert_false(unset_look(&e, TODAY + SECOND, TODAY, at(0)));
	assert_int_equal(unset_moved(&e, 5), 5);
}

static void
a_clock_before_the_last_commit_is_not_set(void **state)
{
	struct unset e = {0};

	(void)state;
	assert_true(unset_look(&e, TODAY, TODAY - DAY, at(SECOND)));
	assert_false(unset_look(&e, TODAY, TODAY + DAY, at(2 * SECOND)));
	assert_int_equal(unset_moved(&e, TODAY - DAY), TODAY + DAY - SECOND);
	assert_int_equal(unset_moved(&e, TODAY + 1), TODAY + 1);
}

static void
a_successor_knows_the_lead(void **state)
{
	struct unset e = {.ahead = 10 * SECOND};

	(void)state;
	assert_false(unset_look(&e, 0, TODAY, at(25 * SECOND)));
	assert_int_equal(unset_moved(&e, 32 * SECOND), TODAY - 3 * SECOND);
}

/* A machine that was suspended is not: its boot clock has gone on as well. */
static void
a_step_forward_is_noticed_once(void **state)
{
	struct unset u = {0};

	(void)state;
	assert_int_equal(unset_forward(&u, TODAY, HOUR), 0);
	assert_int_equal(unset_forward(&u, TODAY + 59 * SECOND, HOUR), 0);
	assert_int_equal(unset_forward(&u, TODAY + DAY + SECOND, HOUR + SECOND), DAY - 59 * SECOND);
	assert_int_equal(unset_forward(&u, TODAY + DAY + MINUTE, HOUR + MINUTE), 0);
	assert_int_equal(unset_forward(&u, TODAY + 2 * DAY, HOUR + DAY), 0);
	assert_int_equal(unset_forward(&u, TODAY, HOUR + DAY), 0);
	assert_true(unset_look(&u, 0, 20 * SECOND, at(0)));
	assert_int_equal(unset_forward(&u, TODAY, HOUR + DAY), 0); /* the look itself tells that */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(times_move_when_the_clock_is_set),
	        cmocka_unit_test(a_clock_that_is_set_moves_nothing),
	        cmocka_unit_test(a_clock_before_the_last_commit_is_not_set),
	        cmocka_unit_test(a_successor_knows_the_lead),
	        cmocka_unit_test(a_step_forward_is_noticed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
