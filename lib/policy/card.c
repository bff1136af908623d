/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "card.h"

#include <string.h>

#define FAMILY 48 /* bits: neither IPv4 nor IPv6 */

const uint8_t policy_right_card[6];

struct prefix
policy_card(const uint8_t mac[6])
{
	struct prefix card = {.addr.family = FAMILY, .len = FAMILY};

	memcpy(card.addr.bytes, mac, FAMILY / 8);
	return card;
}

bool
policy_is_card(const struct prefix *p)
{
	return p->addr.family == FAMILY;
}

bool
policy_has_card(const struct policy *p, const struct rule *rule, const uint8_t card[6])
{
	const struct prefix *cards = policy_to(p) + rule->to + rule->to_count;

	for (size_t i = 0; card != NULL && i < rule->card_count; i++)
		if (memcmp(cards[i].addr.bytes, card, FAMILY / 8) == 0)
			return true;
	return card == policy_right_card;
}
