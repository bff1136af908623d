/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.db: `keep` and `max-size`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/config/config.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"
#include "tests/unit/common/scratch.h"
#include "tests/unit/common/wire_log.h"

static int64_t
size_of(const struct wire_log *p)
{
	char why[256];
	struct store *s = store_open_readonly(p->scratch.wire, &schema_wire, why, sizeof why);
	int64_t size;

	assert_non_null(s);
	size = store_size(s);
	store_close(s);
	return size;
}

static void
old_minutes_become_hours(void **state)
{
	struct wire_log *p = *state;

	p->config->keep = DAY;
	for (uint16_t i = 0; i < 40; i++)
		wire_log_attempt(p, WIRE_LOG_START, 66, i);
	for (uint16_t i = 0; i < 5; i++) /* the same ones again, in another minute */
		wire_log_attempt(p, WIRE_LOG_START + 60 * SECOND, 66, i);
	wire_log_attempt(p, WIRE_LOG_START + 3600 * SECOND, 66, 1); /* the next hour stays */
	wire_log_attempt(p, WIRE_LOG_START, 67, 1);
	assert_true(wire_log_write(p));
	wire_log_prune(p, WIRE_LOG_START + DAY + 3599 * SECOND);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM hour"),
	                 0); /* the hour is not over for `keep` */
	wire_log_prune(p, WIRE_LOG_START + DAY + 3600 * SECOND);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM attempt"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM hour"), 2);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT attempts FROM hour WHERE host = x'0a010042'"), 45);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT peak FROM hour WHERE host = x'0a010042'"), 40);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT destinations FROM hour WHERE host = x'0a010042'"), 40);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT hour FROM hour LIMIT 1"),
	                 WIRE_LOG_START / (3600 * SECOND));
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT attempts FROM hour WHERE host = x'0a010043'"), 1);

	/* A late row is added to an hour that was rolled up. */
	wire_log_attempt(p, WIRE_LOG_START + 60 * SECOND, 66, 9);
	assert_true(wire_log_write(p));
	wire_log_prune(p, WIRE_LOG_START + DAY + 3600 * SECOND);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT attempts FROM hour WHERE host = x'0a010042'"), 46);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT peak FROM hour WHERE host = x'0a010042'"), 40);
}

static void
mark(struct wire_log *p, const char *sql)
{
	char why[256];
	struct store *s = store_open(p->scratch.wire, &schema_wire, why, sizeof why);

	assert_non_null(s);
	assert_true(store_run(s, sql));
	store_close(s);
}

/* Traffic of the host in the same hour must not pass for a drill. */
static void
hours_of_drills_stay_marked(void **state)
{
	struct wire_log *p = *state;

	p->config->keep = DAY;
	for (uint8_t host = 66; host < 69; host++)
		for (int minute = 0; minute < 2; minute++)
			wire_log_attempt(p, WIRE_LOG_START + minute * 60 * SECOND, host, 1);
	assert_true(wire_log_write(p));
	mark(p, "UPDATE attempt SET drill = 1 WHERE host = x'0a010042'"
	        " OR (host = x'0a010043' AND minute = (SELECT min(minute) FROM attempt))");
	wire_log_prune(p, WIRE_LOG_START + DAY + 3600 * SECOND);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM hour"), 3);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT sum(drill) FROM hour"), 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT drill FROM hour WHERE host = x'0a010042'"), 1);
}

static void
the_oldest_day_goes_first(void **state)
{
	struct wire_log *p = *state;
	int64_t before;

	for (int day = 0; day < 4; day++) {
		for (uint16_t i = 0; i < 3000; i++)
			wire_log_attempt(p, WIRE_LOG_START + day * DAY + i / 30 * 60 * SECOND, 66, i);
		assert_true(wire_log_write(p));
	}
	before = size_of(p);
	p->config->max_size = ((uint64_t)before - 20000) * 8 / 7 + 8; /* an eighth is for the write-ahead log */
	wire_log_prune(p, WIRE_LOG_START + 4 * DAY);
	assert_true(size_of(p) <= before - 20000);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT min(minute) / 1440 FROM attempt"),
	                 WIRE_LOG_START / DAY + 1);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT sum(attempts) FROM attempt"), 9000 + 3000 - 1800);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT sum(attempts) FROM hour"), 1800);

	p->config->max_size = 1; /* cannot be reached: all goes, and it ends */
	wire_log_prune(p, WIRE_LOG_START + 4 * DAY);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM attempt"), 0);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM hour"), 0);
	assert_true(scratch_number(p->scratch.wire, "SELECT count(*) FROM journal WHERE what = 'prune'") > 0);
}

/* A host that changes its MAC address with every packet: the log stays. */
static void
devices_do_not_displace_the_log(void **state)
{
	struct wire_log *p = *state;
	struct addr host = addr_v4((uint8_t[]){10, 1, 0, 66});

	p->config->max_size = 1 << 20;
	for (int i = 0; i < 3; i++)
		wire_log_attempt(p, WIRE_LOG_START + i * DAY, 66, 1);
	for (uint32_t i = 0; i < 30000; i++) {
		uint8_t mac[] = {2, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		if (!devices_saw(p->devices, &host, mac, WIRE_LOG_START))
			assert_true(wire_log_write(p));
	}
	assert_true(wire_log_write(p));
	wire_log_prune(p, WIRE_LOG_START + 3 * DAY);
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM attempt"), 3);
	assert_in_range(scratch_number(p->scratch.wire, "SELECT count(*) FROM device"), 1, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(old_minutes_become_hours, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(hours_of_drills_stay_marked, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(the_oldest_day_goes_first, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(devices_do_not_displace_the_log, wire_log_setup, wire_log_teardown),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
