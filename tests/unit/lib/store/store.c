/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Databases of older programs: brought up by their writer, with all that is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "lib/policy/event.h"
#include "lib/store/store.h"
#include "tests/unit/common/scratch.h"

struct place {
	struct scratch scratch;
	char why[256];
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	*state = p;
	return scratch_make(&p->scratch) ? 0 : 1;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	bool removed = scratch_remove(&p->scratch);

	free(p);
	return removed ? 0 : 1;
}

static int64_t
ask(struct store *s, const char *sql)
{
	struct statement *st = store_prepare(s, sql);
	int64_t answer;

	assert_non_null(st);
	assert_int_equal(store_step(st), 1);
	answer = column_int(st, 0);
	store_reset(st);
	return answer;
}

/* A file as version 1 of the program left it, with a row. */
static void
make_version_1(struct place *p)
{
	const struct schema old = {schema_gate.name, schema_gate.steps, 1};
	struct store *s = store_open(p->scratch.gate, &old, p->why, sizeof p->why);

	assert_non_null(s);
	assert_int_equal(ask(s, "PRAGMA user_version"), 1);
	assert_int_equal(ask(s, "SELECT count(*) FROM reason"), 8);
	assert_true(store_run(s,
	                      "INSERT INTO attempt VALUES (28333380, x'0a000001', x'cb007109', 25, 2, 1, 3, 4, 1, 5, "
	                      "6); INSERT INTO position VALUES ('events', 7, 8)"));
	store_close(s);
}

