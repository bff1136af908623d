/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk: each contact moves it up if the network is new to the host and down if not, by the log-likelihood ratio of
 * that outcome between a host that sends to anybody and one with fixed destinations. At the upper bound it crosses,
 * once. It never falls below the lower bound, so an honest past is no credit for a later infection (Page, Biometrika
 * 41, 1954). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

#define ABOVE 6 /* the walk's maximum, above the crossing */

const struct judge_parameters judge_defaults = {
        .fixed = 0.10, .fanout = 0.75, .accuse = 1e-6, .miss = 0.01, .networks = 32};

/* The shortest text that parses to the same number. */
static void
print_share(char *text, size_t size, const char *name, double value)
{
	for (int digits = 6; digits <= 17; digits += 11) {
		snprintf(text, size, "%s %.*g ", name, digits, value);
		if (strtod(text + strlen(name), NULL) == value)
			return;
	}
}

const char *
judge_parameters_print(const struct judge_parameters *p, char buf[JUDGE_PARAMETERS_TEXT])
{
	const struct {
		const char *name;
		double value;
	} share[] = {{"fixed", p->fixed}, {"fanout", p->fanout}, {"accuse", p->accuse}, {"miss", p->miss}};
	size_t used = 0;

	for (size_t i = 0; i < sizeof share / sizeof *share; i++) {
		print_share(buf + used, JUDGE_PARAMETERS_TEXT - used, share[i].name, share[i].value);
		used += strlen(buf + used);
	}
	snprintf(buf + used, JUDGE_PARAMETERS_TEXT - used, "networks %u", p->networks);
	return buf;
}

/* Written such that NaN is wrong, too. */
const char *
judge_parameters_wrong(const struct judge_parameters *p)
{
	if (!(p->fixed > 0 && p->fixed < p->fanout && p->fanout < 1))
		return "fixed above 0, fanout above fixed and below 1";
	if (!(p->accuse > 0 && p->miss > 0 && p->accuse + p->miss < 1))
		return "accuse and miss above 0, together below 1";
	if (p->networks < 2 || p->networks > 1000000)
		return "networks from 2 to 1000000";
	return NULL;
}

struct judge_bounds
judge_bounds_of(const struct judge_parameters *p)
{
	struct judge_bounds b = {.fresh = log(p->fanout / p->fixed),
	                         .known = log((1 - p->fanout) / (1 - p->fixed)),
	                         .cross = log((1 - p->miss) / p->accuse),
	                         .bottom = log(p->miss / (1 - p->accuse)),
	                         .networks = p->networks};

	b.top = b.cross + ABOVE;
	/* The first network carries no information; each further one moves the walk by at most a step. */
	b.least = 1 + (uint32_t)ceil(b.cross / b.fresh);
	return b;
}

/* The walk remembers for more than a day; the networks that moved it up must be of one day. */
static enum judge_crossing
crossing_of(const struct judge_bounds *b, const struct judge_host *h, uint32_t tick, bool named)
{
	uint32_t networks = judge_networks_of_day(h, tick, named ? JUDGE_NAMED : JUDGE_OPEN);
	float score = named ? h->wide->named.score : h->score;

	if (score >= (float)b->cross && networks >= b->least)
		return JUDGE_BY_WALK;
	return networks >= b->networks ? JUDGE_BY_NETWORKS : JUDGE_BELOW;
}

static float
moved(const struct judge_bounds *b, float score, bool fresh)
{
	double after = score + (fresh ? b->fresh : b->known);

	return (float)(after < b->bottom ? b->bottom : after > b->top ? b->top : after);
}

/* The walk of contacts by name begins once a host is wide: what came before would be no credit. */
static void
walk_by_name(const struct judge_bounds *b, struct judge_host *h, uint32_t tick, bool fresh)
{
	struct judge_named *w = h->wide != NULL ? &h->wide->named : NULL;
	bool first = (h->begun & JUDGE_BEGUN_NAMED) == 0;

	h->begun |= JUDGE_BEGUN_NAMED;
	if (w == NULL)
		return;
	w->contacts++;
	w->fresh += fresh;
	w->renewed = fresh ? tick : w->renewed;
	if (first || w->crossed != JUDGE_BELOW)
		return;
	w->score = moved(b, w->score, fresh);
	w->crossed = (uint8_t)crossing_of(b, h, tick, true);
	if (w->crossed != JUDGE_BELOW)
		w->crossed_at = tick;
}

bool
judge_walk(const struct judge_bounds *b, struct judge_host *h, uint32_t tick, struct judge_step *step)
{
	bool first = (h->begun & JUDGE_BEGUN_OPEN) == 0;
	double before = h->score;

	if (judge_kind_of(step->network) == JUDGE_OF_NAME) {
		walk_by_name(b, h, tick, step->fresh);
		return false;
	}
	h->begun |= JUDGE_BEGUN_OPEN;
	/* The first contact is always to a new network: it says nothing. What has crossed is not taken back by
	 * contacts to the same networks, which a bot with a short list makes too. */
	if (first || h->crossed != JUDGE_BELOW)
		return false;
	h->score = moved(b, h->score, step->fresh);
	h->crossed = (uint8_t)crossing_of(b, h, tick, false);
	if (h->crossed != JUDGE_BELOW)
		h->crossed_at = tick;
	step->step = h->score - before;
	step->score = h->score;
	return step->step != 0;
}
