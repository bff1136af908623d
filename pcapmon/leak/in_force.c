/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the gate's file is written before the kernel gets a policy, and touched when everything has it. So a
 * policy counts from the moment in the file, and the one before it until LATE after the touch: an opening that it let
 * pass may be established that much later. Lines that begin or end by themselves have the same grace. */
#include "in_force.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/steady.h"
#include "lib/base/when.h"
#include "lib/config/published.h"
#include "lib/policy/card.h"

#define LATE (30 * SECOND) /* the server may answer the third or fourth SYN; and the kernel's sets lag behind */
#define KEPT (2 * MINUTE)  /* a policy that was replaced so long ago is over, whatever became of the clock */
#define MOST 16            /* policies at once */

struct past {
	struct config *config;
	int64_t since, settled; /* wall time; settled: the policy before it is over everywhere */
	bool missed; /* there were others between this one and the one before it here */
	struct steady taken;
};

struct in_force {
	const struct config *own;
	char path[PUBLISHED_PATH]; /* "": none is followed */
	struct stat seen;          /* the file as it was read, or refused, last */
	struct past past[MOST]; /* oldest first */
	unsigned count, taken;
};

struct in_force *
in_force_new(const struct config *own)
{
	struct in_force *f = calloc(1, sizeof *f);

	if (f != NULL)
		f->own = own;
	return f;
}

void
in_force_free(struct in_force *f)
{
	for (unsigned i = 0; f != NULL && i < f->count; i++)
		config_free(f->past[i].config);
	free(f);
}

void
in_force_own(struct in_force *f, const struct config *own)
{
	f->own = own;
}

void
in_force_follow(struct in_force *f, const char *path)
{
	snprintf(f->path, sizeof f->path, "%s", path);
}

static int64_t
changed(const struct stat *st)
{
	return st->st_mtim.tv_sec * SECOND + st->st_mtim.tv_nsec / 1000;
}

/* A new one, or the last one again, which was touched. */
static void
take(struct in_force *f, int64_t touched)
{
	struct past *last = f->count > 0 ? &f->past[f->count - 1] : NULL;
	struct published_times times;
	struct config *fresh = published_load(f->path, &times);

	if (fresh == NULL) {
		log_warnx("%s: the policy of the gate cannot be read, and is not followed", f->path);
	} else if (last != NULL && last->since == times.since) {
		last->settled = touched;
		config_free(fresh);
	} else {
		bool missed = times.before != (last != NULL ? last->since : 0);

		f->past[f->count++] = (struct past){fresh, times.since, touched, missed, steady_now()};
		f->taken++;
	}
}

void
in_force_look(struct in_force *f)
{
	struct stat st;

	if (f->path[0] == '\0' || f->count == MOST || stat(f->path, &st) != 0)
		return;
	if (st.st_dev == f->seen.st_dev && st.st_ino == f->seen.st_ino && changed(&st) == changed(&f->seen))
		return;
	f->seen = st;
	take(f, changed(&st));
}

void
in_force_forget(struct in_force *f)
{
	unsigned over = 0;

	while (over + 1 < f->count && (steady_since(f->past[over + 1].taken) > KEPT || f->count - over > MOST / 2))
		config_free(f->past[over++].config);
	memmove(f->past, f->past + over, (f->count - over) * sizeof *f->past);
	f->count -= over;
}

const struct config *
in_force_now(const struct in_force *f)
{
	return f->count > 0 ? f->past[f->count - 1].config : f->own;
}

unsigned
in_force_taken(const struct in_force *f)
{
	return f->taken;
}

static bool
judged(const struct config *c, const struct flow *flow, int64_t when, struct decision *out)
{
	if (c == NULL || !config_enforces(c, flow->dport))
		return false;
	/* Not the card of the frame, which behind a router is not the host's. */
	*out = policy_decide(c->policy, &flow->src, &flow->dst, policy_right_card, when);
	return true;
}

bool
in_force_judged(const struct in_force *f, const struct flow *flow, int64_t when, struct decision *out)
{
	return judged(in_force_now(f), flow, when, out);
}

static bool
refuses(const struct config *c, const struct flow *flow, int64_t when, struct decision *out)
{
	return judged(c, flow, when, out) && verdict_refuses(out->verdict) && !policy_is_lan(c->policy, &flow->dst);
}

/* A policy may have let it pass that was in force when it was opened, at most LATE before. */
static bool
passed_before(const struct in_force *f, const struct flow *flow, int64_t when)
{
	struct decision d;

	for (unsigned i = f->count; i-- > 0;) {
		const struct config *before = i > 0 ? f->past[i - 1].config : f->own;
		int64_t over = f->past[i].settled > f->past[i].since ? f->past[i].settled : f->past[i].since;

		if (when > over + LATE || steady_since(f->past[i].taken) > KEPT)
			return false;
		if (f->past[i].missed)
			return true;
		if (before != NULL && !refuses(before, flow, when, &d))
			return true;
	}
	return false;
}

bool
in_force_refused(const struct in_force *f, const struct flow *flow, int64_t when, struct decision *out)
{
	const struct config *c = in_force_now(f);
	struct decision earlier;

	if (!refuses(c, flow, when, out))
		return false;
	for (int64_t ago = SECOND; ago <= LATE; ago += SECOND)
		if (!refuses(c, flow, when - ago, &earlier))
			return false;
	return !passed_before(f, flow, when);
}
