/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table: the hash table. An entry begins with its key, which is hashed and compared as bytes. Keys may be chosen by an
 * attacker: each table has a random seed of its own.
 *
 * There are two kinds. A map (`ways` is 0) keeps its entries in the order in which they were added; it has a fixed room
 * or grows. A cache (`ways` is 8, 16, ...) has buckets of that many places; an entry stays where it is, and a full
 * bucket evicts its entry of least worth. Neither allocates after table_new unless it grows. Nothing that depends on
 * the seed may be printed: the order of a map does not, that of a cache does. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_type {
	size_t size;   /* of an entry, in bytes */
	size_t key;    /* bytes of its key, at the beginning; without padding */
	bool hashed;   /* the key is a uint64_t that table_hash made, and is not hashed again */
	bool grows;    /* map: doubles when it is full */
	size_t most;   /* ... but to no more entries; 0: as many as there is memory for */
	unsigned ways; /* cache: places of a bucket, a multiple of 8; 0: a map */
	bool choice; /* cache: an entry is in either of two buckets, so that places fill up evenly; for `hashed` keys */
	/* cache: the cost of evicting this entry. TABLE_WORTHLESS: it is as good as free. */
	int64_t (*worth)(const void *entry, const void *arg);
};

#define TABLE_WORTHLESS INT64_MIN

struct table;

/* A map has room for exactly `room` entries, or grows from there; a cache is meant for about `room` entries and has
 * twice the places, so that few buckets are ever full. The type must outlive the table. NULL if memory is short. */
struct table *table_new(const struct table_type *type, size_t room);
/* The same with a seed from outside: for hashes that a database keeps, and for a capture file, whose figures must be
 * the same each time even if entries are evicted. */
struct table *table_new_seeded(const struct table_type *type, size_t room, uint64_t seed);
void table_free(struct table *t); /* accepts NULL */

/* A hash of any bytes under the table's seed; never 0. */
uint64_t table_hash(const struct table *t, const void *bytes, size_t size);
/* The entry, or NULL. */
void *table_find(const struct table *t, const void *key);
/* Forgets all entries; the room stays. */
void table_clear(struct table *t);
size_t table_count(const struct table *t);
/* For tests: the number of entries of a map, or of groups of eight places of a cache, that a look-up of the key
 * visits. */
size_t table_steps(const struct table *t, const void *key);

/* A map. */

/* The entry, made if need be: all zero behind its key. NULL if it is missing and there is no room or memory; then all
 * is as before. Growing moves entries: they are valid until the next call. is_new may be NULL. */
void *table_add(struct table *t, const void *key, bool *is_new);
/* The last entry takes the place of this one. */
void table_remove(struct table *t, void *entry);
/* Forgets the entries that `keep` refuses; the others move up and stay in order. Returns how many were forgotten. */
size_t table_keep(struct table *t, bool (*keep)(const void *entry, const void *arg), const void *arg);
/* True if there is no room for another entry. */
bool table_full(const struct table *t);

/* A cache. A free place is all zero. Its entries have no need to differ in their keys: entries with the same key are in
 * the same bucket. */

/* The next entry with this key after `last`, a result of table_find or table_next; NULL: there are no more. */
void *table_next(const struct table *t, const void *key, const void *last);
/* The places, `ways` of them, where entries with this key are. Not with a choice of two buckets. */
void *table_bucket(const struct table *t, const void *key);
/* A free place of the bucket; without one, the first that is worthless; else that of least worth, the first of several.
 * The place is not changed: a caller may decline to evict its entry. `arg` is for worth(). With a choice of two buckets
 * it is in the emptier one, and worthless entries of both may be freed. */
void *table_spare(struct table *t, const void *key, const void *arg);
/* Puts a new entry at this place of the bucket, all zero behind its key, and returns it. */
void *table_put(struct table *t, void *place, const void *key);
/* Frees a place. */
void table_drop(struct table *t, void *entry);

/* Both kinds, by place, from 0. Map: the entries in order. Cache: all places, including free ones. NULL after the
 * last. */
void *table_at(const struct table *t, size_t place);
size_t table_place(const struct table *t, const void *entry);

#endif
