/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pcapmon/companions/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "pcapmon/companions/records.h"

#define START (1700000000 * SECOND)

static struct names *names;
static const uint8_t host_bytes[4] = {10, 0, 0, 1}, other_bytes[4] = {10, 0, 0, 2}, resolver_bytes[4] = {10, 0, 0, 53};
static uint16_t id;

static int
begin(void **state)
{
	(void)state;
	return (names = names_new(1)) != NULL ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	names_free(names);
	return 0;
}

static void
put16(uint8_t *b, unsigned value)
{
	b[0] = (uint8_t)(value >> 8);
	b[1] = (uint8_t)value;
}

/* A message about the name (a length and a text, without its root); an answer has one record. */
struct message {
	const char *name;
	uint16_t type;
	uint8_t address[4];   /* of an A */
	const char *exchange; /* of an MX; within the name's own domain */
	uint32_t ttl;
};

static size_t
build(const struct message *m, bool answer, uint8_t b[256])
{
	size_t size = 12, name = strlen(m->name) + 1;

	memset(b, 0, 12);
	put16(b, id);
	put16(b + 2, answer ? 0x8180 : 0x0100);
	b[5] = 1;
	memcpy(b + size, m->name, name);
	size += name;
	put16(b + size, m->type);
	put16(b + size + 2, 1);
	size += 4;
	if (!answer)
		return size;
	b[7] = 1;
	put16(b + size, 0xc00c);
	put16(b + size + 2, m->type);
	put16(b + size + 4, 1);
	put16(b + size + 6, m->ttl >> 16);
	put16(b + size + 8, m->ttl & 0xffff);
	size += 12;
	if (m->type == DNS_A) {
		put16(b + size - 2, 4);
		memcpy(b + size, m->address, 4);
		return size + 4;
	}
	name = strlen(m->exchange) + 1;
	put16(b + size - 2, (unsigned)(2 + name));
	put16(b + size, 10);
	memcpy(b + size + 2, m->exchange, name);
	return size + 2 + name;
}

static void
send_message(const struct message *m, bool answer, const uint8_t host[4], int64_t when)
{
	struct packet p = {.protocol = PROTOCOL_UDP, .sport = 40000, .dport = PORT_DNS};
	struct dns_message d;
	uint8_t b[256];

	p.src = addr_v4(answer ? resolver_bytes : host);
	p.dst = addr_v4(answer ? host : resolver_bytes);
	if (answer) {
		p.sport = PORT_DNS;
		p.dport = 40000;
	}
	assert_true(dns_read(b, build(m, answer, b), &d));
	names_take(names, &p, &d, when);
}

static void
resolve(const struct message *m, int64_t when)
{
	id++;
	send_message(m, false, host_bytes, when);
	send_message(m, true, host_bytes, when + SECOND / 100);
}

static struct naming
find(const uint8_t host[4], const uint8_t address[4], int64_t when)
{
	const struct addr a = addr_v4(host), b = addr_v4(address);

	return names_find(names, &a, &b, when);
}

static const struct message smart_host = {.name = "\4smtp\2ex", .type = DNS_A, .address = {192, 0, 2, 1}, .ttl = 60};
static const struct message mx = {.name = "\1d\1x", .type = DNS_MX, .exchange = "\1m\1x", .ttl = 60};
static const struct message mx_of_other = {.name = "\1e\1x", .type = DNS_MX, .exchange = "\1m\1x", .ttl = 60};
static const struct message exchange = {.name = "\1m\1x", .type = DNS_A, .address = {192, 0, 2, 2}, .ttl = 60};

static void
a_name_is_known_for_its_time(void **state)
{
	(void)state;
	assert_int_equal(find(host_bytes, smart_host.address, START).kind, NAMING_NONE);
	resolve(&smart_host, START);
	assert_int_equal(find(host_bytes, smart_host.address, START + SECOND).kind, NAMING_NAME);
	assert_int_equal(find(host_bytes, smart_host.address, START + SECOND).hash,
	                 dns_name_hash((const uint8_t *)smart_host.name, 9));
	assert_int_equal(find(other_bytes, smart_host.address, START + SECOND).kind, NAMING_NONE);
	assert_int_equal(find(host_bytes, smart_host.address, START + (NAMES_LEAST - 1) * SECOND).kind, NAMING_NAME);
	assert_int_equal(find(host_bytes, smart_host.address, START + (NAMES_LEAST + 1) * SECOND).kind, NAMING_NONE);
}

static void
an_exchange_belongs_to_the_domain_that_was_asked_for_last(void **state)
{
	(void)state;
	resolve(&exchange, START);
	assert_int_equal(find(host_bytes, exchange.address, START + SECOND).kind, NAMING_NAME);
	resolve(&mx, START + SECOND);
	assert_int_equal(find(host_bytes, exchange.address, START + 2 * SECOND).kind, NAMING_MX);
	assert_int_equal(find(host_bytes, exchange.address, START + 2 * SECOND).hash,
	                 dns_name_hash((const uint8_t *)mx.name, 5));
	resolve(&mx_of_other, START + 2 * SECOND);
	assert_int_equal(find(host_bytes, exchange.address, START + 3 * SECOND).hash,
	                 dns_name_hash((const uint8_t *)mx_of_other.name, 5));
}

