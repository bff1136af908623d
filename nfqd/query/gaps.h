/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gaps: attempts missing from a database -> struct gap: recorded losses, and the time since its writer was last
 * alive. */
#ifndef QUERY_GAPS_H
#define QUERY_GAPS_H

#include <stdbool.h>

#include "query.h"

/* Calls sink->gap, unless NULL, for each gap that overlaps the query's period. False: see store_error. */
bool query_gaps(const struct source *source, const struct query *q, const struct sink *sink);

#endif
