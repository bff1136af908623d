/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "looked_up.h"

#include <stdio.h>
#include <string.h>

static const char *const begin[NAMINGS] = {
        [NAMING_NAME] = "among the names that it looked up: ", [NAMING_MX] = "among its recipient domains: "};

bool
looked_up_sentence(const struct host *h, enum naming_kind kind, char text[REASONS_TEXT])
{
	const struct looked_up *l = h->looked_up;
	size_t used = 0;

	if (host_judgement(h) == NULL || l == NULL)
		return false;
	for (size_t n = 0; n < l->count; n++)
		if (l->list[n].kind == kind && used < REASONS_TEXT)
			used += (size_t)snprintf(text + used, REASONS_TEXT - used, "%s%s",
			                         used == 0 ? begin[kind] : ", ", l->list[n].text);
	return used > 0;
}
