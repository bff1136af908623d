/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_networks: each number that decides, on both sides of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/common/known_hosts.h"
#include "tests/unit/common/lives.h"
#include "lib/judge/state.h"

#define MINUTES(n) TICK((n)*60U)

/* So many attempts to the first server of a network. Returns its entry; NULL: it is not of the sample. */
static const struct judge_network *
go_to(uint32_t network, uint32_t first, uint32_t last, uint64_t attempts)
{
	struct judge_row row = {.destination = life_address(network, 1, false), .attempts = attempts};
	struct judge_step step = {.fresh = true};
	size_t count;
	const struct judge_network *list = judge_networks(&known_host, &count);

	judge_network_row(&known_host, &row, first, last, &step);
	for (size_t n = 0; n < count; n++)
		if (list[n].id == step.network)
			return &list[n];
	assert_false(step.fresh);
	return NULL;
}

/* Minutes of contacts to one network -> the counts of pauses between them. */
static void
pauses(void **state)
{
	static const struct {
		uint32_t minutes[4];
		uint8_t brief, spaced, brief_late, prompt;
	} cases[] = {
	        {{0, 1, 2, 3}, 0, 0, 0, 0},       {{0, 2, 5, 6}, 2, 0, 0, 0},     {{0, 3, 7, 8}, 1, 1, 0, 1},
	        {{0, 4, 7, 9}, 2, 1, 1, 1},       {{0, 4, 8, 9}, 0, 2, 0, 1},     {{0, 120, 121, 130}, 0, 2, 0, 1},
	        {{0, 121, 125, 130}, 0, 3, 0, 0}, {{0, 3, 119, 400}, 1, 2, 0, 1}, {{0, 1, 121, 125}, 0, 2, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct judge_network *n = NULL;

		known_contacts(0);
		/* Minutes are those of the clock, and not sixty seconds. */
		for (size_t k = 0; k < 4; k++)
			n = go_to(1, MINUTES(cases[i].minutes[k]) + TICK(k % 2 == 0 ? 59 : 0),
			          MINUTES(cases[i].minutes[k]) + TICK(59), 1);
		assert_non_null(n);
		if (n->brief != cases[i].brief || n->spaced != cases[i].spaced ||
		    n->brief_late != cases[i].brief_late || n->prompt != cases[i].prompt)
			fail_msg("case %zu: brief %u, spaced %u, late %u, prompt %u", i, n->brief, n->spaced,
			         n->brief_late, n->prompt);
		assert_int_equal(n->contacts, 4);
	}
}

/* In a minute with several attempts the mean pause counts; pauses within an eighth of the previous one are alike. */
static void
gaps(void **state)
{
	const struct judge_network *n;

	(void)state;
	known_contacts(0);
	go_to(1, 0, TICK(30), 4);
	n = go_to(1, MINUTES(2), MINUTES(2), 1);
	assert_int_equal(n->gaps, 2); /* 10 seconds, and then 90 */
	assert_int_equal(n->alike, 0);
	assert_int_equal(n->gap, TICK(90));
	go_to(1, MINUTES(2) + TICK(90 + 11), MINUTES(2) + TICK(90 + 11), 1); /* an eighth: 11.25 */
	assert_int_equal(n->alike, 1);
	go_to(1, n->last + n->gap + n->gap / 8 + 1, n->last + n->gap + n->gap / 8 + 1, 1);
	assert_int_equal(n->alike, 1);
	go_to(1, n->last + n->gap - n->gap / 8, n->last + n->gap - n->gap / 8, 1);
	assert_int_equal(n->alike, 2);
	go_to(1, n->last + n->gap - n->gap / 8 - 1, n->last + n->gap - n->gap / 8 - 1, 1);
	assert_int_equal(n->alike, 2);
	assert_int_equal(n->gaps, 6);
	assert_int_equal(n->now, 1);
	/* A row of the same minute is part of it. */
	go_to(1, n->last, n->last + 3, 5);
	assert_int_equal(n->now, 6);
	assert_int_equal(n->gaps, 6);
	assert_int_equal(n->contacts, 6);
}

/* Of a host with destinations that are not known, a pause of about twice or three times the last one is so many. */
static void
gaps_of_a_sample(void **state)
{
	const struct judge_network *n;

	(void)state;
	for (uint32_t unnamed = 0; unnamed < 2; unnamed++) {
		known_contacts(0);
		known_host.unnamed = unnamed;
		go_to(1, 0, 0, 1);
		go_to(1, TICK(100), TICK(100), 1);
		n = go_to(1, TICK(100 + 300), TICK(100 + 300), 1);
		assert_int_equal(n->gap, unnamed ? TICK(100) : TICK(300));
		assert_int_equal(n->alike, unnamed);
		n = go_to(1, n->last + n->gap + n->gap / 2, n->last + n->gap + n->gap / 2, 1);
		assert_int_equal(n->gap, unnamed ? TICK(150) : TICK(450));
		n = go_to(1, n->last + n->gap + n->gap / 2 + 2, n->last + n->gap + n->gap / 2 + 2, 1);
		assert_int_equal(n->gap, unnamed ? TICK(225) / 2 + 1 : TICK(675) + 2);
	}
}

/* A network is known for a day of whole minutes. */
static void
a_day(void **state)
{
	const struct judge_network n = {.id = 1, .last = MINUTES(5) + TICK(59)}, nothing = {.last = MINUTES(5)};

	(void)state;
	assert_true(judge_network_lives(&n, 0));
	assert_true(judge_network_lives(&n, n.last));
	assert_true(judge_network_lives(&n, MINUTES(5 + 1440) + TICK(59)));
	assert_false(judge_network_lives(&n, MINUTES(5 + 1441)));
	assert_false(judge_network_lives(&nothing, MINUTES(5)));
}

/* All of 47 networks are known; of more, those with the smallest hashes, and the number is estimated from these. */
static void
a_sample(void **state)
{
	uint64_t highest = 0;
	uint32_t kept = 0;

	(void)state;
	known_contacts(0);
	for (uint32_t n = 0; n < JUDGE_FAR; n++)
		assert_non_null(go_to(n, n, n, 1));
	assert_true(known_wide.beyond == 0);
	assert_int_equal(judge_networks_of_day(&known_host, MINUTES(1), JUDGE_ANY), JUDGE_FAR);
	for (uint32_t n = JUDGE_FAR; n < 1000; n++)
		go_to(n, n, n, 1);
	for (size_t n = 0; n < JUDGE_FAR; n++)
		highest = highest < known_wide.networks[n].id ? known_wide.networks[n].id : highest;
	assert_true(known_wide.beyond > highest);
	assert_in_range(judge_networks_of_day(&known_host, MINUTES(1), JUDGE_ANY), 700, 1400);
	for (uint32_t n = 0; n < 1000; n++) {
		struct addr a = life_address(n, 1, false);
		uint64_t id = judge_network_id(&a);
		bool known = false;

		for (size_t k = 0; k < JUDGE_FAR; k++)
			known |= known_wide.networks[k].id == id;
		assert_int_equal(known, id < known_wide.beyond);
		kept += known;
	}
	assert_int_equal(kept, JUDGE_FAR);
}

/* A minute's mean is of that minute, and counts before the pause behind it. */
static void
means(void **state)
{
	const struct judge_network *n;

	(void)state;
	known_contacts(0);
	go_to(1, TICK(29), TICK(59), 4);
	n = go_to(1, TICK(69), TICK(79), 2);
	assert_int_equal(n->gaps, 2); /* 10 and 10 seconds */
	assert_int_equal(n->alike, 1);
	go_to(1, TICK(150), TICK(150), 1);
	assert_int_equal(n->gaps, 4); /* 10 and 71 */
	assert_int_equal(n->alike, 2);
	known_contacts(0);
	go_to(1, 0, 0, 1);
	go_to(1, TICK(69), TICK(79), 2);
	n = go_to(1, TICK(150), TICK(150), 1);
	assert_int_equal(n->gaps, 3); /* 69, 10 and 71 seconds */
	assert_int_equal(n->alike, 0);
	/* By a clock that was set back within the minute. */
	go_to(1, TICK(140), TICK(145), 1);
	assert_int_equal(n->span, TICK(10));
	assert_int_equal(n->last, TICK(150));
	assert_int_equal(n->now, 2);
	known_wide.networks[n - known_wide.networks].gaps = UINT16_MAX;
	go_to(1, TICK(300), TICK(300), 1);
	assert_int_equal(n->gaps, UINT16_MAX);
	/* Two hours are of the network, and not of the host. */
	known_contacts(0);
	go_to(1, MINUTES(200), MINUTES(200), 1);
	assert_int_equal(go_to(1, MINUTES(210), MINUTES(210), 1)->prompt, 1);
}

/* A network whose hash lies between. */
static uint32_t
find_network(uint64_t least, uint64_t most, uint64_t *id)
{
	for (uint32_t n = 0;; n++) {
		struct addr a = life_address(n, 1, false);

		*id = judge_network_id(&a);
		if (*id >= least && *id <= most)
			return n;
	}
}

/* Of a host that goes to fewer than half of what it has room for, the sample grows: to twice as much, once a minute. */
static void
a_sample_grows(void **state)
{
	uint64_t low, high;
	uint32_t one = find_network(UINT64_MAX / 5 * 2, UINT64_MAX / 2, &low);
	uint32_t other = find_network(UINT64_MAX / 2 + 1, UINT64_MAX, &high);

	(void)state;
	known_contacts(JUDGE_FAR / 2 - 1);
	known_wide.beyond = low;
	known_wide.beyond_at = NOW - JUDGE_MINUTE;
	assert_non_null(go_to(one, NOW, NOW, 1));
	assert_true(known_wide.beyond == 2 * low);
	known_contacts(JUDGE_FAR / 2 - 1);
	known_wide.beyond = high;
	known_wide.beyond_at = NOW - JUDGE_MINUTE;
	assert_non_null(go_to(other, NOW, NOW, 1));
	assert_true(known_wide.beyond == 0);
	known_contacts(JUDGE_FAR / 2 - 1);
	known_wide.beyond = low;
	known_wide.beyond_at = NOW + 1;
	assert_null(go_to(one, NOW + 2, NOW + 2, 1));
	assert_true(known_wide.beyond == low);
	assert_int_equal(known_wide.beyond_at, NOW + 2);
	known_contacts(JUDGE_FAR / 2);
	known_wide.beyond = low;
	known_wide.beyond_at = NOW - JUDGE_MINUTE;
	assert_null(go_to(one, NOW, NOW, 1));
	assert_true(known_wide.beyond == low);
	assert_int_equal(known_wide.beyond_at, NOW);
}

/* A day without one that was not of the sample, and it is no sample. */
static void
a_sample_ends(void **state)
{
	uint64_t low;
	uint32_t one = find_network(UINT64_MAX / 5 * 2, UINT64_MAX / 2, &low);

	(void)state;
	for (uint32_t more = 0; more < 2; more++) {
		known_contacts(JUDGE_FAR / 2);
		for (size_t n = 0; n < JUDGE_FAR / 2; n++)
			known_wide.networks[n].last = NOW + MINUTES(1440 + more);
		known_wide.beyond = low;
		known_wide.beyond_at = NOW + JUDGE_MINUTE - 1;
		go_to(one, NOW + MINUTES(1440 + more), NOW + MINUTES(1440 + more), 1);
		assert_true(known_wide.beyond == (more ? 0 : low));
	}
	known_contacts(JUDGE_FAR / 2);
	known_wide.beyond = low;
	known_wide.beyond_at = NOW + MINUTES(2000); /* a clock that was set back */
	assert_null(go_to(one, NOW, NOW, 1));
	assert_true(known_wide.beyond == low);
	known_contacts(10);
	known_wide.beyond = UINT64_C(1) << 63; /* half of all */
	assert_int_equal(judge_networks_of_day(&known_host, NOW, JUDGE_ANY), 20);
}

/* Room given: its old content is gone. */
static void
room(void **state)
{
	static struct judge_wide given;

	(void)state;
	known_contacts(3);
	known_host.wide = NULL;
	known_host.near[0] = known_wide.networks[2];
	known_host.near[1] = known_wide.networks[1];
	memset(&given, 0xff, sizeof given);
	judge_widen(&known_host, &given, 3 * JUDGE_DAY + 7);
	assert_ptr_equal(known_host.wide, &given);
	assert_int_equal(given.day, 3);
	assert_int_equal(given.networks[1].id, known_wide.networks[1].id);
	assert_int_equal(given.networks[2].id, 0);
}

static bool
is_tight(uint32_t network, uint8_t server, uint32_t tick)
{
	const struct judge_row row = {.destination = life_address(network, server, false), .attempts = 1};

	return judge_is_tight(&known_host, &row, tick);
}

/* A quiet host has room for two networks and six addresses. */
static void
quiet_hosts(void **state)
{
	(void)state;
	known_contacts(0);
	known_host.wide = NULL;
	assert_false(is_tight(1, 1, NOW));
	go_to(1, NOW, NOW, 1);
	assert_false(is_tight(2, 1, NOW));
	go_to(2, NOW, NOW, 1);
	assert_false(is_tight(1, 1, NOW));
	assert_false(is_tight(2, 1, NOW));
	assert_true(is_tight(3, 1, NOW));
	assert_true(is_tight(3, 1, NOW + JUDGE_DAY));
	assert_false(is_tight(3, 1, NOW + JUDGE_DAY + JUDGE_MINUTE));
	for (uint8_t n = 1; n <= JUDGE_ADDRESSES; n++) {
		struct addr a = life_address(1, n, false);

		assert_false(is_tight(1, n, NOW));
		judge_see_address(&known_host, &a, NOW);
	}
	assert_true(is_tight(1, JUDGE_ADDRESSES + 1, NOW));
	assert_false(is_tight(1, JUDGE_ADDRESSES, NOW));
	known_host.wide = &known_wide;
	assert_false(is_tight(1, JUDGE_ADDRESSES + 1, NOW));
}

/* Counters of few bits saturate. */
static void
counters_that_are_full(void **state)
{
	struct judge_network *n;

	(void)state;
	known_contacts(0);
	go_to(1, 0, 0, UINT64_MAX / 2);
	n = &known_wide.networks[go_to(1, MINUTES(4), MINUTES(4), 1) - known_wide.networks];
	n->brief = 63;
	n->brief_late = 1;
	n->spaced = UINT8_MAX;
	n->contacts = UINT16_MAX;
	go_to(1, MINUTES(6), MINUTES(6), UINT16_MAX + UINT64_C(1));
	go_to(1, MINUTES(6), MINUTES(6), 1);
	assert_int_equal(n->now, UINT16_MAX);
	go_to(1, MINUTES(16), MINUTES(16), 1);
	assert_int_equal(n->brief, 63);
	assert_int_equal(n->brief_late, 1);
	assert_int_equal(n->spaced, UINT8_MAX);
	assert_int_equal(n->contacts, UINT16_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pauses),
	        cmocka_unit_test(gaps),
	        cmocka_unit_test(gaps_of_a_sample),
	        cmocka_unit_test(a_day),
	        cmocka_unit_test(a_sample),
	        cmocka_unit_test(means),
	        cmocka_unit_test(a_sample_grows),
	        cmocka_unit_test(a_sample_ends),
	        cmocka_unit_test(room),
	        cmocka_unit_test(quiet_hosts),
	        cmocka_unit_test(counters_that_are_full),
	};

	return cmocka_run_group_tests_name("networks", tests, NULL, NULL);
}
