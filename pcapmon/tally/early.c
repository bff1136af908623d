/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "early.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define PLACES 4096 /* a power of two: answers of 50 ms that belong to no attempt */

struct early {
	struct early_answer answer[PLACES];
	int64_t newest;
	uint64_t seed;
};

struct early *
early_new(uint64_t seed)
{
	struct early *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->seed = seed;
	e->newest = INT64_MIN / 2;
	return e;
}

void
early_free(struct early *e)
{
	free(e);
}

static struct early_answer *
place_of(struct early *e, uint64_t flow, uint32_t isn)
{
	uint8_t b[12];

	memcpy(b, &flow, 8);
	memcpy(b + 8, &isn, 4);
	return &e->answer[XXH3_64bits_withSeed(b, sizeof b, e->seed) % PLACES];
}

static bool
is_near(int64_t left, int64_t right)
{
	return left - right <= EARLY_TIME && right - left <= EARLY_TIME;
}

void
early_put(struct early *e, const struct early_answer *a)
{
	struct early_answer *place = place_of(e, a->flow, a->isn);

	if (a->kind < place->kind && is_near(place->when, a->when))
		return;
	*place = *a;
	if (a->when > e->newest)
		e->newest = a->when;
}

bool
early_take(struct early *e, uint64_t flow, uint32_t isn, int64_t when, struct early_answer *out)
{
	struct early_answer *place;

	if (when - e->newest > EARLY_TIME)
		return false;
	place = place_of(e, flow, isn);
	if (place->kind == EARLY_NONE || place->flow != flow || place->isn != isn || !is_near(place->when, when))
		return false;
	*out = *place;
	place->kind = EARLY_NONE;
	return true;
}

enum place_state
early_pack(const struct early *e, size_t place, int64_t now, uint8_t out[EARLY_BYTES])
{
	const struct early_answer *a = &e->answer[place % PLACES];
	uint8_t *to = out;

	if (place >= PLACES)
		return PLACE_NONE;
	if (a->kind == EARLY_NONE || now - a->when > EARLY_TIME)
		return PLACE_FREE;
	to = put_number(to, a->flow, 8);
	to = put_number(to, (uint64_t)a->when, 8);
	to = put_number(to, a->isn, 4);
	to = put_number(to, a->peer, 4);
	put_number(to, a->kind, 1);
	return PLACE_TAKEN;
}

void
early_put_back(struct early *e, const uint8_t bytes[EARLY_BYTES])
{
	uint64_t n[5];

	for (size_t i = 0; i < 5; i++)
		bytes = get_number(bytes, &n[i], (size_t[]){8, 8, 4, 4, 1}[i]);
	if ((int64_t)n[1] < 0 || n[4] == EARLY_NONE || n[4] > EARLY_SYN_ACK)
		return;
	early_put(e, &(struct early_answer){.flow = n[0],
	                                    .when = (int64_t)n[1],
	                                    .isn = (uint32_t)n[2],
	                                    .peer = (uint32_t)n[3],
	                                    .kind = (enum early_kind)n[4]});
}
