/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pcapmon/tally/fragments.h"

#define START INT64_C(1700000000000000)
#define SECOND INT64_C(1000000)
#define LINK_RAW 101

static struct fragments *f;

static int
setup(void **state)
{
	(void)state;
	f = fragments_new(1);
	return f == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	fragments_free(f);
	return 0;
}

/* Bytes from..to of a TCP header with these flags, as one piece of an IPv4 packet. */
struct piece {
	uint16_t id, sport;
	uint8_t flags;
	size_t from, to;
	int64_t when;
};

static bool
piece(const struct piece *s, struct packet *out)
{
	const uint8_t tcp[24] = {[0] = (uint8_t)(s->sport >> 8),
	                         [1] = (uint8_t)s->sport,
	                         [3] = 25,
	                         [7] = 9,
	                         [12] = 0x60,
	                         [13] = s->flags};
	uint8_t b[64] = {0x45,
	                 [3] = (uint8_t)(20 + s->to - s->from),
	                 [4] = (uint8_t)(s->id >> 8),
	                 [5] = (uint8_t)s->id,
	                 [6] = s->to < 24 ? 0x20 : 0,
	                 [7] = (uint8_t)(s->from / 8),
	                 [8] = 64,
	                 [9] = 6,
	                 [12] = 10,
	                 [15] = 66,
	                 [16] = 203,
	                 [19] = 9};
	const struct frame frame = {.bytes = b, .caplen = 20 + s->to - s->from, .when = s->when, .link = LINK_RAW};

	memcpy(b + 20, tcp + s->from, s->to - s->from);
	return fragments_decode(f, &frame, out) == DECODED_SEGMENT;
}

/* In whatever order three pieces come, each packet shows its opening once. */
static void
pieces_in_any_order_show_one_opening(void **state)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct packet p;

	(void)state;
	for (uint16_t turn = 0; turn < 12; turn++) {
		int shown = 0;

		for (int i = 0; i < 3; i++) {
			size_t from = (size_t)orders[turn % 6][i] * 8;

			if (!piece(&(struct piece){turn, (uint16_t)(1000 + turn), TCP_SYN, from, from + 8, START}, &p))
				continue;
			shown++;
			assert_int_equal(p.sport, 1000 + turn);
			assert_int_equal(p.dport, 25);
			assert_int_equal(p.seq, 9);
			assert_true(packet_opens(&p));
			assert_int_equal(p.tricks, PACKET_TINY);
			assert_null(p.payload);
		}
		assert_int_equal(shown, 1);
	}
}

static void
a_number_may_be_used_again(void **state)
{
	struct packet p;

	(void)state;
	for (uint16_t turn = 0; turn < 5; turn++) {
		assert_false(piece(&(struct piece){7, (uint16_t)(1000 + turn), TCP_SYN, 0, 8, START}, &p));
		assert_true(piece(&(struct piece){7, (uint16_t)(1000 + turn), TCP_SYN, 8, 16, START}, &p));
		assert_int_equal(p.sport, 1000 + turn);
		assert_int_equal(p.tricks, PACKET_TINY);
		assert_false(piece(&(struct piece){7, (uint16_t)(1000 + turn), TCP_SYN, 16, 24, START}, &p));
	}
}

/* A first piece with the whole header is nothing to tell of. */
static void
a_whole_first_piece_shows_its_opening(void **state)
{
	struct packet p;

	(void)state;
	assert_true(piece(&(struct piece){7, 1000, TCP_SYN, 0, 16, START}, &p));
	assert_int_equal(p.tricks, 0);
	assert_false(piece(&(struct piece){7, 1000, TCP_SYN, 16, 24, START}, &p));
	assert_false(piece(&(struct piece){7, 1000, TCP_SYN, 8, 16, START}, &p)); /* the same bytes again */
}

