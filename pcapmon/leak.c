/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leak.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "log.h"
#include "minutes.h"

#define ALARMS 1024 /* hosts whose last alarm is remembered; two that share a place may each be logged again */

struct leak {
	const struct config *config;
	uint64_t seed;
	uint64_t alarm[ALARMS]; /* hash of host and minute */
};

struct leak *
leak_new(const struct config *config, uint64_t seed)
{
	struct leak *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->config = config;
	l->seed = seed;
	return l;
}

void
leak_free(struct leak *l)
{
	free(l);
}

bool
leak_judged(const struct leak *l, const struct flow *f, int64_t when, struct decision *out)
{
	if (l->config == NULL || !config_enforces(l->config, f->dport))
		return false;
	*out = policy_decide(l->config->policy, &f->src, &f->dst, when);
	return true;
}

/* Whether the host has not been told about in this minute. */
static bool
due(struct leak *l, const struct addr *host, int64_t when)
{
	uint8_t b[25];
	int64_t minute = when / MINUTE;
	uint64_t hash, key;

	b[0] = host->family;
	memcpy(b + 1, host->bytes, 16);
	memcpy(b + 17, &minute, 8);
	key = XXH3_64bits_withSeed(b, sizeof b, l->seed);
	hash = XXH3_64bits_withSeed(b, 17, l->seed);
	if (l->alarm[hash % ALARMS] == key)
		return false;
	l->alarm[hash % ALARMS] = key;
	return true;
}

void
leak_log(struct leak *l, const struct flow *f, const struct decision *d, int64_t when)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	if (!due(l, &f->src, when))
		return;
	addr_print(&f->src, src);
	addr_print(&f->dst, dst);
	if (d->line == POLICY_NONE)
		log_warnx("leak: %s reached %s port %u though the policy refuses it (%s, by default)", src, dst,
		          f->dport, reason_name(d->reason));
	else
		log_warnx("leak: %s reached %s port %u though the policy refuses it (%s, %s:%u)", src, dst, f->dport,
		          reason_name(d->reason), l->config->lines[d->line].file, l->config->lines[d->line].number);
}
