/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gaps: the gaps of a report; report_gap (hosts.h) adds one. */
#ifndef REPORT_GAPS_H
#define REPORT_GAPS_H

#include "hosts.h"

/* Sums up and sorts by time. Clears `complete` if something is missing. */
void gaps_finish(struct report *r);
void gaps_free(struct report *r);

#endif
