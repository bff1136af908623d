/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pcapmon/companions/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) text, sizeof text - 1
#define FACTS 8

/* An answer: flags of no error; one question, then that many answers, authorities and additional records. */
#define ANSWER(answers, authorities, others) "\x12\x34\x81\x80\0\1\0" answers "\0" authorities "\0" others
#define QUESTION(name, type) name "\0\0" type "\0\1"
#define RECORD(name, type, data_size) name "\0" type "\0\1\0\0\1\x2c\0" data_size /* TTL 300 */
#define A "\1"
#define ALIAS "\5"
#define MX "\x0f"
#define AAAA "\x1c"
#define AT_QUESTION "\xc0\x0c"

struct facts {
	struct dns_fact list[FACTS];
	size_t count;
};

static void
take(void *arg, const struct dns_fact *f)
{
	struct facts *facts = arg;

	assert_true(facts->count < FACTS);
	facts->list[facts->count++] = *f;
}

/* At the end of a block of its own, so that a read behind it is a read outside. */
static struct facts
facts_of(const void *bytes, size_t size)
{
	struct facts facts = {.count = 0};
	struct dns_message d;
	uint8_t *copy = malloc(size + 1);

	memcpy(copy + 1, bytes, size);
	if (dns_read(copy + 1, size, &d))
		dns_facts(&d, take, &facts);
	free(copy);
	return facts;
}

static uint64_t
hash(const char *name, size_t size)
{
	return dns_name_hash((const uint8_t *)name, size);
}

#define NAME(text) hash(text, sizeof text)

static const char two_addresses[] = ANSWER("\2", "\0", "\0") QUESTION("\4SmTp\2Ex", A)
        RECORD(AT_QUESTION, A, "\4") "\xc0\0\2\1" RECORD("\4sMtP\2eX\0", A, "\4") "\xc0\0\2\2";

static void
addresses_have_the_name_that_was_asked_for(void **state)
{
	struct facts f = facts_of(BYTES(two_addresses));

	(void)state;
	assert_int_equal(f.count, 2);
	for (size_t i = 0; i < f.count; i++) {
		assert_int_equal(f.list[i].what, DNS_ADDRESS);
		assert_int_equal(f.list[i].name, NAME("\4smtp\2ex"));
		assert_int_equal(f.list[i].ttl, 300);
		assert_int_equal(f.list[i].address.family, 4);
		assert_int_equal(f.list[i].address.bytes[3], i + 1);
	}
}

static void
what_is_there_of_a_cut_answer_counts(void **state)
{
	size_t before = 0;

	(void)state;
	for (size_t size = 0; size < sizeof two_addresses; size++) {
		struct facts f = facts_of(two_addresses, size);

		assert_true(f.count >= before && f.count <= before + 1);
		before = f.count;
	}
	assert_int_equal(before, 2);
}

/* The records stand the wrong way round, the alias of an alias first. */
static void
aliases_are_followed(void **state)
{
	static const char chain[] = ANSWER("\4", "\0", "\0") QUESTION("\1q\1x", AAAA)
	        RECORD("\1b\1x\0", AAAA, "\x10") "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	        RECORD("\1a\1x\0", ALIAS, "\5") "\1B\1x\0"
	        RECORD(AT_QUESTION, ALIAS, "\5") "\1A\1x\0"
	        RECORD("\1z\1x\0", AAAA, "\x10") "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2";
	struct facts f = facts_of(BYTES(chain));

	(void)state;
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].name, NAME("\1q\1x"));
	assert_int_equal(f.list[0].address.family, 6);
	assert_int_equal(f.list[0].address.bytes[15], 1);
}

static void
a_circle_of_aliases_ends(void **state)
{
	static const char circle[] = ANSWER("\3", "\0", "\0") QUESTION("\1q\1x", A)
	        RECORD(AT_QUESTION, ALIAS, "\5") "\1a\1x\0" RECORD("\1a\1x\0", ALIAS, "\2") AT_QUESTION
	        RECORD("\1z\1x\0", A, "\4") "\xc0\0\2\1";

	(void)state;
	assert_int_equal(facts_of(BYTES(circle)).count, 0);
}

