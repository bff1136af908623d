/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companions, companion_table and talks: packets -> rows. Text is read by the tests of smtp_talk and dns_talk. */
#include "lib/policy/build.h"
#include "pcapmon/companions/companions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define START (INT64_C(472222) * 3600 * SECOND) /* an hour begins */
#define HOSTS 8
#define TALKING 2

static struct companion_table *rows, *totals;
static struct companions *c;
static struct policy *lan;
static int flushes;
static bool can_flush;

static void
flush(void *arg)
{
	(void)arg;
	flushes++;
	if (can_flush)
		companion_table_clear(rows, NULL, NULL);
}

static int
setup(void **state)
{
	static const char *const lists[] = {"zen.example"};
	struct prefix inside = {.addr = {4, {10}}, .len = 8};
	struct policy_named named = {.prefix = inside, .line = POLICY_NONE};
	struct policy_input in = {.lan = &named, .lan_count = 1, .stranger_line = POLICY_NONE};
	struct companions_options o = {.lists = lists, .list_count = 1, .flush = flush};

	(void)state;
	flushes = 0;
	can_flush = true;
	o.lan = lan = policy_build(&in);
	o.rows = rows = companion_table_new(HOSTS, TALKING, true);
	o.totals = totals = companion_table_new(100, 100, false);
	c = companions_new(&o);
	return lan == NULL || rows == NULL || totals == NULL || c == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	companions_free(c);
	companion_table_free(rows);
	companion_table_free(totals);
	free(lan);
	return 0;
}

static struct addr
host(uint8_t n)
{
	return addr_v4((uint8_t[]){10, 0, 0, n});
}

static struct addr
server(uint8_t n)
{
	return addr_v4((uint8_t[]){203, 0, 113, n});
}

static void
query(uint8_t from, uint16_t id, bool answer, int64_t when)
{
	uint8_t b[] = {0,   0,   1, 0,   0,   1,   0,   0,   0,   0,   0, 0, 1, 'a', 3, 'Z',
	               'e', 'n', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0,   1};
	struct packet p = {.src = host(from), .dst = server(53), .sport = 40000, .dport = 53, .protocol = PROTOCOL_UDP};

	b[0] = (uint8_t)(id >> 8);
	b[1] = (uint8_t)id;
	if (answer) {
		b[2] = 0x81;
		b[3] = 3;
		p.src = server(53);
		p.dst = host(from);
		p.sport = 53;
		p.dport = 40000;
	}
	p.payload = b;
	p.payload_size = sizeof b;
	companions_packet(c, &p, when);
}

/* A segment of a connection of 10.0.0.FROM to the port. */
static void
segment(uint8_t from, uint16_t sport, uint16_t dport, bool out, uint8_t flags, uint32_t seq, const char *text,
        int64_t when)
{
	struct packet p = {.src = host(from), .dst = server(9), .sport = sport, .dport = dport};

	if (!out) {
		p.src = server(9);
		p.dst = host(from);
		p.sport = dport;
		p.dport = sport;
	}
	p.protocol = PROTOCOL_TCP;
	p.flags = flags;
	p.seq = seq;
	p.payload = (const uint8_t *)text;
	p.payload_size = strlen(text);
	companions_packet(c, &p, when);
}

static struct companion_row
row_of(const struct companion_table *t, uint8_t n)
{
	struct addr want = host(n);
	struct companion_row row;

	for (size_t i = 0; companion_table_at(t, i, &row); i++)
		if (addr_equal(&row.host, &want))
			return row;
	fail_msg("10.0.0.%u has no row", n);
	return row;
}

static uint64_t
total(uint8_t n, enum companion_count what)
{
	return row_of(totals, n).companion.count[what];
}

