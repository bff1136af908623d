/* SPDX-License-Identifier: GPL-3.0-or-later */
/* baselines: the rules of other tools, applied to the same lives. */
#ifndef BASELINES_H
#define BASELINES_H

#include "population.h"

enum baseline { BASELINE_10_IN_120, BASELINE_20_IN_300, BASELINE_15_IN_900, BASELINE_11_HOSTS, BASELINE_COUNT };

extern const char *const baseline_names[BASELINE_COUNT];

/* True if the rule accuses the host at any moment. */
bool baseline_accuses(enum baseline rule, const struct life *l);

#endif
