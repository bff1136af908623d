/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fresh.h"
#include "lib/labels/crowds.h"
#include "lib/labels/devices.h"
#include "lib/labels/judged.h"
#include "lib/labels/learned.h"
#include "lib/base/log.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "named.h"
#include "nfqd/query/sources.h"

static const char load_sql[] = "SELECT " JUDGED_STATE " WHERE who = ?1";
static const char host_sql[] = "SELECT who FROM judged_host WHERE host = ?1";
static const char all_sql[] = "SELECT who, host, " JUDGED_COLUMNS " FROM judged_host JOIN judged USING (who)"
                              " WHERE ?1 IS NULL OR host = ?1";

/* How far before the period rows are judged that the tables do not cover; with names as long as the classifier
 * remembers that a host has crossed, so that names which come today forget no bot of yesterday. */
#define BEFORE DAY
#define BEFORE_ZOMBIES (8 * DAY)

/* One database. */
struct labels {
	const struct labels_request *request;
	const struct source *source;
	struct report *report;
	struct judging_devices *devices;
	struct judging_crowds *crowds;
	struct statement *load, *host; /* of the tables; NULL: they have nothing */
	struct fresh *fresh;           /* hosts whose latest minutes were judged here */
	struct learned *names;         /* of the gate's destinations; or NULL */
	struct fresh *named;           /* hosts judged again with these, which the tables were not; or NULL */
	struct judge_parameters parameters;
	struct history *evidence;
	int64_t as_of;
};

static void *
allocate(void *p)
{
	if (p == NULL)
		fatal("labels");
	return p;
}

/* What names of destinations have made of a host; NULL: it has none. */
static const struct judging_state *
named_state(const struct labels *l, const struct judge_key *who)
{
	const struct judging_state *s = l->named != NULL ? judging_memory_state(fresh_memory(l->named), who) : NULL;

	return s != NULL && s->named ? s : NULL;
}

/* Without the steps and the history, which labels_about reads for the hosts that are shown. The MAC address under which
 * an address was judged last may be known for a router's since. */
static bool
emit(struct labels *l, const struct addr *host, const struct judge_key *who, const struct judging_state *s)
{
	const struct judging_state *named = named_state(l, who);
	struct judgement v = judging_label(named != NULL ? named : s, l->as_of);
	struct judge_key now = *who;

	if (named != NULL) /* of listed hours, which take a longer past */
		v.unusual = judging_label(s, l->as_of).unusual;
	if (host->family == 6 && who->kind == JUDGE_MAC &&
	    !judging_devices_key(l->devices, host, l->request->query->until, &now))
		return false;
	if (v.label == LABEL_UNKNOWN || addr_link_local(host)) /* lib/count/rotating.h */
		judging_crowds_key(l->crowds, host, &now);
	report_judgement(l->report, l->source->side, host, &now, &v);
	return true;
}

static bool
emit_fresh(struct labels *l)
{
	const struct judging_memory *m = fresh_memory(l->fresh);
	const struct judge_key *who;
	const struct addr *host;
	size_t at = 0;

	while ((host = judging_memory_next(m, &at)) != NULL) {
		who = judging_memory_key(m, host);
		if (!emit(l, host, who, judging_memory_state(m, who)))
			return false;
	}
	return true;
}

/* ... and those that stand in the tables. */
static bool
emit_stored(struct labels *l)
{
	struct statement *st = store_prepare(l->source->store, all_sql);
	const struct judging_memory *m = fresh_memory(l->fresh);
	const struct judging_state *fresh;
	struct judging_state state;
	struct judge_key who;
	int step;

	if (st == NULL)
		return false;
	if (l->request->query->host != NULL)
		bind_addr(st, 1, l->request->query->host);
	while ((step = store_step(st)) == 1) {
		struct addr host = column_addr(st, 1);

		if (!judged_column_key(st, 0, &who) || judging_memory_key(m, &host) != NULL)
			continue;
		if ((fresh = judging_memory_state(m, &who)) == NULL)
			judged_column(st, 2, false, &state);
		if (!emit(l, &host, &who, fresh != NULL ? fresh : &state))
			return false;
	}
	return step == 0;
}

