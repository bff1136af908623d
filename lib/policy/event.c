/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "event.h"

#include <assert.h>

static const char *const verdicts[] = {"pass", "drop", "reject", "audit"};
static const char *const reasons[] = {"listed",  "stranger",   "expired", "early", "destination", "blocked",
                                      "deny-to", "unreadable", "flood",   "rate",  "answer",      "wrong-mac"};

static_assert(sizeof verdicts / sizeof *verdicts == VERDICT_COUNT, "a verdict without a name");
static_assert(sizeof reasons / sizeof *reasons == REASON_COUNT, "a reason without a name");

const char *
verdict_name(enum verdict v)
{
	return (unsigned)v < VERDICT_COUNT ? verdicts[v] : "?";
}

const char *
reason_name(enum reason r)
{
	return (unsigned)r < REASON_COUNT ? reasons[r] : "?";
}

bool
verdict_refuses(enum verdict v)
{
	return v == VERDICT_DROP || v == VERDICT_REJECT;
}
