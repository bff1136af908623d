/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_walk, judge_networks: each number that decides, on both sides of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/common/lives.h"
#include "lib/judge/state.h"

#define TICK(seconds) ((seconds) * (uint32_t)JUDGE_TICKS)
#define NOW TICK(10 * 3600)

static struct judge_bounds bounds;
static struct judge_wide wide;
static struct judge_host host;

/* A host that has just contacted `networks` networks. */
static void
begin(uint32_t networks)
{
	wide = (struct judge_wide){0};
	host = (struct judge_host){.begun = 1, .base = LIFE_BEGIN, .wide = &wide, .contacts = networks};
	for (uint32_t n = 0; n < networks; n++)
		wide.networks[n] = (struct judge_network){.id = n + 1, .first = NOW, .last = NOW, .contacts = 1};
}

/* A contact: true if the walk moved; its new score. */
static bool
walk(bool fresh, double *score)
{
	struct judge_step step = {.score = -1};
	double before = host.score;
	bool moved;

	host.contacts++;
	moved = judge_walk(&bounds, &host, NOW, fresh, &step);
	if (moved) {
		assert_int_equal(step.fresh, fresh);
		assert_true(step.step == step.score - before);
		assert_true(step.score == host.score);
	}
	*score = host.score;
	return moved;
}

static const struct judge_bounds simple = {
        .fresh = 2, .known = -1.5, .cross = 14, .bottom = -4, .top = 20, .networks = 32, .least = 8};

/* The first contact has no effect; the walk stays at the bottom; it crosses at the threshold, once. */
static void
the_walk(void **state)
{
	double score;

	(void)state;
	begin(8);
	bounds = simple;
	host.contacts = 0;
	assert_false(walk(true, &score));
	assert_true(score == 0);
	assert_true(walk(false, &score) && score == -1.5);
	assert_true(walk(false, &score) && score == -3);
	assert_true(walk(false, &score) && score == -4);
	assert_false(walk(false, &score));
	for (int n = 1; n < 9; n++) {
		assert_true(walk(true, &score) && score == -4 + 2 * n);
		assert_int_equal(host.crossed, JUDGE_BELOW);
		assert_int_equal(host.crossed_at, 0);
	}
	assert_true(walk(true, &score) && score == 14);
	assert_int_equal(host.crossed, JUDGE_BY_WALK);
	assert_int_equal(host.crossed_at, NOW);
	assert_false(walk(false, &score));
	assert_false(walk(true, &score));
	assert_true(score == 14);
}

/* Above the crossing it waits for the networks of a day, and no higher than the top. */
static void
the_walk_and_networks(void **state)
{
	double score;

	(void)state;
	begin(7);
	bounds = simple;
	host.score = 17;
	assert_true(walk(true, &score) && score == 19);
	assert_true(walk(true, &score) && score == 20);
	assert_false(walk(true, &score));
	assert_int_equal(host.crossed, JUDGE_BELOW);
	wide.networks[7] = wide.networks[0];
	wide.networks[7].id = 8;
	walk(false, &score);
	assert_int_equal(host.crossed, JUDGE_BY_WALK);
	begin(31);
	bounds = simple;
	assert_true(walk(false, &score));
	assert_int_equal(host.crossed, JUDGE_BELOW);
	begin(32);
	bounds = simple;
	assert_true(walk(false, &score));
	assert_int_equal(host.crossed, JUDGE_BY_NETWORKS);
}

static void
bounds_of_parameters(void **state)
{
	const struct judge_parameters p = {.fixed = 0.2, .fanout = 0.8, .accuse = 0.05, .miss = 0.1, .networks = 9};
	struct judge_bounds b = judge_bounds_of(&judge_defaults);

	(void)state;
	assert_int_equal(b.least, 8);
	assert_int_equal(b.networks, 32);
	b = judge_bounds_of(&p);
	assert_true(fabs(b.fresh - 1.386294) < 1e-6);  /* ln(.8 / .2) */
	assert_true(fabs(b.known + 1.386294) < 1e-6);  /* ln(.2 / .8) */
	assert_true(fabs(b.cross - 2.890372) < 1e-6);  /* ln(.9 / .05) */
	assert_true(fabs(b.bottom + 2.251292) < 1e-6); /* ln(.1 / .95) */
	assert_true(fabs(b.top - 8.890372) < 1e-6);
	assert_int_equal(b.networks, 9);
	assert_int_equal(b.least, 4);
}

