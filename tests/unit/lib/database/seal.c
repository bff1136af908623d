/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports from sealed hours say what reports from the minutes say, whatever the period, and whatever happened to the
 * writer in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/policy/build.h"
#include "nfqd/report/breakdown.h"
#include "lib/count/devices.h"
#include "nfqd/record/gate_rows.h"
#include "nfqd/report/hosts.h"
#include "lib/count/minutes.h"
#include "nfqd/query/query.h"
#include "lib/store/store.h"
#include "pcapmon/tally/tally.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"

#define START (INT64_C(1700002800) * SECOND) /* 2023-11-14T23:00:00Z */
#define HOURS 5
#define END (START + HOURS * HOUR)
#define LATER (END + DAY) /* when all of it is over */

struct place {
	char directory[64], file[2][80];
	struct config config;
	struct gate_rows *gate;
	struct wire_rows *wire;
	struct minutes *minutes;
	struct devices *devices;
};

static uint32_t
random_below(uint32_t n)
{
	return (uint32_t)(random() % n);
}

static int
setup(void **state)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};
	struct place *p = calloc(1, sizeof *p);
	char why[256];

	srandom(1);
	*state = p;
	snprintf(p->directory, sizeof p->directory, "/tmp/test_seal.XXXXXX");
	if (mkdtemp(p->directory) == NULL)
		return 1;
	snprintf(p->file[SIDE_GATE], sizeof p->file[0], "%s/gate.db", p->directory);
	snprintf(p->file[SIDE_WIRE], sizeof p->file[0], "%s/wire.db", p->directory);
	p->config =
	        (struct config){.database = p->directory, .judge = judge_defaults, .policy = policy_build(&nothing)};
	p->gate = gate_rows_open(&p->config, why, sizeof why);
	p->wire = wire_rows_open(p->directory, &p->config, why, sizeof why);
	p->minutes = minutes_new(8192, 1);
	p->devices = devices_new();
	return p->gate == NULL || p->wire == NULL || p->minutes == NULL || p->devices == NULL;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char command[128];

	gate_rows_close(p->gate);
	wire_rows_close(p->wire);
	minutes_free(p->minutes);
	devices_free(p->devices);
	free(p->config.policy);
	snprintf(command, sizeof command, "rm -r %s", p->directory);
	if (system(command) != 0)
		return 1;
	free(p);
	return 0;
}

static struct addr
some_host(void)
{
	uint32_t n = random_below(40);
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)n};

	return n % 4 == 0 ? addr_v6(v6) : addr_v4((uint8_t[]){10, 1, (uint8_t)(n % 3), (uint8_t)n});
}

/* A few hosts have more destinations than rows of their own. */
static struct addr
some_destination(const struct addr *host)
{
	uint32_t n = random_below(host->bytes[3] % 5 == 1 ? 400 : 6);
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0, [7] = (uint8_t)(n / 7), [15] = (uint8_t)n};

	return host->family == 6 ? addr_v6(v6) : addr_v4((uint8_t[]){203, 0, (uint8_t)(n / 50), (uint8_t)n});
}

static bool
put_gate(struct place *p)
{
	return gate_rows_begin(p->gate) && minutes_each(p->minutes, gate_rows_put, p->gate) &&
	       gate_rows_commit(p->gate);
}

/* Random events in [from, to), in either log. */
static struct minute_row *
some_row(struct place *p, int64_t from, int64_t to, bool gate)
{
	static const struct addr nowhere;
	int64_t when = from + (int64_t)random_below((uint32_t)((to - from) / 1000)) * 1000;
	struct addr host = some_host(), destination = some_destination(&host);
	bool flood = gate && random_below(20) == 0;
	const struct minute_key key = {.host = host,
	                               .destination = flood ? nowhere : destination,
	                               .port = random_below(9) != 0 ? 25 : 587,
	                               .verdict = gate ? (uint8_t)random_below(VERDICT_COUNT) : 0,
	                               .reason = flood  ? REASON_FLOOD
	                                         : gate ? (uint8_t)random_below(REASON_FLOOD)
	                                                : 0};
	struct minute_row *row = (flood ? minutes_after : minutes_at)(p->minutes, when, &key);

	assert_non_null(row);
	if (flood)
		row->first -= random_below(3) * SECOND; /* the shield's count began before the minute did */
	return row;
}

