/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companions: packets -> rows. The tests of dns and smtp read the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/common/talks.h"

static void
lookups_are_counted_by_hour_and_host(void **state)
{
	struct companion_row row;

	(void)state;
	talk_query(1, 1, false, TALK_START);
	talk_query(1, 1, true, TALK_START + 10);
	talk_query(1, 2, false, TALK_START + 3600 * SECOND); /* the next hour */
	assert_int_equal(talk_total(1, COMPANION_ADDRESSES), 2);
	assert_int_equal(talk_total(1, COMPANION_BLOCKLIST_LOOKUPS), 2);
	assert_int_equal(talk_total(1, COMPANION_ANSWERS), 1);
	assert_int_equal(talk_total(1, COMPANION_NXDOMAIN), 1);
	assert_int_equal(talk_total(1, COMPANION_MX), 0);
	row = talk_row(talk_totals, 1);
	assert_int_equal(distinct_count(&row.companion.names), 1);
	assert_true(companion_table_at(talk_rows, 1, &row));
	assert_int_equal(row.hour, 472223);
	assert_int_equal(row.companion.count[COMPANION_ADDRESSES], 1);
	assert_false(companion_table_at(talk_rows, 2, &row));
}

/* A mirror port hands out each packet twice; a resolver that hears nothing asks again after a second. */
static void
copies_count_once(void **state)
{
	(void)state;
	talk_query(1, 1, false, TALK_START);
	talk_query(1, 1, false, TALK_START + 100);
	talk_query(1, 1, false, TALK_START + SECOND);
	assert_int_equal(talk_total(1, COMPANION_ADDRESSES), 2);
	for (int i = 0; i < 2; i++)
		talk_segment(&(struct talk_segment){2, 1000, 25, true, TCP_SYN, 99, "", TALK_START});
	for (int i = 0; i < 2; i++)
		talk_segment(&(struct talk_segment){2, 1000, 25, true, TCP_ACK, 100, "EHLO a\r\n", TALK_START});
	talk_segment(
	        &(struct talk_segment){2, 1000, 25, true, TCP_ACK, 104, " a\r\nEHLO b\r\n", TALK_START}); /* overlaps */
	assert_int_equal(talk_total(2, COMPANION_HELLO), 2);
	assert_int_equal(talk_total(2, COMPANION_SESSIONS), 1);
}

static void
hosts_outside_lan_do_not_count(void **state)
{
	struct companion_row row;
	struct packet p = {
	        .src = talk_server(1), .dst = talk_host(1), .sport = 1000, .dport = 25, .protocol = PROTOCOL_TCP};

	(void)state;
	p.payload = (const uint8_t *)"EHLO a\r\n";
	p.payload_size = 8;
	companions_packet(talk_companions, &p, TALK_START);
	p.dst = talk_server(2); /* on its way through */
	companions_packet(talk_companions, &p, TALK_START);
	p.src = talk_server(2); /* ... and greeted there */
	p.dst = talk_server(1);
	p.sport = 25;
	p.dport = 1000;
	p.payload = (const uint8_t *)"220 mx\r\n";
	companions_packet(talk_companions, &p, TALK_START);
	p = (struct packet){
	        .src = talk_server(1), .dst = talk_server(2), .sport = 1000, .dport = 25, .protocol = PROTOCOL_TCP};
	p.payload = (const uint8_t *)"EHLO a\r\n";
	p.payload_size = 8;
	companions_packet(talk_companions, &p, TALK_START);
	p.dst = talk_host(1);
	p.src = talk_host(2); /* inside lan */
	companions_packet(talk_companions, &p, TALK_START);
	p.dst = talk_server(1);
	p.dport = 26;
	companions_packet(talk_companions, &p, TALK_START);
	assert_false(companion_table_at(talk_totals, 0, &row));
}

static void
mailbox(uint16_t sport, int64_t span, uint8_t end)
{
	talk_segment(&(struct talk_segment){1, sport, 143, true, TCP_SYN, 99, "", TALK_START});
	talk_segment(&(struct talk_segment){1, sport, 143, false, TCP_SYN | TCP_ACK, 7, "", TALK_START});
	talk_segment(&(struct talk_segment){1, sport, 143, false, TCP_SYN | TCP_ACK, 7, "", TALK_START});
	talk_segment(&(struct talk_segment){1, sport, 143, false, end | TCP_ACK, 8, "", TALK_START + span});
	talk_segment(&(struct talk_segment){1, sport, 143, true, TCP_FIN | TCP_ACK, 100, "", TALK_START + span});
}

