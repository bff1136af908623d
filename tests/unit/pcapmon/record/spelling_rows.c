/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spelling of names in wire.db. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/database/columns.h"
#include "pcapmon/companions/records.h"
#include "pcapmon/record/spelling_rows.h"
#include "tests/unit/common/wire_log.h"

#define COUNT(condition) "SELECT count(*) FROM spelling WHERE " condition

static struct companions *companions;
static struct spelling_rows *rows;

static void
begin(struct wire_log *p, bool names)
{
	const struct companions_options o = {.seed = 1, .nameless = !names};

	assert_non_null(companions = companions_new(&o));
	assert_non_null(rows = spelling_rows_new(p->rows, companions));
	wire_rows_attach(p->rows, &(struct wire_part){.arg = rows,
	                                              .open = spelling_rows_open,
	                                              .row = spelling_rows_row,
	                                              .put = spelling_rows_put,
	                                              .done = spelling_rows_done});
}

static void
end(void)
{
	spelling_rows_free(rows);
	companions_free(companions);
}

/* The name of a number, as DNS has it. */
static uint8_t
name_of(unsigned n, uint8_t name[16])
{
	return (uint8_t)(snprintf((char *)name, 16, "\4d%03u\2ex", n) + 1);
}

/* A question of 10.1.0.`host`, and an answer without records. */
static void
look_up(uint8_t host, unsigned n, int64_t when)
{
	uint8_t b[64] = {0, (uint8_t)n, 1, 0, 0, 1}, size = name_of(n, b + 12);
	struct packet p = {.protocol = PROTOCOL_UDP, .payload = b, .payload_size = 12U + size + 4U};

	b[12 + size + 1] = DNS_A;
	b[12 + size + 3] = 1;
	for (int answer = 0; answer < 2; answer++) {
		p.src = answer ? addr_v4((uint8_t[]){192, 0, 2, 53}) : addr_v4((uint8_t[]){10, 1, 0, host});
		p.dst = answer ? addr_v4((uint8_t[]){10, 1, 0, host}) : addr_v4((uint8_t[]){192, 0, 2, 53});
		p.sport = answer ? PORT_DNS : 40000;
		p.dport = answer ? 40000 : PORT_DNS;
		b[2] = answer ? 0x81 : 1;
		companions_packet(companions, &p, when);
	}
}

/* An opening to the address of a name that was looked up. */
static struct minute_row *
contact(struct wire_log *p, uint8_t host, unsigned n, int64_t when)
{
	uint8_t name[16];
	const struct minute_key key = {.host = addr_v4((uint8_t[]){10, 1, 0, host}),
	                               .destination = addr_v4((uint8_t[]){203, 0, 113, (uint8_t)n}),
	                               .port = 25};
	struct minute_row *row;

	look_up(host, n, when);
	assert_non_null(row = minutes_at(p->minutes, when, &key));
	row->count[WIRE_ATTEMPTS]++;
	row->naming = n % 2 == 0 ? NAMING_NAME : NAMING_MX;
	row->name = dns_name_hash(name, name_of(n, name));
	return row;
}

static void
the_latest_few_of_a_host_are_kept(void **state)
{
	struct wire_log *p = *state;

	begin(p, true);
	for (unsigned n = 0; n < 40; n++)
		contact(p, 66, n, WIRE_LOG_START + n);
	contact(p, 67, 7, WIRE_LOG_START);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("host = x'0a010042' AND naming = 1")), NAMING_SPELLED);
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("host = x'0a010042' AND naming = 2")), NAMING_SPELLED);
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("host = x'0a010043' AND text = 'd007.ex'")), 1);
	contact(p, 66, 101, WIRE_LOG_START + MINUTE);
	contact(p, 66, 103, WIRE_LOG_START + MINUTE);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("host = x'0a010042' AND naming = 2")), NAMING_SPELLED);
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("text IN ('d101.ex', 'd103.ex')")), 2);
	/* The names that the rows have are those of the texts. */
	assert_int_equal(scratch_number(p->scratch.wire, "SELECT count(*) FROM spelling AS s WHERE NOT EXISTS (SELECT *"
	                                                 " FROM attempt AS a WHERE a.host = s.host AND a.name = s.name"
	                                                 " AND a.naming = s.naming AND a.minute = s.minute)"),
	                 0);
	end();
}

static void
a_listed_host_has_none(void **state)
{
	struct wire_log *p = *state;

	begin(p, true);
	contact(p, 66, 1, WIRE_LOG_START)->count[WIRE_LISTED]++;
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("true")), 0);
	end();
}

static void
they_go_with_their_minutes(void **state)
{
	struct wire_log *p = *state;

	begin(p, true);
	p->config->keep = DAY;
	contact(p, 66, 1, WIRE_LOG_START);
	contact(p, 66, 3, WIRE_LOG_START + 2 * HOUR);
	assert_true(wire_log_write(p));
	wire_log_prune(p, WIRE_LOG_START + DAY + HOUR);
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("true")), 2);
	spelling_rows_free(rows); /* another run */
	assert_non_null(rows = spelling_rows_new(p->rows, companions));
	assert_true(spelling_rows_put(rows));
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("true")), 1);
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("text = 'd003.ex'")), 1);
	end();
}

static void
without_names_the_table_is_emptied(void **state)
{
	struct wire_log *p = *state;

	begin(p, true);
	contact(p, 66, 1, WIRE_LOG_START);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("true")), 1);
	end();
	assert_non_null(rows = spelling_rows_new(p->rows, NULL));
	assert_true(spelling_rows_put(rows));
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("true")), 0);
	spelling_rows_free(rows);
}

static void
names_off_writes_none(void **state)
{
	struct wire_log *p = *state;

	begin(p, false);
	contact(p, 66, 1, WIRE_LOG_START);
	assert_true(wire_log_write(p));
	assert_int_equal(scratch_number(p->scratch.wire, COUNT("true")), 0);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(the_latest_few_of_a_host_are_kept, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(a_listed_host_has_none, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(they_go_with_their_minutes, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(without_names_the_table_is_emptied, wire_log_setup, wire_log_teardown),
	        cmocka_unit_test_setup_teardown(names_off_writes_none, wire_log_setup, wire_log_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
