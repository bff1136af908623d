/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An opening -> its event: what waits for a verdict, and what the kernel has let pass already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/when.h"
#include "nfqd/gate/decide.h"
#include "tests/unit/common/policies.h"

#define NOW (INT64_C(1900000000) * SECOND)

static struct config *made[16];
static size_t made_count;

static const struct policy *
policy_of(const char *lines)
{
	struct config *c = config_of(lines, NULL);

	assert_non_null(c);
	made[made_count++] = c;
	return c->policy;
}

static int
clean(void **state)
{
	(void)state;
	while (made_count > 0)
		config_free(made[--made_count]);
	return 0;
}

/* A SYN from 10.1.0.25 to 203.0.113.7 behind so many destination options of 8 bytes each, over IPv6 if there are any.
 */
static struct opening
syn(uint8_t *bytes, size_t options, uint32_t isn)
{
	static const uint8_t v4[] = {0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 1, 0, 25, 203, 0, 113, 7};
	uint8_t tcp[20] = {0x9c,
	                   0x40,
	                   0,
	                   25,
	                   (uint8_t)(isn >> 24),
	                   (uint8_t)(isn >> 16),
	                   (uint8_t)(isn >> 8),
	                   (uint8_t)isn,
	                   0,
	                   0,
	                   0,
	                   0,
	                   0x50,
	                   2,
	                   0xff,
	                   0xff};
	size_t size = options == 0 ? sizeof v4 : 40;

	memcpy(bytes, v4, sizeof v4);
	if (options > 0) {
		memset(bytes, 0, 40 + options * 8);
		bytes[0] = 0x60;
		bytes[4] = (uint8_t)((options * 8 + 20) >> 8);
		bytes[5] = (uint8_t)(options * 8 + 20);
		bytes[6] = 60;
		memcpy(bytes + 8, (uint8_t[]){0x20, 1, 0xd, 0xb8, 0, 1}, 6);
		bytes[23] = 0x25;
		memcpy(bytes + 24, (uint8_t[]){0x20, 1, 0xd, 0xb8, 0, 0xf}, 6);
		bytes[39] = 7;
	}
	for (size_t i = 0; i < options; i++, size += 8)
		bytes[size] = i + 1 < options ? 60 : 6;
	memcpy(bytes + size, tcp, sizeof tcp);
	return (struct opening){.bytes = bytes, .size = size + sizeof tcp, .has_mac = true, .mac = {2, 0, 0, 0, 0, 9}};
}

#define MAIL "lan 10.1.0.0/16 2001:db8:1::/48\n"

static void
expect(const struct event *e, enum verdict verdict, enum reason reason)
{
	assert_string_equal(verdict_name((enum verdict)e->verdict), verdict_name(verdict));
	assert_string_equal(reason_name((enum reason)e->reason), reason_name(reason));
}

static void
a_queued_opening_is_decided_by_the_policy(void **state)
{
	const struct deciding listed = {.policy = policy_of(MAIL "allow 10.1.0.25\n"), .now = NOW};
	const struct deciding none = {.policy = policy_of(MAIL "stranger drop\n"), .now = NOW};
	uint8_t bytes[256];
	const struct opening o = syn(bytes, 0, 77);
	struct event e;

	(void)state;
	decide_queued(&listed, &o, false, &e);
	expect(&e, VERDICT_PASS, REASON_LISTED);
	assert_int_equal(e.isn, 77);
	assert_int_equal(e.dport, 25);
	assert_true(e.has_mac && e.mac[5] == 9 && e.when == NOW);
	decide_queued(&none, &o, true, &e); /* the queue is not the verdict */
	expect(&e, VERDICT_DROP, REASON_STRANGER);
}

/* While no rule behind the queue resets, an accepted packet of a stranger's would pass. */
static void
what_no_rule_resets_is_dropped(void **state)
{
	const struct deciding none = {.policy = policy_of(MAIL), .now = NOW, .drops = true};
	const struct deciding listed = {.policy = policy_of(MAIL "allow 10.1.0.25\n"), .now = NOW, .drops = true};
	uint8_t bytes[256];
	struct opening o = syn(bytes, 0, 77);
	struct event e;

	(void)state;
	decide_queued(&none, &o, false, &e);
	expect(&e, VERDICT_DROP, REASON_STRANGER);
	decide_queued(&listed, &o, false, &e);
	expect(&e, VERDICT_PASS, REASON_LISTED);
	o.local = true;
	decide_queued(&none, &o, false, &e);
	expect(&e, VERDICT_DROP, REASON_STRANGER);
}

/* Any number of extension headers, as far as the packet was copied. */
static void
openings_behind_extension_headers_are_read(void **state)
{
	const struct deciding d = {.policy = policy_of(MAIL "stranger drop\n"), .now = NOW};
	static uint8_t bytes[65535];
	struct event e;

	(void)state;
	for (size_t options = 1; options < 8000; options = options * 2 + 1) {
		const struct opening o = syn(bytes, options, 78);

		decide_queued(&d, &o, false, &e);
		expect(&e, VERDICT_DROP, REASON_STRANGER);
		assert_int_equal(e.isn, 78);
	}
}

