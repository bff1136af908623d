/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a database give the same states, labels and evidence, whoever judges them, when, and in how many steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/count/devices.h"
#include "lib/policy/build.h"
#include "lib/policy/event.h"
#include "nfqd/record/gate_rows.h"
#include "lib/labels/judged.h"
#include "nfqd/report/labels.h"
#include "nfqd/query/sources.h"
#include "lib/count/minutes.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#define START (INT64_C(1700002800) * SECOND) /* 2023-11-14T23:00:00Z */
#define MINUTES 300
#define END (START + MINUTES * MINUTE)
#define LATER (END + DAY)
#define HOSTS 24
/* Bits of stacks; the second Linux is a router farther. */
#define LINUX (UINT64_C(1) << 9)
#define LINUX_TOO (UINT64_C(1) << 10)
#define WINDOWS (UINT64_C(1) << 5)

struct place {
	char directory[64], file[80];
	struct config config;
	struct gate_rows *gate;
	struct minutes *minutes;
	struct devices *devices;
	int64_t until; /* of reports */
};

static uint32_t
random_below(uint32_t n)
{
	return (uint32_t)(random() % n);
}

static void
open_gate(struct place *p)
{
	char why[256];

	p->gate = gate_rows_open(&p->config, why, sizeof why);
	assert_non_null(p->gate);
}

static int
setup(void **state)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};
	struct place *p = calloc(1, sizeof *p);

	srandom(7);
	p->until = LATER;
	*state = p;
	snprintf(p->directory, sizeof p->directory, "/tmp/test_judged.XXXXXX");
	if (mkdtemp(p->directory) == NULL)
		return 1;
	snprintf(p->file, sizeof p->file, "%s/gate.db", p->directory);
	p->config = (struct config){
	        .database = p->directory, .judge = judge_defaults, .policy = policy_build(&nothing), .keep = 0};
	p->minutes = minutes_new(8192, 1);
	p->devices = devices_new();
	open_gate(p);
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char command[128];

	gate_rows_close(p->gate);
	minutes_free(p->minutes);
	devices_free(p->devices);
	free(p->config.policy);
	snprintf(command, sizeof command, "rm -r %s", p->directory);
	if (system(command) != 0)
		return 1;
	free(p);
	return 0;
}

/* Hosts 0 to 3 of every eight are one device in IPv4 and IPv6 each; 4 stands behind a router, whose address speaks for
 * others from the middle on. */
static struct addr
host_number(uint32_t n)
{
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, (uint8_t)(n % 12), [15] = (uint8_t)n};

	return n >= 12 ? addr_v6(v6) : addr_v4((uint8_t[]){10, 1, 0, (uint8_t)n});
}

static void
saw_device(struct place *p, uint32_t n, int64_t when)
{
	struct addr host = host_number(n);
	uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)(n % 12)};

	if (n % 12 < 4)
		assert_true(devices_saw(p->devices, &host, mac, when));
	mac[5] = 99;
	if (n == 4 || (n == 5 && when > START + END / 2 - START / 2))
		assert_true(devices_saw(p->devices, &host, mac, when));
}

/* One opening: bots go to ever new networks, others to few, some in floods, some that are listed. */
static void
open_one(struct place *p, uint32_t n, int64_t when)
{
	static const struct addr nowhere;
	struct addr host = host_number(n);
	uint32_t kind = n % 6, to = random_below(kind == 0 ? 4000 : kind == 1 ? 40 : 3);
	struct addr destination;
	bool flood = random_below(40) == 0, listed = kind == 5 && random_below(4) != 0;
	uint8_t reason = flood                  ? REASON_FLOOD
	                 : listed               ? REASON_LISTED
	                 : random_below(5) == 0 ? REASON_DENY_TO
	                                        : REASON_STRANGER;
	struct minute_row *row;

	/* Every ten minutes a new network, and back: up and down without end. */
	if (kind == 2)
		to = random_below(3) == 0 ? (uint32_t)((when - START) / (10 * MINUTE)) : 0;
	destination = addr_v4((uint8_t[]){(uint8_t)(20 + to / 256), (uint8_t)to, 9, (uint8_t)(to % 3)});
	row = (flood ? minutes_after
	             : minutes_at)(p->minutes, when,
	                           &(struct minute_key){.host = host,
	                                                .destination = flood ? nowhere : destination,
	                                                .port = 25,
	                                                .verdict = listed ? VERDICT_PASS : (uint8_t)(1 + n % 2),
	                                                .reason = reason});

	assert_non_null(row);
	if (flood)
		row->count[GATE_SYNS] += 1 + random_below(400);
	else
		row->count[random_below(5) == 0 ? GATE_RETRANSMITS : GATE_ATTEMPTS]++;
	if (!listed && !flood)
		row->count[GATE_STACKS] |= n % 3 == 0 && random_below(2) == 0 ? WINDOWS : LINUX;
	saw_device(p, n, when);
}

