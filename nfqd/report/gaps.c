/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gaps of a report. A database may have any number of them: the weightiest are kept, the others added up. */
#include "gaps.h"

#include <stdlib.h>

#include "lib/base/log.h"

#define KEPT 1000
#define ROOM (2 * KEPT) /* before the lighter half goes */

static uint64_t
add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static bool
is_loss(const struct gap *g)
{
	return !g->known || g->missing > 0;
}

/* An unknown number first, then the largest, then the latest. */
static int
heaviest_first(const void *left, const void *right)
{
	const struct gap *a = left, *b = right;

	if (a->known != b->known)
		return a->known ? 1 : -1;
	if (a->missing != b->missing)
		return a->missing > b->missing ? -1 : 1;
	return (a->since < b->since) - (a->since > b->since);
}

static int
earliest_first(const void *left, const void *right)
{
	const struct gap *a = left, *b = right;

	if (a->since != b->since)
		return a->since < b->since ? -1 : 1;
	return a->until != b->until ? (a->until < b->until ? -1 : 1) : (int)a->side - (int)b->side;
}

static void
sum_up(struct report *r, const struct gap *g)
{
	if (g->known)
		r->missing = add(r->missing, g->missing);
	if (is_loss(g))
		r->complete = false;
}

static void
shed(struct report *r)
{
	struct more_gaps *more = &r->more_gaps;

	qsort(r->gaps, r->gap_count, sizeof *r->gaps, heaviest_first);
	while (r->gap_count > KEPT) {
		struct gap *g = &r->gaps[--r->gap_count];

		more->count++;
		more->losses += is_loss(g);
		more->unknown |= !g->known;
		more->missing = add(more->missing, g->known ? g->missing : 0);
		free(g->cause);
	}
}

void
report_gap(struct report *r, const struct gap *gap)
{
	if (r->gaps == NULL && (r->gaps = calloc(ROOM, sizeof *r->gaps)) == NULL)
		fatal("gaps");
	if (r->gap_count == ROOM)
		shed(r);
	r->gaps[r->gap_count++] = *gap;
}

void
gaps_finish(struct report *r)
{
	const struct more_gaps *more = &r->more_gaps;

	if (r->gap_count > KEPT)
		shed(r);
	for (size_t n = 0; n < r->gap_count; n++)
		sum_up(r, &r->gaps[n]);
	r->missing = add(r->missing, more->missing);
	if (more->losses > 0)
		r->complete = false;
	if (r->gap_count > 0)
		qsort(r->gaps, r->gap_count, sizeof *r->gaps, earliest_first);
}

void
gaps_free(struct report *r)
{
	for (size_t n = 0; n < r->gap_count; n++)
		free(r->gaps[n].cause);
	free(r->gaps);
}
