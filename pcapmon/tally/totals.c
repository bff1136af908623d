/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a second table counts how often each fact was seen, "this row, that destination" and "this row, that
 * minute", by a hash of 64 bits. A row has a serial number, so that no other row inherits the facts of an evicted one.
 * Among a million facts, two share a hash once in 37 million files. The seed moves no figure, only which facts
 * collide. */
#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/decode/decode.h"

#define ROWS 64 /* to begin with */
#define FACTS 3072

enum fact { FACT_DESTINATION, FACT_MINUTE };

struct seen {
	uint64_t key;
	uint32_t count;
};

struct totals {
	struct table *rows;  /* of struct host_total */
	struct table *facts; /* of struct seen */
	uint32_t serials;
	struct pool_total pool[POOL_COUNT];
	uint64_t beyond;
	bool inexact;
};

#define KEY (offsetof(struct host_total, host) + sizeof(struct addr))
_Static_assert(KEY == 19, "the key has no hole");
static const struct table_type row_type = {
        .size = sizeof(struct host_total), .key = KEY, .grows = true, .most = TOTALS_HOSTS};
static const struct table_type fact_type = {
        .size = sizeof(struct seen), .key = sizeof(uint64_t), .hashed = true, .grows = true, .most = TOTALS_SEEN};

struct totals *
totals_new(void)
{
	struct totals *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->rows = table_new(&row_type, ROWS);
	t->facts = table_new(&fact_type, FACTS);
	if (t->rows != NULL && t->facts != NULL)
		return t;
	totals_free(t);
	return NULL;
}

void
totals_free(struct totals *t)
{
	if (t == NULL)
		return;
	table_free(t->rows);
	table_free(t->facts);
	free(t);
}

static struct host_total *
find(const struct totals *t, const struct addr *host, uint16_t port)
{
	const struct host_total key = {.port = port, .host = *host};

	return table_find(t->rows, &key);
}

/* Counts the fact; returns how often it has been seen, or 0 if there is no room for it. */
static uint32_t
saw(struct totals *t, const struct host_total *row, enum fact fact, const void *bytes, size_t size)
{
	uint8_t b[32];
	uint64_t key;
	struct seen *s;

	b[0] = (uint8_t)fact;
	memcpy(b + 1, &row->serial, 4);
	memcpy(b + 5, bytes, size);
	key = table_hash(t->facts, b, 5 + size);
	if ((s = table_add(t->facts, &key, NULL)) != NULL)
		return ++s->count;
	t->inexact = true;
	return 0;
}

static void
add_attempt(struct totals *t, struct host_total *row, const struct addr *destination, int64_t when)
{
	uint8_t to[17];
	int64_t minute = when / 60000000;
	uint32_t in_minute;

	to[0] = destination->family;
	memcpy(to + 1, destination->bytes, 16);
	row->attempts++;
	if (saw(t, row, FACT_DESTINATION, to, sizeof to) == 1)
		row->destinations++;
	in_minute = saw(t, row, FACT_MINUTE, &minute, sizeof minute);
	if (in_minute > row->peak)
		row->peak = in_minute;
}

void
totals_syn(struct totals *t, const struct flow *f, int64_t when, bool is_new)
{
	const struct host_total key = {.port = f->dport, .host = f->src};
	struct host_total *row;
	bool fresh;

	if ((row = table_add(t->rows, &key, &fresh)) == NULL) {
		t->beyond++;
		return;
	}
	if (fresh) {
		row->serial = t->serials++;
		row->first = row->last = when;
	}
	row->syns++;
	if (is_new)
		add_attempt(t, row, &f->dst, when);
	else
		row->retransmits++;
	if (when < row->first)
		row->first = when;
	if (when > row->last)
		row->last = when;
}

void
totals_copy(struct totals *t, const struct addr *host, uint16_t port, int64_t when)
{
	struct host_total *row = find(t, host, port);

	if (row == NULL)
		return;
	row->syns++;
	if (when > row->last)
		row->last = when;
}

void
totals_outcome(struct totals *t, const struct addr *host, uint16_t port, int established, int refused)
{
	struct host_total *row = find(t, host, port);

	if (row == NULL)
		return;
	row->established += (uint64_t)established;
	row->refused += (uint64_t)refused;
}

uint64_t *
totals_more(struct totals *t, const struct addr *host, uint16_t port)
{
	struct host_total *row = find(t, host, port);

	return row != NULL ? row->more : NULL;
}

struct pool_total *
totals_pool(struct totals *t, enum pool pool)
{
	return &t->pool[pool];
}

void
totals_forget(struct totals *t, const struct addr *host, uint16_t port)
{
	struct host_total *row = find(t, host, port);

	if (row == NULL)
		return;
	t->pool[POOL_ROOM].syns += row->syns;
	t->pool[POOL_ROOM].attempts += row->attempts;
	table_remove(t->rows, row);
}

void
totals_trick(struct totals *t, const struct addr *host, uint16_t port, unsigned tricks)
{
	struct host_total *row = find(t, host, port);

	if (row == NULL)
		return;
	row->tiny += (tricks & PACKET_TINY) != 0;
	row->overlapping += (tricks & PACKET_OVERLAPPING) != 0;
}

void
totals_decoy(struct totals *t, const struct addr *host, uint16_t port)
{
	struct host_total *row = find(t, host, port);

	if (row != NULL)
		row->decoys++;
}

static int
compare(const void *left, const void *right)
{
	const struct host_total *a = left, *b = right;
	int order;

	if (a->attempts != b->attempts)
		return a->attempts > b->attempts ? -1 : 1;
	order = addr_cmp(&a->host, &b->host);
	return order != 0 ? order : (a->port > b->port) - (a->port < b->port);
}

void
totals_sort(struct host_total *all, size_t count)
{
	if (count > 0)
		qsort(all, count, sizeof *all, compare);
}

const struct host_total *
totals_sorted(struct totals *t, size_t *count)
{
	struct host_total *row = table_at(t->rows, 0);

	*count = table_count(t->rows);
	totals_sort(row, *count);
	return row;
}

uint64_t
totals_beyond(const struct totals *t)
{
	return t->beyond;
}

bool
totals_inexact(const struct totals *t)
{
	return t->inexact;
}