static void
fill_gate(struct place *p, int count, int64_t from, int64_t to)
{
	for (int n = 0; n < count; n++) {
		struct minute_row *row = some_row(p, from, to, true);

		row->count[row->key.reason == REASON_FLOOD ? GATE_SYNS
		           : random_below(4) == 0          ? GATE_RETRANSMITS
		                                           : GATE_ATTEMPTS] += 1 + random_below(3);
	}
	assert_true(put_gate(p));
	minutes_clear(p->minutes);
}

/* Some outcomes are taken back, even in a minute that has none: less than nothing. */
static void
fill_wire(struct place *p, int count, int64_t from, int64_t to)
{
	for (int n = 0; n < count; n++) {
		struct minute_row *row = some_row(p, from, to, false);
		uint32_t which = random_below(WIRE_COUNTS);

		row->count[WIRE_ATTEMPTS]++;
		row->count[which] += which == WIRE_REFUSED && random_below(3) == 0 ? UINT64_MAX : 1;
	}
	assert_true(wire_rows_write(p->wire, p->minutes, p->devices, 0));
}

static void
seal_all(struct place *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_seal(p->gate, now, &more));
	for (more = true; more;)
		assert_true(wire_rows_seal(p->wire, now, &more));
}

static int64_t
number(const char *file, const char *sql)
{
	char why[256];
	struct source source;
	struct statement *st;
	int64_t n;

	assert_true(source_open(&source, file, why, sizeof why));
	assert_non_null(st = store_prepare(source.store, sql));
	assert_int_equal(store_step(st), 1);
	n = column_int(st, 0);
	source_close(&source);
	return n;
}

/* How a report is read. */
enum way { MINUTES, SEALED, SEALED_BRIEF };

struct take {
	struct report *report;
	size_t sealed;
};

static void
take_row(void *arg, const struct row *row)
{
	struct take *t = arg;

	t->sealed += row->sealed;
	report_row(t->report, row);
}

static void
take_gap(void *arg, const struct gap *gap)
{
	(void)arg;
	free(gap->cause);
}

static void
take_device(void *arg, const struct addr *host, const uint8_t mac[6], int64_t first, int64_t last)
{
	(void)first;
	report_device(((struct take *)arg)->report, host, mac, last);
}

static void
take_range(void *arg, enum side side, const struct addr *host, const char *name)
{
	report_range(((struct take *)arg)->report, side, host, name);
}

static void
take_destination(void *arg, enum side side, const struct addr *host, const struct addr *destination)
{
	report_destination(((struct take *)arg)->report, side, host, destination);
}

struct take_by {
	struct breakdown *by;
	struct report *report;
};

static void
take_row_by(void *arg, const struct row *row)
{
	struct take_by *t = arg;

	assert_false(row->sealed);
	breakdown_row(t->by, t->report, row);
}

/* A second reading, by the minute, finds the attempts of the first. */
static void
read_by(struct reading *reading, struct report *r)
{
	struct geo *nowhere = geo_new(NULL, 0);
	struct take_by take = {breakdown_new(BREAKDOWN_COUNTRY, nowhere), r};
	struct sink sink = {.arg = &take, .row = take_row_by};
	const struct group *g = &take.by->others;
	uint64_t attempts, blocked, leaked;
	char why[256];

	assert_int_equal(g->syns, 0);

	assert_true(reading_minutes(reading, &sink, why, sizeof why));
	breakdown_finish(take.by);
	assert_true(take.by->count <= 1);
	attempts = g->attempts;
	blocked = g->blocked;
	leaked = g->leaked;
	for (size_t n = 0; n < take.by->count; n++) {
		attempts += take.by->groups[n].attempts;
		blocked += take.by->groups[n].blocked;
		leaked += take.by->groups[n].leaked;
	}
	assert_int_equal(g->syns, r->syns);
	assert_int_equal(attempts, r->attempts);
	assert_int_equal(take.by->attempts, r->attempts);
	assert_int_equal(blocked, r->blocked);
	assert_int_equal(leaked, r->leaked);
	breakdown_free(take.by);
	geo_free(nowhere);
}

