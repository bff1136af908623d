/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folds what the shield has dropped into the log: a look at the kernel's counters a second, and if they have moved,
 * every source's growth becomes a record for the recorder. With thousands of sources at once the looks are further
 * apart: each costs what there are of sources, however many they send.
 *
 * Across a restart: the recorder remembers how much of the shield's total is written down. At an orderly stop the sets
 * are emptied after the last look, so what they hold at the next start came in between and is told in full. After a
 * crash what they hold was partly told; then nobody can say whose the rest is, and it becomes a gap with its number. */
#include "supervisor.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/rules/shield.h"

#define LOOK SECOND            /* between looks */
#define LOOK_MOST (5 * SECOND) /* the same, with many sources */
#define LOOK_SOURCES 1000      /* that lengthen it by a second */

struct fold {
	struct supervisor *s;
	int64_t first, last;
	int64_t sources; /* told */
	bool full;       /* the spool took no more: the rest is told next time */
};

static bool
fold_source(void *arg, const struct addr *source, uint64_t by)
{
	struct fold *f = arg;
	const struct config_ports *ports = &f->s->config->port;
	struct flood flood = {.source = *source,
	                      .port = ports->count == 1 ? ports->port[0] : 0,
	                      .first = f->first,
	                      .last = f->last,
	                      .count = by};

	f->sources++;
	f->full = f->full || !spool_put(f->s->shared->floods, &flood);
	return !f->full;
}

/* Openings of sources that found no room in the sets: counted, not named. */
static void
tell_unnamed(struct supervisor *s, int64_t since, int64_t now, int64_t total)
{
	if (s->shield_unnamed >= 0 && total > s->shield_unnamed)
		notes_gap(s->shared->notes, since, now, total - s->shield_unnamed,
		          "more strangers at once than the shield can name: dropped and counted without a name");
	if (total != s->shield_unnamed)
		notes_remember(s->shared->notes, REMEMBERED_UNNAMED, total);
	s->shield_unnamed = total;
}

void
fold_look(struct supervisor *s)
{
	struct shield_totals totals;
	int64_t now = when_now();
	struct fold f = {s, s->shield_looked, now, 0, false};
	int64_t pause;
	uint64_t sum;

	if (s->shield == NULL || !shield_totals(s->shield, &totals))
		return;
	if ((int64_t)totals.named != s->shield_named || s->shield_again) {
		s->shield_again = !shield_read(s->shield, fold_source, &f, &sum) || f.full;
		s->shield_named = (int64_t)totals.named;
	}
	tell_unnamed(s, s->shield_looked, now, (int64_t)totals.unnamed);
	s->shield_looked = now;
	pause = LOOK + SECOND * (f.sources / LOOK_SOURCES);
	s->shield_next = steady_add(steady_now(), f.full ? LOOK : pause < LOOK_MOST ? pause : LOOK_MOST);
}

void
fold_begin(struct supervisor *s)
{
	notes_remember(s->shared->notes, REMEMBERED_SHIELDED, 0);
	notes_remember(s->shared->notes, REMEMBERED_UNNAMED, 0);
	s->shield_unnamed = 0;
	s->shield_named = -1;
	s->shield_looked = when_now();
}

void
fold_start(struct supervisor *s)
{
	int64_t named = atomic_load(&s->shared->recorder->named), alive = atomic_load(&s->shared->recorder->alive);
	struct shield_totals totals;
	int64_t now = when_now();
	uint64_t sum;

	s->shield_looked = alive > 0 && alive < now ? alive : now;
	s->shield_unnamed = atomic_load(&s->shared->recorder->unnamed);
	s->shield_named = -1; /* so that the first look reads the sets */
	if (s->config->pace.burst == 0 || (s->shield = shield_new()) == NULL)
		return;
	if (!shield_totals(s->shield, &totals)) { /* about to be made: it begins with nothing */
		fold_begin(s);
		return;
	}
	if (!shield_read(s->shield, NULL, NULL, &sum))
		return;
	if (named >= 0 && (int64_t)totals.named == named + (int64_t)sum) {
		/* All of it is new: forget that it was read. */
		shield_free(s->shield);
		s->shield = shield_new();
		return;
	}
	if (named >= 0 && (int64_t)totals.named > named)
		notes_gap(s->shared->notes, s->shield_looked, now, (int64_t)totals.named - named,
		          "nfqd ended in disorder: what the shield dropped since is counted without names");
	notes_remember(s->shared->notes, REMEMBERED_SHIELDED, (int64_t)totals.named);
	s->shield_looked = now;
}

void
fold_stop(struct supervisor *s)
{
	if (s->shield == NULL)
		return;
	fold_look(s);
	shield_empty();
	shield_free(s->shield);
	s->shield = NULL;
}
