/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nat.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define OPENINGS 8192 /* of one second, about */

struct nat {
	struct table *openings; /* of struct nat_opening */
};

static bool
over(const struct nat_opening *o, int64_t when)
{
	return when - o->when > NAT_TIME || o->when - when > NAT_TIME;
}

static int64_t
worth(const void *opening, const void *when)
{
	const struct nat_opening *o = opening;

	return over(o, *(const int64_t *)when) ? TABLE_WORTHLESS : o->when;
}

static const struct table_type type = {
        .size = sizeof(struct nat_opening), .key = sizeof(uint64_t), .hashed = true, .ways = 8, .worth = worth};

struct nat *
nat_new(uint64_t seed)
{
	struct nat *t = calloc(1, sizeof *t);

	if (t != NULL && (t->openings = table_new_seeded(&type, OPENINGS, seed)) != NULL)
		return t;
	free(t);
	return NULL;
}

void
nat_free(struct nat *t)
{
	if (t == NULL)
		return;
	table_free(t->openings);
	free(t);
}

static uint64_t
key_of(const struct nat *t, const struct flow *f, uint32_t isn)
{
	uint8_t b[23];

	b[0] = f->dst.family;
	memcpy(b + 1, f->dst.bytes, 16);
	memcpy(b + 17, &f->dport, 2);
	memcpy(b + 19, &isn, 4);
	return table_hash(t->openings, b, sizeof b);
}

struct nat_opening *
nat_find(struct nat *t, const struct flow *f, uint32_t isn, int64_t when)
{
	uint64_t key = key_of(t, f, isn);
	struct nat_opening *o = table_find(t->openings, &key);

	return o != NULL && !over(o, when) ? o : NULL;
}

void
nat_put(struct nat *t, const struct flow *f, uint32_t isn, int64_t when, uint8_t ttl)
{
	uint64_t key = key_of(t, f, isn);
	struct nat_opening *o = table_find(t->openings, &key);

	if (o == NULL)
		o = table_spare(t->openings, &key, &when);
	o = table_put(t->openings, o, &key);
	o->when = when;
	o->source = f->src;
	o->ttl = ttl;
}

enum place_state
nat_pack(const struct nat *t, size_t place, int64_t now, uint8_t out[NAT_BYTES])
{
	const struct nat_opening *o = table_at(t->openings, place);
	uint8_t *to = out;

	if (o == NULL)
		return PLACE_NONE;
	if (o->key == 0 || now - o->when > NAT_TIME)
		return PLACE_FREE;
	to = put_number(to, o->key, 8);
	to = put_number(to, (uint64_t)o->when, 8);
	to = put_address(put_address(to, &o->source), &o->view);
	*to = o->ttl;
	return PLACE_TAKEN;
}

void
nat_put_back(struct nat *t, const uint8_t bytes[NAT_BYTES])
{
	struct nat_opening o = {0}, *to;
	const uint8_t *from = bytes;
	uint64_t when;

	from = get_number(from, &o.key, 8);
	from = get_number(from, &when, 8);
	from = get_address(get_address(from, &o.source), &o.view);
	o.when = (int64_t)when;
	o.ttl = *from;
	if (o.key == 0 || o.source.family == 0 || !when_is_time(o.when) || table_find(t->openings, &o.key) != NULL)
		return;
	to = table_spare(t->openings, &o.key, &o.when);
	if (to->key == 0)
		*(struct nat_opening *)table_put(t->openings, to, &o.key) = o;
}
