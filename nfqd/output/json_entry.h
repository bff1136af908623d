/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_json_entry: one host as JSON: what it did, what it is and why. The same in the report and before the rest in what
 * is told of it alone. */
#ifndef OUT_JSON_ENTRY_H
#define OUT_JSON_ENTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "nfqd/report/hosts.h"

/* `local`: times with the offset instead of Z. Of a host without rows, `first` and `last` are null. `compared`: what
 * the gate never judged was counted. */
json_t *entry_host(const struct host *h, bool compared, bool local);
json_t *entry_device(const uint8_t mac[6]);

#endif