static struct report *
read_report(const char *const *files, size_t count, int64_t since, int64_t until, enum way way, size_t *sealed)
{
	struct take take = {.report = report_new(since, until)};
	struct sink sink = {&take, take_row, take_gap, take_device, take_range, take_destination};
	struct query q = {.since = since, .until = until, .sealed = way != MINUTES, .brief = way == SEALED_BRIEF};
	struct source sources[4];
	struct reading *reading;
	char why[256] = "";

	for (size_t n = 0; n < count; n++)
		assert_true(source_open(&sources[n], files[n], why, sizeof why));
	take.report->brief = q.brief;
	reading = reading_open(sources, count, &q, why, sizeof why);
	assert_string_equal(why, "");
	if (!reading_rows(reading, &sink, why, sizeof why))
		fail_msg("%s", why);
	report_finish(take.report);
	read_by(reading, take.report);
	for (size_t n = 0; q.brief && n < take.report->host_count; n++)
		assert_true(reading_about(reading, &take.report->hosts[n].addr, &sink, why, sizeof why));
	reading_close(reading);
	for (size_t n = 0; n < count; n++)
		source_close(&sources[n]);
	*sealed = take.sealed;
	return take.report;
}

static void
same_counts(const struct side_counts *a, const struct side_counts *b)
{
	assert_int_equal(a->rows > 0, b->rows > 0);
	assert_int_equal(a->attempts, b->attempts);
	assert_int_equal(a->retransmits, b->retransmits);
	assert_int_equal(a->syns, b->syns);
	assert_int_equal(a->blocked, b->blocked);
	assert_int_equal(a->allowed, b->allowed);
	assert_int_equal(a->established, b->established);
	assert_int_equal(a->refused, b->refused);
	assert_int_equal(a->leaked, b->leaked);
	assert_int_equal(a->listed, b->listed);
	assert_int_equal(a->peak, b->peak);
	assert_int_equal(a->peak_minute, b->peak_minute);
	assert_int_equal(a->destinations, b->destinations);
	assert_int_equal(a->networks, b->networks);
	assert_int_equal(a->others, b->others);
}

/* Each side's parts have an order that sentences show. */
static size_t
next_part(const struct host *h, size_t from, enum side side)
{
	while (from < h->part_count && h->parts[from].side != side)
		from++;
	return from;
}

static void
same_host(const struct host *a, const struct host *b)
{
	assert_true(addr_equal(&a->addr, &b->addr));
	for (int side = 0; side < SIDE_COUNT; side++)
		same_counts(&a->side[side], &b->side[side]);
	assert_int_equal(a->destinations, b->destinations);
	assert_int_equal(a->networks, b->networks);
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->last, b->last);
	assert_int_equal(a->has_mac, b->has_mac);
	assert_string_equal(host_label(a), host_label(b));
	assert_int_equal(a->part_count, b->part_count);
	for (int side = 0; side < SIDE_COUNT; side++)
		for (size_t n = 0, x = 0, y = 0; n < a->part_count; n++) {
			x = next_part(a, x, (enum side)side);
			y = next_part(b, y, (enum side)side);
			assert_int_equal(x == a->part_count, y == b->part_count);
			if (x == a->part_count)
				break;
			assert_memory_equal(&a->parts[x++], &b->parts[y++], sizeof a->parts[n]);
		}
}

