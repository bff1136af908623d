/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that share an entry of a report, and the counts of the entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/base/when.h"
#include "lib/policy/event.h"
#include "nfqd/report/entries.h"

#define START (INT64_C(1700000000) * SECOND / MINUTE) /* a minute */

static struct addr
address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

/* An attempt of a host, `at` seconds into a minute. */
static void
attempt(struct report *r, const char *host, const char *destination, int64_t minute, int64_t at)
{
	struct row row = {.side = SIDE_GATE,
	                  .minute = START + minute,
	                  .host = address(host),
	                  .destination = address(destination),
	                  .port = 25,
	                  .verdict = VERDICT_DROP,
	                  .reason = REASON_STRANGER,
	                  .attempts = 1,
	                  .destinations = 1};

	row.first = row.last = (START + minute) * MINUTE + at * SECOND;
	report_row(r, &row);
}

static void
judged(struct report *r, const char *host, struct judge_key who, enum judge_label label)
{
	const struct judgement v = {.label = label, .certainty = CERTAINTY_CONFIRMED};
	struct addr a = address(host);

	report_judgement(r, SIDE_GATE, &a, &who, &v);
}

static const uint8_t bot_mac[6] = {2, 0, 0, 0, 0, 0x66}, other_mac[6] = {2, 0, 0, 0, 0, 0x17};
static const char *const bot[] = {"2001:db8:1:2::a", "2001:db8:1:2::b", "2001:db8:1:2::c", "2001:db8:1:2::d",
                                  "2001:db8:1:2::e"};

/* A bot with five addresses of a /64 and one of IPv4; a neighbour; two hosts of a /64 that have no card, and a listed
 * one in it; and one whose rows are not judged yet. */
static struct report *
some_hosts(const struct entries *entries)
{
	struct report *r = report_new(START * MINUTE, (START + 60) * MINUTE);
	struct addr bare = address("2001:db8:1:3::1"), server = address("2001:db8:1:3::25");
	struct row row = {.side = SIDE_GATE, .minute = START, .host = server, .port = 25, .attempts = 7};

	r->entries = entries;
	/* Three in one minute to one destination; then two more. */
	for (int n = 0; n < 3; n++)
		attempt(r, bot[n], "2001:db8:f1::25", 0, 10 + n);
	attempt(r, "10.1.0.66", "192.0.2.1", 0, 20);
	attempt(r, "2001:db8:1:2::17", "2001:db8:f1::25", 0, 21);
	attempt(r, "2001:db8:1:3::1", "2001:db8:f1::25", 1, 0);
	attempt(r, "2001:db8:1:3::2", "2001:db8:f2::25", 1, 0);
	attempt(r, "2001:db8:1:2::ffff", "2001:db8:f1::25", 1, 5);
	attempt(r, bot[3], "2001:db8:f2::25", 2, 0);
	attempt(r, bot[4], "2001:db8:f1:1::25", 3, 0);
	row.verdict = VERDICT_PASS;
	row.reason = REASON_LISTED;
	report_row(r, &row);
	for (int n = 0; n < 5; n++)
		judged(r, bot[n], judge_key_mac(bot_mac), LABEL_ZOMBIE);
	judged(r, "10.1.0.66", judge_key_mac(bot_mac), LABEL_ZOMBIE);
	judged(r, "2001:db8:1:2::17", judge_key_mac(other_mac), LABEL_MISCONFIGURED);
	judged(r, "2001:db8:1:3::1", judge_key_address(&bare), LABEL_UNKNOWN);
	judged(r, "2001:db8:1:3::2", judge_key_address(&bare), LABEL_UNKNOWN);
	judged(r, "2001:db8:1:3::25", judge_key_address(&server), LABEL_UNKNOWN);
	report_finish(r);
	return r;
}