/* Its TCP header is not there: addresses and MAC are, and each packet is an attempt of its own. */
static void
unreadable_openings_keep_their_addresses(void **state)
{
	struct debts *debts = debts_new(64, 1);
	struct pace *pace = pace_new(debts, 1024, 2);
	const struct deciding max = {
	        .policy = policy_of(MAIL "stranger drop\nallow 10.1.0.25 max 3/minute\n"), .pace = pace, .now = NOW};
	const struct deciding none = {.policy = policy_of(MAIL), .now = NOW};
	uint8_t bytes[256];
	struct event e, again;
	int passed = 0;

	(void)state;
	for (uint16_t i = 0; i < 10; i++) {
		struct opening o = syn(bytes, 0, 79);

		bytes[5] = (uint8_t)i;
		o.size = 28;
		decide_queued(&max, &o, true, &e);
		decide_queued(&max, &o, true, &again);
		assert_int_equal(e.isn, again.isn);
		assert_int_equal(e.verdict, again.verdict);
		passed += e.verdict == VERDICT_PASS;
		expect(&e, i < 3 ? VERDICT_PASS : VERDICT_DROP, i < 3 ? REASON_UNREADABLE : REASON_RATE);
		assert_true(e.src.family == 4 && e.src.bytes[3] == 25 && e.dst.bytes[0] == 203 && e.has_mac);
		decide_queued(&none, &o, false, &e);
		expect(&e, VERDICT_DROP, REASON_UNREADABLE);
		assert_true(e.src.family == 4 && e.isn == again.isn);
	}
	assert_int_equal(passed, 3);
	bytes[0] = 0x55; /* no IP at all: a queue that lets pass when nobody listens does so */
	decide_queued(&max, &(struct opening){.bytes = bytes, .size = 28}, true, &e);
	expect(&e, VERDICT_PASS, REASON_UNREADABLE);
	assert_int_equal(e.src.family, 0);
	pace_free(pace);
	debts_free(debts);
}

/* An opening that the kernel accepted has passed: its event never refuses it. */
static void
the_event_of_a_passed_opening_never_refuses_it(void **state)
{
	const struct policy *listed = policy_of(MAIL "allow 10.1.0.25 until 2030-03-17T17:46:40Z\n"); /* NOW */
	const struct policy *audit = policy_of(MAIL "stranger audit\n"), *none = policy_of(MAIL "stranger drop\n");
	uint8_t bytes[256];
	struct nflogged n = {.opening = syn(bytes, 0, 80), .when = NOW - SECOND};
	struct event e;

	(void)state;
	decide_logged(&(struct deciding){.policy = listed, .now = NOW}, &n, &e);
	expect(&e, VERDICT_PASS, REASON_LISTED); /* by the policy as it was when it passed */
	assert_true(e.when == NOW - SECOND);
	decide_logged(&(struct deciding){.policy = audit, .now = NOW}, &n, &e);
	expect(&e, VERDICT_AUDIT, REASON_STRANGER);
	decide_logged(&(struct deciding){.policy = none, .before = audit, .now = NOW}, &n, &e);
	expect(&e, VERDICT_AUDIT, REASON_STRANGER);
	decide_logged(&(struct deciding){.policy = none, .before = none, .now = NOW}, &n, &e);
	expect(&e, VERDICT_PASS, REASON_LISTED);
	n.when = 0;
	decide_logged(&(struct deciding){.policy = audit, .now = NOW}, &n, &e);
	assert_true(e.when == NOW);
	n.when = NOW + SECOND;
	decide_logged(&(struct deciding){.policy = audit, .now = NOW}, &n, &e);
	assert_true(e.when == NOW);
	n.opening.size = 24;
	decide_logged(&(struct deciding){.policy = none, .now = NOW}, &n, &e);
	expect(&e, VERDICT_PASS, REASON_UNREADABLE);
	assert_int_equal(e.src.family, 4);
}

/* The gateway's own process is recognized by its user. */
static void
an_own_process_is_recognized_by_its_user(void **state)
{
	const struct deciding d = {.policy = policy_of("lan 10.1.0.0/16\nlocal\nallow local user 4711\n"), .now = NOW};
	uint8_t bytes[256];
	struct nflogged n = {.opening = syn(bytes, 0, 81)};
	struct event e;

	(void)state;
	n.opening.local = n.opening.has_user = true;
	n.opening.user = 4711;
	decide_logged(&d, &n, &e);
	expect(&e, VERDICT_PASS, REASON_LISTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(a_queued_opening_is_decided_by_the_policy, clean),
	        cmocka_unit_test_teardown(what_no_rule_resets_is_dropped, clean),
	        cmocka_unit_test_teardown(openings_behind_extension_headers_are_read, clean),
	        cmocka_unit_test_teardown(unreadable_openings_keep_their_addresses, clean),
	        cmocka_unit_test_teardown(the_event_of_a_passed_opening_never_refuses_it, clean),
	        cmocka_unit_test_teardown(an_own_process_is_recognized_by_its_user, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
