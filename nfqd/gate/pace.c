/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pace.h"

#include <stdlib.h>

#define STATE_REFUSED UINT8_MAX /* of an attempt here; else the number of its copies that cost nothing */

struct pace {
	const struct debts *debts;
	struct attempts *openings;
	struct steady last; /* the latest reading of the clock */
	int64_t behind;     /* microseconds that it has stepped back so far */
	uint64_t evicted;
};

struct pace *
pace_new(const struct debts *debts, size_t openings, uint64_t seed)
{
	struct pace *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->debts = debts;
	p->last = (struct steady){INT64_MIN};
	if ((p->openings = attempts_new(openings, seed)) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

void
pace_free(struct pace *p)
{
	if (p == NULL)
		return;
	attempts_free(p->openings);
	free(p);
}

/* The same clock, made monotonic: it stops where it stepped back. */
static struct steady
even(struct pace *p, struct steady now)
{
	if (steady_before(now, p->last))
		p->behind += steady_between(now, p->last);
	p->last = now;
	return steady_add(now, p->behind);
}

bool
pace_ask(struct pace *p, const struct flow *f, uint32_t isn, const struct limit *limit, struct steady now)
{
	struct steady steady = even(p, now);
	bool is_new;
	struct attempt *a = attempts_syn(p->openings, f, isn, steady.us, &is_new);

	if (!is_new && a->state == STATE_REFUSED)
		return false;
	if (!is_new && a->state < PACE_RESENDS) {
		a->state++;
		return true;
	}
	if (debts_take(p->debts, &f->src, limit, steady, &p->evicted)) {
		a->state = is_new ? 0 : a->state;
		return true;
	}
	a->state = STATE_REFUSED;
	return false;
}

uint64_t
pace_evicted_sources(const struct pace *p)
{
	return p->evicted;
}

uint64_t
pace_evicted_openings(const struct pace *p)
{
	return attempts_evicted(p->openings);
}
