/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "labels.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/labels/crowds.h"
#include "lib/labels/memory.h"
#include "lib/base/log.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"

static const char index_sql[] = "CREATE INDEX device_mac ON device (mac)"; /* and host: lib/labels/devices.h */
static const char hosts_sql[] = "SELECT host FROM attempt GROUP BY host ORDER BY max(last) DESC, host";

struct capture_labels {
	struct wire_rows *rows;
	struct judging_memory *hosts;
	bool failed;
};

struct capture_labels *
capture_labels_new(void)
{
	struct capture_labels *l = calloc(1, sizeof *l);

	if (l != NULL && (l->rows = wire_rows_scratch()) != NULL && store_run(wire_rows_store(l->rows), index_sql) &&
	    (l->hosts = judging_memory_new()) != NULL)
		return l;
	capture_labels_free(l);
	return NULL;
}

void
capture_labels_free(struct capture_labels *l)
{
	if (l == NULL)
		return;
	wire_rows_close(l->rows);
	judging_memory_free(l->hosts);
	free(l);
}

void
capture_labels_take(struct capture_labels *l, const struct minutes *m, const struct devices *d)
{
	l->failed = l->failed || !wire_rows_add(l->rows, m, d);
}

static bool
load(void *arg, const struct judge_key *who, struct judging_state *out)
{
	const struct capture_labels *l = arg;
	const struct judging_state *known = judging_memory_state(l->hosts, who);

	if (known != NULL)
		judging_memory_copy(out, known);
	return true;
}

static bool
save(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s)
{
	const struct capture_labels *l = arg;

	return judging_memory_save(l->hosts, who, host, s);
}

/* A summary needs neither steps nor history. */
static bool
pass_step(void *arg, const struct judge_key *who, const struct judging_step *s)
{
	(void)arg, (void)who, (void)s;
	return true;
}

static bool
pass_change(void *arg, const struct judge_key *who, const struct judging_change *c)
{
	(void)arg, (void)who, (void)c;
	return true;
}

static int
by_host(const void *left, const void *right)
{
	const struct capture_label *a = left, *b = right;

	return addr_cmp(&a->host, &b->host);
}

/* The label of a key. */
struct labelled {
	struct judge_key who;
	uint32_t label;
};

static const struct table_type labelled_type = {
        .size = sizeof(struct labelled), .key = sizeof(struct judge_key), .grows = true};

static void
add_address(struct capture_label *to, const struct addr *host)
{
	size_t n = to->address_count;

	if ((n & (n - 1)) == 0) /* 0, 1, 2, 4, ...: full */
		to->addresses = whole(reallocarray(to->addresses, n > 0 ? 2 * n : 1, sizeof *host));
	to->addresses[to->address_count++] = *host;
}

/* What makes the list of labels. */
struct listing {
	const struct capture_labels *labels;
	struct judging *judging;
	struct judging_crowds *crowds;
	struct table *keys; /* struct labelled */
	int64_t last;
	struct capture_label *all;
	size_t count;
};

/* Adds a host to the list, or to the entry of those that are judged with it: only IPv6 addresses share one. */
static void
add_host(struct listing *l, const struct addr *host)
{
	const struct judge_key *judged = judging_memory_key(l->labels->hosts, host);
	struct capture_label *label = &l->all[l->count];
	struct judgement v = {0};
	struct judge_key who;
	struct labelled *known;
	bool is_new = true;

	if (judged == NULL || !judging_verdict(l->judging, judging_memory_state(l->labels->hosts, judged), l->last, &v))
		return;
	if (host->family == 6) {
		/* The MAC address may be known for a router's since. */
		who = *judged;
		if (who.kind == JUDGE_MAC && !judging_key(l->judging, host, INT64_MAX, &who))
			who = *judged;
		if (v.label == LABEL_UNKNOWN)
			judging_crowds_key(l->crowds, host, &who);
		known = whole(table_add(l->keys, &who, &is_new));
		if (is_new)
			known->label = (uint32_t)l->count;
		label = &l->all[known->label];
		label->device = who.kind == JUDGE_MAC;
	}
	add_address(label, host);
	if (!is_new)
		return;
	label->host = *host;
	label->judgement = v;
	l->count++;
}

