/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query_companions: what wire.db says that goes along with a host's mail -> struct companion. */
#ifndef QUERY_COMPANIONS_H
#define QUERY_COMPANIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "companion.h"
#include "query.h"

struct companion_reading;

/* Of the same sources (in the same transactions) and query as a reading; all must outlive it. NULL, with the reason in
 * why. */
struct companion_reading *companion_reading_open(const struct source *sources, size_t count, const struct query *query,
                                                 char *why, size_t why_size);
/* Adds all there is about the host in the hours that have a part in the query's time; *found: there is any. false, with
 * the reason in why. */
bool companion_reading_host(struct companion_reading *r, const struct addr *host, struct companion *out, bool *found,
                            char *why, size_t why_size);
void companion_reading_close(struct companion_reading *r); /* accepts NULL */

#endif