static bool
emit_all(struct labels *l)
{
	bool good = emit_fresh(l) && (l->load == NULL || emit_stored(l));

	judging_devices_end(l->devices);
	return good;
}

/* The minute at which the period of the query ends. */
static int64_t
end_of(const struct query *q)
{
	return (q->until + MINUTE - 1) / MINUTE;
}

/* The first minute that is judged here if the tables are not used. */
static int64_t
start_of(const struct labels *l, int64_t before)
{
	const struct query *q = l->request->query;

	return q->since > before && !l->request->again ? (q->since - before) / MINUTE : 0;
}

/* The names that the gate's rows are judged with, from `from` on: those of all wire.db of the report. */
static bool
learn(struct labels *l, const struct sources *sources, int64_t from, int64_t end)
{
	l->names = allocate(learned_new());
	for (size_t n = 0; n < sources->count; n++) {
		const struct source *s = &sources->list[n];

		if (s->side == SIDE_WIRE && !learned_add(l->names, s->store, from, end)) {
			l->source = s; /* whose error it is */
			return false;
		}
	}
	return true;
}

/* Judges the hosts of a judged database again, with names: the period and the day before, as where nothing is stored.
 * Its tables are without: the recorder does not read pcapmon's database. The steps of the host of the query are then
 * those of this walk, since their sum is the score. */
static bool
judge_named(struct labels *l, const struct judge_parameters *p, int64_t end)
{
	struct history own = {.step_count = 0};
	const struct fresh_request request = {.store = l->source->store, .p = p, .names = l->names, .evidence = &own};
	const struct named_span span = {start_of(l, BEFORE_ZOMBIES), start_of(l, BEFORE), end};
	const struct labels_request *q = l->request;
	struct judge_key who;
	bool good;

	l->named = fresh_new(&request);
	good = l->named != NULL && (q->host == NULL || fresh_want(l->named, q->host, q->query->until, &who)) &&
	       named_run(l->named, l->fresh, l->source->store, &span);
	if (good && l->evidence != NULL && q->host != NULL && named_state(l, &who) != NULL) {
		memcpy(l->evidence->steps, own.steps, sizeof own.steps);
		l->evidence->step_count = own.step_count;
	}
	history_free(&own);
	return good;
}

/* Judges what the tables do not have, from *at on. */
static bool
judge(struct labels *l, const struct sources *sources, bool stored, const struct judge_parameters *p,
      const struct judging_place *at)
{
	const struct query *q = l->request->query;
	bool wire = l->source->side == SIDE_WIRE;
	struct fresh_request request = {
	        .store = l->source->store, .wire = wire, .p = p, .load = l->load, .evidence = l->evidence};
	int64_t end = stored && at->minute > end_of(q) ? at->minute : end_of(q);
	struct judge_key who;

	if (!wire && !learn(l, sources, start_of(l, stored ? BEFORE_ZOMBIES : BEFORE), end))
		return false;
	if (!stored)
		request.names = l->names;
	if ((l->fresh = fresh_new(&request)) == NULL)
		return false;
	if (l->evidence != NULL && (!fresh_want(l->fresh, l->request->host, q->until, &who) ||
	                            (stored && !history_read(l->evidence, l->source->store, &who))))
		return false;
	return fresh_run(l->fresh, at, end_of(q), NULL) &&
	       (!stored || learned_none(l->names) || judge_named(l, p, end));
}

/* Reads the place up to which the database is judged, and the parameters; then its labels. */
static bool
read_one(struct labels *l, const struct sources *sources)
{
	const struct labels_request *request = l->request;
	struct judge_parameters p = request->parameters;
	struct store *store = l->source->store;
	/* In a database that nobody judges, only the period and the day before it are judged here; likewise if judging
	 * is far behind, as after an upgrade, when months may be judged again. */
	const struct judging_place alone = {.minute = start_of(l, BEFORE)};
	struct judging_place at = alone;
	bool stored = l->source->side != SIDE_WIRE && !request->again && judged_place(store, &p, &at) &&
	              at.minute >= alone.minute;

	if (!stored) {
		at = alone;
		p = request->parameters;
	} else if ((l->load = store_prepare(store, load_sql)) == NULL ||
	           (l->host = store_prepare(store, host_sql)) == NULL) {
		return false;
	}
	l->as_of = stored && at.minute * MINUTE > request->query->until ? request->query->now : request->query->until;
	l->report->parameters = l->parameters = p;
	return judge(l, sources, stored, &p, &at) &&
	       (l->devices = judging_devices_new(fresh_devices(l->fresh))) != NULL &&
	       (l->crowds = judging_crowds_new(store, request->query->until)) != NULL && emit_all(l);
}

