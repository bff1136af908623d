/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/labels/judged.h"
#include "lib/labels/memory.h"
#include "lib/base/log.h"
#include "lib/store/store.h"
#include "lib/base/when.h"
#include "nfqd/query/sources.h"

static const char load_sql[] = "SELECT " JUDGED_STATE " WHERE who = ?1";
static const char host_sql[] = "SELECT who FROM judged_host WHERE host = ?1";
static const char all_sql[] = "SELECT who, host, " JUDGED_COLUMNS " FROM judged_host JOIN judged USING (who)"
                              " WHERE ?1 IS NULL OR host = ?1";
static const char devices_sql[] = "SELECT host, mac, first FROM device";
static const char scratch_sql[] = "CREATE TABLE device (host BLOB, mac BLOB, first INTEGER);"
                                  "CREATE INDEX device_host ON device (host); CREATE INDEX device_mac ON device (mac)";

/* One database. */
struct labels {
	const struct labels_request *request;
	const struct source *source;
	struct report *report;
	struct judging *judging;
	struct store *scratch;         /* or NULL */
	struct statement *load, *host; /* of the tables; NULL: they have nothing */
	struct judging_memory *fresh;  /* hosts whose latest minutes were judged here */
	struct judge_key wanted;       /* whose evidence is kept */
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

static bool
load(void *arg, const struct judge_key *who, struct judging_state *out)
{
	struct labels *l = arg;
	const struct judging_state *known = judging_memory_state(l->fresh, who);
	int step;

	if (known != NULL) {
		judging_memory_copy(out, known);
		return true;
	}
	if (l->load == NULL)
		return true;
	judged_bind_key(l->load, 1, who);
	if ((step = store_step(l->load)) != 1)
		return step == 0;
	judged_column(l->load, 0, true, out);
	store_reset(l->load);
	return true;
}

static bool
save(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s)
{
	struct labels *l = arg;

	if (!judging_memory_save(l->fresh, who, host, s))
		fatalx("out of memory");
	return true;
}

static bool
is_wanted(const struct labels *l, const struct judge_key *who)
{
	return l->evidence != NULL && memcmp(&l->wanted, who, sizeof *who) == 0;
}

static bool
take_step(void *arg, const struct judge_key *who, const struct judging_step *s)
{
	struct labels *l = arg;

	if (is_wanted(l, who))
		history_step(l->evidence, s);
	return true;
}

static bool
take_change(void *arg, const struct judge_key *who, const struct judging_change *c)
{
	struct labels *l = arg;

	if (is_wanted(l, who))
		history_change(l->evidence, c);
	return true;
}

/* pcapmon's devices, by MAC address, too. */
static bool
copy_devices(struct labels *l)
{
	struct statement *from = store_prepare(l->source->store, devices_sql), *to;
	uint8_t mac[6];
	int step;

	if ((l->scratch = store_scratch(NULL)) == NULL || !store_run(l->scratch, scratch_sql) || from == NULL ||
	    (to = store_prepare(l->scratch, "INSERT INTO device VALUES (?1, ?2, ?3)")) == NULL)
		return false;
	while ((step = store_step(from)) == 1) {
		struct addr host = column_addr(from, 0);

		bind_addr(to, 1, &host);
		bind_blob(to, 2, mac, column_blob(from, 1, mac, sizeof mac));
		bind_int(to, 3, column_int(from, 2));
		if (store_step(to) != 0)
			return false;
	}
	return step == 0;
}

/* Without the steps and the history, which labels_about reads for the hosts that are shown. */
static void
emit(struct labels *l, const struct addr *host, const struct judging_state *s)
{
	struct judgement v = judging_label(s, l->as_of);

	report_judgement(l->report, l->source->side, host, &v);
}

static void
emit_fresh(struct labels *l)
{
	const struct addr *host;
	size_t at = 0;

	while ((host = judging_memory_next(l->fresh, &at)) != NULL)
		emit(l, host, judging_memory_state(l->fresh, judging_memory_key(l->fresh, host)));
}

/* ... and those that stand in the tables. */
static bool
emit_stored(struct labels *l)
{
	struct statement *st = store_prepare(l->source->store, all_sql);
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

		if (!judged_column_key(st, 0, &who) || judging_memory_key(l->fresh, &host) != NULL)
			continue;
		if ((fresh = judging_memory_state(l->fresh, &who)) != NULL) {
			emit(l, &host, fresh);
			continue;
		}
		judged_column(st, 2, false, &state);
		emit(l, &host, &state);
	}
	return step == 0;
}