static void
test_who_shares(void **state)
{
	struct report *r = some_hosts(NULL);
	struct entries *e = entries_find(r);
	static const char *const alone[] = {"10.1.0.66", "2001:db8:1:2::17", "2001:db8:1:2::ffff", "2001:db8:1:3::25",
	                                    "2001:db8:9::9"};
	const struct host_addresses *of;
	struct addr a = address(bot[1]), last = address(bot[4]);

	(void)state;
	assert_int_equal(r->host_count, 11);
	assert_non_null(e);
	assert_non_null(of = entries_of(e, &a));
	assert_int_equal(of->count, 5);
	assert_true(addr_equal(&of->list[0], &last)); /* the latest */
	assert_true(addr_equal(&of->list[3], &a));
	for (size_t n = 0; n < sizeof alone / sizeof *alone; n++) {
		a = address(alone[n]);
		assert_null(entries_of(e, &a));
	}
	a = address("2001:db8:1:3::2");
	assert_non_null(of = entries_of(e, &a));
	assert_int_equal(of->count, 2);
	a = address("2001:db8:1:3::1"); /* of two with the same time, the lower one is first */
	assert_true(addr_equal(&of->list[0], &a));
	entries_free(e);
	report_free(r);
}

static void
test_counts(void **state)
{
	struct report *each = some_hosts(NULL), *r;
	struct entries *e = entries_find(each);
	struct addr a = address(bot[2]), last = address(bot[4]);
	const struct host *h;
	size_t count;

	(void)state;
	r = some_hosts(e);
	assert_int_equal(r->host_count, 6);
	assert_int_equal(r->attempts, each->attempts);
	assert_int_equal(r->blocked, each->blocked);
	assert_int_equal(r->labels[LABEL_ZOMBIE], 2);
	assert_int_equal(r->labels[LABEL_LISTED], 1);
	assert_non_null(h = report_host(r, &a));
	assert_ptr_equal(h, report_host(r, &last));
	assert_true(addr_equal(&h->addr, &last));
	host_addresses(h, &count);
	assert_int_equal(count, 5);
	assert_int_equal(host_counts(h)->attempts, 5);
	assert_int_equal(host_counts(h)->peak, 3);
	assert_int_equal(host_destinations(h), 3); /* each once */
	assert_int_equal(h->networks, 2);
	assert_int_equal(h->first, START * MINUTE + 10 * SECOND);
	assert_int_equal(h->last, (START + 3) * MINUTE);
	report_free(r);
	report_free(each);
	entries_free(e);
}

/* Sums of hours have the busiest minute of each address. */
static void
test_peak_of_hours(void **state)
{
	struct report *each = some_hosts(NULL), *r = report_new(START * MINUTE, (START + 60) * MINUTE);
	struct entries *e = entries_find(each);
	struct row row = {.side = SIDE_GATE, .sealed = true, .minute = START / 60 * 60, .port = 25, .attempts = 9};
	static const struct {
		int host;
		uint64_t peak;
		int64_t minute;
	} rows[] = {{0, 4, 5}, {1, 3, 5}, {2, 6, 7}, {3, 2, 5}, {0, 0, 5}};
	struct addr a = address(bot[0]);

	(void)state;
	r->entries = e;
	for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
		row.host = address(bot[rows[n].host]);
		row.peak = rows[n].peak;
		row.peak_minute = START / 60 * 60 + rows[n].minute;
		report_row(r, &row);
	}
	assert_int_equal(host_counts(report_host(r, &a))->peak, 9);
	assert_int_equal(host_counts(report_host(r, &a))->peak_minute, START / 60 * 60 + 5);
	report_free(r);
	report_free(each);
	entries_free(e);
}

static void
test_nobody_shares(void **state)
{
	struct report *r = report_new(0, DAY);

	(void)state;
	attempt(r, bot[0], "2001:db8:f1::25", 0, 0);
	attempt(r, "2001:db8:1:2::17", "2001:db8:f1::25", 0, 0);
	judged(r, bot[0], judge_key_mac(bot_mac), LABEL_ZOMBIE);
	judged(r, "2001:db8:1:2::17", judge_key_mac(other_mac), LABEL_UNKNOWN);
	report_finish(r);
	assert_null(entries_find(r));
	report_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_who_shares),
	        cmocka_unit_test(test_counts),
	        cmocka_unit_test(test_peak_of_hours),
	        cmocka_unit_test(test_nobody_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