static void
parameters(void **state)
{
	static const struct {
		struct judge_parameters p;
		bool good;
	} cases[] = {
	        {{.1, .75, 1e-6, .01, 32}, true},       {{0, .75, 1e-6, .01, 32}, false},
	        {{.5, .5, 1e-6, .01, 32}, false},       {{.1, 1, 1e-6, .01, 32}, false},
	        {{.1, 1.5, 1e-6, .01, 32}, false},      {{-.1, .75, 1e-6, .01, 32}, false},
	        {{.1, .75, 0, .01, 32}, false},         {{.1, .75, 1e-6, 0, 32}, false},
	        {{.1, .75, .5, .5, 32}, false},         {{.1, .75, .5, .4, 32}, true},
	        {{.1, .75, .75, .75, 32}, false},       {{.1, .75, 1e-6, .01, 1}, false},
	        {{.1, .75, 1e-6, .01, 2}, true},        {{.1, .75, 1e-6, .01, 1000000}, true},
	        {{.1, .75, 1e-6, .01, 1000001}, false}, {{NAN, .75, 1e-6, .01, 32}, false},
	        {{.1, NAN, 1e-6, .01, 32}, false},      {{.1, .75, NAN, .01, 32}, false},
	        {{.1, .75, 1e-6, NAN, 32}, false},
	};
	const struct judge_parameters exact = {1.0 / 3, .75, 1e-6, .01, 1000000};
	char buf[JUDGE_PARAMETERS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if ((judge_parameters_wrong(&cases[i].p) == NULL) != cases[i].good)
			fail_msg("%s is %s", judge_parameters_print(&cases[i].p, buf),
			         cases[i].good ? "refused" : "taken");
	assert_string_equal(judge_parameters_print(&judge_defaults, buf),
	                    "fixed 0.1 fanout 0.75 accuse 1e-06 miss 0.01 networks 32");
	assert_string_equal(judge_parameters_print(&exact, buf),
	                    "fixed 0.33333333333333331 fanout 0.75 accuse 1e-06 miss 0.01 networks 1000000");
}

#define MINUTES(n) TICK((n)*60U)

/* So many attempts to the first server of a network. Returns its entry; NULL: it is not of the sample. */
static const struct judge_network *
go_to(uint32_t network, uint32_t first, uint32_t last, uint64_t attempts)
{
	struct judge_row row = {.destination = life_address(network, 1, false), .attempts = attempts};
	struct judge_step step = {.fresh = true};
	size_t count;
	const struct judge_network *list = judge_networks(&host, &count);

	judge_network_row(&host, &row, first, last, &step);
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
	        {{0, 4, 7, 9}, 2, 1, 2, 1},       {{0, 4, 8, 9}, 0, 2, 0, 1},     {{0, 120, 121, 130}, 0, 2, 0, 1},
	        {{0, 121, 125, 130}, 0, 3, 0, 0}, {{0, 3, 119, 400}, 1, 2, 0, 1}, {{0, 1, 121, 125}, 0, 2, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct judge_network *n = NULL;

		begin(0);
		/* Minutes are those of the clock, and not sixty seconds. */
		for (size_t k = 0; k < 4; k++)
			n = go_to(1, MINUTES(cases[i].minutes[k]) + TICK(k % 2 == 0 ? 59 : 0),
			          MINUTES(cases[i].minutes[k]) + TICK(59), 1);
		assert_non_null(n);
		if (n->brief != cases[i].brief || n->spaced != cases[i].spaced ||
		    n->brief_late != cases[i].brief_late || n->prompt != cases[i].prompt)
			fail_msg("case %zu: brief %u, spaced %u, brief_late %u, prompt %u", i, n->brief, n->spaced,
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
	begin(0);
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
		begin(0);
		host.unnamed = unnamed;
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

static struct prefix
network_of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return judge_network_of(&a);
}

static bool
same_network(const char *one, const char *other)
{
	struct addr a, b;

	assert_true(addr_parse(one, &a) && addr_parse(other, &b));
	return judge_network_id(&a) == judge_network_id(&b);
}

static void
networks_of_addresses(void **state)
{
	char buf[PREFIX_TEXT];
	struct prefix p;

	(void)state;
	p = network_of("192.0.2.129");
	assert_string_equal(prefix_print(&p, buf), "192.0.2.0/24");
	p = network_of("2001:db8:1:ffff::1");
	assert_string_equal(prefix_print(&p, buf), "2001:db8:1::/48");
	p = network_of("64:ff9b::192.0.2.129");
	assert_string_equal(prefix_print(&p, buf), "192.0.2.0/24");
	assert_true(same_network("192.0.2.1", "192.0.2.254"));
	assert_false(same_network("192.0.2.1", "192.0.3.1"));
	assert_true(same_network("2001:db8:1:1::1", "2001:db8:1:ff00::1"));
	assert_false(same_network("2001:db8:1::1", "2001:db8:2::1"));
	assert_false(same_network("2001:db8:100::1", "2001:db8:200::1"));
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
	begin(0);
	for (uint32_t n = 0; n < JUDGE_FAR; n++)
		assert_non_null(go_to(n, n, n, 1));
	assert_true(wide.beyond == 0);
	assert_int_equal(judge_networks_of_day(&host, MINUTES(1)), JUDGE_FAR);
	for (uint32_t n = JUDGE_FAR; n < 1000; n++)
		go_to(n, n, n, 1);
	for (size_t n = 0; n < JUDGE_FAR; n++)
		highest = highest < wide.networks[n].id ? wide.networks[n].id : highest;
	assert_true(wide.beyond > highest);
	assert_in_range(judge_networks_of_day(&host, MINUTES(1)), 700, 1400);
	for (uint32_t n = 0; n < 1000; n++) {
		struct addr a = life_address(n, 1, false);
		uint64_t id = judge_network_id(&a);
		bool known = false;

		for (size_t k = 0; k < JUDGE_FAR; k++)
			known |= wide.networks[k].id == id;
		assert_int_equal(known, id < wide.beyond);
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
	begin(0);
	go_to(1, TICK(29), TICK(59), 4);
	n = go_to(1, TICK(69), TICK(79), 2);
	assert_int_equal(n->gaps, 2); /* 10 and 10 seconds */
	assert_int_equal(n->alike, 1);
	go_to(1, TICK(150), TICK(150), 1);
	assert_int_equal(n->gaps, 4); /* 10 and 71 */
	assert_int_equal(n->alike, 2);
	begin(0);
	go_to(1, 0, 0, 1);
	go_to(1, TICK(69), TICK(79), 2);
	n = go_to(1, TICK(150), TICK(150), 1);
	assert_int_equal(n->gaps, 3); /* 69, 10 and 71 seconds */
	assert_int_equal(n->alike, 0);
	/* By a clock that was set back within the minute. */
	go_to(1, TICK(140), TICK(145), 1);
	assert_int_equal(n->begun, TICK(140));
	assert_int_equal(n->last, TICK(150));
	assert_int_equal(n->now, 2);
	wide.networks[n - wide.networks].gaps = UINT16_MAX;
	go_to(1, TICK(300), TICK(300), 1);
	assert_int_equal(n->gaps, UINT16_MAX);
	/* Two hours are of the network, and not of the host. */
	begin(0);
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
	begin(JUDGE_FAR / 2 - 1);
	wide.beyond = low;
	wide.beyond_at = NOW - JUDGE_MINUTE;
	assert_non_null(go_to(one, NOW, NOW, 1));
	assert_true(wide.beyond == 2 * low);
	begin(JUDGE_FAR / 2 - 1);
	wide.beyond = high;
	wide.beyond_at = NOW - JUDGE_MINUTE;
	assert_non_null(go_to(other, NOW, NOW, 1));
	assert_true(wide.beyond == 0);
	begin(JUDGE_FAR / 2 - 1);
	wide.beyond = low;
	wide.beyond_at = NOW + 1;
	assert_null(go_to(one, NOW + 2, NOW + 2, 1));
	assert_true(wide.beyond == low);
	assert_int_equal(wide.beyond_at, NOW + 2);
	begin(JUDGE_FAR / 2);
	wide.beyond = low;
	wide.beyond_at = NOW - JUDGE_MINUTE;
	assert_null(go_to(one, NOW, NOW, 1));
	assert_true(wide.beyond == low);
	assert_int_equal(wide.beyond_at, NOW);
}

/* A day without one that was not of the sample, and it is no sample. */
static void
a_sample_ends(void **state)
{
	uint64_t low;
	uint32_t one = find_network(UINT64_MAX / 5 * 2, UINT64_MAX / 2, &low);

	(void)state;
	for (uint32_t more = 0; more < 2; more++) {
		begin(JUDGE_FAR / 2);
		for (size_t n = 0; n < JUDGE_FAR / 2; n++)
			wide.networks[n].last = NOW + MINUTES(1440 + more);
		wide.beyond = low;
		wide.beyond_at = NOW + JUDGE_MINUTE - 1;
		go_to(one, NOW + MINUTES(1440 + more), NOW + MINUTES(1440 + more), 1);
		assert_true(wide.beyond == (more ? 0 : low));
	}
	begin(JUDGE_FAR / 2);
	wide.beyond = low;
	wide.beyond_at = NOW + MINUTES(2000); /* a clock that was set back */
	assert_null(go_to(one, NOW, NOW, 1));
	assert_true(wide.beyond == low);
	begin(10);
	wide.beyond = UINT64_C(1) << 63; /* half of all */
	assert_int_equal(judge_networks_of_day(&host, NOW), 20);
}

/* Room given: its old content is gone. */
static void
room(void **state)
{
	static struct judge_wide given;

	(void)state;
	begin(3);
	host.wide = NULL;
	host.near[0] = wide.networks[2];
	host.near[1] = wide.networks[1];
	memset(&given, 0xff, sizeof given);
	judge_widen(&host, &given, 3 * JUDGE_DAY + 7);
	assert_ptr_equal(host.wide, &given);
	assert_int_equal(given.day, 3);
	assert_int_equal(given.networks[1].id, 2);
	assert_int_equal(given.networks[2].id, 0);
}

static bool
is_tight(uint32_t network, uint8_t server, uint32_t tick)
{
	const struct judge_row row = {.destination = life_address(network, server, false), .attempts = 1};

	return judge_is_tight(&host, &row, tick);
}

/* A quiet host has room for two networks and six addresses. */
static void
quiet_hosts(void **state)
{
	(void)state;
	begin(0);
	host.wide = NULL;
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
		judge_see_address(&host, &a, NOW);
	}
	assert_true(is_tight(1, JUDGE_ADDRESSES + 1, NOW));
	assert_false(is_tight(1, JUDGE_ADDRESSES, NOW));
	host.wide = &wide;
	assert_false(is_tight(1, JUDGE_ADDRESSES + 1, NOW));
}

/* Counters of few bits saturate. */
static void
counters_that_are_full(void **state)
{
	struct judge_network *n;

	(void)state;
	begin(0);
	go_to(1, 0, 0, UINT64_MAX / 2);
	n = &wide.networks[go_to(1, MINUTES(4), MINUTES(4), 1) - wide.networks];
	n->brief = n->brief_late = n->spaced = UINT8_MAX;
	n->contacts = UINT16_MAX;
	go_to(1, MINUTES(6), MINUTES(6), UINT16_MAX + UINT64_C(1));
	go_to(1, MINUTES(6), MINUTES(6), 1);
	assert_int_equal(n->now, UINT16_MAX);
	go_to(1, MINUTES(16), MINUTES(16), 1);
	assert_int_equal(n->brief, UINT8_MAX);
	assert_int_equal(n->brief_late, UINT8_MAX);
	assert_int_equal(n->spaced, UINT8_MAX);
	assert_int_equal(n->contacts, UINT16_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_walk),
	        cmocka_unit_test(the_walk_and_networks),
	        cmocka_unit_test(bounds_of_parameters),
	        cmocka_unit_test(parameters),
	        cmocka_unit_test(pauses),
	        cmocka_unit_test(gaps),
	        cmocka_unit_test(gaps_of_a_sample),
	        cmocka_unit_test(networks_of_addresses),
	        cmocka_unit_test(a_day),
	        cmocka_unit_test(a_sample),
	        cmocka_unit_test(means),
	        cmocka_unit_test(a_sample_grows),
	        cmocka_unit_test(a_sample_ends),
	        cmocka_unit_test(room),
	        cmocka_unit_test(quiet_hosts),
	        cmocka_unit_test(counters_that_are_full),
	};

	return cmocka_run_group_tests_name("judge_walk", tests, NULL, NULL);
}