static void
write_rows(struct place *p)
{
	assert_true(gate_rows_begin(p->gate) && minutes_each(p->minutes, gate_rows_put, p->gate) &&
	            gate_rows_put_devices(p->gate, p->devices) && gate_rows_commit(p->gate));
	minutes_clear(p->minutes);
	devices_clear(p->devices);
}

static void
judge_all(struct place *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_judge(p->gate, now, NULL, &more));
}

/* Five hours as the recorder lives through them: rows in parts, judged as time goes by, started again at random. */
static void
live(struct place *p)
{
	for (int64_t minute = START; minute < END; minute += MINUTE) {
		for (int part = 0; part < 3; part++) {
			for (uint32_t n = 0; n < HOSTS; n++)
				if (random_below(n % 6 == 0 ? 4 : 9) == 0)
					open_one(p, n, minute + part * 20 * SECOND + random_below(20000) * 1000);
			write_rows(p);
			if (random_below(2) == 0)
				judge_all(p, minute + (part + 1) * 20 * SECOND);
			if (random_below(15) == 0) {
				gate_rows_close(p->gate);
				open_gate(p);
			}
		}
	}
	judge_all(p, LATER);
}

/* Everything in the judge's tables, as one text. */
static char *
dump(const struct place *p)
{
	static const char *const all[] = {
	        "SELECT hex(who) || label || certainty || since || score || last || steps || later_label || later_certainty || tried"
	        " || hex(state) || hex(usual) || unusual_since || ' ' || unusual_until FROM judged JOIN judged_state USING (who)"
	        " ORDER BY who",
	        "SELECT hex(host) || hex(who) FROM judged_host ORDER BY host",
	        ("SELECT hex(who) || at || from_label || from_certainty || to_label || to_certainty || reasons FROM label"
	         " ORDER BY who, at"),
	        "SELECT hex(who) || n || at || hex(network) || fresh || step || score FROM step ORDER BY who, n",
	};
	char why[256], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct store *s = store_open_readonly(p->file, &schema_gate, why, sizeof why);

	assert_non_null(s);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct statement *st = store_prepare(s, all[i]);

		assert_non_null(st);
		while (store_step(st) == 1)
			fprintf(out, "%s\n", column_text(st, 0));
	}
	store_close(s);
	fclose(out);
	return text;
}

static void
change(const struct place *p, const char *sql)
{
	char why[256];
	struct store *s = store_open(p->file, &schema_gate, why, sizeof why);

	assert_non_null(s);
	assert_true(store_run(s, sql));
	store_close(s);
}

static int64_t
count(const struct place *p, const char *sql)
{
	char why[256];
	struct store *s = store_open_readonly(p->file, &schema_gate, why, sizeof why);
	struct statement *st;
	int64_t n;

	assert_non_null(s);
	st = store_prepare(s, sql);
	assert_non_null(st);
	assert_int_equal(store_step(st), 1);
	n = column_int(st, 0);
	store_close(s);
	return n;
}

static void
assert_same(const char *left, const char *right)
{
	assert_true(strlen(left) > 1000);
	assert_string_equal(left, right);
}

/* Minute by minute with restarts, all at once, and with the caches dropped: the same bytes. */
static void
test_same(void **state)
{
	struct place *p = *state;
	char *lived, *again;

	live(p);
	lived = dump(p);
	assert_int_equal(count(p, "SELECT count(*) FROM judged WHERE label = 7") > 3, 1);
	assert_int_equal(count(p, "SELECT count(DISTINCT label) FROM judged") > 1, 1);
	assert_int_equal(count(p, "SELECT count(*) > 3 FROM judged WHERE hex(who) LIKE '02%'"), 1);
	gate_rows_close(p->gate);
	change(p, "DELETE FROM meta WHERE key = 'judge'");
	open_gate(p);
	judge_all(p, LATER);
	again = dump(p);
	assert_same(lived, again);
	free(lived);
	free(again);
}

/* A budget of time that is over at every `every`-th question. */
struct clock {
	int asked, every;
};

static bool
has_time(void *arg)
{
	struct clock *c = arg;

	return ++c->asked % c->every != 0;
}

