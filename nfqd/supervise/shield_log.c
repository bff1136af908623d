/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the kernel's totals are read once a second, and if they have moved, every source's counter. The cost of
 * a reading grows with the number of sources, more than in proportion: 100,000 take a second. So it goes in slices, and
 * the next one begins after 20 times what it took.
 *
 * Across a restart: the recorder remembers how much of the shield's total is recorded. At an orderly stop the sets are
 * emptied after the last reading, so their content at the next start is from the time in between and is recorded in
 * full. What the total has more is a gap with its number: it came between that reading and the emptying, or its
 * elements have expired. After a crash some of the content is recorded already, and the sources of the rest are
 * unknown: all that is not recorded becomes a gap. */
#include "shield_log.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "notes.h"

#define PAUSE SECOND             /* between readings, at least */
#define PAUSE_SPENT 20           /* times what the last one took */
#define SLICE (50 * 1000)        /* microseconds */
#define FIRST_MOST (10 * SECOND) /* the first reading */
#define SLICE_PAUSE (50 * 1000)  /* and between two slices */
#define ALL_AT_ONCE (SECOND / 2) /* at the end */

static bool
record_source(void *arg, const struct addr *source, uint64_t by)
{
	struct shield_reading *g = arg;
	const struct config_ports *ports = &g->x->config->port;
	struct flood flood = {.source = *source,
	                      .port = ports->count == 1 ? ports->port[0] : 0,
	                      .first = g->first,
	                      .last = g->last,
	                      .count = by};

	g->full = g->full || !spool_put(g->x->shared->floods, &flood);
	return !g->full;
}

/* Openings of sources that found no room in the sets: counted without a source. */
static void
record_unnamed(struct shield_log *l, const struct context *x, int64_t now, int64_t total)
{
	if (l->unnamed >= 0 && total > l->unnamed)
		notes_gap(x->shared->notes, l->read_at, now, total - l->unnamed,
		          "more strangers at once than the shield can track: dropped and counted without a source");
	if (total != l->unnamed)
		notes_remember(x->shared->notes, REMEMBERED_UNNAMED, total);
	l->unnamed = total;
}

static bool
recorder_knows(const struct context *x)
{
	return atomic_load(&x->shared->recorder->opened) != 0;
}

static bool
emptied(const struct context *x)
{
	return atomic_load(&x->shared->recorder->emptied) == 1;
}

/* What a shield had dropped that is not recorded, and whose sources are not known any more: `unknown` with what is
 * recorded. */
static void
record_unattended(const struct shield_log *l, const struct context *x, int64_t now, int64_t unknown)
{
	int64_t recorded = atomic_load(&x->shared->recorder->named);

	if (recorded >= 0 && unknown > recorded)
		notes_gap(x->shared->notes, l->read_at, now, unknown - recorded,
		          emptied(x) ? "nfqd was not running: some of the shield's drops are counted without a source"
		                     : "nfqd did not end in an orderly way: the shield's drops since then are counted"
		                       " without a source");
}

/* What the sets hold is new: `total` is what the shield had dropped when their sum was `sum`, or a little later. */
static void
record_content(struct shield_log *l, const struct context *x, int64_t total, int64_t sum)
{
	int64_t before = total > sum ? total - sum : 0;

	record_unattended(l, x, l->reading.last, before);
	notes_remember(x->shared->notes, REMEMBERED_SHIELDED, before);
	shield_counts_free(l->shield); /* it is read again as growth */
	l->shield = shield_counts_new();
}

/* The recorder has said what an earlier run has recorded, and the sets were read: their sum is `sum`. */
static void
settle(struct shield_log *l, const struct context *x, uint64_t sum)
{
	int64_t named = atomic_load(&x->shared->recorder->named), total = (int64_t)l->reading.totals.named;
	struct shield_totals now;

	l->waiting = false;
	if (named >= 0 && emptied(x) && shield_counts_totals(l->shield, &now)) {
		record_content(l, x, (int64_t)now.named, (int64_t)sum);
		return;
	}
	if (named >= 0 && total == named + (int64_t)sum) {
		record_content(l, x, total, (int64_t)sum);
		return;
	}
	record_unattended(l, x, l->reading.last, total);
	notes_remember(x->shared->notes, REMEMBERED_SHIELDED, total);
	l->read_at = l->reading.last;
}

/* False: the first reading still waits. */
static bool
begun(struct shield_log *l, const struct context *x, int64_t now)
{
	struct shield_totals totals;

	if (recorder_knows(x)) {
		if (l->owed && !l->waiting)
			record_unattended(l, x, now, l->seen);
		l->owed = false;
		return true;
	}
	if (!l->waiting && !l->owed)
		return true;
	if (l->waiting && shield_counts_totals(l->shield, &totals))
		l->seen = (int64_t)totals.named;
	return false;
}

