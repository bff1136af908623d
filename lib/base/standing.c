/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standing.h"

#include "when.h"

#define JUMP SECOND /* forward, between two calls: less is a clock that is being adjusted */

static int64_t
follow(struct standing *s, int64_t now, struct steady steady)
{
	s->time = now;
	s->at = steady;
	return now;
}

void
standing_begin(struct standing *s, int64_t known, int64_t now, struct steady steady)
{
	s->ahead = now - steady.us;
	s->since = steady;
	follow(s, known > 0 && known < now ? known : now, steady);
}

int64_t
standing_time(struct standing *s, int64_t now, struct steady steady)
{
	int64_t ahead = now - steady.us, expected = s->time + steady_between(s->at, steady);

	if (ahead - s->ahead > JUMP)
		s->since = steady;
	s->ahead = ahead;
	if (now - expected <= JUMP || steady_between(s->since, steady) >= HOUR)
		return follow(s, now, steady);
	return expected;
}