/* The key under which the host was judged last; false if it was not, or on an error (*good is false). */
static bool
find_key(struct labels *l, const struct addr *host, struct judge_key *who, bool *good)
{
	const struct judge_key *fresh = judging_memory_key(fresh_memory(l->fresh), host);
	bool there;
	int step;

	if (fresh != NULL) {
		*who = *fresh;
		return true;
	}
	if (l->host == NULL)
		return false;
	bind_addr(l->host, 1, host);
	if ((step = store_step(l->host)) != 1) {
		*good = step == 0;
		return false;
	}
	there = judged_column_key(l->host, 0, who);
	store_reset(l->host);
	return there;
}

static bool
emit_about(struct labels *l, const struct addr *host)
{
	struct judging_state state = {.size = 0};
	const struct judging_state *named;
	struct judgement v = {0}, by_name;
	struct judge_key who;
	bool good = true;

	if (!find_key(l, host, &who, &good))
		return good;
	if (!fresh_load(l->fresh, &who, &state))
		return false;
	good = fresh_verdict(l->fresh, &state, l->as_of, &v);
	if ((named = named_state(l, &who)) != NULL && fresh_verdict(l->named, named, l->as_of, &by_name)) {
		by_name.unusual = v.unusual;
		by_name.usual = v.usual;
		v = by_name;
		good = true;
	}
	if (good)
		report_judgement(l->report, l->source->side, host, NULL, &v);
	return true;
}

static void
clear(struct labels *l)
{
	judging_devices_free(l->devices);
	fresh_free(l->fresh);
	fresh_free(l->named);
	learned_free(l->names);
	judging_crowds_free(l->crowds);
}

struct labels_set {
	struct labels *list;
	size_t count;
};

void
labels_free(struct labels_set *set)
{
	for (size_t n = 0; set != NULL && n < set->count; n++)
		clear(&set->list[n]);
	if (set != NULL)
		free(set->list);
	free(set);
}

/* The source that failed is named in why. */
static bool
failed(const struct labels *l, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: %s", l->source->path, store_error(l->source->store));
	return false;
}

/* True if one of the databases is a gate's. */
static bool
has_gate(const struct sources *sources)
{
	for (size_t n = 0; n < sources->count; n++)
		if (sources->list[n].side == SIDE_GATE)
			return true;
	return false;
}

struct labels_set *
labels_read(const struct labels_request *request, const struct sources *sources, struct report *r, char *why,
            size_t why_size)
{
	struct labels_set *set = allocate(calloc(1, sizeof *set));
	struct history *evidence = request->evidence;
	bool gate = has_gate(sources), done = true;

	set->list = allocate(calloc(sources->count + 1, sizeof *set->list));
	for (; done && set->count < sources->count; set->count++) {
		struct labels *l = &set->list[set->count];

		*l = (struct labels){.request = request, .source = &sources->list[set->count], .report = r};
		/* Only one database's evidence is reported: that of the first gate.db, else of the first. */
		if (evidence != NULL && evidence->step_count + evidence->change_count == 0 &&
		    (l->source->side == SIDE_GATE) == gate)
			l->evidence = evidence;
		done = read_one(l, sources) || failed(l, why, why_size);
	}
	if (done)
		return set;
	labels_free(set);
	return NULL;
}

bool
labels_again(struct labels_set *set, struct report *r, char *why, size_t why_size)
{
	for (size_t n = 0; n < set->count; n++) {
		set->list[n].report = r;
		r->parameters = set->list[n].parameters;
		if (!emit_all(&set->list[n]))
			return failed(&set->list[n], why, why_size);
	}
	return true;
}

bool
labels_about(struct labels_set *set, const struct addr *host, char *why, size_t why_size)
{
	for (size_t n = 0; n < set->count; n++)
		if (!emit_about(&set->list[n], host))
			return failed(&set->list[n], why, why_size);
	return true;
}
