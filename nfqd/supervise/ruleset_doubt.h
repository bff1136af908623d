/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ruleset_doubt: since when the rules may be missing. Between a change and what becomes of it nfqd may be killed, and
 * the clock may be set. */
#ifndef RULESET_DOUBT_H
#define RULESET_DOUBT_H

#include "ruleset.h"

/* What the recorder writes down for the next run. */
void ruleset_doubt_publish(const struct ruleset *r, const struct context *x);
/* At an orderly end: the last look that has ended decides. */
void ruleset_doubt_stop(const struct ruleset *r, const struct context *x);

#endif
