/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cards.h"

#include <string.h>

static void
swap_if_unordered(struct cards *c)
{
	struct card first = c->seen[0];

	if (c->count < 2 || c->seen[0].first <= c->seen[1].first)
		return;
	c->seen[0] = c->seen[1];
	c->seen[1] = first;
}

void
cards_saw(struct cards *c, const struct card *card)
{
	size_t at = 0;

	while (at < c->count && memcmp(c->seen[at].mac, card->mac, sizeof card->mac) != 0)
		at++;
	if (at < c->count) {
		if (c->seen[at].first > card->first)
			c->seen[at].first = card->first;
		if (c->seen[at].last < card->last)
			c->seen[at].last = card->last;
	} else if (c->count < 2) {
		c->seen[c->count++] = *card;
	} else if (card->first > c->seen[0].first) {
		c->seen[0] = *card;
	}
	swap_if_unordered(c);
}

bool
cards_changed(const struct cards *c, int64_t since, const struct card **before, const struct card **after)
{
	if (c->count < 2 || c->seen[1].first < since)
		return false;
	*before = &c->seen[0];
	*after = &c->seen[1];
	return true;
}
