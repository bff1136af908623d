/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "lib/base/table.h"

/* A key of an odd size, so that nothing is aligned by luck. */
struct entry {
	uint8_t key[13];
	uint8_t marks;
	int64_t worth;
	uint64_t number;
};

struct short_entry {
	uint64_t key;
	uint32_t value;
};

static int64_t
worth_of(const void *entry, const void *arg)
{
	const int64_t *worthless = arg;
	const struct entry *e = entry;

	return worthless != NULL && e->worth <= *worthless ? TABLE_WORTHLESS : e->worth;
}

static const struct table_type fixed = {.size = sizeof(struct entry), .key = 13};
static const struct table_type growing = {.size = sizeof(struct entry), .key = 13, .grows = true};
static const struct table_type bounded = {.size = sizeof(struct entry), .key = 13, .grows = true, .most = 100};
static const struct table_type by_hash = {.size = sizeof(struct short_entry), .key = 8, .hashed = true, .grows = true};
static const struct table_type plain = {.size = sizeof(struct short_entry), .key = 8, .grows = true};
static const struct table_type cache8 = {.size = sizeof(struct entry), .key = 13, .ways = 8, .worth = worth_of};
static const struct table_type cache32 = {.size = sizeof(struct entry), .key = 13, .ways = 32, .worth = worth_of};

static const uint8_t *
key_of(uint32_t n)
{
	static uint8_t key[13];

	memset(key, 0, sizeof key);
	memcpy(key + 5, &n, sizeof n);
	return key;
}

/* A map against a plain list. */

#define KEYS 600

struct model {
	struct entry entry[KEYS];
	size_t count;
};

static struct entry *
model_find(struct model *m, const uint8_t *key)
{
	for (size_t i = 0; i < m->count; i++)
		if (memcmp(m->entry[i].key, key, 13) == 0)
			return &m->entry[i];
	return NULL;
}

static void
assert_same(const struct table *t, struct model *m)
{
	assert_int_equal(table_count(t), m->count);
	for (size_t i = 0; i < m->count; i++) {
		assert_memory_equal(table_at(t, i), &m->entry[i], sizeof m->entry[i]);
		assert_ptr_equal(table_find(t, m->entry[i].key), table_at(t, i));
		assert_int_equal(table_place(t, table_at(t, i)), i);
	}
	assert_null(table_at(t, m->count));
}

static bool
is_odd(const void *entry, const void *arg)
{
	const struct entry *e = entry;

	(void)arg;
	return e->number % 2 == 1;
}

static void
model_keep(struct model *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (is_odd(&m->entry[i], NULL))
			m->entry[kept++] = m->entry[i];
	m->count = kept;
}

static void
step(struct table *t, struct model *m, const uint8_t *key, unsigned what, size_t room)
{
	struct entry *known = model_find(m, key), *e;
	bool is_new;

	if (what < 60) {
		e = table_add(t, key, &is_new);
		if (known == NULL && m->count == room) {
			assert_null(e);
			return;
		}
		assert_non_null(e);
		assert_int_equal(is_new, known == NULL);
		if (known == NULL) {
			known = &m->entry[m->count++];
			memset(known, 0, sizeof *known);
			memcpy(known->key, key, sizeof known->key);
		}
		e->number += what;
		known->number += what;
	} else if (what < 98) {
		e = table_find(t, key);
		assert_int_equal(e != NULL, known != NULL);
		if (e == NULL)
			return;
		table_remove(t, e);
		*known = m->entry[--m->count];
	} else if (what < 99) {
		size_t before = m->count;

		model_keep(m);
		assert_int_equal(table_keep(t, is_odd, NULL), before - m->count);
	} else {
		m->count = 0;
		table_clear(t);
	}
}

static void
map_is_a_list(const struct table_type *type, size_t start, size_t room, unsigned keys)
{
	for (unsigned round = 0; round < 8; round++) {
		struct table *t = table_new(type, start);
		struct model m = {.count = 0};
		unsigned seed = round;

		assert_non_null(t);
		for (int i = 0; i < 3000; i++) {
			unsigned what = (unsigned)rand_r(&seed) % 100;

			/* Clearing is rare, so that there is something to clear. */
			if (what >= 98 && rand_r(&seed) % 8 != 0)
				continue;
			step(t, &m, key_of((unsigned)rand_r(&seed) % keys), what, room);
			assert_same(t, &m);
			assert_int_equal(table_full(t), m.count == room);
		}
		table_free(t);
	}
}

