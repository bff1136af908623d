/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ruleset_jobs.h"

#include <unistd.h>

#include "lib/base/when.h"
#include "nfqd/kernel/tool.h"
#include "nfqd/rules/shield.h"
#include "job.h"

/* A killed program's transaction may be in the queue of the kernel's, and would come after ours. */
#define KILLED_MOST (SECOND / 2)

struct rules_difference
rules_compare(const struct rules_state *a, const struct rules_state *b, int64_t next)
{
	bool due = when_now() >= next;

	return (struct rules_difference){
	        .gate = a->gate != b->gate || a->lan != b->lan || a->bypassed != b->bypassed,
	        .shield = a->shield != b->shield || (!due && a->shield_sets != b->shield_sets),
	        .sets = (!due && a->sets != b->sets) || a->misplaced != b->misplaced || a->unended != b->unended,
	};
}

static void
begin(struct troubles *t)
{
	troubles_collect(t);
	command_forget();
}

static void
look(enum backend b, struct rules_seen *out)
{
	out->at = when_now();
	out->stamp = rules_stamp(b);
	out->looked = rules_look(b, &out->state);
	out->counted = rules_counters(b, &out->counters);
}

void
rules_task_look(const void *backend, void *seen)
{
	struct troubles unused;

	begin(&unused);
	look(*(const enum backend *)backend, seen);
}

void
rules_task_count(const void *backend, void *count)
{
	struct rules_count *c = count;
	struct troubles unused;

	begin(&unused);
	c->known = rules_counters(*(const enum backend *)backend, &c->counters);
}

/* What refuses comes first: with slow tools the rest takes a minute. */
void
rules_task_first(const void *config, void *first)
{
	const struct rules_wanted wanted = {.now = when_now()};
	struct rules_first *f = first;
	struct rules_state state;
	struct troubles unused; /* the job that makes the rules has them again */
	bool whole;

	begin(&unused);
	if ((f->backend = rules_backend(config)) == BACKEND_AUTO)
		return;
	f->standing = rules_standing();
	whole = !f->standing || rules_stand_last(f->backend);
	if (!whole)
		rules_apply_last(config, f->backend, &wanted);
	f->usual = rules_probe(f->backend);
	f->count.known = rules_counters(f->backend, &f->count.counters);
	if (whole && rules_look(f->backend, &state))
		f->rules = (int64_t)(state.gate ^ state.lan);
	features_get(&f->features);
}

void
rules_task_refuse(const void *order, void *refuse)
{
	const struct rules_order *o = order;
	struct troubles found;

	begin(&found);
	*(bool *)refuse = rules_refuse(o->backend, o->last_first);
	if (found.count > 0) /* a tool failed, so this says nothing: the job ends without a result */
		_exit(1);
}

void
rules_task_make(const void *order, void *made)
{
	const struct rules_order *o = order;
	struct rules_wanted wanted = o->wanted;
	struct rules_made *m = made;

	begin(&m->troubles);
	job_wait_killed(KILLED_MOST);
	m->last_first = o->blind ? rules_apply_last(o->config, o->backend, &wanted) : o->last_first;
	job_send(sizeof m->last_first);
	m->found = o->found;
	if (o->expected != NULL)
		look(o->backend, &m->before);
	if (m->before.looked)
		m->found = rules_compare(&m->before.state, o->expected, o->next);
	wanted.anew = wanted.anew || m->found.gate;
	m->done = rules_apply(o->config, o->backend, &wanted, &m->applied);
	look(o->backend, &m->after);
}

void
rules_task_remove(const void *unused, void *gone)
{
	(void)unused;
	command_forget();
	*(bool *)gone = rules_remove();
}

void
rules_task_empty(const void *unused, void *empty)
{
	(void)unused;
	command_forget();
	*(bool *)empty = shield_empty();
}
