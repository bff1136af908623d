/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: counts of several addresses are added. Distinct destinations and the busiest minute of them together
 * are not the sums of theirs: they come from the rows. */
#include "labels.h"

#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/table.h"
#include "lib/store/store.h"

struct place {
	struct addr addr;
	uint32_t label;
};

static const struct table_type place_type = {.size = sizeof(struct place), .key = sizeof(struct addr), .grows = true};

struct capture_index {
	struct capture_label *all;
	size_t count;
	struct table *places; /* struct place */
};

/* A port of a label, and its place among the joined totals. */
struct port {
	uint32_t label, number, place;
};

static const struct table_type port_type = {.size = sizeof(struct port), .key = 2 * sizeof(uint32_t), .grows = true};

static const char table_sql[] = "CREATE TABLE several (host BLOB PRIMARY KEY, label INTEGER) WITHOUT ROWID";
static const char destinations_sql[] = "SELECT label, port, count(DISTINCT destination) FROM attempt JOIN several"
                                       " USING (host) WHERE attempts > 0 AND destination <> x'' GROUP BY label, port";
static const char peaks_sql[] = "SELECT label, port, max(n) FROM (SELECT label, port, sum(attempts) AS n FROM attempt"
                                " JOIN several USING (host) GROUP BY label, port, minute) GROUP BY label, port";

struct capture_index *
capture_index_new(struct capture_label *all, size_t count)
{
	struct capture_index *x = whole(calloc(1, sizeof *x));

	x->all = all;
	x->count = count;
	x->places = whole(table_new(&place_type, 192));
	for (size_t n = 0; n < count; n++)
		for (size_t k = 0; k < all[n].address_count; k++) {
			struct place *p = whole(table_add(x->places, &all[n].addresses[k], NULL));

			p->label = (uint32_t)n;
		}
	return x;
}

struct capture_label *
capture_index_find(const struct capture_index *x, const struct addr *host)
{
	const struct place *p = table_find(x->places, host);

	return p != NULL ? &x->all[p->label] : NULL;
}

void
capture_index_free(struct capture_index *x)
{
	if (x == NULL)
		return;
	table_free(x->places);
	free(x);
}

static void
add_total(struct host_total *to, const struct host_total *from)
{
	to->syns += from->syns;
	to->attempts += from->attempts;
	to->retransmits += from->retransmits;
	to->established += from->established;
	to->refused += from->refused;
	for (size_t n = 0; n < OUTCOME_COUNT; n++)
		if (n != OUTCOME_ANSWER_MOST)
			to->more[n] += from->more[n];
		else if (to->more[n] < from->more[n])
			to->more[n] = from->more[n];
	to->tiny += from->tiny;
	to->overlapping += from->overlapping;
	to->decoys += from->decoys;
	to->first = to->first < from->first ? to->first : from->first;
	to->last = to->last > from->last ? to->last : from->last;
}

/* The totals, those of several addresses added up. */
static struct host_total *
add_up(const struct capture_index *x, struct table *ports, struct totals *t, size_t *joined)
{
	size_t count;
	const struct host_total *total = totals_sorted(t, &count);
	struct host_total *all = whole(calloc(count + 1, sizeof *all));

	*joined = 0;
	for (size_t n = 0; n < count; n++) {
		const struct capture_label *label = capture_index_find(x, &total[n].host);
		bool is_new = true;
		struct port *p;

		if (label != NULL && label->address_count > 1) {
			const struct port key = {(uint32_t)(label - x->all), total[n].port, 0};

			p = whole(table_add(ports, &key, &is_new));
			if (!is_new) {
				add_total(&all[p->place], &total[n]);
				continue;
			}
			p->place = (uint32_t)*joined;
		}
		all[*joined] = total[n];
		if (label != NULL)
			all[*joined].host = label->host;
		++*joined;
	}
	return all;
}

static bool
write_addresses(struct store *s, const struct capture_index *x)
{
	const struct capture_label *all = x->all;
	struct statement *st;

	if (!store_begin(s) || !store_run(s, table_sql) ||
	    (st = store_prepare(s, "INSERT INTO several VALUES (?1, ?2)")) == NULL)
		return false;
	for (size_t n = 0; n < x->count; n++)
		for (size_t k = 0; all[n].address_count > 1 && k < all[n].address_count; k++) {
			bind_addr(st, 1, &all[n].addresses[k]);
			bind_int(st, 2, (int64_t)n);
			if (store_step(st) != 0)
				return false;
		}
	return store_commit(s);
}

/* Takes a number of each label and port from the rows. */
static bool
read_numbers(struct store *s, const char *sql, const struct table *ports, struct host_total *all, bool peak)
{
	struct statement *st = store_prepare(s, sql);
	int step = -1;

	while (st != NULL && (step = store_step(st)) == 1) {
		const struct port key = {(uint32_t)column_int(st, 0), (uint32_t)column_int(st, 1), 0};
		const struct port *p = table_find(ports, &key);

		if (p != NULL)
			*(peak ? &all[p->place].peak : &all[p->place].destinations) = column_count(st, 2);
	}
	return step == 0;
}

struct host_total *
capture_labels_join(struct capture_labels *l, const struct capture_index *x, struct totals *t, size_t *joined)
{
	struct store *s = capture_labels_store(l);
	struct table *ports = whole(table_new(&port_type, 24));
	struct host_total *all = add_up(x, ports, t, joined);
	bool done = table_count(ports) == 0 ||
	            (write_addresses(s, x) && read_numbers(s, destinations_sql, ports, all, false) &&
	             read_numbers(s, peaks_sql, ports, all, true));

	table_free(ports);
	if (done) {
		totals_sort(all, *joined);
		return all;
	}
	log_warnx("hosts with several addresses cannot be summed up: %s", store_error(s));
	free(all);
	return NULL;
}
