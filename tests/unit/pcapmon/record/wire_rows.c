/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.db: sums, rows kept for a retry, the result of pruning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/config/config.h"
#include "lib/config/feed.h"
#include "lib/store/store.h"
#include "pcapmon/tally/tally.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"

#define HOUR_START (INT64_C(1700002800) * SECOND) /* 2023-11-14T23:00:00Z */
#define DAYS(n) ((n)*DAY)

struct place {
	char directory[64], file[80];
	struct config *config;
	struct wire_rows *rows;
	struct minutes *minutes;
	struct devices *devices;
};

static void
complain(void *arg, const char *text)
{
	(void)arg;
	fail_msg("%s", text);
}

static int
setup(void **state)
{
	static const struct config_io io = {.complain = complain};
	struct place *p = calloc(1, sizeof *p);
	char why[256];

	p->config = config_new(&io);
	config_feed(p->config, "test", 1, "lan 10.0.0.0/8");
	config_feed(p->config, "test", 2, "range guests 10.1.0.67");
	if (config_finish(p->config, "test") != 0)
		return 1;
	p->config->keep = 0;
	p->config->max_size = 0;

	snprintf(p->directory, sizeof p->directory, "/tmp/test_wire_rows.XXXXXX");
	if (mkdtemp(p->directory) == NULL)
		return 1;
	snprintf(p->file, sizeof p->file, "%s/wire.db", p->directory);
	p->minutes = minutes_new(4096, 1);
	p->devices = devices_new();
	p->rows = wire_rows_open(p->directory, p->config, why, sizeof why);
	*state = p;
	return p->minutes == NULL || p->devices == NULL || p->rows == NULL;
}

static int
teardown(void **state)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	struct place *p = *state;
	char path[100];

	wire_rows_close(p->rows);
	minutes_free(p->minutes);
	devices_free(p->devices);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		snprintf(path, sizeof path, "%s%s", p->file, endings[i]);
		unlink(path);
	}
	rmdir(p->directory);
	config_free(p->config);
	free(p);
	return 0;
}

/* One attempt of 10.1.0.`host` to 203.0.`destination`. */
static void
attempt(struct place *p, int64_t when, uint8_t host, uint16_t destination)
{
	struct addr from = addr_v4((uint8_t[]){10, 1, 0, host});
	struct addr to = addr_v4((uint8_t[]){203, 0, (uint8_t)(destination >> 8), (uint8_t)destination});
	struct minute_row *row =
	        minutes_at(p->minutes, when, &(struct minute_key){.host = from, .destination = to, .port = 25});

	assert_non_null(row);
	row->count[WIRE_ATTEMPTS]++;
}

