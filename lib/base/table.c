/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: places stand in groups of eight. Each has a tag of one byte: 0 if it is free, else the high bit and
 * seven bits of the hash, so that eight places are looked at in one go and hardly any entry in vain. In a cache the
 * places are the entries, and a bucket is one or more groups. In a map the places are numbers of entries; a group that
 * is full overflows into the next, and a look-up ends at the first group that has a free place. At most three of four
 * places are taken. */
#include "table.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <xxhash.h>

#define GROUP 8
#define EACH UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)
#define NOWHERE SIZE_MAX
#define MOST (UINT32_MAX / 4)

struct table {
	const struct table_type *type;
	uint64_t seed;
	uint8_t *tags;
	uint32_t *numbers; /* map: of the entry at each place */
	unsigned char *entries;
	size_t mask;       /* buckets less one */
	size_t per_bucket; /* groups */
	size_t room;       /* of entries */
	size_t count;
};

static uint64_t
fresh_seed(const void *table)
{
	uint64_t seed, start[2];

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
		return seed;
	/* While the machine boots the kernel may have none to give yet: then what it gave the process at its start. */
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

static size_t
groups_for(size_t room)
{
	size_t groups = 1;

	while (groups * GROUP / 4 * 3 < room)
		groups *= 2;
	return groups;
}

/* Makes the places of a map; the old ones stay if memory is short. */
static bool
make_places(struct table *t, size_t groups)
{
	uint8_t *tags = calloc(groups, GROUP);
	uint32_t *numbers = calloc(groups, GROUP * sizeof *numbers);

	if (tags == NULL || numbers == NULL) {
		free(tags);
		free(numbers);
		return false;
	}
	free(t->tags);
	free(t->numbers);
	t->tags = tags;
	t->numbers = numbers;
	t->mask = groups - 1;
	return true;
}

struct table *
table_new_seeded(const struct table_type *type, size_t room, uint64_t seed)
{
	struct table *t = calloc(1, sizeof *t);
	size_t buckets = 1;
	bool good;

	assert(type->key <= type->size && type->ways % GROUP == 0 && (!type->hashed || type->key == sizeof(uint64_t)));
	if (t == NULL || room > MOST) {
		free(t);
		return NULL;
	}
	t->type = type;
	t->seed = seed;
	t->room = room > 0 ? room : 1;
	t->per_bucket = 1;
	if (type->ways == 0) {
		good = make_places(t, groups_for(t->room));
	} else {
		while (buckets < room / (type->ways / 2))
			buckets *= 2;
		t->mask = buckets - 1;
		t->per_bucket = type->ways / GROUP;
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
	free(t->numbers);
	free(t->entries);
	free(t);
}

uint64_t
table_hash(const struct table *t, const void *bytes, size_t size)
{
	uint64_t hash = XXH3_64bits_withSeed(bytes, size, t->seed);

	return hash != 0 ? hash : 1;
}

static uint64_t
hash_of(const struct table *t, const void *key)
{
	uint64_t hash;

	if (!t->type->hashed)
		return XXH3_64bits_withSeed(key, t->type->key, t->seed);
	memcpy(&hash, key, sizeof hash);
	return hash;
}

static uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 57 | 0x80);
}

/* The tags of a group; the first is the lowest byte. */
static uint64_t
tags_of(const struct table *t, size_t group)
{
	uint64_t tags;

	memcpy(&tags, t->tags + group * GROUP, sizeof tags);
	return le64toh(tags);
}

static size_t
first_place(size_t group, uint64_t bits)
{
	return group * GROUP + (size_t)__builtin_ctzll(bits) / 8;
}

static void *
entry_at(const struct table *t, size_t place)
{
	return t->entries + (t->numbers != NULL ? t->numbers[place] : place) * t->type->size;
}

static bool
keys_equal(const struct table *t, const void *a, const void *b)
{
	uint64_t x, y;

	if (t->type->key != sizeof x)
		return memcmp(a, b, t->type->key) == 0;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x == y;
}

/* The place of the key, or NOWHERE. *group: the last that was looked at; in a map it has a free place if the key is
 * nowhere. */
static size_t
look(const struct table *t, uint64_t hash, const void *key, size_t *group)
{
	size_t left = t->numbers != NULL ? t->mask + 1 : t->per_bucket;

	for (*group = (hash & t->mask) * t->per_bucket;;
	     *group = t->numbers != NULL ? (*group + 1) & t->mask : *group + 1) {
		uint64_t tags = tags_of(t, *group), other = tags ^ tag_of(hash) * EACH;

		/* Bytes that are zero have their high bit set then; others above them may have, too. */
		for (uint64_t same = (other - EACH) & ~other & HIGH; same != 0; same &= same - 1) {
			size_t place = first_place(*group, same);

			if (keys_equal(t, entry_at(t, place), key))
				return place;
		}
		if (--left == 0 || (t->numbers != NULL && (~tags & HIGH) != 0))
			return NOWHERE;
	}
}

void *
table_find(const struct table *t, const void *key)
{
	size_t group, place = look(t, hash_of(t, key), key, &group);

	return place != NOWHERE ? entry_at(t, place) : NULL;
}

size_t
table_steps(const struct table *t, const void *key)
{
	uint64_t hash = hash_of(t, key);
	size_t group;

	look(t, hash, key, &group);
	return ((group - (hash & t->mask) * t->per_bucket) & ((t->mask + 1) * t->per_bucket - 1)) + 1;
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
	if (t->count > 0) {
		memset(t->tags, 0, (t->mask + 1) * t->per_bucket * GROUP);
		if (t->numbers == NULL)
			memset(t->entries, 0, t->room * t->type->size);
	}
	t->count = 0;
}

