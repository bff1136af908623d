/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "counting.h"

#include <stdlib.h>
#include <sys/random.h>

#include "lib/base/log.h"
#include "lib/companion/refusal.h"

#define ROWS 32768 /* a flush is due at the latest after as many */
#define OUTCOMES 16384
#define COMPANIONS_LIVE 65536 /* hosts and hours between two transactions, or waiting; 12 MB if all are used */
#define COMPANIONS_FILE 131072
#define TALKING_LIVE 4096 /* of them; 5 MB */
#define TALKING_FILE 32768
#define ATTEMPTS_LIVE (1 << 18) /* and half as many again: 2,184 new ones a second for 180 s */
#define ATTEMPTS_FILE (1 << 20)

/* An attacker must not choose places in the tables, so the seed is random. But the seed changes the estimates of shared
 * rows, and a file must give the same rows every time. */
static uint64_t
fresh_seed(bool file)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
		fatal("cannot get random numbers");
	return file ? 0 : seed;
}

void
counting_tables(struct counting *c, bool file, bool rows)
{
	struct counters *b = &c->counters;
	uint64_t seed = fresh_seed(file);

	if (file && ((b->totals = totals_new()) == NULL || (c->labels = capture_labels_new()) == NULL))
		fatalx("out of memory");
	b->minutes = minutes_new(ROWS, seed);
	b->devices = devices_new();
	if (rows)
		b->outcomes = outcomes_new(OUTCOMES);
	if (!file)
		b->rotating = rotating_new(seed);
	if (b->minutes == NULL || b->devices == NULL || (rows && b->outcomes == NULL) || (!file && b->rotating == NULL))
		fatalx("out of memory");
}

static bool
open_nothing(void *arg, struct store *s)
{
	(void)arg, (void)s;
	return true;
}

static bool
take_nothing(void *arg)
{
	(void)arg;
	return true;
}

static void
take_to_judge(void *arg)
{
	struct counting *c = arg;

	capture_labels_take(c->labels, c->counters.minutes, c->counters.devices);
}

static void
tie_to_rows(struct counting *c, struct wire_rows *rows, int64_t keep)
{
	struct store *s = wire_rows_store(rows);

	if ((c->outcome_rows = outcome_rows_new(s, c->counters.outcomes)) == NULL ||
	    (c->memory_rows = memory_rows_new(s, c->tally)) == NULL ||
	    (c->spelling_rows = spelling_rows_new(rows, c->companions)) == NULL)
		fatalx("wire.db: %s", store_error(s));
	wire_rows_attach(rows, &(struct wire_part){.arg = c->outcome_rows,
	                                           .open = outcome_rows_open,
	                                           .put = outcome_rows_put,
	                                           .done = outcome_rows_done,
	                                           .syns = outcome_rows_syns});
	wire_rows_attach(rows, &(struct wire_part){.arg = c->memory_rows,
	                                           .open = memory_rows_open,
	                                           .put = memory_rows_put,
	                                           .done = memory_rows_done});
	wire_rows_attach(rows, &(struct wire_part){.arg = c->spelling_rows,
	                                           .open = spelling_rows_open,
	                                           .row = spelling_rows_row,
	                                           .put = spelling_rows_put,
	                                           .done = spelling_rows_done});
	if (c->labels != NULL)
		wire_rows_attach(rows,
		                 &(struct wire_part){
		                         .arg = c, .open = open_nothing, .put = take_nothing, .done = take_to_judge});
	if (c->companions == NULL)
		return;
	if ((c->companion_rows = companion_rows_new(rows, c->companions, c->tally, keep)) == NULL)
		fatalx("wire.db: %s", store_error(s));
	wire_rows_attach(rows, &(struct wire_part){.arg = c->companion_rows,
	                                           .open = companion_rows_open,
	                                           .put = companion_rows_put,
	                                           .done = companion_rows_done});
}