/* The one number that the query gives, asked from outside. */
static int64_t
number(const struct place *p, const char *sql)
{
	char why[256];
	struct store *s = store_open_readonly(p->file, &schema_wire, why, sizeof why);
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

static int64_t
size_of(const struct place *p)
{
	char why[256];
	struct store *s = store_open_readonly(p->file, &schema_wire, why, sizeof why);
	int64_t size;

	assert_non_null(s);
	size = store_size(s);
	store_close(s);
	return size;
}

static bool
write_down(struct place *p)
{
	return wire_rows_write(p->rows, p->minutes, p->devices, 0);
}

static void
test_adding(void **state)
{
	static const int seconds[] = {2, 3, 1, 2};
	struct place *p = *state;

	for (int i = 0; i < 4; i++) {
		attempt(p, HOUR_START + seconds[i] * SECOND, 66, 1);
		assert_true(write_down(p));
	}
	assert_true(write_down(p)); /* nothing new: nothing changes */
	assert_int_equal(number(p, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(number(p, "SELECT attempts FROM attempt"), 4);
	assert_int_equal(number(p, "SELECT first FROM attempt"), HOUR_START + SECOND);
	assert_int_equal(number(p, "SELECT last FROM attempt"), HOUR_START + 3 * SECOND);
	assert_int_equal(number(p, "SELECT destinations FROM attempt"), 1);
}

/* Every count has its own column, in the minute and in the hour, and each is added up. */
static void
test_columns(void **state)
{
	static const char *const columns[] = {
	        [WIRE_ATTEMPTS] = "attempts", [WIRE_RETRANSMITS] = "retransmits", [WIRE_ESTABLISHED] = "established",
	        [WIRE_REFUSED] = "refused",   [WIRE_LEAKED] = "leaked",           [WIRE_LISTED] = "listed",
	};
	struct place *p = *state;
	struct addr from = addr_v4((uint8_t[]){10, 1, 0, 66}), to = addr_v4((uint8_t[]){203, 0, 0, 1});
	char sql[80];

	p->config->keep = DAYS(1);
	for (int round = 1; round <= 4; round++) {
		struct minute_row *row = minutes_at(p->minutes, HOUR_START,
		                                    &(struct minute_key){.host = from, .destination = to, .port = 25});

		for (int i = 0; i <= WIRE_LISTED; i++)
			row->count[i] = UINT64_C(1) << i;
		assert_true(write_down(p));
		if (round % 2 == 0)
			assert_true(wire_rows_prune(p->rows, HOUR_START + DAYS(2)));
		for (int i = 0; i <= WIRE_LISTED; i++) {
			snprintf(sql, sizeof sql, "SELECT sum(%s) FROM %s", columns[i],
			         round == 1 ? "attempt" : "hour");
			assert_int_equal(number(p, sql), (round - round % 2 + (round == 1)) << i);
		}
	}
	assert_int_equal(number(p, "SELECT count(*) FROM hour"), 1);
}

/* An outcome that is taken back after its row was written. */
static void
test_taking_back(void **state)
{
	struct place *p = *state;
	struct addr from = addr_v4((uint8_t[]){10, 1, 0, 66}), to = addr_v4((uint8_t[]){203, 0, 0, 1});

	minutes_at(p->minutes, HOUR_START, &(struct minute_key){.host = from, .destination = to, .port = 25})
	        ->count[WIRE_REFUSED]++;
	assert_true(write_down(p));
	minutes_at(p->minutes, HOUR_START, &(struct minute_key){.host = from, .destination = to, .port = 25})
	        ->count[WIRE_REFUSED]--;
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT refused FROM attempt"), 0);
}

static void
test_busy(void **state)
{
	struct place *p = *state;
	char why[256];
	struct store *other = store_open(p->file, &schema_wire, why, sizeof why);

	assert_non_null(other);
	assert_true(store_begin(other));
	attempt(p, HOUR_START, 66, 1);
	devices_saw(p->devices, &(struct addr){.family = 4, .bytes = {10, 1, 0, 66}}, (uint8_t[]){2, 0, 0, 0, 0, 1}, 5);
	wire_rows_gap(p->rows, GAP_DROPS, HOUR_START, HOUR_START + SECOND, 7);
	assert_false(write_down(p));
	attempt(p, HOUR_START, 66, 1);
	wire_rows_gap(p->rows, GAP_DROPS, HOUR_START + SECOND, HOUR_START + 2 * SECOND, 3);
	assert_false(write_down(p));
	store_rollback(other);
	store_close(other);
	assert_true(write_down(p));
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT sum(attempts) FROM attempt"), 2);
	assert_int_equal(number(p, "SELECT count(*) FROM device"), 1);
	assert_int_equal(number(p, "SELECT count(*) FROM gap"), 1);
	assert_int_equal(number(p, "SELECT missing FROM gap"), 10);
	assert_int_equal(number(p, "SELECT until - since FROM gap"), 2 * SECOND);
}

/* A transaction that fails when half of it is done leaves nothing behind, and is tried again as a whole. */
static void
test_failure_half_way(void **state)
{
	struct place *p = *state;
	char why[256];
	struct store *other = store_open(p->file, &schema_wire, why, sizeof why);

	assert_non_null(other);
	assert_true(
	        store_run(other, "CREATE TRIGGER stop BEFORE INSERT ON device BEGIN SELECT RAISE(ABORT, 'no'); END"));
	attempt(p, HOUR_START, 66, 1);
	devices_saw(p->devices, &(struct addr){.family = 4, .bytes = {10, 1, 0, 66}}, (uint8_t[]){2, 0, 0, 0, 0, 1}, 5);
	assert_false(write_down(p));
	assert_int_equal(number(p, "SELECT count(*) FROM attempt"), 0);
	assert_true(store_run(other, "DROP TRIGGER stop"));
	store_close(other);
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT sum(attempts) FROM attempt"), 1);
	assert_int_equal(number(p, "SELECT count(*) FROM device"), 1);
}

static void
test_ranges(void **state)
{
	struct place *p = *state;

	attempt(p, HOUR_START, 66, 1);
	attempt(p, HOUR_START, 67, 1);
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT count(*) FROM host_range"), 1);
	assert_int_equal(number(p, "SELECT count(*) FROM host_range WHERE host = x'0a010043' AND name = 'guests'"), 1);
}

static void
test_unknown_gap(void **state)
{
	struct place *p = *state;

	wire_rows_gap(p->rows, GAP_INTERFACE, 1, 2, 5);
	wire_rows_gap(p->rows, GAP_INTERFACE, 2, 3, MISSING_UNKNOWN);
	wire_rows_gap(p->rows, GAP_INTERFACE, 3, 4, 5);
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT count(*) FROM gap WHERE missing IS NULL AND since = 1 AND until = 4"), 1);
}

/* A run that ended without a word leaves a gap from when it last said that it was there. */
static void
test_gap_between_runs(void **state)
{
	struct place *p = *state;
	char why[256];

	assert_true(wire_rows_journal(p->rows, HOUR_START, "start", "one"));
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, HOUR_START + SECOND));
	assert_int_equal(number(p, "SELECT count(*) FROM gap"), 0);
	wire_rows_close(p->rows);
	p->rows = wire_rows_open(p->directory, p->config, why, sizeof why);
	assert_non_null(p->rows);
	assert_true(wire_rows_journal(p->rows, HOUR_START + 60 * SECOND, "start", "two"));
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, HOUR_START + 61 * SECOND));
	assert_int_equal(number(p, "SELECT count(*) FROM gap WHERE cause = 'pcapmon was not running'"), 1);
	assert_int_equal(number(p, "SELECT until - since FROM gap"), 59 * SECOND);
	assert_int_equal(number(p, "SELECT count(*) FROM journal"), 2);
}