/* A tick ends when its time is over, at any point, and the next one continues: the same bytes, nothing left out. */
static void
test_time(void **state)
{
	struct place *p = *state;
	char *lived, *again;

	live(p);
	lived = dump(p);
	for (int every = 1; every < 50; every += 3) { /* looks at the clock until a tick is over */
		struct clock clock = {.every = every};
		const struct judged_time time = {has_time, &clock};
		int64_t until = 0;
		bool more = true;
		int ticks = 0;

		gate_rows_close(p->gate);
		change(p, "DELETE FROM meta WHERE key = 'judge'");
		open_gate(p);
		assert_int_equal(gate_rows_judged_until(p->gate), 0);
		for (; more; ticks++) {
			assert_true(gate_rows_judge(p->gate, LATER, &time, &more));
			assert_int_equal(more, clock.asked == every * (ticks + 1));
			assert_true(gate_rows_judged_until(p->gate) >= until);
			until = gate_rows_judged_until(p->gate);
			assert_int_equal(until < END, more);
		}
		assert_true(every == 1 ? ticks > 5 : every == 4 ? ticks > 1 : ticks > 0);
		assert_true(every < 46 || ticks == 1);
		again = dump(p);
		assert_same(lived, again);
		free(again);
	}
	free(lived);
}

/* The error can be read, and rows can be written afterwards. */
static void
test_failure(void **state)
{
	struct place *p = *state;
	bool more;

	live(p);
	gate_rows_close(p->gate);
	change(p, "DELETE FROM meta WHERE key = 'judge'");
	open_gate(p);
	change(p, "DROP TABLE step");
	assert_false(gate_rows_judge(p->gate, LATER, NULL, &more));
	assert_non_null(strstr(gate_rows_error(p->gate), "no such table"));
	assert_int_equal(gate_rows_file_state(p->gate), STORE_KEPT);
	gate_rows_rollback(p->gate);
	assert_true(gate_rows_begin(p->gate) && gate_rows_commit(p->gate));
}

/* The sum of the steps is the score; more than 64 are folded. */
static void
test_steps(void **state)
{
	struct place *p = *state;

	live(p);
	assert_int_equal(count(p, "SELECT count(*) FROM judged WHERE abs(score - coalesce((SELECT sum(step) FROM step"
	                          " WHERE step.who = judged.who), 0)) > 1e-6"),
	                 0);
	assert_int_equal(count(p, "SELECT count(*) > 5 FROM judged WHERE steps > 1"), 1);
	assert_int_equal(count(p, "SELECT max(c) <= 65 FROM (SELECT count(*) AS c FROM step GROUP BY who)"), 1);
	assert_int_equal(count(p, "SELECT count(*) > 0 FROM step WHERE n = 0"), 1);
}

/* The labels of a report: on top of the tables, from the middle on, and again from the start. */
static struct report *
read_labels(struct place *p, bool again, struct history *evidence, const struct addr *host)
{
	struct query query = {.since = 0, .until = p->until, .now = p->until, .host = host};
	struct labels_request request = {
	        .query = &query, .parameters = judge_defaults, .again = again, .evidence = evidence};
	struct report *r = report_new(0, p->until);
	struct labels_set *set;
	struct source source;
	char why[256];

	assert_true(source_open(&source, p->file, why, sizeof why));
	for (uint32_t n = 0; n < HOSTS; n++) {
		struct row row = {.host = host_number(n), .minute = START / MINUTE, .attempts = 1};

		report_row(r, &row);
	}
	set = labels_read(&request, &(struct sources){.list = &source, .count = 1}, r, why, sizeof why);
	assert_non_null(set);
	for (uint32_t n = 0; host == NULL && n < HOSTS; n++) {
		struct judgement label = r->hosts[n].judgement;
		struct addr of = host_number(n);

		/* In short and in full. */
		assert_true(labels_about(set, &of, why, sizeof why));
		assert_int_equal(label.label, r->hosts[n].judgement.label);
		assert_int_equal(label.certainty, r->hosts[n].judgement.certainty);
		assert_true(label.score == r->hosts[n].judgement.score && label.last == r->hosts[n].judgement.last);
	}
	labels_free(set);
	source_close(&source);
	return r;
}

static void
assert_same_labels(const struct report *a, const struct report *b)
{
	size_t judged = 0, several = 0;

	for (size_t n = 0; n < HOSTS; n++) {
		assert_int_equal(a->hosts[n].judged, b->hosts[n].judged);
		judged += a->hosts[n].judged;
		assert_memory_equal(&a->hosts[n].judgement, &b->hosts[n].judgement, sizeof a->hosts[n].judgement);
	}
	assert_true(judged > HOSTS / 2);
	for (size_t n = 0; n < HOSTS; n++)
		several += a->hosts[n].judgement.machines > 1;
	assert_in_range(several, 2, HOSTS / 2);
}