/* Names of blocklists: the configuration's, or our own. */
static const char *const *
blocklists(const struct config *config, size_t *count)
{
	*count = 0;
	if (config != NULL) {
		*count = config->blocklist_count;
		return config->blocklist;
	}
	while (refusal_defaults[*count] != NULL)
		++*count;
	return refusal_defaults;
}

static void
make_companions(struct counting *c, const struct tally_options *t, bool file, bool rows)
{
	struct companions_options o = {
	        .lan = t->lan, .flush = c->counters.flush, .arg = c->counters.arg, .seed = t->seed};

	o.nameless = t->config != NULL && !t->config->names;
	o.lists = blocklists(t->config, &o.list_count);
	if (file)
		c->companion_totals = companion_table_new(COMPANIONS_FILE, TALKING_FILE, false);
	if (rows)
		c->companion_table = companion_table_new(COMPANIONS_LIVE, TALKING_LIVE, true);
	o.totals = c->companion_totals;
	o.rows = c->companion_table;
	if ((file && o.totals == NULL) || (rows && o.rows == NULL) || (c->companions = companions_new(&o)) == NULL)
		fatalx("out of memory");
}

void
counting_tally(struct counting *c, struct tally_options *o, bool file, struct wire_rows *rows)
{
	o->counters = &c->counters;
	o->attempts = file ? ATTEMPTS_FILE : ATTEMPTS_LIVE;
	o->seed = fresh_seed(file);
	if (rows != NULL && !memory_rows_seed(wire_rows_store(rows), o->seed, &o->seed))
		fatalx("wire.db: %s", store_error(wire_rows_store(rows)));
	if (!c->without_companions)
		make_companions(c, o, file, rows != NULL);
	c->counters.companions = c->companions;
	o->companions = c->companions;
	if ((c->tally = tally_new(o)) == NULL)
		fatalx("out of memory");
	if (rows != NULL)
		tie_to_rows(c, rows, o->config != NULL ? o->config->keep : 0);
	if (rows != NULL && !file)
		counting_recall(c);
}

void
counting_follow(struct counting *c, const struct policy *lan, const struct config *config)
{
	size_t count;
	const char *const *lists = blocklists(config, &count);

	tally_lan(c->tally, lan);
	companions_policy(c->companions, lan, lists, count);
}

void
counting_policy(struct counting *c, const struct policy *lan, const struct config *config)
{
	tally_policy(c->tally, config);
	counting_follow(c, lan, config);
}

void
counting_recall(struct counting *c)
{
	if (!memory_rows_load(c->memory_rows))
		fatalx("wire.db: cannot read what the last run remembered");
}

static int
by_host(const void *left, const void *right)
{
	const struct companion_row *a = left, *b = right;

	return addr_cmp(&a->host, &b->host);
}

struct companion_row *
counting_companions(const struct counting *c, size_t *count)
{
	struct companion_row row, *list;
	size_t room = 0;

	*count = 0;
	if (c->companion_totals == NULL)
		return NULL;
	for (size_t i = 0; companion_table_at(c->companion_totals, i, &row); i++)
		room += companions_notable(c->companions, &row, tally_tracks(c->tally, &row.host));
	if ((list = calloc(room + 1, sizeof *list)) == NULL)
		fatalx("out of memory");
	for (size_t i = 0; companion_table_at(c->companion_totals, i, &row); i++)
		if (companions_notable(c->companions, &row, tally_tracks(c->tally, &row.host)))
			list[(*count)++] = row;
	qsort(list, *count, sizeof *list, by_host);
	return list;
}

void
counting_free(struct counting *c)
{
	capture_labels_free(c->labels);
	companion_rows_free(c->companion_rows);
	memory_rows_free(c->memory_rows);
	spelling_rows_free(c->spelling_rows);
	outcome_rows_free(c->outcome_rows);
	tally_free(c->tally);
	companions_free(c->companions);
	companion_table_free(c->companion_table);
	companion_table_free(c->companion_totals);
	minutes_free(c->counters.minutes);
	outcomes_free(c->counters.outcomes);
	devices_free(c->counters.devices);
	rotating_free(c->counters.rotating);
	totals_free(c->counters.totals);
}