/* Begins a reading, if there is anything to read. */
static void
begin_reading(struct shield_log *l, const struct context *x, int64_t now)
{
	struct shield_reading *g = &l->reading;
	int64_t alive = atomic_load(&x->shared->recorder->alive);

	*g = (struct shield_reading){.x = x, .last = now, .settling = l->waiting};
	if (!shield_counts_totals(l->shield, &g->totals))
		return;
	if (g->settling) {
		l->read_at = alive > 0 && alive < now ? alive : now;
		l->unnamed = atomic_load(&x->shared->recorder->unnamed);
	}
	g->first = l->read_at;
	g->underway = g->settling || (int64_t)g->totals.named != l->named || l->unfinished;
	if (g->underway) {
		shield_counts_begin(l->shield, g->settling ? NULL : record_source, g);
		return;
	}
	record_unnamed(l, x, now, (int64_t)g->totals.unnamed);
	l->read_at = now;
}

static void
end_reading(struct shield_log *l, const struct context *x, bool good, uint64_t sum)
{
	const struct shield_reading *g = &l->reading;

	if (g->settling) {
		if (good)
			settle(l, x, sum);
		return;
	}
	l->unfinished = !good || g->full;
	l->named = (int64_t)g->totals.named;
	record_unnamed(l, x, g->last, (int64_t)g->totals.unnamed);
	l->read_at = g->last;
}

static void
read_on(struct shield_log *l, const struct context *x, struct steady until)
{
	struct shield_reading *g = &l->reading;
	struct steady begun_at = steady_now();
	uint64_t sum;
	bool good = shield_counts_step(l->shield, until, &g->underway, &sum);

	g->spent += steady_since(begun_at);
	if (!g->underway)
		end_reading(l, x, good, sum);
}

void
shield_log_read(struct shield_log *l, const struct context *x)
{
	struct shield_reading *g = &l->reading;
	int64_t now = when_now(), pause;

	if (l->shield == NULL)
		return;
	l->due = steady_add(steady_now(), PAUSE);
	if (!g->underway && begun(l, x, now))
		begin_reading(l, x, now);
	if (!g->underway)
		return;
	/* The first reading in one go: what comes meanwhile must not be taken for what an earlier run has left. */
	read_on(l, x, steady_add(steady_now(), g->settling ? FIRST_MOST : SLICE));
	pause = PAUSE_SPENT * g->spent;
	l->due = steady_add(steady_now(), g->underway ? SLICE_PAUSE : g->full || pause < PAUSE ? PAUSE : pause);
}

void
shield_log_restart(struct shield_log *l, const struct context *x)
{
	l->reading.underway = false;
	l->owed = l->owed || l->waiting;
	l->waiting = false;
	notes_remember(x->shared->notes, REMEMBERED_SHIELDED, 0);
	notes_remember(x->shared->notes, REMEMBERED_UNNAMED, 0);
	l->unnamed = 0;
	l->named = -1;
	l->read_at = when_now();
}

void
shield_log_start(struct shield_log *l, const struct context *x)
{
	struct shield_totals totals;

	l->reading.underway = false;
	l->read_at = when_now();
	l->unnamed = -1;
	l->named = -1; /* so that the first reading includes the sets */
	if (x->config->pace.burst == 0 || (l->shield = shield_counts_new()) == NULL)
		return;
	if (shield_counts_totals(l->shield, &totals)) {
		l->waiting = true;
		l->seen = (int64_t)totals.named;
	} else { /* about to be made, with counters at 0 */
		shield_log_restart(l, x);
	}
}

/* All of it, unless that takes longer than half a second. */
static void
read_all(struct shield_log *l, const struct context *x)
{
	struct steady until = steady_add(steady_now(), ALL_AT_ONCE);

	/* What is underway, and once more for what has come since it began. */
	for (int i = 0; i < 2 && l->shield != NULL; i++) {
		if (!l->reading.underway && begun(l, x, when_now()))
			begin_reading(l, x, when_now());
		while (l->reading.underway && steady_before(steady_now(), until))
			read_on(l, x, until);
	}
	l->unfinished |= l->reading.underway;
}

bool
shield_log_stop(struct shield_log *l, const struct context *x)
{
	if (l->shield == NULL)
		return false;
	read_all(l, x);
	shield_counts_free(l->shield);
	l->shield = NULL;
	/* What is left of it, the next run finds: all, or its number. */
	return !l->waiting && !l->unfinished;
}
