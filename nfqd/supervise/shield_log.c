/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the kernel's totals are read once a second, and if they have moved, every source's counter. The cost of
 * a reading grows with the number of sources, so with thousands of them readings are further apart.
 *
 * Across a restart: the recorder remembers how much of the shield's total is recorded. At an orderly stop the sets are
 * emptied after the last reading, so their content at the next start is from the time in between and is recorded in
 * full. After a crash some of it is recorded already, and the sources of the rest are unknown: it becomes a gap with
 * its number. */
#include "shield_log.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/rules/shield.h"
#include "notes.h"

#define PAUSE SECOND            /* between readings */
#define PAUSE_MOST (5 * SECOND) /* the same, with many sources */
#define PAUSE_SOURCES 1000      /* that lengthen it by a second */

/* One reading. */
struct growth {
	const struct context *x;
	int64_t first, last;
	int64_t sources; /* recorded */
	bool full;       /* the spool was full: the rest is recorded next time */
};

static bool
record_source(void *arg, const struct addr *source, uint64_t by)
{
	struct growth *g = arg;
	const struct config_ports *ports = &g->x->config->port;
	struct flood flood = {.source = *source,
	                      .port = ports->count == 1 ? ports->port[0] : 0,
	                      .first = g->first,
	                      .last = g->last,
	                      .count = by};

	g->sources++;
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

/* What a shield had dropped that is not recorded, and whose sources are not known any more. */
static void
record_unattended(const struct shield_log *l, const struct context *x, int64_t now, int64_t total)
{
	int64_t recorded = atomic_load(&x->shared->recorder->named);

	if (recorded >= 0 && total > recorded)
		notes_gap(
		        x->shared->notes, l->read_at, now, total - recorded,
		        "nfqd did not end in an orderly way: the shield's drops since then are counted without a source");
}

/* The recorder has said what an earlier run has recorded. */
static void
settle(struct shield_log *l, const struct context *x, int64_t now)
{
	int64_t named = atomic_load(&x->shared->recorder->named), alive = atomic_load(&x->shared->recorder->alive);
	struct shield_totals totals;
	uint64_t sum;

	l->read_at = alive > 0 && alive < now ? alive : now;
	l->unnamed = atomic_load(&x->shared->recorder->unnamed);
	if (!shield_counts_totals(l->shield, &totals) || !shield_counts_read(l->shield, NULL, NULL, &sum))
		return;
	l->waiting = false;
	if (named >= 0 && (int64_t)totals.named == named + (int64_t)sum) {
		/* All of it is new: read it again as growth. */
		shield_counts_free(l->shield);
		l->shield = shield_counts_new();
		return;
	}
	record_unattended(l, x, now, (int64_t)totals.named);
	notes_remember(x->shared->notes, REMEMBERED_SHIELDED, (int64_t)totals.named);
	l->read_at = now;
}

/* False: the first reading still waits. */
static bool
begun(struct shield_log *l, const struct context *x, int64_t now)
{
	struct shield_totals totals;

	if (!l->waiting && !l->owed)
		return true;
	if (recorder_knows(x)) {
		if (l->waiting)
			settle(l, x, now);
		else
			record_unattended(l, x, now, l->seen);
		l->owed = false;
	} else if (l->waiting && shield_counts_totals(l->shield, &totals)) {
		l->seen = (int64_t)totals.named;
	}
	l->due = steady_add(steady_now(), PAUSE);
	return !l->waiting && l->shield != NULL;
}

void
shield_log_read(struct shield_log *l, const struct context *x)
{
	struct shield_totals totals;
	int64_t now = when_now();
	struct growth g = {x, l->read_at, now, 0, false};
	int64_t pause;
	uint64_t sum;

	if (l->shield == NULL || !begun(l, x, now) || !shield_counts_totals(l->shield, &totals))
		return;
	g.first = l->read_at;
	if ((int64_t)totals.named != l->named || l->unfinished) {
		l->unfinished = !shield_counts_read(l->shield, record_source, &g, &sum) || g.full;
		l->named = (int64_t)totals.named;
	}
	record_unnamed(l, x, now, (int64_t)totals.unnamed);
	l->read_at = now;
	pause = PAUSE + SECOND * (g.sources / PAUSE_SOURCES);
	l->due = steady_add(steady_now(), g.full ? PAUSE : pause < PAUSE_MOST ? pause : PAUSE_MOST);
}

void
shield_log_restart(struct shield_log *l, const struct context *x)
{
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

void
shield_log_stop(struct shield_log *l, const struct context *x)
{
	if (l->shield == NULL)
		return;
	shield_log_read(l, x);
	if (!l->waiting) /* otherwise the next run finds all of it */
		shield_empty();
	shield_counts_free(l->shield);
	l->shield = NULL;
}
