/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What maps (table_map.c) and caches (table_cache.c) have in common, and the look-up in either. Eight tags of a cache
 * are compared at once, so few entries are read in vain. */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

#include "table_parts.h"

static uint64_t
fresh_seed(const void *table)
{
	uint64_t seed, start[2];

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
		return seed;
	/* The kernel may have no random bytes yet while the machine boots: then those it gave the process at start
	 * (AT_RANDOM). */
	memcpy(start, (const void *)getauxval(AT_RANDOM), sizeof start); /* NOLINT(performance-no-int-to-ptr) */
	return XXH3_64bits_withSeed(&table, sizeof table, start[0] ^ start[1]);
}

struct table *
table_new(const struct table_type *type, size_t room)
{
	struct table *t = table_new_seeded(type, room, 0);

	if (t != NULL)
		t->seed = fresh_seed(t);
	return t;
}

struct table *
table_new_seeded(const struct table_type *type, size_t room, uint64_t seed)
{
	struct table *t = calloc(1, sizeof *t);
	size_t buckets = 1;
	bool good;

	assert(type->key <= type->size && type->ways % GROUP == 0 && (!type->hashed || type->key == sizeof(uint64_t)) &&
	       (!type->choice || (type->hashed && type->ways > 0)));
	if (t == NULL || room > MOST) {
		free(t);
		return NULL;
	}
	t->type = type;
	t->size = type->size;
	t->key = type->key;
	t->hashed = type->hashed;
	t->choice = type->choice;
	t->seed = seed;
	t->room = room > 0 ? room : 1;
	t->per_bucket = 1;
	if (type->ways == 0) {
		good = table_make_slots(t, t->room);
	} else {
		while (buckets < room / (type->ways / 2))
			buckets *= 2;
		t->mask = buckets - 1;
		t->per_bucket = type->ways / GROUP;
		t->bucket_size = type->ways * type->size;
		t->room = buckets * type->ways;
		good = (t->tags = calloc(t->room, 1)) != NULL;
	}
	if (good && (t->entries = calloc(t->room, type->size)) != NULL)
		return t;
	table_free(t);
	return NULL;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	free(t->tags);
	free(t->slots);
	free(t->entries);
	free(t);
}

uint64_t
table_hash(const struct table *t, const void *bytes, size_t size)
{
	uint64_t hash = XXH3_64bits_withSeed(bytes, size, t->seed);

	return hash != 0 ? hash : 1;
}

/* Bytes equal to the tag get their high bit set; so may some above the first of them. */
static inline uint64_t
with_tag(uint64_t tags, uint64_t tag_in_each)
{
	uint64_t other = tags ^ tag_in_each;

	return (other - EACH) & ~other & HIGH;
}

/* A cache: the first entry with this key in a bucket. */
static inline void *
look_in_bucket(const struct table *t, size_t bucket, const void *key, uint64_t tag_in_each)
{
	for (size_t group = bucket; group < bucket + t->per_bucket; group++)
		for (uint64_t same = with_tag(tags_of(t, group), tag_in_each); same != 0; same &= same - 1) {
			void *entry = entry_of(t, first_place(group, same));

			if (keys_equal(t, entry, key))
				return entry;
		}
	return NULL;
}

/* A cache whose key is the hash: the entry with this key in either of its two buckets. */
static inline void *
look_in_both(const struct table *t, uint64_t hash)
{
	const uint64_t tag = tag_of(hash) * EACH;
	size_t group = group_of(t, hash), end = group + t->per_bucket, next = other_group(t, hash);
	uint64_t key;

	for (;; group = next, end = group + t->per_bucket, next = SIZE_MAX) {
		for (; group < end; group++)
			for (uint64_t same = with_tag(tags_of(t, group), tag); same != 0; same &= same - 1) {
				void *entry = entry_of(t, first_place(group, same));

				memcpy(&key, entry, sizeof key);
				if (key == hash)
					return entry;
			}
		if (next == SIZE_MAX)
			return NULL;
	}
}

void *
table_find(const struct table *t, const void *key)
{
	uint64_t hash = hash_of(t, key);
	const uint32_t *slot;

	if (t->choice)
		return look_in_both(t, hash);
	if (t->slots == NULL)
		return look_in_bucket(t, group_of(t, hash), key, tag_of(hash) * EACH);
	slot = look(t, hash, key);
	return *slot != 0 ? entry_of(t, *slot - 1) : NULL;
}

size_t
table_steps(const struct table *t, const void *key)
{
	uint64_t hash = hash_of(t, key);

	if (t->slots == NULL)
		return t->per_bucket;
	return (((size_t)(look(t, hash, key) - t->slots) - hash) & t->mask) + 1;
}

size_t
table_count(const struct table *t)
{
	return t->count;
}

bool
table_full(const struct table *t)
{
	return t->count == t->room && (!t->type->grows || t->room == t->type->most);
}

void
table_clear(struct table *t)
{
	if (t->count > 0 && t->slots != NULL)
		memset(t->slots, 0, (t->mask + 1) * sizeof *t->slots);
	if (t->count > 0 && t->slots == NULL) {
		memset(t->tags, 0, t->room);
		memset(t->entries, 0, t->room * t->size);
	}
	t->count = 0;
}

void *
table_at(const struct table *t, size_t place)
{
	return place < (t->slots != NULL ? t->count : t->room) ? t->entries + place * t->size : NULL;
}

size_t
table_place(const struct table *t, const void *entry)
{
	return place_of(t, entry);
}