static void
test_lookups(void **state)
{
	struct companion_row row;

	(void)state;
	query(1, 1, false, START);
	query(1, 1, true, START + 10);
	query(1, 2, false, START + 3600 * SECOND); /* the next hour */
	assert_int_equal(total(1, COMPANION_ADDRESSES), 2);
	assert_int_equal(total(1, COMPANION_BLOCKLIST_LOOKUPS), 2);
	assert_int_equal(total(1, COMPANION_ANSWERS), 1);
	assert_int_equal(total(1, COMPANION_NXDOMAIN), 1);
	assert_int_equal(total(1, COMPANION_MX), 0);
	row = row_of(totals, 1);
	assert_int_equal(distinct_count(&row.companion.names), 1);
	assert_true(companion_table_at(rows, 1, &row));
	assert_int_equal(row.hour, 472223);
	assert_int_equal(row.companion.count[COMPANION_ADDRESSES], 1);
	assert_false(companion_table_at(rows, 2, &row));
}

/* A mirror port hands out each packet twice; a resolver that hears nothing asks again after a second. */
static void
test_copies(void **state)
{
	(void)state;
	query(1, 1, false, START);
	query(1, 1, false, START + 100);
	query(1, 1, false, START + SECOND);
	assert_int_equal(total(1, COMPANION_ADDRESSES), 2);
	for (int i = 0; i < 2; i++)
		segment(2, 1000, 25, true, TCP_SYN, 99, "", START);
	for (int i = 0; i < 2; i++)
		segment(2, 1000, 25, true, TCP_ACK, 100, "EHLO a\r\n", START);
	segment(2, 1000, 25, true, TCP_ACK, 104, " a\r\nEHLO b\r\n", START); /* overlaps */
	assert_int_equal(total(2, COMPANION_HELLO), 2);
	assert_int_equal(total(2, COMPANION_SESSIONS), 1);
}

static void
test_outside(void **state)
{
	struct companion_row row;
	struct packet p = {.src = server(1), .dst = host(1), .sport = 1000, .dport = 25, .protocol = PROTOCOL_TCP};

	(void)state;
	p.payload = (const uint8_t *)"EHLO a\r\n";
	p.payload_size = 8;
	companions_packet(c, &p, START);
	p.dst = server(2); /* on its way through */
	companions_packet(c, &p, START);
	p.src = server(2); /* ... and greeted there */
	p.dst = server(1);
	p.sport = 25;
	p.dport = 1000;
	p.payload = (const uint8_t *)"220 mx\r\n";
	companions_packet(c, &p, START);
	p = (struct packet){.src = server(1), .dst = server(2), .sport = 1000, .dport = 25, .protocol = PROTOCOL_TCP};
	p.payload = (const uint8_t *)"EHLO a\r\n";
	p.payload_size = 8;
	companions_packet(c, &p, START);
	p.dst = host(1);
	p.src = host(2); /* inside lan */
	companions_packet(c, &p, START);
	p.dst = server(1);
	p.dport = 26;
	companions_packet(c, &p, START);
	assert_false(companion_table_at(totals, 0, &row));
}

static void
mailbox(uint16_t sport, int64_t span, uint8_t end)
{
	segment(1, sport, 143, true, TCP_SYN, 99, "", START);
	segment(1, sport, 143, false, TCP_SYN | TCP_ACK, 7, "", START);
	segment(1, sport, 143, false, TCP_SYN | TCP_ACK, 7, "", START);
	segment(1, sport, 143, false, end | TCP_ACK, 8, "", START + span);
	segment(1, sport, 143, true, TCP_FIN | TCP_ACK, 100, "", START + span);
}

static void
test_mailboxes(void **state)
{
	struct addr box = server(9);
	struct companion_row row;

	(void)state;
	mailbox(1000, COMPANION_SHORT, TCP_FIN);
	mailbox(1001, COMPANION_SHORT + 1, TCP_FIN);
	mailbox(1002, 1, TCP_RST);
	segment(1, 1003, 143, true, TCP_SYN, 99, "", START); /* refused: no connection */
	segment(1, 1003, 143, false, TCP_RST | TCP_ACK, 0, "", START);
	segment(1, 1004, 143, true, TCP_FIN, 99, "", START); /* its beginning was not seen */
	assert_int_equal(total(1, COMPANION_BOXES), 3);
	assert_int_equal(total(1, COMPANION_BOXES_SHORT), 2);
	row = row_of(totals, 1);
	assert_true(addr_equal(&companion_most(&row.companion)->addr, &box));
	mailbox(1000, 1, TCP_FIN); /* the same ports once more, and the same numbers: within the hour it is a resend */
	assert_int_equal(total(1, COMPANION_BOXES), 3);
}

