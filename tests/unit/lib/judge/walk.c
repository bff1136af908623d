/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_walk: each number that decides, on both sides of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "tests/unit/common/known_hosts.h"
#include "lib/judge/state.h"

/* A contact: true if the walk moved; its new score. */
static bool
walk(bool fresh, double *score)
{
	struct judge_step step = {.network = JUDGE_OF_NETWORK, .fresh = fresh, .score = -1};
	double before = known_host.score;
	bool moved;

	known_host.contacts++;
	moved = judge_walk(&known_bounds, &known_host, NOW, &step);
	if (moved) {
		assert_int_equal(step.fresh, fresh);
		assert_true(step.step == step.score - before);
		assert_true(step.score == known_host.score);
	}
	*score = known_host.score;
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
	known_contacts(8);
	known_bounds = simple;
	known_host.contacts = 0;
	known_host.begun = JUDGE_BEGUN;
	assert_false(walk(true, &score));
	assert_true(score == 0);
	assert_true(walk(false, &score) && score == -1.5);
	assert_true(walk(false, &score) && score == -3);
	assert_true(walk(false, &score) && score == -4);
	assert_false(walk(false, &score));
	for (int n = 1; n < 9; n++) {
		assert_true(walk(true, &score) && score == -4 + 2 * n);
		assert_int_equal(known_host.crossed, JUDGE_BELOW);
		assert_int_equal(known_host.crossed_at, 0);
	}
	assert_true(walk(true, &score) && score == 14);
	assert_int_equal(known_host.crossed, JUDGE_BY_WALK);
	assert_int_equal(known_host.crossed_at, NOW);
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
	known_contacts(7);
	known_bounds = simple;
	known_host.score = 17;
	assert_true(walk(true, &score) && score == 19);
	assert_true(walk(true, &score) && score == 20);
	assert_false(walk(true, &score));
	assert_int_equal(known_host.crossed, JUDGE_BELOW);
	known_wide.networks[7] = known_wide.networks[0];
	known_wide.networks[7].id = 8 << 2 | JUDGE_OF_NETWORK;
	walk(false, &score);
	assert_int_equal(known_host.crossed, JUDGE_BY_WALK);
	known_contacts(31);
	known_bounds = simple;
	assert_true(walk(false, &score));
	assert_int_equal(known_host.crossed, JUDGE_BELOW);
	known_contacts(32);
	known_bounds = simple;
	assert_true(walk(false, &score));
	assert_int_equal(known_host.crossed, JUDGE_BY_NETWORKS);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_walk),
	        cmocka_unit_test(the_walk_and_networks),
	        cmocka_unit_test(bounds_of_parameters),
	        cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
