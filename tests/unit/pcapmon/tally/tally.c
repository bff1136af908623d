/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tally where tables are short: who is told apart under a flood, what is counted beside, what a restart keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "pcapmon/tally/tracked.h"
#include "pcapmon/record/memory_rows.h"
#include "pcapmon/tally/tally.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1700000000) * SECOND)

static const uint16_t ports[] = {25};

struct place {
	struct counters counters;
	struct tally *tally;
};

static void
begin_with(struct place *p, uint64_t seed, size_t attempts)
{
	*p = (struct place){0};
	p->counters.totals = totals_new();
	p->tally = tally_new(&(struct tally_options){
	        .ports = ports, .port_count = 1, .counters = &p->counters, .attempts = attempts, .seed = seed});
	assert_non_null(p->counters.totals);
	assert_non_null(p->tally);
}

static void
begin(struct place *p, uint64_t seed)
{
	begin_with(p, seed, 1 << 17);
}

static void
end(struct place *p)
{
	tally_free(p->tally);
	totals_free(p->counters.totals);
}

/* A segment of a source to 203.0.113.9; a SYN-ACK comes from there. */
struct segment {
	uint32_t source;
	uint16_t sport;
	uint8_t flags;
	uint32_t seq, ack;
	int64_t when;
};

static void
packet(struct place *p, const struct segment *g)
{
	struct packet s = {.sport = g->sport,
	                   .dport = 25,
	                   .seq = g->seq,
	                   .ack = g->ack,
	                   .flags = g->flags,
	                   .ttl = 64,
	                   .protocol = PROTOCOL_TCP,
	                   .src = addr_v4((uint8_t[]){(uint8_t)(g->source >> 24), (uint8_t)(g->source >> 16),
	                                              (uint8_t)(g->source >> 8), (uint8_t)g->source}),
	                   .dst = addr_v4((uint8_t[]){203, 0, 113, 9})};

	if ((g->flags & TCP_SYN) != 0 && (g->flags & TCP_ACK) != 0) { /* from the server */
		struct packet back = s;

		back.src = s.dst;
		back.dst = s.src;
		back.sport = 25;
		back.dport = g->sport;
		s = back;
	}
	tally_packet(p->tally, &s, g->when);
}

static void
handshake(struct place *p, uint32_t source, uint16_t sport, uint32_t isn, int64_t when)
{
	packet(p, &(struct segment){source, sport, TCP_SYN, isn, 0, when});
	packet(p, &(struct segment){source, sport, TCP_SYN | TCP_ACK, 9000, isn + 1, when + 1});
	packet(p, &(struct segment){source, sport, TCP_ACK, isn + 1, 9001, when + 2});
}

static const struct host_total *
total(struct place *p, uint32_t source)
{
	size_t count;
	const struct host_total *row;

	tally_settle(p->tally);
	row = totals_sorted(p->counters.totals, &count);
	for (size_t i = 0; i < count; i++)
		if (row[i].host.bytes[0] == source >> 24 && row[i].host.bytes[3] == (source & 255) &&
		    row[i].host.bytes[1] == (source >> 16 & 255) && row[i].host.bytes[2] == (source >> 8 & 255))
			return &row[i];
	return NULL;
}

/* Spread like random sources, and never the same twice. */
static uint32_t
spoofed(uint32_t n)
{
	return UINT32_C(0x40000000) + (n * UINT32_C(2654435761) & UINT32_C(0x3fffffff));
}

/* A run that stores attempts is notified that there are too many to list. */
static void
too_many_changes_are_noticed(void **state)
{
	struct place p;
	uint32_t n = 0;

	(void)state;
	begin(&p, 1);
	for (; n < 8192; n++)
		packet(&p, &(struct segment){spoofed(n), 1, TCP_SYN, n, 0, START + n});
	tally_settle(p.tally);
	assert_false(tally_missed(p.tally));
	packet(&p, &(struct segment){spoofed(n), 1, TCP_SYN, n, 0, START + n});
	tally_settle(p.tally);
	assert_true(tally_missed(p.tally));
	tally_kept(p.tally);
	assert_true(tally_missed(p.tally)); /* the one is still not written */
	end(&p);
}

