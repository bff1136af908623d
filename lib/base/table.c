/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a map has an open-addressed index, at most half full, of the numbers of its entries. In a cache each
 * place has a tag of one byte: 0 if it is free, else the high bit and seven bits of the hash, so that eight places are
 * compared at once and few entries are read in vain.
 *
 * Of two buckets that an entry may be in it goes to the first if half of that is free, else to the emptier ("balanced
 * allocations", Azar et al. 1994): then few are full before nearly all are. With 16 places each, three quarters of all
 * can be in use without a loss.
 *
 * More than 400 lines: both kinds hash, compare and find entries by the same few functions, which are to be inlined. */
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
#define MOST (UINT32_MAX / 4)
#define SPARSE 6 /* free places of two buckets: with fewer, entries that are worthless are freed first */

struct table {
	const struct table_type *type;
	uint64_t seed;
	uint32_t *slots; /* map: number of an entry plus one; 0: free */
	uint8_t *tags;   /* cache: of each place */
	unsigned char *entries;
	size_t size, key; /* as the type says */
	bool hashed, choice;
	size_t mask;        /* buckets less one */
	size_t bucket_size; /* bytes of its entries */
	size_t per_bucket;  /* groups */
	size_t room;        /* of entries */
	size_t count;
};

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

/* Makes the index of a map; the old one stays if memory is short. */
static bool
make_slots(struct table *t, size_t room)
{
	size_t count = 16;
	uint32_t *slots;

	while (count < 2 * room)
		count *= 2;
	if ((slots = calloc(count, sizeof *slots)) == NULL)
		return false;
	free(t->slots);
	t->slots = slots;
	t->mask = count - 1;
	return true;
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
		good = make_slots(t, t->room);
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

static uint64_t
hash_of(const struct table *t, const void *key)
{
	uint64_t hash;

	if (!t->hashed)
		return XXH3_64bits_withSeed(key, t->key, t->seed);
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
entry_of(const struct table *t, size_t number)
{
	return t->entries + number * t->size;
}

static bool
keys_equal(const struct table *t, const void *a, const void *b)
{
	uint64_t x, y;

	if (t->key != sizeof x)
		return memcmp(a, b, t->key) == 0;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x == y;
}

static void
copy_key(const struct table *t, void *entry, const void *key)
{
	if (t->key == sizeof(uint64_t))
		memcpy(entry, key, sizeof(uint64_t));
	else
		memcpy(entry, key, t->key);
}

/* Bytes equal to the tag get their high bit set; so may some above the first of them. */
static inline uint64_t
with_tag(uint64_t tags, uint64_t tag_in_each)
{
	uint64_t other = tags ^ tag_in_each;

	return (other - EACH) & ~other & HIGH;
}

/* A map: the slot of the key, or the free one where it would go. */
static inline uint32_t *
look(const struct table *t, uint64_t hash, const void *key)
{
	size_t n = hash & t->mask;

	while (t->slots[n] != 0 && !keys_equal(t, entry_of(t, t->slots[n] - 1), key))
		n = (n + 1) & t->mask;
	return &t->slots[n];
}

/* The number of a bucket's first group. */
static inline size_t
group_of(const struct table *t, uint64_t hash)
{
	return (hash & t->mask) * t->per_bucket;
}

/* The same of the other bucket that it may be in. */
static inline size_t
other_group(const struct table *t, uint64_t hash)
{
	return group_of(t, hash >> 32);
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

/* The same where the key is the hash, in both buckets. */
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

/* A map. */

static uint32_t *
slot_of(const struct table *t, const void *entry)
{
	return look(t, hash_of(t, entry), entry);
}

static bool
grow(struct table *t)
{
	size_t most = t->type->most != 0 ? t->type->most : MOST, room = 2 * t->room;
	unsigned char *entries;

	if (room > most)
		room = most;
	if (!t->type->grows || room <= t->room || (entries = reallocarray(t->entries, room, t->size)) == NULL)
		return false;
	t->entries = entries;
	if (!make_slots(t, room))
		return false;
	t->room = room;
	for (uint32_t n = 0; n < t->count; n++)
		*slot_of(t, entry_of(t, n)) = n + 1;
	return true;
}

void *
table_add(struct table *t, const void *key, bool *is_new)
{
	uint64_t hash = hash_of(t, key);
	uint32_t *slot = look(t, hash, key);
	unsigned char *entry;

	if (is_new != NULL)
		*is_new = *slot == 0;
	if (*slot != 0)
		return entry_of(t, *slot - 1);
	if (t->count == t->room) {
		if (!grow(t))
			return NULL;
		slot = look(t, hash, key);
	}
	entry = entry_of(t, t->count);
	*slot = (uint32_t)++t->count;
	copy_key(t, entry, key);
	memset(entry + t->key, 0, t->size - t->key);
	return entry;
}

/* Entries after the gap move up, or a look-up would stop at the gap before it reaches them. */
static void
free_slot(struct table *t, uint32_t *slot)
{
	uint32_t number;

	*slot = 0;
	for (size_t n = (size_t)(slot - t->slots + 1) & t->mask; (number = t->slots[n]) != 0; n = (n + 1) & t->mask) {
		t->slots[n] = 0;
		*slot_of(t, entry_of(t, number - 1)) = number;
	}
}

void
table_remove(struct table *t, void *entry)
{
	unsigned char *last = t->entries + (t->count - 1) * t->size;

	free_slot(t, slot_of(t, entry));
	if (entry != last) {
		*slot_of(t, last) = (uint32_t)table_place(t, entry) + 1;
		memcpy(entry, last, t->size);
	}
	t->count--;
}

size_t
table_keep(struct table *t, bool (*keep)(const void *entry, const void *arg), const void *arg)
{
	size_t before = t->count, kept = 0;

	for (size_t n = 0; n < before; n++) {
		unsigned char *entry = t->entries + n * t->size;

		if (!keep(entry, arg))
			continue;
		if (kept < n)
			memcpy(t->entries + kept * t->size, entry, t->size);
		kept++;
	}
	if (kept == before)
		return 0;
	table_clear(t);
	while (t->count < kept) {
		uint32_t *slot = slot_of(t, entry_of(t, t->count));

		*slot = (uint32_t)++t->count;
	}
	return before - kept;
}

/* A cache. */

void *
table_next(const struct table *t, const void *key, const void *last)
{
	uint64_t hash = hash_of(t, key);
	uint8_t tag = tag_of(hash);
	size_t bucket = group_of(t, hash) * GROUP, other = t->choice ? other_group(t, hash) * GROUP : bucket;
	size_t place = table_place(t, last) + 1, size = t->per_bucket * GROUP;
	bool in_first = place - 1 - bucket < size;

	for (size_t end = (in_first ? bucket : other) + size;; end = other + size, place = other, in_first = false) {
		for (; place < end; place++)
			if (t->tags[place] == tag && keys_equal(t, entry_of(t, place), key))
				return entry_of(t, place);
		if (!in_first || other == bucket)
			return NULL;
	}
}

void *
table_bucket(const struct table *t, const void *key)
{
	return t->entries + (hash_of(t, key) & t->mask) * t->bucket_size;
}

static void *
least_of(const struct table *t, unsigned char *entry, const void *arg)
{
	unsigned char *least = entry;
	int64_t lowest = INT64_MAX;

	for (unsigned n = 0; n < t->type->ways; n++, entry += t->size) {
		int64_t worth = t->type->worth(entry, arg);

		if (worth == TABLE_WORTHLESS)
			return entry;
		if (worth < lowest) {
			lowest = worth;
			least = entry;
		}
	}
	return least;
}

/* Free places of a bucket. */
static unsigned
free_in(const struct table *t, size_t bucket)
{
	unsigned count = 0;

	for (size_t group = bucket; group < bucket + t->per_bucket; group++)
		count += (unsigned)((~tags_of(t, group) >> 7 & EACH) * EACH >> 56);
	return count;
}

/* The first of them; NULL: none. */
static void *
first_free(const struct table *t, size_t bucket)
{
	for (size_t group = bucket; group < bucket + t->per_bucket; group++) {
		uint64_t free_ones = ~tags_of(t, group) & HIGH;

		if (free_ones != 0)
			return entry_of(t, first_place(group, free_ones));
	}
	return NULL;
}

static void
drop_worthless(struct table *t, size_t bucket, const void *arg)
{
	unsigned char *entry = entry_of(t, bucket * GROUP);

	for (unsigned n = 0; n < t->type->ways; n++, entry += t->size)
		if (t->type->worth(entry, arg) == TABLE_WORTHLESS)
			table_drop(t, entry);
}

/* Of two buckets. */
static void *
spare_of_two(struct table *t, size_t bucket, size_t other, const void *arg)
{
	unsigned here = free_in(t, bucket), there;
	void *a, *b;

	if (here >= t->type->ways / 2)
		return first_free(t, bucket);
	there = free_in(t, other);
	if (here + there < SPARSE) {
		drop_worthless(t, bucket, arg);
		drop_worthless(t, other, arg);
		here = free_in(t, bucket);
		there = free_in(t, other);
	}
	if (here + there > 0)
		return first_free(t, here >= there ? bucket : other);
	a = least_of(t, entry_of(t, bucket * GROUP), arg);
	b = least_of(t, entry_of(t, other * GROUP), arg);
	return t->type->worth(a, arg) <= t->type->worth(b, arg) ? a : b;
}

void *
table_spare(struct table *t, const void *key, const void *arg)
{
	uint64_t hash = hash_of(t, key);
	size_t bucket = group_of(t, hash);
	void *place;

	if (t->choice && other_group(t, hash) != bucket)
		return spare_of_two(t, bucket, other_group(t, hash), arg);
	place = first_free(t, bucket);
	return place != NULL ? place : least_of(t, entry_of(t, bucket * GROUP), arg);
}

void *
table_put(struct table *t, void *to, const void *key)
{
	size_t place = table_place(t, to);

	if (t->tags[place] == 0)
		t->count++;
	else
		memset(to, 0, t->size);
	t->tags[place] = tag_of(hash_of(t, key));
	copy_key(t, to, key);
	return to;
}

void
table_drop(struct table *t, void *entry)
{
	size_t place = table_place(t, entry);

	t->count -= t->tags[place] != 0;
	t->tags[place] = 0;
	memset(entry, 0, t->size);
}

void *
table_at(const struct table *t, size_t place)
{
	return place < (t->slots != NULL ? t->count : t->room) ? t->entries + place * t->size : NULL;
}

size_t
table_place(const struct table *t, const void *entry)
{
	return (size_t)((const unsigned char *)entry - t->entries) / t->size;
}
