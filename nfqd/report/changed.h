/* SPDX-License-Identifier: GPL-3.0-or-later */
/* changed: a listed host that is on another card than before: it has a new one, or somebody else has taken its address.
 */
#ifndef CHANGED_H
#define CHANGED_H

#include "host.h"
#include "reasons.h"

/* The cards before and after: see cards_changed. False: neither, or the host is not listed. Others change theirs all
 * the time. */
bool changed_card(const struct host *h, const struct card **before, const struct card **after);
/* The same in words. False: nothing to say. */
bool changed_sentence(const struct host *h, char text[REASONS_TEXT]);
bool changed_advice(const struct host *h, char text[REASONS_ADVICE]);

#endif
