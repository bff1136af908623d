/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaps and the journal: nothing is forgotten that was missing, and no table grows without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "lib/database/losses.h"

struct place {
	struct store *store;
	struct losses losses;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	*state = p;
	p->store = store_scratch(&schema_gate);
	return p->store != NULL && losses_prepare(&p->losses, p->store) ? 0 : 1;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	store_close(p->store);
	free(p);
	return 0;
}

static int64_t
ask(struct place *p, const char *sql)
{
	struct statement *st = store_prepare(p->store, sql);
	int64_t answer;

	assert_non_null(st);
	assert_int_equal(store_step(st), 1);
	answer = column_null(st, 0) ? -1 : column_int(st, 0);
	store_reset(st);
	return answer;
}

static void
a_gap_that_continues_its_like_extends_it(void **state)
{
	struct place *p = *state;
	struct losses *l = &p->losses;

	assert_true(losses_put_gap(l, 10, 20, "a", 3));
	assert_true(losses_put_gap(l, 20, 30, "a", 4)); /* adjoins */
	assert_true(losses_put_gap(l, 5, 12, "a", 1));  /* overlaps */
	assert_int_equal(ask(p, "SELECT count(*) FROM gap"), 1);
	assert_int_equal(ask(p, "SELECT since * 10000 + until * 100 + missing FROM gap"), 53008);
	assert_true(losses_put_gap(l, 25, 26, "a", MISSING_UNKNOWN)); /* another kind of number */
	assert_true(losses_put_gap(l, 25, 26, "b", 1));               /* another cause */
	assert_true(losses_put_gap(l, 31, 40, "a", 1));               /* nothing was missing between them */
	assert_int_equal(ask(p, "SELECT count(*) FROM gap"), 4);
	assert_true(losses_put_gap(l, 26, 27, "b", INT64_MAX));
	assert_int_equal(ask(p, "SELECT missing = 9223372036854775807 FROM gap WHERE cause = 'b'"), 1);
	assert_true(losses_put_gap(l, 50, 60, "c", MISSING_UNKNOWN));
	assert_true(losses_put_gap(l, 55, 70, "c", MISSING_UNKNOWN));
	assert_int_equal(ask(p, "SELECT missing FROM gap WHERE cause = 'c' AND since = 50 AND until = 70"), -1);
	assert_int_equal(ask(p, "SELECT count(*) FROM gap"), 5);
}

static void
too_many_gaps_become_one_a_day(void **state)
{
	struct place *p = *state;

	assert_true(store_run(p->store, "BEGIN"));
	for (int64_t n = 0; n < LOSSES_GAPS; n++)
		assert_true(
		        losses_put_gap(&p->losses, n * MINUTE, n * MINUTE + 5, "x", n % 2 == 0 ? n : MISSING_UNKNOWN));
	assert_true(store_run(p->store, "COMMIT"));
	assert_true(losses_bound(&p->losses));
	assert_int_equal(ask(p, "SELECT count(*) FROM gap"), LOSSES_GAPS);
	assert_true(losses_put_gap(&p->losses, 0, 5, "one more", 7));
	assert_true(losses_bound(&p->losses));
	assert_in_range(ask(p, "SELECT count(*) FROM gap"), LOSSES_GAPS - 2000, LOSSES_GAPS - 1990);
	/* What is missing, and over which time, is still there. */
	assert_int_equal(ask(p, "SELECT sum(missing) FROM gap"),
	                 (int64_t)(LOSSES_GAPS / 2) * (LOSSES_GAPS / 2 - 1) + 7);
	assert_int_equal(ask(p, "SELECT min(since) FROM gap"), 0);
	assert_int_equal(ask(p, "SELECT max(until) FROM gap"), (LOSSES_GAPS - 1) * MINUTE + 5);
	assert_int_equal(ask(p, "SELECT count(*) FROM gap WHERE missing IS NULL AND since < 86400000000"), 1);
}

static void
the_journal_keeps_its_newest_lines(void **state)
{
	struct place *p = *state;

	assert_true(store_run(p->store,
	                      "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 125000)"
	                      " INSERT INTO journal (at, what, text) SELECT n, 'start', '' FROM r"));
	assert_true(losses_bound(&p->losses)); /* in steps */
	assert_in_range(ask(p, "SELECT count(*) FROM journal"), 115000, 124999);
	for (int n = 0; n < 10; n++)
		assert_true(losses_bound(&p->losses));
	assert_int_equal(ask(p, "SELECT count(*) FROM journal"), LOSSES_LINES);
	assert_int_equal(ask(p, "SELECT min(at) FROM journal"), 25001);
	assert_true(losses_put_line(&p->losses, 125001, "stop", ""));
	assert_int_equal(ask(p, "SELECT max(at) FROM journal"), 125001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_gap_that_continues_its_like_extends_it, setup, teardown),
	        cmocka_unit_test_setup_teardown(too_many_gaps_become_one_a_day, setup, teardown),
	        cmocka_unit_test_setup_teardown(the_journal_keeps_its_newest_lines, setup, teardown),
	};

	return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
