/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: four tables with keys of the same kind.
 *
 *   rows    what was counted since the last clear.
 *   hosts   how many destinations of a host and minute have a row of their own.
 *   pairs   which ones.
 *   shared  for each shared row, the bits that its estimate is made of.
 *
 * The last three outlive the clearing within their minute; they only decide how rows are split and what a shared row's
 * estimate is. Forgetting them early (when they are full, or when time jumps) costs a few more rows or a lower
 * estimate, never a count. */
#include "minutes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define BITS 256
#define KEY_BYTES (offsetof(struct minute_key, reason) + 1)

/* Keys are hashed and compared as bytes: there must be no hole in them. */
static_assert(KEY_BYTES == sizeof(int64_t) + 2 * sizeof(struct addr) + sizeof(uint16_t) + 2, "a hole in the key");

struct host_minute {
	struct minute_key key; /* destination, port, verdict and reason are zero */
	uint32_t count, other_count;
	uint32_t others[MINUTE_OTHERS]; /* hashes of those without an attempt by then */
};

/* Destinations with a row of their own in a minute: hashes of host and destination. A collision gives a destination a
 * row of its own, no more. */
struct pairs {
	int64_t minute;
	struct table *table;
};

struct shared_row {
	struct minute_key key; /* destination is zero */
	uint64_t bits[BITS / 64];
	uint32_t set;
};

struct minutes {
	struct table *rows, *hosts, *shared;
	struct pairs pairs[2];       /* of an even and of an odd minute */
	size_t room, shared_room;    /* of rows and hosts */
	uint32_t *order;             /* of the rows, made by minutes_each */
	int64_t minute;              /* of the latest call */
	uint32_t estimate[BITS + 1]; /* by the number of bits set */
};

static const struct table_type row_type = {.size = sizeof(struct minute_row), .key = KEY_BYTES};
/* The minute and the address. */
static const struct table_type host_type = {.size = sizeof(struct host_minute),
                                            .key = offsetof(struct minute_key, destination)};
static const struct table_type pair_type = {.size = sizeof(uint64_t), .key = sizeof(uint64_t), .hashed = true};
static const struct table_type shared_type = {.size = sizeof(struct shared_row), .key = KEY_BYTES};

/* True for an entry of the minute or of the one before. */
static bool
is_recent(const void *entry, const void *arg)
{
	const struct minute_key *key = entry;
	const int64_t *minute = arg;

	return key->minute >= *minute - 1 && key->minute <= *minute;
}

/* An entry that survives minutes_clear. A full table drops old minutes, and all entries if that frees less than half,
 * so that the cost is spread over many calls. */
static void *
remember(struct table *t, size_t room, const struct minute_key *key)
{
	void *entry = table_add(t, key, NULL);

	if (entry != NULL)
		return entry;
	table_keep(t, is_recent, &key->minute);
	if (table_count(t) > room / 2)
		table_clear(t);
	return table_add(t, key, NULL);
}

struct minutes *
minutes_new(size_t rows, uint64_t seed)
{
	struct minutes *m = calloc(1, sizeof *m);
	double expected = 0;

	if (m == NULL)
		return NULL;
	m->room = rows > 0 ? rows : 1;
	m->shared_room = rows / 4 + 1;
	if ((m->rows = table_new_seeded(&row_type, m->room, seed)) == NULL ||
	    (m->hosts = table_new_seeded(&host_type, m->room, seed)) == NULL ||
	    (m->pairs[0].table = table_new_seeded(&pair_type, MINUTE_PAIRS, seed)) == NULL ||
	    (m->pairs[1].table = table_new_seeded(&pair_type, MINUTE_PAIRS, seed)) == NULL ||
	    (m->shared = table_new_seeded(&shared_type, m->shared_room, seed)) == NULL ||
	    (m->order = calloc(m->room, sizeof *m->order)) == NULL) {
		minutes_free(m);
		return NULL;
	}
	/* Linear counting: with n of BITS bits set, the next destination sets another with probability
	 * (BITS - n) / BITS. The last step stands for "1,568 or more". */
	for (int set = 0; set < BITS; set++) {
		expected += (double)BITS / (BITS - set);
		m->estimate[set + 1] = (uint32_t)(expected + 0.5);
	}
	return m;
}

void
minutes_free(struct minutes *m)
{
	if (m == NULL)
		return;
	table_free(m->rows);
	table_free(m->hosts);
	table_free(m->pairs[0].table);
	table_free(m->pairs[1].table);
	table_free(m->shared);
	free(m->order);
	free(m);
}

static bool
has_hash(const uint32_t *list, uint32_t count, uint64_t hash)
{
	for (uint32_t n = 0; n < count; n++)
		if (list[n] == (uint32_t)hash)
			return true;
	return false;
}

/* The pairs of a minute, in the place of those of two minutes before. */
static struct table *
pairs_of(struct minutes *m, int64_t minute)
{
	struct pairs *p = &m->pairs[minute & 1];

	if (p->minute == minute)
		return p->table;
	p->minute = minute;
	if (table_count(p->table) > MINUTE_PAIRS / 64)
		table_clear(p->table);
	while (table_count(p->table) > 0) /* clearing costs the same for a few: time may jump to and fro */
		table_remove(p->table, table_at(p->table, table_count(p->table) - 1));
	return p->table;
}

