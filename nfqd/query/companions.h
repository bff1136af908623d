/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query_companions: what wire.db says that goes along with a host's mail -> struct companion. */
#ifndef QUERY_COMPANIONS_H
#define QUERY_COMPANIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/companion/companion.h"
#include "query.h"

struct companion_reading;

/* Of the same sources (in the same transactions) and query as a reading; all must outlive it. NULL, with the reason in
 * why. */
struct companion_reading *companion_reading_open(const struct source *sources, size_t count, const struct query *query,
                                                 char *why, size_t why_size);
/* Adds all there is about the host in the hours that have a part in the query's time; *span: microseconds from the
 * begin of the first such hour to the end of the last, 0: there is none. false, with the reason in why. */
bool companion_reading_host(struct companion_reading *r, const struct addr *host, struct companion *out, int64_t *span,
                            char *why, size_t why_size);
/* The same, as a companion of its own that the caller frees; NULL if there is none. */
bool companion_reading_new(struct companion_reading *r, const struct addr *host, struct companion **out, int64_t *span,
                           char *why, size_t why_size);
/* Tells each host, once for each source, of which there is more than look-ups: mail that it sent or took. */
bool companion_reading_speakers(struct companion_reading *r, void (*tell)(void *arg, const struct addr *host),
                                void *arg, char *why, size_t why_size);
void companion_reading_close(struct companion_reading *r); /* accepts NULL */

#endif