static void
fixed_map(void **state)
{
	(void)state;
	map_is_a_list(&fixed, 1, 1, 5);
	map_is_a_list(&fixed, 48, 48, 70); /* three of four places, exactly */
	map_is_a_list(&fixed, 97, 97, 150);
}

static void
growing_map(void **state)
{
	(void)state;
	map_is_a_list(&growing, 0, SIZE_MAX, KEYS);
	map_is_a_list(&growing, 50, SIZE_MAX, 100);
	map_is_a_list(&bounded, 5, 100, 150);
}

static void
grows_far(void **state)
{
	struct table *t = table_new(&by_hash, 0);
	struct short_entry *e;
	bool is_new;

	(void)state;
	assert_non_null(t);
	for (uint32_t n = 0; n < 300000; n++) {
		uint64_t key = table_hash(t, &n, sizeof n);

		assert_null(table_find(t, &key));
		e = table_add(t, &key, &is_new);
		assert_true(is_new);
		assert_int_equal(e->value, 0);
		e->value = n;
	}
	for (uint32_t n = 0; n < 300000; n++) {
		uint64_t key = table_hash(t, &n, sizeof n);

		e = table_add(t, &key, &is_new);
		assert_false(is_new);
		assert_int_equal(e->value, n);
		assert_ptr_equal(e, table_at(t, n));
	}
	table_free(t);
}

/* A cache against its places, told one by one. */

static const struct entry *
least(const struct entry *bucket, unsigned ways, const int64_t *worthless)
{
	const struct entry *e = NULL;

	for (unsigned i = 0; i < ways; i++)
		if (bucket[i].worth == 0)
			return &bucket[i];
	for (unsigned i = 0; i < ways; i++)
		if (bucket[i].worth <= *worthless)
			return &bucket[i];
	for (unsigned i = 0; i < ways; i++)
		if (e == NULL || bucket[i].worth < e->worth)
			e = &bucket[i];
	return e;
}

static void
cache_is_its_places(const struct table_type *type, size_t room, size_t places, unsigned keys)
{
	struct table *t = table_new(type, room);
	struct entry *model = calloc(places, sizeof *model), *e;
	unsigned seed = 7;
	size_t count = 0;

	assert_non_null(t);
	for (int i = 1; i < 20000; i++) {
		const uint8_t *key = key_of((unsigned)rand_r(&seed) % keys);
		size_t first = table_place(t, table_bucket(t, key)), at;
		int64_t worthless = rand_r(&seed) % 4 == 0 ? i - 300 : 0;

		assert_int_equal(first % type->ways, 0);
		e = table_find(t, key);
		for (at = first; at < first + type->ways; at++)
			if (model[at].worth != 0 && memcmp(model[at].key, key, 13) == 0)
				break;
		assert_ptr_equal(e, at < first + type->ways ? table_at(t, at) : NULL);
		if (e != NULL && rand_r(&seed) % 2 == 0) {
			table_drop(t, e);
			memset(&model[at], 0, sizeof model[at]);
			count--;
		} else if (e == NULL) {
			e = table_spare(t, key, &worthless);
			at = table_place(t, e);
			assert_ptr_equal(&model[at], least(&model[first], type->ways, &worthless));
			assert_memory_equal(e, &model[at], sizeof *e);
			count += e->worth == 0;
			assert_ptr_equal(table_put(t, e, key), e);
			assert_int_equal(e->worth, 0);
			e->worth = i % 5 == 0 ? 1 : i;
			memset(&model[at], 0, sizeof model[at]);
			memcpy(model[at].key, key, 13);
			model[at].worth = e->worth;
		}
		assert_memory_equal(table_at(t, 0), model, places * sizeof *model);
		assert_int_equal(table_count(t), count);
	}
	assert_null(table_at(t, places));
	table_clear(t);
	memset(model, 0, places * sizeof *model);
	assert_memory_equal(table_at(t, 0), model, places * sizeof *model);
	assert_int_equal(table_count(t), 0);
	assert_null(table_find(t, key_of(1)));
	free(model);
	table_free(t);
}