/* Nobody asked, asked for something else, or long ago. */
static void
a_forged_answer_is_none(void **state)
{
	struct message other = smart_host;

	(void)state;
	send_message(&smart_host, true, host_bytes, START);
	assert_int_equal(find(host_bytes, smart_host.address, START).kind, NAMING_NONE);
	other.name = "\4smtp\2ey";
	send_message(&other, false, host_bytes, START);
	send_message(&smart_host, true, host_bytes, START);
	assert_int_equal(find(host_bytes, smart_host.address, START).kind, NAMING_NONE);
	send_message(&smart_host, false, host_bytes, START);
	id++;
	send_message(&smart_host, true, host_bytes, START);
	assert_int_equal(find(host_bytes, smart_host.address, START).kind, NAMING_NONE);
	send_message(&smart_host, false, host_bytes, START);
	send_message(&smart_host, true, host_bytes, START + 11 * SECOND);
	assert_int_equal(find(host_bytes, smart_host.address, START + 11 * SECOND).kind, NAMING_NONE);
	send_message(&smart_host, false, host_bytes, START + 11 * SECOND);
	send_message(&smart_host, true, host_bytes, START + 12 * SECOND);
	assert_int_equal(find(host_bytes, smart_host.address, START + 12 * SECOND).kind, NAMING_NAME);
}

static const char *
text_of(const char *name)
{
	return names_text(names, dns_name_hash((const uint8_t *)name, strlen(name) + 1));
}

/* A million names in a minute: what was known may be forgotten, and what is known is right. */
static void
a_flood_makes_names_unknown_at_most(void **state)
{
	struct message m = smart_host;
	struct naming found;
	char name[16];

	(void)state;
	resolve(&smart_host, START);
	m.name = name;
	m.ttl = 86400;
	for (unsigned n = 0; n < 1000000; n++) {
		snprintf(name, sizeof name, "\7%07u\1x", n);
		m.address[0] = (uint8_t)(1 + n % 100);
		m.address[1] = (uint8_t)(n / 100);
		m.address[2] = (uint8_t)(n / 25600);
		resolve(&m, START + SECOND + n * INT64_C(60));
	}
	assert_true(text_of(smart_host.name) == NULL || strcmp(text_of(smart_host.name), "smtp.ex") == 0);
	found = find(host_bytes, smart_host.address, START + 2 * MINUTE);
	assert_true(found.kind == NAMING_NONE || found.hash == dns_name_hash((const uint8_t *)smart_host.name, 9));
	assert_int_equal(find(host_bytes, m.address, START + 2 * MINUTE).kind, NAMING_NAME);
}

static void
a_name_that_was_asked_for_has_a_text(void **state)
{
	struct message m = smart_host;
	char longest[256] = "";

	(void)state;
	send_message(&smart_host, true, host_bytes, START); /* forged */
	assert_null(text_of(smart_host.name));
	resolve(&smart_host, START);
	assert_string_equal(text_of(smart_host.name), "smtp.ex");
	assert_null(text_of(mx.name));
	assert_null(names_text(names, 0));
	m.name = "\4Mail\2ex"; /* in any case */
	resolve(&m, START);
	assert_string_equal(text_of("\4mail\2ex"), "mail.ex");
	for (int n = 0; n < 25; n++)
		strcat(longest, "\7labels-");
	strcat(longest, "\2ex");
	m.name = longest;
	resolve(&m, START);
	assert_string_equal(text_of(longest), "...-.labels-.labels-.labels-.labels-.labels-.labels-.labels-.ex");
}

/* Terminals, quotes, dots and what is no ASCII. */
static void
a_hostile_name_is_harmless_text(void **state)
{
	struct message m = smart_host;

	(void)state;
	m.name = "\6\033[2J\"\n\3a.b\2\303\244";
	resolve(&m, START);
	assert_string_equal(text_of("\6\033[2j\"\n\3a.b\2\303\244"), "\\027\\0912j\\034\\010.a\\046b.\\195\\164");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_name_is_known_for_its_time, begin, end),
	        cmocka_unit_test_setup_teardown(an_exchange_belongs_to_the_domain_that_was_asked_for_last, begin, end),
	        cmocka_unit_test_setup_teardown(a_forged_answer_is_none, begin, end),
	        cmocka_unit_test_setup_teardown(a_flood_makes_names_unknown_at_most, begin, end),
	        cmocka_unit_test_setup_teardown(a_name_that_was_asked_for_has_a_text, begin, end),
	        cmocka_unit_test_setup_teardown(a_hostile_name_is_harmless_text, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
