/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "addresses.h"

#include <stdio.h>
#include <string.h>

#include "value.h"

const char *
addresses_print(const struct addr *first, size_t count, char buf[ADDRESSES_TEXT])
{
	char number[TEXT_NUMBER];

	addr_print(first, buf);
	if (count > 1)
		snprintf(buf + strlen(buf), ADDRESSES_TEXT - strlen(buf), " and %s more",
		         text_number(count - 1, number));
	return buf;
}

bool
addresses_sentence(const struct addr *list, size_t count, bool device, char buf[ADDRESSES_SENTENCE])
{
	size_t shown = count > ADDRESSES_SHOWN ? ADDRESSES_SHOWN : count;
	char number[TEXT_NUMBER], text[PREFIX_TEXT], *end;
	struct prefix network;

	if (count < 2)
		return false;
	end = buf + snprintf(buf, ADDRESSES_SENTENCE, "one %s with %s addresses", device ? "device" : "host",
	                     text_number(count, number));
	if (!device) {
		network = prefix_of(&list[0], 64);
		end += sprintf(end, " in %s", prefix_print(&network, text));
	}
	for (size_t n = 0; n < shown; n++)
		end += sprintf(end, "%s%s",
		               n == 0                             ? ": "
		               : n + 1 == shown && shown == count ? " and "
		                                                  : ", ",
		               addr_print(&list[n], text));
	if (shown < count)
		sprintf(end, " and %s more", text_number(count - shown, number));
	return true;
}

void
addresses_set(json_t *o, const struct addr *list, size_t count)
{
	json_t *a;

	if (count < 2)
		return;
	a = value_array();
	for (size_t n = 0; n < count && n < ADDRESSES_SHOWN; n++)
		value_append(a, value_address(&list[n]));
	value_set(o, "addresses", a);
	value_set(o, "address_count", value_number(count));
}
