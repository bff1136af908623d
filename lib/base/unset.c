/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unset.h"

#include "when.h"

#define BEHIND MINUTE /* less is a clock that is being adjusted */

bool
unset_look(struct unset *u, int64_t known, int64_t now, struct steady steady)
{
	int64_t floor = known - BEHIND > WHEN_RELEASED ? known - BEHIND : WHEN_RELEASED;

	u->now = now < floor;
	if (u->now) {
		u->floor = floor;
		u->ahead = now - steady.us;
		return true;
	}
	if (u->ahead != 0 && u->floor == 0) /* seen by an earlier process */
		u->floor = WHEN_RELEASED;
	u->shift = u->ahead != 0 ? now - steady.us - u->ahead : 0;
	return false;
}

int64_t
unset_forward(struct unset *u, int64_t now, int64_t boot)
{
	int64_t lead = now - boot, by = u->lead != 0 && !u->now ? lead - u->lead : 0;

	u->lead = lead;
	return by >= BEHIND ? by : 0;
}

int64_t
unset_moved(const struct unset *u, int64_t when)
{
	return when < u->floor ? when + u->shift : when;
}
