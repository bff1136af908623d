/* SPDX-License-Identifier: GPL-3.0-or-later */
/* changed_cards: addresses with a line of their own that are on another card, for `nfqd status`. */
#ifndef CHANGED_CARDS_H
#define CHANGED_CARDS_H

#include <stdint.h>

#include <jansson.h>

#include "lib/config/config.h"

/* Those that changed within the last day and have not changed back, from gate.db: an array of objects, the caller's.
 * null if it cannot be read. */
json_t *changed_cards_look(const struct config *c, int64_t now);
void changed_cards_print(const json_t *list); /* a line each */

#endif