/* A connection seen from its middle may be inside a message. */
static void
test_midstream(void **state)
{
	(void)state;
	segment(1, 1000, 25, true, TCP_ACK, 5000, "EHLO in.a.message\r\n", START);
	segment(1, 1000, 25, false, TCP_ACK, 70, "550 5.7.1 192.0.2.7 is in ZEN.example\r\n", START);
	segment(1, 1000, 25, true, TCP_ACK, 5019, "EHLO a\r\n", START);
	segment(1, 1000, 25, true, TCP_ACK, 6000, "EHLO after.a.gap\r\n", START);
	assert_int_equal(total(1, COMPANION_HELLO), 1);
	assert_int_equal(total(1, COMPANION_REPLIES), 1);
	assert_int_equal(total(1, COMPANION_PERMANENT), 1);
	assert_int_equal(total(1, COMPANION_LISTED), 1);
	assert_string_equal(row_of(totals, 1).companion.listing[0].list, "zen.example");
}

/* Ten addresses to a network: of an IPv4 /24, and from 100 on of an IPv6 /48, each in a /64 of its own. */
static struct addr
outside(uint8_t n)
{
	if (n >= 100)
		return addr_v6((uint8_t[16]){0x20, 1, 0xd, 0xb8, 0, (uint8_t)(n / 10), 0, n, [15] = n});
	return addr_v4((uint8_t[]){198, 51, (uint8_t)(n / 10), n});
}

/* A connection from outside to 10.0.0.1, or packets that pretend to be one. */
static void
inbound(uint8_t client, uint16_t sport, uint16_t port, bool from_client, uint8_t flags, uint32_t seq, const char *text)
{
	struct packet p = {.src = outside(client), .dst = host(1), .sport = sport, .dport = port};

	if (!from_client) {
		p.src = host(1);
		p.dst = outside(client);
		p.sport = port;
		p.dport = sport;
	}
	p.protocol = PROTOCOL_TCP;
	p.flags = flags;
	p.seq = seq;
	p.payload = (const uint8_t *)text;
	p.payload_size = strlen(text);
	companions_packet(c, &p, START);
}

static void
brings_mail(uint8_t client, uint16_t sport, uint32_t seq)
{
	inbound(client, sport, 25, true, TCP_SYN, seq, "");
	inbound(client, sport, 25, false, TCP_SYN | TCP_ACK, 7, "");
	for (int i = 0; i < 2; i++) /* a mirror port, or a resend */
		inbound(client, sport, 25, false, TCP_ACK, 8, "220-mail.example\r\n220 ready\r\n");
	for (int i = 0; i < 2; i++)
		inbound(client, sport, 25, true, TCP_ACK, seq + 1, "ehlo mx.example\r\n");
	inbound(client, sport, 25, false, TCP_ACK, 40, "220 go ahead\r\n"); /* STARTTLS */
	inbound(client, sport, 25, true, TCP_ACK, seq + 20, "EHLO mx.example\r\n");
	inbound(client, sport, 25, false, TCP_FIN | TCP_ACK, 60, "");
}

