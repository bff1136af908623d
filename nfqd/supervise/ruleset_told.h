/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ruleset_told: what ruleset.c tells when it has made the rules: lines in the log, rows of the journal, gaps, and the
 * other readers of the kernel's numbers. */
#ifndef RULESET_TOLD_H
#define RULESET_TOLD_H

#include "ruleset.h"

/* Logs troubles that are new, and those that have ended. From then on r->troubles is *now. */
void ruleset_tell_troubles(struct ruleset *r, const struct context *x, const struct troubles *now);
/* Logs that the kernel tracks no connections yet, and when that is over. */
void ruleset_tell_tracking(struct ruleset *r, bool tracked);
/* This run has made the rules for the first time. */
void ruleset_tell_start(struct ruleset *r, const struct context *x, const struct rules_made *m);
/* The rules were found changed, and have been put back. Openings that passed meanwhile, from `since` (wall time) on,
 * become a gap. */
void ruleset_tell_put_back(struct ruleset *r, const struct context *x, const struct rules_made *m, int64_t since);
/* iptables counts from 0 again when a chain's text has changed. */
void ruleset_tell_counters(struct ruleset *r, const struct context *x, const struct rules_made *m);
/* A gap from `since` (0: the start of the run) while the rules cannot be made, and no rule that can be read counts
 * strangers: another program has our names, so what refuses openings does it without the gate. */
void ruleset_tell_unled(struct ruleset *r, const struct context *x, const struct rules_made *m, int64_t since);

#endif