static void
short_mailbox_connections_are_counted(void **state)
{
	struct addr box = talk_server(9);
	struct companion_row row;

	(void)state;
	mailbox(1000, COMPANION_SHORT, TCP_FIN);
	mailbox(1001, COMPANION_SHORT + 1, TCP_FIN);
	mailbox(1002, 1, TCP_RST);
	talk_segment(
	        &(struct talk_segment){1, 1003, 143, true, TCP_SYN, 99, "", TALK_START}); /* refused: no connection */
	talk_segment(&(struct talk_segment){1, 1003, 143, false, TCP_RST | TCP_ACK, 0, "", TALK_START});
	talk_segment(&(struct talk_segment){1, 1004, 143, true, TCP_FIN, 99, "",
	                                    TALK_START}); /* its beginning was not seen */
	assert_int_equal(talk_total(1, COMPANION_BOXES), 3);
	assert_int_equal(talk_total(1, COMPANION_BOXES_SHORT), 2);
	row = talk_row(talk_totals, 1);
	assert_true(addr_equal(&companion_most(&row.companion)->addr, &box));
	mailbox(1000, 1, TCP_FIN); /* the same ports once more, and the same numbers: within the hour it is a resend */
	assert_int_equal(talk_total(1, COMPANION_BOXES), 3);
}

/* A connection seen from its middle may be inside a message. */
static void
a_dialogue_from_its_middle_waits_for_a_reply(void **state)
{
	(void)state;
	talk_segment(&(struct talk_segment){1, 1000, 25, true, TCP_ACK, 5000, "EHLO in.a.message\r\n", TALK_START});
	talk_segment(&(struct talk_segment){1, 1000, 25, false, TCP_ACK, 70,
	                                    "550 5.7.1 192.0.2.7 is in ZEN.example\r\n", TALK_START});
	talk_segment(&(struct talk_segment){1, 1000, 25, true, TCP_ACK, 5019, "EHLO a\r\n", TALK_START});
	talk_segment(&(struct talk_segment){1, 1000, 25, true, TCP_ACK, 6000, "EHLO after.a.gap\r\n", TALK_START});
	assert_int_equal(talk_total(1, COMPANION_HELLO), 1);
	assert_int_equal(talk_total(1, COMPANION_REPLIES), 1);
	assert_int_equal(talk_total(1, COMPANION_PERMANENT), 1);
	assert_int_equal(talk_total(1, COMPANION_LISTED), 1);
	assert_string_equal(talk_row(talk_totals, 1).companion.listing[0].list, "zen.example");
}

/* However often it is refused, a connection counts once; and by the port. */
static void
a_refused_session_counts_once(void **state)
{
	(void)state;
	for (uint16_t sport = 1000; sport < 1003; sport++) {
		uint16_t port = sport == 1000 ? 25 : sport == 1001 ? 587 : 2525;

		talk_segment(&(struct talk_segment){1, sport, port, true, TCP_SYN, 99, "", TALK_START});
		talk_segment(&(struct talk_segment){1, sport, port, true, TCP_ACK, 100, "EHLO a\r\n", TALK_START});
		talk_segment(&(struct talk_segment){1, sport, port, false, TCP_ACK, 1, "250 ok\r\n", TALK_START});
		if (sport == 1000)
			continue;
		talk_segment(&(struct talk_segment){1, sport, port, true, TCP_ACK, 108, "RSET\r\n", TALK_START});
		talk_segment(&(struct talk_segment){1, sport, port, false, TCP_ACK, 9, "450 no\r\n", TALK_START});
		talk_segment(&(struct talk_segment){1, sport, port, true, TCP_ACK, 114, "RSET\r\n", TALK_START});
		talk_segment(&(struct talk_segment){1, sport, port, false, TCP_ACK, 17, "550 no\r\n", TALK_START});
	}
	assert_int_equal(talk_total(1, COMPANION_SESSIONS), 3);
	assert_int_equal(talk_total(1, COMPANION_SUBMISSION), 2);
	assert_int_equal(talk_total(1, COMPANION_REFUSED), 2);
	assert_int_equal(talk_total(1, COMPANION_TEMPORARY), 2);
	assert_int_equal(talk_total(1, COMPANION_PERMANENT), 2);
}

static void
rows_of_interest_are_notable(void **state)
{
	struct companion_row row;

	(void)state;
	talk_query(1, 1, false, TALK_START);
	row = talk_row(talk_totals, 1);
	assert_true(companions_notable(talk_companions, &row, false)); /* it asked a blocklist */
	row.companion.count[COMPANION_BLOCKLIST_LOOKUPS] = 0;
	assert_false(companions_notable(talk_companions, &row, false)); /* as everybody does */
	assert_true(companions_notable(talk_companions, &row, true));
	row.companion.count[COMPANION_MX] = 1;
	assert_true(companions_notable(talk_companions, &row, false));
	memset(row.companion.count, 0, sizeof row.companion.count);
	assert_false(companions_notable(talk_companions, &row, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(lookups_are_counted_by_hour_and_host, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(copies_count_once, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(hosts_outside_lan_do_not_count, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(short_mailbox_connections_are_counted, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(a_dialogue_from_its_middle_waits_for_a_reply, talk_setup,
	                                        talk_teardown),
	        cmocka_unit_test_setup_teardown(a_refused_session_counts_once, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(rows_of_interest_are_notable, talk_setup, talk_teardown),
	};

	return cmocka_run_group_tests_name("companions", tests, NULL, NULL);
}