/* Judges the rows that the tables do not cover, until the end of the query. */
static bool
judge_rest(struct labels *l, const struct judging_place *from)
{
	const struct query *q = l->request->query;
	struct judging_place at = *from;
	bool more;

	return judging_run(l->judging, &at, (q->until + MINUTE - 1) / MINUTE, SIZE_MAX, &more);
}

/* The place up to which the database is judged, and the parameters. */
static bool
begin(struct labels *l, bool *stored, struct judging_place *at)
{
	const struct labels_request *request = l->request;
	const struct query *q = request->query;
	struct judging_sink sink = {l, load, save, take_step, take_change};
	struct judge_parameters p = request->parameters;
	bool wire = l->source->side == SIDE_WIRE;
	/* In a database that nobody judges, only the period and the day before it are judged here; likewise if judging
	 * is far behind, as after an upgrade, when months may be judged again. */
	const struct judging_place alone = {.minute =
	                                            q->since > DAY && !request->again ? (q->since - DAY) / MINUTE : 0};

	*at = alone;
	*stored = !wire && !request->again && judged_place(l->source->store, &p, at) && at->minute >= alone.minute;
	if (!*stored) {
		*at = alone;
		p = request->parameters;
	}
	if ((*stored && ((l->load = store_prepare(l->source->store, load_sql)) == NULL ||
	                 (l->host = store_prepare(l->source->store, host_sql)) == NULL)) ||
	    (wire && !copy_devices(l)))
		return false;
	l->as_of = *stored && at->minute * MINUTE > q->until ? q->now : q->until;
	l->report->parameters = p;
	l->judging = judging_new(l->source->store, wire, l->scratch, &p, &sink);
	if (l->judging == NULL)
		return false;
	return l->evidence == NULL || (judging_key(l->judging, q->host, q->until, &l->wanted) &&
	                               (!*stored || history_read(l->evidence, l->source->store, &l->wanted)));
}

static bool
read_one(struct labels *l)
{
	struct judging_place at;
	bool stored;

	return begin(l, &stored, &at) && judge_rest(l, &at) && (emit_fresh(l), !stored || emit_stored(l));
}

/* The key under which the host was judged last; false if it was not, or on an error (*good is false). */
static bool
find_key(struct labels *l, const struct addr *host, struct judge_key *who, bool *good)
{
	const struct judge_key *fresh = judging_memory_key(l->fresh, host);
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
	struct judge_key who;
	struct judgement v;
	bool good = true;

	if (!find_key(l, host, &who, &good))
		return good;
	if (!load(l, &who, &state))
		return false;
	if (judging_verdict(l->judging, &state, l->as_of, &v))
		report_judgement(l->report, l->source->side, host, &v);
	return true;
}

static void
clear(struct labels *l)
{
	judging_memory_free(l->fresh);
	judging_free(l->judging);
	store_close(l->scratch);
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
		l->fresh = allocate(judging_memory_new());
		done = read_one(l) || failed(l, why, why_size);
	}
	if (done)
		return set;
	labels_free(set);
	return NULL;
}

bool
labels_about(struct labels_set *set, const struct addr *host, char *why, size_t why_size)
{
	for (size_t n = 0; n < set->count; n++)
		if (!emit_about(&set->list[n], host))
			return failed(&set->list[n], why, why_size);
	return true;
}
