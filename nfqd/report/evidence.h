/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evidence: side traffic and answers of a host in a report -> struct judge_evidence, applied to its label. */
#ifndef REPORT_EVIDENCE_H
#define REPORT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "hosts.h"
#include "lib/judge/evidence.h"
#include "labels.h"
#include "nfqd/query/companions.h"

/* The evidence about a host: its companion, if it was read, and the answers on the wire. */
void evidence_of(const struct host *h, struct judge_evidence *e);
/* Applies evidence to every host whose label may change by it, before labels are counted and sorted: call it after
 * labels_read and before report_finish. Companions are not kept. False on error, with the reason in why. */
bool evidence_apply_all(struct report *r, struct labels_set *set, struct companion_reading *reading, char *why,
                        size_t why_size);
/* Reads the companion of one host and applies the evidence; call it again after each labels_about. False on error, with
 * the reason in why. */
bool evidence_apply(struct host *h, struct companion_reading *reading, char *why, size_t why_size);

#endif
