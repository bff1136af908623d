/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finding_json: a finding as `nfqd check --json` and `nfqd status --json` have it. */
#ifndef FINDING_JSON_H
#define FINDING_JSON_H

#include <jansson.h>

#include "findings.h"

json_t *finding_json(const struct finding *f); /* the caller's; NULL if memory is short */

#endif