/* Compares the report of a period in all ways; returns how many rows were of sealed hours. */
static size_t
compare(const char *const *files, size_t count, int64_t since, int64_t until)
{
	size_t sealed[3];
	struct report *r = read_report(files, count, since, until, MINUTES, &sealed[MINUTES]);

	assert_int_equal(sealed[MINUTES], 0);
	for (enum way way = SEALED; way <= SEALED_BRIEF; way++) {
		struct report *other = read_report(files, count, since, until, way, &sealed[way]);

		assert_int_equal(r->host_count, other->host_count);
		assert_int_equal(r->attempts, other->attempts);
		assert_int_equal(r->retransmits, other->retransmits);
		assert_int_equal(r->syns, other->syns);
		assert_int_equal(r->blocked, other->blocked);
		assert_int_equal(r->allowed, other->allowed);
		assert_int_equal(r->leaked, other->leaked);
		for (size_t n = 0; n < r->host_count; n++)
			same_host(&r->hosts[n], &other->hosts[n]);
		report_free(other);
	}
	report_free(r);
	assert_int_equal(sealed[SEALED], sealed[SEALED_BRIEF]);
	return sealed[SEALED];
}

static void
compare_periods(const struct place *p, int count)
{
	const char *const files[] = {p->file[0], p->file[1]};
	size_t sealed = compare(files, 2, 0, LATER);

	assert_true(sealed > 0);
	sealed = 0;
	for (int n = 0; n < count; n++) {
		int64_t since = START - HOUR + (int64_t)random_below(HOURS * 3600) * SECOND + random_below(2) * 777777;
		int64_t until = since + (int64_t)random_below((HOURS + 2) * 3600) * SECOND;

		sealed += compare(files, 2, since, until);
		since = START + (int64_t)random_below(HOURS) * HOUR;
		sealed += compare(files, 2, since, since + random_below(3) * HOUR + random_below(2) * 1);
	}
	assert_true(sealed > 0);
}

static void
test_same(void **state)
{
	struct place *p = *state;

	fill_gate(p, 5000, START, END);
	fill_wire(p, 5000, START, END);
	seal_all(p, END - 2 * HOUR);
	/* The hour that ends now may still get rows. */
	assert_int_equal(number(p->file[SIDE_GATE], "SELECT count(*) FROM sealed"), HOURS - 3);
	compare_periods(p, 15);
	seal_all(p, LATER);
	assert_int_equal(number(p->file[SIDE_GATE], "SELECT count(*) FROM sealed"), HOURS);
	assert_int_equal(number(p->file[SIDE_WIRE], "SELECT count(*) FROM sealed"), HOURS);
	compare_periods(p, 15);
}

/* A row that comes late breaks the seal at once, and only that one. */
static void
test_late(void **state)
{
	struct place *p = *state;

	fill_gate(p, 3000, START, END);
	fill_wire(p, 3000, START, END);
	seal_all(p, LATER);
	for (int n = 0; n < 4; n++) {
		int64_t hour = START + random_below(HOURS) * HOUR;

		fill_gate(p, 1, hour, hour + HOUR);
		fill_wire(p, 1, hour, hour + HOUR);
		assert_int_equal(number(p->file[SIDE_GATE], "SELECT count(*) FROM sealed"), HOURS - 1);
		compare_periods(p, 3);
		seal_all(p, LATER);
		assert_int_equal(number(p->file[SIDE_GATE], "SELECT count(*) FROM sealed"), HOURS);
		compare_periods(p, 3);
	}
}

