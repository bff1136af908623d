/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_entry: one host as JSON: counts, label and reasons. Used in `report` and at the beginning of `host`. */
#ifndef JSON_ENTRY_H
#define JSON_ENTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "nfqd/report/hosts.h"

/* `local`: times with the local offset instead of Z. `compared`: attempts that the gate never judged were counted.
 * `first` and `last` are null if the host has no rows. */
json_t *entry_host(const struct host *h, bool compared, bool local);
json_t *entry_device(const uint8_t mac[6]);

#endif