/* Who has counted nothing needs no transaction but for these. */
static void
test_urgency(void **state)
{
	struct place *p = *state;
	int64_t now = HOUR_START;
	char why[256];
	struct store *other;

	assert_true(wire_rows_urgent(p->rows, now)); /* no sign of life yet */
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, now));
	attempt(p, now, 66, 1);
	assert_false(wire_rows_urgent(p->rows, now + 9 * SECOND));
	assert_true(wire_rows_urgent(p->rows, now + 10 * SECOND));
	assert_false(wire_rows_urgent(p->rows, 0)); /* an interface is away */
	wire_rows_gap(p->rows, GAP_DROPS, now, now + SECOND, 7);
	assert_true(wire_rows_urgent(p->rows, now + SECOND));
	for (uint8_t host = 1; host <= 30; host++)
		attempt(p, now, host, 1);
	assert_true(wire_rows_write(p->rows, p->minutes, p->devices, now + SECOND));
	assert_false(wire_rows_urgent(p->rows, now + SECOND));

	other = store_open(p->file, &schema_wire, why, sizeof why);
	assert_non_null(other);
	assert_true(store_begin(other));
	attempt(p, now, 66, 1);
	assert_false(write_down(p));
	store_rollback(other);
	store_close(other);
	assert_true(wire_rows_urgent(p->rows, now + SECOND)); /* could not be written */
	assert_true(write_down(p));
	assert_false(wire_rows_urgent(p->rows, now + SECOND));
}

