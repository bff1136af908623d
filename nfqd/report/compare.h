/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare: attempts that were seen on the wire, and that the gate never judged. Pure. */
#ifndef COMPARE_H
#define COMPARE_H

#include "hosts.h"

/* Call when all rows are in the report: fills in unjudged, of every host and of the report. Without rows of both sides
 * it is unknown, and r->compared stays false. Only ports that the gate enforces count: those on which it judged any
 * host, or pcapmon recorded a leak. */
void compare_sides(struct report *r);

#endif
