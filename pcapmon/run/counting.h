/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counting: the tally, its tables, and their ties to wire.db; built and freed together. Memory that
 * is short, and a database that cannot be read, are fatal. */
#ifndef COUNTING_H
#define COUNTING_H

#include <stdbool.h>

#include "pcapmon/summary/labels.h"
#include "pcapmon/record/companion_rows.h"
#include "pcapmon/record/memory_rows.h"
#include "pcapmon/record/outcome_rows.h"
#include "pcapmon/record/spelling_rows.h"
#include "pcapmon/tally/tally.h"
#include "pcapmon/record/wire_rows.h"

struct counting {
	struct counters counters;      /* the caller sets flush and arg */
	bool without_companions;       /* likewise */
	struct companions *companions; /* this and its tables: NULL without companions */
	struct companion_table *companion_table, *companion_totals;
	struct tally *tally;
	struct capture_labels *labels;         /* of a file */
	struct companion_rows *companion_rows; /* this and the next ones: NULL without a database */
	struct outcome_rows *outcome_rows;
	struct memory_rows *memory_rows;
	struct spelling_rows *spelling_rows;
};

/* The tables that packets are counted into: totals for a file, and rows for a database. */
void counting_tables(struct counting *c, bool file, bool rows);
/* The tally; all of `o` but counters, attempts and seed is the caller's. With rows it can go on where the last run on
 * their database ended: see counting_recall. */
void counting_tally(struct counting *c, struct tally_options *o, bool file, struct wire_rows *rows);
/* The rows of a file's hosts that are worth reporting, by address; the caller frees them. NULL without companions. */
struct companion_row *counting_companions(const struct counting *c, size_t *count);
/* Another policy, from the next packet on. */
void counting_policy(struct counting *c, const struct policy *lan, const struct config *config);
/* The same without leaks, whose policies pcapmon/leak/in_force.h follows. */
void counting_follow(struct counting *c, const struct policy *lan, const struct config *config);
/* Loads the memory of the last run on the database, in addition to what this run has counted. */
void counting_recall(struct counting *c);
void counting_free(struct counting *c); /* frees the members, not the struct */

#endif