/* Addresses that come with an exchange are its own; others that come along are nobody's. */
static void
an_exchange_takes_mail_for_the_domain(void **state)
{
	static const char mx[] = ANSWER("\1", "\0", "\2") QUESTION("\1d\1x", MX)
	        RECORD(AT_QUESTION, MX, "\6") "\0\12\1m" AT_QUESTION
	        RECORD("\1m\1d\1x\0", A, "\4") "\xc0\0\2\1" RECORD("\1y\1x\0", A, "\4") "\xc0\0\2\2";
	struct facts f = facts_of(BYTES(mx));

	(void)state;
	assert_int_equal(f.count, 2);
	assert_int_equal(f.list[0].what, DNS_EXCHANGE);
	assert_int_equal(f.list[0].name, NAME("\1m\1d\1x"));
	assert_int_equal(f.list[0].domain, NAME("\1d\1x"));
	assert_int_equal(f.list[1].what, DNS_ADDRESS);
	assert_int_equal(f.list[1].name, f.list[0].name);
	assert_int_equal(f.list[1].address.bytes[3], 1);
}

static void
a_domain_without_mx_is_its_own_exchange(void **state)
{
	static const char none[] = ANSWER("\0", "\0", "\0") QUESTION("\1d\1x", MX);
	static const char null[] = ANSWER("\1", "\0", "\0") QUESTION("\1d\1x", MX)
	        RECORD(AT_QUESTION, MX, "\3") "\0\0";
	char cut[sizeof none], missing[sizeof none];
	struct facts f = facts_of(BYTES(none));

	(void)state;
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].what, DNS_EXCHANGE);
	assert_int_equal(f.list[0].name, NAME("\1d\1x"));
	assert_int_equal(f.list[0].domain, f.list[0].name);
	assert_int_equal(facts_of(null, sizeof null).count, 0); /* RFC 7505; its NUL is the root */
	memcpy(cut, none, sizeof none);
	cut[2] |= 2;
	assert_int_equal(facts_of(cut, sizeof none - 1).count, 0);
	memcpy(missing, none, sizeof none);
	missing[3] |= DNS_NXDOMAIN;
	assert_int_equal(facts_of(missing, sizeof none - 1).count, 0);
}

static void
pointers_lead_back(void **state)
{
	static const char itself[] = ANSWER("\1", "\0", "\0") QUESTION("\1d\1x", A) "\xc0\x15\0\1\0\1\0\0\0\1\0\4\1\2\3\4";
	static const char ahead[] = ANSWER("\1", "\0", "\0") QUESTION("\1d\1x", A) "\xc0\x20\0\1\0\1\0\0\0\1\0\4\1\2\3\4";
	static const char header[] = ANSWER("\1", "\0", "\0") QUESTION("\1d\1x", A) "\xc0\0\0\1\0\1\0\0\0\1\0\4\1\2\3\4";
	static const char back[] = ANSWER("\1", "\0", "\0") QUESTION("\1d\1x", A) "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4";

	(void)state;
	assert_int_equal(facts_of(BYTES(itself)).count, 0);
	assert_int_equal(facts_of(BYTES(ahead)).count, 0);
	assert_int_equal(facts_of(BYTES(header)).count, 0);
	assert_int_equal(facts_of(BYTES(back)).count, 1);
}

/* Many records, and a count that promises more: all of it is bounded. */
static void
many_records_are_not_all_read(void **state)
{
	static const char head[] = "\x12\x34\x81\x80\0\1\xff\xff\xff\xff\xff\xff" QUESTION("\1d\1x", A);
	static const char other[] = RECORD(AT_QUESTION, ALIAS, "\5") "\1z\1x\0";
	uint8_t b[sizeof head + 200 * sizeof other];
	size_t size = sizeof head - 1;

	(void)state;
	memcpy(b, head, size);
	for (int n = 0; n < 200; n++, size += sizeof other - 1)
		memcpy(b + size, other, sizeof other - 1);
	assert_int_equal(facts_of(b, size).count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(addresses_have_the_name_that_was_asked_for),
	        cmocka_unit_test(what_is_there_of_a_cut_answer_counts),
	        cmocka_unit_test(aliases_are_followed),
	        cmocka_unit_test(a_circle_of_aliases_ends),
	        cmocka_unit_test(an_exchange_takes_mail_for_the_domain),
	        cmocka_unit_test(a_domain_without_mx_is_its_own_exchange),
	        cmocka_unit_test(pointers_lead_back),
	        cmocka_unit_test(many_records_are_not_all_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