static void
a_gate_file_of_version_1_is_upgraded(void **state)
{
	struct place *p = *state;
	struct store *s;

	make_version_1(p);
	assert_null(store_open_readonly(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
	assert_non_null(strstr(p->why, "schema version 1 is older"));
	for (int again = 0; again < 2; again++) { /* the second time there is nothing left to do */
		assert_non_null(s = store_open(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
		assert_int_equal(ask(s, "PRAGMA user_version"), schema_gate.version);
		assert_int_equal(ask(s, "SELECT sum(attempts + retransmits) FROM attempt"), 7);
		assert_int_equal(ask(s, "SELECT count(*) FROM attempt WHERE lead = 0 AND tail = 0"), 1);
		assert_int_equal(ask(s, "SELECT next FROM position"), 8);
		store_close(s);
	}
	assert_non_null(s = store_open_readonly(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
	store_close(s);
	assert_non_null(s = store_open(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
	assert_true(store_run(s, "PRAGMA user_version = -3"));
	store_close(s);
	assert_null(store_open(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
	assert_non_null(strstr(p->why, "schema version -3 is none of nfqd's"));
}

/* Attempts of a flood in older versions become SYNs, and the sums of these hours are deleted. */
static void
sums_of_floods_become_syns(void **state)
{
	struct place *p = *state;

	for (int version = 2; version < 8; version++) {
		const struct schema old = {schema_gate.name, schema_gate.steps, version};
		struct store *s;

		unlink(p->scratch.gate);
		assert_non_null(s = store_open(p->scratch.gate, &old, p->why, sizeof p->why));
		assert_true(store_run(
		        s,
		        "INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits,"
		        " destinations, first, last) VALUES"
		        " (28333380, x'0a000001', x'cb007109', 25, 1, 1, 60, 4, 1, 5, 6),"
		        " (28333380, x'0a000001', x'', 25, 1, 8, 700, 0, 0, 5, 6),"
		        " (28333440, x'0a000001', x'cb007109', 25, 1, 1, 1, 0, 1, 5, 6);"
		        "INSERT INTO hour VALUES (472222, x'0a000001', 25, 1, 1, 9, 8, 7, 6, 5, 4),"
		        " (472222, x'0a000001', 25, 1, 8, 900, 0, 0, 300, 5, 4)"));
		if (version >= 3)
			assert_true(store_run(s, "INSERT INTO sealed VALUES (472223), (472224)"));
		if (version >= 6)
			assert_true(store_run(s, "UPDATE attempt SET lead = 1, tail = 2"));
		assert_true(store_run(s, "INSERT OR REPLACE INTO meta VALUES ('judge', 'done')"));
		store_close(s);
		assert_non_null(s = store_open(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
		assert_int_equal(ask(s, "SELECT attempts FROM attempt WHERE reason = 1 AND minute = 28333380"), 60);
		assert_int_equal(ask(s, "SELECT sum(syns) FROM attempt WHERE reason = 1"), 0);
		assert_int_equal(ask(s, "SELECT count(*) FROM attempt WHERE reason = 8 AND attempts = 0 AND"
		                        " syns = 700 AND lead = 0 AND tail = 0"),
		                 1);
		assert_int_equal(
		        ask(s,
		            "SELECT count(*) FROM hour WHERE reason = 8 AND attempts = 0 AND syns = 900 AND peak = 0"),
		        1);
		assert_int_equal(
		        ask(s, "SELECT count(*) FROM hour WHERE reason = 1 AND attempts = 9 AND syns = 0 AND peak = 6"),
		        1);
		assert_int_equal(ask(s, "SELECT sum(drill) + (SELECT sum(drill) FROM hour) FROM attempt"), 0);
		assert_int_equal(ask(s, "SELECT count(*) FROM sealed WHERE hour = 472223"), 0);
		assert_int_equal(ask(s, "SELECT count(*) FROM sealed"), version >= 3);
		assert_int_equal(ask(s, "SELECT count(*) FROM meta WHERE key = 'judge'"), 0);
		assert_int_equal(ask(s, "SELECT count(*) FROM minute_change"), 2);
		assert_int_equal(ask(s, "SELECT minute FROM minute_change ORDER BY change DESC"), 28333440);
		assert_int_equal(ask(s, "SELECT length(value) FROM meta WHERE key = 'id'"), 32);
		store_close(s);
	}
}

/* Minutes of an older wire.db have changes, too, so that nothing of it is left out. */
static void
minutes_of_an_older_file_have_changes(void **state)
{
	const struct schema old = {schema_wire.name, schema_wire.steps, 10};
	struct place *p = *state;
	struct store *s = store_open(p->scratch.gate, &old, p->why, sizeof p->why);

	assert_non_null(s);
	assert_true(store_run(
	        s,
	        "INSERT INTO attempt VALUES (28333380, x'0a000001', x'cb007109', 25, 3, 4, 0, 0, 0, 0, 1, 5, 6, 0, 0),"
	        " (28333379, x'0a000001', x'cb007109', 25, 3, 4, 0, 0, 0, 0, 1, 5, 6, 0, 0)"));
	store_close(s);
	assert_non_null(s = store_open(p->scratch.gate, &schema_wire, p->why, sizeof p->why));
	assert_int_equal(ask(s, "SELECT count(*) FROM minute_change"), 2);
	assert_int_equal(ask(s, "SELECT minute FROM minute_change ORDER BY change"), 28333379);
	assert_int_equal(ask(s, "SELECT count(*) FROM attempt WHERE drill = 0"), 2);
	store_close(s);
}

/* Before version 8 nobody counted how many connections were refused, and to which port they went: none of them is one
 * that speaks for its host (judge_evidence), and none is a refused one. */
static void
refusals_of_an_older_file_are_unknown(void **state)
{
	const struct schema old = {schema_wire.name, schema_wire.steps, 7};
	struct place *p = *state;
	struct store *s = store_open(p->scratch.gate, &old, p->why, sizeof p->why);

	assert_non_null(s);
	assert_int_equal(ask(s, "PRAGMA user_version"), 7);
	assert_true(store_run(
	        s, "INSERT INTO companion VALUES (x'0a000001', 472222, 1, 2, 3, 4, 5, 6, 0, 40, 7, 39, 38, 37, "
	           "36, 35, 34, 33, x'', x'', x'', x'')"));
	store_close(s);
	assert_non_null(s = store_open(p->scratch.gate, &schema_wire, p->why, sizeof p->why));
	assert_int_equal(ask(s, "PRAGMA user_version"), schema_wire.version);
	assert_int_equal(ask(s, "SELECT count(*) FROM companion WHERE smtp_sessions = 40 AND smtp_submission = 40 "
	                        "AND smtp_refused = 0 AND served = 0"),
	                 1);
	store_close(s);
}

#define STEPS 64

/* The file stays at its version, whole, when a later step fails; and is then upgraded by the real steps. */
static void
upgrade_from(struct place *p, const struct schema *now, int version, const char *row)
{
	const struct schema old = {now->name, now->steps, version};
	const char *steps[STEPS];
	const struct schema broken = {now->name, steps, now->version};
	struct store *s;

	assert_in_range(now->version, version + 1, STEPS);
	memcpy(steps, now->steps, (size_t)now->version * sizeof *steps);
	steps[now->version - 1] = "INSERT INTO no_such_table VALUES (1)";
	unlink(p->scratch.gate);
	assert_non_null(s = store_open(p->scratch.gate, &old, p->why, sizeof p->why));
	assert_true(store_run(s, row));
	store_close(s);
	assert_null(store_open(p->scratch.gate, &broken, p->why, sizeof p->why));
	assert_non_null(strstr(p->why, "cannot bring the schema to version"));
	assert_non_null(s = store_open_readonly(p->scratch.gate, &old, p->why, sizeof p->why));
	assert_int_equal(ask(s, "PRAGMA user_version"), version);
	store_close(s);
	assert_null(store_open_readonly(p->scratch.gate, now, p->why, sizeof p->why));
	assert_non_null(strstr(p->why, "is older than this program's"));
	assert_non_null(s = store_open(p->scratch.gate, now, p->why, sizeof p->why));
	assert_int_equal(ask(s, "PRAGMA user_version"), now->version);
	assert_int_equal(ask(s, "SELECT sum(attempts) FROM attempt"), 3);
	store_close(s);
	assert_null(store_open(p->scratch.gate, &old, p->why, sizeof p->why));
	assert_non_null(strstr(p->why, "is newer than this program's"));
}

static void
every_version_is_upgraded_at_once_or_not_at_all(void **state)
{
	for (int version = 1; version < schema_gate.version; version++)
		upgrade_from(
		        *state, &schema_gate, version,
		        "INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits,"
		        " destinations, first, last)"
		        " VALUES (28333380, x'0a000001', x'cb007109', 25, 2, 1, 3, 4, 1, 5, 6)");
	for (int version = 1; version < schema_wire.version; version++)
		upgrade_from(*state, &schema_wire, version,
		             "INSERT INTO attempt (minute, host, destination, port, attempts, retransmits, established,"
		             " refused, leaked, listed, destinations, first, last)"
		             " VALUES (28333380, x'0a000001', x'cb007109', 25, 3, 4, 0, 0, 0, 0, 1, 5, 6)");
}

/* The tables of names match the program, in a new file and in an upgraded one. */
static void
names_in_tables_match_the_program(void **state)
{
	struct place *p = *state;

	for (int old = 0; old < 2; old++) {
		struct store *s;
		struct statement *st;

		unlink(p->scratch.gate);
		if (old)
			make_version_1(p);
		assert_non_null(s = store_open(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
		assert_int_equal(ask(s, "SELECT count(*) FROM reason"), REASON_COUNT);
		assert_non_null(st = store_prepare(s, "SELECT id, name FROM reason"));
		while (store_step(st) == 1)
			assert_string_equal(column_text(st, 1), reason_name((enum reason)column_int(st, 0)));
		assert_int_equal(ask(s, "SELECT count(*) FROM verdict"), VERDICT_COUNT);
		store_close(s);
	}
}

/* A store with a row that is in its write-ahead log only. */
static struct store *
open_with_row(struct place *p)
{
	struct store *s = store_open(p->scratch.gate, &schema_gate, p->why, sizeof p->why);

	assert_non_null(s);
	assert_true(store_run(s, "INSERT OR REPLACE INTO meta VALUES ('row', 7)"));
	assert_int_equal(store_file_state(s), STORE_KEPT);
	assert_int_equal(store_file_state(s), STORE_KEPT);
	return s;
}

static void
overwrite(const char *path)
{
	FILE *out = fopen(path, "r+");

	if (out == NULL)
		out = fopen(path, "w");
	assert_non_null(out);
	fputs("no database at all", out);
	fclose(out);
}

static void
expect_row(struct place *p, const char *path, int64_t rows)
{
	struct store *s = store_open(path, &schema_gate, p->why, sizeof p->why);

	assert_non_null(s);
	assert_int_equal(ask(s, "SELECT count(*) FROM meta WHERE key = 'row'"), rows);
	store_close(s);
}

static void
a_lost_file_is_noticed(void **state)
{
	struct place *p = *state;
	char other[220], aside[200];
	struct store *s;

	/* Renamed: the row goes along, and does not come into the new file. */
	s = open_with_row(p);
	snprintf(other, sizeof other, "%s/other", p->scratch.directory);
	assert_int_equal(rename(p->scratch.gate, other), 0);
	assert_int_equal(store_file_state(s), STORE_GONE);
	assert_true(store_leave(s));
	expect_row(p, other, 1);
	expect_row(p, p->scratch.gate, 0);
	/* Another file in its place, which must not get the log of the one that was there. */
	s = open_with_row(p);
	assert_int_equal(rename(other, p->scratch.gate), 0);
	assert_int_equal(store_file_state(s), STORE_REPLACED);
	assert_true(store_leave(s));
	expect_row(p, p->scratch.gate, 1);
	/* The log alone is gone: it goes back into the file. */
	s = open_with_row(p);
	snprintf(other, sizeof other, "%s-wal", p->scratch.gate);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(store_file_state(s), STORE_LOGLESS);
	assert_true(store_leave(s));
	expect_row(p, p->scratch.gate, 1);
	/* Written over: set aside, with its log. */
	assert_false(store_is_garbage(p->scratch.gate));
	s = open_with_row(p);
	overwrite(p->scratch.gate);
	assert_int_equal(store_file_state(s), STORE_DAMAGED);
	assert_false(store_leave(s));
	assert_true(store_is_garbage(p->scratch.gate));
	assert_true(store_set_aside(p->scratch.gate, 5, aside, sizeof aside));
	assert_non_null(strstr(aside, "/gate.db.damaged-5"));
	assert_int_equal(unlink(aside), 0);
	snprintf(other, sizeof other, "%s-wal", aside);
	assert_int_equal(unlink(other), 0);
	assert_true(store_set_aside(p->scratch.gate, 6, aside, sizeof aside)); /* nothing is there */
	assert_string_equal(aside, "");
	expect_row(p, p->scratch.gate, 0);
}

/* A report that comes while the writer makes its file finds none, or a whole one. */
static void
no_reader_finds_half_a_file(void **state)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	struct place *p = *state;
	char path[100];
	struct store *s;
	int status;

	for (int turn = 0; turn < 100; turn++) {
		pid_t reader = fork();

		assert_true(reader >= 0);
		if (reader == 0) {
			while (access(p->scratch.gate, F_OK) != 0)
				;
			_exit(store_schema_of(p->scratch.gate, p->why, sizeof p->why) == &schema_gate ? 0 : 1);
		}
		usleep(500);
		assert_non_null(s = store_open(p->scratch.gate, &schema_gate, p->why, sizeof p->why));
		assert_int_equal(waitpid(reader, &status, 0), reader);
		store_close(s);
		assert_int_equal(status, 0);
		for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
			snprintf(path, sizeof path, "%s%s", p->scratch.gate, endings[i]);
			unlink(path);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_gate_file_of_version_1_is_upgraded, setup, teardown),
	        cmocka_unit_test_setup_teardown(every_version_is_upgraded_at_once_or_not_at_all, setup, teardown),
	        cmocka_unit_test_setup_teardown(sums_of_floods_become_syns, setup, teardown),
	        cmocka_unit_test_setup_teardown(minutes_of_an_older_file_have_changes, setup, teardown),
	        cmocka_unit_test_setup_teardown(refusals_of_an_older_file_are_unknown, setup, teardown),
	        cmocka_unit_test_setup_teardown(names_in_tables_match_the_program, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_lost_file_is_noticed, setup, teardown),
	        cmocka_unit_test_setup_teardown(no_reader_finds_half_a_file, setup, teardown),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