/* 400,000 sources that come once each, before and after the host does what it does. */
static void
a_flood_of_sources_displaces_no_host(void **state)
{
	struct place p;
	const uint32_t bot = 0x0a010042, late = 0x0a010043;
	struct tally_sums sums;

	(void)state;
	begin(&p, 1);
	for (uint32_t i = 0; i < 5; i++)
		packet(&p, &(struct segment){bot, (uint16_t)(1000 + i), TCP_SYN, i, 0, START + i});
	for (uint32_t i = 0; i < 400000; i++)
		packet(&p, &(struct segment){spoofed(i), 1, TCP_SYN, i, 0, START + 2 * SECOND + i * 100});
	for (uint32_t i = 0; i < 5; i++)
		packet(&p, &(struct segment){bot, (uint16_t)(2000 + i), TCP_SYN, i, 0, START + 60 * SECOND + i});
	handshake(&p, late, 1, 7, START + 61 * SECOND);
	tally_settle(p.tally);
	sums = tally_sums(p.tally);
	assert_int_equal(total(&p, bot)->attempts, 10);
	assert_int_equal(total(&p, late)->attempts, 1);
	assert_int_equal(total(&p, late)->established, 1);
	assert_in_range(sums.attempts, TRACKED_HOSTS, TRACKED_HOSTS + 10000); /* some look as if they came twice */
	assert_int_equal(sums.attempts + sums.pooled, 400000 + 11);
	/* Those that lost their place made one attempt each. */
	assert_int_equal(totals_pool(p.counters.totals, POOL_ROOM)->attempts, sums.pooled + sums.evicted_hosts);
	end(&p);
}

/* A SYN that may be sent again, of an attempt that was evicted, is no attempt; later it is one. */
static void
a_syn_in_doubt_is_no_attempt(void **state)
{
	const uint32_t first = 0x0a010001;
	struct tally_sums sums;
	struct place p;

	(void)state;
	begin_with(&p, 1, 1);
	for (uint32_t i = 0; i <= 16; i++) /* one more than there is room for */
		packet(&p, &(struct segment){first + i, 1000, TCP_SYN, 7, 0, START + i * SECOND});
	packet(&p, &(struct segment){first, 1000, TCP_SYN, 7, 0, START + 20 * SECOND});
	tally_settle(p.tally);
	sums = tally_sums(p.tally);
	assert_int_equal(sums.syns, 18);
	assert_int_equal(sums.attempts, 17);
	assert_int_equal(total(&p, first)->attempts, 1);
	assert_int_equal(total(&p, first)->retransmits, 1);
	packet(&p, &(struct segment){first, 1000, TCP_SYN, 8, 0, START + 420 * SECOND});
	tally_settle(p.tally);
	assert_int_equal(tally_sums(p.tally).attempts, 18);
	end(&p);
}