/* A map. */

/* The free place where an entry that is nowhere goes. */
static void
point_at(struct table *t, size_t group, uint64_t hash, uint32_t number)
{
	size_t place = first_place(group, ~tags_of(t, group) & HIGH);

	t->tags[place] = tag_of(hash);
	t->numbers[place] = number;
}

static void
point_again(struct table *t, uint32_t number)
{
	uint64_t hash = hash_of(t, t->entries + number * t->type->size);
	size_t group = hash & t->mask;

	while ((~tags_of(t, group) & HIGH) == 0)
		group = (group + 1) & t->mask;
	point_at(t, group, hash, number);
}

static bool
grow(struct table *t)
{
	size_t most = t->type->most != 0 ? t->type->most : MOST, groups = groups_for(2 * t->room);
	size_t room = groups * GROUP / 4 * 3;
	unsigned char *entries;

	if (room > most)
		room = most;
	if (room <= t->count || (entries = reallocarray(t->entries, room, t->type->size)) == NULL)
		return false;
	t->entries = entries;
	if (!make_places(t, groups))
		return false;
	t->room = room;
	for (uint32_t n = 0; n < t->count; n++)
		point_again(t, n);
	return true;
}

void *
table_add(struct table *t, const void *key, bool *is_new)
{
	uint64_t hash = hash_of(t, key);
	size_t group, place = look(t, hash, key, &group);
	unsigned char *entry;

	if (is_new != NULL)
		*is_new = place == NOWHERE;
	if (place != NOWHERE)
		return entry_at(t, place);
	if (t->count == t->room) {
		if (!t->type->grows || !grow(t))
			return NULL;
		look(t, hash, key, &group);
	}
	point_at(t, group, hash, (uint32_t)t->count);
	entry = t->entries + t->count++ * t->type->size;
	memcpy(entry, key, t->type->key);
	memset(entry + t->type->key, 0, t->type->size - t->type->key);
	return entry;
}

static size_t
place_of(const struct table *t, const void *entry)
{
	size_t group;

	return look(t, hash_of(t, entry), entry, &group);
}

/* Frees a place. If its group was full, what is in the next may have come from it, and is put again where a look-up
 * comes by; and so on behind each group that was full. */
static void
free_place(struct table *t, size_t place)
{
	size_t group = place / GROUP;
	bool full = (~tags_of(t, group) & HIGH) == 0;

	t->tags[place] = 0;
	while (full) {
		group = (group + 1) & t->mask;
		full = (~tags_of(t, group) & HIGH) == 0;
		for (place = group * GROUP; place < (group + 1) * GROUP; place++)
			if (t->tags[place] != 0) {
				t->tags[place] = 0;
				point_again(t, t->numbers[place]);
			}
	}
}

void
table_remove(struct table *t, void *entry)
{
	unsigned char *last = t->entries + (t->count - 1) * t->type->size;

	free_place(t, place_of(t, entry));
	if (entry != last) {
		t->numbers[place_of(t, last)] = (uint32_t)table_place(t, entry);
		memcpy(entry, last, t->type->size);
	}
	t->count--;
}

size_t
table_keep(struct table *t, bool (*keep)(const void *entry, const void *arg), const void *arg)
{
	size_t before = t->count, kept = 0;

	for (size_t n = 0; n < before; n++) {
		unsigned char *entry = t->entries + n * t->type->size;

		if (!keep(entry, arg))
			continue;
		if (kept < n)
			memcpy(t->entries + kept * t->type->size, entry, t->type->size);
		kept++;
	}
	if (kept == before)
		return 0;
	table_clear(t);
	for (t->count = 0; t->count < kept; t->count++)
		point_again(t, (uint32_t)t->count);
	return before - kept;
}

/* A cache. */

void *
table_bucket(const struct table *t, const void *key)
{
	return t->entries + (hash_of(t, key) & t->mask) * t->type->ways * t->type->size;
}

void *
table_spare(const struct table *t, const void *key, const void *arg)
{
	size_t place = (hash_of(t, key) & t->mask) * t->type->ways;
	unsigned char *entry = t->entries + place * t->type->size, *least = entry;
	int64_t lowest = INT64_MAX;

	for (unsigned n = 0; n < t->type->ways; n++, place++, entry += t->type->size) {
		int64_t worth = t->tags[place] != 0 ? t->type->worth(entry, arg) : TABLE_WORTHLESS;

		if (worth == TABLE_WORTHLESS)
			return entry;
		if (worth < lowest) {
			lowest = worth;
			least = entry;
		}
	}
	return least;
}

void *
table_put(struct table *t, void *to, const void *key)
{
	size_t place = table_place(t, to);
	unsigned char *entry = to;

	t->count += t->tags[place] == 0;
	t->tags[place] = tag_of(hash_of(t, key));
	memcpy(entry, key, t->type->key);
	memset(entry + t->type->key, 0, t->type->size - t->type->key);
	return entry;
}

void
table_drop(struct table *t, void *entry)
{
	size_t place = table_place(t, entry);

	t->count -= t->tags[place] != 0;
	t->tags[place] = 0;
	memset(entry, 0, t->type->size);
}

void *
table_at(const struct table *t, size_t place)
{
	return place < (t->numbers != NULL ? t->count : t->room) ? t->entries + place * t->type->size : NULL;
}

size_t
table_place(const struct table *t, const void *entry)
{
	return (size_t)((const unsigned char *)entry - t->entries) / t->type->size;
}
