/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps.h"

#include "state.h"

#define AT_ONCE (JUDGE_TICKS / 4)   /* a refused mail server goes on within a quarter of a second */
#define SHORTEST (4 * JUDGE_TICKS)  /* connect timeout: below, attempts are parallel */
#define TOLERANCE (JUDGE_TICKS / 8) /* either way: the lookups before an attempt take that long */
#define TRUST 64                    /* at most: three more with each step, one less with each pause that is none */

/* The minute is full: all entries are of it. Then what follows is left out, whether rows come in parts or not. */
static bool
is_full(const struct judge_steps *s, uint32_t tick)
{
	uint32_t oldest = s->at[s->next];

	return oldest != 0 && (oldest - 1) / JUDGE_MINUTE == tick / JUDGE_MINUTE;
}

static bool
is_known(const struct judge_steps *s, uint16_t destination, uint32_t tick)
{
	for (uint32_t i = 0; i < JUDGE_STEPS; i++)
		if (s->at[i] != 0 && s->destination[i] == destination &&
		    (s->at[i] - 1) / JUDGE_MINUTE == tick / JUDGE_MINUTE)
			return true;
	return false;
}

/* The latest attempt to another address that came from `low` to `high` ticks before, and was not continued; -1: none.
 */
static int
find(const struct judge_steps *s, uint16_t destination, uint32_t tick, uint32_t low, uint32_t high)
{
	for (uint32_t n = 1; n <= JUDGE_STEPS; n++) {
		uint32_t i = (s->next + JUDGE_STEPS - n) % JUDGE_STEPS, before = s->at[i] - 1;

		if (s->at[i] == 0 || tick < before || tick - before > high)
			return -1;
		if (tick - before >= low && s->destination[i] != destination && (s->continued >> i & 1) == 0)
			return (int)i;
	}
	return -1;
}

/* Looks for the connect timeout: takes the pause since one of the attempts before, in turn, until steps are too few. */
static void
learn(struct judge_steps *s, uint16_t destination, uint32_t tick)
{
	uint32_t shortest = s->pause >= SHORTEST && s->pause < JUDGE_STEP_MOST ? s->pause + TOLERANCE : SHORTEST;
	int before = find(s, destination, tick, SHORTEST, JUDGE_STEP_MOST);

	if (before < 0)
		return;
	if (s->trust > 0) {
		s->trust--;
		return;
	}
	/* Many deliveries are under way in a large server: the latest attempt is another one's. */
	if (s->tried % 2 != 0 && find(s, destination, tick, shortest, JUDGE_STEP_MOST) >= 0)
		before = find(s, destination, tick, shortest, JUDGE_STEP_MOST);
	s->pause = tick - (s->at[before] - 1);
	s->trust = 2;
}

static int
step_from(const struct judge_steps *s, uint8_t answer, uint16_t destination, uint32_t tick)
{
	if (answer == JUDGE_REFUSED)
		return find(s, destination, tick, 0, AT_ONCE);
	if (s->trust == 0)
		return -1;
	return find(s, destination, tick, s->pause - TOLERANCE, s->pause + TOLERANCE);
}

void
judge_steps_row(struct judge_steps *s, const struct judge_row *row, uint32_t tick)
{
	uint16_t destination = (uint16_t)judge_hash(&row->destination, addr_size(&row->destination));
	int from;

	if (row->answer == JUDGE_PASSED || tick / JUDGE_MINUTE < s->since || tick == UINT32_MAX ||
	    is_known(s, destination, tick) || is_full(s, tick))
		return;
	from = step_from(s, row->answer, destination, tick);
	if (from >= 0) {
		s->continued |= UINT32_C(1) << from;
		s->stepped++;
		s->trust = (uint16_t)(s->trust + 3 < TRUST ? s->trust + 3 : TRUST);
	} else {
		learn(s, destination, tick);
	}
	s->tried++;
	s->at[s->next] = tick + 1;
	s->destination[s->next] = destination;
	s->continued &= ~(UINT32_C(1) << s->next);
	s->next = (uint8_t)((s->next + 1U) % JUDGE_STEPS);
}
