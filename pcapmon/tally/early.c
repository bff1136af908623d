/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "early.h"

#include <stdlib.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define ANSWERS 2048 /* of 50 ms that belong to no attempt, about */

struct early {
	struct table *answers; /* of struct early_answer */
	int64_t newest;
};

static bool
is_near(int64_t left, int64_t right)
{
	return left - right <= EARLY_TIME && right - left <= EARLY_TIME;
}

/* The weakest is given up first, then the oldest. */
static int64_t
worth(const void *answer, const void *when)
{
	const struct early_answer *a = answer;

	return is_near(a->when, *(const int64_t *)when) ? a->kind * 4 * EARLY_TIME + a->when : TABLE_WORTHLESS;
}

#define KEY (offsetof(struct early_answer, isn) + sizeof(uint32_t))
_Static_assert(KEY == 12, "the key has no hole");
static const struct table_type type = {.size = sizeof(struct early_answer), .key = KEY, .ways = 8, .worth = worth};

struct early *
early_new(uint64_t seed)
{
	struct early *e = calloc(1, sizeof *e);

	if (e == NULL || (e->answers = table_new_seeded(&type, ANSWERS, seed)) == NULL) {
		free(e);
		return NULL;
	}
	e->newest = INT64_MIN / 2;
	return e;
}

void
early_free(struct early *e)
{
	if (e == NULL)
		return;
	table_free(e->answers);
	free(e);
}

void
early_put(struct early *e, const struct early_answer *a)
{
	struct early_answer *place = table_find(e->answers, a);

	if (place == NULL)
		place = table_spare(e->answers, a, &a->when);
	if (a->kind < place->kind && is_near(place->when, a->when))
		return;
	*(struct early_answer *)table_put(e->answers, place, a) = *a;
	if (a->when > e->newest)
		e->newest = a->when;
}

bool
early_take(struct early *e, uint64_t flow, uint32_t isn, int64_t when, struct early_answer *out)
{
	const struct early_answer key = {.flow = flow, .isn = isn};
	struct early_answer *answer;

	if (when - e->newest > EARLY_TIME)
		return false;
	answer = table_find(e->answers, &key);
	if (answer == NULL || !is_near(answer->when, when))
		return false;
	*out = *answer;
	table_drop(e->answers, answer);
	return true;
}

bool
early_unclaimed(struct early *e, const struct early_answer *synack)
{
	struct early_answer *answer = table_find(e->answers, synack);

	if (answer == NULL || answer->kind != EARLY_SYN_ACK || answer->peer != synack->peer)
		return false;
	table_drop(e->answers, answer);
	return true;
}

enum place_state
early_pack(const struct early *e, size_t place, int64_t now, uint8_t out[EARLY_BYTES])
{
	const struct early_answer *a = table_at(e->answers, place);
	uint8_t *to = out;

	if (a == NULL)
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
	if (!when_is_time((int64_t)n[1]) || n[4] == EARLY_NONE || n[4] > EARLY_SYN_ACK)
		return;
	early_put(e, &(struct early_answer){.flow = n[0],
	                                    .when = (int64_t)n[1],
	                                    .isn = (uint32_t)n[2],
	                                    .peer = (uint32_t)n[3],
	                                    .kind = (enum early_kind)n[4]});
}
