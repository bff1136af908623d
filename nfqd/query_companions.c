/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "query_companions.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "store.h"
#include "when.h"

/* Summed up here: the file may come from anywhere, and SQL fails when a sum overflows. */
static const char sql[] =
        "SELECT mx, addresses, answers, nxdomain, blocklist_lookups, boxes, boxes_short, smtp_sessions, smtp_tls,"
        " smtp_hellos, smtp_senders, smtp_recipients, smtp_replies, smtp_temporary, smtp_permanent, smtp_listed,"
        " smtp_refused, smtp_submission, served, names, hellos, domains, clients, lists FROM companion WHERE host = ?1 AND hour BETWEEN ?2 AND ?3";
_Static_assert(COMPANION_COUNT == 19, "every count stands in the statement");

struct companion_reading {
	const struct source *sources;
	size_t count;
	struct statement *select[]; /* of each source; NULL: it is no wire.db */
};

struct companion_reading *
companion_reading_open(const struct source *sources, size_t count, const struct query *query, char *why,
                       size_t why_size)
{
	struct companion_reading *r = calloc(1, sizeof *r + count * sizeof *r->select);

	if (r == NULL)
		fatal("companions of %zu databases", count);
	r->sources = sources;
	r->count = count;
	for (size_t n = 0; n < count; n++) {
		if (sources[n].side != SIDE_WIRE)
			continue;
		if ((r->select[n] = store_prepare(sources[n].store, sql)) == NULL) {
			snprintf(why, why_size, "%s: %s", sources[n].path, store_error(sources[n].store));
			free(r);
			return NULL;
		}
		bind_int(r->select[n], 2, when_floor(query->since, HOUR));
		bind_int(r->select[n], 3, when_floor(query->until, HOUR));
	}
	return r;
}

static void
read_row(struct statement *st, struct companion *out)
{
	struct companion c = {0};
	const uint8_t *bytes;
	size_t size;

	for (int n = 0; n < COMPANION_COUNT; n++)
		c.count[n] = column_count(st, n);
	column_blob(st, COMPANION_COUNT, c.names.bytes, sizeof c.names.bytes);
	column_blob(st, COMPANION_COUNT + 1, c.hellos.bytes, sizeof c.hellos.bytes);
	column_blob(st, COMPANION_COUNT + 2, c.domains.bytes, sizeof c.domains.bytes);
	column_blob(st, COMPANION_COUNT + 3, c.clients.bytes, sizeof c.clients.bytes);
	if ((bytes = column_bytes(st, COMPANION_COUNT + 4, &size)) != NULL)
		companion_read(bytes, size, &c);
	companion_merge(out, &c);
}

bool
companion_reading_host(struct companion_reading *r, const struct addr *host, struct companion *out, bool *found,
                       char *why, size_t why_size)
{
	*found = false;
	for (size_t n = 0; n < r->count; n++) {
		int step = 0;

		if (r->select[n] == NULL)
			continue;
		bind_addr(r->select[n], 1, host);
		while ((step = store_step(r->select[n])) == 1) {
			read_row(r->select[n], out);
			*found = true;
		}
		if (step != 0) {
			snprintf(why, why_size, "%s: %s", r->sources[n].path, store_error(r->sources[n].store));
			return false;
		}
	}
	return true;
}

void
companion_reading_close(struct companion_reading *r)
{
	free(r);
}