static void
cache_gives_up(void **state)
{
	(void)state;
	cache_is_its_places(&cache8, 1, 8, 20);
	cache_is_its_places(&cache8, 64, 128, 250);
	cache_is_its_places(&cache32, 64, 128, 250);
}

/* Entries with the same key share a bucket. */
static void
cache_holds_same_keys(void **state)
{
	struct table *t = table_new(&cache8, 64);
	struct entry *bucket = table_bucket(t, key_of(3));

	(void)state;
	for (int i = 1; i <= 8; i++) {
		struct entry *e = table_put(t, table_spare(t, key_of(3), NULL), key_of(3));

		e->worth = i;
		assert_ptr_equal(e, &bucket[i - 1]);
	}
	assert_ptr_equal(table_spare(t, key_of(3), NULL), bucket);
	assert_ptr_equal(table_find(t, key_of(3)), bucket);
	table_free(t);
}

/* Keys that all fall into one group when there is no seed cost no more than others. */

#define CHOSEN 3000

static uint64_t
steps_for(struct table *t, const uint64_t keys[CHOSEN])
{
	uint64_t steps = 0;

	for (size_t i = 0; i < CHOSEN; i++) {
		assert_non_null(table_add(t, &keys[i], NULL));
		steps += table_steps(t, &keys[i]);
	}
	table_free(t);
	return steps;
}

static void
chosen_keys_cost_no_more(void **state)
{
	static uint64_t chosen[CHOSEN], other[CHOSEN];
	uint64_t usual;
	size_t found = 0;

	(void)state;
	for (uint64_t n = 0; found < CHOSEN; n++)
		if (XXH3_64bits_withSeed(&n, sizeof n, 0) % 1024 == 0)
			chosen[found++] = n;
	for (size_t i = 0; i < CHOSEN; i++)
		other[i] = i * UINT64_C(0x9e3779b97f4a7c15);
	usual = steps_for(table_new(&plain, 0), other);
	assert_true(usual < 2 * CHOSEN);
	assert_true(steps_for(table_new(&plain, 0), chosen) <= 2 * usual);
	/* They are chosen well. */
	assert_true(steps_for(table_new_seeded(&plain, 0, 0), chosen) > 20 * usual);
}

/* In a cache no key costs more than its bucket. */
static void
cache_has_steps(void **state)
{
	struct table *t = table_new(&cache32, 1000);

	(void)state;
	for (uint32_t n = 0; n < 20000; n++) {
		struct entry *e = table_put(t, table_spare(t, key_of(n), NULL), key_of(n));

		e->worth = n + INT64_C(1);
		assert_int_equal(table_steps(t, key_of(n)), 4);
	}
	table_free(t);
}

static void
seeds_differ(void **state)
{
	struct table *a = table_new(&growing, 0), *b = table_new(&growing, 0);
	struct table *c = table_new_seeded(&growing, 0, 5), *d = table_new_seeded(&growing, 9, 5);

	(void)state;
	assert_int_not_equal(table_hash(a, "key", 3), table_hash(b, "key", 3));
	assert_int_not_equal(table_hash(a, "key", 3), XXH3_64bits("key", 3));
	assert_int_equal(table_hash(c, "key", 3), table_hash(d, "key", 3));
	assert_int_equal(table_hash(c, "key", 3), XXH3_64bits_withSeed("key", 3, 5)); /* databases keep it */
	table_free(a);
	table_free(b);
	table_free(c);
	table_free(d);
	table_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(fixed_map),
	        cmocka_unit_test(growing_map),
	        cmocka_unit_test(grows_far),
	        cmocka_unit_test(cache_gives_up),
	        cmocka_unit_test(cache_holds_same_keys),
	        cmocka_unit_test(chosen_keys_cost_no_more),
	        cmocka_unit_test(cache_has_steps),
	        cmocka_unit_test(seeds_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