/* Where there is no room, who comes twice gets in instead of one who came once, and what that one did is pooled. */
static void
a_source_is_tracked_at_its_second_attempt(void **state)
{
	struct tracked *c = tracked_new(1);
	struct addr first = addr_v4((uint8_t[]){10, 1, 0, 1}), proved = addr_v4((uint8_t[]){10, 1, 0, 2}), evicted, a;
	uint32_t in = 0, came = 0, let = 0;

	(void)state;
	assert_true(tracked_attempt(c, &first, &evicted));
	assert_true(tracked_attempt(c, &first, &evicted));
	tracked_proved(c, &proved, &evicted);
	for (uint32_t i = 0; i < 600000; i++) {
		a = addr_v4((uint8_t[]){64, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
		in += tracked_attempt(c, &a, &evicted);
		came += evicted.family != 0;
	}
	assert_in_range(in, TRACKED_HOSTS,
	                2 * TRACKED_HOSTS + 60000); /* two that share a bit look like one that came twice */
	for (uint32_t i = 599000; i < 600000; i++) {
		a = addr_v4((uint8_t[]){64, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
		let += tracked_attempt(c, &a, &evicted);
		came += evicted.family != 0;
	}
	assert_in_range(let, 900, 1000);
	assert_int_equal(tracked_evicted(c), came);
	assert_true(tracked_has(c, &first));
	assert_true(tracked_has(c, &proved));
	tracked_free(c);
}

static void
write_memory(struct store *s, struct memory_rows *m)
{
	assert_true(store_begin(s) && memory_rows_put(m) && store_commit(s));
	memory_rows_done(m);
}

/* An attempt, a refused one and a connection, of which the next run must know; in each second of the first run, or all
 * at its end. */
static void
go_on(bool whole)
{
	struct place p, q;
	struct memory_rows *m;
	struct store *s;
	char directory[] = "/tmp/test_tally.XXXXXX", path[64], why[256];
	uint64_t seed;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/wire.db", directory);
	s = store_open(path, &schema_wire, why, sizeof why);
	assert_non_null(s);
	assert_true(memory_rows_seed(s, 77, &seed));
	assert_int_equal(seed, 77);
	begin(&p, seed);
	m = memory_rows_new(s, p.tally);
	assert_non_null(m);
	packet(&p, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, START});
	tally_settle(p.tally);
	if (!whole)
		write_memory(s, m);
	packet(&p, &(struct segment){0x0a010002, 1, TCP_SYN, 5, 0, START + 1});
	handshake(&p, 0x0a010003, 1, 5, START + 2);
	packet(&p, &(struct segment){0x0a010002, 1, TCP_SYN | TCP_ACK, 800, 6, START + 10});
	tally_settle(p.tally);
	if (whole)
		memory_rows_last(m);
	write_memory(s, m);
	memory_rows_free(m);
	end(&p);

	assert_true(memory_rows_seed(s, 78, &seed));
	assert_int_equal(seed, 77);
	begin(&q, seed);
	m = memory_rows_new(s, q.tally);
	assert_true(memory_rows_load(m));
	packet(&q, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, START + SECOND});   /* sent again */
	packet(&q, &(struct segment){0x0a010002, 1, TCP_ACK, 6, 801, START + SECOND}); /* ends the handshake */
	packet(&q, &(struct segment){0x0a010003, 1, TCP_FIN | TCP_ACK, 106, 9011, START + SECOND});
	packet(&q, &(struct segment){0x0a010004, 1, TCP_SYN, 5, 0, START + SECOND});
	tally_settle(q.tally);
	assert_int_equal(tally_sums(q.tally).attempts, 1);
	assert_int_equal(tally_sums(q.tally).established, 1);
	assert_int_equal(total(&q, 0x0a010001)->retransmits, 1);
	assert_int_equal(total(&q, 0x0a010001)->attempts, 0);
	memory_rows_whole(m);
	write_memory(s, m); /* the closed one waits for the server, the other one is open */
	memory_rows_free(m);
	end(&q);

	begin(&q, seed);
	m = memory_rows_new(s, q.tally);
	assert_true(memory_rows_load(m));
	packet(&q, &(struct segment){0x0a010004, 1, TCP_SYN, 5, 0, START + 200 * SECOND}); /* too late: a new one */
	tally_settle(q.tally);
	assert_int_equal(tally_sums(q.tally).attempts, 1);
	memory_rows_free(m);
	end(&q);
	store_close(s);
	unlink(path);
	rmdir(directory);
}

static int
open_connections(const struct place *p)
{
	const struct connection *k;
	int count = 0;

	for (size_t i = 0; (k = connections_at(tally_connections(p->tally), i)) != NULL; i++)
		count += k->flow != 0 && k->end == END_NONE;
	return count;
}

/* Another file is told everything, not only what changed, and in the tally's hashes. */
static void
another_file_gets_the_whole_memory(void **state)
{
	struct place p, q;
	struct memory_rows *m;
	struct store *s[2];
	char directory[] = "/tmp/test_tally.XXXXXX", path[2][64], why[256];
	uint64_t seed;

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof path[i], "%s/%d.db", directory, i);
		s[i] = store_open(path[i], &schema_wire, why, sizeof why);
		assert_non_null(s[i]);
	}
	assert_true(memory_rows_seed(s[0], 77, &seed));
	assert_true(memory_rows_seed(s[1], 78, &seed)); /* somebody else's */
	begin(&p, 77);
	m = memory_rows_new(s[0], p.tally);
	packet(&p, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, START});
	handshake(&p, 0x0a010003, 1, 5, START + 2);
	tally_settle(p.tally);
	write_memory(s[0], m);
	assert_true(memory_rows_open(m, s[1]));
	write_memory(s[1], m);
	memory_rows_free(m);
	end(&p);

	assert_true(memory_rows_seed(s[1], 79, &seed));
	assert_int_equal(seed, 77);
	begin(&q, seed);
	m = memory_rows_new(s[1], q.tally);
	assert_true(memory_rows_load(m));
	packet(&q, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, START + SECOND});
	assert_int_equal(open_connections(&q), 1);
	packet(&q, &(struct segment){0x0a010003, 1, TCP_RST | TCP_ACK, 106, 9011, START + SECOND});
	tally_settle(q.tally);
	assert_int_equal(open_connections(&q), 0);
	assert_int_equal(tally_sums(q.tally).attempts, 0);
	assert_int_equal(total(&q, 0x0a010001)->retransmits, 1);
	memory_rows_free(m);
	end(&q);
	for (int i = 0; i < 2; i++) {
		store_close(s[i]);
		unlink(path[i]);
	}
	rmdir(directory);
}

