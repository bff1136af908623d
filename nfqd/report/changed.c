/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "changed.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/mac.h"
#include "lib/base/when.h"
#include "lib/policy/event.h"

bool
changed_card(const struct host *h, const struct card **before, const struct card **after)
{
	bool listed = false;

	for (size_t n = 0; n < h->part_count; n++)
		listed = listed || (h->parts[n].side == SIDE_GATE &&
		                    (host_reason_listed(h->parts[n].reason) || h->parts[n].reason == REASON_WRONG_MAC));
	return listed && cards_changed(&h->cards, h->cards_since, before, after);
}

bool
changed_sentence(const struct host *h, char text[REASONS_TEXT])
{
	const struct card *before, *after;
	char a[MAC_TEXT], b[MAC_TEXT], when[WHEN_TEXT];
	size_t used;

	if (!changed_card(h, &before, &after))
		return false;
	snprintf(text, REASONS_TEXT, "its MAC address changed from %s to %s at %s", mac_print(before->mac, a),
	         mac_print(after->mac, b), when_say(after->first, when));
	used = strlen(text);
	if (before->last > after->last)
		snprintf(text + used, REASONS_TEXT - used, "; the former was last seen at %s",
		         when_say(before->last, when));
	return true;
}

bool
changed_advice(const struct host *h, char text[REASONS_ADVICE])
{
	const struct card *before, *after;
	char addr[ADDR_TEXT], a[MAC_TEXT], b[MAC_TEXT];

	if (!changed_card(h, &before, &after))
		return false;
	snprintf(text, REASONS_ADVICE,
	         "its address is used by another card: %s, before %s. If that is right, bind it: allow %s mac %s",
	         mac_print(after->mac, b), mac_print(before->mac, a), addr_print(&h->addr, addr), b);
	return true;
}
