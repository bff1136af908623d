/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion, distinct, refusal and tell. */
#include "lib/companion/companion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/companion/refusal.h"
#include "lib/output/companion.h"

static struct addr
address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static void
fill(struct distinct *d, unsigned from, unsigned until)
{
	char name[32];

	for (unsigned i = from; i < until; i++)
		distinct_add(d, name, (size_t)snprintf(name, sizeof name, "host%u.example", i));
}

/* Four times the standard error is not left by any of these, of which nothing is random. */
static void
estimates_are_close(void **state)
{
	static const unsigned sizes[] = {1, 2, 5, 20, 118, 500, 700, 1000, 5000, 100000, 1000000};
	struct distinct half, twice;

	(void)state;
	for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
		struct distinct d = {{0}};
		double count;

		assert_true(distinct_empty(&d));
		assert_int_equal(distinct_count(&d), 0);
		fill(&d, 0, sizes[n]);
		fill(&d, 0, sizes[n] / 2); /* again */
		count = (double)distinct_count(&d);
		assert_false(distinct_empty(&d));
		assert_true(count > sizes[n] * 0.80 - 0.01 && count < sizes[n] * 1.20 + 0.01);
	}
	half = twice = (struct distinct){{0}};
	fill(&half, 0, 60);
	fill(&twice, 30, 100);
	distinct_merge(&half, &twice);
	twice = (struct distinct){{0}};
	fill(&twice, 0, 100);
	assert_memory_equal(&half, &twice, sizeof half);
}

static void
lists_keep_the_first_and_count_all(void **state)
{
	struct companion c = {.count = {0}}, d = c;
	struct addr a = address("192.0.2.1"), b = address("2001:db8::1"), none = {0};
	uint8_t bytes[COMPANION_BYTES];
	char name[128];
	size_t size;

	(void)state;
	for (int i = 0; i < 6; i++) {
		size = (size_t)snprintf(name, sizeof name, "%0*d", i == 0 ? 100 : 5, i); /* the first is cut */
		companion_hello(&c, name, size);
	}
	companion_hello(&c, "00001", 5);
	assert_int_equal(c.count[COMPANION_HELLO], 7);
	assert_int_equal(distinct_count(&c.hellos), 6);
	assert_int_equal(strlen(c.hello[0].text), COMPANION_HELLO_TEXT - 1);
	assert_int_equal(c.hello[1].count, 2);
	for (int i = 0; i < 3; i++)
		companion_box_short(&c, i == 0 ? &a : &b);
	companion_listed(&c, "zen.spamhaus.org", &a);
	companion_listed(&c, "zen.spamhaus.org", &a);
	companion_listed(&c, "zen.spamhaus.org", &none);
	size = companion_write(&c, bytes);
	assert_true(companion_read(bytes, size, &d));
	assert_memory_equal(c.hello, d.hello, sizeof c.hello);
	assert_memory_equal(c.listing, d.listing, sizeof c.listing);
	assert_int_equal(d.listing[0].count, 2);
	assert_int_equal(companion_most(&d)->count, 2);
	assert_true(addr_equal(&companion_most(&d)->addr, &b));
	/* Every beginning is either a companion or none, and nothing is read behind it. */
	for (size_t n = 0; n < size; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy + 1, bytes, n);
		d = (struct companion){.count = {0}};
		companion_read(copy + 1, n, &d);
		free(copy);
	}
	bytes[0] = 9;
	assert_false(companion_read(bytes, size, &d));
}

/* Clients of a mail server, merged over two hours; and their sentence. */
static void
clients_are_merged_over_hours(void **state)
{
	struct companion c = {.count = {0}}, other = c;
	struct addr clients[] = {address("198.51.100.0"), address("203.0.113.0"), address("2001:db8::")};
	char line[COMPANION_SENTENCE];
	json_t *told;

	(void)state;
	for (int i = 0; i < 3; i++)
		companion_served(i < 2 ? &c : &other, &clients[i]);
	companion_served(&other, &clients[0]);
	companion_merge(&c, &other);
	assert_int_equal(c.count[COMPANION_SERVED], 4);
	assert_int_equal(distinct_count(&c.clients), 3);
	assert_true(companion_sentence(&c, 0, true, line));
	assert_string_equal(
	        line, "served 4 connections from outside to its port 25 up to EHLO or HELO, from about 3 networks");
	assert_false(companion_sentence(&c, 1, true, line));
	c.count[COMPANION_REFUSED] = 9;
	told = companion_json(&c);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(told, "smtp"), "served")), 4);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(told, "smtp"), "clients")), 3);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(told, "smtp"), "sessions_refused")), 9);
	json_decref(told);
}