/* Times that no packet has would stop the memory of attempts, and the end of idle connections, for good. */
static void
impossible_times_are_not_loaded(void **state)
{
	static const char rows[] =
	        "INSERT INTO memory_attempt (newest, entries) VALUES (1, x'0100000000000000ffffffffffffff7f' || "
	        "zeroblob(18));"
	        "INSERT INTO memory_connection (flow, entry) VALUES (1, x'0100000000000000ffffffffffffff7f' ||"
	        " zeroblob(20) || x'040a010001' || zeroblob(12));"
	        "INSERT INTO memory_waiting (kind, entry) VALUES (2, x'0100000000000000ffffffffffffff7f' || "
	        "zeroblob(8) ||"
	        " x'03')";
	char directory[] = "/tmp/test_tally.XXXXXX", path[64], why[256];
	struct memory_rows *m;
	struct place p;
	struct store *s;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/wire.db", directory);
	assert_non_null(s = store_open(path, &schema_wire, why, sizeof why));
	assert_true(store_run(s, rows));
	begin(&p, 1);
	assert_non_null(m = memory_rows_new(s, p.tally));
	assert_true(memory_rows_load(m));
	assert_int_equal(tally_newest(p.tally), 0);
	assert_int_equal(open_connections(&p), 0);
	packet(&p, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, START});
	tally_settle(p.tally);
	assert_int_equal(tally_newest(p.tally), START);
	memory_rows_free(m);
	end(&p);
	store_close(s);
	unlink(path);
	rmdir(directory);
}

static void
memory_written_each_second_is_complete(void **state)
{
	(void)state;
	go_on(false);
}

static void
memory_written_at_the_end_is_complete(void **state)
{
	(void)state;
	go_on(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(too_many_changes_are_noticed),
	        cmocka_unit_test(a_flood_of_sources_displaces_no_host),
	        cmocka_unit_test(a_syn_in_doubt_is_no_attempt),
	        cmocka_unit_test(a_source_is_tracked_at_its_second_attempt),
	        cmocka_unit_test(memory_written_each_second_is_complete),
	        cmocka_unit_test(memory_written_at_the_end_is_complete),
	        cmocka_unit_test(another_file_gets_the_whole_memory),
	        cmocka_unit_test(impossible_times_are_not_loaded),
	};

	tally_free(NULL);
	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
