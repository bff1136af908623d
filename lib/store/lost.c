/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lost.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Moves the file at the path aside and describes that in `what`. */
static bool
set_aside(const char *path, int64_t now, const char *why, char *what, size_t size)
{
	char to[4096 + 64];

	if (!store_set_aside(path, now, to, sizeof to)) {
		snprintf(what, size, "%s %s and cannot be set aside: %s", name_of(path), why, strerror(errno));
		return false;
	}
	snprintf(what, size, to[0] != '\0' ? "%s %s; it is kept as %s" : "%s %s", name_of(path), why, name_of(to));
	return true;
}

bool
lost_make_room(const char *path, int64_t now, char *what, size_t size)
{
	what[0] = '\0';
	return !store_is_garbage(path) || set_aside(path, now, "was no database any more", what, size);
}

bool
lost_leave(struct store *s, const char *path, enum store_fate fate, int64_t now, char *what, size_t size)
{
	bool complete = store_leave(s);

	what[0] = '\0';
	if (fate == STORE_LOGLESS && complete)
		return true;
	if (fate == STORE_DAMAGED || fate == STORE_LOGLESS)
		return set_aside(path, now, "was damaged", what, size);
	if (!lost_make_room(path, now, what, size))
		return false;
	if (what[0] == '\0')
		snprintf(what, size, "%s was %s", name_of(path),
		         fate == STORE_GONE ? "deleted" : "replaced by another file");
	return true;
}
