/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever copies rows by the numbers of minute_change misses none and gets none twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/when.h"
#include "lib/database/prune.h"

#define FIRST (INT64_C(28333380)) /* a minute at the begin of an hour */

struct place {
	char directory[64], file[80];
	const struct schema *schema;
	const struct columns *columns;
	struct store *store;
	struct common_rows rows;
};

static void
open_place(struct place *p, const struct schema *schema, const struct columns *columns)
{
	char why[256];

	*p = (struct place){.directory = "/tmp/test_changes.XXXXXX", .schema = schema, .columns = columns};
	assert_non_null(mkdtemp(p->directory));
	snprintf(p->file, sizeof p->file, "%s/some.db", p->directory);
	assert_non_null(p->store = store_open(p->file, schema, why, sizeof why));
	assert_true(common_rows_prepare(&p->rows, p->store, columns));
}

static void
close_place(struct place *p)
{
	store_close(p->store);
	unlink(p->file);
	rmdir(p->directory);
}

static int64_t
ask(struct place *p, const char *sql)
{
	struct statement *st = store_prepare(p->store, sql);
	int64_t n;

	assert_non_null(st);
	assert_int_equal(store_step(st), 1);
	n = column_int(st, 0);
	store_reset(st);
	return n;
}

/* The latest change of a minute; 0: none. */
static int64_t
change_of(struct place *p, int64_t minute)
{
	char sql[128];

	snprintf(sql, sizeof sql, "SELECT coalesce(max(change), 0) FROM minute_change WHERE minute = %lld",
	         (long long)minute);
	return ask(p, sql);
}

static void
prune(struct place *p, struct prune_limits limits)
{
	struct prune prune;
	bool more = true;

	assert_true(prune_prepare(&prune, &p->rows));
	while (more)
		assert_true(prune_step(&prune, &limits, (FIRST + 180) * MINUTE, NULL, &more));
}

static void
put(struct place *p, int64_t minute, uint8_t host)
{
	struct minute_row row = {.key = {.minute = minute,
	                                 .host = addr_v4((uint8_t[]){10, 0, 0, host}),
	                                 .destination = addr_v4((uint8_t[]){192, 0, 2, 7}),
	                                 .port = 25},
	                         .first = minute * MINUTE,
	                         .last = minute * MINUTE,
	                         .begun = minute * MINUTE,
	                         .ended = minute * MINUTE,
	                         .count = {1},
	                         .destinations = 1};

	assert_true(common_put_row(&p->rows, NULL, &row));
}

static void
check_numbers(const struct schema *schema, const struct columns *columns)
{
	struct place p;
	int64_t first, second, last;

	open_place(&p, schema, columns);
	assert_true(common_begin(&p.rows));
	put(&p, FIRST, 1);
	put(&p, FIRST, 2);
	put(&p, FIRST + 1, 1);
	assert_true(store_commit(p.store));
	assert_int_equal(ask(&p, "SELECT count(*) FROM minute_change"), 2);
	first = change_of(&p, FIRST);
	second = change_of(&p, FIRST + 1);
	assert_true(first > 0 && second > first);

	/* The same minute in the next transaction. */
	assert_true(common_begin(&p.rows));
	put(&p, FIRST + 1, 3);
	assert_true(store_commit(p.store));
	assert_int_equal(change_of(&p, FIRST), first);
	assert_true(change_of(&p, FIRST + 1) > second);
	second = change_of(&p, FIRST + 1);

	/* A transaction that is rolled back numbers nothing; the minute is numbered when it is tried again. */
	assert_true(common_begin(&p.rows));
	put(&p, FIRST, 4);
	store_rollback(p.store);
	common_rolled_back(&p.rows);
	assert_int_equal(change_of(&p, FIRST), first);
	assert_true(common_begin(&p.rows));
	put(&p, FIRST, 4);
	assert_true(store_commit(p.store));
	assert_true(change_of(&p, FIRST) > second);
	last = change_of(&p, FIRST);

	/* Sums and pruning change nothing of what happened; minutes go with their hours, and no number comes again. */
	prune(&p, (struct prune_limits){.keep = HOUR});
	assert_int_equal(ask(&p, "SELECT count(*) FROM attempt"), 0);
	assert_int_equal(ask(&p, "SELECT sum(attempts) FROM hour"), 5);
	assert_int_equal(change_of(&p, FIRST), last);
	assert_int_equal(change_of(&p, FIRST + 1), second);
	prune(&p, (struct prune_limits){.max_size = 1});
	assert_int_equal(ask(&p, "SELECT count(*) FROM hour"), 0);
	assert_int_equal(ask(&p, "SELECT count(*) FROM minute_change"), 0);
	assert_true(common_begin(&p.rows));
	put(&p, FIRST, 1);
	assert_true(store_commit(p.store));
	assert_true(change_of(&p, FIRST) > last);
	close_place(&p);
}

static void
gate_numbers_changes_of_its_minutes(void **state)
{
	(void)state;
	check_numbers(&schema_gate, &columns_gate);
}

static void
wire_numbers_changes_of_its_minutes(void **state)
{
	(void)state;
	check_numbers(&schema_wire, &columns_wire);
}

/* Two files are never taken for one. */
static void
each_file_has_its_own_id(void **state)
{
	static struct place a, b; /* with room to seal: too large for the stack */
	struct statement *st;
	char id[64];

	(void)state;
	open_place(&a, &schema_gate, &columns_gate);
	open_place(&b, &schema_gate, &columns_gate);
	assert_non_null(st = store_prepare(a.store, "SELECT value FROM meta WHERE key = 'id'"));
	assert_int_equal(store_step(st), 1);
	snprintf(id, sizeof id, "%s", column_text(st, 0));
	assert_int_equal(strlen(id), 32);
	assert_non_null(st = store_prepare(b.store, "SELECT value FROM meta WHERE key = 'id'"));
	assert_int_equal(store_step(st), 1);
	assert_string_not_equal(column_text(st, 0), id);
	close_place(&a);
	close_place(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(gate_numbers_changes_of_its_minutes),
	        cmocka_unit_test(wire_numbers_changes_of_its_minutes),
	        cmocka_unit_test(each_file_has_its_own_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