/* ... and so does one that comes while its hour is being summed up, which takes several steps. */
static void
test_late_in_between(void **state)
{
	struct place *p = *state;
	bool more = true;

	for (int n = 0; n < 12; n++)
		fill_gate(p, 6000, START, START + HOUR);
	assert_true(number(p->file[SIDE_GATE], "SELECT count(*) FROM attempt") > 2 * SEAL_ROWS);
	fill_wire(p, 3000, START, END);
	for (int n = 0; n < 4; n++) {
		assert_true(gate_rows_seal(p->gate, LATER, &more));
		fill_gate(p, 5, START, START + HOUR);
	}
	assert_int_equal(number(p->file[SIDE_GATE], "SELECT count(*) FROM sealed"), 0);
	seal_all(p, LATER);
	compare_periods(p, 3);
}

/* Another gateway's log of the same hours: the busiest minute is that of both together. */
static void
test_two_gates(void **state)
{
	struct place *p = *state;
	char second[100], command[256];
	const char *const files[] = {p->file[0], second, p->file[1]};

	fill_gate(p, 3000, START, START + 2 * HOUR);
	seal_all(p, LATER);
	gate_rows_close(p->gate);
	p->gate = NULL;
	snprintf(second, sizeof second, "%s/second.db", p->directory);
	snprintf(command, sizeof command, "cp %s %s", p->file[SIDE_GATE], second);
	assert_int_equal(system(command), 0);
	p->gate = gate_rows_open(&p->config, command, sizeof command);
	assert_non_null(p->gate);
	fill_gate(p, 2000, START, START + 4 * HOUR);
	fill_wire(p, 2000, START, END);
	seal_all(p, LATER);
	/* Of the hours that the first alone knows, sums are read; of those of both, none. */
	assert_true(compare(files, 2, START + 2 * HOUR, END) > 0);
	assert_int_equal(compare(files, 2, START, START + 2 * HOUR), 0);
	assert_true(compare(files, 3, START + 17 * SECOND, END) > 0);
}

/* Minutes that become hours take their seals with them. */
static void
test_pruned(void **state)
{
	struct place *p = *state;

	fill_gate(p, 3000, START, END);
	fill_wire(p, 3000, START, END);
	seal_all(p, LATER);
	p->config.keep = DAY;
	assert_true(gate_rows_prune(p->gate, START + DAY + 2 * HOUR));
	assert_true(wire_rows_prune(p->wire, START + DAY + 2 * HOUR));
	assert_int_equal(number(p->file[SIDE_GATE], "SELECT count(*) FROM sealed"), HOURS - 2);
	assert_int_equal(number(p->file[SIDE_GATE], "SELECT min(hour) FROM sealed_part"), START / HOUR + 2);
	assert_int_equal(number(p->file[SIDE_GATE], "SELECT min(hour) FROM sealed_destination"), START / HOUR + 2);
	compare_periods(p, 6);
	seal_all(p, LATER);
	fill_gate(p, 10, START, START + HOUR); /* rows of an hour that was pruned */
	seal_all(p, LATER);
	compare_periods(p, 6);
}

/* A writer that is killed anywhere, again and again. */
static void
test_killed(void **state)
{
	struct place *p = *state;
	char why[256];

	fill_wire(p, 100, START, END);
	fill_gate(p, 8000, START, END);
	seal_all(p, START + HOUR + 2 * 60 * SECOND);
	for (int n = 0; n < 12; n++) {
		pid_t pid;

		gate_rows_close(p->gate);
		fflush(NULL);
		if ((pid = fork()) == 0) {
			bool more;

			srandom((unsigned int)n + 2);
			p->gate = gate_rows_open(&p->config, why, sizeof why);
			for (;;) {
				for (int i = 0; i < 20; i++)
					some_row(p, START, END, true)->count[GATE_ATTEMPTS]++;
				if (put_gate(p))
					minutes_clear(p->minutes);
				for (int i = 0; i < 4; i++)
					gate_rows_seal(p->gate, LATER, &more);
			}
		}
		poll(NULL, 0, 5 + (int)random_below(40));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		p->gate = gate_rows_open(&p->config, why, sizeof why);
		assert_non_null(p->gate);
		compare((const char *const[]){p->file[0]}, 1, 0, LATER);
	}
	seal_all(p, LATER);
	compare_periods(p, 5);
}

