/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ends: the other data of wire.db -> a report: ends of connections, and the attempts that are in no row of a
 * host. */
#ifndef REPORT_ENDS_H
#define REPORT_ENDS_H

#include <stdbool.h>
#include <stddef.h>

#include "hosts.h"
#include "nfqd/query/query.h"

/* After reading_rows, of the same sources (in the same transactions) and query; before report_finish. Whole hours:
 * those with a part in the query's time. false, with the reason in why. */
bool ends_read(const struct sources *sources, const struct query *query, struct report *r, char *why, size_t why_size);

#endif
