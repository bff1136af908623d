/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fresh: rows of a database judged for a report, into memory. */
#ifndef REPORT_FRESH_H
#define REPORT_FRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "history.h"
#include "lib/labels/memory.h"

struct learned;
struct table;

/* All of it must outlive what is made of it. */
struct fresh_request {
	struct store *store;
	bool wire; /* the rows are pcapmon's, else the gate's */
	const struct judge_parameters *p;
	struct statement *load;   /* what the tables have of a key (JUDGED_STATE); NULL: nothing is in tables */
	struct learned *names;    /* of destinations, which rows of the gate lack; NULL: they stay without */
	struct history *evidence; /* gets that of the host of fresh_want; NULL: none is kept */
};

struct fresh;

/* NULL: see store_error. Like the others it ends the program if memory is short. */
struct fresh *fresh_new(const struct fresh_request *request);
void fresh_free(struct fresh *f); /* accepts NULL */
/* The store that has the table `device` for judging_devices_new. */
struct store *fresh_devices(const struct fresh *f);
/* From here on evidence about this host is kept. *who: its key at `end`. False: the store failed. */
bool fresh_want(struct fresh *f, const struct addr *host, int64_t end, struct judge_key *who);
/* Judges all rows from a place to the minute `end` (excluded): of the hosts of this table (judging_only), or of all.
 * False: the store failed. */
bool fresh_run(struct fresh *f, const struct judging_place *from, int64_t end, const struct table *only);
const struct judging_memory *fresh_memory(const struct fresh *f);
/* The latest state of a key, judged here or from the tables; as it was if there is none. False: the store failed. */
bool fresh_load(struct fresh *f, const struct judge_key *who, struct judging_state *out);
/* See judging_verdict. */
bool fresh_verdict(struct fresh *f, const struct judging_state *s, int64_t now, struct judgement *out);

#endif