/* More destinations in an hour than a list takes: the hour stays as minutes. */
static void
test_impossible(void **state)
{
	struct place *p = *state;
	struct addr host = addr_v4((uint8_t[]){10, 1, 0, 9});
	const char *const files[] = {p->file[0]};

	for (uint32_t round = 0; round < 4; round++) {
		struct minutes *fresh = minutes_new(8192, round); /* a writer that has forgotten */

		for (uint32_t n = 0; n < 32 * 60; n++) {
			uint32_t to = round * 2000 + n;
			struct addr d = addr_v4((uint8_t[]){203, 0, (uint8_t)(to >> 8), (uint8_t)to});

			minutes_at(fresh, START + n / 32 * 60 * SECOND, &(struct minute_key){0, host, d, 25, 1, 1})
			        ->count[GATE_ATTEMPTS]++;
		}
		assert_true(gate_rows_begin(p->gate) && minutes_each(fresh, gate_rows_put, p->gate) &&
		            gate_rows_commit(p->gate));
		minutes_free(fresh);
		seal_all(p, LATER);
		assert_int_equal(number(p->file[SIDE_GATE], "SELECT count(*) FROM sealed"), round < 2);
		compare(files, 1, 0, LATER);
	}
}

/* Sums that are damaged end the report with a reason, whatever they are. */
static void
test_damaged(void **state)
{
	struct place *p = *state;
	struct sealed_host h;
	uint8_t bytes[SEALED_BYTES];
	const uint8_t *at;

	memset(&h, 0, sizeof h);
	h.host = addr_v4((uint8_t[]){10, 1, 0, 9});
	h.peak = INT64_MAX;
	h.peak_minute = 59;
	for (uint16_t n = 0; n < SEALED_PARTS; n++) {
		struct sealed_part *part = sealed_part_at(&h, n, 3, 9);

		*part = (struct sealed_part){
		        .port = n, .verdict = 3, .reason = 9, .first = START - n, .last = INT64_MIN};
		part->count[n % SEALED_COUNTS] = INT64_MAX;
	}
	assert_null(sealed_part_at(&h, 999, 0, 0));
	for (size_t size = sealed_write(&h, START, bytes), n = 0; n <= size; n++) {
		struct sealed_host *back = calloc(1, sizeof *back);

		at = bytes;
		assert_int_equal(sealed_read(&at, bytes + n, START, back), n == size);
		assert_true(at <= bytes + n);
		if (n == size)
			assert_memory_equal(back, &h, sizeof h);
		free(back);
	}
	fill_gate(p, 1000, START, END);
	seal_all(p, LATER);
	for (int n = 0; n < 40; n++) {
		char why[256], sql[200];
		struct store *s = store_open(p->file[SIDE_GATE], &schema_gate, why, sizeof why);
		struct take take = {.report = report_new(0, LATER)};
		struct sink sink = {&take, take_row, take_gap, take_device, take_range, take_destination};
		struct query q = {.until = LATER, .sealed = true};
		struct source source;
		struct reading *reading;

		snprintf(sql, sizeof sql,
		         "UPDATE sealed_part SET hosts = substr(hosts, 1, %u) || x'%02x' || substr(hosts, %u)",
		         random_below(3000), random_below(256), random_below(3000));
		assert_true(store_run(s, sql));
		store_close(s);
		assert_true(source_open(&source, p->file[SIDE_GATE], why, sizeof why));
		reading = reading_open(&source, 1, &q, why, sizeof why);
		assert_non_null(reading);
		if (!reading_rows(reading, &sink, why, sizeof why))
			assert_non_null(strstr(why, "the sums of an hour are damaged"));
		reading_close(reading);
		source_close(&source);
		report_free(take.report);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_same, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_late, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_late_in_between, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_two_gates, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_pruned, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_impossible, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
