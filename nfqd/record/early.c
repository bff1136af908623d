/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "early.h"

#include "lib/base/when.h"

#define BEHIND MINUTE /* a clock that was put back by less is set */

bool
early_look(struct early *e, int64_t known, int64_t now, struct steady steady)
{
	int64_t floor = known - BEHIND > WHEN_RELEASED ? known - BEHIND : WHEN_RELEASED;

	if (now < floor) {
		e->floor = floor;
		e->ahead = now - steady.us;
		return true;
	}
	if (e->ahead != 0 && e->floor == 0) /* seen by an earlier process */
		e->floor = WHEN_RELEASED;
	e->shift = e->ahead != 0 ? now - steady.us - e->ahead : 0;
	return false;
}

int64_t
early_moved(const struct early *e, int64_t when)
{
	return when < e->floor ? when + e->shift : when;
}
