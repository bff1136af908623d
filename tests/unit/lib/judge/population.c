/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hosts that the classifier is measured on: a life repeats, and agrees with the DNS answers next to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/judge/population.h"

#define HOURS 3

static void
live(struct life *life, enum kind kind, bool moving, bool reject)
{
	struct setting s = {.hours = HOURS, .loss = .02, .moving = moving, .reject = reject};

	population_live(life, kind, 7, 3, &s);
}

static void
the_same_seed_gives_the_same_life(void **state)
{
	struct life a = {0}, b = {0};

	(void)state;
	for (enum kind k = 0; k < KIND_COUNT; k++) {
		live(&a, k, true, false);
		live(&b, k, true, false);
		assert_int_equal(a.count, b.count);
		assert_int_equal(a.answer_count, b.answer_count);
		for (size_t n = 0; n < a.count; n++)
			assert_true(a.list[n].when == b.list[n].when &&
			            addr_equal(&a.list[n].destination, &b.list[n].destination));
	}
	life_free(&a);
	life_free(&b);
}

static bool
was_given(const struct life *l, const struct tried *t)
{
	for (size_t n = 0; n < l->answer_count && l->answers[n].when <= t->when; n++)
		for (size_t k = 0; !l->answers[n].mx && k < l->answers[n].count; k++)
			if (addr_equal(&l->answers[n].address[k], &t->destination))
				return true;
	return false;
}

static void
a_host_with_names_tries_only_addresses_that_it_was_given(void **state)
{
	struct life l = {0};
	size_t hidden = 0;

	(void)state;
	for (enum kind k = KIND_WORKLOAD; k < KIND_COUNT; k++)
		for (int moving = 0; moving < 2; moving++) {
			live(&l, k, moving, moving);
			hidden += l.answer_count == 0;
			for (size_t n = 0; n < l.count && l.answer_count > 0; n++)
				if (!was_given(&l, &l.list[n]))
					fail_msg("%s: attempt %zu went to an address that no answer gave",
					         kinds[k].name, n);
		}
	life_free(&l);
	assert_int_equal(hidden, 2 * 3); /* encrypted DNS twice, and the proxy */
}

static void
addresses_change_in_a_moving_world_alone(void **state)
{
	(void)state;
	for (enum name_sort s = 0; s < NAME_SORTS; s++)
		for (int moving = 0; moving < 2; moving++) {
			struct domains d = {7, moving};
			struct name n = {s, 3};
			struct addr early[DOMAINS_ADDRESSES], late[DOMAINS_ADDRESSES];
			size_t count = domains_addresses(&d, &n, 10, early);

			assert_int_equal(domains_addresses(&d, &n, 50000, late), count);
			if (count > 0 && s != NAME_ISP && s != MX_OWN)
				assert_int_equal(memcmp(early, late, count * sizeof early[0]) != 0, moving);
		}
}

/* What docs/judge-figures.md says about names. */
static void
names_have_as_many_networks_as_todays(void **state)
{
	static const struct {
		struct name name;
		size_t addresses, networks;
	} list[] = {{{NAME_OFFICE365, 0}, 4, 4}, {{MX_TENANT, 8}, 4, 4}, {{MX_YAHOO, 1}, 8, 7}, {{MX_GMAIL, 2}, 1, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		for (uint32_t seed = 0; seed < 50; seed++) {
			struct domains d = {seed, true};
			struct addr a[DOMAINS_ADDRESSES];
			size_t count = domains_addresses(&d, &list[i].name, seed * 1000, a), networks = 0;

			assert_int_equal(count, list[i].addresses);
			for (size_t n = 0; n < count; n++) {
				size_t k = 0;

				while (k < n && memcmp(a[k].bytes, a[n].bytes, 3) != 0)
					k++;
				networks += k == n;
			}
			assert_int_equal(networks, list[i].networks);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_same_seed_gives_the_same_life),
	        cmocka_unit_test(a_host_with_names_tries_only_addresses_that_it_was_given),
	        cmocka_unit_test(addresses_change_in_a_moving_world_alone),
	        cmocka_unit_test(names_have_as_many_networks_as_todays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
