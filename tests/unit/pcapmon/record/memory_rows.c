/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory that a run leaves to the next one: attempts, outcomes and connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "pcapmon/record/memory_rows.h"
#include "tests/unit/common/tallied.h"

#define SECOND INT64_C(1000000)

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
	struct tallied p, q;
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
	tallied_begin(&p, seed, 1 << 17);
	m = memory_rows_new(s, p.tally);
	assert_non_null(m);
	tallied_segment(&p, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, TALLIED_START});
	tally_settle(p.tally);
	if (!whole)
		write_memory(s, m);
	tallied_segment(&p, &(struct segment){0x0a010002, 1, TCP_SYN, 5, 0, TALLIED_START + 1});
	tallied_handshake(&p, 0x0a010003, 1, 5, TALLIED_START + 2);
	tallied_segment(&p, &(struct segment){0x0a010002, 1, TCP_SYN | TCP_ACK, 800, 6, TALLIED_START + 10});
	tally_settle(p.tally);
	if (whole)
		memory_rows_last(m);
	write_memory(s, m);
	memory_rows_free(m);
	tallied_end(&p);

	assert_true(memory_rows_seed(s, 78, &seed));
	assert_int_equal(seed, 77);
	tallied_begin(&q, seed, 1 << 17);
	m = memory_rows_new(s, q.tally);
	assert_true(memory_rows_load(m));
	tallied_segment(&q, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, TALLIED_START + SECOND}); /* sent again */
	tallied_segment(
	        &q, &(struct segment){0x0a010002, 1, TCP_ACK, 6, 801, TALLIED_START + SECOND}); /* ends the handshake */
	tallied_segment(&q, &(struct segment){0x0a010003, 1, TCP_FIN | TCP_ACK, 106, 9011, TALLIED_START + SECOND});
	tallied_segment(&q, &(struct segment){0x0a010004, 1, TCP_SYN, 5, 0, TALLIED_START + SECOND});
	tally_settle(q.tally);
	assert_int_equal(tally_sums(q.tally).attempts, 1);
	assert_int_equal(tally_sums(q.tally).established, 1);
	assert_int_equal(tallied_total(&q, 0x0a010001)->retransmits, 1);
	assert_int_equal(tallied_total(&q, 0x0a010001)->attempts, 0);
	memory_rows_whole(m);
	write_memory(s, m); /* the closed one waits for the server, the other one is open */
	memory_rows_free(m);
	tallied_end(&q);

	tallied_begin(&q, seed, 1 << 17);
	m = memory_rows_new(s, q.tally);
	assert_true(memory_rows_load(m));
	tallied_segment(&q, &(struct segment){0x0a010004, 1, TCP_SYN, 5, 0,
	                                      TALLIED_START + 200 * SECOND}); /* too late: a new one */
	tally_settle(q.tally);
	assert_int_equal(tally_sums(q.tally).attempts, 1);
	memory_rows_free(m);
	tallied_end(&q);
	store_close(s);
	unlink(path);
	rmdir(directory);
}

static int
open_connections(const struct tallied *p)
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
	struct tallied p, q;
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
	tallied_begin(&p, 77, 1 << 17);
	m = memory_rows_new(s[0], p.tally);
	tallied_segment(&p, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, TALLIED_START});
	tallied_handshake(&p, 0x0a010003, 1, 5, TALLIED_START + 2);
	tally_settle(p.tally);
	write_memory(s[0], m);
	assert_true(memory_rows_open(m, s[1]));
	write_memory(s[1], m);
	memory_rows_free(m);
	tallied_end(&p);

	assert_true(memory_rows_seed(s[1], 79, &seed));
	assert_int_equal(seed, 77);
	tallied_begin(&q, seed, 1 << 17);
	m = memory_rows_new(s[1], q.tally);
	assert_true(memory_rows_load(m));
	tallied_segment(&q, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, TALLIED_START + SECOND});
	assert_int_equal(open_connections(&q), 1);
	tallied_segment(&q, &(struct segment){0x0a010003, 1, TCP_RST | TCP_ACK, 106, 9011, TALLIED_START + SECOND});
	tally_settle(q.tally);
	assert_int_equal(open_connections(&q), 0);
	assert_int_equal(tally_sums(q.tally).attempts, 0);
	assert_int_equal(tallied_total(&q, 0x0a010001)->retransmits, 1);
	memory_rows_free(m);
	tallied_end(&q);
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
	struct tallied p;
	struct store *s;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/wire.db", directory);
	assert_non_null(s = store_open(path, &schema_wire, why, sizeof why));
	assert_true(store_run(s, rows));
	tallied_begin(&p, 1, 1 << 17);
	assert_non_null(m = memory_rows_new(s, p.tally));
	assert_true(memory_rows_load(m));
	assert_int_equal(tally_newest(p.tally), 0);
	assert_int_equal(open_connections(&p), 0);
	tallied_segment(&p, &(struct segment){0x0a010001, 1, TCP_SYN, 5, 0, TALLIED_START});
	tally_settle(p.tally);
	assert_int_equal(tally_newest(p.tally), TALLIED_START);
	memory_rows_free(m);
	tallied_end(&p);
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
	        cmocka_unit_test(memory_written_each_second_is_complete),
	        cmocka_unit_test(memory_written_at_the_end_is_complete),
	        cmocka_unit_test(another_file_gets_the_whole_memory),
	        cmocka_unit_test(impossible_times_are_not_loaded),
	};

	return cmocka_run_group_tests_name("memory_rows", tests, NULL, NULL);
}
