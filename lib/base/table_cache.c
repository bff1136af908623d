/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In a cache each place has a tag of one byte: 0 if it is free, else the high bit and seven bits of the hash.
 *
 * An entry that may be in two buckets goes to the first if half of that is free, else to the emptier one ("balanced
 * allocations", Azar et al. 1994): then few are full before nearly all are. With 16 places each, three quarters of all
 * can be in use without a loss. */
#include <string.h>

#include "table_parts.h"

#define SPARSE 6 /* free places of two buckets: with fewer, entries that are worthless are freed first */

void *
table_next(const struct table *t, const void *key, const void *last)
{
	uint64_t hash = hash_of(t, key);
	uint8_t tag = tag_of(hash);
	size_t bucket = group_of(t, hash) * GROUP, other = t->choice ? other_group(t, hash) * GROUP : bucket;
	size_t place = place_of(t, last) + 1, size = t->per_bucket * GROUP;
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

/* The place for a new entry, of the two buckets that it may be in. */
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
	size_t place = place_of(t, to);

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
	size_t place = place_of(t, entry);

	t->count -= t->tags[place] != 0;
	t->tags[place] = 0;
	memset(entry, 0, t->size);
}
