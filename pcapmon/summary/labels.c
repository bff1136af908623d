/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "labels.h"

#include <stdlib.h>

#include "lib/labels/memory.h"
#include "lib/base/log.h"
#include "lib/base/when.h"
#include "pcapmon/record/wire_rows.h"

struct capture_labels {
	struct wire_rows *rows;
	struct judging_memory *hosts;
	bool failed;
};

struct capture_labels *
capture_labels_new(void)
{
	struct capture_labels *l = calloc(1, sizeof *l);

	if (l != NULL && (l->rows = wire_rows_scratch()) != NULL && (l->hosts = judging_memory_new()) != NULL)
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

static struct capture_label *
list(const struct capture_labels *l, struct judging *g, int64_t last, size_t *count)
{
	const struct addr *host;
	struct capture_label *all;
	size_t room = 0, at = 0;

	while (judging_memory_next(l->hosts, &at) != NULL)
		room++;
	if ((all = calloc(room + 1, sizeof *all)) == NULL)
		return NULL;
	*count = at = 0;
	while ((host = judging_memory_next(l->hosts, &at)) != NULL) {
		const struct judging_state *s = judging_memory_state(l->hosts, judging_memory_key(l->hosts, host));
		struct capture_label *label = &all[*count];

		label->host = *host;
		if (judging_verdict(g, s, last, &label->judgement))
			++*count;
	}
	qsort(all, *count, sizeof *all, by_host);
	return all;
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

static struct judge_evidence *
evidence_of(struct capture_label *labels, size_t count, const struct addr *host)
{
	const struct capture_label key = {.host = *host};
	struct capture_label *found = count > 0 ? bsearch(&key, labels, count, sizeof *labels, by_host) : NULL;

	return found != NULL ? &found->evidence : NULL;
}

void
capture_labels_evidence(struct capture_label *labels, size_t count, const struct capture_evidence *all)
{
	struct judge_evidence *e;

	for (size_t n = 0; n < all->companion_count; n++)
		if ((e = evidence_of(labels, count, &all->companions[n].host)) != NULL)
			judge_evidence_companion(e, &all->companions[n].companion);
	for (size_t n = 0; n < all->total_count; n++) {
		const struct host_total *t = &all->totals[n];

		if ((e = evidence_of(labels, count, &t->host)) != NULL)
			judge_evidence_port(e, t->attempts, t->established, t->refused, false);
	}
	for (size_t n = 0; n < count; n++) {
		labels[n].evidence.span = all->span;
		judge_evidence_apply(&labels[n].judgement, &labels[n].evidence);
	}
}

void
capture_labels_done(struct capture_label *all, size_t count)
{
	for (size_t n = 0; all != NULL && n < count; n++)
		places_free(&all[n].places);
	free(all);
}

static void
add_place(struct capture_label *to, const struct geo *geo, const struct addr *destination)
{
	const struct geo_place place = geo_find(geo, destination);

	to->destinations++;
	places_add(&to->places, &place);
}

bool
capture_labels_places(struct capture_labels *l, const struct geo *geo, struct capture_label *all, size_t count)
{
	struct store *s = wire_rows_store(l->rows);
	struct statement *st =
	        store_prepare(s, "SELECT DISTINCT host, destination FROM attempt WHERE destination <> x''");
	int more = -1;

	while (st != NULL && (more = store_step(st)) > 0) {
		const struct capture_label wanted = {.host = column_addr(st, 0)};
		struct capture_label *to = count > 0 ? bsearch(&wanted, all, count, sizeof *all, by_host) : NULL;
		const struct addr destination = column_addr(st, 1);

		if (to != NULL)
			add_place(to, geo, &destination);
	}
	if (more < 0)
		log_warnx("where destinations are cannot be told: %s", store_error(s));
	return more == 0;
}
