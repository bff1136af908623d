/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare: attempts that were seen on the wire, and that the gate never judged. Pure. */
#ifndef COMPARE_H
#define COMPARE_H

#include "hosts.h"

/* Of a report whose rows are all there: fills in unjudged, of every host and of the report. Without rows of both sides
 * it cannot be said, and r->compared stays false. Counted are ports that the gate enforces: on which it judged any
 * host, or pcapmon spoke of a leak. */
void compare_sides(struct report *r);

#endif
