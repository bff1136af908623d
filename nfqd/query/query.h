/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: gate.db and wire.db -> struct row. */
#ifndef QUERY_H
#define QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cards.h"
#include "lib/base/addr.h"

struct sources;
struct store;

/* The oldest sign of life, in its database, of a daemon that is running. */
#define QUERY_ALIVE (INT64_C(15) * 1000000)

enum side { SIDE_GATE, SIDE_WIRE, SIDE_COUNT }; /* the observer */

/* A database, open for reading. */
struct source {
	char *path;
	struct store *store;
	enum side side;
};

/* Selects rows that overlap [since, until), microseconds; of one host if not NULL. */
struct query {
	int64_t since, until;
	int64_t now; /* time of the query */
	const struct addr *host;
	/* Sealed hours (lib/database/seal.h) may come as one row per host, port, verdict and reason. */
	bool sealed;
	bool brief; /* rows and gaps only: reading_about gives the rest about a host */
};

/* The traffic of a host in a minute, in an hour whose minutes were pruned, or in a sealed hour. Numbers are never
 * negative. */
struct row {
	enum side side;
	bool hour;      /* pruned: no destination; `peak` is of its busiest minute */
	bool sealed;    /* the same, but known destinations are reported one by one; only the first row of a host and
	                   hour has `destinations` (others) and `peak` (of all rows) */
	int64_t minute; /* its first, since the epoch */
	struct addr host;
	struct addr destination; /* family 0: `destinations` (an estimate) share the row */
	uint16_t port;
	uint8_t verdict, reason; /* gate only */
	uint64_t attempts, retransmits, destinations, peak;
	int64_t peak_minute;                           /* since the epoch; -1: unknown */
	uint64_t syns;                                 /* gate only: only counted, no attempts */
	uint64_t established, refused, leaked, listed; /* wire only */
	int64_t first, last;                           /* microseconds */
};

/* A known loss. Owns cause. */
struct gap {
	enum side side;
	int64_t since, until;
	char *cause;
	uint64_t missing; /* upper bound; valid if known */
	bool known;
};

/* Callbacks for the results. Data of a NULL callback is not read. */
struct sink {
	void *arg;
	/* Ordered by minute over all sources; an hour comes at its first minute, and consecutive sealed hours at that
	 * of the first, ordered by time within each host. */
	void (*row)(void *arg, const struct row *row);
	void (*gap)(void *arg, const struct gap *gap); /* the sink takes over the cause */
	void (*device)(void *arg, enum side side, const struct addr *host, const struct card *card);
	void (*range)(void *arg, enum side side, const struct addr *host, const char *name);
	/* A known destination, of a sealed hour or from reading_about; may repeat. */
	void (*destination)(void *arg, enum side side, const struct addr *host, const struct addr *destination);
	/* Once a source: since when it is written; 0: not known. */
	void (*began)(void *arg, enum side side, int64_t when);
};

/* Opens a database of either kind. False on error, with the reason in why. */
bool source_open(struct source *source, const char *path, char *why, size_t why_size);
void source_close(struct source *source);

/* A reading sees every source as it was when opened. Sources and query must outlive it; between calls the query may
 * change host and brief, and give up sealed. NULL or false on error, with the reason in why; the sink then has part. */
struct reading *reading_open(const struct source *sources, size_t count, const struct query *query, char *why,
                             size_t why_size);
bool reading_rows(struct reading *r, const struct sink *sink, char *why, size_t why_size); /* rows first */
/* Rows only, none of them sealed, so that each destination has its counts. May be called after reading_rows. */
bool reading_minutes(struct reading *r, const struct sink *sink, char *why, size_t why_size);
/* The data that a brief query omits: destinations, devices and range of a host. */
bool reading_about(struct reading *r, const struct addr *host, const struct sink *sink, char *why, size_t why_size);
void reading_close(struct reading *r); /* accepts NULL */

/* Opens, reads and closes. */
bool query_run(const struct sources *sources, const struct query *query, const struct sink *sink, char *why,
               size_t why_size);

#endif
