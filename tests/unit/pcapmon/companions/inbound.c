/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections from outside to a mail server of lan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/common/talks.h"

/* Ten addresses to a network: of an IPv4 /24, and from 100 on of an IPv6 /48, each in a /64 of its own. */
static struct addr
outside(uint8_t n)
{
	if (n >= 100)
		return addr_v6((uint8_t[16]){0x20, 1, 0xd, 0xb8, 0, (uint8_t)(n / 10), 0, n, [15] = n});
	return addr_v4((uint8_t[]){198, 51, (uint8_t)(n / 10), n});
}

/* A packet of a connection from outside to a port of 10.0.0.1, or one that pretends to be of one. */
struct inbound {
	uint8_t client;
	uint16_t sport, port;
	bool from_client;
	uint8_t flags;
	uint32_t seq;
	const char *text;
};

static void
inbound(const struct inbound *i)
{
	struct packet p = {.src = outside(i->client), .dst = talk_host(1), .sport = i->sport, .dport = i->port};

	if (!i->from_client) {
		p.src = talk_host(1);
		p.dst = outside(i->client);
		p.sport = i->port;
		p.dport = i->sport;
	}
	p.protocol = PROTOCOL_TCP;
	p.flags = i->flags;
	p.seq = i->seq;
	p.payload = (const uint8_t *)i->text;
	p.payload_size = strlen(i->text);
	companions_packet(talk_companions, &p, TALK_START);
}

static void
brings_mail(uint8_t client, uint16_t sport, uint32_t seq)
{
	inbound(&(struct inbound){client, sport, 25, true, TCP_SYN, seq, ""});
	inbound(&(struct inbound){client, sport, 25, false, TCP_SYN | TCP_ACK, 7, ""});
	for (int i = 0; i < 2; i++) /* a mirror port, or a resend */
		inbound(&(struct inbound){client, sport, 25, false, TCP_ACK, 8, "220-mail.example\r\n220 ready\r\n"});
	for (int i = 0; i < 2; i++)
		inbound(&(struct inbound){client, sport, 25, true, TCP_ACK, seq + 1, "ehlo mx.example\r\n"});
	inbound(&(struct inbound){client, sport, 25, false, TCP_ACK, 40, "220 go ahead\r\n"}); /* STARTTLS */
	inbound(&(struct inbound){client, sport, 25, true, TCP_ACK, seq + 20, "EHLO mx.example\r\n"});
	inbound(&(struct inbound){client, sport, 25, false, TCP_FIN | TCP_ACK, 60, ""});
}

static void
clients_that_were_greeted_are_served(void **state)
{
	struct companion_row row;

	(void)state;
	/* No connection, no greeting, no HELO, another port. */
	inbound(&(struct inbound){1, 1000, 25, true, TCP_SYN, 99, ""});
	inbound(&(struct inbound){1, 1000, 25, true, TCP_ACK, 100, "EHLO a\r\n"});
	inbound(&(struct inbound){1, 1001, 25, false, TCP_ACK, 8, "554 not you\r\n"});
	inbound(&(struct inbound){1, 1001, 25, true, TCP_ACK, 100, "EHLO a\r\n"});
	inbound(&(struct inbound){1, 1002, 25, false, TCP_ACK, 8, "220 mail.example\r\n"});
	inbound(&(struct inbound){1, 1002, 25, true, TCP_ACK, 100, "GET / HTTP/1.1\r\n"});
	inbound(&(struct inbound){1, 1002, 25, true, TCP_ACK, 116, "EHL"});
	inbound(&(struct inbound){1, 1003, 587, false, TCP_ACK, 8, "220 mail.example\r\n"});
	inbound(&(struct inbound){1, 1003, 587, true, TCP_ACK, 100, "EHLO a\r\n"});
	/* Goes out, from port 25 to a mail server. */
	inbound(&(struct inbound){1, 587, 25, false, TCP_ACK, 8, "220 I am one\r\n"});
	inbound(&(struct inbound){1, 587, 25, true, TCP_ACK, 8, "EHLO a\r\n"});
	for (size_t i = 0; companion_table_at(talk_totals, i, &row); i++)
		assert_int_equal(row.companion.count[COMPANION_SERVED], 0);
	brings_mail(1, 2000, 99);
	assert_int_equal(talk_total(1, COMPANION_SERVED), 1);
	brings_mail(1, 2000, 5000); /* the same ports, another connection */
	brings_mail(1, 2001, 99);
	brings_mail(2, 2000, 99); /* a neighbour of it */
	row = talk_row(talk_totals, 1);
	assert_int_equal(row.companion.count[COMPANION_SERVED], 4);
	assert_int_equal(distinct_count(&row.companion.clients), 1);
	assert_int_equal(talk_row(talk_rows, 1).companion.count[COMPANION_SERVED], 4);
	assert_int_equal(row.companion.count[COMPANION_SESSIONS], 0);
	assert_true(companions_notable(talk_companions, &row, false));
	for (uint8_t n = 1; n < 110; n = n == 29 ? 100 : (uint8_t)(n + 1))
		brings_mail(n, 2100, 99);
	row = talk_row(talk_totals, 1);
	assert_int_equal(row.companion.count[COMPANION_SERVED], 43);
	assert_int_equal(distinct_count(&row.companion.clients), 4);
	/* Once more these ports, but no greeting; or one that the client says. */
	inbound(&(struct inbound){1, 2000, 25, true, TCP_SYN, 9000, ""});
	inbound(&(struct inbound){1, 2000, 25, false, TCP_ACK, 8, "554 not you\r\n"});
	inbound(&(struct inbound){1, 2000, 25, true, TCP_ACK, 9001, "EHLO a\r\n"});
	inbound(&(struct inbound){1, 2002, 25, true, TCP_ACK, 99, "220 mail.example\r\n"});
	inbound(&(struct inbound){1, 2002, 25, true, TCP_ACK, 117, "EHLO a\r\n"});
	assert_int_equal(talk_total(1, COMPANION_SERVED), 43);
	/* Without lan nobody is outside. */
	companions_policy(talk_companions, NULL, NULL, 0);
	brings_mail(3, 2000, 99);
	assert_int_equal(talk_total(1, COMPANION_SERVED), 43);
}

/* A flood of openings from addresses that nobody has costs no entry. */
static void
a_flood_of_openings_costs_no_entry(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		inbound(&(struct inbound){(uint8_t)(i % 250), (uint16_t)(1024 + i / 250), 25, true, TCP_SYN, i, ""});
	assert_int_equal(companions_lost(talk_companions).connections, 0);
	assert_int_equal(companions_lost(talk_companions).hosts, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(clients_that_were_greeted_are_served, talk_setup, talk_teardown),
	        cmocka_unit_test_setup_teardown(a_flood_of_openings_costs_no_entry, talk_setup, talk_teardown),
	};

	return cmocka_run_group_tests_name("inbound", tests, NULL, NULL);
}
