/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table_parts: what the files of the hash tables share. Functions on the packet path are inlined. */
#ifndef TABLE_PARTS_H
#define TABLE_PARTS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <xxhash.h>

#include "table.h"

#define GROUP 8
#define MOST (UINT32_MAX / 4)
#define EACH UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

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

static inline uint64_t
hash_of(const struct table *t, const void *key)
{
	uint64_t hash;

	if (!t->hashed)
		return XXH3_64bits_withSeed(key, t->key, t->seed);
	memcpy(&hash, key, sizeof hash);
	return hash;
}

static inline uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 57 | 0x80);
}

/* The tags of a group; the first is the lowest byte. */
static inline uint64_t
tags_of(const struct table *t, size_t group)
{
	uint64_t tags;

	memcpy(&tags, t->tags + group * GROUP, sizeof tags);
	return le64toh(tags);
}

static inline size_t
first_place(size_t group, uint64_t bits)
{
	return group * GROUP + (size_t)__builtin_ctzll(bits) / 8;
}

static inline void *
entry_of(const struct table *t, size_t number)
{
	return t->entries + number * t->size;
}

static inline size_t
place_of(const struct table *t, const void *entry)
{
	return (size_t)((const unsigned char *)entry - t->entries) / t->size;
}

static inline bool
keys_equal(const struct table *t, const void *a, const void *b)
{
	uint64_t x, y;

	if (t->key != sizeof x)
		return memcmp(a, b, t->key) == 0;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x == y;
}

static inline void
copy_key(const struct table *t, void *entry, const void *key)
{
	if (t->key == sizeof(uint64_t))
		memcpy(entry, key, sizeof(uint64_t));
	else
		memcpy(entry, key, t->key);
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

/* The number of the first group of its other bucket. */
static inline size_t
other_group(const struct table *t, uint64_t hash)
{
	return group_of(t, hash >> 32);
}

/* Makes the index of a map; the old one stays if memory is short. */
bool table_make_slots(struct table *t, size_t room);

#endif
