/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ruleset_jobs: the tasks about rules that run tools, each as a job (job.h): to look at those of the kernel, to make
 * them, to read their counters, and to find out whether they still refuse. */
#ifndef RULESET_JOBS_H
#define RULESET_JOBS_H

#include "nfqd/kernel/trouble.h"
#include "nfqd/rules/features.h"
#include "nfqd/rules/rules.h"

/* The rules in the kernel at one moment. */
struct rules_seen {
	bool looked, counted; /* `state` and `stamp`, `counters` are valid */
	struct rules_state state;
	uint64_t stamp;
	int64_t at; /* wall time from which on a change may not be included */
	struct rule_counters counters;
};

/* The parts that are not as expected. */
struct rules_difference {
	bool gate; /* openings may pass, or may have passed, without the gate */
	bool shield;
	bool sets; /* the gate gets openings through the wrong queue, or our rules have moved */
};

/* From `next` (wall time) on, elements may have ended by themselves: their numbers prove nothing then. */
struct rules_difference rules_compare(const struct rules_state *a, const struct rules_state *b, int64_t next);
static inline bool
rules_differ(struct rules_difference d)
{
	return d.gate || d.shield || d.sets;
}

/* job_task with enum backend and struct rules_seen. */
void rules_task_look(const void *backend, void *seen);
/* What the rules have counted. */
struct rules_count {
	bool known; /* they could be read */
	struct rule_counters counters;
};

/* With enum backend and struct rules_count. */
void rules_task_count(const void *backend, void *count);

/* Without an argument, and with bool: all of ours are gone; the shield's sets are empty. They write to the log
 * themselves. */
void rules_task_remove(const void *unused, void *gone);
void rules_task_empty(const void *unused, void *empty);

/* As a run finds the machine and its rules. */
struct rules_first {
	enum backend backend;    /* BACKEND_AUTO: none is usable, and nothing else is known */
	bool standing;           /* rules of an earlier run are there */
	struct rules_pace usual; /* from rules_probe */
	struct features features;
	struct rules_count count;
	int64_t rules; /* as struct note_start has it */
};

/* With struct config and struct rules_first. Makes the last place if it is missing beside rules of ours. */
void rules_task_first(const void *config, void *first);

struct rules_order {
	const struct config *config;
	enum backend backend;
	struct rules_wanted wanted;         /* `anew` is set if the rules are found changed */
	struct rules_difference found;      /* by a look just now */
	const struct rules_state *expected; /* NULL: nothing to compare with, or it has been found changed */
	int64_t next;
	bool blind;      /* they may have been changed since the last look that ended: refuse first, look afterwards */
	bool last_first; /* as the last job has made them */
};

struct rules_made {
	bool last_first; /* sent ahead: the last place stands from now on */
	bool done;
	struct rules_seen before, after;
	struct rules_difference found; /* before, by the order or against `expected` */
	struct rules_applied applied;
	struct troubles troubles;
};

/* With struct rules_order and struct rules_made. */
void rules_task_make(const void *order, void *made);
/* With `backend` and `last_first` of struct rules_order, and bool: no opening of a stranger passes by the rules, as
 * far as can be seen at once. */
void rules_task_refuse(const void *order, void *refuse);

#endif
