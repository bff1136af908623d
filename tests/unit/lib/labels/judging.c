/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging into memory: steps of any size, damaged rows, places and times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/policy/event.h"
#include "nfqd/record/gate_rows.h"
#include "lib/labels/judged.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "tests/unit/common/gate_log.h"
#include "tests/unit/common/scratch.h"

/* A table in memory, for judging in the smallest steps. */
struct memory {
	struct judge_key who[LOG_HOSTS * 3];
	struct judging_state state[LOG_HOSTS * 3];
	size_t count;
};

static struct judging_state *
find(struct memory *m, const struct judge_key *who)
{
	size_t n = 0;

	while (n < m->count && memcmp(&m->who[n], who, sizeof *who) != 0)
		n++;
	assert_true(n < LOG_HOSTS * 3);
	m->who[n] = *who;
	m->count += n == m->count;
	return &m->state[n];
}

static bool
load(void *arg, const struct judge_key *who, struct judging_state *out)
{
	*out = *find(arg, who);
	return true;
}

static bool
save(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s)
{
	(void)host;
	*find(arg, who) = *s;
	return true;
}

static bool
no_step(void *arg, const struct judge_key *who, const struct judging_step *s)
{
	(void)arg, (void)who, (void)s;
	return true;
}

static bool
no_change(void *arg, const struct judge_key *who, const struct judging_change *c)
{
	(void)arg, (void)who, (void)c;
	return true;
}

static void
judge_in_steps(struct gate_log *p, struct memory *m, size_t most)
{
	struct judging_sink sink = {m, load, save, no_step, no_change};
	struct judging_place at = {0};
	char why[256];
	struct store *s = store_open_readonly(p->scratch.gate, &schema_gate, why, sizeof why);
	struct judging *g = judging_new(s, false, NULL, &judge_defaults, &sink);
	bool more = true;

	memset(m, 0, sizeof *m);
	assert_non_null(g);
	for (int steps = 0; more; steps++) {
		assert_true(steps < 2 * LOG_HOSTS * LOG_MINUTES);
		assert_true(judging_run(g, &at, LOG_LATER / MINUTE, most, &more));
	}
	judging_free(g);
	store_close(s);
}

static void
steps_of_any_size_leave_the_same_states(void **state)
{
	static struct memory one, all;

	gate_log_live(*state);
	judge_in_steps(*state, &one, 1);
	judge_in_steps(*state, &all, SIZE_MAX);
	assert_true(one.count > LOG_HOSTS / 2);
	assert_memory_equal(&one, &all, sizeof one);
}

/* Rows whose host is no address, wherever a step ends: they are nobody's, and those around them are judged. */
static void
rows_without_a_host_are_skipped(void **state)
{
	struct gate_log *p = *state;
	static struct memory sound, damaged;

	for (uint32_t n = 0; n < LOG_HOSTS; n++)
		gate_log_open(p, n, LOG_START + n % 2 * MINUTE);
	gate_log_write(p);
	judge_in_steps(p, &sound, 1);
	assert_true(sound.count > LOG_HOSTS / 2);
	scratch_change(
	        p->scratch.gate,
	        "INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits,"
	        " destinations, first, last) SELECT minute, bad, destination, port, verdict, reason, attempts, retransmits,"
	        " destinations, first, last FROM attempt JOIN (SELECT x'' AS bad UNION SELECT x'05' UNION SELECT x'0A01000301'"
	        " UNION SELECT x'20010DB8000100000000000000000000FF' UNION SELECT x'20010DB800010000000000000000000F01'"
	        " UNION SELECT x'FFFFFFFFFF') GROUP BY minute, bad");
	assert_int_equal(
	        scratch_number(p->scratch.gate, "SELECT count(*) FROM attempt WHERE length(host) NOT IN (4, 16)"), 12);
	judge_in_steps(p, &damaged, 1);
	assert_memory_equal(&sound, &damaged, sizeof sound);
	judge_in_steps(p, &damaged, SIZE_MAX);
	assert_memory_equal(&sound, &damaged, sizeof sound);
}

static enum judge_label
label_of(struct memory *m, uint8_t last)
{
	struct addr host = addr_v4((uint8_t[]){10, 9, 0, last});
	struct judge_key who = judge_key_address(&host);

	return (enum judge_label)find(m, &who)->label;
}

/* SYNs that were only counted are those of their minute, though the shield's count began in the minute before, and say
 * nothing against a listed host. */