/* The server that is hit most is found among many. */
static void
the_most_frequent_server_is_kept(void **state)
{
	struct companion c = {.count = {0}}, half[2] = {c, c};
	struct addr target = address("203.0.113.9"), other = address("198.51.100.0");

	(void)state;
	for (int i = 0; i < 400; i++) {
		other.bytes[3] = (uint8_t)(i % 100);
		companion_box_short(&c, i % 2 == 0 ? &target : &other);
		companion_box_short(&half[i % 4 / 2], i % 2 == 0 ? &target : &other);
	}
	assert_int_equal(c.count[COMPANION_BOXES_SHORT], 400);
	assert_true(addr_equal(&companion_most(&c)->addr, &target));
	assert_true(companion_most(&c)->count <= 200 &&
	            companion_most(&c)->count >= 200 - 400 / (COMPANION_SERVERS + 1));
	c = (struct companion){.count = {0}};
	for (int i = 0; i <= COMPANION_SERVERS; i++) { /* none is the most frequent */
		other.bytes[3] = (uint8_t)i;
		companion_box_short(&c, &other);
	}
	assert_null(companion_most(&c));
	companion_merge(&half[0], &half[1]);
	assert_int_equal(half[0].count[COMPANION_BOXES_SHORT], 400);
	assert_true(addr_equal(&companion_most(&half[0])->addr, &target));
	assert_true(companion_most(&half[0])->count <= 200 && companion_most(&half[0])->count >= 100);
}

static void
lists_and_addresses_in_refusals_are_found(void **state)
{
	static const struct {
		const char *text, *list, *address;
	} cases[] = {
	        {"5.7.1 Service unavailable; client [192.0.2.7] blocked using zen.spamhaus.org", "zen.spamhaus.org",
	         "192.0.2.7"},
	        {"5.7.1 Blocked - see https://www.spamhaus.org/query/ip/192.0.2.7", "spamhaus", "192.0.2.7"},
	        {"7.2.0.192.zen.SpamHaus.org lists you, 2001:DB8::7.", "zen.spamhaus.org", "2001:db8::7"},
	        {"Your IP (192.0.2.7) is in Barracudacentral", "barracudacentral", "192.0.2.7"},
	        {"http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.7", "barracudanetworks.com/reputation",
	         "192.0.2.7"},
	        {"blocked by bl.spamcop.net: 192.0.2.300 host-192.0.2.8 192.0.2.9x", "bl.spamcop.net", NULL},
	        {"[IPv6:2001:db8::7] UCEPROTECT-Level1", "uceprotect", "2001:db8::7"},
	        {"user unknown 192.0.2.7", NULL, "192.0.2.7"},
	        {"", NULL, NULL},
	};

	static const char *const longest_last[] = {"spamhaus", "zen.spamhaus.org"};

	(void)state;
	assert_string_equal(refusal_list("zen.spamhaus.org", 16, longest_last, 2), longest_last[1]);
	for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
		size_t count = 0, size = strlen(cases[n].text);
		struct addr found, want;
		const char *list;

		while (refusal_defaults[count] != NULL)
			assert_true(strlen(refusal_defaults[count++]) < REFUSAL_NAME);
		list = refusal_list(cases[n].text, size, refusal_defaults, count);
		if (cases[n].list != NULL)
			assert_string_equal(list, cases[n].list);
		else
			assert_null(list);
		assert_int_equal(refusal_address(cases[n].text, size, &found), cases[n].address != NULL);
		if (cases[n].address != NULL) {
			want = address(cases[n].address);
			assert_true(addr_equal(&found, &want));
		}
	}
}

/* Whatever a host calls itself, its terminal is not ours. */
static void
names_of_hosts_are_escaped(void **state)
{
	struct companion c = {.count = {0}};
	struct addr a = address("192.0.2.7");
	char line[COMPANION_SENTENCE];

	(void)state;
	assert_false(companion_sentence(&c, 0, true, line));
	c.count[COMPANION_REPLIES] = 200;
	c.count[COMPANION_PERMANENT] = 1;
	companion_hello(&c, "\x1b]0;x\a\xff\"", 8);
	companion_listed(&c, "zen.spamhaus.org", &a);
	assert_true(companion_sentence(&c, 0, true, line));
	assert_string_equal(
	        line, "was refused in 1% of 200 answers from mail servers: 0 temporarily (4xx), 1 permanently (5xx)");
	assert_true(companion_sentence(&c, 1, true, line));
	assert_string_equal(line, "sent 1 HELO name: \"\\x1b]0;x\\x07\\xff\"\"");
	assert_true(companion_sentence(&c, 2, true, line));
	assert_string_equal(line, "was refused 1 time because 192.0.2.7 is listed: zen.spamhaus.org");
	assert_false(companion_sentence(&c, 3, true, line));
	for (char i = 'a'; i < 'f'; i++) {
		char name[64];

		memset(name, 1, sizeof name);
		name[0] = i;
		companion_hello(&c, name, sizeof name);
	}
	assert_true(companion_sentence(&c, 1, true, line));
	assert_memory_equal(line, "sent about 6 HELO names:", 24);
	assert_string_equal(line + strlen(line) - 4, " ...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(estimates_are_close),
	        cmocka_unit_test(lists_keep_the_first_and_count_all),
	        cmocka_unit_test(clients_are_merged_over_hours),
	        cmocka_unit_test(the_most_frequent_server_is_kept),
	        cmocka_unit_test(lists_and_addresses_in_refusals_are_found),
	        cmocka_unit_test(names_of_hosts_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
