/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "counting.h"

#include <sys/random.h>

#include "log.h"

#define ROWS 65536 /* a flush is due at the latest after as many */
#define OUTCOMES 16384
#define ATTEMPTS_LIVE (1 << 18) /* 1,456 new ones a second for 180 s */
#define ATTEMPTS_FILE (1 << 20)

/* Nobody outside may choose the places in the tables. But where rows of a minute are shared the seed moves the
 * estimate, and a file must give the same rows every time. */
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
	struct book *b = &c->book;
	uint64_t seed = fresh_seed(file);

	if (file && (b->totals = totals_new(fresh_seed(false))) == NULL)
		fatalx("out of memory");
	if (!rows)
		return;
	b->minutes = minutes_new(ROWS, seed);
	b->outcomes = outcomes_new(OUTCOMES, seed);
	b->devices = devices_new(seed);
	if (b->minutes == NULL || b->outcomes == NULL || b->devices == NULL)
		fatalx("out of memory");
}

static void
tie_to_rows(struct counting *c, struct wire_rows *rows)
{
	struct store *s = wire_rows_store(rows);

	if ((c->outcome_rows = outcome_rows_new(s, c->book.outcomes)) == NULL ||
	    (c->memory_rows = memory_rows_new(s, c->tally)) == NULL)
		fatalx("wire.db: %s", store_error(s));
	wire_rows_attach(rows, &(struct wire_part){c->outcome_rows, outcome_rows_put, outcome_rows_done});
	wire_rows_attach(rows, &(struct wire_part){c->memory_rows, memory_rows_put, memory_rows_done});
}

void
counting_tally(struct counting *c, struct tally_options *o, bool file, struct wire_rows *rows)
{
	o->book = &c->book;
	o->attempts = file ? ATTEMPTS_FILE : ATTEMPTS_LIVE;
	o->seed = fresh_seed(file);
	if (rows != NULL && !memory_rows_seed(wire_rows_store(rows), o->seed, &o->seed))
		fatalx("wire.db: %s", store_error(wire_rows_store(rows)));
	if ((c->tally = tally_new(o)) == NULL)
		fatalx("out of memory");
	if (rows != NULL)
		tie_to_rows(c, rows);
	if (rows != NULL && !file)
		counting_recall(c);
}

void
counting_recall(struct counting *c)
{
	if (!memory_rows_load(c->memory_rows))
		fatalx("wire.db: cannot read what the last run remembered");
}

void
counting_free(struct counting *c)
{
	memory_rows_free(c->memory_rows);
	outcome_rows_free(c->outcome_rows);
	tally_free(c->tally);
	minutes_free(c->book.minutes);
	outcomes_free(c->book.outcomes);
	devices_free(c->book.devices);
	totals_free(c->book.totals);
}