static void
test_reports(void **state)
{
	struct place *p = *state;
	struct addr bot = host_number(2); /* whose steps are folded */
	struct history stored = {.step_count = 0}, fresh = {.step_count = 0}, half = {.step_count = 0};
	struct report *tables, *again, *rest;
	double sum = 0;

	live(p);
	tables = read_labels(p, false, NULL, NULL);
	again = read_labels(p, true, NULL, NULL);
	assert_same_labels(tables, again);
	report_free(read_labels(p, false, &stored, &bot));
	report_free(read_labels(p, true, &fresh, &bot));
	/* The tables end in the middle; the report judges the rest. */
	gate_rows_close(p->gate);
	change(p, "DELETE FROM meta WHERE key = 'judge'");
	open_gate(p);
	judge_all(p, START + 100 * MINUTE + 30 * SECOND);
	rest = read_labels(p, false, NULL, NULL);
	assert_same_labels(tables, rest);
	report_free(read_labels(p, false, &half, &bot));
	assert_int_equal(stored.step_count, fresh.step_count);
	assert_int_equal(stored.step_count, half.step_count);
	assert_int_equal(stored.change_count, fresh.change_count);
	assert_int_equal(stored.change_count, half.change_count);
	assert_true(stored.change_count > 0 && stored.step_count > JUDGING_STEPS);
	for (size_t n = 0; n < stored.step_count; n++) {
		assert_int_equal(stored.steps[n].when, half.steps[n].when);
		assert_true(stored.steps[n].score == half.steps[n].score &&
		            stored.steps[n].score == fresh.steps[n].score);
		sum += stored.steps[n].step;
	}
	assert_true(fabs(sum - report_host(tables, &bot)->judgement.score) < 1e-6);
	for (size_t n = 0; n < stored.change_count; n++)
		assert_string_equal(stored.changes[n].reasons, half.changes[n].reasons);
	report_free(tables);
	report_free(again);
	report_free(rest);
	history_free(&stored);
	history_free(&fresh);
	history_free(&half);
}

/* A minute's attempt of the host with these stacks. */
static void
open_with(struct place *p, uint32_t n, int64_t minute, uint64_t stacks)
{
	struct addr host = host_number(n), to = addr_v4((uint8_t[]){203, 0, 113, 5});
	struct minute_row *row = minutes_at(p->minutes, START + minute * MINUTE,
	                                    &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

	assert_non_null(row);
	row->count[GATE_ATTEMPTS]++;
	row->count[GATE_STACKS] |= stacks;
	saw_device(p, n, START + minute * MINUTE);
	write_rows(p);
}

static uint32_t
machines(const struct report *r, uint32_t n)
{
	struct addr host = host_number(n);

	return report_host((struct report *)r, &host)->judgement.machines;
}

/* Hosts 0 and 12 are one device, 6 to 8 have an address each. */
static void
test_several_machines(void **state)
{
	struct place *p = *state;
	struct report *r;

	for (int64_t n = 0; n < 12; n++) {
		open_with(p, 6, n, n % 2 == 0 ? LINUX : WINDOWS);
		open_with(p, 7, n, n < 6 ? LINUX : WINDOWS);                        /* another lease */
		open_with(p, 8, n, n % 2 == 0 ? LINUX : LINUX_TOO);                 /* another way */
		open_with(p, n % 2 == 0 ? 0 : 12, n, n % 2 == 0 ? WINDOWS : LINUX); /* a hop limit of the router's */
		open_with(p, 9, 55 + n, n % 2 == 0 ? LINUX : WINDOWS);              /* over the end of an hour */
		open_with(p, 10, 59 * n, n % 2 == 0 ? LINUX : WINDOWS);             /* too seldom */
	}
	open_with(p, 11, 0, LINUX | WINDOWS);
	open_with(p, 11, 1, LINUX | WINDOWS);
	judge_all(p, START + 2 * MINUTE + 30 * SECOND);
	r = read_labels(p, false, NULL, NULL);
	assert_int_equal(machines(r, 6), 2);
	assert_int_equal(machines(r, 7), 0);
	assert_int_equal(machines(r, 8), 0);
	assert_int_equal(machines(r, 0), 0);
	assert_int_equal(machines(r, 9), 2);
	assert_int_equal(machines(r, 10), 0);
	assert_int_equal(machines(r, 11), 0);
	report_free(r);
	open_with(p, 11, 2, LINUX | WINDOWS);
	r = read_labels(p, false, NULL, NULL);
	assert_int_equal(machines(r, 11), 2);
	report_free(r);
	/* One row for each hour and stack, whatever is written how often. */
	assert_int_equal(count(p, "SELECT count(*) FROM syn_stack WHERE hex(host) = '0A010006'"), 2);
	assert_int_equal(count(p, "SELECT sum(minutes) FROM syn_stack WHERE hex(host) = '0A010006'"), 0xfff);
	assert_int_equal(count(p, "SELECT minutes FROM syn_stack WHERE hex(host) = '0A01000B' LIMIT 1"), 7);
}

/* A minute's attempt of the host, to a destination of its own, with the timestamp of a clock that began so long before.
 */
static void
open_at(struct place *p, uint32_t n, int64_t minute, int64_t ran)
{
	struct addr host = host_number(n), to = addr_v4((uint8_t[]){203, 0, 113, (uint8_t)minute});
	int64_t when = START + minute * MINUTE + 20 * SECOND, ms = SECOND / 1000;
	struct minute_row *row =
	        minutes_at(p->minutes, when, &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

	assert_non_null(row);
	row->count[GATE_ATTEMPTS]++;
	minutes_clock(row, when, (uint32_t)((when - START + ran) / ms));
	minutes_clock(row, when + SECOND, 12345); /* a later one is ignored */
	write_rows(p);
}

/* Whatever is written in how many steps, and judged again: of each minute the earliest counts. */
static void
test_clocks(void **state)
{
	struct place *p = *state;
	struct report *r;

	for (int64_t n = 0; n < 12; n++) {
		open_at(p, 6, n, n % 2 == 0 ? DAY : 3 * DAY);
		open_at(p, 7, n, n < 6 ? DAY : 0);                              /* started anew */
		open_at(p, 8, n, DAY + n * HOUR);                               /* another begin for each destination */
		open_at(p, 9, 55 + n, n % 2 == 0 ? DAY : 3 * DAY);              /* over the end of an hour */
		open_at(p, 10, 59 * n, n % 2 == 0 ? DAY : 3 * DAY);             /* too seldom */
		open_at(p, n % 2 == 0 ? 0 : 12, n, n % 2 == 0 ? DAY : 3 * DAY); /* one device, two addresses */
	}
	judge_all(p, START + 2 * MINUTE + 30 * SECOND);
	for (int again = 0; again < 2; again++) {
		r = read_labels(p, again == 1, NULL, NULL);
		assert_int_equal(machines(r, 6), 2);
		assert_int_equal(machines(r, 7), 0);
		assert_int_equal(machines(r, 8), 0);
		assert_int_equal(machines(r, 9), 2);
		assert_int_equal(machines(r, 10), 0);
		assert_int_equal(machines(r, 0), 0);
		report_free(r);
	}
	/* One row per minute; a row of many destinations has no timestamp. */
	assert_int_equal(count(p, "SELECT count(*) FROM syn_clock WHERE hex(host) = '0A010006'"), 12);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_clock WHERE value = 12345"), 0);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_clock WHERE at / 60000000 <> hour * 60 + minute"), 0);
}

