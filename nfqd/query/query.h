/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: all SQL that reads gate.db and wire.db -> struct row. */
#ifndef QUERY_H
#define QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct store;

/* What a daemon that works says of itself, in its database, is no older. */
#define QUERY_ALIVE (INT64_C(15) * 1000000)

enum side { SIDE_GATE, SIDE_WIRE, SIDE_COUNT }; /* who saw it */

/* A database, open for reading. */
struct source {
	char *path;
	struct store *store;
	enum side side;
};

/* Which rows: those with something in [since, until), microseconds; of one host if it is not NULL. */
struct query {
	int64_t since, until;
	int64_t now; /* when it is asked */
	const struct addr *host;
	/* Hours that are sealed (lib/seal) may come as one row for each host, port, verdict and reason. */
	bool sealed;
	/* Rows and gaps only: what else there is about a host, reading_about tells. */
	bool brief;
};

/* What a host did in a minute, in an hour whose minutes have been pruned, or in a sealed hour. Numbers are never
 * negative. */
struct row {
	enum side side;
	bool hour;      /* pruned: there is no destination, and `peak` is its busiest minute */
	bool sealed;    /* the same, but destinations known by address are told one by one; of the rows of a host and
	                   hour the first alone has `destinations` (others) and `peak` (of all of them) */
	int64_t minute; /* its first, since the epoch */
	struct addr host;
	struct addr destination; /* family 0: `destinations` (an estimate) share the row */
	uint16_t port;
	uint8_t verdict, reason; /* of the gate */
	uint64_t attempts, retransmits, destinations, peak;
	int64_t peak_minute;                           /* since the epoch; -1: not known */
	uint64_t established, refused, leaked, listed; /* of the wire */
	int64_t first, last;                           /* microseconds */
};

/* A known loss. Owns cause. */
struct gap {
	enum side side;
	int64_t since, until;
	char *cause;
	uint64_t missing; /* at most so many; valid if known */
	bool known;
};

/* What is done with the rows. What a member that is NULL would be told of is not read. */
struct sink {
	void *arg;
	/* By minute, all sources together; an hour stands at its first, and sealed hours in a row at the first of them:
	 * then each host's are by time. */
	void (*row)(void *arg, const struct row *row);
	void (*gap)(void *arg, const struct gap *gap); /* the sink takes over the cause */
	void (*device)(void *arg, const struct addr *host, const uint8_t mac[6], int64_t first, int64_t last);
	void (*range)(void *arg, enum side side, const struct addr *host, const char *name);
	/* One that is known by address, in a sealed hour or asked for by reading_about; any number of times. */
	void (*destination)(void *arg, enum side side, const struct addr *host, const struct addr *destination);
};

/* Opens the database, of either kind. false with the reason in why. */
bool source_open(struct source *source, const char *path, char *why, size_t why_size);
void source_close(struct source *source);

/* A reading sees every source as of the moment in which it was opened (a transaction each) while others write.
 * The sources and the query must outlive it. NULL, or false, with the reason in why; what the sink has got by then is
 * incomplete. */
struct reading *reading_open(const struct source *sources, size_t count, const struct query *query, char *why,
                             size_t why_size);
bool reading_rows(struct reading *r, const struct sink *sink, char *why, size_t why_size); /* rows first */
/* The rows alone and none of them sealed, so that each destination comes with its counts. Also a second time. */
bool reading_minutes(struct reading *r, const struct sink *sink, char *why, size_t why_size);
/* What a brief query leaves out: destinations, devices and range of a host. */
bool reading_about(struct reading *r, const struct addr *host, const struct sink *sink, char *why, size_t why_size);
void reading_close(struct reading *r); /* accepts NULL */

/* All of it: opens, reads, closes. */
bool query_run(const struct source *sources, size_t count, const struct query *query, const struct sink *sink,
               char *why, size_t why_size);

#endif
