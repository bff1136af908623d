/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query_gaps: what a database says is missing from its rows -> struct gap: losses that were written down, and the time
 * since its writer was last alive. */
#ifndef QUERY_GAPS_H
#define QUERY_GAPS_H

#include <stdbool.h>

#include "query.h"

/* Tells sink->gap, if there is one, of those with a part in the query's time. False: see store_error. */
bool query_gaps(const struct source *source, const struct query *q, const struct sink *sink);

#endif