/* Those that are judged. */
static struct capture_label *
list(const struct capture_labels *l, struct judging *g, int64_t last, size_t *count)
{
	struct store *store = wire_rows_store(l->rows);
	struct statement *st = store_prepare(store, hosts_sql);
	struct listing listing = {
	        .labels = l, .judging = g, .last = last, .crowds = judging_crowds_new(store, INT64_MAX)};
	size_t room = 0, at = 0;

	while (judging_memory_next(l->hosts, &at) != NULL)
		room++;
	listing.keys = whole(table_new(&labelled_type, 192));
	listing.all = whole(calloc(room + 1, sizeof *listing.all));
	while (st != NULL && listing.crowds != NULL && store_step(st) == 1) { /* the latest first */
		struct addr host = column_addr(st, 0);

		add_host(&listing, &host);
	}
	judging_crowds_free(listing.crowds);
	table_free(listing.keys);
	*count = listing.count;
	qsort(listing.all, *count, sizeof *listing.all, by_host);
	return listing.all;
}

struct capture_label *
capture_labels_read(struct capture_labels *l, const struct judge_parameters *p, int64_t last, size_t *count)
{
	struct judging_sink sink = {l, load, save, pass_step, pass_change};
	struct judging_place at = {.minute = INT64_MIN};
	struct capture_label *all = NULL;
	struct judging *g;
	bool more;

	*count = 0;
	if (l->failed)
		return NULL; /* logged already */
	g = judging_new(wire_rows_store(l->rows), true, NULL, p, &sink);
	if (g != NULL && judging_run(g, &at, when_floor(last, MINUTE) + 1, SIZE_MAX, &more))
		all = list(l, g, last, count);
	if (all == NULL)
		log_warnx("out of memory: hosts are not judged");
	judging_free(g);
	return all;
}

/* Several addresses may have side traffic. */
static void
add_companion(struct capture_label *to, const struct companion *c)
{
	if (to->companion == NULL)
		to->companion = whole(calloc(1, sizeof *to->companion));
	companion_merge(to->companion, c);
}

void
capture_labels_evidence(struct capture_label *labels, size_t count, const struct capture_index *x,
                        const struct capture_evidence *all)
{
	struct capture_label *to;

	for (size_t n = 0; n < all->companion_count; n++)
		if ((to = capture_index_find(x, &all->companions[n].host)) != NULL)
			add_companion(to, &all->companions[n].companion);
	for (size_t n = 0; n < all->total_count; n++) {
		const struct host_total *t = &all->totals[n];

		if ((to = capture_index_find(x, &t->host)) != NULL)
			judge_evidence_port(&to->evidence, t->attempts, t->established, t->refused, false);
	}
	for (size_t n = 0; n < count; n++) {
		if (labels[n].companion != NULL)
			judge_evidence_companion(&labels[n].evidence, labels[n].companion);
		labels[n].evidence.span = all->span;
		judge_evidence_apply(&labels[n].judgement, &labels[n].evidence);
	}
}

void
capture_labels_done(struct capture_label *all, size_t count)
{
	for (size_t n = 0; all != NULL && n < count; n++) {
		places_free(&all[n].places);
		free(all[n].addresses);
		free(all[n].companion);
	}
	free(all);
}

struct seen {
	struct addr host, destination; /* host: of the label */
};

static const struct table_type seen_type = {
        .size = sizeof(uint64_t), .key = sizeof(uint64_t), .hashed = true, .grows = true};

/* Several addresses may have gone to the same destination. */
static void
add_place(struct capture_label *to, struct table *seen, const struct geo *geo, const struct addr *destination)
{
	const struct seen pair = {to->host, *destination};
	struct geo_place place;
	uint64_t hash;
	bool is_new;

	hash = table_hash(seen, &pair, sizeof pair);
	whole(table_add(seen, &hash, &is_new));
	if (!is_new)
		return;
	place = geo_find(geo, destination);
	to->destinations++;
	places_add(&to->places, &place);
}

bool
capture_labels_places(struct capture_labels *l, const struct geo *geo, const struct capture_index *x)
{
	struct store *s = wire_rows_store(l->rows);
	struct statement *st =
	        store_prepare(s, "SELECT DISTINCT host, destination FROM attempt WHERE destination <> x''");
	struct table *seen = whole(table_new(&seen_type, 192));
	int more = -1;

	while (st != NULL && (more = store_step(st)) > 0) {
		const struct addr host = column_addr(st, 0), destination = column_addr(st, 1);
		struct capture_label *to = capture_index_find(x, &host);

		if (to != NULL)
			add_place(to, seen, geo, &destination);
	}
	table_free(seen);
	if (more < 0)
		log_warnx("where destinations are cannot be told: %s", store_error(s));
	return more == 0;
}

struct store *
capture_labels_store(const struct capture_labels *l)
{
	return wire_rows_store(l->rows);
}