static void
overlapping_pieces_are_marked(void **state)
{
	struct packet p;

	(void)state;
	assert_true(piece(&(struct piece){7, 1000, TCP_ACK, 0, 16, START}, &p)); /* then it becomes an opening */
	assert_false(packet_opens(&p));
	assert_true(piece(&(struct piece){7, 1000, TCP_SYN, 8, 16, START}, &p));
	assert_true(packet_opens(&p));
	assert_int_equal(p.tricks, PACKET_OVERLAPPING);
	assert_true(piece(&(struct piece){8, 1001, TCP_SYN, 0, 16, START}, &p)); /* it was one, and is overwritten */
	assert_int_equal(p.tricks, 0);
	assert_true(piece(&(struct piece){8, 1001, TCP_ACK, 8, 16, START}, &p));
	assert_int_equal(p.tricks, PACKET_OVERLAPPING | PACKET_AGAIN);
	assert_true(packet_opens(&p));
	assert_false(piece(&(struct piece){8, 1001, TCP_FIN, 8, 16, START}, &p)); /* reported already */
	assert_false(piece(&(struct piece){9, 1002, TCP_SYN, 8, 16, START},
	                   &p)); /* a receiver that keeps the first fragment sees it */
	assert_false(piece(&(struct piece){9, 1002, TCP_ACK, 8, 16, START}, &p));
	assert_true(piece(&(struct piece){9, 1002, TCP_ACK, 0, 8, START}, &p));
	assert_true(packet_opens(&p));
	assert_int_equal(p.tricks, PACKET_TINY | PACKET_OVERLAPPING);
}

static void
pieces_expire(void **state)
{
	struct packet p;

	(void)state;
	assert_false(piece(&(struct piece){7, 1000, TCP_SYN, 0, 8, START}, &p));
	assert_false(piece(&(struct piece){7, 1000, TCP_SYN, 8, 16, START + 61 * SECOND}, &p));
	assert_true(piece(&(struct piece){7, 1000, TCP_SYN, 0, 8, START + 62 * SECOND}, &p));
	assert_false(piece(&(struct piece){8, 1000, TCP_SYN, 0, 8, START}, &p));
	assert_true(piece(&(struct piece){8, 1000, TCP_SYN, 8, 16, START - 30 * SECOND},
	                  &p)); /* stamps may run backwards */
}

/* Whole headers make room without a word; what is given up unfinished is counted. */
static void
evicted_packets_are_counted(void **state)
{
	struct packet p;

	(void)state;
	for (unsigned id = 0; id < 3 * FRAGMENT_ENTRIES; id++)
		assert_true(piece(&(struct piece){(uint16_t)id, 1000, TCP_SYN, 0, 16, START}, &p));
	assert_int_equal(fragments_evicted(f), 0);
	assert_false(piece(&(struct piece){60000, 1000, TCP_SYN, 0, 8, START}, &p));
	for (unsigned id = 0; id < 3 * FRAGMENT_ENTRIES; id++)
		assert_true(piece(&(struct piece){(uint16_t)id, 1001, TCP_SYN, 0, 16, START}, &p));
	assert_true(piece(&(struct piece){60000, 1000, TCP_SYN, 8, 16, START}, &p));
	for (unsigned id = 0; id < 2 * FRAGMENT_ENTRIES; id++)
		assert_false(piece(&(struct piece){(uint16_t)(10000 + id), 1001, TCP_SYN, 0, 8, START + SECOND}, &p));
	assert_true(fragments_evicted(f) >= FRAGMENT_ENTRIES);
	assert_true(fragments_evicted(f) < 2 * FRAGMENT_ENTRIES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(pieces_in_any_order_show_one_opening, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_number_may_be_used_again, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_whole_first_piece_shows_its_opening, setup, teardown),
	        cmocka_unit_test_setup_teardown(overlapping_pieces_are_marked, setup, teardown),
	        cmocka_unit_test_setup_teardown(pieces_expire, setup, teardown),
	        cmocka_unit_test_setup_teardown(evicted_packets_are_counted, setup, teardown),
	};

	return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}
