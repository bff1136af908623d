/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unset.h"

#include "when.h"

#define BEHIND MINUTE /* a clock that was put back by less is set */

bool
unset_look(struct unset *u, int64_t known, int64_t now, struct steady steady)
{
	int64_t floor = known - BEHIND > WHEN_RELEASED ? known - BEHIND : WHEN_RELEASED;

	if (now < floor) {
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
unset_moved(const struct unset *u, int64_t when)
{
	return when < u->floor ? when + u->shift : when;
}
