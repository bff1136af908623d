/* SPDX-License-Identifier: GPL-3.0-or-later */
/* standing: the time by which rows may be deleted. A wall clock that jumps forward, to 2100 say, is
 * followed only after it has stood for an hour of steady time; until then time goes on as before the jump. One that is
 * put back is followed at once, since that deletes less. Pure. */
#ifndef STANDING_H
#define STANDING_H

#include <stdint.h>

#include "steady.h"

struct standing {
	int64_t time;        /* wall time that was followed, ... */
	struct steady at;    /* ... at this moment */
	int64_t ahead;       /* the wall clock's lead over the steady one at the last call */
	struct steady since; /* since when it has not jumped forward */
};

/* `known`: a time that was followed earlier, before a restart for example; 0: none, and `now` is followed at once. Both
 * are wall time in microseconds; `steady` is the moment of `now`. */
void standing_begin(struct standing *s, int64_t known, int64_t now, struct steady steady);
/* The time to go by, never later than `now`. Call it about once a second. */
int64_t standing_time(struct standing *s, int64_t now, struct steady steady);

#endif