static void
test_served(void **state)
{
	struct companion_row row;

	(void)state;
	/* No connection, no greeting, no HELO, another port. */
	inbound(1, 1000, 25, true, TCP_SYN, 99, "");
	inbound(1, 1000, 25, true, TCP_ACK, 100, "EHLO a\r\n");
	inbound(1, 1001, 25, false, TCP_ACK, 8, "554 not you\r\n");
	inbound(1, 1001, 25, true, TCP_ACK, 100, "EHLO a\r\n");
	inbound(1, 1002, 25, false, TCP_ACK, 8, "220 mail.example\r\n");
	inbound(1, 1002, 25, true, TCP_ACK, 100, "GET / HTTP/1.1\r\n");
	inbound(1, 1002, 25, true, TCP_ACK, 116, "EHL");
	inbound(1, 1003, 587, false, TCP_ACK, 8, "220 mail.example\r\n");
	inbound(1, 1003, 587, true, TCP_ACK, 100, "EHLO a\r\n");
	/* Goes out, from port 25 to a mail server. */
	inbound(1, 587, 25, false, TCP_ACK, 8, "220 I am one\r\n");
	inbound(1, 587, 25, true, TCP_ACK, 8, "EHLO a\r\n");
	for (size_t i = 0; companion_table_at(totals, i, &row); i++)
		assert_int_equal(row.companion.count[COMPANION_SERVED], 0);
	brings_mail(1, 2000, 99);
	assert_int_equal(total(1, COMPANION_SERVED), 1);
	brings_mail(1, 2000, 5000); /* the same ports, another connection */
	brings_mail(1, 2001, 99);
	brings_mail(2, 2000, 99); /* a neighbour of it */
	row = row_of(totals, 1);
	assert_int_equal(row.companion.count[COMPANION_SERVED], 4);
	assert_int_equal(distinct_count(&row.companion.clients), 1);
	assert_int_equal(row_of(rows, 1).companion.count[COMPANION_SERVED], 4);
	assert_int_equal(row.companion.count[COMPANION_SESSIONS], 0);
	assert_true(companions_notable(c, &row, false));
	for (uint8_t n = 1; n < 110; n = n == 29 ? 100 : (uint8_t)(n + 1))
		brings_mail(n, 2100, 99);
	row = row_of(totals, 1);
	assert_int_equal(row.companion.count[COMPANION_SERVED], 43);
	assert_int_equal(distinct_count(&row.companion.clients), 4);
	/* Once more these ports, but no greeting; or one that the client says. */
	inbound(1, 2000, 25, true, TCP_SYN, 9000, "");
	inbound(1, 2000, 25, false, TCP_ACK, 8, "554 not you\r\n");
	inbound(1, 2000, 25, true, TCP_ACK, 9001, "EHLO a\r\n");
	inbound(1, 2002, 25, true, TCP_ACK, 99, "220 mail.example\r\n");
	inbound(1, 2002, 25, true, TCP_ACK, 117, "EHLO a\r\n");
	assert_int_equal(total(1, COMPANION_SERVED), 43);
	/* Without lan nobody is outside. */
	companions_policy(c, NULL, NULL, 0);
	brings_mail(3, 2000, 99);
	assert_int_equal(total(1, COMPANION_SERVED), 43);
}

/* However often it is refused, a connection counts once; and by the port. */
static void
test_refused(void **state)
{
	(void)state;
	for (uint16_t sport = 1000; sport < 1003; sport++) {
		uint16_t port = sport == 1000 ? 25 : sport == 1001 ? 587 : 2525;

		segment(1, sport, port, true, TCP_SYN, 99, "", START);
		segment(1, sport, port, true, TCP_ACK, 100, "EHLO a\r\n", START);
		segment(1, sport, port, false, TCP_ACK, 1, "250 ok\r\n", START);
		if (sport == 1000)
			continue;
		segment(1, sport, port, true, TCP_ACK, 108, "RSET\r\n", START);
		segment(1, sport, port, false, TCP_ACK, 9, "450 no\r\n", START);
		segment(1, sport, port, true, TCP_ACK, 114, "RSET\r\n", START);
		segment(1, sport, port, false, TCP_ACK, 17, "550 no\r\n", START);
	}
	assert_int_equal(total(1, COMPANION_SESSIONS), 3);
	assert_int_equal(total(1, COMPANION_SUBMISSION), 2);
	assert_int_equal(total(1, COMPANION_REFUSED), 2);
	assert_int_equal(total(1, COMPANION_TEMPORARY), 2);
	assert_int_equal(total(1, COMPANION_PERMANENT), 2);
}

/* A flood of openings from addresses that nobody has costs no entry. */
static void
test_served_flood(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		inbound((uint8_t)(i % 250), (uint16_t)(1024 + i / 250), 25, true, TCP_SYN, i, "");
	assert_int_equal(companions_lost(c).connections, 0);
	assert_int_equal(companions_lost(c).hosts, 0);
}

