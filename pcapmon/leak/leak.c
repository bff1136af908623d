/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leak.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "cause.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/count/minutes.h"
#include "lib/base/when.h"

#define ALARMS 1024 /* hosts whose last alarm is remembered; two that share a place may each be logged again */

#define WAITING 64 /* leaks whose cause is still to be found; more are logged without a cause */

struct leak {
	struct leaked waiting[WAITING];
	size_t waiting_count;
	struct in_force *in_force;
	struct translation *translation;
	uint64_t seed;
	uint64_t alarm[ALARMS]; /* hash of host and minute */
};

struct leak *
leak_new(const struct config *config, struct translation *translation, uint64_t seed)
{
	struct leak *l = calloc(1, sizeof *l);

	if (l == NULL || (l->in_force = in_force_new(config)) == NULL) {
		free(l);
		return NULL;
	}
	l->translation = translation;
	l->seed = seed;
	return l;
}

void
leak_free(struct leak *l)
{
	if (l != NULL)
		in_force_free(l->in_force);
	free(l);
}

struct in_force *
leak_in_force(struct leak *l)
{
	return l->in_force;
}

void
leak_policy(struct leak *l, const struct config *config)
{
	in_force_own(l->in_force, config);
}

bool
leak_judged(const struct leak *l, const struct flow *f, int64_t when, struct decision *out)
{
	return in_force_judged(l->in_force, f, when, out);
}

bool
leak_alarm_due(struct leak *l, const struct addr *host, enum alarm kind, int64_t when)
{
	uint8_t b[26];
	int64_t minute = when_floor(when, MINUTE);
	uint64_t hash, key;

	b[0] = host->family;
	b[1] = (uint8_t)kind;
	memcpy(b + 2, host->bytes, 16);
	memcpy(b + 18, &minute, 8);
	key = XXH3_64bits_withSeed(b, sizeof b, l->seed);
	hash = XXH3_64bits_withSeed(b, 18, l->seed);
	if (l->alarm[hash % ALARMS] == key)
		return false;
	l->alarm[hash % ALARMS] = key;
	return true;
}

static void
log_leak(const struct leak *l, const struct leaked *leaked, const struct decision *d)
{
	const struct config_line *lines = in_force_now(l->in_force)->lines;
	const struct flow *f = &leaked->flow;
	char src[ADDR_TEXT], dst[ADDR_TEXT], what[2 * ADDR_TEXT + 64];

	addr_print(&f->src, src);
	addr_print(&f->dst, dst);
	if (leaked->answered)
		snprintf(what, sizeof what, "answers from %s port %u came for %s", dst, f->dport, src);
	else
		snprintf(what, sizeof what, "%s reached %s port %u", src, dst, f->dport);
	if (d->line == POLICY_NONE)
		log_warnx("leak: %s though the policy refuses it (%s, by default)", what, reason_name(d->reason));
	else
		log_warnx("leak: %s though the policy refuses it (%s, %s:%u)", what, reason_name(d->reason),
		          lines[d->line].file, lines[d->line].number);
}

/* Unless `quiet` logs it, once for each host and minute, and keeps it for leak_causes. */
static void
keep(struct leak *l, const struct leaked *leaked, const struct decision *d, bool quiet)
{
	if (quiet || !leak_alarm_due(l, &leaked->flow.src, ALARM_LEAK, leaked->when))
		return;
	if (l->waiting_count < WAITING)
		l->waiting[l->waiting_count++] = *leaked;
	log_leak(l, leaked, d);
}

/* Keeps a connection if the policy refuses it also at the end to which NAT of this machine leads it. */
static bool
is_leak(struct leak *l, struct leaked *leaked, bool quiet)
{
	struct flow end = leaked->flow;
	struct decision d;

	if (!in_force_refused(l->in_force, &end, leaked->when, &d))
		return false;
	in_force_look(l->in_force); /* perhaps the gate has another one by now */
	if (!in_force_refused(l->in_force, &end, leaked->when, &d))
		return false;
	if (l->translation != NULL) {
		leaked->followed = translation_apply(l->translation, &end);
		if (!in_force_refused(l->in_force, &end, leaked->when, &d) || own_address(&end.dst))
			return false;
	}
	keep(l, leaked, &d, quiet);
	return true;
}

bool
leak_established(struct leak *l, const struct flow *f, int64_t when, bool quiet)
{
	struct leaked leaked = {.flow = *f, .when = when};

	return is_leak(l, &leaked, quiet);
}

bool
leak_answered(struct leak *l, const struct flow *f, int64_t when, bool quiet)
{
	struct leaked leaked = {.flow = *f, .when = when, .answered = true};

	return is_leak(l, &leaked, quiet);
}

void
leak_causes(struct leak *l, const char *directory, int64_t now,
            void (*found)(void *arg, const struct addr *host, int64_t when, const char *cause), void *arg)
{
	char cause[CAUSE_TEXT], src[ADDR_TEXT];
	size_t kept = 0;

	for (size_t i = 0; i < l->waiting_count; i++) {
		struct leaked w = l->waiting[i];

		if (now - w.when < LEAK_PATIENCE && w.when - now < LEAK_PATIENCE) {
			l->waiting[kept++] = w;
			continue;
		}
		cause_find(directory, &w, now, cause);
		log_warnx("leak: %s: likely cause: %s", addr_print(&w.flow.src, src), cause);
		found(arg, &w.flow.src, w.when, cause);
	}
	l->waiting_count = kept;
}