static void
syns_belong_to_their_minute_and_to_strangers(void **state)
{
	static struct memory m;
	struct gate_log *p = *state;

	gate_log_reopen(
	        p,
	        "INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits, syns,"
	        " destinations, first, last) VALUES"
	        " (28333380, x'0a090001', x'', 25, 1, 8, 0, 0, 299, 0, 1700002810000000, 1700002850000000),"
	        " (28333381, x'0a090001', x'', 25, 1, 8, 0, 0, 299, 0, 1700002850000000, 1700002900000000),"
	        " (28333380, x'0a090002', x'', 25, 1, 8, 0, 0, 300, 0, 1700002790000000, 1700002850000000),"
	        " (28333380, x'0a090003', x'cb007109', 25, 0, 0, 5, 0, 0, 1, 1700002810000000, 1700002850000000),"
	        " (28333380, x'0a090003', x'cb00710a', 25, 0, 0, 0, 0, 9999, 1, 1700002810000000, 1700002850000000)");
	judge_in_steps(p, &m, SIZE_MAX);
	assert_int_equal(label_of(&m, 1), LABEL_UNKNOWN);
	assert_int_equal(label_of(&m, 2), LABEL_SCANNER);
	assert_int_equal(label_of(&m, 3), LABEL_LISTED);
}

/* Where judging has come to cannot be: all is judged anew. */
static void
an_impossible_place_judges_all_again(void **state)
{
	static const char *const until[] = {"-1", "-9223372036854775807", "9223372036854775807", "4223371681"};
	struct gate_log *p = *state;
	char *before, *after, sql[128];

	gate_log_live(p);
	before = gate_log_dump(p);
	for (size_t n = 0; n < sizeof until / sizeof *until; n++) {
		snprintf(sql, sizeof sql, "UPDATE meta SET value = %s WHERE key = 'judged_until'", until[n]);
		gate_log_reopen(p, sql);
		assert_int_equal(gate_rows_judged_until(p->gate), 0);
		report_free(gate_log_labels(p, false, NULL, NULL));
		gate_log_judge(p, LOG_LATER);
		after = gate_log_dump(p);
		gate_log_assert_same(before, after);
		free(after);
	}
	free(before);
}

/* Minutes and moments that are none: rows are not judged, states are read as of the nearest moment. */
static void
impossible_times_are_skipped_or_clipped(void **state)
{
	struct gate_log *p = *state;
	struct judging_place at = {.minute = INT64_MIN};
	struct memory *m = calloc(1, sizeof *m);
	struct judging_sink sink = {m, load, save, no_step, no_change};
	struct judging_state s;
	struct statement *st;
	struct judging *g;
	struct store *store;
	char why[256];
	bool more;

	gate_log_open_at(p, 6, 0, DAY);
	gate_log_judge(p, LOG_LATER);
	for (int n = 0; n < 2; n++) {
		static const char *const changes[] = {
		        "UPDATE syn_clock SET hour = 0; UPDATE attempt SET minute = -7",
		        "UPDATE attempt SET minute = 9223372036854775806",
		};

		gate_log_reopen(p, changes[n]);
		store = store_open_readonly(p->scratch.gate, &schema_gate, why, sizeof why);
		assert_non_null(g = judging_new(store, false, NULL, &judge_defaults, &sink));
		at.minute = INT64_MIN;
		assert_true(judging_run(g, &at, INT64_MAX, SIZE_MAX, &more));
		assert_int_equal(at.minute, INT64_MAX);
		assert_int_equal(m->count, 0);
		judging_free(g);
		store_close(store);
	}
	gate_log_reopen(p, "UPDATE judged SET since = -1, last = 9223372036854775807,"
	                   " unusual_since = -9223372036854775807, unusual_until = 1");
	report_free(gate_log_labels(p, false, NULL, NULL));
	scratch_change(p->scratch.gate, "UPDATE judged SET tried = 253402300800000000");
	store = store_open_readonly(p->scratch.gate, &schema_gate, why, sizeof why);
	st = store_prepare(store, "SELECT " JUDGED_COLUMNS " FROM judged");
	assert_int_equal(store_step(st), 1);
	judged_column(st, 0, false, &s);
	assert_true(s.since == 0 && s.unusual_since == 0 && s.unusual_until == 0);
	assert_int_equal(s.last, WHEN_END - 1);
	assert_int_equal(s.tried, WHEN_END - 1);
	store_close(store);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(steps_of_any_size_leave_the_same_states, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(rows_without_a_host_are_skipped, gate_log_setup, gate_log_teardown),
	        cmocka_unit_test_setup_teardown(syns_belong_to_their_minute_and_to_strangers, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(an_impossible_place_judges_all_again, gate_log_setup,
	                                        gate_log_teardown),
	        cmocka_unit_test_setup_teardown(impossible_times_are_skipped_or_clipped, gate_log_setup,
	                                        gate_log_teardown),
	};

	return cmocka_run_group_tests_name("judging", tests, NULL, NULL);
}