static void
test_room(void **state)
{
	struct companion_row row;

	(void)state;
	for (uint8_t i = 1; i <= HOSTS; i++)
		query(i, 1, false, START);
	assert_int_equal(flushes, 0);
	query(HOSTS + 1, 1, false, START);
	assert_int_equal(flushes, 1);
	assert_int_equal(companions_lost(c).hosts, 0);
	assert_false(companion_table_at(rows, 1, &row));
	/* Those that wait for their host to open a connection go when there is no room at all. */
	can_flush = false;
	for (uint8_t i = 1; i <= HOSTS + 2; i++)
		query(i, 2, false, START);
	assert_int_equal(companions_lost(c).hosts, HOSTS);
	assert_int_equal(total(HOSTS + 1, COMPANION_ADDRESSES), 2);
	/* Of those that speak there is less room. */
	can_flush = true;
	for (uint8_t i = 1; i <= TALKING + 1; i++)
		segment(i, 1000, 25, true, TCP_ACK, 1, "EHLO a\r\n", START);
	assert_int_equal(companions_lost(c).hosts, HOSTS);
}

static bool
keep_even(void *arg, const struct companion_row *row)
{
	(void)arg;
	return row->host.bytes[3] % 2 == 0;
}

static void
test_keep(void **state)
{
	struct companion_row row;

	(void)state;
	segment(2, 1000, 25, true, TCP_SYN, 0, "", START);
	segment(2, 1000, 25, true, TCP_ACK, 1, "EHLO a\r\n", START);
	for (uint8_t i = 1; i <= HOSTS; i++)
		query(i, 1, false, START);
	assert_int_equal(companion_table_clear(rows, keep_even, NULL), HOSTS / 2);
	query(4, 2, false, START);
	query(1, 2, false, START);
	segment(4, 1000, 25, true, TCP_ACK, 1, "EHLO a\r\n", START);
	segment(4, 1000, 25, false, TCP_ACK, 1, "250 ok\r\n", START);
	assert_int_equal(row_of(rows, 2).companion.count[COMPANION_HELLO], 1);
	assert_int_equal(row_of(rows, 2).companion.count[COMPANION_REPLIES], 0);
	assert_int_equal(row_of(rows, 4).companion.count[COMPANION_REPLIES], 1);
	assert_int_equal(row_of(rows, 4).companion.count[COMPANION_ADDRESSES], 2);
	assert_int_equal(row_of(rows, 1).companion.count[COMPANION_ADDRESSES], 1);
	assert_true(companion_table_at(rows, HOSTS / 2, &row));
	assert_false(companion_table_at(rows, HOSTS / 2 + 1, &row));
}

static void
test_tells(void **state)
{
	struct companion_row row;

	(void)state;
	query(1, 1, false, START);
	row = row_of(totals, 1);
	assert_true(companions_notable(c, &row, false)); /* it asked a blocklist */
	row.companion.count[COMPANION_BLOCKLIST_LOOKUPS] = 0;
	assert_false(companions_notable(c, &row, false)); /* as everybody does */
	assert_true(companions_notable(c, &row, true));
	row.companion.count[COMPANION_MX] = 1;
	assert_true(companions_notable(c, &row, false));
	memset(row.companion.count, 0, sizeof row.companion.count);
	assert_false(companions_notable(c, &row, true));
}

/* However many connections there are, each of them that had to go before its end is counted. */
static void
test_evicted(void **state)
{
	const unsigned many = 100000;

	(void)state;
	for (unsigned i = 0; i < many; i++)
		segment((uint8_t)(i % 50 + 1), (uint16_t)(1024 + i / 50), 143, true, TCP_SYN, i, "", START + i);
	assert_in_range(companions_lost(c).connections, many - 65536, many - 20000);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	        TEST(test_lookups),   TEST(test_copies), TEST(test_outside),      TEST(test_mailboxes),
	        TEST(test_midstream), TEST(test_served), TEST(test_served_flood), TEST(test_refused),
	        TEST(test_room),      TEST(test_keep),   TEST(test_tells),        TEST(test_evicted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
