/* SPDX-License-Identifier: GPL-3.0-or-later */
/* features: what some kernels and tools lack. Each is asked once, by a tool, for neither changes while we run. A job
 * hands back what it has found out, so that the next one need not ask. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>

enum feature {
	FEATURE_SHIELD, /* nft: sets that rules fill */
	FEATURE_END,    /* nft: the last place behind iptables (nft_end.h) */
	FEATURE_RESET,  /* nft: openings of the gateway itself are reset */
	FEATURE_PAIRS,  /* ipset: hash:net,net */
	FEATURE_CARDS,  /* ipset: hash:ip,mac */
	FEATURE_COUNT
};

struct features {
	int known[FEATURE_COUNT]; /* 1, or 0: it lacks; negative: not known */
};

/* The tool takes this script. If it does not end, that is not known, and false. */
bool features_have(enum feature f, const char *const argv[], const char *script);
void features_get(struct features *out); /* all that this process knows */
void features_set(const struct features *f);

#endif