static void
test_keep(void **state)
{
	struct place *p = *state;

	p->config->keep = DAYS(1);
	for (uint16_t i = 0; i < 40; i++) /* 32 destinations of their own, 8 share a row */
		attempt(p, HOUR_START, 66, i);
	for (uint16_t i = 0; i < 5; i++) /* the same ones again, in another minute */
		attempt(p, HOUR_START + 60 * SECOND, 66, i);
	attempt(p, HOUR_START + 3600 * SECOND, 66, 1); /* the next hour stays */
	attempt(p, HOUR_START, 67, 1);
	assert_true(write_down(p));
	assert_true(wire_rows_prune(p->rows, HOUR_START + DAYS(1) + 3599 * SECOND));
	assert_int_equal(number(p, "SELECT count(*) FROM hour"), 0); /* the hour is not over for `keep` */
	assert_true(wire_rows_prune(p->rows, HOUR_START + DAYS(1) + 3600 * SECOND));
	assert_int_equal(number(p, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(number(p, "SELECT count(*) FROM hour"), 2);
	assert_int_equal(number(p, "SELECT attempts FROM hour WHERE host = x'0a010042'"), 45);
	assert_int_equal(number(p, "SELECT peak FROM hour WHERE host = x'0a010042'"), 40);
	assert_int_equal(number(p, "SELECT destinations FROM hour WHERE host = x'0a010042'"), 40);
	assert_int_equal(number(p, "SELECT hour FROM hour LIMIT 1"), HOUR_START / (3600 * SECOND));
	assert_int_equal(number(p, "SELECT attempts FROM hour WHERE host = x'0a010043'"), 1);

	/* A late row is added to an hour that was rolled up. */
	attempt(p, HOUR_START + 60 * SECOND, 66, 9);
	assert_true(write_down(p));
	assert_true(wire_rows_prune(p->rows, HOUR_START + DAYS(1) + 3600 * SECOND));
	assert_int_equal(number(p, "SELECT attempts FROM hour WHERE host = x'0a010042'"), 46);
	assert_int_equal(number(p, "SELECT peak FROM hour WHERE host = x'0a010042'"), 40);
}

static void
test_max_size(void **state)
{
	struct place *p = *state;
	int64_t before;

	for (int day = 0; day < 4; day++) {
		for (uint16_t i = 0; i < 3000; i++)
			attempt(p, HOUR_START + DAYS(day) + i / 30 * 60 * SECOND, 66, i);
		assert_true(write_down(p));
	}
	before = size_of(p);
	p->config->max_size = (uint64_t)before - 20000;
	assert_true(wire_rows_prune(p->rows, HOUR_START + DAYS(4)));
	assert_true(size_of(p) <= before - 20000);
	assert_int_equal(number(p, "SELECT min(minute) / 1440 FROM attempt"), HOUR_START / DAY + 1);
	assert_int_equal(number(p, "SELECT sum(attempts) FROM attempt"), 9000 + 3000 - 1800);
	assert_int_equal(number(p, "SELECT sum(attempts) FROM hour"), 1800);

	p->config->max_size = 1; /* cannot be reached: all goes, and it ends */
	assert_true(wire_rows_prune(p->rows, HOUR_START + DAYS(4)));
	assert_int_equal(number(p, "SELECT count(*) FROM attempt"), 0);
	assert_int_equal(number(p, "SELECT count(*) FROM hour"), 0);
	assert_true(number(p, "SELECT count(*) FROM journal WHERE what = 'prune'") > 0);
}

/* A host that changes its hardware address with every packet: the log stays. */
static void
test_max_size_devices(void **state)
{
	struct place *p = *state;
	struct addr host = addr_v4((uint8_t[]){10, 1, 0, 66});

	p->config->max_size = 1 << 20;
	for (int i = 0; i < 3; i++)
		attempt(p, HOUR_START + DAYS(i), 66, 1);
	for (uint32_t i = 0; i < 30000; i++) {
		uint8_t mac[] = {2, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		if (!devices_saw(p->devices, &host, mac, HOUR_START))
			assert_true(write_down(p));
	}
	assert_true(write_down(p));
	assert_true(wire_rows_prune(p->rows, HOUR_START + DAYS(3)));
	assert_int_equal(number(p, "SELECT count(*) FROM attempt"), 3);
	assert_in_range(number(p, "SELECT count(*) FROM device"), 1, 100);
}

/* What a part of others' is asked. */
struct part {
	int opened, put, done;
};

static bool
part_open(void *arg, struct store *s)
{
	((struct part *)arg)->opened++;
	return s != NULL;
}

static bool
part_put(void *arg)
{
	((struct part *)arg)->put++;
	return true;
}

static void
part_done(void *arg)
{
	((struct part *)arg)->done++;
}

static int64_t
part_syns(const void *arg)
{
	(void)arg;
	return 100;
}

static void
remove_database(const struct place *p)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char path[100];

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		snprintf(path, sizeof path, "%s%s", p->file, endings[i]);
		unlink(path);
	}
}

/* The new file has what was not written yet, and a gap as large as what the old one had. */
static void
test_lost(void **state)
{
	struct place *p = *state;
	struct part part = {0};

	wire_rows_attach(
	        p->rows,
	        &(struct wire_part){
	                .arg = &part, .open = part_open, .put = part_put, .done = part_done, .syns = part_syns});
	attempt(p, HOUR_START + SECOND, 66, 1);
	assert_true(write_down(p));
	attempt(p, HOUR_START + 2 * SECOND, 66, 1);
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT value FROM meta WHERE key = 'recorded'"), 202);
	wire_rows_look(p->rows, HOUR_START + 3 * SECOND);
	assert_int_equal(part.opened, 0);
	attempt(p, HOUR_START + 3 * SECOND, 67, 1);
	remove_database(p);
	wire_rows_look(p->rows, HOUR_START + 4 * SECOND);
	assert_int_equal(part.opened, 1);
	assert_true(write_down(p));
	assert_int_equal(part.done, 3);
	assert_int_equal(number(p, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(number(p, "SELECT count(*) FROM gap"), 1);
	assert_int_equal(number(p, "SELECT missing FROM gap"), 202);
	assert_int_equal(number(p, "SELECT since FROM gap"), HOUR_START + SECOND);
	assert_int_equal(number(p, "SELECT count(*) FROM gap WHERE cause = 'wire.db was deleted'"), 1);
	assert_int_equal(number(p, "SELECT value FROM meta WHERE key = 'recorded'"), 101);
	/* It is logged once. */
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT count(*) FROM gap"), 1);
}

/* Two files are lost before anything could be written to either. */
static void
test_lost_twice(void **state)
{
	struct place *p = *state;
	FILE *out;

	attempt(p, HOUR_START + SECOND, 66, 1);
	assert_true(write_down(p));
	remove_database(p);
	wire_rows_look(p->rows, HOUR_START + 4 * SECOND);
	remove_database(p);
	assert_non_null(out = fopen(p->file, "w"));
	fputs("this is no database", out);
	fclose(out);
	wire_rows_look(p->rows, HOUR_START + 5);
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT count(*) FROM gap WHERE missing = 1 AND cause LIKE '%no database%'"), 1);
	snprintf(p->file + strlen(p->file), sizeof p->file - strlen(p->file), ".damaged-%lld",
	         (long long)(HOUR_START + 5));
	assert_int_equal(unlink(p->file), 0);
	snprintf(p->file, sizeof p->file, "%s/wire.db", p->directory);
}

/* A file of which nobody knows how much it took: an older program's. */
static void
test_lost_unknown(void **state)
{
	struct place *p = *state;
	char why[256];
	struct store *s;

	attempt(p, HOUR_START + SECOND, 66, 1);
	assert_true(write_down(p));
	wire_rows_close(p->rows);
	s = store_open(p->file, &schema_wire, why, sizeof why);
	assert_non_null(s);
	assert_true(store_run(s, "DELETE FROM meta WHERE key = 'recorded'"));
	store_close(s);
	p->rows = wire_rows_open(p->directory, p->config, why, sizeof why);
	assert_non_null(p->rows);
	attempt(p, HOUR_START + 2 * SECOND, 66, 1);
	assert_true(write_down(p));
	remove_database(p);
	wire_rows_look(p->rows, HOUR_START + 4 * SECOND);
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT count(*) FROM gap WHERE missing IS NULL"), 1);
	assert_int_equal(number(p, "SELECT since FROM gap"), HOUR_START); /* of its oldest minute */
}

/* No file can be created for a while: counts wait. */
static void
test_away(void **state)
{
	struct place *p = *state;
	char other[100];
	bool more;

	attempt(p, HOUR_START + SECOND, 66, 1);
	assert_true(write_down(p));
	snprintf(other, sizeof other, "%s.away", p->directory);
	assert_int_equal(rename(p->directory, other), 0);
	attempt(p, HOUR_START + 2 * SECOND, 67, 1);
	wire_rows_look(p->rows, HOUR_START + 4 * SECOND);
	assert_false(write_down(p));
	assert_false(wire_rows_journal(p->rows, HOUR_START, "start", "test"));
	assert_true(wire_rows_seal(p->rows, HOUR_START, &more) && wire_rows_prune(p->rows, HOUR_START));
	assert_int_equal(rename(other, p->directory), 0);
	wire_rows_look(p->rows, HOUR_START + 5 * SECOND); /* it is the old file, so nothing of it is counted twice */
	assert_true(write_down(p));
	assert_int_equal(number(p, "SELECT sum(attempts) FROM attempt"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_adding, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_columns, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_taking_back, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_failure_half_way, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_ranges, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_unknown_gap, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_gap_between_runs, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_urgency, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_keep, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_max_size, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_max_size_devices, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_lost_twice, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_lost_unknown, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_away, setup, teardown),
	};

	return cmocka_run_group_tests_name("wire_rows", tests, NULL, NULL);
}
