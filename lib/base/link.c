/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "link.h"

#include <string.h>

bool
link_is_pattern(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && name[size - 1] == '*';
}

bool
link_fits(const char *name, const char *link)
{
	return link_is_pattern(name) ? strncmp(name, link, strlen(name) - 1) == 0 : strcmp(name, link) == 0;
}

bool
link_overlap(const char *name, const char *other)
{
	size_t shorter;

	if (!link_is_pattern(name) || !link_is_pattern(other))
		return link_fits(name, other) || link_fits(other, name);
	shorter = strlen(name) < strlen(other) ? strlen(name) : strlen(other);
	return strncmp(name, other, shorter - 1) == 0;
}
