/* SPDX-License-Identifier: GPL-3.0-or-later */
/* card: the cards (MAC addresses) that lines of a policy are bound to. */
#ifndef POLICY_CARD_H
#define POLICY_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

/* Stands for a card to which the line is bound, whichever that is. */
extern const uint8_t policy_right_card[6];
/* A card as a prefix that no packet can have. */
struct prefix policy_card(const uint8_t mac[6]);
bool policy_is_card(const struct prefix *p); /* its MAC address is in the first bytes */
/* The line is bound to this card. NULL, a card that is not known, is none. */
bool policy_has_card(const struct policy *p, const struct rule *rule, const uint8_t card[6]);

#endif
