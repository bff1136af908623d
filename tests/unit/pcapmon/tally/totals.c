/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pcapmon/tally/totals.h"
#include "lib/base/when.h"

#define START (INT64_C(28333333) * MINUTE)

static struct addr
host_number(uint32_t n)
{
	return addr_v4((uint8_t[]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

struct seen_syn {
	uint32_t host, destination;
	uint16_t port;
	int64_t when;
	bool is_new;
};

static void
syn(struct totals *t, const struct seen_syn *s)
{
	struct flow f = {.src = host_number(s->host), .dst = host_number(s->destination), .dport = s->port};

	f.dst.bytes[0] = 203;
	totals_syn(t, &f, s->when, s->is_new);
}

static void
syns_and_outcomes_add_up(void **state)
{
	struct totals *t = totals_new();
	const struct host_total *row;
	struct addr host = host_number(1), other = host_number(2);
	size_t count;

	(void)state;
	assert_non_null(t);
	syn(t, &(struct seen_syn){1, 1, 25, START + 5, true});
	syn(t, &(struct seen_syn){1, 1, 25, START + 6, false});
	syn(t, &(struct seen_syn){1, 2, 25, START + MINUTE, true});
	syn(t, &(struct seen_syn){1, 1, 25, START + 1, true}); /* back in the first minute */
	totals_outcome(t, &host, 25, 1, 0);
	totals_outcome(t, &host, 25, 0, 1);
	totals_outcome(t, &host, 25, 0, 1);
	totals_outcome(t, &host, 25, 0, -1);
	totals_outcome(t, &other, 25, 1, 0); /* never seen: no row comes of it */
	row = totals_sorted(t, &count);
	assert_int_equal(count, 1);
	assert_int_equal(row->syns, 4);
	assert_int_equal(row->attempts, 3);
	assert_int_equal(row->retransmits, 1);
	assert_int_equal(row->destinations, 2);
	assert_int_equal(row->established, 1);
	assert_int_equal(row->refused, 1);
	assert_int_equal(row->peak, 2);
	assert_int_equal(row->first, START + 1);
	assert_int_equal(row->last, START + MINUTE);
	assert_int_equal(totals_beyond(t), 0);
	assert_false(totals_inexact(t));
	totals_free(t);
}

static void
totals_are_sorted(void **state)
{
	struct totals *t = totals_new();
	const struct host_total *row;
	size_t count;

	(void)state;
	syn(t, &(struct seen_syn){3, 1, 587, START, true});
	syn(t, &(struct seen_syn){3, 1, 25, START, true});
	syn(t, &(struct seen_syn){2, 1, 25, START, true});
	syn(t, &(struct seen_syn){9, 1, 25, START, true});
	syn(t, &(struct seen_syn){9, 1, 25, START, true});
	row = totals_sorted(t, &count);
	assert_int_equal(count, 4);
	assert_int_equal(row[0].host.bytes[3], 9);
	assert_int_equal(row[1].host.bytes[3], 2);
	assert_int_equal(row[2].host.bytes[3], 3);
	assert_int_equal(row[2].port, 25);
	assert_int_equal(row[3].port, 587);
	totals_free(t);
}

/* Many destinations of one host, each twice: the tables grow, and nothing is counted twice. */
static void
tables_grow_without_double_counts(void **state)
{
	struct totals *t = totals_new();
	const struct host_total *row;
	size_t count;

	(void)state;
	for (uint32_t i = 0; i < 200000; i++)
		syn(t, &(struct seen_syn){1, i % 100000, 25, START + i, true});
	row = totals_sorted(t, &count);
	assert_int_equal(count, 1);
	assert_int_equal(row->destinations, 100000);
	assert_int_equal(row->peak, 200000);
	totals_free(t);
}

/* One host more than there is room for: its SYNs are counted as beyond, the others go on. */
static void
hosts_beyond_the_room_are_counted_together(void **state)
{
	struct totals *t = totals_new();
	const struct host_total *row;
	size_t count;
	uint64_t syns = 0;

	(void)state;
	for (uint32_t i = 0; i <= TOTALS_HOSTS; i++)
		syn(t, &(struct seen_syn){i, 1, 25, START, true});
	syn(t, &(struct seen_syn){TOTALS_HOSTS, 1, 25, START, true});
	syn(t, &(struct seen_syn){0, 1, 25, START, true});
	assert_int_equal(totals_beyond(t), 2);
	row = totals_sorted(t, &count);
	assert_int_equal(count, TOTALS_HOSTS);
	for (size_t i = 0; i < count; i++)
		syns += row[i].syns;
	assert_int_equal(syns, TOTALS_HOSTS + 1);
	assert_int_equal(row[0].attempts, 2);
	totals_free(t);
}

/* A host that had to go: its SYNs are the pool's, and what was seen of it is nobody's. */
static void
an_evicted_host_goes_to_the_pool(void **state)
{
	struct totals *t = totals_new();
	struct addr host = addr_v4((uint8_t[]){10, 0, 0, 7});
	const struct host_total *row;
	size_t count;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		syn(t, &(struct seen_syn){7, i, 25, START, true});
	syn(t, &(struct seen_syn){8, 1, 25, START, true});
	totals_forget(t, &host, 25);
	totals_forget(t, &host, 587);
	assert_int_equal(totals_pool(t, POOL_ROOM)->syns, 5);
	syn(t, &(struct seen_syn){7, 1, 25, START, true});
	row = totals_sorted(t, &count);
	assert_int_equal(count, 2);
	assert_int_equal(row[0].host.bytes[3], 7);
	assert_int_equal(row[0].destinations, 1);
	assert_int_equal(row[0].peak, 1);
	totals_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(syns_and_outcomes_add_up),
	        cmocka_unit_test(totals_are_sorted),
	        cmocka_unit_test(tables_grow_without_double_counts),
	        cmocka_unit_test(hosts_beyond_the_room_are_counted_together),
	        cmocka_unit_test(an_evicted_host_goes_to_the_pool),
	};

	totals_free(NULL);
	return cmocka_run_group_tests_name("totals", tests, NULL, NULL);
}