/* An earlier opening that is written later, as several gates may hand them over. */
static void
test_the_earliest_timestamp_of_a_minute(void **state)
{
	struct place *p = *state;
	struct addr host = host_number(6);

	for (uint8_t n = 0; n < 4; n++) {
		static const int seconds[] = {30, 40, 10, 20};
		struct addr to = addr_v4((uint8_t[]){203, 0, 113, n});
		int64_t when = START + seconds[n] * SECOND;
		struct minute_row *row = minutes_at(
		        p->minutes, when, &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

		row->count[GATE_ATTEMPTS]++;
		minutes_clock(row, when, 100U + n);
		write_rows(p);
	}
	/* A restarted writer has lost its cache of written rows. */
	gate_rows_close(p->gate);
	open_gate(p);
	minutes_clock(minutes_at(p->minutes, START + 50 * SECOND,
	                         &(struct minute_key){0, host, host, 25, VERDICT_DROP, REASON_STRANGER}),
	              START + 50 * SECOND, 105);
	minutes_at(p->minutes, START + 50 * SECOND,
	           &(struct minute_key){0, host, host, 25, VERDICT_DROP, REASON_STRANGER})
	        ->count[GATE_ATTEMPTS]++;
	write_rows(p);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_clock"), 1);
	assert_int_equal(count(p, "SELECT value FROM syn_clock"), 102);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_clock WHERE hex(destination) = 'CB007102'"), 1);
	assert_int_equal(count(p, "SELECT at - hour * 3600000000 - minute * 60000000 FROM syn_clock"), 10 * SECOND);
	p->config.keep = HOUR;
	assert_true(gate_rows_prune(p->gate, START + 2 * HOUR));
	assert_int_equal(count(p, "SELECT count(*) FROM syn_clock"), 0);
}

/* Taken back with its transaction, and written again; gone with the minutes. */
static void
test_stacks_are_kept_as_long_as_minutes(void **state)
{
	struct place *p = *state;
	struct addr host = host_number(6), to = addr_v4((uint8_t[]){203, 0, 113, 5});
	struct minute_row *row =
	        minutes_at(p->minutes, START, &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

	row->count[GATE_ATTEMPTS]++;
	row->count[GATE_STACKS] |= LINUX;
	assert_true(gate_rows_begin(p->gate) && minutes_each(p->minutes, gate_rows_put, p->gate));
	gate_rows_rollback(p->gate);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_stack"), 0);
	write_rows(p);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_stack"), 1);
	open_with(p, 6, 60, LINUX);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_stack"), 2);
	p->config.keep = HOUR;
	assert_true(gate_rows_prune(p->gate, START + 2 * HOUR));
	assert_int_equal(count(p, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(count(p, "SELECT count(*) FROM syn_stack"), 1);
}

/* A table in memory, for judging in the smallest steps. */
struct memory {
	struct judge_key who[HOSTS * 3];
	struct judging_state state[HOSTS * 3];
	size_t count;
};

static struct judging_state *
find(struct memory *m, const struct judge_key *who)
{
	size_t n = 0;

	while (n < m->count && memcmp(&m->who[n], who, sizeof *who) != 0)
		n++;
	assert_true(n < HOSTS * 3);
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
judge_in_steps(struct place *p, struct memory *m, size_t most)
{
	struct judging_sink sink = {m, load, save, no_step, no_change};
	struct judging_place at = {0};
	char why[256];
	struct store *s = store_open_readonly(p->file, &schema_gate, why, sizeof why);
	struct judging *g = judging_new(s, false, NULL, &judge_defaults, &sink);
	bool more = true;

	memset(m, 0, sizeof *m);
	assert_non_null(g);
	for (int steps = 0; more; steps++) {
		assert_true(steps < 2 * HOSTS * MINUTES);
		assert_true(judging_run(g, &at, LATER / MINUTE, most, &more));
	}
	judging_free(g);
	store_close(s);
}

static void
test_small_steps(void **state)
{
	static struct memory one, all;

	live(*state);
	judge_in_steps(*state, &one, 1);
	judge_in_steps(*state, &all, SIZE_MAX);
	assert_true(one.count > HOSTS / 2);
	assert_memory_equal(&one, &all, sizeof one);
}

/* Rows whose host is no address, wherever a step ends: they are nobody's, and those around them are judged. */
static void
test_hosts_that_are_none(void **state)
{
	struct place *p = *state;
	static struct memory sound, damaged;

	for (uint32_t n = 0; n < HOSTS; n++)
		open_one(p, n, START + n % 2 * MINUTE);
	write_rows(p);
	judge_in_steps(p, &sound, 1);
	assert_true(sound.count > HOSTS / 2);
	change(p,
	       "INSERT INTO attempt (minute, host, destination, port, verdict, reason, attempts, retransmits,"
	       " destinations, first, last) SELECT minute, bad, destination, port, verdict, reason, attempts, retransmits,"
	       " destinations, first, last FROM attempt JOIN (SELECT x'' AS bad UNION SELECT x'05' UNION SELECT x'0A01000301'"
	       " UNION SELECT x'20010DB8000100000000000000000000FF' UNION SELECT x'20010DB800010000000000000000000F01'"
	       " UNION SELECT x'FFFFFFFFFF') GROUP BY minute, bad");
	assert_int_equal(count(p, "SELECT count(*) FROM attempt WHERE length(host) NOT IN (4, 16)"), 12);
	judge_in_steps(p, &damaged, 1);
	assert_memory_equal(&sound, &damaged, sizeof sound);
	judge_in_steps(p, &damaged, SIZE_MAX);
	assert_memory_equal(&sound, &damaged, sizeof sound);
}

/* Where judging has come to cannot be: all is judged anew. */
static void
test_places_that_are_none(void **state)
{
	static const char *const until[] = {"-1", "-9223372036854775807", "9223372036854775807", "4223371681"};
	struct place *p = *state;
	char *before, *after, sql[128];

	live(p);
	before = dump(p);
	for (size_t n = 0; n < sizeof until / sizeof *until; n++) {
		gate_rows_close(p->gate);
		snprintf(sql, sizeof sql, "UPDATE meta SET value = %s WHERE key = 'judged_until'", until[n]);
		change(p, sql);
		open_gate(p);
		assert_int_equal(gate_rows_judged_until(p->gate), 0);
		report_free(read_labels(p, false, NULL, NULL));
		judge_all(p, LATER);
		after = dump(p);
		assert_same(before, after);
		free(after);
	}
	free(before);
}

/* Minutes and moments that are none: rows are not judged, states are read as of the nearest moment. */
static void
test_times_that_are_none(void **state)
{
	struct place *p = *state;
	struct judging_place at = {.minute = INT64_MIN};
	struct memory *m = calloc(1, sizeof *m);
	struct judging_sink sink = {m, load, save, no_step, no_change};
	struct judging_state s;
	struct statement *st;
	struct judging *g;
	struct store *store;
	char why[256];
	bool more;

	open_at(p, 6, 0, DAY);
	judge_all(p, LATER);
	for (int n = 0; n < 2; n++) {
		static const char *const changes[] = {
		        "UPDATE syn_clock SET hour = 0; UPDATE attempt SET minute = -7",
		        "UPDATE attempt SET minute = 9223372036854775806",
		};

		gate_rows_close(p->gate);
		change(p, changes[n]);
		open_gate(p);
		store = store_open_readonly(p->file, &schema_gate, why, sizeof why);
		assert_non_null(g = judging_new(store, false, NULL, &judge_defaults, &sink));
		at.minute = INT64_MIN;
		assert_true(judging_run(g, &at, INT64_MAX, SIZE_MAX, &more));
		assert_int_equal(at.minute, INT64_MAX);
		assert_int_equal(m->count, 0);
		judging_free(g);
		store_close(store);
	}
	gate_rows_close(p->gate);
	change(p, "UPDATE judged SET since = -1, last = 9223372036854775807,"
	          " unusual_since = -9223372036854775807, unusual_until = 1");
	open_gate(p);
	report_free(read_labels(p, false, NULL, NULL));
	change(p, "UPDATE judged SET tried = 253402300800000000");
	store = store_open_readonly(p->file, &schema_gate, why, sizeof why);
	st = store_prepare(store, "SELECT " JUDGED_COLUMNS " FROM judged");
	assert_int_equal(store_step(st), 1);
	judged_column(st, 0, false, &s);
	assert_true(s.since == 0 && s.unusual_since == 0 && s.unusual_until == 0);
	assert_int_equal(s.last, WHEN_END - 1);
	assert_int_equal(s.tried, WHEN_END - 1);
	store_close(store);
	free(m);
}

/* States of other parameters are not gone on with; damaged ones are dropped, and counted. */
static void
test_other_states(void **state)
{
	struct place *p = *state;
	char *before, *after;

	live(p);
	before = dump(p);
	gate_rows_close(p->gate);
	p->config.judge.networks = 5;
	open_gate(p);
	judge_all(p, LATER);
	after = dump(p);
	assert_string_not_equal(before, after);
	free(after);
	gate_rows_close(p->gate);
	p->config.judge = judge_defaults;
	open_gate(p);
	judge_all(p, LATER);
	after = dump(p);
	assert_same(before, after);
	free(before);
	free(after);
	gate_rows_close(p->gate);
	change(p, "UPDATE judged_state SET state = x'0102'");
	open_gate(p);
	open_one(p, 1, LATER + DAY);
	write_rows(p);
	assert_int_equal(gate_rows_judge_dropped(p->gate), 0);
	judge_all(p, LATER + 2 * DAY);
	assert_int_equal(gate_rows_judge_dropped(p->gate), 1);
	report_free(read_labels(p, false, NULL, NULL));
}

/* A listed host, 10.1.0.11: `openings` in a minute, each to another network. */
static void
send_mail(struct place *p, int64_t when, uint32_t openings)
{
	struct addr host = host_number(11);

	for (uint32_t n = 0; n < openings; n++) {
		struct addr to = addr_v4((uint8_t[]){60, 1, (uint8_t)n, 25});

		minutes_at(p->minutes, when, &(struct minute_key){0, host, to, 25, VERDICT_PASS, REASON_LISTED})
		        ->count[GATE_ATTEMPTS]++;
	}
	write_rows(p);
}

/* A listed host of a week that goes mad is told so within the hour: live, with restarts, in memory, and once more from
 * the start, by the same bytes. Before that nothing is said of it. */
static void
test_unusual(void **state)
{
	struct place *p = *state;
	int64_t mad = START + 6 * DAY;
	struct report *stored, *fresh, *half;
	char *lived, *again;

	for (int64_t when = START; when < mad; when += HOUR / 2) {
		send_mail(p, when, 1 + random_below(9));
		judge_all(p, when + 2 * MINUTE);
		if (random_below(9) == 0) {
			gate_rows_close(p->gate);
			open_gate(p);
		}
	}
	assert_int_equal(count(p, "SELECT count(*) FROM judged WHERE unusual_until > 0"), 0);
	for (int n = 0; n < 100; n++)
		send_mail(p, mad + n * MINUTE, 30);
	judge_all(p, mad + 3 * MINUTE + 20 * SECOND);
	assert_int_equal(count(p, "SELECT count(*) FROM judged WHERE unusual_until > 0"), 0);
	judge_all(p, mad + 4 * MINUTE + 20 * SECOND);
	assert_int_equal(count(p, "SELECT unusual_until FROM judged WHERE unusual_until > 0"), mad + HOUR);
	p->until = mad + DAY;
	half = read_labels(p, false, NULL, NULL);
	judge_all(p, mad + DAY);
	assert_int_equal(count(p, "SELECT unusual_until - unusual_since FROM judged WHERE unusual_until > 0"),
	                 2 * HOUR);
	assert_int_equal(count(p, "SELECT count(*) FROM label WHERE from_label = 1 AND to_label = 1 AND"
	                          " reasons LIKE 'unusual for it: 120 openings to % networks in the hour from %'"),
	                 1);
	lived = dump(p);
	gate_rows_close(p->gate);
	change(p, "DELETE FROM meta WHERE key = 'judge'");
	open_gate(p);
	judge_all(p, mad + DAY);
	again = dump(p);
	assert_same(lived, again);
	stored = read_labels(p, false, NULL, NULL);
	fresh = read_labels(p, true, NULL, NULL);
	for (size_t n = 0; n < HOSTS; n++) {
		const struct host *h = &stored->hosts[n];

		assert_int_equal(h->judgement.unusual.hours, n == 11 ? 2 : 0);
		assert_memory_equal(&h->judgement.unusual, &fresh->hosts[n].judgement.unusual,
		                    sizeof h->judgement.unusual);
		assert_memory_equal(&h->judgement.unusual, &half->hosts[n].judgement.unusual,
		                    sizeof h->judgement.unusual);
		assert_memory_equal(&h->judgement.usual, &fresh->hosts[n].judgement.usual, sizeof h->judgement.usual);
	}
	assert_true(stored->hosts[11].unusual);
	assert_int_equal(stored->hosts[11].judgement.label, LABEL_LISTED);
	assert_int_equal(stored->hosts[11].judgement.unusual.openings, 1800);
	report_free(stored);
	report_free(fresh);
	report_free(half);
	free(lived);
	free(again);
	/* Damaged bytes lose the usual hour, and nothing else. */
	gate_rows_close(p->gate);
	change(p, "UPDATE judged_state SET usual = x'0102' WHERE usual <> x''");
	open_gate(p);
	send_mail(p, mad + 2 * DAY, 1);
	judge_all(p, mad + 3 * DAY);
	assert_int_equal(gate_rows_judge_dropped(p->gate), 1);
	assert_int_equal(count(p, "SELECT label FROM judged"), LABEL_LISTED);
}

/* A clock that was put back: new rows are judged. */
static void
test_clock(void **state)
{
	struct place *p = *state;
	int64_t before;

	live(p);
	open_one(p, 23, LATER + 10 * DAY);
	write_rows(p);
	judge_all(p, LATER + 11 * DAY);
	before = count(p, "SELECT count(*) FROM judged WHERE last > 1700200000000000");
	open_one(p, 22, LATER + 3 * DAY);
	write_rows(p);
	judge_all(p, LATER + 3 * DAY);
	judge_all(p, LATER + 3 * DAY + 2 * MINUTE);
	assert_int_equal(count(p, "SELECT count(*) FROM judged WHERE last > 1700200000000000"), before + 1);
}

/* A host's state is deleted with its last row. */
static void
test_prune(void **state)
{
	struct place *p = *state;

	live(p);
	open_one(p, 1, LATER + DAY);
	write_rows(p);
	judge_all(p, LATER + 2 * DAY);
	assert_true(gate_rows_prune(p->gate, LATER + 2 * DAY));
	assert_true(count(p, "SELECT count(*) FROM judged") > 5);
	change(p, "DELETE FROM attempt WHERE minute < 28335500");
	assert_true(gate_rows_prune(p->gate, LATER + 2 * DAY));
	assert_int_equal(count(p, "SELECT count(*) FROM judged"), 1);
	assert_int_equal(count(p, "SELECT count(DISTINCT who) FROM label") <= 1, 1);
	assert_int_equal(count(p, "SELECT count(DISTINCT who) FROM step") <= 1, 1);
	assert_true(count(p, "SELECT count(*) FROM judged_host") <= 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_same, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_time, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_failure, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_reports, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_small_steps, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_hosts_that_are_none, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_places_that_are_none, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_times_that_are_none, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_other_states, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_unusual, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_clock, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_prune, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_several_machines, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_clocks, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_the_earliest_timestamp_of_a_minute, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_stacks_are_kept_as_long_as_minutes, setup, teardown),
	};

	return cmocka_run_group_tests_name("judged", tests, NULL, NULL);
}