static uint64_t
pair_hash(const struct table *pairs, const struct addr *host, const struct addr *destination)
{
	const struct addr both[] = {*host, *destination};

	return table_hash(pairs, both, sizeof both);
}

/* True if the destination has, or now gets, a row of its own in this minute of the host. The places of attempts are for
 * attempts alone. Once there is no room for pairs, the first of a host get rows all the same. */
static bool
has_own_row(struct minutes *m, const struct minute_key *key, const struct addr *destination, uint64_t hash,
            bool attempt)
{
	struct host_minute *h = remember(m->hosts, m->room, key);
	struct table *pairs = pairs_of(m, key->minute);
	uint64_t pair = pair_hash(pairs, &key->host, destination);

	if (table_find(pairs, &pair) != NULL || (!attempt && has_hash(h->others, h->other_count, hash)))
		return true;
	if (attempt) {
		if (h->count >= (table_full(pairs) ? MINUTE_LEAST : MINUTE_DESTINATIONS))
			return false;
		table_add(pairs, &pair, NULL);
		h->count++;
		return true;
	}
	if (h->other_count == MINUTE_OTHERS)
		return false;
	h->others[h->other_count++] = (uint32_t)hash;
	return true;
}

/* Adds the destination to the shared row's estimate and returns the estimate. */
static uint32_t
shared_add(struct minutes *m, const struct minute_key *key, uint64_t hash)
{
	struct shared_row *s = remember(m->shared, m->shared_room, key);
	unsigned int bit = (unsigned int)(hash >> 32) % BITS;
	uint64_t mask = UINT64_C(1) << bit % 64;

	if ((s->bits[bit / 64] & mask) == 0) {
		s->bits[bit / 64] |= mask;
		s->set++;
	}
	return m->estimate[s->set];
}

/* Extends the span from first to last to `when`, or starts it there. */
static void
take_in(int64_t *first, int64_t *last, int64_t when, bool begins)
{
	if (begins || *first > when)
		*first = when;
	if (begins || *last < when)
		*last = when;
}

static struct minute_row *
row_at(struct minutes *m, int64_t when, const struct minute_key *what, bool attempt)
{
	const struct addr *destination = &what->destination;
	struct minute_key key = {.minute = when_floor(when, MINUTE),
	                         .host = what->host,
	                         .port = what->port,
	                         .verdict = what->verdict,
	                         .reason = what->reason};
	uint64_t hash = table_hash(m->rows, destination, sizeof *destination);
	struct minute_key host = {.minute = key.minute, .host = key.host};
	struct minute_row *row;
	bool own;

	m->minute = key.minute;
	own = destination->family != 0 && has_own_row(m, &host, destination, hash, attempt);
	if (own)
		key.destination = *destination;
	row = table_add(m->rows, &key, NULL);
	if (row == NULL)
		return NULL;
	if (row->destinations == 0 && (own || attempt))
		row->destinations = 1;
	if (!own && attempt) {
		uint32_t estimate = shared_add(m, &key, hash);

		if (row->destinations < estimate)
			row->destinations = estimate;
	}
	take_in(&row->first, &row->last, when, !row->used);
	if (attempt)
		take_in(&row->begun, &row->ended, when, !row->attempted);
	row->used = true;
	row->attempted |= attempt;
	if (!row->attempted) {
		row->begun = row->first;
		row->ended = row->last;
	}
	return row;
}

struct minute_row *
minutes_at(struct minutes *m, int64_t when, const struct minute_key *what)
{
	return row_at(m, when, what, true);
}

struct minute_row *
minutes_after(struct minutes *m, int64_t when, const struct minute_key *what)
{
	return row_at(m, when, what, false);
}

bool
minutes_full(const struct minutes *m)
{
	return table_full(m->rows);
}

void
minutes_clock(struct minute_row *row, int64_t when, uint32_t clock)
{
	if (clock == 0 || (row->clock != 0 && row->clock_at <= when))
		return;
	row->clock = clock;
	row->clock_at = when;
}

static bool
row_is_empty(const struct minute_row *row)
{
	for (int n = 0; n < MINUTE_COUNTS; n++)
		if (row->count[n] != 0)
			return false;
	return true;
}

static int
row_cmp(const void *left, const void *right, void *rows)
{
	const struct minute_row *a = table_at(rows, *(const uint32_t *)left);
	const struct minute_row *b = table_at(rows, *(const uint32_t *)right);

	if (a->key.minute != b->key.minute)
		return a->key.minute < b->key.minute ? -1 : 1;
	return memcmp(&a->key.host, &b->key.host, KEY_BYTES - offsetof(struct minute_key, host));
}

bool
minutes_crowded(const struct minutes *m)
{
	return table_count(m->rows) > m->room - m->room / 8;
}

bool
minutes_each(const struct minutes *m, bool (*put)(void *arg, const struct minute_row *row), void *arg)
{
	size_t count = table_count(m->rows);

	for (uint32_t n = 0; n < count; n++)
		m->order[n] = n;
	qsort_r(m->order, count, sizeof *m->order, row_cmp, m->rows);
	for (size_t n = 0; n < count; n++) {
		const struct minute_row *row = table_at(m->rows, m->order[n]);

		if (!row_is_empty(row) && !put(arg, row))
			return false;
	}
	return true;
}

void
minutes_clear(struct minutes *m)
{
	table_clear(m->rows);
	table_keep(m->hosts, is_recent, &m->minute);
	table_keep(m->shared, is_recent, &m->minute);
}
