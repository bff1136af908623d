/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weigh: what a report knows of a host beside its rows -> evidence, and what that makes of its label. */
#ifndef WEIGH_H
#define WEIGH_H

#include <stdbool.h>
#include <stddef.h>

#include "hosts.h"
#include "lib/judge/evidence.h"
#include "labels.h"
#include "nfqd/query/companions.h"

/* By its companion, if it was read, and by what was answered on the wire. */
void weigh_evidence(const struct host *h, struct judge_evidence *e);
/* Weighs every host whose label may move by it, so that they can be counted and sorted: after labels_read, before
 * report_finish. Companions are not kept. false, with the reason in why. */
bool weigh_speakers(struct report *r, struct labels_set *set, struct companion_reading *reading, char *why,
                    size_t why_size);
/* Reads the companion of one and weighs it: again after each labels_about. false, with the reason in why. */
bool weigh_host(struct host *h, struct companion_reading *reading, char *why, size_t why_size);

#endif
